//! What is built milestone by milestone draws power and serves as what stands at its date.
#![allow(clippy::unwrap_used)]

use base::{SimTime, Span};
use scenario::{Origin, World, read};
use std::ops::ControlFlow;
use twin::power::EnergyHour;
use twin::{Fact, Typical, simulation};

/// A hall of ten nodes of 100 kW that works from 3 January, a day and a half of five. Idle nodes draw 20 kW.
const BASE: &str = r#"
edition = 2026
[horizon]
start = "2026-01-01"
length = "5 days"
[system.node]
accelerator = "gpu"
accelerators_per_node = 8
power_kw = 100.0
idle_kw = 20.0
[system.later]
accelerator = "gpu"
accelerators_per_node = 8
power_kw = 200.0
idle_kw = 50.0
[construction.hall]
shell = "1 day"
energised = "12 h"
[site.lab]
latitude_deg = 40.0
longitude_deg = -100.0
[site.lab.power]
[[site.lab.power.grid]]
mw = 2.0
[site.lab.price]
value = 40.0
[site.lab.carbon]
value = 400.0
[site.lab.weather]
value = 15.0
[site.lab.block.hall]
it_mw = 1.0
systems = [{ system = "node", count = 10 }]
[tenant.all]
[workload.jobs]
tenant = "all"
[workload.jobs.arrivals]
per_hour = 0.01
[workload.jobs.sizes]
distribution = "weighted"
weights = { 1 = 1.0 }
[workload.jobs.durations]
distribution = "constant"
mean = "1 h"
"#;

const STANDS: &str = "[site.lab.block.hall]\nready = \"2026-01-03\"\n";
const BUILT: &str =
    "[site.lab.block.hall]\nconstruction = \"hall\"\nmilestones = { energised = \"2026-01-03\" }\n";

fn world(block: &str, more: &str) -> World {
    let text = BASE.replace("[site.lab.block.hall]\n", block) + more;
    let reading = read(&Origin::Text { name: "t.toml".into(), text }, &[]);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")))
}

fn facts(world: &World) -> Vec<(SimTime, Fact)> {
    let mut found = Vec::new();
    let mut simulation = simulation(world, &Typical::default());
    simulation.run(&mut std::iter::empty().peekable(), world.end, |now, facts| {
        found.extend(facts.drain(..).map(|fact| (now, fact)));
        ControlFlow::Continue(())
    });
    let rest = simulation.finish(|twin, now, context| twin.close(now, context));
    found.extend(rest.into_iter().map(|fact| (world.end, fact)));
    found
}

fn hours(facts: &[(SimTime, Fact)]) -> Vec<EnergyHour> {
    let energy = |(_, fact): &(SimTime, Fact)| match fact {
        Fact::Energy(hour) => Some(hour.clone()),
        _ => None,
    };
    facts.iter().filter_map(energy).collect()
}

#[test]
fn a_block_that_is_built_is_metered_by_the_hour_as_one_that_stands() {
    let stands = hours(&facts(&world(STANDS, "")));
    let built = hours(&facts(&world(BUILT, "")));
    assert_eq!(stands.len(), 72);
    assert!(built.iter().all(|hour| hour.span == Span::HOUR));
    assert_eq!(built, stands);
}

#[test]
fn systems_that_are_replaced_draw_nothing_and_the_later_ones_draw_theirs() {
    let later = r#"
[[site.lab.block.hall.reequip]]
date = "2026-01-04"
drain = "2 h"
install = "6 h"
systems = [{ system = "later", count = 5 }]
"#;
    let hours = hours(&facts(&world(BUILT, later)));
    let draw: Vec<f64> = hours.iter().map(|hour| hour.books.it.mwh()).collect();
    // Idle nodes of the first system: ten of 20 kW; nothing between; then five of 50 kW.
    let near = |at: usize, mwh: f64| assert!((draw[at] - mwh).abs() < 1e-9, "hour {at}: {draw:?}");
    near(12, 0.2);
    near(26, 0.0);
    near(40, 0.25);
    // A site may run its nodes up to what the activity of all work comes to: the same share of either system.
    let share = |at: usize, idle: f64, full: f64| (hours[at].capacity.mwh() - idle) / (full - idle);
    assert!((share(12, 0.2, 1.0) - share(40, 0.25, 1.0)).abs() < 1e-9 && share(40, 0.25, 1.0) > 0.9);
    assert!(hours[26].capacity.mwh() < 1e-9, "nothing stands");
}
