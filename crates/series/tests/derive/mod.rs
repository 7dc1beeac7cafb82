//! Which public files the built-in normals come from, and how. Shared by the example that writes the constants and the
//! test that derives them again.

#![allow(missing_docs, dead_code)]

use base::{SimTime, Span};
use series::normals::{Transform, Variable, coupling, fit};
use series::{Axis, GapRule, Quantity, ReadOptions, Reading, Series, read};
use std::path::Path;

pub struct StationPlan {
    pub key: &'static str,
    pub name: &'static str,
    pub file: &'static str,
    pub source: &'static str,
}

const TMY3: &str =
    "TMY3, US National Solar Radiation Data Base (NREL), public; copy in arras-energy/gridlabd-weather";
const TMYX: &str =
    "TMYx 2007-2021 (Climate.OneBuilding.org, from NCEI ISD and ERA5); copy in HewlettPackard/dc-rl";

const fn plan(
    key: &'static str,
    name: &'static str,
    file: &'static str,
    source: &'static str,
) -> StationPlan {
    StationPlan { key, name, file, source }
}

pub static STATIONS: &[StationPlan] = &[
    plan("abilene", "Abilene Regional Airport, Texas", "weather/TX-Abilene_Regional_Ap_Ut.tmy3.gz", TMY3),
    plan("ann-arbor", "Ann Arbor Municipal, Michigan", "weather/MI-Ann_Arbor_Municipal.tmy3.gz", TMY3),
    plan("dallas", "Dallas-Fort Worth International, Texas", "weather/USA_TX_Dallas-Fort.Worth.epw.gz", TMYX),
    plan("el-paso", "El Paso International, Texas", "weather/TX-El_Paso_International_Ap_Ut.tmy3.gz", TMY3),
    plan("georgetown", "Georgetown, Texas", "weather/TX-Georgetown_Awos.tmy3.gz", TMY3),
    plan("las-cruces", "Las Cruces International, New Mexico", "weather/NM-Las_Cruces_Intl.tmy3.gz", TMY3),
    plan("leesburg", "Leesburg Executive, Virginia", "weather/USA_VA_Leesburg.Exec.epw.gz", TMYX),
    plan(
        "milwaukee",
        "Milwaukee Mitchell International, Wisconsin",
        "weather/WI-Milwaukee_Mitchell_Intl_Ap.tmy3.gz",
        TMY3,
    ),
    plan("phoenix", "Phoenix Sky Harbor, Arizona", "weather/USA_AZ_Phoenix-Sky.Harbor.epw.gz", TMYX),
    plan("youngstown", "Youngstown Regional, Ohio", "weather/OH-Youngstown_Regional_Airport.tmy3.gz", TMY3),
];

pub struct StationFit {
    pub latitude: f64,
    pub longitude: f64,
    pub elevation: f64,
    pub offset_hours: i64,
    pub fitted: [Variable; 5],
    pub coupling: f64,
}

impl StationFit {
    /// Name, variable and decimals of its means.
    pub fn variables(&self) -> [(&'static str, &Variable, usize); 5] {
        let [dry_bulb, dew_point, pressure, wind_speed, irradiance] = &self.fitted;
        [
            ("dry_bulb", dry_bulb, 1),
            ("dew_point", dew_point, 1),
            ("pressure", pressure, 1),
            ("wind_speed", wind_speed, 2),
            ("irradiance", irradiance, 1),
        ]
    }
}

pub fn station(data: &Path, plan: &StationPlan) -> Option<StationFit> {
    let reading = read_all(&data.join(plan.file), &ReadOptions::default());
    let station = reading.station.clone()?;
    let of = |quantity| reading.of(quantity).map(known);
    let dry: Series = of(Quantity::DryBulb)?;
    let dew: Series = of(Quantity::DewPoint)?;
    let one = |series: &Series, transform| fit(&[series], transform, Span::ZERO);
    let dry_bulb = one(&dry, Transform::Sum)?;
    let dew_point = one(&dew, Transform::Sum)?;
    let coupling = coupling((&dry_bulb, &dry), (&dew_point, &dew));
    let fitted = [
        dry_bulb,
        dew_point,
        one(&of(Quantity::Pressure)?, Transform::Sum)?,
        one(&of(Quantity::WindSpeed)?, Transform::Factor)?,
        one(&of(Quantity::GlobalIrradiance)?, Transform::Share { threshold: 20.0 })?,
    ];
    Some(StationFit {
        latitude: station.latitude_deg,
        longitude: station.longitude_deg,
        elevation: station.elevation_m,
        offset_hours: station.offset.hours() as i64,
        fitted,
        coupling,
    })
}

pub struct GridPlan {
    pub key: &'static str,
    pub name: &'static str,
    pub quantity: Quantity,
    pub offset_hours: i64,
    pub source: &'static str,
    pub files: &'static [&'static str],
    pub column: Option<&'static str>,
}

