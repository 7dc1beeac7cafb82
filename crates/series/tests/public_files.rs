//! The public files, read whole: their quirks, and the built-in normals derived from them again.
#![allow(clippy::unwrap_used)]

mod derive;

use base::{SimTime, Span};
use series::normals::{GridNormals, StationNormals, Variable, grids, stations};
use series::{GapRule, Quantity, ReadOptions, Reading, Series, read};
use std::path::{Path, PathBuf};

/// The folder of public files, or `None` after saying why a test is skipped.
fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = if folder.is_dir() {
        folder
    } else {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data")
    };
    if !folder.is_dir() {
        println!("skipped: there is no folder of public files beside the workspace");
        return None;
    }
    Some(folder)
}

fn good(path: &Path, columns: &[&str], longest_days: i64) -> Reading {
    let options = ReadOptions {
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        gaps: GapRule::Fill { longest: Span::DAY * longest_days },
        ..ReadOptions::default()
    };
    let reading = read(path, &options);
    assert!(!reading.diagnostics.has_errors(), "{:?}", reading.diagnostics);
    reading
}

fn codes(reading: &Reading) -> Vec<&str> {
    reading.diagnostics.iter().map(|d| d.rule.code).collect()
}

fn time(text: &str) -> SimTime {
    SimTime::parse(text).unwrap()
}

#[test]
fn abilene_tmy3_is_a_typical_year() {
    let Some(data) = data() else { return };
    let reading = good(&data.join("weather/TX-Abilene_Regional_Ap_Ut.tmy3.gz"), &[], 3);
    assert_eq!(codes(&reading), ["D021", "D016"]);
    let station = reading.station.as_ref().unwrap();
    assert_eq!((station.name.as_str(), station.offset), ("ABILENE REGIONAL AP [UT]", Span::from_hours(-6)));
    for series in &reading.series {
        assert!(series.is_typical_year() && series.gaps.is_empty(), "{}", series.name);
    }
    let dry = reading.of(Quantity::DryBulb).unwrap();
    // First row `01/01/1985,01:00` has 1.1 °C, last row `12/31/1990,24:00` has 1.7 °C.
    assert_eq!(dry.at(time("2026-01-01T06:00:00")), Some(1.1));
    assert_eq!(dry.at(time("2027-01-01T05:59:59")), Some(1.7));
    assert_eq!(dry.values.iter().copied().fold(f64::MIN, f64::max), 41.1);
    assert_eq!(reading.of(Quantity::Pressure).unwrap().values[0], 95_600.0);
}

#[test]
fn every_weather_file_is_read_without_an_error() {
    let Some(data) = data() else { return };
    let mut read_files = 0;
    for entry in std::fs::read_dir(data.join("weather")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "gz") {
            let reading = good(&path, &[], 3);
            assert!(reading.of(Quantity::DryBulb).is_some(), "{}", path.display());
            read_files += 1;
        }
    }
    assert_eq!(read_files, 19);
}

#[test]
fn open_meteo_keeps_its_fixed_offset() {
    let Some(data) = data() else { return };
    let reading = good(&data.join("weather/openmeteo_US-TEX-ERCO_2024.json.gz"), &[], 3);
    assert_eq!(codes(&reading), ["D018"]);
    let dry = reading.of(Quantity::DryBulb).unwrap();
    assert_eq!(dry.range(), Some((time("2024-01-01T05:00:00"), time("2025-01-01T05:00:00"))));
}

#[test]
fn missing_days_of_eia_files_are_found() {
    let Some(data) = data() else { return };
    // Year, rows that the file lacks, gaps.
    for (year, missing, gaps) in [(2020, 0, 0), (2021, 120, 5), (2022, 24, 1), (2023, 1200, 3)] {
        let path = data.join(format!("grid/ercot_lmp_da_hr_hubs_{year}.csv.gz"));
        let reading = good(&path, &["West LMP", "Houston LMP"], 60);
        for series in &reading.series {
            assert_eq!((series.filled_hours(), series.gaps.len()), (missing, gaps), "{year} {}", series.name);
        }
    }
    // Six weeks may not be filled unless the caller says so.
    let path = data.join("grid/ercot_lmp_da_hr_hubs_2023.csv.gz");
    let reading = read(&path, &ReadOptions::default());
    assert!(codes(&reading).contains(&"D011") && reading.series.is_empty());
    let miso = good(&data.join("grid/miso_lmp_rt_hr_hubs_2023.csv.gz"), &["Michigan Hub LMP"], 60);
    assert_eq!(miso.series[0].filled_hours(), 874);
    let quarters = good(&data.join("grid/ercot_lmp_rt_15min_hubs_2024Q2.csv.gz"), &[], 3);
    assert_eq!(quarters.series[0].values.len(), 91 * 24);
}

