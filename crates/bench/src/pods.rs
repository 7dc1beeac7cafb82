//! Placement of the openb pods as in the artefact of Weng et al. (USENIX ATC 2023): the pods in random order, then
//! clones of pods drawn at random until they ask for 130 % of the accelerators; each is placed when it comes, none
//! leaves, one that does not fit is passed over.

use crate::data::{find, read};
use crate::meter::{Tally, repeated, timed};
use crate::world::{Nodes, job, run_with, world};
use crate::{Row, Size};
use base::{SimTime, Span, Stream};
use scenario::world::{Backfill, Placement, Policy, QueueOrder, SiteChoice, World};
use trace::{Format, JobRecord, ReadOptions};
use twin::{AcceleratorSet, Fact, Typical};

/// Accelerators that the arrivals ask for, as a share of those that are there.
pub const LOAD: f64 = 1.3;

/// The policies, by name.
pub const POLICIES: [(&str, Placement); 6] = [
    ("first fit", Placement::FirstFit),
    ("worst fit", Placement::WorstFit),
    ("dot product", Placement::DotProduct),
    ("best fit", Placement::BestFit),
    ("domain pack", Placement::DomainPack),
    ("FGD", Placement::Fgd),
];

/// The pods and the nodes of the log.
pub struct Openb {
    /// Every pod, scheduled then or not.
    pub pods: Vec<JobRecord>,
    /// The nodes with accelerators, in the order of the list.
    pub nodes: Vec<Nodes>,
    /// Their accelerators, in thousandths.
    pub capacity_milli: u64,
    /// What fragmentation is measured by.
    pub typical: Typical,
}

/// Reads both files, if they are there.
///
/// # Panics
/// If one of them cannot be read.
pub fn openb() -> Option<Openb> {
    let (pods, nodes) = (find("openb_pod_list_default.csv.gz")?, find("openb_node_list_gpu_node.csv")?);
    let options = ReadOptions { openb_unscheduled: true, ..ReadOptions::default() };
    let pods = read(&pods, Format::Openb, &options);
    let list = trace::nodes::read_openb_nodes(&nodes).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let mut nodes: Vec<Nodes> = Vec::new();
    for node in list {
        let (cpu_milli, memory_mib) = (node.cpu_milli, node.memory_mib);
        let model = node.model.as_deref().unwrap_or("none").to_owned();
        let kind = Nodes { model, gpus: node.gpus, cpu_milli, memory_mib, count: 1 };
        match nodes.last_mut() {
            Some(last) if (Nodes { count: 1, ..last.clone() }) == kind => last.count += 1,
            _ => nodes.push(kind),
        }
    }
    let capacity_milli = nodes.iter().map(|kind| 1000 * u64::from(kind.gpus * kind.count)).sum();
    let typical = Typical::of(pods.iter().map(|pod| (&pod.demand, AcceleratorSet::ANY)));
    Some(Openb { pods, nodes, capacity_milli, typical })
}

impl Openb {
    /// The arrivals of one order: at least so much asked for, one pod a second.
    pub fn arrivals(&self, order: u64, load: f64) -> Vec<JobRecord> {
        let mut draws = Stream::new(order, "openb arrivals").at(0);
        let mut pods = self.pods.clone();
        for i in (1..pods.len()).rev() {
            pods.swap(i, draws.below(i as u64 + 1) as usize);
        }
        let mut asked: u64 = pods.iter().map(|pod| pod.demand.total_gpu_milli()).sum();
        while (asked as f64) < load * self.capacity_milli as f64 {
            let clone = self.pods[draws.below(self.pods.len() as u64) as usize].clone();
            asked += clone.demand.total_gpu_milli();
            pods.push(clone);
        }
        for (pod, second) in pods.iter_mut().zip(1..) {
            pod.submit = Span::from_seconds(second);
            pod.runtime = Span::FOREVER;
            pod.requested = None;
        }
        pods
    }

    /// The cluster as one site under a policy; who does not fit is overtaken.
    pub fn world(&self, placement: Placement) -> World {
        let policy = Policy {
            site_choice: SiteChoice::LeastLoaded,
            order: QueueOrder::Fcfs,
            backfill: Backfill::Easy { depth: None },
            preemption: false,
            placement,
        };
        world(std::slice::from_ref(&self.nodes), policy, SimTime(0) + Span::DAY)
    }
}

/// What one order of arrivals came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Processor seconds.
    pub cpu_s: f64,
    /// Of every start.
    pub tally: Tally,
    /// Share of the accelerators that is allocated when the arrivals ask for 10 %, 20 %, ... of them.
    pub allocated: Vec<f64>,
    /// Pods that came.
    pub pods: u64,
}

