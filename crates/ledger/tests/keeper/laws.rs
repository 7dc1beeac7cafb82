//! What holds for any facts.

use super::*;
use proptest::prelude::*;

/// What happened at midnight of each day: who held how much where, and blocks.
type Days = Vec<Vec<Fact>>;

fn days() -> impl Strategy<Value = Days> {
    let usages = prop::collection::vec((0u32..2, 0u32..2, 0u64..100_000), 0..4);
    prop::collection::vec((usages, prop::option::weighted(0.05, 0u32..2)), 1..120).prop_map(|days| {
        let start = day("2026-01-01");
        let mut open = [false; 2];
        days.into_iter()
            .enumerate()
            .map(|(n, (mut usages, block))| {
                usages.sort_unstable();
                usages.dedup_by_key(|usage| (usage.0, usage.1));
                let since = start + Span::DAY * n as i64;
                let mut facts: Vec<Fact> =
                    usages.into_iter().map(|(site, tenant, gpus)| usage(site, tenant, since, gpus)).collect();
                if let Some(block) =
                    block.filter(|&block| !std::mem::replace(&mut open[block as usize], true))
                {
                    facts.push(energised(block, block));
                }
                facts
            })
            .collect()
    })
}

/// The journal of a run, stopped and resumed at `cut` if there is one, the facts of each instant in `order`.
fn journal(days: &Days, cut: Option<usize>, order: impl Fn(&[Fact]) -> Vec<Fact>) -> (Vec<String>, Keeper) {
    let mut keeper = Keeper::new(&world()).unwrap().unwrap();
    let mut lines = Vec::new();
    let mut now = day("2026-01-01");
    for (n, facts) in days.iter().enumerate() {
        now += Span::DAY;
        keeper.observe(now, &order(facts)).unwrap();
        keeper.drain(|entry| lines.push(format!("{entry:?}")));
        check(&mut keeper);
        if cut == Some(n) {
            keeper = postcard::from_bytes(&postcard::to_allocvec(&keeper).unwrap()).unwrap();
        }
    }
    keeper.finish(now + Span::HOUR * 5).unwrap();
    keeper.drain(|entry| lines.push(format!("{entry:?}")));
    check(&mut keeper);
    (lines, keeper)
}

/// Statements assert that they balance; the trial balance is asserted at each close.
fn check(keeper: &mut Keeper) {
    for closed in keeper.take_closed() {
        statement::of(&closed, keeper.outline().partners);
    }
    assert!(keeper.books().trial_balance().iter().all(|(_, sum)| *sum == 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_what_is_said_at_one_instant_changes_nothing(days in days()) {
        let (as_said, _) = journal(&days, None, |facts| facts.to_vec());
        let (backwards, _) = journal(&days, None, |facts| facts.iter().rev().cloned().collect());
        prop_assert_eq!(as_said, backwards);
    }

    #[test]
    fn replaying_gives_the_same_books_and_so_does_going_on_from_a_snapshot(days in days(), cut in 0usize..120) {
        let (whole, first) = journal(&days, None, |facts| facts.to_vec());
        let (resumed, second) = journal(&days, Some(cut), |facts| facts.to_vec());
        prop_assert_eq!(whole, resumed);
        prop_assert_eq!(first.books().balances(), second.books().balances());
        prop_assert_eq!(first.totals(), second.totals());
    }

    #[test]
    fn every_accelerator_second_is_sold_once(days in days()) {
        let mut sold: i128 = 0;
        let mut keeper = Keeper::new(&world()).unwrap().unwrap();
        let mut now = day("2026-01-01");
        let mut held: u128 = 0;
        for facts in &days {
            now += Span::DAY;
            keeper.observe(now, facts).unwrap();
            let each = |fact: &Fact| if let Fact::Usage(usage) = fact { usage.held } else { 0 };
            held += facts.iter().map(each).sum::<u128>();
            keeper.drain(|entry| {
                let lines = entry.postings.iter().filter(|line| line.account == Account::ComputeSold);
                sold -= lines.map(|line| i128::from(line.quantity)).sum::<i128>();
            });
        }
        prop_assert_eq!(sold, (held / 1_000_000_000_000) as i128);
    }
}
