//! Exclusivity: who may supply what, through which channel, for which purpose, when.

use crate::predicate::{Predicate, Subject, Value};
use crate::refusal::Party;
use crate::rules;
use base::{Diagnostic, Diagnostics};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A promise that only the beneficiary supplies what the scope says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusivity {
    /// The name of the agreement.
    pub id: String,
    /// Who may.
    pub beneficiary: Party,
    /// What only it may supply.
    pub scope: Predicate,
    /// What of that is left free.
    pub carve_out: Predicate,
    /// From when.
    pub from: Date,
    /// Until before when; `None` for no end.
    pub until: Option<Date>,
}

/// What an exclusivity says about a supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It says nothing: out of its scope.
    OutOfScope,
    /// It does not apply on that day.
    OutOfTerm,
    /// It is left free.
    CarvedOut,
    /// The supplier is the beneficiary.
    Allowed,
    /// The supplier may not.
    Barred,
}

impl Verdict {
    /// The clause that it follows from.
    pub fn clause(self) -> &'static str {
        match self {
            Verdict::OutOfScope => "scope",
            Verdict::OutOfTerm => "term",
            Verdict::CarvedOut => "carve-out",
            Verdict::Allowed | Verdict::Barred => "exclusivity",
        }
    }
}

impl Exclusivity {
    /// Whether `supplier` may supply `subject` on `day`. The day is also the attribute `date` of the subject.
    pub fn verdict(&self, supplier: Party, subject: &Subject, day: Date) -> Verdict {
        let mut subject = subject.clone();
        subject.insert("date".to_string(), Value::Day(day));
        if day < self.from || self.until.is_some_and(|until| day >= until) {
            Verdict::OutOfTerm
        } else if !self.scope.holds(&subject) {
            Verdict::OutOfScope
        } else if self.carve_out.holds(&subject) {
            Verdict::CarvedOut
        } else if supplier == self.beneficiary {
            Verdict::Allowed
        } else {
            Verdict::Barred
        }
    }
}

/// Cases of a pair of exclusivities that are tried at most.
const MAX_CASES: usize = 100_000;

/// A mistake for each pair of exclusivities that promises the same thing, on the same day, to two parties.
///
/// The values that matter are those that the predicates name, and one that none names; every combination is tried.
pub fn contradictions(list: &[Exclusivity]) -> Diagnostics {
    let mut found = Diagnostics::new();
    for (i, first) in list.iter().enumerate() {
        for second in &list[i + 1..] {
            if first.beneficiary == second.beneficiary {
                continue;
            }
            if let Some((day, subject)) = both_bar(first, second) {
                let case: Vec<String> =
                    subject.iter().map(|(name, value)| format!("{name} is {value}")).collect();
                let case = if case.is_empty() { "everything".to_owned() } else { case.join(" and ") };
                let message = format!("`{}` and `{}` both promise {} on {day}", first.id, second.id, case);
                let diagnostic = Diagnostic::error(&rules::CONTRADICTORY_EXCLUSIVITIES, message);
                found.push(
                    diagnostic.with_hint("end one before the other begins, or carve one out of the other"),
                );
            }
        }
    }
    found
}

fn both_bar(first: &Exclusivity, second: &Exclusivity) -> Option<(Date, Subject)> {
    let from = first.from.max(second.from);
    let until = [first.until, second.until].into_iter().flatten().min();
    let mut values: BTreeMap<String, BTreeSet<Value>> = BTreeMap::new();
    for predicate in [&first.scope, &first.carve_out, &second.scope, &second.carve_out] {
        for (name, named) in predicate.attributes() {
            let known = values.entry(name).or_default();
            for value in named {
                known.extend(neighbours(&value));
            }
        }
    }
    let mut days: BTreeSet<Date> = BTreeSet::from([from]);
    for value in values.remove("date").into_iter().flatten() {
        if let Value::Day(day) = value {
            days.insert(day);
        }
    }
    let names: Vec<(&String, Vec<&Value>)> =
        values.iter().map(|(name, set)| (name, set.iter().collect())).collect();
    let cases =
        names.iter().map(|(_, set)| set.len()).try_fold(1usize, usize::checked_mul).unwrap_or(MAX_CASES);
    let nobody = Party(u32::MAX);
    for day in days.into_iter().filter(|&day| day >= from && until.is_none_or(|until| day < until)) {
        for case in 0..cases.min(MAX_CASES) {
            let (mut rest, mut subject) = (case, Subject::new());
            for (name, set) in &names {
                subject.insert((*name).clone(), set[rest % set.len()].clone());
                rest /= set.len();
            }
            let barred =
                |exclusivity: &Exclusivity| exclusivity.verdict(nobody, &subject, day) == Verdict::Barred;
            if barred(first) && barred(second) {
                return Some((day, subject));
            }
        }
    }
    None
}

/// The values on both sides of a limit, and one that no predicate names.
fn neighbours(value: &Value) -> Vec<Value> {
    match value {
        Value::Text(_) => vec![value.clone(), Value::Text("anything else".to_string())],
        Value::Number(n) => {
            vec![value.clone(), Value::Number(n.saturating_sub(1)), Value::Number(n.saturating_add(1))]
        }
        Value::Day(day) => [Some(*day), day.yesterday().ok(), day.tomorrow().ok()]
            .into_iter()
            .flatten()
            .map(Value::Day)
            .collect(),
    }
}
