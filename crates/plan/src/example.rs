//! Synthetic programmes of any size, for tests and benchmarks: the ranges are those that `docs/concepts/planning.md` gives with
//! their sources, the draws come from named streams, so that a programme with one more site has the same other sites.

use crate::instance::*;
use base::random::{Draws, Stream};

/// How large a synthetic programme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Candidate sites.
    pub sites: usize,
    /// Quarters.
    pub quarters: usize,
    /// Futures.
    pub scenarios: usize,
    /// Representative days in a quarter.
    pub days: usize,
    /// Blocks of a day.
    pub blocks: usize,
}

impl Size {
    /// Three days of eight blocks.
    pub fn new(sites: usize, quarters: usize, scenarios: usize) -> Size {
        Size { sites, quarters, scenarios, days: 3, blocks: 8 }
    }
}

/// Uniform between two values.
fn between(draws: &mut Draws, low: f64, high: f64) -> f64 {
    low + (high - low) * draws.uniform()
}

/// `start` falling by a share of itself every year, by quarter.
fn falling(quarters: usize, start: f64, per_year: f64) -> Vec<f64> {
    (0..quarters).map(|t| start * libm::pow(1.0 - per_year, t as f64 / 4.0)).collect()
}

/// A programme whose capital, supply, labour and demand grow with the number of sites: twenty sites have the 500 thousand
/// million dollars of the announcement of January 2025 over sixteen quarters.
pub fn programme(size: Size, seed: u64) -> Instance {
    let share = size.sites as f64 / 20.0;
    let t = size.quarters;
    let name = format!("{}x{}x{}", size.sites, size.quarters, size.scenarios);
    let ramp = |t: usize, quarters: usize| 0.6 + 0.8 * t as f64 / (quarters - 1).max(1) as f64;
    let budget = (0..t).map(|q| 31_250.0 * share * ramp(q, t)).collect();
    let regions = size.sites.div_ceil(5).max(1);
    let days = (0..size.days * size.blocks).map(|b| b / size.blocks).collect();
    Instance {
        name,
        periods: (0..t)
            .map(|q| Period {
                name: format!("{}-Q{}", 2025 + q / 4, q % 4 + 1),
                quarters: 1,
                evenly: false,
                late_quarters: 0.0,
            })
            .collect(),
        here_and_now: 4.min(t),
        block_hours: 24.0 / size.blocks as f64,
        day_of_block: days,
        regions: (0..regions)
            .map(|r| Region { name: format!("region{r}"), labour_mw: Some(vec![1_800.0; t]) })
            .collect(),
        sites: (0..size.sites).map(|i| site(size, seed, i)).collect(),
        thermals: thermals(t, share),
        renewables: vec![Renewable { equipment: equipment("solar", 6, 1.1, 0.018, (0.6, 120)), firm: 0.05 }],
        storages: vec![Storage {
            equipment: equipment("battery", 5, 1.2, 0.02, (0.4, 60)),
            hours: 4.0,
            efficiency: 0.92,
            firm: 0.6,
        }],
        generations: generations(t, share),
        demands: demands(t, regions),
        rights: vec![Right { name: "alliance".into(), musd_per_unit_year: falling(t, 12.4, 0.11) }],
        purchases: vec![Purchase {
            name: "cloud".into(),
            region: 0,
            musd_per_unit_year: falling(t, 13.0, 0.08),
            commitment_musd: vec![400.0 * share; t],
            most_units: vec![1_000.0 * share; t],
            exit: None,
            true_up: TrueUp::default(),
        }],
        capital: Capital { budget_musd: budget, discount_per_year: 0.095, debt: None },
        carbon: Carbon { usd_per_t: 15.0, cap_t: None },
        worth: Worth::default(),
        transformers_mw: Some((0..t).map(|q| (1_500.0 + 900.0 * q as f64) * share).collect()),
        scenarios: scenarios(size, seed),
        objective: Objective::NetPresentValue,
        risk: Risk::Expected,
    }
}

fn equipment(name: &str, lead: u32, price: f64, upkeep: f64, (salvage, life): (f64, u32)) -> Equipment {
    Equipment {
        name: name.into(),
        lead_quarters: lead,
        musd_per_mw: price,
        upkeep_musd_per_mw_year: upkeep,
        salvage,
        life_quarters: life,
    }
}

