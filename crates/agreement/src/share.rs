//! Revenue share: `pay(t) = min(rate x base(t), cap - paid)` until the sunset.

use crate::amount::{Overflow, Rounding, Share};
use crate::rules;
use base::{Diagnostic, Diagnostics, Money, SimTime};
use serde::{Deserialize, Serialize};

/// What the share is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Base {
    /// Revenue as invoiced.
    Gross,
    /// Revenue less the deductions that the agreement names.
    Net,
}

/// Over what the thresholds of tiers are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TierBasis {
    /// The base of each period by itself.
    EachPeriod,
    /// The base since the agreement began.
    Cumulative,
}

/// What a negative base does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Loss {
    /// Nothing is paid and nothing remembered.
    Forgotten,
    /// It is set off against later bases.
    CarriedForward,
}

/// A share of the part of the base above a threshold (marginal, as with income tax).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// The threshold; 0 for the first.
    pub above: Money,
    /// The share.
    pub share: Share,
}

/// The terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The name of the agreement.
    pub id: String,
    /// From when.
    pub from: SimTime,
    /// The sunset: periods that begin at or after it bear no share.
    pub until: SimTime,
    /// Of what.
    pub base: Base,
    /// Thresholds in rising order.
    pub tiers: Vec<Tier>,
    /// Over what thresholds are counted.
    pub basis: TierBasis,
    /// At most so much in all.
    pub cap: Option<Money>,
    /// What a negative base does.
    pub loss: Loss,
    /// How each payment is rounded.
    pub rounding: Rounding,
}

impl Terms {
    /// Every mistake.
    pub fn check(&self) -> Diagnostics {
        let mut found = Diagnostics::new();
        let mut wrong = |field: &str, message: &str, hint: &str| {
            let field = format!("agreement.{}.{field}", self.id);
            found.push(
                Diagnostic::error(&rules::TERM_OUT_OF_RANGE, message).with_field(field).with_hint(hint),
            );
        };
        if self.until <= self.from {
            wrong("until", "the share ends before it begins", "a date after `from`");
        }
        if self.tiers.first().is_none_or(|tier| tier.above != Money::ZERO) {
            wrong("tiers", "the first tier does not begin at 0", "a first tier above 0 USD");
        }
        if self.tiers.windows(2).any(|pair| pair[0].above >= pair[1].above) {
            wrong("tiers", "the thresholds do not rise", "list tiers from the lowest threshold up");
        }
        if self.tiers.iter().any(|tier| tier.share > Share::WHOLE) {
            wrong("tiers", "a share is above 1", "a share between 0 and 1");
        }
        if self.cap.is_some_and(|cap| cap.0 < 0) {
            wrong("cap", "the cap is negative", "leave it out for no cap");
        }
        found
    }
}

/// What a settlement came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// The period lies before the first day or after the sunset.
    OutOfTerm,
    /// The base was negative.
    Loss {
        /// By how much, positive.
        amount: Money,
        /// Whether it is carried forward.
        carried: bool,
    },
    /// An earlier loss is set off.
    LossUsed {
        /// How much of it.
        amount: Money,
    },
    /// A payment.
    Paid {
        /// Of which base.
        base: Money,
        /// How much.
        amount: Money,
        /// What the cap cut off.
        cut: Money,
    },
    /// The cap is reached: nothing more will be paid.
    CapReached,
    /// The act had no effect: the cap was reached before.
    Exhausted,
}

impl Fact {
    /// The clause that it follows from.
    pub fn clause(&self) -> &'static str {
        match self {
            Fact::OutOfTerm => "term",
            Fact::Loss { .. } | Fact::LossUsed { .. } => "base",
            Fact::Paid { cut: Money(0), .. } => "share",
            Fact::Paid { .. } | Fact::CapReached | Fact::Exhausted => "cap",
        }
    }
}

/// A revenue share on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevenueShare {
    terms: Terms,
    paid: Money,
    cumulative: Money,
    loss: Money,
}

impl RevenueShare {
    /// Before the first settlement.
    pub fn new(terms: Terms) -> RevenueShare {
        RevenueShare { terms, paid: Money::ZERO, cumulative: Money::ZERO, loss: Money::ZERO }
    }
    /// What was paid in all.
    pub fn paid(&self) -> Money {
        self.paid
    }
    /// The terms.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }
    /// Goes on under amended terms; what was paid and counted stays.
    pub fn amend(&mut self, terms: Terms) {
        self.terms = terms;
    }

