//! The jobs of all workloads as one stream in the order of submission.
//!
//! Order: by time; at one time in the order of the workloads (by key); within a workload in the order of its source.
//! Jobs are numbered in this order. A workload draws from streams named by its own key, so that adding a workload or a
//! site changes no other workload's jobs.

use crate::rules;
use base::id::{AcceleratorId, TenantId, WorkloadId};
use base::{Diagnostic, Diagnostics, Severity, SimTime, Span};
use scenario::world::{JobSource, Workload, World};
use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use trace::{Format, Generator, JobRecord, ReadOptions, Reader};
use twin::{AcceleratorSet, Job, Typical};

/// What the readers of the workloads have to say, shared with whoever drives the stream: a trace that turns out to be
/// broken ends the stream, and the run must not take that for the end of the jobs.
#[derive(Clone, Default)]
pub struct Remarks(Rc<Said>);

#[derive(Default)]
struct Said {
    diagnostics: RefCell<Diagnostics>,
    broken: Cell<bool>,
    jobs: Cell<u64>,
}

impl Remarks {
    fn push(&self, diagnostic: Diagnostic) {
        self.0.broken.set(self.0.broken.get() || diagnostic.severity == Severity::Error);
        self.0.diagnostics.borrow_mut().push(diagnostic);
    }
    /// Whether a workload could not be read to its end.
    pub fn has_errors(&self) -> bool {
        self.0.broken.get()
    }
    /// Everything said so far.
    pub fn all(&self) -> Diagnostics {
        self.0.diagnostics.borrow().clone()
    }
    /// Jobs given so far.
    pub fn jobs(&self) -> u64 {
        self.0.jobs.get()
    }
}

/// The jobs of a world: an iterator of inputs for the simulation.
pub struct Jobs {
    streams: Vec<Stream>,
    /// The next job of each stream that has one, by time and workload.
    heads: BinaryHeap<Reverse<(SimTime, usize)>>,
    /// Jobs that were looked at before their turn.
    ahead: VecDeque<(SimTime, Job)>,
    numbered: u64,
    remarks: Remarks,
}

/// Jobs that are looked at to find out what is typical.
const SAMPLE: usize = 10_000;

/// What is only planned may have no sites and no work: there is nothing to run then.
fn nothing_runs(world: &World) -> Option<Diagnostic> {
    let (message, hint) = match (world.sites.is_empty(), world.workloads.is_empty()) {
        (true, _) => (
            "there are no sites: nothing would run",
            "`stargate plan` plans it, and `--plan FILE` builds what a plan says",
        ),
        (false, true) if world.services.is_empty() => (
            "there is no workload and no service: nothing would run",
            "with `--plan FILE`, `--plan-demand` runs jobs as many as the plan serves",
        ),
        _ => return None,
    };
    Some(Diagnostic::error(rules::NOTHING_RUNS, message.to_owned()).with_hint(hint))
}

impl Jobs {
    /// Opens the workloads of a world; every one that cannot be opened is reported.
    pub fn open(world: &World) -> Result<Jobs, Diagnostics> {
        if let Some(diagnostic) = nothing_runs(world) {
            return Err(Diagnostics(vec![diagnostic]));
        }
        let names = Rc::new(Names::of(world));
        let remarks = Remarks::default();
        let mut streams = Vec::new();
        let mut mistakes = Diagnostics::new();
        for (index, workload) in world.workloads.iter().enumerate() {
            match Stream::open(world, WorkloadId::new(index), workload, names.clone(), remarks.clone()) {
                Ok(stream) => streams.push(stream),
                Err(diagnostic) => mistakes.push(diagnostic),
            }
        }
        if mistakes.has_errors() {
            return Err(mistakes);
        }
        let mut jobs =
            Jobs { streams, heads: BinaryHeap::new(), ahead: VecDeque::new(), numbered: 0, remarks };
        for index in 0..jobs.streams.len() {
            jobs.advance(index);
        }
        Ok(jobs)
    }

    /// What the readers say while the stream is read.
    pub fn remarks(&self) -> Remarks {
        self.remarks.clone()
    }

    /// What the first jobs ask for: the yardstick of fragmentation. Only before the first is taken.
    pub fn typical(&mut self) -> Typical {
        while self.ahead.len() < SAMPLE
            && let Some(job) = self.draw()
        {
            self.ahead.push_back(job);
        }
        Typical::of(self.ahead.iter().map(|(_, job)| (&job.demand, job.accelerators)))
    }

