//! Who keeps the books: takes the facts of a run as they are said, posts what follows from them, closes the months.
//!
//! ```text
//!  observe(now, facts):  what fell due before now  ->  facts of the month that ends now  ->  its close  ->  other facts
//! ```
//!
//! Facts of one instant are posted in the order of their causes, so that the order in which they were said changes
//! nothing. Everything is in the state that a snapshot keeps: a run that was stopped goes on to the same books.

mod capital;
mod close;
mod deals;
mod describe;
mod energy;
mod facts;
mod interest;
mod served;
mod totals;

use crate::account::{Account, AssetClass};
use crate::books::{Books, Closed, LedgerError};
use crate::deal::{Deal, Measures, SiteMonth};
use crate::entry::{Cause, PartyId, Posting};
use crate::month::Month;
use crate::outline::Outline;
use crate::register::Register;
use crate::tax::TaxPosition;
use base::id::{AcceleratorId, BlockId, SiteId, TenantId};
use base::{Money, SimTime};
use scenario::World;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use twin::Fact;
use twin::agreements::AgreementFact;
use twin::fact::GpuTime;

pub use deals::{Settlement, Standing};
pub use describe::Described;
pub use totals::{DebtYear, ScopeTotals, SiteTotals, Totals};

/// A payment that was agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Due {
    payer: PartyId,
    payee: PartyId,
    amount: Money,
    month: Month,
    /// The payer's account that it settles.
    debt: Account,
}

/// Keeps the books of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Keeper {
    outline: Outline,
    books: Books,
    register: Register,
    taxes: Vec<TaxPosition>,
    /// By instant, then in the order in which they were agreed.
    dues: BTreeMap<(SimTime, u64), Due>,
    agreed: u64,
    /// The month that runs, and where it, or what of it is in the run, began.
    month: Month,
    since: SimTime,
    /// Parts of an accelerator-second that were not posted yet.
    unposted: BTreeMap<(SiteId, TenantId, Option<AcceleratorId>), GpuTime>,
    /// Blocks that work.
    working: BTreeSet<BlockId>,
    /// Blocks whose first systems were taken out.
    emptied: BTreeSet<BlockId>,
    /// What was spent on blocks and is not in use yet.
    building: BTreeMap<capital::InProgress, Money>,
    /// Interest during construction that is no block's yet.
    waiting: BTreeMap<interest::Waiting, Money>,
    /// By loan: interest that was booked and is not due yet.
    accrued: BTreeMap<u32, interest::Accrued>,
    /// IT power energised at each site, in MW.
    it_mw: Vec<f64>,
    totals: Totals,
    deals: Vec<Deal>,
    /// The next event of a loan, and whose.
    next_loan: Option<(SimTime, usize)>,
    /// Values of indices that loans and prices follow.
    indices: agreement::loan::Observations,
    /// What the month that runs came to so far, for agreements.
    measures: Measures,
    /// How agreements stood at closes and not taken yet.
    #[serde(skip)]
    settlements: Vec<Settlement>,
    /// Energy of the day that runs, by site.
    drawn: Vec<Option<energy::Drawn>>,
    /// What services served in the day that runs, by service, site and model.
    served: BTreeMap<served::Where, served::Served>,
    /// Months that were closed and not taken yet.
    #[serde(skip)]
    closed: Vec<Closed>,
}

impl Keeper {
    /// Books from the start of the run; `None` if the scenario keeps none.
    ///
    /// # Errors
    /// [`LedgerError`] if the opening entries leave the range of money.
    pub fn new(world: &World) -> Result<Option<Keeper>, LedgerError> {
        let Some(outline) = Outline::of(world) else { return Ok(None) };
        let lives = outline.books.lives;
        let lives = BTreeMap::from([
            (AssetClass::Shell, lives.shell),
            (AssetClass::Power, lives.power),
            (AssetClass::Cooling, lives.cooling),
            (AssetClass::Network, lives.network),
            (AssetClass::Systems, lives.systems),
            (AssetClass::Interest, lives.shell),
        ]);
        let mut keeper = Keeper {
            books: Books::new(),
            register: Register::new(lives),
            taxes: vec![TaxPosition::default(); outline.partners],
            dues: BTreeMap::new(),
            agreed: 0,
            month: Month::of(world.start),
            since: world.start,
            unposted: BTreeMap::new(),
            working: BTreeSet::new(),
            emptied: BTreeSet::new(),
            building: BTreeMap::new(),
            waiting: BTreeMap::new(),
            accrued: BTreeMap::new(),
            it_mw: vec![0.0; world.sites.len()],
            totals: Totals::new(world.sites.len(), outline.partners),
            closed: Vec::new(),
            deals: Vec::new(),
            next_loan: None,
            indices: agreement::loan::Observations::default(),
            measures: Measures {
                sites: vec![SiteMonth::default(); world.sites.len()],
                ..Measures::default()
            },
            settlements: Vec::new(),
            drawn: vec![None; world.sites.len()],
            served: BTreeMap::new(),
            outline,
        };
        keeper.open()?;
        for deal in crate::agreed::deals(world, &keeper.outline) {
            keeper.add_deal(deal);
        }
        keeper.open_loans()?;
        Ok(Some(keeper))
    }

