//! Job logs that other systems wrote, and synthetic streams that look like them, as one stream of [`JobRecord`]s.
//!
//! This crate knows nothing of sites, policies or the simulation: a record says what was asked for and how long it ran.

pub mod record;
pub mod synthetic;

pub use record::{Demand, JobRecord};
