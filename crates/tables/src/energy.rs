//! Energy: sums over its hours, and its rows.

use crate::declared::energy_hours;
use crate::error::TableError;
use crate::writer::gpu_hours;
use base::SimTime;
use serde::{Deserialize, Serialize};
use twin::fact::GpuTime;
use twin::power::{EnergyBooks, EnergyHour, Joules};

/// Sums over the energy hours of a site or the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EnergySums {
    pub(crate) hours: u64,
    pub(crate) time: i128,
    pub(crate) it: i128,
    pub(crate) it_idle: i128,
    pub(crate) used: i128,
    pub(crate) cooling: i128,
    pub(crate) bought: i128,
    pub(crate) sold: i128,
    pub(crate) generated: i128,
    pub(crate) fuel: i128,
    pub(crate) wasted: i128,
    pub(crate) overdrawn: i128,
    pub(crate) capacity: i128,
    pub(crate) shed: i128,
    pub(crate) curtailed: i128,
    pub(crate) derated: i128,
    pub(crate) held_down: GpuTime,
    pub(crate) cost: i128,
    pub(crate) carbon: i128,
    pub(crate) water_ml: i128,
    /// The largest mean power that the site used in an hour, watts.
    pub(crate) peak: f64,
    /// The largest PUE of an hour with at least a tenth of its capacity at work.
    pub(crate) pue_max: f64,
}

impl EnergySums {
    fn add(&mut self, hour: &EnergyHour, cost: i64) {
        let books = &hour.books;
        self.hours += 1;
        self.time += i128::from(hour.span.0);
        for (sum, part) in [
            (&mut self.it, books.it),
            (&mut self.it_idle, hour.it_idle),
            (&mut self.used, books.used()),
            (&mut self.cooling, books.cooling),
            (&mut self.bought, books.bought),
            (&mut self.sold, books.sold),
            (&mut self.generated, books.generated),
            (&mut self.fuel, hour.fuel),
            (&mut self.wasted, hour.wasted),
            (&mut self.overdrawn, hour.overdrawn),
            (&mut self.capacity, hour.capacity),
            (&mut self.shed, hour.withheld.shed),
            (&mut self.curtailed, hour.withheld.curtailed),
            (&mut self.derated, hour.withheld.derated),
        ] {
            *sum += i128::from(part.0);
        }
        self.held_down += hour.held_down;
        self.cost += i128::from(cost);
        self.carbon += i128::from(hour.carbon_bought_g) + i128::from(hour.carbon_fuel_g);
        self.water_ml += i128::from(hour.water_ml);
        self.peak = self.peak.max(books.used().over(hour.span).watts());
        if let Some(pue) = hour.pue().filter(|_| books.it.0 >= hour.capacity.0 / 10) {
            self.pue_max = self.pue_max.max(pue);
        }
    }

    /// Adds another site's; the peak of the network is kept apart.
    fn merge(&mut self, other: &EnergySums) {
        self.hours = self.hours.max(other.hours);
        self.time = self.time.max(other.time);
        for (sum, part) in [
            (&mut self.it, other.it),
            (&mut self.it_idle, other.it_idle),
            (&mut self.used, other.used),
            (&mut self.cooling, other.cooling),
            (&mut self.bought, other.bought),
            (&mut self.sold, other.sold),
            (&mut self.generated, other.generated),
            (&mut self.fuel, other.fuel),
            (&mut self.wasted, other.wasted),
            (&mut self.overdrawn, other.overdrawn),
            (&mut self.capacity, other.capacity),
            (&mut self.shed, other.shed),
            (&mut self.curtailed, other.curtailed),
            (&mut self.derated, other.derated),
            (&mut self.cost, other.cost),
            (&mut self.carbon, other.carbon),
            (&mut self.water_ml, other.water_ml),
        ] {
            *sum += part;
        }
        self.held_down += other.held_down;
        self.pue_max = self.pue_max.max(other.pue_max);
    }
}

/// What the energy hours of a run add up to so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EnergyAccounts {
    /// By site; empty until the first energy hour.
    sites: Vec<EnergySums>,
    /// The hour that the network's power is being added up for, and what it is so far.
    hour: Option<(SimTime, f64)>,
    /// The largest of those that are complete.
    peak: f64,
}

