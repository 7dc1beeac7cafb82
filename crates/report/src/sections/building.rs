//! What was built: capacity announced, built and energised, milestones and their slips, people at work.

use super::{largest, maybe, time_axis};
use crate::chart::{Axis, Chart, Ink, Mark, Row, Series, Stretch, Timeline, Xy};
use crate::figure::{Block, Figure, KeyNumber, Section, Table};
use crate::format;
use crate::run::{Building, Dated, Run};
use crate::scale::{Reads, Scale};
use base::SimTime;
use std::collections::BTreeMap;

/// The most rows of the time line; the table has the rest.
const ROWS: usize = 80;
/// The most steps of a line.
const STEPS: usize = 600;
/// Milestones in their order, and what they are called on the page.
const MILESTONES: [(&str, &str); 5] = [
    ("land_cleared", "land cleared"),
    ("shell", "shell"),
    ("power_on", "power on"),
    ("systems_installed", "systems installed"),
    ("energised", "energised"),
];

pub(super) fn section(run: &Run) -> Option<Section> {
    let building = run.building.as_ref()?;
    let (due, done) =
        (run.result("blocks_due").unwrap_or(0.0), run.result("blocks_energised").unwrap_or(0.0));
    let lead = match due > 0.0 {
        true => format!(
            "{} of {} that were due in the run were energised in it. A date that was known when it had come is what \
             happened; every other one is a forecast, and slips.",
            format::count(done as u64),
            format::plural(due as u64, "block", "blocks")
        ),
        false => "No block was to be energised in the run.".to_string(),
    };
    let mut blocks = vec![Block::Numbers(numbers(run)), Block::Figure(megawatts(run, building))];
    blocks.push(Block::Figure(by_site(run, building)));
    let lines = lines(run, building);
    if !lines.is_empty() {
        blocks.push(Block::Figure(timeline(run, &lines)));
    }
    if !building.waits.is_empty() {
        blocks.push(Block::Folded(
            "Blocks that stood still, and for want of what".to_string(),
            waits(run, building),
        ));
    }
    if building.people.iter().any(|people| people.construction + people.permanent > 0.0) {
        blocks.push(Block::Figure(people(run, building)));
    }
    Some(Section { id: "building", title: "The build-out".to_string(), lead, blocks })
}

fn numbers(run: &Run) -> Vec<KeyNumber> {
    let key = |label: &str, metric: &str, write: fn(f64) -> String, note: &str| KeyNumber {
        value: maybe(run.result(metric), write),
        label: label.to_string(),
        note: note.to_string(),
    };
    let mw = |value: f64| format::quantity(value, "MW");
    let whole = |value: f64| format::count(value.max(0.0) as u64);
    let days = |value: f64| format::length(value * 86_400.0);
    let announced =
        key("announced", "announced_mw", mw, "what press releases say: another megawatt than the next two");
    let mut numbers = vec![
        key("built", "built_it_mw", mw, "IT power of blocks whose shell stands"),
        key(
            "energised",
            "energised_it_mw",
            mw,
            "IT power of blocks, as rated, by the share of their systems that work",
        ),
        key(
            "blocks late",
            "blocks_late",
            whole,
            "a day or more after the first date given, or not in the run",
        ),
        key(
            "mean delay",
            "block_delay_mean_days",
            days,
            "of blocks energised in the run, against the first date given",
        ),
    ];
    if announces(run) {
        numbers.insert(0, announced);
    }
    if run.result("construction_people_max").is_some_and(|people| people > 0.0) {
        numbers.push(key("people at the height", "construction_people_max", whole, "who built at one time"));
        numbers.push(key(
            "people who stay",
            "permanent_people",
            whole,
            "who run what is energised at the end",
        ));
    }
    numbers
}

/// Whether anybody has announced anything by the end of the run.
fn announces(run: &Run) -> bool {
    run.result("announced_mw").is_some_and(|mw| mw > 0.0)
}

