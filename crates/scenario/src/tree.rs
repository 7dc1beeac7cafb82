//! Parsed text with the place of every key and value: what the TOML parser found, before anything is known of its meaning.

use base::{Diagnostic, Place};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use toml::de::{DeTable, DeValue};
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// A stretch of one of the texts that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Index into [`Texts`].
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where.
    pub mark: Mark,
    /// What.
    pub value: Value,
}

/// A TOML value.
#[derive(Clone, Debug)]
pub enum Value {
    /// `"text"`
    Text(String),
    /// `42`; `None` where it is outside of 128 bits.
    Integer(Option<i128>),
    /// `4.2`; infinite where the text is too large or says so.
    Number(f64),
    /// `true`
    Bool(bool),
    /// `2026-01-31`, as RFC 3339 text.
    Date(String),
    /// `[1, 2]` or `[[link]]`
    List(Vec<Node>),
    /// `{ a = 1 }` or `[a]`
    Table(Table),
}

impl Value {
    /// What it is, for messages.
    pub fn word(&self) -> &'static str {
        match self {
            Value::Text(_) => "text",
            Value::Integer(_) => "a whole number",
            Value::Number(_) => "a number",
            Value::Bool(_) => "true or false",
            Value::Date(_) => "a date",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// The keys of a table, sorted.
#[derive(Clone, Debug, Default)]
pub struct Table(pub BTreeMap<String, Entry>);

/// A key's value and where the key stands.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where the key is written.
    pub key: Mark,
    /// Its value.
    pub node: Node,
}

/// One text that was read.
#[derive(Debug)]
pub struct Text {
    /// The name to show: the path as the user named it.
    pub name: String,
    /// Relative paths in it count from here; `None` where it has no folder.
    pub folder: Option<PathBuf>,
    text: String,
    lines: Vec<u32>,
}

/// All texts of a reading; marks point into them.
#[derive(Debug, Default)]
pub struct Texts(Vec<Text>);

impl Texts {
    /// Adds a text and returns its number.
    pub fn add(&mut self, name: String, folder: Option<PathBuf>, text: String) -> u32 {
        let lines = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1))
            .collect();
        self.0.push(Text { name, folder, text, lines });
        self.0.len() as u32 - 1
    }
    /// A text by its number.
    pub fn get(&self, file: u32) -> &Text {
        &self.0[file as usize]
    }
    /// The characters of a mark.
    pub fn slice(&self, mark: Mark) -> &str {
        self.get(mark.file).text.get(mark.start as usize..mark.end as usize).unwrap_or_default()
    }
    /// The line that a mark begins on, counted from 1.
    pub fn line(&self, mark: Mark) -> usize {
        self.get(mark.file).lines.partition_point(|start| *start <= mark.start)
    }
    /// `file:line` of a mark.
    pub fn short(&self, mark: Mark) -> String {
        format!("{}:{}", self.get(mark.file).name, self.line(mark))
    }
    /// The place of a mark, with its line.
    pub fn place(&self, mark: Mark) -> Place {
        let text = self.get(mark.file);
        let line = self.line(mark);
        let start = text.lines[line - 1] as usize;
        let end = text.lines.get(line).map_or(text.text.len(), |next| *next as usize);
        let range = mark.start as usize - start..(mark.end.max(mark.start) as usize - start);
        let within = text.text.get(start..end).unwrap_or_default();
        Place { line: line as u64, ..Place::in_text(&text.name, within, range) }
    }
    /// The text of a mark on one line, cut to a length that can be shown.
    pub fn shown(&self, mark: Mark) -> String {
        let slice = self.slice(mark);
        let words: String = slice.chars().take(400).collect();
        let mut line = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((at, _)) = line.char_indices().nth(MAX_SHOWN) {
            line.truncate(at);
            line.push_str(" ...");
        }
        line
    }
}

/// A diagnostic whose words are fit to be shown: what it repeats of the user's text may hold anything.
pub fn on_one_line(mut diagnostic: Diagnostic) -> Diagnostic {
    let shown = |text: &mut String| {
        if text.len() > MAX_MESSAGE || text.chars().any(char::is_control) {
            let mut clean: String = String::with_capacity(text.len().min(2 * MAX_MESSAGE));
            for c in text.chars().take(MAX_MESSAGE) {
                match c.is_control() {
                    true => clean.extend(c.escape_default()),
                    false => clean.push(c),
                }
            }
            if text.chars().nth(MAX_MESSAGE).is_some() {
                clean.push_str(" ...");
            }
            *text = clean;
        }
    };
    shown(&mut diagnostic.message);
    for text in [&mut diagnostic.hint, &mut diagnostic.value, &mut diagnostic.field].into_iter().flatten() {
        shown(text);
    }
    diagnostic
}

/// Characters of a message that are shown.
const MAX_MESSAGE: usize = 600;

/// Characters of a value that a diagnostic or a figure shows.
const MAX_SHOWN: usize = 80;

/// Parts of dotted keys and brackets inside each other that are read; beyond that lies a mistake or an attack.
pub const MAX_DEPTH: usize = 40;

