//! The models against public files and published figures.
#![allow(clippy::unwrap_used)]

use base::{Power, SimTime, Span};
use plant::air::Air;
use plant::cooling::{CoolingKind, CoolingPlant, Overhead, SiteEfficiency, site_efficiency};
use plant::node::{ACME_KALOS_ACTIVITY, NodePower};
use plant::renewable::{SolarPlant, WindPlant};
use series::{Quantity, ReadOptions, Reading, read};
use std::path::{Path, PathBuf};

/// The folder of public files, or `None` after saying why a test is skipped.
fn data() -> Option<PathBuf> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = ["../../../shared/data", "../../../../shared/data"].map(|path| crate_folder.join(path));
    let found = found.into_iter().find(|path| path.is_dir());
    if found.is_none() {
        println!("skipped: there is no folder of public files beside the workspace");
    }
    found
}

fn abilene(data: &Path) -> (Reading, Vec<Air>) {
    let reading = read(&data.join("weather/TX-Abilene_Regional_Ap_Ut.tmy3.gz"), &ReadOptions::default());
    let of = |quantity| &reading.of(quantity).unwrap().values;
    let (dry, humidity, pressure) =
        (of(Quantity::DryBulb), of(Quantity::RelativeHumidity), of(Quantity::Pressure));
    let air = (0..8760).map(|i| Air::from_relative_humidity(dry[i], humidity[i], pressure[i])).collect();
    (reading, air)
}

/// The file has dew points too, measured apart: both ways to the wet bulb must agree but for the rounding of the file
/// (1 % humidity, 0.1 K) and the few rows in which the two do not belong together.
#[test]
fn wet_bulb_from_humidity_and_from_dew_point_agree() {
    let Some(data) = data() else { return };
    let (reading, air) = abilene(&data);
    let of = |quantity| &reading.of(quantity).unwrap().values;
    let (dry, dew, pressure) = (of(Quantity::DryBulb), of(Quantity::DewPoint), of(Quantity::Pressure));
    let differences = (0..8760)
        .map(|i| (Air::from_dew_point(dry[i], dew[i], pressure[i]).wet_bulb_c - air[i].wet_bulb_c).abs());
    let mut differences: Vec<f64> = differences.collect();
    differences.sort_by(f64::total_cmp);
    let mean = differences.iter().sum::<f64>() / 8760.0;
    println!("mean {mean:.3} K, 99 % below {:.3} K, most {:.3} K", differences[8672], differences[8759]);
    assert!(mean < 0.1 && differences[8672] < 0.6);
    let mut wet: Vec<f64> = air.iter().map(|air| air.wet_bulb_c).collect();
    wet.sort_by(f64::total_cmp);
    println!("Abilene: wet bulb exceeded in 0.4 % of the hours: {:.1} °C", wet[8760 - 35]);
}

struct Year {
    pue: f64,
    wue: f64,
    worst: f64,
    free: f64,
    shed_hours: usize,
}

fn year(kind: CoolingKind, design_c: f64, air: &[Air], load: f64) -> Year {
    let plant = CoolingPlant::new(kind, design_c);
    let hours: Vec<SiteEfficiency> =
        air.iter().map(|air| site_efficiency(&plant, &Overhead::default(), *air, load)).collect();
    let mean = |of: &dyn Fn(&SiteEfficiency) -> f64| hours.iter().map(of).sum::<f64>() / hours.len() as f64;
    Year {
        pue: mean(&|hour| hour.pue),
        wue: mean(&|hour| hour.wue),
        worst: hours.iter().map(|hour| hour.pue).fold(0.0, f64::max),
        free: mean(&|hour| hour.free_share),
        shed_hours: hours.iter().filter(|hour| hour.most_load < load).count(),
    }
}

/// Annual PUE and WUE of each kind of plant in Abilene's typical year. Published figures for such plants, in
/// docs/validation-plant.md, are wide; the bands here are theirs.
#[test]
fn annual_pue_and_wue_of_abilene() {
    let Some(data) = data() else { return };
    let (_, air) = abilene(&data);
    println!("| plant | annual PUE | hottest hour | WUE, l/kWh | free cooling | hours short of full load |");
    // Kind, design temperature, bands of annual PUE and WUE.
    let bands = [
        (CoolingKind::AirCooledChiller, 41.0, (1.15, 1.45), (0.0, 0.0)),
        (CoolingKind::WaterCooledChiller, 25.0, (1.10, 1.30), (1.0, 2.5)),
        (CoolingKind::DryCooler, 36.0, (1.08, 1.16), (0.0, 0.0)),
        (CoolingKind::Evaporative, 25.0, (1.08, 1.16), (1.0, 2.5)),
        (CoolingKind::ClosedLoop, 41.0, (1.12, 1.28), (0.0, 0.0)),
    ];
    for (kind, design, pue, wue) in bands {
        let y = year(kind, design, &air, 1.0);
        println!(
            "| {kind:?} | {:.3} | {:.3} | {:.2} | {:.0} % | {} |",
            y.pue,
            y.worst,
            y.wue,
            y.free * 100.0,
            y.shed_hours
        );
        assert!((pue.0..=pue.1).contains(&y.pue), "{kind:?}: PUE {}", y.pue);
        assert!((wue.0..=wue.1).contains(&y.wue), "{kind:?}: WUE {}", y.wue);
    }
    // Epoch AI gives Abilene 1,180 MW of facility power for 843 MW of IT: 1.40 is what must be installed for the worst
    // hour, spares included; the hottest hour of the closed loop must stay below it.
    let y = year(CoolingKind::ClosedLoop, 41.0, &air, 1.0);
    assert!(y.worst < 1.40 && y.worst > 1.25, "{}", y.worst);
}

