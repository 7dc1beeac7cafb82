//! One file for each verb.

pub mod backtest;
pub mod check;
pub mod compare;
pub mod completions;
pub mod explain;
mod explain_run;
pub mod export;
pub mod import;
pub mod plan;
pub mod planned;
pub mod report;
pub mod run;
pub mod schema;
pub mod show;
pub mod simulate;
pub mod without;

/// The answer of a verb that could answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Done: exit code 0.
    Yes,
    /// The answer is no (an expectation failed, differences found): exit code 1.
    No,
}
