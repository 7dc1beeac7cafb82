//! Draws a job stream.
//!
//! Job `i` uses index `i` of one random stream, in a fixed order of draws: two for the size, two for the duration, one
//! for the estimate, the rest for the gap before it. A job is therefore the same whatever the others are, and two
//! scenarios that differ in the sizes alone have the same arrivals.
//!
//! Arrivals are a renewal process in operational time (Cox and Lewis 1966; Cinlar 1975): gaps of mean 1 are summed, and
//! the sum is taken back to clock time through the inverse of the cumulative rate. The rate is constant within each
//! hour of the week, so the cumulative rate is piecewise linear and its inverse exact. With exponential gaps this is
//! the Poisson process of that rate; with others it keeps their burstiness in operational time. The first gap counts
//! from the start of the stream.

use crate::record::{Demand, JobRecord};
use crate::synthetic::{Arrivals, Durations, Factor, Gaps, Sizes, Synthetic};
use base::{Draws, SimTime, Span, Stream};
use serde::{Deserialize, Serialize};

/// Hours in a week.
const WEEK: usize = 168;
const HOUR_NANOS: f64 = 3600.0 * 1e9;

/// The place of a generator in its stream: enough to go on from there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// The number of the next job.
    pub index: u64,
    /// Whole hours of the calendar (UTC) since 1970, of the last arrival.
    hour: i64,
    /// The share of that hour that had passed.
    within: f64,
    /// Submission of the last job.
    last: Span,
}

/// An endless or bounded stream of jobs in the order of time.
#[derive(Clone, Debug)]
pub struct Generator {
    stream: Stream,
    gap: Gap,
    sizes: SizeDraw,
    durations: DurationDraw,
    factor: Option<Factor>,
    cpu_milli_per_gpu: u32,
    memory_mib_per_gpu: u32,
    count: u64,
    start: SimTime,
    length: Span,
    rates: HourlyRates,
    steps: Steps,
    position: Position,
    ended: bool,
}

impl Generator {
    /// The stream `stream_name` of the run with this seed, from `start` for `length`: `submit` counts from `start`, and
    /// no job comes at or after `length`.
    ///
    /// A description that draws nothing (a rate of 0, no sizes) gives an empty stream.
    pub fn new(
        synthetic: &Synthetic,
        seed: u64,
        stream_name: &str,
        start: SimTime,
        length: Span,
    ) -> Generator {
        let rates = HourlyRates::new(&synthetic.arrivals);
        let sizes = SizeDraw::new(&synthetic.sizes);
        let steps = Steps::new(&synthetic.arrivals.steps);
        let usable = rates.weekly > 0.0 && rates.weekly.is_finite() && steps.usable() && !sizes.is_empty();
        let hour = start.0.div_euclid(Span::HOUR.0);
        let within = start.0.rem_euclid(Span::HOUR.0) as f64 / HOUR_NANOS;
        Generator {
            stream: Stream::new(seed, stream_name),
            gap: Gap::new(synthetic.arrivals.gaps),
            sizes,
            durations: DurationDraw::new(&synthetic.durations),
            factor: synthetic.estimate_factor,
            cpu_milli_per_gpu: synthetic.cpu_milli_per_gpu,
            memory_mib_per_gpu: synthetic.memory_mib_per_gpu,
            count: synthetic.count.unwrap_or(u64::MAX),
            start,
            length,
            rates,
            steps,
            position: Position { index: 0, hour, within, last: Span::ZERO },
            ended: !usable,
        }
    }

    /// Where the stream stands.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Goes to a place that [`Generator::position`] gave for the same stream.
    pub fn go_to(&mut self, position: Position) {
        self.position = position;
    }

