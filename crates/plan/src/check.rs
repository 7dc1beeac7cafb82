//! Every plan is checked again, without the solver and without the model: from the instance and the decisions alone, in megawatts,
//! units and millions of dollars, with sums that do not round.
//!
//! Whole numbers, order and dates are checked exactly. Amounts may miss a limit by what a solver works with: a kilowatt, a unit
//! in a thousand, a thousand dollars, or a millionth of a millionth of the amounts that are compared.

use crate::decisions::{Decisions, Operation, PeriodDecisions, SiteDecisions};
use crate::exact::Sum;
use crate::instance::*;
use crate::true_up;

/// A limit that a plan breaks.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// In words, with site, period and scenario.
    pub what: String,
    /// By how much.
    pub by: f64,
}

/// By how much an amount may miss a limit.
const SLACK: f64 = 1e-3;

/// Checks of one plan.
struct Check<'a> {
    instance: &'a Instance,
    decisions: &'a Decisions,
    /// First quarter of each period and the end of the last.
    start: Vec<u32>,
    breaches: Vec<Breach>,
}

/// A sum of products with the size of its largest part.
#[derive(Default)]
struct Amount {
    sum: Sum,
    size: f64,
}

impl Amount {
    fn add(&mut self, a: f64, b: f64) {
        self.sum.add_product(a, b);
        self.size = self.size.max((a * b).abs());
    }

    fn of<'i>(values: impl IntoIterator<Item = &'i f64>) -> Amount {
        let mut amount = Amount::default();
        values.into_iter().for_each(|&value| amount.add(value, 1.0));
        amount
    }
}

/// Everything that a plan breaks; nothing for a plan that can be handed out.
pub fn breaches(instance: &Instance, decisions: &Decisions) -> Vec<Breach> {
    let mut start = vec![0];
    for period in &instance.periods {
        start.push(start[start.len() - 1] + period.quarters);
    }
    let mut check = Check { instance, decisions, start, breaches: Vec::new() };
    if !check.shapes() {
        check.say("the decisions are not those of this instance", 1.0);
        return check.breaches;
    }
    for (i, site) in decisions.sites.iter().enumerate() {
        check.building(i, site);
    }
    check.shared_purchases();
    for s in 0..instance.scenarios.len() {
        check.payments(s);
        for t in 0..instance.periods.len() {
            check.market(s, t);
            check.systems(s, t);
            for i in 0..instance.sites.len() {
                check.operation(s, t, i);
            }
        }
    }
    check.breaches.extend(crate::account::Account::new(instance, decisions).breaches());
    for t in 0..instance.periods.len() {
        check.labour(t);
        check.makers(t);
    }
    check.breaches
}

