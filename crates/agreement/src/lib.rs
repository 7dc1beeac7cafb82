//! Rights and duties as state machines: first refusal, commitments, revenue share, exclusivity, milestones, service
//! credits, power contracts, leases and backstops, loans; in versions, each with an effective date.
//!
//! Each machine is a pure function of `(state, time, input) -> (state, facts)`: no clock, no file, no thread, no
//! printing. A fact names the clause that it follows from. Amounts are integers ([`base::Money`], and quantities in the
//! unit that the agreement names); every division says how it rounds. Only [`loan`] computes in `f64`, because the
//! standard that it follows is written in real numbers; what it pays becomes money at its door.
//!
//! Dates become civil dates and zones here, at the doors of an agreement ([`notice`], [`calendar`]); the rest of the system knows
//! only [`base::SimTime`].

pub mod alliance;
pub mod amount;
pub mod calendar;
pub mod commitment;
pub mod cycle;
pub mod daycount;
pub mod exclusivity;
pub mod lease;
pub mod loan;
pub mod milestone;
pub mod notice;
pub mod power;
pub mod predicate;
pub mod refusal;
pub mod rules;
pub mod service;
pub mod share;
pub mod version;

pub use rules::RULES;
