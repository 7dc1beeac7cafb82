//! Weather of a station for a year: TMY3 and EPW. Hours count from 1 to 24 and mark the end of the hour; months come from
//! different years; time is local standard time, the whole year long.

use super::assemble::{bounded, typical};
use super::report::{Findings, fields, lines};
use super::{ReadOptions, Station};
use crate::calendar::{HOURS_OF_YEAR, hour_of_year};
use crate::hourly::Series;
use crate::quantity::Quantity;
use crate::rules;
use base::Span;

/// A column that we read: what it measures, what to multiply by, the value from which on it means "missing".
struct Column {
    quantity: Quantity,
    name: &'static str,
    /// Position in a row.
    at: usize,
    scale: f64,
    /// The value that means "missing"; in EPW everything from it on does.
    missing: Missing,
}

#[derive(Clone, Copy)]
enum Missing {
    /// TMY3: -9900 and below.
    Below(f64),
    /// EPW: 99.9, 999, 9999, 999999 and above.
    From(f64),
}

impl Missing {
    fn is(self, value: f64) -> bool {
        match self {
            Missing::Below(limit) => value <= limit,
            Missing::From(limit) => value >= limit,
        }
    }
}

/// TMY3 (Wilcox and Marion, NREL/TP-581-43156, 2008): a station line, a header line, 8,760 rows.
pub(super) fn tmy3(
    text: &str,
    options: &ReadOptions,
    findings: &mut Findings,
) -> (Vec<Series>, Option<Station>) {
    let mut rows = lines(text);
    let station = rows.next().and_then(|(line, text)| {
        let row = fields(text);
        let numbers = [3, 4, 5, 6].map(|i| row.get(i).and_then(|field| field.parse::<f64>().ok()));
        station(row.get(1).copied(), numbers, (line, text), findings)
    });
    let header_line = rows.next().map_or("", |(_, line)| line);
    let header = fields(header_line);
    let wanted = [
        (Quantity::DryBulb, "Dry-bulb (C)", 1.0),
        (Quantity::DewPoint, "Dew-point (C)", 1.0),
        (Quantity::RelativeHumidity, "RHum (%)", 0.01),
        (Quantity::Pressure, "Pressure (mbar)", 100.0),
        (Quantity::WindSpeed, "Wspd (m/s)", 1.0),
        (Quantity::GlobalIrradiance, "GHI (W/m^2)", 1.0),
        (Quantity::DirectIrradiance, "DNI (W/m^2)", 1.0),
        (Quantity::DiffuseIrradiance, "DHI (W/m^2)", 1.0),
    ];
    let mut columns = Vec::new();
    for (quantity, name, scale) in wanted {
        match header.iter().position(|column| *column == name) {
            Some(at) => columns.push(Column { quantity, name, at, scale, missing: Missing::Below(-9900.0) }),
            None => {
                let message = format!("line 2 has no column `{name}`");
                findings.error(&rules::WRONG_HEADER, 2, header_line, message);
            }
        }
    }
    let Some(station) = station.filter(|_| !findings.has_errors()) else { return (Vec::new(), None) };
    let when = |row: &[&str]| {
        let mut date = row[0].split('/').map(|part| part.parse::<u32>().ok());
        let (month, day, year) = (date.next()??, date.next()??, date.next()??);
        let hour = row[1].split_once(':').filter(|(_, minute)| *minute == "00")?.0.parse().ok()?;
        Some((year, month, day, hour))
    };
    let year = Year { fields: header.len(), columns, when: &when, offset: station.offset };
    (year.read(rows, options, findings), Some(station))
}

/// EPW (EnergyPlus Auxiliary Programs, "EnergyPlus Weather File Data Dictionary"): eight header lines, 35 fields.
pub(super) fn epw(
    text: &str,
    options: &ReadOptions,
    findings: &mut Findings,
) -> (Vec<Series>, Option<Station>) {
    let mut rows = lines(text);
    let station = match rows.next() {
        Some((line, text)) if text.starts_with("LOCATION,") => {
            let row = fields(text);
            let numbers = [8, 6, 7, 9].map(|i| row.get(i).and_then(|field| field.parse::<f64>().ok()));
            station(row.get(1).copied(), numbers, (line, text), findings)
        }
        other => {
            let message = "line 1 does not start with `LOCATION,`";
            findings.error(&rules::WRONG_HEADER, 1, other.map_or("", |(_, text)| text), message);
            None
        }
    };
    match rows.nth(6) {
        Some((_, text)) if text.starts_with("DATA PERIODS,1,1,") => {}
        other => {
            let message = "line 8 does not start with `DATA PERIODS,1,1,`: one period of hourly rows is read";
            findings.error(&rules::WRONG_HEADER, 8, other.map_or("", |(_, text)| text), message);
        }
    }
    let Some(station) = station.filter(|_| !findings.has_errors()) else { return (Vec::new(), None) };
    let column = |quantity, name, at, scale, missing| Column {
        quantity,
        name,
        at,
        scale,
        missing: Missing::From(missing),
    };
    let columns = vec![
        column(Quantity::DryBulb, "dry bulb temperature", 6, 1.0, 99.9),
        column(Quantity::DewPoint, "dew point temperature", 7, 1.0, 99.9),
        column(Quantity::RelativeHumidity, "relative humidity", 8, 0.01, 999.0),
        column(Quantity::Pressure, "atmospheric station pressure", 9, 1.0, 999_999.0),
        column(Quantity::WindSpeed, "wind speed", 21, 1.0, 999.0),
        column(Quantity::GlobalIrradiance, "global horizontal radiation", 13, 1.0, 9999.0),
        column(Quantity::DirectIrradiance, "direct normal radiation", 14, 1.0, 9999.0),
        column(Quantity::DiffuseIrradiance, "diffuse horizontal radiation", 15, 1.0, 9999.0),
    ];
    let when = |row: &[&str]| {
        let part = |i: usize| row[i].parse::<u32>().ok();
        Some((part(0)?, part(1)?, part(2)?, part(3)?))
    };
    let year = Year { fields: 35, columns, when: &when, offset: station.offset };
    (year.read(rows, options, findings), Some(station))
}

