//! The checked world: what a scenario file says once it has been read, resolved and found free of mistakes.
//!
//! Names are resolved to indices, text to typed quantities, defaults filled in. Nothing here can be contradictory: the
//! reader refuses it first.

pub mod agreements;
pub mod books;
pub mod energy;
pub mod planning;
mod service;

pub use service::{Region, Replica, Service, WhenFull};

pub use plant::node::Activity as ActivityName;

mod partner;

pub use partner::{Partner, PartnerRole};

use base::id::{AcceleratorId, BlockId, PartnerId, SiteId, SystemId, TenantId};
use base::{AnnouncedPower, FacilityPower, ItPower, Money, SimTime, Span};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use trace::synthetic::Synthetic;

/// Where the blocks of the sites come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildOut {
    /// What stands, is announced or expected: somebody else has decided it.
    #[default]
    Given,
    /// `stargate plan` has chosen it.
    Planned,
}

/// Everything that a run needs to know, but for the contents of the trace files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// The scenario's name: `stargate`.
    pub name: String,
    /// One paragraph for the report.
    pub description: String,
    /// Where the blocks of the sites come from.
    pub build_out: BuildOut,
    /// Seed of every random stream.
    pub seed: u64,
    /// The run starts here.
    pub start: SimTime,
    /// The run ends before this instant.
    pub end: SimTime,
    /// Accelerator models by name; at most 64 (`AcceleratorSet` is a bit set).
    pub accelerators: Vec<String>,
    /// Node and rack products.
    pub systems: Vec<System>,
    /// Sites, sorted by key: their order in the file changes nothing.
    pub sites: Vec<Site>,
    /// All blocks of all sites, sorted by site, then key.
    pub blocks: Vec<Block>,
    /// Links between sites.
    pub links: Vec<Link>,
    /// Parties to the programme, sorted by key.
    pub partners: Vec<Partner>,
    /// What is built in the run, and who pays; `None`: every block stands at its `ready`.
    pub buildout: Option<buildout::Plan>,
    /// Agreements between partners, sorted by key.
    pub agreements: Vec<agreements::Agreement>,
    /// Offers on blocks, by number.
    pub offers: Vec<agreements::Offer>,
    /// Tenants, sorted by key; there is always at least one.
    pub tenants: Vec<Tenant>,
    /// Sources of jobs, sorted by key.
    pub workloads: Vec<Workload>,
    /// How equipment fails, sorted by key.
    pub failures: Vec<Failure>,
    /// Power, cooling, weather, price and carbon; `None` where no site has a power section.
    pub energy: Option<energy::Energy>,
    /// Regions of users, sorted by key.
    pub regions: Vec<Region>,
    /// Models offered to them, sorted by key.
    pub services: Vec<Service>,
    /// How jobs are sent, queued and placed.
    pub policy: Policy,
    /// How books are kept, if they are.
    pub books: Option<books::Books>,
    /// What a plan is to find, if one is asked for; the twin knows nothing of it.
    pub planning: Option<planning::Planning>,
    /// What the results are expected to be.
    pub expectations: Vec<Expectation>,
    /// Every number of the scenario with its source, in the order of the file.
    pub figures: Vec<Figure>,
    /// Everything else that the scenario says: words, names, names of files, by path.
    pub choices: Vec<Choice>,
}

impl World {
    /// The world as it would be had this agreement never been made; `None` if there is none of that key. The agreement
    /// keeps its place, without versions, so that others are still found.
    pub fn without(&self, agreement: &str) -> Option<World> {
        let at = self.agreements.iter().position(|known| known.key == agreement)?;
        let mut world = self.clone();
        world.agreements[at].versions.clear();
        Some(world)
    }

    /// The same world with other draws.
    pub fn reseed(&mut self, seed: u64) {
        self.seed = seed;
        if let Some(buildout) = &mut self.buildout {
            buildout.seed = seed;
        }
    }
}

/// A node or rack product.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct System {
    /// Key in the scenario: `gb200-nvl72`.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// The accelerator it carries; `None` for nodes without one.
    pub accelerator: Option<AcceleratorId>,
    /// Nodes in one system: 1 for a node product, 18 for an NVL72 rack.
    pub nodes: u32,
    /// Accelerators in each node; at most 16.
    pub accelerators_per_node: u32,
    /// Processor cores of each node, in thousandths; 0 for "not modelled" (never a constraint).
    pub cpu_milli: u32,
    /// Memory of each node in MiB; 0 for "not modelled" (never a constraint).
    pub memory_mib: u32,
    /// Memory of one accelerator in GB, for information.
    pub accelerator_memory_gb: f64,
    /// IT power of one whole system at full load.
    pub it_power: ItPower,
    /// Accelerators that reach each other at full scale-up bandwidth: 8 in an HGX node, 72 in an NVL72 rack.
    pub scale_up_domain: u32,
    /// Price of one whole system; `None`: not known.
    pub price: Option<Money>,
    /// None can be delivered before.
    pub available: Option<SimTime>,
}

