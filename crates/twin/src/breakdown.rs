//! Failures join the twin: what they hit is stopped or lost, nodes go down and come back.

use crate::fact::Fact;
use crate::schedule::{self, Pass};
use crate::twin::{Event, Twin};
use base::id::SiteId;
use base::{SimTime, Span};
use kernel::Context;
use std::ops::Range;

impl Twin {
    /// What can fail at a site has changed.
    pub(crate) fn renew_hazards(&mut self, now: SimTime, site: SiteId, context: &mut Context<Event, Fact>) {
        for (index, hazard) in self.hazards.iter_mut().enumerate().filter(|(_, hazard)| hazard.site == site) {
            let failure = &self.config.failures[hazard.failure.index()];
            let units = self.sites[site.index()].fleet.units(failure);
            let (old, due) = hazard.rate(now, units, failure);
            if let Some(old) = old {
                context.cancel(old);
            }
            if let Some(due) = due {
                hazard.scheduled(context.schedule_at(due, Event::Fail { hazard: index as u32 }));
            }
        }
    }

    /// A failure has come.
    pub(crate) fn fail(&mut self, now: SimTime, index: u32, context: &mut Context<Event, Fact>) {
        let hazard = &mut self.hazards[index as usize];
        let (failure, at) = (hazard.failure, hazard.site);
        let rules = &self.config.failures[failure.index()];
        let site = &self.sites[at.index()];
        let (strike, due) = hazard.strike(now, &site.fleet, rules, site.cluster.nodes());
        if let Some(due) = due {
            hazard.scheduled(context.schedule_at(due, Event::Fail { hazard: index }));
        }
        let Some(strike) = strike.filter(|strike| strike.nodes.clone().any(|node| site.cluster.is_up(node)))
        else {
            return;
        };
        let falls = strike.repair > Span::ZERO;
        let site = self.touch(now, at, context);
        if falls {
            site.will_fall(strike.nodes.clone());
        }
        let lost = self.strike_services((at, strike.nodes.clone()), Some(failure), falls, now, context);
        for slot in self.sites[at.index()].jobs_on(strike.nodes.clone()) {
            let site = &mut self.sites[at.index()];
            let (jobs, quotas, config) = (&mut self.jobs, &mut self.quotas, &self.config);
            let mut pass = Pass { now, site, jobs, quotas, config, context };
            if let Some(lost) = schedule::interrupt(&mut pass, slot, falls.then_some(&strike.nodes)) {
                let job = &self.jobs.get(slot).job;
                let (job, gpu_milli) = (job.number, job.demand.total_gpu_milli());
                context.emit(Fact::JobInterrupted { job, site: at, failure: Some(failure), lost, gpu_milli });
            }
        }
        if falls {
            let site = &mut self.sites[at.index()];
            let up: Vec<u32> = strike.nodes.clone().filter(|&node| site.cluster.is_up(node)).collect();
            let (nodes, gpus) = site.fall(&self.config, strike.nodes.clone());
            if site.stand_in(&self.config, &up) > 0 && site.power.is_some() {
                self.due.push(at);
            }
            context.emit(Fact::NodesDown { site: at, failure, nodes, gpus });
            let (first, end) = (strike.nodes.start, strike.nodes.end);
            context.schedule_in(strike.repair, Event::Repair { site: at, first, end });
            self.replace_replicas(&lost, now, context);
        }
    }

    /// Stops a running job because its nodes are taken out.
    pub(crate) fn take_off(
        &mut self,
        now: SimTime,
        at: SiteId,
        slot: u32,
        context: &mut Context<Event, Fact>,
    ) {
        let site = &mut self.sites[at.index()];
        let (jobs, quotas, config) = (&mut self.jobs, &mut self.quotas, &self.config);
        if let Some(lost) = schedule::take_off(&mut Pass { now, site, jobs, quotas, config, context }, slot) {
            let job = &self.jobs.get(slot).job;
            let (job, gpu_milli) = (job.number, job.demand.total_gpu_milli());
            context.emit(Fact::JobInterrupted { job, site: at, failure: None, lost, gpu_milli });
        }
    }

    /// What kept nodes down is over.
    pub(crate) fn repair(
        &mut self,
        now: SimTime,
        at: SiteId,
        nodes: Range<u32>,
        context: &mut Context<Event, Fact>,
    ) {
        self.touch(now, at, context);
        let (nodes, gpus) = self.sites[at.index()].rise(&self.config, nodes);
        if self.sites[at.index()].power.is_some() {
            self.due.push(at);
        }
        if nodes > 0 {
            context.emit(Fact::NodesUp { site: at, nodes, gpus });
        }
    }
}