    fn draw(&mut self) -> Option<(SimTime, Job)> {
        let Reverse((time, index)) = self.heads.pop()?;
        let mut job = self.streams[index].head.take()?;
        job.number = self.numbered;
        self.numbered += 1;
        self.advance(index);
        Some((time, job))
    }

    fn advance(&mut self, index: usize) {
        if let Some(time) = self.streams[index].advance() {
            self.heads.push(Reverse((time, index)));
        }
    }
}

impl Iterator for Jobs {
    type Item = (SimTime, Job);

    fn next(&mut self) -> Option<(SimTime, Job)> {
        let next = self.ahead.pop_front().or_else(|| self.draw())?;
        self.remarks.0.jobs.set(next.1.number + 1);
        Some(next)
    }
}

/// Names that a trace uses, as ids of the world.
struct Names {
    accelerators: BTreeMap<String, AcceleratorId>,
    tenants: BTreeMap<String, TenantId>,
}

impl Names {
    fn of(world: &World) -> Names {
        let accelerators = world.accelerators.iter().enumerate();
        let tenants = world.tenants.iter().enumerate();
        Names {
            accelerators: accelerators.map(|(i, name)| (name.clone(), AcceleratorId::new(i))).collect(),
            tenants: tenants.map(|(i, tenant)| (tenant.key.clone(), TenantId::new(i))).collect(),
        }
    }
}

/// One workload's jobs. The numbers of its jobs are not set here.
struct Stream {
    id: WorkloadId,
    workload: Workload,
    tenant_priorities: Vec<i32>,
    names: Rc<Names>,
    records: Records,
    /// Jobs from here on lie before the end of the workload and of the run.
    start: SimTime,
    end: SimTime,
    head: Option<Job>,
    /// Jobs that ask only for models that no system of the scenario carries.
    unknown_models: u64,
    remarks: Remarks,
}

impl Stream {
    fn open(
        world: &World,
        id: WorkloadId,
        workload: &Workload,
        names: Rc<Names>,
        remarks: Remarks,
    ) -> Result<Stream, Diagnostic> {
        let end = workload.end.min(world.end);
        let records = match &workload.source {
            JobSource::Synthetic(synthetic) => {
                let length = Span(end.0.saturating_sub(workload.start.0).max(0));
                Records::Drawn(Box::new(Generator::new(
                    synthetic,
                    world.seed,
                    &workload.key,
                    workload.start,
                    length,
                )))
            }
            JobSource::Trace { path, format, time_scale, repeat } => {
                Records::Read(Box::new(Passes::open(path, format, *time_scale, *repeat)?))
            }
        };
        Ok(Stream {
            id,
            workload: workload.clone(),
            tenant_priorities: world.tenants.iter().map(|tenant| tenant.priority).collect(),
            names,
            records,
            start: workload.start.max(world.start),
            end,
            head: None,
            unknown_models: 0,
            remarks,
        })
    }

    /// Puts the next job of the run into `head` and says when it comes.
    fn advance(&mut self) -> Option<SimTime> {
        loop {
            let record = match self.records.next() {
                Some(Ok(record)) => record,
                Some(Err(diagnostic)) => {
                    self.report_all(diagnostic);
                    return None;
                }
                None => break,
            };
            let time = self.workload.start.saturating_add(record.submit);
            if time >= self.end {
                break;
            }
            if time >= self.start {
                self.head = Some(self.resolve(&record));
                return Some(time);
            }
        }
        self.close();
        None
    }

    /// A broken trace ends the run: the mistakes in the rest of it are worth knowing at once.
    fn report_all(&mut self, first: Diagnostic) {
        self.remarks.push(first);
        while let Some(record) = self.records.next() {
            if let Err(diagnostic) = record {
                self.remarks.push(diagnostic);
            }
        }
    }

    fn resolve(&mut self, record: &JobRecord) -> Job {
        let named = record.tenant.as_deref().and_then(|name| self.names.tenants.get(name));
        let tenant = named.copied().unwrap_or(self.workload.tenant);
        let priority = record
            .priority
            .saturating_add(self.workload.priority)
            .saturating_add(self.tenant_priorities[tenant.index()]);
        Job {
            number: 0,
            workload: self.id,
            tenant,
            home: self.workload.home,
            priority,
            demand: record.demand,
            accelerators: self.accelerators(record),
            runtime: record.runtime,
            requested: record.requested.unwrap_or(record.runtime),
        }
    }

