//! Reads the acts of first refusal and writes its facts.

use super::Player;
use agreement::amount::Share;
use agreement::calendar::Calendar;
use agreement::notice::{NoticeClock, Period, Zone};
use agreement::predicate::{Predicate, Value};
use agreement::refusal::*;
use base::{Money, SimTime, Span};
use std::collections::{BTreeMap, BTreeSet};

pub struct Case {
    right: Right,
    machine: Option<FirstRefusal>,
    now: SimTime,
    acts: Vec<Input>,
    /// A term was set after the first instant: an amendment.
    amended: bool,
}

/// The right of `vectors/README.md`; a case changes single terms of it.
fn base() -> Right {
    let at = |text| SimTime::parse(text).unwrap();
    Right {
        id: "base".into(),
        kind: Kind::FirstRefusal,
        side: Side::Sells,
        holders: vec![holder("a", 1, 1)],
        scope: Predicate::parse("purpose in (service, training)").unwrap(),
        carve_out: Predicate::parse("purpose is training and site is lab").unwrap(),
        from: at("2025-01-14T00:00:00-05:00"),
        until: at("2027-07-14T00:00:00-04:00"),
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
        notice: BTreeSet::from([Part::Price, Part::Length, Part::Capacity, Part::Identity]),
        clock: NoticeClock {
            calendar: Calendar::named("us_federal").unwrap(),
            zone: Zone::named("America/New_York").unwrap(),
        },
    }
}

impl Default for Case {
    fn default() -> Case {
        Case { right: base(), machine: None, now: SimTime(i64::MIN), acts: Vec::new(), amended: false }
    }
}

fn party(name: &str) -> Party {
    let letter =
        name.bytes().next().filter(u8::is_ascii_lowercase).unwrap_or_else(|| panic!("party `{name}`"));
    assert_eq!(name.len(), 1, "a party is a letter: `{name}`");
    Party(u32::from(letter - b'a'))
}
fn letter(party: Party) -> char {
    char::from(b'a' + party.0 as u8)
}
fn holder(name: &str, rank: u32, weight: u64) -> Holder {
    Holder { party: party(name), rank, weight, affiliates: BTreeSet::new() }
}
fn money(text: &str) -> Money {
    Money::from_usd(text.parse().unwrap()).unwrap()
}
fn usd(money: Money) -> String {
    let text = money.to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}
fn part(name: &str) -> Part {
    match name {
        "price" => Part::Price,
        "length" => Part::Length,
        "capacity" => Part::Capacity,
        "start" => Part::Start,
        "terms" => Part::OtherTerms,
        "identity" => Part::Identity,
        "copy" => Part::Copy,
        other => panic!("part `{other}`"),
    }
}

/// The word after `name`.
fn after<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| *word == name)?;
    words.get(at + 1).copied()
}

/// `kw 1000 price 2250 months 180 other 0`; months are 180 and other terms 0 if not said.
fn terms(words: &[&str]) -> Terms {
    Terms {
        kw: after(words, "kw").unwrap().parse().unwrap(),
        price: money(after(words, "price").unwrap()),
        months: after(words, "months").map_or(180, |text| text.parse().unwrap()),
        other: after(words, "other").map_or(0, |text| text.parse().unwrap()),
    }
}

/// `block 7 1000 purpose=service site=lab price=10`.
fn items(words: &[&str]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match (*word, word.split_once('=')) {
            ("block", _) => {
                let block = words.next().unwrap().parse().unwrap();
                let kw = words.next().unwrap().parse().unwrap();
                items.push(Item { block, kw, price: None, attributes: BTreeMap::new() });
            }
            (_, Some(("price", text))) => items.last_mut().unwrap().price = Some(money(text)),
            (_, Some((name, text))) => {
                let value = text.parse().map_or_else(|_| Value::Text(text.to_string()), Value::Number);
                items.last_mut().unwrap().attributes.insert(name.to_string(), value);
            }
            _ => panic!("`{word}` in an offer"),
        }
    }
    items
}

