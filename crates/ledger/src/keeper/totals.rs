//! What a run came to: movements of accounts, cash flows by the month, costs and accelerator-time of sites.

use crate::account::{Account, Class, Flow};
use crate::books::{Closed, Slot};
use crate::entry::PartyId;
use crate::month::Month;
use crate::statement::Perimeter;
use base::Money;
use base::id::SiteId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Sums over the months closed so far, in micro-dollars. Consolidated sums leave out what partners have with each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// By partner; the last is consolidated.
    pub scopes: Vec<ScopeTotals>,
    /// By site.
    pub sites: Vec<SiteTotals>,
}

/// What there was in an accounting year to serve debt with, and its service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebtYear {
    /// Operating cash flow before interest paid.
    pub available: i128,
    /// Interest and principal paid.
    pub service: i128,
}

/// Sums of a partner, or of all as one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeTotals {
    /// Debits less credits of each account.
    pub moved: BTreeMap<Account, i128>,
    /// Cash flows of each month: operating, investing, financing.
    pub flows: Vec<[i128; 3]>,
    /// By accounting year; the first and the last may be parts of one.
    pub debt_years: Vec<DebtYear>,
    /// Of the cash flows of each month: interest received less interest paid, what is a part of buildings included.
    pub interest_flows: Vec<i128>,
    /// Of the cash flows of each month: what owners put in.
    pub owners_flows: Vec<i128>,
    /// What owners brought in that was no cash, less what was owed on loans when the run started.
    pub brought_in: i128,
    /// What was owed on loans then, with interest, less what was lent.
    pub opening_debt: i128,
    /// Cash at the end of the last month.
    pub cash: i128,
    /// The month with the least cash at its end, and how much that was; the first of several.
    pub least_cash: Option<(Month, i128)>,
    /// Assets at cost less depreciation at the end of the last month.
    pub book_value: i128,
    /// Of that, interest during construction.
    pub capitalised_interest: i128,
    /// What is owed on loans and tranches at the end of the last month, with interest, less what was lent or put into others.
    pub net_debt: i128,
    /// What customers owe less what suppliers (of assets too) and the tax office are owed, at the end of the last month.
    pub working_capital: i128,
}

/// Sums of a site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteTotals {
    /// Revenue that belongs to it.
    pub revenue: i128,
    /// Costs that belong to it, depreciation and interest included, taxes and what partners charge each other left out.
    pub cost: i128,
    /// Accelerator-seconds held by jobs and replicas.
    pub gpu_s: i128,
    /// Of those, by replicas of services.
    pub serving_gpu_s: i128,
    /// Tokens that they read and wrote.
    pub tokens: i128,
}

impl Totals {
    pub(super) fn new(sites: usize, partners: usize) -> Totals {
        Totals {
            scopes: vec![ScopeTotals::default(); partners + 1],
            sites: vec![SiteTotals::default(); sites],
        }
    }

    pub(super) fn used(&mut self, site: SiteId, gpu_s: i64) {
        self.sites[site.index()].gpu_s += i128::from(gpu_s);
    }

    pub(super) fn served(&mut self, site: SiteId, gpu_s: i64, tokens: i64) {
        self.used(site, gpu_s);
        let site = &mut self.sites[site.index()];
        site.serving_gpu_s += i128::from(gpu_s);
        site.tokens += i128::from(tokens);
    }

    /// When the run starts one owes another so much on a loan.
    pub(super) fn opened(&mut self, payer: PartyId, payee: PartyId, owed: Money, perimeter: Perimeter) {
        let owed = i128::from(owed.0);
        let consolidated = self.scopes.len() - 1;
        let mut owes = |scope: usize, owed: i128| self.scopes[scope].opening_debt += owed;
        if payer.index() < perimeter.partners {
            owes(payer.index(), owed);
        }
        if payee.index() < perimeter.partners {
            owes(payee.index(), -owed);
        }
        match (perimeter.holds(payer), perimeter.holds(payee)) {
            (true, false) => owes(consolidated, owed),
            (false, true) => owes(consolidated, -owed),
            _ => {}
        }
    }

