//! Statements of a closed month: income, cash flow (direct method), balance sheet; of each partner and consolidated.
//!
//! Consolidated, what partners owe, pay, earn from and put into each other is left out: both sides of it, which sum to
//! zero. Partners sell each other what is used at once (accelerator-hours, tokens, rent), so that no profit among them
//! stays in an asset and has to be taken out of it.

use crate::account::{Account, Class, Flow};
use crate::books::{Closed, Slot};
use crate::entry::PartyId;
use crate::month::Month;
use base::Money;
use std::collections::BTreeMap;

/// Whose statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All partners as one.
    Consolidated,
    /// A partner's.
    Partner(PartyId),
}

/// Which statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What was earned and used up in the month.
    Income,
    /// How cash came and went in the month.
    CashFlow,
    /// What there is at the end of the month.
    Balance,
}

impl Kind {
    /// `income`, `cash_flow` or `balance`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Income => "income",
            Kind::CashFlow => "cash_flow",
            Kind::Balance => "balance",
        }
    }
}

/// A line of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which statement.
    pub kind: Kind,
    /// An account (`income:compute`) or a total (`net_income`).
    pub name: String,
    /// Whether it is a total of lines before it.
    pub total: bool,
    /// The amount in micro-dollars. Earned, received and owned are positive; used up, paid and (in the balance) owed
    /// too, as each statement is read.
    pub amount: i128,
}

/// The three statements of somebody for a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statements {
    /// The month.
    pub month: Month,
    /// Whose.
    pub scope: Scope,
    /// All lines, in the order in which they are read.
    pub lines: Vec<Line>,
}

impl Statements {
    /// The amount of a line; 0 if it is not there.
    pub fn get(&self, kind: Kind, name: &str) -> i128 {
        self.lines.iter().find(|line| line.kind == kind && line.name == name).map_or(0, |line| line.amount)
    }
}

/// What an account did in a month.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    balance: i128,
    moved: i128,
    cash: i128,
}

/// Who has books, and whose are taken as one: the first `inner` of `partners`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Perimeter {
    /// So many have books.
    pub partners: usize,
    /// So many of them are consolidated.
    pub inner: usize,
}

impl Perimeter {
    /// Whether somebody is one of those that are taken as one.
    pub fn holds(self, party: PartyId) -> bool {
        party.index() < self.inner
    }
    /// Whether a slot is between two of them.
    pub fn among(self, slot: &Slot) -> bool {
        self.holds(slot.key.partner) && slot.key.counterparty.is_some_and(|party| self.holds(party))
    }
}

impl From<usize> for Perimeter {
    fn from(partners: usize) -> Perimeter {
        Perimeter { partners, inner: partners }
    }
}

/// The statements of every partner and the consolidated ones of a closed month.
///
/// # Panics
/// If a balance sheet does not balance, if the cash flows do not explain the change of cash, or if what partners have
/// with each other does not sum to zero: that is a bug.
pub fn of(closed: &Closed, perimeter: impl Into<Perimeter>) -> Vec<Statements> {
    let perimeter: Perimeter = perimeter.into();
    let own = |partner: PartyId| {
        let slots = closed.slots.iter().filter(move |slot| slot.key.partner == partner);
        one(closed.month, Scope::Partner(partner), slots)
    };
    let mut all: Vec<Statements> =
        (0..perimeter.partners).map(|partner| own(PartyId::new(partner))).collect();
    let among = |slot: &&Slot| perimeter.among(slot);
    // Cash itself has a counterparty too, and what one partner pays another cancels out.
    let inner = |slot: &&Slot| among(slot) && slot.key.account != Account::Cash;
    let left_out: i128 = closed.slots.iter().filter(inner).map(|slot| i128::from(slot.balance.0)).sum();
    let cash: i128 = closed
        .slots
        .iter()
        .filter(|slot| among(slot) && slot.key.account == Account::Cash)
        .map(|slot| i128::from(slot.balance.0))
        .sum();
    assert_eq!(
        (left_out, cash),
        (0, 0),
        "what partners have with each other, at the close of {}",
        closed.month
    );
    all.push(one(
        closed.month,
        Scope::Consolidated,
        closed.slots.iter().filter(|slot| perimeter.holds(slot.key.partner) && !among(slot)),
    ));
    all
}

fn one<'a>(month: Month, scope: Scope, slots: impl Iterator<Item = &'a Slot>) -> Statements {
    let mut sums: BTreeMap<Account, Sums> = BTreeMap::new();
    for slot in slots {
        let sum = sums.entry(slot.key.account).or_default();
        sum.balance += i128::from(slot.balance.0);
        sum.moved += i128::from(slot.debit.0) - i128::from(slot.credit.0);
        sum.cash += i128::from(slot.cash.0);
    }
    let mut lines = all_lines(&sums);
    lines.retain(|line| line.total || line.amount != 0);
    Statements { month, scope, lines }
}

