//! What holds a plan back, what more of it would be worth, and why a site is left out.
//!
//! Whole numbers are held as the plan has them; what is left is a linear programme whose duals say what one more unit of a limit
//! is worth. A dual is a slope at a corner, so each of the dearest limits is also loosened by a natural step on the living model and
//! solved again: the gain of a step is never more than the slope promises. Limits on whole numbers alone (labour,
//! transformers, generators) have no slope; [`loosened`] gives the instance to ask again.

use crate::account::Account;
use crate::asset::{GIGA, What};
use crate::decisions::Decisions;
use crate::fixed::{self, Held};
use crate::instance::{Instance, Risk, Tranche};
use crate::limit::{Kind, Limit};
use crate::master::Master;
use crate::solve::{Error, Options, Outcome, Plan, Progress, solve, unit_of};
use serde::{Deserialize, Serialize};
use solver::{Refused, Solver};
use std::collections::BTreeMap;

/// In what a limit is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Megawatts.
    Megawatt,
    /// Units of compute.
    ComputeUnit,
    /// Millions of dollars.
    MillionUsd,
    /// Tonnes of carbon.
    Tonne,
}

/// A limit that holds the plan back. Values are in the units of the objective: millions of dollars of present cost, where money is
/// sought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// Which; in all futures at once. [`Kind::Space`] is more hall and [`Kind::FirmPower`] more connection at the site from this
    /// period on, given for nothing; every other limit is loosened in its period alone.
    pub limit: Limit,
    /// In what it is counted.
    pub unit: Unit,
    /// What the next unit improves the objective by, at most.
    pub marginal: f64,
    /// So many more units ...
    pub step: f64,
    /// ... improve it by this: solved again, with the whole numbers of the plan.
    pub gain: f64,
}

/// How much is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ask {
    /// How many limits, the dearest first.
    pub most: usize,
    /// Steps in megawatts, units of compute, millions of dollars, tonnes.
    pub steps: [f64; 4],
}

impl Default for Ask {
    fn default() -> Ask {
        Ask { most: 24, steps: [100.0, 100.0, 1_000.0, 100_000.0] }
    }
}

impl Ask {
    fn step(&self, unit: Unit) -> f64 {
        self.steps[unit as usize]
    }
}

/// The unit of a limit that can be loosened without a whole number changing, and how many of them one of the model's row is.
fn unit(kind: Kind) -> Option<(Unit, f64)> {
    Some(match kind {
        Kind::Space | Kind::FirmPower | Kind::SystemSupply => (Unit::Megawatt, GIGA),
        Kind::Demand | Kind::Offer => (Unit::ComputeUnit, GIGA),
        Kind::Commitment => (Unit::MillionUsd, 1.0),
        Kind::Capital | Kind::LoanToValue | Kind::Coverage => (Unit::MillionUsd, GIGA),
        Kind::CarbonCap => (Unit::Tonne, 1e6),
        _ => return None,
    })
}

/// What is changed together on the living model.
#[derive(Default)]
struct Group {
    /// Row, lower and upper bound, and which way a looser limit moves them.
    rows: Vec<(usize, f64, f64, f64)>,
    /// Columns of given connection that go from none to one.
    gifts: Vec<usize>,
    marginal: f64,
}

/// The instance with a connection of `mw` at each site that is taken only where it is asked for.
fn with_gifts(instance: &Instance, decisions: &Decisions, mw: f64) -> (Instance, Decisions) {
    let (mut instance, mut decisions) = (instance.clone(), decisions.clone());
    // Transformers limit whole numbers alone, which are held.
    instance.transformers_mw = None;
    for (here, site) in instance.sites.iter_mut().zip(&mut decisions.sites) {
        here.tranches.push(Tranche { name: "more".into(), mw, lead_quarters: 0, musd: 0.0 });
        site.tranches.push(None);
    }
    (instance, decisions)
}

/// A master whose whole numbers are those of the decisions.
pub(crate) fn held<'a, S: Solver>(
    instance: &'a Instance,
    decisions: &Decisions,
    held: Held,
) -> Result<Master<'a, S>, Refused> {
    let mut master = Master::<S>::new(instance, false)?;
    let columns = &master.model.problem.columns;
    let (mut lower, mut upper) = (columns.lower.clone(), columns.upper.clone());
    for (column, value) in fixed::columns(&master.model.frame, decisions, held) {
        (lower[column], upper[column]) = (value, value);
    }
    let none = vec![false; lower.len()];
    master.solver.set_integer(0, &none)?;
    master.solver.set_bounds(0, &lower, &upper)?;
    (master.model.problem.columns.lower, master.model.problem.columns.upper) = (lower, upper);
    Ok(master)
}

/// Relative distance to which a linear programme is brought.
const CLOSE: f64 = 1e-8;

