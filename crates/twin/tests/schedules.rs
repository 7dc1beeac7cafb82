//! The twin against a naive scheduler on random small worlds: every job runs at the same instants.
#![allow(clippy::unwrap_used)]

mod fixture;
mod reference;

use base::id::{AcceleratorId, TenantId, WorkloadId};
use base::{SimTime, Span};
use fixture::{Kind, Runs, facts, world};
use proptest::prelude::*;
use scenario::world::{Backfill, Placement, Policy, QueueOrder, SiteChoice};
use trace::Demand;
use twin::{AcceleratorSet, Job, Typical};

fn seconds(range: std::ops::Range<i64>) -> impl Strategy<Value = Span> {
    range.prop_map(Span::from_seconds)
}

fn kind() -> impl Strategy<Value = Kind> {
    let size = prop_oneof![Just(1u32), Just(2), Just(4), Just(8)];
    let model = prop_oneof![4 => Just(Some(0)), 2 => Just(Some(1)), 1 => Just(None)];
    let cpu = prop_oneof![Just(0u32), 4_000u32..16_000];
    (model, size, cpu, prop_oneof![Just(0u32), 50u32..200]).prop_map(
        |(model, gpus, cpu_milli, memory_mib)| Kind {
            model,
            gpus: if model.is_some() { gpus } else { 0 },
            cpu_milli,
            memory_mib,
        },
    )
}

fn demand() -> impl Strategy<Value = Demand> {
    let tasks = prop_oneof![3 => Just(1u32), 1 => 2u32..4];
    let gpu = prop_oneof![3 => (1u32..9).prop_map(|n| n * 1000), 3 => 1u32..1000, 1 => Just(0)];
    let gang = (tasks, gpu).prop_map(|(tasks, gpu_milli)| Demand { tasks, gpu_milli, ..Demand::gpus(0) });
    let total = (1u32..20).prop_map(Demand::gpus);
    let shape = prop_oneof![gang.prop_map(|demand| Demand { divisible: false, ..demand }), total];
    let host = prop_oneof![2 => Just((0u32, 0u32)), 1 => (0u32..6_000, 0u32..80)];
    (shape, host).prop_map(|(shape, (cpu_milli, memory_mib))| Demand { cpu_milli, memory_mib, ..shape })
}

fn jobs() -> impl Strategy<Value = Vec<(SimTime, Job)>> {
    let accelerators = prop_oneof![
        3 => Just(AcceleratorSet::ANY),
        1 => Just(AcceleratorSet::of([AcceleratorId(0)])),
        1 => Just(AcceleratorSet::of([AcceleratorId(1)])),
    ];
    let whose = (0u32..2, 0u32..3, prop_oneof![2 => Just(0i32), 1 => 0i32..3]);
    let job = (seconds(0..40), seconds(0..20), seconds(0..25), any::<bool>(), demand(), accelerators, whose);
    proptest::collection::vec(job, 1..30).prop_map(|mut all| {
        all.sort_by_key(|job| job.0);
        let job = |(number, (submit, runtime, estimate, knows, demand, accelerators, whose))| {
            let (tenant, workload, priority): (u32, u32, i32) = whose;
            let requested = if knows { runtime } else { estimate };
            let (tenant, workload) = (TenantId(tenant), WorkloadId(workload));
            let home = None;
            let job =
                Job { number, workload, tenant, home, priority, demand, accelerators, runtime, requested };
            (SimTime(0) + submit, job)
        };
        (0..).zip(all).map(job).collect()
    })
}

fn depth() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![2 => Just(None), 1 => (0u32..6).prop_map(Some)]
}

fn placement() -> impl Strategy<Value = Placement> {
    use Placement::*;
    prop_oneof![Just(FirstFit), Just(BestFit), Just(WorstFit), Just(DotProduct), Just(Fgd)]
}

fn policy(order: QueueOrder, backfill: Backfill, preemption: bool, placement: Placement) -> Policy {
    Policy { site_choice: SiteChoice::HomeFirst, order, backfill, preemption, placement }
}