/// The value of each site from each instant on; `read` picks it from a row. Gives rising instants, and a sum for each.
struct Steps {
    times: Vec<SimTime>,
    /// By instant, then site.
    values: Vec<Vec<f64>>,
}

impl Steps {
    fn of(run: &Run, rows: impl Iterator<Item = (SimTime, usize, f64)>) -> Steps {
        let mut by_time: BTreeMap<SimTime, Vec<(usize, f64)>> = BTreeMap::new();
        by_time.entry(run.start).or_default();
        for (time, site, value) in rows {
            by_time.entry(time.clamp(run.start, run.end)).or_default().push((site, value));
        }
        let mut now = vec![0.0; run.sites.len()];
        let mut all: Vec<(SimTime, Vec<f64>)> = Vec::new();
        for (time, changes) in by_time.into_iter().filter(|(time, _)| *time < run.end) {
            for (site, value) in changes {
                now[site] = value;
            }
            all.push((time, now.clone()));
        }
        // Where there are many dates some are gathered: what stands at the end of each step counts for the whole of it.
        let each = all.len().div_ceil(STEPS).max(1);
        let mut steps = Steps { times: Vec::new(), values: Vec::new() };
        for chunk in all.chunks(each) {
            if let [(time, _), ..] = chunk
                && let [.., (_, values)] = chunk
            {
                steps.times.push(*time);
                steps.values.push(values.clone());
            }
        }
        steps
    }

    fn places(&self, run: &Run) -> Vec<f64> {
        self.times.iter().map(|time| seconds(*time)).chain([seconds(run.end)]).collect()
    }

    fn sums(&self) -> Vec<f64> {
        self.values.iter().map(|values| values.iter().sum()).collect()
    }
}

fn seconds(time: SimTime) -> f64 {
    time.0 as f64 / 1e9
}

fn site_of(run: &Run, key: &str) -> Option<usize> {
    run.sites.iter().position(|site| site.key == key)
}

/// The name of a site, for people.
fn name_of<'a>(run: &'a Run, key: &'a str) -> &'a str {
    run.sites.iter().find(|site| site.key == key).map_or(key, |site| &site.name)
}

fn megawatts(run: &Run, building: &Building) -> Figure {
    let rows = || building.capacity.iter().filter_map(|row| Some((row, site_of(run, &row.site)?)));
    let announced = Steps::of(run, rows().map(|(row, site)| (row.time, site, row.announced_mw)));
    let built = Steps::of(run, rows().map(|(row, site)| (row.time, site, row.built_mw)));
    let energised = Steps::of(run, rows().map(|(row, site)| (row.time, site, row.energised_mw)));
    let facility = Steps::of(run, rows().map(|(row, site)| (row.time, site, row.facility_mw.unwrap_or(0.0))));
    // All have the same instants: they come from the same rows.
    let step = |name: &str, ink, mark, of: &Steps| Series {
        name: name.to_string(),
        ink,
        mark,
        values: of.sums().into_iter().map(Some).collect(),
        low: Vec::new(),
    };
    let mut series = vec![
        step("energised, IT", Ink::Series(0), Mark::Area, &energised),
        step("built, IT", Ink::Series(1), Mark::Step, &built),
    ];
    // A sum over some of the sites would look like all of them.
    let known = rows().all(|(row, _)| row.facility_mw.is_some());
    if known {
        series.push(step("energised, at the meter", Ink::Series(4), Mark::Step, &facility));
    }
    if announced.sums().iter().any(|mw| *mw > 0.0) {
        series.push(step("announced", Ink::Installed, Mark::Step, &announced));
    }
    let highest =
        [&announced, &built, &energised, &facility].iter().flat_map(|steps| steps.sums()).fold(0.0, f64::max);
    let mut table =
        Table::new(&["date", "#announced", "#built, IT", "#energised, IT", "#energised, at the meter"]);
    let mw = |value: f64| format::quantity(value, "MW");
    let each = energised.times.len().div_ceil(40).max(1);
    for at in
        (0..energised.times.len()).filter(|at| at.is_multiple_of(each) || at + 1 == energised.times.len())
    {
        table.push([
            format::date(energised.times[at]),
            if announces(run) { mw(announced.sums()[at]) } else { "–".to_string() },
            mw(built.sums()[at]),
            mw(energised.sums()[at]),
            if known { mw(facility.sums()[at]) } else { "–".to_string() },
        ]);
    }
    Figure {
        id: "fig-programme-mw".to_string(),
        title: match announces(run) {
            true => "How much was announced, built and energised?".to_string(),
            false => "How much was built and energised?".to_string(),
        },
        caption: format!(
            "{}IT is what the machines draw, and at the meter is IT with cooling and losses. Built counts blocks whose shell \
             stands, energised the systems that work.",
            match announces(run) {
                true => "Three different megawatts: announced is what a press release says, ",
                false => "Different megawatts: ",
            }
        ),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: Axis { title: "MW".to_string(), scale: Scale::from_zero(highest), reads: Reads::Number },
            places: energised.places(run),
            series,
            stacked: false,
            small: false,
            guides: Vec::new(),
        }),
        table,
    }
}

