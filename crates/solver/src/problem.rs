//! Models as plain arrays.

use crate::Refused;

/// Columns: one entry of each vector for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// Cost of one unit.
    pub cost: Vec<f64>,
    /// Least value.
    pub lower: Vec<f64>,
    /// Greatest value.
    pub upper: Vec<f64>,
    /// Whether only whole numbers will do.
    pub integer: Vec<bool>,
}

impl Columns {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.cost.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cost.is_empty()
    }

    /// One more column; gives its index.
    pub fn push(&mut self, cost: f64, lower: f64, upper: f64, integer: bool) -> usize {
        self.cost.push(cost);
        self.lower.push(lower);
        self.upper.push(upper);
        self.integer.push(integer);
        self.cost.len() - 1
    }
}

/// Rows, one after the other: row `i` has the entries `start[i]..start[i + 1]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Least value of the row.
    pub lower: Vec<f64>,
    /// Greatest value of the row.
    pub upper: Vec<f64>,
    /// Where each row begins; one more than there are rows.
    pub start: Vec<i32>,
    /// Column of each entry.
    pub index: Vec<i32>,
    /// Coefficient of each entry.
    pub value: Vec<f64>,
}

impl Default for Rows {
    fn default() -> Rows {
        Rows { lower: Vec::new(), upper: Vec::new(), start: vec![0], index: Vec::new(), value: Vec::new() }
    }
}

impl Rows {
    /// Room for so many rows and entries.
    pub fn with_capacity(rows: usize, entries: usize) -> Rows {
        let mut start = Vec::with_capacity(rows + 1);
        start.push(0);
        Rows {
            lower: Vec::with_capacity(rows),
            upper: Vec::with_capacity(rows),
            start,
            index: Vec::with_capacity(entries),
            value: Vec::with_capacity(entries),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lower.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lower.is_empty()
    }

    /// One entry of the row that is being written; a coefficient of nothing is left out.
    #[inline]
    pub fn entry(&mut self, column: usize, coefficient: f64) {
        if coefficient != 0.0 {
            self.index.push(column as i32);
            self.value.push(coefficient);
        }
    }

    /// Whether the row that is being written has no entry so far.
    pub fn is_unwritten(&self) -> bool {
        self.start.last().is_some_and(|&end| end as usize == self.index.len())
    }

    /// Ends the row that is being written; gives its index.
    #[inline]
    pub fn end(&mut self, lower: f64, upper: f64) -> usize {
        self.lower.push(lower);
        self.upper.push(upper);
        self.start.push(self.index.len() as i32);
        self.lower.len() - 1
    }

    /// The entries of a row: columns and coefficients.
    pub fn row(&self, i: usize) -> (&[i32], &[f64]) {
        let range = self.start[i] as usize..self.start[i + 1] as usize;
        (&self.index[range.clone()], &self.value[range])
    }

    /// Forgets all rows, keeps the room.
    pub fn clear(&mut self) {
        self.lower.clear();
        self.upper.clear();
        self.start.truncate(1);
        self.index.clear();
        self.value.clear();
    }
}

/// A whole model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problem {
    /// Its columns.
    pub columns: Columns,
    /// Its rows.
    pub rows: Rows,
    /// Added to the objective.
    pub offset: f64,
}

impl Problem {
    /// Refuses what no solver should be given: lengths that differ, columns that are not there, values that are not numbers.
    pub fn check(&self) -> Result<(), Refused> {
        let columns = &self.columns;
        let n = columns.len();
        if n > i32::MAX as usize
            || self.rows.len() > i32::MAX as usize
            || self.rows.index.len() > i32::MAX as usize
        {
            return Err(Refused("a model with more than two thousand million parts".into()));
        }
        if [columns.lower.len(), columns.upper.len(), columns.integer.len()] != [n; 3] {
            return Err(Refused("columns whose vectors differ in length".into()));
        }
        check_bounds("column", &columns.lower, &columns.upper)?;
        if let Some(i) = columns.cost.iter().position(|cost| !cost.is_finite()) {
            return Err(Refused(format!("a cost of {} of column {i}", columns.cost[i])));
        }
        self.rows.check(n)
    }
}

impl Rows {
    /// Refuses rows over columns that are not there, and values that are not numbers.
    pub(crate) fn check(&self, columns: usize) -> Result<(), Refused> {
        let entries = self.index.len();
        let ends = self.start.first() == Some(&0) && self.start.last() == Some(&(entries as i32));
        let rising = self.start.windows(2).all(|pair| pair[0] <= pair[1]);
        if self.start.len() != self.len() + 1 || self.value.len() != entries || !ends || !rising {
            return Err(Refused("rows whose vectors differ in length".into()));
        }
        check_bounds("row", &self.lower, &self.upper)?;
        if let Some(k) = self.index.iter().position(|&j| j < 0 || j as usize >= columns) {
            return Err(Refused(format!("an entry of column {}, which is not there", self.index[k])));
        }
        if let Some(k) = self.value.iter().position(|value| !value.is_finite()) {
            return Err(Refused(format!("a coefficient of {}", self.value[k])));
        }
        Ok(())
    }
}

/// Refuses bounds of which one is not a number, or infinite on the wrong side.
pub(crate) fn check_bounds(what: &str, lower: &[f64], upper: &[f64]) -> Result<(), Refused> {
    if lower.len() != upper.len() {
        return Err(Refused(format!("{what} bounds whose vectors differ in length")));
    }
    let wrong =
        |(l, u): (&f64, &f64)| l.is_nan() || u.is_nan() || *l == f64::INFINITY || *u == f64::NEG_INFINITY;
    match lower.iter().zip(upper).position(wrong) {
        Some(i) => Err(Refused(format!("the bounds {} and {} of {what} {i}", lower[i], upper[i]))),
        None => Ok(()),
    }
}

/// Where a column or row stands in a basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stay {
    /// At its lower bound.
    Lower = 0,
    /// In the basis.
    Basic = 1,
    /// At its upper bound.
    Upper = 2,
    /// Free, at zero.
    Zero = 3,
    /// Outside the basis, at a bound that is not said.
    Outside = 4,
}

/// Where a linear programme ended, to start from again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// One entry for each column.
    pub columns: Vec<Stay>,
    /// One entry for each row.
    pub rows: Vec<Stay>,
}
