//! Cooling plants: from the heat of the hall and the air outside to electricity, water, and what cannot be rejected.
//!
//! A plant carries heat from the chips by a facility water loop with a supply and a return temperature to the air
//! outside. Free cooling takes what the outdoor air can take; chillers take the rest. A chiller works at a fixed share of
//! the Carnot efficiency between the temperatures of its two ends (its "second-law efficiency"), which gives the right
//! trend with the weather from one rated point.

use crate::air::Air;
use serde::{Deserialize, Serialize};

/// Latent heat of water at 30 °C, kJ/kg.
const LATENT_KJ_PER_KG: f64 = 2430.0;

const KELVIN: f64 = 273.15;

/// How heat leaves the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoolingKind {
    /// Air-cooled chillers, always on.
    AirCooledChiller,
    /// Water-cooled chillers with open cooling towers, and free cooling by the towers.
    WaterCooledChiller,
    /// Dry coolers alone: warm water, no compressor, no water.
    DryCooler,
    /// Open towers or adiabatic coolers alone: no compressor, water.
    Evaporative,
    /// A closed loop with dry free-cooling coils in front of air-cooled chillers: no water is evaporated.
    ClosedLoop,
}

/// A plant and its size. Powers are shares: watts of electricity for a watt of heat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoolingPlant {
    /// How heat leaves the site.
    pub kind: CoolingKind,
    /// Water that the loop supplies to the hall, °C.
    pub supply_c: f64,
    /// How much warmer it comes back, K, at full load.
    pub range_k: f64,
    /// Between outdoor air (dry or wet bulb) and the water that coolers or towers make, K.
    pub approach_k: f64,
    /// Between the outdoor side of a chiller (air, or tower water) and its condensing refrigerant, K.
    pub condenser_k: f64,
    /// Between the supplied water and the evaporating refrigerant, K.
    pub evaporator_k: f64,
    /// Share of the Carnot efficiency that a chiller reaches, its own fans and pumps included.
    pub carnot_share: f64,
    /// The lowest condensing temperature that a chiller lets happen, °C.
    pub condenser_floor_c: f64,
    /// Pumps and cooling distribution units, at full load.
    pub pumps: f64,
    /// Fans in the hall: for the heat that the liquid does not catch, at full load.
    pub hall_fans: f64,
    /// Fans of dry coolers or towers, at full load.
    pub outdoor_fans: f64,
    /// Cycles of concentration of an open tower: evaporation over blow-down is this less one.
    pub cycles: f64,
    /// Dry bulb (or wet bulb where the heat leaves by evaporation) for which the plant was sized, °C.
    pub design_c: f64,
    /// Heat that it can reject at the design temperature, as a share of the heat at full IT load.
    pub size: f64,
    /// Loss of chiller capacity for each kelvin above the design temperature.
    pub loss_per_k: f64,
}

/// What a plant does in an hour, for a watt of heat rejected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoolingHour {
    /// Watts of electricity for a watt of heat.
    pub power_share: f64,
    /// Litres of water taken from the main for a kilowatt-hour of heat.
    pub litres_per_kwh: f64,
    /// Heat that can be rejected, as a share of the heat at full IT load; below 1 the site must shed.
    pub capacity: f64,
    /// The share of the heat that needed no compressor.
    pub free_share: f64,
}

