//! The binary `stargate`: one match over the verbs, and the only crate that prints.

mod arguments;
mod beside;
mod bug;
mod draw;
mod failure;
mod printer;
mod progress;
mod source;
mod stop;
mod text;
mod verb;

use arguments::{CommandLine, Verb};
use clap::Parser;
use failure::Failure;
use printer::Printer;
use serde_json::json;
use std::process::ExitCode;
use verb::Verdict;

fn main() -> ExitCode {
    bug::guard(answer)
}

fn answer() -> ExitCode {
    let command_line = CommandLine::parse();
    let mut printer = Printer::new(command_line.talk.settings());
    let answer = match &command_line.verb {
        Verb::Run(arguments) => verb::run::execute(arguments, &mut printer),
        Verb::Check(arguments) => verb::check::execute(arguments, &mut printer),
        Verb::Plan(arguments) => verb::plan::execute(arguments, &mut printer),
        Verb::Simulate(arguments) => verb::simulate::execute(arguments, &mut printer),
        Verb::Report(arguments) => verb::report::execute(arguments, &mut printer),
        Verb::Backtest(arguments) => verb::backtest::execute(arguments, &mut printer),
        Verb::Compare(arguments) => verb::compare::execute(arguments, &mut printer),
        Verb::Import(arguments) => verb::import::execute(arguments, &mut printer),
        Verb::Show(arguments) => verb::show::execute(arguments, &mut printer),
        Verb::Schema(arguments) => verb::schema::execute(arguments, &mut printer),
        Verb::Explain(arguments) => verb::explain::execute(arguments, &mut printer),
        Verb::Export(arguments) => verb::export::execute(arguments, &mut printer),
        Verb::Completions(arguments) => verb::completions::execute(arguments, &mut printer),
    };
    match answer {
        Ok(Verdict::Yes) | Err(Failure::ReaderGone) => ExitCode::SUCCESS,
        Ok(Verdict::No) => ExitCode::from(1),
        Err(failure) => {
            tell(&failure, &mut printer);
            ExitCode::from(2)
        }
    }
}

/// What is said of work that leaves nothing behind when it is stopped.
const STOPPED: &str = "stopped; nothing was written";

/// Says why there is no answer: drawn on stderr, or as one document on stdout with `--json`.
fn tell(failure: &Failure, printer: &mut Printer) {
    let told = match failure {
        Failure::Diagnostics(diagnostics) if printer.json() => {
            printer.document(&json!({ "ok": false, "diagnostics": diagnostics }))
        }
        Failure::Message { message, hint } if printer.json() => {
            printer.document(&json!({ "ok": false, "error": message, "hint": hint }))
        }
        Failure::Diagnostics(diagnostics) => {
            printer.diagnostics(diagnostics);
            printer.error(&source::count(diagnostics), Some("`stargate explain CODE` explains a rule"));
            Ok(())
        }
        Failure::Message { message, hint } => {
            printer.error(message, hint.as_deref());
            Ok(())
        }
        Failure::Interrupted { at, partial } if printer.json() => printer.document(&json!({
            "ok": false, "stopped_at": at.to_string(), "partial": text::shown(partial),
            "hint": "the same command with `--resume` goes on from there",
        })),
        Failure::Interrupted { at, partial } => {
            let at = text::instant(*at);
            printer.say(&format!(
                "stopped at {at} of the simulation; `{}` keeps what was done",
                partial.display()
            ));
            printer.say("hint: the same command with `--resume` goes on from there");
            Ok(())
        }
        Failure::Stopped if printer.json() => printer.document(&json!({ "ok": false, "error": STOPPED })),
        Failure::Stopped => {
            printer.say(STOPPED);
            Ok(())
        }
        Failure::ReaderGone => Ok(()),
    };
    if let Err(Failure::Message { message, .. }) = told {
        printer.error(&message, None);
    }
}
