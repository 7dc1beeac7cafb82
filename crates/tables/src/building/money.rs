//! What the facts of capital add up to, month by month.

use crate::error::TableError;
use base::id::TrancheId;
use base::{Money, Month, SimTime, Span};
use buildout::{InterestPart, Plan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use twin::fact::CapitalFact;

/// The site of what was spent at none: interest on money in hand.
const NOWHERE: u32 = u32::MAX;

/// One month of one tranche.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct MonthSums {
    pub(crate) called: i64,
    pub(crate) spent: i64,
    pub(crate) capitalised: i64,
    pub(crate) paid: i64,
    pub(crate) operating: i64,
}

/// One tranche over the whole run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Purse {
    pub(crate) committed: i64,
    pub(crate) called: i64,
    pub(crate) spent: i64,
    /// From when to when it could be called.
    pub(crate) opened: Option<SimTime>,
    pub(crate) lapsed: Option<SimTime>,
}

/// Sums of capital.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Capital {
    pub(crate) purses: Vec<Purse>,
    pub(crate) months: BTreeMap<(Month, u32), MonthSums>,
    /// By month, tranche, site and purpose.
    pub(crate) uses: BTreeMap<(Month, u32, u32, usize), i64>,
    pub(crate) stopped: Option<(SimTime, u32, Money)>,
    /// Micro-dollars times seconds in hand, up to `since`.
    pub(crate) idle: i128,
    since: SimTime,
}

impl Capital {
    pub(crate) fn new(plan: &Plan) -> Capital {
        let tranches = plan.capital.as_ref().map_or(0, |capital| capital.tranches.len());
        Capital { purses: vec![Purse::default(); tranches], since: plan.start, ..Capital::default() }
    }

    /// Called and not spent, over all tranches; micro-dollars.
    pub(crate) fn in_hand(&self) -> i128 {
        self.purses.iter().map(|purse| i128::from(purse.called) - i128::from(purse.spent)).sum()
    }

    /// Counts what is in hand up to now.
    pub(crate) fn until(&mut self, now: SimTime) {
        self.idle += self.in_hand() * i128::from((now - self.since).0 / Span::SECOND.0);
        self.since = now;
    }

    fn purse(&mut self, tranche: TrancheId) -> Result<&mut Purse, TableError> {
        let known = self.purses.len();
        self.purses
            .get_mut(tranche.index())
            .ok_or_else(|| TableError::Unbalanced(format!("a fact names tranche {} of {known}", tranche.0)))
    }

    pub(crate) fn add(&mut self, now: SimTime, fact: &CapitalFact) -> Result<(), TableError> {
        match fact {
            CapitalFact::Committed { tranche, amount, .. } => self.purse(*tranche)?.committed = amount.0,
            CapitalFact::Opened { tranche, .. } => self.purse(*tranche)?.opened = Some(now),
            CapitalFact::Lapsed { tranche, .. } => self.purse(*tranche)?.lapsed = Some(now),
            CapitalFact::Called { tranche, amount, .. } => {
                self.until(now);
                let purse = self.purse(*tranche)?;
                purse.called += amount.0;
                if purse.called > purse.committed {
                    return Err(wrong(*tranche, "more is called than was promised"));
                }
                self.month(Month::of(now), *tranche).called += amount.0;
            }
            CapitalFact::Spent { tranche, site, purpose, amount, .. } => {
                self.until(now);
                let purse = self.purse(*tranche)?;
                purse.spent += amount.0;
                if purse.spent > purse.called {
                    return Err(wrong(*tranche, "more is spent than was called"));
                }
                let month = Month::of(now);
                self.month(month, *tranche).spent += amount.0;
                let site = site.map_or(NOWHERE, |site| site.0);
                *self.uses.entry((month, tranche.0, site, purpose.index())).or_default() += amount.0;
            }
            CapitalFact::Interest { tranche, part, amount, .. } => {
                let sums = self.month(Month::of(now), *tranche);
                match part {
                    InterestPart::Capitalised => sums.capitalised += amount.0,
                    InterestPart::Paid => sums.paid += amount.0,
                    InterestPart::Operating => sums.operating += amount.0,
                }
            }
            CapitalFact::Short { .. } => {}
            CapitalFact::Stopped { since, blocks, missing } => {
                self.stopped = Some((*since, *blocks, *missing))
            }
        }
        Ok(())
    }

    fn month(&mut self, month: Month, tranche: TrancheId) -> &mut MonthSums {
        self.months.entry((month, tranche.0)).or_default()
    }
}

fn wrong(tranche: TrancheId, what: &str) -> TableError {
    TableError::Unbalanced(format!("tranche {}: {what}", tranche.0))
}
