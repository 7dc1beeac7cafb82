//! Built-in normals: month-by-hour means with a stochastic residual, so that a run needs no file of weather, price or
//! carbon.
//!
//! A variable is `mean(month, hour) + spread(month) * G(z)`, where `z` is a standard normal process (a slow and a fast
//! AR(1), one step an hour) and `G` a table of the quantiles of the standardised residual: the marginal distribution is
//! that of the data, heavy tails too, and neighbouring hours are alike (a Gaussian copula). Means are interpolated
//! between the middles of the months. Wind takes the residual as a factor, the sun as a share of the clear sky, prices
//! on a hyperbolic scale.
//!
//! The constants were derived from public files by `cargo run -p series --example derive_normals`; a test derives them
//! again where the files are there. What is not in them: heat waves longer than two AR(1) processes make them, prices that
//! follow the temperature, trends, and the Texas freeze of February 2021, which was left out of the fit.
//!
//! Draws are addressed by (seed, station and quantity, hour): an hour has the same value wherever a run starts.

mod fit;
pub mod grids;
pub mod stations;
mod variable;

pub use fit::{coupling, fit};
pub use variable::{Persistence, Shape, Transform, Variable};

use crate::hourly::{Axis, Series};
use crate::quantity::Quantity;
use base::{SimTime, Span, Stream};

/// Weather of a place: the station it was measured at, and its variables.
#[derive(Clone, Debug, PartialEq)]
pub struct StationNormals {
    /// Key in a scenario: `abilene`.
    pub key: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Degrees north.
    pub latitude_deg: f64,
    /// Degrees east.
    pub longitude_deg: f64,
    /// Metres above the sea.
    pub elevation_m: f64,
    /// Local standard time less UTC, in hours.
    pub offset_hours: i64,
    /// The file that the constants were derived from.
    pub source: &'static str,
    /// Dry bulb, °C.
    pub dry_bulb: Variable,
    /// Dew point, °C.
    pub dew_point: Variable,
    /// Station pressure, Pa.
    pub pressure: Variable,
    /// Wind speed, m/s.
    pub wind_speed: Variable,
    /// Global horizontal irradiance, W/m².
    pub irradiance: Variable,
    /// Correlation of the innovations of dry bulb and dew point.
    pub coupling: f64,
}

/// Price or carbon of a market or grid.
#[derive(Clone, Debug, PartialEq)]
pub struct GridNormals {
    /// Key in a scenario: `ercot-west`.
    pub key: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// What it is: price or carbon.
    pub quantity: Quantity,
    /// Local standard time less UTC, in hours.
    pub offset_hours: i64,
    /// The files that the constants were derived from.
    pub source: &'static str,
    /// The variable.
    pub variable: Variable,
}

/// Weather of some hours, drawn from the normals of a station.
#[derive(Clone, Debug, PartialEq)]
pub struct WeatherSeries {
    /// Dry bulb, °C.
    pub dry_bulb: Series,
    /// Dew point, °C; never above the dry bulb.
    pub dew_point: Series,
    /// Station pressure, Pa.
    pub pressure: Series,
    /// Wind speed, m/s.
    pub wind_speed: Series,
    /// Global horizontal irradiance, W/m².
    pub irradiance: Series,
}

/// Kilometres between two positions (degrees north, degrees east), on a sphere of 6,371 km.
fn distance_km((north, east): (f64, f64), (other_north, other_east): (f64, f64)) -> f64 {
    let (a, b) = (north.to_radians(), other_north.to_radians());
    let across = (east - other_east).to_radians() / 2.0;
    let (s, c) = (libm::sin((a - b) / 2.0), libm::sin(across));
    let half = s * s + libm::cos(a) * libm::cos(b) * c * c;
    2.0 * 6371.0 * libm::asin(libm::sqrt(half.min(1.0)))
}

