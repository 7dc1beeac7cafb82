//! What the planner is given: plain data, no model yet.
//!
//! An instance is a door (it is read and written as JSON and handed to peers), so each number has its unit at the end of its name:
//! `mw` megawatts, `musd` millions of US dollars, `usd_per_mwh`, `quarters`, `t` tonnes. *Units* of compute are megawatts of the
//! reference system (a megawatt of GB200 systems is one unit), so that demand and machines of all generations share one scale.
//! Vectors by period have one entry for each of [`Instance::periods`]; vectors by scenario one for each of
//! [`Instance::scenarios`].

use serde::{Deserialize, Serialize};

/// A whole planning problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// What it is called.
    pub name: String,
    /// The periods of decisions, in order.
    pub periods: Vec<Period>,
    /// Purchases of hardware in the first so many periods are decided before it is known which scenario comes.
    pub here_and_now: usize,
    /// Length of one block of a representative day.
    pub block_hours: f64,
    /// The representative day of each block; the blocks of a day follow one another, and its stores end as they began.
    pub day_of_block: Vec<usize>,
    /// Regions: pools of labour and of compute that serves the same users.
    pub regions: Vec<Region>,
    /// Candidate sites.
    pub sites: Vec<Site>,
    /// Kinds of generators that burn fuel.
    pub thermals: Vec<Thermal>,
    /// Kinds of generators that follow sun and wind.
    pub renewables: Vec<Renewable>,
    /// Kinds of stores.
    pub storages: Vec<Storage>,
    /// Generations of systems.
    pub generations: Vec<Generation>,
    /// Who wants compute.
    pub demands: Vec<Demand>,
    /// Rights of first refusal and others that take a share of all own compute.
    pub rights: Vec<Right>,
    /// Compute that can be bought under a commitment.
    pub purchases: Vec<Purchase>,
    /// Money.
    pub capital: Capital,
    /// Tonnes of carbon and their price and cap.
    pub carbon: Carbon,
    /// What halls and connections are worth at the end.
    pub worth: Worth,
    /// Cumulative grid connection that transformers on order allow over all sites, MW by period; none: no limit.
    pub transformers_mw: Option<Vec<f64>>,
    /// Futures, with their probabilities.
    pub scenarios: Vec<Scenario>,
    /// What is sought.
    pub objective: Objective,
    /// How futures are weighed.
    pub risk: Risk,
}

/// What is left of buildings and connections at the end of a plan: a share of what they cost if they came then, and the
/// quarters over which it falls to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Worth {
    /// Of halls.
    pub halls: (f64, u32),
    /// Of connections to the grid.
    pub connections: (f64, u32),
}

impl Default for Worth {
    fn default() -> Worth {
        Worth { halls: (0.8, 80), connections: (0.8, 100) }
    }
}

/// A period of decisions: a quarter, or several together far from now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Period {
    /// As it is shown: `2027-Q2`.
    pub name: String,
    /// Its length.
    pub quarters: u32,
    /// Whether systems come in equal parts at the start of each of its quarters; if not, all come at its start.
    #[serde(default)]
    pub evenly: bool,
    /// By how many quarters they come later than that in the mean, 0 to 1: makers deliver over a quarter.
    #[serde(default)]
    pub late_quarters: f64,
}

impl Period {
    /// Share of what is delivered in the period that has yet to come, on the mean of the period: of equal parts at the start of each
    /// quarter, the first is there all the time and the last for one quarter, less what they are late.
    pub fn to_come(&self) -> f64 {
        let quarters = f64::from(self.quarters);
        let parts = if self.evenly { (quarters - 1.0) / (2.0 * quarters) } else { 0.0 };
        parts + self.late_quarters / quarters
    }
}

/// A region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// As it is shown.
    pub name: String,
    /// Most IT megawatts under construction at a time, by period; none: no limit.
    pub labour_mw: Option<Vec<f64>>,
}

impl Instance {
    /// Quarters before a period, from the start of the plan.
    pub fn quarters_before(&self, t: usize) -> usize {
        self.periods.iter().take(t).map(|period| period.quarters as usize).sum()
    }

