//! The twin on worlds that can be followed by hand.

mod failures;
mod powered_services;
mod services;

use crate::{AcceleratorSet, Fact, Job, JobOutcome, JobRow, Twin, Typical, simulation};
use base::id::{AcceleratorId, SiteId, SystemId, TenantId, WorkloadId};
use base::{ItPower, SimTime, Span};
use kernel::Simulation;
use scenario::World;
use scenario::world::*;
use std::ops::ControlFlow;
use trace::Demand;

/// Sites with so many nodes of eight accelerators each, two tenants, two workloads (the second is preemptible with a
/// checkpoint every 100 s), everything ready at the start.
fn world(nodes: &[u32], policy: Policy) -> World {
    let block = |(i, &count): (usize, &u32)| Block {
        key: "b".into(),
        site: SiteId::new(i),
        it_power: ItPower::from_mw(1.0),
        ready: SimTime(0),
        equipment: vec![(SystemId(0), count)],
    };
    let site = |(i, _): (usize, &u32)| Site {
        key: format!("s{i}"),
        name: format!("site {i}"),
        latitude_deg: 32.0,
        longitude_deg: -99.0,
        usd_per_gpu_hour: Some(3.0 - i as f64),
        spares: 0.0,
        blocks: i as u32..i as u32 + 1,
        ..Site::default()
    };
    let tenant = |key: &str, weight| Tenant {
        key: key.into(),
        weight,
        priority: 0,
        quota_gpus: None,
        ..Tenant::default()
    };
    let workload = |key: &str, preemptible| Workload {
        key: key.into(),
        tenant: TenantId(0),
        home: None,
        data_gb: 0.0,
        start: SimTime(0),
        end: SimTime(i64::MAX),
        priority: 0,
        preemptible,
        checkpoint: if preemptible { Checkpoint::Every(Span::from_seconds(100)) } else { Checkpoint::Never },
        checkpoint_write: Span::ZERO,
        restart: Span::ZERO,
        after_failure: AfterFailure::Replace,
        accelerators: Vec::new(),
        source: JobSource::Trace { path: "none".into(), format: "csv".into(), time_scale: 1.0, repeat: 1 },
    };
    World {
        name: "by hand".into(),
        description: String::new(),
        seed: 1,
        start: SimTime(0),
        end: SimTime(0) + Span::DAY * 365,
        accelerators: vec!["h100".into()],
        systems: vec![System {
            key: "hgx".into(),
            name: "HGX".into(),
            accelerator: Some(AcceleratorId(0)),
            nodes: 1,
            accelerators_per_node: 8,
            cpu_milli: 0,
            memory_mib: 0,
            accelerator_memory_gb: 80.0,
            it_power: ItPower::from_mw(0.01),
            scale_up_domain: 8,
            ..System::default()
        }],
        sites: nodes.iter().enumerate().map(site).collect(),
        blocks: nodes.iter().enumerate().map(block).collect(),
        links: Vec::new(),
        tenants: vec![tenant("a", 1.0), tenant("b", 2.0)],
        partners: Vec::new(),
        agreements: Vec::new(),
        offers: Vec::new(),
        workloads: vec![workload("firm", false), workload("spare", true)],
        failures: Vec::new(),
        energy: None,
        regions: Vec::new(),
        services: Vec::new(),
        policy,
        books: None,
        expectations: Vec::new(),
        figures: Vec::new(),
        ..World::default()
    }
}

fn job(number: u64, gpus: u32, seconds: i64) -> Job {
    Job {
        number,
        workload: WorkloadId(0),
        tenant: TenantId(0),
        home: None,
        priority: 0,
        demand: Demand::gpus(gpus),
        accelerators: AcceleratorSet::ANY,
        runtime: Span::from_seconds(seconds),
        requested: Span::from_seconds(seconds),
    }
}

fn at(seconds: i64, job: Job) -> (SimTime, Job) {
    (SimTime(0) + Span::from_seconds(seconds), job)
}

fn run(world: &World, jobs: Vec<(SimTime, Job)>) -> Vec<Fact> {
    let mut simulation = simulation(world, &Typical::default());
    let mut facts = Vec::new();
    let mut observe = |_: SimTime, said: &mut Vec<Fact>| {
        facts.append(said);
        ControlFlow::Continue(())
    };
    simulation.run(&mut jobs.into_iter().peekable(), SimTime(0) + Span::from_hours(10), &mut observe);
    facts.extend(simulation.finish(Twin::close));
    facts
}

fn rows(world: &World, jobs: Vec<(SimTime, Job)>) -> Vec<JobRow> {
    let mut rows: Vec<JobRow> = run(world, jobs)
        .into_iter()
        .filter_map(|fact| if let Fact::JobEnded(row) = fact { Some(row) } else { None })
        .collect();
    rows.sort_by_key(|row| row.job);
    rows
}

