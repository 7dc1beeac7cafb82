//! `stargate plan --front`: what one objective costs of another, as plans between the best of both.

use super::document::Document;
use super::{Arguments, failure, options, search, tell};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text::{aligned, dollars, percent, shown, whole};
use crate::verb::Verdict;
use ::plan::account::Account;
use ::plan::decisions::Decisions;
use ::plan::front::{Point, front, order};
use ::plan::instance::{Instance, Objective, Risk};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use scenario::World;
use scenario::world::planning::Planning;
use serde_json::{Value, json};
use solver::Highs;
use tables::plan_tables::plan_front::Row;
use tables::planned::write_front;

/// Most points of a front.
pub const MOST_POINTS: i64 = 100;

/// Objectives by their words in a scenario.
const WORDS: [(&str, Objective); 4] = [
    ("net_present_value", Objective::NetPresentValue),
    ("least_cost", Objective::LeastCost),
    ("most_tokens", Objective::MostTokens),
    ("least_carbon", Objective::LeastCarbon),
];

/// Reads an objective from its word.
pub fn objective() -> impl TypedValueParser<Value = Objective> {
    PossibleValuesParser::new(WORDS.map(|(word, _)| word)).map(|text| {
        WORDS.iter().find(|(word, _)| *word == text).map_or(Objective::NetPresentValue, |(_, known)| *known)
    })
}

fn word(objective: Objective) -> &'static str {
    WORDS.iter().find(|(_, known)| *known == objective).map_or("", |(word, _)| word)
}

/// Finds the points, writes each as a plan and all as a table.
pub(super) fn execute(
    arguments: &Arguments,
    (world, wanted): (&World, &Planning),
    instance: &Instance,
    other: Objective,
    printer: &mut Printer,
) -> Result<Verdict, Failure> {
    if other == instance.objective {
        let message = format!("the scenario seeks `{}` already", word(other));
        let others = WORDS.iter().map(|(word, _)| *word).filter(|known| *known != word(other));
        let others: Vec<String> = others.map(|word| format!("`{word}`")).collect();
        return Err(Failure::with_hint(message, format!("trade it against {}", others.join(", "))));
    }
    let covered = instance.capital.debt.as_ref().is_some_and(|debt| debt.coverage.is_some());
    if covered && !other.is_money() {
        let message =
            format!("income must cover interest, and a plan for `{}` counts no income", word(other));
        return Err(Failure::with_hint(
            message,
            "leave `coverage` out of `[plan.debt]`, or trade money alone",
        ));
    }
    let trade = (instance.objective, other);
    let mut last = (None, None);
    let mut watch = |objective, progress: &_| {
        if last.0 != Some(objective) {
            last = (Some(objective), None);
        }
        tell(progress, objective, &mut last.1, printer);
    };
    let count = arguments.points as usize;
    let points =
        front::<Highs>(instance, trade, count, &options(arguments, wanted), &mut watch).map_err(failure)?;
    if points.is_empty() {
        // The plan alone says why there is none.
        if search(arguments, wanted, world, instance, printer)?.is_none() {
            return Ok(Verdict::No);
        }
        let message = format!("there is a plan, and no best of `{}`", word(other));
        return Err(Failure::with_hint(message, "give a limit that it lacks, or try a larger `--gap`"));
    }
    if points.len() < count {
        printer.say(&format!("note: only {} of {count} points were found", points.len()));
    }
    let (first, second) = order(trade.0, trade.1);
    let instance = Instance { objective: first, ..instance.clone() };
    let best = points[0].plan.objective.abs();
    let rows: Vec<Row> = points.iter().zip(1..).map(|(point, n)| row(&instance, point, best, n)).collect();
    for (point, n) in points.into_iter().zip(1..) {
        Document::new(wanted, instance.clone(), point.plan).save_as(&arguments.out, &file(n))?;
    }
    // What an earlier front left beyond these is none of this one.
    (rows.len() as i64 + 1..=MOST_POINTS)
        .for_each(|n| drop(std::fs::remove_file(arguments.out.join(file(n)))));
    write_front(rows.clone(), &arguments.out, arguments.csv).map_err(Failure::from_display)?;
    let trade = (word(first), word(second));
    if printer.json() {
        printer.document(&described(&rows, trade, arguments))?;
    } else {
        printer.data(&text_of(&rows, trade, arguments))?;
    }
    Ok(Verdict::Yes)
}

