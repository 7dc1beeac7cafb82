//! What must hold of every plan, on small programmes drawn at random.
#![allow(clippy::unwrap_used)]

use plan::account::Account;
use plan::check::breaches;
use plan::example::{Size, programme};
use plan::instance::{Coverage, Debt, Exit, Instance, Objective, Risk};
use plan::solve::{Error, Options, Outcome, Plan, Way, solve};
use proptest::prelude::*;
use solver::Highs;

/// A small programme in which things are ready soon, so that a short plan has something to decide.
fn small(sites: usize, quarters: usize, scenarios: usize, seed: u64) -> Instance {
    let mut instance = programme(Size { sites, quarters, scenarios, days: 1, blocks: 4 }, seed);
    for site in &mut instance.sites {
        site.phases.truncate(3);
        site.phases.iter_mut().for_each(|phase| phase.lead_quarters = 1 + phase.lead_quarters % 2);
        site.tranches.iter_mut().for_each(|tranche| tranche.lead_quarters = 1 + tranche.lead_quarters % 3);
    }
    instance.thermals.iter_mut().for_each(|kind| kind.equipment.lead_quarters /= 4);
    instance.renewables.iter_mut().for_each(|kind| kind.equipment.lead_quarters /= 3);
    instance.storages.iter_mut().for_each(|kind| kind.equipment.lead_quarters /= 3);
    for scenario in &mut instance.scenarios {
        scenario.demand_units.iter_mut().flatten().for_each(|units| *units *= 4.0);
        scenario.revenue *= 2.5;
    }
    instance
}

fn options(way: Way) -> Options {
    Options { gap: 1e-6, way, ..Options::default() }
}

