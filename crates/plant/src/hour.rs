//! An hour of a site whose IT load has happened: who supplied it, at least cost.
//!
//! Unlike [`crate::site::run_hour`], which decides what load may run, this takes the load as it was and meets all of it.
//! Memory is used again from hour to hour.

use crate::balance::Joules;
use crate::battery::{Battery, BatteryHour};
use crate::dispatch::{Bid, Committer, Offer, Price, UnitGroup};
use crate::generation::Units;
use base::Span;
use serde::{Deserialize, Serialize};

/// Value of a load that runs: above every price.
const LOAD: Price = Price::MAX / 8;
/// Price of energy above what the grid may give: taken only when nothing else is left.
const OVERDRAW: Price = Price::MAX / 16;
/// Price of a battery's energy that its plan keeps for later: above every market.
const RESERVE: Price = Price::MAX / 32;
/// What charging may cost above the hour's price, micro-dollars for a megawatt-hour: it shall not start a unit.
const CHARGING: Price = 1_000_000;

/// What there is to meet a load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Supply {
    /// Length of the hour, or of the part that the run has of it.
    pub span: Span,
    /// The most that the grid gives.
    pub grid: Joules,
    /// Its price.
    pub grid_price: Price,
    /// The most that it takes.
    pub sale: Joules,
    /// What it pays.
    pub sale_price: Price,
    /// Sun and wind.
    pub renewable: Joules,
    /// Dry bulb, °C: hot air costs turbines output.
    pub dry_bulb_c: f64,
}

/// A group of units in the hour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Units that can run.
    pub ready: u32,
    /// Units that ran in the hour before.
    pub running: u32,
    /// What one that starts gives in the hour, as a share of what one gives that runs: 1 where it was ordered in time.
    pub starting: f64,
    /// Price of their fuel, US dollars for a million Btu.
    pub fuel_usd_per_mmbtu: f64,
}

/// A battery in the hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Store<'a> {
    /// The battery.
    pub battery: &'a Battery,
    /// What is in it.
    pub stored: Joules,
    /// What it was planned to do.
    pub plan: BatteryHour,
}

impl Store<'_> {
    /// What it can give and take at the bus in this span.
    pub fn reach(&self, span: Span) -> (Joules, Joules) {
        let most = Joules::from_power(self.battery.power, span).0;
        let give = libm::floor(self.stored.0 as f64 * self.battery.discharging) as i64;
        let room = (self.battery.energy - self.stored).0.max(0);
        let take = libm::floor(room as f64 / self.battery.charging) as i64;
        (Joules(give.min(most)), Joules(take.min(most)))
    }

    /// What is in it after this much went in and out at the bus.
    pub fn after(&self, charged: Joules, discharged: Joules) -> Joules {
        let gained = libm::round(charged.0 as f64 * self.battery.charging) as i64;
        let drained = libm::round(discharged.0 as f64 / self.battery.discharging) as i64;
        Joules((self.stored.0 + gained - drained).clamp(0, self.battery.energy.0))
    }
}

/// Who supplied an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Supplied {
    /// From the grid, `overdrawn` included.
    pub bought: Joules,
    /// Of that, above what the grid may give.
    pub overdrawn: Joules,
    /// Sun and wind taken.
    pub renewable: Joules,
    /// Out of the battery, at the bus.
    pub discharged: Joules,
    /// Into the battery, at the bus.
    pub charged: Joules,
    /// To the grid.
    pub sold: Joules,
}

/// Runs hours of a site. After [`Dispatcher::serve`], `on`, `output` and `fuel` hold what each group of units did.
#[derive(Clone, Debug, Default)]
pub struct Dispatcher {
    committer: Committer,
    groups: Vec<UnitGroup>,
    /// Energy of each group.
    pub output: Vec<Joules>,
    /// Fuel of each group.
    pub fuel: Vec<Joules>,
}

impl Dispatcher {
    /// Running units of each group in the hour that was served last.
    pub fn on(&self) -> &[u32] {
        &self.committer.on
    }

    /// Meets `load` at the meter at least cost. The battery's plan is followed as far as its store allows; what it keeps
    /// for later is touched before anything is overdrawn. The cost of a start is spread over `hours_a_start` hours.
    pub fn serve<'a>(
        &mut self,
        load: Joules,
        supply: &Supply,
        units: impl Iterator<Item = (&'a Units, Standing)> + Clone,
        store: Option<Store<'_>>,
        hours_a_start: f64,
    ) -> Supplied {
        let (give, take) = store.map_or((Joules::ZERO, Joules::ZERO), |store| store.reach(supply.span));
        let planned = store.map_or((0, 0), |store| (store.plan.discharged.0, store.plan.charged.0));
        let discharge = Joules(planned.0.clamp(0, give.0));
        let offers = [
            Offer { most: supply.grid, price: supply.grid_price },
            Offer { most: supply.renewable, price: 0 },
            Offer { most: discharge, price: 0 },
            Offer { most: give - discharge, price: RESERVE },
            Offer { most: load, price: OVERDRAW },
        ];
        let charging = supply.grid_price.max(0).saturating_add(CHARGING).min(RESERVE - 1);
        let charge = planned.1.clamp(0, take.0);
        // What nobody takes of sun and wind goes into store before it is wasted.
        let spare = if planned.0 > 0 { 0 } else { (supply.renewable - load).0 - charge };
        let bids = [
            Bid { most: load, value: LOAD },
            Bid { most: Joules(charge), value: charging },
            Bid { most: supply.sale, value: supply.sale_price.min(RESERVE - 1) },
            Bid { most: Joules(spare.clamp(0, take.0 - charge)), value: 1 },
        ];
        self.groups.clear();
        self.groups.extend(units.clone().map(|(units, now)| {
            let standing = (now.ready, now.running, now.starting);
            units.group_over(supply.span, standing, supply.dry_bulb_c, now.fuel_usd_per_mmbtu, hours_a_start)
        }));
        self.committer.commit(&offers, &self.groups, &bids);
        let (taken, served) = (&self.committer.cleared.taken, &self.committer.cleared.served);
        self.output.clear();
        self.output.extend(taken[offers.len()..].chunks(2).map(|pair| pair[0] + pair[1]));
        self.fuel.clear();
        let each = units.zip(&self.groups).zip(self.committer.on.iter().zip(&self.output));
        self.fuel.extend(each.map(|(((units, _), group), (&on, &output))| {
            // Least load that nobody took was burnt all the same.
            let burnt = output.max(group.range(on).0);
            units.fuel_over(supply.span, (on, on.saturating_sub(group.running)), burnt)
        }));
        Supplied {
            bought: taken[0] + taken[4],
            overdrawn: taken[4],
            renewable: taken[1],
            discharged: taken[2] + taken[3],
            charged: served[1] + served[3],
            sold: served[2],
        }
    }
}

