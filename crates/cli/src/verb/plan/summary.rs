//! A plan in the planner's words.

use crate::text::{aligned, dollars, percent, whole};
use ::plan::account::Account;
use ::plan::decisions::Decisions;
use ::plan::instance::{Instance, Objective, Risk};
use ::plan::solve::Plan;
use run::planning::rows::schedule;
use serde::Serialize;
use std::collections::BTreeMap;
use tables::plan_tables::plan_schedule;

/// Something that is built.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Built {
    /// Where.
    pub candidate: String,
    /// What: a block, a step of the interconnection, a kind of plant.
    pub what: String,
    /// How much.
    pub mw: f64,
    /// The quarter at whose start it is there.
    pub ready: String,
}

/// A quarter of the plan, in the mean of its futures where they differ.
#[derive(Clone, Debug, Serialize)]
pub struct Quarter {
    /// `2027-Q2`.
    pub quarter: String,
    /// Halls that stand, MW of IT power.
    pub halls_mw: f64,
    /// Interconnections energised, MW at the meter.
    pub grid_mw: f64,
    /// Generators, sun and wind on site, MW; stores are not among them.
    pub plant_mw: f64,
    /// Systems installed, MW of IT power.
    pub systems_mw: f64,
    /// Compute served, units.
    pub served_units: f64,
    /// Compute wanted, units.
    pub wanted_units: f64,
    /// Spent on land, halls, interconnection and plant, millions of US dollars.
    pub building_musd: f64,
    /// Spent on systems, millions of US dollars.
    pub systems_musd: f64,
}

/// Less plant than this is not worth a line, MW.
const LEAST_MW: f64 = 0.05;

/// Everything that is built, in the order of candidates.
pub fn build(instance: &Instance, decisions: &Decisions) -> Vec<Built> {
    let shown = |row: &plan_schedule::Row| match row.kind.as_str() {
        "hall" | "interconnection" => true,
        _ => row.built_mw > LEAST_MW,
    };
    let built = |row: plan_schedule::Row| Built {
        what: match row.kind.as_str() {
            "interconnection" => format!("interconnection {}", row.what),
            _ => row.what,
        },
        candidate: row.candidate,
        mw: row.built_mw,
        ready: row.ready,
    };
    schedule(instance, decisions).into_iter().filter(shown).map(built).collect()
}

/// Systems delivered, by generation and quarter, in the mean of futures.
pub fn deliveries(instance: &Instance, decisions: &Decisions) -> Vec<Built> {
    let mut all = Vec::new();
    for (g, generation) in instance.generations.iter().enumerate() {
        for (t, period) in instance.periods.iter().enumerate() {
            let delivered = |s: usize| -> f64 {
                decisions.futures[s].periods[t].delivered_mw.iter().map(|site| site[g]).sum()
            };
            let futures = instance.scenarios.iter().enumerate();
            let mw: f64 = futures.map(|(s, future)| future.probability * delivered(s)).sum();
            if mw >= 0.5 {
                let (candidate, what) = ("systems".to_owned(), generation.name.clone());
                all.push(Built { candidate, what, mw, ready: period.name.clone() });
            }
        }
    }
    all
}

