//! Which nodes a job gets.
//!
//! A policy gives each class of nodes a score for a task; the least score wins, and of equal scores the node with the
//! least index. Scores are integers: no float decides an order. To add a policy, write one file with a function of the
//! shape of [`best_fit::score`], and give it an arm in [`Placer::candidate`] and in `scenario::world::Placement`.

mod best_fit;
mod domain_pack;
mod dot_product;
mod fgd;
mod first_fit;
mod worst_fit;

use crate::AcceleratorSet;
use crate::cluster::{Allocation, Class, Cluster, Device, Free, Groups, Task};
use rustc_hash::FxHashMap;
use scenario::world::Placement;
use serde::{Deserialize, Serialize};
use trace::Demand;

pub(crate) use domain_pack::Domains;

/// Fixed-point unit of the scores that compare shares of a resource.
const UNIT: i64 = 1 << 24;

/// A class that can take a task: how good it is, and on which accelerator a share would go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidate {
    /// Less is better.
    score: i64,
    device: Device,
}

/// The best place for a task.
#[derive(Clone, Copy, Debug)]
struct Best {
    candidate: Candidate,
    /// The first node of the best class.
    node: u32,
    /// The first node of the other classes that are as good.
    tied: Option<u32>,
}

/// A policy with what it remembers between decisions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Placer {
    policy: Placement,
    /// Scores of (task, class); an entry of an older version of the class does not count.
    #[serde(skip)]
    scores: FxHashMap<Task, Vec<Option<(u64, Candidate)>>>,
    /// Only for `DomainPack`.
    domains: Option<Domains>,
}

impl Placer {
    /// A placer for one site.
    pub fn new(policy: Placement) -> Placer {
        let domains = (policy == Placement::DomainPack).then(Domains::default);
        Placer { policy, scores: FxHashMap::default(), domains }
    }

    /// Places the whole job and adds where each task sits to `out`; or leaves everything as it was and returns `None`
    /// if it does not fit now.
    pub fn place(
        &mut self,
        cluster: &mut Cluster,
        demand: &Demand,
        accelerators: AcceleratorSet,
        out: &mut Vec<Allocation>,
    ) -> Option<Groups> {
        let groups = self.pool(cluster, demand, accelerators)?;
        self.place_groups(cluster, &groups, out);
        Some(groups)
    }

    /// Places tasks of which it is known that they fit in their pool.
    pub fn place_groups(&mut self, cluster: &mut Cluster, groups: &Groups, out: &mut Vec<Allocation>) {
        if self.domains.is_some() {
            self.place_by_domain(cluster, groups, out);
        } else {
            self.place_tasks(cluster, groups.pool, &groups.task, groups.tasks, false, out);
            if let Some(rest) = &groups.rest {
                self.place_tasks(cluster, groups.pool, rest, 1, true, out);
            }
        }
    }

    /// Gives back what a job held.
    pub fn release(&mut self, cluster: &mut Cluster, groups: &Groups, allocations: &[Allocation]) {
        let mut left = allocations;
        while let Some(&first) = left.first() {
            let task = groups.task_of(first.rest);
            let run = cluster.run_of(groups, left);
            let nodes = first.node..first.node + run;
            if run == 1 {
                cluster.give(task, first);
            } else {
                cluster.give_run(nodes.clone(), task);
            }
            match &mut self.domains {
                Some(domains) if run == 1 => domains.changed(cluster, first.node),
                Some(domains) => domains.gave_back(cluster, nodes, task),
                None => {}
            }
            left = &left[run as usize..];
        }
    }

    /// New nodes stand in the cluster from index `first`.
    pub fn added(&mut self, cluster: &Cluster, first: u32) {
        // Scores are measured against the largest node, and there may be a larger one now.
        self.scores.clear();
        if let Some(domains) = &mut self.domains {
            domains.added(cluster, first);
        }
    }

    /// What is free on a node has changed.
    pub fn node_changed(&mut self, cluster: &Cluster, node: u32) {
        if let Some(domains) = &mut self.domains {
            domains.changed(cluster, node);
        }
    }

    /// The pool in which the job's first task sits best, of those that hold the whole job now.
    fn pool(&mut self, cluster: &Cluster, demand: &Demand, accelerators: AcceleratorSet) -> Option<Groups> {
        let pools = cluster.pools_for(accelerators, demand.gpu_milli);
        let mut pools = pools.filter_map(|pool| cluster.forms(demand, pool).find(|form| cluster.fits(form)));
        let first = pools.next()?;
        let Some(second) = pools.next() else { return Some(first) };
        [first, second].into_iter().chain(pools).min_by_key(|groups| {
            self.best(cluster, groups.pool, &groups.task).map(|best| (best.candidate.score, best.node))
        })
    }

