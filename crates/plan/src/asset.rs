//! Everything that is built at a site, in one form: phases, connection tranches, generators, stores.
//!
//! The decision on an asset is how many units of it are ready by each period: a whole number that never falls. Cumulative counts
//! make the order of phases, lead times and capacities short rows with a tight relaxation, and branching on "ready by" halves
//! the future where branching on "ready in" would cut off one quarter.

use crate::horizon::Horizon;
use crate::instance::{Equipment, Instance, Phase, Site};

/// Megawatts in the unit of power inside the model.
pub(crate) const GIGA: f64 = 1000.0;

/// What an asset gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// IT power of buildings.
    Hall,
    /// Connection to the grid.
    Grid,
    /// Generators: index into the site's list.
    Thermal(usize),
    /// Renewables: index into the site's list.
    Renewable(usize),
    /// Stores: index into the site's list.
    Storage(usize),
}

/// Something that can be built at a site.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    pub(crate) site: usize,
    pub(crate) what: What,
    pub(crate) name: String,
    /// Gigawatts of a unit.
    pub(crate) unit: f64,
    /// Most units.
    pub(crate) most: f64,
    /// Whether only whole units are built.
    pub(crate) whole: bool,
    /// Quarters from start or order until it is ready.
    pub(crate) lead: u32,
    /// First period at whose start it can be ready.
    pub(crate) first: usize,
    /// Millions of dollars of a unit that are paid with the order.
    pub(crate) at_order: f64,
    /// Millions of dollars of a unit that are paid evenly over construction.
    pub(crate) evenly: f64,
    /// Millions of dollars of upkeep of a unit and year.
    pub(crate) upkeep: f64,
    /// Share of `at_order + evenly` (without land) that a new unit is worth at the end, falling to nothing over `life`.
    pub(crate) salvage: f64,
    pub(crate) life: u32,
    /// Cost that is not worth anything at the end: land keeps its price and is not sold.
    pub(crate) land: f64,
    /// The asset that must be complete before, and how many units of this one each of its units allows.
    pub(crate) needs: Option<(usize, f64)>,
    /// Gigawatts of IT power that occupy labour during construction.
    pub(crate) labour: f64,
    /// All units are ready at the start of this period at the latest.
    pub(crate) due: Option<usize>,
}

impl Asset {
    /// Bounds of the units that are ready in period `t`.
    pub(crate) fn bounds(&self, t: usize) -> (f64, f64) {
        let least = if self.due.is_some_and(|due| t >= due) { self.most } else { 0.0 };
        (least, if t >= self.first { self.most } else { 0.0 })
    }

    /// What a unit that is ready at the start of period `t` costs in each period: period, millions.
    pub(crate) fn spending(&self, horizon: &Horizon, t: usize) -> Vec<(usize, f64)> {
        let mut spent: Vec<(usize, f64)> = Vec::new();
        let at_order = self.at_order + self.land;
        if at_order != 0.0 {
            spent.push((horizon.ordered(t, self.lead), at_order));
        }
        if self.evenly != 0.0 {
            for (period, share) in horizon.spread(t, self.lead) {
                match spent.iter_mut().find(|(there, _)| *there == period) {
                    Some((_, millions)) => *millions += share * self.evenly,
                    None => spent.push((period, share * self.evenly)),
                }
            }
        }
        spent
    }

    /// Present cost of a unit that is ready at the start of period `t`, less its worth at the end.
    pub(crate) fn present_cost(&self, horizon: &Horizon, t: usize) -> f64 {
        let spent = self.spending(horizon, t);
        let paid: f64 = spent.iter().map(|&(period, millions)| horizon.discount(period) * millions).sum();
        paid - (self.at_order + self.evenly) * horizon.worth(t, self.salvage, self.life)
    }
}

fn same(a: &Phase, b: &Phase) -> bool {
    Phase { name: String::new(), ..a.clone() } == Phase { name: String::new(), ..b.clone() }
}

