//! The jobs: how large they were and what became of them.

use crate::chart::{Bar, Bars, Chart, Ink};
use crate::figure::{Block, Figure, Section, Table};
use crate::format;
use crate::run::{Run, class_name};

pub(super) fn section(run: &Run) -> Option<Section> {
    let jobs = &run.jobs;
    let section =
        |lead: String, blocks| Some(Section { id: "jobs", title: "The jobs".to_string(), lead, blocks });
    if jobs.rows == 0 {
        return section(String::new(), vec![Block::Text("No job was submitted.".to_string())]);
    }
    let outcomes = jobs.outcomes;
    let lead = format!(
        "Of {} submitted, {} finished, {} were still running and {} still waiting when the run ended, and {} asked for more \
         than any site can ever give.",
        format::plural(jobs.rows, "job", "jobs"),
        format::count(outcomes.finished),
        format::count(outcomes.running),
        format::count(outcomes.waiting),
        format::count(outcomes.rejected),
    );
    section(lead, vec![Block::Figure(by_size(run))])
}

fn by_size(run: &Run) -> Figure {
    let held = run.jobs.held_gpu_hours();
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let shares: Vec<(String, u64, f64, f64, f64)> = run
        .jobs
        .sizes
        .iter()
        .map(|(class, sums)| {
            let of_jobs = share(sums.jobs as f64, run.jobs.rows as f64);
            (class_name(*class), sums.jobs, sums.held_gpu_hours, of_jobs, share(sums.held_gpu_hours, held))
        })
        .collect();
    let longest = shares.iter().map(|row| row.3.max(row.4)).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let mut table =
        Table::new(&["GPUs of a job", "#jobs", "#share of jobs", "#GPU-hours held", "#share of GPU-hours"]);
    let bars = shares
        .iter()
        .map(|(name, jobs, gpu_hours, of_jobs, of_hours)| {
            table.push([
                name.clone(),
                format::count(*jobs),
                format::share(*of_jobs),
                format::quantity(*gpu_hours, "GPU-h"),
                format::share(*of_hours),
            ]);
            Bar {
                name: name.clone(),
                values: vec![
                    (of_jobs / longest, format!("{} of jobs", format::share(*of_jobs))),
                    (of_hours / longest, format!("{} of GPU-hours", format::share(*of_hours))),
                ],
            }
        })
        .collect();
    Figure {
        id: "fig-sizes".to_string(),
        title: "How large were the jobs, and which sizes took the GPU-hours?".to_string(),
        caption: "Sizes in powers of two. GPU-hours are those that the jobs held, work lost to preemption included. All \
                  jobs are counted."
            .to_string(),
        chart: Chart::Bars(Bars {
            rows: "GPUs of a job".to_string(),
            measures: vec![
                ("share of jobs".to_string(), Ink::Others),
                ("share of GPU-hours".to_string(), Ink::Busy),
            ],
            bars,
        }),
        table,
    }
}