fn all_lines(sums: &BTreeMap<Account, Sums>) -> Vec<Line> {
    let mut lines = Vec::new();
    income(sums, &mut lines);
    cash_flow(sums, &mut lines);
    balance(sums, &mut lines);
    lines
}

/// Every line that a statement can have, in the order in which they are read.
pub fn order() -> Vec<(Kind, String)> {
    all_lines(&BTreeMap::new()).into_iter().map(|line| (line.kind, line.name)).collect()
}

fn push(lines: &mut Vec<Line>, kind: Kind, name: impl Into<String>, total: bool, amount: i128) {
    lines.push(Line { kind, name: name.into(), total, amount });
}

/// Accounts below the operating result, in the order of the statement.
const BELOW: [(&str, &[Account]); 3] = [
    ("operating_result", &[Account::Depreciation]),
    ("result_before_tax", &[Account::InterestReceived, Account::InterestPaid]),
    ("net_income", &[Account::Tax]),
];

fn income(sums: &BTreeMap<Account, Sums>, lines: &mut Vec<Line>) {
    let moved = |account: &Account| -sums.get(account).map_or(0, |sum| sum.moved);
    let below = |account: &Account| BELOW.iter().any(|(_, accounts)| accounts.contains(account));
    let total = |lines: &mut Vec<Line>, class: Class, name: &str| {
        let mut sum = 0;
        for account in Account::ALL.iter().filter(|account| account.class() == class && !below(account)) {
            let amount = moved(account);
            sum += amount;
            let shown = if class == Class::Expenses { -amount } else { amount };
            push(lines, Kind::Income, account.path(), false, shown);
        }
        push(lines, Kind::Income, name, true, if class == Class::Expenses { -sum } else { sum });
        sum
    };
    let mut result = total(lines, Class::Income, "revenue");
    result += total(lines, Class::Expenses, "operating_costs");
    push(lines, Kind::Income, "ebitda", true, result);
    for (name, accounts) in BELOW {
        for account in accounts {
            let amount = moved(account);
            result += amount;
            let shown = if account.class() == Class::Expenses { -amount } else { amount };
            push(lines, Kind::Income, account.path(), false, shown);
        }
        push(lines, Kind::Income, name, true, result);
    }
}

fn cash_flow(sums: &BTreeMap<Account, Sums>, lines: &mut Vec<Line>) {
    let mut change = 0;
    for flow in [Flow::Operating, Flow::Investing, Flow::Financing] {
        let mut sum = 0;
        let own = |account: &&Account| account.flow() == flow && **account != Account::Cash;
        for account in Account::ALL.iter().filter(own) {
            let cash = sums.get(account).map_or(0, |sum| sum.cash);
            sum += cash;
            push(lines, Kind::CashFlow, account.path(), false, cash);
        }
        push(lines, Kind::CashFlow, flow.name(), true, sum);
        change += sum;
    }
    let cash = sums.get(&Account::Cash).copied().unwrap_or_default();
    assert_eq!(change, cash.moved, "the cash flows explain the change of cash");
    push(lines, Kind::CashFlow, "cash_at_start", true, cash.balance - cash.moved);
    push(lines, Kind::CashFlow, "change_of_cash", true, change);
    push(lines, Kind::CashFlow, "cash_at_end", true, cash.balance);
}

fn balance(sums: &BTreeMap<Account, Sums>, lines: &mut Vec<Line>) {
    let mut of = |class: Class, name: &str, sign: i128| {
        let mut sum = 0;
        for account in Account::ALL.iter().filter(|account| account.class() == class) {
            let amount = sign * sums.get(account).map_or(0, |sum| sum.balance);
            sum += amount;
            push(lines, Kind::Balance, account.path(), false, amount);
        }
        if class != Class::Equity {
            push(lines, Kind::Balance, name, true, sum);
        }
        sum
    };
    let assets = of(Class::Assets, "assets", 1);
    let liabilities = of(Class::Liabilities, "liabilities", -1);
    let contributed = of(Class::Equity, "contributed", -1);
    let retained: i128 = sums
        .iter()
        .filter(|(account, _)| matches!(account.class(), Class::Income | Class::Expenses))
        .map(|(_, amounts)| -amounts.balance)
        .sum();
    push(lines, Kind::Balance, "retained_earnings", true, retained);
    push(lines, Kind::Balance, "equity", true, contributed + retained);
    assert_eq!(assets, liabilities + contributed + retained, "the balance sheet balances");
}

/// An amount of a statement as money, if it fits.
pub fn money(amount: i128) -> Option<Money> {
    i64::try_from(amount).ok().map(Money)
}
