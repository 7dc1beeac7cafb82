//! Numbers, shares, lengths of time and dates as people read them, each written in one place.
//!
//! Inside, a share is 0..1 and time is nanoseconds; here, at the last door, they become `87.3 %` and `3.4 h`. The
//! space before a unit is a no-break space, so that a number never stands at the end of a line without its unit.

use base::SimTime;
use jiff::{Timestamp, civil, tz::TimeZone};

const NBSP: char = '\u{a0}';

/// A whole number with commas: `12,345`.
pub fn count(value: u64) -> String {
    base::grouped(&value.to_string())
}

/// A number in at most about six characters: `0.052`, `7.3`, `842`, `12,345`, `3.40 M`, `1.25 G`, `7.63 P`.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_string();
    }
    let size = value.abs();
    let text = match size {
        _ if size >= 999.5e12 => format!("{}{NBSP}P", three_digits(size / 1e15)),
        _ if size >= 999.5e9 => format!("{}{NBSP}T", three_digits(size / 1e12)),
        _ if size >= 999_500_000.0 => format!("{}{NBSP}G", three_digits(size / 1e9)),
        _ if size >= 999_950.0 => format!("{}{NBSP}M", three_digits(size / 1e6)),
        _ if size >= 99.95 => count(size.round() as u64),
        _ if size >= 9.995 => trimmed(format!("{size:.1}")),
        _ if size >= 0.0995 => trimmed(format!("{size:.2}")),
        _ if size >= 0.00095 => trimmed(format!("{size:.4}")),
        _ if size > 0.0 => format!("{size:.1e}"),
        _ => "0".to_string(),
    };
    if value < 0.0 { format!("−{text}") } else { text }
}

/// With three digits: `3.40`, `34.0`, `340`; all digits before the point where there are more.
fn three_digits(size: f64) -> String {
    match size {
        _ if size < 9.995 => format!("{size:.2}"),
        _ if size < 99.95 => format!("{size:.1}"),
        _ => count(size.round() as u64),
    }
}

/// A number and its unit: `12,345 GPU-h`; the unit is left off where it is empty.
pub fn quantity(value: f64, unit: &str) -> String {
    match unit {
        "" | "1" => number(value),
        "share" => share(value),
        "s" => length(value),
        _ => format!("{}{NBSP}{unit}", number(value)),
    }
}

/// An amount of US dollars: `12,345 $`, `7.30 M$`, `3.10 B$`.
pub fn dollars(usd: f64) -> String {
    let size = usd.abs();
    let text = match size {
        _ if !usd.is_finite() => return "–".to_string(),
        _ if size >= 999_500_000.0 => format!("{}{NBSP}B$", three_digits(size / 1e9)),
        _ if size >= 999_950.0 => format!("{}{NBSP}M$", three_digits(size / 1e6)),
        _ => format!("{}{NBSP}$", count(libm::round(size) as u64)),
    };
    if usd < 0.0 { format!("−{text}") } else { text }
}

/// A price of one of something, to a tenth of a cent: `2.315 $`.
pub fn price(usd: f64) -> String {
    if !usd.is_finite() {
        return "–".to_string();
    }
    let sign = if usd < 0.0 { "−" } else { "" };
    format!("{sign}{:.3}{NBSP}$", usd.abs())
}

/// A share (0..1) as a percentage: `87.3 %`.
pub fn share(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_string();
    }
    let percent = value * 100.0;
    let text = match percent.abs() {
        size if size < 0.000_5 => "0".to_string(),
        size if size < 0.095 => trimmed(format!("{percent:.*}", if size < 0.0095 { 3 } else { 2 })),
        // What is not all must not read as all.
        _ if (99.95..100.0).contains(&percent) => trimmed(format!("{:.2}", percent.min(99.99))),
        _ => trimmed(format!("{percent:.1}")),
    };
    format!("{}{NBSP}%", text.replace('-', "−"))
}

/// A length of time given in seconds: `0.25 s`, `12 s`, `3.4 min`, `2.1 h`, `1.5 days`.
pub fn length(seconds: f64) -> String {
    let size = seconds.abs();
    let (value, unit) = match size {
        _ if size < 119.5 => (seconds, "s"),
        _ if size < 7170.0 => (seconds / 60.0, "min"),
        _ if size < 172_000.0 => (seconds / 3600.0, "h"),
        _ => (seconds / 86_400.0, "days"),
    };
    match size {
        // Below ten seconds two decimals tell, beyond them one.
        _ if size < 9.95 => format!("{}{NBSP}{unit}", number(value)),
        _ if value.abs() < 99.95 => format!("{}{NBSP}{unit}", trimmed(format!("{value:.1}"))),
        _ => format!("{}{NBSP}{unit}", number(value)),
    }
}

