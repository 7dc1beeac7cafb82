//! Forecasts of when capacity that is being built will be at work, and how good such forecasts were.
//!
//! ```text
//!  timeline file, known on some day     timeline     steps of sites: date, buildings, power
//!        |
//!        v
//!  what was announced on that day       model        a distribution for each step to come
//!        |
//!        v
//!  a later timeline file                score        pairs of steps; pinball loss and coverage beside "as announced"
//! ```
//!
//! Nothing of the later file reaches the model: [`Model::forecasts`] sees one vintage and the day on which it was known.

pub mod model;
mod normal;
mod pair;
pub mod rules;
pub mod score;
pub mod timeline;

pub use model::{Forecast, Model};
pub use rules::RULES;
pub use score::{Backtest, Scored, backtest};
pub use timeline::{Step, Timeline, Vintage};

/// Seconds of a day.
const DAY_S: f64 = 86_400.0;

/// Days between two instants.
fn days(from: base::SimTime, to: base::SimTime) -> f64 {
    (to - from).seconds() / DAY_S
}
