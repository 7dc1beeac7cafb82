//! Moist air, by the equations of the ASHRAE Handbook - Fundamentals 2017 (SI), chapter 1.

use serde::{Deserialize, Serialize};

/// Pressure of the standard atmosphere at sea level, Pa.
pub const SEA_LEVEL: f64 = 101_325.0;

/// Ratio of the molar masses of water and dry air.
const MASS_RATIO: f64 = 0.621_945;

/// Zero degrees Celsius in kelvin.
const KELVIN: f64 = 273.15;

/// The coldest and hottest air that the equations are used for, °C.
const RANGE: (f64, f64) = (-100.0, 100.0);

/// The state of outdoor air that a plant works with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Air {
    /// Dry bulb, °C.
    pub dry_bulb_c: f64,
    /// Thermodynamic wet bulb, °C.
    pub wet_bulb_c: f64,
}

impl Air {
    /// From dry bulb (°C), relative humidity (share) and pressure (Pa).
    pub fn from_relative_humidity(dry_bulb_c: f64, relative_humidity: f64, pressure: f64) -> Air {
        let vapour = saturation_pressure(dry_bulb_c) * relative_humidity.clamp(0.0, 1.0);
        Air::from_vapour(dry_bulb_c, vapour, pressure)
    }

    /// From dry bulb (°C), dew point (°C) and pressure (Pa). A dew point above the dry bulb is taken as saturated air.
    pub fn from_dew_point(dry_bulb_c: f64, dew_point_c: f64, pressure: f64) -> Air {
        Air::from_vapour(dry_bulb_c, saturation_pressure(dew_point_c.min(dry_bulb_c)), pressure)
    }

    fn from_vapour(dry_bulb_c: f64, vapour: f64, pressure: f64) -> Air {
        Air { dry_bulb_c, wet_bulb_c: wet_bulb(dry_bulb_c, humidity_ratio(vapour, pressure), pressure) }
    }
}

/// Saturation pressure of water vapour in Pa over ice (below 0 °C) or liquid water; equations 5 and 6 (Hyland and Wexler
/// 1983).
pub fn saturation_pressure(celsius: f64) -> f64 {
    let t = celsius.clamp(RANGE.0, 200.0) + KELVIN;
    let polynomial = if celsius < 0.0 {
        let tail = 0.20747825e-8 + t * -0.9484024e-12;
        -5.6745359e3 / t
            + 6.3925247
            + t * (-9.677843e-3 + t * (0.62215701e-6 + t * tail))
            + 4.1635019 * libm::log(t)
    } else {
        let tail = 4.1764768e-5 + t * -1.4452093e-8;
        -5.8002206e3 / t + 1.3914993 + t * (-4.8640239e-2 + t * tail) + 6.5459673 * libm::log(t)
    };
    libm::exp(polynomial)
}

/// Derivative of `saturation_pressure` by temperature over the pressure itself, 1/K.
fn saturation_slope(celsius: f64) -> f64 {
    let t = celsius.clamp(RANGE.0, 200.0) + KELVIN;
    if celsius < 0.0 {
        let tail = 3.0 * 0.20747825e-8 + t * 4.0 * -0.9484024e-12;
        5.6745359e3 / (t * t) - 9.677843e-3 + t * (2.0 * 0.62215701e-6 + t * tail) + 4.1635019 / t
    } else {
        5.8002206e3 / (t * t) - 4.8640239e-2
            + t * (2.0 * 4.1764768e-5 + t * 3.0 * -1.4452093e-8)
            + 6.5459673 / t
    }
}

/// Humidity ratio (kg of water in a kg of dry air) from vapour pressure and pressure, Pa; equation 20.
pub fn humidity_ratio(vapour: f64, pressure: f64) -> f64 {
    MASS_RATIO * vapour / (pressure - vapour).max(0.01 * pressure)
}

/// Pressure (Pa) of the standard atmosphere at a height in metres; equation 3.
pub fn standard_pressure(elevation_m: f64) -> f64 {
    SEA_LEVEL * libm::pow((1.0 - 2.25577e-5 * elevation_m).max(0.01), 5.2559)
}

