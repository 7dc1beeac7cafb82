//! Laws of first refusal on random rights and random histories.
#![allow(clippy::unwrap_used, clippy::manual_is_multiple_of)]

use agreement::amount::Share;
use agreement::calendar::Calendar;
use agreement::notice::{NoticeClock, Period, Zone};
use agreement::predicate::{Predicate, Value};
use agreement::refusal::*;
use base::{Money, SimTime, Span};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::collections::{BTreeMap, BTreeSet};

const START: i64 = 1_735_689_600_000_000_000; // 2025-01-01T00:00:00Z

fn right(holders: Vec<(u32, u64)>, dice: &[u8; 12]) -> Right {
    let days = |n: u8| Period::Days(u32::from(n % 5) + 1);
    Right {
        id: "r".into(),
        kind: if dice[0] % 4 == 0 { Kind::FirstOffer } else { Kind::FirstRefusal },
        side: if dice[1] % 2 == 0 { Side::Sells } else { Side::Buys },
        holders: holders
            .into_iter()
            .enumerate()
            .map(|(i, (rank, weight))| Holder {
                party: Party(i as u32),
                rank,
                weight,
                affiliates: BTreeSet::from([Party(10 + i as u32)]),
            })
            .collect(),
        scope: Predicate::parse("purpose in (api, training)").unwrap(),
        carve_out: Predicate::parse("purpose is training and site is lab").unwrap(),
        from: SimTime(START),
        until: SimTime(START) + Span::DAY * (40 + 3 * i64::from(dice[2])),
        remaining_floor: Span::DAY * i64::from(dice[2] % 5),
        cap: (dice[3] % 2 == 0).then_some(Money(2_000_000)),
        mode: if dice[4] % 3 == 0 { Mode::Once } else { Mode::Continuing },
        matching: if dice[5] % 2 == 0 { Matching::AllTerms } else { Matching::EconomicTerms },
        partial: (dice[6] % 2 == 0).then_some(100 + i64::from(dice[6])),
        oversubscription: (dice[7] % 2 == 0).then_some(days(dice[7])),
        election: days(dice[8]),
        signing: (dice[9] % 3 != 0).then_some(days(dice[9])),
        tail: days(dice[10]),
        materiality: Share(u32::from(dice[10] % 3) * 20_000),
        counter_offer: if dice[11] % 2 == 0 { CounterOffer::ClockRuns } else { CounterOffer::Refuses },
        assignment: [Assignment::Personal, Assignment::Affiliates, Assignment::Free]
            [usize::from(dice[11] % 3)],
        package: if dice[11] % 5 < 2 { Package::Whole } else { Package::Allocate },
        notice: BTreeSet::from([Part::Price, Part::Identity]),
        clock: NoticeClock {
            calendar: Calendar::monday_to_friday(),
            zone: Zone::named(["UTC", "America/Chicago"][usize::from(dice[0] % 2)]).unwrap(),
        },
    }
}

/// Plays a history: each die picks an act that is likely to mean something in the state that the facts have reached.
struct Driver {
    open: BTreeMap<u64, (Party, Vec<u32>, Terms)>,
    clocks: BTreeMap<(u64, Party), i64>,
    contracts: BTreeSet<(u64, Party)>,
    next: u64,
}

