//! `stargate compare`: what differs between two scenarios, or the results of two runs.

use super::Verdict;
use crate::beside;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::source;
use crate::text::{self, plural, shown};
use clap::Args;
use compare::{Comparison, Difference, ResultDifference, Side, Value, ValueDifference};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Arguments of `stargate compare`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate compare stargate announced-2025      two built-in scenarios
  stargate compare my.toml as-planned           a scenario and the scenario of a run
  stargate compare as-planned cheaper -o both.html
                                                two runs: scenario, results, and a page with both drawn over each other

Exit codes: 0 nothing differs; 1 something does; 2 no answer (a side cannot be read).")]
pub struct Arguments {
    /// Scenario file, built-in scenario or folder of a run
    #[arg(value_name = "A")]
    here: PathBuf,
    /// What to compare it with: any of the same
    #[arg(value_name = "B")]
    there: PathBuf,
    /// Write a page with both drawn over each other
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print every difference: also sources, and results of sites and tenants
    #[arg(long)]
    all: bool,
}

/// Compares and prints.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    let sides = [side(&arguments.here, printer)?, side(&arguments.there, printer)?];
    let comparison = Comparison::of(&sides[0], &sides[1]);
    if let Some(page) = &arguments.out {
        let folders = [&arguments.here, &arguments.there].map(|path| path.is_dir().then_some(path.as_path()));
        beside::working(printer, "writing the page", || report::write_comparison(&comparison, folders, page))
            .map_err(Failure::from_display)?;
    }
    if printer.json() {
        let page = arguments.out.as_deref().map(shown);
        printer.document(&json!({ "same": comparison.same(), "comparison": comparison, "page": page }))?;
    } else {
        printer.data(&told(&comparison, arguments.all))?;
        if let Some(page) = &arguments.out {
            printer.data(&format!("page  {}\n", page.display()))?;
        }
    }
    Ok(if comparison.same() { Verdict::Yes } else { Verdict::No })
}

/// Reads one side; a folder is the results of a run, everything else a scenario.
fn side(path: &Path, printer: &mut Printer) -> Result<Side, Failure> {
    let name = shown(path);
    if path.is_dir() {
        return Side::of_folder(&name, path).map_err(Failure::from_display);
    }
    let reading = scenario::read(&source::origin(Some(path))?, &[]);
    match &reading.world {
        Some(world) => {
            printer.diagnostics(&reading.diagnostics);
            Ok(Side::of_world(&name, world))
        }
        None => Err(Failure::Diagnostics(reading.diagnostics)),
    }
}

/// Characters of a value that a line shows.
const WIDTH: usize = 44;

/// The comparison for people.
fn told(comparison: &Comparison, all: bool) -> String {
    let mut out = scenario(comparison, all);
    out.push('\n');
    out.push_str(&results(comparison, all));
    out
}

fn scenario(comparison: &Comparison, all: bool) -> String {
    let alike = text::whole(comparison.values_alike as f64);
    if comparison.scenario.is_empty() {
        return format!("scenario: the same {alike} values on both sides\n");
    }
    let mut out =
        format!("scenario: {}, {alike} values alike\n", plural(comparison.scenario.len(), "difference"));
    let mut lines =
        vec![vec!["path".to_owned(), cut(&comparison.here), cut(&comparison.there), "kind".to_owned()]];
    let mut resting = 0;
    for difference in &comparison.scenario {
        match difference {
            Difference::Value(value) if value.only_provenance() && !all => resting += 1,
            Difference::Value(value) => lines.push(value_line(value)),
            Difference::Section(section) => {
                let there = plural(section.values, "value");
                let (here, there) = match section.only_here {
                    true => (there, "–".to_owned()),
                    false => ("–".to_owned(), there),
                };
                lines.push(vec![format!("[{}]", section.path), here, there]);
            }
        }
    }
    if lines.len() > 1 {
        out.push_str(&text::aligned(&lines, &[]));
    }
    if resting > 0 {
        let values = plural(resting, "value");
        out.push_str(&format!("{values} alike whose source or kind differs; `--all` lists them\n"));
    }
    out
}

fn value_line(value: &ValueDifference) -> Vec<String> {
    let written = |value: &Option<Value>| value.as_ref().map_or_else(|| "–".to_owned(), |v| cut(&v.value));
    let kind = |value: &Option<Value>| value.as_ref().and_then(|value| value.kind.clone());
    let basis = match (kind(&value.here), kind(&value.there)) {
        (Some(here), Some(there)) if here != there => format!("{here} -> {there}"),
        (Some(kind), _) | (None, Some(kind)) => kind,
        (None, None) => String::new(),
    };
    let source = |value: &Option<Value>| value.as_ref().and_then(|value| value.source.clone());
    let basis = match value.only_provenance() && source(&value.here) != source(&value.there) {
        true => format!("{basis}, another source").trim_start_matches(", ").to_owned(),
        false => basis,
    };
    vec![value.path.clone(), written(&value.here), written(&value.there), basis]
}

/// A value on one line, cut to what a terminal can show.
fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{} ...", line[..at].trim_end()),
        None => line,
    }
}

fn results(comparison: &Comparison, all: bool) -> String {
    match comparison.have_results {
        [true, true] => {}
        [false, false] => return "results: neither side was run\n".to_owned(),
        [true, false] => return format!("results: only `{}` was run\n", comparison.here),
        [false, true] => return format!("results: only `{}` was run\n", comparison.there),
    }
    let alike = text::whole(comparison.results_alike as f64);
    if comparison.results.is_empty() {
        return format!("results: the same {alike} on both sides\n");
    }
    let mut out = format!("results: {}, {alike} alike\n", plural(comparison.results.len(), "difference"));
    let heads = ["result", &cut(&comparison.here), &cut(&comparison.there), "difference", "relative"];
    let mut lines = vec![heads.map(str::to_owned).to_vec()];
    let shown = |result: &&ResultDifference| all || result.scope == "network";
    lines.extend(comparison.results.iter().filter(shown).map(result_line));
    if lines.len() > 1 {
        out.push_str(&text::aligned(&lines, &[1, 2, 3, 4]));
    }
    let hidden = comparison.results.len() + 1 - lines.len();
    if hidden > 0 {
        let results = plural(hidden, "difference");
        out.push_str(&format!("{results} of sites, tenants and others; `--all` lists them\n"));
    }
    out
}

fn result_line(result: &ResultDifference) -> Vec<String> {
    let name = match &result.key {
        Some(key) => format!("{}.{key}.{}", result.scope, result.metric),
        None => result.metric.clone(),
    };
    let value = |value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), |value| text::measure(&result.metric, &result.unit, value))
    };
    let signed = |value: f64| {
        let written = text::measure(&result.metric, &result.unit, value.abs());
        // The difference of two shares is in points: a percentage would read as the relative one.
        let written = written.strip_suffix(" %").map_or(written.clone(), |points| format!("{points} pt"));
        format!("{}{written}", if value < 0.0 { '-' } else { '+' })
    };
    let absolute = result.change.map_or_else(String::new, |change| signed(change.absolute));
    let relative = result.change.and_then(|change| change.relative);
    let relative = relative.map_or_else(String::new, |share| match share {
        share if share >= 9.995 => format!("x {}", text::number(1.0 + share)),
        share => format!("{:+.1} %", 100.0 * share),
    });
    vec![name, value(result.here), value(result.there), absolute, relative]
}
