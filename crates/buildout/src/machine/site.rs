//! Milestones of a whole site.

use super::{BuildOut, Event};
use crate::fact::BuildFact;
use crate::slip;
use crate::word::Milestone;
use base::SimTime;
use base::id::{BlockId, SiteId};

impl BuildOut {
    /// The site at the start of the run.
    pub(super) fn start_site(&mut self, now: SimTime, site: SiteId) {
        for stage in 0..self.plan.sites[site.index()].stages.len() {
            self.say_promises(now, site, None, stage);
        }
        self.start_site_stage(now, site, 0, now);
    }

    /// Work towards a milestone of a site begins; what is history is reached at once.
    fn start_site_stage(&mut self, now: SimTime, site: SiteId, index: usize, began: SimTime) {
        let own = &self.plan.sites[site.index()];
        let Some(stage) = own.stages.get(index) else { return };
        let is_fixed = index < slip::fixed(&own.stages, self.plan.start);
        let before = match index.checked_sub(1) {
            Some(before) => own.stages[before].last().due,
            None => stage.last().known,
        };
        let z = slip::of_site(&self.plan, site, stage.milestone);
        let began = if is_fixed { began.min(stage.last().due) } else { began };
        let end = slip::end(before, began, stage.last(), is_fixed, &own.slip, z);
        match end <= now {
            true => self.site_has(now, site, index, end),
            false => self.at(end, Event::Site { site, stage: index as u32 }),
        }
    }

    /// A milestone of a site has come.
    pub(super) fn site_reaches(&mut self, now: SimTime, site: SiteId, index: usize) {
        self.site_has(now, site, index, now);
    }

    fn site_has(&mut self, now: SimTime, site: SiteId, index: usize, at: SimTime) {
        let stage = &self.plan.sites[site.index()].stages[index];
        let (milestone, promised) = (stage.milestone, stage.promised());
        self.sites[site.index()].reached[milestone.index()] = Some(at);
        self.say(BuildFact::Reached { site, block: None, milestone, round: 0, at, promised });
        self.start_site_stage(now, site, index + 1, at);
        for block in 0..self.blocks.len() {
            if self.plan.blocks[block].site == site {
                self.site_lets_go(now, BlockId::new(block));
            }
        }
    }

    /// Whether a site has reached all that its blocks need for this milestone.
    pub(super) fn site_ready(&self, site: SiteId, milestone: Milestone) -> bool {
        let needed = self.plan.sites[site.index()].stages.iter().map(|stage| stage.milestone);
        let reached = &self.sites[site.index()].reached;
        needed.filter(|&own| own <= milestone).all(|own| reached[own.index()].is_some())
    }
}
