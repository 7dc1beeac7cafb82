//! Words that every other crate uses: units, money, time, ids, random streams, diagnostics, digests.
//!
//! This crate knows nothing of data centres, files or the screen. What is here is a value: it does no I/O, reads no
//! clock and starts no thread.

pub mod diagnostic;
pub mod digest;
pub mod id;
pub mod money;
pub mod month;
pub mod random;
pub mod spelling;
pub mod time;
pub mod units;

pub use diagnostic::{Diagnostic, Diagnostics, Place, Rule, Severity};
pub use money::{Money, grouped};
pub use month::Month;
pub use random::{Draws, Stream};
pub use spelling::closest;
pub use time::{SimTime, Span};
pub use units::{AnnouncedPower, Energy, FacilityPower, ItPower, Power};
