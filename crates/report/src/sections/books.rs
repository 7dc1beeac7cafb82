//! The books: what was earned and used up, where the cash went, what there is.

use super::maybe;
use crate::chart::{Axis, Bar, Bars, Chart, Ink, Mark, Series, Step, Waterfall, Xy};
use crate::figure::{Block, Figure, KeyNumber, Section, Table};
use crate::format::{self, dollars, price};
use crate::run::{Books, Run};
use crate::scale::{Reads, Scale};

/// All partners as one.
const ALL: &str = "consolidated";

pub(super) fn section(run: &Run) -> Option<Section> {
    let books = run.books.as_ref()?;
    let mut blocks = vec![Block::Numbers(numbers(run)), Block::Figure(waterfall(books))];
    blocks.extend(super::settlements::blocks(run));
    blocks.extend(cost(run).map(Block::Figure));
    if books.cash.len() > 2 {
        blocks.push(Block::Figure(cash(run, books)));
    }
    for (statement, title) in
        [("income", "Income statement"), ("cash_flow", "Cash flow"), ("balance", "Balance sheet")]
    {
        blocks.push(Block::Folded(format!("{title}, all partners as one"), table(books, ALL, statement)));
    }
    let partners: Vec<&String> = books.scopes.keys().filter(|scope| *scope != ALL).collect();
    if partners.len() > 1 {
        for partner in partners {
            blocks.push(Block::Folded(
                format!("Income statement of {partner}"),
                table(books, partner, "income"),
            ));
        }
    }
    let lead = "Facts times prices are posted in double entry, and every month is closed with a trial balance of zero. What \
                partners owe and pay each other is left out where all are taken as one. `stargate export` writes the journal \
                for other tools; `stargate explain DIR posting/7` says where a posting comes from."
        .to_string();
    Some(Section { id: "books", title: "The books".to_string(), lead, blocks })
}

fn numbers(run: &Run) -> Vec<KeyNumber> {
    let key = |value: String, label: &str, note: String| KeyNumber { value, label: label.to_string(), note };
    let usd = |metric| maybe(run.result(metric), dollars);
    let mut numbers = vec![
        key(usd("revenue_usd"), "revenue", format!("costs of {}, before taxes", usd("cost_usd"))),
        key(usd("net_income_usd"), "net income", "after depreciation, interest and taxes".to_string()),
        key(
            maybe(run.result("cost_usd_per_gpu_hour"), price),
            "cost of a GPU-hour",
            "all costs over the GPU-hours that jobs held".to_string(),
        ),
        key(usd("cash_usd"), "cash", "at the end of the run".to_string()),
        key(
            usd("npv_usd"),
            "net present value",
            format!(
                "of the enterprise before financing, with what stands at the end at a book value of {}; {} of its owners, \
                 after interest and loans",
                usd("book_value_usd"),
                usd("equity_net_present_value_usd")
            ),
        ),
    ];
    let rate = run.result("irr").map(format::share);
    if let Some(rate) = rate {
        let owners = run.result("equity_return").map(format::share);
        let owners = owners.map_or_else(String::new, |rate| format!("; {rate} of the owners'"));
        let note = format!("for a year, of the enterprise's flows{owners}");
        numbers.push(key(rate, "internal rate of return", note));
    }
    if let Some(cover) = run.result("debt_service_cover") {
        let least = maybe(run.result("debt_service_cover_least"), |least| format!("{least:.2}"));
        let note = format!("cash of operations over interest and principal; {least} in the worst year");
        numbers.push(key(format!("{cover:.2}"), "debt service cover", note));
    }
    numbers
}

/// Words for a line: `compute` for `income:compute`, `net income` for `net_income`.
fn words(line: &str) -> String {
    line.rsplit(':').next().unwrap_or(line).replace('_', " ")
}

/// From revenue to net income, one step for each account. The sum of the costs is left out: its parts are steps.
fn waterfall(books: &Books) -> Figure {
    let lines = books.scopes.get(ALL).map_or(&[][..], Vec::as_slice);
    let income = lines.iter().filter(|line| line.statement == "income" && line.name != "operating_costs");
    let mut steps = Vec::new();
    let mut sum = 0.0;
    for line in income.filter(|line| line.whole != 0.0 || line.total) {
        if line.total {
            let name = format!("= {}", words(&line.name));
            steps.push(Step { name, from: 0.0, to: line.whole, total: true, text: dollars(line.whole) });
            continue;
        }
        // A statement says costs as they are: here they take away.
        let amount = if line.name.starts_with("income:") { line.whole } else { -line.whole };
        let name = words(&line.name);
        steps.push(Step { name, from: sum, to: sum + amount, total: false, text: dollars(amount) });
        sum += amount;
    }
    Figure {
        id: "fig-waterfall".to_string(),
        title: "What was left of the revenue?".to_string(),
        caption: "From revenue over costs to net income, over the whole run, all partners as one. Each step begins where the \
                  one above it ends; the upright line is zero, and what lies to its left is a loss."
            .to_string(),
        chart: Chart::Waterfall(Waterfall { rows: "line of the income statement".to_string(), steps }),
        table: table(books, ALL, "income"),
    }
}

