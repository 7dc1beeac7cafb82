//! The state, and what each input does to it.

use super::fact::{Election, Fact, Free, Input, Refused, What};
use super::terms::{
    Assignment, Clause, CounterOffer, Item, Kind, Package, Part, Party, Right, Terms, digest,
};
use crate::amount::{Rounding, mul_div};
use crate::notice::Period;
use base::{Money, SimTime};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A right with everything that has happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstRefusal {
    pub(super) right: Right,
    pub(super) now: SimTime,
    pub(super) holders: Vec<Standing>,
    /// Boxed: they come and go by the thousand, and the map would move its neighbours each time.
    pub(super) offers: BTreeMap<u64, Box<Offer>>,
    last_offer: Option<u64>,
    pub(super) cap_left: Option<Money>,
    pub(super) used_up: BTreeSet<u32>,
    pub(super) ended: bool,
    pub(super) timers: BTreeSet<(SimTime, Timer)>,
    /// Offers of which a clock ended at this instant.
    pub(super) touched: BTreeSet<u64>,
    #[serde(skip)]
    pub(super) facts: Vec<Fact>,
    #[serde(skip)]
    memo: Memo,
}

/// Deadlines found before: a period other than hours ends at the same instant for all that is received on one day. No
/// part of the state: two machines are equal whatever they remember.
#[derive(Clone, Debug, Default)]
struct Memo(Vec<(Period, SimTime, SimTime, SimTime)>);

impl PartialEq for Memo {
    fn eq(&self, _: &Memo) -> bool {
        true
    }
}
impl Eq for Memo {}

/// A holder as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    pub party: Party,
    pub suspended: bool,
    pub ended: bool,
}

