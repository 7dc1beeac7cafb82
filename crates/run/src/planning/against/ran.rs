//! What came out of the run of a plan, by quarter.

use super::{Pair, Sides};
use base::{SimTime, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tables::building_tables::capital_uses;
use tables::{TableError, blocks, energy_hours, jobs, read, site_hours};

/// Systems of a site in a quarter.
#[derive(Clone, Copy, Debug, Default)]
struct Stood {
    mw: f64,
    units: f64,
    gpus: f64,
}

impl Sides<'_> {
    /// The place of the quarter that holds an instant among those that are compared.
    fn place(&self, quarters: &[usize], at: SimTime) -> Option<usize> {
        quarters.iter().position(|&t| self.starts[t] <= at && at < self.starts[t + 1])
    }

    /// Systems that stand by the tables of blocks and of hours of the sites, and what of them serves somebody.
    pub(super) fn stands(
        &self,
        folder: &Path,
        quarters: &[usize],
        pairs: &mut [Pair],
    ) -> Result<(), TableError> {
        let planned = self.planned_sites();
        let stood = self.stood(folder, quarters)?;
        let mut hours: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        let columns = ["hour", "site", "installed_gpu_hours", "busy_gpu_hours"];
        for batch in read::open(folder, &site_hours::TABLE, &columns)? {
            let batch = batch?;
            let (times, sites) = (batch.instants("hour")?, batch.texts("site")?);
            let (installed, busy) = (batch.numbers(columns[2])?, batch.numbers(columns[3])?);
            for row in 0..batch.len() {
                let (Some(time), Some(site)) = (times.get(row), sites.get(row)) else { continue };
                let Some(at) = self.place(quarters, time).filter(|_| planned.contains(site)) else {
                    continue;
                };
                let sums = hours.entry(site.to_owned()).or_insert_with(|| vec![(0.0, 0.0); pairs.len()]);
                sums[at].0 += installed.get(row).unwrap_or(0.0);
                sums[at].1 += busy.get(row).unwrap_or(0.0);
            }
        }
        self.lost(folder, quarters, &planned, &mut hours)?;
        for (site, stood) in &stood {
            for (at, stood) in stood.iter().enumerate() {
                let run = &mut pairs[at].run;
                let (installed, busy) = hours.get(site).map_or((0.0, 0.0), |sums| sums[at]);
                let hours = self.hours(quarters[at]);
                run.accelerators += installed / hours;
                // Systems of a block come in parts: of those that have accelerators, what came is counted.
                let came = if stood.gpus > 0.0 { installed / (stood.gpus * hours) } else { 1.0 };
                run.systems_mw += stood.mw * came;
                if stood.gpus > 0.0 {
                    run.served_units += stood.units * busy.max(0.0) / (stood.gpus * hours);
                }
            }
        }
        Ok(())
    }

    /// Systems of each site by quarter, if those of a block all stood from the day on which the first did.
    fn stood(&self, folder: &Path, quarters: &[usize]) -> Result<BTreeMap<String, Vec<Stood>>, TableError> {
        let planned = self.planned_sites();
        let mut all: BTreeMap<String, Vec<Stood>> = BTreeMap::new();
        for batch in read::open(folder, &blocks::TABLE, &[])? {
            let batch = batch?;
            let (sites, names) = (batch.texts("site")?, batch.texts("block")?);
            let (power, gpus) = (batch.numbers("systems_it_mw")?, batch.integers("gpus")?);
            let energised = batch.instants("energised")?;
            for row in 0..batch.len() {
                let (Some(site), Some(name), Some(mw), Some(gpus), Some(since)) =
                    (sites.get(row), names.get(row), power.get(row), gpus.get(row), energised.get(row))
                else {
                    continue;
                };
                if !planned.contains(site) {
                    continue;
                }
                let worth = self.units_per_mw(name);
                let sums =
                    all.entry(site.to_owned()).or_insert_with(|| vec![Stood::default(); quarters.len()]);
                for (sum, &t) in sums.iter_mut().zip(quarters) {
                    let stood = (self.starts[t + 1].0.saturating_sub(since.max(self.starts[t]).0)).max(0);
                    let share = Span(stood).hours() / self.hours(t);
                    sum.mw += mw * share;
                    sum.units += mw * share * worth;
                    sum.gpus += gpus as f64 * share;
                }
            }
        }
        Ok(all)
    }

    /// Takes work that was done again out of the busy hours, in the quarter in which its job ended.
    fn lost(
        &self,
        folder: &Path,
        quarters: &[usize],
        planned: &BTreeSet<&str>,
        hours: &mut BTreeMap<String, Vec<(f64, f64)>>,
    ) -> Result<(), TableError> {
        for batch in read::open(folder, &jobs::TABLE, &["site", "gpus", "ended", "lost_s"])? {
            let batch = batch?;
            let (sites, ended) = (batch.texts("site")?, batch.instants("ended")?);
            let (gpus, lost) = (batch.numbers("gpus")?, batch.numbers("lost_s")?);
            for row in 0..batch.len() {
                let (Some(site), Some(ended), Some(gpus), Some(lost)) =
                    (sites.get(row), ended.get(row), gpus.get(row), lost.get(row))
                else {
                    continue;
                };
                let at =
                    if lost > 0.0 && planned.contains(site) { self.place(quarters, ended) } else { None };
                if let (Some(at), Some(sums)) = (at, hours.get_mut(site)) {
                    sums[at].1 -= gpus * lost / 3600.0;
                }
            }
        }
        Ok(())
    }

    /// Compute of a megawatt of what stands in a block of a plan: its name ends in the system or in its number.
    fn units_per_mw(&self, block: &str) -> f64 {
        let of = |(g, generation): (usize, &plan::instance::Generation)| {
            let named = block.strip_suffix(generation.name.as_str()).is_some_and(|rest| rest.ends_with('-'));
            let numbered = block.starts_with("hall-") && block.ends_with(&format!("-{g}"));
            (named || numbered).then_some((generation.name.len(), generation.units_per_mw))
        };
        // Where one name ends another, the longer is meant.
        let found = self.instance.generations.iter().enumerate().filter_map(of);
        found.max_by_key(|(length, _)| *length).map_or(1.0, |(_, units)| units)
    }

    pub(super) fn energy(
        &self,
        folder: &Path,
        quarters: &[usize],
        pairs: &mut [Pair],
    ) -> Result<(), TableError> {
        if !folder.join(energy_hours::TABLE.parquet_name()).exists() {
            return Ok(());
        }
        let planned = self.planned_sites();
        for batch in read::open(folder, &energy_hours::TABLE, &[])? {
            let batch = batch?;
            let (times, sites) = (batch.instants("hour")?, batch.texts("site")?);
            let used = ["it_mwh", "cooling_mwh", "lost_mwh", "house_mwh"].map(|name| batch.numbers(name));
            let paid = ["bought_usd", "fuel_usd", "demand_usd"].map(|name| batch.numbers(name));
            let carbon = ["carbon_bought_kg", "carbon_fuel_kg"].map(|name| batch.numbers(name));
            let (used, paid, carbon) = (all(used)?, all(paid)?, all(carbon)?);
            for row in 0..batch.len() {
                let (Some(time), Some(site)) = (times.get(row), sites.get(row)) else { continue };
                let Some(at) = self.place(quarters, time).filter(|_| planned.contains(site)) else {
                    continue;
                };
                let sum = |columns: &[read::Numbers]| -> f64 {
                    columns.iter().filter_map(|column| column.get(row)).sum()
                };
                let run = &mut pairs[at].run;
                run.energy_mwh += sum(&used);
                run.energy_usd += sum(&paid);
                run.carbon_t += sum(&carbon) / 1e3;
            }
        }
        Ok(())
    }

    /// What was paid for halls and systems, where money is counted.
    pub(super) fn capital(
        &self,
        folder: &Path,
        quarters: &[usize],
        pairs: &mut [Pair],
    ) -> Result<(), TableError> {
        if !folder.join(capital_uses::TABLE.parquet_name()).exists() {
            return Ok(());
        }
        let planned = self.planned_sites();
        for batch in read::open(folder, &capital_uses::TABLE, &["month", "site", "purpose", "spent_usd"])? {
            let batch = batch?;
            let (months, sites) = (batch.instants("month")?, batch.texts("site")?);
            let (purposes, spent) = (batch.texts("purpose")?, batch.numbers("spent_usd")?);
            for row in 0..batch.len() {
                let (Some(month), Some(site), Some(purpose), Some(spent)) =
                    (months.get(row), sites.get(row), purposes.get(row), spent.get(row))
                else {
                    continue;
                };
                // A month counts for the quarter in which most of it lies.
                let middle = month.saturating_add(Span::DAY * 14);
                let at = if planned.contains(site) { self.place(quarters, middle) } else { None };
                let Some(at) = at else { continue };
                match purpose {
                    "systems" => pairs[at].run.systems_usd += spent,
                    "interest" => {}
                    _ => pairs[at].run.building_usd += spent,
                }
            }
        }
        Ok(())
    }
}

fn all<const N: usize>(
    columns: [Result<read::Numbers, TableError>; N],
) -> Result<Vec<read::Numbers>, TableError> {
    columns.into_iter().collect()
}
