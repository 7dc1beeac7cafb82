//! The rate over the week, and the gaps in operational time.

use super::FitOptions;
use super::statistics::{cv, distance, mean, root, rounded};
use crate::generator::{Gap, HourlyRates};
use crate::synthetic::{Arrivals, Gaps};
use base::{SimTime, Span, Stream};

/// Gaps that are compared: enough for a distance to within about 0.01.
const COMPARED: usize = 50_000;

/// The arrivals, and the gap distributions that were tried with their distances.
pub(super) fn fit(submits: &[i64], options: &FitOptions) -> (Arrivals, Vec<(Gaps, f64)>) {
    let (first, last) = (submits[0], submits[submits.len() - 1]);
    let length = Span((last - first).max(1));
    let per_hour = rounded((submits.len() - 1).max(1) as f64 / length.hours(), 5);
    let (hour_of_day, day_of_week) = profiles(submits, options.start, length);
    let mut arrivals =
        Arrivals { per_hour, gaps: Gaps::Poisson, hour_of_day, day_of_week, steps: Vec::new() };
    let gaps = operational_gaps(submits, &arrivals, options.start);
    let tried = try_all(&gaps);
    if let Some((best, _)) = tried.iter().min_by(|a, b| a.1.total_cmp(&b.1)) {
        arrivals.gaps = *best;
    }
    (arrivals, tried)
}

/// The jobs in each hour of the day and each day of the week over the hours that the log has of them. Two days are
/// too short for a daily shape and two weeks for a weekly one.
fn profiles(submits: &[i64], start: SimTime, length: Span) -> (Option<[f64; 24]>, Option<[f64; 7]>) {
    let hour_of = |submit: i64| start.0.saturating_add(submit).div_euclid(Span::HOUR.0);
    let (first, last) = (hour_of(submits[0]), hour_of(submits[submits.len() - 1]));
    let mut jobs = [0.0; 168];
    let mut exposed = [0.0; 168];
    for submit in submits {
        jobs[crate::generator::hour_of_week(hour_of(*submit))] += 1.0;
    }
    let hours = last - first + 1;
    for (place, exposed) in exposed.iter_mut().enumerate() {
        // Whole weeks, and the hours of the last one.
        let offset = (place as i64 - crate::generator::hour_of_week(first) as i64).rem_euclid(168);
        *exposed = (hours / 168 + i64::from(offset < hours % 168)) as f64;
    }
    let shape = |of: &dyn Fn(usize) -> usize, parts: usize| -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); parts];
        for hour in 0..168 {
            sums[of(hour)].0 += jobs[hour];
            sums[of(hour)].1 += exposed[hour];
        }
        let rates: Vec<f64> = sums.iter().map(|(jobs, hours): &(f64, f64)| jobs / hours.max(1.0)).collect();
        let level = mean(&rates);
        rates.iter().map(|rate| libm::round(rate / level * 1000.0) / 1000.0).collect()
    };
    let daily = shape(&|hour| hour % 24, 24);
    let weekly = shape(&|hour| hour / 24, 7);
    let hour_of_day = (length >= Span::DAY * 2).then(|| daily.try_into().ok()).flatten();
    let day_of_week = (length >= Span::DAY * 14).then(|| weekly.try_into().ok()).flatten();
    (hour_of_day, day_of_week)
}

/// The gaps that a process of even rate would have had, of mean 1.
fn operational_gaps(submits: &[i64], arrivals: &Arrivals, start: SimTime) -> Vec<f64> {
    let rates = HourlyRates::new(arrivals);
    let times: Vec<f64> =
        submits.iter().map(|submit| rates.cumulative(start.saturating_add(Span(*submit)))).collect();
    let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let level = mean(&gaps);
    gaps.iter().map(|gap| gap / level).collect()
}

