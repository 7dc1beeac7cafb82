//! Business calendars and business-day conventions.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which days are business days: a weekend, a set of rules for holidays, and further days named one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    kind: Kind,
    closed: BTreeSet<Date>,
}

/// The calendars that can be named in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    EveryDay,
    MondayToFriday,
    UsFederal,
    Target,
    England,
}

impl Calendar {
    /// The names that [`Calendar::named`] knows.
    pub const NAMES: [&'static str; 5] = ["every_day", "monday_to_friday", "us_federal", "target", "england"];

    /// Every day is a business day.
    pub fn every_day() -> Calendar {
        Calendar { kind: Kind::EveryDay, closed: BTreeSet::new() }
    }
    /// Monday to Friday, without holidays.
    pub fn monday_to_friday() -> Calendar {
        Calendar { kind: Kind::MondayToFriday, closed: BTreeSet::new() }
    }
    /// A calendar by name: `us_federal` follows 5 U.S.C. 6103 (observed days of the weekend rule included), `target`
    /// the euro settlement system since 2002, `england` the bank holidays by rule (proclaimed days are added with
    /// [`Calendar::close`]).
    pub fn named(name: &str) -> Option<Calendar> {
        let kind = match name {
            "every_day" => Kind::EveryDay,
            "monday_to_friday" => Kind::MondayToFriday,
            "us_federal" => Kind::UsFederal,
            "target" => Kind::Target,
            "england" => Kind::England,
            _ => return None,
        };
        Some(Calendar { kind, closed: BTreeSet::new() })
    }
    /// Adds a day on which business is closed.
    pub fn close(&mut self, day: Date) {
        self.closed.insert(day);
    }
    /// Whether `day` is a business day.
    pub fn is_business_day(&self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let holiday = match self.kind {
            Kind::EveryDay => false,
            Kind::MondayToFriday => weekend,
            Kind::UsFederal => weekend || is_us_federal_holiday(day),
            Kind::Target => weekend || is_target_holiday(day),
            Kind::England => weekend || is_england_holiday(day),
        };
        !holiday && !self.closed.contains(&day)
    }
    /// The first business day on or after `day`; `day` itself if none follows within a year.
    pub fn following(&self, day: Date) -> Date {
        self.search(day, 1)
    }
    /// The last business day on or before `day`; `day` itself if none is found within a year.
    pub fn preceding(&self, day: Date) -> Date {
        self.search(day, -1)
    }
    fn search(&self, day: Date, direction: i32) -> Date {
        let mut found = day;
        for _ in 0..366 {
            if self.is_business_day(found) {
                return found;
            }
            match found.checked_add(direction.days()) {
                Ok(next) => found = next,
                Err(_) => return day,
            }
        }
        day
    }
    /// The `count`-th business day after `day`, which itself is not counted; `day` for 0.
    pub fn add_business_days(&self, day: Date, count: u32) -> Date {
        let mut at = day;
        for _ in 0..count {
            let Ok(next) = at.tomorrow() else { return at };
            at = self.following(next);
        }
        at
    }
    /// Business days in `[from, to)`; 0 if `to` is not after `from`.
    pub fn business_days_between(&self, from: Date, to: Date) -> u32 {
        let mut count = 0;
        let mut at = from;
        while at < to {
            count += u32::from(self.is_business_day(at));
            match at.tomorrow() {
                Ok(next) => at = next,
                Err(_) => break,
            }
        }
        count
    }
}

/// The Sunday of Easter in the Gregorian calendar, by the anonymous algorithm printed in Nature, 20 April 1876.
/// Before 1583, when there was no such calendar, the first of April.
pub fn easter(year: i16) -> Date {
    if year < 1583 {
        return date(year, 4, 1);
    }
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let month = (h + l - 7 * m + 114) / 31;
    let day = (h + l - 7 * m + 114) % 31 + 1;
    date(year, month as i8, day as i8)
}

fn nth_weekday(year: i16, month: i8, nth: i8, weekday: Weekday) -> Date {
    date(year, month, 1).nth_weekday_of_month(nth, weekday).unwrap_or_else(|_| date(year, month, 1))
}

/// Saturday's holiday is kept on the Friday before, Sunday's on the Monday after.
fn observed(day: Date) -> Date {
    let moved = match day.weekday() {
        Weekday::Saturday => day.yesterday(),
        Weekday::Sunday => day.tomorrow(),
        _ => Ok(day),
    };
    moved.unwrap_or(day)
}

fn is_us_federal_holiday(day: Date) -> bool {
    let year = day.year();
    let new_year_after = day.month() == 12 && year < 9999 && day == observed(date(year + 1, 1, 1));
    let fixed =
        [(1, 1), (7, 4), (11, 11), (12, 25)].into_iter().any(|(m, d)| observed(date(year, m, d)) == day);
    let juneteenth = year >= 2021 && observed(date(year, 6, 19)) == day;
    let floating = [
        (1, 3, Weekday::Monday),
        (2, 3, Weekday::Monday),
        (5, -1, Weekday::Monday),
        (9, 1, Weekday::Monday),
        (10, 2, Weekday::Monday),
        (11, 4, Weekday::Thursday),
    ];
    new_year_after
        || fixed
        || juneteenth
        || floating.into_iter().any(|(m, n, w)| nth_weekday(year, m, n, w) == day)
}

fn is_target_holiday(day: Date) -> bool {
    let sunday = easter(day.year());
    let fixed = [(1, 1), (5, 1), (12, 25), (12, 26)];
    fixed.contains(&(day.month(), day.day())) || day == add(sunday, -2) || day == add(sunday, 1)
}

fn is_england_holiday(day: Date) -> bool {
    let year = day.year();
    let sunday = easter(year);
    let new_year = first_weekday_from(date(year, 1, 1));
    let christmas = first_weekday_from(date(year, 12, 25));
    // Boxing Day is kept on the first weekday after the day on which Christmas is kept, or on 26 December itself.
    let boxing = match date(year, 12, 26) {
        day if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) => {
            add(christmas, 1).max(date(year, 12, 28))
        }
        day if day == christmas => add(day, 1),
        day => day,
    };
    let christmas = match date(year, 12, 25).weekday() {
        // When Christmas is a Sunday, the 26th is Boxing Day and the substitute for Christmas is Tuesday the 27th.
        Weekday::Sunday => date(year, 12, 27),
        _ => christmas,
    };
    let boxing = if date(year, 12, 25).weekday() == Weekday::Sunday { date(year, 12, 26) } else { boxing };
    let floating =
        [(5, 1), (5, -1), (8, -1)].into_iter().any(|(m, n)| nth_weekday(year, m, n, Weekday::Monday) == day);
    floating || [new_year, christmas, boxing, add(sunday, -2), add(sunday, 1)].contains(&day)
}

