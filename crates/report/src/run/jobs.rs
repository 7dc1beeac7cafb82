//! The table `jobs`, counted by size, site and outcome in one pass.

use crate::{Error, format};
use base::Span;
use std::collections::BTreeMap;
use std::path::Path;
use tables::{Sketch, read};

/// How many jobs ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Ran to their end.
    pub finished: u64,
    /// No site can ever hold them.
    pub rejected: u64,
    /// Were running when the run ended.
    pub running: u64,
    /// Were waiting when the run ended.
    pub waiting: u64,
}

/// Jobs of about one size.
#[derive(Clone, Debug, Default)]
pub struct SizeClass {
    /// How many.
    pub jobs: u64,
    /// Accelerator hours that they held.
    pub held_gpu_hours: f64,
    /// Hours that they ran.
    pub held_hours: f64,
    /// How often failures stopped them.
    pub interruptions: u64,
    /// Times in a queue of those that ran.
    pub waits: Sketch,
}

/// The jobs of a run.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    /// How many rows there are.
    pub rows: u64,
    /// How they ended.
    pub outcomes: Outcomes,
    /// Times in a queue of all that ran.
    pub waits: Sketch,
    /// By size, in powers of two: class -2 has no accelerator, -1 a part of one, 0 one, and n more than 2^(n-1) and up
    /// to 2^n.
    pub sizes: BTreeMap<i32, SizeClass>,
}

/// Sizes told apart where curves would be too many: the last class of each group, and its name.
pub const SIZE_GROUPS: [(i32, &str); 8] = [
    (-2, "no GPU"),
    (-1, "part of a GPU"),
    (0, "1 GPU"),
    (3, "2 to 8 GPUs"),
    (6, "9 to 64 GPUs"),
    (9, "65 to 512 GPUs"),
    (12, "513 to 4,096 GPUs"),
    (i32::MAX, "more than 4,096 GPUs"),
];

const COLUMNS: [&str; 6] = ["outcome", "gpus", "nodes", "wait_s", "held_gpu_hours", "interruptions"];

impl Jobs {
    pub(super) fn read(folder: &Path) -> Result<Jobs, Error> {
        let batches = read::open(folder, &tables::jobs::TABLE, &COLUMNS)?;
        let mut jobs = Jobs { rows: batches.rows(), ..Jobs::default() };
        // Nearly all jobs fall into a few classes: an array by class beside the loop, a map at its end.
        let mut classes: Vec<SizeClass> = Vec::new();
        for batch in batches {
            let batch = batch?;
            let (outcomes, gpus) = (batch.texts("outcome")?, batch.numbers("gpus")?);
            let (nodes, waits) = (batch.integers("nodes")?, batch.numbers("wait_s")?);
            let held = batch.numbers("held_gpu_hours")?;
            let stops = batch.integers("interruptions")?;
            for row in 0..batch.len() {
                jobs.outcomes.add(outcomes.get(row).unwrap_or(""));
                let size = gpus.get(row).unwrap_or(0.0);
                let place = usize::try_from(class(size) + 2).unwrap_or(0);
                if place >= classes.len() {
                    classes.resize_with(place + 1, SizeClass::default);
                }
                let class = &mut classes[place];
                class.jobs += 1;
                let held = held.get(row).unwrap_or(0.0);
                class.held_gpu_hours += held;
                class.held_hours += if size > 0.0 { held / size } else { 0.0 };
                class.interruptions +=
                    stops.get(row).and_then(|stops| u64::try_from(stops).ok()).unwrap_or(0);
                // A job that never ran has no waiting time yet.
                if nodes.get(row).unwrap_or(0) > 0 {
                    let wait = Span::from_seconds_f64(waits.get(row).unwrap_or(0.0)).unwrap_or(Span::ZERO);
                    class.waits.add(wait);
                }
            }
        }
        for (place, class) in classes.into_iter().enumerate().filter(|(_, class)| class.jobs > 0) {
            jobs.waits.merge(&class.waits);
            jobs.sizes.insert(place as i32 - 2, class);
        }
        Ok(jobs)
    }

    /// Accelerator hours that all jobs held.
    pub fn held_gpu_hours(&self) -> f64 {
        self.sizes.values().map(|class| class.held_gpu_hours).sum()
    }

    /// The waiting times by groups of sizes that have jobs that ran.
    pub fn waits_by_group(&self) -> Vec<(&'static str, Sketch)> {
        let mut after = i32::MIN;
        let mut groups = Vec::new();
        for (last, name) in SIZE_GROUPS {
            let mut waits = Sketch::default();
            self.sizes
                .iter()
                .filter(|(class, _)| **class > after && **class <= last)
                .for_each(|(_, class)| waits.merge(&class.waits));
            if waits.count() > 0 {
                groups.push((name, waits));
            }
            after = last;
        }
        groups
    }
}

impl Outcomes {
    fn add(&mut self, outcome: &str) {
        match outcome {
            "finished" => self.finished += 1,
            "rejected" => self.rejected += 1,
            "running" => self.running += 1,
            "waiting" => self.waiting += 1,
            _ => {}
        }
    }
}

/// The class of a job's size.
fn class(gpus: f64) -> i32 {
    match gpus {
        _ if gpus.is_nan() || gpus <= 0.0 => -2,
        _ if gpus < 1.0 => -1,
        // More accelerators than 2^40 are a broken table, not a size.
        _ => (libm::ceil(libm::log2(gpus)) as i32).min(40),
    }
}

/// The sizes of a class in words: `1`, `2`, `3–4`.
pub fn class_name(class: i32) -> String {
    match class {
        ..=-2 => "none".to_string(),
        -1 => "part of one".to_string(),
        0 => "1".to_string(),
        1 => "2".to_string(),
        _ => {
            let most = 1_u64 << class.min(40);
            format!("{}–{}", format::count(most / 2 + 1), format::count(most))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_classed_by_powers_of_two() {
        let cases = [
            (0.0, "none"),
            (0.25, "part of one"),
            (1.0, "1"),
            (1.5, "2"),
            (2.0, "2"),
            (3.0, "3–4"),
            (4.0, "3–4"),
            (8.0, "5–8"),
            (9.0, "9–16"),
            (1024.0, "513–1,024"),
            (f64::NAN, "none"),
        ];
        for (gpus, name) in cases {
            assert_eq!(class_name(class(gpus)), name, "{gpus}");
        }
        assert_eq!(class(f64::INFINITY), 40);
    }
}
