//! From points in the order of a file to a series without holes.

use super::report::Findings;
use super::{GapRule, ReadOptions};
use crate::calendar::HOURS_OF_YEAR;
use crate::hourly::{Axis, Gap, Series};
use crate::quantity::Quantity;
use crate::rules;
use base::{SimTime, Span};

/// A gap of so many hours is filled on a straight line.
const LINEAR_HOURS: usize = 3;

/// One value of one row: the begin of its interval, the value (NaN: missing), the line of the file.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub(super) begin: SimTime,
    pub(super) value: f64,
    pub(super) line: u64,
}

/// Reads a number of a quantity: NaN for an empty field, and for a value that was reported.
pub(super) fn number(
    field: &str,
    scale: f64,
    quantity: Quantity,
    at: (u64, &str),
    findings: &mut Findings,
) -> f64 {
    if field.is_empty() {
        return f64::NAN;
    }
    let Some(raw) = field.parse::<f64>().ok().filter(|v| v.is_finite()) else {
        let message = format!("`{field}` is not a number");
        findings.value(
            &rules::NOT_A_NUMBER,
            at,
            field,
            message,
            "leave the field empty if the value is missing",
        );
        return f64::NAN;
    };
    bounded(raw * scale, field, quantity, at, findings)
}

/// The value if it can be true, else NaN and an error.
pub(super) fn bounded(
    value: f64,
    field: &str,
    quantity: Quantity,
    at: (u64, &str),
    findings: &mut Findings,
) -> f64 {
    let (low, high) = quantity.bounds();
    if (low..=high).contains(&value) {
        return value;
    }
    let unit = quantity.unit();
    let message = format!("`{field}` cannot be a {}", quantity.column());
    let hint = format!("values lie between {low} and {high} {unit}");
    findings.value(&rules::OUT_OF_BOUNDS, at, field, message, hint);
    f64::NAN
}

/// Whether the stamps rise by whole steps that make up an hour; the step, or `None` after saying what is wrong. Called
/// once for a file; every column has the same stamps.
pub(super) fn step_of(points: &[Point], findings: &mut Findings) -> Option<Span> {
    let mut ordered = true;
    for pair in points.windows(2) {
        if pair[1].begin == pair[0].begin {
            let message = format!(
                "the interval from {} is there twice (first in line {})",
                pair[1].begin, pair[0].line
            );
            findings.error(&rules::TWICE, pair[1].line, "", message);
            ordered = false;
        } else if pair[1].begin < pair[0].begin {
            let message = format!("{} comes after {}", pair[1].begin, pair[0].begin);
            findings.error(&rules::OUT_OF_ORDER, pair[1].line, "", message);
            ordered = false;
        }
    }
    if !ordered {
        return None;
    }
    let step = points.windows(2).map(|pair| pair[1].begin - pair[0].begin).filter(|&d| d > Span::ZERO).min();
    let step = step.unwrap_or(Span::HOUR);
    if step > Span::HOUR || Span::HOUR.0 % step.0 != 0 {
        let line = points.first().map_or(0, |point| point.line);
        findings.error(&rules::BAD_STEP, line, "", format!("a step of {step} does not divide an hour"));
        return None;
    }
    let mut straight = true;
    for point in points.iter().filter(|point| point.begin.0.rem_euclid(step.0) != 0) {
        let message = format!("{} does not lie on a step of {step}", point.begin);
        findings.error(&rules::BAD_STEP, point.line, "", message);
        straight = false;
    }
    straight.then_some(step)
}