/// Two publishers of the same market: the EIA file by interval end in UTC and the gap-free file with offsets must agree
/// hour by hour. A shift by one hour would show at once.
#[test]
fn two_files_of_the_same_market_agree_hour_by_hour() {
    let Some(data) = data() else { return };
    for year in [2020, 2022] {
        let eia = good(&data.join(format!("grid/ercot_lmp_da_hr_hubs_{year}.csv.gz")), &[], 60);
        let free = good(&data.join(format!("grid/ercot_HB_HUBAVG_dam_hourly_{year}.csv.gz")), &[], 3);
        let (eia, free) = (&eia.series[0], &free.series[0]);
        let (start, end) = eia.range().unwrap();
        assert_eq!(free.range(), Some((start, end)));
        let filled = |i: usize| eia.gaps.iter().any(|gap| (gap.first..gap.first + gap.hours).contains(&i));
        let differ = |shift: usize| {
            let pairs = eia.values.iter().zip(&free.values[shift..]).enumerate();
            pairs.filter(|(i, (a, b))| !filled(*i) && (*a - *b).abs() > 0.011).count()
        };
        println!("{year}: {} hours differ, {} if shifted by one hour", differ(0), differ(1));
        assert!(differ(0) < 30, "{year}: {} hours differ", differ(0));
        assert!(differ(1) > 5000, "a shifted series would go unnoticed");
    }
}

#[test]
fn carbon_files_are_read() {
    let Some(data) = data() else { return };
    let direct = good(&data.join("grid/US-TEX-ERCO_2024_hourly.csv.gz"), &[], 3);
    assert_eq!(direct.series[0].values[0], 342.95);
    assert_eq!(direct.series[0].values.len(), 8784);
    let cycle =
        good(&data.join("grid/US-TEX-ERCO_2024_hourly.csv.gz"), &["Carbon Intensity gCO₂eq/kWh (LCA)"], 3);
    assert_eq!(cycle.series[0].values[0], 401.96);
    let mix = good(&data.join("grid/dcrl_ERCO_NG_avgCI.csv.gz"), &[], 3);
    assert!((mix.series[0].values[0] - 334.205_584_756_898_8).abs() < 1e-12);
    // AVERT: the first hour of Texas is 1.49 lb/kWh.
    let avert = good(&data.join("grid/AVERT_2023_CO2_lb_per_kwh.csv.gz"), &["TE"], 3);
    assert_eq!(codes(&avert), ["D017"]);
    assert!((avert.series[0].values[0] - 1.49 * 453.592_37).abs() < 1e-9);
    assert!(avert.series[0].is_typical_year());
}

fn assert_same(name: &str, committed: &Variable, derived: &Variable, digits: i32) {
    let close = |a: f64, b: f64, digits: i32| (a - b).abs() <= 0.51 * 10f64.powi(-digits);
    let means = committed.mean.iter().flatten().zip(derived.mean.iter().flatten());
    for (a, b) in means {
        assert!(close(*a, *b, digits), "{name}: mean {a} and {b}");
    }
    for (a, b) in committed.spread.iter().zip(&derived.spread) {
        assert!(close(*a, *b, digits + 1), "{name}: spread {a} and {b}");
    }
    let (a, b) = (committed.persistence, derived.persistence);
    for (a, b) in [(a.slow_share, b.slow_share), (a.slow, b.slow), (a.fast, b.fast)] {
        assert!(close(a, b, 4), "{name}: persistence {a} and {b}");
    }
    for (a, b) in committed.level.iter().zip(&derived.level) {
        assert!(close(*a, *b, 3), "{name}: level {a} and {b}");
    }
    for (a, b) in committed.shape.iter().zip(&derived.shape) {
        assert!(close(*a, *b, 3), "{name}: shape {a} and {b}");
    }
}

#[test]
fn committed_normals_are_those_of_the_public_files() {
    let Some(data) = data() else { return };
    assert_eq!(stations::ALL.len(), derive::STATIONS.len());
    for plan in derive::STATIONS {
        let committed = StationNormals::find(plan.key).unwrap();
        let derived = derive::station(&data, plan).unwrap();
        let of = [
            &committed.dry_bulb,
            &committed.dew_point,
            &committed.pressure,
            &committed.wind_speed,
            &committed.irradiance,
        ];
        for (committed, (name, derived, digits)) in of.into_iter().zip(derived.variables()) {
            assert_same(&format!("{} {name}", plan.key), committed, derived, digits as i32);
        }
        assert!((committed.coupling - derived.coupling).abs() < 0.00051);
    }
    assert_eq!(grids::ALL.len(), derive::GRIDS.len());
    for plan in derive::GRIDS {
        let committed = GridNormals::find(plan.key, plan.quantity).unwrap();
        let derived = derive::grid(&data, plan).unwrap();
        assert_same(&plan.module(), &committed.variable, &derived, plan.digits() as i32);
    }
}

struct Moments {
    mean: f64,
    deviation: f64,
    p01: f64,
    p99: f64,
    lag_1: f64,
    lag_24: f64,
}

