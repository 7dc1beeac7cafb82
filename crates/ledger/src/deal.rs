//! Agreements that settle on money at the end of a month, driven through the machines of the crate `agreement`: what
//! moved in the month goes in, what is owed comes out, each with its clause.
//!
//! Usage is priced by the tariffs when it happens. A commitment changes what is owed for it: its own price takes the
//! place of the tariff, what was paid in advance is used up first, and what was not taken is owed at a true-up.

mod commitments;
mod lease;
mod shares;

pub use commitments::CommitmentMonth;
pub use lease::{Answered, Guarantee};
pub use shares::{ShareMonth, Shares, settle_shares, share_order};

use crate::account::Account;
use crate::books::LedgerError;
use crate::entry::{PartyId, Unit};
use crate::month::{Day, Month, start_of};
use agreement::amount::Overflow;
use agreement::{commitment, loan, power, service, share};
use base::id::SiteId;
use base::{Money, SimTime};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// In what a commitment counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counts {
    /// Money, in micro-dollars.
    Money,
    /// Accelerator-hours, in thousandths.
    GpuHours,
    /// Tokens.
    Tokens,
    /// Energy from the grid, in kilowatt-hours.
    Energy,
}

/// Which revenue a share is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Revenue {
    /// All of it.
    All,
    /// Accelerator-hours sold.
    Compute,
    /// Tokens sold.
    Tokens,
}

/// What an agreement is about, with its machine.
// A scenario has few agreements: the size of the larger variants is no cost.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Machine {
    /// Take-or-pay of what `payer` uses of `payee`.
    Commitment {
        /// In what it counts.
        counts: Counts,
        /// On its way; `None` until its first period begins.
        machine: Option<commitment::Commitment>,
        /// What it begins with.
        terms: commitment::Terms,
        /// Of one in energy: the payer's sites that it is for; none: all.
        sites: Vec<SiteId>,
    },
    /// A share of the payer's revenue.
    Share {
        /// Which revenue.
        revenue: Revenue,
        /// The deals, by number, whose payments a net base is net of.
        net_of: Vec<u32>,
        /// The deal that flows the other way and is settled with it.
        netted_with: Option<u32>,
        /// On its way.
        machine: share::RevenueShare,
    },
    /// Credits that `payer`, who serves, gives for missed availability.
    Credit {
        /// Minutes of outage in a month that do not count.
        excluded: i64,
        /// On its way.
        machine: service::ServiceCredits,
    },
    /// A power contract; `payer` is the customer. It takes the place of the site's own prices of energy and demand.
    Power {
        /// Its first month.
        from: Month,
        /// On its way.
        machine: power::PowerContract,
    },
    /// A lease; `payer` is the lessee.
    Lease {
        /// Its first month.
        from: Month,
        /// On its way.
        machine: agreement::lease::Lease,
        /// Who answers for the lessee, if somebody does.
        guarantee: Option<Guarantee>,
    },
    /// A loan; `payer` is the borrower, and the terms are in the role of the lender.
    Loan {
        /// On its way.
        machine: loan::Loan,
    },
}

/// An agreement that settles on money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deal {
    /// Key in the scenario.
    pub key: String,
    /// Who pays in the first place.
    pub payer: PartyId,
    /// Who is paid.
    pub payee: PartyId,
    /// The site that it is about, where it is about one.
    pub site: Option<SiteId>,
    /// From when on these terms are in force; a month is settled by the terms that are in force at its end.
    pub since: SimTime,
    /// Until when.
    pub until: SimTime,
    /// When the payer leaves early, or is put out.
    pub leaves: Option<SimTime>,
    /// By rising time: what of a commitment's minimum need not be taken, in what it counts.
    pub excuses: Vec<(SimTime, i64)>,
    /// The deal, by number, of the version before, whose counts go on under these terms.
    pub continues: Option<u32>,
    /// The machine.
    pub machine: Machine,
    /// Things that came due so far.
    pub count: u32,
}

/// What a buyer had of a seller in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bought {
    /// Accelerator-hours, by the tariffs.
    pub compute: Money,
    /// Tokens, by the tariffs.
    pub token: Money,
    /// Energy from the grid, at its price by the hour.
    pub energy: Money,
    /// Accelerator-seconds.
    pub gpu_s: i64,
    /// Tokens.
    pub tokens: i64,
    /// Kilowatt-hours.
    pub kwh: i64,
}

impl Bought {
    /// Accelerator-hours and tokens, by the tariffs.
    pub fn price(&self) -> Option<Money> {
        self.compute.checked_add(self.token)
    }
}

