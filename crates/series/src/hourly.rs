//! A series: one value for each hour.

use crate::calendar::{HOURS_OF_YEAR, civil, hour_of_year};
use crate::quantity::Quantity;
use base::{SimTime, Span};
use serde::{Deserialize, Serialize};

/// Which hours the values of a series stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axis {
    /// Value `i` is the hour that begins at `start + i` hours.
    Dated {
        /// The begin of the first hour, in UTC.
        start: SimTime,
    },
    /// 8,760 hours of a year that stands for every year, in local standard time at a fixed offset.
    Typical {
        /// Local time less UTC; -6 h in the central United States.
        offset: Span,
    },
}

/// Hours that the file did not have, and that were filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Position of the first missing value.
    pub first: usize,
    /// How many are missing.
    pub hours: usize,
}

/// One value for each hour, without holes, all of one quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What is measured; gives the unit.
    pub quantity: Quantity,
    /// The column or place that it comes from: `Hub average LMP`.
    pub name: String,
    /// Which hours.
    pub axis: Axis,
    /// The values.
    pub values: Vec<f64>,
    /// Which of them were filled.
    pub gaps: Vec<Gap>,
}

impl Series {
    /// The position of the hour that `time` lies in; `None` outside of a dated series.
    pub fn position(&self, time: SimTime) -> Option<usize> {
        match self.axis {
            Axis::Dated { start } => {
                let hours = time.0.checked_sub(start.0)?.div_euclid(Span::HOUR.0);
                usize::try_from(hours).ok().filter(|&i| i < self.values.len())
            }
            Axis::Typical { offset } => {
                let local = civil(time, offset);
                let i = hour_of_year(local.month, local.day, local.hour);
                (i < self.values.len()).then_some(i)
            }
        }
    }

    /// The value of the hour that `time` lies in; `None` outside of a dated series.
    pub fn at(&self, time: SimTime) -> Option<f64> {
        self.position(time).map(|i| self.values[i])
    }

    /// The first and the end hour of a dated series; `None` for a typical year, which has no end.
    pub fn range(&self) -> Option<(SimTime, SimTime)> {
        match self.axis {
            Axis::Dated { start } => Some((start, start + Span::HOUR * self.values.len() as i64)),
            Axis::Typical { .. } => None,
        }
    }

    /// The mean of all values; 0 for an empty series.
    pub fn mean(&self) -> f64 {
        if self.values.is_empty() { 0.0 } else { self.values.iter().sum::<f64>() / self.values.len() as f64 }
    }

    /// How many values were filled.
    pub fn filled_hours(&self) -> usize {
        self.gaps.iter().map(|gap| gap.hours).sum()
    }

    /// Whether it is a whole typical year.
    pub fn is_typical_year(&self) -> bool {
        matches!(self.axis, Axis::Typical { .. }) && self.values.len() == HOURS_OF_YEAR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> SimTime {
        SimTime::parse(text).expect("a time")
    }

    #[test]
    fn a_dated_series_answers_for_its_own_hours_only() {
        let axis = Axis::Dated { start: time("2024-01-01T06:00:00") };
        let values = vec![1.0, 2.0];
        let series =
            Series { quantity: Quantity::Price, name: String::new(), axis, values, gaps: Vec::new() };
        assert_eq!(series.at(time("2024-01-01T05:59:59")), None);
        assert_eq!(series.at(time("2024-01-01T06:59:59")), Some(1.0));
        assert_eq!(series.at(time("2024-01-01T07:00:00")), Some(2.0));
        assert_eq!(series.at(time("2024-01-01T08:00:00")), None);
    }

    #[test]
    fn a_typical_year_answers_for_every_year_in_local_standard_time() {
        let axis = Axis::Typical { offset: Span::from_hours(-6) };
        let values = (0..HOURS_OF_YEAR).map(|i| i as f64).collect();
        let series =
            Series { quantity: Quantity::DryBulb, name: String::new(), axis, values, gaps: Vec::new() };
        for year in [2025, 2028, 2103] {
            assert_eq!(series.at(time(&format!("{year}-01-01T06:00:00"))), Some(0.0));
            assert_eq!(series.at(time(&format!("{year}-01-01T05:00:00"))), Some(8759.0), "31 December, 23 h");
            // Summer time is not in the axis: noon of the clock in July is 11 h standard time.
            assert_eq!(series.at(time(&format!("{year}-07-01T17:00:00"))), Some((181 * 24 + 11) as f64));
        }
        let leap = series.at(time("2028-02-29T18:00:00"));
        assert_eq!(leap, series.at(time("2028-02-28T18:00:00")));
    }
}
