//! Tests of the whole crate on made-up worlds and facts.

mod fixture;
mod results;
