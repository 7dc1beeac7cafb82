//! Calendar months and quarters in UTC, counted: what is due by the month is due at an integer.

use crate::time::{SimTime, Span};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A calendar month: months since January of the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Month(pub i32);

/// Days since 1970-01-01 of the first day of a month, by the rules of the Gregorian calendar.
fn first_day(month: i32) -> i64 {
    let (year, of_year) = (i64::from(month.div_euclid(12)), i64::from(month.rem_euclid(12)));
    // The year begins in March, so that the leap day is its last.
    let (year, from_march) = if of_year < 2 { (year - 1, of_year + 10) } else { (year, of_year - 2) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 719,468 days lie between 0000-03-01 and 1970-01-01; (153 m + 2) / 5 is the days of the first m months from March.
    year * 365 + leap_days + (153 * from_march + 2) / 5 - 719_468
}

impl Month {
    /// The month in which an instant lies.
    pub fn of(time: SimTime) -> Month {
        let day = time.0.div_euclid(Span::DAY.0);
        // A guess that is at most a month off: a Gregorian year has 365.2425 days.
        let guess = (day * 12 * 10_000).div_euclid(3_652_425) as i32 + 1970 * 12;
        let near = [guess + 1, guess, guess - 1];
        Month(near.into_iter().find(|&month| first_day(month) <= day).unwrap_or(guess - 2))
    }
    /// Month `month` (1 to 12) of a year.
    pub fn new(year: i32, month: i32) -> Month {
        Month(year * 12 + month - 1)
    }
    /// The year.
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }
    /// 1 for January.
    pub fn number(self) -> i32 {
        self.0.rem_euclid(12) + 1
    }
    /// Its first instant.
    pub fn start(self) -> SimTime {
        SimTime(first_day(self.0).saturating_mul(Span::DAY.0))
    }
    /// The month after it.
    pub fn next(self) -> Month {
        Month(self.0 + 1)
    }
    /// The first month of its quarter: January, April, July or October.
    pub fn quarter(self) -> Month {
        Month(self.0.div_euclid(3) * 3)
    }
}

/// `2027-03`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_where_the_calendar_says() {
        for year in 1680..2260 {
            for number in 1..=12 {
                let month = Month::new(year, number);
                let text = format!("{year:04}-{number:02}-01");
                assert_eq!(Some(month.start()), SimTime::parse(&text), "{text}");
                assert_eq!(Month::of(month.start()), month);
                assert_eq!(Month::of(SimTime(month.next().start().0 - 1)), month, "its last nanosecond");
                assert_eq!(month.to_string(), text[..7]);
            }
        }
    }

    #[test]
    fn quarters_begin_in_january_april_july_october() {
        assert_eq!(Month::new(2026, 3).quarter(), Month::new(2026, 1));
        assert_eq!(Month::new(2026, 12).quarter(), Month::new(2026, 10));
    }
}
