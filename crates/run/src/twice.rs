//! Two runs side by side: do they say the same?

use crate::{Jobs, RunError};
use kernel::{Divergence, first_divergence};
use scenario::World;
use twin::Fact;

/// Runs a world two times in step and names the first fact that differs; `None` if there is none. Writes nothing.
pub fn twice(world: &World) -> Result<Option<Divergence<Fact>>, RunError> {
    let mut first = Jobs::open(world).map_err(RunError::Inputs)?;
    let second = Jobs::open(world).map_err(RunError::Inputs)?;
    let typical = first.typical();
    let remarks = first.remarks();
    let difference = first_divergence(
        (twin::simulation(world, &typical), first),
        (twin::simulation(world, &typical), second),
        world.end,
    );
    if remarks.has_errors() { Err(RunError::Inputs(remarks.all())) } else { Ok(difference) }
}
