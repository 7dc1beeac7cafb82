//! Comma-separated lines under a header that names the columns.

use crate::fault::{At, Fault, Fields};
use crate::format::Format;
use crate::rules;
use base::closest;
use std::ops::Range;

/// Which columns are wanted, and where the header has them.
pub(crate) struct Table {
    names: &'static [&'static str],
    /// For each column of the file, which wanted column it is.
    wanted: Vec<Option<usize>>,
    /// Whether the file has exactly the wanted columns in the wanted order.
    direct: bool,
    /// For each wanted column, where it lies in the line at hand.
    ranges: Vec<Range<usize>>,
}

impl Table {
    /// Reads the header. All of `required` must be there; columns that are not in `names` are passed over if `open`.
    pub(crate) fn from_header(
        at: At<'_>,
        format: Format,
        names: &'static [&'static str],
        required: &[&'static str],
        open: bool,
    ) -> Result<Table, Fault> {
        let text = std::str::from_utf8(at.text).unwrap_or_default();
        let found: Vec<&str> = text.split(',').map(|name| name.trim().trim_matches('"')).collect();
        let wanted: Vec<Option<usize>> =
            found.iter().map(|name| names.iter().position(|known| known == name)).collect();
        let missing: Vec<&str> = required.iter().filter(|name| !found.contains(name)).copied().collect();
        if !missing.is_empty() {
            return Err(wrong_header(at, format, names, required, &found, &missing));
        }
        for (place, name) in found.iter().enumerate() {
            let known = wanted[place].is_some();
            if (!known && !open) || (known && found[..place].contains(name)) {
                return Err(odd_column(at, names, name, known));
            }
        }
        let direct = wanted.iter().enumerate().all(|(place, column)| *column == Some(place))
            && wanted.len() == names.len();
        Ok(Table { names, wanted, direct, ranges: vec![0..0; names.len()] })
    }

    /// Splits a line at its commas.
    pub(crate) fn split<'a>(&'a mut self, at: At<'a>) -> Result<Fields<'a>, Fault> {
        let mut start = 0;
        let mut column = 0;
        if self.direct {
            let mut slots = self.ranges.iter_mut();
            for place in memchr::memchr_iter(b',', at.text) {
                if let Some(slot) = slots.next() {
                    *slot = start..place;
                }
                column += 1;
                start = place + 1;
            }
            if let Some(slot) = slots.next() {
                *slot = start..at.text.len();
            }
        } else {
            for place in memchr::memchr_iter(b',', at.text) {
                self.keep(column, start..place);
                column += 1;
                start = place + 1;
            }
            self.keep(column, start..at.text.len());
        }
        self.check_width(at, column + 1)?;
        Ok(Fields { at, names: self.names, ranges: &self.ranges })
    }

    /// Says where a column of the file lies.
    pub(crate) fn keep(&mut self, column: usize, range: Range<usize>) {
        if self.direct {
            if let Some(slot) = self.ranges.get_mut(column) {
                *slot = range;
            }
        } else if let Some(Some(wanted)) = self.wanted.get(column) {
            self.ranges[*wanted] = range;
        }
    }

    pub(crate) fn check_width(&self, at: At<'_>, columns: usize) -> Result<(), Fault> {
        if columns == self.wanted.len() {
            return Ok(());
        }
        let message = format!("{columns} columns, where the header has {}", self.wanted.len());
        let mut fault = at.whole(rules::COLUMNS, message);
        fault.hint =
            Some("give every row one value for each column of the header; leave it empty if unknown".into());
        Err(fault)
    }

    /// Splits a line that has quotation marks (RFC 4180). A field between them lies inside; doubled marks are left for
    /// the caller.
    pub(crate) fn split_quoted<'a>(&'a mut self, at: At<'a>) -> Result<Fields<'a>, Fault> {
        let text = at.text;
        let (mut place, mut column) = (0, 0);
        loop {
            let blanks = text[place..].iter().take_while(|byte| **byte == b' ').count();
            let start = place + blanks;
            let range = if text.get(start) == Some(&b'"') {
                let end = closing_mark(text, start + 1).ok_or_else(|| unclosed(at, start))?;
                let after = end + 1 + text[end + 1..].iter().take_while(|byte| **byte == b' ').count();
                if text.get(after).is_some_and(|byte| *byte != b',') {
                    return Err(unclosed(at, start));
                }
                place = after;
                start + 1..end
            } else {
                let end = memchr::memchr(b',', &text[place..]).map_or(text.len(), |found| place + found);
                let range = place..end;
                place = end;
                range
            };
            self.keep(column, range);
            column += 1;
            if place >= text.len() {
                break;
            }
            place += 1;
        }
        self.check_width(at, column)?;
        Ok(Fields { at, names: self.names, ranges: &self.ranges })
    }
}

/// The quotation mark that ends a field which begins at `start`; a doubled one does not.
fn closing_mark(text: &[u8], start: usize) -> Option<usize> {
    let mut place = start;
    loop {
        place += memchr::memchr(b'"', text.get(place..)?)?;
        if text.get(place + 1) != Some(&b'"') {
            return Some(place);
        }
        place += 2;
    }
}

#[cold]
fn unclosed(at: At<'_>, start: usize) -> Fault {
    let message = "a quotation mark is not closed before the next comma or the end of the line".to_string();
    let mut fault = at.fault(rules::COLUMNS, start..start + 1, message);
    fault.hint = Some("double a quotation mark inside a value; a value cannot have a line break".to_string());
    fault
}

#[cold]
fn wrong_header(
    at: At<'_>,
    format: Format,
    names: &[&'static str],
    required: &[&'static str],
    found: &[&str],
    missing: &[&str],
) -> Fault {
    let message = format!("this is not the header of the format `{}`", format.name());
    let mut fault = at.whole(rules::HEADER, message);
    let listed: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    let hint = match Format::of_text(at.text) {
        Some(other) if other != format => {
            format!("did you mean the format `{}`? the file looks like it", other.name())
        }
        _ if found.starts_with(&["sn", "cpu_milli", "memory_mib"]) && !names.contains(&"sn") => {
            "it looks like a list of nodes: a site or block of a scenario takes it as `nodes`".to_string()
        }
        _ if missing.len() < required.len() => {
            let near = missing.iter().find_map(|name| {
                let unknown = found.iter().copied().filter(|found| !names.contains(found));
                closest(name, unknown).map(|found| format!("; `{found}` should be `{name}`"))
            });
            format!("{} missing{}", listed.join(", "), near.unwrap_or_default())
        }
        _ => format!("expected `{}`", names.join(",")),
    };
    fault.hint = Some(hint);
    fault
}

#[cold]
fn odd_column(at: At<'_>, names: &'static [&'static str], name: &str, known: bool) -> Fault {
    let text = String::from_utf8_lossy(at.text);
    let start = if known { text.rfind(name) } else { text.find(name) }.unwrap_or(0);
    let what = if known { "twice in the header" } else { "unknown column" };
    let mut fault = at.fault(rules::HEADER, start..start + name.len(), format!("{what}: `{name}`"));
    fault.hint = Some(match closest(name, names.iter().copied()).filter(|_| !known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the columns are `{}`", names.join(",")),
    });
    fault
}