    /// A month was closed. `begins` is whether an accounting year, or the run, began with it.
    pub(super) fn closed(&mut self, closed: &Closed, perimeter: Perimeter, begins: bool) {
        let consolidated = self.scopes.len() - 1;
        for scope in &mut self.scopes {
            scope.flows.push([0; 3]);
            if begins {
                scope.debt_years.push(DebtYear::default());
            }
            scope.interest_flows.push(0);
            scope.owners_flows.push(0);
            (scope.cash, scope.book_value, scope.working_capital) = (0, 0, 0);
            (scope.capitalised_interest, scope.net_debt) = (0, 0);
        }
        for slot in &closed.slots {
            self.scopes[slot.key.partner.index()].add(slot);
            if perimeter.holds(slot.key.partner) && !perimeter.among(slot) {
                self.scopes[consolidated].add(slot);
                self.add_site(slot);
            }
        }
        for scope in &mut self.scopes {
            if scope.least_cash.is_none_or(|(_, least)| scope.cash < least) {
                scope.least_cash = Some((closed.month, scope.cash));
            }
        }
    }

    fn add_site(&mut self, slot: &Slot) {
        let Some(site) = slot.key.site else { return };
        let moved = i128::from(slot.debit.0) - i128::from(slot.credit.0);
        let sums = &mut self.sites[site.index()];
        match slot.key.account.class() {
            Class::Income => sums.revenue -= moved,
            Class::Expenses if slot.key.account != Account::Tax => sums.cost += moved,
            _ => {}
        }
    }
}

/// Accounts that make up the book value of assets.
const BOOK: [Account; 9] = [
    Account::Construction,
    Account::Land,
    Account::Shell,
    Account::Power,
    Account::Cooling,
    Account::Network,
    Account::Systems,
    Account::CapitalisedInterest,
    Account::Depreciated,
];

/// Cash against these is interest.
const INTEREST: [Account; 3] =
    [Account::InterestPaid, Account::InterestReceived, Account::CapitalisedInterest];

/// Accounts of what is owed to lenders, and of what was lent or put into others.
const DEBT: [Account; 5] = [
    Account::LoanTaken,
    Account::LoanGiven,
    Account::Invested,
    Account::InterestPayable,
    Account::InterestReceivable,
];

/// Accounts that turn to cash soon, what is owed for assets among them.
const WORKING: [Account; 8] = [
    Account::Unbilled,
    Account::Receivable,
    Account::Prepaid,
    Account::Accrued,
    Account::Payable,
    Account::AssetsPayable,
    Account::Deferred,
    Account::TaxPayable,
];

impl ScopeTotals {
    fn add(&mut self, slot: &Slot) {
        let account = slot.key.account;
        let moved = i128::from(slot.debit.0) - i128::from(slot.credit.0);
        *self.moved.entry(account).or_default() += moved;
        if account == Account::Cash {
            self.cash += i128::from(slot.balance.0);
        }
        if BOOK.contains(&account) {
            self.book_value += i128::from(slot.balance.0);
        }
        if WORKING.contains(&account) {
            self.working_capital += i128::from(slot.balance.0);
        }
        if account == Account::CapitalisedInterest {
            self.capitalised_interest += i128::from(slot.balance.0);
        }
        if DEBT.contains(&account) {
            self.net_debt -= i128::from(slot.balance.0);
        }
        let cash = i128::from(slot.cash.0);
        for (flows, counts) in [
            (&mut self.interest_flows, INTEREST.contains(&account)),
            (&mut self.owners_flows, account == Account::Contributed),
        ] {
            if let Some(month) = flows.last_mut().filter(|_| counts) {
                *month += cash;
            }
        }
        let part = match account.flow() {
            Flow::Operating => 0,
            Flow::Investing => 1,
            Flow::Financing => 2,
        };
        if let Some(month) = self.flows.last_mut() {
            month[part] += cash;
        }
        if account == Account::Contributed {
            self.brought_in -= moved + cash;
        }
        if let Some(year) = self.debt_years.last_mut() {
            if matches!(account, Account::InterestPaid | Account::LoanTaken) && cash < 0 {
                year.service -= cash;
            }
            if account.flow() == Flow::Operating && account != Account::InterestPaid {
                year.available += cash;
            }
        }
    }

    /// What the accounts of a class moved by, as it is read: earned and used up are positive.
    pub fn of_class(&self, class: Class) -> i128 {
        let sum: i128 =
            self.moved.iter().filter(|(account, _)| account.class() == class).map(|(_, moved)| moved).sum();
        if class == Class::Expenses || class == Class::Assets { sum } else { -sum }
    }

    /// What an account moved by: debits less credits.
    pub fn of(&self, account: Account) -> i128 {
        self.moved.get(&account).copied().unwrap_or(0)
    }
}