fn blocks(words: &[&str]) -> Vec<u32> {
    after(words, "blocks").unwrap().split(',').map(|text| text.parse().unwrap()).collect()
}

impl Case {
    fn set(&mut self, name: &str, words: &[&str]) {
        let (right, rest) = (&mut self.right, words.join(" "));
        let period = || Period::parse(&rest).unwrap_or_else(|| panic!("period `{rest}`"));
        let unknown = || panic!("`set {name} {rest}`");
        match (name, rest.as_str()) {
            ("kind", "refusal") => right.kind = Kind::FirstRefusal,
            ("kind", "offer") => right.kind = Kind::FirstOffer,
            ("grantor", "sells") => right.side = Side::Sells,
            ("grantor", "buys") => right.side = Side::Buys,
            ("scope", text) => right.scope = Predicate::parse(text).unwrap(),
            ("carve-out", text) => right.carve_out = Predicate::parse(text).unwrap(),
            ("from", text) => right.from = SimTime::parse(text).unwrap(),
            ("until", text) => right.until = SimTime::parse(text).unwrap(),
            ("floor", text) => right.remaining_floor = Span::parse(text).unwrap(),
            ("cap", text) => right.cap = Some(money(text)),
            ("mode", "once") => right.mode = Mode::Once,
            ("mode", "continuing") => right.mode = Mode::Continuing,
            ("match", "economic") => right.matching = Matching::EconomicTerms,
            ("match", "all") => right.matching = Matching::AllTerms,
            ("partial", text) => right.partial = Some(text.parse().unwrap()),
            ("second-round", _) => right.oversubscription = Some(period()),
            ("election", _) => right.election = period(),
            ("signing", "none") => right.signing = None,
            ("signing", _) => right.signing = Some(period()),
            ("tail", _) => right.tail = period(),
            ("materiality", text) => right.materiality = Share::parse(text).unwrap(),
            ("counter-offer", "refuses") => right.counter_offer = CounterOffer::Refuses,
            ("assignment", "free") => right.assignment = Assignment::Free,
            ("assignment", "affiliates") => right.assignment = Assignment::Affiliates,
            ("package", "whole") => right.package = Package::Whole,
            ("notice", text) => right.notice = text.split(' ').map(part).collect(),
            ("calendar", text) => right.clock.calendar = Calendar::named(text).unwrap(),
            ("zone", text) => right.clock.zone = Zone::named(text).unwrap(),
            ("holders", "none") => right.holders.clear(),
            ("holder", _) => {
                let number = |name: &str| after(words, name).map_or(1, |text| text.parse().unwrap());
                let mut holder = holder(words[0], number("rank"), number("weight").into());
                holder.affiliates.extend(after(words, "affiliate").map(party));
                right.holders.retain(|other| other.party != holder.party);
                right.holders.push(holder);
            }
            _ => unknown(),
        }
    }

    fn act(&mut self, words: &[&str]) -> Input {
        let offer = || words[1].parse().unwrap();
        let third = || party(after(words, "third").unwrap());
        let election = |election| Input::Elect { offer: offer(), party: party(words[2]), election };
        match words[0] {
            "default" => Input::Default { party: party(words[1]) },
            "cure" => Input::Cure { party: party(words[1]) },
            "control" => Input::ControlChange { party: party(words[1]) },
            "assign" => Input::Assign { party: party(words[1]), to: party(words[2]) },
            "terminate" => Input::Terminate,
            "offer" => {
                let start = words.iter().position(|word| *word == "block").unwrap_or(words.len());
                let items = items(&words[start..]);
                let kw = items.iter().map(|item| item.kw).sum();
                let terms = Terms { kw, ..terms(&[&["kw", "1"], &words[..start]].concat()) };
                Input::Offer { offer: offer(), third: third(), items, terms }
            }
            "notice" => {
                Input::Notice { offer: offer(), parts: words[2..].iter().map(|name| part(name)).collect() }
            }
            "exercise" => election(Election::Exercise {
                terms: terms(words),
                conditional: words.contains(&"conditional"),
            }),
            "decline" => election(Election::Decline),
            "waive" => election(Election::Waive { down_to: terms(words) }),
            "sign" => Input::Sign { offer: offer(), party: party(words[2]) },
            "change" => {
                Input::Change { offer: offer(), third: third(), blocks: blocks(words), terms: terms(words) }
            }
            "withdraw" => Input::Withdraw { offer: offer() },
            "sell" => {
                Input::Close { offer: offer(), third: third(), blocks: blocks(words), terms: terms(words) }
            }
            other => panic!("act `{other}`"),
        }
    }
}

