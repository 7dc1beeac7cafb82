//! One side: the values of a scenario by path, and results where there are some.

use crate::results::Outcome;
use scenario::World;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use tables::read::{self, Batch};
use tables::{TableError, figure_kind};

/// A value of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Value {
    /// As it is written, without quotes.
    pub value: String,
    /// `measured`, `published`, `derived` or `assumed`; words and names have no kind.
    pub kind: Option<String>,
    /// Where it comes from, if the scenario says.
    pub source: Option<String>,
}

/// What is compared with another of its kind.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// What it is called.
    pub name: String,
    /// The values of the scenario, by dotted path.
    pub values: BTreeMap<String, Value>,
    /// Results in the order of the table `summary`; `None` for a scenario that was not run.
    pub(crate) results: Option<Vec<Outcome>>,
}

impl Side {
    /// A scenario that was not run.
    pub fn of_world(name: &str, world: &World) -> Side {
        let mut side = Side { name: name.to_owned(), ..Side::default() };
        for setting in scenario::settings(world) {
            side.add(&setting.name, &setting.value, None, None);
        }
        for figure in &world.figures {
            side.add(&figure.path, &figure.value, Some(figure_kind(figure.kind)), figure.source.as_deref());
        }
        side
    }

    /// The results of a run.
    ///
    /// # Errors
    /// [`TableError`] if the folder is not the complete results of a run.
    pub fn of_folder(name: &str, folder: &Path) -> Result<Side, TableError> {
        tables::Manifest::read(folder)?;
        let mut side = Side { name: name.to_owned(), ..Side::default() };
        for batch in read::open(folder, &tables::settings::TABLE, &["setting", "value"])? {
            let batch = batch?;
            let (names, values) = (batch.texts("setting")?, batch.texts("value")?);
            for (name, value) in names.iter().zip(values.iter()) {
                side.add(name.unwrap_or_default(), value.unwrap_or_default(), None, None);
            }
        }
        for batch in read::open(folder, &tables::figures::TABLE, &["path", "value", "kind", "source"])? {
            side.add_figures(&batch?)?;
        }
        let mut results = Vec::new();
        for batch in read::open(folder, &tables::summary_table::TABLE, &[])? {
            results.extend(Outcome::of_batch(&batch?)?);
        }
        side.results = Some(results);
        Ok(side)
    }

    /// Whether it has results.
    pub fn has_results(&self) -> bool {
        self.results.is_some()
    }

    fn add_figures(&mut self, batch: &Batch) -> Result<(), TableError> {
        let [paths, values, kinds, sources] =
            ["path", "value", "kind", "source"].map(|column| batch.texts(column));
        let (paths, values, kinds, sources) = (paths?, values?, kinds?, sources?);
        for row in 0..batch.len() {
            let path = paths.get(row).unwrap_or_default();
            self.add(path, values.get(row).unwrap_or_default(), kinds.get(row), sources.get(row));
        }
        Ok(())
    }

    fn add(&mut self, path: &str, value: &str, kind: Option<&str>, source: Option<&str>) {
        let bare = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
        let value = bare('"').or_else(|| bare('\'')).unwrap_or(value).to_owned();
        let owned = |text: Option<&str>| text.map(str::to_owned);
        self.values.insert(path.to_owned(), Value { value, kind: owned(kind), source: owned(source) });
    }
}
