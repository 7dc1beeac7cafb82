//! What is wrong with an instance: every mistake at once, with the place in it.

use crate::instance::*;
use std::fmt::Display;

/// Something wrong with an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where: `sites[2].phases[0].mw`.
    pub path: String,
    /// What is wrong, with the value.
    pub message: String,
}

struct Mistakes(Vec<Mistake>);

impl Mistakes {
    fn add(&mut self, path: impl Display, message: impl Display) {
        let path = path.to_string();
        let message = format!("{path}: {message}");
        self.0.push(Mistake { path, message });
    }

    /// A number that must lie in a range.
    fn within(&mut self, path: impl Display, value: f64, least: f64, most: f64) {
        if !(least..=most).contains(&value) {
            self.add(path, format!("{value} is not between {least} and {most}"));
        }
    }

    /// A number that must be finite and not negative.
    fn amount(&mut self, path: impl Display, value: f64) {
        if !(value.is_finite() && value >= 0.0) {
            self.add(path, format!("{value} is not a number of at least 0"));
        }
    }

    fn index(&mut self, path: impl Display, index: usize, count: usize) {
        if index >= count {
            self.add(path, format!("{index} is not there: there are {count}"));
        }
    }

    /// A vector that must have `count` finite entries, none below zero unless `signed`.
    fn series(&mut self, path: impl Display, values: &[f64], count: usize, signed: bool) {
        if values.len() != count {
            self.add(&path, format!("{} values, not {count}", values.len()));
        }
        if let Some(i) = values.iter().position(|value| !value.is_finite() || (!signed && *value < 0.0)) {
            self.add(format!("{path}[{i}]"), format!("{} is not a number that can stand here", values[i]));
        }
    }
}

impl Instance {
    /// Every mistake of the instance; a model is built only of one that has none.
    pub fn check(&self) -> Vec<Mistake> {
        let mut m = Mistakes(Vec::new());
        let t = self.periods.len();
        for (what, count) in [
            ("periods", t),
            ("sites", self.sites.len()),
            ("scenarios", self.scenarios.len()),
            ("day_of_block", self.day_of_block.len()),
            ("regions", self.regions.len()),
        ] {
            if count == 0 {
                m.add(what, "there is none");
            }
        }
        let largest = [self.sites.len(), t, self.scenarios.len(), self.generations.len(), self.demands.len()];
        if largest.iter().any(|&count| count > 60_000) {
            m.add("instance", "more than 60000 of a kind");
        }
        for (i, period) in self.periods.iter().enumerate() {
            // The last of equal parts is there for a quarter at most.
            let most = if period.evenly { 1.0 } else { f64::from(period.quarters) };
            m.within(format!("periods[{i}].late_quarters"), period.late_quarters, 0.0, most);
            if period.quarters == 0 || period.quarters > 400 {
                m.add(
                    format!("periods[{i}].quarters"),
                    format!("{} is not between 1 and 400", period.quarters),
                );
            }
        }
        if self.day_of_block.windows(2).any(|pair| pair[1] < pair[0]) {
            m.add("day_of_block", "the blocks of a day do not follow one another");
        }
        m.within("block_hours", self.block_hours, 1e-3, 8784.0);
        self.check_kinds(&mut m);
        for (r, region) in self.regions.iter().enumerate() {
            if let Some(labour) = &region.labour_mw {
                m.series(format!("regions[{r}].labour_mw"), labour, t, false);
            }
        }
        for (i, site) in self.sites.iter().enumerate() {
            self.check_site(&mut m, i, site);
        }
        self.check_market(&mut m);
        self.check_money(&mut m);
        self.check_scenarios(&mut m);
        m.0
    }

