//! Regions of a plan: whose builders work there, and which demand is served from there.

use plan::instance::{Lane, Region};
use scenario::world::planning::{self, Candidate, Planning};

/// A region of the instance: candidates of one pool of builders in one region of the scenario.
pub(super) struct Pool {
    pub(super) region: Region,
    /// The region of the scenario; `None`: none is said.
    place: Option<String>,
    /// Capacity bought of which no region is said: it serves all demand.
    everywhere: bool,
}

/// The pool of a candidate; without one of its own, a common one without limit in each region.
pub(super) fn region(candidate: &Candidate, planning: &Planning, pools: &mut Vec<Pool>) -> usize {
    let name = candidate.labour.as_deref().or(candidate.region.as_deref()).unwrap_or("anywhere");
    let same = |pool: &Pool| pool.region.name == name && pool.place == candidate.region && !pool.everywhere;
    if let Some(known) = pools.iter().position(same) {
        return known;
    }
    let limit = planning.labour.iter().find(|(pool, _)| candidate.labour.as_ref() == Some(pool));
    let region = Region { name: name.to_owned(), labour_mw: limit.map(|(_, mw)| mw.clone()) };
    pools.push(Pool { region, place: candidate.region.clone(), everywhere: false });
    pools.len() - 1
}

/// The pool in which each purchase is counted.
pub(super) fn bought(planning: &Planning, pools: &mut Vec<Pool>) -> Vec<usize> {
    // Where every pool serves every demand it does not matter in which one it is counted.
    if planning.demands.iter().all(|demand| demand.served_from.is_none()) {
        return vec![0; planning.purchases.len()];
    }
    let mut pool = |purchase: &planning::Purchase| {
        let (place, everywhere) = (purchase.region.clone(), purchase.region.is_none());
        let same = |pool: &Pool| pool.everywhere == everywhere && pool.place == place;
        if let Some(known) = pools.iter().position(same) {
            return known;
        }
        let name = place.clone().unwrap_or_else(|| "purchases".to_owned());
        pools.push(Pool { region: Region { name, labour_mw: None }, place, everywhere });
        pools.len() - 1
    };
    planning.purchases.iter().map(&mut pool).collect()
}

/// The pools that serve a demand, with what a unit and year costs from there.
pub(super) fn of(demand: &planning::Demand, pools: &[Pool]) -> Vec<Lane> {
    let cost = |pool: &Pool| match &demand.served_from {
        None => Some(0.0),
        Some(_) if pool.everywhere => Some(0.0),
        Some(from) => {
            let lane = from.iter().find(|(region, _)| pool.place.as_ref() == Some(region));
            lane.map(|(_, usd)| usd / 1e6)
        }
    };
    let lane = |(region, pool): (usize, &Pool)| Some(Lane { region, musd_per_unit_year: cost(pool)? });
    pools.iter().enumerate().filter_map(lane).collect()
}
