//! Standard Workload Format, version 2.2.
//!
//! Source: S. J. Chapin et al., "Benchmarks and Standards for the Evaluation of Parallel Job Schedulers", JSSPP 1999,
//! and the field list of the Parallel Workloads Archive. One line is one job of 18 numbers; `-1` is "not known"; lines
//! that begin with `;` are the header or remarks.
//!
//! What becomes of the fields: job number -> `id`; submit time -> `submit`; run time -> `runtime`; requested
//! processors, or else allocated ones -> `demand`; requested time -> `requested`; requested memory (kilobytes for each
//! processor) -> memory; user, group or queue -> `tenant`. Wait time, processor time, used memory, status, executable,
//! partition, preceding job and think time have no place in a [`JobRecord`]; [`SwfJob`] keeps them.

use crate::fault::{At, Fault, Fields};
use crate::format::Format;
use crate::input::Input;
use crate::lines::{Line, Lines};
use crate::number::{self, NotANumber};
use crate::reader::{Log, Names, Parser, ReadOptions, Rows, TextRows, too_long};
use crate::record::{Demand, JobRecord};
use crate::rules;
use base::{Diagnostic, SimTime, Span};
use std::ops::Range;
use std::path::Path;

/// How the format is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SwfOptions {
    /// What one processor stands for.
    pub processor: Processor,
    /// Which field names the tenant.
    pub tenant: SwfTenant,
}

/// What one processor of a log stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Processor {
    /// One accelerator: the log's shape on today's machines.
    #[default]
    Accelerator,
    /// One processor core; the jobs ask for no accelerator.
    Core,
}

/// Which field of a log names the tenant: `user-12`, `group-3`, `queue-1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SwfTenant {
    /// Field 12.
    #[default]
    User,
    /// Field 13.
    Group,
    /// Field 15.
    Queue,
    /// None: the scenario says whose the jobs are.
    Nobody,
}

/// One line of a log, with all its 18 fields. `None` is the format's `-1`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwfJob {
    /// 1: counts from 1.
    pub job: Option<u64>,
    /// 2: from the start of the log.
    pub submit: Option<Span>,
    /// 3: from submission to start.
    pub wait: Option<Span>,
    /// 4: from start to end.
    pub runtime: Option<Span>,
    /// 5: processors it got.
    pub allocated_processors: Option<u64>,
    /// 6: processor time used, the mean over its processors.
    pub cpu_time: Option<Span>,
    /// 7: memory used, in kilobytes for each processor.
    pub used_memory_kb: Option<u64>,
    /// 8: processors it asked for.
    pub requested_processors: Option<u64>,
    /// 9: time it asked for.
    pub requested_time: Option<Span>,
    /// 10: memory it asked for, in kilobytes for each processor.
    pub requested_memory_kb: Option<u64>,
    /// 11: 1 completed, 0 failed, 5 cancelled; 2, 3, 4 are parts of a job that was stopped and went on.
    pub status: Option<u64>,
    /// 12: who submitted it.
    pub user: Option<u64>,
    /// 13: the user's group.
    pub group: Option<u64>,
    /// 14: the program.
    pub executable: Option<u64>,
    /// 15: the queue.
    pub queue: Option<u64>,
    /// 16: the part of the machine.
    pub partition: Option<u64>,
    /// 17: the job that had to end first.
    pub preceding_job: Option<u64>,
    /// 18: from that job's end to this submission.
    pub think_time: Option<Span>,
}

/// What the header of a log says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwfHeader {
    /// `MaxProcs`.
    pub max_procs: Option<u64>,
    /// `MaxNodes`.
    pub max_nodes: Option<u64>,
    /// `MaxJobs`.
    pub max_jobs: Option<u64>,
    /// `UnixStartTime`: the instant that `submit` counts from.
    pub start: Option<SimTime>,
    /// Every `Name: value` of the header in its order, those above too; at most 1000.
    pub entries: Vec<(String, String)>,
}

const NAMES: [&str; 18] = [
    "job",
    "submit",
    "wait",
    "runtime",
    "allocated_processors",
    "cpu_time",
    "used_memory_kb",
    "requested_processors",
    "requested_time",
    "requested_memory_kb",
    "status",
    "user",
    "group",
    "executable",
    "queue",
    "partition",
    "preceding_job",
    "think_time",
];

