//! What the tables and results say of a run, where it can be told by hand.

use crate::runner::{Scratch, small};
use serde_json::Value;

/// The rows of a table.
fn table(scratch: &Scratch, name: &str) -> Vec<Value> {
    let rows = scratch.stargate(&["show", "out", name, "--rows", "100000", "--json"]).exits(0).json();
    rows.as_array().unwrap_or_else(|| panic!("{rows}")).clone()
}

/// Results of a run, as `summary.json` has them.
fn summary(scratch: &Scratch) -> Value {
    serde_json::from_slice(&scratch.read("out/summary.json")).unwrap()
}

#[test]
fn jobs_that_power_stops_are_events_and_a_result() {
    let scratch = Scratch::new("reported-power");
    let power = r#"
[site.east.power]
grid = [{ mw = 0.3 }]
usd_per_mwh = 40
[[site.east.power.event]]
start = "2026-03-03T12:00:00"
length = "4 h"
share = 0.8
"#;
    scratch.write("s.toml", small() + power);
    scratch.stargate(&["simulate", "s.toml", "-o", "out"]).exits(0);
    let events = table(&scratch, "events");
    let stops: Vec<&Value> = events.iter().filter(|row| row["event"] == "stopped").collect();
    assert!(!stops.is_empty() && stops.iter().all(|row| row["job"].is_u64() && row["lost_s"].is_number()));
    assert_eq!(summary(&scratch)["network"]["power_stops"], stops.len() as f64);
}

#[test]
fn the_network_uses_what_its_only_site_uses_in_half_an_hour_too() {
    let scratch = Scratch::new("reported-half");
    let power = "\n[site.east.power]\ngrid = [{ mw = 0.3 }]\nusd_per_mwh = 40\n";
    let text = small().replace("2 days", "30 min").replace("at_least = 500", "at_least = 0");
    scratch.write("s.toml", text + power);
    scratch.stargate(&["simulate", "s.toml", "-o", "out"]).exits(0);
    let all = summary(&scratch);
    for result in ["power_peak_mw", "load_factor"] {
        let (network, site) = (&all["network"][result], &all["site"]["east"][result]);
        assert!((network.as_f64().unwrap() / site.as_f64().unwrap() - 1.0).abs() < 1e-9, "{result}");
    }
}
