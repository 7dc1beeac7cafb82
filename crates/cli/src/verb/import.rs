//! `stargate import`: job logs of other systems, converted or fitted.

use super::Verdict;
use crate::beside;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text::{shown, whole};
use base::Diagnostics;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trace::fit::{FitOptions, fit_log};
use trace::swf::{Processor, SwfOptions, SwfTenant};
use trace::{Dropped, Format, ImportReport, Meter, ReadOptions, Reader};

/// Arguments of `stargate import`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate import log.swf.gz                      what is in it, and what would be left out
  stargate import log.swf.gz -o jobs.parquet      convert to our own form (.csv, .csv.gz, .parquet)
  stargate import philly.csv.gz --fit > fit.toml  a synthetic stream that looks like it

A log larger than memory is no trouble: rows are read one after the other.")]
pub struct Arguments {
    /// Job log
    #[arg(value_name = "LOG")]
    log: PathBuf,
    /// Write the jobs in our own form: `.csv`, `.csv.gz` or `.parquet`
    #[arg(short, long, value_name = "FILE", conflicts_with = "fit")]
    out: Option<PathBuf>,
    /// swf, philly, openb, csv or parquet [default: what its name says]
    #[arg(long, value_name = "NAME", value_parser = format)]
    format: Option<Format>,
    /// Print a synthetic workload that looks like this log
    #[arg(long)]
    fit: bool,
    /// Name of the fitted workload
    #[arg(long, value_name = "NAME", default_value = "fitted", requires = "fit", value_parser = key)]
    name: String,
    /// Put a log in order that is in none, on the disk beside the output
    #[arg(long)]
    sort: bool,
    /// Leave out the jobs of this tenant; may be given several times
    #[arg(long, value_name = "TENANT")]
    leave_out: Vec<String>,
    /// SWF: one processor is an `accelerator` or a `core`
    #[arg(long, value_enum, value_name = "UNIT", hide_possible_values = true, default_value_t = Stands::Accelerator)]
    processor: Stands,
    /// SWF: the tenant is the `user`, `group`, `queue` or `nobody`
    #[arg(long, value_enum, value_name = "FIELD", hide_possible_values = true, default_value_t = Field::User)]
    tenant: Field,
    /// openb: keep pods that were never scheduled
    #[arg(long)]
    keep_unscheduled: bool,
}

/// What a processor of a log stands for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Stands {
    Accelerator,
    Core,
}

/// A field that names the tenant.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Field {
    User,
    Group,
    Queue,
    Nobody,
}

fn format(name: &str) -> Result<Format, String> {
    Format::parse(name).ok_or_else(|| {
        let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
        format!("one of {}", names.join(", "))
    })
}

fn key(name: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match !name.is_empty() && name.chars().all(fits) {
        true => Ok(name.to_owned()),
        false => Err("letters, digits, `-` and `_`".to_owned()),
    }
}

impl Arguments {
    fn options(&self, meter: Arc<Meter>) -> ReadOptions {
        let processor = match self.processor {
            Stands::Accelerator => Processor::Accelerator,
            Stands::Core => Processor::Core,
        };
        let tenant = match self.tenant {
            Field::User => SwfTenant::User,
            Field::Group => SwfTenant::Group,
            Field::Queue => SwfTenant::Queue,
            Field::Nobody => SwfTenant::Nobody,
        };
        ReadOptions {
            sort: self.sort,
            leave_out: self.leave_out.clone(),
            swf: SwfOptions { processor, tenant },
            openb_unscheduled: self.keep_unscheduled,
            meter: Some(meter),
            ..ReadOptions::default()
        }
    }
}

/// Converts, fits or looks.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    let format = arguments.format.or_else(|| Format::of_path(&arguments.log)).ok_or_else(|| {
        let names: Vec<String> = Format::ALL.iter().map(|f| format!("`--format {}`", f.name())).collect();
        Failure::with_hint(
            format!("cannot tell the format of `{}` from its name", arguments.log.display()),
            format!("say one of {}", names.join(", ")),
        )
    })?;
    match &arguments.out {
        Some(out) => convert(arguments, format, out, printer)?,
        None if arguments.fit => print_fit(arguments, format, printer)?,
        None => look(arguments, format, printer)?,
    }
    Ok(Verdict::Yes)
}

fn convert(arguments: &Arguments, format: Format, out: &Path, printer: &mut Printer) -> Result<(), Failure> {
    let report = beside::reading(printer, |meter| {
        Ok(trace::import(&arguments.log, format, out, &arguments.options(meter))?)
    })?;
    warn_of_nobody(&report.left_out_in_vain, printer);
    if printer.json() {
        return printer.document(&document(&report, out));
    }
    tell_rows(report.rows, report.kept, &report.dropped, printer);
    for (field, becomes) in report.lost_fields {
        printer.detail(&format!("  field `{field}`: {becomes}"));
    }
    if let Some(start) = report.start {
        printer.say(&format!("times count from {start}"));
    }
    let hours = whole(report.gpu_hours);
    printer
        .say(&format!("{hours} accelerator-hours submitted over {:.1} days", report.length.hours() / 24.0));
    printer.data(&format!("{}\n", out.display()))
}

