//! What came later in the run than the plan says, and why: halls, or systems though their hall was there.

use super::Pair;
use crate::planning::QUARTER_S;
use base::SimTime;
use plan::instance::Instance;
use std::collections::BTreeMap;
use std::path::Path;
use tables::building_tables::milestones;
use tables::{TableError, blocks, read};

/// How late, each in the mean of the accelerators that were to work in the run; `None` without any.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Late {
    /// By how much the time from the beginning of work on a hall until systems can work there was longer, as a share.
    pub halls: Option<f64>,
    /// By how many quarters systems came late, their halls apart: as makers deliver over a quarter what the plan has at its start.
    pub systems_quarters: Option<f64>,
}

/// What was late in the run of a plan. The pairs are those of [`super::against`].
///
/// # Errors
/// The tables of the run cannot be read.
pub fn late(
    (instance, starts): (&Instance, &[SimTime]),
    run_end: SimTime,
    pairs: &[Pair],
    folder: &Path,
) -> Result<Late, TableError> {
    if !folder.join(milestones::TABLE.parquet_name()).exists() {
        return Ok(Late::default());
    }
    let done = done(folder)?;
    let (mut all, mut longer, mut waited) = (0.0, 0.0, 0.0);
    for batch in read::open(folder, &blocks::TABLE, &["site", "block", "gpus", "begun", "ready"])? {
        let batch = batch?;
        let (sites, names, gpus) = (batch.texts("site")?, batch.texts("block")?, batch.integers("gpus")?);
        let (begun, ready) = (batch.instants("begun")?, batch.instants("ready")?);
        for row in 0..batch.len() {
            let (Some(site), Some(name), Some(gpus), Some(begun), Some(ready)) =
                (sites.get(row), names.get(row), gpus.get(row), begun.get(row), ready.get(row))
            else {
                continue;
            };
            let gpus = gpus as f64;
            let planned = instance.sites.iter().any(|known| known.name == site);
            if !planned || ready >= run_end || ready <= begun {
                continue;
            }
            // What was never done took at least until the end.
            let done = done.get(&(site.to_owned(), name.to_owned())).copied().flatten().unwrap_or(run_end);
            let late = (done.max(ready) - ready).seconds();
            all += gpus;
            longer += gpus * late / (ready - begun).seconds();
            waited += gpus * late / QUARTER_S;
        }
    }
    let missing: f64 = pairs
        .iter()
        .map(|pair| {
            let t = instance.periods.iter().position(|period| period.name == pair.quarter).unwrap_or(0);
            (pair.plan.accelerators - pair.run.accelerators) * (starts[t + 1] - starts[t]).seconds()
                / QUARTER_S
        })
        .sum();
    let of_all = |sum: f64| (all > 0.0).then(|| sum / all);
    Ok(Late { halls: of_all(longer), systems_quarters: of_all(missing - waited) })
}

/// When each block could take systems, by site and block.
fn done(folder: &Path) -> Result<BTreeMap<(String, String), Option<SimTime>>, TableError> {
    let mut done = BTreeMap::new();
    for batch in read::open(folder, &milestones::TABLE, &["site", "block", "milestone", "actual"])? {
        let batch = batch?;
        let (sites, names) = (batch.texts("site")?, batch.texts("block")?);
        let (milestones, actual) = (batch.texts("milestone")?, batch.instants("actual")?);
        for row in 0..batch.len() {
            if let (Some(site), Some(name), Some("power_on")) =
                (sites.get(row), names.get(row), milestones.get(row))
            {
                done.insert((site.to_owned(), name.to_owned()), actual.get(row));
            }
        }
    }
    Ok(done)
}
