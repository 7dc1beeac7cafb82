//! A battery over the hours ahead, by dynamic programming.

use crate::balance::Joules;
use base::{Power, Span};
use serde::{Deserialize, Serialize};

/// A battery at the site's bus.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Battery {
    /// Energy that it can hold between empty and full.
    pub energy: Joules,
    /// The most that it takes or gives at the bus.
    pub power: Power,
    /// Share of the energy taken at the bus that is stored.
    pub charging: f64,
    /// Share of the energy taken out of store that reaches the bus.
    pub discharging: f64,
}

/// Fewest steps of a store.
const FEWEST: usize = 12;
/// A store that takes more hours to fill is planned without regard to its power.
const LONGEST: f64 = 50.0;
/// A step that takes so much more than an hour at full power is done in one.
const ROUNDED: f64 = 0.005;

impl Battery {
    /// A battery of this power and duration that gives back this share of what it takes, shared out evenly over both ways.
    /// Lithium-ion: 85 % (NREL Annual Technology Baseline 2024, utility-scale battery storage).
    pub fn new(power: Power, duration: Span, efficiency: f64) -> Battery {
        let one_way = libm::sqrt(efficiency);
        Battery {
            energy: Joules::from_power(power, duration),
            power,
            charging: one_way,
            discharging: one_way,
        }
    }

    /// Hours at full power from empty to full.
    pub fn filling(&self) -> f64 {
        let hourly = Joules::from_power(self.power, Span::HOUR).0 as f64;
        self.energy.0 as f64 / (hourly * self.charging)
    }

    /// Steps of the store for [`plan`]: as few as let it take and give nearly its full power in an hour, so that most of an
    /// hour's reach lies on the grid in both directions.
    pub fn levels(&self) -> usize {
        let hourly = Joules::from_power(self.power, Span::HOUR).0 as f64;
        // Hours to fill and to empty it.
        let (filling, emptying) = (self.filling(), self.energy.0 as f64 * self.discharging / hourly);
        if filling > LONGEST || filling.is_nan() {
            return libm::ceil(2.0 * filling.min(10.0 * LONGEST)) as usize;
        }
        // The share of an hour's power that whole steps reach.
        let reached = |levels: usize, hours: f64| {
            let steps = levels as f64 / hours;
            (libm::floor(steps * (1.0 + ROUNDED)) / steps).min(1.0)
        };
        let fit = |levels: usize| reached(levels, filling).min(reached(levels, emptying));
        let least = FEWEST.max(libm::ceil(2.0 * filling) as usize);
        let mut best = least;
        for levels in least..least + FEWEST.max(libm::ceil(6.0 * filling) as usize) {
            if fit(levels) > fit(best) {
                best = levels;
            }
            if fit(best) >= 0.98 {
                break;
            }
        }
        best
    }

    /// A share of it.
    pub fn part(&self, share: f64) -> Battery {
        if share == 1.0 {
            return *self;
        }
        let energy = Joules(libm::round(self.energy.0 as f64 * share) as i64);
        Battery { energy, power: self.power * share, ..*self }
    }
}

/// What a battery does in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatteryHour {
    /// Taken at the bus.
    pub charged: Joules,
    /// Given at the bus.
    pub discharged: Joules,
    /// In store at the end of the hour.
    pub stored: Joules,
}