impl SwfJob {
    fn of(fields: &Fields<'_>) -> Result<SwfJob, Fault> {
        let number = |field: usize| -> Result<Option<u64>, Fault> {
            match fields.bytes(field) {
                b"-1" => Ok(None),
                _ => fields.count(field, u64::MAX).map(Some),
            }
        };
        let span = |field: usize| -> Result<Option<Span>, Fault> {
            match number::billionths(fields.bytes(field)) {
                Ok(value) if value >= 0 => Ok(Some(Span(value))),
                Ok(-1_000_000_000) => Ok(None),
                Ok(_) => Err(fields.not_a_number(field, NotANumber::Negative, "`-1` if it is not known")),
                Err(why) => Err(fields.not_a_number(field, why, "seconds, or `-1` if they are not known")),
            }
        };
        Ok(SwfJob {
            job: number(0)?,
            submit: span(1)?,
            wait: span(2)?,
            runtime: span(3)?,
            allocated_processors: number(4)?,
            cpu_time: span(5)?,
            used_memory_kb: number(6)?,
            requested_processors: number(7)?,
            requested_time: span(8)?,
            requested_memory_kb: number(9)?,
            status: number(10)?,
            user: number(11)?,
            group: number(12)?,
            executable: number(13)?,
            queue: number(14)?,
            partition: number(15)?,
            preceding_job: number(16)?,
            think_time: span(17)?,
        })
    }

    /// Processors that the job needs: those it asked for, or else those it got.
    pub fn processors(&self) -> Option<u64> {
        let known = |count: &u64| *count > 0;
        self.requested_processors.filter(known).or(self.allocated_processors.filter(known))
    }

    /// Why the line is no job for a simulation, if it is none.
    pub fn unusable(&self) -> Option<&'static str> {
        if matches!(self.status, Some(2..=4)) {
            Some("it is a part of a job that has its own line (status 2, 3 or 4)")
        } else if self.submit.is_none() {
            Some("its time of submission is not known")
        } else if self.runtime.is_none() {
            Some("its run time is not known: it was cancelled before it ran, or not recorded")
        } else if self.processors().is_none() {
            Some("its number of processors is not known")
        } else {
            None
        }
    }
}

/// A log as a stream of lines with all their fields, in the order of the file.
pub struct SwfReader {
    rows: TextRows<Raw>,
    header: SwfHeader,
    log: Log,
}

impl SwfReader {
    /// What the header says.
    pub fn header(&self) -> &SwfHeader {
        &self.header
    }
}

/// Opens a log for its raw fields; `open` gives jobs.
pub fn jobs(path: &Path, options: &ReadOptions) -> Result<SwfReader, Diagnostic> {
    let name = path.display().to_string();
    let read = || {
        let mut lines = Lines::new(Input::open(path, None)?, &name, options.max_line_bytes);
        let header = header(&mut lines, &name)?;
        check_first(&mut lines, &name)?;
        Ok(SwfReader {
            rows: TextRows::new(lines, name.clone(), Raw::default()),
            header,
            log: Log::default(),
        })
    };
    read().map_err(|fault: Fault| *fault)
}

impl Iterator for SwfReader {
    type Item = Result<SwfJob, Diagnostic>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.next(&mut self.log).map(|row| row.map_err(|fault| *fault))
    }
}

/// Splits lines at their blanks.
#[derive(Default)]
struct Raw {
    ranges: Vec<Range<usize>>,
}

impl Parser for Raw {
    type Row = SwfJob;

    fn row(&mut self, at: At<'_>, log: &mut Log) -> Result<Option<SwfJob>, Fault> {
        self.ranges.clear();
        let mut start = None;
        for (place, byte) in at.text.iter().enumerate() {
            match (byte.is_ascii_whitespace(), start) {
                (false, None) => start = Some(place),
                (true, Some(begin)) => {
                    self.ranges.push(begin..place);
                    start = None;
                }
                _ => {}
            }
        }
        self.ranges.extend(start.map(|begin| begin..at.text.len()));
        match self.ranges.first() {
            None => return Ok(None),
            Some(first) if at.text[first.start] == b';' => return Ok(None),
            Some(_) => log.rows += 1,
        }
        if self.ranges.len() != NAMES.len() {
            let message = format!("{} columns, where Standard Workload Format has 18", self.ranges.len());
            let mut fault = at.whole(rules::COLUMNS, message);
            fault.hint = Some("write `-1` for what is not known; remarks begin with `;`".to_string());
            return Err(fault);
        }
        SwfJob::of(&Fields { at, names: &NAMES, ranges: &self.ranges }).map(Some)
    }
}

/// Jobs out of the lines.
pub(crate) struct Jobs {
    raw: Raw,
    options: SwfOptions,
    tenants: Names,
    position: u64,
}

impl Parser for Jobs {
    type Row = JobRecord;

    fn row(&mut self, at: At<'_>, log: &mut Log) -> Result<Option<JobRecord>, Fault> {
        let Some(job) = self.raw.row(at, log)? else { return Ok(None) };
        self.position += 1;
        let (Some(submit), Some(runtime), Some(processors), None) =
            (job.submit, job.runtime, job.processors(), job.unusable())
        else {
            log.drop_row(job.unusable().unwrap_or("it is not complete"), at.line);
            return Ok(None);
        };
        let tenant = match self.tenant(&job) {
            Some((number, true)) => {
                log.leave_out(self.tenants.name(number).as_deref().unwrap_or_default(), at.line);
                return Ok(None);
            }
            Some((number, false)) => self.tenants.name(number),
            None => None,
        };
        let demand = self.demand(&job, processors).ok_or_else(|| {
            let fields = Fields { at, names: &NAMES, ranges: &self.raw.ranges };
            let asked = usize::from(job.requested_processors.is_some_and(|count| count > 0)) * 3 + 4;
            fields.not_a_number(
                asked,
                NotANumber::TooLarge,
                "at most 4,294,967 processors and 4 PiB of memory",
            )
        })?;
        let requested = job.requested_time.filter(|span| *span > Span::ZERO);
        Ok(Some(JobRecord {
            id: job.job.unwrap_or(self.position),
            submit,
            runtime,
            requested,
            demand,
            accelerators: Vec::new(),
            tenant,
            priority: 0,
        }))
    }
}

