//! A model on its own: to be measured, written to a file, or relaxed.

use crate::instance::Instance;
use crate::layout::Form;
use crate::master::Master;
use crate::model::Model;
use crate::search;
use crate::solve::{Effort, Options, Progress};
use solver::{Refused, Solver, Status};
use std::collections::BTreeSet;

/// Which characters a file of a model can hold in names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// All but spaces: `built[west,hall,2028-Q1]`.
    Mps,
    /// None that LP takes for an operator: `built(west,hall,2028_Q1)`.
    Lp,
}

/// The whole model of an instance.
pub struct Written<'a> {
    model: Model<'a>,
}

impl<'a> Written<'a> {
    /// Writes the whole model of an instance that has no mistakes.
    pub fn whole(instance: &'a Instance) -> Written<'a> {
        Written { model: Model::new(instance, Form::Whole, false) }
    }

    /// Columns, rows, non-zeros.
    pub fn size(&self) -> [usize; 3] {
        let problem = &self.model.problem;
        [problem.columns.len(), problem.rows.len(), problem.rows.index.len()]
    }

    /// Hands it to a solver.
    pub fn open<S: Solver>(&self) -> Result<S, Refused> {
        S::open(&self.model.problem)
    }

    /// Hands it to a solver with the names of its columns and rows, to be written to a file.
    pub fn open_named<S: Solver>(&self, naming: Naming) -> Result<S, Refused> {
        let frame = &self.model.frame;
        let (mut columns, mut rows) =
            (frame.layout.names(frame.instance, &frame.assets), self.model.row_names());
        let mut problem = self.model.problem.clone();
        // LP has no constant in the objective, and readers of MPS do not agree about its sign: it is the cost of a column that is 1.
        if problem.offset != 0.0 {
            problem.columns.push(problem.offset, 1.0, 1.0, false);
            problem.offset = 0.0;
            columns.push("constant".to_owned());
        }
        if naming == Naming::Lp {
            (columns, rows) = (for_lp(columns), for_lp(rows));
        }
        let mut solver = S::open(&problem)?;
        solver.set_names(&columns, &rows)?;
        Ok(solver)
    }
}

/// Names in the characters that LP files of all solvers take; two that come to be alike are told apart by their number.
fn for_lp(names: Vec<String>) -> Vec<String> {
    let plain = |c: char| match c {
        '[' => '(',
        ']' => ')',
        ',' | '.' | '#' | '_' => c,
        c if c.is_ascii_alphanumeric() => c,
        _ => '_',
    };
    let mut known = BTreeSet::new();
    let one = |(number, name): (usize, String)| {
        let mut name: String = name.chars().map(plain).collect();
        if !known.insert(name.clone()) {
            name = format!("{name}#{number}");
            known.insert(name.clone());
        }
        name
    };
    names.into_iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::for_lp;

    #[test]
    fn names_for_lp_hold_no_operator_and_stay_apart() {
        let names = ["built[a-b,hall]", "built[a_b,hall]", "x", "load[über^2]"].map(str::to_owned).to_vec();
        assert_eq!(for_lp(names), ["built(a_b,hall)", "built(a_b,hall)#1", "x", "load(_ber_2)"]);
    }
}

/// What is known of an instance without whole numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Relaxed {
    /// How it ended.
    pub status: Status,
    /// No plan is better than this.
    pub bound: f64,
    /// The best decisions without whole numbers.
    pub objective: f64,
    /// What it took.
    pub effort: Effort,
}

/// Solves an instance without whole numbers, with operation behind the master.
pub fn relax<S: Solver>(
    instance: &Instance,
    options: &Options,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Relaxed, Refused> {
    let mut master = Master::<S>::open(instance, Form::of_master(instance), false)?;
    let found = search::root(&mut master, options, watch)?;
    Ok(Relaxed { status: found.status, bound: found.lower, objective: found.upper, effort: master.spent() })
}