/// A place with blocks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Key in the scenario: `abilene`.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// Degrees north.
    pub latitude_deg: f64,
    /// Degrees east.
    pub longitude_deg: f64,
    /// Cost of an accelerator-hour for the choice `cheapest`, in US dollars; `None` where the file does not say.
    pub usd_per_gpu_hour: Option<f64>,
    /// Share of the nodes of each product that is held back for those that fail.
    pub spares: f64,
    /// Who builds and runs it.
    pub operator: Option<PartnerId>,
    /// Whose it is.
    pub owner: Option<PartnerId>,
    /// Who has it on lease.
    pub lessee: Option<PartnerId>,
    /// Power as it was announced, and when.
    pub announced: Option<(AnnouncedPower, SimTime)>,
    /// Power at the meter when the site is complete.
    pub facility_power: Option<FacilityPower>,
    /// Its blocks, as a range of `World::blocks`.
    pub blocks: std::ops::Range<u32>,
}

impl Site {
    /// The indices of its blocks.
    pub fn block_ids(&self) -> impl Iterator<Item = BlockId> {
        self.blocks.clone().map(BlockId)
    }
}

/// The capacity that is energised together: a building or a hall.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Key in the scenario: `building-1`.
    pub key: String,
    /// The site it stands on.
    pub site: SiteId,
    /// IT power it can carry.
    pub it_power: ItPower,
    /// When its systems can work; at or before `World::start` means from the start.
    pub ready: SimTime,
    /// The systems in it, each with how many.
    pub equipment: Vec<(SystemId, u32)>,
}

/// A link between two sites, the same in both directions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The sites it joins.
    pub ends: [SiteId; 2],
    /// Round-trip time.
    pub round_trip: Span,
    /// Bandwidth in gigabits per second.
    pub gbit_per_s: f64,
}

/// Who submits jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tenant {
    /// Key in the scenario.
    pub key: String,
    /// Which partner it is, or belongs to.
    pub partner: Option<PartnerId>,
    /// Weight of its share under `fair_share`.
    pub weight: f64,
    /// Added to the priority of its jobs.
    pub priority: i32,
    /// The most accelerators it may hold at once, over all sites; `None` for no limit.
    pub quota_gpus: Option<u32>,
}

/// One source of jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// Key in the scenario.
    pub key: String,
    /// Whose jobs they are; a trace's own tenant names win where they are tenants of the scenario.
    pub tenant: TenantId,
    /// Where its data lives; `None`: nowhere in particular.
    pub home: Option<SiteId>,
    /// Gigabytes to move over the link before a job can start away from home.
    pub data_gb: f64,
    /// The first job can come at this instant: the start of a trace.
    pub start: SimTime,
    /// No job comes at or after this instant.
    pub end: SimTime,
    /// Added to the priority of its jobs.
    pub priority: i32,
    /// Whether its jobs may be stopped for others, to go on later from their last checkpoint.
    pub preemptible: bool,
    /// When its jobs write checkpoints.
    pub checkpoint: Checkpoint,
    /// How long a job stands still to write one.
    pub checkpoint_write: Span,
    /// How long a job that was stopped takes, once it runs again, to be where its checkpoint was.
    pub restart: Span,
    /// What becomes of a job when something that it runs on fails.
    pub after_failure: AfterFailure,
    /// Accelerators that will do, for jobs that do not say themselves; empty for any.
    pub accelerators: Vec<AcceleratorId>,
    /// Where the jobs come from.
    pub source: JobSource,
}

/// When a job writes checkpoints, in work done between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Checkpoint {
    /// Never: a job that is stopped starts again from nothing.
    Never,
    /// After so much work.
    Every(Span),
    /// As often as loses the least, given how often what the job runs on fails (Young 1974, Daly 2006).
    Optimal,
}

/// What becomes of a job when something that it runs on fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterFailure {
    /// It keeps its other nodes and takes free ones for those that failed, before anybody who waits; where there are
    /// none, it goes back to its place in the queue.
    Replace,
    /// It gives everything back and goes to its place in the queue.
    Requeue,
}

/// A way in which equipment fails: independent events at a constant rate for each unit, and a repair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Key in the scenario: `gpu-memory`.
    pub key: String,
    /// What one unit is, and what goes down with it.
    pub scope: FailureScope,
    /// Systems that fail in this way; empty for all. Must be empty where the scope is the site.
    pub systems: Vec<SystemId>,
    /// Neighbouring nodes of one unit, for the scope `group`; 0 for other scopes.
    pub group_nodes: u32,
    /// Mean time between failures of one unit.
    pub mean_time_between: Span,
    /// Median time to repair; zero: what runs is interrupted, and nothing stays down.
    pub repair: Span,
    /// Standard deviation of the logarithm of the repair time.
    pub repair_sigma: f64,
}

