//! What a run of a plan teaches the planner: factors on what it assumed of lead times, energy, availability, price and carbon.

use super::quarters;
use base::Span;
use plan::instance::Instance;
use scenario::world::planning::Planning;
use serde::{Deserialize, Serialize};

/// Factors on a planning problem; all 1 for the problem as the scenario has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Factors {
    /// On the time from the beginning of work on a hall until its systems work (never below it): with it dates are kept,
    /// as those who are early wait for their systems and those who are late do not have them.
    pub slip: f64,
    /// On the cost of halls.
    pub halls: f64,
    /// No factor: by how many quarters systems come later than at the start of their quarter.
    pub late: f64,
    /// On the power that sites use for a unit of IT power (never below it).
    pub power: f64,
    /// On the share of the systems that works (never above all of them): failures, lost work, waiting.
    pub availability: f64,
    /// On the price of grid energy.
    pub price: f64,
    /// On the carbon of grid energy.
    pub carbon: f64,
}

impl Default for Factors {
    fn default() -> Factors {
        Factors { slip: 1.0, halls: 1.0, late: 0.0, power: 1.0, availability: 1.0, price: 1.0, carbon: 1.0 }
    }
}

/// What a run has more than its plan, over all quarters, as a share of the plan; `None` where the plan has nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Differences {
    /// Power of the systems that stand.
    pub systems: Option<f64>,
    /// The time from the beginning of work on a hall until its systems work; plan and run may agree without it.
    pub lead_times: Option<f64>,
    /// No share: by how many quarters more systems came late, their halls apart; plan and run may agree without it.
    pub late_quarters: Option<f64>,
    /// Paid for halls.
    pub halls: Option<f64>,
    /// Energy.
    pub energy: Option<f64>,
    /// Its cost.
    pub cost: Option<f64>,
    /// Compute that serves somebody.
    pub served: Option<f64>,
    /// Carbon.
    pub carbon: Option<f64>,
}

impl Differences {
    /// The mean of some runs, of each over those that have it.
    pub fn mean(runs: &[Differences]) -> Differences {
        let mean = |of: fn(&Differences) -> Option<f64>| {
            let known: Vec<f64> = runs.iter().filter_map(of).collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        };
        Differences {
            systems: mean(|run| run.systems),
            lead_times: mean(|run| run.lead_times),
            late_quarters: mean(|run| run.late_quarters),
            halls: mean(|run| run.halls),
            energy: mean(|run| run.energy),
            cost: mean(|run| run.cost),
            served: mean(|run| run.served),
            carbon: mean(|run| run.carbon),
        }
    }

    /// The greatest.
    pub fn worst(&self) -> f64 {
        let all = [self.systems, self.halls, self.energy, self.cost, self.served, self.carbon];
        all.into_iter().flatten().map(f64::abs).fold(0.0, f64::max)
    }
}

/// No factor moves further than this in one round: a quantity that is nearly nothing says little.
const STEP: f64 = 2.0;

impl Factors {
    /// The factors after a run of a plan that was made with these. Cost and carbon are per energy.
    pub fn after(&self, differences: &Differences) -> Factors {
        let ratio = |difference: Option<f64>| difference.map_or(1.0, |share| 1.0 + share);
        let moved = |factor: f64, ratio: f64| match ratio.is_finite() {
            true => factor * ratio.clamp(1.0 / STEP, STEP),
            false => factor,
        };
        let energy = ratio(differences.energy).max(1e-9);
        // What is served takes energy: energy for each unit served is what the power factor is about. Of what is served
        // less because systems came late, slip is the reason.
        let served = ratio(differences.served).max(1e-9);
        let systems = ratio(differences.systems).max(1e-9);
        let each = |difference: Option<f64>| difference.map_or(1.0, |share| (1.0 + share) / energy);
        Factors {
            slip: moved(self.slip, ratio(differences.lead_times)).max(1.0),
            halls: moved(self.halls, ratio(differences.halls)),
            late: (self.late + differences.late_quarters.unwrap_or(0.0)).clamp(0.0, 1.0),
            power: differences.energy.map_or(self.power, |_| moved(self.power, energy / served)),
            availability: moved(self.availability, served / systems),
            price: moved(self.price, each(differences.cost)),
            carbon: moved(self.carbon, each(differences.carbon)),
        }
    }

    /// Puts the factors into the problem of a planning section.
    pub fn apply(&self, planning: &Planning, instance: &mut Instance) {
        for (site, candidate) in instance.sites.iter_mut().zip(&planning.candidates) {
            let longer =
                Span::from_seconds_f64(candidate.lead.seconds() * self.slip).unwrap_or(Span::FOREVER);
            let [stated, longer] = [candidate.lead, longer].map(|lead| quarters(lead).max(1));
            for phase in &mut site.phases {
                // Halls that are held to the dates on which they stood have times of their own.
                if phase.lead_quarters == stated && phase.due.is_none_or(|due| due as u32 >= longer) {
                    phase.lead_quarters = longer;
                }
                phase.musd_per_mw *= self.halls;
            }
            site.peak_pue = (site.peak_pue * self.power).max(1.0);
            for profile in &mut site.profiles {
                profile.pue.iter_mut().for_each(|pue| *pue = (*pue * self.power).max(1.0));
                profile.usd_per_mwh.iter_mut().for_each(|usd| *usd *= self.price);
                profile.carbon_t_per_mwh.iter_mut().for_each(|carbon| *carbon *= self.carbon);
            }
        }
        instance.periods.iter_mut().for_each(|period| period.late_quarters = self.late);
        for generation in &mut instance.generations {
            generation.availability = (generation.availability * self.availability).min(1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_over_the_runs_that_have_something() {
        let run = |systems, cost| Differences { systems, cost, ..Differences::default() };
        let mean = Differences::mean(&[run(Some(0.1), None), run(Some(-0.3), Some(0.5))]);
        assert!((mean.systems.unwrap_or(0.0) + 0.1).abs() < 1e-12);
        assert_eq!((mean.cost, mean.carbon), (Some(0.5), None));
        assert_eq!(Differences::mean(&[]), Differences::default());
    }

    #[test]
    fn factors_settle_where_the_run_is_what_the_plan_says() {
        // A run in which sites use 7 % more power, a tenth of the systems is broken, energy is 20 % dearer and 5 % cleaner.
        let truth = Factors {
            slip: 1.0,
            halls: 1.1,
            late: 0.25,
            power: 1.07,
            availability: 0.9,
            price: 1.2,
            carbon: 0.95,
        };
        let mut factors = Factors::default();
        for _ in 0..3 {
            let served = truth.availability / factors.availability;
            let energy = served * truth.power / factors.power;
            let differences = Differences {
                systems: Some(0.0),
                lead_times: Some(0.0),
                late_quarters: Some(truth.late - factors.late),
                halls: Some(truth.halls / factors.halls - 1.0),
                served: Some(served - 1.0),
                energy: Some(energy - 1.0),
                cost: Some(energy * truth.price / factors.price - 1.0),
                carbon: Some(energy * truth.carbon / factors.carbon - 1.0),
            };
            factors = factors.after(&differences);
        }
        for (found, truth) in [
            (factors.halls, truth.halls),
            (factors.late, truth.late),
            (factors.power, truth.power),
            (factors.availability, truth.availability),
            (factors.price, truth.price),
            (factors.carbon, truth.carbon),
        ] {
            assert!((found - truth).abs() < 1e-12, "{factors:?}");
        }
        assert_eq!(Factors::default().after(&Differences::default()), Factors::default());
    }
}