/// Start of each job in seconds; -1 if it never ran.
fn starts(world: &World, jobs: Vec<(SimTime, Job)>) -> Vec<i64> {
    rows(world, jobs).iter().map(|row| row.start.map_or(-1, |start| start.0 / 1_000_000_000)).collect()
}

fn policy(order: QueueOrder, backfill: Backfill) -> Policy {
    Policy { order, backfill, ..Policy::default() }
}

const EASY: Backfill = Backfill::Easy { depth: None };

#[test]
fn rules_of_overtaking_differ_as_the_textbook_says() {
    // Two nodes of 8. Job 0 takes 12 until 100; job 1 wants both nodes; job 2 is short, job 3 long, job 4 small and long.
    let jobs = || {
        vec![
            at(0, job(0, 12, 100)),
            at(1, job(1, 16, 50)),
            at(2, job(2, 4, 90)),
            at(3, job(3, 2, 500)),
            at(4, job(4, 4, 40)),
        ]
    };
    let starts = |backfill| starts(&world(&[2], policy(QueueOrder::Fcfs, backfill)), jobs());
    assert_eq!(starts(Backfill::None), [0, 100, 150, 150, 150]);
    assert_eq!(starts(EASY), [0, 100, 2, 150, 150], "4 would fit only after 2");
    assert_eq!(starts(Backfill::Easy { depth: Some(1) }), [0, 100, 2, 150, 150]);
    assert_eq!(starts(Backfill::Conservative { depth: None }), [0, 100, 2, 150, 150]);
    let shortest = world(&[2], policy(QueueOrder::Sjf, Backfill::None));
    assert_eq!(self::starts(&shortest, jobs()), [0, 100, 150, 150, 4], "4 comes before 1, which blocks");
}

#[test]
fn easy_looks_only_as_deep_as_it_is_told() {
    let jobs =
        || vec![at(0, job(0, 12, 100)), at(1, job(1, 16, 50)), at(2, job(2, 4, 500)), at(3, job(3, 4, 50))];
    let starts = |depth| starts(&world(&[2], policy(QueueOrder::Fcfs, Backfill::Easy { depth })), jobs());
    assert_eq!(starts(Some(1)), [0, 100, 150, 150]);
    assert_eq!(starts(Some(2)), [0, 100, 150, 3]);
}

#[test]
fn a_promise_moves_forward_when_a_job_ends_early() {
    let mut early = job(0, 16, 50);
    early.requested = Span::from_seconds(1000);
    let jobs = vec![at(0, early), at(1, job(1, 16, 10)), at(2, job(2, 8, 10))];
    assert_eq!(starts(&world(&[2], policy(QueueOrder::Fcfs, EASY)), jobs), [0, 50, 60]);
}

#[test]
fn higher_priority_stops_preemptible_work_which_goes_on_from_its_checkpoint() {
    let world = world(&[2], Policy { preemption: true, ..Policy::default() });
    let spare = |number, gpus| Job { workload: WorkloadId(1), ..job(number, gpus, 400) };
    let urgent = Job { priority: 5, ..job(3, 8, 60) };
    // Jobs 0 (old) and 1 (young) are preemptible, each on its node; job 2 is firm and waits for priority of its own.
    let rows = rows(&world, vec![at(0, spare(0, 8)), at(10, spare(1, 8)), at(260, urgent)]);
    let urgent = &rows[2];
    assert_eq!(urgent.wait, Span::ZERO);
    let stopped = &rows[1];
    assert_eq!((stopped.preemptions, stopped.lost), (1, Span::from_seconds(50)), "250 s done, 200 kept");
    assert_eq!(stopped.wait, Span::from_seconds(60));
    assert_eq!(stopped.end, Some(SimTime(0) + Span::from_seconds(260 + 60 + 200)));
    assert_eq!(rows[0].preemptions, 0);
}

#[test]
fn fair_share_serves_the_tenant_that_holds_less_for_its_weight() {
    let world = world(&[1], policy(QueueOrder::FairShare, EASY));
    let of = |tenant, number| Job { tenant: TenantId(tenant), ..job(number, 1, 100 + number as i64) };
    let mut jobs = vec![at(0, job(0, 8, 10))];
    jobs.extend((1..=6).map(|n| at(1, of(0, n))));
    jobs.extend((7..=12).map(|n| at(1, of(1, n))));
    let rows = rows(&world, jobs);
    let first: Vec<u32> = rows
        .iter()
        .filter(|row| row.start.map(|s| s.0) == Some(10_000_000_000))
        .map(|row| row.tenant.0)
        .collect();
    assert_eq!(
        first.iter().filter(|&&tenant| tenant == 0).count(),
        3,
        "weights 1 and 2 share 8 as 3 and 5: {first:?}"
    );
}

