//! Who paid what, and what for.

use super::{largest, maybe, time_axis};
use crate::chart::{Axis, Chart, Ink, Mark, Series, Xy};
use crate::figure::{Block, Figure, KeyNumber, Section, Table};
use crate::format;
use crate::run::{Building, Run};
use crate::scale::{Reads, Scale};
use base::SimTime;

/// What money is spent on, in the order of building.
const PURPOSES: [&str; 8] =
    ["land", "shell", "power", "cooling", "network", "systems", "contingency", "interest"];

pub(super) fn section(run: &Run) -> Option<Section> {
    let building = run.building.as_ref().filter(|building| !building.months.is_empty())?;
    let dollars = |metric: &str| maybe(run.result(metric), format::dollars);
    let lead = format!(
        "{} of {} that partners promised were called, and {} spent. Every dollar called is spent or in hand.",
        dollars("capital_called_usd"),
        dollars("capital_committed_usd"),
        dollars("capital_spent_usd")
    );
    let mut blocks = Vec::new();
    if let Some(missing) = run.result("capital_missing_usd").filter(|missing| *missing > 0.0) {
        blocks.push(Block::Note(stops(building, missing)));
    }
    blocks.push(Block::Numbers(numbers(run)));
    blocks.push(Block::Figure(by_use(run, building)));
    blocks.push(Block::Figure(by_partner(run, building)));
    if building.months.iter().any(|month| month.interest.iter().any(|interest| *interest > 0.0)) {
        blocks.push(Block::Figure(interest(run, building)));
    }
    Some(Section { id: "capital", title: "Capital".to_string(), lead, blocks })
}

fn stops(building: &Building, missing: f64) -> String {
    let since = building
        .waits
        .iter()
        .filter(|wait| wait.want == "money" && wait.until.is_none())
        .map(|wait| wait.since)
        .min();
    let standing = building.waits.iter().filter(|wait| wait.want == "money" && wait.until.is_none()).count();
    format!(
        "Building stops on {} for want of {}: {} stood still when the run ended.",
        since.map_or_else(|| "a day of the run".to_string(), format::date),
        format::dollars(missing),
        format::plural(standing as u64, "block", "blocks")
    )
}

fn numbers(run: &Run) -> Vec<KeyNumber> {
    let key = |label: &str, metric: &str, note: &str| KeyNumber {
        value: maybe(run.result(metric), format::dollars),
        label: label.to_string(),
        note: note.to_string(),
    };
    let mut numbers = vec![
        key("promised", "capital_committed_usd", "by all tranches"),
        key("called", "capital_called_usd", "by the end of the run"),
        key("spent", "capital_spent_usd", "on building and systems"),
        key("idle", "capital_idle_mean_usd", "called and not spent, on average over the run"),
    ];
    if run.result("contingency_spent_usd").is_some_and(|spent| spent > 0.0) {
        numbers.push(key("above plan", "contingency_spent_usd", "what building cost above its plan"));
    }
    if run.result("contingency_set_aside_usd").is_some_and(|aside| aside > 0.0) {
        numbers.push(key(
            "contingency left",
            "contingency_left_usd",
            "of what was set aside for that; negative: building cost more",
        ));
    }
    if run.result("interest_capitalised_usd").is_some_and(|interest| interest > 0.0) {
        numbers.push(key("interest while building", "interest_capitalised_usd", "added to what is owed"));
    }
    numbers
}

/// The months of the run: their first days, in order.
fn months(building: &Building) -> Vec<SimTime> {
    let mut months: Vec<SimTime> = building.months.iter().map(|month| month.month).collect();
    months.sort_unstable();
    months.dedup();
    months
}

/// Places of a chart of months: the first day of each, not before the run, and the end of the last.
fn places(run: &Run, months: &[SimTime]) -> Vec<f64> {
    let seconds = |time: &SimTime| (*time).max(run.start).0 as f64 / 1e9;
    months.iter().map(seconds).chain([run.end.0 as f64 / 1e9]).collect()
}

