//! Systems come into a block, part by part; later generations replace them.

use super::block::BUILDING;
use super::state::{Claim, Lot};
use super::{BuildOut, Effect, Event};
use crate::fact::BuildFact;
use crate::slip;
use crate::word::{DateFrom, Milestone, Purpose, Want};
use base::id::{BlockId, SystemId};
use base::{SimTime, Span};

/// Stands for a block without systems among the lots that wait for their site.
const NO_LOT: u32 = u32::MAX;

impl BuildOut {
    /// The stage that ends when the systems stand, if the block has one.
    pub(super) fn installs(&self, block: BlockId) -> Option<usize> {
        let stages = &self.plan.blocks[block.index()].stages;
        stages.iter().position(|stage| stage.milestone == Milestone::SystemsInstalled)
    }

    /// The block wants its first systems from `wanted` on: now, or before the run.
    pub(super) fn want_systems(&mut self, now: SimTime, block: BlockId, wanted: SimTime) {
        if let Some(stage) = self.installs(block) {
            let (installed, _) = self.stage_end(block, stage, wanted);
            let (energised, _) = self.stage_end(block, stage + 1, installed);
            let round = &mut self.blocks[block.index()].rounds[0];
            (round.to_installed, round.to_energised) = (installed - wanted, energised - installed);
            if installed > self.plan.start {
                self.shows_later(block, stage, wanted);
            }
        }
        let cost = self.plan.blocks[block.index()].manner.cost;
        let state = &mut self.blocks[block.index()];
        // Its building is done: paid step by step, or before the run.
        for purpose in BUILDING {
            state.paid[purpose.index()] = cost[purpose.index()].0;
        }
        let round = &mut state.rounds[0];
        round.wanted = Some(wanted);
        let works = wanted + round.to_installed + round.to_energised;
        if wanted >= self.plan.start && works > self.plan.start {
            state.claim = Claim::Systems;
            self.say_expected(now, block);
            return;
        }
        let installed = wanted + round.to_installed;
        // What came before the run is paid.
        let network = Purpose::Network.index();
        state.paid[network] = self.plan.blocks[block.index()].manner.cost[network].0;
        if self.installs(block).is_some() && installed <= now {
            self.installed_at(now, block, installed);
        }
        self.deliver_all(now, block, wanted);
    }

    /// So many of one kind come, at `came`.
    pub(super) fn deliver(&mut self, now: SimTime, block: BlockId, at: usize, count: u32, came: SimTime) {
        let site = self.plan.blocks[block.index()].site;
        let state = &mut self.blocks[block.index()];
        let number = state.round as u32;
        let round = &mut state.rounds[state.round];
        let (system, left) = &mut round.left[at];
        let system = *system;
        *left -= count;
        round.lots.push(Lot { system, count });
        let lot = round.lots.len() as u32 - 1;
        let works = came + round.to_installed + round.to_energised;
        round.last = round.last.max(works);
        self.say(BuildFact::Delivered { site, block, system, count });
        match works <= now {
            true => self.lot_works(now, block, number, lot),
            false => self.at(works, Event::Lot { block, round: number, lot }),
        }
    }

    /// Nothing is left to be delivered; the last came at `came`.
    pub(super) fn all_delivered(&mut self, now: SimTime, block: BlockId, came: SimTime) {
        self.go_on(now, block);
        let has_stage = self.installs(block).is_some();
        let state = &mut self.blocks[block.index()];
        state.claim = Claim::Nothing;
        let round = &mut state.rounds[state.round];
        let (installed, empty) = (came + round.to_installed, round.total == 0);
        let works = installed + round.to_energised;
        round.last = round.last.max(works);
        if has_stage && state.round == 0 {
            match installed <= now {
                true => self.installed_at(now, block, installed),
                false => self.at(installed, Event::Installed { block }),
            }
        }
        if empty {
            match works <= now {
                true => self.block_is_energised(now, block),
                false => self.at(works, Event::Empty { block }),
            }
        }
        self.say_expected(now, block);
    }

    /// The last of the first systems stand.
    pub(super) fn installed(&mut self, now: SimTime, block: BlockId) {
        self.installed_at(now, block, now);
    }

    fn installed_at(&mut self, now: SimTime, block: BlockId, at: SimTime) {
        if self.blocks[block.index()].reached[Milestone::SystemsInstalled.index()].is_some() {
            return;
        }
        self.reach(now, block, Milestone::SystemsInstalled, 0, at);
        if let Some(stage) = self.installs(block) {
            self.shows_later(block, stage + 1, at);
        }
    }

    /// A lot can work, if its site can.
    pub(super) fn lot_works(&mut self, now: SimTime, block: BlockId, round: u32, lot: u32) {
        let site = self.plan.blocks[block.index()].site;
        if !self.site_ready(site, Milestone::Energised) {
            self.blocks[block.index()].rounds[round as usize].held.push(lot);
            self.stand(now, block, Want::Site);
            return;
        }
        let round = &mut self.blocks[block.index()].rounds[round as usize];
        let Lot { system, count } = round.lots[lot as usize];
        round.energised += count;
        let complete = round.energised == round.total;
        self.say(BuildFact::Energised { site, block, system, count });
        self.out.push(Effect::Energise(block, system, count));
        if complete {
            self.block_is_energised(now, block);
        }
    }

    /// All that waited for the site can work.
    pub(super) fn release_held(&mut self, now: SimTime, block: BlockId) {
        let state = &mut self.blocks[block.index()];
        let number = state.round;
        for lot in std::mem::take(&mut state.rounds[number].held) {
            match lot {
                NO_LOT => self.block_is_energised(now, block),
                lot => self.lot_works(now, block, number as u32, lot),
            }
        }
    }

