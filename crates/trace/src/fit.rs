//! From a log to a synthetic stream that looks like it, with the error shown.
//!
//! What is fitted: the mean rate, its shape over the day and the week, the distribution of the gaps, the sizes with
//! their frequencies, and the run times of each class of sizes. What is not: users who submit again and again, and
//! days that are busier than others; [`FitReport::dispersion`] shows how much of that is lost.

mod arrivals;
mod durations;
pub mod statistics;

use crate::generator::Generator;
use crate::reader::Reader;
use crate::record::JobRecord;
use crate::rules;
use crate::synthetic::{Gaps, Sizes, Synthetic};
use base::{Diagnostic, SimTime, Span};
use statistics::{distance, mean};

/// How a fit is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitOptions {
    /// The instant that `submit` counts from: the hour of the day and the day of the week come from it.
    pub start: SimTime,
    /// The shape of the run times.
    pub durations: DurationShape,
    /// Jobs used at most, the first ones: each takes 24 bytes of memory.
    pub most_jobs: usize,
    /// Seed of the generated stream that the log is compared with.
    pub seed: u64,
}

impl Default for FitOptions {
    fn default() -> Self {
        FitOptions {
            start: SimTime(0),
            durations: DurationShape::Quantiles { steps: 20 },
            most_jobs: 20_000_000,
            seed: 1,
        }
    }
}

/// How the run times of a class of sizes are described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DurationShape {
    /// Empirical quantiles at so many equal steps, with the last moved so that the mean is that of the log.
    Quantiles {
        /// Steps from the least to the longest.
        steps: u32,
    },
    /// Lognormal by the mean and deviation of the logarithms, cut at the longest.
    Lognormal,
}

/// How well a fitted stream agrees with the log. Distances are those of Kolmogorov and Smirnov: the largest
/// difference between two cumulative distributions, 0..1.
#[derive(Clone, Debug, PartialEq)]
pub struct FitReport {
    /// Jobs of the log that were used.
    pub jobs: u64,
    /// Jobs that ask for no accelerator: a synthetic stream cannot hold them.
    pub without_gpu: u64,
    /// Jobs that ask for a share of an accelerator, counted as one whole.
    pub shares: u64,
    /// Jobs beyond [`FitOptions::most_jobs`], not used.
    pub beyond: u64,
    /// Jobs of the generated stream of the same length.
    pub generated_jobs: u64,
    /// Distance of the gaps between submissions.
    pub gap_distance: f64,
    /// Distance of the sizes.
    pub size_distance: f64,
    /// Distance of the run times.
    pub duration_distance: f64,
    /// Accelerator-hours of the log.
    pub gpu_hours: f64,
    /// Accelerator-hours of the generated stream over those of the log.
    pub gpu_hours_ratio: f64,
    /// Coefficient of variation of the gaps: log, generated.
    pub gap_cv: [f64; 2],
    /// Variance over mean of the jobs in each hour: log, generated. 1 is Poisson at an even rate.
    pub dispersion: [f64; 2],
    /// The gap distributions that were tried, each with its distance in operational time; the least was taken.
    pub tried: Vec<(Gaps, f64)>,
}

/// What the fit needs of a log.
pub(crate) struct Sample {
    /// Nanoseconds from the start of the log, rising.
    pub submits: Vec<i64>,
    /// Nanoseconds.
    pub runtimes: Vec<i64>,
    /// Whole accelerators.
    pub sizes: Vec<u32>,
}

/// The fewest jobs that a fit is made from.
const FEWEST: usize = 100;

/// Fits a synthetic stream to a log, with the hour of the day and the day of the week counted from its own start where
/// it says one; otherwise from [`FitOptions::start`].
pub fn fit_log(mut reader: Reader, options: &FitOptions) -> Result<(Synthetic, FitReport), Diagnostic> {
    // Some logs know their start only once they are sorted: that is, with the first job.
    let first = reader.next();
    let options = FitOptions { start: reader.start().unwrap_or(options.start), ..*options };
    fit(first.into_iter().chain(reader), &options)
}