fn planned(instance: &Instance, way: Way) -> Plan {
    match solve::<Highs>(instance, &options(way), &mut |_| {}).unwrap() {
        Outcome::Planned(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

/// Two objectives that two searches to a gap of a millionth may give.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-5 * a.abs().max(b.abs()).max(10.0)
}

#[test]
fn whole_and_decomposed_agree_under_every_risk_and_objective() {
    let risks = [Risk::Expected, Risk::ConditionalValueAtRisk { weight: 0.6, level: 0.5 }, Risk::Robust];
    for (k, risk) in risks.into_iter().enumerate() {
        for objective in [Objective::NetPresentValue, Objective::LeastCost] {
            let instance = Instance { risk, objective, ..small(2, 5, 3, k as u64) };
            let (whole, parts) = (planned(&instance, Way::Whole), planned(&instance, Way::Decomposed));
            assert!(
                near(whole.objective, parts.objective),
                "{risk:?}: {} {}",
                whole.objective,
                parts.objective
            );
            assert!(whole.bound <= whole.objective && parts.bound <= parts.objective);
        }
    }
    for objective in [Objective::MostTokens, Objective::LeastCarbon] {
        let mut instance = Instance { objective, ..small(2, 5, 2, 7) };
        if objective == Objective::LeastCarbon {
            instance
                .scenarios
                .iter_mut()
                .for_each(|s| s.demand_units[0].iter_mut().take(3).for_each(|d| *d = 0.0));
            instance
                .scenarios
                .iter_mut()
                .for_each(|s| s.demand_units[0].iter_mut().skip(3).for_each(|d| *d = 40.0));
            instance.purchases.clear();
            instance.demands[0].obliged = true;
        }
        let (whole, parts) = (planned(&instance, Way::Whole), planned(&instance, Way::Decomposed));
        assert!(
            near(whole.objective, parts.objective),
            "{objective:?}: {} {}",
            whole.objective,
            parts.objective
        );
        assert!(whole.objective != 0.0);
    }
}

#[test]
fn loans_resale_exit_and_caps_agree_too_and_pass_the_check() {
    let mut instance = small(2, 6, 2, 3);
    instance.capital.debt = Some(Debt {
        limit_musd: 3_000.0,
        interest_per_year: 0.07,
        loan_to_value: 0.5,
        coverage: Some(Coverage { ratio: 1.2, from: 4 }),
    });
    // Who owes nothing need not cover anything: income must be there for a loan to be taken.
    instance.scenarios.iter_mut().for_each(|scenario| scenario.revenue *= 2.5);
    instance.generations[0].resale_musd_per_mw = Some(vec![20.0, 18.0, 16.0, 14.0, 12.0, 10.0]);
    instance.generations[0].life_quarters = 3;
    instance.generations[1].life_quarters = 2;
    instance.purchases[0].musd_per_unit_year.fill(100.0);
    instance.purchases[0].exit = Some(Exit { from: 2, fee_musd: 5.0 });
    let free = planned(&instance, Way::Whole);
    instance.carbon.cap_t = Some(0.7 * Account::new(&instance, &free.decisions).carbon_t(0));
    let (whole, parts) = (planned(&instance, Way::Whole), planned(&instance, Way::Decomposed));
    assert!(near(whole.objective, parts.objective), "{} {}", whole.objective, parts.objective);
    assert!(whole.objective >= free.objective - 1e-3, "a cap never helps");
    assert!(whole.decisions.left[0].is_some(), "leaving is cheap");
    assert!(whole.decisions.drawn_musd.iter().sum::<f64>() > 0.0, "capital is dearer than the loan");
    assert!(whole.decisions.futures[0].periods.iter().flat_map(|p| &p.sold_mw).flatten().sum::<f64>() > 0.0);
}

/// Each way of breaking a plan is found by the check.
#[test]
fn a_plan_that_is_tampered_with_does_not_pass() {
    let instance = small(2, 6, 2, 11);
    let plan = planned(&instance, Way::Whole);
    let ready = plan.decisions.sites.iter().flat_map(|site| &site.phases).flatten().count();
    assert!(ready > 1, "a plan that builds nothing shows nothing");
    assert!(breaches(&instance, &plan.decisions).is_empty());
    let i = plan.decisions.sites.iter().position(|site| site.phases[0].is_some()).unwrap();
    let broken = |name: &str, tamper: &dyn Fn(&mut plan::decisions::Decisions)| {
        let mut decisions = plan.decisions.clone();
        tamper(&mut decisions);
        assert!(!breaches(&instance, &decisions).is_empty(), "{name} passes");
    };
    broken("a phase before its time", &|d| d.sites[i].phases[0] = Some(0));
    broken("a phase out of order", &|d| (d.sites[i].phases[0], d.sites[i].phases[1]) = (None, Some(5)));
    broken("half a unit", &|d| d.sites[i].thermal_mw[0][5] += 25.0);
    broken("a hall that is not there", &|d| d.sites[i].phases.fill(None));
    broken("a flow from nowhere", &|d| d.futures[0].periods[5].operation[i].import_mw[1] += 1.0);
    broken("systems from nowhere", &|d| d.futures[1].periods[5].installed_mw[i][0] += 1.0);
    broken("more at work than installed", &|d| d.futures[1].periods[5].active_mw[i][0] += 50.0);
    broken("served from nothing", &|d| d.futures[0].periods[3].served_units[1][0] += 5.0);
    broken("an unpaid commitment", &|d| d.futures[0].periods[2].paid_musd[0] = 0.0);
    broken("money from nowhere", &|d| d.futures[0].carry_musd[2] += 1.0);
    broken("a loan from nobody", &|d| d.drawn_musd[1] = 10.0);
    broken("a future that is known", &|d| d.futures[1].periods[0].delivered_mw[i][0] += 1.0);
    broken("another instance", &|d| drop(d.futures.pop()));
}

#[test]
fn mistakes_are_told_all_at_once_and_nothing_panics() {
    let mut instance = small(1, 4, 1, 1);
    instance.sites.clear();
    instance.scenarios[0].probability = 0.4;
    instance.capital.budget_musd.pop();
    instance.generations[0].availability = f64::NAN;
    let Err(Error::Mistakes(mistakes)) = solve::<Highs>(&instance, &options(Way::Auto), &mut |_| {}) else {
        panic!("mistakes pass")
    };
    let paths: Vec<&str> = mistakes.iter().map(|mistake| mistake.path.as_str()).collect();
    for path in ["sites", "scenarios", "capital.budget_musd", "generations[0].availability"] {
        assert!(paths.contains(&path), "{path} is not among {paths:?}");
    }
}

#[test]
fn what_cannot_be_is_explained_by_limits_that_cannot_be_left_out() {
    let mut instance = small(2, 5, 1, 5);
    instance.purchases.clear();
    instance.demands[0].obliged = true;
    instance.scenarios[0].demand_units[0] = vec![0.0, 0.0, 0.0, 100.0, 100.0];
    assert!(matches!(
        solve::<Highs>(&instance, &options(Way::Auto), &mut |_| {}).unwrap(),
        Outcome::Planned(_)
    ));
    // Little money early: what is wanted in the fourth quarter cannot be paid by then.
    instance.capital.budget_musd = vec![100.0, 100.0, 100.0, 100.0, 9_000.0];
    for way in [Way::Whole, Way::Decomposed] {
        let Outcome::Infeasible(limits) = solve::<Highs>(&instance, &options(way), &mut |_| {}).unwrap()
        else {
            panic!("there is a plan")
        };
        let names: Vec<String> = limits.iter().map(|limit| limit.name(&instance)).collect();
        assert!(names.iter().any(|name| name.starts_with("demand[contract,")), "{names:?}");
        assert!(names.iter().any(|name| name.starts_with("capital[2025-Q4")), "{names:?}");
        let expected = |name: &String| name.starts_with("demand[contract") || name.starts_with("capital[");
        assert!(names.iter().all(expected), "{names:?}");
    }
}

#[test]
fn the_same_instance_gives_the_same_bytes() {
    let instance = small(2, 5, 2, 9);
    for way in [Way::Whole, Way::Decomposed] {
        let text = |plan: &Plan| serde_json::to_string(&plan.decisions).unwrap();
        assert_eq!(text(&planned(&instance, way)), text(&planned(&instance, way)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn more_is_never_worse_and_order_does_not_matter(seed in 0u64..1000, more in 1.0f64..2.0) {
        let instance = small(2, 5, 2, seed);
        let base = planned(&instance, Way::Whole).objective;
        let slack = 1e-5 * base.abs().max(10.0);
        let changed = |change: &dyn Fn(&mut Instance)| {
            let mut changed = instance.clone();
            change(&mut changed);
            planned(&changed, Way::Whole).objective
        };
        let richer = changed(&|i| i.capital.budget_musd.iter_mut().for_each(|musd| *musd *= more));
        prop_assert!(richer <= base + slack, "more capital: {richer} > {base}");
        let labour = changed(&|i| i.regions.iter_mut().for_each(|region| region.labour_mw = None));
        prop_assert!(labour <= base + slack, "more labour: {labour} > {base}");
        let supply = changed(&|i| i.generations.iter_mut().for_each(|kind| kind.supply_mw = None));
        prop_assert!(supply <= base + slack, "more systems: {supply} > {base}");
        let third = changed(&|i| {
            let mut site = i.sites[0].clone();
            site.name = "third".into();
            i.sites.push(site);
            for scenario in &mut i.scenarios {
                scenario.late_halls.push(0);
                scenario.late_grid.push(0);
            }
        });
        prop_assert!(third <= base + slack, "one more site: {third} > {base}");
        let turned = changed(&|i| {
            i.sites.reverse();
            i.scenarios.iter_mut().for_each(|s| { s.late_halls.reverse(); s.late_grid.reverse(); });
            i.scenarios.reverse();
        });
        prop_assert!(near(turned, base), "permuted: {turned} is not {base}");
        let twice = changed(&|i| {
            i.scenarios.iter_mut().for_each(|s| s.probability /= 2.0);
            let again = i.scenarios.clone();
            i.scenarios.extend(again);
        });
        prop_assert!(near(twice, base), "each future twice: {twice} is not {base}");
        let loose = changed(&|i| i.carbon.cap_t = Some(1e9));
        prop_assert!(near(loose, base), "a cap that does not bind: {loose} is not {base}");
        let doubled = changed(&|i| {
            // All amounts of money doubled: prices, budgets, damages.
            i.capital.budget_musd.iter_mut().for_each(|x| *x *= 2.0);
            for kind in &mut i.generations { kind.musd_per_mw.iter_mut().for_each(|x| *x *= 2.0); }
            for site in &mut i.sites {
                site.land_musd *= 2.0;
                site.phases.iter_mut().for_each(|phase| phase.musd_per_mw *= 2.0);
                site.tranches.iter_mut().for_each(|tranche| tranche.musd *= 2.0);
                site.thermals.iter_mut().for_each(|here| here.fuel_usd_per_mmbtu *= 2.0);
                site.curtailment_usd_per_mwh *= 2.0;
                site.shedding_usd_per_mwh *= 2.0;
                site.demand_charge_usd_per_kw_month *= 2.0;
                site.operations_musd_per_mw_year *= 2.0;
                site.profiles.iter_mut().flat_map(|p| &mut p.usd_per_mwh).for_each(|x| *x *= 2.0);
            }
            for kind in &mut i.thermals { kind.usd_per_mwh *= 2.0; }
            let equipment = i.thermals.iter_mut().map(|k| &mut k.equipment)
                .chain(i.renewables.iter_mut().map(|k| &mut k.equipment))
                .chain(i.storages.iter_mut().map(|k| &mut k.equipment));
            for kind in equipment { kind.musd_per_mw *= 2.0; kind.upkeep_musd_per_mw_year *= 2.0; }
            for demand in &mut i.demands {
                demand.musd_per_unit_year.iter_mut().for_each(|x| *x *= 2.0);
                demand.damages_musd_per_unit_year *= 2.0;
                demand.served_from.iter_mut().for_each(|lane| lane.musd_per_unit_year *= 2.0);
            }
            for right in &mut i.rights { right.musd_per_unit_year.iter_mut().for_each(|x| *x *= 2.0); }
            for purchase in &mut i.purchases {
                purchase.musd_per_unit_year.iter_mut().for_each(|x| *x *= 2.0);
                purchase.commitment_musd.iter_mut().for_each(|x| *x *= 2.0);
            }
            i.carbon.usd_per_t *= 2.0;
        });
        prop_assert!(near(doubled, 2.0 * base), "money doubled: {doubled} is not twice {base}");
    }

    #[test]
    fn more_weight_on_bad_futures_never_lowers_the_cost(seed in 0u64..1000) {
        let at = |weight| {
            let risk = Risk::ConditionalValueAtRisk { weight, level: 0.6 };
            planned(&Instance { risk, ..small(2, 4, 3, seed) }, Way::Whole).objective
        };
        let costs = [at(0.0), at(0.4), at(1.0)];
        prop_assert!(costs[0] <= costs[1] + 1e-3 && costs[1] <= costs[2] + 1e-3, "{costs:?}");
        let robust = planned(&Instance { risk: Risk::Robust, ..small(2, 4, 3, seed) }, Way::Whole).objective;
        prop_assert!(costs[2] <= robust + 1e-3, "the worst future is the worst: {costs:?}, {robust}");
    }
}