/// How many of the last phases are alike, so that a count says all about them. The first phase of a site that must buy land
/// costs more than its like.
fn alike(site: &Site) -> usize {
    let free = if site.land_musd > 0.0 { &site.phases[1.min(site.phases.len())..] } else { &site.phases[..] };
    let Some(last) = free.last() else { return 0 };
    free.iter().rev().take_while(|phase| same(phase, last)).count()
}

/// All assets of an instance, site by site.
pub(crate) fn assets(instance: &Instance, horizon: &Horizon) -> Vec<Asset> {
    let mut assets = Vec::new();
    for (i, site) in instance.sites.iter().enumerate() {
        halls(&mut assets, horizon, instance.worth.halls, (i, site));
        for tranche in &site.tranches {
            assets.push(Asset {
                site: i,
                what: What::Grid,
                name: tranche.name.clone(),
                unit: tranche.mw / GIGA,
                most: 1.0,
                whole: true,
                lead: tranche.lead_quarters,
                first: horizon.earliest(0, tranche.lead_quarters),
                at_order: tranche.musd,
                evenly: 0.0,
                upkeep: 0.0,
                salvage: instance.worth.connections.0,
                life: instance.worth.connections.1,
                land: 0.0,
                needs: None,
                labour: 0.0,
                due: None,
            });
        }
        for (k, here) in site.thermals.iter().enumerate() {
            let kind = &instance.thermals[here.kind];
            let asset = equipment(i, What::Thermal(k), &kind.equipment, kind.unit_mw, here.most_mw, horizon);
            assets.push(asset);
        }
        for (k, here) in site.renewables.iter().enumerate() {
            let kind = &instance.renewables[here.kind].equipment;
            assets.push(equipment(i, What::Renewable(k), kind, None, here.most_mw, horizon));
        }
        for (k, here) in site.storages.iter().enumerate() {
            let kind = &instance.storages[here.kind].equipment;
            assets.push(equipment(i, What::Storage(k), kind, None, here.most_mw, horizon));
        }
    }
    assets
}

/// The phases of a site: in order, the last ones that are alike as one count.
fn halls(assets: &mut Vec<Asset>, horizon: &Horizon, worth: (f64, u32), (i, site): (usize, &Site)) {
    let single = site.phases.len() - alike(site);
    let mut before = None;
    for (k, phase) in site.phases.iter().enumerate().take(single + 1) {
        let count = if k < single { 1 } else { site.phases.len() - single };
        assets.push(Asset {
            site: i,
            what: What::Hall,
            name: phase.name.clone(),
            unit: phase.mw / GIGA,
            most: count as f64,
            whole: true,
            lead: phase.lead_quarters,
            first: horizon.earliest(phase.start_quarter, phase.lead_quarters),
            at_order: 0.0,
            evenly: phase.mw * phase.musd_per_mw,
            upkeep: phase.mw * site.operations_musd_per_mw_year,
            salvage: worth.0,
            life: worth.1,
            land: if k == 0 { site.land_musd } else { 0.0 },
            needs: before.map(|asset| (asset, count as f64)),
            labour: phase.mw / GIGA,
            due: phase.due,
        });
        before = Some(assets.len() - 1);
    }
}

fn equipment(
    site: usize,
    what: What,
    kind: &Equipment,
    unit_mw: Option<f64>,
    most_mw: f64,
    horizon: &Horizon,
) -> Asset {
    let unit_or_all = unit_mw.unwrap_or(GIGA);
    let most = most_mw / unit_or_all;
    Asset {
        site,
        what,
        name: kind.name.clone(),
        unit: unit_or_all / GIGA,
        most: if unit_mw.is_some() { libm::floor(most + 1e-9) } else { most },
        whole: unit_mw.is_some(),
        lead: kind.lead_quarters,
        first: horizon.earliest(0, kind.lead_quarters),
        at_order: unit_or_all * kind.musd_per_mw,
        evenly: 0.0,
        upkeep: unit_or_all * kind.upkeep_musd_per_mw_year,
        salvage: kind.salvage,
        life: kind.life_quarters,
        land: 0.0,
        needs: None,
        labour: 0.0,
        due: None,
    }
}