impl Failure {
    /// Whether systems of a product can fail in this way.
    pub fn may_strike(&self, system: SystemId) -> bool {
        self.systems.is_empty() || self.systems.contains(&system)
    }
}

/// What fails as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureScope {
    /// An accelerator; its node goes down with it.
    Accelerator,
    /// A node.
    Node,
    /// A scale-up domain with all its nodes.
    Domain,
    /// So many neighbouring nodes: those behind a switch, a cooling loop, a row's feed.
    Group,
    /// All nodes of a block: its cooling, its transformer.
    Block,
    /// All of a site's nodes.
    Site,
}

/// Where jobs come from.
// A scenario has few workloads: the size of the larger variant is no cost.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum JobSource {
    /// A trace file.
    Trace {
        /// The file, resolved against the folder of the scenario file that names it.
        path: PathBuf,
        /// Its format: a name that the trace crate knows.
        format: String,
        /// Gaps between submissions are multiplied by this: 0.5 doubles the load.
        time_scale: f64,
        /// The file is read so many times, one after the other.
        repeat: u32,
    },
    /// Drawn from distributions.
    Synthetic(Synthetic),
}

/// How jobs are sent, queued and placed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Which site a job is sent to.
    pub site_choice: SiteChoice,
    /// In which order a site's queue is served.
    pub order: QueueOrder,
    /// Who may overtake whom.
    pub backfill: Backfill,
    /// Whether a job of higher priority may stop preemptible jobs of lower priority.
    pub preemption: bool,
    /// Which nodes a job gets.
    pub placement: Placement,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            site_choice: SiteChoice::HomeFirst,
            order: QueueOrder::Fcfs,
            backfill: Backfill::Easy { depth: None },
            preemption: false,
            placement: Placement::BestFit,
        }
    }
}

/// Which site a job is sent to, once, when it is submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteChoice {
    /// Its home, or if it can never run there, or nothing stands there yet, the first other site that can take it.
    HomeFirst,
    /// The site with the smallest share of its accelerators asked for (held and queued).
    LeastLoaded,
    /// The site with the most free accelerators, less those that its queue asks for.
    MostFree,
    /// The site with the cheapest accelerator-hour.
    Cheapest,
}

/// In which order a site's queue is served; a higher priority always goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueOrder {
    /// First come, first served.
    Fcfs,
    /// Shortest job first, by the user's estimate.
    Sjf,
    /// Dominant resource fairness (Ghodsi et al., NSDI 2011): the tenant with the smallest weighted dominant share.
    FairShare,
}

/// Who may overtake the job at the head of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Backfill {
    /// Nobody.
    None,
    /// EASY (Lifka 1995): whoever does not delay the head.
    Easy {
        /// How many queued jobs behind the head are looked at; `None`: all.
        depth: Option<u32>,
    },
    /// Conservative (Mu'alem and Feitelson 2001): whoever delays no one before it.
    Conservative {
        /// How many queued jobs get a reservation; `None`: all.
        depth: Option<u32>,
    },
}

/// Which nodes a job gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// The first node that fits.
    FirstFit,
    /// The node that is left with the least.
    BestFit,
    /// The node that is left with the most.
    WorstFit,
    /// The node whose free resources point the way of the demand (dot product; Panigrahy et al. 2011).
    DotProduct,
    /// Fragmentation gradient descent (Weng et al., USENIX ATC 2023).
    Fgd,
    /// The fewest and fullest scale-up domains.
    DomainPack,
}

/// A statement about the results that a run checks at its end: `summary.jobs_finished >= 1000`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// A name of the summary table.
    pub metric: String,
    /// At least this.
    pub at_least: Option<f64>,
    /// At most this.
    pub at_most: Option<f64>,
    /// Where it stands: `file:line`.
    pub place: String,
}

/// Where a number comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Dotted path: `site.abilene.block.building-1.it_mw`.
    pub path: String,
    /// The value as it is written.
    pub value: String,
    /// What kind of figure it is.
    pub kind: FigureKind,
    /// Where it comes from, if the file says.
    pub source: Option<String>,
    /// Where it stands: `file:line`.
    pub place: String,
}

/// Something that the scenario says and that is no number: a word, a name, the name of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Dotted path: `site.abilene.fill`.
    pub path: String,
    /// The value without its quotes; of a file the name without its folder.
    pub value: String,
    /// What the value means, or what the key says.
    pub doc: String,
}

/// How well a figure is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureKind {
    /// Read off a meter, a log or a benchmark.
    Measured,
    /// Stated by somebody who should know.
    Published,
    /// Computed from other figures.
    Derived,
    /// Nobody knows; somebody had to say something.
    Assumed,
}
