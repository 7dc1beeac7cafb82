//! The table `site_hours`, gathered into a few hundred bins.

use super::Site;
use crate::Error;
use crate::format;
use base::{SimTime, Span};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::path::Path;
use tables::read;

/// The most bins that the hours are gathered into.
pub const BINS: i64 = 360;

/// Widths of bins in hours: all divide a day or are made of whole days.
const WIDTHS: [i64; 19] =
    [1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168, 336, 672, 1344, 2688, 5376, 10_752, 21_504, 86_016];

/// The bins of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bins {
    start: SimTime,
    end: SimTime,
    first: SimTime,
    width: Span,
    count: usize,
}

impl Bins {
    /// Bins over a run: hours where they are few, else as many hours each as keeps them few. They begin at multiples of
    /// their width, so that a day is a day.
    pub fn over(start: SimTime, end: SimTime) -> Bins {
        let fits = |hours: &i64| {
            let width = Span::from_hours(*hours);
            (end.0.saturating_sub(floor(start, width).0)).div_euclid(width.0) < BINS
        };
        let width = Span::from_hours(WIDTHS.into_iter().find(fits).unwrap_or(WIDTHS[WIDTHS.len() - 1]));
        let first = floor(start, width);
        let length = end.0.saturating_sub(first.0).max(0);
        let count = usize::try_from(length / width.0 + i64::from(length % width.0 != 0)).unwrap_or(0);
        Bins { start, end, first, width, count }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.count
    }
    /// Hours in each, but for the first and last.
    pub fn width_hours(&self) -> u64 {
        u64::try_from(self.width.0 / Span::HOUR.0).unwrap_or(1)
    }
    /// The bin of an instant; the nearest one for instants outside.
    pub(super) fn of(&self, time: SimTime) -> usize {
        let place = (time.0.saturating_sub(self.first.0)).div_euclid(self.width.0);
        usize::try_from(place.max(0)).unwrap_or(0).min(self.count.saturating_sub(1))
    }
    /// Where each bin begins, and where the last one ends, in seconds since the Unix epoch: the run's own edges at both
    /// ends.
    pub fn edges(&self) -> Vec<f64> {
        (0..=self.count)
            .map(|place| self.first.saturating_add(Span(self.width.0.saturating_mul(place as i64))))
            .map(|time| time.clamp(self.start, self.end).0 as f64 / 1e9)
            .collect()
    }
}

fn floor(time: SimTime, width: Span) -> SimTime {
    SimTime(time.0.saturating_sub(time.0.rem_euclid(width.0)))
}

/// Sums over the hours of a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Accelerator hours energised.
    pub installed: f64,
    /// Of those, held by jobs.
    pub busy: f64,
    /// Of those, free.
    pub idle: f64,
    /// Of those, broken.
    pub down: f64,
    /// Of the idle ones, of no use to the typical job.
    pub fragmented: f64,
    /// Jobs started.
    pub started: u64,
    /// Jobs finished.
    pub finished: u64,
    /// What waited at the ends of the hours.
    pub queued_jobs: Sample,
    /// Accelerators that they asked for.
    pub queued_gpus: Sample,
    /// Jobs running at the ends of the hours.
    pub running_jobs: Sample,
}

/// Readings: their mean and their greatest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    sum: f64,
    count: u32,
    max: f64,
}

impl Sample {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
        self.max = self.max.max(value);
    }
    fn merge(&mut self, other: &Sample) {
        self.sum += other.sum;
        self.count += other.count;
        self.max = self.max.max(other.max);
    }
    /// The mean reading; nothing without readings.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
    /// The greatest reading; nothing without readings.
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max)
    }
}

/// The hours of a run in bins.
#[derive(Clone, Debug)]
pub struct Hours {
    /// The bins.
    pub bins: Bins,
    /// The whole network.
    pub network: Vec<Bin>,
    /// Each site, in the order of the sites.
    pub sites: Vec<Vec<Bin>>,
    /// The whole network by calendar year (UTC), counted hour by hour: bins may lie over the turn of a year.
    pub years: BTreeMap<i16, Bin>,
    /// Rows of the table.
    pub rows: u64,
}

/// The readings of all sites at the end of one hour: jobs waiting, accelerators asked for, jobs running.
type Readings = [f64; 3];

const COLUMNS: [&str; 12] = [
    "hour",
    "site",
    "installed_gpu_hours",
    "busy_gpu_hours",
    "idle_gpu_hours",
    "down_gpu_hours",
    "fragmented_gpu_hours",
    "queued_jobs",
    "queued_gpus",
    "running_jobs",
    "started_jobs",
    "finished_jobs",
];

