//! What agreements come to, in the books of both sides.

use super::{Keeper, Sale, negated};
use crate::account::Account;
use crate::books::LedgerError;
use crate::deal::{self, Deal, Effect, Settled};
use crate::entry::{Basis, Cause, DealId, PartyId, Posting};
use base::id::SiteId;
use base::{Money, SimTime};

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
        let measures = std::mem::take(&mut self.measures);
        let mut deals = std::mem::take(&mut self.deals);
        let mut all: Vec<(usize, Settled)> = Vec::new();
        let settled = (|| {
            for (at, deal) in deals.iter_mut().enumerate() {
                all.extend(deal.month(self.month, &measures)?.into_iter().map(|settled| (at, settled)));
            }
            all.extend(deal::settle_shares(&mut deals, self.month, &measures)?);
            Ok(())
        })();
        self.deals = deals;
        self.measures.sites = vec![deal::SiteMonth::default(); measures.sites.len()];
        settled?;
        all.into_iter().try_for_each(|(at, settled)| self.post_settled(last, at, &settled))
    }

    /// The next event of a loan.
    pub(super) fn step_loan(&mut self, time: SimTime) -> Result<(), LedgerError> {
        let Some((_, at)) = self.next_loan else { return Ok(()) };
        let stepped = self.deals[at].step_loan(&self.indices);
        self.find_next_loan();
        let Some(all) = stepped? else { return Ok(()) };
        all.iter().try_for_each(|settled| self.post_settled(time, at, settled))
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
        }
        self.find_next_loan();
        Ok(())
    }

    fn find_next_loan(&mut self) {
        let events = self.deals.iter().enumerate().filter_map(|(at, deal)| Some((deal.next_event()?, at)));
        self.next_loan = events.min();
    }

    fn post_settled(&mut self, time: SimTime, at: usize, settled: &Settled) -> Result<(), LedgerError> {
        let deal = &mut self.deals[at];
        let (site, number) = (deal.site, deal.count);
        deal.count += 1;
        let id = DealId::new(at);
        let (cause, basis) = (Cause::Deal { deal: id, number }, Basis::Clause(id, settled.clause));
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
        let (of_payer, of_payee) = self.accounts_of(settled.effect, site);
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

    /// Debit and credit of the payer, and of the payee.
    fn accounts_of(&self, effect: Effect, site: Option<SiteId>) -> ((Account, Account), (Account, Account)) {
        // Interest before anything works at the site is a part of what is being built.
        let building = site.is_some_and(|site| self.it_mw[site.index()] <= 0.0);
        let interest = if building { Account::Construction } else { Account::InterestPaid };
        match effect {
            Effect::Prepay => ((Account::Prepaid, Account::Accrued), (Account::Unbilled, Account::Deferred)),
            Effect::Apply => ((Account::Accrued, Account::Prepaid), (Account::Deferred, Account::Unbilled)),
            Effect::Sale { income, expense } => ((expense, Account::Accrued), (Account::Unbilled, income)),
            Effect::UseUp { income, expense } => ((expense, Account::Prepaid), (Account::Deferred, income)),
            // Both owe each other: the payer's debt against its claim, and the payee's likewise.
            Effect::SetOff => ((Account::Accrued, Account::Unbilled), (Account::Accrued, Account::Unbilled)),
            Effect::LendOut => ((Account::Cash, Account::LoanTaken), (Account::LoanGiven, Account::Cash)),
            Effect::PayBack => ((Account::LoanTaken, Account::Cash), (Account::Cash, Account::LoanGiven)),
            Effect::Interest => ((interest, Account::Cash), (Account::Cash, Account::InterestReceived)),
            Effect::AddInterest => {
                ((interest, Account::LoanTaken), (Account::LoanGiven, Account::InterestReceived))
            }
        }
    }

    /// Remembers a sale for the agreements that ask what was bought.
    pub(super) fn measure_sale(&mut self, sale: &Sale) -> Result<(), LedgerError> {
        let part = match sale.income {
            Account::ComputeSold => 0,
            Account::TokensSold => 1,
            _ => return Ok(()),
        };
        let too_much = || LedgerError::Amount { what: "the sales of a month".to_owned() };
        let revenue = &mut self.measures.revenue.entry(sale.seller).or_default()[part];
        *revenue = revenue.checked_add(sale.price).ok_or_else(too_much)?;
        if self.deals.is_empty() {
            return Ok(());
        }
        let key: (PartyId, PartyId, Option<SiteId>) = (sale.seller, sale.buyer, sale.site);
        let bought = self.measures.bought.entry(key).or_default();
        bought.price = bought.price.checked_add(sale.price).ok_or_else(too_much)?;
        let counted = if part == 0 { &mut bought.gpu_s } else { &mut bought.tokens };
        *counted = counted.checked_add(sale.quantity).ok_or_else(too_much)?;
        Ok(())
    }
}
