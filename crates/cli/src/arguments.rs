//! The command line: what may be typed, and its help.

use crate::printer::{Loudness, Settings};
use crate::verb;
use clap::{ArgAction, Args, Parser, Subcommand};
use std::path::PathBuf;

/// Plans and simulates networks of AI data centres.
#[derive(Debug, Parser)]
#[command(
    name = "stargate",
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "\
Examples:
  stargate run                          simulate the Stargate programme and write a report
  stargate check my.toml                say everything that is wrong with a scenario
  stargate run my.toml --set site.abilene.usd_per_gpu_hour=1.9 -o cheaper

Exit codes: 0 done; 1 the answer is no (an expectation failed, differences found);
2 no answer (a mistake in the input, a wrong flag, a file that cannot be read or written)."
)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// How to talk.
    #[command(flatten)]
    pub talk: Talk,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Read a scenario, simulate it, write tables and a report page
    Run(verb::run::Arguments),
    /// Say everything that is wrong with a scenario
    Check(verb::check::Arguments),
    /// Choose what to build, where and when, with a proven bound
    Plan(verb::plan::Arguments),
    /// Simulate a scenario and write tables only
    Simulate(verb::simulate::Arguments),
    /// Make the report page of a run folder again
    Report(verb::report::Arguments),
    /// Say what differs between two scenarios or the results of two runs
    Compare(verb::compare::Arguments),
    /// Say how good a forecast of milestones would have been
    Backtest(verb::backtest::Arguments),
    /// Convert a job log, or fit a synthetic stream to it
    Import(verb::import::Arguments),
    /// Show a built-in scenario, or a table or the manifest of a run
    Show(verb::show::Arguments),
    /// Print the JSON Schema of scenario files, for editors
    Schema(verb::schema::Arguments),
    /// Explain a rule that a message names, or something of a run
    Explain(verb::explain::Arguments),
    /// Write the books and agreements of a run for other tools
    Export(verb::export::Arguments),
    /// Print a completion script for a shell
    Completions(verb::completions::Arguments),
}

/// How to talk.
#[derive(Debug, Args)]
#[command(next_help_heading = "Talk")]
pub struct Talk {
    /// Print the answer, or what is wrong, as one JSON document on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more on stderr
    #[arg(short, long, global = true, action = ArgAction::SetTrue, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Do not show how far a long run is
    #[arg(long, global = true)]
    pub no_progress: bool,
}

impl Talk {
    /// For the printer.
    pub fn settings(&self) -> Settings {
        let loudness = match (self.quiet, self.verbose) {
            (true, _) => Loudness::Quiet,
            (_, true) => Loudness::Verbose,
            _ => Loudness::Normal,
        };
        Settings { json: self.json, loudness, progress: !self.no_progress }
    }
}

/// Which scenario, and what is changed in it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Scenario")]
pub struct ScenarioArguments {
    /// Scenario file, built-in example or `-` for stdin [default: `stargate`]
    #[arg(value_name = "SCENARIO", display_order = 0)]
    pub scenario: Option<PathBuf>,
    /// Change a value of the scenario; may be given several times
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Change the seed of the scenario
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub seed: Option<u64>,
}
