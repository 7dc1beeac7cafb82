//! The built-in truths: runs whose outcome somebody published.

use super::{folder, run_to_end};
use run::Options;
use scenario::{Origin, World};
use std::path::Path;

fn builtin(name: &str, sets: &[String]) -> World {
    let reading = scenario::read(&Origin::Builtin(name.to_owned()), sets);
    assert!(!reading.diagnostics.has_errors(), "{:#?}", reading.diagnostics);
    reading.world.unwrap()
}

/// The pre-training of Llama 3 405B: 419 interruptions in 54 days on 16,384 accelerators, more than 90 % effective training
/// time (arXiv 2407.21783, table 5 and section 3.3.4).
#[test]
fn llama_3_is_interrupted_as_often_and_trains_as_effectively_as_it_did() {
    let (seeds, days) = (12_u64, 54.0);
    let mut counts = Vec::new();
    let mut expected = 0.0;
    let mut least: f64 = 1.0;
    for seed in 1..=seeds {
        let world = builtin("llama3", &[format!("seed={seed}")]);
        let out = folder(&format!("llama3-{seed}")).join("out");
        let finished = run_to_end(&world, &Options { out, ..Options::default() });
        assert!(
            finished.verdicts.iter().all(|verdict| verdict.holds()),
            "seed {seed}: {:?}",
            finished.verdicts
        );
        let result = |name: &str| finished.summary.get(name).unwrap();
        counts.push(result("interruptions"));
        // Interruptions come while the job runs, which is nearly always.
        expected += 419.0 * result("held_gpu_hours") / (16_384.0 * days * 24.0) / seeds as f64;
        // The first job is 90 % of 54 days of work, and ends when it is done.
        least = least.min(0.9 * days * 86_400.0 / result("last_end_s"));
    }
    let mean = counts.iter().sum::<f64>() / seeds as f64;
    println!(
        "interruptions {counts:?}, mean {mean:.1}, expected {expected:.1}; least effective training time {least:.3}"
    );
    let band = 3.0 * 419.0_f64.sqrt();
    assert!(counts.iter().all(|count| (count - 419.0).abs() < band), "{counts:?}");
    assert!((mean - expected).abs() < 3.0 * (expected / seeds as f64).sqrt(), "{mean} {expected}");
    assert!(least > 0.90, "{least}");
}

/// The causes of the built-in scenario are those of the published table, each as often.
#[test]
fn the_causes_of_llama_3_are_the_published_ones() {
    let world = builtin("llama3", &[]);
    let rate = |units: f64, hours: f64| units * 54.0 * 24.0 / hours;
    let count = |failure: &scenario::world::Failure| {
        let units = match failure.scope {
            scenario::world::FailureScope::Accelerator => 16_384.0,
            _ => 2_048.0,
        };
        rate(units, failure.mean_time_between.hours())
    };
    let mut ours: Vec<i64> = world.failures.iter().map(|failure| count(failure).round() as i64).collect();
    ours.sort_unstable();
    assert_eq!(ours.iter().sum::<i64>(), 419);
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/facts/llama3_405b_interruptions.csv");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: the published table is not there");
        return;
    };
    let mut theirs: Vec<i64> =
        text.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse().unwrap()).collect();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
}
