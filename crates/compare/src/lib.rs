//! Two scenarios, or the results of two runs, side by side: what differs.
//!
//! ```text
//!  a world, or a results folder    Side          values by path, results by name
//!  the other                       Side   --->   Comparison: values, whole sections, results
//! ```
//!
//! A [`Side`] is made of a checked world (no results then) or of the tables of a folder (the same values, and results):
//! any two can be compared. Values are the same if they mean the same: `60` and `60.0`, `"24 h"` and `"1 day"`.

mod results;
mod side;
mod values;

pub use results::{Change, ResultDifference};
pub use side::{Side, Value};
pub use values::{Difference, SectionDifference, ValueDifference};

use serde::Serialize;

/// What differs between two sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What the first side is called.
    pub here: String,
    /// What the second side is called.
    pub there: String,
    /// What differs in the scenarios, by path.
    pub scenario: Vec<Difference>,
    /// Values that both sides have and that mean the same.
    pub values_alike: usize,
    /// What differs in the results: first the network, then sites and tenants; empty where a side has none.
    pub results: Vec<ResultDifference>,
    /// Results that both sides have and that are equal.
    pub results_alike: usize,
    /// Whether the sides have results.
    pub have_results: [bool; 2],
}

impl Comparison {
    /// Compares two sides.
    pub fn of(here: &Side, there: &Side) -> Comparison {
        let (scenario, values_alike) = values::differences(&here.values, &there.values);
        let (results, results_alike) = match (&here.results, &there.results) {
            (Some(here), Some(there)) => results::differences(here, there),
            _ => (Vec::new(), 0),
        };
        Comparison {
            here: here.name.clone(),
            there: there.name.clone(),
            scenario,
            values_alike,
            results,
            results_alike,
            have_results: [here.results.is_some(), there.results.is_some()],
        }
    }

    /// Whether nothing differs in what both sides have. That only one of them has results is no difference.
    pub fn same(&self) -> bool {
        self.scenario.is_empty() && self.results.is_empty()
    }
}