impl Hours {
    pub(crate) fn read(folder: &Path, sites: &[Site], start: SimTime, end: SimTime) -> Result<Hours, Error> {
        let places: FxHashMap<&str, usize> =
            sites.iter().enumerate().map(|(place, site)| (site.key.as_str(), place)).collect();
        let bins = Bins::over(start, end);
        let batches = read::open(folder, &tables::site_hours::TABLE, &COLUMNS)?;
        let mut hours = Hours {
            bins,
            network: vec![Bin::default(); bins.count()],
            sites: vec![vec![Bin::default(); bins.count()]; sites.len()],
            years: BTreeMap::new(),
            rows: batches.rows(),
        };
        if bins.count() == 0 {
            return Ok(hours);
        }
        // Sites give their hours when something happens to them, so that the rows of one hour do not stand together: the
        // sums over the sites need a place for each hour.
        let mut by_hour: BTreeMap<SimTime, Readings> = BTreeMap::new();
        for batch in batches {
            let batch = batch?;
            let (times, keys) = (batch.instants("hour")?, batch.texts("site")?);
            let amounts =
                ["installed", "busy", "idle", "down", "fragmented"].map(|name| format!("{name}_gpu_hours"));
            let amounts = amounts.iter().map(|name| batch.numbers(name)).collect::<Result<Vec<_>, _>>()?;
            let queued_gpus = batch.numbers("queued_gpus")?;
            let counts = ["queued_jobs", "running_jobs", "started_jobs", "finished_jobs"];
            let counts = counts.iter().map(|name| batch.integers(name)).collect::<Result<Vec<_>, _>>()?;
            for row in 0..batch.len() {
                let Some(hour) = times.get(row) else { continue };
                let amount =
                    |column: usize| amounts.get(column).and_then(|values| values.get(row)).unwrap_or(0.0);
                let count = |column: usize| {
                    counts
                        .get(column)
                        .and_then(|values| values.get(row))
                        .and_then(|value| u64::try_from(value).ok())
                        .unwrap_or(0)
                };
                let sums = Bin {
                    installed: amount(0),
                    busy: amount(1),
                    idle: amount(2),
                    down: amount(3),
                    fragmented: amount(4),
                    started: count(2),
                    finished: count(3),
                    ..Bin::default()
                };
                let readings = [count(0) as f64, queued_gpus.get(row).unwrap_or(0.0), count(1) as f64];
                let bin = bins.of(hour);
                if let Some(site) = keys.get(row).and_then(|key| places.get(key)) {
                    hours.sites[*site][bin].add(&sums);
                    hours.sites[*site][bin].read(readings);
                }
                hours.network[bin].add(&sums);
                // The first hour may begin before the run does.
                hours.years.entry(format::calendar(hour.max(start)).year()).or_default().add(&sums);
                let sums = by_hour.entry(hour.hour_start()).or_default();
                sums.iter_mut().zip(readings).for_each(|(sum, reading)| *sum += reading);
            }
        }
        for (hour, readings) in by_hour {
            hours.network[bins.of(hour)].read(readings);
        }
        Ok(hours)
    }
}

impl Bin {
    /// The sums and readings of both.
    pub fn with(mut self, other: &Bin) -> Bin {
        self.add(other);
        self.queued_jobs.merge(&other.queued_jobs);
        self.queued_gpus.merge(&other.queued_gpus);
        self.running_jobs.merge(&other.running_jobs);
        self
    }
    fn add(&mut self, other: &Bin) {
        self.installed += other.installed;
        self.busy += other.busy;
        self.idle += other.idle;
        self.down += other.down;
        self.fragmented += other.fragmented;
        self.started += other.started;
        self.finished += other.finished;
    }
    fn read(&mut self, [queued_jobs, queued_gpus, running_jobs]: Readings) {
        self.queued_jobs.add(queued_jobs);
        self.queued_gpus.add(queued_gpus);
        self.running_jobs.add(running_jobs);
    }

    /// A part of what was installed as a share of it; nothing where nothing was.
    pub fn share(&self, part: f64) -> Option<f64> {
        (self.installed > 0.0).then(|| part / self.installed)
    }

    /// The mean of accelerators, from accelerator hours and the hours that the bin covers.
    pub fn mean_gpus(gpu_hours: f64, from_s: f64, to_s: f64) -> Option<f64> {
        (to_s > from_s).then(|| gpu_hours * 3600.0 / (to_s - from_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> SimTime {
        SimTime::parse(text).expect("a date")
    }

    #[test]
    fn short_runs_have_hours_and_long_ones_whole_days() {
        let week = Bins::over(time("2026-06-01"), time("2026-06-08"));
        assert_eq!((week.width_hours(), week.count()), (1, 168));
        let quarter = Bins::over(time("2026-06-01T05:30:00"), time("2026-09-01"));
        assert_eq!((quarter.width_hours(), quarter.count()), (8, 276));
        let decade = Bins::over(time("2026-01-01"), time("2036-01-01"));
        assert!(decade.width_hours().is_multiple_of(24) && decade.count() <= 360);
        let edges = quarter.edges();
        assert_eq!(edges[0], time("2026-06-01T05:30:00").0 as f64 / 1e9, "the run's own edge");
        assert_eq!(edges[1], time("2026-06-01T08:00:00").0 as f64 / 1e9, "a round hour");
        assert_eq!(*edges.last().expect("edges"), time("2026-09-01").0 as f64 / 1e9);
    }

    #[test]
    fn the_whole_range_of_time_fits_and_no_time_has_no_bins() {
        let all = Bins::over(SimTime(i64::MIN), SimTime(i64::MAX));
        assert!(all.count() <= 400, "{}", all.count());
        assert_eq!(all.of(SimTime::NEVER), all.count() - 1);
        let none = Bins::over(time("2026-06-01"), time("2026-06-01"));
        assert_eq!(none.count(), 0);
        assert_eq!(none.edges().len(), 1);
    }
}
