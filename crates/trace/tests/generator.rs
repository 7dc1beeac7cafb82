//! The generator against closed forms, its independence, and its place in the stream.
#![allow(clippy::unwrap_used)]

use base::digest::StreamDigest;
use base::{SimTime, Span};
use proptest::prelude::*;
use trace::fit::statistics::{cv, mean};
use trace::synthetic::{Arrivals, Durations, Factor, Gaps, Sizes, Synthetic};
use trace::{Generator, JobRecord};

fn even(per_hour: f64, gaps: Gaps) -> Synthetic {
    Synthetic {
        arrivals: Arrivals { per_hour, gaps, hour_of_day: None, day_of_week: None, steps: Vec::new() },
        sizes: Sizes::Weighted(vec![(1, 3.0), (8, 1.0)]),
        durations: Durations::Exponential(Span::HOUR),
        estimate_factor: None,
        cpu_milli_per_gpu: 0,
        memory_mib_per_gpu: 0,
        count: None,
    }
}

fn jobs(synthetic: &Synthetic, start: SimTime, length: Span) -> Vec<JobRecord> {
    Generator::new(synthetic, 7, "test", start, length).collect()
}

fn some(synthetic: &Synthetic, count: usize) -> Vec<JobRecord> {
    let jobs: Vec<JobRecord> =
        Generator::new(synthetic, 7, "test", SimTime(0), Span::FOREVER).take(count).collect();
    assert_eq!(jobs.len(), count);
    jobs
}

/// Largest difference of an empirical distribution from a continuous one.
fn distance_from(values: &[f64], cumulative: impl Fn(f64) -> f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len() as f64;
    let at = |(i, x): (usize, &f64)| {
        let expected = cumulative(*x);
        (expected - i as f64 / n).abs().max(((i + 1) as f64 / n - expected).abs())
    };
    values.iter().enumerate().map(at).fold(0.0, f64::max)
}

/// Twice the 1 % critical value of Kolmogorov's test: a right generator fails it about never.
fn critical(n: usize) -> f64 {
    3.26 / (n as f64).sqrt()
}

fn gaps(jobs: &[JobRecord]) -> Vec<f64> {
    jobs.windows(2).map(|pair| (pair[1].submit - pair[0].submit).hours()).collect()
}

#[test]
fn gaps_follow_their_closed_forms() {
    let n = 20_000;
    let poisson = gaps(&some(&even(5.0, Gaps::Poisson), n));
    assert!(distance_from(&poisson, |x| 1.0 - (-5.0 * x).exp()) < critical(n));
    // Weibull of shape 2 and mean 1/5: the scale is that over gamma(1.5) = sqrt(pi)/2.
    let weibull = gaps(&some(&even(5.0, Gaps::Weibull { shape: 2.0 }), n));
    let scale = 0.2 / (std::f64::consts::PI.sqrt() / 2.0);
    assert!(distance_from(&weibull, |x| 1.0 - (-(x / scale).powi(2)).exp()) < critical(n));
    // Gamma of coefficient of variation 1/sqrt(2) has shape 2: 1 - (1 + y) e^-y with y = 2 * 5 x.
    let gamma = gaps(&some(&even(5.0, Gaps::Gamma { cv: 0.5f64.sqrt() }), n));
    assert!(distance_from(&gamma, |x| 1.0 - (1.0 + 10.0 * x) * (-10.0 * x).exp()) < critical(n));
    let bursty = gaps(&some(&even(5.0, Gaps::Gamma { cv: 3.0 }), n));
    assert!((cv(&bursty) / 3.0 - 1.0).abs() < 0.1 && (mean(&bursty) * 5.0 - 1.0).abs() < 0.1);
    let constant = some(&even(4.0, Gaps::Constant), 100);
    assert!(constant.iter().zip(1..).all(|(job, i)| job.submit == Span(Span::HOUR.0 / 4 * i)));
}

