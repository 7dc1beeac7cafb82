//! Rows of agreements that the books settle: commitments against use, revenue shares.

use crate::column::Table;
use crate::declared::{commitment_months, revenue_shares};
use crate::dictionary::Dictionaries;
use crate::error::TableError;
use crate::spool::{Spool, SpoolState};
use base::SimTime;
use ledger::deal::{CommitmentMonth, Counts, Deal, ShareMonth};
use ledger::keeper::{Settlement, Standing};
use scenario::World;
use scenario::world::agreements::Terms;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Both tables while they are filled, each where the scenario has what it is about.
pub(crate) struct SettlementTables {
    commitments: Option<Spool<commitment_months::Pending>>,
    shares: Option<Spool<revenue_shares::Pending>>,
}

/// What a checkpoint keeps of them.
#[derive(Serialize, Deserialize)]
pub(crate) struct SettlementState<C, S> {
    commitments: Option<SpoolState<C>>,
    shares: Option<SpoolState<S>>,
}

pub(crate) type SavedSettlements = SettlementState<commitment_months::Pending, revenue_shares::Pending>;
pub(crate) type BorrowedSettlements<'a> =
    SettlementState<&'a commitment_months::Pending, &'a revenue_shares::Pending>;

impl SettlementTables {
    pub(crate) fn new(parts: &Path, world: &World) -> SettlementTables {
        let has = |of: fn(&Terms) -> bool| {
            let mut versions = world.agreements.iter().flat_map(|agreement| &agreement.versions);
            versions.any(|version| version.terms.as_ref().is_some_and(of))
        };
        SettlementTables {
            commitments: has(|terms| matches!(terms, Terms::Commitment(_))).then(|| Spool::new(parts)),
            shares: has(|terms| matches!(terms, Terms::RevenueShare(_))).then(|| Spool::new(parts)),
        }
    }

    #[cfg(test)]
    pub(crate) fn set_rows_per_group(&mut self, rows: usize) {
        self.commitments.iter_mut().for_each(|spool| spool.set_rows_per_group(rows));
        self.shares.iter_mut().for_each(|spool| spool.set_rows_per_group(rows));
    }

    pub(crate) fn checkpoint(&mut self) -> Result<BorrowedSettlements<'_>, TableError> {
        Ok(SettlementState {
            commitments: self.commitments.as_mut().map(Spool::checkpoint).transpose()?,
            shares: self.shares.as_mut().map(Spool::checkpoint).transpose()?,
        })
    }

    pub(crate) fn resume(parts: &Path, state: SavedSettlements) -> Result<SettlementTables, TableError> {
        Ok(SettlementTables {
            commitments: state.commitments.map(|state| Spool::resume(parts, state)).transpose()?,
            shares: state.shares.map(|state| Spool::resume(parts, state)).transpose()?,
        })
    }

    pub(crate) fn add(
        &mut self,
        settlement: &Settlement,
        deals: &[Deal],
        names: &Dictionaries,
    ) -> Result<(), TableError> {
        let Some(deal) = deals.get(settlement.deal.index()) else { return Ok(()) };
        let month = settlement.month.start();
        match (&settlement.standing, &mut self.commitments, &mut self.shares) {
            (Standing::Commitment(of), Some(spool), _) => {
                spool.pending.push(commitment_row(month, deal, of)?);
                spool.spill_if_full(names)
            }
            (Standing::Share(of), _, Some(spool)) => {
                spool.pending.push(share_row(month, deal, of)?);
                spool.spill_if_full(names)
            }
            _ => Ok(()),
        }
    }

    /// Writes what is left; returns the tables with their rows.
    pub(crate) fn finish(
        self,
        into: &Path,
        names: &Dictionaries,
    ) -> Result<Vec<(&'static Table, u64)>, TableError> {
        let mut tables = Vec::new();
        if let Some(spool) = self.commitments {
            tables.push((&commitment_months::TABLE, spool.finish(into, names)?));
        }
        if let Some(spool) = self.shares {
            tables.push((&revenue_shares::TABLE, spool.finish(into, names)?));
        }
        Ok(tables)
    }
}

fn commitment_row(
    month: SimTime,
    deal: &Deal,
    of: &CommitmentMonth,
) -> Result<commitment_months::Row, TableError> {
    // Of what is counted, so many millionths are one of the numbers that the agreement reckons with.
    let (counts, each) = match of.counts {
        Counts::Money => ("usd", 1),
        Counts::GpuHours => ("gpu_hours", 1000),
        Counts::Tokens => ("million_tokens", 1),
        Counts::Energy => ("mwh", 1000),
    };
    let millionths = |quantity: i64| {
        quantity.checked_mul(each).ok_or_else(|| {
            TableError::Unbalanced(format!("a quantity of the commitment `{}` leaves the range", deal.key))
        })
    };
    Ok(commitment_months::Row {
        month,
        agreement: deal.key.clone(),
        payer: deal.payer,
        payee: deal.payee,
        counts: counts.to_owned(),
        period_begins: of.begins,
        period_ends: of.ends,
        committed_millionths: millionths(of.committed)?,
        minimum_millionths: millionths(of.minimum)?,
        taken_millionths: millionths(of.taken)?,
        taken_in_period_millionths: millionths(of.taken_in_period)?,
        excused_millionths: millionths(of.excused)?,
        short_millionths: millionths(of.short)?,
        cost_micro_usd: of.cost.0,
        short_cost_micro_usd: of.short_cost.0,
        made_up_micro_usd: of.made_up.0,
        exit_fee_micro_usd: of.exit_fee.0,
    })
}

/// A row of a share whose waterfall adds up.
fn share_row(month: SimTime, deal: &Deal, of: &ShareMonth) -> Result<revenue_shares::Row, TableError> {
    let base = i128::from(of.revenue.0) - i128::from(of.deductions.0) + i128::from(of.loss.0)
        - i128::from(of.loss_used.0);
    if of.live && base != i128::from(of.base.0) {
        let message = format!("the waterfall of the share `{}` does not add up in {month}", deal.key);
        return Err(TableError::Unbalanced(message));
    }
    Ok(revenue_shares::Row {
        month,
        agreement: deal.key.clone(),
        payer: deal.payer,
        payee: deal.payee,
        live: of.live.into(),
        revenue_micro_usd: of.revenue.0,
        deductions_micro_usd: of.deductions.0,
        loss_micro_usd: of.loss.0,
        loss_used_micro_usd: of.loss_used.0,
        base_micro_usd: of.base.0,
        paid_micro_usd: of.paid.0,
        cut_micro_usd: of.cut.0,
        set_off_micro_usd: of.set_off.0,
        paid_to_date_micro_usd: of.paid_to_date.0,
    })
}
