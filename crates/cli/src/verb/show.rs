//! `stargate show`: a built-in scenario, or what is in the folder of a run.

use super::Verdict;
use super::plan::document;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text;
use base::closest;
use clap::Args;
use scenario::{BUILTINS, LIBRARY};
use serde_json::{Map, Value, json};
use std::path::Path;
use tables::{Manifest, Summary, Table, VerdictKind, all_tables, read};

/// Arguments of `stargate show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate show                        the built-in scenarios
  stargate show abilene > my.toml      one of them, to start from
  stargate show stargate-out           what a run has written
  stargate show stargate-out summary   a table of it
  stargate show stargate-out jobs --rows 5 --columns job,site,gpus,wait_s
  stargate show stargate-out manifest  versions, digests, seed, arguments
  stargate show stargate-plan          what a plan says
  stargate show stargate-plan plan_capital")]
pub struct Arguments {
    /// Name of a built-in scenario, or folder of a run or a plan
    #[arg(value_name = "SCENARIO|DIR")]
    what: Option<String>,
    /// A table of the run or the plan, or `manifest`
    #[arg(value_name = "TABLE")]
    table: Option<String>,
    /// So many rows from the top
    #[arg(long, default_value_t = 20)]
    rows: usize,
    /// Only these columns
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    columns: Vec<String>,
}

/// Prints what is asked for.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    match (&arguments.what, &arguments.table) {
        (None, _) => builtins(printer)?,
        (Some(what), table) => {
            let folder = Path::new(what);
            match (BUILTINS.iter().chain(LIBRARY).find(|(name, _)| name == what), table.as_deref()) {
                (Some((_, text)), None) if !folder.exists() => scenario_text(text, printer)?,
                _ if !folder.is_dir() => return Err(unknown(what)),
                (_, None) => overview(folder, printer)?,
                (_, Some("manifest")) => {
                    printer.document(&Manifest::read(folder).map_err(Failure::from_display)?)?
                }
                (_, Some(name)) => rows(folder, name, arguments, printer)?,
            }
        }
    }
    Ok(Verdict::Yes)
}

fn unknown(what: &str) -> Failure {
    let hint = match closest(what, BUILTINS.iter().map(|(name, _)| *name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`stargate show` lists the built-in scenarios".to_owned(),
    };
    Failure::with_hint(format!("`{what}` is neither a built-in scenario nor the folder of a run"), hint)
}

fn builtins(printer: &mut Printer) -> Result<(), Failure> {
    if printer.json() {
        return printer.document(&BUILTINS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
    let lines: String = BUILTINS
        .iter()
        .map(|(name, text)| {
            let first = text.lines().find(|line| line.starts_with("# ")).unwrap_or_default();
            format!("{name:16}{}\n", first.trim_start_matches("# "))
        })
        .collect();
    printer.data(&lines)?;
    let texts: Vec<&str> = LIBRARY.iter().map(|(name, _)| *name).collect();
    printer.say(&format!("texts to include: {}", texts.join(", ")));
    printer.say("`stargate show NAME` prints one, `stargate run NAME` runs it");
    Ok(())
}

fn scenario_text(text: &str, printer: &mut Printer) -> Result<(), Failure> {
    if printer.json() { printer.document(&json!({ "text": text })) } else { printer.data(text) }
}

/// What a run is, and its files; of a plan what it says.
fn overview(folder: &Path, printer: &mut Printer) -> Result<(), Failure> {
    if folder.join(document::FILE).is_file() && !folder.join("manifest.json").exists() {
        return super::plan::show(folder, printer);
    }
    let manifest = Manifest::read(folder).map_err(Failure::from_display)?;
    if printer.json() {
        return printer.document(&manifest);
    }
    let mut lines = vec![
        vec!["scenario".to_owned(), manifest.scenario.clone()],
        vec!["from".to_owned(), manifest.start.clone()],
        vec!["to".to_owned(), manifest.end.clone()],
        vec!["seed".to_owned(), manifest.seed.to_string()],
        vec!["version".to_owned(), manifest.version.clone()],
        vec!["facts".to_owned(), format!("{}, digest {}", manifest.facts, manifest.facts_digest)],
    ];
    if !manifest.arguments.is_empty() {
        lines.push(vec!["arguments".to_owned(), manifest.arguments.join(" ")]);
    }
    printer.data(&text::aligned(&lines, &[]))?;
    let mut files = vec![vec!["file".to_owned(), "rows".to_owned(), "bytes".to_owned()]];
    for output in &manifest.outputs {
        let rows = output.rows.map_or_else(String::new, |rows| rows.to_string());
        files.push(vec![output.name.clone(), rows, output.bytes.to_string()]);
    }
    printer.data(&format!("\n{}", text::aligned(&files, &[1, 2])))
}

/// Rows of a table from the top.
fn rows(folder: &Path, name: &str, arguments: &Arguments, printer: &mut Printer) -> Result<(), Failure> {
    let table = tables::table(name).ok_or_else(|| no_table(name))?;
    let columns: Vec<&str> = match arguments.columns.as_slice() {
        [] => table.columns.iter().map(|column| column.name).collect(),
        some => some.iter().map(String::as_str).collect(),
    };
    if let Some(wrong) = columns.iter().find(|column| table.column(column).is_none()) {
        return Err(no_column(table, wrong));
    }
    let batches = read::open(folder, table, &columns).map_err(Failure::from_display)?;
    let all = batches.rows();
    let mut cells: Vec<Vec<Option<String>>> = Vec::new();
    'table: for batch in batches {
        let batch = batch.map_err(Failure::from_display)?;
        for row in 0..batch.len() {
            if cells.len() == arguments.rows {
                break 'table;
            }
            let row: Result<Vec<_>, _> = columns.iter().map(|column| batch.cell(row, column)).collect();
            cells.push(row.map_err(Failure::from_display)?);
        }
    }
    if printer.json() {
        return printer.document(&cells.iter().map(|row| object(table, &columns, row)).collect::<Vec<_>>());
    }
    let mut lines = vec![columns.iter().map(|&column| column.to_owned()).collect::<Vec<_>>()];
    lines.extend(cells.iter().map(|row| row.iter().map(|cell| cell.clone().unwrap_or_default()).collect()));
    let numbers: Vec<usize> =
        (0..columns.len()).filter(|&i| table.column(columns[i]).is_some_and(|c| is_number(c.kind))).collect();
    printer.data(&text::aligned(&lines, &numbers))?;
    if all > cells.len() as u64 {
        printer.say(&format!("{} of {all} rows; `--rows N` shows more", cells.len()));
    }
    Ok(())
}

fn is_number(kind: tables::Kind) -> bool {
    matches!(kind, tables::Kind::Integer | tables::Kind::Number)
}

fn object(table: &Table, columns: &[&str], row: &[Option<String>]) -> Value {
    let value = |name: &str, cell: &Option<String>| match (cell, table.column(name)) {
        (None, _) => Value::Null,
        (Some(text), Some(column)) if is_number(column.kind) => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
        }
        (Some(text), _) => Value::String(text.clone()),
    };
    let pairs = columns.iter().zip(row).map(|(&name, cell)| (name.to_owned(), value(name, cell)));
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn no_table(name: &str) -> Failure {
    let names = || all_tables().map(|table| table.name).chain(["manifest"]);
    let hint = match closest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of {}", names().collect::<Vec<_>>().join(", ")),
    };
    Failure::with_hint(format!("no table is called `{name}`"), hint)
}

fn no_column(table: &Table, name: &str) -> Failure {
    let names = || table.columns.iter().map(|column| column.name);
    let hint = match closest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of {}", names().collect::<Vec<_>>().join(", ")),
    };
    Failure::with_hint(format!("table `{}` has no column `{name}`", table.name), hint)
}

