//! The programme on one screen: what is built, when, with which power and money, what it does, what rests on assumptions.
//!
//! Only for runs in which capacity grows over more than half a year: others begin with the minute.

use super::maybe;
use crate::figure::{Block, KeyNumber, Section, Table};
use crate::format::{self, dollars};
use crate::run::{AtWork, Block as Built, Run};
use base::{SimTime, Span};

/// Runs shorter than this have no years to show.
const SHORTEST: Span = Span(183 * Span::DAY.0);

pub(super) fn section(run: &Run) -> Option<Section> {
    let grows = run.blocks.iter().any(|block| block.ready.is_some_and(|ready| ready > run.start));
    if !grows || run.end - run.start < SHORTEST {
        return None;
    }
    let blocks = vec![
        Block::Numbers(numbers(run)),
        Block::Text(paragraph(run)),
        Block::Table(years(run)),
        Block::Table(sites(run)),
    ];
    Some(Section { id: "programme", title: "The programme".to_string(), lead: String::new(), blocks })
}

/// How many blocks are energised in full at an instant, of a site or of all.
fn in_full(run: &Run, at: SimTime, site: Option<&str>) -> usize {
    let here = run.blocks.iter().filter(|block| site.is_none_or(|site| block.site == site));
    here.filter(|block| block.in_full.is_some_and(|time| time <= at)).count()
}

/// Megawatts, as gigawatts where they are many.
fn power(mw: f64) -> String {
    match mw {
        mw if mw >= 999.5 => format::quantity(mw / 1000.0, "GW"),
        mw => format::quantity(mw, "MW"),
    }
}

fn numbers(run: &Run) -> Vec<KeyNumber> {
    let key = |value: String, label: &str, note: String| KeyNumber { value, label: label.to_string(), note };
    let at_end = run.standing.all(run.end);
    let working = run.blocks.iter().filter(|block| block.energised.is_some()).count();
    let planned: f64 = run.blocks.iter().map(|block| block.it_mw).sum();
    let mut numbers = vec![
        key(
            power(at_end.it_mw),
            "IT power at work at the end",
            format!(
                "of {} in {}",
                power(planned),
                format::plural(run.blocks.len() as u64, "block", "blocks")
            ),
        ),
        key(
            format::number(at_end.gpus as f64),
            "GPUs at work at the end",
            format!(
                "in {} on {}",
                format::plural(working as u64, "block", "blocks"),
                format::plural(working_sites(run), "site", "sites")
            ),
        ),
    ];
    // What other parts of a run can say, each where it does: capital, books, power, services.
    if let Some(spent) = run.result("capital_spent_usd").or_else(|| run.result("invested_usd")) {
        let note = "into land, buildings, plant and machines".to_string();
        numbers.push(key(dollars(spent), "capital spent", note));
    }
    if let Some(peak) = run.result("power_peak_mw") {
        let note = format!("the largest hour; PUE {}", maybe(run.result("pue"), format::number));
        numbers.push(key(power(peak), "power at the meter", note));
    }
    if let Some(cost) = run.result("energy_cost_usd") {
        let each = maybe(run.result("energy_usd_per_mwh"), format::number);
        let contracts = super::energy::before_contracts(run);
        numbers.push(key(dollars(cost), "cost of energy", format!("{each} $ for a MWh used{contracts}")));
    }
    numbers.push(key(
        maybe(run.result("utilisation"), format::share),
        "of the GPU-hours at work",
        format!(
            "{} held by jobs",
            maybe(run.result("busy_gpu_hours"), |hours| format::quantity(hours, "GPU-h"))
        ),
    ));
    if let Some(unserved) = run.result("unserved_share") {
        let tokens = maybe(run.result("tokens_out_served"), format::number);
        numbers.push(key(
            format::share(unserved),
            "of requests not served",
            format!("{tokens} tokens of answers served"),
        ));
    }
    if let Some(goodput) = run.result("goodput") {
        let stops = maybe(run.result("interruptions"), format::number);
        numbers.push(key(format::share(goodput), "goodput", format!("{stops} stops of jobs by failures")));
    }
    if let Some(share) = assumed(run) {
        let note = "of the IT power has a date or a size that nobody has stated".to_string();
        numbers.push(key(format::share(share), "rests on an assumed date or size", note));
    }
    numbers
}

fn working_sites(run: &Run) -> u64 {
    let works = |site: &usize| run.standing.at(*site, run.end).it_mw > 0.0;
    (0..run.sites.len()).filter(works).count() as u64
}

/// The share of the planned IT power whose size or date is assumed.
pub(super) fn assumed(run: &Run) -> Option<f64> {
    share_of_power(run, |block| is_assumed(run, block))
}

/// The share of the planned IT power whose size is assumed, whatever is known of its date.
pub(super) fn assumed_size(run: &Run) -> Option<f64> {
    share_of_power(run, |block| assumes(run, block, |key| key == "it_mw"))
}

fn share_of_power(run: &Run, counts: impl Fn(&Built) -> bool) -> Option<f64> {
    let all: f64 = run.blocks.iter().map(|block| block.it_mw).sum();
    let part: f64 = run.blocks.iter().filter(|block| counts(block)).map(|block| block.it_mw).sum();
    (all > 0.0).then(|| part / all)
}

