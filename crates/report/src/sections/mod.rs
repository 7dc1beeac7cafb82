//! The sections of the page, one file each, in their order.
//!
//! # How to add one
//!
//! 1. Write `sections/<name>.rs` with one function `section(run: &Run) -> Option<Section>`. It returns `None` where the
//!    run has nothing to say on the matter, and a section with a sentence instead of a chart where a reader would look
//!    for one. Numbers go through [`crate::format`]; shares stay 0..1 until there.
//! 2. Add it to [`SECTIONS`] at the place where a reader expects it: the table of contents follows.
//! 3. If it needs a table of its own, open it with `tables::read` through `run.folder`, sum it up in one pass, and keep
//!    at most some hundreds of points: say in the caption how.
//! 4. Each [`Figure`](crate::figure::Figure) asks a question in its title, has axis titles with units, one line that
//!    explains the terms, and a table with the same numbers. Its `id` is a link: it never changes.
//!
//! The tests then check by themselves that the chart is drawn in a browser, that its identifiers are unique and that
//! two renderings are the same bytes.

mod agreements;
mod books;
mod building;
mod capacity;
mod capital;
mod energy;
mod expectations;
mod failures;
mod jobs;
mod minute;
mod network;
mod policy;
mod programme;
mod provenance;
mod queue;
mod reproduce;
mod services;
mod settlements;
mod tenants;
mod use_of_time;
mod waiting;

use crate::chart::{Axis, Ink, SERIES};
use crate::figure::Section;
use crate::format;
use crate::run::{Bin, Hours, Run};
use crate::scale::{Reads, Scale};
use base::SimTime;

/// Every section, from top to bottom.
pub const SECTIONS: [fn(&Run) -> Option<Section>; 20] = [
    programme::section,
    minute::section,
    network::section,
    building::section,
    capital::section,
    capacity::section,
    use_of_time::section,
    queue::section,
    waiting::section,
    jobs::section,
    tenants::section,
    energy::section,
    services::section,
    failures::section,
    agreements::section,
    books::section,
    expectations::section,
    policy::section,
    provenance::section,
    reproduce::section,
];

/// The horizontal axis of everything that is drawn over the time of the run.
fn time_axis(run: &Run) -> Axis {
    let (low, high) = (run.start.0 as f64 / 1e9, run.end.0 as f64 / 1e9);
    Axis { title: "time (UTC)".to_string(), scale: Scale::Time { low, high }, reads: Reads::Time }
}

/// How the hours of the table were thinned out, for captions.
pub(crate) fn thinning(hours: &Hours) -> String {
    match hours.bins.width_hours() {
        1 => "Each step is one hour.".to_string(),
        width if width.is_multiple_of(24) => {
            format!("Each step is the mean of {}.", format::plural(width / 24, "day", "days"))
        }
        width => format!("Each step is the mean of {width} hours."),
    }
}

/// The bins of a run gathered into at most `most` periods, for tables: their names, sums and edges in seconds.
fn periods(hours: &Hours, bins: &[Bin], most: usize) -> Vec<(String, Bin, f64, f64)> {
    let edges = hours.bins.edges();
    let each = bins.len().div_ceil(most.max(1)).max(1);
    bins.chunks(each)
        .enumerate()
        .map(|(place, chunk)| {
            let edge = |at: usize| edges.get(at).copied().unwrap_or(0.0);
            let (from, to) = (edge(place * each), edge((place * each + each).min(bins.len())));
            let name = format::instant(SimTime((from * 1e9) as i64));
            (name, chunk.iter().fold(Bin::default(), |sum, bin| sum.with(bin)), from, to)
        })
        .collect()
}

/// What several things look like in one chart: the largest get colours of their own, the others become one.
///
/// Gives for each entry its name, its colour and the places of the things in it; `sizes` says which are the largest.
fn largest(names: &[String], sizes: &[f64]) -> Vec<(String, Ink, Vec<usize>)> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    let size = |place: &usize| sizes.get(*place).copied().unwrap_or(0.0);
    order.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.cmp(b)));
    let own = if names.len() <= SERIES { names.len() } else { SERIES - 1 };
    let name = |place: usize| names.get(place).cloned().unwrap_or_default();
    let mut entries: Vec<_> = order
        .iter()
        .take(own)
        .enumerate()
        .map(|(colour, place)| (name(*place), Ink::Series(colour), vec![*place]))
        .collect();
    let rest = order.split_off(own);
    if !rest.is_empty() {
        entries.push((format!("{} others", format::count(rest.len() as u64)), Ink::Others, rest));
    }
    entries
}

/// A result as it is written for people: lengths of time in clock units, shares in percent.
pub(crate) fn result(metric: &str, unit: &str, value: Option<f64>) -> String {
    match value {
        None => "–".to_string(),
        Some(value) if is_share(metric) => format::share(value),
        Some(value) if unit == "USD" => format::dollars(value),
        Some(value) => format::quantity(value, unit_name(unit)),
    }
}

/// How far apart two values of a result are, without the sign: shares in points, for a percentage would read as the
/// relative difference.
pub(crate) fn apart(metric: &str, unit: &str, difference: f64) -> String {
    let written = result(metric, unit, Some(difference.abs()));
    if is_share(metric) { written.replace('%', "pt") } else { written }
}

/// Whether a result is a share, 0..1.
pub(crate) fn is_share(metric: &str) -> bool {
    let metric = metric.rsplit('.').next().unwrap_or(metric);
    metric.ends_with("_share") || matches!(metric, "utilisation" | "goodput")
}

/// Units as people read them.
fn unit_name(unit: &str) -> &str {
    match unit {
        "GPU h" => "GPU-h",
        "GPU" => "GPUs",
        _ => unit,
    }
}

/// A number that may be missing.
fn maybe(value: Option<f64>, write: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "–".to_string(), write)
}
