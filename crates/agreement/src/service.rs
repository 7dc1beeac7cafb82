//! Service credits: a share of the fee for months below the promised availability, with caps.

use crate::amount::{Overflow, Rounding, Share, mul_div};
use base::Money;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Below this availability the credit is this share of the month's fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// The availability.
    pub below: Share,
    /// The share of the fee.
    pub credit: Share,
}

/// The terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The name of the agreement.
    pub id: String,
    /// In any order: the lowest `below` that the availability misses counts.
    pub tiers: Vec<Tier>,
    /// At most this share of the month's fee.
    pub monthly_cap: Share,
    /// At most this share of the fees of the last twelve months, together with their credits.
    pub rolling_cap: Share,
    /// How credits are rounded. Availability is rounded down to the millionth.
    pub rounding: Rounding,
}

/// What a month came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// The availability of the month, without what is excluded.
    pub availability: Share,
    /// What the tiers give.
    pub asked: Money,
    /// What is credited, after both caps.
    pub amount: Money,
    /// Which clause decided.
    pub clause: Clause,
}

/// What decides a credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clause {
    /// The promise was kept: no credit.
    Promise,
    /// The tier.
    Tier,
    /// The cap of the month.
    MonthlyCap,
    /// The cap over twelve months.
    RollingCap,
}

/// Service credits on their way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCredits {
    terms: Terms,
    /// Fee and credit of the last eleven months.
    past: VecDeque<(Money, Money)>,
}

impl ServiceCredits {
    /// Before the first month.
    pub fn new(terms: Terms) -> ServiceCredits {
        ServiceCredits { terms, past: VecDeque::new() }
    }

    /// Settles a month of `total` minutes with `down` minutes of outage, of which `excluded` do not count (maintenance,
    /// the customer's own fault).
    pub fn settle(&mut self, total: i64, down: i64, excluded: i64, fee: Money) -> Result<Credit, Overflow> {
        let counted = (down - excluded.clamp(0, down.max(0))).clamp(0, total.max(0));
        let availability =
            mul_div(total - counted, 1_000_000, total.max(1), Rounding::Down).ok_or(Overflow)?;
        let availability = Share(u32::try_from(availability).map_err(|_| Overflow)?);
        let missed = self.terms.tiers.iter().filter(|tier| availability < tier.below);
        let share = missed.min_by_key(|tier| tier.below).map_or(Share::NONE, |tier| tier.credit);
        let asked = share.of(fee, self.terms.rounding).ok_or(Overflow)?;
        let monthly = self.terms.monthly_cap.of(fee, self.terms.rounding).ok_or(Overflow)?;
        let fees = Money::checked_sum(self.past.iter().map(|&(fee, _)| fee).chain([fee])).ok_or(Overflow)?;
        let given = Money::checked_sum(self.past.iter().map(|&(_, credit)| credit)).ok_or(Overflow)?;
        let rolling = self.terms.rolling_cap.of(fees, self.terms.rounding).ok_or(Overflow)?;
        let room = rolling.checked_sub(given).ok_or(Overflow)?.max(Money::ZERO);
        let amount = asked.min(monthly).min(room);
        let clause = match () {
            () if asked == Money::ZERO => Clause::Promise,
            () if amount == asked => Clause::Tier,
            () if amount == monthly => Clause::MonthlyCap,
            () => Clause::RollingCap,
        };
        self.past.push_back((fee, amount));
        if self.past.len() > 11 {
            self.past.pop_front();
        }
        Ok(Credit { availability, asked, amount, clause })
    }
}
