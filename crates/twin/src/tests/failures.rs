//! Failures: against closed forms, and against the largest run of which the interruptions are published.

use super::*;
use crate::failure::optimal_interval;
use base::id::FailureId;

fn failure(key: &str, scope: FailureScope, mean_hours: f64, repair_hours: i64) -> Failure {
    Failure {
        key: key.into(),
        scope,
        systems: Vec::new(),
        group_nodes: 0,
        mean_time_between: Span::from_seconds_f64(mean_hours * 3600.0).expect("a span"),
        repair: Span::from_hours(repair_hours),
        repair_sigma: 0.5,
    }
}

fn facts(world: &World, jobs: Vec<(SimTime, Job)>, length: Span) -> Vec<Fact> {
    let mut simulation = simulation(world, &Typical::default());
    let end = SimTime(0) + length;
    let mut facts = facts_of(&mut simulation, jobs, end, usize::MAX);
    facts.extend(simulation.finish(Twin::close));
    facts
}

fn interruptions(facts: &[Fact]) -> usize {
    facts.iter().filter(|fact| matches!(fact, Fact::JobInterrupted { .. })).count()
}

/// The interruptions of the pre-training of Llama 3 405B on 16,384 H100 in 54 days by cause: Grattafiori et al., "The
/// Llama 3 Herd of Models" (arXiv 2407.21783), table 5. Node faults take the node out; software and network do not.
const LLAMA_3: [(&str, FailureScope, u32, i64); 4] = [
    ("gpu", FailureScope::Accelerator, 148 + 72 + 19 + 17 + 6 + 6, 24),
    ("host", FailureScope::Node, 7 + 3 + 3 + 2 + 2 + 2 + 2 + 32, 12),
    ("network", FailureScope::Node, 35, 0),
    ("software", FailureScope::Accelerator, 54 + 7 + 2, 0),
];

#[test]
fn the_llama_3_run_is_interrupted_as_often_as_it_was() {
    let (gpus, days) = (16_384_u32, 54);
    // Meta's cluster had 24,000 accelerators: a failed node is replaced while it is repaired.
    let mut world = world(&[3000], Policy::default());
    world.workloads[0].checkpoint = Checkpoint::Optimal;
    world.workloads[0].checkpoint_write = Span::from_seconds(30);
    world.workloads[0].restart = Span::from_seconds(600);
    let hours = f64::from(days * 24);
    world.failures = LLAMA_3
        .iter()
        .map(|&(key, scope, count, repair)| {
            let units = if scope == FailureScope::Node { gpus / 8 } else { gpus };
            failure(key, scope, f64::from(units) * hours / f64::from(count), repair)
        })
        .collect();
    let (mut counts, mut efficiencies, mut held) = (Vec::new(), Vec::new(), 0.0);
    for seed in 0..20 {
        world.seed = seed;
        let facts = facts(&world, vec![at(0, job(0, gpus, 400 * 86_400))], Span::DAY * i64::from(days));
        counts.push(interruptions(&facts) as f64);
        let Some(Fact::JobEnded(row)) = facts.last() else { panic!("the job is still running") };
        let lost = row.lost.seconds();
        held += row.held.seconds() / (hours * 3600.0) / 20.0;
        let overhead = f64::from(row.interruptions) * 600.0;
        efficiencies.push(1.0 - (lost + overhead + row.wait.seconds()) / (hours * 3600.0));
    }
    let mean = counts.iter().sum::<f64>() / 20.0;
    // 419 in all while it runs; three standard errors of the mean of 20 Poisson counts.
    let expected = 419.0 * held;
    assert!((mean - expected).abs() < 3.0 * (expected / 20.0).sqrt(), "{mean} interruptions, not {expected}");
    assert!(counts.iter().all(|count| (count - 419.0).abs() < 4.0 * 419.0_f64.sqrt()), "{counts:?}");
    assert!(efficiencies.iter().all(|&share| share > 0.90), "effective training time: {efficiencies:?}");
}

