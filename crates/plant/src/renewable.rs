//! Sun and wind: from the weather of an hour to the output of a plant.

use base::{Power, SimTime};
use libm::{acos, asin, atan2, cos, exp, sin};
use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, TAU};

/// Where the sun stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sun {
    /// Cosine of the zenith angle; negative at night.
    pub zenith_cosine: f64,
    /// Unit vector to the sun: east, north, up.
    pub direction: [f64; 3],
    /// Irradiance on a horizontal plane above the atmosphere, W/m².
    pub extraterrestrial: f64,
}

/// Solar constant, W/m² (Kopp and Lean 2011).
const SOLAR_CONSTANT: f64 = 1361.0;

/// The sun at an instant and place, by the low-precision formulae of the Astronomical Almanac (page C5): good to about
/// 0.01° between 1950 and 2050.
pub fn sun(time: SimTime, latitude_deg: f64, longitude_deg: f64) -> Sun {
    // Days since noon of 1 January 2000, UTC.
    let days = (time.nanos() as f64 / 86_400e9) - 10_957.5;
    let mean_longitude = (280.460 + 0.985_647_4 * days).to_radians();
    let anomaly = (357.528 + 0.985_600_3 * days).to_radians();
    let longitude = mean_longitude + (1.915 * sin(anomaly) + 0.020 * sin(2.0 * anomaly)).to_radians();
    let obliquity = (23.439 - 4.0e-7 * days).to_radians();
    let declination = asin(sin(obliquity) * sin(longitude));
    let ascension = atan2(cos(obliquity) * sin(longitude), cos(longitude));
    let sidereal = (280.460_618_37 + 360.985_647_366_29 * days + longitude_deg).to_radians();
    let hour_angle = (sidereal - ascension).rem_euclid(TAU);
    let latitude = latitude_deg.to_radians();
    let east = -cos(declination) * sin(hour_angle);
    let north = cos(latitude) * sin(declination) - sin(latitude) * cos(declination) * cos(hour_angle);
    let up = sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(hour_angle);
    let distance = 1.000_14 - 0.016_71 * cos(anomaly) - 0.000_14 * cos(2.0 * anomaly);
    Sun {
        zenith_cosine: up,
        direction: [east, north, up],
        extraterrestrial: SOLAR_CONSTANT / (distance * distance) * up.max(0.0),
    }
}

/// Diffuse share of global horizontal irradiance from the clearness index (Erbs, Klein and Duffie, Solar Energy 28, 1982).
pub fn diffuse_share(clearness: f64) -> f64 {
    let k = clearness.clamp(0.0, 1.0);
    if k <= 0.22 {
        1.0 - 0.09 * k
    } else if k <= 0.80 {
        0.9511 + k * (-0.1604 + k * (4.388 + k * (-16.638 + k * 12.336)))
    } else {
        0.165
    }
}

/// How the modules stand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mounting {
    /// Facing the equator at this tilt, degrees.
    Fixed {
        /// Degrees from horizontal.
        tilt_deg: f64,
    },
    /// Horizontal axis from north to south, turned after the sun to at most so many degrees.
    SingleAxis {
        /// Degrees from horizontal.
        most_deg: f64,
    },
}

/// A solar plant. Losses and coefficients as in PVWatts version 5 (Dobos, NREL/TP-6A20-62641, 2014).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SolarPlant {
    /// Direct-current rating at 1000 W/m² and 25 °C.
    pub dc: Power,
    /// What the inverters can give.
    pub ac: Power,
    /// How the modules stand.
    pub mounting: Mounting,
    /// Degrees north.
    pub latitude_deg: f64,
    /// Degrees east.
    pub longitude_deg: f64,
    /// Everything lost before the inverter.
    pub losses: f64,
    /// Change of output for each kelvin of cell temperature.
    pub per_k: f64,
    /// Efficiency of the inverters.
    pub inverter: f64,
}

