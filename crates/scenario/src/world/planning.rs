//! What can be built, and what a plan is to reach, checked.

use super::Site;
use super::energy::SitePower;
use base::{Money, SimTime, Span};
use plant::generation::UnitKind;
use serde::{Deserialize, Serialize};

/// What is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Objective {
    NetPresentValue,
    LeastCost,
    MostTokens,
    LeastCarbon,
}

/// What burns, shines, blows or stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Technology {
    Fuel(UnitKind),
    Solar,
    Wind,
    Battery,
}

/// A planning problem in the words of the scenario. Lists by quarter have one value for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planning {
    /// The first quarter begins here.
    pub start: SimTime,
    /// How many.
    pub quarters: usize,
    /// After so many of them periods are years.
    pub years_after: Option<usize>,
    /// What is sought.
    pub objective: Objective,
    /// New money, US dollars by quarter.
    pub budget_usd: Vec<f64>,
    /// A loan beside it.
    pub debt: Option<Debt>,
    /// Cost of capital of a year.
    pub discount_per_year: f64,
    /// Good enough.
    pub gap: f64,
    /// Weight and level of the worst futures.
    pub risk: (f64, f64),
    /// Representative days of a season.
    pub days: usize,
    /// Price of a tonne, and the most of them.
    pub carbon: (f64, Option<f64>),
    /// Share of plant that burns fuel and is held back.
    pub reserve_share: f64,
    /// Price of a megawatt-hour that nobody serves.
    pub unserved_usd_per_mwh: f64,
    /// What halls are worth at the end if they came then, as a share of what they cost, and the age at which it is nothing.
    pub halls_worth: (f64, Span),
    /// The same of connections to the grid.
    pub connections_worth: (f64, Span),
    /// Quarters in which purchases are decided before a future is known.
    pub here_and_now: usize,
    /// Systems that can be bought.
    pub hardware: Vec<Hardware>,
    /// Who wants compute.
    pub demands: Vec<Demand>,
    /// Capacity that is bought under commitments.
    pub purchases: Vec<Purchase>,
    /// Rights that take a share.
    pub rights: Vec<PlanRight>,
    /// What may come; at least one.
    pub futures: Vec<Future>,
    /// Limits of construction by pool, MW by quarter.
    pub labour: Vec<(String, Vec<f64>)>,
    /// Kinds of plant, sorted by key.
    pub generators: Vec<Generator>,
    /// Places, sorted by key.
    pub candidates: Vec<Candidate>,
}

/// A loan that the plan may draw on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Debt {
    /// Most that is drawn.
    pub usd: f64,
    /// Interest of a year.
    pub interest_per_year: f64,
    /// Most of what was invested that is owed.
    pub loan_to_value: f64,
    /// Least ratio of the operating margin to the interest, and from when.
    pub coverage: Option<(f64, Option<SimTime>)>,
}

/// A system that can be bought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hardware {
    /// Key of the system.
    pub key: String,
    /// Price of one.
    pub price: Money,
    /// Power of one, MW.
    pub mw: f64,
    /// The model of its accelerators, and how many one has; `None` without any.
    pub accelerators: Option<(String, u32)>,
    /// None before.
    pub available: Option<SimTime>,
    /// Most of them by quarter.
    pub supply: Option<Vec<f64>>,
    /// Compute of a megawatt.
    pub units_per_mw: f64,
    /// Share that works.
    pub availability: f64,
    /// Life.
    pub life: Span,
    /// Upkeep of a year.
    pub upkeep: f64,
    /// Change of its price in a year.
    pub price_change: f64,
    /// Worth at the end, as a share of its price, and the age over which that falls to nothing.
    pub worth: (f64, Span),
}

/// Who wants compute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Demand {
    /// Name for people.
    pub name: String,
    /// Units wanted by quarter.
    pub units: Vec<f64>,
    /// Paid for a unit and year.
    pub usd_per_unit_year: f64,
    /// What that changes by in a year.
    pub price_change: f64,
    /// Damages.
    pub damages_usd: f64,
    /// Whether all must be served.
    pub obliged: bool,
    /// Tokens of a unit and year.
    pub tokens: f64,
    /// Regions that can serve it, and what a unit and year costs from there; `None`: all, at no cost.
    pub served_from: Option<Vec<(String, f64)>>,
}

