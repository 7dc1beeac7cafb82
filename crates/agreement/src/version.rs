//! Versions of an agreement: amended, with an effective date.

use crate::rules;
use base::{Diagnostic, Diagnostics};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version<T> {
    /// From which day it is in force.
    pub effective: Date,
    /// The day on which it became known.
    pub known: Date,
    /// Where it is written.
    pub source: String,
    /// What it says.
    pub terms: T,
}

/// The versions of an agreement, the original first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions<T>(Vec<Version<T>>);

impl<T> Versions<T> {
    /// Versions in the order of their effective days; every mistake otherwise.
    pub fn new(id: &str, versions: Vec<Version<T>>) -> Result<Versions<T>, Diagnostics> {
        let mut found = Diagnostics::new();
        if versions.is_empty() {
            let diagnostic = Diagnostic::error(&rules::MISSING_TERM, "the agreement has no version");
            found.push(diagnostic.with_field(format!("agreement.{id}")));
        }
        for pair in versions.windows(2) {
            if pair[1].effective <= pair[0].effective {
                let message = format!(
                    "the amendment of {} takes effect before the version of {}",
                    pair[1].effective, pair[0].effective
                );
                let diagnostic = Diagnostic::error(&rules::AMENDMENT_TOO_EARLY, message);
                let hint = format!("a date after {}", pair[0].effective);
                found.push(
                    diagnostic
                        .with_field(format!("agreement.{id}.effective"))
                        .with_value(pair[1].effective)
                        .with_hint(hint),
                );
            }
        }
        if found.has_errors() { Err(found) } else { Ok(Versions(versions)) }
    }
    /// The version in force on `day`; `None` before the first.
    pub fn on(&self, day: Date) -> Option<&Version<T>> {
        self.0.iter().rev().find(|version| version.effective <= day)
    }
    /// The version in force on `day` as far as it was known on `known`.
    pub fn on_as_known(&self, day: Date, known: Date) -> Option<&Version<T>> {
        self.0.iter().rev().find(|version| version.effective <= day && version.known <= known)
    }
    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Version<T>> {
        self.0.iter()
    }
}
