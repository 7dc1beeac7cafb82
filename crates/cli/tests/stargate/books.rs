//! Books of a run: exported, read back by the tools that they are for, explained.

use crate::runner::{Scratch, small, tool};
use std::path::Path;
use std::process::Command;

const BOOKS: &str = r#"
[books]
operator = "lab-and_co"
tax_rate = 0.21
opening_cash_usd = 1_000_000.0
shell_usd_per_mw = 3_000_000.0
power_usd_per_mw = 5_000_000.0

[tariff.list]
usd_per_gpu_hour = 2.5

[cost.people]
staff_usd_per_year = 500_000.0
maintenance_share = 0.02
"#;

/// A run that keeps books, in `out`.
fn ran(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.write("s.toml", small() + BOOKS);
    scratch.stargate(&["simulate", "s.toml", "-o", "out"]).exits(0);
    scratch
}

/// Whether a tool accepts a journal.
fn accepts(tool: &Path, arguments: &[&str]) -> bool {
    let output = Command::new(tool).args(arguments).output().unwrap();
    println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    output.status.success()
}

/// The journal with the last amount of one posting made larger by a micro-dollar times ten.
fn broken(scratch: &Scratch, name: &str) -> String {
    let text = String::from_utf8(scratch.read(name)).unwrap();
    let at = text.find(" USD = ").or_else(|| text.rfind(" balance ")).unwrap();
    let digits = text[at..].find('.').unwrap() + at;
    let digit = &text[digits + 1..digits + 2];
    let other = if digit == "7" { "3" } else { "7" };
    format!("{}{other}{}", &text[..digits + 1], &text[digits + 2..])
}

#[test]
fn hledger_comes_to_the_same_balances() {
    let scratch = ran("hledger");
    scratch.stargate(&["export", "out", "--hledger"]).exits(0).answers(&["out/books.journal"]);
    let Some(hledger) = tool("hledger") else { return };
    let path = scratch.path().join("out/books.journal");
    assert!(accepts(&hledger, &["-f", path.to_str().unwrap(), "check"]));
    // It does look: a balance that is not so is refused.
    scratch.write("broken.journal", broken(&scratch, "out/books.journal"));
    let path = scratch.path().join("broken.journal");
    assert!(!accepts(&hledger, &["-f", path.to_str().unwrap(), "check"]));
}

#[test]
fn beancount_comes_to_the_same_balances() {
    let scratch = ran("beancount");
    scratch.stargate(&["export", "out", "--beancount"]).exits(0).answers(&["out/books.beancount"]);
    let Some(check) = tool("bean-check") else { return };
    let path = scratch.path().join("out/books.beancount");
    assert!(accepts(&check, &[path.to_str().unwrap()]));
    scratch.write("broken.beancount", broken(&scratch, "out/books.beancount"));
    let path = scratch.path().join("broken.beancount");
    assert!(!accepts(&check, &[path.to_str().unwrap()]));
}

#[test]
fn charges_come_as_focus_has_them() {
    let scratch = ran("focus");
    let json = scratch.stargate(&["export", "out", "--focus", "--json"]).exits(0).json();
    let charges = json["charges"].as_u64().unwrap();
    assert!(charges > 7);
    let csv = String::from_utf8(scratch.read("out/focus.csv")).unwrap();
    let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let billed = header.iter().position(|name| *name == "BilledCost").unwrap();
    assert_eq!(csv.lines().count() as u64, charges + 1);
    // What is billed is the revenue of the books.
    let sum: f64 =
        csv.lines().skip(1).map(|line| line.split(',').nth(billed).unwrap().parse::<f64>().unwrap()).sum();
    let summary = scratch.stargate(&["show", "out", "summary", "--rows", "1000", "--json"]).exits(0).json();
    let rows = summary.as_array().unwrap();
    let revenue =
        rows.iter().find(|row| row["metric"] == "revenue_usd" && row["scope"] == "network").unwrap();
    assert!((sum - revenue["value"].as_f64().unwrap()).abs() < 1e-3, "{sum}");
    scratch.stargate(&["export", "out", "--focus", "--parquet", "-o", "f.parquet"]).exits(0);
    assert!(scratch.read("f.parquet").starts_with(b"PAR1"));
}

