//! The physics of a site, hour by hour: air, cooling, the power chain, generation, dispatch, and failure processes.
//!
//! Everything here is a pure function of its arguments: no state, no clock, no files. Physics runs in `f64` with `libm`;
//! what is posted are integers (`Joules`), so that the balance of an hour is exact.
//!
//! - `air`: psychrometrics (wet bulb from dry bulb, humidity and pressure).
//! - `cooling`: cooling plants; PUE and WUE of an hour, and how much heat can be rejected when it is hot.
//! - `chain`: losses from meter to chip; Frontier as an example.
//! - `node`: the draw of nodes from their activity; power caps and speed.
//! - `generation`: gas units, fuel cells, diesel; `renewable`: sun and wind.
//! - `dispatch`: the cheapest way through an hour; `battery`: through a day; `balance`: exact books of energy.
//! - `site`: all of them together for one hour of a site; `hour`: who supplies a load that has happened.
//! - `failure`: failure and repair times, checkpoint intervals.

pub mod air;
pub mod balance;
pub mod battery;
pub mod chain;
pub mod cooling;
pub mod dispatch;
pub mod failure;
pub mod generation;
pub mod hour;
pub mod node;
pub mod renewable;
pub mod site;
