//! Power in the twin: the laws of every hour, and what limits do to work.
#![allow(clippy::unwrap_used)]

mod fixture;

use base::id::{SiteId, WorkloadId};
use base::{ItPower, Power, SimTime, Span};
use fixture::energy::{at, from, hours, plain, plan, powered, under};
use fixture::{CHECKPOINT, job};
use plant::air::Air;
use plant::battery::Battery;
use plant::cooling::{CoolingKind, CoolingPlant};
use plant::generation::{UnitKind, Units};
use proptest::prelude::*;
use scenario::World;
use scenario::world::energy::*;
use std::ops::ControlFlow;
use std::sync::Arc;
use twin::power::{Conditions, EnergyHour, Joules, LimitCause, PowerFact, SiteConditions};
use twin::{Fact, Job, JobOutcome, Typical, simulation_under};

const HOUR: Span = Span::HOUR;
const HALF: Span = Span(Span::HOUR.0 / 2);

fn without_power(facts: Vec<(SimTime, Fact)>) -> Vec<(SimTime, Fact)> {
    facts.into_iter().filter(|(_, fact)| !matches!(fact, Fact::Energy(_) | Fact::Power(_))).collect()
}

fn preemptible(job: Job) -> Job {
    Job { workload: WorkloadId(1), ..job }
}

fn mwh(hour: &EnergyHour) -> f64 {
    hour.books.it.mwh()
}

#[test]
fn what_is_drawn_is_what_nodes_draw() {
    let world = powered(1, 10, vec![plan(0, 1.0)]);
    // Four whole nodes from a quarter past two to a quarter to four; half a node all day.
    let jobs = [(at(0.0), job(0, 4, HOUR * 48)), (at(2.25), job(1, 32, HOUR + HALF))];
    let said = plain(&world, jobs.map(|(t, j)| (t, j)));
    let energy = hours(&said);
    assert_eq!(energy.len(), 24, "one row for each hour");
    let idle = 10.0 * 2.0 / 1000.0;
    let half = 4.0 / 1000.0;
    assert!((mwh(&energy[1]) - idle - half).abs() < 1e-9, "{}", mwh(&energy[1]));
    assert!((mwh(&energy[2]) - idle - half - 0.75 * 4.0 * 8.0 / 1000.0).abs() < 1e-9);
    assert!((mwh(&energy[3]) - idle - half - 0.75 * 4.0 * 8.0 / 1000.0).abs() < 1e-9);
    assert!((mwh(&energy[4]) - idle - half).abs() < 1e-9);
    assert!((energy[5].it_idle.mwh() - idle).abs() < 1e-9);
    assert!((energy[5].capacity.mwh() - 0.1).abs() < 1e-9);
    for hour in &energy {
        assert_eq!(hour.books.residual(), Joules::ZERO);
        assert_eq!(hour.cost.bought.0, (hour.books.bought.mwh() * 40e6).round() as i64);
        assert_eq!(hour.carbon_bought_g, 0, "still air knows no carbon");
        assert!(hour.pue().unwrap() > 1.05);
    }
    // A day of January: the peak is in the hours with four nodes at work, and the month pays for its part.
    let peak = energy.iter().map(|hour| hour.books.bought.mwh()).fold(0.0, f64::max);
    let demand: i64 = energy.iter().map(|hour| hour.cost.demand.0).sum();
    assert!((demand as f64 / 1e6 - peak * 1000.0 * 5.0 / 31.0).abs() < 0.01, "{demand}");
}

#[test]
fn power_that_never_binds_changes_nothing_else() {
    let jobs =
        || (0..200).map(|i| (at(f64::from(i) * 0.1), job(i.into(), 1 + i % 30, HOUR * i64::from(1 + i % 5))));
    let with = powered(1, 12, vec![plan(0, 10.0)]);
    let without = World { energy: None, ..with.clone() };
    let (with, without) = (without_power(plain(&with, jobs())), plain(&without, jobs()));
    // Hours are said when they are over where there is power, and at the next event where there is none.
    let rows = |facts: &[(SimTime, Fact)]| -> Vec<Fact> {
        facts.iter().map(|(_, fact)| fact.clone()).filter(|fact| matches!(fact, Fact::SiteHour(_))).collect()
    };
    let others = |facts: &[(SimTime, Fact)]| -> Vec<(SimTime, Fact)> {
        facts.iter().filter(|(_, fact)| !matches!(fact, Fact::SiteHour(_))).cloned().collect()
    };
    assert_eq!(rows(&with), rows(&without));
    assert_eq!(others(&with), others(&without));
}

