//! Capital that runs out is an answer.

use crate::runner::Scratch;

const BUILDING: &str = include_str!("../../../run/tests/building.toml");

#[test]
fn building_that_stops_for_want_of_money_is_said_and_exits_with_1() {
    let scratch = Scratch::new("stops");
    scratch.write("building.toml", BUILDING);
    let ran = scratch
        .stargate(&["run", "building.toml", "-o", "out", "--set", "tranche.loan.amount_usd=150e6"])
        .exits(1)
        .says(&["warning[S220]", "error: building stops in ", " 2026 for want of ", " B$"]);
    assert!(ran.stdout.contains("capital spent"), "{}", ran.stdout);
    let page = String::from_utf8(scratch.read("out/report.html")).unwrap();
    for part in
        ["Building stops on ", "id=\"fig-programme-mw\"", "id=\"fig-milestones\"", "id=\"fig-capital-uses\""]
    {
        assert!(page.contains(part), "the page has `{part}`");
    }
    let ran = scratch
        .stargate(&[
            "simulate",
            "building.toml",
            "-o",
            "json",
            "--json",
            "--set",
            "tranche.loan.amount_usd=150e6",
        ])
        .exits(1);
    assert!(ran.stdout.contains("\"stops\":") && ran.stdout.contains("\"ok\":"), "{}", ran.stdout);
    scratch.stargate(&["run", "building.toml", "-o", "enough"]).exits(0);
}

#[test]
fn every_mistake_of_a_plan_is_said_at_once() {
    let scratch = Scratch::new("bad-plan");
    let text = BUILDING
        .replace("partner = \"bank\"", "partner = \"bnak\"")
        .replace("after = [\"north.one.shell\"]", "after = [\"north.won.shell\"]")
        .replace("energised = \"2026-10-01\"", "energised = \"2026-10-01\"\nshell = \"2026-12-01\"")
        .replace("call = \"at_once\"", "call = \"at_once\"\nrate_per_year = 0.1")
        .replace("date = \"2027-01-15\"", "date = \"2026-01-15\"")
        .replace("construction = \"hall\"\nfill", "construction = \"hal\"\nfill")
        .replace("per_quarter = 40", "per_quarter = -40");
    scratch.write("bad.toml", &text);
    let ran = scratch.stargate(&["check", "bad.toml"]).exits(2);
    for code in ["S010", "S204", "S200", "S205", "S203", "S005"] {
        assert!(ran.stderr.contains(&format!("error[{code}]")), "{code} is not said\n{}", ran.stderr);
    }
}

/// Systems that cannot be delivered by the day on which their block is ready make it late, whatever else the scenario says.
#[test]
fn a_block_waits_for_systems_that_are_not_made_yet() {
    let scratch = Scratch::new("building-available");
    scratch.write(
        "s.toml",
        "edition = 2026\n[horizon]\nstart = \"2026-01-01\"\nlength = \"200 days\"\n[system.rack]\nnodes = 1\naccelerator = \"h100\"\n\
         accelerators_per_node = 8\npower_kw = 10\navailable = \"2026-06-01\"\n[site.lab]\nlatitude_deg = 32\nlongitude_deg = -99\n\
         [site.lab.block.a]\nready = \"2026-03-01\"\nsystems = [{ system = \"rack\", count = 2 }]\n[workload.w]\narrivals = { per_hour = 1 }\n\
         sizes = { distribution = \"weighted\", weights = { 8 = 1 } }\ndurations = { distribution = \"constant\", mean = \"1h\" }\n",
    );
    let energised = |more: &[&str]| {
        scratch.stargate(&[&["simulate", "s.toml", "-o", "out"], more].concat()).exits(0);
        scratch.stargate(&["show", "out", "blocks", "--columns", "energised"]).exits(0).stdout
    };
    assert!(energised(&[]).contains("2026-06-01"), "{}", energised(&[]));
    let there = ["--set", "system.rack.available=\"2026-01-01\""];
    assert!(energised(&there).contains("2026-03-01"));
    let from = [there.as_slice(), &["--set", "site.lab.block.a.systems_from=\"2026-02-01\""]].concat();
    assert!(energised(&from).contains("2026-03-01"));
    let late = [there.as_slice(), &["--set", "site.lab.block.a.systems_from=\"2026-05-01\""]].concat();
    scratch
        .stargate(&[&["check", "s.toml"], late.as_slice()].concat())
        .exits(2)
        .says(&["come from 2026-05-01"]);
}
