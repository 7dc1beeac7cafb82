//! The table `energy_hours`, gathered into the bins of the hours; only runs with a power section have it.

use super::Site;
use super::hours::Bins;
use crate::Error;
use std::collections::BTreeMap;
use std::path::Path;
use tables::read;

/// What power comes from: columns of the table, and what people call them.
pub const SOURCES: [(&str, &str); 9] = [
    ("bought_mwh", "grid"),
    ("simple_cycle_mwh", "gas turbines"),
    ("combined_cycle_mwh", "combined cycle"),
    ("reciprocating_mwh", "gas engines"),
    ("fuel_cell_mwh", "fuel cells"),
    ("diesel_mwh", "diesel"),
    ("solar_mwh", "sun"),
    ("wind_mwh", "wind"),
    ("discharged_mwh", "battery"),
];

/// What energy costs: columns of the table, and what people call them. What is sold is income.
pub const COSTS: [(&str, &str); 5] = [
    ("bought_usd", "energy bought"),
    ("fuel_usd", "fuel"),
    ("demand_usd", "demand charge"),
    ("water_usd", "water"),
    ("sold_usd", "sold"),
];

/// Sums over the energy hours of a bin, or of a site.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EnergyBin {
    /// Hours of sites in it.
    pub site_hours: f64,
    /// Megawatt-hours by source.
    pub sources: [f64; 9],
    /// Megawatt-hours of the IT equipment.
    pub it: f64,
    /// Megawatt-hours of IT, cooling, losses and house.
    pub used: f64,
    /// IT megawatt-hours at full load.
    pub capacity: f64,
    /// Of those, not to be had for want of power.
    pub shed: f64,
    /// Of those, given up for the grid.
    pub curtailed: f64,
    /// Of those, whose heat could not be rejected.
    pub derated: f64,
    /// US dollars by part.
    pub costs: [f64; 5],
    /// Kilograms of CO2.
    pub carbon: f64,
    /// Litres of water.
    pub water: f64,
    /// Sum over the hours of the price, USD/MWh.
    price: f64,
    /// Sum over the hours of the carbon intensity of the grid, g/kWh.
    grid_carbon: f64,
    /// Sum over the hours of the dry bulb, °C.
    dry_bulb: f64,
    /// The least and the largest PUE of an hour of a site that is at work.
    pub pue_range: Option<(f64, f64)>,
}

impl EnergyBin {
    /// Energy used over that of the IT equipment.
    pub fn pue(&self) -> Option<f64> {
        (self.it > 0.0).then(|| self.used / self.it)
    }
    /// A sum over the hours as their mean.
    fn mean(&self, sum: f64) -> Option<f64> {
        (self.site_hours > 0.0).then(|| sum / self.site_hours)
    }
    /// Mean price, USD/MWh.
    pub fn price(&self) -> Option<f64> {
        self.mean(self.price)
    }
    /// Mean carbon intensity of the grid, g/kWh.
    pub fn grid_carbon(&self) -> Option<f64> {
        self.mean(self.grid_carbon)
    }
    /// Mean dry bulb, °C.
    pub fn dry_bulb(&self) -> Option<f64> {
        self.mean(self.dry_bulb)
    }
    /// Cost less what was sold.
    pub fn cost(&self) -> f64 {
        let [parts @ .., sold] = self.costs;
        parts.iter().sum::<f64>() - sold
    }

    fn widen(&mut self, pue: f64) {
        let (least, most) = self.pue_range.unwrap_or((pue, pue));
        self.pue_range = Some((least.min(pue), most.max(pue)));
    }
}

/// The energy hours of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnergyHours {
    /// All sites together, by bin.
    pub network: Vec<EnergyBin>,
    /// Each site over the whole run, in the order of the sites; those without power have no hours.
    pub sites: Vec<EnergyBin>,
    /// All sites together, by whole degrees of the dry bulb.
    pub by_degree: BTreeMap<i32, EnergyBin>,
}

