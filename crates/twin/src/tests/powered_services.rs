//! Replicas draw power, and give way where it is short.

use super::services::{offered, serving};
use super::*;
use crate::service::fact::ServiceFact;
use base::Power;
use plant::cooling::{CoolingKind, CoolingPlant, Overhead};
use plant::node::NodeDraw;
use scenario::world::energy::{Energy, GridTranche, SeriesSource, Shortage, SitePower, Tariff, WorkDraw};

/// Ten nodes with eight accelerators: 2 kW idle, 10 kW at work, half of it at an activity of one half. One replica a node, a request a
/// second each; the grid gives so many kilowatts after three hours, and all that is asked before.
fn world_of(kilowatts: f64, activity: f64) -> World {
    let mut world = serving(&[10], offered(6.0, 8, 1));
    world.blocks[0].it_power = ItPower::from_mw(0.1);
    let limit = |from, kilowatts: f64| GridTranche { from, limit: Power::from_watts(kilowatts * 1000.0) };
    let plan = SitePower {
        site: SiteId(0),
        grid: vec![limit(SimTime(0), 1e6), limit(SimTime(0) + Span::from_hours(3), kilowatts)],
        tariff: Tariff { fixed: Some(0), adder: 0, demand: 0, export: Power::ZERO, export_share: 1.0 },
        units: Vec::new(),
        solar: None,
        wind: None,
        battery: None,
        other_it: Power::ZERO,
        overhead: Overhead::default(),
        cooling: CoolingPlant::new(CoolingKind::ClosedLoop, 40.0),
        water_price: 0,
        accelerator_cap: 1.0,
        shortage: Shortage::Stop,
        least_cap: 0.5,
        events: Vec::new(),
        drawn: None,
        price_response: None,
        weather: SeriesSource::Value(15.0),
        price: None,
        carbon: SeriesSource::Value(400.0),
    };
    let draw = NodeDraw::between(Power::from_watts(2000.0), Power::from_watts(10_000.0), 1, 8);
    let work = |activity| WorkDraw { activity, compute_bound: 0.5 };
    world.energy = Some(Energy {
        sites: vec![plan],
        draws: vec![draw],
        work: vec![work(1.0); world.workloads.len()],
        services: vec![work(activity)],
    });
    world
}

fn energy(facts: &[Fact]) -> Vec<f64> {
    let hour = |fact: &Fact| if let Fact::Energy(hour) = fact { Some(hour.books.it.mwh()) } else { None };
    facts.iter().filter_map(hour).collect()
}

#[test]
fn replicas_draw_what_their_activity_says() {
    let full = energy(&run(&world_of(1e6, 1.0), vec![]));
    let half = energy(&run(&world_of(1e6, 0.5), vec![]));
    let idle = energy(&run(&world_of(1e6, 0.0), vec![]));
    // Six requests a second within the targets take seven replicas.
    assert!((idle[1] - 10.0 * 0.002).abs() < 1e-9, "{}", idle[1]);
    assert!((half[1] - idle[1] - 7.0 * 0.004).abs() < 1e-9, "{}", half[1]);
    assert!((full[1] - idle[1] - 7.0 * 0.008).abs() < 1e-9, "{}", full[1]);
}

#[test]
fn where_power_is_short_replicas_give_way_after_jobs() {
    let world = world_of(60.0, 1.0);
    // A job on the other nodes: it is stopped first, and cannot start again on those that are left.
    let facts = run(&world, vec![at(0, job(0, 24, 36_000))]);
    let position = |wanted: fn(&Fact) -> bool| facts.iter().position(wanted);
    let stopped = position(|fact| matches!(fact, Fact::Power(crate::power::PowerFact::JobStopped { .. })));
    let lost =
        position(|fact| matches!(fact, Fact::Service(ServiceFact::ReplicasLost { failure: None, .. })));
    assert!(stopped.is_some() && lost.is_some() && stopped < lost, "{stopped:?} {lost:?}");
    let energy = energy(&facts);
    assert!(energy[2] > 0.06, "before: {}", energy[2]);
    assert!(energy[4..].iter().all(|&mwh| mwh > 0.03 && mwh <= 0.06), "{energy:?}");
    let hours: Vec<(u64, u64)> = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Service(ServiceFact::Hour(hour)) => Some((hour.served.requests, hour.unserved.requests)),
            _ => None,
        })
        .collect();
    assert_eq!(hours[1], (21_600, 0));
    let (served, unserved) = hours[5];
    assert_eq!(served + unserved, 21_600);
    assert!(served >= 3 * 3600 && unserved >= 3600, "five nodes at most are up: {served} {unserved}");
}

#[test]
fn replicas_under_a_cap_serve_more_slowly() {
    let capped = |cap: f64| {
        let mut world = world_of(1e6, 1.0);
        world.energy.as_mut().expect("energy").sites[0].accelerator_cap = cap;
        let facts = run(&world, vec![]);
        let replicas = facts.iter().filter_map(|fact| match fact {
            Fact::Service(ServiceFact::Replicas(hour)) => Some(hour),
            _ => None,
        });
        let hour = replicas.clone().nth(2).expect("the third hour");
        let served: u64 = replicas.map(|hour| hour.served.requests).sum();
        (
            hour.capacity as f64 / (hour.ready as f64 * 1e-9),
            hour.ttft.expect("it serves").seconds(),
            hour.replicas,
            served,
        )
    };
    // The clock falls to 0.6 where 0.216 of the dynamic power may be drawn; half of the time is bound by it.
    let cap = plant::node::CAP_FLOOR + 0.216 * (1.0 - plant::node::CAP_FLOOR);
    let speed = 1.0 / (0.5 / 0.6 + 0.5);
    let (rate, ttft, replicas, served) = capped(1.0);
    assert!((rate - 1.0).abs() < 1e-3 && (ttft - 0.1).abs() < 1e-9, "{rate} {ttft}");
    let (slow, late, more, same) = capped(cap);
    assert!((slow - speed).abs() < 1e-3, "{slow} requests a second");
    assert!((late - 0.1 / speed).abs() < 1e-6, "{late} s to the first token");
    assert!(more > replicas, "{more} replicas for what {replicas} served");
    assert_eq!(served, same, "all of it is served all the same");
    // So slow that no load is within the targets: nothing is served, and no replica is held.
    let mut world = world_of(1e6, 1.0);
    world.energy.as_mut().expect("energy").sites[0].accelerator_cap = cap;
    world.services[0].targets.ttft_s = 0.105;
    let facts = run(&world, vec![]);
    let served = |fact: &Fact| match fact {
        Fact::Service(ServiceFact::Hour(hour)) => hour.served.requests,
        _ => 0,
    };
    assert_eq!(facts.iter().map(served).sum::<u64>(), 0);
    assert!(!facts.iter().any(|fact| matches!(fact, Fact::Service(ServiceFact::Replicas(_)))));
}
