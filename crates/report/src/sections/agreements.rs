//! Offers on blocks, who claimed them and who got them; what else happened under agreements.

use crate::chart::{Chart, Ink, Lane, Lanes};
use crate::figure::{Block, Figure, KeyNumber, Section, Table};
use crate::format;
use crate::run::{Allotment, Run, Step};
use crate::scale::Scale;
use base::SimTime;

/// The most offers that are drawn, and the most rows of a table.
const LANES: usize = 40;
const ROWS: usize = 300;

/// The states that an offer is in, in the order of the legend.
const STATES: [(&str, Ink); 4] = [
    ("made, holders not told yet", Ink::Others),
    ("a holder's clock runs", Ink::Series(0)),
    ("exercised, to be signed", Ink::Series(1)),
    ("the grantor may close with the third party", Ink::Series(2)),
];

pub(super) fn section(run: &Run) -> Option<Section> {
    if run.agreements.is_empty() {
        return None;
    }
    let mut offers: Vec<(i64, &str, Vec<&Step>)> = Vec::new();
    for step in &run.agreements {
        let Some((number, key)) = &step.offer else { continue };
        match offers.iter_mut().find(|(known, ..)| known == number) {
            Some((.., steps)) => steps.push(step),
            None => offers.push((*number, key, vec![step])),
        }
    }
    offers.sort_by_key(|(number, ..)| *number);
    let mut blocks = Vec::new();
    if !offers.is_empty() {
        blocks.push(Block::Numbers(numbers(run, &offers)));
        blocks.push(Block::Figure(figure(run, &offers)));
        if !run.allotments.is_empty() {
            blocks.push(Block::Table(allotments(&run.allotments)));
        }
    }
    blocks.push(Block::Folded("Everything that happened under agreements".to_string(), timeline(run)));
    let lead = match offers.len() {
        0 => "What happened under the agreements of the scenario.".to_string(),
        count => format!(
            "{} on blocks: who was asked, who claimed and who got what. `stargate explain RUN offer/1` tells the \
             whole story of one.",
            format::plural(count as u64, "offer", "offers")
        ),
    };
    Some(Section { id: "agreements", title: "Offers and agreements".to_string(), lead, blocks })
}

fn numbers(run: &Run, offers: &[(i64, &str, Vec<&Step>)]) -> Vec<KeyNumber> {
    let sum = |by_right: bool| -> f64 {
        run.allotments.iter().filter(|part| part.by_right == by_right).map(|part| part.it_mw).sum()
    };
    let usd: f64 = run.allotments.iter().map(|part| part.usd).sum();
    let number = |value: String, label: &str, note: &str| KeyNumber {
        value,
        label: label.to_string(),
        note: note.to_string(),
    };
    vec![
        number(format::count(offers.len() as u64), "offers", "made, or barred before they were"),
        number(format::quantity(sum(true), "MW"), "claimed by holders of a right", "IT power"),
        number(format::quantity(sum(false), "MW"), "went to third parties", "IT power"),
        number(
            format::dollars(usd),
            "at the rates of the offers",
            match run.books.is_some() {
                true => {
                    "over the months of the contracts; the books post none of it: they bill what is used by tariff"
                }
                false => "for all of it, over the months of the contracts",
            },
        ),
    ]
}

fn seconds(time: SimTime) -> f64 {
    time.0 as f64 / 1e9
}

fn figure(run: &Run, offers: &[(i64, &str, Vec<&Step>)]) -> Figure {
    let lanes =
        offers.iter().take(LANES).map(|(number, key, steps)| lane(run, *number, key, steps)).collect();
    let mut table = Table::new(&["offer", "made", "over", "outcome"]);
    for (number, key, steps) in offers.iter().take(ROWS) {
        let (first, last) = (steps.first().map(|step| step.time), steps.last().map(|step| step.time));
        let day = |time: Option<SimTime>| time.map_or_else(|| "–".to_string(), format::date);
        table.push([format!("{number}: {key}"), day(first), day(last), outcome(run, *number, steps)]);
    }
    let more = match offers.len() > LANES {
        true => format!(" The first {LANES} of {} are drawn.", offers.len()),
        false => String::new(),
    };
    Figure {
        id: "fig-offers".to_string(),
        title: "What became of each offer?".to_string(),
        caption: format!(
            "From when an offer is made until its power is bound. A dot is an answer of a holder, a signature or a \
             closing.{more}"
        ),
        chart: Chart::Lanes(Lanes {
            rows: "offers".to_string(),
            scale: Scale::Time { low: seconds(run.start), high: seconds(run.end) },
            states: STATES.iter().map(|(name, ink)| ((*name).to_string(), *ink)).collect(),
            lanes,
        }),
        table,
    }
}