fn is_assumed(run: &Run, block: &Built) -> bool {
    assumes(run, block, |key| key == "it_mw" || key == "ready" || key.starts_with("milestones."))
}

/// Whether a block has an assumed figure under such a key.
fn assumes(run: &Run, block: &Built, counts: impl Fn(&str) -> bool) -> bool {
    let start = format!("site.{}.block.{}.", block.site, block.key);
    let assumed = run.figures.iter().filter(|figure| figure.kind == "assumed");
    assumed.filter_map(|figure| figure.path.strip_prefix(&start)).any(counts)
}

/// Who has decided what is built.
fn decided(run: &Run) -> &'static str {
    match run.setting("build_out") {
        Some("planned") => "The build-out is planned: `stargate plan` has chosen it. ",
        _ => {
            "The build-out is given: what stands, is announced or expected, and not chosen by the simulation. "
        }
    }
}

/// What happened, in a paragraph.
fn paragraph(run: &Run) -> String {
    let mut energised: Vec<&Built> = run.blocks.iter().filter(|block| block.in_full.is_some()).collect();
    energised.sort_by(|a, b| a.in_full.cmp(&b.in_full).then_with(|| a.key.cmp(&b.key)));
    let Some((first, last)) = energised.first().zip(energised.last()) else {
        return format!("{}No block was energised in full within the time of the run.", decided(run));
    };
    let name = |block: &Built| {
        let site = run.sites.iter().find(|site| site.key == block.site);
        site.map_or_else(|| block.site.clone(), |site| site.name.clone())
    };
    let day = |block: &Built| block.in_full.map_or_else(String::new, format::date);
    let mut text = format!(
        "{}The first block, `{}` of {}, is at work in full on {}, the last, `{}` of {}, on {}. ",
        decided(run),
        first.key,
        name(first),
        day(first),
        last.key,
        name(last),
        day(last)
    );
    let late = energised.iter().filter(|block| {
        block.ready.zip(block.in_full).is_some_and(|(plan, came)| came > plan.max(run.start))
    });
    let late = run.result("blocks_late").map_or(late.count(), |late| late.max(0.0) as usize);
    match late {
        0 => text.push_str("Every block that came, came when the scenario says. "),
        some => text.push_str(&format!(
            "{} later than the first date given for it. ",
            format::plural(some as u64, "block is", "blocks are")
        )),
    }
    let never = run.blocks.len() - energised.len();
    if never > 0 {
        text.push_str(&format!(
            "{} not at work in full by the end. ",
            format::plural(never as u64, "block is", "blocks are")
        ));
    }
    text.push_str(
        "Announced, facility and IT power are three things; here all power is IT power, at the plugs of the machines, unless it says \
         otherwise. What rests on assumptions is listed below, number by number.",
    );
    text
}

/// What is at work at the end of each year, and what it did in it.
fn years(run: &Run) -> Table {
    let mut table = Table::new(&[
        "year",
        "#blocks in full at its end",
        "#IT power at its end",
        "#GPUs at its end",
        "#GPU-hours delivered",
        "#utilisation",
    ]);
    let first = format::calendar(run.start).year();
    for year in first..=format::calendar(SimTime(run.end.0.saturating_sub(1))).year() {
        let begin = |year: i16| SimTime::parse(&format!("{year:04}-01-01")).unwrap_or(run.end);
        let last = SimTime(begin(year + 1).min(run.end).0.saturating_sub(1));
        let (at_end, count) = (run.standing.all(last), in_full(run, last, None));
        let (busy, installed) =
            run.hours.years.get(&year).map_or((0.0, 0.0), |bin| (bin.busy, bin.installed));
        table.push([
            year.to_string(),
            format::count(count as u64),
            power(at_end.it_mw),
            format::count(at_end.gpus),
            format::quantity(busy, "GPU-h"),
            if installed > 0.0 { format::share(busy / installed) } else { "–".to_string() },
        ]);
    }
    table
}

/// Each site: what came of it.
fn sites(run: &Run) -> Table {
    let mut table = Table::new(&[
        "site",
        "#blocks in full",
        "#IT power",
        "#of planned",
        "#GPUs",
        "first block",
        "last block",
        "#utilisation",
        "#assumed date or size",
    ]);
    for (place, site) in run.sites.iter().enumerate() {
        let own: Vec<&Built> = run.blocks.iter().filter(|block| block.site == site.key).collect();
        let AtWork { it_mw: mw, gpus } = run.standing.at(place, run.end);
        let count = in_full(run, run.end, Some(&site.key));
        let planned: f64 = own.iter().map(|block| block.it_mw).sum();
        let guessed: f64 = own.iter().filter(|block| is_assumed(run, block)).map(|block| block.it_mw).sum();
        let days = own.iter().filter_map(|block| block.in_full);
        let day = |time: Option<SimTime>| {
            time.map_or_else(|| "–".to_string(), |at| format::date(at).replace(' ', "\u{a0}"))
        };
        table.push([
            site.name.clone(),
            format!("{count} of {}", own.len()),
            power(mw),
            if planned > 0.0 { format::share(mw / planned) } else { "–".to_string() },
            format::count(gpus),
            day(days.clone().min()),
            day(days.max()),
            maybe(run.results.get("site", Some(&site.key), "utilisation"), format::share),
            if planned > 0.0 { format::share(guessed / planned) } else { "–".to_string() },
        ]);
    }
    table
}
