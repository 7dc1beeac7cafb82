//! The differences as tables.

use crate::figure::{Block, KeyNumber, Section, Table};
use crate::format;
use crate::sections::{apart, is_share, result};
use compare::{Comparison, Difference, ResultDifference, Value};

/// The most rows of a table on the page.
const ROWS: usize = 500;

/// Results that a reader looks for first, with their words, where they differ.
const FIRST: [(&str, &str); 12] = [
    ("capital_spent_usd", "capital spent"),
    ("revenue_usd", "revenue"),
    ("net_income_usd", "net income"),
    ("npv_usd", "net present value"),
    ("cost_usd_per_gpu_hour", "cost of a GPU-hour"),
    ("gpus", "GPUs energised at the end"),
    ("utilisation", "utilisation"),
    ("busy_gpu_hours", "GPU-hours delivered"),
    ("jobs_finished", "jobs finished"),
    ("wait_p95_s", "95 % waited at most"),
    ("goodput", "goodput"),
    ("energy_cost_usd", "cost of energy"),
];

/// The key numbers of both sides, as `here to there`.
pub(super) fn headlines(comparison: &Comparison) -> Vec<KeyNumber> {
    let of = |(metric, label): &(&str, &str)| {
        let found = comparison.results.iter().find(|r| r.scope == "network" && r.metric == *metric)?;
        Some(KeyNumber {
            value: change(found),
            label: (*label).to_string(),
            note: format!(
                "{} to {}",
                result(&found.metric, &found.unit, found.here),
                result(&found.metric, &found.unit, found.there)
            ),
        })
    };
    FIRST.iter().filter_map(of).collect()
}

/// How far apart, as a person says it: in percent where that says something, which it does not of shares and of what
/// is below zero.
fn change(difference: &ResultDifference) -> String {
    let Some(change) = difference.change else { return "only on one side".to_string() };
    let sign = if change.absolute < 0.0 { "−" } else { "+" };
    let above = |value: Option<f64>| value.is_some_and(|value| value > 0.0);
    let says = !is_share(&difference.metric) && above(difference.here) && above(difference.there);
    match change.relative {
        Some(share) if says && share.abs() < 10.0 => format!("{sign}{}", format::share(share.abs())),
        _ => format!("{sign}{}", apart(&difference.metric, &difference.unit, change.absolute)),
    }
}

/// What differs, in words.
pub(super) fn paragraph(comparison: &Comparison) -> String {
    let here = &comparison.here;
    let there = &comparison.there;
    let values = format::count(comparison.values_alike as u64);
    let mut text = match comparison.scenario.len() {
        0 => format!("The scenarios are the same: all {values} values. "),
        n => format!(
            "The scenarios differ in {}; {values} values are alike. ",
            format::plural(n as u64, "place", "places")
        ),
    };
    text.push_str(&match (comparison.have_results, comparison.results.len()) {
        ([true, true], 0) => "So are the results, every one of them.".to_string(),
        ([true, true], n) => format!(
            "{} of {} differ.",
            format::count(n as u64),
            format::plural((n + comparison.results_alike) as u64, "result", "results")
        ),
        ([true, false], _) => format!("Only `{here}` was run, so that there are no results to compare."),
        ([false, true], _) => format!("Only `{there}` was run, so that there are no results to compare."),
        ([false, false], _) => "Neither was run, so that there are no results to compare.".to_string(),
    });
    text
}

/// Every result that differs: the network's in the open, the others folded.
pub(super) fn results(comparison: &Comparison) -> Option<Section> {
    if comparison.results.is_empty() {
        return None;
    }
    let columns = ["result, and what it means", "#here", "#there", "#difference", "#relative"];
    let columns: Vec<&str> = columns.to_vec();
    let (mut network, mut others) = (Table::new(&columns), Table::new(&columns));
    let mut more = 0;
    for difference in &comparison.results {
        let table = if difference.scope == "network" { &mut network } else { &mut others };
        match table.rows.len() < ROWS {
            true => table.push(result_row(difference)),
            false => more += 1,
        }
    }
    let mut blocks = vec![Block::Table(network)];
    if !others.rows.is_empty() {
        blocks.push(Block::Folded("Results of sites, tenants and others".to_string(), others));
    }
    if more > 0 {
        blocks.push(Block::Text(format!("And {} more.", format::plural(more, "result", "results"))));
    }
    Some(Section {
        id: "results",
        title: "What differs in the results".to_string(),
        lead: format!("Here is `{}`, there is `{}`.", comparison.here, comparison.there),
        blocks,
    })
}

