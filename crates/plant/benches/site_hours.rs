//! What an hour of a site costs: `cargo bench -p plant`. Prints nanoseconds an hour and a digest of the results, so that
//! two runs can be compared.
#![allow(missing_docs)]

use base::{ItPower, Power, SimTime, Span};
use plant::air::Air;
use plant::balance::Joules;
use plant::battery::{Battery, BatteryHour, plan};
use plant::cooling::{CoolingKind, CoolingPlant, Overhead, site_efficiency};
use plant::dispatch::{Bid, Cleared, Offer, UnitGroup, clear_into, commit};
use plant::generation::{UnitKind, Units};
use plant::renewable::{SolarPlant, WindPlant};
use plant::site::{HourInput, SitePlant, run_hour};
use series::Quantity;
use series::normals::{GridNormals, StationNormals};
use std::time::Instant;

const SITES: [(&str, &str); 5] = [
    ("abilene", "ercot-west"),
    ("georgetown", "ercot"),
    ("el-paso", "ercot-west"),
    ("ann-arbor", "miso-michigan"),
    ("youngstown", "pjm-dominion"),
];

fn main() {
    let start = SimTime::parse("2026-07-01").expect("a date");
    for weeks in [1usize, 52] {
        let hours = weeks * 168;
        let clock = Instant::now();
        let drawn: Vec<_> = SITES
            .iter()
            .map(|(station, market)| {
                let weather = StationNormals::find(station).expect("built in").weather(1, start, hours);
                let price =
                    GridNormals::find(market, Quantity::Price).expect("built in").series(1, start, hours);
                (weather, price)
            })
            .collect();
        report("draw weather and price", clock, SITES.len() * hours, 0.0);

        let (plant, overhead) = (CoolingPlant::new(CoolingKind::ClosedLoop, 41.0), Overhead::default());
        let clock = Instant::now();
        let mut energy = 0.0;
        for (weather, _) in &drawn {
            for i in 0..hours {
                let air = air(weather, i);
                let site = site_efficiency(&plant, &overhead, air, 0.85);
                energy += ItPower::from_mw(843.0 * 0.85).at_meter(site.pue).mw();
            }
        }
        report("wet bulb, cooling, PUE", clock, SITES.len() * hours, energy);

        let clock = Instant::now();
        let solar = SolarPlant::new(Power::from_mw(100.0), 32.5, -99.7);
        let wind = WindPlant::new(Power::from_mw(100.0));
        let mut sun_and_wind = 0.0;
        for (weather, _) in &drawn {
            for i in 0..hours {
                let hour = start + Span::HOUR * i as i64;
                let (dry, speed) = (weather.dry_bulb.values[i], weather.wind_speed.values[i]);
                sun_and_wind += solar.output(hour, weather.irradiance.values[i], dry, speed).mw()
                    + wind.output(speed).mw();
            }
        }
        report("sun and wind", clock, SITES.len() * hours, sun_and_wind);

        let clock = Instant::now();
        let mut surplus = 0.0;
        let mut cleared = Cleared::default();
        for (_, price) in &drawn {
            for i in 0..hours {
                clear_into(&offers(price.values[i]), &BIDS, &mut cleared);
                surplus += cleared.surplus as f64;
            }
        }
        report("merit order, 4 offers, 2 bids", clock, SITES.len() * hours, surplus);

        let clock = Instant::now();
        let engines = Units::new(UnitKind::Reciprocating, 210, Power::from_mw(3.3));
        let most = Joules::from_power(engines.capacity, Span::HOUR);
        let mut running = 0;
        for (_, price) in &drawn {
            for i in 0..hours {
                let group = UnitGroup {
                    available: 200,
                    running,
                    most,
                    starting_most: most,
                    least: Joules((most.0 as f64 * engines.least) as i64),
                    price: (engines.marginal_usd_per_mwh(3.0) * 1e6) as i64,
                    running_cost: 9_000_000,
                    start_cost: 2_000_000,
                };
                running = commit(&offers(price.values[i])[..2], &[group], &BIDS).on[0];
                surplus += f64::from(running);
            }
        }
        report("commitment of 200 engines", clock, SITES.len() * hours, surplus);

        let clock = Instant::now();
        let site = SitePlant {
            it: ItPower::from_mw(843.0),
            cooling: plant.clone(),
            overhead,
            grid_limit: Power::from_mw(1000.0),
            sale_limit: Power::ZERO,
            units: vec![Units::new(UnitKind::SimpleCycle, 10, Power::from_mw(36.0))],
        };
        let mut bought = Joules::ZERO;
        for (weather, price) in &drawn {
            for i in 0..hours {
                let still =
                    BatteryHour { charged: Joules::ZERO, discharged: Joules::ZERO, stored: Joules::ZERO };
                let hour = HourInput {
                    air: air(weather, i),
                    firm_load: 0.6,
                    flexible_load: 0.25,
                    firm_value: 9_000_000_000,
                    flexible_value: 80_000_000,
                    grid_price: (price.values[i] * 1e6) as i64,
                    grid_carbon: 330.0,
                    sale_price: 0,
                    fuel_usd_per_mmbtu: 3.0,
                    renewable: Joules::ZERO,
                    battery: still,
                    ready: vec![(10, 5)],
                    hours_a_start: 8.0,
                };
                bought += run_hour(&site, &hour).books.bought;
            }
        }
        report("a whole site-hour", clock, SITES.len() * hours, bought.mwh());

        let clock = Instant::now();
        let battery = Battery::new(Power::from_mw(100.0), Span::from_hours(4), 0.85);
        let mut stored = Joules::ZERO;
        for (_, price) in &drawn {
            for day in 0..hours / 24 {
                let prices = &price.values[day * 24..day * 24 + 24];
                let hours = plan(&battery, stored, 24, 12, 0.0, |hour, net| prices[hour] * net.mwh());
                stored = hours.last().map_or(stored, |hour| hour.stored);
            }
        }
        report("battery, a day ahead on 12 levels", clock, SITES.len() * hours, stored.mwh());
    }
}

fn air(weather: &series::normals::WeatherSeries, i: usize) -> Air {
    let (dry, dew) = (weather.dry_bulb.values[i], weather.dew_point.values[i]);
    Air::from_dew_point(dry, dew, weather.pressure.values[i])
}

const fn mwh(n: i64) -> Joules {
    Joules(n * Joules::PER_MWH)
}

const BIDS: [Bid; 2] =
    [Bid { most: mwh(900), value: 9_000_000_000 }, Bid { most: mwh(200), value: 80_000_000 }];

fn offers(usd_per_mwh: f64) -> [Offer; 4] {
    [
        Offer { most: mwh(1000), price: (usd_per_mwh * 1e6) as i64 },
        Offer { most: mwh(60), price: 0 },
        Offer { most: mwh(360), price: 27_000_000 },
        Offer { most: mwh(100), price: 300_000_000 },
    ]
}

fn report(what: &str, clock: Instant, hours: usize, digest: f64) {
    let seconds = clock.elapsed().as_secs_f64();
    let each = seconds * 1e9 / hours as f64;
    println!("{what:36} {hours:7} site-hours {seconds:9.6} s {each:8.0} ns each   {:016x}", digest.to_bits());
}