impl Driver {
    fn act(&mut self, die: Die) -> Input {
        let (kind, who, which, amount) = die;
        let party = Party(u32::from(who % 4));
        let third = Party(20 + u32::from(which % 2));
        let clock = self
            .clocks
            .iter()
            .nth(usize::from(which) % self.clocks.len().max(1))
            .map(|(&key, &kw)| (key, kw));
        let open = self.open.iter().nth(usize::from(which) % self.open.len().max(1));
        let (offer, known) = open.map_or((1, None), |(&id, known)| (id, Some(known.clone())));
        let fallback = (third, vec![1], Terms { kw: 1000, price: Money(1_000_000), months: 12, other: 0 });
        let (known_third, blocks, terms) = known.unwrap_or(fallback);
        let nudge = i64::from(amount % 5) - 2;
        let changed = Terms { price: Money((terms.price.0 + nudge * terms.price.0 / 50).max(0)), ..terms };
        match kind % 24 {
            0..=3 => {
                self.next += 1;
                let items: Vec<Item> = (0..1 + u32::from(which % 3))
                    .map(|i| Item {
                        block: u32::from(amount % 7) * 10 + i,
                        kw: 500 + i64::from(amount),
                        price: None,
                        attributes: [
                            ("purpose", ["api", "training", "office"][usize::from(who / 4 + i as u8) % 3]),
                            ("site", ["lab", "field"][usize::from(who / 16) % 2]),
                        ]
                        .into_iter()
                        .map(|(name, value)| (name.to_string(), Value::Text(value.to_string())))
                        .collect(),
                    })
                    .collect();
                let kw = items.iter().map(|item| item.kw).sum();
                let terms = Terms { kw, price: Money(kw * i64::from(amount % 900)), months: 12, other: 0 };
                Input::Offer { offer: self.next, third, items, terms }
            }
            4..=7 => {
                let all = BTreeSet::from([Part::Price, Part::Identity, Part::Length]);
                Input::Notice {
                    offer,
                    parts: if amount % 6 == 0 { BTreeSet::from([Part::Price]) } else { all },
                }
            }
            8..=14 => {
                let ((offer, party), kw) = clock.unwrap_or(((offer, party), 1000));
                let terms = self.open.get(&offer).map_or(terms, |known| known.2);
                let asked = if amount % 3 == 0 { (kw * i64::from(who % 10) / 10).max(1) } else { kw };
                let election = match who % 7 {
                    0 | 1 => Election::Decline,
                    2 => Election::Waive { down_to: changed },
                    _ => Election::Exercise { terms: terms.part(asked), conditional: amount % 11 == 0 },
                };
                Input::Elect { offer, party, election }
            }
            15..=16 => {
                let due = self.contracts.iter().nth(usize::from(which) % self.contracts.len().max(1));
                let (offer, party) = due.copied().unwrap_or((offer, party));
                Input::Sign { offer, party }
            }
            17 if amount % 4 == 0 => Input::Withdraw { offer },
            17 => Input::Change {
                offer,
                third: if amount % 5 == 0 { third } else { known_third },
                blocks,
                terms: changed,
            },
            18..=20 => {
                let third = if amount % 4 == 0 { third } else { known_third };
                let terms = if amount % 3 == 0 { changed } else { terms };
                Input::Close {
                    offer,
                    third,
                    blocks,
                    terms: if amount % 7 == 0 { terms.part(terms.kw / 2 + 1) } else { terms },
                }
            }
            21 if amount % 4 < 2 => {
                [Input::Default { party }, Input::Cure { party }][usize::from(amount % 2)].clone()
            }
            22 if amount % 16 == 0 => Input::ControlChange { party },
            22 if amount % 97 == 1 => Input::Terminate,
            22 if amount % 4 == 1 => Input::Assign { party, to: Party(10 + u32::from(amount % 3)) },
            _ => Input::Notice { offer, parts: BTreeSet::from([Part::Price, Part::Identity]) },
        }
    }

    /// Follows the facts, so that later acts can refer to what is open.
    fn see(&mut self, inputs: &[Input], facts: &[Fact]) {
        for input in inputs {
            match input {
                Input::Offer { offer, third, items, terms } => {
                    self.open.insert(*offer, (*third, items.iter().map(|item| item.block).collect(), *terms));
                }
                Input::Withdraw { offer } => {
                    self.open.remove(offer);
                }
                _ => {}
            }
        }
        for fact in facts {
            let Some(offer) = fact.offer else { continue };
            match &fact.what {
                What::Triggered { terms } => {
                    if let Some(known) = self.open.get_mut(&offer) {
                        known.2 = *terms;
                    }
                }
                What::ClockStarted { party, kw, .. } => {
                    self.clocks.insert((offer, *party), *kw);
                }
                What::Declined { party }
                | What::Waived { party }
                | What::Lapsed { party }
                | What::ClockEnded { party } => {
                    self.clocks.remove(&(offer, *party));
                }
                What::Contracting { party, .. } => {
                    self.contracts.insert((offer, *party));
                }
                What::Bound { party, .. } | What::SigningFailed { party, .. } => {
                    self.contracts.remove(&(offer, *party));
                }
                What::Closed { kw, .. } if self.open.get(&offer).is_some_and(|known| known.2.kw == *kw) => {
                    self.open.remove(&offer);
                }
                What::TailOpened { kw, .. } => {
                    if let Some(known) = self.open.get_mut(&offer) {
                        known.2 = known.2.part(*kw);
                    }
                }
                What::Revived { .. } => self.clocks.retain(|&(id, _), _| id != offer),
                _ => {}
            }
        }
    }
}