/// Fits a synthetic stream to the jobs of a log. The first mistake of the log ends it.
pub fn fit(
    records: impl IntoIterator<Item = Result<JobRecord, Diagnostic>>,
    options: &FitOptions,
) -> Result<(Synthetic, FitReport), Diagnostic> {
    let mut report = FitReport::empty();
    let sample = collect(records, options, &mut report)?;
    if sample.submits.len() < FEWEST {
        let message = format!("{} jobs are too few to fit; it takes {FEWEST}", sample.submits.len());
        return Err(Diagnostic::error(rules::FIT, message)
            .with_hint("give a longer log, or write the distributions by hand"));
    }
    let (arrivals, tried) = arrivals::fit(&sample.submits, options);
    let synthetic = Synthetic {
        arrivals,
        sizes: sizes(&sample.sizes),
        durations: durations::fit(&sample, options.durations),
        estimate_factor: None,
        cpu_milli_per_gpu: 0,
        memory_mib_per_gpu: 0,
        count: None,
    };
    report.tried = tried;
    compare(&sample, &synthetic, options, &mut report);
    Ok((synthetic, report))
}

fn collect(
    records: impl IntoIterator<Item = Result<JobRecord, Diagnostic>>,
    options: &FitOptions,
    report: &mut FitReport,
) -> Result<Sample, Diagnostic> {
    let mut sample = Sample { submits: Vec::new(), runtimes: Vec::new(), sizes: Vec::new() };
    for record in records {
        let record = record?;
        let milli = record.demand.total_gpu_milli();
        if milli == 0 {
            report.without_gpu += 1;
        } else if sample.submits.len() >= options.most_jobs {
            report.beyond += 1;
        } else {
            report.shares += u64::from(!milli.is_multiple_of(1000));
            sample.submits.push(record.submit.0);
            sample.runtimes.push(record.runtime.0.max(0));
            sample.sizes.push(u32::try_from(milli.div_ceil(1000)).unwrap_or(u32::MAX));
        }
    }
    report.jobs = sample.submits.len() as u64;
    Ok(sample)
}

/// The sizes that occur, each with how often; of more than 64 the rarest are counted with the next larger one kept.
fn sizes(all: &[u32]) -> Sizes {
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    let mut counts: Vec<(u32, u64)> = Vec::new();
    for size in sorted {
        match counts.last_mut() {
            Some((last, count)) if *last == size => *count += 1,
            _ => counts.push((size, 1)),
        }
    }
    while counts.len() > 64 {
        // The largest always stays, so there is a next larger one.
        let rarest = (0..counts.len() - 1).min_by_key(|&place| counts[place].1).unwrap_or(0);
        let (_, moved) = counts.remove(rarest);
        counts[rarest].1 += moved;
    }
    Sizes::Weighted(counts.into_iter().map(|(size, count)| (size, count as f64)).collect())
}

