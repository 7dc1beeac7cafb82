//! `stargate explain RUN WHAT`: what led to a result of a run, in sentences.

use crate::failure::Failure;
use crate::printer::Printer;
use crate::text::plural;
use base::closest;
use serde_json::{Map, Value, json};
use std::path::Path;
use tables::{Table, agreements, allotments, read};

/// A row by its columns.
type Row = Vec<(&'static str, Option<String>)>;

/// Tells what is asked for: `offer/7`, `agreement/KEY`, `agreements`.
pub fn execute(folder: &Path, what: &str, printer: &mut Printer) -> Result<(), Failure> {
    let (kind, name) = what.split_once('/').unwrap_or((what, ""));
    match kind {
        "offer" => offer(folder, name, printer),
        "agreement" => agreement(folder, name, printer),
        "agreements" if name.is_empty() => timeline(folder, printer),
        _ => {
            let known = ["posting/1234", "offer/7", "agreement/KEY", "agreements"];
            let hint = match closest(kind, ["posting", "offer", "agreement", "agreements"]) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("one of `{}`", known.join("`, `")),
            };
            Err(Failure::with_hint(format!("`{what}` is nothing that a run can explain"), hint))
        }
    }
}

/// All rows of a table; a run without agreements has none.
fn rows(folder: &Path, table: &'static Table) -> Result<Vec<Row>, Failure> {
    if !folder.join(table.parquet_name()).exists() {
        let message = format!("`{}` has no agreements and no offers", folder.display());
        let hint = "add `[agreement.NAME]` and `[offer.NAME]` to its scenario";
        return Err(Failure::with_hint(message, hint));
    }
    let mut rows = Vec::new();
    for batch in read::open(folder, table, &[]).map_err(Failure::from_display)? {
        let batch = batch.map_err(Failure::from_display)?;
        for at in 0..batch.len() {
            let mut row: Row = Vec::new();
            for column in table.columns {
                row.push((column.name, batch.cell(at, column.name).map_err(Failure::from_display)?));
            }
            rows.push(row);
        }
    }
    Ok(rows)
}

fn get<'r>(row: &'r Row, name: &str) -> &'r str {
    row.iter().find(|(known, _)| *known == name).and_then(|(_, value)| value.as_deref()).unwrap_or("")
}

/// The row as JSON: numbers where the column holds numbers.
fn object(table: &Table, row: &Row) -> Value {
    let value = |name: &str, cell: &Option<String>| match cell {
        None => Value::Null,
        Some(text) => match table.column(name).map(|column| column.kind) {
            Some(tables::Kind::Integer | tables::Kind::Number) => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
            }
            _ => Value::String(text.clone()),
        },
    };
    Value::Object(
        row.iter().map(|(name, cell)| ((*name).to_owned(), value(name, cell))).collect::<Map<_, _>>(),
    )
}

fn offer(folder: &Path, name: &str, printer: &mut Printer) -> Result<(), Failure> {
    let all = rows(folder, &agreements::TABLE)?;
    let ours = |row: &&Row| !name.is_empty() && (get(row, "offer") == name || get(row, "offer_key") == name);
    let steps: Vec<&Row> = all.iter().filter(ours).collect();
    let Some(first) = steps.first() else {
        let keys: Vec<&str> =
            all.iter().map(|row| get(row, "offer_key")).filter(|key| !key.is_empty()).collect();
        let hint = match closest(name, keys.iter().copied()) {
            Some(near) => format!("did you mean `offer/{near}`?"),
            None => format!("`stargate show {} agreements` lists them", folder.display()),
        };
        return Err(Failure::with_hint(format!("the run has no offer `{name}`"), hint));
    };
    let bound = rows(folder, &allotments::TABLE)?;
    let bound: Vec<&Row> = bound.iter().filter(|row| get(row, "offer") == get(first, "offer")).collect();
    if printer.json() {
        return printer.document(&json!({
            "offer": get(first, "offer").parse::<u64>().unwrap_or(0),
            "key": get(first, "offer_key"),
            "steps": steps.iter().map(|row| object(&agreements::TABLE, row)).collect::<Vec<_>>(),
            "allotments": bound.iter().map(|row| object(&allotments::TABLE, row)).collect::<Vec<_>>(),
        }));
    }
    let title = format!("offer {}: {}", get(first, "offer"), get(first, "offer_key"));
    let mut text = format!("{}\n\n", printer.heading(&title));
    steps.iter().for_each(|row| text.push_str(&step(row)));
    if bound.is_empty() {
        text.push_str("\nNothing is bound by the end of the run.\n");
    } else {
        text.push_str(&format!("\nBound: {}.\n", plural(bound.len(), "part")));
    }
    printer.data(&text)
}

