//! `stargate plan`: what to build, where and when, with a proven bound.

mod calibrate;
pub mod document;
mod front;
mod infeasible;
mod summary;
mod why;

use super::Verdict;
use crate::arguments::ScenarioArguments;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::source;
use crate::text::{self, percent, shown};
use ::plan::front::best_value;
use ::plan::instance::{Instance, Objective};
use ::plan::solve::{Error, Options, Outcome, Plan, Progress, Stage, solve};
use ::plan::{Naming, Written};
use clap::Args;
use document::Document;
use run::planning::{self, Prepared};
use scenario::World;
use scenario::world::planning::Planning;
use serde_json::json;
use solver::{Highs, Solver};
use std::path::{Path, PathBuf};
use why::Why;

/// Nodes of each search where nothing else is said: hours for the largest programmes, and more than smaller ones ever need.
const NODES: u32 = 100_000;

/// Arguments of `stargate plan`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate plan stargate-plan               the Stargate programme: 500 B$ over sixteen quarters, twenty places
  stargate plan my.toml -o plan
  stargate plan my.toml --gap 0.001         go on until no plan can be a thousandth better
  stargate plan my.toml --explain           say why places are left out, and what would put them in
  stargate plan my.toml --calibrate         run the plan, and plan again with what the run did otherwise
  stargate plan my.toml --calibrate --draws 5
                                            the same on five runs with seeds of their own: what slips is not learnt from one draw
  stargate plan my.toml --base plan/plan.json -o cheaper --set plan.discount_per_year=0.07
  stargate plan my.toml --front least_carbon --points 8 -o front
                                            what less carbon costs: eight plans from the best for the scenario's objective on
  stargate plan my.toml --mps model.mps     write the model for another solver, with names

Exit codes: 0 a plan; 1 there is none, and the answer says which limits contradict each other, or run and plan do not agree with --calibrate;
2 no answer.")]
pub struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Folder for the plan
    #[arg(short, long, value_name = "DIR", default_value = "stargate-plan")]
    out: PathBuf,
    /// Write the tables as CSV too
    #[arg(long)]
    csv: bool,
    /// Stop when no plan can be better by more than this share [default: the scenario's]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    gap: Option<f64>,
    /// Write the model as MPS to this file, whose name ends in `.mps`, and do not solve it
    #[arg(long, value_name = "FILE", conflicts_with = "lp")]
    mps: Option<PathBuf>,
    /// The same as LP, whose names have no brackets and dashes
    #[arg(long, value_name = "FILE")]
    lp: Option<PathBuf>,
    /// Say also why each place that is left out is left out, and with several futures what it is worth to know them: each
    /// takes as long as a plan
    #[arg(long)]
    explain: bool,
    /// Most nodes of each search: a plan always ends, and is the same on every machine
    #[arg(long, value_name = "COUNT", default_value_t = NODES)]
    nodes: u32,
    /// Run what is planned and plan again with what the run did otherwise, until both agree within 2 %
    #[arg(long, conflicts_with_all = ["mps", "lp"])]
    calibrate: bool,
    /// Runs of each round, each with the next seed: what is learnt is their mean, and they must agree with the plan in the mean
    #[arg(long, value_name = "COUNT", requires = "calibrate", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    draws: u32,
    /// Hold the blocks to the dates on which they stood in fact, the candidates' `done`: with `--base` of the free plan, what the difference costs
    #[arg(long)]
    as_done: bool,
    /// Say what differs from this plan: a `plan.json`
    #[arg(long, value_name = "FILE")]
    base: Option<PathBuf>,
    /// Trade the scenario's objective against this one; each point is a plan of its own, `point-NN.json`
    #[arg(long, value_name = "OBJECTIVE", value_parser = front::objective(), conflicts_with_all = ["mps", "lp", "calibrate", "explain", "base"])]
    front: Option<Objective>,
    /// Points of the front, both ends among them
    #[arg(long, value_name = "COUNT", default_value_t = 8, requires = "front", value_parser = clap::value_parser!(u32).range(2..=front::MOST_POINTS))]
    points: u32,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("write a share from 0 to 1, such as `0.01`".to_owned()),
    }
}

