//! The adapter on problems small enough to know the answer of.
#![allow(clippy::unwrap_used)]

use solver::{Answer, Columns, Highs, Method, Problem, Rows, Solver, Status, Stay, Stop};

const INFINITY: f64 = f64::INFINITY;

/// Lower, upper, entries.
type Row<'a> = (f64, f64, &'a [(usize, f64)]);

fn problem(columns: &[(f64, f64, f64, bool)], rows: &[Row]) -> Problem {
    let mut problem = Problem::default();
    for &(cost, lower, upper, integer) in columns {
        problem.columns.push(cost, lower, upper, integer);
    }
    for &(lower, upper, entries) in rows {
        entries.iter().for_each(|&(column, value)| problem.rows.entry(column, value));
        problem.rows.end(lower, upper);
    }
    problem
}

/// Dantzig's two products in three workshops: best is 36 at (2, 6).
fn workshops(integer: bool) -> Problem {
    problem(
        &[(-3.0, 0.0, INFINITY, integer), (-5.0, 0.0, INFINITY, integer)],
        &[
            (-INFINITY, 4.0, &[(0, 1.0)]),
            (-INFINITY, 12.0, &[(1, 2.0)]),
            (-INFINITY, 18.0, &[(0, 3.0), (1, 2.0)]),
        ],
    )
}

fn solve(highs: &mut Highs, stop: &Stop) -> Answer {
    highs.solve(stop, &mut |_| {}).unwrap()
}

#[test]
fn values_duals_and_basis_of_a_linear_programme() {
    let mut highs = Highs::open(&workshops(false)).unwrap();
    let answer = solve(&mut highs, &Stop::default());
    assert_eq!(answer.status, Status::Optimal);
    assert_eq!((answer.objective, answer.bound), (-36.0, -36.0));
    assert_eq!(highs.primal(), [2.0, 6.0]);
    assert_eq!(highs.row_values(), [2.0, 12.0, 18.0]);
    // Shadow prices of the textbook: 0, 3/2, 1; a cost falls, so they are negative.
    assert_eq!(highs.row_duals(), [0.0, -1.5, -1.0]);
    assert_eq!(highs.reduced_costs(), [0.0, 0.0]);
    let basis = highs.basis().unwrap();
    assert_eq!(basis.columns, [Stay::Basic, Stay::Basic]);
    let mut again = Highs::open(&workshops(false)).unwrap();
    again.set_basis(&basis).unwrap();
    let warm = solve(&mut again, &Stop { presolve: false, ..Stop::default() });
    assert_eq!((warm.objective, warm.iterations), (-36.0, 0), "an optimal basis needs no iteration");
}

#[test]
fn every_method_finds_the_same_optimum() {
    for method in [
        Method::DualSimplex,
        Method::PrimalSimplex,
        Method::InteriorPoint,
        Method::InteriorPointOnly,
        Method::FirstOrder,
    ] {
        let mut highs = Highs::open(&workshops(false)).unwrap();
        let answer = solve(&mut highs, &Stop { method, presolve: false, ..Stop::default() });
        assert_eq!(answer.status, Status::Optimal, "{method:?}");
        assert!((answer.objective + 36.0).abs() < 1e-2, "{method:?}: {}", answer.objective);
    }
}

#[test]
fn a_living_model_is_changed_and_solved_again() {
    let mut highs = Highs::open(&workshops(false)).unwrap();
    solve(&mut highs, &Stop::default());
    highs.set_row_bounds(2, &[-INFINITY], &[24.0]).unwrap();
    let warm = Stop { presolve: false, ..Stop::default() };
    assert_eq!(solve(&mut highs, &warm).objective, -42.0);
    highs.set_bounds(0, &[0.0], &[1.0]).unwrap();
    assert_eq!(solve(&mut highs, &warm).objective, -33.0);
    highs.set_costs(1, &[-1.0]).unwrap();
    assert_eq!(solve(&mut highs, &warm).objective, -9.0);
    // More rows: vectors grow with the model.
    let mut rows = Rows::default();
    rows.entry(0, 1.0);
    rows.entry(1, 1.0);
    rows.end(-INFINITY, 3.0);
    highs.add_rows(&rows).unwrap();
    assert_eq!(solve(&mut highs, &warm).objective, -5.0);
    assert_eq!((highs.rows(), highs.row_values().len(), highs.row_duals().len()), (4, 4, 4));
    highs.remove_rows(&[false, true, false, true]).unwrap();
    highs.set_bounds(0, &[0.0], &[4.0]).unwrap();
    assert_eq!(solve(&mut highs, &warm).objective, -18.0);
    assert_eq!(highs.row_values().len(), 2);
    let mut columns = Columns::default();
    columns.push(-1.0, 0.0, 7.0, true);
    highs.add_columns(&columns).unwrap();
    highs.set_coefficient(1, 2, 4.0).unwrap();
    assert_eq!(highs.primal().len(), 2, "values are those of the last search until the next");
    assert_eq!(solve(&mut highs, &Stop::default()).status, Status::Optimal);
    assert_eq!(highs.primal().len(), 3);
}

