//! Batteries in the twin: what they keep, for when, and plant that comes in parts.
#![allow(clippy::unwrap_used)]

mod fixture;

use base::{Power, SimTime, Span};
use fixture::energy::{at, from, hours, plain, plan, powered, under};
use fixture::job;
use plant::battery::Battery;
use scenario::world::energy::*;
use twin::power::{Conditions, EnergyHour, Joules, SiteConditions};

const HOUR: Span = Span::HOUR;

/// Without a grid, sun that nobody takes by day is what runs at night, whatever the price is.
#[test]
fn a_battery_keeps_the_sun_of_the_day_for_the_night() {
    let mut plan = plan(0, 0.0);
    plan.grid.clear();
    plan.solar = Some(from(0.3, 0.0));
    plan.battery = Some((Battery::new(Power::from_mw(0.2), HOUR * 8, 1.0), from(0.2, 0.0)));
    let of_day = |hour: usize| if (6..18).contains(&(hour % 24)) { 0.3 } else { 0.0 };
    let solar = (0..96).map(|hour| Joules::from_power(Power::from_mw(of_day(hour)), HOUR)).collect();
    let site = SiteConditions { solar, ..SiteConditions::default() };
    let conditions = Conditions { first: SimTime(0), sites: vec![site] };
    let ran = |plan: &SitePower| {
        let mut world = powered(1, 10, vec![plan.clone()]);
        world.end = at(96.0);
        let said = under(&world, conditions.clone(), [(at(30.0), job(0, 80, HOUR * 24))]);
        hours(&said).iter().skip(30).take(24).map(|hour| hour.books.it.mwh()).sum::<f64>()
    };
    let with = ran(&plan);
    assert!((with - 2.4).abs() < 0.05, "a tenth of a megawatt day and night: {with} MWh");
    plan.battery = None;
    assert!(ran(&plan) < 1.5, "half of it by day alone");
}

/// With a grid whose price never changes, sun that would be wasted replaces what is bought.
#[test]
fn a_battery_saves_what_sun_would_be_wasted() {
    let mut plan = plan(0, 1.0);
    plan.solar = Some(from(0.3, 0.0));
    plan.battery = Some((Battery::new(Power::from_mw(0.1), HOUR * 12, 0.81), from(0.1, 0.0)));
    let of_day = |hour: usize| if (6..18).contains(&(hour % 24)) { 0.3 } else { 0.0 };
    let solar = (0..96).map(|hour| Joules::from_power(Power::from_mw(of_day(hour)), HOUR)).collect();
    let site = SiteConditions { solar, ..SiteConditions::default() };
    let conditions = Conditions { first: SimTime(0), sites: vec![site] };
    let mut world = powered(1, 10, vec![plan]);
    world.end = at(96.0);
    let energy = hours(&under(&world, conditions, [(at(0.0), job(0, 80, HOUR * 96))]));
    let day: Vec<_> = energy.iter().filter(|hour| (at(24.0)..at(48.0)).contains(&hour.hour)).collect();
    let sum = |of: fn(&&&EnergyHour) -> f64| day.iter().map(|hour| of(&hour)).sum::<f64>();
    let (charged, bought) = (sum(|hour| hour.books.charged.mwh()), sum(|hour| hour.books.bought.mwh()));
    assert!(charged > 1.0, "it takes what is left of the day: {charged} MWh");
    assert!(bought < 0.4, "the night is nearly all its own: {bought} MWh");
}

/// At a price that never changes there is nothing to trade: the battery waits, full, for the hour in which the grid gives less.
#[test]
fn a_battery_at_a_flat_price_carries_work_through_a_curtailment() {
    let mut plan = plan(0, 0.2);
    plan.events =
        vec![Curtailment { start: at(30.0), length: HOUR * 2, share: 1.0, notice: Span::from_seconds(1800) }];
    let ran = |plan: &SitePower| {
        let mut world = powered(1, 10, vec![plan.clone()]);
        world.end = at(48.0);
        let said = plain(&world, [(at(1.0), job(0, 80, HOUR * 40))]);
        hours(&said).iter().skip(30).take(2).map(|hour| hour.books.it.mwh()).sum::<f64>()
    };
    assert!(ran(&plan) < 0.01, "nothing runs without power");
    plan.battery = Some((Battery::new(Power::from_mw(0.2), HOUR * 4, 0.85), from(0.2, 0.0)));
    assert!((ran(&plan) - 0.2).abs() < 0.01, "all of it runs: {} MWh", ran(&plan));
}

/// It is filled as soon as the grid has room, at the start and after each time that it was needed.
#[test]
fn a_battery_at_a_flat_price_is_full_again_as_soon_as_it_can_be() {
    let mut plan = plan(0, 0.2);
    let event =
        |start: f64| Curtailment { start: at(start), length: HOUR * 2, share: 0.72, notice: Span::ZERO };
    plan.events = vec![event(30.0), event(36.0)];
    let battery = Battery::new(Power::from_mw(0.08), HOUR * 2, 0.85);
    let full = battery.energy;
    plan.battery = Some((battery, from(0.08, 0.0)));
    let mut world = powered(1, 10, vec![plan]);
    world.end = at(48.0);
    let energy = hours(&plain(&world, [(at(1.0), job(0, 80, HOUR * 40))]));
    assert!(energy[2].stored >= full - Joules(9), "three hours fill it: {:?}", energy[2].stored);
    assert!(energy[31].stored < full && energy[35].stored >= full - Joules(9));
    let withheld: i64 = energy.iter().map(|hour| hour.withheld.curtailed.0 + hour.withheld.shed.0).sum();
    assert_eq!(withheld, 0, "both are carried");
}

