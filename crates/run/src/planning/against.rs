//! A plan and the run of its build-out, side by side by quarter.

mod late;
mod ran;

pub use late::{Late, late};

use base::SimTime;
use plan::account::Account;
use plan::bill::Building;
use plan::decisions::Decisions;
use plan::instance::Instance;
use scenario::world::planning::Planning;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;
use tables::TableError;

/// What is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Amounts {
    /// IT power of the systems that stand, MW in the mean of the quarter.
    pub systems_mw: f64,
    /// Their accelerators, in the mean of the quarter.
    pub accelerators: f64,
    /// Paid for halls, US dollars.
    pub building_usd: f64,
    /// Paid for systems, US dollars.
    pub systems_usd: f64,
    /// Energy that the sites use, MWh.
    pub energy_mwh: f64,
    /// What that energy costs: grid, fuel, demand charge; US dollars.
    pub energy_usd: f64,
    /// Compute that serves somebody, units in the mean of the quarter; of the run without work that was done again.
    pub served_units: f64,
    /// Carbon dioxide, tonnes.
    pub carbon_t: f64,
}

/// Names and values of what is compared.
pub const NAMES: [&str; 8] = [
    "systems_mw",
    "accelerators",
    "building_usd",
    "systems_usd",
    "energy_mwh",
    "energy_usd",
    "served_units",
    "carbon_t",
];

impl Amounts {
    /// In the order of [`NAMES`].
    pub fn values(&self) -> [f64; NAMES.len()] {
        [
            self.systems_mw,
            self.accelerators,
            self.building_usd,
            self.systems_usd,
            self.energy_mwh,
            self.energy_usd,
            self.served_units,
            self.carbon_t,
        ]
    }
}

/// A quarter of both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// `2027-Q1`.
    pub quarter: String,
    /// What the plan says.
    pub plan: Amounts,
    /// What came out of the run.
    pub run: Amounts,
}

/// What the run has more than the plan over all quarters, as a share of the plan; `None` where the plan has nothing.
pub fn overall(pairs: &[Pair]) -> [Option<f64>; NAMES.len()] {
    std::array::from_fn(|at| {
        let sum =
            |side: fn(&Pair) -> [f64; NAMES.len()]| pairs.iter().map(|pair| side(pair)[at]).sum::<f64>();
        let (plan, run) = (sum(|pair| pair.plan.values()), sum(|pair| pair.run.values()));
        (plan.abs() > 1e-9).then(|| run / plan - 1.0)
    })
}

/// Compute of the plan's own systems that serves somebody, of one region or of all: what customers get without what is bought, and
/// what holders of rights take.
pub(super) fn own_units(
    instance: &Instance,
    decisions: &Decisions,
    (s, t): (usize, usize),
    region: Option<usize>,
) -> f64 {
    let (future, now) = (&instance.scenarios[s], &decisions.futures[s].periods[t]);
    let here = |of: usize| region.is_none_or(|region| region == of);
    let lanes = instance.demands.iter().zip(&now.served_units);
    let lanes = lanes.flat_map(|(demand, served)| demand.served_from.iter().zip(served));
    let served: f64 = lanes.filter(|(lane, _)| here(lane.region)).map(|(_, served)| served).sum();
    let bought = instance.purchases.iter().zip(&now.bought_units);
    let bought: f64 = bought.filter(|(purchase, _)| here(purchase.region)).map(|(_, units)| units).sum();
    let taken: f64 = future.right_share.iter().map(|share| share[t]).sum();
    let works: f64 = (instance.sites.iter().zip(&now.active_mw))
        .filter(|(site, _)| here(site.region))
        .flat_map(|(_, active)| instance.generations.iter().zip(active))
        .map(|(generation, mw)| mw * generation.units_per_mw)
        .sum();
    // What is bought and served at once leaves the dust of a solver.
    let own = if served - bought < 1e-6 { 0.0 } else { served - bought };
    own + taken * works
}

/// The quarters of the plan that the run saw as a whole, each with what both say of the candidates.
///
/// Energy, its cost and carbon of the plan are for a quarter of a mean year, and are taken for the hours that the quarter
/// has; demand charges are for three months in any case.
///
/// # Errors
/// The tables of the run cannot be read.
pub fn against(
    planning: &Planning,
    (instance, decisions): (&Instance, &Decisions),
    (starts, future): (&[SimTime], usize),
    (run_start, run_end): (SimTime, SimTime),
    folder: &Path,
) -> Result<Vec<Pair>, TableError> {
    let quarters: Vec<usize> =
        (0..instance.periods.len()).filter(|&t| starts[t] >= run_start && starts[t + 1] <= run_end).collect();
    let account = Account::new(instance, decisions);
    let sides = Sides { planning, instance, decisions, starts, future };
    let mut pairs: Vec<Pair> = quarters
        .iter()
        .map(|&t| Pair {
            quarter: instance.periods[t].name.clone(),
            plan: Amounts {
                building_usd: paid_for_halls(&account, t) * 1e6,
                systems_usd: account.systems_musd(future, t) * 1e6,
                ..sides.planned(t)
            },
            run: Amounts::default(),
        })
        .collect();
    sides.stands(folder, &quarters, &mut pairs)?;
    sides.energy(folder, &quarters, &mut pairs)?;
    sides.capital(folder, &quarters, &mut pairs)?;
    Ok(pairs)
}

