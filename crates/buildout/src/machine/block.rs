//! A block is built: phase after phase, each in steps that are paid before they begin.

use super::state::Claim;
use super::{BuildOut, Event};
use crate::fact::BuildFact;
use crate::plan::Manner;
use crate::slip;
use crate::word::{Milestone, Purpose, Want};
use base::id::BlockId;
use base::{Money, SimTime, Span};

/// The longest step of building.
const STEP: Span = Span(30 * Span::DAY.0);
/// What is paid in steps of building.
pub(super) const BUILDING: [Purpose; 4] = [Purpose::Land, Purpose::Shell, Purpose::Power, Purpose::Cooling];
/// What is paid along the draw curve.
const DRAWN: [Purpose; 3] = [Purpose::Shell, Purpose::Power, Purpose::Cooling];

impl BuildOut {
    /// The block at the start of the run.
    pub(super) fn start_block(&mut self, now: SimTime, block: BlockId) {
        let own = &self.plan.blocks[block.index()];
        let (site, begun) = (own.site, own.begun);
        for stage in 0..own.stages.len() {
            self.say_promises(now, site, Some(block), stage);
        }
        self.promise_later_rounds(now, block);
        match begun > now {
            true => self.at(begun, Event::Begin { block }),
            false => self.start_phase(now, block, 0, begun),
        }
    }

    /// When the stage of a block ends on which work began then, and the stage's own `before`.
    pub(super) fn stage_end(&self, block: BlockId, stage: usize, began: SimTime) -> (SimTime, SimTime) {
        let own = &self.plan.blocks[block.index()];
        let before = stage.checked_sub(1).map_or(own.begun, |before| own.stages[before].last().due);
        let from = self.systems_from(block, stage);
        let (before, began) = (before.max(from), began.max(from));
        let is_fixed = stage < self.blocks[block.index()].fixed;
        let z = slip::of_block(&self.plan, block, own.stages[stage].milestone, 0);
        (slip::end(before, began, own.stages[stage].last(), is_fixed, &own.manner.slip, z), before)
    }

    /// Before this no work is done towards a stage: that is so of the first stage that needs systems.
    pub(super) fn systems_from(&self, block: BlockId, stage: usize) -> SimTime {
        let own = &self.plan.blocks[block.index()];
        let first = own.stages.iter().position(|stage| stage.milestone > Milestone::PowerOn);
        own.systems_from.filter(|_| first == Some(stage)).unwrap_or(SimTime(i64::MIN))
    }

    /// The day has come from which on there are systems for a block whose building is done.
    pub(super) fn systems_may_come(&mut self, now: SimTime, block: BlockId) {
        let state = &mut self.blocks[block.index()];
        state.rests = false;
        let phase = state.phase;
        self.start_phase(now, block, phase, now);
    }

    /// A phase begins at `began`: now, or before the run.
    pub(super) fn start_phase(&mut self, now: SimTime, block: BlockId, index: usize, began: SimTime) {
        let from = self.plan.blocks[block.index()].systems_from;
        let state = &mut self.blocks[block.index()];
        (state.begun, state.phase) = (true, index);
        let phase = state.phases.get(index).copied();
        let began = match from.filter(|_| phase.is_none_or(|phase| !phase.whole)) {
            Some(from) if from > now && from > began => {
                state.rests = true;
                // A building that was done before the run is paid.
                if now <= self.plan.start && index > 0 {
                    let steps = state.steps;
                    self.blocks[block.index()].paid = self.due(block, steps);
                }
                self.at(from, Event::Systems { block });
                self.say_expected(now, block);
                return;
            }
            from => from.map_or(began, |from| from.max(began)),
        };
        let Some(phase) = phase else {
            self.want_systems(now, block, began);
            return;
        };
        let (whole_end, before) = self.stage_end(block, phase.stage, began);
        let own = &self.plan.blocks[block.index()];
        let stage = &own.stages[phase.stage];
        let install = match phase.whole {
            true => Span::ZERO,
            false => own.manner.install.min((stage.last().due - before).max(Span::ZERO)),
        };
        let end = (whole_end - install).max(began);
        let milestone = stage.milestone;
        let state = &mut self.blocks[block.index()];
        (state.began, state.end, state.stood) = (began, end, Span::ZERO);
        if !phase.whole {
            state.rounds[0].to_energised = whole_end - end;
        }
        if end <= self.plan.start {
            if phase.whole {
                self.reach(now, block, milestone, 0, end);
            }
            self.start_phase(now, block, index + 1, end);
            return;
        }
        self.first_step(block, began, end);
        self.shows_later(block, phase.stage, began);
        self.say_expected(now, block);
    }