    /// All of a block's systems work.
    pub(super) fn block_is_energised(&mut self, now: SimTime, block: BlockId) {
        let site = self.plan.blocks[block.index()].site;
        if !self.site_ready(site, Milestone::Energised) {
            let state = &mut self.blocks[block.index()];
            state.rounds[state.round].held.push(NO_LOT);
            self.stand(now, block, Want::Site);
            return;
        }
        if self.blocks[block.index()].round == 0 && self.installs(block).is_some() {
            self.installed_at(now, block, now);
        }
        let state = &mut self.blocks[block.index()];
        let number = state.round as u32;
        let round = &mut state.rounds[state.round];
        round.done = true;
        // What worked before the run has the date on which it began to.
        let at = if round.last < self.plan.start { round.last } else { now };
        self.reach(now, block, Milestone::Energised, number, at);
        if let Some(funds) = &mut self.funds {
            funds.block_works(now, site, block);
        }
        self.drain_if_due(now, block);
    }

    /// When the systems of a re-equipping are to work.
    pub(super) fn round_date(&self, block: BlockId, later: usize) -> SimTime {
        let plan = &self.plan.blocks[block.index()].reequip[later];
        plan.date + plan.drain + plan.install
    }

    /// Says when later generations are to work, and sees to it.
    pub(super) fn promise_later_rounds(&mut self, now: SimTime, block: BlockId) {
        let site = self.plan.blocks[block.index()].site;
        for later in 0..self.plan.blocks[block.index()].reequip.len() {
            let (due, round) = (self.round_date(block, later), later as u32 + 1);
            let milestone = Milestone::Energised;
            let (of, known, from) = (Some(block), now, DateFrom::Announced);
            self.say(BuildFact::Forecast { site, block: of, milestone, round, due, known, from });
            let date = self.plan.blocks[block.index()].reequip[later].date;
            self.at(date.max(now), Event::Drain { block });
        }
    }

    /// The date of a re-equipping has come.
    pub(super) fn drain(&mut self, now: SimTime, block: BlockId) {
        let rounds = &mut self.blocks[block.index()].rounds;
        if let Some(next) = rounds.iter_mut().skip(1).find(|round| !round.due) {
            next.due = true;
        }
        self.drain_if_due(now, block);
    }

    fn drain_if_due(&mut self, now: SimTime, block: BlockId) {
        let state = &mut self.blocks[block.index()];
        let current = state.round;
        let next = state.rounds.get(current + 1).is_some_and(|next| next.due && next.wanted.is_none());
        if !next || !state.rounds[current].done {
            return;
        }
        let later = &self.plan.blocks[block.index()].reequip[current];
        // A date before the run has happened then.
        let began = match now <= self.plan.start {
            true => later.date.max(state.rounds[current].last).min(now),
            false => now,
        };
        let gone = began + later.drain;
        // The new ones are wanted from the day on which the old ones are gone.
        state.rounds[current + 1].wanted = Some(gone);
        self.out.push(Effect::Drain(block));
        self.at(gone.max(now), Event::Retire { block });
    }

    /// The old systems go; the new ones are wanted.
    pub(super) fn retire(&mut self, now: SimTime, block: BlockId) {
        let own = &self.plan.blocks[block.index()];
        let (site, slips) = (own.site, own.manner.slip);
        let state = &mut self.blocks[block.index()];
        let current = state.round;
        let old = &mut state.rounds[current];
        old.retired = true;
        let gone = gathered(&old.lots);
        self.out.push(Effect::Retire(block));
        for (system, count) in gone {
            let product = &self.plan.systems[system.index()];
            let nodes = product.nodes.saturating_mul(count);
            let gpus = product.gpus.saturating_mul(count);
            self.say(BuildFact::Retired { site, block, system, count, nodes, gpus });
        }
        let z = slip::of_block(&self.plan, block, Milestone::Energised, current as u32 + 1);
        let install = self.plan.blocks[block.index()].reequip[current].install;
        let state = &mut self.blocks[block.index()];
        state.round += 1;
        let round = &mut state.rounds[current + 1];
        let wanted = round.wanted.map_or(now, |wanted| wanted.min(now));
        let is_past = wanted + install <= self.plan.start;
        let install = if is_past { install } else { slips.stretched(install, z) };
        (round.to_installed, round.to_energised) = (Span::ZERO, install);
        round.wanted = Some(wanted);
        if wanted >= self.plan.start {
            state.claim = Claim::Systems;
            return;
        }
        self.deliver_all(now, block, wanted);
    }

    /// All that a block waits for came before the run, at `came`.
    fn deliver_all(&mut self, now: SimTime, block: BlockId, came: SimTime) {
        let state = &self.blocks[block.index()];
        let left: Vec<u32> = state.rounds[state.round].left.iter().map(|&(_, count)| count).collect();
        for (at, count) in left.into_iter().enumerate() {
            self.deliver(now, block, at, count, came);
        }
        self.all_delivered(now, block, came);
    }
}

/// Lots by product, in the order in which the first of each came.
fn gathered(lots: &[Lot]) -> Vec<(SystemId, u32)> {
    let mut all: Vec<(SystemId, u32)> = Vec::new();
    for lot in lots {
        match all.iter_mut().find(|(system, _)| *system == lot.system) {
            Some((_, count)) => *count += lot.count,
            None => all.push((lot.system, lot.count)),
        }
    }
    all
}