fn first_weekday_from(day: Date) -> Date {
    match day.weekday() {
        Weekday::Saturday => add(day, 2),
        Weekday::Sunday => add(day, 1),
        _ => day,
    }
}

fn add(day: Date, days: i32) -> Date {
    day.checked_add(days.days()).unwrap_or(day)
}

/// What happens to a date of a schedule that is not a business day (ISDA definitions 4.12; ACTUS section 3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shift {
    /// It stays.
    #[default]
    None,
    /// The next business day.
    Following,
    /// The next business day, or the one before if that is in another month.
    ModifiedFollowing,
    /// The business day before.
    Preceding,
    /// The business day before, or the next if that is in another month.
    ModifiedPreceding,
}

impl Shift {
    /// The date on which it is paid.
    pub fn apply(self, day: Date, calendar: &Calendar) -> Date {
        let (following, preceding) = (calendar.following(day), calendar.preceding(day));
        let same_month = |other: Date| other.month() == day.month();
        match self {
            Shift::None => day,
            Shift::Following => following,
            Shift::Preceding => preceding,
            Shift::ModifiedFollowing if same_month(following) => following,
            Shift::ModifiedFollowing => preceding,
            Shift::ModifiedPreceding if same_month(preceding) => preceding,
            Shift::ModifiedPreceding => following,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn easter_is_where_the_almanac_puts_it() {
        let known = [
            (2000, 4, 23),
            (2008, 3, 23),
            (2011, 4, 24),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2038, 4, 25),
        ];
        for (year, month, day) in known {
            assert_eq!(easter(year), date(year, month, day));
        }
    }

    #[test]
    fn us_federal_holidays_are_those_that_opm_published() {
        // opm.gov, federal holidays 2021, 2025 and 2026; 31 December 2021 stands for Saturday 1 January 2022.
        let calendar = Calendar::named("us_federal").unwrap();
        let closed = [
            (
                2025,
                vec![
                    (1, 1),
                    (1, 20),
                    (2, 17),
                    (5, 26),
                    (6, 19),
                    (7, 4),
                    (9, 1),
                    (10, 13),
                    (11, 11),
                    (11, 27),
                    (12, 25),
                ],
            ),
            (
                2026,
                vec![
                    (1, 1),
                    (1, 19),
                    (2, 16),
                    (5, 25),
                    (6, 19),
                    (7, 3),
                    (9, 7),
                    (10, 12),
                    (11, 11),
                    (11, 26),
                    (12, 25),
                ],
            ),
            (
                2021,
                vec![
                    (1, 1),
                    (1, 18),
                    (2, 15),
                    (5, 31),
                    (6, 18),
                    (7, 5),
                    (9, 6),
                    (10, 11),
                    (11, 11),
                    (11, 25),
                    (12, 24),
                    (12, 31),
                ],
            ),
        ];
        for (year, days) in closed {
            let mut found = Vec::new();
            let mut day = date(year, 1, 1);
            while day.year() == year {
                let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
                if !calendar.is_business_day(day) && !weekend {
                    found.push((day.month(), day.day()));
                }
                day = day.tomorrow().unwrap();
            }
            assert_eq!(found, days, "{year}");
        }
    }

    #[test]
    fn every_calendar_knows_every_year() {
        for name in Calendar::NAMES {
            let calendar = Calendar::named(name).unwrap();
            for year in [-9999, -1, 0, 1, 1582, 1583, 9998, 9999] {
                for (month, day) in [(1, 1), (4, 5), (12, 31)] {
                    let found = calendar.following(calendar.preceding(date(year, month, day)));
                    assert!(name != "every_day" || found == date(year, month, day));
                }
            }
        }
    }

    #[test]
    fn england_and_target_close_on_their_days() {
        // gov.uk/bank-holidays: substitutes of 2020 to 2022, 2026 and 2027.
        let england = Calendar::named("england").unwrap();
        for (y, m, d) in [
            (2021, 12, 27),
            (2021, 12, 28),
            (2022, 1, 3),
            (2022, 12, 26),
            (2022, 12, 27),
            (2020, 12, 25),
            (2020, 12, 28),
            (2026, 4, 3),
            (2026, 4, 6),
            (2026, 8, 31),
            (2026, 12, 28),
            (2027, 12, 27),
            (2027, 12, 28),
        ] {
            assert!(!england.is_business_day(date(y, m, d)), "{y}-{m}-{d}");
        }
        assert!(england.is_business_day(date(2021, 12, 29)) && england.is_business_day(date(2022, 12, 28)));
        let target = Calendar::named("target").unwrap();
        assert!(!target.is_business_day(date(2026, 4, 3)) && !target.is_business_day(date(2026, 5, 1)));
        assert!(target.is_business_day(date(2026, 8, 31)));
        assert!(Calendar::named("mars").is_none());
        assert!(Calendar::NAMES.iter().all(|name| Calendar::named(name).is_some()));
    }

    #[test]
    fn shifts_stay_in_the_month_when_modified() {
        let weekdays = Calendar::monday_to_friday();
        let saturday = date(2026, 1, 31);
        assert_eq!(Shift::Following.apply(saturday, &weekdays), date(2026, 2, 2));
        assert_eq!(Shift::ModifiedFollowing.apply(saturday, &weekdays), date(2026, 1, 30));
        let sunday = date(2026, 2, 1);
        assert_eq!(Shift::Preceding.apply(sunday, &weekdays), date(2026, 1, 30));
        assert_eq!(Shift::ModifiedPreceding.apply(sunday, &weekdays), date(2026, 2, 2));
        assert_eq!(Shift::None.apply(sunday, &weekdays), sunday);
    }
}
