//! The network of data centres as a machine for the kernel: jobs are sent to sites, wait in queues, are placed on nodes,
//! run, and end. [`Twin`] says facts; who reads them is not its business.
//!
//! It knows nothing of files, tables or money's books, reads no clock and draws no random number.

mod account;
pub mod agreements;
mod breakdown;
mod buildout;
mod cluster;
pub mod fact;
mod failure;
pub mod job;
mod jobs;
mod occupants;
mod placement;
pub mod power;
mod queue;
mod schedule;
pub mod service;
mod site;
mod site_choice;
mod twin;
mod usage;
mod workload;

pub use cluster::Typical;
pub use fact::{Fact, JobOutcome, JobRow, SiteHour, UsageDay};
pub use job::{AcceleratorSet, Job};
pub use twin::{Event, Twin, simulation, simulation_under};

#[cfg(test)]
mod tests;
