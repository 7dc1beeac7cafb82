//! What money is worth when: periods of several quarters, what stands and what is owed at the end, covenants, the best of each future.
#![allow(clippy::unwrap_used)]

use plan::account::Account;
use plan::check::breaches;
use plan::example::{Size, programme};
use plan::front::best_value;
use plan::instance::*;
use plan::solve::{Options, Outcome, Plan, Way, solve};
use solver::Highs;

fn planned(instance: &Instance, way: Way) -> Plan {
    let options = Options { gap: 1e-7, way, ..Options::default() };
    match solve::<Highs>(instance, &options, &mut |_| {}).unwrap() {
        Outcome::Planned(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

fn small(scenarios: usize, seed: u64) -> Instance {
    let mut size = Size::new(2, 6, scenarios);
    (size.days, size.blocks) = (1, 4);
    let mut instance = programme(size, seed);
    instance.scenarios.iter_mut().for_each(|scenario| scenario.revenue *= 2.0);
    for site in &mut instance.sites {
        site.phases.iter_mut().for_each(|phase| phase.lead_quarters = 1);
        site.tranches.iter_mut().for_each(|tranche| tranche.lead_quarters = 1);
    }
    instance
}

/// All that is there is there from the start, so that a year is four times the same quarter: its money is worth what that of its quarters
/// is, and what stands at the end is worth it at the end.
#[test]
fn a_year_is_worth_what_its_quarters_are() {
    let mut size = Size::new(1, 16, 1);
    (size.days, size.blocks) = (1, 2);
    let mut instance = programme(size, 5);
    let site = &mut instance.sites[0];
    site.phases.iter_mut().for_each(|phase| phase.lead_quarters = 0);
    site.tranches.iter_mut().for_each(|tranche| tranche.lead_quarters = 0);
    site.profile.fill(0);
    site.grid_price.fill(1.0);
    instance.generations.truncate(1);
    instance.generations[0].supply_mw = None;
    instance.capital.budget_musd.fill(1e6);
    (instance.transformers_mw, instance.regions[0].labour_mw) = (None, None);
    instance.purchases.clear();
    for demand in &mut instance.demands {
        demand.musd_per_unit_year.fill(30.0);
    }
    let wanted = &mut instance.scenarios[0];
    wanted.demand_units.iter_mut().for_each(|units| units.fill(50.0));
    wanted.right_share.iter_mut().for_each(|share| share.fill(0.0));
    let quarters = planned(&instance, Way::Whole).objective;
    for from in [12, 8, 4] {
        let years = planned(&instance.in_years_from(from), Way::Whole).objective;
        assert!((years - quarters).abs() < 2e-4 * quarters.abs(), "from {from}: {years} and {quarters}");
    }
}

#[test]
fn systems_that_are_gone_at_the_end_are_worth_nothing() {
    let mut instance = small(1, 3);
    instance.scenarios[0].revenue *= 4.0;
    for generation in &mut instance.generations {
        (generation.life_quarters, generation.worth_quarters, generation.salvage) = (3, 40, 0.6);
    }
    let plan = planned(&instance, Way::Whole);
    let account = Account::new(&instance, &plan.decisions);
    let buildings = account.worths(0).len() - 6 * instance.generations.len();
    let by_hand: f64 = plan.decisions.futures[0].periods[4..]
        .iter()
        .zip([1.0 - 2.0 / 3.0, 1.0 - 1.0 / 3.0])
        .zip(4..)
        .map(|((now, left), t)| {
            let of = |g: usize| now.delivered_mw.iter().map(|site| site[g]).sum::<f64>();
            let generations = instance.generations.iter().enumerate();
            generations.map(|(g, kind)| of(g) * kind.musd_per_mw[t] * 0.6 * left).sum::<f64>()
        })
        .sum();
    let systems: f64 = account.worths(0)[buildings..].iter().map(|worth| worth.worth_musd).sum();
    let cost: f64 = account.worths(0)[buildings..].iter().map(|worth| worth.cost_musd).sum();
    assert!(cost > 100.0, "systems are bought");
    assert!((systems - by_hand).abs() < 1e-6 * cost, "{systems} and {by_hand}");
}

/// Damages before anything stands leave no margin: who borrows nothing then keeps the covenant, and may borrow when there is one.
#[test]
fn a_loan_that_need_not_be_taken_never_makes_it_worse() {
    let mut instance = small(2, 3);
    instance.demands[0].damages_musd_per_unit_year = 6.0;
    instance.scenarios.iter_mut().for_each(|scenario| scenario.revenue *= 2.0);
    instance.capital.budget_musd.iter_mut().for_each(|musd| *musd *= 0.2);
    for objective in [Objective::NetPresentValue, Objective::LeastCost] {
        instance.objective = objective;
        instance.demands[0].obliged = false;
        instance.capital.debt = None;
        let alone = planned(&instance, Way::Whole).objective;
        let loan = |limit_musd: f64, ratio: f64| {
            let coverage = Some(Coverage { ratio, from: 0 });
            let debt = Debt { limit_musd, interest_per_year: 0.03, loan_to_value: 0.8, coverage };
            Instance { capital: Capital { debt: Some(debt), ..instance.capital.clone() }, ..instance.clone() }
        };
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-5 * b.abs(), "{objective:?}: {a} and {b}");
        near(planned(&loan(0.0, 1.5), Way::Whole).objective, alone);
        let lent = loan(2_000.0, 1.5);
        let (whole, parts) = (planned(&lent, Way::Whole), planned(&lent, Way::Decomposed));
        near(parts.objective, whole.objective);
        assert!(whole.objective <= alone + 1e-5 * alone.abs(), "{} {alone}", whole.objective);
        assert!(whole.objective >= planned(&loan(2_000.0, 0.0), Way::Whole).objective - 1e-3);
        let drawn: f64 = whole.decisions.drawn_musd.iter().sum();
        assert!(drawn > 1.0 || objective == Objective::LeastCost, "{objective:?}: {drawn}");
    }
    instance.objective = Objective::LeastCarbon;
    let covered = Debt {
        limit_musd: 1.0,
        interest_per_year: 0.1,
        loan_to_value: 0.5,
        coverage: Some(Coverage { ratio: 1.0, from: 0 }),
    };
    instance.capital.debt = Some(covered);
    assert!(instance.check().iter().any(|mistake| mistake.path == "capital.debt.coverage"));
}

/// The others make the best of what is there even where only the worst future weighs.
#[test]
fn futures_that_do_not_weigh_are_served_all_the_same() {
    let mut instance = small(3, 3);
    for risk in [Risk::Robust, Risk::ConditionalValueAtRisk { weight: 1.0, level: 0.6 }] {
        for way in [Way::Whole, Way::Decomposed] {
            instance.risk = risk;
            let plan = planned(&instance, way);
            let account = Account::new(&instance, &plan.decisions);
            for s in 0..3 {
                // What is shared held, and only this future left: it cannot do better.
                let alone = instance.knowing(&[s]);
                let mut same = plan.decisions.clone();
                same.futures = vec![same.futures[s].clone()];
                assert!(breaches(&alone, &same).is_empty());
                let mut held = alone.clone();
                for (site, built) in held.sites.iter_mut().zip(&same.sites) {
                    site.phases.iter_mut().zip(&built.phases).for_each(|(phase, ready)| phase.due = *ready);
                }
                held.risk = Risk::Expected;
                let best = planned(&held, Way::Whole).objective;
                let seen = account.present_cost_musd(s);
                assert!(seen >= best - 1e-3, "{seen} {best}");
                let demands = instance.scenarios[s].demand_units.iter().enumerate();
                let short: f64 = demands
                    .flat_map(|(d, units)| units.iter().enumerate().map(move |(t, wanted)| (d, t, wanted)))
                    .map(|(d, t, wanted)| {
                        let now = &same.futures[0].periods[t];
                        let idle: f64 = now.installed_mw.iter().flatten().sum::<f64>() * 0.95
                            - now.active_mw.iter().flatten().sum::<f64>();
                        let missing = wanted - now.served_units[d].iter().sum::<f64>();
                        missing.max(0.0).min(idle.max(0.0))
                    })
                    .sum();
                assert!(
                    short < 1.0,
                    "{risk:?}, {way:?}: in future {s} systems idle beside {short} units not served"
                );
            }
        }
    }
}

/// Load may not be let go for less carbon, nor for money among plans that have as little of it.
#[test]
fn a_plan_for_carbon_sheds_nothing() {
    let mut instance = small(2, 7);
    instance.objective = Objective::LeastCarbon;
    instance.purchases.clear();
    instance.demands[0].obliged = true;
    for scenario in &mut instance.scenarios {
        let wanted = &mut scenario.demand_units[0];
        wanted.iter_mut().enumerate().for_each(|(t, units)| *units = if t < 3 { 0.0 } else { 40.0 });
    }
    for site in &mut instance.sites {
        (site.shedding_usd_per_mwh, site.curtailment_usd_per_mwh, site.curtailable) = (1.0, 1.0, 0.2);
    }
    for way in [Way::Whole, Way::Decomposed] {
        let plan = planned(&instance, way);
        let options = Options { gap: 1e-5, way, ..Options::default() };
        let dearest = best_value::<Highs>(&instance, plan.clone(), &options, &mut |_| {}).unwrap();
        assert!(plan.objective > 1_000.0, "{}", plan.objective);
        assert!((dearest.objective - plan.objective).abs() < 1e-5 * plan.objective);
        for period in dearest.decisions.futures.iter().flat_map(|future| &future.periods) {
            let lost =
                period.operation.iter().flat_map(|flows| flows.shed_mw.iter().chain(&flows.curtailed_mw));
            assert!(lost.sum::<f64>() < 0.1);
        }
    }
    // A plan that lets load go is none.
    let mut shed = planned(&instance, Way::Whole).decisions;
    let served = shed.futures.iter_mut().flat_map(|future| &mut future.periods);
    let flows = served.flat_map(|period| &mut period.operation);
    let hours = flows.flat_map(|flows| flows.import_mw.iter_mut().zip(&mut flows.shed_mw));
    for (import, shed) in hours.filter(|(import, _)| **import > 1.0) {
        (*import, *shed) = (*import - 1.0, 1.0);
    }
    assert!(breaches(&instance, &shed).iter().any(|breach| breach.what.contains("let go")));
}