/// The limits that hold a plan back, the dearest first.
pub fn binding<S: Solver>(instance: &Instance, plan: &Plan, ask: &Ask) -> Result<Vec<Binding>, Error> {
    let step = ask.step(Unit::Megawatt);
    let (gifted, decisions) = with_gifts(instance, &plan.decisions, step);
    let mut master = held::<S>(&gifted, &decisions, Held::Wholes)?;
    let base = master.converge(CLOSE, 400, &mut |_| {})?;
    let duals = master.solver.row_duals().to_vec();
    let reduced = master.solver.reduced_costs().to_vec();
    let mut groups: Vec<(Limit, Group)> = groups(&master, &duals, &reduced, step).into_iter().collect();
    groups.iter_mut().for_each(|(limit, group)| group.marginal -= damages(&master, limit));
    groups.retain(|(_, group)| group.marginal > 1e-9);
    let worth = |limit: &Limit, group: &Group| {
        group.marginal * unit(limit.kind).map_or(0.0, |(unit, _)| ask.step(unit))
    };
    groups.sort_by(|a, b| worth(&b.0, &b.1).total_cmp(&worth(&a.0, &a.1)).then(a.0.cmp(&b.0)));
    let mut found = Vec::new();
    let scale = unit_of(instance);
    for (limit, group) in asked(&groups, plan, ask.most) {
        let Some((unit, per_row)) = unit(limit.kind) else { continue };
        let step = ask.step(unit);
        change(&mut master, group, step / per_row)?;
        let looser = master.converge(CLOSE, 400, &mut |_| {})?;
        change(&mut master, group, 0.0)?;
        let gain = (base.lower - looser.lower - damages(&master, limit) * step).max(0.0) * scale;
        found.push(Binding { limit: *limit, unit, marginal: group.marginal * scale, step, gain });
    }
    found.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.limit.cmp(&b.limit)));
    Ok(found)
}

/// Damages that a unit more of demand brings if nobody serves it: the model has them as a constant, which a looser row does not move. They
/// are the same in every future, so that they count as such whatever the risk is.
fn damages<S: Solver>(master: &Master<'_, S>, limit: &Limit) -> f64 {
    let frame = &master.model.frame;
    let (Kind::Demand, Some(of), Some(t)) = (limit.kind, limit.of, limit.period) else { return 0.0 };
    match frame.instance.demands.get(usize::from(of)) {
        Some(demand) if frame.instance.objective.is_money() && !demand.obliged => {
            let t = usize::from(t);
            demand.damages_musd_per_unit_year * frame.horizon.years(t) * frame.horizon.discount(t)
        }
        _ => 0.0,
    }
}

/// Limits on the same thing that are asked about: its dearest periods.
const PERIODS: usize = 2;

/// Which of the limits are asked about, of those sorted by what a step promises: the dearest of each kind, then the rest, a few periods
/// of each thing. A slope promises much where one thing alone is worth nothing: halls without a connection, a connection without halls.
fn asked<'g>(groups: &'g [(Limit, Group)], plan: &Plan, most: usize) -> Vec<&'g (Limit, Group)> {
    let useful = |limit: &Limit| {
        let Some(site) = limit.of.and_then(|of| plan.decisions.sites.get(usize::from(of))) else {
            return true;
        };
        let powered = site.tranches.iter().any(Option::is_some)
            || site.plant_mw().any(|mw| mw.iter().any(|&mw| mw > 0.0));
        match limit.kind {
            Kind::Space => powered,
            Kind::FirmPower => site.phases.iter().any(Option::is_some),
            _ => true,
        }
    };
    let mut picked: Vec<usize> = Vec::new();
    let of = |at: &usize| (groups[*at].0.kind, groups[*at].0.of);
    // What lasts, and money that is carried over, is worth no less sooner: the last period that is as good says when it is needed.
    let sooner = |(limit, group): &(Limit, Group)| {
        matches!(limit.kind, Kind::Space | Kind::FirmPower | Kind::Capital)
            && groups.iter().any(|(other, later)| {
                (other.kind, other.of) == (limit.kind, limit.of)
                    && other.period > limit.period
                    && later.marginal >= group.marginal * (1.0 - 1e-6)
            })
    };
    let wanted = |at: &usize| useful(&groups[*at].0) && !sooner(&groups[*at]);
    let useful: Vec<usize> = (0..groups.len()).filter(wanted).collect();
    for &at in &useful {
        if picked.iter().all(|known| of(known).0 != of(&at).0) && picked.len() < most {
            picked.push(at);
        }
    }
    for &at in &useful {
        let same = picked.iter().filter(|known| of(known) == of(&at)).count();
        if !picked.contains(&at) && same < PERIODS && picked.len() < most {
            picked.push(at);
        }
    }
    picked.sort_unstable();
    picked.into_iter().map(|at| &groups[at]).collect()
}

