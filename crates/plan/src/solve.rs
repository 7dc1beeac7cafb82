//! From an instance to a plan with its proof.

use crate::account::Account;
use crate::check::{self, Breach};
use crate::decisions::Decisions;
use crate::instance::{Instance, Objective};
use crate::layout::Form;
use crate::limit::Limit;
use crate::model::{Model, risk_weights};
use crate::search::futures::carry_out;
use crate::search::{self, Found};
use crate::validate::Mistake;
use serde::{Deserialize, Serialize};
use solver::{Refused, Sight, Solver, Status, Stop};

/// How an instance is solved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// Whole where the instance is small, decomposed where it is not.
    #[default]
    Auto,
    /// One model with everything.
    Whole,
    /// A master of decisions, with operation behind it.
    Decomposed,
}

/// How far to go. All limits are counts, so that a plan is the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Relative distance of plan and bound that is good enough.
    pub gap: f64,
    /// Most nodes of each search.
    pub nodes: Option<u32>,
    /// Most searches of the master, each with the cuts of the one before.
    pub rounds: u32,
    /// Which form is solved.
    pub way: Way,
}

impl Default for Options {
    fn default() -> Options {
        Options { gap: 1e-3, nodes: None, rounds: 40, way: Way::Auto }
    }
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Without whole numbers.
    Relaxation,
    /// A first plan, window by window.
    RelaxAndFix,
    /// A better plan near the one that is known.
    Improve,
    /// All whole numbers at once, for the bound.
    Search,
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Objective of the best plan, or of the best relaxed one in [`Stage::Relaxation`].
    pub incumbent: f64,
    /// No plan is better.
    pub bound: f64,
    /// Times the master was solved.
    pub rounds: u64,
    /// Cuts made.
    pub cuts: u64,
    /// Nodes of the search that runs.
    pub nodes: u64,
}

/// A plan, or why there is none.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A plan that passed the check.
    Planned(Box<Plan>),
    /// No plan satisfies these limits together; take away one of them and there is one.
    Infeasible(Vec<Limit>),
    /// The objective has no least value: a price or a limit is missing.
    Unbounded,
    /// The solver stopped without an answer.
    NoAnswer(String),
}

/// What was found, and how well it is known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Objective: millions of dollars of present cost (the negative of net present value), tokens in units of the instance, or
    /// megatonnes.
    pub objective: f64,
    /// No plan is better than this.
    pub bound: f64,
    /// What is to be done.
    pub decisions: Decisions,
    /// How it was found.
    pub effort: Effort,
}

impl Plan {
    /// Relative distance of plan and bound.
    pub fn gap(&self) -> f64 {
        gap(self.objective, self.bound)
    }
}

/// Relative distance of an objective and a bound.
pub(crate) fn gap(objective: f64, bound: f64) -> f64 {
    (objective - bound).max(0.0) / objective.abs().max(1e-9)
}

/// What a search took, in counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effort {
    /// Times the master was solved.
    pub rounds: u64,
    /// Cuts made.
    pub cuts: u64,
    /// Cells solved.
    pub cells: u64,
    /// Nodes of searches.
    pub nodes: u64,
}

impl Effort {
    pub(crate) fn add(&mut self, more: Effort) {
        self.rounds += more.rounds;
        self.cuts += more.cuts;
        self.cells += more.cells;
        self.nodes += more.nodes;
    }
}

/// Why nothing could be solved.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The instance is not one.
    #[error("the instance has {} mistakes, the first: {}", .0.len(), .0.first().map_or("", |first| &first.message))]
    Mistakes(Vec<Mistake>),
    /// The solver refused a model.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A plan breaks limits: a fault of ours, never handed out as a plan.
    #[error("the plan breaks {} limits, the first: {}", .0.len(), .0.first().map_or("", |first| &first.what))]
    Breaches(Vec<Breach>),
}

/// Columns from which the decomposition is quicker than the whole model.
const SMALL: usize = 6_000;

