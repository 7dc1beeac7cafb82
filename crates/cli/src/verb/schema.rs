//! `stargate schema`: the JSON Schema of scenario files, and the columns of the tables.

use super::Verdict;
use crate::failure::Failure;
use crate::printer::Printer;
use clap::Args;
use serde_json::json;
use tables::all_tables;

/// Arguments of `stargate schema`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate schema > stargate.schema.json
  stargate schema --tables           every column of every table: unit and meaning

An editor that knows TOML completes a scenario whose first line is
  #:schema ./stargate.schema.json")]
pub struct Arguments {
    /// Print the columns of the tables that a run writes
    #[arg(long)]
    tables: bool,
}

/// Prints the schema.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    match (arguments.tables, printer.json()) {
        (false, _) => printer.document(&scenario::json_schema())?,
        (true, true) => printer.document(&columns())?,
        (true, false) => printer.data(&reference())?,
    }
    Ok(Verdict::Yes)
}

/// Every table with its columns, as text.
fn reference() -> String {
    let mut text = String::new();
    for table in all_tables() {
        text.push_str(&format!("{}\n  {}\n", table.name, table.doc));
        for column in table.columns {
            let optional = if column.optional { ", optional" } else { "" };
            let unit = if column.unit.is_empty() { String::new() } else { format!(" [{}]", column.unit) };
            let kind = format!("{}{optional}{unit}", column.kind.name());
            text.push_str(&format!("  {:22}{kind:26}  {}\n", column.name, column.doc));
        }
        text.push('\n');
    }
    text
}

fn columns() -> serde_json::Value {
    let tables = all_tables().map(|table| {
        let columns = table.columns.iter().map(|column| {
            json!({
                "name": column.name, "kind": column.kind.name(), "optional": column.optional,
                "unit": column.unit, "doc": column.doc,
            })
        });
        json!({ "name": table.name, "doc": table.doc, "columns": columns.collect::<Vec<_>>() })
    });
    tables.collect()
}
