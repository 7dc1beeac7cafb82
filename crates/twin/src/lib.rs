//! The network of data centres as a machine for the kernel.

pub mod fact;
pub mod job;

pub use fact::{Fact, JobOutcome, JobRow, SiteHour};
pub use job::{AcceleratorSet, Job};