/// A laboratory that has committed itself to a cloud for two months.
const COMMITTED: &str = r#"
[partner.cloud]
[partner.lab]
[agreement.take]
effective = "2026-01-01"
[agreement.take.commitment]
payer = "lab"
payee = "cloud"
counts = "usd"
from = "2026-03-01"
period_months = 1
committed = [10000.0, 20000.5]
"#;

#[test]
fn commitments_come_as_focus_has_them() {
    let scratch = Scratch::new("focus-commitments");
    scratch.write("s.toml", small() + BOOKS + COMMITTED);
    scratch.stargate(&["simulate", "s.toml", "-o", "out"]).exits(0);
    let json = scratch.stargate(&["export", "out", "--focus", "--commitments", "--json"]).exits(0).json();
    assert_eq!(json["commitments"], 2);
    let csv = String::from_utf8(scratch.read("out/focus-commitments.csv")).unwrap();
    let rows: Vec<&str> = csv.lines().skip(1).collect();
    assert_eq!(
        rows,
        [
            "USD,Spend,10000,period 1 of the commitment `take`,take/1,2026-04-01T00:00:00Z,2026-03-01T00:00:00Z,,\
             take-or-pay,,take,2026-05-01T00:00:00Z,2026-03-01T00:00:00Z",
            "USD,Spend,20000.5,period 2 of the commitment `take`,take/2,2026-05-01T00:00:00Z,2026-04-01T00:00:00Z,,\
             take-or-pay,,take,2026-05-01T00:00:00Z,2026-03-01T00:00:00Z",
        ]
    );
    let arguments = ["export", "out", "--focus", "--commitments", "--parquet"];
    scratch.stargate(&arguments).exits(0).answers(&["out/focus-commitments.parquet"]);
    assert!(scratch.read("out/focus-commitments.parquet").starts_with(b"PAR1"));
    // They are of the form of FOCUS alone.
    for flags in [["--hledger", "--commitments"], ["--beancount", "--parquet"], ["--timeline", "--parquet"]] {
        scratch.stargate(&["export", "out", flags[0], flags[1]]).exits(2).says(&["cannot be used with"]);
    }
    // Where nobody is bound, there are none.
    let free = ran("no-commitments");
    let json = free.stargate(&["export", "out", "--focus", "--commitments", "--json"]).exits(0).json();
    assert_eq!(json["commitments"], 0);
    assert_eq!(free.read("out/focus-commitments.csv").iter().filter(|byte| **byte == b'\n').count(), 1);
}

#[test]
fn a_posting_is_told_in_sentences_with_the_line_of_its_price() {
    let scratch = ran("explain-posting");
    let rows = scratch.stargate(&["show", "out", "postings", "--rows", "100000", "--json"]).exits(0).json();
    let usage = rows.as_array().unwrap().iter().find(|row| row["account"] == "income:compute").unwrap();
    let what = format!("posting/{}", usage["posting"]);
    let told = scratch.stargate(&["explain", "out", &what]).exits(0);
    told.answers(&[
        "credits `income:compute` of lab-and_co",
        "GPU-hours",
        "tariff.list.usd_per_gpu_hour",
        "s.toml:",
    ]);
    let json = scratch.stargate(&["explain", "out", &what, "--json"]).exits(0).json();
    let sum: i64 = json["postings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["amount_micro_usd"].as_i64().unwrap())
        .sum();
    assert_eq!((sum, &json["rule"]), (0, &"tariff list".into()));
    scratch
        .stargate(&["explain", "out", "posting/99999999"])
        .exits(2)
        .says(&["there is no posting", "postings 0 to"]);
    scratch.stargate(&["explain", "out", "nonsense/1"]).exits(2).says(&["posting/1234"]);
}

#[test]
fn without_books_there_is_nothing_to_export() {
    let scratch = Scratch::new("no-books");
    scratch.write("s.toml", small());
    scratch.stargate(&["simulate", "s.toml", "-o", "out"]).exits(0);
    let files = scratch.files("out");
    assert!(!files.contains_key("postings.parquet"));
    scratch.stargate(&["export", "out", "--hledger"]).exits(2).says(&["kept no books", "[books]"]);
    scratch.stargate(&["explain", "out", "posting/1"]).exits(2).says(&["kept no books"]);
    let kept = ran("no-form");
    kept.stargate(&["export", "out"]).exits(2).says(&["--beancount"]);
}
