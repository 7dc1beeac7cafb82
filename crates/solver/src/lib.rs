//! A living linear or mixed-integer model: built once, then changed by bounds, costs, rows and integrality, and solved
//! again from where it stood. [`Solver`] is what the planner needs of a solver; [`Highs`] is the one that we have.
//!
//! Everything is minimised. A row is `lower <= a x <= upper`, a column `lower <= x <= upper`, and a side that is not there
//! is an infinity. Solving stops by gap, nodes or iterations, never by the clock: the same model gives the same answer.

mod highs;
mod problem;

pub use highs::{Highs, version};
pub use problem::{Basis, Columns, Problem, Rows, Stay};

use std::path::Path;

/// What a solver refuses, in its own words: an index that is not there, a bound that is not a number, a file that cannot be
/// written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the solver refuses {0}")]
pub struct Refused(pub String);

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The best answer within the gap that was asked for.
    Optimal,
    /// No values satisfy all bounds.
    Infeasible,
    /// The objective has no least value.
    Unbounded,
    /// A limit of nodes or iterations came first; there may be an incumbent.
    Limit,
    /// The solver gave up and says nothing about the model: numerical trouble, or a method that did not converge.
    NoAnswer,
}

/// How linear programmes are solved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// The dual simplex method, from the last basis: the default, and the only one that starts warm.
    #[default]
    DualSimplex,
    /// The primal simplex method.
    PrimalSimplex,
    /// An interior point method, then crossover to a basis.
    InteriorPoint,
    /// An interior point method without crossover: the answer lies inside a face, and there is no basis.
    InteriorPointOnly,
    /// A first-order primal-dual method.
    FirstOrder,
}

/// When to stop. All limits are counts, so that a search is the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// Relative distance of incumbent and bound at which a mixed-integer search ends.
    pub gap: f64,
    /// Distance of incumbent and bound, in the unit of the objective, at which it ends too.
    pub distance: f64,
    /// Most nodes of a mixed-integer search.
    pub nodes: Option<u32>,
    /// Most incumbents of a mixed-integer search.
    pub incumbents: Option<u32>,
    /// Most iterations of a linear programme.
    pub iterations: Option<u32>,
    /// No answer above this objective is wanted: branches that cannot be better are cut.
    pub cutoff: Option<f64>,
    /// Whether the model is simplified first. Without it a warm start costs least.
    pub presolve: bool,
    /// The method for linear programmes.
    pub method: Method,
    /// A column that is the sum of others stays in the model, so that a mixed-integer search can branch on it.
    pub keep_sums: bool,
    /// Share of the work of a mixed-integer search that goes into looking for incumbents.
    pub heuristics: f64,
}

impl Default for Stop {
    fn default() -> Stop {
        Stop {
            gap: 1e-4,
            distance: 1e-6,
            nodes: None,
            incumbents: None,
            iterations: None,
            cutoff: None,
            presolve: true,
            method: Method::DualSimplex,
            keep_sums: false,
            heuristics: 0.05,
        }
    }
}

/// What a search found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// How it ended.
    pub status: Status,
    /// Whether [`Solver::primal`] holds values that satisfy every bound.
    pub feasible: bool,
    /// Objective of these values; infinite if there are none.
    pub objective: f64,
    /// No values have an objective below this, by the solver's proof; minus infinity if it has none.
    pub bound: f64,
    /// Nodes of a mixed-integer search.
    pub nodes: u64,
    /// Simplex, interior-point and first-order iterations together.
    pub iterations: u64,
}

/// A mixed-integer search under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// Objective of the best values so far; infinite if there are none.
    pub incumbent: f64,
    /// No values have an objective below this.
    pub bound: f64,
    /// Nodes so far.
    pub nodes: u64,
}

/// A living model and what solves it.
///
/// Ranges are given by their first index and a slice; an index that is not there is [`Refused`].
pub trait Solver {
    /// A solver with this model.
    fn open(problem: &Problem) -> Result<Self, Refused>
    where
        Self: Sized;
    /// How many columns there are.
    fn columns(&self) -> usize;
    /// How many rows there are.
    fn rows(&self) -> usize;
    /// New bounds of the columns from `first` on.
    fn set_bounds(&mut self, first: usize, lower: &[f64], upper: &[f64]) -> Result<(), Refused>;
    /// New costs of the columns from `first` on.
    fn set_costs(&mut self, first: usize, costs: &[f64]) -> Result<(), Refused>;
    /// Which of the columns from `first` on are whole numbers.
    fn set_integer(&mut self, first: usize, integer: &[bool]) -> Result<(), Refused>;
    /// New bounds of the rows from `first` on.
    fn set_row_bounds(&mut self, first: usize, lower: &[f64], upper: &[f64]) -> Result<(), Refused>;
    /// New value of one coefficient.
    fn set_coefficient(&mut self, row: usize, column: usize, value: f64) -> Result<(), Refused>;
    /// More columns, not yet in any row.
    fn add_columns(&mut self, columns: &Columns) -> Result<(), Refused>;
    /// More rows over the columns that there are.
    fn add_rows(&mut self, rows: &Rows) -> Result<(), Refused>;
    /// Removes each row whose flag is set; the rest move up. The slice has one flag for each row.
    fn remove_rows(&mut self, gone: &[bool]) -> Result<(), Refused>;
    /// Names for files, without spaces.
    fn set_names(&mut self, columns: &[String], rows: &[String]) -> Result<(), Refused>;
    /// Values to start a mixed-integer search from, one for each column.
    fn suggest(&mut self, values: &[f64]) -> Result<(), Refused>;
    /// Where the last search ended; `None` if it has no basis.
    fn basis(&self) -> Option<Basis>;
    /// The basis to start from; its length must be that of the model.
    fn set_basis(&mut self, basis: &Basis) -> Result<(), Refused>;
    /// Searches, telling `watch` of each improvement of a mixed-integer search.
    fn solve(&mut self, stop: &Stop, watch: &mut dyn FnMut(&Sight)) -> Result<Answer, Refused>;
    /// Values of the columns of the last search.
    fn primal(&self) -> &[f64];
    /// Values of the rows of the last search.
    fn row_values(&self) -> &[f64];
    /// What one more unit of each row's binding side changes in the objective; linear programmes only.
    fn row_duals(&self) -> &[f64];
    /// Reduced costs of the columns; linear programmes only.
    fn reduced_costs(&self) -> &[f64];
    /// After [`Status::Infeasible`] of a linear programme: weights of rows whose sum contradicts the bounds.
    fn infeasible_ray(&mut self) -> Option<Vec<f64>>;
    /// After [`Status::Unbounded`] of a linear programme: a direction of the columns along which the objective falls for ever.
    fn unbounded_ray(&mut self) -> Option<Vec<f64>>;
    /// Writes the model as `.mps` or `.lp`, by the file's ending.
    fn write(&mut self, path: &Path) -> Result<(), Refused>;
}
