//! Accelerator time is conserved, exactly: what is installed is busy, idle or down, and what is busy was held by jobs.
//! Random networks with capacity that comes later, failures, preemption, shares and gangs; everything is an integer.
#![allow(clippy::unwrap_used)]

mod fixture;

use base::id::{SiteId, SystemId, TenantId, WorkloadId};
use base::{ItPower, SimTime, Span};
use fixture::{Kind, facts, gpus, job, world};
use proptest::prelude::*;
use scenario::World;
use scenario::world::*;
use std::collections::BTreeMap;
use trace::Demand;
use twin::fact::GpuTime;
use twin::{Fact, Job, JobOutcome, Typical};

/// Sites, each of some kinds of nodes; the second block of each is energised later.
fn network() -> impl Strategy<Value = Vec<Vec<(Kind, u32)>>> {
    let node = prop_oneof![Just(gpus(1)), Just(gpus(4)), Just(gpus(8))];
    let kinds = proptest::collection::vec((node, 1u32..4), 1..4);
    proptest::collection::vec(kinds, 1..4)
}

fn policy() -> impl Strategy<Value = Policy> {
    use {Backfill::*, Placement::*, QueueOrder::*, SiteChoice::*};
    (
        prop_oneof![Just(HomeFirst), Just(LeastLoaded), Just(MostFree)],
        prop_oneof![Just(Fcfs), Just(Sjf), Just(FairShare)],
        prop_oneof![
            Just(None),
            Just(Easy { depth: Option::None }),
            Just(Conservative { depth: Option::None })
        ],
        any::<bool>(),
        prop_oneof![
            Just(FirstFit),
            Just(BestFit),
            Just(WorstFit),
            Just(DotProduct),
            Just(Fgd),
            Just(DomainPack)
        ],
    )
        .prop_map(|(site_choice, order, backfill, preemption, placement)| Policy {
            site_choice,
            order,
            backfill,
            preemption,
            placement,
        })
}

fn failures() -> impl Strategy<Value = Vec<Failure>> {
    let scope = prop_oneof![
        Just(FailureScope::Accelerator),
        Just(FailureScope::Node),
        Just(FailureScope::Domain),
        Just(FailureScope::Site),
    ];
    let failure = (scope, 1i64..40, 0i64..8).prop_map(|(scope, mean, repair)| Failure {
        key: "part".into(),
        scope,
        systems: Vec::new(),
        group_nodes: 0,
        mean_time_between: Span::from_hours(mean),
        repair: Span::from_hours(repair),
        repair_sigma: 0.5,
    });
    proptest::collection::vec(failure, 0..3)
}

fn jobs() -> impl Strategy<Value = Vec<(SimTime, Job)>> {
    let size = prop_oneof![
        2 => 1u32..1000,
        3 => (1u32..10).prop_map(|n| n * 1000),
        1 => (10u32..40).prop_map(|n| n * 1000),
    ];
    // Nanoseconds that are no round numbers: nothing may be lost to rounding.
    let drawn = (0i64..60_000_000_000_001, 0i64..50_000_000_000_007, size, 0u32..2, 0u32..3, 0i32..3);
    proptest::collection::vec(drawn, 1..60).prop_map(|mut all| {
        all.sort_by_key(|job| job.0);
        (0..)
            .zip(all)
            .map(|(number, (submit, runtime, milli, tenant, workload, priority))| {
                let demand = if milli < 1000 {
                    Demand { gpu_milli: milli, divisible: false, ..Demand::gpus(1) }
                } else {
                    Demand::gpus(milli / 1000)
                };
                let (tenant, workload) = (TenantId(tenant), WorkloadId(workload));
                let job = Job { demand, tenant, workload, priority, ..job(number, 1, Span(runtime)) };
                (SimTime(submit), job)
            })
            .collect()
    })
}

/// Makes the last product of each site, if it has several, a block of its own that is ready at an odd instant.
fn energise_later(world: &mut World) {
    let mut blocks = Vec::new();
    for (index, mut block) in std::mem::take(&mut world.blocks).into_iter().enumerate() {
        let first = blocks.len() as u32;
        let later = (block.equipment.len() > 1).then(|| block.equipment.pop().unwrap());
        blocks.push(block);
        if let Some(equipment) = later {
            blocks.push(Block {
                key: "later".into(),
                site: SiteId::new(index),
                it_power: ItPower::from_mw(1.0),
                ready: SimTime(17_000_000_000_003),
                equipment: vec![equipment],
            });
        }
        world.sites[index].blocks = first..blocks.len() as u32;
    }
    world.blocks = blocks;
}

/// Thousandths of an accelerator that a job or a broken node holds, over time, by site.
#[derive(Default)]
struct Integral {
    time: BTreeMap<u32, GpuTime>,
    since: BTreeMap<(u32, u64), (SimTime, u64)>,
}

