//! The register of assets: what was put to use, when, over which life, and what was depreciated of it (straight line).

use crate::account::AssetClass;
use crate::books::LedgerError;
use crate::entry::PartyId;
use crate::tariff;
use base::id::{BlockId, SiteId};
use base::{Money, SimTime, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was put to use at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Whose.
    pub partner: PartyId,
    /// Where.
    pub site: Option<SiteId>,
    /// In which block; none where it is of no block.
    pub block: Option<BlockId>,
    /// Of which class.
    pub class: AssetClass,
    /// At cost.
    pub cost: Money,
    /// From when on it is depreciated.
    pub since: SimTime,
    /// Depreciated so far.
    pub charged: Money,
}

/// All that is depreciated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    lots: Vec<Lot>,
    /// By class; none is never depreciated.
    lives: BTreeMap<AssetClass, Span>,
}

/// Depreciation by partner, site and class.
pub type Charges = BTreeMap<(PartyId, Option<SiteId>, AssetClass), Money>;

impl Register {
    /// Nothing yet; classes without a life are not depreciated.
    pub fn new(lives: BTreeMap<AssetClass, Span>) -> Register {
        Register { lots: Vec::new(), lives }
    }

    /// Something was put to use.
    pub fn add(
        &mut self,
        partner: PartyId,
        (site, block): (Option<SiteId>, Option<BlockId>),
        class: AssetClass,
        cost: Money,
        since: SimTime,
    ) {
        self.lots.push(Lot { partner, site, block, class, cost, since, charged: Money::ZERO });
    }

    /// Takes what is in use in a block, of one class, out of the register, as it was depreciated so far.
    pub fn take_out(&mut self, block: BlockId, class: AssetClass) -> Vec<Lot> {
        let goes = |lot: &Lot| lot.block == Some(block) && lot.class == class;
        let gone = self.lots.iter().copied().filter(goes).collect();
        self.lots.retain(|lot| !goes(lot));
        gone
    }

    /// What is in use.
    pub fn lots(&self) -> &[Lot] {
        &self.lots
    }

    /// What is to be depreciated up to an instant and was not yet, by partner, site and class. The sum over the whole
    /// life is the cost, to the micro-dollar. Lots that are written off are forgotten.
    ///
    /// # Errors
    /// [`LedgerError::Amount`] if a sum leaves the range.
    pub fn charge(&mut self, until: SimTime) -> Result<Charges, LedgerError> {
        let too_much = || LedgerError::Amount { what: "the depreciation of a month".to_owned() };
        let mut charges = BTreeMap::new();
        for lot in &mut self.lots {
            let Some(&life) = self.lives.get(&lot.class) else { continue };
            let elapsed = Span(until.0.saturating_sub(lot.since.0));
            let due = tariff::straight_line(lot.cost, life, elapsed).ok_or_else(too_much)?;
            let more = due.checked_sub(lot.charged).ok_or_else(too_much)?;
            lot.charged = due;
            if more != Money::ZERO {
                let sum: &mut Money = charges.entry((lot.partner, lot.site, lot.class)).or_default();
                *sum = sum.checked_add(more).ok_or_else(too_much)?;
            }
        }
        let lives = &self.lives;
        self.lots.retain(|lot| !lives.contains_key(&lot.class) || lot.charged != lot.cost);
        Ok(charges)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::month::Month;

    #[test]
    fn a_life_charges_the_cost_to_the_last_micro_dollar() {
        let start = SimTime::parse("2026-01-15").unwrap();
        let life = tariff::years(3.0).unwrap();
        let mut register = Register::new(BTreeMap::from([(AssetClass::Systems, life)]));
        let cost = Money(1_000_000_000_001);
        register.add(PartyId(0), (Some(SiteId(2)), None), AssetClass::Systems, cost, start);
        register.add(PartyId(0), (None, None), AssetClass::Land, Money(5), start);
        let (mut month, mut sum, mut months) = (Month::of(start), 0, 0);
        for _ in 0..48 {
            let charges = register.charge(month.end()).unwrap();
            if let Some(amount) = charges.get(&(PartyId(0), Some(SiteId(2)), AssetClass::Systems)) {
                sum += amount.0;
                months += 1;
            }
            month = month.next();
        }
        assert_eq!((sum, months), (cost.0, 37), "from the middle of a month to the middle of another");
        assert_eq!(register.lots().len(), 1, "land stays");
    }

    #[test]
    fn a_month_charges_its_share_of_the_life() {
        let start = SimTime::parse("2026-01-01").unwrap();
        let mut register = Register::new(BTreeMap::from([(AssetClass::Shell, tariff::years(10.0).unwrap())]));
        register.add(PartyId(1), (None, None), AssetClass::Shell, Money::from_usd(3652.5).unwrap(), start);
        let january = register.charge(Month::of(start).end()).unwrap();
        // 31 of 3652.5 days.
        assert_eq!(january[&(PartyId(1), None, AssetClass::Shell)], Money::from_usd(31.0).unwrap());
    }
}
