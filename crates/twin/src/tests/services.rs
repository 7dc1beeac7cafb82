//! Services on machines that can be followed by hand.

use super::*;
use crate::service::fact::{ReplicaHour, ServiceFact, ServiceHour};
use base::id::{FailureId, ServiceId};
use service::{Autoscale, Burst, Demand as Requests, Measured, Rule, Shape, Surface, Targets};

/// A replica takes 4 accelerators and serves ten requests at once, each in 0.1 s + 99 times 0.1 s = 10 s: one a second.
fn replica(gpus: u32) -> Replica {
    let point = |concurrency, tpot_s| Measured {
        tokens_in: 1000.0,
        tokens_out: 100.0,
        concurrency,
        ttft_s: 0.1,
        tpot_s,
    };
    let surface = Surface::new(&[point(1.0, 0.05), point(10.0, 0.1)]).expect("monotone");
    let serving = surface.serving(1000.0, 100.0);
    let slots = service::queueing::Replica::of(&serving, &TARGETS).expect("within the targets");
    Replica {
        surface: "s".into(),
        system: SystemId(0),
        gpus,
        pack_nodes: gpus.div_ceil(8),
        pack_replicas: (8 / gpus).max(1),
        serving,
        slots,
    }
}

const TARGETS: Targets = Targets { ttft_s: 100.0, tpot_s: 1.0, quantile: 0.95 };

fn region(key: &str, round_trips: &[i64]) -> Region {
    Region {
        key: key.into(),
        name: key.into(),
        latitude_deg: 0.0,
        longitude_deg: 0.0,
        utc_offset: Span::ZERO,
        round_trips: round_trips.iter().map(|&ms| Span(ms * 1_000_000)).collect(),
    }
}

/// So many requests a second in all, planned at full use, all sites.
pub fn offered(per_second: f64, gpus: u32, sites: usize) -> Service {
    Service {
        key: "chat".into(),
        name: "chat".into(),
        tenant: TenantId(1),
        buyer: None,
        product: "chat".into(),
        channel: None,
        priority: 10,
        start: SimTime(0),
        end: SimTime(i64::MAX),
        tokens_in: 1000,
        tokens_out: 100,
        demand: Requests {
            level: vec![(SimTime(0), per_second * 3600.0)],
            growth_per_year: 1.0,
            shape: Shape::even(),
            burst: Burst::NONE,
        },
        shares: vec![1.0],
        targets: TARGETS,
        routing: Rule::Nearest,
        most_round_trip: Span::FOREVER,
        sites: (0..sites).map(SiteId::new).collect(),
        when_full: WhenFull::Wait,
        autoscale: Autoscale {
            utilisation: 1.0,
            least: 0,
            most: 1_000_000,
            start_up: Span::ZERO,
            step_up: 1_000_000,
            slack: 0.0,
        },
        replicas: vec![replica(gpus)],
    }
}

pub fn serving(nodes: &[u32], service: Service) -> World {
    let mut world = world(nodes, Policy { preemption: true, ..Policy::default() });
    world.regions = vec![region("west", &[10, 50])];
    world.services = vec![service];
    world
}

fn hours(facts: &[Fact]) -> Vec<&ServiceHour> {
    let hour = |fact| if let &Fact::Service(ServiceFact::Hour(ref hour)) = fact { Some(hour) } else { None };
    facts.iter().filter_map(hour).collect()
}

fn replica_hours(facts: &[Fact], site: u32) -> Vec<&ReplicaHour> {
    let hour =
        |fact| if let &Fact::Service(ServiceFact::Replicas(ref hour)) = fact { Some(hour) } else { None };
    facts.iter().filter_map(hour).filter(|hour| hour.site == SiteId(site)).collect()
}