/// The plan by quarter.
pub fn quarters(instance: &Instance, decisions: &Decisions) -> Vec<Quarter> {
    let account = Account::new(instance, decisions);
    let mean = |of: &dyn Fn(usize) -> f64| -> f64 {
        instance.scenarios.iter().enumerate().map(|(s, future)| future.probability * of(s)).sum()
    };
    let sites = 0..instance.sites.len();
    let quarter = |t: usize| {
        let halls = |s: usize| sites.clone().map(|i| decisions.halls_mw(instance, (s, t, i))).sum();
        let grid = |s: usize| sites.clone().map(|i| decisions.grid_mw(instance, (s, t, i))).sum();
        let plant = decisions.sites.iter().flat_map(|site| site.thermal_mw.iter().chain(&site.renewable_mw));
        let now = |s: usize| &decisions.futures[s].periods[t];
        Quarter {
            quarter: instance.periods[t].name.clone(),
            halls_mw: mean(&halls),
            grid_mw: mean(&grid),
            plant_mw: plant.map(|mw| mw[t]).sum(),
            systems_mw: mean(&|s| now(s).installed_mw.iter().flatten().sum()),
            served_units: mean(&|s| now(s).served_units.iter().flatten().sum()),
            wanted_units: mean(&|s| instance.scenarios[s].demand_units.iter().map(|units| units[t]).sum()),
            building_musd: account.building_musd[t],
            systems_musd: mean(&|s| account.systems_musd(s, t)),
        }
    };
    (0..instance.periods.len()).map(quarter).collect()
}

/// What was sought, what was found, and how well that is known.
pub fn headline(instance: &Instance, plan: &Plan) -> String {
    let (what, found, bound) = match instance.objective {
        Objective::NetPresentValue => {
            ("net present value", dollars(-plan.objective * 1e6), dollars(-plan.bound * 1e6))
        }
        Objective::LeastCost => ("present cost", dollars(plan.objective * 1e6), dollars(plan.bound * 1e6)),
        Objective::MostTokens => {
            // Nothing is no less than nothing.
            let tokens = |value: f64| format!("{:.3e} tokens", 0.0 - value);
            ("served", tokens(plan.objective), tokens(plan.bound))
        }
        Objective::LeastCarbon => {
            let tonnes = |value: f64| format!("{} t", whole(value));
            ("carbon dioxide", tonnes(plan.objective), tonnes(plan.bound))
        }
    };
    let gap = percent(plan.gap());
    let weighed = weighed(instance, plan).unwrap_or_default();
    let borrowed = match loan_musd(instance, plan) {
        Some(musd) if musd.abs() >= 0.5e-6 => {
            format!("  {} of it is what borrowing brings\n", dollars(musd * 1e6))
        }
        _ => String::new(),
    };
    let name = &instance.name;
    format!("{name}: {what} {found}{weighed}; no plan is better than {bound} (gap {gap})\n{borrowed}\n")
}

/// What the loan adds to net present value: it counts when it is drawn, interest and repayment when they are paid.
pub fn loan_musd(instance: &Instance, plan: &Plan) -> Option<f64> {
    let seeks = instance.objective == Objective::NetPresentValue;
    let debt = instance.capital.debt.as_ref().filter(|_| seeks)?;
    let account = Account::new(instance, &plan.decisions);
    let periods = 0..instance.periods.len();
    let drawn: f64 = periods
        .map(|t| {
            let (_, interest) = account.loan(t);
            account.discount(t) * (plan.decisions.drawn_musd[t] - interest)
        })
        .sum();
    let owed = instance.periods.len().checked_sub(1).map_or(0.0, |last| account.loan(last).0);
    (debt.limit_musd > 0.0).then_some(drawn - owed * account.end_discount())
}

/// What is added where the worst futures count more than they are likely: the mean of all.
fn weighed(instance: &Instance, plan: &Plan) -> Option<String> {
    if instance.risk == Risk::Expected || !instance.objective.is_money() {
        return None;
    }
    let expected = Instance { risk: Risk::Expected, ..instance.clone() };
    let musd = Account::new(&expected, &plan.decisions).objective();
    let usd = if instance.objective == Objective::NetPresentValue { -musd } else { musd } * 1e6;
    Some(format!(" with the worst futures weighing more than they are likely, {} in the mean", dollars(usd)))
}

