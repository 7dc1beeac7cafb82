//! What the jobs of a world typically ask for: the yardstick of fragmentation.

use crate::jobs::Jobs;
use base::Diagnostics;
use scenario::world::World;
use twin::Typical;

/// Jobs that are looked at, over all workloads in the order of submission.
const SAMPLE: usize = 10_000;

/// Counts the tasks of the first jobs of a world.
pub fn of(world: &World) -> Result<Typical, Diagnostics> {
    let jobs: Vec<_> =
        Jobs::open(world)?.take(SAMPLE).map(|(_, job)| (job.demand, job.accelerators)).collect();
    Ok(Typical::of(jobs.iter().map(|(demand, accelerators)| (demand, *accelerators))))
}
