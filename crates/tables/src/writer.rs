//! From facts to a results folder.

use crate::account::Accounts;
use crate::agreement::{AgreementTables, Kept};
use crate::books::{BooksWriter, SavedBooks};
use crate::column::Table;
use crate::csv;
use crate::declared::{
    TABLES, commitments, energy_hours, events, jobs, replica_hours, service_hours, site_hours,
};
use crate::dictionary::{Dictionaries, Event};
use crate::digest::FactDigest;
use crate::energy;
use crate::error::TableError;
use crate::folder::Folder;
use crate::manifest::{Input, Manifest, Planned, write_json};
use crate::service::{replica_row, service_row};
use crate::small::{self, SmallTables};
use crate::spool::{Spool, SpoolState};
use crate::summary::Summary;
use crate::timeline::{self, Timeline, TimelineState};
use base::SimTime;
use base::id::SiteId;
use ledger::Keeper;
use scenario::World;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use twin::fact::{GPU_HOUR, GpuTime};
use twin::power::PowerFact;
use twin::service::fact::ServiceFact;
use twin::{Fact, JobOutcome, JobRow, SiteHour};

/// What a results folder holds besides the tables in Parquet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// For the manifest: the arguments that decide about the results.
    pub arguments: Vec<String>,
    /// For the manifest: the plan whose build-out is run.
    pub plan: Option<Planned>,
    /// For the manifest: the files that the run read.
    pub inputs: Vec<Input>,
    /// Leaves the rows of the table `events` out: for runs of many millions of jobs.
    pub without_events: bool,
    /// Each table as CSV too.
    pub csv: bool,
    /// The jobs as `jobs.trace.json`, which <https://ui.perfetto.dev> and `chrome://tracing` draw.
    pub trace_json: bool,
}

/// Writes the tables of a run, fact by fact. Its memory does not grow with the number of facts.
///
/// Nothing is to be seen under the name of the folder before [`RunWriter::finish`] has written all of it.
pub struct RunWriter {
    folder: Folder,
    world: World,
    options: Options,
    dictionaries: Dictionaries,
    jobs: Spool<jobs::Pending>,
    site_hours: Spool<site_hours::Pending>,
    events: Spool<events::Pending>,
    /// Only where the scenario keeps books.
    books: Option<BooksWriter>,
    /// Only where a site has power.
    energy_hours: Option<Spool<energy_hours::Pending>>,
    service_hours: Spool<service_hours::Pending>,
    replica_hours: Spool<replica_hours::Pending>,
    agreements: Option<AgreementTables>,
    accounts: Accounts,
    digest: FactDigest,
    timeline: Option<Timeline>,
    stopped: Option<SimTime>,
}

/// What [`RunWriter::resume`] needs besides the part files, as it was at some instant.
#[derive(Serialize, Deserialize)]
pub struct Checkpoint {
    options: Options,
    jobs: SpoolState<jobs::Pending>,
    site_hours: SpoolState<site_hours::Pending>,
    events: SpoolState<events::Pending>,
    books: Option<SavedBooks>,
    energy_hours: Option<SpoolState<energy_hours::Pending>>,
    service_hours: SpoolState<service_hours::Pending>,
    replica_hours: SpoolState<replica_hours::Pending>,
    agreements: Option<Kept>,
    accounts: Accounts,
    digest: FactDigest,
    timeline: Option<TimelineState>,
}

pub(crate) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn gpu_hours(time: GpuTime) -> f64 {
    time as f64 / GPU_HOUR
}

impl RunWriter {
    /// Starts the results of a run of `world` in the folder `target`, which may be there if it holds the results of an
    /// earlier run: those stay until [`RunWriter::finish`] replaces them.
    ///
    /// # Errors
    /// [`TableError::Occupied`] if something else is there; [`TableError::Io`].
    pub fn create(target: &Path, world: &World, options: &Options) -> Result<RunWriter, TableError> {
        let folder = Folder::create(target)?;
        let parts = folder.parts();
        let timeline = options.trace_json.then(|| Timeline::create(folder.partial(), world)).transpose()?;
        Ok(RunWriter {
            timeline,
            jobs: Spool::new(&parts),
            site_hours: Spool::new(&parts),
            events: Spool::new(&parts),
            books: world.books.is_some().then(|| BooksWriter::new(&parts, world)),
            energy_hours: world.energy.is_some().then(|| Spool::new(&parts)),
            service_hours: Spool::new(&parts),
            replica_hours: Spool::new(&parts),
            agreements: AgreementTables::new(&parts, world),
            accounts: Accounts::new(world),
            digest: FactDigest::default(),
            dictionaries: Dictionaries::new(world),
            world: world.clone(),
            options: options.clone(),
            stopped: None,
            folder,
        })
    }

