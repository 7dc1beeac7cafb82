//! What will be free at some instant to come, for one job that waits for it.

use crate::cluster::{Allocation, Cluster, Count, Device, Free, Groups, MOST_DEVICES, NO_SLOT, WHOLE};
use crate::jobs::Held;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// A node as it will be.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct View {
    free: Free,
    /// Only of nodes that have a shared accelerator.
    slots: Option<[u16; MOST_DEVICES]>,
}

/// The nodes that will differ from now, and how much room there will be for the waiting job in each pool that may take
/// it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Projection {
    /// Looked up, never iterated.
    views: FxHashMap<u32, View>,
    /// All nodes that have a view lie here.
    viewed: Range<u32>,
    /// Neighbouring nodes without shared accelerators that will be equal, by the first: one past the last, and how they
    /// will be. A view of a node counts before its run.
    runs: BTreeMap<u32, (u32, Free)>,
    /// The job's forms in each pool that may take it, and the room for each there.
    rooms: Vec<(Groups, Count)>,
}

impl Projection {
    /// The present, for a job that may take these forms.
    pub fn new(cluster: &Cluster, forms: impl Iterator<Item = Groups>) -> Projection {
        let rooms = forms.map(|groups| {
            let mut count = groups.count();
            for (_, class) in cluster.classes(groups.pool) {
                count.add(&class.free, class.nodes.len() as i64, &groups);
            }
            (groups, count)
        });
        Projection {
            rooms: rooms.collect(),
            views: FxHashMap::default(),
            viewed: 0..0,
            runs: BTreeMap::new(),
        }
    }

    /// The form in which the job will fit, if it will: of several the first.
    pub fn fitting(&self) -> Option<&Groups> {
        self.rooms.iter().find(|(groups, count)| count.enough(groups)).map(|(groups, _)| groups)
    }

    /// Forgets all pools but one.
    pub fn only(&mut self, pool: u16) {
        self.rooms.retain(|(groups, _)| groups.pool == pool);
    }

    /// Whether this pool matters.
    pub fn concerns(&self, pool: u16) -> bool {
        self.rooms.iter().any(|(groups, _)| groups.pool == pool)
    }

    /// A job that holds something now will have given it back.
    pub fn release(&mut self, cluster: &Cluster, held: &Held) {
        if !self.concerns(held.groups.pool) {
            return;
        }
        let mut left = &held.allocations[..];
        while let Some(&first) = left.first() {
            let run = cluster.run_of(&held.groups, left);
            let (now, rest) = left.split_at(run as usize);
            let nodes = first.node..first.node + run;
            let before = *cluster.free(first.node);
            if run > 1 && before.shared().is_empty() && self.is_new(nodes.clone()) {
                let after = before.with(held.groups.task_of(first.rest), 0);
                self.count(held.groups.pool, &before, -i64::from(run));
                self.count(held.groups.pool, &after, i64::from(run));
                self.runs.insert(nodes.start, (nodes.end, after));
            } else {
                for &allocation in now {
                    self.see(cluster, allocation.node);
                    self.give(&held.groups, allocation);
                }
            }
            left = rest;
        }
    }

    /// Whether these nodes will be as they are, so far.
    fn is_new(&self, nodes: Range<u32>) -> bool {
        let before = self.runs.range(..nodes.end).next_back();
        before.is_none_or(|(_, &(end, _))| end <= nodes.start)
            && (nodes.start.max(self.viewed.start)..nodes.end.min(self.viewed.end))
                .all(|node| !self.views.contains_key(&node))
    }

    /// How the run of a node will be, if it is in one.
    fn of_run(&self, node: u32) -> Option<View> {
        let (_, &(end, free)) = self.runs.range(..=node).next_back()?;
        (node < end).then_some(View { free, slots: None })
    }

    /// A job that has been given something just now will have given it back: the nodes will be as if it had not come.
    pub fn ignore(&mut self, cluster: &Cluster, groups: &Groups, allocations: &[Allocation]) {
        if !self.concerns(groups.pool) {
            return;
        }
        let new = |allocation: &&Allocation| self.is_new(allocation.node..allocation.node + 1);
        let fresh: Vec<Allocation> = allocations.iter().filter(new).copied().collect();
        for &allocation in &fresh {
            self.see(cluster, allocation.node);
            self.give_uncounted(groups, allocation);
        }
    }

    /// A job will hold this then.
    pub fn hold(&mut self, groups: &Groups, allocations: &[Allocation]) {
        if self.concerns(groups.pool) {
            for &allocation in allocations {
                self.take(groups, allocation);
            }
        }
    }