    /// Takes a sum of operational time to the next arrival; `None` at the end of the stream.
    fn arrive(&mut self, gap: f64) -> Option<Span> {
        let Position { mut hour, mut within, .. } = self.position;
        let mut left = gap;
        if self.steps.0.is_empty() {
            let weeks = libm::floor(left / self.rates.weekly);
            // 2^40 weeks is far beyond every run, and keeps the sum of hours exact.
            if weeks >= 1_099_511_627_776.0 || !left.is_finite() {
                return None;
            }
            // Rounding can leave a little less than nothing.
            left = (left - weeks * self.rates.weekly).max(0.0);
            hour += weeks as i64 * WEEK as i64;
        }
        // With steps no week is like another: the hours are walked, as far as the stream goes.
        let end = self.start.saturating_add(self.length).0.div_euclid(Span::HOUR.0);
        loop {
            if !self.steps.0.is_empty() && hour > end {
                return None;
            }
            let rate = self.rates.hourly[hour_of_week(hour)] * self.steps.factor(hour);
            let rest = rate * (1.0 - within);
            if left < rest {
                within += left / rate;
                break;
            }
            left -= rest;
            within = 0.0;
            hour += 1;
        }
        let whole = hour.checked_mul(Span::HOUR.0)?;
        // The share of an hour can round up to 1: that is the last nanosecond, not the next hour.
        let part = (libm::round(within * HOUR_NANOS) as i64).min(Span::HOUR.0 - 1);
        let submit = Span(whole.checked_add(part)?.checked_sub(self.start.0)?).max(self.position.last);
        self.position = Position { index: self.position.index + 1, hour, within, last: submit };
        (submit < self.length).then_some(submit)
    }

    fn demand(&self, gpus: u32) -> Demand {
        Demand {
            cpu_milli: self.cpu_milli_per_gpu.saturating_mul(gpus),
            memory_mib: self.memory_mib_per_gpu.saturating_mul(gpus),
            ..Demand::gpus(gpus)
        }
    }
}

impl Iterator for Generator {
    type Item = JobRecord;

    fn next(&mut self) -> Option<JobRecord> {
        let id = self.position.index;
        if self.ended || id >= self.count {
            return None;
        }
        let mut draws = self.stream.at(id);
        let size = [draws.uniform(), draws.uniform()];
        let duration = [draws.uniform(), draws.uniform()];
        let estimate = draws.uniform();
        let gap = self.gap.draw(&mut draws);
        let Some(submit) = self.arrive(gap) else {
            self.ended = true;
            return None;
        };
        let gpus = self.sizes.draw(size);
        let runtime = self.durations.draw(gpus, duration);
        let requested = self.factor.map(|factor| {
            let factor = match factor {
                Factor::Constant(factor) => factor,
                Factor::Uniform { most } => 1.0 + estimate * (most - 1.0),
            };
            let nanos = libm::round(runtime.0 as f64 * factor.max(1.0));
            Span(nanos as i64).max(runtime)
        });
        Some(JobRecord {
            id,
            submit,
            runtime,
            requested,
            demand: self.demand(gpus),
            accelerators: Vec::new(),
            tenant: None,
            priority: 0,
        })
    }
}

/// How the rate grows: the first hour of each step and its factor, by time.
#[derive(Clone, Debug)]
struct Steps(Vec<(i64, f64)>);

impl Steps {
    fn new(steps: &[(SimTime, f64)]) -> Steps {
        // A step within an hour holds from the next one on.
        let first =
            |at: SimTime| at.0.div_euclid(Span::HOUR.0) + i64::from(at.0.rem_euclid(Span::HOUR.0) > 0);
        Steps(steps.iter().map(|(at, factor)| (first(*at), *factor)).collect())
    }

    fn usable(&self) -> bool {
        self.0.iter().all(|(_, factor)| factor.is_finite() && *factor >= 0.0)
    }

    fn factor(&self, hour: i64) -> f64 {
        match self.0.partition_point(|(first, _)| *first <= hour) {
            0 => 1.0,
            place => self.0[place - 1].1,
        }
    }
}

/// The rate over the week.
#[derive(Clone, Debug)]
pub(crate) struct HourlyRates {
    /// Expected arrivals in each hour of the week, Monday midnight first.
    hourly: Vec<f64>,
    /// Expected arrivals in a week.
    weekly: f64,
}

