//! Findings: diagnostics with a limit for each rule, so that a broken file of 8,760 rows says so in a screenful.

use base::{Diagnostic, Diagnostics, Place, Rule};

/// How many findings of one rule are shown in full; the rest are counted.
const SHOWN: u64 = 20;

/// The diagnostics of one file while it is read.
pub(super) struct Findings<'a> {
    file: &'a str,
    diagnostics: Diagnostics,
    counts: Vec<(&'static Rule, u64)>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(file: &'a str) -> Findings<'a> {
        Findings { file, diagnostics: Diagnostics::new(), counts: Vec::new() }
    }

    /// Adds one, or only counts it if its rule has been shown often enough.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        let rule = diagnostic.rule;
        let at = match self.counts.iter().position(|(known, _)| std::ptr::eq(*known, rule)) {
            Some(at) => at,
            None => {
                self.counts.push((rule, 0));
                self.counts.len() - 1
            }
        };
        self.counts[at].1 += 1;
        if self.counts[at].1 <= SHOWN {
            self.diagnostics.push(diagnostic);
        }
    }

    /// An error at a line.
    pub(super) fn error(&mut self, rule: &'static Rule, line: u64, text: &str, message: impl Into<String>) {
        let place = Place::line(self.file, line, text);
        self.push(Diagnostic::error(rule, message).with_place(place));
    }

    /// An error at a line, about one value, with what to write instead.
    pub(super) fn value(
        &mut self,
        rule: &'static Rule,
        (line, text): (u64, &str),
        value: &str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let place = match text.find(value) {
            Some(start) if !value.is_empty() => {
                let place = Place::in_text(self.file, text, start..start + value.len());
                Place { line, ..place }
            }
            _ => Place::line(self.file, line, text),
        };
        self.push(Diagnostic::error(rule, message).with_place(place).with_value(value).with_hint(hint));
    }

    /// An error of the file as a whole.
    pub(super) fn whole(&mut self, rule: &'static Rule, message: impl Into<String>, hint: impl Into<String>) {
        self.push(Diagnostic::error(rule, message).with_place(Place::file(self.file)).with_hint(hint));
    }

    /// A warning at a line (0: the file as a whole).
    pub(super) fn warning(&mut self, rule: &'static Rule, line: u64, message: impl Into<String>) {
        self.push(Diagnostic::warning(rule, message).with_place(self.at(line)));
    }

    /// A note at a line (0: the file as a whole).
    pub(super) fn note(&mut self, rule: &'static Rule, line: u64, message: impl Into<String>) {
        self.push(Diagnostic::note(rule, message).with_place(self.at(line)));
    }

    fn at(&self, line: u64) -> Place {
        if line == 0 { Place::file(self.file) } else { Place::line(self.file, line, "") }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.diagnostics.has_errors()
    }

    /// All of them, with a last word on those that were only counted.
    pub(super) fn finish(mut self) -> Diagnostics {
        for (rule, count) in self.counts.into_iter().filter(|(_, count)| *count > SHOWN) {
            let message = format!("{}: {} more like the {SHOWN} above", rule.title, count - SHOWN);
            self.diagnostics.push(Diagnostic::note(rule, message).with_place(Place::file(self.file)));
        }
        self.diagnostics
    }
}

/// The fields of a line of comma-separated values; a field in double quotes may hold commas. Quotes inside of quotes are
/// not unfolded: no column that is read has them.
pub(super) fn fields(line: &str) -> Vec<&str> {
    let mut fields = Vec::with_capacity(line.len() / 6 + 1);
    let (mut start, mut quoted) = (0, false);
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                fields.push(unquote(&line[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    fields.push(unquote(&line[start..]));
    fields
}

fn unquote(field: &str) -> &str {
    let field = field.trim();
    field.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(field)
}

/// The lines of a file with their numbers from 1; the ends of lines taken off, empty lines at the end left out.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    text.trim_end().lines().enumerate().map(|(i, line)| (i as u64 + 1, line))
}