    /// The models that will do: those of the record that the scenario knows, else those of the workload. A record whose
    /// models are all unknown can run nowhere.
    fn accelerators(&mut self, record: &JobRecord) -> AcceleratorSet {
        if record.accelerators.is_empty() {
            return AcceleratorSet::of(self.workload.accelerators.iter().copied());
        }
        let known = |name: &std::sync::Arc<str>| self.names.accelerators.get(name.as_ref()).copied();
        let known: Vec<AcceleratorId> = record.accelerators.iter().filter_map(known).collect();
        if known.is_empty() {
            self.unknown_models += 1;
            return AcceleratorSet(0);
        }
        AcceleratorSet::of(known)
    }

    /// The source has said all that matters for the run: says what was left out.
    fn close(&mut self) {
        let key = &self.workload.key;
        if let Records::Read(passes) = &self.records {
            for dropped in passes.reader.dropped() {
                let (rows, reason) = (dropped.rows, dropped.reason);
                let message = format!("workload `{key}` leaves out {rows} records of its trace: {reason}");
                self.remarks.push(Diagnostic::note(rules::LEFT_OUT, message));
            }
        }
        if self.unknown_models > 0 {
            let message = format!(
                "jobs of workload `{key}` that ask for accelerators that no system carries, and are rejected: {}",
                self.unknown_models
            );
            let hint = "name the `accelerator` of a `[system.NAME]` as the trace does".to_owned();
            self.remarks.push(Diagnostic::warning(rules::UNKNOWN_MODEL, message).with_hint(hint));
            self.unknown_models = 0;
        }
    }
}

/// Where a workload's records come from.
enum Records {
    Drawn(Box<Generator>),
    Read(Box<Passes>),
}

impl Records {
    fn next(&mut self) -> Option<Result<JobRecord, Diagnostic>> {
        match self {
            Records::Drawn(generator) => generator.next().map(Ok),
            Records::Read(passes) => passes.next(),
        }
    }
}

/// A trace file, read several times one after the other. A pass starts at the last submission of the one before.
struct Passes {
    path: PathBuf,
    format: Format,
    time_scale: f64,
    left: u32,
    reader: Reader,
    offset: Span,
    last: Span,
}

impl Passes {
    fn open(path: &Path, format: &str, time_scale: f64, repeat: u32) -> Result<Passes, Diagnostic> {
        let format = Format::parse(format).or_else(|| Format::of_path(path)).ok_or_else(|| {
            let names: Vec<String> = Format::ALL.iter().map(|f| format!("`{}`", f.name())).collect();
            Diagnostic::error(rules::UNKNOWN_FORMAT, format!("unknown trace format `{format}`"))
                .with_place(base::Place::file(path.display().to_string()))
                .with_hint(format!("one of {}", names.join(", ")))
        })?;
        let reader = trace::open(path, format, &ReadOptions::default())?;
        let left = repeat.saturating_sub(1);
        let path = path.to_owned();
        Ok(Passes { path, format, time_scale, left, reader, offset: Span::ZERO, last: Span::ZERO })
    }

    fn next(&mut self) -> Option<Result<JobRecord, Diagnostic>> {
        loop {
            match self.reader.next() {
                Some(Ok(mut record)) => {
                    record.submit = self.scaled(record.submit);
                    self.last = record.submit;
                    return Some(Ok(record));
                }
                Some(Err(diagnostic)) => return Some(Err(diagnostic)),
                None if self.left == 0 => return None,
                None => {
                    self.left -= 1;
                    self.offset = self.last;
                    match trace::open(&self.path, self.format, &ReadOptions::default()) {
                        Ok(reader) => self.reader = reader,
                        Err(diagnostic) => {
                            self.left = 0;
                            return Some(Err(diagnostic));
                        }
                    }
                }
            }
        }
    }

    fn scaled(&self, submit: Span) -> Span {
        let scaled = match self.time_scale {
            1.0 => submit,
            scale => Span::from_seconds_f64(submit.seconds() * scale).unwrap_or(Span::FOREVER),
        };
        Span(scaled.0.saturating_add(self.offset.0))
    }
}
