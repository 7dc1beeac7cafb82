//! The planning problem of a scenario.

use super::energy::{cooling, source};
use super::find;
use super::plan_agreed as agreed;
use super::sites::value;
use crate::context::Cx;
use crate::keys::{CandidateText, ConstructionText, GeneratorText, PlanDemandText, PlanText, ScenarioText};
use crate::language::{Field, Given, List, meant};
use crate::rules;
use crate::world::Site;
use crate::world::agreements::Agreement;
use crate::world::energy::{InParts, Shortage, SitePower, Tariff};
use crate::world::planning::*;
use base::id::{PartnerId, SiteId};
use base::{Money, Power, SimTime, Span};
use plant::cooling::Overhead;
use plant::generation::{Units, from_btu_per_kwh};
use series::Quantity;

/// Probabilities may miss 1 by so much: a few digits are written.
const SLIP: f64 = 1e-6;

/// The planning problem; `None` without `[plan]`.
pub fn build(
    text: &ScenarioText,
    start: SimTime,
    agreements: &[Agreement],
    cx: &mut Cx<'_>,
) -> Option<Planning> {
    let generators: Vec<Generator> =
        text.generator.0.iter().map(|(name, row)| generator(name, row)).collect();
    let candidates: Vec<Candidate> =
        text.candidate.0.iter().filter_map(|(name, row)| candidate(name, row, text, cx)).collect();
    let Some(plan) = &text.plan.0 else {
        if let Some((name, _)) = text.candidate.0.first() {
            let message = format!("`{}` is a candidate, and nothing is planned", name.value);
            cx.warn(name.mark, rules::NO_PLAN, message, "add `[plan]`, or leave it out");
        }
        return None;
    };
    if text.candidate.0.is_empty() {
        let message = "there is a plan, and no place to build".to_string();
        cx.lack(plan.mark, rules::NO_CANDIDATE, message, "add `[candidate.NAME]`");
    }
    if plan.hardware.0.is_empty() {
        let message = "there is a plan, and no system that could be bought".to_string();
        cx.lack(plan.mark, rules::NO_CANDIDATE, message, "add `[[plan.hardware]]` with a `system`");
    }
    let quarters = value(&plan.quarters).unwrap_or(16) as usize;
    let futures = futures(plan, cx);
    let regions = regions(text, plan, cx);
    let start = value(&plan.start).unwrap_or(start);
    if let Some(coverage) = plan.debt.0.as_ref().and_then(|debt| debt.coverage.as_ref())
        && matches!(value(&plan.objective), Some(Objective::MostTokens | Objective::LeastCarbon))
    {
        let message =
            "income must cover interest, and a plan for tokens or carbon counts no income".to_owned();
        let hint = "leave `coverage` out, or seek `net_present_value` or `least_cost`";
        cx.error(coverage.mark, rules::EXCLUDED, message, hint);
    }
    Some(Planning {
        start,
        quarters,
        years_after: value(&plan.years_after).map(|quarters| quarters as usize),
        objective: value(&plan.objective).unwrap_or(Objective::NetPresentValue),
        debt: plan.debt.0.as_ref().and_then(|debt| {
            Some(Debt {
                usd: value(&debt.usd)?,
                interest_per_year: value(&debt.interest_per_year)?,
                loan_to_value: value(&debt.loan_to_value).unwrap_or(1.0),
                coverage: value(&debt.coverage).map(|ratio| (ratio, value(&debt.coverage_from))),
            })
        }),
        discount_per_year: value(&plan.discount_per_year).unwrap_or(0.0),
        gap: value(&plan.gap).unwrap_or(0.01),
        risk: (value(&plan.risk_weight).unwrap_or(0.0), value(&plan.risk_level).unwrap_or(0.0)),
        days: value(&plan.days).unwrap_or(3) as usize,
        carbon: (value(&plan.carbon_usd_per_t).unwrap_or(0.0), value(&plan.carbon_cap_t)),
        reserve_share: value(&plan.reserve_share).unwrap_or(0.0),
        unserved_usd_per_mwh: value(&plan.unserved_usd_per_mwh).unwrap_or(0.0),
        halls_worth: worth(&plan.halls_worth, &plan.halls_worth_over),
        connections_worth: worth(&plan.interconnection_worth, &plan.interconnection_worth_over),
        here_and_now: value(&plan.here_and_now).unwrap_or(0) as usize,
        hardware: hardware(plan, text, (start, quarters), cx),
        demands: demands(plan, quarters, &regions, cx),
        purchases: agreed::purchases(plan, (start, quarters), agreements, cx),
        rights: agreed::rights(plan, (start, quarters), (agreements, &futures), cx),
        futures,
        labour: labour(text, plan, quarters, cx),
        generators: generators
            .into_iter()
            .zip(&text.generator.0)
            .map(|(generator, (_, row))| Generator {
                supply_mw: by_quarter(&row.supply_mw, quarters),
                ..generator
            })
            .collect(),
        candidates,
        // Without it there is no plan; all else has been looked at by now.
        budget_usd: by_quarter(&plan.usd_per_quarter, quarters)?,
    })
}

