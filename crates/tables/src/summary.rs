//! The results of a run in numbers: of the whole network, of each site and of each tenant.

use crate::account::{Accounts, HourSums, JobSums};
use crate::books::{self, BooksSums, Sums};
use crate::building::{self, Building, Builds};
use crate::energy::EnergySums;
use crate::service::{self, ServiceSums};
use base::{Money, SimTime};
use scenario::World;
use scenario::world::Expectation;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use twin::fact::{GPU_HOUR, GpuTime};

/// A result as it is declared: the one place where its name, unit, meaning and formula stand.
#[derive(Clone, Copy, Debug)]
pub struct MetricDef {
    /// Its name, with the unit at its end where it has one: `wait_mean_s`.
    pub name: &'static str,
    /// Its unit; empty for counts and shares.
    pub unit: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Whether tenants have it; the network and the sites have every one.
    pub of_tenants: bool,
    pub(crate) value: fn(&Part) -> Option<f64>,
}

/// What a metric is computed from.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    jobs: &'a JobSums,
    hours: &'a HourSums,
    /// Of the network and of sites, where anything is built.
    pub(crate) builds: Option<Builds<'a>>,
    /// Only where the scenario keeps books, and not of tenants.
    pub(crate) books: Option<&'a BooksSums>,
    /// `None` where there are no energy hours.
    energy: Option<&'a EnergySums>,
    pub(crate) services: Option<&'a ServiceSums>,
    pub(crate) world: &'a World,
}

fn hours(time: GpuTime) -> Option<f64> {
    Some(time as f64 / GPU_HOUR)
}

fn share(part: GpuTime, whole: GpuTime) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn count(count: u64) -> Option<f64> {
    Some(count as f64)
}

macro_rules! metrics {
    ($($name:ident $unit:literal $of_tenants:literal $doc:literal, $value:expr;)*) => {
        &[$($crate::summary::MetricDef {
            name: stringify!($name),
            unit: $unit,
            doc: $doc,
            of_tenants: $of_tenants,
            value: $value,
        }),*]
    };
}

pub(crate) use metrics;

mod energy;

/// Every result of jobs and machines, in the order of the table. `true`: tenants have it too.
static METRICS: &[MetricDef] = metrics! {
    jobs_submitted "" true "jobs submitted", |part| count(part.jobs.submitted);
    jobs_started "" true "of those, jobs that ran at some time", |part| count(part.jobs.started);
    jobs_finished "" true "jobs that ran to their end", |part| count(part.jobs.finished);
    jobs_rejected "" true "jobs that no site can ever hold; they belong to no site", |part| count(part.jobs.rejected);
    jobs_running "" true "jobs running when the run ended", |part| count(part.jobs.running);
    jobs_waiting "" true "jobs waiting when the run ended", |part| count(part.jobs.waiting);
    gpus "GPU" false "accelerators energised by the end of the run", |part| count(part.hours.gpus);
    installed_gpu_hours "GPU h" false "accelerator time energised", |part| hours(part.hours.installed);
    busy_gpu_hours "GPU h" false "of that, held by jobs", |part| hours(part.hours.busy);
    idle_gpu_hours "GPU h" false "of that, free", |part| hours(part.hours.idle);
    down_gpu_hours "GPU h" false "of that, broken or in repair", |part| hours(part.hours.down);
    fragmented_gpu_hours "GPU h" false
        "of the idle time, what the typical jobs of the workload cannot use", |part| hours(part.hours.fragmented);
    utilisation "" false "busy as a share of installed", |part| share(part.hours.busy, part.hours.installed);
    allocation_share "" false "busy as a share of what works (busy and idle)",
        |part| share(part.hours.busy, part.hours.busy + part.hours.idle);
    fragmented_share "" false "fragmented as a share of installed",
        |part| share(part.hours.fragmented, part.hours.installed);
    down_share "" false "down as a share of installed", |part| share(part.hours.down, part.hours.installed);
    queued_jobs_max "" false "the most jobs that waited at one site at the end of an hour",
        |part| count(part.hours.queued_jobs_max);
    held_gpu_hours "GPU h" true "accelerator time held by jobs, lost work included", |part| hours(part.jobs.held);
    lost_gpu_hours "GPU h" true "accelerator time of work done again after stops", |part| hours(part.jobs.lost);
    preemptions "" true "stops of running jobs for others; those by power are `power_stops`",
        |part| count(part.jobs.preemptions);
    interruptions "" true "stops of running jobs by failures; those by power are `power_stops`",
        |part| count(part.jobs.interruptions);
    power_stops "" true "stops of running jobs by want of power, the grid or heat",
        |part| count(part.jobs.power_stops);
    goodput "" true
        "work as a share of the accelerator time held for it (the rest: work done again, checkpoints, restarts), of the jobs that finished",
        |part| share(part.jobs.work, part.jobs.held_for_work);
    wait_mean_s "s" true "mean time in a queue of the jobs that ran", |part| part.jobs.wait.mean_s();
    wait_median_s "s" true "median of the same, within 0.8 %", |part| part.jobs.wait.quantile_s(0.5);
    wait_p95_s "s" true "95th percentile of the same, within 0.8 %", |part| part.jobs.wait.quantile_s(0.95);
    wait_p99_s "s" true "99th percentile of the same, within 0.8 %", |part| part.jobs.wait.quantile_s(0.99);
    wait_max_s "s" true "the longest of the same", |part| part.jobs.wait.greatest_s();
    bounded_slowdown_mean "" true
        "mean of the time from submission to end over the work (at least 10 s, at least 1), of the jobs that finished",
        |part| (part.jobs.finished > 0).then(|| part.jobs.slowdown / part.jobs.finished as f64);
    first_submit_s "s" true "first submission, from the start of the run",
        |part| part.jobs.first_submit.map(|first| (first - part.world.start).seconds());
    last_end_s "s" true "last end of a job that finished, from the start of the run",
        |part| part.jobs.last_end.map(|last| (last - part.world.start).seconds());
    makespan_s "s" true "from the first submission to the last end",
        |part| Some((part.jobs.last_end? - part.jobs.first_submit?).seconds());
};

