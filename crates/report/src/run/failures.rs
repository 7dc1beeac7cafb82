//! What failed, from the table `events`, counted in one pass; nothing where nothing could fail.

use super::hours::Bins;
use crate::Error;
use std::collections::BTreeMap;
use std::path::Path;
use tables::read;

/// What one way of failing did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failure {
    /// Key in the scenario.
    pub key: String,
    /// Jobs that it interrupted.
    pub interruptions: u64,
    /// The same for each bin of the hours.
    pub by_bin: Vec<u64>,
    /// Nodes that it took down.
    pub nodes_down: u64,
    /// Accelerator hours of work that is done again because of it.
    pub lost_gpu_hours: f64,
}

const COLUMNS: [&str; 6] = ["time", "event", "failure", "gpus", "nodes", "lost_s"];

/// Every way in which something failed, by key.
pub(super) fn read(folder: &Path, bins: &Bins) -> Result<Vec<Failure>, Error> {
    let mut failures: BTreeMap<String, Failure> = BTreeMap::new();
    for batch in read::open(folder, &tables::events::TABLE, &COLUMNS)? {
        let batch = batch?;
        let (times, events) = (batch.instants("time")?, batch.texts("event")?);
        let (keys, gpus) = (batch.texts("failure")?, batch.numbers("gpus")?);
        let (nodes, lost) = (batch.integers("nodes")?, batch.numbers("lost_s")?);
        for row in 0..batch.len() {
            let Some(key) = keys.get(row) else { continue };
            if !failures.contains_key(key) {
                let by_bin = vec![0; bins.count()];
                failures
                    .insert(key.to_string(), Failure { key: key.to_string(), by_bin, ..Failure::default() });
            }
            let Some(failure) = failures.get_mut(key) else { continue };
            match events.get(row) {
                Some("interrupted") => {
                    failure.interruptions += 1;
                    failure.lost_gpu_hours +=
                        gpus.get(row).unwrap_or(0.0) * lost.get(row).unwrap_or(0.0) / 3600.0;
                    let bin = times.get(row).map(|time| bins.of(time));
                    if let Some(count) = bin.and_then(|bin| failure.by_bin.get_mut(bin)) {
                        *count += 1;
                    }
                }
                Some("down") => {
                    failure.nodes_down +=
                        nodes.get(row).and_then(|nodes| u64::try_from(nodes).ok()).unwrap_or(0);
                }
                _ => {}
            }
        }
    }
    Ok(failures.into_values().collect())
}