/// Eight things of awkward size: best by trying all.
fn knapsack() -> (Problem, f64) {
    let things = [
        (92.0, 23.0),
        (57.0, 31.0),
        (49.0, 29.0),
        (68.0, 44.0),
        (60.0, 53.0),
        (43.0, 38.0),
        (67.0, 63.0),
        (84.0, 85.0),
    ];
    let mut problem = Problem::default();
    for (k, (worth, weight)) in things.into_iter().enumerate() {
        problem.columns.push(-worth, 0.0, 1.0, true);
        problem.rows.entry(k, weight);
    }
    problem.rows.end(-INFINITY, 165.0);
    let mut best = 0.0_f64;
    for taken in 0..1 << things.len() {
        let chosen = things.iter().enumerate().filter(|(k, _)| taken >> k & 1 == 1).map(|(_, thing)| thing);
        let (worth, weight) = chosen.fold((0.0, 0.0), |sum, thing| (sum.0 + thing.0, sum.1 + thing.1));
        if weight <= 165.0 {
            best = best.max(worth);
        }
    }
    (problem, best)
}

#[test]
fn whole_numbers_are_searched_and_the_search_can_be_watched() {
    let (problem, best) = knapsack();
    let mut highs = Highs::open(&problem).unwrap();
    let mut seen = Vec::new();
    let answer = highs.solve(&Stop { gap: 0.0, ..Stop::default() }, &mut |sight| seen.push(*sight)).unwrap();
    assert_eq!(answer.status, Status::Optimal);
    assert_eq!((answer.objective, answer.bound), (-best, -best));
    assert!(seen.iter().any(|sight| sight.incumbent == -best), "{seen:?}");
    assert!(highs.primal().iter().all(|value| (value - value.round()).abs() < 1e-9));
    // Relaxed on the same model, then whole again from a suggestion.
    highs.set_integer(0, &[false; 8]).unwrap();
    assert!(solve(&mut highs, &Stop::default()).objective < -best);
    assert!(highs.basis().is_some());
    highs.set_integer(0, &[true; 8]).unwrap();
    let taken = [1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0];
    highs.suggest(&taken).unwrap();
    assert_eq!(solve(&mut highs, &Stop { gap: 0.0, ..Stop::default() }).objective, -best);
}

#[test]
fn a_search_with_limits_says_so() {
    let mut highs = Highs::open(&workshops(false)).unwrap();
    let stop = Stop { iterations: Some(1), presolve: false, ..Stop::default() };
    let answer = solve(&mut highs, &stop);
    assert_eq!(answer.status, Status::Limit);
    assert_eq!(answer.bound, f64::NEG_INFINITY);
}

#[test]
fn infeasible_and_unbounded_are_answers_with_rays() {
    // x + y <= 1 and x + y >= 2.
    let columns = [(1.0, 0.0, INFINITY, false), (1.0, 0.0, INFINITY, false)];
    let both: &[(usize, f64)] = &[(0, 1.0), (1, 1.0)];
    let mut highs =
        Highs::open(&problem(&columns, &[(-INFINITY, 1.0, both), (2.0, INFINITY, both)])).unwrap();
    let warm = Stop { presolve: false, ..Stop::default() };
    let answer = solve(&mut highs, &warm);
    assert_eq!((answer.status, answer.feasible), (Status::Infeasible, false));
    let ray = highs.infeasible_ray().unwrap();
    assert!(ray[0] * ray[1] < 0.0, "one against the other: {ray:?}");
    let mut highs =
        Highs::open(&problem(&[(-1.0, 0.0, INFINITY, false)], &[(0.0, INFINITY, &[(0, 1.0)])])).unwrap();
    assert_eq!(solve(&mut highs, &warm).status, Status::Unbounded);
    assert!(highs.unbounded_ray().unwrap()[0] > 0.0);
    // Whole numbers: no value of 2 x between 1 and 1.
    let mut highs = Highs::open(&problem(&[(1.0, 0.0, 9.0, true)], &[(1.0, 1.0, &[(0, 2.0)])])).unwrap();
    assert_eq!(solve(&mut highs, &Stop::default()).status, Status::Infeasible);
}

#[test]
fn an_empty_model_has_an_empty_answer() {
    let mut highs = Highs::open(&Problem::default()).unwrap();
    let answer = solve(&mut highs, &Stop::default());
    assert_eq!((answer.status, answer.objective), (Status::Optimal, 0.0));
    assert!(highs.primal().is_empty());
}

