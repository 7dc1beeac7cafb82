//! Books, prices and running costs of the checked world.

use base::id::{AcceleratorId, PartnerId, SiteId, TenantId};
use base::{Money, SimTime, Span};
use serde::{Deserialize, Serialize};

/// How books are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Books {
    /// Who runs sites that name no operator, and owns those that name no owner.
    pub operator: String,
    /// Partners that are no part of the programme, beside lenders.
    pub outside: Vec<PartnerId>,
    /// Share of a year's profit that is paid as tax, in millionths.
    pub tax_rate: u32,
    /// The most of a year's profit that earlier losses may offset, in millionths.
    pub loss_offset_share: u32,
    /// Customers pay so long after the end of a month.
    pub payment_terms: Span,
    /// Suppliers are paid so long after the end of a month.
    pub supplier_terms: Span,
    /// Yearly rate at which cash flows are discounted.
    pub discount_rate: f64,
    /// Cash of the operator at the start.
    pub opening_cash: Money,
    /// The lives of assets.
    pub lives: Lives,
    /// What a block costs for each MW of IT power where no capital says what was spent.
    pub block_per_mw: BlockPrices,
    /// The month, 1 to 12, with which the accounting year ends.
    pub year_ends: u8,
    /// What customers pay, sorted by key.
    pub tariffs: Vec<Tariff>,
    /// What running sites costs, sorted by key.
    pub costs: Vec<RunningCost>,
}

/// Over how long classes of assets are depreciated, in a straight line. Land is not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lives {
    /// Buildings.
    pub shell: Span,
    /// Power plant.
    pub power: Span,
    /// Cooling plant.
    pub cooling: Span,
    /// Networks.
    pub network: Span,
    /// Nodes and racks.
    pub systems: Span,
}

/// Prices by MW of IT power.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockPrices {
    /// Land.
    pub land: Money,
    /// Building.
    pub shell: Money,
    /// Power plant.
    pub power: Money,
    /// Cooling plant.
    pub cooling: Money,
    /// Network.
    pub network: Money,
}

/// A line of prices that customers pay. Empty lists stand for all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tariff {
    /// Key in the scenario.
    pub key: String,
    /// For jobs of these tenants.
    pub tenants: Vec<TenantId>,
    /// For jobs on these models.
    pub accelerators: Vec<AcceleratorId>,
    /// For jobs at these sites.
    pub sites: Vec<SiteId>,
    /// For tokens of these services, by key.
    pub services: Vec<String>,
    /// In force from here.
    pub from: SimTime,
    /// In force before here.
    pub until: SimTime,
    /// Price of an accelerator-hour.
    pub gpu_hour: Option<Money>,
    /// Price of a million tokens read.
    pub million_input_tokens: Option<Money>,
    /// Price of a million tokens written.
    pub million_output_tokens: Option<Money>,
}

impl Default for Tariff {
    fn default() -> Tariff {
        Tariff {
            key: String::new(),
            tenants: Vec::new(),
            accelerators: Vec::new(),
            sites: Vec::new(),
            services: Vec::new(),
            from: SimTime(i64::MIN),
            until: SimTime::NEVER,
            gpu_hour: None,
            million_input_tokens: None,
            million_output_tokens: None,
        }
    }
}

impl Tariff {
    /// Whether it is in force at an instant.
    pub fn in_force(&self, time: SimTime) -> bool {
        self.from <= time && time < self.until
    }
}

/// A line of what running sites costs. An empty list of sites stands for all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunningCost {
    /// Key in the scenario.
    pub key: String,
    /// At these sites.
    pub sites: Vec<SiteId>,
    /// People at each site, in a year.
    pub staff_year: Money,
    /// People for each MW of IT power that is energised, in a year.
    pub staff_mw_year: Money,
    /// Maintenance in a year as a share of what buildings, plant and systems cost.
    pub maintenance_share: f64,
    /// Everything else at each site, in a year.
    pub overhead_year: Money,
}
