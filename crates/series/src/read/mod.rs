//! Readers: from a public file to series, with every mistake and every liberty taken reported.

mod assemble;
mod columns;
mod eia;
mod open_meteo;
mod report;
mod station_year;

use crate::hourly::Series;
use crate::rules;
use base::{Diagnostic, Diagnostics, Place, Span};
use flate2::read::MultiGzDecoder;
use report::Findings;
use serde::{Deserialize, Serialize};
use std::io::Read as _;
use std::path::Path;

/// The largest file, unpacked, that is read.
const MOST_BYTES: u64 = 256 << 20;

/// The forms that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// TMY3 of the US National Solar Radiation Data Base: two header lines, 8,760 rows, hours 1 to 24.
    Tmy3,
    /// EnergyPlus weather (EPW): eight header lines, 35 fields, hours 1 to 24.
    Epw,
    /// JSON of the Open-Meteo archive.
    OpenMeteo,
    /// Regional price files of the US Energy Information Administration (ERCOT, MISO and others).
    Eia,
    /// Hourly carbon intensity of a zone (`Datetime (UTC),Country,...`).
    Carbon,
    /// Generation by source with the average carbon intensity (`timestamp,WND,...,avg_CI`).
    GridMix,
    /// Hourly marginal emissions by AVERT region, in lb/kWh.
    Avert,
    /// A stamp and values: `Datetime,Price (USD/MWh)`, or our own column names (`hour_start,dry_bulb_c`).
    Csv,
}

impl Format {
    /// Every form.
    pub const ALL: [Format; 8] = [
        Format::Tmy3,
        Format::Epw,
        Format::OpenMeteo,
        Format::Eia,
        Format::Carbon,
        Format::GridMix,
        Format::Avert,
        Format::Csv,
    ];

    /// Its name in a scenario.
    pub fn name(self) -> &'static str {
        match self {
            Format::Tmy3 => "tmy3",
            Format::Epw => "epw",
            Format::OpenMeteo => "open-meteo",
            Format::Eia => "eia",
            Format::Carbon => "carbon",
            Format::GridMix => "grid-mix",
            Format::Avert => "avert",
            Format::Csv => "csv",
        }
    }

    /// The form with this name.
    pub fn parse(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The form that a file's first lines look like.
    pub fn guess(text: &str) -> Format {
        let first = text.lines().next().unwrap_or_default();
        let fourth = text.lines().nth(3).unwrap_or_default();
        let second = text.lines().nth(1).unwrap_or_default();
        if text.trim_start().starts_with('{') {
            Format::OpenMeteo
        } else if first.starts_with("LOCATION,") {
            Format::Epw
        } else if second.starts_with("Date (MM/DD/YYYY)") {
            Format::Tmy3
        } else if fourth.starts_with("UTC Timestamp") {
            Format::Eia
        } else if first.starts_with("Datetime (UTC),") {
            Format::Carbon
        } else if first.starts_with("timestamp,") && first.ends_with(",avg_CI") {
            Format::GridMix
        } else if first.starts_with("Month,Timestamp,") {
            Format::Avert
        } else {
            Format::Csv
        }
    }
}

/// What to do about missing hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapRule {
    /// Any missing hour is an error.
    Refuse,
    /// Gaps of at most this length are filled: up to three hours on a straight line, longer ones with the mean of the
    /// same hour on the nearest day before and after that have it.
    Fill {
        /// The longest gap that may be filled.
        longest: Span,
    },
}

impl Default for GapRule {
    fn default() -> GapRule {
        GapRule::Fill { longest: Span::DAY * 3 }
    }
}

/// How a file is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// The form; `None` guesses from the first lines.
    pub format: Option<Format>,
    /// The columns wanted, in the words of the header; empty for the form's own choice.
    pub columns: Vec<String>,
    /// Local time less UTC, for stamps that do not say; `None` takes UTC and says so.
    pub offset: Option<Span>,
    /// What to do about missing hours.
    pub gaps: GapRule,
}

