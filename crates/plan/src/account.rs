//! What decisions cost, counted from the instance alone: the second opinion on the model's objective, and the books behind the
//! check of capital, covenants and carbon.

use crate::bill::{Building, Operating, Payment};
use crate::check::Breach;
use crate::decisions::{Decisions, Operation};
use crate::exact::Sum;
use crate::instance::*;
use crate::master::weigh;
use std::collections::BTreeMap;

/// Land: the objective gives it no worth.
const NOTHING: (f64, u32) = (0.0, 0);

/// Money of a plan by period, millions of dollars.
pub struct Account<'a> {
    instance: &'a Instance,
    decisions: &'a Decisions,
    start: Vec<u32>,
    /// Spent on land, halls, connections, generators, renewables and stores, by period.
    pub building_musd: Vec<f64>,
    /// The same, payment by payment.
    pub payments: Vec<Payment>,
    /// Present worth at the end of what was built.
    pub building_worth_musd: f64,
    /// The same, thing by thing.
    built: Vec<Worth>,
}

/// What a thing cost and what it is worth at the end of the plan, millions of dollars, not discounted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// Paid for it.
    pub cost_musd: f64,
    /// Worth at the end.
    pub worth_musd: f64,
}

/// Takes parts of an operating cost, each a product: for what, at which site, and its two factors.
type Parts<'p> = &'p mut dyn FnMut(Operating, Option<usize>, f64, f64);

/// Present bills of a site, less what is left of them at the end, millions of dollars.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bills {
    pub(crate) halls_musd: f64,
    pub(crate) land_musd: f64,
    pub(crate) grid_energy_musd: f64,
    pub(crate) demand_charge_musd: f64,
}

/// The period in which a quarter lies; `start` has the first quarter of each.
fn period_of(start: &[u32], quarter: u32) -> usize {
    start.iter().rposition(|&start| start <= quarter).unwrap_or(0)
}