/// What a result is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The whole network.
    Network,
    /// The site of that key.
    Site(String),
    /// The tenant of that key.
    Tenant(String),
    /// The service of that key.
    Service(String),
}

impl Scope {
    /// `network`, `site`, `tenant` or `service`.
    pub fn name(&self) -> &'static str {
        match self {
            Scope::Network => "network",
            Scope::Site(_) => "site",
            Scope::Tenant(_) => "tenant",
            Scope::Service(_) => "service",
        }
    }
    /// The key of the site, tenant or service.
    pub fn key(&self) -> Option<&str> {
        match self {
            Scope::Network => None,
            Scope::Site(key) | Scope::Tenant(key) | Scope::Service(key) => Some(key),
        }
    }
}

/// The results of one scope, in the order of [`Summary::metrics`] (of those that the scope has).
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// What they are of.
    pub scope: Scope,
    /// `None` where there is nothing to compute the value from.
    pub values: Vec<(&'static str, Option<f64>)>,
}

impl Results {
    fn new(scope: Scope, part: &Part) -> Results {
        let tenant = matches!(scope, Scope::Tenant(_));
        let own = METRICS.iter().filter(|metric| metric.of_tenants || !tenant);
        let own = own.filter(|_| !matches!(scope, Scope::Service(_)));
        let books = books::METRICS.iter().take(part.books.map_or(0, BooksSums::metrics));
        let building = building::METRICS.iter().take(if part.builds.is_some() { usize::MAX } else { 0 });
        let energy: &[MetricDef] = if part.energy.is_some() { energy::METRICS } else { &[] };
        let services = service::METRICS.iter().filter(|_| part.services.is_some());
        let named = own.chain(energy).chain(books).chain(building).chain(services);
        let values = named.map(|metric| (metric.name, (metric.value)(part))).collect();
        Results { scope, values }
    }

    /// The result of that name; `None` also where there is nothing to compute it from.
    pub fn get(&self, metric: &str) -> Option<f64> {
        self.values.iter().find(|(name, _)| *name == metric)?.1
    }
}

/// All results of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The network first, then the sites, the tenants and the services in the order of their keys.
    pub parts: Vec<Results>,
    /// Where building stopped for want of money: since when, and of how much.
    pub shortfall: Option<(SimTime, Money)>,
}

impl Summary {
    pub(crate) fn new(world: &World, accounts: &Accounts, books: &Sums) -> Summary {
        let (mut jobs, mut all_hours) = (JobSums::default(), HourSums::default());
        accounts.tenants.iter().for_each(|tenant| jobs.merge(tenant));
        accounts.sites.iter().for_each(|site| all_hours.merge(&site.hours));
        let building = accounts.building.as_ref();
        let builds = |site| building.map(|building| Builds::of(building, world, site));
        let (energy, services) = (accounts.energy.network(), accounts.services.network());
        let (jobs, hours) = (&jobs, &all_hours);
        let empty = Part { jobs, hours, builds: None, books: None, energy: None, services: None, world };
        let part = Part {
            builds: builds(None),
            books: books.network.as_ref(),
            energy: energy.as_ref(),
            services: services.as_ref(),
            ..empty
        };
        let mut parts = vec![Results::new(Scope::Network, &part)];
        let none = &HourSums::default();
        for (at, (site, sums)) in world.sites.iter().zip(&accounts.sites).enumerate() {
            let part = Part {
                jobs: &sums.jobs,
                hours: &sums.hours,
                builds: builds(Some(at as u32)),
                books: books.sites.get(at),
                energy: accounts.energy.site(at),
                services: accounts.services.site(at),
                world,
            };
            parts.push(Results::new(Scope::Site(site.key.clone()), &part));
        }
        for (tenant, sums) in world.tenants.iter().zip(&accounts.tenants) {
            let part = Part { jobs: sums, hours: none, ..empty };
            parts.push(Results::new(Scope::Tenant(tenant.key.clone()), &part));
        }
        let idle = &JobSums::default();
        for (index, service) in world.services.iter().enumerate() {
            let services = Some(accounts.services.service(index));
            let part = Part { jobs: idle, hours: none, services, ..empty };
            parts.push(Results::new(Scope::Service(service.key.clone()), &part));
        }
        Summary { parts, shortfall: building.and_then(Building::shortfall) }
    }

