//! Every published ACTUS case at hand: events, times and payoffs.
#![allow(clippy::unwrap_used)]

use agreement::loan::{Observations, Terms, cash_flows, parse_time};
use serde_json::Value;
use std::path::PathBuf;

const TOLERANCE: f64 = 1e-8;

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_string(),
        other => other.to_string(),
    }
}

/// What differs from the published events, or nothing.
fn differences(case: &Value) -> Vec<String> {
    let terms: Vec<(String, String)> =
        case["terms"].as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let terms = match Terms::from_actus(terms.iter().map(|(name, value)| (name.as_str(), value.as_str()))) {
        Ok(terms) => terms,
        Err(found) => return found.iter().map(|d| d.to_string()).collect(),
    };
    let mut observations = Observations::default();
    for (index, series) in case["dataObserved"].as_object().unwrap() {
        for point in series["data"].as_array().unwrap() {
            let time = parse_time(&text(&point["timestamp"])).unwrap();
            observations.add(index, time, text(&point["value"]).parse().unwrap());
        }
    }
    let until = parse_time(&text(&case["to"]));
    let events = match cash_flows(&terms, &observations, until) {
        Ok(events) => events,
        Err(error) => return vec![error.to_string()],
    };
    let expected = case["results"].as_array().unwrap();
    let mut differences = Vec::new();
    for i in 0..events.len().max(expected.len()) {
        let ours = events
            .get(i)
            .map(|e| (e.time, e.kind.acronym().to_string(), e.payoff, e.notional, e.rate, e.accrued));
        let theirs = expected.get(i).map(|row| {
            let number = |name: &str| text(&row[name]).parse::<f64>().unwrap();
            let time = parse_time(&text(&row["eventDate"])).unwrap();
            let state =
                (number("notionalPrincipal"), number("nominalInterestRate"), number("accruedInterest"));
            (time, text(&row["eventType"]), number("payoff"), state.0, state.1, state.2)
        });
        let same = match (&ours, &theirs) {
            (Some(a), Some(b)) => a.0 == b.0 && a.1 == b.1 && (a.2 - b.2).abs() <= TOLERANCE,
            _ => false,
        };
        if !same {
            differences.push(format!("row {i}: ours {ours:?}, published {theirs:?}"));
        }
    }
    differences
}

#[test]
fn published_cases_are_reproduced() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/contracts");
    let mut wrong = Vec::new();
    for kind in ["pam", "lam", "nam", "ann"] {
        let path = folder.join(format!("actus-tests-{kind}.json"));
        let Ok(content) = std::fs::read_to_string(&path) else {
            println!("skipped: {} is not there", path.display());
            continue;
        };
        let cases: Value = serde_json::from_str(&content).unwrap();
        let cases = cases.as_object().unwrap();
        let failed: Vec<_> = cases
            .iter()
            .map(|(name, case)| (name, differences(case)))
            .filter(|(_, d)| !d.is_empty())
            .collect();
        println!("{}: {} of {} cases", kind.to_uppercase(), cases.len() - failed.len(), cases.len());
        for (name, differences) in failed {
            println!(
                "  {name}: {} rows differ; {}",
                differences.len(),
                differences[..differences.len().min(3)].join("\n    ")
            );
            wrong.push(name.clone());
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
