//! The cheapest way through an hour.
//!
//! Without units that have a least load, an hour is a linear programme with one balance: offers of energy at a price,
//! bids for energy at a value (the firm load at a very high one, shiftable training at what it is worth, the grid's buying
//! price for what may be sold). Going down the bids and up the offers until the price meets the value is exact; the
//! numbers are integers, so that the balance is exact too. Units with a least load are committed by `Commitment`.

use crate::balance::Joules;
use serde::{Deserialize, Serialize};

/// Micro-dollars for a megawatt-hour.
pub type Price = i64;

/// Energy that can be had in the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The most of it.
    pub most: Joules,
    /// Its price; may be negative.
    pub price: Price,
}

/// Energy that somebody would take in the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bid {
    /// The most of it.
    pub most: Joules,
    /// What it is worth; what is not served costs this much.
    pub value: Price,
}

/// Who gives and who gets, in the order of offers and bids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleared {
    /// Taken from each offer.
    pub taken: Vec<Joules>,
    /// Served to each bid.
    pub served: Vec<Joules>,
    /// Value served less price paid, in micro-dollars times joules for a megawatt-hour (divide by
    /// `Joules::PER_MWH`): exact.
    pub surplus: i128,
}

impl Cleared {
    /// Everything taken, which is everything served.
    pub fn energy(&self) -> Joules {
        self.taken.iter().copied().sum()
    }
}

/// Clears the hour: the largest value less price. Equal prices go to the earlier offer, equal values to the earlier bid;
/// nothing is traded where value and price are equal.
///
/// Exact: an optimum of the linear programme `max sum(value * served) - sum(price * taken)`, `sum(taken) = sum(served)`.
pub fn clear(offers: &[Offer], bids: &[Bid]) -> Cleared {
    let mut cleared = Cleared::default();
    clear_into(offers, bids, &mut cleared);
    cleared
}

/// As `clear`, into a result that is used again.
pub fn clear_into(offers: &[Offer], bids: &[Bid], cleared: &mut Cleared) {
    cleared.taken.clear();
    cleared.taken.resize(offers.len(), Joules::ZERO);
    cleared.served.clear();
    cleared.served.resize(bids.len(), Joules::ZERO);
    cleared.surplus = 0;
    let mut cheapest = next(offers.len(), None, |i| (offers[i].price, i));
    let mut dearest = next(bids.len(), None, |i| (-i128::from(bids[i].value), i));
    while let (Some((price, offer)), Some((value, bid))) = (cheapest, dearest) {
        if -value <= i128::from(price) {
            break;
        }
        let left = offers[offer].most.0.max(0) - cleared.taken[offer].0;
        let wanted = bids[bid].most.0.max(0) - cleared.served[bid].0;
        let traded = left.min(wanted);
        cleared.taken[offer].0 += traded;
        cleared.served[bid].0 += traded;
        cleared.surplus += (-value - i128::from(price)) * i128::from(traded);
        if traded == left {
            cheapest = next(offers.len(), cheapest, |i| (offers[i].price, i));
        }
        if traded == wanted {
            dearest = next(bids.len(), dearest, |i| (-i128::from(bids[i].value), i));
        }
    }
}

/// The smallest key after `last`: an hour has a handful of offers, and looking them through beats sorting them.
fn next<K: Ord + Copy>(
    count: usize,
    last: Option<(K, usize)>,
    key: impl Fn(usize) -> (K, usize),
) -> Option<(K, usize)> {
    let mut best = None;
    for i in 0..count {
        let k = key(i);
        if last.is_none_or(|last| k > last) && best.is_none_or(|best| k < best) {
            best = Some(k);
        }
    }
    best
}

/// A group of equal units with a least load, for an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitGroup {
    /// Units that can run in this hour (those not in repair).
    pub available: u32,
    /// Units that ran in the hour before.
    pub running: u32,
    /// The most that one gives in the hour.
    pub most: Joules,
    /// The most that one gives in the hour in which it starts; at most `most`.
    pub starting_most: Joules,
    /// The least that one gives in the hour if it runs.
    pub least: Joules,
    /// Price of its energy, at the margin.
    pub price: Price,
    /// Micro-dollars for an hour of one running unit (no-load fuel).
    pub running_cost: i64,
    /// Micro-dollars for a start. A start serves more than this hour: give the share that this hour shall bear.
    pub start_cost: i64,
}