fn lane(run: &Run, number: i64, key: &str, steps: &[&Step]) -> Lane {
    let mut lane = Lane {
        name: key.to_string(),
        stretches: Vec::new(),
        signs: Vec::new(),
        outcome: outcome(run, number, steps),
    };
    // What stands until something else does.
    let mut now: Option<(SimTime, usize, String)> = None;
    for step in steps {
        let state = match step.what.as_str() {
            "offered" => Some(Some(0)),
            what if what == "triggered" || what.starts_with("revived") => Some(Some(0)),
            "clockstarted" => Some(Some(1)),
            "contracting" => Some(Some(2)),
            "tailopened" => Some(Some(3)),
            "closed" | "closed_free" | "closed_freely" | "bound" | "withdrawn" | "barred" | "not_made" => {
                Some(None)
            }
            _ => None,
        };
        if matches!(
            step.what.as_str(),
            "exercised"
                | "declined"
                | "waived"
                | "lapsed"
                | "bound"
                | "closed"
                | "closed_free"
                | "closed_freely"
        ) {
            lane.signs.push((seconds(step.time), format!("{}: {}", format::date(step.time), step.sentence)));
        }
        let Some(state) = state else { continue };
        if let Some((from, state, text)) = now.take() {
            lane.stretches.push((seconds(from), seconds(step.time), state, text));
        }
        now =
            state.map(|state| (step.time, state, format!("{}: {}", format::date(step.time), step.sentence)));
    }
    if let Some((from, state, text)) = now {
        lane.stretches.push((seconds(from), seconds(run.end), state, text));
    }
    lane
}

/// What came of an offer, in a few words.
fn outcome(run: &Run, number: i64, steps: &[&Step]) -> String {
    let mut parts: Vec<(&str, f64)> = Vec::new();
    for part in run.allotments.iter().filter(|part| part.offer == number) {
        let who = part.partners[1].as_str();
        match parts.iter_mut().find(|(known, _)| *known == who) {
            Some((_, mw)) => *mw += part.it_mw,
            None => parts.push((who, part.it_mw)),
        }
    }
    if !parts.is_empty() {
        let words = parts.iter().map(|(who, mw)| format!("{who} {}", format::quantity(*mw, "MW")));
        return words.collect::<Vec<_>>().join(", ");
    }
    match steps.last().map(|step| step.what.as_str()) {
        Some("barred") => "barred".to_string(),
        Some("withdrawn") => "withdrawn".to_string(),
        Some("not_made") => "not made".to_string(),
        _ => "open".to_string(),
    }
}

fn allotments(parts: &[Allotment]) -> Table {
    let mut table = Table::new(&[
        "block",
        "#IT power",
        "#GPUs",
        "provided by",
        "used by",
        "#at the rate of the offer",
        "how",
    ]);
    for part in parts.iter().take(ROWS) {
        table.push([
            part.block.clone(),
            format::quantity(part.it_mw, "MW"),
            format::count(u64::try_from(part.gpus).unwrap_or(0)),
            part.partners[0].clone(),
            part.partners[1].clone(),
            format::dollars(part.usd),
            if part.by_right { "by right" } else { "as the third party" }.to_string(),
        ]);
    }
    table
}

fn timeline(run: &Run) -> Table {
    let mut table = Table::new(&["when", "agreement", "offer", "what", "clause", "where it is written"]);
    for step in run.agreements.iter().take(ROWS) {
        table.push([
            format::instant(step.time),
            step.agreement.clone().unwrap_or_default(),
            step.offer.as_ref().map_or_else(String::new, |(number, key)| format!("{number}: {key}")),
            step.sentence.clone(),
            step.clause.clone(),
            step.place.clone(),
        ]);
    }
    table
}
