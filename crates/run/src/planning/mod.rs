//! From a scenario to what the planner is given, and from a plan back to a scenario.

pub mod against;
mod agreed;
pub mod books;
pub mod calibration;
mod days;
pub mod done;
mod lanes;
pub mod replay;
pub mod rows;
mod season;

use crate::conditions::conditions;
use base::digest::hash128;
use base::{Diagnostics, SimTime, Span};
use lanes::{Pool, region};
use plan::instance::{
    Capital, Carbon, Coverage, Debt, Demand, Equipment, Generation, Instance, MostHere, Objective, Period,
    Phase, Renewable, Risk, Scenario, Site, Storage, Thermal, ThermalHere, Tranche, Worth,
};
use scenario::World;
use scenario::world::energy::Energy;
use scenario::world::planning::{self, Candidate, Future, Planning, Technology};
use season::{Season, Worst};

/// Hours of one block of a representative day.
const BLOCK_HOURS: usize = 3;
/// A quarter of a mean year.
const QUARTER_S: f64 = 365.2425 * 86_400.0 / 4.0;
/// Fuel of a megawatt-hour at a heat rate of one.
const MMBTU_PER_MWH: f64 = 3.412_142;

/// What the planner is given, and how well its days stand for the year.
pub struct Prepared {
    /// The problem.
    pub instance: Instance,
    /// The worst that the choice of days does to a mean of a season, over all candidates.
    pub days: Worst,
    /// What the readers of series had to say.
    pub diagnostics: Diagnostics,
}

/// Digest of what is to be planned: a plan belongs to it.
pub fn digest(planning: &Planning) -> String {
    let mut planning = planning.clone();
    // Where a candidate stands in its file means nothing.
    planning.candidates.iter_mut().for_each(|candidate| candidate.place.clear());
    format!("{:032x}", hash128(format!("{planning:?}").as_bytes()))
}

/// The planning problem of a world as an instance; `None` if the series of a candidate cannot be read, which the
/// diagnostics say.
pub fn prepare(world: &World, planning: &Planning) -> Result<Prepared, Diagnostics> {
    let places = places(world, planning);
    let loaded = conditions(&places);
    if loaded.diagnostics.has_errors() {
        return Err(loaded.diagnostics);
    }
    let mut worst = Worst::default();
    let mut regions: Vec<Pool> = Vec::new();
    let mut sites = Vec::new();
    for (candidate, here) in planning.candidates.iter().zip(&loaded.conditions.sites) {
        let region = region(candidate, planning, &mut regions);
        let seasons: Vec<Season> = (0..4).map(|s| Season::of(candidate, here, s)).collect();
        let profiles = seasons
            .iter()
            .map(|season| season.profile(planning, candidate, BLOCK_HOURS, &mut worst))
            .collect();
        let peak = seasons.iter().map(Season::peak_pue).fold(1.0, f64::max);
        sites.push(Site { profiles, peak_pue: peak, ..site(candidate, planning, region) });
    }
    let bought = lanes::bought(planning, &mut regions);
    let days = planning.days.min(season::DAYS);
    let blocks = 24 / BLOCK_HOURS;
    let instance = Instance {
        name: world.name.clone(),
        periods: periods(planning),
        here_and_now: planning.here_and_now.min(planning.quarters),
        block_hours: BLOCK_HOURS as f64,
        day_of_block: (0..days * blocks).map(|block| block / blocks).collect(),
        thermals: kinds(planning, thermal),
        renewables: kinds(planning, renewable),
        storages: kinds(planning, storage),
        generations: planning.hardware.iter().map(|hardware| generation(hardware, planning)).collect(),
        demands: planning.demands.iter().map(|demand| self::demand(demand, planning, &regions)).collect(),
        rights: agreed::rights(planning),
        purchases: agreed::purchases(planning, &bought),
        capital: Capital {
            budget_musd: planning.budget_usd.iter().map(|usd| usd / 1e6).collect(),
            discount_per_year: planning.discount_per_year,
            debt: planning.debt.as_ref().map(|debt| Debt {
                limit_musd: debt.usd / 1e6,
                interest_per_year: debt.interest_per_year,
                loan_to_value: debt.loan_to_value,
                coverage: debt.coverage.map(|(ratio, from)| Coverage {
                    ratio,
                    from: from.map_or(0, |from| until(from, planning) as usize),
                }),
            }),
        },
        carbon: Carbon { usd_per_t: planning.carbon.0, cap_t: planning.carbon.1 },
        worth: Worth {
            halls: (planning.halls_worth.0, lasting(planning.halls_worth.1)),
            connections: (planning.connections_worth.0, lasting(planning.connections_worth.1)),
        },
        transformers_mw: None,
        scenarios: planning.futures.iter().map(|future| self::future(future, planning)).collect(),
        objective: match planning.objective {
            planning::Objective::NetPresentValue => Objective::NetPresentValue,
            planning::Objective::LeastCost => Objective::LeastCost,
            planning::Objective::MostTokens => Objective::MostTokens,
            planning::Objective::LeastCarbon => Objective::LeastCarbon,
        },
        risk: match planning.risk {
            (0.0, _) => Risk::Expected,
            (weight, level) => Risk::ConditionalValueAtRisk { weight, level },
        },
        regions: regions.into_iter().map(|pool| pool.region).collect(),
        sites,
    };
    Ok(Prepared { instance, days: worst, diagnostics: loaded.diagnostics })
}

