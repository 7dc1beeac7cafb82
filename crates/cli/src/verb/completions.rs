//! `stargate completions`: a script that completes verbs and flags.

use super::Verdict;
use crate::arguments::CommandLine;
use crate::failure::Failure;
use crate::printer::Printer;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Arguments of `stargate completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate completions bash > /etc/bash_completion.d/stargate
  stargate completions zsh > ~/.zfunc/_stargate")]
pub struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut CommandLine::command(), "stargate", &mut script);
    printer.data(&String::from_utf8_lossy(&script))?;
    Ok(Verdict::Yes)
}