impl CoolingPlant {
    /// A plant of this kind with the default figures, sized with 10 % to spare for `design_c` (dry bulb; wet bulb for
    /// `WaterCooledChiller` and `Evaporative`).
    ///
    /// Chillers: ASHRAE 90.1-2010 minimum for air-cooled units (9.562 Btu/Wh at 35 °C, 6.7 °C water) and the
    /// water-cooled centrifugal of 5.50 COP of the DOE-2 library. Approaches, pumps and fans: assumed, usual in the
    /// trade.
    pub fn new(kind: CoolingKind, design_c: f64) -> CoolingPlant {
        let (supply_c, range_k, approach_k, condenser_k, carnot_share, outdoor_fans, loss_per_k) = match kind
        {
            CoolingKind::AirCooledChiller => (20.0, 10.0, 0.0, 15.0, AIR_COOLED_SHARE, 0.0, 0.009),
            CoolingKind::WaterCooledChiller => (20.0, 10.0, 4.0, 7.0, WATER_COOLED_SHARE, 0.012, 0.006),
            CoolingKind::DryCooler => (40.0, 10.0, 6.0, 0.0, 0.0, 0.02, 0.0),
            CoolingKind::Evaporative => (26.0, 10.0, 4.0, 0.0, 0.0, 0.015, 0.0),
            CoolingKind::ClosedLoop => (26.0, 10.0, 7.0, 15.0, AIR_COOLED_SHARE, 0.012, 0.009),
        };
        CoolingPlant {
            kind,
            supply_c,
            range_k,
            approach_k,
            condenser_k,
            evaporator_k: 2.0,
            carnot_share,
            condenser_floor_c: if kind == CoolingKind::WaterCooledChiller { 22.0 } else { 30.0 },
            pumps: 0.015,
            hall_fans: 0.01,
            outdoor_fans,
            cycles: 4.0,
            design_c,
            size: 1.1,
            loss_per_k,
        }
    }

    /// What the plant does in this air while it rejects `load` (share of the heat at full IT load, 0 to 1 and a little
    /// above).
    pub fn hour(&self, air: Air, load: f64) -> CoolingHour {
        let load = load.clamp(0.02, 1.5);
        let fans_load = load.min(1.0);
        // Pumps and fans with speed control: by the affinity laws power falls with the cube of the flow; a fifth of it
        // is kept as a floor (controls, valves, minimum speed).
        let movers = (self.pumps + self.hall_fans) * (0.2 + 0.8 * fans_load * fans_load * fans_load) / load;
        let outdoor = self.outdoor_fans * (0.2 + 0.8 * fans_load * fans_load * fans_load) / load;
        let sink_c = match self.kind {
            CoolingKind::WaterCooledChiller | CoolingKind::Evaporative => air.wet_bulb_c,
            _ => air.dry_bulb_c,
        };
        let free_share = self.free_share(sink_c, load);
        let compressor = (1.0 - free_share) * self.compressor(sink_c, load);
        let free_fans = match self.kind {
            CoolingKind::AirCooledChiller => 0.0,
            CoolingKind::ClosedLoop if free_share == 0.0 => 0.0,
            _ => outdoor,
        };
        let power_share = movers + free_fans + compressor;
        let litres_per_kwh = match self.kind {
            CoolingKind::WaterCooledChiller | CoolingKind::Evaporative => self.water(air, 1.0 + compressor),
            _ => 0.0,
        };
        CoolingHour { power_share, litres_per_kwh, capacity: self.capacity(sink_c), free_share }
    }

    /// The share of the heat that coils or towers take before any compressor. The return water is `range * load` above
    /// the supply; outdoor air cools it to `sink + approach` at best, with an approach that shrinks with the load.
    fn free_share(&self, sink_c: f64, load: f64) -> f64 {
        match self.kind {
            CoolingKind::AirCooledChiller => 0.0,
            CoolingKind::DryCooler | CoolingKind::Evaporative => 1.0,
            CoolingKind::WaterCooledChiller | CoolingKind::ClosedLoop => {
                let range = self.range_k * load.min(1.0);
                let reached = sink_c + self.approach_k * load.min(1.0);
                ((self.supply_c + range - reached) / range).clamp(0.0, 1.0)
            }
        }
    }

    /// Electricity of the chillers for a watt of heat.
    fn compressor(&self, sink_c: f64, load: f64) -> f64 {
        if self.carnot_share <= 0.0 {
            return 0.0;
        }
        let sink =
            if self.kind == CoolingKind::WaterCooledChiller { sink_c + self.approach_k } else { sink_c };
        chiller_power(self, sink, load)
    }

