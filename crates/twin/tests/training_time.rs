//! Time to train against the number of accelerators: MLPerf Training v5.0 and v5.1. The runs are not part of the project:
//! without them the test says so and passes.
//!
//! The model is Amdahl's law: `minutes = a + b / n` with `a, b >= 0`, fitted for each benchmark and accelerator to the medians
//! of all submissions of one size, by least squares of the relative error. `a` stands for what does not become faster with
//! more accelerators, larger batches that need more samples included.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// Median minutes by number of accelerators, for each benchmark and accelerator with at least four numbers.
fn runs() -> Option<BTreeMap<String, Vec<(f64, f64)>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/hardware/mlperf_training_llm_runs.csv");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: the MLPerf runs are not there");
        return None;
    };
    let mut all: BTreeMap<String, BTreeMap<u64, Vec<f64>>> = BTreeMap::new();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| head.iter().position(|column| *column == name).unwrap();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |name: &str| cells[at(name)].parse::<f64>().ok();
        if cells.len() != head.len() || cells[at("status")] != "success" {
            continue;
        }
        if let (Some(nodes), Some(each), Some(minutes)) =
            (number("nodes"), number("accel_per_node"), number("minutes"))
        {
            let key = format!("{} on {}", cells[at("benchmark")], cells[at("accelerator")]);
            all.entry(key).or_default().entry((nodes * each) as u64).or_default().push(minutes);
        }
    }
    let medians = |sizes: BTreeMap<u64, Vec<f64>>| -> Vec<(f64, f64)> {
        sizes.into_iter().map(|(n, mut minutes)| (n as f64, median(&mut minutes))).collect()
    };
    Some(
        all.into_iter()
            .map(|(key, sizes)| (key, medians(sizes)))
            .filter(|(_, runs)| runs.len() >= 4)
            .collect(),
    )
}

/// Least squares of `(a + b / n) / t - 1`, with neither below zero.
fn amdahl(runs: &[(f64, f64)]) -> (f64, f64) {
    let sum = |get: &dyn Fn(f64, f64) -> f64| runs.iter().map(|&(n, t)| get(n, t)).sum::<f64>();
    let (aa, ab, bb) =
        (sum(&|_, t| 1.0 / (t * t)), sum(&|n, t| 1.0 / (n * t * t)), sum(&|n, t| 1.0 / (n * n * t * t)));
    let (a, b) = (sum(&|_, t| 1.0 / t), sum(&|n, t| 1.0 / (n * t)));
    let whole = aa * bb - ab * ab;
    let found = ((a * bb - b * ab) / whole, (b * aa - a * ab) / whole);
    match found {
        (fixed, shared) if fixed >= 0.0 && shared >= 0.0 => (fixed, shared),
        (fixed, _) if fixed < 0.0 => (0.0, b / bb),
        _ => (a / aa, 0.0),
    }
}

fn error((a, b): (f64, f64), (n, t): (f64, f64)) -> f64 {
    ((a + b / n) / t - 1.0).abs()
}

#[test]
fn time_to_train_follows_amdahls_law_within_a_stated_error() {
    let Some(benchmarks) = runs() else { return };
    let (mut inside, mut outside, mut beyond) = (Vec::new(), Vec::new(), Vec::new());
    for (name, runs) in &benchmarks {
        let fitted = amdahl(runs);
        let own: Vec<f64> = runs.iter().map(|&run| error(fitted, run)).collect();
        let held: Vec<f64> = (0..runs.len())
            .map(|out| {
                let others: Vec<_> =
                    runs.iter().enumerate().filter(|(at, _)| *at != out).map(|(_, run)| *run).collect();
                error(amdahl(&others), runs[out])
            })
            .collect();
        let mean = |errors: &[f64]| errors.iter().sum::<f64>() / errors.len() as f64;
        println!(
            "{name}: {} sizes, {:.2} min + {:.0} min / n; mean error {:.1} %, held out {:.1} %, largest size from the others {:.1} %",
            runs.len(),
            fitted.0,
            fitted.1,
            mean(&own) * 100.0,
            mean(&held) * 100.0,
            held[held.len() - 1] * 100.0
        );
        beyond.push(held[held.len() - 1]);
        inside.extend(own);
        outside.extend(held);
    }
    let mean = |errors: &[f64]| errors.iter().sum::<f64>() / errors.len() as f64;
    let means = [mean(&inside), mean(&outside), mean(&beyond)];
    let medians = [median(&mut inside), median(&mut outside), median(&mut beyond)];
    println!(
        "all: mean error {means:.3?}, median {medians:.3?} (fitted, held out, largest size from the others)"
    );
    assert!(benchmarks.len() >= 8 && inside.len() > 40);
    assert!(
        means[0] < 0.07 && medians[1] < 0.07 && means[1] < 0.12 && means[2] < 0.22,
        "{means:?} {medians:?}"
    );
}
