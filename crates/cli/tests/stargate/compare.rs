//! What differs between two scenarios or two runs.

use crate::runner::{Scratch, small};

#[test]
fn a_scenario_is_the_same_as_itself_in_any_form() {
    let scratch = Scratch::new("compare-same");
    scratch.write("s.toml", small());
    scratch.write("t.toml", small().replace("at_least = 500", "at_least = 5_00.0"));
    scratch
        .stargate(&["compare", "s.toml", "t.toml"])
        .exits(0)
        .answers(&["the same", "neither side was run"]);
    scratch.stargate(&["simulate", "s.toml", "-q", "-o", "out"]).exits(0);
    scratch.stargate(&["compare", "s.toml", "out"]).exits(0).answers(&["the same", "only `out` was run"]);
    let json = scratch.stargate(&["compare", "out", "out", "--json"]).exits(0).json();
    assert_eq!((&json["same"], &json["comparison"]["scenario"]), (&true.into(), &serde_json::json!([])));
    assert!(json["comparison"]["results_alike"].as_u64().unwrap() > 50);
    assert_eq!(scratch.names(), ["out", "s.toml", "t.toml"]);
}

#[test]
fn what_differs_is_said_by_path_and_by_result() {
    let scratch = Scratch::new("compare-differ");
    scratch.write("s.toml", small());
    scratch.stargate(&["simulate", "s.toml", "-q", "-o", "a"]).exits(0);
    let set = "workload.training.arrivals.per_hour=9.5";
    scratch.stargate(&["simulate", "s.toml", "-q", "-o", "b", "--set", set, "--seed", "8"]).exits(0);
    let ran = scratch.stargate(&["compare", "a", "b", "-o", "page.html"]).exits(1);
    let ran =
        ran.answers(&["workload.training.arrivals.per_hour", "9.5", "seed", "jobs_submitted", "page.html"]);
    assert!(!ran.stdout.contains("site."), "sites only with --all: {}", ran.stdout);
    let page = String::from_utf8(scratch.read("page.html")).unwrap();
    for part in ["fig-over-busy", "workload.training.arrivals.per_hour", "jobs_submitted", "</html>"] {
        assert!(page.contains(part), "{part}");
    }
    let all = scratch.stargate(&["compare", "a", "b", "--all"]).exits(1).stdout;
    assert!(all.contains("tenant.") && all.len() > ran.stdout.len(), "{all}");
    let json = scratch.stargate(&["compare", "a", "b", "--json"]).exits(1).json();
    let results = json["comparison"]["results"].as_array().unwrap();
    let submitted = results.iter().find(|result| result["metric"] == "jobs_submitted").unwrap();
    let [here, there] = ["here", "there"].map(|side| submitted[side].as_f64().unwrap());
    assert!(here != there);
    assert_eq!(submitted["change"]["absolute"].as_f64(), Some(there - here));
}

#[test]
fn a_whole_section_on_one_side_is_one_line() {
    let scratch = Scratch::new("compare-section");
    scratch.write("less.toml", "extends = \"builtin:abilene\"\nremove = [\"site.milam\"]\nlink = []\n");
    let ran = scratch.stargate(&["compare", "abilene", "less.toml"]).exits(1);
    let line = ran.stdout.lines().find(|line| line.starts_with("[site.milam]")).unwrap();
    assert!(line.contains("values"), "{line}");
    assert!(!ran.stdout.contains("site.milam.block"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_read_is_no_answer() {
    let scratch = Scratch::new("compare-bad");
    scratch.write("bad.toml", small().replace("name = ", "nam = "));
    scratch.stargate(&["compare", "bad.toml", "abilene"]).exits(2).says(&["unknown key `nam`"]);
    scratch.stargate(&["compare", "abilen", "abilene"]).exits(2).says(&["did you mean `abilene`?"]);
    scratch.stargate(&["compare", ".", "abilene"]).exits(2).says(&["is not the results of a run"]);
}