/// The laws: what is offered is served or not; what regions and replicas served is the same; machines are busy with jobs
/// and services, to the nanosecond.
fn balanced(world: &World, facts: &[Fact]) {
    let (mut busy, mut held, mut served) = (0_u128, 0_u128, 0_i128);
    for fact in facts {
        match fact {
            Fact::SiteHour(hour) => {
                assert_eq!(hour.installed, hour.busy + hour.idle + hour.down);
                busy += hour.busy;
            }
            Fact::JobEnded(row) => held += u128::from(row.gpu_milli) * row.held.0 as u128,
            Fact::Service(ServiceFact::Hour(hour)) => {
                assert_eq!(hour.offered.requests, hour.served.requests + hour.unserved.requests);
                assert_eq!(hour.offered.tokens_out, hour.served.tokens_out + hour.unserved.tokens_out);
                served += i128::from(hour.served.requests);
            }
            Fact::Service(ServiceFact::Replicas(hour)) => {
                held += hour.held;
                served -= i128::from(hour.served.requests);
                assert!(hour.served.requests <= hour.capacity);
                let system = &world.systems[hour.system.index()];
                assert_eq!(hour.held % (u128::from(system.accelerators_per_node) * 1000), 0);
            }
            _ => {}
        }
    }
    assert_eq!((busy, served), (held, 0));
}

#[test]
fn the_nearest_site_serves_what_it_can_and_the_next_the_rest() {
    // 30 a second need 30 replicas, fifteen nodes; the near site has 10, the other one the rest.
    let world = serving(&[10, 20], offered(30.0, 4, 2));
    let facts = run(&world, vec![]);
    balanced(&world, &facts);
    let (near, far) = (replica_hours(&facts, 0), replica_hours(&facts, 1));
    assert_eq!(
        (near[0].replicas, far[0].replicas),
        (20, 12),
        "one more for those who wait, and two stand on a node"
    );
    assert_eq!(near[0].held, 80 * 1000 * 3_600_000_000_000);
    let hour = hours(&facts)[3];
    assert_eq!((hour.offered.requests, hour.unserved.requests), (108_000, 0));
    assert_eq!(hour.offered.tokens_in, 108_000_000);
    // 20 of 30 near at 10 ms, 10 far at 50 ms.
    let mean = hour.round_trip.expect("served").seconds();
    assert!((mean - 0.0233).abs() < 0.0005, "{mean}");
    // At 20 of 20 a second, the near replicas have ten requests each: 0.1 s between tokens.
    assert!((near[3].tpot.expect("served").seconds() - 0.1).abs() < 1e-3);
    assert!(far[3].tpot.expect("served").seconds() < 0.1);
}

#[test]
fn what_nobody_can_serve_is_counted() {
    let world = serving(&[10], offered(30.0, 8, 1));
    let facts = run(&world, vec![]);
    balanced(&world, &facts);
    for hour in hours(&facts) {
        assert_eq!((hour.served.requests, hour.unserved.requests), (36_000, 72_000));
    }
    // A region too far from every site is not served at all.
    let mut far = serving(&[10], offered(3.0, 8, 1));
    far.services[0].most_round_trip = Span(5_000_000);
    let facts = run(&far, vec![]);
    assert!(hours(&facts).iter().all(|hour| hour.served.requests == 0 && hour.unserved.requests == 10_800));
    assert!(replica_hours(&facts, 0).is_empty());
}

#[test]
fn a_replica_larger_than_a_node_takes_several_and_starts_later() {
    let mut service = offered(1.0, 16, 1);
    service.autoscale.start_up = Span::from_seconds(600);
    service.autoscale.least = 2;
    let world = serving(&[5], service);
    let facts = run(&world, vec![]);
    balanced(&world, &facts);
    let hour = replica_hours(&facts, 0)[0];
    assert_eq!((hour.replicas, hour.held), (2, 32 * 1000 * 3_600_000_000_000));
    assert_eq!(hour.ready, 2 * 3_000_000_000_000, "fifty minutes each");
}

#[test]
fn limits_of_replicas_are_whole_nodes_and_never_exceeded_by_more_than_one_node() {
    // Two replicas stand on a node, and the requests ask for thirty.
    let most = |most: u64, step_up: u64| {
        let mut service = offered(30.0, 4, 1);
        (service.autoscale.most, service.autoscale.step_up) = (most, step_up);
        let world = serving(&[20], service);
        let facts = run(&world, vec![]);
        balanced(&world, &facts);
        replica_hours(&facts, 0)[..3].iter().map(|hour| hour.replicas).collect::<Vec<_>>()
    };
    assert_eq!(most(7, 1_000_000), [6, 6, 6]);
    assert_eq!(most(1, 1_000_000), [2, 2, 2], "a node at least");
    assert_eq!(most(1_000_000, 3), [2, 4, 6], "three at once are one node");
    assert_eq!(most(1_000_000, 1), [2, 4, 6]);
}

