//! Two runs side by side: do they say the same?

use crate::conditions::{Loaded, conditions};
use crate::{Jobs, Observer, Progress, RunError};
use base::SimTime;
use kernel::{Divergence, first_divergence};
use scenario::World;
use std::sync::Arc;
use twin::Fact;

/// What came of two runs side by side.
#[derive(Debug)]
pub enum Compared {
    /// They said the same to the end.
    Same,
    /// The first fact that differs.
    Different(Box<Divergence<Fact>>),
    /// The observer stopped them before the end, at about this instant; they had said the same until then.
    Stopped(SimTime),
}

/// Runs a world two times in step and names the first fact that differs. Writes nothing. The observer is asked at each
/// job.
pub fn twice(world: &World, observer: &mut impl Observer) -> Result<Compared, RunError> {
    let mut first = Jobs::open(world).map_err(RunError::Inputs)?;
    let second = Jobs::open(world).map_err(RunError::Inputs)?;
    let typical = first.typical();
    let remarks = first.remarks();
    let Loaded { conditions, diagnostics } = conditions(world);
    if diagnostics.has_errors() {
        return Err(RunError::Inputs(diagnostics));
    }
    let conditions = Arc::new(conditions);
    let mut stopped = None;
    let watched = first.map_while(|(now, job)| {
        let progress = Progress { start: world.start, end: world.end, now, jobs: remarks.jobs() };
        if observer.instant(&progress).is_break() {
            stopped = Some(now);
        }
        // The end of one stream ends the comparison: the other run goes on to its next job, and differs.
        stopped.is_none().then_some((now, job))
    });
    let difference = first_divergence(
        (twin::simulation_under(world, &typical, conditions.clone()), watched),
        (twin::simulation_under(world, &typical, conditions), second),
        world.end,
    );
    if remarks.has_errors() {
        return Err(RunError::Inputs(remarks.all()));
    }
    Ok(match (stopped, difference) {
        (Some(at), _) => Compared::Stopped(at),
        (None, Some(difference)) => Compared::Different(Box::new(difference)),
        (None, None) => Compared::Same,
    })
}