fn thermals(t: usize, share: f64) -> Vec<Thermal> {
    let supply = |start: f64, more: f64| Some((0..t).map(|q| (start + more * q as f64) * share).collect());
    let recip = Thermal {
        equipment: equipment("recip", 6, 1.75, 0.03, (0.6, 80)),
        unit_mw: Some(50.0),
        mmbtu_per_mwh: 8.3,
        usd_per_mwh: 9.0,
        carbon_t_per_mwh: 0.44,
        supply_mw: supply(600.0, 300.0),
    };
    let turbine = Thermal {
        equipment: equipment("turbine", 11, 2.4, 0.02, (0.6, 100)),
        unit_mw: Some(150.0),
        mmbtu_per_mwh: 6.6,
        usd_per_mwh: 3.0,
        carbon_t_per_mwh: 0.35,
        supply_mw: supply(0.0, 250.0),
    };
    vec![recip, turbine]
}

fn generations(t: usize, share: f64) -> Vec<Generation> {
    let known = [
        ("GB200", 0, 25.8, 1.0),
        ("GB300", 3, 28.0, 1.35),
        ("VR200", 6, 35.5, 2.2),
        ("VR300", 10, 39.0, 3.4),
    ];
    let generation = |(name, available, price, units): (&str, usize, f64, f64)| Generation {
        name: name.into(),
        available,
        musd_per_mw: falling(t, price, 0.06),
        units_per_mw: units,
        availability: 0.95,
        life_quarters: 20,
        upkeep: 0.03,
        supply_mw: Some(
            (0..t)
                .map(|q| {
                    let since = q as f64 - available as f64;
                    if since < 0.0 { 0.0 } else { (300.0 + 100.0 * since).min(900.0) * share }
                })
                .collect(),
        ),
        salvage: 0.6,
        worth_quarters: 20,
        resale_musd_per_mw: None,
    };
    known.into_iter().map(generation).collect()
}

fn demands(t: usize, regions: usize) -> Vec<Demand> {
    let from = |near: usize| {
        (0..regions)
            .map(|region| Lane { region, musd_per_unit_year: if region == near { 0.0 } else { 0.15 } })
            .collect()
    };
    let demand = |name: &str, price: f64, damages: f64, near: usize| Demand {
        name: name.into(),
        musd_per_unit_year: falling(t, price, 0.11),
        damages_musd_per_unit_year: damages,
        obliged: false,
        tokens_per_unit_year: 2.2e15,
        served_from: from(near),
    };
    vec![demand("contract", 13.4, 4.0, 0), demand("api", 14.4, 0.0, regions - 1)]
}

fn scenarios(size: Size, seed: u64) -> Vec<Scenario> {
    let t = size.quarters;
    let share = size.sites as f64 / 20.0;
    let stream = Stream::new(seed, "scenario");
    let one = |s: usize| {
        let mut draws = stream.at(s as u64);
        let many = size.scenarios > 1;
        let mut factor =
            |spread: f64| if many { between(&mut draws, 1.0 - spread, 1.0 + spread) } else { 1.0 };
        let (growth, revenue, grid, fuel, taken) =
            (factor(0.35), factor(0.12), factor(0.25), factor(0.3), factor(1.0));
        let demand = |start: f64, more: f64| {
            (0..t).map(|q| (start + more * q as f64) * share * if q < 2 { 1.0 } else { growth }).collect()
        };
        let late = |draws: &mut Draws| usize::from(many && draws.uniform() < 0.15);
        Scenario {
            name: format!("future{s}"),
            probability: 1.0 / size.scenarios as f64,
            demand_units: vec![demand(400.0, 450.0), demand(300.0, 700.0)],
            right_share: vec![(0..t).map(|q| if q < 6 { 0.1 * taken } else { 0.0 }).collect()],
            revenue,
            grid_price: grid,
            fuel_price: fuel,
            hardware_price: vec![1.0; t],
            late_halls: (0..size.sites).map(|_| late(&mut draws)).collect(),
            late_grid: (0..size.sites).map(|_| late(&mut draws)).collect(),
        }
    };
    (0..size.scenarios).map(one).collect()
}

