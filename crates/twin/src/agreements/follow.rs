//! What becomes of an offer: it is made, noticed, answered, closed; and what follows from each fact of a machine.

use super::fact::{AgreementFact, Allotment, DecidedBy};
use super::{Act, Agreements, Demand, Open};
use agreement::amount::{Rounding, mul_div};
use agreement::refusal::{
    Election, Fact, Input, Item, Part, Party, Policy, Revival, Situation, Terms as OfferTerms, What, decide,
};
use base::id::{AgreementId, PartnerId};
use base::{Money, SimTime, Span, Stream};
use scenario::world::agreements::{Refusal, partner, party};
use std::collections::BTreeSet;

/// Everything that a notice can contain.
const WHOLE: [Part; 7] =
    [Part::Price, Part::Length, Part::Capacity, Part::Start, Part::OtherTerms, Part::Identity, Part::Copy];

impl Agreements {
    /// An offer is made, unless a block of it is taken or the third party barred.
    pub(super) fn make(&mut self, now: SimTime, at: usize) -> Option<(usize, Input)> {
        let offer = self.offers[at].clone();
        let number = offer.number;
        let taken = |(block, _): &&(base::id::BlockId, _)| {
            let state = &self.blocks[block.index()];
            state.free_kw == 0 || state.offered.is_some()
        };
        if let Some((block, _)) = offer.blocks.iter().find(taken) {
            let open = self.blocks[block.index()].offered.map(|other| self.offers[other].number);
            self.said.push(AgreementFact::NotMade { offer: number, block: *block, open });
            return None;
        }
        if let Some(agreement) = self.barred(now, &offer, offer.third) {
            self.said.push(AgreementFact::Barred { offer: number, agreement });
            return None;
        }
        let left: Vec<i64> =
            offer.blocks.iter().map(|(block, _)| self.blocks[block.index()].free_kw).collect();
        let kw = left.iter().sum();
        let price = self.drawn_price(&offer.key, offer.price, offer.price_sigma);
        let terms = OfferTerms {
            kw,
            price: Agreements::price(price, kw, offer.months),
            months: offer.months,
            other: offer.other,
        };
        let right = self.taking_hold(now, &offer);
        for (block, _) in &offer.blocks {
            self.blocks[block.index()].offered = Some(at);
        }
        self.open[at] = Some(Open {
            right,
            third: offer.third,
            terms,
            left,
            burdened: Vec::new(),
            free_kw: 0,
            is_open: true,
            withdrawn: false,
        });
        let agreement = right.map(AgreementId::new);
        self.said.push(AgreementFact::Offered { offer: number, third: offer.third, terms, agreement });
        let Some(right) = right else {
            self.act(now.saturating_add(offer.closes_after), Act::Close { offer: at });
            return None;
        };
        let items = offer.blocks.iter().map(|(block, subject)| Item {
            block: block.0,
            kw: self.blocks[block.index()].free_kw,
            price: None,
            attributes: subject.clone(),
        });
        let input = Input::Offer { offer: number, third: party(offer.third), items: items.collect(), terms };
        Some((right, input))
    }

    /// The price of a megawatt and month, drawn about the scenario's if that says so.
    fn drawn_price(&self, key: &str, price: Money, sigma: f64) -> Money {
        if sigma == 0.0 {
            return price;
        }
        let factor = Stream::new(self.seed, &format!("offer/{key}/price")).at(0).lognormal(0.0, sigma);
        Money(libm::round(price.0 as f64 * factor).clamp(0.0, 9e18) as i64)
    }

    /// The first right by key whose grantor makes this offer, and that burdens it as far as its terms alone say. The
    /// reader refuses scenarios with two.
    fn taking_hold(&self, now: SimTime, offer: &scenario::world::agreements::Offer) -> Option<usize> {
        let holds = |refusal: &Refusal| {
            let right = &refusal.right;
            refusal.grantor == offer.grantor && right.side == offer.side && {
                let in_time = now >= right.from && now < right.until;
                let mut subjects = offer.blocks.iter().map(|(_, subject)| subject);
                in_time && subjects.any(|s| right.scope.holds(s) && !right.carve_out.holds(s))
            }
        };
        let known = |at: &usize| self.is_in_force(*at) && self.refusal(*at).is_some_and(holds);
        let any = |at: &usize| {
            // Out of scope, or out of time: the right says so itself, with the clause.
            self.is_in_force(*at)
                && self.refusal(*at).is_some_and(|r| r.grantor == offer.grantor && r.right.side == offer.side)
        };
        (0..self.rights.len()).find(known).or_else(|| (0..self.rights.len()).find(any))
    }