/// What a GPU-hour cost and brought in, by site.
fn cost(run: &Run) -> Option<Figure> {
    let result = |site: &str, metric| run.results.get("site", Some(site), metric);
    let mut rows: Vec<(String, f64, f64)> = Vec::new();
    for site in &run.sites {
        let held = result(&site.key, "held_gpu_hours").filter(|held| *held > 0.0);
        if let (Some(cost), Some(held)) = (result(&site.key, "cost_usd_per_gpu_hour"), held) {
            let price = result(&site.key, "revenue_usd").unwrap_or(0.0) / held;
            rows.push((site.key.clone(), cost, price));
        }
    }
    if rows.is_empty() {
        return None;
    }
    let longest = rows.iter().map(|row| row.1.max(row.2)).fold(f64::MIN_POSITIVE, f64::max);
    let mut table = Table::new(&["site", "#cost of a GPU-hour", "#revenue of a GPU-hour"]);
    rows.iter().for_each(|row| table.push([row.0.clone(), price(row.1), price(row.2)]));
    let bar = |row: (String, f64, f64)| Bar {
        name: row.0,
        values: vec![(row.1 / longest, price(row.1)), (row.2 / longest, price(row.2))],
    };
    Some(Figure {
        id: "fig-gpu-hour".to_string(),
        title: "What did a GPU-hour cost, and what did it bring in?".to_string(),
        caption: "Costs and revenue of each site over the GPU-hours that its jobs held. Depreciation and interest are in \
                  the costs, taxes are not."
            .to_string(),
        chart: Chart::Bars(Bars {
            rows: "site".to_string(),
            measures: vec![("cost".to_string(), Ink::Down), ("revenue".to_string(), Ink::Busy)],
            bars: rows.into_iter().map(bar).collect(),
        }),
        table,
    })
}

/// Cash at the end of each month.
fn cash(run: &Run, books: &Books) -> Figure {
    let mut places: Vec<f64> = books.cash.iter().map(|(month, _)| month.0 as f64 / 1e9).collect();
    places.push(run.end.0 as f64 / 1e9);
    let values: Vec<f64> = books.cash.iter().map(|(_, usd)| usd / 1e6).collect();
    let (low, high) = values.iter().fold((0.0_f64, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)));
    let mut table = Table::new(&["month", "#cash at its end"]);
    for (month, usd) in books.cash.iter().take(120) {
        table.push([format::date(*month), dollars(*usd)]);
    }
    Figure {
        id: "fig-cash".to_string(),
        title: "How much cash was there?".to_string(),
        caption: "Cash of all partners at the end of each month. Below zero it is missing: capital or a loan must come in."
            .to_string(),
        chart: Chart::Xy(Xy {
            x: super::time_axis(run),
            y: Axis {
                title: "cash (million US dollars)".to_string(),
                scale: if low < 0.0 { Scale::Linear { low, high: high.max(low + 1.0) } } else { Scale::from_zero(high) },
                reads: Reads::Number,
            },
            places,
            series: vec![Series {
                name: "cash".to_string(),
                ink: Ink::Installed,
                mark: Mark::Area,
                values: values.into_iter().map(Some).collect(),
                low: Vec::new(),
            }],
            stacked: false,
            small: false,
            guides: Vec::new(),
        }),
        table,
    }
}

/// A statement: its lines against periods.
fn table(books: &Books, scope: &str, statement: &str) -> Table {
    let mut heads = vec!["US dollars".to_string()];
    heads.extend(books.periods.iter().map(|month| {
        let name = format::date(*month);
        format!("#from {name}")
    }));
    heads.push("#whole run".to_string());
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut table = Table::new(&heads);
    let lines = books.scopes.get(scope).map_or(&[][..], Vec::as_slice);
    for line in lines.iter().filter(|line| line.statement == statement) {
        let mut row = vec![if line.total { words(&line.name).to_uppercase() } else { words(&line.name) }];
        row.extend(line.periods.iter().map(|usd| dollars(*usd)));
        row.push(dollars(line.whole));
        table.rows.push(row);
    }
    table
}
