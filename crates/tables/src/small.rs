//! The tables that say what the scenario is and what came out: few rows, written at the end.

use crate::account::Accounts;
use crate::column::Rows;
use crate::declared::{blocks, commitments, expectations, figures, settings, sites, summary, tenants};
use crate::dictionary::Dictionaries;
use crate::error::TableError;
use crate::manifest::base_name;
use crate::spool::Spool;
use crate::summary::{Summary, VerdictKind, evaluate};
use crate::writer::{gpu_hours, integer};
use base::id::{BlockId, TenantId};
use scenario::World;
use scenario::world::{Block, FigureKind};
use std::path::{Path, PathBuf};
use twin::fact::GpuTime;

/// Writes tables that fit into memory.
pub(crate) struct SmallTables<'a> {
    pub(crate) parts: PathBuf,
    pub(crate) into: &'a Path,
    pub(crate) dictionaries: &'a Dictionaries,
}

impl SmallTables<'_> {
    /// Writes one; returns how many rows it has.
    pub(crate) fn write<R: Rows>(&self, rows: R) -> Result<u64, TableError> {
        let mut spool = Spool::<R>::new(&self.parts);
        spool.pending = rows;
        spool.finish(self.into, self.dictionaries)
    }
}

pub(crate) fn summary_rows(results: &Summary) -> summary::Pending {
    let mut rows = summary::Pending::default();
    for part in &results.parts {
        for (name, value) in &part.values {
            let Some(metric) = Summary::metrics().find(|metric| metric.name == *name) else { continue };
            rows.push(summary::Row {
                scope: part.scope.name().to_owned(),
                key: part.scope.key().map(str::to_owned),
                metric: metric.name.to_owned(),
                value: *value,
                unit: metric.unit.to_owned(),
                doc: metric.doc.to_owned(),
            });
        }
    }
    rows
}

/// Nodes, accelerators and full IT power in MW of a block's systems.
fn equipment(world: &World, block: &Block) -> (u64, u64, f64) {
    let (mut nodes, mut gpus, mut mw) = (0, 0, 0.0);
    for &(system, count) in &block.equipment {
        if let Some(system) = world.systems.get(system.index()) {
            let count_nodes = u64::from(count) * u64::from(system.nodes);
            nodes += count_nodes;
            gpus += count_nodes * u64::from(system.accelerators_per_node);
            mw += f64::from(count) * system.it_power.mw();
        }
    }
    (nodes, gpus, mw)
}

pub(crate) fn site_rows(world: &World) -> sites::Pending {
    let mut rows = sites::Pending::default();
    for site in &world.sites {
        let blocks: Vec<&Block> = site.block_ids().filter_map(|id| world.blocks.get(id.index())).collect();
        let (nodes, gpus) = blocks.iter().fold((0, 0), |(nodes, gpus), block| {
            let (more_nodes, more_gpus, _) = equipment(world, block);
            (nodes + more_nodes, gpus + more_gpus)
        });
        rows.push(sites::Row {
            site: site.key.clone(),
            name: site.name.clone(),
            latitude_deg: site.latitude_deg,
            longitude_deg: site.longitude_deg,
            it_mw: blocks.iter().map(|block| block.it_power.mw()).sum(),
            blocks: blocks.len() as i64,
            nodes: integer(nodes),
            gpus: integer(gpus),
            usd_per_gpu_hour: site.usd_per_gpu_hour,
        });
    }
    rows
}

pub(crate) fn block_rows(world: &World, accounts: &Accounts) -> blocks::Pending {
    let mut rows = blocks::Pending::default();
    let built = world.buildout.iter().flat_map(|plan| &plan.blocks).map(|block| block.begun);
    let begun = built.map(Some).chain(std::iter::repeat(None));
    let blocks = world.blocks.iter().zip(&accounts.energised).zip(begun);
    for (at, ((block, &energised), begun)) in blocks.enumerate() {
        let in_full = match &accounts.building {
            Some(building) => building.energised_in_full(block.site, BlockId::new(at)),
            None => energised,
        };
        let (nodes, gpus, systems_it_mw) = equipment(world, block);
        rows.push(blocks::Row {
            site: world.sites.get(block.site.index()).map_or_else(String::new, |site| site.key.clone()),
            block: block.key.clone(),
            it_mw: block.it_power.mw(),
            systems_it_mw,
            nodes: integer(nodes),
            gpus: integer(gpus),
            begun,
            ready: block.ready,
            energised,
            // What stood before the run is at work from its start.
            energised_in_full: in_full.map(|time| time.max(world.start)),
        });
    }
    rows
}