/// A die for each act.
type Die = (u8, u8, u8, u16);
/// Hours until the next instant, and what happens then.
type Dice = Vec<(u8, Vec<Die>)>;
type Script = Vec<(SimTime, Vec<Input>)>;

fn play(right: &Right, dice: &Dice) -> (Script, Vec<(usize, Fact)>, FirstRefusal) {
    let mut machine = FirstRefusal::new(right.clone());
    let mut driver =
        Driver { open: BTreeMap::new(), clocks: BTreeMap::new(), contracts: BTreeSet::new(), next: 0 };
    let (mut script, mut all, mut now) = (Vec::new(), Vec::new(), SimTime(START));
    for (gap, acts) in dice {
        now += Span::from_hours(i64::from(*gap % 40));
        if gap % 7 == 0
            && let Some(deadline) = machine.next_deadline().filter(|&d| d < now + Span::DAY * 15)
        {
            now = now.max(deadline);
        }
        let inputs: Vec<Input> = acts.iter().map(|&die| driver.act(die)).collect();
        let facts = machine.apply(now, inputs.clone());
        driver.see(&inputs, &facts);
        all.extend(facts.into_iter().map(|fact| (script.len(), fact)));
        script.push((now, inputs));
    }
    (script, all, machine)
}

/// What the law says about one offer, followed fact by fact without a look into the machine.
#[derive(Default)]
struct Watched {
    burdened: i64,
    taken: i64,
    answered: BTreeMap<Party, bool>,
    noticed: Option<Terms>,
    third: Option<Party>,
    waived: BTreeMap<Party, Terms>,
    tail: Option<(SimTime, SimTime)>,
}

/// By hand, in floating point and not with the machine's own comparison.
fn is_better(right: &Right, offered: &Terms, known: &Terms) -> bool {
    let per_kw = |terms: &Terms| terms.price.0 as f64 / terms.kw as f64;
    let gain = (per_kw(known) - per_kw(offered)) * if right.side == Side::Sells { 1.0 } else { -1.0 };
    gain > f64::from(right.materiality.0) / 1e6 * per_kw(known) + 1e-6 * per_kw(known) + 1.0
}

