//! Agreements in the twin: offers on blocks, the rights that take hold of them, what follows for the blocks; versions;
//! ladders.
//!
//! Everything that happens at one instant is taken together, in rounds: the acts that are due go into the machines of
//! [`agreement::refusal`], which put them into their own order; what follows at the same instant is the next round. So
//! the order in which offers and agreements stand in a file changes nothing.

mod backstop;
mod exclusive;
mod fact;
mod follow;
mod join;
mod shares;

pub use exclusive::Standing;
pub use fact::{AgreementFact, Allotment, DecidedBy, RungOutcome};
pub use shares::Shares;

use agreement::lease::Backstop;
use agreement::milestone::{self, Ladder};
use agreement::predicate::{Subject, Value};
use agreement::refusal::{FirstRefusal, Input, Part, Party, Right, Side, Terms as OfferTerms};
use base::id::{AgreementId, BlockId, PartnerId, SiteId};
use base::{Money, SimTime};
use kernel::Ticket;
use scenario::World;
use scenario::world::agreements::{Agreement, Offer, Refusal, Terms};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Something that is to be done at an instant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Act {
    /// A version takes effect.
    Version { agreement: usize, version: usize },
    /// Something happens to a holder.
    Happens { agreement: usize, input: Input },
    /// An offer is made.
    Make { offer: usize },
    /// The holders get notice.
    Notice { offer: usize, parts: BTreeSet<Part> },
    /// A holder answers what its clock is for.
    Answer { offer: usize, party: Party, kw: i64 },
    /// A holder signs.
    Sign { offer: usize, party: Party },
    /// The terms of an offer change.
    Change { offer: usize, change: usize },
    /// An offer is withdrawn.
    Withdraw { offer: usize },
    /// The grantor closes with the third party.
    Close { offer: usize },
    /// The world is looked at for a ladder.
    Observe,
    /// A lessee has defaulted: the guarantor is called.
    Call { agreement: usize },
    /// A guarantor chooses.
    Choose { agreement: usize },
}

/// Where an offer stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Open {
    /// The right that took hold of it.
    right: Option<usize>,
    /// The third party and the terms as they are now, for all blocks.
    third: PartnerId,
    terms: OfferTerms,
    /// Power of each block that nobody has yet, in kilowatts.
    left: Vec<i64>,
    /// Blocks of which the right took hold.
    burdened: Vec<u32>,
    /// Power of a package, or above a cap, of which it took no hold, in kilowatts: the grantor closes on that alone.
    free_kw: i64,
    is_open: bool,
    /// Withdrawn: only contracts made before are left.
    withdrawn: bool,
}

/// What is known of a block.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct BlockState {
    kw: i64,
    gpus: u32,
    energised: bool,
    /// What of it nobody has yet, in kilowatts.
    free_kw: i64,
    /// Under which open offer it is.
    offered: Option<usize>,
}

/// Agreements and offers while a run goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Agreements {
    seed: u64,
    start: SimTime,
    agreements: Vec<Agreement>,
    offers: Vec<Offer>,
    partners: Vec<String>,
    /// The version of each agreement that is acted on; `None` before the first.
    versions: Vec<Option<usize>>,
    rights: Vec<Option<FirstRefusal>>,
    ladders: Vec<Option<Ladder>>,
    backstops: Vec<Option<Backstop>>,
    open: Vec<Option<Open>>,
    blocks: Vec<BlockState>,
    agenda: BTreeMap<SimTime, BTreeSet<Act>>,
    /// What of each block is bound, by its users.
    bound: Vec<Vec<(PartnerId, u32)>>,
    /// Whose each tenant is, and where each block stands.
    partner_of: Vec<Option<PartnerId>>,
    site_of: Vec<SiteId>,
    energised_kw: i64,
    energised_gpus: i64,
    energised_blocks: i64,
    /// The event that wakes this up, and when.
    pub(crate) wake: Option<(SimTime, Ticket)>,
    /// Something is to be done in this instant.
    pub(crate) due: bool,
    #[serde(skip)]
    said: Vec<AgreementFact>,
}

/// What decisions ask of the rest of the twin: the accelerators that jobs of a partner's tenants wait for.
pub(crate) trait Demand {
    /// In thousandths.
    fn waiting_milli(&self, partner: PartnerId) -> u64;
}

/// Kilowatts of a block.
fn block_kw(world: &World, block: BlockId) -> i64 {
    let mw = world.blocks[block.index()].it_power.mw();
    (libm::round(mw * 1000.0) as i64).max(1)
}

