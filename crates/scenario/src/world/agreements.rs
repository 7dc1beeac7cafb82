//! Agreements between partners and offers on blocks, checked and resolved.
//!
//! An [`agreement::refusal::Party`] is a partner: both count the partners of the world.

use agreement::exclusivity::{Exclusivity, Verdict};
use agreement::notice::{NoticeClock, Period, Zone};
use agreement::predicate::{Subject, Value};
use agreement::refusal::{Input, Part, Party, Policy, Right, Side};
use agreement::{commitment, lease, loan, milestone, power, service, share};
use base::id::{AgreementId, BlockId, PartnerId, SiteId};
use base::{Money, SimTime, Span};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The party of the machines that a partner is.
pub fn party(partner: PartnerId) -> Party {
    Party(partner.0)
}

/// The partner that a party of the machines is.
pub fn partner(party: Party) -> PartnerId {
    PartnerId(party.0)
}

/// An agreement in its versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Key in the scenario: `macquarie`.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// On whose calendar and in which zone its days run.
    pub clock: NoticeClock,
    /// The original and its amendments, by rising effective day; there is always at least one.
    pub versions: Vec<Version>,
}

/// A version of an agreement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// From which instant it is in force: the first of its day in the zone of the agreement.
    pub effective: SimTime,
    /// From which instant partners know it, and so act on it.
    pub known: SimTime,
    /// Where it is written, as far as the scenario says.
    pub document: Option<String>,
    /// Where its terms stand: `file:line`.
    pub place: String,
    /// What it says; `None`: the agreement ends.
    pub terms: Option<Terms>,
}

impl Version {
    /// From which instant partners act on it.
    pub fn acts_from(&self) -> SimTime {
        self.effective.max(self.known)
    }
}

impl Agreement {
    /// The version that partners act on at `time`; `None` before the first.
    pub fn at(&self, time: SimTime) -> Option<&Version> {
        self.versions.iter().rev().find(|version| version.acts_from() <= time)
    }
    /// The version in force at `time`, whoever knew of it then; `None` before the first.
    pub fn in_force(&self, time: SimTime) -> Option<&Version> {
        self.versions.iter().rev().find(|version| version.effective <= time)
    }
    /// The word for its kind: `first_refusal`.
    pub fn kind(&self) -> &'static str {
        self.versions.iter().find_map(|version| version.terms.as_ref()).map_or("", Terms::kind)
    }
}

/// The terms of an agreement by its kind.
// A scenario has few agreements: the size of the larger variants is no cost.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Terms {
    /// A right of first refusal or first offer.
    Refusal(Refusal),
    /// Take-or-pay.
    Commitment(Commitment),
    /// A share of revenue.
    RevenueShare(RevenueShare),
    /// Only one may supply.
    Exclusivity {
        /// Who has promised it.
        promised_by: PartnerId,
        /// What.
        terms: Exclusivity,
    },
    /// Capital that is released by milestones.
    MilestoneCapital(Ladder),
    /// Shares that vest by milestones.
    Warrant(Ladder),
    /// Credits for missed availability.
    ServiceCredit(ServiceCredit),
    /// A contract for the power of a site.
    PowerContract(PowerContract),
    /// A lease of a site.
    Lease(Lease),
    /// A guarantor's promise.
    Backstop(Backstop),
    /// A loan.
    Loan(Loan),
}

impl Terms {
    /// The word for the kind, as the language has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Terms::Refusal(refusal) => match refusal.right.kind {
                agreement::refusal::Kind::FirstRefusal => "first_refusal",
                agreement::refusal::Kind::FirstOffer => "first_offer",
            },
            Terms::Commitment(_) => "commitment",
            Terms::RevenueShare(_) => "revenue_share",
            Terms::Exclusivity { .. } => "exclusivity",
            Terms::MilestoneCapital(_) => "milestone_capital",
            Terms::Warrant(_) => "warrant",
            Terms::ServiceCredit(_) => "service_credit",
            Terms::PowerContract(_) => "power_contract",
            Terms::Lease(_) => "lease",
            Terms::Backstop(_) => "backstop",
            Terms::Loan(_) => "loan",
        }
    }

    /// The ladder that they are, if they are one.
    pub fn ladder(&self) -> Option<&Ladder> {
        match self {
            Terms::MilestoneCapital(ladder) | Terms::Warrant(ladder) => Some(ladder),
            _ => None,
        }
    }
}

