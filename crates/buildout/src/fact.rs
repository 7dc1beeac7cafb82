//! What building and capital say about what happened, at the instant that the simulation gives with it.

use crate::word::{DateFrom, Instrument, InterestPart, Milestone, Purpose, Want};
use base::id::{BlockId, PartnerId, SiteId, SystemId, TrancheId};
use base::{Money, SimTime, Span};
use serde::{Deserialize, Serialize};

/// Something that happened to what is being built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BuildFact {
    /// A date for a milestone became known: a promise, a revision, or what follows from a delay.
    Forecast {
        /// The site.
        site: SiteId,
        /// The block; `None` for a milestone of the whole site.
        block: Option<BlockId>,
        /// Which milestone.
        milestone: Milestone,
        /// 0 for the first equipment of a block, 1 for the first re-equipping, and so on.
        round: u32,
        /// The date that it is for.
        due: SimTime,
        /// When that was known: at or before the instant of the fact.
        known: SimTime,
        /// Who said so.
        from: DateFrom,
    },
    /// A milestone was reached.
    Reached {
        /// The site.
        site: SiteId,
        /// The block; `None` for a milestone of the whole site.
        block: Option<BlockId>,
        /// Which milestone.
        milestone: Milestone,
        /// 0 for the first equipment of a block, 1 for the first re-equipping, and so on.
        round: u32,
        /// When: before the instant of the fact only for what was reached before the run began.
        at: SimTime,
        /// The first date that was ever given for it.
        promised: SimTime,
    },
    /// A block stands still from now.
    Waits {
        /// The site.
        site: SiteId,
        /// The block.
        block: BlockId,
        /// The milestone that it cannot go on to.
        milestone: Milestone,
        /// What it waits for.
        want: Want,
    },
    /// A block that stood still goes on.
    GoesOn {
        /// The site.
        site: SiteId,
        /// The block.
        block: BlockId,
        /// The milestone that it goes on to.
        milestone: Milestone,
        /// What it waited for.
        want: Want,
        /// For how long.
        waited: Span,
    },
    /// Systems came to a block.
    Delivered {
        /// The site.
        site: SiteId,
        /// The block.
        block: BlockId,
        /// The product.
        system: SystemId,
        /// How many.
        count: u32,
    },
    /// Systems of a block can work.
    Energised {
        /// The site.
        site: SiteId,
        /// The block.
        block: BlockId,
        /// The product.
        system: SystemId,
        /// How many.
        count: u32,
    },
    /// Systems of a block were taken out for good.
    Retired {
        /// The site.
        site: SiteId,
        /// The block.
        block: BlockId,
        /// The product.
        system: SystemId,
        /// How many.
        count: u32,
        /// Their nodes.
        nodes: u32,
        /// Their accelerators.
        gpus: u32,
    },
    /// So many people work at a site from now.
    People {
        /// The site.
        site: SiteId,
        /// People who build.
        construction: u32,
        /// People who run it.
        permanent: u32,
    },
}

/// Something that happened to capital. At every instant, for each tranche: called = spent + in hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CapitalFact {
    /// A partner has promised money. Said once for each tranche, at the start of the run.
    Committed {
        /// Who.
        partner: PartnerId,
        /// The tranche.
        tranche: TrancheId,
        /// What kind of money.
        instrument: Instrument,
        /// How much.
        amount: Money,
    },
    /// Date and conditions of a tranche are met: it can be called from now.
    Opened {
        /// Whose.
        partner: PartnerId,
        /// The tranche.
        tranche: TrancheId,
    },
    /// A tranche can be called no more.
    Lapsed {
        /// Whose.
        partner: PartnerId,
        /// The tranche.
        tranche: TrancheId,
        /// What was never called.
        amount: Money,
    },
    /// Money was called and is in hand.
    Called {
        /// From whom.
        partner: PartnerId,
        /// From which tranche.
        tranche: TrancheId,
        /// How much.
        amount: Money,
    },
    /// Money in hand was spent.
    Spent {
        /// Whose money.
        partner: PartnerId,
        /// Of which tranche.
        tranche: TrancheId,
        /// The site that it was spent on; `None` for interest on money in hand.
        site: Option<SiteId>,
        /// The block that it was spent on; `None` likewise.
        block: Option<BlockId>,
        /// What for.
        purpose: Purpose,
        /// How much.
        amount: Money,
    },
    /// Interest of one month on one tranche's money.
    Interest {
        /// Who is owed.
        partner: PartnerId,
        /// On which tranche.
        tranche: TrancheId,
        /// The block that the money is in; `None` for money in hand.
        block: Option<BlockId>,
        /// What becomes of it.
        part: InterestPart,
        /// How much.
        amount: Money,
    },
    /// A payment cannot be made: its block waits.
    Short {
        /// The site.
        site: SiteId,
        /// The block.
        block: BlockId,
        /// What for.
        purpose: Purpose,
        /// The payment.
        wanted: Money,
        /// What is missing of it.
        missing: Money,
    },
    /// Said at the end of a run in which building stopped for want of money and did not go on.
    Stopped {
        /// Since when the first of the blocks that stand still does.
        since: SimTime,
        /// Blocks that stand still.
        blocks: u32,
        /// What those cost until they are energised, less what there is to pay it with.
        missing: Money,
    },
}
