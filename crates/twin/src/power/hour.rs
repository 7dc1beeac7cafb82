//! The end of an hour: who supplied what was drawn, at least cost, and the books.

use super::conditions::SiteConditions;
use super::config::{PowerConfig, power as watts};
use super::fact::{EnergyCost, EnergyHour, Generation, Withheld};
use super::limit::ROUNDING;
use super::state::{Drawn, Meter, SitePower};
use crate::fact::Fact;
use crate::twin::{Event, Twin};
use base::id::SiteId;
use base::{ItPower, Money, Power, SimTime, Span};
use kernel::Context;
use plant::balance::{EnergyBooks, Joules, share_out};
use plant::battery::{Battery, BatteryHour, plan};
use plant::generation::{JOULES_PER_BTU, UnitKind};
use plant::hour::{Dispatcher, Standing, Store, Supplied, Supply, money};
use plant::site::{Load, Parts};
use scenario::world::energy::{InParts, SitePower as Plan, UnitGroup};
use std::borrow::Cow;

/// Hours after which a battery's plan is made again where there is sun or wind.
const WEATHER_HOURS: usize = 6;
/// What is in store after the hours that are planned is worth this share of the mean price where sun or wind fill it again.
const REFILLED: f64 = 0.95;
/// What a megawatt-hour is worth that would be missing, micro-dollars: more than any market asks.
const DARK: f64 = 10_000.0 * 1e6;
/// Hours over which the cost of a start is spread.
const HOURS_A_START: f64 = 8.0;
/// Hours that a battery's plan looks ahead.
const PLANNED_HOURS: usize = 24;

/// Whole joules of what was drawn.
fn joules(drawn: Drawn) -> Joules {
    const PER_JOULE: Drawn = 1_000_000_000_000_000_000;
    Joules(((drawn + PER_JOULE / 2).div_euclid(PER_JOULE)) as i64)
}

impl Twin {
    /// Closes the books of a site's hour and says them; at the end of the run also what the month has come to.
    pub(super) fn close_hour(
        &mut self,
        now: SimTime,
        at: SiteId,
        last: bool,
        context: &mut Context<Event, Fact>,
    ) {
        let (Some(config), Some(power)) = (&self.config.power, &mut self.sites[at.index()].power) else {
            return;
        };
        let (from, span) = (power.hour, now - power.hour);
        power.hour = now;
        let meter = std::mem::take(&mut power.meter);
        if span <= Span::ZERO || power.load.it == ItPower::ZERO {
            // Nothing is energised yet.
            return;
        }
        let conditions = &self.conditions.sites;
        let nothing = SiteConditions::default();
        let conditions = conditions.get(power.at).unwrap_or(&nothing);
        let hour = Hour { config, conditions, hour: self.conditions.hour(from), from, now, span, last };
        let row = hour.close(at, power, meter, &mut self.dispatcher);
        assert_eq!(row.books.residual(), Joules::ZERO, "energy is conserved");
        assert_eq!(row.generation.total(), row.books.generated, "what is generated is that of the kinds");
        context.emit(Fact::Energy(row));
    }
}

struct Hour<'a> {
    config: &'a PowerConfig,
    conditions: &'a SiteConditions,
    /// Its place in the conditions.
    hour: usize,
    from: SimTime,
    now: SimTime,
    span: Span,
    last: bool,
}

