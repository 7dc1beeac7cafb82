//! What agreements say in a plan: capacity bought under commitments, shares that holders of rights take.

use super::{changing, until};
use plan::instance::{Exit, Purchase, Right, TrueUp};
use scenario::world::planning::{Future, PlanRight, Planning, Takes};

/// `pools` says in which region each is counted.
pub(super) fn purchases(planning: &Planning, pools: &[usize]) -> Vec<Purchase> {
    let one = |(purchase, &region): (&scenario::world::planning::Purchase, &usize)| Purchase {
        name: purchase.agreement.clone(),
        region,
        musd_per_unit_year: changing(
            purchase.usd_per_unit_year / 1e6,
            purchase.price_change,
            planning.quarters,
        ),
        commitment_musd: purchase.committed_usd.iter().map(|usd| usd / 1e6).collect(),
        most_units: purchase.most_units.clone(),
        exit: purchase.exit.map(|(fee, from)| Exit {
            from: from.map_or(0, |from| until(from, planning) as usize),
            fee_musd: fee / 1e6,
        }),
        true_up: TrueUp {
            number: purchase.true_ups.clone(),
            upfront: purchase.terms.0,
            make_up: purchase.terms.1,
            carry_forward: purchase.terms.2,
            whole_musd: purchase.whole_usd.iter().map(|usd| usd / 1e6).collect(),
        },
    };
    planning.purchases.iter().zip(pools).map(one).collect()
}

/// Rights to compute that is built.
fn of_compute(planning: &Planning) -> impl Iterator<Item = (&PlanRight, f64)> {
    planning.rights.iter().filter_map(|right| match right.takes {
        Takes::Compute(usd) => Some((right, usd)),
        Takes::Demand(_) => None,
    })
}

pub(super) fn rights(planning: &Planning) -> Vec<Right> {
    let one = |(right, usd): (&PlanRight, f64)| Right {
        name: right.agreement.clone(),
        musd_per_unit_year: vec![usd / 1e6; planning.quarters],
    };
    of_compute(planning).map(one).collect()
}

/// The share that a right takes in a future.
fn share(right: &PlanRight, future: &Future, t: usize) -> f64 {
    (right.share[t] * future.elections).min(1.0)
}

pub(super) fn right_shares(future: &Future, planning: &Planning) -> Vec<Vec<f64>> {
    let one =
        |(right, _): (&PlanRight, f64)| (0..planning.quarters).map(|t| share(right, future, t)).collect();
    of_compute(planning).map(one).collect()
}

/// What is wanted of the programme: without what holders of rights serve.
pub(super) fn demand_units(future: &Future, planning: &Planning) -> Vec<Vec<f64>> {
    let left = |d: usize, t: usize| -> f64 {
        let taken = planning.rights.iter().filter_map(|right| match right.takes {
            Takes::Demand(of) if of.is_none_or(|of| of == d) => Some(1.0 - share(right, future, t)),
            _ => None,
        });
        taken.product()
    };
    let one = |(d, demand): (usize, &scenario::world::planning::Demand)| {
        demand.units.iter().enumerate().map(|(t, units)| units * future.demand * left(d, t)).collect()
    };
    planning.demands.iter().enumerate().map(one).collect()
}
