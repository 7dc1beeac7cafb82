//! What is to be built and how it is paid: plain, checked values. Whoever makes them sees to what each field says.

use crate::word::{Instrument, Milestone, Purpose};
use base::id::{AgreementId, BlockId, PartnerId, SiteId, SystemId};
use base::{ItPower, Money, SimTime, Span};
use serde::{Deserialize, Serialize};

/// Everything that is built in a run. `sites`, `blocks` and `systems` have the indices of the world.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Seed of every draw.
    pub seed: u64,
    /// The run starts here: what is dated before has happened.
    pub start: SimTime,
    /// The run ends before this instant.
    pub end: SimTime,
    /// By [`SiteId`].
    pub sites: Vec<SitePlan>,
    /// By [`BlockId`]; sorted by site, then key.
    pub blocks: Vec<BlockPlan>,
    /// By [`SystemId`].
    pub systems: Vec<SystemPlan>,
    /// Who pays; `None`: money is not modelled.
    pub capital: Option<Capital>,
}

/// A date for a milestone, and when it was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vintage {
    /// The date that it is for.
    pub due: SimTime,
    /// When that was known. A date that was known when it had come is no forecast: it is what happened.
    pub known: SimTime,
}

impl Vintage {
    /// Whether it says what happened, not what is expected.
    pub fn observed(&self) -> bool {
        self.known >= self.due
    }
}

/// A milestone with its dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Which milestone ends it.
    pub milestone: Milestone,
    /// At least one, by the time at which they were known.
    pub vintages: Vec<Vintage>,
}

impl Stage {
    /// What is known last.
    pub fn last(&self) -> Vintage {
        self.vintages[self.vintages.len() - 1]
    }
    /// The first date that was ever given.
    pub fn promised(&self) -> SimTime {
        self.vintages[0].due
    }
}

/// A place with blocks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SitePlan {
    /// Its key, which names its draws.
    pub key: String,
    /// Milestones of the whole site, in their order: none of its blocks reaches one of these before it.
    pub stages: Vec<Stage>,
    /// How those slip.
    pub slip: Slip,
}

/// How lead times slip: each lead time is multiplied by a lognormal factor, and a lognormal delay comes on top. Both
/// follow the same standard normal `z` of the stage, of which a share is common to the site:
/// `z = sqrt(c) z_site + sqrt(1 - c) z_stage`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slip {
    /// Median of the factor.
    pub median: f64,
    /// Standard deviation of the logarithm of the factor.
    pub sigma: f64,
    /// Median of the delay.
    pub delay: Span,
    /// Standard deviation of the logarithm of the delay.
    pub delay_sigma: f64,
    /// Correlation `c` of any two stages of one site, 0 to 1.
    pub correlation: f64,
}

/// No slip at all.
impl Default for Slip {
    fn default() -> Self {
        Slip { median: 1.0, sigma: 0.0, delay: Span::ZERO, delay_sigma: 0.0, correlation: 0.0 }
    }
}

/// The capacity that is built together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BlockPlan {
    /// Its key, which names its draws.
    pub key: String,
    /// Its site.
    pub site: SiteId,
    /// The building that it is a part of: blocks of one building of a site have the same draws.
    pub building: Option<String>,
    /// IT power that it will carry.
    pub it_power: ItPower,
    /// When work on it begins.
    pub begun: SimTime,
    /// Its milestones in their order, with dates that do not fall; the last is [`Milestone::Energised`].
    pub stages: Vec<Stage>,
    /// None of its first systems comes before.
    pub systems_from: Option<SimTime>,
    /// The systems that come into it first.
    pub equipment: Vec<(SystemId, u32)>,
    /// Later generations, by date.
    pub reequip: Vec<Reequip>,
    /// Higher goes first where money or systems are short.
    pub priority: i32,
    /// How it is built.
    pub manner: Manner,
}

/// A block gets other systems.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reequip {
    /// The old systems take no new work from here.
    pub date: SimTime,
    /// For so long they may finish what they have; what runs on then is stopped.
    pub drain: Span,
    /// Putting in and starting the new ones.
    pub install: Span,
    /// What comes.
    pub equipment: Vec<(SystemId, u32)>,
}

/// How a kind of block is built: what slips, who works there, what it costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manner {
    /// How lead times slip.
    pub slip: Slip,
    /// Time from the delivery of systems until they work, where the milestones do not say.
    pub install: Span,
    /// People who build, for each MW of IT power, by the milestone that they work towards.
    pub people_per_mw: [f64; 5],
    /// People who run it, for each MW of IT power energised.
    pub permanent_per_mw: f64,
    /// Planned cost by [`Purpose`]: of land, shell, power, cooling and network. The others are zero.
    pub cost: [Money; 8],
    /// Set aside for what building costs above its plan, as a share of the planned cost.
    pub contingency: f64,
    /// Median of the factor between actual and planned cost of building.
    pub overrun_median: f64,
    /// Standard deviation of its logarithm.
    pub overrun_sigma: f64,
    /// How shell, power and cooling are paid over the time in which they are built.
    pub draw: Draw,
}

