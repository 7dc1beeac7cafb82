//! The jobs of a run in the Trace Event Format of Chrome, which Perfetto draws too: a process for each site, in it as
//! many threads ("lanes") as jobs run at once, and on them each stretch of a job as a complete event.
//!
//! Times are microseconds from the start of the run, with three decimals: nanoseconds are kept.

use crate::error::TableError;
use base::id::SiteId;
use base::{SimTime, Span};
use scenario::World;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use twin::power::PowerFact;
use twin::service::fact::ServiceFact;
use twin::{Fact, JobOutcome, JobRow, SiteHour};

/// The name of the file.
pub(crate) const FILE: &str = "jobs.trace.json";

/// A stretch of a job that runs at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stretch {
    site: SiteId,
    lane: u32,
    start: SimTime,
    nodes: u32,
    gpu_milli: u64,
}

/// The lanes of a site: those below `used` that no job runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Lanes {
    used: u32,
    free: BTreeSet<u32>,
}

/// What a checkpoint keeps. Its size depends on the jobs that run at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TimelineState {
    bytes: u64,
    running: BTreeMap<u64, Stretch>,
    lanes: Vec<Lanes>,
}

/// The timeline being written.
pub(crate) struct Timeline {
    state: TimelineState,
    path: PathBuf,
    sink: BufWriter<File>,
    start: SimTime,
    /// Keys of the tenants and workloads as JSON strings.
    tenants: Vec<String>,
    workloads: Vec<String>,
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Timeline {
    fn open(folder: &Path, world: &World, state: TimelineState) -> io::Result<Timeline> {
        let path = folder.join(FILE);
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
        file.set_len(state.bytes)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Timeline {
            state,
            path,
            sink: BufWriter::with_capacity(1 << 18, file),
            start: world.start,
            tenants: world.tenants.iter().map(|tenant| json(&tenant.key)).collect(),
            workloads: world.workloads.iter().map(|workload| json(&workload.key)).collect(),
        })
    }

    /// A timeline in `folder`.
    pub(crate) fn create(folder: &Path, world: &World) -> Result<Timeline, TableError> {
        let wrong = TableError::io("create", &folder.join(FILE));
        let create = || {
            let mut timeline = Timeline::open(folder, world, TimelineState::default())?;
            timeline.state.lanes = vec![Lanes::default(); world.sites.len()];
            timeline.put("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n")?;
            for (site, name) in world.sites.iter().enumerate() {
                let (comma, pid, name) = (if site == 0 { "" } else { ",\n" }, site + 1, json(&name.key));
                timeline.put(&format!(
                    "{comma}{{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":{pid},\"tid\":0,\
                     \"args\":{{\"name\":{name}}}}}"
                ))?;
            }
            Ok(timeline)
        };
        create().map_err(wrong)
    }

    /// Goes on from a checkpoint; what was written after it is cut off.
    pub(crate) fn resume(folder: &Path, world: &World, state: TimelineState) -> Result<Timeline, TableError> {
        let path = folder.join(FILE);
        let bytes = std::fs::metadata(&path).map_or(0, |data| data.len());
        if bytes < state.bytes || state.lanes.len() != world.sites.len() {
            let reason = format!("`{}` is missing or is not what the checkpoint says", path.display());
            return Err(TableError::Resume { path: folder.to_owned(), reason });
        }
        Timeline::open(folder, world, state).map_err(TableError::io("write", &path))
    }

    /// What is needed to go on from here; what was written is safe on the disk.
    pub(crate) fn checkpoint(&mut self) -> Result<&TimelineState, TableError> {
        let done = self.sink.flush().and_then(|()| self.sink.get_ref().sync_all());
        done.map_err(TableError::io("write", &self.path))?;
        Ok(&self.state)
    }

    /// Writes the end of the file.
    pub(crate) fn finish(mut self) -> Result<(), TableError> {
        let done = self.put("\n]}\n").and_then(|()| self.sink.flush());
        done.map_err(TableError::io("write", &self.path))
    }

    fn put(&mut self, text: &str) -> io::Result<()> {
        self.state.bytes += text.len() as u64;
        self.sink.write_all(text.as_bytes())
    }