    fn place_tasks(
        &mut self,
        cluster: &mut Cluster,
        pool: u16,
        task: &Task,
        tasks: u32,
        rest: bool,
        out: &mut Vec<Allocation>,
    ) {
        let mut left = tasks;
        while left > 0 {
            let Best { candidate, node, tied } =
                self.best(cluster, pool, task).expect("it was counted that the job fits");
            // Nodes that the task fills drop out, so that the class stays the best until it is used up, or until
            // another that is as good has a node before its next.
            let class = cluster.class_of_node(node);
            let after = cluster.free(node).without(task, candidate.device);
            let fills = self.policy != Placement::FirstFit && !after.fits_one(task);
            let many = if fills { left.min(cluster.class_at(class).nodes.len() as u32) } else { 1 };
            let mut taken = 0;
            while taken < many {
                let nodes = &cluster.class_at(class).nodes;
                let next = nodes.first().expect("that many are in it");
                if taken > 0 && tied.is_some_and(|tied| tied < next) {
                    break;
                }
                let most = tied.map_or(many - taken, |tied| (many - taken).min(tied.saturating_sub(next)));
                if most <= 1 || task.is_share() {
                    out.push(cluster.take(next, task, candidate.device, rest));
                    taken += 1;
                } else {
                    let run = nodes.run_from(next, most);
                    cluster.take_run(next..next + run, task, rest, out);
                    taken += run;
                }
            }
            left -= taken;
        }
    }

    /// The least score for a task, and the first node that has it.
    fn best(&mut self, cluster: &Cluster, pool: u16, task: &Task) -> Option<Best> {
        let mut best: Option<Best> = None;
        let mut known = match self.policy {
            // Its score is the place of the class's first node, which changes.
            Placement::FirstFit => None,
            _ => Some(std::mem::take(self.scores.entry(*task).or_default())),
        };
        for (index, class) in cluster.classes(pool) {
            if !class.free.fits_one(task) {
                continue;
            }
            let candidate = match &mut known {
                Some(known) => remembered(known, index, class, || self.candidate(cluster, class, task)),
                None => self.candidate(cluster, class, task),
            };
            let Some(node) = class.nodes.first() else { continue };
            best = Some(match best {
                Some(best) if best.candidate.score < candidate.score => best,
                Some(best) if best.candidate.score == candidate.score && best.node < node => {
                    Best { tied: Some(best.tied.map_or(node, |tied| tied.min(node))), ..best }
                }
                Some(best) if best.candidate.score == candidate.score => {
                    Best { candidate, node, tied: Some(best.node) }
                }
                _ => Best { candidate, node, tied: None },
            });
        }
        if let Some(known) = known {
            self.scores.insert(*task, known);
        }
        best
    }

    fn candidate(&self, cluster: &Cluster, class: &Class, task: &Task) -> Candidate {
        match self.policy {
            Placement::FirstFit => first_fit::score(class, task),
            Placement::BestFit | Placement::DomainPack => best_fit::score(cluster, &class.free, task),
            Placement::WorstFit => worst_fit::score(cluster, &class.free, task),
            Placement::DotProduct => dot_product::score(cluster, &class.free, task),
            Placement::Fgd => fgd::score(cluster, class, task),
        }
    }
}

fn remembered(
    known: &mut Vec<Option<(u64, Candidate)>>,
    index: u32,
    class: &Class,
    compute: impl FnOnce() -> Candidate,
) -> Candidate {
    let index = index as usize;
    if index >= known.len() {
        known.resize(index + 1, None);
    }
    match known[index] {
        Some((version, candidate)) if version == class.version => candidate,
        _ => {
            let candidate = compute();
            known[index] = Some((class.version, candidate));
            candidate
        }
    }
}

/// The shared accelerator with the least left that can take the share; a fresh one if none can.
fn tightest(free: &Free, task: &Task) -> Device {
    let fits = free.shared().iter().find(|&&left| u32::from(left) >= task.gpu_milli);
    fits.map_or(Device::Fresh, |&left| Device::Shared(left))
}

/// A fresh accelerator if there is one; else the shared one with the most left.
fn emptiest(free: &Free, _: &Task) -> Device {
    match free.shared().last() {
        Some(&left) if free.whole == 0 => Device::Shared(left),
        _ => Device::Fresh,
    }
}

/// `amount` as a share of `most`, in [`UNIT`]s; 0 where the resource is not modelled.
fn share(amount: u32, most: u32) -> i64 {
    if amount == u32::MAX { 0 } else { i64::from(amount) * UNIT / i64::from(most.max(1)) }
}

#[cfg(test)]
mod tests;