/// A worth at the end, and the age at which it is nothing.
fn worth(share: &Field<f64>, over: &Field<Span>) -> (f64, Span) {
    (value(share).unwrap_or(0.0), value(over).unwrap_or(Span::DAY))
}

/// A list with one value for each quarter; the last one given holds on.
pub(super) fn by_quarter(list: &List<f64>, quarters: usize) -> Option<Vec<f64>> {
    let given = &list.0.as_ref()?.value;
    let last = given.last()?.value;
    Some((0..quarters).map(|t| given.get(t).map_or(last, |given| given.value)).collect())
}

fn hardware(
    plan: &PlanText,
    text: &ScenarioText,
    (start, quarters): (SimTime, usize),
    cx: &mut Cx<'_>,
) -> Vec<Hardware> {
    let mut found: Vec<Hardware> = Vec::new();
    for row in &plan.hardware.0 {
        let Some(name) = &row.system else { continue };
        let known = text.system.0.iter().map(|(name, _)| name.value.as_str());
        let Some(at) = find(cx, name, "system", known) else { continue };
        let system = &text.system.0[at].1;
        if found.iter().any(|known| known.key == name.value) {
            let message = format!("`{}` can be bought twice", name.value);
            cx.error(name.mark, rules::NAMED_TWICE, message, "keep one of them");
            continue;
        }
        let Some(price) = value(&system.usd_each) else {
            let message = format!("`{}` has no price, and the plan would buy it for nothing", name.value);
            let hint = format!("write `usd_each = ...` in `[system.{}]`", name.value);
            cx.error(name.mark, rules::NO_SYSTEM_PRICE, message, hint);
            continue;
        };
        let Some(kw) = value(&system.power_kw) else { continue };
        let mut limits: Vec<(SimTime, u32)> = Vec::new();
        for limit in &text.supply.0 {
            if value(&limit.system).as_ref() == Some(&name.value)
                && let Some(most) = value(&limit.per_quarter)
            {
                limits.push((value(&limit.from).unwrap_or(SimTime(i64::MIN)), most));
            }
        }
        limits.sort_by_key(|(from, _)| *from);
        let supply = (!limits.is_empty()).then(|| {
            let most = |t: usize| {
                let at = start.saturating_add(QUARTER * t as i64);
                let holds = limits.iter().rfind(|(from, _)| *from <= at);
                // Before the first limit there is none: as much as anyone could want.
                holds.map_or(1e6, |(_, most)| f64::from(*most))
            };
            (0..quarters).map(most).collect()
        });
        found.push(Hardware {
            key: name.value.clone(),
            price: Money((price * 1e6).round() as i64),
            mw: kw / 1e3,
            accelerators: value(&system.accelerator).map(|model| {
                let nodes = value(&system.nodes).unwrap_or(1);
                (model, nodes.saturating_mul(value(&system.accelerators_per_node).unwrap_or(0)))
            }),
            available: value(&system.available),
            supply,
            units_per_mw: value(&row.units_per_mw).unwrap_or(1.0),
            availability: value(&row.availability).unwrap_or(0.95),
            life: value(&row.life).unwrap_or(Span::DAY * 1820),
            upkeep: value(&row.upkeep).unwrap_or(0.0),
            price_change: value(&row.price_change_per_year).unwrap_or(0.0),
            worth: (value(&row.worth).unwrap_or(0.6), value(&row.worth_over).unwrap_or(Span::DAY * 1820)),
        });
    }
    found
}

