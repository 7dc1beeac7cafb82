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
