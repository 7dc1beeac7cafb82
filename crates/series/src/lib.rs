//! Hourly series of weather, prices and carbon: typed values on a time axis in UTC, readers for the public file forms,
//! and built-in normals for runs that bring no file.
//!
//! Conventions, the same everywhere in this crate:
//!
//! - Value `i` stands for the hour that **begins** at `start + i` hours. A file that stamps the end of an interval is
//!   moved by one step, and says so in a note.
//! - A reading taken at an instant (a thermometer at the stamp) stands for the hour that its file gives it to: the hour
//!   ending there for TMY3 and EPW, the hour beginning there for Open-Meteo.
//! - A typical year (months of different years) has 8,760 hours of local standard time at a fixed offset; it answers for
//!   every year, and 29 February is answered by 28 February.
//! - There is no summer time inside. Stamps without an offset are UTC unless the caller gives one.
//! - A missing hour is filled by one stated rule (`GapRule`) and reported, or refused. A value is never made up silently.

pub mod calendar;
pub mod hourly;
pub mod normals;
pub mod quantity;
pub mod read;
pub mod rules;

pub use hourly::{Axis, Gap, Series};
pub use quantity::Quantity;
pub use read::{Format, GapRule, ReadOptions, Reading, Station, parse, read};
pub use rules::RULES;
