//! Packing by scale-up domain: a gang gets the fewest domains (NVL72 racks, say), because traffic inside one is an order
//! of magnitude faster than between two; and of the domains that hold it, the fullest, so that whole domains stay free.
//! Topology-aware best fit, as in Slurm's topology/block plug-in and in Amaral et al., "Topology-Aware GPU Scheduling
//! for Learning Workloads in Cloud Environments" (SC 2017).

use super::Placer;
use crate::cluster::{Allocation, Cluster, Groups, NodeSet, Task, WHOLE};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

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
    /// The domains by `(pool, free whole accelerators)`; no set is empty.
    by_free: BTreeMap<(u16, u32), NodeSet>,
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
            self.by_free.entry((self.pool[domain as usize], 0)).or_default().insert(domain);
            self.recount(cluster, domain);
        }
    }

    /// What is free on a node has changed.
    pub(super) fn changed(&mut self, cluster: &Cluster, node: u32) {
        self.recount(cluster, cluster.domain(node));
    }

    /// Each of these nodes, which are up, has got back a task of whole accelerators.
    pub(super) fn gave_back(&mut self, cluster: &Cluster, mut nodes: Range<u32>, task: &Task) {
        while !nodes.is_empty() {
            let domain = cluster.domain(nodes.start);
            let end = nodes.end.min(self.members(domain).end);
            let more = (end - nodes.start) * u32::from(task.whole());
            self.set(domain, self.free[domain as usize] + more);
            nodes.start = end;
        }
    }

    fn recount(&mut self, cluster: &Cluster, domain: u32) {
        self.set(domain, cluster.free_whole(self.members(domain)));
    }

    /// So many whole accelerators are free in a domain.
    fn set(&mut self, domain: u32, now: u32) {
        let d = domain as usize;
        let (pool, before) = (self.pool[d], std::mem::replace(&mut self.free[d], now));
        if now == before {
            return;
        }
        if let Some(domains) = self.by_free.get_mut(&(pool, before)) {
            domains.remove(domain);
            if domains.len() == 0 {
                self.by_free.remove(&(pool, before));
            }
        }
        self.by_free.entry((pool, now)).or_default().insert(domain);
    }

    /// Whether what is counted is what there is.
    #[cfg(test)]
    pub(super) fn agree(&self, cluster: &Cluster) -> bool {
        (0..cluster.domains()).all(|domain| {
            let free = cluster.free_whole(self.members(domain));
            let listed = self.by_free.get(&(self.pool[domain as usize], free));
            self.free[domain as usize] == free
                && listed.is_some_and(|domains| domains.iter().any(|d| d == domain))
        })
    }

    fn members(&self, domain: u32) -> Range<u32> {
        let (first, end) = self.nodes[domain as usize];
        first..end
    }

    /// The fullest domain that can take all of it; of equally full ones the first.
    fn fullest_for(&self, cluster: &Cluster, work: &Work) -> Option<u32> {
        let enough = self.by_free.range((work.pool, work.whole())..(work.pool + 1, 0));
        let mut tried = enough.flat_map(|(_, domains)| domains.iter().take(TRIES));
        tried.find(|&domain| work.fits(cluster, self.members(domain)))
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
        let emptiest = self.by_free.range((work.pool, 0)..(work.pool + 1, 0)).rev();
        let mut all = emptiest.flat_map(|(_, domains)| domains.iter_back());
        all.find(|&domain| self.members(domain).any(|node| one(cluster.free(node))))
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

    /// The task to place next, and whether it is the smaller one.
    fn next(&self) -> Option<(Task, bool)> {
        if self.tasks > 0 { Some((self.task, false)) } else { self.rest.map(|rest| (rest, true)) }
    }

    /// So many tasks are placed.
    fn placed(&mut self, tasks: u32, rest: bool) {
        if rest {
            self.rest = None;
        } else {
            self.tasks -= tasks;
        }
    }

    fn fits(&self, cluster: &Cluster, nodes: Range<u32>) -> bool {
        let groups = Groups { pool: self.pool, task: self.task, tasks: self.tasks, rest: self.rest };
        let mut count = groups.count();
        for node in nodes {
            count.add(cluster.free(node), 1, &groups);
        }
        count.enough(&groups)
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

/// Puts a task on each of the first nodes, where all are alike and each holds one task and no more: how many it put. 0
/// where they are not, or have no room.
fn fill_alike(
    cluster: &mut Cluster,
    nodes: Range<u32>,
    (task, rest): (&Task, bool),
    left: u32,
    out: &mut Vec<Allocation>,
) -> u32 {
    let count = nodes.len() as u32;
    if task.is_share() || cluster.free(nodes.start).fits(task) != 1 || cluster.alike(nodes.clone()) != count {
        return 0;
    }
    let put = left.min(count);
    cluster.take_run(nodes.start..nodes.start + put, task, rest, out);
    put
}

/// Puts as many tasks as fit on the nodes of one domain, on the fullest nodes first.
fn fill(cluster: &mut Cluster, nodes: Range<u32>, work: &mut Work, out: &mut Vec<Allocation>) {
    while let Some((task, rest)) = work.next() {
        let mut left = if rest { 1 } else { work.tasks };
        let put = fill_alike(cluster, nodes.clone(), (&task, rest), left, out);
        if put > 0 {
            work.placed(put, rest);
            continue;
        }
        let fits = |cluster: &Cluster, node| cluster.is_up(node) && cluster.free(node).fits_one(&task);
        let mut fullest: Vec<u32> = nodes.clone().filter(|&node| fits(cluster, node)).collect();
        fullest.sort_by_key(|&node| cluster.free(node).gpu_milli());
        if fullest.is_empty() {
            return;
        }
        let before = left;
        let mut nodes = &fullest[..];
        while let Some(&node) = nodes.first().filter(|_| left > 0) {
            let mut run = 1;
            if !task.is_share() && cluster.free(node).fits(&task) == 1 {
                let beside = (node..).zip(nodes).take_while(|(next, node)| next == *node).count() as u32;
                run = cluster.alike(node..node + beside.min(left));
                cluster.take_run(node..node + run, &task, rest, out);
                left -= run;
            }
            // A node that has taken a task is fuller than it was: it stays the fullest while it can take another.
            while left > 0 && run == 1 && fits(cluster, node) {
                let device = super::tightest(cluster.free(node), &task);
                out.push(cluster.take(node, &task, device, rest));
                left -= 1;
            }
            nodes = &nodes[run as usize..];
        }
        work.placed(before - left, rest);
    }
}
