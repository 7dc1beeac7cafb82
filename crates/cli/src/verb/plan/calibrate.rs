//! `plan --calibrate`: plan, run what was planned, tell the planner what the run did otherwise, until both agree.

use super::document::Document;
use super::{Arguments, search, text_of};
use crate::arguments::ScenarioArguments;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text::aligned;
use crate::verb::planned::{self, PlanArguments};
use crate::verb::simulate::{self, ResultArguments};
use crate::verb::{Verdict, plan::why};
use run::planning::Prepared;
use run::planning::against::overall;
use run::planning::calibration::{Differences, Factors};
use scenario::World;
use scenario::world::planning::Planning;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::Path;

/// Plan and run agree where none of systems, cost of halls, energy, its cost, compute served and carbon differs by more.
const AGREE: f64 = 0.02;
/// Rounds after which they do not agree.
const ROUNDS: usize = 6;
/// A plan that is being calibrated.
const UNDER_WAY: &str = "calibrating.json";
/// The run, in the folder of the plan; of several, the first.
const RUN: &str = "run";

/// One plan and its run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Round {
    /// With what the plan was made.
    pub factors: Factors,
    /// What the run has more.
    pub differences: Differences,
}

/// Plans and runs until both agree.
pub fn execute(
    arguments: &Arguments,
    (world, wanted): (&World, &Planning),
    prepared: Prepared,
    base: Option<&Document>,
    printer: &mut Printer,
) -> Result<Verdict, Failure> {
    let mut factors = Factors::default();
    let mut rounds: Vec<Round> = Vec::new();
    loop {
        let mut instance = prepared.instance.clone();
        factors.apply(wanted, &mut instance);
        let Some(plan) = search(arguments, wanted, world, &instance, printer)? else {
            if let Some(last) = rounds.last() {
                let text = format!(
                    "with what the run of round {} taught there is no plan: lead times {:.3} times as long, halls {:.3} times as dear, systems {:.2} quarters late",
                    rounds.len(),
                    factors.slip,
                    factors.halls,
                    factors.late
                );
                let worst = 100.0 * last.differences.worst();
                let hint = format!(
                    "run and plan differed by {worst:.1} % in that round; without `--calibrate` there is a plan"
                );
                printer.error(&text, Some(&hint));
            }
            return Ok(Verdict::No);
        };
        let mut document = Document { calibration: rounds.clone(), ..Document::new(wanted, instance, plan) };
        let differences = match serves(&document) {
            true => run(arguments, (world, &document), printer)?,
            // Nothing runs, and nothing is to be learnt.
            false => Differences::default(),
        };
        rounds.push(Round { factors, differences });
        printer.say(&format!(
            "round {}: run and plan differ by {:.1} % at most",
            rounds.len(),
            100.0 * differences.worst()
        ));
        let agreed = differences.worst() <= AGREE;
        if !agreed && rounds.len() < ROUNDS {
            factors = factors.after(&differences);
            continue;
        }
        document.calibration = rounds;
        document.why = Some(why::ask(
            &document.instance,
            &document.plan,
            (&super::options(arguments, wanted), arguments.explain),
            &mut |_| {},
        )?);
        return tell(arguments, (&document, wanted), base, agreed, printer);
    }
}

/// Whether anybody is served, so that there is something to run.
fn serves(document: &Document) -> bool {
    let periods = document.plan.decisions.futures.iter().flat_map(|future| &future.periods);
    periods.flat_map(|period| period.active_mw.iter().flatten()).any(|mw| *mw > 1e-6)
}

/// Runs a plan that is not the last word yet: its file is gone afterwards.
fn run(
    arguments: &Arguments,
    (world, document): (&World, &Document),
    printer: &mut Printer,
) -> Result<Differences, Failure> {
    let path = document.save_as(&arguments.out, UNDER_WAY)?;
    let one = |draw: u32| {
        let mut scenario = arguments.scenario.clone();
        let mut folder = RUN.to_owned();
        if draw > 0 {
            scenario.seed = Some(world.seed.wrapping_add(u64::from(draw)));
            folder = format!("{RUN}-{}", draw + 1);
        }
        run_of(&scenario, (&path, &arguments.out.join(folder)), printer)
    };
    let draws: Result<Vec<Differences>, Failure> = (0..arguments.draws).map(one).collect();
    std::fs::remove_file(&path).map_err(Failure::from_display)?;
    Ok(Differences::mean(&draws?))
}