/// A quarter of a mean year.
pub const QUARTER: Span = Span(3_652_425 * 86_400 * 100_000 / 4);

/// The regions that candidates and purchases are in, sorted. Those who build in one pool are in one region.
fn regions(text: &ScenarioText, plan: &PlanText, cx: &mut Cx<'_>) -> Vec<String> {
    let mut regions: Vec<String> = Vec::new();
    let mut of_pool: Vec<(&str, Option<&str>)> = Vec::new();
    for (name, row) in &text.candidate.0 {
        let region = row.region.as_ref().map(|given| given.value.as_str());
        regions.extend(region.map(str::to_owned));
        let Some(pool) = &row.labour else { continue };
        match of_pool.iter().find(|(other, _)| *other == pool.value) {
            Some((_, other)) if *other != region => {
                let mark = row.region.as_ref().map_or(name.mark, |given| given.mark);
                let message = format!("the candidates of the pool `{}` are in several regions", pool.value);
                let hint = "give each region a pool of its own, and share the builders out over them";
                cx.error(mark, rules::PLAN_REGION, message, hint);
            }
            Some(_) => {}
            None => of_pool.push((&pool.value, region)),
        }
    }
    regions.extend(plan.purchase.0.iter().filter_map(|row| value(&row.region)));
    regions.sort();
    regions.dedup();
    regions
}

/// Builders by pool and quarter; a pool of no candidate, or one that is given twice, is a mistake.
fn labour(text: &ScenarioText, plan: &PlanText, quarters: usize, cx: &mut Cx<'_>) -> Vec<(String, Vec<f64>)> {
    let pools = || text.candidate.0.iter().filter_map(|(_, row)| Some(row.labour.as_ref()?.value.as_str()));
    let mut labour: Vec<(String, Vec<f64>)> = Vec::new();
    for row in &plan.labour.0 {
        let Some(pool) = &row.pool else { continue };
        if !pools().any(|known| known == pool.value) {
            let hint = meant(&pool.value, pools(), || {
                format!("write `labour = \"{}\"` in a `[candidate.NAME]`", pool.value)
            });
            let message = format!("no candidate takes builders of the pool `{}`", pool.value);
            cx.error(pool.mark, rules::PLAN_REGION, message, hint);
        } else if labour.iter().any(|(known, _)| *known == pool.value) {
            let message = format!("the builders of `{}` are given twice", pool.value);
            cx.error(pool.mark, rules::NAMED_TWICE, message, "keep one of them");
        } else if let Some(mw) = by_quarter(&row.mw, quarters) {
            labour.push((pool.value.clone(), mw));
        }
    }
    labour
}

/// Where demand is served from, if that is said; a region twice, or one that nothing is in, is a mistake.
fn served_from(row: &PlanDemandText, regions: &[String], cx: &mut Cx<'_>) -> Option<Vec<(String, f64)>> {
    let mut lanes: Vec<(String, f64)> = Vec::new();
    for lane in &row.served_from.0 {
        let Some(region) = &lane.region else { continue };
        if !regions.contains(&region.value) {
            let hint = meant(&region.value, regions.iter().map(String::as_str), || {
                format!("write `region = \"{}\"` in a `[candidate.NAME]`", region.value)
            });
            let message = format!("no candidate and no purchase is in the region `{}`", region.value);
            cx.error(region.mark, rules::PLAN_REGION, message, hint);
        } else if lanes.iter().any(|(known, _)| *known == region.value) {
            let message = format!("it is served from `{}` twice", region.value);
            cx.error(region.mark, rules::NAMED_TWICE, message, "keep one of them");
        } else {
            lanes.push((region.value.clone(), value(&lane.usd_per_unit_year).unwrap_or(0.0)));
        }
    }
    (!row.served_from.0.is_empty()).then_some(lanes)
}

/// A name that is given twice: the tables could not tell one from the other.
fn refuse_twice<'t>(names: impl Iterator<Item = &'t Field<String>>, cx: &mut Cx<'_>) {
    let mut known: Vec<&str> = Vec::new();
    for name in names.flatten() {
        if known.contains(&name.value.as_str()) {
            let message = format!("`{}` is given twice", name.value);
            cx.error(name.mark, rules::NAMED_TWICE, message, "give one of them another name");
        }
        known.push(&name.value);
    }
}

