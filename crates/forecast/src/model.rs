//! A model of slips: what is left to do takes longer than announced, by a factor that spreads the more, the less of the
//! work is left.
//!
//! A step is announced for a day that lies `L` ahead of the day on which it was known; its whole duration is `D`, counted from
//! the last step that the site finished, or from the first works where it finished none. What is left then takes
//! `L m exp(s sqrt(D / L) Z)`, with `Z` a standard normal: work that advances with independent disturbances, of which as many
//! are to come as work is left, so that their relative size grows as it shrinks.
//!
//! The two numbers are base rates of large construction projects, published long before either file: `m` from McKinsey
//! (2016), `s` from KPMG (2015); see [`OVERRUN`] and [`SPREAD`]. One vintage says nothing of slips: durations of the past
//! differ between sites by far more than a plan errs.

use crate::timeline::{Timeline, Vintage};
use crate::{DAY_S, days, normal};
use base::{SimTime, Span};
use serde::Serialize;

/// Large projects take a fifth longer than scheduled: McKinsey, "Imagining construction's digital future", June 2016.
pub const OVERRUN: f64 = 1.2;
/// With that median, a quarter of projects end within a tenth of their planned duration: KPMG, Global Construction Survey
/// 2015, for deadlines.
pub const SPREAD: f64 = 0.22;

/// What is taken of slips.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Model {
    /// Median of the time that is left over the time announced.
    pub overrun: f64,
    /// Standard deviation of the logarithm of a whole duration over the one planned.
    pub spread: f64,
}

impl Default for Model {
    fn default() -> Model {
        Model { overrun: OVERRUN, spread: SPREAD }
    }
}

/// What is to be expected of a step that was announced.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The site, as the file calls it.
    pub site: String,
    /// When its clock started.
    pub start: SimTime,
    /// The date announced.
    pub announced: SimTime,
    /// Power that it adds, in MW.
    pub added_mw: f64,
    /// Power of the site from then on, in MW.
    pub mw: f64,
    /// What the file says of it.
    pub status: String,
    known: SimTime,
    model: Model,
}

impl Model {
    /// What is to be expected of every step that was announced for after `known`.
    pub fn forecasts(&self, vintage: &Vintage, known: SimTime) -> Vec<Forecast> {
        let of_site = |timeline: &Timeline| {
            let start = clock_start(timeline, known);
            let to_come = timeline.rises().filter(|rise| rise.step.date > known);
            to_come
                .map(|rise| Forecast {
                    site: timeline.site.clone(),
                    start,
                    announced: rise.step.date,
                    added_mw: rise.added_mw,
                    mw: rise.step.mw,
                    status: rise.step.status.clone(),
                    known,
                    model: *self,
                })
                .collect::<Vec<_>>()
        };
        vintage.sites.iter().flat_map(of_site).collect()
    }
}

/// When the clock of what comes next started: with the last step that was done, or with the first works.
fn clock_start(timeline: &Timeline, known: SimTime) -> SimTime {
    let first = timeline.steps.first().map_or(known, |step| step.date.min(known));
    timeline.rises().map(|rise| rise.step.date).filter(|date| *date <= known).last().unwrap_or(first)
}

impl Forecast {
    /// The day before which the step comes with probability `p`.
    pub fn quantile(&self, p: f64) -> SimTime {
        let left = self.left() * self.model.overrun * libm::exp(self.spread() * normal::quantile(p));
        // Centuries ahead is never.
        let seconds = (left * DAY_S).min(9e9) as i64;
        self.known.saturating_add(Span::from_seconds(seconds))
    }

    /// The probability that the step comes by `date`.
    pub fn probability_by(&self, date: SimTime) -> f64 {
        let ahead = days(self.known, date);
        if ahead <= 0.0 {
            return 0.0;
        }
        normal::below(libm::log(ahead / (self.left() * self.model.overrun)) / self.spread())
    }

    /// Days from the day on which it was known to the day announced.
    fn left(&self) -> f64 {
        days(self.known, self.announced).max(1.0)
    }

    /// Standard deviation of the logarithm of the time left over its median.
    fn spread(&self) -> f64 {
        let whole = days(self.start, self.announced).max(self.left());
        self.model.spread * libm::sqrt(whole / self.left())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Step;

    fn time(text: &str) -> SimTime {
        SimTime::parse(text).expect("a date")
    }

    /// A site with a step done after a hundred days and one to come.
    fn vintage() -> Vintage {
        let steps =
            [("2024-01-01", 0.0), ("2024-04-10", 100.0), ("2024-06-01", 100.0), ("2026-06-01", 200.0)];
        let step =
            |(date, mw): (&str, f64)| Step { date: time(date), buildings: 1.0, mw, status: String::new() };
        Vintage { sites: vec![Timeline { site: "a".to_owned(), steps: steps.map(step).to_vec() }] }
    }

    #[test]
    fn what_is_left_takes_a_fifth_longer_and_spreads_more_the_less_it_is() {
        let early = &Model::default().forecasts(&vintage(), time("2024-05-01"))[0];
        let late = &Model::default().forecasts(&vintage(), time("2026-05-01"))[0];
        assert_eq!(late.start, time("2024-04-10"));
        for (forecast, left) in [(early, 761.0), (late, 31.0)] {
            assert!((days(forecast.known, forecast.quantile(0.5)) - 1.2 * left).abs() < 0.01);
            for p in [0.05, 0.5, 0.95] {
                assert!((forecast.probability_by(forecast.quantile(p)) - p).abs() < 1e-4);
            }
            assert_eq!(forecast.probability_by(forecast.known), 0.0);
        }
        assert!(late.spread() > 4.0 * early.spread() && early.spread() > SPREAD);
    }

    /// The spread is the one for which a quarter of projects end within a tenth of their plan.
    #[test]
    fn the_base_rates_are_those_of_their_sources() {
        let below = |ratio: f64| normal::below(libm::log(ratio / OVERRUN) / SPREAD);
        assert!((below(1.1) - below(0.9) - 0.25).abs() < 0.005);
    }
}
