//! What agreements come to, in the books of both sides.

use super::{Keeper, Sale, negated};
use crate::account::Account;
use crate::books::LedgerError;
use crate::deal::{self, Answered, CommitmentMonth, Deal, Effect, Measures, Settled, ShareMonth};
use crate::entry::{Basis, Cause, DealId, PartyId, Posting};
use crate::month::Month;
use agreement::lease::BackstopFact;
use base::id::{AgreementId, SiteId};
use base::{Money, SimTime};
use serde::{Deserialize, Serialize};

/// How an agreement stood at the close of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// The agreement: a version of it.
    pub deal: DealId,
    /// The month.
    pub month: Month,
    /// What is said of it.
    pub standing: Standing,
}

/// What is said of an agreement at the close of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Of a commitment.
    Commitment(CommitmentMonth),
    /// Of a revenue share.
    Share(ShareMonth),
}

/// Settles a month: what came due, with the number of its deal. Commitments come before shares, which are of revenue at
/// the prices that commitments give it.
fn settle(
    deals: &mut [Deal],
    month: Month,
    measures: &mut Measures,
    settlements: &mut Vec<Settlement>,
) -> Result<Vec<(usize, Settled)>, LedgerError> {
    let mut all: Vec<(usize, Settled)> = Vec::new();
    for (at, deal) in deals.iter_mut().enumerate() {
        let (settled, commitment) = deal.month(month, measures)?;
        all.extend(settled.into_iter().map(|settled| (at, settled)));
        settlements.extend(commitment.map(|standing| Settlement {
            deal: DealId::new(at),
            month,
            standing: Standing::Commitment(standing),
        }));
    }
    for (at, settled) in &all {
        let (Effect::Sale { income, .. } | Effect::UseUp { income, .. }) = settled.effect else { continue };
        let key = &deals[*at].key;
        let too_much = || LedgerError::Amount { what: format!("revenue under the agreement `{key}`") };
        measures.earn(settled.payee, income, settled.amount).ok_or_else(too_much)?;
    }
    let shares = deal::settle_shares(deals, month, measures)?;
    hand_on(deals, month);
    all.extend(shares.settled);
    settlements.extend(shares.months.into_iter().map(|(at, share)| Settlement {
        deal: DealId::new(at),
        month,
        standing: Standing::Share(share),
    }));
    Ok(all)
}

/// What a version has counted by the end of the month is what the next one goes on from.
fn hand_on(deals: &mut [Deal], month: Month) {
    for at in 1..deals.len() {
        let (before, from) = deals.split_at_mut(at);
        let version = from[0].continues.and_then(|number| before.get(number as usize));
        if let Some(version) = version.filter(|version| version.in_force(month)) {
            from[0].take_over(version);
        }
    }
}

impl Keeper {
    /// Adds an agreement that settles on money; it is driven from the month that runs on.
    pub fn add_deal(&mut self, deal: Deal) -> DealId {
        self.deals.push(deal);
        self.find_next_loan();
        DealId::new(self.deals.len() - 1)
    }

    /// The agreements, with how far they are.
    pub fn deals(&self) -> &[Deal] {
        &self.deals
    }

    /// Settles the month that is over.
    pub(super) fn settle_deals(&mut self, last: SimTime) -> Result<(), LedgerError> {
        let mut measures = std::mem::take(&mut self.measures);
        let mut deals = std::mem::take(&mut self.deals);
        let settled = settle(&mut deals, self.month, &mut measures, &mut self.settlements);
        self.deals = deals;
        self.measures.sites = vec![deal::SiteMonth::default(); measures.sites.len()];
        settled?.into_iter().try_for_each(|(at, settled)| self.post_settled(last, at, &settled))
    }

    /// A guarantor of a lease has answered: what follows is settled at the close of the month.
    pub(super) fn guarantor_answers(&mut self, now: SimTime, lease: AgreementId, fact: &BackstopFact) {
        let answer = match *fact {
            BackstopFact::FeeDue { amount, by_silence, .. } => Answered::Fee { amount, by_silence },
            BackstopFact::SteppedIn { .. } => Answered::StepIn,
            BackstopFact::Called { .. } | BackstopFact::Refused => return,
        };
        let Some(key) = self.outline.agreements.get(lease.index()) else { return };
        for deal in self.deals.iter_mut().filter(|deal| deal.key == *key) {
            deal.guarantor_answers(now, answer);
        }
    }

    /// How the agreements stood at each close since the last call.
    pub fn take_settlements(&mut self) -> Vec<Settlement> {
        std::mem::take(&mut self.settlements)
    }

    /// The next event of a loan.
    pub(super) fn step_loan(&mut self, time: SimTime) -> Result<(), LedgerError> {
        let Some((_, at)) = self.next_loan else { return Ok(()) };
        let stepped = self.deals[at].step_loan(&self.indices);
        self.find_next_loan();
        let Some(all) = stepped? else { return Ok(()) };
        let mut taken = self.take_back_accrued(at, time)?;
        for settled in &all {
            match settled.effect {
                Effect::Interest | Effect::AddInterest => {
                    self.post_interest(time, at, settled, std::mem::take(&mut taken))?;
                }
                _ => self.post_settled(time, at, settled)?,
            }
        }
        Ok(())
    }

