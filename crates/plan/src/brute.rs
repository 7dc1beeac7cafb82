//! Tiny programmes with every combination of whole numbers tried, one linear programme each: no search, no bound, no cut. What is
//! found so is the optimum, and both ways of solving must find it.

#![allow(clippy::unwrap_used)]

use crate::example::{Size, programme};
use crate::instance::{Exit, Instance, Objective, Risk, TrueUp};
use crate::layout::Form;
use crate::model::Model;
use crate::solve::{Options, Outcome, Way, solve};
use solver::{Highs, Solver, Status, Stop};

/// All ways in which a count can grow to at most `most` over `periods`, none of it before `first`.
fn paths(periods: usize, first: usize, most: usize) -> Vec<Vec<f64>> {
    let mut paths: Vec<Vec<f64>> = vec![Vec::new()];
    for t in 0..periods {
        let grow = |path: &Vec<f64>| {
            let (path, from) = (path.clone(), path.last().map_or(0, |&count| count as usize));
            let until = if t < first { 0 } else { most };
            (from..=until.max(from)).map(move |count| [&path[..], &[count as f64]].concat())
        };
        paths = paths.iter().flat_map(grow).collect();
    }
    paths
}

/// The least objective over all combinations, and how many there were.
fn least(instance: &Instance) -> (f64, usize) {
    let model = Model::new(instance, Form::Whole, false);
    let layout = &model.frame.layout;
    let mut choices: Vec<(usize, Vec<Vec<f64>>)> = Vec::new();
    for (a, asset) in model.frame.assets.iter().enumerate().filter(|(_, asset)| asset.whole) {
        choices.push((layout.built(a, 0), paths(layout.periods, asset.first, asset.most as usize)));
    }
    for (p, purchase) in instance.purchases.iter().enumerate() {
        if let Some(exit) = &purchase.exit {
            choices.push((layout.exit(p, 0), paths(layout.periods, exit.from, 1)));
        }
    }
    for s in 0..layout.scenarios {
        for k in 0..layout.banks.switches.len() {
            choices.push((layout.switch(s, k), vec![vec![0.0], vec![1.0]]));
        }
    }
    let whole = model.problem.columns.integer.iter().filter(|&&whole| whole).count();
    assert!(whole > 0);
    let mut solver = Highs::open(&model.problem).unwrap();
    solver.set_integer(0, &vec![false; model.problem.columns.len()]).unwrap();
    let combinations: usize = choices.iter().map(|(_, paths)| paths.len()).product();
    let mut best = f64::INFINITY;
    for mut number in 0..combinations {
        for (first, paths) in &choices {
            let path = &paths[number % paths.len()];
            number /= paths.len();
            solver.set_bounds(*first, path, path).unwrap();
        }
        let stop = Stop { presolve: false, ..Stop::default() };
        let answer = solver.solve(&stop, &mut |_| {}).unwrap();
        match answer.status {
            Status::Optimal => best = best.min(answer.objective),
            Status::Infeasible => {}
            status => panic!("{status:?}"),
        }
    }
    (best, combinations)
}

fn tiny(seed: u64) -> Instance {
    let mut instance = programme(Size { sites: 2, quarters: 4, scenarios: 2, days: 1, blocks: 2 }, seed);
    for site in &mut instance.sites {
        site.phases.truncate(1);
        site.phases[0].lead_quarters = 1;
        site.tranches.truncate(1);
        site.tranches[0].lead_quarters = 1;
        site.thermals.truncate(1);
        site.thermals[0].most_mw = 50.0;
    }
    instance.thermals[0].equipment.lead_quarters = 2;
    instance.renewables[0].equipment.lead_quarters = 1;
    instance.storages[0].equipment.lead_quarters = 1;
    for scenario in &mut instance.scenarios {
        scenario.revenue *= 3.0;
    }
    instance
}

fn agree(instance: &Instance) -> f64 {
    agree_over(instance, 500)
}

/// The optimum of more than so many combinations, which both ways find.
fn agree_over(instance: &Instance, many: usize) -> f64 {
    let (optimum, combinations) = least(instance);
    assert!(combinations > many, "{combinations} combinations show little");
    for way in [Way::Whole, Way::Decomposed] {
        let options = Options { gap: 1e-8, way, ..Options::default() };
        let Outcome::Planned(plan) = solve::<Highs>(instance, &options, &mut |_| {}).unwrap() else {
            panic!("no plan")
        };
        let close = 1e-6 * optimum.abs().max(10.0);
        assert!((plan.objective - optimum).abs() < close, "{way:?}: {} is not {optimum}", plan.objective);
        assert!(plan.bound <= optimum + close);
    }
    optimum
}

