//! Queues of partners on machines that offers have bound: what is whose does not change whose turn it is.
#![allow(clippy::unwrap_used)]

use base::id::{TenantId, WorkloadId};
use base::{SimTime, Span};
use proptest::prelude::*;
use scenario::{Origin, World, read};
use std::ops::ControlFlow;
use trace::Demand;
use twin::{AcceleratorSet, Fact, Job, JobOutcome, Typical, simulation};

/// Two blocks of 64 accelerators, tenants of two partners and one of nobody. `small` may be stopped by what has priority.
const BASE: &str = r#"
edition = 2026
[horizon]
start = "2026-01-01"
length = "400 days"
[policy]
backfill = "BACKFILL"
preemption = true
[system.node]
accelerator = "gpu"
accelerators_per_node = 8
power_kw = 100.0
[site.lab]
latitude_deg = 1.0
longitude_deg = 1.0
[site.lab.block.one]
it_mw = 1.0
systems = [{ system = "node", count = 8 }]
[site.lab.block.two]
it_mw = 1.0
systems = [{ system = "node", count = 8 }]
[partner.host]
[partner.first]
[partner.second]
[tenant.of-first]
partner = "first"
[tenant.of-first-too]
partner = "first"
[tenant.of-second]
partner = "second"
[workload.jobs]
tenant = "of-first"
preemptible = true
[workload.jobs.arrivals]
per_hour = 0.01
[workload.jobs.sizes]
distribution = "weighted"
weights = { 1 = 1.0 }
[workload.jobs.durations]
distribution = "constant"
mean = "1 h"
"#;

const FIRST: TenantId = TenantId(0);
const FIRST_TOO: TenantId = TenantId(1);
const SECOND: TenantId = TenantId(2);
const RULES: [&str; 3] = ["none", "easy", "conservative"];

/// With the blocks bound to these partners from the start.
fn world(rule: &str, bound: &[(&str, &str)]) -> World {
    let offer = |&(block, partner): &(&str, &str)| {
        format!(
            "[offer.{block}]\ngrantor = \"host\"\nthird = \"{partner}\"\nblocks = [\"lab.{block}\"]\n\
             usd_per_mw_month = 1.0\nmonths = 60\n"
        )
    };
    let offers: String = bound.iter().map(offer).collect();
    let text = BASE.replace("BACKFILL", rule) + &offers;
    let reading = read(&Origin::Text { name: "t.toml".into(), text }, &[]);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")))
}

fn job(number: u64, tenant: TenantId, gpus: u32, hours: i64) -> Job {
    Job {
        number,
        workload: WorkloadId(0),
        tenant,
        home: None,
        priority: 0,
        demand: Demand::gpus(gpus),
        accelerators: AcceleratorSet::ANY,
        runtime: Span::HOUR * hours,
        requested: Span::HOUR * hours,
    }
}

/// When each job started or was stopped, in order.
fn turns(world: &World, jobs: &[(SimTime, Job)]) -> Vec<(SimTime, u64, bool)> {
    let mut simulation = simulation(world, &Typical::default());
    let mut found = Vec::new();
    simulation.run(&mut jobs.iter().cloned().peekable(), world.end, |now, facts| {
        for fact in facts.drain(..) {
            match fact {
                Fact::JobStarted { job, .. } => found.push((now, job, true)),
                Fact::JobPreempted { job, .. } => found.push((now, job, false)),
                _ => {}
            }
        }
        ControlFlow::Continue(())
    });
    found
}

fn start_of(turns: &[(SimTime, u64, bool)], job: u64, world: &World) -> i64 {
    let start = turns.iter().find(|turn| turn.1 == job && turn.2).map(|turn| turn.0);
    start.map_or(-1, |start| (start - world.start).0 / Span::HOUR.0)
}

#[test]
fn small_jobs_do_not_pass_a_large_one_of_their_partner_for_ever() {
    for rule in RULES {
        let bound = world(rule, &[("one", "first"), ("two", "second")]);
        let at = |hours: i64| bound.start + Span::HOUR * hours;
        // The first partner's 64 accelerators are busy with jobs of eight, and one more comes every hour; its large job
        // comes after the first of them.
        let mut jobs: Vec<(SimTime, Job)> = (0..8).map(|n| (at(1), job(n, FIRST, 8, 10))).collect();
        jobs.push((at(2), job(100, FIRST_TOO, 64, 10)));
        jobs.extend((0..200).map(|n| (at(3 + n), job(200 + n as u64, FIRST, 8, 20))));
        // The second partner's are free: its jobs start when they come.
        jobs.extend((0..20).map(|n| (at(3 + 10 * n), job(500 + n as u64, SECOND, 32, 5))));
        jobs.sort_by_key(|job| job.0);
        let turns = turns(&bound, &jobs);
        assert_eq!(start_of(&turns, 100, &bound), 11, "{rule}: when the first eight have ended");
        for n in 0..20 {
            assert_eq!(start_of(&turns, 500 + n as u64, &bound), 3 + 10 * n, "{rule}: {n}");
        }
    }
}