impl Agreements {
    /// Those of a world; `None` if none of them has anything to do in the twin.
    pub fn of(world: &World) -> Option<Box<Agreements>> {
        if world.agreements.is_empty() && world.offers.is_empty() {
            return None;
        }
        let gpus = |block: &scenario::world::Block| -> u32 {
            let each = block.equipment.iter().map(|&(system, count)| {
                let system = &world.systems[system.index()];
                count.saturating_mul(system.nodes).saturating_mul(system.accelerators_per_node)
            });
            each.fold(0, u32::saturating_add)
        };
        let state = |(at, block): (usize, &scenario::world::Block)| BlockState {
            kw: block_kw(world, BlockId::new(at)),
            gpus: gpus(block),
            energised: false,
            free_kw: block_kw(world, BlockId::new(at)),
            offered: None,
        };
        let mut all = Agreements {
            seed: world.seed,
            start: world.start,
            versions: vec![None; world.agreements.len()],
            rights: vec![None; world.agreements.len()],
            ladders: vec![None; world.agreements.len()],
            backstops: vec![None; world.agreements.len()],
            open: vec![None; world.offers.len()],
            blocks: world.blocks.iter().enumerate().map(state).collect(),
            agreements: world.agreements.clone(),
            offers: world.offers.clone(),
            partners: world.partners.iter().map(|partner| partner.key.clone()).collect(),
            bound: vec![Vec::new(); world.blocks.len()],
            partner_of: Vec::new(),
            site_of: Vec::new(),
            agenda: BTreeMap::new(),
            energised_kw: 0,
            energised_gpus: 0,
            energised_blocks: 0,
            wake: None,
            due: false,
            said: Vec::new(),
        };
        all.plan();
        Some(Box::new(all))
    }

    /// Blocks that offers name, so that they can come to be somebody's.
    pub fn offered_blocks(world: &World) -> BTreeSet<BlockId> {
        world.offers.iter().flat_map(|offer| offer.blocks.iter().map(|(block, _)| *block)).collect()
    }

    fn act(&mut self, time: SimTime, act: Act) {
        self.agenda.entry(time.max(self.start)).or_default().insert(act);
    }

    /// What the scenario says will be done.
    fn plan(&mut self) {
        let mut acts: Vec<(SimTime, Act)> = Vec::new();
        for (at, agreement) in self.agreements.iter().enumerate() {
            for (number, version) in agreement.versions.iter().enumerate() {
                acts.push((version.acts_from(), Act::Version { agreement: at, version: number }));
                let Some(Terms::Refusal(refusal)) = &version.terms else { continue };
                let until =
                    agreement.versions.get(number + 1).map_or(SimTime::NEVER, |next| next.acts_from());
                for (time, input) in &refusal.events {
                    // Each version says all events; each counts under the version of its time.
                    if *time >= version.acts_from() && *time < until {
                        acts.push((*time, Act::Happens { agreement: at, input: input.clone() }));
                    }
                }
            }
        }
        for (at, offer) in self.offers.iter().enumerate() {
            acts.push((offer.at, Act::Make { offer: at }));
            let changes = offer.changes.iter().enumerate();
            acts.extend(changes.map(|(change, row)| (row.at, Act::Change { offer: at, change })));
            acts.extend(offer.withdrawn.map(|time| (time, Act::Withdraw { offer: at })));
        }
        acts.extend(self.calls());
        for (time, act) in acts {
            self.act(time, act);
        }
    }

    /// When something is to be done next.
    pub fn next(&self) -> Option<SimTime> {
        let deadlines = self.rights.iter().flatten().filter_map(FirstRefusal::next_deadline);
        let guarantors = self.backstops.iter().flatten().filter_map(Backstop::next_deadline);
        let agenda = self.agenda.first_key_value().map(|(time, _)| *time);
        deadlines.chain(guarantors).chain(agenda).min()
    }

    /// A block's systems can work from now; says whether those are its first.
    pub fn energised(&mut self, block: BlockId) -> bool {
        let state = &mut self.blocks[block.index()];
        if std::mem::replace(&mut state.energised, true) {
            return false;
        }
        self.energised_kw += state.kw;
        self.energised_gpus += i64::from(state.gpus);
        self.energised_blocks += 1;
        self.due = true;
        true
    }