/// Solves an instance.
pub fn solve<S: Solver>(
    instance: &Instance,
    options: &Options,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Outcome, Error> {
    let mistakes = instance.check();
    if !mistakes.is_empty() {
        return Err(Error::Mistakes(mistakes));
    }
    let way = match options.way {
        Way::Auto if columns_of(instance) <= SMALL => Way::Whole,
        Way::Auto => Way::Decomposed,
        way => way,
    };
    let found = match way {
        Way::Decomposed => search::decomposed::<S>(instance, options, watch)?,
        _ => whole::<S>(instance, options, watch)?,
    };
    checked::<S>(instance, best_in_each::<S>(instance, found, options)?)
}

/// Where only the worst futures weigh, the others make the best of what is shared all the same: nothing in the objective asks for it.
fn best_in_each<S: Solver>(instance: &Instance, found: Found, options: &Options) -> Result<Found, Refused> {
    let (mean, ..) = risk_weights(instance.risk);
    let Found::Decided { decisions, objective, bound, mut effort } = found else { return Ok(found) };
    if mean == 0.0
        && instance.objective.is_money()
        && let Some((best, worth)) = carry_out::<S>(instance, &decisions, options, &mut effort)?
        && worth <= objective + 0.01 * options.gap * objective.abs().max(1.0)
    {
        return Ok(Found::Decided { decisions: best, objective: worth, bound: bound.min(worth), effort });
    }
    Ok(Found::Decided { decisions, objective, bound, effort })
}

/// What one of the model's objective is: millions of dollars, tokens, tonnes.
pub(crate) fn unit_of(instance: &Instance) -> f64 {
    match instance.objective {
        Objective::MostTokens => crate::terms::token_unit(instance),
        Objective::LeastCarbon => 1e6,
        _ => 1.0,
    }
}

/// Hands out what was found only if it breaks nothing and costs what the model says.
pub(crate) fn checked<S: Solver>(instance: &Instance, found: Found) -> Result<Outcome, Error> {
    match found {
        Found::Decided { decisions, objective, bound, effort } => {
            let unit = unit_of(instance);
            let (objective, bound) = (objective * unit, bound * unit);
            let mut breaches = check::breaches(instance, &decisions);
            if breaches.is_empty() {
                breaches.extend(second_opinion(instance, &decisions, objective));
            }
            if !breaches.is_empty() {
                return Err(Error::Breaches(breaches));
            }
            Ok(Outcome::Planned(Box::new(Plan { objective, bound, decisions, effort })))
        }
        Found::Nothing(Status::Infeasible) => {
            Ok(Outcome::Infeasible(crate::conflict::conflict::<S>(instance)?))
        }
        Found::Nothing(Status::Unbounded) => Ok(Outcome::Unbounded),
        Found::Nothing(status) => Ok(Outcome::NoAnswer(format!("{status:?}"))),
    }
}

/// The objective counted from the decisions alone must be the model's.
fn second_opinion(instance: &Instance, decisions: &Decisions, objective: f64) -> Option<Breach> {
    let counted = Account::new(instance, decisions).objective();
    let off = (counted - objective).abs();
    let size = objective.abs().max(instance.capital.budget_musd.iter().sum::<f64>() * 1e-3).max(1.0);
    let what = || format!("the objective is {counted} by the books and {objective} by the model");
    // Carbon follows flows that only need be possible, to the tolerance of a solver each.
    let share = if instance.objective == Objective::LeastCarbon { 1e-5 } else { 1e-6 };
    (off.is_nan() || off > share * size).then(|| Breach { what: what(), by: off })
}

/// Columns of the whole model, roughly.
fn columns_of(instance: &Instance) -> usize {
    let flows: usize = instance
        .sites
        .iter()
        .map(|site| 2 + site.thermals.len() + site.renewables.len() + 3 * site.storages.len())
        .sum();
    instance.scenarios.len() * instance.periods.len() * flows * instance.day_of_block.len()
}

/// Everything in one model.
fn whole<S: Solver>(
    instance: &Instance,
    options: &Options,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Found, Refused> {
    let model = Model::new(instance, Form::Whole, false);
    let mut solver = S::open(&model.problem)?;
    let stop = Stop { gap: options.gap, nodes: options.nodes, ..Stop::default() };
    let answer = solver.solve(&stop, &mut |sight: &Sight| {
        watch(&Progress {
            stage: Stage::Search,
            incumbent: sight.incumbent,
            bound: sight.bound,
            rounds: 1,
            cuts: 0,
            nodes: sight.nodes,
        });
    })?;
    if !answer.feasible {
        return Ok(Found::Nothing(answer.status));
    }
    let integer = &model.problem.columns.integer;
    let (mut objective, mut bound) = (answer.objective, answer.bound);
    if integer.iter().any(|&whole| whole) {
        // Whole numbers are made exact, and the rest is solved again around them.
        let rounded: Vec<f64> = solver.primal().iter().map(|value| libm::round(*value)).collect();
        let columns = &model.problem.columns;
        let fixed = |bounds: &[f64]| -> Vec<f64> {
            (0..bounds.len()).map(|j| if integer[j] { rounded[j] } else { bounds[j] }).collect()
        };
        let (lower, upper) = (fixed(&columns.lower), fixed(&columns.upper));
        solver.set_integer(0, &vec![false; integer.len()])?;
        solver.set_bounds(0, &lower, &upper)?;
        let again = solver.solve(&Stop::default(), &mut |_| {})?;
        if again.status != Status::Optimal {
            return Ok(Found::Nothing(again.status));
        }
        objective = again.objective;
        bound = bound.min(objective);
    }
    let x = solver.primal();
    let layout = &model.frame.layout;
    let flows = |s, t, i: usize| {
        let first = layout.flows(s, t, i).unwrap_or(0);
        x[first..first + layout.shapes[i].columns()].to_vec()
    };
    let decisions = Decisions::read(&model.frame, x, &flows);
    let effort = Effort { rounds: 1, nodes: answer.nodes, ..Effort::default() };
    Ok(Found::Decided { decisions, objective, bound, effort })
}
