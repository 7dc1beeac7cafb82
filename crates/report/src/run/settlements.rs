//! Agreements that the books settle: commitments period by period, revenue shares over the run.

use super::cells::Cells;
use crate::Error;
use base::SimTime;
use std::path::Path;
use tables::read;
use tables::{Manifest, Table};

/// A period of a commitment. Quantities are in what it counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommittedPeriod {
    /// Key of the agreement.
    pub agreement: String,
    /// What is counted: `usd`, `gpu_hours` or `million_tokens`.
    pub counts: String,
    /// First instant of the period.
    pub begins: SimTime,
    /// First instant after it.
    pub ends: SimTime,
    /// What is to be taken.
    pub committed: f64,
    /// Of that, what is paid for in any case.
    pub minimum: f64,
    /// Taken.
    pub taken: f64,
    /// Excused of the minimum.
    pub excused: f64,
    /// Short of the minimum at the true-ups in the period.
    pub short: f64,
    /// Cost of what was taken, in US dollars.
    pub cost: f64,
    /// Cost of what was short, of an early exit, less what was made up, in US dollars.
    pub beside: f64,
}

/// A revenue share over the months in which it is live, in US dollars: `revenue - deductions + losses - losses_used` is
/// the base, `paid + cut` what the share takes of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShareTotal {
    /// Key of the agreement.
    pub agreement: String,
    /// Whose revenue it is.
    pub payer: String,
    /// Who has a share in it.
    pub payee: String,
    /// Months in which it is live.
    pub months: u64,
    /// Revenue that it is of.
    pub revenue: f64,
    /// Other shares that it is net of.
    pub deductions: f64,
    /// Months below zero, added up.
    pub losses: f64,
    /// Of earlier losses, set off.
    pub losses_used: f64,
    /// What the share is taken of.
    pub base: f64,
    /// Paid.
    pub paid: f64,
    /// Cut off by the cap.
    pub cut: f64,
    /// Of what is paid, set off against a share that flows the other way.
    pub set_off: f64,
}

/// What the books settled.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settlements {
    /// By agreement and period.
    pub commitments: Vec<CommittedPeriod>,
    /// By agreement.
    pub shares: Vec<ShareTotal>,
}

/// The optional tables that are read here.
pub(super) const TABLES: [&Table; 2] = [&tables::commitment_months::TABLE, &tables::revenue_shares::TABLE];

/// Reads what is there of both tables.
///
/// # Errors
/// [`Error::Table`].
pub(super) fn read(folder: &Path, manifest: &Manifest) -> Result<Settlements, Error> {
    let mut settlements = Settlements::default();
    if manifest.has(TABLES[0]) {
        for batch in read::open(folder, TABLES[0], &[])? {
            let batch = batch?;
            (0..batch.len()).try_for_each(|row| {
                commitment(&Cells { batch: &batch, row }, &mut settlements.commitments)
            })?;
        }
    }
    if manifest.has(TABLES[1]) {
        for batch in read::open(folder, TABLES[1], &[])? {
            let batch = batch?;
            (0..batch.len())
                .try_for_each(|row| share(&Cells { batch: &batch, row }, &mut settlements.shares))?;
        }
    }
    settlements.commitments.sort_by(|a, b| (&a.agreement, a.begins).cmp(&(&b.agreement, b.begins)));
    settlements.shares.sort_by(|a, b| a.agreement.cmp(&b.agreement));
    Ok(settlements)
}

fn commitment(cells: &Cells<'_>, periods: &mut Vec<CommittedPeriod>) -> Result<(), Error> {
    let number = |name: &str| Ok::<f64, Error>(cells.number(name)? / 1e6);
    let instant = |name: &str| Ok::<_, Error>(cells.instant(name)?.unwrap_or_default());
    let (agreement, begins) = (cells.word("agreement")?, instant("period_begins")?);
    let known = periods.iter_mut().find(|known| known.agreement == agreement && known.begins == begins);
    let period = match known {
        Some(period) => period,
        None => {
            periods.push(CommittedPeriod {
                agreement,
                counts: cells.word("counts")?,
                begins,
                ends: instant("period_ends")?,
                ..CommittedPeriod::default()
            });
            let last = periods.len() - 1;
            &mut periods[last]
        }
    };
    // An amendment may change what the period commits to: the last month says it.
    period.committed = number("committed_millionths")?;
    period.minimum = number("minimum_millionths")?;
    period.taken += number("taken_millionths")?;
    period.excused += number("excused_millionths")?;
    period.short += number("short_millionths")?;
    period.cost += number("cost_micro_usd")?;
    period.beside +=
        number("short_cost_micro_usd")? + number("exit_fee_micro_usd")? - number("made_up_micro_usd")?;
    Ok(())
}

fn share(cells: &Cells<'_>, shares: &mut Vec<ShareTotal>) -> Result<(), Error> {
    let number = |name: &str| Ok::<f64, Error>(cells.number(name)? / 1e6);
    let agreement = cells.word("agreement")?;
    let at = shares.iter().position(|known| known.agreement == agreement).unwrap_or_else(|| {
        shares.push(ShareTotal { agreement, ..ShareTotal::default() });
        shares.len() - 1
    });
    let share = &mut shares[at];
    (share.payer, share.payee) = (cells.word("payer")?, cells.word("payee")?);
    if cells.word("live")? != "1" {
        return Ok(());
    }
    share.months += 1;
    share.revenue += number("revenue_micro_usd")?;
    share.deductions += number("deductions_micro_usd")?;
    share.losses += number("loss_micro_usd")?;
    share.losses_used += number("loss_used_micro_usd")?;
    share.base += number("base_micro_usd")?;
    share.paid += number("paid_micro_usd")?;
    share.cut += number("cut_micro_usd")?;
    share.set_off += number("set_off_micro_usd")?;
    Ok(())
}
