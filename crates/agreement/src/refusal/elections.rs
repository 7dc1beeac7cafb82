//! Clocks, ranks, allocation, contracts and tails: what follows when the answers are in.

use super::fact::{Free, Revival, What};
use super::machine::{Claim, Contract, FirstRefusal, Stage, Timer};
use super::terms::Clause;
use crate::amount::{Rounding, mul_div, split};
use base::{Money, SimTime};

impl FirstRefusal {
    /// A deadline has come.
    pub(super) fn come_up(&mut self, timer: Timer) {
        match timer {
            Timer::Election { offer: id, holder } => {
                let Some(offer) = self.offers.get_mut(&id) else { return };
                let pending =
                    offer.claims.iter_mut().find(|claim| claim.holder == holder && claim.answer.is_none());
                let Some(claim) = pending else { return };
                claim.answer = Some(0);
                self.touched.insert(id);
                let party = self.holders[holder].party;
                self.say(Some(id), Clause::Silence, What::Lapsed { party });
            }
            Timer::Signing { offer, holder } => self.signing_failed(offer, holder),
            Timer::Tail { offer: id } => {
                let Some(offer) = self.offers.get_mut(&id) else { return };
                offer.stage = Stage::Triggered;
                offer.terms = offer.terms.part(offer.left);
                self.say(Some(id), Clause::Tail, What::Revived { why: Revival::TailExpired });
                if let Some(offer) = self.offers.get_mut(&id) {
                    offer.notice = 0;
                }
            }
            Timer::Window => self.end(Clause::Window),
        }
    }

    /// Goes on with every offer of which all have answered.
    pub(super) fn settle(&mut self) {
        while let Some(id) = self.touched.pop_first() {
            let Some(offer) = self.offers.get(&id) else { continue };
            let running = matches!(offer.stage, Stage::Electing | Stage::SecondRound);
            if running && offer.claims.iter().all(|claim| claim.answer.is_some()) {
                self.resolve(id);
            }
        }
    }

    /// Asks the holders of the next rank; without one, the rest goes to the tail.
    pub(super) fn next_rank(&mut self, id: u64) {
        loop {
            let Some(offer) = self.offers.get(&id) else { return };
            let after = offer.rank;
            let ranks = self.right.holders.iter().map(|holder| holder.rank);
            let next = ranks.filter(|&rank| after.is_none_or(|after| rank > after)).min();
            let (Some(rank), false) = (next, self.ended) else { return self.after_elections(id) };
            if let Some(offer) = self.offers.get_mut(&id) {
                offer.rank = Some(rank);
            }
            if self.ask(id, rank) {
                return;
            }
        }
    }

    /// Starts the clocks of a rank; `false` if none of its holders is to be asked.
    fn ask(&mut self, id: u64, rank: u32) -> bool {
        let Some(offer) = self.offers.get(&id) else { return false };
        let right = &self.right;
        let (mut asked, mut passed) = (Vec::new(), Vec::new());
        for (i, holder) in right.holders.iter().enumerate() {
            let standing = self.holders[i];
            if holder.rank != rank || standing.ended || offer.failed.contains(&i) {
                continue;
            }
            let party = standing.party;
            let covered =
                |down_to| !offer.terms.improves(down_to, right.side, right.matching, right.materiality);
            if standing.suspended {
                passed.push((Clause::Suspension, What::Skipped { party }));
            } else if offer.waivers.iter().any(|(other, down_to)| *other == i && covered(down_to)) {
                passed.push((Clause::Waiver, What::WaiverHolds { party }));
            } else {
                asked.push((i, holder.weight));
            }
        }
        let left = offer.left;
        for (clause, what) in passed {
            self.say(Some(id), clause, what);
        }
        if asked.is_empty() {
            return false;
        }
        let deadline = self.deadline(self.right.election);
        let weights: Vec<u64> = asked.iter().map(|&(_, weight)| weight).collect();
        let shares = split(left, &weights);
        let first = self.right.holders.iter().all(|holder| holder.rank >= rank);
        let clause = match first {
            _ if asked.len() > 1 => Clause::ProRata,
            true => Clause::Clock,
            false => Clause::Rank,
        };
        let claims = asked.iter().zip(shares).map(|(&(holder, _), kw)| (holder, kw)).collect();
        self.start_clocks(id, claims, deadline, clause, Stage::Electing);
        true
    }

