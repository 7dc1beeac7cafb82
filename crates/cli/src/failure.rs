//! Why a verb could not answer.

use base::{Diagnostic, Diagnostics, SimTime};
use std::io;
use std::path::PathBuf;

/// Why there is no answer: exit code 2, but for a reader that went away.
#[derive(Debug)]
pub enum Failure {
    /// Mistakes in the input.
    Diagnostics(Diagnostics),
    /// Anything else, in one line, with what to do about it.
    Message {
        /// Lower case, no full stop.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The run was stopped by the user and can go on.
    Interrupted {
        /// The instant reached.
        at: SimTime,
        /// The folder that keeps what was done.
        partial: PathBuf,
    },
    /// Work that leaves nothing behind was stopped by the user.
    Stopped,
    /// Whoever read stdout has read enough (`| head`): nothing is wrong.
    ReaderGone,
}

impl Failure {
    /// An error without a place in a file.
    pub fn message(message: impl Into<String>) -> Failure {
        Failure::Message { message: message.into(), hint: None }
    }
    /// The same with what to do about it.
    pub fn with_hint(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::Message { message: message.into(), hint: Some(hint.into()) }
    }
    /// An error of a library, which may carry its hint in its text.
    pub fn from_display(error: impl std::fmt::Display) -> Failure {
        let text = error.to_string();
        match text.split_once("; hint: ") {
            Some((message, hint)) => Failure::with_hint(message, hint),
            None => Failure::message(text),
        }
    }
    /// What a failed write to stdout means.
    pub fn from_stdout(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ReaderGone,
            _ => Failure::message(format!("cannot write to stdout: {error}")),
        }
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Failure {
        Failure::Diagnostics(Diagnostics(vec![diagnostic]))
    }
}
impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Failure {
        Failure::Diagnostics(diagnostics)
    }
}