    /// Cuts a phase into steps. What was done of it before the run is paid.
    fn first_step(&mut self, block: BlockId, began: SimTime, end: SimTime) {
        let start = self.plan.start;
        let first = began.max(start);
        let costs =
            self.funds.is_some() && self.plan.blocks[block.index()].manner.cost.iter().any(|cost| cost.0 > 0);
        let steps = if costs { ((end - first).0 + STEP.0 - 1) / STEP.0 } else { 1 };
        let state = &mut self.blocks[block.index()];
        (state.first_step, state.steps, state.step) = (first, steps.clamp(1, 1200) as u32, 0);
        state.claim = Claim::Step;
        if began <= start && self.plan.blocks[block.index()].begun < start {
            let due = self.due(block, 0);
            self.blocks[block.index()].paid = due;
        }
    }

    /// How far building is when so many steps of the phase are done, 0 to 1.
    fn progress(&self, block: BlockId, steps: u32) -> f64 {
        let state = &self.blocks[block.index()];
        if state.phase >= state.phases.len() || state.phase + 1 == state.phases.len() && steps == state.steps
        {
            return 1.0;
        }
        let length = (state.end - state.stood - state.began).seconds();
        let before_run = (state.first_step - state.began).seconds();
        let done = match length > 0.0 {
            true => (before_run + (length - before_run) * f64::from(steps) / f64::from(state.steps)) / length,
            false => 1.0,
        };
        let weight =
            |phases: &[super::state::Phase]| phases.iter().map(|phase| phase.weight.seconds()).sum::<f64>();
        let all = weight(&state.phases);
        let own = state.phases[state.phase].weight.seconds();
        if all > 0.0 { (weight(&state.phases[..state.phase]) + own * done) / all } else { 1.0 }
    }

    /// Planned cost that must be paid when so many steps of the phase are done, by purpose, in micro-dollars.
    fn due(&self, block: BlockId, steps: u32) -> [i64; 8] {
        let Manner { cost, draw, .. } = self.plan.blocks[block.index()].manner;
        let mut due = self.blocks[block.index()].paid;
        let share = draw.share(self.progress(block, steps));
        for purpose in DRAWN {
            let cost = cost[purpose.index()].0;
            let until_now = if share >= 1.0 { cost } else { libm::round(cost as f64 * share) as i64 };
            // A later stage cannot take back what was paid.
            due[purpose.index()] = due[purpose.index()].max(until_now.min(cost));
        }
        due[Purpose::Land.index()] = cost[Purpose::Land.index()].0;
        due
    }

    /// What the next step costs, and what will have been paid of the plan after it.
    pub(super) fn step_bill(&self, block: BlockId) -> (Vec<(Purpose, Money)>, [i64; 8]) {
        let state = &self.blocks[block.index()];
        let due = self.due(block, state.step + 1);
        let mut bill = Vec::new();
        for purpose in BUILDING {
            let planned = due[purpose.index()] - state.paid[purpose.index()];
            add_actual(&mut bill, purpose, planned, state.overrun);
        }
        (bill, due)
    }

    /// The next step is paid: it begins.
    pub(super) fn begin_step(&mut self, now: SimTime, block: BlockId) {
        let state = &mut self.blocks[block.index()];
        state.claim = Claim::Nothing;
        let span = i128::from((state.end - state.stood - state.first_step).0);
        let until = |step: u32| (span * i128::from(step) / i128::from(state.steps)) as i64;
        let length = Span(until(state.step + 1) - until(state.step));
        self.at(now.saturating_add(length), Event::Step { block });
    }

    /// A step is done.
    pub(super) fn step_done(&mut self, now: SimTime, block: BlockId) {
        let state = &mut self.blocks[block.index()];
        state.step += 1;
        match state.step < state.steps {
            true => state.claim = Claim::Step,
            false => self.phase_ends(now, block),
        }
    }