impl HourlyRates {
    pub(crate) fn new(arrivals: &Arrivals) -> HourlyRates {
        let hours = scaled(arrivals.hour_of_day.as_ref().map_or(&[1.0; 24], |rates| rates));
        let days = scaled(arrivals.day_of_week.as_ref().map_or(&[1.0; 7], |rates| rates));
        let hourly: Vec<f64> =
            (0..WEEK).map(|hour| arrivals.per_hour * days[hour / 24] * hours[hour % 24]).collect();
        let weekly = hourly.iter().sum();
        HourlyRates { hourly, weekly }
    }

    /// Expected arrivals from the Monday before 1970 to this instant.
    pub(crate) fn cumulative(&self, at: SimTime) -> f64 {
        let hour = at.0.div_euclid(Span::HOUR.0);
        let week = (hour + 3 * 24).div_euclid(WEEK as i64);
        let place = hour_of_week(hour);
        let within = at.0.rem_euclid(Span::HOUR.0) as f64 / HOUR_NANOS;
        let of_week: f64 = self.hourly[..place].iter().sum();
        week as f64 * self.weekly + of_week + within * self.hourly[place]
    }
}

/// Relative rates with mean 1. Negative or broken ones count as none.
fn scaled(rates: &[f64]) -> Vec<f64> {
    let rates: Vec<f64> = rates.iter().map(|rate| if *rate > 0.0 { *rate } else { 0.0 }).collect();
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    rates.iter().map(|rate| if mean > 0.0 { rate / mean } else { 0.0 }).collect()
}

/// The hour of the week, from Monday midnight. 1 January 1970 was a Thursday.
pub(crate) fn hour_of_week(hour: i64) -> usize {
    (hour + 3 * 24).rem_euclid(WEEK as i64) as usize
}

/// Gaps that vary less than this are constant.
const LEAST_CV: f64 = 1e-6;
/// Beyond these, the mean gap is made up of gaps so rare that no run sees one, and all jobs come at one instant.
const MOST_CV: f64 = 1000.0;
const LEAST_SHAPE: f64 = 0.1;

/// Gaps of mean 1.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gap {
    Exponential,
    Gamma { shape: f64 },
    Weibull { shape: f64, scale: f64 },
    Constant,
}

impl Gap {
    pub(crate) fn new(gaps: Gaps) -> Gap {
        match gaps {
            Gaps::Poisson => Gap::Exponential,
            Gaps::Gamma { cv } if cv > LEAST_CV => {
                let cv = cv.min(MOST_CV);
                Gap::Gamma { shape: 1.0 / (cv * cv) }
            }
            Gaps::Weibull { shape } if shape > 0.0 && shape < 1.0 / LEAST_CV => {
                let shape = shape.max(LEAST_SHAPE);
                Gap::Weibull { shape, scale: 1.0 / libm::tgamma(1.0 + 1.0 / shape) }
            }
            Gaps::Gamma { .. } | Gaps::Weibull { .. } | Gaps::Constant => Gap::Constant,
        }
    }

    pub(crate) fn draw(self, draws: &mut Draws) -> f64 {
        match self {
            Gap::Exponential => draws.exponential(),
            Gap::Gamma { shape } => draws.gamma(shape) / shape,
            Gap::Weibull { shape, scale } => draws.weibull(shape) * scale,
            Gap::Constant => 1.0,
        }
    }
}

/// Standard normal from two uniforms, as [`Draws::normal`] does it.
fn normal(uniforms: [f64; 2]) -> f64 {
    let radius = libm::sqrt(-2.0 * libm::log(uniforms[0]));
    radius * libm::cos(std::f64::consts::TAU * uniforms[1])
}

#[derive(Clone, Debug)]
enum SizeDraw {
    Weighted { sizes: Vec<u32>, sums: Vec<f64> },
    PowerOfTwo { mu: f64, sigma: f64, most: u32 },
}