impl Check<'_> {
    fn say(&mut self, what: impl Into<String>, by: f64) {
        self.breaches.push(Breach { what: what.into(), by });
    }

    /// `amount <= 0`, to within what a solver works with.
    fn at_most_zero(&mut self, amount: &Amount, what: impl FnOnce() -> String) {
        let value = amount.sum.value();
        if value.is_nan() || value > SLACK + 1e-9 * amount.size {
            self.say(what(), value);
        }
    }

    fn zero(&mut self, amount: &Amount, what: impl FnOnce() -> String) {
        let value = amount.sum.value();
        if value.is_nan() || value.abs() > SLACK + 1e-9 * amount.size {
            self.say(what(), value);
        }
    }

    fn name(&self, s: usize, t: usize) -> String {
        format!("{}, {}", self.instance.periods[t].name, self.instance.scenarios[s].name)
    }

    /// Whether the decisions have the shape of the instance, so that no index is missing.
    fn shapes(&self) -> bool {
        let (instance, decisions) = (self.instance, self.decisions);
        let (n, t, g) = (instance.sites.len(), instance.periods.len(), instance.generations.len());
        let full = |series: &Vec<Vec<f64>>, count: usize, len: usize| {
            series.len() == count && series.iter().all(|series| series.len() == len)
        };
        let blocks = instance.day_of_block.len();
        let flows = |(here, flows): (&Site, &Operation)| {
            [&flows.import_mw, &flows.curtailed_mw, &flows.shed_mw].iter().all(|list| list.len() == blocks)
                && full(&flows.thermal_mw, here.thermals.len(), blocks)
                && full(&flows.renewable_mw, here.renewables.len(), blocks)
                && [&flows.charge_mw, &flows.discharge_mw, &flows.stored_mwh]
                    .iter()
                    .all(|list| full(list, here.storages.len(), blocks))
        };
        let site = |(here, site): (&Site, &SiteDecisions)| {
            site.phases.iter().chain(&site.tranches).flatten().all(|&ready| ready < t)
                && site.phases.len() == here.phases.len()
                && site.tranches.len() == here.tranches.len()
                && full(&site.thermal_mw, here.thermals.len(), t)
                && full(&site.renewable_mw, here.renewables.len(), t)
                && full(&site.storage_mw, here.storages.len(), t)
        };
        let period = |period: &PeriodDecisions| {
            let machines = [&period.delivered_mw, &period.installed_mw, &period.sold_mw, &period.active_mw];
            machines.iter().all(|machines| full(machines, n, g))
                && period.served_units.len() == instance.demands.len()
                && instance
                    .demands
                    .iter()
                    .zip(&period.served_units)
                    .all(|(demand, served)| served.len() == demand.served_from.len())
                && period.bought_units.len() == instance.purchases.len()
                && period.paid_musd.len() == instance.purchases.len()
                && period.operation.len() == n
                && instance.sites.iter().zip(&period.operation).all(flows)
        };
        decisions.sites.len() == n
            && instance.sites.iter().zip(&decisions.sites).all(site)
            && decisions.left.len() == instance.purchases.len()
            && decisions.drawn_musd.len() == t
            && decisions.futures.len() == instance.scenarios.len()
            && decisions.futures.iter().all(|future| {
                future.carry_musd.len() == t && future.periods.len() == t && future.periods.iter().all(period)
            })
    }

    /// Lead times, order of phases, due dates, units: exact.
    fn building(&mut self, i: usize, site: &SiteDecisions) {
        let here = &self.instance.sites[i];
        for (k, (phase, ready)) in here.phases.iter().zip(&site.phases).enumerate() {
            let soonest = phase.start_quarter + phase.lead_quarters;
            if ready.is_some_and(|t| self.start[t] < soonest) {
                self.say(format!("{} {} is ready before it can be", here.name, phase.name), 1.0);
            }
            let before = k.checked_sub(1).map(|k| site.phases[k]);
            if before.is_some_and(|before| ready.is_some_and(|t| before.is_none_or(|before| before > t))) {
                self.say(format!("{} {} comes before the phase before it", here.name, phase.name), 1.0);
            }
            if phase.due.is_some_and(|due| ready.is_none_or(|t| t > due)) {
                self.say(format!("{} {} is late", here.name, phase.name), 1.0);
            }
        }
        for (tranche, ready) in here.tranches.iter().zip(&site.tranches) {
            if ready.is_some_and(|t| self.start[t] < tranche.lead_quarters) {
                self.say(format!("{} {} is energised before it can be", here.name, tranche.name), 1.0);
            }
        }
        let kinds = here.thermals.iter().zip(&site.thermal_mw).map(|(here, mw)| {
            let kind = &self.instance.thermals[here.kind];
            (&kind.equipment, kind.unit_mw, here.most_mw, mw)
        });
        let renewables = here.renewables.iter().zip(&site.renewable_mw);
        let renewables = renewables
            .map(|(here, mw)| (&self.instance.renewables[here.kind].equipment, None, here.most_mw, mw));
        let stores = here.storages.iter().zip(&site.storage_mw);
        let stores =
            stores.map(|(here, mw)| (&self.instance.storages[here.kind].equipment, None, here.most_mw, mw));
        let all: Vec<_> = kinds.chain(renewables).chain(stores).collect();
        for (kind, unit, most, mw) in all {
            let at = format!("{} {}", here.name, kind.name);
            let soon = |(t, mw): (usize, &f64)| *mw > SLACK && self.start[t] < kind.lead_quarters;
            if mw.iter().enumerate().any(soon) {
                self.say(format!("{at} is online before it can be"), 1.0);
            }
            if mw.windows(2).any(|pair| pair[1] < pair[0] - SLACK) {
                self.say(format!("{at} goes away again"), 1.0);
            }
            if mw.iter().any(|&mw| mw > most + SLACK) {
                self.say(
                    format!("{at} is more than there can be"),
                    mw.iter().copied().fold(0.0, f64::max) - most,
                );
            }
            let broken = |mw: &f64, unit: f64| (mw / unit - libm::round(mw / unit)).abs() > 1e-9;
            if unit.is_some_and(|unit| mw.iter().any(|mw| broken(mw, unit))) {
                self.say(format!("{at} is not a number of whole units"), 1.0);
            }
        }
    }

    /// What is bought before it is known which future comes is the same in all.
    fn shared_purchases(&mut self) {
        let shared = self.instance.here_and_now.min(self.instance.periods.len());
        let Some(first) = self.decisions.futures.first() else { return };
        for (s, future) in self.decisions.futures.iter().enumerate() {
            let same = (0..shared).all(|t| {
                let (a, b) = (&future.periods[t], &first.periods[t]);
                a.delivered_mw == b.delivered_mw && a.sold_mw == b.sold_mw
            });
            if !same {
                self.say(format!("{} knows the future", self.instance.scenarios[s].name), 1.0);
            }
        }
    }

    /// Megawatts of halls, and of the connection, that are there in a future.
    fn there(&self, s: usize, t: usize, i: usize) -> (Amount, Amount) {
        let (here, site, scenario) =
            (&self.instance.sites[i], &self.decisions.sites[i], &self.instance.scenarios[s]);
        // Quarters of the period that begin with it there; where systems come at once, only the first counts.
        let counted = if self.instance.periods[t].evenly { self.instance.periods[t].quarters } else { 1 };
        let there = |ready: &Option<usize>, late: usize| -> f64 {
            let Some(ready) = *ready else { return 0.0 };
            let from = (self.start[ready] as usize).saturating_add(late);
            let with = (0..counted).filter(|quarter| from <= (self.start[t] + quarter) as usize).count();
            with as f64 / f64::from(counted)
        };
        let (mut halls, mut grid) = (Amount::default(), Amount::default());
        for (phase, ready) in here.phases.iter().zip(&site.phases) {
            halls.add(phase.mw, there(ready, scenario.late_halls[i]));
        }
        for (tranche, ready) in here.tranches.iter().zip(&site.tranches) {
            grid.add(tranche.mw, there(ready, scenario.late_grid[i]));
        }
        (halls, grid)
    }

    /// Fleets, room, firm power, work.
    fn systems(&mut self, s: usize, t: usize) {
        let future = &self.decisions.futures[s];
        let now = &future.periods[t];
        for i in 0..self.instance.sites.len() {
            let at = format!("{}, {}", self.instance.sites[i].name, self.name(s, t));
            for (g, generation) in self.instance.generations.iter().enumerate() {
                let at = format!("{}, {at}", generation.name);
                if t < generation.available && now.delivered_mw[i][g] > SLACK {
                    self.say(format!("{at}: delivered before it is made"), now.delivered_mw[i][g]);
                }
                let mut fleet = Amount::default();
                let mut old = Amount::default();
                for u in 0..=t {
                    let then = &future.periods[u];
                    fleet.add(then.delivered_mw[i][g], 1.0);
                    fleet.add(then.sold_mw[i][g], -1.0);
                    old.add(then.sold_mw[i][g], -1.0);
                    if self.start[u] + generation.life_quarters <= self.start[t] {
                        old.add(then.delivered_mw[i][g], 1.0);
                        if generation.resale_musd_per_mw.is_none() {
                            fleet.add(then.delivered_mw[i][g], -1.0);
                        }
                    }
                }
                fleet.add(now.installed_mw[i][g], -1.0);
                self.zero(&fleet, || format!("{at}: systems appear or vanish"));
                if generation.resale_musd_per_mw.is_some() {
                    self.at_most_zero(&old, || format!("{at}: systems stay beyond their life"));
                } else if now.sold_mw[i][g] > SLACK {
                    self.say(format!("{at}: sold, where nobody buys"), now.sold_mw[i][g]);
                }
                let mut working = Amount::of([&now.active_mw[i][g]]);
                working.add(now.installed_mw[i][g], -generation.availability);
                let period = &self.instance.periods[t];
                let quarters = f64::from(period.quarters);
                let late = period.late_quarters / quarters;
                let to_come = if period.evenly { (quarters - 1.0) / (2.0 * quarters) + late } else { late };
                if to_come > 0.0 {
                    working.add(now.delivered_mw[i][g], generation.availability * to_come);
                }
                self.at_most_zero(&working, || format!("{at}: more at work than works"));
            }
            let (halls, grid) = self.there(s, t, i);
            let mut room = Amount::of(&now.installed_mw[i]);
            room.add(halls.sum.value(), -1.0);
            self.at_most_zero(&room, || format!("{at}: systems without a place"));
            self.firm_power(s, t, i, grid.sum.value());
        }
    }

    fn firm_power(&mut self, s: usize, t: usize, i: usize, grid: f64) {
        let (here, site) = (&self.instance.sites[i], &self.decisions.sites[i]);
        let mut need = Amount::default();
        let installed = &self.decisions.futures[s].periods[t].installed_mw[i];
        installed.iter().for_each(|&mw| need.add(mw, here.peak_pue));
        need.add(grid, -1.0);
        site.thermal_mw.iter().for_each(|mw| need.add(mw[t], -(1.0 - here.reserve)));
        for (here, mw) in here.renewables.iter().zip(&site.renewable_mw) {
            need.add(mw[t], -self.instance.renewables[here.kind].firm);
        }
        for (here, mw) in here.storages.iter().zip(&site.storage_mw) {
            need.add(mw[t], -self.instance.storages[here.kind].firm);
        }
        let at = self.name(s, t);
        self.at_most_zero(&need, || format!("{}, {at}: systems without firm power", here.name));
    }

    /// Compute by region, demand, purchases.
    fn market(&mut self, s: usize, t: usize) {
        let (instance, scenario) = (self.instance, &self.instance.scenarios[s]);
        let now = &self.decisions.futures[s].periods[t];
        let at = self.name(s, t);
        let taken: f64 = scenario.right_share.iter().map(|share| share[t]).sum();
        for (r, region) in instance.regions.iter().enumerate() {
            let mut compute = Amount::default();
            for (demand, served) in instance.demands.iter().zip(&now.served_units) {
                let lanes = demand.served_from.iter().zip(served).filter(|(lane, _)| lane.region == r);
                lanes.for_each(|(_, &served)| compute.add(served, 1.0));
            }
            let bought =
                instance.purchases.iter().zip(&now.bought_units).filter(|(from, _)| from.region == r);
            bought.for_each(|(_, &bought)| compute.add(bought, -1.0));
            for (_, active) in instance.sites.iter().zip(&now.active_mw).filter(|(site, _)| site.region == r)
            {
                for (generation, &mw) in instance.generations.iter().zip(active) {
                    compute.add(mw, -(1.0 - taken) * generation.units_per_mw);
                }
            }
            self.at_most_zero(&compute, || format!("{}, {at}: compute from nowhere", region.name));
        }
        for (d, (demand, served)) in instance.demands.iter().zip(&now.served_units).enumerate() {
            let wanted = scenario.demand_units[d][t];
            let mut over = Amount::of(served);
            over.add(wanted, -1.0);
            self.at_most_zero(&over, || format!("{}, {at}: served more than is wanted", demand.name));
            let mut short = Amount::of([&wanted]);
            served.iter().for_each(|&served| short.add(served, -1.0));
            if demand.obliged {
                self.at_most_zero(&short, || format!("{}, {at}: not served", demand.name));
            }
        }
        for (p, purchase) in instance.purchases.iter().enumerate() {
            let left = self.decisions.left[p].is_some_and(|left| left <= t);
            let allowed = |exit: &Exit| self.decisions.left[p].is_none_or(|left| left >= exit.from);
            if self.decisions.left[p].is_some() && !purchase.exit.as_ref().is_some_and(allowed) {
                self.say(format!("{}, {at}: left, where it cannot be", purchase.name), 1.0);
            }
            let most = if left { 0.0 } else { purchase.most_units[t] };
            self.at_most_zero(&Amount::of([&now.bought_units[p], &-most]), || {
                format!("{}, {at}: bought more than is offered", purchase.name)
            });
        }
    }

    /// What agreements settle is paid, period by period.
    fn payments(&mut self, s: usize) {
        let future = &self.decisions.futures[s];
        for (p, purchase) in self.instance.purchases.iter().enumerate() {
            let owed = true_up::paid_in(self.instance, self.decisions, s, p);
            for (t, owed) in owed.iter().enumerate() {
                let unpaid = Amount::of([owed, &-future.periods[t].paid_musd[p]]);
                let at = self.name(s, t);
                self.at_most_zero(&unpaid, || format!("{}, {at}: less is paid than is owed", purchase.name));
            }
        }
    }

    /// Physics of a site: each block balances, each flow is within what is there.
    fn operation(&mut self, s: usize, t: usize, i: usize) {
        let now = &self.decisions.futures[s].periods[t];
        let flows = &now.operation[i];
        let (_, grid) = self.there(s, t, i);
        let (site, here) = (&self.decisions.sites[i], &self.instance.sites[i]);
        let profile = &here.profiles[here.profile[t]];
        let load = Amount::of(&now.active_mw[i]).sum.value();
        let at = format!("{}, {}", here.name, self.name(s, t));
        let grid = grid.sum.value();
        let blocks = self.instance.day_of_block.len();
        self.at_most_zero(&Amount::of([&flows.peak_mw, &-grid]), || {
            format!("{at}: peak above the connection")
        });
        let mut unbilled = Amount::of([&-flows.peak_mw]);
        unbilled.add(grid, here.take_or_pay);
        if here.take_or_pay > 0.0 {
            self.at_most_zero(&unbilled, || format!("{at}: less billed than is taken or paid"));
        }
        let mut worst = (0.0_f64, "");
        let mut note = |excess: f64, what: &'static str| {
            if excess > worst.0 {
                worst = (excess, what);
            }
        };
        for b in 0..blocks {
            let mut balance = Amount::default();
            balance.add(load, -profile.pue[b]);
            let supplies = [&flows.thermal_mw, &flows.renewable_mw, &flows.discharge_mw];
            supplies.iter().flat_map(|list| list.iter()).for_each(|series| balance.add(series[b], 1.0));
            flows.charge_mw.iter().for_each(|series| balance.add(series[b], -1.0));
            [&flows.import_mw, &flows.curtailed_mw, &flows.shed_mw]
                .iter()
                .for_each(|series| balance.add(series[b], 1.0));
            note(balance.sum.value().abs(), "supply is not demand");
            note(flows.import_mw[b] - flows.peak_mw, "a draw above the billed peak");
            note(
                flows.curtailed_mw[b] - here.curtailable * profile.pue[b] * load,
                "more let go than users allow",
            );
            if !self.instance.objective.is_money() {
                note(flows.curtailed_mw[b].max(flows.shed_mw[b]), "load let go, where nothing may be");
            }
            let all = flows.series().into_iter().map(|series| -series[b]).fold(0.0, f64::max);
            note(all, "a flow below nothing");
            for (k, series) in flows.thermal_mw.iter().enumerate() {
                note(series[b] - site.thermal_mw[k][t], "a generator above its size");
            }
            for (k, series) in flows.renewable_mw.iter().enumerate() {
                note(
                    series[b] - profile.renewable[k][b] * site.renewable_mw[k][t],
                    "more than sun and wind give",
                );
            }
            for k in 0..site.storage_mw.len() {
                let size = site.storage_mw[k][t];
                let hours = self.instance.storages[here.storages[k].kind].hours;
                note(flows.charge_mw[k][b] - size, "a store filled too fast");
                note(flows.discharge_mw[k][b] - size, "a store emptied too fast");
                note(flows.stored_mwh[k][b] - hours * size, "a store above its size");
            }
        }
        for k in 0..site.storage_mw.len() {
            note(self.store(flows, here, k).abs(), "a store that loses or makes energy");
        }
        if worst.0 > SLACK * 10.0 {
            self.say(format!("{at}: {}", worst.1), worst.0);
        }
    }

    /// The largest gap in the book of a store over its days, MWh.
    fn store(&self, flows: &Operation, here: &Site, k: usize) -> f64 {
        let days = &self.instance.day_of_block;
        let efficiency = self.instance.storages[here.storages[k].kind].efficiency;
        let mut worst = 0.0_f64;
        for b in 0..days.len() {
            let first = (0..days.len()).find(|&other| days[other] == days[b]).unwrap_or(b);
            let last = (0..days.len()).rev().find(|&other| days[other] == days[b]).unwrap_or(b);
            let before = if b == first { last } else { b - 1 };
            let mut book = Amount::default();
            book.add(flows.stored_mwh[k][b], 1.0);
            book.add(flows.stored_mwh[k][before], -1.0);
            book.add(flows.charge_mw[k][b], -self.instance.block_hours * efficiency);
            book.add(flows.discharge_mw[k][b], self.instance.block_hours / efficiency);
            worst = worst.max(book.sum.value().abs());
        }
        worst
    }

    /// Labour by region.
    fn labour(&mut self, t: usize) {
        for (r, region) in self.instance.regions.iter().enumerate() {
            let Some(labour) = &region.labour_mw else { continue };
            let mut busy = Amount::of([&-labour[t]]);
            for (here, site) in self.instance.sites.iter().zip(&self.decisions.sites) {
                if here.region != r {
                    continue;
                }
                for (phase, ready) in here.phases.iter().zip(&site.phases) {
                    let under_way = |ready: &usize| {
                        *ready > t && self.start[*ready].saturating_sub(phase.lead_quarters) <= self.start[t]
                    };
                    if ready.as_ref().is_some_and(under_way) {
                        busy.add(phase.mw, 1.0);
                    }
                }
            }
            let at = &self.instance.periods[t].name;
            self.at_most_zero(&busy, || {
                format!("{}, {at}: more under construction than labour allows", region.name)
            });
        }
    }

    /// What makers deliver.
    fn makers(&mut self, t: usize) {
        let at = self.instance.periods[t].name.clone();
        for (g, generation) in self.instance.generations.iter().enumerate() {
            let Some(supply) = &generation.supply_mw else { continue };
            for future in &self.decisions.futures {
                let mut delivered = Amount::of(future.periods[t].delivered_mw.iter().map(|site| &site[g]));
                delivered.add(supply[t], -1.0);
                self.at_most_zero(&delivered, || {
                    format!("{}, {at}: more delivered than is made", generation.name)
                });
            }
        }
        for (k, kind) in self.instance.thermals.iter().enumerate() {
            let Some(supply) = &kind.supply_mw else { continue };
            let mut online = Amount::of([&-supply[t]]);
            for (here, site) in self.instance.sites.iter().zip(&self.decisions.sites) {
                let kinds = here.thermals.iter().zip(&site.thermal_mw).filter(|(here, _)| here.kind == k);
                kinds.for_each(|(_, mw)| online.add(mw[t], 1.0));
            }
            self.at_most_zero(&online, || format!("{}, {at}: more online than is made", kind.equipment.name));
        }
        let Some(transformers) = &self.instance.transformers_mw else { return };
        let mut grid = Amount::of([&-transformers[t]]);
        for (here, site) in self.instance.sites.iter().zip(&self.decisions.sites) {
            let there =
                here.tranches.iter().zip(&site.tranches).filter(|(_, ready)| ready.is_some_and(|u| u <= t));
            there.for_each(|(tranche, _)| grid.add(tranche.mw, 1.0));
        }
        self.at_most_zero(&grid, || format!("{at}: more connected than transformers allow"));
    }
}
