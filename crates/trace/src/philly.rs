//! The Philly jobs as one CSV file: `timestamp,duration,num_gpus,gpu_time,cluster`.
//!
//! Source: M. Jeon et al., "Analysis of Large-Scale Multi-Tenant GPU Clusters for DNN Training Workloads", USENIX ATC
//! 2019; the CSV form is that of the artefact of Sia (SOSP 2023). Rows are in no order, so the whole log is sorted. The clock is local
//! time without a zone and is taken for UTC; times count from the first job that is kept. `cluster` is the virtual
//! cluster and becomes the tenant. `gpu_time` is the product of two other columns and is checked, not kept. The log
//! has no user estimates and says nothing of how a job ended.

use crate::fault::{At, Fault, Fields};
use crate::format::Format;
use crate::lines::Lines;
use crate::number;
use crate::reader::{Log, Names, Parser, ReadOptions, Rows, TextRows, next_line};
use crate::record::{Demand, JobRecord};
use crate::rules;
use crate::sort::{Room, Sortable, Sorted, Sorter};
use crate::table::Table;
use base::{SimTime, Span};

const NAMES: [&str; 5] = ["timestamp", "duration", "num_gpus", "gpu_time", "cluster"];
const TIMESTAMP: usize = 0;
const DURATION: usize = 1;
const GPUS: usize = 2;
const GPU_TIME: usize = 3;
const CLUSTER: usize = 4;

/// A row while it waits to be sorted: 40 bytes.
struct Compact {
    /// Seconds since 1970.
    submit_s: i64,
    runtime: i64,
    line: u64,
    gpus: u32,
    tenant: u32,
}

/// The number of no tenant.
const NOBODY: u32 = u32::MAX;

impl Sortable for Compact {
    fn key(&self) -> (i64, u64) {
        (self.submit_s, self.line)
    }
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.submit_s.to_le_bytes());
        bytes.extend(self.runtime.to_le_bytes());
        bytes.extend(self.line.to_le_bytes());
        bytes.extend(self.gpus.to_le_bytes());
        bytes.extend(self.tenant.to_le_bytes());
    }
    fn take(bytes: &[u8]) -> Option<Compact> {
        let long = |at: usize| Some(i64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let short = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        Some(Compact {
            submit_s: long(0)?,
            runtime: long(8)?,
            line: long(16)? as u64,
            gpus: short(24)?,
            tenant: short(28)?,
        })
    }
}

struct Philly {
    table: Table,
    tenants: Names,
}

impl Parser for Philly {
    type Row = Compact;

    fn row(&mut self, at: At<'_>, log: &mut Log) -> Result<Option<Compact>, Fault> {
        if at.text.is_empty() {
            return Ok(None);
        }
        log.rows += 1;
        let fields = self.table.split(at)?;
        if fields.is_empty(DURATION) {
            log.drop_row("its duration is not known: it never ran", at.line);
            return Ok(None);
        }
        let submit_s = number::naive_timestamp(fields.bytes(TIMESTAMP)).ok_or_else(|| {
            let value: String = fields.text(TIMESTAMP).chars().take(40).collect();
            let message = format!("`timestamp` is not a date and time: `{value}`");
            fields.fault(TIMESTAMP, rules::TIMESTAMP, message, "write it as `2017-10-09 07:01:55`")
        })?;
        let runtime = fields.seconds(DURATION)?;
        let gpus = fields.count(GPUS, u64::from(u32::MAX) / 1000)? as u32;
        if gpus == 0 {
            log.drop_row("it asks for no accelerator", at.line);
            return Ok(None);
        }
        check_product(&fields, runtime, gpus)?;
        let tenant = match fields.text(CLUSTER) {
            "" => NOBODY,
            name => match self.tenants.number(name) {
                (_, true) => {
                    log.leave_out(name, at.line);
                    return Ok(None);
                }
                (number, false) => number,
            },
        };
        Ok(Some(Compact { submit_s, runtime, line: at.line, gpus, tenant }))
    }
}