/// What a site did in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteMonth {
    /// Highest power from the grid over an hour.
    pub peak_kw: i64,
    /// Energy from the grid, in joules.
    pub grid_j: i64,
    /// Accelerator time energised, in accelerator-seconds, and of that down.
    pub installed_s: i64,
    /// Of that, broken or in repair.
    pub down_s: i64,
}

/// What a month came to, as far as agreements ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measures {
    /// By seller and buyer, and by site.
    pub bought: BTreeMap<(PartyId, PartyId, Option<SiteId>), Bought>,
    /// By seller: accelerator-hours, tokens.
    pub revenue: BTreeMap<PartyId, [Money; 2]>,
    /// By site.
    pub sites: Vec<SiteMonth>,
}

impl Measures {
    /// What a buyer had of a seller, at one site or at all.
    fn between(&self, seller: PartyId, buyer: PartyId, site: Option<SiteId>) -> Option<Bought> {
        let mut sum = Bought::default();
        let of = |key: &(PartyId, PartyId, Option<SiteId>)| {
            key.0 == seller && key.1 == buyer && (site.is_none() || key.2 == site)
        };
        for (_, bought) in self.bought.iter().filter(|(key, _)| of(key)) {
            sum.compute = sum.compute.checked_add(bought.compute)?;
            sum.token = sum.token.checked_add(bought.token)?;
            sum.energy = sum.energy.checked_add(bought.energy)?;
            sum.gpu_s = sum.gpu_s.checked_add(bought.gpu_s)?;
            sum.tokens = sum.tokens.checked_add(bought.tokens)?;
            sum.kwh = sum.kwh.checked_add(bought.kwh)?;
        }
        Some(sum)
    }

    /// Adds a sale to the revenue of a seller, if it is one of accelerator-hours or of tokens. `None` if that leaves the
    /// range.
    pub(crate) fn earn(&mut self, seller: PartyId, income: Account, price: Money) -> Option<()> {
        let part = match income {
            Account::ComputeSold => 0,
            Account::TokensSold => 1,
            _ => return Some(()),
        };
        let revenue = &mut self.revenue.entry(seller).or_default()[part];
        *revenue = revenue.checked_add(price)?;
        Some(())
    }

    fn revenue_of(&self, seller: PartyId, which: Revenue) -> Option<Money> {
        let [compute, tokens] = self.revenue.get(&seller).copied().unwrap_or_default();
        match which {
            Revenue::All => compute.checked_add(tokens),
            Revenue::Compute => Some(compute),
            Revenue::Tokens => Some(tokens),
        }
    }
}

/// What something owed does to the books of both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is earned by the one and used up by the other, on account.
    Sale {
        /// The seller's account.
        income: Account,
        /// The buyer's account.
        expense: Account,
    },
    /// It is paid in advance, on account.
    Prepay,
    /// What was paid in advance covers what was invoiced otherwise.
    Apply,
    /// What was paid in advance is earned and used up.
    UseUp {
        /// The seller's account.
        income: Account,
        /// The buyer's account.
        expense: Account,
    },
    /// What each owes the other is set off.
    SetOff,
    /// Principal is paid out, in cash.
    LendOut,
    /// Principal is paid back, in cash.
    PayBack,
    /// Interest or a fee is paid, in cash.
    Interest,
    /// Interest is added to the principal.
    AddInterest,
}

/// Something that came due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Of which clause.
    pub clause: &'static str,
    /// Who owes it.
    pub payer: PartyId,
    /// To whom.
    pub payee: PartyId,
    /// How much; negative for a credit.
    pub amount: Money,
    /// A quantity beside the money.
    pub quantity: i64,
    /// What the quantity counts.
    pub unit: Unit,
    /// What it does.
    pub effect: Effect,
}

fn overflow(key: &str) -> impl Fn(Overflow) -> LedgerError + '_ {
    move |_| LedgerError::Amount { what: format!("an amount of the agreement `{key}`") }
}

/// The accounts of shortfalls and exit fees.
const MINIMUM: Effect = Effect::Sale { income: Account::MinimumReceived, expense: Account::MinimumPaid };

impl Deal {
    /// Whether a month is settled by these terms.
    pub fn in_force(&self, month: Month) -> bool {
        let last = SimTime(month.end().0 - 1);
        self.since <= last && last < self.until
    }

