//! Cycles and the schedules that they make (ACTUS technical specification, sections 3.1 and 3.3).

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// A length that repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// So many days.
    Days(u32),
    /// So many months.
    Months(u32),
}

/// A cycle: a step, and what becomes of a last period that is shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cycle {
    /// The step.
    pub step: Step,
    /// Whether a last short period is joined to the one before it.
    pub long_stub: bool,
}

/// Where the dates of a schedule go that starts on the last day of a short month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndOfMonth {
    /// To the last day of each month.
    EndOfMonth,
    /// To the same day of each month, or the last where that is earlier.
    #[default]
    SameDay,
}

impl Cycle {
    /// Reads the form of the ACTUS dictionary: `P1ML0` (monthly, long stub), `P2WL1` (every two weeks, short stub).
    /// Without `L0` or `L1` the stub is short. Units: `D`, `W`, `M`, `Q`, `H`, `Y`.
    pub fn parse(text: &str) -> Option<Cycle> {
        let text = text.trim().strip_prefix('P')?;
        let (period, long_stub) = match text.split_once('L') {
            Some((period, "0")) => (period, true),
            Some((period, "1")) => (period, false),
            Some(_) => return None,
            None => (text, false),
        };
        let unit = period.chars().last()?;
        let count: u32 = period[..period.len() - unit.len_utf8()].parse().ok()?;
        let times = |factor: u32| count.checked_mul(factor).filter(|&n| (1..=120_000).contains(&n));
        let step = match unit {
            'D' => Step::Days(times(1)?),
            'W' => Step::Days(times(7)?),
            'M' => Step::Months(times(1)?),
            'Q' => Step::Months(times(3)?),
            'H' => Step::Months(times(6)?),
            'Y' => Step::Months(times(12)?),
            _ => return None,
        };
        Some(Cycle { step, long_stub })
    }

    /// `anchor` and `count` steps; `None` outside of the calendar.
    pub fn after(self, anchor: DateTime, count: i64, convention: EndOfMonth) -> Option<DateTime> {
        match self.step {
            Step::Days(days) => {
                let span = jiff::Span::new().try_days(count.checked_mul(i64::from(days))?).ok()?;
                anchor.checked_add(span).ok()
            }
            Step::Months(months) => {
                let span = jiff::Span::new().try_months(count.checked_mul(i64::from(months))?).ok()?;
                let moved = anchor.checked_add(span).ok()?;
                let to_end = convention == EndOfMonth::EndOfMonth && is_last_of_short_month(anchor.date());
                Some(if to_end { moved.date().last_of_month().to_datetime(moved.time()) } else { moved })
            }
        }
    }

    /// One step back from `date`.
    pub fn before(self, date: DateTime) -> Option<DateTime> {
        self.after(date, -1, EndOfMonth::SameDay)
    }
}

fn is_last_of_short_month(date: Date) -> bool {
    date.day() == date.days_in_month() && date.days_in_month() < 31
}

/// The times of a schedule from `anchor` every `cycle` until `end`, which is in it if `with_end`.
///
/// Without a cycle it is the anchor and the end. Dates are counted from the anchor, not from each other, so that the
/// 31st comes back after February. A long stub takes away the last date before an end that is not on the cycle.
pub fn schedule(
    anchor: DateTime,
    cycle: Option<Cycle>,
    end: DateTime,
    with_end: bool,
    convention: EndOfMonth,
) -> Vec<DateTime> {
    let mut times = Vec::new();
    match cycle {
        None if anchor < end => times.push(anchor),
        None => {}
        Some(cycle) => {
            let mut next = Some(anchor);
            while let Some(time) = next.filter(|&time| time < end) {
                times.push(time);
                next = cycle.after(anchor, times.len() as i64, convention);
            }
            if cycle.long_stub && next != Some(end) && times.len() > 1 {
                times.pop();
            }
        }
    }
    if with_end && anchor <= end {
        times.push(end);
    }
    times
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::civil::date;

    fn dates(anchor: Date, cycle: &str, end: Date, with_end: bool, convention: EndOfMonth) -> Vec<Date> {
        let midnight = |d: Date| d.at(0, 0, 0, 0);
        let times = schedule(midnight(anchor), Cycle::parse(cycle), midnight(end), with_end, convention);
        times.into_iter().map(DateTime::date).collect()
    }

    #[test]
    fn cycles_are_read() {
        assert_eq!(Cycle::parse("P1ML0"), Some(Cycle { step: Step::Months(1), long_stub: true }));
        assert_eq!(Cycle::parse("P2WL1"), Some(Cycle { step: Step::Days(14), long_stub: false }));
        assert_eq!(Cycle::parse("P1Q"), Some(Cycle { step: Step::Months(3), long_stub: false }));
        for wrong in ["", "P", "P0M", "1M", "PML0", "P1ML2", "P1é", "P99999999Y"] {
            assert_eq!(Cycle::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn steps_beyond_the_calendar_are_none() {
        let anchor = date(2026, 1, 1).at(0, 0, 0, 0);
        for cycle in ["P120000D", "P120000M"] {
            assert_eq!(
                Cycle::parse(cycle).unwrap().after(anchor, 1_000_000_000_000, EndOfMonth::SameDay),
                None
            );
            assert_eq!(Cycle::parse(cycle).unwrap().after(anchor, i64::MAX, EndOfMonth::SameDay), None);
        }
    }

    #[test]
    fn a_stub_is_short_or_long() {
        let (start, end) = (date(2013, 1, 9), date(2014, 1, 1));
        let short = dates(start, "P3ML1", end, true, EndOfMonth::SameDay);
        assert_eq!(short, [start, date(2013, 4, 9), date(2013, 7, 9), date(2013, 10, 9), end]);
        let long = dates(start, "P3ML0", end, true, EndOfMonth::SameDay);
        assert_eq!(long, [start, date(2013, 4, 9), date(2013, 7, 9), end]);
        let none = dates(date(2013, 1, 1), "P6ML0", end, false, EndOfMonth::SameDay);
        assert_eq!(none, [date(2013, 1, 1), date(2013, 7, 1)]);
    }

    #[test]
    fn the_end_of_the_month_holds_or_not() {
        let start = date(2013, 2, 28);
        let same = dates(start, "P1ML1", date(2013, 5, 1), false, EndOfMonth::SameDay);
        assert_eq!(same, [start, date(2013, 3, 28), date(2013, 4, 28)]);
        let end = dates(start, "P1ML1", date(2013, 5, 1), false, EndOfMonth::EndOfMonth);
        assert_eq!(end, [start, date(2013, 3, 31), date(2013, 4, 30)]);
        let from_31 = dates(date(2013, 1, 31), "P1ML1", date(2013, 4, 1), false, EndOfMonth::SameDay);
        assert_eq!(from_31, [date(2013, 1, 31), date(2013, 2, 28), date(2013, 3, 31)]);
    }
}
