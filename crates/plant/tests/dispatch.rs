//! Dispatch against every possibility tried one by one, and against the laws that any solution must keep.
#![allow(clippy::unwrap_used)]

use plant::balance::Joules;
use plant::dispatch::{Bid, Offer, UnitGroup, clear, commit};
use proptest::prelude::*;

/// The best surplus by trying every split of small integers.
fn brute_clear(offers: &[Offer], bids: &[Bid]) -> i128 {
    fn sums(most: &[i64], worth: &[i64]) -> Vec<Option<i128>> {
        // Best worth for each total, by enumeration.
        let total: i64 = most.iter().sum();
        let mut best = vec![None; total as usize + 1];
        let mut counts = vec![0i64; most.len()];
        loop {
            let sum: i64 = counts.iter().sum();
            let value: i128 = counts.iter().zip(worth).map(|(c, w)| i128::from(*c) * i128::from(*w)).sum();
            let slot: &mut Option<i128> = &mut best[sum as usize];
            *slot = Some(slot.map_or(value, |known| known.max(value)));
            let Some(i) = counts.iter().zip(most).position(|(c, m)| c < m) else { return best };
            counts[..i].fill(0);
            counts[i] += 1;
        }
    }
    let supply = sums(
        &offers.iter().map(|o| o.most.0).collect::<Vec<_>>(),
        &offers.iter().map(|o| -o.price).collect::<Vec<_>>(),
    );
    let demand = sums(
        &bids.iter().map(|b| b.most.0).collect::<Vec<_>>(),
        &bids.iter().map(|b| b.value).collect::<Vec<_>>(),
    );
    let pairs = supply.iter().zip(&demand);
    pairs.filter_map(|(s, d)| Some((*s)? + (*d)?)).max().unwrap()
}

fn offers() -> impl Strategy<Value = Vec<Offer>> {
    let offer = (0i64..4, -20i64..100).prop_map(|(most, price)| Offer { most: Joules(most), price });
    proptest::collection::vec(offer, 1..4)
}

fn bids() -> impl Strategy<Value = Vec<Bid>> {
    let bid = (0i64..5, -10i64..150).prop_map(|(most, value)| Bid { most: Joules(most), value });
    proptest::collection::vec(bid, 1..4)
}

fn group() -> impl Strategy<Value = UnitGroup> {
    (0u32..4, 0u32..4, 1i64..4, 0i64..3, 5i64..60, 0i64..40, 0i64..30, 0i64..6).prop_map(
        |(available, running, least, more, price, running_cost, start_cost, starting)| UnitGroup {
            available,
            running,
            most: Joules((least + more) * Joules::PER_MWH),
            starting_most: Joules(starting.min(least + more) * Joules::PER_MWH),
            least: Joules(least * Joules::PER_MWH),
            price,
            running_cost,
            start_cost,
        },
    )
}

/// The surplus of running exactly `on` units, worked out from the definition.
fn surplus_of(offers: &[Offer], groups: &[UnitGroup], bids: &[Bid], on: &[u32]) -> i128 {
    let mut all = offers.to_vec();
    let mut fixed = 0i128;
    let mut least_energy = 0i64;
    for (group, &on) in groups.iter().zip(on) {
        let (old, new) = (i64::from(on.min(group.running)), i64::from(on.saturating_sub(group.running)));
        let least = group.least.0 * old + group.least.0.min(group.starting_most.0) * new;
        let most = group.most.0 * old + group.starting_most.0 * new;
        least_energy += least;
        all.push(Offer { most: Joules(most - least), price: group.price });
        let starts = i128::from(on.saturating_sub(group.running));
        fixed += (i128::from(group.running_cost) * i128::from(on) + i128::from(group.start_cost) * starts)
            * i128::from(Joules::PER_MWH)
            + i128::from(group.price) * i128::from(least);
    }
    // Least load goes to the dearest bids first; the rest of the hour is an ordinary clearing.
    let mut left: Vec<Bid> = bids.to_vec();
    let mut order: Vec<usize> = (0..left.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(left[i].value));
    let mut value = 0i128;
    for i in order {
        let served = left[i].most.0.min(least_energy);
        least_energy -= served;
        left[i].most.0 -= served;
        value += i128::from(left[i].value) * i128::from(served);
    }
    value + clear(&all, &left).surplus - fixed
}