impl EnergyHours {
    /// Reads the table, if the run has it.
    pub(super) fn read(folder: &Path, bins: &Bins, sites: &[Site]) -> Result<EnergyHours, Error> {
        let mut hours = EnergyHours {
            network: vec![EnergyBin::default(); bins.count()],
            sites: vec![EnergyBin::default(); sites.len()],
            by_degree: BTreeMap::new(),
        };
        for batch in read::open(folder, &tables::energy_hours::TABLE, &[])? {
            let batch = batch?;
            let (times, keys) = (batch.instants("hour")?, batch.texts("site")?);
            let numbers = |column: &str| batch.numbers(column);
            let sources = SOURCES.map(|(column, _)| numbers(column));
            let costs = COSTS.map(|(column, _)| numbers(column));
            let columns = [
                "length_h",
                "it_mwh",
                "cooling_mwh",
                "lost_mwh",
                "house_mwh",
                "capacity_mwh",
                "shed_mwh",
                "curtailed_mwh",
                "derated_mwh",
                "carbon_bought_kg",
                "carbon_fuel_kg",
                "water_l",
                "price_usd_per_mwh",
                "grid_carbon_g_per_kwh",
                "dry_bulb_c",
                "pue",
            ];
            let columns = columns.map(numbers).into_iter().collect::<Result<Vec<_>, _>>()?;
            let sources = sources.into_iter().collect::<Result<Vec<_>, _>>()?;
            let costs = costs.into_iter().collect::<Result<Vec<_>, _>>()?;
            for row in 0..batch.len() {
                let at = |place: usize| columns[place].get(row).unwrap_or(0.0);
                let Some(time) = times.get(row) else { continue };
                let mut one = EnergyBin {
                    site_hours: at(0),
                    it: at(1),
                    used: at(1) + at(2) + at(3) + at(4),
                    capacity: at(5),
                    shed: at(6),
                    curtailed: at(7),
                    derated: at(8),
                    carbon: at(9) + at(10),
                    water: at(11),
                    price: at(12) * at(0),
                    grid_carbon: at(13) * at(0),
                    dry_bulb: at(14) * at(0),
                    ..EnergyBin::default()
                };
                (one.sources.iter_mut().zip(&sources))
                    .for_each(|(sum, column)| *sum = column.get(row).unwrap_or(0.0));
                (one.costs.iter_mut().zip(&costs))
                    .for_each(|(sum, column)| *sum = column.get(row).unwrap_or(0.0));
                // A site of which next to nothing is at work says little about its plant.
                if let Some(pue) = columns[15].get(row).filter(|_| one.it >= 0.1 * one.capacity) {
                    one.widen(pue);
                }
                if let Some(bin) = hours.network.get_mut(bins.of(time)) {
                    bin.add(&one);
                }
                let site = keys.get(row).and_then(|key| sites.iter().position(|site| site.key == key));
                if let Some(site) = site {
                    hours.sites[site].add(&one);
                }
                hours.by_degree.entry(libm::floor(at(14)) as i32).or_default().add(&one);
            }
        }
        Ok(hours)
    }

    /// All of the run.
    pub fn total(&self) -> EnergyBin {
        let mut all = EnergyBin::default();
        self.network.iter().for_each(|bin| all.add(bin));
        all
    }
}

impl EnergyBin {
    fn add(&mut self, other: &EnergyBin) {
        (self.sources.iter_mut().zip(other.sources)).for_each(|(sum, part)| *sum += part);
        (self.costs.iter_mut().zip(other.costs)).for_each(|(sum, part)| *sum += part);
        for (sum, part) in [
            (&mut self.site_hours, other.site_hours),
            (&mut self.it, other.it),
            (&mut self.used, other.used),
            (&mut self.capacity, other.capacity),
            (&mut self.shed, other.shed),
            (&mut self.curtailed, other.curtailed),
            (&mut self.derated, other.derated),
            (&mut self.carbon, other.carbon),
            (&mut self.water, other.water),
            (&mut self.price, other.price),
            (&mut self.grid_carbon, other.grid_carbon),
            (&mut self.dry_bulb, other.dry_bulb),
        ] {
            *sum += part;
        }
        if let Some((least, most)) = other.pue_range {
            self.widen(least);
            self.widen(most);
        }
    }
}
