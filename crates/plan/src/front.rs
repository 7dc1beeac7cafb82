//! A front over two objectives: the best of one for each bound on the other, on one living model.
//!
//! The model is built once. Each point is a change of one row's bounds; cuts, basis and the last plan stay.

use crate::instance::{Instance, Objective, Risk};
use crate::layout::Form;
use crate::master::Master;
use crate::search::{Found, Search};
use crate::solve::{Error, Options, Outcome, Plan, Progress, gap, solve, unit_of};
use crate::terms::token_unit;
use solver::{Refused, Solver};

/// A point of a front.
#[derive(Clone, Debug)]
pub struct Point {
    /// The plan; its objective is the first one.
    pub plan: Plan,
    /// The other objective: expected tonnes, tokens (negative: more is better), or millions of present cost.
    pub other: f64,
}

/// Which objectives are traded, in the order in which the model takes them: money first, where it is one of them.
pub fn order(a: Objective, b: Objective) -> (Objective, Objective) {
    if b.is_money() && !a.is_money() { (b, a) } else { (a, b) }
}

/// What is being solved for, and how far it is: the other end of a front comes first.
pub type Watch<'w> = &'w mut dyn FnMut(Objective, &Progress);

/// Finds `points` points from the best of the first objective to the best of the second, in the order of [`order`]. Each is proven
/// to the gap that the first one may have, counted in money (tokens, tonnes): towards the other end the first objective
/// often passes zero, and a share of nearly nothing would take the longest where it matters least. Money that is traded
/// against money (net present value against cost) is counted as expected on the second side, whatever the risk is.
pub fn front<S: Solver>(
    instance: &Instance,
    (first, second): (Objective, Objective),
    points: usize,
    options: &Options,
    watch: Watch<'_>,
) -> Result<Vec<Point>, Error> {
    let (first, second) = order(first, second);
    let one = Instance { objective: first, ..instance.clone() };
    let other = measured(&one, second);
    let mistakes = one.check();
    if !mistakes.is_empty() {
        return Err(Error::Mistakes(mistakes));
    }
    let Outcome::Planned(far) = solve::<S>(&other, options, &mut |progress| watch(second, progress))? else {
        return Ok(Vec::new());
    };
    let mut master = Master::<S>::open(&one, Form::of_master(&one), true)?;
    let mut found = Vec::new();
    let mut search = Search::begin(&mut master, &Options { gap: 0.97 * options.gap, ..*options });
    let mut tell = |progress: &Progress| watch(first, progress);
    let Some(near) = point(&mut search, &one, second, &mut tell)? else { return Ok(found) };
    // The second objective's own bound is what no point can pass.
    let (from, until) = (near.other, far.objective);
    search.allow(near.plan.objective / unit_of(&one));
    found.push(near);
    for k in 1..points.max(2) {
        let share = k as f64 / (points.max(2) - 1) as f64;
        let bound = from + (until - from) * share + if share == 1.0 { slack(until) } else { 0.0 };
        // A plan that keeps the tighter bound already is the best under it too.
        if let Some(last) = found.last().filter(|last| last.other <= bound) {
            found.push(last.clone());
            continue;
        }
        set_bound(&mut search, &one, second, bound)?;
        match point(&mut search, &one, second, &mut tell)? {
            Some(point) => found.push(point),
            None => break,
        }
    }
    Ok(found)
}

/// Of the plans that are as good as this one, which seeks no money, the one that is worth most: without a price on it such a plan builds
/// halls that nobody needs. What is sought stays as it is, to the solver's tolerance; a plan for money is given back.
///
/// # Errors
/// As [`solve`].
pub fn best_value<S: Solver>(
    instance: &Instance,
    plan: Plan,
    options: &Options,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Plan, Error> {
    let sought = instance.objective;
    if sought.is_money() {
        return Ok(plan);
    }
    // Where load may not be let go, it is not let go for money either.
    let mut one = Instance { objective: Objective::NetPresentValue, ..instance.clone() };
    one.sites.iter_mut().for_each(|site| {
        (site.shedding_usd_per_mwh, site.curtailment_usd_per_mwh) = (NEVER_USD_PER_MWH, NEVER_USD_PER_MWH);
    });
    let mut master = Master::<S>::open(&one, Form::of_master(&one), true)?;
    let mut search = Search::begin(&mut master, options);
    set_bound(&mut search, &one, sought, plan.objective + slack(plan.objective))?;
    let Some(Point { plan: dearest, .. }) = point(&mut search, &one, sought, watch)? else { return Ok(plan) };
    if !crate::check::breaches(instance, &dearest.decisions).is_empty() {
        return Ok(plan);
    }
    let objective = crate::account::Account::new(instance, &dearest.decisions).objective();
    let mut effort = plan.effort;
    effort.add(dearest.effort);
    Ok(Plan { objective, bound: plan.bound.min(objective), decisions: dearest.decisions, effort })
}

/// A price of load that is let go at which none is.
const NEVER_USD_PER_MWH: f64 = 1e6;

/// What a bound on a measure leaves the solver's tolerance, or rounding would make it impossible.
fn slack(bound: f64) -> f64 {
    1e-6 * bound.abs().max(1e-9)
}

/// The instance as the second side of a front sees it.
fn measured(instance: &Instance, second: Objective) -> Instance {
    Instance { objective: second, risk: Risk::Expected, ..instance.clone() }
}

/// The bound of the second objective, in its own units, as bounds of its row.
fn set_bound<S: Solver>(
    search: &mut Search<'_, '_, S>,
    instance: &Instance,
    second: Objective,
    bound: f64,
) -> Result<(), Refused> {
    let infinity = f64::INFINITY;
    let (lower, upper) = match second {
        Objective::LeastCarbon => (-infinity, bound / 1e6),
        Objective::MostTokens => (-bound / token_unit(instance), infinity),
        _ => (-infinity, bound / 1e3),
    };
    search.bound_measure(second, lower, upper)
}

fn point<S: Solver>(
    search: &mut Search<'_, '_, S>,
    instance: &Instance,
    second: Objective,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Option<Point>, Error> {
    let found = search.finish(watch)?;
    let Found::Decided { .. } = &found else { return Ok(None) };
    let Outcome::Planned(plan) = crate::solve::checked::<S>(instance, found)? else { return Ok(None) };
    let seen = measured(instance, second);
    let other = crate::account::Account::new(&seen, &plan.decisions).objective();
    debug_assert!(gap(plan.objective, plan.bound) >= 0.0);
    Ok(Some(Point { plan: *plan, other }))
}
