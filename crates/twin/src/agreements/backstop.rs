//! Guarantors of leases: called when the lessee leaves or defaults, they pay the fee or step in.

use super::{Act, AgreementFact, Agreements};
use agreement::lease::{Backstop, BackstopFact, Choice};
use base::id::AgreementId;
use base::{Money, SimTime};
use scenario::world::agreements::{self as agreed, Answer, Terms, backstop_of, party};

impl Agreements {
    /// The calls that the scenario has: where a lessee leaves, the guarantor of its lease, if it has one then.
    pub(super) fn calls(&self) -> Vec<(SimTime, Act)> {
        let mut calls = Vec::new();
        for (at, agreement) in self.agreements.iter().enumerate() {
            let leaves = agreement.versions.iter().filter_map(|version| match version.terms.as_ref()? {
                Terms::Lease(lease) => lease.terminated,
                _ => None,
            });
            for time in leaves.filter(|&time| time >= self.start) {
                if self.left(AgreementId::new(at), time).is_some()
                    && let Some((backstop, _)) = backstop_of(&self.agreements, AgreementId::new(at), time)
                {
                    calls.push((time, Act::Call { agreement: backstop.index() }));
                }
            }
        }
        calls
    }

    /// What a lessee owes who leaves at that time, under the version in force then.
    fn left(&self, lease: AgreementId, time: SimTime) -> Option<Money> {
        match self.agreements[lease.index()].in_force(time)?.terms.as_ref()? {
            Terms::Lease(of) if of.terminated == Some(time) => of.termination_fee(),
            _ => None,
        }
    }

    /// The terms of a backstop that is acted on.
    fn backstop(&self, at: usize) -> Option<&agreed::Backstop> {
        let number = self.versions[at]?;
        match self.agreements[at].versions[number].terms.as_ref()? {
            Terms::Backstop(of) => Some(of),
            _ => None,
        }
    }

    /// The guarantor is called for the fee of the lease.
    pub(super) fn call(&mut self, now: SimTime, at: usize) {
        let Some(of) = self.backstop(at).cloned() else { return };
        let Some(fee) = self.left(of.lease, now) else { return };
        let clock = self.agreements[at].clock.clone();
        let machine =
            self.backstops[at].get_or_insert_with(|| Backstop::new(party(of.guarantor), of.notice, clock));
        let fact = machine.call(now, fee);
        self.answered(at, fact);
        if let Answer::After(span, _) = of.answer {
            self.act(now.saturating_add(span), Act::Choose { agreement: at });
        }
    }

    /// The guarantor says what it chooses.
    pub(super) fn choose(&mut self, now: SimTime, at: usize) {
        let Some(Answer::After(_, choice)) = self.backstop(at).map(|of| of.answer) else { return };
        let choice = match choice {
            agreed::GuarantorChoice::Fee => Choice::Fee,
            agreed::GuarantorChoice::StepIn => Choice::StepIn,
        };
        let Some(machine) = &mut self.backstops[at] else { return };
        let fact = machine.choose(now, choice);
        self.answered(at, fact);
    }

    /// Whether a guarantor has been silent for too long.
    pub(super) fn is_silent(&self, now: SimTime) -> bool {
        self.backstops.iter().flatten().filter_map(Backstop::next_deadline).any(|deadline| deadline <= now)
    }

    /// What follows from the silence of guarantors.
    pub(super) fn silences(&mut self, now: SimTime) {
        for at in 0..self.backstops.len() {
            let fact = self.backstops[at].as_mut().and_then(|machine| machine.advance(now));
            if let Some(fact) = fact {
                self.answered(at, fact);
            }
        }
    }

    fn answered(&mut self, at: usize, fact: BackstopFact) {
        let version = self.versions[at].unwrap_or(0);
        let terms = self.agreements[at].versions[version].terms.as_ref();
        let of = terms.or_else(|| {
            // Ended since: what was called then is answered.
            self.agreements[at].versions[..version].iter().rev().find_map(|before| before.terms.as_ref())
        });
        let Some(Terms::Backstop(of)) = of else { return };
        let (agreement, lease) = (AgreementId::new(at), of.lease);
        self.said.push(AgreementFact::Backstop { agreement, version: version as u32, lease, fact });
    }
}