    /// Takes back a [`hold`](Self::hold).
    pub fn unhold(&mut self, groups: &Groups, allocations: &[Allocation]) {
        if self.concerns(groups.pool) {
            for &allocation in allocations.iter().rev() {
                self.give(groups, allocation);
            }
        }
    }

    /// A node goes down: nothing will be free on it. Returns the accelerators counted there so far, in thousandths.
    pub fn lose(&mut self, cluster: &Cluster, node: u32) -> u64 {
        let pool = cluster.pool_of(node);
        if !self.concerns(pool) {
            return 0;
        }
        self.see(cluster, node);
        let view = self.views.get_mut(&node).expect("it was seen");
        let before = std::mem::replace(view, View { free: Free::NOTHING, slots: None }).free;
        self.count(pool, &before, -1);
        u64::from(before.gpu_milli())
    }

    /// A node is up again, with nothing on it. Returns its accelerators, in thousandths.
    pub fn gain(&mut self, cluster: &Cluster, node: u32) -> u64 {
        let (pool, free) = (cluster.pool_of(node), *cluster.free(node));
        if !self.concerns(pool) {
            return 0;
        }
        self.views.remove(&node);
        if self.of_run(node).is_some() {
            self.set(node, View { free, slots: None });
        }
        self.count(pool, &free, 1);
        u64::from(free.gpu_milli())
    }

    /// The forms that the job has in the pools that matter.
    #[cfg(test)]
    pub fn forms(&self) -> impl Iterator<Item = Groups> {
        self.rooms.iter().map(|(groups, _)| *groups)
    }

    /// Whether there is as much room in both.
    #[cfg(test)]
    pub fn agrees(&self, other: &Projection) -> bool {
        self.rooms == other.rooms
    }

    fn see(&mut self, cluster: &Cluster, node: u32) {
        if !self.views.contains_key(&node) {
            let now = || View { free: *cluster.free(node), slots: cluster.slots(node).copied() };
            let view = self.of_run(node).unwrap_or_else(now);
            self.set(node, view);
        }
    }

    fn set(&mut self, node: u32, view: View) {
        self.viewed = match self.viewed.is_empty() {
            true => node..node + 1,
            false => self.viewed.start.min(node)..self.viewed.end.max(node + 1),
        };
        self.views.insert(node, view);
    }

    fn view(&mut self, node: u32) -> &mut View {
        if !self.views.contains_key(&node) {
            let view = self.of_run(node).expect("it was seen");
            self.set(node, view);
        }
        self.views.get_mut(&node).expect("it is there now")
    }

    fn give(&mut self, groups: &Groups, allocation: Allocation) {
        let before = self.view(allocation.node).free;
        self.give_uncounted(groups, allocation);
        self.recount(allocation.node, groups.pool, &before);
    }

    fn give_uncounted(&mut self, groups: &Groups, allocation: Allocation) {
        let task = groups.task_of(allocation.rest);
        let view = self.view(allocation.node);
        let left = if task.is_share() {
            let slot = &mut view.slots.as_mut().expect("it has a share")[usize::from(allocation.slot)];
            let left = *slot;
            let now = left + task.gpu_milli as u16;
            *slot = if u32::from(now) == WHOLE { NO_SLOT } else { now };
            left
        } else {
            0
        };
        view.free = view.free.with(task, left);
    }

    fn take(&mut self, groups: &Groups, allocation: Allocation) {
        let task = groups.task_of(allocation.rest);
        let view = self.view(allocation.node);
        let before = view.free;
        let device = if task.is_share() {
            let slots = view.slots.get_or_insert([NO_SLOT; MOST_DEVICES]);
            let slot = &mut slots[usize::from(allocation.slot)];
            let (device, left) = match *slot {
                NO_SLOT => (Device::Fresh, WHOLE as u16),
                left => (Device::Shared(left), left),
            };
            *slot = left - task.gpu_milli as u16;
            device
        } else {
            Device::Fresh
        };
        view.free = before.without(task, device);
        self.recount(allocation.node, groups.pool, &before);
    }

    fn recount(&mut self, node: u32, pool: u16, before: &Free) {
        let after = self.views[&node].free;
        self.count(pool, before, -1);
        self.count(pool, &after, 1);
    }

    fn count(&mut self, pool: u16, free: &Free, nodes: i64) {
        for (groups, count) in self.rooms.iter_mut().filter(|(groups, _)| groups.pool == pool) {
            count.add(free, nodes, groups);
        }
    }
}