/// The results of the network and its sites, for people.
pub fn summary(summary: &Summary) -> String {
    let sites: Vec<_> =
        summary.parts.iter().filter(|part| matches!(part.scope.name(), "network" | "site")).collect();
    let mut lines = vec![vec![String::new()]];
    lines[0].extend(sites.iter().map(|part| part.scope.key().unwrap_or("network").to_owned()));
    for &(title, metric, form) in HEADLINES {
        let mut line = vec![title.to_owned()];
        line.extend(sites.iter().map(|part| part.get(metric).map_or_else(String::new, form)));
        lines.push(line);
    }
    // That nobody has announced anything is no announcement of nothing.
    let says = |metric: &str, value: f64| value != 0.0 || metric != "announced_mw";
    let has =
        |metric: &str| sites.iter().any(|part| part.get(metric).is_some_and(|value| says(metric, value)));
    for &(title, metric, form) in BUILDING.iter().filter(|(_, metric, _)| has(metric)) {
        let mut line = vec![title.to_owned()];
        line.extend(sites.iter().map(|part| part.get(metric).map_or_else(String::new, form)));
        lines.push(line);
    }
    let numbers: Vec<usize> = (1..=sites.len()).collect();
    text::aligned(&lines, &numbers)
}

type Form = fn(f64) -> String;

/// The results that a run prints: the words, the metric, its form.
const HEADLINES: &[(&str, &str, Form)] = &[
    ("accelerators", "gpus", text::whole),
    ("utilisation", "utilisation", text::percent),
    ("fragmented", "fragmented_share", text::percent),
    ("jobs submitted", "jobs_submitted", text::whole),
    ("jobs finished", "jobs_finished", text::whole),
    ("jobs rejected", "jobs_rejected", text::whole),
    ("mean wait", "wait_mean_s", text::duration),
    ("95th percentile", "wait_p95_s", text::duration),
];

/// What a run prints besides where anything is built or paid.
const BUILDING: &[(&str, &str, Form)] = &[
    ("announced MW", "announced_mw", text::whole),
    ("energised MW of IT", "energised_it_mw", text::whole),
    ("blocks late", "blocks_late", text::whole),
    ("capital spent", "capital_spent_usd", text::dollars),
];

/// What became of an expectation, in one line.
pub fn expectation(verdict: &tables::Verdict) -> String {
    let wanted = &verdict.expectation;
    let bounds = match (wanted.at_least, wanted.at_most) {
        (Some(least), Some(most)) => format!("between {least} and {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => "anything".to_owned(),
    };
    let found = match (verdict.verdict, verdict.value) {
        (VerdictKind::NoSuchMetric, _) => "is no result".to_owned(),
        (_, None) => "has no value".to_owned(),
        (_, Some(value)) => format!("is {value}"),
    };
    format!("{}: expected {bounds}: `{}` {found}", wanted.place, wanted.metric)
}