/// The humidity ratio that air of this dry and wet bulb has; equations 33 and 35.
pub fn humidity_ratio_at_wet_bulb(dry_bulb_c: f64, wet_bulb_c: f64, pressure: f64) -> f64 {
    let saturated = humidity_ratio(saturation_pressure(wet_bulb_c), pressure);
    let (above, below) = psychrometer(dry_bulb_c, wet_bulb_c, saturated);
    (above / below).max(0.0)
}

/// Numerator and denominator of equations 33 (wet bulb above 0 °C) and 35 (below: ice on the wick).
fn psychrometer(dry: f64, wet: f64, saturated: f64) -> (f64, f64) {
    if wet >= 0.0 {
        ((2501.0 - 2.326 * wet) * saturated - 1.006 * (dry - wet), 2501.0 + 1.86 * dry - 4.186 * wet)
    } else {
        ((2830.0 - 0.24 * wet) * saturated - 1.006 * (dry - wet), 2830.0 + 1.86 * dry - 2.1 * wet)
    }
}

/// Thermodynamic wet bulb in °C from dry bulb (°C), humidity ratio and pressure (Pa).
///
/// Newton's method on the energy balance of the psychrometer, inside a bracket; good to 1e-5 K. Just below freezing the
/// equations for a wet and an icy wick both have a root: the wet one is taken wherever it lies at or above 0 °C.
pub fn wet_bulb(dry_bulb_c: f64, humidity_ratio_of_air: f64, pressure: f64) -> f64 {
    let dry = dry_bulb_c.clamp(RANGE.0, RANGE.1);
    let ratio = humidity_ratio_of_air;
    let (at_zero, per_ratio) = psychrometer(dry, 0.0, humidity_ratio(AT_ZERO, pressure));
    let liquid = dry >= 0.0 && at_zero - ratio * per_ratio <= 0.0;
    let (mut low, mut high) = if liquid { (0.0, dry) } else { (RANGE.0, dry.min(-1e-9)) };
    let mut wet = dry - 0.35 * (dry + 40.0).max(0.0) * drought(dry, ratio, pressure);
    for _ in 0..80 {
        wet = if wet >= low && wet <= high { wet } else { (low + high) / 2.0 };
        let vapour = saturation_pressure(wet);
        let saturated = humidity_ratio(vapour, pressure);
        let (above, below) = psychrometer(dry, wet, saturated);
        let residual = above - ratio * below;
        if residual < 0.0 {
            low = wet
        } else {
            high = wet
        }
        let (latent, cooling, share) =
            if liquid { (2501.0 - 2.326 * wet, 2.326, 4.186) } else { (2830.0 - 0.24 * wet, 0.24, 2.1) };
        let rise = saturated * saturation_slope(wet) * pressure / (pressure - vapour).max(0.01 * pressure);
        let step = residual / (latent * rise - cooling * saturated + 1.006 + ratio * share);
        wet -= step;
        // Newton doubles the digits: after a step this small the rest is far below 1e-5 K.
        if step.abs() < 2e-3 || high - low < 1e-6 {
            break;
        }
    }
    wet.clamp(low, high)
}

/// Saturation pressure at 0 °C by equation 6, Pa.
const AT_ZERO: f64 = 611.212_9;