    /// What a holder answers to what its clock is for, if it answers.
    pub(super) fn answer(
        &mut self,
        at: usize,
        who: Party,
        kw: i64,
        demand: &dyn Demand,
    ) -> Option<(usize, Input)> {
        let offer = &self.offers[at];
        let right = self.open[at].as_ref()?.right?;
        let noticed = self.rights[right].as_ref()?.noticed(offer.number)?;
        let terms = noticed.part(kw);
        let refusal = self.refusal(right)?;
        let holder = self.holder(right, who)?;
        let decision = &refusal.decisions[holder];
        let name = format!(
            "agreement/{}/{}/{}",
            self.agreements[right].key, self.partners[who.0 as usize], offer.key
        );
        // A draw is addressed by the names, so that another offer changes nobody's luck.
        let number = if matches!(decision.policy, Policy::Drawn { .. }) { 0 } else { offer.number };
        let (kilowatts, gpus) = offer.blocks.iter().fold((0, 0), |(kw, gpus), (block, _)| {
            let state = &self.blocks[block.index()];
            (kw + state.kw, gpus + i64::from(state.gpus))
        });
        let waiting = i64::try_from(demand.waiting_milli(partner(who))).unwrap_or(i64::MAX);
        let shortage_kw =
            mul_div(waiting, kilowatts, (gpus * 1000).max(1), Rounding::HalfAway).unwrap_or(i64::MAX);
        let shortage_kw = if gpus == 0 { 0 } else { shortage_kw };
        let situation = Situation { offer: number, terms, shortage_kw };
        let mut election = decide(&decision.policy, &situation, &Stream::new(self.seed, &name))?;
        if let (Some(most), Election::Exercise { terms: all, .. }) = (decision.takes_at_most, &election)
            && most < all.kw
        {
            // It can use a part only: where parts are not allowed it has to let it go.
            election = match refusal.right.partial {
                Some(least) if most >= least => {
                    Election::Exercise { terms: terms.part(most), conditional: false }
                }
                _ => Election::Decline,
            };
        }
        let by = match decision.policy {
            Policy::Threshold { highest, shortage_kw } => DecidedBy::Threshold { highest, shortage_kw },
            Policy::Drawn { probability } => {
                DecidedBy::Draw { probability: libm::round(probability * 1e6) as u32 }
            }
            Policy::Script(_) | Policy::Silent => DecidedBy::Script,
        };
        let takes_kw = match &election {
            Election::Exercise { terms, .. } => terms.kw,
            Election::Decline | Election::Waive { .. } => 0,
        };
        let per = i64::from(terms.months.max(1)).saturating_mul(terms.kw.max(1));
        let (number, version) = (offer.number, self.versions[right].unwrap_or(0) as u32);
        self.said.push(AgreementFact::Decided {
            agreement: AgreementId::new(right),
            version,
            offer: number,
            party: partner(who),
            rate: mul_div(terms.price.0, 1000, per, Rounding::HalfAway).map_or(Money::ZERO, Money),
            shortage_kw,
            by,
            takes_kw,
        });
        Some((right, Input::Elect { offer: number, party: who, election }))
    }

    /// The place of a party among the holders of a right, also where it was handed on.
    fn holder(&self, right: usize, who: Party) -> Option<usize> {
        let refusal = self.refusal(right)?;
        let holders = &refusal.right.holders;
        let named = holders.iter().position(|holder| holder.party == who);
        named.or_else(|| {
            // It decides as the holder did from which it has the right.
            let from = refusal.events.iter().rev().find_map(|(_, input)| match input {
                Input::Assign { party, to } if *to == who => Some(*party),
                _ => None,
            })?;
            holders.iter().position(|holder| holder.party == from)
        })
    }

    pub(super) fn change(&mut self, at: usize, change: usize) -> Option<(usize, Input)> {
        let change = self.offers[at].changes[change].clone();
        let (number, key, sigma) =
            (self.offers[at].number, self.offers[at].key.clone(), self.offers[at].price_sigma);
        let price = self.drawn_price(&key, change.price, sigma);
        let open = self.open[at].as_mut().filter(|open| open.is_open)?;
        open.third = change.third;
        open.terms = OfferTerms {
            price: Agreements::price(price, open.terms.kw, change.months),
            months: change.months,
            other: change.other,
            ..open.terms
        };
        let (terms, right) = (open.terms, open.right?);
        let machine = self.rights[right].as_ref()?;
        let left = machine.left(number).filter(|&left| left > 0)?;
        let blocks = machine.blocks(number).to_vec();
        Some((
            right,
            Input::Change { offer: number, third: party(change.third), blocks, terms: terms.part(left) },
        ))
    }

