//! Fragmentation gradient descent: Weng et al., "Beware of Fragmentation" (USENIX ATC 2023), section 4: the node, and
//! for a share the accelerator, on which fragmentation grows the least.

use super::Candidate;
use crate::cluster::{Class, Cluster, Device, Task};

/// Fragmentation after less before, over every accelerator that a share could go on.
pub(super) fn score(cluster: &Cluster, class: &Class, task: &Task) -> Candidate {
    let free = &class.free;
    let growth = |device: Device| {
        let after = cluster.fragmentation_of(&free.without(task, device));
        Candidate { score: after as i64 - class.fragmented as i64, device }
    };
    if !task.is_share() {
        return growth(Device::Fresh);
    }
    let mut devices: Vec<Device> = free
        .shared()
        .iter()
        .filter(|&&left| u32::from(left) >= task.gpu_milli)
        .map(|&left| Device::Shared(left))
        .collect();
    devices.dedup();
    if free.whole > 0 {
        devices.push(Device::Fresh);
    }
    devices.into_iter().map(growth).min_by_key(|candidate| candidate.score).expect("the task fits")
}
