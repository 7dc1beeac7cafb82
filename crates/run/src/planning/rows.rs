//! A plan as rows of tables.

use super::books::{BooksError, books};
use plan::account::Account;
use plan::decisions::{Decisions, Operation, PeriodDecisions};
use plan::instance::{Instance, Site};
use scenario::world::planning::{Candidate, Planning};
use tables::plan_tables::{
    plan_books, plan_capacity, plan_capital, plan_costs, plan_energy, plan_funding, plan_lanes,
    plan_schedule, plan_served, plan_systems,
};
use tables::planned::PlanTables;

/// Less than this is nothing: megawatts, megawatt-hours, dollars.
const NOTHING: f64 = 1e-3;

/// The tables of a plan whose decisions have the shape of its instance.
///
/// # Errors
/// [`BooksError`]: the plan has no books.
pub fn rows(
    instance: &Instance,
    planning: &Planning,
    decisions: &Decisions,
) -> Result<PlanTables, BooksError> {
    let rows = Rows {
        instance,
        candidates: &planning.candidates,
        decisions,
        account: Account::new(instance, decisions),
    };
    let mut tables = PlanTables { schedule: rows.schedule(), ..PlanTables::default() };
    for (s, future) in instance.scenarios.iter().enumerate() {
        for t in 0..instance.periods.len() {
            let at = At { s, t, future: &future.name, quarter: &instance.periods[t].name };
            rows.sites(&at, &mut tables);
            rows.capital(&at, &mut tables);
            tables.funding.push(rows.funding(&at));
            rows.served(&at, &mut tables);
            rows.costs(&at, &mut tables);
        }
        for line in books(instance, decisions, &rows.account, s)? {
            tables.books.push(plan_books::Row {
                future: future.name.clone(),
                quarter: instance.periods.get(line.period).map_or("end", |period| &period.name).to_owned(),
                account: line.account.path(),
                debit_micro_usd: line.debit.0,
                credit_micro_usd: line.credit.0,
                balance_micro_usd: line.balance.0,
                cash_micro_usd: line.cash.0,
            });
        }
    }
    Ok(tables)
}

/// The build schedule alone.
pub fn schedule(instance: &Instance, decisions: &Decisions) -> Vec<plan_schedule::Row> {
    Rows { instance, candidates: &[], decisions, account: Account::new(instance, decisions) }.schedule()
}

struct Rows<'a> {
    instance: &'a Instance,
    /// Of the scenario, as many as there are sites.
    candidates: &'a [Candidate],
    decisions: &'a Decisions,
    account: Account<'a>,
}

/// A quarter of a future.
struct At<'a> {
    s: usize,
    t: usize,
    future: &'a str,
    quarter: &'a str,
}

