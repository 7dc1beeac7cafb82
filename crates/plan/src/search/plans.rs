//! First plans, and better ones near them.

use super::{Choice, Search};
use crate::solve::{Progress, Stage};
use solver::{Refused, Solver, Stop};

/// Choices above which windows are short.
const MANY: usize = 900;
/// Columns of the master above which the first plan comes from one search over all choices and not from windows.
const LARGE: usize = 8_000;
/// Share of that search which looks for plans.
const LOOKING: f64 = 0.3;
/// Sites that are moved together in large masters, and the periods by which.
const PART: usize = 5;
const FAR: usize = 5;
/// Nodes of each search for a better plan.
const NODES: u32 = 60;
/// How often everything is moved to improve a plan.
const MOVES: usize = 3;

impl<S: Solver> Search<'_, '_, S> {
    pub(super) fn is_large(&self) -> bool {
        self.master.model.problem.columns.len() > LARGE
    }

    /// A first plan and a bound for a large master: the root of one search over everything. Each window would solve the large
    /// relaxation again, while the solver's cuts of the root tell at once what whole phases cost, and plans near what is
    /// left after the cuts are better than those that grow window by window.
    pub(super) fn at_once(&mut self, watch: &mut dyn FnMut(&Progress)) -> Result<(), Refused> {
        let stop =
            Stop { gap: 0.8 * self.options.gap, nodes: Some(1), heuristics: LOOKING, ..Stop::default() };
        // Where there is no plan at all, the search to come says so.
        let (_, found) = self.everywhere(&stop, watch)?;
        if let Some(x) = found {
            self.master.learn(&x)?;
            self.polish(&x)?;
        }
        self.tell(Stage::Search, watch);
        Ok(())
    }

    /// A first plan: the whole numbers of one window of time after the other, the later ones relaxed, the earlier ones fixed.
    pub(super) fn relax_and_fix(&mut self, watch: &mut dyn FnMut(&Progress)) -> Result<(), Refused> {
        let periods = self.master.model.frame.layout.periods;
        // A window need not be closer than what the next ones will lose.
        let (windows, least) = if self.whole.len() > MANY { (8, 0.01) } else { (4, 0.02) };
        let stop = Stop { gap: self.options.gap.max(least), nodes: Some(NODES), ..Stop::default() };
        let mut x: Vec<f64> = Vec::new();
        for window in 0..windows {
            let (from, until) = (window * periods / windows, (window + 1) * periods / windows);
            if !x.is_empty() {
                self.fix(&x, |choice| choice.period < from)?;
            }
            let inside = |k: &usize| (from..until).contains(&self.whole[*k].period);
            let chosen: Vec<usize> = (0..self.whole.len()).filter(inside).collect();
            if chosen.is_empty() {
                continue;
            }
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

    /// Searches near the best plan: each choice between the bounds that `reach` gives for its value.
    fn near(
        &mut self,
        reach: impl Fn(&Choice, &dyn Fn(usize) -> f64) -> (f64, f64),
        stop: &Stop,
        watch: &mut dyn FnMut(&Progress),
    ) -> Result<bool, Refused> {
        let columns = &self.master.model.problem.columns;
        let (mut lower, mut upper) = (columns.lower.clone(), columns.upper.clone());
        let value = |column: usize| libm::round(self.best[column]);
        let mut chosen = Vec::new();
        for (k, choice) in self.whole.iter().enumerate() {
            let j = choice.column;
            let (least, most) = reach(choice, &value);
            let within = |bound: f64| bound.clamp(lower[j], upper[j]);
            (lower[j], upper[j]) = (within(least), within(most));
            if lower[j] < upper[j] {
                chosen.push(k);
            }
        }
        if chosen.is_empty() {
            return Ok(false);
        }
        self.master.solver.set_bounds(0, &lower, &upper)?;
        let before = self.upper;
        let (_, _, found) = self.branch(&chosen, stop, Stage::Improve, watch)?;
        self.restore()?;
        if let Some(x) = found {
            self.polish(&x)?;
        }
        self.tell(Stage::Improve, watch);
        Ok(self.upper < before - 0.02 * self.options.gap * before.abs())
    }

    /// Better plans: each of the moves in turn, again as long as one of them finds something.
    pub(super) fn improve(
        &mut self,
        moves: &[Move],
        watch: &mut dyn FnMut(&Progress),
    ) -> Result<(), Refused> {
        let periods = self.master.model.frame.layout.periods;
        let stop = Stop { gap: 0.2 * self.options.gap, nodes: Some(NODES), ..Stop::default() };
        for _ in 0..MOVES {
            let mut better = false;
            for go in moves {
                if self.is_proven() {
                    return Ok(());
                }
                let moved = |choice: &Choice, value: &dyn Fn(usize) -> f64| go.bounds(choice, periods, value);
                better |= self.near(moved, &stop, watch)?;
            }
            if !better {
                break;
            }
        }
        Ok(())
    }
}

/// What is built comes so many periods earlier or later, everywhere or at the sites of a part; the rest stays.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    part: Option<usize>,
    radius: usize,
}

impl Move {
    /// Everything by one period, then by two.
    pub(super) fn of_all() -> Vec<Move> {
        (1..=2).map(|radius| Move { part: None, radius }).collect()
    }

    /// Everything by one period, then a few sites at a time much farther: in a large master two periods for all cost more and
    /// find less.
    pub(super) fn in_parts(sites: usize) -> Vec<Move> {
        let parts = (0..sites.div_ceil(PART)).map(|part| Move { part: Some(part), radius: FAR });
        std::iter::once(Move { part: None, radius: 1 }).chain(parts).collect()
    }

    /// The values between which a choice may move.
    fn bounds(&self, choice: &Choice, periods: usize, value: &dyn Fn(usize) -> f64) -> (f64, f64) {
        let inside = self.part.is_none_or(|part| choice.site.is_some_and(|site| site / PART == part));
        let radius = if inside { self.radius } else { 0 };
        let (j, t) = (choice.column, choice.period);
        (value(j - radius.min(t)), value(j + radius.min(periods - 1 - t)))
    }
}
