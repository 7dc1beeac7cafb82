//! Interest by the month in which it accrues: of loans at each close, and what of it is a part of what is being built.
//!
//! What has accrued and is not due yet is a debt of the borrower and a claim of the lender. When it falls due that is
//! taken back, and all that is paid (or added to the debt) stands against the account of the interest.

use super::{Keeper, negated};
use crate::account::{Account, AssetClass};
use crate::books::LedgerError;
use crate::deal::{Effect, Settled};
use crate::entry::{Basis, Cause, DealId, PartyId, Posting};
use crate::month::Day;
use crate::outline::{Outside, PROGRAMME};
use base::id::{BlockId, SiteId, TrancheId};
use base::{Money, SimTime};
use serde::{Deserialize, Serialize};

/// What has accrued on a loan and is not due yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Accrued {
    /// Of that, a part of what is being built.
    capitalised: Money,
    /// Of that, an expense.
    expensed: Money,
}

impl Accrued {
    /// Takes off what has fallen due, the part of what is being built first: it is the older.
    fn take(&mut self, released: Money) -> Option<Accrued> {
        let capitalised = released.min(self.capitalised);
        let expensed = released.checked_sub(capitalised)?;
        self.capitalised = self.capitalised.checked_sub(capitalised)?;
        self.expensed = self.expensed.checked_sub(expensed)?;
        Some(Accrued { capitalised, expensed })
    }
    fn all(&self) -> Option<Money> {
        self.capitalised.checked_add(self.expensed)
    }
    fn is_zero(&self) -> bool {
        *self == Accrued::default()
    }
}

/// Interest during construction that is no block's: of a loan, or on a tranche's money in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) borrower: PartyId,
    pub(super) lender: PartyId,
    /// Where a loan's buildings stand.
    pub(super) site: Option<SiteId>,
    /// Whose money is in hand.
    pub(super) tranche: Option<TrancheId>,
}

fn too_much(key: &str) -> LedgerError {
    LedgerError::Amount { what: format!("the interest of the loan `{key}`") }
}

impl Keeper {
    /// Interest of loans is booked up to an instant: of those of a site, or of all.
    pub(super) fn accrue_loans(
        &mut self,
        until: SimTime,
        (time, cause): (SimTime, Cause),
        only: Option<SiteId>,
    ) -> Result<(), LedgerError> {
        for at in 0..self.deals.len() {
            let deal = &self.deals[at];
            if only.is_some() && deal.site != only || deal.payer == deal.payee {
                continue;
            }
            let Some(accrued) = deal.accrued(Day::of(until))? else { continue };
            let booked = self.accrued.get(&(at as u32)).copied().unwrap_or_default();
            let more = booked.all().and_then(|booked| accrued.checked_sub(booked));
            let more = more.ok_or_else(|| too_much(&deal.key))?;
            if more != Money::ZERO {
                self.accrue(at, (time, cause), more)?;
            }
        }
        Ok(())
    }

    fn accrue(&mut self, at: usize, (time, cause): (SimTime, Cause), more: Money) -> Result<(), LedgerError> {
        let account = self.interest_account(at);
        let parts = match account {
            Account::CapitalisedInterest => Accrued { capitalised: more, ..Accrued::default() },
            _ => Accrued { expensed: more, ..Accrued::default() },
        };
        self.post_accrued(at, (time, cause), parts)?;
        let booked = self.accrued.entry(at as u32).or_default();
        let sums =
            (booked.capitalised.checked_add(parts.capitalised), booked.expensed.checked_add(parts.expensed));
        let (Some(capitalised), Some(expensed)) = sums else { return Err(too_much(&self.deals[at].key)) };
        *booked = Accrued { capitalised, expensed };
        match account {
            Account::CapitalisedInterest => self.wait(self.loan_waits(at), more),
            _ => Ok(()),
        }
    }

