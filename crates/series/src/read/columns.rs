//! A stamp and values in columns: gap-free price files, our own CSV form, hourly carbon, generation mix; and AVERT, which
//! counts the hours of its year instead of stamping them.

use super::assemble::{Point, dated, number, step_of, typical};
use super::eia::find;
use super::report::{Findings, fields, lines};
use super::{Format, ReadOptions};
use crate::calendar::{HOURS_OF_YEAR, Stamp};
use crate::hourly::Series;
use crate::quantity::Quantity;
use crate::rules;
use base::Span;

/// Grams in a pound (avoirdupois), exactly.
const GRAMS_PER_POUND: f64 = 453.592_37;

/// Columns of public files that we know, with what they measure.
const KNOWN: [(&str, Quantity); 5] = [
    ("Price (USD/MWh)", Quantity::Price),
    ("Carbon Intensity gCO₂eq/kWh (direct)", Quantity::Carbon),
    ("Carbon Intensity gCO₂eq/kWh (LCA)", Quantity::Carbon),
    ("Carbon intensity gCO₂eq/kWh (Life cycle)", Quantity::Carbon),
    ("avg_CI", Quantity::Carbon),
];

/// Names of a column of stamps. All of them mark the begin of the interval.
const STAMPS: [&str; 6] = ["hour_start", "Datetime", "Datetime (UTC)", "timestamp", "datetime", "time"];

fn quantity_of(column: &str) -> Option<Quantity> {
    let known = KNOWN.iter().find(|(name, _)| *name == column).map(|(_, quantity)| *quantity);
    known.or_else(|| Quantity::parse(column))
}

pub(super) fn read(
    text: &str,
    format: Format,
    options: &ReadOptions,
    findings: &mut Findings,
) -> Vec<Series> {
    let mut rows = lines(text);
    let Some((_, header_text)) = rows.next().filter(|(_, line)| !line.is_empty()) else {
        findings.whole(&rules::EMPTY, "the file is empty", "fetch the file again");
        return Vec::new();
    };
    let header = fields(header_text);
    if !STAMPS.contains(&header[0]) {
        let message = format!("the first column is `{}`, not a column of stamps", header[0]);
        findings.value(
            &rules::WRONG_HEADER,
            (1, header_text),
            header[0],
            message,
            "name the first column `hour_start`, and columns as in `hour_start,price_usd_per_mwh`",
        );
        return Vec::new();
    }
    let columns = choose(&header, format, options, findings);
    if columns.is_empty() {
        return Vec::new();
    }
    let mut table =
        Table { header: &header, columns: &columns, points: vec![Vec::new(); columns.len()], naive: None };
    for row in rows {
        table.take(row, header[0] == "Datetime (UTC)", options, findings);
    }
    if let Some(line) = table.naive {
        findings.note(&rules::ZONE_ASSUMED, line, "stamps do not say their offset: taken as UTC");
    }
    let points = table.points;
    let Some(first) = points.first().filter(|points| !points.is_empty()) else {
        if !findings.has_errors() {
            findings.whole(&rules::EMPTY, "there are no rows below the header", "fetch the file again");
        }
        return Vec::new();
    };
    report_estimates(text, &header, findings);
    let Some(step) = step_of(first, findings) else { return Vec::new() };
    let named = columns.iter().zip(&points);
    named
        .filter_map(|((column, quantity), points)| {
            dated(*quantity, header[*column], points, step, options, findings)
        })
        .collect()
}

/// The columns asked for; if none is, one for each quantity that the header has (direct carbon before life cycle).
fn choose(
    header: &[&str],
    format: Format,
    options: &ReadOptions,
    findings: &mut Findings,
) -> Vec<(usize, Quantity)> {
    let mut chosen: Vec<(usize, Quantity)> = Vec::new();
    for name in &options.columns {
        let Some(at) = find(header, name, findings) else { continue };
        match quantity_of(name) {
            Some(quantity) => chosen.push((at, quantity)),
            None => {
                let message = format!("`{name}` names no quantity with a unit");
                let list = Quantity::ALL.map(Quantity::column).join("`, `");
                findings.whole(&rules::WRONG_UNIT, message, format!("rename it to one of `{list}`"));
            }
        }
    }
    if options.columns.is_empty() {
        for (at, name) in header.iter().enumerate().skip(1) {
            if let Some(quantity) = quantity_of(name)
                && !chosen.iter().any(|(_, known)| *known == quantity)
            {
                chosen.push((at, quantity));
            }
        }
        if chosen.is_empty() {
            let list = Quantity::ALL.map(Quantity::column).join("`, `");
            let message = format!("no column of this {} file names a quantity with its unit", format.name());
            findings.whole(&rules::WRONG_HEADER, message, format!("columns that are known: `{list}`"));
        }
    }
    chosen
}

