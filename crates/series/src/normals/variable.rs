//! One variable: means, spread, persistence and shape, and how its hours are drawn.

use crate::calendar::{civil, hour_of_year};
use base::{Draws, SimTime, Span, Stream};

/// How mean and residual make the value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transform {
    /// `mean + residual`.
    Sum,
    /// `mean * (1 + residual)`, at least 0.
    Factor,
    /// `most * (1 + residual)`, at least 0, where the table of means holds the largest value of each month and hour
    /// instead (a clear sky); 0 where that is below the threshold (the sun at night).
    Share {
        /// Largest values below this are taken as 0.
        threshold: f64,
    },
    /// `scale * sinh(mean + residual)`: near zero like a sum, far from zero like a factor, and defined for negative
    /// prices. Markets have caps and floors: values stay within those of the data.
    Hyperbolic {
        /// Where the scale turns from sum to factor.
        scale: f64,
        /// The lowest value.
        least: f64,
        /// The highest value.
        most: f64,
    },
}

/// Points of the quantile table: z from -4 to 4 in steps of a quarter.
pub(crate) const SHAPE_POINTS: usize = 33;
const SHAPE_REACH: f64 = 4.0;
const SHAPE_STEPS: f64 = 4.0;

/// The largest share of the clear sky: between the middles of two months the interpolated largest value is a little low.
const SHARE_MOST: f64 = 1.05;

/// Quantiles of the standardised residual at the normal scores -4, -3.75 .. 4.
pub type Shape = [f64; SHAPE_POINTS];

/// A variable's constants.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// How mean and residual make the value.
    pub transform: Transform,
    /// Mean of each hour of the day (local standard time) in each month, on the scale of the transform; for
    /// `Transform::Share` the largest value.
    pub mean: [[f64; 24]; 12],
    /// Root mean square of the residual in each month.
    pub spread: [f64; 12],
    /// How long a deviation lasts.
    pub persistence: Persistence,
    /// Quantiles of the standardised residual.
    pub shape: Shape,
    /// For each month a factor (for `Transform::Sum` an addend) that gives the drawn values the mean of the data.
    pub level: [f64; 12],
}

/// The normal score is the sum of a slow and a fast AR(1) process: one alone cannot have both the correlation from hour
/// to hour and the one from day to day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Persistence {
    /// The slow process's share of the variance.
    pub slow_share: f64,
    /// Correlation of the slow process from one hour to the next.
    pub slow: f64,
    /// Correlation of the fast process from one hour to the next.
    pub fast: f64,
}

impl Persistence {
    /// Correlation of the normal scores of two processes whose innovations are the same.
    pub(crate) fn most_correlation(self, other: Persistence) -> f64 {
        let one = |p: f64, q: f64| libm::sqrt((1.0 - p * p) * (1.0 - q * q)) / (1.0 - p * q);
        let fast_shares = (1.0 - self.slow_share) * (1.0 - other.slow_share);
        libm::sqrt(self.slow_share * other.slow_share) * one(self.slow, other.slow)
            + libm::sqrt(fast_shares) * one(self.fast, other.fast)
    }
}

/// The process starts anew at every multiple of so many hours, `LEAD` hours ahead, from the same innovations: an hour has
/// the same value wherever a run starts, and at a multiple the two processes differ by less than a hundredth of the
/// spread (0.995 to the power of 1024).
const BLOCK: i64 = 2048;
const LEAD: i64 = 1024;

/// Hours whose innovations are drawn from one index of the stream.
const CHUNK: i64 = 64;

/// The middle of each month of a year of 365 days, in days.
const MIDDLES: [f64; 12] = [15.5, 45.0, 74.5, 105.0, 135.5, 166.0, 196.5, 227.5, 258.0, 288.5, 319.0, 349.5];

impl Variable {
    /// The mean at an hour of a typical year, interpolated between the middles of the months; and the month.
    pub(crate) fn mean_at(&self, hour_of_year: usize) -> f64 {
        let (day, hour) = (hour_of_year as f64 / 24.0, hour_of_year % 24);
        let after = MIDDLES.partition_point(|&middle| middle <= day);
        // Before the middle of January and after that of December the year goes round.
        let (before, wrapped) =
            (if after == 0 { 11 } else { after - 1 }, if after == 12 { 0 } else { after });
        let since = if after == 0 { day - MIDDLES[11] + 365.0 } else { day - MIDDLES[before] };
        let length = MIDDLES[wrapped] - MIDDLES[before];
        let share = since / if length < 0.0 { length + 365.0 } else { length };
        let (a, b) = (self.mean[before][hour], self.mean[wrapped][hour]);
        a + (b - a) * share
    }

    /// The standardised residual at a normal score.
    pub(crate) fn residual(&self, score: f64) -> f64 {
        let at = (score.clamp(-SHAPE_REACH, SHAPE_REACH) + SHAPE_REACH) * SHAPE_STEPS;
        let i = (at as usize).min(SHAPE_POINTS - 2);
        self.shape[i] + (self.shape[i + 1] - self.shape[i]) * (at - i as f64)
    }

    /// The value where the mean is `mean`, the month `month` (0 to 11) and the normal score `score`.
    pub fn value(&self, mean: f64, month: usize, score: f64) -> f64 {
        self.transformed(mean, self.spread[month] * self.residual(score), self.level[month])
    }

    /// The value from the mean, the residual and the level.
    pub(crate) fn transformed(&self, mean: f64, residual: f64, level: f64) -> f64 {
        match self.transform {
            Transform::Sum => mean + residual + level,
            Transform::Share { threshold } if mean < threshold => 0.0,
            Transform::Share { .. } => (mean * (1.0 + residual) * level).clamp(0.0, mean * SHARE_MOST),
            Transform::Factor => (mean * (1.0 + residual) * level).max(0.0),
            Transform::Hyperbolic { scale, least, most } => {
                (scale * libm::sinh(mean + residual) * level).clamp(least, most.max(least))
            }
        }
    }

