//! JSON of the Open-Meteo archive: arrays by name, stamps on a clock at one fixed offset for the whole file, even where
//! the zone that it names has summer time.

use super::assemble::{Point, bounded, dated, step_of};
use super::report::Findings;
use super::{ReadOptions, Station};
use crate::calendar::Stamp;
use crate::hourly::Series;
use crate::quantity::Quantity;
use crate::rules;
use base::Span;
use base::spelling::closest;
use serde_json::{Map, Value};

/// Names of the arrays that we know.
const NAMES: [(&str, Quantity); 10] = [
    ("temperature_2m", Quantity::DryBulb),
    ("dewpoint_2m", Quantity::DewPoint),
    ("dew_point_2m", Quantity::DewPoint),
    ("relative_humidity_2m", Quantity::RelativeHumidity),
    ("relativehumidity_2m", Quantity::RelativeHumidity),
    ("surface_pressure", Quantity::Pressure),
    ("windspeed_10m", Quantity::WindSpeed),
    ("wind_speed_10m", Quantity::WindSpeed),
    ("shortwave_radiation", Quantity::GlobalIrradiance),
    ("direct_normal_irradiance", Quantity::DirectIrradiance),
];

/// Factor and offset from a unit of the file to ours.
fn conversion(unit: &str, quantity: Quantity) -> Option<(f64, f64)> {
    match (unit, quantity.unit()) {
        ("°C", "°C") | ("W/m²", "W/m²") | ("m/s", "m/s") => Some((1.0, 0.0)),
        ("°F", "°C") => Some((5.0 / 9.0, -160.0 / 9.0)),
        ("%", "share 0..1") => Some((0.01, 0.0)),
        ("hPa", "Pa") => Some((100.0, 0.0)),
        ("km/h", "m/s") => Some((1.0 / 3.6, 0.0)),
        ("mp/h" | "mph", "m/s") => Some((0.447_04, 0.0)),
        ("kn", "m/s") => Some((1852.0 / 3600.0, 0.0)),
        _ => None,
    }
}

pub(super) fn read(
    text: &str,
    options: &ReadOptions,
    findings: &mut Findings,
) -> (Vec<Series>, Option<Station>) {
    let root: Value = match serde_json::from_str(text) {
        Ok(root) => root,
        Err(error) => {
            let line = error.line() as u64;
            let shown = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
            findings.error(&rules::BROKEN, line, shown, format!("the JSON does not parse: {error}"));
            return (Vec::new(), None);
        }
    };
    let Some(hourly) = root.get("hourly").and_then(Value::as_object) else {
        findings.whole(
            &rules::WRONG_HEADER,
            "there is no object `hourly`",
            "ask the archive for `hourly` values",
        );
        return (Vec::new(), None);
    };
    let offset = root.get("utc_offset_seconds").and_then(Value::as_i64).filter(|s| s.abs() <= 50_400);
    let Some(offset) = offset.map(Span::from_seconds) else {
        let message = "`utc_offset_seconds` is missing or not a number of seconds";
        findings.whole(&rules::WRONG_HEADER, message, "fetch the file again");
        return (Vec::new(), None);
    };
    note_fixed_offset(&root, offset, findings);
    let station = station(&root, offset);
    let Some(begins) = stamps(text, hourly, offset, findings) else { return (Vec::new(), station) };
    let mut series = Vec::new();
    let Some(step) = step_of(&begins, findings) else { return (Vec::new(), station) };
    for (name, quantity) in wanted(hourly, options, findings) {
        let unit = root.get("hourly_units").and_then(|units| units.get(name)).and_then(Value::as_str);
        let Some(conversion) = unit.and_then(|unit| conversion(unit, quantity)) else {
            let message = format!("the unit `{}` of `{name}` is not known", unit.unwrap_or("(none)"));
            findings.whole(&rules::WRONG_UNIT, message, format!("ask the archive for {}", quantity.unit()));
            continue;
        };
        let Some(points) = values(text, hourly, name, quantity, conversion, &begins, findings) else {
            continue;
        };
        series.extend(dated(quantity, name, &points, step, options, findings));
    }
    (series, station)
}

fn station(root: &Value, offset: Span) -> Option<Station> {
    let number = |key: &str| root.get(key).and_then(Value::as_f64);
    Some(Station {
        name: format!("{}, {}", number("latitude")?, number("longitude")?),
        latitude_deg: number("latitude")?,
        longitude_deg: number("longitude")?,
        elevation_m: number("elevation").unwrap_or(0.0),
        offset,
    })
}

fn note_fixed_offset(root: &Value, offset: Span, findings: &mut Findings) {
    let zone = root.get("timezone").and_then(Value::as_str).unwrap_or_default();
    if zone.contains('/') && !zone.starts_with("Etc/") {
        let hours = offset.hours();
        let message = format!("zone `{zone}`, but every stamp is at {hours:+} h from UTC: used as it is");
        findings.note(&rules::FIXED_OFFSET, 0, message);
    }
}

