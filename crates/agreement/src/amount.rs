//! Integer arithmetic with a stated rounding: shares, prices, and splits that lose nothing.

use base::Money;
use serde::{Deserialize, Serialize};

/// An amount left the range of its integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl std::fmt::Display for Overflow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an amount is out of range")
    }
}
impl std::error::Error for Overflow {}

/// What happens to the part that an integer cannot hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rounding {
    /// To the nearest, halves away from zero: the rule of most invoices.
    #[default]
    HalfAway,
    /// To the nearest, halves to the even neighbour.
    HalfEven,
    /// Towards zero.
    Down,
    /// Away from zero.
    Up,
}

/// `amount * factor / divisor`, exact until the one rounding; `None` if the result leaves 64 bits or `divisor` is 0.
pub fn mul_div(amount: i64, factor: i64, divisor: i64, rounding: Rounding) -> Option<i64> {
    let product = i128::from(amount) * i128::from(factor);
    let divisor = i128::from(divisor);
    let (quotient, rest) = (product.checked_div(divisor)?, product.checked_rem(divisor)?);
    let twice = 2 * rest.unsigned_abs();
    let away = match rounding {
        Rounding::Down => false,
        Rounding::Up => rest != 0,
        Rounding::HalfAway => twice >= divisor.unsigned_abs(),
        Rounding::HalfEven => {
            twice > divisor.unsigned_abs() || (twice == divisor.unsigned_abs() && quotient % 2 != 0)
        }
    };
    let direction = if (product < 0) == (divisor < 0) { 1 } else { -1 };
    i64::try_from(quotient + if away && rest != 0 { direction } else { 0 }).ok()
}

/// A share of a whole in millionths: 0.2 is 200,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(pub u32);

impl Share {
    /// Nothing.
    pub const NONE: Share = Share(0);
    /// The whole.
    pub const WHOLE: Share = Share(1_000_000);

    /// Reads `0.2` with up to six decimals; `None` below 0 or above 1.
    pub fn parse(text: &str) -> Option<Share> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = decimals.bytes().chain(whole.bytes()).all(|b| b.is_ascii_digit());
        if !digits || whole.is_empty() || decimals.len() > 6 || whole.len() > 1 {
            return None;
        }
        let millionths: u32 = format!("{whole}{decimals:0<6}").parse().ok()?;
        (millionths <= Self::WHOLE.0).then_some(Share(millionths))
    }
    /// The share of an amount.
    pub fn of(self, amount: Money, rounding: Rounding) -> Option<Money> {
        self.of_quantity(amount.0, rounding).map(Money)
    }
    /// The share of a quantity.
    pub fn of_quantity(self, quantity: i64, rounding: Rounding) -> Option<i64> {
        mul_div(quantity, i64::from(self.0), i64::from(Self::WHOLE.0), rounding)
    }
}

/// A price: so much money for so many units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// The money.
    pub amount: Money,
    /// The units that it buys; at least 1.
    pub per: i64,
}

impl Price {
    /// A micro-dollar for each unit: for commitments that count money itself.
    pub const MONEY: Price = Price { amount: Money(1), per: 1 };

    /// What `quantity` costs; `None` on overflow.
    pub fn of(self, quantity: i64, rounding: Rounding) -> Option<Money> {
        mul_div(quantity, self.amount.0, self.per, rounding).map(Money)
    }
}

/// Splits `total` (not negative) in proportion to `weights` by largest remainders, ties to the earlier: the parts sum to
/// `total`. All zero if every weight is.
pub fn split(total: i64, weights: &[u64]) -> Vec<i64> {
    let sum: u128 = weights.iter().map(|&w| u128::from(w)).sum();
    if sum == 0 || total <= 0 {
        return vec![0; weights.len()];
    }
    let whole = u128::from(total.unsigned_abs());
    let products: Vec<(u128, u128)> = weights.iter().map(|&w| ratio(whole, u128::from(w), sum)).collect();
    let mut parts: Vec<i64> = products.iter().map(|&(quotient, _)| quotient as i64).collect();
    let mut left = total - parts.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(products[i].1), i));
    for i in order {
        if left == 0 {
            break;
        }
        parts[i] += 1;
        left -= 1;
    }
    parts
}

/// Quotient and remainder of `whole * weight / sum`; both factors fit 64 bits, so that the product fits 128.
fn ratio(whole: u128, weight: u128, sum: u128) -> (u128, u128) {
    (whole * weight / sum, whole * weight % sum)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_go_where_the_rule_says() {
        let round = |amount, rounding| mul_div(amount, 1, 2, rounding).unwrap();
        assert_eq!([5, -5, 3, 1].map(|a| round(a, Rounding::HalfAway)), [3, -3, 2, 1]);
        assert_eq!([5, -5, 3, 1].map(|a| round(a, Rounding::HalfEven)), [2, -2, 2, 0]);
        assert_eq!([5, -5].map(|a| round(a, Rounding::Down)), [2, -2]);
        assert_eq!([5, -5].map(|a| round(a, Rounding::Up)), [3, -3]);
        assert_eq!(mul_div(7, 1, -2, Rounding::Up), Some(-4));
        assert_eq!(mul_div(1, 1, 0, Rounding::Down), None);
        assert_eq!(mul_div(i64::MAX, 2, 1, Rounding::Down), None);
        assert_eq!(mul_div(i64::MAX, i64::MAX, i64::MAX, Rounding::Down), Some(i64::MAX));
    }

    #[test]
    fn shares_are_read_and_applied() {
        assert_eq!(Share::parse("0.2"), Some(Share(200_000)));
        assert_eq!(Share::parse("1"), Some(Share::WHOLE));
        for wrong in ["1.1", "-0.2", "20 %", "", ".5", "0.1234567", "0.2.1", "é"] {
            assert_eq!(Share::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Share(200_000).of(Money(12), Rounding::HalfAway), Some(Money(2)));
        assert_eq!(Price { amount: Money(3), per: 2 }.of(5, Rounding::HalfAway), Some(Money(8)));
    }

    proptest! {
        #[test]
        fn a_split_loses_nothing_and_is_fair(total in 0i64..=i64::MAX, weights in prop::collection::vec(0u64..=u64::MAX / 8, 1..7)) {
            let parts = split(total, &weights);
            let sum: u128 = weights.iter().map(|&w| u128::from(w)).sum();
            prop_assert_eq!(parts.iter().sum::<i64>(), if sum == 0 { 0 } else { total });
            if weights.iter().any(|&w| w > 0) {
                for (&part, &weight) in parts.iter().zip(&weights) {
                    let floor = (total as u128 * u128::from(weight) / sum) as i64;
                    prop_assert!(part == floor || part == floor + 1);
                }
            }
        }
    }
}
