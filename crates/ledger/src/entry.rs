//! Entries of the journal: what happened, by which rule it was priced, and the postings that follow.

use crate::account::{Account, AssetClass};
use crate::month::{Day, Month};
use base::id::{AcceleratorId, BlockId, SiteId, TenantId};
use base::{Money, SimTime, index_types};
use serde::{Deserialize, Serialize};

index_types! {
    /// Somebody money flows to or from: partners first (they have books), then the world outside (which has none).
    PartyId;
    /// A line of the tariffs.
    TariffId;
    /// A line of the running costs.
    CostId;
    /// An agreement that settles on money.
    DealId;
}

/// What a quantity counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// There is no quantity.
    #[default]
    None,
    /// Accelerator-seconds.
    GpuSeconds,
    /// Thousandths of an accelerator-hour.
    GpuHourMilli,
    /// Tokens.
    Tokens,
    /// Kilowatt-hours.
    Kwh,
    /// Kilowatts of demand in a month.
    Kw,
    /// Days.
    Days,
}

impl Unit {
    /// Its name in tables: `GPU s`.
    pub fn name(self) -> &'static str {
        match self {
            Unit::None => "",
            Unit::GpuSeconds => "GPU s",
            Unit::GpuHourMilli => "GPU h/1000",
            Unit::Tokens => "tokens",
            Unit::Kwh => "kWh",
            Unit::Kw => "kW",
            Unit::Days => "days",
        }
    }
}

/// One side of an entry: debit is positive, credit negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// In whose books.
    pub partner: PartyId,
    /// The account.
    pub account: Account,
    /// Who stands on the other side, where there is one.
    pub counterparty: Option<PartyId>,
    /// The site that it belongs to, where there is one.
    pub site: Option<SiteId>,
    /// How much; a debit is positive.
    pub amount: Money,
    /// The quantity beside the money, signed like it.
    pub quantity: i64,
    /// What the quantity counts.
    pub unit: Unit,
}

impl Posting {
    /// A posting without counterparty, site and quantity.
    pub fn new(partner: PartyId, account: Account, amount: Money) -> Posting {
        Posting { partner, account, counterparty: None, site: None, amount, quantity: 0, unit: Unit::None }
    }
    /// With somebody on the other side.
    pub fn with(self, counterparty: PartyId) -> Posting {
        Posting { counterparty: Some(counterparty), ..self }
    }
    /// At a site.
    pub fn at(self, site: Option<SiteId>) -> Posting {
        Posting { site, ..self }
    }
    /// With a quantity.
    pub fn of(self, quantity: i64, unit: Unit) -> Posting {
        Posting { quantity, unit, ..self }
    }
}

/// What an entry follows from. The order of the variants and their parts is the order in which facts of one instant are
/// posted, so that the order in which they were said changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// What partners have when the run starts.
    Opening,
    /// Capital was called for a tranche.
    Called {
        /// The tranche, by its place in the scenario.
        tranche: u32,
    },
    /// Money was spent on a block.
    Spent {
        /// The site.
        site: SiteId,
        /// The block, where it is one block's.
        block: Option<BlockId>,
        /// For what.
        class: AssetClass,
        /// Out of which tranche, by its place in the scenario.
        tranche: u32,
    },
    /// Interest of a month on the money of a tranche.
    Interest {
        /// The tranche, by its place in the scenario.
        tranche: u32,
        /// The block that the money is in; none for money in hand.
        block: Option<BlockId>,
    },
    /// A block's systems were taken out for good.
    TakenOut {
        /// The block.
        block: BlockId,
    },
    /// A block's systems can work.
    Energised {
        /// The block.
        block: BlockId,
    },
    /// A tenant's jobs held accelerators for a part of a day.
    Usage {
        /// Where.
        site: SiteId,
        /// Whose.
        tenant: TenantId,
        /// Of which model; none for jobs without accelerators.
        accelerator: Option<AcceleratorId>,
        /// When.
        day: Day,
    },
    /// A service served tokens for a day.
    Served {
        /// The service, by its place in the scenario.
        service: u32,
        /// Where.
        site: SiteId,
        /// When.
        day: Day,
    },
    /// A site drew energy for a day.
    Drawn {
        /// Where.
        site: SiteId,
        /// When.
        day: Day,
    },
    /// Something of an agreement came due; counted from 0 for each.
    Deal {
        /// Which.
        deal: DealId,
        /// The number of what came due.
        number: u32,
    },
    /// The close of a month.
    Close {
        /// Which month.
        month: Month,
    },
    /// An invoice fell due.
    Due {
        /// The month for which it was written.
        month: Month,
    },
    /// A rung of a ladder released capital.
    Released {
        /// The agreement, by its place in the scenario.
        agreement: u32,
        /// Its version.
        version: u32,
        /// The rung, from the lowest.
        rung: u32,
    },
}

impl Cause {
    /// The words for the kinds, in tables.
    pub const KINDS: [&'static str; 13] = [
        "opening",
        "called",
        "spent",
        "interest",
        "energised",
        "usage",
        "served",
        "drawn",
        "agreement",
        "close",
        "due",
        "released",
        "taken_out",
    ];

    /// The place of its kind in [`Cause::KINDS`].
    pub fn code(&self) -> u32 {
        match self {
            Cause::Opening => 0,
            Cause::Called { .. } => 1,
            Cause::Spent { .. } => 2,
            Cause::Interest { .. } => 3,
            Cause::Energised { .. } => 4,
            Cause::Usage { .. } => 5,
            Cause::Served { .. } => 6,
            Cause::Drawn { .. } => 7,
            Cause::Deal { .. } => 8,
            Cause::Close { .. } => 9,
            Cause::Due { .. } => 10,
            Cause::Released { .. } => 11,
            Cause::TakenOut { .. } => 12,
        }
    }
    /// The word for its kind: `usage`.
    pub fn kind(&self) -> &'static str {
        Cause::KINDS[self.code() as usize]
    }
}

/// The rule by which an amount was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// What the fact itself says.
    Fact,
    /// A price that customers pay.
    Tariff(TariffId),
    /// A cost of running sites.
    Cost(CostId),
    /// The price of equipment in the scenario.
    Equipment,
    /// A clause of an agreement.
    Clause(DealId, &'static str),
    /// The life of a class of assets.
    Life(AssetClass),
    /// What was earned or bought in a month is invoiced at its end.
    Invoice,
    /// The terms of payment.
    Terms,
    /// The rate of taxes on income.
    TaxRate,
}

/// An entry of the journal, as it is written down.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Counted from 0 in the order of the journal.
    pub number: u64,
    /// The number of its first posting, counted from 0.
    pub first: u64,
    /// The instant that it is for.
    pub time: SimTime,
    /// What it follows from.
    pub cause: Cause,
    /// The rule by which it was priced.
    pub basis: Basis,
    /// Its postings; those of each partner sum to zero.
    pub postings: &'a [Posting],
}