fn by_site(run: &Run, building: &Building) -> Figure {
    let rows = building
        .capacity
        .iter()
        .filter_map(|row| Some((row.time, site_of(run, &row.site)?, row.energised_mw)));
    let steps = Steps::of(run, rows);
    let names: Vec<String> = run.sites.iter().map(|site| site.name.clone()).collect();
    let most = |site: usize| steps.values.iter().map(|values| values[site]).fold(0.0, f64::max);
    let sizes: Vec<f64> = (0..names.len()).map(most).collect();
    let series = largest(&names, &sizes)
        .into_iter()
        .map(|(name, ink, places)| Series {
            name,
            ink,
            mark: Mark::Area,
            values: steps
                .values
                .iter()
                .map(|values| Some(places.iter().map(|&site| values[site]).sum()))
                .collect(),
            low: Vec::new(),
        })
        .collect();
    let mut table = Table::new(&["site", "#announced", "#built, IT", "#energised, IT", "#blocks late"]);
    let result = |site: &str, metric: &str| run.results.get("site", Some(site), metric);
    let mw = |value: Option<f64>| maybe(value, |value| format::quantity(value, "MW"));
    for site in &run.sites {
        table.push([
            site.name.clone(),
            mw(result(&site.key, "announced_mw").filter(|mw| *mw > 0.0)),
            mw(result(&site.key, "built_it_mw")),
            mw(result(&site.key, "energised_it_mw")),
            maybe(result(&site.key, "blocks_late"), |late| format::count(late as u64)),
        ]);
    }
    Figure {
        id: "fig-energised-sites".to_string(),
        title: "Where was it energised?".to_string(),
        caption: "IT power of the systems that work, by site. The table says how the sites stood when the run ended.".to_string(),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: Axis {
                title: "MW of IT energised".to_string(),
                scale: Scale::from_zero(steps.sums().into_iter().fold(0.0, f64::max)),
                reads: Reads::Number,
            },
            places: steps.places(run),
            series,
            stacked: true,
            small: false,
            guides: Vec::new(),
        }),
        table,
    }
}

/// How one block went, or is to go.
struct Line {
    site: String,
    block: String,
    /// By milestone: the first date given, the last one, and when it came; and how often the date was revised.
    marks: [Option<(SimTime, SimTime, Option<SimTime>)>; 5],
    revisions: usize,
}

impl Line {
    fn energised(&self) -> Option<(SimTime, SimTime, Option<SimTime>)> {
        self.marks[4]
    }
}

