//! The books of a run in the forms of other tools, made from its tables.

use crate::declared::{commitments, postings};
use crate::error::TableError;
use crate::manifest::Manifest;
use crate::read::{self, Batch, Instants, Integers, Texts};
use arrow_array::{ArrayRef, Decimal128Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use base::Money;
use ledger::export::Row;
use ledger::export::focus::{COLUMNS, COMMITMENT_COLUMNS, Charge, Committed, Quantity, charge, csv_cell};
use ledger::export::journal::{Dialect, Journal};
use parquet::arrow::ArrowWriter;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

/// Files that an export writes into the folder of a run, if no other name is given.
pub const FILES: [&str; 7] = [
    "books.beancount",
    "books.journal",
    "focus.csv",
    "focus.parquet",
    "focus-commitments.csv",
    "focus-commitments.parquet",
    "agreements.json",
];

/// Columns of FOCUS that hold numbers; in Parquet they are decimals with six places.
const NUMBERS: [&str; 11] = [
    "BilledCost",
    "CommitmentDiscountQuantity",
    "ConsumedQuantity",
    "ContractCommitmentCost",
    "ContractCommitmentQuantity",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "ListCost",
    "ListUnitPrice",
    "PricingQuantity",
];

/// Charges that are written together.
const BATCH: usize = 8192;

/// Whether the run kept books.
///
/// # Errors
/// [`TableError::NotResults`] if the folder is not that of a run.
pub fn has_books(folder: &Path) -> Result<bool, TableError> {
    Ok(Manifest::read(folder)?.has(&postings::TABLE))
}

/// Calls `each` with every posting of a run, in order, until it fails.
///
/// # Errors
/// [`TableError`] of reading, or what `each` says.
pub fn each_posting(
    folder: &Path,
    mut each: impl FnMut(u64, &Row<'_>) -> Result<(), TableError>,
) -> Result<(), TableError> {
    for batch in read::open(folder, &postings::TABLE, &[])? {
        let batch = batch?;
        let columns = Columns::of(&batch)?;
        for row in 0..batch.len() {
            let (posting, row) = columns.row(row);
            each(posting, &row)?;
        }
    }
    Ok(())
}

struct Columns {
    postings: Integers,
    entries: Integers,
    times: Instants,
    partners: Texts,
    accounts: Texts,
    counterparties: Texts,
    sites: Texts,
    amounts: Integers,
    quantities: Integers,
    units: Texts,
    facts: Texts,
    subjects: Texts,
    rules: Texts,
}

impl Columns {
    fn of(batch: &Batch) -> Result<Columns, TableError> {
        Ok(Columns {
            postings: batch.integers("posting")?,
            entries: batch.integers("entry")?,
            times: batch.instants("time")?,
            partners: batch.texts("partner")?,
            accounts: batch.texts("account")?,
            counterparties: batch.texts("counterparty")?,
            sites: batch.texts("site")?,
            amounts: batch.integers("amount_micro_usd")?,
            quantities: batch.integers("quantity")?,
            units: batch.texts("unit")?,
            facts: batch.texts("fact")?,
            subjects: batch.texts("subject")?,
            rules: batch.texts("rule")?,
        })
    }

    fn row(&self, at: usize) -> (u64, Row<'_>) {
        let number = |column: &Integers| column.get(at).map_or(0, i64::unsigned_abs);
        let row = Row {
            entry: number(&self.entries),
            time: self.times.get(at).unwrap_or_default(),
            partner: self.partners.get(at).unwrap_or_default(),
            account: self.accounts.get(at).unwrap_or_default(),
            counterparty: self.counterparties.get(at),
            site: self.sites.get(at),
            amount: Money(self.amounts.get(at).unwrap_or(0)),
            quantity: self.quantities.get(at),
            unit: self.units.get(at).unwrap_or_default(),
            fact: self.facts.get(at).unwrap_or_default(),
            subject: self.subjects.get(at).unwrap_or_default(),
            rule: self.rules.get(at).unwrap_or_default(),
        };
        (number(&self.postings), row)
    }
}

fn sink(path: &Path) -> Result<BufWriter<File>, TableError> {
    let file = File::create(path).map_err(TableError::io("create", path))?;
    Ok(BufWriter::with_capacity(1 << 20, file))
}

/// Writes the journal of a run for beancount or hledger; says how many postings it has.
///
/// # Errors
/// [`TableError`] of reading and writing.
pub fn journal(folder: &Path, dialect: Dialect, path: &Path) -> Result<u64, TableError> {
    let title = format!("the books of {}", Manifest::read(folder)?.scenario);
    let mut journal = Journal::new(sink(path)?, dialect, &title).map_err(TableError::io("write", path))?;
    let mut count = 0;
    each_posting(folder, |_, row| {
        count += 1;
        journal.post(row).map_err(TableError::io("write", path))
    })?;
    journal.finish().map_err(TableError::io("write", path))?;
    Ok(count)
}

/// Writes the charges of a run as FOCUS cost and usage rows in CSV; says how many.
///
/// # Errors
/// [`TableError`] of reading and writing.
pub fn focus_csv(folder: &Path, path: &Path) -> Result<u64, TableError> {
    let mut out = sink(path)?;
    let failed = || TableError::io("write", path);
    writeln!(out, "{}", COLUMNS.join(",")).map_err(failed())?;
    let mut count = 0;
    each_posting(folder, |_, row| {
        let Some(charge) = charge(row) else { return Ok(()) };
        count += 1;
        let cells: Vec<String> =
            COLUMNS.iter().map(|column| csv_cell(&charge.cell(column)).into_owned()).collect();
        writeln!(out, "{}", cells.join(",")).map_err(failed())
    })?;
    out.flush().map_err(failed())?;
    Ok(count)
}

/// Writes the charges of a run as FOCUS cost and usage rows in Parquet; says how many.
///
/// # Errors
/// [`TableError`] of reading and writing.
pub fn focus_parquet(folder: &Path, path: &Path) -> Result<u64, TableError> {
    let schema = schema(COLUMNS);
    let wrong = || TableError::encoding::<parquet::errors::ParquetError>("focus");
    let mut writer = ArrowWriter::try_new(sink(path)?, Arc::clone(&schema), None).map_err(wrong())?;
    let (mut waiting, mut count) = (Vec::with_capacity(BATCH), 0);
    let mut flush = |waiting: &mut Vec<Charge>| {
        let batch = batch(&schema, COLUMNS, waiting, Charge::cell)?;
        waiting.clear();
        writer.write(&batch).map_err(wrong())
    };
    each_posting(folder, |_, row| {
        waiting.extend(charge(row));
        count += u64::from(charge(row).is_some());
        if waiting.len() < BATCH { Ok(()) } else { flush(&mut waiting) }
    })?;
    flush(&mut waiting)?;
    writer.close().map_err(wrong())?;
    Ok(count)
}

/// What the run's commitments are, as rows of the contract commitment dataset; none where there are no commitments.
///
/// # Errors
/// [`TableError`] of reading.
pub fn commitments(folder: &Path) -> Result<Vec<Committed>, TableError> {
    let mut rows = Vec::new();
    if !Manifest::read(folder)?.has(&commitments::TABLE) {
        return Ok(rows);
    }
    for batch in read::open(folder, &commitments::TABLE, &[])? {
        let batch = batch?;
        let (contracts, numbers) = (batch.texts("agreement")?, batch.integers("period")?);
        let (from, until) = (batch.instants("begins")?, batch.instants("ends")?);
        let (first, last) = (batch.instants("contract_begins")?, batch.instants("contract_ends")?);
        let money = batch.integers("committed_micro_usd")?;
        let (quantities, units) = (batch.integers("committed_millionths")?, batch.texts("unit")?);
        let instant = |column: &Instants, at| column.get(at).unwrap_or_default();
        rows.extend((0..batch.len()).map(|at| Committed {
            contract: contracts.get(at).unwrap_or_default().to_owned(),
            number: numbers.get(at).unwrap_or_default(),
            money: money.get(at).map(Money),
            quantity: quantities.get(at).map(|quantity| Quantity(quantity.into())),
            unit: units.get(at).unwrap_or_default().to_owned(),
            period: (instant(&from, at), instant(&until, at)),
            contract_period: (instant(&first, at), instant(&last, at)),
        }));
    }
    Ok(rows)
}

/// Writes the commitments of a run in CSV; says how many rows.
///
/// # Errors
/// [`TableError`] of reading and writing.
pub fn commitments_csv(folder: &Path, path: &Path) -> Result<u64, TableError> {
    let rows = commitments(folder)?;
    let mut out = sink(path)?;
    let failed = || TableError::io("write", path);
    writeln!(out, "{}", COMMITMENT_COLUMNS.join(",")).map_err(failed())?;
    for row in &rows {
        let cell = |column: &&str| csv_cell(&row.cell(column)).into_owned();
        let cells: Vec<String> = COMMITMENT_COLUMNS.iter().map(cell).collect();
        writeln!(out, "{}", cells.join(",")).map_err(failed())?;
    }
    out.flush().map_err(failed())?;
    Ok(rows.len() as u64)
}

/// Writes the commitments of a run in Parquet; says how many rows.
///
/// # Errors
/// [`TableError`] of reading and writing.
pub fn commitments_parquet(folder: &Path, path: &Path) -> Result<u64, TableError> {
    let rows = commitments(folder)?;
    let schema = schema(COMMITMENT_COLUMNS);
    let wrong = || TableError::encoding::<parquet::errors::ParquetError>("focus-commitments");
    let mut writer = ArrowWriter::try_new(sink(path)?, Arc::clone(&schema), None).map_err(wrong())?;
    writer.write(&batch(&schema, COMMITMENT_COLUMNS, &rows, Committed::cell)?).map_err(wrong())?;
    writer.close().map_err(wrong())?;
    Ok(rows.len() as u64)
}

fn schema(columns: &[&str]) -> Arc<Schema> {
    let field = |column: &&str| {
        let kind = if NUMBERS.contains(column) { DataType::Decimal128(38, 6) } else { DataType::Utf8 };
        Field::new(*column, kind, true)
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

fn batch<R>(
    schema: &Arc<Schema>,
    columns: &[&str],
    rows: &[R],
    cell: impl Fn(&R, &str) -> String,
) -> Result<RecordBatch, TableError> {
    let arrays = columns.iter().map(|column| array(rows.iter().map(|row| cell(row, column)), column));
    let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(Arc::clone(schema), arrays).map_err(TableError::encoding("focus"))
}

fn array(cells: impl Iterator<Item = String>, column: &str) -> Result<ArrayRef, TableError> {
    let cells = cells.map(|cell| Some(cell).filter(|cell| !cell.is_empty()));
    if !NUMBERS.contains(&column) {
        return Ok(Arc::new(StringArray::from_iter(cells)));
    }
    let numbers = Decimal128Array::from_iter(cells.map(|cell| cell.and_then(|cell| millionths(&cell))));
    let array = numbers.with_precision_and_scale(38, 6).map_err(TableError::encoding("focus"))?;
    Ok(Arc::new(array))
}

/// `-12.5` as -12,500,000.
fn millionths(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let number: i128 = format!("{whole}{decimals:0<6}").parse().ok()?;
    Some(sign * number)
}
