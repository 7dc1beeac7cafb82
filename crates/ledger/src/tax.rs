//! Taxes on income: a rate on the profit of an accounting year, after losses carried forward.
//!
//! Each month accrues what the year so far owes, less what its earlier months accrued: a loss late in a year gives back
//! what its early months owed, and no more. At the end of the year a loss is added to the pool of losses, which has no
//! end; a profit may use up to `loss_offset_share` of itself from the pool.

use agreement::amount::{Rounding, mul_div};
use base::Money;
use serde::{Deserialize, Serialize};

/// The tax position of one partner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxPosition {
    /// Losses of earlier years that no profit has offset yet.
    pub losses: Money,
    /// Profit of the year so far.
    pub profit: Money,
    /// Tax of the year so far.
    pub tax: Money,
}

/// Parts of a whole in millionths.
const WHOLE: i64 = 1_000_000;

impl TaxPosition {
    /// What earlier losses offset of the profit of the year so far.
    fn offset(&self, offset_share: u32) -> Option<Money> {
        let profit = self.profit.max(Money::ZERO);
        let most = mul_div(profit.0, i64::from(offset_share), WHOLE, Rounding::Down)?;
        Some(Money(most.min(self.losses.0)))
    }

    /// A month is over: its profit before tax (negative: a loss). Returns the tax to accrue, which is negative where the
    /// year so far owes less than before; `None` on overflow.
    pub fn month(&mut self, profit: Money, rate: u32, offset_share: u32) -> Option<Money> {
        self.profit = self.profit.checked_add(profit)?;
        let taxed = self.profit.max(Money::ZERO).checked_sub(self.offset(offset_share)?)?;
        let owed = Money(mul_div(taxed.0, i64::from(rate), WHOLE, Rounding::HalfAway)?);
        let accrued = owed.checked_sub(self.tax)?;
        self.tax = owed;
        Some(accrued)
    }

    /// The accounting year is over: its losses are carried forward, or earlier ones used up. Returns the tax of the year;
    /// `None` on overflow.
    pub fn year(&mut self, offset_share: u32) -> Option<Money> {
        let used = self.offset(offset_share)?;
        let loss = Money((-self.profit.0).max(0));
        let losses = self.losses.checked_sub(used)?.checked_add(loss)?;
        let tax = self.tax;
        *self = TaxPosition { losses, ..TaxPosition::default() };
        Some(tax)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const RATE: u32 = 250_000;
    const OFFSET: u32 = 800_000;

    fn months(position: &mut TaxPosition, profits: &[i64]) -> i64 {
        profits.iter().map(|&profit| position.month(Money(profit), RATE, OFFSET).unwrap().0).sum()
    }

    #[test]
    fn losses_are_carried_forward_and_offset_a_share_of_later_profits() {
        let mut position = TaxPosition::default();
        assert_eq!(months(&mut position, &[-1000, 200, -200]), 0);
        assert_eq!(position.year(OFFSET), Some(Money(0)));
        assert_eq!(position.losses, Money(1000));
        // 80 % of 500 is offset: a quarter of 100.
        assert_eq!(months(&mut position, &[500]), 25);
        assert_eq!(position.year(OFFSET), Some(Money(25)));
        assert_eq!(position.losses, Money(600));
        // 600 are left, less than 80 % of 1000: a quarter of 400.
        assert_eq!(months(&mut position, &[700, 300]), 100);
        position.year(OFFSET).unwrap();
        assert_eq!(position.losses, Money(0));
    }

    #[test]
    fn a_year_owes_by_its_whole_profit_whatever_its_months_were() {
        let mut position = TaxPosition::default();
        assert_eq!(months(&mut position, &[400, 400, -300, -100]), 100);
        assert_eq!(position.year(OFFSET), Some(Money(100)));
        assert_eq!(position.losses, Money(0));
        assert_eq!(months(&mut position, &[400, -900]), 0);
        position.year(OFFSET).unwrap();
        assert_eq!(position.losses, Money(500));
    }

    #[test]
    fn the_edge_is_an_answer() {
        let mut position = TaxPosition { profit: Money(i64::MAX), ..TaxPosition::default() };
        assert_eq!(position.month(Money(1), RATE, OFFSET), None);
    }
}