    /// Accelerators of a block are a partner's.
    fn bind(&mut self, block: BlockId, user: PartnerId, gpus: u32) {
        self.bound[block.index()].push((user, gpus));
    }
    /// Whose accelerators of a block are.
    fn bound_of(&self, block: BlockId) -> &[(PartnerId, u32)] {
        &self.bound[block.index()]
    }

    /// Whether a block's systems can work already.
    pub fn is_energised(&self, block: BlockId) -> bool {
        self.blocks[block.index()].energised
    }

    /// Everything that is to be done at `now`, with what follows at once.
    pub(crate) fn run(&mut self, now: SimTime, demand: &dyn Demand) -> Vec<AgreementFact> {
        self.due = false;
        let mut looked = false;
        loop {
            let mut acts: BTreeSet<Act> = BTreeSet::new();
            while let Some(entry) = self.agenda.first_entry().filter(|entry| *entry.key() <= now) {
                acts.extend(entry.remove());
            }
            let late = |right: &FirstRefusal| right.next_deadline().is_some_and(|deadline| deadline <= now);
            let deadlines: Vec<usize> =
                (0..self.rights.len()).filter(|&at| self.rights[at].as_ref().is_some_and(late)).collect();
            if acts.is_empty() && deadlines.is_empty() && !self.is_silent(now) {
                if std::mem::replace(&mut looked, true) {
                    break;
                }
                self.look(now);
                continue;
            }
            // Deadlines are a round of their own: an act of this instant comes after them.
            for at in deadlines {
                self.apply(now, at, Vec::new());
            }
            self.silences(now);
            self.round(now, acts, demand);
        }
        std::mem::take(&mut self.said)
    }

    /// The acts of one round: first versions, then everything else, by agreement.
    fn round(&mut self, now: SimTime, acts: BTreeSet<Act>, demand: &dyn Demand) {
        let mut inputs: BTreeMap<usize, Vec<Input>> = BTreeMap::new();
        for act in acts {
            match act {
                Act::Version { agreement, version } => self.version(now, agreement, version),
                Act::Happens { agreement, input } => inputs.entry(agreement).or_default().push(input),
                Act::Observe => {}
                Act::Call { agreement } => self.call(now, agreement),
                Act::Choose { agreement } => self.choose(now, agreement),
                act => {
                    if let Some((right, input)) = self.input(now, act, demand) {
                        inputs.entry(right).or_default().push(input);
                    }
                }
            }
        }
        for (right, inputs) in inputs {
            self.apply(now, right, inputs);
        }
    }

    /// What an act on an offer is for the machine of its right; what no right takes hold of is done here.
    fn input(&mut self, now: SimTime, act: Act, demand: &dyn Demand) -> Option<(usize, Input)> {
        match act {
            Act::Make { offer } => self.make(now, offer),
            Act::Notice { offer, parts } => {
                let number = self.offers[offer].number;
                Some((self.right_of(offer)?, Input::Notice { offer: number, parts }))
            }
            Act::Answer { offer, party, kw } => self.answer(offer, party, kw, demand),
            Act::Sign { offer, party } => {
                let number = self.offers[offer].number;
                Some((self.right_of(offer)?, Input::Sign { offer: number, party }))
            }
            Act::Change { offer, change } => self.change(offer, change),
            Act::Withdraw { offer } => self.withdraw(offer),
            Act::Close { offer } => self.close(now, offer),
            Act::Version { .. }
            | Act::Happens { .. }
            | Act::Observe
            | Act::Call { .. }
            | Act::Choose { .. } => None,
        }
    }

    fn right_of(&self, offer: usize) -> Option<usize> {
        self.open[offer].as_ref()?.right
    }

    fn version(&mut self, now: SimTime, at: usize, number: usize) {
        // Of versions that come up together, the last counts.
        if self.versions[at].is_some_and(|before| before > number) {
            return;
        }
        self.versions[at] = Some(number);
        let agreement = AgreementId::new(at);
        let terms = self.agreements[at].versions[number].terms.clone();
        self.said.push(AgreementFact::InForce { agreement, version: number as u32, ends: terms.is_none() });
        match terms {
            None => {
                if self.rights[at].is_some() {
                    self.apply(now, at, vec![Input::Terminate]);
                }
                self.ladders[at] = None;
            }
            Some(Terms::Refusal(refusal)) => self.take_right(now, at, refusal.right),
            Some(Terms::MilestoneCapital(ladder) | Terms::Warrant(ladder)) => {
                for (time, ..) in &ladder.observed {
                    self.act(*time, Act::Observe);
                }
                for until in ladder.terms.rungs.iter().filter_map(|rung| rung.until) {
                    self.act(until, Act::Observe);
                }
                match &mut self.ladders[at] {
                    Some(known) => known.amend(ladder.terms),
                    None => self.ladders[at] = Some(Ladder::new(ladder.terms)),
                }
            }
            Some(_) => {}
        }
    }