#[test]
fn a_quota_holds_over_all_sites_and_blocks_nobody_else() {
    let mut world = world(&[1, 1], Policy { site_choice: SiteChoice::LeastLoaded, ..Policy::default() });
    world.tenants[0].quota_gpus = Some(8);
    let other = Job { tenant: TenantId(1), ..job(3, 8, 10) };
    let jobs = vec![at(0, job(0, 8, 100)), at(1, job(1, 4, 10)), at(2, job(2, 9, 10)), at(3, other)];
    let rows = rows(&world, jobs);
    assert_eq!(rows[1].start, Some(SimTime(0) + Span::from_seconds(100)));
    assert_eq!(rows[2].outcome, JobOutcome::Rejected, "more than the quota, for ever");
    assert_eq!(rows[3].wait, Span::ZERO);
}

#[test]
fn sites_are_chosen_as_named() {
    let sent = |choice, warm: Vec<Job>| {
        let world = world(&[2, 3, 1], Policy { site_choice: choice, ..Policy::default() });
        let last = warm.len();
        let jobs = warm
            .into_iter()
            .map(|job| at(0, job))
            .chain([at(1, Job { home: Some(SiteId(1)), ..job(99, 8, 5) })]);
        rows(&world, jobs.collect())[last].site
    };
    let busy = || vec![Job { home: Some(SiteId(1)), ..job(0, 24, 100) }];
    assert_eq!(sent(SiteChoice::HomeFirst, busy()), Some(SiteId(1)));
    assert_eq!(sent(SiteChoice::Cheapest, busy()), Some(SiteId(2)));
    assert_eq!(sent(SiteChoice::MostFree, vec![]), Some(SiteId(1)));
    assert_eq!(sent(SiteChoice::MostFree, busy()), Some(SiteId(0)));
    assert_eq!(sent(SiteChoice::LeastLoaded, vec![]), Some(SiteId(0)));
    assert_eq!(sent(SiteChoice::HomeFirst, vec![]), Some(SiteId(1)));
}

/// A site is chosen for what stands there: one that will be cheaper, or emptier, or is home, is no use until it is there.
#[test]
fn a_site_is_not_chosen_before_anything_stands_there() {
    for choice in [SiteChoice::HomeFirst, SiteChoice::LeastLoaded, SiteChoice::MostFree, SiteChoice::Cheapest]
    {
        let easy = policy(QueueOrder::Fcfs, Backfill::None);
        let mut world = world(&[4, 4], Policy { site_choice: choice, ..easy });
        // The second site is the cheaper one and the jobs' home.
        world.blocks[1].ready = SimTime(0) + Span::from_seconds(5000);
        let home = |number| Job { home: Some(SiteId(1)), ..job(number, 16, 2000) };
        let rows = rows(&world, vec![at(10, home(0)), at(6000, home(1))]);
        let sites: Vec<_> = rows.iter().map(|row| (row.site, row.wait)).collect();
        let other = if choice == SiteChoice::LeastLoaded || choice == SiteChoice::MostFree { 0 } else { 1 };
        assert_eq!(sites[0], (Some(SiteId(0)), Span::ZERO), "{choice:?}");
        assert_eq!(sites[1], (Some(SiteId(other)), Span::ZERO), "{choice:?}");
        // Where there is no other, it waits for its site.
        world.blocks[0].ready = world.blocks[1].ready;
        let rows = self::rows(&world, vec![at(10, home(0))]);
        assert_eq!(rows[0].wait, Span::from_seconds(4990), "{choice:?}");
    }
}

/// A divisible job takes nodes of the largest size of which there are enough; it is not turned away for one large node.
#[test]
fn a_divisible_job_takes_the_nodes_that_there_are() {
    let mut world = world(&[10], policy(QueueOrder::Fcfs, Backfill::Easy { depth: None }));
    let large = world.systems[0].clone();
    world.systems[0].accelerators_per_node = 4;
    world.systems.push(large);
    world.blocks[0].equipment.push((SystemId(1), 1));
    for (gpus, nodes) in [(8, 1), (12, 2), (16, 4), (44, 11), (48, 11)] {
        let rows = rows(&world, vec![at(0, job(0, gpus, 100)), at(1, job(1, gpus, 100))]);
        assert_eq!((rows[0].outcome, rows[0].nodes), (JobOutcome::Finished, nodes), "{gpus}");
        assert_eq!(rows[1].outcome, JobOutcome::Finished, "{gpus}");
    }
    // The one large node is taken: the next takes two small ones.
    let two = rows(&world, vec![at(0, job(0, 8, 100)), at(1, job(1, 8, 100))]);
    assert_eq!((two[1].wait, two[1].nodes), (Span::ZERO, 2));
    let rows = rows(&world, vec![at(0, job(0, 49, 100))]);
    assert_eq!(rows[0].outcome, JobOutcome::Rejected);
}

