//! Our own form as Parquet, read in batches.
//!
//! The types are taken from the Parquet schema alone, so that a file from any tool reads the same.

use crate::columns::{self, COLUMNS, Kind, NAMES};
use crate::fault::Fault;
use crate::format::Format;
use crate::meter::Meter;
use crate::openb::models;
use crate::own::{People, checked_demand};
use crate::reader::{Log, ReadOptions, Rows};
use crate::record::JobRecord;
use crate::rules;
use ::parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use ::parquet::file::reader::ChunkReader;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Schema};
use base::{Diagnostic, Place, Rule, Span, closest};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Rows of one batch.
const BATCH: usize = 8192;

pub(crate) struct ParquetRows {
    name: String,
    batches: ParquetRecordBatchReader,
    /// Where each column of ours is in the file.
    place: Vec<Option<usize>>,
    batch: Option<RecordBatch>,
    /// The next row of the batch.
    next: usize,
    /// Rows before the batch.
    before: u64,
    /// Rows of the file, as its footer says.
    all: u64,
    meter: Option<Arc<Meter>>,
    people: People,
    ended: bool,
}

/// Opens a file, or the bytes of one.
pub(crate) fn rows(
    source: impl ChunkReader + 'static,
    name: &str,
    options: &ReadOptions,
) -> Result<ParquetRows, Fault> {
    if source.len() == 0 {
        let mut fault = broken(name, rules::EMPTY, format!("`{name}` is empty"));
        fault.hint = Some("a Parquet file has at least its footer".to_string());
        return Err(fault);
    }
    let start = source.get_bytes(0, source.len().min(200) as usize).unwrap_or_default();
    let opened = guarded(name, || {
        let read = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(source, read)?;
        let schema = builder.schema().clone();
        let all = builder.metadata().file_metadata().num_rows();
        Ok((schema, u64::try_from(all).unwrap_or(0), builder.with_batch_size(BATCH).build()?))
    });
    let (schema, all, batches) = opened.map_err(|mut fault| {
        if let Some(other) = Format::of_text(&start).filter(|other| *other != Format::Parquet) {
            fault.hint = Some(format!("did you mean the format `{}`? the file looks like it", other.name()));
        }
        fault
    })?;
    let place = columns_of(&schema, name)?;
    let people = People::new(options);
    Ok(ParquetRows {
        name: name.to_string(),
        batches,
        place,
        batch: None,
        next: 0,
        before: 0,
        all,
        meter: options.meter.clone(),
        people,
        ended: false,
    })
}

/// Runs a part of the Parquet library. Its errors are diagnostics; so is a panic on a broken file, which the library
/// does not rule out.
fn guarded<T>(name: &str, work: impl FnOnce() -> ::parquet::errors::Result<T>) -> Result<T, Fault> {
    let why = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the Parquet library gave up on it".to_string(),
    };
    let first: String = why.lines().next().unwrap_or_default().chars().take(200).collect();
    let mut fault = broken(name, rules::PARQUET, format!("`{name}` cannot be read as Parquet: {first}"));
    fault.hint = Some("write it again, or convert it to CSV".to_string());
    Err(fault)
}

#[cold]
fn broken(name: &str, rule: &'static Rule, message: String) -> Fault {
    Box::new(Diagnostic::error(rule, message).with_place(Place::file(name)))
}

/// Finds our columns and checks their types.
fn columns_of(schema: &Schema, name: &str) -> Result<Vec<Option<usize>>, Fault> {
    let mut place = vec![None; COLUMNS.len()];
    for (index, field) in schema.fields().iter().enumerate() {
        let Some(column) = NAMES.iter().position(|name| name == field.name()) else {
            let mut fault = broken(name, rules::HEADER, format!("unknown column: `{}`", field.name()));
            fault.hint = Some(match closest(field.name(), NAMES.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the columns are `{}`", NAMES.join(",")),
            });
            return Err(fault);
        };
        if place[column].replace(index).is_some() {
            return Err(broken(name, rules::HEADER, format!("the column `{}` is there twice", field.name())));
        }
        let kind = COLUMNS[column].kind;
        if !fits(field.data_type(), kind) {
            let message = format!("the column `{}` is of the type {}", field.name(), field.data_type());
            let mut fault = broken(name, rules::PARQUET, message);
            fault.hint = Some(format!("write it as {}", kind.parquet()));
            return Err(fault);
        }
    }
    let missing: Vec<String> = COLUMNS
        .iter()
        .zip(&place)
        .filter(|(column, place)| column.required && place.is_none())
        .map(|(column, _)| format!("`{}`", column.name))
        .collect();
    if missing.is_empty() {
        return Ok(place);
    }
    let mut fault = broken(name, rules::HEADER, format!("columns are missing: {}", missing.join(", ")));
    fault.hint = Some("`docs/reference/trace.md` has the columns".to_string());
    Err(fault)
}

