//! Columns of a run's tables, a batch at a time.

use crate::column::{Kind, Table};
use crate::error::TableError;
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray,
};
use base::SimTime;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Rows of a batch, at most.
const BATCH_ROWS: usize = 8192;

/// The batches of a table, in the order of its rows.
pub struct Batches {
    table: &'static Table,
    path: PathBuf,
    rows: u64,
    reader: ParquetRecordBatchReader,
}

/// Opens a table of a results folder; `columns` names those to read, none for all.
///
/// # Errors
/// [`TableError::Io`]; [`TableError::Unreadable`] if the file is broken or lacks a column that is asked for;
/// [`TableError::NoColumn`] if the table has no such column.
pub fn open(folder: &Path, table: &'static Table, columns: &[&str]) -> Result<Batches, TableError> {
    let path = folder.join(table.parquet_name());
    let file = File::open(&path).map_err(TableError::io("read", &path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(TableError::unreadable(&path))?;
    let all: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let wanted = if columns.is_empty() { all.as_slice() } else { columns };
    for name in wanted {
        let column = table.column(name).ok_or_else(|| no_column(table, "", name))?;
        let found = builder.schema().field_with_name(name).map(|field| field.data_type().clone());
        if found.ok() != Some(column.kind.data_type()) {
            let reason =
                format!("it has no column `{name}` of {}s; another version wrote it", column.kind.name());
            return Err(TableError::Unreadable { path, reason });
        }
    }
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let mask = ProjectionMask::columns(builder.parquet_schema(), wanted.iter().copied());
    let reader = builder
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(TableError::unreadable(&path))?;
    Ok(Batches { table, path, rows, reader })
}

fn no_column(table: &Table, kind: &'static str, column: &str) -> TableError {
    let known: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    TableError::NoColumn {
        table: table.name.to_owned(),
        kind,
        column: column.to_owned(),
        known: known.join(", "),
    }
}

impl Batches {
    /// Rows of the whole table.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        Some(
            batch.map(|batch| Batch { table: self.table, batch }).map_err(TableError::unreadable(&self.path)),
        )
    }
}

/// Some rows of a table.
#[derive(Clone, Debug)]
pub struct Batch {
    table: &'static Table,
    batch: RecordBatch,
}

impl Batch {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows as an Arrow batch.
    pub fn arrow(&self) -> &RecordBatch {
        &self.batch
    }

    fn array<T: Array + Clone + 'static>(&self, kind: &'static str, name: &str) -> Result<T, TableError> {
        let array = self.batch.column_by_name(name).and_then(|array| array.as_any().downcast_ref::<T>());
        array.cloned().ok_or_else(|| no_column(self.table, kind, name))
    }

    /// A column of integers.
    ///
    /// # Errors
    /// [`TableError::NoColumn`], as for the others.
    pub fn integers(&self, name: &str) -> Result<Integers, TableError> {
        self.array("integer", name).map(Integers)
    }

    /// A column of numbers.
    ///
    /// # Errors
    /// [`TableError::NoColumn`].
    pub fn numbers(&self, name: &str) -> Result<Numbers, TableError> {
        self.array("number", name).map(Numbers)
    }

    /// A column of instants.
    ///
    /// # Errors
    /// [`TableError::NoColumn`].
    pub fn instants(&self, name: &str) -> Result<Instants, TableError> {
        self.array("instant", name).map(Instants)
    }

    /// A column of keys or of text.
    ///
    /// # Errors
    /// [`TableError::NoColumn`].
    pub fn texts(&self, name: &str) -> Result<Texts, TableError> {
        if let Ok(text) = self.array::<StringArray>("text", name) {
            return Ok(Texts { codes: None, names: text });
        }
        let keys: DictionaryArray<Int32Type> = self.array("text", name)?;
        let names = keys.values().as_any().downcast_ref::<StringArray>().cloned();
        let names = names.ok_or_else(|| no_column(self.table, "text", name))?;
        Ok(Texts { codes: Some(keys), names })
    }

    /// One value as text, for people: instants as `2026-01-31T00:00:00Z`, nothing for a missing one.
    pub fn cell(&self, row: usize, name: &str) -> Result<Option<String>, TableError> {
        let column = self.table.column(name).ok_or_else(|| no_column(self.table, "", name))?;
        Ok(match column.kind {
            Kind::Integer => self.integers(name)?.get(row).map(|value| value.to_string()),
            Kind::Number => self.numbers(name)?.get(row).map(|value| value.to_string()),
            Kind::Instant => self.instants(name)?.get(row).map(|value| value.to_string()),
            Kind::Key(_) | Kind::Text => self.texts(name)?.get(row).map(str::to_owned),
        })
    }
}

macro_rules! values {
    ($($(#[$doc:meta])* $name:ident($array:ty) -> $value:ty, $convert:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name($array);

        impl $name {
            /// The value in a row; `None` where it is missing or the batch has no such row.
            pub fn get(&self, row: usize) -> Option<$value> {
                (row < self.0.len() && self.0.is_valid(row)).then(|| $convert(self.0.value(row)))
            }

            /// All values in order.
            pub fn iter(&self) -> impl Iterator<Item = Option<$value>> {
                (0..self.0.len()).map(|row| self.get(row))
            }
        }
    )*};
}

values! {
    /// A column of integers.
    Integers(Int64Array) -> i64, |value| value;
    /// A column of numbers.
    Numbers(Float64Array) -> f64, |value| value;
    /// A column of instants.
    Instants(TimestampNanosecondArray) -> SimTime, SimTime;
}

/// A column of keys or of text.
#[derive(Clone, Debug)]
pub struct Texts {
    codes: Option<DictionaryArray<Int32Type>>,
    names: StringArray,
}

impl Texts {
    /// The value in a row; `None` where it is missing or the batch has no such row.
    pub fn get(&self, row: usize) -> Option<&str> {
        let index = match &self.codes {
            None => row,
            Some(codes) if row < codes.len() => codes.key(row)?,
            Some(_) => return None,
        };
        (index < self.names.len() && self.names.is_valid(index)).then(|| self.names.value(index))
    }

    /// All values in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.codes.as_ref().map_or(self.names.len(), Array::len)).map(|row| self.get(row))
    }
}
