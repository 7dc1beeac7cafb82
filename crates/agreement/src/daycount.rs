//! Year fractions: what part of a year lies between two dates.

use crate::calendar::Calendar;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// A day-count convention (ISDA definitions 4.16; ACTUS dictionary, `dayCountConvention`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DayCount {
    /// Actual/Actual ISDA: days in leap years over 366 plus the others over 365.
    ActualActual,
    /// Actual/360.
    Actual360,
    /// Actual/365 fixed.
    Actual365,
    /// 30E/360, the Eurobond basis.
    Thirty360,
    /// 30E/360 ISDA: the last day of February counts as the 30th, unless it is the maturity.
    Thirty360Isda,
    /// 28E/336: months of 28 days.
    TwentyEight336,
    /// Business days over 252 (Brazil).
    Business252,
}

impl DayCount {
    /// Reads the names of the ACTUS dictionary: `AA`, `A360`, `A365`, `30E360`, `30E360ISDA`, `28E336`, `B252`.
    pub fn parse(name: &str) -> Option<DayCount> {
        Some(match name {
            "AA" => DayCount::ActualActual,
            "A360" => DayCount::Actual360,
            "A365" => DayCount::Actual365,
            "30E360" => DayCount::Thirty360,
            "30E360ISDA" => DayCount::Thirty360Isda,
            "28E336" => DayCount::TwentyEight336,
            "B252" | "BUS252" => DayCount::Business252,
            _ => return None,
        })
    }

    /// The fraction of a year from `start` to `end`; negative if `end` is earlier.
    pub fn year_fraction(self, start: Date, end: Date, calendar: &Calendar, maturity: Option<Date>) -> f64 {
        if end < start {
            return -self.year_fraction(end, start, calendar, maturity);
        }
        let actual = f64::from((end - start).get_days());
        match self {
            DayCount::ActualActual => actual_actual(start, end),
            DayCount::Actual360 => actual / 360.0,
            DayCount::Actual365 => actual / 365.0,
            DayCount::Thirty360 => equal_months(start, end, 30),
            DayCount::TwentyEight336 => equal_months(start, end, 28),
            DayCount::Thirty360Isda => thirty_isda(start, end, maturity),
            DayCount::Business252 => f64::from(calendar.business_days_between(start, end)) / 252.0,
        }
    }
}

fn actual_actual(start: Date, end: Date) -> f64 {
    let basis = |year: Date| if year.in_leap_year() { 366.0 } else { 365.0 };
    if start.year() == end.year() {
        return f64::from((end - start).get_days()) / basis(start);
    }
    let new_year = |year: i16| Date::new(year, 1, 1).unwrap_or(end);
    let first = f64::from((new_year(start.year() + 1) - start).get_days()) / basis(start);
    let last = f64::from((end - new_year(end.year())).get_days()) / basis(end);
    first + f64::from(end.year() - start.year() - 1) + last
}

/// Months of `days` days each, 12 to a year; later days of a month count as its last.
fn equal_months(start: Date, end: Date, days: i32) -> f64 {
    let day = |date: Date| i32::from(date.day()).min(days);
    months_and_days(start, end, day(start), day(end), days)
}

fn thirty_isda(start: Date, end: Date, maturity: Option<Date>) -> f64 {
    let day = |date: Date, is_maturity: bool| {
        let end_of_february = date.month() == 2 && date.day() == date.days_in_month();
        if date.day() == 31 || (end_of_february && !is_maturity) { 30 } else { i32::from(date.day()) }
    };
    months_and_days(start, end, day(start, false), day(end, maturity == Some(end)), 30)
}

fn months_and_days(start: Date, end: Date, start_day: i32, end_day: i32, month: i32) -> f64 {
    let years = i32::from(end.year()) - i32::from(start.year());
    let months = i32::from(end.month()) - i32::from(start.month());
    f64::from(12 * month * years + month * months + end_day - start_day) / f64::from(12 * month)
}

/// The date on which a time of a loan falls: 23:59:59 means midnight at the end of the day (ACTUS section 2.6).
pub fn day_of(time: DateTime) -> Date {
    match (time.hour(), time.minute(), time.second()) {
        (23, 59, 59) => time.date().tomorrow().unwrap_or(time.date()),
        _ => time.date(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn fraction(convention: DayCount, start: Date, end: Date) -> f64 {
        convention.year_fraction(start, end, &Calendar::monday_to_friday(), None)
    }

    #[test]
    fn fractions_are_those_of_the_isda_memorandum() {
        // ISDA, "EMU and market conventions: recent developments", 1998: 1 November 2003 to 1 May 2004.
        let (start, end) = (date(2003, 11, 1), date(2004, 5, 1));
        let expected = 61.0 / 365.0 + 121.0 / 366.0;
        assert!((fraction(DayCount::ActualActual, start, end) - expected).abs() < 1e-15);
        // A short first period of the same memorandum: 1 February 1999 to 1 July 1999, then to 1 July 2000.
        assert_eq!(fraction(DayCount::ActualActual, date(1999, 2, 1), date(1999, 7, 1)), 150.0 / 365.0);
        let expected = 184.0 / 365.0 + 182.0 / 366.0;
        assert!(
            (fraction(DayCount::ActualActual, date(1999, 7, 1), date(2000, 7, 1)) - expected).abs() < 1e-15
        );
    }

    #[test]
    fn thirty_day_months_differ_at_the_end_of_february() {
        let (start, end) = (date(2007, 1, 31), date(2007, 2, 28));
        assert_eq!(fraction(DayCount::Thirty360, start, end), 28.0 / 360.0);
        assert_eq!(fraction(DayCount::Thirty360Isda, start, end), 30.0 / 360.0);
        let at_maturity =
            DayCount::Thirty360Isda.year_fraction(start, end, &Calendar::every_day(), Some(end));
        assert_eq!(at_maturity, 28.0 / 360.0);
        assert_eq!(fraction(DayCount::Thirty360, date(2007, 1, 15), date(2007, 7, 31)), 195.0 / 360.0);
        assert_eq!(fraction(DayCount::TwentyEight336, date(2007, 1, 31), date(2007, 2, 28)), 28.0 / 336.0);
    }

    #[test]
    fn plain_fractions_and_their_sign() {
        let (start, end) = (date(2024, 1, 1), date(2024, 12, 31));
        assert_eq!(fraction(DayCount::Actual360, start, end), 365.0 / 360.0);
        assert_eq!(fraction(DayCount::Actual365, start, end), 1.0);
        assert_eq!(fraction(DayCount::Actual365, end, start), -1.0);
        assert_eq!(fraction(DayCount::ActualActual, start, end), 365.0 / 366.0);
        // Monday 1 to Monday 8 January 2024: five weekdays.
        assert_eq!(fraction(DayCount::Business252, start, date(2024, 1, 8)), 5.0 / 252.0);
        assert_eq!(DayCount::parse("B252"), Some(DayCount::Business252));
        assert_eq!(DayCount::parse("A366"), None);
    }

    #[test]
    fn the_last_second_is_the_next_day() {
        assert_eq!(day_of(date(2013, 12, 31).at(23, 59, 59, 0)), date(2014, 1, 1));
        assert_eq!(day_of(date(2013, 12, 31).at(12, 0, 0, 0)), date(2013, 12, 31));
    }
}
