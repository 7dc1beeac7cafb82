//! A job's demand in the form that a pool can hold: equal tasks, and for a divisible job perhaps a smaller one.

use super::{Cluster, Device, Free, Pool, Shape, Task, WHOLE, allows};
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
    /// Resolves a demand for a pool, a divisible one into parts of `node_gpus` accelerators.
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

    /// Whether so many nodes of these shapes, with nothing on them, hold all tasks.
    pub(crate) fn fit_on<'a>(&self, nodes: impl Iterator<Item = (&'a Shape, u64)>) -> bool {
        let mut count = self.count();
        for (shape, number) in nodes {
            count.add(&Free::empty(0, shape), i64::try_from(number).unwrap_or(i64::MAX), self);
        }
        count.enough(self)
    }

    /// Nothing counted yet.
    pub(crate) fn count(&self) -> Count {
        Count { tasks: 0, beside: 0 }
    }
}

/// How many tasks of a [`Groups`] some nodes can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Count {
    /// Places for the equal tasks.
    tasks: i64,
    /// Nodes that could take the smaller task and no fewer of the equal ones.
    beside: i64,
}

impl Count {
    /// Adds `nodes` nodes (or takes them away, if negative) on which this is free.
    pub(crate) fn add(&mut self, free: &Free, nodes: i64, groups: &Groups) {
        let places = free.fits(&groups.task);
        let most = groups.tasks.saturating_add(1);
        self.tasks = self.tasks.saturating_add(i64::from(places.min(most)).saturating_mul(nodes));
        if let Some(rest) = &groups.rest {
            let beside =
                free.fits_one(rest) && free.without(rest, Device::Fresh).fits(&groups.task) == places;
            self.beside = self.beside.saturating_add(i64::from(beside).saturating_mul(nodes));
        }
    }

    /// Whether that is enough. The smaller task of a divisible job takes at most the place of one of the equal tasks, and
    /// none on a node where it has room beside them.
    pub(crate) fn enough(&self, groups: &Groups) -> bool {
        let for_rest = i64::from(groups.rest.is_some() && self.beside == 0);
        self.tasks >= i64::from(groups.tasks) + for_rest
    }
}

impl Cluster {
    /// The forms that a demand may take in a pool: one, but for a divisible job where nodes differ in size, which takes whole
    /// nodes of any size of which there are enough; the largest first.
    pub fn forms<'a>(&'a self, demand: &'a Demand, pool: u16) -> impl Iterator<Item = Groups> + 'a {
        let Pool { accelerator, node_gpus, .. } = self.pools[usize::from(pool)];
        let own = move || {
            let all = self.shapes.iter().zip(self.shape_nodes.iter().copied());
            all.filter(move |(shape, nodes)| shape.accelerator == accelerator && *nodes > 0)
        };
        let mixed = demand.divisible && own().any(|(shape, _)| shape.gpus != node_gpus);
        // A job that is one task on a node is the same on smaller ones.
        let smaller = move |size: u8| {
            let sizes = own().map(|(shape, _)| shape.gpus).filter(move |&gpus| gpus < size);
            sizes.filter(|&gpus| gpus > 0 && u32::from(gpus) * WHOLE < demand.gpu_milli).max()
        };
        let sizes = std::iter::successors(Some(node_gpus), move |&size| mixed.then(|| smaller(size))?);
        // In smaller parts only where nodes of that size hold it, or none in larger parts: a few small nodes beside large ones are no
        // reason to spread every job over what is left of the large ones.
        let mut larger_fits = false;
        let forms = sizes.map(move |size| (size, Groups::resolve(demand, pool, size)));
        let fits = move |(size, groups): &(u8, Groups)| {
            let same = || own().filter(|(shape, _)| shape.gpus == *size);
            let fits = !mixed || groups.fit_on(same()) || (!larger_fits && groups.fit_on(own()));
            larger_fits |= fits;
            fits
        };
        forms.filter(fits).map(|(_, groups)| groups)
    }

    /// Whether a node stands here, up or down, that could hold a task of a demand.
    pub fn has_room_for(&self, demand: &Demand, accelerators: AcceleratorSet) -> bool {
        let all = self.shapes.iter().zip(&self.shape_nodes);
        all.filter(|(shape, nodes)| **nodes > 0 && allows(shape.accelerator, accelerators, demand.gpu_milli))
            .any(|(shape, _)| Free::empty(0, shape).fits(&Groups::resolve(demand, 0, shape.gpus).task) > 0)
    }
}

/// Whether nodes of these shapes, with nothing on them, could hold the demand.
pub fn can_ever_hold(nodes: &[(Shape, u32)], demand: &Demand, accelerators: AcceleratorSet) -> bool {
    nodes.iter().any(|(shape, _)| {
        if !allows(shape.accelerator, accelerators, demand.gpu_milli) {
            return false;
        }
        // In parts of this size, if not in larger ones.
        let groups = Groups::resolve(demand, 0, shape.gpus);
        let pool = nodes.iter().filter(|(other, _)| other.accelerator == shape.accelerator);
        groups.fit_on(pool.map(|(other, number)| (other, u64::from(*number))))
    })
}
