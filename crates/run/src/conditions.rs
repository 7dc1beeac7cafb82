//! Weather, price and carbon of the sites with power: read from files or drawn from normals, before the run.

use crate::rules;
use base::{Diagnostic, Diagnostics, Place, SimTime, Span, Stream};
use plant::air::{Air, SEA_LEVEL, standard_pressure};
use plant::balance::Joules;
use plant::failure::{Lifetime, units_up};
use plant::renewable::{SolarPlant, WindPlant};
use scenario::World;
use scenario::world::Site;
use scenario::world::energy::{SeriesFile, SeriesSource, SitePower};
use series::normals::{GridNormals, StationNormals, WeatherSeries};
use series::{GapRule, Quantity, ReadOptions, Reading, Series};
use std::collections::BTreeMap;
use std::path::PathBuf;
use twin::power::{Conditions, SiteConditions};

/// What comes to the sites from outside, and what the readers had to say.
pub struct Loaded {
    /// Hour by hour.
    pub conditions: Conditions,
    /// Notes and warnings; errors if the conditions are not to be used.
    pub diagnostics: Diagnostics,
}

/// Reads every file that a site with power names and draws the rest from the built-in normals.
pub fn conditions(world: &World) -> Loaded {
    let first = world.start.hour_start();
    let hours = (world.end.0 - first.0).max(0).div_euclid(Span::HOUR.0) as usize + 1;
    let mut loader = Loader { world, first, hours, files: BTreeMap::new(), diagnostics: Diagnostics::new() };
    let plans = world.energy.iter().flat_map(|energy| &energy.sites);
    let sites = plans.map(|plan| loader.site(plan)).collect();
    Loaded { conditions: Conditions { first, sites }, diagnostics: loader.diagnostics }
}

/// The files of a world's series.
pub fn files(world: &World) -> Vec<PathBuf> {
    let plans = world.energy.iter().flat_map(|energy| &energy.sites);
    let sources = plans.flat_map(|plan| [Some(&plan.weather), plan.price.as_ref(), Some(&plan.carbon)]);
    let paths = sources.flatten().filter_map(|source| match source {
        SeriesSource::File(file) => Some(file.path.clone()),
        _ => None,
    });
    paths.collect()
}

struct Loader<'a> {
    world: &'a World,
    first: SimTime,
    hours: usize,
    /// Files that were read, by path and column.
    files: BTreeMap<(PathBuf, Option<String>), Reading>,
    diagnostics: Diagnostics,
}

/// Weather as the physics needs it.
struct Weather {
    dry_bulb: Vec<f64>,
    air: Vec<Air>,
    irradiance: Vec<f64>,
    wind: Vec<f64>,
}

