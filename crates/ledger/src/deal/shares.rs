//! Revenue shares at the close of a month: in their order, netted where two flow against each other.

use super::{Deal, Effect, Machine, Measures, Settled, overflow};
use crate::account::Account;
use crate::books::LedgerError;
use crate::month::Month;
use agreement::share::{self, Fact};
use base::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A month of a revenue share: `revenue - deductions + loss - loss_used = base`, where the share is in its term and its
/// cap is not reached before; and `owed = paid + cut`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareMonth {
    /// Revenue of the month that the share is of.
    pub revenue: Money,
    /// Other shares that a net base is net of; zero for a gross one.
    pub deductions: Money,
    /// By how much revenue less deductions is below zero: positive. Nothing is paid for such a month.
    pub loss: Money,
    /// An earlier loss that is set off against the base.
    pub loss_used: Money,
    /// What the share is taken of.
    pub base: Money,
    /// Paid for the month.
    pub paid: Money,
    /// Owed by the share and cut off by the cap.
    pub cut: Money,
    /// Of what is paid, set off against a share that flows the other way.
    pub set_off: Money,
    /// Paid since the agreement began.
    pub paid_to_date: Money,
    /// Whether the month lies in the term and before the cap.
    pub live: bool,
}

impl ShareMonth {
    fn of(revenue: Money, deductions: Money, machine: &share::RevenueShare, facts: &[Fact]) -> ShareMonth {
        let deductions = match machine.terms().base {
            share::Base::Gross => Money::ZERO,
            share::Base::Net => deductions,
        };
        let paid_to_date = machine.paid();
        let mut month = ShareMonth { revenue, deductions, paid_to_date, live: true, ..ShareMonth::default() };
        for fact in facts {
            match *fact {
                Fact::OutOfTerm | Fact::Exhausted => month.live = false,
                Fact::Loss { amount, .. } => month.loss = amount,
                Fact::LossUsed { amount } => month.loss_used = amount,
                Fact::Paid { base, amount, cut } => {
                    (month.base, month.paid, month.cut) = (base, amount, cut);
                }
                Fact::CapReached => {}
            }
        }
        month
    }
}

/// The order in which deals are settled: shares after those that they are net of, and all else as it stands.
pub fn share_order(deals: &[Deal]) -> Vec<usize> {
    let shares: Vec<usize> =
        (0..deals.len()).filter(|&at| matches!(deals[at].machine, Machine::Share { .. })).collect();
    let named: Vec<(String, Vec<String>)> = shares
        .iter()
        .map(|&at| match &deals[at].machine {
            Machine::Share { net_of, .. } => {
                let others = net_of.iter().filter_map(|&other| deals.get(other as usize));
                (deals[at].key.clone(), others.map(|other| other.key.clone()).collect())
            }
            _ => (String::new(), Vec::new()),
        })
        .collect();
    // The reader refused circles; should one be there all the same, they are settled as they stand.
    let order = share::order(&named).unwrap_or_else(|_| (0..named.len()).collect());
    order.into_iter().map(|at| shares[at]).collect()
}

/// What the shares of a month came to, each with the number of its deal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    /// What came due.
    pub settled: Vec<(usize, Settled)>,
    /// How.
    pub months: BTreeMap<usize, ShareMonth>,
}

/// Settles the shares of a month.
///
/// # Errors
/// [`LedgerError::Amount`] if an amount leaves the range.
pub fn settle_shares(deals: &mut [Deal], month: Month, measures: &Measures) -> Result<Shares, LedgerError> {
    let mut shares = Shares::default();
    for at in share_order(deals) {
        if !deals[at].in_force(month) {
            continue;
        }
        let key = deals[at].key.clone();
        let too_much = || LedgerError::Amount { what: format!("an amount of the agreement `{key}`") };
        let payer = deals[at].payer;
        let Machine::Share { revenue, net_of, machine, .. } = &mut deals[at].machine else { continue };
        let gross = measures.revenue_of(payer, *revenue).ok_or_else(too_much)?;
        let paid = |other: &u32| shares.months.get(&(*other as usize)).map(|month| month.paid);
        let deductions = Money::checked_sum(net_of.iter().filter_map(paid)).ok_or_else(too_much)?;
        let facts = machine.settle(month.start(), gross, deductions).map_err(overflow(&key))?;
        let of_month = ShareMonth::of(gross, deductions, machine, &facts);
        for fact in &facts {
            if let Fact::Paid { amount, .. } = *fact {
                let accounts = Effect::Sale { income: Account::ShareReceived, expense: Account::SharePaid };
                shares.settled.push((at, deals[at].settled(fact.clause(), amount, accounts)));
            }
        }
        shares.months.insert(at, of_month);
    }
    set_off(deals, &mut shares);
    Ok(shares)
}

/// Two shares that flow against each other are settled with one payment: the smaller is set off.
fn set_off(deals: &[Deal], shares: &mut Shares) {
    for (at, deal) in deals.iter().enumerate() {
        let Machine::Share { netted_with: Some(other), .. } = deal.machine else { continue };
        let other = other as usize;
        // Of a pair that names each other, the first speaks.
        let named_back = deals.get(other).is_some_and(|other| {
            matches!(other.machine, Machine::Share { netted_with: Some(back), .. } if back as usize == at)
        });
        if named_back && other < at {
            continue;
        }
        let paid = |at| shares.months.get(&at).map_or(Money::ZERO, |month| month.paid);
        let smaller = paid(at).min(paid(other));
        if smaller > Money::ZERO {
            shares.settled.push((at, deal.settled("netting", smaller, Effect::SetOff)));
            for at in [at, other] {
                if let Some(month) = shares.months.get_mut(&at) {
                    month.set_off = smaller;
                }
            }
        }
    }
}
