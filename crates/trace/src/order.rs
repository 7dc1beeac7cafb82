//! Rows that are nearly in the order of time, put in order within a bounded window.

use crate::record::JobRecord;
use base::Span;
use std::collections::VecDeque;

/// Holds back as many rows as may come before one already read.
pub(crate) struct Window {
    held: VecDeque<JobRecord>,
    size: usize,
    /// Submission of the row given out last.
    last: Span,
}

impl Window {
    /// Holds back `size` rows.
    pub(crate) fn new(size: usize) -> Window {
        Window { held: VecDeque::new(), size, last: Span(i64::MIN) }
    }

    /// Takes a row in; one that is earlier than a row already given out comes back as an error, with that row's time.
    /// Rows of the same instant keep the order of the file.
    pub(crate) fn push(&mut self, record: JobRecord) -> Result<(), Span> {
        if record.submit < self.last {
            return Err(self.last);
        }
        match self.held.back() {
            Some(back) if back.submit > record.submit => {
                let place = self.held.partition_point(|held| held.submit <= record.submit);
                self.held.insert(place, record);
            }
            _ => self.held.push_back(record),
        }
        Ok(())
    }

    /// The next row, once the window is full or the file has ended.
    pub(crate) fn pop(&mut self, ended: bool) -> Option<JobRecord> {
        if self.held.len() <= self.size && !ended {
            return None;
        }
        let record = self.held.pop_front()?;
        self.last = record.submit;
        Some(record)
    }
}