impl Hour<'_> {
    fn close(
        &self,
        site: SiteId,
        power: &mut SitePower,
        meter: Meter,
        dispatcher: &mut Dispatcher,
    ) -> EnergyHour {
        let plan = self.config.plan(power.at);
        let air = self.conditions.air(self.hour);
        let price = plan.tariff.price(self.conditions.price(self.hour));
        let it = joules(meter.idle + meter.work);
        let dark = power.limits.dark && it == Joules::ZERO;
        let (parts, water_ml) = match dark {
            true => (Parts::default(), 0),
            false => self.load(power, &meter).draw(air, it, self.span),
        };
        let renewable = self.renewable(plan, self.hour);
        let supply = Supply {
            span: self.span,
            grid: joules(meter.grid),
            grid_price: price,
            sale: Joules::from_power(plan.tariff.export, self.span),
            sale_price: self.sale_price(plan),
            renewable: renewable.0 + renewable.1,
            dry_bulb_c: air.dry_bulb_c,
        };
        let battery = plan.battery.as_ref().map(|(battery, parts)| battery.part(parts.share(self.from)));
        let store = battery.as_ref().filter(|battery| battery.energy > Joules::ZERO).map(|battery| {
            let planned = self.planned(plan, power, battery, (parts.meter(), supply.grid));
            Store { battery, stored: power.stored, plan: planned }
        });
        let running = std::mem::take(&mut power.running);
        let started = std::mem::take(&mut power.started);
        let units = plan.units.iter().enumerate().map(|(i, group)| {
            let ready = self.conditions.units(i, self.hour, group.units.count);
            let ready = if group.ready <= self.from { ready } else { 0 };
            let starting = (started[i] / self.span.0 as f64).min(1.0);
            // A unit that takes longer than an hour to start and was ordered in time counts as one that runs.
            let early = group.units.start > Span::HOUR && starting == 1.0;
            let running = if early { ready } else { running[i] };
            let fuel_usd_per_mmbtu = group.fuel_usd_per_mmbtu;
            (&group.units, Standing { ready, running, starting, fuel_usd_per_mmbtu })
        });
        let supplied = dispatcher.serve(parts.meter(), &supply, units, store, HOURS_A_START);
        // A limit is kept to up to rounding.
        let rounding = joules(meter.capacity / ROUNDING) + Joules(1);
        let overdrawn = if supplied.overdrawn <= rounding { Joules::ZERO } else { supplied.overdrawn };
        if let Some(store) = store {
            power.stored = store.after(supplied.charged, supplied.discharged);
        }
        let generation = generation(plan, &supplied, renewable, dispatcher);
        let books = EnergyBooks {
            bought: supplied.bought,
            generated: generation.total(),
            discharged: supplied.discharged,
            it: parts.it,
            cooling: parts.cooling,
            lost: parts.lost,
            house: parts.house,
            charged: supplied.charged,
            sold: supplied.sold,
        };
        let (fuel, fuel_cost, carbon_fuel_g) = burnt(plan, dispatcher);
        power.running = running;
        power.running.clear();
        power.running.extend_from_slice(dispatcher.on());
        power.started = started;
        power.started.fill(0.0);
        power.peak = power.peak.max(supplied.bought.over(self.span).watts());
        let carbon = self.conditions.carbon(self.hour);
        EnergyHour {
            site,
            hour: self.from,
            span: self.span,
            books,
            it_idle: joules(meter.idle).min(it),
            generation,
            fuel,
            wasted: renewable.0 + renewable.1 - supplied.renewable,
            overdrawn,
            stored: power.stored,
            grid_limit: supply.grid.max(supplied.bought - overdrawn),
            capacity: joules(meter.capacity),
            withheld: Withheld {
                shed: joules(meter.shed),
                curtailed: joules(meter.curtailed),
                derated: joules(meter.derated),
            },
            held_down: meter.held,
            cost: EnergyCost {
                bought: Money(money(supplied.bought, price)),
                sold: Money(money(supplied.sold, supply.sale_price)),
                fuel: fuel_cost,
                demand: self.demand(plan, power),
                // A cubic metre is a million millilitres.
                water: Money((i128::from(water_ml) * i128::from(plan.water_price) / 1_000_000) as i64),
            },
            carbon_bought_g: libm::round(supplied.bought.mwh() * 1000.0 * carbon) as i64,
            carbon_fuel_g,
            water_ml,
            price,
            grid_carbon: libm::round(carbon * 1000.0) as i64,
            dry_bulb: libm::round(air.dry_bulb_c * 1000.0) as i32,
            wet_bulb: libm::round(air.wet_bulb_c * 1000.0) as i32,
        }
    }

    /// The plant over the hour: where a block was energised within it, its mean.
    fn load<'p>(&self, power: &'p SitePower, meter: &Meter) -> Cow<'p, Load> {
        let whole = power.carried() * i128::from(self.span.0);
        if meter.installed == whole {
            return Cow::Borrowed(&power.load);
        }
        let mean = watts(meter.installed / i128::from(self.span.0).max(1));
        Cow::Owned(Load { it: ItPower::from_mw(mean.mw()), ..power.load.clone() })
    }

    fn sale_price(&self, plan: &Plan) -> i64 {
        let price = plan.tariff.fixed.unwrap_or_else(|| self.conditions.price(self.hour));
        libm::round(price as f64 * plan.tariff.export_share) as i64
    }

    /// What sun and wind give in an hour with the plant of now, in the part of it that the run has.
    fn renewable(&self, plan: &Plan, hour: usize) -> (Joules, Joules) {
        let part = |whole: Joules, parts: &Option<InParts>| {
            let share = parts.as_ref().map_or(0.0, |parts| parts.share(self.from));
            match share == 1.0 && self.span == Span::HOUR {
                true => whole,
                false => Joules(libm::round(whole.0 as f64 * share * self.span.hours()) as i64),
            }
        };
        (part(self.conditions.solar(hour), &plan.solar), part(self.conditions.wind(hour), &plan.wind))
    }

    /// What the battery is to do in this hour: planned for the day ahead, and where there is sun or wind again every few hours.
    fn planned(
        &self,
        site: &Plan,
        power: &mut SitePower,
        battery: &Battery,
        now: (Joules, Joules),
    ) -> BatteryHour {
        let own = site.solar.is_some() || site.wind.is_some();
        if site.tariff.fixed.is_some() && !own {
            // There is nothing to trade: it is kept full for the hour in which work would have to stop.
            let charged = Joules::from_power(battery.power, self.span);
            return BatteryHour { charged, discharged: Joules::ZERO, stored: battery.energy };
        }
        let at = self.hour.wrapping_sub(power.planned_from);
        if at >= if own { WEATHER_HOURS } else { power.planned.len() } || power.planned.is_empty() {
            power.planned = self.day_ahead(site, power, battery, now);
            power.planned_from = self.hour;
        }
        power.planned[self.hour - power.planned_from]
    }

    /// The day ahead at the price that it will have: day-ahead prices are known. What is in store at its end is worth the
    /// day's mean price. The load, and where there is sun or wind the grid, are counted as they are now.
    fn day_ahead(
        &self,
        site: &Plan,
        power: &SitePower,
        battery: &Battery,
        (load, grid): (Joules, Joules),
    ) -> Vec<BatteryHour> {
        let (stored, own) = (power.stored, site.solar.is_some() || site.wind.is_some());
        let price: [f64; PLANNED_HOURS] =
            std::array::from_fn(|ahead| site.tariff.price(self.conditions.price(self.hour + ahead)) as f64);
        let mean = price.iter().sum::<f64>() / PLANNED_HOURS as f64;
        let worth = mean.max(0.0)
            * battery.discharging
            // Sun and wind will fill it again.
            * if own { REFILLED } else { 1.0 };
        if !own {
            let peak = self.peak(site, power, battery, load);
            let cost = |ahead: usize, net: Joules| price[ahead] * net.0 as f64 + peak.cost(load + net);
            return plan(battery, stored, PLANNED_HOURS, battery.levels(), worth, cost);
        }
        let bill = Ahead::new(self, site, grid);
        // What is needed of each hour, and what it costs without the battery.
        let needs: [(Joules, f64); PLANNED_HOURS] = std::array::from_fn(|ahead| {
            let (solar, wind) = self.renewable(site, self.hour + ahead);
            let need = load - solar - wind;
            (need, bill.cost(need, price[ahead]))
        });
        let most = needs.iter().map(|(need, _)| *need).max().unwrap_or(load);
        let peak = self.peak(site, power, battery, most.min(grid));
        let cost = |ahead: usize, net: Joules| {
            let (need, without) = needs[ahead];
            bill.cost(need + net, price[ahead]) - without + peak.cost((need + net).min(grid))
        };
        plan(battery, stored, PLANNED_HOURS, battery.levels(), worth, cost)
    }

    /// The month's peak as the day ahead begins, or what the load alone will make of it; and what a joule above it costs in an hour. A
    /// new peak serves the days that are left of the month, and is reached in as many hours as it takes to fill the battery.
    fn peak(&self, site: &Plan, power: &SitePower, battery: &Battery, load: Joules) -> Peak {
        let days = ((power.month_from.next_month() - self.now).seconds() / 86_400.0).max(1.0);
        let hours = battery.filling().max(1.0);
        let so_far = Joules::from_power(Power::from_watts(power.peak), Span::HOUR);
        // Micro-dollars of a kilowatt, as those of a megawatt-hour times joules that the plan counts in.
        let per_joule = site.tariff.demand as f64 * 1e-3 / 3600.0 * 3.6e9 / (days * hours);
        Peak { level: so_far.max(load), per_joule }
    }

    /// The charge on the month's peak, in the row that ends the month or the run: in proportion to the part of the month.
    fn demand(&self, plan: &Plan, power: &mut SitePower) -> Money {
        let end = power.month_from.next_month();
        if self.now < end && !self.last {
            return Money::ZERO;
        }
        let whole = (end - power.month_from.month_start()).seconds();
        let part = (self.now.min(end) - power.month_from).seconds() / whole;
        let kilowatts = power.peak / 1000.0;
        (power.peak, power.month_from) = (0.0, self.now);
        Money(libm::round(plan.tariff.demand as f64 * kilowatts * part) as i64)
    }
}