/// Where a text nests deeper than [`MAX_DEPTH`], if it does: checked on its tokens, before anything recurses.
pub fn too_deep(text: &str) -> Option<Range<usize>> {
    let mut dots_by_bracket = vec![0usize];
    let mut depth = 1;
    for token in Source::new(text).lex() {
        let level = dots_by_bracket.len() - 1;
        match token.kind() {
            TokenKind::Dot => {
                dots_by_bracket[level] += 1;
                depth += 1;
            }
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => {
                dots_by_bracket.push(0);
                depth += 1;
            }
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket if level > 0 => {
                depth -= 1 + dots_by_bracket.pop().unwrap_or(0);
            }
            TokenKind::Comma | TokenKind::Newline => {
                depth -= std::mem::take(&mut dots_by_bracket[level]);
            }
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(token.span().start()..token.span().end());
        }
    }
    None
}

/// A fault of the text as TOML.
pub struct SyntaxFault {
    /// What the parser says.
    pub message: String,
    /// Where.
    pub mark: Mark,
}

/// Texts longer than this are read up to their first syntax fault only.
const MAX_RECOVERED: usize = 1 << 20;

/// Parses a whole text. The tree holds what could be read; the text must not be [`too_deep`].
pub fn parse(file: u32, text: &str) -> (Table, Vec<SyntaxFault>) {
    let (table, errors) = if text.len() > MAX_RECOVERED {
        match DeTable::parse(text) {
            Ok(table) => (table, Vec::new()),
            Err(error) => (DeTable::parse_recoverable("").0, vec![error]),
        }
    } else {
        DeTable::parse_recoverable(text)
    };
    let faults = errors.iter().map(|error| fault(file, text, error)).collect();
    (convert_table(file, table.into_inner()), faults)
}

/// Parses one value: the right side of `--set`. `base` is where it begins in its text.
pub fn parse_value(file: u32, base: usize, text: &str) -> Option<Node> {
    if too_deep(text).is_some() {
        return None;
    }
    let value = DeValue::parse(text).ok()?;
    let mut node = convert(file, value.span(), value.into_inner());
    shift(&mut node, base as u32);
    Some(node)
}

fn shift(node: &mut Node, by: u32) {
    let moved = |mark: &mut Mark| {
        mark.start = mark.start.saturating_add(by);
        mark.end = mark.end.saturating_add(by);
    };
    moved(&mut node.mark);
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Value::Table(table) => {
            for entry in table.0.values_mut() {
                moved(&mut entry.key);
                shift(&mut entry.node, by);
            }
        }
        _ => {}
    }
}

fn fault(file: u32, text: &str, error: &toml::de::Error) -> SyntaxFault {
    let span = error.span().unwrap_or(text.len()..text.len());
    SyntaxFault { message: error.message().replace('\n', " "), mark: mark(file, span) }
}

fn mark(file: u32, span: Range<usize>) -> Mark {
    Mark { file, start: span.start as u32, end: span.end as u32 }
}

/// A key whose value is left out is a fault of its own (the parser recovers it as text of no width), and not in the table.
fn convert_table(file: u32, table: DeTable<'_>) -> Table {
    let given = table.into_iter().filter(|(_, value)| !value.span().is_empty() || value.get_ref().is_table());
    let entries = given.map(|(key, value)| {
        let key_mark = mark(file, key.span());
        let node = convert(file, value.span(), value.into_inner());
        (key.into_inner().into_owned(), Entry { key: key_mark, node })
    });
    Table(entries.collect())
}

fn convert(file: u32, span: Range<usize>, value: DeValue<'_>) -> Node {
    let value = match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(digits) => {
            Value::Integer(i128::from_str_radix(digits.as_str(), digits.radix()).ok())
        }
        DeValue::Float(digits) => Value::Number(digits.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::Bool(truth),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => {
            Value::List(items.into_iter().map(|item| convert(file, item.span(), item.into_inner())).collect())
        }
        DeValue::Table(table) => Value::Table(convert_table(file, table)),
    };
    Node { mark: mark(file, span), value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_give_line_and_text() {
        let mut texts = Texts::default();
        let text = "a = 1\n[b.c]\nd = [1,\n 2]\n";
        let file = texts.add("x.toml".into(), None, text.into());
        let (table, faults) = parse(file, text);
        assert!(faults.is_empty());
        let Value::Table(b) = &table.0["b"].node.value else { panic!("a table") };
        let Value::Table(c) = &b.0["c"].node.value else { panic!("a table") };
        let d = &c.0["d"];
        assert_eq!(texts.short(d.key), "x.toml:3");
        assert_eq!(texts.shown(d.node.mark), "[1, 2]");
        assert_eq!(texts.short(b.0["c"].key), "x.toml:2");
        let place = texts.place(d.node.mark);
        assert_eq!((place.line, place.column, place.width), (3, 5, 3));
        assert_eq!(place.text, "d = [1,");
    }

    #[test]
    fn depth_is_measured_without_recursion() {
        assert_eq!(too_deep("a.b.c = { d.e = [1.5, 2.5, [3.5]] }\nx = 1.5\n"), None);
        assert!(too_deep(&"[".repeat(1_000_000)).is_some());
        assert!(too_deep(&format!("{}a = 1", "a.".repeat(100_000))).is_some());
        assert!(too_deep(&format!("[{}a]", "a.".repeat(100_000))).is_some());
        assert!(too_deep(&"a.a = {".repeat(30)).is_some());
        assert_eq!(too_deep(&"a = [1.0, 2.0, 3.0]\n".repeat(1000)), None);
        assert_eq!(too_deep(&format!("a = \"{}\"", "a.".repeat(1000))), None);
    }
}