fn result_row(difference: &ResultDifference) -> [String; 5] {
    let name = match &difference.key {
        Some(key) => format!("{}.{key}.{}", difference.scope, difference.metric),
        None => difference.metric.clone(),
    };
    let value = |value| result(&difference.metric, &difference.unit, value);
    let absolute = difference.change.map(|change| change.absolute);
    let sign = |value: f64| if value < 0.0 { "−" } else { "+" };
    let relative = difference.change.and_then(|change| change.relative);
    [
        format!("{name}\n{}", difference.doc),
        value(difference.here),
        value(difference.there),
        absolute.map_or_else(String::new, |a| {
            format!("{}{}", sign(a), apart(&difference.metric, &difference.unit, a))
        }),
        relative.map_or_else(String::new, |r| format!("{}{}", sign(r), format::share(r.abs()))),
    ]
}

/// Every value and section that differs.
pub(super) fn scenario(comparison: &Comparison) -> Section {
    let (mut values, mut resting) = (
        Table::new(&["path", "here", "there", "kind", "source"]),
        Table::new(&["path", "value", "kind", "source"]),
    );
    let mut sections = Table::new(&["section", "only in", "#values"]);
    let mut more = 0;
    for difference in &comparison.scenario {
        match difference {
            Difference::Section(section) => sections.push([
                section.path.clone(),
                if section.only_here { &comparison.here } else { &comparison.there }.clone(),
                format::count(section.values as u64),
            ]),
            Difference::Value(value) if value.only_provenance() => {
                let shown = value.here.as_ref().map(|here| here.value.clone()).unwrap_or_default();
                let both = |of: fn(&Value) -> Option<String>| pair(&value.here, &value.there, of);
                resting.push([
                    value.path.clone(),
                    shown,
                    both(|v| v.kind.clone()),
                    both(|v| v.source.clone()),
                ]);
            }
            Difference::Value(_) if values.rows.len() >= ROWS => more += 1,
            Difference::Value(value) => {
                let written = |value: &Option<Value>| {
                    value.as_ref().map_or_else(|| "–".to_string(), |v| v.value.clone())
                };
                let both = |of: fn(&Value) -> Option<String>| pair(&value.here, &value.there, of);
                values.push([
                    value.path.clone(),
                    written(&value.here),
                    written(&value.there),
                    both(|v| v.kind.clone()),
                    both(|v| v.source.clone()),
                ]);
            }
        }
    }
    let mut blocks = Vec::new();
    if !sections.rows.is_empty() {
        blocks.push(Block::Table(sections));
    }
    if !values.rows.is_empty() {
        blocks.push(Block::Table(values));
    }
    if more > 0 {
        blocks.push(Block::Text(format!("And {} more.", format::plural(more, "value", "values"))));
    }
    if !resting.rows.is_empty() {
        blocks.push(Block::Folded("Values alike whose source or kind differs".to_string(), resting));
    }
    let lead = match blocks.is_empty() {
        true => "Nothing: every value is the same.".to_string(),
        false => format!("Here is `{}`, there is `{}`.", comparison.here, comparison.there),
    };
    Section { id: "scenario", title: "What differs in the scenarios".to_string(), lead, blocks }
}

/// What both sides say, once where they agree.
fn pair(here: &Option<Value>, there: &Option<Value>, of: fn(&Value) -> Option<String>) -> String {
    let said = [here, there].map(|value| value.as_ref().and_then(of));
    match said {
        [Some(here), Some(there)] if here != there => format!("{here} → {there}"),
        [Some(one), _] | [None, Some(one)] => one,
        [None, None] => String::new(),
    }
}
