//! Changes of an open offer, its withdrawal, and closing with a third party.

use super::fact::{Blocked, Free, Refused, Revival, What};
use super::machine::{FirstRefusal, Offer, Stage, Timer, is_sound};
use super::terms::{Clause, Kind, Mode, Party, Terms};

impl FirstRefusal {
    pub(super) fn change(&mut self, id: u64, third: Party, blocks: Vec<u32>, terms: Terms) {
        let Some(offer) = self.offers.get_mut(&id) else {
            return self.refuse(Some(id), Clause::Revival, None, Refused::NoSuchOffer);
        };
        if !is_sound(&terms) {
            return self.refuse(Some(id), Clause::Revival, None, Refused::BadAmount);
        }
        match offer.stage {
            Stage::Free | Stage::Contracting => self.say(Some(id), Clause::Revival, What::Noted),
            Stage::Triggered => {
                (offer.third, offer.blocks) = (third, blocks);
                offer.terms = Terms { kw: offer.left, ..terms.part(offer.left) };
                self.say(Some(id), Clause::Revival, What::Noted);
            }
            Stage::Electing | Stage::SecondRound | Stage::Tail(_) => {
                match self.revival(id, third, &blocks, &terms) {
                    Some(why) => self.revive(id, third, blocks, terms, why),
                    None => self.say(Some(id), Clause::Revival, What::Noted),
                }
            }
        }
    }

    /// Why these terms need a new notice, if they do.
    fn revival(&self, id: u64, third: Party, blocks: &[u32], terms: &Terms) -> Option<Revival> {
        let offer = self.offers.get(&id)?;
        if offer.blocks != blocks {
            return Some(Revival::OtherPackage);
        }
        if self.right.kind == Kind::FirstRefusal && offer.third != third {
            return Some(Revival::OtherParty);
        }
        let better =
            terms.improves(&offer.terms, self.right.side, self.right.matching, self.right.materiality);
        better.then_some(Revival::BetterTerms)
    }

    /// Back to before the notice, on the new terms, for everything that is not under a contract.
    fn revive(&mut self, id: u64, third: Party, blocks: Vec<u32>, terms: Terms, why: Revival) {
        self.stop_clocks(id);
        let Some(offer) = self.offers.get_mut(&id) else { return };
        offer.left += std::mem::take(&mut offer.returned);
        (offer.third, offer.blocks, offer.stage) = (third, blocks, Stage::Triggered);
        offer.terms = terms.part(offer.left);
        self.say(Some(id), Clause::Revival, What::Revived { why });
        if let Some(offer) = self.offers.get_mut(&id) {
            offer.notice = 0;
        }
        if self.ended {
            // No right is left that a new notice could serve.
            if let Some(offer) = self.offers.get_mut(&id) {
                offer.stage = Stage::Free;
            }
            self.say(Some(id), Clause::Termination, What::Free { why: Free::RightEnded });
        }
    }

    fn stop_clocks(&mut self, id: u64) {
        let Some(offer) = self.offers.get_mut(&id) else { return };
        if let Stage::Tail(until) = offer.stage {
            self.timers.remove(&(until, Timer::Tail { offer: id }));
        }
        for claim in offer.claims.drain(..) {
            self.timers.remove(&(claim.deadline, Timer::Election { offer: id, holder: claim.holder }));
        }
        offer.held.clear();
    }

    pub(super) fn withdraw(&mut self, id: u64) {
        if !self.offers.contains_key(&id) {
            return self.refuse(Some(id), Clause::Withdrawal, None, Refused::NoSuchOffer);
        }
        self.stop_clocks(id);
        self.say(Some(id), Clause::Withdrawal, What::Withdrawn);
        if let Some(offer) = self.offers.get_mut(&id) {
            // A contract that an exercise has made stands.
            (offer.left, offer.returned, offer.stage, offer.withdrawn) = (0, 0, Stage::Contracting, true);
        }
        self.drop_if_done(id);
    }

    pub(super) fn close(&mut self, id: u64, third: Party, blocks: Vec<u32>, terms: Terms) {
        let Some(offer) = self.offers.get(&id) else {
            return self.refuse(Some(id), Clause::Tail, None, Refused::NoSuchOffer);
        };
        if !is_sound(&terms) {
            return self.refuse(Some(id), Clause::Tail, None, Refused::BadAmount);
        }
        let (stage, left) = (offer.stage, offer.left);
        let blocked = match stage {
            Stage::Triggered => Some((Clause::Notice, Blocked::NoNotice)),
            Stage::Electing | Stage::SecondRound => Some((Clause::Clock, Blocked::ClockRuns)),
            Stage::Contracting => Some((Clause::Exercise, Blocked::Exercised)),
            Stage::Free | Stage::Tail(_) if terms.kw > left => Some((Clause::Tail, Blocked::TooMuch)),
            Stage::Free | Stage::Tail(_) => None,
        };
        if let Some((clause, why)) = blocked {
            return self.say(Some(id), clause, What::Blocked { why });
        }
        let burdened = stage != Stage::Free;
        if burdened && let Some(why) = self.revival(id, third, &blocks, &terms) {
            return self.revive(id, third, blocks, terms, why);
        }
        let clause = if burdened { Clause::Tail } else { Clause::Scope };
        self.say(Some(id), clause, What::Closed { party: third, kw: terms.kw, price: terms.price, burdened });
        if let Some(offer) = self.offers.get_mut(&id) {
            offer.left -= terms.kw;
        }
        if burdened {
            self.use_up(id);
        }
        if left == terms.kw {
            self.stop_clocks(id);
            if let Some(offer) = self.offers.get_mut(&id) {
                offer.stage = Stage::Contracting;
            }
            self.drop_if_done(id);
        }
    }

    /// The right on the blocks of an offer is used up, if it is a right for once.
    pub(super) fn use_up(&mut self, id: u64) {
        if self.right.mode == Mode::Continuing {
            return;
        }
        let blocks = self.offers.get(&id).map_or_else(Vec::new, |offer| offer.blocks.clone());
        for block in blocks {
            if self.used_up.insert(block) {
                self.say(Some(id), Clause::Mode, What::UsedUp { block });
            }
        }
    }

    /// Forgets an offer of which nothing is left.
    pub(super) fn drop_if_done(&mut self, id: u64) {
        let done = |offer: &Offer| {
            offer.stage == Stage::Contracting && offer.left == 0 && offer.contracts.is_empty()
        };
        if self.offers.get(&id).is_some_and(|offer| done(offer)) {
            self.offers.remove(&id);
        }
    }
}
