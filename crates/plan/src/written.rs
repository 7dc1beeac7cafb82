//! A model on its own: to be measured, written to a file, or relaxed.

use crate::instance::Instance;
use crate::layout::{Form, poolable};
use crate::master::Master;
use crate::model::Model;
use crate::search;
use crate::solve::{Effort, Options, Progress};
use solver::{Refused, Solver, Status};

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

    /// Hands it to a solver with the names of its columns and rows.
    pub fn open_named<S: Solver>(&self) -> Result<S, Refused> {
        let mut solver = self.open::<S>()?;
        let frame = &self.model.frame;
        solver.set_names(&frame.layout.names(frame.instance, &frame.assets), &self.model.row_names())?;
        Ok(solver)
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
    let form = if poolable(instance) { Form::Pooled } else { Form::Master };
    let mut master = Master::<S>::open(instance, form, false)?;
    let found = search::root(&mut master, options, watch)?;
    let effort = Effort { rounds: master.rounds, cuts: master.cuts, cells: master.operator.solved, nodes: 0 };
    Ok(Relaxed { status: found.status, bound: found.lower, objective: found.upper, effort })
}
