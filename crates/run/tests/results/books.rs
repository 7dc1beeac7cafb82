//! Books beside the tables: the same bytes however the run is cut, and laws that tie them to the other tables.

use super::{SMALL, StopAfter, files, folder, options, run_to_end, world};
use run::{Outcome, execute};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tables::read;

const BOOKS: &str = r#"
[books]
tax_rate = 0.25
opening_cash_usd = 1_000_000.0
shell_usd_per_mw = 1_000_000.0

[tariff.list]
usd_per_gpu_hour = 2.0

[cost.people]
staff_usd_per_year = 1_000_000.0
"#;

#[test]
fn a_run_with_books_stopped_anywhere_writes_the_same_bytes() {
    let world = world(&format!("{SMALL}{BOOKS}"), &[]);
    let folder = folder("books-resume");
    run_to_end(&world, &options(folder.join("whole")));
    let whole = files(&folder.join("whole"));
    assert!(whole.contains_key("postings.parquet") && whole.contains_key("statements.csv"));
    for stop_every in [997, 97] {
        let out = folder.join("cut");
        let mut options = options(out.clone());
        loop {
            match execute(&world, &[], &options, &mut StopAfter(Some(stop_every))).unwrap() {
                Outcome::Finished(_) => break,
                Outcome::Stopped { .. } => options.resume = true,
            }
        }
        assert_eq!(files(&out), whole, "stopped after every {stop_every} instants");
        fs::remove_dir_all(out).unwrap();
    }
}

#[test]
fn books_change_no_job() {
    let (with, without) = (world(&format!("{SMALL}{BOOKS}"), &[]), world(SMALL, &[]));
    let folder = folder("books-beside");
    let facts = |world, name: &str| {
        let finished = run_to_end(world, &options(folder.join(name)));
        (finished.jobs, fs::read(folder.join(name).join("jobs.parquet")).unwrap())
    };
    assert!(facts(&with, "with") == facts(&without, "without"), "the jobs are the same to the byte");
}

/// Sums of a column of whole numbers, by the text of another.
fn sums(folder: &Path, table: &str, by: &str, column: &str) -> BTreeMap<String, i128> {
    let mut sums = BTreeMap::new();
    for batch in read::open(folder, tables::table(table).unwrap(), &[by, column]).unwrap() {
        let batch = batch.unwrap();
        let (names, numbers) = (batch.texts(by).unwrap(), batch.integers(column).unwrap());
        for row in 0..batch.len() {
            let number = i128::from(numbers.get(row).unwrap_or(0));
            *sums.entry(names.get(row).unwrap_or_default().to_owned()).or_default() += number;
        }
    }
    sums
}

#[test]
fn what_is_sold_is_what_jobs_held() {
    let world = world(&format!("{SMALL}{BOOKS}"), &[]);
    let out = folder("books-law").join("out");
    let finished = run_to_end(&world, &options(out.clone()));
    let sold = -sums(&out, "postings", "account", "quantity")["income:compute"];
    let held_gpu_hours = finished.summary.get("held_gpu_hours").unwrap();
    // The rest of an accelerator-second of each tenant, model and site is never posted.
    assert!((sold as f64 / 3600.0 - held_gpu_hours).abs() < 0.01, "{sold} GPU s, {held_gpu_hours} GPU h");
    let revenue = -sums(&out, "postings", "account", "amount_micro_usd")["income:compute"];
    assert!((revenue as f64 / 1e6 - 2.0 * held_gpu_hours).abs() < 0.1);
    assert!((finished.summary.get("revenue_usd").unwrap() - revenue as f64 / 1e6).abs() < 1e-6);
    let partners = sums(&out, "postings", "partner", "amount_micro_usd");
    assert!(partners.values().all(|sum| *sum == 0), "{partners:?}");
}

#[test]
fn books_that_are_overdrawn_say_so() {
    let poor = BOOKS.replace("opening_cash_usd = 1_000_000.0\n", "").replace("= 2.0", "= 0.0001");
    for (books, wanted) in [(BOOKS, false), (&poor, true)] {
        // People are paid for March on the first of April.
        let world = world(&format!("{SMALL}{books}"), &["horizon.length=40 days"]);
        let finished = run_to_end(&world, &options(folder("books-overdrawn").join("out")));
        let is_said = finished.remarks.iter().any(|remark| remark.rule.code == "R006");
        let least = finished.summary.get("cash_least_usd").unwrap();
        assert_eq!((is_said, least < 0.0), (wanted, wanted), "{least}: {:?}", finished.remarks);
    }
}
