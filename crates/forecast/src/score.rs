//! How good forecasts were: what an earlier file led to expect, against what a later one says.

use crate::model::{Forecast, Model};
use crate::timeline::{Rise, Vintage};
use crate::{days, pair};
use base::SimTime;
use serde::Serialize;

/// The quantiles that are scored.
pub const QUANTILES: [f64; 7] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];
/// The bands whose coverage is counted: what they hold, and the quantiles at their ends.
pub const BANDS: [(f64, f64, f64); 3] = [(0.5, 0.25, 0.75), (0.8, 0.1, 0.9), (0.9, 0.05, 0.95)];

/// A step that was forecast, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// What was expected of it.
    pub forecast: Forecast,
    /// The site as the later file calls it; none where that knows no such site.
    pub later_site: Option<String>,
    /// The date that the later file gives; none where it knows no such step.
    pub became: Option<SimTime>,
    /// Whether the later file says the very same of it: nobody may have looked again.
    pub unrevised: bool,
}

/// Mean losses in days at each of [`QUANTILES`].
pub type Losses = [f64; QUANTILES.len()];

/// A forecast against what came.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtest {
    /// What was taken of slips.
    pub model: Model,
    /// The day that the earlier file was known.
    pub known: SimTime,
    /// Steps announced for up to this day are scored.
    pub until: SimTime,
    /// The steps announced for after `known` and up to `until`.
    pub scored: Vec<Scored>,
    /// Sites and how many of them are at least at the power asked for on a day.
    pub campuses: Campuses,
}

/// How many sites reach a power by a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Campuses {
    /// The power, in MW at the meter.
    pub mw: f64,
    /// The day.
    #[serde(skip)]
    pub by: SimTime,
    /// How many the earlier file announced.
    pub announced: usize,
    /// How many the later file says.
    pub became: usize,
    /// The probability of each number, from none.
    pub probability: Vec<f64>,
}

/// Scores what the earlier file led to expect.
pub fn backtest(old: &Vintage, new: &Vintage, known: SimTime, until: SimTime, campus_mw: f64) -> Backtest {
    let model = Model::default();
    let forecasts = model.forecasts(old, known);
    let places = pair::sites(old, new);
    let mut scored = Vec::new();
    for (timeline, place) in old.sites.iter().zip(places) {
        let later = place.and_then(|place| new.sites.get(place));
        let to_come: Vec<Rise> = timeline.rises().filter(|rise| rise.step.date > known).collect();
        let became = match later {
            Some(later) => pair::rises(&to_come, later, known),
            None => vec![None; to_come.len()],
        };
        for (rise, became) in to_come.iter().zip(became).filter(|(rise, _)| rise.step.date <= until) {
            let found = |forecast: &&Forecast| {
                forecast.site == timeline.site
                    && forecast.announced == rise.step.date
                    && forecast.mw == rise.step.mw
            };
            let Some(forecast) = forecasts.iter().find(found) else { continue };
            scored.push(Scored {
                forecast: forecast.clone(),
                later_site: later.map(|later| later.site.clone()),
                became: became.map(|became| became.step.date),
                unrevised: became.is_some_and(|became| {
                    (became.step.date, &became.step.status) == (rise.step.date, &rise.step.status)
                }),
            });
        }
    }
    let campuses = campuses(old, new, &forecasts, campus_mw, until);
    Backtest { model, known, until, scored, campuses }
}

/// How many sites reach a power by a day: announced, forecast, and as it came.
fn campuses(old: &Vintage, new: &Vintage, forecasts: &[Forecast], mw: f64, by: SimTime) -> Campuses {
    let reached = |vintage: &Vintage| {
        let reaches = |steps: &[crate::Step]| steps.iter().any(|step| step.mw >= mw && step.date <= by);
        vintage.sites.iter().filter(|site| reaches(&site.steps)).count()
    };
    let mut probability = vec![1.0];
    for site in &old.sites {
        let Some(first) = site.rises().find(|rise| rise.step.mw >= mw) else { continue };
        let forecast = forecasts.iter().find(|f| f.site == site.site && f.announced == first.step.date);
        let chance = forecast.map_or(1.0, |forecast| forecast.probability_by(by));
        // One more site: each number is reached with it, or without.
        probability.push(0.0);
        for number in (0..probability.len()).rev() {
            let before = if number > 0 { probability[number - 1] } else { 0.0 };
            probability[number] = probability[number] * (1.0 - chance) + before * chance;
        }
    }
    Campuses { mw, by, announced: reached(old), became: reached(new), probability }
}

impl Backtest {
    /// The steps whose outcome is known, each with it.
    pub fn known_outcomes(&self) -> impl Iterator<Item = (&Scored, SimTime)> {
        self.scored.iter().filter_map(|scored| Some((scored, scored.became?)))
    }

    /// Mean pinball losses of the forecast, in days; `None` without a step whose outcome is known.
    pub fn losses(&self) -> Option<Losses> {
        self.mean(|scored, p| scored.forecast.quantile(p))
    }

    /// The same of the announced dates, taken for certain.
    pub fn announced_losses(&self) -> Option<Losses> {
        self.mean(|scored, _| scored.forecast.announced)
    }

    fn mean(&self, guess: impl Fn(&Scored, f64) -> SimTime) -> Option<Losses> {
        let count = self.known_outcomes().count();
        (count > 0).then(|| {
            QUANTILES.map(|p| {
                let sum: f64 =
                    self.known_outcomes().map(|(s, became)| pinball(p, days(guess(s, p), became))).sum();
                sum / count as f64
            })
        })
    }

    /// The share of known outcomes inside each of [`BANDS`].
    pub fn coverage(&self) -> Option<[f64; BANDS.len()]> {
        let count = self.known_outcomes().count();
        (count > 0).then(|| {
            BANDS.map(|(_, low, high)| {
                let inside = self.known_outcomes().filter(|(scored, became)| {
                    (scored.forecast.quantile(low)..=scored.forecast.quantile(high)).contains(became)
                });
                inside.count() as f64 / count as f64
            })
        })
    }
}

/// The pinball loss of a guess for quantile `p` that the truth exceeds by `error`.
fn pinball(p: f64, error: f64) -> f64 {
    (p * error).max((p - 1.0) * error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_is_least_at_the_quantile() {
        assert_eq!([pinball(0.9, 10.0), pinball(0.75, -8.0), pinball(0.5, 4.0)], [9.0, 2.0, 2.0]);
        // Of the outcomes 0..=99 the guess with the least loss at 0.9 is 90.
        let loss = |guess: i32| (0..100).map(|truth| pinball(0.9, f64::from(truth - guess))).sum::<f64>();
        let best = (0..100).min_by(|a, b| loss(*a).total_cmp(&loss(*b)));
        assert!(matches!(best, Some(89..=90)), "{best:?}");
    }
}
