//! The rules that a run can find broken.

use base::Rule;

/// All of them, for `stargate explain`.
pub const RULES: &[&Rule] = &[&UNKNOWN_FORMAT, &LEFT_OUT, &UNKNOWN_MODEL, &UNKNOWN_METRIC, &NO_JOBS];

/// A trace format that nobody reads.
pub static UNKNOWN_FORMAT: Rule = Rule {
    code: "R001",
    title: "unknown trace format",
    explanation: "\
A workload that replays a trace names the format of the file, or the file's name says it (`.swf`, `.swf.gz`,
`.csv`, `.parquet`).

breaks:
  [[workload]]
  trace = \"jobs.log\"

put right:
  [[workload]]
  trace = \"jobs.log\"
  format = \"swf\"",
};

/// Records of a trace that carry no job.
pub static LEFT_OUT: Rule = Rule {
    code: "R002",
    title: "records of a trace left out",
    explanation: "\
Logs hold records that describe no job that could be replayed: jobs cancelled before they started, jobs without a
runtime. The reader leaves them out and a run says how many and why, so that the load of the simulation can be
compared with the log's. This is a note: nothing needs to be put right.",
};

/// Jobs for models that the scenario does not have.
pub static UNKNOWN_MODEL: Rule = Rule {
    code: "R003",
    title: "jobs ask for accelerators that no system carries",
    explanation: "\
Some traces say which accelerator models a job accepts. A job that accepts none of the models of the scenario's
systems can run nowhere and is rejected when it comes.

breaks (the trace asks for `V100M16`):
  [system.node]
  accelerator = \"V100\"

put right:
  [system.node]
  accelerator = \"V100M16\"",
};

/// An expectation about a result that does not exist.
pub static UNKNOWN_METRIC: Rule = Rule {
    code: "R004",
    title: "expectation about an unknown result",
    explanation: "\
An `[[expect]]` names a metric of the table `summary`. A metric of one site or tenant has its key in front.
`stargate show DIR summary` lists the metrics of a run.

breaks:
  [[expect]]
  metric = \"jobs_done\"
  at_least = 1000

put right:
  [[expect]]
  metric = \"jobs_finished\"
  at_least = 1000",
};

/// A run in which nothing happens.
pub static NO_JOBS: Rule = Rule {
    code: "R005",
    title: "no job comes in the time of the run",
    explanation: "\
No workload brings a job between the start and the end of the run: the result is true and empty. Most often a trace
starts after the end of the run, or its times count from another date.

breaks:
  start = \"2026-01-01\"
  end = \"2026-01-02\"
  [[workload]]
  start = \"2026-06-01\"

put right:
  [[workload]]
  start = \"2026-01-01\"",
};