/// Plans and says what came out.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    let (world, _) = source::world(&arguments.scenario, printer)?;
    let Some(wanted) = &world.planning else {
        let message = format!("`{}` has no `[plan]`", world.name);
        return Err(Failure::with_hint(
            message,
            "add `[plan]` with a budget, and `[candidate.NAME]` for each place; `stargate plan stargate-plan` plans the programme",
        ));
    };
    let tokens = wanted.objective == scenario::world::planning::Objective::MostTokens
        || arguments.front == Some(Objective::MostTokens);
    if tokens && wanted.demands.iter().all(|demand| demand.tokens <= 0.0) {
        let hint = "write `tokens_per_unit_year = 2.7e13` in a `[[plan.demand]]`: what a unit of compute makes in a year";
        return Err(Failure::with_hint("the most tokens are sought, and no demand has any", hint));
    }
    let base = arguments.base.as_deref().map(document::read).transpose()?.map(|(document, _)| document);
    let mut prepared = planning::prepare(&world, wanted)?;
    printer.diagnostics(&prepared.diagnostics);
    if arguments.as_done {
        for remark in hold_to_done(&mut prepared.instance, wanted)? {
            printer.say(&format!("note: {remark}"));
        }
    }
    if let Some(quarters) = wanted.years_after {
        prepared.instance = prepared.instance.in_years_from(quarters);
    }
    if let Some(path) = arguments.mps.as_ref().or(arguments.lp.as_ref()) {
        return write_model(
            &prepared.instance,
            path,
            if arguments.mps.is_some() { "mps" } else { "lp" },
            printer,
        );
    }
    if let Some(other) = arguments.front {
        return front::execute(arguments, (&world, wanted), &prepared.instance, other, printer);
    }
    if arguments.calibrate {
        return calibrate::execute(arguments, (&world, wanted), prepared, base.as_ref(), printer);
    }
    let Some(plan) = search(arguments, wanted, &world, &prepared.instance, printer)? else {
        return Ok(Verdict::No);
    };
    let asked = (&options(arguments, wanted), arguments.explain);
    let mut last = None;
    let objective = prepared.instance.objective;
    let why = why::ask(&prepared.instance, &plan, asked, &mut |progress: &Progress| {
        tell(progress, objective, &mut last, printer);
    })?;
    planned(arguments, wanted, prepared, (plan, why), base.as_ref(), printer)
}

/// Holds the blocks to what was done; what comes after the plan is said.
fn hold_to_done(instance: &mut Instance, wanted: &Planning) -> Result<Vec<String>, Failure> {
    if wanted.candidates.iter().all(|candidate| candidate.done.is_empty()) {
        let hint = "write `done = [\"2026-04-01\"]` in `[candidate.NAME]`, a date for each block";
        return Err(Failure::with_hint("no candidate says when its blocks stood", hint));
    }
    Ok(planning::done::hold(instance, wanted))
}

fn options(arguments: &Arguments, wanted: &Planning) -> Options {
    Options { gap: arguments.gap.unwrap_or(wanted.gap), nodes: Some(arguments.nodes), ..Options::default() }
}

/// A plan for the instance; none where limits contradict each other, which is said.
fn search(
    arguments: &Arguments,
    wanted: &Planning,
    world: &World,
    instance: &Instance,
    printer: &mut Printer,
) -> Result<Option<Plan>, Failure> {
    let mut last = None;
    let mut watch = |progress: &Progress| tell(progress, instance.objective, &mut last, printer);
    match solve::<Highs>(instance, &options(arguments, wanted), &mut watch).map_err(failure)? {
        Outcome::Planned(plan) => {
            // Progress would be of another objective.
            let plan = best_value::<Highs>(instance, *plan, &options(arguments, wanted), &mut |_| {});
            Ok(Some(plan.map_err(failure)?))
        }
        Outcome::Infeasible(limits) => {
            infeasible::tell(&limits, instance, world, printer)?;
            Ok(None)
        }
        Outcome::Unbounded => Err(Failure::with_hint(
            "there is no best plan: the more, the better",
            "give a price, a limit of supply or an amount of demand that is missing",
        )),
        Outcome::NoAnswer(status) => Err(Failure::with_hint(
            format!("the solver stopped without an answer: {status}"),
            "try a larger `--gap`, or more `--nodes`",
        )),
    }
}

