//! The run itself.

use crate::conditions::{self, Loaded};
use crate::jobs::{Jobs, Remarks};
use crate::snapshot::{self, Header};
use crate::{RunError, check, rules};
use base::digest::{hash128, sha256_of};
use base::{Diagnostic, Diagnostics, SimTime, Span};
use kernel::Simulation;
use ledger::Keeper;
use scenario::InputFile;
use scenario::world::{JobSource, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::iter::Peekable;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tables::{Checkpoint, Input, Manifest, Planned, RunWriter, Summary, Verdict};
use twin::{Fact, Twin};

/// How a run is done. None of it but `csv` and `perfetto` (more files), `arguments` and `plan` shows in the results.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The folder for the results; it appears when the run is complete.
    pub out: PathBuf,
    /// Go on from the last snapshot of a run into the same folder.
    pub resume: bool,
    /// Simulated time between snapshots; `None`: a quarter of the run, if much has happened in it.
    pub snapshot_every: Option<Span>,
    /// Write the tables as CSV too.
    pub csv: bool,
    /// Write the jobs as a Chrome trace too.
    pub perfetto: bool,
    /// For the manifest: the arguments that change the scenario.
    pub arguments: Vec<String>,
    /// For the manifest: the plan whose build-out the world has.
    pub plan: Option<Planned>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// First instant of the run.
    pub start: SimTime,
    /// The run ends before this instant.
    pub end: SimTime,
    /// The instant reached.
    pub now: SimTime,
    /// Jobs submitted so far, since the beginning of the run.
    pub jobs: u64,
}

impl Progress {
    /// The share of the simulated time that is done.
    pub fn share(&self) -> f64 {
        let whole = (self.end - self.start).seconds();
        if whole > 0.0 { ((self.now - self.start).seconds() / whole).clamp(0.0, 1.0) } else { 1.0 }
    }
}

/// Watches a run.
pub trait Observer {
    /// Called at the end of every instant: it must be quick. `Break` stops the run there, with a snapshot.
    fn instant(&mut self, progress: &Progress) -> ControlFlow<()>;
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// The results are in their folder.
    Finished(Box<Finished>),
    /// The observer stopped it; `--resume` goes on.
    Stopped {
        /// The instant reached.
        at: SimTime,
        /// The folder that keeps what was done, with a snapshot.
        partial: PathBuf,
    },
}

/// A complete run.
#[derive(Debug)]
pub struct Finished {
    /// The results in numbers.
    pub summary: Summary,
    /// What became of the scenario's expectations.
    pub verdicts: Vec<Verdict>,
    /// What the readers of the workloads had to say.
    pub remarks: Diagnostics,
    /// Jobs submitted.
    pub jobs: u64,
    /// Digest of all facts in their order.
    pub facts_digest: String,
}

/// Runs a world and writes its results. `files` are those that the scenario was read from.
pub fn execute(
    world: &World,
    files: &[InputFile],
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Outcome, RunError> {
    let mistakes = check(world);
    if mistakes.has_errors() {
        return Err(RunError::Inputs(mistakes));
    }
    let mut run = Run::begin(world, files, options)?;
    match run.drive(observer) {
        Ok(ControlFlow::Continue(())) => run.finish().map(|finished| Outcome::Finished(Box::new(finished))),
        Ok(ControlFlow::Break(())) => {
            run.snapshot()?;
            Ok(Outcome::Stopped { at: run.simulation.now(), partial: partial_of(&options.out) })
        }
        Err(error) => {
            run.give_up(&error);
            Err(error)
        }
    }
}

/// Instants after which a snapshot is worth its time where nobody said how often: what is less is simulated again in
/// less than a second.
const WORTH_A_SNAPSHOT: u64 = 50_000;

/// The most snapshots of one run.
const MOST_SNAPSHOTS: i64 = 10_000;

struct Run<'a> {
    world: &'a World,
    out: &'a Path,
    header: Header,
    every: Span,
    /// Fewer instants than this since the last snapshot make none.
    least: u64,
    kept: u64,
    simulation: Simulation<Twin>,
    jobs: Peekable<Jobs>,
    remarks: Remarks,
    /// What the readers of the series had to say.
    said: Diagnostics,
    writer: RunWriter,
    keeper: Option<Keeper>,
    has_snapshot: bool,
}