#[test]
fn replicas_grow_and_shrink_with_the_day_and_jobs_take_what_they_give_back() {
    let mut service = offered(10.0, 8, 1);
    let mut day = [1.0; 24];
    day[4] = 0.25;
    day[5] = 0.25;
    service.demand.shape = Shape::new(day, [1.0; 7]).expect("some");
    let world = serving(&[12], service);
    // Eight nodes for two hours: only when the service sleeps.
    let facts = run(&world, vec![at(60, job(0, 64, 7200))]);
    balanced(&world, &facts);
    let replicas: Vec<u64> = replica_hours(&facts, 0).iter().map(|hour| hour.replicas).collect();
    // A mean of 10 a second: 10.67 in the day and 2.67 in the two hours.
    assert_eq!(&replicas[..4], [11, 11, 11, 11]);
    assert!(replicas[4] == 3 || replicas[4] == 4, "{replicas:?}");
    let started = facts.iter().position(|fact| matches!(fact, Fact::JobStarted { .. })).expect("it ran");
    assert!(started > 0);
    let Some(Fact::JobEnded(row)) = facts.iter().find(|fact| matches!(fact, Fact::JobEnded(_))) else {
        panic!()
    };
    assert_eq!(row.start, Some(SimTime(0) + Span::from_hours(4)));
    // The job holds its nodes until six: the service has them again then.
    assert_eq!(replicas[6], 11, "{replicas:?}");
}

#[test]
fn preemption_stops_lesser_jobs_and_only_those() {
    let jobs = || {
        let mut spare = job(0, 64, 86_400);
        spare.workload = WorkloadId(1);
        vec![at(0, spare), at(0, job(1, 16, 86_400))]
    };
    // The jobs come a moment before the service opens.
    let mut service = offered(9.0, 8, 1);
    service.start = SimTime(0) + Span::from_hours(1);
    let world = serving(&[10], service.clone());
    let waits = run(&world, jobs());
    balanced(&world, &waits);
    assert!(hours(&waits).iter().all(|hour| hour.served.requests == 0), "no node is free");
    service.when_full = WhenFull::Preempt;
    let world = serving(&[10], service.clone());
    let preempts = run(&world, jobs());
    balanced(&world, &preempts);
    let stopped: Vec<u64> = preempts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Service(ServiceFact::JobPreempted { job, lost, .. }) => {
                assert_eq!(*lost, Span::ZERO, "it had a checkpoint that instant");
                Some(*job)
            }
            _ => None,
        })
        .collect();
    assert_eq!(stopped, [0]);
    assert_eq!(
        hours(&preempts)[0].served.requests,
        28_800,
        "eight of nine nodes: one job is not preemptible"
    );
    // A job of higher priority is not stopped, and takes what is free before the service.
    service.priority = -1;
    let world = serving(&[10], service);
    let facts = run(&world, jobs());
    assert!(!facts.iter().any(|fact| matches!(fact, Fact::Service(ServiceFact::JobPreempted { .. }))));
}

#[test]
fn a_waiting_job_of_higher_priority_and_a_quota_come_first() {
    let mut service = offered(9.0, 8, 1);
    service.start = SimTime(0) + Span::from_hours(1);
    let world = serving(&[10], service);
    let mut large = job(1, 80, 86_400);
    large.priority = 50;
    let facts = run(&world, vec![at(0, job(0, 16, 7200)), at(60, large)]);
    assert!(
        hours(&facts).iter().all(|hour| hour.served.requests == 0),
        "the nodes are kept for the large job"
    );
    let mut world = serving(&[10], offered(9.0, 8, 1));
    world.tenants[1].quota_gpus = Some(24);
    let facts = run(&world, vec![]);
    balanced(&world, &facts);
    assert!(replica_hours(&facts, 0).iter().all(|hour| hour.replicas == 3));
}

