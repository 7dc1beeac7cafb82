//! One hour of a site, all together: cooling and losses for the load asked, the cheapest supply for it, what is shed, and
//! the books.

use crate::air::Air;
use crate::balance::{EnergyBooks, Joules, share_out};
use crate::battery::BatteryHour;
use crate::cooling::{CoolingPlant, Overhead, SiteEfficiency, site_efficiency};
use crate::dispatch::{Bid, Commitment, Offer, Price, UnitGroup, commit};
use crate::generation::{JOULES_PER_BTU, Units};
use base::{ItPower, Power, Span};
use serde::{Deserialize, Serialize};

/// What stands at a site at this time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SitePlant {
    /// IT power that is installed: the load of 1.
    pub it: ItPower,
    /// The cooling plant.
    pub cooling: CoolingPlant,
    /// Electrical losses and the house.
    pub overhead: Overhead,
    /// What the grid may give.
    pub grid_limit: Power,
    /// What may be sold to the grid; zero where nothing may.
    pub sale_limit: Power,
    /// Groups of units on site.
    pub units: Vec<Units>,
}

/// What is asked and offered in an hour.
#[derive(Clone, Debug, PartialEq)]
pub struct HourInput {
    /// The air.
    pub air: Air,
    /// IT load that must run, as a share of the installed power.
    pub firm_load: f64,
    /// IT load on top that runs if power is worth it, as a share of the installed power.
    pub flexible_load: f64,
    /// What a megawatt-hour at the meter is worth to the firm load, micro-dollars: the cost of shedding it.
    pub firm_value: Price,
    /// The same for the flexible load.
    pub flexible_value: Price,
    /// Price of the grid, micro-dollars for a megawatt-hour.
    pub grid_price: Price,
    /// Carbon of the grid, grams for a kilowatt-hour.
    pub grid_carbon: f64,
    /// What the grid pays, micro-dollars for a megawatt-hour.
    pub sale_price: Price,
    /// Fuel price, US dollars for a million Btu.
    pub fuel_usd_per_mmbtu: f64,
    /// Sun and wind that could be had.
    pub renewable: Joules,
    /// What the battery does, as planned.
    pub battery: BatteryHour,
    /// Units of each group that can run, and that ran in the hour before.
    pub ready: Vec<(u32, u32)>,
    /// Hours over which the cost of a start is spread.
    pub hours_a_start: f64,
}

/// What became of an hour.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteEnergy {
    /// The books; their residual is 0.
    pub books: EnergyBooks,
    /// PUE, WUE and room at the load that was asked for.
    pub efficiency: SiteEfficiency,
    /// IT energy not served because its heat could not be rejected.
    pub shed_for_heat: Joules,
    /// IT energy not served because power was not to be had, or not worth it.
    pub shed_for_power: Joules,
    /// Sun and wind that nobody took.
    pub curtailed: Joules,
    /// Least load of units that nobody took: fuel burnt for nothing, beside the books.
    pub spilled: Joules,
    /// Units of each group that run.
    pub on: Vec<u32>,
    /// Fuel burnt by each group.
    pub fuel: Vec<Joules>,
    /// Micro-dollars: bought, and fuel, less sold.
    pub cost: i64,
    /// Grams of CO2: of what was bought, and out of the stacks.
    pub carbon_grams: i64,
    /// Millilitres of water.
    pub water_ml: i64,
}

