//! Building data centres and paying for them, as pure state machines: nothing here knows of jobs, files or a clock.
//!
//! ```text
//!  plan: what is to be built, by whom it is paid       checked values, made by the reader of scenarios
//!        |
//!        v
//!  machine ----> facts: a forecast, a milestone reached, systems delivered, money called and spent
//! ```

pub mod capital;
pub mod fact;
pub mod machine;
pub mod plan;
mod slip;
mod supply;
pub mod word;

pub use fact::{BuildFact, CapitalFact};
pub use machine::{BuildOut, Effect, Event};
pub use plan::Plan;
pub use word::{DateFrom, Instrument, InterestPart, Milestone, Purpose, Want};