/// Where a weather file was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Station {
    /// Its name.
    pub name: String,
    /// Degrees north.
    pub latitude_deg: f64,
    /// Degrees east.
    pub longitude_deg: f64,
    /// Metres above the sea.
    pub elevation_m: f64,
    /// Local standard time less UTC.
    pub offset: Span,
}

/// What came out of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The series; empty if anything is an error.
    pub series: Vec<Series>,
    /// The station of a weather file.
    pub station: Option<Station>,
    /// Every mistake and every liberty taken.
    pub diagnostics: Diagnostics,
}

impl Reading {
    /// The series of a quantity, the first of them if there are several.
    pub fn of(&self, quantity: crate::Quantity) -> Option<&Series> {
        self.series.iter().find(|series| series.quantity == quantity)
    }
}

/// Reads a file, unpacking gzip.
pub fn read(path: &Path, options: &ReadOptions) -> Reading {
    let name = path.display().to_string();
    if std::fs::metadata(path).is_ok_and(|file| file.len() > MOST_BYTES) {
        return failed(too_large(&name));
    }
    match std::fs::read(path) {
        Ok(bytes) => parse(&name, &bytes, options),
        Err(error) => failed(
            Diagnostic::error(&rules::UNREADABLE, format!("`{name}` cannot be opened: {error}"))
                .with_place(Place::file(name)),
        ),
    }
}

/// Reads the bytes of a file called `name`, unpacking gzip.
pub fn parse(name: &str, bytes: &[u8], options: &ReadOptions) -> Reading {
    let text = match text_of(name, bytes) {
        Ok(text) => text,
        Err(diagnostic) => return failed(*diagnostic),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut findings = Findings::new(name);
    let format = options.format.unwrap_or_else(|| Format::guess(text));
    let (mut series, station) = match format {
        Format::Tmy3 => station_year::tmy3(text, options, &mut findings),
        Format::Epw => station_year::epw(text, options, &mut findings),
        Format::OpenMeteo => open_meteo::read(text, options, &mut findings),
        Format::Eia => (eia::read(text, options, &mut findings), None),
        Format::Carbon | Format::GridMix | Format::Csv => {
            (columns::read(text, format, options, &mut findings), None)
        }
        Format::Avert => (columns::avert(text, options, &mut findings), None),
    };
    let diagnostics = findings.finish();
    if diagnostics.has_errors() {
        series.clear();
    }
    Reading { series, station, diagnostics }
}

fn failed(diagnostic: Diagnostic) -> Reading {
    Reading { diagnostics: Diagnostics(vec![diagnostic]), ..Reading::default() }
}

fn too_large(name: &str) -> Diagnostic {
    let message = format!("`{name}` has more than {} MiB", MOST_BYTES >> 20);
    Diagnostic::error(&rules::TOO_LARGE, message).with_place(Place::file(name))
}

/// The text of a file, unpacked.
fn text_of(name: &str, bytes: &[u8]) -> Result<String, Box<Diagnostic>> {
    let whole =
        |rule, message: String| Box::new(Diagnostic::error(rule, message).with_place(Place::file(name)));
    let mut unpacked = Vec::new();
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(bytes)
            .take(MOST_BYTES + 1)
            .read_to_end(&mut unpacked)
            .map_err(|error| whole(&rules::UNREADABLE, format!("`{name}` cannot be unpacked: {error}")))?;
        &unpacked
    } else {
        bytes
    };
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Box::new(too_large(name)));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let line = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
            let message = format!("line {line} is not UTF-8");
            let hint = "convert the file: `iconv -f LATIN1 -t UTF-8`";
            let place = Place::line(name, line, "");
            Err(Box::new(Diagnostic::error(&rules::NOT_UTF8, message).with_place(place).with_hint(hint)))
        }
    }
}