impl SolarPlant {
    /// A single-axis plant with a direct-current rating of 1.3 times its `ac` output, 14 % losses, -0.35 % for a kelvin
    /// and inverters of 96 %.
    pub fn new(ac: Power, latitude_deg: f64, longitude_deg: f64) -> SolarPlant {
        SolarPlant {
            dc: ac * 1.3,
            ac,
            mounting: Mounting::SingleAxis { most_deg: 60.0 },
            latitude_deg,
            longitude_deg,
            losses: 0.14,
            per_k: -0.0035,
            inverter: 0.96,
        }
    }

    /// Mean output over the hour that begins at `hour`: the sun of its middle, global horizontal irradiance in W/m², air
    /// in °C, wind in m/s. Direct and diffuse are parted by `diffuse_share`; the sky is uniform, the ground reflects 20 %.
    pub fn output(&self, hour: SimTime, global: f64, dry_bulb_c: f64, wind_m_per_s: f64) -> Power {
        let sun = sun(SimTime(hour.0 + 1_800_000_000_000), self.latitude_deg, self.longitude_deg);
        if sun.zenith_cosine <= 0.01 || global <= 0.0 {
            return Power::ZERO;
        }
        let diffuse = global * diffuse_share(global / sun.extraterrestrial.max(1.0));
        // At dawn the quotient explodes: never more than the beam above the atmosphere.
        let direct = ((global - diffuse) / sun.zenith_cosine.max(0.065)).min(1100.0);
        let (cosine, tilt_cosine) = self.incidence(&sun);
        let plane = direct * cosine.max(0.0)
            + diffuse * (1.0 + tilt_cosine) / 2.0
            + global * 0.2 * (1.0 - tilt_cosine) / 2.0;
        // Cell temperature by King's model for a glass-polymer module on an open rack (Sandia SAND2004-3535).
        let cell = dry_bulb_c + plane * exp(-3.56 - 0.075 * wind_m_per_s) + plane / 1000.0 * 3.0;
        let dc =
            self.dc * (plane / 1000.0) * (1.0 + self.per_k * (cell - 25.0)).max(0.0) * (1.0 - self.losses);
        let ac = dc * self.inverter;
        if ac.watts() > self.ac.watts() { self.ac } else { ac }
    }

    /// Cosine of the angle between sun and module, and of the tilt.
    fn incidence(&self, sun: &Sun) -> (f64, f64) {
        let [east, north, up] = sun.direction;
        match self.mounting {
            Mounting::Fixed { tilt_deg } => {
                let tilt = tilt_deg.to_radians();
                let facing = if self.latitude_deg >= 0.0 { -north } else { north };
                (facing * sin(tilt) + up * cos(tilt), cos(tilt))
            }
            Mounting::SingleAxis { most_deg } => {
                let most = most_deg.to_radians();
                let turn = atan2(east, up).clamp(-most, most);
                (east * sin(turn) + up * cos(turn), cos(turn))
            }
        }
    }
}

/// Hours of daylight at a latitude on the day whose solar declination is `declination` (radians); for checks.
pub fn daylight_hours(latitude_deg: f64, declination: f64) -> f64 {
    let cosine = -libm::tan(latitude_deg.to_radians()) * libm::tan(declination);
    24.0 / PI * acos(cosine.clamp(-1.0, 1.0))
}

/// A wind plant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindPlant {
    /// Rated output.
    pub rated: Power,
    /// Height of the hub over the height of the anemometer.
    pub height_ratio: f64,
    /// Exponent of the wind profile: 1/7 over open land.
    pub shear: f64,
    /// Wind at the hub from which it turns, m/s.
    pub cut_in: f64,
    /// Wind at the hub that gives the rated output, m/s.
    pub rated_wind: f64,
    /// Wind at the hub at which it stops, m/s.
    pub cut_out: f64,
    /// Wakes, electrical losses and stops.
    pub losses: f64,
}

