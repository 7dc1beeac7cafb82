//! Instants and spans in integer nanoseconds, and their text form at the doors.

use jiff::{SpanRelativeTo, Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

const NANOS: i64 = 1_000_000_000;

/// An instant: nanoseconds since 1970-01-01T00:00:00Z. Covers the years 1678 to 2262.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SimTime(pub i64);

/// A length of time in nanoseconds; may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

impl SimTime {
    /// Later than every instant of a simulation.
    pub const NEVER: SimTime = SimTime(i64::MAX);

    /// Reads `2026-01-31` (midnight UTC), `2026-01-31T12:00:00` (UTC) or an RFC 3339 instant with an offset.
    pub fn parse(text: &str) -> Option<SimTime> {
        let stamp = match text.parse::<Timestamp>() {
            Ok(stamp) => stamp,
            Err(_) => TimeZone::UTC.to_timestamp(text.parse::<civil::DateTime>().ok()?).ok()?,
        };
        i64::try_from(stamp.as_nanosecond()).ok().map(SimTime)
    }
    /// Nanoseconds since the Unix epoch.
    pub fn nanos(self) -> i64 {
        self.0
    }
    /// The start of the hour that this instant lies in.
    pub fn hour_start(self) -> SimTime {
        SimTime(self.0 - self.0.rem_euclid(Span::HOUR.0))
    }
    /// The start of the month (UTC) that this instant lies in.
    pub fn month_start(self) -> SimTime {
        self.month(0)
    }
    /// The start of the month (UTC) after the one that this instant lies in; `NEVER` beyond the range.
    pub fn next_month(self) -> SimTime {
        self.month(1)
    }
    fn month(self, later: i64) -> SimTime {
        let first = || {
            let stamp = Timestamp::from_nanosecond(i128::from(self.0)).ok()?;
            let first = TimeZone::UTC.to_datetime(stamp).date().first_of_month();
            let first = first.checked_add(jiff::Span::new().months(later)).ok()?;
            let stamp = TimeZone::UTC.to_timestamp(first.at(0, 0, 0, 0)).ok()?;
            i64::try_from(stamp.as_nanosecond()).ok()
        };
        first().map_or(SimTime::NEVER, SimTime)
    }
    /// `self + span`, or `NEVER` where that leaves the range.
    pub fn saturating_add(self, span: Span) -> SimTime {
        SimTime(self.0.saturating_add(span.0))
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(stamp) => write!(f, "{stamp}"),
            Err(_) => write!(f, "{} ns", self.0),
        }
    }
}

impl Span {
    /// No time.
    pub const ZERO: Span = Span(0);
    /// One second.
    pub const SECOND: Span = Span(NANOS);
    /// One hour.
    pub const HOUR: Span = Span(3600 * NANOS);
    /// 24 hours.
    pub const DAY: Span = Span(24 * 3600 * NANOS);
    /// Longer than every simulation.
    pub const FOREVER: Span = Span(i64::MAX);

    /// From whole seconds, saturating.
    pub fn from_seconds(seconds: i64) -> Span {
        Span(seconds.saturating_mul(NANOS))
    }
    /// From seconds, rounded to the nanosecond; `None` if not finite or outside the range (292 years).
    pub fn from_seconds_f64(seconds: f64) -> Option<Span> {
        let nanos = libm::round(seconds * NANOS as f64);
        (nanos.is_finite() && nanos.abs() < i64::MAX as f64).then_some(Span(nanos as i64))
    }
    /// From whole hours, saturating.
    pub fn from_hours(hours: i64) -> Span {
        Span(hours.saturating_mul(Self::HOUR.0))
    }
    /// Reads `90 min`, `1h 30m`, `2 days`, `1 week`, `PT5M`: days have 24 hours; months and years are refused.
    pub fn parse(text: &str) -> Option<Span> {
        let span: jiff::Span = text.parse().ok()?;
        let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
        i64::try_from(length.as_nanos()).ok().map(Span)
    }
    /// In seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / NANOS as f64
    }
    /// In hours.
    pub fn hours(self) -> f64 {
        self.0 as f64 / Self::HOUR.0 as f64
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", jiff::SignedDuration::from_nanos(self.0))
    }
}

impl Add<Span> for SimTime {
    type Output = SimTime;
    fn add(self, span: Span) -> SimTime {
        SimTime(self.0 + span.0)
    }
}
impl Sub<Span> for SimTime {
    type Output = SimTime;
    fn sub(self, span: Span) -> SimTime {
        SimTime(self.0 - span.0)
    }
}
impl Sub for SimTime {
    type Output = Span;
    fn sub(self, earlier: SimTime) -> Span {
        Span(self.0 - earlier.0)
    }
}
impl AddAssign<Span> for SimTime {
    fn add_assign(&mut self, span: Span) {
        self.0 += span.0;
    }
}
impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0 + other.0)
    }
}
impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0 - other.0)
    }
}
impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        self.0 += other.0;
    }
}
impl Mul<i64> for Span {
    type Output = Span;
    fn mul(self, factor: i64) -> Span {
        Span(self.0 * factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_are_read() {
        let day = SimTime::parse("2026-01-31").expect("a date");
        assert_eq!(SimTime::parse("2026-01-31T06:00:00-06:00"), Some(day + Span::from_hours(12)));
        assert_eq!(day.to_string(), "2026-01-31T00:00:00Z");
        assert_eq!(SimTime::parse("2026-02-30"), None);
        assert_eq!(SimTime::parse("9999-01-01"), None, "outside of the range of 64-bit nanoseconds");
        assert_eq!(Span::parse("1h 30m"), Some(Span::from_seconds(5400)));
        assert_eq!(Span::parse("2 weeks"), Some(Span::DAY * 14));
        assert_eq!(Span::parse("1 month"), None);
        assert_eq!(Span::parse("soon"), None);
        assert_eq!(Span::from_seconds_f64(f64::INFINITY), None);
    }

    #[test]
    fn hours_start_on_the_hour_before_the_epoch_too() {
        assert_eq!(SimTime(-1).hour_start(), SimTime(-Span::HOUR.0));
        assert_eq!(SimTime(Span::HOUR.0 + 1).hour_start(), SimTime(Span::HOUR.0));
    }
}