/// A tick of an axis of lengths of time, which are round: `10 s`, `1 min`, `1 h`, `1 day`.
pub fn round_length(seconds: f64) -> String {
    let (value, unit) = match seconds {
        _ if seconds < 60.0 => (seconds, "s"),
        _ if seconds < 3600.0 => (seconds / 60.0, "min"),
        _ if seconds < 86_400.0 => (seconds / 3600.0, "h"),
        _ if seconds < 172_800.0 => (seconds / 86_400.0, "day"),
        _ => (seconds / 86_400.0, "days"),
    };
    format!("{}{NBSP}{unit}", number(value))
}

/// The calendar form of an instant in UTC; the edges of the calendar where it lies outside.
pub fn calendar(time: SimTime) -> civil::DateTime {
    Timestamp::from_nanosecond(i128::from(time.nanos()))
        .map_or(civil::DateTime::MIN, |stamp| TimeZone::UTC.to_datetime(stamp))
}

/// A date: `3 Jun 2026`.
pub fn date(time: SimTime) -> String {
    let at = calendar(time);
    format!("{} {} {}", at.day(), month(at.month()), at.year())
}

/// A date with hours and minutes: `3 Jun 2026 06:00`.
pub fn instant(time: SimTime) -> String {
    let at = calendar(time);
    format!("{} {:02}:{:02}", date(time), at.hour(), at.minute())
}

/// The short name of a month, 1..12.
pub fn month(number: i8) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    NAMES.get(usize::try_from(number - 1).unwrap_or(0)).copied().unwrap_or("")
}

/// `1 job`, `2 jobs`.
pub fn plural(value: u64, one: &str, many: &str) -> String {
    format!("{}{NBSP}{}", count(value), if value == 1 { one } else { many })
}

/// Without the zeros that say nothing: `7.50` is `7.5`, `7.0` is `7`.
fn trimmed(text: String) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_grouped() {
        let cases = [
            (0.0, "0"),
            (0.05214, "0.0521"),
            (7.0, "7"),
            (7.346, "7.35"),
            (99.97, "100"),
            (842.4, "842"),
            (12_345.4, "12,345"),
            (999_949.0, "999,949"),
            (999_960.0, "1.00\u{a0}M"),
            (3_400_000.0, "3.40\u{a0}M"),
            (318_540_000.0, "319\u{a0}M"),
            (1.25e9, "1.25\u{a0}G"),
            (-1234.0, "−1,234"),
            (f64::NAN, "–"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(quantity(12_345.0, "GPU-h"), "12,345\u{a0}GPU-h");
        assert_eq!(quantity(7.625_537e15, "tokens"), "7.63\u{a0}P\u{a0}tokens");
        assert_eq!(number(999.6e9), "1.00\u{a0}T");
    }

    #[test]
    fn dollars_are_written_in_thousand_millions() {
        assert_eq!(dollars(3.1e9), "3.10\u{a0}B$");
        assert_eq!(dollars(500e9), "500\u{a0}B$");
        assert_eq!(dollars(-7.3e6), "−7.30\u{a0}M$");
        assert_eq!(dollars(12_345.4), "12,345\u{a0}$");
        assert_eq!(price(2.3149), "2.315\u{a0}$");
        assert_eq!(price(-0.5), "−0.500\u{a0}$");
    }

    #[test]
    fn a_share_that_is_not_all_never_reads_as_all() {
        assert_eq!(share(0.873), "87.3\u{a0}%");
        assert_eq!(share(1.0), "100\u{a0}%");
        assert_eq!(share(0.999_99), "99.99\u{a0}%");
        assert_eq!(share(0.0), "0\u{a0}%");
        assert_eq!(share(0.0002), "0.02\u{a0}%");
        assert_eq!(share(-0.053), "−5.3\u{a0}%");
    }

    #[test]
    fn lengths_change_unit_where_a_reader_would() {
        assert_eq!(length(0.25), "0.25\u{a0}s");
        assert_eq!(length(90.0), "90\u{a0}s");
        assert_eq!(length(204.0), "3.4\u{a0}min");
        assert_eq!(length(281.4), "4.7\u{a0}min");
        assert_eq!(length(7560.0), "2.1\u{a0}h");
        assert_eq!(length(259_200.0), "3\u{a0}days");
    }

    #[test]
    fn dates_are_read_in_utc() {
        let time = SimTime::parse("2026-06-03T06:00:00").expect("a date");
        assert_eq!(instant(time), "3 Jun 2026 06:00");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(plural(1, "job", "jobs"), "1\u{a0}job");
    }
}
