//! Packing by scale-up domain: a gang gets the fewest domains (NVL72 racks, say), because traffic inside one is an order
//! of magnitude faster than between two; and of the domains that hold it, the fullest, so that whole domains stay free.
//! Topology-aware best fit, as in Slurm's topology/block plug-in and in Amaral et al., "Topology-Aware GPU Scheduling
//! for Learning Workloads in Cloud Environments" (SC 2017).

use super::Placer;
use crate::cluster::{Allocation, Cluster, Groups, Task, WHOLE};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many domains with the same number of free accelerators are tried before the next number.
const TRIES: usize = 8;

/// The free whole accelerators of each domain, and the domains by pool and that number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Domains {
    /// Nodes of each domain: `first..end`.
    nodes: Vec<(u32, u32)>,
    /// Free whole accelerators of each domain.
    free: Vec<u32>,
    pool: Vec<u16>,
    /// `(pool, free whole accelerators, domain)`.
    by_free: BTreeSet<(u16, u32, u32)>,
}

impl Domains {
    pub(super) fn added(&mut self, cluster: &Cluster, first: u32) {
        for node in first..cluster.nodes() {
            let domain = cluster.domain(node) as usize;
            if domain == self.nodes.len() {
                self.nodes.push((node, node));
                self.free.push(0);
                self.pool.push(cluster.pool_of(node));
            }
            self.nodes[domain].1 = node + 1;
        }
        for domain in cluster.domain(first.min(cluster.nodes() - 1))..cluster.domains() {
            self.recount(cluster, domain);
        }
    }

    pub(super) fn changed(&mut self, cluster: &Cluster, node: u32) {
        self.recount(cluster, cluster.domain(node));
    }

    fn recount(&mut self, cluster: &Cluster, domain: u32) {
        let d = domain as usize;
        let now = self.members(domain).map(|node| u32::from(cluster.free(node).whole)).sum();
        self.by_free.remove(&(self.pool[d], self.free[d], domain));
        self.free[d] = now;
        self.by_free.insert((self.pool[d], now, domain));
    }

    fn members(&self, domain: u32) -> std::ops::Range<u32> {
        let (first, end) = self.nodes[domain as usize];
        first..end
    }

    /// The fullest domain that can take all of it; of equally full ones the first.
    fn fullest_for(&self, cluster: &Cluster, work: &Work) -> Option<u32> {
        let mut tried = (0, 0);
        self.by_free.range((work.pool, work.whole(), 0)..(work.pool + 1, 0, 0)).find_map(
            |&(_, free, domain)| {
                tried = if tried.0 == free { (free, tried.1 + 1) } else { (free, 1) };
                (tried.1 <= TRIES && work.fits(cluster, self.members(domain))).then_some(domain)
            },
        )
    }

    /// The domain with the most free accelerators that can take at least one task.
    fn emptiest_for(&self, cluster: &Cluster, work: &Work) -> Option<u32> {
        let one = |free: &crate::cluster::Free| {
            if work.tasks > 0 {
                free.fits_one(&work.task)
            } else {
                work.rest.is_some_and(|rest| free.fits_one(&rest))
            }
        };
        let all = self.by_free.range((work.pool, 0, 0)..(work.pool + 1, 0, 0)).rev();
        all.map(|&(_, _, domain)| domain)
            .find(|&domain| self.members(domain).any(|node| one(cluster.free(node))))
    }
}

/// What is still to be placed.
struct Work {
    pool: u16,
    task: Task,
    tasks: u32,
    rest: Option<Task>,
}

impl Work {
    /// Whole accelerators that it needs at the least.
    fn whole(&self) -> u32 {
        let rest = self.rest.map_or(0, |rest| rest.gpu_milli);
        self.task.gpu_milli / WHOLE * self.tasks + rest / WHOLE
    }

    fn fits(&self, cluster: &Cluster, nodes: std::ops::Range<u32>) -> bool {
        let groups = Groups { pool: self.pool, task: self.task, tasks: self.tasks, rest: self.rest };
        let mut count = groups.count();
        for node in nodes {
            count.add(cluster.free(node), 1, &groups);
        }
        if self.tasks == 0 { true } else { count.enough(&groups) }
    }
}

impl Placer {
    /// Places a job of which it is known that it fits in its pool.
    pub(super) fn place_by_domain(
        &mut self,
        cluster: &mut Cluster,
        groups: &Groups,
        out: &mut Vec<Allocation>,
    ) {
        let mut work = Work { pool: groups.pool, task: groups.task, tasks: groups.tasks, rest: groups.rest };
        while work.tasks > 0 || work.rest.is_some() {
            let domains = self.domains.as_ref().expect("the policy has them");
            let domain = domains
                .fullest_for(cluster, &work)
                .or_else(|| domains.emptiest_for(cluster, &work))
                .expect("it was counted that the job fits");
            let members = domains.members(domain);
            fill(cluster, members, &mut work, out);
            if let Some(domains) = &mut self.domains {
                domains.recount(cluster, domain);
            }
        }
    }
}

/// Puts as many tasks as fit on the nodes of one domain, on the fullest nodes first.
fn fill(cluster: &mut Cluster, nodes: std::ops::Range<u32>, work: &mut Work, out: &mut Vec<Allocation>) {
    while work.tasks > 0 || work.rest.is_some() {
        let rest = work.tasks == 0;
        let task = if rest { work.rest.expect("the loop says so") } else { work.task };
        let fullest = nodes
            .clone()
            .filter(|&node| cluster.is_up(node) && cluster.free(node).fits_one(&task))
            .min_by_key(|&node| cluster.free(node).gpu_milli());
        let Some(node) = fullest else { return };
        let device = super::tightest(cluster.free(node), &task);
        out.push(cluster.take(node, &task, device, rest));
        if rest {
            work.rest = None;
        } else {
            work.tasks -= 1;
        }
    }
}