/// A peak that is paid for anyway, and what a joule above it costs in an hour.
struct Peak {
    level: Joules,
    per_joule: f64,
}

impl Peak {
    fn cost(&self, draw: Joules) -> f64 {
        (draw - self.level).0.max(0) as f64 * self.per_joule
    }
}

/// What an hour ahead costs a site: the grid up to what it gives, its own units, and what is left dark.
struct Ahead {
    grid: f64,
    /// Energy of units that can run and its price, the cheapest first.
    units: Vec<(f64, f64)>,
    sale: f64,
    sale_share: f64,
}

impl Ahead {
    fn new(hour: &Hour<'_>, site: &Plan, grid: Joules) -> Ahead {
        let group = |(i, group): (usize, &UnitGroup)| {
            let ready = hour.conditions.units(i, hour.hour, group.units.count);
            let ready = if group.ready <= hour.from { ready } else { 0 };
            let energy = Joules::from_power(group.units.capacity * f64::from(ready), hour.span);
            (energy.0 as f64, group.units.marginal_usd_per_mwh(group.fuel_usd_per_mmbtu) * 1e6)
        };
        let mut units: Vec<(f64, f64)> = site.units.iter().enumerate().map(group).collect();
        units.sort_by(|a, b| a.1.total_cmp(&b.1));
        let sale = Joules::from_power(site.tariff.export, hour.span).0 as f64;
        Ahead { grid: grid.0 as f64, units, sale, sale_share: site.tariff.export_share }
    }

