//! The tables of the books, and what they came to.

use crate::column::Table;
use crate::declared::{balances, postings, statements};
use crate::dictionary::Dictionaries;
use crate::error::TableError;
use crate::settlement::{BorrowedSettlements, SavedSettlements, SettlementTables};
use crate::spool::{Spool, SpoolState};
use crate::summary::{MetricDef, metrics};
use crate::writer::integer;
use base::SimTime;
use ledger::results::{Results, cost_per_gpu_hour, cost_per_million_tokens};
use ledger::{Closed, Described, Keeper, statement};
use scenario::World;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The tables of the books on their way.
pub(crate) struct BooksWriter {
    postings: Spool<postings::Pending>,
    balances: Spool<balances::Pending>,
    statements: Spool<statements::Pending>,
    settlements: SettlementTables,
    sums: Sums,
}

/// Every line that a statement can have, with its statement, in the order in which they are read.
pub fn statement_order() -> Vec<(&'static str, String)> {
    statement::order().into_iter().map(|(kind, name)| (kind.name(), name)).collect()
}

/// What a checkpoint keeps of them.
#[derive(Serialize, Deserialize)]
pub(crate) struct BooksState<P, B, S, A> {
    postings: SpoolState<P>,
    balances: SpoolState<B>,
    statements: SpoolState<S>,
    settlements: A,
}

/// The state as it is read back.
pub(crate) type SavedBooks =
    BooksState<postings::Pending, balances::Pending, statements::Pending, SavedSettlements>;

type BorrowedBooks<'a> = BooksState<
    &'a postings::Pending,
    &'a balances::Pending,
    &'a statements::Pending,
    BorrowedSettlements<'a>,
>;

/// What the books came to: of all partners as one, and of each site.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    pub(crate) network: Option<BooksSums>,
    pub(crate) sites: Vec<BooksSums>,
}

/// What the books of the network or a site came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct BooksSums {
    revenue: f64,
    cost: f64,
    cost_per_gpu_hour: Option<f64>,
    cost_per_million_tokens: Option<f64>,
    /// Of the network alone.
    results: Option<Results>,
}

impl BooksSums {
    /// How many of [`METRICS`], from the first, there are.
    pub(crate) fn metrics(&self) -> usize {
        if self.results.is_some() { METRICS.len() } else { OF_SITES }
    }
}

/// So many of the first metrics are of sites too.
const OF_SITES: usize = 4;

fn of<T>(part: &crate::summary::Part, value: impl Fn(&Results) -> T) -> Option<T> {
    part.books.and_then(|books| books.results.as_ref()).map(value)
}

/// Results of the books; of the network, and the first three of sites too.
pub(crate) static METRICS: &[MetricDef] = metrics! {
    revenue_usd "USD" false "revenue of the books", |part| part.books.map(|books| books.revenue);
    cost_usd "USD" false "costs of the books: of operating, depreciation and interest; taxes left out",
        |part| part.books.map(|books| books.cost);
    cost_usd_per_gpu_hour "USD/(GPU h)" false "costs over the accelerator-hours that jobs and replicas held",
        |part| part.books.and_then(|books| books.cost_per_gpu_hour);
    cost_usd_per_million_tokens "USD/(M tokens)" false
        "their share of the costs, by the accelerator time of replicas, over the tokens that these read and wrote",
        |part| part.books.and_then(|books| books.cost_per_million_tokens);
    net_income_usd "USD" false "what is left of revenue after costs and taxes", |part| of(part, |all| all.net_income);
    invested_usd "USD" false "cash that went into land, buildings, plant and machines, and what stood at the start",
        |part| of(part, |all| all.invested);
    book_value_usd "USD" false "land, buildings, plant and machines at cost less depreciation, at the end",
        |part| of(part, |all| all.book_value);
    cash_usd "USD" false "cash at the end", |part| of(part, |all| all.cash);
    cash_least_usd "USD" false "the least cash at the end of a month; below zero where more was paid than there was",
        |part| of(part, |all| all.least_cash);
    npv_usd "USD" false
        "value of the enterprise before financing, at the discount rate: operating cash flow before interest less investing, each month's at its beginning, and book value without capitalised interest and working capital at the end of the run",
        |part| of(part, |all| all.enterprise.npv);
    irr "" false "yearly internal rate of return of the same flows, where there is exactly one and the run has a year",
        |part| of(part, |all| all.enterprise.rate_of_return()).flatten();
    equity_net_present_value_usd "USD" false
        "value to the owners, at the discount rate: what they put in, each month's at its beginning, and at the end of the run the same worth with cash, less what is owed to lenders",
        |part| of(part, |all| all.equity.npv);
    equity_return "" false "yearly internal rate of return of the owners' flows, where there is exactly one and the run has a year",
        |part| of(part, |all| all.equity.rate_of_return()).flatten();
    payback_years "years" false "time until the free cash flows before financing have paid back what was put in",
        |part| of(part, |all| all.payback_years).flatten();
    debt_service_cover "" false "cash of operations before interest over interest and principal paid",
        |part| of(part, |all| all.debt_service_cover).flatten();
    debt_service_cover_least "" false "the least of the same over an accounting year in which debt is served, or the part of it in the run",
        |part| of(part, |all| all.least_cover).flatten();
};

impl BooksWriter {
    /// Empty tables whose parts go into `folder`.
    pub(crate) fn new(folder: &Path, world: &World) -> BooksWriter {
        BooksWriter {
            postings: Spool::new(folder),
            balances: Spool::new(folder),
            statements: Spool::new(folder),
            settlements: SettlementTables::new(folder, world),
            sums: Sums::default(),
        }
    }

