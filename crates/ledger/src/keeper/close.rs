//! The end of a month: running costs, depreciation, taxes, invoices; then the books are closed. Later: payment.

use super::{Due, Keeper, Sale, in_range, negated};
use crate::account::{Account, Class};
use crate::books::LedgerError;
use crate::entry::{Basis, Cause, PartyId, Posting, Unit};
use crate::month::Month;
use crate::outline::Outside;
use crate::tariff::{self, Running};
use base::id::SiteId;
use base::{Money, SimTime};
use std::collections::BTreeMap;

impl Keeper {
    /// Closes the month that runs at `end`, which is its end or that of the run.
    pub(super) fn close_month(&mut self, end: SimTime) -> Result<(), LedgerError> {
        let month = self.month;
        let last = SimTime(end.0 - 1);
        self.close_days()?;
        self.run_sites(last, end)?;
        // A month that the run cuts off settles no agreement.
        if end == month.end() {
            self.settle_deals(last)?;
        }
        let cause = Cause::Close { month };
        self.accrue_loans(end, (last, cause), None)?;
        self.put_late_costs_to_use(last)?;
        self.put_late_interest_to_use(last);
        self.depreciate(last, end)?;
        self.accrue_taxes(last)?;
        self.invoice(last)?;
        if let Some(closed) = self.books.close(month) {
            let first = i32::from(self.outline.books.year_ends) % 12 + 1;
            let begins = month.number() == first || month == Month::of(self.outline.start);
            self.totals.closed(&closed, self.outline.perimeter(), begins);
            self.closed.push(closed);
        }
        (self.month, self.since) = (month.next(), end);
        Ok(())
    }

    /// Staff, maintenance and overhead of every site at which something is energised.
    fn run_sites(&mut self, last: SimTime, end: SimTime) -> Result<(), LedgerError> {
        let cause = Cause::Close { month: self.month };
        for at in 0..self.it_mw.len() {
            let (site, it_mw) = (SiteId::new(at), self.it_mw[at]);
            if it_mw <= 0.0 {
                continue;
            }
            let stands = self.register.lots().iter().filter(|lot| lot.site == Some(site));
            let at_cost = in_range(Money::checked_sum(stands.map(|lot| lot.cost)), "what a site cost")?;
            let costs = tariff::running(&self.outline.books.costs, site, it_mw, at_cost, end - self.since);
            let costs = costs.ok_or_else(|| LedgerError::Amount { what: "a running cost".to_owned() })?;
            for (line, what, price) in costs {
                let (expense, seller) = match what {
                    Running::Staff => (Account::Staff, Outside::Employees),
                    Running::Maintenance => (Account::Maintenance, Outside::Suppliers),
                    Running::Overhead => (Account::Overhead, Outside::Suppliers),
                };
                let sale = Sale {
                    seller: self.outline.outside(seller),
                    buyer: self.outline.operator(site),
                    site: Some(site),
                    price,
                    quantity: 0,
                    unit: Unit::None,
                    income: Account::OtherIncome,
                    expense,
                };
                self.sell(last, cause, Basis::Cost(line), &sale)?;
            }
        }
        Ok(())
    }

    fn depreciate(&mut self, last: SimTime, end: SimTime) -> Result<(), LedgerError> {
        let cause = Cause::Close { month: self.month };
        for ((partner, site, class), amount) in self.register.charge(end)? {
            let lines = [
                Posting::new(partner, Account::Depreciation, amount).at(site),
                Posting::new(partner, class.worn(), negated(amount)?).at(site),
            ];
            self.post(last, cause, Basis::Life(class), &lines)?;
        }
        Ok(())
    }

    /// Taxes on the month's result; at the end of an accounting year they fall due.
    fn accrue_taxes(&mut self, last: SimTime) -> Result<(), LedgerError> {
        let (rate, offset) = (self.outline.books.tax_rate, self.outline.books.loss_offset_share);
        let office = self.outline.outside(Outside::TaxOffice);
        let too_much = || LedgerError::Amount { what: "a tax".to_owned() };
        let results = self.results();
        for (at, result) in results.into_iter().enumerate() {
            let partner = PartyId::new(at);
            let profit = in_range(i64::try_from(result).ok().map(Money), "the result of a month")?;
            let tax = self.taxes[at].month(profit, rate, offset).ok_or_else(too_much)?;
            if tax != Money::ZERO {
                let lines = [
                    Posting::new(partner, Account::Tax, tax).with(office),
                    Posting::new(partner, Account::TaxPayable, negated(tax)?).with(office),
                ];
                self.post(last, Cause::Close { month: self.month }, Basis::TaxRate, &lines)?;
            }
            if self.month.number() == i32::from(self.outline.books.year_ends) {
                let amount = self.taxes[at].year(offset).ok_or_else(too_much)?;
                let time = self.month.end().saturating_add(self.outline.books.supplier_terms);
                let due = Due {
                    payer: partner,
                    payee: office,
                    amount,
                    month: self.month,
                    debt: Account::TaxPayable,
                };
                self.agree(time, due);
            }
        }
        Ok(())
    }