    /// Share of period `t` in which something is there that should be ready at the start of `ready` and comes `late` quarters late; in a
    /// period whose systems come at once it must be there at the start, or it is not there.
    pub fn share_there(&self, ready: usize, late: usize, t: usize) -> f64 {
        let (from, start) = (self.quarters_before(ready).saturating_add(late), self.quarters_before(t));
        let quarters = self.periods[t].quarters as usize;
        match self.periods[t].evenly {
            true => (start + quarters).saturating_sub(from).min(quarters) as f64 / quarters as f64,
            false => f64::from(u8::from(from <= start)),
        }
    }

    /// The same problem if it were known that one of these futures comes, each as likely among them as it was.
    pub fn knowing(&self, futures: &[usize]) -> Instance {
        let all: f64 = futures.iter().map(|&s| self.scenarios[s].probability).sum();
        let known = |&s: &usize| {
            let scenario = &self.scenarios[s];
            Scenario { probability: scenario.probability / all, ..scenario.clone() }
        };
        Instance { scenarios: futures.iter().map(known).collect(), ..self.clone() }
    }

    /// What can be put on a site: `thermal`, `renewable` or `storage`, and its equipment.
    pub fn plant<'a>(&'a self, here: &'a Site) -> impl Iterator<Item = (&'static str, &'a Equipment)> {
        let thermals = here.thermals.iter().map(|here| ("thermal", &self.thermals[here.kind].equipment));
        let renewables =
            here.renewables.iter().map(|here| ("renewable", &self.renewables[here.kind].equipment));
        let storages = here.storages.iter().map(|here| ("storage", &self.storages[here.kind].equipment));
        thermals.chain(renewables).chain(storages)
    }
}

/// A candidate site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// As it is shown.
    pub name: String,
    /// Index of its region.
    pub region: usize,
    /// Paid when the first phase starts.
    pub land_musd: f64,
    /// Buildings, in the order in which they are built.
    pub phases: Vec<Phase>,
    /// Steps of the grid connection; each can be taken alone.
    pub tranches: Vec<Tranche>,
    /// Generators that can be put here, of [`Instance::thermals`].
    pub thermals: Vec<ThermalHere>,
    /// Renewables that can be put here, of [`Instance::renewables`].
    pub renewables: Vec<MostHere>,
    /// Stores that can be put here, of [`Instance::storages`].
    pub storages: Vec<MostHere>,
    /// Facility power for each unit of IT power in the worst hour: sizes the connection.
    pub peak_pue: f64,
    /// Share of on-site generation that is held back in sizing, for units out of service.
    pub reserve: f64,
    /// Share of the load that users let go for `curtailment_usd_per_mwh`.
    pub curtailable: f64,
    /// What curtailed load costs.
    pub curtailment_usd_per_mwh: f64,
    /// What load costs that nobody can serve.
    pub shedding_usd_per_mwh: f64,
    /// Monthly charge for the greatest draw from the grid.
    pub demand_charge_usd_per_kw_month: f64,
    /// Share of the contracted connection that is billed even if it is not drawn.
    pub take_or_pay: f64,
    /// Running costs of halls, by IT megawatt and year.
    pub operations_musd_per_mw_year: f64,
    /// Representative days that the site can have.
    pub profiles: Vec<Profile>,
    /// Which of them each period has.
    pub profile: Vec<usize>,
    /// Factor on the grid price, by period.
    pub grid_price: Vec<f64>,
}

/// A building or hall that is energised together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// As it is shown.
    pub name: String,
    /// IT power.
    pub mw: f64,
    /// From the start of construction until it is ready.
    pub lead_quarters: u32,
    /// Earliest quarter, from the start of the plan, in which construction can start.
    pub start_quarter: u32,
    /// Shell, power and cooling; spent evenly over construction.
    pub musd_per_mw: f64,
    /// If given, it is ready at the start of this period at the latest.
    pub due: Option<usize>,
}

/// A step of the grid connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tranche {
    /// As it is shown.
    pub name: String,
    /// Facility power.
    pub mw: f64,
    /// From the order until it is energised.
    pub lead_quarters: u32,
    /// Paid with the order.
    pub musd: f64,
}

/// Generators of a kind at a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThermalHere {
    /// Index of the kind.
    pub kind: usize,
    /// Most of it.
    pub most_mw: f64,
    /// Price of its fuel.
    pub fuel_usd_per_mmbtu: f64,
}

/// Renewables or stores of a kind at a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MostHere {
    /// Index of the kind.
    pub kind: usize,
    /// Most of it.
    pub most_mw: f64,
}

