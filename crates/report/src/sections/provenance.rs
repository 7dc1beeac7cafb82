//! Where the numbers that went in come from, and how much rests on assumptions.

use super::programme;
use crate::chart::{Bar, Bars, Chart, Ink};
use crate::figure::{Block, Figure, Section, Table};
use crate::format;
use crate::run::{Figure as Number, Run};
use std::collections::BTreeMap;

/// The kinds, from the best known to the least.
const KINDS: [(&str, &str); 4] = [
    ("measured", "read off a meter, a log or a benchmark"),
    ("published", "stated by somebody who should know"),
    ("derived", "computed from other figures"),
    ("assumed", "nobody knows; somebody had to say something"),
];
/// The most rows of a table on the page.
const ROWS: usize = 300;

pub(super) fn section(run: &Run) -> Option<Section> {
    if run.figures.is_empty() {
        return None;
    }
    let assumed = of_kind(run, "assumed").count();
    let all = run.figures.len();
    let mut lead = format!(
        "{} of the {} of the scenario are assumed.",
        format::share(assumed as f64 / all as f64),
        format::plural(all as u64, "number", "numbers"),
    );
    if let Some((size, either)) = programme::assumed_size(run).zip(programme::assumed(run)) {
        lead.push_str(&format!(
            " Of the IT power of the blocks, {} has an assumed size, and {} an assumed size or date.",
            format::share(size),
            format::share(either)
        ));
    }
    let blocks = vec![
        Block::Figure(by_kind(run)),
        Block::Folded("The sources and what rests on them".to_string(), sources(run)),
        Block::Folded("Every number that is assumed".to_string(), listed(of_kind(run, "assumed"))),
        Block::Folded("Every number with its source".to_string(), listed(run.figures.iter())),
    ];
    Some(Section { id: "provenance", title: "What the answer rests on".to_string(), lead, blocks })
}

fn of_kind<'a>(run: &'a Run, kind: &'a str) -> impl Iterator<Item = &'a Number> {
    run.figures.iter().filter(move |figure| figure.kind == kind)
}

fn by_kind(run: &Run) -> Figure {
    let all = run.figures.len() as f64;
    let mut table = Table::new(&["kind", "meaning", "#numbers", "#share"]);
    let mut bars = Vec::new();
    for (kind, meaning) in KINDS {
        let count = of_kind(run, kind).count();
        let share = count as f64 / all;
        table.push([
            kind.to_string(),
            meaning.to_string(),
            format::count(count as u64),
            format::share(share),
        ]);
        let text = format!("{} ({})", format::count(count as u64), format::share(share));
        bars.push(Bar { name: kind.to_string(), values: vec![(share, text)] });
    }
    Figure {
        id: "fig-provenance".to_string(),
        title: "How well are the numbers known that went in?".to_string(),
        caption: "Measured: read off a meter, a log or a benchmark. Published: stated by somebody who should know. Derived: \
                  computed from other figures. Assumed: nobody knows."
            .to_string(),
        chart: Chart::Bars(Bars {
            rows: "kind of number".to_string(),
            measures: vec![("numbers".to_string(), Ink::Busy)],
            bars,
        }),
        table,
    }
}

fn sources(run: &Run) -> Table {
    let mut by_source: BTreeMap<&str, (u64, BTreeMap<&str, u64>)> = BTreeMap::new();
    for figure in &run.figures {
        let (count, kinds) = by_source.entry(figure.source.as_deref().unwrap_or("")).or_default();
        *count += 1;
        *kinds.entry(figure.kind.as_str()).or_default() += 1;
    }
    let mut rows: Vec<_> = by_source.into_iter().collect();
    // Most used first; numbers without a source at the end.
    rows.sort_by(|a, b| a.0.is_empty().cmp(&b.0.is_empty()).then((b.1).0.cmp(&(a.1).0)).then(a.0.cmp(b.0)));
    let mut table = Table::new(&["source", "kinds", "#numbers"]);
    let more = rows.len().saturating_sub(ROWS);
    for (source, (count, kinds)) in rows.into_iter().take(ROWS) {
        table.push([
            if source.is_empty() { "no source given".to_string() } else { source.to_string() },
            kinds.into_keys().collect::<Vec<_>>().join(", "),
            format::count(count),
        ]);
    }
    if more > 0 {
        table.push([format!("and {} more", format::count(more as u64)), String::new(), String::new()]);
    }
    table
}

fn listed<'a>(figures: impl Iterator<Item = &'a Number>) -> Table {
    let mut table = Table::new(&["number", "#value", "kind", "source", "where"]);
    let mut more = 0;
    for (place, figure) in figures.enumerate() {
        if place >= ROWS {
            more += 1;
            continue;
        }
        table.push([
            figure.path.clone(),
            figure.value.clone(),
            figure.kind.clone(),
            figure.source.clone().unwrap_or_default(),
            figure.place.clone(),
        ]);
    }
    if more > 0 {
        let rest = format!("and {} more in the table `figures`", format::count(more));
        table.push([rest, String::new(), String::new(), String::new(), String::new()]);
    }
    table
}
