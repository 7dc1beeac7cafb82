//! From a plan back to a scenario: its build-out as a text that is laid on top of the scenario it was made for, so that
//! the same reader reads it and every rule looks at it.

mod halls;
mod words;

use super::against::own_units;
use super::{MMBTU_PER_MWH, is_storage, periods};
use base::{Month, SimTime};
use plan::decisions::Decisions;
use plan::instance::{Instance, Site};
use scenario::World;
use scenario::world::energy::SeriesSource;
use scenario::world::planning::{Candidate, Generator, Hardware, Planning, Technology};
use std::collections::BTreeMap;
use words::{cooling_word, quoted, unit_word};

/// Units of plant whose generator does not say how large they are: as many as the planner's reserve, one in ten, is of.
const UNITS: u32 = 10;
/// Less plant than this is not built, MW.
const LEAST_MW: f64 = 0.05;
/// Work of a job that stands for demand, hours; and the most of them at a time for one site and system.
const JOB_HOURS: f64 = 24.0;
const MOST_JOBS: f64 = 1000.0;
/// Longest name of a block or of units.
const MOST_NAME: usize = 64;
/// The largest tranche, US dollars.
const MOST_USD: f64 = 9e12;
/// British thermal units of a kilowatt-hour.
const BTU_PER_KWH: f64 = MMBTU_PER_MWH * 1e3;
/// What a site that the plan builds does not keep of a site of its name.
const REPLACED: [&str; 17] = [
    "latitude_deg",
    "owner",
    "operator",
    "longitude_deg",
    "it_mw",
    "ready",
    "fill",
    "systems",
    "nodes",
    "construction",
    "milestones",
    "block",
    "power",
    "cooling",
    "weather",
    "price",
    "carbon",
];

/// What of a plan is put into the scenario.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// The future that comes; `None`: the most likely one, of equals the first.
    pub future: Option<&'a str>,
    /// Jobs as many as the plan serves, instead of the scenario's workloads and services.
    pub demand: bool,
}

/// A plan as a scenario text.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// Number of the future.
    pub future: usize,
    /// Start of each quarter, and the end of the last.
    pub starts: Vec<SimTime>,
    /// The sections.
    pub text: String,
    /// What they replace as a whole.
    pub replaces: Vec<Vec<String>>,
    /// What the twin cannot be told, or is told otherwise.
    pub remarks: Vec<String>,
}

/// The build-out of a plan whose decisions have the shape of its instance; or everything that the scenario lacks for it.
pub fn replay(
    world: &World,
    planning: &Planning,
    (instance, decisions): (&Instance, &Decisions),
    wanted: Wanted<'_>,
) -> Result<Replay, Vec<String>> {
    let mut lacks = Vec::new();
    let starts = starts(planning, instance);
    let future = future(instance, wanted.future);
    if starts.is_none() {
        lacks.push("its first period is no quarter of a year, such as `2027-Q1`".to_owned());
    }
    if let Err(lack) = &future {
        lacks.push(lack.clone());
    }
    let candidates: Vec<Option<&Candidate>> =
        instance.sites.iter().map(|site| candidate(planning, &site.name)).collect();
    let hardware: Vec<Option<&Hardware>> = instance
        .generations
        .iter()
        .map(|generation| planning.hardware.iter().find(|hardware| hardware.key == generation.name))
        .collect();
    for (site, found) in instance.sites.iter().zip(&candidates) {
        if found.is_none() {
            lacks.push(format!("the scenario has no candidate `{}`", site.name));
        }
    }
    for (generation, found) in instance.generations.iter().zip(&hardware) {
        if found.is_none() {
            lacks.push(format!("`{}` is not among the hardware of `[plan]`", generation.name));
        }
    }
    let equipment = instance.thermals.iter().map(|kind| &kind.equipment);
    let equipment = equipment.chain(instance.renewables.iter().map(|kind| &kind.equipment));
    for kind in equipment.chain(instance.storages.iter().map(|kind| &kind.equipment)) {
        if generator(planning, &kind.name).is_none() {
            lacks.push(format!("the scenario has no generator `{}`", kind.name));
        }
    }
    let (Some(starts), Ok(future), true) = (starts, future, lacks.is_empty()) else { return Err(lacks) };
    let mut writer = Writer {
        planning,
        instance,
        decisions,
        run_start: world.start,
        hardware: hardware.into_iter().flatten().collect(),
        out: Replay { future, starts, ..Replay::default() },
    };
    writer.head(world);
    for (i, candidate) in candidates.into_iter().flatten().enumerate() {
        writer.site(i, candidate);
    }
    if wanted.demand && !writer.demand() {
        let lack = "it serves nobody with systems that have accelerators, and no job can stand for it";
        return Err(vec![lack.to_owned()]);
    }
    Ok(writer.out)
}

