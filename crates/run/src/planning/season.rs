//! The hours of a candidate in a season, and the days that stand for them.

use super::days::{choose, scaled};
use super::is_renewable;
use plan::instance::Profile;
use plant::cooling::site_efficiency;
use scenario::world::planning::{Candidate, Planning, Technology};
use serde::Serialize;
use twin::power::SiteConditions;

/// Days of a season: a quarter of a year, less the hours that make no whole day.
pub const DAYS: usize = 91;
/// Hours of a quarter of a year.
const HOURS: f64 = 2190.0;

/// How far means over representative days are from means over all hours, as shares: the worst of all seasons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Worst {
    /// Of the energy at the meter.
    pub energy: f64,
    /// Of what it costs.
    pub cost: f64,
    /// Of its carbon.
    pub carbon: f64,
}

/// Hour by hour: everything for a watt of IT or of plant.
pub struct Season {
    pue: Vec<f64>,
    usd_per_mwh: Vec<f64>,
    carbon: Vec<f64>,
    solar: Vec<f64>,
    wind: Vec<f64>,
}

impl Season {
    /// Season `s` of four, counted from the start of the plan.
    pub fn of(candidate: &Candidate, here: &SiteConditions, s: usize) -> Season {
        let first = s * HOURS as usize;
        let hours = || first..first + DAYS * 24;
        // A series of one value holds in all hours.
        let of = |list: &[f64], i: usize| list.get(i).or(list.last()).copied().unwrap_or(0.0);
        let power = &candidate.power;
        let pue = |i: usize| {
            let air = here.air.get(i).or(here.air.last());
            air.map_or(1.2, |air| site_efficiency(&power.cooling, &power.overhead, *air, 1.0).pue)
        };
        let price = |i: usize| {
            let hourly = here.price.get(i).or(here.price.last()).copied().unwrap_or(0);
            (power.tariff.fixed.unwrap_or(hourly) + power.tariff.adder) as f64 / 1e6
        };
        let output =
            |list: &[plant::balance::Joules], i: usize| list.get(i).map_or(0.0, |energy| energy.mwh());
        Season {
            pue: hours().map(pue).collect(),
            usd_per_mwh: hours().map(price).collect(),
            carbon: hours().map(|i| of(&here.carbon, i) / 1e3).collect(),
            solar: hours().map(|i| output(&here.solar, i)).collect(),
            wind: hours().map(|i| output(&here.wind, i)).collect(),
        }
    }

    /// The worst hour of all.
    pub fn peak_pue(&self) -> f64 {
        self.pue.iter().copied().fold(1.0, f64::max)
    }

    /// Representative days as the planner takes them; what they do to means goes into `worst`.
    pub fn profile(
        &self,
        planning: &Planning,
        candidate: &Candidate,
        block: usize,
        worst: &mut Worst,
    ) -> Profile {
        let lists = [&self.pue, &self.usd_per_mwh, &self.carbon, &self.solar, &self.wind];
        let blocks = 24 / block;
        let mean = |list: &[f64], day: usize, b: usize| {
            let from = day * 24 + b * block;
            list[from..from + block].iter().sum::<f64>() / block as f64
        };
        let day = |day: usize| -> Vec<f64> {
            lists.iter().flat_map(|list| (0..blocks).map(move |b| mean(list, day, b))).collect()
        };
        let days: Vec<Vec<f64>> = (0..DAYS).map(day).collect();
        let load = |day: &Vec<f64>| day[..blocks].iter().sum::<f64>();
        let peak =
            (1..DAYS).fold(0, |peak, day| if load(&days[day]) > load(&days[peak]) { day } else { peak });
        let chosen = choose(&scaled(&days, blocks), peak, planning.days);
        let all = |of: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            chosen
                .iter()
                .flat_map(|chosen| (0..blocks).map(move |b| (chosen.day, b)))
                .map(|(d, b)| of(d, b))
                .collect()
        };
        let plant = candidate.plant.iter().map(|(at, _)| planning.generators[*at].technology);
        let mut profile = Profile {
            hours: chosen
                .iter()
                .flat_map(|chosen| {
                    let hours = HOURS * chosen.stands_for as f64 / (DAYS * blocks) as f64;
                    vec![hours; blocks]
                })
                .collect(),
            pue: all(&|d, b| days[d][b]),
            usd_per_mwh: all(&|d, b| days[d][blocks + b]),
            carbon_t_per_mwh: all(&|d, b| days[d][2 * blocks + b]),
            renewable: plant
                .filter(|technology| is_renewable(*technology))
                .map(|technology| {
                    let from = if technology == Technology::Solar { 3 } else { 4 } * blocks;
                    all(&|d, b| days[d][from + b].clamp(0.0, 1.0))
                })
                .collect(),
        };
        self.compare(&profile, worst);
        self.level(&mut profile);
        profile
    }

    /// A few days miss rare dear hours: prices are scaled so that energy costs over the season what it costs over all hours.
    fn level(&self, profile: &mut Profile) {
        let hours = self.pue.len() as f64;
        let all: f64 =
            self.pue.iter().zip(&self.usd_per_mwh).map(|(pue, usd)| pue * usd).sum::<f64>() / hours;
        let few = |b: usize| profile.hours[b] * profile.pue[b] * profile.usd_per_mwh[b];
        let few: f64 = (0..profile.hours.len()).map(few).sum::<f64>() / HOURS;
        if all > 0.0 && few > 0.0 {
            profile.usd_per_mwh.iter_mut().for_each(|usd| *usd *= all / few);
        }
    }

    fn compare(&self, profile: &Profile, worst: &mut Worst) {
        let off = |chosen: f64, all: f64| if all.abs() > 1e-12 { (chosen / all - 1.0).abs() } else { 0.0 };
        let one = vec![1.0; self.pue.len()];
        let hours = self.pue.len() as f64;
        let full =
            |list: &[f64]| self.pue.iter().zip(list).map(|(pue, value)| pue * value).sum::<f64>() / hours;
        let few = |list: &dyn Fn(usize) -> f64| {
            let sum: f64 =
                (0..profile.hours.len()).map(|b| profile.hours[b] * profile.pue[b] * list(b)).sum();
            sum / HOURS
        };
        worst.energy = worst.energy.max(off(few(&|_| 1.0), full(&one)));
        worst.cost = worst.cost.max(off(few(&|b| profile.usd_per_mwh[b]), full(&self.usd_per_mwh)));
        worst.carbon = worst.carbon.max(off(few(&|b| profile.carbon_t_per_mwh[b]), full(&self.carbon)));
    }
}
