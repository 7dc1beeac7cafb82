//! The nodes of one site, and what is free on them.
//!
//! Nodes on which the same is free are one [`Class`]. Every question that a policy asks (does this fit, which node is
//! best) is asked of the classes, of which there are few, and not of the nodes, of which there are up to a million:
//! scheduling a job never scans the nodes.

mod fragmentation;
mod groups;
mod node_set;
mod runs;
mod spread;
mod state;

pub use fragmentation::Typical;
pub(crate) use groups::Count;
pub use groups::{Groups, can_ever_hold};
pub use node_set::NodeSet;
pub use spread::runs_of;
pub use state::{Device, Free, MOST_DEVICES, Shape, Task, WHOLE};

use crate::AcceleratorSet;
use base::id::AcceleratorId;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Marks a slot that holds no shared accelerator.
pub(crate) const NO_SLOT: u16 = u16::MAX;

/// Nodes with the same accelerator: a gang never spans two pools.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pool {
    /// Their accelerator; `None` for nodes without any.
    pub accelerator: Option<AcceleratorId>,
    /// The most accelerators of one node.
    pub node_gpus: u8,
    /// Classes with at least one node.
    pub classes: Vec<u32>,
    /// Accelerators, in thousandths.
    pub installed_milli: u64,
    /// Accelerators free, shares included, in thousandths.
    pub free_milli: u64,
}

/// Nodes on which the same is free.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Class {
    /// What is free on each.
    pub free: Free,
    /// The nodes.
    pub nodes: NodeSet,
    /// Free accelerators of each that the typical jobs cannot use; thousandths times [`Typical::WEIGHT`].
    pub fragmented: u64,
    /// Never used twice, unlike the index: a cache can tell that the class is another one.
    pub version: u64,
    pool: u16,
    /// Position in `Pool::classes`.
    at: u32,
    /// Where tasks of whole accelerators have led from here: a handful of steps is nearly all that happens.
    #[serde(skip)]
    steps: Vec<Step>,
}

/// A node of one class became one of another when a task came or went.
#[derive(Clone, Copy, Debug)]
struct Step {
    task: Task,
    came: bool,
    to: u32,
    /// Of the class that it leads to.
    version: u64,
}

/// Steps that a class remembers.
const MOST_STEPS: usize = 8;

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Node {
    class: u32,
    domain: u32,
    shape: u16,
    /// Failures that keep it down.
    down: u16,
}

/// Where one task sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The node.
    pub node: u32,
    /// Whether it is the last, smaller task of a divisible job.
    pub rest: bool,
    /// For a share: which of the node's shared accelerators.
    pub slot: u8,
}

/// The nodes of one site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cluster {
    shapes: Vec<Shape>,
    /// How many nodes of each.
    shape_nodes: Vec<u64>,
    nodes: Vec<Node>,
    pools: Vec<Pool>,
    classes: Vec<Class>,
    /// Looked up, never iterated.
    class_of: FxHashMap<Free, u32>,
    /// Classes that have no node just now; swept when they are many.
    empty: Vec<u32>,
    /// What is left of each shared accelerator of the nodes that have one. Looked up, never iterated.
    slots: FxHashMap<u32, [u16; MOST_DEVICES]>,
    domains: u32,
    /// Accelerators of nodes that are down, in thousandths.
    down_milli: u64,
    /// Of nodes that are held back as spares.
    spare_milli: u64,
    typical: Typical,
    fragmented: u128,
    next_version: u64,
    largest: Shape,
}

impl Cluster {
    /// A site without nodes; `typical` is what fragmentation is measured by.
    pub fn new(typical: Typical) -> Cluster {
        Cluster {
            shapes: Vec::new(),
            shape_nodes: Vec::new(),
            nodes: Vec::new(),
            pools: Vec::new(),
            classes: Vec::new(),
            class_of: FxHashMap::default(),
            empty: Vec::new(),
            slots: FxHashMap::default(),
            domains: 0,
            down_milli: 0,
            spare_milli: 0,
            typical,
            fragmented: 0,
            next_version: 0,
            largest: Shape { accelerator: None, gpus: 1, cpu_milli: 1, memory_mib: 1, domain_nodes: 1 },
        }
    }

    /// The model of a pool.
    pub fn accelerator_of(&self, pool: u16) -> Option<AcceleratorId> {
        self.pools[usize::from(pool)].accelerator
    }

