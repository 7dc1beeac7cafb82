//! The decomposed search: relaxation, a first plan, better ones near it, and the bound.

pub(crate) mod futures;
mod plans;

use crate::asset::GIGA;
use crate::decisions::Decisions;
use crate::instance::{Instance, Objective};
use crate::layout::Form;
use crate::master::{Converged, Master};
use crate::solve::{Effort, Options, Progress, Stage, gap};
use plans::Move;
use solver::{Basis, Refused, Sight, Solver, Status, Stay, Stop};

/// Decisions, or why there are none.
pub(crate) enum Found {
    Decided { decisions: Decisions, objective: f64, bound: f64, effort: Effort },
    Nothing(Status),
}

/// A search under way.
pub(crate) struct Search<'m, 'a, S> {
    pub(crate) master: &'m mut Master<'a, S>,
    options: Options,
    /// Columns of whole numbers that are not fixed anyway, with their period.
    whole: Vec<Choice>,
    lower: f64,
    upper: f64,
    best: Vec<f64>,
    /// A bound that is known from elsewhere.
    known: f64,
    /// Basis of the relaxation.
    basis: Option<Basis>,
    /// Where systems are pooled: the master in which each site knows its own, to settle a plan in.
    exact: Option<Master<'a, S>>,
    /// Bounds on a measure: which, least, most.
    measure: Option<(Objective, f64, f64)>,
    nodes: u64,
    /// A distance of plan and bound that is good enough whatever the objective is.
    distance: f64,
}

/// A whole number that is to be chosen.
#[derive(Clone, Copy, Debug)]
struct Choice {
    column: usize,
    period: usize,
    /// Where something is built; none for what is left early.
    site: Option<usize>,
}

