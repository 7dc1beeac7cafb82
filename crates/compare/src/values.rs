//! What differs between the values of two scenarios.

use crate::side::Value;
use base::{SimTime, Span};
use serde::Serialize;
use std::collections::BTreeMap;

type Values = BTreeMap<String, Value>;

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Difference {
    /// A value differs, or is given on one side only.
    Value(ValueDifference),
    /// A whole section is there on one side only.
    Section(SectionDifference),
}

impl Difference {
    /// Dotted path.
    pub fn path(&self) -> &str {
        match self {
            Difference::Value(value) => &value.path,
            Difference::Section(section) => &section.path,
        }
    }
}

/// A value that differs, in itself or in what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ValueDifference {
    /// Dotted path.
    pub path: String,
    /// On the first side; `None` where it is not given.
    pub here: Option<Value>,
    /// On the second side.
    pub there: Option<Value>,
}

impl ValueDifference {
    /// Whether the value itself is the same, and only its kind or its source differ.
    pub fn only_provenance(&self) -> bool {
        matches!((&self.here, &self.there), (Some(here), Some(there)) if same(&here.value, &there.value))
    }
}

/// A section that only one side has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SectionDifference {
    /// Dotted path of the section: `site.milam`.
    pub path: String,
    /// Whether the first side has it, else the second.
    pub only_here: bool,
    /// How many values are in it.
    pub values: usize,
}

/// What differs, by path, and how many values are alike.
pub(crate) fn differences(here: &Values, there: &Values) -> (Vec<Difference>, usize) {
    let mut all = BTreeMap::new();
    let mut alike = 0;
    for (path, value) in here {
        match there.get(path) {
            Some(other) if same(&value.value, &other.value) && basis(value) == basis(other) => alike += 1,
            Some(other) => {
                let both = ValueDifference {
                    path: path.clone(),
                    here: Some(value.clone()),
                    there: Some(other.clone()),
                };
                all.insert(path.clone(), Difference::Value(both));
            }
            None => only(path, value, there, true, &mut all),
        }
    }
    for (path, value) in there.iter().filter(|(path, _)| !here.contains_key(*path)) {
        only(path, value, here, false, &mut all);
    }
    (all.into_values().collect(), alike)
}

/// What a value rests on.
fn basis(value: &Value) -> (Option<&str>, Option<&str>) {
    (value.kind.as_deref(), value.source.as_deref())
}

/// Notes a value that the other side lacks: under the largest section that the other side lacks as a whole.
fn only(path: &str, value: &Value, other: &Values, only_here: bool, all: &mut BTreeMap<String, Difference>) {
    let ends = path.match_indices('.').map(|(at, _)| at);
    // The first part alone (`site`, `workload`) gathers sections of many names: each name is one section.
    let section = ends.skip(1).map(|at| &path[..at]).find(|section| !has_section(other, section));
    match section {
        Some(section) => {
            let fresh = SectionDifference { path: section.to_owned(), only_here, values: 0 };
            let entry = all.entry(section.to_owned()).or_insert(Difference::Section(fresh));
            if let Difference::Section(section) = entry {
                section.values += 1;
            }
        }
        None => {
            let (here, there) = match only_here {
                true => (Some(value.clone()), None),
                false => (None, Some(value.clone())),
            };
            let path = path.to_owned();
            all.insert(path.clone(), Difference::Value(ValueDifference { path, here, there }));
        }
    }
}

/// Whether any value stands below a path.
fn has_section(values: &Values, section: &str) -> bool {
    let start = format!("{section}.");
    values.range(start.clone()..).next().is_some_and(|(path, _)| path.starts_with(&start))
}

/// Whether two values mean the same.
pub(crate) fn same(here: &str, there: &str) -> bool {
    let number = |text: &str| text.replace('_', "").parse::<f64>().ok();
    let list = |text: &str| {
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        inner
            .trim()
            .trim_end_matches(',')
            .split(',')
            .map(|item| number(item.trim()))
            .collect::<Option<Vec<_>>>()
    };
    here == there
        || matches!((number(here), number(there)), (Some(here), Some(there)) if here == there)
        || matches!((SimTime::parse(here), SimTime::parse(there)), (Some(here), Some(there)) if here == there)
        || matches!((Span::parse(here), Span::parse(there)), (Some(here), Some(there)) if here == there)
        || matches!((list(here), list(there)), (Some(here), Some(there)) if here == there)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(rows: &[(&str, &str)]) -> Values {
        let value = |text: &str| Value { value: text.into(), kind: None, source: None };
        rows.iter().map(|(path, text)| ((*path).to_owned(), value(text))).collect()
    }

    #[test]
    fn values_that_mean_the_same_are_the_same() {
        for (here, there) in [
            ("60", "60.0"),
            ("1_000", "1e3"),
            ("24 h", "1 day"),
            ("2026-01-01", "2026-01-01T00:00:00Z"),
            ("[1, 2]", "[1.0,2.0,]"),
        ] {
            assert!(same(here, there), "{here} {there}");
        }
        for (here, there) in
            [("60", "61"), ("fcfs", "sjf"), ("1 h", "1"), ("[1, 2]", "[2, 1]"), ("nan", "inf")]
        {
            assert!(!same(here, there), "{here} {there}");
        }
    }

    #[test]
    fn a_section_that_is_missing_as_a_whole_is_one_difference() {
        let here = values(&[
            ("site.a.it_mw", "1"),
            ("site.a.block.b1.it_mw", "1"),
            ("site.b.it_mw", "2"),
            ("site.b.block.b1.it_mw", "3"),
            ("site.b.block.b1.ready", "2026-01-01"),
        ]);
        let there = values(&[("site.a.it_mw", "1.0"), ("site.a.block.b2.it_mw", "1"), ("seed", "2")]);
        let (found, alike) = differences(&here, &there);
        assert_eq!(alike, 1);
        let told: Vec<String> = found
            .iter()
            .map(|difference| match difference {
                Difference::Section(s) => format!("{} {} {}", s.path, s.only_here, s.values),
                Difference::Value(v) => format!("{} {}", v.path, v.here.is_some()),
            })
            .collect();
        assert_eq!(
            told,
            ["seed false", "site.a.block.b1 true 1", "site.a.block.b2 false 1", "site.b true 3"]
        );
    }

    #[test]
    fn a_source_that_changed_is_a_difference_of_what_the_value_rests_on() {
        let mut here = values(&[("site.a.it_mw", "1")]);
        let there = here.clone();
        if let Some(value) = here.get_mut("site.a.it_mw") {
            value.source = Some("a letter".into());
        }
        let (found, alike) = differences(&here, &there);
        assert_eq!((found.len(), alike), (1, 0));
        assert!(matches!(&found[0], Difference::Value(value) if value.only_provenance()));
    }
}
