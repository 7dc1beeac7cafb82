//! The rules that a run can find broken.

use base::Rule;

macro_rules! rules {
    ($($name:ident = $code:literal, $title:literal, $explanation:literal;)*) => {
        $(
            #[doc = concat!($code, ": ", $title)]
            pub(crate) const $name: &Rule = &Rule { code: $code, title: $title, explanation: $explanation };
        )*
        /// Every rule of a run, by code.
        pub static RULES: &[Rule] = &[$(Rule { code: $code, title: $title, explanation: $explanation }),*];
    };
}

rules! {
    UNKNOWN_FORMAT = "R001", "unknown trace format", "\
A workload that replays a trace names the format of the file, or the file's name says it (`.swf`, `.swf.gz`,
`.csv`, `.parquet`).

Breaks the rule:

  [workload.research]
  trace = \"jobs.log\"

Put right:

  [workload.research]
  trace = \"jobs.log\"
  format = \"swf\"";

    LEFT_OUT = "R002", "records of a trace left out", "\
Logs hold records that describe no job that could be replayed: jobs cancelled before they started, jobs without a
runtime. The reader leaves them out and a run says how many and why, so that the load of the simulation can be
compared with the log's. This is a note: nothing needs to be put right.";

    UNKNOWN_MODEL = "R003", "jobs ask for accelerators that no system carries", "\
Some traces say which accelerator models a job accepts. A job that accepts none of the models of the scenario's
systems can run nowhere and is rejected when it comes.

Breaks the rule (the trace asks for `V100M16`):

  [system.node]
  accelerator = \"V100\"

Put right:

  [system.node]
  accelerator = \"V100M16\"";

    UNKNOWN_METRIC = "R004", "expectation about an unknown result", "\
An `[[expect]]` names a metric of the table `summary`. A metric of one site or tenant has its key in front.
`stargate show DIR summary` lists the metrics of a run.

Breaks the rule:

  [[expect]]
  metric = \"jobs_done\"
  at_least = 1000

Put right:

  [[expect]]
  metric = \"jobs_finished\"
  at_least = 1000";

    NO_JOBS = "R005", "no job comes in the time of the run", "\
No workload brings a job between the start and the end of the run: the result is true and empty. Most often a trace
starts after the end of the run, or its times count from another date.

Breaks the rule:

  [horizon]
  start = \"2026-01-01\"
  end = \"2026-01-02\"
  [workload.research]
  start = \"2026-06-01\"

Put right:

  [workload.research]
  start = \"2026-01-01\"";

    OVERDRAWN = "R006", "more cash is paid than there is", "\
The books of all partners as one end a month with less cash than nothing: somebody would have had to lend it. Profits
and present values are true, but no bank has agreed to this. `cash_least_usd` says how much was missing at most.

Breaks the rule (nothing pays the first month's bills):

  [books]
  opening_cash_usd = 0.0

Put right:

  [books]
  opening_cash_usd = 50e6";

    NOTHING_RUNS = "R007", "nothing that could run", "\
A scenario with `[plan]` may have no sites and no work of its own: `stargate plan` chooses among its candidates. A run needs
both. `--plan FILE` builds the sites of a plan, and `--plan-demand` runs jobs for the demand that it serves.

Breaks the rule:

  stargate run plan-only.toml

Put right:

  stargate plan plan-only.toml -o planned
  stargate run plan-only.toml --plan planned/plan.json --plan-demand";

    SERIES_ENDS = "R250", "a series does not cover the run", "\
A dated file of weather, price or carbon must have every hour of the run. A typical year (TMY3, EPW) answers for every
year, and the built-in normals for all of time.

Breaks the rule (the file has the year 2024):

  [horizon]
  start = \"2026-01-01\"
  length = \"4 weeks\"
  [site.lab.price]
  file = \"ercot-2024.csv\"

Put right:

  [site.lab.price]
  normals = \"ercot\"";

    SERIES_LACKS = "R251", "a file lacks what it is named for", "\
A weather file must have the dry bulb and a dew point or a humidity (for solar modules the irradiance too, for wind
turbines the wind), a price file a price, a carbon file an intensity. Where a file has several columns, `column` names
the one that is meant.

Breaks the rule (the file has prices):

  [site.lab.weather]
  file = \"ercot-2024.csv\"

Put right:

  [site.lab.price]
  file = \"ercot-2024.csv\"";
}
