//! The journal and the charges in the forms of other tools.

pub mod focus;
pub mod journal;

use base::{Money, SimTime};

/// A posting as exports read it, with names instead of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The number of its entry.
    pub entry: u64,
    /// The instant of its entry.
    pub time: SimTime,
    /// In whose books.
    pub partner: &'a str,
    /// The account with its class: `assets:receivable`.
    pub account: &'a str,
    /// Who stands on the other side.
    pub counterparty: Option<&'a str>,
    /// The site.
    pub site: Option<&'a str>,
    /// A debit is positive.
    pub amount: Money,
    /// The quantity beside the money.
    pub quantity: Option<i64>,
    /// What the quantity counts.
    pub unit: &'a str,
    /// The kind of fact that it follows from.
    pub fact: &'a str,
    /// Which fact.
    pub subject: &'a str,
    /// The rule by which it was priced.
    pub rule: &'a str,
}
