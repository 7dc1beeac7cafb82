//! What failed, and what it cost.

use super::{largest, maybe, thinning, time_axis};
use crate::chart::{Axis, Bar, Bars, Chart, Ink, Mark, Series, Xy};
use crate::figure::{Block, Figure, KeyNumber, Section, Table};
use crate::format;
use crate::run::{Bin, Run, Tenant, class_name};
use crate::scale::{Reads, Scale};

/// The most tenants with bars of their own.
const BARS: usize = 15;

pub(super) fn section(run: &Run) -> Option<Section> {
    // A scenario in which nothing can fail has nothing to say here.
    if !run.can_fail() {
        return None;
    }
    let lead = "Equipment fails at constant rates; a job that a failure interrupts goes on from its last checkpoint. Goodput \
                is the work of the jobs that finished, as a share of the GPU-hours held for it: the rest is work done \
                again, checkpoints and restarts."
        .to_string();
    let mut blocks = vec![Block::Numbers(numbers(run))];
    if run.failures.iter().any(|failure| failure.interruptions > 0) {
        blocks.push(Block::Figure(interruptions(run)));
    }
    if run.hours.network.iter().any(|bin| bin.down > 0.0) {
        blocks.push(Block::Figure(down(run)));
    }
    blocks.extend(goodput(run).map(Block::Figure));
    blocks.extend(by_size(run));
    Some(Section { id: "failures", title: "Failures and goodput".to_string(), lead, blocks })
}

/// How long jobs of each size run between two interruptions.
fn by_size(run: &Run) -> Option<Block> {
    let mut table = Table::new(&["job size", "#hours run", "#interruptions", "#mean time to interruption"]);
    let sizes = run.jobs.sizes.iter().filter(|(class, jobs)| **class >= 0 && jobs.held_hours > 0.0);
    for (class, jobs) in sizes {
        let between = (jobs.interruptions > 0)
            .then(|| format::length(jobs.held_hours * 3600.0 / jobs.interruptions as f64));
        table.push([
            class_name(*class),
            format::number(jobs.held_hours),
            format::count(jobs.interruptions),
            between.unwrap_or_else(|| "–".to_string()),
        ]);
    }
    let any = run.jobs.sizes.values().any(|jobs| jobs.interruptions > 0);
    any.then(|| Block::Folded("Mean time to interruption by job size".to_string(), table))
}

fn numbers(run: &Run) -> Vec<KeyNumber> {
    let key = |value: String, label: &str, note: String| KeyNumber { value, label: label.to_string(), note };
    let interruptions = run.result("interruptions").unwrap_or(0.0);
    let between = (interruptions > 0.0).then(|| run.hours_long() * 3600.0 / interruptions);
    vec![
        key(
            maybe(run.result("goodput"), format::share),
            "goodput",
            "of the GPU-hours held by jobs that finished".to_string(),
        ),
        key(
            format::count(interruptions as u64),
            "interruptions",
            match between {
                Some(seconds) => format!("one every {} in the whole network", format::length(seconds)),
                None => "of running jobs by failures".to_string(),
            },
        ),
        key(
            maybe(run.result("lost_gpu_hours"), |value| format::quantity(value, "GPU-h")),
            "done again",
            "work since the last checkpoint, after failures and preemption".to_string(),
        ),
        key(
            maybe(run.result("down_share"), format::share),
            "down",
            "GPU-hours in repair, of those energised".to_string(),
        ),
    ]
}

/// Interruptions a day of each way of failing, over the run.
fn interruptions(run: &Run) -> Figure {
    // Single interruptions make a ragged line: days, where the run has enough of them.
    let width = run.hours.bins.width_hours().max(1);
    let daily = width < 24 && run.hours_long() >= 240.0;
    let each = if daily { usize::try_from(24 / width).unwrap_or(1) } else { 1 };
    let count = run.hours.bins.count().div_ceil(each);
    let edges = run.hours.bins.edges();
    let last = edges.len().saturating_sub(1);
    let edges: Vec<f64> =
        (0..=count).filter_map(|place| edges.get((place * each).min(last)).copied()).collect();
    let days = |place: usize| match (edges.get(place), edges.get(place + 1)) {
        (Some(from), Some(to)) if to > from => Some((to - from) / 86_400.0),
        _ => None,
    };
    let names: Vec<String> = run.failures.iter().map(|failure| failure.key.clone()).collect();
    let sizes: Vec<f64> = run.failures.iter().map(|failure| failure.interruptions as f64).collect();
    let sum = |places: &[usize], bin: usize| -> f64 {
        let of = |place: &usize| -> u64 {
            let bins = run.failures[*place].by_bin.chunks(each).nth(bin);
            bins.map_or(0, |bins| bins.iter().sum())
        };
        places.iter().map(of).sum::<u64>() as f64
    };
    let series: Vec<Series> = largest(&names, &sizes)
        .into_iter()
        .map(|(name, ink, places)| Series {
            name,
            ink,
            mark: Mark::Area,
            values: (0..count).map(|bin| days(bin).map(|days| sum(&places, bin) / days)).collect(),
            low: Vec::new(),
        })
        .collect();
    let all: Vec<usize> = (0..run.failures.len()).collect();
    let highest =
        (0..count).filter_map(|bin| days(bin).map(|days| sum(&all, bin) / days)).fold(0.0, f64::max);
    Figure {
        id: "fig-interruptions".to_string(),
        title: "How often did failures interrupt running jobs, and what failed?".to_string(),
        caption: format!(
            "Interruptions of running jobs, counted and scaled to a day. A node that fails while nothing runs on it \
             interrupts nobody. {}",
            if daily { "Each step is a day.".to_string() } else { thinning(&run.hours) }
        ),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: Axis {
                title: "interruptions a day".to_string(),
                scale: Scale::from_zero(highest),
                reads: Reads::Number,
            },
            places: edges,
            series,
            stacked: true,
            small: false,
            guides: Vec::new(),
        }),
        table: table(run),
    }
}

