//! Run times by classes of sizes.

use super::statistics::{mean, root};
use super::{DurationShape, Sample};
use crate::synthetic::Durations;
use base::Span;

/// The fewest jobs that a class of sizes has.
const FEWEST: usize = 50;

/// One distribution for each class of sizes; classes end at powers of two.
pub(super) fn fit(sample: &Sample, shape: DurationShape) -> Durations {
    let mut classes: Vec<(u32, Vec<i64>)> = Vec::new();
    let largest = sample.sizes.iter().copied().max().unwrap_or(1);
    let mut jobs: Vec<(u32, i64)> =
        sample.sizes.iter().copied().zip(sample.runtimes.iter().copied()).collect();
    jobs.sort_unstable();
    for (size, runtime) in jobs {
        let end = size.checked_next_power_of_two().unwrap_or(u32::MAX);
        match classes.last_mut() {
            Some((last, runtimes)) if *last >= end || runtimes.len() < FEWEST => {
                *last = end.max(*last);
                runtimes.push(runtime);
            }
            _ => classes.push((end, vec![runtime])),
        }
    }
    // The last class may be small: it joins the one before.
    if classes.len() > 1
        && let Some((_, few)) = classes.pop_if(|(_, runtimes)| runtimes.len() < FEWEST)
        && let Some((_, before)) = classes.last_mut()
    {
        before.extend(few);
    }
    if let Some((last, _)) = classes.last_mut() {
        *last = (*last).max(largest);
    }
    let mut fitted: Vec<(u32, Durations)> =
        classes.into_iter().map(|(end, runtimes)| (end, fit_class(runtimes, shape))).collect();
    match fitted.len() {
        1 => fitted.remove(0).1,
        _ => Durations::BySize(fitted),
    }
}

fn fit_class(mut runtimes: Vec<i64>, shape: DurationShape) -> Durations {
    runtimes.sort_unstable();
    // Logs count in seconds: what took no time took less than one.
    let seconds: Vec<f64> = runtimes.iter().map(|&nanos| (nanos as f64 / 1e9).max(1.0)).collect();
    match shape {
        DurationShape::Lognormal => lognormal(&seconds),
        DurationShape::Quantiles { steps } => quantiles(&seconds, steps.clamp(1, 1000) as usize),
    }
}

fn lognormal(seconds: &[f64]) -> Durations {
    let logs: Vec<f64> = seconds.iter().map(|value| libm::log(*value)).collect();
    let mu = mean(&logs);
    let square: Vec<f64> = logs.iter().map(|log| (log - mu) * (log - mu)).collect();
    let longest = seconds.last().copied().unwrap_or(1.0);
    Durations::Lognormal {
        median: whole(libm::exp(mu)),
        sigma: super::statistics::rounded(libm::sqrt(mean(&square)), 4),
        most: whole(longest),
    }
}

/// The quantiles of rising `seconds`, the last one moved so that the mean of what is drawn is that of the log: the
/// longest job itself, at the end of a step of 5 %, would make that step far too long.
fn quantiles(seconds: &[f64], steps: usize) -> Durations {
    let at = |step: usize| {
        let place = step as f64 / steps as f64 * (seconds.len() - 1) as f64;
        let below = (place as usize).min(seconds.len() - 1);
        let above = (below + 1).min(seconds.len() - 1);
        libm::round(seconds[below] + (place - below as f64) * (seconds[above] - seconds[below]))
    };
    let mut values: Vec<f64> = (0..=steps).map(at).collect();
    let wanted = mean(seconds) * steps as f64;
    let inner: f64 = values.windows(2).take(steps - 1).map(|pair| between(pair[0], pair[1])).sum();
    let (low, high) = (values[steps - 1], values[steps]);
    values[steps] = libm::round(root(low, high, |end| inner + between(low, end) - wanted)).max(low);
    Durations::Quantiles(values.into_iter().map(whole).collect())
}

/// The mean of a run time that is uniform in the logarithm between two values.
fn between(low: f64, high: f64) -> f64 {
    if high - low < 1e-9 * high { low } else { (high - low) / libm::log(high / low) }
}

fn whole(seconds: f64) -> Span {
    Span::from_seconds(libm::round(seconds).max(1.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_the_quantiles_is_that_of_the_log() {
        // Pareto of shape 1.5: a tail that a step of 5 % does not catch.
        let seconds: Vec<f64> =
            (0..10_000).map(|i| 60.0 * libm::pow(1.0 - (i as f64 + 0.5) / 10_000.0, -1.0 / 1.5)).collect();
        let Durations::Quantiles(spans) = quantiles(&seconds, 20) else { panic!("quantiles") };
        let values: Vec<f64> = spans.iter().map(|span| span.seconds()).collect();
        let drawn: f64 = values.windows(2).map(|pair| between(pair[0], pair[1])).sum::<f64>() / 20.0;
        assert!((drawn / mean(&seconds) - 1.0).abs() < 0.01, "{drawn} {}", mean(&seconds));
        assert!(values.is_sorted());
    }

    #[test]
    fn every_size_has_a_class_of_enough_jobs() {
        let sizes: Vec<u32> = (0..1000).map(|i| if i < 900 { 1 } else { 2 << (i % 5) }).collect();
        let sample = Sample { submits: vec![0; 1000], runtimes: vec![5_000_000_000; 1000], sizes };
        let Durations::BySize(classes) = fit(&sample, DurationShape::Lognormal) else { panic!("classes") };
        let ends: Vec<u32> = classes.iter().map(|(end, _)| *end).collect();
        assert_eq!(ends, [1, 32]);
        let Durations::Lognormal { median, sigma, .. } = classes[0].1 else { panic!("lognormal") };
        assert!(median == Span::from_seconds(5) && sigma < 1e-9, "{median} {sigma}");
    }
}