/// Solves an instance with operation behind the master.
pub(crate) fn decomposed<S: Solver>(
    instance: &Instance,
    options: &Options,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Found, Refused> {
    if futures::is_huge(instance)
        && let Some(found) = futures::by_groups::<S>(instance, options, watch)?
    {
        return Ok(found);
    }
    let form = Form::of_master(instance);
    let mut master = Master::<S>::open(instance, form, false)?;
    // What settling a plan may lose is kept back.
    let kept = if form == Form::Pooled { 0.97 } else { 1.0 };
    let mut search = Search::begin(&mut master, &Options { gap: kept * options.gap, ..*options });
    let found = search.finish(watch)?;
    let known = (search.lower, gap(search.upper, search.lower));
    let close = |found: &Found| match found {
        Found::Decided { objective, bound, .. } => gap(*objective, *bound) <= options.gap.max(1.03 * known.1),
        Found::Nothing(status) => *status == Status::Infeasible,
    };
    if form == Form::Master || close(&found) {
        return Ok(found);
    }
    // The pools promised more than the sites keep: the search goes on with every system at its site.
    let mut master = Master::<S>::new(instance, false)?;
    let mut search = Search::begin(&mut master, options);
    search.known = known.0;
    search.finish(watch)
}

/// The relaxation, brought closer than the plan has to be.
pub(crate) fn root<S: Solver>(
    master: &mut Master<'_, S>,
    options: &Options,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Converged, Refused> {
    let none = vec![false; master.model.problem.columns.len()];
    master.solver.set_integer(0, &none)?;
    let wholes = master.model.problem.columns.integer.iter().any(|&whole| whole);
    let tolerance = if wholes { (0.2 * options.gap).min(1e-3) } else { 0.5 * options.gap.min(1e-3) };
    master.converge(tolerance, 400, watch)
}

/// Solves every cell once more, and reads the decisions.
pub(crate) fn read<S: Solver>(master: &mut Master<'_, S>, x: &[f64]) -> Result<(Decisions, f64), Refused> {
    let mut flows = vec![Vec::new(); master.model.frame.cell_of.len()];
    let mut costs = vec![0.0; flows.len()];
    master.operate(x, |number, cut, values| {
        flows[number] = values.to_vec();
        costs[number] = cut.cost;
    })?;
    let worth = master.worth(x, &costs);
    let layout = &master.model.frame.layout;
    let at = |s, t, i| flows[layout.cell(s, t, i)].clone();
    Ok((Decisions::read(&master.model.frame, x, &at), worth))
}

fn choices<S: Solver>(master: &Master<'_, S>) -> Vec<Choice> {
    let (frame, columns) = (&master.model.frame, &master.model.problem.columns);
    let layout = &frame.layout;
    let mut choices = Vec::new();
    let mut consider = |column: usize, period: usize, site: Option<usize>| {
        if columns.integer[column] && columns.upper[column] > columns.lower[column] {
            choices.push(Choice { column, period, site });
        }
    };
    for t in 0..layout.periods {
        for a in 0..frame.assets.len() {
            consider(layout.built(a, t), t, Some(frame.assets[a].site));
        }
        for p in 0..layout.purchases {
            consider(layout.exit(p, t), t, None);
        }
    }
    for t in 0..layout.periods {
        if let Some(column) = layout.owes(t) {
            consider(column, t, None);
        }
    }
    for s in 0..layout.scenarios {
        for (k, switch) in layout.banks.switches.iter().enumerate() {
            consider(layout.switch(s, k), switch.group.end - 1, None);
        }
    }
    choices
}

/// Choices up to which a plan is searched for at once.
const FEW: usize = 100;
/// The share of the gap that a proof is sought for: what is left is for what the cuts do not know yet.
const ENOUGH: f64 = 0.95;
/// The share of the gap to which the model is searched, as a plan is worth less once its cells are exact.
const INSIDE: f64 = 0.8;

impl<'m, 'a, S: Solver> Search<'m, 'a, S> {
    /// A search of which nothing is known yet.
    pub(crate) fn begin(master: &'m mut Master<'a, S>, options: &Options) -> Search<'m, 'a, S> {
        Search {
            whole: choices(master),
            options: *options,
            lower: f64::NEG_INFINITY,
            upper: f64::INFINITY,
            best: Vec::new(),
            known: f64::NEG_INFINITY,
            basis: None,
            exact: None,
            measure: None,
            nodes: 0,
            distance: 0.0,
            master,
        }
    }

    /// From now on a plan is proven too when it is as near its bound as the gap of a plan with this objective.
    pub(crate) fn allow(&mut self, objective: f64) {
        self.distance = self.options.gap * objective.abs();
    }

    /// How far a plan with the best objective so far may be from the bound.
    fn allowed(&self) -> f64 {
        (self.options.gap * self.upper.abs()).max(self.distance)
    }

    fn is_proven(&self) -> bool {
        self.upper.is_finite() && self.upper - self.lower <= self.allowed()
    }

    /// A limit has been made tighter: no plan is better than before, cuts and basis hold, and the last plan may be one still.
    fn tightened(&mut self) {
        self.known = self.lower;
        self.lower = f64::NEG_INFINITY;
        self.upper = f64::INFINITY;
    }

    /// Relaxes, searches, and reads the decisions.
    pub(crate) fn finish(&mut self, watch: &mut dyn FnMut(&Progress)) -> Result<Found, Refused> {
        let before = std::mem::take(&mut self.best);
        self.warm()?;
        let root = root(self.master, &self.options, watch)?;
        if root.status != Status::Optimal && root.best.is_empty() {
            return Ok(Found::Nothing(root.status));
        }
        self.lower = root.lower.max(self.known);
        self.basis = self.master.solver.basis();
        if self.whole.is_empty() {
            (self.upper, self.best) = (root.upper, root.best);
        } else {
            if !before.is_empty() {
                self.polish(&before)?;
            }
            if let Some(status) = self.run(watch)? {
                return Ok(Found::Nothing(status));
            }
        }
        let best = std::mem::take(&mut self.best);
        let settled = if self.master.model.form == Form::Pooled {
            self.settle(&best)?
        } else {
            Some(read(self.master, &best)?)
        };
        self.best = best;
        let Some((decisions, objective)) = settled else { return Ok(Found::Nothing(Status::NoAnswer)) };
        let mut effort = Effort { nodes: self.nodes, ..self.master.spent() };
        if let Some(exact) = &self.exact {
            effort.add(exact.spent());
        }
        Ok(Found::Decided { decisions, objective, bound: self.lower.min(objective), effort })
    }

    /// Bounds on a measure of a front, tighter than those before.
    pub(crate) fn bound_measure(&mut self, what: Objective, lower: f64, upper: f64) -> Result<(), Refused> {
        self.measure = Some((what, lower, upper));
        bound_measure(self.master, what, lower, upper)?;
        if let Some(exact) = &mut self.exact {
            bound_measure(exact, what, lower, upper)?;
        }
        self.tightened();
        Ok(())
    }

    /// The decisions of a plan whose systems are pooled, with every system at its site; none if the sites cannot keep what the
    /// pools promised.
    fn settle(&mut self, x: &[f64]) -> Result<Option<(Decisions, f64)>, Refused> {
        if self.exact.is_none() {
            let instance = self.master.model.frame.instance;
            let mut exact = Master::<S>::open(instance, Form::Master, self.master.model.measures.is_some())?;
            let none = vec![false; exact.model.problem.columns.len()];
            exact.solver.set_integer(0, &none)?;
            if let Some((what, lower, upper)) = self.measure {
                bound_measure(&mut exact, what, lower, upper)?;
            }
            self.exact = Some(exact);
        }
        let Some(exact) = &mut self.exact else { return Ok(None) };
        let columns = &exact.model.problem.columns;
        let (mut lower, mut upper) = (columns.lower.clone(), columns.upper.clone());
        // Whole numbers come first in every form.
        for choice in &self.whole {
            let value = libm::round(x[choice.column]).clamp(lower[choice.column], upper[choice.column]);
            (lower[choice.column], upper[choice.column]) = (value, value);
        }
        exact.solver.set_bounds(0, &lower, &upper)?;
        let found = exact.converge(0.01 * self.options.gap, 200, &mut |_| {})?;
        if found.best.is_empty() {
            return Ok(None);
        }
        Ok(Some(read(exact, &found.best)?))
    }

    /// Runs to the gap; says why there is no plan if there is none.
    fn run(&mut self, watch: &mut dyn FnMut(&Progress)) -> Result<Option<Status>, Refused> {
        if self.whole.len() > FEW {
            // A plan for a limit that was looser is where a search begins: to move it costs more than that search, and finds less.
            let known = !self.best.is_empty();
            if !known && self.is_large() {
                self.at_once(watch)?;
            } else if !known {
                self.relax_and_fix(watch)?;
            }
            if !known && !self.best.is_empty() {
                let sites = self.master.model.frame.layout.sites;
                let moves = if self.is_large() { Move::in_parts(sites) } else { Move::of_all() };
                self.improve(&moves, watch)?;
            }
        }
        let mut inner = INSIDE;
        for _ in 0..self.options.rounds {
            if self.is_proven() {
                break;
            }
            let stop = self.proof(inner);
            let cuts = self.master.cuts;
            let (status, x) = self.everywhere(&stop, watch)?;
            match x {
                Some(x) => self.polish(&x)?,
                None if status == Status::Infeasible && self.best.is_empty() => return Ok(Some(status)),
                None if status == Status::Infeasible => {}
                None if self.best.is_empty() => return Ok(Some(status)),
                None => {}
            }
            self.tell(Stage::Search, watch);
            if self.master.cuts == cuts {
                if status == Status::Limit {
                    break;
                }
                inner *= 0.5;
            }
        }
        Ok(self.best.is_empty().then_some(Status::Limit))
    }

    /// Searches over all choices, and keeps the bound; says how it ended, and the values that it found.
    fn everywhere(
        &mut self,
        stop: &Stop,
        watch: &mut dyn FnMut(&Progress),
    ) -> Result<(Status, Option<Vec<f64>>), Refused> {
        let all: Vec<usize> = (0..self.whole.len()).collect();
        let (status, bound, x) = self.branch(&all, stop, Stage::Search, watch)?;
        // Above the cutoff nothing was looked at; a search that finds nothing possible has no bound.
        let bound = bound.min(stop.cutoff.unwrap_or(f64::INFINITY));
        if bound.is_finite() {
            self.lower = self.lower.max(bound);
        }
        Ok((status, x))
    }

    /// How the bound is searched for, to a share of what is allowed: once there is a plan, only what is better by nearly that is of
    /// interest, and when there is nothing of that kind, the plan is proven.
    fn proof(&self, share: f64) -> Stop {
        let (gap, distance) = (share * self.options.gap, (share * self.distance).max(1e-6));
        let stop = Stop { gap, distance, nodes: self.options.nodes, ..Stop::default() };
        if self.best.is_empty() {
            return stop;
        }
        let cutoff = self.upper - ENOUGH * self.allowed();
        Stop { cutoff: Some(cutoff), keep_sums: true, ..stop }
    }

    fn tell(&self, stage: Stage, watch: &mut dyn FnMut(&Progress)) {
        let (rounds, cuts) = (self.master.rounds, self.master.cuts);
        watch(&Progress { stage, incumbent: self.upper, bound: self.lower, rounds, cuts, nodes: self.nodes });
    }

    /// Searches over some of the choices, with the bounds as they are; the rest is relaxed. Gives status, bound, values.
    fn branch(
        &mut self,
        chosen: &[usize],
        stop: &Stop,
        stage: Stage,
        watch: &mut dyn FnMut(&Progress),
    ) -> Result<(Status, f64, Option<Vec<f64>>), Refused> {
        let mut integer = vec![false; self.master.model.problem.columns.len()];
        for &k in chosen {
            integer[self.whole[k].column] = true;
        }
        if stage == Stage::Search {
            let layout = &self.master.model.frame.layout;
            (0..layout.periods).filter_map(|t| layout.phases(t)).for_each(|column| integer[column] = true);
        }
        self.master.solver.set_integer(0, &integer)?;
        if !self.best.is_empty() && stop.cutoff.is_none() {
            self.master.solver.suggest(&self.best)?;
        }
        let (upper, lower) = (self.upper, self.lower);
        let (rounds, cuts) = (self.master.rounds, self.master.cuts);
        let answer = self.master.solver.solve(stop, &mut |sight: &Sight| {
            let global = stage == Stage::Search;
            let bound = if global { sight.bound.max(lower) } else { lower };
            watch(&Progress { stage, incumbent: upper, bound, rounds, cuts, nodes: sight.nodes });
        })?;
        self.master.rounds += 1;
        self.nodes += answer.nodes;
        let found = answer.feasible && stop.cutoff.is_none_or(|cutoff| answer.objective < cutoff);
        let x = found.then(|| self.master.solver.primal().to_vec());
        Ok((answer.status, answer.bound, x))
    }

    /// Fixes all choices as in `x`, solves the rest to the end, and keeps the plan if it is the best.
    fn polish(&mut self, x: &[f64]) -> Result<(), Refused> {
        let columns = &self.master.model.problem.columns;
        let (mut lower, mut upper) = (columns.lower.clone(), columns.upper.clone());
        for choice in &self.whole {
            let value = libm::round(x[choice.column]).clamp(lower[choice.column], upper[choice.column]);
            (lower[choice.column], upper[choice.column]) = (value, value);
        }
        self.master.solver.set_integer(0, &vec![false; lower.len()])?;
        self.master.solver.set_bounds(0, &lower, &upper)?;
        self.warm()?;
        let found = self.master.converge(0.1 * self.options.gap, 60, &mut |_| {})?;
        self.restore()?;
        if found.upper < self.upper && !found.best.is_empty() {
            self.upper = found.upper;
            self.best = found.best;
        }
        Ok(())
    }

    /// Starts a relaxation from the basis of the root, with the cuts that came since.
    fn warm(&mut self) -> Result<(), Refused> {
        let Some(basis) = &self.basis else { return Ok(()) };
        let mut basis = basis.clone();
        let rows = self.master.solver.rows();
        if basis.rows.len() <= rows {
            basis.rows.resize(rows, Stay::Basic);
            self.master.solver.set_basis(&basis)?;
        }
        Ok(())
    }

    fn restore(&mut self) -> Result<(), Refused> {
        let columns = &self.master.model.problem.columns;
        self.master.solver.set_bounds(0, &columns.lower, &columns.upper)
    }

    /// Fixes the choices that `fixed` picks to their values in `x`.
    fn fix(&mut self, x: &[f64], fixed: impl Fn(&Choice) -> bool) -> Result<(), Refused> {
        let columns = &self.master.model.problem.columns;
        let (mut lower, mut upper) = (columns.lower.clone(), columns.upper.clone());
        for choice in self.whole.iter().filter(|choice| fixed(choice)) {
            let value = libm::round(x[choice.column]).clamp(lower[choice.column], upper[choice.column]);
            (lower[choice.column], upper[choice.column]) = (value, value);
        }
        self.master.solver.set_bounds(0, &lower, &upper)
    }
}

/// Bounds on a row that measures what a front trades.
fn bound_measure<S: Solver>(
    master: &mut Master<'_, S>,
    what: Objective,
    lower: f64,
    upper: f64,
) -> Result<(), Refused> {
    let Some(measures) = master.model.measures else { return Ok(()) };
    let (row, constant) = match what {
        Objective::LeastCarbon => (measures.carbon, 0.0),
        Objective::MostTokens => (measures.tokens, 0.0),
        _ => (measures.cost, measures.constant / GIGA),
    };
    let (lower, upper) = (lower - constant, upper - constant);
    master.solver.set_row_bounds(row, &[lower], &[upper])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::check::breaches;
    use crate::example::{Size, programme};
    use solver::Highs;

    /// Objective and bound of the search as a whole.
    pub(super) fn as_a_whole(instance: &Instance, options: &Options) -> (f64, f64) {
        match decomposed::<Highs>(instance, options, &mut |_| {}).unwrap() {
            Found::Decided { objective, bound, .. } => (objective, bound),
            Found::Nothing(status) => panic!("{status:?}"),
        }
    }

    /// Large masters begin with one search over everything. Tried on one that is small enough for a test: it gives a plan that breaks
    /// nothing, and a bound that the best plan keeps.
    #[test]
    fn a_search_over_everything_at_once_gives_a_plan_and_a_bound() {
        let mut size = Size::new(4, 10, 2);
        (size.days, size.blocks) = (1, 6);
        let instance = programme(size, 3);
        let options = Options { gap: 0.005, ..Options::default() };
        let mut master = Master::<Highs>::open(&instance, Form::Pooled, false).unwrap();
        let mut search = Search::begin(&mut master, &options);
        let relaxed = root(search.master, &options, &mut |_| {}).unwrap().lower;
        search.lower = relaxed;
        search.basis = search.master.solver.basis();
        search.at_once(&mut |_| {}).unwrap();
        let (first, bound, x) = (search.upper, search.lower, search.best.clone());
        search.improve(&Move::in_parts(instance.sites.len()), &mut |_| {}).unwrap();
        assert!(search.upper <= first, "{} is worse than {first}", search.upper);
        assert!(relaxed < bound && bound <= first, "{relaxed}, {bound}, {first}");
        let (decisions, objective) = search.settle(&x).unwrap().unwrap();
        assert_eq!(breaches(&instance, &decisions).len(), 0);
        assert!(gap(objective, bound) < 0.2, "{objective} is far from {bound}");
        let (best, _) = as_a_whole(&instance, &options);
        assert!(bound <= best + 1e-6 * best.abs(), "the bound {bound} is above a plan of {best}");
    }
}
