//! Years in place of quarters far from now: the same worth where nothing hangs on the quarter, and plans that keep every limit.
#![allow(clippy::unwrap_used)]

use plan::example::{Size, programme};
use plan::instance::Instance;
use plan::solve::{Options, Outcome, Plan, solve};
use solver::Highs;

fn planned(instance: &Instance, gap: f64) -> Plan {
    let options = Options { gap, ..Options::default() };
    match solve::<Highs>(instance, &options, &mut |_| {}).unwrap() {
        Outcome::Planned(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

/// One site that is there from the start, with more room and power than anybody needs; what makers deliver is all that is short, and
/// a dollar later is a dollar.
fn short_of_systems(quarters: usize) -> Instance {
    let mut size = Size::new(1, quarters, 1);
    (size.days, size.blocks) = (1, 2);
    let mut instance = programme(size, 5);
    instance.capital.discount_per_year = 0.0;
    instance.capital.budget_musd.fill(1e6);
    instance.regions[0].labour_mw = None;
    instance.transformers_mw = None;
    instance.purchases.clear();
    instance.rights.clear();
    instance.scenarios[0].right_share.clear();
    instance.generations.truncate(1);
    let generation = &mut instance.generations[0];
    (generation.salvage, generation.upkeep) = (0.0, 0.0);
    generation.musd_per_mw.fill(1.0);
    generation.supply_mw = Some(vec![10.0; quarters]);
    let site = &mut instance.sites[0];
    site.phases.truncate(1);
    (site.land_musd, site.operations_musd_per_mw_year) = (0.0, 0.0);
    (site.phases[0].mw, site.phases[0].lead_quarters, site.phases[0].musd_per_mw) = (1_000.0, 0, 0.0);
    site.tranches.truncate(1);
    (site.tranches[0].mw, site.tranches[0].lead_quarters, site.tranches[0].musd) = (200.0, 0, 0.0);
    site.grid_price.fill(1.0);
    site.profile.fill(0);
    for demand in &mut instance.demands {
        demand.musd_per_unit_year.fill(20.0);
    }
    instance.scenarios[0].demand_units.iter_mut().for_each(|units| units.fill(1e5));
    instance
}

#[test]
fn years_are_worth_what_their_quarters_are_where_nothing_hangs_on_the_quarter() {
    let quarters = short_of_systems(10);
    let fine = planned(&quarters, 1e-9);
    for from in [1, 2, 6] {
        let years = quarters.in_years_from(from);
        assert!(years.check().is_empty(), "{:?}", years.check());
        let lengths: Vec<u32> = years.periods.iter().map(|period| period.quarters).collect();
        assert_eq!(lengths.iter().sum::<u32>(), 10);
        // The first four are here-and-now, so that they stay.
        assert_eq!(lengths[..4], [1; 4]);
        let coarse = planned(&years, 1e-9);
        let off = (coarse.objective - fine.objective).abs() / fine.objective.abs();
        assert!(
            off < 1e-9,
            "{} with years from quarter {from}, {} without",
            coarse.objective,
            fine.objective
        );
        let last = coarse.decisions.futures[0].periods.last().unwrap();
        assert!((last.installed_mw[0][0] - 100.0).abs() < 1e-6, "ten deliveries of ten megawatts");
    }
}

#[test]
fn systems_that_come_late_in_their_period_work_for_the_rest_of_it() {
    // Four parts at the start of each quarter of a year come a quarter and a half after its start in the mean.
    let years = short_of_systems(10).in_years_from(2);
    let mut late = years.clone();
    for period in late.periods.iter_mut().filter(|period| period.evenly) {
        (period.evenly, period.late_quarters) = (false, f64::from(period.quarters - 1) / 2.0);
    }
    let [parts, at_once] = [&years, &late].map(|instance| planned(instance, 1e-9));
    assert!((parts.objective - at_once.objective).abs() < 1e-9 * parts.objective.abs());
    // A quarter whose systems come half a quarter late has half of them.
    let mut quarters = short_of_systems(4);
    quarters.periods.iter_mut().for_each(|period| period.late_quarters = 0.5);
    let plan = planned(&quarters, 1e-9);
    for (t, now) in plan.decisions.futures[0].periods.iter().enumerate() {
        let works = quarters.generations[0].availability * (10.0 * t as f64 + 5.0);
        assert!((now.active_mw[0][0] - works).abs() < 1e-6, "{t}: {}", now.active_mw[0][0]);
    }
    quarters.periods[1].late_quarters = 1.5;
    assert!(!quarters.check().is_empty(), "later than its quarter is in the next");
}

#[test]
fn names_and_dates_of_years_are_those_of_their_quarters() {
    let mut instance = programme(Size::new(2, 15, 2), 1);
    instance.here_and_now = 1;
    instance.scenarios[1].late_halls = vec![1, 0];
    instance.sites[0].phases[0].due = Some(9);
    let built = &mut instance.sites[0].phases[1];
    (built.start_quarter, built.lead_quarters, built.due) = (5, 4, Some(9));
    instance.generations[2].supply_mw = None;
    let years = instance.in_years_from(4);
    let names: Vec<&str> = years.periods.iter().map(|period| period.name.as_str()).collect();
    assert_eq!(names, ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026", "2027", "2028-Q1..2028-Q3"]);
    assert_eq!(years.sites[0].phases[0].due, Some(5), "due at the start of the year that it is due in");
    assert_eq!(years.sites[0].phases[1].due, Some(6), "which it cannot reach: with the next");
    // The fourth of the makers' products comes in the third quarter of 2027: half a year of it in that year.
    assert_eq!(years.generations[3].available, 5);
    let supply = |t: usize| instance.generations[3].supply_mw.as_ref().unwrap()[t];
    assert_eq!(years.generations[3].supply_mw.as_ref().unwrap()[5], supply(10) + supply(11));
    // Of the third nobody says how many: it comes when the next year begins.
    assert_eq!(years.generations[2].available, 5);
    // A hall that comes a quarter late: not there in its quarter, in three quarters of its year, and whole after that.
    let there = |ready: usize, late: usize, t: usize| years.share_there(ready, late, t);
    assert_eq!([there(2, 1, 2), there(2, 1, 3), there(3, 1, 4)], [0.0, 1.0, 1.0]);
    assert_eq!(
        [there(4, 1, 4), there(4, 1, 5), there(4, 5, 4), there(4, 5, 5), there(6, 3, 6)],
        [0.75, 1.0, 0.0, 0.75, 0.0]
    );
    assert_eq!(years.in_years_from(4), years, "years stay as they are");
}

#[test]
fn a_plan_in_years_breaks_nothing_and_is_near_that_in_quarters() {
    let mut size = Size::new(2, 12, 2);
    (size.days, size.blocks) = (1, 4);
    let mut instance = programme(size, 2);
    instance.scenarios[1].late_halls = vec![1, 3];
    instance.scenarios[1].late_grid = vec![2, 1];
    let fine = planned(&instance, 0.05);
    let years = instance.in_years_from(8);
    let coarse = planned(&years, 0.05);
    let off = (coarse.objective - fine.objective).abs() / fine.objective.abs();
    assert!(off < 0.3, "{} in years, {} in quarters", coarse.objective, fine.objective);
}
