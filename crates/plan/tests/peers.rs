//! Against PyPSA: the capacity expansion of `bench/peers/pypsa_expansion.py`, hour by hour over a year.
//!
//! The figure is the objective that the script prints; both sides make the same series from the same formulas.
#![allow(clippy::unwrap_used)]

use plan::instance::*;
use plan::solve::{Options, Outcome, Way, solve};
use solver::Highs;
use std::f64::consts::PI;

const HOURS: usize = 8760;

/// Sites of the script: name, phase, sun, grid level, grid, gas price, most of solar, battery, gas.
type Row = (&'static str, f64, f64, f64, f64, f64, f64, f64, f64);
const SITES: [Row; 3] = [
    ("west", 0.0, 1.00, 52.0, 160.0, 38.0, 400.0, 150.0, 200.0),
    ("middle", 1.3, 0.85, 47.0, 120.0, 44.0, 300.0, 150.0, 120.0),
    ("east", 2.1, 0.70, 61.0, 200.0, 35.0, 250.0, 100.0, 300.0),
];

fn profile(phase: f64, quality: f64, level: f64) -> Profile {
    let hour_of = |h: usize| ((h / 24) as f64, (h % 24) as f64);
    let year = |day: f64| (2.0 * PI * (day - 196.0) / 365.0).cos();
    let noon = |hour: f64| (PI * (hour - 6.0) / 12.0).sin().max(0.0);
    let each = |of: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
        (0..HOURS).map(|h| of(hour_of(h).0, hour_of(h).1)).collect()
    };
    Profile {
        // A period of four quarters: an hour of the year is a quarter of an hour of each.
        hours: vec![0.25; HOURS],
        pue: each(&|day, hour| 1.15 + 0.06 * year(day) + 0.05 * noon(hour)),
        usd_per_mwh: each(&|day, hour| {
            let of_day = 0.35 * (2.0 * PI * (hour - 13.0) / 24.0).sin();
            level * (1.0 + of_day + 0.2 * (0.31 * day + phase).sin())
        }),
        carbon_t_per_mwh: vec![0.0; HOURS],
        renewable: vec![each(&|day, hour| {
            let cloud = 0.75 + 0.25 * (0.7 * day + phase).sin();
            noon(hour) * quality * (0.7 + 0.25 * year(day)) * cloud
        })],
    }
}

fn equipment(name: &str, musd_per_mw: f64) -> Equipment {
    Equipment {
        name: name.into(),
        lead_quarters: 0,
        musd_per_mw,
        upkeep_musd_per_mw_year: 0.0,
        salvage: 0.0,
        life_quarters: 0,
    }
}

/// The year as one period, whose one "day" has all its hours; halls and systems cost nothing.
fn year(rows: &[Row], load: f64) -> Instance {
    let site = |(k, &(name, phase, quality, level, grid, _, solar, battery, gas)): (usize, &Row)| Site {
        name: name.into(),
        region: 0,
        land_musd: 0.0,
        phases: vec![Phase {
            name: "hall".into(),
            mw: load,
            lead_quarters: 0,
            start_quarter: 0,
            musd_per_mw: 0.0,
            due: None,
        }],
        tranches: vec![Tranche { name: "grid".into(), mw: grid, lead_quarters: 0, musd: 0.0 }],
        thermals: vec![ThermalHere { kind: k, most_mw: gas, fuel_usd_per_mmbtu: 0.0 }],
        renewables: vec![MostHere { kind: 0, most_mw: solar }],
        storages: vec![MostHere { kind: 0, most_mw: battery }],
        // Supply meets a load above the IT power in every hour, so this asks for nothing more.
        peak_pue: 1.0,
        reserve: 0.0,
        curtailable: 0.0,
        curtailment_usd_per_mwh: 0.0,
        shedding_usd_per_mwh: 9_000.0,
        demand_charge_usd_per_kw_month: 0.0,
        take_or_pay: 0.0,
        operations_musd_per_mw_year: 0.0,
        profiles: vec![profile(phase, quality, level)],
        profile: vec![0],
        grid_price: vec![1.0],
    };
    let gas = |row: &Row| Thermal {
        equipment: equipment("gas", 0.11),
        unit_mw: None,
        mmbtu_per_mwh: 0.0,
        usd_per_mwh: row.5,
        carbon_t_per_mwh: 0.0,
        supply_mw: None,
    };
    Instance {
        name: "year".into(),
        periods: vec![Period { name: "year".into(), quarters: 4, evenly: false, late_quarters: 0.0 }],
        here_and_now: 1,
        block_hours: 1.0,
        day_of_block: vec![0; HOURS],
        regions: vec![Region { name: "all".into(), labour_mw: None }],
        sites: rows.iter().enumerate().map(site).collect(),
        thermals: rows.iter().map(gas).collect(),
        renewables: vec![Renewable { equipment: equipment("solar", 0.055), firm: 1.0 }],
        storages: vec![Storage {
            equipment: equipment("battery", 0.065),
            hours: 4.0,
            efficiency: 0.92,
            firm: 1.0,
        }],
        generations: vec![Generation {
            name: "system".into(),
            available: 0,
            musd_per_mw: vec![0.0],
            units_per_mw: 1.0,
            availability: 1.0,
            life_quarters: 8,
            upkeep: 0.0,
            supply_mw: None,
            salvage: 0.0,
            worth_quarters: 1,
            resale_musd_per_mw: None,
        }],
        demands: vec![Demand {
            name: "users".into(),
            musd_per_unit_year: vec![0.0],
            damages_musd_per_unit_year: 0.0,
            obliged: true,
            tokens_per_unit_year: 0.0,
            served_from: vec![Lane { region: 0, musd_per_unit_year: 0.0 }],
        }],
        rights: Vec::new(),
        purchases: Vec::new(),
        capital: Capital { budget_musd: vec![1_000.0], discount_per_year: 0.0, debt: None },
        carbon: Carbon { usd_per_t: 0.0, cap_t: None },
        worth: Worth::default(),
        transformers_mw: None,
        scenarios: vec![Scenario {
            name: "one".into(),
            probability: 1.0,
            demand_units: vec![vec![load]],
            right_share: Vec::new(),
            revenue: 1.0,
            grid_price: 1.0,
            fuel_price: 1.0,
            hardware_price: vec![1.0],
            late_halls: vec![0; rows.len()],
            late_grid: vec![0; rows.len()],
        }],
        objective: Objective::LeastCost,
        risk: Risk::Expected,
    }
}

fn compare(instance: &Instance, way: Way, pypsa_musd: f64) {
    let options = Options { gap: 1e-8, way, ..Options::default() };
    let Outcome::Planned(plan) = solve::<Highs>(instance, &options, &mut |_| {}).unwrap() else {
        panic!("no plan")
    };
    let off = (plan.objective - pypsa_musd).abs() / pypsa_musd;
    println!("{} against {pypsa_musd}: {off:e} of it", plan.objective);
    assert!(off < 1e-6, "{} is not PyPSA's {pypsa_musd}", plan.objective);
}

#[test]
fn one_site_over_a_year_costs_what_pypsa_says() {
    compare(&year(&SITES[..1], 180.0), Way::Whole, ONE_SITE);
}

/// Some minutes: `cargo test --release -p plan --test peers -- --ignored`.
#[test]
#[ignore = "minutes of processor time"]
fn three_sites_over_a_year_cost_what_pypsa_says() {
    compare(&year(&SITES, 420.0), Way::Whole, 204.656_624_131);
}

/// Millions of dollars: what the script prints for `one site`.
const ONE_SITE: f64 = 89.584_182_553;