/// Poisson, gamma and Weibull gaps, by the moments and by the likelihood, each with its distance from `gaps`.
fn try_all(gaps: &[f64]) -> Vec<(Gaps, f64)> {
    let some: Vec<f64> = gaps.iter().step_by(gaps.len().div_ceil(COMPARED)).copied().collect();
    // Logs count in seconds: no gap is zero, some are too short to be seen.
    let least = some.iter().copied().filter(|gap| *gap > 0.0).fold(f64::INFINITY, f64::min) * 0.5;
    let seen: Vec<f64> = some.iter().map(|gap| if *gap > 0.0 { *gap } else { least.min(1.0) }).collect();
    let moments_cv = cv(&seen).clamp(0.01, 50.0);
    let mut candidates = vec![Gaps::Poisson];
    for cv in [moments_cv, gamma_cv(&seen)] {
        candidates.push(Gaps::Gamma { cv: rounded(cv, 4) });
    }
    for shape in [weibull_shape_of_cv(moments_cv), weibull_shape(&seen)] {
        candidates.push(Gaps::Weibull { shape: rounded(shape, 4) });
    }
    candidates
        .into_iter()
        .map(|gaps| {
            let stream = Stream::new(1, "fit/gaps");
            let drawn: Vec<f64> =
                (0..some.len() as u64).map(|index| Gap::new(gaps).draw(&mut stream.at(index))).collect();
            (gaps, distance(&some, &drawn))
        })
        .collect()
}

/// Coefficient of variation of the gamma distribution of greatest likelihood, by the closed form of Choi and Wette
/// (Technometrics 11, 1969) that is within 1.5 % of it.
fn gamma_cv(gaps: &[f64]) -> f64 {
    let logs: Vec<f64> = gaps.iter().map(|gap| libm::log(*gap)).collect();
    let s = (libm::log(mean(gaps)) - mean(&logs)).max(1e-9);
    let shape = (3.0 - s + libm::sqrt((s - 3.0) * (s - 3.0) + 24.0 * s)) / (12.0 * s);
    (1.0 / libm::sqrt(shape)).clamp(0.01, 50.0)
}

/// The Weibull shape of greatest likelihood: the root of its score.
fn weibull_shape(gaps: &[f64]) -> f64 {
    let logs: Vec<f64> = gaps.iter().map(|gap| libm::log(*gap)).collect();
    let level = mean(&logs);
    root(0.05, 20.0, |shape| {
        let (mut sum, mut weighted) = (0.0, 0.0);
        for log in &logs {
            let power = libm::exp(shape * log);
            sum += power;
            weighted += power * log;
        }
        weighted / sum - 1.0 / shape - level
    })
}

/// The Weibull shape with this coefficient of variation.
fn weibull_shape_of_cv(cv: f64) -> f64 {
    root(0.08, 20.0, |shape| {
        let first = libm::tgamma(1.0 + 1.0 / shape);
        let second = libm::tgamma(1.0 + 2.0 / shape);
        // Falls as the shape rises, so that the sign is turned round.
        cv * cv - (second / (first * first) - 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(gaps: Gaps) -> Vec<f64> {
        let stream = Stream::new(5, "test");
        (0..20_000).map(|index| Gap::new(gaps).draw(&mut stream.at(index))).collect()
    }

    #[test]
    fn a_drawn_distribution_is_found_again() {
        let gamma = draw(Gaps::Gamma { cv: 2.0 });
        assert!((gamma_cv(&gamma) - 2.0).abs() < 0.1, "{}", gamma_cv(&gamma));
        let weibull = draw(Gaps::Weibull { shape: 0.6 });
        assert!((weibull_shape(&weibull) - 0.6).abs() < 0.02, "{}", weibull_shape(&weibull));
        assert!((weibull_shape_of_cv(1.0) - 1.0).abs() < 1e-6);
        let best = |gaps: &[f64]| {
            let tried = try_all(gaps);
            tried.iter().min_by(|a, b| a.1.total_cmp(&b.1)).map(|(gaps, _)| *gaps)
        };
        assert!(matches!(best(&gamma), Some(Gaps::Gamma { .. })));
        assert!(matches!(best(&weibull), Some(Gaps::Weibull { .. })));
    }
}
