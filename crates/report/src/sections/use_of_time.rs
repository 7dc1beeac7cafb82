//! What the accelerators did: busy, free, of no use, broken.

use super::{maybe, periods, thinning, time_axis};
use crate::chart::{Axis, Chart, Ink, Mark, Series, Xy};
use crate::figure::{Block, Figure, Section, Table};
use crate::format;
use crate::run::{Bin, Run};
use crate::scale::{Reads, Scale};

/// The most sites that get a chart of their own.
const SITES: usize = 12;
/// Rows of the tables under charts over time.
const PERIODS: usize = 24;

/// One part of what is installed: its name, its colour and how to get it from the sums of a bin.
type Part = (&'static str, Ink, fn(&Bin) -> f64);

/// The parts of what is installed, from below to above.
const PARTS: [Part; 4] = [
    ("busy", Ink::Busy, |bin| bin.busy),
    ("fragmented", Ink::Fragmented, |bin| bin.fragmented.min(bin.idle)),
    ("free", Ink::Idle, |bin| (bin.idle - bin.fragmented).max(0.0)),
    ("down", Ink::Down, |bin| bin.down),
];

pub(super) fn section(run: &Run) -> Option<Section> {
    let lead = "Every GPU-hour that is energised is busy (held by a job), down (broken or in repair), free, or fragmented: \
                free, but in pieces that the typical job of this workload cannot use (Weng et al., USENIX ATC 2023)."
        .to_string();
    let section =
        |blocks| Some(Section { id: "use", title: "How the GPUs were used".to_string(), lead, blocks });
    if run.hours.network.iter().all(|bin| bin.installed <= 0.0) {
        return section(vec![Block::Text(
            "No GPU was energised during the run: there is nothing to show.".to_string(),
        )]);
    }
    let thinned = thinning(&run.hours);
    let mut blocks = vec![Block::Figure(Figure {
        id: "fig-utilisation".to_string(),
        title: "How much of the network was in use?".to_string(),
        caption: format!("Shares of the GPU-hours energised over all sites. {thinned}"),
        chart: shares(run, &run.hours.network, false),
        table: share_table(run, &run.hours.network),
    })];
    blocks.extend(by_site(run, &thinned));
    blocks.push(Block::Figure(Figure {
        id: "fig-allocation".to_string(),
        title: "How many GPUs were allocated, and how many were free but of no use?".to_string(),
        caption: format!(
            "Allocated GPUs are held by jobs. Fragmented ones stand free on nodes where the typical job does not fit. The \
             line is what is energised. {thinned}"
        ),
        chart: allocation(run),
        table: allocation_table(run),
    }));
    section(blocks)
}

fn share_series(bins: &[Bin]) -> Vec<Series> {
    PARTS
        .into_iter()
        .map(|(name, ink, part)| Series {
            name: name.to_string(),
            ink,
            mark: Mark::Area,
            values: bins.iter().map(|bin| bin.share(part(bin))).collect(),
            low: Vec::new(),
        })
        .collect()
}

fn shares(run: &Run, bins: &[Bin], small: bool) -> Chart {
    let title = if small { "share" } else { "share of the GPU-hours energised" };
    Chart::Xy(Xy {
        x: time_axis(run),
        y: Axis { title: title.to_string(), scale: Scale::shares(), reads: Reads::Share },
        places: run.hours.bins.edges(),
        series: share_series(bins),
        stacked: true,
        small,
        guides: Vec::new(),
    })
}

fn share_table(run: &Run, bins: &[Bin]) -> Table {
    let mut table = Table::new(&["from", "#busy", "#fragmented", "#free", "#down", "#energised"]);
    for (name, bin, _, _) in periods(&run.hours, bins, PERIODS) {
        let [busy, fragmented, free, down] =
            PARTS.map(|(_, _, part)| maybe(bin.share(part(&bin)), format::share));
        table.push([name, busy, fragmented, free, down, format::quantity(bin.installed, "GPU-h")]);
    }
    table
}

/// A small chart for each of the largest sites, where there are several.
fn by_site(run: &Run, thinned: &str) -> Vec<Block> {
    if run.sites.len() < 2 {
        return Vec::new();
    }
    let installed = |place: usize| run.hours.sites.get(place).map_or(0.0, |bins| total(bins).installed);
    let mut order: Vec<usize> = (0..run.sites.len()).filter(|place| installed(*place) > 0.0).collect();
    order.sort_by(|a, b| installed(*b).total_cmp(&installed(*a)).then(a.cmp(b)));
    let figures = order
        .iter()
        .take(SITES)
        .map(|place| {
            let (site, bins) = (&run.sites[*place], &run.hours.sites[*place]);
            let sum = total(bins);
            Figure {
                id: format!("fig-utilisation-site-{}", place + 1),
                title: site.name.clone(),
                caption: format!(
                    "{} busy of {} energised",
                    maybe(sum.share(sum.busy), format::share),
                    format::quantity(sum.installed, "GPU-h")
                ),
                chart: shares(run, bins, true),
                table: share_table(run, bins),
            }
        })
        .collect();
    let more = run.sites.len().saturating_sub(SITES);
    let which = match more {
        0 => String::new(),
        _ => format!(" The {SITES} largest sites are drawn; the others are in the table `site_hours`."),
    };
    vec![
        Block::Text(format!("Each site by itself, in the same colours. {thinned}{which}")),
        Block::Grid(figures),
    ]
}

fn total(bins: &[Bin]) -> Bin {
    bins.iter().fold(Bin::default(), |sum, bin| sum.with(bin))
}

fn allocation(run: &Run) -> Chart {
    let edges = run.hours.bins.edges();
    let mean = |gpu_hours: f64, place: usize| {
        let edge = |at: usize| edges.get(at).copied().unwrap_or(0.0);
        Bin::mean_gpus(gpu_hours, edge(place), edge(place + 1))
    };
    let values = |part: fn(&Bin) -> f64| -> Vec<Option<f64>> {
        run.hours.network.iter().enumerate().map(|(place, bin)| mean(part(bin), place)).collect()
    };
    let mut series: Vec<Series> = PARTS
        .into_iter()
        .take(2)
        .map(|(name, ink, part)| Series {
            name: if ink == Ink::Busy { "allocated".to_string() } else { name.to_string() },
            ink,
            mark: Mark::Area,
            values: values(part),
            low: Vec::new(),
        })
        .collect();
    let installed = values(|bin| bin.installed);
    let highest = installed.iter().flatten().copied().fold(0.0, f64::max);
    series.push(Series {
        name: "energised".to_string(),
        ink: Ink::Installed,
        mark: Mark::Step,
        values: installed,
        low: Vec::new(),
    });
    Chart::Xy(Xy {
        x: time_axis(run),
        y: Axis { title: "GPUs".to_string(), scale: Scale::from_zero(highest), reads: Reads::Number },
        places: edges,
        series,
        stacked: true,
        small: false,
        guides: Vec::new(),
    })
}

fn allocation_table(run: &Run) -> Table {
    let mut table = Table::new(&[
        "from",
        "#allocated GPUs",
        "#fragmented GPUs",
        "#energised GPUs",
        "#allocated of working",
    ]);
    for (name, bin, from, to) in periods(&run.hours, &run.hours.network, PERIODS) {
        let mean = |gpu_hours: f64| maybe(Bin::mean_gpus(gpu_hours, from, to), format::number);
        let working = bin.busy + bin.idle;
        let share = (working > 0.0).then(|| bin.busy / working);
        table.push([
            name,
            mean(bin.busy),
            mean(bin.fragmented),
            mean(bin.installed),
            maybe(share, format::share),
        ]);
    }
    table
}
