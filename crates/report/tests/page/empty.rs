//! Runs with nothing in them, and folders that are no runs.

use super::{HOME, charts, render, results, scratch};
use std::fs;

fn error(folder: &std::path::Path) -> String {
    report::render(folder, &report::Options::default()).unwrap_err().to_string()
}

#[test]
fn a_run_without_jobs_says_so() {
    let page = render(&results(
        "no-jobs",
        &HOME.replace("per_hour = 3", "per_hour = 1e-9").replace("per_hour = 20", "per_hour = 1e-9"),
        &[],
    ));
    assert!(page.contains("No job was submitted.") && page.contains("No job ran"));
    assert!(charts(&page) >= 8, "capacity and use are drawn all the same");
    assert!(!page.contains("NaN"));
}

#[test]
fn a_run_of_a_second_and_one_in_which_nothing_is_energised_are_drawn() {
    let second = render(&results("second", HOME, &["horizon.length=\"1 s\""]));
    assert!(!second.contains("NaN") && charts(&second) > 5);
    let late = HOME.replace("2026-03-02T05:30:00", "2025-03-02T05:30:00");
    let late = late.replace(
        "systems = [{ system = \"hgx\", count = 8 }]",
        "systems = [{ system = \"hgx\", count = 8 }]\nready = \"2026-01-01\"",
    );
    let late = late.replace(
        "systems = [{ system = \"hgx\", count = 4 }]",
        "systems = [{ system = \"hgx\", count = 4 }]\nready = \"2026-01-01\"",
    );
    let late = late.replace(
        "first = { systems = [{ system = \"hgx\", count = 12 }] }",
        "first = { systems = [{ system = \"hgx\", count = 12 }], ready = \"2026-01-01\" }",
    );
    let page = render(&results("dark", &late, &[]));
    assert!(page.contains("No GPU was energised during the run"), "{}", &page[..0]);
    assert!(!page.contains("NaN"));
}

#[test]
fn a_folder_that_is_no_run_is_refused_in_words() {
    let nowhere = scratch("no-run");
    assert!(error(&nowhere).contains("is not the results of a run"), "{}", error(&nowhere));
    assert!(error(&nowhere.join("not-there")).contains("is not the results of a run"));
    fs::write(nowhere.join("manifest.json"), "{}").unwrap();
    assert!(error(&nowhere).contains("is not the results of a run"));
}

#[test]
fn missing_and_broken_tables_are_named() {
    let folder = results("broken", HOME, &["horizon.length=\"6 h\""]);
    for table in tables::TABLES {
        let path = folder.join(table.parquet_name());
        let whole = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(error(&folder).contains(&table.parquet_name()), "{}", error(&folder));
        for broken in [&whole[..0], &whole[..whole.len() / 2], &b"PAR1 this is no table PAR1"[..]] {
            fs::write(&path, broken).unwrap();
            assert!(error(&folder).contains(&table.parquet_name()), "{}", error(&folder));
        }
        for at in (4..whole.len() - 8).step_by(whole.len() / 40 + 1) {
            let mut changed = whole.clone();
            changed[at] ^= 0x55;
            fs::write(&path, changed).unwrap();
            assert!(error(&folder).contains("SHA-256"), "{}", error(&folder));
        }
        fs::write(&path, whole).unwrap();
    }
    assert!(!render(&folder).is_empty());
    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
    fs::write(folder.join("manifest.json"), manifest.replace("2026-03-02T05:30:00Z", "tomorrow")).unwrap();
    assert!(error(&folder).contains("`tomorrow`"), "{}", error(&folder));
    fs::write(folder.join("manifest.json"), manifest.replace("sites.parquet", "signs.parquet")).unwrap();
    assert!(
        error(&folder).contains(
            "`sites.parquet` is not the table that the run wrote: `manifest.json` names no such file"
        ),
        "{}",
        error(&folder)
    );
}
