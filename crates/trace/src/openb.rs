//! The Alibaba openb pods: one CSV line for each pod of a cluster.
//!
//! Source: Q. Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient
//! Descent", USENIX ATC 2023. Times are seconds from the start of the log. A pod becomes a job of one task:
//! `creation_time` -> `submit`; `deletion_time` less `scheduled_time` -> `runtime`; `num_gpu` and `gpu_milli` (the share
//! of one accelerator, where it asks for one) -> accelerators; `gpu_spec` (`A|B`, empty for any) -> the models that will
//! do. A pod that was never scheduled never ran and is dropped, unless [`ReadOptions::openb_unscheduled`] asks for it.
//! `name`, `qos` and `pod_phase` have no place in a [`JobRecord`]; the job's number is the pod's position.

use crate::fault::{At, Fault, Fields};
use crate::format::Format;
use crate::lines::Lines;
use crate::philly::header_table;
use crate::reader::{Log, Parser, ReadOptions, TextRows};
use crate::record::{Demand, JobRecord};
use crate::rules;
use crate::table::Table;
use base::Span;
use std::sync::Arc;

const NAMES: [&str; 11] = [
    "name",
    "cpu_milli",
    "memory_mib",
    "num_gpu",
    "gpu_milli",
    "gpu_spec",
    "qos",
    "pod_phase",
    "creation_time",
    "deletion_time",
    "scheduled_time",
];
const CPU: usize = 1;
const MEMORY: usize = 2;
const GPUS: usize = 3;
const SHARE: usize = 4;
const SPEC: usize = 5;
const CREATED: usize = 8;
const DELETED: usize = 9;
const SCHEDULED: usize = 10;

pub(crate) struct Openb {
    table: Table,
    keep_unscheduled: bool,
    position: u64,
    /// The lists of models seen so far: a log has few different ones.
    specs: Vec<(Box<str>, Vec<Arc<str>>)>,
}

pub(crate) fn rows(mut lines: Lines, name: &str, options: &ReadOptions) -> Result<TextRows<Openb>, Fault> {
    let required = ["cpu_milli", "memory_mib", "num_gpu", "gpu_milli", "creation_time", "deletion_time"];
    let table = header_table(&mut lines, name, Format::Openb, &NAMES, &required)?;
    let openb = Openb { table, keep_unscheduled: options.openb_unscheduled, position: 0, specs: Vec::new() };
    Ok(TextRows::new(lines, name.to_string(), openb))
}

impl Parser for Openb {
    type Row = JobRecord;

    fn row(&mut self, at: At<'_>, log: &mut Log) -> Result<Option<JobRecord>, Fault> {
        if at.text.is_empty() {
            return Ok(None);
        }
        log.rows += 1;
        let id = self.position;
        self.position += 1;
        let fields = self.table.split(at)?;
        if fields.is_empty(DELETED) {
            log.drop_row("it was never deleted: its run time is not known", at.line);
            return Ok(None);
        }
        let (created, deleted) = (fields.seconds(CREATED)?, fields.seconds(DELETED)?);
        let began = match fields.is_empty(SCHEDULED) {
            false => fields.seconds(SCHEDULED)?,
            true if self.keep_unscheduled => created,
            true => {
                log.drop_row("it was never scheduled: its run time is not known", at.line);
                return Ok(None);
            }
        };
        check_times(&fields, created, began, deleted)?;
        let demand = demand(&fields)?;
        let accelerators = models(&mut self.specs, fields.text(SPEC));
        Ok(Some(JobRecord {
            id,
            submit: Span(created),
            runtime: Span(deleted - began),
            requested: None,
            demand,
            accelerators,
            tenant: None,
            priority: 0,
        }))
    }
}

fn check_times(fields: &Fields<'_>, created: i64, began: i64, deleted: i64) -> Result<(), Fault> {
    let (field, what) = if began < created {
        (SCHEDULED, "`scheduled_time` is before `creation_time`")
    } else if deleted < began {
        (DELETED, "`deletion_time` is before the pod began")
    } else {
        return Ok(());
    };
    Err(fields.fault(
        field,
        rules::CONTRADICTION,
        what.to_string(),
        "times count in seconds from the start of the log",
    ))
}

fn demand(fields: &Fields<'_>) -> Result<Demand, Fault> {
    let gpus = fields.count(GPUS, u64::from(u32::MAX) / 1000)? as u32;
    let share = if fields.is_empty(SHARE) { 1000 } else { fields.count_u32(SHARE)? };
    let wrong = match gpus {
        0 => None,
        1 if (1..=1000).contains(&share) => None,
        1 => Some("`gpu_milli` of one accelerator is between 1 and 1000"),
        _ if share == 1000 => None,
        _ => Some("a pod of several accelerators takes them whole: `gpu_milli` is 1000"),
    };
    if let Some(what) = wrong {
        let hint = "write the share of one accelerator in thousandths, or 1000 for whole ones";
        return Err(fields.fault(SHARE, rules::CONTRADICTION, what.to_string(), hint));
    }
    Ok(Demand {
        tasks: 1,
        gpu_milli: gpus * if gpus == 1 { share } else { 1000 },
        cpu_milli: fields.count_u32(CPU)?,
        memory_mib: fields.count_u32(MEMORY)?,
        divisible: false,
    })
}

/// The models of `A|B`, each name kept once.
pub(crate) fn models(specs: &mut Vec<(Box<str>, Vec<Arc<str>>)>, text: &str) -> Vec<Arc<str>> {
    if text.is_empty() {
        return Vec::new();
    }
    if let Some((_, models)) = specs.iter().find(|(known, _)| **known == *text) {
        return models.clone();
    }
    let models: Vec<Arc<str>> =
        text.split('|').map(str::trim).filter(|name| !name.is_empty()).map(Arc::from).collect();
    // A broken file could have a new list on every line.
    if specs.len() < 1000 {
        specs.push((text.into(), models.clone()));
    }
    models
}
