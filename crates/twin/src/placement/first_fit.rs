//! First fit: the first node, in the order of the scenario, on which the task fits.

use super::{Candidate, tightest};
use crate::cluster::{Class, Task};

/// The index of the class's first node.
pub(super) fn score(class: &Class, task: &Task) -> Candidate {
    let score = class.nodes.first().map_or(i64::MAX, i64::from);
    Candidate { score, device: tightest(&class.free, task) }
}
