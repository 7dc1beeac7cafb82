//! The decomposition: a master of decisions, in which the operation of each cell is one column held up by cuts.
//!
//! The master's optimum is a bound; the true cost of its decisions, with every cell solved, is what they are worth. Between the
//! two points "in" (the best decisions so far) and "out" (the master's) cuts are made half way, which keeps the master from
//! swinging (Ben-Ameur and Neto, 2007).

use crate::instance::{Instance, Risk};
use crate::layout::Form;
use crate::model::{Model, risk_weights};
use crate::operator::{Cut, Operator};
use crate::solve::{Effort, Progress, Stage};
use solver::{Answer, Refused, Rows, Solver, Status, Stop};

/// Where coefficients go: column, value.
type Put<'p> = &'p mut dyn FnMut(usize, f64);

/// A sum of columns and a constant.
pub(crate) struct Linear {
    pub(crate) terms: Vec<(usize, f64)>,
    pub(crate) constant: f64,
}

impl Linear {
    pub(crate) fn at(&self, x: &[f64]) -> f64 {
        self.constant + self.terms.iter().map(|&(column, value)| value * x[column]).sum::<f64>()
    }
}

/// How far a relaxation has been brought.
#[derive(Clone, Debug)]
pub(crate) struct Converged {
    pub(crate) status: Status,
    /// No decisions cost less.
    pub(crate) lower: f64,
    /// What the best decisions cost.
    pub(crate) upper: f64,
    /// These decisions.
    pub(crate) best: Vec<f64>,
}

/// The master with what stands behind it.
pub(crate) struct Master<'a, S> {
    pub(crate) model: Model<'a>,
    pub(crate) solver: S,
    pub(crate) operator: Operator<S>,
    investment: Linear,
    recourse: Vec<Linear>,
    /// Cuts now in the master, by row after the model's own: the cell, and rounds since it last held.
    idle: Vec<u32>,
    /// Cuts ever made, and rounds.
    pub(crate) cuts: u64,
    pub(crate) rounds: u64,
    givens: Vec<f64>,
}

/// How many rounds a cut may lie idle before it is dropped.
const IDLE_ROUNDS: u32 = 25;

