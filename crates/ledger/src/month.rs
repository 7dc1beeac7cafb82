//! Calendar months and days (UTC): the periods of books.

use base::{SimTime, Span};
use jiff::civil::{Date, date};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A calendar month: twelve times the year plus the month from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Month(pub i32);

/// A calendar day (UTC): days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

impl Month {
    /// The month of an instant.
    pub fn of(time: SimTime) -> Month {
        let day = Day::of(time).date();
        Month(i32::from(day.year()) * 12 + i32::from(day.month()) - 1)
    }
    /// The month of a day.
    pub fn of_date(day: Date) -> Month {
        Month(i32::from(day.year()) * 12 + i32::from(day.month()) - 1)
    }
    /// Its year.
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }
    /// 1 to 12.
    pub fn number(self) -> i32 {
        self.0.rem_euclid(12) + 1
    }
    /// Its first day.
    pub fn first(self) -> Date {
        // Instants reach from 1678 to 2262: every such month is a date.
        date(self.year() as i16, self.number() as i8, 1)
    }
    /// Its first instant.
    pub fn start(self) -> SimTime {
        start_of(self.first())
    }
    /// The first instant after it.
    pub fn end(self) -> SimTime {
        self.next().start()
    }
    /// The month after it.
    pub fn next(self) -> Month {
        Month(self.0 + 1)
    }
    /// Whether it is the last of a calendar year.
    pub fn ends_year(self) -> bool {
        self.number() == 12
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.number())
    }
}

impl Day {
    /// The day of an instant.
    pub fn of(time: SimTime) -> Day {
        // 292 years of days fit 32 bits.
        Day(time.0.div_euclid(Span::DAY.0) as i32)
    }
    /// As a date.
    pub fn date(self) -> Date {
        let stamp = Timestamp::from_second(i64::from(self.0) * 86_400).unwrap_or(Timestamp::UNIX_EPOCH);
        TimeZone::UTC.to_datetime(stamp).date()
    }
    /// Its first instant.
    pub fn start(self) -> SimTime {
        SimTime(i64::from(self.0).saturating_mul(Span::DAY.0))
    }
    /// The first instant after it.
    pub fn end(self) -> SimTime {
        Day(self.0 + 1).start()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

/// The first instant of a date (UTC).
pub fn start_of(day: Date) -> SimTime {
    let stamp = TimeZone::UTC.to_timestamp(day.to_datetime(jiff::civil::Time::midnight()));
    let nanos = stamp.map_or(0, |stamp| stamp.as_nanosecond());
    SimTime(i64::try_from(nanos).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_days_are_those_of_the_calendar() {
        let time = SimTime::parse("2028-02-29T23:59:59Z").expect("a time");
        assert_eq!(Month::of(time).to_string(), "2028-02");
        assert_eq!(Month::of(time).end(), SimTime::parse("2028-03-01").expect("a date"));
        assert_eq!(Month::of(SimTime(-1)).to_string(), "1969-12");
        assert!(Month::of(SimTime(-1)).ends_year());
        assert_eq!(Day::of(SimTime(-1)).to_string(), "1969-12-31");
        assert_eq!(Day::of(time).end(), Month::of(time).end());
    }
}