    /// Adds `count` nodes with nothing on them; they fill scale-up domains of their own.
    pub fn add_nodes(&mut self, shape: Shape, count: u32) {
        let index = self.shapes.iter().position(|known| *known == shape).unwrap_or_else(|| {
            self.shapes.push(shape);
            self.shape_nodes.push(0);
            self.shapes.len() - 1
        });
        self.shape_nodes[index] += u64::from(count);
        let index = u16::try_from(index).expect("the reader allows fewer than 65,536 shapes");
        let pool =
            self.pools.iter().position(|pool| pool.accelerator == shape.accelerator).unwrap_or_else(|| {
                let accelerator = shape.accelerator;
                let (node_gpus, classes) = (0, Vec::new());
                self.pools.push(Pool { accelerator, node_gpus, classes, installed_milli: 0, free_milli: 0 });
                self.pools.len() - 1
            });
        let added = u64::from(count) * u64::from(shape.gpus) * u64::from(WHOLE);
        self.pools[pool].node_gpus = self.pools[pool].node_gpus.max(shape.gpus);
        self.pools[pool].installed_milli += added;
        self.pools[pool].free_milli += added;
        self.largest.gpus = self.largest.gpus.max(shape.gpus);
        for (largest, own) in
            [(&mut self.largest.cpu_milli, shape.cpu_milli), (&mut self.largest.memory_mib, shape.memory_mib)]
        {
            if own != u32::MAX {
                *largest = (*largest).max(own);
            }
        }
        let domain_nodes = shape.domain_nodes.max(1);
        let class = self.class(Free::empty(index, &shape));
        let first = u32::try_from(self.nodes.len()).expect("fewer than 2^32 nodes");
        for i in 0..count {
            let domain = self.domains + i / domain_nodes;
            self.nodes.push(Node { class, domain, shape: index, down: 0 });
        }
        if count > 0 {
            self.enter(class, first..first.checked_add(count).expect("fewer than 2^32 nodes"));
        }
        self.domains += count.div_ceil(domain_nodes);
    }

