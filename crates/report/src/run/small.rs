//! The tables that fit into memory, row by row.

use crate::Error;
use base::SimTime;
use std::path::Path;
use tables::Table;
use tables::read::{self, Batch};

/// A site.
#[derive(Clone, Debug)]
pub struct Site {
    /// Key in the scenario.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// Degrees north.
    pub latitude_deg: f64,
    /// Degrees east.
    pub longitude_deg: f64,
    /// IT power that its blocks can carry, in MW.
    pub it_mw: f64,
    /// Its accelerators, once all blocks are energised.
    pub gpus: u64,
    /// Its nodes, once all blocks are energised.
    pub nodes: u64,
}

/// A block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Key of its site.
    pub site: String,
    /// Key in the scenario.
    pub key: String,
    /// IT power that it can carry, in MW.
    pub it_mw: f64,
    /// IT power of its systems at full load, in MW.
    pub systems_it_mw: f64,
    /// Its accelerators.
    pub gpus: u64,
    /// When work on it begins; `None` where it stands when it is ready.
    pub begun: Option<SimTime>,
    /// When its systems were to work.
    pub ready: Option<SimTime>,
    /// When the first of them did.
    pub energised: Option<SimTime>,
    /// When the last of them did.
    pub in_full: Option<SimTime>,
}

/// A tenant and what it got.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Key in the scenario.
    pub key: String,
    /// Weight of its share.
    pub weight: f64,
    /// The most accelerators that it may hold at once.
    pub quota_gpus: Option<u64>,
    /// Jobs submitted, finished and rejected.
    pub jobs: [u64; 3],
    /// Accelerator time that its jobs held.
    pub held_gpu_hours: f64,
    /// Its share of what all tenants held.
    pub held_share: Option<f64>,
    /// Mean and 95th percentile of the time in a queue, in seconds.
    pub wait_s: [Option<f64>; 2],
}

/// A number of the scenario and where it comes from.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Dotted path in the scenario.
    pub path: String,
    /// The value as it is written.
    pub value: String,
    /// `measured`, `published`, `derived` or `assumed`.
    pub kind: String,
    /// Source, if the scenario gives one.
    pub source: Option<String>,
    /// File and line.
    pub place: String,
}

/// What the scenario expects of its results.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The name of a result.
    pub metric: String,
    /// At least this.
    pub at_least: Option<f64>,
    /// At most this.
    pub at_most: Option<f64>,
    /// The result.
    pub value: Option<f64>,
    /// `holds`, `fails`, `no_value` or `no_such_metric`.
    pub verdict: String,
    /// File and line.
    pub place: String,
}

/// A choice of the scenario.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its dotted name: `policy.order`.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What it means.
    pub doc: String,
}

/// One result.
#[derive(Clone, Debug)]
struct Row {
    scope: String,
    key: Option<String>,
    metric: String,
    value: Option<f64>,
    unit: String,
}

/// The results of the network, of sites and of tenants.
#[derive(Clone, Debug, Default)]
pub struct Results(Vec<Row>);

impl Results {
    /// A result: of the `network`, or of the `site` or `tenant` with this key.
    pub fn get(&self, scope: &str, key: Option<&str>, metric: &str) -> Option<f64> {
        self.0
            .iter()
            .find(|row| row.metric == metric && row.scope == scope && row.key.as_deref() == key)?
            .value
    }

    /// The unit of a result.
    pub fn unit(&self, metric: &str) -> &str {
        self.0.iter().find(|row| row.metric == metric).map_or("", |row| row.unit.as_str())
    }
}

/// Rows of a batch, by name of column; what is missing is empty or zero.
pub(super) struct Cells<'a> {
    batch: &'a Batch,
    row: usize,
}

impl Cells<'_> {
    pub(super) fn text(&self, column: &str) -> Result<String, Error> {
        Ok(self.maybe_text(column)?.unwrap_or_default())
    }
    pub(super) fn maybe_text(&self, column: &str) -> Result<Option<String>, Error> {
        Ok(self.batch.texts(column)?.get(self.row).map(str::to_string))
    }
    pub(super) fn number(&self, column: &str) -> Result<Option<f64>, Error> {
        Ok(self.batch.numbers(column)?.get(self.row))
    }
    pub(super) fn integer(&self, column: &str) -> Result<Option<u64>, Error> {
        Ok(self.batch.integers(column)?.get(self.row).map(|value| u64::try_from(value).unwrap_or(0)))
    }
    pub(super) fn instant(&self, column: &str) -> Result<Option<SimTime>, Error> {
        Ok(self.batch.instants(column)?.get(self.row))
    }
}