    /// The interest of a loan and what is owed of it, in the books of both; negative to take it back.
    fn post_accrued(
        &mut self,
        at: usize,
        (time, cause): (SimTime, Cause),
        parts: Accrued,
    ) -> Result<(), LedgerError> {
        let deal = &self.deals[at];
        let (payer, payee, site) = (deal.payer, deal.payee, deal.site);
        let all = parts.all().ok_or_else(|| too_much(&deal.key))?;
        let minus = negated(all)?;
        let mut lines = Vec::with_capacity(5);
        if self.outline.has_books(payer) {
            let line = |account, amount| Posting::new(payer, account, amount).with(payee).at(site);
            lines.push(line(Account::CapitalisedInterest, parts.capitalised));
            lines.push(line(Account::InterestPaid, parts.expensed));
            lines.push(line(Account::InterestPayable, minus));
        }
        if self.outline.has_books(payee) {
            let line = |account, amount| Posting::new(payee, account, amount).with(payer).at(site);
            lines.push(line(Account::InterestReceivable, all));
            lines.push(line(Account::InterestReceived, minus));
        }
        if lines.is_empty() {
            return Ok(());
        }
        self.post(time, cause, Basis::Clause(DealId::new(at), "accrued"), &lines).map(|_| ())
    }

    /// An event of a loan has come: what it settles of the interest booked so far is taken back.
    pub(super) fn take_back_accrued(&mut self, at: usize, time: SimTime) -> Result<Accrued, LedgerError> {
        let deal = &self.deals[at];
        let left = deal.accrued(Day::of(time))?.unwrap_or(Money::ZERO);
        let Some(booked) = self.accrued.get_mut(&(at as u32)) else { return Ok(Accrued::default()) };
        let released = booked.all().and_then(|all| all.checked_sub(left)).map(|more| more.max(Money::ZERO));
        let taken = released.and_then(|released| booked.take(released)).ok_or_else(|| too_much(&deal.key))?;
        if taken.is_zero() {
            return Ok(taken);
        }
        let cause = self.next_cause(at);
        let minus = Accrued { capitalised: negated(taken.capitalised)?, expensed: negated(taken.expensed)? };
        self.post_accrued(at, (time, cause), minus)?;
        Ok(taken)
    }

    /// Interest of a loan is paid, or added to the debt; of it, `taken` was booked before.
    pub(super) fn post_interest(
        &mut self,
        time: SimTime,
        at: usize,
        settled: &Settled,
        taken: Accrued,
    ) -> Result<(), LedgerError> {
        let (payer, payee, site) = (settled.payer, settled.payee, self.deals[at].site);
        let account = self.interest_account(at);
        let cause = self.next_cause(at);
        let added = settled.effect == Effect::AddInterest;
        let (debt, claim) = match added {
            true => (Account::LoanTaken, Account::LoanGiven),
            false => (Account::Cash, Account::Cash),
        };
        let now = settled.amount.checked_sub(taken.capitalised);
        let now = now.ok_or_else(|| too_much(&self.deals[at].key))?;
        let minus = negated(settled.amount)?;
        let mut lines = Vec::with_capacity(5);
        if self.outline.has_books(payer) {
            let line = |account, amount| Posting::new(payer, account, amount).with(payee).at(site);
            lines.push(line(Account::CapitalisedInterest, taken.capitalised));
            lines.push(line(account, now));
            lines.push(line(debt, minus));
        }
        if self.outline.has_books(payee) {
            let line = |account, amount| Posting::new(payee, account, amount).with(payer).at(site);
            lines.push(line(claim, settled.amount));
            lines.push(line(Account::InterestReceived, minus));
        }
        if lines.is_empty() || payer == payee {
            return Ok(());
        }
        self.post(time, cause, Basis::Clause(DealId::new(at), settled.clause), &lines)?;
        let rest = now.checked_sub(taken.expensed).ok_or_else(|| too_much(&self.deals[at].key))?;
        match account {
            Account::CapitalisedInterest => self.wait(self.loan_waits(at), rest),
            _ => Ok(()),
        }
    }

    /// What came due next under an agreement.
    pub(super) fn next_cause(&mut self, at: usize) -> Cause {
        let number = self.deals[at].count;
        self.deals[at].count += 1;
        Cause::Deal { deal: DealId::new(at), number }
    }

    /// Before anything works at the site of a loan its interest is a part of what is being built, unless partners that are
    /// taken as one charge it each other.
    fn interest_account(&self, at: usize) -> Account {
        let deal = &self.deals[at];
        let building = deal.site.is_some_and(|site| self.it_mw[site.index()] <= 0.0);
        match building && !self.outline.perimeter().holds(deal.payee) {
            true => Account::CapitalisedInterest,
            false => Account::InterestPaid,
        }
    }