    /// Who is who.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }
    /// The books.
    pub fn books(&self) -> &Books {
        &self.books
    }
    /// The register of assets.
    pub fn register(&self) -> &Register {
        &self.register
    }
    /// What the run came to so far.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Takes the facts of an instant. What is said when the run is over is of its last instant: nothing is posted after it.
    ///
    /// # Errors
    /// [`LedgerError`] if an amount leaves the range of money.
    pub fn observe(&mut self, now: SimTime, facts: &[Fact]) -> Result<(), LedgerError> {
        let now = now.min(SimTime(self.outline.end.0 - 1));
        while self.next_date() < now {
            self.keep_date(self.next_date())?;
        }
        if !self.deals.is_empty() {
            for fact in facts {
                match fact {
                    Fact::SiteHour(hour) => self.measure_hour(hour),
                    Fact::Agreement(AgreementFact::Backstop { lease, fact, .. }) => {
                        self.guarantor_answers(now, *lease, fact);
                    }
                    _ => {}
                }
            }
        }
        let mut items = facts::items(now, facts);
        if items.is_empty() && now < self.next_date() {
            return Ok(());
        }
        items.sort_by_key(|item| (item.time, item.cause));
        let later = items.partition_point(|item| item.time < self.month.end());
        items[..later].iter().try_for_each(|item| self.post_item(item))?;
        while self.next_date() <= now {
            self.keep_date(self.next_date())?;
        }
        items[later..].iter().try_for_each(|item| self.post_item(item))
    }

    /// The run is over: closes what has begun.
    ///
    /// # Errors
    /// [`LedgerError`] if an amount leaves the range of money.
    pub fn finish(&mut self, end: SimTime) -> Result<(), LedgerError> {
        let end = end.min(self.outline.end);
        while self.next_date() < end {
            self.keep_date(self.next_date())?;
        }
        if end > self.since { self.close_month(end) } else { Ok(()) }
    }

    /// The next instant at which something happens by itself.
    fn next_date(&self) -> SimTime {
        let due = self.dues.first_key_value().map_or(SimTime::NEVER, |(&(time, _), _)| time);
        let loan = self.next_loan.map_or(SimTime::NEVER, |(time, _)| time);
        due.min(loan).min(self.month.end())
    }

    /// At the end of a month it is closed before anything that falls due then.
    fn keep_date(&mut self, date: SimTime) -> Result<(), LedgerError> {
        if date >= self.month.end() {
            return self.close_month(self.month.end());
        }
        if let Some((time, _)) = self.next_loan.filter(|&(time, _)| time <= date) {
            return self.step_loan(time);
        }
        match self.dues.pop_first() {
            Some(((time, _), due)) => self.pay(time, due),
            None => Ok(()),
        }
    }

    /// The months that were closed since the last call.
    pub fn take_closed(&mut self) -> Vec<Closed> {
        std::mem::take(&mut self.closed)
    }

    /// Posts, unless the month is closed: then into the month that runs.
    fn post(
        &mut self,
        time: SimTime,
        cause: Cause,
        basis: crate::entry::Basis,
        postings: &[Posting],
    ) -> Result<u64, LedgerError> {
        self.books.post(time.max(self.books.closed_until()), cause, basis, postings)
    }

    /// A sale on account: `price` from the buyer to the seller, each in its books if it has any.
    #[allow(clippy::too_many_arguments)]
    fn sell(
        &mut self,
        time: SimTime,
        cause: Cause,
        basis: crate::entry::Basis,
        sale: &Sale,
    ) -> Result<(), LedgerError> {
        let mut lines = Vec::with_capacity(4);
        let minus = negated(sale.price)?;
        let Sale { seller, buyer, site, quantity, unit, income, expense, price } = *sale;
        if seller == buyer {
            return Ok(());
        }
        if self.outline.has_books(seller) {
            let asset = Account::Unbilled;
            lines.push(Posting::new(seller, asset, price).with(buyer).at(site));
            lines.push(Posting::new(seller, income, minus).with(buyer).at(site).of(-quantity, unit));
        }
        if self.outline.has_books(buyer) {
            let debt = Account::Accrued;
            lines.push(Posting::new(buyer, expense, price).with(seller).at(site).of(quantity, unit));
            lines.push(Posting::new(buyer, debt, minus).with(seller).at(site));
        }
        if !lines.is_empty() {
            self.post(time, cause, basis, &lines)?;
        }
        Ok(())
    }
}

/// Something sold on account.
#[derive(Clone, Copy, Debug)]
struct Sale {
    seller: PartyId,
    buyer: PartyId,
    site: Option<SiteId>,
    price: Money,
    quantity: i64,
    unit: crate::Unit,
    income: Account,
    expense: Account,
}

fn negated(amount: Money) -> Result<Money, LedgerError> {
    amount.checked_neg().ok_or_else(|| LedgerError::Amount { what: "an amount".to_owned() })
}

/// An amount that may have left the range of money.
fn in_range(amount: Option<Money>, what: &str) -> Result<Money, LedgerError> {
    amount.ok_or_else(|| LedgerError::Amount { what: what.to_owned() })
}