#[test]
fn priority_stops_jobs_that_hold_what_the_partner_may_use() {
    let bound = world("easy", &[("one", "first"), ("two", "second")]);
    let at = |hours: i64| bound.start + Span::HOUR * hours;
    let urgent = Job { priority: 5, ..job(9, FIRST_TOO, 32, 2) };
    // The second partner's job came last, and stopping it would give the first one nothing that it may use.
    let jobs = [
        (at(1), job(0, FIRST, 32, 50)),
        (at(2), job(1, FIRST, 32, 50)),
        (at(3), job(2, SECOND, 64, 50)),
        (at(4), urgent),
    ];
    let turns = turns(&bound, &jobs);
    let stopped: Vec<u64> = turns.iter().filter(|turn| !turn.2).map(|turn| turn.1).collect();
    assert_eq!((stopped, start_of(&turns, 9, &bound)), (vec![1], 4));
}

fn drawn() -> impl Strategy<Value = Vec<(i64, u32, i64, i32, bool)>> {
    let size = prop_oneof![1u32..9, Just(16), Just(32), Just(64), Just(128)];
    proptest::collection::vec((0i64..200, size, 1i64..60, 0i32..3, any::<bool>()), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Where one partner has everything, its queue is what it is where nothing is anybody's.
    #[test]
    fn a_partner_that_has_everything_queues_as_if_nothing_were_bound(drawn in drawn(), rule in 0usize..3) {
        let bound = world(RULES[rule], &[("one", "first"), ("two", "first")]);
        let free = world(RULES[rule], &[]);
        let mut jobs: Vec<(SimTime, Job)> = Vec::new();
        for (n, (hour, gpus, hours, priority, first)) in drawn.into_iter().enumerate() {
            let tenant = if first { FIRST } else { FIRST_TOO };
            let job = Job { priority, ..job(n as u64, tenant, gpus, hours) };
            // After the offers have closed.
            jobs.push((bound.start + Span::HOUR * (hour + 1), job));
        }
        jobs.sort_by_key(|job| job.0);
        prop_assert_eq!(turns(&bound, &jobs), turns(&free, &jobs));
    }

    /// No partner ever holds more than its own and what nobody has bound.
    #[test]
    fn nobody_holds_what_is_another_partners(drawn in drawn(), rule in 0usize..3) {
        let bound = world(RULES[rule], &[("one", "first")]);
        let mut jobs: Vec<(SimTime, Job)> = Vec::new();
        let mut sizes = Vec::new();
        for (n, (hour, gpus, hours, priority, first)) in drawn.into_iter().enumerate() {
            let tenant = if first { FIRST } else { SECOND };
            sizes.push((tenant, gpus));
            let job = Job { priority, ..job(n as u64, tenant, gpus, hours) };
            jobs.push((bound.start + Span::HOUR * (hour + 1), job));
        }
        jobs.sort_by_key(|job| job.0);
        let mut simulation = simulation(&bound, &Typical::default());
        let (mut held, mut most) = ([0u32; 3], 0);
        let mut done = 0;
        simulation.run(&mut jobs.iter().cloned().peekable(), bound.end, |_, facts| {
            for fact in facts.drain(..) {
                let (job, more) = match fact {
                    Fact::JobStarted { job, .. } => (job, true),
                    Fact::JobPreempted { job, .. } => (job, false),
                    Fact::JobEnded(ref row) if row.outcome == JobOutcome::Finished => {
                        done += 1;
                        (row.job, false)
                    }
                    _ => continue,
                };
                let (tenant, gpus) = sizes[job as usize];
                let held = &mut held[tenant.index()];
                *held = if more { *held + gpus } else { held.saturating_sub(gpus) };
            }
            most = most.max(held[SECOND.index()]);
            ControlFlow::Continue(())
        });
        // Of 128, 64 are the first partner's: the second has 64 at most, and all that can run have run.
        prop_assert!(most <= 64, "{most}");
        let can = sizes.iter().filter(|(tenant, gpus)| *tenant == FIRST || *gpus <= 64).count();
        prop_assert_eq!(done, can);
    }
}