    pub(super) fn withdraw(&mut self, at: usize) -> Option<(usize, Input)> {
        let number = self.offers[at].number;
        let open = self.open[at].as_mut().filter(|open| open.is_open)?;
        let right = open.right;
        if right
            .is_none_or(|right| self.rights[right].as_ref().is_none_or(|machine| !machine.is_open(number)))
        {
            self.said.push(AgreementFact::Withdrawn { offer: number });
            self.let_go(at);
            return None;
        }
        Some((right?, Input::Withdraw { offer: number }))
    }

    /// The offer is over; blocks of which something is left are free again.
    fn let_go(&mut self, at: usize) {
        let Some(open) = &mut self.open[at] else { return };
        open.is_open = false;
        for (block, _) in &self.offers[at].blocks {
            self.blocks[block.index()].offered = None;
        }
    }

    pub(super) fn close(&mut self, now: SimTime, at: usize) -> Option<(usize, Input)> {
        let offer = self.offers[at].clone();
        let number = offer.number;
        let open = self.open[at].clone().filter(|open| open.is_open && !open.withdrawn)?;
        if let Some(agreement) = self.barred(now, &offer, open.third) {
            self.said.push(AgreementFact::Barred { offer: number, agreement });
            return self.withdraw(at);
        }
        let burdened = open.right.and_then(|right| Some((right, self.rights[right].as_ref()?.left(number)?)));
        let kw: i64 = open.left.iter().sum();
        match burdened {
            Some((right, left)) if left > 0 => {
                let blocks = self.rights[right].as_ref()?.blocks(number).to_vec();
                let terms = open.terms.part(left);
                let input = Input::Close { offer: number, third: party(open.third), blocks, terms };
                // Blocks of the package that the right left out go to the third party with the rest.
                if open.free_kw > 0 {
                    self.close_free(at, open.free_kw);
                }
                Some((right, input))
            }
            _ if kw > 0 => {
                self.close_free(at, kw);
                None
            }
            _ => None,
        }
    }

    /// The grantor closes with the third party on what no right takes hold of.
    fn close_free(&mut self, at: usize, kw: i64) {
        let number = self.offers[at].number;
        let Some(open) = &mut self.open[at] else { return };
        open.free_kw = 0;
        let (third, price) = (open.third, open.terms.part(kw).price);
        self.said.push(AgreementFact::Closed { offer: number, party: third, kw, price });
        self.allot(at, None, third, kw, price, true);
    }

    /// What follows from the facts of a right.
    pub(super) fn follow(&mut self, now: SimTime, right: usize, facts: Vec<Fact>) {
        let version = self.versions[right].unwrap_or(0) as u32;
        for fact in facts {
            let (what, offer, time) = (fact.what.clone(), fact.offer, fact.time);
            self.said.push(AgreementFact::Right { agreement: AgreementId::new(right), version, fact });
            let at = offer.and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
            if let Some(at) = at.filter(|&at| at < self.offers.len()) {
                self.follow_one(now.max(time), right, at, what);
                self.end_withdrawn(right, at);
            }
        }
    }

    /// A withdrawn offer is over when the last contract made under it is signed, or is not.
    fn end_withdrawn(&mut self, right: usize, at: usize) {
        let number = self.offers[at].number;
        let pending = self.rights[right].as_ref().is_some_and(|machine| machine.is_open(number));
        if !pending && self.open[at].as_ref().is_some_and(|open| open.is_open && open.withdrawn) {
            self.let_go(at);
        }
    }

