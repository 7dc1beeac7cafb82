//! What the twin says of power: one row for each hour of a site, and what a limit did to work.

use crate::fact::GpuTime;
use base::id::SiteId;
use base::{Money, SimTime, Span};
use plant::balance::{EnergyBooks, Joules};
use serde::{Deserialize, Serialize};

/// One hour of energy of one site with a power section (shorter at the ends of a run).
///
/// `books.residual()` is 0, `generation.total()` is `books.generated` and `cost` has no part left out: the twin asserts
/// the first two of every row that it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnergyHour {
    /// The site.
    pub site: SiteId,
    /// Start of the hour, or of the part of it that the run has.
    pub hour: SimTime,
    /// Its length: an hour but at the ends of a run.
    pub span: Span,
    /// Bought, generated and discharged; IT, cooling, losses, house, charged and sold.
    pub books: EnergyBooks,
    /// Of the IT energy, what nodes draw that stand ready, whether they work or not.
    pub it_idle: Joules,
    /// What was generated, by kind.
    pub generation: Generation,
    /// Fuel burnt, higher heating value.
    pub fuel: Joules,
    /// What the sun and the wind would have given on top; nobody took it.
    pub wasted: Joules,
    /// Bought above what the grid may give, where a limit changed within the hour: 0 but for rounding of such an hour.
    pub overdrawn: Joules,
    /// In the battery at the end.
    pub stored: Joules,
    /// The most that the grid could give.
    pub grid_limit: Joules,
    /// IT energy at full load of the systems energised.
    pub capacity: Joules,
    /// Of the capacity, what could not be had, by cause.
    pub withheld: Withheld,
    /// Accelerator time held down by limits of power or heat; part of [`crate::SiteHour::down`].
    pub held_down: GpuTime,
    /// Money, by part.
    pub cost: EnergyCost,
    /// Grams of CO2 of what was bought, by the carbon intensity of the hour.
    pub carbon_bought_g: i64,
    /// Grams of CO2 out of the stacks on site.
    pub carbon_fuel_g: i64,
    /// Water taken, in millilitres.
    pub water_ml: i64,
    /// Price of the grid at the meter, micro-dollars for a megawatt-hour.
    pub price: i64,
    /// Carbon intensity of the grid, milligrams for a kilowatt-hour.
    pub grid_carbon: i64,
    /// Dry bulb, thousandths of °C.
    pub dry_bulb: i32,
    /// Wet bulb, thousandths of °C.
    pub wet_bulb: i32,
}

impl EnergyHour {
    /// Power usage effectiveness: what the site uses over what its IT uses.
    pub fn pue(&self) -> Option<f64> {
        (self.books.it.0 > 0).then(|| self.books.used().0 as f64 / self.books.it.0 as f64)
    }

    /// Water usage effectiveness: litres for a kilowatt-hour of IT energy.
    pub fn wue(&self) -> Option<f64> {
        let litres = self.water_ml as f64 / 1000.0;
        (self.books.it.0 > 0).then(|| litres / (self.books.it.0 as f64 / 3.6e6))
    }
}

/// Energy generated on site, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// By gas turbines alone.
    pub simple_cycle: Joules,
    /// By gas turbines with a steam cycle.
    pub combined_cycle: Joules,
    /// By gas engines.
    pub reciprocating: Joules,
    /// By fuel cells.
    pub fuel_cell: Joules,
    /// By emergency diesels.
    pub diesel: Joules,
    /// By the sun.
    pub solar: Joules,
    /// By the wind.
    pub wind: Joules,
}

impl Generation {
    /// All of it.
    pub fn total(&self) -> Joules {
        let burnt =
            self.simple_cycle + self.combined_cycle + self.reciprocating + self.fuel_cell + self.diesel;
        burnt + self.solar + self.wind
    }
}

/// IT energy of the capacity that could not be had. Each is what its limit alone takes below the one before, in this
/// order: their sum is the capacity less what was possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// For want of power: interconnection, units that are late or in repair.
    pub shed: Joules,
    /// For the grid's sake: curtailment, demand response, a price above the site's own limit.
    pub curtailed: Joules,
    /// Because the heat could not be rejected in this air.
    pub derated: Joules,
}

/// Money of an hour, by part. What is sold is income; the rest is cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnergyCost {
    /// Energy bought from the grid.
    pub bought: Money,
    /// Income: energy sold to the grid.
    pub sold: Money,
    /// Fuel burnt on site.
    pub fuel: Money,
    /// Charge on the peak of the month, in the row that ends the month (UTC) or the run.
    pub demand: Money,
    /// Water.
    pub water: Money,
}

impl EnergyCost {
    /// All costs less the income; `None` if it leaves the range of `Money`.
    pub fn total(&self) -> Option<Money> {
        Money::checked_sum([self.bought, self.fuel, self.demand, self.water])?.checked_sub(self.sold)
    }
}

/// Why work could not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LimitCause {
    /// There is not enough power.
    Power,
    /// The grid asked the site to use less, or its price is above the site's limit.
    Curtailment,
    /// The heat cannot be rejected.
    Heat,
}

/// What a limit of power or heat did to work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PowerFact {
    /// From now so many nodes of the site are held down.
    Held {
        /// Where.
        site: SiteId,
        /// What binds; that of the limit which binds most.
        cause: LimitCause,
        /// Nodes held down.
        nodes: u32,
        /// Their accelerators.
        gpus: u32,
        /// Speed of work bound by the clock, in parts per million; 1,000,000 where no cap slows it.
        clock: u32,
    },
    /// A job was stopped by a limit and waits again.
    JobStopped {
        /// The job's number.
        job: u64,
        /// Where it ran.
        site: SiteId,
        /// Work since its last checkpoint, done again later; none where there was notice to write one.
        lost: Span,
    },
}