/// A step in a sentence: when, under which agreement, what, by which clause, where it is written.
fn step(row: &Row) -> String {
    let agreement = match get(row, "agreement") {
        "" => String::new(),
        key => format!(" under `{key}`"),
    };
    let blocks = match get(row, "blocks") {
        "" => String::new(),
        blocks => format!(" on {blocks}"),
    };
    let notice = match get(row, "notice") {
        "" => String::new(),
        digest => format!(", notice {}", &digest[..digest.len().min(8)]),
    };
    let place = match get(row, "place") {
        "" => String::new(),
        place => format!(", {place}"),
    };
    format!(
        "{}{blocks}{agreement}: {} [{}{notice}{place}]\n",
        get(row, "time"),
        get(row, "sentence"),
        get(row, "clause")
    )
}

fn agreement(folder: &Path, name: &str, printer: &mut Printer) -> Result<(), Failure> {
    let all = rows(folder, &agreements::TABLE)?;
    let ours: Vec<&Row> =
        all.iter().filter(|row| !name.is_empty() && get(row, "agreement") == name).collect();
    if ours.is_empty() {
        let keys: Vec<&str> =
            all.iter().map(|row| get(row, "agreement")).filter(|key| !key.is_empty()).collect();
        let hint = match closest(name, keys.iter().copied()) {
            Some(near) => format!("did you mean `agreement/{near}`?"),
            None => format!("`stargate show {} agreements` lists what happened", folder.display()),
        };
        return Err(Failure::with_hint(format!("nothing happened under an agreement `{name}`"), hint));
    }
    if printer.json() {
        let steps: Vec<Value> = ours.iter().map(|row| object(&agreements::TABLE, row)).collect();
        return printer.document(&json!({ "agreement": name, "steps": steps }));
    }
    let kind = get(ours[0], "kind").replace('_', " ");
    let mut text = format!("{}\n\n", printer.heading(&format!("{name}: {kind}")));
    for row in ours {
        if get(row, "offer_key").is_empty() {
            text.push_str(&step(row));
        } else {
            text.push_str(&format!("offer {}: {}", get(row, "offer"), step(row)));
        }
    }
    printer.data(&text)
}

/// The whole time line: for programs with `--json`.
fn timeline(folder: &Path, printer: &mut Printer) -> Result<(), Failure> {
    if printer.json() {
        return printer.document(&document(folder)?.0);
    }
    let lines: String = rows(folder, &agreements::TABLE)?.iter().map(step).collect();
    printer.data(&lines)
}

/// The whole time line as one document, and how many rows it has.
pub fn document(folder: &Path) -> Result<(Value, u64), Failure> {
    let all = rows(folder, &agreements::TABLE)?;
    let bound = rows(folder, &allotments::TABLE)?;
    let document = json!({
        "timeline": all.iter().map(|row| object(&agreements::TABLE, row)).collect::<Vec<_>>(),
        "allotments": bound.iter().map(|row| object(&allotments::TABLE, row)).collect::<Vec<_>>(),
    });
    Ok((document, all.len() as u64))
}