/// What a planner's error means for the user.
fn failure(error: Error) -> Failure {
    match error {
        Error::Mistakes(mistakes) => {
            let all: Vec<String> = mistakes.iter().map(|mistake| mistake.message.clone()).collect();
            Failure::message(format!("the problem cannot be planned: {}", all.join("; ")))
        }
        error => Failure::message(error.to_string()),
    }
}

/// One line on stderr where the search got on: what is best, what is proven.
fn tell(progress: &Progress, objective: Objective, last: &mut Option<(Stage, f64)>, printer: &mut Printer) {
    if printer.progress().is_none() {
        return;
    }
    let gap = (progress.incumbent - progress.bound).max(0.0) / progress.incumbent.abs().max(1e-9);
    // A line for each stage, and where a tenth of the gap was closed.
    if last.is_some_and(|(stage, known)| stage == progress.stage && (gap >= known * 0.9 || gap.is_nan())) {
        return;
    }
    *last = Some((progress.stage, gap));
    let stage = match progress.stage {
        Stage::Relaxation => "without whole numbers",
        Stage::RelaxAndFix => "a first plan",
        Stage::Improve => "a better plan",
        Stage::Search => "search",
    };
    let known = |value: f64| match value.is_finite() {
        true if objective.is_money() => text::dollars(value * 1e6),
        true => text::number(value),
        false => "none yet".to_owned(),
    };
    let gap = if gap.is_finite() { percent(gap) } else { "open".to_owned() };
    printer.say(&format!(
        "  {stage}: best {}, bound {}, gap {gap}",
        known(progress.incumbent),
        known(progress.bound)
    ));
}

fn write_model(
    instance: &Instance,
    path: &Path,
    ending: &str,
    printer: &mut Printer,
) -> Result<Verdict, Failure> {
    if path.extension().is_none_or(|given| given != ending) {
        let hint = format!("write `{}`", path.with_extension(ending).display());
        return Err(Failure::with_hint(format!("`{}` does not end in `.{ending}`", path.display()), hint));
    }
    let mistakes = instance.check();
    if !mistakes.is_empty() {
        return Err(failure(Error::Mistakes(mistakes)));
    }
    let written = Written::whole(instance);
    let naming = if ending == "lp" { Naming::Lp } else { Naming::Mps };
    let mut solver = written.open_named::<Highs>(naming).map_err(Failure::from_display)?;
    solver.write(path).map_err(Failure::from_display)?;
    let [columns, rows, entries] = written.size();
    if printer.json() {
        let answer = json!({ "ok": true, "model": shown(path), "columns": columns, "rows": rows, "nonzeros": entries });
        printer.document(&answer)?;
    } else {
        printer.data(&format!(
            "model  {}  {rows} rows, {columns} columns, {entries} non-zeros\n",
            path.display()
        ))?;
    }
    Ok(Verdict::Yes)
}

/// Millions of dollars by which a plan is worse than another; none where they do not seek the same, or no money.
fn worse_musd(base: &Document, document: &Document) -> Option<f64> {
    let objective = document.instance.objective;
    let same = base.instance.objective == objective && objective.is_money();
    same.then_some(document.plan.objective - base.plan.objective)
}

/// How much better or worse a plan is than another of the same problem.
fn worth(base: &Document, document: &Document) -> String {
    let Some(less) = worse_musd(base, document) else { return String::new() };
    let word = if less > 0.0 { "worse" } else { "better" };
    let other = if base.digest == document.digest { "" } else { ", for another problem" };
    format!("{} {word} than the base{other}\n", text::dollars(less.abs() * 1e6))
}