fn demands(plan: &PlanText, quarters: usize, regions: &[String], cx: &mut Cx<'_>) -> Vec<Demand> {
    refuse_twice(plan.demand.0.iter().map(|row| &row.name), cx);
    let rows = plan.demand.0.iter().filter_map(|row| {
        let served_from = served_from(row, regions, cx);
        Some(Demand {
            served_from,
            name: value(&row.name)?,
            units: by_quarter(&row.units, quarters)?,
            usd_per_unit_year: value(&row.usd_per_unit_year).unwrap_or(0.0),
            price_change: value(&row.price_change_per_year).unwrap_or(0.0),
            damages_usd: value(&row.damages_usd_per_unit_year).unwrap_or(0.0),
            obliged: value(&row.obliged).unwrap_or(false),
            tokens: value(&row.tokens_per_unit_year).unwrap_or(0.0),
        })
    });
    rows.collect()
}

fn futures(plan: &PlanText, cx: &mut Cx<'_>) -> Vec<Future> {
    refuse_twice(plan.future.0.iter().map(|row| &row.name), cx);
    let rows = plan.future.0.iter().filter_map(|row| {
        Some(Future {
            name: value(&row.name)?,
            probability: value(&row.probability)?,
            demand: value(&row.demand).unwrap_or(1.0),
            revenue: value(&row.revenue).unwrap_or(1.0),
            grid_price: value(&row.grid_price).unwrap_or(1.0),
            fuel_price: value(&row.fuel_price).unwrap_or(1.0),
            hardware_price: value(&row.hardware_price).unwrap_or(1.0),
            elections: value(&row.elections).unwrap_or(1.0),
            late_halls: value(&row.late_halls).unwrap_or(0) as usize,
            late_grid: value(&row.late_grid).unwrap_or(0) as usize,
        })
    });
    let mut futures: Vec<Future> = rows.collect();
    let sum: f64 = futures.iter().map(|future| future.probability).sum();
    if let Some(last) = plan.future.0.last()
        && (sum - 1.0).abs() > SLIP
        && futures.len() == plan.future.0.len()
    {
        let mark = last.probability.as_ref().map_or(last.mark, |given| given.mark);
        // Decimals that no binary number is do not sum to the decimal that a person expects.
        let digits = format!("{sum:.6}");
        let shown = digits.trim_end_matches('0').trim_end_matches('.');
        let message = format!("the probabilities of the futures sum to {shown}, not to 1");
        cx.error(mark, rules::PROBABILITIES, message, "change one of them: one of the futures comes");
    }
    futures.iter_mut().for_each(|future| future.probability /= sum.max(SLIP));
    if futures.is_empty() {
        futures.push(Future {
            name: "as-said".into(),
            probability: 1.0,
            demand: 1.0,
            revenue: 1.0,
            grid_price: 1.0,
            fuel_price: 1.0,
            hardware_price: 1.0,
            elections: 1.0,
            late_halls: 0,
            late_grid: 0,
        });
    }
    futures
}

fn generator(name: &Given<String>, text: &GeneratorText) -> Generator {
    let technology = value(&text.technology).unwrap_or(Technology::Solar);
    let (mut heat_rate, mut grams_per_joule) = (0.0, 0.0);
    if let Technology::Fuel(kind) = technology {
        let usual = Units::new(kind, 1, Power::from_mw(1.0));
        heat_rate = value(&text.btu_per_kwh).map_or(usual.heat_rate, from_btu_per_kwh);
        grams_per_joule = usual.grams_per_joule;
    }
    let firm = match technology {
        Technology::Fuel(_) => 1.0,
        Technology::Solar => 0.1,
        Technology::Wind => 0.15,
        Technology::Battery => 0.5,
    };
    Generator {
        key: name.value.clone(),
        technology,
        unit_mw: value(&text.unit_mw),
        lead: value(&text.lead).unwrap_or(Span::ZERO),
        usd_per_kw: value(&text.usd_per_kw).unwrap_or(0.0),
        usd_per_kw_year: value(&text.usd_per_kw_year).unwrap_or(0.0),
        usd_per_mwh: value(&text.usd_per_mwh).unwrap_or(0.0),
        heat_rate,
        grams_per_joule,
        firm: value(&text.firm).unwrap_or(firm),
        duration: value(&text.duration).unwrap_or(Span::from_hours(4)),
        efficiency: value(&text.efficiency).unwrap_or(1.0),
        worth: (value(&text.worth).unwrap_or(0.0), value(&text.worth_over).unwrap_or(Span::ZERO)),
        supply_mw: None,
    }
}

