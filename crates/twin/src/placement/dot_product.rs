//! Dot product: Panigrahy, Talwar, Uyeda and Wieder, "Heuristics for Vector Bin Packing" (2011); as the baseline of
//! Weng et al. (USENIX ATC 2023), which takes the node with the *smallest* product of what is free and what is asked.

use super::{Candidate, share, tightest};
use crate::cluster::{Cluster, Free, Task, WHOLE};

/// The product of free and asked shares, each against the largest node; memory is left out where it is not modelled.
pub(super) fn score(cluster: &Cluster, free: &Free, task: &Task) -> Candidate {
    let largest = cluster.largest();
    let gpus = u32::from(largest.gpus) * WHOLE;
    let product = [
        (free.gpu_milli(), task.gpu_milli, gpus),
        (free.cpu_milli, task.cpu_milli, largest.cpu_milli),
        (free.memory_mib, task.memory_mib, largest.memory_mib),
    ]
    .into_iter()
    .map(|(free, asked, most)| (share(free, most) * share(asked, most)) >> 16)
    .sum();
    Candidate { score: product, device: tightest(free, task) }
}