#[test]
fn switches_blocks_and_sites_take_all_their_nodes_at_once() {
    let mut world = world(&[100], Policy::default());
    world.blocks = [("a", 40), ("b", 60)]
        .map(|(key, count)| Block {
            key: key.into(),
            equipment: vec![(SystemId(0), count)],
            ..world.blocks[0].clone()
        })
        .to_vec();
    world.sites[0].blocks = 0..2;
    for (scope, group, sizes) in [
        (FailureScope::Group, 16, vec![16, 8, 12]),
        (FailureScope::Block, 0, vec![40, 60]),
        (FailureScope::Site, 0, vec![100]),
    ] {
        world.failures = vec![Failure { group_nodes: group, ..failure("common", scope, 3000.0, 1) }];
        let facts = facts(&world, vec![], Span::DAY * 365);
        let down: Vec<u32> = facts
            .iter()
            .filter_map(|fact| if let Fact::NodesDown { nodes, .. } = fact { Some(*nodes) } else { None })
            .collect();
        // 40 nodes are two groups of 16 and one of 8; 60 are three and one of 12.
        let units = match scope {
            FailureScope::Group => 7.0,
            FailureScope::Block => 2.0,
            _ => 1.0,
        };
        let expected = units * 8760.0 / 3000.0;
        assert!((down.len() as f64 - expected).abs() < 4.0 * expected.sqrt(), "{scope:?}: {}", down.len());
        assert!(down.iter().all(|nodes| sizes.contains(nodes)), "{scope:?}: {down:?}");
    }
}

#[test]
fn the_optimal_interval_is_that_of_the_closed_form_and_of_the_simulation() {
    // Daly's equation 37 by hand: 5 minutes to write, 10 hours between interruptions.
    let (write, mean) = (Span::from_seconds(300), 36_000.0e9);
    let interval = optimal_interval(write, mean).seconds();
    let by_hand = (2.0_f64 * 300.0 * 36_000.0).sqrt()
        * (1.0 + (1.0_f64 / 240.0).sqrt() / 3.0 + 1.0 / 240.0 / 9.0)
        - 300.0;
    assert!((interval - by_hand).abs() < 1e-6, "{interval} {by_hand}");
    assert_eq!(
        optimal_interval(Span::from_seconds(90_000), mean).seconds(),
        36_000.0,
        "dearer than losing all"
    );

    let work = |every: f64| {
        let mut world = world(&[1], Policy::default());
        world.failures = vec![failure("node", FailureScope::Node, 10.0, 0)];
        world.workloads[0].checkpoint = Checkpoint::Every(Span::from_seconds_f64(every).expect("a span"));
        world.workloads[0].checkpoint_write = write;
        let length = Span::DAY * 2000;
        let facts = facts(&world, vec![at(0, job(0, 8, 9_000_000_000 / 2))], length);
        let Some(Fact::JobEnded(row)) = facts.last() else { panic!("the job is still running") };
        // Work done in the end: time held, less checkpoints, less what was lost.
        row.held.seconds() * every / (every + 300.0) - row.lost.seconds()
    };
    let (best, half, twice) = (work(interval), work(interval / 2.0), work(interval * 2.0));
    assert!(best > half && best > twice, "{half} {best} {twice}");
}

#[test]
fn nodes_are_down_as_long_as_renewal_theory_says() {
    let mut world = world(&[200], Policy::default());
    world.failures = vec![failure("node", FailureScope::Node, 100.0, 5)];
    let facts = facts(&world, vec![], Span::from_hours(2000));
    let (mut down, mut installed) = (0.0, 0.0);
    for fact in &facts {
        if let Fact::SiteHour(hour) = fact {
            assert_eq!(hour.installed, hour.busy + hour.idle + hour.down);
            down += hour.down as f64;
            installed += hour.installed as f64;
        }
    }
    // Mean of a lognormal: median times exp(sigma^2 / 2); unavailable: repair over repair and time between.
    let repair = 5.0 * (0.125_f64).exp();
    let expected = repair / (100.0 + repair);
    let share = down / installed;
    assert!((share / expected - 1.0).abs() < 0.05, "{share} of the time down, not {expected}");
}

#[test]
fn a_failed_domain_takes_its_jobs_and_only_those() {
    let mut world = world(&[8], Policy { placement: Placement::FirstFit, ..Policy::default() });
    world.systems[0].scale_up_domain = 16;
    world.failures = vec![failure("rack", FailureScope::Domain, 500.0, 4)];
    world.workloads[0].restart = Span::from_seconds(100);
    let jobs = (0..4).map(|n| at(0, job(n, 16, 4_000_000))).collect();
    let facts = facts(&world, jobs, Span::from_hours(1000));
    let down: Vec<_> = facts.iter().filter(|fact| matches!(fact, Fact::NodesDown { .. })).collect();
    assert!(!down.is_empty());
    for fact in &down {
        let Fact::NodesDown { nodes, gpus, failure, .. } = fact else { continue };
        assert_eq!((*nodes, *gpus, *failure), (2, 16, FailureId(0)));
    }
    // Four racks, four jobs of one rack each: every failure while all run interrupts one.
    assert!(interruptions(&facts) <= down.len() && interruptions(&facts) * 2 > down.len());
    let rows = facts.iter().filter_map(|fact| if let Fact::JobEnded(row) = fact { Some(row) } else { None });
    for row in rows {
        let unfinished = row.outcome != JobOutcome::Finished;
        assert!(
            unfinished
                || row.held
                    == row.runtime + row.lost + Span::from_seconds(100) * i64::from(row.interruptions)
        );
    }
}