/// Running sums, in thousand million dollars.
fn running(values: impl Iterator<Item = f64>) -> Vec<Option<f64>> {
    let mut sum = 0.0;
    let add = |value: f64| {
        sum += value;
        Some(sum / 1e9)
    };
    values.map(add).collect()
}

fn billions(run: &Run, title: &str, places: Vec<f64>, series: Vec<Series>, stacked: bool) -> Chart {
    let at = |series: &Series, place: usize| series.values.get(place).copied().flatten().unwrap_or(0.0);
    let steps = places.len().saturating_sub(1);
    let areas = |place: usize| -> f64 {
        series.iter().filter(|series| series.mark == Mark::Area).map(|series| at(series, place)).sum()
    };
    let lines = |place: usize| series.iter().map(|series| at(series, place)).fold(0.0, f64::max);
    let highest = (0..steps).map(|place| if stacked { areas(place).max(lines(place)) } else { lines(place) });
    Chart::Xy(Xy {
        x: time_axis(run),
        y: Axis {
            title: title.to_string(),
            scale: Scale::from_zero(highest.fold(0.0, f64::max)),
            reads: Reads::Number,
        },
        places,
        series,
        stacked,
        small: false,
        guides: Vec::new(),
    })
}

fn by_use(run: &Run, building: &Building) -> Figure {
    let months = months(building);
    let spent = |purpose: &str, month: SimTime| -> f64 {
        let rows = building.uses.iter().filter(|row| row.purpose == purpose && row.month == month);
        rows.map(|row| row.spent).sum()
    };
    let used = |purpose: &&&str| building.uses.iter().any(|row| row.purpose == **purpose);
    let series: Vec<Series> = PURPOSES
        .iter()
        .filter(used)
        .enumerate()
        .map(|(place, purpose)| Series {
            name: (*purpose).to_string(),
            ink: Ink::Series(place),
            mark: Mark::Area,
            values: running(months.iter().map(|month| spent(purpose, *month))),
            low: Vec::new(),
        })
        .collect();
    let mut columns = vec!["site"];
    let purposes: Vec<&str> = PURPOSES.iter().filter(used).copied().collect();
    let heads: Vec<String> = purposes.iter().map(|purpose| format!("#{purpose}")).collect();
    columns.extend(heads.iter().map(String::as_str));
    columns.push("#in all");
    let mut table = Table::new(&columns);
    for site in &run.sites {
        let of = |purpose: &str| -> f64 {
            let rows = building.uses.iter().filter(|row| row.site == site.key && row.purpose == purpose);
            rows.map(|row| row.spent).sum()
        };
        let amounts: Vec<f64> = purposes.iter().map(|purpose| of(purpose)).collect();
        let all: f64 = amounts.iter().sum();
        let mut row = vec![site.name.clone()];
        row.extend(amounts.into_iter().chain([all]).map(format::dollars));
        table.rows.push(row);
    }
    Figure {
        id: "fig-capital-uses".to_string(),
        title: "What was the money spent on?".to_string(),
        caption:
            "Spent since the start of the run, by use. Contingency is what building cost above its plan."
                .to_string(),
        chart: billions(run, "B$ spent (10⁹ US dollars)", places(run, &months), series, true),
        table,
    }
}

