//! Worlds and jobs built in code, and one way to run them.

use crate::meter::{Tally, repeated, timed};
use base::id::{AcceleratorId, SiteId, SystemId, TenantId, WorkloadId};
use base::{ItPower, SimTime, Span};
use scenario::world::{
    AfterFailure, Block, Checkpoint, JobSource, Policy, Site, System, Tenant, Workload, World,
};
use std::ops::ControlFlow;
use trace::JobRecord;
use twin::{AcceleratorSet, Fact, Job, JobOutcome, Typical};

/// Equal nodes of one site.
#[derive(Clone, Debug, PartialEq)]
pub struct Nodes {
    /// Accelerator model.
    pub model: String,
    /// Accelerators in each.
    pub gpus: u32,
    /// Cores of each in thousandths; 0: never a constraint.
    pub cpu_milli: u32,
    /// Memory of each in MiB; 0: never a constraint.
    pub memory_mib: u32,
    /// How many.
    pub count: u32,
}

impl Nodes {
    /// So many nodes of so many accelerators, and nothing else that could be short.
    pub fn of(gpus: u32, count: u32) -> Nodes {
        Nodes { model: "gpu".to_owned(), gpus, cpu_milli: 0, memory_mib: 0, count }
    }
}

/// Sites with one block each that is there from the start; time begins at 0.
pub fn world(sites: &[Vec<Nodes>], policy: Policy, end: SimTime) -> World {
    let mut world = World {
        name: "bench".to_owned(),
        description: String::new(),
        seed: 1,
        start: SimTime(0),
        end,
        accelerators: Vec::new(),
        systems: Vec::new(),
        sites: Vec::new(),
        blocks: Vec::new(),
        links: Vec::new(),
        tenants: vec![Tenant {
            key: "all".to_owned(),
            weight: 1.0,
            priority: 0,
            quota_gpus: None,
            ..Tenant::default()
        }],
        workloads: vec![workload()],
        failures: Vec::new(),
        energy: None,
        regions: Vec::new(),
        services: Vec::new(),
        policy,
        books: None,
        expectations: Vec::new(),
        figures: Vec::new(),
        ..World::default()
    };
    for (index, nodes) in sites.iter().enumerate() {
        let equipment = nodes.iter().map(|kind| (system(&mut world, kind), kind.count)).collect();
        world.blocks.push(Block {
            key: "hall".to_owned(),
            site: SiteId::new(index),
            it_power: ItPower::from_mw(1.0),
            ready: SimTime(0),
            equipment,
        });
        world.sites.push(Site {
            key: format!("site-{index:02}"),
            name: format!("Site {index}"),
            latitude_deg: 0.0,
            longitude_deg: 0.0,
            usd_per_gpu_hour: None,
            spares: 0.0,
            blocks: index as u32..index as u32 + 1,
            ..Site::default()
        });
    }
    world
}

/// Where every job is said to come from.
fn workload() -> Workload {
    Workload {
        key: "jobs".to_owned(),
        tenant: TenantId(0),
        home: None,
        data_gb: 0.0,
        start: SimTime(0),
        end: SimTime::NEVER,
        priority: 0,
        preemptible: false,
        checkpoint: Checkpoint::Never,
        checkpoint_write: Span::ZERO,
        restart: Span::ZERO,
        after_failure: AfterFailure::Replace,
        accelerators: Vec::new(),
        source: JobSource::Trace {
            path: "none".into(),
            format: "csv".to_owned(),
            time_scale: 1.0,
            repeat: 1,
        },
    }
}

/// The product that such a node is, added to the world if it is new.
fn system(world: &mut World, nodes: &Nodes) -> SystemId {
    let key = format!("{}-{}-{}-{}", nodes.model, nodes.gpus, nodes.cpu_milli, nodes.memory_mib);
    if let Some(found) = world.systems.iter().position(|system| system.key == key) {
        return SystemId::new(found);
    }
    let model = world.accelerators.iter().position(|name| *name == nodes.model).unwrap_or_else(|| {
        world.accelerators.push(nodes.model.clone());
        world.accelerators.len() - 1
    });
    world.systems.push(System {
        name: key.clone(),
        key,
        accelerator: Some(AcceleratorId::new(model)),
        nodes: 1,
        accelerators_per_node: nodes.gpus,
        cpu_milli: nodes.cpu_milli,
        memory_mib: nodes.memory_mib,
        accelerator_memory_gb: 0.0,
        it_power: ItPower::from_mw(0.001),
        scale_up_domain: nodes.gpus,
        ..System::default()
    });
    SystemId::new(world.systems.len() - 1)
}