/// The share of a cost that has been paid when a share `x` of the building time has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Draw {
    /// `x`.
    Even,
    /// `x^2 (3 - 2 x)`: slow, fast, slow.
    #[default]
    SCurve,
    /// `1 - (1 - x)^2`: much of it early.
    Early,
    /// `x^2`: much of it late.
    Late,
}

impl Draw {
    /// The share paid at `x`, 0 to 1.
    pub fn share(self, x: f64) -> f64 {
        let x = x.clamp(0.0, 1.0);
        match self {
            Draw::Even => x,
            Draw::SCurve => x * x * (3.0 - 2.0 * x),
            Draw::Early => 1.0 - (1.0 - x) * (1.0 - x),
            Draw::Late => x * x,
        }
    }
}

/// A node or rack product, as far as buying it goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SystemPlan {
    /// Nodes of one.
    pub nodes: u32,
    /// Accelerators of one.
    pub gpus: u32,
    /// Price of one; `None`: it costs nothing here.
    pub price: Option<Money>,
    /// None is delivered before.
    pub available: Option<SimTime>,
    /// The most that can be delivered in a quarter: by the quarter from which it holds, rising. Empty: no limit.
    pub supply: Vec<(SimTime, u32)>,
}

/// Who pays, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Capital {
    /// Pieces of capital, sorted by key.
    pub tranches: Vec<Tranche>,
    /// Which money is taken first.
    pub funding: Funding,
    /// Who may be paid while others wait for money.
    pub waiting: Waiting,
    /// Over which balance interest runs.
    pub accrual: Accrual,
}

/// A piece of capital that one partner promised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tranche {
    /// Its key.
    pub key: String,
    /// Whose money it is.
    pub partner: PartnerId,
    /// What kind.
    pub instrument: Instrument,
    /// How much.
    pub amount: Money,
    /// It can be called from here, if its conditions are met.
    pub from: SimTime,
    /// It can be called until here.
    pub until: Option<SimTime>,
    /// All of these must have come.
    pub conditions: Vec<Condition>,
    /// Sites that it may be spent on; empty for all.
    pub sites: Vec<SiteId>,
    /// What it may be spent on; empty for all.
    pub purposes: Vec<Purpose>,
    /// Whether the whole of it is called as soon as it can be.
    pub at_once: bool,
    /// It is called in multiples of this; zero: to the micro-dollar.
    pub lot: Money,
    /// Interest, in thousand-millionths a year.
    pub rate_ppb: u64,
    /// How days make a year.
    pub day_count: DayCount,
    /// Whether interest while building is paid in money. Else it is added to what is owed.
    pub pays_interest: bool,
}

impl Tranche {
    /// Whether it may be spent at a site.
    pub fn goes_to(&self, site: SiteId) -> bool {
        self.sites.is_empty() || self.sites.contains(&site)
    }
}

/// What must come before a tranche can be called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    /// A block has reached a milestone.
    Block(BlockId, Milestone),
    /// A site has.
    Site(SiteId, Milestone),
    /// So much is energised, at these sites (empty: all).
    Energised(ItPower, Vec<SiteId>),
    /// Such a share of the IT power of these sites (empty: all) is energised.
    EnergisedShare(f64, Vec<SiteId>),
    /// A rung of an agreement's ladder, by its name, has been released.
    Rung(AgreementId, String),
}

/// Which money is taken first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Funding {
    /// Every tranche that may be used, in proportion to what is left of it.
    #[default]
    ProRata,
    /// Equity as long as there is any, then debt; within each in proportion.
    EquityFirst,
    /// Debt as long as there is any, then equity; within each in proportion.
    DebtFirst,
}

/// Who may be paid while others wait for money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Waiting {
    /// Nobody takes money that one before them waits for.
    #[default]
    InOrder,
    /// Whoever can be paid is.
    WhoeverFits,
}

/// Over which balance interest runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Accrual {
    /// Over what was owed at each second of the month.
    #[default]
    Daily,
    /// Over what was owed at the beginning of the month.
    Monthly,
}

/// How days make a year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DayCount {
    /// Days over 360, as loans count.
    #[default]
    Actual360,
    /// Days over 365.
    Actual365,
    /// Every month is a twelfth of a year.
    Thirty360,
}