fn by_partner(run: &Run, building: &Building) -> Figure {
    let months = months(building);
    let mut tranches: Vec<(String, String, String, f64)> = Vec::new();
    for row in &building.months {
        if !tranches.iter().any(|(_, tranche, ..)| *tranche == row.tranche) {
            let (partner, tranche) = (row.partner.clone(), row.tranche.clone());
            tranches.push((partner, tranche, row.instrument.clone(), row.committed));
        }
    }
    let mut partners: Vec<String> = tranches.iter().map(|(partner, ..)| partner.clone()).collect();
    partners.sort();
    partners.dedup();
    let called = |partner: &str, month: SimTime| -> f64 {
        building
            .months
            .iter()
            .filter(|row| row.partner == partner && row.month == month)
            .map(|row| row.called)
            .sum()
    };
    let size = |partner: &String| {
        building.months.iter().filter(|row| row.partner == *partner).map(|row| row.called).sum()
    };
    let sizes: Vec<f64> = partners.iter().map(size).collect();
    let mut series: Vec<Series> = largest(&partners, &sizes)
        .into_iter()
        .map(|(name, ink, places)| Series {
            name,
            ink,
            mark: Mark::Area,
            values: running(
                months.iter().map(|month| places.iter().map(|&at| called(&partners[at], *month)).sum()),
            ),
            low: Vec::new(),
        })
        .collect();
    let spent =
        |month: &SimTime| building.months.iter().filter(|row| row.month == *month).map(|row| row.spent).sum();
    series.push(Series {
        name: "spent".to_string(),
        ink: Ink::Installed,
        mark: Mark::Step,
        values: running(months.iter().map(spent)),
        low: Vec::new(),
    });
    let mut table =
        Table::new(&["partner", "tranche", "kind", "#promised", "#called", "#spent", "#in hand at the end"]);
    for (partner, tranche, instrument, committed) in tranches {
        let rows = || building.months.iter().filter(|row| row.tranche == tranche);
        table.push([
            partner,
            tranche.clone(),
            instrument,
            format::dollars(committed),
            format::dollars(rows().map(|row| row.called).sum()),
            format::dollars(rows().map(|row| row.spent).sum()),
            maybe(rows().next_back().map(|row| row.in_hand), format::dollars),
        ]);
    }
    Figure {
        id: "fig-capital-partners".to_string(),
        title: "Whose money was it?".to_string(),
        caption: "Called since the start of the run, by partner; between the top of the areas and the line lies what is in hand."
            .to_string(),
        chart: billions(run, "B$ called (10⁹ US dollars)", places(run, &months), series, true),
        table,
    }
}

fn interest(run: &Run, building: &Building) -> Figure {
    let months = months(building);
    let kinds = [
        "while building, added to what is owed",
        "while building, paid",
        "on what works, an expense of operation",
    ];
    let of = |kind: usize, month: SimTime| -> f64 {
        building.months.iter().filter(|row| row.month == month).map(|row| row.interest[kind]).sum()
    };
    let series: Vec<Series> = kinds
        .iter()
        .enumerate()
        .filter(|(kind, _)| building.months.iter().any(|row| row.interest[*kind] > 0.0))
        .map(|(kind, name)| Series {
            name: (*name).to_string(),
            ink: Ink::Series(kind),
            mark: Mark::Area,
            values: months.iter().map(|month| Some(of(kind, *month) / 1e6)).collect(),
            low: Vec::new(),
        })
        .collect();
    let mut table = Table::new(&["year", "#while building, added", "#while building, paid", "#operating"]);
    let year = |time: SimTime| format::calendar(time).year();
    let mut years: Vec<i16> = months.iter().map(|month| year(*month)).collect();
    years.dedup();
    for own in years {
        let sum = |kind: usize| -> f64 {
            months.iter().filter(|month| year(**month) == own).map(|month| of(kind, *month)).sum()
        };
        table.push([
            own.to_string(),
            format::dollars(sum(0)),
            format::dollars(sum(1)),
            format::dollars(sum(2)),
        ]);
    }
    Figure {
        id: "fig-interest".to_string(),
        title: "What did the debt cost?".to_string(),
        caption: "Interest by month. Until a block is energised it is part of what building costs; from then on it is an expense \
                  of operation."
            .to_string(),
        chart: billions(run, "M$ a month (10⁶ US dollars)", places(run, &months), series, true),
        table,
    }
}
