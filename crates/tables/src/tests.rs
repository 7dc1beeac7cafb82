//! Tests of the whole crate on made-up worlds and facts.

pub mod fixture;
mod results;
mod resume;
mod text;
