//! Both runs drawn over each other, on one axis of time.

use crate::Error;
use crate::chart::{Axis, Chart, Ink, Mark, Series, Xy};
use crate::figure::{Block, Figure, Section, Table};
use crate::format;
use crate::run::{Bin, Hours, Run};
use crate::scale::{Reads, Scale};
use base::SimTime;
use compare::Comparison;

/// What is drawn over time: the name in links, the question, the axis and the value of a bin.
struct Measure {
    id: &'static str,
    title: &'static str,
    axis: &'static str,
    caption: &'static str,
    reads: Reads,
    of: fn(&Bin, f64, f64) -> Option<f64>,
}

const MEASURES: [Measure; 4] = [
    Measure {
        id: "fig-over-installed",
        title: "How many GPUs were energised?",
        axis: "GPUs energised",
        caption: "Accelerators that could work, whether they did or not.",
        reads: Reads::Number,
        of: |bin, from, to| Bin::mean_gpus(bin.installed, from, to),
    },
    Measure {
        id: "fig-over-busy",
        title: "How many GPUs were at work?",
        axis: "GPUs held by jobs",
        caption: "Accelerators that jobs held.",
        reads: Reads::Number,
        of: |bin, from, to| Bin::mean_gpus(bin.busy, from, to),
    },
    Measure {
        id: "fig-over-utilisation",
        title: "What share of them was at work?",
        axis: "share of what is energised",
        caption: "GPU-hours held by jobs, of those energised.",
        reads: Reads::Share,
        of: |bin, _, _| bin.share(bin.busy),
    },
    Measure {
        id: "fig-over-queue",
        title: "How many GPUs did waiting jobs ask for?",
        axis: "GPUs asked for by waiting jobs",
        caption: "Mean of the readings at the ends of the hours.",
        reads: Reads::Number,
        of: |bin, _, _| bin.queued_gpus.mean(),
    },
];

pub(super) fn section(comparison: &Comparison, runs: &[Run; 2]) -> Result<Section, Error> {
    let [here, there] = runs;
    let (start, end) = (here.start.min(there.start), here.end.max(there.end));
    let hours = [on_axis(here, start, end)?, on_axis(there, start, end)?];
    let names = [comparison.here.as_str(), comparison.there.as_str()];
    let figures = MEASURES.iter().map(|measure| figure(measure, names, &hours, runs)).collect();
    let mut blocks = vec![Block::Grid(figures)];
    let sites = sites(names, runs, &hours);
    if sites.len() > 1 {
        blocks.push(Block::Text("GPUs energised, site by site:".to_string()));
        blocks.push(Block::Grid(sites));
    }
    Ok(Section {
        id: "over",
        title: "Both over time".to_string(),
        lead: format!("The first line is `{}`, the second `{}`.", names[0], names[1]),
        blocks,
    })
}

fn on_axis(run: &Run, start: SimTime, end: SimTime) -> Result<Hours, Error> {
    Hours::read(&run.folder, &run.sites, start, end)
}

fn figure(measure: &Measure, names: [&str; 2], hours: &[Hours; 2], runs: &[Run; 2]) -> Figure {
    let lines = [0, 1].map(|side: usize| values(&hours[side], &hours[side].network, &runs[side], measure.of));
    let chart = chart(measure.axis, measure.reads, names, hours, lines.clone(), false);
    let edges = hours[0].bins.edges();
    let every = lines[0].len().div_ceil(24).max(1);
    let mut table = Table::new(&["from", &format!("#{}", names[0]), &format!("#{}", names[1])]);
    for place in (0..lines[0].len()).step_by(every) {
        let write = |value: Option<f64>| match (value, measure.reads) {
            (None, _) => "–".to_string(),
            (Some(value), Reads::Share) => format::share(value),
            (Some(value), _) => format::number(value),
        };
        let from = edges.get(place).copied().unwrap_or(0.0);
        let from = format::date(SimTime((from * 1e9) as i64));
        table.push([from, write(lines[0][place]), write(lines[1].get(place).copied().flatten())]);
    }
    Figure {
        id: measure.id.to_string(),
        title: measure.title.to_string(),
        caption: format!("{} {}", measure.caption, crate::sections::thinning(&hours[0])),
        chart,
        table,
    }
}

/// The value of each bin; none outside of the run.
fn values(hours: &Hours, bins: &[Bin], run: &Run, of: fn(&Bin, f64, f64) -> Option<f64>) -> Vec<Option<f64>> {
    let edges = hours.bins.edges();
    let (start, end) = (run.start.0 as f64 / 1e9, run.end.0 as f64 / 1e9);
    let value = |(bin, edge): (&Bin, &[f64])| match (edge[0].max(start), edge[1].min(end)) {
        (from, to) if from < to => of(bin, from, to),
        _ => None,
    };
    bins.iter().zip(edges.windows(2)).map(value).collect()
}

fn chart(
    axis: &str,
    reads: Reads,
    names: [&str; 2],
    hours: &[Hours; 2],
    lines: [Vec<Option<f64>>; 2],
    small: bool,
) -> Chart {
    let edges = hours[0].bins.edges();
    let (low, high) = (edges.first().copied().unwrap_or(0.0), edges.last().copied().unwrap_or(1.0));
    let highest = lines.iter().flatten().flatten().fold(0.0_f64, |most, value| most.max(*value));
    let y = match reads {
        Reads::Share => Scale::from_zero(1.0),
        _ => Scale::from_zero(highest),
    };
    let inks = [Ink::Series(0), Ink::Series(1)];
    let series = lines.into_iter().zip(names).zip(inks).map(|((values, name), ink)| Series {
        name: name.to_string(),
        ink,
        mark: Mark::Step,
        values,
        low: Vec::new(),
    });
    Chart::Xy(Xy {
        x: Axis { title: "time (UTC)".to_string(), scale: Scale::Time { low, high }, reads: Reads::Time },
        y: Axis { title: axis.to_string(), scale: y, reads },
        places: edges,
        series: series.collect(),
        stacked: false,
        small,
        guides: Vec::new(),
    })
}

/// The most sites that are drawn one by one.
const SITES: usize = 24;

/// A small chart for each site that either side has.
fn sites(names: [&str; 2], runs: &[Run; 2], hours: &[Hours; 2]) -> Vec<Figure> {
    let mut keys: Vec<(&str, &str)> = runs
        .iter()
        .flat_map(|run| run.sites.iter().map(|site| (site.key.as_str(), site.name.as_str())))
        .collect();
    keys.sort_unstable();
    keys.dedup_by(|a, b| a.0 == b.0);
    let of = |side: usize, key: &str| {
        let place = runs[side].sites.iter().position(|site| site.key == key);
        match place {
            Some(place) => values(&hours[side], &hours[side].sites[place], &runs[side], |bin, from, to| {
                Bin::mean_gpus(bin.installed, from, to)
            }),
            None => vec![None; hours[side].bins.count()],
        }
    };
    keys.into_iter()
        .take(SITES)
        .map(|(key, name)| Figure {
            id: format!("fig-over-site-{key}"),
            title: name.to_string(),
            caption: String::new(),
            chart: chart("GPUs energised", Reads::Number, names, hours, [of(0, key), of(1, key)], true),
            table: Table::default(),
        })
        .collect()
}
