//! The language: every section and key, once. What is written here is what the reader accepts, what the JSON Schema
//! tells editors and what the reference page says.

mod agreement;
pub mod books;
mod buildout;
mod partner;
mod plan;

pub use agreement::*;
pub use buildout::{
    BuildoutText, CapitalText, ConstructionText, MilestonesText, ReequipText, SiteMilestonesText, SupplyText,
    TrancheText,
};
pub use partner::PartnerText;
pub use plan::{CandidateText, GeneratorText, InterconnectionText, PlanDemandText, PlanText};

mod service;

pub use service::{AutoscaleText, RegionText, ServiceText, SurfaceText};

use crate::keys::books::{BooksText, CostText, TariffText};
mod energy;

pub use energy::*;

use crate::choices::{BackfillName, DurationsName, GapsName, SizesName};
use crate::language::{Field, List, Map, One, Rows, key, section};
use crate::scalar::{Code, Count, FileName, Profile, Weights};
use crate::world::{ActivityName, AfterFailure, BuildOut, FailureScope, Placement, QueueOrder, SiteChoice};
use base::{SimTime, Span};

/// The edition of the language that this version reads.
pub const EDITION: u64 = 2026;

/// Largest number of anything that is counted one by one.
const MANY: f64 = 1e9;
/// Largest power in megawatts: all electricity on earth.
const MOST_MW: f64 = 1e7;

