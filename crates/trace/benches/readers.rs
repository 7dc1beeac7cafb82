//! How fast the readers and the generator are, and a digest of what they gave.
//!
//! `cargo bench -p trace` runs the full size, `cargo test` a small one; `-- --readers` leaves the generator out.
#![allow(clippy::unwrap_used)]

use base::digest::StreamDigest;
use base::{SimTime, Span};
use std::path::PathBuf;
use std::time::Instant;
use trace::synthetic::{Arrivals, Durations, Gaps, Sizes, Synthetic};
use trace::{Format, Generator, JobRecord, ReadOptions};

fn digest(jobs: impl Iterator<Item = JobRecord>) -> (u64, String) {
    let mut digest = StreamDigest::new();
    let mut rows = 0;
    for job in jobs {
        rows += 1;
        digest.update(&job.submit.0.to_le_bytes());
        digest.update(&job.runtime.0.to_le_bytes());
        digest.update(&job.demand.gpu_milli.to_le_bytes());
    }
    (rows, digest.hex())
}

/// Processor time of this process in seconds, from Linux; wall time says little on a busy machine.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9
}

/// The mean of the processor time, whose clock is coarse, and the least wall time, which is its lower bound.
fn measure(name: &str, rounds: u32, work: impl Fn() -> (u64, String)) {
    let mut last = (0, String::new());
    let mut best = f64::INFINITY;
    let begin = cpu_seconds();
    for _ in 0..rounds {
        let begin = Instant::now();
        last = work();
        best = best.min(begin.elapsed().as_secs_f64());
    }
    let mean = (cpu_seconds() - begin) / f64::from(rounds);
    let (rows, digest) = last;
    let rate = rows as f64 / best / 1e6;
    let (mean, best) = (mean * 1e3, best * 1e3);
    println!(
        "{name:<12} {rows:>9} jobs  {mean:>9.2} CPU ms  {best:>9.2} ms at best  {rate:>6.2} M/s  {digest}"
    );
}

fn main() {
    let small = !std::env::args().any(|argument| argument == "--bench");
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/gpu_jobs");
    let logs = [
        ("philly.csv.gz", Format::Philly),
        ("openb_pod_list_default.csv.gz", Format::Openb),
        ("NASA-iPSC-1993-3.1-cln.swf.zip", Format::Swf),
    ];
    for (name, format) in logs {
        let path = folder.join(name);
        if !path.exists() {
            println!("skipped: {} is not there", path.display());
            continue;
        }
        measure(format.name(), if small { 1 } else { 50 }, || {
            let reader = trace::open(&path, format, &ReadOptions::default()).unwrap();
            digest(reader.map(|job| job.unwrap()))
        });
    }
    if std::env::args().any(|argument| argument == "--readers") {
        return;
    }
    let jobs = if small { 10_000 } else { 10_000_000 };
    for (name, gaps) in [("poisson", Gaps::Poisson), ("gamma", Gaps::Gamma { cv: 2.0 })] {
        let synthetic = Synthetic {
            arrivals: Arrivals {
                per_hour: 1000.0,
                gaps,
                hour_of_day: None,
                day_of_week: None,
                steps: Vec::new(),
            },
            sizes: Sizes::PowerOfTwo { median: 4.0, sigma: 1.5, most: 1024 },
            durations: Durations::Lognormal { median: Span::HOUR, sigma: 1.5, most: Span::DAY * 30 },
            estimate_factor: None,
            cpu_milli_per_gpu: 0,
            memory_mib_per_gpu: 0,
            count: Some(jobs),
        };
        measure(name, 1, || digest(Generator::new(&synthetic, 1, "jobs", SimTime(0), Span::FOREVER)));
    }
}