fn fits(data: &DataType, kind: Kind) -> bool {
    match kind {
        Kind::Flag => matches!(data, DataType::Boolean),
        Kind::Text => matches!(data, DataType::Utf8),
        Kind::Long | Kind::Count | Kind::Signed | Kind::Seconds => {
            data.is_integer()
                || matches!(data, DataType::Float32 | DataType::Float64 | DataType::Decimal128(_, 0..=9))
        }
    }
}

/// Billionths of the number in a row: exact for integers and decimals. `None` where it does not fit, or is not finite.
fn billionths(array: &dyn Array, row: usize) -> Option<i128> {
    let whole = |value: i128| Some(value * 1_000_000_000);
    let float = |value: f64| {
        let scaled = libm::round(value * 1e9);
        (scaled.abs() < 1e28).then_some(scaled as i128)
    };
    match array.data_type() {
        DataType::Int8 => whole(array.as_primitive::<Int8Type>().value(row).into()),
        DataType::Int16 => whole(array.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => whole(array.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => whole(array.as_primitive::<Int64Type>().value(row).into()),
        DataType::UInt8 => whole(array.as_primitive::<UInt8Type>().value(row).into()),
        DataType::UInt16 => whole(array.as_primitive::<UInt16Type>().value(row).into()),
        DataType::UInt32 => whole(array.as_primitive::<UInt32Type>().value(row).into()),
        DataType::UInt64 => whole(array.as_primitive::<UInt64Type>().value(row).into()),
        DataType::Float32 => float(array.as_primitive::<Float32Type>().value(row).into()),
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => {
            let value = array.as_primitive::<Decimal128Type>().value(row);
            value.checked_mul(10i128.checked_pow(9 - u32::try_from(*scale).ok()?)?)
        }
        _ => None,
    }
}

/// One row of a batch.
struct Row<'a> {
    batch: &'a RecordBatch,
    place: &'a [Option<usize>],
    row: usize,
    name: &'a str,
    /// Counted from 1 over the whole file.
    number: u64,
}

impl Row<'_> {
    fn array(&self, column: usize) -> Option<&dyn Array> {
        let array = self.batch.columns().get(self.place[column]?)?;
        (!array.is_null(self.row)).then_some(array.as_ref())
    }

    fn text(&self, column: usize) -> &str {
        self.array(column).map_or("", |array| array.as_string::<i32>().value(self.row)).trim()
    }

    fn flag(&self, column: usize) -> Option<bool> {
        self.array(column).map(|array| array.as_boolean().value(self.row))
    }

    /// A number in billionths between 0 (or `least`) and `most`; `None` where it is not given.
    fn number(&self, column: usize, least: i128, most: i128) -> Result<Option<i128>, Fault> {
        let Some(array) = self.array(column) else {
            if COLUMNS[column].required {
                return Err(self.fault(column, rules::NUMBER, "is not given".to_string()));
            }
            return Ok(None);
        };
        match billionths(array, self.row) {
            Some(value) if value < least && least == 0 => {
                Err(self.fault(column, rules::RANGE, "is negative".into()))
            }
            Some(value) if (least..=most).contains(&value) => Ok(Some(value)),
            Some(_) => Err(self.fault(column, rules::RANGE, "is out of range".into())),
            None => Err(self.fault(column, rules::NUMBER, "is not a finite number".into())),
        }
    }

    fn whole(&self, column: usize, least: i128, most: i128) -> Result<Option<i128>, Fault> {
        const UNIT: i128 = 1_000_000_000;
        match self.number(column, least * UNIT, most * UNIT)? {
            Some(value) if value % UNIT != 0 => {
                Err(self.fault(column, rules::NUMBER, "is not a whole number".into()))
            }
            value => Ok(value.map(|value| value / UNIT)),
        }
    }

    fn count(&self, column: usize, absent: u32) -> Result<u32, Fault> {
        Ok(self.whole(column, 0, u32::MAX.into())?.map_or(absent, |value| value as u32))
    }

    fn span(&self, column: usize) -> Result<Option<Span>, Fault> {
        Ok(self.number(column, 0, i64::MAX.into())?.map(|value| Span(value as i64)))
    }

    #[cold]
    fn fault(&self, column: usize, rule: &'static Rule, what: String) -> Fault {
        let name = COLUMNS[column].name;
        let value = self.array(column).and_then(|array| billionths(array, self.row));
        let mut fault = Diagnostic::error(rule, format!("`{name}` {what} in row {}", self.number))
            .with_place(Place::line(self.name, self.number, ""))
            .with_field(name)
            .with_hint(format!(
                "the column is {}; see `docs/reference/trace.md`",
                COLUMNS[column].kind.parquet()
            ));
        fault.value = value.map(|value| (value as f64 / 1e9).to_string());
        Box::new(fault)
    }

    fn record(&self, people: &mut People) -> Result<Option<JobRecord>, Fault> {
        let Ok(tenant) = people.tenant(self.text(columns::TENANT)) else { return Ok(None) };
        let gpu = self.count(columns::GPU, 0)?;
        let (cpu, memory) = (self.count(columns::CPU, 0)?, self.count(columns::MEMORY, 0)?);
        let tasks = self.count(columns::TASKS, 1)?;
        let demand = checked_demand(tasks, gpu, cpu, memory, self.flag(columns::DIVISIBLE)).map_err(
            |(column, what)| {
                let mut fault = self.fault(column, rules::CONTRADICTION, String::new());
                fault.message = format!("{what} (row {})", self.number);
                fault
            },
        )?;
        let id = self.whole(columns::ID, 0, u64::MAX.into())?;
        let priority = self.whole(columns::PRIORITY, i32::MIN.into(), i32::MAX.into())?;
        Ok(Some(JobRecord {
            id: id.map_or(self.number - 1, |id| id as u64),
            submit: self.span(columns::SUBMIT)?.unwrap_or_default(),
            runtime: self.span(columns::RUNTIME)?.unwrap_or_default(),
            requested: self.span(columns::REQUESTED)?,
            demand,
            accelerators: models(&mut people.models, self.text(columns::ACCELERATORS)),
            tenant,
            priority: priority.unwrap_or_default() as i32,
        }))
    }
}