impl Rows<'_> {
    fn schedule(&self) -> Vec<plan_schedule::Row> {
        let mut rows = Vec::new();
        for (here, site) in self.instance.sites.iter().zip(&self.decisions.sites) {
            let mut add = |kind: &str, what: &str, mw: f64, lead: u32, ready: usize, musd: f64| {
                rows.push(plan_schedule::Row {
                    candidate: here.name.clone(),
                    kind: kind.to_owned(),
                    what: what.to_owned(),
                    built_mw: mw,
                    begun: self.instance.periods[self.account.begun(ready, lead)].name.clone(),
                    ready: self.instance.periods[ready].name.clone(),
                    usd: musd * 1e6,
                });
            };
            for (phase, ready) in here.phases.iter().zip(&site.phases) {
                let Some(ready) = *ready else { continue };
                let musd = phase.mw * phase.musd_per_mw;
                add("hall", &phase.name, phase.mw, phase.lead_quarters, ready, musd);
            }
            for (tranche, ready) in here.tranches.iter().zip(&site.tranches) {
                let Some(ready) = *ready else { continue };
                add("interconnection", &tranche.name, tranche.mw, tranche.lead_quarters, ready, tranche.musd);
            }
            for ((kind, equipment), series) in self.instance.plant(here).zip(site.plant_mw()) {
                for (t, &mw) in series.iter().enumerate() {
                    let more = mw - t.checked_sub(1).map_or(0.0, |before| series[before]);
                    if more > NOTHING {
                        let musd = more * equipment.musd_per_mw;
                        add(kind, &equipment.name, more, equipment.lead_quarters, t, musd);
                    }
                }
            }
        }
        rows
    }

    fn sites(&self, at: &At<'_>, tables: &mut PlanTables) {
        let (instance, future) = (self.instance, &self.instance.scenarios[at.s]);
        let now = &self.decisions.futures[at.s].periods[at.t];
        for (i, (here, site)) in instance.sites.iter().zip(&self.decisions.sites).enumerate() {
            let place = (at.s, at.t, i);
            let mw = |lists: &[Vec<f64>]| lists.iter().map(|mw| mw[at.t]).sum::<f64>();
            let row = plan_capacity::Row {
                future: at.future.to_owned(),
                quarter: at.quarter.to_owned(),
                candidate: here.name.clone(),
                halls_mw: self.decisions.halls_mw(instance, place),
                grid_mw: self.decisions.grid_mw(instance, place),
                plant_mw: mw(&site.thermal_mw) + mw(&site.renewable_mw),
                storage_mw: mw(&site.storage_mw),
                systems_mw: now.installed_mw[i].iter().sum(),
                active_mw: now.active_mw[i].iter().sum(),
                billed_mw: now.operation[i].peak_mw,
            };
            if row.halls_mw + row.grid_mw + row.plant_mw + row.storage_mw > NOTHING {
                tables.capacity.push(row);
            }
            for (g, generation) in instance.generations.iter().enumerate() {
                let price = generation.musd_per_mw[at.t] * future.hardware_price[at.t];
                let row = plan_systems::Row {
                    future: at.future.to_owned(),
                    quarter: at.quarter.to_owned(),
                    candidate: here.name.clone(),
                    system: generation.name.clone(),
                    delivered_mw: now.delivered_mw[i][g],
                    installed_mw: now.installed_mw[i][g],
                    sold_mw: now.sold_mw[i][g],
                    active_mw: now.active_mw[i][g],
                    usd: now.delivered_mw[i][g] * price * 1e6,
                };
                if row.delivered_mw + row.installed_mw + row.sold_mw > NOTHING {
                    tables.systems.push(row);
                }
            }
            self.energy(at, here, &now.operation[i], tables);
        }
    }

    fn energy(&self, at: &At<'_>, here: &Site, flows: &Operation, tables: &mut PlanTables) {
        let instance = self.instance;
        let profile = &here.profiles[here.profile[at.t]];
        let quarters = f64::from(instance.periods[at.t].quarters);
        let sum = |series: &[f64], weigh: &dyn Fn(usize) -> f64| -> f64 {
            let parts = series.iter().zip(&profile.hours).enumerate();
            parts.map(|(b, (mw, hours))| mw * hours * quarters * weigh(b)).sum()
        };
        let mut add = |source: String, series: &[f64], carbon: &dyn Fn(usize) -> f64| {
            let mwh = sum(series, &|_| 1.0);
            if mwh > NOTHING {
                tables.energy.push(plan_energy::Row {
                    future: at.future.to_owned(),
                    quarter: at.quarter.to_owned(),
                    candidate: here.name.clone(),
                    source,
                    mwh,
                    carbon_t: sum(series, carbon),
                });
            }
        };
        let none = |_: usize| 0.0;
        add("grid".to_owned(), &flows.import_mw, &|b| profile.carbon_t_per_mwh[b]);
        for (at, series) in here.thermals.iter().zip(&flows.thermal_mw) {
            let kind = &instance.thermals[at.kind];
            add(kind.equipment.name.clone(), series, &|_| kind.carbon_t_per_mwh);
        }
        for (at, series) in here.renewables.iter().zip(&flows.renewable_mw) {
            add(instance.renewables[at.kind].equipment.name.clone(), series, &none);
        }
        for (at, (into, out)) in here.storages.iter().zip(flows.charge_mw.iter().zip(&flows.discharge_mw)) {
            let name = &instance.storages[at.kind].equipment.name;
            add(format!("{name} charge"), into, &none);
            add(format!("{name} discharge"), out, &none);
        }
        add("curtailed".to_owned(), &flows.curtailed_mw, &none);
        add("unserved".to_owned(), &flows.shed_mw, &none);
    }

    fn capital(&self, at: &At<'_>, tables: &mut PlanTables) {
        let mut add = |site: usize, purpose: &str, musd: f64| {
            let known = tables.capital.last_mut().filter(|row| {
                row.future == at.future
                    && row.quarter == at.quarter
                    && row.candidate == self.instance.sites[site].name
                    && row.purpose == purpose
            });
            match known {
                Some(row) => row.usd += musd * 1e6,
                None if musd * 1e6 > NOTHING => tables.capital.push(plan_capital::Row {
                    future: at.future.to_owned(),
                    quarter: at.quarter.to_owned(),
                    candidate: self.instance.sites[site].name.clone(),
                    purpose: purpose.to_owned(),
                    partner: self.payer(site, purpose),
                    usd: musd * 1e6,
                }),
                None => {}
            }
        };
        let mut payments: Vec<_> =
            self.account.payments.iter().filter(|payment| payment.period == at.t).collect();
        payments.sort_by_key(|payment| (payment.site, payment.what));
        payments.iter().for_each(|payment| add(payment.site, payment.what.name(), payment.musd));
        let future = &self.instance.scenarios[at.s];
        let delivered = &self.decisions.futures[at.s].periods[at.t].delivered_mw;
        for (i, systems) in delivered.iter().enumerate() {
            for (generation, mw) in self.instance.generations.iter().zip(systems) {
                add(i, "systems", mw * generation.musd_per_mw[at.t] * future.hardware_price[at.t]);
            }
        }
    }

    /// Who pays: for systems who runs the place, for everything else who owns it.
    fn payer(&self, site: usize, purpose: &str) -> Option<String> {
        let candidate = self.candidates.get(site)?;
        if purpose == "systems" { candidate.operator.clone() } else { candidate.owner.clone() }
    }

    fn funding(&self, at: &At<'_>) -> plan_funding::Row {
        let (owed, interest) = self.account.loan(at.t);
        plan_funding::Row {
            future: at.future.to_owned(),
            quarter: at.quarter.to_owned(),
            new_money_usd: self.instance.capital.budget_musd[at.t] * 1e6,
            drawn_usd: self.decisions.drawn_musd[at.t] * 1e6,
            owed_usd: owed * 1e6,
            interest_usd: interest * 1e6,
            spent_usd: (self.account.building_musd[at.t] + self.account.systems_musd(at.s, at.t)) * 1e6,
            carried_usd: self.decisions.futures[at.s].carry_musd[at.t] * 1e6,
        }
    }

    fn served(&self, at: &At<'_>, tables: &mut PlanTables) {
        let future = &self.instance.scenarios[at.s];
        let now = &self.decisions.futures[at.s].periods[at.t];
        for (d, demand) in self.instance.demands.iter().enumerate() {
            let (wanted, served) = (
                future.demand_units[d][at.t],
                now.served_units[d].iter().fold(0.0, |sum, units| sum + units),
            );
            tables.served.push(plan_served::Row {
                future: at.future.to_owned(),
                quarter: at.quarter.to_owned(),
                demand: demand.name.clone(),
                wanted_units: wanted,
                served_units: served,
                served_share: (wanted > 0.0).then(|| served / wanted),
            });
            for (lane, &units) in demand.served_from.iter().zip(&now.served_units[d]) {
                for (from, share) in self.suppliers(now, lane.region) {
                    if units * share > NOTHING {
                        tables.lanes.push(plan_lanes::Row {
                            future: at.future.to_owned(),
                            quarter: at.quarter.to_owned(),
                            demand: demand.name.clone(),
                            served_from: from.to_owned(),
                            served_units: units * share,
                            usd_per_unit_year: lane.musd_per_unit_year * 1e6,
                        });
                    }
                }
            }
        }
    }

    /// Who serves what is served in a region, by share: what is bought there, and what stands there. Every demand of the
    /// region has the same of each.
    fn suppliers(&self, now: &PeriodDecisions, region: usize) -> Vec<(&str, f64)> {
        let lanes = self.instance.demands.iter().zip(&now.served_units);
        let here = lanes.flat_map(|(demand, served)| demand.served_from.iter().zip(served));
        let served: f64 = here.filter(|(lane, _)| lane.region == region).map(|(_, units)| units).sum();
        let bought = self.instance.purchases.iter().zip(&now.bought_units);
        let bought = bought.filter(|(purchase, _)| purchase.region == region);
        let mut left = 1.0;
        let mut all = Vec::new();
        for (purchase, &units) in bought {
            let share = if served > 0.0 { (units / served).min(left) } else { 0.0 };
            left -= share;
            all.push((purchase.name.as_str(), share));
        }
        all.push((self.instance.regions[region].name.as_str(), left));
        all
    }

    fn costs(&self, at: &At<'_>, tables: &mut PlanTables) {
        for (item, site, musd) in self.account.operating_parts(at.s, at.t) {
            tables.costs.push(plan_costs::Row {
                future: at.future.to_owned(),
                quarter: at.quarter.to_owned(),
                candidate: site.map(|site| self.instance.sites[site].name.clone()),
                item: item.name().to_owned(),
                usd: musd * 1e6,
            });
        }
    }
}