impl GridPlan {
    pub fn digits(&self) -> usize {
        if self.quantity == Quantity::Price { 3 } else { 1 }
    }
    pub fn module(&self) -> String {
        format!("{}_{}", self.key, if self.quantity == Quantity::Price { "price" } else { "carbon" })
    }
}

pub static GRIDS: &[GridPlan] = &[
    GridPlan {
        key: "ercot",
        name: "ERCOT hub average, day ahead",
        quantity: Quantity::Price,
        offset_hours: -6,
        source: "ERCOT day-ahead hub average 2020-2024; copy in HewlettPackard/sustain-cluster",
        files: &[
            "grid/ercot_HB_HUBAVG_dam_hourly_2020.csv.gz",
            "grid/ercot_HB_HUBAVG_dam_hourly_2021.csv.gz",
            "grid/ercot_HB_HUBAVG_dam_hourly_2022.csv.gz",
            "grid/ercot_HB_HUBAVG_dam_hourly_2023.csv.gz",
            "grid/ercot_HB_HUBAVG_dam_hourly_2024.csv.gz",
        ],
        column: None,
    },
    GridPlan {
        key: "ercot-west",
        name: "ERCOT West hub, day ahead",
        quantity: Quantity::Price,
        offset_hours: -6,
        source: "US EIA, ERCOT hourly day-ahead prices by hub, 2020 to September 2024, gaps left out",
        files: &[
            "grid/ercot_lmp_da_hr_hubs_2020.csv.gz",
            "grid/ercot_lmp_da_hr_hubs_2021.csv.gz",
            "grid/ercot_lmp_da_hr_hubs_2022.csv.gz",
            "grid/ercot_lmp_da_hr_hubs_2023.csv.gz",
            "grid/ercot_lmp_da_hr_hubs_2024.csv.gz",
        ],
        column: Some("West LMP"),
    },
    GridPlan {
        key: "miso-michigan",
        name: "MISO Michigan hub, real time",
        quantity: Quantity::Price,
        offset_hours: -5,
        source: "US EIA, MISO hourly real-time prices by hub, August 2020 to December 2023, gaps left out",
        files: &[
            "grid/miso_lmp_rt_hr_hubs_2020.csv.gz",
            "grid/miso_lmp_rt_hr_hubs_2021.csv.gz",
            "grid/miso_lmp_rt_hr_hubs_2022.csv.gz",
            "grid/miso_lmp_rt_hr_hubs_2023.csv.gz",
        ],
        column: Some("Michigan Hub LMP"),
    },
    GridPlan {
        key: "pjm-dominion",
        name: "PJM Dominion zone, real time",
        quantity: Quantity::Price,
        offset_hours: -5,
        source: "PJM real-time hourly, Dominion zone, 2020-2024; copy in HewlettPackard/sustain-cluster",
        files: &[
            "grid/pjm_DOM_rt_hourly_2020.csv.gz",
            "grid/pjm_DOM_rt_hourly_2021.csv.gz",
            "grid/pjm_DOM_rt_hourly_2022.csv.gz",
            "grid/pjm_DOM_rt_hourly_2023.csv.gz",
            "grid/pjm_DOM_rt_hourly_2024.csv.gz",
        ],
        column: None,
    },
    GridPlan {
        key: "ercot",
        name: "ERCOT, direct carbon intensity",
        quantity: Quantity::Carbon,
        offset_hours: -6,
        source: "Electricity Maps, US-TEX-ERCO direct intensity 2021-2024; copy in HewlettPackard/sustain-cluster",
        files: &[
            "grid/US-TEX-ERCO_2021_hourly.csv.gz",
            "grid/US-TEX-ERCO_2022_hourly.csv.gz",
            "grid/US-TEX-ERCO_2023_hourly.csv.gz",
            "grid/US-TEX-ERCO_2024_hourly.csv.gz",
        ],
        column: None,
    },
    GridPlan {
        key: "pjm",
        name: "PJM, direct carbon intensity",
        quantity: Quantity::Carbon,
        offset_hours: -5,
        source: "Electricity Maps, US-MIDA-PJM direct intensity 2021-2024; copy in HewlettPackard/sustain-cluster",
        files: &[
            "grid/US-MIDA-PJM_2021_hourly.csv.gz",
            "grid/US-MIDA-PJM_2022_hourly.csv.gz",
            "grid/US-MIDA-PJM_2023_hourly.csv.gz",
            "grid/US-MIDA-PJM_2024_hourly.csv.gz",
        ],
        column: None,
    },
    GridPlan {
        key: "miso",
        name: "MISO, carbon intensity of the generation mix",
        quantity: Quantity::Carbon,
        offset_hours: -5,
        source: "US EIA generation mix 2022 with average intensity; copy in HewlettPackard/dc-rl",
        files: &["grid/dcrl_MISO_NG_avgCI.csv.gz"],
        column: None,
    },
    GridPlan {
        key: "azps",
        name: "Arizona Public Service, carbon intensity of the generation mix",
        quantity: Quantity::Carbon,
        offset_hours: -7,
        source: "US EIA generation mix 2022 with average intensity; copy in HewlettPackard/dc-rl",
        files: &["grid/dcrl_AZPS_NG_avgCI.csv.gz"],
        column: None,
    },
];

