//! Worst fit: the node on which the most is left, all resources together.

use super::{Candidate, best_fit, emptiest};
use crate::cluster::{Cluster, Free, Task};

/// The opposite of best fit; a share goes on the emptiest accelerator.
pub(super) fn score(cluster: &Cluster, free: &Free, task: &Task) -> Candidate {
    let device = emptiest(free, task);
    let after = free.without(task, device);
    Candidate { score: -best_fit::left(cluster, &after), device }
}
