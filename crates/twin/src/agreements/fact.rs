//! What the twin says of agreements and offers.

use agreement::lease::BackstopFact;
use agreement::milestone::Award;
use agreement::refusal::{self, Terms};
use base::Money;
use base::id::{AgreementId, BlockId, PartnerId, ServiceId, SiteId};
use serde::{Deserialize, Serialize};

/// Something that happened under an agreement, or to an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgreementFact {
    /// A version of an agreement is acted on from now.
    InForce {
        /// Which agreement.
        agreement: AgreementId,
        /// Which version, counted from 0.
        version: u32,
        /// It ends the agreement.
        ends: bool,
    },
    /// A grantor means to accept a third party's offer, or to make one.
    Offered {
        /// Its number.
        offer: u64,
        /// The third party.
        third: PartnerId,
        /// On which terms, for all its blocks.
        terms: Terms,
        /// The right that takes hold of it, if one does.
        agreement: Option<AgreementId>,
    },
    /// An offer is not made: a block of it is taken, or under another offer.
    NotMade {
        /// Its number.
        offer: u64,
        /// The block.
        block: BlockId,
        /// The other offer that is open; `None`: the block is taken.
        open: Option<u64>,
    },
    /// An exclusivity bars the third party: nothing is offered, or closed.
    Barred {
        /// The offer.
        offer: u64,
        /// The exclusivity.
        agreement: AgreementId,
    },
    /// A right of first refusal or first offer went on.
    Right {
        /// Which.
        agreement: AgreementId,
        /// Under which version, counted from 0.
        version: u32,
        /// What, with its clause and the digest of the notice.
        fact: refusal::Fact,
    },
    /// A holder has made up its mind; what it does follows.
    Decided {
        /// The right.
        agreement: AgreementId,
        /// Under which version.
        version: u32,
        /// The offer.
        offer: u64,
        /// Who.
        party: PartnerId,
        /// What a megawatt costs for a month.
        rate: Money,
        /// Power of the accelerators for which jobs of its tenants wait, in kilowatts.
        shortage_kw: i64,
        /// By what it decides.
        by: DecidedBy,
        /// How much it takes, in kilowatts; 0: it declines.
        takes_kw: i64,
    },
    /// The grantor closed with the third party on what no right takes hold of.
    Closed {
        /// The offer.
        offer: u64,
        /// With whom.
        party: PartnerId,
        /// How much, in kilowatts.
        kw: i64,
        /// At what price.
        price: Money,
    },
    /// An offer that no right takes hold of was withdrawn.
    Withdrawn {
        /// Which.
        offer: u64,
    },
    /// Power of a block is somebody's from now.
    Allotted(Allotment),
    /// An exclusivity bars who runs a site from serving a service there, or no longer does.
    Serving {
        /// The exclusivity.
        agreement: AgreementId,
        /// The service.
        service: ServiceId,
        /// The site.
        site: SiteId,
        /// It is barred from now; otherwise it is free again.
        barred: bool,
    },
    /// A guarantor of a lease was called, or has answered.
    Backstop {
        /// The backstop.
        agreement: AgreementId,
        /// Under which version.
        version: u32,
        /// The lease.
        lease: AgreementId,
        /// What.
        fact: BackstopFact,
    },
    /// A rung of a ladder was reached or lost.
    Rung {
        /// The ladder.
        agreement: AgreementId,
        /// Under which version.
        version: u32,
        /// Which rung.
        rung: u32,
        /// What became of it.
        outcome: RungOutcome,
    },
}

/// By what a holder decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecidedBy {
    /// The scenario says so.
    Script,
    /// The price and its need.
    Threshold {
        /// The most for a megawatt and month.
        highest: Money,
        /// The least shortage, in kilowatts.
        shortage_kw: i64,
    },
    /// A draw.
    Draw {
        /// The probability that it exercises, in millionths.
        probability: u32,
    },
}

/// What became of a rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RungOutcome {
    /// Its award is released.
    Released(Award),
    /// It came too late.
    Lapsed,
    /// It can no longer come.
    Lost,
}

/// Power of a block that an offer has bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allotment {
    /// The offer.
    pub offer: u64,
    /// The right under which it was bound; `None`: it went to the third party.
    pub agreement: Option<AgreementId>,
    /// The block.
    pub block: BlockId,
    /// How much, in kilowatts.
    pub kw: i64,
    /// How many of its accelerators.
    pub gpus: u32,
    /// Who provides it.
    pub host: PartnerId,
    /// Whose tenants use it, and who pays for it.
    pub user: PartnerId,
    /// What is paid for it over all months.
    pub price: Money,
    /// For how many months.
    pub months: u32,
}