fn candidate<'a>(planning: &'a Planning, key: &str) -> Option<&'a Candidate> {
    planning.candidates.iter().find(|candidate| candidate.site.key == key)
}

fn generator<'a>(planning: &'a Planning, key: &str) -> Option<&'a Generator> {
    planning.generators.iter().find(|generator| generator.key == key)
}

/// The future by its name, or the most likely.
fn future(instance: &Instance, name: Option<&str>) -> Result<usize, String> {
    let futures = &instance.scenarios;
    match name {
        Some(name) => futures.iter().position(|future| future.name == name).ok_or_else(|| {
            let known: Vec<&str> = futures.iter().map(|future| future.name.as_str()).collect();
            format!("it knows no future `{name}`, but `{}`", known.join("`, `"))
        }),
        None => {
            let mut best = 0;
            for (s, future) in futures.iter().enumerate() {
                if future.probability > futures[best].probability {
                    best = s;
                }
            }
            Ok(best)
        }
    }
}

/// When the quarters begin, and the last ends: three months after three months.
fn starts(planning: &Planning, instance: &Instance) -> Option<Vec<SimTime>> {
    let first = &instance.periods.first()?.name;
    let start = match periods(planning).first() {
        Some(known) if known.name == *first => planning.start,
        _ => {
            let (year, quarter) = first.split_once("-Q")?;
            let (year, quarter) = (year.parse::<i32>().ok()?, quarter.parse::<i32>().ok()?);
            if !(1678..2262).contains(&year) || !(1..=4).contains(&quarter) {
                return None;
            }
            Month::new(year, quarter * 3 - 2).start()
        }
    };
    let mut starts = vec![start];
    let mut quarters = 0_usize;
    for period in &instance.periods {
        quarters += period.quarters as usize;
        starts.push(quarters_after(start, i32::try_from(quarters).ok()?)?);
    }
    Some(starts)
}

/// So many quarters later, or before: on the same day of a month.
fn quarters_after(start: SimTime, quarters: i32) -> Option<SimTime> {
    let month = Month::of(start);
    let months = quarters.checked_mul(3)?;
    Some(Month(month.0.checked_add(months)?).start().saturating_add(start - month.start()))
}

struct Writer<'a> {
    planning: &'a Planning,
    instance: &'a Instance,
    decisions: &'a Decisions,
    /// The run begins here: no work comes before.
    run_start: SimTime,
    hardware: Vec<&'a Hardware>,
    out: Replay,
}

