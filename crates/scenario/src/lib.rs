//! From text to a checked world.

pub mod world;

pub use world::World;
