//! A front on one living model is what separate plans with the same bound are, and never turns back.
#![allow(clippy::unwrap_used)]

use plan::example::{Size, programme};
use plan::front::front;
use plan::instance::{Instance, Objective};
use plan::solve::{Options, Outcome, Way, solve};
use solver::Highs;

fn instance() -> Instance {
    let mut instance = programme(Size { sites: 2, quarters: 6, scenarios: 1, days: 1, blocks: 4 }, 4);
    for site in &mut instance.sites {
        site.phases.truncate(2);
        site.phases.iter_mut().for_each(|phase| phase.lead_quarters = 1);
        site.tranches.iter_mut().for_each(|tranche| tranche.lead_quarters = 1);
    }
    instance.thermals.iter_mut().for_each(|kind| kind.equipment.lead_quarters /= 4);
    instance.renewables[0].equipment.lead_quarters = 1;
    instance.storages[0].equipment.lead_quarters = 1;
    instance.scenarios[0].revenue *= 2.5;
    instance
}

#[test]
fn points_of_a_front_are_plans_under_a_cap() {
    let instance = instance();
    let options = Options { gap: 1e-6, ..Options::default() };
    let trade = (Objective::LeastCarbon, Objective::NetPresentValue);
    let points = front::<Highs>(&instance, trade, 8, &options, &mut |_, _| {}).unwrap();
    assert_eq!(points.len(), 8);
    assert!(points[0].other > 2.0 * points[7].other, "carbon falls: {} {}", points[0].other, points[7].other);
    assert!(points[7].plan.objective > points[0].plan.objective + 1.0, "and costs something");
    for pair in points.windows(2) {
        assert!(pair[1].other <= pair[0].other + 1e-3 && pair[1].plan.bound >= pair[0].plan.bound - 1e-3);
        // As near as the best end of the front has to be, in money.
        let allowed = options.gap * points[0].plan.objective.abs().max(pair[1].plan.objective.abs());
        let left = pair[1].plan.objective - pair[1].plan.bound;
        assert!(left <= allowed + 1e-9, "{left}, of {allowed}");
    }
    for point in points.iter().step_by(3) {
        let mut capped = instance.clone();
        // The check of a cap forgives a tonne.
        capped.carbon.cap_t = Some(point.other + 0.01);
        let Outcome::Planned(alone) = solve::<Highs>(&capped, &options, &mut |_| {}).unwrap() else {
            panic!("no plan under {}", point.other)
        };
        let close = 1e-5 * points[0].plan.objective.abs().max(10.0) + 0.05;
        let (there, here) = (point.plan.objective, alone.objective);
        assert!((there - here).abs() <= close, "{there} on the front, {here} alone");
    }
}

/// Value against cost: the ends are the plans that seek one of them alone, and between them each is the best under what it may cost.
#[test]
fn value_is_traded_against_cost() {
    let mut instance = instance();
    instance.demands[0].obliged = true;
    instance.scenarios[0].demand_units[0].iter_mut().for_each(|units| *units *= 0.05);
    let options = Options { gap: 1e-6, ..Options::default() };
    let alone = |objective| {
        let seeking = Instance { objective, ..instance.clone() };
        match solve::<Highs>(&seeking, &options, &mut |_| {}).unwrap() {
            Outcome::Planned(plan) => plan.objective,
            other => panic!("{other:?}"),
        }
    };
    let (value, cost) = (alone(Objective::NetPresentValue), alone(Objective::LeastCost));
    let trade = (Objective::NetPresentValue, Objective::LeastCost);
    let points = front::<Highs>(&instance, trade, 4, &options, &mut |_, _| {}).unwrap();
    let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-4 * b.abs().max(1.0), "{a} is not {b}");
    close(points[0].plan.objective, value);
    close(points[3].other, cost);
    for pair in points.windows(2) {
        let (near, far) = (&pair[0], &pair[1]);
        // A plan that keeps the tighter bound already is the best under it too.
        let same = far.plan.objective == near.plan.objective && far.other == near.other;
        assert!(far.other < near.other || same, "{} {}", far.other, near.other);
        assert!(
            far.plan.objective >= near.plan.objective - 1e-3,
            "{} {}",
            far.plan.objective,
            near.plan.objective
        );
    }
    assert!(points[0].other > 1.1 * cost, "what brings most is not what costs least");
}

/// Neither side is money: what is traded is carbon against tokens, in both orders, on the decomposed model.
#[test]
fn carbon_is_traded_against_tokens() {
    let mut instance = instance();
    instance.demands.iter_mut().for_each(|demand| demand.tokens_per_unit_year = 1e15);
    let options = Options { gap: 1e-3, ..Options::default() };
    for trade in
        [(Objective::MostTokens, Objective::LeastCarbon), (Objective::LeastCarbon, Objective::MostTokens)]
    {
        let points = front::<Highs>(&instance, trade, 4, &options, &mut |_, _| {}).unwrap();
        assert_eq!(points.len(), 4, "{trade:?}");
        for point in &points {
            let (off, best) = (point.plan.objective - point.plan.bound, points[0].plan.objective.abs());
            // What settling the systems of pools at their sites loses comes on top.
            let allowed = options.gap * best.max(point.plan.objective.abs());
            assert!(off <= allowed * 1.5, "{trade:?}: {off} from the bound, where {allowed} is allowed");
        }
        let [first, last] = [&points[0], &points[3]].map(|point| (point.plan.objective, point.other));
        assert!(last.1 < first.1 && last.0 > first.0, "{trade:?}: {first:?} to {last:?}");
    }
    for objective in [Objective::MostTokens, Objective::LeastCarbon] {
        instance.objective = objective;
        let [whole, parts] = [Way::Whole, Way::Decomposed].map(|way| {
            let options = Options { way, ..options };
            match solve::<Highs>(&instance, &options, &mut |_| {}).unwrap() {
                Outcome::Planned(plan) => plan.objective,
                other => panic!("{other:?}"),
            }
        });
        assert!((whole - parts).abs() <= 2e-3 * whole.abs().max(1.0), "{objective:?}: {whole}, {parts}");
    }
}