#[test]
fn the_rate_follows_the_clock_and_the_calendar() {
    let mut synthetic = even(6.0, Gaps::Poisson);
    let hours: [f64; 24] = std::array::from_fn(|hour| if hour < 6 { 0.0 } else { 1.0 + hour as f64 });
    let days = [1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0];
    synthetic.arrivals.hour_of_day = Some(hours);
    synthetic.arrivals.day_of_week = Some(days);
    // Wednesday 2026-07-01, in the middle of an hour; 100 weeks.
    let start = SimTime::parse("2026-07-01T15:20:00").unwrap();
    let weeks = 100;
    let jobs = jobs(&synthetic, start, Span::DAY * (7 * weeks));
    let (hour_mean, day_mean) = (hours.iter().sum::<f64>() / 24.0, days.iter().sum::<f64>() / 7.0);
    let mut counts = [[0.0f64; 24]; 7];
    for job in &jobs {
        let stamp = start + job.submit;
        // 2026-06-29 was a Monday.
        let since = stamp - SimTime::parse("2026-06-29").unwrap();
        let hour = (since.0 / Span::HOUR.0) as usize;
        counts[hour / 24 % 7][hour % 24] += 1.0;
    }
    let mut chi_square = 0.0;
    let mut cells = 0.0;
    for (day, counts) in counts.iter().enumerate() {
        for (hour, count) in counts.iter().enumerate() {
            let expected = 6.0 * hours[hour] / hour_mean * days[day] / day_mean * weeks as f64;
            if expected == 0.0 {
                assert_eq!(*count, 0.0, "a job on day {day} at {hour}, when none comes");
            } else {
                chi_square += (count - expected).powi(2) / expected;
                cells += 1.0;
            }
        }
    }
    // Mean `cells`, variance twice that: within five deviations.
    assert!((chi_square - cells).abs() < 5.0 * f64::sqrt(2.0 * cells), "{chi_square} over {cells} cells");
    let expected = 6.0 * 168.0 * weeks as f64;
    assert!((jobs.len() as f64 - expected).abs() < 5.0 * expected.sqrt(), "{}", jobs.len());
}

#[test]
fn constant_gaps_come_where_the_cumulative_rate_says() {
    // Two jobs an hour by day (12 hours at 4, 12 at 0): a job each quarter of an hour from noon to midnight.
    let mut synthetic = even(2.0, Gaps::Constant);
    synthetic.arrivals.hour_of_day = Some(std::array::from_fn(|hour| f64::from(u8::from(hour >= 12))));
    let jobs = jobs(&synthetic, SimTime(0), Span::DAY * 2);
    let quarter = Span::HOUR.0 / 4;
    for (place, job) in jobs.iter().enumerate() {
        let within_day = (place as i64 + 1) % 48;
        let day = (place as i64 + 1) / 48;
        // The last of a day falls on midnight: it belongs to the next day's first instant, or to its noon.
        let expected = day * Span::DAY.0 + Span::HOUR.0 * 12 + within_day * quarter;
        assert_eq!(job.submit.0, expected, "job {place}");
    }
    assert_eq!(jobs.len(), 95);
}

#[test]
fn sizes_and_durations_follow_their_closed_forms() {
    let n = 20_000;
    let seconds = |jobs: &[JobRecord]| -> Vec<f64> { jobs.iter().map(|job| job.runtime.seconds()).collect() };
    let with = |durations: Durations| some(&Synthetic { durations, ..even(5.0, Gaps::Poisson) }, n);
    let exponential = with(Durations::Exponential(Span::from_seconds(50)));
    assert!(distance_from(&seconds(&exponential), |x| 1.0 - (-x / 50.0).exp()) < critical(n));
    let eights = exponential.iter().filter(|job| job.demand.gpu_milli == 8000).count() as f64 / n as f64;
    assert!((eights - 0.25).abs() < 0.02, "{eights}");
    let lognormal =
        Durations::Lognormal { median: Span::from_seconds(100), sigma: 2.0, most: Span::from_seconds(900) };
    let drawn = seconds(&with(lognormal));
    let share = |limit: f64| drawn.iter().filter(|value| **value < limit).count() as f64 / n as f64;
    assert!((share(100.0) - 0.5).abs() < 0.02);
    // One deviation below the median: Phi(-1) = 0.158655.
    assert!((share(100.0 * (-2.0f64).exp()) - 0.158_655).abs() < 0.02);
    assert!(drawn.iter().all(|value| *value <= 900.0));
    let spans = [1, 10, 1000].map(Span::from_seconds).to_vec();
    let drawn = seconds(&with(Durations::Quantiles(spans)));
    // Uniform in the logarithm within each half.
    let cumulative = |x: f64| if x < 10.0 { x.log10() / 2.0 } else { 0.5 + (x.log10() - 1.0) / 4.0 };
    assert!(distance_from(&drawn, cumulative) < critical(n));
    let by_size =
        Durations::BySize(vec![(1, Durations::Constant(Span::SECOND)), (4, Durations::Constant(Span::HOUR))]);
    let right = |job: &JobRecord| (job.demand.gpu_milli == 1000) == (job.runtime == Span::SECOND);
    assert!(with(by_size).iter().all(right));
    let sizes = Sizes::PowerOfTwo { median: 4.0, sigma: 0.0, most: 3 };
    let synthetic = Synthetic { sizes, ..even(5.0, Gaps::Poisson) };
    assert!(some(&synthetic, 100).iter().all(|job| job.demand.gpu_milli == 2000), "at most 3 is at most 2");
}