#[test]
fn a_late_interconnection_holds_everything_down_until_it_comes() {
    let mut plan = plan(0, 1.0);
    plan.grid = vec![
        GridTranche { from: at(6.5), limit: Power::from_mw(0.065) },
        GridTranche { from: at(12.0), limit: Power::from_mw(1.0) },
    ];
    let world = powered(1, 10, vec![plan]);
    let said = plain(&world, [(at(0.0), job(0, 80, HOUR)), (at(0.0), job(1, 8, HOUR * 3))]);
    let started = |number: u64| {
        said.iter().find_map(|(now, fact)| match fact {
            Fact::JobStarted { job, .. } if *job == number => Some(*now),
            _ => None,
        })
    };
    // All ten nodes only run when the second tranche is there; strict order keeps the small job behind the large one.
    assert_eq!(started(0), Some(at(12.0)));
    assert_eq!(started(1), Some(at(13.0)));
    let energy = hours(&said);
    for hour in &energy[..6] {
        assert_eq!(hour.books.used(), Joules::ZERO, "dark: {hour:?}");
        assert_eq!(hour.withheld.shed, hour.capacity);
    }
    // Ten nodes idle and their plant are not asked for: as many nodes are up as could work at once.
    let up = mwh(&energy[8]) / 0.002;
    assert!((up - up.round()).abs() < 1e-6 && (3.0..=5.0).contains(&up), "{up} nodes");
    for hour in &energy {
        assert_eq!(hour.overdrawn, Joules::ZERO);
        assert!(hour.books.bought <= hour.grid_limit);
    }
    assert_eq!(energy[20].withheld.shed, Joules::ZERO);
    let held = said.iter().filter(|(_, fact)| matches!(fact, Fact::Power(PowerFact::Held { .. })));
    let held: Vec<_> = held.map(|(now, _)| *now).collect();
    assert_eq!(held, [at(0.0), at(6.5), at(12.0)]);
}

fn with_event(start: SimTime, notice: Span) -> Vec<(SimTime, Fact)> {
    let mut plan = plan(0, 0.125);
    plan.events = vec![Curtailment { start, length: HOUR * 2, share: 0.6, notice }];
    let mut world = powered(1, 10, vec![plan]);
    world.workloads[1].checkpoint_write = Span::SECOND;
    let jobs = [(at(0.0), job(0, 32, HOUR * 20)), (at(0.0), preemptible(job(1, 48, HOUR * 10)))];
    plain(&world, jobs)
}

#[test]
fn preemptible_work_gives_way_to_a_curtailment_and_comes_back() {
    let said = with_event(at(5.25), HALF);
    let stops: Vec<_> = said
        .iter()
        .filter_map(|(now, fact)| match fact {
            Fact::Power(PowerFact::JobStopped { job, lost, .. }) => Some((*now, *job, *lost)),
            _ => None,
        })
        .collect();
    assert_eq!(stops, [(at(5.25), 1, Span::ZERO)], "with notice nothing is lost");
    let rows: Vec<_> = said
        .iter()
        .filter_map(
            |(now, fact)| if let Fact::JobEnded(row) = fact { Some((*now, row.clone())) } else { None },
        )
        .collect();
    // Ten hours of work and two hours of waiting, and the checkpoints on the way.
    let second = rows.iter().find(|(_, row)| row.job == 1).unwrap();
    assert_eq!(second.1.outcome, JobOutcome::Finished);
    assert_eq!(second.1.wait, HOUR * 2);
    let energy = hours(&said);
    let curtailed: f64 = energy.iter().map(|hour| hour.withheld.curtailed.mwh()).sum();
    assert!(curtailed > 0.0);
    assert_eq!(energy.iter().map(|hour| hour.withheld.shed.0).sum::<i64>(), 0);
    assert!(energy[6].books.bought <= energy[6].grid_limit && energy[6].overdrawn == Joules::ZERO);
    assert!((energy[6].grid_limit.mwh() - 0.05).abs() < 1e-9);
    assert!((energy[5].grid_limit.mwh() - (0.25 * 0.125 + 0.75 * 0.05)).abs() < 1e-9);

    // Between two checkpoints: they come every four seconds.
    let hasty = with_event(at(5.25) + Span(1_500_000_000), Span::ZERO);
    let lost = hasty.iter().find_map(|(_, fact)| match fact {
        Fact::Power(PowerFact::JobStopped { lost, .. }) => Some(*lost),
        _ => None,
    });
    assert!(lost.unwrap() > Span::ZERO && lost.unwrap() < CHECKPOINT, "without notice: {lost:?}");
}

