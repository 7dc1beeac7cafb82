//! Models offered to users: what was asked, served and not, by whom, how fast.

use super::{largest, maybe, thinning, time_axis};
use crate::chart::{Axis, Chart, Ink, Mark, Series, Xy};
use crate::figure::{Block, Figure, KeyNumber, Section, Table};
use crate::format;
use crate::run::{Asked, Run, Services};
use crate::scale::{Reads, Scale};
use std::collections::BTreeMap;

pub(super) fn section(run: &Run) -> Option<Section> {
    let services = run.services.as_ref()?;
    let lead = "Users in regions ask models for answers; replicas on the machines of the sites serve them within a promised time \
                to the first token and between tokens. What the replicas of an hour cannot serve in that time is not served, \
                and counted. Replicas hold whole nodes: their GPU-hours are part of the busy time of the sites."
        .to_string();
    let blocks = vec![
        Block::Numbers(numbers(run)),
        Block::Figure(served(run, services)),
        Block::Figure(asked_by(
            run,
            &services.services,
            "fig-services",
            "Which services were asked for?",
            "service",
        )),
        Block::Figure(asked_by(run, &services.regions, "fig-regions", "Where do the users live?", "region")),
        Block::Figure(replicas(run, services)),
        Block::Figure(latency(run, services)),
        Block::Folded("Services by system".to_string(), systems(services)),
    ];
    Some(Section { id: "services", title: "Services".to_string(), lead, blocks })
}

fn numbers(run: &Run) -> Vec<KeyNumber> {
    let key = |value: String, label: &str, note: String| KeyNumber { value, label: label.to_string(), note };
    vec![
        key(
            maybe(run.result("tokens_out_served"), |value| format::quantity(value, "tokens")),
            "tokens of answers",
            format!("for {} requests", maybe(run.result("requests_served"), format::number)),
        ),
        key(maybe(run.result("unserved_share"), format::share), "not served", "of the requests".to_string()),
        key(
            maybe(run.result("service_gpu_hours"), |value| format::quantity(value, "GPU-h")),
            "held by replicas",
            format!(
                "{} tokens a second for each GPU",
                maybe(run.result("tokens_out_per_gpu_hour").map(|tokens| tokens / 3600.0), format::number)
            ),
        ),
        key(
            maybe(run.result("ttft_p95_s"), milliseconds),
            "to the first token",
            "95th percentile of the hourly means of regions, round trip included".to_string(),
        ),
    ]
}

fn milliseconds(seconds: f64) -> String {
    if seconds < 1.0 { format::quantity(seconds * 1e3, "ms") } else { format::quantity(seconds, "s") }
}

/// Seconds of each bin of the run.
fn widths(run: &Run) -> Vec<f64> {
    run.hours.bins.edges().windows(2).map(|edge| (edge[1] - edge[0]).max(1.0)).collect()
}

fn sum(lists: &BTreeMap<String, Vec<Asked>>, bins: usize) -> Vec<Asked> {
    let of = |bin| {
        let parts = lists.values().filter_map(|list| list.get(bin));
        parts.fold(Asked::default(), |sum, more| sum.with(more))
    };
    (0..bins).map(of).collect()
}

fn area(name: &str, ink: Ink, values: Vec<Option<f64>>) -> Series {
    Series { name: name.to_string(), ink, mark: Mark::Area, values, low: Vec::new() }
}

fn rates_axis(highest: f64) -> Axis {
    Axis {
        title: "tokens of answers a second".to_string(),
        scale: Scale::from_zero(highest),
        reads: Reads::Number,
    }
}