    /// Smaller row groups, so that a test with few rows has several.
    #[cfg(test)]
    pub(crate) fn set_rows_per_group(&mut self, rows: usize) {
        self.jobs.set_rows_per_group(rows);
        self.site_hours.set_rows_per_group(rows);
        self.events.set_rows_per_group(rows);
        if let Some(books) = &mut self.books {
            books.set_rows_per_group(rows);
        }
    }

    /// A folder for files that the run needs until it has finished (its snapshots); gone afterwards.
    pub fn scratch(&self) -> PathBuf {
        self.folder.parts()
    }

    /// Adds the facts of one instant, in their order.
    ///
    /// # Errors
    /// [`TableError::Unbalanced`] if the facts contradict each other; [`TableError::Io`].
    pub fn write(&mut self, now: SimTime, facts: &[Fact]) -> Result<(), TableError> {
        for fact in facts {
            self.digest.add(now, fact)?;
            self.accounts.add(now, fact)?;
            match fact {
                Fact::JobEnded(row) => self.write_job(now, row)?,
                Fact::SiteHour(hour) => self.write_hour(hour)?,
                Fact::Energy(hour) => {
                    if let Some(spool) = &mut self.energy_hours {
                        spool.pending.push(energy::row(hour));
                        spool.spill_if_full(&self.dictionaries)?;
                    }
                }
                Fact::Service(fact) => self.write_service(fact)?,
                Fact::Agreement(fact) => {
                    if let Some(agreements) = &mut self.agreements {
                        agreements.add(now, fact, &self.world, &self.dictionaries)?;
                    }
                }
                _ => {}
            }
            if !self.options.without_events {
                self.write_event(now, fact)?;
            }
            if let Some(timeline) = &mut self.timeline {
                timeline.add(now, fact)?;
            }
        }
        self.accounts.facts += facts.len() as u64;
        Ok(())
    }

    fn write_job(&mut self, now: SimTime, row: &JobRow) -> Result<(), TableError> {
        let extras = self.accounts.add_job(now, row)?;
        self.jobs.pending.push(jobs::Row {
            job: integer(row.job),
            workload: row.workload,
            tenant: row.tenant,
            site: row.site,
            outcome: row.outcome,
            gpus: row.gpu_milli,
            nodes: row.nodes.into(),
            domains: row.domains.into(),
            submitted: row.submit,
            started: row.start,
            ended: row.end,
            runtime_s: row.runtime,
            wait_s: row.wait,
            preemptions: row.preemptions.into(),
            interruptions: row.interruptions.into(),
            lost_s: row.lost,
            held_gpu_hours: gpu_hours(extras.held),
            bounded_slowdown: extras.slowdown,
        });
        self.jobs.spill_if_full(&self.dictionaries)
    }

    fn write_service(&mut self, fact: &ServiceFact) -> Result<(), TableError> {
        match fact {
            ServiceFact::Hour(hour) => {
                self.service_hours.pending.push(service_row(hour));
                self.service_hours.spill_if_full(&self.dictionaries)
            }
            ServiceFact::Replicas(hour) => {
                self.replica_hours.pending.push(replica_row(hour));
                self.replica_hours.spill_if_full(&self.dictionaries)
            }
            ServiceFact::JobPreempted { .. } | ServiceFact::ReplicasLost { .. } => Ok(()),
        }
    }

