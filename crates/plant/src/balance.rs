//! Exact books of energy: what is posted are whole joules, and every hour balances to the joule.

use base::{Power, Span};
use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

/// Energy in whole joules: up to 9.2e18, which is a gigawatt for 290 years. Sums stop at the ends of the range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Joules(pub i64);

impl Joules {
    /// No energy.
    pub const ZERO: Joules = Joules(0);
    /// The most that a power gives in a span: 278 gigawatts for an hour. Beyond every site, and small enough for sums and
    /// prices to stay in range.
    pub const MOST: i64 = 1_000_000_000_000_000;
    /// One megawatt-hour.
    pub const PER_MWH: i64 = 3_600_000_000;

    /// A power kept up for a span, rounded to the joule; 0 for a power that is no number, and cut off at `MOST`.
    pub fn from_power(power: Power, span: Span) -> Joules {
        let most = Self::MOST as f64;
        Joules(libm::round(power.watts() * span.seconds()).clamp(-most, most) as i64)
    }
    /// In megawatt-hours.
    pub fn mwh(self) -> f64 {
        self.0 as f64 / Self::PER_MWH as f64
    }
    /// The mean power over a span.
    pub fn over(self, span: Span) -> Power {
        Power::from_watts(if span.0 == 0 { 0.0 } else { self.0 as f64 / span.seconds() })
    }
}

impl Add for Joules {
    type Output = Joules;
    fn add(self, other: Joules) -> Joules {
        Joules(self.0.saturating_add(other.0))
    }
}
impl Sub for Joules {
    type Output = Joules;
    fn sub(self, other: Joules) -> Joules {
        Joules(self.0.saturating_sub(other.0))
    }
}
impl AddAssign for Joules {
    fn add_assign(&mut self, other: Joules) {
        *self = *self + other;
    }
}
impl Sum for Joules {
    fn sum<I: Iterator<Item = Joules>>(items: I) -> Joules {
        items.fold(Joules::ZERO, Add::add)
    }
}

/// A span's energy at a site. In: bought, generated, drawn from the battery. Out: IT, cooling, electrical losses, house,
/// into the battery, sold. What could have been generated and was not is beside the books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnergyBooks {
    /// From the grid.
    pub bought: Joules,
    /// From units and renewables on site.
    pub generated: Joules,
    /// Out of the battery, at the bus.
    pub discharged: Joules,
    /// By the IT equipment.
    pub it: Joules,
    /// By cooling.
    pub cooling: Joules,
    /// In transformers, UPS and distribution.
    pub lost: Joules,
    /// Lights and offices.
    pub house: Joules,
    /// Into the battery, at the bus.
    pub charged: Joules,
    /// To the grid.
    pub sold: Joules,
}

impl EnergyBooks {
    /// What the site itself uses: IT, cooling, losses, house.
    pub fn used(&self) -> Joules {
        self.it + self.cooling + self.lost + self.house
    }
    /// In less out: 0 for every hour that is posted.
    pub fn residual(&self) -> Joules {
        self.bought + self.generated + self.discharged - self.used() - self.charged - self.sold
    }
    /// Adds another span.
    pub fn add(&mut self, other: &EnergyBooks) {
        self.bought += other.bought;
        self.generated += other.generated;
        self.discharged += other.discharged;
        self.it += other.it;
        self.cooling += other.cooling;
        self.lost += other.lost;
        self.house += other.house;
        self.charged += other.charged;
        self.sold += other.sold;
    }
}

/// Shares out `served` joules over parts in proportion to what they asked for, exactly: rounding down, then a joule each
/// to the largest remainders (ties to the earlier part). Used where less than all can be served.
pub fn share_out(served: Joules, asked: &[Joules]) -> Vec<Joules> {
    let total: i128 = asked.iter().map(|part| i128::from(part.0.max(0))).sum();
    if total == 0 {
        return vec![Joules::ZERO; asked.len()];
    }
    let served = i128::from(served.0.max(0)).min(total);
    let exact = |part: &Joules| i128::from(part.0.max(0)) * served;
    let mut shares: Vec<i128> = asked.iter().map(|part| exact(part) / total).collect();
    let mut order: Vec<usize> = (0..asked.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(exact(&asked[i]) % total), i));
    let missing = (served - shares.iter().sum::<i128>()) as usize;
    order.into_iter().take(missing).for_each(|i| shares[i] += 1);
    shares.into_iter().map(|share| Joules(share as i64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_gigawatt_for_an_hour_is_exact() {
        let energy = Joules::from_power(Power::from_mw(1000.0), Span::HOUR);
        assert_eq!(energy, Joules(3_600_000_000_000));
        assert_eq!(energy.mwh(), 1000.0);
        assert_eq!(energy.over(Span::HOUR).mw(), 1000.0);
        assert_eq!(Joules::from_power(Power::from_watts(f64::NAN), Span::HOUR), Joules::ZERO);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn sharing_out_loses_nothing(asked in proptest::collection::vec(0i64..5_000_000_000_000, 1..6), part in 0.0..1.2f64) {
            let asked: Vec<Joules> = asked.into_iter().map(Joules).collect();
            let total: Joules = asked.iter().copied().sum();
            let served = Joules((total.0 as f64 * part) as i64);
            let shares = share_out(served, &asked);
            prop_assert_eq!(shares.iter().copied().sum::<Joules>(), served.min(total));
            for (share, asked) in shares.iter().zip(&asked) {
                prop_assert!(share.0 >= 0 && share <= asked);
            }
        }
    }
}