/// The world, and when each job ran, line by line: `submit runtime/requested demand: twin | reference`.
fn described(kinds: &[Kind], policy: Policy, jobs: &[(SimTime, Job)], ours: &Runs, naive: &Runs) -> String {
    let mut text = format!("{policy:?}\n");
    kinds.iter().for_each(|kind| text += &format!("node {kind:?}\n"));
    let spans = |runs: &Runs, job: u64| -> Option<Vec<String>> {
        let span =
            |(from, to): &(SimTime, SimTime)| format!("{}-{}", from.0 / 1_000_000_000, to.0 / 1_000_000_000);
        Some(runs.get(&job)?.iter().map(span).collect())
    };
    for (submit, job) in jobs {
        let Job { number, workload, tenant, priority, demand, .. } = job;
        text += &format!(
            "job {number}: at {} for {}/{} wants {}x{} cpu {} memory {}{} on {:x} (tenant {}, workload {}, priority {priority}): {:?} | {:?}\n",
            submit.0 / 1_000_000_000,
            job.runtime.seconds(),
            job.requested.seconds(),
            demand.tasks,
            demand.gpu_milli,
            demand.cpu_milli,
            demand.memory_mib,
            if demand.divisible { " divisible" } else { "" },
            job.accelerators.0,
            tenant.0,
            workload.0,
            spans(ours, *number),
            spans(naive, *number),
        );
    }
    text
}

/// Runs both and compares.
fn agree(kinds: &[Kind], policy: Policy, jobs: &[(SimTime, Job)]) -> Result<(), TestCaseError> {
    let site = kinds.iter().map(|&kind| (kind, 1)).collect();
    let typical = Typical::of(jobs.iter().map(|(_, job)| (&job.demand, job.accelerators)));
    let said = facts(&world(&[site], policy), &typical, jobs.iter().cloned());
    let (ours, naive) = (fixture::runs(&said), reference::runs(kinds, policy, jobs));
    prop_assert!(ours == naive, "{}", described(kinds, policy, jobs, &ours, &naive));
    Ok(())
}

/// More cases than usual, for they are small; `PROPTEST_CASES` asks for another number.
fn config() -> ProptestConfig {
    let usual =
        ProptestConfig { max_shrink_iters: 20_000, failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { usual } else { ProptestConfig { cases: 1500, ..usual } }
}

fn order() -> impl Strategy<Value = QueueOrder> {
    prop_oneof![Just(QueueOrder::Fcfs), Just(QueueOrder::Sjf), Just(QueueOrder::FairShare)]
}

/// The depth of a fair-share queue is counted for each tenant, which the reference does not know.
fn whole(order: QueueOrder, depth: Option<u32>) -> Option<u32> {
    if order == QueueOrder::FairShare { None } else { depth }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn strict_queues(
        kinds in proptest::collection::vec(kind(), 1..6), jobs in jobs(), placement in placement(),
        order in order(),
    ) {
        agree(&kinds, policy(order, Backfill::None, false, placement), &jobs)?;
    }

    #[test]
    fn easy_backfilling(
        kinds in proptest::collection::vec(kind(), 1..6), jobs in jobs(), placement in placement(),
        order in order(), depth in depth(),
    ) {
        agree(&kinds, policy(order, Backfill::Easy { depth: whole(order, depth) }, false, placement), &jobs)?;
    }

    #[test]
    fn conservative_backfilling(
        kinds in proptest::collection::vec(kind(), 1..6), jobs in jobs(), placement in placement(),
        order in order(), depth in depth(),
    ) {
        agree(&kinds, policy(order, Backfill::Conservative { depth: whole(order, depth) }, false, placement), &jobs)?;
    }

    #[test]
    fn preemption_by_priority(
        kinds in proptest::collection::vec(kind(), 1..6), jobs in jobs(), placement in placement(),
        order in order(),
        rule in 0..3, depth in depth(),
    ) {
        let depth = whole(order, depth);
        let backfill = match rule {
            0 => Backfill::None,
            1 => Backfill::Easy { depth },
            _ => Backfill::Conservative { depth },
        };
        agree(&kinds, policy(order, backfill, true, placement), &jobs)?;
    }
}
