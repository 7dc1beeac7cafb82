//! `stargate export`: the books and agreements of a run in the forms of other tools.

use super::Verdict;
use crate::beside;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text::shown;
use clap::Args;
use ledger::export::journal::Dialect;
use serde_json::json;
use std::path::{Path, PathBuf};
use tables::export;

/// Arguments of `stargate export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate export results --beancount                 writes results/books.beancount
  stargate export results --hledger -o books.journal
  stargate export results --focus                     charges as FOCUS has them, in CSV
  stargate export results --focus --parquet
  stargate export results --focus --commitments       what customers are bound to take
  stargate export results --timeline                  offers and agreements as JSON")]
pub struct Arguments {
    /// Folder of a run whose scenario keeps books, or has agreements
    #[arg(value_name = "DIR", default_value = super::simulate::DEFAULT_OUT)]
    folder: PathBuf,
    /// The journal for beancount
    #[arg(long, group = "form")]
    beancount: bool,
    /// The journal for hledger
    #[arg(long, group = "form")]
    hledger: bool,
    /// What customers owe, as FOCUS cost and usage rows
    #[arg(long, group = "form")]
    focus: bool,
    /// What happened under agreements and to offers, in JSON
    #[arg(long, group = "form")]
    timeline: bool,
    /// The rows of the contract commitment dataset instead of the charges
    #[arg(long, requires = "focus", conflicts_with_all = ["beancount", "hledger", "timeline"])]
    commitments: bool,
    /// Parquet instead of CSV
    #[arg(long, requires = "focus", conflicts_with_all = ["beancount", "hledger", "timeline"])]
    parquet: bool,
    /// Where to write it [default: a file in the folder]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes the file.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    let folder = &arguments.folder;
    let books = export::has_books(folder).map_err(Failure::from_display)?;
    if !books && !arguments.timeline {
        let message = format!("the run in `{}` kept no books", folder.display());
        return Err(Failure::with_hint(message, "add `[books]` to the scenario, and run it again"));
    }
    let [beancount, hledger, csv, parquet, commitments_csv, commitments_parquet, timeline] = export::FILES;
    let (name, unit) = match arguments {
        Arguments { beancount: true, .. } => (beancount, "postings"),
        Arguments { hledger: true, .. } => (hledger, "postings"),
        Arguments { timeline: true, .. } => (timeline, "events"),
        Arguments { commitments: true, parquet: true, .. } => (commitments_parquet, "commitments"),
        Arguments { commitments: true, .. } => (commitments_csv, "commitments"),
        Arguments { focus: true, parquet: true, .. } => (parquet, "charges"),
        Arguments { focus: true, .. } => (csv, "charges"),
        _ => {
            let hint = "give one of `--beancount`, `--hledger`, `--focus`, `--timeline`";
            return Err(Failure::with_hint("nothing says in which form".to_owned(), hint));
        }
    };
    let path = arguments.out.clone().unwrap_or_else(|| folder.join(name));
    if arguments.timeline {
        let count = write_timeline(folder, &path)?;
        return answer(&path, count, unit, printer);
    }
    let count = beside::working(printer, "writing the export", || match arguments {
        Arguments { beancount: true, .. } => export::journal(folder, Dialect::Beancount, &path),
        Arguments { hledger: true, .. } => export::journal(folder, Dialect::Hledger, &path),
        Arguments { commitments: true, parquet: true, .. } => export::commitments_parquet(folder, &path),
        Arguments { commitments: true, .. } => export::commitments_csv(folder, &path),
        Arguments { parquet: true, .. } => export::focus_parquet(folder, &path),
        _ => export::focus_csv(folder, &path),
    });
    answer(&path, count.map_err(Failure::from_display)?, unit, printer)
}

/// Writes what `stargate explain DIR agreements --json` says into a file; says how many events it has.
fn write_timeline(folder: &Path, path: &Path) -> Result<u64, Failure> {
    let (document, count) = super::explain_run::document(folder)?;
    std::fs::write(path, format!("{document:#}\n"))
        .map_err(|error| Failure::message(format!("cannot write `{}`: {error}", path.display())))?;
    Ok(count)
}

fn answer(path: &Path, count: u64, unit: &str, printer: &mut Printer) -> Result<Verdict, Failure> {
    if printer.json() {
        printer.document(&json!({ "ok": true, "file": shown(path), unit: count }))?;
    } else {
        printer.data(&format!("{}\n", path.display()))?;
        printer.say(&format!("{count} {unit}"));
    }
    Ok(Verdict::Yes)
}