/// Lead time as stated, the same at the median slip, and cost of a megawatt.
fn building(text: &ConstructionText) -> (Span, Span, f64) {
    let stages = [&text.land_cleared, &text.shell, &text.power_on, &text.systems_installed, &text.energised];
    let slip = value(&text.slip_median).unwrap_or(1.0);
    let delay = value(&text.delay).unwrap_or(Span::ZERO).seconds();
    let sum = |slip: f64, delay: f64| {
        let all = stages.iter().filter_map(|stage| value(stage)).map(|stage| stage.seconds() * slip + delay);
        Span::from_seconds_f64(all.sum()).unwrap_or(Span::ZERO)
    };
    let parts = [
        &text.land_usd_per_mw,
        &text.shell_usd_per_mw,
        &text.power_usd_per_mw,
        &text.cooling_usd_per_mw,
        &text.network_usd_per_mw,
    ];
    let usd: f64 = parts.into_iter().filter_map(value).sum();
    let overrun = value(&text.overrun_median).unwrap_or(1.0);
    (sum(1.0, 0.0), sum(slip, delay), usd * overrun)
}

fn candidate(
    name: &Given<String>,
    text: &CandidateText,
    all: &ScenarioText,
    cx: &mut Cx<'_>,
) -> Option<Candidate> {
    let known = || all.partner.0.iter().map(|(name, _)| name.value.as_str());
    let mut partner = |given: &Field<String>| {
        let given = given.as_ref()?;
        find(cx, given, "partner", known()).map(|at| (PartnerId::new(at), given.value.clone()))
    };
    let (owner, operator) = (partner(&text.owner), partner(&text.operator));
    let site = Site {
        owner: owner.as_ref().map(|(id, _)| *id),
        operator: operator.as_ref().map(|(id, _)| *id),
        key: name.value.clone(),
        name: value(&text.name).unwrap_or_else(|| name.value.clone()),
        latitude_deg: value(&text.latitude_deg).unwrap_or(0.0),
        longitude_deg: value(&text.longitude_deg).unwrap_or(0.0),
        ..Site::default()
    };
    let mut plant = Vec::new();
    for row in &text.plant.0 {
        let Some(kind) = &row.generator else { continue };
        let known = all.generator.0.iter().map(|(name, _)| name.value.as_str());
        if let (Some(at), Some(most)) = (find(cx, kind, "generator", known), value(&row.most_mw)) {
            if plant.iter().any(|(known, _)| *known == at) {
                let message = format!("`{}` is given twice", kind.value);
                cx.error(kind.mark, rules::NAMED_TWICE, message, "keep one of them, with the most of both");
            } else {
                plant.push((at, most));
            }
        }
    }
    if text.interconnection.0.is_empty() && text.plant.0.is_empty() {
        let message =
            format!("`{}` has no interconnection and no plant: nothing could run there", name.value);
        let hint = format!("add `[[candidate.{}.interconnection]]` or `[[candidate.{0}.plant]]`", name.value);
        cx.lack(text.mark, rules::DARK_CANDIDATE, message, hint);
    }
    let way = text.construction.as_ref()?;
    let known = all.construction.0.iter().map(|(name, _)| name.value.as_str());
    let (stated, lead, usd_per_mw) = building(&all.construction.0[find(cx, way, "construction", known)?].1);
    if lead == Span::ZERO {
        let message = format!("`{}` has no lead times: blocks would stand at once", way.value);
        let hint = format!("write `shell = \"52 weeks\"` in `[construction.{}]`", way.value);
        cx.error(way.mark, rules::NO_LEAD, message, hint);
    }
    committed(text, cx);
    let step = |row: &crate::keys::InterconnectionText| {
        Some((value(&row.mw)?, value(&row.lead)?, value(&row.usd).unwrap_or(0.0)))
    };
    Some(Candidate {
        power: surroundings(&site, text, cx)?,
        site,
        labour: value(&text.labour),
        region: value(&text.region),
        owner: owner.or_else(|| operator.clone()).map(|(_, key)| key),
        operator: operator.map(|(_, key)| key),
        blocks: value(&text.blocks).unwrap_or(1) as usize,
        block_mw: value(&text.block_mw)?,
        construction: way.value.clone(),
        stated,
        lead,
        usd_per_mw,
        begin: value(&text.begin),
        committed: (value(&text.committed).unwrap_or(0) as usize, value(&text.due)),
        done: done(text, cx),
        land_usd: value(&text.land_usd).unwrap_or(0.0),
        usd_per_mw_year: value(&text.usd_per_mw_year).unwrap_or(0.0),
        interconnection: text.interconnection.0.iter().filter_map(step).collect(),
        plant,
        take_or_pay: value(&text.take_or_pay).unwrap_or(0.0),
        gas_usd_per_mmbtu: value(&text.gas_usd_per_mmbtu).unwrap_or(3.5),
        place: cx.texts.short(name.mark),
    })
}