#[test]
fn estimates_are_never_below_the_run_time() {
    let factor = Some(Factor::Uniform { most: 5.0 });
    let synthetic = Synthetic { estimate_factor: factor, ..even(5.0, Gaps::Poisson) };
    let factors: Vec<f64> = some(&synthetic, 20_000)
        .iter()
        .map(|job| job.requested.unwrap().seconds() / job.runtime.seconds())
        .collect();
    assert!(distance_from(&factors, |x| ((x - 1.0) / 4.0).clamp(0.0, 1.0)) < critical(20_000));
}

#[test]
fn a_change_of_one_part_leaves_the_others_alone() {
    let base = even(5.0, Gaps::Poisson);
    let sizes = Synthetic { sizes: Sizes::PowerOfTwo { median: 8.0, sigma: 1.0, most: 64 }, ..base.clone() };
    let durations = Synthetic { durations: Durations::Constant(Span::DAY), ..base.clone() };
    let estimates = Synthetic { estimate_factor: Some(Factor::Constant(2.0)), ..base.clone() };
    let gaps = even(5.0, Gaps::Gamma { cv: 2.0 });
    let [base, sizes, durations, estimates, gaps] =
        [base, sizes, durations, estimates, gaps].map(|s| some(&s, 1000));
    for i in 0..1000 {
        assert_eq!((sizes[i].submit, sizes[i].runtime), (base[i].submit, base[i].runtime));
        assert_eq!((durations[i].submit, durations[i].demand), (base[i].submit, base[i].demand));
        assert_eq!((estimates[i].submit, estimates[i].runtime), (base[i].submit, base[i].runtime));
        assert_eq!((gaps[i].demand, gaps[i].runtime), (base[i].demand, base[i].runtime));
    }
    assert!(gaps.iter().zip(&base).any(|(a, b)| a.submit != b.submit));
}

#[test]
fn a_stream_goes_on_from_its_place() {
    let mut synthetic = even(5.0, Gaps::Weibull { shape: 0.5 });
    synthetic.arrivals.day_of_week = Some([1.0, 2.0, 3.0, 4.0, 5.0, 0.0, 0.0]);
    let new = || Generator::new(&synthetic, 3, "place", SimTime(123_456_789), Span::DAY * 90);
    let whole: Vec<JobRecord> = new().collect();
    for skipped in [0, 1, 500, whole.len()] {
        let mut first = new();
        first.by_ref().take(skipped).for_each(drop);
        let position: trace::Position =
            postcard::from_bytes(&postcard::to_stdvec(&first.position()).unwrap()).unwrap();
        let mut second = new();
        second.go_to(position);
        assert!(second.eq(whole[skipped..].iter().cloned()), "after {skipped}");
    }
}

#[test]
fn the_count_and_the_length_end_a_stream() {
    let synthetic = Synthetic { count: Some(10), ..even(5.0, Gaps::Poisson) };
    assert_eq!(jobs(&synthetic, SimTime(0), Span::FOREVER).len(), 10);
    let all = jobs(&even(5.0, Gaps::Poisson), SimTime(0), Span::DAY);
    assert!(all.iter().all(|job| job.submit < Span::DAY));
    assert!(jobs(&even(0.0, Gaps::Poisson), SimTime(0), Span::DAY).is_empty());
    let none = Synthetic { sizes: Sizes::Weighted(vec![(4, 0.0)]), ..even(5.0, Gaps::Poisson) };
    assert!(jobs(&none, SimTime(0), Span::DAY).is_empty());
}

#[test]
fn streams_are_pinned() {
    // Golden: it may change only in a version whose changelog says that results change.
    let mut digest = StreamDigest::new();
    for gaps in [Gaps::Poisson, Gaps::Gamma { cv: 2.0 }, Gaps::Weibull { shape: 0.6 }] {
        let mut synthetic = even(50.0, gaps);
        synthetic.arrivals.hour_of_day = Some(std::array::from_fn(|hour| 1.0 + hour as f64));
        synthetic.durations = Durations::Lognormal { median: Span::HOUR, sigma: 1.5, most: Span::DAY };
        for job in some(&synthetic, 2000) {
            digest.update(&job.submit.0.to_le_bytes());
            digest.update(&job.runtime.0.to_le_bytes());
            digest.update(&job.demand.gpu_milli.to_le_bytes());
        }
    }
    assert_eq!(digest.hex(), "0c29aedfb565b71a6f017c2039990e5a");
}