fn site(size: Size, seed: u64, i: usize) -> Site {
    let mut draws = Stream::new(seed, "site").at(i as u64);
    let d = &mut draws;
    let mw = libm::round(between(d, 100.0, 250.0) / 10.0) * 10.0;
    let shell = between(d, 11.0, 14.8);
    let lead = 4 + d.below(3) as u32;
    let phase = |k: usize| Phase {
        name: format!("phase{}", k + 1),
        mw,
        lead_quarters: lead,
        start_quarter: 0,
        musd_per_mw: shell,
        due: None,
    };
    let first = libm::round(between(d, 150.0, 400.0) / 10.0) * 10.0;
    let second = libm::round(between(d, 250.0, 700.0) / 10.0) * 10.0;
    let tranches = vec![
        Tranche { name: "grid1".into(), mw: first, lead_quarters: 4 + d.below(5) as u32, musd: first * 0.25 },
        Tranche {
            name: "grid2".into(),
            mw: second,
            lead_quarters: 8 + d.below(9) as u32,
            musd: second * 0.35,
        },
    ];
    let gas = between(d, 2.8, 5.0);
    let profiles = (0..4).map(|season| profile(size, d, season)).collect();
    Site {
        name: format!("site{i:02}"),
        region: i / 5,
        land_musd: between(d, 30.0, 150.0),
        phases: (0..4).map(phase).collect(),
        tranches,
        thermals: vec![
            ThermalHere { kind: 0, most_mw: 400.0, fuel_usd_per_mmbtu: gas },
            ThermalHere { kind: 1, most_mw: 600.0, fuel_usd_per_mmbtu: gas },
        ],
        renewables: vec![MostHere { kind: 0, most_mw: between(d, 0.0, 600.0) }],
        storages: vec![MostHere { kind: 0, most_mw: 300.0 }],
        peak_pue: between(d, 1.25, 1.45),
        reserve: 0.15,
        curtailable: 0.05,
        curtailment_usd_per_mwh: 700.0,
        shedding_usd_per_mwh: 9_000.0,
        demand_charge_usd_per_kw_month: between(d, 9.0, 16.0),
        take_or_pay: 0.85,
        operations_musd_per_mw_year: between(d, 0.25, 0.4),
        profiles,
        profile: (0..size.quarters).map(|q| q % 4).collect(),
        grid_price: (0..size.quarters).map(|q| libm::pow(1.03, q as f64 / 4.0)).collect(),
    }
}

/// The days of a season: prices with an evening peak, a warm afternoon, a sun.
fn profile(size: Size, d: &mut Draws, season: usize) -> Profile {
    let blocks = size.days * size.blocks;
    let level = between(d, 30.0, 60.0);
    let warm = [0.0, 0.04, 0.12, 0.05][season];
    let sun = [0.55, 0.85, 1.0, 0.65][season];
    let weight: Vec<f64> = (0..size.days).map(|_| between(d, 0.5, 1.5)).collect();
    let total: f64 = weight.iter().sum();
    let mut profile = Profile {
        hours: Vec::with_capacity(blocks),
        pue: Vec::with_capacity(blocks),
        usd_per_mwh: Vec::with_capacity(blocks),
        carbon_t_per_mwh: Vec::with_capacity(blocks),
        renewable: vec![Vec::with_capacity(blocks)],
    };
    for weight in &weight {
        let cloud = between(d, 0.4, 1.0);
        for b in 0..size.blocks {
            let hour = 24.0 * (b as f64 + 0.5) / size.blocks as f64;
            let day = libm::sin(std::f64::consts::PI * (hour - 6.0) / 12.0).max(0.0);
            let evening = libm::exp(-(hour - 19.0) * (hour - 19.0) / 8.0);
            profile.hours.push(2190.0 * weight / total / size.blocks as f64);
            profile.pue.push(1.12 + warm + 0.06 * day);
            profile
                .usd_per_mwh
                .push(level * (0.8 + 0.9 * evening - 0.25 * day * cloud) * between(d, 0.85, 1.15));
            profile.carbon_t_per_mwh.push(0.42 - 0.2 * day * cloud);
            profile.renewable[0].push(0.85 * sun * day * cloud);
        }
    }
    profile
}
