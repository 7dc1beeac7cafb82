//! Which money pays for what.

use super::{Funds, Payee, Short};
use crate::fact::CapitalFact;
use crate::plan::{Funding, Waiting};
use crate::word::Purpose;
use base::id::SiteId;
use base::{Money, SimTime};

/// What one tranche gives to one purpose.
type Part = (usize, Purpose, i64);

/// Tranches that nobody behind the one that waits may take from.
#[derive(Clone, Debug, Default)]
pub struct Kept(Vec<bool>);

impl Kept {
    fn holds(&self, at: usize) -> bool {
        self.0.get(at).copied().unwrap_or(false)
    }
}

impl Funds {
    /// Pays for all of these purposes, or for none.
    ///
    /// # Errors
    /// What is missing for the first of them that cannot be paid.
    pub fn pay(
        &mut self,
        now: SimTime,
        to: Payee,
        bill: &[(Purpose, Money)],
        kept: &Kept,
        out: &mut Vec<CapitalFact>,
    ) -> Result<(), Short> {
        self.pay_at(now, &[to.site], Some(to), bill, kept, out)
    }

    /// The same with money for any of these sites, and for no block in particular if `to` is none.
    pub(super) fn pay_at(
        &mut self,
        now: SimTime,
        sites: &[SiteId],
        to: Option<Payee>,
        bill: &[(Purpose, Money)],
        kept: &Kept,
        out: &mut Vec<CapitalFact>,
    ) -> Result<(), Short> {
        let parts = self.parts(sites, bill, kept)?;
        for (at, purpose, amount) in parts {
            self.spend(now, at, to, purpose, amount, out);
        }
        let (called, spent, hand) = self.sums();
        assert_eq!(called, spent + hand, "capital called is capital spent and in hand");
        Ok(())
    }

    /// Whether all of these purposes could be paid.
    pub fn can_pay(&self, site: SiteId, bill: &[(Purpose, Money)], kept: &Kept) -> Result<(), Short> {
        self.parts(&[site], bill, kept).map(|_| ())
    }

    /// What each tranche would give.
    fn parts(&self, sites: &[SiteId], bill: &[(Purpose, Money)], kept: &Kept) -> Result<Vec<Part>, Short> {
        let mut left: Vec<i64> =
            (0..self.purses.len()).map(|at| if kept.holds(at) { 0 } else { self.available(at) }).collect();
        let mut parts = Vec::new();
        for &(purpose, wanted) in bill.iter().filter(|(_, wanted)| wanted.0 > 0) {
            let usable: Vec<usize> =
                (0..left.len()).filter(|&at| left[at] > 0 && self.covers(at, sites, purpose)).collect();
            let mut missing = wanted.0;
            for group in self.groups(&usable) {
                for (at, amount) in share(missing, &group, &left) {
                    left[at] -= amount;
                    missing -= amount;
                    parts.push((at, purpose, amount));
                }
                if missing == 0 {
                    break;
                }
            }
            if missing > 0 {
                return Err(Short { purpose, wanted, missing: Money(missing) });
            }
        }
        Ok(parts)
    }

    /// The tranches in the order in which they are emptied, those of one group together.
    fn groups(&self, usable: &[usize]) -> Vec<Vec<usize>> {
        let (debt, equity): (Vec<usize>, Vec<usize>) = usable.iter().partition(|&&at| self.is_debt(at));
        match self.plan.funding {
            Funding::ProRata => vec![usable.to_vec()],
            Funding::EquityFirst => vec![equity, debt],
            Funding::DebtFirst => vec![debt, equity],
        }
    }

    /// Keeps for one that waits what it may be paid from, if nobody may overtake.
    pub fn keep(&self, site: SiteId, bill: &[(Purpose, Money)], kept: &mut Kept) {
        if self.plan.waiting == Waiting::WhoeverFits {
            return;
        }
        kept.0.resize(self.purses.len(), false);
        for (at, keeps) in kept.0.iter_mut().enumerate() {
            *keeps |= bill.iter().any(|&(purpose, wanted)| wanted.0 > 0 && self.covers(at, &[site], purpose));
        }
    }

    /// What there is for building at any of these sites, in micro-dollars.
    pub fn prospect_of(&self, sites: &[SiteId]) -> i128 {
        let covers = |at: &usize| Purpose::ALL.iter().any(|&purpose| self.covers(*at, sites, purpose));
        (0..self.purses.len()).filter(covers).map(|at| i128::from(self.available(at))).sum()
    }
}

/// `wanted`, or as much of it as there is, over the tranches of a group in proportion to what is left of each, to the
/// micro-dollar; what rounding leaves goes to the first.
fn share(wanted: i64, group: &[usize], left: &[i64]) -> Vec<(usize, i64)> {
    let all: i128 = group.iter().map(|&at| i128::from(left[at])).sum();
    let wanted = i128::from(wanted).min(all);
    if wanted <= 0 {
        return Vec::new();
    }
    let mut parts: Vec<(usize, i64)> =
        group.iter().map(|&at| (at, (i128::from(left[at]) * wanted / all) as i64)).collect();
    let given: i128 = parts.iter().map(|&(_, amount)| i128::from(amount)).sum();
    let mut rest = (wanted - given) as i64;
    for (at, amount) in &mut parts {
        if rest == 0 {
            break;
        }
        if *amount < left[*at] {
            *amount += 1;
            rest -= 1;
        }
    }
    parts.retain(|&(_, amount)| amount > 0);
    parts
}

#[cfg(test)]
mod tests {
    use super::share;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shares_sum_to_what_is_wanted_and_none_gives_more_than_it_has(
            left in proptest::collection::vec(0i64..1_000_000_000_000_000_000, 1..8),
            wanted in 0i64..i64::MAX,
        ) {
            let group: Vec<usize> = (0..left.len()).collect();
            let parts = share(wanted, &group, &left);
            let given: i128 = parts.iter().map(|&(_, amount)| i128::from(amount)).sum();
            let all: i128 = left.iter().map(|&amount| i128::from(amount)).sum();
            prop_assert_eq!(given, i128::from(wanted).min(all));
            for (at, amount) in parts {
                prop_assert!(amount <= left[at]);
            }
        }
    }
}