#[test]
fn gaps_at_the_edge_of_their_parameters_have_mean_one() {
    let edges = [
        Gaps::Gamma { cv: 1e-200 },
        Gaps::Gamma { cv: 1e-5 },
        Gaps::Weibull { shape: 1e5 },
        Gaps::Weibull { shape: 1e300 },
    ];
    for gaps in edges {
        let jobs = some(&even(1.0, gaps), 100);
        assert!((jobs[99].submit.hours() - 100.0).abs() < 0.1, "{gaps:?}: {}", jobs[99].submit);
    }
    for gaps in
        [Gaps::Gamma { cv: f64::INFINITY }, Gaps::Gamma { cv: f64::NAN }, Gaps::Weibull { shape: 1e-300 }]
    {
        assert!(some(&even(1.0, gaps), 100).is_sorted_by_key(|job| job.submit), "{gaps:?}");
    }
}

/// A rate that is stopped, doubled and ends: the counts between the steps are those of the rates, and a stream that can
/// never go on ends.
#[test]
fn steps_multiply_the_rate_from_their_dates_on() {
    let day = |days: i64| SimTime(days * 24 * Span::HOUR.0);
    let mut synthetic = even(10.0, Gaps::Constant);
    synthetic.arrivals.steps = vec![(day(10), 0.0), (day(20), 2.0), (day(30), 0.0)];
    let all = jobs(&synthetic, SimTime(0), Span::DAY * 1000);
    let between = |from: i64, to: i64| {
        all.iter().filter(|job| (day(from).0..day(to).0).contains(&job.submit.0)).count() as i64
    };
    let counts = [between(0, 10), between(10, 20), between(20, 30), between(30, 1000)];
    for (count, wanted) in counts.into_iter().zip([2400, 0, 4800, 0]) {
        assert!((count - wanted).abs() <= 1, "{counts:?}");
    }
    synthetic.arrivals.steps = vec![(SimTime(-1), 1.0)];
    let same = jobs(&synthetic, SimTime(0), Span::DAY * 100);
    synthetic.arrivals.steps.clear();
    assert_eq!(same, jobs(&synthetic, SimTime(0), Span::DAY * 100), "a factor of 1 changes nothing");
}

proptest! {
    #[test]
    fn no_description_panics_or_hangs(
        numbers in proptest::collection::vec(prop_oneof![any::<f64>(), -2.0..50.0f64], 40),
        spans in proptest::collection::vec(any::<i64>().prop_map(Span), 4),
        choice in 0usize..4,
        start: i64,
    ) {
        let n = |place: usize| numbers[place];
        let gaps = [Gaps::Poisson, Gaps::Gamma { cv: n(0) }, Gaps::Weibull { shape: n(0) }, Gaps::Constant][choice];
        let durations = [
            Durations::Exponential(spans[0]),
            Durations::Lognormal { median: spans[0], sigma: n(1), most: spans[1] },
            Durations::Weibull { scale: spans[0], shape: n(1), most: spans[1] },
            Durations::BySize(vec![(2, Durations::Quantiles(spans.clone())), (1, Durations::Quantiles(Vec::new()))]),
        ][choice].clone();
        let sizes = match choice {
            0 | 1 => Sizes::Weighted(vec![(u32::MAX, n(2)), (0, n(3))]),
            _ => Sizes::PowerOfTwo { median: n(2), sigma: n(3), most: numbers[4] as u32 },
        };
        let synthetic = Synthetic {
            arrivals: Arrivals {
                per_hour: n(5),
                gaps,
                hour_of_day: Some(std::array::from_fn(|hour| n(8 + hour))),
                day_of_week: Some(std::array::from_fn(|day| n(32 + day))),
                steps: if choice == 3 { vec![(SimTime(start), n(7)), (SimTime::NEVER, n(31))] } else { Vec::new() },
            },
            sizes,
            durations,
            estimate_factor: Some(if choice % 2 == 0 { Factor::Constant(n(6)) } else { Factor::Uniform { most: n(6) } }),
            cpu_milli_per_gpu: u32::MAX,
            memory_mib_per_gpu: u32::MAX,
            count: None,
        };
        let jobs: Vec<JobRecord> =
            Generator::new(&synthetic, 1, "any", SimTime(start), Span::FOREVER).take(200).collect();
        prop_assert!(jobs.is_sorted_by_key(|job| job.submit));
        prop_assert!(jobs.iter().all(|job| job.submit >= Span::ZERO && job.runtime >= Span::ZERO));
    }
}
