//! Commitments at the close of a month: what was taken, what was not, and what both cost.

use super::{Bought, Counts, Deal, Effect, MINIMUM, Machine, Measures, Settled, overflow};
use crate::account::Account;
use crate::books::LedgerError;
use crate::entry::Unit;
use crate::month::{Month, start_of};
use agreement::amount::{Overflow, Rounding, mul_div};
use agreement::commitment::{self, Fact};
use base::{Money, SimTime};
use serde::{Deserialize, Serialize};

/// A month of a commitment. Quantities are in what it counts, as [`Counts`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitmentMonth {
    /// In what it counts.
    pub counts: Counts,
    /// First instant of the period that the month belongs to.
    pub begins: SimTime,
    /// First instant after it.
    pub ends: SimTime,
    /// Committed in the period.
    pub committed: i64,
    /// Of that, paid for in any case.
    pub minimum: i64,
    /// Taken in the month.
    pub taken: i64,
    /// Taken in the period up to the end of the month.
    pub taken_in_period: i64,
    /// What was taken in the month cost, by the agreement.
    pub cost: Money,
    /// Excused of the minimum in the month.
    pub excused: i64,
    /// Short of the minimum at a true-up in this month, after what was carried forward.
    pub short: i64,
    /// What that cost.
    pub short_cost: Money,
    /// Credited for what was paid for before and is made up now: positive.
    pub made_up: Money,
    /// The fee of an early exit.
    pub exit_fee: Money,
}

impl CommitmentMonth {
    /// Adds what the facts of the month say.
    fn add(&mut self, facts: &[Fact]) -> Option<()> {
        for fact in facts {
            match *fact {
                Fact::Taken { quantity, effective, .. } => {
                    self.taken = self.taken.checked_add(quantity)?;
                    self.taken_in_period = self.taken_in_period.checked_add(quantity)?;
                    self.cost = self.cost.checked_add(effective)?;
                }
                Fact::Excused { quantity } => self.excused = self.excused.checked_add(quantity)?,
                Fact::Deficiency { quantity, effective, .. } => {
                    self.short = self.short.checked_add(quantity)?;
                    self.short_cost = self.short_cost.checked_add(effective)?;
                }
                Fact::MakeUpUsed { billed, .. } => self.made_up = self.made_up.checked_sub(billed)?,
                Fact::Exited { billed } => self.exit_fee = self.exit_fee.checked_add(billed)?,
                _ => {}
            }
        }
        Some(())
    }
}

impl Bought {
    /// The quantity that a commitment counts, and what it costs by the tariffs.
    fn counted(&self, counts: Counts) -> Option<(i64, Money)> {
        let gpu_hours = || mul_div(self.gpu_s, 1000, 3600, Rounding::HalfAway);
        Some(match counts {
            Counts::Money => (self.price()?.0, self.price()?),
            Counts::GpuHours => (gpu_hours()?, self.compute),
            Counts::Tokens => (self.tokens, self.token),
            Counts::Energy => (self.kwh, self.energy),
        })
    }

    /// A correction of what was paid for it, by the accounts that it was posted to: one of money is of accelerator-hours
    /// and of tokens as they were bought.
    fn corrected(&self, counts: Counts, amount: Money) -> Option<Vec<(Money, Effect)>> {
        let compute = Effect::Sale { income: Account::ComputeSold, expense: Account::ComputeBought };
        let tokens = Effect::Sale { income: Account::TokensSold, expense: Account::TokensBought };
        let energy = Effect::Sale { income: Account::EnergySold, expense: Account::Energy };
        Some(match counts {
            Counts::GpuHours => vec![(amount, compute)],
            Counts::Tokens => vec![(amount, tokens)],
            Counts::Energy => vec![(amount, energy)],
            Counts::Money => {
                let all = self.price()?.0;
                let of_tokens = match all {
                    0 => Money::ZERO,
                    _ => Money(mul_div(amount.0, self.token.0, all, Rounding::HalfAway)?),
                };
                vec![(amount.checked_sub(of_tokens)?, compute), (of_tokens, tokens)]
            }
        })
    }
}