    fn write_hour(&mut self, hour: &SiteHour) -> Result<(), TableError> {
        self.site_hours.pending.push(site_hours::Row {
            hour: hour.hour,
            site: hour.site,
            installed_gpu_hours: gpu_hours(hour.installed),
            busy_gpu_hours: gpu_hours(hour.busy),
            idle_gpu_hours: gpu_hours(hour.idle),
            down_gpu_hours: gpu_hours(hour.down),
            fragmented_gpu_hours: gpu_hours(hour.fragmented),
            queued_jobs: hour.queued_jobs.into(),
            queued_gpus: hour.queued_gpu_milli,
            running_jobs: hour.running_jobs.into(),
            started_jobs: hour.started.into(),
            finished_jobs: hour.finished.into(),
        });
        self.site_hours.spill_if_full(&self.dictionaries)
    }

    fn write_event(&mut self, time: SimTime, fact: &Fact) -> Result<(), TableError> {
        let at = |event, site: Option<SiteId>| events::Row {
            time,
            event,
            site,
            job: None,
            gpus: None,
            nodes: None,
            by_job: None,
            failure: None,
            lost_s: None,
            block: None,
        };
        let job = |job: u64| Some(integer(job));
        let row = match *fact {
            Fact::BlockEnergised { block, site, nodes, gpus } => events::Row {
                gpus: Some(u64::from(gpus) * 1000),
                nodes: Some(nodes.into()),
                block: Some(block),
                ..at(Event::Energised, Some(site))
            },
            Fact::JobSubmitted { job: number, site } => {
                events::Row { job: job(number), ..at(Event::Submitted, Some(site)) }
            }
            Fact::JobStarted { job: number, site, nodes, gpu_milli } => events::Row {
                job: job(number),
                gpus: Some(gpu_milli),
                nodes: Some(nodes.into()),
                ..at(Event::Started, Some(site))
            },
            Fact::JobPreempted { job: number, site, by, lost } => events::Row {
                job: job(number),
                by_job: job(by),
                lost_s: Some(lost),
                ..at(Event::Preempted, Some(site))
            },
            Fact::JobInterrupted { job: number, site, failure, lost, gpu_milli } => events::Row {
                job: job(number),
                gpus: Some(gpu_milli),
                failure,
                lost_s: Some(lost),
                ..at(Event::Interrupted, Some(site))
            },
            Fact::Power(PowerFact::JobStopped { job: number, site, lost }) => {
                events::Row { job: job(number), lost_s: Some(lost), ..at(Event::Stopped, Some(site)) }
            }
            Fact::NodesDown { site, failure, nodes, gpus } => events::Row {
                gpus: Some(u64::from(gpus) * 1000),
                nodes: Some(nodes.into()),
                failure: Some(failure),
                ..at(Event::Down, Some(site))
            },
            Fact::NodesUp { site, nodes, gpus } => events::Row {
                gpus: Some(u64::from(gpus) * 1000),
                nodes: Some(nodes.into()),
                ..at(Event::Up, Some(site))
            },
            Fact::JobEnded(ref row) => {
                let event = match row.outcome {
                    JobOutcome::Finished => Event::Finished,
                    JobOutcome::Rejected => Event::Rejected,
                    // The run ended, not the job.
                    JobOutcome::Running | JobOutcome::Waiting => return Ok(()),
                };
                let nodes = Some(i64::from(row.nodes));
                events::Row { job: job(row.job), gpus: Some(row.gpu_milli), nodes, ..at(event, row.site) }
            }
            Fact::Service(ServiceFact::JobPreempted { job: number, site, lost, .. }) => {
                events::Row { job: job(number), lost_s: Some(lost), ..at(Event::Preempted, Some(site)) }
            }
            Fact::Service(ServiceFact::ReplicasLost { site, failure, .. }) => {
                events::Row { failure, ..at(Event::ReplicasLost, Some(site)) }
            }
            Fact::SiteHour(_) | Fact::Usage(_) | Fact::Energy(_) | Fact::Power(_) | Fact::Service(_) => {
                return Ok(());
            }
            Fact::Build(_) | Fact::Capital(_) | Fact::Agreement(_) => return Ok(()),
        };
        self.events.pending.push(row);
        self.events.spill_if_full(&self.dictionaries)
    }

    /// Adds what the keeper of the books has posted and closed since the last call.
    ///
    /// # Errors
    /// [`TableError::Io`].
    pub fn write_books(&mut self, keeper: &mut Keeper) -> Result<(), TableError> {
        match &mut self.books {
            Some(books) => books.write(keeper, &self.dictionaries),
            None => Ok(()),
        }
    }