/// `gpu_time` is duration times accelerators, to within the rounding of the second.
fn check_product(fields: &Fields<'_>, runtime: i64, gpus: u32) -> Result<(), Fault> {
    if fields.is_empty(GPU_TIME) {
        return Ok(());
    }
    let stated = i128::from(fields.seconds(GPU_TIME)?);
    let product = i128::from(runtime) * i128::from(gpus);
    // One second for each accelerator: some tools round the duration before they multiply, some after.
    if (stated - product).abs() <= 1_000_000_000 * i128::from(gpus) {
        return Ok(());
    }
    let seconds = product / 1_000_000_000;
    let message =
        format!("`gpu_time` is {}, but `duration` times `num_gpus` is {seconds}", fields.text(GPU_TIME));
    Err(fields.fault(
        GPU_TIME,
        rules::CONTRADICTION,
        message,
        "correct the one that is wrong, or leave `gpu_time` empty",
    ))
}

/// The rows, sorted at the first call.
pub(crate) struct PhillyRows {
    source: TextRows<Philly>,
    sorter: Option<Sorter<Compact>>,
    sorted: Option<Sorted<Compact>>,
    start_s: Option<i64>,
}

pub(crate) fn rows(mut lines: Lines, name: &str, options: &ReadOptions) -> Result<PhillyRows, Fault> {
    let table = header_table(&mut lines, name, Format::Philly, &NAMES, &NAMES)?;
    let philly = Philly { table, tenants: Names::new(&options.leave_out) };
    let room: Room = options.room();
    Ok(PhillyRows {
        source: TextRows::new(lines, name.to_string(), philly),
        sorter: Some(Sorter::new(name, room)),
        sorted: None,
        start_s: None,
    })
}

/// Reads the first line as a header; a file without one is a mistake of the file.
pub(crate) fn header_table(
    lines: &mut Lines,
    name: &str,
    format: Format,
    names: &'static [&'static str],
    required: &[&'static str],
) -> Result<Table, Fault> {
    match next_line(lines, name) {
        Ok(Some(at)) => Table::from_header(at, format, names, required, format != Format::Csv),
        Ok(None) => {
            let at = At { file: name, line: 1, text: b"" };
            let mut fault = at.whole(rules::EMPTY, format!("`{name}` is empty"));
            fault.hint = Some(format!("the first line should be `{}`", names.join(",")));
            Err(fault)
        }
        Err((fault, _)) => Err(fault),
    }
}

impl PhillyRows {
    fn record(&self, row: &Compact) -> JobRecord {
        let since = row.submit_s.saturating_sub(self.start_s.unwrap_or(row.submit_s));
        JobRecord {
            // The header is line 1, so the first job is number 0.
            id: row.line.saturating_sub(2),
            submit: Span::from_seconds(since),
            runtime: Span(row.runtime),
            requested: None,
            demand: Demand::gpus(row.gpus),
            accelerators: Vec::new(),
            tenant: self.source.parser.tenants.name(row.tenant),
            priority: 0,
        }
    }
}

impl Rows for PhillyRows {
    fn next_row(&mut self, log: &mut Log) -> Option<Result<(JobRecord, u64), Fault>> {
        while let Some(sorter) = &mut self.sorter {
            match self.source.next(log) {
                Some(Ok(row)) => match sorter.push(row) {
                    Ok(()) => {}
                    Err(fault) => {
                        self.sorter = None;
                        return Some(Err(fault));
                    }
                },
                Some(Err(fault)) => return Some(Err(fault)),
                None => match self.sorter.take()?.finish() {
                    Ok(sorted) => self.sorted = Some(sorted),
                    Err(fault) => return Some(Err(fault)),
                },
            }
        }
        let row = match self.sorted.as_mut()?.next()? {
            Ok(row) => row,
            Err(fault) => return Some(Err(fault)),
        };
        self.start_s.get_or_insert(row.submit_s);
        Some(Ok((self.record(&row), row.line)))
    }

    fn start(&self) -> Option<SimTime> {
        self.start_s.and_then(|seconds| seconds.checked_mul(1_000_000_000)).map(SimTime)
    }

    fn sorted(&self) -> bool {
        true
    }
}