fn moments(values: &[f64]) -> Moments {
    let known: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let variance = known.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / known.len() as f64;
    let lag = |k: usize| {
        let pairs = values.iter().zip(&values[k..]).filter(|(a, b)| !a.is_nan() && !b.is_nan());
        let (sum, n) = pairs.fold((0.0, 0.0), |(s, n), (a, b)| (s + (a - mean) * (b - mean), n + 1.0));
        sum / n / variance
    };
    let mut sorted = known.clone();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted[(share * (sorted.len() - 1) as f64) as usize];
    Moments { mean, deviation: variance.sqrt(), p01: at(0.01), p99: at(0.99), lag_1: lag(1), lag_24: lag(24) }
}

fn line(name: &str, real: &Moments, drawn: &Moments) -> String {
    let show = |m: &Moments| {
        format!(
            "{:.2} | {:.2} | {:.2} | {:.2} | {:.3} | {:.3}",
            m.mean, m.deviation, m.p01, m.p99, m.lag_1, m.lag_24
        )
    };
    format!("| {name} | data | {} |\n| | drawn | {} |", show(real), show(drawn))
}

/// Ten years drawn against the year that the constants come from.
#[test]
fn drawn_weather_has_the_moments_of_the_data() {
    let Some(data) = data() else { return };
    for plan in derive::STATIONS {
        let reading = good(&data.join(plan.file), &[], 3);
        let station = StationNormals::find(plan.key).unwrap();
        let drawn = station.weather(1, time("2025-01-01"), 87_600);
        let pairs: [(&Series, &Series, f64); 5] = [
            (reading.of(Quantity::DryBulb).unwrap(), &drawn.dry_bulb, 0.6),
            // Dew points above the dry bulb are cut off, which makes the drawn air a little too dry.
            (reading.of(Quantity::DewPoint).unwrap(), &drawn.dew_point, 0.8),
            (reading.of(Quantity::Pressure).unwrap(), &drawn.pressure, 100.0),
            (reading.of(Quantity::WindSpeed).unwrap(), &drawn.wind_speed, 0.15),
            (reading.of(Quantity::GlobalIrradiance).unwrap(), &drawn.irradiance, 6.0),
        ];
        for (real, drawn, tolerance) in pairs {
            let (a, b) = (moments(&real.values), moments(&drawn.values));
            println!("{}", line(&format!("{} {}", plan.key, drawn.quantity.column()), &a, &b));
            assert!((a.mean - b.mean).abs() < tolerance, "{} {:?}", plan.key, real.quantity);
            assert!(
                (a.deviation - b.deviation).abs() < 0.1 * a.deviation + 1e-9,
                "{} {:?}",
                plan.key,
                real.quantity
            );
        }
    }
}

#[test]
fn drawn_prices_and_carbon_have_the_moments_of_the_data() {
    let Some(data) = data() else { return };
    for plan in derive::GRIDS {
        let values: Vec<f64> = derive::grid_series(&data, plan).into_iter().flat_map(|s| s.values).collect();
        let drawn = GridNormals::find(plan.key, plan.quantity).unwrap().series(1, time("2025-01-01"), 87_600);
        let (a, b) = (moments(&values), moments(&drawn.values));
        println!("{}", line(&plan.module(), &a, &b));
        let tolerance = if plan.quantity == Quantity::Price { 0.10 } else { 0.02 };
        assert!((a.mean - b.mean).abs() < tolerance * a.mean, "{}: {} and {}", plan.key, a.mean, b.mean);
        // Prices have tails that five years of data do not pin down.
        let spread = if plan.quantity == Quantity::Price { 0.35 } else { 0.05 };
        assert!((b.deviation / a.deviation - 1.0).abs() < spread, "{}", plan.key);
    }
}

/// Out of sample: the normals of Dallas come from a typical year of 2007 to 2021; here are the real years after it.
#[test]
fn drawn_weather_is_like_years_that_it_has_not_seen() {
    let Some(data) = data() else { return };
    let years = [2022, 2023, 2024].map(|year| {
        let reading = good(&data.join(format!("weather/openmeteo_US-TEX-ERCO_{year}.json.gz")), &[], 3);
        reading.of(Quantity::DryBulb).unwrap().values.clone()
    });
    let real = moments(&years.concat());
    let station = StationNormals::find("dallas").unwrap();
    let drawn: Vec<f64> =
        (0..10).flat_map(|seed| station.weather(seed, time("2022-01-01"), 8760).dry_bulb.values).collect();
    let drawn = moments(&drawn);
    println!("{}", line("dallas dry bulb, 2022 to 2024", &real, &drawn));
    assert!((real.mean - drawn.mean).abs() < 1.5, "{} {}", real.mean, drawn.mean);
    assert!((real.deviation - drawn.deviation).abs() < 1.0);
    assert!((real.p99 - drawn.p99).abs() < 3.0 && (real.p01 - drawn.p01).abs() < 4.0);
    assert!((real.lag_24 - drawn.lag_24).abs() < 0.06);
}