impl Loader<'_> {
    fn site(&mut self, plan: &SitePower) -> SiteConditions {
        let site = &self.world.sites[plan.site.index()];
        let Some(weather) = self.weather(plan, site) else { return SiteConditions::default() };
        let price = match &plan.price {
            Some(source) => self.values(source, Quantity::Price, site),
            None => Vec::new(),
        };
        let carbon = self.values(&plan.carbon, Quantity::Carbon, site);
        let units = plan.units.iter().map(|group| {
            let units = &group.units;
            let life = Lifetime::Exponential { mean: units.mean_time_between_failures() };
            let repair = Lifetime::Exponential { mean: units.repair };
            let stream = Stream::new(self.world.seed, &format!("site/{}/units/{}", site.key, group.key));
            match units.outage > 0.0 {
                true => units_up(units.count, life, repair, &stream, self.hours),
                false => Vec::new(),
            }
        });
        let units = units.collect();
        SiteConditions {
            price: price.iter().map(|usd| libm::round(usd * 1e6) as i64).collect(),
            carbon,
            solar: self.solar(plan, site, &weather),
            wind: self.wind(plan, &weather),
            air: weather.air,
            units,
        }
    }

    fn solar(&self, plan: &SitePower, site: &Site, weather: &Weather) -> Vec<Joules> {
        let Some(solar) = &plan.solar else { return Vec::new() };
        let modules = SolarPlant::new(solar.total(), site.latitude_deg, site.longitude_deg);
        let hour = |i: usize| {
            let wind = weather.wind.get(i).copied().unwrap_or(3.0);
            let time = self.first + Span::HOUR * i as i64;
            let global = weather.irradiance.get(i).copied().unwrap_or(0.0);
            Joules::from_power(modules.output(time, global, weather.dry_bulb[i], wind), Span::HOUR)
        };
        (0..self.hours).map(hour).collect()
    }

    fn wind(&self, plan: &SitePower, weather: &Weather) -> Vec<Joules> {
        let Some(wind) = &plan.wind else { return Vec::new() };
        let turbines = WindPlant::new(wind.total());
        weather.wind.iter().map(|&wind| Joules::from_power(turbines.output(wind), Span::HOUR)).collect()
    }

    /// Hours of a quantity out of a series, in the unit of the quantity.
    fn values(&mut self, source: &SeriesSource, quantity: Quantity, site: &Site) -> Vec<f64> {
        match source {
            SeriesSource::Value(value) => vec![*value],
            SeriesSource::Normals(key) => match GridNormals::find(key, quantity) {
                Some(grid) => grid.series(self.world.seed, self.first, self.hours).values,
                None => Vec::new(),
            },
            SeriesSource::File(file) => {
                let reading = self.read(file);
                let other = match quantity {
                    Quantity::Carbon => reading.of(Quantity::MarginalCarbon),
                    _ => None,
                };
                match reading.of(quantity).or(other).cloned() {
                    Some(series) => self.hours_of(&series, file, site),
                    None => {
                        self.lacks(file, quantity);
                        Vec::new()
                    }
                }
            }
        }
    }

    fn weather(&mut self, plan: &SitePower, site: &Site) -> Option<Weather> {
        let needs_wind = plan.wind.is_some() || plan.solar.is_some();
        match &plan.weather {
            SeriesSource::Value(dry) => Some(Weather {
                dry_bulb: vec![*dry; self.hours],
                air: vec![Air::from_relative_humidity(*dry, 0.5, SEA_LEVEL)],
                irradiance: Vec::new(),
                wind: Vec::new(),
            }),
            SeriesSource::Normals(key) => {
                let station = StationNormals::find(key)?;
                let WeatherSeries { dry_bulb, dew_point, pressure, wind_speed, irradiance } =
                    station.weather(self.world.seed, self.first, self.hours);
                let air = dry_bulb.values.iter().zip(&dew_point.values).zip(&pressure.values);
                let air = air.map(|((&dry, &dew), &pressure)| Air::from_dew_point(dry, dew, pressure));
                Some(Weather {
                    air: air.collect(),
                    dry_bulb: dry_bulb.values,
                    irradiance: irradiance.values,
                    wind: wind_speed.values,
                })
            }
            SeriesSource::File(file) => {
                let reading = self.read(file);
                let height = reading.station.as_ref().map_or(0.0, |station| station.elevation_m);
                let mut of = |quantity: Quantity, needed: bool| match reading.of(quantity) {
                    Some(series) => self.hours_of(series, file, site),
                    None => {
                        if needed {
                            self.lacks(file, quantity);
                        }
                        Vec::new()
                    }
                };
                let dry_bulb = of(Quantity::DryBulb, true);
                let dew_point = of(Quantity::DewPoint, false);
                let humidity = of(Quantity::RelativeHumidity, dew_point.is_empty());
                let pressure = of(Quantity::Pressure, false);
                let irradiance = of(Quantity::GlobalIrradiance, plan.solar.is_some());
                let wind = of(Quantity::WindSpeed, needs_wind);
                let standard = standard_pressure(height);
                let air = (0..dry_bulb.len()).map(|i| {
                    let pressure = pressure.get(i).copied().unwrap_or(standard);
                    match (dew_point.get(i), humidity.get(i)) {
                        (Some(&dew), _) => Air::from_dew_point(dry_bulb[i], dew, pressure),
                        (None, Some(&share)) => Air::from_relative_humidity(dry_bulb[i], share, pressure),
                        (None, None) => Air::from_relative_humidity(dry_bulb[i], 0.5, pressure),
                    }
                });
                let air: Vec<Air> = air.collect();
                (air.len() == self.hours).then_some(Weather { dry_bulb, air, irradiance, wind })
            }
        }
    }

    /// Reads a file once, however many sites name it.
    fn read(&mut self, file: &SeriesFile) -> Reading {
        let key = (file.path.clone(), file.column.clone());
        if let Some(reading) = self.files.get(&key) {
            return reading.clone();
        }
        let options = ReadOptions {
            format: file.format,
            columns: file.column.iter().cloned().collect(),
            offset: file.offset,
            gaps: match file.longest_gap {
                Span::ZERO => GapRule::Refuse,
                longest => GapRule::Fill { longest },
            },
        };
        let mut reading = series::read(&file.path, &options);
        self.diagnostics.0.append(&mut reading.diagnostics.0);
        self.files.insert(key, reading.clone());
        reading
    }

    /// The hours of the run; a dated series must have them all.
    fn hours_of(&mut self, series: &Series, file: &SeriesFile, site: &Site) -> Vec<f64> {
        let hours = (0..self.hours).map(|i| series.at(self.first + Span::HOUR * i as i64));
        if let Some(values) = hours.collect::<Option<Vec<f64>>>() {
            return values;
        }
        // The hour that begins at the end of the run is never asked for.
        let wanted = self.world.end.0 - 1;
        let last = SimTime(wanted).hour_start();
        match series.range() {
            Some((from, to)) if from <= self.first && to > last => {
                let at = |i: usize| series.at((self.first + Span::HOUR * i as i64).min(last));
                (0..self.hours).filter_map(at).collect()
            }
            Some((from, to)) => {
                let message = format!(
                    "`{}` has the hours from {from} to {to}, and the run of `{}` lasts from {} to {}",
                    file.path.display(),
                    site.key,
                    self.world.start,
                    self.world.end
                );
                let hint = "name a file that covers the run, a typical year, or `normals`";
                self.report(file, Diagnostic::error(rules::SERIES_ENDS, message).with_hint(hint));
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn lacks(&mut self, file: &SeriesFile, quantity: Quantity) {
        if self.diagnostics.has_errors() {
            // What is wrong with the file has been said.
            return;
        }
        let message = format!("`{}` has no `{}`", file.path.display(), quantity.column());
        let hint = "name the `column`, or a file that has it";
        self.report(file, Diagnostic::error(rules::SERIES_LACKS, message).with_hint(hint));
    }

    fn report(&mut self, file: &SeriesFile, diagnostic: Diagnostic) {
        let place = file.place.rsplit_once(':').and_then(|(name, line)| {
            let line: u64 = line.parse().ok()?;
            let text = std::fs::read_to_string(name).unwrap_or_default();
            let index = usize::try_from(line.checked_sub(1)?).ok()?;
            Some(Place::line(name, line, text.lines().nth(index).unwrap_or_default()))
        });
        self.diagnostics.push(match place {
            Some(place) => diagnostic.with_place(place),
            None => diagnostic,
        });
    }
}
