//! Power of a site in the twin: draw, limits, dispatch and books, hour by hour.

mod fact;

pub use fact::{EnergyCost, EnergyHour, Generation, LimitCause, PowerFact, Withheld};
pub use plant::balance::{EnergyBooks, Joules};
