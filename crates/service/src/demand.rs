//! How many requests come: a level that grows, the shape of day and week in the users' own time, and bursts.

use base::{SimTime, Span, Stream};
use serde::{Deserialize, Serialize};

/// Days of a year, for growth given by the year.
const YEAR_DAYS: f64 = 365.25;

/// The requests of all regions together, before chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Demand {
    /// Requests an hour at dates, by date; geometric between two of them. At least one.
    pub level: Vec<(SimTime, f64)>,
    /// What a year multiplies the level by after the last date; before the first one the level is that of the first.
    pub growth_per_year: f64,
    /// Day and week.
    pub shape: Shape,
    /// Bursts.
    pub burst: Burst,
}

/// Relative rates over the day and the week in local time, each of mean 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    hour_of_day: [f64; 24],
    day_of_week: [f64; 7],
}

impl Shape {
    /// Scaled to mean 1; `None` if the rates of one of them sum to nothing.
    pub fn new(hour_of_day: [f64; 24], day_of_week: [f64; 7]) -> Option<Shape> {
        let (day, week) = (hour_of_day.iter().sum::<f64>() / 24.0, day_of_week.iter().sum::<f64>() / 7.0);
        (day > 0.0 && week > 0.0).then(|| Shape {
            hour_of_day: hour_of_day.map(|rate| rate / day),
            day_of_week: day_of_week.map(|rate| rate / week),
        })
    }

    /// The same at all hours.
    pub fn even() -> Shape {
        Shape { hour_of_day: [1.0; 24], day_of_week: [1.0; 7] }
    }

    /// The rate at an instant, where local time is `offset` ahead of UTC.
    pub fn at(&self, instant: SimTime, offset: Span) -> f64 {
        let local = instant.saturating_add(offset).0;
        let hour = local.div_euclid(Span::HOUR.0);
        // 1 January 1970 was a Thursday, day 3 of a week that begins on Monday.
        let day = (hour.div_euclid(24) + 3).rem_euclid(7);
        self.hour_of_day[hour.rem_euclid(24) as usize] * self.day_of_week[day as usize]
    }
}

impl Demand {
    /// Requests an hour at an instant, over day, week and chance.
    pub fn level(&self, at: SimTime) -> f64 {
        let next = self.level.partition_point(|&(from, _)| from <= at);
        let Some(&(from, low)) = self.level.get(next.saturating_sub(1)) else { return 0.0 };
        if at <= from {
            return low;
        }
        match self.level.get(next) {
            Some(&(to, high)) if low > 0.0 && high > 0.0 => {
                let share = (at - from).0 as f64 / (to - from).0 as f64;
                low * libm::pow(high / low, share)
            }
            // A level of nothing has no ratio: it stays until the next date.
            Some(_) => low,
            None => {
                let years = (at - from).hours() / 24.0 / YEAR_DAYS;
                low * libm::pow(self.growth_per_year, years)
            }
        }
    }

    /// Requests an hour that a region with this share of the demand sends at an instant, but for chance.
    pub fn expected(&self, at: SimTime, offset: Span, share: f64) -> f64 {
        self.level(at) * self.shape.at(at, offset) * share
    }
}

/// Bursts: each hour of each region multiplies its rate by `exp(sigma z - sigma^2 / 2)`, of mean 1, where `z` is a standard
/// normal process whose correlation falls by e in the time `correlation` (an autoregression of order 1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Burst {
    /// Standard deviation of the logarithm of the rate.
    pub sigma: f64,
    /// Time over which a burst lasts; zero: each hour by itself.
    pub correlation: Span,
}

impl Burst {
    /// None.
    pub const NONE: Burst = Burst { sigma: 0.0, correlation: Span::ZERO };
}

/// Where the burst of one region stands. The draw of an hour is addressed by the hour, counted from 1970.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BurstState {
    burst: Burst,
    stream: Stream,
    hour: Option<i64>,
    z: f64,
}

impl BurstState {
    /// Before the first hour.
    pub fn new(burst: Burst, stream: Stream) -> BurstState {
        BurstState { burst, stream, hour: None, z: 0.0 }
    }

    /// The factor of the hour that an instant is in; hours must not go back.
    pub fn factor(&mut self, at: SimTime) -> f64 {
        if self.burst.sigma <= 0.0 {
            return 1.0;
        }
        let hour = at.0.div_euclid(Span::HOUR.0);
        if self.hour != Some(hour) {
            let fresh = self.stream.at(hour as u64).normal();
            let keep = match self.hour {
                Some(last) if self.burst.correlation > Span::ZERO => {
                    libm::exp(-((hour - last) as f64) / self.burst.correlation.hours())
                }
                _ => 0.0,
            };
            self.z = keep * self.z + libm::sqrt((1.0 - keep * keep).max(0.0)) * fresh;
            self.hour = Some(hour);
        }
        libm::exp(self.burst.sigma * self.z - self.burst.sigma * self.burst.sigma / 2.0)
    }
}

