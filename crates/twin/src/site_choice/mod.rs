//! Which site a job is sent to, once, when it is submitted.
//!
//! Only sites that can ever hold the job, once all their blocks are energised, and that its data can reach are asked; of
//! these, one at which nothing that fits stands yet only where there is no other.
//! Ties go to the site that comes first by key. To add a rule, write one file with a function of the shape of
//! [`least_loaded::score`], and give it an arm in [`choose`] and in `scenario::world::SiteChoice`.

mod cheapest;
mod least_loaded;
mod most_free;

use crate::Job;
use crate::site::SiteState;
use crate::twin::Config;
use base::id::SiteId;
use scenario::world::SiteChoice;

/// The site for a job of those that can hold it; `None` if there is none.
pub fn choose(config: &Config, sites: &[SiteState], job: &Job, possible: &[bool]) -> Option<SiteId> {
    let best = best_of(config, sites, job, |site| possible[site.index()])?;
    let stands = |site: SiteId| sites[site.index()].cluster.has_room_for(&job.demand, job.accelerators);
    if stands(best) {
        return Some(best);
    }
    Some(best_of(config, sites, job, |site| possible[site.index()] && stands(site)).unwrap_or(best))
}

/// The best of these sites, as far as the job's data can reach them.
fn best_of(config: &Config, sites: &[SiteState], job: &Job, may: impl Fn(SiteId) -> bool) -> Option<SiteId> {
    let reachable = |site: &SiteId| may(*site) && config.transfer(job, *site).is_some();
    let candidates = (0..sites.len()).map(SiteId::new).filter(reachable);
    match config.policy.site_choice {
        SiteChoice::HomeFirst => {
            let home = job.home;
            candidates.min_by_key(|site| (Some(*site) != home, *site))
        }
        SiteChoice::LeastLoaded => {
            candidates.min_by_key(|site| (least_loaded::score(&sites[site.index()]), *site))
        }
        SiteChoice::MostFree => candidates.min_by_key(|site| (most_free::score(&sites[site.index()]), *site)),
        SiteChoice::Cheapest => candidates.min_by_key(|site| (cheapest::score(config, *site), *site)),
    }
}
