//! Sums over the facts of a run, and the laws that they must keep.

use crate::building::Building;
use crate::energy::EnergyAccounts;
use crate::error::TableError;
use crate::service::ServiceAccounts;
use crate::sketch::Sketch;
use base::id::SiteId;
use base::{SimTime, Span};
use scenario::World;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use twin::fact::{BuildFact, GpuTime};
use twin::power::PowerFact;
use twin::service::fact::ServiceFact;
use twin::{Fact, JobOutcome, JobRow, SiteHour};

/// Work below this counts as this in the bounded slowdown: 10 s, the usual bound.
const SLOWDOWN_BOUND: Span = Span(10 * Span::SECOND.0);

/// Sums over the jobs of a tenant, a site or the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobSums {
    pub(crate) submitted: u64,
    pub(crate) started: u64,
    pub(crate) finished: u64,
    pub(crate) rejected: u64,
    pub(crate) running: u64,
    pub(crate) waiting: u64,
    pub(crate) preemptions: u64,
    pub(crate) interruptions: u64,
    pub(crate) power_stops: u64,
    /// Accelerator time of the work of the jobs that finished, and all that they held for it.
    pub(crate) work: GpuTime,
    pub(crate) held_for_work: GpuTime,
    /// Accelerator time held.
    pub(crate) held: GpuTime,
    /// Accelerator time of work done again.
    pub(crate) lost: GpuTime,
    /// Time in a queue of the jobs that started.
    pub(crate) wait: Sketch,
    /// Sum of the bounded slowdowns of the jobs that finished.
    pub(crate) slowdown: f64,
    pub(crate) first_submit: Option<SimTime>,
    pub(crate) last_end: Option<SimTime>,
}

impl JobSums {
    fn add(&mut self, row: &JobRow, held: GpuTime, slowdown: Option<f64>) {
        self.submitted += 1;
        match row.outcome {
            JobOutcome::Finished => self.finished += 1,
            JobOutcome::Rejected => self.rejected += 1,
            JobOutcome::Running => self.running += 1,
            JobOutcome::Waiting => self.waiting += 1,
        }
        if row.start.is_some() {
            self.started += 1;
            self.wait.add(row.wait);
        }
        self.preemptions += u64::from(row.preemptions);
        self.interruptions += u64::from(row.interruptions);
        self.power_stops += u64::from(row.power_stops);
        if row.outcome == JobOutcome::Finished {
            self.work += gpu_time(row.gpu_milli, row.runtime);
            self.held_for_work += held;
        }
        self.held += held;
        self.lost += gpu_time(row.gpu_milli, row.lost);
        self.slowdown += slowdown.unwrap_or(0.0);
        self.first_submit = Some(self.first_submit.map_or(row.submit, |first| first.min(row.submit)));
        if row.outcome == JobOutcome::Finished {
            self.last_end = self.last_end.max(row.end);
        }
    }

    /// Adds the sums of others: of all tenants, for the network.
    pub(crate) fn merge(&mut self, other: &JobSums) {
        self.submitted += other.submitted;
        self.started += other.started;
        self.finished += other.finished;
        self.rejected += other.rejected;
        self.running += other.running;
        self.waiting += other.waiting;
        self.preemptions += other.preemptions;
        self.interruptions += other.interruptions;
        self.power_stops += other.power_stops;
        self.work += other.work;
        self.held_for_work += other.held_for_work;
        self.held += other.held;
        self.lost += other.lost;
        self.wait.merge(&other.wait);
        self.slowdown += other.slowdown;
        self.first_submit = match (self.first_submit, other.first_submit) {
            (Some(mine), Some(theirs)) => Some(mine.min(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        self.last_end = self.last_end.max(other.last_end);
    }
}

/// Sums over the hours of a site or the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HourSums {
    pub(crate) installed: GpuTime,
    pub(crate) busy: GpuTime,
    pub(crate) idle: GpuTime,
    pub(crate) down: GpuTime,
    pub(crate) fragmented: GpuTime,
    /// The most jobs that waited at the end of an hour.
    pub(crate) queued_jobs_max: u64,
    /// Accelerators energised.
    pub(crate) gpus: u64,
}

impl HourSums {
    fn add(&mut self, hour: &SiteHour) {
        self.installed += hour.installed;
        self.busy += hour.busy;
        self.idle += hour.idle;
        self.down += hour.down;
        self.fragmented += hour.fragmented;
        self.queued_jobs_max = self.queued_jobs_max.max(u64::from(hour.queued_jobs));
    }

    /// Adds the sums of another site; the longest queue is that of one site.
    pub(crate) fn merge(&mut self, other: &HourSums) {
        self.installed += other.installed;
        self.busy += other.busy;
        self.idle += other.idle;
        self.down += other.down;
        self.fragmented += other.fragmented;
        self.queued_jobs_max = self.queued_jobs_max.max(other.queued_jobs_max);
        self.gpus += other.gpus;
    }
}

/// What a site's facts add up to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SiteSums {
    pub(crate) jobs: JobSums,
    pub(crate) hours: HourSums,
    /// Jobs said to be submitted here; each gets a row by the end.
    submissions: u64,
    /// What its meters read; only where the scenario keeps books.
    metered: GpuTime,
}

/// What the facts of a run add up to so far. Its size depends on the world and on the jobs that are stopped at the
/// moment, not on those that have ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Accounts {
    pub(crate) sites: Vec<SiteSums>,
    pub(crate) tenants: Vec<JobSums>,
    pub(crate) energy: EnergyAccounts,
    /// When each block was energised.
    pub(crate) energised: Vec<Option<SimTime>>,
    /// For jobs that were stopped: the instants of their stops less those of their later starts. With the first start
    /// and the end, which the job's row says, that is the time for which they ran.
    stopped: BTreeMap<u64, i128>,
    /// Only where the scenario builds or pays anything.
    pub(crate) building: Option<Building>,
    pub(crate) services: ServiceAccounts,
    pub(crate) facts: u64,
}