    /// Draws `hours` values. With `other = (stream, weight)` the innovations are `weight` parts those of the other
    /// stream, so that two variables move together.
    pub(crate) fn hours(
        &self,
        stream: &Stream,
        other: Option<(&Stream, f64)>,
        start: SimTime,
        offset: Span,
        hours: usize,
    ) -> Vec<f64> {
        let first = start.0.div_euclid(Span::HOUR.0);
        let end = first + hours as i64;
        let mut values = Vec::with_capacity(hours);
        let mut from = first;
        while from < end {
            let block_end = (from.div_euclid(BLOCK) + 1) * BLOCK;
            let to = block_end.min(end);
            let scores = self.scores(stream, other, from, to);
            for (hour, score) in (from..to).zip(scores) {
                let local = civil(SimTime(hour * Span::HOUR.0), offset);
                let mean = self.mean_at(hour_of_year(local.month, local.day, local.hour));
                values.push(self.value(mean, local.month as usize - 1, score));
            }
            from = to;
        }
        values
    }

    /// The normal scores of the hours `from..to`, all of one block: a slow and a fast AR(1) process, together of
    /// variance 1.
    fn scores(&self, stream: &Stream, other: Option<(&Stream, f64)>, from: i64, to: i64) -> Vec<f64> {
        let Persistence { slow_share, slow, fast } = self.persistence;
        let (slow_weight, fast_weight) = (libm::sqrt(slow_share), libm::sqrt(1.0 - slow_share));
        let (slow_fresh, fast_fresh) = (libm::sqrt(1.0 - slow * slow), libm::sqrt(1.0 - fast * fast));
        let begin = from.div_euclid(BLOCK) * BLOCK - LEAD;
        let mut own = Innovations::new(stream);
        let mut shared = other.map(|(stream, weight)| (Innovations::new(stream), weight));
        let (mut slow_score, mut fast_score) = (0.0, 0.0);
        let mut scores = Vec::with_capacity((to - from) as usize);
        for hour in begin..to {
            let mut pair = own.at(hour);
            if let Some((shared, weight)) = &mut shared {
                let (common, rest) = (shared.at(hour), libm::sqrt(1.0 - *weight * *weight));
                pair = (*weight * common.0 + rest * pair.0, *weight * common.1 + rest * pair.1);
            }
            if hour == begin {
                (slow_score, fast_score) = pair;
            } else {
                slow_score = slow * slow_score + slow_fresh * pair.0;
                fast_score = fast * fast_score + fast_fresh * pair.1;
            }
            if hour >= from {
                scores.push(slow_weight * slow_score + fast_weight * fast_score);
            }
        }
        scores
    }
}

/// Pairs of independent standard normals, one for each hour, in the order of the hours.
struct Innovations<'a> {
    stream: &'a Stream,
    draws: Option<Draws>,
}

impl<'a> Innovations<'a> {
    fn new(stream: &'a Stream) -> Innovations<'a> {
        Innovations { stream, draws: None }
    }

    /// The pair of an hour; hours must be asked for one after the other, from a multiple of `CHUNK`.
    fn at(&mut self, hour: i64) -> (f64, f64) {
        if hour.rem_euclid(CHUNK) == 0 || self.draws.is_none() {
            self.draws = Some(self.stream.at(hour.div_euclid(CHUNK) as u64));
        }
        let Some(draws) = &mut self.draws else { return (0.0, 0.0) };
        (nearly_normal(draws.bits()), nearly_normal(draws.bits()))
    }
}

/// The sum of the eight bytes of a random word, scaled to mean 0 and variance 1: a normal but for the far tails (excess
/// kurtosis -0.15, nothing beyond 4.9), ten times cheaper than an exact one, and whole numbers up to the last step. The
/// AR(1) processes that it feeds average many of them.
fn nearly_normal(bits: u64) -> f64 {
    const EVEN_BYTES: u64 = 0x00ff_00ff_00ff_00ff;
    // Pairs of bytes into four sums of 16 bits, and those into the highest one.
    let pairs = (bits & EVEN_BYTES) + ((bits >> 8) & EVEN_BYTES);
    let sum = pairs.wrapping_mul(0x0001_0001_0001_0001) >> 48;
    // Eight bytes have the mean 8 * 127.5 and the variance 8 * (256^2 - 1) / 12 = 43690.
    (sum as f64 - 1020.0) * (1.0 / 209.021_529_99)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_bytes_are_nearly_normal() {
        assert_eq!(nearly_normal(0), -1020.0 * (1.0 / 209.021_529_99));
        assert_eq!(nearly_normal(u64::MAX), 1020.0 * (1.0 / 209.021_529_99));
        assert!((209.021_529_99f64 * 209.021_529_99 - 43_690.0).abs() < 1e-3);
        let stream = Stream::new(1, "bytes");
        let mut innovations = Innovations::new(&stream);
        let n = 200_000;
        let (mut mean, mut square, mut fourth, mut product) = (0.0, 0.0, 0.0, 0.0);
        for hour in 0..n {
            let (a, b) = innovations.at(hour);
            mean += a / n as f64;
            square += a * a / n as f64;
            fourth += a * a * a * a / n as f64;
            product += a * b / n as f64;
        }
        assert!(mean.abs() < 0.01 && product.abs() < 0.01, "{mean} {product}");
        assert!((square - 1.0).abs() < 0.015 && (fourth - 2.85).abs() < 0.1, "{square} {fourth}");
    }
}
