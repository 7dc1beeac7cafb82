//! The civil calendar in whole numbers, and the stamps that data files use.

use base::{SimTime, Span};

/// Hours of a year without 29 February.
pub const HOURS_OF_YEAR: usize = 8760;

/// Days before each month in a year without 29 February.
const DAYS_BEFORE: [u32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// A day and hour of the civil calendar (proleptic Gregorian).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the month, 1 to 31.
    pub day: u32,
    /// Hour of the day, 0 to 23.
    pub hour: u32,
}

/// Days from 1970-01-01 to this date. Neri and Schneider (Software: Practice and Experience 53, 2023) describe the
/// arithmetic: years that begin in March make the leap day the last of the year.
pub fn days_from_civil(year: i32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The civil date and hour of an instant, at a fixed offset from UTC.
pub fn civil(time: SimTime, offset: Span) -> Civil {
    let hours = time.0.saturating_add(offset.0).div_euclid(Span::HOUR.0);
    let days = hours.div_euclid(24) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096).div_euclid(365);
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    Civil {
        year: (year_of_era + era * 400 + i64::from(month <= 2)) as i32,
        month: month as u32,
        day: (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32,
        hour: hours.rem_euclid(24) as u32,
    }
}

/// Days of a month; 0 for a month that is none.
pub fn days_of_month(year: i32, month: u32) -> u32 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// The position in a typical year of 8,760 hours; 29 February is answered by 28 February.
pub fn hour_of_year(month: u32, day: u32, hour: u32) -> usize {
    let day = if month == 2 { day.min(28) } else { day };
    ((DAYS_BEFORE[(month.clamp(1, 12) - 1) as usize] + day - 1) * 24 + hour) as usize
}

/// The month (0 to 11) that hour `i` of a typical year lies in.
pub fn month_of_hour(i: usize) -> usize {
    DAYS_BEFORE.partition_point(|&days| days as usize * 24 <= i) - 1
}

/// The instant of a date and time; `None` if there is no such date or it lies outside of 1850 to 2100 (two instants then
/// differ by less than a `Span` can hold).
pub fn instant(year: i32, month: u32, day: u32, seconds: i64) -> Option<SimTime> {
    let valid = (1850..=2100).contains(&year) && day >= 1 && day <= days_of_month(year, month);
    valid.then(|| SimTime(days_from_civil(year, month, day) * Span::DAY.0) + Span::from_seconds(seconds))
}

/// A stamp as a file writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The clock's reading, taken as if it were UTC.
    pub clock: SimTime,
    /// The offset from UTC, where the stamp says it.
    pub offset: Option<Span>,
}

impl Stamp {
    /// Reads `2024-01-31 05:00`, `2024-01-31T05:00:00`, with `Z`, `+00:00` or `-06:00` behind, or a date alone. The hour
    /// 24 is the end of its day.
    pub fn parse(text: &str) -> Option<Stamp> {
        let bytes = text.as_bytes();
        let number = |range: std::ops::Range<usize>| -> Option<i64> {
            let digits = bytes.get(range)?;
            digits.iter().try_fold(0i64, |sum, &digit| {
                digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0'))
            })
        };
        let dashes = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let mut at = 10;
        let mut seconds = 0;
        if matches!(bytes.get(at), Some(b'T' | b' ')) {
            if bytes.get(13) != Some(&b':') {
                return None;
            }
            seconds = number(11..13)? * 3600 + number(14..16)? * 60;
            let (minute_ok, hour_ok) = (number(14..16)? < 60, number(11..13)? <= 24);
            at = 16;
            if bytes.get(at) == Some(&b':') {
                seconds += number(17..19).filter(|&s| s < 60)?;
                at = 19;
            }
            if !minute_ok || !hour_ok || seconds > 86_400 {
                return None;
            }
        }
        let offset = match &bytes[at..] {
            [] => None,
            b"Z" => Some(Span::ZERO),
            [sign @ (b'+' | b'-'), ..] => Some(parse_offset(&text[at + 1..], *sign == b'-')?),
            _ => return None,
        };
        let clock = instant(year as i32, month as u32, day as u32, seconds)?;
        dashes.then_some(Stamp { clock, offset })
    }

    /// The instant, with `default` as the offset where the stamp has none.
    pub fn utc(self, default: Span) -> SimTime {
        self.clock - self.offset.unwrap_or(default)
    }
}

/// `06:00`, `0600` or `06`.
fn parse_offset(text: &str, negative: bool) -> Option<Span> {
    let (hours, minutes) = match text.len() {
        2 => (text, "0"),
        4 if text.is_ascii() => text.split_at(2),
        5 => text.split_once(':')?,
        _ => return None,
    };
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let valid = (0..=15).contains(&hours) && (0..60).contains(&minutes);
    let seconds = hours * 3600 + minutes * 60;
    valid.then(|| Span::from_seconds(if negative { -seconds } else { seconds }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_agree_with_the_calendar_library_over_two_centuries() {
        let mut time = SimTime::parse("1850-01-01").expect("a date");
        let end = SimTime::parse("2100-12-31").expect("a date");
        while time < end {
            let c = civil(time, Span::ZERO);
            assert_eq!(time.to_string()[..10], format!("{:04}-{:02}-{:02}", c.year, c.month, c.day));
            assert_eq!(instant(c.year, c.month, c.day, 0), Some(time));
            time += Span::DAY;
        }
    }

    #[test]
    fn stamps_of_all_the_files_are_read() {
        let five = SimTime::parse("2024-01-31T05:00:00");
        for text in
            ["2024-01-31 05:00:00", "2024-01-31T05:00", "2024-01-31 05:00:00+00:00", "2024-01-31T05:00Z"]
        {
            assert_eq!(Stamp::parse(text).map(|s| s.utc(Span::ZERO)), five, "{text}");
        }
        let offset = Stamp::parse("2024-01-30 23:00:00-06:00");
        assert_eq!(offset.map(|s| s.utc(Span::HOUR)), five, "a stamp's own offset wins");
        let midnight = Stamp::parse("2024-01-31 24:00").map(|s| s.clock);
        assert_eq!(midnight, SimTime::parse("2024-02-01"));
        for text in [
            "2024-02-30 00:00",
            "2024-01-31 25:00",
            "2024-01-31 05:61",
            "31.01.2024",
            "",
            "2024-01-31 05:00 pm",
        ] {
            assert_eq!(Stamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_typical_year_has_8760_hours() {
        assert_eq!(hour_of_year(1, 1, 0), 0);
        assert_eq!(hour_of_year(12, 31, 23), HOURS_OF_YEAR - 1);
        assert_eq!(hour_of_year(2, 29, 5), hour_of_year(2, 28, 5));
        assert_eq!(month_of_hour(0), 0);
        assert_eq!(month_of_hour(hour_of_year(3, 1, 0)), 2);
        assert_eq!(month_of_hour(hour_of_year(2, 28, 23)), 1);
        assert_eq!(month_of_hour(HOURS_OF_YEAR - 1), 11);
    }
}