    /// Settles a period that began at `time`. After an error nothing has changed.
    pub fn settle(&mut self, time: SimTime, gross: Money, deductions: Money) -> Result<Vec<Fact>, Overflow> {
        if time < self.terms.from || time >= self.terms.until {
            return Ok(vec![Fact::OutOfTerm]);
        }
        let left = match self.terms.cap {
            Some(cap) => cap.checked_sub(self.paid).ok_or(Overflow)?.max(Money::ZERO),
            None => Money(i64::MAX),
        };
        if left == Money::ZERO {
            return Ok(vec![Fact::Exhausted]);
        }
        let base = match self.terms.base {
            Base::Gross => gross,
            Base::Net => gross.checked_sub(deductions).ok_or(Overflow)?,
        };
        let mut facts = Vec::new();
        if base < Money::ZERO {
            let amount = base.checked_neg().ok_or(Overflow)?;
            let carried = self.terms.loss == Loss::CarriedForward;
            if carried {
                self.loss = self.loss.checked_add(amount).ok_or(Overflow)?;
            }
            return Ok(vec![Fact::Loss { amount, carried }]);
        }
        let used = self.loss.min(base);
        if used > Money::ZERO {
            facts.push(Fact::LossUsed { amount: used });
        }
        let base = base.checked_sub(used).ok_or(Overflow)?;
        let start = if self.terms.basis == TierBasis::Cumulative { self.cumulative } else { Money::ZERO };
        let end = start.checked_add(base).ok_or(Overflow)?;
        let owed = self.owed(start, end)?;
        let amount = owed.min(left);
        let cut = owed.checked_sub(amount).ok_or(Overflow)?;
        let cumulative = self.cumulative.checked_add(base).ok_or(Overflow)?;
        self.paid = self.paid.checked_add(amount).ok_or(Overflow)?;
        self.loss = self.loss.checked_sub(used).ok_or(Overflow)?;
        self.cumulative = cumulative;
        facts.push(Fact::Paid { base, amount, cut });
        if amount == left && self.terms.cap.is_some() {
            facts.push(Fact::CapReached);
        }
        Ok(facts)
    }

    /// The shares of the stretch `[start, end)` of the base, each tier rounded by itself.
    fn owed(&self, start: Money, end: Money) -> Result<Money, Overflow> {
        let mut owed = Money::ZERO;
        for (i, tier) in self.terms.tiers.iter().enumerate() {
            let top = self.terms.tiers.get(i + 1).map_or(Money(i64::MAX), |next| next.above);
            let part = end.min(top).0.saturating_sub(start.max(tier.above).0).max(0);
            let share = tier.share.of(Money(part), self.terms.rounding).ok_or(Overflow)?;
            owed = owed.checked_add(share).ok_or(Overflow)?;
        }
        Ok(owed)
    }
}

/// Two shares that flow against each other become one payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Netted {
    /// They cancel out.
    Nothing,
    /// The first party pays the second.
    FirstPays(Money),
    /// The second party pays the first.
    SecondPays(Money),
}

/// Nets what the first owes the second against what the second owes the first (neither negative).
pub fn net(first_owes: Money, second_owes: Money) -> Result<Netted, Overflow> {
    let difference = first_owes.checked_sub(second_owes).ok_or(Overflow)?;
    Ok(match difference.0 {
        0 => Netted::Nothing,
        1.. => Netted::FirstPays(difference),
        _ => Netted::SecondPays(Money(-difference.0)),
    })
}

/// The order in which shares can be computed, when some are of revenue net of others: `(name, names it is net of)`.
/// Unknown names and circles are mistakes.
pub fn order(shares: &[(String, Vec<String>)]) -> Result<Vec<usize>, Diagnostics> {
    let mut found = Diagnostics::new();
    let position = |name: &String| shares.iter().position(|(other, _)| other == name);
    for (name, net_of) in shares {
        for other in net_of.iter().filter(|other| position(other).is_none()) {
            let message = format!("`{name}` is net of `{other}`, which does not exist");
            found.push(
                Diagnostic::error(&rules::UNKNOWN_ATTRIBUTE, message)
                    .with_value(other)
                    .with_hint("name a share"),
            );
        }
    }
    let mut order: Vec<usize> = Vec::new();
    while order.len() < shares.len() && !found.has_errors() {
        let ready = |i: &usize| {
            let known = |other: &String| position(other).is_some_and(|j| order.contains(&j));
            !order.contains(i) && shares[*i].1.iter().all(known)
        };
        match (0..shares.len()).find(ready) {
            Some(i) => order.push(i),
            None => {
                let circle: Vec<&str> =
                    (0..shares.len()).filter(|i| !order.contains(i)).map(|i| shares[i].0.as_str()).collect();
                let message = format!("each of `{}` is net of another of them", circle.join("`, `"));
                found.push(
                    Diagnostic::error(&rules::CIRCULAR_SHARES, message)
                        .with_hint("make one of the bases gross"),
                );
            }
        }
    }
    if found.has_errors() { Err(found) } else { Ok(order) }
}
