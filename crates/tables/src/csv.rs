//! A table as CSV: names in the first line, commas, quotes where they are needed (RFC 4180, but lines end in `\n`).

use crate::column::{Kind, Table};
use crate::error::TableError;
use crate::read::{self, Batch, Instants, Integers, Numbers, Texts};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes `table.csv` beside `table.parquet`.
pub(crate) fn write(folder: &Path, table: &'static Table) -> Result<(), TableError> {
    let path = folder.join(table.csv_name());
    let file = File::create(&path).map_err(TableError::io("create", &path))?;
    let mut sink = BufWriter::with_capacity(1 << 18, file);
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    writeln!(sink, "{}", names.join(",")).map_err(TableError::io("write", &path))?;
    for batch in read::open(folder, table, &[])? {
        let batch = batch?;
        let columns = Cells::of(&batch, table)?;
        write_rows(&mut sink, batch.len(), &columns).map_err(TableError::io("write", &path))?;
    }
    sink.flush().map_err(TableError::io("write", &path))
}

fn write_rows(sink: &mut impl Write, rows: usize, columns: &[Cells]) -> io::Result<()> {
    for row in 0..rows {
        for (i, column) in columns.iter().enumerate() {
            if i > 0 {
                sink.write_all(b",")?;
            }
            column.write(sink, row)?;
        }
        sink.write_all(b"\n")?;
    }
    Ok(())
}

enum Cells {
    Integers(Integers),
    Numbers(Numbers),
    Instants(Instants),
    Texts(Texts),
}

impl Cells {
    fn of(batch: &Batch, table: &Table) -> Result<Vec<Cells>, TableError> {
        let cells = |name, kind| {
            Ok(match kind {
                Kind::Integer => Cells::Integers(batch.integers(name)?),
                Kind::Number => Cells::Numbers(batch.numbers(name)?),
                Kind::Instant => Cells::Instants(batch.instants(name)?),
                Kind::Key(_) | Kind::Text => Cells::Texts(batch.texts(name)?),
            })
        };
        table.columns.iter().map(|column| cells(column.name, column.kind)).collect()
    }

    /// A missing value is an empty field; empty text is `""`.
    fn write(&self, sink: &mut impl Write, row: usize) -> io::Result<()> {
        match self {
            Cells::Integers(column) => column.get(row).map_or(Ok(()), |value| write!(sink, "{value}")),
            Cells::Numbers(column) => column.get(row).map_or(Ok(()), |value| write!(sink, "{value}")),
            Cells::Instants(column) => column.get(row).map_or(Ok(()), |value| write!(sink, "{value}")),
            Cells::Texts(column) => column.get(row).map_or(Ok(()), |text| write_text(sink, text)),
        }
    }
}

fn write_text(sink: &mut impl Write, text: &str) -> io::Result<()> {
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        write!(sink, "\"{}\"", text.replace('"', "\"\""))
    } else {
        sink.write_all(text.as_bytes())
    }
}