/// A world of the candidates alone, over the first year of the plan: their weather, price and carbon are read and drawn
/// as those of sites.
fn places(world: &World, planning: &Planning) -> World {
    let sites = planning.candidates.iter().enumerate().map(|(i, candidate)| {
        let mut power = candidate.power.clone();
        power.site = base::id::SiteId::new(i);
        power
    });
    World {
        name: world.name.clone(),
        seed: world.seed,
        start: planning.start,
        end: planning.start.saturating_add(Span::DAY * 365),
        sites: planning.candidates.iter().map(|candidate| candidate.site.clone()).collect(),
        energy: Some(Energy {
            sites: sites.collect(),
            draws: Vec::new(),
            work: Vec::new(),
            services: Vec::new(),
        }),
        ..World::default()
    }
}

/// Whole quarters that a time takes; a hundredth of one more is not counted.
fn quarters(time: Span) -> u32 {
    libm::ceil((time.seconds() / QUARTER_S - 0.01).max(0.0)).min(1e6) as u32
}

/// The nearest whole quarters of a life, one at least.
fn lasting(time: Span) -> u32 {
    libm::round((time.seconds() / QUARTER_S).clamp(1.0, 1e6)) as u32
}

/// The last quarter of the plan that has begun by then.
fn by(at: SimTime, planning: &Planning) -> u32 {
    let time = Span(at.0.saturating_sub(planning.start.0)).seconds();
    libm::floor((time / QUARTER_S + 0.01).clamp(0.0, 1e6)) as u32
}

/// Quarters from the start of the plan until this has come.
fn until(at: SimTime, planning: &Planning) -> u32 {
    quarters(Span(at.0.saturating_sub(planning.start.0)))
}

fn periods(planning: &Planning) -> Vec<Period> {
    let first = series::calendar::civil(planning.start, Span::ZERO);
    let first = i64::from(first.year) * 4 + i64::from((first.month - 1) / 3);
    let name =
        |t: usize| format!("{}-Q{}", (first + t as i64).div_euclid(4), (first + t as i64).rem_euclid(4) + 1);
    (0..planning.quarters)
        .map(|t| Period { name: name(t), quarters: 1, evenly: false, late_quarters: 0.0 })
        .collect()
}

fn site(candidate: &Candidate, planning: &Planning, region: usize) -> Site {
    let (committed, due) = candidate.committed;
    let last = planning.quarters - 1;
    let due = due.map_or(last, |due| (by(due, planning) as usize).min(last));
    let phase = |k: usize| Phase {
        name: format!("block-{}", k + 1),
        mw: candidate.block_mw,
        lead_quarters: quarters(candidate.lead).max(1),
        start_quarter: candidate.begin.map_or(0, |begin| until(begin, planning)),
        musd_per_mw: candidate.usd_per_mw / 1e6,
        due: (k < committed).then_some(due),
    };
    let tranche = |(k, (mw, lead, usd)): (usize, &(f64, Span, f64))| Tranche {
        name: format!("step-{}", k + 1),
        mw: *mw,
        lead_quarters: quarters(*lead),
        musd: usd / 1e6,
    };
    let here = |wanted: &dyn Fn(Technology) -> bool| -> Vec<(usize, f64)> {
        let plant = candidate.plant.iter().filter(|(at, _)| wanted(planning.generators[*at].technology));
        plant.map(|&(at, most)| (place_of(planning, at, wanted), most)).collect()
    };
    let most = |list: Vec<(usize, f64)>| {
        list.into_iter().map(|(kind, most_mw)| MostHere { kind, most_mw }).collect()
    };
    let thermals = here(&is_fuel).into_iter().map(|(kind, most_mw)| ThermalHere {
        kind,
        most_mw,
        fuel_usd_per_mmbtu: candidate.gas_usd_per_mmbtu,
    });
    Site {
        name: candidate.site.key.clone(),
        region,
        land_musd: candidate.land_usd / 1e6,
        phases: (0..candidate.blocks).map(phase).collect(),
        tranches: candidate.interconnection.iter().enumerate().map(tranche).collect(),
        thermals: thermals.collect(),
        renewables: most(here(&is_renewable)),
        storages: most(here(&is_storage)),
        peak_pue: 1.0,
        reserve: planning.reserve_share,
        curtailable: 0.0,
        curtailment_usd_per_mwh: planning.unserved_usd_per_mwh,
        shedding_usd_per_mwh: planning.unserved_usd_per_mwh,
        demand_charge_usd_per_kw_month: candidate.power.tariff.demand as f64 / 1e6,
        take_or_pay: candidate.take_or_pay,
        operations_musd_per_mw_year: candidate.usd_per_mw_year / 1e6,
        profiles: Vec::new(),
        profile: (0..planning.quarters).map(|t| t % 4).collect(),
        grid_price: vec![1.0; planning.quarters],
    }
}