    fn take_right(&mut self, now: SimTime, at: usize, right: Right) {
        match &mut self.rights[at] {
            Some(machine) => {
                let facts = machine.amend(now, right);
                self.follow(now, at, facts);
            }
            None => self.rights[at] = Some(FirstRefusal::new(right)),
        }
    }

    fn apply(&mut self, now: SimTime, at: usize, inputs: Vec<Input>) {
        let Some(machine) = &mut self.rights[at] else { return };
        let facts = machine.apply(now, inputs);
        self.follow(now, at, facts);
    }

    /// The terms of a right that is acted on; of one that has ended, the last: clocks that ran then are honoured.
    fn refusal(&self, at: usize) -> Option<&Refusal> {
        let until_now = &self.agreements[at].versions[..=self.versions[at]?];
        until_now.iter().rev().find_map(|version| match &version.terms {
            Some(Terms::Refusal(refusal)) => Some(refusal),
            _ => None,
        })
    }

    /// Whether an agreement has not ended.
    fn is_in_force(&self, at: usize) -> bool {
        self.versions[at].is_some_and(|number| self.agreements[at].versions[number].terms.is_some())
    }

    /// Looks at the world for every ladder.
    fn look(&mut self, now: SimTime) {
        for at in 0..self.ladders.len() {
            if self.ladders[at].is_none() {
                continue;
            }
            let world = self.world(now, at);
            let Some(ladder) = &mut self.ladders[at] else { continue };
            for fact in ladder.observe(now, &world) {
                let (rung, outcome) = match fact {
                    milestone::Fact::Released { rung, award } => (rung, RungOutcome::Released(award)),
                    milestone::Fact::Lapsed { rung } => (rung, RungOutcome::Lapsed),
                    milestone::Fact::Lost { rung } => (rung, RungOutcome::Lost),
                };
                self.said.push(AgreementFact::Rung {
                    agreement: AgreementId::new(at),
                    version: self.versions[at].unwrap_or(0) as u32,
                    rung: rung as u32,
                    outcome,
                });
            }
        }
    }

    /// The rung that a fact releases, by name.
    fn released_rung(&self, fact: &AgreementFact) -> Option<(AgreementId, String)> {
        let &AgreementFact::Rung { agreement, version, rung, outcome: RungOutcome::Released(_) } = fact
        else {
            return None;
        };
        let version = self.agreements[agreement.index()].versions.get(version as usize)?;
        let ladder = version.terms.as_ref()?.ladder()?;
        Some((agreement, ladder.terms.rungs.get(rung as usize)?.name.clone()))
    }

    /// What a ladder can ask of the world.
    fn world(&self, now: SimTime, at: usize) -> Subject {
        let day = self.agreements[at].clock.zone.local(now).date();
        let mut subject = Subject::from([
            ("energised_mw".to_string(), Value::Number(self.energised_kw / 1000)),
            ("energised_gpus".to_string(), Value::Number(self.energised_gpus)),
            ("energised_blocks".to_string(), Value::Number(self.energised_blocks)),
            ("date".to_string(), Value::Day(day)),
        ]);
        let version = self.versions[at].and_then(|number| self.agreements[at].versions.get(number));
        if let Some(ladder) = version.and_then(|version| version.terms.as_ref()?.ladder()) {
            for (_, name, value) in ladder.observed.iter().filter(|(time, ..)| *time <= now) {
                subject.insert(name.clone(), value.clone());
            }
        }
        subject
    }

    /// Who provides and who uses what the grantor binds to a party.
    fn sides(offer: &Offer, bound_to: PartnerId) -> (PartnerId, PartnerId) {
        match offer.side {
            Side::Sells => (offer.grantor, bound_to),
            Side::Buys => (bound_to, offer.grantor),
        }
    }

    /// What all its megawatts cost over all months, before the drawn factor; at most what money can count.
    fn price(price: Money, kw: i64, months: u32) -> Money {
        let exact = i128::from(price.0) * i128::from(kw) * i128::from(months);
        Money(i64::try_from((exact + 500) / 1000).unwrap_or(i64::MAX))
    }
}