/// Runs an hour of a site.
///
/// The load is first cut to what the cooling plant can carry in this air. What it needs at the meter is asked for in two
/// steps (firm and flexible) and met at least cost; where less is served than asked, every part of the draw shrinks in
/// proportion. The battery's charge is asked for at the firm value and its discharge is offered at nothing.
pub fn run_hour(plant: &SitePlant, input: &HourInput) -> SiteEnergy {
    let firm = input.firm_load.clamp(0.0, 1.0);
    let asked = (firm + input.flexible_load.max(0.0)).clamp(0.0, 1.0);
    let efficiency = site_efficiency(&plant.cooling, &plant.overhead, input.air, asked);
    let carried = asked.min(efficiency.most_load);
    let parts = Parts::at(plant, input.air, carried);
    let firm_meter = Parts::at(plant, input.air, firm.min(carried)).meter().min(parts.meter());
    let bids = [
        Bid { most: firm_meter, value: input.firm_value },
        Bid { most: parts.meter() - firm_meter, value: input.flexible_value },
        Bid { most: input.battery.charged, value: input.firm_value },
        Bid { most: Joules::from_power(plant.sale_limit, Span::HOUR), value: input.sale_price },
    ];
    let offers = [
        Offer { most: Joules::from_power(plant.grid_limit, Span::HOUR), price: input.grid_price },
        Offer { most: input.renewable, price: 0 },
        Offer { most: input.battery.discharged, price: 0 },
    ];
    let ready = |i: usize| input.ready.get(i).copied().unwrap_or((0, 0));
    let groups = plant.units.iter().enumerate();
    let groups: Vec<_> = groups
        .map(|(i, units)| {
            let ((ready, running), air_c) = (ready(i), input.air.dry_bulb_c);
            units.group(ready, running, air_c, input.fuel_usd_per_mmbtu, input.hours_a_start)
        })
        .collect();
    let hour = commit(&offers, &groups, &bids);
    let [firm_served, flexible_served, charged, sold] = std::array::from_fn(|i| hour.cleared.served[i]);
    let [bought, renewable, discharged] = std::array::from_fn(|i| hour.cleared.taken[i]);
    let by_group: Vec<Joules> = hour.cleared.taken[3..].chunks(2).map(|pair| pair[0] + pair[1]).collect();
    let [it, cooling, lost, house] = parts.share(firm_served + flexible_served);
    let books = EnergyBooks {
        bought,
        generated: renewable + by_group.iter().copied().sum(),
        discharged,
        it,
        cooling,
        lost,
        house,
        charged,
        sold,
    };
    assert_eq!(books.residual(), Joules::ZERO, "energy is conserved");
    let installed = plant.it.power();
    let of_load = |load: f64| Joules::from_power(installed * load, Span::HOUR);
    let fuel = fuel_of(plant, &hour, &groups, &by_group);
    SiteEnergy {
        books,
        efficiency,
        shed_for_heat: of_load(asked) - of_load(carried),
        shed_for_power: parts.it - it,
        curtailed: input.renewable - renewable,
        spilled: hour.spilled,
        cost: cost_of(input, &books, &fuel),
        carbon_grams: carbon_of(plant, input, bought, &fuel),
        water_ml: water_of(&efficiency, it),
        on: hour.on,
        fuel,
    }
}

/// What a site draws at its meter, by part.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts {
    /// By the IT equipment.
    pub it: Joules,
    /// By cooling.
    pub cooling: Joules,
    /// In transformers, UPS and distribution.
    pub lost: Joules,
    /// Lights and offices.
    pub house: Joules,
}

/// A plant that rejects the heat of all that it is rated for carries this much of it: ratings are no more exact.
const RATED_TO: f64 = 1.01;

/// A site as a load: what its cooling plant and its losses make of an IT load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// IT power that is installed: the load of 1.
    pub it: ItPower,
    /// The cooling plant.
    pub cooling: CoolingPlant,
    /// Electrical losses and the house.
    pub overhead: Overhead,
}

impl Load {
    /// The meter over the installed IT power at this load (share of the installed IT power), and the heat's limit and
    /// water at that load.
    fn at(&self, air: Air, load: f64) -> (f64, SiteEfficiency) {
        let (cooling, efficiency) = cooling_share(&self.cooling, &self.overhead, air, load);
        (load + cooling + self.overhead.losses(load) + self.overhead.house, efficiency)
    }

    /// The parts of the draw when the IT equipment takes `it` in this span, and millilitres of water.
    pub fn draw(&self, air: Air, it: Joules, span: Span) -> (Parts, i64) {
        let installed = self.it.power();
        let whole = installed.watts() * span.seconds();
        if whole <= 0.0 {
            return (Parts { it, ..Parts::default() }, 0);
        }
        let load = it.0 as f64 / whole;
        let (cooling, efficiency) = cooling_share(&self.cooling, &self.overhead, air, load);
        let energy = |share: f64| Joules::from_power(installed * share.max(0.0), span);
        let (lost, house) = (energy(self.overhead.losses(load)), energy(self.overhead.house));
        let parts = Parts { it, cooling: energy(cooling), lost, house };
        (parts, water_of(&efficiency, it))
    }