    /// Litres for a kilowatt-hour of heat at the tower: all of it leaves by evaporation but for the share that warms the
    /// air when that is colder than the water; blow-down keeps the salts at `cycles`.
    fn water(&self, air: Air, tower_heat: f64) -> f64 {
        let water_c = (air.wet_bulb_c + self.approach_k + self.range_k / 2.0).max(10.0);
        let sensible = (0.018 * (water_c - air.dry_bulb_c)).clamp(-0.1, 0.5);
        let evaporated = tower_heat * (1.0 - sensible) * 3600.0 / LATENT_KJ_PER_KG;
        evaporated * self.cycles / (self.cycles - 1.0).max(0.5)
    }

    /// Heat that can be rejected as a share of the heat at full IT load.
    fn capacity(&self, sink_c: f64) -> f64 {
        match self.kind {
            CoolingKind::DryCooler | CoolingKind::Evaporative => {
                // A heat exchanger's duty falls with the difference between hot water and air.
                let reach = |sink: f64| (self.supply_c + self.range_k / 2.0 - sink).max(0.0);
                let design = reach(self.design_c).max(1.0);
                (self.size * reach(sink_c) / design).min(self.size * 1.5)
            }
            _ => self.size * (1.0 - self.loss_per_k * (sink_c - self.design_c).max(0.0)).max(0.0),
        }
    }
}

/// Share of Carnot of an air-cooled chiller: 9.562 Btu/Wh (COP 2.802) at 35 °C air and 6.67 °C water, which is the
/// minimum of ASHRAE 90.1-2010, with the part-load factor at full load.
const AIR_COOLED_SHARE: f64 = 2.802 * (35.0 + 15.0 - (6.67 - 2.0)) / (6.67 - 2.0 + KELVIN);

/// Share of Carnot of a water-cooled centrifugal chiller: COP 5.50 at 29.4 °C condenser water and 6.67 °C water (DOE-2
/// library, "Centrifugal 5.50 COP").
const WATER_COOLED_SHARE: f64 = 5.50 * (29.4 + 7.0 - (6.67 - 2.0)) / (6.67 - 2.0 + KELVIN);

/// Power at part load over power at full load of one chiller: 0.2229, 0.3134, 0.4637 are the coefficients of the DOE-2
/// library for the same machine.
pub fn part_load_power(part_load: f64) -> f64 {
    0.222_903 + part_load * (0.313_387 + part_load * 0.463_710)
}

/// The part load at which the machines of a plant are kept by switching some of them off.
const STAGED_PART_LOAD: f64 = 0.7;

/// COP of one chiller at full load with this sink (outdoor air, or water entering the condenser) and supply, °C.
pub fn chiller_cop(plant: &CoolingPlant, sink_c: f64, supply_c: f64) -> f64 {
    let evaporator = supply_c - plant.evaporator_k + KELVIN;
    let condenser = (sink_c + plant.condenser_k).max(plant.condenser_floor_c) + KELVIN;
    plant.carnot_share * evaporator / (condenser - evaporator).max(5.0)
}

/// Electricity for a watt of heat of a bank of chillers at this load.
fn chiller_power(plant: &CoolingPlant, sink_c: f64, load: f64) -> f64 {
    let part_load = (load / plant.size).clamp(STAGED_PART_LOAD, 1.0);
    part_load_power(part_load) / part_load / chiller_cop(plant, sink_c, plant.supply_c)
}

/// Everything of a site that is neither IT nor cooling: transformers, UPS, distribution, and the house.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overhead {
    /// Loss at no load, as a share of full IT power.
    pub no_load: f64,
    /// Loss in proportion to the load.
    pub linear: f64,
    /// Loss in proportion to the square of the load (copper).
    pub square: f64,
    /// Lights, offices, controls: a share of full IT power, always.
    pub house: f64,
}

