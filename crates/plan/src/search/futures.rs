//! Very large programmes, a few futures at a time.
//!
//! Futures are dealt into groups that are each like the whole: what every group could reach if it knew that none of the others comes is a
//! bound for all of them together (a relaxation of who knows what when; wait and see is its extreme). A plan for a smaller
//! group is a candidate for all: what futures share of it is held, and every future makes the best of the rest by itself.
//! So nothing as large as the whole is ever solved.

use super::{Found, decomposed, read};
use crate::decisions::Decisions;
use crate::explain::held;
use crate::fixed::Held;
use crate::instance::{Demand, Instance, Risk, Scenario};
use crate::layout::Form;
use crate::master::together;
use crate::solve::{Effort, Options, Progress, Stage, gap};
use crate::terms::Frame;
use crate::true_up;
use crate::written::relax;
use solver::{Refused, Solver, Status};

/// Columns of a master above which futures are taken a few at a time.
const HUGE: usize = 40_000;
/// Futures in a group whose relaxation is part of the bound: with fewer it is worth too much to know the group.
const BOUND: usize = 5;
/// Futures in a group that is planned for: whole numbers cost more than a better choice of futures gives.
const PLANNED: usize = 3;
/// Share of the gap that the plan of a group may be off within it.
const WITHIN: f64 = 0.5;

/// Whether an instance is too large to be solved as a whole.
pub(super) fn is_huge(instance: &Instance) -> bool {
    let shared_sales = instance.generations.iter().any(|generation| generation.resale_musd_per_mw.is_some());
    let likely = instance.scenarios.iter().all(|scenario| scenario.probability > 0.0);
    let large = || Frame::new(instance, Form::of_master(instance), false).layout.columns > HUGE;
    instance.scenarios.len() > PLANNED && likely && !shared_sales && large()
}