/// What the row of a job does not say itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JobExtras {
    pub(crate) held: GpuTime,
    pub(crate) slowdown: Option<f64>,
}

impl Accounts {
    pub(crate) fn new(world: &World) -> Accounts {
        Accounts {
            sites: vec![SiteSums::default(); world.sites.len()],
            tenants: vec![JobSums::default(); world.tenants.len()],
            energised: vec![None; world.blocks.len()],
            building: Building::new(world),
            services: ServiceAccounts::new(world),
            ..Accounts::default()
        }
    }

    /// Whether these are accounts of such a world.
    pub(crate) fn fit(&self, world: &World) -> bool {
        self.sites.len() == world.sites.len()
            && self.tenants.len() == world.tenants.len()
            && self.energised.len() == world.blocks.len()
            && self.building.as_ref().map_or(world.buildout.is_none(), |building| building.fit(world))
            && self.services.fit(world)
    }

    fn site(&mut self, site: SiteId) -> Result<&mut SiteSums, TableError> {
        let known = self.sites.len();
        self.sites
            .get_mut(site.index())
            .ok_or_else(|| TableError::Unbalanced(format!("a fact names site {} of {known}", site.0)))
    }

    /// Adds a fact that is not the end of a job.
    pub(crate) fn add(&mut self, now: SimTime, fact: &Fact) -> Result<(), TableError> {
        match fact {
            Fact::JobSubmitted { site, .. } => self.site(*site)?.submissions += 1,
            Fact::JobStarted { job, .. } => {
                if !self.stopped.is_empty()
                    && let Some(balance) = self.stopped.get_mut(job)
                {
                    *balance -= i128::from(now.0);
                }
            }
            Fact::JobPreempted { job, .. }
            | Fact::JobInterrupted { job, .. }
            | Fact::Power(PowerFact::JobStopped { job, .. }) => {
                *self.stopped.entry(*job).or_default() += i128::from(now.0);
            }
            Fact::SiteHour(hour) => self.add_hour(hour)?,
            Fact::Service(fact) => {
                if let ServiceFact::JobPreempted { job, .. } = fact {
                    *self.stopped.entry(*job).or_default() += i128::from(now.0);
                }
                self.services.add(fact)?;
            }
            Fact::BlockEnergised { block, site, gpus, .. } => {
                self.site(*site)?.hours.gpus += u64::from(*gpus);
                let known = self.energised.len();
                let when = self.energised.get_mut(block.index()).ok_or_else(|| {
                    TableError::Unbalanced(format!("a fact names block {} of {known}", block.0))
                })?;
                when.get_or_insert(now);
            }
            Fact::Build(fact) => self.add_building(now, fact)?,
            Fact::Capital(fact) => match &mut self.building {
                Some(building) => building.add_capital(now, fact)?,
                None => return Err(unplanned()),
            },
            Fact::Usage(usage) => self.site(usage.site)?.metered += usage.held,
            Fact::Energy(hour) => self.energy.add(hour, self.sites.len())?,
            Fact::JobEnded(_)
            | Fact::Agreement(_)
            | Fact::NodesDown { .. }
            | Fact::NodesUp { .. }
            | Fact::Power(PowerFact::Held { .. }) => {}
        }
        Ok(())
    }