    fn start_clocks(
        &mut self,
        id: u64,
        claims: Vec<(usize, i64)>,
        deadline: SimTime,
        clause: Clause,
        stage: Stage,
    ) {
        let Some(offer) = self.offers.get_mut(&id) else { return };
        offer.stage = stage;
        // A share too small for a kilowatt gives no clock: there is nothing to take.
        let claim =
            |&(holder, kw): &(usize, i64)| Claim { holder, kw, deadline, answer: (kw == 0).then_some(0) };
        offer.claims = claims.iter().map(claim).collect();
        for (holder, kw) in claims {
            let party = self.holders[holder].party;
            if kw > 0 {
                self.timers.insert((deadline, Timer::Election { offer: id, holder }));
                self.say(Some(id), clause, What::ClockStarted { party, kw, deadline });
            }
        }
        self.touched.insert(id);
    }

    /// All of a rank have answered.
    fn resolve(&mut self, id: u64) {
        let Some(offer) = self.offers.get_mut(&id) else { return };
        let claims = std::mem::take(&mut offer.claims);
        let taken = |claim: &Claim| (claim.holder, claim.answer.unwrap_or(0));
        let took: Vec<(usize, i64)> = claims.iter().map(taken).filter(|&(_, kw)| kw > 0).collect();
        if offer.stage == Stage::SecondRound {
            let mut held = std::mem::take(&mut offer.held);
            let rest = offer.left - held.iter().map(|&(_, kw)| kw).sum::<i64>();
            for (holder, kw) in self.share_out(rest, took) {
                if let Some(entry) = held.iter_mut().find(|(other, _)| *other == holder) {
                    entry.1 += kw;
                }
            }
            return self.make_contracts(id, held);
        }
        let rest = offer.left - took.iter().map(|&(_, kw)| kw).sum::<i64>();
        let full: Vec<usize> =
            claims.iter().filter(|c| c.kw > 0 && c.answer == Some(c.kw)).map(|c| c.holder).collect();
        match self.right.oversubscription {
            Some(period) if rest > 0 && claims.len() > 1 && !full.is_empty() => {
                offer.held = took;
                let deadline = self.deadline(period);
                self.say(Some(id), Clause::Oversubscription, What::RoundOpened { kw: rest });
                let claims = full.into_iter().map(|holder| (holder, rest)).collect();
                self.start_clocks(id, claims, deadline, Clause::Oversubscription, Stage::SecondRound);
            }
            _ => self.make_contracts(id, took),
        }
    }

    /// Shares `rest` among those who ask, by weight, nobody above what it asked for.
    fn share_out(&self, mut rest: i64, asks: Vec<(usize, i64)>) -> Vec<(usize, i64)> {
        let mut given: Vec<(usize, i64)> = asks.iter().map(|&(holder, _)| (holder, 0)).collect();
        while rest > 0 {
            let weight =
                |i: usize| if given[i].1 < asks[i].1 { self.right.holders[asks[i].0].weight } else { 0 };
            let weights: Vec<u64> = (0..asks.len()).map(weight).collect();
            let shares = split(rest, &weights);
            let before = rest;
            for (i, share) in shares.into_iter().enumerate() {
                let more = share.min(asks[i].1 - given[i].1);
                given[i].1 += more;
                rest -= more;
            }
            if rest == before {
                break;
            }
        }
        given
    }

    /// What holders took becomes contracts, as far as the rules on parts and the cap let it; the rest goes on.
    fn make_contracts(&mut self, id: u64, mut took: Vec<(usize, i64)>) {
        let Some(offer) = self.offers.get(&id) else { return };
        let (left, terms) = (offer.left, offer.terms);
        let total: i64 = took.iter().map(|&(_, kw)| kw).sum();
        let too_dear = self.cap_left.is_some_and(|cap| terms.part(total).price > cap);
        let fall = match self.right.partial {
            None if total > 0 && total < left => Some(Clause::Partial),
            None if too_dear => Some(Clause::Cap),
            _ => None,
        };
        if let Some(clause) = fall {
            for (holder, _) in took.drain(..) {
                let party = self.holders[holder].party;
                self.say(Some(id), clause, What::Fell { party });
            }
        }
        for (holder, kw) in took {
            self.contract(id, holder, kw);
        }
        let Some(offer) = self.offers.get_mut(&id) else { return };
        if offer.returned > 0 {
            // A holder asked before did not sign meanwhile: what returned is offered to the others again.
            offer.left += std::mem::take(&mut offer.returned);
            let first = offer.failed.iter().map(|&i| self.right.holders[i].rank).min();
            let all = std::mem::take(&mut offer.returned_old);
            offer.rank = first.filter(|_| !all).and_then(|rank| rank.checked_sub(1));
        }
        if offer.left > 0 { self.next_rank(id) } else { self.after_elections(id) }
    }