fn lines(run: &Run, building: &Building) -> Vec<Line> {
    let mut all: BTreeMap<(String, String), Vec<&Dated>> = BTreeMap::new();
    for dated in building.dated.iter().filter(|dated| dated.round == 0) {
        if let Some(block) = &dated.block {
            all.entry((dated.site.clone(), block.clone())).or_default().push(dated);
        }
    }
    let mut lines: Vec<Line> = all
        .into_iter()
        .map(|((site, block), dated)| {
            let mut line = Line { site, block, marks: [None; 5], revisions: 0 };
            for dated in dated {
                let Some(at) = MILESTONES.iter().position(|(name, _)| *name == dated.milestone) else {
                    continue;
                };
                let mark = line.marks[at].get_or_insert((dated.due, dated.due, dated.actual));
                line.revisions += usize::from(mark.1 != dated.due);
                mark.1 = dated.due;
            }
            line
        })
        .collect();
    // What worked before the run has nothing to show here.
    lines.retain(|line| line.energised().is_some_and(|(_, last, actual)| actual.unwrap_or(last) > run.start));
    lines.sort_by_key(|line| line.energised().map(|(first, last, actual)| (actual.unwrap_or(last), first)));
    lines
}

fn timeline(run: &Run, lines: &[Line]) -> Figure {
    let date = |mark: (SimTime, SimTime, Option<SimTime>)| mark.2.unwrap_or(mark.1);
    let rows = lines.iter().take(ROWS).map(|line| {
        let mut stretches = Vec::new();
        let block = run.blocks.iter().find(|block| block.site == line.site && block.key == line.block);
        let first = line.marks.iter().flatten().next().map_or(run.start, |mark| date(*mark));
        let mut from = block.and_then(|block| block.begun).unwrap_or(run.start).min(first);
        for (kind, mark) in line.marks.iter().enumerate().filter_map(|(kind, mark)| Some((kind, (*mark)?))) {
            let expected = mark.2.is_none();
            // What was expected before the run ended and did not come is not known any more.
            let overdue = expected && date(mark) < run.end;
            let to = if overdue { run.end } else { date(mark) };
            if to > run.start && from < run.end {
                stretches.push(Stretch { from: seconds(from), to: seconds(to), kind, expected });
            }
            if overdue {
                break;
            }
            from = to.max(from);
        }
        let (first, last, actual) = line.energised().unwrap_or((run.end, run.end, None));
        Row {
            place: name_of(run, &line.site).to_owned(),
            name: line.block.clone(),
            stretches,
            promised: (first >= run.start && first <= run.end).then(|| seconds(first)),
            note: match actual {
                None if last < run.end => "not in the run".to_string(),
                _ => lateness(first, actual.unwrap_or(last), actual.is_some()),
            },
        }
    });
    let rows: Vec<Row> = rows.collect();
    let Scale::Time { low, high } = time_axis(run).scale else { unreachable!("time is laid out as time") };
    Figure {
        id: "fig-milestones".to_string(),
        title: "Which blocks were late, and by how much?".to_string(),
        caption: format!(
            "Each bar leads from milestone to milestone; what had not come when the run ended is pale. The upright mark is \
             the first date that was given for energisation, and the number how much later it was{}. In the order in which \
             they were energised.",
            match lines.len() > ROWS {
                true => format!("; the first {ROWS} of {} blocks", format::count(lines.len() as u64)),
                false => String::new(),
            }
        ),
        chart: Chart::Timeline(Timeline {
            scale: Scale::Time { low, high },
            kinds: MILESTONES
                .iter()
                .enumerate()
                .map(|(at, (_, name))| (format!("to {name}"), Ink::Ordered(at, MILESTONES.len())))
                .collect(),
            promise: "energised, by the first date given".to_string(),
            rows,
        }),
        table: slips(run, lines),
    }
}

fn lateness(promised: SimTime, date: SimTime, came: bool) -> String {
    let days = libm::round((date - promised).seconds() / 86_400.0);
    let text = match days {
        _ if days > 0.0 => format!("+{} d", format::count(days as u64)),
        _ if days < 0.0 => format!("−{} d", format::count(-days as u64)),
        _ => "on time".to_string(),
    };
    if came { text } else { format!("{text}, expected") }
}

