//! What can go wrong with a results folder.

use std::io;
use std::path::{Path, PathBuf};

/// Why a table could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The system refused.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// `create`, `write`, `read`, `rename`, `remove`.
        action: &'static str,
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder that is in the way and not one of ours.
    #[error(
        "`{}` is there already and is not the results of a run; hint: give another folder with `-o`, or move it away",
        path.display()
    )]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// A folder without a manifest.
    #[error("`{}` is not the results of a run: it has no readable `manifest.json`", path.display())]
    NotResults {
        /// The folder.
        path: PathBuf,
    },
    /// The folder of a run that is not complete: stopped, killed, or still going on.
    #[error(
        "`{}` is a run that has not finished; hint: `--resume` behind the command that began it goes on with it",
        path.display()
    )]
    Unfinished {
        /// The folder.
        path: PathBuf,
    },
    /// A file that is not what its name says, or that another version wrote.
    #[error("cannot read `{}`: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A table that no run has.
    #[error("there is no table `{name}`; hint: the tables are {known}")]
    NoTable {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A column that the table does not have, or not as this type.
    #[error("table `{table}` has no {kind} column `{column}`; hint: its columns are {known}")]
    NoColumn {
        /// The table.
        table: String,
        /// The type asked for; empty for any.
        kind: &'static str,
        /// What was asked for.
        column: String,
        /// What there is.
        known: String,
    },
    /// A checkpoint that does not belong to the folder.
    #[error("cannot go on in `{}`: {reason}; hint: run without `--resume`", path.display())]
    Resume {
        /// The folder.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The facts contradict each other: a mistake in the simulation, never of its input.
    #[error("the books do not balance, which is a bug of stargate: {0}")]
    Unbalanced(String),
    /// A table could not be encoded: a mistake in this crate, never of its input.
    #[error("table `{table}` cannot be encoded, which is a bug of stargate: {reason}")]
    Encoding {
        /// The table.
        table: &'static str,
        /// Why.
        reason: String,
    },
}

impl TableError {
    /// For `map_err` on the system's answers.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TableError + use<> {
        let path = path.to_owned();
        move |source| TableError::Io { action, path, source }
    }

    /// For `map_err` on whatever a reader of files says.
    pub(crate) fn unreadable<E: std::fmt::Display>(path: &Path) -> impl FnOnce(E) -> TableError + use<E> {
        let path = path.to_owned();
        move |error| TableError::Unreadable { path, reason: error.to_string() }
    }

    /// For `map_err` on whatever the encoder says.
    pub(crate) fn encoding<E: std::fmt::Display>(
        table: &'static str,
    ) -> impl FnOnce(E) -> TableError + use<E> {
        move |error| TableError::Encoding { table, reason: error.to_string() }
    }
}
