//! The decomposed search: relaxation, a first plan, better ones near it, and the bound.

use crate::decisions::Decisions;
use crate::instance::Instance;
use crate::master::{Converged, Master};
use crate::solve::{Effort, Options, Progress, Stage, gap};
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
    /// Columns of whole numbers that are not fixed anyway, with their period and site.
    whole: Vec<Choice>,
    lower: f64,
    upper: f64,
    best: Vec<f64>,
    /// Basis of the relaxation.
    basis: Option<Basis>,
    nodes: u64,
}

/// A whole number that is to be chosen.
#[derive(Clone, Copy, Debug)]
struct Choice {
    column: usize,
    period: usize,
    site: usize,
}

/// Solves an instance with operation behind the master.
pub(crate) fn decomposed<S: Solver>(
    instance: &Instance,
    options: &Options,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Found, Refused> {
    let mut master = Master::<S>::new(instance, false)?;
    Search::begin(&mut master, options).finish(watch)
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
    let mut consider = |column: usize, period: usize, site: usize| {
        if columns.integer[column] && columns.upper[column] > columns.lower[column] {
            choices.push(Choice { column, period, site });
        }
    };
    for t in 0..layout.periods {
        for (a, asset) in frame.assets.iter().enumerate() {
            consider(layout.built(a, t), t, asset.site);
        }
        for p in 0..layout.purchases {
            consider(layout.exit(p, t), t, layout.sites);
        }
    }
    choices
}

/// Choices above which a first plan is looked for window by window.
const MANY: usize = 900;
/// Windows of a first plan.
const WINDOWS: usize = 4;
/// Sites that are opened together when a plan is improved.
const NEIGHBOURS: usize = 5;

impl<'m, 'a, S: Solver> Search<'m, 'a, S> {
    /// A search of which nothing is known yet.
    pub(crate) fn begin(master: &'m mut Master<'a, S>, options: &Options) -> Search<'m, 'a, S> {
        Search {
            whole: choices(master),
            options: *options,
            lower: f64::NEG_INFINITY,
            upper: f64::INFINITY,
            best: Vec::new(),
            basis: None,
            nodes: 0,
            master,
        }
    }

    /// A limit has been changed: what was proven no longer holds, but cuts and basis do, and the last plan may be one still.
    pub(crate) fn loosened(&mut self) {
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
        self.lower = root.lower;
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
        let (decisions, objective) = read(self.master, &best)?;
        self.best = best;
        let (rounds, cuts) = (self.master.rounds, self.master.cuts);
        let effort = Effort { rounds, cuts, cells: self.master.operator.solved, nodes: self.nodes };
        Ok(Found::Decided { decisions, objective, bound: self.lower.min(objective), effort })
    }

    /// Runs to the gap; says why there is no plan if there is none.
    fn run(&mut self, watch: &mut dyn FnMut(&Progress)) -> Result<Option<Status>, Refused> {
        if self.whole.len() > MANY {
            if self.best.is_empty() {
                self.relax_and_fix(watch)?;
            }
            if gap(self.upper, self.lower) > self.options.gap && !self.best.is_empty() {
                self.improve(watch)?;
            }
        }
        let mut inner = 0.5 * self.options.gap;
        for _ in 0..self.options.rounds {
            if gap(self.upper, self.lower) <= self.options.gap {
                break;
            }
            let all: Vec<usize> = (0..self.whole.len()).collect();
            let stop = Stop { gap: inner, nodes: self.options.nodes, ..Stop::default() };
            let cuts = self.master.cuts;
            let (status, bound, x) = self.branch(&all, &stop, Stage::Search, watch)?;
            self.lower = self.lower.max(bound);
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
        self.master.solver.set_integer(0, &integer)?;
        if !self.best.is_empty() {
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
        let x = answer.feasible.then(|| self.master.solver.primal().to_vec());
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

    /// A first plan: the whole numbers of one window of time after the other, the later ones relaxed, the earlier ones fixed.
    fn relax_and_fix(&mut self, watch: &mut dyn FnMut(&Progress)) -> Result<(), Refused> {
        let periods = self.master.model.frame.layout.periods;
        let mut x: Vec<f64> = Vec::new();
        for window in 0..WINDOWS {
            let (from, until) = (window * periods / WINDOWS, (window + 1) * periods / WINDOWS);
            if !x.is_empty() {
                self.fix(&x, |choice| choice.period < from)?;
            }
            let inside = |k: &usize| (from..until).contains(&self.whole[*k].period);
            let chosen: Vec<usize> = (0..self.whole.len()).filter(inside).collect();
            if chosen.is_empty() {
                continue;
            }
            let stop = Stop { gap: 0.5 * self.options.gap, nodes: Some(60), ..Stop::default() };
            let (_, _, found) = self.branch(&chosen, &stop, Stage::RelaxAndFix, watch)?;
            let Some(found) = found else {
                self.restore()?;
                return Ok(());
            };
            x = found;
            self.master.learn(&x)?;
        }
        self.restore()?;
        self.polish(&x)?;
        self.tell(Stage::RelaxAndFix, watch);
        Ok(())
    }

    /// Better plans: the choices of some sites are opened, those of all others fixed as they are.
    fn improve(&mut self, watch: &mut dyn FnMut(&Progress)) -> Result<(), Refused> {
        let sites = self.master.model.frame.layout.sites;
        let groups = sites.div_ceil(NEIGHBOURS);
        for group in 0..groups {
            if gap(self.upper, self.lower) <= self.options.gap {
                break;
            }
            let open = |site: usize| site % groups == group || site == sites;
            let best = self.best.clone();
            self.fix(&best, |choice| !open(choice.site))?;
            let chosen: Vec<usize> = (0..self.whole.len()).filter(|&k| open(self.whole[k].site)).collect();
            let stop = Stop { gap: 0.2 * self.options.gap, nodes: Some(60), ..Stop::default() };
            let (_, _, found) = self.branch(&chosen, &stop, Stage::Improve, watch)?;
            self.restore()?;
            if let Some(x) = found {
                self.polish(&x)?;
            }
            self.tell(Stage::Improve, watch);
        }
        Ok(())
    }
}
