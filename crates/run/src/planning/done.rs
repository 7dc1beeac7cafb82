//! The plan that was carried out in fact: halls on the dates that the scenario gives, everything else left to the planner.

use super::until;
use plan::instance::Instance;
use scenario::world::planning::Planning;

/// Holds the halls of an instance to the dates of `done`; a candidate without dates is not built. Says which candidates have
/// blocks that come after the last quarter.
pub fn hold(instance: &mut Instance, planning: &Planning) -> Vec<String> {
    let mut later = Vec::new();
    for (site, candidate) in instance.sites.iter_mut().zip(&planning.candidates) {
        let mut late = 0;
        for (k, phase) in site.phases.iter_mut().enumerate() {
            let ready = candidate.done.get(k).map(|&at| until(at, planning) as usize);
            match ready.filter(|&ready| ready < planning.quarters) {
                Some(ready) => {
                    // What began before the plan has been paid in part: a plan pays it whole, in the quarters that it has.
                    phase.lead_quarters = phase.lead_quarters.min(ready as u32);
                    phase.start_quarter = ready as u32 - phase.lead_quarters;
                    phase.due = Some(ready);
                }
                None => {
                    late += usize::from(ready.is_some());
                    phase.start_quarter = planning.quarters as u32;
                    phase.due = None;
                }
            }
        }
        if late > 0 {
            later.push(format!("`{}`: {late} of its blocks come after the plan", site.name));
        }
    }
    later
}