impl Default for Overhead {
    /// Double-conversion UPS and medium-voltage transformers of about 94.5 % at full load together, and 1 % for the
    /// house. Assumed; makers' data sheets give 96 to 97 % for the UPS and 99 % for the transformer.
    fn default() -> Overhead {
        Overhead { no_load: 0.012, linear: 0.025, square: 0.018, house: 0.01 }
    }
}

impl Overhead {
    /// Electrical losses as a share of full IT power at this IT load (share of full IT power).
    pub fn losses(&self, load: f64) -> f64 {
        self.no_load + load * (self.linear + load * self.square)
    }
}

/// A site's hour: everything for a watt of IT.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteEfficiency {
    /// Power usage effectiveness: power at the meter over IT power.
    pub pue: f64,
    /// Water usage effectiveness: litres for a kilowatt-hour of IT.
    pub wue: f64,
    /// Largest IT load (share of full IT power) whose heat the plant can reject now; at most 1.
    pub most_load: f64,
    /// Share of the heat that needed no compressor.
    pub free_share: f64,
}

/// PUE and WUE of a site in this air at this IT load (share of full IT power, above 0). Losses in the building become
/// heat as IT power does.
pub fn site_efficiency(plant: &CoolingPlant, overhead: &Overhead, air: Air, load: f64) -> SiteEfficiency {
    let load = load.clamp(0.02, 1.0);
    let losses = overhead.losses(load);
    // Full heat: full IT load and its losses; the plant's size counts from there.
    let full_heat = 1.0 + overhead.losses(1.0);
    let heat = load + losses;
    let hour = plant.hour(air, heat / full_heat);
    let cooling = heat * hour.power_share;
    let capacity = hour.capacity * full_heat;
    let most_load =
        ((capacity - overhead.no_load) / (1.0 + overhead.linear + overhead.square)).clamp(0.0, 1.0);
    SiteEfficiency {
        pue: (load + losses + overhead.house + cooling) / load,
        wue: hour.litres_per_kwh * heat / load,
        most_load,
        free_share: hour.free_share,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn air(dry: f64, wet: f64) -> Air {
        Air { dry_bulb_c: dry, wet_bulb_c: wet }
    }

    /// AHRI 550/590: the integrated part-load value of an air-cooled chiller weighs 100, 75, 50 and 25 % load at 35,
    /// 26.7, 18.3 and 12.8 °C with 1, 42, 45 and 12 %. ASHRAE 90.1-2010 asks for 12.75 Btu/Wh (COP 3.737) of the machine
    /// whose full load we took; nothing was fitted to it.
    #[test]
    fn part_load_value_is_near_the_published_one() {
        let plant = CoolingPlant::new(CoolingKind::AirCooledChiller, 35.0);
        let cop = |air_c: f64, part: f64| chiller_cop(&plant, air_c, 6.67) * part / part_load_power(part);
        let value =
            0.01 * cop(35.0, 1.0) + 0.42 * cop(26.7, 0.75) + 0.45 * cop(18.3, 0.5) + 0.12 * cop(12.8, 0.25);
        let error = value / 3.737 - 1.0;
        println!("IPLV: COP {value:.3}, published minimum 3.737, error {:.1} %", error * 100.0);
        assert!((chiller_cop(&plant, 35.0, 6.67) - 2.802).abs() < 1e-9);
        assert!(error.abs() < 0.10, "{value}");
    }

    /// The same machine by the polynomials of the DOE-2 library (`EIRFunT`, `capFunT`), over the range they are given
    /// for.
    #[test]
    fn chiller_follows_the_doe_2_curve() {
        let eir = |supply: f64, sink: f64| {
            0.933884 - 0.058212 * supply
                + 0.00450036 * supply * supply
                + 0.00243 * sink
                + 0.000486 * sink * sink
                - 0.001215 * supply * sink
        };
        let plant = CoolingPlant::new(CoolingKind::WaterCooledChiller, 25.0);
        let (mut worst, mut sum, mut count): (f64, f64, f64) = (0.0, 0.0, 0.0);
        for supply in [5.0, 6.67, 8.0, 10.0] {
            for sink in [24.0, 26.0, 29.4, 32.0, 35.0] {
                let published = 5.5 / (eir(supply, sink) / eir(6.67, 29.4));
                let ours = chiller_cop(&plant, sink, supply);
                let error = (ours / published - 1.0).abs();
                worst = worst.max(error);
                sum += error;
                count += 1.0;
            }
        }
        let mean = sum / count;
        println!(
            "differs from the DOE-2 polynomial by {:.1} % (mean), {:.1} % (most)",
            mean * 100.0,
            worst * 100.0
        );
        assert!(worst < 0.20 && mean < 0.08, "{worst} {mean}");
    }

    #[test]
    fn pue_rises_with_the_heat_and_never_falls_below_one() {
        for kind in [
            CoolingKind::AirCooledChiller,
            CoolingKind::WaterCooledChiller,
            CoolingKind::DryCooler,
            CoolingKind::Evaporative,
            CoolingKind::ClosedLoop,
        ] {
            let plant = CoolingPlant::new(kind, 38.0);
            let mut before = 1.0;
            for dry in -30..=50 {
                let dry = f64::from(dry);
                let hour = site_efficiency(&plant, &Overhead::default(), air(dry, dry - 8.0), 0.8);
                assert!(hour.pue >= before - 1e-12, "{kind:?} at {dry}: {} after {before}", hour.pue);
                assert!(hour.pue > 1.05 && hour.pue < 1.8, "{kind:?} at {dry}: {}", hour.pue);
                before = hour.pue;
            }
        }
    }

    #[test]
    fn the_closed_loop_needs_no_compressor_in_the_cold_and_no_water_ever() {
        let plant = CoolingPlant::new(CoolingKind::ClosedLoop, 40.0);
        let cold = site_efficiency(&plant, &Overhead::default(), air(5.0, 2.0), 1.0);
        assert_eq!((cold.free_share, cold.wue), (1.0, 0.0));
        let hot = site_efficiency(&plant, &Overhead::default(), air(40.0, 24.0), 1.0);
        assert_eq!((hot.free_share, hot.wue), (0.0, 0.0));
        let between = site_efficiency(&plant, &Overhead::default(), air(24.0, 15.0), 1.0);
        assert!(between.free_share > 0.0 && between.free_share < 1.0);
    }

    #[test]
    fn hot_hours_take_room_away() {
        let plant = CoolingPlant::new(CoolingKind::ClosedLoop, 40.0);
        let overhead = Overhead::default();
        let at = |dry: f64| site_efficiency(&plant, &overhead, air(dry, 22.0), 1.0).most_load;
        assert_eq!(at(38.0), 1.0, "10 % to spare at the design temperature");
        assert!(at(55.0) < 1.0 && at(60.0) < at(55.0));
        let dry = CoolingPlant::new(CoolingKind::DryCooler, 35.0);
        let at = |t: f64| site_efficiency(&dry, &overhead, air(t, 22.0), 1.0).most_load;
        assert_eq!(at(45.0), 0.0, "water of 40 °C cannot give heat to air of 45 °C");
        assert!(at(38.0) < 1.0 && at(38.0) > 0.4);
    }

    /// A tower that evaporates all of the heat takes 3600 / 2430 = 1.48 litres for a kilowatt-hour and a third of that
    /// again as blow-down at four cycles.
    #[test]
    fn water_is_the_latent_heat() {
        let plant = CoolingPlant::new(CoolingKind::Evaporative, 26.0);
        let water_c = 20.0 + 4.0 + 5.0;
        let hour = plant.hour(air(water_c, 20.0), 1.0);
        let expected = 3600.0 / LATENT_KJ_PER_KG * 4.0 / 3.0;
        assert!((hour.litres_per_kwh / expected - 1.0).abs() < 1e-9, "{}", hour.litres_per_kwh);
    }
}
