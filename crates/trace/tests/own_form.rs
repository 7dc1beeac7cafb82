//! Our own form: what is written is read back, to the nanosecond, and the reference page says what is so.
#![allow(clippy::unwrap_used)]

use base::Span;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trace::writers::Writer;
use trace::{Demand, Format, JobRecord, ReadOptions};

fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    // What an earlier run has left would be counted as this one's.
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn write(path: &Path, jobs: &[JobRecord]) {
    let mut writer = Writer::create(path).unwrap();
    for job in jobs {
        writer.write(job).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), jobs.len() as u64);
}

fn read(path: &Path) -> Vec<JobRecord> {
    let format = Format::of_path(path).unwrap();
    trace::open(path, format, &ReadOptions::default()).unwrap().collect::<Result<_, _>>().unwrap()
}

fn demand() -> impl Strategy<Value = Demand> {
    let gpu = prop_oneof![0u32..=1000, (1u32..4_294_967).prop_map(|whole| whole * 1000)];
    (1u32..100, gpu, any::<u32>(), any::<u32>(), any::<bool>()).prop_map(
        |(tasks, gpu, cpu, memory, divisible)| {
            let tasks = if divisible { 1 } else { tasks };
            Demand { tasks, gpu_milli: gpu, cpu_milli: cpu, memory_mib: memory, divisible }
        },
    )
}

fn job() -> impl Strategy<Value = JobRecord> {
    let span = || (0i64..1_000_000_000_000_000_000).prop_map(Span);
    let name = "[a-zA-Z0-9é\",;'|.-]{1,12}";
    let models = proptest::collection::vec("[a-z0-9\",.-]{1,8}", 0..3);
    (
        any::<u64>(),
        span(),
        span(),
        proptest::option::of(span()),
        demand(),
        models,
        proptest::option::of(name),
        any::<i32>(),
    )
        .prop_map(|(id, submit, runtime, requested, demand, models, tenant, priority)| JobRecord {
            id,
            submit,
            runtime,
            requested,
            demand,
            accelerators: models.iter().map(|model| Arc::from(model.as_str())).collect(),
            tenant: tenant.map(|name| Arc::from(name.as_str())),
            priority,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn what_is_written_is_read_back(mut jobs in proptest::collection::vec(job(), 0..40)) {
        jobs.sort_by_key(|job| job.submit);
        let folder = folder("round-trip");
        for end in ["csv", "csv.gz", "parquet"] {
            let path = folder.join(format!("jobs.{end}"));
            write(&path, &jobs);
            prop_assert_eq!(&read(&path), &jobs, "{}", end);
        }
    }
}

#[test]
fn the_same_jobs_give_the_same_bytes_and_nothing_else_is_left() {
    let folder = folder("same-bytes");
    let jobs: Vec<JobRecord> = (0..100_000)
        .map(|i| JobRecord {
            id: i,
            submit: Span::from_seconds(i as i64),
            runtime: Span(1_500_000_001),
            requested: (i % 2 == 0).then_some(Span::HOUR),
            demand: Demand::gpus(8),
            accelerators: Vec::new(),
            tenant: Some(Arc::from("t")),
            priority: 0,
        })
        .collect();
    for end in ["csv", "csv.gz", "parquet"] {
        let (a, b) = (folder.join(format!("a.{end}")), folder.join(format!("b.{end}")));
        write(&a, &jobs);
        write(&b, &jobs);
        assert_eq!(std::fs::read(&a).unwrap(), std::fs::read(&b).unwrap(), "{end}");
        assert_eq!(read(&a), jobs, "{end}: more than one batch");
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 6, "a temporary file is left");
}

#[test]
fn what_a_form_cannot_hold_is_refused() {
    let folder = folder("cannot-hold");
    let mut job = read_small(&folder)[0].clone();
    job.runtime = Span::FOREVER;
    let refused = |job: &JobRecord, name: &str| {
        let mut writer = Writer::create(&folder.join(name)).unwrap();
        writer.write(job).map_err(|mistake| mistake.rule.code)
    };
    assert_eq!(refused(&job, "long.parquet"), Err("T016"));
    assert_eq!(refused(&job, "long.csv"), Ok(()));
    job.runtime = Span::HOUR;
    job.tenant = Some(Arc::from("two\nlines"));
    assert_eq!(refused(&job, "lines.csv"), Err("T016"));
    assert_eq!(refused(&job, "lines.parquet"), Ok(()));
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["small.csv"], "a log that was not finished is there");
}

fn read_small(folder: &Path) -> Vec<JobRecord> {
    let path = folder.join("small.csv");
    std::fs::write(&path, "submit_s,runtime_s,gpu_milli\n0,3600,8000\n").unwrap();
    read(&path)
}

#[test]
fn a_small_log_gets_its_defaults() {
    let path = folder("defaults").join("small.csv");
    let text = "runtime_s , gpu_milli,submit_s,tenant\r\n3600,8000,0,\"a, \"\"b\"\"\"\r\n600,500,12.5,\r\n1,1000,12.5,x\r\n";
    std::fs::write(&path, text).unwrap();
    let jobs = read(&path);
    assert_eq!(jobs.len(), 3);
    assert_eq!(jobs[0].demand, Demand::gpus(8));
    assert_eq!(jobs[0].tenant.as_deref(), Some("a, \"b\""));
    assert_eq!((jobs[1].id, jobs[1].submit, jobs[1].tenant.as_deref()), (1, Span(12_500_000_000), None));
    let half = Demand { tasks: 1, gpu_milli: 500, cpu_milli: 0, memory_mib: 0, divisible: false };
    assert_eq!((jobs[1].demand, jobs[1].requested, jobs[1].priority), (half, None, 0));
    assert_eq!(jobs[2].id, 2, "jobs of the same instant keep their order");
}

#[test]
fn the_reference_page_is_made_from_the_columns() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/trace.md");
    let page = trace::columns::reference();
    if std::env::var_os("UPDATE_PAGES").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(there, page, "run this test again with UPDATE_PAGES=1");
}

#[test]
fn the_page_of_other_logs_lists_what_is_lost() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/job-logs.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let heading = "## What our form cannot hold\n\n";
    let (before, _) = text.split_once(heading).unwrap();
    let page = format!("{before}{heading}{}", trace::import::lost_fields_table());
    if std::env::var_os("UPDATE_PAGES").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), page, "run this test again with UPDATE_PAGES=1");
}
