//! The twin against queueing theory: sites of one accelerator a server, jobs from the product's own generator, mean
//! waits inside the 95 % confidence band of 20 seeds.

mod fixture;
mod theory;

use base::id::WorkloadId;
use base::{SimTime, Span};
use fixture::{gpus, job, strict, world};
use std::ops::ControlFlow;
use theory::Band;
use trace::Generator;
use trace::synthetic::{Arrivals, Durations, Gaps, Sizes, Synthetic};
use twin::{Fact, Job, JobOutcome, Typical, simulation};

/// Customers that come before the queue has forgotten that it began empty: one in so many.
const WARM_UP: u64 = 10;

/// Poisson arrivals of single-accelerator jobs; a unit of service time is an hour.
fn customers(rate: f64, service: &Durations, count: u64, seed: u64) -> impl Iterator<Item = (SimTime, Job)> {
    let stream = Synthetic {
        arrivals: Arrivals {
            per_hour: rate,
            gaps: Gaps::Poisson,
            hour_of_day: None,
            day_of_week: None,
            steps: Vec::new(),
        },
        sizes: Sizes::Weighted(vec![(1, 1.0)]),
        durations: service.clone(),
        estimate_factor: None,
        cpu_milli_per_gpu: 0,
        memory_mib_per_gpu: 0,
        count: Some(count),
    };
    let records = Generator::new(&stream, seed, "customers", SimTime(0), Span::FOREVER);
    (0..).zip(records).map(|(number, record)| (SimTime(0) + record.submit, job(number, 1, record.runtime)))
}

/// Mean wait in hours on one site of so many servers, of the jobs of each workload after the warm-up.
fn mean_waits(servers: u32, jobs: impl Iterator<Item = (SimTime, Job)>, count: u64) -> [f64; 3] {
    let mut world = world(&[vec![(gpus(1), servers)]], strict());
    world.end = SimTime::NEVER;
    let (mut sums, mut counts) = ([0.0; 3], [0_u64; 3]);
    let mut listen = |fact: &Fact| {
        let Fact::JobEnded(row) = fact else { return };
        assert_eq!(row.outcome, JobOutcome::Finished);
        if row.job >= count / WARM_UP {
            sums[row.workload.index()] += row.wait.hours();
            counts[row.workload.index()] += 1;
        }
    };
    let mut simulation = simulation(&world, &Typical::default());
    simulation.run(&mut jobs.peekable(), world.end, |_, facts| {
        facts.iter().for_each(&mut listen);
        ControlFlow::Continue(())
    });
    assert_eq!(counts.iter().sum::<u64>(), count - count / WARM_UP, "everybody was served");
    std::array::from_fn(|class| sums[class] / counts[class].max(1) as f64)
}

/// Compares the mean of 20 seeds with what theory says, and prints both.
fn compare(what: &str, expected: f64, mean_wait: impl Fn(u64) -> f64) {
    let band = Band::of(&std::array::from_fn(|seed| mean_wait(seed as u64)));
    let error = (band.mean / expected - 1.0) * 100.0;
    println!("{what}: {:.5} +- {:.5}, theory {expected:.5}, {error:+.2} %", band.mean, band.half);
    assert!(band.holds(expected), "{what}: {band:?} does not hold {expected}");
    assert!(band.half < 0.1 * expected, "{what}: a band that wide says nothing: {band:?}");
}

fn one_class(what: &str, servers: u32, rate: f64, service: &Durations, count: u64, expected: f64) {
    compare(what, expected, |seed| mean_waits(servers, customers(rate, service, count, seed), count)[0]);
}

const EXPONENTIAL: Durations = Durations::Exponential(Span::HOUR);
const CONSTANT: Durations = Durations::Constant(Span::HOUR);

#[test]
fn exponential_service_waits_as_erlang_says() {
    for (servers, load, count) in [(1, 0.8, 60_000), (4, 0.8, 60_000), (100, 0.95, 150_000)] {
        let rate = load * f64::from(servers);
        let what = format!("M/M/{servers} at {load}");
        one_class(&what, servers, rate, &EXPONENTIAL, count, theory::wait_mmc(servers, rate, 1.0));
    }
}

#[test]
fn constant_service_waits_as_crommelin_says() {
    for (servers, load, count) in [(1, 0.8, 40_000), (4, 0.8, 60_000), (16, 0.9, 80_000)] {
        let rate = load * f64::from(servers);
        let what = format!("M/D/{servers} at {load}");
        one_class(&what, servers, rate, &CONSTANT, count, theory::wait_mdc(servers, rate, 1.0));
    }
}

#[test]
fn general_service_waits_as_pollaczek_and_khinchine_say() {
    // Lognormal with sigma 1: mean `exp(1/2)` and second moment `exp(2)` times those of the median.
    let lognormal = Durations::Lognormal { median: Span::HOUR, sigma: 1.0, most: Span::FOREVER };
    let (mean, square) = (0.5_f64.exp(), 2.0_f64.exp());
    let rate = 0.7 / mean;
    one_class("M/G/1, lognormal, at 0.7", 1, rate, &lognormal, 100_000, theory::wait_mg1(rate, mean, square));
    // Weibull with shape 2: moments `gamma(3/2)` and `gamma(2)`.
    let weibull = Durations::Weibull { scale: Span::HOUR, shape: 2.0, most: Span::FOREVER };
    let (mean, square) = (std::f64::consts::PI.sqrt() / 2.0, 1.0);
    let rate = 0.8 / mean;
    one_class("M/G/1, Weibull, at 0.8", 1, rate, &weibull, 60_000, theory::wait_mg1(rate, mean, square));
}

#[test]
fn priorities_wait_as_cobham_says() {
    // Two classes of equal share, nobody is stopped: Cobham, "Priority Assignment in Waiting Line Problems" (Operations
    // Research 2(1), 1954).
    let (load, count) = (0.8, 60_000);
    let residual = load;
    let expected = [residual / ((1.0 - load / 2.0) * (1.0 - load)), residual / (1.0 - load / 2.0)];
    let waits = |seed| {
        let draws = base::Stream::new(seed, "classes");
        let jobs = customers(load, &EXPONENTIAL, count, seed).map(|(submit, job)| {
            let class = draws.at(job.number).below(2) as u32;
            (submit, Job { workload: WorkloadId(class), priority: class as i32, ..job })
        });
        mean_waits(1, jobs, count)
    };
    let all: Vec<[f64; 3]> = (0..20).map(waits).collect();
    for (class, name) in [(0, "low"), (1, "high")] {
        compare(&format!("M/M/1 at 0.8, {name} priority"), expected[class], |seed| all[seed as usize][class]);
    }
}
