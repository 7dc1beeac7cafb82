//! The sums and bins against slow and obvious ones, made from the tables by themselves.

use super::{HOME, results};
use base::SimTime;
use report::Run;
use std::collections::BTreeMap;
use std::path::Path;
use tables::read;

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

/// The readings of the whole network by hour: jobs waiting and accelerators asked for.
fn by_hour(folder: &Path) -> BTreeMap<SimTime, (f64, f64)> {
    let mut hours: BTreeMap<SimTime, (f64, f64)> = BTreeMap::new();
    for batch in read::open(folder, &tables::site_hours::TABLE, &[]).unwrap() {
        let batch = batch.unwrap();
        let (hour, jobs) = (batch.instants("hour").unwrap(), batch.integers("queued_jobs").unwrap());
        let gpus = batch.numbers("queued_gpus").unwrap();
        for row in 0..batch.len() {
            let sums = hours.entry(hour.get(row).unwrap().hour_start()).or_default();
            sums.0 += jobs.get(row).unwrap() as f64;
            sums.1 += gpus.get(row).unwrap();
        }
    }
    hours
}

#[test]
fn bins_are_the_sums_and_readings_of_their_hours() {
    let folder = results("bins", HOME, &[]);
    let run = Run::read(&folder).unwrap();
    assert_eq!(run.hours.bins.width_hours(), 3, "a month in at most 360 bins");
    let edges = run.hours.bins.edges();
    let hours = by_hour(&folder);
    assert!(hours.values().any(|sums| sums.0 > 10.0), "the sites are meant to be too small");
    let mut seen = 0;
    for (place, bin) in run.hours.network.iter().enumerate() {
        let inside: Vec<(f64, f64)> = hours
            .iter()
            .filter(|(hour, _)| {
                // The first hour begins before the run does.
                let second = hour.0 as f64 / 1e9;
                (place == 0 || second >= edges[place]) && second < edges[place + 1]
            })
            .map(|(_, sums)| *sums)
            .collect();
        seen += inside.len();
        let mean = inside.iter().map(|sums| sums.0).sum::<f64>() / inside.len() as f64;
        let most = inside.iter().map(|sums| sums.1).fold(0.0, f64::max);
        assert!(near(bin.queued_jobs.mean().unwrap(), mean), "bin {place}: {mean}");
        assert!(near(bin.queued_gpus.max().unwrap(), most), "bin {place}: {most}");
    }
    assert_eq!(seen, hours.len());
    // Nothing is lost between the hours, the bins and the summary.
    let sum = |of: fn(&report::Bin) -> f64| run.hours.network.iter().map(of).sum::<f64>();
    for (metric, bins) in [
        ("installed_gpu_hours", sum(|bin| bin.installed)),
        ("busy_gpu_hours", sum(|bin| bin.busy)),
        ("idle_gpu_hours", sum(|bin| bin.idle)),
        ("fragmented_gpu_hours", sum(|bin| bin.fragmented)),
    ] {
        let summary = run.result(metric).unwrap();
        assert!((bins - summary).abs() < 1e-6 * summary.max(1.0), "{metric}: {bins} for {summary}");
    }
    let by_site: f64 = run.hours.sites.iter().flatten().map(|bin| bin.busy).sum();
    assert!(near(by_site, sum(|bin| bin.busy)));
}

/// A step of a chart may lie over the turn of a year: years are counted from the hours.
#[test]
fn years_are_the_sums_of_their_hours() {
    let text = HOME.replace("\"30 days\"", "\"1100 days\"").replace("per_hour = 20", "per_hour = 0.5");
    let folder = results("years", &text, &[]);
    let run = Run::read(&folder).unwrap();
    assert!(run.hours.bins.width_hours() > 48);
    let mut years: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for batch in read::open(&folder, &tables::site_hours::TABLE, &[]).unwrap() {
        let batch = batch.unwrap();
        let (busy, installed) =
            (batch.numbers("busy_gpu_hours").unwrap(), batch.numbers("installed_gpu_hours").unwrap());
        for row in 0..batch.len() {
            let year = batch.cell(row, "hour").unwrap().unwrap()[..4].to_owned();
            let sums = years.entry(year).or_default();
            sums.0 += busy.get(row).unwrap();
            sums.1 += installed.get(row).unwrap();
        }
    }
    assert_eq!(years.len(), 4);
    let counted: Vec<String> = run.hours.years.keys().map(ToString::to_string).collect();
    assert_eq!(counted, years.keys().cloned().collect::<Vec<_>>());
    for (bin, sums) in run.hours.years.values().zip(years.values()) {
        assert!(near(bin.busy, sums.0) && near(bin.installed, sums.1), "{bin:?} for {sums:?}");
    }
}