fn is_fuel(technology: Technology) -> bool {
    matches!(technology, Technology::Fuel(_))
}
pub(crate) fn is_renewable(technology: Technology) -> bool {
    matches!(technology, Technology::Solar | Technology::Wind)
}
fn is_storage(technology: Technology) -> bool {
    technology == Technology::Battery
}

/// The position of a generator among those of its sort.
fn place_of(planning: &Planning, at: usize, wanted: &dyn Fn(Technology) -> bool) -> usize {
    planning.generators[..at].iter().filter(|generator| wanted(generator.technology)).count()
}

fn kinds<K>(planning: &Planning, kind: impl Fn(&planning::Generator) -> Option<K>) -> Vec<K> {
    planning.generators.iter().filter_map(kind).collect()
}

fn equipment(generator: &planning::Generator) -> Equipment {
    Equipment {
        name: generator.key.clone(),
        lead_quarters: quarters(generator.lead),
        musd_per_mw: generator.usd_per_kw / 1e3,
        upkeep_musd_per_mw_year: generator.usd_per_kw_year / 1e3,
        salvage: generator.worth.0,
        life_quarters: lasting(generator.worth.1),
    }
}

fn thermal(generator: &planning::Generator) -> Option<Thermal> {
    is_fuel(generator.technology).then(|| Thermal {
        equipment: equipment(generator),
        unit_mw: generator.unit_mw,
        mmbtu_per_mwh: generator.heat_rate * MMBTU_PER_MWH,
        usd_per_mwh: generator.usd_per_mwh,
        carbon_t_per_mwh: generator.heat_rate * generator.grams_per_joule * 3.6e9 / 1e6,
        supply_mw: generator.supply_mw.clone(),
    })
}

fn renewable(generator: &planning::Generator) -> Option<Renewable> {
    is_renewable(generator.technology)
        .then(|| Renewable { equipment: equipment(generator), firm: generator.firm })
}

fn storage(generator: &planning::Generator) -> Option<Storage> {
    is_storage(generator.technology).then(|| Storage {
        equipment: equipment(generator),
        hours: generator.duration.hours(),
        efficiency: generator.efficiency,
        firm: generator.firm,
    })
}

/// A value that changes by a share every year, by quarter.
fn changing(value: f64, change: f64, quarters: usize) -> Vec<f64> {
    (0..quarters).map(|t| value * libm::pow(1.0 + change, t as f64 / 4.0)).collect()
}

fn generation(hardware: &planning::Hardware, planning: &Planning) -> Generation {
    let musd_per_mw = hardware.price.usd() / 1e6 / hardware.mw;
    Generation {
        name: hardware.key.clone(),
        available: hardware.available.map_or(0, |at| until(at, planning) as usize),
        musd_per_mw: changing(musd_per_mw, hardware.price_change, planning.quarters),
        units_per_mw: hardware.units_per_mw,
        availability: hardware.availability,
        life_quarters: lasting(hardware.life),
        upkeep: hardware.upkeep,
        supply_mw: hardware
            .supply
            .as_ref()
            .map(|most| most.iter().map(|count| count * hardware.mw).collect()),
        salvage: hardware.worth.0,
        worth_quarters: lasting(hardware.worth.1),
        resale_musd_per_mw: None,
    }
}

fn demand(demand: &planning::Demand, planning: &Planning, regions: &[Pool]) -> Demand {
    Demand {
        name: demand.name.clone(),
        musd_per_unit_year: changing(demand.usd_per_unit_year / 1e6, demand.price_change, planning.quarters),
        damages_musd_per_unit_year: demand.damages_usd / 1e6,
        obliged: demand.obliged,
        tokens_per_unit_year: demand.tokens,
        served_from: lanes::of(demand, regions),
    }
}

fn future(future: &Future, planning: &Planning) -> Scenario {
    let sites = planning.candidates.len();
    let hardware = |t: usize| if t < planning.here_and_now { 1.0 } else { future.hardware_price };
    Scenario {
        name: future.name.clone(),
        probability: future.probability,
        demand_units: agreed::demand_units(future, planning),
        right_share: agreed::right_shares(future, planning),
        revenue: future.revenue,
        grid_price: future.grid_price,
        fuel_price: future.fuel_price,
        hardware_price: (0..planning.quarters).map(hardware).collect(),
        late_halls: vec![future.late_halls; sites],
        late_grid: vec![future.late_grid; sites],
    }
}
