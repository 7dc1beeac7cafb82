//! What happens in a loan, and in which order at one instant.

use base::Money;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// The event types of ACTUS that loans have, in the order in which they happen at one time (ACTUS event dictionary).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// IED: the principal is paid out.
    InitialExchange,
    /// FP: a fee is paid.
    Fee,
    /// PR: principal is paid back.
    Redemption,
    /// PY: a penalty for an early repayment.
    Penalty,
    /// PP: an early repayment.
    Prepayment,
    /// IP: interest is paid.
    Interest,
    /// IPCI: interest is added to the principal.
    Capitalisation,
    /// RRF: the rate is set to what was fixed before.
    FixedReset,
    /// RR: the rate is set by an index.
    Reset,
    /// PRF: the payment of an annuity is fixed anew.
    PaymentFixing,
    /// PRD: the loan was bought.
    Purchase,
    /// TD: the loan is sold.
    Termination,
    /// SC: the scaling multipliers are set by an index.
    ScalingFixing,
    /// IPCB: the base of the interest follows the notional.
    BaseFixing,
    /// MD: the rest is paid back.
    Maturity,
    /// AD: somebody looks.
    Analysis,
}

impl EventKind {
    /// The acronym of the ACTUS dictionary.
    pub fn acronym(self) -> &'static str {
        match self {
            EventKind::InitialExchange => "IED",
            EventKind::Fee => "FP",
            EventKind::Redemption => "PR",
            EventKind::Penalty => "PY",
            EventKind::Prepayment => "PP",
            EventKind::Interest => "IP",
            EventKind::Capitalisation => "IPCI",
            EventKind::FixedReset => "RRF",
            EventKind::Reset => "RR",
            EventKind::PaymentFixing => "PRF",
            EventKind::Purchase => "PRD",
            EventKind::Termination => "TD",
            EventKind::ScalingFixing => "SC",
            EventKind::BaseFixing => "IPCB",
            EventKind::Maturity => "MD",
            EventKind::Analysis => "AD",
        }
    }
}

/// An event that will happen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// When it is paid.
    pub time: DateTime,
    /// For which day it is computed.
    pub day: Date,
    /// What.
    pub kind: EventKind,
    /// The amount of an early repayment; 0 for everything else.
    pub amount: f64,
}

/// An event that has happened, with the state after it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When it is paid.
    pub time: DateTime,
    /// What.
    pub kind: EventKind,
    /// What is paid; positive to the party whose role the terms give.
    pub payoff: f64,
    /// The notional after it, signed like a payoff.
    pub notional: f64,
    /// The rate after it.
    pub rate: f64,
    /// Interest accrued after it, signed.
    pub accrued: f64,
}

impl Event {
    /// The payoff in integers, rounded half away from zero to the micro-dollar; `None` if out of range.
    pub fn amount(&self) -> Option<Money> {
        Money::from_usd(self.payoff)
    }
}
