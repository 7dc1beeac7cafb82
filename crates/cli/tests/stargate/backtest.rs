//! How good a forecast of milestones would have been.

use crate::runner::Scratch;

const HEAD: &str = "Date,Data center,Construction status,Buildings operational,Power (MW)\n";

/// Four sites that took half a year to a year, each with a step to come; two of them slip.
fn files(scratch: &Scratch) {
    let past = "2024-01-01,A,,0,0\n2024-09-01,A,,1,100\n2024-01-01,B,,0,0\n2024-11-01,B,,1,100\n\
                2024-03-01,C,,0,0\n2024-12-01,C,,1,100\n2024-02-01,D,,0,0\n2025-01-01,D,,1,100\n";
    let old = "2025-08-01,A,,2,200\n2025-09-01,B,,2,300\n2025-10-01,C,,2,200\n2025-12-01,D,,2,1200\n";
    let new = "9/1/2025,A,,2,200\n11/1/2025,B,,2,300\n2025-12-01,C,,2,200\n2026-03-01,D,,2,1200\n";
    scratch.write("sites_2025-07.csv", format!("{HEAD}{past}{old}"));
    scratch.write("sites_2025-12.csv", format!("{HEAD}{past}{new}"));
}

#[test]
fn a_backtest_prints_steps_losses_and_coverage() {
    let scratch = Scratch::new("backtest");
    files(&scratch);
    let ran = scratch.stargate(&["backtest", "sites_2025-07.csv", "sites_2025-12.csv"]).exits(0);
    ran.answers(&[
        "known 2025-07-01",
        "late by",
        "61 days",
        "pinball loss, days",
        "50 % band",
        "campuses of 1,000 MW",
    ]);
    let json =
        scratch.stargate(&["backtest", "sites_2025-07.csv", "sites_2025-12.csv", "--json"]).exits(0).json();
    assert_eq!(json["steps"].as_array().unwrap().len(), 4);
    assert_eq!((&json["known"], &json["until"]), (&"2025-07-01".into(), &"2026-01-01".into()));
    assert!(json["pinball_days"][3].as_f64().unwrap() < json["pinball_days_announced"][3].as_f64().unwrap());
    assert_eq!(json["campuses"]["became"], 0);
}

#[test]
fn without_days_or_steps_there_is_no_answer() {
    let scratch = Scratch::new("backtest-bad");
    files(&scratch);
    std::fs::copy(scratch.path().join("sites_2025-07.csv"), scratch.path().join("old.csv")).unwrap();
    scratch
        .stargate(&["backtest", "old.csv", "sites_2025-12.csv"])
        .exits(2)
        .says(&["gives no month", "`--known 2025-12-01`"]);
    let swapped = ["backtest", "sites_2025-12.csv", "sites_2025-07.csv"];
    scratch.stargate(&swapped).exits(2).says(&["the earlier file comes first"]);
    let late = ["backtest", "old.csv", "sites_2025-12.csv", "--known", "2025-12-20"];
    scratch.stargate(&late).exits(2).says(&["no step", "`--until`"]);
    scratch.write("bad.csv", "a,b\n1,2\n");
    scratch
        .stargate(&["backtest", "bad.csv", "sites_2025-12.csv"])
        .exits(2)
        .says(&["S350", "no column `Date`"]);
    scratch.write("row.csv", format!("{HEAD}soon,A,,1,100\n"));
    let row = ["backtest", "row.csv", "sites_2025-12.csv", "--known", "2025-07-01"];
    scratch.stargate(&row).exits(2).says(&["S351", "`soon` is no date", "no step"]);
}