/// The quantities asked for, or all that are known; each once.
fn wanted<'a>(
    hourly: &'a Map<String, Value>,
    options: &ReadOptions,
    findings: &mut Findings,
) -> Vec<(&'a str, Quantity)> {
    let known = |name: &str| NAMES.iter().find(|(known, _)| *known == name).map(|(_, quantity)| *quantity);
    let names = || hourly.keys().map(String::as_str);
    if options.columns.is_empty() {
        let found: Vec<_> = names().filter_map(|name| Some((name, known(name)?))).collect();
        if found.is_empty() {
            let list = NAMES.map(|(name, _)| name).join("`, `");
            findings.whole(
                &rules::WRONG_HEADER,
                "`hourly` has nothing that is known",
                format!("known: `{list}`"),
            );
        }
        return found;
    }
    let mut found = Vec::new();
    for column in &options.columns {
        match names().find(|name| name == column).and_then(|name| Some((name, known(name)?))) {
            Some(pair) => found.push(pair),
            None => {
                let hint = match closest(column, names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are `{}`", names().collect::<Vec<_>>().join("`, `")),
                };
                findings.whole(&rules::NO_COLUMN, format!("`hourly` has no `{column}`"), hint);
            }
        }
    }
    found
}

/// The begins of the hours, with the value 0.
fn stamps(
    text: &str,
    hourly: &Map<String, Value>,
    offset: Span,
    findings: &mut Findings,
) -> Option<Vec<Point>> {
    let Some(times) = hourly.get("time").and_then(Value::as_array) else {
        findings.whole(&rules::WRONG_HEADER, "`hourly` has no array `time`", "fetch the file again");
        return None;
    };
    if times.is_empty() {
        findings.whole(&rules::EMPTY, "`time` is empty", "ask the archive for a longer range");
        return None;
    }
    let first_line = locate(text, "time", 0).0;
    let mut points = Vec::with_capacity(times.len());
    for (i, time) in times.iter().enumerate() {
        match time.as_str().and_then(Stamp::parse) {
            Some(stamp) => {
                points.push(Point { begin: stamp.utc(offset), value: 0.0, line: first_line + i as u64 });
            }
            None => {
                let at = locate(text, "time", i);
                let message = format!("{time} is not a time stamp");
                findings.value(
                    &rules::BAD_STAMP,
                    at,
                    &time.to_string(),
                    message,
                    "write `\"2024-01-31T05:00\"`",
                );
            }
        }
    }
    (points.len() == times.len()).then_some(points)
}

fn values(
    text: &str,
    hourly: &Map<String, Value>,
    name: &str,
    quantity: Quantity,
    (factor, addend): (f64, f64),
    begins: &[Point],
    findings: &mut Findings,
) -> Option<Vec<Point>> {
    let array = hourly.get(name).and_then(Value::as_array)?;
    if array.len() != begins.len() {
        let message = format!("`{name}` has {} values and `time` has {}", array.len(), begins.len());
        findings.whole(&rules::BROKEN, message, "fetch the file again");
        return None;
    }
    let mut nulls = 0;
    let points = array.iter().zip(begins).enumerate().map(|(i, (value, begin))| {
        let number = match value {
            Value::Null => {
                nulls += 1;
                f64::NAN
            }
            Value::Number(number) => {
                let shown = number.to_string();
                let value = number.as_f64().unwrap_or(f64::NAN) * factor + addend;
                let (low, high) = quantity.bounds();
                // Where the value stands is looked up only if there is something to say about it.
                if (low..=high).contains(&value) {
                    value
                } else {
                    bounded(value, &shown, quantity, locate(text, name, i), findings)
                }
            }
            other => {
                let shown = other.to_string();
                let message = format!("`{shown}` is not a number");
                let at = locate(text, name, i);
                findings.value(
                    &rules::NOT_A_NUMBER,
                    at,
                    &shown,
                    message,
                    "write `null` if the value is missing",
                );
                f64::NAN
            }
        };
        Point { value: number, ..*begin }
    });
    let points = points.collect();
    if nulls > 0 {
        findings.note(&rules::MISSING_CODE, 0, format!("{nulls} values of `{name}` are `null`"));
    }
    Some(points)
}

/// The line, with its text, on which item `i` of the array `name` stands; line 0 if it cannot be found. The arrays hold
/// numbers, `null` and stamps, so that a comma always separates two items.
fn locate<'t>(text: &'t str, name: &str, i: usize) -> (u64, &'t str) {
    let key = format!("\"{name}\"");
    let start = text.match_indices(&key).find_map(|(at, _)| {
        let rest = text[at + key.len()..].trim_start().strip_prefix(':')?.trim_start();
        rest.starts_with('[').then(|| text.len() - rest.len() + 1)
    });
    let Some(start) = start else { return (0, "") };
    let item = if i == 0 {
        start
    } else {
        match text[start..].match_indices(',').nth(i - 1) {
            Some((at, _)) => start + at + 1,
            None => return (0, ""),
        }
    };
    let item = text.len() - text[item..].trim_start().len();
    let line = text[..item].matches('\n').count() as u64 + 1;
    (line, text.lines().nth(line as usize - 1).unwrap_or_default())
}