    /// Goes on from the version before: what it has counted stays, the terms are these.
    pub(crate) fn take_over(&mut self, before: &Deal) {
        match (&mut self.machine, &before.machine) {
            (
                Machine::Commitment { machine, terms, .. },
                Machine::Commitment { machine: Some(before), .. },
            ) => {
                let mut before = before.clone();
                before.amend(terms.clone());
                *machine = Some(before);
            }
            (Machine::Share { machine, .. }, Machine::Share { machine: before, .. }) => {
                let mut before = before.clone();
                before.amend(machine.terms().clone());
                *machine = before;
            }
            (Machine::Power { machine, .. }, Machine::Power { machine: before, .. }) => {
                let mut before = before.clone();
                before.amend(machine.terms().clone());
                *machine = before;
            }
            (Machine::Lease { .. }, Machine::Lease { .. }) => self.take_over_lease(before),
            _ => {}
        }
    }

    /// Whether what its payer draws from the grid at a site in a month is bought under this commitment.
    pub(crate) fn supplies(&self, site: SiteId, operator: PartyId, month: Month) -> bool {
        let Machine::Commitment { counts: Counts::Energy, machine, terms, sites } = &self.machine else {
            return false;
        };
        let goes_on = machine.as_ref().is_none_or(|machine| machine.period().is_some());
        let within = terms.periods.first().is_some_and(|first| start_of(first.from) <= month.start())
            && terms.periods.last().is_some_and(|last| month.end() <= start_of(last.to));
        let covers = sites.is_empty() || sites.contains(&site);
        self.payer == operator && covers && within && goes_on && self.in_force(month)
    }

    fn leaves_in(&self, month: Month) -> bool {
        self.leaves.is_some_and(|leaves| Month::of(leaves) == month)
    }