fn check_law(right: &Right, script: &Script, facts: &[(usize, Fact)]) -> Result<(), TestCaseError> {
    let mut offers: BTreeMap<u64, Watched> = BTreeMap::new();
    let mut holders: BTreeSet<Party> = right.holders.iter().map(|holder| holder.party).collect();
    let mut cap = right.cap.map(|cap| cap.0);
    for (step, fact) in facts {
        match &fact.what {
            What::HolderEnded { party } => {
                holders.remove(party);
            }
            What::Assigned { party, to } => {
                holders.remove(party);
                holders.insert(*to);
                for watched in offers.values_mut() {
                    if let Some(answer) = watched.answered.remove(party) {
                        watched.answered.insert(*to, answer);
                    }
                    if let Some(waiver) = watched.waived.remove(party) {
                        watched.waived.insert(*to, waiver);
                    }
                }
            }
            _ => {}
        }
        let Some(id) = fact.offer else { continue };
        let watched = offers.entry(id).or_default();
        let from_input = script[*step].1.iter().rev().find_map(|input| match input {
            Input::Close { offer, third, terms, .. } | Input::Change { offer, third, terms, .. }
                if *offer == id =>
            {
                Some((*third, *terms))
            }
            _ => None,
        });
        match &fact.what {
            What::Triggered { terms } => {
                watched.burdened = terms.kw;
                watched.noticed = Some(*terms);
                watched.third = script[*step].1.iter().find_map(|input| match input {
                    Input::Offer { offer, third, .. } if *offer == id => Some(*third),
                    _ => None,
                });
            }
            What::ClockStarted { party, deadline, .. } => {
                prop_assert!(fact.notice != 0, "a clock without a notice");
                prop_assert!(*deadline > fact.time);
                watched.answered.insert(*party, false);
            }
            What::Declined { party }
            | What::Waived { party }
            | What::Lapsed { party }
            | What::ClockEnded { party }
            | What::Countered { party, refuses: true }
            | What::Exercised { party, .. }
            | What::Skipped { party } => {
                watched.answered.insert(*party, true);
                // Two waivers of one holder may stand in one instant. Acts of one instant count in the order of their
                // values, however they are listed: the first ends the clock, the second finds none and is refused.
                let waivers = script[*step].1.iter().filter_map(|input| match input {
                    Input::Elect { offer, party: who, election: Election::Waive { down_to } }
                        if (*offer, who) == (id, party) =>
                    {
                        Some(*down_to)
                    }
                    _ => None,
                });
                let waiver = waivers.filter(|down_to| down_to.kw > 0 && down_to.price.0 >= 0).min();
                if let (What::Waived { .. }, Some(waiver)) = (&fact.what, waiver) {
                    watched.waived.insert(*party, waiver);
                }
            }
            What::WaiverHolds { party } => {
                watched.answered.insert(*party, true);
                let waiver = watched.waived.get(party);
                prop_assert!(waiver.is_some(), "{:?} has waived nothing in offer {}", party, id);
                if let (Some(noticed), Some(waiver)) = (watched.noticed, waiver) {
                    prop_assert!(
                        !is_better(right, &noticed, waiver),
                        "the waiver {waiver:?} does not cover {noticed:?}"
                    );
                }
            }
            What::Revived { why } => {
                watched.answered.clear();
                watched.tail = None;
                if *why != Revival::TailExpired {
                    // Several changes may stand in one instant: the law is then checked at the next notice only.
                    let several = script[*step]
                        .1
                        .iter()
                        .filter(|i| matches!(i, Input::Close { .. } | Input::Change { .. }))
                        .count()
                        > 1;
                    (watched.third, watched.noticed) = match from_input {
                        Some((third, terms)) if !several => (Some(third), Some(terms)),
                        _ => (None, None),
                    };
                }
            }
            // A change before the notice replaces the terms.
            What::Noted if watched.answered.is_empty() => (watched.third, watched.noticed) = (None, None),
            What::TailOpened { until, .. } => watched.tail = Some((fact.time, *until)),
            What::Bound { kw, price, .. } => {
                watched.taken += kw;
                if let Some(cap) = &mut cap {
                    *cap -= price.0;
                    prop_assert!(*cap >= 0, "the cap is exceeded");
                }
            }
            What::Closed { party, kw, price, burdened: true } => {
                watched.taken += kw;
                for holder in &holders {
                    prop_assert_eq!(
                        watched.answered.get(holder),
                        Some(&true),
                        "holder {:?} was passed over in offer {}",
                        holder,
                        id
                    );
                }
                let (opened, until) = watched.tail.unwrap();
                prop_assert!(opened <= fact.time && fact.time < until, "closed outside of the tail");
                if let Some(noticed) = watched.noticed {
                    let closed = Terms { kw: *kw, price: *price, ..noticed };
                    prop_assert!(
                        !is_better(right, &closed, &noticed),
                        "better terms: {closed:?} against {noticed:?}"
                    );
                }
                if right.kind == Kind::FirstRefusal && watched.third.is_some() {
                    prop_assert_eq!(watched.third, Some(*party));
                }
            }
            _ => {}
        }
        prop_assert!(watched.taken <= watched.burdened.max(0), "more is bound than was offered");
    }
    Ok(())
}

fn history() -> impl Strategy<Value = Dice> {
    let act = (any::<u8>(), any::<u8>(), any::<u8>(), 0u16..2000);
    prop::collection::vec((any::<u8>(), prop::collection::vec(act, 1..4)), 1..60)
}

