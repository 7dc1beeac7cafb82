//! Dates of a milestone, each with the day on which it was known.

use super::{Fault, Scalar, fault, wrong_type};
use crate::language::{ScalarShape, Spec, listed};
use crate::rules;
use crate::tree::{Node, Value};
use base::SimTime;

/// Dates, each with the day on which it was known, if that is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vintages(pub Vec<(SimTime, Option<SimTime>)>);

const HINT: &str =
    "write `\"2026-05-23\"`, `{ for = \"2026-11-01\", known = \"2026-05-23\" }`, or a list of those";

impl Scalar for Vintages {
    const SHAPE: ScalarShape = ScalarShape::Vintages;
    const IS_FIGURE: bool = true;
    const IS_TABLE: bool = true;
    fn parse(node: &Node, spec: &Spec) -> Result<Vintages, Fault> {
        let Value::List(items) = &node.value else { return one(node, spec).map(|only| Vintages(vec![only])) };
        if items.is_empty() {
            return fault(rules::EMPTY, "holds no date", HINT);
        }
        items.iter().map(|item| one(item, spec)).collect::<Result<_, _>>().map(Vintages)
    }
}

fn one(node: &Node, spec: &Spec) -> Result<(SimTime, Option<SimTime>), Fault> {
    let Value::Table(table) = &node.value else {
        return match &node.value {
            Value::Text(_) | Value::Date(_) => <SimTime as Scalar>::parse(node, spec).map(|due| (due, None)),
            _ => wrong_type(
                node,
                "a date, a date with the day on which it was known, or a list of those",
                HINT,
            ),
        };
    };
    const KEYS: [&str; 4] = ["for", "known", "source", "kind"];
    if let Some((name, _)) = table.0.iter().find(|(name, _)| !KEYS.contains(&name.as_str())) {
        let message = format!("holds `{name}`, and takes {}", listed(KEYS));
        return fault(rules::UNKNOWN_KEY, message, HINT);
    }
    let date =
        |name: &str| table.0.get(name).map(|entry| <SimTime as Scalar>::parse(&entry.node, spec)).transpose();
    match date("for")? {
        Some(due) => Ok((due, date("known")?)),
        None => fault(rules::MISSING_KEY, "has no `for`: the date itself", HINT),
    }
}
