//! Leases at the close of a month, and what becomes of them when the lessee leaves and somebody answers for it.

use super::{Deal, Effect, MINIMUM, Machine, Settled, overflow};
use crate::account::Account;
use crate::books::LedgerError;
use crate::entry::PartyId;
use crate::month::Month;
use agreement::lease::Fact;
use base::{Money, SimTime};
use serde::{Deserialize, Serialize};

/// Somebody who answers for a lessee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarantee {
    /// Who.
    pub guarantor: PartyId,
    /// The lessee has left; rents of the months since then.
    pub arrears: Option<Money>,
    /// What the guarantor answered, and when.
    pub answer: Option<(SimTime, Answered)>,
    /// The answer is settled: nothing is guaranteed any more.
    pub settled: bool,
}

/// What a guarantor answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answered {
    /// It owes this fee.
    Fee {
        /// How much.
        amount: Money,
        /// By silence.
        by_silence: bool,
    },
    /// It is the lessee from then on, and pays the rents since the default.
    StepIn,
}

const RENT: Effect = Effect::Sale { income: Account::RentReceived, expense: Account::RentPaid };

impl Deal {
    /// Rent of the month; the fee of a lessee who leaves in it; what a guarantor owes in the lessee's place.
    pub(super) fn lease(&mut self, month: Month) -> Result<Vec<Settled>, LedgerError> {
        let key = self.key.clone();
        let overflow = overflow(&key);
        let leaves = self.leaves_in(month);
        let (rent_of, minimum_of) =
            (self.settled("rent", Money::ZERO, RENT), self.settled("termination", Money::ZERO, MINIMUM));
        let Machine::Lease { from, machine, guarantee } = &mut self.machine else { return Ok(Vec::new()) };
        let mut settled = Vec::new();
        if *from <= month {
            for fact in machine.close_month().map_err(&overflow)? {
                let Fact::Rent { amount, .. } = fact else { continue };
                let waiting = guarantee.as_mut().filter(|of| !of.settled);
                match waiting.and_then(|of| of.arrears.as_mut()) {
                    Some(arrears) => {
                        *arrears = arrears
                            .checked_add(amount)
                            .ok_or_else(|| overflow(agreement::amount::Overflow))?;
                    }
                    None => settled.push(Settled { clause: fact.clause(), amount, ..rent_of }),
                }
            }
        }
        if leaves && machine.month().is_some() {
            match guarantee {
                Some(of) => of.arrears = Some(Money::ZERO),
                None => {
                    let fact = machine.terminate().map_err(&overflow)?;
                    if let Fact::Terminated { fee } = fact {
                        settled.push(Settled { clause: fact.clause(), amount: fee, ..minimum_of });
                    }
                }
            }
        }
        let Some(of) = guarantee.as_mut().filter(|of| !of.settled) else { return Ok(settled) };
        let (Some(arrears), Some((time, answer))) = (of.arrears, of.answer) else { return Ok(settled) };
        if time >= month.end() {
            return Ok(settled);
        }
        of.settled = true;
        let of = *of;
        match answer {
            Answered::Fee { amount, by_silence } => {
                machine.terminate().map_err(&overflow)?;
                let clause = if by_silence { "guarantor by silence" } else { "guarantor" };
                settled.push(Settled { clause, amount, payer: of.guarantor, ..minimum_of });
            }
            Answered::StepIn => {
                self.payer = of.guarantor;
                if arrears != Money::ZERO {
                    let clause = "arrears";
                    settled.push(Settled { clause, amount: arrears, payer: of.guarantor, ..rent_of });
                }
            }
        }
        Ok(settled)
    }

    /// The guarantor has answered.
    pub(crate) fn guarantor_answers(&mut self, time: SimTime, answer: Answered) {
        if let Machine::Lease { guarantee: Some(of), .. } = &mut self.machine {
            of.answer = Some((time, answer));
        }
    }

    /// A lease that has ended has ended, and a lessee who has left has left, under whatever terms it is now.
    pub(super) fn take_over_lease(&mut self, before: &Deal) {
        let (
            Machine::Lease { machine, guarantee, .. },
            Machine::Lease { machine: old, guarantee: answered, .. },
        ) = (&mut self.machine, &before.machine)
        else {
            return;
        };
        if old.month().is_none() {
            *machine = old.clone();
        }
        if answered.is_some_and(|of| of.arrears.is_some()) {
            *guarantee = *answered;
            self.payer = before.payer;
        }
    }
}