#[test]
fn capped_clocks_slow_work_by_the_stated_rule() {
    let mut plan = plan(0, 0.125);
    plan.shortage = Shortage::Slow;
    plan.least_cap = 0.3;
    plan.events = vec![Curtailment { start: at(2.0), length: HOUR * 2, share: 0.35, notice: HOUR }];
    let world = powered(1, 10, vec![plan]);
    let said = plain(&world, [(at(0.0), job(0, 80, HOUR * 10))]);
    let (clock, cause) = said
        .iter()
        .find_map(|(_, fact)| match fact {
            Fact::Power(PowerFact::Held { clock, cause, nodes: 0, .. }) => Some((*clock, *cause)),
            _ => None,
        })
        .unwrap();
    assert_eq!(cause, LimitCause::Curtailment);
    let end = said.iter().find_map(|(now, fact)| match fact {
        Fact::JobEnded(row) if row.outcome == JobOutcome::Finished => Some(*now),
        _ => None,
    });
    let speed = 1.0 / (0.75 / (f64::from(clock) / 1e6) + 0.25);
    let expected = 10.0 + 2.0 * (1.0 - speed);
    assert!(((end.unwrap() - at(0.0)).hours() - expected).abs() < 1e-4, "{end:?} {expected}");
    let energy = hours(&said);
    assert!(energy[2].books.it < energy[1].books.it && energy[2].overdrawn == Joules::ZERO);
    // The whole of what may be drawn is used: the site is held by no more than rounding below its limit.
    let slack = energy[2].grid_limit.mwh() - energy[2].books.bought.mwh();
    assert!((0.0..1e-4).contains(&slack), "{slack}");
    assert_eq!(energy[4].books.it, energy[1].books.it);
}

#[test]
fn heat_takes_from_the_load() {
    let mut plan = plan(0, 1.0);
    plan.cooling = CoolingPlant { size: 1.0, ..CoolingPlant::new(CoolingKind::DryCooler, 30.0) };
    let world = powered(1, 10, vec![plan]);
    let air = |dry: f64| Air { dry_bulb_c: dry, wet_bulb_c: 20.0 };
    let air = (0..25).map(|hour| air(if (12..15).contains(&hour) { 38.0 } else { 20.0 })).collect();
    let site = SiteConditions { air, ..SiteConditions::default() };
    let conditions = Conditions { first: SimTime(0), sites: vec![site] };
    let said = under(
        &world,
        conditions,
        [(at(0.0), preemptible(job(0, 40, HOUR * 30))), (at(0.0), job(1, 40, HOUR * 30))],
    );
    let energy = hours(&said);
    assert_eq!(energy[11].withheld, twin::power::Withheld::default());
    assert!(energy[13].withheld.derated > Joules::ZERO && energy[13].withheld.shed == Joules::ZERO);
    assert!(energy[13].books.it <= energy[13].capacity - energy[13].withheld.derated);
    assert!(energy[13].held_down > 0);
    assert!(energy[20].books.it == energy[10].books.it, "they come back");
}