    /// The largest IT power that `supply` at the meter carries, and the largest whose heat can be rejected in this air;
    /// each at most `asked`, and exactly that where it does not bind. The first is `None` where there is not even the power
    /// for the house.
    pub fn most_it(&self, air: Air, supply: Power, asked: Power) -> (Option<Power>, Power) {
        let installed = self.it.power();
        let (load, supply) = (asked / installed, supply / installed);
        let (meter, efficiency) = self.at(air, load);
        let whole = if efficiency.most_load < 1.0 { efficiency.most_load } else { RATED_TO };
        let cool = if load <= whole { asked } else { installed * efficiency.most_load };
        if meter <= supply {
            return (Some(asked), cool);
        }
        if self.at(air, 0.0).0 > supply {
            return (None, cool);
        }
        // The meter rises with the load: halve the bracket. The lower end always fits.
        let (mut low, mut high) = (0.0, load);
        for _ in 0..40 {
            let middle = (low + high) / 2.0;
            if self.at(air, middle).0 <= supply { low = middle } else { high = middle }
        }
        (Some(installed * low), cool)
    }
}

/// Cooling's draw as a share of the installed IT power at this load, and the efficiency there. The efficiency is given
/// at a load of at least 2 %: below, cooling shrinks with the load; above 1 it grows with it.
fn cooling_share(plant: &CoolingPlant, overhead: &Overhead, air: Air, load: f64) -> (f64, SiteEfficiency) {
    let there = load.clamp(0.02, 1.0);
    let efficiency = site_efficiency(plant, overhead, air, there);
    let cooling = efficiency.pue * there - there - overhead.losses(there) - overhead.house;
    (cooling.max(0.0) * load.max(0.0) / there, efficiency)
}

fn water_of(efficiency: &SiteEfficiency, it: Joules) -> i64 {
    libm::round(efficiency.wue * 1000.0 * it.mwh() * 1000.0) as i64
}

impl Parts {
    fn at(plant: &SitePlant, air: Air, load: f64) -> Parts {
        let installed = plant.it.power();
        let energy = |share: f64| Joules::from_power(installed * share.max(0.0), Span::HOUR);
        let (lost, house) = (plant.overhead.losses(load), plant.overhead.house);
        let cooling =
            if load > 0.0 { cooling_share(&plant.cooling, &plant.overhead, air, load).0 } else { 0.0 };
        Parts { it: energy(load), cooling: energy(cooling), lost: energy(lost), house: energy(house) }
    }

    /// All of it.
    pub fn meter(&self) -> Joules {
        self.it + self.cooling + self.lost + self.house
    }

    /// The parts when only so much is served, in the order IT, cooling, losses, house.
    fn share(&self, served: Joules) -> [Joules; 4] {
        let all = [self.it, self.cooling, self.lost, self.house];
        if served == self.meter() {
            return all;
        }
        let shares = share_out(served, &all);
        [shares[0], shares[1], shares[2], shares[3]]
    }
}

/// Fuel of each group. Least load that nobody took was burnt all the same.
fn fuel_of(plant: &SitePlant, hour: &Commitment, groups: &[UnitGroup], by_group: &[Joules]) -> Vec<Joules> {
    let each = plant.units.iter().zip(groups).zip(hour.on.iter().zip(by_group));
    each.map(|((units, group), (&on, &output))| {
        let least = group.range(on).0;
        units.fuel_of_hour(on, on.saturating_sub(group.running), output.max(least))
    })
    .collect()
}

fn cost_of(input: &HourInput, books: &EnergyBooks, fuel: &[Joules]) -> i64 {
    let money = |energy: Joules, price: Price| i128::from(energy.0) * i128::from(price);
    let trade = money(books.bought, input.grid_price) - money(books.sold, input.sale_price);
    let burnt: i64 = fuel.iter().map(|fuel| fuel.0).sum();
    let fuel_cost = burnt as f64 / (1e6 * JOULES_PER_BTU) * input.fuel_usd_per_mmbtu * 1e6;
    let per_mwh = i128::from(Joules::PER_MWH);
    // Half up, so that the rounding does not depend on the sign.
    let traded = (trade + per_mwh / 2).div_euclid(per_mwh);
    i64::try_from(traded).unwrap_or(i64::MAX).saturating_add(libm::round(fuel_cost) as i64)
}

fn carbon_of(plant: &SitePlant, input: &HourInput, bought: Joules, fuel: &[Joules]) -> i64 {
    let stacks: f64 =
        plant.units.iter().zip(fuel).map(|(units, fuel)| fuel.0 as f64 * units.grams_per_joule).sum();
    libm::round(bought.mwh() * 1000.0 * input.grid_carbon + stacks) as i64
}
