//! What comes to the sites from outside, hour by hour: air, price, carbon, sun, wind, and which units are in repair.
//! Whoever runs a scenario reads or draws it; it is not part of a snapshot.

use base::{SimTime, Span};
use plant::air::Air;
use plant::balance::Joules;

/// Hours of one site, from the first hour of the run on. The last value of a list stands for what comes after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SiteConditions {
    /// The air.
    pub air: Vec<Air>,
    /// Market price, micro-dollars for a megawatt-hour; empty where the tariff is fixed.
    pub price: Vec<i64>,
    /// Carbon intensity of the grid, grams for a kilowatt-hour.
    pub carbon: Vec<f64>,
    /// What the sun would give.
    pub solar: Vec<Joules>,
    /// What the wind would give.
    pub wind: Vec<Joules>,
    /// Units of each group that are up and there, in the order of the site's groups.
    pub units: Vec<Vec<u32>>,
}

/// Hours of all sites with power, in the order of `World::energy`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// The first hour that the lists stand for.
    pub first: SimTime,
    /// By site.
    pub sites: Vec<SiteConditions>,
}

impl Conditions {
    /// The position of the hour that `now` lies in.
    pub(super) fn hour(&self, now: SimTime) -> usize {
        usize::try_from((now.0 - self.first.0).div_euclid(Span::HOUR.0)).unwrap_or(0)
    }
}

/// The value of an hour, or the last there is.
fn at<T: Copy>(list: &[T], hour: usize) -> Option<T> {
    list.get(hour).or(list.last()).copied()
}

impl SiteConditions {
    pub(super) fn air(&self, hour: usize) -> Air {
        at(&self.air, hour).unwrap_or(Air { dry_bulb_c: 15.0, wet_bulb_c: 10.0 })
    }
    pub(super) fn price(&self, hour: usize) -> i64 {
        at(&self.price, hour).unwrap_or(0)
    }
    pub(super) fn carbon(&self, hour: usize) -> f64 {
        at(&self.carbon, hour).unwrap_or(0.0)
    }
    pub(super) fn solar(&self, hour: usize) -> Joules {
        at(&self.solar, hour).unwrap_or(Joules::ZERO)
    }
    pub(super) fn wind(&self, hour: usize) -> Joules {
        at(&self.wind, hour).unwrap_or(Joules::ZERO)
    }
    /// Units of a group that can run.
    pub(super) fn units(&self, group: usize, hour: usize, all: u32) -> u32 {
        self.units.get(group).and_then(|up| at(up, hour)).unwrap_or(all)
    }
}
