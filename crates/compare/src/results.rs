//! What differs between the results of two runs.

use serde::Serialize;
use std::collections::BTreeMap;
use tables::TableError;
use tables::read::Batch;

/// A result of one run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    pub scope: String,
    pub key: Option<String>,
    pub metric: String,
    pub value: Option<f64>,
    pub unit: String,
    pub doc: String,
}

impl Outcome {
    /// The rows of the table `summary`.
    pub fn of_batch(batch: &Batch) -> Result<Vec<Outcome>, TableError> {
        let [scopes, keys, metrics, units, docs] =
            ["scope", "key", "metric", "unit", "doc"].map(|column| batch.texts(column));
        let (scopes, keys, metrics, units, docs) = (scopes?, keys?, metrics?, units?, docs?);
        let values = batch.numbers("value")?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let row = |row| Outcome {
            scope: text(scopes.get(row)),
            key: keys.get(row).map(str::to_owned),
            metric: text(metrics.get(row)),
            value: values.get(row),
            unit: text(units.get(row)),
            doc: text(docs.get(row)),
        };
        Ok((0..batch.len()).map(row).collect())
    }
}

/// How far two results are apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Change {
    /// There less here, in the unit of the result.
    pub absolute: f64,
    /// The same as a share of the result here; `None` where that is zero.
    pub relative: Option<f64>,
}

/// A result that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResultDifference {
    /// `network`, `site`, `tenant` or another scope of the table `summary`.
    pub scope: String,
    /// Key of the site or tenant; none for the network.
    pub key: Option<String>,
    /// Name of the result.
    pub metric: String,
    /// Its unit; empty for counts and shares.
    pub unit: String,
    /// What it means.
    pub doc: String,
    /// On the first side; none where there is no such result, or nothing to compute it from.
    pub here: Option<f64>,
    /// On the second side.
    pub there: Option<f64>,
    /// How far they are apart, where both are numbers.
    pub change: Option<Change>,
}

type Key = (String, Option<String>, String);

/// What differs, in the order of the first side, then what only the second has; and how many results are equal.
pub(crate) fn differences(here: &[Outcome], there: &[Outcome]) -> (Vec<ResultDifference>, usize) {
    let key =
        |outcome: &Outcome| -> Key { (outcome.scope.clone(), outcome.key.clone(), outcome.metric.clone()) };
    let by_key: BTreeMap<Key, &Outcome> = there.iter().map(|outcome| (key(outcome), outcome)).collect();
    let known: BTreeMap<Key, ()> = here.iter().map(|outcome| (key(outcome), ())).collect();
    let (mut found, mut alike) = (Vec::new(), 0);
    for outcome in here {
        let other = by_key.get(&key(outcome)).and_then(|other| other.value);
        match outcome.value == other {
            true => alike += 1,
            false => found.push(difference(outcome, outcome.value, other)),
        }
    }
    for outcome in there.iter().filter(|outcome| !known.contains_key(&key(outcome))) {
        if outcome.value.is_some() {
            found.push(difference(outcome, None, outcome.value));
        }
    }
    // The network first; within a scope the order of the tables.
    found.sort_by_key(|difference| difference.scope != "network");
    (found, alike)
}

fn difference(of: &Outcome, here: Option<f64>, there: Option<f64>) -> ResultDifference {
    let change = here.zip(there).map(|(here, there)| Change {
        absolute: there - here,
        relative: (here != 0.0).then(|| (there - here) / here.abs()),
    });
    ResultDifference {
        scope: of.scope.clone(),
        key: of.key.clone(),
        metric: of.metric.clone(),
        unit: of.unit.clone(),
        doc: of.doc.clone(),
        here,
        there,
        change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(scope: &str, key: Option<&str>, metric: &str, value: Option<f64>) -> Outcome {
        Outcome {
            scope: scope.into(),
            key: key.map(str::to_owned),
            metric: metric.into(),
            value,
            unit: String::new(),
            doc: String::new(),
        }
    }

    #[test]
    fn differences_are_absolute_and_relative_and_a_missing_side_is_said() {
        let here = [
            outcome("network", None, "gpus", Some(100.0)),
            outcome("network", None, "down", Some(0.0)),
            outcome("site", Some("a"), "gpus", Some(60.0)),
            outcome("site", Some("b"), "gpus", Some(40.0)),
            outcome("site", Some("b"), "wait", None),
        ];
        let there = [
            outcome("network", None, "gpus", Some(80.0)),
            outcome("network", None, "down", Some(5.0)),
            outcome("network", None, "cost", Some(7.0)),
            outcome("site", Some("a"), "gpus", Some(60.0)),
            outcome("site", Some("c"), "gpus", Some(20.0)),
        ];
        let (found, alike) = differences(&here, &there);
        assert_eq!(alike, 2, "site a, and a wait that neither has");
        let told: Vec<_> = found
            .iter()
            .map(|d| {
                (
                    d.metric.as_str(),
                    d.key.as_deref(),
                    d.here,
                    d.there,
                    d.change.map(|c| (c.absolute, c.relative)),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("gpus", None, Some(100.0), Some(80.0), Some((-20.0, Some(-0.2)))),
                ("down", None, Some(0.0), Some(5.0), Some((5.0, None))),
                ("cost", None, None, Some(7.0), None),
                ("gpus", Some("b"), Some(40.0), None, None),
                ("gpus", Some("c"), None, Some(20.0), None),
            ]
        );
    }
}
