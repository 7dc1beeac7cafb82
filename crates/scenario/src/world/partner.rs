//! Parties to the programme.

use serde::{Deserialize, Serialize};

/// A party to the programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// Key in the scenario: `softbank`.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// What it is.
    pub role: PartnerRole,
}

/// What a partner is in the first place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartnerRole {
    /// It puts in owners' money.
    Investor,
    /// It lends.
    Lender,
    /// It builds.
    Developer,
    /// It runs sites.
    Operator,
    /// It uses what is built.
    User,
    /// It sells machines, fuel or power.
    Supplier,
    /// Something else, or several of these.
    Other,
}
