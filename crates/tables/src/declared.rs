//! The tables of a run: every column, once.

mod agreement;
mod books;
pub mod building;

pub use agreement::{agreements, allotments};
pub use books::{balances, commitment_months, commitments, postings, revenue_shares, statements};
mod energy;

pub use energy::energy_hours;
pub mod planned;
mod service;

pub use service::{replica_hours, service_hours};

use crate::column::{Table, table};

table! {
    /// One row for each job, written when it has ended; jobs that run or wait when the run ends are at the end.
    jobs {
        /// Number of the job, counted over all workloads in the order of submission.
        job "": Integer,
        /// Workload that the job comes from.
        workload "": Key<Workloads>,
        /// Tenant whose job it is.
        tenant "": Key<Tenants>,
        /// Site that it was sent to; none if it was rejected.
        site "": Optional<Key<Sites>>,
        /// How it ended; `running` and `waiting` are states at the end of the run.
        outcome "": Key<Outcomes>,
        /// Accelerators it asked for; a fraction is a share of one.
        gpus "GPU": Gpus,
        /// Nodes it ran on last; 0 if it never ran.
        nodes "": Integer,
        /// Scale-up domains that its nodes lay in last; 0 if it never ran.
        domains "": Integer,
        /// When it was submitted.
        submitted "": Instant,
        /// When it first ran.
        started "": Optional<Instant>,
        /// When it ended.
        ended "": Optional<Instant>,
        /// Work that it asked for.
        runtime_s "s": Seconds,
        /// Time in a queue, over all its stays there.
        wait_s "s": Seconds,
        /// How often it was stopped for another job. Stops by power are in `events` only.
        preemptions "": Integer,
        /// How often it was stopped by a failure. Stops by power are in `events` only.
        interruptions "": Integer,
        /// Work done again after stops.
        lost_s "s": Seconds,
        /// Accelerator time that it held, lost work included.
        held_gpu_hours "GPU h": Number,
        /// Time from submission to end over its work, where work below 10 s counts as 10 s, and at least 1
        /// (Feitelson and Rudolph, JSSPP 1998); only for jobs that finished.
        bounded_slowdown "": Optional<Number>,
    }
}

table! {
    /// One row for each site and hour, shorter at the ends of the run; installed = busy + idle + down.
    site_hours {
        /// Start of the hour.
        hour "": Instant,
        /// Site.
        site "": Key<Sites>,
        /// Accelerator time energised.
        installed_gpu_hours "GPU h": Number,
        /// Of that, held by jobs.
        busy_gpu_hours "GPU h": Number,
        /// Of that, free.
        idle_gpu_hours "GPU h": Number,
        /// Of that, broken or in repair.
        down_gpu_hours "GPU h": Number,
        /// Of the idle time, what the typical jobs of the workload cannot use (Weng et al., USENIX ATC 2023).
        fragmented_gpu_hours "GPU h": Number,
        /// Jobs waiting at the end of the hour.
        queued_jobs "": Integer,
        /// Accelerators that they ask for.
        queued_gpus "GPU": Gpus,
        /// Jobs running at the end of the hour.
        running_jobs "": Integer,
        /// Jobs started in the hour.
        started_jobs "": Integer,
        /// Jobs finished in the hour.
        finished_jobs "": Integer,
    }
}

table! {
    /// One row for each thing that happened, in order.
    events {
        /// When it happened.
        time "": Instant,
        /// What happened. A job was `stopped` by want of power, the grid or heat, `preempted` for another job or a service,
        /// `interrupted` by a failure.
        event "": Key<Events>,
        /// Site where it happened; none for a rejected job.
        site "": Optional<Key<Sites>>,
        /// Number of the job, if it happened to a job.
        job "": Optional<Integer>,
        /// Accelerators of the job, the block or the nodes; none where the event does not say.
        gpus "GPU": Optional<Gpus>,
        /// Nodes of the job or the block, or those that went down or came up; none where the event does not say.
        nodes "": Optional<Integer>,
        /// Number of the job that a preempted job made room for.
        by_job "": Optional<Integer>,
        /// What failed, where jobs were interrupted or nodes went down.
        failure "": Optional<Key<Failures>>,
        /// Work since the last checkpoint of a preempted, interrupted or stopped job, to be done again.
        lost_s "s": Optional<Seconds>,
        /// Block that was energised.
        block "": Optional<Key<Blocks>>,
    }
}

table! {
    /// One row for each result: of the whole network, of each site and of each tenant.
    summary {
        /// `network`, `site` or `tenant`.
        scope "": Text,
        /// Key of the site or tenant; none for the network.
        key "": Optional<Text>,
        /// Name of the result.
        metric "": Text,
        /// Its value; none where there is nothing to compute it from.
        value "as in the column `unit`": Optional<Number>,
        /// Unit of the value; empty for counts and shares.
        unit "": Text,
        /// What it means.
        doc "": Text,
    }
}

