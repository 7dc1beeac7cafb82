//! What the page is made of: sections of blocks, of which figures are the heart.
//!
//! These are plain data. A section says *what* there is to see; how it looks is decided once, in [`crate::page`] and the
//! style sheet.

use crate::chart::Chart;
use std::collections::BTreeMap;

/// A part of the page with a heading and an entry in the table of contents.
#[derive(Clone, Debug)]
pub struct Section {
    /// The name in links: `#waiting`. Short, lower case, never changed once published.
    pub id: &'static str,
    /// The heading.
    pub title: String,
    /// A sentence or two under it.
    pub lead: String,
    /// What follows, from top to bottom.
    pub blocks: Vec<Block>,
}

/// One thing in a section.
// A page has some dozens of these: their size does not matter.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// A chart with all that belongs to it.
    Figure(Figure),
    /// Small figures side by side.
    Grid(Vec<Figure>),
    /// A table on its own.
    Table(Table),
    /// A table under a line that opens it.
    Folded(String, Table),
    /// Key numbers in a strip.
    Numbers(Vec<KeyNumber>),
    /// Something that the reader should not overlook.
    Note(String),
    /// Commands or file text, as they are typed.
    Code(String),
}

/// A chart, the question that it answers and the numbers behind it.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The name in links, unique on the page: `fig-queue`.
    pub id: String,
    /// The question that it answers: `How long was the queue?`
    pub title: String,
    /// One line that explains the terms, and how the numbers were thinned out.
    pub caption: String,
    /// The picture.
    pub chart: Chart,
    /// The same numbers, or a summary of them, for those who cannot or do not want to see the picture.
    pub table: Table,
}

/// Rows of text.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each as long as `columns`.
    pub rows: Vec<Vec<String>>,
}

/// The head of a column.
#[derive(Clone, Debug)]
pub struct Column {
    /// What it holds, with the unit.
    pub name: String,
    /// Whether it holds numbers, which stand to the right.
    pub numeric: bool,
}

impl Table {
    /// A table without rows yet; a name that begins with `#` is that of a column of numbers.
    pub fn new(columns: &[&str]) -> Table {
        let column = |name: &&str| match name.strip_prefix('#') {
            Some(name) => Column { name: name.to_string(), numeric: true },
            None => Column { name: (*name).to_string(), numeric: false },
        };
        Table { columns: columns.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push<const N: usize>(&mut self, row: [String; N]) {
        self.rows.push(row.into());
    }
}

/// A number in a strip, with its unit and what it means.
#[derive(Clone, Debug)]
pub struct KeyNumber {
    /// The number with its unit.
    pub value: String,
    /// What it is.
    pub label: String,
    /// A line that says more.
    pub note: String,
}

/// What the charts say at each place: names of places and values, ready to be shown.
///
/// They go into the page once, as data; places that several charts share are written once.
#[derive(Debug, Default)]
pub struct Readouts {
    axes: Vec<(Vec<String>, Vec<f64>)>,
    charts: BTreeMap<String, serde_json::Value>,
}

impl Readouts {
    /// Adds the readings of a chart: the names and positions (0..1) of its places, and the name, the colour class and
    /// the values of each series.
    pub fn add(
        &mut self,
        id: &str,
        names: Vec<String>,
        positions: Vec<f64>,
        series: Vec<(String, String, Vec<String>)>,
    ) {
        let axis = (names, positions);
        let place = match self.axes.iter().position(|known| *known == axis) {
            Some(place) => place,
            None => {
                self.axes.push(axis);
                self.axes.len() - 1
            }
        };
        let series: Vec<_> = series
            .into_iter()
            .map(
                |(name, class, values)| serde_json::json!({ "name": name, "class": class, "values": values }),
            )
            .collect();
        self.charts.insert(id.to_string(), serde_json::json!({ "axis": place, "series": series }));
    }

    /// Everything, for the page.
    pub fn json(&self) -> serde_json::Value {
        let axes: Vec<_> = self
            .axes
            .iter()
            .map(|(names, positions)| {
                let permille: Vec<f64> = positions.iter().map(|p| libm::round(p * 10_000.0) / 10.0).collect();
                serde_json::json!({ "names": names, "positions": permille })
            })
            .collect();
        serde_json::json!({ "axes": axes, "charts": self.charts })
    }
}