    fn contract(&mut self, id: u64, holder: usize, mut kw: i64) {
        let party = self.holders[holder].party;
        let deadline = self.right.signing.map(|period| self.deadline(period));
        let Some(offer) = self.offers.get_mut(&id) else { return };
        let mut price = offer.terms.part(kw).price;
        if let Some(left) = self.cap_left.filter(|&left| price > left) {
            kw = mul_div(kw, left.0, price.0, Rounding::Down).unwrap_or(0);
            price = offer.terms.part(kw).price.min(left);
            if kw < self.right.partial.unwrap_or(i64::MAX) {
                return self.say(Some(id), Clause::Cap, What::Fell { party });
            }
        }
        offer.left -= kw;
        if let Some(deadline) = deadline {
            offer.contracts.push(Contract { holder, kw, price, deadline, round: offer.round });
            self.timers.insert((deadline, Timer::Signing { offer: id, holder }));
            self.say(Some(id), Clause::Signing, What::Contracting { party, kw, price, deadline });
        }
        if let Some(cap) = self.cap_left {
            let left = Money(cap.0 - price.0);
            self.cap_left = Some(left);
            self.say(Some(id), Clause::Cap, What::CapTaken { by: price, left });
        }
        if deadline.is_none() {
            self.bind(id, holder, kw, price, Clause::Exercise);
        }
    }

    /// The power is bound to a holder.
    pub(super) fn bind(&mut self, id: u64, holder: usize, kw: i64, price: Money, clause: Clause) {
        let party = self.holders[holder].party;
        self.say(Some(id), clause, What::Bound { party, kw, price });
        self.use_up(id);
        // Only a right with a cap that is used up looks through all offers.
        let pending = |right: &FirstRefusal| right.offers.values().any(|offer| !offer.contracts.is_empty());
        if self.cap_left == Some(Money::ZERO) && !pending(self) {
            self.end(Clause::Cap);
        }
    }

    fn signing_failed(&mut self, id: u64, holder: usize) {
        let Some(offer) = self.offers.get_mut(&id) else { return };
        let (failed, others) =
            offer.contracts.iter().copied().partition::<Vec<_>, _>(|contract| contract.holder == holder);
        offer.contracts = others;
        // What was contracted under an earlier notice has been offered to nobody under this one, on terms that may be
        // other terms: all holders are asked, also the one that did not sign then.
        let old = failed.iter().any(|contract| contract.round != offer.round);
        if failed.iter().any(|contract| contract.round == offer.round) {
            offer.failed.insert(holder);
        }
        let kw = failed.iter().map(|contract| contract.kw).sum();
        let price = failed.iter().map(|contract| contract.price.0).sum();
        for contract in &failed {
            self.timers.remove(&(contract.deadline, Timer::Signing { offer: id, holder }));
        }
        let party = self.holders[holder].party;
        self.say(Some(id), Clause::Signing, What::SigningFailed { party, kw });
        if let Some(cap) = self.cap_left {
            let left = Money(cap.0 + price);
            self.cap_left = Some(left);
            self.say(Some(id), Clause::Cap, What::CapReturned { by: Money(price), left });
        }
        let rank = self.right.holders[holder].rank;
        let Some(offer) = self.offers.get_mut(&id) else { return };
        match offer.stage {
            _ if offer.withdrawn => self.drop_if_done(id),
            Stage::Electing | Stage::SecondRound => {
                offer.returned += kw;
                offer.returned_old |= old;
            }
            // Revived meanwhile: the new notice covers it.
            Stage::Triggered | Stage::Free => offer.left += kw,
            Stage::Contracting | Stage::Tail(_) => {
                if let Stage::Tail(until) = offer.stage {
                    self.timers.remove(&(until, Timer::Tail { offer: id }));
                }
                offer.left += kw;
                offer.rank = if old { None } else { rank.checked_sub(1) };
                self.next_rank(id);
            }
        }
    }

    /// Nobody is left to ask.
    fn after_elections(&mut self, id: u64) {
        let Some(offer) = self.offers.get_mut(&id) else { return };
        if offer.left == 0 {
            offer.stage = Stage::Contracting;
            return self.drop_if_done(id);
        }
        if self.ended {
            offer.stage = Stage::Free;
            return self.say(Some(id), Clause::Termination, What::Free { why: Free::RightEnded });
        }
        let kw = offer.left;
        let until = self.deadline(self.right.tail);
        if let Some(offer) = self.offers.get_mut(&id) {
            offer.stage = Stage::Tail(until);
        }
        self.timers.insert((until, Timer::Tail { offer: id }));
        self.say(Some(id), Clause::Tail, What::TailOpened { kw, until });
    }
}