pub(super) fn rows<T>(
    folder: &Path,
    table: &'static Table,
    read_row: impl Fn(&Cells) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut rows = Vec::new();
    for batch in read::open(folder, table, &[])? {
        let batch = batch?;
        for row in 0..batch.len() {
            rows.push(read_row(&Cells { batch: &batch, row })?);
        }
    }
    Ok(rows)
}

pub(super) fn sites(folder: &Path) -> Result<Vec<Site>, Error> {
    rows(folder, &tables::sites::TABLE, |row| {
        Ok(Site {
            key: row.text("site")?,
            name: row.text("name")?,
            latitude_deg: row.number("latitude_deg")?.unwrap_or(0.0),
            longitude_deg: row.number("longitude_deg")?.unwrap_or(0.0),
            it_mw: row.number("it_mw")?.unwrap_or(0.0),
            gpus: row.integer("gpus")?.unwrap_or(0),
            nodes: row.integer("nodes")?.unwrap_or(0),
        })
    })
}

pub(super) fn blocks(folder: &Path) -> Result<Vec<Block>, Error> {
    rows(folder, &tables::blocks::TABLE, |row| {
        Ok(Block {
            site: row.text("site")?,
            key: row.text("block")?,
            it_mw: row.number("it_mw")?.unwrap_or(0.0),
            systems_it_mw: row.number("systems_it_mw")?.unwrap_or(0.0),
            gpus: row.integer("gpus")?.unwrap_or(0),
            begun: row.instant("begun")?,
            ready: row.instant("ready")?,
            energised: row.instant("energised")?,
            in_full: row.instant("energised_in_full")?,
        })
    })
}

pub(super) fn tenants(folder: &Path) -> Result<Vec<Tenant>, Error> {
    rows(folder, &tables::tenants::TABLE, |row| {
        let count = |column| row.integer(column).map(|value| value.unwrap_or(0));
        Ok(Tenant {
            key: row.text("tenant")?,
            weight: row.number("weight")?.unwrap_or(0.0),
            quota_gpus: row.integer("quota_gpus")?,
            jobs: [count("jobs_submitted")?, count("jobs_finished")?, count("jobs_rejected")?],
            held_gpu_hours: row.number("held_gpu_hours")?.unwrap_or(0.0),
            held_share: row.number("held_share")?,
            wait_s: [row.number("wait_mean_s")?, row.number("wait_p95_s")?],
        })
    })
}

pub(super) fn figures(folder: &Path) -> Result<Vec<Figure>, Error> {
    rows(folder, &tables::figures::TABLE, |row| {
        Ok(Figure {
            path: row.text("path")?,
            value: row.text("value")?,
            kind: row.text("kind")?,
            source: row.maybe_text("source")?,
            place: row.text("place")?,
        })
    })
}

pub(super) fn results(folder: &Path) -> Result<Results, Error> {
    rows(folder, &tables::summary_table::TABLE, |row| {
        Ok(Row {
            scope: row.text("scope")?,
            key: row.maybe_text("key")?,
            metric: row.text("metric")?,
            value: row.number("value")?,
            unit: row.text("unit")?,
        })
    })
    .map(Results)
}

pub(super) fn expectations(folder: &Path) -> Result<Vec<Expectation>, Error> {
    rows(folder, &tables::expectations::TABLE, |row| {
        Ok(Expectation {
            metric: row.text("metric")?,
            at_least: row.number("at_least")?,
            at_most: row.number("at_most")?,
            value: row.number("value")?,
            verdict: row.text("verdict")?,
            place: row.text("place")?,
        })
    })
}

pub(super) fn settings(folder: &Path) -> Result<Vec<Setting>, Error> {
    rows(folder, &tables::settings::TABLE, |row| {
        Ok(Setting { name: row.text("setting")?, value: row.text("value")?, doc: row.text("doc")? })
    })
}