/// More requests than this in one hour of one region are not told apart: all people on earth ask a hundred times.
const MOST: f64 = 1e12;

/// Whole requests in a span at so many an hour, to the nearest.
pub fn requests(per_hour: f64, span: Span) -> u64 {
    let count = libm::round(per_hour * span.hours());
    if count > 0.0 { count.min(MOST) as u64 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> SimTime {
        SimTime::parse(text).expect("a date")
    }

    fn demand(level: &[(&str, f64)], growth: f64) -> Demand {
        Demand {
            level: level.iter().map(|&(date, rate)| (time(date), rate)).collect(),
            growth_per_year: growth,
            shape: Shape::even(),
            burst: Burst::NONE,
        }
    }

    #[test]
    fn growth_multiplies_by_the_year_and_dates_are_met() {
        let one = demand(&[("2026-01-01", 100.0)], 3.0);
        assert_eq!(one.level(time("2025-06-01")), 100.0, "before the first date: as at it");
        let year = time("2026-01-01") + Span::from_hours(8766);
        assert!((one.level(year) - 300.0).abs() < 1e-9);
        let two = demand(&[("2026-01-01", 100.0), ("2026-01-03", 400.0), ("2026-02-01", 0.0)], 1.0);
        assert!((two.level(time("2026-01-02")) - 200.0).abs() < 1e-9, "geometric between dates");
        assert_eq!(two.level(time("2026-01-03")), 400.0);
        assert_eq!(two.level(time("2026-01-20")), 400.0, "up to a level of nothing");
        assert_eq!(two.level(time("2027-01-01")), 0.0);
    }

    #[test]
    fn day_and_week_are_those_of_the_users() {
        let mut hours = [0.0; 24];
        hours[9] = 1.0;
        let mut days = [0.0; 7];
        days[0] = 1.0;
        let shape = Shape::new(hours, days).expect("some hour");
        // Monday 9 h in New York (5 h behind) is Monday 14 h UTC; in Auckland (12 h ahead) it is Sunday 21 h UTC.
        let (york, auckland) = (Span::from_hours(-5), Span::from_hours(12));
        assert_eq!(shape.at(time("2026-06-01T14:30:00"), york), 24.0 * 7.0);
        assert_eq!(shape.at(time("2026-06-01T09:30:00"), york), 0.0);
        assert_eq!(shape.at(time("2026-05-31T21:00:00"), auckland), 24.0 * 7.0);
        assert!(Shape::new([0.0; 24], days).is_none());
        // Over a whole week the mean is 1.
        let week: f64 = (0..168).map(|h| shape.at(time("2026-06-01") + Span::from_hours(h), york)).sum();
        assert!((week / 168.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn bursts_have_the_mean_spread_and_memory_that_they_say() {
        let burst = Burst { sigma: 0.3, correlation: Span::from_hours(4) };
        let mut state = BurstState::new(burst, Stream::new(5, "burst"));
        let n = 40_000;
        let logs: Vec<f64> =
            (0..n).map(|h| libm::log(state.factor(SimTime(0) + Span::from_hours(h))) + 0.045).collect();
        let mean = logs.iter().sum::<f64>() / n as f64;
        let variance = logs.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n as f64;
        let near: f64 = logs.windows(2).map(|w| (w[0] - mean) * (w[1] - mean)).sum::<f64>() / n as f64;
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((variance.sqrt() - 0.3).abs() < 0.01, "{variance}");
        assert!((near / variance - libm::exp(-0.25)).abs() < 0.02, "{}", near / variance);
        // Asking twice in an hour, and being taken up again, changes nothing.
        let mut again = state.clone();
        let later = SimTime(0) + Span::from_hours(n);
        assert_eq!(state.factor(later).to_bits(), again.factor(later).to_bits());
        assert_eq!(state.factor(later).to_bits(), state.factor(later + Span::SECOND).to_bits());
        assert_eq!(BurstState::new(Burst::NONE, Stream::new(1, "x")).factor(later), 1.0);
    }

    #[test]
    fn requests_are_whole() {
        assert_eq!(requests(3600.0, Span::SECOND), 1);
        assert_eq!(requests(2.4, Span::HOUR), 2);
        assert_eq!(requests(-1.0, Span::HOUR), 0);
        assert_eq!(requests(f64::INFINITY, Span::HOUR), 1_000_000_000_000);
    }
}