    fn check_kinds(&self, m: &mut Mistakes) {
        let t = self.periods.len();
        let equipment = |m: &mut Mistakes, path: String, kind: &Equipment| {
            m.amount(format!("{path}.musd_per_mw"), kind.musd_per_mw);
            m.amount(format!("{path}.upkeep_musd_per_mw_year"), kind.upkeep_musd_per_mw_year);
            m.within(format!("{path}.salvage"), kind.salvage, 0.0, 1.0);
        };
        for (k, kind) in self.thermals.iter().enumerate() {
            let path = format!("thermals[{k}]");
            equipment(m, path.clone(), &kind.equipment);
            if let Some(unit) = kind.unit_mw {
                m.within(format!("{path}.unit_mw"), unit, 1e-3, 1e6);
            }
            m.amount(format!("{path}.mmbtu_per_mwh"), kind.mmbtu_per_mwh);
            m.amount(format!("{path}.usd_per_mwh"), kind.usd_per_mwh);
            m.amount(format!("{path}.carbon_t_per_mwh"), kind.carbon_t_per_mwh);
            if let Some(supply) = &kind.supply_mw {
                m.series(format!("{path}.supply_mw"), supply, t, false);
            }
        }
        for (k, kind) in self.renewables.iter().enumerate() {
            equipment(m, format!("renewables[{k}]"), &kind.equipment);
            m.within(format!("renewables[{k}].firm"), kind.firm, 0.0, 1.0);
        }
        for (k, kind) in self.storages.iter().enumerate() {
            let path = format!("storages[{k}]");
            equipment(m, path.clone(), &kind.equipment);
            m.within(format!("{path}.hours"), kind.hours, 0.0, 1e5);
            m.within(format!("{path}.efficiency"), kind.efficiency, 0.01, 1.0);
            m.within(format!("{path}.firm"), kind.firm, 0.0, 1.0);
        }
        for (g, kind) in self.generations.iter().enumerate() {
            let path = format!("generations[{g}]");
            m.series(format!("{path}.musd_per_mw"), &kind.musd_per_mw, t, false);
            m.amount(format!("{path}.units_per_mw"), kind.units_per_mw);
            m.within(format!("{path}.availability"), kind.availability, 0.0, 1.0);
            m.within(format!("{path}.salvage"), kind.salvage, 0.0, 1.0);
            m.amount(format!("{path}.upkeep"), kind.upkeep);
            if kind.life_quarters == 0 {
                m.add(format!("{path}.life_quarters"), "a life of no time");
            }
            if let Some(supply) = &kind.supply_mw {
                m.series(format!("{path}.supply_mw"), supply, t, false);
            }
            let Some(resale) = &kind.resale_musd_per_mw else { continue };
            m.series(format!("{path}.resale_musd_per_mw"), resale, t, false);
            if let Some(q) = resale.iter().zip(&kind.musd_per_mw).position(|(sold, bought)| sold > bought) {
                m.add(format!("{path}.resale_musd_per_mw[{q}]"), "systems are sold for more than they cost");
            }
        }
    }

