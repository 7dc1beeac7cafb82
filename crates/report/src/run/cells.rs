//! The cells of one row of a small table, by the names of their columns.

use crate::Error;
use base::SimTime;
use tables::read::Batch;

/// A row of a batch. Each cell is looked up by name: for tables of few rows.
pub(super) struct Cells<'b> {
    pub(super) batch: &'b Batch,
    pub(super) row: usize,
}

impl Cells<'_> {
    /// What the cell says; `None` where it is empty.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.batch.cell(self.row, name)?)
    }
    /// The same, nothing as an empty text.
    pub(super) fn word(&self, name: &str) -> Result<String, Error> {
        Ok(self.text(name)?.unwrap_or_default())
    }
    /// A number; 0 where there is none.
    pub(super) fn number(&self, name: &str) -> Result<f64, Error> {
        Ok(self.text(name)?.and_then(|text| text.parse().ok()).unwrap_or(0.0))
    }
    /// An instant.
    pub(super) fn instant(&self, name: &str) -> Result<Option<SimTime>, Error> {
        Ok(self.text(name)?.and_then(|text| SimTime::parse(&text)))
    }
}
