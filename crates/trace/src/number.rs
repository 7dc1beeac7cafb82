//! Numbers from bytes, by hand: no row of a log is worth an allocation.

/// Why some bytes are not the number that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotANumber {
    /// No number at all: letters, blanks, `NaN`, `inf`.
    Broken,
    /// A number below zero where none can be.
    Negative,
    /// A number that does not fit.
    TooLarge,
}

/// A whole number.
pub(crate) fn whole(text: &[u8]) -> Result<i64, NotANumber> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() {
        return Err(NotANumber::Broken);
    }
    let mut value: i64 = 0;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return whole_of_decimal(text);
        }
        value = match value.checked_mul(10).and_then(|v| v.checked_add(i64::from(digit))) {
            Some(value) => value,
            None if digits.iter().all(u8::is_ascii_digit) => return Err(NotANumber::TooLarge),
            None => return whole_of_decimal(text),
        };
    }
    Ok(if negative { -value } else { value })
}

/// `8.0` and `1e3` are whole numbers too; `8.5` is not.
#[cold]
fn whole_of_decimal(text: &[u8]) -> Result<i64, NotANumber> {
    let value = float(text)?;
    if value != libm::trunc(value) {
        return Err(NotANumber::Broken);
    }
    // 2^53: beyond it a float no longer knows its last digit.
    if value.abs() > 9_007_199_254_740_992.0 {
        return Err(NotANumber::TooLarge);
    }
    Ok(value as i64)
}

/// A whole number of at least zero.
pub(crate) fn count(text: &[u8]) -> Result<u64, NotANumber> {
    // The common case is short and made of digits alone; what is not takes the long way.
    if text.is_empty() || text.len() > 19 {
        return long_count(text);
    }
    let mut value: u64 = 0;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return long_count(text);
        }
        // 19 digits always fit.
        value = value * 10 + u64::from(digit);
    }
    Ok(value)
}

/// A sign, a point, an exponent, or 20 digits and more.
#[cold]
fn long_count(text: &[u8]) -> Result<u64, NotANumber> {
    let digits = text.strip_prefix(b"+").unwrap_or(text);
    if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
        let push = |value: u64, digit: &u8| value.checked_mul(10)?.checked_add(u64::from(digit - b'0'));
        return digits.iter().try_fold(0, push).ok_or(NotANumber::TooLarge);
    }
    u64::try_from(whole(text)?).map_err(|_| NotANumber::Negative)
}

/// A decimal number times 10^9: seconds as nanoseconds, exactly; digits beyond the ninth are cut.
pub(crate) fn billionths(text: &[u8]) -> Result<i64, NotANumber> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let mut value: i64 = 0;
    let mut at = 0;
    while let Some(digit) = digits.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit <= 9) {
        value = match value.checked_mul(10).and_then(|v| v.checked_add(i64::from(digit))) {
            Some(value) => value,
            None => return billionths_of_float(text),
        };
        at += 1;
    }
    let (before, mut scale) = (at, 1_000_000_000);
    let mut part: i64 = 0;
    if digits.get(at) == Some(&b'.') {
        at += 1;
        while let Some(digit) = digits.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit <= 9)
        {
            scale /= 10;
            part += i64::from(digit) * scale;
            at += 1;
        }
    }
    if at < digits.len() || (before == 0 && at < 2) {
        return billionths_of_float(text);
    }
    let value = value.checked_mul(1_000_000_000).and_then(|v| v.checked_add(part));
    value.map(|v| if negative { -v } else { v }).ok_or(NotANumber::TooLarge)
}

/// The rare forms: an exponent, or more digits than 64 bits hold.
#[cold]
fn billionths_of_float(text: &[u8]) -> Result<i64, NotANumber> {
    let scaled = libm::round(float(text)? * 1e9);
    if scaled.abs() < i64::MAX as f64 { Ok(scaled as i64) } else { Err(NotANumber::TooLarge) }
}

/// A finite number in any form that is made of digits, sign, point and exponent.
fn float(text: &[u8]) -> Result<f64, NotANumber> {
    let plain = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    if !text.iter().all(plain) {
        return Err(NotANumber::Broken);
    }
    let value: f64 = std::str::from_utf8(text).ok().and_then(|t| t.parse().ok()).ok_or(NotANumber::Broken)?;
    if value.is_finite() { Ok(value) } else { Err(NotANumber::TooLarge) }
}

