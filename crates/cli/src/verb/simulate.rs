//! `stargate simulate`: the tables of a run, without a page.

use super::Verdict;
use super::planned::{self, InPlan, PlanArguments};
use super::without::Worth;
use crate::arguments::ScenarioArguments;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::progress::Watch;
use crate::source;
use crate::stop;
use crate::text::{self, short, shown, whole};
use base::Span;
use clap::Args;
use run::planning::against::Pair;
use run::{Compared, Finished, Options, Outcome, RunError};
use scenario::{Reading, World};
use serde_json::json;
use std::path::{Path, PathBuf};
use tables::Planned;

/// Where results go if nobody says.
pub const DEFAULT_OUT: &str = "stargate-out";

/// Arguments of `stargate simulate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate simulate my.toml -o results --csv
  stargate simulate my.toml --perfetto      jobs as a trace for ui.perfetto.dev
  stargate simulate my.toml --without agreement:macquarie    what the agreement is worth
  stargate simulate my.toml --plan stargate-plan/plan.json   build what a plan says
  stargate simulate my.toml --twice         two runs side by side: do they say the same?

Exit codes: 0 done; 1 an `[[expect]]` of the scenario failed, or two runs differ; 2 no results.")]
pub struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    #[command(flatten)]
    results: ResultArguments,
    #[command(flatten)]
    plan: PlanArguments,
    /// Run two times, write nothing, name the first fact that differs
    #[arg(long, conflicts_with_all = ["resume", "csv", "perfetto", "snapshot_every", "without"])]
    twice: bool,
}

/// What is written, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Results")]
pub struct ResultArguments {
    /// Folder for the results of the run
    #[arg(short, long, value_name = "DIR", default_value = DEFAULT_OUT)]
    pub out: PathBuf,
    /// Write the tables as CSV too
    #[arg(long)]
    pub csv: bool,
    /// Write the jobs as a trace for ui.perfetto.dev too
    #[arg(long)]
    pub perfetto: bool,
    /// Go on with the run in this folder that was stopped, from its last snapshot
    #[arg(long)]
    pub resume: bool,
    /// Simulated time between snapshots, `30 days` [default: a quarter of the run]
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub snapshot_every: Option<Span>,
    /// Run again without this agreement and say what that changes: `agreement:KEY`
    #[arg(long, value_name = "AGREEMENT")]
    pub without: Option<String>,
}

impl ResultArguments {
    /// The tables alone, into a folder.
    pub fn into(out: PathBuf) -> ResultArguments {
        ResultArguments {
            out,
            csv: false,
            perfetto: false,
            resume: false,
            snapshot_every: None,
            without: None,
        }
    }
}

fn span(text: &str) -> Result<Span, String> {
    match Span::parse(text) {
        Some(span) if span > Span::ZERO => Ok(span),
        _ => Err("write a time such as `6 h` or `30 days`".to_owned()),
    }
}

/// Simulates and says what came out.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    let (world, reading, plan) = planned::world(&arguments.scenario, &arguments.plan, printer)?;
    if arguments.twice {
        return twice(&world, printer);
    }
    let other = without(&arguments.results, &world)?;
    let plan = plan.as_ref();
    let finished = simulate(&arguments.scenario, &arguments.results, (&world, plan), &reading, printer)?;
    let beside = Beside {
        plan: plan.map(|plan| plan.side_by_side(&world, &arguments.results)).transpose()?,
        worth: worth(&arguments.scenario, &arguments.results, (other, plan), &reading, &finished, printer)?,
    };
    answer(&finished, &arguments.results.out, None, &beside, printer)
}

/// The world without the agreement that the command line names.
pub fn without(results: &ResultArguments, world: &World) -> Result<Option<(String, World)>, Failure> {
    results.without.as_deref().map(|name| super::without::world(name, world)).transpose()
}

/// What that agreement changes, in a world with the build-out of this plan.
pub fn worth(
    scenario: &ScenarioArguments,
    results: &ResultArguments,
    (other, plan): (Option<(String, World)>, Option<&InPlan>),
    reading: &Reading,
    finished: &Finished,
    printer: &mut Printer,
) -> Result<Option<Worth>, Failure> {
    let Some(other) = other else { return Ok(None) };
    super::without::compare(scenario, results, (&other, plan), reading, &finished.summary, printer).map(Some)
}

/// What a run is set beside.
#[derive(Default)]
pub struct Beside {
    /// The plan whose build-out it has, by quarter.
    pub plan: Option<Vec<Pair>>,
    /// The run without an agreement.
    pub worth: Option<Worth>,
}