impl<'a, S: Solver> Master<'a, S> {
    /// A master in which each site knows its systems.
    pub(crate) fn new(instance: &'a Instance, measured: bool) -> Result<Master<'a, S>, Refused> {
        Master::open(instance, Form::Master, measured)
    }

    pub(crate) fn open(instance: &'a Instance, form: Form, measured: bool) -> Result<Master<'a, S>, Refused> {
        let model = Model::new(instance, form, measured);
        let solver = S::open(&model.problem)?;
        let operator = Operator::new(&model.frame)?;
        let gather = |write: &dyn Fn(Put), constant| {
            let mut terms = Vec::new();
            write(&mut |column, value| terms.push((column, value)));
            Linear { terms, constant }
        };
        let frame = &model.frame;
        let (investment, recourse) = if frame.counts_money() {
            let investment = gather(&|f| frame.investment(&mut |column, value| f(column, value)), 0.0);
            let one = |s| {
                gather(
                    &|f| frame.recourse(s, &mut |column, value| f(column, value)),
                    frame.recourse_constant(s),
                )
            };
            (investment, (0..instance.scenarios.len()).map(one).collect())
        } else {
            let costs = model.problem.columns.cost.iter().copied().enumerate();
            let terms = costs.filter(|(_, cost)| *cost != 0.0).collect();
            (Linear { terms, constant: 0.0 }, Vec::new())
        };
        let mut master = Master {
            model,
            solver,
            operator,
            investment,
            recourse,
            idle: Vec::new(),
            cuts: 0,
            rounds: 0,
            givens: Vec::new(),
        };
        master.first_cuts()?;
        Ok(master)
    }

    /// What has been done in it, nodes apart: those belong to a search.
    pub(crate) fn spent(&self) -> Effort {
        Effort { rounds: self.rounds, cuts: self.cuts, cells: self.operator.solved, nodes: 0 }
    }

    fn at(&self, number: usize) -> (usize, usize, usize) {
        let layout = &self.model.frame.layout;
        let (rest, i) = (number / layout.sites, number % layout.sites);
        (rest / layout.periods, rest % layout.periods, i)
    }

    /// Cuts at mixtures that any plan will be near: load carried by the grid, by each kind of generator, by nobody.
    fn first_cuts(&mut self) -> Result<(), Refused> {
        let mut known: Vec<Vec<Vec<f64>>> = vec![Vec::new(); self.model.frame.cells.len()];
        let mut rows = Rows::default();
        for number in 0..self.model.frame.cell_of.len() {
            let which = self.model.frame.cell_of[number];
            let at = self.at(number);
            if known[which].is_empty() {
                let shape = self.model.frame.cells[which].shape.clone();
                let mut mixtures = vec![vec![0.0; shape.givens()]];
                let mut with = |given: usize, amount: f64| {
                    let mut mixture = vec![0.0; shape.givens()];
                    mixture[given] = amount;
                    mixtures.push(mixture);
                };
                with(crate::cell::GRID, 1.8);
                with(crate::cell::GRID, 1.1);
                (0..shape.thermals).for_each(|k| with(shape.thermal(k), 1.8));
                for mixture in &mut mixtures {
                    mixture[crate::cell::LOAD] = 1.0;
                    (0..shape.renewables).for_each(|k| mixture[shape.renewable(k)] = 0.5);
                    (0..shape.storages).for_each(|k| mixture[shape.storage(k)] = 0.1);
                    if shape.carbon {
                        mixture[shape.carbon()] = 1e3;
                    }
                }
                for mixture in mixtures {
                    let cell = &self.model.frame.cells[which];
                    known[which].push(self.operator.solve(cell, number, which, &mixture)?.slope);
                }
            }
            for slope in &known[which] {
                self.write_cut(&mut rows, at, slope);
            }
        }
        self.cuts += rows.len() as u64;
        self.idle.resize(self.idle.len() + rows.len(), 0);
        self.solver.add_rows(&rows)
    }

    /// A row that holds the cost of a cell above a slope.
    fn write_cut(&self, rows: &mut Rows, at: (usize, usize, usize), slope: &[f64]) {
        let frame = &self.model.frame;
        let Some(cost) = frame.layout.cost(at.0, at.1, at.2) else { return };
        rows.entry(cost, 1.0);
        for (given, &slope) in slope.iter().enumerate() {
            if slope != 0.0 {
                frame.given(at, given, &mut |column, unit| rows.entry(column, -slope * unit));
            }
        }
        rows.end(0.0, f64::INFINITY);
    }

    /// The givens of a cell at some decisions.
    fn fill_givens(&mut self, at: (usize, usize, usize), x: &[f64]) {
        let shape = &self.model.frame.layout.shapes[at.2];
        self.givens.clear();
        for given in 0..shape.givens() {
            let mut sum = 0.0;
            self.model.frame.given(at, given, &mut |column, unit| sum += unit * x[column]);
            self.givens.push(sum.max(0.0));
        }
    }

    /// Solves every cell at `x`; gives each a cost and a cut. Where nothing is there, nothing costs anything.
    pub(crate) fn operate(
        &mut self,
        x: &[f64],
        mut see: impl FnMut(usize, Cut, &[f64]),
    ) -> Result<(), Refused> {
        for number in 0..self.model.frame.cell_of.len() {
            let at = self.at(number);
            self.fill_givens(at, x);
            let carbon = self.model.frame.layout.shapes[at.2].carbon;
            let real = self.givens.len() - usize::from(carbon);
            if self.givens[..real].iter().all(|&given| given <= 1e-12) {
                let cell = &self.model.frame.cells[self.model.frame.cell_of[number]];
                see(number, Cut::default(), &vec![0.0; cell.columns.len()]);
                continue;
            }
            let which = self.model.frame.cell_of[number];
            let cut = self.operator.solve(&self.model.frame.cells[which], number, which, &self.givens)?;
            see(number, cut, self.operator.flows(which));
        }
        Ok(())
    }

    /// What decisions cost with these costs of cells: the objective as it truly is.
    pub(crate) fn worth(&self, x: &[f64], costs: &[f64]) -> f64 {
        if !self.model.frame.counts_money() {
            return self.investment.at(x);
        }
        let layout = &self.model.frame.layout;
        let mut full = x.to_vec();
        for (number, &cost) in costs.iter().enumerate() {
            let (s, t, i) = self.at(number);
            if let Some(column) = layout.cost(s, t, i) {
                full[column] = cost;
            }
        }
        let futures: Vec<f64> = self.recourse.iter().map(|future| future.at(&full)).collect();
        self.investment.at(&full) + weigh(self.model.frame.instance, &futures)
    }

    /// Solves the master as it stands, from its last basis.
    pub(crate) fn relax(&mut self, presolve: bool) -> Result<Answer, Refused> {
        let stop = Stop { presolve, ..Stop::default() };
        let answer = self.solver.solve(&stop, &mut |_| {})?;
        if answer.status == Status::NoAnswer {
            return self.solver.solve(&Stop { presolve: true, ..stop }, &mut |_| {});
        }
        Ok(answer)
    }

    /// Adds cuts until the relaxation, with whatever is fixed in it, is known to `tolerance`.
    pub(crate) fn converge(
        &mut self,
        tolerance: f64,
        most_rounds: u32,
        watch: &mut dyn FnMut(&Progress),
    ) -> Result<Converged, Refused> {
        let mut found = Converged {
            status: Status::Limit,
            lower: f64::NEG_INFINITY,
            upper: f64::INFINITY,
            best: Vec::new(),
        };
        let mut far = false;
        for round in 0..most_rounds {
            let answer = self.relax(round == 0 && self.rounds == 0)?;
            self.rounds += 1;
            if answer.status != Status::Optimal {
                found.status = answer.status;
                return Ok(found);
            }
            let progress = answer.objective - found.lower;
            found.lower = found.lower.max(answer.objective);
            let out = self.solver.primal().to_vec();
            let between = |(a, b): (&f64, &f64)| 0.5 * (a + b);
            let far_now = found.best.is_empty() || far;
            let point: Vec<f64> =
                if far_now { out.clone() } else { out.iter().zip(&found.best).map(between).collect() };
            let added = self.separate(&out, &point, &mut found)?;
            watch(&Progress {
                stage: Stage::Relaxation,
                incumbent: found.upper,
                bound: found.lower,
                rounds: self.rounds,
                cuts: self.cuts,
                nodes: 0,
            });
            let scale = found.upper.abs().max(1.0);
            if found.upper.is_finite() && found.upper - found.lower <= tolerance * scale {
                found.status = Status::Optimal;
                return Ok(found);
            }
            if added == 0 && far_now {
                found.status = Status::Optimal;
                return Ok(found);
            }
            far = added == 0 || progress < 0.05 * (found.upper - found.lower).min(f64::MAX);
            self.drop_idle()?;
        }
        Ok(found)
    }

    /// Solves the cells at `point`, keeps it if it is the best, and cuts off `out` where a cut does; says how many were added.
    fn separate(&mut self, out: &[f64], point: &[f64], found: &mut Converged) -> Result<usize, Refused> {
        let mut costs = vec![0.0; self.model.frame.cell_of.len()];
        let mut slopes: Vec<Option<Vec<f64>>> = vec![None; costs.len()];
        self.operate(point, |number, cut, _| {
            costs[number] = cut.cost;
            slopes[number] = (!cut.slope.is_empty()).then_some(cut.slope);
        })?;
        let money = self.model.frame.counts_money();
        let lost: f64 = costs.iter().sum();
        if money || lost < 1e-5 {
            let worth = self.worth(point, &costs);
            if worth < found.upper {
                found.upper = worth;
                found.best = point.to_vec();
                self.set_cell_costs(&mut found.best, &costs);
            }
        }
        let mut rows = Rows::default();
        let size = if money && found.upper.is_finite() { found.upper.abs().max(1.0) } else { 1e-2 };
        let tolerance = 1e-7 * size / (costs.len() as f64).sqrt();
        for (number, slope) in slopes.iter().enumerate() {
            let Some(slope) = slope else { continue };
            let at = self.at(number);
            self.fill_givens(at, out);
            let bound: f64 = slope.iter().zip(&self.givens).map(|(a, b)| a * b).sum();
            let Some(column) = self.model.frame.layout.cost(at.0, at.1, at.2) else { continue };
            if bound > out[column] + tolerance {
                self.write_cut(&mut rows, at, slope);
            }
        }
        self.cuts += rows.len() as u64;
        self.idle.resize(self.idle.len() + rows.len(), 0);
        self.solver.add_rows(&rows)?;
        Ok(rows.len())
    }

    fn set_cell_costs(&self, x: &mut [f64], costs: &[f64]) {
        for (number, &cost) in costs.iter().enumerate() {
            let (s, t, i) = self.at(number);
            if let Some(column) = self.model.frame.layout.cost(s, t, i) {
                x[column] = cost;
            }
        }
    }

    /// Drops cuts that have not held for long; a basis stays a basis, as their slacks are in it.
    fn drop_idle(&mut self) -> Result<(), Refused> {
        let own = self.model.problem.rows.len();
        let values = self.solver.row_values();
        for (k, idle) in self.idle.iter_mut().enumerate() {
            let slack = values.get(own + k).copied().unwrap_or(0.0);
            *idle = if slack > 1e-6 { *idle + 1 } else { 0 };
        }
        let old = self.idle.iter().filter(|&&idle| idle > IDLE_ROUNDS).count();
        if old * 4 < self.idle.len() || old < 200 {
            return Ok(());
        }
        let mut gone = vec![false; own];
        gone.extend(self.idle.iter().map(|&idle| idle > IDLE_ROUNDS));
        self.idle.retain(|&idle| idle <= IDLE_ROUNDS);
        self.solver.remove_rows(&gone)
    }

    /// Cuts at decisions of which the operation is asked for the first time; says what they are worth.
    pub(crate) fn learn(&mut self, x: &[f64]) -> Result<Converged, Refused> {
        let mut found = Converged {
            status: Status::Optimal,
            lower: f64::NEG_INFINITY,
            upper: f64::INFINITY,
            best: Vec::new(),
        };
        self.separate(x, x, &mut found)?;
        Ok(found)
    }
}

/// What futures come to together: money as the instance weighs it, tokens and carbon by probability.
pub(crate) fn together(instance: &Instance, futures: &[f64]) -> f64 {
    if instance.objective.is_money() {
        return weigh(instance, futures);
    }
    futures.iter().zip(&instance.scenarios).map(|(value, scenario)| value * scenario.probability).sum()
}

/// The cost of futures as the instance weighs them.
pub(crate) fn weigh(instance: &Instance, futures: &[f64]) -> f64 {
    let probabilities = instance.scenarios.iter().map(|scenario| scenario.probability);
    let mean: f64 = probabilities.clone().zip(futures).map(|(p, cost)| p * cost).sum();
    let (share, _, _) = risk_weights(instance.risk);
    match instance.risk {
        Risk::Expected => mean,
        Risk::Robust => futures.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Risk::ConditionalValueAtRisk { weight, level } => {
            let mut worst: Vec<(f64, f64)> = futures.iter().copied().zip(probabilities).collect();
            worst.sort_by(|a, b| b.0.total_cmp(&a.0));
            let mut left = 1.0 - level;
            let mut tail = 0.0;
            for (cost, probability) in worst {
                let part = probability.min(left.max(0.0));
                tail += part * cost;
                left -= part;
            }
            share * mean + weight * tail / (1.0 - level)
        }
    }
}
