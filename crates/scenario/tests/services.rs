//! Regions, surfaces and services: what a scenario says of them is what the world has.
#![allow(clippy::unwrap_used)]

use base::Span;
use scenario::world::{Service, WhenFull, World};
use scenario::{Origin, read};
use service::Rule;

const BASE: &str = include_str!("../rules/base.toml");

const SERVES: &str = r#"
[region.east]
latitude_deg = 40.7
longitude_deg = -74.0
share = 0.6
round_trip = [{ site = "lab", time = "31 ms" }]

[region.india]
latitude_deg = 19.1
longitude_deg = 72.9
utc_offset_h = 5.5

[surface.small]
accelerator = "h100"
gpus = 4
tokens_in = 1024
tokens_out = 1024
point = [
  { concurrency = 64, ttft = "300 ms", tpot = "21 ms" },
  { concurrency = 4, ttft = "85.5 ms", tpot = "9 ms" },
]

[service.chat]
priority = 5
demand = [{ from = 2026-01-05, requests_per_hour = 1000 }, { from = 2026-01-08, requests_per_hour = 8000 }]
tokens_in = 1024
tokens_out = 256
ttft = "1 s"
tpot = "15 ms"
surfaces = ["small"]
when_full = "preempt"
routing = "cheapest"

[service.chat.autoscale]
least = 2
"#;

fn world(text: &str) -> World {
    let reading = read(&Origin::Text { name: "services".into(), text: format!("{BASE}\n{text}") }, &[]);
    let said: String = reading.diagnostics.iter().map(|d| format!("{d}\n")).collect();
    reading.world.unwrap_or_else(|| panic!("{said}"))
}

fn wrong(text: &str) -> Vec<(&'static str, String)> {
    let reading = read(&Origin::Text { name: "services".into(), text: format!("{BASE}\n{text}") }, &[]);
    reading.diagnostics.iter().map(|d| (d.rule.code, d.message.clone())).collect()
}

#[test]
fn a_service_is_what_it_says() {
    let world = world(SERVES);
    let east = &world.regions[0];
    assert_eq!((east.key.as_str(), east.utc_offset), ("east", Span::from_hours(-5)));
    assert_eq!(world.regions[1].utc_offset, Span::from_seconds(19_800));
    // `annex` and `lab`, in this order: by distance (some 2,450 km), and as given.
    assert_eq!(east.round_trips[1], Span::from_seconds_f64(0.031).unwrap());
    assert!((0.043..0.047).contains(&east.round_trips[0].seconds()), "{:?}", east.round_trips);
    let Service { shares, replicas, priority, when_full, routing, sites, .. } = &world.services[0];
    assert!((shares[0] - 0.6).abs() < 1e-12 && (shares[1] - 0.4).abs() < 1e-12);
    assert_eq!((*priority, *when_full, *routing, sites.len()), (5, WhenFull::Preempt, Rule::Cheapest, 2));
    let replica = &replicas[0];
    assert_eq!(
        (replica.gpus, replica.pack_nodes, replica.pack_replicas),
        (4, 1, 2),
        "two on a node of eight"
    );
    // 15 ms between tokens lie half way between 9 and 21 ms: 34 requests in flight.
    assert!((replica.slots.slots - 34.0).abs() < 1e-9, "{:?}", replica.slots);
    assert_eq!(world.services[0].autoscale.least, 2);
    let middle = base::SimTime::parse("2026-01-06T12:00:00").unwrap();
    assert!((world.services[0].demand.level(middle) - 1000.0 * 8.0_f64.sqrt()).abs() < 1e-6);
}

#[test]
fn a_scenario_may_have_services_and_no_jobs() {
    let head = BASE.split("[workload.jobs]").next().unwrap();
    let text = format!("{head}\n{SERVES}");
    let reading = read(&Origin::Text { name: "services".into(), text }, &[]);
    assert!(reading.world.unwrap().workloads.is_empty());
    let none = read(&Origin::Text { name: "nothing".into(), text: head.to_string() }, &[]);
    assert!(
        none.diagnostics.iter().any(|d| d.rule.code == "S025"),
        "no jobs and no services: nothing happens"
    );
}

