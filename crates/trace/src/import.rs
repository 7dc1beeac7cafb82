//! Converts any log to our own form.

use crate::format::Format;
use crate::reader::{Dropped, ReadOptions, open};
use crate::writers::Writer;
use base::{Diagnostic, Diagnostics, SimTime, Span};
use std::path::Path;

/// What an import did.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportReport {
    /// The format that was read.
    pub format: Format,
    /// Rows read: kept and dropped.
    pub rows: u64,
    /// Jobs written.
    pub kept: u64,
    /// Rows left out, by reason, each with the line of the first.
    pub dropped: Vec<Dropped>,
    /// Names of [`ReadOptions::leave_out`] that no job has, each with one that is like it.
    pub left_out_in_vain: Vec<(String, Option<String>)>,
    /// Fields of the format that our form cannot hold, each with what becomes of it.
    pub lost_fields: &'static [(&'static str, &'static str)],
    /// The instant that times count from, if the log says so.
    pub start: Option<SimTime>,
    /// From the first submission to the last.
    pub length: Span,
    /// Accelerator-hours of the jobs written.
    pub gpu_hours: f64,
}

/// Converts `input` to our own form at `output` (`.csv`, `.csv.gz` or `.parquet`), as a stream.
///
/// Nothing is left at `output` unless the whole log could be read. A log in no order is sorted on the disk, beside the
/// output, where [`ReadOptions::scratch`] names no other folder.
pub fn import(
    input: &Path,
    format: Format,
    output: &Path,
    options: &ReadOptions,
) -> Result<ImportReport, Diagnostics> {
    let one = |diagnostic: Diagnostic| Diagnostics(vec![diagnostic]);
    let mut options = options.clone();
    if options.scratch.is_none() {
        let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
        options.scratch = Some(folder.unwrap_or(Path::new(".")).to_path_buf());
    }
    let mut reader = open(input, format, &options).map_err(one)?;
    let mut writer = Writer::create(output).map_err(one)?;
    let mut mistakes = Diagnostics::new();
    let (mut first, mut last, mut gpu_hours) = (None, Span::ZERO, 0.0);
    for job in reader.by_ref() {
        match job {
            Ok(job) if mistakes.is_empty() => {
                first.get_or_insert(job.submit);
                last = job.submit;
                gpu_hours += job.demand.total_gpu_milli() as f64 / 1000.0 * job.runtime.hours();
                writer.write(&job).map_err(one)?;
            }
            // A log with a mistake is read on only to find the others.
            Ok(_) => {}
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let kept = writer.finish().map_err(one)?;
    Ok(ImportReport {
        format,
        rows: reader.rows_read(),
        kept,
        dropped: reader.dropped().to_vec(),
        left_out_in_vain: reader.left_out_in_vain(),
        lost_fields: lost_fields(format),
        start: reader.start(),
        length: last - first.unwrap_or(last),
        gpu_hours,
    })
}

/// Fields of a format that our own form cannot hold, each with what becomes of it.
pub fn lost_fields(format: Format) -> &'static [(&'static str, &'static str)] {
    match format {
        Format::Swf => &[
            ("wait", "a simulation gives its own"),
            ("allocated_processors", "used where requested_processors is not known"),
            ("cpu_time", "left out"),
            ("used_memory_kb", "left out"),
            (
                "status",
                "parts of a stopped job (2, 3, 4) are dropped; failed and cancelled jobs run as long as they did",
            ),
            ("executable", "left out"),
            ("queue", "left out, unless it names the tenant"),
            ("group", "left out, unless it names the tenant"),
            ("partition", "left out"),
            ("preceding_job", "left out: jobs do not wait for others"),
            ("think_time", "left out"),
        ],
        Format::Philly => &[("gpu_time", "checked: it is duration times num_gpus")],
        Format::Openb => &[
            ("name", "the position in the file becomes the number"),
            ("qos", "left out"),
            ("pod_phase", "left out"),
            ("scheduled_time", "only the run time, deletion_time less scheduled_time, is kept"),
        ],
        Format::Csv | Format::Parquet => &[],
    }
}

/// The fields of every format that our own form cannot hold, as a table in Markdown.
pub fn lost_fields_table() -> String {
    let mut table = String::from("| format | field | what becomes of it |\n|---|---|---|\n");
    for format in Format::ALL {
        for (field, becomes) in lost_fields(format) {
            table.push_str(&format!("| `{}` | {field} | {becomes} |\n", format.name()));
        }
    }
    table
}