impl Jobs {
    fn tenant(&mut self, job: &SwfJob) -> Option<(u32, bool)> {
        let (kind, number) = match self.options.tenant {
            SwfTenant::User => ("user", job.user?),
            SwfTenant::Group => ("group", job.group?),
            SwfTenant::Queue => ("queue", job.queue?),
            SwfTenant::Nobody => return None,
        };
        Some(self.tenants.number(&format!("{kind}-{number}")))
    }

    /// `None` where a number does not fit.
    fn demand(&self, job: &SwfJob, processors: u64) -> Option<Demand> {
        let milli = u32::try_from(processors.checked_mul(1000)?).ok()?;
        let kilobytes = job.requested_memory_kb.unwrap_or(0).checked_mul(processors)?;
        let memory_mib = u32::try_from(kilobytes.div_ceil(1024)).ok()?;
        let (gpu_milli, cpu_milli) = match self.options.processor {
            Processor::Accelerator => (milli, 0),
            Processor::Core => (0, milli),
        };
        Some(Demand { tasks: 1, gpu_milli, cpu_milli, memory_mib, divisible: true })
    }
}

/// The rows of a log with its start.
pub(crate) struct SwfRows {
    rows: TextRows<Jobs>,
    start: Option<SimTime>,
}

impl Rows for SwfRows {
    fn next_row(&mut self, log: &mut Log) -> Option<Result<(JobRecord, u64), Fault>> {
        self.rows.next_row(log)
    }
    fn start(&self) -> Option<SimTime> {
        self.start
    }
}

pub(crate) fn rows(mut lines: Lines, name: &str, options: &ReadOptions) -> Result<SwfRows, Fault> {
    let start = header(&mut lines, name)?.start;
    check_first(&mut lines, name)?;
    let tenants = Names::new(&options.leave_out);
    let jobs = Jobs { raw: Raw::default(), options: options.swf, tenants, position: 0 };
    Ok(SwfRows { rows: TextRows::new(lines, name.to_string(), jobs), start })
}

/// Reads the remarks up to the first job.
fn header(lines: &mut Lines, name: &str) -> Result<SwfHeader, Fault> {
    let mut header = SwfHeader::default();
    loop {
        let number = lines.number() + 1;
        let line = match lines.next() {
            Line::Text(line) => line,
            // A remark may be as long as it likes.
            Line::TooLong(start) if start.starts_with(b";") => continue,
            Line::TooLong(start) => return Err(too_long(At { file: name, line: number, text: start })),
            Line::Failed(fault) => return Err(fault),
            Line::End => return Ok(header),
        };
        let line = line.trim_ascii();
        let Some(remark) = line.strip_prefix(b";") else {
            if line.is_empty() {
                continue;
            }
            lines.unread();
            return Ok(header);
        };
        // Remarks may hold names in any old encoding.
        let remark = String::from_utf8_lossy(remark);
        let Some((name, value)) = remark.split_once(':') else { continue };
        let (name, value) = (name.trim(), value.trim());
        let number = || number::count(value.as_bytes()).ok();
        match name {
            "MaxProcs" => header.max_procs = number(),
            "MaxNodes" => header.max_nodes = number(),
            "MaxJobs" => header.max_jobs = number(),
            "UnixStartTime" => {
                let seconds = number().and_then(|seconds| i64::try_from(seconds).ok());
                header.start = seconds.and_then(|s| s.checked_mul(1_000_000_000)).map(SimTime);
            }
            _ => {}
        }
        if header.entries.len() < 1000 && !name.is_empty() && !name.contains(' ') {
            header.entries.push((name.to_string(), value.to_string()));
        }
    }
}

/// A file of another format is told at its first line, not once for each line.
fn check_first(lines: &mut Lines, name: &str) -> Result<(), Fault> {
    let line = lines.number() + 1;
    match Format::of_text(lines.peek()?) {
        Some(other) if other != Format::Swf => {
            let text = lines.peek()?.split(|&byte| byte == b'\n').next().unwrap_or_default().to_vec();
            let at = At { file: name, line, text: &text };
            let mut fault = at.whole(rules::HEADER, "this is not Standard Workload Format".to_string());
            fault.hint = Some(format!("did you mean the format `{}`? the file looks like it", other.name()));
            Err(fault)
        }
        _ => Ok(()),
    }
}
