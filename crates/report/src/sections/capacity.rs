//! What was energised, and when.

use super::{largest, time_axis};
use crate::chart::{Axis, Chart, Ink, Mark, Series, Xy};
use crate::figure::{Block, Figure, Section, Table};
use crate::format;
use crate::run::{AtWork, Block as Built, Run};
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
    let figure = |id: &str, title: &str, measure: &Measure| Figure {
        id: id.to_string(),
        title: title.to_string(),
        caption: format!(
            "A block is a building or a hall. Its systems may come in parts, and each part counts from when it works. The \
             line is what the scenario plans to be ready{}.",
            if run.blocks.len() > STEPS { "; dates are gathered into a few hundred" } else { "" }
        ),
        chart: chart(run, measure),
        table: table.clone(),
    };
    let gpus = figure("fig-capacity-gpus", "How many GPUs were energised?", &GPUS);
    let power = figure("fig-capacity-mw", "How much IT power was energised?", &POWER);
    let late = run.blocks.iter().filter(|block| block.in_full.is_none()).count();
    let parts =
        run.blocks.iter().filter(|block| block.in_full.is_none() && block.energised.is_some()).count();
    let mut lead = format!(
        "{} of {} energised in full by the end of the run.",
        format::count((run.blocks.len() - late) as u64),
        format::plural(run.blocks.len() as u64, "block", "blocks"),
    );
    if parts > 0 {
        lead.push_str(&format!(" Of {} more some of the systems work.", format::count(parts as u64)));
    }
    let blocks = vec![Block::Grid(vec![gpus, power])];
    Some(Section { id: "capacity", title: "Capacity as it was energised".to_string(), lead, blocks })
}

/// What is drawn: the title of its axis, how much of it a block is to have, and how much of it is at work.
struct Measure {
    unit: &'static str,
    planned: fn(&Built) -> f64,
    at_work: fn(AtWork) -> f64,
}

const GPUS: Measure =
    Measure { unit: "GPUs energised", planned: |block| block.gpus as f64, at_work: |at| at.gpus as f64 };
const POWER: Measure =
    Measure { unit: "IT power in MW", planned: |block| block.it_mw, at_work: |at| at.it_mw };

fn chart(run: &Run, measure: &Measure) -> Chart {
    let clamp = |time: SimTime| time.clamp(run.start, run.end);
    let planned = run.blocks.iter().filter_map(|block| block.ready);
    let mut times: Vec<SimTime> = run
        .standing
        .times()
        .chain(planned)
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
    let planned = measure.planned;
    let sizes: Vec<f64> = run.sites.iter().map(|site| on(run, &site.key).map(planned).sum()).collect();
    let mut series: Vec<Series> = largest(&names, &sizes)
        .into_iter()
        .map(|(name, ink, places)| {
            let at = |time: SimTime| {
                let sites = places.iter().map(|&site| run.standing.at(site, time));
                (measure.at_work)(sites.fold(AtWork::default(), AtWork::and))
            };
            let values = (0..times.len()).map(|place| Some(at(until(place)))).collect();
            Series { name, ink, mark: Mark::Area, values, low: Vec::new() }
        })
        .collect();
    let came = times.iter().enumerate().map(|(place, _)| (measure.at_work)(run.standing.all(until(place))));
    let highest = came.fold(run.blocks.iter().map(planned).sum(), f64::max);
    let due = |time: SimTime| run.blocks.iter().filter(move |block| block.ready.is_some_and(|at| at <= time));
    series.push(Series {
        name: "planned".to_string(),
        ink: Ink::Installed,
        mark: Mark::Step,
        values: (0..times.len()).map(|place| Some(due(until(place)).map(planned).sum())).collect(),
        low: Vec::new(),
    });
    let mut places: Vec<f64> = times.iter().map(|time| time.0 as f64 / 1e9).collect();
    places.push(run.end.0 as f64 / 1e9);
    Chart::Xy(Xy {
        x: time_axis(run),
        y: Axis { title: measure.unit.to_string(), scale: Scale::from_zero(highest), reads: Reads::Number },
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
        "first systems at work",
        "energised in full",
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
            day(block.in_full, "not yet"),
            format::count(block.gpus),
            format::quantity(block.it_mw, "MW"),
            format::quantity(block.systems_it_mw, "MW"),
        ]);
    }
    table
}