/// The three figures that the node model was fixed on, and the percentiles that it was not.
#[test]
fn node_power_meets_the_acme_quantiles() {
    let Some(data) = data() else { return };
    let text = std::fs::read_to_string(data.join("facts/acme_power_util_cdf_DERIVED.csv")).unwrap();
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|field| field.parse().unwrap_or(f64::NAN)).collect())
        .collect();
    // Columns: percentile, Kalos GPU, Seren GPU, Seren GPU server.
    let model = NodePower::eight_a100();
    let at = |percentile: f64| {
        rows.iter().min_by(|a, b| (a[0] - percentile).abs().total_cmp(&(b[0] - percentile).abs())).unwrap()
    };
    let server = |gpu: f64, busy: f64| {
        model.base.watts() + model.host.watts() * busy + 8.0 * gpu * (1.0 + model.follow)
    };
    let mean = |column: usize| rows.iter().map(|r| r[column]).sum::<f64>() / rows.len() as f64;
    for (what, model, data) in [
        ("5th percentile", server(at(5.0)[2], 0.0), at(5.0)[3]),
        ("95th percentile", server(at(95.0)[2], 1.0), at(95.0)[3]),
        ("mean", server(mean(2), 0.85), mean(3)),
    ] {
        println!("fixed on the {what}: {model:.0} W, data {data:.0} W");
        assert!((model / data - 1.0).abs() < 0.01, "{what}");
    }
    for percentile in [75.0, 80.0, 85.0, 90.0, 99.0] {
        let (model, data) = (server(at(percentile)[2], 1.0), at(percentile)[3]);
        let error = model / data - 1.0;
        println!("percentile {percentile}: {model:.0} W, data {data:.0} W, {:+.1} %", error * 100.0);
        assert!(error.abs() < 0.07, "{percentile}");
    }
    for (i, activity) in ACME_KALOS_ACTIVITY.iter().enumerate() {
        let wanted = i as f64 * 5.0;
        let near =
            rows.iter().min_by(|a, b| (a[0] - wanted).abs().total_cmp(&(b[0] - wanted).abs())).unwrap();
        let derived = ((near[1] - 61.0) / 339.0).clamp(0.0, 1.2);
        assert!((derived - activity).abs() < 0.003, "percentile {wanted}: {derived} and {activity}");
    }
}

/// Capacity factors of a year in Abilene. Single-axis plants in Texas: 24 to 28 % of their alternating-current rating in
/// the fleet (US EIA, Electric Power Monthly, table 6.07.B: US fleet 23 to 25 %); wind: 34 to 36 % (same table), at better
/// sites and higher hubs than an airport's.
#[test]
fn sun_and_wind_of_abilene() {
    let Some(data) = data() else { return };
    let (reading, _) = abilene(&data);
    let of = |quantity| &reading.of(quantity).unwrap().values;
    let solar = SolarPlant::new(Power::from_mw(100.0), 32.47, -99.71);
    let wind = WindPlant::new(Power::from_mw(100.0));
    let start = SimTime::parse("2025-01-01T06:00:00").unwrap();
    let (mut sun_mwh, mut wind_mwh) = (0.0, 0.0);
    for i in 0..8760 {
        let hour = start + Span::from_hours(i as i64);
        let (dry, speed) = (of(Quantity::DryBulb)[i], of(Quantity::WindSpeed)[i]);
        sun_mwh += solar.output(hour, of(Quantity::GlobalIrradiance)[i], dry, speed).mw();
        wind_mwh += wind.output(speed).mw();
    }
    let (sun_factor, wind_factor) = (sun_mwh / 876_000.0, wind_mwh / 876_000.0);
    println!("capacity factors: sun {:.1} %, wind {:.1} %", sun_factor * 100.0, wind_factor * 100.0);
    assert!((0.24..0.32).contains(&sun_factor), "{sun_factor}");
    assert!((0.20..0.45).contains(&wind_factor), "{wind_factor}");
    // The file measures the beam apart: the split of Erbs must give it back on average.
    let (mut modelled, mut measured) = (0.0, 0.0);
    for i in 0..8760 {
        let middle = start + Span::from_seconds(i as i64 * 3600 + 1800);
        let sun = plant::renewable::sun(middle, 32.47, -99.71);
        let global = of(Quantity::GlobalIrradiance)[i];
        if sun.zenith_cosine > 0.1 {
            let diffuse = global * plant::renewable::diffuse_share(global / sun.extraterrestrial);
            modelled += (global - diffuse) / sun.zenith_cosine;
            measured += of(Quantity::DirectIrradiance)[i];
        }
    }
    println!("beam: {:.1} % of the measured", 100.0 * modelled / measured);
    assert!((modelled / measured - 1.0).abs() < 0.12);
}
