//! Reads the acts of a commitment and writes its facts.

use super::Player;
use agreement::amount::{Price, Rounding, Share};
use agreement::commitment::{Bank, Commitment, CommittedPeriod, Exit, Fact, Terms};
use base::Money;
use jiff::civil::date;

pub const NAMES: [&str; 14] = [
    "prepaid",
    "returned",
    "taken",
    "excused",
    "carryused",
    "deficiency",
    "banked",
    "makeupused",
    "carried",
    "makeupexpired",
    "carryexpired",
    "exited",
    "ended",
    "refused",
];

/// The terms of `vectors/README.md`: 100 units a year at 10 USD, all of them the minimum.
pub struct Case {
    terms: Terms,
    agreement: Option<Commitment>,
    facts: Vec<Fact>,
}

impl Default for Case {
    fn default() -> Case {
        let terms = Terms {
            id: "base".into(),
            periods: Vec::new(),
            minimum: Share::WHOLE,
            price: Price { amount: Money(10_000_000), per: 1 },
            excess_price: None,
            upfront: false,
            true_up: 1,
            make_up: None,
            carry_forward: None,
            exit: None,
            rounding: Rounding::HalfAway,
        };
        Case { terms, agreement: None, facts: Vec::new() }
    }
}

fn price(words: &[&str]) -> Price {
    let per = words.get(1).map_or(1, |text| text.parse().unwrap());
    Price { amount: Money::from_usd(words[0].parse().unwrap()).unwrap(), per }
}
fn bank(words: &[&str]) -> Option<Bank> {
    let limit = words.get(1).map(|text| text.parse().unwrap());
    Some(Bank { expires_after: words[0].parse().unwrap(), limit })
}

impl Case {
    fn set(&mut self, name: &str, words: &[&str]) {
        let terms = &mut self.terms;
        match name {
            "committed" => {
                let day = |i: usize| date(2025 + i as i16, 1, 1);
                let period = |(i, text): (usize, &&str)| CommittedPeriod {
                    from: day(i),
                    to: day(i + 1),
                    committed: text.parse().unwrap(),
                };
                terms.periods = words.iter().enumerate().map(period).collect();
            }
            "minimum" => terms.minimum = Share::parse(words[0]).unwrap(),
            "price" => terms.price = price(words),
            "excess-price" => terms.excess_price = Some(price(words)),
            "upfront" => terms.upfront = true,
            "true-up" => terms.true_up = words[0].parse().unwrap(),
            "make-up" => terms.make_up = bank(words),
            "carry-forward" => terms.carry_forward = bank(words),
            "exit" => {
                terms.exit =
                    Some(Exit { share: Share::parse(words[0]).unwrap(), periods: words[1].parse().unwrap() })
            }
            "rounding" => {
                terms.rounding = match words[0] {
                    "half-away" => Rounding::HalfAway,
                    "half-even" => Rounding::HalfEven,
                    "down" => Rounding::Down,
                    "up" => Rounding::Up,
                    other => panic!("rounding `{other}`"),
                }
            }
            other => panic!("set `{other}`"),
        }
    }
}

impl Player for Case {
    fn line(&mut self, words: &[&str]) {
        if let ["set", name, rest @ ..] = words {
            return self.set(name, rest);
        }
        if words == ["open"] {
            assert!(!self.terms.check().has_errors(), "{:?}", self.terms.check());
            let (agreement, facts) = Commitment::new(self.terms.clone()).unwrap();
            self.agreement = Some(agreement);
            return self.facts.extend(facts);
        }
        let agreement = self.agreement.as_mut().expect("`open` first");
        let quantity = || words[1].parse().unwrap();
        match words[0] {
            "take" => self.facts.push(agreement.take(quantity()).unwrap()),
            "excuse" => self.facts.push(agreement.excuse(quantity()).unwrap()),
            "close" => self.facts.extend(agreement.close_period().unwrap()),
            "exit" => self.facts.extend(agreement.exit().unwrap()),
            other => panic!("act `{other}`"),
        }
    }
    fn flush(&mut self) -> Vec<String> {
        std::mem::take(&mut self.facts).iter().map(written).collect()
    }
}

fn written(fact: &Fact) -> String {
    let name = format!("{fact:?}").split([' ', '{']).next().unwrap().to_lowercase();
    let details = match *fact {
        Fact::Taken { quantity, billed, effective } | Fact::Deficiency { quantity, billed, effective } => {
            format!(" {quantity} billed {billed} effective {effective}")
        }
        Fact::Prepaid { quantity, billed }
        | Fact::Returned { quantity, billed }
        | Fact::MakeUpUsed { quantity, billed } => {
            format!(" {quantity} billed {billed}")
        }
        Fact::Exited { billed } => format!(" - billed {billed}"),
        Fact::Excused { quantity }
        | Fact::CarryUsed { quantity }
        | Fact::Banked { quantity }
        | Fact::Carried { quantity }
        | Fact::MakeUpExpired { quantity }
        | Fact::CarryExpired { quantity } => format!(" {quantity}"),
        Fact::Ended | Fact::Refused => String::new(),
    };
    format!("{name}{details} [{}]", fact.clause())
}
