//! What the scenario expects of its results, and what came of it.

use super::result;
use crate::figure::{Block, Section, Table};
use crate::run::{Expectation, Run};

pub(super) fn section(run: &Run) -> Option<Section> {
    if run.expectations.is_empty() {
        return None;
    }
    let failed = run.expectations.iter().filter(|expectation| expectation.verdict != "holds").count();
    let mut table = Table::new(&["", "result", "#expected", "#got", "where"]);
    for expectation in &run.expectations {
        let unit = run.results.unit(expectation.metric.rsplit('.').next().unwrap_or(&expectation.metric));
        let write = |value| result(&expectation.metric, unit, Some(value));
        table.push([
            verdict(expectation).to_string(),
            format!("`{}`", expectation.metric),
            match (expectation.at_least, expectation.at_most) {
                (Some(least), Some(most)) => format!("{} to {}", write(least), write(most)),
                (Some(least), None) => format!("at least {}", write(least)),
                (None, Some(most)) => format!("at most {}", write(most)),
                (None, None) => "–".to_string(),
            },
            result(&expectation.metric, unit, expectation.value),
            expectation.place.clone(),
        ]);
    }
    let lead = match failed {
        0 => "All hold.".to_string(),
        _ => format!("{failed} of {} failed.", run.expectations.len()),
    };
    Some(Section {
        id: "expectations",
        title: "Expectations".to_string(),
        lead,
        blocks: vec![Block::Table(table)],
    })
}

/// With a sign that does not need its colour.
fn verdict(expectation: &Expectation) -> &'static str {
    match expectation.verdict.as_str() {
        "holds" => "✓ holds",
        "fails" => "✗ fails",
        "no_value" => "✗ no value",
        _ => "✗ no such result",
    }
}
