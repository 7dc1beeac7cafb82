//! What slips: addressed draws, so that one more block changes nobody else's luck.

use crate::plan::{Manner, Plan, Slip, Stage, Vintage};
use crate::word::Milestone;
use base::id::{BlockId, SiteId};
use base::{SimTime, Span, Stream};

/// Index of the draw that a site's stages share.
const COMMON: u64 = 0;
/// Index of the first draw of a site's own milestones.
const OWN: u64 = 1;
/// Index of the draw of what a block costs above its plan.
const OVERRUN: u64 = 16;
/// Index of the draw of the first re-equipping.
const ROUNDS: u64 = 32;

/// The stream of a site's draws.
fn site_stream(plan: &Plan, site: SiteId) -> Stream {
    Stream::new(plan.seed, &format!("site/{}/buildout", plan.sites[site.index()].key))
}

/// The stream of a block's draws; of its building's, if it is a part of one.
fn block_stream(plan: &Plan, block: BlockId) -> Stream {
    let own = &plan.blocks[block.index()];
    let site = &plan.sites[own.site.index()].key;
    let name = match &own.building {
        Some(building) => format!("site/{site}/building/{building}/buildout"),
        None => format!("site/{site}/block/{}/buildout", own.key),
    };
    Stream::new(plan.seed, &name)
}

/// The standard normal of a stage, of which a share is common to its site.
fn normal(plan: &Plan, site: SiteId, slip: &Slip, own: f64) -> f64 {
    let common = match slip.correlation > 0.0 {
        true => site_stream(plan, site).at(COMMON).normal(),
        false => 0.0,
    };
    libm::sqrt(slip.correlation) * common + libm::sqrt(1.0 - slip.correlation) * own
}

/// How much a stage of this site slips, as a standard normal.
pub fn of_site(plan: &Plan, site: SiteId, milestone: Milestone) -> f64 {
    let own = site_stream(plan, site).at(OWN + milestone.index() as u64).normal();
    normal(plan, site, &plan.sites[site.index()].slip, own)
}

/// How much a stage of this block slips, as a standard normal; `round` counts its equipment.
pub fn of_block(plan: &Plan, block: BlockId, milestone: Milestone, round: u32) -> f64 {
    let own = &plan.blocks[block.index()];
    let index = match round {
        0 => milestone.index() as u64,
        _ => ROUNDS + u64::from(round),
    };
    let draw = block_stream(plan, block).at(index).normal();
    normal(plan, own.site, &own.manner.slip, draw)
}

/// The factor between what a block costs to build and its plan.
pub fn overrun(plan: &Plan, block: BlockId) -> f64 {
    let Manner { overrun_median, overrun_sigma, .. } = plan.blocks[block.index()].manner;
    match overrun_sigma > 0.0 {
        true => overrun_median * libm::exp(overrun_sigma * block_stream(plan, block).at(OVERRUN).normal()),
        false => overrun_median,
    }
}

impl Slip {
    /// Whether nothing ever slips.
    pub fn is_none(&self) -> bool {
        self.median == 1.0 && self.sigma == 0.0 && self.delay == Span::ZERO
    }

    /// How long a stage takes whose lead time is `lead`, for the standard normal `z`.
    pub fn stretched(&self, lead: Span, z: f64) -> Span {
        if self.is_none() {
            return lead;
        }
        let factor = self.median * libm::exp(self.sigma * z);
        let delay = self.delay.seconds() * libm::exp(self.delay_sigma * z);
        // A run has an end: what takes longer than 100 years is never done in it.
        Span::from_seconds_f64(lead.seconds() * factor + delay)
            .unwrap_or(Span::FOREVER)
            .min(Span::DAY * 36_525)
    }
}

/// Stages that are history, or that a later one which is makes so: they end on their dates whatever slips.
pub fn fixed(stages: &[Stage], start: SimTime) -> usize {
    let happened = |stage: &Stage| stage.last().observed() || stage.last().due <= start;
    stages.iter().rposition(happened).map_or(0, |at| at + 1)
}

/// When a stage ends that is worked on from `began` on, if nothing stops it.
///
/// Its lead time is what lay between the date before it (or the day on which its own date was known, if later) and its
/// date; what slips is that. What takes no time does not slip.
pub fn end(before: SimTime, began: SimTime, last: Vintage, is_fixed: bool, slip: &Slip, z: f64) -> SimTime {
    if is_fixed {
        return last.due.max(began);
    }
    let lead = (last.due - before.max(last.known)).max(Span::ZERO);
    let takes = if lead == Span::ZERO { lead } else { slip.stretched(lead, z) };
    began.max(last.known).saturating_add(takes)
}
