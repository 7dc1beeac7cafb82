//! A model offered to users in regions: how many requests come, what a replica can do, how many replicas that takes, and
//! which site serves whom.
//!
//! ```text
//!  demand      requests of each region by the hour          route      which site serves them
//!  surface     points measured by somebody  ->  a replica's rate and latency
//!  queueing    the least number of replicas within a latency target
//!  scale       how many replicas to have next               fleet      those that are ready, by the nanosecond
//! ```
//!
//! All of it is arithmetic on what it is given: nothing here knows of jobs, nodes or events. Requests are whole numbers,
//! so that offered = served + unserved, exactly.

pub mod demand;
pub mod fleet;
pub mod network;
pub mod queueing;
pub mod route;
pub mod scale;
pub mod surface;

pub use demand::{Burst, BurstState, Demand, Shape};
pub use fleet::Fleet;
pub use route::{Flow, Rule, SiteView};
pub use scale::Autoscale;
pub use surface::{Curve, Measured, Serving, Surface, SurfaceFault, Targets};
