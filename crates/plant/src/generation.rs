//! Generation on site from fuel: simple cycle and combined cycle turbines, reciprocating engines, fuel cells, diesel.

use crate::balance::Joules;
use crate::dispatch::UnitGroup;
use base::{Power, Span};
use serde::{Deserialize, Serialize};

/// Joules in a British thermal unit (International Table).
pub const JOULES_PER_BTU: f64 = 1_055.055_852_62;

/// Grams of CO2 in the flue gas of a joule of natural gas burnt: 53.06 kg for a million Btu (US EPA, 40 CFR 98, table
/// C-1).
pub const GAS_GRAMS_PER_JOULE: f64 = 53_060.0 / (1e6 * JOULES_PER_BTU);

/// Grams of CO2 in the flue gas of a joule of distillate oil burnt: 73.96 kg for a million Btu (same table).
pub const DIESEL_GRAMS_PER_JOULE: f64 = 73_960.0 / (1e6 * JOULES_PER_BTU);

/// What burns the fuel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitKind {
    /// Gas turbine alone.
    SimpleCycle,
    /// Gas turbine with a steam cycle behind it.
    CombinedCycle,
    /// Gas engine.
    Reciprocating,
    /// Solid-oxide fuel cell on natural gas.
    FuelCell,
    /// Emergency diesel.
    Diesel,
}

/// A group of equal units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Units {
    /// What burns the fuel.
    pub kind: UnitKind,
    /// How many.
    pub count: u32,
    /// Output of one at full load, at 15 °C.
    pub capacity: Power,
    /// The least that one can give while it runs, as a share of its capacity.
    pub least: f64,
    /// Fuel of one at full load over its output (heat rate, higher heating value, joule for joule).
    pub heat_rate: f64,
    /// Fuel at no load as a share of the fuel at full load; the input-output line is straight between.
    pub no_load: f64,
    /// From the order to full load.
    pub start: Span,
    /// Fuel of a start, as a share of an hour at full load.
    pub start_fuel: f64,
    /// Output lost for each kelvin of air above 15 °C.
    pub loss_per_k: f64,
    /// Share of the time that a unit is down unplanned (forced outage rate).
    pub outage: f64,
    /// Mean time of a repair.
    pub repair: Span,
    /// Grams of CO2 for a joule of fuel.
    pub grams_per_joule: f64,
}

/// A heat rate in Btu/kWh as a plain ratio of energies.
pub fn from_btu_per_kwh(heat_rate: f64) -> f64 {
    heat_rate * JOULES_PER_BTU / 3.6e6
}

impl Units {
    /// A group of `count` units of this kind, each of `capacity`, with default figures.
    ///
    /// Heat rates at full load: US EIA, Assumptions to the Annual Energy Outlook 2023, Electricity Market Module, table 3
    /// (aeroderivative turbine 9,124, multi-shaft combined cycle 6,370, internal combustion 8,295, fuel cell 6,469
    /// Btu/kWh); diesel 10,300 (assumed, 33 %). Starting times, least loads, no-load fuel, outages: assumed, usual in the
    /// trade.
    pub fn new(kind: UnitKind, count: u32, capacity: Power) -> Units {
        // Btu/kWh, least load, no-load fuel, minutes to full load, start fuel, loss for a kelvin, outage, repair hours.
        let (btu, least, no_load, minutes, start_fuel, loss_per_k, outage, repair) = match kind {
            UnitKind::SimpleCycle => (9124.0, 0.40, 0.25, 10, 0.10, 0.006, 0.05, 48),
            UnitKind::CombinedCycle => (6370.0, 0.45, 0.18, 180, 1.00, 0.004, 0.04, 72),
            UnitKind::Reciprocating => (8295.0, 0.30, 0.12, 5, 0.03, 0.001, 0.04, 24),
            UnitKind::FuelCell => (6469.0, 0.10, 0.05, 720, 4.00, 0.001, 0.02, 48),
            UnitKind::Diesel => (10_300.0, 0.30, 0.12, 1, 0.01, 0.001, 0.01, 24),
        };
        let diesel = kind == UnitKind::Diesel;
        Units {
            kind,
            count,
            capacity,
            least,
            heat_rate: from_btu_per_kwh(btu),
            no_load,
            start: Span::from_seconds(minutes * 60),
            start_fuel,
            loss_per_k,
            outage,
            repair: Span::from_hours(repair),
            grams_per_joule: if diesel { DIESEL_GRAMS_PER_JOULE } else { GAS_GRAMS_PER_JOULE },
        }
    }