/// The build schedule.
pub fn built(build: &[Built], instance: &Instance) -> String {
    let mut rows = vec![["candidate", "what", "MW", "ready"].map(str::to_owned).to_vec()];
    for built in build {
        rows.push(vec![
            built.candidate.clone(),
            built.what.clone(),
            format!("{:.0}", built.mw),
            built.ready.clone(),
        ]);
    }
    let left: Vec<&str> = instance
        .sites
        .iter()
        .map(|site| site.name.as_str())
        .filter(|name| build.iter().all(|built| built.candidate != *name))
        .collect();
    let mut text = if build.is_empty() { "nothing is built\n".to_owned() } else { aligned(&rows, &[2]) };
    if !left.is_empty() {
        text += &format!("not built at: {}\n", left.join(", "));
    }
    text
}

/// The plan by quarter, as a table.
pub fn by_quarter(quarters: &[Quarter]) -> String {
    let heading = [
        "quarter",
        "halls MW",
        "grid MW",
        "plant MW",
        "systems MW",
        "served",
        "wanted",
        "building",
        "systems",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for quarter in quarters {
        let mut row = vec![quarter.quarter.clone()];
        let megawatts = [quarter.halls_mw, quarter.grid_mw, quarter.plant_mw, quarter.systems_mw];
        row.extend(
            megawatts.iter().chain(&[quarter.served_units, quarter.wanted_units]).map(|&value| whole(value)),
        );
        row.extend(
            [quarter.building_musd, quarter.systems_musd].map(|musd| dollars((musd * 1e6).round().max(0.0))),
        );
        rows.push(row);
    }
    format!("\n{}", aligned(&rows, &[1, 2, 3, 4, 5, 6, 7, 8]))
}

/// What one plan builds otherwise than another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Where and what.
    pub what: String,
    /// When it was ready before, if at all.
    pub before: Option<String>,
    /// When it is now.
    pub after: Option<String>,
}

/// Every difference, by candidate and thing; of plant that comes in several parts, each part counts.
pub fn changes(before: &[Built], after: &[Built]) -> Vec<Change> {
    let by_name = |list: &[Built]| {
        let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for built in list {
            let name = format!("{} {}", built.candidate, built.what);
            named.entry(name).or_default().push(format!("{} ({:.0} MW)", built.ready, built.mw));
        }
        named
    };
    let (before, after) = (by_name(before), by_name(after));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of = |list: &BTreeMap<String, Vec<String>>, name: &str| list.get(name).map(|parts| parts.join(", "));
    names
        .into_iter()
        .map(|name| Change { what: name.clone(), before: of(&before, name), after: of(&after, name) })
        .filter(|change| change.before != change.after)
        .collect()
}

/// Those differences as text.
pub fn difference(changes: &[Change]) -> String {
    let mut text = match changes.len() {
        0 => "\nthe same is built and bought as in the base\n".to_owned(),
        _ => "\nagainst the base\n".to_owned(),
    };
    for change in changes {
        let said = match (&change.before, &change.after) {
            (None, Some(after)) => format!("+ {}: {after}", change.what),
            (Some(before), None) => format!("- {}: {before}", change.what),
            (before, after) => {
                let [before, after] = [before, after].map(|said| said.as_deref().unwrap_or_default());
                format!("~ {}: {before} -> {after}", change.what)
            }
        };
        text += &format!("  {said}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(what: &str, ready: &str) -> Built {
        Built { candidate: "west".into(), what: what.into(), mw: 100.0, ready: ready.into() }
    }

    #[test]
    fn a_difference_names_what_came_what_went_and_what_moved() {
        let before = [built("block-1", "2027-Q1"), built("block-2", "2027-Q3"), built("solar", "2028-Q1")];
        let after = [built("block-1", "2027-Q1"), built("block-2", "2028-Q1"), built("gas", "2027-Q2")];
        let text = difference(&changes(&before, &after));
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "  ~ west block-2: 2027-Q3 (100 MW) -> 2028-Q1 (100 MW)",
                "  + west gas: 2027-Q2 (100 MW)",
                "  - west solar: 2028-Q1 (100 MW)",
            ]
        );
        assert!(changes(&before, &before).is_empty());
    }
}