#[test]
fn data_takes_its_time_over_the_link_and_no_link_is_no_way() {
    let mut world = world(&[1, 1, 1], Policy { site_choice: SiteChoice::Cheapest, ..Policy::default() });
    world.workloads[0].data_gb = 100.0;
    let round_trip = Span::from_seconds_f64(0.02).expect("a span");
    world.links = vec![Link { ends: [SiteId(1), SiteId(0)], round_trip, gbit_per_s: 80.0 }];
    let rows = rows(&world, vec![at(0, Job { home: Some(SiteId(0)), ..job(0, 8, 5) })]);
    assert_eq!(rows[0].site, Some(SiteId(1)), "site 2 is cheaper, but no link leads there");
    assert_eq!(rows[0].wait, Span::from_seconds_f64(10.01).expect("a span"));
}

#[test]
fn capacity_counts_from_the_day_it_is_energised() {
    let mut world = world(&[1, 1], Policy::default());
    world.blocks[0].site = SiteId(0);
    world.blocks[1].site = SiteId(0);
    world.sites.truncate(1);
    world.sites[0].blocks = 0..2;
    world.blocks[1].ready = SimTime(0) + Span::from_seconds(5400);
    let facts = run(&world, vec![at(0, job(0, 16, 100)), at(1, job(1, 17, 100))]);
    let hours: Vec<_> = facts
        .iter()
        .filter_map(|fact| if let Fact::SiteHour(hour) = fact { Some(hour) } else { None })
        .collect();
    let gpu_hours = |time: u128| time as f64 / crate::fact::GPU_HOUR;
    assert_eq!(
        hours.iter().take(3).map(|hour| gpu_hours(hour.installed)).collect::<Vec<_>>(),
        [8.0, 12.0, 16.0]
    );
    assert_eq!(hours.len(), 10);
    assert!(hours.iter().all(|hour| hour.installed == hour.busy + hour.idle + hour.down));
    let busy: u128 = hours.iter().map(|hour| hour.busy).sum();
    assert_eq!(busy, 16_000 * 100_000_000_000);
    let ended: Vec<_> = facts
        .iter()
        .filter_map(|fact| if let Fact::JobEnded(row) = fact { Some(row) } else { None })
        .collect();
    assert_eq!(ended[0].outcome, JobOutcome::Rejected);
    assert_eq!(ended[1].start, Some(world.blocks[1].ready));
}

#[test]
fn a_resumed_run_says_the_same() {
    let mut world = world(
        &[3, 2],
        Policy { site_choice: SiteChoice::LeastLoaded, preemption: true, ..Policy::default() },
    );
    for placement in [Placement::BestFit, Placement::Fgd, Placement::DomainPack] {
        world.policy.placement = placement;
        let stream = base::Stream::new(5, "jobs");
        let mut now = 0;
        let jobs: Vec<(SimTime, Job)> = (0..400)
            .map(|n| {
                let mut draw = stream.at(n);
                now += draw.below(20) as i64;
                let mut job = job(n, 1 + draw.below(12) as u32, 1 + draw.below(200) as i64);
                job.workload = WorkloadId(draw.below(2) as u32);
                job.priority = draw.below(3) as i32;
                job.requested = Span(job.runtime.0 * (1 + draw.below(3) as i64));
                at(now, job)
            })
            .collect();
        let end = SimTime(0) + Span::from_hours(3);
        let typical = Typical::of([(&Demand::gpus(2), AcceleratorSet::ANY)]);
        let whole = facts_of(&mut simulation(&world, &typical), jobs.clone(), end, usize::MAX);
        assert!(whole.iter().any(|fact| matches!(fact, Fact::JobPreempted { .. })));
        for stop in [1, 50, 333] {
            let mut first = simulation(&world, &typical);
            let mut said = facts_of(&mut first, jobs.clone(), end, stop);
            let bytes = postcard::to_stdvec(&first).expect("the state serialises");
            let mut second: Simulation<Twin> = postcard::from_bytes(&bytes).expect("and comes back");
            let rest = jobs[second.inputs_taken() as usize..].to_vec();
            said.extend(facts_of(&mut second, rest, end, usize::MAX));
            assert!(said == whole, "{placement:?} stopped after {stop}");
        }
    }
}

fn facts_of(
    simulation: &mut Simulation<Twin>,
    jobs: Vec<(SimTime, Job)>,
    end: SimTime,
    instants: usize,
) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut left = instants;
    simulation.run(&mut jobs.into_iter().peekable(), end, |_, said| {
        facts.append(said);
        left -= 1;
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    facts
}