/// Millions of dollars paid in a period.
fn paid_for_halls(account: &Account<'_>, t: usize) -> f64 {
    let paid = account.payments.iter().filter(|paid| paid.period == t && paid.what == Building::Halls);
    paid.map(|paid| paid.musd).sum()
}

struct Sides<'a> {
    planning: &'a Planning,
    instance: &'a Instance,
    decisions: &'a Decisions,
    starts: &'a [SimTime],
    future: usize,
}

impl Sides<'_> {
    /// The sites whose rows count.
    fn planned_sites(&self) -> BTreeSet<&str> {
        self.instance.sites.iter().map(|site| site.name.as_str()).collect()
    }

    fn hours(&self, t: usize) -> f64 {
        (self.starts[t + 1] - self.starts[t]).hours()
    }

    /// Accelerators of a megawatt of each generation.
    fn per_mw(&self) -> Vec<f64> {
        let of = |name: &String| {
            let hardware = self.planning.hardware.iter().find(|hardware| hardware.key == *name)?;
            Some(f64::from(hardware.accelerators.as_ref()?.1) / hardware.mw)
        };
        self.instance.generations.iter().map(|generation| of(&generation.name).unwrap_or(0.0)).collect()
    }

    fn planned(&self, t: usize) -> Amounts {
        let (instance, future) = (self.instance, &self.instance.scenarios[self.future]);
        let now = &self.decisions.futures[self.future].periods[t];
        let mut amounts = Amounts::default();
        let mut peaks_usd = 0.0;
        let mut mean_hours = 0.0;
        let per_mw = self.per_mw();
        for (i, here) in instance.sites.iter().enumerate() {
            let to_come = instance.periods[t].to_come();
            for ((mw, delivered), per_mw) in now.installed_mw[i].iter().zip(&now.delivered_mw[i]).zip(&per_mw)
            {
                let mw = mw - to_come * delivered;
                amounts.systems_mw += mw;
                amounts.accelerators += mw * per_mw;
            }
            let (profile, flows) = (&here.profiles[here.profile[t]], &now.operation[i]);
            let months = 3.0 * f64::from(instance.periods[t].quarters);
            peaks_usd += flows.peak_mw * 1e3 * here.demand_charge_usd_per_kw_month * months;
            mean_hours = profile.hours.iter().sum::<f64>() * f64::from(instance.periods[t].quarters);
            for (b, hours) in profile.hours.iter().enumerate() {
                let hours = hours * f64::from(instance.periods[t].quarters);
                let import = flows.import_mw[b] * hours;
                let price = profile.usd_per_mwh[b] * here.grid_price[t] * future.grid_price;
                amounts.energy_mwh += import;
                amounts.energy_usd += import * price;
                amounts.carbon_t += import * profile.carbon_t_per_mwh[b];
                for (here, series) in here.thermals.iter().zip(&flows.thermal_mw) {
                    let kind = &instance.thermals[here.kind];
                    let energy = series[b] * hours;
                    let fuel = kind.mmbtu_per_mwh * here.fuel_usd_per_mmbtu * future.fuel_price;
                    amounts.energy_mwh += energy;
                    amounts.energy_usd += energy * fuel;
                    amounts.carbon_t += energy * kind.carbon_t_per_mwh;
                }
                let out: f64 =
                    flows.renewable_mw.iter().chain(&flows.discharge_mw).map(|series| series[b]).sum();
                let into: f64 = flows.charge_mw.iter().map(|series| series[b]).sum();
                amounts.energy_mwh += (out - into) * hours;
            }
        }
        if mean_hours > 0.0 {
            let longer = self.hours(t) / mean_hours;
            for amount in [&mut amounts.energy_mwh, &mut amounts.energy_usd, &mut amounts.carbon_t] {
                *amount *= longer;
            }
        }
        amounts.energy_usd += peaks_usd;
        amounts.served_units = own_units(instance, self.decisions, (self.future, t), None);
        amounts
    }
}