pub fn grid_series(data: &Path, plan: &GridPlan) -> Vec<Series> {
    let options = ReadOptions {
        columns: plan.column.iter().map(|name| (*name).to_owned()).collect(),
        gaps: GapRule::Fill { longest: Span::DAY * 60 },
        ..ReadOptions::default()
    };
    let readings = plan.files.iter().map(|file| read_all(&data.join(file), &options));
    readings.filter_map(|reading| reading.of(plan.quantity).map(known)).collect()
}

pub fn grid(data: &Path, plan: &GridPlan) -> Option<Variable> {
    let series = grid_series(data, plan);
    if series.len() != plan.files.len() {
        return None;
    }
    let transform = match plan.quantity {
        Quantity::Price => {
            let known = series.iter().flat_map(|s| &s.values).copied().filter(|v| !v.is_nan());
            let (least, most) = known.fold((0.0, 0.0), |(a, b): (f64, f64), v| (a.min(v), b.max(v)));
            Transform::Hyperbolic { scale: 20.0, least: least.floor(), most: most.ceil() }
        }
        _ => Transform::Sum,
    };
    fit(&series.iter().collect::<Vec<_>>(), transform, Span::from_hours(plan.offset_hours))
}

fn read_all(path: &Path, options: &ReadOptions) -> Reading {
    let reading = read(path, options);
    for diagnostic in reading.diagnostics.iter().filter(|d| d.severity == base::Severity::Error) {
        eprintln!("{diagnostic}");
    }
    reading
}

/// The series with NaN where hours were filled, and in Texas where the freeze of February 2021 set the price.
fn known(series: &Series) -> Series {
    let mut known = series.clone();
    for gap in &series.gaps {
        known.values[gap.first..gap.first + gap.hours].fill(f64::NAN);
    }
    if let Axis::Dated { start } = series.axis
        && series.quantity == Quantity::Price
    {
        let freeze = [SimTime::parse("2021-02-12"), SimTime::parse("2021-02-20")].map(Option::unwrap);
        for (i, value) in known.values.iter_mut().enumerate() {
            let time = start + Span::HOUR * i as i64;
            if (freeze[0]..freeze[1]).contains(&time) {
                *value = f64::NAN;
            }
        }
    }
    known
}
