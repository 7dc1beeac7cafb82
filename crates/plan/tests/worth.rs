//! What limits, sites and knowledge are worth: against sums done by hand, and against plans made again.
#![allow(clippy::unwrap_used)]

use plan::example::{Size, programme};
use plan::explain::{Ask, Lever, Unit, binding, left_out, loosened, why_left_out};
use plan::information::information;
use plan::instance::*;
use plan::limit::Kind;
use plan::solve::{Options, Outcome, Plan, solve};
use solver::Highs;

fn planned(instance: &Instance) -> Plan {
    let options = Options { gap: 1e-7, ..Options::default() };
    match solve::<Highs>(instance, &options, &mut |_| {}).unwrap() {
        Outcome::Planned(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

/// One year, one site with room and power for everybody; a system of one megawatt costs 10 million, serves one unit, which brings 30
/// million in the year, and is worth nothing after it. Bought before it is known whether 10, 20 or 60 are wanted.
fn newsvendor() -> Instance {
    let phase = Phase {
        name: "hall".into(),
        mw: 1_000.0,
        lead_quarters: 0,
        start_quarter: 0,
        musd_per_mw: 0.0,
        due: None,
    };
    let site = Site {
        name: "here".into(),
        region: 0,
        land_musd: 0.0,
        phases: vec![phase],
        tranches: vec![Tranche { name: "grid".into(), mw: 1_000.0, lead_quarters: 0, musd: 0.0 }],
        thermals: Vec::new(),
        renewables: Vec::new(),
        storages: Vec::new(),
        peak_pue: 1.0,
        reserve: 0.0,
        curtailable: 0.0,
        curtailment_usd_per_mwh: 0.0,
        shedding_usd_per_mwh: 1_000_000.0,
        demand_charge_usd_per_kw_month: 0.0,
        take_or_pay: 0.0,
        operations_musd_per_mw_year: 0.0,
        profiles: vec![Profile {
            hours: vec![2190.0],
            pue: vec![1.0],
            usd_per_mwh: vec![0.0],
            carbon_t_per_mwh: vec![0.0],
            renewable: Vec::new(),
        }],
        profile: vec![0],
        grid_price: vec![1.0],
    };
    let scenario = |(name, probability, wanted): (&str, f64, f64)| Scenario {
        name: name.into(),
        probability,
        demand_units: vec![vec![wanted]],
        right_share: Vec::new(),
        revenue: 1.0,
        grid_price: 1.0,
        fuel_price: 1.0,
        hardware_price: vec![1.0],
        late_halls: vec![0],
        late_grid: vec![0],
    };
    Instance {
        name: "newsvendor".into(),
        periods: vec![Period { name: "year".into(), quarters: 4, evenly: false, late_quarters: 0.0 }],
        here_and_now: 1,
        block_hours: 24.0,
        day_of_block: vec![0],
        regions: vec![Region { name: "all".into(), labour_mw: None }],
        sites: vec![site],
        thermals: Vec::new(),
        renewables: Vec::new(),
        storages: Vec::new(),
        generations: vec![Generation {
            name: "system".into(),
            available: 0,
            musd_per_mw: vec![10.0],
            units_per_mw: 1.0,
            availability: 1.0,
            life_quarters: 8,
            upkeep: 0.0,
            supply_mw: None,
            salvage: 0.0,
            worth_quarters: 1,
            resale_musd_per_mw: None,
        }],
        demands: vec![Demand {
            name: "users".into(),
            musd_per_unit_year: vec![30.0],
            damages_musd_per_unit_year: 0.0,
            obliged: false,
            tokens_per_unit_year: 1.0,
            served_from: vec![Lane { region: 0, musd_per_unit_year: 0.0 }],
        }],
        rights: Vec::new(),
        purchases: Vec::new(),
        capital: Capital { budget_musd: vec![10_000.0], discount_per_year: 0.0, debt: None },
        carbon: Carbon { usd_per_t: 0.0, cap_t: None },
        worth: Worth::default(),
        transformers_mw: None,
        scenarios: [("few", 0.3, 10.0), ("some", 0.4, 20.0), ("many", 0.3, 60.0)].map(scenario).to_vec(),
        objective: Objective::NetPresentValue,
        risk: Risk::Expected,
    }
}

#[test]
fn the_newsvendor_pays_for_knowledge_what_a_sum_by_hand_says() {
    let instance = newsvendor();
    let plan = planned(&instance);
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-4, "{a} is not {b}");
    // The share of futures that want more than the last system must be a third: 20 systems, 30 * (0.3 * 10 + 0.7 * 20) - 200.
    close(plan.objective, -310.0);
    let of = information::<Highs>(&instance, &plan, &Options::default(), &mut |_| {}).unwrap().unwrap();
    // Each future alone buys what it wants: 20 million a unit, 29 units in the mean.
    close(of.wait_and_see, -580.0);
    close(of.of_perfect_information(), 270.0);
    // For the mean, 29 systems: 30 * (0.3 * 10 + 0.4 * 20 + 0.3 * 29) - 290.
    close(of.mean_plan.unwrap(), -301.0);
    close(of.of_the_stochastic_solution().unwrap(), 9.0);
    // In the worst future ten are wanted: knowledge is worth nothing to who fears only that, and the mean is a bad guide.
    let feared = Instance { risk: Risk::Robust, ..instance };
    let plan = planned(&feared);
    close(plan.objective, -200.0);
    let of = information::<Highs>(&feared, &plan, &Options::default(), &mut |_| {}).unwrap().unwrap();
    close(of.of_perfect_information(), 0.0);
    close(of.of_the_stochastic_solution().unwrap(), 190.0);
}

#[test]
fn a_limit_is_worth_what_a_sum_by_hand_says() {
    let mut instance = newsvendor();
    instance.generations[0].supply_mw = Some(vec![15.0]);
    let plan = planned(&instance);
    let with = |step: f64| {
        let ask = Ask { steps: [step; 4], ..Ask::default() };
        binding::<Highs>(&instance, &plan, &ask).unwrap()
    };
    // Up to the twentieth system 0.7 of futures want it: 21 - 10; then only "many" does, and 9 do not pay for 10.
    for (step, gain) in [(3.0, 33.0), (5.0, 55.0), (100.0, 55.0)] {
        let found = with(step);
        let supply = found.iter().find(|binding| binding.limit.kind == Kind::SystemSupply).unwrap();
        assert_eq!(supply.unit, Unit::Megawatt);
        assert!((supply.marginal - 11.0).abs() < 1e-6, "{supply:?}");
        assert!((supply.gain - gain).abs() < 1e-4, "{supply:?}");
        // More wanted in the futures that get all they want is worth their revenue.
        let demand = found.iter().find(|binding| binding.limit.kind == Kind::Demand).unwrap();
        assert!((demand.marginal - 9.0).abs() < 1e-6, "{demand:?}");
        assert!(found.iter().all(|binding| binding.limit.kind != Kind::Capital), "there is money enough");
    }
}

/// A small programme in which sites compete.
fn contest(seed: u64) -> Instance {
    let mut instance = programme(Size { sites: 3, quarters: 6, scenarios: 2, days: 1, blocks: 4 }, seed);
    for site in &mut instance.sites {
        site.phases.truncate(2);
        site.phases.iter_mut().for_each(|phase| phase.lead_quarters = 1);
        site.tranches.iter_mut().for_each(|tranche| tranche.lead_quarters = 1);
    }
    instance.thermals.iter_mut().for_each(|kind| kind.equipment.lead_quarters /= 4);
    for scenario in &mut instance.scenarios {
        scenario.revenue *= 2.0;
    }
    instance
}

#[test]
fn limits_are_worth_no_more_than_their_slope_and_no_less_than_solved_again() {
    let instance = contest(4);
    let plan = planned(&instance);
    let found = binding::<Highs>(&instance, &plan, &Ask { most: 40, ..Ask::default() }).unwrap();
    assert!(found.len() > 4, "{found:?}");
    let kinds: Vec<Kind> = found.iter().map(|binding| binding.limit.kind).collect();
    assert!(kinds.contains(&Kind::SystemSupply), "{kinds:?}");
    assert!(kinds.contains(&Kind::FirmPower) || kinds.contains(&Kind::Space), "{kinds:?}");
    let mut again = 0;
    for binding in &found {
        let promised = binding.marginal * binding.step;
        assert!(binding.gain <= promised + 1e-3 * promised.abs() + 1e-2, "{binding:?}");
        let Some(looser) = loosened(&instance, &binding.limit, binding.step) else { continue };
        // With whole numbers free the step is worth at least as much.
        let gain = plan.objective - planned(&looser).objective;
        assert!(gain >= binding.gain - 0.05, "{binding:?}: {gain}");
        again += 1;
        if again == 6 {
            break;
        }
    }
    assert!(again > 1);
}

#[test]
fn a_given_connection_is_worth_what_a_free_tranche_is() {
    let mut seen = 0;
    for seed in 1..6 {
        let instance = contest(seed);
        let plan = planned(&instance);
        let ask = Ask { most: 80, steps: [10.0; 4] };
        let found = binding::<Highs>(&instance, &plan, &ask).unwrap();
        let worth =
            |binding: &&plan::explain::Binding| binding.limit.kind == Kind::FirmPower && binding.gain > 0.1;
        let Some(power) = found.iter().find(worth) else { continue };
        let (i, t) = (usize::from(power.limit.of.unwrap()), usize::from(power.limit.period.unwrap()));
        let mut given = instance.clone();
        let lead_quarters = t as u32;
        given.sites[i].tranches.push(Tranche {
            name: "given".into(),
            mw: power.step,
            lead_quarters,
            musd: 0.0,
        });
        let gain = plan.objective - planned(&given).objective;
        assert!(gain >= power.gain - 0.05, "{power:?}: {gain}");
        seen += 1;
    }
    assert!(seen > 1, "power is short in {seen} programmes only");
}

#[test]
fn a_site_that_is_left_out_comes_in_at_the_price_that_is_said_to_be_enough() {
    let options = Options { gap: 1e-7, ..Options::default() };
    let mut remedies = 0;
    for seed in [1, 2, 3] {
        let mut instance = contest(seed);
        // Too little is wanted for all three.
        instance
            .scenarios
            .iter_mut()
            .flat_map(|s| &mut s.demand_units)
            .flatten()
            .for_each(|units| *units *= 0.6);
        let plan = planned(&instance);
        for i in left_out(&plan) {
            let why = why_left_out::<Highs>(&instance, &plan, i, &options, &mut |_| {}).unwrap();
            let Some(with) = why.with else { continue };
            assert!(with.objective >= plan.bound - 1e-3, "a plan with a site forced in is not better");
            for remedy in &with.enough {
                let mut cheaper = instance.clone();
                let site = &mut cheaper.sites[i];
                let factor = remedy.enough / remedy.now;
                assert!(factor < 1.0);
                match remedy.lever {
                    Lever::Halls => site.phases.iter_mut().for_each(|phase| phase.musd_per_mw *= factor),
                    Lever::Land => site.land_musd *= factor,
                    Lever::GridEnergy => site.grid_price.iter_mut().for_each(|price| *price *= factor),
                    Lever::DemandCharge => site.demand_charge_usd_per_kw_month *= factor,
                }
                let better = planned(&cheaper);
                assert!(better.objective <= plan.objective + 0.01, "{remedy:?}: {}", better.objective);
                // A little more, and the site is in for certain.
                let site = &mut cheaper.sites[i];
                match remedy.lever {
                    Lever::Halls => site.phases.iter_mut().for_each(|phase| phase.musd_per_mw *= 0.99),
                    Lever::Land => site.land_musd *= 0.9,
                    Lever::GridEnergy => site.grid_price.iter_mut().for_each(|price| *price *= 0.99),
                    Lever::DemandCharge => site.demand_charge_usd_per_kw_month *= 0.9,
                }
                assert!(!left_out(&planned(&cheaper)).contains(&i), "{remedy:?}");
                remedies += 1;
            }
        }
    }
    assert!(remedies > 1, "{remedies} remedies show little");
}

#[test]
fn knowledge_and_planning_for_all_futures_are_never_worth_less_than_nothing() {
    for seed in 0..4 {
        let instance = contest(seed);
        let plan = planned(&instance);
        let options = Options { gap: 1e-7, ..Options::default() };
        let of = information::<Highs>(&instance, &plan, &options, &mut |_| {}).unwrap().unwrap();
        let slack = of.off_by + 1e-3;
        assert!(of.of_perfect_information() >= -slack, "{of:?}");
        assert!(of.of_the_stochastic_solution().is_none_or(|worth| worth >= -slack), "{of:?}");
        println!("{of:?}");
    }
}
