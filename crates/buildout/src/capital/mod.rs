//! Who pays: tranches that open, are called, spent and bear interest. For each tranche, at every instant, in
//! micro-dollars: called = spent + in hand, and called + callable + lapsed = committed.

mod fund;
mod interest;

pub use fund::Kept;

use crate::fact::CapitalFact;
use crate::plan::{Capital, Condition, Tranche};
use crate::word::{Instrument, Purpose};
use base::id::{BlockId, SiteId, TrancheId};
use base::{Money, SimTime};
use interest::Debts;
use serde::{Deserialize, Serialize};

/// Where a payment goes.
#[derive(Clone, Copy, Debug)]
pub struct Payee {
    /// The site.
    pub site: SiteId,
    /// The block.
    pub block: BlockId,
}

/// What is missing of a payment that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// The first purpose that cannot be paid.
    pub purpose: Purpose,
    /// The payment for it.
    pub wanted: Money,
    /// What is missing of that.
    pub missing: Money,
}

/// What has become of one tranche.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purse {
    /// Whether it can be called.
    pub open: bool,
    /// Whether its date has passed.
    pub lapsed: bool,
    /// Called so far.
    pub called: i64,
    /// Spent so far.
    pub spent: i64,
    /// Called and not spent.
    pub hand: i64,
}

/// The state of all capital.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Funds {
    plan: Capital,
    purses: Vec<Purse>,
    debts: Debts,
}

impl Funds {
    /// Nothing called yet; `sites` are those of the blocks.
    pub fn new(plan: &Capital, sites: &[SiteId], start: SimTime) -> Funds {
        Funds {
            purses: vec![Purse::default(); plan.tranches.len()],
            debts: Debts::new(plan, sites, start),
            plan: plan.clone(),
        }
    }

    /// The tranches, in the order of their indices.
    pub fn tranches(&self) -> &[Tranche] {
        &self.plan.tranches
    }

    /// The purse of a tranche.
    pub fn purse(&self, tranche: TrancheId) -> &Purse {
        &self.purses[tranche.index()]
    }

    /// What each tranche promises.
    pub fn commitments(&self) -> impl Iterator<Item = CapitalFact> {
        self.plan.tranches.iter().enumerate().map(|(at, tranche)| CapitalFact::Committed {
            partner: tranche.partner,
            tranche: TrancheId::new(at),
            instrument: tranche.instrument,
            amount: tranche.amount,
        })
    }

    /// Opens the tranches whose date has come and whose conditions are met, in their order. Says whether any did.
    pub fn open(
        &mut self,
        now: SimTime,
        met: impl Fn(&Condition) -> bool,
        out: &mut Vec<CapitalFact>,
    ) -> bool {
        let mut any = false;
        for at in 0..self.purses.len() {
            let tranche = &self.plan.tranches[at];
            let purse = &self.purses[at];
            if purse.open || purse.lapsed || now < tranche.from || !tranche.conditions.iter().all(&met) {
                continue;
            }
            self.purses[at].open = true;
            any = true;
            out.push(CapitalFact::Opened { partner: tranche.partner, tranche: TrancheId::new(at) });
            if tranche.at_once {
                self.call(now, at, tranche.amount.0, out);
            }
        }
        any
    }

    /// A tranche can be called no more.
    pub fn lapse(&mut self, tranche: TrancheId, out: &mut Vec<CapitalFact>) {
        let (plan, purse) = (&self.plan.tranches[tranche.index()], &mut self.purses[tranche.index()]);
        purse.open = false;
        purse.lapsed = true;
        let amount = Money(plan.amount.0 - purse.called);
        out.push(CapitalFact::Lapsed { partner: plan.partner, tranche, amount });
    }

    /// What a tranche has for spending: in hand, and to be called.
    fn available(&self, at: usize) -> i64 {
        let purse = &self.purses[at];
        let callable = if purse.open { self.plan.tranches[at].amount.0 - purse.called } else { 0 };
        purse.hand + callable
    }

    /// Whether a tranche may be spent on this at any of these sites.
    fn covers(&self, at: usize, sites: &[SiteId], purpose: Purpose) -> bool {
        let tranche = &self.plan.tranches[at];
        let here = tranche.sites.is_empty() || sites.iter().any(|&site| tranche.goes_to(site));
        here && (tranche.purposes.is_empty() || tranche.purposes.contains(&purpose))
    }

    /// Puts money that was called in hand.
    fn call(&mut self, now: SimTime, at: usize, amount: i64, out: &mut Vec<CapitalFact>) {
        if amount == 0 {
            return;
        }
        let tranche = &self.plan.tranches[at];
        let purse = &mut self.purses[at];
        purse.called += amount;
        purse.hand += amount;
        self.debts.called(now, at, amount);
        let (partner, tranche) = (tranche.partner, TrancheId::new(at));
        out.push(CapitalFact::Called { partner, tranche, amount: Money(amount) });
    }

    /// Spends from one tranche, calling what is not in hand.
    fn spend(
        &mut self,
        now: SimTime,
        at: usize,
        to: Option<Payee>,
        purpose: Purpose,
        amount: i64,
        out: &mut Vec<CapitalFact>,
    ) {
        let lacking = (amount - self.purses[at].hand).max(0);
        self.call(now, at, self.in_lots(at, lacking), out);
        let purse = &mut self.purses[at];
        purse.hand -= amount;
        purse.spent += amount;
        assert!(
            purse.hand >= 0 && purse.called == purse.spent + purse.hand,
            "called is not spent and in hand"
        );
        let (site, block) = (to.map(|to| to.site), to.map(|to| to.block));
        self.debts.spent(now, at, block, amount);
        let (partner, tranche) = (self.plan.tranches[at].partner, TrancheId::new(at));
        out.push(CapitalFact::Spent { partner, tranche, site, block, purpose, amount: Money(amount) });
    }

    /// An amount in whole lots of the tranche, as far as it reaches.
    fn in_lots(&self, at: usize, amount: i64) -> i64 {
        let tranche = &self.plan.tranches[at];
        let lot = tranche.lot.0.max(1);
        let lots = i128::from(amount / lot + i64::from(amount % lot > 0)) * i128::from(lot);
        let callable = i128::from(tranche.amount.0 - self.purses[at].called);
        lots.min(callable) as i64
    }

    /// The block works from now: what is owed on it is no longer a cost of building.
    pub fn block_works(&mut self, now: SimTime, site: SiteId, block: BlockId) {
        self.debts.block_works(now, &self.plan, (site, block));
    }

    /// All that is called, spent, in hand, over all tranches; micro-dollars.
    pub fn sums(&self) -> (i128, i128, i128) {
        let sum = |part: fn(&Purse) -> i64| self.purses.iter().map(|purse| i128::from(part(purse))).sum();
        (sum(|purse| purse.called), sum(|purse| purse.spent), sum(|purse| purse.hand))
    }

    /// Whether a tranche is debt.
    fn is_debt(&self, at: usize) -> bool {
        self.plan.tranches[at].instrument == Instrument::Debt
    }
}
