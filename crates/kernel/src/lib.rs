//! Time and total order, and nothing of the domain.
//!
//! A [`Machine`] is a state with three ways forward: an event that it scheduled itself, an input from outside, and the
//! end of an instant. [`Simulation`] calls them in one total order and collects the facts that they emit:
//!
//! ```text
//! at one instant t:   events scheduled for t, in the order in which they were scheduled
//!                     inputs for t, in the order of the input
//!                     events that those scheduled for t, ... until none is left
//!                     settle(t): the machine decides on the state that the instant has reached
//!                     (again from the top, if settling scheduled something for t)
//! ```
//!
//! Deciding once for each instant, after everything that happens in it is known, makes the answer independent of the
//! order in which simultaneous things are listed. The kernel reads no clock and does no I/O: a live service paces the
//! same calls by a clock, with its inputs logged first, and replays to the same facts.

mod divergence;
mod queue;
mod simulation;

pub use divergence::{Divergence, first_divergence};
pub use queue::{Queue, Ticket};
pub use simulation::{Context, Machine, Outcome, Simulation};
