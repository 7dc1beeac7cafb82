//! `stargate export`: the books of a run in the forms of other tools.

use super::Verdict;
use crate::beside;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text::shown;
use clap::Args;
use ledger::export::journal::Dialect;
use serde_json::json;
use std::path::PathBuf;
use tables::export;

/// Arguments of `stargate export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate export results --beancount                 writes results/books.beancount
  stargate export results --hledger -o books.journal
  stargate export results --focus                     charges as FOCUS has them, in CSV
  stargate export results --focus --parquet")]
pub struct Arguments {
    /// Folder of a run whose scenario keeps books
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
    /// Parquet instead of CSV
    #[arg(long, requires = "focus")]
    parquet: bool,
    /// Where to write it [default: a file in the folder]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes the file.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    let folder = &arguments.folder;
    if !export::has_books(folder).map_err(Failure::from_display)? {
        let message = format!("the run in `{}` kept no books", folder.display());
        return Err(Failure::with_hint(message, "add `[books]` to the scenario, and run it again"));
    }
    let [beancount, hledger, csv, parquet] = export::FILES;
    let (name, unit) = match arguments {
        Arguments { beancount: true, .. } => (beancount, "postings"),
        Arguments { hledger: true, .. } => (hledger, "postings"),
        Arguments { focus: true, parquet: true, .. } => (parquet, "charges"),
        Arguments { focus: true, .. } => (csv, "charges"),
        _ => {
            let hint = "give one of `--beancount`, `--hledger`, `--focus`";
            return Err(Failure::with_hint("nothing says in which form".to_owned(), hint));
        }
    };
    let path = arguments.out.clone().unwrap_or_else(|| folder.join(name));
    let count = beside::working(printer, "writing the export", || match arguments {
        Arguments { beancount: true, .. } => export::journal(folder, Dialect::Beancount, &path),
        Arguments { hledger: true, .. } => export::journal(folder, Dialect::Hledger, &path),
        Arguments { parquet: true, .. } => export::focus_parquet(folder, &path),
        _ => export::focus_csv(folder, &path),
    });
    let count = count.map_err(Failure::from_display)?;
    if printer.json() {
        printer.document(&json!({ "ok": true, "file": shown(&path), unit: count }))?;
    } else {
        printer.data(&format!("{}\n", path.display()))?;
        printer.say(&format!("{count} {unit}"));
    }
    Ok(Verdict::Yes)
}
