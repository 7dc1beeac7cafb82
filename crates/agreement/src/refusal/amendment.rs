//! A right whose terms change while it runs, and what can be asked of it.

use super::fact::{Fact, What};
use super::machine::{FirstRefusal, Standing, Timer};
use super::terms::{Clause, Right, Terms};
use base::{Money, SimTime};

impl FirstRefusal {
    /// Amended terms from `now` on, after the deadlines up to it. Clocks that run, contracts and tails go on with the
    /// deadlines that they have; what follows from them is by the new terms. Exercises under the old terms count
    /// against the new cap. A holder that the new terms do not name has no right any more. An ended right stays ended.
    pub fn amend(&mut self, now: SimTime, right: Right) -> Vec<Fact> {
        let mut facts = self.apply(now, Vec::new());
        if self.ended {
            return facts;
        }
        let used = self.right.cap.zip(self.cap_left).map_or(0, |(cap, left)| cap.0 - left.0);
        self.cap_left = right.cap.map(|cap| Money((cap.0 - used).max(0)));
        self.timers.remove(&(self.right.until, Timer::Window));
        self.timers.insert((right.until, Timer::Window));
        let gone = self.take_terms(right);
        self.say(None, Clause::Amendment, What::Amended);
        for holder in gone {
            self.end_holder(self.holders[holder].party, Clause::Amendment);
        }
        facts.extend(self.apply(now, Vec::new()));
        facts
    }

    /// The new terms with the holders at the places that they had; returns those that are not named any more.
    fn take_terms(&mut self, mut right: Right) -> Vec<usize> {
        let named = std::mem::take(&mut right.holders);
        let mut gone = Vec::new();
        for (at, standing) in self.holders.iter().enumerate() {
            let mut kept = self.right.holders[at].clone();
            // A right that was handed on is the new party's.
            match named.iter().find(|holder| holder.party == standing.party || holder.party == kept.party) {
                Some(holder) => kept = holder.clone(),
                None if standing.ended => {}
                None => gone.push(at),
            }
            right.holders.push(kept);
        }
        for holder in named {
            if right.holders.iter().all(|known| known.party != holder.party) {
                self.holders.push(Standing { party: holder.party, suspended: false, ended: false });
                right.holders.push(holder);
            }
        }
        self.right = right;
        self.forget_deadlines();
        gone
    }

    /// The terms of an open offer as noticed, or to be noticed.
    pub fn noticed(&self, offer: u64) -> Option<Terms> {
        self.offers.get(&offer).map(|offer| offer.terms)
    }
    /// What of an open offer is neither taken by a holder nor closed, in kilowatts.
    pub fn left(&self, offer: u64) -> Option<i64> {
        self.offers.get(&offer).map(|offer| offer.left)
    }
    /// The blocks of an open offer of which the right takes hold.
    pub fn blocks(&self, offer: u64) -> &[u32] {
        self.offers.get(&offer).map_or(&[], |offer| offer.blocks.as_slice())
    }
    /// Whether anything of an offer is still open.
    pub fn is_open(&self, offer: u64) -> bool {
        self.offers.contains_key(&offer)
    }
}
