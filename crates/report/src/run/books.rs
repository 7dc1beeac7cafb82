//! The books: statements, summed up over the run and by period.

use crate::Error;
use base::SimTime;
use std::collections::BTreeMap;
use std::path::Path;
use tables::read;

/// Periods that a statement shows side by side, at most.
const PERIODS: usize = 8;

/// A line of a statement: the sum over each period (for the balance: at its end), and over the run.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// `income`, `cash_flow` or `balance`.
    pub statement: String,
    /// An account, or a total.
    pub name: String,
    /// Whether it is a total.
    pub total: bool,
    /// In dollars, by period.
    pub periods: Vec<f64>,
    /// In dollars, over the run; for the balance at its end.
    pub whole: f64,
}

/// The books of a run.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// First months of the periods.
    pub periods: Vec<SimTime>,
    /// Months of each period.
    pub months_each: usize,
    /// Lines by scope (`consolidated`, or a partner), in the order in which they are read.
    pub scopes: BTreeMap<String, Vec<Line>>,
    /// Cash of all partners at the end of each month.
    pub cash: Vec<(SimTime, f64)>,
}

impl Books {
    /// A line of the whole run.
    pub fn line(&self, scope: &str, statement: &str, name: &str) -> Option<&Line> {
        self.scopes.get(scope)?.iter().find(|line| line.statement == statement && line.name == name)
    }
}

/// Whether a line says what there is at an instant, and not what happened in a month.
fn is_level(statement: &str, name: &str) -> bool {
    statement == "balance" || matches!(name, "cash_at_start" | "cash_at_end")
}

/// Reads the statements.
///
/// # Errors
/// [`Error::Table`].
pub fn read(folder: &Path) -> Result<Books, Error> {
    let months = months(folder)?;
    let each = months.len().div_ceil(PERIODS).max(1);
    let mut books = Books {
        periods: months.iter().step_by(each).copied().collect(),
        months_each: each,
        ..Books::default()
    };
    for batch in read::open(folder, &tables::statements::TABLE, &[])? {
        let batch = batch?;
        let (times, scopes) = (batch.instants("month")?, batch.texts("scope")?);
        let (statements, names) = (batch.texts("statement")?, batch.texts("line")?);
        let (totals, amounts) = (batch.integers("total")?, batch.integers("amount_micro_usd")?);
        for row in 0..batch.len() {
            let month = times.get(row).unwrap_or_default();
            let at = months.partition_point(|known| *known < month);
            let scope = scopes.get(row).unwrap_or_default();
            let (statement, name) =
                (statements.get(row).unwrap_or_default(), names.get(row).unwrap_or_default());
            let usd = amounts.get(row).unwrap_or(0) as f64 / 1e6;
            if scope == "consolidated" && name == "cash_at_end" {
                books.cash.push((month, usd));
            }
            let lines = books.scopes.entry(scope.to_owned()).or_default();
            let line = match lines.iter_mut().find(|line| line.statement == statement && line.name == name) {
                Some(line) => line,
                None => {
                    lines.push(Line {
                        statement: statement.to_owned(),
                        name: name.to_owned(),
                        total: totals.get(row) == Some(1),
                        periods: vec![0.0; books.periods.len()],
                        whole: 0.0,
                    });
                    let last = lines.len() - 1;
                    &mut lines[last]
                }
            };
            add(line, at, at / each, usd);
        }
    }
    // Not every month has every line: they are put into the order in which statements are read.
    let order = tables::statement_order();
    let rank =
        |line: &Line| order.iter().position(|(kind, name)| *kind == line.statement && *name == line.name);
    books.scopes.values_mut().for_each(|lines| lines.sort_by_key(rank));
    Ok(books)
}

fn add(line: &mut Line, month: usize, period: usize, usd: f64) {
    let level = is_level(&line.statement, &line.name);
    let first = line.name == "cash_at_start";
    if let Some(sum) = line.periods.get_mut(period) {
        match (level, first) {
            (false, _) => *sum += usd,
            (true, false) => *sum = usd,
            (true, true) if *sum == 0.0 => *sum = usd,
            (true, true) => {}
        }
    }
    match (level, first) {
        (false, _) => line.whole += usd,
        (true, false) => line.whole = usd,
        (true, true) if month == 0 => line.whole = usd,
        (true, true) => {}
    }
}

fn months(folder: &Path) -> Result<Vec<SimTime>, Error> {
    let mut months = Vec::new();
    for batch in read::open(folder, &tables::statements::TABLE, &["month"])? {
        let batch = batch?;
        let times = batch.instants("month")?;
        months.extend(times.iter().flatten());
        months.dedup();
    }
    months.sort_unstable();
    months.dedup();
    Ok(months)
}
