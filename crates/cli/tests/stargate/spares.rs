//! Nodes that are held back for those that fail.

use crate::runner::Scratch;
use std::collections::BTreeMap;

/// A job on 16 of 20 nodes for 1,000 hours, small ones that fill what is left, and nodes that fail once in 30 days.
const GANG: &str = "edition = 2026
[horizon]
start = \"2026-01-01\"
length = \"150 days\"
[system.node]
accelerator = \"h100\"
accelerators_per_node = 8
power_kw = 10
[site.lab]
latitude_deg = 32
longitude_deg = -99
systems = [{ system = \"node\", count = 20 }]
[failure.node]
scope = \"node\"
mean_time_between = \"30 days\"
repair = \"48 h\"
[policy]
backfill = \"none\"
[workload.gang]
checkpoint = \"1 h\"
end = \"2026-01-01T02:00:00Z\"
arrivals = { per_hour = 1, gaps = \"gamma\", cv = 0.001 }
sizes = { distribution = \"weighted\", weights = { 128 = 1 } }
durations = { distribution = \"constant\", mean = \"1000 h\" }
[workload.small]
checkpoint = \"1 h\"
start = \"2026-01-01T04:00:00Z\"
end = \"2026-01-01T10:00:00Z\"
arrivals = { per_hour = 4 }
sizes = { distribution = \"weighted\", weights = { 8 = 1 } }
durations = { distribution = \"constant\", mean = \"3000 h\" }
";

fn rows(scratch: &Scratch, folder: &str, table: &str) -> Vec<BTreeMap<String, String>> {
    let text = String::from_utf8(scratch.read(&format!("{folder}/{table}.csv"))).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let heads = lines.next().unwrap();
    lines.map(|line| heads.iter().cloned().zip(line).collect()).collect()
}

/// Sums of a column of hours, and how long the first job of many nodes took.
fn ran(scratch: &Scratch, folder: &str, more: &[&str]) -> (BTreeMap<String, f64>, f64, u64) {
    let arguments = [&["simulate", "s.toml", "--csv", "-o", folder], more].concat();
    scratch.stargate(&arguments).exits(0);
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for row in rows(scratch, folder, "site_hours") {
        for name in ["installed_gpu_hours", "busy_gpu_hours", "idle_gpu_hours", "down_gpu_hours"] {
            *sums.entry(name.to_owned()).or_insert(0.0) += row[name].parse::<f64>().unwrap();
        }
    }
    let jobs = rows(scratch, folder, "jobs");
    let gang = jobs.iter().find(|job| job["gpus"].parse::<f64>().unwrap() > 100.0).unwrap();
    let number = |name: &str| gang[name].parse::<f64>().unwrap();
    let took = number("wait_s") / 3600.0 + number("held_gpu_hours") / 128.0;
    (sums, took, gang["interruptions"].parse().unwrap())
}

#[test]
fn spares_stand_in_for_nodes_that_fail() {
    let scratch = Scratch::new("spares");
    scratch.write("s.toml", GANG);
    let (without, slow, _) = ran(&scratch, "without", &[]);
    let (with, fast, interruptions) = ran(&scratch, "with", &["--set", "site.lab.spares=0.2"]);
    assert!(interruptions > 5, "{interruptions}");
    assert!(fast < 1_150.0, "the gang goes on at once: {fast} h");
    assert!(slow > 1.3 * fast, "without spares it waits for repairs: {slow} h");
    for sums in [&with, &without] {
        let all = sums["busy_gpu_hours"] + sums["idle_gpu_hours"] + sums["down_gpu_hours"];
        assert!((all - sums["installed_gpu_hours"]).abs() < 1e-3, "{sums:?}");
    }
    // Four nodes of eight for 3,600 hours are idle and not down, but for those that stand in; and nodes that work fail as often as without.
    let spare = with["idle_gpu_hours"] + with["down_gpu_hours"];
    assert!((spare / (32.0 * 3_600.0) - 1.0).abs() < 0.02, "{with:?}");
    assert!((with["down_gpu_hours"] / without["down_gpu_hours"] - 0.8).abs() < 0.25, "{with:?} {without:?}");
    // What asks for more than all that may work is turned away.
    let large = ["--set", "site.lab.spares=0.25", "-o", "large"];
    let json =
        scratch.stargate(&[&["simulate", "s.toml", "--json"], large.as_slice()].concat()).exits(0).json();
    assert!(json["summary"]["network"]["jobs_rejected"].as_f64().unwrap_or(0.0) > 0.0, "{json}");
}

/// One gang that leaves exactly the spares free, alone at its site: holding nodes back costs it nothing. A node that comes
/// back stands in for one that still waits, and all that go down and come back are told.
#[test]
fn a_repaired_node_stands_in_for_one_that_waits() {
    let scratch = Scratch::new("spares-waiting");
    let start = GANG.find("[workload.small]").unwrap();
    let text = GANG[..start].replace("repair = \"48 h\"", "repair = \"9 days\"");
    scratch.write("s.toml", &text);
    let (_, without, _) = ran(&scratch, "without", &[]);
    let (_, with, interruptions) = ran(&scratch, "with", &["--set", "site.lab.spares=0.2"]);
    assert!(interruptions > 5, "{interruptions}");
    assert!(with < 1.03 * without, "{with} h with spares, {without} h without");
    let mut missing = 0.0;
    for row in rows(&scratch, "with", "events") {
        let nodes = || row["nodes"].parse::<f64>().unwrap();
        match row["event"].as_str() {
            "down" => missing += nodes(),
            "up" => missing -= nodes(),
            "interrupted" => assert_eq!(row["gpus"], "128", "what the job lost, it lost on all of them"),
            _ => {}
        }
        assert!((0.0..=20.0).contains(&missing), "{row:?}");
    }
    let last = rows(&scratch, "with", "site_hours").pop().unwrap();
    let down: f64 = last["down_gpu_hours"].parse().unwrap();
    assert!((down - 8.0 * missing).abs() < 1e-6, "{missing} nodes are away, {down} GPU-h of the last hour");
}

#[test]
fn runs_with_spares_are_the_same_again_and_after_a_stop() {
    let scratch = Scratch::new("spares-again");
    scratch.write("s.toml", GANG);
    let twice = ["simulate", "s.toml", "--twice", "--set", "site.lab.spares=0.2", "-o", "twice"];
    scratch.stargate(&twice).exits(0);
}