/// Generates a stream of the log's length and measures how far it is from the log.
fn compare(sample: &Sample, synthetic: &Synthetic, options: &FitOptions, report: &mut FitReport) {
    let first = sample.submits.first().copied().unwrap_or_default();
    let length = Span(sample.submits.last().copied().unwrap_or_default() - first + 1);
    let start = options.start.saturating_add(Span(first));
    // A fit is never so bad that it gives four times the jobs; a broken one must still end.
    let most = sample.submits.len() * 4;
    let drawn: Vec<JobRecord> =
        Generator::new(synthetic, options.seed, "fit", start, length).take(most).collect();
    let submits: Vec<i64> = drawn.iter().map(|job| job.submit.0).collect();
    let gaps = |submits: &[i64]| -> Vec<f64> {
        submits.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e9).collect()
    };
    let drawn_sizes: Vec<f64> =
        drawn.iter().map(|job| job.demand.total_gpu_milli() as f64 / 1000.0).collect();
    let drawn_hours: Vec<f64> = drawn.iter().map(|job| job.runtime.hours()).collect();
    let log_sizes: Vec<f64> = sample.sizes.iter().map(|&size| f64::from(size)).collect();
    let log_hours: Vec<f64> = sample.runtimes.iter().map(|&nanos| Span(nanos).hours()).collect();
    let work = |sizes: &[f64], hours: &[f64]| sizes.iter().zip(hours).map(|(s, h)| s * h).sum::<f64>();
    let (log_gaps, drawn_gaps) = (gaps(&sample.submits), gaps(&submits));
    report.generated_jobs = drawn.len() as u64;
    report.gap_distance = distance(&log_gaps, &drawn_gaps);
    report.size_distance = distance(&log_sizes, &drawn_sizes);
    report.duration_distance = distance(&log_hours, &drawn_hours);
    report.gpu_hours = work(&log_sizes, &log_hours);
    report.gpu_hours_ratio = work(&drawn_sizes, &drawn_hours) / report.gpu_hours;
    report.gap_cv = [statistics::cv(&log_gaps), statistics::cv(&drawn_gaps)];
    report.dispersion = [dispersion(&sample.submits), dispersion(&submits)];
}

/// Variance over mean of the number of arrivals in each hour.
fn dispersion(submits: &[i64]) -> f64 {
    let Some(first) = submits.first() else { return 0.0 };
    let mut counts: Vec<f64> = Vec::new();
    for submit in submits {
        let hour = ((submit - first) / Span::HOUR.0) as usize;
        // A log of jobs years apart has more hours than are worth counting.
        if hour >= 10_000_000 {
            break;
        }
        counts.resize(counts.len().max(hour + 1), 0.0);
        counts[hour] += 1.0;
    }
    let mean = mean(&counts);
    let cv = statistics::cv(&counts);
    cv * cv * mean
}

impl FitReport {
    fn empty() -> FitReport {
        FitReport {
            jobs: 0,
            without_gpu: 0,
            shares: 0,
            beyond: 0,
            generated_jobs: 0,
            gap_distance: 0.0,
            size_distance: 0.0,
            duration_distance: 0.0,
            gpu_hours: 0.0,
            gpu_hours_ratio: 0.0,
            gap_cv: [0.0; 2],
            dispersion: [0.0; 2],
            tried: Vec::new(),
        }
    }

    /// The report as lines of name, value and what it means, for people.
    pub fn rows(&self) -> Vec<(&'static str, String, &'static str)> {
        let pair = |pair: [f64; 2]| format!("{:.3} / {:.3}", pair[0], pair[1]);
        vec![
            ("jobs", self.jobs.to_string(), "jobs of the log that were used"),
            ("without_gpu", self.without_gpu.to_string(), "jobs that ask for no accelerator, left out"),
            ("shares", self.shares.to_string(), "jobs that ask for a share, counted as one accelerator"),
            ("beyond", self.beyond.to_string(), "jobs beyond the limit, not used"),
            (
                "generated_jobs",
                self.generated_jobs.to_string(),
                "jobs of a generated stream of the same length",
            ),
            ("gap_distance", format!("{:.4}", self.gap_distance), "Kolmogorov-Smirnov distance of the gaps"),
            ("size_distance", format!("{:.4}", self.size_distance), "the same of the sizes"),
            ("duration_distance", format!("{:.4}", self.duration_distance), "the same of the run times"),
            ("gpu_hours", format!("{:.0}", self.gpu_hours), "accelerator-hours of the log"),
            ("gpu_hours_ratio", format!("{:.4}", self.gpu_hours_ratio), "generated over log"),
            ("gap_cv", pair(self.gap_cv), "coefficient of variation of the gaps: log / generated"),
            ("dispersion", pair(self.dispersion), "variance over mean of jobs in each hour: log / generated"),
        ]
    }
}