impl Writer<'_> {
    fn line(&mut self, text: &str) {
        self.out.text.push_str(text);
        self.out.text.push('\n');
    }

    fn set(&mut self, key: &str, value: impl std::fmt::Display) {
        self.line(&format!("{key} = {value}"));
    }

    fn at(&self, t: usize) -> String {
        quoted(&self.out.starts[t].to_string())
    }

    /// The start of a quarter of a period.
    fn at_quarter(&self, t: usize, quarter: usize) -> String {
        quoted(&self.start_of(t, quarter).to_string())
    }

    fn start_of(&self, t: usize, quarter: usize) -> SimTime {
        let start = self.out.starts[t];
        i32::try_from(quarter).ok().and_then(|quarter| quarters_after(start, quarter)).unwrap_or(start)
    }

    /// A period in the name of a section.
    fn period(&self, t: usize) -> String {
        self.instance.periods[t].name.to_lowercase().replace("..", "-")
    }

    /// Parts in which the systems of a period come, each at the start of one of its quarters.
    fn parts(&self, t: usize) -> usize {
        let period = &self.instance.periods[t];
        if period.evenly { period.quarters as usize } else { 1 }
    }

    fn head(&mut self, world: &World) {
        let future = &self.instance.scenarios[self.out.future].name;
        let text = format!(
            "# The build-out of a plan in the future `{}`, to be laid on top of the scenario `{}`.\n",
            future.escape_default(),
            world.name.escape_default()
        );
        self.line(&text);
        self.set("build_out", quoted("planned"));
        // A run sees the whole plan; one that is longer stays so.
        let end = self.out.starts.last().copied().unwrap_or(world.end);
        if end > world.end {
            self.line("[horizon]");
            self.set("end", quoted(&end.to_string()));
        }
        self.money(world);
    }

    /// All money of the plan, to be called as it is needed; the scenario's own where it has any.
    fn money(&mut self, world: &World) {
        let capital = &self.instance.capital;
        let loan = capital.debt.as_ref().map_or(0.0, |debt| debt.limit_musd);
        let usd = (capital.budget_musd.iter().sum::<f64>() + loan) * 1e6;
        let has_own = world.buildout.as_ref().is_some_and(|building| building.capital.is_some());
        if has_own || usd <= 0.0 {
            return;
        }
        self.line("\n[partner.plan]");
        self.set("name", quoted("Money of the plan"));
        self.line("\n[tranche.plan]");
        self.set("partner", quoted("plan"));
        self.set("instrument", quoted("equity"));
        self.set("amount_usd", usd.min(MOST_USD));
        for (generation, hardware) in self.instance.generations.iter().zip(&self.hardware) {
            let future = &self.instance.scenarios[self.out.future];
            let usd = |musd: f64| musd * hardware.mw * 1e6;
            let paid = generation
                .musd_per_mw
                .iter()
                .zip(&future.hardware_price)
                .map(|(musd, factor)| usd(musd * factor));
            if paid.clone().any(|paid| (paid / hardware.price.usd() - 1.0).abs() > 1e-6) {
                let remark = format!(
                    "the price of `{}` changes in the plan, and is that of today in the run",
                    hardware.key
                );
                self.out.remarks.push(remark);
            }
        }
    }

    fn site(&mut self, i: usize, candidate: &Candidate) {
        let deliveries = self.deliveries(i);
        let key = candidate.site.key.clone();
        if deliveries.is_empty() && self.stands(i).is_empty() {
            // Nothing of the plan is built here: then nothing stands here.
            self.out.replaces.push(vec!["site".to_owned(), key]);
            return;
        }
        let replaced = REPLACED.iter().map(|name| vec!["site".into(), key.clone(), (*name).into()]);
        self.out.replaces.extend(replaced);
        self.line(&format!("\n[site.{key}]"));
        self.set("name", quoted(&candidate.site.name));
        self.set("latitude_deg", candidate.site.latitude_deg);
        self.set("longitude_deg", candidate.site.longitude_deg);
        for (name, partner) in [("owner", &candidate.owner), ("operator", &candidate.operator)] {
            if let Some(partner) = partner {
                self.set(name, quoted(partner));
            }
        }
        self.halls(i, candidate, &deliveries);
        self.leaving(i, &key);
        self.power(i, candidate);
    }

    /// What the plan takes out again stays in the run.
    fn leaving(&mut self, i: usize, key: &str) {
        for (g, hardware) in self.hardware.iter().enumerate() {
            let mut came = 0.0;
            for (t, period) in self.decisions.futures[self.out.future].periods.iter().enumerate() {
                came += period.delivered_mw[i][g];
                let gone = came - period.installed_mw[i][g];
                if gone > LEAST_MW {
                    let name = &self.instance.periods[t].name;
                    let system = &hardware.key;
                    self.out.remarks.push(format!(
                        "`{key}`: the plan takes {gone:.1} MW of `{system}` out by {name}, and they stay in the run"
                    ));
                    break;
                }
            }
        }
    }

    fn power(&mut self, i: usize, candidate: &Candidate) {
        let (instance, site, power) = (self.instance, &self.decisions.sites[i], &candidate.power);
        let (key, here) = (&candidate.site.key, &instance.sites[i]);
        let future = &instance.scenarios[self.out.future];
        let late = future.late_grid.get(i).copied().unwrap_or(0);
        let mut steps: BTreeMap<usize, f64> = BTreeMap::new();
        for (tranche, ready) in here.tranches.iter().zip(&site.tranches) {
            let quarter = ready.map(|ready| instance.quarters_before(ready).saturating_add(late));
            let end = instance.quarters_before(instance.periods.len());
            if let Some(quarter) = quarter.filter(|quarter| *quarter < end) {
                *steps.entry(quarter).or_insert(0.0) += tranche.mw;
            }
        }
        self.line(&format!("\n[site.{key}.power]"));
        let mut limit = 0.0;
        let mut rows = Vec::new();
        for (quarter, mw) in &steps {
            limit += mw;
            rows.push(format!("{{ mw = {limit}, from = {} }}", self.at_quarter(0, *quarter)));
        }
        if !rows.is_empty() {
            self.set("grid", format!("[{}]", rows.join(", ")));
        }
        let tariff = &power.tariff;
        let usd = |micro: i64| micro as f64 / 1e6;
        match tariff.fixed {
            // The planner pays the adder on top of a fixed price too.
            Some(fixed) => {
                self.set("usd_per_mwh", usd(fixed.saturating_add(tariff.adder)) * future.grid_price);
            }
            None => {
                self.set("adder_usd_per_mwh", usd(tariff.adder));
                if (future.grid_price - 1.0).abs() > 1e-9 && !rows.is_empty() {
                    let remark = format!(
                        "`{key}`: the future's factor of {} on the price of the grid is not in the run",
                        future.grid_price
                    );
                    self.out.remarks.push(remark);
                }
            }
        }
        self.set("demand_usd_per_kw_month", usd(tariff.demand));
        self.set("gas_usd_per_mmbtu", candidate.gas_usd_per_mmbtu * future.fuel_price);
        self.plant(i, key, here);
        let cooling = &power.cooling;
        self.line(&format!("\n[site.{key}.cooling]"));
        self.set("plant", quoted(cooling_word(cooling.kind)));
        for (name, value) in [
            ("design_c", cooling.design_c),
            ("size", cooling.size),
            ("supply_c", cooling.supply_c),
            ("range_k", cooling.range_k),
            ("approach_k", cooling.approach_k),
            ("cycles", cooling.cycles),
        ] {
            self.set(name, value);
        }
        self.series(key, "weather", &power.weather);
        if let (Some(price), false) = (&power.price, rows.is_empty()) {
            self.series(key, "price", price);
        }
        self.series(key, "carbon", &power.carbon);
    }

    /// Plant on site: fuel in groups as it comes, sun, wind and stores as one each.
    fn plant(&mut self, i: usize, key: &str, here: &Site) {
        let (instance, planning, site) = (self.instance, self.planning, &self.decisions.sites[i]);
        for (thermal, mw) in here.thermals.iter().zip(&site.thermal_mw) {
            let kind = &instance.thermals[thermal.kind];
            let Some(generator) = generator(planning, &kind.equipment.name) else { continue };
            let Technology::Fuel(technology) = generator.technology else { continue };
            let mut before = 0.0;
            for (t, &mw) in mw.iter().enumerate() {
                let more = mw - before;
                if more < LEAST_MW {
                    continue;
                }
                before = mw;
                let count = kind.unit_mw.map_or(UNITS, |unit| libm::round(more / unit).max(1.0) as u32);
                let long = format!("{}-{}", generator.key, self.period(t));
                let name = if long.len() <= MOST_NAME { long } else { format!("units-{}-{t}", thermal.kind) };
                self.line(&format!("\n[site.{key}.power.units.{name}]"));
                self.set("technology", quoted(unit_word(technology)));
                self.set("count", count);
                self.set("mw_each", more / f64::from(count));
                self.set("ready", self.at(t));
                self.set("btu_per_kwh", (generator.heat_rate * BTU_PER_KWH).max(3412.0));
            }
        }
        let named =
            |kind: &plan::instance::Equipment| generator(planning, &kind.name).map(|found| found.technology);
        let renewables = here.renewables.iter().zip(&site.renewable_mw).filter_map(|(at, mw)| {
            Some((named(&instance.renewables[at.kind].equipment)?, mw, instance.storages.first()))
        });
        let stores = here.storages.iter().zip(&site.storage_mw).filter_map(|(at, mw)| {
            let kind = &instance.storages[at.kind];
            Some((named(&kind.equipment)?, mw, Some(kind)))
        });
        let all: Vec<_> = renewables.chain(stores).collect();
        for (section, wanted) in
            [("solar", Technology::Solar), ("wind", Technology::Wind), ("battery", Technology::Battery)]
        {
            let of_it: Vec<_> = all.iter().filter(|(technology, ..)| *technology == wanted).collect();
            let by_quarter: Vec<f64> =
                (0..instance.periods.len()).map(|t| of_it.iter().map(|(_, mw, _)| mw[t]).sum()).collect();
            let whole = by_quarter.last().copied().unwrap_or(0.0);
            if whole < LEAST_MW {
                continue;
            }
            let mut parts: Vec<(f64, String)> = Vec::new();
            let mut there = 0.0;
            for (t, mw) in by_quarter.iter().enumerate().filter(|(_, mw)| **mw >= LEAST_MW) {
                if mw - there >= LEAST_MW || parts.is_empty() {
                    parts.push((mw - there, self.at(t)));
                    there = *mw;
                }
            }
            self.line(&format!("\n[site.{key}.power.{section}]"));
            let mut parts = parts.into_iter();
            for (mw, ready) in parts.by_ref().take(1) {
                self.set("mw", mw);
                self.set("ready", ready);
            }
            let more: Vec<String> =
                parts.map(|(mw, ready)| format!("{{ mw = {mw}, ready = {ready} }}")).collect();
            if !more.is_empty() {
                self.set("more", format!("[{}]", more.join(", ")));
            }
            if is_storage(wanted) {
                let efficiency: f64 = of_it
                    .iter()
                    .filter_map(|(_, mw, kind)| Some(mw.last()? * kind.as_ref()?.efficiency))
                    .sum();
                // The planner's is one way.
                self.set("efficiency", (efficiency / whole * efficiency / whole).max(0.1));
                let energy: f64 =
                    of_it.iter().filter_map(|(_, mw, kind)| Some(mw.last()? * kind.as_ref()?.hours)).sum();
                self.set("duration", quoted(&format!("{} s", libm::round(energy / whole * 3600.0))));
            }
        }
    }

    fn series(&mut self, key: &str, what: &str, source: &SeriesSource) {
        self.line(&format!("\n[site.{key}.{what}]"));
        match source {
            SeriesSource::Value(value) => self.set("value", value),
            SeriesSource::Normals(name) => self.set("normals", quoted(name)),
            SeriesSource::File(file) => {
                self.set("file", quoted(&file.path.to_string_lossy()));
                if let Some(format) = file.format {
                    self.set("format", quoted(format.name()));
                }
                if let Some(column) = &file.column {
                    self.set("column", quoted(column));
                }
                if let Some(offset) = file.offset {
                    self.set("utc_offset_hours", offset.hours());
                }
                self.set("longest_gap", quoted(&format!("{} s", file.longest_gap.seconds())));
            }
        }
    }

    /// What is at work after each part of the systems of a period has come, as a share of the mean.
    fn at_work(&self, t: usize, (delivered, installed): (f64, f64)) -> impl Iterator<Item = f64> + use<> {
        let parts = self.parts(t);
        let there = move |part: usize| installed - delivered * (parts - 1 - part) as f64 / parts as f64;
        let mean = (0..parts).map(there).sum::<f64>() / parts as f64;
        (0..parts).map(move |part| if mean > 0.0 { (there(part) / mean).max(0.0) } else { 1.0 })
    }

    /// Jobs that hold, at each site and on each generation, what the plan serves from there; whether there are any.
    fn demand(&mut self) -> bool {
        let (instance, decisions, s) = (self.instance, self.decisions, self.out.future);
        let future = &decisions.futures[s];
        self.out.replaces.extend([vec!["workload".to_owned()], vec!["service".to_owned()]]);
        self.line("\n[tenant.plan]");
        let mut any = false;
        // The share of the systems at work that serves somebody, by region and quarter.
        let share = |region: usize, t: usize| -> f64 {
            let period = &future.periods[t];
            let here = instance.sites.iter().zip(&period.active_mw).filter(|(site, _)| site.region == region);
            let works: f64 = here
                .flat_map(|(_, active)| instance.generations.iter().zip(active))
                .map(|(generation, mw)| mw * generation.units_per_mw)
                .sum();
            let served = own_units(instance, decisions, (s, t), Some(region));
            if works > 0.0 { (served / works).clamp(0.0, 1.0) } else { 0.0 }
        };
        for (i, site) in instance.sites.iter().enumerate() {
            for (g, hardware) in self.hardware.clone().into_iter().enumerate() {
                let mut systems: Vec<((usize, usize), f64)> = Vec::new();
                for (t, period) in future.periods.iter().enumerate() {
                    let at_work = period.active_mw[i][g] / hardware.mw * share(site.region, t);
                    let each = self.at_work(t, (period.delivered_mw[i][g], period.installed_mw[i][g]));
                    systems.extend(each.enumerate().map(|(quarter, part)| ((t, quarter), at_work * part)));
                }
                let most = systems.iter().map(|(_, now)| *now).fold(0.0, f64::max);
                if most < 1e-9 {
                    continue;
                }
                let Some((model, each)) = hardware.accelerators.as_ref().filter(|(_, each)| *each > 0) else {
                    let remark = format!(
                        "`{}`: `{}` has no accelerators, and no job can stand for what it serves",
                        site.name, hardware.key
                    );
                    self.out.remarks.push(remark);
                    continue;
                };
                let gang = libm::ceil(most / MOST_JOBS).max(1.0);
                let per_hour = most / gang / JOB_HOURS;
                let steps: Vec<String> = systems
                    .iter()
                    .map(|((t, quarter), now)| {
                        format!("{{ from = {}, factor = {} }}", self.at_quarter(*t, *quarter), now / most)
                    })
                    .collect();
                let name = format!("plan-{i}-{g}");
                self.line(&format!("\n# What `{}` serves with `{}`.", site.name, hardware.key));
                self.line(&format!("[workload.{name}]"));
                self.set("tenant", quoted("plan"));
                self.set("home", quoted(&site.name));
                self.set("accelerators", format!("[{}]", quoted(model)));
                self.set("activity", quoted("full"));
                self.set("checkpoint", quoted("1 h"));
                self.set("start", quoted(&self.out.starts[0].max(self.run_start).to_string()));
                self.set("end", quoted(&self.out.starts[instance.periods.len()].to_string()));
                let arrivals = format!(
                    "{{ per_hour = {per_hour}, gaps = \"gamma\", cv = 0.1, step = [{}] }}",
                    steps.join(", ")
                );
                self.set("arrivals", arrivals);
                let size = f64::from(*each) * gang;
                self.set("sizes", format!("{{ distribution = \"weighted\", weights = {{ {size} = 1.0 }} }}"));
                self.set("durations", format!("{{ distribution = \"constant\", mean = \"{JOB_HOURS} h\" }}"));
                any = true;
            }
        }
        any
    }
}
