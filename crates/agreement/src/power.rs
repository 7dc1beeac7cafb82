//! Power contracts of large loads: a billing demand that never falls below a share of the contract, a ramp, an exit fee.

use crate::amount::{Overflow, Price, Rounding, Share};
use base::Money;
use serde::{Deserialize, Serialize};

/// The terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The name of the agreement.
    pub id: String,
    /// Contract demand in kilowatts from a month (counted from 0) on; the first from month 0.
    pub ramp: Vec<(u32, i64)>,
    /// The share of the contract demand that is billed in any case.
    pub minimum: Share,
    /// The share of the highest demand of so many months before that is billed in any case.
    pub ratchet: Option<(Share, u32)>,
    /// The price of a kilowatt of billing demand for a month.
    pub demand_price: Price,
    /// The price of a kilowatt-hour.
    pub energy_price: Price,
    /// How long it runs, in months.
    pub months: u32,
    /// Leaving early costs the minimum of so many months, at most those that are left.
    pub exit_months: u32,
    /// Whether this load is shed before others in an emergency.
    pub shed_first: bool,
    /// How amounts and minimums are rounded.
    pub rounding: Rounding,
}

/// What decided the billing demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Basis {
    /// What was drawn.
    Measured,
    /// The minimum.
    Minimum,
    /// The ratchet.
    Ratchet,
}

/// A monthly bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// The month, counted from 0.
    pub month: u32,
    /// Billing demand, in kilowatts.
    pub demand_kw: i64,
    /// What decided it.
    pub basis: Basis,
    /// For demand.
    pub demand: Money,
    /// For energy.
    pub energy: Money,
}

/// A power contract on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PowerContract {
    terms: Terms,
    peaks: Vec<i64>,
    ended: bool,
}

impl PowerContract {
    /// Before the first month.
    pub fn new(terms: Terms) -> PowerContract {
        PowerContract { terms, peaks: Vec::new(), ended: false }
    }
    /// Goes on under amended terms: the months that were billed and their peaks stay.
    pub fn amend(&mut self, terms: Terms) {
        self.terms = terms;
    }
    /// The terms.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }
    /// The month that runs, counted from 0; `None` after the end.
    pub fn month(&self) -> Option<u32> {
        let month = self.peaks.len() as u32;
        (!self.ended && month < self.terms.months).then_some(month)
    }
    /// The contract demand of a month, in kilowatts; 0 before the ramp begins.
    pub fn contract_kw(&self, month: u32) -> i64 {
        self.terms.ramp.iter().rev().find(|&&(from, _)| from <= month).map_or(0, |&(_, kw)| kw)
    }
    /// The least billing demand of a month.
    pub fn minimum_kw(&self, month: u32) -> Result<i64, Overflow> {
        self.terms.minimum.of_quantity(self.contract_kw(month), self.terms.rounding).ok_or(Overflow)
    }

    /// Bills the month that runs; `None` after the end.
    pub fn bill(&mut self, peak_kw: i64, energy_kwh: i64) -> Result<Option<Bill>, Overflow> {
        let Some(month) = self.month() else { return Ok(None) };
        let minimum = self.minimum_kw(month)?;
        let ratchet = match self.terms.ratchet {
            Some((share, months)) => {
                let highest = self.peaks.iter().rev().take(months as usize).copied().max().unwrap_or(0);
                share.of_quantity(highest, self.terms.rounding).ok_or(Overflow)?
            }
            None => 0,
        };
        let demand_kw = peak_kw.max(minimum).max(ratchet);
        let basis = match demand_kw {
            kw if kw == peak_kw => Basis::Measured,
            kw if kw == minimum => Basis::Minimum,
            _ => Basis::Ratchet,
        };
        let demand = self.terms.demand_price.of(demand_kw, self.terms.rounding).ok_or(Overflow)?;
        let energy = self.terms.energy_price.of(energy_kwh, self.terms.rounding).ok_or(Overflow)?;
        self.peaks.push(peak_kw);
        Ok(Some(Bill { month, demand_kw, basis, demand, energy }))
    }

    /// Leaves before the month that runs is billed: the minimum demand charges of the months it would have had, at most
    /// `exit_months` of them. `None` after the end.
    pub fn exit(&mut self) -> Result<Option<Money>, Overflow> {
        let Some(month) = self.month() else { return Ok(None) };
        let end = self.terms.months.min(month.saturating_add(self.terms.exit_months));
        let mut fee = Money::ZERO;
        for month in month..end {
            let charge =
                self.terms.demand_price.of(self.minimum_kw(month)?, self.terms.rounding).ok_or(Overflow)?;
            fee = fee.checked_add(charge).ok_or(Overflow)?;
        }
        self.ended = true;
        Ok(Some(fee))
    }
}