    #[cfg(test)]
    pub(crate) fn set_rows_per_group(&mut self, rows: usize) {
        self.postings.set_rows_per_group(rows);
        self.balances.set_rows_per_group(rows);
        self.statements.set_rows_per_group(rows);
        self.settlements.set_rows_per_group(rows);
    }

    /// Goes on from a checkpoint.
    pub(crate) fn resume(folder: &Path, state: SavedBooks) -> Result<BooksWriter, TableError> {
        Ok(BooksWriter {
            postings: Spool::resume(folder, state.postings)?,
            balances: Spool::resume(folder, state.balances)?,
            statements: Spool::resume(folder, state.statements)?,
            settlements: SettlementTables::resume(folder, state.settlements)?,
            sums: Sums::default(),
        })
    }

    /// What is needed to go on from here.
    pub(crate) fn checkpoint(&mut self) -> Result<BorrowedBooks<'_>, TableError> {
        Ok(BooksState {
            postings: self.postings.checkpoint()?,
            balances: self.balances.checkpoint()?,
            statements: self.statements.checkpoint()?,
            settlements: self.settlements.checkpoint()?,
        })
    }

    /// Writes what the keeper has posted and closed since the last call.
    pub(crate) fn write(&mut self, keeper: &mut Keeper, names: &Dictionaries) -> Result<(), TableError> {
        let (postings, mut failed) = (&mut self.postings, None);
        keeper.describe(|described| {
            if failed.is_none() {
                failed = write_entry(postings, &described, names).err();
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        for closed in keeper.take_closed() {
            self.close(&closed, keeper, names)?;
        }
        for settlement in keeper.take_settlements() {
            self.settlements.add(&settlement, keeper.deals(), names)?;
        }
        Ok(())
    }

    fn close(&mut self, closed: &Closed, keeper: &Keeper, names: &Dictionaries) -> Result<(), TableError> {
        let month: SimTime = closed.month.start();
        for slot in &closed.slots {
            self.balances.pending.push(balances::Row {
                month,
                partner: slot.key.partner,
                account: slot.key.account,
                counterparty: slot.key.counterparty,
                site: slot.key.site,
                debit_micro_usd: slot.debit.0,
                credit_micro_usd: slot.credit.0,
                balance_micro_usd: slot.balance.0,
                cash_micro_usd: slot.cash.0,
            });
            self.balances.spill_if_full(names)?;
        }
        let outline = keeper.outline();
        for statements in statement::of(closed, outline.perimeter()) {
            let scope = match statements.scope {
                statement::Scope::Consolidated => "consolidated".to_owned(),
                statement::Scope::Partner(partner) => outline.name(partner).to_owned(),
            };
            for line in statements.lines {
                let amount = i64::try_from(line.amount).map_err(|_| {
                    TableError::Unbalanced(format!("`{}` of {} leaves the range", line.name, closed.month))
                })?;
                self.statements.pending.push(statements::Row {
                    month,
                    scope: scope.clone(),
                    statement: line.kind.name().to_owned(),
                    line: line.name,
                    total: i64::from(line.total),
                    amount_micro_usd: amount,
                });
                self.statements.spill_if_full(names)?;
            }
        }
        Ok(())
    }

    /// The run is over: what the books came to goes into the summary.
    pub(crate) fn sum_up(&mut self, keeper: &Keeper) {
        let (totals, outline) = (keeper.totals(), keeper.outline());
        let Some(all) = totals.scopes.last() else { return };
        let results = Results::of(all, outline.books.discount_rate);
        let gpu_s: i128 = totals.sites.iter().map(|site| site.gpu_s).sum();
        let cost = results.operating_costs + results.depreciation + results.interest;
        self.sums.network = Some(BooksSums {
            revenue: results.revenue,
            cost,
            cost_per_gpu_hour: (gpu_s > 0).then(|| cost / (gpu_s as f64 / 3600.0)),
            cost_per_million_tokens: cost_per_million_tokens(totals.sites.iter()),
            results: Some(results),
        });
        let site = |site: &ledger::keeper::SiteTotals| BooksSums {
            revenue: site.revenue as f64 / 1e6,
            cost: site.cost as f64 / 1e6,
            cost_per_gpu_hour: cost_per_gpu_hour(site),
            cost_per_million_tokens: cost_per_million_tokens(std::iter::once(site)),
            results: None,
        };
        self.sums.sites = totals.sites.iter().map(site).collect();
    }

    pub(crate) fn sums(&self) -> &Sums {
        &self.sums
    }

    /// Encodes what waits and joins the parts; returns the tables with how many rows each has.
    pub(crate) fn finish(
        self,
        into: &Path,
        names: &Dictionaries,
    ) -> Result<Vec<(&'static Table, u64)>, TableError> {
        let mut tables = vec![
            (&postings::TABLE, self.postings.finish(into, names)?),
            (&balances::TABLE, self.balances.finish(into, names)?),
            (&statements::TABLE, self.statements.finish(into, names)?),
        ];
        tables.extend(self.settlements.finish(into, names)?);
        Ok(tables)
    }
}

fn write_entry(
    spool: &mut Spool<postings::Pending>,
    described: &Described<'_>,
    names: &Dictionaries,
) -> Result<(), TableError> {
    let entry = &described.entry;
    for (posting, line) in (entry.first..).zip(entry.postings) {
        spool.pending.push(postings::Row {
            posting: integer(posting),
            entry: integer(entry.number),
            time: entry.time,
            partner: line.partner,
            account: line.account,
            counterparty: line.counterparty,
            site: line.site,
            amount_micro_usd: line.amount.0,
            quantity: (line.quantity != 0).then_some(line.quantity),
            unit: line.unit.name().to_owned(),
            fact: entry.cause.code(),
            subject: described.subject.clone(),
            rule: described.rule.clone(),
        });
        spool.spill_if_full(names)?;
    }
    Ok(())
}
