//! From a checked world to a folder of results.
