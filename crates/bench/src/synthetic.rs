//! How cost grows with jobs and accelerators: synthetic jobs on ten sites under EASY.

use crate::meter::{Tally, peak_mib, reset_peak, timed};
use crate::world::{Nodes, job, run_repeatedly, world};
use crate::{Row, Size, cluster};
use base::{SimTime, Span};
use scenario::world::Backfill;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use trace::synthetic::{Arrivals, Durations, Factor, Gaps, Sizes, Synthetic};
use trace::{Generator, JobRecord};

/// Share of the accelerators that the jobs ask for on average.
const LOAD: f64 = 0.9;
const SITES: u32 = 10;

/// Gangs of 1 to 512 accelerators, an hour long in the median, estimated at up to three times that.
fn description(per_hour: f64, jobs: u64) -> Synthetic {
    Synthetic {
        arrivals: Arrivals {
            per_hour,
            gaps: Gaps::Poisson,
            hour_of_day: None,
            day_of_week: None,
            steps: Vec::new(),
        },
        sizes: Sizes::PowerOfTwo { median: 4.0, sigma: 1.3, most: 512 },
        durations: Durations::Lognormal { median: Span::HOUR, sigma: 1.2, most: Span::DAY * 3 },
        estimate_factor: Some(Factor::Uniform { most: 3.0 }),
        cpu_milli_per_gpu: 0,
        memory_mib_per_gpu: 0,
        count: Some(jobs),
    }
}

/// The jobs for a cluster of so many accelerators: their rate follows from their mean size and length.
pub fn jobs(jobs: u64, gpus: u64) -> impl Iterator<Item = JobRecord> {
    let stream = |per_hour, count| {
        Generator::new(&description(per_hour, count), 1, "synthetic", SimTime(0), Span::FOREVER)
    };
    let (sample, mut gpu_hours) = (20_000, 0.0);
    for record in stream(1.0, sample) {
        gpu_hours += record.demand.total_gpu_milli() as f64 / 1000.0 * record.runtime.hours();
    }
    stream(LOAD * gpus as f64 * sample as f64 / gpu_hours, jobs)
}

/// The least that a simulation of these jobs can do: two events for each, on a heap.
fn bare(records: impl Iterator<Item = JobRecord>) -> Tally {
    let (mut tally, mut ends) = (Tally::default(), BinaryHeap::<Reverse<(Span, u64)>>::new());
    for record in records {
        while let Some(&Reverse((end, id))) = ends.peek() {
            if end > record.submit {
                break;
            }
            ends.pop();
            tally.add(id);
            tally.add(end.0 as u64);
        }
        ends.push(Reverse((record.submit + record.runtime, record.id)));
    }
    tally
}

/// The grid of jobs and accelerators: the smallest cluster first and on each the fewest jobs, so that memory which the
/// allocator keeps from an earlier row does not show in a later one.
pub fn rows(size: Size) -> Vec<Row> {
    let counts = size.pick([2_000].as_slice(), &[100_000, 1_000_000, 10_000_000]);
    let clusters = size.pick([8_000].as_slice(), &[10_000, 100_000, 1_000_000]);
    let pairs = clusters.iter().flat_map(|&gpus| counts.iter().map(move |&count| (count, gpus)));
    pairs.map(|(count, gpus)| row(count, gpus, if count > 100_000 { 1 } else { size.tries() })).collect()
}

fn row(count: u64, gpus: u64, tries: usize) -> Row {
    let nodes = (gpus / u64::from(SITES) / 8) as u32;
    let sites = vec![vec![Nodes::of(8, nodes)]; SITES as usize];
    let policy = cluster::policy(Backfill::Easy { depth: None });
    let world = world(&sites, policy, SimTime(0) + Span::DAY * 36_500);
    let (reference_s, _) = timed(|| bare(jobs(count, gpus)));
    reset_peak();
    let outcome = run_repeatedly(&world, tries, false, || {
        jobs(count, gpus).zip(0..).map(|(record, number)| job(number, &record))
    });
    assert_eq!(outcome.finished, count, "every job ends");
    Row {
        name: format!("synthetic, {count} jobs on {gpus} GPUs"),
        units: "jobs",
        count,
        cpu_s: outcome.cpu_s,
        digest: outcome.tally,
        answer: format!("mean wait {:.1} s, peak {:.0} MiB", outcome.mean_wait_s(), peak_mib()),
        reference: Some(("generator and bare heap".to_owned(), reference_s)),
    }
}
