//! Who starts next: one scheduling pass over the queue of one site, at the end of an instant.
//!
//! The order of the queue ([`crate::queue`]) and the rule by which jobs may overtake (this module) are independent: any
//! order goes with any rule. To add a rule, write one file with a function of the shape of [`strict`], and give it an
//! arm in [`Pass::run`] and in `scenario::world::Backfill`.
//!
//! What an estimate means: a running job is expected to end when it said that it would; one that has run longer is
//! expected to end at once.

mod conservative;
mod easy;
mod mend;
mod preemption;
mod projection;

pub use easy::Reservation;
#[cfg(test)]
pub use easy::audited;
pub use mend::{interrupt, take_off};

use crate::cluster::{Allocation, Groups, runs_of};
use crate::fact::Fact;
use crate::failure;
use crate::jobs::{Held, Jobs, Pace};
use crate::queue::Entry;
use crate::site::SiteState;
use crate::twin::{Config, Event, Quotas};
use base::id::PartnerId;
use base::{SimTime, Span};
use kernel::Context;
use scenario::world::{Backfill, Checkpoint};
use std::ops::Range;

/// One pass.
pub struct Pass<'a> {
    /// The instant.
    pub now: SimTime,
    /// The site.
    pub site: &'a mut SiteState,
    /// All jobs in the system.
    pub jobs: &'a mut Jobs,
    /// What the tenants hold over all sites.
    pub quotas: &'a mut Quotas,
    /// The scenario's part.
    pub config: &'a Config,
    /// The world.
    pub context: &'a mut Context<Event, Fact>,
}

impl Pass<'_> {
    /// Starts every job that may start now.
    pub fn run(mut self) {
        mend::mend(&mut self);
        if !self.site.released && self.site.arrivals.is_empty() {
            return;
        }
        match self.config.policy.backfill {
            Backfill::None => strict(&mut self),
            Backfill::Easy { depth } => easy::pass(&mut self, depth),
            Backfill::Conservative { depth } => conservative::pass(&mut self, depth),
        }
        self.site.released = false;
        self.site.arrivals.clear();
        #[cfg(test)]
        easy::audit(&self);
    }

    /// The first job of the queue. One whose tenant may hold no more just now does not count, nor does one that asks for
    /// more than its partner can ever hold here; one for which its partner's machines are busy does.
    fn head(&self) -> Option<Entry> {
        self.first(|_| true)
    }

    /// The first of those.
    fn first(&self, counts: impl Fn(&Entry) -> bool) -> Option<Entry> {
        let counts = |entry: &Entry| self.waits_for_room(entry) && counts(entry);
        let first = |list| self.site.queue.list(list).find(None, |_, _| true, counts).copied();
        if self.site.queue.is_dynamic() { self.ranked().into_iter().find_map(first) } else { first(0) }
    }

    /// Whether nothing but room keeps the job from starting.
    fn waits_for_room(&self, entry: &Entry) -> bool {
        let shares = self.site.shares.as_ref();
        self.quotas.allows(entry) && shares.is_none_or(|shares| shares.could(entry.tenant, entry.gpu_milli))
    }

    /// The lists of the queue in the order in which they are served.
    fn ranked(&self) -> Vec<usize> {
        if !self.site.queue.is_dynamic() {
            return vec![0];
        }
        let weights = &self.config.tenant_weights_milli;
        self.site.queue.ranked(|tenant| self.site.dominant_share(tenant, weights[tenant.index()]))
    }

    /// Whether the job's tenant may hold its accelerators too.
    fn allows(&self, entry: &Entry) -> bool {
        self.quotas.allows(entry) && self.site.allows(entry.tenant, entry.gpu_milli)
    }

    /// Places the job if it fits now.
    fn place(&mut self, entry: &Entry) -> Option<(Groups, Vec<Allocation>)> {
        if entry.gpu_milli > self.site.cluster.free_milli() || self.is_unfit(entry) {
            return None;
        }
        let mut allocations = self.jobs.spare_list();
        let job = &self.jobs.get(entry.slot).job;
        let placed =
            self.site.placer.place(&mut self.site.cluster, &job.demand, job.accelerators, &mut allocations);
        if placed.is_none() {
            self.jobs.recycle(allocations);
            let demand = entry.demand as usize;
            if demand >= self.site.unfit.len() {
                self.site.unfit.resize(demand + 1, 0);
            }
            self.site.unfit[demand] = self.site.epoch;
            return None;
        }
        placed.map(|groups| (groups, allocations))
    }

    /// Whether the demand was found not to fit since something was last given back.
    fn is_unfit(&self, entry: &Entry) -> bool {
        self.site.unfit.get(entry.demand as usize) == Some(&self.site.epoch)
    }

    /// Places and starts the job if it fits now and its tenant may hold it.
    fn try_start(&mut self, entry: &Entry) -> bool {
        if !self.allows(entry) {
            return false;
        }
        match self.place(entry) {
            Some((groups, allocations)) => {
                self.start(entry, groups, allocations);
                true
            }
            None => false,
        }
    }

    /// Undoes a placing.
    fn unplace(&mut self, groups: &Groups, allocations: Vec<Allocation>) {
        self.site.placer.release(&mut self.site.cluster, groups, &allocations);
        self.site.withdraw(self.config, &allocations);
        self.jobs.recycle(allocations);
    }

    /// Starts a job that has been placed.
    fn start(&mut self, entry: &Entry, groups: Groups, allocations: Vec<Allocation>) {
        let now = self.now;
        let runs = runs_of(&allocations);
        let pace = self.pace(entry, &runs);
        let state = self.jobs.get_mut(entry.slot);
        state.spread = self.site.cluster.spread(&runs);
        state.begin(now, pace);
        let end = now.saturating_add(pace.time(state.remaining()));
        let end = self.context.schedule_at(end, Event::End { slot: entry.slot });
        let requested_end = now.saturating_add(pace.time(state.requested()));
        self.context.emit(Fact::JobStarted {
            job: state.job.number,
            site: self.site.id,
            nodes: state.spread.0,
            gpu_milli: entry.gpu_milli,
        });
        self.site.hold(now, entry.tenant, &state.job.demand, groups.pool);
        if self.config.workloads[state.job.workload.index()].preemptible {
            *self.site.preemptible.entry(state.job.priority).or_default() += 1;
        }
        let workload = state.job.workload;
        self.site.occupy(entry.slot, &allocations);
        self.site.draw(self.config, workload, (&groups, &allocations), true);
        state.held = Some(Held { groups, allocations, end, requested_end });
        self.quotas.hold(entry.tenant, entry.gpu_milli);
        self.site.running.insert((requested_end, entry.slot));
        self.site.queue.remove(entry.tenant, entry.key);
        self.site.account().started();
    }
}