    /// The pools that a set of accelerators allows; a task without accelerators may go anywhere.
    pub fn pools_for(&self, accelerators: AcceleratorSet, gpu_milli: u32) -> impl Iterator<Item = u16> + '_ {
        self.pools
            .iter()
            .enumerate()
            .filter(move |(_, pool)| allows(pool.accelerator, accelerators, gpu_milli))
            .map(|(i, _)| i as u16)
    }

    /// A pool.
    pub fn pool(&self, pool: u16) -> &Pool {
        &self.pools[usize::from(pool)]
    }
    /// How many pools there are.
    pub fn pools(&self) -> u16 {
        self.pools.len() as u16
    }
    /// The classes of a pool that have nodes, with their indices.
    pub fn classes(&self, pool: u16) -> impl Iterator<Item = (u32, &Class)> {
        self.pools[usize::from(pool)].classes.iter().map(|&index| (index, &self.classes[index as usize]))
    }
    /// A class.
    pub fn class_at(&self, class: u32) -> &Class {
        &self.classes[class as usize]
    }
    /// What is free on a node; nothing while it is down.
    pub fn free(&self, node: u32) -> &Free {
        let node = &self.nodes[node as usize];
        if node.down > 0 { &Free::NOTHING } else { &self.classes[node.class as usize].free }
    }
    /// Whole accelerators that are free on these nodes.
    pub fn free_whole(&self, nodes: Range<u32>) -> u32 {
        let (mut class, mut whole, mut sum) = (u32::MAX, 0, 0);
        for node in &self.nodes[nodes.start as usize..nodes.end as usize] {
            // Neighbours are mostly of one class.
            if node.class != class {
                class = node.class;
                whole = u32::from(self.classes[class as usize].free.whole);
            }
            sum += if node.down > 0 { 0 } else { whole };
        }
        sum
    }
    /// Accelerators of nodes that are down, in thousandths.
    pub fn down_milli(&self) -> u64 {
        self.down_milli
    }
    /// Whether a node can work.
    pub fn is_up(&self, node: u32) -> bool {
        self.nodes[node as usize].down == 0
    }
    /// Accelerators of a node.
    pub fn node_gpus(&self, node: u32) -> u32 {
        u32::from(self.shape(self.nodes[node as usize].shape).gpus)
    }

    /// Nodes of this shape, down ones too, but none that are gone.
    pub fn nodes_of(&self, shape: &Shape) -> u64 {
        self.index_of(shape).map_or(0, |index| self.shape_nodes[usize::from(index)])
    }

    /// Nodes of this shape that are up and hold nothing.
    pub fn empty_nodes(&self, shape: &Shape) -> u64 {
        let class = self.index_of(shape).and_then(|index| self.class_of.get(&Free::empty(index, shape)));
        class.map_or(0, |&class| self.classes[class as usize].nodes.len() as u64)
    }

    fn index_of(&self, shape: &Shape) -> Option<u16> {
        self.shapes.iter().position(|known| known == shape).map(|index| index as u16)
    }

    /// Takes so many whole nodes of this shape (at most [`Cluster::empty_nodes`]), those with the least index, and adds
    /// them to `out`.
    pub fn take_nodes(&mut self, shape: &Shape, count: u64, out: &mut Vec<u32>) {
        let Some(index) = self.index_of(shape).filter(|_| count > 0) else { return };
        let empty = self.class(Free::empty(index, shape));
        let full = self.class(Free::taken(index, shape));
        for _ in 0..count {
            let Some(node) = self.classes[empty as usize].nodes.first() else { break };
            self.change_run(node..node + 1, u32::from(shape.gpus) * WHOLE, true, full);
            out.push(node);
        }
    }

    /// Gives back nodes that were taken whole.
    pub fn give_nodes(&mut self, shape: &Shape, nodes: &[u32]) {
        let Some(index) = self.index_of(shape) else { return };
        let empty = self.class(Free::empty(index, shape));
        for &node in nodes {
            self.change_run(node..node + 1, u32::from(shape.gpus) * WHOLE, false, empty);
        }
    }

    /// Something keeps a node down from now; nothing may run on it. Says whether it was up.
    pub fn fall(&mut self, node: u32) -> bool {
        let entry = &mut self.nodes[node as usize];
        entry.down += 1;
        if entry.down > 1 {
            return false;
        }
        let (class, milli) = (entry.class, u64::from(self.node_gpus(node)) * u64::from(WHOLE));
        debug_assert_eq!(
            u64::from(self.classes[class as usize].free.gpu_milli()),
            milli,
            "something runs on it"
        );
        self.pools[usize::from(self.classes[class as usize].pool)].free_milli -= milli;
        self.down_milli += milli;
        self.leave(class, node..node + 1);
        true
    }

    /// One thing less keeps a node down. Says whether it is up now.
    pub fn rise(&mut self, node: u32) -> bool {
        let entry = &mut self.nodes[node as usize];
        entry.down -= 1;
        if entry.down > 0 {
            return false;
        }
        let shape = entry.shape;
        let milli = u64::from(self.node_gpus(node)) * u64::from(WHOLE);
        let class = self.class(Free::empty(shape, &self.shapes[usize::from(shape)]));
        self.nodes[node as usize].class = class;
        self.pools[usize::from(self.classes[class as usize].pool)].free_milli += milli;
        self.down_milli -= milli;
        self.enter(class, node..node + 1);
        true
    }
    /// A node is held back as a spare: it takes no work, and is idle, not down. Says whether it was up.
    pub fn hold_back(&mut self, node: u32) -> bool {
        let held = self.fall(node);
        if held {
            self.down_milli -= self.milli(node);
            self.spare_milli += self.milli(node);
        }
        held
    }

    /// A spare takes work from now.
    pub fn bring_in(&mut self, node: u32) -> bool {
        self.count_down(node);
        self.rise(node)
    }

    /// Whether a node is down for one reason only: one that is held back could work.
    pub fn is_ready_spare(&self, node: u32) -> bool {
        self.nodes[node as usize].down == 1
    }

    /// A node that is down for one reason is a spare from now.
    pub fn turn_spare(&mut self, node: u32) {
        self.down_milli -= self.milli(node);
        self.spare_milli += self.milli(node);
    }

    /// A spare is down from now.
    pub fn count_down(&mut self, node: u32) {
        self.spare_milli -= self.milli(node);
        self.down_milli += self.milli(node);
    }

    /// Thousandths of accelerators of nodes that are held back.
    pub fn spare_milli(&self) -> u64 {
        self.spare_milli
    }

    fn milli(&self, node: u32) -> u64 {
        u64::from(self.node_gpus(node)) * u64::from(WHOLE)
    }

    /// A node that is down goes for good: it counts for nothing, and nothing brings it up again.
    pub fn retire(&mut self, node: u32) {
        debug_assert!(!self.is_up(node), "a node is taken down before it is retired");
        let milli = u64::from(self.node_gpus(node)) * u64::from(WHOLE);
        let pool = usize::from(self.pool_of(node));
        self.pools[pool].installed_milli -= milli;
        self.shape_nodes[usize::from(self.nodes[node as usize].shape)] -= 1;
        self.down_milli -= milli;
    }

    /// What a node has when nothing runs on it.
    pub fn full(&self, node: u32) -> &Shape {
        self.shape(self.nodes[node as usize].shape)
    }

    /// Whether a node is up and nothing runs on it.
    pub fn is_idle(&self, node: u32) -> bool {
        let entry = &self.nodes[node as usize];
        let shape = usize::from(entry.shape);
        entry.down == 0
            && self.classes[entry.class as usize].free == Free::empty(entry.shape, &self.shapes[shape])
    }

    /// The class of a node.
    pub fn class_of_node(&self, node: u32) -> u32 {
        self.nodes[node as usize].class
    }
    /// What is left of a node's shared accelerators, by slot; `None` if it has none.
    pub fn slots(&self, node: u32) -> Option<&[u16; MOST_DEVICES]> {
        self.slots.get(&node)
    }
    /// The pool of a node.
    pub fn pool_of(&self, node: u32) -> u16 {
        let accelerator = self.shape(self.nodes[node as usize].shape).accelerator;
        self.pools.iter().position(|pool| pool.accelerator == accelerator).expect("its nodes were added")
            as u16
    }
    /// The scale-up domain of a node.
    pub fn domain(&self, node: u32) -> u32 {
        self.nodes[node as usize].domain
    }
    /// How many scale-up domains there are.
    pub fn domains(&self) -> u32 {
        self.domains
    }
    /// How many nodes there are.
    pub fn nodes(&self) -> u32 {
        self.nodes.len() as u32
    }
    /// What the largest node has, each resource by itself: what scores are measured against.
    pub fn largest(&self) -> &Shape {
        &self.largest
    }
    /// What an empty node of this shape has.
    pub fn shape(&self, shape: u16) -> &Shape {
        &self.shapes[usize::from(shape)]
    }
    /// Accelerators energised, in thousandths.
    pub fn installed_milli(&self) -> u64 {
        self.pools.iter().map(|pool| pool.installed_milli).sum()
    }
    /// Accelerators free, in thousandths.
    pub fn free_milli(&self) -> u64 {
        self.pools.iter().map(|pool| pool.free_milli).sum()
    }
    /// Free accelerators that the typical jobs cannot use, in thousandths times [`Typical::WEIGHT`].
    pub fn fragmented(&self) -> u128 {
        self.fragmented
    }
    /// What `free` would have fragmented on a node; the same unit for one node.
    pub fn fragmentation_of(&self, free: &Free) -> u64 {
        self.typical.fragmented(free, self.shape(free.shape))
    }

    /// Whether a job in this form can start now.
    pub fn fits(&self, groups: &Groups) -> bool {
        let pool = self.pool(groups.pool);
        if pool.free_milli < groups.gpu_milli() {
            return false;
        }
        let mut count = groups.count();
        self.classes(groups.pool).any(|(_, class)| {
            count.add(&class.free, class.nodes.len() as i64, groups);
            count.enough(groups)
        }) || count.enough(groups)
    }

    /// Puts a task on a node of the class and returns where it sits.
    pub fn take(&mut self, node: u32, task: &Task, device: Device, rest: bool) -> Allocation {
        if task.is_share() {
            let slot = self.take_slot(node, task, device);
            let to = self.class(self.free(node).without(task, device));
            self.change_run(node..node + 1, task.gpu_milli, true, to);
            return Allocation { node, rest, slot };
        }
        let to = self.step(node, task, true);
        self.change_run(node..node + 1, task.gpu_milli, true, to);
        Allocation { node, rest, slot: 0 }
    }

    /// Gives back what a task had.
    pub fn give(&mut self, task: &Task, allocation: Allocation) {
        let node = allocation.node;
        let to = if task.is_share() {
            let left = self.give_slot(task, allocation);
            self.class(self.free(node).with(task, left))
        } else {
            self.step(node, task, false)
        };
        self.change_run(node..node + 1, task.gpu_milli, false, to);
    }

    /// The class of a node when a task of whole accelerators has come or gone.
    fn step(&mut self, node: u32, task: &Task, came: bool) -> u32 {
        let from = self.nodes[node as usize].class as usize;
        let known = self.classes[from].steps.iter().find(|step| step.task == *task && step.came == came);
        if let Some(step) = known.filter(|step| self.classes[step.to as usize].version == step.version) {
            return step.to;
        }
        let free = self.classes[from].free;
        let to = self.class(if came { free.without(task, Device::Fresh) } else { free.with(task, 0) });
        let step = Step { task: *task, came, to, version: self.classes[to as usize].version };
        let steps = &mut self.classes[from].steps;
        steps.retain(|other| !(other.task == *task && other.came == came));
        steps.truncate(MOST_STEPS - 1);
        steps.insert(0, step);
        to
    }

    fn take_slot(&mut self, node: u32, task: &Task, device: Device) -> u8 {
        let slots = self.slots.entry(node).or_insert([NO_SLOT; MOST_DEVICES]);
        let (wanted, left) = match device {
            Device::Shared(left) => (left, left),
            Device::Fresh => (NO_SLOT, WHOLE as u16),
        };
        let slot = slots.iter().position(|&s| s == wanted).expect("the class says that there is one");
        slots[slot] = left - task.gpu_milli as u16;
        slot as u8
    }

    /// Returns what the slot had left before.
    fn give_slot(&mut self, task: &Task, allocation: Allocation) -> u16 {
        let slots = self.slots.get_mut(&allocation.node).expect("a share was taken here");
        let slot = &mut slots[usize::from(allocation.slot)];
        let left = *slot;
        let now = left + task.gpu_milli as u16;
        *slot = if u32::from(now) == WHOLE { NO_SLOT } else { now };
        if slots.iter().all(|&s| s == NO_SLOT) {
            self.slots.remove(&allocation.node);
        }
        left
    }

    fn enter(&mut self, class: u32, nodes: Range<u32>) {
        let entry = &mut self.classes[class as usize];
        if entry.nodes.len() == 0 {
            let list = &mut self.pools[usize::from(entry.pool)].classes;
            entry.at = list.len() as u32;
            list.push(class);
        }
        self.fragmented += u128::from(entry.fragmented) * nodes.len() as u128;
        entry.nodes.insert_run(nodes);
    }

    fn leave(&mut self, class: u32, nodes: Range<u32>) {
        let entry = &mut self.classes[class as usize];
        self.fragmented -= u128::from(entry.fragmented) * nodes.len() as u128;
        entry.nodes.remove_run(nodes);
        if entry.nodes.len() == 0 {
            let (pool, at) = (usize::from(entry.pool), entry.at as usize);
            self.pools[pool].classes.swap_remove(at);
            if let Some(&moved) = self.pools[pool].classes.get(at) {
                self.classes[moved as usize].at = at as u32;
            }
            self.empty.push(class);
        }
    }

    /// The class of nodes with just this free; made if there is none.
    fn class(&mut self, free: Free) -> u32 {
        if let Some(&class) = self.class_of.get(&free) {
            return class;
        }
        let shape = self.shape(free.shape);
        let accelerator = shape.accelerator;
        let pool =
            self.pools.iter().position(|pool| pool.accelerator == accelerator).expect("its nodes were added")
                as u16;
        let fragmented = self.typical.fragmented(&free, shape);
        let version = self.next_version;
        self.next_version += 1;
        let class =
            Class { free, nodes: NodeSet::default(), fragmented, version, pool, at: 0, steps: Vec::new() };
        let index = match self.reusable() {
            Some(index) => {
                self.class_of.remove(&self.classes[index as usize].free);
                self.classes[index as usize] = class;
                index
            }
            None => {
                self.classes.push(class);
                self.classes.len() as u32 - 1
            }
        };
        self.class_of.insert(free, index);
        index
    }

    /// An index whose class has no node and will not be missed: only taken once such classes are many, because states
    /// come back.
    fn reusable(&mut self) -> Option<u32> {
        if self.empty.len() < 64 + self.classes.len() / 2 {
            return None;
        }
        while let Some(index) = self.empty.pop() {
            let class = &self.classes[index as usize];
            if class.nodes.len() == 0 && self.class_of.get(&class.free) == Some(&index) {
                return Some(index);
            }
        }
        None
    }
}

/// Whether a task that asks for these accelerators may use nodes with this one.
pub(crate) fn allows(accelerator: Option<AcceleratorId>, wanted: AcceleratorSet, gpu_milli: u32) -> bool {
    match accelerator {
        Some(model) => gpu_milli == 0 || wanted.contains(model),
        None => gpu_milli == 0,
    }
}

#[cfg(test)]
mod tests;
