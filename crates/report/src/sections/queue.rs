//! What waited.

use super::{largest, maybe, periods, thinning, time_axis};
use crate::chart::{Axis, Chart, Ink, Mark, Series, Xy};
use crate::figure::{Block, Figure, Section, Table};
use crate::format;
use crate::run::{Bin, Run, Sample};
use crate::scale::{Reads, Scale};

pub(super) fn section(run: &Run) -> Option<Section> {
    if run.hours.network.is_empty() {
        return None;
    }
    let thinned = match run.hours.bins.width_hours() {
        1 => "Read at the end of each hour.".to_string(),
        _ => {
            let steps = thinning(&run.hours).trim_end_matches('.').replacen(
                "Each step is the mean",
                "The line is the mean",
                1,
            );
            format!("Read at the end of each hour. {steps}, the pale band its greatest.")
        }
    };
    let mut blocks = vec![
        Block::Figure(figure(
            run,
            ("fig-queue", "How many jobs waited?", "jobs waiting"),
            format!("Jobs that were submitted and did not run yet, over all sites. {thinned}"),
            |bin| bin.queued_jobs,
        )),
        Block::Figure(figure(
            run,
            (
                "fig-queue-gpus",
                "How many GPUs did the waiting jobs ask for?",
                "GPUs asked for by waiting jobs",
            ),
            format!("The demand that stands in the queues, over all sites. {thinned}"),
            |bin| bin.queued_gpus,
        )),
    ];
    if run.sites.len() > 1 {
        blocks.push(Block::Figure(by_site(run)));
    }
    Some(Section {
        id: "queue",
        title: "The queues".to_string(),
        lead: "A job is sent to one site when it is submitted and waits there until it can start."
            .to_string(),
        blocks,
    })
}

fn figure(
    run: &Run,
    (id, title, unit): (&str, &str, &str),
    caption: String,
    of: fn(&Bin) -> Sample,
) -> Figure {
    let network = &run.hours.network;
    let means: Vec<Option<f64>> = network.iter().map(|bin| of(bin).mean()).collect();
    let most: Vec<Option<f64>> = network.iter().map(|bin| of(bin).max()).collect();
    let highest = most.iter().flatten().copied().fold(0.0, f64::max);
    let mut series = Vec::new();
    if run.hours.bins.width_hours() > 1 {
        series.push(Series {
            name: "mean to greatest".to_string(),
            ink: Ink::Busy,
            mark: Mark::Band,
            low: means.clone(),
            values: most,
        });
    }
    series.push(Series {
        name: if series.is_empty() { unit.to_string() } else { "mean".to_string() },
        ink: Ink::Busy,
        mark: Mark::Step,
        values: means,
        low: Vec::new(),
    });
    let mut table = Table::new(&["from", "#mean", "#greatest"]);
    for (name, bin, _, _) in periods(&run.hours, network, 24) {
        table.push([name, maybe(of(&bin).mean(), format::number), maybe(of(&bin).max(), format::number)]);
    }
    Figure {
        id: id.to_string(),
        title: title.to_string(),
        caption,
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: Axis { title: unit.to_string(), scale: Scale::from_zero(highest), reads: Reads::Number },
            places: run.hours.bins.edges(),
            series,
            stacked: false,
            small: false,
            guides: Vec::new(),
        }),
        table,
    }
}

/// The queues of the sites with the longest ones, the others together.
fn by_site(run: &Run) -> Figure {
    let names: Vec<String> = run.sites.iter().map(|site| site.name.clone()).collect();
    let bins = |place: usize| run.hours.sites.get(place).map_or(&[][..], Vec::as_slice);
    let whole = |place: usize| bins(place).iter().fold(Bin::default(), |sum, bin| sum.with(bin)).queued_jobs;
    let means: Vec<f64> = (0..names.len()).map(|place| whole(place).mean().unwrap_or(0.0)).collect();
    let series: Vec<Series> = largest(&names, &means)
        .into_iter()
        .map(|(name, ink, places)| {
            let values = (0..run.hours.bins.count())
                .map(|bin| {
                    let readings =
                        places.iter().filter_map(|place| bins(*place).get(bin)?.queued_jobs.mean());
                    readings.fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
                })
                .collect();
            Series { name, ink, mark: Mark::Step, values, low: Vec::new() }
        })
        .collect();
    let highest =
        series.iter().flat_map(|series| series.values.iter().flatten()).copied().fold(0.0, f64::max);
    let mut table = Table::new(&["site", "#mean of jobs waiting", "#greatest"]);
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|a, b| means[*b].total_cmp(&means[*a]).then(a.cmp(b)));
    for place in order.into_iter().take(100) {
        table.push([
            names[place].clone(),
            maybe(whole(place).mean(), format::number),
            maybe(whole(place).max(), format::number),
        ]);
    }
    Figure {
        id: "fig-queue-sites".to_string(),
        title: "At which sites did jobs wait?".to_string(),
        caption: format!("Jobs waiting at each site, read at the end of each hour. {}", thinning(&run.hours)),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: Axis {
                title: "jobs waiting".to_string(),
                scale: Scale::from_zero(highest),
                reads: Reads::Number,
            },
            places: run.hours.bins.edges(),
            series,
            stacked: false,
            small: false,
            guides: Vec::new(),
        }),
        table,
    }
}