impl Integral {
    fn begin(&mut self, site: SiteId, who: u64, now: SimTime, milli: u64) {
        let before = self.since.insert((site.0, who), (now, milli));
        assert_eq!(before, None, "{who} holds something already");
    }
    fn end(&mut self, site: SiteId, who: u64, now: SimTime) {
        let (since, milli) = self.since.remove(&(site.0, who)).expect("it holds something");
        *self.time.entry(site.0).or_default() += GpuTime::from(milli) * (now - since).0 as GpuTime;
    }
}

/// What follows from the facts other than the hours: accelerator time held by jobs, and down, by site.
fn integrate(said: &[(SimTime, Fact)], end: SimTime) -> (Integral, BTreeMap<u32, GpuTime>) {
    let (mut jobs, mut down): (Integral, BTreeMap<u32, GpuTime>) = Default::default();
    for (now, fact) in said {
        match fact {
            Fact::JobStarted { job, site, gpu_milli, .. } => jobs.begin(*site, *job, *now, *gpu_milli),
            Fact::JobPreempted { job, site, .. } | Fact::JobInterrupted { job, site, .. } => {
                jobs.end(*site, *job, *now);
            }
            Fact::JobEnded(row) if matches!(row.outcome, JobOutcome::Finished | JobOutcome::Running) => {
                jobs.end(row.site.unwrap(), row.job, *now);
            }
            // Down from now to the end, less what comes up again.
            Fact::NodesDown { site, gpus, .. } => {
                *down.entry(site.0).or_default() += GpuTime::from(*gpus) * 1000 * (end - *now).0 as GpuTime;
            }
            Fact::NodesUp { site, gpus, .. } => {
                *down.entry(site.0).or_default() -= GpuTime::from(*gpus) * 1000 * (end - *now).0 as GpuTime;
            }
            _ => {}
        }
    }
    (jobs, down)
}

/// Accelerator time that the blocks of a site bring until the end.
fn installed(world: &World, site: u32) -> GpuTime {
    let blocks = world.blocks.iter().filter(|block| block.site.0 == site && block.ready < world.end);
    let gpus = |&(system, count): &(SystemId, u32)| {
        let system = &world.systems[system.index()];
        GpuTime::from(system.nodes * system.accelerators_per_node * count)
    };
    blocks
        .map(|block| {
            let sum: GpuTime = block.equipment.iter().map(gpus).sum();
            sum * 1000 * (world.end - block.ready).0 as GpuTime
        })
        .sum()
}

fn config() -> ProptestConfig {
    let usual = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { usual } else { ProptestConfig { cases: 1000, ..usual } }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn accelerator_time_is_conserved(
        sites in network(), policy in policy(), failures in failures(), jobs in jobs(), seed in any::<u64>(),
    ) {
        let mut world = world(&sites, policy);
        energise_later(&mut world);
        (world.failures, world.seed) = (failures, seed);
        let typical = Typical::of(jobs.iter().map(|(_, job)| (&job.demand, job.accelerators)));
        let said = facts(&world, &typical, jobs.iter().cloned());

        let (held, down_by_nodes) = integrate(&said, world.end);
        prop_assert!(held.since.is_empty(), "everybody's row is said");
        for site in 0..sites.len() as u32 {
            let (mut all, mut busy, mut down) = (0, 0, 0);
            for (_, fact) in &said {
                let Fact::SiteHour(hour) = fact else { continue };
                if hour.site.0 == site {
                    prop_assert_eq!(hour.installed, hour.busy + hour.idle + hour.down);
                    prop_assert!(hour.fragmented <= hour.idle);
                    (all, busy, down) = (all + hour.installed, busy + hour.busy, down + hour.down);
                }
            }
            prop_assert_eq!(all, installed(&world, site), "site {} has what its blocks bring", site);
            prop_assert_eq!(busy, held.time.get(&site).copied().unwrap_or(0), "jobs hold what is busy");
            prop_assert_eq!(down, down_by_nodes.get(&site).copied().unwrap_or(0), "nodes are down as told");
        }

        // The rows tell the same, and where each job's time went.
        let rows = || said.iter().filter_map(|(_, fact)| if let Fact::JobEnded(row) = fact { Some(row) } else { None });
        let of_rows: GpuTime = rows().map(|row| GpuTime::from(row.gpu_milli) * row.held.0 as GpuTime).sum();
        prop_assert_eq!(of_rows, held.time.values().sum::<GpuTime>());
        let mut numbers: Vec<u64> = rows().map(|row| row.job).collect();
        numbers.sort_unstable();
        prop_assert!(numbers.iter().copied().eq(0..jobs.len() as u64), "each job has one row");
        for row in rows() {
            let last = row.end.unwrap_or(world.end);
            prop_assert_eq!(row.submit + row.wait + row.held, last, "waiting or running, nothing else: {:?}", row);
        }
    }
}
