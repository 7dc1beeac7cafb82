//! `--plan FILE`: the build-out of a plan in a run, and both side by side afterwards.

use super::plan::document::{self, Document};
use super::simulate::ResultArguments;
use crate::arguments::ScenarioArguments;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::source;
use crate::text::{aligned, dollars, number, whole};
use clap::Args;
use run::planning;
use run::planning::against::{Late, NAMES, Pair, against, late, overall};
use run::planning::replay::{Replay, Wanted, replay};
use scenario::world::planning::Planning;
use scenario::{Overlay, Reading, World};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use tables::Planned;

/// The build-out as a scenario text, and plan and run side by side: in the folder of the results.
const TEXT: &str = "plan.toml";
const TABLE: &str = "plan-and-run.csv";

/// Which plan is built, and how it is taken.
#[derive(Debug, Args)]
#[command(next_help_heading = "Plan")]
pub struct PlanArguments {
    /// Build what this plan says, a `plan.json`, and set plan and run side by side
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// The future of the plan that comes [default: the most likely]
    #[arg(long, value_name = "NAME", requires = "plan")]
    future: Option<String>,
    /// Run jobs as many as the plan serves, instead of the scenario's workloads and services
    #[arg(long, requires = "plan")]
    plan_demand: bool,
    /// Take the plan though it was made for another scenario
    #[arg(long, requires = "plan")]
    any_plan: bool,
}

impl PlanArguments {
    /// The build-out of a plan and the demand that it serves, as both come.
    pub fn built(plan: PathBuf) -> PlanArguments {
        PlanArguments { plan: Some(plan), future: None, plan_demand: true, any_plan: false }
    }
}

/// A plan whose build-out a world has.
pub struct InPlan {
    document: Document,
    planning: Planning,
    replay: Replay,
    named: Planned,
}

/// The world that the command line means, with the build-out of a plan where one is named.
pub fn world(
    scenario: &ScenarioArguments,
    arguments: &PlanArguments,
    printer: &mut Printer,
) -> Result<(World, Reading, Option<InPlan>), Failure> {
    let Some(path) = &arguments.plan else {
        let (world, reading) = source::world(scenario, printer)?;
        return Ok((world, reading, None));
    };
    let origin = source::origin(scenario.scenario.as_deref())?;
    let world = source::unchecked(&origin, scenario)?;
    let plan = in_plan(path, arguments, world)?;
    let overlay =
        Overlay { name: TEXT.into(), text: plan.replay.text.clone(), replaces: plan.replay.replaces.clone() };
    let (world, reading) = source::world_under(&origin, &overlay, scenario, printer)?;
    for remark in &plan.replay.remarks {
        printer.say(&format!("note: {remark}"));
    }
    Ok((world, reading, Some(plan)))
}

fn in_plan(path: &Path, arguments: &PlanArguments, mut world: World) -> Result<InPlan, Failure> {
    let (document, sha256) = document::read(path)?;
    let Some(planning) = world.planning.take() else {
        let hint = "run the scenario that the plan was made for, with its `[plan]` and its candidates";
        return Err(Failure::with_hint(format!("`{}` has no `[plan]`", world.name), hint));
    };
    let foreign = document.digest != planning::digest(&planning);
    if foreign && !arguments.any_plan {
        let message = format!(
            "`{}` was made for another scenario: `{}`, or what was to be planned has changed since",
            path.display(),
            document.scenario
        );
        return Err(Failure::with_hint(message, "plan again, or take it all the same with `--any-plan`"));
    }
    let wanted = Wanted { future: arguments.future.as_deref(), demand: arguments.plan_demand };
    let parts = (&document.instance, &document.plan.decisions);
    let replay = replay(&world, &planning, parts, wanted).map_err(|lacks| {
        let message = format!("`{}` cannot be built here: {}", path.display(), lacks.join("; "));
        let hint = match arguments.future.is_some() {
            true => "run the scenario that the plan was made for, and name one of its futures",
            false => "run the scenario that the plan was made for",
        };
        Failure::with_hint(message, hint)
    })?;
    let named = Planned {
        name: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        sha256,
        digest: document.digest.clone(),
        future: document.instance.scenarios[replay.future].name.clone(),
        demand: arguments.plan_demand,
        foreign,
    };
    Ok(InPlan { document, planning, replay, named })
}

