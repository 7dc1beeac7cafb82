//! Physical quantities as types, with only the products that physics has.
//!
//! A unit stands in a name exactly at the doors (TOML key, column, axis, JSON); inside, the type is the unit.

use crate::time::Span;
use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Sub, SubAssign};

macro_rules! quantity {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(f64);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(0.0);
        }
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }
        impl Mul<f64> for $name {
            type Output = Self;
            fn mul(self, factor: f64) -> Self {
                Self(self.0 * factor)
            }
        }
        impl Div<f64> for $name {
            type Output = Self;
            fn div(self, divisor: f64) -> Self {
                Self(self.0 / divisor)
            }
        }
        impl Div for $name {
            type Output = f64;
            fn div(self, other: Self) -> f64 {
                self.0 / other.0
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                items.fold(Self::ZERO, Add::add)
            }
        }
    )*};
}

quantity! {
    /// Electric power of a device or a feed, in watts inside.
    Power;
    /// Energy, in joules inside.
    Energy;
    /// Megawatts as a press release gives them: not comparable with anything measured.
    AnnouncedPower;
    /// Megawatts at the meter of the site: IT plus cooling plus losses.
    FacilityPower;
    /// Megawatts at the plugs of the IT equipment.
    ItPower;
}

macro_rules! megawatts {
    ($($name:ident)*) => {$(
        impl $name {
            /// From megawatts.
            pub fn from_mw(mw: f64) -> Self {
                Self(mw * 1e6)
            }
            /// In megawatts.
            pub fn mw(self) -> f64 {
                self.0 / 1e6
            }
            /// In watts.
            pub fn watts(self) -> f64 {
                self.0
            }
        }
    )*};
}
megawatts! { Power AnnouncedPower FacilityPower ItPower }

impl Power {
    /// From watts.
    pub fn from_watts(watts: f64) -> Power {
        Power(watts)
    }
}

impl ItPower {
    /// What the site draws at its meter when it carries this IT load at a power usage effectiveness of `pue`.
    pub fn at_meter(self, pue: f64) -> FacilityPower {
        FacilityPower(self.0 * pue)
    }
    /// The same power as a device's draw.
    pub fn power(self) -> Power {
        Power(self.0)
    }
}

impl Energy {
    /// From joules.
    pub fn from_joules(joules: f64) -> Energy {
        Energy(joules)
    }
    /// In joules.
    pub fn joules(self) -> f64 {
        self.0
    }
    /// In megawatt-hours.
    pub fn mwh(self) -> f64 {
        self.0 / 3.6e9
    }
}

impl Mul<Span> for Power {
    type Output = Energy;
    fn mul(self, span: Span) -> Energy {
        Energy(self.0 * span.seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_megawatt_for_an_hour_is_a_megawatt_hour() {
        let energy = Power::from_mw(1.0) * Span::from_hours(1);
        assert_eq!(energy.mwh(), 1.0);
        assert_eq!(energy.joules(), 3.6e9);
    }

    #[test]
    fn facility_power_is_it_power_times_pue() {
        assert_eq!(ItPower::from_mw(843.0).at_meter(1.4).mw(), 1180.2);
    }
}
