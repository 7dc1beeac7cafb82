//! The constants of a variable from data.

use super::variable::{Persistence, SHAPE_POINTS, Transform, Variable};
use crate::calendar::{HOURS_OF_YEAR, civil, hour_of_year, month_of_hour};
use crate::hourly::{Axis, Series};
use base::{SimTime, Span};

/// An hour of the data: where it lies in the year, and its value on the scale of the transform.
struct Sample {
    /// Position in the file; neighbours differ by one.
    at: usize,
    hour_of_year: usize,
    value: f64,
}

/// Fits a variable to one or more series of the same quantity. Values that are NaN are left out: put NaN where an hour
/// was filled or shall not count. `offset` is local standard time less UTC, for dated series.
///
/// `None` if a month and hour of the day has no value at all.
pub fn fit(series: &[&Series], transform: Transform, offset: Span) -> Option<Variable> {
    let samples = samples(series, transform, offset);
    let mean = references(&samples, transform)?;
    let unknown = Persistence { slow_share: 0.0, slow: 0.0, fast: 0.0 };
    let shape = [0.0; SHAPE_POINTS];
    let mut variable =
        Variable { transform, mean, spread: [1.0; 12], persistence: unknown, shape, level: [1.0; 12] };
    let residuals = residuals(&variable, &samples);
    variable.spread = spreads(&residuals);
    let mut standardised: Vec<f64> = residuals
        .iter()
        .map(|&(_, month, residual)| {
            let spread = variable.spread[month];
            if spread > 0.0 { residual / spread } else { 0.0 }
        })
        .collect();
    let scores = normal_scores(&standardised);
    variable.persistence = lasting(&residuals, &scores);
    standardised.sort_by(f64::total_cmp);
    variable.shape = std::array::from_fn(|i| {
        let score = i as f64 / 4.0 - 4.0;
        let at = normal_cdf(score) * standardised.len() as f64 - 0.5;
        let last = standardised.len() - 1;
        let low = (at.max(0.0) as usize).min(last);
        let high = (low + 1).min(last);
        let share = (at - low as f64).clamp(0.0, 1.0);
        standardised[low] + (standardised[high] - standardised[low]) * share
    });
    variable.level = levels(&variable, &samples, series);
    Some(variable)
}

/// The factors (addends for a sum) that give the model the monthly means of the data.
fn levels(variable: &Variable, samples: &[Sample], series: &[&Series]) -> [f64; 12] {
    let neutral = if variable.transform == Transform::Sum { 0.0 } else { 1.0 };
    let scores = (0..400).map(|i| variable.residual(normal_quantile((f64::from(i) + 0.5) / 400.0)));
    let residuals: Vec<f64> = scores.collect();
    let expected: Vec<f64> = (0..HOURS_OF_YEAR)
        .map(|hour| {
            let (mean, spread) = (variable.mean_at(hour), variable.spread[month_of_hour(hour)]);
            residuals.iter().map(|r| variable.transformed(mean, spread * r, neutral)).sum::<f64>() / 400.0
        })
        .collect();
    let raw: Vec<f64> = series.iter().flat_map(|s| &s.values).copied().filter(|v| !v.is_nan()).collect();
    let (mut real, mut modelled, mut counts) = ([0.0; 12], [0.0; 12], [0u32; 12]);
    for (sample, raw) in samples.iter().zip(raw) {
        let month = month_of_hour(sample.hour_of_year);
        real[month] += raw;
        modelled[month] += expected[sample.hour_of_year];
        counts[month] += 1;
    }
    std::array::from_fn(|m| match variable.transform {
        Transform::Sum => (real[m] - modelled[m]) / f64::from(counts[m].max(1)),
        _ if modelled[m] > 0.0 => (real[m] / modelled[m]).clamp(0.5, 2.0),
        _ => 1.0,
    })
}

/// The correlation of the innovations of two fitted variables that gives their normal scores the correlation that the
/// data have at the same hour.
pub fn coupling(a: (&Variable, &Series), b: (&Variable, &Series)) -> f64 {
    let scores = |(variable, series): (&Variable, &Series)| {
        let samples = samples(&[series], variable.transform, Span::ZERO);
        let residuals = residuals(variable, &samples);
        let standardised: Vec<f64> =
            residuals.iter().map(|&(_, m, r)| r / variable.spread[m].max(1e-9)).collect();
        normal_scores(&standardised)
    };
    let (x, y) = (scores(a), scores(b));
    let product: f64 = x.iter().zip(&y).map(|(x, y)| x * y).sum();
    let square = |z: &[f64]| libm::sqrt(z.iter().map(|z| z * z).sum());
    let correlation = product / (square(&x) * square(&y)).max(1e-9);
    (correlation / a.0.persistence.most_correlation(b.0.persistence)).clamp(-0.99, 0.99)
}