pub(crate) fn tenant_rows(world: &World, accounts: &Accounts) -> tenants::Pending {
    let held: Vec<GpuTime> = accounts
        .tenants
        .iter()
        .enumerate()
        .map(|(at, sums)| sums.held + accounts.services.held_for(TenantId::new(at), world))
        .collect();
    let all: GpuTime = held.iter().sum();
    let mut rows = tenants::Pending::default();
    for ((tenant, sums), held) in world.tenants.iter().zip(&accounts.tenants).zip(held) {
        rows.push(tenants::Row {
            tenant: tenant.key.clone(),
            weight: tenant.weight,
            priority: tenant.priority.into(),
            quota_gpus: tenant.quota_gpus.map(i64::from),
            jobs_submitted: integer(sums.submitted),
            jobs_finished: integer(sums.finished),
            jobs_rejected: integer(sums.rejected),
            held_gpu_hours: gpu_hours(held),
            held_share: (all > 0).then(|| held as f64 / all as f64),
            wait_mean_s: sums.wait.mean_s(),
            wait_p95_s: sums.wait.quantile_s(0.95),
            bounded_slowdown_mean: (sums.finished > 0).then(|| sums.slowdown / sums.finished as f64),
        });
    }
    rows
}

/// The word for a kind of figure in the table `figures`.
pub fn figure_kind(kind: FigureKind) -> &'static str {
    match kind {
        FigureKind::Measured => "measured",
        FigureKind::Published => "published",
        FigureKind::Derived => "derived",
        FigureKind::Assumed => "assumed",
    }
}

pub(crate) fn figure_rows(world: &World) -> figures::Pending {
    let mut rows = figures::Pending::default();
    for figure in &world.figures {
        let kind = figure_kind(figure.kind);
        rows.push(figures::Row {
            path: figure.path.clone(),
            value: figure.value.clone(),
            kind: kind.to_owned(),
            source: figure.source.clone(),
            place: base_name(&figure.place),
        });
    }
    rows
}

pub(crate) fn expectation_rows(world: &World, results: &Summary) -> expectations::Pending {
    let mut rows = expectations::Pending::default();
    for verdict in evaluate(&world.expectations, results) {
        let name = match verdict.verdict {
            VerdictKind::Holds => "holds",
            VerdictKind::Fails => "fails",
            VerdictKind::NoValue => "no_value",
            VerdictKind::NoSuchMetric => "no_such_metric",
        };
        rows.push(expectations::Row {
            metric: verdict.expectation.metric,
            at_least: verdict.expectation.at_least,
            at_most: verdict.expectation.at_most,
            value: verdict.value,
            verdict: name.to_owned(),
            place: base_name(&verdict.expectation.place),
        });
    }
    rows
}

pub(crate) fn setting_rows(world: &World) -> settings::Pending {
    let mut rows = settings::Pending::default();
    for setting in scenario::settings(world) {
        rows.push(settings::Row { setting: setting.name, value: setting.value, doc: setting.doc });
    }
    rows
}

/// The periods of commitments; none where the scenario keeps no books, which would settle them.
pub(crate) fn commitment_rows(world: &World) -> Result<Option<commitments::Pending>, TableError> {
    let periods = ledger::export::focus::commitments(world);
    if world.books.is_none() || periods.is_empty() {
        return Ok(None);
    }
    let mut rows = commitments::Pending::default();
    for period in periods {
        let millionths = period.quantity.map(|quantity| i64::try_from(quantity.0)).transpose();
        let committed_millionths = millionths.map_err(|_| {
            TableError::Unbalanced(format!("what `{}` commits to leaves the range", period.contract))
        })?;
        rows.push(commitments::Row {
            agreement: period.contract,
            period: period.number,
            begins: period.period.0,
            ends: period.period.1,
            contract_begins: period.contract_period.0,
            contract_ends: period.contract_period.1,
            committed_micro_usd: period.money.map(|money| money.0),
            committed_millionths,
            unit: period.unit,
        });
    }
    Ok(Some(rows))
}
