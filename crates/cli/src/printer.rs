//! The one place that writes to the screen: data on stdout, talk on stderr.

use crate::draw;
use crate::failure::Failure;
use base::Diagnostics;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loudness {
    /// Errors only.
    Quiet,
    /// What a user wants to know.
    Normal,
    /// Details too.
    Verbose,
}

/// What the command line says about printing.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Answers and mistakes are one JSON document on stdout.
    pub json: bool,
    /// How much is said on stderr.
    pub loudness: Loudness,
    /// Whether a long run shows how far it is.
    pub progress: bool,
}

/// Owns stdout and stderr.
pub struct Printer {
    settings: Settings,
    colour_out: bool,
    colour_err: bool,
}

impl Printer {
    /// Looks at the terminal and `NO_COLOR` once.
    pub fn new(settings: Settings) -> Printer {
        let allowed = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|value| value != "dumb");
        Printer {
            settings,
            colour_out: allowed && io::stdout().is_terminal(),
            colour_err: allowed && io::stderr().is_terminal(),
        }
    }

    /// Whether answers are JSON.
    pub fn json(&self) -> bool {
        self.settings.json
    }

    /// Whether a long run shows how far it is, and whether it may redraw a line to do so.
    pub fn progress(&self) -> Option<bool> {
        (self.settings.progress && self.settings.loudness > Loudness::Quiet)
            .then(|| io::stderr().is_terminal())
    }

    /// Writes an answer to stdout as it is.
    pub fn data(&mut self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::from_stdout)
    }

    /// Writes an answer to stdout as one JSON document.
    pub fn document(&mut self, answer: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(answer)
            .map_err(|error| Failure::message(format!("cannot write the answer as JSON: {error}")))?;
        self.data(&(text + "\n"))
    }

    /// Says something on stderr, unless `--quiet`.
    pub fn say(&mut self, text: &str) {
        if self.settings.loudness >= Loudness::Normal {
            self.talk(text);
        }
    }

    /// Says a detail on stderr with `--verbose`.
    pub fn detail(&mut self, text: &str) {
        if self.settings.loudness >= Loudness::Verbose {
            self.talk(text);
        }
    }

    /// Says an error that has no place in a file.
    pub fn error(&mut self, message: &str, hint: Option<&str>) {
        self.talk(&draw::message(message, hint, self.colour_err));
    }

    /// Draws mistakes on stderr; remarks (no errors) are left out with `--quiet`.
    pub fn diagnostics(&mut self, diagnostics: &Diagnostics) {
        for diagnostic in diagnostics.iter() {
            let remark = diagnostic.severity != base::Severity::Error;
            if !(remark && self.settings.loudness == Loudness::Quiet) {
                self.talk(&(draw::diagnostic(diagnostic, self.colour_err) + "\n"));
            }
        }
    }

    /// Emphasis for headings of answers on stdout.
    pub fn heading(&self, text: &str) -> String {
        if self.colour_out { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Nobody can be told when stderr is gone, so a failure to write to it is left alone.
    fn talk(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}