    /// What one unit can give in air of this temperature.
    pub fn capacity_at(&self, dry_bulb_c: f64) -> Power {
        self.capacity * (1.0 - self.loss_per_k * (dry_bulb_c - 15.0).max(0.0)).max(0.0)
    }

    /// Fuel power of one running unit at this output, on the straight input-output line.
    pub fn fuel(&self, output: Power) -> Power {
        let full = self.capacity * self.heat_rate;
        full * (self.no_load + (1.0 - self.no_load) * (output / self.capacity))
    }

    /// Heat rate at this output: fuel over output.
    pub fn heat_rate_at(&self, output: Power) -> f64 {
        self.fuel(output) / output
    }

    /// Extra fuel for one more joule out of a running unit.
    pub fn marginal_heat_rate(&self) -> f64 {
        self.heat_rate * (1.0 - self.no_load)
    }

    /// Mean time between the failures of one unit: repair time over outage rate, less the repair itself.
    pub fn mean_time_between_failures(&self) -> Span {
        let up = self.repair.seconds() * (1.0 - self.outage) / self.outage.max(1e-9);
        Span::from_seconds_f64(up).unwrap_or(Span::FOREVER)
    }

    /// The group as the dispatch of an hour sees it: `ready` units are not in repair and can run in this hour, `running` ran
    /// in the hour before, fuel costs so much for a million Btu. The cost of a start is spread over `hours_a_start` hours.
    ///
    /// A unit that starts is ordered at the beginning of the hour and gives full load for what is left of it. One that takes
    /// longer than an hour must be ordered in time: the caller counts it as `ready` and `running` once it is.
    pub fn group(
        &self,
        ready: u32,
        running: u32,
        dry_bulb_c: f64,
        fuel_usd_per_mmbtu: f64,
        hours_a_start: f64,
    ) -> UnitGroup {
        let units = (ready, running, self.first_hour());
        self.group_over(Span::HOUR, units, dry_bulb_c, fuel_usd_per_mmbtu, hours_a_start)
    }

    /// The same for an hour of which the run has only `span`: energies and costs shrink with it. `starting` is what a unit
    /// that starts gives in it, as a share of its capacity.
    pub fn group_over(
        &self,
        span: Span,
        (ready, running, starting): (u32, u32, f64),
        dry_bulb_c: f64,
        fuel_usd_per_mmbtu: f64,
        hours_a_start: f64,
    ) -> UnitGroup {
        let capacity = self.capacity_at(dry_bulb_c);
        let full_fuel_mwh = (self.capacity * self.heat_rate).mw();
        let micro_usd = usd_per_mwh_of_fuel(fuel_usd_per_mmbtu) * 1e6 * full_fuel_mwh;
        UnitGroup {
            available: ready.min(self.count),
            running: running.min(ready).min(self.count),
            most: Joules::from_power(capacity, span),
            starting_most: Joules::from_power(capacity * starting, span),
            least: Joules::from_power(capacity * self.least, span),
            price: libm::round(self.marginal_usd_per_mwh(fuel_usd_per_mmbtu) * 1e6) as i64,
            running_cost: libm::round(micro_usd * self.no_load * span.hours()) as i64,
            start_cost: libm::round(micro_usd * self.start_fuel / hours_a_start.max(1.0)) as i64,
        }
    }

    /// What a unit that starts gives in its first hour, as a share of its capacity.
    pub fn first_hour(&self) -> f64 {
        (1.0 - self.start.hours()).clamp(0.0, 1.0)
    }

    /// Fuel energy of an hour in which `on` units ran, `started` of them newly, and gave `output` together.
    pub fn fuel_of_hour(&self, on: u32, started: u32, output: Joules) -> Joules {
        self.fuel_over(Span::HOUR, (on, started), output)
    }