/// The state that a snapshot keeps.
#[derive(Deserialize)]
struct Kept {
    simulation: Simulation<Twin>,
    keeper: Option<Keeper>,
    writer: Checkpoint,
}

#[derive(Serialize)]
struct Keeping<'a, W> {
    simulation: &'a Simulation<Twin>,
    keeper: &'a Option<Keeper>,
    writer: W,
}

impl<'a> Run<'a> {
    /// Opens everything; at the beginning, or where the last snapshot was taken.
    fn begin(world: &'a World, files: &[InputFile], options: &'a Options) -> Result<Run<'a>, RunError> {
        let mut jobs = Jobs::open(world).map_err(RunError::Inputs)?;
        let typical = jobs.typical();
        let Loaded { conditions, diagnostics } = conditions::conditions(world);
        if diagnostics.has_errors() {
            return Err(RunError::Inputs(diagnostics));
        }
        let conditions = Arc::new(conditions);
        let inputs = inputs(world, files)?;
        let header = Header { version: env!("CARGO_PKG_VERSION").to_owned(), inputs: digest(world, &inputs) };
        let table_options = tables::Options {
            arguments: options.arguments.clone(),
            plan: options.plan.clone(),
            inputs,
            csv: options.csv,
            trace_json: options.perfetto,
            ..tables::Options::default()
        };
        let (simulation, keeper, writer) = if options.resume {
            let folder = scratch_of(&options.out);
            let Kept { mut simulation, keeper, writer } = snapshot::read(&folder, &options.out, &header)?;
            simulation.machine_mut().set_conditions(conditions);
            // The jobs that the simulation has had already.
            for _ in 0..simulation.inputs_taken() {
                jobs.next();
            }
            (simulation, keeper, RunWriter::resume(&options.out, world, &table_options, writer)?)
        } else {
            let writer = RunWriter::create(&options.out, world, &table_options)?;
            (twin::simulation_under(world, &typical, conditions), Keeper::new(world)?, writer)
        };
        let length = world.end.0.saturating_sub(world.start.0);
        let every = options.snapshot_every.map_or(length / 4, |every| every.0.max(length / MOST_SNAPSHOTS));
        Ok(Run {
            world,
            out: &options.out,
            header,
            every: Span(every.max(1)),
            least: if options.snapshot_every.is_some() { 0 } else { WORTH_A_SNAPSHOT },
            kept: simulation.instants(),
            simulation,
            remarks: jobs.remarks(),
            said: diagnostics,
            jobs: jobs.peekable(),
            writer,
            keeper,
            has_snapshot: options.resume,
        })
    }

    /// Runs to the end, from snapshot to snapshot; `Break` if the observer stopped it.
    fn drive(&mut self, observer: &mut dyn Observer) -> Result<ControlFlow<()>, RunError> {
        let (start, end) = (self.world.start, self.world.end);
        loop {
            let until = next_snapshot(start, self.every, self.simulation.now()).min(end);
            let (writer, keeper, remarks) = (&mut self.writer, &mut self.keeper, &self.remarks);
            let mut failed: Option<RunError> = None;
            let outcome = self.simulation.run(&mut self.jobs, until, |now, facts| {
                if let Err(error) = write(writer, keeper, now, facts) {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
                if remarks.has_errors() {
                    return ControlFlow::Break(());
                }
                observer.instant(&Progress { start, end, now, jobs: remarks.jobs() })
            });
            if let Some(error) = failed {
                return Err(error);
            }
            if self.remarks.has_errors() {
                return Err(RunError::Inputs(self.remarks.all()));
            }
            match outcome {
                kernel::Outcome::Stopped => return Ok(ControlFlow::Break(())),
                kernel::Outcome::Finished if until >= end => return Ok(ControlFlow::Continue(())),
                kernel::Outcome::Finished if self.simulation.instants() - self.kept < self.least => {}
                kernel::Outcome::Finished => self.snapshot()?,
            }
        }
    }

    fn snapshot(&mut self) -> Result<(), RunError> {
        let writer = self.writer.checkpoint()?;
        let state = Keeping { simulation: &self.simulation, keeper: &self.keeper, writer };
        snapshot::write(&scratch_of(self.out), &self.header, &state)?;
        self.has_snapshot = true;
        self.kept = self.simulation.instants();
        Ok(())
    }

    /// Closes the books and puts the results into their place.
    fn finish(mut self) -> Result<Finished, RunError> {
        let facts = self.simulation.finish(|twin, now, context| twin.close(now, context));
        write(&mut self.writer, &mut self.keeper, self.simulation.now(), &facts)?;
        if let Some(keeper) = &mut self.keeper {
            keeper.finish(self.world.end)?;
            self.writer.close_books(keeper)?;
        }
        let summary = self.writer.finish()?;
        let mut remarks = self.said;
        remarks.0.extend(self.remarks.all().0);
        remarks.0.extend(self.keeper.as_ref().and_then(overdrawn));
        let jobs = self.simulation.inputs_taken();
        if jobs == 0 && !self.world.workloads.is_empty() {
            let message = format!("no job comes between {} and {}", self.world.start, self.world.end);
            remarks.push(Diagnostic::warning(rules::NO_JOBS, message));
        }
        Ok(Finished {
            verdicts: tables::evaluate(&self.world.expectations, &summary),
            summary,
            remarks,
            jobs,
            facts_digest: Manifest::read(self.out)?.facts_digest,
        })
    }

    /// A run that failed leaves nothing behind, but for one whose disk failed it after a snapshot: that one can go on.
    fn give_up(self, error: &RunError) {
        if matches!(error, RunError::Inputs(_)) || !self.has_snapshot {
            // What cannot be removed stays: the failure itself is told.
            let _ = self.writer.discard();
        }
    }
}