fn document(report: &ImportReport, out: &Path) -> Value {
    let lost =
        report.lost_fields.iter().map(|(field, becomes)| json!({ "field": field, "becomes": becomes }));
    json!({
        "ok": true, "out": shown(out), "format": report.format.name(), "rows": report.rows, "jobs": report.kept,
        "left_out": left_out(&report.dropped), "left_out_in_vain": names(&report.left_out_in_vain),
        "lost_fields": lost.collect::<Vec<_>>(),
        "start": report.start.map(|start| start.to_string()), "length_s": report.length.seconds(),
        "gpu_hours": report.gpu_hours,
    })
}

fn names(in_vain: &[(String, Option<String>)]) -> Vec<&str> {
    in_vain.iter().map(|(name, _)| name.as_str()).collect()
}

/// Says which names of `--leave-out` nobody has.
fn warn_of_nobody(in_vain: &[(String, Option<String>)], printer: &mut Printer) {
    for (name, near) in in_vain {
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write the tenant as the log names it".to_owned(),
        };
        printer.say(&format!("warning: `--leave-out {name}`: no job is of this tenant\nhint: {hint}"));
    }
}

fn left_out(dropped: &[Dropped]) -> Vec<Value> {
    let one = |d: &Dropped| json!({ "reason": d.reason, "rows": d.rows, "first_line": d.first_line });
    dropped.iter().map(one).collect()
}

fn tell_rows(rows: u64, kept: u64, dropped: &[Dropped], printer: &mut Printer) {
    printer.say(&format!("{} rows, {} jobs", whole(rows as f64), whole(kept as f64)));
    for dropped in dropped {
        let (rows, line) = (whole(dropped.rows as f64), dropped.first_line);
        printer.say(&format!("  left out {rows}: {} (first in line {line})", dropped.reason));
    }
}

/// Reads the log to its end and says what is in it.
fn look(arguments: &Arguments, format: Format, printer: &mut Printer) -> Result<(), Failure> {
    let (reader, jobs, gpu_hours) = beside::reading(printer, |meter| {
        let mut reader = trace::open(&arguments.log, format, &arguments.options(meter))?;
        let (mut jobs, mut gpu_hours, mut mistakes) = (0u64, 0.0, Diagnostics::new());
        for record in reader.by_ref() {
            match record {
                Ok(record) => {
                    jobs += 1;
                    gpu_hours += record.demand.total_gpu_milli() as f64 / 1000.0 * record.runtime.hours();
                }
                Err(mistake) => mistakes.push(mistake),
            }
        }
        if mistakes.has_errors() { Err(mistakes.into()) } else { Ok((reader, jobs, gpu_hours)) }
    })?;
    answer_look(&reader, jobs, gpu_hours, printer)
}

fn answer_look(reader: &Reader, jobs: u64, gpu_hours: f64, printer: &mut Printer) -> Result<(), Failure> {
    let start = reader.start().map(|start| start.to_string());
    let in_vain = reader.left_out_in_vain();
    warn_of_nobody(&in_vain, printer);
    if printer.json() {
        return printer.document(&json!({
            "ok": true, "format": reader.format().name(), "rows": reader.rows_read(), "jobs": jobs,
            "left_out": left_out(reader.dropped()), "left_out_in_vain": names(&in_vain), "start": start, "gpu_hours": gpu_hours,
        }));
    }
    let mut text = format!(
        "{}: {} rows, {} jobs, {} accelerator-hours",
        reader.format().title(),
        whole(reader.rows_read() as f64),
        whole(jobs as f64),
        whole(gpu_hours)
    );
    text.extend(start.map(|start| format!(", times from {start}")));
    for dropped in reader.dropped() {
        let (rows, line) = (whole(dropped.rows as f64), dropped.first_line);
        text.push_str(&format!("\n  left out {rows}: {} (first in line {line})", dropped.reason));
    }
    printer.data(&(text + "\n"))
}

fn print_fit(arguments: &Arguments, format: Format, printer: &mut Printer) -> Result<(), Failure> {
    let (synthetic, report) = beside::reading(printer, |meter| {
        let reader = trace::open(&arguments.log, format, &arguments.options(meter))?;
        Ok(fit_log(reader, &FitOptions::default())?)
    })?;
    let section = sourced(&trace::to_toml(&synthetic, &arguments.name), arguments, report.jobs);
    let rows = report.rows();
    if printer.json() {
        let values = rows.iter().map(|(name, value, _)| ((*name).to_owned(), Value::from(value.as_str())));
        let fit: Map<String, Value> = values.collect();
        return printer.document(&json!({ "ok": true, "toml": section, "fit": fit }));
    }
    printer.data(&section)?;
    let lines: Vec<Vec<String>> = rows
        .iter()
        .map(|(name, value, doc)| vec![(*name).to_owned(), value.clone(), (*doc).to_owned()])
        .collect();
    printer.say(crate::text::aligned(&lines, &[1]).trim_end());
    Ok(())
}

/// The section with where its numbers come from.
fn sourced(section: &str, arguments: &Arguments, jobs: u64) -> String {
    let (heading, rest) = section.split_once('\n').unwrap_or((section, ""));
    let jobs = whole(jobs as f64);
    let source = format!("fit to {jobs} jobs of {} by `stargate import --fit`", name_of(&arguments.log));
    // A string of JSON is one of TOML too, but for a character that no terminal types: delete.
    let source = Value::from(source.replace('\u{7f}', " "));
    format!("{heading}\nsource = {source}\nkind = \"derived\"\n{rest}")
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
