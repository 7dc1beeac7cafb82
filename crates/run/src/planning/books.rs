//! The books of a plan: what it pays, earns, owes and owns in a future, posted in double entry and closed quarter by quarter.
//!
//! They are a second account of the plan's money: the present cost of their cash, less the value of what stands at the end,
//! is the objective of a plan for the greatest present value. Amounts are whole micro-dollars here, the planner's are not.

use base::{Money, SimTime};
use ledger::{Account, Basis, Books, Cause, LedgerError, Month, PartyId, Posting};
use plan::account::{self, Worth};
use plan::bill::{Building, Operating};
use plan::decisions::Decisions;
use plan::instance::Instance;
use std::collections::BTreeMap;
use std::fmt;

/// Why a plan has no books.
#[derive(Debug)]
pub enum BooksError {
    /// An amount leaves the range of money.
    Ledger(LedgerError),
    /// They do not come to what the planner counts: a bug.
    Off {
        /// Name of the future.
        future: String,
        /// By so many US dollars.
        usd: f64,
    },
}

impl std::error::Error for BooksError {}

impl fmt::Display for BooksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BooksError::Ledger(error) => write!(f, "the books of the plan: {error}"),
            BooksError::Off { future, usd } => write!(
                f,
                "the books of the plan in the future `{future}` differ from its objective by {usd:.2} $: please report it"
            ),
        }
    }
}

impl From<LedgerError> for BooksError {
    fn from(error: LedgerError) -> BooksError {
        BooksError::Ledger(error)
    }
}

/// A quarter of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Place of the quarter; one beyond the last for what is done when the plan is over.
    pub period: usize,
    /// The account.
    pub account: Account,
    /// Debits of the quarter.
    pub debit: Money,
    /// Credits of the quarter, positive.
    pub credit: Money,
    /// Debits less credits since the beginning.
    pub balance: Money,
    /// Cash that moved against it: what came in is positive.
    pub cash: Money,
}

/// The programme: the only one with books.
const PROGRAMME: PartyId = PartyId(0);

/// The books of a future, by quarter and account, whose present cost is that of the planner to a dollar.
///
/// # Errors
/// [`BooksError`].
pub fn books(
    instance: &Instance,
    decisions: &Decisions,
    account: &account::Account<'_>,
    future: usize,
) -> Result<Vec<Line>, BooksError> {
    let lines = lines(instance, decisions, account, future)?;
    let usd = present_cost_usd(instance, &lines) - account.present_cost_musd(future) * 1e6;
    if usd.is_nan() || usd.abs() >= 1.0 {
        return Err(BooksError::Off { future: instance.scenarios[future].name.clone(), usd });
    }
    Ok(lines)
}

fn lines(
    instance: &Instance,
    decisions: &Decisions,
    account: &account::Account<'_>,
    future: usize,
) -> Result<Vec<Line>, LedgerError> {
    let mut keeper = Keeper { books: Books::new(), month: Month::of(SimTime(0)), lines: Vec::new() };
    for (t, period) in instance.periods.iter().enumerate() {
        keeper.pay(Account::Contributed, -instance.capital.budget_musd[t])?;
        for payment in account.payments.iter().filter(|payment| payment.period == t) {
            keeper.pay(asset(payment.what), payment.musd)?;
        }
        keeper.pay(Account::Systems, account.systems_musd(future, t))?;
        keeper.pay(Account::Systems, -account.resold_musd(future, t))?;
        for (what, _, musd) in account.operating_parts(future, t) {
            keeper.pay(expense(what), musd)?;
        }
        let (_, interest) = account.loan(t);
        keeper.pay(Account::LoanTaken, -decisions.drawn_musd[t])?;
        keeper.pay(Account::InterestPaid, interest)?;
        keeper.close(t, period.quarters)?;
    }
    let quarters = instance.periods.len();
    if let Some(last) = quarters.checked_sub(1) {
        keeper.pay(Account::LoanTaken, account.loan(last).0)?;
        keeper.write_down(&account.worths(future))?;
        keeper.close(quarters, 1)?;
    }
    Ok(keeper.lines)
}

