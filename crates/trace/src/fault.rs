//! How a row that cannot be read becomes a diagnostic, with the very characters that are wrong.

use crate::number::NotANumber;
use crate::rules;
use base::{Diagnostic, Place, Rule};
use std::ops::Range;

/// A mistake on its way to the caller; boxed, because rows without one pass through the same hands.
pub(crate) type Fault = Box<Diagnostic>;

/// A line of a file.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub file: &'a str,
    pub line: u64,
    pub text: &'a [u8],
}

impl At<'_> {
    /// A mistake in the bytes `range` of the line.
    #[cold]
    pub(crate) fn fault(&self, rule: &'static Rule, range: Range<usize>, message: String) -> Fault {
        let text = String::from_utf8_lossy(self.text);
        // Where a byte was no character, the lossy text is longer than the line: mark the line as a whole.
        let range = if text.len() == self.text.len() { range } else { 0..text.len() };
        let mut place = Place::in_text(self.file, &text, range.clone());
        place.line = self.line;
        let fault = Diagnostic::error(rule, message).with_place(place);
        let value = text.get(range).filter(|value| !value.is_empty() && value.len() <= 100);
        Box::new(match value {
            Some(value) => fault.with_value(value),
            None => fault,
        })
    }

    /// A mistake in the line as a whole.
    #[cold]
    pub(crate) fn whole(&self, rule: &'static Rule, message: String) -> Fault {
        let text = String::from_utf8_lossy(self.text);
        Box::new(Diagnostic::error(rule, message).with_place(Place::line(self.file, self.line, &text)))
    }
}

/// The fields of one line, each with its name.
pub(crate) struct Fields<'a> {
    pub at: At<'a>,
    pub names: &'a [&'static str],
    /// Where each named field lies in the line.
    pub ranges: &'a [Range<usize>],
}

impl<'a> Fields<'a> {
    /// The bytes of a field, without blanks round them.
    pub(crate) fn bytes(&self, field: usize) -> &'a [u8] {
        let range = self.ranges.get(field).cloned().unwrap_or(0..0);
        self.at.text.get(range).unwrap_or_default().trim_ascii()
    }

    /// The text of a field; lines are checked for UTF-8 before they are split.
    pub(crate) fn text(&self, field: usize) -> &'a str {
        std::str::from_utf8(self.bytes(field)).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self, field: usize) -> bool {
        self.bytes(field).is_empty()
    }

    /// A whole number from 0 to `most`.
    pub(crate) fn count(&self, field: usize, most: u64) -> Result<u64, Fault> {
        match crate::number::count(self.bytes(field)) {
            Ok(value) if value <= most => Ok(value),
            Ok(_) => Err(self.not_a_number(field, NotANumber::TooLarge, &format!("at most {most}"))),
            Err(why) => Err(self.not_a_number(field, why, "a whole number such as `8`")),
        }
    }

    /// A whole number from 0 to 4,294,967,295.
    pub(crate) fn count_u32(&self, field: usize) -> Result<u32, Fault> {
        Ok(self.count(field, u64::from(u32::MAX))? as u32)
    }

    /// Seconds of at least 0, as nanoseconds.
    pub(crate) fn seconds(&self, field: usize) -> Result<i64, Fault> {
        match crate::number::billionths(self.bytes(field)) {
            Ok(value) if value >= 0 => Ok(value),
            Ok(_) => Err(self.not_a_number(field, NotANumber::Negative, "seconds of at least 0")),
            Err(why) => Err(self.not_a_number(field, why, "seconds such as `3600` or `66.5`")),
        }
    }

    /// What is wrong with a field that should be a number.
    #[cold]
    pub(crate) fn not_a_number(&self, field: usize, why: NotANumber, wanted: &str) -> Fault {
        let name = self.names.get(field).copied().unwrap_or("?");
        let value = String::from_utf8_lossy(self.bytes(field)).into_owned();
        let shown: String = value.chars().take(40).collect();
        let (rule, message) = match why {
            NotANumber::Broken if value.is_empty() => (rules::NUMBER, format!("`{name}` is empty")),
            NotANumber::Broken => (rules::NUMBER, format!("`{name}` is not a number: `{shown}`")),
            NotANumber::Negative => (rules::RANGE, format!("`{name}` is negative: `{shown}`")),
            NotANumber::TooLarge => (rules::RANGE, format!("`{name}` is too large: `{shown}`")),
        };
        self.fault(field, rule, message, &format!("write {wanted}"))
    }

    /// Any mistake of one field.
    #[cold]
    pub(crate) fn fault(&self, field: usize, rule: &'static Rule, message: String, hint: &str) -> Fault {
        let range = self.ranges.get(field).cloned().unwrap_or(0..0);
        let name = self.names.get(field).copied().unwrap_or("?");
        let mut fault = self.at.fault(rule, range, message);
        fault.field = Some(name.to_string());
        fault.hint = Some(hint.to_string());
        fault
    }
}