#[test]
fn a_high_price_stops_only_what_may_be_stopped() {
    let mut plan = plan(0, 1.0);
    plan.tariff.fixed = None;
    plan.price_response = Some((200_000_000, 1.0));
    let world = powered(1, 10, vec![plan]);
    let price = (0..25).map(|hour| if hour == 7 { 900_000_000 } else { 30_000_000 }).collect();
    let site = SiteConditions { price, ..SiteConditions::default() };
    let conditions = Conditions { first: SimTime(0), sites: vec![site] };
    let said = under(
        &world,
        conditions,
        [
            (at(0.0), job(0, 40, HOUR * 30)),
            (at(0.0), preemptible(job(1, 40, HOUR * 3))),
            (at(4.0), preemptible(job(2, 40, HOUR * 9))),
        ],
    );
    let stopped: Vec<_> = said
        .iter()
        .filter_map(|(now, fact)| match fact {
            Fact::Power(PowerFact::JobStopped { job, .. }) => Some((*now, *job)),
            _ => None,
        })
        .collect();
    assert_eq!(stopped, [(at(7.0), 2)]);
    let energy = hours(&said);
    assert!(energy[7].books.it < energy[6].books.it);
    assert_eq!(energy[8].books.it, energy[6].books.it);
    assert!(energy[7].withheld.curtailed > Joules::ZERO);
}

/// What did not give way to the price was not withheld.
#[test]
fn only_what_gave_way_to_the_price_counts_as_curtailed() {
    for (stoppable, share) in [(0, 0.0), (1, 0.2), (5, 0.5)] {
        let mut plan = plan(0, 1.0);
        plan.tariff.fixed = None;
        plan.price_response = Some((200_000_000, 0.5));
        let price = (0..25).map(|hour| if hour == 7 { 900_000_000 } else { 30_000_000 }).collect();
        let site = SiteConditions { price, ..SiteConditions::default() };
        let conditions = Conditions { first: SimTime(0), sites: vec![site] };
        let jobs = (0..5).map(|i| (at(0.0), job(i, 16, HOUR * 30)));
        let jobs = jobs.map(|(t, j)| (t, if j.number < stoppable { preemptible(j) } else { j }));
        let energy = hours(&under(&powered(1, 10, vec![plan]), conditions, jobs));
        let hour = &energy[7];
        // Two nodes each: as many jobs stop as the price asks for, of those that may be stopped.
        let expected = share * hour.capacity.mwh();
        assert!((hour.withheld.curtailed.mwh() - expected).abs() < 1e-6, "{stoppable}: {hour:?}");
        let all = hour.books.it + hour.withheld.curtailed + hour.withheld.shed + hour.withheld.derated;
        assert!(all <= hour.capacity + Joules(3), "{stoppable}: {hour:?}");
    }
}

/// No node is held down for the sake of the last digit, whatever the numbers are.
#[test]
fn rounding_holds_no_node_down() {
    for cap in [0.3, 0.4, 0.47, 0.5, 0.51, 0.76, 0.9, 1.0] {
        for nodes in [7, 777, 1000] {
            // A grid that carries all, and one that carries exactly six sevenths of the nodes at work.
            for (mw, up) in [(1000.0, nodes), (f64::NAN, nodes / 7 * 6)] {
                let mut plan = SitePower { accelerator_cap: cap, ..plan(0, mw) };
                (plan.overhead.no_load, plan.overhead.linear) = (0.0, 0.0);
                (plan.overhead.square, plan.overhead.house) = (0.0, 0.0);
                let most = plant::node::activity_under(cap);
                if mw.is_nan() {
                    // What so many nodes draw at work, and the cooling for it in still air.
                    let it = Power::from_watts(f64::from(up) * (2000.0 + 8000.0 * most));
                    let installed = ItPower::from_mw(f64::from(nodes) * 0.01);
                    let load = plant::site::Load {
                        it: installed,
                        cooling: plan.cooling.clone(),
                        overhead: plan.overhead,
                    };
                    let air = Air { dry_bulb_c: 15.0, wet_bulb_c: 10.0 };
                    let long = HOUR * 1000;
                    let meter = load.draw(air, Joules::from_power(it, long), long).0.meter();
                    plan.grid[0].limit = meter.over(long);
                }
                let world = powered(1, nodes, vec![plan]);
                let said = plain(&world, [(at(1.0), job(0, up * 8, HOUR))]);
                let energy = hours(&said);
                let down = u128::from(nodes - up) * 8 * 1000 * HOUR.0 as u128;
                assert_eq!(energy[5].held_down, down, "cap {cap}, {up} of {nodes} nodes");
                let ran = said.iter().any(|(_, fact)| matches!(fact, Fact::JobStarted { .. }));
                assert!(ran && energy.iter().all(|hour| hour.overdrawn == Joules::ZERO), "{cap}");
            }
        }
    }
}

