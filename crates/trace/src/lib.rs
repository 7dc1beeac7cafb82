//! Job logs that other systems wrote, and synthetic streams that look like them, as one stream of [`JobRecord`]s.
//!
//! This crate knows nothing of sites, policies or the simulation: a record says what was asked for and how long it ran.
//!
//! ```text
//!  file (.gz, .zip) -> lines -> one row reader for each format -> order -> JobRecord
//!                                swf  philly  openb  csv  parquet     |
//!  Synthetic -> Generator ------------------------------------------- + -> the simulation, a writer, a fit
//! ```
//!
//! * [`open`] reads any [`Format`] as a stream: memory does not grow with the file.
//! * A mistake is a [`base::Diagnostic`] with file, line, value and hint; [`RULES`] lists what can be wrong.
//! * What a reader leaves out on purpose is counted by [`Reader::dropped`].
//! * [`synthetic`] says what a drawn stream is; [`Generator`] draws it.

// A reader yields one diagnostic for each mistake and a file has few of them: their size is no cost worth a box at
// the interface.
#![allow(clippy::result_large_err)]

mod fault;
mod format;
mod fuzz;
mod generator;
mod input;
mod lines;
mod meter;
mod number;
mod openb;
mod order;
mod own;
mod parquet;
mod philly;
mod reader;
mod rules;
mod section;
mod sort;
mod table;

pub mod columns;
pub mod fit;
pub mod import;
pub mod nodes;
pub mod record;
pub mod swf;
pub mod synthetic;
pub mod writers;

pub use format::Format;
pub use fuzz::fuzz_bytes;
pub use generator::{Generator, Position};
pub use import::{ImportReport, import};
pub use meter::Meter;
pub use reader::{Dropped, ReadOptions, Reader, open};
pub use record::{Demand, JobRecord};
pub use rules::RULES;
pub use section::to_toml;
