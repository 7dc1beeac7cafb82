//! `stargate report`: the page of a run, made from its tables only.

use super::Verdict;
use crate::failure::Failure;
use crate::printer::Printer;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Name of the page in the folder of a run.
const PAGE: &str = "report.html";

/// Arguments of `stargate report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate report results        writes results/report.html")]
pub struct Arguments {
    /// Folder of a run
    #[arg(value_name = "DIR", default_value = super::simulate::DEFAULT_OUT)]
    folder: PathBuf,
}

/// Writes the page again.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    let page = write(&arguments.folder, printer)?;
    if printer.json() {
        printer.document(&json!({ "ok": true, "report": page }))?;
    } else {
        printer.data(&format!("{}\n", page.display()))?;
    }
    Ok(Verdict::Yes)
}

/// Makes the page of the run in `folder` and writes it there: aside, then renamed.
pub fn write(folder: &Path, printer: &mut Printer) -> Result<PathBuf, Failure> {
    printer.detail("drawing the report");
    let html = stub_render(folder).map_err(Failure::from_display)?;
    let page = folder.join(PAGE);
    let aside = folder.join("report.html.new");
    std::fs::write(&aside, html)
        .and_then(|()| std::fs::rename(&aside, &page))
        .map_err(|error| Failure::message(format!("cannot write `{}`: {error}", page.display())))?;
    Ok(page)
}
fn stub_render(_: &Path) -> Result<String, String> {
    Ok("<html></html>".to_owned())
}