/// A right with its grantor and how its holders decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// Whose offers it burdens.
    pub grantor: PartnerId,
    /// The terms.
    pub right: Right,
    /// How each of `right.holders` decides, in their order.
    pub decisions: Vec<Decision>,
    /// What happens to holders.
    pub events: Vec<(SimTime, Input)>,
}

/// How a holder of a right acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// What it answers. The numbers of a script are those of [`Offer::number`].
    pub policy: Policy,
    /// The most that it takes of one offer, in kilowatts.
    pub takes_at_most: Option<i64>,
    /// How long after its clock starts it answers.
    pub answers_after: Span,
    /// How long after its contract is made it signs; `None`: never.
    pub signs_after: Option<Span>,
}

/// In what a commitment is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counts {
    /// Money; its quantity is in micro-dollars.
    Usd,
    /// Accelerator-hours held by jobs; in thousandths.
    GpuHours,
    /// Energy from the grid; in kilowatt-hours.
    Mwh,
    /// Tokens; one by one.
    MillionTokens,
}

impl Counts {
    /// How much of the machine's quantity one named unit is.
    pub fn per_unit(self) -> i64 {
        match self {
            Counts::Usd | Counts::MillionTokens => 1_000_000,
            Counts::GpuHours | Counts::Mwh => 1000,
        }
    }
}

/// Take-or-pay between two partners.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Commitment {
    /// Who has committed itself.
    pub payer: PartnerId,
    /// To whom.
    pub payee: PartnerId,
    /// In what.
    pub counts: Counts,
    /// Of one in energy: the payer's sites that it is for; none: all that it runs.
    pub sites: Vec<SiteId>,
    /// The terms; periods are whole months.
    pub terms: commitment::Terms,
    /// When the payer leaves early.
    pub exits: Option<SimTime>,
    /// What of the minimum need not be taken, by rising time, in what is counted.
    pub excuses: Vec<(SimTime, i64)>,
}

/// Which revenue a share is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Revenue {
    /// All of it.
    All,
    /// Accelerator time sold to jobs.
    Jobs,
    /// Tokens served.
    Tokens,
}

/// A revenue share between two partners.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RevenueShare {
    /// Whose revenue, and who pays.
    pub payer: PartnerId,
    /// Who gets it.
    pub payee: PartnerId,
    /// Which revenue.
    pub revenue: Revenue,
    /// The shares that a net base is net of.
    pub net_of: Vec<AgreementId>,
    /// The share that flows the other way and is settled with it.
    pub netted_with: Option<AgreementId>,
    /// The terms.
    pub terms: share::Terms,
}

/// Milestones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    /// Who gives capital, or shares.
    pub giver: PartnerId,
    /// Who gets them.
    pub taker: PartnerId,
    /// What one share of a warrant costs.
    pub strike: Money,
    /// The rungs.
    pub terms: milestone::Terms,
    /// What is observed besides what the run says, by rising time.
    pub observed: Vec<(SimTime, String, Value)>,
}

/// Service credits between two partners.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceCredit {
    /// Who serves.
    pub provider: PartnerId,
    /// Who is credited.
    pub customer: PartnerId,
    /// Whose availability counts; `None`: that of all sites.
    pub site: Option<SiteId>,
    /// Outage in a month that does not count.
    pub excluded: Span,
    /// The terms.
    pub terms: service::Terms,
}

/// A contract for the power of a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PowerContract {
    /// Who supplies.
    pub supplier: PartnerId,
    /// Who pays.
    pub customer: PartnerId,
    /// Where.
    pub site: SiteId,
    /// The first instant of its first month.
    pub from: SimTime,
    /// The terms.
    pub terms: power::Terms,
    /// When the customer leaves early.
    pub exits: Option<SimTime>,
}

/// A lease of a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// Who lets.
    pub lessor: PartnerId,
    /// Who rents.
    pub lessee: PartnerId,
    /// What.
    pub site: SiteId,
    /// The first instant of its first month.
    pub from: SimTime,
    /// The terms.
    pub terms: lease::Terms,
    /// How many options the lessee exercises.
    pub extends: u32,
    /// When the lessee leaves or defaults.
    pub terminated: Option<SimTime>,
}

impl Lease {
    /// What leaving, or a default, on the day that is given costs; `None` where the lessee stays, or the lease has ended
    /// by then. Months are calendar months (UTC), and that of the day is paid for.
    pub fn termination_fee(&self) -> Option<Money> {
        let month = |time| {
            let day = Zone::utc().local(time).date();
            i32::from(day.year()) * 12 + i32::from(day.month())
        };
        let over = month(self.terminated?) - month(self.from) + 1;
        let mut machine = lease::Lease::new(self.terms.clone());
        for _ in 0..self.extends {
            machine.extend();
        }
        for _ in 0..over {
            machine.close_month().ok()?;
        }
        machine.month()?;
        machine.termination_fee().ok()
    }
}

