//! `stargate check`: everything that is wrong with a scenario, at once.

use super::Verdict;
use crate::arguments::ScenarioArguments;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::source;
use crate::text::plural;
use base::Diagnostics;
use clap::Args;
use scenario::world::World;
use serde_json::json;

/// Arguments of `stargate check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate check my.toml
  stargate check my.toml --set site.abilene.latitude_deg=132
  stargate check my.toml --json | jq '.diagnostics[].message'

Exit codes: 0 no mistake; 2 mistakes. `stargate explain CODE` explains a rule.")]
pub struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
}

/// Prints every mistake, those of the series that a run would read too, and a verdict of one line.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    let (world, mut reading) = source::world(&arguments.scenario, printer)?;
    let series = run::conditions(&world).diagnostics;
    if series.has_errors() {
        // What was said of the scenario stands on stderr already, but for a document, which is one.
        let mut all = if printer.json() { reading.diagnostics } else { Diagnostics::new() };
        all.extend(series);
        return Err(Failure::Diagnostics(all));
    }
    printer.diagnostics(&series);
    reading.diagnostics.extend(series);
    let (nodes, gpus) = size(&world);
    if printer.json() {
        printer.document(&json!({
            "ok": true,
            "scenario": world.name,
            "start": world.start.to_string(),
            "end": world.end.to_string(),
            "sites": world.sites.len(),
            "blocks": world.blocks.len(),
            "nodes": nodes,
            "gpus": gpus,
            "workloads": world.workloads.len(),
            "figures": world.figures.len(),
            "diagnostics": reading.diagnostics,
        }))?;
    } else if let Some(planning) = world.planning.as_ref().filter(|_| world.sites.is_empty()) {
        let candidates = plural(planning.candidates.len(), "candidate");
        let mistakes = source::count(&reading.diagnostics);
        printer
            .data(&format!("{}: {mistakes}; a plan among {candidates}, and nothing to run\n", world.name))?;
    } else {
        printer.data(&format!(
            "{}: {}; {}, {} with {} nodes and {} accelerators, {}, {} to {}\n",
            world.name,
            source::count(&reading.diagnostics),
            plural(world.sites.len(), "site"),
            plural(world.blocks.len(), "block"),
            nodes,
            gpus,
            plural(world.workloads.len(), "workload"),
            world.start,
            world.end,
        ))?;
    }
    Ok(Verdict::Yes)
}

/// Nodes and accelerators of a world, once all blocks are energised.
fn size(world: &World) -> (u64, u64) {
    let equipment = world.blocks.iter().flat_map(|block| &block.equipment);
    equipment.fold((0, 0), |(nodes, gpus), &(id, count)| {
        let system = &world.systems[id.index()];
        let more = u64::from(system.nodes) * u64::from(count);
        (nodes + more, gpus + more * u64::from(system.accelerators_per_node))
    })
}