/// Blocks under contract that there are not.
fn committed(text: &CandidateText, cx: &mut Cx<'_>) {
    let (Some(committed), blocks) = (&text.committed, value(&text.blocks).unwrap_or(1)) else { return };
    if committed.value > blocks {
        let message = format!("{} blocks are committed, and there are {blocks}", committed.value);
        cx.error(
            committed.mark,
            rules::OUT_OF_RANGE,
            message,
            format!("write at most {blocks}, or more `blocks`"),
        );
    }
}

/// When its blocks stood, each not before the one before it.
fn done(text: &CandidateText, cx: &mut Cx<'_>) -> Vec<SimTime> {
    let Some(list) = &text.done.0 else { return Vec::new() };
    let blocks = value(&text.blocks).unwrap_or(1) as usize;
    if let Some(one_more) = list.value.get(blocks) {
        let message = format!("`done` has {} dates for {blocks} blocks", list.value.len());
        cx.error(
            one_more.mark,
            rules::BLOCKS_DONE,
            message,
            "give one date for each block, or more `blocks`",
        );
    }
    if let Some(pair) = list.value.windows(2).find(|pair| pair[1].value < pair[0].value) {
        let message = "a block is done before the one before it".to_owned();
        cx.error(
            pair[1].mark,
            rules::BLOCKS_DONE,
            message,
            "sort the dates: blocks are built one after the other",
        );
    }
    list.value.iter().map(|given| given.value).collect()
}

/// What surrounds a candidate, in the form that sites have: the same series and the same physics.
fn surroundings(site: &Site, text: &CandidateText, cx: &mut Cx<'_>) -> Option<SitePower> {
    let micro = |usd: Option<f64>| (usd.unwrap_or(0.0) * 1e6).round() as i64;
    let fixed = value(&text.usd_per_mwh).map(|usd| micro(Some(usd)));
    let here = (site, text.mark);
    let (weather, carbon) = (
        source(&text.weather, Quantity::DryBulb, here, cx),
        source(&text.carbon, Quantity::Carbon, here, cx),
    );
    let price = match fixed {
        Some(_) => None,
        None => Some(source(&text.price, Quantity::Price, here, cx)?),
    };
    let one = Some(InParts::new(vec![(Power::from_mw(1.0), SimTime(i64::MIN))]));
    Some(SitePower {
        site: SiteId::new(0),
        grid: Vec::new(),
        tariff: Tariff {
            fixed,
            adder: micro(value(&text.adder_usd_per_mwh)),
            demand: micro(value(&text.demand_usd_per_kw_month)),
            export: Power::ZERO,
            export_share: 1.0,
        },
        units: Vec::new(),
        solar: one.clone(),
        wind: one,
        battery: None,
        other_it: Power::ZERO,
        overhead: Overhead::default(),
        cooling: cooling(text.cooling.0.as_ref()),
        water_price: 0,
        accelerator_cap: 1.0,
        shortage: Shortage::Stop,
        least_cap: 0.5,
        events: Vec::new(),
        drawn: None,
        price_response: None,
        weather: weather?,
        price,
        carbon: carbon?,
    })
}