impl<'a> Account<'a> {
    /// The account of decisions that have the shape of the instance.
    pub fn new(instance: &'a Instance, decisions: &'a Decisions) -> Account<'a> {
        let mut start = vec![0];
        for period in &instance.periods {
            start.push(start[start.len() - 1] + period.quarters);
        }
        let building_musd = vec![0.0; instance.periods.len()];
        let payments = Vec::new();
        let (building_worth_musd, built) = (0.0, Vec::new());
        let mut account =
            Account { instance, decisions, start, building_musd, payments, building_worth_musd, built };
        account.building();
        account
    }

    /// The period in which work begins, or an order is made, for what is ready at the start of a period.
    pub fn begun(&self, ready: usize, lead_quarters: u32) -> usize {
        period_of(&self.start, self.start[ready].saturating_sub(lead_quarters))
    }

    /// Present value of a dollar at the start of a quarter.
    fn present(&self, quarter: u32) -> f64 {
        libm::pow(1.0 + self.instance.capital.discount_per_year, -f64::from(quarter) / 4.0)
    }

    /// Present value of a dollar of a period, a part of it at the start of each of its quarters.
    pub fn discount(&self, t: usize) -> f64 {
        let quarters = self.start[t]..self.start[t + 1];
        let count = quarters.len().max(1) as f64;
        quarters.map(|quarter| self.present(quarter)).sum::<f64>() / count
    }

    /// Present value of a dollar when the plan is over: what stands is worth something then, and what is owed is paid back.
    pub fn end_discount(&self) -> f64 {
        self.present(self.start[self.instance.periods.len()])
    }

    fn years(&self, t: usize) -> f64 {
        f64::from(self.start[t + 1] - self.start[t]) / 4.0
    }

    /// Present worth at the end of something that came in a period and cost one.
    fn worth(&self, t: usize, terms: (f64, u32)) -> f64 {
        self.left(t, terms) * self.end_discount()
    }

    /// The same, not discounted.
    fn left(&self, t: usize, (share, life): (f64, u32)) -> f64 {
        let age = f64::from(self.start[self.instance.periods.len()] - self.start[t]);
        share * if life == 0 { 0.0 } else { (1.0 - age / f64::from(life)).max(0.0) }
    }

    /// Whatever was built and bought in a future, with its worth at the end. Of systems that were resold, what they brought
    /// is taken from their cost.
    pub fn worths(&self, s: usize) -> Vec<Worth> {
        let (instance, decisions) = (self.instance, self.decisions);
        let mut all = self.built.clone();
        let mut of = |cost_musd: f64, worth_musd: f64| all.push(Worth { cost_musd, worth_musd });
        let last = instance.periods.len() - 1;
        // By generation and period.
        for (t, now) in decisions.futures[s].periods.iter().enumerate() {
            for (g, generation) in instance.generations.iter().enumerate() {
                let price = generation.musd_per_mw[t] * instance.scenarios[s].hardware_price[t];
                let over = |of: &Vec<Vec<f64>>| of.iter().map(|site| site[g]).sum::<f64>();
                let cost = over(&now.delivered_mw) * price;
                match &generation.resale_musd_per_mw {
                    None => of(cost, cost * self.left(t, (generation.salvage, generation.worth_over()))),
                    Some(resale) => {
                        let stands = if t == last { over(&now.installed_mw) * resale[t] } else { 0.0 };
                        of(cost - over(&now.sold_mw) * resale[t], stands);
                    }
                }
            }
        }
        all
    }

    /// What is owed on the loan at the end of a period, and its interest, millions of dollars.
    pub fn loan(&self, t: usize) -> (f64, f64) {
        let owed = self.decisions.drawn_musd[..=t].iter().fold(0.0, |owed, drawn| owed + drawn);
        let rate = self.instance.capital.debt.as_ref().map_or(0.0, |debt| debt.interest_per_year);
        (owed, rate * owed * self.years(t))
    }

    /// What systems that are sold in a period bring, where they can be.
    pub fn resold_musd(&self, s: usize, t: usize) -> f64 {
        let sold = &self.decisions.futures[s].periods[t].sold_mw;
        let of = |site: &Vec<f64>| -> f64 {
            let all = self.instance.generations.iter().zip(site);
            all.filter_map(|(generation, mw)| Some(mw * generation.resale_musd_per_mw.as_ref()?[t])).sum()
        };
        sold.iter().map(of).sum()
    }

    /// Pays for something that is ready at the start of a period: with the order, or evenly over the quarters before.
    fn pay(&mut self, (site, what): (usize, Building), (ready, lead): (usize, u32), musd: f64, evenly: bool) {
        let until = self.start[ready];
        let from = until.saturating_sub(lead);
        let mut pay = |period: usize, musd: f64| {
            self.building_musd[period] += musd;
            self.payments.push(Payment { period, site, what, musd });
        };
        if !evenly || from == until {
            pay(period_of(&self.start, from), musd);
            return;
        }
        for quarter in from..until {
            pay(period_of(&self.start, quarter), musd / f64::from(until - from));
        }
    }

    /// Something that came in a period stands at the end.
    fn stands(&mut self, t: usize, cost_musd: f64, terms: (f64, u32)) {
        self.building_worth_musd += cost_musd * self.worth(t, terms);
        self.built.push(Worth { cost_musd, worth_musd: cost_musd * self.left(t, terms) });
    }

    fn building(&mut self) {
        let (instance, decisions) = (self.instance, self.decisions);
        for (i, (here, site)) in instance.sites.iter().zip(&decisions.sites).enumerate() {
            for (k, (phase, ready)) in here.phases.iter().zip(&site.phases).enumerate() {
                let Some(ready) = *ready else { continue };
                let musd = phase.mw * phase.musd_per_mw;
                self.pay((i, Building::Halls), (ready, phase.lead_quarters), musd, true);
                self.stands(ready, musd, self.instance.worth.halls);
                if k == 0 {
                    self.pay((i, Building::Land), (ready, phase.lead_quarters), here.land_musd, false);
                    self.stands(ready, here.land_musd, NOTHING);
                }
            }
            for (tranche, ready) in here.tranches.iter().zip(&site.tranches) {
                let Some(ready) = *ready else { continue };
                self.pay((i, Building::Interconnection), (ready, tranche.lead_quarters), tranche.musd, false);
                self.stands(ready, tranche.musd, self.instance.worth.connections);
            }
            for ((_, kind), mw) in instance.plant(here).zip(site.plant_mw()) {
                for t in 0..mw.len() {
                    let more = mw[t] - t.checked_sub(1).map_or(0.0, |before| mw[before]);
                    let musd = more * kind.musd_per_mw;
                    self.pay((i, Building::Plant), (t, kind.lead_quarters), musd, false);
                    self.stands(t, musd, (kind.salvage, kind.life_quarters));
                }
            }
        }
    }

    /// Spent on systems in a period of a future.
    pub fn systems_musd(&self, s: usize, t: usize) -> f64 {
        let factor = self.instance.scenarios[s].hardware_price[t];
        let delivered = &self.decisions.futures[s].periods[t].delivered_mw;
        let mut sum = Sum::default();
        for site in delivered {
            for (generation, &mw) in self.instance.generations.iter().zip(site) {
                sum.add_product(mw, generation.musd_per_mw[t] * factor);
            }
        }
        sum.value()
    }

    /// Operating cost of a period in a future, less revenue where it counts.
    pub fn operating_musd(&self, s: usize, t: usize) -> f64 {
        self.operating_at((s, t), self.revenue(s))
    }

    /// The same less all revenue, whatever is sought: below zero, it is the margin out of which interest is paid.
    fn margin_musd(&self, s: usize, t: usize) -> f64 {
        self.operating_at((s, t), self.instance.scenarios[s].revenue)
    }

    fn operating_at(&self, at: (usize, usize), revenue: f64) -> f64 {
        let mut cost = Sum::default();
        self.operating(at, revenue, &mut |_, _, a, b| cost.add_product(a, b));
        cost.value()
    }

    /// The factor on revenue, where it counts.
    fn revenue(&self, s: usize) -> f64 {
        match self.instance.objective {
            Objective::LeastCost => 0.0,
            _ => self.instance.scenarios[s].revenue,
        }
    }

    /// The same by what it is for and by site, where it belongs to one, millions of dollars; what is nothing is left out.
    pub fn operating_parts(&self, s: usize, t: usize) -> Vec<(Operating, Option<usize>, f64)> {
        let mut sums: BTreeMap<(Operating, Option<usize>), Sum> = BTreeMap::new();
        self.operating((s, t), self.revenue(s), &mut |what, site, a, b| {
            sums.entry((what, site)).or_default().add_product(a, b);
        });
        let parts = sums.into_iter().map(|((what, site), sum)| (what, site, sum.value()));
        parts.filter(|(.., musd)| *musd != 0.0).collect()
    }

    fn operating(&self, (s, t): (usize, usize), revenue: f64, say: Parts<'_>) {
        let (instance, scenario) = (self.instance, &self.instance.scenarios[s]);
        let now = &self.decisions.futures[s].periods[t];
        let years = self.years(t);
        for (i, here) in instance.sites.iter().enumerate() {
            self.site_operating(s, t, (i, here), say);
            for (generation, &mw) in instance.generations.iter().zip(&now.installed_mw[i]) {
                let upkeep = generation.upkeep * generation.musd_per_mw[0] * years;
                say(Operating::SystemsUpkeep, Some(i), mw, upkeep);
            }
            for (right, share) in instance.rights.iter().zip(&scenario.right_share) {
                for (generation, &mw) in instance.generations.iter().zip(&now.active_mw[i]) {
                    let paid = right.musd_per_unit_year[t] * share[t] * revenue * years;
                    say(Operating::Rights, Some(i), mw * generation.units_per_mw, -paid);
                }
            }
        }
        for (d, demand) in instance.demands.iter().enumerate() {
            let mut short = scenario.demand_units[d][t];
            for (lane, &served) in demand.served_from.iter().zip(&now.served_units[d]) {
                short -= served;
                say(Operating::Lanes, None, served, lane.musd_per_unit_year * years);
                say(Operating::Revenue, None, served, -demand.musd_per_unit_year[t] * revenue * years);
            }
            say(Operating::Damages, None, short, demand.damages_musd_per_unit_year * years);
        }
        now.paid_musd.iter().for_each(|&paid| say(Operating::Purchases, None, paid, 1.0));
        for (purchase, left) in instance.purchases.iter().zip(&self.decisions.left) {
            if let (Some(exit), Some(left)) = (&purchase.exit, left)
                && *left == t
            {
                say(Operating::Purchases, None, exit.fee_musd, 1.0);
            }
        }
    }

    /// Halls, connection, energy and upkeep of a site.
    fn site_operating(&self, s: usize, t: usize, (i, here): (usize, &Site), say: Parts<'_>) {
        let mut say = |what: Operating, a: f64, b: f64| say(what, Some(i), a, b);
        let (instance, scenario, site) =
            (self.instance, &self.instance.scenarios[s], &self.decisions.sites[i]);
        let flows = &self.decisions.futures[s].periods[t].operation[i];
        let (years, quarters) = (self.years(t), 4.0 * self.years(t));
        for (phase, ready) in here.phases.iter().zip(&site.phases) {
            let there = ready.map_or(0.0, |ready| instance.share_there(ready, scenario.late_halls[i], t));
            if there > 0.0 {
                say(Operating::Halls, phase.mw * there, here.operations_musd_per_mw_year * years);
            }
        }
        for ((_, kind), mw) in instance.plant(here).zip(site.plant_mw()) {
            say(Operating::PlantUpkeep, mw[t], kind.upkeep_musd_per_mw_year * years);
        }
        let charge = here.demand_charge_usd_per_kw_month * 3.0 * quarters / 1e3;
        say(Operating::DemandCharge, flows.peak_mw, charge);
        let profile = &here.profiles[here.profile[t]];
        let carbon = instance.carbon.usd_per_t;
        for (b, hours) in profile.hours.iter().enumerate() {
            let hours = hours * quarters / 1e6;
            let grid = profile.usd_per_mwh[b] * here.grid_price[t] * scenario.grid_price;
            say(Operating::GridEnergy, flows.import_mw[b] * hours, grid);
            say(Operating::Carbon, flows.import_mw[b] * hours, carbon * profile.carbon_t_per_mwh[b]);
            for (here, series) in here.thermals.iter().zip(&flows.thermal_mw) {
                let kind = &instance.thermals[here.kind];
                let fuel = kind.mmbtu_per_mwh * here.fuel_usd_per_mmbtu * scenario.fuel_price;
                say(Operating::Fuel, series[b] * hours, fuel + kind.usd_per_mwh);
                say(Operating::Carbon, series[b] * hours, carbon * kind.carbon_t_per_mwh);
            }
            say(Operating::Unserved, flows.curtailed_mw[b] * hours, here.curtailment_usd_per_mwh);
            say(Operating::Unserved, flows.shed_mw[b] * hours, here.shedding_usd_per_mwh);
        }
    }

    /// Tonnes of a future.
    pub fn carbon_t(&self, s: usize) -> f64 {
        let mut carbon = Sum::default();
        for (t, now) in self.decisions.futures[s].periods.iter().enumerate() {
            for (here, flows) in self.instance.sites.iter().zip(&now.operation) {
                let profile = &here.profiles[here.profile[t]];
                for (b, hours) in profile.hours.iter().enumerate() {
                    let hours = hours * 4.0 * self.years(t);
                    carbon.add_product(flows.import_mw[b] * hours, profile.carbon_t_per_mwh[b]);
                    for (here, series) in here.thermals.iter().zip(&flows.thermal_mw) {
                        carbon.add_product(
                            series[b] * hours,
                            self.instance.thermals[here.kind].carbon_t_per_mwh,
                        );
                    }
                }
            }
        }
        carbon.value()
    }

    /// Tokens of a future.
    pub fn tokens(&self, s: usize) -> f64 {
        let mut tokens = Sum::default();
        for (t, now) in self.decisions.futures[s].periods.iter().enumerate() {
            for (demand, served) in self.instance.demands.iter().zip(&now.served_units) {
                served.iter().for_each(|&served| {
                    tokens.add_product(served * self.years(t), demand.tokens_per_unit_year)
                });
            }
        }
        tokens.value()
    }

    /// Present cost of a future, with everything that all futures share: the negative of its net present value.
    pub fn present_cost_musd(&self, s: usize) -> f64 {
        self.shared_cost_musd() + self.future_cost_musd(s)
    }

    /// Present cost of systems delivered in a period, less what they bring and are worth.
    fn systems_cost_musd(&self, s: usize, t: usize) -> f64 {
        let last = self.instance.periods.len() - 1;
        let now = &self.decisions.futures[s].periods[t];
        let mut cost = Sum::default();
        for (g, generation) in self.instance.generations.iter().enumerate() {
            let price = generation.musd_per_mw[t] * self.instance.scenarios[s].hardware_price[t];
            let resale = generation.resale_musd_per_mw.as_ref();
            let worth = match resale {
                Some(_) => 0.0,
                None => self.worth(t, (generation.salvage, generation.worth_over())),
            };
            for i in 0..self.instance.sites.len() {
                cost.add_product(now.delivered_mw[i][g], (self.discount(t) - worth) * price);
                if let Some(resale) = resale {
                    cost.add_product(now.sold_mw[i][g], -self.discount(t) * resale[t]);
                    if t == last {
                        cost.add_product(now.installed_mw[i][g], -self.end_discount() * resale[last]);
                    }
                }
            }
        }
        cost.value()
    }

    fn shared(&self) -> usize {
        self.instance.here_and_now.min(self.instance.periods.len())
    }

    fn shared_cost_musd(&self) -> f64 {
        let mut cost = Sum::default();
        cost.add(-self.building_worth_musd);
        for (t, &musd) in self.building_musd.iter().enumerate() {
            cost.add_product(musd, self.discount(t));
        }
        (0..self.shared()).for_each(|t| cost.add(self.systems_cost_musd(0, t)));
        if let Some(debt) = &self.instance.capital.debt {
            let mut owed = 0.0;
            for (t, drawn) in self.decisions.drawn_musd.iter().enumerate() {
                owed += drawn;
                cost.add_product(*drawn, -self.discount(t));
                cost.add_product(owed * self.years(t), debt.interest_per_year * self.discount(t));
            }
            cost.add_product(owed, self.end_discount());
        }
        cost.value()
    }

    fn future_cost_musd(&self, s: usize) -> f64 {
        let mut cost = Sum::default();
        for t in 0..self.instance.periods.len() {
            if t >= self.shared() {
                cost.add(self.systems_cost_musd(s, t));
            }
            cost.add_product(self.operating_musd(s, t), self.discount(t));
        }
        cost.value()
    }

    /// Present bills of a site that a single price is multiplied into, by probability where futures differ.
    pub(crate) fn bills(&self, i: usize) -> Bills {
        let (instance, here) = (self.instance, &self.instance.sites[i]);
        let mut one = Account {
            building_musd: vec![0.0; self.building_musd.len()],
            start: self.start.clone(),
            payments: Vec::new(),
            built: Vec::new(),
            ..*self
        };
        let mut bills = Bills::default();
        for (k, (phase, ready)) in here.phases.iter().zip(&self.decisions.sites[i].phases).enumerate() {
            let Some(ready) = *ready else { continue };
            let musd = phase.mw * phase.musd_per_mw;
            one.pay((i, Building::Halls), (ready, phase.lead_quarters), musd, true);
            bills.halls_musd -= musd * self.worth(ready, self.instance.worth.halls);
            if k == 0 {
                let paid = self.begun(ready, phase.lead_quarters);
                bills.land_musd = here.land_musd * self.discount(paid);
            }
        }
        let spent = one.building_musd.iter().enumerate();
        bills.halls_musd += spent.map(|(t, musd)| musd * self.discount(t)).sum::<f64>();
        for (s, scenario) in instance.scenarios.iter().enumerate() {
            for t in 0..instance.periods.len() {
                let (weight, quarters) = (scenario.probability * self.discount(t), 4.0 * self.years(t));
                let flows = &self.decisions.futures[s].periods[t].operation[i];
                let profile = &here.profiles[here.profile[t]];
                let factor = here.grid_price[t] * scenario.grid_price * quarters / 1e6;
                let energy = profile.hours.iter().zip(&profile.usd_per_mwh).zip(&flows.import_mw);
                let energy: f64 = energy.map(|((hours, usd), mw)| hours * usd * mw).sum();
                bills.grid_energy_musd += weight * factor * energy;
                let charge = here.demand_charge_usd_per_kw_month * 3.0 * quarters / 1e3;
                bills.demand_charge_musd += weight * charge * flows.peak_mw;
            }
        }
        bills
    }

    /// The objective of the decisions, as the instance seeks it: what is least is best.
    pub fn objective(&self) -> f64 {
        let expected = |of: &dyn Fn(usize) -> f64| -> f64 {
            self.instance.scenarios.iter().enumerate().map(|(s, scenario)| scenario.probability * of(s)).sum()
        };
        match self.instance.objective {
            Objective::MostTokens => -expected(&|s| self.tokens(s)),
            Objective::LeastCarbon => expected(&|s| self.carbon_t(s)),
            _ => {
                let futures: Vec<f64> =
                    (0..self.instance.scenarios.len()).map(|s| self.future_cost_musd(s)).collect();
                self.shared_cost_musd() + weigh(self.instance, &futures)
            }
        }
    }

    /// Breaches of capital, covenants and the carbon cap.
    pub(crate) fn breaches(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for s in 0..self.instance.scenarios.len() {
            self.capital(s, &mut breaches);
            if let Some(cap) = self.instance.carbon.cap_t {
                let over = self.carbon_t(s) - cap;
                if over > 1.0 + 1e-6 * cap {
                    let what = format!("{}: carbon above the cap", self.instance.scenarios[s].name);
                    breaches.push(Breach { what, by: over });
                }
            }
        }
        breaches
    }

    fn capital(&self, s: usize, breaches: &mut Vec<Breach>) {
        let debt = self.instance.capital.debt.as_ref();
        let (mut invested, mut in_hand) = (0.0, Sum::default());
        for (t, period) in self.instance.periods.iter().enumerate() {
            let at = format!("{}, {}", period.name, self.instance.scenarios[s].name);
            let drawn = self.decisions.drawn_musd[t];
            let (owed, interest) = self.loan(t);
            let systems = self.systems_musd(s, t);
            invested += self.building_musd[t] + systems;
            for part in
                [self.instance.capital.budget_musd[t], drawn, -self.building_musd[t], -systems, -interest]
            {
                in_hand.add(part);
            }
            let slack = 2e-3 * (t + 1) as f64 + 1e-9 * invested;
            if in_hand.value() < -slack {
                breaches
                    .push(Breach { what: format!("{at}: more spent than there is"), by: -in_hand.value() });
            }
            let kept = self.decisions.futures[s].carry_musd[t] - in_hand.value();
            if kept.abs() > slack {
                breaches.push(Breach { what: format!("{at}: money carried that is not there"), by: kept });
            }
            let Some(debt) = debt else {
                if owed > 1e-3 {
                    breaches.push(Breach { what: format!("{at}: a loan that nobody gives"), by: owed });
                }
                continue;
            };
            let over = (owed - debt.limit_musd).max(owed - debt.loan_to_value * invested);
            if over > slack {
                breaches.push(Breach { what: format!("{at}: the loan is too large"), by: over });
            }
            let Some(coverage) = debt.coverage.as_ref().filter(|coverage| t >= coverage.from) else {
                continue;
            };
            let short = coverage.ratio * interest + self.margin_musd(s, t);
            // Who owes nothing has nothing to cover.
            if owed > slack && short > slack {
                breaches.push(Breach { what: format!("{at}: income does not cover interest"), by: short });
            }
        }
    }
}

impl Operation {
    /// All flows of the site.
    pub(crate) fn series(&self) -> Vec<&Vec<f64>> {
        let lists =
            [&self.thermal_mw, &self.renewable_mw, &self.charge_mw, &self.discharge_mw, &self.stored_mwh];
        let lists = lists.into_iter().flatten();
        lists.chain([&self.import_mw, &self.curtailed_mw, &self.shed_mw]).collect()
    }
}