    /// The result of the month before taxes, of each partner.
    fn results(&self) -> Vec<i128> {
        let mut results = vec![0; self.outline.partners];
        for slot in self.books.balances() {
            let class = slot.key.account.class();
            if matches!(class, Class::Income | Class::Expenses) && slot.key.account != Account::Tax {
                results[slot.key.partner.index()] += i128::from(slot.credit.0) - i128::from(slot.debit.0);
            }
        }
        results
    }

    /// What was sold and bought in the month becomes invoices, one for each pair of seller and buyer.
    fn invoice(&mut self, last: SimTime) -> Result<(), LedgerError> {
        /// Postings of one invoice and its amount by the seller's and by the buyer's books.
        #[derive(Default)]
        struct Draft {
            lines: Vec<Posting>,
            sold: Money,
            bought: Money,
        }
        let mut drafts: BTreeMap<(PartyId, PartyId), Draft> = BTreeMap::new();
        for slot in self.books.balances() {
            let (partner, Some(other)) = (slot.key.partner, slot.key.counterparty) else { continue };
            if slot.balance == Money::ZERO {
                continue;
            }
            let (pair, side) = match slot.key.account {
                Account::Unbilled => ((partner, other), Account::Receivable),
                Account::Accrued => ((other, partner), Account::Payable),
                _ => continue,
            };
            let draft = drafts.entry(pair).or_default();
            let sum = if side == Account::Receivable { &mut draft.sold } else { &mut draft.bought };
            *sum = in_range(sum.checked_add(slot.balance), "an invoice")?;
            let back = Posting::new(partner, slot.key.account, negated(slot.balance)?);
            draft.lines.push(back.with(other).at(slot.key.site));
        }
        for ((seller, buyer), mut draft) in drafts {
            if self.outline.has_books(seller) {
                draft.lines.push(Posting::new(seller, Account::Receivable, draft.sold).with(buyer));
            }
            if self.outline.has_books(buyer) {
                draft.lines.push(Posting::new(buyer, Account::Payable, draft.bought).with(seller));
            }
            self.post(last, Cause::Close { month: self.month }, Basis::Invoice, &draft.lines)?;
            let (amount, terms) = match self.outline.has_books(seller) {
                true => (draft.sold, self.outline.books.payment_terms),
                false => (negated(draft.bought)?, self.outline.books.supplier_terms),
            };
            let terms =
                if seller == self.outline.outside(Outside::Employees) { base::Span::ZERO } else { terms };
            let due = Due { payer: buyer, payee: seller, amount, month: self.month, debt: Account::Payable };
            self.agree(self.month.end().saturating_add(terms), due);
        }
        Ok(())
    }

    pub(super) fn agree(&mut self, time: SimTime, due: Due) {
        if due.amount != Money::ZERO {
            self.dues.insert((time, self.agreed), due);
            self.agreed += 1;
        }
    }

    /// An invoice is paid.
    pub(super) fn pay(&mut self, time: SimTime, due: Due) -> Result<(), LedgerError> {
        let (plus, minus) = (due.amount, negated(due.amount)?);
        let mut lines = Vec::with_capacity(4);
        if self.outline.has_books(due.payee) {
            lines.push(Posting::new(due.payee, Account::Cash, plus).with(due.payer));
            lines.push(Posting::new(due.payee, Account::Receivable, minus).with(due.payer));
        }
        if self.outline.has_books(due.payer) {
            lines.push(Posting::new(due.payer, due.debt, plus).with(due.payee));
            lines.push(Posting::new(due.payer, Account::Cash, minus).with(due.payee));
        }
        self.post(time, Cause::Due { month: due.month }, Basis::Terms, &lines).map(|_| ())
    }

    /// The month that runs.
    pub fn month(&self) -> Month {
        self.month
    }
}
