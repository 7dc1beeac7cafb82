//! What is legal and probably not meant.

use crate::context::Cx;
use crate::keys::ScenarioText;
use crate::rules;
use crate::scalar::plain;
use crate::tree::Mark;
use crate::world::{JobSource, Workload, World};
use base::SimTime;
use trace::synthetic::{Sizes, Synthetic};

/// Where sites, blocks and workloads are declared.
pub struct Marks {
    sites: Vec<Mark>,
    blocks: Vec<Mark>,
    /// Blocks that are meant to be empty.
    empty: Vec<Mark>,
    workloads: Vec<(String, Mark)>,
}

impl Marks {
    /// From the text; blocks as they were numbered.
    pub fn of(text: &ScenarioText, blocks: &[Mark]) -> Marks {
        let blocks_of = text.site.0.iter().flat_map(|(_, site)| &site.block.0).map(|(_, block)| block);
        let empty = blocks_of.filter(|block| block.empty.as_ref().is_some_and(|empty| empty.value));
        Marks {
            sites: text.site.0.iter().map(|(name, _)| name.mark).collect(),
            blocks: blocks.to_vec(),
            empty: empty.map(|block| block.mark).collect(),
            workloads: text.workload.0.iter().map(|(name, _)| (name.value.clone(), name.mark)).collect(),
        }
    }
}

/// Warns about the world as a whole.
pub fn remark(world: &World, marks: &Marks, unused: &[(&str, Mark)], cx: &mut Cx<'_>) {
    for (site, mark) in world.sites.iter().zip(&marks.sites) {
        if site.latitude_deg == 0.0 && site.longitude_deg == 0.0 {
            let message =
                format!("`{}` has no position: it is drawn in the Gulf of Guinea, at 0 degrees", site.key);
            cx.warn(*mark, rules::NO_POSITION, message, "write `latitude_deg` and `longitude_deg`");
        }
    }
    for (block, mark) in world.blocks.iter().zip(&marks.blocks) {
        if block.ready >= world.end {
            let message = format!("`{}` is ready at {}, after the run", block.key, block.ready);
            cx.warn(*mark, rules::LATE_BLOCK, message, format!("the run ends at {}", world.end));
        }
        if block.equipment.is_empty() && !marks.empty.contains(mark) {
            let message =
                format!("`{}` has {} MW and holds not one system", block.key, plain(block.it_power.mw()));
            cx.warn(*mark, rules::EMPTY_BLOCK, message, "give it more power, or a smaller system");
        }
    }
    for (name, mark) in unused {
        let message = format!("`{name}` stands nowhere");
        cx.warn(*mark, rules::UNUSED, message, "name it in a block, or leave it out");
    }
    for workload in &world.workloads {
        if let Some((_, mark)) = marks.workloads.iter().find(|(name, _)| *name == workload.key) {
            about(world, workload, *mark, cx);
        }
    }
}

fn about(world: &World, workload: &Workload, mark: Mark, cx: &mut Cx<'_>) {
    if workload.start >= workload.end {
        let message =
            format!("`{}` would submit its first job at {}, after the run", workload.key, workload.start);
        cx.warn(mark, rules::NEVER_SUBMITS, message, format!("the run ends at {}", world.end));
    }
    let most = largest_site(world, workload);
    let smallest_and_largest = match &workload.source {
        JobSource::Synthetic(synthetic) => sizes(synthetic),
        JobSource::Trace { .. } => None,
    };
    match smallest_and_largest {
        _ if most == 0 => {
            let message = format!("no site has accelerators for `{}` before the run ends", workload.key);
            let hint = match workload.accelerators.is_empty() {
                true => "give a block systems with accelerators, ready before the end",
                false => "name other `accelerators`, or build systems that carry these",
            };
            cx.warn(mark, rules::HOMELESS_JOBS, message, hint);
        }
        Some((smallest, _)) if smallest > most => {
            let message = format!(
                "the smallest job of `{}` asks for {smallest}, and the largest site has {most}",
                workload.key
            );
            cx.warn(mark, rules::HOMELESS_JOBS, message, "every job will be rejected: make `sizes` smaller");
        }
        Some((_, largest)) if largest > most => {
            let message = format!(
                "jobs of `{}` ask for up to {largest}, and the largest site has {most}",
                workload.key
            );
            cx.warn(
                mark,
                rules::LARGE_JOBS,
                message,
                "the largest jobs will be rejected: make `sizes` smaller",
            );
        }
        _ => {}
    }
    let Some(home) = workload.home.filter(|_| workload.data_gb > 0.0) else { return };
    let linked = |site: u32| {
        site == home.0
            || world
                .links
                .iter()
                .any(|link| link.ends.contains(&home) && link.ends.iter().any(|end| end.0 == site))
    };
    let apart: Vec<&str> = (0u32..)
        .zip(&world.sites)
        .filter(|(number, _)| !linked(*number))
        .map(|(_, site)| site.key.as_str())
        .collect();
    if !apart.is_empty() {
        let names = crate::language::listed(apart.iter().take(6).copied());
        let message =
            format!("the data of `{}` cannot reach {names}: there is no link from its home", workload.key);
        cx.warn(mark, rules::NO_LINK, message, "add `[[link]]`, or leave out `data_gb`");
    }
}

/// Accelerators that a workload can use at the site that has most of them by the end of the run.
fn largest_site(world: &World, workload: &Workload) -> u64 {
    let usable = |block: &&crate::world::Block| block.ready < world.end.max(SimTime(i64::MIN + 1));
    let count = |site: &crate::world::Site| -> u64 {
        let blocks = site.block_ids().map(|id| &world.blocks[id.index()]);
        let equipment = blocks.filter(usable).flat_map(|block| &block.equipment);
        equipment
            .map(|(id, count)| (&world.systems[id.index()], count))
            .filter(|(system, _)| {
                let model = system.accelerator;
                workload.accelerators.is_empty()
                    || model.is_some_and(|model| workload.accelerators.contains(&model))
            })
            .map(|(system, count)| {
                u64::from(system.nodes) * u64::from(system.accelerators_per_node) * u64::from(*count)
            })
            .sum()
    };
    world.sites.iter().map(count).max().unwrap_or(0)
}

fn sizes(synthetic: &Synthetic) -> Option<(u64, u64)> {
    match &synthetic.sizes {
        Sizes::Weighted(weights) => {
            let drawn =
                || weights.iter().filter(|(_, weight)| *weight > 0.0).map(|(size, _)| u64::from(*size));
            Some((drawn().min()?, drawn().max()?))
        }
        Sizes::PowerOfTwo { sigma, median, most } if *sigma == 0.0 => {
            let size = (*median as u64).next_power_of_two().min(u64::from(*most));
            Some((size, size))
        }
        Sizes::PowerOfTwo { most, .. } => Some((1, u64::from(*most))),
    }
}
