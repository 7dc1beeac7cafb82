//! What was energised, and when.

use super::{largest, time_axis};
use crate::chart::{Axis, Chart, Ink, Mark, Series, Xy};
use crate::figure::{Block, Figure, Section, Table};
use crate::format;
use crate::run::{Block as Built, Run};
use crate::scale::{Reads, Scale};
use base::SimTime;

/// The most blocks that the table on the page names, and the most dates that the chart has steps for.
const ROWS: usize = 200;
const STEPS: usize = 600;

pub(super) fn section(run: &Run) -> Option<Section> {
    if run.blocks.is_empty() {
        return None;
    }
    let table = table(run);
    let figure = |id: &str, title: &str, unit: &str, of: fn(&Built) -> f64| Figure {
        id: id.to_string(),
        title: title.to_string(),
        caption: format!(
            "A block is the capacity that is energised together: a building or a hall. The line is what the scenario \
             plans to be ready{}.",
            if run.blocks.len() > STEPS { "; dates are gathered into a few hundred" } else { "" }
        ),
        chart: chart(run, unit, of),
        table: table.clone(),
    };
    let gpus = figure("fig-capacity-gpus", "How many GPUs were energised?", "GPUs energised", |block| {
        block.gpus as f64
    });
    let power =
        figure("fig-capacity-mw", "How much IT power was energised?", "IT power in MW", |block| block.it_mw);
    let late = run.blocks.iter().filter(|block| block.energised.is_none() && block.ready.is_some()).count();
    let lead = format!(
        "{} of {} energised by the end of the run.",
        format::count(
            (run.blocks.len() - run.blocks.iter().filter(|block| block.energised.is_none()).count()) as u64
        ),
        format::plural(run.blocks.len() as u64, "block", "blocks"),
    );
    let mut blocks = vec![Block::Grid(vec![gpus, power])];
    if late > 0 {
        blocks.push(Block::Text(format!(
            "{} not energised within the time of the run.",
            if late == 1 {
                "1 block was".to_string()
            } else {
                format!("{} blocks were", format::count(late as u64))
            }
        )));
    }
    Some(Section { id: "capacity", title: "Capacity as it was energised".to_string(), lead, blocks })
}

fn chart(run: &Run, unit: &str, of: fn(&Built) -> f64) -> Chart {
    let clamp = |time: SimTime| time.clamp(run.start, run.end);
    let mut times: Vec<SimTime> = run
        .blocks
        .iter()
        .flat_map(|block| [block.energised, block.ready])
        .flatten()
        .filter(|time| *time <= run.end)
        .map(clamp)
        .chain([run.start])
        .collect();
    times.sort();
    times.dedup();
    let every = times.len().div_ceil(STEPS).max(1);
    let times: Vec<SimTime> = times.into_iter().step_by(every).filter(|time| *time < run.end).collect();
    // What stands at the end of each step counts for the whole of it where dates are gathered.
    let until = |place: usize| times.get(place + 1).map_or(run.end, |next| SimTime(next.0 - 1));
    let names: Vec<String> = run.sites.iter().map(|site| site.name.clone()).collect();
    let sizes: Vec<f64> = run.sites.iter().map(|site| on(run, &site.key).map(of).sum()).collect();
    let mut series: Vec<Series> = largest(&names, &sizes)
        .into_iter()
        .map(|(name, ink, places)| {
            let built: Vec<&Built> =
                places.iter().flat_map(|place| on(run, &run.sites[*place].key)).collect();
            let at = |time: SimTime| -> f64 {
                built
                    .iter()
                    .filter(|block| block.energised.is_some_and(|at| at <= time))
                    .map(|block| of(block))
                    .sum()
            };
            let values = (0..times.len()).map(|place| Some(at(until(place)))).collect();
            Series { name, ink, mark: Mark::Area, values, low: Vec::new() }
        })
        .collect();
    let planned =
        |time: SimTime| run.blocks.iter().filter(move |block| block.ready.is_some_and(|at| at <= time));
    series.push(Series {
        name: "planned".to_string(),
        ink: Ink::Installed,
        mark: Mark::Step,
        values: (0..times.len()).map(|place| Some(planned(until(place)).map(of).sum())).collect(),
        low: Vec::new(),
    });
    let highest: f64 = run.blocks.iter().map(of).sum();
    let mut places: Vec<f64> = times.iter().map(|time| time.0 as f64 / 1e9).collect();
    places.push(run.end.0 as f64 / 1e9);
    Chart::Xy(Xy {
        x: time_axis(run),
        y: Axis { title: unit.to_string(), scale: Scale::from_zero(highest), reads: Reads::Number },
        places,
        series,
        stacked: true,
        small: false,
        guides: Vec::new(),
    })
}

/// The blocks of a site.
fn on<'a>(run: &'a Run, site: &'a str) -> impl Iterator<Item = &'a Built> {
    run.blocks.iter().filter(move |block| block.site == site)
}

fn table(run: &Run) -> Table {
    let mut table = Table::new(&[
        "site",
        "block",
        "planned",
        "energised",
        "#GPUs",
        "#IT power",
        "#of its systems at full load",
    ]);
    let day = |time: Option<SimTime>, none: &str| time.map_or_else(|| none.to_string(), format::date);
    for block in run.blocks.iter().take(ROWS) {
        let name =
            run.sites.iter().find(|site| site.key == block.site).map_or(&block.site, |site| &site.name);
        table.push([
            name.clone(),
            block.key.clone(),
            day(block.ready, "–"),
            day(block.energised, "not yet"),
            format::count(block.gpus),
            format::quantity(block.it_mw, "MW"),
            format::quantity(block.systems_it_mw, "MW"),
        ]);
    }
    table
}
