//! What the money of a plan is for.

/// What operating money goes for or comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operating {
    /// Running the halls.
    Halls,
    /// Upkeep of plant on site.
    PlantUpkeep,
    /// Charge on the billed peak.
    DemandCharge,
    /// Energy from the grid.
    GridEnergy,
    /// Fuel of plant on site and what it uses up.
    Fuel,
    /// Price of carbon.
    Carbon,
    /// Load that is let go for money or that nobody serves.
    Unserved,
    /// Upkeep of systems.
    SystemsUpkeep,
    /// Bringing compute to its customers.
    Lanes,
    /// Damages for demand that is not served.
    Damages,
    /// Capacity bought, and what it costs to leave it.
    Purchases,
    /// Income from holders of rights; negative.
    Rights,
    /// Income from customers; negative.
    Revenue,
}

impl Operating {
    /// One word for it: `grid_energy`.
    pub fn name(self) -> &'static str {
        match self {
            Operating::Halls => "halls",
            Operating::PlantUpkeep => "plant_upkeep",
            Operating::DemandCharge => "demand_charge",
            Operating::GridEnergy => "grid_energy",
            Operating::Fuel => "fuel",
            Operating::Carbon => "carbon",
            Operating::Unserved => "unserved",
            Operating::SystemsUpkeep => "systems_upkeep",
            Operating::Lanes => "lanes",
            Operating::Damages => "damages",
            Operating::Purchases => "purchases",
            Operating::Rights => "rights",
            Operating::Revenue => "revenue",
        }
    }
}

/// What capital is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Building {
    Land,
    Halls,
    Interconnection,
    Plant,
}

impl Building {
    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            Building::Land => "land",
            Building::Halls => "halls",
            Building::Interconnection => "interconnection",
            Building::Plant => "plant",
        }
    }
}

/// A payment for what is built: in which period, at which site, for what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Payment {
    /// Period.
    pub period: usize,
    /// Site.
    pub site: usize,
    /// For what.
    pub what: Building,
    /// Millions of dollars.
    pub musd: f64,
}