impl Player for Case {
    fn line(&mut self, words: &[&str]) {
        match words {
            ["set", name, rest @ ..] => {
                self.set(name, rest);
                self.amended |= self.machine.is_some();
            }
            ["at", time] => {
                self.machine.get_or_insert_with(|| FirstRefusal::new(self.right.clone()));
                self.now = SimTime::parse(time).unwrap();
            }
            _ => {
                let act = self.act(words);
                self.acts.push(act);
            }
        }
    }
    fn flush(&mut self) -> Vec<String> {
        let Some(machine) = &mut self.machine else { return Vec::new() };
        let mut facts = match std::mem::take(&mut self.amended) {
            true => machine.amend(self.now, self.right.clone()),
            false => Vec::new(),
        };
        facts.extend(machine.apply(self.now, std::mem::take(&mut self.acts)));
        facts.iter().map(written).collect()
    }
}

/// A fact on one line: time, offer, transition, details, clause.
fn written(fact: &Fact) -> String {
    let offer = fact.offer.map_or("-".to_string(), |id| id.to_string());
    let deal =
        |party: &Party, kw: &i64, price: &Money| format!("{} {kw} kW {} USD", letter(*party), usd(*price));
    let details = match &fact.what {
        What::Triggered { terms } | What::Allocated { terms } => {
            format!("{} kW {} USD", terms.kw, usd(terms.price))
        }
        What::Limited { kw } | What::RoundOpened { kw } => format!("{kw} kW"),
        What::Defective { missing } => {
            let missing: Vec<String> =
                missing.iter().map(|part| format!("[{part:?}]").to_lowercase()).collect();
            missing.join(" ")
        }
        What::ClockStarted { party, kw, deadline } => format!("{} {kw} kW until {deadline}", letter(*party)),
        What::Contracting { party, kw, price, deadline } => {
            format!("{} until {deadline}", deal(party, kw, price))
        }
        What::Bound { party, kw, price } | What::Closed { party, kw, price, .. } => deal(party, kw, price),
        What::Exercised { party, kw } | What::SigningFailed { party, kw } => {
            format!("{} {kw} kW", letter(*party))
        }
        What::TailOpened { kw, until } => format!("{kw} kW until {until}"),
        What::CapTaken { by, left } | What::CapReturned { by, left } => {
            format!("{} USD left {} USD", usd(*by), usd(*left))
        }
        What::UsedUp { block } => format!("{block}"),
        What::Assigned { party, to } => format!("{} to {}", letter(*party), letter(*to)),
        What::Countered { party, .. }
        | What::WaiverHolds { party }
        | What::Skipped { party }
        | What::Declined { party }
        | What::Waived { party }
        | What::Lapsed { party }
        | What::ClockEnded { party }
        | What::Fell { party }
        | What::Suspended { party }
        | What::Resumed { party }
        | What::HolderEnded { party }
        | What::Refused { party: Some(party), .. } => letter(*party).to_string(),
        What::Free { .. }
        | What::Blocked { .. }
        | What::Revived { .. }
        | What::Noted
        | What::Withdrawn
        | What::Amended
        | What::Ended
        | What::Refused { party: None, .. } => String::new(),
    };
    let space = if details.is_empty() { "" } else { " " };
    format!("{} {offer} {}{space}{details} [{}]", fact.time, fact.what.name(), fact.clause)
}
