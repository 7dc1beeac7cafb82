//! One variable: means, spread, persistence and shape, and how its hours are drawn.

use crate::calendar::{civil, hour_of_year};
use base::{SimTime, Span, Stream};

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
    /// prices.
    Hyperbolic {
        /// Where the scale turns from sum to factor.
        scale: f64,
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

/// Hours in a block of draws, and hours drawn before it so that it starts in the middle of the process.
const BLOCK: i64 = 4096;
const LEAD: usize = 512;

/// The middle of each month of a year of 365 days, in days.
const MIDDLES: [f64; 12] = [15.5, 45.0, 74.5, 105.0, 135.5, 166.0, 196.5, 227.5, 258.0, 288.5, 319.0, 349.5];

impl Variable {
    /// The mean at an hour of a typical year, interpolated between the middles of the months; and the month.
    pub(crate) fn mean_at(&self, hour_of_year: usize) -> f64 {
        let (day, hour) = (hour_of_year as f64 / 24.0, hour_of_year % 24);
        let after = MIDDLES.partition_point(|&middle| middle <= day);
        let (before, wrapped) = ((after + 11) % 12, after % 12);
        let length = (MIDDLES[wrapped] - MIDDLES[before] + 365.0) % 365.0;
        let share = ((day - MIDDLES[before] + 365.0) % 365.0) / length;
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
            Transform::Hyperbolic { scale } => scale * libm::sinh(mean + residual) * level,
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
        let mut values = Vec::with_capacity(hours);
        let mut scores = Vec::new();
        let mut block = i64::MIN;
        for hour in first..first + hours as i64 {
            if hour.div_euclid(BLOCK) != block {
                block = hour.div_euclid(BLOCK);
                scores = self.scores(stream, other, block);
            }
            let local = civil(SimTime(hour * Span::HOUR.0), offset);
            let mean = self.mean_at(hour_of_year(local.month, local.day, local.hour));
            let score = scores[hour.rem_euclid(BLOCK) as usize];
            values.push(self.value(mean, local.month as usize - 1, score));
        }
        values
    }

    /// The normal scores of a block: a slow and a fast AR(1) process, together of variance 1.
    fn scores(&self, stream: &Stream, other: Option<(&Stream, f64)>, block: i64) -> Vec<f64> {
        let mut own = stream.at(block as u64);
        let mut shared = other.map(|(stream, weight)| (stream.at(block as u64), weight));
        let mut innovation = || {
            let z = own.normal();
            match &mut shared {
                Some((draws, weight)) => *weight * draws.normal() + libm::sqrt(1.0 - *weight * *weight) * z,
                None => z,
            }
        };
        let Persistence { slow_share, slow, fast } = self.persistence;
        let (slow_weight, fast_weight) = (libm::sqrt(slow_share), libm::sqrt(1.0 - slow_share));
        let (slow_fresh, fast_fresh) = (libm::sqrt(1.0 - slow * slow), libm::sqrt(1.0 - fast * fast));
        let (mut slow_score, mut fast_score) = (innovation(), innovation());
        let mut scores = Vec::with_capacity(BLOCK as usize);
        for i in 0..LEAD + BLOCK as usize {
            slow_score = slow * slow_score + slow_fresh * innovation();
            fast_score = fast * fast_score + fast_fresh * innovation();
            if i >= LEAD {
                scores.push(slow_weight * slow_score + fast_weight * fast_score);
            }
        }
        scores
    }
}