#[test]
fn turbines_and_a_battery_carry_what_the_grid_does_not() {
    let mut plan = plan(0, 0.04);
    let turbines = Units { outage: 0.0, ..Units::new(UnitKind::Reciprocating, 8, Power::from_mw(0.012)) };
    plan.units =
        vec![UnitGroup { key: "engines".into(), units: turbines, ready: at(0.0), fuel_usd_per_mmbtu: 4.0 }];
    plan.battery = Some((Battery::new(Power::from_mw(0.02), HOUR * 2, 0.85), from(0.02, 0.0)));
    let world = powered(1, 10, vec![plan]);
    let said = plain(&world, [(at(1.0), job(0, 80, HOUR * 10))]);
    let energy = hours(&said);
    let busy = &energy[5];
    assert!((busy.books.it.mwh() - 0.1).abs() < 1e-9, "{busy:?}");
    assert!(busy.generation.reciprocating > Joules::ZERO);
    assert_eq!(busy.generation.total(), busy.books.generated);
    assert!(busy.carbon_fuel_g > 0 && busy.cost.fuel.0 > 0);
    for hour in &energy {
        assert!(hour.books.bought <= hour.grid_limit && hour.overdrawn == Joules::ZERO, "{hour:?}");
    }
}

/// A unit that takes longer to start costs more of an hour that nobody could foresee, and nothing of one that was known.
#[test]
fn an_unannounced_outage_lasts_as_long_as_the_start_of_the_units() {
    let shed = |start: Span, notice: Span, grid: f64| {
        let mut plan = plan(0, grid);
        let units = Units { outage: 0.0, start, ..Units::new(UnitKind::Diesel, 12, Power::from_mw(0.012)) };
        plan.units = vec![UnitGroup { key: "e".into(), units, ready: at(0.0), fuel_usd_per_mmbtu: 20.0 }];
        plan.events = vec![Curtailment { start: at(3.0), length: HOUR * 5, share: 1.0, notice }];
        let energy = hours(&plain(&powered(1, 10, vec![plan]), [(at(0.0), job(0, 80, HOUR * 30))]));
        assert!(energy.iter().all(|hour| hour.overdrawn == Joules::ZERO));
        energy.iter().map(|hour| (hour.withheld.shed + hour.withheld.curtailed).mwh()).sum::<f64>()
    };
    let minutes = |minutes: i64| Span::from_seconds(minutes * 60);
    // A tenth of a megawatt for as long as nothing runs; below an hour by what the mean of the hour carries.
    let starts = [0, 10, 30, 55, 59, 60, 61, 90, 120, 240, 360];
    let unannounced: Vec<f64> = starts.iter().map(|&start| shed(minutes(start), Span::ZERO, 1.0)).collect();
    assert!(unannounced.is_sorted(), "{unannounced:?}");
    for (start, shed) in starts.iter().zip(&unannounced).filter(|(start, _)| **start % 60 == 0) {
        let hours = (f64::from(*start as i32) / 60.0).min(5.0);
        assert!((shed - 0.1 * hours).abs() < 1e-6, "{start} min: {shed}");
    }
    for start in starts {
        assert_eq!(shed(minutes(start), HOUR * 6, 1.0), 0.0, "{start} min, announced");
        // Without a grid, they have run since before the run.
        assert_eq!(shed(minutes(start), HOUR * 6, 0.0), 0.0, "{start} min, no grid");
    }
    assert!((shed(HOUR * 3, HOUR * 2, 1.0) - 0.1).abs() < 1e-6, "ordered when the notice came");
}