/// What was asked, served and unserved.
fn served(run: &Run, services: &Services) -> Figure {
    let widths = widths(run);
    let all = sum(&services.services, widths.len());
    let rate = |get: fn(&Asked) -> f64| -> Vec<Option<f64>> {
        all.iter().zip(&widths).map(|(asked, width)| Some(get(asked) / width)).collect()
    };
    let highest = rate(|asked| asked.offered).iter().flatten().copied().fold(0.0, f64::max);
    Figure {
        id: "fig-served".to_string(),
        title: "How much of what users asked for was served?".to_string(),
        caption: format!(
            "Tokens of answers a second, over all services and regions. What is not served found no replica that could answer in \
             the promised time. {}",
            thinning(&run.hours)
        ),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: rates_axis(highest),
            places: run.hours.bins.edges(),
            series: vec![
                area("served", Ink::Busy, rate(|asked| asked.served)),
                area("not served", Ink::Down, rate(|asked| (asked.offered - asked.served).max(0.0))),
            ],
            stacked: true,
            small: false,
            guides: Vec::new(),
        }),
        table: asked_table("service", &services.services),
    }
}

fn asked_table(what: &str, lists: &BTreeMap<String, Vec<Asked>>) -> Table {
    let mut table = Table::new(&[
        what,
        "#requests served",
        "#not served",
        "#tokens of answers",
        "#to the first token",
        "#between tokens",
    ]);
    for (name, list) in lists {
        let all = list.iter().fold(Asked::default(), |sum, more| sum.with(more));
        table.push([
            name.clone(),
            format::count(all.requests as u64),
            maybe(all.unserved_share(), format::share),
            format::quantity(all.served, ""),
            maybe(all.mean(all.ttft), milliseconds),
            maybe(all.mean(all.tpot), milliseconds),
        ]);
    }
    table
}

/// What was asked for, by service or by region.
fn asked_by(run: &Run, lists: &BTreeMap<String, Vec<Asked>>, id: &str, title: &str, what: &str) -> Figure {
    let widths = widths(run);
    let names: Vec<String> = lists.keys().cloned().collect();
    let all: Vec<&Vec<Asked>> = lists.values().collect();
    let sizes: Vec<f64> = all.iter().map(|list| list.iter().map(|asked| asked.offered).sum()).collect();
    let rate = |places: &[usize], bin: usize| -> f64 {
        let of = |place: &usize| all[*place].get(bin).map_or(0.0, |asked| asked.offered);
        places.iter().map(of).sum::<f64>() / widths[bin]
    };
    let series = largest(&names, &sizes)
        .into_iter()
        .map(|(name, ink, places)| {
            area(&name, ink, (0..widths.len()).map(|bin| Some(rate(&places, bin))).collect())
        })
        .collect();
    let every: Vec<usize> = (0..names.len()).collect();
    let highest = (0..widths.len()).map(|bin| rate(&every, bin)).fold(0.0, f64::max);
    Figure {
        id: id.to_string(),
        title: title.to_string(),
        caption: format!(
            "Tokens of answers asked for a second, served or not, by {what}. {}",
            thinning(&run.hours)
        ),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: rates_axis(highest),
            places: run.hours.bins.edges(),
            series,
            stacked: true,
            small: false,
            guides: Vec::new(),
        }),
        table: asked_table(what, lists),
    }
}