/// Places one order of arrivals.
pub fn place(openb: &Openb, placement: Placement, order: u64, load: f64) -> Placed {
    let arrivals = openb.arrivals(order, load);
    let world = openb.world(placement);
    let jobs = arrivals.iter().zip(0..).map(|(pod, number)| job(number, pod));
    let mut starts = Vec::new();
    let outcome = run_with(&world, jobs, &openb.typical, false, |now, fact| {
        if let Fact::JobStarted { gpu_milli, .. } = fact {
            starts.push((now, *gpu_milli));
        }
    });
    let capacity = openb.capacity_milli as f64;
    let (mut allocated, mut started, mut held, mut asked) = (Vec::new(), 0, 0, 0);
    for pod in &arrivals {
        asked += pod.demand.total_gpu_milli();
        while started < starts.len() && starts[started].0 <= SimTime(0) + pod.submit {
            held += starts[started].1;
            started += 1;
        }
        while asked as f64 >= capacity * 0.1 * (allocated.len() + 1) as f64 {
            allocated.push(held as f64 / capacity);
        }
    }
    Placed { cpu_s: outcome.cpu_s, tally: outcome.tally, allocated, pods: arrivals.len() as u64 }
}

/// Mean and standard deviation, over the orders 1, 2, ... to `orders`, of the share that is allocated in the end.
pub fn spread(openb: &Openb, placement: Placement, orders: u64) -> (f64, f64) {
    let last = |order| place(openb, placement, order, LOAD).allocated.last().copied().unwrap_or(0.0);
    let shares: Vec<f64> = (1..=orders).map(last).collect();
    let mean = shares.iter().sum::<f64>() / orders as f64;
    let squares = shares.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>();
    (mean, (squares / (orders as f64 - 1.0)).sqrt())
}

/// Best fit by asking every node, as a plain program does it: the reference for the cost, not for the answer.
fn every_node(openb: &Openb, load: f64) -> u64 {
    struct Node {
        gpus: Vec<u64>,
        cpu: u64,
        memory: u64,
    }
    let mut nodes = Vec::new();
    for kind in &openb.nodes {
        for _ in 0..kind.count {
            let gpus = vec![1000; kind.gpus as usize];
            nodes.push(Node { gpus, cpu: kind.cpu_milli.into(), memory: kind.memory_mib.into() });
        }
    }
    let mut placed = 0;
    for pod in openb.arrivals(1, load) {
        let (asked, cpu) = (u64::from(pod.demand.gpu_milli), u64::from(pod.demand.cpu_milli));
        let memory = u64::from(pod.demand.memory_mib);
        let each = asked.min(1000);
        let fits = |node: &&mut Node| {
            let devices = node.gpus.iter().filter(|&&left| left >= each.max(1)).count() as u64;
            node.cpu >= cpu && node.memory >= memory && devices * each.max(1) >= asked
        };
        let left = |node: &Node| {
            (node.gpus.iter().sum::<u64>() << 20) / 8000
                + (node.cpu << 20) / 128_000
                + (node.memory << 20) / 1_048_576
        };
        let Some(node) = nodes.iter_mut().filter(fits).min_by_key(|node| left(node)) else { continue };
        node.cpu -= cpu;
        node.memory -= memory;
        let mut rest = asked;
        while rest > 0 {
            let free = node.gpus.iter_mut().filter(|left| **left >= each);
            let Some(device) = free.min_by_key(|left| **left) else { break };
            *device -= each;
            rest -= each;
        }
        placed += 1;
    }
    placed
}

/// Every policy on one order of arrivals, against a loop over all nodes.
pub fn rows(size: Size) -> Vec<Row> {
    let Some(openb) = openb() else { return Vec::new() };
    let load = size.pick(0.1, LOAD);
    let row = |&(name, placement): &(&str, Placement)| {
        let (reference_s, _) = repeated(size.tries(), || timed(|| every_node(&openb, load)));
        let (cpu_s, placed) = repeated(size.tries(), || {
            let mut placed = place(&openb, placement, 1, load);
            (std::mem::take(&mut placed.cpu_s), placed)
        });
        let allocated = placed.allocated.last().copied().unwrap_or(0.0);
        Row {
            name: format!("openb pods, {name}"),
            units: "pods",
            count: placed.pods,
            cpu_s,
            digest: placed.tally,
            answer: format!("{allocated:.4} of the accelerators allocated"),
            reference: Some(("a loop over all nodes".to_owned(), reference_s)),
        }
    };
    POLICIES.iter().map(row).collect()
}