#[test]
fn jobs_are_counted_by_size_and_their_waits_are_those_of_the_table() {
    let folder = results("sizes", HOME, &[]);
    let run = Run::read(&folder).unwrap();
    let (mut waits, mut held, mut of_eight) = (Vec::new(), 0.0, 0);
    for batch in read::open(&folder, &tables::jobs::TABLE, &[]).unwrap() {
        let batch = batch.unwrap();
        let (gpus, wait) = (batch.numbers("gpus").unwrap(), batch.numbers("wait_s").unwrap());
        let (nodes, hours) = (batch.integers("nodes").unwrap(), batch.numbers("held_gpu_hours").unwrap());
        for row in 0..batch.len() {
            held += hours.get(row).unwrap();
            of_eight += u64::from(gpus.get(row) == Some(8.0));
            if nodes.get(row).unwrap() > 0 {
                waits.push(wait.get(row).unwrap());
            }
        }
    }
    assert!(of_eight > 100 && waits.len() > 10_000);
    assert_eq!(
        run.jobs.sizes[&3].jobs, of_eight,
        "class 3 is 5 to 8 accelerators, and nobody asks for 5 to 7"
    );
    assert!((run.jobs.held_gpu_hours() - held).abs() < 1e-6 * held);
    assert_eq!(run.jobs.waits.count(), waits.len() as u64);
    for limit in [1.0, 60.0, 3600.0, 36_000.0] {
        let read = run.jobs.waits.share_within(base::Span::from_seconds_f64(limit).unwrap()).unwrap();
        // The stated error of the curve is in the wait: the share lies between those of a wait 2 % shorter and longer.
        let exact =
            |limit: f64| waits.iter().filter(|wait| **wait <= limit).count() as f64 / waits.len() as f64;
        assert!(exact(limit * 0.98) <= read && read <= exact(limit * 1.02), "{limit} s: {read}");
    }
    let groups = run.jobs.waits_by_group();
    assert_eq!(groups.iter().map(|(_, waits)| waits.count()).sum::<u64>(), waits.len() as u64);
    assert_eq!(
        groups.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["1 GPU", "2 to 8 GPUs", "9 to 64 GPUs"]
    );
}

#[test]
fn failures_are_counted_as_the_events_tell() {
    let folder = results("failed", HOME, &[]);
    let run = Run::read(&folder).unwrap();
    let (mut interruptions, mut lost, mut nodes) = (0, 0.0, 0);
    for batch in read::open(&folder, &tables::events::TABLE, &[]).unwrap() {
        let batch = batch.unwrap();
        for row in 0..batch.len() {
            let cell = |name| batch.cell(row, name).unwrap();
            let number = |name| cell(name).map_or(0.0, |text| text.parse::<f64>().unwrap());
            match cell("event").as_deref() {
                Some("interrupted") => {
                    interruptions += 1;
                    lost += number("gpus") * number("lost_s") / 3600.0;
                }
                Some("down") => nodes += number("nodes") as u64,
                _ => {}
            }
        }
    }
    let [board] = &run.failures[..] else { panic!("{:?}", run.failures) };
    assert!(interruptions > 5 && nodes > 5, "{interruptions} {nodes}");
    assert_eq!((board.key.as_str(), board.interruptions, board.nodes_down), ("board", interruptions, nodes));
    assert_eq!(board.by_bin.iter().sum::<u64>(), interruptions);
    assert!(near(board.lost_gpu_hours, lost));
    assert_eq!(run.result("interruptions"), Some(interruptions as f64));
    assert!(run.result("lost_gpu_hours").unwrap() >= lost, "preemption loses work too");
}