#[test]
fn a_site_more_leaves_the_failures_of_the_others_unchanged() {
    let failures = |sites: &[u32]| {
        let mut world = world(sites, Policy::default());
        world.failures = vec![
            failure("gpu", FailureScope::Accelerator, 1000.0, 2),
            failure("grid", FailureScope::Site, 300.0, 1),
        ];
        let facts = facts(&world, vec![], Span::from_hours(500));
        facts
            .into_iter()
            .filter(|fact| matches!(fact, Fact::NodesDown { site: SiteId(0), .. }))
            .collect::<Vec<_>>()
    };
    let alone = failures(&[10]);
    assert!(alone.len() > 10);
    assert_eq!(failures(&[10, 4]), alone);
}

/// Two running jobs, of five and ten of twenty nodes, and one that waits for all of them with a higher priority. The
/// rows of the two.
fn with_one_that_waits(nodes: u32, after_failure: AfterFailure) -> Vec<JobRow> {
    let backfill = Backfill::None;
    let mut world =
        world(&[nodes], Policy { backfill, placement: Placement::DomainPack, ..Policy::default() });
    world.failures = vec![failure("node", FailureScope::Node, 2000.0, 1)];
    world.workloads[0].after_failure = after_failure;
    world.workloads[0].checkpoint = Checkpoint::Every(Span::HOUR);
    world.workloads[0].restart = Span::from_seconds(60);
    let mut jobs =
        vec![at(0, job(0, 40, 3600 * 1000)), at(0, job(1, 80, 3600 * 1000)), at(1, job(2, 160, 60))];
    jobs[2].1.priority = 5;
    let facts = facts(&world, jobs, Span::from_hours(900));
    let rows =
        facts.into_iter().filter_map(|fact| if let Fact::JobEnded(row) = fact { Some(row) } else { None });
    rows.filter(|row| row.job < 2).collect()
}

#[test]
fn a_failed_node_is_replaced_and_the_job_keeps_the_others() {
    for row in with_one_that_waits(20, AfterFailure::Replace) {
        assert!(row.interruptions > 1, "{row:?}");
        assert_eq!((row.wait, row.nodes), (Span::ZERO, (row.gpu_milli / 8000) as u32), "{row:?}");
        assert!(row.lost < Span::HOUR * i64::from(row.interruptions));
    }
    let queued = with_one_that_waits(20, AfterFailure::Requeue);
    assert!(queued.iter().any(|row| row.wait > Span::from_hours(1)), "who gives all back waits: {queued:?}");
    let without_spares = with_one_that_waits(15, AfterFailure::Replace);
    assert!(without_spares.iter().any(|row| row.wait > Span::ZERO), "nothing is free: {without_spares:?}");
}

/// The promise to the head of the queue is carried over failures, replacements and repairs: each pass counts it again
/// from nothing (`easy::audit`), and asserts that it is the same.
#[test]
fn a_promise_is_kept_up_to_date_while_nodes_fail() {
    for placement in [Placement::BestFit, Placement::DomainPack] {
        let backfill = Backfill::Easy { depth: None };
        let mut world = world(&[30], Policy { backfill, placement, ..Policy::default() });
        world.failures = vec![
            failure("gpu", FailureScope::Accelerator, 1000.0, 3),
            failure("software", FailureScope::Node, 500.0, 0),
            failure("rack", FailureScope::Domain, 700.0, 2),
        ];
        world.systems[0].scale_up_domain = 16;
        world.workloads[0].checkpoint = Checkpoint::Every(Span::HOUR);
        let draws = base::Stream::new(5, "jobs");
        let jobs = (0..1500).map(|number| {
            let mut draws = draws.at(number);
            let gpus = [1, 2, 8, 16, 40, 120, 200][draws.below(7) as usize];
            let seconds = 60 + draws.below(40_000) as i64;
            let mut job = job(number, gpus, seconds);
            job.requested = Span::from_seconds(seconds * (1 + draws.below(3) as i64));
            if gpus == 1 {
                job.demand.gpu_milli = 100 * (1 + draws.below(9) as u32);
            }
            at(number as i64 * 1800, job)
        });
        let facts = facts(&world, jobs.collect(), Span::DAY * 40);
        let count = |wanted: fn(&Fact) -> bool| facts.iter().filter(|fact| wanted(fact)).count();
        assert!(count(|fact| matches!(fact, Fact::JobInterrupted { .. })) > 100);
        assert!(count(|fact| matches!(fact, Fact::NodesUp { .. })) > 100);
        assert!(crate::schedule::audited() > 100, "promises are counted again");
    }
}