/// The backstop, if there is one, that is called when the lessee of a lease leaves at `time`.
pub fn backstop_of(
    agreements: &[Agreement],
    lease: AgreementId,
    time: SimTime,
) -> Option<(AgreementId, &Backstop)> {
    let of = |(at, agreement): (usize, &'_ Agreement)| match agreement.at(time)?.terms.as_ref()? {
        Terms::Backstop(of) if of.lease == lease => Some(AgreementId::new(at)),
        _ => None,
    };
    let id = agreements.iter().enumerate().find_map(of)?;
    match agreements[id.index()].at(time)?.terms.as_ref()? {
        Terms::Backstop(of) => Some((id, of)),
        _ => None,
    }
}

/// What a guarantor does when it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Nothing, which means the fee.
    Silence,
    /// It chooses this, so long after the call.
    After(Span, GuarantorChoice),
}

/// What a guarantor chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GuarantorChoice {
    /// It pays the fee.
    Fee,
    /// It becomes the tenant.
    StepIn,
}

/// A guarantor's promise for a lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backstop {
    /// Who promises.
    pub guarantor: PartnerId,
    /// For which lease.
    pub lease: AgreementId,
    /// How long it has to choose.
    pub notice: Period,
    /// What it chooses.
    pub answer: Answer,
}

/// A loan between two partners, as the lender has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loan {
    /// Who lends.
    pub lender: PartnerId,
    /// Who borrows.
    pub borrower: PartnerId,
    /// The terms, in the role of the lender.
    pub terms: loan::Terms,
}

/// An offer that a grantor means to accept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Key in the scenario: `macquarie-400mw`, with the block where one section offers each of many.
    pub key: String,
    /// Its number: offers count by the time at which they are made, then by key.
    pub number: u64,
    /// Who sells or buys.
    pub grantor: PartnerId,
    /// Which of the two.
    pub side: Side,
    /// The third party.
    pub third: PartnerId,
    /// What is offered, with the attributes that conditions ask for.
    pub blocks: Vec<(BlockId, Subject)>,
    /// When it is made.
    pub at: SimTime,
    /// The price of a megawatt for a month.
    pub price: Money,
    /// Standard deviation of the logarithm of the price that is drawn about it.
    pub price_sigma: f64,
    /// Length of the contract in months.
    pub months: u32,
    /// A number for all other terms; 0 for none.
    pub other: u64,
    /// How long after the offer the holders get notice.
    pub notice_after: Span,
    /// What the first notice contains.
    pub notice: Vec<Part>,
    /// When a notice that lacked something is given again.
    pub notice_again_after: Option<Span>,
    /// How long after the grantor is free it closes.
    pub closes_after: Span,
    /// How it changes.
    pub changes: Vec<Change>,
    /// When it is withdrawn.
    pub withdrawn: Option<SimTime>,
    /// Where it stands: `file:line`.
    pub place: String,
}

/// A change of an offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: SimTime,
    /// The third party from then on.
    pub third: PartnerId,
    /// The price of a megawatt for a month.
    pub price: Money,
    /// Length in months.
    pub months: u32,
    /// A number for all other terms.
    pub other: u64,
}

/// The attributes of a block that conditions of agreements can ask for, besides those of an offer.
pub const BLOCK_ATTRIBUTES: [&str; 4] = ["site", "block", "it_mw", "ready"];

/// The attributes that an offer adds.
pub const OFFER_ATTRIBUTES: [&str; 7] =
    ["third", "purpose", "product", "channel", "launch", "supported", "willing"];

/// What an exclusivity that `promised_by` gave says of a supply by `supplier`, if it bars it: the agreement.
pub fn barred(
    agreements: &[Agreement],
    promised_by: PartnerId,
    supplier: PartnerId,
    subject: &Subject,
    now: SimTime,
) -> Option<AgreementId> {
    let bars = |agreement: &Agreement| {
        let Some(Terms::Exclusivity { promised_by: by, terms }) =
            agreement.at(now).and_then(|v| v.terms.as_ref())
        else {
            return false;
        };
        let day: Date = agreement.clock.zone.local(now).date();
        *by == promised_by && terms.verdict(party(supplier), subject, day) == Verdict::Barred
    };
    agreements.iter().position(bars).map(AgreementId::new)
}