    /// Loans that began before the run: what is still owed of them is there when it starts.
    pub(super) fn open_loans(&mut self) -> Result<(), LedgerError> {
        let start = self.outline.start;
        for at in 0..self.deals.len() {
            let mut begun = false;
            while self.deals[at].next_event().is_some_and(|time| time < start) {
                self.deals[at].step_loan(&self.indices)?;
                begun = true;
            }
            let (payer, payee) = (self.deals[at].payer, self.deals[at].payee);
            let owed = self.deals[at].owed().filter(|owed| begun && *owed != Money::ZERO);
            let Some(owed) = owed.filter(|_| payer != payee) else { continue };
            let minus = negated(owed)?;
            let mut lines = Vec::new();
            if self.outline.has_books(payer) {
                let owners = self.outline.outside(crate::outline::Outside::Owners);
                lines.push(Posting::new(payer, Account::Contributed, owed).with(owners));
                lines.push(Posting::new(payer, Account::LoanTaken, minus).with(payee));
            }
            if self.outline.has_books(payee) {
                let owners = self.outline.outside(crate::outline::Outside::Owners);
                lines.push(Posting::new(payee, Account::LoanGiven, owed).with(payer));
                lines.push(Posting::new(payee, Account::Contributed, minus).with(owners));
            }
            if !lines.is_empty() {
                self.post(start, Cause::Opening, Basis::Fact, &lines)?;
            }
            self.totals.opened(payer, payee, owed, self.outline.perimeter());
            self.open_accrued(at)?;
        }
        self.find_next_loan();
        Ok(())
    }

    fn find_next_loan(&mut self) {
        let events = self.deals.iter().enumerate().filter_map(|(at, deal)| Some((deal.next_event()?, at)));
        self.next_loan = events.min();
    }

    fn post_settled(&mut self, time: SimTime, at: usize, settled: &Settled) -> Result<(), LedgerError> {
        let site = self.deals[at].site;
        let (cause, basis) = (self.next_cause(at), Basis::Clause(DealId::new(at), settled.clause));
        if let Effect::Sale { income, expense } = settled.effect {
            let sale = Sale {
                seller: settled.payee,
                buyer: settled.payer,
                site,
                price: settled.amount,
                quantity: settled.quantity,
                unit: settled.unit,
                income,
                expense,
            };
            return self.sell(time, cause, basis, &sale);
        }
        let mut lines = Vec::with_capacity(4);
        let (of_payer, of_payee) = accounts_of(settled.effect);
        let minus = negated(settled.amount)?;
        for (party, other, pair) in
            [(settled.payer, settled.payee, of_payer), (settled.payee, settled.payer, of_payee)]
        {
            if self.outline.has_books(party) {
                let line = |account, amount: Money| Posting::new(party, account, amount).with(other).at(site);
                lines.push(line(pair.0, settled.amount).of(settled.quantity, settled.unit));
                lines.push(line(pair.1, minus));
            }
        }
        if lines.is_empty() || settled.payer == settled.payee {
            return Ok(());
        }
        self.post(time, cause, basis, &lines).map(|_| ())
    }

    /// Remembers a sale for the agreements that ask what was bought.
    pub(super) fn measure_sale(&mut self, sale: &Sale) -> Result<(), LedgerError> {
        let too_much = || LedgerError::Amount { what: "the sales of a month".to_owned() };
        self.measures.earn(sale.seller, sale.income, sale.price).ok_or_else(too_much)?;
        let asked = matches!(sale.income, Account::ComputeSold | Account::TokensSold | Account::EnergySold);
        if self.deals.is_empty() || !asked {
            return Ok(());
        }
        let key: (PartyId, PartyId, Option<SiteId>) = (sale.seller, sale.buyer, sale.site);
        let bought = self.measures.bought.entry(key).or_default();
        let (price, counted) = match sale.income {
            Account::TokensSold => (&mut bought.token, &mut bought.tokens),
            Account::EnergySold => (&mut bought.energy, &mut bought.kwh),
            _ => (&mut bought.compute, &mut bought.gpu_s),
        };
        *price = price.checked_add(sale.price).ok_or_else(too_much)?;
        *counted = counted.checked_add(sale.quantity).ok_or_else(too_much)?;
        Ok(())
    }
}

/// Debit and credit of the payer, and of the payee.
fn accounts_of(effect: Effect) -> ((Account, Account), (Account, Account)) {
    match effect {
        Effect::Prepay => ((Account::Prepaid, Account::Accrued), (Account::Unbilled, Account::Deferred)),
        Effect::Apply => ((Account::Accrued, Account::Prepaid), (Account::Deferred, Account::Unbilled)),
        Effect::Sale { income, expense } => ((expense, Account::Accrued), (Account::Unbilled, income)),
        Effect::UseUp { income, expense } => ((expense, Account::Prepaid), (Account::Deferred, income)),
        // Both owe each other: the payer's debt against its claim, and the payee's likewise.
        Effect::SetOff => ((Account::Accrued, Account::Unbilled), (Account::Accrued, Account::Unbilled)),
        Effect::LendOut => ((Account::Cash, Account::LoanTaken), (Account::LoanGiven, Account::Cash)),
        Effect::PayBack => ((Account::LoanTaken, Account::Cash), (Account::Cash, Account::LoanGiven)),
        Effect::Interest => {
            ((Account::InterestPaid, Account::Cash), (Account::Cash, Account::InterestReceived))
        }
        Effect::AddInterest => {
            ((Account::InterestPaid, Account::LoanTaken), (Account::LoanGiven, Account::InterestReceived))
        }
    }
}