/// A time of day on a date, `2017-10-09 07:01:55` or with a `T`, in seconds since 1970 as if it were UTC.
///
/// The days come from the civil-date rule that counts years from March, so that the leap day is a year's last.
pub(crate) fn naive_timestamp(text: &[u8]) -> Option<i64> {
    let text: &[u8; 19] = text.try_into().ok()?;
    let two = |at: usize| -> Option<i64> {
        let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
        (tens <= 9 && ones <= 9).then(|| i64::from(tens * 10 + ones))
    };
    let marks = [text[4], text[7], text[13], text[16]] == *b"--::" && matches!(text[10], b' ' | b'T');
    if !marks {
        return None;
    }
    let (year, month, day) = (two(0)? * 100 + two(2)?, two(5)?, two(8)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let month_days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if day < 1
        || day > month_days
        || hour > 23
        || minute > 59
        || second > 59
        || !(1700..=2200).contains(&year)
    {
        return None;
    }
    let march_year = if month <= 2 { year - 1 } else { year };
    let march_month = (month + 9) % 12;
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let days = 365 * march_year + march_year / 4 - march_year / 100 + march_year / 400 + day_of_year;
    // 719,468 days lie between 1 March of the year 0 and 1 January 1970.
    Some((days - 719_468) * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn odd_forms_are_told_apart() {
        assert_eq!(whole(b"-12"), Ok(-12));
        assert_eq!(whole(b"8.0"), Ok(8));
        assert_eq!(whole(b"8.5"), Err(NotANumber::Broken));
        assert_eq!(whole(b""), Err(NotANumber::Broken));
        assert_eq!(whole(b"-"), Err(NotANumber::Broken));
        assert_eq!(whole(b"NaN"), Err(NotANumber::Broken));
        assert_eq!(whole(b"99999999999999999999"), Err(NotANumber::TooLarge));
        assert_eq!(count(b"-1"), Err(NotANumber::Negative));
        assert_eq!(count(b"18446744073709551615"), Ok(u64::MAX));
        assert_eq!(count(b"18446744073709551616"), Err(NotANumber::TooLarge));
        assert_eq!(count(b"9999999999999999999"), Ok(9_999_999_999_999_999_999));
        assert_eq!((count(b"+7"), count(b"7.0"), count(b"")), (Ok(7), Ok(7), Err(NotANumber::Broken)));
        assert_eq!(billionths(b"66.5"), Ok(66_500_000_000));
        assert_eq!(billionths(b"-.25"), Ok(-250_000_000));
        assert_eq!(billionths(b"1e3"), Ok(1_000_000_000_000));
        assert_eq!(billionths(b"0.1234567899"), Ok(123_456_789));
        for broken in [&b"inf"[..], b"nan", b".", b"", b"1.2.3", b"0x1", b"--1", b"1 2"] {
            assert_eq!(billionths(broken), Err(NotANumber::Broken), "{broken:?}");
        }
        assert_eq!(billionths(b"1e400"), Err(NotANumber::TooLarge));
        assert_eq!(billionths(b"10000000000"), Err(NotANumber::TooLarge));
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        assert_eq!(naive_timestamp(b"1970-01-01 00:00:00"), Some(0));
        assert_eq!(naive_timestamp(b"2017-02-29 00:00:00"), None);
        assert_eq!(naive_timestamp(b"2017-13-01 00:00:00"), None);
        assert_eq!(naive_timestamp(b"2017-12-01 24:00:00"), None);
        assert_eq!(naive_timestamp(b"2017-12-01"), None);
        assert_eq!(naive_timestamp(b"2017/12/01 00:00:00"), None);
    }

    proptest! {
        #[test]
        fn whole_numbers_agree_with_the_standard_library(value: i64) {
            prop_assume!(value != i64::MIN);
            prop_assert_eq!(whole(value.to_string().as_bytes()), Ok(value));
        }

        #[test]
        fn seconds_keep_every_nanosecond(nanos in -9_000_000_000_000_000_000i64..9_000_000_000_000_000_000) {
            let sign = if nanos < 0 { "-" } else { "" };
            let (whole, part) = (nanos.unsigned_abs() / 1_000_000_000, nanos.unsigned_abs() % 1_000_000_000);
            let text = format!("{sign}{whole}.{part:09}");
            prop_assert_eq!(billionths(text.as_bytes()), Ok(nanos));
        }

        #[test]
        fn timestamps_agree_with_the_calendar(seconds in -8_000_000_000i64..7_000_000_000) {
            let text = base::SimTime(seconds * 1_000_000_000).to_string();
            prop_assert_eq!(naive_timestamp(&text.as_bytes()[..19]), Some(seconds), "{}", text);
        }

        #[test]
        fn no_bytes_panic(text in proptest::collection::vec(any::<u8>(), 0..24)) {
            let _ = (whole(&text), count(&text), billionths(&text), naive_timestamp(&text));
        }
    }
}