impl Deal {
    /// What was taken in the month, and the close of a period that ends with it.
    pub(super) fn commitment(
        &mut self,
        month: Month,
        measures: &Measures,
    ) -> Result<(Vec<Settled>, Option<CommitmentMonth>), LedgerError> {
        let key = self.key.clone();
        let overflow = overflow(&key);
        let too_much = || LedgerError::Amount { what: format!("an amount of the agreement `{key}`") };
        let none = (Vec::new(), None);
        let bought = measures.between(self.payee, self.payer, self.site).ok_or_else(too_much)?;
        let Machine::Commitment { counts, machine, terms, .. } = &mut self.machine else { return Ok(none) };
        let mut facts = Vec::new();
        let begins = machine.is_none();
        let commitment = match machine {
            Some(commitment) => commitment,
            None => {
                let begun = terms.periods.first().is_some_and(|period| start_of(period.from) < month.end());
                if !begun {
                    return Ok(none);
                }
                // What was owed for periods that were over before was settled then.
                let over = month.start().max(self.since);
                let first = terms.periods.iter().take_while(|period| start_of(period.to) <= over).count();
                let (new, opened) =
                    commitment::Commitment::from_period(terms.clone(), first).map_err(&overflow)?;
                facts.extend(opened);
                machine.insert(new)
            }
        };
        let counts = *counts;
        let (quantity, _) = bought.counted(counts).ok_or_else(too_much)?;
        let Some(period) = commitment.period().copied() else { return Ok(none) };
        let mut record = CommitmentMonth {
            counts,
            begins: start_of(period.from),
            ends: start_of(period.to),
            committed: period.committed,
            minimum: commitment.minimum(period.committed).map_err(&overflow)?,
            taken: 0,
            taken_in_period: commitment.taken(),
            cost: Money::ZERO,
            excused: 0,
            short: 0,
            short_cost: Money::ZERO,
            made_up: Money::ZERO,
            exit_fee: Money::ZERO,
        };
        // What was excused of a period before the run saw it is excused with its first month.
        let since = if begins { record.begins } else { month.start() };
        let in_month = |&&(time, _): &&(SimTime, i64)| since <= time && time < month.end();
        for &(_, excused) in self.excuses.iter().filter(in_month) {
            facts.push(commitment.excuse(excused).map_err(&overflow)?);
        }
        if quantity != 0 {
            facts.push(commitment.take(quantity).map_err(&overflow)?);
        }
        if start_of(period.to) <= month.end() {
            facts.extend(commitment.close_period().map_err(&overflow)?);
        }
        record.add(&facts).ok_or_else(too_much)?;
        let mut settled = self.committed(&facts, counts, &bought).ok_or_else(too_much)?;
        if self.leaves_in(month) {
            let facts = self.exit_commitment().map_err(&overflow)?;
            record.add(&facts).ok_or_else(too_much)?;
            settled.extend(self.committed(&facts, counts, &Bought::default()).ok_or_else(too_much)?);
        }
        Ok((settled, Some(record)))
    }

    fn exit_commitment(&mut self) -> Result<Vec<Fact>, Overflow> {
        match &mut self.machine {
            Machine::Commitment { machine: Some(machine), .. } => machine.exit(),
            _ => Ok(Vec::new()),
        }
    }

    /// What facts of a commitment come to, beside what was bought in the month. `None` if an amount leaves the range.
    fn committed(&self, facts: &[Fact], counts: Counts, bought: &Bought) -> Option<Vec<Settled>> {
        let (_, by_tariff) = bought.counted(counts)?;
        let unit = match counts {
            Counts::Money => Unit::None,
            Counts::GpuHours => Unit::GpuHourMilli,
            Counts::Tokens => Unit::Tokens,
            Counts::Energy => Unit::Kwh,
        };
        let mut settled = Vec::new();
        for fact in facts {
            let mut push = |amount: Money, quantity: i64, effect| {
                let (quantity, unit) =
                    if counts == Counts::Money || quantity == 0 { (0, Unit::None) } else { (quantity, unit) };
                if amount != Money::ZERO {
                    settled.push(Settled { quantity, unit, ..self.settled(fact.clause(), amount, effect) });
                }
            };
            match *fact {
                Fact::Prepaid { quantity, billed } | Fact::Returned { quantity, billed } => {
                    push(billed, quantity, Effect::Prepay);
                }
                Fact::Taken { quantity, billed, effective } => {
                    // Its own price takes the place of the tariff, which was posted with its quantity.
                    for (part, used) in bought.corrected(counts, effective.checked_sub(by_tariff)?)? {
                        push(part, 0, used);
                    }
                    push(effective.checked_sub(billed)?, quantity, Effect::Apply);
                }
                Fact::Deficiency { quantity, billed, effective } => {
                    push(billed, quantity, MINIMUM);
                    let prepaid = effective.checked_sub(billed)?;
                    let (income, expense) = (Account::MinimumReceived, Account::MinimumPaid);
                    push(prepaid, quantity, Effect::UseUp { income, expense });
                }
                Fact::MakeUpUsed { billed, .. } => {
                    for (part, used) in bought.corrected(counts, billed)? {
                        push(part, 0, used);
                    }
                }
                Fact::Exited { billed } => push(billed, 0, MINIMUM),
                _ => {}
            }
        }
        Some(settled)
    }
}