    /// Of so much at the meter, at the price of the grid; below zero it is sold, as far as the grid takes it.
    fn cost(&self, need: Joules, price: f64) -> f64 {
        let mut left = need.0 as f64;
        if left <= 0.0 {
            return -price * self.sale_share * self.sale.min(-left);
        }
        let (mut cost, mut grid) = (0.0, Some((self.grid, price)));
        let mut units = self.units.iter().copied().peekable();
        while left > 0.0 {
            let first = match (grid, units.peek()) {
                (Some(grid), Some(unit)) if unit.1 < grid.1 => units.next(),
                (Some(_), _) => grid.take(),
                (None, _) => units.next(),
            };
            let Some((energy, price)) = first else { return cost + left * DARK };
            let taken = energy.min(left);
            cost += taken * price;
            left -= taken;
        }
        cost
    }
}

/// What was generated, by kind: sun and wind share what was taken of them.
fn generation(
    plan: &Plan,
    supplied: &Supplied,
    (solar, wind): (Joules, Joules),
    dispatcher: &Dispatcher,
) -> Generation {
    let mut generation = Generation::default();
    if supplied.renewable == solar + wind {
        (generation.solar, generation.wind) = (solar, wind);
    } else {
        let shares = share_out(supplied.renewable, &[solar, wind]);
        (generation.solar, generation.wind) = (shares[0], shares[1]);
    }
    for (group, &output) in plan.units.iter().zip(&dispatcher.output) {
        *match group.units.kind {
            UnitKind::SimpleCycle => &mut generation.simple_cycle,
            UnitKind::CombinedCycle => &mut generation.combined_cycle,
            UnitKind::Reciprocating => &mut generation.reciprocating,
            UnitKind::FuelCell => &mut generation.fuel_cell,
            UnitKind::Diesel => &mut generation.diesel,
        } += output;
    }
    generation
}

/// Fuel of all groups, its cost and its carbon.
fn burnt(plan: &Plan, dispatcher: &Dispatcher) -> (Joules, Money, i64) {
    let (mut fuel, mut cost, mut grams) = (Joules::ZERO, 0.0, 0.0);
    for (group, &burnt) in plan.units.iter().zip(&dispatcher.fuel) {
        fuel += burnt;
        cost += burnt.0 as f64 / (1e6 * JOULES_PER_BTU) * group.fuel_usd_per_mmbtu * 1e6;
        grams += burnt.0 as f64 * group.units.grams_per_joule;
    }
    (fuel, Money(libm::round(cost) as i64), libm::round(grams) as i64)
}