/// Parts come one after the other, and each is there from its hour on.
#[test]
fn sun_that_comes_in_parts_is_there_in_parts() {
    let mut plan = plan(0, 1.0);
    plan.solar = Some(InParts::new(vec![
        (Power::from_mw(0.03), at(20.0)),
        (Power::from_mw(0.01), at(0.0)),
        (Power::from_mw(0.06), at(10.0)),
    ]));
    let solar = vec![Joules::from_power(Power::from_mw(0.1), HOUR); 48];
    let site = SiteConditions { solar, ..SiteConditions::default() };
    let conditions = Conditions { first: SimTime(0), sites: vec![site] };
    let world = powered(1, 10, vec![plan]);
    let energy = hours(&under(&world, conditions, [(at(0.0), job(0, 80, HOUR * 30))]));
    let sun = |hour: usize| (energy[hour].generation.solar + energy[hour].wasted).mwh();
    for (hour, expected) in [(2, 0.01), (12, 0.07), (22, 0.1)] {
        assert!((sun(hour) - expected).abs() < 1e-9, "{hour}: {}", sun(hour));
    }
}

/// What a battery loses is what its efficiency says, hour by hour; prices that swing make it work.
#[test]
fn a_battery_moves_energy_to_dear_hours() {
    let mut plan = plan(0, 1.0);
    plan.tariff.fixed = None;
    plan.battery = Some((Battery::new(Power::from_mw(0.02), HOUR * 2, 0.85), from(0.02, 0.0)));
    let world = powered(1, 10, vec![plan]);
    let price = (0..48).map(|hour| if hour % 24 < 12 { 10_000_000 } else { 100_000_000 }).collect();
    let site = SiteConditions { price, ..SiteConditions::default() };
    let conditions = Conditions { first: SimTime(0), sites: vec![site] };
    let energy = hours(&under(&world, conditions, [(at(0.0), job(0, 80, HOUR * 30))]));
    let charged: i64 = energy.iter().map(|hour| hour.books.charged.0).sum();
    let discharged: i64 = energy.iter().map(|hour| hour.books.discharged.0).sum();
    assert!(charged > 0 && discharged > 0 && discharged < charged);
    assert!(energy[..12].iter().all(|hour| hour.books.discharged == Joules::ZERO));
    assert!(energy[12..].iter().all(|hour| hour.books.charged == Joules::ZERO));
    let mut stored = 0;
    for hour in &energy {
        let bus = hour.books.charged.0 - hour.books.discharged.0;
        assert!(bus >= hour.stored.0 - stored, "a battery gives more than it takes");
        stored = hour.stored.0;
    }
}

/// Cheap hours are worth filling it only as far as the month's peak is paid for anyway: a new one costs more than they save.
#[test]
fn a_battery_does_not_buy_a_peak_that_costs_more_than_it_saves() {
    let cost = |usd_per_kw_month: f64| {
        let mut plan = plan(0, 5.0);
        plan.battery = Some((Battery::new(Power::from_mw(1.0), HOUR * 4, 0.85), from(1.0, 0.0)));
        (plan.tariff.fixed, plan.tariff.demand) = (None, (usd_per_kw_month * 1e6) as i64);
        let price = |hour: usize| if hour % 24 < 6 { 20_000_000 } else { 60_000_000 };
        let conditions = |plan: &SitePower| {
            let site =
                SiteConditions { price: (0..31 * 24).map(price).collect(), ..SiteConditions::default() };
            let mut world = powered(1, 10, vec![plan.clone()]);
            world.end = at(31.0 * 24.0);
            let conditions = Conditions { first: SimTime(0), sites: vec![site] };
            let energy = hours(&under(&world, conditions, [(at(0.0), job(0, 80, HOUR * 24 * 31))]));
            let paid: i64 = energy.iter().map(|hour| hour.cost.total().map_or(0, |money| money.0)).sum();
            let charged: f64 = energy.iter().map(|hour| hour.books.charged.mwh()).sum();
            (paid as f64 / 1e6, charged)
        };
        let with = conditions(&plan);
        plan.battery = None;
        (with, conditions(&plan).0)
    };
    let ((with, charged), without) = cost(0.0);
    assert!(charged > 15.0 && with < without - 300.0, "{charged} MWh, {with} and {without} $");
    // A peak of a megawatt more would cost 16,000 $. The load of the day ahead is counted as it is now, which is off by 11 kW once.
    let ((with, charged), without) = cost(16.0);
    assert!(charged < 10.0 && with < without + 200.0, "{charged} MWh, {with} and {without} $");
}
