//! What slips, measured over seeds against the distribution that the plan states.
#![allow(clippy::unwrap_used)]

mod run;

use base::{SimTime, Span};
use buildout::plan::{Plan, Slip};
use buildout::{BuildFact, DateFrom, Milestone};
use run::{block, day, days, plan, run};

/// One block per site (or two), of which only the date of work is stated.
fn slipping(slip: Slip, blocks: usize) -> Plan {
    let one = |at: usize| {
        let mut own = block(&format!("b{at}"), 0);
        own.stages.drain(..4);
        own.manner.slip = slip;
        own
    };
    let mut plan = plan(1, (0..blocks).map(one).collect());
    plan.end = day("2200-01-01");
    plan
}

fn lateness(plan: &Plan, seed: u64, block: u32) -> f64 {
    let (told, _) = run(Plan { seed, ..plan.clone() });
    days(day("2026-11-01"), told.energised(block).unwrap())
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[(share * sorted.len() as f64) as usize]
}

#[test]
fn lead_times_stretch_by_the_lognormal_that_is_stated() {
    let slip = Slip { median: 1.2, sigma: 0.4, ..Slip::default() };
    let plan = slipping(slip, 1);
    let lead = days(day("2026-01-01"), day("2026-11-01"));
    let mut late: Vec<f64> = (0..4000).map(|seed| lateness(&plan, seed, 0)).collect();
    late.sort_by(f64::total_cmp);
    // Quantiles of the standard normal: 10 %, 50 %, 90 %. The standard error of a quantile with density f of n draws is
    // sqrt(p (1 - p) / n) / f: at most 3.4 days here; four of those are allowed.
    for (share, z) in [(0.1, -1.281_551_6), (0.5, 0.0), (0.9, 1.281_551_6_f64)] {
        let expected = lead * 1.2 * (0.4 * z).exp() - lead;
        let found = quantile(&late, share);
        assert!((found - expected).abs() < 14.0, "{share}: {found} days, not {expected}");
    }
}

#[test]
fn a_delay_comes_on_top_whatever_the_lead_time() {
    let slip = Slip { delay: Span::DAY * 60, delay_sigma: 0.5, ..Slip::default() };
    let plan = slipping(slip, 1);
    let mut late: Vec<f64> = (0..2000).map(|seed| lateness(&plan, seed, 0)).collect();
    late.sort_by(f64::total_cmp);
    assert!((quantile(&late, 0.5) - 60.0).abs() < 4.0);
    assert!((quantile(&late, 0.9) - 60.0 * (0.5 * 1.281_551_6_f64).exp()).abs() < 8.0);
}

/// Correlation of the logarithms of the factors of two blocks of a site.
fn correlation(of: f64) -> f64 {
    let slip = Slip { sigma: 0.3, correlation: of, ..Slip::default() };
    let plan = slipping(slip, 2);
    let lead = days(day("2026-01-01"), day("2026-11-01"));
    let pairs: Vec<(f64, f64)> = (0..2000)
        .map(|seed| {
            let (told, _) = run(Plan { seed, ..plan.clone() });
            let of = |block| (days(day("2026-01-01"), told.energised(block).unwrap()) / lead).ln();
            (of(0), of(1))
        })
        .collect();
    let n = pairs.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let (xx, yy, xy) = (mean(|p| p.0 * p.0), mean(|p| p.1 * p.1), mean(|p| p.0 * p.1));
    (xy - x * y) / ((xx - x * x) * (yy - y * y)).sqrt()
}

#[test]
fn blocks_of_one_site_slip_together_as_much_as_is_stated() {
    // The standard error of a correlation r of 2,000 pairs is (1 - r^2) / sqrt(2000): 0.022 at most.
    for stated in [0.0, 0.5, 0.9] {
        let found = correlation(stated);
        assert!((found - stated).abs() < 0.07, "{found}, not {stated}");
    }
    assert!(correlation(1.0) > 0.999_999);
}

#[test]
fn one_more_block_changes_nobody_elses_luck() {
    let slip = Slip { sigma: 0.5, correlation: 0.4, ..Slip::default() };
    let (one, three) = (slipping(slip, 1), slipping(slip, 3));
    for seed in 0..20 {
        assert_eq!(lateness(&one, seed, 0), lateness(&three, seed, 0));
    }
}

#[test]
fn what_slips_is_seen_half_way_and_moves_what_comes_after() {
    let mut own = block("b", 0);
    own.manner.slip = Slip { delay: Span::DAY * 20, ..Slip::default() };
    let (told, _) = run(plan(1, vec![own]));
    // Every stage takes 20 days more.
    assert_eq!(told.reached(0, Milestone::LandCleared), Some(day("2026-03-21")));
    assert_eq!(told.energised(0), Some(day("2026-11-01") + Span::DAY * 100));
    let said: Vec<(SimTime, SimTime)> = told
        .build
        .iter()
        .filter_map(|(now, fact)| match fact {
            BuildFact::Forecast { milestone: Milestone::Energised, due, from, .. } => {
                let announced = *now == day("2026-01-01");
                let whose = if announced { DateFrom::Announced } else { DateFrom::Expected };
                assert_eq!(*from, whose, "only the plan was announced");
                Some((*now, *due))
            }
            _ => None,
        })
        .collect();
    assert_eq!(said[0], (day("2026-01-01"), day("2026-11-01")));
    assert_eq!(
        said[1],
        (day("2026-01-30") + Span::HOUR * 12, day("2026-11-21")),
        "half of January and February"
    );
    assert_eq!(said.len(), 6, "once for each stage that slips: {said:?}");
    assert_eq!(said[5].1, told.energised(0).unwrap(), "at last it is right");
}