/// Capacity bought of a partner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Purchase {
    /// Key of the agreement.
    pub agreement: String,
    /// From which region it serves; `None`: from all.
    pub region: Option<String>,
    /// Paid for a unit and year.
    pub usd_per_unit_year: f64,
    /// What that changes by in a year.
    pub price_change: f64,
    /// Least payment by quarter.
    pub committed_usd: Vec<f64>,
    /// Most units by quarter.
    pub most_units: Vec<f64>,
    /// Fee for leaving early, and from when.
    pub exit: Option<(f64, Option<SimTime>)>,
    /// The number of the true-up that each quarter belongs to; `None` where nothing is committed.
    pub true_ups: Vec<Option<u32>>,
    /// The whole commitment by quarter, of which `committed_usd` is paid in any case.
    pub whole_usd: Vec<f64>,
    /// Whether a true-up's minimum is paid when it begins, for how many true-ups what was paid and not taken can be made up, and for
    /// how many what was taken beyond the commitment counts: as the first version says.
    pub terms: (bool, Option<u32>, Option<u32>),
}

/// What holders of a right take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Takes {
    /// Compute that is built, at this price for a unit and year.
    Compute(f64),
    /// Demand that they serve: one of the plan's, by its place; `None`: all.
    Demand(Option<usize>),
}

/// A right of first refusal in a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanRight {
    /// Key of the agreement.
    pub agreement: String,
    /// Of what.
    pub takes: Takes,
    /// Share by quarter; 0 where the right is not in force.
    pub share: Vec<f64>,
}

/// What may come: factors and delays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Future {
    pub name: String,
    pub probability: f64,
    pub demand: f64,
    pub revenue: f64,
    pub grid_price: f64,
    pub fuel_price: f64,
    pub hardware_price: f64,
    pub elections: f64,
    /// Quarters.
    pub late_halls: usize,
    /// Quarters.
    pub late_grid: usize,
}

/// A kind of plant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generator {
    /// Key in the scenario.
    pub key: String,
    /// What it is.
    pub technology: Technology,
    /// Size of a unit.
    pub unit_mw: Option<f64>,
    /// From order to power.
    pub lead: Span,
    /// Price of a kilowatt.
    pub usd_per_kw: f64,
    /// Upkeep of a kilowatt and year.
    pub usd_per_kw_year: f64,
    /// Other running costs.
    pub usd_per_mwh: f64,
    /// Fuel energy over electrical energy; 0 for what burns nothing.
    pub heat_rate: f64,
    /// Carbon of fuel burnt, grams for a joule.
    pub grams_per_joule: f64,
    /// Share that counts as firm.
    pub firm: f64,
    /// Of a battery.
    pub duration: Span,
    /// Of a battery, one way.
    pub efficiency: f64,
    /// Worth at the end, as a share of its price, and the age over which that falls to nothing.
    pub worth: (f64, Span),
    /// Cumulative megawatts by quarter.
    pub supply_mw: Option<Vec<f64>>,
}

/// A place where blocks could be built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The place, as a site without blocks.
    pub site: Site,
    /// What surrounds it: cooling, weather, price, carbon; a megawatt each of sun and wind.
    pub power: SitePower,
    /// Whose builders it takes.
    pub labour: Option<String>,
    /// Where it is, for demand that is served from some regions only.
    pub region: Option<String>,
    /// Keys of the partners who own land and buildings, and who run it.
    pub owner: Option<String>,
    /// The latter.
    pub operator: Option<String>,
    /// Blocks.
    pub blocks: usize,
    /// IT power of each.
    pub block_mw: f64,
    /// Key of how they are built.
    pub construction: String,
    /// From the beginning of work to systems that work, as stated.
    pub stated: Span,
    /// The same as it slips at the median.
    pub lead: Span,
    /// Shell, power, cooling, network, contingency for a megawatt.
    pub usd_per_mw: f64,
    /// Not before.
    pub begin: Option<SimTime>,
    /// The first so many blocks must stand by the second.
    pub committed: (usize, Option<SimTime>),
    /// When its blocks stood in fact, as far as that is said.
    pub done: Vec<SimTime>,
    /// Land.
    pub land_usd: f64,
    /// Running costs.
    pub usd_per_mw_year: f64,
    /// MW, lead, US dollars.
    pub interconnection: Vec<(f64, Span, f64)>,
    /// Index of the generator, and the most of it.
    pub plant: Vec<(usize, f64)>,
    /// Share billed in any case.
    pub take_or_pay: f64,
    /// Price of gas.
    pub gas_usd_per_mmbtu: f64,
    /// Where it stands in the scenario: `my.toml:12`.
    pub place: String,
}
