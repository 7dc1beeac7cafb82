//! What the twin knows of a workload.

use base::Span;
use scenario::world::{AfterFailure, Checkpoint, Workload};
use serde::{Deserialize, Serialize};

/// What the twin needs to know of a workload.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct WorkloadRules {
    /// Whether its jobs may be stopped.
    pub preemptible: bool,
    /// When its jobs write checkpoints.
    pub checkpoint: Checkpoint,
    /// Time to write one.
    pub checkpoint_write: Span,
    /// Time to restore one.
    pub restart: Span,
    /// What becomes of its jobs when something that they run on fails.
    pub after_failure: AfterFailure,
    /// Gigabytes to move before a job can start away from home.
    pub data_gb: f64,
}

impl WorkloadRules {
    /// The rules of a workload of the scenario.
    pub fn of(workload: &Workload) -> WorkloadRules {
        WorkloadRules {
            preemptible: workload.preemptible,
            checkpoint: workload.checkpoint,
            checkpoint_write: workload.checkpoint_write,
            restart: workload.restart,
            after_failure: workload.after_failure,
            data_gb: workload.data_gb,
        }
    }
}