impl Rows for ParquetRows {
    fn next_row(&mut self, log: &mut Log) -> Option<Result<(JobRecord, u64), Fault>> {
        while !self.ended {
            let Some(batch) = &self.batch else {
                match guarded(&self.name, || self.batches.next().transpose().map_err(Into::into)) {
                    Ok(Some(batch)) => self.batch = Some(batch),
                    Ok(None) => self.ended = true,
                    Err(fault) => {
                        self.ended = true;
                        return Some(Err(fault));
                    }
                }
                continue;
            };
            if self.next == batch.num_rows() {
                self.before += batch.num_rows() as u64;
                self.next = 0;
                self.batch = None;
                if let Some(meter) = &self.meter {
                    meter.rows(self.before, self.all);
                    if meter.stopped() {
                        self.ended = true;
                        return Some(Err(broken(
                            &self.name,
                            rules::UNREADABLE,
                            "reading was stopped".into(),
                        )));
                    }
                }
                continue;
            }
            let number = self.before + self.next as u64 + 1;
            let row = Row { batch, place: &self.place, row: self.next, name: &self.name, number };
            self.next += 1;
            log.rows += 1;
            match row.record(&mut self.people) {
                Ok(Some(record)) => return Some(Ok((record, number))),
                Ok(None) => log.leave_out(row.text(columns::TENANT), number),
                Err(fault) => return Some(Err(fault)),
            }
        }
        None
    }
}