/// A price that is fixed is a price: above it work gives way all the time, below it never.
#[test]
fn a_site_answers_to_its_fixed_price() {
    for (above, expected) in [(39_000_000, 0.5), (41_000_000, 1.0)] {
        let mut plan = plan(0, 1.0);
        plan.price_response = Some((above, 0.5));
        let said = plain(
            &powered(1, 10, vec![plan]),
            [(at(1.0), job(0, 40, HOUR * 4)), (at(1.0), job(1, 40, HOUR * 4))],
        );
        let energy = hours(&said);
        let share = 1.0 - energy[3].withheld.curtailed.mwh() / energy[3].capacity.mwh();
        assert!((share - expected).abs() < 0.01, "above {above}: {share}");
    }
}

fn random_jobs(seed: u64, count: u64) -> Vec<(SimTime, Job)> {
    let stream = base::Stream::new(seed, "jobs");
    let mut jobs: Vec<_> = (0..count)
        .map(|i| {
            let mut draws = stream.at(i);
            let submit = at(draws.uniform() * 20.0);
            let size = 1 + draws.below(40) as u32;
            let runtime = Span::from_seconds_f64(60.0 + draws.exponential() * 4000.0).unwrap();
            let workload = WorkloadId(draws.below(3) as u32);
            (submit, Job { workload, ..job(0, size, runtime) })
        })
        .collect();
    jobs.sort_by_key(|(submit, _)| *submit);
    jobs.iter_mut().enumerate().for_each(|(i, (_, job))| job.number = i as u64);
    jobs
}

/// A site whose power changes all day: events, a battery, engines, heat, prices.
fn restless(site: u32, seed: u64) -> (SitePower, SiteConditions) {
    let mut draws = base::Stream::new(seed, "plan").at(u64::from(site));
    let mut plan = plan(site, 0.05 + draws.uniform() * 0.1);
    plan.tariff.fixed = None;
    plan.shortage = if draws.uniform() < 0.5 { Shortage::Slow } else { Shortage::Stop };
    plan.events = (0..4)
        .map(|_| Curtailment {
            start: at(draws.uniform() * 22.0),
            length: Span::from_seconds(600 + draws.below(9000) as i64),
            share: 0.1 + draws.uniform() * 0.9,
            notice: Span::from_seconds(draws.below(2) as i64 * 900),
        })
        .collect();
    plan.events.sort_by_key(|event| event.start);
    plan.price_response = Some((150_000_000, draws.uniform()));
    plan.battery =
        (draws.uniform() < 0.7).then(|| (Battery::new(Power::from_mw(0.03), HOUR, 0.85), from(0.03, 2.0)));
    let engines = Units::new(UnitKind::SimpleCycle, 4, Power::from_mw(0.01));
    plan.units = vec![UnitGroup { key: "e".into(), units: engines, ready: at(4.5), fuel_usd_per_mmbtu: 3.0 }];
    plan.solar = Some(from(0.02, 0.0));
    plan.cooling = CoolingPlant { size: 1.0, ..CoolingPlant::new(CoolingKind::DryCooler, 32.0) };
    let conditions = SiteConditions {
        air: (0..25).map(|_| Air { dry_bulb_c: 10.0 + draws.uniform() * 32.0, wet_bulb_c: 9.0 }).collect(),
        price: (0..25).map(|_| (draws.exponential() * 60e6) as i64 - 10_000_000).collect(),
        carbon: vec![350.0],
        solar: (0..25).map(|_| Joules::from_power(Power::from_mw(draws.uniform() * 0.02), HOUR)).collect(),
        wind: Vec::new(),
        units: vec![(0..25).map(|_| draws.below(5) as u32).collect()],
    };
    (plan, conditions)
}

