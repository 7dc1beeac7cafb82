//! Money in integer micro-dollars.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount of US dollars in integer micro-dollars: -9.2 to +9.2 million million dollars.
///
/// There is no `+`: every operation that can overflow says so, and sums run in `i128`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub i64);

impl Money {
    /// No money.
    pub const ZERO: Money = Money(0);
    /// Micro-dollars in a dollar.
    pub const PER_USD: i64 = 1_000_000;

    /// From dollars, rounded half away from zero to the micro-dollar; `None` if not finite or out of range.
    pub fn from_usd(usd: f64) -> Option<Money> {
        let micro = libm::round(usd * Self::PER_USD as f64);
        (micro.is_finite() && micro.abs() < i64::MAX as f64).then_some(Money(micro as i64))
    }
    /// In dollars; exact up to 2^53 micro-dollars.
    pub fn usd(self) -> f64 {
        self.0 as f64 / Self::PER_USD as f64
    }
    /// The sum, or `None` on overflow.
    pub fn checked_add(self, other: Money) -> Option<Money> {
        self.0.checked_add(other.0).map(Money)
    }
    /// The difference, or `None` on overflow.
    pub fn checked_sub(self, other: Money) -> Option<Money> {
        self.0.checked_sub(other.0).map(Money)
    }
    /// The negation, or `None` on overflow.
    pub fn checked_neg(self) -> Option<Money> {
        self.0.checked_neg().map(Money)
    }
    /// The sum of many amounts, or `None` if it leaves the range of `Money`.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Money>) -> Option<Money> {
        let total: i128 = amounts.into_iter().map(|m| i128::from(m.0)).sum();
        i64::try_from(total).ok().map(Money)
    }
}

/// Digits in groups of three: `9,000,000`.
pub fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// For sentences: `9,000,000 USD`, `-0.25 USD`; every micro-dollar is said, zeros at the end are not.
pub struct ForPeople(Money);

impl Money {
    /// As people write it.
    pub fn for_people(self) -> ForPeople {
        ForPeople(self)
    }
}

impl fmt::Display for ForPeople {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0.0 < 0 { "-" } else { "" };
        let micro = self.0.0.unsigned_abs();
        let (whole, rest) = (grouped(&(micro / 1_000_000).to_string()), format!(".{:06}", micro % 1_000_000));
        write!(f, "{sign}{whole}{} USD", rest.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let micro = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:06}", micro / 1_000_000, micro % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_groups_of_three_and_no_zeros_at_the_end() {
        let said = |micro| Money(micro).for_people().to_string();
        assert_eq!(said(9_000_000_000_000), "9,000,000 USD");
        assert_eq!(said(-250_000), "-0.25 USD");
        assert_eq!(said(0), "0 USD");
        assert_eq!(said(1_234_567_891), "1,234.567891 USD");
        assert_eq!(said(i64::MIN), "-9,223,372,036,854.775808 USD");
    }

    #[test]
    fn the_edge_of_the_range_is_an_answer_not_a_wrap() {
        let most = Money(i64::MAX);
        assert_eq!(most.checked_add(Money(1)), None);
        assert_eq!(Money(i64::MIN).checked_neg(), None);
        assert_eq!(Money::checked_sum([most, Money(1), Money(-1)]), Some(most));
        assert_eq!(Money::from_usd(1e13), None);
        assert_eq!(Money::from_usd(f64::NAN), None);
    }

    #[test]
    fn dollars_print_with_six_digits() {
        assert_eq!(Money(-1_500_000).to_string(), "-1.500000");
        assert_eq!(Money::from_usd(12.3456785), Some(Money(12_345_679)));
        assert_eq!(Money(i64::MIN).to_string(), "-9223372036854.775808");
    }
}