/// Replicas that are ready, by site.
fn replicas(run: &Run, services: &Services) -> Figure {
    let widths = widths(run);
    let names: Vec<String> = services
        .sites
        .keys()
        .map(|key| {
            run.sites.iter().find(|site| site.key == *key).map_or(key.clone(), |site| site.name.clone())
        })
        .collect();
    let lists: Vec<_> = services.sites.values().collect();
    let sizes: Vec<f64> = lists.iter().map(|list| list.iter().map(|held| held.gpu_hours).sum()).collect();
    let mean = |places: &[usize], bin: usize| -> f64 {
        let of = |place: &usize| lists[*place].get(bin).map_or(0.0, |held| held.gpu_hours);
        places.iter().map(of).sum::<f64>() * 3600.0 / widths[bin]
    };
    let series = largest(&names, &sizes)
        .into_iter()
        .map(|(name, ink, places)| {
            area(&name, ink, (0..widths.len()).map(|bin| Some(mean(&places, bin))).collect())
        })
        .collect();
    let every: Vec<usize> = (0..names.len()).collect();
    let highest = (0..widths.len()).map(|bin| mean(&every, bin)).fold(0.0, f64::max);
    let mut table = Table::new(&["site", "#mean replicas", "#held", "#tokens/s for each GPU"]);
    let hours = run.hours_long().max(1e-9);
    for (name, list) in names.iter().zip(&lists) {
        let (mut ready, mut gpu_hours, mut tokens) = (0.0, 0.0, 0.0);
        for held in list.iter() {
            ready += held.ready;
            gpu_hours += held.gpu_hours;
            tokens += held.tokens;
        }
        table.push([
            name.clone(),
            format::number(ready / hours),
            format::quantity(gpu_hours, "GPU-h"),
            maybe((gpu_hours > 0.0).then(|| tokens / gpu_hours / 3600.0), format::number),
        ]);
    }
    Figure {
        id: "fig-replicas".to_string(),
        title: "How many GPUs did replicas hold, and where?".to_string(),
        caption: format!(
            "GPUs held by the replicas of all services, those that start included. {}",
            thinning(&run.hours)
        ),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: Axis {
                title: "GPUs held by replicas".to_string(),
                scale: Scale::from_zero(highest),
                reads: Reads::Number,
            },
            places: run.hours.bins.edges(),
            series,
            stacked: true,
            small: false,
            guides: Vec::new(),
        }),
        table,
    }
}

/// Mean time to the first token by region.
fn latency(run: &Run, services: &Services) -> Figure {
    let names: Vec<String> = services.regions.keys().cloned().collect();
    let lists: Vec<&Vec<Asked>> = services.regions.values().collect();
    let sizes: Vec<f64> = lists.iter().map(|list| list.iter().map(|asked| asked.requests).sum()).collect();
    let bins = run.hours.bins.count();
    let value = |places: &[usize], bin: usize| -> Option<f64> {
        let parts = places.iter().filter_map(|place| lists[*place].get(bin));
        let all = parts.fold(Asked::default(), |sum, more| sum.with(more));
        all.mean(all.ttft).map(|seconds| seconds * 1e3)
    };
    let series: Vec<Series> = largest(&names, &sizes)
        .into_iter()
        .map(|(name, ink, places)| Series {
            name,
            ink,
            mark: Mark::Step,
            values: (0..bins).map(|bin| value(&places, bin)).collect(),
            low: Vec::new(),
        })
        .collect();
    let highest =
        series.iter().flat_map(|series| series.values.iter().flatten()).copied().fold(0.0, f64::max);
    Figure {
        id: "fig-ttft".to_string(),
        title: "How long did users wait for the first token?".to_string(),
        caption: format!(
            "Mean time to the first token of the requests served, the round trip to the site included, by region. {}",
            thinning(&run.hours)
        ),
        chart: Chart::Xy(Xy {
            x: time_axis(run),
            y: Axis {
                title: "milliseconds to the first token".to_string(),
                scale: Scale::from_zero(highest),
                reads: Reads::Number,
            },
            places: run.hours.bins.edges(),
            series,
            stacked: false,
            small: false,
            guides: Vec::new(),
        }),
        table: asked_table("region", &services.regions),
    }
}

fn systems(services: &Services) -> Table {
    let mut table = Table::new(&["service", "system", "#replica hours", "#held", "#tokens/s for each GPU"]);
    for ((service, system), held) in &services.systems {
        let rate = (held.gpu_hours > 0.0).then(|| held.tokens / held.gpu_hours / 3600.0);
        table.push([
            service.clone(),
            system.clone(),
            format::number(held.ready),
            format::quantity(held.gpu_hours, "GPU-h"),
            maybe(rate, format::number),
        ]);
    }
    table
}