/// Runs the world into the folder; with the plan whose build-out it has, if it has one's.
pub fn simulate(
    scenario: &ScenarioArguments,
    arguments: &ResultArguments,
    (world, plan): (&World, Option<&InPlan>),
    reading: &Reading,
    printer: &mut Printer,
) -> Result<Finished, Failure> {
    let options = Options {
        out: arguments.out.clone(),
        resume: arguments.resume,
        snapshot_every: arguments.snapshot_every,
        csv: arguments.csv,
        perfetto: arguments.perfetto,
        arguments: manifest_arguments(scenario, world, arguments, plan.map(InPlan::named)),
        plan: plan.map(InPlan::named),
    };
    let stop = stop::flag()?;
    printer.detail(&format!("simulating `{}` from {} to {}", world.name, world.start, world.end));
    let mut watch = Watch::new(printer, stop);
    let outcome = run::execute(world, &reading.files, &options, &mut watch);
    let took = watch.end().as_secs_f64();
    match outcome.map_err(failure)? {
        Outcome::Finished(finished) => {
            let finished = *finished;
            printer.diagnostics(&finished.remarks);
            let rate = short(finished.jobs as f64 / took.max(1e-3));
            let jobs = whole(finished.jobs as f64);
            printer.say(&format!("simulated {jobs} jobs in {took:.2} s ({rate} jobs/s)"));
            Ok(finished)
        }
        Outcome::Stopped { at, partial } => Err(Failure::Interrupted { at, partial }),
    }
}

/// The arguments of `run` that give these results again: the scenario, what was changed in it, and the plan that is
/// built. Files are named without their folders, as everywhere in a manifest: results do not depend on where they are.
fn manifest_arguments(
    scenario: &ScenarioArguments,
    world: &World,
    results: &ResultArguments,
    plan: Option<Planned>,
) -> Vec<String> {
    // The results with the agreement are those of the scenario as it is.
    let gone = results.without.iter().filter(|key| world.without(key).is_some_and(|other| other == *world));
    let gone = gone.flat_map(|key| ["--without".to_owned(), format!("agreement:{key}")]);
    let sets = scenario.set.iter().flat_map(|set| ["--set".to_owned(), set.clone()]);
    let seed = scenario.seed.iter().flat_map(|seed| ["--seed".to_owned(), seed.to_string()]);
    let changed = sets.chain(seed).chain(plan.into_iter().flat_map(plan_words)).chain(gone);
    std::iter::once(source::named(scenario.scenario.as_deref())).chain(changed).collect()
}

/// How a plan is named to `run`, with the future that it took where nobody said one.
fn plan_words(plan: Planned) -> Vec<String> {
    let mut words = vec!["--plan".to_owned(), plan.name, "--future".to_owned(), plan.future];
    words.extend(plan.demand.then(|| "--plan-demand".to_owned()));
    words.extend(plan.foreign.then(|| "--any-plan".to_owned()));
    words
}

fn failure(error: RunError) -> Failure {
    match error {
        RunError::Inputs(diagnostics) => Failure::Diagnostics(diagnostics),
        error => match error.hint() {
            Some(hint) => Failure::with_hint(error.to_string(), hint),
            None => Failure::from_display(error),
        },
    }
}

/// Says what came out: the results of the network, what was expected, and where everything is.
pub fn answer(
    finished: &Finished,
    out: &Path,
    page: Option<&Path>,
    beside: &Beside,
    printer: &mut Printer,
) -> Result<Verdict, Failure> {
    let failed = finished.verdicts.iter().filter(|verdict| !verdict.holds()).count();
    let stops = finished.summary.shortfall;
    let verdict = if failed == 0 && stops.is_none() { Verdict::Yes } else { Verdict::No };
    if printer.json() {
        let mut document = json!({
            "ok": verdict == Verdict::Yes, "folder": shown(out), "report": page.map(shown), "facts_digest": finished.facts_digest,
            "summary": finished.summary, "expectations": finished.verdicts, "diagnostics": finished.remarks,
        });
        if let Some((since, missing)) = stops {
            document["stops"] = json!({ "since": since.to_string(), "missing_usd": missing.usd() });
        }
        if let Some(pairs) = &beside.plan {
            document["plan"] = planned::to_json(pairs);
        }
        if let Some(worth) = &beside.worth {
            document["without"] = worth.json();
        }
        printer.document(&document)?;
        return Ok(verdict);
    }
    printer.data(&super::show::summary(&finished.summary))?;
    for verdict in finished.verdicts.iter().filter(|verdict| !verdict.holds()) {
        printer.error(&super::show::expectation(verdict), None);
    }
    if let Some((since, missing)) = stops {
        let text =
            format!("building stops in {} for want of {}", text::month(since), text::dollars(missing.usd()));
        printer.error(
            &text,
            Some("the tables `waits` and `capital` say where and when: add a tranche, or build less"),
        );
    }
    if let Some(pairs) = &beside.plan {
        printer.data(&planned::table(pairs))?;
    }
    if let Some(worth) = &beside.worth {
        printer.data(&format!("\n{}\n", worth.text()))?;
    }
    printer.data(&format!("tables  {}\n", out.display()))?;
    if let Some(page) = page {
        printer.data(&format!("report  {}\n", page.display()))?;
    }
    Ok(verdict)
}

fn twice(world: &World, printer: &mut Printer) -> Result<Verdict, Failure> {
    let stop = stop::flag()?;
    let mut watch = Watch::new(printer, stop);
    let compared = run::twice(world, &mut watch);
    watch.end();
    let text = match compared.map_err(failure)? {
        Compared::Same => None,
        Compared::Different(difference) => Some(difference.to_string()),
        Compared::Stopped(_) => return Err(Failure::Stopped),
    };
    if printer.json() {
        printer.document(&json!({ "ok": text.is_none(), "difference": text }))?;
    } else {
        printer.data(&format!("{}\n", text.as_deref().unwrap_or("two runs say the same")))?;
    }
    Ok(if text.is_none() { Verdict::Yes } else { Verdict::No })
}
