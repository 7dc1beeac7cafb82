//! Why a run could not give results.

use base::Diagnostics;
use std::path::PathBuf;
use thiserror::Error;

/// Why a run could not give results. Nothing half-written is left behind.
#[derive(Debug, Error)]
pub enum RunError {
    /// Mistakes in the traces, or in what the scenario asks of the results.
    #[error("the inputs have mistakes")]
    Inputs(Diagnostics),
    /// There is no unfinished run.
    #[error("no unfinished run of `{}` is there to go on with", .0.display())]
    NothingToResume(PathBuf),
    /// A snapshot that cannot be used.
    #[error("cannot use the snapshot `{}`: {reason}", .path.display())]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file that cannot be read or written.
    #[error("cannot use `{}`: {error}", .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The books cannot hold an amount.
    #[error("the books: {0}")]
    Books(#[from] ledger::LedgerError),
    /// The results folder cannot be written.
    #[error(transparent)]
    Tables(#[from] tables::TableError),
}

impl RunError {
    /// What to do about it, where the message does not say.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            RunError::NothingToResume(_) | RunError::Snapshot { .. } => {
                Some("run without `--resume` to start from the beginning")
            }
            RunError::File { .. } | RunError::Tables(_) | RunError::Books(_) | RunError::Inputs(_) => None,
        }
    }
}