fn slips(run: &Run, lines: &[Line]) -> Table {
    let mut table = Table::new(&[
        "site",
        "block",
        "milestone",
        "first date",
        "last date",
        "reached",
        "#late by",
        "#revised",
    ]);
    for line in lines.iter().take(ROWS * 2) {
        for (mark, (_, name)) in line.marks.iter().zip(MILESTONES) {
            let Some((first, last, actual)) = *mark else { continue };
            table.push([
                name_of(run, &line.site).to_string(),
                line.block.clone(),
                name.to_string(),
                format::date(first),
                format::date(last),
                actual.map_or_else(|| "not in the run".to_string(), format::date),
                lateness(first, actual.unwrap_or(last), true),
                format::count(line.revisions as u64),
            ]);
        }
    }
    table
}

fn waits(run: &Run, building: &Building) -> Table {
    let mut table =
        Table::new(&["site", "block", "waited for", "since", "until", "#for", "#missing of the payment"]);
    for wait in building.waits.iter().take(ROWS * 2) {
        let want = match wait.want.as_str() {
            "money" => "money",
            "systems" => "systems",
            _ => "its site",
        };
        table.push([
            name_of(run, &wait.site).to_string(),
            wait.block.clone(),
            want.to_string(),
            format::date(wait.since),
            wait.until.map_or_else(|| "the end of the run".to_string(), format::date),
            format::length((wait.until.unwrap_or(run.end) - wait.since).seconds()),
            maybe(wait.missing_usd, format::dollars),
        ]);
    }
    table
}

fn people(run: &Run, building: &Building) -> Figure {
    let rows = || building.people.iter().filter_map(|row| Some((row, site_of(run, &row.site)?)));
    let construction = Steps::of(run, rows().map(|(row, site)| (row.time, site, row.construction)));
    let permanent = Steps::of(run, rows().map(|(row, site)| (row.time, site, row.permanent)));
    let names: Vec<String> = run.sites.iter().map(|site| site.name.clone()).collect();
    let most = |site: usize| construction.values.iter().map(|values| values[site]).fold(0.0, f64::max);
    let sizes: Vec<f64> = (0..names.len()).map(most).collect();
    let mut series: Vec<Series> = largest(&names, &sizes)
        .into_iter()
        .map(|(name, ink, places)| Series {
            name: format!("building at {name}"),
            ink,
            mark: Mark::Area,
            values: construction
                .values
                .iter()
                .map(|values| Some(places.iter().map(|&site| values[site]).sum()))
                .collect(),
            low: Vec::new(),
        })
        .collect();
    series.push(Series {
        name: "running the sites".to_string(),
        ink: Ink::Installed,
        mark: Mark::Step,
        values: permanent.sums().into_iter().map(Some).collect(),
        low: Vec::new(),
    });
    let highest = construction.sums().into_iter().chain(permanent.sums()).fold(0.0, f64::max);
    let mut table = Table::new(&["site", "#most who built", "#who run it at the end"]);
    for site in &run.sites {
        let result = |metric: &str| {
            maybe(run.results.get("site", Some(&site.key), metric), |value| format::count(value as u64))
        };
        table.push([site.name.clone(), result("construction_people_max"), result("permanent_people")]);
    }
    Figure {
        id: "fig-people".to_string(),
        title: "How many people were at work?".to_string(),
        caption: "People who build, by the phases of each block, and people who run what is energised. A block that waits for \
                  money has nobody at work."
            .to_string(),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: Axis { title: "people".to_string(), scale: Scale::from_zero(highest), reads: Reads::Number },
            places: construction.places(run),
            series,
            stacked: true,
            small: false,
            guides: Vec::new(),
        }),
        table,
    }
}
