//! A million offers under one right of first refusal: each is noticed, answered by one holder, left unanswered by the
//! other, and closed with the third party inside its tail; or exercised and signed.

use crate::meter::{Tally, repeated, timed};
use crate::{Row, Size};
use agreement::amount::Share;
use agreement::calendar::Calendar;
use agreement::notice::{NoticeClock, Period, Zone};
use agreement::predicate::Predicate;
use agreement::refusal::{
    Assignment, CounterOffer, Election, Fact, FirstRefusal, Holder, Input, Item, Kind, Matching, Mode,
    Package, Part, Party, Right, Side, Terms, What,
};
use base::{Money, SimTime, Span};
use std::collections::{BTreeMap, BTreeSet};

const THIRD: Party = Party(9);

fn right() -> Right {
    let holder = |party, rank| Holder { party: Party(party), rank, weight: 1, affiliates: BTreeSet::new() };
    Right {
        id: "bench".to_owned(),
        kind: Kind::FirstRefusal,
        side: Side::Sells,
        holders: vec![holder(1, 1), holder(2, 2)],
        scope: Predicate::Always,
        carve_out: Predicate::Never,
        from: SimTime(0),
        until: SimTime(i64::MAX / 2),
        remaining_floor: Span::ZERO,
        cap: None,
        mode: Mode::Continuing,
        matching: Matching::AllTerms,
        partial: None,
        oversubscription: None,
        election: Period::BusinessDays(10),
        signing: Some(Period::Days(60)),
        tail: Period::Days(90),
        materiality: Share::NONE,
        counter_offer: CounterOffer::ClockRuns,
        assignment: Assignment::Personal,
        package: Package::Allocate,
        notice: BTreeSet::from([Part::Price, Part::Length, Part::Capacity]),
        clock: NoticeClock {
            calendar: Calendar::named("us_federal").unwrap_or_else(Calendar::every_day),
            zone: Zone::named("America/New_York").unwrap_or_else(Zone::utc),
        },
    }
}

/// Offers of one day.
const A_DAY: u64 = 500;

fn terms(offer: u64) -> Terms {
    Terms { kw: 1000, price: Money(2_250_000_000_000 + offer as i64), months: 180, other: 0 }
}

/// The whole life of `offers` offers; a digest of every fact, and how many there were.
fn play(offers: u64) -> (Tally, u64) {
    let mut machine = FirstRefusal::new(right());
    let (mut tally, mut count) = (Tally::default(), 0);
    let mut note = |facts: &[Fact]| {
        count += facts.len() as u64;
        for fact in facts {
            tally.add(fact.time.0 as u64 ^ fact.offer.unwrap_or(0) ^ fact.notice as u64);
        }
    };
    let parts = BTreeSet::from([Part::Price, Part::Length, Part::Capacity]);
    let days = offers.div_ceil(A_DAY);
    for day in 0..days + 60 {
        let now = SimTime(day as i64 * Span::DAY.0 + 15 * Span::HOUR.0);
        let mut inputs = Vec::with_capacity(3 * A_DAY as usize);
        for offer in (day * A_DAY..(day + 1) * A_DAY).filter(|&offer| offer < offers) {
            let items =
                vec![Item { block: offer as u32, kw: 1000, price: None, attributes: BTreeMap::new() }];
            inputs.push(Input::Offer { offer, third: THIRD, items, terms: terms(offer) });
            inputs.push(Input::Notice { offer, parts: parts.clone() });
        }
        // The first holder takes each tenth and declines the others; the second never answers.
        for offer in day.checked_sub(3).into_iter().flat_map(|day| day * A_DAY..(day + 1) * A_DAY) {
            if offer >= offers {
                continue;
            }
            let election = match offer % 10 {
                0 => Election::Exercise { terms: terms(offer), conditional: false },
                _ => Election::Decline,
            };
            inputs.push(Input::Elect { offer, party: Party(1), election });
        }
        let facts = machine.apply(now, inputs);
        let follow: Vec<Input> = facts
            .iter()
            .filter_map(|fact| {
                let offer = fact.offer?;
                match fact.what {
                    What::Contracting { party, .. } => Some(Input::Sign { offer, party }),
                    What::TailOpened { .. } => {
                        let blocks = vec![offer as u32];
                        Some(Input::Close { offer, third: THIRD, blocks, terms: terms(offer) })
                    }
                    _ => None,
                }
            })
            .collect();
        note(&facts);
        note(&machine.apply(now, follow));
    }
    assert_eq!(machine.open_offers(), 0, "every offer has come to its end");
    (tally, count)
}

/// One row: there is no reference, since no other program has such a right.
pub fn rows(size: Size) -> Vec<Row> {
    let offers = size.pick(20_000, 1_000_000);
    let (cpu_s, (digest, facts)) = repeated(size.tries().min(2), || timed(|| play(offers)));
    vec![Row {
        name: "offers, two holders, tails".to_owned(),
        units: "offers",
        count: offers,
        cpu_s,
        digest,
        answer: format!("{facts} facts"),
        reference: None,
    }]
}