fn holders() -> impl Strategy<Value = Vec<(u32, u64)>> {
    prop::collection::vec((0u32..3, 1u64..5), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nobody_is_passed_over(dice in any::<[u8; 12]>(), holders in holders(), history in history()) {
        let right = right(holders, &dice);
        let (script, facts, _) = play(&right, &history);
        check_law(&right, &script, &facts)?;
    }

    #[test]
    fn a_replay_is_the_same(dice in any::<[u8; 12]>(), holders in holders(), history in history(), cut in 0usize..60) {
        let right = right(holders, &dice);
        let (script, facts, machine) = play(&right, &history);
        let facts: Vec<Fact> = facts.into_iter().map(|(_, fact)| fact).collect();
        // Simultaneous acts in another order, the deadlines one by one, and a snapshot on the way.
        let (mut again, mut other) = (FirstRefusal::new(right), Vec::new());
        for (i, (time, inputs)) in script.iter().enumerate() {
            while let Some(deadline) = again.next_deadline().filter(|deadline| deadline <= time) {
                other.extend(again.apply(deadline, Vec::new()));
            }
            let mut inputs = inputs.clone();
            inputs.reverse();
            inputs.rotate_left(i % 2);
            other.extend(again.apply(*time, inputs));
            if i == cut {
                again = postcard::from_bytes(&postcard::to_stdvec(&again).unwrap()).unwrap();
            }
        }
        prop_assert_eq!(&facts, &other);
        prop_assert_eq!(machine, again);
    }
}

#[test]
fn random_histories_reach_most_transitions() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..3000 {
        let dice = any::<[u8; 12]>().new_tree(&mut runner).unwrap().current();
        let holders = holders().new_tree(&mut runner).unwrap().current();
        let history = history().new_tree(&mut runner).unwrap().current();
        for (_, fact) in play(&right(holders, &dice), &history).1 {
            *seen.entry(fact.what.name()).or_default() += 1;
        }
    }
    let missing: Vec<&str> = What::NAMES.into_iter().filter(|name| !seen.contains_key(*name)).collect();
    println!("{seen:?}");
    println!(
        "{} of {} transitions by random histories; not reached: {missing:?}",
        What::NAMES.len() - missing.len(),
        What::NAMES.len()
    );
    assert!(seen.keys().all(|name| What::NAMES.contains(&name.as_str())), "{seen:?}");
    assert!(missing.len() <= 6, "{missing:?}");
}

#[test]
fn many_offers_at_once_keep_their_clocks_apart() {
    let mut right = right(vec![(0, 1), (1, 1)], &[1; 12]);
    right.until = SimTime(START) + Span::DAY * 20_000;
    let mut machine = FirstRefusal::new(right);
    let attributes = BTreeMap::from([("purpose".to_string(), Value::Text("api".to_string()))]);
    let parts = BTreeSet::from([Part::Price, Part::Identity]);
    let (mut facts, mut open) = (0, Vec::new());
    let count = 20_000;
    let terms = Terms { kw: 1000, price: Money(1_000_000), months: 12, other: 0 };
    for id in 1..=count + 2000 {
        let now = SimTime(START) + Span::from_hours(id as i64 / 4);
        let mut inputs: Vec<Input> = open
            .drain(..)
            .map(|offer| Input::Close { offer, third: Party(20), blocks: vec![offer as u32], terms })
            .collect();
        if id <= count {
            let item = Item { block: id as u32, kw: 1000, price: None, attributes: attributes.clone() };
            inputs.push(Input::Offer { offer: id, third: Party(20), items: vec![item], terms });
            inputs.push(Input::Notice { offer: id, parts: parts.clone() });
            inputs.push(Input::Elect { offer: id, party: Party(0), election: Election::Decline });
        }
        let found = machine.apply(now, inputs);
        facts += found.len();
        open.extend(
            found
                .iter()
                .filter(|fact| matches!(fact.what, What::TailOpened { .. }))
                .filter_map(|fact| fact.offer),
        );
    }
    // Triggered, two clocks, declined, lapsed, tail opened, closed.
    assert_eq!((facts as u64, machine.open_offers()), (7 * count, 0));
}

