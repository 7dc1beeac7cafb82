//! Reads the settlements of a revenue share and writes its facts.

use super::Player;
use agreement::amount::{Rounding, Share};
use agreement::share::{Base, Fact, Loss, RevenueShare, Terms, Tier, TierBasis};
use base::{Money, SimTime};

pub const NAMES: [&str; 9] = [
    "outofterm",
    "loss",
    "loss carried",
    "lossused",
    "paid",
    "capped",
    "capreached",
    "exhausted",
    "overflow",
];

/// The terms of `vectors/README.md`: 20 % of gross revenue from 2025 to the end of 2030, no cap.
pub struct Case {
    terms: Terms,
    agreement: Option<RevenueShare>,
    lines: Vec<String>,
}

impl Default for Case {
    fn default() -> Case {
        let terms = Terms {
            id: "base".into(),
            from: SimTime::parse("2025-01-01").unwrap(),
            until: SimTime::parse("2031-01-01").unwrap(),
            base: Base::Gross,
            tiers: vec![Tier { above: Money::ZERO, share: Share(200_000) }],
            basis: TierBasis::EachPeriod,
            cap: None,
            loss: Loss::Forgotten,
            rounding: Rounding::HalfAway,
        };
        Case { terms, agreement: None, lines: Vec::new() }
    }
}

fn money(text: &str) -> Money {
    match text.strip_suffix('u') {
        Some(micro) => Money(micro.parse().unwrap()),
        None => Money::from_usd(text.parse().unwrap()).unwrap(),
    }
}

impl Case {
    fn set(&mut self, name: &str, words: &[&str]) {
        let terms = &mut self.terms;
        match (name, words) {
            ("from", [text]) => terms.from = SimTime::parse(text).unwrap(),
            ("until", [text]) => terms.until = SimTime::parse(text).unwrap(),
            ("base", ["net"]) => terms.base = Base::Net,
            ("base", ["gross"]) => terms.base = Base::Gross,
            ("cap", ["none"]) => terms.cap = None,
            ("cap", [text]) => terms.cap = Some(money(text)),
            ("loss", ["carried"]) => terms.loss = Loss::CarriedForward,
            ("tiers", list) => {
                let pairs = list.chunks(2);
                terms.tiers = pairs
                    .map(|pair| Tier { above: money(pair[0]), share: Share::parse(pair[1]).unwrap() })
                    .collect();
            }
            ("basis", ["cumulative"]) => terms.basis = TierBasis::Cumulative,
            ("rounding", ["half-even"]) => terms.rounding = Rounding::HalfEven,
            ("rounding", ["down"]) => terms.rounding = Rounding::Down,
            ("rounding", ["up"]) => terms.rounding = Rounding::Up,
            _ => panic!("set `{name} {words:?}`"),
        }
        // Terms that are set after the first settlement amend the agreement.
        if let Some(agreement) = &mut self.agreement {
            agreement.amend(self.terms.clone());
        }
    }
}

impl Player for Case {
    fn line(&mut self, words: &[&str]) {
        match words {
            ["set", name, rest @ ..] => self.set(name, rest),
            ["settle", day, gross, rest @ ..] => {
                assert!(!self.terms.check().has_errors(), "{:?}", self.terms.check());
                let terms = &self.terms;
                let agreement = self.agreement.get_or_insert_with(|| RevenueShare::new(terms.clone()));
                let deductions = rest.first().map_or(Money::ZERO, |text| money(text));
                match agreement.settle(SimTime::parse(day).unwrap(), money(gross), deductions) {
                    Ok(facts) => self.lines.extend(facts.iter().map(written)),
                    Err(_) => self.lines.push("overflow [-]".to_string()),
                }
            }
            _ => panic!("act `{words:?}`"),
        }
    }
    fn flush(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }
}

fn written(fact: &Fact) -> String {
    let text = match fact {
        Fact::OutOfTerm => "outofterm".to_string(),
        Fact::Loss { amount, carried } => format!("loss{} {amount}", if *carried { " carried" } else { "" }),
        Fact::LossUsed { amount } => format!("lossused {amount}"),
        Fact::Paid { base, amount, cut: Money(0) } => format!("paid {amount} of base {base}"),
        Fact::Paid { base, amount, cut } => format!("capped {amount} of base {base} cut {cut}"),
        Fact::CapReached => "capreached".to_string(),
        Fact::Exhausted => "exhausted".to_string(),
    };
    format!("{text} [{}]", fact.clause())
}