    fn add_building(&mut self, now: SimTime, fact: &BuildFact) -> Result<(), TableError> {
        if let BuildFact::Retired { site, gpus, .. } = fact {
            let hours = &mut self.site(*site)?.hours;
            hours.gpus = hours.gpus.checked_sub(u64::from(*gpus)).ok_or_else(unplanned)?;
        }
        self.building.as_mut().ok_or_else(unplanned)?.add(now, fact)
    }

    fn add_hour(&mut self, hour: &SiteHour) -> Result<(), TableError> {
        let used = hour.busy + hour.idle + hour.down;
        if hour.installed != used || hour.fragmented > hour.idle {
            return Err(TableError::Unbalanced(format!(
                "site {} in the hour from {}: installed {}, busy {} + idle {} + down {} = {used}, fragmented {}",
                hour.site.0, hour.hour, hour.installed, hour.busy, hour.idle, hour.down, hour.fragmented
            )));
        }
        self.site(hour.site)?.hours.add(hour);
        Ok(())
    }

    /// Adds the row of a job and says what follows from it.
    pub(crate) fn add_job(&mut self, now: SimTime, row: &JobRow) -> Result<JobExtras, TableError> {
        let wrong = |what: &str| TableError::Unbalanced(format!("job {}: {what}", row.job));
        let stops =
            if self.stopped.is_empty() { 0 } else { self.stopped.remove(&row.job).unwrap_or_default() };
        let last_stop = match row.outcome {
            JobOutcome::Finished => row.end.ok_or_else(|| wrong("finished without an end"))?.0,
            JobOutcome::Running => now.0,
            JobOutcome::Rejected | JobOutcome::Waiting => 0,
        };
        let ran = row.start.map_or(0, |start| stops + i128::from(last_stop) - i128::from(start.0));
        if ran != i128::from(row.held.0) {
            return Err(wrong(&format!(
                "it ran for {ran} ns by its events, and for {} ns by its row",
                row.held.0
            )));
        }
        let ran = u128::try_from(ran).map_err(|_| wrong("it ran for less than no time"))?;
        let slowdown = row.end.filter(|_| row.outcome == JobOutcome::Finished).map(|end| {
            let response = (end - row.submit).seconds();
            (response / row.runtime.max(SLOWDOWN_BOUND).seconds()).max(1.0)
        });
        let held = ran * u128::from(row.gpu_milli);
        let known = self.tenants.len();
        self.tenants
            .get_mut(row.tenant.index())
            .ok_or_else(|| wrong(&format!("names tenant {} of {known}", row.tenant.0)))?
            .add(row, held, slowdown);
        if let Some(site) = row.site {
            self.site(site)?.jobs.add(row, held, slowdown);
        }
        Ok(JobExtras { held, slowdown })
    }

    /// The laws that hold at the end of a run: each job that came has its row, and what the sites were busy with is
    /// what the jobs and services held.
    pub(crate) fn check_closed(&self, world: &World) -> Result<(), TableError> {
        self.services.check_closed(world)?;
        for (index, (sums, site)) in self.sites.iter().zip(&world.sites).enumerate() {
            let (busy, jobs, services) = (sums.hours.busy, sums.jobs.held, self.services.held(index));
            if busy != jobs + services {
                return Err(TableError::Unbalanced(format!(
                    "site `{}` was busy for {busy} thousandths of a GPU times ns, its jobs held {jobs}, its services {services}",
                    site.key
                )));
            }
            if world.books.is_some() && sums.metered != busy {
                return Err(TableError::Unbalanced(format!(
                    "site `{}` was busy for {busy} thousandths of a GPU times ns, its meters read {}",
                    site.key, sums.metered
                )));
            }
            let (submissions, rows) = (sums.submissions, sums.jobs.submitted);
            if submissions != rows {
                return Err(TableError::Unbalanced(format!(
                    "{submissions} jobs were sent to site `{}`, and {rows} are accounted for",
                    site.key
                )));
            }
        }
        Ok(())
    }
}

fn unplanned() -> TableError {
    TableError::Unbalanced("something is built that no plan says".to_owned())
}

fn gpu_time(gpu_milli: u64, span: Span) -> GpuTime {
    u128::from(gpu_milli) * u128::try_from(span.0).unwrap_or(0)
}