/// How far the air is from saturation, 0 to 1: a first guess for `wet_bulb`.
fn drought(dry: f64, humidity_ratio_of_air: f64, pressure: f64) -> f64 {
    let most = humidity_ratio(saturation_pressure(dry), pressure);
    (1.0 - humidity_ratio_of_air / most.max(1e-12)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table 3 of the same chapter: temperature in °C, saturation pressure in Pa. The Handbook gives the formula as good
    /// to 300 parts in a million.
    const TABLE_3: [(f64, f64); 7] = [
        (-20.0, 103.24),
        (-5.0, 401.74),
        (5.0, 872.6),
        (25.0, 3169.7),
        (50.0, 12_351.3),
        (100.0, 101_418.0),
        (150.0, 476_101.4),
    ];

    #[test]
    fn saturation_pressure_is_that_of_table_3() {
        for (celsius, published) in TABLE_3 {
            let error = saturation_pressure(celsius) / published - 1.0;
            println!(
                "{celsius} °C: {:.2} Pa, published {published}, error {:.0e}",
                saturation_pressure(celsius),
                error
            );
            assert!(error.abs() < 3e-4, "{celsius} °C: {error}");
        }
    }

    #[test]
    fn the_constant_is_the_function() {
        assert!((saturation_pressure(0.0) / AT_ZERO - 1.0).abs() < 1e-6, "{}", saturation_pressure(0.0));
    }

    #[test]
    fn standard_atmosphere_is_that_of_table_1() {
        for (elevation, published) in
            [(-500.0, 107_478.0), (0.0, 101_325.0), (500.0, 95_461.0), (1000.0, 89_875.0), (4000.0, 61_640.0)]
        {
            assert!((standard_pressure(elevation) - published).abs() < 1.0, "{elevation} m");
        }
    }

    #[test]
    fn example_1_of_the_handbook_comes_out() {
        // Dry bulb 40 °C, wet bulb 20 °C, sea level: humidity ratio 0.0065, relative humidity 14 %.
        let ratio = humidity_ratio_at_wet_bulb(40.0, 20.0, SEA_LEVEL);
        assert!((ratio - 0.0065).abs() < 0.0001, "{ratio}");
        let air = Air::from_relative_humidity(40.0, 0.14, SEA_LEVEL);
        assert!((air.wet_bulb_c - 20.0).abs() < 0.25, "{air:?}");
        assert!((wet_bulb(40.0, ratio, SEA_LEVEL) - 20.0).abs() < 1e-3);
    }

    /// Relative humidity in percent that air of this dry bulb and wet-bulb depression has.
    fn humidity_percent(dry: f64, depression: f64, pressure: f64) -> f64 {
        let ratio = humidity_ratio_at_wet_bulb(dry, dry - depression, pressure);
        let vapour = ratio * pressure / (MASS_RATIO + ratio);
        100.0 * vapour / saturation_pressure(dry)
    }

    /// A printed psychrometric table in Fahrenheit (course text "Atmospheric Humidity", scribd 26804585; sea level):
    /// dry bulbs across, relative humidity in percent at depressions of 1 to 10 degrees down.
    const PRINTED_DRY: [f64; 8] = [60.0, 64.0, 68.0, 72.0, 76.0, 80.0, 84.0, 88.0];
    const PRINTED: [[f64; 8]; 10] = [
        [94.0, 95.0, 95.0, 95.0, 96.0, 96.0, 96.0, 96.0],
        [90.0, 90.0, 90.0, 91.0, 91.0, 92.0, 92.0, 92.0],
        [84.0, 85.0, 85.0, 86.0, 87.0, 88.0, 88.0, 89.0],
        [78.0, 80.0, 81.0, 82.0, 83.0, 84.0, 84.0, 85.0],
        [73.0, 75.0, 76.0, 78.0, 79.0, 80.0, 80.0, 81.0],
        [68.0, 70.0, 72.0, 73.0, 75.0, 76.0, 77.0, 78.0],
        [63.0, 66.0, 67.0, 69.0, 71.0, 72.0, 73.0, 74.0],
        [58.0, 61.0, 63.0, 65.0, 67.0, 68.0, 70.0, 71.0],
        [54.0, 57.0, 59.0, 61.0, 63.0, 65.0, 66.0, 68.0],
        [49.0, 52.0, 55.0, 57.0, 59.0, 61.0, 63.0, 64.0],
    ];

    /// US Weather Bureau, Bulletin 1071 (condensed by NovaLynx), 74.27 cm of mercury: depressions of 0.2 to 2.0 K.
    const PRINTED_COLD: [(f64, [f64; 10]); 3] = [
        (-10.0, [93.0, 87.0, 80.0, 74.0, 67.0, 61.0, 54.0, 48.0, 41.0, 35.0]),
        (-5.0, [95.0, 90.0, 86.0, 81.0, 76.0, 71.0, 66.0, 62.0, 57.0, 52.0]),
        (-1.0, [96.0, 92.0, 88.0, 84.0, 81.0, 77.0, 73.0, 69.0, 66.0, 62.0]),
    ];

    #[test]
    fn humidity_is_that_of_printed_psychrometric_tables() {
        let (mut most, mut sum, mut wet_most): (f64, f64, f64) = (0.0, 0.0, 0.0);
        for (i, row) in PRINTED.into_iter().enumerate() {
            for (fahrenheit, printed) in PRINTED_DRY.into_iter().zip(row) {
                let (dry, depression) = ((fahrenheit - 32.0) / 1.8, (i as f64 + 1.0) / 1.8);
                let error = humidity_percent(dry, depression, SEA_LEVEL) - printed;
                let air = Air::from_relative_humidity(dry, printed / 100.0, SEA_LEVEL);
                wet_most = wet_most.max((air.wet_bulb_c - (dry - depression)).abs());
                most = most.max(error.abs());
                sum += error.abs();
                assert!(error.abs() < 1.3, "{fahrenheit} °F, depression {}: off by {error:.2}", i + 1);
            }
        }
        println!("60 to 88 °F, 80 values: humidity off by {:.2} points (mean), {most:.2} (most)", sum / 80.0);
        println!("wet bulb from the printed humidity off by {wet_most:.2} K at most");
        assert!(wet_most < 0.2);
        // Below freezing the old table and the Handbook differ by up to five points of humidity: what counts here is the
        // wet bulb.
        let mut most: f64 = 0.0;
        for (dry, row) in PRINTED_COLD {
            for (i, printed) in row.into_iter().enumerate() {
                let air = Air::from_relative_humidity(dry, printed / 100.0, 99_019.0);
                most = most.max((air.wet_bulb_c - (dry - (i as f64 + 1.0) * 0.2)).abs());
            }
        }
        println!("-10 to -1 °C, 30 values: wet bulb from the printed humidity off by {most:.2} K at most");
        assert!(most < 0.25, "{most}");
    }

    #[test]
    fn the_derivative_is_the_derivative() {
        for t in [-60.0, -10.0, -0.5, 0.5, 10.0, 45.0, 90.0] {
            let h = 1e-4;
            let numeric = (saturation_pressure(t + h) - saturation_pressure(t - h)) / (2.0 * h);
            let slope = saturation_slope(t) * saturation_pressure(t);
            assert!((numeric / slope - 1.0).abs() < 1e-6, "{t}: {numeric} and {slope}");
        }
    }

    #[test]
    fn wet_bulb_inverts_the_equation_everywhere_a_plant_stands() {
        let mut worst: f64 = 0.0;
        for pressure in [70_000.0, 85_000.0, 95_000.0, 103_000.0] {
            for dry in -40..=55 {
                for humidity in 0..=50 {
                    let dry = f64::from(dry);
                    let vapour = saturation_pressure(dry) * f64::from(humidity) / 50.0;
                    let ratio = humidity_ratio(vapour, pressure);
                    let wet = wet_bulb(dry, ratio, pressure);
                    // Bisection, slow and obvious, on the branch that the documentation names.
                    let residual = |t: f64| {
                        let saturated = humidity_ratio(saturation_pressure(t), pressure);
                        let (above, below) = psychrometer(dry, t, saturated);
                        above - ratio * below
                    };
                    let liquid = dry >= 0.0 && residual(0.0) <= 0.0;
                    let (mut low, mut high) = if liquid { (0.0, dry) } else { (-100.0, dry.min(-1e-9)) };
                    while high - low > 1e-9 {
                        let middle = (low + high) / 2.0;
                        if residual(middle) < 0.0 { low = middle } else { high = middle }
                    }
                    worst = worst.max((wet - high).abs());
                    assert!((wet - high).abs() < 1e-5, "{dry} {humidity} {pressure}: {wet} and {high}");
                    assert!(wet <= dry + 1e-9);
                }
            }
        }
        println!("largest difference from bisection: {worst:.1e} K");
    }
}
