//! Rights of first refusal and of first offer, as a state machine.
//!
//! ```text
//!            free of the right: out of scope, carved out, above the cap, ...        -> the grantor closes freely
//! offer ---> triggered --notice complete--> clocks of the first rank --all answered--+
//!               ^  ^        (defective: no clock)     ^                              |
//!               |  |                                  +------ next rank <-- left ----+--> exercised: contract, sign
//!               |  |                                                                 |      (not signed: next holders)
//!               |  +--- better terms, other party, other package --- tail <-- left --+
//!               +------ tail expires unclosed --------------------------+--> closed with the third party
//! ```
//!
//! [`FirstRefusal::apply`] takes everything that happens at one instant, first runs the deadlines that have passed, and
//! puts the inputs in one order, so that the outcome does not depend on the order in which simultaneous acts are listed.
//! A deadline is the first instant that is too late. Every fact names its clause and the digest of its notice.

mod amendment;
mod closing;
mod decide;
mod elections;
mod fact;
mod machine;
mod sentence;
mod terms;

pub use decide::{Policy, Situation, decide};
pub use fact::{Blocked, Election, Fact, Free, Input, Refused, Revival, What};
pub use machine::FirstRefusal;
pub use terms::{
    Assignment, Clause, CounterOffer, Holder, Item, Kind, Matching, Mode, Package, Part, Party, Right, Side,
    Terms,
};
