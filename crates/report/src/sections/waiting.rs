//! How long jobs waited.

use super::maybe;
use crate::chart::{Axis, Chart, Ink, Mark, Series, Xy};
use crate::figure::{Block, Figure, Section, Table};
use crate::format;
use crate::run::Run;
use crate::scale::{Reads, Scale};
use base::Span;
use tables::Sketch;

/// Points of a curve.
const POINTS: i32 = 160;
/// Waits below this are drawn at the left edge.
const SHORTEST_S: f64 = 1.0;

pub(super) fn section(run: &Run) -> Option<Section> {
    let waits = &run.jobs.waits;
    let section = |lead: String, blocks| {
        Some(Section { id: "waiting", title: "How long jobs waited".to_string(), lead, blocks })
    };
    if waits.count() == 0 {
        return section(
            String::new(),
            vec![Block::Text("No job ran: there is nothing to show.".to_string())],
        );
    }
    let lead = format!(
        "The time between submission and start, with later stays in a queue after a preemption. {} of {} that ran started \
         within a second.",
        maybe(within(waits, SHORTEST_S), format::share),
        format::plural(waits.count(), "job", "jobs"),
    );
    let groups = run.jobs.waits_by_group();
    let all = [("all jobs", waits.clone())];
    let mut blocks = vec![Block::Figure(Figure {
        id: "fig-waiting".to_string(),
        title: "What share of jobs had started after a given wait?".to_string(),
        caption: "Read it upwards from a wait: the height is the share of jobs that waited no longer (a cumulative \
                  distribution). Waits below a second are at the left edge. All jobs that ran are counted; the curve has 160 \
                  points, right to 2 % of the wait."
            .to_string(),
        chart: curves(&all, waits.greatest_s(), |_| Ink::Busy),
        table: table("jobs", &all),
    })];
    if groups.len() > 1 {
        blocks.push(Block::Figure(Figure {
            id: "fig-waiting-size".to_string(),
            title: "Do large jobs wait longer?".to_string(),
            caption: "The same, by how many GPUs a job asked for, from small to large.".to_string(),
            chart: curves(&groups, waits.greatest_s(), |place| Ink::Ordered(place, groups.len())),
            table: table("size of the job", &groups),
        }));
    }
    section(lead, blocks)
}

fn curves(groups: &[(&str, Sketch)], longest_s: Option<f64>, ink: impl Fn(usize) -> Ink) -> Chart {
    // To the next round length, at least a minute.
    let longest = longest_s.unwrap_or(0.0).max(60.0);
    let scale = Scale::Log { low: SHORTEST_S, high: longest * 1.05 };
    let ratio = longest * 1.05 / SHORTEST_S;
    let places: Vec<f64> =
        (0..=POINTS).map(|i| SHORTEST_S * libm::pow(ratio, f64::from(i) / f64::from(POINTS))).collect();
    let series = groups
        .iter()
        .enumerate()
        .map(|(place, (name, waits))| Series {
            name: (*name).to_string(),
            ink: ink(place),
            mark: Mark::Line,
            values: places.iter().map(|seconds| within(waits, *seconds)).collect(),
            low: Vec::new(),
        })
        .collect();
    let lowest = groups.iter().filter_map(|(_, waits)| within(waits, SHORTEST_S)).fold(1.0, f64::min);
    let (low, title) = from(lowest);
    Chart::Xy(Xy {
        x: Axis { title: "time in a queue (logarithmic)".to_string(), scale, reads: Reads::Length },
        y: Axis { title, scale: Scale::Linear { low, high: 1.0 }, reads: Reads::Share },
        places,
        series,
        stacked: false,
        small: false,
        guides: Vec::new(),
    })
}

/// Where the axis of shares begins, and its title: where nearly all start at once, the rest is worth a closer look.
fn from(lowest: f64) -> (f64, String) {
    let low = [0.9, 0.8, 0.6].into_iter().find(|low| lowest >= *low).unwrap_or(0.0);
    let title = "share of jobs that waited no longer";
    match low > 0.0 {
        true => (low, format!("{title} (the axis begins at {})", format::share(low))),
        false => (low, title.to_string()),
    }
}

fn within(waits: &Sketch, seconds: f64) -> Option<f64> {
    waits.share_within(Span::from_seconds_f64(seconds).unwrap_or(Span::FOREVER))
}

fn table(what: &str, groups: &[(&str, Sketch)]) -> Table {
    let mut table = Table::new(&[
        what,
        "#jobs that ran",
        "#within a second",
        "#mean",
        "#median",
        "#95 %",
        "#99 %",
        "#longest",
    ]);
    for (name, waits) in groups {
        let quantile = |rank| maybe(waits.quantile_s(rank), format::length);
        table.push([
            (*name).to_string(),
            format::count(waits.count()),
            maybe(within(waits, SHORTEST_S), format::share),
            maybe(waits.mean_s(), format::length),
            quantile(0.5),
            quantile(0.95),
            quantile(0.99),
            maybe(waits.greatest_s(), format::length),
        ]);
    }
    table
}
