//! What a series measures, in which unit, and between which bounds a value can be true.

use serde::{Deserialize, Serialize};

/// What a series measures. The unit belongs to the quantity: a series never carries another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Dry-bulb air temperature, °C.
    DryBulb,
    /// Dew point, °C.
    DewPoint,
    /// Relative humidity, a share 0..1.
    RelativeHumidity,
    /// Station pressure, Pa.
    Pressure,
    /// Wind speed at the station's height (10 m unless the file says otherwise), m/s.
    WindSpeed,
    /// Global horizontal irradiance, W/m², mean of the hour.
    GlobalIrradiance,
    /// Direct normal irradiance, W/m², mean of the hour.
    DirectIrradiance,
    /// Diffuse horizontal irradiance, W/m², mean of the hour.
    DiffuseIrradiance,
    /// Wholesale price of electricity, US dollars per MWh.
    Price,
    /// Average carbon intensity of the grid, g CO2-equivalent per kWh.
    Carbon,
    /// Carbon that one more kWh causes (marginal), g CO2 per kWh.
    MarginalCarbon,
}

impl Quantity {
    /// Every quantity.
    pub const ALL: [Quantity; 11] = [
        Quantity::DryBulb,
        Quantity::DewPoint,
        Quantity::RelativeHumidity,
        Quantity::Pressure,
        Quantity::WindSpeed,
        Quantity::GlobalIrradiance,
        Quantity::DirectIrradiance,
        Quantity::DiffuseIrradiance,
        Quantity::Price,
        Quantity::Carbon,
        Quantity::MarginalCarbon,
    ];

    /// Its column name in our own CSV form, unit last: `dry_bulb_c`.
    pub fn column(self) -> &'static str {
        match self {
            Quantity::DryBulb => "dry_bulb_c",
            Quantity::DewPoint => "dew_point_c",
            Quantity::RelativeHumidity => "relative_humidity",
            Quantity::Pressure => "pressure_pa",
            Quantity::WindSpeed => "wind_speed_m_per_s",
            Quantity::GlobalIrradiance => "global_irradiance_w_per_m2",
            Quantity::DirectIrradiance => "direct_irradiance_w_per_m2",
            Quantity::DiffuseIrradiance => "diffuse_irradiance_w_per_m2",
            Quantity::Price => "price_usd_per_mwh",
            Quantity::Carbon => "carbon_g_per_kwh",
            Quantity::MarginalCarbon => "marginal_carbon_g_per_kwh",
        }
    }

    /// Its unit as people write it.
    pub fn unit(self) -> &'static str {
        match self {
            Quantity::DryBulb | Quantity::DewPoint => "°C",
            Quantity::RelativeHumidity => "share 0..1",
            Quantity::Pressure => "Pa",
            Quantity::WindSpeed => "m/s",
            Quantity::GlobalIrradiance | Quantity::DirectIrradiance | Quantity::DiffuseIrradiance => "W/m²",
            Quantity::Price => "USD/MWh",
            Quantity::Carbon | Quantity::MarginalCarbon => "g/kWh",
        }
    }

    /// The bounds outside of which a value is a mistake of the file. Temperatures and pressure: a little outside of the
    /// records of the World Meteorological Organization; prices: outside of every cap and floor of the US markets.
    pub fn bounds(self) -> (f64, f64) {
        match self {
            Quantity::DryBulb => (-90.0, 60.0),
            Quantity::DewPoint => (-100.0, 40.0),
            Quantity::RelativeHumidity => (0.0, 1.05),
            Quantity::Pressure => (50_000.0, 110_000.0),
            Quantity::WindSpeed => (0.0, 115.0),
            Quantity::GlobalIrradiance | Quantity::DirectIrradiance | Quantity::DiffuseIrradiance => {
                (0.0, 1500.0)
            }
            Quantity::Price => (-5_000.0, 20_000.0),
            Quantity::Carbon => (0.0, 3_000.0),
            Quantity::MarginalCarbon => (-10_000.0, 10_000.0),
        }
    }

    /// The quantity with this column name.
    pub fn parse(name: &str) -> Option<Quantity> {
        Quantity::ALL.into_iter().find(|quantity| quantity.column() == name)
    }
}