    fn follow_one(&mut self, now: SimTime, right: usize, at: usize, what: What) {
        let (notice_after, closes_after) = (self.offers[at].notice_after, self.offers[at].closes_after);
        let after = |span: Span| now.saturating_add(span);
        match what {
            What::Triggered { .. } => {
                self.note_free_part(right, at);
                let parts = self.offers[at].notice.iter().copied().collect();
                self.act(after(notice_after), Act::Notice { offer: at, parts });
            }
            What::Revived { why } => {
                // A tail that nobody used, where the grantor waits longer than it lasts, would be noticed for ever.
                let idle = why == Revival::TailExpired && self.offers[at].closes_after == Span::FOREVER;
                if !idle {
                    let parts = BTreeSet::from(WHOLE);
                    self.act(after(notice_after), Act::Notice { offer: at, parts });
                }
            }
            What::Defective { .. } => {
                if let Some(span) = self.offers[at].notice_again_after {
                    self.act(after(span), Act::Notice { offer: at, parts: BTreeSet::from(WHOLE) });
                }
            }
            What::ClockStarted { party, kw, deadline } => {
                let answers = self.decision(right, party).map(|decision| after(decision.answers_after));
                if let Some(time) = answers.filter(|&time| time < deadline) {
                    self.act(time, Act::Answer { offer: at, party, kw });
                }
            }
            What::Contracting { party, deadline, .. } => {
                let signs = self.decision(right, party).and_then(|decision| decision.signs_after).map(after);
                if let Some(time) = signs.filter(|&time| time < deadline) {
                    self.act(time, Act::Sign { offer: at, party });
                }
            }
            What::Bound { party, kw, price } => {
                self.allot(at, Some(right), partner(party), kw, price, false);
                self.close_rest(now, right, at);
            }
            What::TailOpened { .. } | What::Free { .. } => {
                self.act(after(closes_after), Act::Close { offer: at });
            }
            What::Closed { party, kw, price, .. } => self.allot(at, None, partner(party), kw, price, true),
            What::Withdrawn => {
                if let Some(open) = &mut self.open[at] {
                    open.withdrawn = true;
                }
            }
            _ => {}
        }
    }

    /// When everything that the right took hold of is bound, the grantor closes on the rest of a package.
    fn close_rest(&mut self, now: SimTime, right: usize, at: usize) {
        let number = self.offers[at].number;
        let open = self.rights[right].as_ref().is_some_and(|machine| machine.is_open(number));
        if !open && self.open[at].as_ref().is_some_and(|open| open.is_open && open.free_kw > 0) {
            let span = self.offers[at].closes_after;
            self.act(now.saturating_add(span), Act::Close { offer: at });
        }
    }

    /// Power of a package, or above a cap, of which the right took no hold.
    fn note_free_part(&mut self, right: usize, at: usize) {
        let number = self.offers[at].number;
        let Some(machine) = &self.rights[right] else { return };
        let (burdened_kw, burdened) = (machine.left(number).unwrap_or(0), machine.blocks(number).to_vec());
        if let Some(open) = &mut self.open[at] {
            open.free_kw = open.left.iter().sum::<i64>() - burdened_kw;
            open.burdened = burdened;
        }
    }

    fn decision(&self, right: usize, who: Party) -> Option<&scenario::world::agreements::Decision> {
        let holder = self.holder(right, who)?;
        self.refusal(right)?.decisions.get(holder)
    }

    /// Power goes to a party: first of the blocks of which the right took hold (for `third`, of the others first), in the
    /// order of the offer; accelerators in proportion, so that those of a block add up.
    fn allot(
        &mut self,
        at: usize,
        right: Option<usize>,
        to: PartnerId,
        kw: i64,
        price: Money,
        to_third: bool,
    ) {
        let offer = self.offers[at].clone();
        let (host, user) = Agreements::sides(&offer, to);
        let Some(open) = &mut self.open[at] else { return };
        let mut order: Vec<usize> = (0..offer.blocks.len()).collect();
        order.sort_by_key(|&i| (open.burdened.contains(&offer.blocks[i].0.0) == to_third, i));
        let (mut rest, months) = (kw, open.terms.months);
        let (mut paid, mut given) = (Money::ZERO, 0);
        for i in order {
            let part = open.left[i].min(rest);
            if part == 0 {
                continue;
            }
            let block = offer.blocks[i].0;
            let state = &self.blocks[block.index()];
            let gpus_until =
                |kw: i64| mul_div(i64::from(state.gpus), kw, state.kw, Rounding::Down).unwrap_or(0);
            let before = state.kw - open.left[i];
            let gpus = gpus_until(before + part) - gpus_until(before);
            open.left[i] -= part;
            self.blocks[block.index()].free_kw -= part;
            (rest, given) = (rest - part, given + part);
            // The shares of the price add up to it.
            let until = mul_div(price.0, given, kw, Rounding::HalfAway).map_or(price, Money);
            let share = Money(until.0 - paid.0);
            paid = until;
            self.said.push(AgreementFact::Allotted(Allotment {
                offer: offer.number,
                agreement: right.map(AgreementId::new),
                block,
                kw: part,
                gpus: u32::try_from(gpus).unwrap_or(0),
                host,
                user,
                price: share,
                months,
            }));
        }
        assert!(rest == 0, "an offer binds {kw} kW, and {rest} kW of them are of no block");
        if open.left.iter().all(|left| *left == 0) {
            self.let_go(at);
        }
    }
}
