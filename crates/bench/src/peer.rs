//! The Python models of `bench/peers`, run beside ours where Python has what they need.

use crate::data::root;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// What a model answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Processor seconds of the simulation, without reading the trace.
    pub cpu_s: f64,
    /// Jobs that ran.
    pub jobs: u64,
    /// Sum of all waits in nanoseconds.
    pub wait_sum_ns: u128,
    /// The wait that 99 % of the jobs do not exceed, in seconds.
    pub p99_wait_s: f64,
    /// When the last job ended, in nanoseconds from the first submission.
    pub end_ns: i64,
}

/// Runs `bench/peers/MODEL` with these arguments; `None`, with the reason on stderr, if it cannot be run.
pub fn run(model: &str, arguments: &[String]) -> Option<Answer> {
    let script = root().join("bench/peers").join(model);
    let output = match Command::new(python()).arg("-B").arg(&script).args(arguments).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("passed over: {model}: {error}");
            return None;
        }
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        eprintln!("passed over: {model}: {}", said.lines().last().unwrap_or("it failed"));
        return None;
    }
    let answer = parse(&output.stdout);
    if answer.is_none() {
        eprintln!("passed over: {model}: its answer cannot be read");
    }
    answer
}

/// The virtual environment that `bench/run` makes, or the system's Python.
fn python() -> PathBuf {
    let own = root().join("target/peers/bin/python");
    if own.exists() { own } else { PathBuf::from("python3") }
}

fn parse(text: &[u8]) -> Option<Answer> {
    let value: Value = serde_json::from_slice(text).ok()?;
    Some(Answer {
        cpu_s: value["cpu_s"].as_f64()?,
        jobs: value["jobs"].as_u64()?,
        // Sums of waits pass 2^64: the models write them as text.
        wait_sum_ns: value["wait_sum_ns"].as_str()?.parse().ok()?,
        p99_wait_s: value["p99_wait_s"].as_f64()?,
        end_ns: value["end_ns"].as_i64()?,
    })
}