/// Micro-dollars for so much energy at this price, half up, so that the rounding does not depend on the sign.
pub fn money(energy: Joules, price: Price) -> i64 {
    let exact = i128::from(energy.0) * i128::from(price);
    let per_mwh = i128::from(Joules::PER_MWH);
    i64::try_from((exact + per_mwh / 2).div_euclid(per_mwh)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::UnitKind;
    use base::Power;

    fn mwh(mwh: f64) -> Joules {
        Joules::from_power(Power::from_mw(mwh), Span::HOUR)
    }

    fn supply(grid: f64, usd: i64) -> Supply {
        Supply {
            span: Span::HOUR,
            grid: mwh(grid),
            grid_price: usd * 1_000_000,
            sale: Joules::ZERO,
            sale_price: 0,
            renewable: Joules::ZERO,
            dry_bulb_c: 15.0,
        }
    }

    #[test]
    fn turbines_start_where_the_grid_ends_or_is_dear() {
        let turbines = Units::new(UnitKind::SimpleCycle, 10, Power::from_mw(36.0));
        let starting = turbines.first_hour();
        let standing = |running| Standing { ready: 10, running, starting, fuel_usd_per_mmbtu: 3.0 };
        let mut dispatcher = Dispatcher::default();
        let mut run = |grid, usd, running| {
            let units = [(&turbines, standing(running))];
            let supplied = dispatcher.serve(mwh(300.0), &supply(grid, usd), units.iter().copied(), None, 8.0);
            (supplied.bought, dispatcher.on()[0], dispatcher.output[0])
        };
        assert_eq!(run(400.0, 20, 0), (mwh(300.0), 0, Joules::ZERO), "the grid is cheaper");
        let (bought, on, output) = run(200.0, 20, 0);
        assert_eq!(bought + output, mwh(300.0));
        // In its first hour a turbine gives five sixths.
        assert_eq!(on, 4);
        assert_eq!(
            run(400.0, 500, 10),
            (Joules::ZERO, 9, mwh(300.0)),
            "the grid is dear, and nine are enough"
        );
    }

    #[test]
    fn the_battery_keeps_its_plan_and_gives_more_in_need() {
        let battery = Battery::new(Power::from_mw(100.0), Span::from_hours(4), 0.85);
        let still = BatteryHour { charged: Joules::ZERO, discharged: Joules::ZERO, stored: Joules::ZERO };
        let store = Store { battery: &battery, stored: mwh(200.0), plan: still };
        let mut dispatcher = Dispatcher::default();
        let none = std::iter::empty::<(&Units, Standing)>();
        let calm = dispatcher.serve(mwh(80.0), &supply(100.0, 30), none.clone(), Some(store), 8.0);
        assert_eq!(
            (calm.discharged, calm.charged, calm.overdrawn),
            (Joules::ZERO, Joules::ZERO, Joules::ZERO)
        );
        let need = dispatcher.serve(mwh(150.0), &supply(100.0, 30), none.clone(), Some(store), 8.0);
        assert_eq!((need.bought, need.discharged), (mwh(100.0), mwh(50.0)));
        let lack = dispatcher.serve(mwh(230.0), &supply(100.0, 30), none.clone(), Some(store), 8.0);
        assert_eq!((lack.discharged, lack.overdrawn), (mwh(100.0), mwh(30.0)));
        let plan = BatteryHour { charged: mwh(60.0), ..still };
        let charge =
            dispatcher.serve(mwh(80.0), &supply(100.0, 30), none, Some(Store { plan, ..store }), 8.0);
        assert_eq!(charge.charged, mwh(20.0), "only what the grid has left");
        let after = store.after(charge.charged, Joules::ZERO);
        assert!(after > store.stored && after < store.stored + mwh(20.0));
        assert!(store.after(Joules::ZERO, store.reach(Span::HOUR).0).0 > 0);
    }

    #[test]
    fn money_is_rounded_half_up_whatever_its_sign() {
        assert_eq!(money(Joules(Joules::PER_MWH / 2), 1), 1);
        assert_eq!(money(Joules(Joules::PER_MWH / 2), -1), 0);
        assert_eq!(money(mwh(10.0), 45_000_000), 450_000_000);
    }
}