    /// The same for a span of an hour.
    pub fn fuel_over(&self, span: Span, (on, started): (u32, u32), output: Joules) -> Joules {
        let full = self.capacity.watts() * self.heat_rate;
        let running = full * span.seconds() * self.no_load * f64::from(on);
        let starts = full * 3600.0 * self.start_fuel * f64::from(started);
        Joules(libm::round(running + starts + output.0 as f64 * self.marginal_heat_rate()) as i64)
    }

    /// Price of fuel in US dollars for a million Btu as dollars for a megawatt-hour out of a running unit, at the margin.
    pub fn marginal_usd_per_mwh(&self, fuel_usd_per_mmbtu: f64) -> f64 {
        usd_per_mwh_of_fuel(fuel_usd_per_mmbtu) * self.marginal_heat_rate()
    }
}

/// A fuel price in dollars for a million Btu as dollars for a megawatt-hour of fuel.
pub fn usd_per_mwh_of_fuel(usd_per_mmbtu: f64) -> f64 {
    usd_per_mmbtu * 3.6e9 / (1e6 * JOULES_PER_BTU)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_load_has_the_published_heat_rate_and_part_load_is_worse() {
        for (kind, btu) in [
            (UnitKind::SimpleCycle, 9124.0),
            (UnitKind::CombinedCycle, 6370.0),
            (UnitKind::Reciprocating, 8295.0),
            (UnitKind::FuelCell, 6469.0),
        ] {
            let unit = Units::new(kind, 1, Power::from_mw(30.0));
            let full = unit.heat_rate_at(Power::from_mw(30.0));
            assert!((full - from_btu_per_kwh(btu)).abs() < 1e-12);
            let half = unit.heat_rate_at(Power::from_mw(15.0));
            assert!(half > full && half < 1.35 * full, "{kind:?}");
        }
    }

    /// A kilowatt-hour from a simple cycle at 9,124 Btu/kWh carries 484 g of CO2: 53.06 kg times 0.009124.
    #[test]
    fn carbon_is_that_of_the_fuel() {
        let unit = Units::new(UnitKind::SimpleCycle, 1, Power::from_mw(30.0));
        let grams = unit.heat_rate * 3.6e6 * unit.grams_per_joule;
        assert!((grams - 484.12).abs() < 0.01, "{grams}");
    }

    /// All costs of an hour at full load come to the heat rate times the price of fuel.
    #[test]
    fn a_group_costs_what_its_fuel_costs() {
        let unit = Units::new(UnitKind::SimpleCycle, 10, Power::from_mw(36.0));
        let group = unit.group(10, 10, 15.0, 3.0, 8.0);
        let hourly = group.price as f64 * 36.0 + group.running_cost as f64;
        assert!((hourly / 1e6 - 36.0 * 9.124 * 3.0).abs() < 1e-4, "{hourly}");
        let fuel = unit.fuel_of_hour(10, 0, Joules(group.most.0 * 10));
        assert!((fuel.mwh() / 360.0 - unit.heat_rate).abs() < 1e-9);
        assert_eq!(group.starting_most, Joules(group.most.0 / 6 * 5), "ten minutes to start");
        assert!(unit.group(10, 0, 35.0, 3.0, 8.0).most < group.most, "hot air");
        let slow = Units::new(UnitKind::CombinedCycle, 1, Power::from_mw(300.0)).group(1, 0, 15.0, 3.0, 8.0);
        assert_eq!(slow.starting_most, Joules::ZERO, "three hours to start");
    }

    #[test]
    fn availability_is_up_time_over_all_time() {
        let unit = Units::new(UnitKind::Reciprocating, 210, Power::from_mw(3.3));
        let (up, down) = (unit.mean_time_between_failures().seconds(), unit.repair.seconds());
        assert!((down / (up + down) - unit.outage).abs() < 1e-9);
    }

    #[test]
    fn three_dollar_gas_costs_a_combined_cycle_about_nineteen_dollars() {
        let unit = Units::new(UnitKind::CombinedCycle, 1, Power::from_mw(300.0));
        let full = usd_per_mwh_of_fuel(3.0) * unit.heat_rate;
        assert!((full - 3.0 * 6.370).abs() < 1e-9, "{full}");
        assert!(unit.marginal_usd_per_mwh(3.0) < full);
    }
}
