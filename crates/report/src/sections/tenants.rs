//! Who got how much.

use super::maybe;
use crate::chart::{Bar, Bars, Chart, Ink};
use crate::figure::{Block, Figure, Section, Table};
use crate::format;
use crate::run::{Run, Tenant};

/// The most tenants with bars of their own, and in the table.
const BARS: usize = 15;
const ROWS: usize = 100;

pub(super) fn section(run: &Run) -> Option<Section> {
    // One tenant has it all: no section.
    if run.tenants.len() < 2 {
        return None;
    }
    let weights: f64 =
        run.tenants.iter().map(|tenant| tenant.weight).filter(|weight| weight.is_finite()).sum();
    let weight_share = |weight: f64| if weights > 0.0 { weight / weights } else { 0.0 };
    let mut tenants: Vec<&Tenant> = run.tenants.iter().collect();
    tenants.sort_by(|a, b| b.held_gpu_hours.total_cmp(&a.held_gpu_hours).then(a.key.cmp(&b.key)));
    let mut rows: Vec<(String, f64, f64)> = tenants
        .iter()
        .map(|tenant| (tenant.key.clone(), tenant.held_share.unwrap_or(0.0), weight_share(tenant.weight)))
        .collect();
    if rows.len() > BARS {
        let rest = rows.split_off(BARS - 1);
        let sum = |of: fn(&(String, f64, f64)) -> f64| rest.iter().map(of).sum();
        let name = format!("{} others", format::count(rest.len() as u64));
        rows.push((name, sum(|row| row.1), sum(|row| row.2)));
    }
    let longest = rows.iter().map(|row| row.1.max(row.2)).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let bars = rows
        .into_iter()
        .map(|(name, held, weight)| Bar {
            name,
            values: vec![
                (held / longest, format!("{} of GPU-hours", format::share(held))),
                (weight / longest, format!("{} of weights", format::share(weight))),
            ],
        })
        .collect();
    let figure = Figure {
        id: "fig-tenants".to_string(),
        title: "Who got the GPU-hours?".to_string(),
        caption: "The share of the GPU-hours that all jobs held, beside the tenant's share of the weights. Weights only \
                  count where the queue order is `fair_share`."
            .to_string(),
        chart: Chart::Bars(Bars {
            rows: "tenant".to_string(),
            measures: vec![
                ("share of GPU-hours held".to_string(), Ink::Busy),
                ("share of weights".to_string(), Ink::Others),
            ],
            bars,
        }),
        table: table(&tenants),
    };
    Some(Section {
        id: "tenants",
        title: "The tenants".to_string(),
        lead: lead(&tenants),
        blocks: vec![Block::Figure(figure)],
    })
}

fn lead(tenants: &[&Tenant]) -> String {
    let names = |count: usize| format::plural(count as u64, "tenant", "tenants");
    match tenants.iter().filter(|tenant| tenant.jobs[0] > 0).count() {
        all if all == tenants.len() => format!("{} submitted jobs under their own names.", names(all)),
        some => format!("{} of {} submitted jobs.", format::count(some as u64), names(tenants.len())),
    }
}

fn table(tenants: &[&Tenant]) -> Table {
    let mut table = Table::new(&[
        "tenant",
        "#weight",
        "#quota",
        "#jobs submitted",
        "#finished",
        "#rejected",
        "#GPU-hours held",
        "#share",
        "#mean wait",
        "#95 % waited at most",
    ]);
    for tenant in tenants.iter().take(ROWS) {
        let [submitted, finished, rejected] = tenant.jobs.map(format::count);
        let [mean, high] = tenant.wait_s.map(|wait| maybe(wait, format::length));
        table.push([
            tenant.key.clone(),
            format::number(tenant.weight),
            tenant.quota_gpus.map_or_else(|| "none".to_string(), |gpus| format::plural(gpus, "GPU", "GPUs")),
            submitted,
            finished,
            rejected,
            format::quantity(tenant.held_gpu_hours, "GPU-h"),
            maybe(tenant.held_share, format::share),
            mean,
            high,
        ]);
    }
    table
}
