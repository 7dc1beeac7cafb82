//! The binary as a user meets it: exit codes, what is on stdout and stderr, what is left in the folder.

#![allow(clippy::unwrap_used)]

mod agreements;
mod backtest;
mod bad_input;
mod books;
mod building;
mod compare;
mod page;
mod plan;
mod plan_agreed;
mod plan_money;
mod plan_regions;
mod plan_words;
mod planned;
mod reported;
mod runner;
mod settlements;
mod spares;
mod text;
mod verbs;