impl Pass<'_> {
    /// How the job will spend its time on these nodes.
    fn pace(&self, entry: &Entry, runs: &[Range<u32>]) -> Pace {
        let state = self.jobs.get(entry.slot);
        let rules = &self.config.workloads[state.job.workload.index()];
        let every = match rules.checkpoint {
            Checkpoint::Never => None,
            Checkpoint::Every(every) => Some(every),
            Checkpoint::Optimal => self.optimal(runs, rules.checkpoint_write),
        };
        let restore = if state.was_stopped() { rules.restart } else { Span::ZERO };
        let speed = self.site.speed(self.config, state.job.workload);
        Pace {
            restore,
            every: every.filter(|&every| every > Span::ZERO),
            write: rules.checkpoint_write,
            speed,
        }
    }

    /// The work between checkpoints that loses the least; none if nothing can fail.
    fn optimal(&self, runs: &[Range<u32>], write: Span) -> Option<Span> {
        let census = self.site.fleet.census(&self.site.cluster, runs, &self.config.failures);
        let rate = failure::interruptions(&self.config.failures, &census);
        (rate > 0.0).then(|| failure::optimal_interval(write, 1.0 / rate))
    }
}

/// Takes a running job off its nodes and puts it back into the queue; returns the work that it lost. With `notice` it has
/// had time to write a checkpoint, and loses nothing.
pub fn stop(pass: &mut Pass<'_>, slot: u32, notice: bool) -> Span {
    let (held, lost) = pass.jobs.get_mut(slot).stop(pass.now, notice);
    pass.context.cancel(held.end);
    pass.site.running.remove(&(held.requested_end, slot));
    requeue(pass, slot, held);
    lost
}

/// Puts a job that runs no more back into the queue, and gives back what it held.
fn requeue(pass: &mut Pass<'_>, slot: u32, held: Held) {
    let state = pass.jobs.get_mut(slot);
    let workload = state.job.workload;
    let (tenant, demand, priority) = (state.job.tenant, state.job.demand, state.job.priority);
    let entry = Entry {
        key: state.key,
        slot,
        demand: state.demand,
        gpu_milli: demand.total_gpu_milli(),
        requested: state.requested(),
        tenant,
    };
    if pass.config.workloads[state.job.workload.index()].preemptible {
        pass.site.forget_preemptible(priority);
    }
    pass.site.give_back(pass.now, tenant, &demand, held.groups.pool);
    pass.site.vacate(slot, &held.allocations);
    pass.site.draw(pass.config, workload, (&held.groups, &held.allocations), false);
    pass.quotas.give_back(tenant, entry.gpu_milli);
    pass.unplace(&held.groups, held.allocations);
    pass.site.queue.insert(entry);
    pass.site.reservation = None;
    pass.site.released = true;
}

/// Nobody overtakes the first job of the queue; one that waits for its partner's machines holds up its partner's jobs only.
fn strict(pass: &mut Pass<'_>) {
    if pass.site.released {
        pass.site.epoch += 1;
    }
    let mut blocked = pass.site.reservation.as_ref().map(|reservation| reservation.head);
    let mut full: Vec<Option<PartnerId>> = Vec::new();
    let partner = |pass: &Pass<'_>, entry: &Entry| pass.site.shares.as_ref()?.partner_of(entry.tenant);
    while let Some(head) = pass.first(|entry| full.is_empty() || !full.contains(&partner(pass, entry))) {
        if !pass.site.released && blocked == Some(head.key) {
            // It did not fit, and nothing was given back since.
            return;
        }
        if pass.try_start(&head) {
            continue;
        }
        if !pass.preempt_for(&head) {
            if !pass.allows(&head) {
                full.push(partner(pass, &head));
                continue;
            }
            pass.site.reservation = Some(Reservation::none(head.key));
            return;
        }
        // More may have been given back than the head took.
        blocked = None;
    }
    pass.site.reservation = None;
}
