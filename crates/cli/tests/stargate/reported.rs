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

/// A model served from the east, for the tenant of the small jobs.
const SERVES: &str = r#"
[region.users]
latitude_deg = 40.0
longitude_deg = -90.0
[surface.model]
accelerator = "h100"
gpus = 8
tokens_in = 100
tokens_out = 100
point = [
    { concurrency = 1, ttft = "100 ms", tpot = "10 ms" },
    { concurrency = 64, ttft = "1 s", tpot = "30 ms" },
]
[service.chat]
tenant = "product"
surfaces = ["model"]
ttft = "2 s"
tpot = "50 ms"
tokens_in = 100
tokens_out = 100
requests_per_hour = 1000.0
"#;

#[test]
fn a_tenant_holds_what_its_jobs_and_its_services_hold() {
    let scratch = Scratch::new("reported-tenants");
    scratch.write("s.toml", small() + SERVES);
    scratch.stargate(&["simulate", "s.toml", "-o", "out"]).exits(0);
    let sum = |name: &str, whose: Option<&str>| -> f64 {
        let rows = table(&scratch, name);
        let mine = rows.iter().filter(|row| whose.is_none_or(|whose| row["tenant"] == whose));
        mine.map(|row| row["held_gpu_hours"].as_f64().unwrap()).sum()
    };
    let (jobs, replicas) = (sum("jobs", Some("product")), sum("replica_hours", None));
    let (held, all) = (sum("tenants", Some("product")), sum("tenants", None));
    assert!(jobs > 0.0 && replicas > 0.0 && (held - jobs - replicas).abs() < 1e-6);
    let tenants = table(&scratch, "tenants");
    let own = tenants.iter().find(|row| row["tenant"] == "product").unwrap();
    assert!((own["held_share"].as_f64().unwrap() - held / all).abs() < 1e-9);
}

/// What a rule tells to write, `key = value`, is a key of a scenario.
#[test]
fn keys_that_rules_name_are_there() {
    let scratch = Scratch::new("reported-rules");
    let schema = scratch.stargate(&["schema"]).exits(0).stdout;
    for rule in series::RULES.iter().chain(scenario::RULES) {
        for part in rule.explanation.split('`').skip(1).step_by(2) {
            let Some((key, _)) = part.split_once(" = ") else { continue };
            if key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
                assert!(schema.contains(&format!("\"{key}\"")), "{} names `{key}`", rule.code);
            }
        }
    }
}

#[test]
fn a_check_reads_the_series_that_a_run_reads() {
    let scratch = Scratch::new("reported-series");
    let power = "\n[site.east.power]\ngrid = [{ mw = 0.3 }]\n[site.east.price]\nfile = \"price.csv\"\n";
    scratch.write("s.toml", small() + power);
    scratch.write("price.csv", "Datetime,Price (USD/MWh)\n2020-01-01 00:00Z,1\n2020-01-01 01:00Z,1\n");
    let run = scratch.stargate(&["simulate", "s.toml", "-o", "out"]).exits(2);
    let check = scratch.stargate(&["check", "s.toml"]).exits(2);
    assert!(run.stderr.contains("error[R250]") && check.stderr.contains("error[R250]"), "{check:?}");
    scratch.stargate(&["check", "s.toml", "--json"]).exits(2).answers(&["R250"]);
}

#[test]
fn names_that_leave_out_nobody_are_said() {
    let scratch = Scratch::new("reported-leave-out");
    scratch.write("log.csv", "submit_s,runtime_s,gpu_milli,tenant\n0,10,1000,alpha\n5,10,1000,beta\n");
    let import = |more: &[&str]| {
        scratch
            .stargate(&[&["import", "log.csv", "--leave-out", "beta", "--leave-out", "alhpa"], more].concat())
    };
    let says = ["`--leave-out alhpa`: no job is of this tenant", "did you mean `alpha`?"];
    assert!(!import(&[]).exits(0).says(&says).stderr.contains("`--leave-out beta`"));
    import(&["-o", "jobs.csv"]).exits(0).says(&says);
    let json = import(&["--json"]).exits(0).json();
    assert_eq!(json["left_out_in_vain"], serde_json::json!(["alhpa"]));
}