/// Plans the hours ahead: `cost(hour, net)` is what the hour costs if the battery takes `net` joules at the bus (negative:
/// gives), in any unit; `end_value` is what a joule in store is worth after the last hour, in the same unit.
///
/// The store moves on a grid of `levels` steps between empty and full (the start is taken down to the grid for planning);
/// on that grid the plan is exact: the least total cost, and of equal plans the one with the least movement, then the
/// lower store; a step a little above the power of the battery counts as one at full power. It knows the costs of all hours ahead: give it a forecast, carry out the first hour, and plan again.
pub fn plan(
    battery: &Battery,
    stored: Joules,
    hours: usize,
    levels: usize,
    end_value: f64,
    mut cost: impl FnMut(usize, Joules) -> f64,
) -> Vec<BatteryHour> {
    let levels = levels.max(1);
    let quantum = battery.energy.0 / levels as i64;
    if quantum <= 0 {
        return vec![BatteryHour { charged: Joules::ZERO, discharged: Joules::ZERO, stored }; hours];
    }
    let hourly = Joules::from_power(battery.power, Span::HOUR).0;
    // Bus energy of a move by so many levels.
    let exact = |change: i64| -> i64 {
        let energy = (quantum * change) as f64;
        let scaled = if change >= 0 { energy / battery.charging } else { energy * battery.discharging };
        libm::round(scaled) as i64
    };
    let reach = hourly + (hourly as f64 * ROUNDED) as i64;
    let bus = |change: i64| exact(change).clamp(-hourly, hourly);
    let most_up = (1..=levels as i64).take_while(|&c| exact(c) <= reach).last().unwrap_or(0);
    let most_down = (1..=levels as i64).take_while(|&c| -exact(-c) <= reach).last().unwrap_or(0);
    let moves: Vec<i64> = (-most_down..=most_up).collect();
    // By hour and level: the least cost of all that is to come; the last is what is left in store.
    let wide = levels + 1;
    let mut least = vec![f64::INFINITY; (hours + 1) * wide];
    for (level, worth) in least[hours * wide..].iter_mut().enumerate() {
        *worth = -end_value * (quantum * level as i64) as f64;
    }
    let mut costs = vec![0.0; hours * moves.len()];
    for hour in (0..hours).rev() {
        let (before, after) = least[hour * wide..(hour + 2) * wide].split_at_mut(wide);
        let costs = &mut costs[hour * moves.len()..][..moves.len()];
        for (&change, hourly_cost) in moves.iter().zip(costs) {
            *hourly_cost = cost(hour, Joules(bus(change)));
            let up = change.unsigned_abs() as usize;
            let (from, to) =
                if change < 0 { (&mut before[up..], &*after) } else { (&mut before[..], &after[up..]) };
            for (best, worth) in from.iter_mut().zip(to) {
                let total = *hourly_cost + *worth;
                *best = if total < *best { total } else { *best };
            }
        }
    }
    let mut level = (stored.0 / quantum).clamp(0, levels as i64);
    // What lies between two levels stays in store untouched.
    let rest = stored.0 - level * quantum;
    let mut plan = Vec::with_capacity(hours);
    for hour in 0..hours {
        let worth = &least[(hour + 1) * wide..(hour + 2) * wide];
        let (mut chosen, mut best) = (0, f64::INFINITY);
        for (&change, &hourly_cost) in moves.iter().zip(&costs[hour * moves.len()..]) {
            let Some(worth) = usize::try_from(level + change).ok().and_then(|to| worth.get(to)) else {
                continue;
            };
            let total = hourly_cost + worth;
            if total < best || (total == best && change.abs() < i64::abs(chosen)) {
                (best, chosen) = (total, change);
            }
        }
        level += chosen;
        let net = bus(chosen);
        plan.push(BatteryHour {
            charged: Joules(net.max(0)),
            discharged: Joules((-net).max(0)),
            stored: Joules(level * quantum + rest),
        });
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn small() -> Battery {
        Battery { energy: Joules(3000), power: Power::from_watts(1.0), charging: 0.9, discharging: 0.9 }
    }

    #[test]
    fn it_buys_low_and_sells_high_once_the_losses_are_paid() {
        let battery = Battery::new(Power::from_mw(100.0), Span::from_hours(2), 0.85);
        let run = |prices: &[f64]| {
            let cost = |hour: usize, net: Joules| prices[hour] * net.mwh();
            let plan = plan(&battery, Joules::ZERO, prices.len(), 24, 0.0, cost);
            let cost: f64 =
                plan.iter().zip(prices).map(|(h, p)| p * (h.charged.mwh() - h.discharged.mwh())).sum();
            (plan, cost)
        };
        let (plan, cost) = run(&[20.0, 20.0, 20.0, 100.0, 100.0, 30.0]);
        assert!(cost < 0.0 && plan[3].discharged.0 > 0, "{plan:?}");
        // 15 % is lost: a spread of 10 % is not worth it.
        let (plan, cost) = run(&[20.0, 22.0, 20.0, 22.0]);
        assert_eq!(cost, 0.0, "{plan:?}");
    }

    #[test]
    fn an_empty_or_missing_battery_does_nothing() {
        let none = Battery { energy: Joules::ZERO, power: Power::ZERO, charging: 0.9, discharging: 0.9 };
        let plan = plan(&none, Joules::ZERO, 3, 10, 0.0, |_, net| net.mwh());
        assert!(plan.iter().all(|hour| hour.charged == Joules::ZERO && hour.discharged == Joules::ZERO));
    }

    /// The exact optimum at positive prices: the cost of all that is to come is convex and piecewise linear in the store, and
    /// an hour merges its slopes with those of buying and selling.
    fn exact(battery: &Battery, prices: &[f64], end_value: f64) -> f64 {
        let energy = battery.energy.mwh();
        let (fill, drain) = (battery.power.mw() * battery.charging, battery.power.mw() / battery.discharging);
        // Value at an empty store, then slopes and lengths.
        let (mut empty, mut slopes) = (0.0, vec![(-end_value, energy)]);
        for price in prices.iter().rev() {
            // One hour: from a store of `-fill` on, for which it fills up, to `drain`.
            empty += price / battery.charging * fill;
            slopes.extend([(-price / battery.charging, fill), (-price * battery.discharging, drain)]);
            slopes.sort_by(|a, b| a.0.total_cmp(&b.0));
            // Back to stores from none to full.
            let mut below = fill;
            for (slope, length) in &mut slopes {
                let cut = below.min(*length);
                (empty, below, *length) = (empty + *slope * cut, below - cut, *length - cut);
            }
            let mut left = energy;
            for (_, length) in &mut slopes {
                *length = length.min(left);
                left -= *length;
            }
            slopes.retain(|(_, length)| *length > 0.0);
        }
        empty
    }

    /// A plan on the grid takes nearly all that the exact optimum would.
    #[test]
    fn the_grid_costs_next_to_nothing() {
        for (hours, efficiency) in
            [(1, 0.85), (2, 0.85), (3, 0.85), (4, 0.85), (6, 0.85), (8, 0.85), (12, 0.7), (4, 1.0), (5, 0.92)]
        {
            let battery = Battery::new(Power::from_mw(10.0), Span::from_hours(hours), efficiency);
            let (mut ours, mut best) = (0.0, 0.0);
            for day in 0..40 {
                let mut draws = base::Stream::new(day, "prices").at(0);
                let prices: Vec<f64> = (0..24).map(|_| 5.0 + draws.exponential() * 40.0).collect();
                let end = prices.iter().sum::<f64>() / 24.0 * battery.discharging;
                let cost = |hour: usize, net: Joules| prices[hour] * net.mwh();
                let plan = plan(&battery, Joules::ZERO, 24, battery.levels(), end / 3.6e9, cost);
                let paid: f64 =
                    plan.iter().zip(&prices).map(|(h, p)| p * (h.charged.mwh() - h.discharged.mwh())).sum();
                let last = plan.last().map_or(0.0, |hour| hour.stored.mwh());
                ours += end * last - paid;
                best -= exact(&battery, &prices, end);
            }
            let share = ours / best;
            assert!(
                (0.97..1.004).contains(&share),
                "{hours} h, {efficiency}: {share} with {}",
                battery.levels()
            );
        }
    }

    /// Every path on the grid, tried one by one.
    fn brute_force(
        battery: &Battery,
        level: i64,
        hours: usize,
        levels: i64,
        end_value: f64,
        costs: &[f64],
    ) -> f64 {
        let quantum = battery.energy.0 / levels;
        if hours == 0 {
            return -end_value * (quantum * level) as f64;
        }
        let hour = costs.len() - hours;
        let hourly = Joules::from_power(battery.power, Span::HOUR).0;
        let mut best = f64::INFINITY;
        for target in 0..=levels {
            let energy = (quantum * (target - level)) as f64;
            let bus = if energy >= 0.0 { energy / battery.charging } else { energy * battery.discharging };
            let bus = bus.round();
            if bus.abs() as i64 > hourly {
                continue;
            }
            // A convex cost: energy is dearer the more of it is needed.
            let cost = hour_cost(costs[hour], bus);
            best = best.min(cost + brute_force(battery, target, hours - 1, levels, end_value, costs));
        }
        best
    }

    fn hour_cost(price: f64, net: f64) -> f64 {
        let load = 5000.0 + net;
        price * load + 0.002 * load * load
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_plan_is_the_best_of_all(costs in proptest::collection::vec(-5.0..60.0f64, 1..6), start in 0i64..4, end in 0.0..30.0f64) {
            let battery = small();
            let (levels, hours) = (3, costs.len());
            let stored = Joules(start * 1000);
            let plan = plan(&battery, stored, hours, levels, end, |hour, net| hour_cost(costs[hour], net.0 as f64));
            let total: f64 = plan.iter().enumerate().map(|(i, h)| hour_cost(costs[i], (h.charged.0 - h.discharged.0) as f64)).sum();
            let last = plan.last().map_or(stored, |hour| hour.stored);
            let best = brute_force(&battery, start, hours, levels as i64, end, &costs);
            prop_assert!((total - end * last.0 as f64 - best).abs() < 1e-6 * best.abs().max(1.0), "{} {}", total, best);
            // What goes in and does not come out is lost, never more than the efficiencies say.
            let mut before = stored;
            for hour in plan {
                let change = hour.stored.0 - before.0;
                let bus = hour.charged.0 - hour.discharged.0;
                prop_assert!(bus >= change, "a battery gives more than it takes");
                prop_assert!((0..=3000).contains(&hour.stored.0));
                before = hour.stored;
            }
        }
    }
}
