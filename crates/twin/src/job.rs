//! A job as the twin gets it: every name resolved.

use base::Span;
use base::id::{AcceleratorId, SiteId, TenantId, WorkloadId};
use serde::{Deserialize, Serialize};
use trace::Demand;

/// A set of accelerator models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AcceleratorSet(pub u64);

impl AcceleratorSet {
    /// Any model will do.
    pub const ANY: AcceleratorSet = AcceleratorSet(u64::MAX);

    /// The set of these models; of all models if there are none.
    pub fn of(models: impl IntoIterator<Item = AcceleratorId>) -> AcceleratorSet {
        match models.into_iter().fold(0, |bits, id| bits | 1 << id.0) {
            0 => AcceleratorSet::ANY,
            bits => AcceleratorSet(bits),
        }
    }
    /// Whether the model is in the set.
    pub fn contains(self, model: AcceleratorId) -> bool {
        self.0 >> model.0 & 1 == 1
    }
}

/// A job, submitted at the instant of the input that brings it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Counted over all workloads in the order of submission.
    pub number: u64,
    /// The workload that it comes from.
    pub workload: WorkloadId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Where its data is.
    pub home: Option<SiteId>,
    /// Job, workload and tenant together; higher goes first.
    pub priority: i32,
    /// What it needs.
    pub demand: Demand,
    /// The accelerators that will do.
    pub accelerators: AcceleratorSet,
    /// How long it runs.
    pub runtime: Span,
    /// How long the scheduler is told that it runs.
    pub requested: Span,
}
