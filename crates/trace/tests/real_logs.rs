//! The readers on the published logs, where they are there.
#![allow(clippy::unwrap_used)]

use base::{SimTime, Span};
use std::path::PathBuf;
use trace::{Format, JobRecord, ReadOptions, Reader, swf};

/// A file of the shared data, or a printed reason to skip.
fn data(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/gpu_jobs").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

fn read(name: &str, format: Format, options: &ReadOptions) -> Option<(Reader, Vec<JobRecord>)> {
    let mut reader = trace::open(&data(name)?, format, options).unwrap();
    let jobs: Vec<JobRecord> = reader.by_ref().collect::<Result<_, _>>().unwrap();
    assert!(jobs.is_sorted_by_key(|job| job.submit), "{name} does not come in the order of time");
    Some((reader, jobs))
}

fn gpu_hours(jobs: &[JobRecord]) -> f64 {
    jobs.iter().map(|job| job.demand.total_gpu_milli() as f64 / 1000.0 * job.runtime.hours()).sum()
}

#[test]
fn philly_has_its_published_rows() {
    let Some((reader, jobs)) = read("philly.csv.gz", Format::Philly, &ReadOptions::default()) else { return };
    // Counted with awk: 72,890 rows in 13 virtual clusters, the earliest at 2017-09-04 10:30:41.
    assert_eq!(jobs.len(), 72_890);
    assert_eq!((reader.rows_read(), reader.dropped()), (72_890, &[][..]));
    assert_eq!(reader.start(), SimTime::parse("2017-09-04T10:30:41"));
    assert_eq!(jobs[0].submit, Span::ZERO);
    assert_eq!(jobs.iter().filter(|job| job.tenant.as_deref() == Some("6214e9")).count(), 41_226);
    assert_eq!(jobs.iter().filter(|job| job.demand == trace::Demand::gpus(128)).count(), 3);
    assert_eq!(jobs.iter().map(|job| job.runtime).max(), Some(Span::from_seconds(4_628_226)));
    println!("philly: {:.0} GPU-hours", gpu_hours(&jobs));
}

#[test]
fn a_virtual_cluster_can_be_left_out_and_is_accounted_for() {
    let options = ReadOptions { leave_out: vec!["11cb48".into(), "6c71a0".into()], ..ReadOptions::default() };
    let Some((reader, jobs)) = read("philly.csv.gz", Format::Philly, &options) else { return };
    assert_eq!(reader.dropped().len(), 1);
    assert_eq!(reader.dropped()[0].rows, 16_091 + 9_953);
    assert_eq!(reader.dropped()[0].first_line, 2);
    assert_eq!(jobs.len() as u64 + reader.dropped()[0].rows, reader.rows_read());
}

#[test]
fn a_sort_on_the_disk_gives_what_a_sort_in_memory_gives() {
    let Some((_, memory)) = read("philly.csv.gz", Format::Philly, &ReadOptions::default()) else { return };
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("philly-scratch");
    std::fs::create_dir_all(&scratch).unwrap();
    // 200 runs: more than are merged at once.
    let options = ReadOptions { sort_rows: 365, scratch: Some(scratch.clone()), ..ReadOptions::default() };
    let (_, disk) = read("philly.csv.gz", Format::Philly, &options).unwrap();
    assert!(memory == disk);
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0, "temporary files are left");
    let options = ReadOptions { sort_rows: 365, ..ReadOptions::default() };
    let mut reader = trace::open(&data("philly.csv.gz").unwrap(), Format::Philly, &options).unwrap();
    let mistake = reader.find_map(Result::err).unwrap();
    assert_eq!(mistake.rule.code, "T015");
}

#[test]
fn openb_pods_that_never_ran_are_dropped() {
    let name = "openb_pod_list_default.csv.gz";
    let Some((reader, jobs)) = read(name, Format::Openb, &ReadOptions::default()) else { return };
    // Counted with Python's csv module: 897 pods of 8,152 have no scheduled_time.
    assert_eq!((jobs.len(), reader.rows_read()), (7_255, 8_152));
    assert_eq!(reader.dropped().len(), 1);
    assert_eq!(reader.dropped()[0].rows, 897);
    let options = ReadOptions { openb_unscheduled: true, ..ReadOptions::default() };
    let (reader, all) = read(name, Format::Openb, &options).unwrap();
    assert_eq!((all.len(), reader.dropped().len()), (8_152, 0));
    let milli: u64 = all.iter().map(|job| job.demand.total_gpu_milli()).sum();
    assert_eq!(all.iter().filter(|job| job.demand.gpu_milli == 810).count(), 1_078);
    println!("openb: {:.2} accelerators asked for in all", milli as f64 / 1000.0);
}

#[test]
fn openb_nodes_have_6212_accelerators() {
    let Some(path) = data("openb_node_list_gpu_node.csv") else { return };
    let nodes = trace::nodes::read_openb_nodes(&path).unwrap();
    assert_eq!(nodes.len(), 1_213);
    assert_eq!(nodes.iter().map(|node| node.gpus).sum::<u32>(), 6_212);
    let all = trace::nodes::read_openb_nodes(&data("openb_node_list_all_node.csv").unwrap()).unwrap();
    assert_eq!(all.len(), 1_523);
    assert_eq!(all.iter().filter(|node| node.model.is_none()).count(), 1_523 - 1_213);
}

#[test]
fn nasa_ipsc_keeps_all_18_fields() {
    let name = "NASA-iPSC-1993-3.1-cln.swf.zip";
    let Some((reader, jobs)) = read(name, Format::Swf, &ReadOptions::default()) else { return };
    assert_eq!((jobs.len(), reader.dropped()), (18_239, &[][..]));
    assert_eq!(reader.start(), Some(SimTime(749_458_803_000_000_000)));
    assert_eq!(jobs[0].id, 1);
    assert_eq!(jobs[18_238].submit, Span::from_seconds(7_948_936));
    assert_eq!(jobs[18_238].tenant.as_deref(), Some("user-12"));
    let raw = swf::jobs(&data(name).unwrap(), &ReadOptions::default()).unwrap();
    assert_eq!((raw.header().max_procs, raw.header().max_jobs), (Some(128), Some(18_239)));
    let raw: Vec<swf::SwfJob> = raw.collect::<Result<_, _>>().unwrap();
    let expected = swf::SwfJob {
        job: Some(57),
        submit: Some(Span::from_seconds(25_574)),
        runtime: Some(Span::from_seconds(10)),
        allocated_processors: Some(1),
        user: Some(4),
        group: Some(1),
        executable: Some(2),
        ..swf::SwfJob::default()
    };
    assert!(raw.contains(&expected));
}
