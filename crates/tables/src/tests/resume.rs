//! A run that is stopped and resumed has the same bytes as one that is not.

use super::fixture::{Scratch, Told, made_up, start, world, write_all};
use crate::{Checkpoint, Options, RunWriter, TableError};
use std::collections::BTreeMap;
use std::path::Path;

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect()
}

fn options() -> Options {
    Options { csv: true, trace_json: true, ..Options::default() }
}

/// Writes up to `at`, takes a checkpoint, goes on for `beyond`, forgets everything and goes on from the checkpoint.
fn stopped(target: &Path, told: &Told, at: usize, beyond: usize) {
    let mut writer = RunWriter::create(target, &world(), &options()).unwrap();
    writer.set_rows_per_group(64);
    for (now, facts) in &told[..at] {
        writer.write(*now, facts).unwrap();
    }
    let saved = postcard::to_stdvec(&writer.checkpoint().unwrap()).unwrap();
    for (now, facts) in &told[at..at + beyond] {
        writer.write(*now, facts).unwrap();
    }
    drop(writer);
    let checkpoint: Checkpoint = postcard::from_bytes(&saved).unwrap();
    let mut writer = RunWriter::resume(target, &world(), &options(), checkpoint).unwrap();
    writer.set_rows_per_group(64);
    for (now, facts) in &told[at..] {
        writer.write(*now, facts).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn a_resumed_run_has_the_same_bytes() {
    let scratch = Scratch::new();
    let told = made_up(400, 11);
    write_all(&scratch.join("whole"), &options(), &told).unwrap();
    let whole = files(&scratch.join("whole"));
    assert!(whole.len() > 15, "{:?}", whole.keys());
    for (at, beyond) in [(0, 0), (1, 300), (500, 1), (501, 500), (told.len() - 1, 1), (told.len(), 0)] {
        let target = scratch.join("stopped");
        stopped(&target, &told, at, beyond);
        let resumed = files(&target);
        assert_eq!(whole.keys().collect::<Vec<_>>(), resumed.keys().collect::<Vec<_>>());
        for (name, bytes) in &whole {
            assert!(resumed[name] == *bytes, "{name} differs after a stop at {at}");
        }
    }
}

#[test]
fn a_checkpoint_that_does_not_fit_is_refused() {
    let scratch = Scratch::new();
    let target = scratch.join("run");
    let told = made_up(400, 12);
    let mut writer = RunWriter::create(&target, &world(), &options()).unwrap();
    writer.set_rows_per_group(64);
    for (now, facts) in &told[..600] {
        writer.write(*now, facts).unwrap();
    }
    let saved = postcard::to_stdvec(&writer.checkpoint().unwrap()).unwrap();
    drop(writer);
    let refuse = |world: &scenario::World, options: &Options, target: &Path| {
        let checkpoint: Checkpoint = postcard::from_bytes(&saved).unwrap();
        match RunWriter::resume(target, world, options, checkpoint).map(|_| ()) {
            Err(TableError::Resume { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    };
    let mut other_world = world();
    other_world.tenants.pop();
    assert!(refuse(&other_world, &options(), &target).contains("scenario"));
    assert!(refuse(&world(), &Options::default(), &target).contains("arguments"));
    assert!(refuse(&world(), &options(), &scratch.join("elsewhere")).contains("no run was stopped"));
    std::fs::remove_file(scratch.join("run.partial/parts/events.00000.parquet")).unwrap();
    assert!(refuse(&world(), &options(), &target).contains("events.00000.parquet"));
    for cut in [0, 1, saved.len() / 2, saved.len() - 1] {
        assert!(postcard::from_bytes::<Checkpoint>(&saved[..cut]).is_err());
    }
}

#[test]
fn a_run_that_is_given_up_leaves_nothing_however_much_is_underway() {
    let scratch = Scratch::new();
    for jobs in 0..40 {
        let mut writer = RunWriter::create(&scratch.join("run"), &world(), &options()).unwrap();
        writer.set_rows_per_group(4);
        for (now, facts) in &made_up(jobs, 14) {
            writer.write(*now, facts).unwrap();
        }
        writer.discard().unwrap();
        assert_eq!(std::fs::read_dir(&scratch.0).unwrap().count(), 0, "after {jobs} jobs");
    }
}

#[test]
fn a_results_folder_is_replaced_and_nothing_else_is() {
    let scratch = Scratch::new();
    let (run, told) = (scratch.join("run"), made_up(10, 13));
    std::fs::create_dir(&run).unwrap();
    write_all(&run, &options(), &told).unwrap();
    std::fs::write(run.join("notes.txt"), "mine").unwrap();
    std::fs::write(run.join("report.html"), "of the earlier run").unwrap();

    // While the next run is on its way, the results of the earlier one stay.
    let before = files(&run);
    let mut writer = RunWriter::create(&run, &world(), &Options::default()).unwrap();
    writer.write(start(), &[]).unwrap();
    assert_eq!(files(&run), before);
    writer.discard().unwrap();
    assert_eq!(files(&run), before);
    assert!(!scratch.join("run.partial").exists());

    write_all(&run, &Options::default(), &told).unwrap();
    assert_eq!(std::fs::read_to_string(run.join("notes.txt")).unwrap(), "mine");
    assert!(!run.join("report.html").exists(), "it tells of the earlier run");
    assert!(!run.join("jobs.csv").exists());

    let foreign = scratch.join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("thesis.tex"), "").unwrap();
    std::fs::write(scratch.join("file"), "").unwrap();
    for taken in [&foreign, &scratch.join("file")] {
        let refused = write_all(taken, &options(), &told);
        assert!(matches!(refused, Err(TableError::Occupied { .. })), "{refused:?}");
    }
    assert!(matches!(
        write_all(Path::new("/"), &options(), &told),
        Err(TableError::Occupied { .. } | TableError::Io { .. })
    ));
}
