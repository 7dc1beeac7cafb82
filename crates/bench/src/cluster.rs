//! Queues on real logs, against the Python models of `bench/peers` on the same jobs: the answers must be the same.

use crate::data::{find, read};
use crate::peer::{self, Answer};
use crate::world::{Nodes, Outcome, job, run_repeatedly, world};
use crate::{Row, Size};
use base::{SimTime, Span};
use scenario::world::{Backfill, Placement, Policy, QueueOrder, SiteChoice};
use std::path::Path;
use trace::{Demand, Format, JobRecord, ReadOptions};

/// FCFS with this backfill, best fit; a job goes to the site with the least asked for.
pub fn policy(backfill: Backfill) -> Policy {
    Policy {
        site_choice: SiteChoice::LeastLoaded,
        order: QueueOrder::Fcfs,
        backfill,
        preemption: false,
        placement: Placement::BestFit,
    }
}

/// One queue with its names on both sides.
struct Queue {
    name: &'static str,
    backfill: Backfill,
    arguments: &'static [&'static str],
}

const FCFS: Queue = Queue { name: "FCFS", backfill: Backfill::None, arguments: &["--queue", "fcfs"] };
const EASY: Queue =
    Queue { name: "EASY", backfill: Backfill::Easy { depth: None }, arguments: &["--queue", "easy"] };
const EASY_100: Queue = Queue {
    name: "EASY, depth 100",
    backfill: Backfill::Easy { depth: Some(100) },
    arguments: &["--queue", "easy", "--depth", "100"],
};

/// Philly on 2,490 accelerators: 311 nodes of 8 and one of 2. The log never fills that cluster, so the same jobs also
/// come six times as fast.
pub fn philly(size: Size) -> Vec<Row> {
    let Some(path) = find("philly.csv.gz") else { return Vec::new() };
    let jobs = read(&path, Format::Philly, &ReadOptions::default());
    let first = size.pick(3_000, jobs.len());
    let speeds = size.pick([40].as_slice(), &[1, 6]);
    let nodes = size.pick((10, "10x8,1x2"), (311, "311x8,1x2"));
    let mut rows = Vec::new();
    for &speed in speeds {
        for queue in [FCFS, EASY, EASY_100] {
            let site = vec![Nodes::of(8, nodes.0), Nodes::of(2, 1)];
            let world = world(&[site], policy(queue.backfill), SimTime(0) + Span::DAY * 3650);
            let sped = jobs[..first].iter().map(|record| faster(record, speed)).collect::<Vec<_>>();
            let outcome = run_repeatedly(&world, size.tries(), true, || numbered(&sped));
            let more = ["--nodes", nodes.1, "--first", &first.to_string(), "--speed-up", &speed.to_string()];
            let beside = beside("simpy_cluster.py", &path, queue.arguments, &more);
            rows.push(row(format!("philly, {speed} x speed, {}", queue.name), outcome, "SimPy", beside));
        }
    }
    rows
}

/// The openb jobs of `workloads.openb`: 20 times over, on 4 sites of 320 accelerators that are counted, not placed
/// (nodes of one accelerator each).
pub fn openb(size: Size) -> Vec<Row> {
    let Some(path) = find("openb_pod_list_default.csv.gz") else { return Vec::new() };
    let copies = size.pick(2, 20);
    let gpus: u32 = size.pick(32, 320);
    let options = ReadOptions { openb_unscheduled: true, ..ReadOptions::default() };
    let jobs = openb_jobs(&read(&path, Format::Openb, &options), copies, 28);
    let mut rows = Vec::new();
    for queue in [FCFS, EASY, EASY_100] {
        let sites = vec![vec![Nodes::of(1, gpus)]; 4];
        let world = world(&sites, policy(queue.backfill), SimTime(0) + Span::DAY * 3650);
        let outcome = run_repeatedly(&world, size.tries(), true, || numbered(&jobs));
        let more = ["--copies", &copies.to_string(), "--gpus", &gpus.to_string()];
        let beside = beside("openb_sites.py", &path, queue.arguments, &more);
        rows.push(row(format!("openb, 4 sites, {}", queue.name), outcome, "heapq", beside));
    }
    rows
}

/// Pods with an accelerator, created from day 112 on, that lived for a second at least; whole accelerators.
fn openb_jobs(pods: &[JobRecord], copies: usize, percent: i64) -> Vec<JobRecord> {
    let from = Span::DAY * 112;
    let kept = pods.iter().filter(|pod| pod.demand.gpu_milli > 0 && pod.submit >= from && pod.runtime.0 > 0);
    let mut jobs = Vec::new();
    for pod in kept {
        let submit = Span((pod.submit - from).0 * percent / 100);
        let demand = Demand::gpus(pod.demand.gpu_milli.div_ceil(1000));
        jobs.extend((0..copies).map(|_| JobRecord { submit, demand, ..pod.clone() }));
    }
    let first = jobs.first().map_or(Span::ZERO, |job| job.submit);
    jobs.iter_mut().for_each(|job| job.submit = job.submit - first);
    jobs
}

fn faster(record: &JobRecord, speed: i64) -> JobRecord {
    JobRecord { submit: Span(record.submit.0 / speed), ..record.clone() }
}

fn numbered(records: &[JobRecord]) -> impl Iterator<Item = (SimTime, twin::Job)> {
    records.iter().zip(0..).map(|(record, number)| job(number, record))
}

fn beside(model: &str, trace: &Path, queue: &[&str], more: &[&str]) -> Option<Answer> {
    let mut arguments = vec![trace.display().to_string()];
    arguments.extend(queue.iter().chain(more).map(|&argument| argument.to_owned()));
    peer::run(model, &arguments)
}

fn row(name: String, mut outcome: Outcome, peer: &str, beside: Option<Answer>) -> Row {
    if let Some(theirs) = &beside {
        assert_eq!(theirs.jobs, outcome.finished, "{name}: both finish every job");
        assert_eq!(theirs.wait_sum_ns as i128, outcome.wait_sum, "{name}: the same waits to the nanosecond");
        assert_eq!(theirs.end_ns, outcome.end.0, "{name}: both end at the same instant");
    }
    let p99 = outcome.p99_wait_s();
    Row {
        name,
        units: "jobs",
        count: outcome.finished,
        cpu_s: outcome.cpu_s,
        digest: outcome.tally,
        answer: format!("mean wait {:.3} s, p99 {:.0} s", outcome.mean_wait_s(), p99),
        reference: beside.map(|theirs| (peer.to_owned(), theirs.cpu_s)),
    }
}
