//! A site through a year of drawn weather and prices: the laws that every hour keeps.
#![allow(clippy::unwrap_used)]

use base::{ItPower, Power, SimTime, Span};
use plant::air::Air;
use plant::balance::{EnergyBooks, Joules};
use plant::battery::{Battery, BatteryHour, plan};
use plant::cooling::{CoolingKind, CoolingPlant, Overhead};
use plant::generation::{UnitKind, Units};
use plant::site::{HourInput, SitePlant, run_hour};
use series::Quantity;
use series::normals::{GridNormals, StationNormals};

fn abilene() -> SitePlant {
    SitePlant {
        it: ItPower::from_mw(843.0),
        cooling: CoolingPlant::new(CoolingKind::ClosedLoop, 41.0),
        overhead: Overhead::default(),
        grid_limit: Power::from_mw(1000.0),
        sale_limit: Power::ZERO,
        units: vec![Units::new(UnitKind::SimpleCycle, 10, Power::from_mw(36.05))],
    }
}

fn input() -> HourInput {
    HourInput {
        air: Air { dry_bulb_c: 20.0, wet_bulb_c: 14.0 },
        firm_load: 0.6,
        flexible_load: 0.3,
        firm_value: 10_000_000_000,
        flexible_value: 90_000_000,
        grid_price: 30_000_000,
        grid_carbon: 330.0,
        sale_price: 0,
        fuel_usd_per_mmbtu: 3.0,
        renewable: Joules::ZERO,
        battery: BatteryHour { charged: Joules::ZERO, discharged: Joules::ZERO, stored: Joules::ZERO },
        ready: vec![(10, 0)],
        hours_a_start: 8.0,
    }
}

#[test]
fn a_mild_hour_is_bought_and_a_dear_one_is_burnt() {
    let plant = abilene();
    let cheap = run_hour(&plant, &HourInput { grid_price: 20_000_000, ..input() });
    assert_eq!((cheap.on[0], cheap.shed_for_power, cheap.shed_for_heat), (0, Joules::ZERO, Joules::ZERO));
    assert_eq!(cheap.books.it, Joules::from_power(Power::from_mw(843.0 * 0.9), Span::HOUR));
    let pue = cheap.books.used().0 as f64 / cheap.books.it.0 as f64;
    assert!((pue - cheap.efficiency.pue).abs() < 1e-9, "{pue}");
    let expected = (cheap.books.bought.mwh() * 20e6).round() as i64;
    assert_eq!(cheap.cost, expected);
    let dear = run_hour(&plant, &HourInput { grid_price: 2_000_000_000, ..input() });
    assert_eq!(dear.on[0], 10, "every turbine");
    assert!(dear.shed_for_power > Joules::ZERO, "training worth 90 dollars does not run at 2,000");
    let flexible = Joules::from_power(Power::from_mw(843.0 * 0.3), Span::HOUR);
    assert!((dear.shed_for_power.mwh() - flexible.mwh()).abs() < 0.06 * flexible.mwh());
}

#[test]
fn power_that_is_not_there_is_shed_and_heat_too() {
    let dark = SitePlant { grid_limit: Power::from_mw(100.0), units: Vec::new(), ..abilene() };
    let hour = run_hour(&dark, &HourInput { ready: Vec::new(), ..input() });
    assert_eq!(hour.books.bought.mwh(), 100.0);
    assert_eq!(
        hour.books.it + hour.shed_for_power,
        Joules::from_power(Power::from_mw(843.0 * 0.9), Span::HOUR)
    );
    let hot = run_hour(&abilene(), &HourInput { air: Air { dry_bulb_c: 65.0, wet_bulb_c: 28.0 }, ..input() });
    assert!(hot.shed_for_heat > Joules::ZERO);
}