    /// The work of a phase is done; its milestone may have to wait for the site's.
    fn phase_ends(&mut self, now: SimTime, block: BlockId) {
        let (state, own) = (&self.blocks[block.index()], &self.plan.blocks[block.index()]);
        let phase = state.phases[state.phase];
        let (milestone, site) = (own.stages[phase.stage].milestone, own.site);
        if phase.whole {
            if !self.site_ready(site, milestone) {
                self.stand(now, block, Want::Site);
                return;
            }
            self.reach(now, block, milestone, 0, now);
        }
        let next = self.blocks[block.index()].phase + 1;
        self.start_phase(now, block, next, now);
    }

    /// The site has reached something: whoever waited for it goes on.
    pub(super) fn site_lets_go(&mut self, now: SimTime, block: BlockId) {
        let state = &self.blocks[block.index()];
        if !matches!(state.waits, Some((Want::Site, _))) {
            return;
        }
        let building = state.phase < state.phases.len();
        let (site, needs) = match building {
            true => {
                let own = &self.plan.blocks[block.index()];
                (own.site, own.stages[state.phases[state.phase].stage].milestone)
            }
            false => (self.plan.blocks[block.index()].site, Milestone::Energised),
        };
        if !self.site_ready(site, needs) {
            return;
        }
        self.go_on(now, block);
        match building {
            true => self.phase_ends(now, block),
            false => self.release_held(now, block),
        }
    }

    /// A milestone is reached.
    pub(super) fn reach(
        &mut self,
        now: SimTime,
        block: BlockId,
        milestone: Milestone,
        round: u32,
        at: SimTime,
    ) {
        let own = &self.plan.blocks[block.index()];
        let promised = match round.checked_sub(1) {
            Some(later) => self.round_date(block, later as usize),
            None => {
                own.stages.iter().find(|stage| stage.milestone == milestone).map_or(at, |own| own.promised())
            }
        };
        let site = own.site;
        if round == 0 {
            self.blocks[block.index()].reached[milestone.index()] = Some(at);
        }
        self.say(BuildFact::Reached { site, block: Some(block), milestone, round, at, promised });
        self.say_expected(now, block);
    }

    /// The milestone that a block is on the way to.
    pub(super) fn towards(&self, block: BlockId) -> Milestone {
        let (state, own) = (&self.blocks[block.index()], &self.plan.blocks[block.index()]);
        match state.phases.get(state.phase) {
            Some(phase) => own.stages[phase.stage].milestone,
            None => {
                let installed = state.reached[Milestone::SystemsInstalled.index()].is_some();
                match self.installs(block) {
                    Some(_) if state.round == 0 && !installed => Milestone::SystemsInstalled,
                    _ => Milestone::Energised,
                }
            }
        }
    }

    /// A block stands still.
    pub(super) fn stand(&mut self, now: SimTime, block: BlockId, want: Want) {
        if self.blocks[block.index()].waits.is_some_and(|(known, _)| known == want) {
            return;
        }
        self.go_on(now, block);
        self.blocks[block.index()].waits = Some((want, now));
        let (site, milestone) = (self.plan.blocks[block.index()].site, self.towards(block));
        self.say(BuildFact::Waits { site, block, milestone, want });
    }

    /// A block that stood still goes on; the end of its phase moves by as much.
    pub(super) fn go_on(&mut self, now: SimTime, block: BlockId) {
        let milestone = self.towards(block);
        let state = &mut self.blocks[block.index()];
        let Some((want, since)) = state.waits.take() else { return };
        let waited = now - since;
        state.stood += waited;
        state.end += waited;
        let site = self.plan.blocks[block.index()].site;
        self.say(BuildFact::GoesOn { site, block, milestone, want, waited });
        if waited > Span::ZERO {
            self.say_expected(now, block);
        }
    }
}

/// What a planned cost comes to: up to the plan under its own purpose, what is above it out of contingency.
pub(super) fn add_actual(bill: &mut Vec<(Purpose, Money)>, purpose: Purpose, planned: i64, overrun: f64) {
    if planned <= 0 {
        return;
    }
    let actual = libm::round(planned as f64 * overrun).clamp(0.0, i64::MAX as f64 / 4.0) as i64;
    let actual = if overrun == 1.0 { planned } else { actual };
    bill.push((purpose, Money(actual.min(planned))));
    if actual > planned {
        bill.push((Purpose::Contingency, Money(actual - planned)));
    }
}