/// Moves the bounds of a group by so much of a row's unit; nothing puts them back.
fn change<S: Solver>(master: &mut Master<'_, S>, group: &Group, by: f64) -> Result<(), Refused> {
    for &(row, lower, upper, way) in &group.rows {
        let (moved, stays) = (way * by, f64::is_infinite);
        let at = |bound: f64| if stays(bound) { bound } else { bound + moved };
        master.solver.set_row_bounds(row, &[at(lower)], &[at(upper)])?;
    }
    for &column in &group.gifts {
        let given = if by > 0.0 { 1.0 } else { 0.0 };
        master.solver.set_bounds(column, &[given], &[given])?;
    }
    Ok(())
}

/// What can be loosened, with slopes per unit.
fn groups<S: Solver>(
    master: &Master<'_, S>,
    duals: &[f64],
    reduced: &[f64],
    gift_mw: f64,
) -> BTreeMap<Limit, Group> {
    let (model, rows) = (&master.model, &master.model.problem.rows);
    let frame = &model.frame;
    let mut groups: BTreeMap<Limit, Group> = BTreeMap::new();
    for (row, limit) in model.limits.iter().enumerate() {
        let Some((_, per_row)) = unit(limit.kind).filter(|_| limit.kind != Kind::FirmPower) else { continue };
        let (lower, upper) = (rows.lower[row], rows.upper[row]);
        // An obligation is looser when it is less; a budget, a supply, room when it is more.
        let obliged =
            matches!(limit.kind, Kind::Commitment) || (limit.kind == Kind::Demand && lower == upper);
        let way = if obliged { -1.0 } else { 1.0 };
        let marginal = -way * duals[row] / per_row;
        // Halls stay: more room from one period on is more room in all later ones.
        let from = match (limit.kind, limit.period) {
            (Kind::Space, Some(last)) => 0..=last,
            (_, period) => period.unwrap_or(0)..=period.unwrap_or(0),
        };
        for t in from {
            let period = limit.period.map(|_| t);
            let group = groups.entry(Limit { scenario: None, period, ..*limit }).or_default();
            group.rows.push((row, lower, upper, way));
            group.marginal += marginal;
        }
    }
    for (a, asset) in frame.assets.iter().enumerate() {
        let last = frame.of_site[asset.site].iter().rfind(|&&a| frame.assets[a].what == What::Grid);
        if last != Some(&a) {
            continue;
        }
        for t in 0..frame.layout.periods {
            let gifts: Vec<usize> = (t..frame.layout.periods).map(|u| frame.layout.built(a, u)).collect();
            let marginal = -gifts.iter().map(|&column| reduced[column]).sum::<f64>() / gift_mw;
            let limit = Limit { scenario: None, ..Limit::new(Kind::FirmPower, asset.site, t, 0) };
            groups.insert(limit, Group { rows: Vec::new(), gifts, marginal });
        }
    }
    groups
}

/// The instance with a limit loosened by so many of its units, in all futures: to be solved again where whole numbers must be free
/// to move. `None` where a limit is not a number of the instance.
pub fn loosened(instance: &Instance, limit: &Limit, by: f64) -> Option<Instance> {
    let mut looser = instance.clone();
    let (of, t) = (limit.of.map(usize::from), limit.period.map(usize::from));
    let from = |series: &mut Vec<f64>, t: usize| series.iter_mut().skip(t).for_each(|most| *most += by);
    match limit.kind {
        Kind::Capital => *looser.capital.budget_musd.get_mut(t?)? += by,
        Kind::SystemSupply => *looser.generations.get_mut(of?)?.supply_mw.as_mut()?.get_mut(t?)? += by,
        Kind::Labour => *looser.regions.get_mut(of?)?.labour_mw.as_mut()?.get_mut(t?)? += by,
        // These are cumulative: what comes more in one period is there in all later ones.
        Kind::GeneratorSupply => from(looser.thermals.get_mut(of?)?.supply_mw.as_mut()?, t?),
        Kind::Transformers => from(looser.transformers_mw.as_mut()?, t?),
        Kind::Offer => *looser.purchases.get_mut(of?)?.most_units.get_mut(t?)? += by,
        Kind::Commitment => {
            let committed = looser.purchases.get_mut(of?)?.commitment_musd.get_mut(t?)?;
            *committed = (*committed - by).max(0.0);
        }
        Kind::Demand => {
            let by = if looser.demands.get(of?)?.obliged { -by } else { by };
            for scenario in &mut looser.scenarios {
                let wanted = scenario.demand_units.get_mut(of?)?.get_mut(t?)?;
                *wanted = (*wanted + by).max(0.0);
            }
        }
        Kind::CarbonCap => *looser.carbon.cap_t.as_mut()? += by,
        _ => return None,
    }
    Some(looser)
}