/// An island with one large turbine and little to do: it runs at its least load and what nobody takes is burnt too.
#[test]
fn least_load_that_nobody_takes_costs_fuel() {
    let mut island = SitePlant { grid_limit: Power::ZERO, it: ItPower::from_mw(2.0), ..abilene() };
    island.units = vec![Units::new(UnitKind::SimpleCycle, 1, Power::from_mw(36.0))];
    let hour = run_hour(&island, &HourInput { ready: vec![(1, 1)], ..input() });
    assert_eq!(hour.on, [1]);
    let least = 36.0 * 0.4;
    assert!((hour.books.generated.mwh() + hour.spilled.mwh() - least * 0.97).abs() < 0.5);
    assert!(hour.spilled.mwh() > 10.0, "{}", hour.spilled.mwh());
    let fuel = hour.fuel[0].mwh() / (hour.books.generated.mwh() + hour.spilled.mwh());
    assert!(fuel > island.units[0].heat_rate, "part load is worse than full load");
}

/// Figures out of files can be anything: whatever comes, the books balance and nothing panics.
#[test]
fn nonsense_is_survived() {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e300, 1e300, 0.0, -0.0];
    for x in odd {
        for y in odd {
            let mut plant = abilene();
            plant.it = ItPower::from_mw(x.abs());
            plant.grid_limit = Power::from_mw(y);
            plant.cooling.range_k = x;
            plant.units[0].capacity = Power::from_mw(y.abs());
            let air = Air::from_dew_point(x, y, 95_000.0);
            let hour = HourInput {
                air,
                firm_load: x,
                flexible_load: y,
                grid_price: i64::MIN,
                firm_value: i64::MAX,
                grid_carbon: x,
                fuel_usd_per_mmbtu: y,
                hours_a_start: x,
                ..input()
            };
            assert_eq!(run_hour(&plant, &hour).books.residual(), Joules::ZERO, "{x} {y}");
        }
    }
}

#[test]
fn a_year_keeps_its_books() {
    let plant = abilene();
    let start = SimTime::parse("2027-01-01").unwrap();
    let weather = StationNormals::find("abilene").unwrap().weather(9, start, 8760);
    let price = GridNormals::find("ercot-west", Quantity::Price).unwrap().series(9, start, 8760);
    let battery = Battery::new(Power::from_mw(200.0), Span::from_hours(2), 0.85);
    let mut stored = Joules::ZERO;
    let mut year = EnergyBooks::default();
    let (mut cost, mut carbon, mut lost_in_battery, mut running) = (0i64, 0i64, 0i64, 0u32);
    for day in 0..365 {
        let prices = &price.values[day * 24..day * 24 + 24];
        let hours = plan(&battery, stored, 24, 8, 0.0, |hour, net| prices[hour] * net.mwh());
        for (hour, battery) in hours.into_iter().enumerate() {
            let i = day * 24 + hour;
            let air = Air::from_dew_point(
                weather.dry_bulb.values[i],
                weather.dew_point.values[i],
                weather.pressure.values[i],
            );
            let grid_price = (price.values[i] * 1e6) as i64;
            let result = run_hour(
                &plant,
                &HourInput { air, grid_price, battery, ready: vec![(9, running)], ..input() },
            );
            assert_eq!(result.books.residual(), Joules::ZERO);
            assert_eq!(result.books.charged, battery.charged, "the plan is carried out");
            assert!(result.books.discharged <= battery.discharged);
            running = result.on[0];
            // What went in and is not in store now was lost in the battery.
            lost_in_battery += result.books.charged.0 - battery.discharged.0 - (battery.stored.0 - stored.0);
            stored = battery.stored;
            year.add(&result.books);
            cost += result.cost;
            carbon += result.carbon_grams;
        }
    }
    assert_eq!(year.residual(), Joules::ZERO);
    assert!(lost_in_battery > 0);
    let pue = year.used().0 as f64 / year.it.0 as f64;
    println!(
        "{:.1} TWh bought, {:.2} TWh burnt, PUE {pue:.3}, {:.1} M$, {:.2} Mt CO2",
        year.bought.mwh() / 1e6,
        year.generated.mwh() / 1e6,
        cost as f64 / 1e12,
        carbon as f64 / 1e12
    );
    assert!((1.08..1.30).contains(&pue), "{pue}");
    assert!(carbon > 0 && cost > 0);
}