#[test]
fn every_mistake_of_a_service_is_told() {
    let change = |from: &str, to: &str| wrong(&SERVES.replace(from, to));
    let codes = |said: Vec<(&'static str, String)>| said.iter().map(|(code, _)| *code).collect::<Vec<_>>();
    assert_eq!(codes(change("surfaces = [\"small\"]", "surfaces = [\"smal\"]")), ["S010"]);
    assert_eq!(codes(change("site = \"lab\"", "site = \"labs\"")), ["S010"]);
    assert_eq!(codes(change("from = 2026-01-08", "from = 2026-01-02")), ["S012"]);
    assert_eq!(codes(change("priority = 5", "requests_per_hour = 5")), ["S026"]);
    assert_eq!(codes(change("tpot = \"15 ms\"", "tpot = \"5 ms\"")), ["S304"]);
    assert_eq!(codes(change("concurrency = 4,", "concurrency = 64,")), ["S303"]);
    assert_eq!(codes(change("gpus = 4", "gpus = 16")), ["S302"], "larger than the scale-up domain");
    assert_eq!(codes(change("tokens_in = 1024\ntokens_out = 1024\n", "tokens_in = 1024\n")), ["S006"]);
    assert_eq!(codes(change("share = 0.6", "share = 1.0")), ["S310"], "india gets nothing");
    let own =
        "region = [{ region = \"east\", share = 0.5 }, { region = \"india\", share = 0.4 }]\npriority = 5";
    assert_eq!(codes(change("priority = 5", own)), ["S300"]);
    let twice = own.replace("india", "east");
    assert_eq!(codes(change("priority = 5", &twice)), ["S011"]);
    let several = SERVES
        .replace("share = 0.6", "share = 1.6")
        .replace("tokens_in = 1024\ntokens_out = 256", "tokens_in = 0");
    let told = codes(wrong(&several));
    assert!(told.contains(&"S005") && told.contains(&"S006"), "{told:?}");
}

#[test]
fn the_measured_surfaces_that_come_along_hold_together() {
    let (_, library) = scenario::LIBRARY.iter().find(|(name, _)| *name == "serving").unwrap();
    let names: Vec<&str> =
        library.lines().filter_map(|line| line.strip_prefix("[surface.")?.strip_suffix(']')).collect();
    assert!(names.len() >= 13, "{names:?}");
    for name in names {
        // A site with every system, so that each surface has machines.
        let systems = ["dgx-h100", "dgx-h200", "dgx-b200", "gb200-nvl72", "gb300-nvl72"];
        let rows: Vec<String> =
            systems.iter().map(|system| format!("{{ system = \"{system}\", count = 2 }}")).collect();
        let text = format!(
            "edition = 2026\ninclude = [\"builtin:systems\", \"builtin:serving\"]\n[horizon]\nstart = 2026-01-01\nlength = \"1 day\"\n\
             [site.all]\nlatitude_deg = 30.0\nlongitude_deg = -97.0\nsystems = [{}]\n[region.here]\nlatitude_deg = 30.0\n\
             longitude_deg = -97.0\n[service.chat]\nrequests_per_hour = 100000\ntokens_in = 2000\ntokens_out = 500\nttft = \"3 s\"\n\
             tpot = \"50 ms\"\nsurfaces = [\"{name}\"]\n",
            rows.join(", ")
        );
        let reading = read(&Origin::Text { name: "serving".into(), text }, &[]);
        let said: String = reading.diagnostics.iter().map(|d| format!("{d}\n")).collect();
        assert!(said.is_empty(), "{name}: {said}");
        let replica = &reading.world.unwrap().services[0].replicas[0];
        // Between a hundred and thirty thousand tokens a second for each accelerator: what serving engines reach.
        let each = replica.slots.rate() * 500.0 / f64::from(replica.gpus);
        assert!((100.0..30_000.0).contains(&each), "{name}: {each} tokens/s for each accelerator");
    }
}
