//! From a checked world to a folder of results.
//!
//! ```text
//!  World -> Jobs: all workloads as one stream, names resolved, numbered
//!             |
//!             v
//!        Simulation<Twin>, in pieces from snapshot to snapshot
//!             |  facts, instant by instant
//!             v
//!        tables::RunWriter -> DIR.partial -> DIR, when all is there
//! ```
//!
//! This crate opens files and knows when to stop; it prints nothing, reads no clock and decides nothing about the
//! simulation. A run that was stopped and resumed writes the same bytes as one that was not.

// A mistake in a trace is a diagnostic by value, as the trace crate gives it.
#![allow(clippy::result_large_err)]

mod check;
mod conditions;
mod error;
mod execute;
mod jobs;
pub mod planning;
mod rules;
mod snapshot;
mod twice;

pub use check::check;
pub use conditions::{Loaded, conditions};
pub use error::RunError;
pub use execute::{Finished, Observer, Options, Outcome, Progress, execute};
pub use jobs::Jobs;
pub use rules::RULES;
pub use twice::{Compared, twice};