/// A plan and a bound; none where no group has a plan that every future can carry out.
pub(super) fn by_groups<S: Solver>(
    instance: &Instance,
    options: &Options,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Option<Found>, Refused> {
    let mut effort = Effort::default();
    let Some(bound) = bound::<S>(instance, options, &mut effort, watch)? else { return Ok(None) };
    let mut best: Option<(Decisions, f64)> = None;
    for group in most_like_the_whole(instance, groups(instance, PLANNED)) {
        let known = best.as_ref().map_or(f64::INFINITY, |(_, objective)| *objective);
        if gap(known, bound) <= options.gap {
            break;
        }
        // What a group is worth is not what all are: until its plan is carried out everywhere, only the bound is known.
        let mut inside = |progress: &Progress| {
            watch(&Progress { incumbent: known, bound, ..*progress });
        };
        let one = instance.knowing(&group);
        let within = Options { gap: WITHIN * options.gap, ..*options };
        let found = decomposed::<S>(&one, &within, &mut inside)?;
        let Found::Decided { decisions, effort: searched, .. } = found else { continue };
        effort.add(searched);
        if let Some((plan, objective)) = carry_out::<S>(instance, &decisions, options, &mut effort)?
            && objective < known
        {
            best = Some((plan, objective));
        }
        let known = best.as_ref().map_or(known, |(_, objective)| *objective);
        tell(Stage::Improve, (known, bound), effort, watch);
    }
    Ok(best.map(|(decisions, objective)| Found::Decided {
        decisions,
        objective,
        bound: bound.min(objective),
        effort,
    }))
}

/// What the relaxations of groups come to together; none where one of them has no bound: then the whole has no plan or no bound either, and
/// says why.
fn bound<S: Solver>(
    instance: &Instance,
    options: &Options,
    effort: &mut Effort,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Option<f64>, Refused> {
    let feared = instance.objective.is_money() && instance.risk != Risk::Expected;
    // Who fears the worst futures weighs them across groups, for which only what each could reach alone is a bound.
    let groups = groups(instance, if feared { 1 } else { BOUND });
    let mut alone = vec![0.0; instance.scenarios.len()];
    for group in &groups {
        let relaxed = relax::<S>(&instance.knowing(group), options, &mut |_| {})?;
        if relaxed.status != Status::Optimal {
            return Ok(None);
        }
        group.iter().for_each(|&s| alone[s] = relaxed.bound);
        effort.add(relaxed.effort);
        tell(Stage::Relaxation, (f64::INFINITY, f64::NEG_INFINITY), *effort, watch);
    }
    Ok(Some(together(instance, &alone)))
}

/// What the users of a future would pay for all that they want.
fn wanted(instance: &Instance, scenario: &Scenario) -> f64 {
    let of = |(demand, units): (&Demand, &Vec<f64>)| -> f64 {
        demand.musd_per_unit_year.iter().zip(units).map(|(price, units)| price * units).sum()
    };
    scenario.revenue * instance.demands.iter().zip(&scenario.demand_units).map(of).sum::<f64>()
}

/// Futures in groups that are each like the whole: ranked by what their users would pay, and dealt out there and back.
fn groups(instance: &Instance, size: usize) -> Vec<Vec<usize>> {
    let futures = instance.scenarios.len();
    let count = futures.div_ceil(size);
    let wanted: Vec<f64> = instance.scenarios.iter().map(|scenario| wanted(instance, scenario)).collect();
    let mut ranked: Vec<usize> = (0..futures).collect();
    ranked.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (rank, s) in ranked.into_iter().enumerate() {
        let place = rank % (2 * count);
        groups[place.min(2 * count - 1 - place)].push(s);
    }
    groups
}

/// Groups in the order of what is wanted in them, that which is nearest to what is wanted in all futures first.
fn most_like_the_whole(instance: &Instance, mut groups: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let mean = |futures: &[usize]| -> f64 {
        let of = |&s: &usize| (instance.scenarios[s].probability, wanted(instance, &instance.scenarios[s]));
        let (chance, paid) =
            futures.iter().map(of).fold((0.0, 0.0), |sum, (p, w)| (sum.0 + p, sum.1 + p * w));
        paid / chance
    };
    let all: Vec<usize> = (0..instance.scenarios.len()).collect();
    let whole = mean(&all);
    let off = |group: &Vec<usize>| (mean(group) - whole).abs();
    groups.sort_by(|a, b| off(a).total_cmp(&off(b)));
    groups
}

/// Every future with what all share of these decisions, making the best of the rest by itself; none where one of them cannot.
pub(crate) fn carry_out<S: Solver>(
    instance: &Instance,
    decisions: &Decisions,
    options: &Options,
    effort: &mut Effort,
) -> Result<Option<(Decisions, f64)>, Refused> {
    let mut costs = Vec::new();
    let mut plan = Decisions::default();
    for s in 0..instance.scenarios.len() {
        let one = Instance { risk: Risk::Expected, ..instance.knowing(&[s]) };
        let mut master = held::<S>(&one, decisions, Held::FirstStage)?;
        let found = true_up::converge_held(&mut master, decisions, (0.01 * options.gap, 200))?;
        if found.best.is_empty() {
            return Ok(None);
        }
        let (mut in_it, cost) = read(&mut master, &found.best)?;
        effort.add(master.spent());
        costs.push(cost);
        let future = in_it.futures.pop();
        if s == 0 {
            plan = in_it;
        }
        plan.futures.extend(future);
    }
    Ok(Some((plan, together(instance, &costs))))
}

fn tell(stage: Stage, (incumbent, bound): (f64, f64), effort: Effort, watch: &mut dyn FnMut(&Progress)) {
    let Effort { rounds, cuts, nodes, .. } = effort;
    watch(&Progress { stage, incumbent, bound, rounds, cuts, nodes });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::check::breaches;
    use crate::example::{Size, programme};
    use crate::search::tests::as_a_whole;
    use solver::Highs;

    /// A programme small enough to be solved as a whole too: the bound is below every plan, the plan breaks nothing, and the search as
    /// a whole finds none that is better than the bound.
    #[test]
    fn groups_of_futures_give_a_plan_and_a_bound_of_the_whole() {
        let mut size = Size::new(2, 10, 5);
        (size.days, size.blocks) = (1, 4);
        let mut instance = programme(size, 2);
        let options = Options { gap: 0.01, ..Options::default() };
        for risk in [Risk::Expected, Risk::ConditionalValueAtRisk { weight: 0.5, level: 0.6 }] {
            instance.risk = risk;
            let Some(Found::Decided { decisions, objective, bound, .. }) =
                by_groups::<Highs>(&instance, &options, &mut |_| {}).unwrap()
            else {
                panic!("there is a plan");
            };
            assert_eq!(breaches(&instance, &decisions), Vec::new());
            let (best, proven) = as_a_whole(&instance, &options);
            let slack = 1e-6 * best.abs();
            assert!(bound <= best + slack, "{bound} is above {best}");
            assert!(objective >= proven - slack, "{objective} is below {proven}");
            assert!(objective <= best + 0.1 * best.abs(), "{objective} is far from {best}");
        }
    }

    #[test]
    fn futures_are_dealt_out_so_that_each_group_is_like_the_whole() {
        let mut instance = programme(Size::new(2, 4, 7), 1);
        for (s, scenario) in instance.scenarios.iter_mut().enumerate() {
            (scenario.revenue, scenario.probability) = ([4.0, 1.0, 6.0, 2.0, 7.0, 3.0, 5.0][s], 1.0 / 7.0);
            scenario.demand_units.iter_mut().for_each(|units| units.fill(100.0));
        }
        let of = |instance: &Instance| -> Vec<Vec<f64>> {
            let revenues =
                |group: &Vec<usize>| group.iter().map(|&s| instance.scenarios[s].revenue).collect();
            most_like_the_whole(instance, groups(instance, 3)).iter().map(revenues).collect()
        };
        // The means are 14/3, 7/2 and 7/2, of all 4.
        assert_eq!(of(&instance), [vec![2.0, 5.0], vec![3.0, 4.0], vec![1.0, 6.0, 7.0]]);
        let alone = instance.knowing(&groups(&instance, 3)[0]);
        assert!((alone.scenarios.iter().map(|s| s.probability).sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(groups(&instance, 1).len(), 7);
    }
}
