//! Our own form as CSV.

use crate::columns::{self, NAMES};
use crate::fault::{At, Fault, Fields};
use crate::format::Format;
use crate::lines::Lines;
use crate::number::{self, NotANumber};
use crate::openb::models;
use crate::philly::header_table;
use crate::reader::{Log, Names, Parser, ReadOptions, TextRows};
use crate::record::{Demand, JobRecord};
use crate::rules;
use crate::table::Table;
use base::Span;
use std::sync::Arc;

pub(crate) struct Own {
    table: Table,
    people: People,
    position: u64,
}

/// The names in a log, each kept once.
pub(crate) struct People {
    pub tenants: Names,
    pub models: Vec<(Box<str>, Vec<Arc<str>>)>,
}

impl People {
    pub(crate) fn new(options: &ReadOptions) -> People {
        People { tenants: Names::new(&options.leave_out), models: Vec::new() }
    }

    /// The tenant of a row; `Err` for one that is left out.
    pub(crate) fn tenant(&mut self, name: &str) -> Result<Option<Arc<str>>, LeftOut> {
        match name {
            "" => Ok(None),
            name => match self.tenants.number(name) {
                (_, true) => Err(LeftOut),
                (number, false) => Ok(self.tenants.name(number)),
            },
        }
    }
}

/// A job of a tenant that is left out.
pub(crate) struct LeftOut;

pub(crate) fn rows(mut lines: Lines, name: &str, options: &ReadOptions) -> Result<TextRows<Own>, Fault> {
    let table = header_table(&mut lines, name, Format::Csv, NAMES, &columns::required())?;
    let own = Own { table, people: People::new(options), position: 0 };
    Ok(TextRows::new(lines, name.to_string(), own))
}

impl Parser for Own {
    type Row = JobRecord;

    fn row(&mut self, at: At<'_>, log: &mut Log) -> Result<Option<JobRecord>, Fault> {
        if at.text.is_empty() {
            return Ok(None);
        }
        log.rows += 1;
        let position = self.position;
        self.position += 1;
        let quoted = memchr::memchr(b'"', at.text).is_some();
        let fields = if quoted { self.table.split_quoted(at)? } else { self.table.split(at)? };
        let text = |field: usize| -> std::borrow::Cow<'_, str> {
            let text = fields.text(field);
            if quoted { text.replace("\"\"", "\"").into() } else { text.into() }
        };
        let name = text(columns::TENANT);
        let Ok(tenant) = self.people.tenant(name.trim()) else {
            log.leave_out(name.trim(), at.line);
            return Ok(None);
        };
        let optional = |field: usize| -> Result<Option<Span>, Fault> {
            if fields.is_empty(field) { Ok(None) } else { fields.seconds(field).map(|n| Some(Span(n))) }
        };
        Ok(Some(JobRecord {
            id: if fields.is_empty(columns::ID) { position } else { fields.count(columns::ID, u64::MAX)? },
            submit: Span(fields.seconds(columns::SUBMIT)?),
            runtime: Span(fields.seconds(columns::RUNTIME)?),
            requested: optional(columns::REQUESTED)?,
            demand: demand(&fields)?,
            accelerators: models(&mut self.people.models, &text(columns::ACCELERATORS)),
            tenant,
            priority: priority(&fields)?,
        }))
    }
}

fn priority(fields: &Fields<'_>) -> Result<i32, Fault> {
    if fields.is_empty(columns::PRIORITY) {
        return Ok(0);
    }
    let wanted = "a whole number such as `0` or `-5`";
    let value = number::whole(fields.bytes(columns::PRIORITY))
        .and_then(|value| i32::try_from(value).map_err(|_| NotANumber::TooLarge));
    value.map_err(|why| fields.not_a_number(columns::PRIORITY, why, wanted))
}

fn demand(fields: &Fields<'_>) -> Result<Demand, Fault> {
    let or = |field: usize, absent: u32| -> Result<u32, Fault> {
        if fields.is_empty(field) { Ok(absent) } else { fields.count_u32(field) }
    };
    let divisible = match fields.bytes(columns::DIVISIBLE) {
        b"" => None,
        b"true" => Some(true),
        b"false" => Some(false),
        _ => {
            let message =
                format!("`divisible` is neither true nor false: `{}`", fields.text(columns::DIVISIBLE));
            return Err(fields.fault(columns::DIVISIBLE, rules::NUMBER, message, "write `true` or `false`"));
        }
    };
    let (tasks, gpu_milli) = (or(columns::TASKS, 1)?, fields.count_u32(columns::GPU)?);
    let (cpu_milli, memory_mib) = (or(columns::CPU, 0)?, or(columns::MEMORY, 0)?);
    checked_demand(tasks, gpu_milli, cpu_milli, memory_mib, divisible).map_err(|(field, what)| {
        fields.fault(
            field,
            rules::CONTRADICTION,
            what.to_string(),
            "see the columns in `docs/reference/trace.md`",
        )
    })
}

/// A demand that can be, or the column that contradicts the others.
pub(crate) fn checked_demand(
    tasks: u32,
    gpu_milli: u32,
    cpu_milli: u32,
    memory_mib: u32,
    divisible: Option<bool>,
) -> Result<Demand, (usize, &'static str)> {
    if tasks == 0 {
        return Err((columns::TASKS, "`tasks` is 0: a job has at least one"));
    }
    if gpu_milli > 1000 && !gpu_milli.is_multiple_of(1000) {
        return Err((columns::GPU, "`gpu_milli` is above 1000 and not whole accelerators"));
    }
    if tasks > 1 && divisible == Some(true) {
        return Err((columns::DIVISIBLE, "`divisible` is for one task; this job has several"));
    }
    let divisible = divisible.unwrap_or(tasks == 1 && gpu_milli >= 1000);
    Ok(Demand { tasks, gpu_milli, cpu_milli, memory_mib, divisible })
}
