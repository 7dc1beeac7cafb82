//! `stargate report`: the page of a run, made from its tables only.

use super::Verdict;
use crate::beside;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text::shown;
use clap::Args;
use report::{FILE_NAME, Options};
use serde_json::json;
use std::path::PathBuf;

/// Arguments of `stargate report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate report results                        writes results/report.html
  stargate report results --title \"As planned\" -o planned.html")]
pub struct Arguments {
    /// Folder of a run
    #[arg(value_name = "DIR", default_value = super::simulate::DEFAULT_OUT)]
    folder: PathBuf,
    /// Heading of the page [default: the name of the scenario]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Where to write the page [default: report.html in the folder]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes the page again.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    let page = arguments.out.clone().unwrap_or_else(|| arguments.folder.join(FILE_NAME));
    let options = Options { title: arguments.title.clone() };
    beside::working(printer, "writing the page", || report::write(&arguments.folder, &options, &page))
        .map_err(Failure::from_display)?;
    if printer.json() {
        printer.document(&json!({ "ok": true, "report": shown(&page) }))?;
    } else {
        printer.data(&format!("{}\n", page.display()))?;
    }
    Ok(Verdict::Yes)
}
