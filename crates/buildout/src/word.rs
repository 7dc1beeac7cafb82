//! The words of building and of capital.

use serde::{Deserialize, Serialize};

/// A step in the construction of a block, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Milestone {
    /// The land is cleared: work on the building can begin.
    LandCleared,
    /// The building stands and is closed.
    Shell,
    /// Power can be drawn.
    PowerOn,
    /// Its systems stand in it.
    SystemsInstalled,
    /// Its systems can work.
    Energised,
}

impl Milestone {
    /// All of them, in their order.
    pub const ALL: [Milestone; 5] = [
        Milestone::LandCleared,
        Milestone::Shell,
        Milestone::PowerOn,
        Milestone::SystemsInstalled,
        Milestone::Energised,
    ];
    /// Their names in scenarios and tables, in the same order.
    pub const NAMES: [&str; 5] = ["land_cleared", "shell", "power_on", "systems_installed", "energised"];

    /// Its position in [`Milestone::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
    /// Its name in scenarios and tables.
    pub fn name(self) -> &'static str {
        Self::NAMES[self.index()]
    }
}

/// Where a date for a milestone comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DateFrom {
    /// The scenario: somebody said it on the day on which it became known.
    Announced,
    /// The run: what is to be expected after what has happened in it.
    Expected,
}

impl DateFrom {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            DateFrom::Announced => "announced",
            DateFrom::Expected => "expected",
        }
    }
}

/// What money is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Purpose {
    /// Land and its clearing.
    Land,
    /// The building.
    Shell,
    /// Substation, generation, distribution.
    Power,
    /// Chillers, pumps, heat rejection.
    Cooling,
    /// Systems: the machines themselves.
    Systems,
    /// Switches, optics, cables, fibre to the site.
    Network,
    /// What building costs above its plan.
    Contingency,
    /// Interest that is paid in money while building.
    Interest,
}

impl Purpose {
    /// All of them, in the order of the tables.
    pub const ALL: [Purpose; 8] = [
        Purpose::Land,
        Purpose::Shell,
        Purpose::Power,
        Purpose::Cooling,
        Purpose::Systems,
        Purpose::Network,
        Purpose::Contingency,
        Purpose::Interest,
    ];
    /// Their names in scenarios and tables, in the same order.
    pub const NAMES: [&str; 8] =
        ["land", "shell", "power", "cooling", "systems", "network", "contingency", "interest"];

    /// Its position in [`Purpose::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
    /// Its name in scenarios and tables.
    pub fn name(self) -> &'static str {
        Self::NAMES[self.index()]
    }
}

/// What kind of money a tranche is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Instrument {
    /// Owners' money: it bears no interest.
    Equity,
    /// Lenders' money: it bears interest from the day it is called.
    Debt,
}

/// What becomes of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum InterestPart {
    /// On money in a block that does not work yet, or in hand while there is one that it may be spent on: added to the debt,
    /// part of the cost of building.
    Capitalised,
    /// The same, but paid in money as it falls due.
    Paid,
    /// On money in blocks that work, or in hand when all of them do: an expense of their operation. Only counted here; the books pay it.
    Operating,
}

/// What a block waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Want {
    /// Money.
    Money,
    /// Systems.
    Systems,
    /// A milestone of its site.
    Site,
}