/// What is otherwise than in the base, if there is one, and where everything is.
fn ending(
    arguments: &Arguments,
    document: &Document,
    base: Option<(&Document, &[summary::Change])>,
    path: &Path,
) -> String {
    let against = base
        .map_or_else(String::new, |(base, changes)| summary::difference(changes) + &worth(base, document));
    format!("{against}plan    {}\ntables  {}\n", path.display(), arguments.out.display())
}

/// What a plan builds otherwise than another.
fn changes(base: &Document, document: &Document) -> Vec<summary::Change> {
    let build = |document: &Document| {
        let (instance, decisions) = (&document.instance, &document.plan.decisions);
        let mut all = summary::build(instance, decisions);
        all.extend(summary::deliveries(instance, decisions));
        all
    };
    summary::changes(&build(base), &build(document))
}

/// Writes the plan and its tables: all of them, or none where they cannot be made.
fn written(document: &Document, wanted: &Planning, arguments: &Arguments) -> Result<PathBuf, Failure> {
    let tables = planning::rows::rows(&document.instance, wanted, &document.plan.decisions)
        .map_err(Failure::from_display)?;
    let path = document.save(&arguments.out)?;
    tables.write(&arguments.out, arguments.csv).map_err(Failure::from_display)?;
    Ok(path)
}

/// The plan as people read it.
fn text_of(document: &Document) -> String {
    let (instance, plan) = (&document.instance, &document.plan);
    let build = summary::build(instance, &plan.decisions);
    let quarters = summary::quarters(instance, &plan.decisions);
    summary::headline(instance, plan)
        + &summary::built(&build, instance)
        + &summary::by_quarter(&quarters)
        + &document.why.as_ref().map_or_else(String::new, |why| why::text(why, instance, plan))
        + &match document.calibration.as_slice() {
            [] => String::new(),
            rounds => calibrate::text(rounds),
        }
}

/// Shows a plan that was made before.
pub fn show(folder: &Path, printer: &mut Printer) -> Result<(), Failure> {
    let path = folder.join(document::FILE);
    let (document, _) = document::read(&path)?;
    match printer.json() {
        true => printer.document(&document),
        false => printer.data(&text_of(&document)),
    }
}

/// The plan as programs read it.
fn described(document: &Document, base: Option<&Document>, path: &Path) -> serde_json::Value {
    json!({
        "ok": true, "plan": shown(path), "digest": document.digest, "objective": document.plan.objective,
        "bound": document.plan.bound, "gap": document.gap,
        "loan_musd": summary::loan_musd(&document.instance, &document.plan), "effort": document.plan.effort,
        "build": summary::build(&document.instance, &document.plan.decisions),
        "quarters": summary::quarters(&document.instance, &document.plan.decisions),
        "changes": base.map(|base| changes(base, document)),
        "worse_than_base_musd": base.and_then(|base| worse_musd(base, document)), "why": document.why,
    })
}

fn planned(
    arguments: &Arguments,
    wanted: &Planning,
    prepared: Prepared,
    (plan, why): (Plan, Why),
    base: Option<&Document>,
    printer: &mut Printer,
) -> Result<Verdict, Failure> {
    let Prepared { instance, days, .. } = prepared;
    let document = Document { why: Some(why), ..Document::new(wanted, instance, plan) };
    let path = written(&document, wanted, arguments)?;
    let changes = base.map(|base| changes(base, &document));
    if printer.json() {
        let mut described = described(&document, base, &path);
        described["representative_days"] = json!(days);
        printer.document(&described)?;
        return Ok(Verdict::Yes);
    }
    printer.data(&text_of(&document))?;
    printer.data(&format!(
        "\nrepresentative days against all hours, at worst: energy {}, its cost {} before prices are scaled to the mean, its carbon {}\n",
        percent(days.energy),
        percent(days.cost),
        percent(days.carbon)
    ))?;
    printer.data(&ending(arguments, &document, base.zip(changes.as_deref()), &path))?;
    Ok(Verdict::Yes)
}
