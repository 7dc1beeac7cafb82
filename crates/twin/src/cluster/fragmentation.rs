//! How much of what is free the typical jobs cannot use.
//!
//! Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent"
//! (USENIX ATC 2023), section 3: for a node `n` and a task `m` drawn from the workload, `F_n(m)` is all that is free if
//! `m` cannot run on `n`, and else what is free on accelerators with less than `m` asks of each; `F_n` is the mean.

use super::{Free, Shape, Task, WHOLE, allows};
use crate::AcceleratorSet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trace::Demand;

/// A task of the workload and how often it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypicalTask {
    /// What it takes on a node.
    pub task: Task,
    /// The accelerators that will do.
    pub accelerators: AcceleratorSet,
    /// Whether it may be cut to the size of a node.
    pub divisible: bool,
    /// Its share of all tasks; the weights of a workload sum to at most [`Typical::WEIGHT`].
    pub weight: u32,
}

/// The tasks that a workload typically brings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typical {
    tasks: Vec<TypicalTask>,
}

impl Typical {
    /// The weight of a whole workload.
    pub const WEIGHT: u64 = 1_000_000;
    /// The most kinds of task that are kept: the commonest.
    const MOST_KINDS: usize = 128;

    /// Counts the tasks of these jobs. The rarest kinds above a limit are left out.
    pub fn of<'a>(jobs: impl IntoIterator<Item = (&'a Demand, AcceleratorSet)>) -> Typical {
        let mut counts: BTreeMap<(Task, AcceleratorSet, bool), u64> = BTreeMap::new();
        for (demand, accelerators) in jobs {
            let task = Task {
                gpu_milli: demand.gpu_milli,
                cpu_milli: demand.cpu_milli,
                memory_mib: demand.memory_mib,
            };
            *counts.entry((task, accelerators, demand.divisible)).or_default() += u64::from(demand.tasks);
        }
        let mut kinds: Vec<_> = counts.into_iter().collect();
        kinds.sort_by_key(|&(kind, count)| (std::cmp::Reverse(count), kind));
        kinds.truncate(Self::MOST_KINDS);
        let total: u64 = kinds.iter().map(|(_, count)| count).sum();
        let tasks = kinds.into_iter().map(|((task, accelerators, divisible), count)| {
            let weight = (u128::from(count) * u128::from(Self::WEIGHT) / u128::from(total)) as u32;
            TypicalTask { task, accelerators, divisible, weight }
        });
        Typical { tasks: tasks.collect() }
    }

    /// What is fragmented on a node of this shape with this free, in thousandths of an accelerator times `WEIGHT`.
    pub fn fragmented(&self, free: &Free, shape: &Shape) -> u64 {
        let all = free.gpu_milli();
        if all == 0 {
            return 0;
        }
        self.tasks
            .iter()
            .map(|typical| u64::from(typical.weight) * u64::from(typical.unusable(free, shape, all)))
            .sum()
    }
}

impl TypicalTask {
    /// Of `all` that is free on the node, what this task cannot use.
    fn unusable(&self, free: &Free, shape: &Shape, all: u32) -> u32 {
        let mut task = self.task;
        if self.divisible {
            task.gpu_milli = task.gpu_milli.min(u32::from(shape.gpus) * WHOLE);
        }
        let runs = task.gpu_milli > 0
            && allows(shape.accelerator, self.accelerators, task.gpu_milli)
            && free.fits_one(&task);
        if !runs {
            return all;
        }
        let each = task.gpu_milli.min(WHOLE);
        free.shared().iter().map(|&left| u32::from(left)).filter(|&left| left < each).sum()
    }
}