/// Why a site is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Index of the site.
    pub site: usize,
    /// The best plan that has it after all; none if the limits allow none.
    pub with: Option<With>,
}

/// The best plan that was found with a site in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct With {
    /// Its objective.
    pub objective: f64,
    /// No plan with the site in it is better than this.
    pub bound: f64,
    /// What it builds there.
    pub ready: Vec<Option<usize>>,
    /// What would make it as good as the plan, each alone.
    pub enough: Vec<Remedy>,
}

/// A price of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lever {
    /// Of halls, million dollars a megawatt, of the dearest phase that is built.
    Halls,
    /// Of land, million dollars.
    Land,
    /// Of grid energy, as a factor on it in all periods.
    GridEnergy,
    /// Of the demand charge, dollars a kilowatt and month.
    DemandCharge,
}

/// A price that would be low enough.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remedy {
    /// Which.
    pub lever: Lever,
    /// As it is.
    pub now: f64,
    /// Low enough for the site to be in the plan.
    pub enough: f64,
}

/// Sites of which a plan builds nothing.
pub fn left_out(plan: &Plan) -> Vec<usize> {
    let empty = |i: &usize| plan.decisions.sites[*i].phases.iter().all(Option::is_none);
    (0..plan.decisions.sites.len()).filter(empty).collect()
}

/// Why a site is left out: the best plan with its first phase, what it costs more, and what would make up for it. Takes as long as
/// a plan.
pub fn why_left_out<S: Solver>(
    instance: &Instance,
    plan: &Plan,
    site: usize,
    options: &Options,
    watch: &mut dyn FnMut(&Progress),
) -> Result<LeftOut, Error> {
    let mut forced = instance.clone();
    let last = instance.periods.len().saturating_sub(1);
    let phase = forced.sites.get_mut(site).and_then(|site| site.phases.first_mut());
    let Some(phase) = phase else { return Ok(LeftOut { site, with: None }) };
    phase.due = Some(last);
    let Outcome::Planned(with) = solve::<S>(&forced, options, watch)? else {
        return Ok(LeftOut { site, with: None });
    };
    let enough = enough(instance, plan, &with, site);
    let ready = with.decisions.sites[site].phases.clone();
    Ok(LeftOut { site, with: Some(With { objective: with.objective, bound: with.bound, ready, enough }) })
}

/// Prices at which the plan with the site costs what the plan costs. Each is a bill of that plan that a price is multiplied into, so
/// that the objective falls with it in a straight line.
fn enough(instance: &Instance, plan: &Plan, with: &Plan, i: usize) -> Vec<Remedy> {
    let money = instance.objective.is_money();
    let dearer = with.objective - plan.objective;
    if !money || dearer <= 0.0 {
        return Vec::new();
    }
    let here = &instance.sites[i];
    let bills = Account::new(instance, &with.decisions).bills(i);
    let built = here.phases.iter().zip(&with.decisions.sites[i].phases);
    let dearest =
        built.filter(|(_, ready)| ready.is_some()).map(|(phase, _)| phase.musd_per_mw).fold(0.0, f64::max);
    let mut levers =
        vec![(Lever::Halls, dearest, bills.halls_musd), (Lever::Land, here.land_musd, bills.land_musd)];
    // Under another risk the futures weigh otherwise than by probability.
    if instance.risk == Risk::Expected {
        levers.push((Lever::GridEnergy, 1.0, bills.grid_energy_musd));
        levers.push((Lever::DemandCharge, here.demand_charge_usd_per_kw_month, bills.demand_charge_musd));
    }
    let remedy = |(lever, now, bill): (Lever, f64, f64)| {
        (bill > dearer).then(|| Remedy { lever, now, enough: now * (1.0 - dearer / bill) })
    };
    levers.into_iter().filter_map(remedy).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_that_is_a_number_of_the_instance_can_be_loosened() {
        let instance = crate::example::programme(crate::example::Size::new(1, 4, 2), 1);
        let kinds =
            [Kind::Capital, Kind::SystemSupply, Kind::Labour, Kind::GeneratorSupply, Kind::Transformers];
        for kind in kinds.into_iter().chain([Kind::Offer, Kind::Commitment, Kind::Demand]) {
            let looser = loosened(&instance, &Limit::new(kind, 0, 2, 0), 1.0);
            assert!(looser.is_some_and(|looser| looser != instance), "{kind:?}");
        }
        assert_eq!(loosened(&instance, &Limit::new(Kind::CarbonCap, 0, 0, 0), 1.0), None, "there is no cap");
        assert_eq!(loosened(&instance, &Limit::new(Kind::Capital, 0, 99, 0), 1.0), None, "no such period");
    }
}