fn brute_commit(offers: &[Offer], groups: &[UnitGroup], bids: &[Bid]) -> i128 {
    let mut on = vec![0u32; groups.len()];
    let mut best = i128::MIN;
    loop {
        best = best.max(surplus_of(offers, groups, bids, &on));
        let Some(i) = on.iter().zip(groups).position(|(on, group)| *on < group.available) else {
            return best;
        };
        on[..i].fill(0);
        on[i] += 1;
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn merit_order_is_the_best_of_all(offers in offers(), bids in bids()) {
        let cleared = clear(&offers, &bids);
        prop_assert_eq!(cleared.surplus, brute_clear(&offers, &bids));
        let served: Joules = cleared.served.iter().copied().sum();
        prop_assert_eq!(cleared.energy(), served);
        for (taken, offer) in cleared.taken.iter().zip(&offers) {
            prop_assert!((0..=offer.most.0).contains(&taken.0));
        }
    }

    #[test]
    fn one_group_is_committed_exactly(offers in offers(), group in group(), load in 0i64..12) {
        let offers: Vec<Offer> = offers.into_iter().map(|o| Offer { most: Joules(o.most.0 * Joules::PER_MWH), ..o }).collect();
        let bids = [Bid { most: Joules(load * Joules::PER_MWH), value: 5000 }];
        let groups = [group];
        let commitment = commit(&offers, &groups, &bids);
        prop_assert_eq!(commitment.surplus, brute_commit(&offers, &groups, &bids));
        prop_assert_eq!(commitment.surplus, surplus_of(&offers, &groups, &bids, &commitment.on));
    }
}

/// Several groups: how often, and by how much, the search stops short.
#[test]
fn several_groups_are_committed_nearly_exactly() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng);
    let cases = (offers(), proptest::collection::vec(group(), 2..4), 0i64..25);
    let (mut exact, mut total, mut worst) = (0, 0, 0.0f64);
    for _ in 0..2000 {
        let (offers, groups, load) = cases.new_tree(&mut runner).unwrap().current();
        let scale = |o: Offer| Offer { most: Joules(o.most.0 * Joules::PER_MWH), ..o };
        let offers: Vec<Offer> = offers.into_iter().map(scale).collect();
        let bids = [Bid { most: Joules(load * Joules::PER_MWH), value: 1000 }];
        let found = commit(&offers, &groups, &bids).surplus;
        let best = brute_commit(&offers, &groups, &bids);
        // Measured against the cost of the best: what is served is worth 1000 a megawatt-hour.
        let served_value = 1000 * i128::from(load) * i128::from(Joules::PER_MWH);
        let cost = (served_value - best).max(1) as f64;
        worst = worst.max((best - found) as f64 / cost);
        exact += i32::from(found == best);
        total += 1;
        assert!(found <= best);
    }
    println!("{exact} of {total} hours are optimal; the worst costs {:.1} % more", worst * 100.0);
    assert!(exact as f64 > 0.99 * total as f64, "{exact} of {total}");
    assert!(worst < 0.25, "{worst}");
}

#[test]
fn the_site_sheds_what_costs_more_than_it_is_worth() {
    let mwh = |n: i64| Joules(n * Joules::PER_MWH);
    // Grid at 40 dollars up to 100 MW, gas at 70 up to 50 MW; firm load 90, training worth 60 dollars: 80.
    let offers = [Offer { most: mwh(100), price: 40_000_000 }, Offer { most: mwh(50), price: 70_000_000 }];
    let bids = [Bid { most: mwh(90), value: 9_000_000_000 }, Bid { most: mwh(80), value: 60_000_000 }];
    let cleared = clear(&offers, &bids);
    assert_eq!(cleared.served, [mwh(90), mwh(10)], "training takes the rest of the cheap power and no more");
    assert_eq!(cleared.taken, [mwh(100), Joules::ZERO]);
    // A price spike: training stops altogether, the firm load stays.
    let spike = [Offer { price: 5_000_000_000, ..offers[0] }, offers[1]];
    let cleared = clear(&spike, &bids);
    assert_eq!(cleared.served, [mwh(90), Joules::ZERO]);
    assert_eq!(cleared.taken, [mwh(40), mwh(50)], "gas first");
    // A negative price with the grid buying at 30: nothing is bought to be sold at a loss, sun is sold.
    let sun = [Offer { most: mwh(20), price: 0 }];
    let sale = [Bid { most: mwh(100), value: 30_000_000 }];
    assert_eq!(clear(&sun, &sale).energy(), mwh(20));
    let negative = [Bid { most: mwh(100), value: -5_000_000 }];
    assert_eq!(clear(&sun, &negative).energy(), Joules::ZERO, "curtailed rather than sold below nothing");
}