/// Representative days of a site in a season. Every vector has one entry for each block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// How many hours of a quarter the block stands for.
    pub hours: Vec<f64>,
    /// Facility power for each unit of IT power.
    pub pue: Vec<f64>,
    /// Price of grid energy.
    pub usd_per_mwh: Vec<f64>,
    /// Carbon of grid energy.
    pub carbon_t_per_mwh: Vec<f64>,
    /// Output for each unit of capacity: one vector for each of [`Site::renewables`].
    pub renewable: Vec<Vec<f64>>,
}

/// What a purchase of equipment costs and is worth later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Equipment {
    /// As it is shown.
    pub name: String,
    /// From the order, when it is paid, until it is online.
    pub lead_quarters: u32,
    /// Price of a megawatt.
    pub musd_per_mw: f64,
    /// Upkeep of a megawatt and year.
    pub upkeep_musd_per_mw_year: f64,
    /// Worth at the end of the plan of a new one, as a share of its price.
    pub salvage: f64,
    /// Over which this share falls to nothing.
    pub life_quarters: u32,
}

/// A kind of generator that burns fuel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thermal {
    /// Price, lead time, worth.
    pub equipment: Equipment,
    /// Size of a unit; none: any size.
    pub unit_mw: Option<f64>,
    /// Fuel for a megawatt-hour.
    pub mmbtu_per_mwh: f64,
    /// Other running costs.
    pub usd_per_mwh: f64,
    /// Carbon of a megawatt-hour.
    pub carbon_t_per_mwh: f64,
    /// Cumulative megawatts online that makers can deliver over all sites, by period; none: no limit.
    pub supply_mw: Option<Vec<f64>>,
}

/// A kind of generator that follows sun or wind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Renewable {
    /// Price, lead time, worth.
    pub equipment: Equipment,
    /// Share of its capacity that counts as firm.
    pub firm: f64,
}

/// A kind of store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Storage {
    /// Price, lead time, worth.
    pub equipment: Equipment,
    /// Hours at full power that it holds.
    pub hours: f64,
    /// Share of energy that survives one way.
    pub efficiency: f64,
    /// Share of its power that counts as firm.
    pub firm: f64,
}

/// A generation of systems.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generation {
    /// As it is shown.
    pub name: String,
    /// First period in which it can be delivered.
    pub available: usize,
    /// Price of a megawatt of IT power, by period.
    pub musd_per_mw: Vec<f64>,
    /// Units of compute of a megawatt.
    pub units_per_mw: f64,
    /// Share of installed systems that works.
    pub availability: f64,
    /// After which a system is taken out.
    pub life_quarters: u32,
    /// Upkeep of a year, as a share of the price in the first period.
    pub upkeep: f64,
    /// Most megawatts delivered in each period; none: no limit.
    pub supply_mw: Option<Vec<f64>>,
    /// Worth of a new system at the end, as a share of its price, falling to nothing over `worth_quarters`, or over
    /// its life if that is shorter.
    pub salvage: f64,
    /// See `salvage`.
    pub worth_quarters: u32,
    /// If systems can be sold before their life is over: what a megawatt brings, by period.
    pub resale_musd_per_mw: Option<Vec<f64>>,
}

impl Generation {
    /// Quarters over which the worth of a system falls to nothing: no longer than it works.
    pub fn worth_over(&self) -> u32 {
        self.worth_quarters.min(self.life_quarters)
    }
}

/// Who wants compute, and what they pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Demand {
    /// As it is shown.
    pub name: String,
    /// Paid for a unit and year, by period.
    pub musd_per_unit_year: Vec<f64>,
    /// Damages for a unit and year not served.
    pub damages_musd_per_unit_year: f64,
    /// Whether all of it must be served.
    pub obliged: bool,
    /// Tokens of a unit and year.
    pub tokens_per_unit_year: f64,
    /// Regions that can serve it, with what a unit and year costs to carry.
    pub served_from: Vec<Lane>,
}

/// A region that can serve a demand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// Index of the region.
    pub region: usize,
    /// Network costs.
    pub musd_per_unit_year: f64,
}

/// A right to a share of all compute that is built: a first refusal that is exercised, a partner's allotment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Right {
    /// Who holds it.
    pub name: String,
    /// Paid for a unit and year, by period.
    pub musd_per_unit_year: Vec<f64>,
}

