//! Synthetic job streams: what is drawn, and how.

use base::{SimTime, Span};
use serde::{Deserialize, Serialize};

/// A stream of jobs drawn from distributions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Synthetic {
    /// When jobs arrive.
    pub arrivals: Arrivals,
    /// How many accelerators each asks for.
    pub sizes: Sizes,
    /// How long each runs.
    pub durations: Durations,
    /// The user's estimate is the runtime times a factor: `None` tells the scheduler the runtime itself.
    pub estimate_factor: Option<Factor>,
    /// Processor cores (thousandths) asked for with each accelerator.
    pub cpu_milli_per_gpu: u32,
    /// Memory (MiB) asked for with each accelerator.
    pub memory_mib_per_gpu: u32,
    /// The stream ends after so many jobs; `None` for no limit.
    pub count: Option<u64>,
}

/// A renewal process, its rate modulated over the day and the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrivals {
    /// Mean rate over a whole week.
    pub per_hour: f64,
    /// The distribution of the gaps, of mean 1 before the rate is applied.
    pub gaps: Gaps,
    /// Relative rate of each hour of the day (UTC), scaled to mean 1 by the generator.
    pub hour_of_day: Option<[f64; 24]>,
    /// Relative rate of each day of the week, Monday first, scaled to mean 1 by the generator.
    pub day_of_week: Option<[f64; 7]>,
    /// Growth: from each instant on the rate is multiplied by the number beside it, before the first by 1. By time; an
    /// hour has the factor that holds at its start.
    pub steps: Vec<(SimTime, f64)>,
}

/// The distribution of the gaps between arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Gaps {
    /// Exponential gaps: a Poisson process.
    Poisson,
    /// Gamma gaps with this coefficient of variation.
    Gamma {
        /// Standard deviation over mean; 1 is Poisson, above 1 is bursty.
        cv: f64,
    },
    /// Weibull gaps with this shape.
    Weibull {
        /// Below 1 is bursty.
        shape: f64,
    },
    /// Equal gaps.
    Constant,
}

/// How many accelerators a job asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Sizes {
    /// These sizes with these weights.
    Weighted(Vec<(u32, f64)>),
    /// Lognormal with this median and sigma, rounded to a power of two between 1 and `most`.
    PowerOfTwo {
        /// Median accelerators.
        median: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
        /// The largest gang.
        most: u32,
    },
}

/// How long a job runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Durations {
    /// Always the same.
    Constant(Span),
    /// Exponential with this mean.
    Exponential(Span),
    /// Lognormal with this median and sigma, cut at `most`.
    Lognormal {
        /// Median.
        median: Span,
        /// Standard deviation of the logarithm.
        sigma: f64,
        /// Longest.
        most: Span,
    },
    /// Weibull with this scale and shape, cut at `most`.
    Weibull {
        /// Scale.
        scale: Span,
        /// Shape.
        shape: f64,
        /// Longest.
        most: Span,
    },
    /// Inverse of an empirical distribution: quantiles at equal steps from 0 to 1, interpolated in the logarithm.
    Quantiles(Vec<Span>),
    /// One distribution for each size class: jobs of up to so many accelerators take this one (the last takes the rest).
    BySize(Vec<(u32, Durations)>),
}

/// A factor of at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Factor {
    /// Always the same.
    Constant(f64),
    /// Uniform between 1 and `most`.
    Uniform {
        /// The largest factor.
        most: f64,
    },
}