impl SizeDraw {
    fn new(sizes: &Sizes) -> SizeDraw {
        match sizes {
            Sizes::Weighted(list) => {
                let list: Vec<&(u32, f64)> =
                    list.iter().filter(|(_, weight)| *weight > 0.0 && weight.is_finite()).collect();
                let mut sum = 0.0;
                let add = |(_, weight): &&(u32, f64)| {
                    sum += weight;
                    sum
                };
                let sums = list.iter().map(add).collect();
                SizeDraw::Weighted { sizes: list.iter().map(|(size, _)| *size).collect(), sums }
            }
            Sizes::PowerOfTwo { median, sigma, most } => {
                SizeDraw::PowerOfTwo { mu: libm::log2(*median), sigma: *sigma, most: (*most).max(1) }
            }
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, SizeDraw::Weighted { sizes, .. } if sizes.is_empty())
    }

    fn draw(&self, uniforms: [f64; 2]) -> u32 {
        match self {
            SizeDraw::Weighted { sizes, sums } => {
                let target = uniforms[0] * sums.last().copied().unwrap_or_default();
                let place = sums.partition_point(|&sum| sum <= target);
                sizes.get(place).or(sizes.last()).copied().unwrap_or(1)
            }
            SizeDraw::PowerOfTwo { mu, sigma, most } => {
                // `sigma` is that of the natural logarithm; the power is in base 2.
                let power = libm::round(mu + sigma * normal(uniforms) / std::f64::consts::LN_2);
                let largest = 31 - most.leading_zeros();
                1 << (power.clamp(0.0, f64::from(largest)) as u32)
            }
        }
    }
}

#[derive(Clone, Debug)]
enum DurationDraw {
    Constant(Span),
    Exponential(f64),
    Lognormal {
        mu: f64,
        sigma: f64,
        most: f64,
    },
    Weibull {
        scale: f64,
        power: f64,
        most: f64,
    },
    /// Natural logarithms of the quantiles in nanoseconds.
    Quantiles(Vec<f64>),
    BySize(Vec<(u32, DurationDraw)>),
}

impl DurationDraw {
    fn new(durations: &Durations) -> DurationDraw {
        let nanos = |span: &Span| span.0.max(1) as f64;
        match durations {
            Durations::Constant(span) => DurationDraw::Constant((*span).max(Span::ZERO)),
            Durations::Exponential(mean) => DurationDraw::Exponential(nanos(mean)),
            Durations::Lognormal { median, sigma, most } => {
                DurationDraw::Lognormal { mu: libm::log(nanos(median)), sigma: *sigma, most: nanos(most) }
            }
            Durations::Weibull { scale, shape, most } => {
                DurationDraw::Weibull { scale: nanos(scale), power: 1.0 / shape, most: nanos(most) }
            }
            Durations::Quantiles(spans) => {
                DurationDraw::Quantiles(spans.iter().map(|span| libm::log(nanos(span))).collect())
            }
            Durations::BySize(classes) => DurationDraw::BySize(
                classes.iter().map(|(most, class)| (*most, DurationDraw::new(class))).collect(),
            ),
        }
    }

    fn draw(&self, gpus: u32, uniforms: [f64; 2]) -> Span {
        let nanos = match self {
            DurationDraw::Constant(span) => return *span,
            DurationDraw::Exponential(mean) => -libm::log(uniforms[0]) * mean,
            DurationDraw::Lognormal { mu, sigma, most } => {
                libm::exp(mu + sigma * normal(uniforms)).min(*most)
            }
            DurationDraw::Weibull { scale, power, most } => {
                (scale * libm::pow(-libm::log(uniforms[0]), *power)).min(*most)
            }
            DurationDraw::Quantiles(logs) => match logs.as_slice() {
                [] => 0.0,
                [only] => libm::exp(*only),
                logs => {
                    let place = uniforms[0] * (logs.len() - 1) as f64;
                    let below = (place as usize).min(logs.len() - 2);
                    let share = place - below as f64;
                    libm::exp(logs[below] + share * (logs[below + 1] - logs[below]))
                }
            },
            DurationDraw::BySize(classes) => {
                let class = classes.iter().find(|(most, _)| gpus <= *most).or(classes.last());
                return class.map_or(Span::ZERO, |(_, class)| class.draw(gpus, uniforms));
            }
        };
        // The cast saturates: a run time beyond 292 years is one that never ends.
        Span(libm::round(nanos) as i64)
    }
}