    fn loan_waits(&self, at: usize) -> Waiting {
        let deal = &self.deals[at];
        Waiting { borrower: deal.payer, lender: deal.payee, site: deal.site, tranche: None }
    }

    /// Interest during construction that waits for something that works.
    pub(super) fn wait(&mut self, what: Waiting, amount: Money) -> Result<(), LedgerError> {
        if !self.outline.has_books(what.borrower) {
            return Ok(());
        }
        let sum = self.waiting.entry(what).or_default();
        let more = sum.checked_add(amount);
        *sum = more.ok_or_else(|| LedgerError::Amount { what: "interest during construction".to_owned() })?;
        Ok(())
    }

    /// A block works: interest of the loans of its site, and on money in hand that might have gone there, is worn from now.
    pub(super) fn put_interest_to_use(
        &mut self,
        now: SimTime,
        cause: Cause,
        block: BlockId,
    ) -> Result<(), LedgerError> {
        let site = self.outline.block(block).site;
        let goes_there = |what: &Waiting| match what.tranche {
            Some(tranche) => self.outline.tranches[tranche.index()].goes_to(site),
            None => what.site == Some(site),
        };
        let ready: Vec<Waiting> = self.waiting.keys().copied().filter(goes_there).collect();
        for what in ready {
            let amount = self.waiting.remove(&what).unwrap_or_default();
            if what.site.is_none() {
                let line = |amount| {
                    Posting::new(what.borrower, Account::CapitalisedInterest, amount).with(what.lender)
                };
                self.post(now, cause, Basis::Fact, &[line(amount).at(Some(site)), line(negated(amount)?)])?;
            }
            self.register.add(what.borrower, (Some(site), None), AssetClass::Interest, amount, now);
        }
        Ok(())
    }

    /// Interest on money in hand that was charged when all it may be spent on had begun to work is worn from the close on.
    pub(super) fn put_late_interest_to_use(&mut self, last: SimTime) {
        let all_work = |what: &Waiting| {
            let Some(tranche) = what.tranche else { return false };
            let tranche = &self.outline.tranches[tranche.index()];
            let blocks = self.outline.blocks.iter().enumerate();
            let mut theirs = blocks.filter(|(_, block)| tranche.goes_to(block.site));
            theirs.all(|(at, _)| self.working.contains(&BlockId::new(at)))
        };
        let ready: Vec<Waiting> = self.waiting.keys().copied().filter(all_work).collect();
        for what in ready {
            let amount = self.waiting.remove(&what).unwrap_or_default();
            self.register.add(what.borrower, (None, None), AssetClass::Interest, amount, last);
        }
    }

    /// Interest of a loan that had accrued when the run started was the owners'.
    pub(super) fn open_accrued(&mut self, at: usize) -> Result<(), LedgerError> {
        let start = self.outline.start;
        let Some(accrued) = self.deals[at].accrued(Day::of(start))? else { return Ok(()) };
        let (payer, payee) = (self.deals[at].payer, self.deals[at].payee);
        let owners = self.outline.outside(Outside::Owners);
        let (minus, mut lines) = (negated(accrued)?, Vec::with_capacity(4));
        if self.outline.has_books(payer) {
            lines.push(Posting::new(payer, Account::Contributed, accrued).with(owners));
            lines.push(
                Posting::new(payer, Account::InterestPayable, minus).with(payee).at(self.deals[at].site),
            );
        }
        if self.outline.has_books(payee) {
            lines.push(
                Posting::new(payee, Account::InterestReceivable, accrued).with(payer).at(self.deals[at].site),
            );
            lines.push(Posting::new(payee, Account::Contributed, minus).with(owners));
        }
        if accrued == Money::ZERO || lines.is_empty() {
            return Ok(());
        }
        self.post(start, Cause::Opening, Basis::Fact, &lines)?;
        self.accrued.insert(at as u32, Accrued { expensed: accrued, ..Accrued::default() });
        self.totals.opened(payer, payee, accrued, self.outline.perimeter());
        Ok(())
    }

    /// Who has put money in hand, as the books of interest know it.
    pub(super) fn in_hand(&self, tranche: TrancheId) -> Waiting {
        let lender = self.outline.tranches[tranche.index()].partner;
        Waiting { borrower: PROGRAMME, lender, site: None, tranche: Some(tranche) }
    }
}