section! {
    /// A scenario: one file, or several joined by `include` and `extends`.
    ScenarioText at "the top of the file" {
        /// Edition of the language. A later version of Stargate reads an older edition as it was meant.
        edition: Field<Code> = key().required().example("2026");
        /// Name of the scenario.
        name: Field<String> = key().default("\"unnamed\"");
        /// One paragraph about it, for the report.
        description: Field<String> = key().default("\"\"");
        /// Where the blocks of the sites come from, for the report: `run --plan` says that they are planned.
        build_out: Field<BuildOut> = key().default("\"given\"");
        /// Seed of every random stream. Two runs with the same seed are the same to the last byte.
        seed: Field<Code> = key().default("1");
        /// Further files, read as if they stood in this one. What two of them say must not contradict. A name beginning
        /// with `builtin:` is a text that comes with Stargate.
        include: List<FileName> = key();
        /// A file to start from: this one changes and adds to it. Tables are merged; values and lists replace those of
        /// the base. `builtin:abilene` starts from the built-in example.
        extends: Field<FileName> = key();
        /// What to take out of the base named by `extends`: paths such as `site.milam`.
        remove: List<String> = key();
        /// When the run starts and ends.
        horizon: One<HorizonText> = key().required();
        /// Facts about accelerator models, by the name that systems give.
        accelerator: Map<AcceleratorText> = key();
        /// Node and rack products.
        system: Map<SystemText> = key();
        /// What is known of building.
        buildout: One<BuildoutText> = key();
        /// Ways of building blocks.
        construction: Map<ConstructionText> = key();
        /// Limits of the delivery of systems.
        supply: Rows<SupplyText> = key();
        /// Pieces of capital.
        tranche: Map<TrancheText> = key();
        /// How capital is used.
        capital: One<CapitalText> = key();
        /// Places with blocks. With `[plan]` there need be none: a plan chooses among candidates.
        site: Map<SiteText> = key();
        /// Times in which a grid must shed load, which is shared out over sites.
        emergency: Rows<EmergencyText> = key();
        /// Links between sites.
        link: Rows<LinkText> = key();
        /// Parties to the programme.
        partner: Map<PartnerText> = key();
        /// Who submits jobs. Without any there is one, named `default`.
        tenant: Map<TenantText> = key();
        /// Agreements between partners.
        agreement: Map<AgreementText> = key();
        /// Offers on blocks, of which rights of first refusal and first offer take hold.
        offer: Map<OfferText> = key();
        /// Ways in which equipment fails. Without any, nothing does.
        failure: Map<FailureText> = key();
        /// Sources of jobs. A scenario has one, or a service.
        workload: Map<WorkloadText> = key();
        /// Regions of users.
        region: Map<RegionText> = key();
        /// What replicas of a model do on accelerators of one kind.
        surface: Map<SurfaceText> = key();
        /// Models offered to the users of regions.
        service: Map<ServiceText> = key();
        /// How jobs are sent, queued and placed.
        policy: One<PolicyText> = key();
        /// Keeps books in double entry for every partner.
        books: One<BooksText> = key();
        /// What customers pay.
        tariff: Map<TariffText> = key();
        /// What running sites costs.
        cost: Map<CostText> = key();
        /// What `stargate plan` is to find.
        plan: One<PlanText> = key();
        /// Places where blocks could be built.
        candidate: Map<CandidateText> = key();
        /// Kinds of plant that can be ordered for candidates.
        generator: Map<GeneratorText> = key();
        /// What the results are expected to be. A run whose expectation fails ends with exit code 1.
        expect: Rows<ExpectText> = key();
    }

    /// When the run starts and ends. Give `end` or `length`.
    HorizonText at "[horizon]" {
        /// The first instant of the run.
        start: Field<SimTime> = key().required();
        /// The run ends before this instant.
        end: Field<SimTime> = key().absent("`start` and `length`");
        /// How long the run is.
        length: Field<Span> = key().above(0.0, f64::INFINITY).absent("`start` to `end`");
    }

    /// Facts about an accelerator model.
    AcceleratorText at "[accelerator.NAME]" {
        /// Name for people.
        name: Field<String> = key().absent("its key");
        /// Memory of one accelerator, in units of 10^9 bytes.
        memory_gb: Field<f64> = key().above(0.0, 1e6).unit("GB").absent("unknown");
        /// Power of one accelerator at full load. Used for the nodes of a node list, which does not say.
        power_w: Field<f64> = key().above(0.0, 1e6).unit("W").absent("unknown");
    }

    /// A node or rack product.
    SystemText at "[system.NAME]" {
        /// Name for people.
        name: Field<String> = key().absent("its key");
        /// The accelerator model it carries.
        accelerator: Field<String> = key().absent("no accelerators").refers("accelerator");
        /// Nodes in one system: 1 for a node product, 18 for an NVL72 rack.
        nodes: Field<u32> = key().range(1.0, 4096.0).default("1");
        /// Accelerators in each node.
        accelerators_per_node: Field<u32> = key().range(0.0, 16.0).default("0");
        /// Processor cores of each node.
        cores_per_node: Field<f64> = key().range(0.0, 4e6).absent("not modelled: never a constraint");
        /// Main memory of each node.
        memory_gib_per_node: Field<f64> = key().range(0.0, 4e6).unit("GiB").absent("not modelled: never a constraint");
        /// IT power of one whole system at full load.
        power_kw: Field<f64> = key().above(0.0, 1e6).unit("kW").required();
        /// Accelerators that reach each other at full scale-up bandwidth: 8 in an HGX node, 72 in an NVL72 rack.
        scale_up_domain: Field<u32> = key().range(1.0, 65536.0).absent("all accelerators of one system");
        /// Price of one.
        usd_each: Field<f64> = key().range(0.0, 1e9).unit("US dollars").absent("not known: it costs nothing");
        /// None can be delivered before this date.
        available: Field<SimTime> = key().absent("it is available at all times");
        /// IT power of one whole system when nothing runs on it.
        idle_kw: Field<f64> = key().range(0.0, 1e6).unit("kW").absent("from the power of its accelerators, as measured on nodes of eight A100");
        /// What its parts draw, and the converters in front of them: instead of `idle_kw`.
        supply: One<PartsText> = key();
    }

    /// A place with blocks. A site of one block can give the block's keys itself; with blocks of their own, `ready` and
    /// `fill` hold for those that say nothing else.
    SiteText at "[site.NAME]" {
        /// Name for people.
        name: Field<String> = key().absent("its key");
        /// Degrees north.
        latitude_deg: Field<f64> = key().range(-90.0, 90.0).unit("degrees").absent("0, with a warning");
        /// Degrees east.
        longitude_deg: Field<f64> = key().range(-180.0, 180.0).unit("degrees").absent("0, with a warning");
        /// Who builds and runs it.
        operator: Field<String> = key().absent("nobody in particular").refers("partner");
        /// Whose it is.
        owner: Field<String> = key().absent("nobody in particular").refers("partner");
        /// Who has it on lease.
        lessee: Field<String> = key().absent("nobody in particular").refers("partner");
        /// Power as it was announced: what the press release says.
        announced_mw: Field<f64> = key().above(0.0, MOST_MW).unit("MW").absent("nobody has announced any");
        /// When it was announced.
        announced: Field<SimTime> = key().absent("the start of the run");
        /// Power at the meter of the whole site when it is complete: IT, cooling and losses.
        facility_mw: Field<f64> = key().above(0.0, MOST_MW).unit("MW").absent("not known");
        /// Cost of an accelerator-hour, for the site choice `cheapest`.
        usd_per_gpu_hour: Field<f64> = key().range(0.0, 1e6).unit("US dollars").absent("dearer than every site that says");
        /// Share of the nodes of each product that is held back, cold, to stand in for nodes that fail.
        spares: Field<f64> = key().range(0.0, 0.5).default("0.0");
        /// IT power of the whole site. Blocks that say nothing share what the others leave; if every block has its own,
        /// all are scaled in proportion so that they sum to this, and their systems with them.
        it_mw: Field<f64> = key().above(0.0, MOST_MW).unit("MW").absent("the sum of its blocks");
        /// When its systems can work.
        ready: Field<SimTime> = key().absent("the start of the run");
        /// Fill the power with as many of this system as it carries.
        fill: Field<String> = key().refers("system");
        /// The systems in it, each with how many.
        systems: Rows<EquipmentText> = key();
        /// A node list: a CSV file with the columns `sn,cpu_milli,memory_mib,gpu,model`.
        nodes: Field<FileName> = key();
        /// How its blocks are built, if they do not say themselves.
        construction: Field<String> = key().absent("they stand at their `ready`").refers("construction");
        /// Milestones of the whole site.
        milestones: One<SiteMilestonesText> = key();
        /// Blocks: the capacity that is energised together.
        block: Map<BlockText> = key();
        /// What its power comes from and what it costs.
        power: One<PowerText> = key();
        /// How heat leaves it; needs `power`.
        cooling: One<CoolingText> = key();
        /// Its weather; needs `power`.
        weather: One<SeriesText> = key();
        /// The hourly price of electricity; needs `power`.
        price: One<SeriesText> = key();
        /// The hourly carbon intensity of its grid; needs `power`.
        carbon: One<SeriesText> = key();
    }

    /// The capacity that is energised together: a building or a hall. It takes `fill`, `systems` or `nodes`, or is `empty`.
    BlockText at "[site.NAME.block.NAME]" {
        /// IT power it can carry.
        it_mw: Field<f64> = key().above(0.0, MOST_MW).unit("MW").absent("its share of the site's, or what its systems draw");
        /// When its systems can work; before the start of the run means from the start.
        ready: Field<SimTime> = key().absent("the site's, or the start of the run");
        /// Fill the power with as many of this system as it carries.
        fill: Field<String> = key().refers("system").absent("the site's");
        /// The systems in it, each with how many.
        systems: Rows<EquipmentText> = key();
        /// A node list: a CSV file with the columns `sn,cpu_milli,memory_mib,gpu,model`.
        nodes: Field<FileName> = key();
        /// Whether nothing stands in it: a hall that is built before anybody knows its systems. It takes `it_mw` and none of the above.
        empty: Field<bool> = key().default("false");
        /// How it is built.
        construction: Field<String> = key().absent("the site's").refers("construction");
        /// The building that it is a part of: blocks of one building of a site slip together and cost the same above
        /// their plan.
        building: Field<String> = key().absent("one of its own");
        /// None of its systems comes before, though the building is done.
        systems_from: Field<SimTime> = key().absent("when the building is done");
        /// Who goes first where money or systems are short: the higher; of equals the one that is to be energised first,
        /// then by key.
        priority: Field<i32> = key().range(-1e6, 1e6).default("0");
        /// Its milestones, with their dates.
        milestones: One<MilestonesText> = key();
        /// Later generations of systems.
        reequip: Rows<ReequipText> = key();
    }

    /// Some systems of one kind.
    EquipmentText at "systems = [{ system = \"NAME\", count = 100 }]" {
        /// Which.
        system: Field<String> = key().required().refers("system");
        /// How many.
        count: Field<u32> = key().required().range(1.0, 1e8);
    }

    /// A link between two sites, the same in both directions.
    LinkText at "[[link]]" {
        /// The two sites it joins.
        between: List<String> = key().required().refers("site");
        /// Round-trip time.
        round_trip: Field<Span> = key().required().range(0.0, 3600.0);
        /// Bandwidth.
        gbit_per_s: Field<f64> = key().required().above(0.0, 1e9).unit("Gbit/s");
    }

    /// Who submits jobs.
    TenantText at "[tenant.NAME]" {
        /// Which partner it is, or belongs to.
        partner: Field<String> = key().absent("nobody in particular").refers("partner");
        /// Weight of its share under `order = "fair_share"`.
        weight: Field<f64> = key().above(0.0, 1e6).default("1.0");
        /// Added to the priority of its jobs; higher goes first.
        priority: Field<i32> = key().range(-1e6, 1e6).default("0");
        /// The most accelerators it may hold at once, over all sites.
        quota_gpus: Field<u32> = key().range(1.0, 4e9).absent("no limit");
    }

    /// A way in which equipment fails: at a constant rate for each unit, independently, and with a repair whose length is
    /// lognormal.
    FailureText at "[failure.NAME]" {
        /// What fails as one.
        scope: Field<FailureScope> = key().required();
        /// Systems that fail in this way. With the scope `site`, all do.
        systems: List<String> = key().absent("all").refers("system");
        /// Neighbouring nodes that fail together, with the scope `group`.
        nodes: Field<u32> = key().range(2.0, 1e6);
        /// Mean time between failures of one unit: of one accelerator, node, domain, group, block or site.
        mean_time_between: Field<Span> = key().required().above(0.0, f64::INFINITY);
        /// Median time to repair. Zero: what runs is interrupted, and nothing stays down.
        repair: Field<Span> = key().default("\"0 s\"");
        /// Standard deviation of the logarithm of the time to repair.
        repair_sigma: Field<f64> = key().range(0.0, 10.0).default("0.0");
    }

    /// A source of jobs: a trace (`trace = "jobs.swf.gz"`), or a synthetic stream (`arrivals`, `sizes` and `durations`).
    WorkloadText at "[workload.NAME]" {
        /// Whose jobs they are. A trace's own tenant names win where they are tenants of the scenario.
        tenant: Field<String> = key().absent("the only tenant").refers("tenant");
        /// The site where its data lives.
        home: Field<String> = key().absent("nowhere in particular").refers("site");
        /// Data to move over the link before a job can start away from home, in units of 10^9 bytes.
        data_gb: Field<f64> = key().range(0.0, 1e12).unit("GB").default("0.0");
        /// No job comes before this instant; a trace starts here.
        start: Field<SimTime> = key().absent("the start of the run");
        /// No job comes at or after this instant.
        end: Field<SimTime> = key().absent("the end of the run");
        /// Added to the priority of its jobs; higher goes first.
        priority: Field<i32> = key().range(-1e6, 1e6).default("0");
        /// Whether its jobs may be stopped for others, to go on later from their last checkpoint.
        preemptible: Field<bool> = key().default("false");
        /// Work between two checkpoints.
        checkpoint: Field<Span> = key().above(0.0, f64::INFINITY).absent("as often as loses the least, if something can fail and `checkpoint_write` says what one costs (Daly 2006); else none: a job that is stopped starts again from nothing");
        /// How long a job stands still to write a checkpoint.
        checkpoint_write: Field<Span> = key().default("\"0 s\"");
        /// How long a job that was stopped takes, once it runs again, to be where its checkpoint was.
        restart: Field<Span> = key().default("\"0 s\"");
        /// What becomes of a job when something that it runs on fails.
        after_failure: Field<AfterFailure> = key().default("\"replace\"");
        /// Accelerator models that will do, for jobs that do not say themselves.
        accelerators: List<String> = key().refers("accelerator");
        /// What its work does to accelerators: what they draw, and how much a cap slows it. Bears only on sites with power.
        activity: Field<ActivityName> = key().default("\"training\"");
        /// A trace file.
        trace: Field<FileName> = key();
        /// Format of the trace: `swf`, `philly`, `openb`, `csv` or `parquet`.
        format: Field<String> = key().absent("told from the name of the file");
        /// Gaps between the submissions of a trace are multiplied by this: 0.5 doubles the load.
        time_scale: Field<f64> = key().above(0.0, 1e9).default("1.0");
        /// The trace is read so many times, one after the other.
        repeat: Field<u32> = key().range(1.0, 1e6).default("1");
        /// When jobs of a synthetic stream come.
        arrivals: One<ArrivalsText> = key();
        /// How many accelerators each asks for.
        sizes: One<SizesText> = key();
        /// How long each runs.
        durations: One<DurationsText> = key();
        /// The user's estimate is the runtime times this.
        estimate_factor: Field<f64> = key().range(1.0, 1e6).absent("the scheduler is told the runtime itself");
        /// The user's estimate is the runtime times a factor drawn evenly from 1 to this.
        estimate_up_to: Field<f64> = key().range(1.0, 1e6).absent("the scheduler is told the runtime itself");
        /// Processor cores asked for with each accelerator.
        cores_per_gpu: Field<f64> = key().range(0.0, 4e6).default("0.0");
        /// Main memory asked for with each accelerator.
        memory_gib_per_gpu: Field<f64> = key().range(0.0, 4e6).unit("GiB").default("0.0");
        /// The stream ends after so many jobs.
        jobs: Field<Count> = key().range(1.0, 1e15).absent("no limit");
    }

    /// When jobs come: a renewal process, its rate modulated over the day and the week.
    ArrivalsText at "[workload.NAME.arrivals]" {
        /// Mean number of jobs in an hour, over a whole week.
        per_hour: Field<f64> = key().required().above(0.0, MANY);
        /// Distribution of the gaps between arrivals.
        gaps: Field<GapsName> = key().default("\"poisson\"");
        /// Standard deviation over mean of `gamma` gaps: 1 is Poisson, above 1 is bursty.
        cv: Field<f64> = key().above(0.0, 100.0);
        /// Shape of `weibull` gaps: 1 is Poisson, below 1 is bursty.
        shape: Field<f64> = key().above(0.0, 100.0);
        /// Relative rate of each hour of the day, UTC: 24 numbers.
        hour_of_day: Field<Profile<24>> = key().range(0.0, MANY).absent("even");
        /// Relative rate of each day of the week, Monday first: 7 numbers.
        day_of_week: Field<Profile<7>> = key().range(0.0, MANY).absent("even");
        /// Growth, by date: from each on, the rate is `per_hour` times a factor.
        step: Rows<RateStepText> = key();
    }

    /// From an instant on the rate of a stream is `per_hour` times a factor; before the first step it is `per_hour`.
    RateStepText at "step = [{ from = \"2027-01-01\", factor = 2.0 }]" {
        /// From when; an hour has the factor that holds at its start.
        from: Field<SimTime> = key().required();
        /// The factor.
        factor: Field<f64> = key().required().range(0.0, MANY);
    }

    /// How many accelerators a job asks for.
    SizesText at "[workload.NAME.sizes]" {
        /// Which distribution.
        distribution: Field<SizesName> = key().required();
        /// Sizes with their weights: `{ 1 = 0.7, 8 = 0.3 }`.
        weights: Field<Weights> = key().range(0.0, 1e15);
        /// Median accelerators.
        median: Field<f64> = key().range(1.0, 1e9);
        /// Standard deviation of the logarithm.
        sigma: Field<f64> = key().range(0.0, 100.0);
        /// The largest gang.
        most: Field<u32> = key().range(1.0, 4e6);
    }

    /// How long a job runs.
    DurationsText at "[workload.NAME.durations]" {
        /// In a class: jobs of up to so many accelerators; the last class takes the rest.
        up_to: Field<u32> = key().range(1.0, 4e9);
        /// Which distribution.
        distribution: Field<DurationsName> = key().required();
        /// Mean, of `constant` and `exponential`.
        mean: Field<Span> = key().above(0.0, f64::INFINITY);
        /// Median, of `lognormal`.
        median: Field<Span> = key().above(0.0, f64::INFINITY);
        /// Standard deviation of the logarithm, of `lognormal`.
        sigma: Field<f64> = key().range(0.0, 100.0);
        /// Scale, of `weibull`.
        scale: Field<Span> = key().above(0.0, f64::INFINITY);
        /// Shape, of `weibull`.
        shape: Field<f64> = key().above(0.0, 100.0);
        /// Longest, of `lognormal` and `weibull`.
        most: Field<Span> = key().above(0.0, f64::INFINITY).default("\"520 weeks\"");
        /// Quantiles at equal steps from 0 to 1, rising; interpolated in the logarithm.
        quantiles: List<Span> = key().above(0.0, f64::INFINITY);
        /// Classes of sizes, each with a distribution of its own, by rising `up_to`.
        class: Rows<DurationsText> = key();
    }

    /// How jobs are sent to sites, queued and placed on nodes.
    PolicyText at "[policy]" {
        /// Which site a job is sent to, once, when it is submitted.
        site_choice: Field<SiteChoice> = key().default("\"home_first\"");
        /// In which order a site's queue is served; a higher priority always goes first.
        order: Field<QueueOrder> = key().default("\"fcfs\"");
        /// Who may overtake the job at the head of the queue.
        backfill: Field<BackfillName> = key().default("\"easy\"");
        /// How many queued jobs behind the head are looked at by `easy`, or get a reservation by `conservative`.
        backfill_depth: Field<u32> = key().range(1.0, 4e9).absent("all");
        /// Whether a job of higher priority may stop preemptible jobs of lower priority.
        preemption: Field<bool> = key().default("false");
        /// Which nodes a job gets.
        placement: Field<Placement> = key().default("\"best_fit\"");
    }

    /// A statement about the results. Give `at_least`, `at_most` or both.
    ExpectText at "[[expect]]" {
        /// A row of the table `summary`.
        metric: Field<String> = key().required();
        /// At least this.
        at_least: Field<f64> = key();
        /// At most this.
        at_most: Field<f64> = key();
    }
}
