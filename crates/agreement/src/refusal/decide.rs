//! How a holder decides: by a script, by a policy, or by the draw.

use super::fact::Election;
use super::terms::Terms;
use base::{Money, Stream};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a holder answers offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Policy {
    /// The answers are written down: exercise (`true`) or decline, by offer; silence for offers that are not there.
    Script(BTreeMap<u64, bool>),
    /// Exercise when a kilowatt costs at most so much and at least so much power is short; decline otherwise.
    Threshold {
        /// The highest price for 1,000 kW and a month.
        highest: Money,
        /// The least shortage, in kilowatts; 0 to take whatever is cheap.
        shortage_kw: i64,
    },
    /// Exercise with this probability, decline otherwise; drawn by the offer's number from the holder's own stream.
    Drawn {
        /// The probability, 0..1.
        probability: f64,
    },
    /// Never answers.
    Silent,
}

/// What a holder knows when it decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// The offer.
    pub offer: u64,
    /// The terms for the power that the holder's clock is for.
    pub terms: Terms,
    /// How much power the holder is short of, in kilowatts.
    pub shortage_kw: i64,
}

/// The answer; `None` for silence. `luck` is the holder's own random stream.
pub fn decide(policy: &Policy, situation: &Situation, luck: &Stream) -> Option<Election> {
    let takes = match policy {
        Policy::Script(answers) => *answers.get(&situation.offer)?,
        Policy::Silent => return None,
        Policy::Threshold { highest, shortage_kw } => {
            let Terms { kw, price, months, .. } = situation.terms;
            // price / (kw / 1000) / months <= highest, without dividing.
            let limit = (i128::from(highest.0) * i128::from(kw)).saturating_mul(i128::from(months));
            i128::from(price.0) * 1000 <= limit && situation.shortage_kw >= *shortage_kw
        }
        Policy::Drawn { probability } => luck.at(situation.offer).uniform() < *probability,
    };
    Some(match takes {
        true => Election::Exercise { terms: situation.terms, conditional: false },
        false => Election::Decline,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(offer: u64, price: i64, shortage_kw: i64) -> Situation {
        Situation { offer, terms: Terms { kw: 2000, price: Money(price), months: 10, other: 0 }, shortage_kw }
    }

    fn takes(policy: &Policy, situation: Situation) -> Option<bool> {
        let election = decide(policy, &situation, &Stream::new(7, "holder"))?;
        Some(matches!(election, Election::Exercise { terms, conditional: false } if terms == situation.terms))
    }

    #[test]
    fn scripts_and_silence() {
        let script = Policy::Script(BTreeMap::from([(1, true), (2, false)]));
        assert_eq!(
            [1, 2, 3].map(|offer| takes(&script, situation(offer, 5, 0))),
            [Some(true), Some(false), None]
        );
        assert_eq!(takes(&Policy::Silent, situation(1, 5, 0)), None);
    }

    #[test]
    fn a_threshold_asks_for_price_and_need() {
        // 2,000 kW for 10 months at 100 for 1,000 kW and a month: 2,000.
        let policy = Policy::Threshold { highest: Money(100), shortage_kw: 500 };
        assert_eq!(takes(&policy, situation(1, 2000, 500)), Some(true));
        assert_eq!(takes(&policy, situation(1, 2001, 500)), Some(false));
        assert_eq!(takes(&policy, situation(1, 2000, 499)), Some(false));
        let huge = Policy::Threshold { highest: Money(i64::MAX), shortage_kw: 0 };
        let terms = Terms { kw: i64::MAX, price: Money(i64::MAX), months: u32::MAX, other: 0 };
        assert_eq!(takes(&huge, Situation { offer: 1, terms, shortage_kw: 0 }), Some(true));
    }

    #[test]
    fn draws_follow_the_probability_and_the_offer() {
        let policy = Policy::Drawn { probability: 0.3 };
        let taken = (0..10_000).filter(|&offer| takes(&policy, situation(offer, 5, 0)) == Some(true)).count();
        assert!((2_850..3_150).contains(&taken), "{taken}");
        assert_eq!(takes(&policy, situation(9, 5, 0)), takes(&policy, situation(9, 77, 3)));
    }
}
