//! The limits of a plan by name: every row of the model belongs to one.

use crate::instance::Instance;
use serde::{Deserialize, Serialize};

/// What a row of the model holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What is ready stays ready.
    Lasting,
    /// Phases come one after the other.
    PhaseOrder,
    /// Phases ready everywhere are counted.
    PhaseCount,
    /// Systems installed are those delivered, less those sold or expired.
    Fleet,
    /// The oldest systems go first when their life is over.
    Life,
    /// Systems need a place in a hall.
    Space,
    /// Only a share of installed systems works.
    Availability,
    /// The load of a site is that of its working systems.
    Load,
    /// The connection and on-site generation carry the systems in the worst hour.
    FirmPower,
    /// Compute served comes from somewhere.
    Compute,
    /// No more is served than is wanted; all of it, where that is obliged.
    Demand,
    /// What is bought is paid.
    Price,
    /// What is committed is paid.
    Commitment,
    /// What is paid for and not taken, or taken beyond what is committed, is carried over as agreed.
    Bank,
    /// No more is bought than is offered.
    Offer,
    /// Makers of systems deliver so much.
    SystemSupply,
    /// Makers of generators deliver so much.
    GeneratorSupply,
    /// Makers of transformers deliver so much.
    Transformers,
    /// So much can be under construction in a region.
    Labour,
    /// No more is spent than there is.
    Capital,
    /// The loan is small against what was invested.
    LoanToValue,
    /// Income covers interest.
    Coverage,
    /// Carbon under a cap.
    CarbonCap,
    /// The worst futures.
    Risk,
    /// A quantity that is measured: bounds on it make a front.
    Measure,
    /// A phase is ready by its due date.
    Due,
    /// Physics of a site's operation.
    Operation,
}

/// A row by name: its kind, and the indices that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Limit {
    /// What it holds.
    pub kind: Kind,
    /// The site, region, generation, demand, purchase or kind of generator that it is for.
    pub of: Option<u16>,
    /// The period.
    pub period: Option<u16>,
    /// The scenario.
    pub scenario: Option<u16>,
}

impl Limit {
    pub(crate) fn new(kind: Kind, of: usize, period: usize, scenario: usize) -> Limit {
        Limit { kind, of: Some(of as u16), period: Some(period as u16), scenario: Some(scenario as u16) }
    }

    /// What it is for, by name.
    pub fn subject<'a>(&self, instance: &'a Instance) -> Option<&'a str> {
        let of = usize::from(self.of?);
        Some(match self.kind {
            Kind::Compute | Kind::Labour => &instance.regions.get(of)?.name,
            Kind::Demand => &instance.demands.get(of)?.name,
            Kind::Price | Kind::Commitment | Kind::Bank | Kind::Offer => &instance.purchases.get(of)?.name,
            Kind::SystemSupply => &instance.generations.get(of)?.name,
            Kind::GeneratorSupply => &instance.thermals.get(of)?.equipment.name,
            Kind::PhaseCount
            | Kind::Transformers
            | Kind::Capital
            | Kind::LoanToValue
            | Kind::Coverage
            | Kind::CarbonCap
            | Kind::Risk
            | Kind::Measure => return None,
            _ => &instance.sites.get(of)?.name,
        })
    }

    /// A name without spaces, for files of models: `labour[texas,2027-Q2]`.
    pub fn name(&self, instance: &Instance) -> String {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.subject(instance).map(str::to_owned));
        let period = self.period.and_then(|t| instance.periods.get(usize::from(t)));
        parts.extend(period.map(|period| period.name.clone()));
        let scenario = self.scenario.and_then(|s| instance.scenarios.get(usize::from(s)));
        parts.extend(scenario.map(|scenario| scenario.name.clone()));
        let parts = parts.join(",").replace(|c: char| c.is_whitespace() || "[]:".contains(c), "_");
        let kind = serde_name(self.kind);
        if parts.is_empty() { kind } else { format!("{kind}[{parts}]") }
    }
}

/// `SystemSupply` as `system_supply`.
fn serde_name(kind: Kind) -> String {
    let mut name = String::new();
    for c in format!("{kind:?}").chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}
