//! Why there is no plan: limits that contradict each other, none of which can be left out.
//!
//! A deletion filter: each limit is taken away for a moment; if the rest is still impossible, it stays away. What remains is an
//! irreducible set. Without whole numbers a proof of infeasibility names the few rows that it needs, and only those are tried.

use crate::instance::Instance;
use crate::layout::Form;
use crate::limit::{Kind, Limit};
use crate::model::Model;
use solver::{Refused, Solver, Status, Stop};
use std::collections::BTreeSet;

/// Limits that someone set and could change; physics and bookkeeping are not among them.
fn can_be_loosened(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Demand
            | Kind::Commitment
            | Kind::Offer
            | Kind::SystemSupply
            | Kind::GeneratorSupply
            | Kind::Transformers
            | Kind::Labour
            | Kind::Capital
            | Kind::LoanToValue
            | Kind::Coverage
            | Kind::CarbonCap
    )
}

/// An irreducible set of limits and due dates without which there would be a plan; empty if there is one after all.
pub(crate) fn conflict<S: Solver>(instance: &Instance) -> Result<Vec<Limit>, Refused> {
    let model = Model::new(instance, Form::Whole, false);
    let mut solver = S::open(&model.problem)?;
    let none = vec![false; model.problem.columns.len()];
    let costs = vec![0.0; none.len()];
    solver.set_costs(0, &costs)?;
    solver.set_integer(0, &none)?;
    let without_wholes = solver.solve(&Stop { presolve: false, ..Stop::default() }, &mut |_| {})?;
    let relaxed = without_wholes.status == Status::Infeasible;
    let mut groups = groups(&model);
    if !relaxed {
        solver.set_integer(0, &model.problem.columns.integer)?;
        let stop = Stop { gap: 1.0, ..Stop::default() };
        if solver.solve(&stop, &mut |_| {})?.status != Status::Infeasible {
            return Ok(Vec::new());
        }
    } else if let Some(ray) = solver.infeasible_ray() {
        // Rows that the proof does not use cannot be needed; they are put aside in one go, if that is so.
        let used =
            |group: &&Group| group.rows.is_empty() || group.rows.iter().any(|&row| ray[row].abs() > 1e-9);
        let kept: Vec<Group> = groups.iter().filter(used).cloned().collect();
        let aside: Vec<Group> = groups.iter().filter(|group| !used(group)).cloned().collect();
        loosen(&mut solver, &model, &aside, true)?;
        if possible(&mut solver)? {
            loosen(&mut solver, &model, &aside, false)?;
        } else {
            groups = kept;
        }
    }
    let mut needed = Vec::new();
    for group in &groups {
        loosen(&mut solver, &model, std::slice::from_ref(group), true)?;
        if possible(&mut solver)? {
            loosen(&mut solver, &model, std::slice::from_ref(group), false)?;
            needed.push(group.limit);
        }
    }
    needed.sort();
    Ok(needed)
}

/// What is loosened together: rows of one limit over all periods that a plan would have to change at once, or due dates.
#[derive(Clone, Debug)]
struct Group {
    limit: Limit,
    rows: Vec<usize>,
    columns: Vec<usize>,
}

/// Limits row by row, but carry-over ties the budget of all periods together, and a due date is one for its site.
fn groups(model: &Model) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: BTreeSet<Limit> = BTreeSet::new();
    for (row, limit) in model.limits.iter().enumerate() {
        if !can_be_loosened(limit.kind) {
            continue;
        }
        let name = if limit.kind == Kind::Capital { Limit { scenario: None, ..*limit } } else { *limit };
        if known.insert(name) {
            groups.push(Group { limit: name, rows: vec![row], columns: Vec::new() });
        } else if let Some(group) = groups.iter_mut().find(|group| group.limit == name) {
            group.rows.push(row);
        }
    }
    let layout = &model.frame.layout;
    for (i, _) in model.frame.instance.sites.iter().enumerate() {
        let due = model.frame.of_site[i].iter().filter(|&&a| model.frame.assets[a].due.is_some());
        let columns: Vec<usize> =
            due.flat_map(|&a| (0..layout.periods).map(move |t| layout.built(a, t))).collect();
        if !columns.is_empty() {
            let limit = Limit { kind: Kind::Due, of: Some(i as u16), period: None, scenario: None };
            groups.push(Group { limit, rows: Vec::new(), columns });
        }
    }
    groups
}

fn loosen<S: Solver>(solver: &mut S, model: &Model, groups: &[Group], loose: bool) -> Result<(), Refused> {
    let problem = &model.problem;
    for group in groups {
        for &row in &group.rows {
            let (lower, upper) = (problem.rows.lower[row], problem.rows.upper[row]);
            let free = (f64::NEG_INFINITY, f64::INFINITY);
            let (lower, upper) = if loose { free } else { (lower, upper) };
            solver.set_row_bounds(row, &[lower], &[upper])?;
        }
        for &column in &group.columns {
            let lower = if loose { 0.0 } else { problem.columns.lower[column] };
            // A due date before anything can be ready is a contradiction in itself.
            let upper = problem.columns.upper[column];
            solver.set_bounds(column, &[lower], &[upper])?;
        }
    }
    Ok(())
}

fn possible<S: Solver>(solver: &mut S) -> Result<bool, Refused> {
    let answer = solver.solve(&Stop { gap: 1.0, ..Stop::default() }, &mut |_| {})?;
    Ok(answer.status != Status::Infeasible)
}
