//! Power, cooling, weather, price and carbon of the sites, checked.

use base::id::SiteId;
use base::{Power, SimTime, Span};
use plant::battery::Battery;
use plant::cooling::{CoolingKind, CoolingPlant, Overhead};
use plant::generation::{UnitKind, Units};
use plant::node::{Activity, NodeDraw};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Everything about energy. A world without a power section has none of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Energy {
    /// The sites with a power section, in the order of the sites.
    pub sites: Vec<SitePower>,
    /// What a node of each system draws at its plug, by system.
    pub draws: Vec<NodeDraw>,
    /// What the work of each workload does to accelerators, by workload.
    pub work: Vec<WorkDraw>,
    /// What replicas of each service do to accelerators, by service.
    pub services: Vec<WorkDraw>,
}

/// What work does to the accelerators that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkDraw {
    /// Share of their dynamic power.
    pub activity: f64,
    /// Share of its time that is bound by the clock: the part that a cap stretches.
    pub compute_bound: f64,
}

impl WorkDraw {
    /// Of work of a kind.
    pub fn of(activity: Activity) -> WorkDraw {
        let compute_bound = match activity {
            Activity::Training | Activity::Prefill | Activity::Research | Activity::Full => 0.75,
            Activity::Decode => 0.25,
            Activity::Idle => 0.0,
        };
        WorkDraw { activity: activity.share(), compute_bound }
    }
}

/// Plant that is there in parts, one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InParts {
    /// Power, and from when; by time.
    parts: Vec<(Power, SimTime)>,
}

impl InParts {
    /// So much power each from its instant on.
    pub fn new(mut parts: Vec<(Power, SimTime)>) -> InParts {
        parts.sort_by_key(|(_, from)| *from);
        InParts { parts }
    }

    /// When all of it is there.
    pub fn total(&self) -> Power {
        self.parts.iter().fold(Power::ZERO, |sum, (power, _)| sum + *power)
    }

    /// What share of it is there at an instant: 1 from the last part on.
    pub fn share(&self, at: SimTime) -> f64 {
        let there = self.parts.iter().take_while(|(_, from)| *from <= at).count();
        if there == self.parts.len() {
            return 1.0;
        }
        let sum: f64 = self.parts[..there].iter().map(|(power, _)| power.mw()).sum();
        sum / self.total().mw()
    }
}

/// Power, cooling and weather of one site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SitePower {
    /// The site.
    pub site: SiteId,
    /// What the grid gives, by date.
    pub grid: Vec<GridTranche>,
    /// What energy costs.
    pub tariff: Tariff,
    /// Groups of units on site, by key.
    pub units: Vec<UnitGroup>,
    /// Solar modules: output of the inverters.
    pub solar: Option<InParts>,
    /// Wind turbines: rated output.
    pub wind: Option<InParts>,
    /// The battery when all of it is there, and its parts.
    pub battery: Option<(Battery, InParts)>,
    /// IT equipment beside the systems.
    pub other_it: Power,
    /// Electrical losses and the house.
    pub overhead: Overhead,
    /// How heat leaves the site.
    pub cooling: CoolingPlant,
    /// Price of water, micro-dollars for a cubic metre.
    pub water_price: i64,
    /// Cap on accelerators, as a share of their limit; 1 for none.
    pub accelerator_cap: f64,
    /// What gives way where power or cooling is short.
    pub shortage: Shortage,
    /// The deepest cap under [`Shortage::Slow`].
    pub least_cap: f64,
    /// Listed times in which the grid gives less, by start.
    pub events: Vec<Curtailment>,
    /// Such times drawn at random.
    pub drawn: Option<DrawnCurtailment>,
    /// Where the site gives way to the price: above so many micro-dollars for a megawatt-hour, this share.
    pub price_response: Option<(i64, f64)>,
    /// The weather.
    pub weather: SeriesSource,
    /// The hourly price; `None` where the tariff is fixed.
    pub price: Option<SeriesSource>,
    /// Carbon intensity of the grid.
    pub carbon: SeriesSource,
}

/// What the grid gives from a date on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GridTranche {
    /// From when.
    pub from: SimTime,
    /// The most that may be drawn.
    pub limit: Power,
}

/// What energy costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tariff {
    /// The price of every hour, micro-dollars for a megawatt-hour; `None`: an hourly series.
    pub fixed: Option<i64>,
    /// On top of the hourly price, micro-dollars for a megawatt-hour.
    pub adder: i64,
    /// Charge on the largest hourly mean of a month, micro-dollars for a kilowatt.
    pub demand: i64,
    /// The most that may be sold.
    pub export: Power,
    /// What the grid pays, as a share of the hourly price.
    pub export_share: f64,
}

impl Tariff {
    /// The price of an hour whose series says this: the fixed one, or that with what comes on top.
    pub fn price(&self, hourly: i64) -> i64 {
        self.fixed.unwrap_or_else(|| hourly + self.adder)
    }
}

/// A group of equal units on site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitGroup {
    /// Key in the scenario.
    pub key: String,
    /// The units.
    pub units: Units,
    /// From when they can run.
    pub ready: SimTime,
    /// Price of their fuel, US dollars for a million Btu.
    pub fuel_usd_per_mmbtu: f64,
}

/// A time in which the grid gives less.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curtailment {
    /// When it begins.
    pub start: SimTime,
    /// How long it lasts.
    pub length: Span,
    /// Share of what the grid gives that cannot be had.
    pub share: f64,
    /// How long before it the site is told.
    pub notice: Span,
}

/// Such times as a Poisson process.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawnCurtailment {
    /// How many in a year of 365.25 days, on average.
    pub per_year: f64,
    /// How long each lasts.
    pub length: Span,
    /// Share of what the grid gives that cannot be had.
    pub share: f64,
    /// How long before the site is told.
    pub notice: Span,
}

/// What gives way where power or cooling is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shortage {
    /// Jobs are stopped and nodes switched off.
    Stop,
    /// Accelerators are capped first, down to a deepest cap; then jobs are stopped.
    Slow,
}

/// Where an hourly series comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SeriesSource {
    /// A file.
    File(SeriesFile),
    /// Built-in normals of this name.
    Normals(String),
    /// One value for all hours.
    Value(f64),
}

/// A file with an hourly series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesFile {
    /// The file, resolved against the folder of the scenario file that names it.
    pub path: PathBuf,
    /// Its form; `None`: told from its first lines.
    pub format: Option<series::Format>,
    /// The column; `None`: the form's own choice.
    pub column: Option<String>,
    /// Local time less UTC, for stamps that do not say.
    pub offset: Option<Span>,
    /// The longest gap that is filled.
    pub longest_gap: Span,
    /// Where the scenario names it: `file:line`.
    pub place: String,
}

/// How heat leaves a site, by the name that a scenario gives it.
pub type CoolingName = CoolingKind;

/// What burns fuel, by the name that a scenario gives it.
pub type UnitName = UnitKind;
