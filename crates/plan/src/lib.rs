//! What to build, where and when.
//!
//! An [`instance::Instance`] is a planning problem as plain data. [`solve::solve`] turns it into a two-stage stochastic mixed-integer
//! programme, solves it whole or decomposed, and gives a [`solve::Plan`]: decisions, a proven bound, and nothing that has not
//! been checked again without the solver. The mathematics is in `docs/concepts/planning.md`.

pub mod account;
mod asset;
pub mod bill;
#[cfg(test)]
mod brute;
mod building;
mod cell;
pub mod check;
mod coarse;
mod columns;
mod conflict;
pub mod decisions;
pub mod exact;
pub mod example;
pub mod explain;
mod fixed;
pub mod front;
mod horizon;
pub mod information;
mod inside;
pub mod instance;
mod layout;
pub mod limit;
mod master;
mod model;
mod operator;
mod search;
pub mod solve;
mod terms;
pub mod true_up;
mod validate;
mod written;

pub use validate::Mistake;
pub use written::{Naming, Relaxed, Written, relax};