fn table(run: &Run) -> Table {
    let mut table =
        Table::new(&["failure", "#jobs interrupted", "#one every", "#nodes taken down", "#work done again"]);
    for failure in &run.failures {
        let between = (failure.interruptions > 0)
            .then(|| format::length(run.hours_long() * 3600.0 / failure.interruptions as f64));
        table.push([
            failure.key.clone(),
            format::count(failure.interruptions),
            between.unwrap_or_else(|| "–".to_string()),
            format::count(failure.nodes_down),
            format::quantity(failure.lost_gpu_hours, "GPU-h"),
        ]);
    }
    table
}

/// Accelerators in repair over the run.
fn down(run: &Run) -> Figure {
    let edges = run.hours.bins.edges();
    let values: Vec<Option<f64>> = (run.hours.network.iter().zip(edges.windows(2)))
        .map(|(bin, edge)| Bin::mean_gpus(bin.down, edge[0], edge[1]))
        .collect();
    let highest = values.iter().flatten().copied().fold(0.0, f64::max);
    let mut table = Table::new(&["site", "#down", "#of those energised"]);
    for (site, bins) in run.sites.iter().zip(&run.hours.sites) {
        let sum = bins.iter().fold(Bin::default(), |sum, bin| sum.with(bin));
        table.push([
            site.name.clone(),
            format::quantity(sum.down, "GPU-h"),
            maybe(sum.share(sum.down), format::share),
        ]);
    }
    Figure {
        id: "fig-down".to_string(),
        title: "How many GPUs were in repair?".to_string(),
        caption: format!(
            "GPUs on nodes that are down, over all sites. An accelerator that fails takes its node with it. {}",
            thinning(&run.hours)
        ),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: Axis {
                title: "GPUs down".to_string(),
                scale: Scale::from_zero(highest),
                reads: Reads::Number,
            },
            places: edges,
            series: vec![Series {
                name: "GPUs down".to_string(),
                ink: Ink::Down,
                mark: Mark::Area,
                values,
                low: Vec::new(),
            }],
            stacked: true,
            small: false,
            guides: Vec::new(),
        }),
        table,
    }
}

/// What is left of what jobs held, by tenant.
fn goodput(run: &Run) -> Option<Figure> {
    let of = |tenant: &Tenant, metric: &str| run.results.get("tenant", Some(&tenant.key), metric);
    let mut tenants: Vec<(&Tenant, f64)> =
        run.tenants.iter().filter_map(|tenant| Some((tenant, of(tenant, "goodput")?))).collect();
    tenants.sort_by(|a, b| b.0.held_gpu_hours.total_cmp(&a.0.held_gpu_hours).then(a.0.key.cmp(&b.0.key)));
    if tenants.is_empty() {
        return None;
    }
    let mut table = Table::new(&["tenant", "#goodput", "#interruptions", "#preemptions", "#work done again"]);
    for (tenant, share) in &tenants {
        let count = |metric| maybe(of(tenant, metric), |value| format::count(value as u64));
        table.push([
            tenant.key.clone(),
            format::share(*share),
            count("interruptions"),
            count("preemptions"),
            maybe(of(tenant, "lost_gpu_hours"), |value| format::quantity(value, "GPU-h")),
        ]);
    }
    let bars = tenants.iter().take(BARS).map(|(tenant, share)| Bar {
        name: tenant.key.clone(),
        values: vec![(*share, format::share(*share))],
    });
    Some(Figure {
        id: "fig-goodput".to_string(),
        title: "How much of what jobs held became work?".to_string(),
        caption: "Work as a share of the GPU-hours held for it, of the jobs that finished. Large jobs are interrupted more \
                  often: any one of their nodes stops them all."
            .to_string(),
        chart: Chart::Bars(Bars {
            rows: "tenant".to_string(),
            measures: vec![("goodput".to_string(), Ink::Busy)],
            bars: bars.collect(),
        }),
        table,
    })
}
