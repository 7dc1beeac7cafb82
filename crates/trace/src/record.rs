//! One job, as a log tells it.

use base::Span;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a job needs all at once (a gang): `tasks` equal tasks, each on one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Demand {
    /// How many tasks start together; at least 1.
    pub tasks: u32,
    /// Accelerators of each task, in thousandths: 500 is half of one, 8000 is eight. Shares of one accelerator are
    /// below 1000; above that only whole accelerators.
    pub gpu_milli: u32,
    /// Processor cores of each task, in thousandths; 0 where the log does not say.
    pub cpu_milli: u32,
    /// Memory of each task in MiB; 0 where the log does not say.
    pub memory_mib: u32,
    /// The log gives only a total (`tasks` is 1): more accelerators than a node has are spread over as few nodes as
    /// can hold them, whole nodes and one remainder. Processor cores and memory are then spread in proportion.
    pub divisible: bool,
}

impl Demand {
    /// A total of whole accelerators, spread over nodes as needed.
    pub fn gpus(total: u32) -> Demand {
        Demand {
            tasks: 1,
            gpu_milli: total.saturating_mul(1000),
            cpu_milli: 0,
            memory_mib: 0,
            divisible: true,
        }
    }
    /// Accelerators of all tasks, in thousandths.
    pub fn total_gpu_milli(&self) -> u64 {
        u64::from(self.tasks) * u64::from(self.gpu_milli)
    }
}

/// One job of a log. Times count from the start of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRecord {
    /// The log's own number, or the position in the log.
    pub id: u64,
    /// When it was submitted.
    pub submit: Span,
    /// How long it ran.
    pub runtime: Span,
    /// How long its user said that it would run; `None`: the scheduler is told `runtime`.
    pub requested: Option<Span>,
    /// What it needs.
    pub demand: Demand,
    /// Accelerator models that will do; empty for any.
    pub accelerators: Vec<Arc<str>>,
    /// Who submitted it.
    pub tenant: Option<Arc<str>>,
    /// Higher goes first.
    pub priority: i32,
}