/// Name of the plan of a point.
fn file(point: i64) -> String {
    format!("point-{point:02}.json")
}

fn row(instance: &Instance, point: &Point, best: f64, number: i64) -> Row {
    let decisions = &point.plan.decisions;
    let seen = |objective| {
        let instance = Instance { objective, risk: Risk::Expected, ..instance.clone() };
        Account::new(&instance, decisions).objective()
    };
    Row {
        point: number,
        net_present_value_usd: -seen(Objective::NetPresentValue) * 1e6,
        present_cost_usd: seen(Objective::LeastCost) * 1e6,
        carbon_t: seen(Objective::LeastCarbon),
        tokens: -seen(Objective::MostTokens),
        halls_mw: halls_mw(instance, decisions),
        gap: (point.plan.objective - point.plan.bound).max(0.0)
            / point.plan.objective.abs().max(best).max(1e-9),
    }
}

fn halls_mw(instance: &Instance, decisions: &Decisions) -> f64 {
    let sites = instance.sites.iter().zip(&decisions.sites);
    let halls = sites.flat_map(|(here, site)| here.phases.iter().zip(&site.phases));
    halls.filter(|(_, ready)| ready.is_some()).map(|(phase, _)| phase.mw).sum()
}

fn described(rows: &[Row], (first, second): (&str, &str), arguments: &Arguments) -> Value {
    let point = |row: &Row| {
        json!({
            "point": row.point, "plan": shown(&arguments.out.join(file(row.point))),
            "net_present_value_usd": row.net_present_value_usd, "present_cost_usd": row.present_cost_usd,
            "carbon_t": row.carbon_t, "tokens": row.tokens, "halls_mw": row.halls_mw, "gap": row.gap,
        })
    };
    let points: Vec<Value> = rows.iter().map(point).collect();
    json!({ "ok": true, "from": first, "to": second, "points": points })
}

/// The points as people read them: what a tonne less costs is said against the point before. What no point has is left out.
fn text_of(rows: &[Row], (first, second): (&str, &str), arguments: &Arguments) -> String {
    let to_carbon = second == word(Objective::LeastCarbon);
    let a_tonne = |k: usize| {
        let before = &rows[k.checked_sub(1)?];
        let less = before.carbon_t - rows[k].carbon_t;
        (less > 1.0).then(|| (before.net_present_value_usd - rows[k].net_present_value_usd) / less)
    };
    let column = |head: &str, cell: &dyn Fn(usize) -> String| -> Vec<String> {
        std::iter::once(head.to_owned()).chain((0..rows.len()).map(cell)).collect()
    };
    let mut columns = vec![
        column("", &|k| rows[k].point.to_string()),
        column("net present value", &|k| dollars(rows[k].net_present_value_usd)),
        column("present cost", &|k| dollars(rows[k].present_cost_usd)),
        column("carbon", &|k| format!("{} t", whole(rows[k].carbon_t))),
        column("halls", &|k| format!("{} MW", whole(rows[k].halls_mw))),
        column("gap", &|k| percent(rows[k].gap)),
    ];
    if rows.iter().any(|row| row.tokens > 0.0) {
        columns.push(column("tokens", &|k| format!("{:.3e}", rows[k].tokens)));
    }
    if to_carbon {
        columns.push(column("a tonne less costs", &|k| a_tonne(k).map_or_else(String::new, dollars)));
    }
    let line = |k: usize| columns.iter().map(|column| column[k].clone()).collect();
    let lines: Vec<Vec<String>> = (0..=rows.len()).map(line).collect();
    let right: Vec<usize> = (0..columns.len()).collect();
    format!(
        "front  from {first} to {second}, {} points\n\n{}\nplans  {}\n",
        rows.len(),
        aligned(&lines, &right),
        arguments.out.join("point-NN.json").display()
    )
}
