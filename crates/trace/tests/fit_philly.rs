//! A fit to the Philly log, printed and checked.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use trace::fit::{FitOptions, fit_log};
use trace::{Format, ReadOptions};

#[test]
fn a_stream_fitted_to_philly_agrees_with_it() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/gpu_jobs/philly.csv.gz");
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return;
    }
    let reader = trace::open(&path, Format::Philly, &ReadOptions::default()).unwrap();
    let (synthetic, report) = fit_log(reader, &FitOptions::default()).unwrap();
    for (name, value, doc) in report.rows() {
        println!("{name:<20} {value:>16}  {doc}");
    }
    println!("{:?}", report.tried);
    let section = trace::to_toml(&synthetic, "training");
    println!("{section}");
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/concepts/synthetic-jobs.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains(&section), "docs/concepts/synthetic-jobs.md shows another fit than this");
    assert_eq!(report.jobs, 72_890);
    assert!(report.size_distance < 0.01);
    assert!(report.duration_distance < 0.05);
    assert!((report.gpu_hours_ratio - 1.0).abs() < 0.05);
    assert!(report.gap_distance < 0.2);
    assert!((report.generated_jobs as f64 / 72_890.0 - 1.0).abs() < 0.05);
}