/// The present cost of books, in US dollars: their cash but for what owners put in, a quarter's at its beginning, and what they still
/// value when the plan is over.
fn present_cost_usd(instance: &Instance, lines: &[Line]) -> f64 {
    let at = |quarter: u32| libm::pow(1.0 + instance.capital.discount_per_year, -f64::from(quarter) / 4.0);
    let mut from = 0;
    let mut discounts = Vec::new();
    for period in &instance.periods {
        let quarters = from..from + period.quarters;
        let count = quarters.len().max(1) as f64;
        discounts.push(quarters.map(at).sum::<f64>() / count);
        from += period.quarters;
    }
    discounts.push(at(from));
    let own = lines.iter().filter(|line| line.account != Account::Contributed);
    let cash: f64 = own.map(|line| line.cash.0 as f64 / 1e6 * discounts[line.period]).sum();
    // The last line of an account has what is left on it.
    let stands = ASSETS.iter().filter_map(|asset| lines.iter().rfind(|line| line.account == *asset));
    let stands: f64 = stands.map(|line| line.balance.0 as f64 / 1e6).sum();
    -cash - stands * at(from)
}

/// The accounts of what is built and bought, and of what has been written down of it.
const ASSETS: [Account; 5] =
    [Account::Land, Account::Shell, Account::Power, Account::Systems, Account::Depreciated];

fn asset(what: Building) -> Account {
    match what {
        Building::Land => Account::Land,
        Building::Halls => Account::Shell,
        Building::Interconnection | Building::Plant => Account::Power,
    }
}

/// Income is an expense below zero here, and stands in an account of its own.
fn expense(what: Operating) -> Account {
    match what {
        Operating::Halls => Account::Overhead,
        Operating::PlantUpkeep | Operating::SystemsUpkeep => Account::Maintenance,
        Operating::DemandCharge => Account::Demand,
        Operating::GridEnergy | Operating::Fuel | Operating::Carbon => Account::Energy,
        Operating::Unserved | Operating::Damages => Account::CreditGiven,
        Operating::Lanes => Account::Overhead,
        Operating::Purchases => Account::ComputeBought,
        Operating::Rights => Account::ShareReceived,
        Operating::Revenue => Account::ComputeSold,
    }
}

struct Keeper {
    books: Books,
    /// Counted from an instant that means nothing: the books know months, a plan its quarters.
    month: Month,
    lines: Vec<Line>,
}

impl Keeper {
    fn post(&mut self, debit: Account, credit: Account, musd: f64) -> Result<(), LedgerError> {
        let too_much = || LedgerError::Amount { what: format!("{} of a plan", debit.path()) };
        let amount = Money::from_usd(musd * 1e6).ok_or_else(too_much)?;
        if amount == Money::ZERO {
            return Ok(());
        }
        let minus = amount.checked_neg().ok_or_else(too_much)?;
        let lines = [Posting::new(PROGRAMME, debit, amount), Posting::new(PROGRAMME, credit, minus)];
        let cause = Cause::Close { month: self.month };
        self.books.post(self.month.start(), cause, Basis::Fact, &lines).map(|_| ())
    }

    /// Cash goes out for this; below zero it comes in.
    fn pay(&mut self, account: Account, musd: f64) -> Result<(), LedgerError> {
        self.post(account, Account::Cash, musd)
    }

    /// What was built and bought is written down to what it is worth.
    fn write_down(&mut self, worths: &[Worth]) -> Result<(), LedgerError> {
        worths.iter().try_for_each(|worth| {
            self.post(Account::Depreciation, Account::Depreciated, worth.cost_musd - worth.worth_musd)
        })
    }

    /// Closes the months of a quarter.
    fn close(&mut self, period: usize, quarters: u32) -> Result<(), LedgerError> {
        let mut moved: BTreeMap<Account, Line> = BTreeMap::new();
        for _ in 0..3 * quarters {
            for slot in self.books.close(self.month).into_iter().flat_map(|closed| closed.slots) {
                let zero = Money::ZERO;
                let account = slot.key.account;
                let none = Line { period, account, debit: zero, credit: zero, balance: zero, cash: zero };
                let line = moved.entry(account).or_insert(none);
                let add = |sum: &mut Money, more: Money| {
                    let too_much = || LedgerError::Amount { what: format!("{} of a plan", account.path()) };
                    *sum = sum.checked_add(more).ok_or_else(too_much)?;
                    Ok(())
                };
                add(&mut line.debit, slot.debit)?;
                add(&mut line.credit, slot.credit)?;
                add(&mut line.cash, slot.cash)?;
                line.balance = slot.balance;
            }
            self.month = self.month.next();
        }
        self.lines.extend(moved.into_values());
        Ok(())
    }
}