    /// Every result that a run has: `[[expect]]` may name these.
    pub fn metrics() -> impl Iterator<Item = &'static MetricDef> {
        let of_books = books::METRICS.iter().chain(building::METRICS);
        METRICS.iter().chain(energy::METRICS).chain(of_books).chain(service::METRICS)
    }

    /// Whether a result is one of the books: only runs of scenarios that keep books have it.
    pub fn is_of_books(metric: &str) -> bool {
        books::METRICS.iter().any(|known| known.name == metric)
    }

    /// Whether a result is one of building: only runs of scenarios that build or pay anything have it.
    pub fn is_of_building(metric: &str) -> bool {
        building::METRICS.iter().any(|known| known.name == metric)
    }

    /// Whether a result is one of services: only runs of scenarios that have one have it.
    pub fn is_of_services(metric: &str) -> bool {
        service::METRICS.iter().any(|known| known.name == metric)
    }

    /// A result by the name that `[[expect]]` uses: `jobs_finished` is that of the network,
    /// `site.abilene.utilisation` that of a site and `tenant.research.wait_mean_s` that of a tenant.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.find(name)?.1
    }

    fn find(&self, name: &str) -> Option<(&'static str, Option<f64>)> {
        let (prefix, metric) = name.rsplit_once('.').unwrap_or(("network", name));
        let part = self.parts.iter().find(|part| match &part.scope {
            Scope::Network => prefix == "network",
            Scope::Site(key) => prefix.strip_prefix("site.") == Some(key),
            Scope::Tenant(key) => prefix.strip_prefix("tenant.") == Some(key),
            Scope::Service(key) => prefix.strip_prefix("service.") == Some(key),
        })?;
        part.values.iter().find(|(name, _)| *name == metric).copied()
    }
}

/// `{"network": {...}, "site": {"abilene": {...}}, "tenant": {...}}`, the names in the order of the table.
impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for part in self.parts.iter().filter(|part| part.scope == Scope::Network) {
            map.serialize_entry("network", &Values(part))?;
        }
        for scope in ["site", "tenant", "service"] {
            // A run without services says nothing of them.
            if scope == "service" && self.parts.iter().all(|part| part.scope.name() != scope) {
                continue;
            }
            map.serialize_entry(scope, &OfScope(self, scope))?;
        }
        map.end()
    }
}

struct Values<'a>(&'a Results);
impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.values.iter().copied())
    }
}

struct OfScope<'a>(&'a Summary, &'a str);
impl Serialize for OfScope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = self.0.parts.iter().filter(|part| part.scope.name() == self.1);
        serializer.collect_map(parts.map(|part| (part.scope.key().unwrap_or_default(), Values(part))))
    }
}

/// What became of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// It holds.
    Holds,
    /// The result lies outside.
    Fails,
    /// There is such a result, but nothing to compute it from (the mean of no jobs): this counts as failed.
    NoValue,
    /// No run has such a result.
    NoSuchMetric,
}

/// One expectation and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// What was expected.
    pub expectation: Expectation,
    /// The result.
    pub value: Option<f64>,
    /// Whether it holds.
    pub verdict: VerdictKind,
}

impl Verdict {
    /// Whether it holds.
    pub fn holds(&self) -> bool {
        self.verdict == VerdictKind::Holds
    }
}

/// Compares results with what was expected of them, in the order of the list.
pub fn evaluate(expectations: &[Expectation], summary: &Summary) -> Vec<Verdict> {
    let judge = |expectation: &Expectation| {
        let found = summary.find(&expectation.metric);
        let value = found.and_then(|(_, value)| value);
        let verdict = match (found, value) {
            (None, _) => VerdictKind::NoSuchMetric,
            (_, None) => VerdictKind::NoValue,
            (_, Some(value)) => {
                let high_enough = expectation.at_least.is_none_or(|least| value >= least);
                let low_enough = expectation.at_most.is_none_or(|most| value <= most);
                if high_enough && low_enough { VerdictKind::Holds } else { VerdictKind::Fails }
            }
        };
        Verdict { expectation: expectation.clone(), value, verdict }
    };
    expectations.iter().map(judge).collect()
}