#[test]
fn every_mistake_in_a_right_is_named() {
    let mut wrong = right(vec![(0, 1), (0, 0)], &[1; 12]);
    assert!(!right(vec![(0, 1)], &[1; 12]).check().has_errors());
    wrong.holders[1].party = Party(0);
    (wrong.cap, wrong.partial, wrong.until) = (Some(Money(0)), Some(0), wrong.from);
    wrong.remaining_floor = Span(-1);
    let found = wrong.check();
    let fields: Vec<(&str, &str)> =
        found.iter().map(|d| (d.rule.code, d.field.as_deref().unwrap())).collect();
    let expected =
        ["cap", "partial", "remaining_floor", "holders", "holders"].map(|f| format!("agreement.r.{f}"));
    assert_eq!(fields[..5], expected.each_ref().map(|field| ("A003", field.as_str())));
    assert_eq!(fields[5], ("A007", "agreement.r.until"));
    wrong.holders.clear();
    assert!(wrong.check().iter().any(|d| d.rule.code == "A008"));
    // A right with such terms is never used, and nothing panics.
    let mut machine = FirstRefusal::new(wrong);
    let item = Item { block: 1, kw: 1, price: None, attributes: BTreeMap::new() };
    let terms = Terms { kw: 1, price: Money(1), months: 1, other: 0 };
    let facts = machine
        .apply(SimTime(START), vec![Input::Offer { offer: 1, third: Party(9), items: vec![item], terms }]);
    assert!(facts.iter().any(|fact| fact.what == What::Free { why: Free::NotInForce }), "{facts:?}");
}

#[test]
fn the_edges_of_the_range_do_not_panic() {
    let mut edge = right(vec![(0, u64::MAX), (0, u64::MAX), (u32::MAX, 1)], &[2; 12]);
    edge.scope = Predicate::Always;
    edge.carve_out = Predicate::Never;
    (edge.cap, edge.materiality, edge.partial) = (Some(Money(i64::MAX - 1)), Share(u32::MAX), Some(1));
    edge.remaining_floor = Span(0);
    (edge.until, edge.from) = (SimTime::NEVER, SimTime(i64::MIN));
    let early = Input::Offer {
        offer: 0,
        third: Party(0),
        items: vec![],
        terms: Terms { kw: 0, price: Money(0), months: 0, other: 0 },
    };
    edge.signing = Some(Period::Days(u32::MAX));
    let mut machine = FirstRefusal::new(edge);
    machine.apply(SimTime(i64::MIN), vec![early]);
    let most = Terms { kw: i64::MAX, price: Money(i64::MAX), months: u32::MAX, other: u64::MAX };
    let item = |block, kw| Item { block, kw, price: Some(Money(i64::MAX)), attributes: BTreeMap::new() };
    let parts = BTreeSet::from([Part::Price, Part::Identity]);
    let terms = Terms { price: Money(1), ..most };
    let offer = |offer, items, terms| Input::Offer { offer, third: Party(u32::MAX), items, terms };
    let mut facts = machine.apply(
        SimTime(START),
        vec![offer(1, vec![item(1, i64::MAX)], most), offer(2, vec![item(1, i64::MAX), item(2, 1)], most)],
    );
    facts.extend(machine.apply(SimTime(START), vec![Input::Notice { offer: 1, parts }]));
    let exercise = |party| Input::Elect {
        offer: 1,
        party: Party(party),
        election: Election::Exercise {
            terms: most.part(i64::MAX / 2 + i64::from(party == 0)),
            conditional: false,
        },
    };
    facts.extend(machine.apply(SimTime(START + 1), vec![exercise(0), exercise(1), exercise(2)]));
    let blocks = vec![1];
    facts.extend(machine.apply(
        SimTime(START + 2),
        vec![
            Input::Change { offer: 1, third: Party(1), blocks: blocks.clone(), terms },
            Input::Close { offer: 1, third: Party(1), blocks, terms: most },
        ],
    ));
    facts.extend(machine.apply(SimTime::NEVER, vec![]));
    assert!(facts.len() > 5, "{facts:?}");
}
