//! Best fit: the node on which the least is left, all resources together.

use super::{Candidate, share, tightest};
use crate::cluster::{Cluster, Free, Task, WHOLE};

/// What is left of accelerators, processor cores and memory, each as a share of the largest node's, summed.
pub(super) fn score(cluster: &Cluster, free: &Free, task: &Task) -> Candidate {
    let device = tightest(free, task);
    let after = free.without(task, device);
    Candidate { score: left(cluster, &after), device }
}

/// The sum of the shares that are free.
pub(super) fn left(cluster: &Cluster, free: &Free) -> i64 {
    let largest = cluster.largest();
    share(free.gpu_milli(), u32::from(largest.gpus) * WHOLE)
        + share(free.cpu_milli, largest.cpu_milli)
        + share(free.memory_mib, largest.memory_mib)
}
