//! Diagnostics are values: what is wrong, where, with which value, and what to write instead.

use serde::Serialize;
use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The input cannot be used.
    Error,
    /// The input can be used, and is probably not what was meant.
    Warning,
    /// Something that the reader did and the user should know.
    Note,
}

/// A rule that an input can break. Each has a code that is never used again, and a page for `stargate explain CODE`.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// A letter for the reader (`S` scenario, `T` trace) and three digits.
    pub code: &'static str,
    /// One line, lower case: `unknown key`.
    pub title: &'static str,
    /// Why the rule is there, an example that breaks it and the same example put right.
    pub explanation: &'static str,
}

/// A place in a text file, with the line itself, so that a diagnostic can be drawn without the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file as the user named it.
    pub file: String,
    /// Line, counted from 1; 0 means the file as a whole.
    pub line: u64,
    /// Column of the first marked character, counted from 1 in characters.
    pub column: u64,
    /// How many characters are marked; at least 1.
    pub width: u64,
    /// The line's text, cut to a length that can be shown.
    pub text: String,
}

impl Place {
    /// A file as a whole.
    pub fn file(file: impl Into<String>) -> Place {
        Place { file: file.into(), line: 0, column: 1, width: 1, text: String::new() }
    }

    /// A whole line of a file.
    pub fn line(file: impl Into<String>, line: u64, text: &str) -> Place {
        let text: String = text.chars().take(MAX_TEXT).collect();
        let width = text.chars().count().max(1) as u64;
        Place { file: file.into(), line, column: 1, width, text }
    }

    /// The byte range `span` of `source`, the text of `file`. A range over several lines marks the first.
    pub fn in_text(file: impl Into<String>, source: &str, span: std::ops::Range<usize>) -> Place {
        let start = floor_char_boundary(source, span.start);
        let line_start = source[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |i| start + i);
        let end = floor_char_boundary(source, span.end).clamp(start, line_end);
        let text = source[line_start..line_end].trim_end_matches('\r');
        Place {
            file: file.into(),
            line: source[..start].matches('\n').count() as u64 + 1,
            column: source[line_start..start].chars().count() as u64 + 1,
            width: source[start..end].chars().count().max(1) as u64,
            text: text.chars().take(MAX_TEXT).collect(),
        }
    }
}

/// Characters of a line that a diagnostic keeps.
const MAX_TEXT: usize = 400;

fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// One mistake, or one remark, about an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The rule that is broken.
    #[serde(rename = "code", serialize_with = "code_only")]
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line, lower case, with no full stop.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// The dotted path of the figure: `site.abilene.block.b1.it_mw`.
    pub field: Option<String>,
    /// The value found.
    pub value: Option<String>,
    /// What to write instead.
    pub hint: Option<String>,
    /// Other places that matter, each with what it is ("first defined here").
    pub related: Vec<(Place, String)>,
}

fn code_only<S: serde::Serializer>(rule: &&'static Rule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(rule.code)
}

impl Diagnostic {
    /// An error with nothing but its message; the `with_` methods add the rest.
    pub fn error(rule: &'static Rule, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            rule,
            severity: Severity::Error,
            message: message.into(),
            place: None,
            field: None,
            value: None,
            hint: None,
            related: Vec::new(),
        }
    }
    /// A warning.
    pub fn warning(rule: &'static Rule, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(rule, message) }
    }
    /// A note.
    pub fn note(rule: &'static Rule, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Note, ..Diagnostic::error(rule, message) }
    }
    /// Says where.
    pub fn with_place(mut self, place: Place) -> Diagnostic {
        self.place = Some(place);
        self
    }
    /// Says which figure.
    pub fn with_field(mut self, field: impl Into<String>) -> Diagnostic {
        self.field = Some(field.into());
        self
    }
    /// Says which value was found.
    pub fn with_value(mut self, value: impl fmt::Display) -> Diagnostic {
        self.value = Some(value.to_string());
        self
    }
    /// Says what to write instead.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = Some(hint.into());
        self
    }
    /// Adds another place that matters.
    pub fn with_related(mut self, place: Place, what: impl Into<String>) -> Diagnostic {
        self.related.push((place, what.into()));
        self
    }
}

/// One line: `file:line:column: error[S001]: message`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            match place.line {
                0 => write!(f, "{}: ", place.file)?,
                line => write!(f, "{}:{line}:{}: ", place.file, place.column)?,
            }
        }
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        write!(f, "{word}[{}]: {}", self.rule.code, self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "; hint: {hint}")?;
        }
        Ok(())
    }
}

/// Every mistake of an input, in the order found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Nothing to say.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }
    /// Adds all of another list.
    pub fn extend(&mut self, other: Diagnostics) {
        self.0.extend(other.0);
    }
    /// Whether anything in it makes the input unusable.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }
    /// How many of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|d| d.severity == severity).count()
    }
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// In the order found.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_becomes_line_column_and_width_in_characters() {
        let text = "a = 1\r\nbé = -3\n";
        let at = text.find("-3").expect("there");
        let place = Place::in_text("x.toml", text, at..at + 2);
        assert_eq!((place.line, place.column, place.width), (2, 6, 2));
        assert_eq!(place.text, "bé = -3");
        let inside_a_character = text.find('é').expect("there") + 1;
        assert_eq!(Place::in_text("x", text, inside_a_character..inside_a_character + 40).column, 2);
        assert_eq!(Place::in_text("x", "", 5..9).line, 1);
    }
}
