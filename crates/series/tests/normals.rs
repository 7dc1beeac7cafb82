//! The built-in normals without any file.
#![allow(clippy::unwrap_used)]

use base::{SimTime, Span};
use series::Quantity;
use series::normals::{GridNormals, StationNormals, grids, stations};

fn time(text: &str) -> SimTime {
    SimTime::parse(text).unwrap()
}

#[test]
fn an_hour_has_the_same_weather_wherever_a_run_starts() {
    let station = StationNormals::find("abilene").unwrap();
    let long = station.weather(7, time("2025-01-01"), 20_000);
    for (start, hours) in [("2025-01-02", 100), ("2025-07-01", 9_000), ("2026-11-30T05:00:00", 1)] {
        let short = station.weather(7, time(start), hours);
        for (a, b) in [(&long.dry_bulb, &short.dry_bulb), (&long.dew_point, &short.dew_point)] {
            let first = a.position(time(start)).unwrap();
            assert_eq!(a.values[first..first + hours], b.values[..]);
        }
    }
    assert_ne!(long.dry_bulb.values, station.weather(8, time("2025-01-01"), 20_000).dry_bulb.values);
}

/// The process starts anew every 2,048 hours: nothing may be seen of it. The change over a boundary is as large as the
/// change over any other hour.
#[test]
fn there_is_no_jump_where_blocks_meet() {
    let (mut inside, mut across, mut counts) = (0.0, 0.0, (0.0, 0.0));
    for seed in 0..40 {
        let pressure =
            StationNormals::find("milwaukee").unwrap().weather(seed, SimTime(0), 5 * 4096).pressure;
        for (i, pair) in pressure.values.windows(2).enumerate() {
            let square = (pair[1] - pair[0]) * (pair[1] - pair[0]);
            if (i + 1) % 2048 == 0 {
                across += square;
                counts.1 += 1.0;
            } else {
                inside += square;
                counts.0 += 1.0;
            }
        }
    }
    let ratio = (across / counts.1) / (inside / counts.0);
    assert!((0.6..1.5).contains(&ratio), "changes where blocks meet are {ratio} times as large");
}

#[test]
fn draws_are_pinned() {
    // Golden values: they may change only in a version whose changelog says that results change.
    let weather = StationNormals::find("abilene").unwrap().weather(42, time("2026-07-01T18:00:00"), 2);
    let price =
        GridNormals::find("ercot-west", Quantity::Price).unwrap().series(42, time("2026-07-01T18:00:00"), 2);
    let drawn: Vec<u64> = [&weather.dry_bulb, &weather.dew_point, &price]
        .into_iter()
        .flat_map(|series| series.values.iter().map(|v| v.to_bits()))
        .collect();
    assert_eq!(
        drawn, GOLDEN,
        "{:?} {:?} {:?}",
        weather.dry_bulb.values, weather.dew_point.values, price.values
    );
}
const GOLDEN: [u64; 6] = [
    4629684130327324025,
    4629851138278621214,
    4622490956085924559,
    4622460516708127620,
    4633288419864189699,
    4633911744576623079,
];

#[test]
fn drawn_values_can_be_true() {
    for station in stations::ALL {
        let weather = station.weather(3, time("2024-01-01"), 4 * 8766);
        let pairs = weather.dry_bulb.values.iter().zip(&weather.dew_point.values);
        assert!(pairs.clone().all(|(dry, dew)| dew <= dry), "{}", station.key);
        for series in [
            &weather.dry_bulb,
            &weather.dew_point,
            &weather.pressure,
            &weather.wind_speed,
            &weather.irradiance,
        ] {
            let (low, high) = series.quantity.bounds();
            let outside = series.values.iter().find(|v| !(low..=high).contains(*v));
            assert_eq!(outside, None, "{} {:?}", station.key, series.quantity);
        }
        // The sun does not shine at midnight.
        let midnight = weather.irradiance.at(time("2024-06-21") - Span::from_hours(station.offset_hours));
        assert_eq!(midnight, Some(0.0), "{}", station.key);
    }
    for grid in grids::ALL {
        let series = grid.series(3, time("2024-01-01"), 4 * 8766);
        let (low, high) = grid.quantity.bounds();
        assert!(series.values.iter().all(|v| (low..=high).contains(v)), "{}", grid.key);
    }
}

#[test]
fn stations_are_found_by_name_and_by_place() {
    let (station, km) = StationNormals::nearest(32.45, -99.73);
    assert_eq!(station.key, "abilene");
    assert!(km < 5.0);
    let (station, km) = StationNormals::nearest(24.45, 54.38);
    assert!(km > 5000.0, "{} is no stand-in for Abu Dhabi", station.key);
    assert!(StationNormals::find("atlantis").is_none());
}

#[test]
fn stations_have_luck_of_their_own() {
    let draw =
        |key: &str| StationNormals::find(key).unwrap().weather(1, time("2026-01-01"), 8760).dry_bulb.values;
    let (a, b) = (draw("abilene"), draw("milwaukee"));
    // Correlation of the day-to-day changes: none, although both have the same seasons.
    let change = |v: &[f64]| v.windows(25).map(|w| w[24] - w[0]).collect::<Vec<_>>();
    let (a, b) = (change(&a), change(&b));
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let correlation = dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt();
    assert!(correlation.abs() < 0.12, "{correlation}");
}