impl UnitGroup {
    /// The least and the most energy of the group in the hour with `on` units running. Those that run go on running
    /// before others start.
    pub fn range(&self, on: u32) -> (Joules, Joules) {
        let (old, new) = (i64::from(on.min(self.running)), i64::from(on.saturating_sub(self.running)));
        let most = self.most.0.max(0);
        let starting = self.starting_most.0.clamp(0, most);
        let least = self.least.0.clamp(0, most);
        let times = |a: i64, b: i64| a.saturating_mul(old).saturating_add(b.saturating_mul(new));
        (Joules(times(least, least.min(starting))), Joules(times(most, starting)))
    }
}

/// Which units run, and the cleared hour: first the offers of the caller, then two for each group (its least load, then
/// the rest).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commitment {
    /// Running units of each group.
    pub on: Vec<u32>,
    /// The hour.
    pub cleared: Cleared,
    /// Surplus of the hour less running and starting costs, scaled as `Cleared::surplus`.
    pub surplus: i128,
    /// Least-load energy that nobody could take and that is burnt for nothing; 0 wherever fewer units would do.
    pub spilled: Joules,
}

/// Decides which units run in this hour, and clears it.
///
/// The surplus is a concave function of the numbers of running units (a linear programme seen through its right-hand
/// side, less convex start costs). The search climbs by one group or a pair of groups at a time, in steps that halve to
/// one unit, from the units that ran before, and with several groups from none and from all as well: exact for one group;
/// with several it can stop short of the optimum (the tests measure by how much). It looks at this hour only.
pub fn commit(offers: &[Offer], groups: &[UnitGroup], bids: &[Bid]) -> Commitment {
    let mut committer = Committer::default();
    let surplus = committer.commit(offers, groups, bids);
    Commitment { spilled: committer.spilled, on: committer.on, cleared: committer.cleared, surplus }
}

/// Commits hour after hour in the same memory: what [`commit`] makes, without allocating.
#[derive(Clone, Debug, Default)]
pub struct Committer {
    /// Running units of each group.
    pub on: Vec<u32>,
    /// The cleared hour, as in [`Commitment`].
    pub cleared: Cleared,
    /// As in [`Commitment`].
    pub spilled: Joules,
    offers: Vec<Offer>,
    other: Vec<u32>,
}

impl Committer {
    /// Decides which units run in this hour, and clears it; returns the surplus. See [`commit`].
    pub fn commit(&mut self, offers: &[Offer], groups: &[UnitGroup], bids: &[Bid]) -> i128 {
        self.offers.clear();
        self.offers.extend_from_slice(offers);
        self.on.clear();
        self.on.extend(groups.iter().map(|group| group.running.min(group.available)));
        let (mut on, mut other) = (std::mem::take(&mut self.on), std::mem::take(&mut self.other));
        let mut search =
            Search { offers: &mut self.offers, own: offers.len(), groups, bids, cleared: &mut self.cleared };
        let mut best = search.climb_from(&mut on);
        if groups.len() > 1 {
            for all in [false, true] {
                other.clear();
                other.extend(groups.iter().map(|group| if all { group.available } else { 0 }));
                let surplus = search.climb_from(&mut other);
                if surplus > best {
                    best = surplus;
                    std::mem::swap(&mut on, &mut other);
                }
            }
        }
        let surplus = search.surplus(&on);
        self.spilled = search.spilled(&on);
        (self.on, self.other) = (on, other);
        surplus
    }
}

struct Search<'a> {
    /// The caller's offers, then two for each group.
    offers: &'a mut Vec<Offer>,
    own: usize,
    groups: &'a [UnitGroup],
    bids: &'a [Bid],
    cleared: &'a mut Cleared,
}

/// The price of energy that must go: below every other.
const MUST_RUN: Price = Price::MIN / 2;

