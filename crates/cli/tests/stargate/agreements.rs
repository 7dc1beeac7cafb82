//! Agreements as a user meets them: what a right is worth, and what led to the outcome of an offer.

use crate::runner::Scratch;
use std::fs;

/// Two blocks; the second is offered to a bank, and a holder has a right on it.
const SCENARIO: &str = r#"
edition = 2026
name = "offers"
[horizon]
start = "2026-01-05"
length = "120 days"
[system.node]
accelerator = "gpu"
accelerators_per_node = 8
power_kw = 100.0
[site.lab]
latitude_deg = 32.0
longitude_deg = -99.0
[site.lab.block.old]
it_mw = 1.0
systems = [{ system = "node", count = 8 }]
[site.lab.block.new]
it_mw = 1.0
ready = "2026-03-15"
systems = [{ system = "node", count = 8 }]
[partner.host]
[partner.holder]
name = "The holder"
[partner.bank]
[tenant.training]
partner = "holder"
[agreement.right]
calendar = "us_federal"
zone = "America/New_York"
[agreement.right.first_refusal]
grantor = "host"
holders = [{ partner = "holder", decides = "threshold", usd_per_mw_month_at_most = 160000.0 }]
from = "2025-01-14"
until = "2027-07-14"
election = "10 business days"
tail = "90 days"
[offer.next]
grantor = "host"
third = "bank"
blocks = ["lab.new"]
before_ready = "30 days"
usd_per_mw_month = 150000.0
months = 60
[workload.jobs]
tenant = "training"
[workload.jobs.arrivals]
per_hour = 2.0
[workload.jobs.sizes]
distribution = "weighted"
weights = { 16 = 1.0 }
[workload.jobs.durations]
distribution = "constant"
mean = "2 h"
"#;

#[test]
fn a_right_is_worth_what_a_run_without_it_lacks() {
    let scratch = Scratch::new("without");
    scratch.write("s.toml", SCENARIO);
    let ran = scratch.stargate(&["run", "s.toml", "-o", "out", "--without", "agreement:right"]).exits(0);
    let ran = ran.answers(&["without `right`", "holder: MW used", "bank: USD at the rates of the offers"]);
    assert!(ran.stdout.contains("9,000,000") && ran.stdout.contains("-9,000,000"), "{}", ran.stdout);
    assert_eq!(scratch.names(), ["out", "out-without-right", "s.toml"]);
    let arguments = ["simulate", "s.toml", "-o", "out", "--without", "right", "--json"];
    let json = scratch.stargate(&arguments).exits(0).json();
    let partners = json["without"]["partners"].as_array().unwrap();
    let holder = partners.iter().find(|partner| partner["partner"] == "holder").unwrap();
    assert_eq!(holder["under_offers"]["used_mw"]["difference"], 1.0);
    // The run without it says so of itself, and the run with it is the scenario as it is.
    let manifest =
        |folder: &str| fs::read_to_string(scratch.path().join(folder).join("manifest.json")).unwrap();
    assert!(manifest("out-without-right").contains("agreement:right"));
    assert!(!manifest("out").contains("agreement:right"));
    scratch
        .stargate(&["run", "s.toml", "--without", "agreement:rigth"])
        .exits(2)
        .says(&["did you mean `agreement:right`?"]);
}