    /// The payer leaves in the month that is over: a contract for power.
    fn leave(&mut self, month: Month) -> Result<Vec<Settled>, LedgerError> {
        if !self.leaves_in(month) {
            return Ok(Vec::new());
        }
        let key = self.key.clone();
        let overflow = overflow(&key);
        match &mut self.machine {
            Machine::Power { machine, .. } => {
                let fee = machine.exit().map_err(overflow)?;
                Ok(fee.map(|fee| self.settled("exit", fee, MINIMUM)).into_iter().collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn settled(&self, clause: &'static str, amount: Money, effect: Effect) -> Settled {
        let (payer, payee) = (self.payer, self.payee);
        Settled { clause, payer, payee, amount, quantity: 0, unit: Unit::None, effect }
    }

    /// Settles a month that is over: what came due, and how a commitment stands. Shares are settled by [`settle_shares`], which knows their order; loans by
    /// [`Deal::step_loan`], when their events happen.
    ///
    /// # Errors
    /// [`LedgerError::Amount`] if an amount leaves the range.
    pub fn month(
        &mut self,
        month: Month,
        measures: &Measures,
    ) -> Result<(Vec<Settled>, Option<CommitmentMonth>), LedgerError> {
        if !self.in_force(month) {
            return Ok((Vec::new(), None));
        }
        if let Machine::Commitment { .. } = self.machine {
            return self.commitment(month, measures);
        }
        if let Machine::Lease { .. } = self.machine {
            return Ok((self.lease(month)?, None));
        }
        let mut settled = self.close(month, measures)?;
        settled.extend(self.leave(month)?);
        Ok((settled, None))
    }

    fn close(&mut self, month: Month, measures: &Measures) -> Result<Vec<Settled>, LedgerError> {
        let key = self.key.clone();
        let overflow = overflow(&key);
        let too_much = || LedgerError::Amount { what: format!("an amount of the agreement `{key}`") };
        let (payer, payee, site) = (self.payer, self.payee, self.site);
        match &mut self.machine {
            Machine::Credit { excluded, machine } => {
                let at = |site: SiteId| measures.sites.get(site.index()).copied().unwrap_or_default();
                let sites: Vec<SiteMonth> = match site {
                    Some(site) => vec![at(site)],
                    None => measures.sites.clone(),
                };
                let sum =
                    |of: fn(&SiteMonth) -> i64| sites.iter().map(|site| i128::from(of(site))).sum::<i128>();
                let (installed, down) = (sum(|site| site.installed_s), sum(|site| site.down_s));
                let minutes = (month.end() - month.start()).0 / (60 * 1_000_000_000);
                let out = i64::try_from((i128::from(minutes) * down).checked_div(installed).unwrap_or(0));
                let fee =
                    measures.between(payer, payee, site).and_then(|had| had.price()).ok_or_else(too_much)?;
                let out = out.map_err(|_| too_much())?;
                let credit = machine.settle(minutes, out, *excluded, fee).map_err(overflow)?;
                let clause = match credit.clause {
                    service::Clause::Promise => "promise",
                    service::Clause::Tier => "tier",
                    service::Clause::MonthlyCap => "monthly cap",
                    service::Clause::RollingCap => "rolling cap",
                };
                let accounts =
                    Effect::Sale { income: Account::CreditReceived, expense: Account::CreditGiven };
                Ok(vec![self.settled(clause, credit.amount, accounts)])
            }
            Machine::Power { from, machine } if *from <= month => {
                let done =
                    site.and_then(|site| measures.sites.get(site.index())).copied().unwrap_or_default();
                let kwh = done.grid_j / 3_600_000;
                let Some(bill) = machine.bill(done.peak_kw, kwh).map_err(overflow)? else {
                    return Ok(Vec::new());
                };
                let clause = match bill.basis {
                    power::Basis::Measured => "measured demand",
                    power::Basis::Minimum => "minimum demand",
                    power::Basis::Ratchet => "ratchet",
                };
                let account = |expense| Effect::Sale { income: Account::EnergySold, expense };
                let demand = self.settled(clause, bill.demand, account(Account::Demand));
                let energy = self.settled("energy", bill.energy, account(Account::Energy));
                Ok(vec![
                    Settled { quantity: bill.demand_kw, unit: Unit::Kw, ..demand },
                    Settled { quantity: kwh, unit: Unit::Kwh, ..energy },
                ])
            }
            _ => Ok(Vec::new()),
        }
    }

    /// What is owed on a loan that has begun.
    pub fn owed(&self) -> Option<Money> {
        match &self.machine {
            Machine::Loan { machine } => Money::from_usd(machine.outstanding().abs()),
            _ => None,
        }
    }

    /// Interest and fees that have accrued on a loan up to a day, and are not due yet; none for what is no loan.
    ///
    /// # Errors
    /// [`LedgerError::Amount`] if they leave the range.
    pub fn accrued(&self, day: Day) -> Result<Option<Money>, LedgerError> {
        let Machine::Loan { machine } = &self.machine else { return Ok(None) };
        let accrued = Money::from_usd(machine.accrued_at(day.date()).abs());
        let too_much = || LedgerError::Amount { what: format!("the interest of the loan `{}`", self.key) };
        accrued.map(Some).ok_or_else(too_much)
    }

    /// When the next event of a loan happens.
    pub fn next_event(&self) -> Option<SimTime> {
        match &self.machine {
            Machine::Loan { machine } => machine.next_event().map(|event| instant(event.time)),
            _ => None,
        }
    }

    /// Takes a loan over its next event. `None` after its end.
    ///
    /// # Errors
    /// [`LedgerError::Amount`] if an amount leaves the range or an index has no value.
    pub fn step_loan(&mut self, indices: &loan::Observations) -> Result<Option<Vec<Settled>>, LedgerError> {
        let key = self.key.clone();
        let Machine::Loan { machine } = &mut self.machine else { return Ok(None) };
        let before = machine.outstanding();
        let Some(event) = machine.step(indices) else { return Ok(None) };
        let event =
            event.map_err(|missing| LedgerError::Amount { what: format!("the loan `{key}`: {missing}") })?;
        let too_much = || LedgerError::Amount { what: format!("an amount of the loan `{key}`") };
        let usd = |usd: f64| Money::from_usd(usd).ok_or_else(too_much);
        let mut settled = Vec::new();
        let mut push = |amount: Money, effect| {
            if amount != Money::ZERO {
                settled.push(self.settled(event.kind.acronym(), amount, effect));
            }
        };
        use loan::EventKind;
        match event.kind {
            EventKind::InitialExchange | EventKind::Purchase => push(usd(-event.payoff)?, Effect::LendOut),
            EventKind::Redemption | EventKind::Prepayment => push(usd(event.payoff)?, Effect::PayBack),
            EventKind::Interest | EventKind::Fee | EventKind::Penalty => {
                push(usd(event.payoff)?, Effect::Interest);
            }
            EventKind::Capitalisation => push(usd(event.notional - before)?, Effect::AddInterest),
            EventKind::Maturity | EventKind::Termination => {
                // The rest of the principal, and interest and fees with it.
                let principal = usd(before)?;
                push(principal, Effect::PayBack);
                push(usd(event.payoff)?.checked_sub(principal).ok_or_else(too_much)?, Effect::Interest);
            }
            _ => {}
        }
        Ok(Some(settled))
    }
}

/// The instant of a loan's time, which is civil: read as UTC.
fn instant(time: DateTime) -> SimTime {
    let day = start_of(time.date());
    let of_day = time - time.date().to_datetime(jiff::civil::Time::midnight());
    let seconds = of_day.total(jiff::Unit::Second).unwrap_or(0.0);
    day.saturating_add(base::Span::from_seconds_f64(seconds).unwrap_or(base::Span::ZERO))
}
