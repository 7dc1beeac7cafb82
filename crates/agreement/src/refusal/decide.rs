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
            let limit = i128::from(highest.0) * i128::from(kw) * i128::from(months);
            i128::from(price.0) * 1000 <= limit && situation.shortage_kw >= *shortage_kw
        }
        Policy::Drawn { probability } => luck.at(situation.offer).uniform() < *probability,
    };
    Some(match takes {
        true => Election::Exercise { terms: situation.terms, conditional: false },
        false => Election::Decline,
    })
}
