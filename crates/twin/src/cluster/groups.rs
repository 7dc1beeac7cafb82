//! A job's demand in the form that a pool can hold: equal tasks, and for a divisible job perhaps a smaller one.

use super::{Free, Shape, Task, WHOLE, allows};
use crate::AcceleratorSet;
use serde::{Deserialize, Serialize};
use trace::Demand;

/// A demand, resolved for the nodes of one pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    /// The pool.
    pub pool: u16,
    /// The equal tasks.
    pub task: Task,
    /// How many of them.
    pub tasks: u32,
    /// What is left over of a divisible job: one smaller task, on a node of its own.
    pub rest: Option<Task>,
}

impl Groups {
    /// Resolves a demand for a pool whose largest node has `node_gpus` accelerators.
    pub fn resolve(demand: &Demand, pool: u16, node_gpus: u8) -> Groups {
        let mut task =
            Task { gpu_milli: demand.gpu_milli, cpu_milli: demand.cpu_milli, memory_mib: demand.memory_mib };
        if task.gpu_milli > WHOLE {
            task.gpu_milli = task.gpu_milli.div_ceil(WHOLE).saturating_mul(WHOLE);
        }
        let node = u32::from(node_gpus) * WHOLE;
        if !demand.divisible || node == 0 || task.gpu_milli <= node {
            return Groups { pool, task, tasks: demand.tasks, rest: None };
        }
        let total = task.gpu_milli;
        let part = |amount: u32, gpu_milli: u32| {
            (u64::from(amount) * u64::from(gpu_milli)).div_ceil(u64::from(total)) as u32
        };
        let of = |gpu_milli: u32| Task {
            gpu_milli,
            cpu_milli: part(task.cpu_milli, gpu_milli),
            memory_mib: part(task.memory_mib, gpu_milli),
        };
        let rest = Some(total % node).filter(|&rest| rest > 0).map(of);
        Groups { pool, task: of(node), tasks: total / node, rest }
    }

    /// Accelerators of all tasks, in thousandths.
    pub fn gpu_milli(&self) -> u64 {
        u64::from(self.task.gpu_milli) * u64::from(self.tasks)
            + self.rest.map_or(0, |rest| u64::from(rest.gpu_milli))
    }

    /// The task that an allocation is for.
    pub fn task_of(&self, rest: bool) -> &Task {
        match &self.rest {
            Some(task) if rest => task,
            _ => &self.task,
        }
    }

    /// Nothing counted yet.
    pub(crate) fn count(&self) -> Count {
        Count { tasks: 0, rest_nodes: 0 }
    }
}

/// How many tasks of a [`Groups`] some nodes can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Count {
    /// Places for the equal tasks.
    tasks: i64,
    /// Nodes that could take the smaller task.
    rest_nodes: i64,
}

impl Count {
    /// Adds `nodes` nodes (or takes them away, if negative) on which this is free.
    pub(crate) fn add(&mut self, free: &Free, nodes: i64, groups: &Groups) {
        self.tasks += i64::from(free.fits(&groups.task).min(groups.tasks)) * nodes;
        if let Some(rest) = &groups.rest {
            self.rest_nodes += i64::from(free.fits_one(rest)) * nodes;
        }
    }

    /// Whether that is enough. Each equal task of a divisible job fills a node that could have taken the smaller one,
    /// so one node more than there are equal tasks must be able to.
    pub(crate) fn enough(&self, groups: &Groups) -> bool {
        self.tasks >= i64::from(groups.tasks)
            && (groups.rest.is_none() || self.rest_nodes > i64::from(groups.tasks))
    }
}

/// Whether nodes of these shapes, with nothing on them, could hold the demand.
pub fn can_ever_hold(nodes: &[(Shape, u32)], demand: &Demand, accelerators: AcceleratorSet) -> bool {
    nodes.iter().any(|(shape, _)| {
        if !allows(shape.accelerator, accelerators, demand.gpu_milli) {
            return false;
        }
        let pool = || nodes.iter().filter(|(other, _)| other.accelerator == shape.accelerator);
        let node_gpus = pool().map(|(other, _)| other.gpus).max().unwrap_or(0);
        let groups = Groups::resolve(demand, 0, node_gpus);
        let mut count = groups.count();
        for (other, number) in pool() {
            count.add(&Free::empty(0, other), i64::from(*number), &groups);
        }
        count.enough(&groups)
    })
}
