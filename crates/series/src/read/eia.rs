//! Regional price files of the US Energy Information Administration: three title lines, a header, and stamps in UTC that
//! mark the END of each interval. Whole days are missing now and then; there is no row for them.

use super::ReadOptions;
use super::assemble::{Point, dated, number, step_of};
use super::report::{Findings, fields, lines};
use crate::calendar::Stamp;
use crate::hourly::Series;
use crate::quantity::Quantity;
use crate::rules;
use base::Span;
use base::spelling::closest;

/// The header's line.
const HEADER_LINE: usize = 4;

pub(super) fn read(text: &str, options: &ReadOptions, findings: &mut Findings) -> Vec<Series> {
    let mut rows = lines(text).skip(HEADER_LINE - 1);
    let header = match rows.next() {
        Some((_, line)) if line.starts_with("UTC Timestamp (Interval Ending),") => fields(line),
        other => {
            let (line, text) = other.unwrap_or((HEADER_LINE as u64, ""));
            let message = "line 4 does not start with `UTC Timestamp (Interval Ending)`";
            findings.error(&rules::WRONG_HEADER, line, text, message);
            return Vec::new();
        }
    };
    let columns = choose(&header, options, findings);
    let mut points: Vec<Vec<Point>> = vec![Vec::new(); columns.len()];
    for (line, text) in rows {
        let row = fields(text);
        if row.len() != header.len() {
            let message = format!("{} fields where the header has {}", row.len(), header.len());
            findings.error(&rules::FIELD_COUNT, line, text, message);
            continue;
        }
        let Some((begin, end)) = interval(&row, (line, text), findings) else { continue };
        for (column, points) in columns.iter().zip(&mut points) {
            let value = number(row[*column], 1.0, Quantity::Price, (line, text), findings);
            points.push(Point { begin: end.utc(Span::ZERO) - begin, value, line });
        }
    }
    let Some(first) = points.first().filter(|points| !points.is_empty()) else {
        if !findings.has_errors() {
            findings.whole(&rules::EMPTY, "there are no rows below the header", "fetch the file again");
        }
        return Vec::new();
    };
    findings.note(
        &rules::INTERVAL_END,
        HEADER_LINE as u64,
        "stamps mark the end of the interval: moved to its begin",
    );
    let Some(step) = step_of(first, findings) else { return Vec::new() };
    let named = columns.iter().map(|&column| header[column]).zip(&points);
    named.filter_map(|(name, points)| dated(Quantity::Price, name, points, step, options, findings)).collect()
}

/// The columns asked for; the hub average, or the only price, if none is.
fn choose(header: &[&str], options: &ReadOptions, findings: &mut Findings) -> Vec<usize> {
    let prices = || header.iter().copied().filter(|name| name.ends_with("LMP"));
    let wanted: Vec<&str> = match options.columns.as_slice() {
        [] => match (header.contains(&"Hub average LMP"), prices().count()) {
            (true, _) => vec!["Hub average LMP"],
            (false, 1) => prices().collect(),
            (false, _) => {
                let list = prices().collect::<Vec<_>>().join("`, `");
                let message = "the file has several hubs and none is named";
                findings.whole(&rules::NO_COLUMN, message, format!("name one of `{list}`"));
                Vec::new()
            }
        },
        names => names.iter().map(String::as_str).collect(),
    };
    wanted.into_iter().filter_map(|name| find(header, name, findings)).collect()
}

/// The position of a column by its exact name.
pub(super) fn find(header: &[&str], name: &str, findings: &mut Findings) -> Option<usize> {
    let found = header.iter().position(|column| *column == name);
    if found.is_none() {
        let hint = match closest(name, header.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the columns are `{}`", header.join("`, `")),
        };
        findings.whole(&rules::NO_COLUMN, format!("there is no column `{name}`"), hint);
    }
    found
}

/// How long the row's interval is, by its two local stamps, and its end in UTC. In the hour in which clocks change the
/// local stamps lie an hour apart too much or too little, so a length that makes no sense is taken as an hour.
fn interval(row: &[&str], at: (u64, &str), findings: &mut Findings) -> Option<(Span, Stamp)> {
    let stamp = |field: &str, findings: &mut Findings| {
        let stamp = Stamp::parse(field);
        if stamp.is_none() {
            let message = format!("`{field}` is not a time stamp");
            findings.value(&rules::BAD_STAMP, at, field, message, "write `2024-01-31 05:00:00`");
        }
        stamp
    };
    let end = stamp(row[0], findings)?;
    let local_begin = stamp(row.get(1)?, findings)?;
    let local_end = stamp(row.get(2)?, findings)?;
    let length = local_end.clock - local_begin.clock;
    let sensible = length > Span::ZERO && length <= Span::HOUR;
    Some((if sensible { length } else { Span::HOUR }, end))
}
