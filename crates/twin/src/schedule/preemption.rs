//! Stopping jobs of lower priority for one of higher priority.

use super::Pass;
use super::projection::Projection;
use crate::cluster::Groups;
use crate::fact::Fact;
use crate::queue::Entry;

impl Pass<'_> {
    /// Stops preemptible jobs of lower priority until the job fits: those of the lowest priority first, and of them
    /// those that started last; none whose stopping does not help. Says whether it fits now; if it cannot, nothing is
    /// stopped.
    pub(super) fn preempt_for(&mut self, entry: &Entry) -> bool {
        let priority = entry.key.priority.0;
        if !self.config.policy.preemption || self.site.preemptible.range(..priority).next().is_none() {
            return false;
        }
        let Some(victims) = self.victims(entry, priority).filter(|victims| !victims.is_empty()) else {
            return false;
        };
        for slot in victims {
            self.stop(slot, self.jobs.get(entry.slot).job.number);
        }
        self.site.epoch += 1;
        self.site.reservation = None;
        true
    }

    fn victims(&self, entry: &Entry, priority: i32) -> Option<Vec<u32>> {
        let cluster = &self.site.cluster;
        let job = &self.jobs.get(entry.slot).job;
        let forms = cluster
            .pools_for(job.accelerators, job.demand.gpu_milli)
            .map(|pool| Groups::resolve(&job.demand, pool, cluster.pool(pool).node_gpus));
        let mut nodes = Projection::new(cluster, forms);
        let mut stopped: Vec<u32> = Vec::new();
        for slot in self.candidates(priority) {
            if nodes.fitting().is_some() {
                break;
            }
            if let Some(held) =
                self.jobs.get(slot).held.as_ref().filter(|held| nodes.concerns(held.groups.pool))
            {
                nodes.release(cluster, held);
                stopped.push(slot);
            }
        }
        let pool = nodes.fitting()?.pool;
        nodes.only(pool);
        // The last one made it fit; of those before, some may not have been needed.
        stopped.retain(|&slot| {
            let Some(held) = &self.jobs.get(slot).held else { return false };
            if held.groups.pool != pool {
                return false;
            }
            nodes.hold(&held.groups, &held.allocations);
            if nodes.fitting().is_some() {
                return false;
            }
            nodes.unhold(&held.groups, &held.allocations);
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

    fn stop(&mut self, slot: u32, by: u64) {
        let state = self.jobs.get_mut(slot);
        let checkpoint = self.config.workloads[state.job.workload.index()].checkpoint;
        let (held, lost) = state.stop(self.now, checkpoint);
        let (tenant, demand) = (state.job.tenant, state.job.demand);
        self.context.emit(Fact::JobPreempted { job: state.job.number, site: self.site.id, by, lost });
        let entry = Entry {
            key: state.key,
            slot,
            demand: state.demand,
            gpu_milli: demand.total_gpu_milli(),
            requested: state.requested(),
            tenant,
        };
        let priority = state.job.priority;
        self.context.cancel(held.end);
        self.site.running.remove(&(held.requested_end, slot));
        self.site.forget_preemptible(priority);
        self.site.give_back(tenant, &demand);
        self.quotas.give_back(tenant, entry.gpu_milli);
        self.unplace(&held.groups, held.allocations);
        self.site.queue.insert(entry);
    }
}