fn check_laws(world: &World, said: &[(SimTime, Fact)]) {
    let mut stored = vec![0i64; world.sites.len()];
    for hour in hours(said) {
        assert_eq!(hour.books.residual(), Joules::ZERO);
        assert_eq!(hour.generation.total(), hour.books.generated);
        let withheld = hour.withheld.shed + hour.withheld.curtailed + hour.withheld.derated;
        assert!(withheld <= hour.capacity + Joules(3), "{hour:?}");
        assert!(hour.books.it <= hour.capacity + Joules(3), "{hour:?}");
        // Above the grid's limit only in hours within which it changed, and little: the house of a site that went dark.
        assert!(hour.overdrawn.0 <= hour.capacity.0 / 20, "{hour:?}");
        let before = &mut stored[hour.site.index()];
        assert!(hour.books.charged.0 - hour.books.discharged.0 >= hour.stored.0 - *before - 2);
        *before = hour.stored.0;
    }
    // Hours of accelerators: what is held down is part of what is down.
    let down: u128 =
        said.iter().map(|(_, fact)| if let Fact::SiteHour(hour) = fact { hour.down } else { 0 }).sum();
    let held: u128 = hours(said).iter().map(|hour| hour.held_down).sum();
    assert_eq!(down, held, "nothing else fails here");
    for (_, fact) in said {
        if let Fact::JobEnded(row) = fact
            && row.outcome == JobOutcome::Finished
        {
            assert!(row.held >= row.runtime, "work is done in full: {row:?}");
        }
    }
}

/// Engines that become ready within an hour are no supply in it: the limit once counted on them, and the grid was overdrawn.
#[test]
fn what_becomes_ready_within_an_hour_serves_from_the_next() {
    let ((first, there), (second, here)) = (restless(0, 921_593), restless(1, 921_593));
    let world = powered(2, 10, vec![first, second]);
    let conditions = Conditions { first: SimTime(0), sites: vec![there, here] };
    check_laws(&world, &under(&world, conditions, random_jobs(921_593, 150)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_hour_balances_whatever_the_limits_do(seed in 0u64..1_000_000) {
        let (first, there) = restless(0, seed);
        let (second, here) = restless(1, seed);
        let both = powered(2, 10, vec![first, second.clone()]);
        let conditions = Conditions { first: SimTime(0), sites: vec![there, here.clone()] };
        let jobs = random_jobs(seed, 150);
        let at_second = |jobs: &[(SimTime, Job)]| -> Vec<(SimTime, Job)> {
            jobs.iter().map(|(time, job)| (*time, Job { home: Some(SiteId(1)), ..job.clone() })).collect()
        };
        let said = under(&both, conditions.clone(), jobs.clone());
        check_laws(&both, &said);
        prop_assert_eq!(&said, &under(&both, conditions.clone(), jobs.clone()), "the same twice");

        // Another site changes nothing: the second alone, under the number of the first.
        let alone = powered(1, 10, vec![SitePower { site: SiteId(0), ..second }]);
        let here = Conditions { first: SimTime(0), sites: vec![here] };
        let lone = hours(&under(&alone, here, jobs.clone()));
        let beside: Vec<_> = hours(&under(&both, conditions, at_second(&jobs)))
            .into_iter()
            .filter(|hour| hour.site == SiteId(1))
            .map(|hour| EnergyHour { site: SiteId(0), ..hour })
            .collect();
        prop_assert_eq!(lone, beside);
    }

    #[test]
    fn a_run_that_is_resumed_says_the_same(seed in 0u64..1_000_000, stop in 1i64..23) {
        let (plan, conditions) = restless(0, seed);
        let world = powered(1, 10, vec![plan]);
        let conditions = Arc::new(Conditions { first: SimTime(0), sites: vec![conditions] });
        let jobs = random_jobs(seed, 150);
        let whole = under(&world, (*conditions).clone(), jobs.clone());
        let mut all = Vec::new();
        let mut simulation = simulation_under(&world, &Typical::default(), conditions.clone());
        let mut keep = |now: SimTime, facts: &mut Vec<Fact>| {
            all.extend(facts.drain(..).map(|fact| (now, fact)));
            ControlFlow::Continue(())
        };
        simulation.run(&mut jobs.clone().into_iter().peekable(), SimTime(0) + HOUR * stop, &mut keep);
        let bytes = postcard::to_allocvec(&simulation).unwrap();
        let mut simulation: kernel::Simulation<twin::Twin> = postcard::from_bytes(&bytes).unwrap();
        simulation.machine_mut().set_conditions(conditions);
        let taken = simulation.inputs_taken() as usize;
        simulation.run(&mut jobs.into_iter().skip(taken).peekable(), world.end, &mut keep);
        let last = simulation.finish(|twin, now, context| twin.close(now, context));
        all.extend(last.into_iter().map(|fact| (world.end, fact)));
        prop_assert_eq!(whole, all);
    }
}