#[test]
fn an_offer_is_explained_step_by_step() {
    let scratch = Scratch::new("explain-offer");
    scratch.write("s.toml", SCENARIO);
    scratch.stargate(&["run", "s.toml", "-o", "out", "-q"]).exits(0);
    let ran = scratch.stargate(&["explain", "out", "offer/1"]).exits(0).answers(&[
        "offer 1: next",
        "bank is offered 1000 kW for 60 months at 9,000,000 USD [offer, s.toml:",
        "The holder may take 1000 kW until before 2026-02-28T05:00:00Z [clock, notice ",
        "pays at most 160,000 USD for a megawatt and month, and it costs 150,000 USD",
        "it wants to be short of 0 kW at least, and is short of 14500 kW: it takes 1000 kW",
        "The holder exercises for 1000 kW [exercise, notice ",
        "are for the tenants of The holder",
    ]);
    // Every step says where its terms stand, and which block it is about.
    let steps: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("2026-")).collect();
    assert!(steps.iter().all(|line| line.contains(", s.toml:")));
    assert!(!steps.is_empty() && steps.iter().all(|line| line.contains(" on lab.new")), "{steps:#?}");
    assert_eq!(scratch.stargate(&["explain", "out", "offer/next"]).exits(0).stdout, ran.stdout);
    let json = scratch.stargate(&["explain", "out", "offer/1", "--json"]).exits(0).json();
    assert_eq!(json["allotments"][0]["used_by"], "holder");
    assert_eq!(json["steps"][0]["usd"], 9_000_000.0);
    scratch.stargate(&["explain", "out", "agreement/right"]).exits(0).answers(&["right: first refusal"]);
    let all = scratch.stargate(&["explain", "out", "agreements", "--json"]).exits(0).json();
    assert!(all["timeline"].as_array().unwrap().len() > 5);
    let page = fs::read_to_string(scratch.path().join("out/report.html")).unwrap();
    assert!(page.contains("Offers and agreements") && page.contains("class=\"lanes\""));
    assert!(
        page.contains("at the rates of the offers") && !page.contains("paid by"),
        "the books bill by tariff"
    );
    scratch.write("s.toml", SCENARIO.replace("blocks = [\"lab.new\"]", "each = \"block is new\""));
    let hint = "write `block is lab.new`: a block is named with its site";
    scratch.stargate(&["check", "s.toml"]).exits(2).says(&[hint]);
    for (what, hint) in [("offer/nex", "did you mean `offer/next`?"), ("offr/1", "did you mean `offer`?")] {
        scratch.stargate(&["explain", "out", what]).exits(2).says(&[hint]);
    }
}

#[test]
fn the_time_line_is_exported_as_it_is_explained() {
    let scratch = Scratch::new("export-timeline");
    scratch.write("s.toml", SCENARIO);
    scratch.stargate(&["simulate", "s.toml", "-o", "out", "-q"]).exits(0);
    // It needs no books.
    let said = scratch.stargate(&["export", "out", "--timeline", "--json"]).exits(0).json();
    let text = String::from_utf8(scratch.read("out/agreements.json")).unwrap();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    let explained = scratch.stargate(&["explain", "out", "agreements", "--json"]).exits(0).json();
    assert_eq!(read, explained);
    let events = read["timeline"].as_array().unwrap();
    assert_eq!(said["events"], events.len());
    let exercised = events.iter().find(|event| event["what"] == "exercised").unwrap();
    assert_eq!(
        (&exercised["party"], &exercised["it_kw"], &exercised["offer_key"]),
        (&"holder".into(), &1000.into(), &"next".into())
    );
    assert_eq!(read["allotments"][0]["used_by"], "holder");
    scratch.stargate(&["export", "out", "--timeline", "-o", "no/such/file"]).exits(2).says(&["cannot write"]);
    scratch.stargate(&["export", "out", "--focus"]).exits(2).says(&["kept no books"]);
}

#[test]
fn a_run_without_agreements_has_no_such_tables() {
    let scratch = Scratch::new("no-agreements");
    scratch.write("s.toml", crate::runner::small());
    scratch.stargate(&["run", "s.toml", "-o", "out", "-q"]).exits(0);
    assert!(!scratch.files("out").contains_key("agreements.parquet"));
    let page = fs::read_to_string(scratch.path().join("out/report.html")).unwrap();
    assert!(!page.contains("Offers and agreements"));
    scratch.stargate(&["explain", "out", "offer/1"]).exits(2).says(&["has no agreements"]);
    scratch.stargate(&["export", "out", "--timeline"]).exits(2).says(&["has no agreements"]);
}

#[test]
fn an_interrupted_run_of_offers_goes_on_to_the_same_tables() {
    let scratch = Scratch::new("resume-offers");
    scratch.write("s.toml", SCENARIO);
    let twice = scratch.stargate(&["simulate", "s.toml", "--twice"]).exits(0);
    twice.answers(&["two runs say the same"]);
    scratch.stargate(&["simulate", "s.toml", "-o", "out", "--csv", "-q"]).exits(0);
    let text = String::from_utf8(scratch.read("out/agreements.csv")).unwrap();
    assert!(text.lines().count() > 5 && text.starts_with("time,what,agreement,"), "{text}");
}