#[test]
fn a_plan_is_the_best_of_all_combinations() {
    let mut built = 0;
    for seed in 0..3 {
        let instance = tiny(seed);
        let mut nothing = Instance { sites: instance.sites[..1].to_vec(), ..instance.clone() };
        nothing.sites[0].phases[0].mw = 1e-3;
        nothing.scenarios.iter_mut().for_each(|s| {
            s.late_halls.truncate(1);
            s.late_grid.truncate(1);
        });
        let best = agree(&instance);
        let options = Options { gap: 1e-8, ..Options::default() };
        let Outcome::Planned(without) = solve::<Highs>(&nothing, &options, &mut |_| {}).unwrap() else {
            panic!("no plan")
        };
        built += usize::from(best < without.objective - 1.0);
    }
    assert!(built > 0, "a programme in which nothing is worth building shows nothing");
}

#[test]
fn under_scarce_capital_labour_and_fear_it_is_so_too() {
    let mut instance = tiny(5);
    instance.capital.budget_musd.iter_mut().for_each(|musd| *musd *= 0.4);
    instance.regions[0].labour_mw = Some(vec![200.0; 4]);
    instance.risk = Risk::ConditionalValueAtRisk { weight: 0.5, level: 0.5 };
    agree(&instance);
    instance.risk = Risk::Robust;
    agree(&instance);
}

#[test]
fn with_obliged_demand_and_an_exit_it_is_so_too() {
    let mut instance = tiny(7);
    instance.objective = Objective::LeastCost;
    instance.demands[0].obliged = true;
    instance.scenarios.iter_mut().for_each(|s| s.demand_units[0] = vec![0.0, 10.0, 20.0, 30.0]);
    instance.sites[1].thermals.clear();
    instance.purchases[0].exit = Some(Exit { from: 2, fee_musd: 20.0 });
    agree(&instance);
}

/// What is paid for and not taken early is worth something later, for one true-up alone: systems come late, and demand is there.
#[test]
fn with_what_true_ups_leave_to_each_other_it_is_so_too() {
    let mut instance = tiny(3);
    instance.sites.truncate(1);
    instance.sites[0].thermals.clear();
    instance.scenarios.truncate(1);
    let scenario = &mut instance.scenarios[0];
    (scenario.probability, scenario.demand_units) = (1.0, vec![vec![2.0, 1.0, 9.0, 9.0], vec![0.0; 4]]);
    (scenario.late_halls, scenario.late_grid) = (vec![0], vec![0]);
    let purchase = &mut instance.purchases[0];
    (purchase.commitment_musd, purchase.most_units) = (vec![20.0; 4], vec![9.0; 4]);
    purchase.musd_per_unit_year = vec![13.0; 4];
    let with = |numbers: &[u32], make_up, carry_forward, upfront| {
        let mut instance = instance.clone();
        let number = numbers.iter().map(|&number| Some(number)).collect();
        let whole_musd = vec![24.0; 4];
        instance.purchases[0].true_up = TrueUp { number, upfront, make_up, carry_forward, whole_musd };
        agree_over(&instance, 15)
    };
    let alone = with(&[0, 1, 2, 3], None, None, false);
    let lasting = with(&[0, 1, 2, 3], Some(3), None, false);
    let one = with(&[0, 1, 2, 3], Some(1), None, false);
    assert!(lasting < one - 1.0 && one < alone - 1.0, "{lasting} {one} {alone}");
    let together = with(&[0, 0, 1, 1], None, None, false);
    let ahead = with(&[0, 0, 1, 1], None, None, true);
    assert!(together < ahead - 0.1 && together < alone - 0.1, "{together} {ahead} {alone}");
    // Much first, little then: what was above the commitment counts.
    instance.scenarios[0].demand_units[0] = vec![9.0, 9.0, 1.0, 2.0];
    let with = |make_up, carry_forward| {
        let mut instance = instance.clone();
        let number = (0..4).map(Some).collect();
        let whole_musd = vec![24.0; 4];
        instance.purchases[0].true_up = TrueUp { number, upfront: false, make_up, carry_forward, whole_musd };
        agree_over(&instance, 15)
    };
    let (none, carried, both) = (with(None, None), with(None, Some(1)), with(Some(2), Some(2)));
    assert!(carried < none - 1.0 && both <= carried + 1e-6, "{none} {carried} {both}");
}

#[test]
fn paths_are_all_there_and_none_twice() {
    // Combinations with repetition: three periods, two units, from the second period on.
    assert_eq!(paths(3, 1, 2).len(), 6);
    assert_eq!(
        paths(4, 0, 1),
        [[0., 0., 0., 0.], [0., 0., 0., 1.], [0., 0., 1., 1.], [0., 1., 1., 1.], [1.; 4]]
    );
}