    fn check_site(&self, m: &mut Mistakes, i: usize, site: &Site) {
        let at = |what: &str| format!("sites[{i}].{what}");
        m.index(at("region"), site.region, self.regions.len());
        m.amount(at("land_musd"), site.land_musd);
        for (k, phase) in site.phases.iter().enumerate() {
            m.within(at(&format!("phases[{k}].mw")), phase.mw, 1e-3, 1e6);
            m.amount(at(&format!("phases[{k}].musd_per_mw")), phase.musd_per_mw);
            if let Some(due) = phase.due {
                m.index(at(&format!("phases[{k}].due")), due, self.periods.len());
            }
        }
        for (k, tranche) in site.tranches.iter().enumerate() {
            m.within(at(&format!("tranches[{k}].mw")), tranche.mw, 1e-3, 1e6);
            m.amount(at(&format!("tranches[{k}].musd")), tranche.musd);
        }
        for (k, here) in site.thermals.iter().enumerate() {
            m.index(at(&format!("thermals[{k}].kind")), here.kind, self.thermals.len());
            m.amount(at(&format!("thermals[{k}].most_mw")), here.most_mw);
            m.amount(at(&format!("thermals[{k}].fuel_usd_per_mmbtu")), here.fuel_usd_per_mmbtu);
        }
        let lists = [
            ("renewables", &site.renewables, self.renewables.len()),
            ("storages", &site.storages, self.storages.len()),
        ];
        for (what, list, kinds) in lists {
            for (k, here) in list.iter().enumerate() {
                m.index(at(&format!("{what}[{k}].kind")), here.kind, kinds);
                m.amount(at(&format!("{what}[{k}].most_mw")), here.most_mw);
            }
        }
        m.within(at("peak_pue"), site.peak_pue, 1.0, 10.0);
        m.within(at("reserve"), site.reserve, 0.0, 1.0);
        m.within(at("curtailable"), site.curtailable, 0.0, 1.0);
        m.within(at("take_or_pay"), site.take_or_pay, 0.0, 1.0);
        let amounts = [
            ("curtailment_usd_per_mwh", site.curtailment_usd_per_mwh),
            ("shedding_usd_per_mwh", site.shedding_usd_per_mwh),
            ("demand_charge_usd_per_kw_month", site.demand_charge_usd_per_kw_month),
            ("operations_musd_per_mw_year", site.operations_musd_per_mw_year),
        ];
        amounts.iter().for_each(|(what, value)| m.amount(at(what), *value));
        m.series(at("grid_price"), &site.grid_price, self.periods.len(), false);
        if site.profile.len() != self.periods.len() {
            m.add(at("profile"), format!("{} values, not {}", site.profile.len(), self.periods.len()));
        }
        site.profile.iter().for_each(|&profile| m.index(at("profile"), profile, site.profiles.len()));
        let blocks = self.day_of_block.len();
        for (k, profile) in site.profiles.iter().enumerate() {
            let at = |what: &str| format!("sites[{i}].profiles[{k}].{what}");
            m.series(at("hours"), &profile.hours, blocks, false);
            m.series(at("pue"), &profile.pue, blocks, false);
            m.series(at("usd_per_mwh"), &profile.usd_per_mwh, blocks, true);
            m.series(at("carbon_t_per_mwh"), &profile.carbon_t_per_mwh, blocks, false);
            if profile.renewable.len() != site.renewables.len() {
                m.add(
                    at("renewable"),
                    format!("{} series, not {}", profile.renewable.len(), site.renewables.len()),
                );
            }
            profile.renewable.iter().for_each(|output| m.series(at("renewable"), output, blocks, false));
        }
    }

    fn check_market(&self, m: &mut Mistakes) {
        let t = self.periods.len();
        for (d, demand) in self.demands.iter().enumerate() {
            let at = |what: &str| format!("demands[{d}].{what}");
            m.series(at("musd_per_unit_year"), &demand.musd_per_unit_year, t, false);
            m.amount(at("damages_musd_per_unit_year"), demand.damages_musd_per_unit_year);
            m.amount(at("tokens_per_unit_year"), demand.tokens_per_unit_year);
            for lane in &demand.served_from {
                m.index(at("served_from"), lane.region, self.regions.len());
                m.amount(at("served_from"), lane.musd_per_unit_year);
            }
        }
        for (k, right) in self.rights.iter().enumerate() {
            m.series(format!("rights[{k}].musd_per_unit_year"), &right.musd_per_unit_year, t, false);
        }
        for (p, purchase) in self.purchases.iter().enumerate() {
            let at = |what: &str| format!("purchases[{p}].{what}");
            m.index(at("region"), purchase.region, self.regions.len());
            m.series(at("musd_per_unit_year"), &purchase.musd_per_unit_year, t, false);
            m.series(at("commitment_musd"), &purchase.commitment_musd, t, false);
            m.series(at("most_units"), &purchase.most_units, t, false);
            if let Some(exit) = &purchase.exit {
                m.amount(at("exit.fee_musd"), exit.fee_musd);
            }
            let true_up = &purchase.true_up;
            if !true_up.whole_musd.is_empty() {
                m.series(at("true_up.whole_musd"), &true_up.whole_musd, t, false);
            }
            let known: Vec<u32> = true_up.number.iter().copied().flatten().collect();
            if !(true_up.number.is_empty() || true_up.number.len() == t) || !known.is_sorted() {
                m.add(at("true_up.number"), "must have one number for each period, rising with time");
            }
        }
    }