impl StationNormals {
    /// The station with this key.
    pub fn find(key: &str) -> Option<&'static StationNormals> {
        stations::ALL.iter().find(|station| station.key == key).copied()
    }

    /// The station nearest to a position, and its distance in kilometres (on a sphere of 6,371 km).
    pub fn nearest(latitude_deg: f64, longitude_deg: f64) -> (&'static StationNormals, f64) {
        let distance = |station: &StationNormals| {
            distance_km((latitude_deg, longitude_deg), (station.latitude_deg, station.longitude_deg))
        };
        let mut best = (stations::ALL[0], distance(stations::ALL[0]));
        for station in &stations::ALL[1..] {
            let km = distance(station);
            if km < best.1 {
                best = (station, km);
            }
        }
        best
    }

    /// Draws the weather of `hours` hours from the one that `start` lies in. The same seed gives an hour the same
    /// weather whatever `start` is.
    pub fn weather(&self, seed: u64, start: SimTime, hours: usize) -> WeatherSeries {
        let offset = Span::from_hours(self.offset_hours);
        let stream = |what: &str| Stream::new(seed, &format!("normals/{}/{what}", self.key));
        let draw = |variable: &Variable, quantity: Quantity, second: Option<(&str, f64)>| {
            let own = stream(quantity.column());
            let other = second.map(|(name, weight)| (stream(name), weight));
            let values = variable.hours(&own, other.as_ref().map(|(s, w)| (s, *w)), start, offset, hours);
            dated(quantity, self.key, start, values)
        };
        let dry_bulb = draw(&self.dry_bulb, Quantity::DryBulb, None);
        let coupled = Some((Quantity::DryBulb.column(), self.coupling));
        let mut dew_point = draw(&self.dew_point, Quantity::DewPoint, coupled);
        for (dew, dry) in dew_point.values.iter_mut().zip(&dry_bulb.values) {
            *dew = dew.min(*dry);
        }
        WeatherSeries {
            dew_point,
            dry_bulb,
            pressure: draw(&self.pressure, Quantity::Pressure, None),
            wind_speed: draw(&self.wind_speed, Quantity::WindSpeed, None),
            irradiance: draw(&self.irradiance, Quantity::GlobalIrradiance, None),
        }
    }
}

/// About the middle of each market and grid: degrees north and east. ERCOT's hub average is for the east of Texas, where
/// its load is; west of Abilene its West hub is nearer.
const MIDDLES: [(&str, f64, f64); 7] = [
    ("ercot", 31.0, -97.0),
    ("ercot-west", 32.0, -101.0),
    ("miso-michigan", 42.7, -84.5),
    ("miso", 42.0, -89.0),
    ("pjm-dominion", 38.0, -77.8),
    ("pjm", 39.8, -79.0),
    ("azps", 33.4, -112.0),
];

impl GridNormals {
    /// The normals of this quantity whose market or grid is nearest to a position, and the distance of its middle in
    /// kilometres.
    pub fn nearest(quantity: Quantity, latitude_deg: f64, longitude_deg: f64) -> (&'static GridNormals, f64) {
        let distance = |grid: &GridNormals| {
            let middle = MIDDLES.iter().find(|(key, _, _)| *key == grid.key);
            middle.map_or(f64::INFINITY, |&(_, north, east)| {
                distance_km((latitude_deg, longitude_deg), (north, east))
            })
        };
        let mut best = (grids::ALL[0], f64::INFINITY);
        for &grid in grids::ALL.iter().filter(|grid| grid.quantity == quantity) {
            let km = distance(grid);
            if km < best.1 || best.0.quantity != quantity {
                best = (grid, km);
            }
        }
        best
    }

    /// The normals of this quantity with this key.
    pub fn find(key: &str, quantity: Quantity) -> Option<&'static GridNormals> {
        grids::ALL.iter().find(|grid| grid.key == key && grid.quantity == quantity).copied()
    }

    /// Draws `hours` hours from the one that `start` lies in. The same seed gives an hour the same value whatever
    /// `start` is.
    pub fn series(&self, seed: u64, start: SimTime, hours: usize) -> Series {
        let offset = Span::from_hours(self.offset_hours);
        let stream = Stream::new(seed, &format!("normals/{}/{}", self.key, self.quantity.column()));
        let mut values = self.variable.hours(&stream, None, start, offset, hours);
        if self.quantity == Quantity::Carbon {
            values.iter_mut().for_each(|value| *value = value.max(0.0));
        }
        dated(self.quantity, self.key, start, values)
    }
}

fn dated(quantity: Quantity, name: &str, start: SimTime, values: Vec<f64>) -> Series {
    let axis = Axis::Dated { start: start.hour_start() };
    Series { quantity, name: name.to_owned(), axis, values, gaps: Vec::new() }
}
