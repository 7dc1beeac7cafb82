//! Stopping jobs of lower priority for one of higher priority.

use super::Pass;
use super::projection::Projection;
use crate::AcceleratorSet;
use crate::agreements::Shares;
use crate::fact::Fact;
use crate::queue::Entry;
use base::id::TenantId;
use trace::Demand;

impl Pass<'_> {
    /// Stops preemptible jobs of lower priority until the job fits: those of the lowest priority first, and of them
    /// those that started last; none whose stopping does not help. Then starts it. Says whether it did; if the job
    /// cannot be made to fit, nothing is stopped.
    pub(super) fn preempt_for(&mut self, entry: &Entry) -> bool {
        let priority = entry.key.priority.0;
        if !self.config.policy.preemption || self.site.preemptible.range(..priority).next().is_none() {
            return false;
        }
        let job = &self.jobs.get(entry.slot).job;
        let share = Some((entry.tenant, entry.gpu_milli));
        let victims = self.victims(&job.demand, job.accelerators, priority, share);
        let Some(victims) = victims.filter(|victims| !victims.is_empty()) else {
            return false;
        };
        let by = self.jobs.get(entry.slot).job.number;
        for slot in victims {
            let lost = super::stop(self, slot, false);
            let state = self.jobs.get_mut(slot);
            state.preemptions += 1;
            self.context.emit(Fact::JobPreempted { job: state.job.number, site: self.site.id, by, lost });
        }
        self.site.epoch += 1;
        // At once: under fair share the tenant of a stopped job comes first now, and would take the room back.
        self.try_start(entry)
    }

    /// The jobs of lower priority whose stopping makes room for a demand; `None` if that cannot be. With a tenant and what
    /// it asks for, it must be allowed to hold that too.
    pub fn victims(
        &self,
        demand: &Demand,
        accelerators: AcceleratorSet,
        priority: i32,
        asked: Option<(TenantId, u64)>,
    ) -> Option<Vec<u32>> {
        let cluster = &self.site.cluster;
        let forms =
            cluster.pools_for(accelerators, demand.gpu_milli).flat_map(|pool| cluster.forms(demand, pool));
        let mut nodes = Projection::new(cluster, forms);
        let mut shares = self.site.shares.clone().zip(asked);
        let may = |shares: &Option<(Box<Shares>, (TenantId, u64))>| {
            shares.as_ref().is_none_or(|(shares, (tenant, milli))| shares.allow(*tenant, *milli))
        };
        let share = |shares: &mut Option<(Box<Shares>, _)>, slot: u32, given_back: bool| {
            let job = &self.jobs.get(slot).job;
            let milli = job.demand.total_gpu_milli();
            match shares {
                Some((shares, _)) if given_back => shares.give_back(job.tenant, milli),
                Some((shares, _)) => shares.hold(job.tenant, milli),
                None => {}
            }
        };
        let mut stopped: Vec<u32> = Vec::new();
        for slot in self.candidates(priority) {
            if nodes.fitting().is_some() && may(&shares) {
                break;
            }
            if let Some(held) =
                self.jobs.get(slot).held.as_ref().filter(|held| nodes.concerns(held.groups.pool))
            {
                nodes.release(cluster, held);
                share(&mut shares, slot, true);
                stopped.push(slot);
            }
        }
        let pool = nodes.fitting()?.pool;
        if !may(&shares) {
            return None;
        }
        nodes.only(pool);
        // The last one made it fit; of those before, some may not have been needed.
        stopped.retain(|&slot| {
            let Some(held) = &self.jobs.get(slot).held else { return false };
            let concerned = held.groups.pool == pool;
            share(&mut shares, slot, false);
            if concerned {
                nodes.hold(&held.groups, &held.allocations);
            }
            if nodes.fitting().is_some() && may(&shares) {
                return false;
            }
            if concerned {
                nodes.unhold(&held.groups, &held.allocations);
            }
            share(&mut shares, slot, true);
            true
        });
        Some(stopped)
    }

    /// The running jobs that may be stopped, in the order in which they are.
    fn candidates(&self, priority: i32) -> Vec<u32> {
        let workloads = &self.config.workloads;
        let mut slots: Vec<u32> = self.site.running.iter().map(|&(_, slot)| slot).collect();
        slots.retain(|&slot| {
            let job = &self.jobs.get(slot).job;
            job.priority < priority && workloads[job.workload.index()].preemptible
        });
        slots.sort_by_key(|&slot| {
            let state = self.jobs.get(slot);
            (state.job.priority, std::cmp::Reverse((state.since, state.job.number)))
        });
        slots
    }
}