impl WindPlant {
    /// A land turbine with a hub at 90 m and an anemometer at 10 m: cut-in 3, rated 11.5, cut-out 25 m/s, 15 % losses
    /// (assumed, usual in the trade).
    pub fn new(rated: Power) -> WindPlant {
        WindPlant {
            rated,
            height_ratio: 9.0,
            shear: 1.0 / 7.0,
            cut_in: 3.0,
            rated_wind: 11.5,
            cut_out: 25.0,
            losses: 0.15,
        }
    }

    /// Output at this wind at the anemometer (m/s): between cut-in and rated by the cube of the wind.
    pub fn output(&self, wind_m_per_s: f64) -> Power {
        let hub = wind_m_per_s.max(0.0) * libm::pow(self.height_ratio, self.shear);
        if hub < self.cut_in || hub >= self.cut_out {
            return Power::ZERO;
        }
        let cube = |v: f64| v * v * v;
        let share = (cube(hub) - cube(self.cut_in)) / (cube(self.rated_wind) - cube(self.cut_in));
        self.rated * share.min(1.0) * (1.0 - self.losses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> SimTime {
        SimTime::parse(text).expect("a time")
    }

    #[test]
    fn the_sun_stands_where_the_almanac_says() {
        // Solstices and equinoxes: declination ±23.44° and 0°, at the pole the elevation is the declination.
        for (at, declination) in [
            ("2024-06-20T20:51:00", 23.44),
            ("2024-12-21T09:20:00", -23.44),
            ("2024-03-20T03:06:00", 0.0),
            ("2024-09-22T12:44:00", 0.0),
        ] {
            let up = sun(time(at), 90.0, 0.0).direction[2];
            let error = asin(up).to_degrees() - declination;
            assert!(error.abs() < 0.02, "{at}: off by {error}°");
        }
        // Equation of time: the sun crosses Greenwich at 12:14 UTC on 11 February, at 11:43:30 on 3 November.
        for (at, sign) in [("2024-02-11T12:14:13", 1), ("2024-11-03T11:43:33", 1)] {
            let east = sun(time(at), 51.48, 0.0).direction[0];
            let minutes = asin(east).to_degrees() * 4.0 * f64::from(sign);
            assert!(minutes.abs() < 0.3, "{at}: {minutes} minutes off noon");
        }
        assert!((daylight_hours(0.0, 0.4) - 12.0).abs() < 1e-9);
    }

    #[test]
    fn tracking_beats_fixed_and_night_gives_nothing() {
        let mut plant = SolarPlant::new(Power::from_mw(100.0), 32.45, -99.73);
        let day = time("2026-06-21T00:00:00");
        let sum = |plant: &SolarPlant| -> f64 {
            (0..24)
                .map(|hour| {
                    let hour = day + base::Span::from_hours(hour);
                    let middle = sun(hour + base::Span::from_seconds(1800), 32.45, -99.73);
                    plant.output(hour, 0.75 * middle.extraterrestrial, 30.0, 4.0).mw()
                })
                .sum()
        };
        let tracking = sum(&plant);
        plant.mounting = Mounting::Fixed { tilt_deg: 25.0 };
        let fixed = sum(&plant);
        assert!(tracking > 1.1 * fixed, "{tracking} {fixed}");
        assert_eq!(plant.output(time("2026-06-21T06:00:00"), 300.0, 20.0, 3.0), Power::ZERO);
        assert!(tracking <= 24.0 * 100.0);
    }

    #[test]
    fn erbs_is_continuous() {
        for k in [0.22, 0.80] {
            assert!((diffuse_share(k - 1e-9) - diffuse_share(k + 1e-9)).abs() < 0.005, "{k}");
        }
    }

    #[test]
    fn wind_follows_its_power_curve() {
        let plant = WindPlant::new(Power::from_mw(10.0));
        assert_eq!(plant.output(2.0), Power::ZERO);
        assert_eq!(plant.output(20.0), Power::ZERO, "storm: 27 m/s at the hub");
        assert!((plant.output(9.0).mw() - 8.5).abs() < 1e-9);
        assert!(plant.output(5.0).mw() > 1.0 && plant.output(5.0).mw() < 4.0);
    }
}