/// One run of the plan of this file, into this folder.
fn run_of(
    scenario: &ScenarioArguments,
    (path, folder): (&Path, &Path),
    printer: &mut Printer,
) -> Result<Differences, Failure> {
    let plan = PlanArguments::built(path.to_owned());
    let (world, reading, plan) = planned::world(scenario, &plan, printer)?;
    let results = ResultArguments::into(folder.to_owned());
    simulate::simulate(scenario, &results, (&world, plan.as_ref()), &reading, printer)?;
    let pairs =
        plan.as_ref().map(|plan| plan.side_by_side(&world, &results)).transpose()?.unwrap_or_default();
    let [systems, _, halls, _, energy, cost, served, carbon] = overall(&pairs);
    let late = plan.map(|plan| plan.late(&world, &pairs, &results)).transpose()?.unwrap_or_default();
    let (lead_times, late_quarters) = (late.halls, late.systems_quarters);
    Ok(Differences { systems, lead_times, late_quarters, halls, energy, cost, served, carbon })
}

fn tell(
    arguments: &Arguments,
    (document, wanted): (&Document, &Planning),
    base: Option<&Document>,
    agreed: bool,
    printer: &mut Printer,
) -> Result<Verdict, Failure> {
    let path = super::written(document, wanted, arguments)?;
    let changes = base.map(|base| super::changes(base, document));
    let verdict = if agreed { Verdict::Yes } else { Verdict::No };
    if printer.json() {
        let mut described = super::described(document, base, &path);
        described["ok"] = json!(agreed);
        described["calibration"] = json!(document.calibration);
        printer.document(&described)?;
        return Ok(verdict);
    }
    printer.data(&text_of(document))?;
    printer.data(&super::ending(arguments, document, base.zip(changes.as_deref()), &path))?;
    if !agreed {
        let text =
            format!("plan and run still differ by more than {:.0} % after {ROUNDS} rounds", 100.0 * AGREE);
        printer.error(&text, Some("`plan-and-run.csv` in the folder of the run says in which quarters"));
    }
    Ok(verdict)
}

/// The rounds as two tables.
pub fn text(rounds: &[Round]) -> String {
    let factors = |factors: &Factors| {
        let Factors { slip, halls, late, power, availability, price, carbon } = *factors;
        [slip, halls, late, power, availability, price, carbon].map(|factor| format!("{factor:.4}"))
    };
    let share = |more: Option<f64>| more.map_or("-".to_owned(), |more| format!("{:+.1} %", 100.0 * more));
    let differences = |more: &Differences| {
        let Differences { systems, lead_times, late_quarters, halls, energy, cost, served, carbon } = *more;
        let late = late_quarters.map_or("-".to_owned(), |late| format!("{late:+.2}"));
        let rest = [systems, energy, cost, served, carbon].map(share);
        [share(lead_times), share(halls), late].into_iter().chain(rest)
    };
    let planned = ["lead times", "halls", "quarters late", "power", "availability", "price", "carbon"];
    let ran =
        ["lead times", "halls", "quarters late", "systems", "energy", "its cost", "served", "its carbon"];
    let planned = table(&planned, rounds.iter().map(|round| factors(&round.factors).to_vec()));
    let ran = table(&ran, rounds.iter().map(|round| differences(&round.differences).collect()));
    format!(
        "\ncalibrated on runs of the plan: the factors of each round\n{planned}\nwhat its run had more\n{ran}"
    )
}

fn table(heads: &[&str], rounds: impl Iterator<Item = Vec<String>>) -> String {
    let head = ["round"].iter().chain(heads).map(|head| (*head).to_owned()).collect();
    let numbered = rounds.enumerate().map(|(n, row)| [vec![(n + 1).to_string()], row].concat());
    let rows: Vec<Vec<String>> = [head].into_iter().chain(numbered).collect();
    aligned(&rows, &(0..=heads.len()).collect::<Vec<_>>())
}
