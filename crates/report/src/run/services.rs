//! The tables of services, gathered into the bins of the run; nothing where the run has none.

use super::hours::Bins;
use crate::Error;
use std::collections::BTreeMap;
use std::path::Path;
use tables::read;

/// What somebody asked for in a bin, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Asked {
    /// Tokens of answers asked for.
    pub offered: f64,
    /// Of those, served.
    pub served: f64,
    /// Requests served.
    pub requests: f64,
    /// Requests not served.
    pub unserved: f64,
    /// Requests served times seconds to the first token.
    pub ttft: f64,
    /// Requests served times seconds between tokens.
    pub tpot: f64,
}

impl Asked {
    fn add(&mut self, more: &Asked) {
        self.offered += more.offered;
        self.served += more.served;
        self.requests += more.requests;
        self.unserved += more.unserved;
        self.ttft += more.ttft;
        self.tpot += more.tpot;
    }

    /// The sum of both.
    pub fn with(mut self, more: &Asked) -> Asked {
        self.add(more);
        self
    }

    /// A sum over requests as a mean.
    pub fn mean(&self, sum: f64) -> Option<f64> {
        (self.requests > 0.0).then(|| sum / self.requests)
    }

    /// Requests not served as a share of all.
    pub fn unserved_share(&self) -> Option<f64> {
        let all = self.requests + self.unserved;
        (all > 0.0).then(|| self.unserved / all)
    }
}

/// Replicas in a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Held {
    /// Replica hours ready to serve.
    pub ready: f64,
    /// Accelerator hours held.
    pub gpu_hours: f64,
    /// Tokens of answers written.
    pub tokens: f64,
}

/// Everything about services, by bin of the run's hours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Services {
    /// By service.
    pub services: BTreeMap<String, Vec<Asked>>,
    /// By region.
    pub regions: BTreeMap<String, Vec<Asked>>,
    /// By site.
    pub sites: BTreeMap<String, Vec<Held>>,
    /// By service and system, over the whole run.
    pub systems: BTreeMap<(String, String), Held>,
}

const ASKED: [&str; 9] = [
    "hour",
    "service",
    "region",
    "requests_served",
    "requests_unserved",
    "tokens_out_offered",
    "tokens_out_served",
    "ttft_s",
    "tpot_s",
];

const HELD: [&str; 7] =
    ["hour", "service", "site", "system", "ready_replica_hours", "held_gpu_hours", "tokens_out_served"];

/// Reads both tables.
pub(super) fn read(folder: &Path, bins: &Bins) -> Result<Services, Error> {
    let mut services = Services::default();
    let count = |value: Option<i64>| value.unwrap_or(0) as f64;
    for batch in read::open(folder, &tables::service_hours::TABLE, &ASKED)? {
        let batch = batch?;
        let (times, names, regions) =
            (batch.instants("hour")?, batch.texts("service")?, batch.texts("region")?);
        let (served, unserved) = (batch.integers("requests_served")?, batch.integers("requests_unserved")?);
        let (offered, tokens) = (batch.integers("tokens_out_offered")?, batch.integers("tokens_out_served")?);
        let (ttft, tpot) = (batch.numbers("ttft_s")?, batch.numbers("tpot_s")?);
        for row in 0..batch.len() {
            let (Some(time), Some(name), Some(region)) = (times.get(row), names.get(row), regions.get(row))
            else {
                continue;
            };
            let requests = count(served.get(row));
            let asked = Asked {
                offered: count(offered.get(row)),
                served: count(tokens.get(row)),
                requests,
                unserved: count(unserved.get(row)),
                ttft: requests * ttft.get(row).unwrap_or(0.0),
                tpot: requests * tpot.get(row).unwrap_or(0.0),
            };
            let bin = bins.of(time);
            for (map, key) in [(&mut services.services, name), (&mut services.regions, region)] {
                let list = map.entry(key.to_string()).or_insert_with(|| vec![Asked::default(); bins.count()]);
                if let Some(sum) = list.get_mut(bin) {
                    sum.add(&asked);
                }
            }
        }
    }
    for batch in read::open(folder, &tables::replica_hours::TABLE, &HELD)? {
        let batch = batch?;
        let (times, names) = (batch.instants("hour")?, batch.texts("service")?);
        let (sites, systems) = (batch.texts("site")?, batch.texts("system")?);
        let (ready, held) = (batch.numbers("ready_replica_hours")?, batch.numbers("held_gpu_hours")?);
        let tokens = batch.integers("tokens_out_served")?;
        for row in 0..batch.len() {
            let (Some(time), Some(name), Some(site), Some(system)) =
                (times.get(row), names.get(row), sites.get(row), systems.get(row))
            else {
                continue;
            };
            let more = Held {
                ready: ready.get(row).unwrap_or(0.0),
                gpu_hours: held.get(row).unwrap_or(0.0),
                tokens: count(tokens.get(row)),
            };
            let list =
                services.sites.entry(site.to_string()).or_insert_with(|| vec![Held::default(); bins.count()]);
            if let Some(sum) = list.get_mut(bins.of(time)) {
                sum.add(&more);
            }
            services.systems.entry((name.to_string(), system.to_string())).or_default().add(&more);
        }
    }
    Ok(services)
}

impl Held {
    fn add(&mut self, more: &Held) {
        self.ready += more.ready;
        self.gpu_hours += more.gpu_hours;
        self.tokens += more.tokens;
    }
}