    /// Adds the last of it, and what the books came to.
    ///
    /// # Errors
    /// [`TableError::Io`].
    pub fn close_books(&mut self, keeper: &mut Keeper) -> Result<(), TableError> {
        self.write_books(keeper)?;
        if let Some(books) = &mut self.books {
            books.sum_up(keeper);
        }
        Ok(())
    }

    /// Says that the run was stopped at this instant, before its end; the manifest says so too.
    pub fn set_stopped(&mut self, at: SimTime) {
        self.stopped = Some(at);
    }

    /// What is needed to go on from here; the part files that it names are safe on the disk.
    ///
    /// # Errors
    /// [`TableError::Io`].
    pub fn checkpoint(&mut self) -> Result<impl Serialize, TableError> {
        #[derive(Serialize)]
        struct Borrowed<'a, A, B> {
            options: &'a Options,
            jobs: SpoolState<&'a jobs::Pending>,
            site_hours: SpoolState<&'a site_hours::Pending>,
            events: SpoolState<&'a events::Pending>,
            books: Option<B>,
            energy_hours: Option<SpoolState<&'a energy_hours::Pending>>,
            service_hours: SpoolState<&'a service_hours::Pending>,
            replica_hours: SpoolState<&'a replica_hours::Pending>,
            agreements: A,
            accounts: &'a Accounts,
            digest: &'a FactDigest,
            timeline: Option<&'a TimelineState>,
        }
        Ok(Borrowed {
            options: &self.options,
            jobs: self.jobs.checkpoint()?,
            site_hours: self.site_hours.checkpoint()?,
            events: self.events.checkpoint()?,
            books: self.books.as_mut().map(BooksWriter::checkpoint).transpose()?,
            energy_hours: self.energy_hours.as_mut().map(Spool::checkpoint).transpose()?,
            service_hours: self.service_hours.checkpoint()?,
            replica_hours: self.replica_hours.checkpoint()?,
            agreements: self.agreements.as_mut().map(AgreementTables::checkpoint).transpose()?,
            accounts: &self.accounts,
            digest: &self.digest,
            timeline: self.timeline.as_mut().map(Timeline::checkpoint).transpose()?,
        })
    }

    /// Goes on from a checkpoint of a run of the same `world` into the same folder, with the same options. What was
    /// written after the checkpoint is removed.
    ///
    /// # Errors
    /// [`TableError::Resume`] if the checkpoint does not fit the folder, the world or the options; [`TableError::Io`].
    pub fn resume(
        target: &Path,
        world: &World,
        options: &Options,
        checkpoint: Checkpoint,
    ) -> Result<RunWriter, TableError> {
        let folder = Folder::resume(target)?;
        let no = |reason: &str| TableError::Resume { path: target.to_owned(), reason: reason.to_owned() };
        if checkpoint.options != *options {
            return Err(no("the arguments or the input files are not those of the run that was stopped"));
        }
        if !checkpoint.accounts.fit(world) {
            return Err(no("the scenario is not that of the run that was stopped"));
        }
        let parts = folder.parts();
        let timeline =
            checkpoint.timeline.map(|state| Timeline::resume(folder.partial(), world, state)).transpose()?;
        Ok(RunWriter {
            timeline,
            jobs: Spool::resume(&parts, checkpoint.jobs)?,
            site_hours: Spool::resume(&parts, checkpoint.site_hours)?,
            events: Spool::resume(&parts, checkpoint.events)?,
            books: checkpoint.books.map(|books| BooksWriter::resume(&parts, books)).transpose()?,
            energy_hours: checkpoint.energy_hours.map(|state| Spool::resume(&parts, state)).transpose()?,
            service_hours: Spool::resume(&parts, checkpoint.service_hours)?,
            replica_hours: Spool::resume(&parts, checkpoint.replica_hours)?,
            agreements: checkpoint
                .agreements
                .map(|state| AgreementTables::resume(&parts, state))
                .transpose()?,
            accounts: checkpoint.accounts,
            digest: checkpoint.digest,
            dictionaries: Dictionaries::new(world),
            world: world.clone(),
            options: checkpoint.options,
            stopped: None,
            folder,
        })
    }

    /// Removes what was written.
    ///
    /// # Errors
    /// [`TableError::Io`].
    pub fn discard(self) -> Result<(), TableError> {
        let RunWriter {
            folder,
            jobs,
            site_hours,
            events,
            books,
            energy_hours,
            service_hours,
            replica_hours,
            agreements,
            ..
        } = self;
        // Their encoders write into the folder until they are let go of.
        drop((jobs, site_hours, events, books, energy_hours, service_hours, replica_hours, agreements));
        folder.discard()
    }

    /// Writes what is left and moves the folder to its name. The facts that close the books of the run must have been
    /// given before.
    ///
    /// # Errors
    /// [`TableError::Unbalanced`] if the facts contradict each other; [`TableError::Io`]; [`TableError::Occupied`] if
    /// something else has come into the place of the folder.
    pub fn finish(self) -> Result<Summary, TableError> {
        self.accounts.check_closed(&self.world)?;
        let none = crate::books::Sums::default();
        let sums = self.books.as_ref().map_or(&none, BooksWriter::sums);
        let results = Summary::new(&self.world, &self.accounts, sums);
        let small_tables = SmallTables {
            parts: self.folder.parts(),
            into: self.folder.partial(),
            dictionaries: &self.dictionaries,
        };
        let rows = [
            self.jobs.finish(self.folder.partial(), &self.dictionaries)?,
            self.site_hours.finish(self.folder.partial(), &self.dictionaries)?,
            self.events.finish(self.folder.partial(), &self.dictionaries)?,
            small_tables.write(small::summary_rows(&results))?,
            small_tables.write(small::site_rows(&self.world))?,
            small_tables.write(small::block_rows(&self.world, &self.accounts))?,
            small_tables.write(small::tenant_rows(&self.world, &self.accounts))?,
            small_tables.write(small::figure_rows(&self.world))?,
            small_tables.write(small::expectation_rows(&self.world, &results))?,
            small_tables.write(small::setting_rows(&self.world))?,
        ];
        let mut tables: Vec<(&Table, u64)> = TABLES.into_iter().zip(rows).collect();
        if let Some(books) = self.books {
            tables.extend(books.finish(self.folder.partial(), &self.dictionaries)?);
        }
        if let Some(rows) = small::commitment_rows(&self.world)? {
            tables.push((&commitments::TABLE, small_tables.write(rows)?));
        }
        if let Some(building) = &self.accounts.building {
            tables.extend(crate::building::write(building, &self.world, &small_tables)?);
        }
        if let Some(hours) = self.energy_hours {
            let rows = hours.finish(self.folder.partial(), &self.dictionaries)?;
            tables.push((&energy_hours::TABLE, rows));
        }
        if !self.world.services.is_empty() {
            let partial = self.folder.partial();
            tables.push((&service_hours::TABLE, self.service_hours.finish(partial, &self.dictionaries)?));
            tables.push((&replica_hours::TABLE, self.replica_hours.finish(partial, &self.dictionaries)?));
        }
        if let Some(agreements) = self.agreements {
            tables.extend(agreements.finish(self.folder.partial(), &self.dictionaries)?);
        }
        let mut manifest = Manifest::new(&self.world, &self.options.arguments, &self.options.inputs);
        manifest.plan.clone_from(&self.options.plan);
        manifest.facts = self.accounts.facts;
        manifest.facts_digest = self.digest.hex();
        if let Some(at) = self.stopped {
            manifest.set_stopped(at);
        }
        let partial = self.folder.partial();
        for &(table, rows) in &tables {
            manifest.add_output(partial, &table.parquet_name(), Some(rows))?;
        }
        if self.options.csv {
            for &(table, rows) in &tables {
                csv::write(partial, table)?;
                manifest.add_output(partial, &table.csv_name(), Some(rows))?;
            }
        }
        if let Some(timeline) = self.timeline {
            timeline.finish()?;
            manifest.add_output(partial, timeline::FILE, None)?;
        }
        write_json(&partial.join("summary.json"), &results)?;
        manifest.add_output(partial, "summary.json", None)?;
        manifest.write(partial)?;
        self.folder.publish()?;
        Ok(results)
    }
}