#[test]
fn failures_take_replicas_and_free_nodes_take_their_place() {
    let failure = |scope, repair| Failure {
        key: "node".into(),
        scope,
        systems: Vec::new(),
        group_nodes: 0,
        mean_time_between: Span::from_hours(20),
        repair,
        repair_sigma: 0.0,
    };
    for (scope, gpus) in [(FailureScope::Node, 4), (FailureScope::Node, 16), (FailureScope::Site, 8)] {
        for repair in [Span::ZERO, Span::from_hours(1)] {
            let mut service = offered(20.0, gpus, 1);
            service.autoscale.start_up = Span::from_seconds(300);
            let mut world = serving(&[60], service);
            world.failures = vec![failure(scope, repair)];
            let facts = run(&world, vec![at(0, job(0, 64, 86_400))]);
            balanced(&world, &facts);
            let lost = facts.iter().filter_map(|fact| match fact {
                Fact::Service(ServiceFact::ReplicasLost { service, failure, replicas, .. }) => {
                    assert_eq!((*service, *failure), (ServiceId(0), Some(FailureId(0))));
                    Some(*replicas)
                }
                _ => None,
            });
            let lost: Vec<u32> = lost.collect();
            assert!(scope == FailureScope::Site || lost.len() > 3, "{lost:?}");
            if scope == FailureScope::Node {
                let each = if gpus == 4 { 2 } else { 1 };
                assert!(lost.iter().all(|&replicas| replicas == each), "{lost:?}");
                // Free nodes took their place at once.
                let last = replica_hours(&facts, 0).last().map(|hour| hour.replicas);
                assert!(last >= Some(20), "{last:?}");
            }
        }
    }
}

/// Random networks keep the laws, are resumed to the same facts, and do not care for the order of simultaneous jobs.
#[test]
fn resumed_runs_say_the_same_and_balance() {
    for placement in [Placement::BestFit, Placement::DomainPack] {
        let mut service = offered(25.0, 4, 2);
        service.when_full = WhenFull::Preempt;
        service.demand.burst = Burst { sigma: 0.4, correlation: Span::from_hours(2) };
        service.autoscale =
            Autoscale { utilisation: 0.7, start_up: Span::from_seconds(200), ..service.autoscale };
        let mut world = serving(&[20, 10], service.clone());
        world.services.push(Service {
            key: "code".into(),
            priority: -5,
            replicas: vec![replica(16)],
            ..service
        });
        world.services[1].routing = Rule::MostRoom;
        world.services[1].demand.level[0].1 /= 12.0;
        world.policy =
            Policy { site_choice: SiteChoice::LeastLoaded, preemption: true, placement, ..world.policy };
        world.failures = vec![Failure {
            key: "node".into(),
            scope: FailureScope::Node,
            systems: Vec::new(),
            group_nodes: 0,
            mean_time_between: Span::from_hours(40),
            repair: Span::from_hours(2),
            repair_sigma: 0.5,
        }];
        let stream = base::Stream::new(8, "jobs");
        let mut now = 0;
        let jobs: Vec<(SimTime, Job)> = (0..400)
            .map(|n| {
                let mut draw = stream.at(n);
                now += draw.below(120) as i64;
                let mut job = job(n, 1 + draw.below(40) as u32, 1 + draw.below(4000) as i64);
                job.workload = WorkloadId(draw.below(2) as u32);
                job.priority = draw.below(8) as i32;
                at(now, job)
            })
            .collect();
        let end = SimTime(0) + Span::from_hours(9);
        let whole = {
            let mut simulation = simulation(&world, &Typical::default());
            let mut facts = facts_of(&mut simulation, jobs.clone(), end, usize::MAX);
            facts.extend(simulation.finish(Twin::close));
            facts
        };
        balanced(&world, &whole);
        assert!(whole.iter().any(|fact| matches!(fact, Fact::Service(ServiceFact::JobPreempted { .. }))));
        assert!(whole.iter().any(|fact| matches!(fact, Fact::Service(ServiceFact::ReplicasLost { .. }))));
        for stop in [1, 50, 333] {
            let mut first = simulation(&world, &Typical::default());
            let mut said = facts_of(&mut first, jobs.clone(), end, stop);
            let bytes = postcard::to_stdvec(&first).expect("the state serialises");
            let mut second: Simulation<Twin> = postcard::from_bytes(&bytes).expect("and comes back");
            let rest = jobs[second.inputs_taken() as usize..].to_vec();
            said.extend(facts_of(&mut second, rest, end, usize::MAX));
            said.extend(second.finish(Twin::close));
            assert!(said == whole, "{placement:?} stopped after {stop}");
        }
    }
}
