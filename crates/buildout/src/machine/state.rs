//! What the machine remembers of a site and of a block.

use crate::plan::{Plan, Stage};
use crate::slip;
use crate::word::{Milestone, Want};
use base::id::{BlockId, SystemId};
use base::{SimTime, Span};
use serde::{Deserialize, Serialize};

/// A site.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SiteState {
    /// By milestone: when it was reached.
    pub reached: [Option<SimTime>; 5],
}

/// A stretch of building between two milestones, or up to the day on which systems are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// The stage that it belongs to, of the plan's.
    pub stage: usize,
    /// Whether it ends with its milestone; else on the day on which systems are wanted.
    pub whole: bool,
    /// Its share of the building time.
    pub weight: Span,
}

/// What a block asks for at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Claim {
    /// Nothing.
    #[default]
    Nothing,
    /// To be paid for its next step.
    Step,
    /// Systems.
    Systems,
}

/// Systems that came together.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Lot {
    /// The product.
    pub system: SystemId,
    /// How many.
    pub count: u32,
}

/// One equipment of a block, and how far it has come. `wanted = left + in lots`, and lots are energised one by one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Round {
    /// What is to come, and how many of each have not been delivered.
    pub left: Vec<(SystemId, u32)>,
    /// Systems in all.
    pub total: u32,
    /// From delivery until they stand.
    pub to_installed: Span,
    /// From there until they work.
    pub to_energised: Span,
    /// When they were wanted.
    pub wanted: Option<SimTime>,
    /// What came.
    pub lots: Vec<Lot>,
    /// Lots that could work, but for their site.
    pub held: Vec<u32>,
    /// Systems that work.
    pub energised: u32,
    /// When the last lot will work, as far as lots have come.
    pub last: SimTime,
    /// All of it works.
    pub done: bool,
    /// Its date has come before the round before it was done.
    pub due: bool,
    /// Taken out again.
    pub retired: bool,
}

impl Round {
    fn of(equipment: &[(SystemId, u32)]) -> Round {
        let total = equipment.iter().map(|&(_, count)| count).sum();
        Round { left: equipment.to_vec(), total, last: SimTime(i64::MIN), ..Round::default() }
    }

    /// Systems that have not been delivered.
    pub fn undelivered(&self) -> u32 {
        self.left.iter().map(|&(_, count)| count).sum()
    }
}

/// A block.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BlockState {
    /// What is done before systems come.
    pub phases: Vec<Phase>,
    /// How many stages end on their dates whatever slips.
    pub fixed: usize,
    /// The phase that is worked on; the number of phases when systems are wanted.
    pub phase: usize,
    /// Whether work has begun.
    pub begun: bool,
    /// When the phase began, and when it ends if nothing more stops it.
    pub began: SimTime,
    /// See `began`.
    pub end: SimTime,
    /// The first step began here: at the start of the run, or with the phase.
    pub first_step: SimTime,
    /// Steps of the phase, and how many are done.
    pub steps: u32,
    /// See `steps`.
    pub step: u32,
    /// Whether its building is done before its systems may come.
    pub rests: bool,
    /// For how long the phase has stood still.
    pub stood: Span,
    /// What it asks for.
    pub claim: Claim,
    /// What it stands still for, and since when.
    pub waits: Option<(Want, SimTime)>,
    /// Planned cost paid so far, by purpose, in micro-dollars.
    pub paid: [i64; 8],
    /// The factor between actual and planned cost.
    pub overrun: f64,
    /// By milestone: when it was reached.
    pub reached: [Option<SimTime>; 5],
    /// By stage: the date that was said last.
    pub said: Vec<Option<SimTime>>,
    /// By stage: whether what it slips can be seen.
    pub shown: Vec<bool>,
    /// Its equipment: the first, then the re-equippings.
    pub rounds: Vec<Round>,
    /// The one that is current.
    pub round: usize,
}

impl BlockState {
    /// A block on which nothing has been done.
    pub fn new(plan: &Plan, id: BlockId) -> BlockState {
        let own = &plan.blocks[id.index()];
        let fixed = slip::fixed(&own.stages, plan.start);
        let mut rounds = vec![Round::of(&own.equipment)];
        rounds.extend(own.reequip.iter().map(|later| Round::of(&later.equipment)));
        BlockState {
            phases: phases(&own.stages, own.begun),
            fixed,
            phase: 0,
            begun: false,
            began: own.begun,
            end: own.begun,
            first_step: own.begun,
            steps: 1,
            step: 0,
            rests: false,
            stood: Span::ZERO,
            claim: Claim::Nothing,
            waits: None,
            paid: [0; 8],
            overrun: slip::overrun(plan, id),
            reached: [None; 5],
            said: vec![None; own.stages.len()],
            shown: vec![false; own.stages.len()],
            rounds,
            round: 0,
        }
    }

    /// What part of its power works.
    pub fn energised_part(&self, watts: u64) -> u64 {
        let round = &self.rounds[self.round];
        match (round.total, round.done) {
            (0, true) => watts,
            (0, false) => 0,
            (total, _) => (u128::from(watts) * u128::from(round.energised) / u128::from(total)) as u64,
        }
    }
}

/// The phases of a block: its building stages, and where nothing says when systems are installed, the time until they
/// are wanted. The last kind weighs nothing where there are building stages.
fn phases(stages: &[Stage], begun: SimTime) -> Vec<Phase> {
    let mut phases = Vec::new();
    let mut before = begun;
    for (at, stage) in stages.iter().enumerate().filter(|(_, stage)| stage.milestone <= Milestone::PowerOn) {
        let due = stage.last().due;
        phases.push(Phase { stage: at, whole: true, weight: (due - before).max(Span::ZERO) });
        before = due;
    }
    if stages.iter().all(|stage| stage.milestone != Milestone::SystemsInstalled) {
        let weight = match phases.is_empty() {
            true => (stages[stages.len() - 1].last().due - before).max(Span::ZERO),
            false => Span::ZERO,
        };
        phases.push(Phase { stage: stages.len() - 1, whole: false, weight });
    }
    phases
}