    fn check_money(&self, m: &mut Mistakes) {
        m.series("capital.budget_musd", &self.capital.budget_musd, self.periods.len(), true);
        m.within("capital.discount_per_year", self.capital.discount_per_year, 0.0, 1.0);
        if let Some(debt) = &self.capital.debt {
            m.amount("capital.debt.limit_musd", debt.limit_musd);
            m.within("capital.debt.interest_per_year", debt.interest_per_year, 0.0, 1.0);
            m.within("capital.debt.loan_to_value", debt.loan_to_value, 0.0, 1.0);
            if let Some(coverage) = &debt.coverage {
                m.within("capital.debt.coverage.ratio", coverage.ratio, 0.0, 100.0);
                if !self.objective.is_money() {
                    let message = "income is asked for, and a plan for tokens or carbon does not count it";
                    m.add("capital.debt.coverage", message);
                }
            }
        }
        m.amount("carbon.usd_per_t", self.carbon.usd_per_t);
        if let Some(cap) = self.carbon.cap_t {
            m.amount("carbon.cap_t", cap);
        }
        for (name, (share, _)) in [("halls", self.worth.halls), ("connections", self.worth.connections)] {
            m.within(format!("worth.{name}"), share, 0.0, 1.0);
        }
        if let Some(transformers) = &self.transformers_mw {
            m.series("transformers_mw", transformers, self.periods.len(), false);
        }
        if let Risk::ConditionalValueAtRisk { weight, level } = self.risk {
            m.within("risk.weight", weight, 0.0, 1.0);
            m.within("risk.level", level, 0.0, 0.9999);
        }
    }

    fn check_scenarios(&self, m: &mut Mistakes) {
        let t = self.periods.len();
        for (s, scenario) in self.scenarios.iter().enumerate() {
            let at = |what: &str| format!("scenarios[{s}].{what}");
            m.within(at("probability"), scenario.probability, 0.0, 1.0);
            for (what, list, count) in [
                ("demand_units", &scenario.demand_units, self.demands.len()),
                ("right_share", &scenario.right_share, self.rights.len()),
            ] {
                if list.len() != count {
                    m.add(at(what), format!("{} series, not {count}", list.len()));
                }
                list.iter().for_each(|series| m.series(at(what), series, t, false));
            }
            for q in 0..t {
                let taken: f64 = scenario.right_share.iter().filter_map(|share| share.get(q)).sum();
                m.within(at(&format!("right_share[..][{q}]")), taken, 0.0, 1.0);
            }
            m.amount(at("revenue"), scenario.revenue);
            m.amount(at("grid_price"), scenario.grid_price);
            m.amount(at("fuel_price"), scenario.fuel_price);
            m.series(at("hardware_price"), &scenario.hardware_price, t, false);
            for (what, late) in [("late_halls", &scenario.late_halls), ("late_grid", &scenario.late_grid)] {
                if late.len() != self.sites.len() {
                    m.add(at(what), format!("{} values, not {}", late.len(), self.sites.len()));
                }
            }
            let shared = self.here_and_now.min(t);
            let differs =
                |q: &usize| scenario.hardware_price.get(*q) != self.scenarios[0].hardware_price.get(*q);
            if let Some(q) = (0..shared).find(differs) {
                m.add(
                    at(&format!("hardware_price[{q}]")),
                    "systems are bought here and now in this period, so their price must be the same in all scenarios",
                );
            }
        }
        let total: f64 = self.scenarios.iter().map(|scenario| scenario.probability).sum();
        if !self.scenarios.is_empty() && (total - 1.0).abs() > 1e-9 {
            m.add("scenarios", format!("probabilities add up to {total}, not 1"));
        }
    }
}