#[test]
fn what_is_not_there_is_refused_and_nothing_is_written_past_the_end() {
    let mut highs = Highs::open(&workshops(false)).unwrap();
    assert!(highs.set_bounds(1, &[0.0, 0.0], &[1.0, 1.0]).is_err());
    assert!(highs.set_bounds(usize::MAX, &[0.0], &[1.0]).is_err());
    assert!(highs.set_bounds(0, &[f64::NAN], &[1.0]).is_err());
    assert!(highs.set_costs(2, &[1.0]).is_err());
    assert!(highs.set_row_bounds(3, &[0.0], &[0.0]).is_err());
    assert!(highs.set_integer(0, &[true; 3]).is_err());
    assert!(highs.set_coefficient(9, 0, 1.0).is_err());
    assert!(highs.remove_rows(&[true]).is_err());
    assert!(highs.suggest(&[1.0]).is_err());
    assert!(highs.set_basis(&solver::Basis::default()).is_err());
    let mut rows = Rows::default();
    rows.entry(7, 1.0);
    rows.end(0.0, 1.0);
    assert!(highs.add_rows(&rows).is_err());
    assert!(Highs::open(&Problem { rows, ..Problem::default() }).is_err());
    assert_eq!(solve(&mut highs, &Stop::default()).objective, -36.0, "the model is as it was");
}

#[test]
fn the_same_model_gives_the_same_bits() {
    let (problem, _) = knapsack();
    let run = || {
        let mut highs = Highs::open(&problem).unwrap();
        let answer = solve(&mut highs, &Stop::default());
        (answer, highs.primal().iter().map(|value| value.to_bits()).collect::<Vec<_>>())
    };
    assert_eq!(run(), run());
}

#[test]
fn models_are_written_with_names() {
    let mut highs = Highs::open(&workshops(true)).unwrap();
    let names = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    highs.set_names(&names(&["doors", "windows"]), &names(&["plant1", "plant2", "plant3"])).unwrap();
    let folder = std::env::temp_dir().join(format!("stargate-solver-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for ending in ["mps", "lp"] {
        let path = folder.join(format!("model.{ending}"));
        highs.write(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("windows") && text.contains("plant3"), "{text}");
    }
    assert!(highs.write(&folder.join("model.xyz")).is_err());
    assert!(highs.write(&folder.join("no/such/folder/model.mps")).is_err());
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Fourteen things to pack, with their number as a column of its own; the best is found by trying all.
fn things_and_number() -> (Problem, f64) {
    let things: Vec<(f64, f64)> =
        (0..14).map(|k| (f64::from(7 + k * 11 % 13), f64::from(5 + k * 7 % 17))).collect();
    let room = 60.0;
    let mut columns: Vec<(f64, f64, f64, bool)> =
        things.iter().map(|&(value, _)| (-value, 0.0, 1.0, true)).collect();
    columns.push((0.0, 0.0, INFINITY, true));
    let weights: Vec<(usize, f64)> = things.iter().enumerate().map(|(k, &(_, weight))| (k, weight)).collect();
    let mut count: Vec<(usize, f64)> = (0..things.len()).map(|k| (k, 1.0)).collect();
    count.push((things.len(), -1.0));
    let worth = |chosen: u32| {
        let packed = things.iter().enumerate().filter(|(k, _)| chosen >> k & 1 == 1);
        let (value, weight) = packed.fold((0.0, 0.0), |sum, (_, thing)| (sum.0 + thing.0, sum.1 + thing.1));
        if weight <= room { value } else { 0.0 }
    };
    let best = (0..1 << things.len()).map(worth).fold(0.0, f64::max);
    (problem(&columns, &[(-INFINITY, room, &weights), (0.0, 0.0, &count)]), -best)
}

#[test]
fn sums_that_are_kept_and_a_cutoff_change_nothing_of_the_answer() {
    let (problem, best) = things_and_number();
    let exact = Stop { gap: 0.0, ..Stop::default() };
    for keep_sums in [false, true] {
        let mut highs = Highs::open(&problem).unwrap();
        let answer = solve(&mut highs, &Stop { keep_sums, ..exact });
        assert_eq!(
            (answer.status, answer.objective, answer.bound),
            (Status::Optimal, best, best),
            "{keep_sums}"
        );
        let chosen: f64 = highs.primal()[..14].iter().sum();
        assert_eq!(highs.primal()[14], chosen, "the sum is a column of the answer");
        // Nothing is better than the best by half, and the search says no more than that; above it there is the best.
        let below = solve(&mut highs, &Stop { keep_sums, cutoff: Some(best - 0.5), ..exact });
        assert!(!(below.feasible && below.objective < best - 0.5), "{below:?}");
        assert!(below.bound >= best - 0.5, "{below:?}");
        let above = solve(&mut highs, &Stop { keep_sums, cutoff: Some(best + 0.5), ..exact });
        assert_eq!((above.status, above.objective), (Status::Optimal, best), "{keep_sums}");
        // What one search keeps is not kept by the next.
        assert_eq!(solve(&mut highs, &exact).objective, best);
    }
}