struct Table<'a> {
    header: &'a [&'a str],
    columns: &'a [(usize, Quantity)],
    points: Vec<Vec<Point>>,
    /// The first line whose stamp says no offset, if the caller gave none.
    naive: Option<u64>,
}

impl Table<'_> {
    fn take(
        &mut self,
        (line, text): (u64, &str),
        in_utc: bool,
        options: &ReadOptions,
        findings: &mut Findings,
    ) {
        let row = fields(text);
        if row.len() != self.header.len() {
            let message = format!("{} fields where the header has {}", row.len(), self.header.len());
            findings.error(&rules::FIELD_COUNT, line, text, message);
            return;
        }
        let Some(stamp) = Stamp::parse(row[0]) else {
            let message = format!("`{}` is not a time stamp", row[0]);
            findings.value(&rules::BAD_STAMP, (line, text), row[0], message, "write `2024-01-31 05:00:00Z`");
            return;
        };
        if stamp.offset.is_none() && options.offset.is_none() && !in_utc {
            self.naive.get_or_insert(line);
        }
        let offset = if in_utc { Span::ZERO } else { options.offset.unwrap_or(Span::ZERO) };
        let begin = stamp.utc(offset);
        for ((column, quantity), points) in self.columns.iter().zip(&mut self.points) {
            let value = number(row[*column], 1.0, *quantity, (line, text), findings);
            points.push(Point { begin, value, line });
        }
    }
}

/// Counts the rows whose publisher says that they are estimates.
fn report_estimates(text: &str, header: &[&str], findings: &mut Findings) {
    let Some(column) = header.iter().position(|name| *name == "Data Estimated") else { return };
    let estimated = lines(text).skip(1).filter(|(_, line)| fields(line).get(column) == Some(&"true")).count();
    if estimated > 0 {
        findings.note(&rules::ESTIMATED, 0, format!("{estimated} hours are estimates of the publisher"));
    }
}

/// AVERT: `Month,Timestamp,<regions>` with the hour of the year from 0, in lb of CO2 per kWh. The file does not say in
/// which zone it counts.
pub(super) fn avert(text: &str, options: &ReadOptions, findings: &mut Findings) -> Vec<Series> {
    let mut rows = lines(text);
    let header = match rows.next() {
        Some((_, line)) if line.starts_with("Month,Timestamp,") => fields(line),
        other => {
            let message = "the header does not start with `Month,Timestamp,`";
            findings.error(&rules::WRONG_HEADER, 1, other.map_or("", |(_, line)| line), message);
            return Vec::new();
        }
    };
    if options.columns.is_empty() {
        let message = "the file has several regions and none is named";
        findings.whole(&rules::NO_COLUMN, message, format!("name one of `{}`", header[2..].join("`, `")));
    }
    let columns: Vec<usize> =
        options.columns.iter().filter_map(|name| find(&header, name, findings)).filter(|&i| i >= 2).collect();
    if columns.is_empty() {
        return Vec::new();
    }
    let mut values = vec![vec![f64::NAN; HOURS_OF_YEAR]; columns.len()];
    let mut expected = 0;
    for (line, text) in rows {
        let row = fields(text);
        if row.len() != header.len() {
            let message = format!("{} fields where the header has {}", row.len(), header.len());
            findings.error(&rules::FIELD_COUNT, line, text, message);
            continue;
        }
        let Some(hour) = row[1].parse::<usize>().ok().filter(|&hour| hour < HOURS_OF_YEAR) else {
            let message = format!("`{}` is not an hour of the year", row[1]);
            findings.value(&rules::BAD_STAMP, (line, text), row[1], message, "hours count from 0 to 8759");
            continue;
        };
        if hour < expected {
            let rule = if hour + 1 == expected { &rules::TWICE } else { &rules::OUT_OF_ORDER };
            findings.error(rule, line, text, format!("hour {hour} comes after hour {}", expected - 1));
        }
        expected = expected.max(hour + 1);
        for (column, values) in columns.iter().zip(&mut values) {
            let at = (line, text);
            values[hour] = number(row[*column], GRAMS_PER_POUND, Quantity::MarginalCarbon, at, findings);
        }
    }
    if expected == 0 {
        findings.whole(&rules::EMPTY, "there are no rows below the header", "fetch the file again");
        return Vec::new();
    }
    if options.offset.is_none() {
        findings.note(&rules::ZONE_ASSUMED, 1, "hours of the year do not say their offset: taken as UTC");
    }
    let offset = options.offset.unwrap_or(Span::ZERO);
    let named = columns.iter().map(|&column| header[column]).zip(values);
    named
        .filter_map(|(name, values)| {
            typical(Quantity::MarginalCarbon, name, values, offset, options, findings)
        })
        .collect()
}
