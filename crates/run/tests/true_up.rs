//! What the planner says is paid under a commitment is what the agreement itself bills, true-up by true-up.

#![allow(clippy::unwrap_used)]

use agreement::amount::{Price, Rounding, Share};
use agreement::commitment::{Bank, Commitment, CommittedPeriod, Fact, Terms};
use plan::example::{Size, programme};
use plan::instance::TrueUp;
use proptest::prelude::*;

const MUSD: f64 = 1e12;

/// Millions of dollars that the agreement bills in each period, if so much is taken in it.
fn billed(terms: Terms, taken: &[i64]) -> Vec<f64> {
    let (mut agreement, opened) = Commitment::new(terms).unwrap();
    let sum = |facts: &[Fact]| facts.iter().map(|fact| fact.billed().0 as f64 / MUSD).sum::<f64>();
    let mut next = sum(&opened);
    taken
        .iter()
        .map(|&quantity| {
            let mut now = std::mem::take(&mut next) + sum(&[agreement.take(quantity).unwrap()]);
            for fact in agreement.close_period().unwrap() {
                // What is paid in advance is paid with the period that begins.
                *if matches!(fact, Fact::Prepaid { .. }) { &mut next } else { &mut now } += sum(&[fact]);
            }
            now
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_plan_pays_what_the_agreement_bills(
        quarters in prop::collection::vec((0i64..1000, 0i64..1500), 4..13),
        minimum in prop::sample::select(vec![0u32, 500_000, 800_000, 1_000_000]),
        true_up in 1u32..5,
        upfront in any::<bool>(),
        make_up in prop::option::of(1u32..4),
        carry_forward in prop::option::of(1u32..4),
    ) {
        let day = |t: usize| jiff::civil::date(2026 + (t / 4) as i16, 1 + 3 * (t % 4) as i8, 1);
        let millions = |amount: i64| amount * 1_000_000_000_000;
        let period = |(t, &(committed, _)): (usize, &(i64, i64))| {
            CommittedPeriod { from: day(t), to: day(t + 1), committed: millions(committed) }
        };
        let bank = |window: Option<u32>| window.map(|expires_after| Bank { expires_after, limit: None });
        let terms = Terms {
            id: "cloud".into(),
            periods: quarters.iter().enumerate().map(period).collect(),
            minimum: Share(minimum),
            price: Price::MONEY,
            excess_price: None,
            upfront,
            true_up,
            make_up: bank(make_up),
            carry_forward: bank(carry_forward),
            exit: None,
            rounding: Rounding::HalfAway,
        };
        let taken: Vec<i64> = quarters.iter().map(|&(_, taken)| millions(taken)).collect();
        let bills = billed(terms, &taken);
        let mut instance = programme(Size { sites: 1, quarters: quarters.len(), scenarios: 1, days: 1, blocks: 2 }, 1);
        let purchase = &mut instance.purchases[0];
        // A unit and quarter is a million.
        purchase.musd_per_unit_year = vec![4.0; quarters.len()];
        let whole: Vec<f64> = quarters.iter().map(|&(committed, _)| committed as f64).collect();
        purchase.commitment_musd = whole.iter().map(|musd| musd * f64::from(minimum) / 1e6).collect();
        purchase.true_up = TrueUp {
            number: (0..quarters.len() as u32).map(|t| Some(t / true_up)).collect(),
            upfront,
            make_up,
            carry_forward,
            whole_musd: whole,
        };
        let bought: Vec<f64> = quarters.iter().map(|&(_, taken)| taken as f64).collect();
        let paid = plan::true_up::paid(&instance, &instance.purchases[0], &bought, None);
        for (t, (ours, theirs)) in paid.iter().zip(&bills).enumerate() {
            prop_assert!((ours - theirs).abs() < 1e-6, "quarter {}: {paid:?} is not {bills:?}", t + 1);
        }
    }
}