impl Search<'_> {
    /// The surplus of the hour with so many units running; leaves the cleared hour behind.
    fn surplus(&mut self, on: &[u32]) -> i128 {
        self.offers.truncate(self.own);
        let mut fixed: i128 = 0;
        for (group, &on) in self.groups.iter().zip(on) {
            let (least, most) = group.range(on);
            self.offers.push(Offer { most: least, price: MUST_RUN });
            self.offers.push(Offer { most: most - least, price: group.price });
            let starts = i128::from(on.saturating_sub(group.running));
            let running = i128::from(group.running_cost) * i128::from(on);
            let money = running + i128::from(group.start_cost) * starts;
            // Least load is paid for whether it is taken or not. Figures out of a file can be anything: no overflow.
            let least_cost = i128::from(group.price) * i128::from(least.0);
            fixed = fixed.saturating_add(money.saturating_mul(i128::from(Joules::PER_MWH)));
            fixed = fixed.saturating_add(least_cost);
        }
        clear_into(self.offers, self.bids, self.cleared);
        // The must-run price is only there to go first: it is taken out of the surplus again.
        let musts = self.cleared.taken[self.own..].iter().step_by(2);
        let forced: i128 = musts.map(|taken| i128::from(MUST_RUN) * i128::from(taken.0)).sum();
        self.cleared.surplus += forced;
        self.cleared.surplus.saturating_sub(fixed)
    }

    fn spilled(&self, on: &[u32]) -> Joules {
        let least = self.groups.iter().zip(on).map(|(group, &on)| group.range(on).0);
        let taken = self.cleared.taken[self.own..].iter().copied().step_by(2);
        least.sum::<Joules>() - taken.sum::<Joules>()
    }

    /// Climbs from these numbers of running units to where no move helps; the surplus there. Steps double while they
    /// help and halve where they do not. A single group's surplus is concave: where no step of one unit helps, none
    /// does, and most hours end after two looks. With several groups, wide steps may help where narrow ones do not.
    fn climb_from(&mut self, on: &mut [u32]) -> i128 {
        let mut best = self.surplus(on);
        let widest = self.groups.iter().map(|group| group.available).max().unwrap_or(0);
        let widest = i64::from(widest.next_power_of_two().max(1));
        let mut step = if self.groups.len() == 1 { 1 } else { widest };
        let mut rising = self.groups.len() == 1;
        while step >= 1 {
            match self.climb(on, best, step) {
                Some(better) => {
                    best = better;
                    step = if rising { (step * 2).min(widest) } else { step };
                }
                None => {
                    rising = false;
                    step /= 2;
                }
            }
        }
        best
    }

    /// Moves to a better neighbour, if there is one: one group up or down by `step`, or one up and another down.
    fn climb(&mut self, on: &mut [u32], best: i128, step: i64) -> Option<i128> {
        for i in 0..on.len() {
            for change in [step, -step] {
                if let Some(better) = self.try_move(on, best, &[(i, change)]) {
                    return Some(better);
                }
            }
        }
        for i in 0..on.len() {
            for j in (0..on.len()).filter(|&j| j != i) {
                // The two steps may differ so that about the same energy changes hands.
                let ratio = self.groups[i].most.0.max(1) as f64 / self.groups[j].most.0.max(1) as f64;
                let other = (libm::round(step as f64 * ratio) as i64).max(1);
                if let Some(better) = self.try_move(on, best, &[(i, step), (j, -other)]) {
                    return Some(better);
                }
            }
        }
        None
    }

    fn try_move(&mut self, on: &mut [u32], best: i128, moves: &[(usize, i64)]) -> Option<i128> {
        // At most a pair of groups moves at a time.
        let mut before = [0; 2];
        let mut changed = false;
        for (&(i, change), before) in moves.iter().zip(&mut before) {
            *before = on[i];
            let target = (i64::from(on[i]) + change).clamp(0, i64::from(self.groups[i].available));
            on[i] = target as u32;
            changed |= on[i] != *before;
        }
        if changed {
            let surplus = self.surplus(on);
            if surplus > best {
                return Some(surplus);
            }
        }
        moves.iter().zip(before).for_each(|(&(i, _), was)| on[i] = was);
        None
    }
}