    /// Adds a fact.
    pub(crate) fn add(&mut self, now: SimTime, fact: &Fact) -> Result<(), TableError> {
        let done = match fact {
            Fact::JobStarted { job, site, nodes, gpu_milli } => {
                self.begin(now, *job, *site, *nodes, *gpu_milli)
            }
            Fact::Service(ServiceFact::JobPreempted { job, .. }) => self.end(now, *job, "preempted", None),
            Fact::JobPreempted { job, .. } => self.end(now, *job, "preempted", None),
            Fact::JobInterrupted { job, .. } => self.end(now, *job, "interrupted", None),
            Fact::Power(PowerFact::JobStopped { job, .. }) => self.end(now, *job, "curtailed", None),
            Fact::JobEnded(row) => match row.outcome {
                JobOutcome::Finished => self.end(now, row.job, "finished", Some(row)),
                JobOutcome::Running => self.end(now, row.job, "running", Some(row)),
                JobOutcome::Rejected | JobOutcome::Waiting => Ok(()),
            },
            Fact::SiteHour(hour) => self.hour(now, hour),
            _ => Ok(()),
        };
        done.map_err(TableError::io("write", &self.path))
    }

    fn begin(&mut self, now: SimTime, job: u64, site: SiteId, nodes: u32, gpu_milli: u64) -> io::Result<()> {
        let Some(lanes) = self.state.lanes.get_mut(site.index()) else { return Ok(()) };
        let (lane, new) = match lanes.free.pop_first() {
            Some(lane) => (lane, false),
            None => {
                lanes.used += 1;
                (lanes.used - 1, true)
            }
        };
        self.state.running.insert(job, Stretch { site, lane, start: now, nodes, gpu_milli });
        if new {
            let (pid, tid) = (site.0 + 1, lane + 1);
            self.put(&format!(
                ",\n{{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":{pid},\"tid\":{tid},\
                 \"args\":{{\"name\":\"lane {tid}\"}}}}"
            ))?;
        }
        Ok(())
    }

    fn end(&mut self, now: SimTime, job: u64, how: &str, row: Option<&JobRow>) -> io::Result<()> {
        let Some(stretch) = self.state.running.remove(&job) else { return Ok(()) };
        let Stretch { site, lane, start, nodes, gpu_milli } = stretch;
        if let Some(lanes) = self.state.lanes.get_mut(site.index()) {
            lanes.free.insert(lane);
        }
        let (pid, tid) = (site.0 + 1, lane + 1);
        let (ts, dur) = (micros(start - self.start), micros(now - start));
        let gpus = gpu_milli as f64 / 1000.0;
        let mut text = format!(
            ",\n{{\"name\":\"job {job}\",\"cat\":\"job\",\"ph\":\"X\",\"ts\":{ts},\"dur\":{dur},\"pid\":{pid},\
             \"tid\":{tid},\"args\":{{\"job\":{job},\"gpus\":{gpus},\"nodes\":{nodes},\"outcome\":\"{how}\""
        );
        if let Some(row) = row {
            let name = |names: &[String], index: usize| names.get(index).cloned().unwrap_or_default();
            let (workload, tenant) =
                (name(&self.workloads, row.workload.index()), name(&self.tenants, row.tenant.index()));
            let wait_s = row.wait.seconds();
            text += &format!(",\"workload\":{workload},\"tenant\":{tenant},\"wait_s\":{wait_s}");
        }
        text += "}}";
        self.put(&text)
    }

    /// Two counters for each site: its queue at the end of the hour, and how busy it was in the hour.
    fn hour(&mut self, now: SimTime, hour: &SiteHour) -> io::Result<()> {
        let pid = hour.site.0 + 1;
        let (from, to) = (micros(hour.hour - self.start), micros(now - self.start));
        let share = if hour.installed == 0 { 0.0 } else { hour.busy as f64 / hour.installed as f64 };
        let queued = hour.queued_jobs;
        self.put(&format!(
            ",\n{{\"name\":\"utilisation\",\"ph\":\"C\",\"ts\":{from},\"pid\":{pid},\"args\":{{\"share\":{share}}}}},\n\
             {{\"name\":\"queued jobs\",\"ph\":\"C\",\"ts\":{to},\"pid\":{pid},\"args\":{{\"jobs\":{queued}}}}}"
        ))
    }
}

/// Microseconds with three decimals.
fn micros(span: Span) -> String {
    let (sign, nanos) = (if span.0 < 0 { "-" } else { "" }, span.0.unsigned_abs());
    format!("{sign}{}.{:03}", nanos / 1000, nanos % 1000)
}