/// The station from `[offset in hours, latitude, longitude, elevation]`.
fn station(
    name: Option<&str>,
    numbers: [Option<f64>; 4],
    (line, text): (u64, &str),
    findings: &mut Findings,
) -> Option<Station> {
    if let (Some(name), [Some(hours), Some(latitude_deg), Some(longitude_deg), Some(elevation_m)]) =
        (name, numbers)
        && hours.abs() <= 14.0
        && latitude_deg.abs() <= 90.0
        && longitude_deg.abs() <= 180.0
    {
        let offset = Span::from_seconds_f64(hours * 3600.0)?;
        return Some(Station { name: name.to_owned(), latitude_deg, longitude_deg, elevation_m, offset });
    }
    let message = "line 1 does not give a station with offset, latitude, longitude and elevation";
    findings.error(&rules::WRONG_HEADER, line, text, message);
    None
}

/// Year, month, day and hour 1 to 24 of a row.
type When<'a> = &'a dyn Fn(&[&str]) -> Option<(u32, u32, u32, u32)>;

struct Year<'a> {
    fields: usize,
    columns: Vec<Column>,
    when: When<'a>,
    offset: Span,
}

impl Year<'_> {
    fn read<'t>(
        &self,
        rows: impl Iterator<Item = (u64, &'t str)>,
        options: &ReadOptions,
        findings: &mut Findings,
    ) -> Vec<Series> {
        let mut values = vec![vec![f64::NAN; HOURS_OF_YEAR]; self.columns.len()];
        let mut years: Vec<u32> = Vec::new();
        let (mut expected, mut leap_hours, mut codes) = (0, 0u32, 0u64);
        for (line, text) in rows {
            let row = fields(text);
            if row.len() != self.fields {
                let message = format!("{} fields where there should be {}", row.len(), self.fields);
                findings.error(&rules::FIELD_COUNT, line, text, message);
                continue;
            }
            let Some((year, month, day, hour)) = self.moment(&row, (line, text), findings) else { continue };
            if !years.contains(&year) {
                years.push(year);
            }
            if (month, day) == (2, 29) {
                leap_hours += 1;
                continue;
            }
            let position = hour_of_year(month, day, hour - 1);
            if position < expected {
                let rule = if position + 1 == expected { &rules::TWICE } else { &rules::OUT_OF_ORDER };
                let message = format!("{month:02}/{day:02} hour {hour} comes after a later or the same hour");
                findings.error(rule, line, text, message);
            }
            expected = expected.max(position + 1);
            for (column, values) in self.columns.iter().zip(&mut values) {
                values[position] = column.value(row[column.at], (line, text), &mut codes, findings);
            }
        }
        if expected == 0 {
            findings.whole(&rules::EMPTY, "there are no rows below the header", "fetch the file again");
            return Vec::new();
        }
        findings.note(&rules::INTERVAL_END, 0, "hours 1 to 24 mark the end of the hour: moved to its begin");
        if years.len() > 1 {
            years.sort_unstable();
            let message = format!("months of {} different years: read as a typical year", years.len());
            findings.note(&rules::TYPICAL_YEAR, 0, message);
        }
        if leap_hours > 0 {
            let message = format!("{leap_hours} hours of 29 February left out: a typical year has none");
            findings.note(&rules::TYPICAL_YEAR, 0, message);
        }
        if codes > 0 {
            findings.note(&rules::MISSING_CODE, 0, format!("{codes} values are missing-value codes"));
        }
        let named = self.columns.iter().zip(values);
        named
            .filter_map(|(column, values)| {
                typical(column.quantity, column.name, values, self.offset, options, findings)
            })
            .collect()
    }

    fn moment(&self, row: &[&str], at: (u64, &str), findings: &mut Findings) -> Option<(u32, u32, u32, u32)> {
        let moment = (self.when)(row).filter(|&(year, month, day, hour)| {
            let days = i32::try_from(year).map_or(0, |year| crate::calendar::days_of_month(year, month));
            (1..=days).contains(&day) && (1..=24).contains(&hour)
        });
        if moment.is_none() {
            let message =
                format!("`{}` is not a day and an hour from 1 to 24", row[..4.min(row.len())].join(","));
            findings.error(&rules::BAD_STAMP, at.0, at.1, message);
        }
        moment
    }
}

impl Column {
    fn value(&self, field: &str, at: (u64, &str), codes: &mut u64, findings: &mut Findings) -> f64 {
        match field.parse::<f64>() {
            Ok(value) if self.missing.is(value) => {
                *codes += 1;
                f64::NAN
            }
            Ok(value) if value.is_finite() => bounded(value * self.scale, field, self.quantity, at, findings),
            _ if field.is_empty() => f64::NAN,
            _ => {
                let message = format!("`{field}` is not a number");
                let hint = "leave the field empty if the value is missing";
                findings.value(&rules::NOT_A_NUMBER, at, field, message, hint);
                f64::NAN
            }
        }
    }
}