/// Compute that can be bought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Purchase {
    /// From whom.
    pub name: String,
    /// Index of the region it serves from.
    pub region: usize,
    /// Price of a unit and year, by period.
    pub musd_per_unit_year: Vec<f64>,
    /// Least payment in each period.
    pub commitment_musd: Vec<f64>,
    /// Most units in each period.
    pub most_units: Vec<f64>,
    /// If the commitment can be left early: from which period on, and for what fee.
    pub exit: Option<Exit>,
    /// How what is taken is set against what is committed.
    #[serde(default)]
    pub true_up: TrueUp,
}

/// How what is taken is set against a commitment: over which periods together, and what of one true-up counts in later ones.
///
/// As the agreement itself settles it: `deficiency = max(0, committed - taken - carried forward)` of each true-up, due at its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrueUp {
    /// The number of the true-up that each period belongs to, rising with time; `None` where nothing is committed. Empty: each period
    /// is settled by itself.
    pub number: Vec<Option<u32>>,
    /// Whether what is committed is paid when its true-up begins.
    pub upfront: bool,
    /// What was paid for and not taken can be taken, above what is committed, within so many true-ups.
    pub make_up: Option<u32>,
    /// What was taken above the whole commitment counts for shortfalls of so many true-ups.
    pub carry_forward: Option<u32>,
    /// The whole commitment, of which [`Purchase::commitment_musd`] is the part that is paid in any case; empty: all is.
    pub whole_musd: Vec<f64>,
}

/// Early exit from a commitment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    /// First period in which it can take effect.
    pub from: usize,
    /// Paid once.
    pub fee_musd: f64,
}

/// Money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capital {
    /// New money in each period; what is not spent is carried over.
    pub budget_musd: Vec<f64>,
    /// Cost of capital.
    pub discount_per_year: f64,
    /// A loan that can be drawn.
    pub debt: Option<Debt>,
}

/// A loan: drawn at will, interest paid from capital, paid back at the end of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Debt {
    /// Most that can be drawn in all.
    pub limit_musd: f64,
    /// Interest of a year.
    pub interest_per_year: f64,
    /// Covenant: what is drawn is at most this share of what has been invested.
    pub loan_to_value: f64,
    /// Covenant: from this period on the operating margin is at least so many times the interest, in every scenario.
    pub coverage: Option<Coverage>,
}

/// A covenant on the coverage of debt service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Least ratio.
    pub ratio: f64,
    /// First period in which it is tested.
    pub from: usize,
}

/// Carbon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Carbon {
    /// Price of a tonne.
    pub usd_per_t: f64,
    /// Most tonnes over the whole plan, in every scenario; none: no limit.
    pub cap_t: Option<f64>,
}

/// A future.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// As it is shown.
    pub name: String,
    /// Its probability; all add up to one.
    pub probability: f64,
    /// Units wanted: by demand, then period.
    pub demand_units: Vec<Vec<f64>>,
    /// Share of own compute that each right takes: by right, then period.
    pub right_share: Vec<Vec<f64>>,
    /// Factor on what customers pay.
    pub revenue: f64,
    /// Factor on the grid price.
    pub grid_price: f64,
    /// Factor on the price of fuel.
    pub fuel_price: f64,
    /// Factor on the price of systems, by period; scenarios agree on it as long as purchases are here-and-now.
    pub hardware_price: Vec<f64>,
    /// Quarters by which buildings of a site come late, by site.
    pub late_halls: Vec<usize>,
    /// Quarters by which the grid connection of a site comes late, by site.
    pub late_grid: Vec<usize>,
}

/// What is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Greatest net present value.
    NetPresentValue,
    /// Least present cost, with all obliged demand served.
    LeastCost,
    /// Most tokens served, under the capital.
    MostTokens,
    /// Least carbon, with all obliged demand served.
    LeastCarbon,
}

impl Objective {
    /// Whether it is a present value or cost.
    pub fn is_money(self) -> bool {
        matches!(self, Objective::NetPresentValue | Objective::LeastCost)
    }
}

/// How futures are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// By probability.
    Expected,
    /// `weight` on the mean of the worst `1 - level` of futures, the rest on the expectation.
    ConditionalValueAtRisk {
        /// Between 0 and 1.
        weight: f64,
        /// Between 0 and 1, below 1.
        level: f64,
    },
    /// The worst future alone.
    Robust,
}
