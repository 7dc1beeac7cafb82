//! Neighbouring nodes on which the same is free are taken and given back together: the price of a gang is that of its
//! runs, and a few words for each node.

use super::{Allocation, Cluster, Groups, Task};
use std::ops::Range;

impl Cluster {
    /// How many of these nodes, from the first on, are of the class of the first.
    pub fn alike(&self, nodes: Range<u32>) -> u32 {
        let class = self.nodes[nodes.start as usize].class;
        let all = &self.nodes[nodes.start as usize..nodes.end as usize];
        all.iter().take_while(|node| node.class == class && node.down == 0).count() as u32
    }

    /// How many allocations of a job, from the first on, are tasks of whole accelerators on neighbouring nodes of one
    /// class, a task on each; 1 if the first is not.
    pub fn run_of(&self, groups: &Groups, allocations: &[Allocation]) -> u32 {
        let first = allocations[0];
        if groups.task_of(first.rest).is_share() {
            return 1;
        }
        let next =
            |&(n, other): &(u32, &Allocation)| other.node == first.node + n && other.rest == first.rest;
        let run = (0..).zip(allocations).take_while(next).count() as u32;
        self.alike(first.node..first.node + run).max(1)
    }

    /// Puts a task of whole accelerators on each of these nodes, which must be up and of one class.
    pub fn take_run(&mut self, nodes: Range<u32>, task: &Task, rest: bool, out: &mut Vec<Allocation>) {
        let to = self.step(nodes.start, task, true);
        self.change_run(nodes.clone(), task.gpu_milli, true, to);
        out.extend(nodes.map(|node| Allocation { node, rest, slot: 0 }));
    }

    /// Gives back what a task of whole accelerators had on each of these nodes, which must be of one class.
    pub fn give_run(&mut self, nodes: Range<u32>, task: &Task) {
        let to = self.step(nodes.start, task, false);
        self.change_run(nodes, task.gpu_milli, false, to);
    }

    pub(super) fn change_run(&mut self, nodes: Range<u32>, gpu_milli: u32, taken: bool, to: u32) {
        let from = self.nodes[nodes.start as usize].class;
        let milli = u64::from(gpu_milli) * u64::from(nodes.end - nodes.start);
        let free = &mut self.pools[usize::from(self.classes[from as usize].pool)].free_milli;
        *free = if taken { *free - milli } else { *free + milli };
        self.leave(from, nodes.clone());
        for node in &mut self.nodes[nodes.start as usize..nodes.end as usize] {
            node.class = to;
        }
        self.enter(to, nodes);
    }
}