/// A record of a log as a job, submitted with the others in this order.
pub fn job(number: u64, record: &JobRecord) -> (SimTime, Job) {
    let job = Job {
        number,
        workload: WorkloadId(0),
        tenant: TenantId(0),
        home: None,
        priority: 0,
        demand: record.demand,
        accelerators: AcceleratorSet::ANY,
        runtime: record.runtime,
        requested: record.requested.unwrap_or(record.runtime),
    };
    (SimTime(0) + record.submit, job)
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Processor seconds, the jobs' iterator included.
    pub cpu_s: f64,
    /// Of every start: who and when.
    pub tally: Tally,
    /// Jobs that finished.
    pub finished: u64,
    /// Jobs that no site could ever hold.
    pub rejected: u64,
    /// Sum of the waits of the finished jobs, in nanoseconds.
    pub wait_sum: i128,
    /// Each of these waits, if asked for.
    pub waits: Vec<Span>,
    /// When the last job ended.
    pub end: SimTime,
}

impl Outcome {
    /// Mean wait in seconds.
    pub fn mean_wait_s(&self) -> f64 {
        self.wait_sum as f64 / self.finished.max(1) as f64 / 1e9
    }
    /// The wait that 99 % do not exceed, in seconds; sorts the waits.
    pub fn p99_wait_s(&mut self) -> f64 {
        self.waits.sort_unstable();
        let at = (self.waits.len() * 99 / 100).min(self.waits.len().saturating_sub(1));
        self.waits.get(at).map_or(f64::NAN, |wait| wait.seconds())
    }
}

/// Runs the jobs through the twin to the end of the world.
pub fn run(world: &World, jobs: impl Iterator<Item = (SimTime, Job)>, keep_waits: bool) -> Outcome {
    run_with(world, jobs, &Typical::default(), keep_waits, |_, _| {})
}

/// Runs the same jobs several times: the processor seconds are the median.
pub fn run_repeatedly<I>(world: &World, tries: usize, keep_waits: bool, jobs: impl Fn() -> I) -> Outcome
where
    I: Iterator<Item = (SimTime, Job)>,
{
    let (cpu_s, outcome) = repeated(tries, || {
        let mut outcome = run(world, jobs(), keep_waits);
        (std::mem::take(&mut outcome.cpu_s), outcome)
    });
    Outcome { cpu_s, ..outcome }
}

/// One run, with what fragmentation is measured by, and somebody else who listens.
pub fn run_with(
    world: &World,
    jobs: impl Iterator<Item = (SimTime, Job)>,
    typical: &Typical,
    keep_waits: bool,
    mut listen: impl FnMut(SimTime, &Fact),
) -> Outcome {
    let mut outcome = Outcome::default();
    let (cpu_s, ()) = timed(|| {
        let mut simulation = twin::simulation(world, typical);
        simulation.run(&mut jobs.peekable(), world.end, |now, facts| {
            for fact in facts.iter() {
                outcome.take(now, fact, keep_waits);
                listen(now, fact);
            }
            ControlFlow::Continue(())
        });
    });
    outcome.cpu_s = cpu_s;
    outcome
}

impl Outcome {
    fn take(&mut self, now: SimTime, fact: &Fact, keep_waits: bool) {
        match fact {
            Fact::JobStarted { job, .. } => {
                self.tally.add(*job);
                self.tally.add(now.0 as u64);
            }
            Fact::JobEnded(row) if row.outcome == JobOutcome::Finished => {
                self.finished += 1;
                self.wait_sum += i128::from(row.wait.0);
                self.end = now;
                if keep_waits {
                    self.waits.push(row.wait);
                }
            }
            Fact::JobEnded(row) if row.outcome == JobOutcome::Rejected => self.rejected += 1,
            _ => {}
        }
    }
}