table! {
    /// One row for each site of the scenario.
    sites {
        /// Key in the scenario.
        site "": Text,
        /// Name for people.
        name "": Text,
        /// Degrees north.
        latitude_deg "deg": Number,
        /// Degrees east.
        longitude_deg "deg": Number,
        /// IT power that its blocks can carry.
        it_mw "MW": Number,
        /// Its blocks.
        blocks "": Integer,
        /// Its nodes, once all blocks are energised.
        nodes "": Integer,
        /// Its accelerators, once all blocks are energised.
        gpus "GPU": Integer,
        /// Cost of an accelerator-hour, where the scenario says.
        usd_per_gpu_hour "USD/(GPU h)": Optional<Number>,
    }
}

table! {
    /// One row for each block of each site.
    blocks {
        /// Site that it stands on.
        site "": Text,
        /// Key in the scenario.
        block "": Text,
        /// IT power that it can carry.
        it_mw "MW": Number,
        /// IT power of its systems at full load.
        systems_it_mw "MW": Number,
        /// Its nodes.
        nodes "": Integer,
        /// Its accelerators.
        gpus "GPU": Integer,
        /// When work on it begins by its dates and lead times; none for a block that stands when it is ready.
        begun "": Optional<Instant>,
        /// When its systems were to work, as the scenario says.
        ready "": Instant,
        /// When the first of them did; none if not before the end of the run.
        energised "": Optional<Instant>,
        /// When the last of them did: systems of a block may come in parts. None if not before the end of the run.
        energised_in_full "": Optional<Instant>,
    }
}

table! {
    /// One row for each tenant, with what it got.
    tenants {
        /// Key in the scenario.
        tenant "": Text,
        /// Weight of its share under `fair_share`.
        weight "": Number,
        /// Added to the priority of its jobs.
        priority "": Integer,
        /// The most accelerators that it may hold at once; none for no limit.
        quota_gpus "GPU": Optional<Integer>,
        /// Jobs submitted.
        jobs_submitted "": Integer,
        /// Of those, finished.
        jobs_finished "": Integer,
        /// Of those, rejected.
        jobs_rejected "": Integer,
        /// Accelerator time that its jobs and the replicas of its services held.
        held_gpu_hours "GPU h": Number,
        /// Its share of the accelerator time that all tenants held.
        held_share "": Optional<Number>,
        /// Mean time in a queue of its jobs that ran.
        wait_mean_s "s": Optional<Number>,
        /// 95th percentile of the same.
        wait_p95_s "s": Optional<Number>,
        /// Mean bounded slowdown of its jobs that finished.
        bounded_slowdown_mean "": Optional<Number>,
    }
}

table! {
    /// One row for each number of the scenario: where it comes from.
    figures {
        /// Dotted path in the scenario.
        path "": Text,
        /// The value as it is written.
        value "": Text,
        /// `measured`, `published`, `derived` or `assumed`.
        kind "": Text,
        /// Source, if the scenario gives one.
        source "": Optional<Text>,
        /// File (without its folder) and line.
        place "": Text,
    }
}

table! {
    /// One row for each thing that the scenario expects of its results, in the order of the file.
    expectations {
        /// The result that it is about: `utilisation`, `site.abilene.wait_mean_s`.
        metric "": Text,
        /// At least this.
        at_least "as the result": Optional<Number>,
        /// At most this.
        at_most "as the result": Optional<Number>,
        /// The result; none where there is nothing to compute it from.
        value "as the result": Optional<Number>,
        /// `holds`, `fails`, `no_value` (counts as failed) or `no_such_metric`.
        verdict "": Text,
        /// File (without its folder) and line.
        place "": Text,
    }
}

table! {
    /// One row for each choice of the scenario that is no number: its description, its policy, and whatever words and
    /// names it gives.
    settings {
        /// Dotted name: `policy.order`.
        setting "": Text,
        /// The value as the scenario says it.
        value "": Text,
        /// What the value means.
        doc "": Text,
    }
}

/// The tables of every run folder.
pub const TABLES: [&Table; 10] = [
    &jobs::TABLE,
    &site_hours::TABLE,
    &events::TABLE,
    &summary::TABLE,
    &sites::TABLE,
    &blocks::TABLE,
    &tenants::TABLE,
    &figures::TABLE,
    &expectations::TABLE,
    &settings::TABLE,
];

/// Tables that are there where the scenario has what they are about.
pub const OPTIONAL_TABLES: [&Table; 17] = [
    &postings::TABLE,
    &balances::TABLE,
    &statements::TABLE,
    &commitments::TABLE,
    &commitment_months::TABLE,
    &revenue_shares::TABLE,
    &building::milestones::TABLE,
    &building::waits::TABLE,
    &building::capacity::TABLE,
    &building::people::TABLE,
    &building::capital::TABLE,
    &building::capital_uses::TABLE,
    &energy_hours::TABLE,
    &service_hours::TABLE,
    &replica_hours::TABLE,
    &agreements::TABLE,
    &allotments::TABLE,
];

/// Every table that a run folder can have.
pub fn run_tables() -> impl Iterator<Item = &'static Table> {
    TABLES.into_iter().chain(OPTIONAL_TABLES)
}

/// Every table of a run and of a plan.
pub fn all_tables() -> impl Iterator<Item = &'static Table> {
    run_tables().chain(planned::PLAN_TABLES).chain(planned::FRONT_TABLES)
}

/// The table of that name.
pub fn table(name: &str) -> Option<&'static Table> {
    all_tables().find(|table| table.name == name)
}
