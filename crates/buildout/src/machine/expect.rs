//! What is expected, and when it is known: dates of the plan as they become known, and what follows from delays.

use super::{BuildOut, Event};
use crate::fact::BuildFact;
use crate::plan::{Stage, Vintage};
use crate::word::{DateFrom, Milestone};
use base::id::{BlockId, SiteId};
use base::{SimTime, Span};

/// A date that moves by less than this is not said again.
const WORTH_SAYING: Span = Span::DAY;

impl BuildOut {
    fn stage_of(&self, site: SiteId, block: Option<BlockId>, stage: usize) -> &Stage {
        match block {
            Some(block) => &self.plan.blocks[block.index()].stages[stage],
            None => &self.plan.sites[site.index()].stages[stage],
        }
    }

    /// Says the dates that are known at the start of the run, and sees to it that later ones become known.
    pub(super) fn say_promises(&mut self, now: SimTime, site: SiteId, block: Option<BlockId>, stage: usize) {
        for vintage in 0..self.stage_of(site, block, stage).vintages.len() {
            let known = self.stage_of(site, block, stage).vintages[vintage].known;
            match known <= now {
                true => self.becomes_known(now, site, block, stage, vintage),
                false => {
                    let (stage, vintage) = (stage as u32, vintage as u32);
                    self.at(known, Event::Known { site, block, stage, vintage });
                }
            }
        }
    }

    /// A date becomes known. It is said even if the milestone was reached before: that is how the record went.
    pub(super) fn becomes_known(
        &mut self,
        now: SimTime,
        site: SiteId,
        block: Option<BlockId>,
        stage: usize,
        vintage: usize,
    ) {
        let own = self.stage_of(site, block, stage);
        let (milestone, Vintage { due, known }) = (own.milestone, own.vintages[vintage]);
        if let Some(block) = block {
            let said = self.blocks[block.index()].said[stage].replace(due);
            if now > self.plan.start && said == Some(due) {
                // It follows from another date that became known today, and was said with that.
                return;
            }
        }
        let (known, from) = (known.min(now), DateFrom::Announced);
        self.say(BuildFact::Forecast { site, block, milestone, round: 0, due, known, from });
        if let Some(block) = block
            && now > self.plan.start
        {
            self.say_expected(now, block);
        }
    }

    /// Sees to it that what a stage slips is seen when half of its lead time has passed.
    pub(super) fn shows_later(&mut self, block: BlockId, stage: usize, began: SimTime) {
        let own = &self.plan.blocks[block.index()];
        if stage < self.blocks[block.index()].fixed || own.manner.slip.is_none() {
            return;
        }
        let last = own.stages[stage].last();
        let from = began.max(last.known).max(self.plan.start);
        let half = Span((last.due - from).0.max(0) / 2);
        self.at(from.saturating_add(half), Event::Shows { block, stage: stage as u32 });
    }

    /// What a stage slips is seen.
    pub(super) fn shows(&mut self, now: SimTime, block: BlockId, stage: usize) {
        self.blocks[block.index()].shown[stage] = true;
        self.say_expected(now, block);
    }

    /// Says the dates of the milestones to come that have moved by a day or more.
    pub(super) fn say_expected(&mut self, now: SimTime, block: BlockId) {
        let site = self.plan.blocks[block.index()].site;
        for (stage, expected) in self.expected(now, block) {
            let said = self.blocks[block.index()].said[stage];
            let moved = said.is_none_or(|said| (expected.0 - said.0).abs() >= WORTH_SAYING.0);
            if moved && expected < SimTime::NEVER {
                self.blocks[block.index()].said[stage] = Some(expected);
                let own = &self.plan.blocks[block.index()].stages[stage];
                // Dates of one announcement are said together, with the first of them.
                let announced = own.vintages.contains(&Vintage { due: expected, known: now });
                let from = if announced { DateFrom::Announced } else { DateFrom::Expected };
                let (milestone, due, known) = (own.milestone, expected, now);
                let block = Some(block);
                self.say(BuildFact::Forecast { site, block, milestone, round: 0, due, known, from });
            }
        }
    }

    /// What is expected now of each milestone to come: lead times as they are known, after what has happened.
    fn expected(&self, now: SimTime, block: BlockId) -> Vec<(usize, SimTime)> {
        let (own, state) = (&self.plan.blocks[block.index()], &self.blocks[block.index()]);
        let mut expected = Vec::new();
        let (mut before, mut reached_before) = (own.begun, own.begun);
        for (at, stage) in own.stages.iter().enumerate() {
            let known = stage.vintages.iter().rev().find(|vintage| vintage.known <= now);
            let Some(known) = known else { return expected };
            if let Some(reached) = state.reached[stage.milestone.index()] {
                (before, reached_before) = (known.due, reached);
                continue;
            }
            let from = self.systems_from(block, at);
            (before, reached_before) = (before.max(from), reached_before.max(from));
            let lead = (known.due - before.max(known.known)).max(Span::ZERO);
            let planned = reached_before.max(known.known).saturating_add(lead);
            let expects = match self.in_work(block, at) {
                Some(end) if state.shown[at] => end,
                // Only a phase of building stands still as a whole; of systems the last to come decide.
                Some(_) if state.phase < state.phases.len() => planned.saturating_add(state.stood),
                Some(_) => planned,
                None => planned,
            };
            // What has not come is not expected for a day that has passed.
            let expects =
                if expects < now { self.in_work(block, at).unwrap_or(now).max(now) } else { expects };
            expected.push((at, expects));
            (before, reached_before) = (known.due, expects);
        }
        expected
    }

    /// When a stage that is worked on ends, if nothing more stops it.
    fn in_work(&self, block: BlockId, stage: usize) -> Option<SimTime> {
        let state = &self.blocks[block.index()];
        if state.rests {
            return None;
        }
        if let Some(phase) = state.phases.get(state.phase) {
            let round = &state.rounds[0];
            let end = if phase.whole { state.end } else { state.end.saturating_add(round.to_energised) };
            return (phase.stage == stage && state.begun).then_some(end);
        }
        let round = &state.rounds[0];
        let installing = self.installs(block) == Some(stage);
        let wanted = round.wanted?;
        // A block without systems has its dates from the day on which they would have come.
        let all_came = round.undelivered() == 0 && round.last > SimTime(i64::MIN);
        match (installing, all_came) {
            (true, true) => Some(round.last - round.to_energised),
            (true, false) => Some(wanted + round.to_installed),
            (false, true) => Some(round.last),
            (false, false) => Some(wanted + round.to_installed + round.to_energised),
        }
    }

    /// When the current equipment of a block is due: the order in which blocks are served.
    pub(super) fn served_by(&self, block: BlockId) -> SimTime {
        let (own, state) = (&self.plan.blocks[block.index()], &self.blocks[block.index()]);
        match state.round.checked_sub(1) {
            Some(later) => self.round_date(block, later),
            None => own
                .stages
                .iter()
                .find(|stage| stage.milestone == Milestone::Energised)
                .map_or(own.begun, |own| own.promised()),
        }
    }
}
