//! Which money pays for what.

use super::{Funds, Payee, Short};
use crate::fact::CapitalFact;
use crate::plan::{Funding, Waiting};
use crate::word::Purpose;
use base::id::SiteId;
use base::{Money, SimTime};
use std::collections::{BTreeMap, VecDeque};

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

    /// What is missing of all these bills, in micro-dollars, however what there is may be spent on them.
    pub fn missing_for(&self, bills: &[(SiteId, Purpose, Money)]) -> i128 {
        let mut needs: BTreeMap<(SiteId, usize), i128> = BTreeMap::new();
        for &(site, purpose, amount) in bills {
            *needs.entry((site, purpose.index())).or_default() += i128::from(amount.0);
        }
        let covers =
            |at: usize, &(site, purpose): &(SiteId, usize)| self.covers(at, &[site], Purpose::ALL[purpose]);
        let there: Vec<i128> = (0..self.purses.len()).map(|at| i128::from(self.available(at))).collect();
        let usable: Vec<Vec<usize>> =
            needs.keys().map(|need| (0..there.len()).filter(|&at| covers(at, need)).collect()).collect();
        let wanted: Vec<i128> = needs.into_values().collect();
        wanted.iter().sum::<i128>() - most_paid(&wanted, &usable, there)
    }
}

/// The most that tranches can pay together, where each may be spent on some of the needs: a greatest flow, grown along
/// shortest paths on which one tranche takes over from another what that had given.
fn most_paid(wanted: &[i128], usable: &[Vec<usize>], mut left: Vec<i128>) -> i128 {
    let mut given = vec![vec![0_i128; left.len()]; wanted.len()];
    let mut paid = 0;
    for from in 0..wanted.len() {
        let mut rest = wanted[from];
        while rest > 0 {
            // By tranche: the need through which it is reached. By need: the tranche that would be set free of it.
            let mut through: Vec<Option<usize>> = vec![None; left.len()];
            let mut freed: Vec<Option<usize>> = vec![None; wanted.len()];
            let mut queue = VecDeque::from([from]);
            let mut found = None;
            while let (Some(need), None) = (queue.pop_front(), found) {
                for &at in &usable[need] {
                    if through[at].is_some() {
                        continue;
                    }
                    through[at] = Some(need);
                    if left[at] > 0 {
                        found = Some(at);
                        break;
                    }
                    for other in (0..wanted.len()).filter(|&other| other != from && given[other][at] > 0) {
                        if freed[other].is_none() {
                            freed[other] = Some(at);
                            queue.push_back(other);
                        }
                    }
                }
            }
            let Some(last) = found else { break };
            let mut path = Vec::new();
            let mut at = Some(last);
            while let Some((tranche, need)) = at.and_then(|at| through[at].map(|need| (at, need))) {
                path.push((need, tranche));
                at = freed[need];
            }
            // Each need but the first gives back to the tranche before it what the one after it pays now.
            let back = path.iter().filter_map(|&(need, _)| freed[need].map(|at| given[need][at]));
            let amount = back.chain([left[last], rest]).min().unwrap_or(0);
            for (need, tranche) in path {
                given[need][tranche] += amount;
                if let Some(at) = freed[need] {
                    given[need][at] -= amount;
                }
            }
            left[last] -= amount;
            rest -= amount;
            paid += amount;
        }
    }
    paid
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
    #![allow(clippy::unwrap_used)]

    use super::{most_paid, share};
    use proptest::prelude::*;

    #[test]
    fn what_two_may_pay_goes_where_nobody_else_pays() {
        // The first need took the second tranche's money first; the second need has no other.
        assert_eq!(most_paid(&[10, 10], &[vec![1, 0], vec![1]], vec![10, 10]), 20);
        assert_eq!(most_paid(&[10, 10, 5], &[vec![2, 1, 0], vec![2, 1], vec![2]], vec![10, 10, 3]), 23);
        assert_eq!(most_paid(&[7, 9], &[vec![0], vec![]], vec![100]), 7, "nobody pays the second");
    }

    proptest! {
        #[test]
        fn the_most_that_can_be_paid_is_what_the_scarcest_set_of_needs_leaves(
            wanted in proptest::collection::vec(0i128..50, 1..6),
            left in proptest::collection::vec(0i128..50, 1..5),
            masks in proptest::collection::vec(0usize..32, 6),
        ) {
            let usable: Vec<Vec<usize>> = (0..wanted.len())
                .map(|need| (0..left.len()).filter(|at| masks[need] >> at & 1 == 1).collect())
                .collect();
            // Of any set of needs no more is paid than what may be spent on them.
            let shortest = (0..1usize << wanted.len()).map(|set| {
                let of = |need: &usize| set >> need & 1 == 1;
                let needs: i128 = (0..wanted.len()).filter(of).map(|need| wanted[need]).sum();
                let serves = |at: &usize| (0..wanted.len()).filter(of).any(|need| usable[need].contains(at));
                needs - (0..left.len()).filter(serves).map(|at| left[at]).sum::<i128>()
            });
            let missing = shortest.max().unwrap();
            prop_assert_eq!(most_paid(&wanted, &usable, left), wanted.iter().sum::<i128>() - missing);
        }

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
