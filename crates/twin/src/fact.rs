//! What the twin says about what happened: the waist of the system. Tables, ledger and report know only these.

pub use buildout::{BuildFact, CapitalFact, DateFrom};

use crate::power::{EnergyHour, PowerFact};
use crate::service::fact::ServiceFact;
use base::id::{AcceleratorId, BlockId, FailureId, SiteId, TenantId, WorkloadId};
use base::{SimTime, Span};
use serde::{Deserialize, Serialize};

/// Something that happened, at the instant that the kernel gives with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// A block's systems can work.
    BlockEnergised {
        /// The block.
        block: BlockId,
        /// Its site.
        site: SiteId,
        /// Nodes it brings.
        nodes: u32,
        /// Accelerators it brings.
        gpus: u32,
    },
    /// A job came and was sent to a site.
    JobSubmitted {
        /// The job's number.
        job: u64,
        /// Where it waits.
        site: SiteId,
    },
    /// A job (or what is left of it) runs from now.
    JobStarted {
        /// The job's number.
        job: u64,
        /// Where it runs.
        site: SiteId,
        /// On how many nodes.
        nodes: u32,
        /// On how many accelerators, in thousandths.
        gpu_milli: u64,
    },
    /// A job was stopped for another one and waits again.
    JobPreempted {
        /// The job's number.
        job: u64,
        /// Where it ran.
        site: SiteId,
        /// The job it made room for.
        by: u64,
        /// Work since its last checkpoint, done again later.
        lost: Span,
    },
    /// A job was stopped by a failure, or because its nodes were taken out, and waits again.
    JobInterrupted {
        /// The job's number.
        job: u64,
        /// Where it ran.
        site: SiteId,
        /// What failed; `None`: its nodes were taken out of service.
        failure: Option<FailureId>,
        /// Work since its last checkpoint, done again later.
        lost: Span,
        /// Accelerators of the job, in thousandths: all of them do it again.
        gpu_milli: u64,
    },
    /// Nodes went down.
    NodesDown {
        /// Where.
        site: SiteId,
        /// What failed.
        failure: FailureId,
        /// How many nodes.
        nodes: u32,
        /// Their accelerators.
        gpus: u32,
    },
    /// Nodes can work again.
    NodesUp {
        /// Where.
        site: SiteId,
        /// How many nodes.
        nodes: u32,
        /// Their accelerators.
        gpus: u32,
    },
    /// A job came to its end; the row says which.
    JobEnded(JobRow),
    /// An hour of a site has passed.
    SiteHour(SiteHour),
    /// Something happened under an agreement, or to an offer.
    Agreement(crate::agreements::AgreementFact),
    /// An hour of a site's energy has passed; only of sites with a power section.
    Energy(EnergyHour),
    /// A limit of power or heat acts on work.
    Power(PowerFact),
    /// What a tenant held at a site on a day; only where the scenario keeps books.
    Usage(UsageDay),
    /// Something happened to what is being built.
    Build(BuildFact),
    /// Something happened to capital.
    Capital(CapitalFact),
    /// Something happened to a service.
    Service(ServiceFact),
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JobOutcome {
    /// It ran to its end.
    Finished,
    /// No site can ever hold it.
    Rejected,
    /// It was running when the run ended.
    Running,
    /// It was waiting when the run ended.
    Waiting,
}

/// All about one job, said once, when it has ended or the run has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    /// The job's number.
    pub job: u64,
    /// Its workload.
    pub workload: WorkloadId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Where it was sent; `None` if rejected.
    pub site: Option<SiteId>,
    /// Its accelerators, in thousandths.
    pub gpu_milli: u64,
    /// The nodes it ran on last; 0 if it never ran.
    pub nodes: u32,
    /// The scale-up domains that its nodes lay in last; 0 if it never ran.
    pub domains: u32,
    /// When it came.
    pub submit: SimTime,
    /// When it first ran.
    pub start: Option<SimTime>,
    /// When it ended.
    pub end: Option<SimTime>,
    /// Work it asked for.
    pub runtime: Span,
    /// Time in a queue, over all its stays there.
    pub wait: Span,
    /// How often it was stopped for another job.
    pub preemptions: u32,
    /// How often it was stopped by a failure.
    pub interruptions: u32,
    /// How often it was stopped by power, the grid or heat.
    pub power_stops: u32,
    /// Work done again after stops.
    pub lost: Span,
    /// Time that it held its accelerators in all; with `runtime` its goodput.
    pub held: Span,
    /// How it ended.
    pub outcome: JobOutcome,
}

/// Accelerator time in thousandths of an accelerator times nanoseconds: an integer, so that conservation is exact.
pub type GpuTime = u128;

/// Thousandths times nanoseconds in an accelerator-hour.
pub const GPU_HOUR: f64 = 1000.0 * 3.6e12;

/// One hour of one site (shorter at the ends of a run). `installed = busy + idle + down`, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteHour {
    /// The site.
    pub site: SiteId,
    /// Start of the hour.
    pub hour: SimTime,
    /// Accelerator time energised.
    pub installed: GpuTime,
    /// Of that, held by jobs and services.
    pub busy: GpuTime,
    /// Of that, free.
    pub idle: GpuTime,
    /// Of that, broken or in repair.
    pub down: GpuTime,
    /// Of the idle time, what the typical jobs of the workload cannot use (Weng et al., USENIX ATC 2023, section 3).
    pub fragmented: GpuTime,
    /// Jobs waiting at the end of the hour.
    pub queued_jobs: u32,
    /// Accelerators they ask for, in thousandths.
    pub queued_gpu_milli: u64,
    /// Jobs running at the end of the hour.
    pub running_jobs: u32,
    /// Jobs started in the hour.
    pub started: u32,
    /// Jobs finished in the hour.
    pub finished: u32,
}

/// What the jobs of a tenant held of one model at one site on a day (UTC), or what of it is in the run. Over tenants and
/// models it sums to the site's `busy`, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageDay {
    /// The site.
    pub site: SiteId,
    /// Whose jobs.
    pub tenant: TenantId,
    /// The model; `None` for jobs on nodes without accelerators.
    pub accelerator: Option<AcceleratorId>,
    /// From here.
    pub since: SimTime,
    /// To here.
    pub until: SimTime,
    /// Accelerator time held.
    pub held: GpuTime,
}