impl InPlan {
    /// For the manifest.
    pub fn named(&self) -> Planned {
        self.named.clone()
    }

    /// Sets plan and run side by side: writes both files into the folder of the results.
    pub fn side_by_side(&self, world: &World, results: &ResultArguments) -> Result<Vec<Pair>, Failure> {
        let parts = (&self.document.instance, &self.document.plan.decisions);
        let quarters = (self.replay.starts.as_slice(), self.replay.future);
        let run = (world.start, world.end);
        let pairs = against(&self.planning, parts, quarters, run, &results.out);
        let pairs = pairs.map_err(Failure::from_display)?;
        for (name, text) in [(TEXT, &self.replay.text), (TABLE, &csv(&pairs))] {
            let path = results.out.join(name);
            fs::write(&path, text)
                .map_err(|error| Failure::message(format!("cannot write `{}`: {error}", path.display())))?;
        }
        Ok(pairs)
    }
}

impl InPlan {
    /// What came later in the run than the plan says.
    pub fn late(&self, world: &World, pairs: &[Pair], results: &ResultArguments) -> Result<Late, Failure> {
        let plan = (&self.document.instance, self.replay.starts.as_slice());
        late(plan, world.end, pairs, &results.out).map_err(Failure::from_display)
    }
}

fn csv(pairs: &[Pair]) -> String {
    let mut text = "quarter".to_owned();
    NAMES.iter().for_each(|name| _ = write!(text, ",{name}_plan,{name}_run"));
    text.push('\n');
    for pair in pairs {
        text.push_str(&pair.quarter);
        for (plan, run) in pair.plan.values().iter().zip(pair.run.values()) {
            _ = write!(text, ",{plan},{run}");
        }
        text.push('\n');
    }
    text
}

/// For a JSON answer.
pub fn to_json(pairs: &[Pair]) -> Value {
    let overall: Value =
        NAMES.iter().zip(overall(pairs)).map(|(name, share)| (*name, json!(share))).collect();
    json!({ "quarters": pairs, "run_over_plan": overall })
}

/// Plan and run by quarter, as a table; what the run has more over all of them, in the last row.
pub fn table(pairs: &[Pair]) -> String {
    if pairs.is_empty() {
        return "\nno quarter of the plan lies within the run as a whole\n".to_owned();
    }
    let heads =
        ["systems MW", "accelerators", "halls", "systems", "energy GWh", "its cost", "served", "carbon kt"];
    let mut rows = vec![vec!["quarter".to_owned()]];
    heads.iter().for_each(|head| rows[0].extend([(*head).to_owned(), "run".to_owned()]));
    let shown = |at: usize, value: f64| match at {
        0 | 1 => whole(value),
        4 | 7 => number(value / 1e3),
        2 | 3 | 5 => dollars(value),
        _ => number(value),
    };
    for pair in pairs {
        let mut row = vec![pair.quarter.clone()];
        for (at, (plan, run)) in pair.plan.values().into_iter().zip(pair.run.values()).enumerate() {
            row.extend([shown(at, plan), shown(at, run)]);
        }
        rows.push(row);
    }
    let mut last = vec!["run over plan".to_owned()];
    for share in overall(pairs) {
        last.extend([
            String::new(),
            share.map_or("-".to_owned(), |share| format!("{:+.1} %", 100.0 * share)),
        ]);
    }
    rows.push(last);
    let right: Vec<usize> = (1..=2 * NAMES.len()).collect();
    format!("\nplan and run by quarter\n{}", aligned(&rows, &right))
}
