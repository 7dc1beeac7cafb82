//! What the crate assumes, against what others measured. The data are not part of the project: without them the tests say
//! so and pass.
#![allow(clippy::unwrap_used)]

use flate2::read::GzDecoder;
use service::network::{distance_km, round_trip};
use service::{Measured, Surface};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.exists() {
        eprintln!("skipped: {name} is not there");
        return None;
    }
    Some(path)
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share) as usize]
}

/// Points of one model, machine and engine with equal prompts and answers, by what was asked for.
type Families = BTreeMap<(String, u32, u32), Vec<Measured>>;

/// The measured serving points of aiconfigurator-core 0.12.0 with prefill and decode on the same accelerators, repeated
/// measurements as their medians.
fn families() -> Option<Families> {
    let path = data("hardware/aic_silicon_sample.csv.gz")?;
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| head.iter().position(|column| *column == name).unwrap();
    let named = [
        "backend",
        "backend_version",
        "model_path",
        "system",
        "precision",
        "tp_size",
        "pp_size",
        "attention_dp_size",
        "moe_tp_size",
        "moe_ep_size",
    ];
    #[allow(clippy::type_complexity)]
    let mut raw: BTreeMap<(String, u32, u32, u32), Vec<(f64, f64)>> = BTreeMap::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        if cells.len() != head.len() || cells[column("mode")] != "agg" {
            continue;
        }
        let source = cells[column("silicon_data_source")];
        let said = |key: &str| source.split(';').find_map(|part| part.trim().strip_prefix(key));
        let Some(concurrency) = said("silicon_concurrency=").and_then(|text| text.parse().ok()) else {
            continue;
        };
        let config = said("config_id=").unwrap_or("");
        let key: Vec<&str> = named.iter().map(|name| cells[column(name)]).chain([config]).collect();
        let (Ok(ttft), Ok(tpot)) = (
            cells[column("silicon_ttft_ms")].parse::<f64>(),
            cells[column("silicon_tpot_ms")].parse::<f64>(),
        ) else {
            continue;
        };
        let tokens = |name: &str| cells[column(name)].parse::<u32>().unwrap();
        let key = (key.join("/"), tokens("isl"), tokens("osl"), concurrency);
        raw.entry(key).or_default().push((ttft / 1e3, tpot / 1e3));
    }
    let mut families = Families::new();
    for ((config, isl, osl, concurrency), points) in raw {
        let median =
            |get: fn(&(f64, f64)) -> f64| quantile(&mut points.iter().map(get).collect::<Vec<_>>(), 0.5);
        families.entry((config, isl, osl)).or_default().push(Measured {
            tokens_in: isl.into(),
            tokens_out: osl.into(),
            concurrency: concurrency.into(),
            ttft_s: median(|point| point.0),
            tpot_s: median(|point| point.1),
        });
    }
    Some(families)
}

/// The points that go up with the load, as the surfaces that come with the product are made.
fn rising(points: &[Measured]) -> Vec<Measured> {
    let mut kept: Vec<Measured> = Vec::new();
    for point in points {
        kept.push(*point);
        if Surface::new(&kept).is_err() {
            kept.pop();
        }
    }
    kept
}

#[test]
fn points_held_out_lie_near_the_lines_between_the_others() {
    let Some(families) = families() else { return };
    let (mut ttft, mut tpot, mut rate, mut sets) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for points in families.values() {
        let points = rising(points);
        if points.len() < 4 {
            continue;
        }
        sets += 1;
        for out in 1..points.len() - 1 {
            let mut others = points.clone();
            let held = others.remove(out);
            let serving = Surface::new(&others).unwrap().serving(held.tokens_in, held.tokens_out);
            let guess = serving.latency(held.concurrency);
            let measured = held.concurrency / (held.ttft_s + (held.tokens_out - 1.0) * held.tpot_s);
            ttft.push((guess.ttft_s / held.ttft_s - 1.0).abs());
            tpot.push((guess.tpot_s / held.tpot_s - 1.0).abs());
            rate.push((serving.rate(held.concurrency) / measured - 1.0).abs());
        }
    }
    println!("{} points held out of {sets} measured curves:", tpot.len());
    for (name, errors, most) in [
        ("time to first token", &mut ttft, 0.08),
        ("time between tokens", &mut tpot, 0.03),
        ("rate", &mut rate, 0.03),
    ] {
        let (median, ninth) = (quantile(errors, 0.5), quantile(errors, 0.9));
        println!("  {name}: median error {:.1} %, 90th percentile {:.1} %", median * 100.0, ninth * 100.0);
        assert!(median < most, "{name}: {median}");
    }
    assert!(tpot.len() > 500, "{}", tpot.len());
}

/// How far a surface may be trusted for prompts that it was not measured with.
#[test]
fn prompts_of_another_length_are_guessed_worse() {
    let Some(families) = families() else { return };
    let (mut ttft, mut rate) = (Vec::new(), Vec::new());
    for ((config, isl, osl), points) in &families {
        let Some(long) = families.get(&(config.clone(), 8192, *osl)).filter(|_| *isl == 1024) else {
            continue;
        };
        let short = rising(points);
        let serving = Surface::new(&short).unwrap().serving(8192.0, f64::from(*osl));
        for held in rising(long) {
            if held.concurrency > short[short.len() - 1].concurrency {
                continue;
            }
            let measured = held.concurrency / (held.ttft_s + (held.tokens_out - 1.0) * held.tpot_s);
            ttft.push((serving.latency(held.concurrency).ttft_s / held.ttft_s - 1.0).abs());
            rate.push((serving.rate(held.concurrency) / measured - 1.0).abs());
        }
    }
    let (ttft, rate) = (quantile(&mut ttft, 0.5), quantile(&mut rate, 0.5));
    println!(
        "8,192 tokens from points of 1,024: median error of the time to first token {:.0} %, of the rate {:.0} %",
        ttft * 100.0,
        rate * 100.0
    );
    // A guess, and the reader of a scenario says so (S311).
    assert!(ttft < 2.0 && rate < 0.6, "{ttft} {rate}");
}

#[test]
fn round_trips_between_regions_of_a_cloud_are_near_the_rule() {
    let Some(table) = data("network/azure_region_latency_2026-08.csv") else { return };
    let places: serde_json::Value = serde_json::from_str(
        &fs::read_to_string(data("network/azure_region_coordinates.json").unwrap()).unwrap(),
    )
    .unwrap();
    let place = |name: &str| {
        let found = places.as_object().unwrap().values().find(|place| place["displayName"] == name)?;
        Some((found["lat"].as_f64()?, found["lon"].as_f64()?))
    };
    let text = fs::read_to_string(table).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let mut errors = Vec::new();
    for row in &rows[1..] {
        for (to, cell) in rows[0].iter().zip(row).skip(1) {
            let (Some(a), Some(b), Ok(ms)) = (place(row[0]), place(to), cell.trim().parse::<f64>()) else {
                continue;
            };
            let km = distance_km(a, b);
            if row[0] != *to && km > 0.0 {
                errors.push((round_trip(km).seconds() * 1e3 / ms - 1.0).abs());
            }
        }
    }
    let (pairs, median, ninth) = (errors.len(), quantile(&mut errors, 0.5), quantile(&mut errors, 0.9));
    println!("{pairs} pairs: median error {:.1} %, 90th percentile {:.1} %", median * 100.0, ninth * 100.0);
    assert!(pairs > 2_000 && median < 0.14 && ninth < 0.40, "{pairs} {median} {ninth}");
}