/// Whether the partners as one have ended a month with less cash than nothing.
fn overdrawn(keeper: &Keeper) -> Option<Diagnostic> {
    let (month, least) = keeper.totals().scopes.last()?.least_cash.filter(|(_, least)| *least < 0)?;
    let missing = -(least as f64) / 1e6;
    let message = format!("the books are overdrawn: {missing:.0} USD are missing at the end of {month}");
    let hint = "`opening_cash_usd` of `[books]`, a loan or a tranche gives them cash";
    Some(Diagnostic::warning(rules::OVERDRAWN, message).with_hint(hint))
}

/// The facts of an instant go to the tables and to the books, and what the books post to the tables too.
fn write(
    writer: &mut RunWriter,
    keeper: &mut Option<Keeper>,
    now: SimTime,
    facts: &[Fact],
) -> Result<(), RunError> {
    writer.write(now, facts)?;
    if let Some(keeper) = keeper {
        keeper.observe(now, facts)?;
        writer.write_books(keeper)?;
    }
    Ok(())
}

/// The first multiple of `every` after `now`, counted from the start of the run.
fn next_snapshot(start: SimTime, every: Span, now: SimTime) -> SimTime {
    let done = now.0.saturating_sub(start.0).max(0) / every.0;
    SimTime(start.0.saturating_add(every.0.saturating_mul(done + 1)))
}

/// Where the files of an unfinished run are.
fn partial_of(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    out.with_file_name(name)
}

/// Where `RunWriter::scratch` is before there is a writer.
fn scratch_of(out: &Path) -> PathBuf {
    partial_of(out).join("parts")
}

/// Every file that the results depend on, each once, with its digest.
fn inputs(world: &World, files: &[InputFile]) -> Result<Vec<Input>, RunError> {
    let mut digests: BTreeMap<PathBuf, String> =
        files.iter().map(|file| (PathBuf::from(&file.path), file.sha256.clone())).collect();
    for workload in &world.workloads {
        let JobSource::Trace { path, .. } = &workload.source else { continue };
        if !digests.contains_key(path) {
            let failed = |error| RunError::File { path: path.clone(), error };
            let sha256 = File::open(path).and_then(sha256_of).map_err(failed)?;
            digests.insert(path.clone(), sha256);
        }
    }
    for path in conditions::files(world) {
        if let Entry::Vacant(entry) = digests.entry(path) {
            let failed = |error| RunError::File { path: entry.key().clone(), error };
            let sha256 = File::open(entry.key()).and_then(sha256_of).map_err(failed)?;
            entry.insert(sha256);
        }
    }
    let name = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(digests.iter().map(|(path, sha256)| Input { name: name(path), sha256: sha256.clone() }).collect())
}

/// Digest of all that decides about the facts, but for the version. The derived text form of a world says every
/// number exactly.
fn digest(world: &World, inputs: &[Input]) -> String {
    format!("{:032x}", hash128(format!("{world:?} {inputs:?}").as_bytes()))
}