/// What comes up by itself; in this order at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Timer {
    Election { offer: u64, holder: usize },
    Signing { offer: u64, holder: usize },
    Tail { offer: u64 },
    Window,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    Free,
    Triggered,
    Electing,
    SecondRound,
    Contracting,
    Tail(SimTime),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claim {
    pub holder: usize,
    pub kw: i64,
    pub deadline: SimTime,
    /// How much it takes; `None` before it has answered.
    pub answer: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contract {
    pub holder: usize,
    pub kw: i64,
    pub price: Money,
    pub deadline: SimTime,
    /// Under which of the offer's notices it was made.
    pub round: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Offer {
    pub third: Party,
    pub blocks: Vec<u32>,
    /// As noticed (or to be noticed).
    pub terms: Terms,
    /// Power neither taken by a holder nor closed.
    pub left: i64,
    /// Power that a holder did not sign for while others were being asked.
    pub returned: i64,
    /// Some of that was contracted under an earlier notice.
    pub returned_old: bool,
    pub stage: Stage,
    pub notice: u128,
    /// How many complete notices there were: two may have the same digest.
    pub round: u32,
    pub rank: Option<u32>,
    pub claims: Vec<Claim>,
    /// Taken in the first round, while the second runs.
    pub held: Vec<(usize, i64)>,
    pub contracts: Vec<Contract>,
    pub waivers: Vec<(usize, Terms)>,
    /// Holders that did not sign: not asked again on this notice.
    pub failed: BTreeSet<usize>,
    /// The offer is gone; only contracts made before are left.
    pub withdrawn: bool,
}

impl FirstRefusal {
    /// A right before anything has happened to it. Terms that [`Right::check`] refuses give a right that is never used.
    pub fn new(right: Right) -> FirstRefusal {
        let standing = |party| Standing { party, suspended: false, ended: false };
        FirstRefusal {
            now: SimTime(i64::MIN),
            holders: right.holders.iter().map(|holder| standing(holder.party)).collect(),
            offers: BTreeMap::new(),
            last_offer: None,
            cap_left: right.cap,
            used_up: BTreeSet::new(),
            ended: false,
            timers: BTreeSet::from([(right.until, Timer::Window)]),
            touched: BTreeSet::new(),
            facts: Vec::new(),
            memo: Memo::default(),
            right,
        }
    }

    /// The terms.
    pub fn right(&self) -> &Right {
        &self.right
    }
    /// When something comes up by itself next.
    pub fn next_deadline(&self) -> Option<SimTime> {
        self.timers.first().map(|&(time, _)| time)
    }
    /// What is left of the cap, if there is one.
    pub fn cap_left(&self) -> Option<Money> {
        self.cap_left
    }
    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.ended
    }
    /// Offers that are still open.
    pub fn open_offers(&self) -> usize {
        self.offers.len()
    }

    /// Everything that happens at `now`: first the deadlines up to it, each at its own time, then the inputs in their
    /// own order. A time before the last one counts as the last one.
    pub fn apply(&mut self, now: SimTime, mut inputs: Vec<Input>) -> Vec<Fact> {
        let now = now.max(self.now);
        self.run_timers(now);
        self.now = now;
        inputs.sort();
        let mut last = None;
        for input in inputs {
            // Everything of one kind happens together: the next kind sees what it led to.
            let kind = std::mem::discriminant(&input);
            if last.replace(kind) != Some(kind) {
                self.settle();
            }
            self.take(input);
        }
        self.settle();
        std::mem::take(&mut self.facts)
    }

    /// Everything that comes up by itself until `now`; what follows from the end of an instant belongs to that instant.
    fn run_timers(&mut self, now: SimTime) {
        loop {
            match self.timers.first().copied().filter(|&(time, _)| time <= now) {
                Some((time, timer)) if time <= self.now || self.touched.is_empty() => {
                    self.now = time.max(self.now);
                    self.timers.pop_first();
                    self.come_up(timer);
                }
                _ if !self.touched.is_empty() => self.settle(),
                _ => return,
            }
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Default { party } => self.suspend(party, true),
            Input::Cure { party } => self.suspend(party, false),
            Input::ControlChange { party } => self.end_holder(party, Clause::ControlChange),
            Input::Assign { party, to } => self.assign(party, to),
            Input::Terminate => self.end(Clause::Termination),
            Input::Offer { offer, third, items, terms } => self.offer(offer, third, &items, terms),
            Input::Notice { offer, parts } => self.notice(offer, &parts),
            Input::Elect { offer, party, election } => self.elect(offer, party, election),
            Input::Sign { offer, party } => self.sign(offer, party),
            Input::Change { offer, third, blocks, terms } => self.change(offer, third, blocks, terms),
            Input::Withdraw { offer } => self.withdraw(offer),
            Input::Close { offer, third, blocks, terms } => self.close(offer, third, blocks, terms),
        }
    }

    /// The first instant that is too late, for what is received now.
    pub(super) fn deadline(&mut self, period: Period) -> SimTime {
        let now = self.now;
        if let Some(known) =
            self.memo.0.iter().find(|&&(p, from, to, _)| p == period && from <= now && now < to)
        {
            return known.3;
        }
        let deadline = self.right.clock.deadline(now, period);
        if !matches!(period, Period::Hours(_)) {
            let (from, to) = self.right.clock.day(now);
            self.memo.0.retain(|&(other, ..)| other != period);
            self.memo.0.push((period, from, to, deadline));
        }
        deadline
    }

    /// The terms have changed: deadlines found before are no longer those.
    pub(super) fn forget_deadlines(&mut self) {
        self.memo.0.clear();
    }

    pub(super) fn say(&mut self, offer: Option<u64>, clause: Clause, what: What) {
        let notice = offer.and_then(|id| self.offers.get(&id)).map_or(0, |offer| offer.notice);
        self.facts.push(Fact { time: self.now, offer, clause, notice, what });
    }
    pub(super) fn refuse(&mut self, offer: Option<u64>, clause: Clause, party: Option<Party>, why: Refused) {
        self.say(offer, clause, What::Refused { party, why });
    }
    /// The holder that `party` is, if its right has not ended.
    fn holder(&self, party: Party) -> Option<usize> {
        self.holders.iter().position(|holder| holder.party == party && !holder.ended)
    }

    // Holders.

    fn suspend(&mut self, party: Party, suspended: bool) {
        let Some(i) = self.holder(party) else {
            return self.refuse(None, Clause::Suspension, Some(party), Refused::NotAHolder);
        };
        if std::mem::replace(&mut self.holders[i].suspended, suspended) != suspended {
            let what = if suspended { What::Suspended { party } } else { What::Resumed { party } };
            self.say(None, Clause::Suspension, what);
        }
    }

    pub(super) fn end_holder(&mut self, party: Party, clause: Clause) {
        let Some(holder) = self.holder(party) else {
            return self.refuse(None, clause, Some(party), Refused::NotAHolder);
        };
        self.holders[holder].ended = true;
        self.say(None, clause, What::HolderEnded { party });
        let ids: Vec<u64> = self.offers.keys().copied().collect();
        for id in ids {
            let Some(offer) = self.offers.get_mut(&id) else { continue };
            let pending =
                offer.claims.iter_mut().find(|claim| claim.holder == holder && claim.answer.is_none());
            let Some(claim) = pending else { continue };
            claim.answer = Some(0);
            self.timers.remove(&(claim.deadline, Timer::Election { offer: id, holder }));
            self.touched.insert(id);
            self.say(Some(id), clause, What::ClockEnded { party });
        }
        if self.holders.iter().all(|holder| holder.ended) {
            self.end(clause);
        }
    }

    fn assign(&mut self, party: Party, to: Party) {
        let Some(i) = self.holder(party) else {
            return self.refuse(None, Clause::Assignment, Some(party), Refused::NotAHolder);
        };
        let allowed = match self.right.assignment {
            Assignment::Personal => false,
            Assignment::Affiliates => self.right.holders[i].affiliates.contains(&to),
            Assignment::Free => true,
        };
        if !allowed || self.holder(to).is_some() {
            return self.refuse(None, Clause::Assignment, Some(party), Refused::NotAssignable);
        }
        self.holders[i].party = to;
        self.say(None, Clause::Assignment, What::Assigned { party, to });
    }

    /// The right ends: offers without a running clock or a contract are free; clocks that run are honoured.
    pub(super) fn end(&mut self, clause: Clause) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        self.say(None, clause, What::Ended);
        let ids: Vec<u64> = self.offers.keys().copied().collect();
        for id in ids {
            let Some(offer) = self.offers.get_mut(&id) else { continue };
            match offer.stage {
                Stage::Triggered => {}
                Stage::Tail(until) => {
                    self.timers.remove(&(until, Timer::Tail { offer: id }));
                }
                _ => continue,
            }
            offer.stage = Stage::Free;
            self.say(Some(id), clause, What::Free { why: Free::RightEnded });
        }
    }

    // Offers and notices.

    fn offer(&mut self, id: u64, third: Party, items: &[Item], terms: Terms) {
        if self.last_offer.is_some_and(|last| id <= last) {
            return self.refuse(Some(id), Clause::Trigger, None, Refused::NumberUsed);
        }
        let power = items
            .iter()
            .try_fold(0i64, |sum, item| if item.kw > 0 { sum.checked_add(item.kw) } else { None });
        if !is_sound(&terms) || power != Some(terms.kw) {
            return self.refuse(Some(id), Clause::Trigger, None, Refused::BadAmount);
        }
        self.last_offer = Some(id);
        let mut offer = Offer {
            third,
            blocks: items.iter().map(|item| item.block).collect(),
            terms,
            left: terms.kw,
            returned: 0,
            returned_old: false,
            stage: Stage::Free,
            notice: 0,
            round: 0,
            rank: None,
            claims: Vec::new(),
            held: Vec::new(),
            contracts: Vec::new(),
            waivers: Vec::new(),
            failed: BTreeSet::new(),
            withdrawn: false,
        };
        let verdict = self.burdened(&mut offer, items);
        let (terms, whole) = (offer.terms, terms);
        let limited = offer.left < terms.kw;
        if verdict.is_none() {
            offer.stage = Stage::Triggered;
            offer.terms = terms.part(offer.left);
        }
        let triggered = offer.terms;
        self.offers.insert(id, Box::new(offer));
        match verdict {
            Some((clause, why)) => self.say(Some(id), clause, What::Free { why }),
            None => {
                if terms != whole {
                    self.say(Some(id), Clause::Package, What::Allocated { terms });
                }
                if limited {
                    self.say(Some(id), Clause::Cap, What::Limited { kw: triggered.kw });
                }
                self.say(Some(id), Clause::Trigger, What::Triggered { terms: triggered });
            }
        }
    }

    /// Cuts the offer to what the right takes hold of, or says why it takes hold of nothing.
    fn burdened(&self, offer: &mut Offer, items: &[Item]) -> Option<(Clause, Free)> {
        let right = &self.right;
        if self.ended || self.now < right.from || self.now >= right.until {
            return Some((Clause::Window, Free::NotInForce));
        }
        if right.until.0.saturating_sub(self.now.0) < right.remaining_floor.0 {
            return Some((Clause::RemainingTerm, Free::TooLittleTerm));
        }
        let in_scope: Vec<&Item> = items.iter().filter(|item| right.scope.holds(&item.attributes)).collect();
        if in_scope.is_empty() {
            return Some((Clause::Scope, Free::OutOfScope));
        }
        let not_carved: Vec<&Item> =
            in_scope.into_iter().filter(|item| !right.carve_out.holds(&item.attributes)).collect();
        if not_carved.is_empty() {
            return Some((Clause::CarveOut, Free::CarvedOut));
        }
        let burdened: Vec<&Item> =
            not_carved.into_iter().filter(|item| !self.used_up.contains(&item.block)).collect();
        if burdened.is_empty() {
            return Some((Clause::Mode, Free::UsedUp));
        }
        if self.holders.iter().all(|holder| holder.ended || holder.suspended) {
            return Some((Clause::Suspension, Free::AllSuspended));
        }
        if burdened.len() < items.len() && right.package == Package::Allocate {
            let kw = burdened.iter().map(|item| item.kw).sum();
            let stated = burdened.iter().map(|item| item.price).collect::<Option<Vec<Money>>>();
            let stated = stated.and_then(Money::checked_sum).filter(|price| price.0 >= 0);
            let part = offer.terms.part(kw);
            offer.terms = Terms { price: stated.unwrap_or(part.price), ..part };
            offer.blocks = burdened.iter().map(|item| item.block).collect();
            offer.left = kw;
        }
        let above = self.cap_left.filter(|&left| offer.terms.price > left);
        if let Some(left) = above {
            let kw = mul_div(offer.terms.kw, left.0, offer.terms.price.0, Rounding::Down).unwrap_or(0);
            match right.partial {
                Some(least) if kw >= least => offer.left = kw,
                _ => return Some((Clause::Cap, Free::AboveCap)),
            }
        }
        None
    }

    fn notice(&mut self, id: u64, parts: &BTreeSet<Part>) {
        let Some(offer) = self.offers.get_mut(&id) else {
            return self.refuse(Some(id), Clause::Notice, None, Refused::NoSuchOffer);
        };
        if offer.stage != Stage::Triggered {
            return self.refuse(Some(id), Clause::Notice, None, Refused::NoNoticeDue);
        }
        let missing: BTreeSet<Part> = self.right.notice.difference(parts).copied().collect();
        if !missing.is_empty() {
            return self.say(Some(id), Clause::Notice, What::Defective { missing });
        }
        let third = if self.right.kind == Kind::FirstOffer { Party(u32::MAX) } else { offer.third };
        offer.notice = digest(&self.right.id, id, &offer.blocks, &offer.terms, third, parts);
        offer.round = offer.round.saturating_add(1);
        (offer.rank, offer.returned_old) = (None, false);
        offer.failed.clear();
        self.next_rank(id);
    }

    // Answers.

    fn elect(&mut self, id: u64, party: Party, election: Election) {
        let clause = match election {
            Election::Exercise { .. } => Clause::Exercise,
            Election::Decline => Clause::Refusal,
            Election::Waive { .. } => Clause::Waiver,
        };
        let Some(holder) = self.holder(party) else {
            return self.refuse(Some(id), clause, Some(party), Refused::NotAHolder);
        };
        let Some(offer) = self.offers.get(&id) else {
            return self.refuse(Some(id), clause, Some(party), Refused::NoSuchOffer);
        };
        let (noticed, second) = (offer.terms, offer.stage == Stage::SecondRound);
        let claim = offer.claims.iter().position(|claim| claim.holder == holder && claim.answer.is_none());
        let Some(position) = claim else {
            return self.refuse(Some(id), clause, Some(party), Refused::NoClock);
        };
        if self.holders[holder].suspended {
            return self.refuse(Some(id), Clause::Suspension, Some(party), Refused::Suspended);
        }
        let available = offer.claims[position].kw;
        match election {
            Election::Decline => {
                self.answer(id, position, 0);
                self.say(Some(id), clause, What::Declined { party });
            }
            Election::Waive { down_to } => {
                if !is_sound(&down_to) {
                    return self.refuse(Some(id), clause, Some(party), Refused::BadAmount);
                }
                self.answer(id, position, 0);
                if let Some(offer) = self.offers.get_mut(&id) {
                    offer.waivers.retain(|&(other, _)| other != holder);
                    offer.waivers.push((holder, down_to));
                }
                self.say(Some(id), clause, What::Waived { party });
            }
            Election::Exercise { terms, conditional } => {
                if !is_sound(&terms) {
                    return self.refuse(Some(id), clause, Some(party), Refused::BadAmount);
                }
                if conditional || !terms.matches(&noticed, self.right.side, self.right.matching) {
                    let refuses = self.right.counter_offer == CounterOffer::Refuses;
                    if refuses {
                        self.answer(id, position, 0);
                    }
                    return self.say(Some(id), Clause::CounterOffer, What::Countered { party, refuses });
                }
                // In the second round any amount may be asked for: what is left is shared out.
                let wrong = match self.right.partial {
                    _ if terms.kw > available => Some((Clause::Exercise, Refused::TooMuch)),
                    _ if terms.kw == available || second => None,
                    None => Some((Clause::Partial, Refused::NoParts)),
                    Some(least) if terms.kw < least => Some((Clause::Partial, Refused::BelowLeastPart)),
                    Some(_) => None,
                };
                if let Some((clause, why)) = wrong {
                    return self.refuse(Some(id), clause, Some(party), why);
                }
                self.answer(id, position, terms.kw);
                self.say(Some(id), clause, What::Exercised { party, kw: terms.kw });
            }
        }
    }

    fn answer(&mut self, id: u64, position: usize, kw: i64) {
        let Some(offer) = self.offers.get_mut(&id) else { return };
        let claim = &mut offer.claims[position];
        claim.answer = Some(kw);
        let timer = (claim.deadline, Timer::Election { offer: id, holder: claim.holder });
        self.timers.remove(&timer);
        self.touched.insert(id);
    }

    fn sign(&mut self, id: u64, party: Party) {
        let holder = self.holders.iter().position(|holder| holder.party == party);
        let contracts = match (self.offers.get_mut(&id), holder) {
            (Some(offer), Some(holder)) => {
                let (signed, others) =
                    offer.contracts.iter().copied().partition(|contract| contract.holder == holder);
                offer.contracts = others;
                signed
            }
            _ => Vec::new(),
        };
        if contracts.is_empty() {
            return self.refuse(Some(id), Clause::Signing, Some(party), Refused::NothingToSign);
        }
        for contract in contracts {
            self.timers.remove(&(contract.deadline, Timer::Signing { offer: id, holder: contract.holder }));
            self.bind(id, contract.holder, contract.kw, contract.price, Clause::Signing);
        }
        self.drop_if_done(id);
    }
}

/// Power of at least one kilowatt, and no negative price.
pub(super) fn is_sound(terms: &Terms) -> bool {
    terms.kw > 0 && terms.price.0 >= 0
}