/// A dated series from points that `step_of` found in order. Shorter steps are averaged; an hour that lacks one of its
/// steps is missing; missing hours at the two ends are cut off, those between are filled or refused.
pub(super) fn dated(
    quantity: Quantity,
    name: &str,
    points: &[Point],
    step: Span,
    options: &ReadOptions,
    findings: &mut Findings,
) -> Option<Series> {
    let (first, last) = (points.first()?.begin.hour_start(), points.last()?.begin.hour_start());
    let hours = ((last - first).0 / Span::HOUR.0) as usize + 1;
    if hours > 200 * 8784 {
        findings.whole(
            &rules::TOO_LARGE,
            "the stamps span more than 200 years",
            "look at the first and last stamp",
        );
        return None;
    }
    let per_hour = (Span::HOUR.0 / step.0) as u32;
    let (mut sums, mut counts) = (vec![0.0; hours], vec![0u32; hours]);
    for point in points.iter().filter(|point| !point.value.is_nan()) {
        let i = ((point.begin - first).0 / Span::HOUR.0) as usize;
        sums[i] += point.value;
        counts[i] += 1;
    }
    let complete = |i: &usize| counts[*i] == per_hour;
    let Some(begin) = (0..hours).find(complete) else {
        findings.whole(&rules::EMPTY, format!("`{name}` has no complete hour"), "choose another column");
        return None;
    };
    let end = (begin..hours).rev().find(complete).unwrap_or(begin) + 1;
    let mut values: Vec<f64> = (begin..end)
        .map(|i| if counts[i] == per_hour { sums[i] / f64::from(per_hour) } else { f64::NAN })
        .collect();
    let start = first + Span::HOUR * begin as i64;
    let gaps = fill(quantity, &mut values, false, options.gaps, findings, |i| {
        (start + Span::HOUR * i as i64).to_string()
    })?;
    Some(Series { quantity, name: name.to_owned(), axis: Axis::Dated { start }, values, gaps })
}

/// A typical year from 8,760 values, NaN where missing.
pub(super) fn typical(
    quantity: Quantity,
    name: &str,
    mut values: Vec<f64>,
    offset: Span,
    options: &ReadOptions,
    findings: &mut Findings,
) -> Option<Series> {
    debug_assert_eq!(values.len(), HOURS_OF_YEAR);
    let gaps =
        fill(quantity, &mut values, true, options.gaps, findings, |i| format!("hour {} of the year", i + 1))?;
    Some(Series { quantity, name: name.to_owned(), axis: Axis::Typical { offset }, values, gaps })
}

/// Fills the holes by the rule, or says why not. A typical year goes round: 1 January follows 31 December.
fn fill(
    quantity: Quantity,
    values: &mut [f64],
    round: bool,
    rule: GapRule,
    findings: &mut Findings,
    hour: impl Fn(usize) -> String,
) -> Option<Vec<Gap>> {
    let gaps = holes(values);
    let longest = match rule {
        GapRule::Refuse => 0,
        GapRule::Fill { longest } => (longest.0 / Span::HOUR.0).max(0) as usize,
    };
    let known: Vec<f64> = values.to_vec();
    let mut good = true;
    for gap in &gaps {
        let what = format!("{} from {} ({} h)", quantity.column(), hour(gap.first), gap.hours);
        if gap.hours > longest || !mend(&known, values, *gap, round) {
            let message = format!("missing: {what}");
            let hint =
                format!("allow it with a `longest_gap` of at least {} h, or use another file", gap.hours);
            findings.whole(&rules::GAP_TOO_LONG, message, hint);
            good = false;
        } else {
            findings.warning(&rules::FILLED, 0, format!("missing and filled: {what}"));
        }
    }
    good.then_some(gaps)
}

fn holes(values: &[f64]) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    for (i, _) in values.iter().enumerate().filter(|(_, value)| value.is_nan()) {
        match gaps.last_mut() {
            Some(gap) if gap.first + gap.hours == i => gap.hours += 1,
            _ => gaps.push(Gap { first: i, hours: 1 }),
        }
    }
    gaps
}

/// Fills one hole from the values that the file had; false if there is nothing to fill it from.
fn mend(known: &[f64], values: &mut [f64], gap: Gap, round: bool) -> bool {
    let len = known.len() as i64;
    let look = |i: i64| -> Option<f64> {
        let i = if round { i.rem_euclid(len) } else { i };
        known.get(usize::try_from(i).ok()?).copied().filter(|value| !value.is_nan())
    };
    let (first, hours) = (gap.first as i64, gap.hours as i64);
    if gap.hours <= LINEAR_HOURS
        && let (Some(before), Some(after)) = (look(first - 1), look(first + hours))
    {
        for i in 0..gap.hours {
            let share = (i as f64 + 1.0) / (hours as f64 + 1.0);
            values[gap.first + i] = before + (after - before) * share;
        }
        return true;
    }
    (gap.first..gap.first + gap.hours).all(|i| {
        let days = len / 24 + 1;
        let before = (1..=days).find_map(|day| look(i as i64 - 24 * day));
        let after = (1..=days).find_map(|day| look(i as i64 + 24 * day));
        let mean = match (before, after) {
            (Some(a), Some(b)) => (a + b) / 2.0,
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => return false,
        };
        values[i] = mean;
        true
    })
}
