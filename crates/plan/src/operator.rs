//! Operation behind the master: the least cost of each cell at the givens of the moment, and the cut that it proves.
//!
//! One small living model for each site (for each season of it, where carbon is counted, as its coefficients differ) is changed from cell to cell by costs and bounds, and each cell starts from the basis in
//! which it ended last: a solve takes a tenth of a millisecond. A cut is made from the row duals alone: every column of a
//! cell has bounds that are multiples of the givens, so that *any* duals give a bound that holds for all givens, exact or not.

use crate::cell::Cell;
use crate::terms::Frame;
use solver::{Basis, Columns, Method, Problem, Refused, Rows, Solver, Status, Stop};

/// What a cell costs at some givens, and a bound for all others: `cost(g) >= slope . g`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut {
    pub(crate) cost: f64,
    pub(crate) slope: Vec<f64>,
}

/// Solves cells.
pub(crate) struct Operator<S> {
    solvers: Vec<S>,
    /// Which of them each kind of cell has: the one with its coefficients.
    solver_of: Vec<usize>,
    bases: Vec<Option<Basis>>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    costs: Vec<f64>,
    /// Cells solved so far.
    pub(crate) solved: u64,
}

fn problem(cell: &Cell) -> Problem {
    let n = cell.columns.len();
    let columns =
        Columns { cost: vec![0.0; n], lower: vec![0.0; n], upper: vec![0.0; n], integer: vec![false; n] };
    let mut rows = Rows::default();
    for row in &cell.rows {
        row.entries.iter().for_each(|&(column, value)| rows.entry(column, value));
        rows.end(if row.equal { 0.0 } else { f64::NEG_INFINITY }, 0.0);
    }
    Problem { columns, rows, offset: 0.0 }
}

impl<S: Solver> Operator<S> {
    pub(crate) fn new(frame: &Frame) -> Result<Operator<S>, Refused> {
        let mut solvers = Vec::new();
        let mut solver_of: Vec<usize> = Vec::new();
        let mut first: Vec<&Cell> = Vec::new();
        let alike = |a: &Cell, b: &Cell| {
            let pairs = || a.rows.iter().zip(&b.rows);
            a.shape == b.shape && pairs().all(|(a, b)| a.entries == b.entries && a.equal == b.equal)
        };
        for cell in &frame.cells {
            let known = first.iter().position(|&other| alike(cell, other));
            if known.is_none() {
                solvers.push(S::open(&problem(cell))?);
                first.push(cell);
            }
            solver_of.push(known.unwrap_or(first.len() - 1));
        }
        let bases = vec![None; frame.cell_of.len()];
        let (lower, upper, costs) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Operator { solvers, solver_of, bases, lower, upper, costs, solved: 0 })
    }

    /// The least cost of cell `number`, which is of kind `which`, and its cut.
    pub(crate) fn solve(
        &mut self,
        cell: &Cell,
        number: usize,
        which: usize,
        givens: &[f64],
    ) -> Result<Cut, Refused> {
        let solver = &mut self.solvers[self.solver_of[which]];
        self.solved += 1;
        self.lower.clear();
        self.upper.clear();
        self.costs.clear();
        for column in &cell.columns {
            let given = givens[column.given].max(0.0);
            self.lower.push(column.low * given);
            self.upper.push(column.high * given);
            self.costs.push(column.cost);
        }
        solver.set_costs(0, &self.costs)?;
        solver.set_bounds(0, &self.lower, &self.upper)?;
        self.lower.clear();
        self.upper.clear();
        for row in &cell.rows {
            let rhs = row.rhs * givens[row.given].max(0.0);
            self.lower.push(if row.equal { rhs } else { f64::NEG_INFINITY });
            self.upper.push(rhs);
        }
        solver.set_row_bounds(0, &self.lower, &self.upper)?;
        if let Some(basis) = &self.bases[number] {
            solver.set_basis(basis)?;
        }
        let warm = Stop { presolve: false, ..Stop::default() };
        let mut answer = solver.solve(&warm, &mut |_| {})?;
        if answer.status != Status::Optimal {
            let again = Stop { presolve: true, method: Method::PrimalSimplex, ..Stop::default() };
            answer = solver.solve(&again, &mut |_| {})?;
        }
        if answer.status != Status::Optimal {
            return Err(Refused(format!("to solve the operation of cell {number}: {:?}", answer.status)));
        }
        self.bases[number] = solver.basis();
        Ok(cut(cell, solver.row_duals(), answer.objective))
    }

    /// The flows of the cell of this kind that was solved last.
    pub(crate) fn flows(&self, which: usize) -> &[f64] {
        self.solvers[self.solver_of[which]].primal()
    }
}

/// The bound that row duals prove, whatever they are.
fn cut(cell: &Cell, duals: &[f64], cost: f64) -> Cut {
    let mut slope = vec![0.0; cell.shape.givens()];
    let mut reduced: Vec<f64> = cell.columns.iter().map(|column| column.cost).collect();
    for (row, &dual) in cell.rows.iter().zip(duals) {
        let dual = if row.equal { dual } else { dual.min(0.0) };
        if dual == 0.0 {
            continue;
        }
        slope[row.given] += dual * row.rhs;
        for &(j, value) in &row.entries {
            reduced[j] -= dual * value;
        }
    }
    for (column, reduced) in cell.columns.iter().zip(reduced) {
        let bound = if reduced > 0.0 { column.low } else { column.high };
        slope[column.given] += reduced * bound;
    }
    Cut { cost, slope }
}