impl EnergyAccounts {
    /// Adds an hour of a site; `sites` is how many there are.
    pub(crate) fn add(&mut self, hour: &EnergyHour, sites: usize) -> Result<(), TableError> {
        let (books, generated) = (&hour.books, hour.generation.total());
        let wrong = |what: String| {
            TableError::Unbalanced(format!("site {} in the hour from {}: {what}", hour.site.0, hour.hour))
        };
        if books.residual() != Joules::ZERO {
            return Err(wrong(format!("the energy books leave {} J", books.residual().0)));
        }
        if generated != books.generated {
            return Err(wrong(format!("{} J generated are {} J by kind", books.generated.0, generated.0)));
        }
        let cost = hour.cost.total().ok_or_else(|| wrong("its cost is out of range".to_owned()))?;
        self.sites.resize(sites, EnergySums::default());
        let sums = self.sites.get_mut(hour.site.index());
        sums.ok_or_else(|| wrong("there is no such site".to_owned()))?.add(hour, cost.0);
        let begin = hour.hour.hour_start();
        let watts = books.used().over(hour.span).watts();
        self.hour = match self.hour {
            Some((same, so_far)) if same == begin => Some((begin, so_far + watts)),
            Some((_, done)) => {
                self.peak = self.peak.max(done);
                Some((begin, watts))
            }
            None => Some((begin, watts)),
        };
        Ok(())
    }

    /// The sums of a site; `None` where it has no energy hours.
    pub(crate) fn site(&self, at: usize) -> Option<&EnergySums> {
        self.sites.get(at).filter(|sums| sums.hours > 0)
    }

    /// The sums of the network.
    pub(crate) fn network(&self) -> Option<EnergySums> {
        let mut all = EnergySums::default();
        self.sites.iter().for_each(|site| all.merge(site));
        all.peak = self.peak.max(self.hour.map_or(0.0, |(_, watts)| watts));
        (all.hours > 0).then_some(all)
    }
}

/// The row of an hour.
pub(crate) fn row(hour: &EnergyHour) -> energy_hours::Row {
    let EnergyBooks { bought, generated, discharged, it, cooling, lost, house, charged, sold } = hour.books;
    let (kinds, cost, withheld) = (&hour.generation, &hour.cost, &hour.withheld);
    energy_hours::Row {
        hour: hour.hour,
        site: hour.site,
        length_h: hour.span.hours(),
        bought_mwh: bought.mwh(),
        generated_mwh: generated.mwh(),
        discharged_mwh: discharged.mwh(),
        it_mwh: it.mwh(),
        it_idle_mwh: hour.it_idle.mwh(),
        cooling_mwh: cooling.mwh(),
        lost_mwh: lost.mwh(),
        house_mwh: house.mwh(),
        charged_mwh: charged.mwh(),
        sold_mwh: sold.mwh(),
        simple_cycle_mwh: kinds.simple_cycle.mwh(),
        combined_cycle_mwh: kinds.combined_cycle.mwh(),
        reciprocating_mwh: kinds.reciprocating.mwh(),
        fuel_cell_mwh: kinds.fuel_cell.mwh(),
        diesel_mwh: kinds.diesel.mwh(),
        solar_mwh: kinds.solar.mwh(),
        wind_mwh: kinds.wind.mwh(),
        wasted_mwh: hour.wasted.mwh(),
        fuel_mwh: hour.fuel.mwh(),
        overdrawn_mwh: hour.overdrawn.mwh(),
        stored_mwh: hour.stored.mwh(),
        grid_limit_mwh: hour.grid_limit.mwh(),
        capacity_mwh: hour.capacity.mwh(),
        shed_mwh: withheld.shed.mwh(),
        curtailed_mwh: withheld.curtailed.mwh(),
        derated_mwh: withheld.derated.mwh(),
        held_down_gpu_hours: gpu_hours(hour.held_down),
        bought_usd: cost.bought.usd(),
        sold_usd: cost.sold.usd(),
        fuel_usd: cost.fuel.usd(),
        demand_usd: cost.demand.usd(),
        water_usd: cost.water.usd(),
        carbon_bought_kg: hour.carbon_bought_g as f64 / 1000.0,
        carbon_fuel_kg: hour.carbon_fuel_g as f64 / 1000.0,
        water_l: hour.water_ml as f64 / 1000.0,
        pue: hour.pue(),
        wue_l_per_kwh: hour.wue(),
        price_usd_per_mwh: hour.price as f64 / 1e6,
        grid_carbon_g_per_kwh: hour.grid_carbon as f64 / 1000.0,
        dry_bulb_c: f64::from(hour.dry_bulb) / 1000.0,
        wet_bulb_c: f64::from(hour.wet_bulb) / 1000.0,
    }
}