fn samples(series: &[&Series], transform: Transform, offset: Span) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut base = 0;
    for series in series {
        for (i, &raw) in series.values.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
            let hour_of_year = match series.axis {
                Axis::Typical { .. } => i % HOURS_OF_YEAR,
                Axis::Dated { start } => {
                    let local = civil(SimTime(start.0 + i as i64 * Span::HOUR.0), offset);
                    hour_of_year(local.month, local.day, local.hour)
                }
            };
            let value = match transform {
                Transform::Hyperbolic { scale, .. } => libm::asinh(raw / scale),
                Transform::Sum | Transform::Factor | Transform::Share { .. } => raw,
            };
            samples.push(Sample { at: base + i, hour_of_year, value });
        }
        base += series.values.len() + 1;
    }
    samples
}

/// The mean of each month and hour, or for a share the largest value.
fn references(samples: &[Sample], transform: Transform) -> Option<[[f64; 24]; 12]> {
    let largest = matches!(transform, Transform::Share { .. });
    let (mut sums, mut counts) = ([[0.0; 24]; 12], [[0u32; 24]; 12]);
    for sample in samples {
        let (month, hour) = (month_of_hour(sample.hour_of_year), sample.hour_of_year % 24);
        let sum: &mut f64 = &mut sums[month][hour];
        *sum = if largest { sum.max(sample.value) } else { *sum + sample.value };
        counts[month][hour] += 1;
    }
    for (sums, counts) in sums.iter_mut().zip(&counts) {
        for (sum, &count) in sums.iter_mut().zip(counts) {
            if count == 0 {
                return None;
            }
            *sum /= if largest { 1.0 } else { f64::from(count) };
        }
    }
    Some(sums)
}

/// Position, month and residual of every sample that has one.
fn residuals(variable: &Variable, samples: &[Sample]) -> Vec<(usize, usize, f64)> {
    let residual = |sample: &Sample| {
        let mean = variable.mean_at(sample.hour_of_year);
        match variable.transform {
            Transform::Sum | Transform::Hyperbolic { .. } => Some(sample.value - mean),
            Transform::Factor => (mean > 0.0).then(|| sample.value / mean - 1.0),
            Transform::Share { threshold } => (mean >= threshold).then(|| sample.value / mean - 1.0),
        }
    };
    let month = |sample: &Sample| month_of_hour(sample.hour_of_year);
    samples.iter().filter_map(|sample| Some((sample.at, month(sample), residual(sample)?))).collect()
}

fn spreads(residuals: &[(usize, usize, f64)]) -> [f64; 12] {
    let (mut squares, mut counts) = ([0.0; 12], [0u32; 12]);
    for &(_, month, residual) in residuals {
        squares[month] += residual * residual;
        counts[month] += 1;
    }
    std::array::from_fn(|m| libm::sqrt(squares[m] / f64::from(counts[m].max(1))))
}

/// The normal scores of values by their rank; equal values share the mean of their ranks.
fn normal_scores(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    let mut scores = vec![0.0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let value = values[order[first]];
        let next = first + order[first..].iter().take_while(|&&i| values[i] == value).count();
        let rank = (first + next) as f64 / 2.0;
        let score = normal_quantile(rank / values.len() as f64);
        order[first..next].iter().for_each(|&i| scores[i] = score);
        first = next;
    }
    scores
}

/// Slow and fast process from the correlations one, 24 and 48 hours apart.
fn lasting(residuals: &[(usize, usize, f64)], scores: &[f64]) -> Persistence {
    let length = residuals.last().map_or(0, |(at, ..)| at + 1);
    let mut by_hour = vec![f64::NAN; length];
    residuals.iter().zip(scores).for_each(|((at, ..), score)| by_hour[*at] = *score);
    let correlation = |lag: usize| {
        let pairs = by_hour.iter().zip(by_hour.get(lag..).unwrap_or_default());
        let known = pairs.filter(|(a, b)| !a.is_nan() && !b.is_nan());
        let (product, square) =
            known.fold((0.0, 0.0), |(p, s), (a, b)| (p + a * b, s + (a * a + b * b) / 2.0));
        if square > 0.0 { product / square } else { 0.0 }
    };
    let (hour, day, two_days) = (correlation(1), correlation(24), correlation(48));
    let hour = hour.clamp(0.0, 0.995);
    if day < 0.02 || libm::pow(hour, 24.0) >= day {
        return Persistence { slow_share: 0.0, slow: 0.0, fast: hour };
    }
    let slow = libm::pow((two_days / day).clamp(0.01, 1.0), 1.0 / 24.0).clamp(hour.max(0.95), 0.995);
    let (mut slow_share, mut fast) = (0.0, 0.0);
    for _ in 0..50 {
        let of_fast = (1.0 - slow_share) * libm::pow(fast, 24.0);
        slow_share = ((day - of_fast) / libm::pow(slow, 24.0)).clamp(0.0, 0.98);
        fast = ((hour - slow_share * slow) / (1.0 - slow_share)).clamp(0.0, 0.995);
    }
    Persistence { slow_share, slow, fast }
}

fn normal_cdf(score: f64) -> f64 {
    0.5 * libm::erfc(-score * std::f64::consts::FRAC_1_SQRT_2)
}

/// The inverse of `normal_cdf` by halving: exact to the last bits, and only used when constants are derived.
fn normal_quantile(probability: f64) -> f64 {
    let (mut low, mut high) = (-9.0, 9.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if normal_cdf(middle) < probability { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}
