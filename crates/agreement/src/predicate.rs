//! Predicates over what an agreement speaks of: scopes, carve-outs, conditions of milestones.
//!
//! ```text
//! purpose is research and (site is a or site is b)
//! it_mw at least 50 and not (ready before 2027-01-01)
//! channel in (azure, api)
//! ```
//!
//! There is no precedence between `and` and `or`: a row that mixes them without parentheses is refused, because the
//! outcome of a contract can turn on it.

use crate::rules;
use base::Diagnostic;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Value {
    /// A word or a name.
    Text(String),
    /// A count, in the unit of the attribute.
    Number(i64),
    /// A day.
    Day(Date),
}

/// What a predicate is asked about: values by attribute.
pub type Subject = BTreeMap<String, Value>;

/// A predicate. A test of an attribute that the subject lacks does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Predicate {
    /// Holds for everything.
    Always,
    /// Holds for nothing.
    Never,
    /// Every one holds.
    All(Vec<Predicate>),
    /// At least one holds.
    Any(Vec<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
    /// The attribute has one of the values.
    In(String, BTreeSet<Value>),
    /// The attribute is a number at least this.
    AtLeast(String, i64),
    /// The attribute is a number below this.
    Below(String, i64),
    /// The attribute is a day before this.
    Before(String, Date),
    /// The attribute is this day or a later one.
    From(String, Date),
}

impl Predicate {
    /// Whether it holds for `subject`.
    pub fn holds(&self, subject: &Subject) -> bool {
        let number = |name: &String| match subject.get(name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        };
        let day = |name: &String| match subject.get(name) {
            Some(Value::Day(day)) => Some(*day),
            _ => None,
        };
        match self {
            Predicate::Always => true,
            Predicate::Never => false,
            Predicate::All(all) => all.iter().all(|p| p.holds(subject)),
            Predicate::Any(any) => any.iter().any(|p| p.holds(subject)),
            Predicate::Not(other) => !other.holds(subject),
            Predicate::In(name, values) => subject.get(name).is_some_and(|value| values.contains(value)),
            Predicate::AtLeast(name, least) => number(name).is_some_and(|n| n >= *least),
            Predicate::Below(name, limit) => number(name).is_some_and(|n| n < *limit),
            Predicate::Before(name, limit) => day(name).is_some_and(|d| d < *limit),
            Predicate::From(name, first) => day(name).is_some_and(|d| d >= *first),
        }
    }

    /// The attributes that it asks for, with the values it names: what a scope speaks of.
    pub fn attributes(&self) -> BTreeMap<String, BTreeSet<Value>> {
        let mut found = BTreeMap::new();
        self.collect(&mut found);
        found
    }

    fn collect(&self, found: &mut BTreeMap<String, BTreeSet<Value>>) {
        match self {
            Predicate::Always | Predicate::Never => {}
            Predicate::All(list) | Predicate::Any(list) => list.iter().for_each(|p| p.collect(found)),
            Predicate::Not(other) => other.collect(found),
            Predicate::In(name, values) => {
                found.entry(name.clone()).or_default().extend(values.iter().cloned())
            }
            Predicate::AtLeast(name, n) | Predicate::Below(name, n) => {
                found.entry(name.clone()).or_default().insert(Value::Number(*n));
            }
            Predicate::Before(name, day) | Predicate::From(name, day) => {
                found.entry(name.clone()).or_default().insert(Value::Day(*day));
            }
        }
    }

    /// A mistake for each attribute that is not among `known`.
    pub fn unknown_attributes(&self, known: &[&str]) -> Vec<Diagnostic> {
        let unknown = self.attributes().into_keys().filter(|name| !known.contains(&name.as_str()));
        unknown
            .map(|name| {
                let message = format!("nothing has an attribute `{name}`");
                let hint = format!("one of `{}`", known.join("`, `"));
                Diagnostic::error(&rules::UNKNOWN_ATTRIBUTE, message).with_value(name).with_hint(hint)
            })
            .collect()
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Predicate, Box<Diagnostic>> {
        let tokens = tokens(text);
        let mut reader = Reader { tokens: &tokens, at: 0, depth: 0 };
        let predicate = reader.expression()?;
        match reader.peek() {
            None => Ok(predicate),
            Some(token) => Err(unreadable(format!("`{token}` is not expected here"))),
        }
    }
}

/// One mistake; boxed because a diagnostic is large.
type Fault = Box<Diagnostic>;

fn unreadable(message: String) -> Fault {
    let found = Diagnostic::error(&rules::UNREADABLE_PREDICATE, message);
    Box::new(found.with_hint("write tests such as `purpose is research`, joined by `and`, `or` or `not`"))
}

/// Words, quoted words and the three signs `(`, `)`, `,`.
fn tokens(text: &str) -> Vec<String> {
    let (mut tokens, mut word, mut quoted) = (Vec::new(), String::new(), false);
    let mut flush = |word: &mut String| {
        if !word.is_empty() {
            tokens.push(std::mem::take(word));
        }
    };
    for c in text.chars() {
        match c {
            '"' if quoted => {
                flush(&mut word);
                quoted = false;
            }
            '"' => {
                flush(&mut word);
                quoted = true;
                word.push('"');
            }
            _ if quoted => word.push(c),
            '(' | ')' | ',' => {
                flush(&mut word);
                flush(&mut c.to_string());
            }
            _ if c.is_whitespace() => flush(&mut word),
            _ => word.push(c),
        }
    }
    flush(&mut word);
    tokens
}

struct Reader<'a> {
    tokens: &'a [String],
    at: usize,
    depth: usize,
}

/// Parentheses and `not` deeper than this are refused, so that no text can exhaust the stack.
const MAX_DEPTH: usize = 64;

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.at).map(String::as_str)
    }
    fn take(&mut self) -> Option<&'a str> {
        self.at += 1;
        self.tokens.get(self.at - 1).map(String::as_str)
    }
    fn accept(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.at += usize::from(found);
        found
    }
    fn expect(&mut self, word: &str) -> Result<(), Fault> {
        if self.accept(word) {
            return Ok(());
        }
        Err(unreadable(format!("`{word}` is missing before {}", self.here())))
    }
    fn here(&self) -> String {
        self.peek().map_or("the end".to_string(), |token| format!("`{token}`"))
    }

    fn expression(&mut self) -> Result<Predicate, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(unreadable(format!("more than {MAX_DEPTH} levels of parentheses")));
        }
        let first = self.term()?;
        let connective = match self.peek() {
            Some(word @ ("and" | "or")) => word.to_string(),
            _ => {
                self.depth -= 1;
                return Ok(first);
            }
        };
        let other = if connective == "and" { "or" } else { "and" };
        let mut list = vec![first];
        while self.accept(&connective) {
            list.push(self.term()?);
        }
        if self.peek() == Some(other) {
            let message = "`and` and `or` stand side by side without parentheses";
            let found = Diagnostic::error(&rules::MIXED_CONNECTIVES, message);
            return Err(Box::new(found.with_hint("put parentheses round the part that belongs together")));
        }
        self.depth -= 1;
        Ok(if connective == "and" { Predicate::All(list) } else { Predicate::Any(list) })
    }

    fn term(&mut self) -> Result<Predicate, Fault> {
        let mut negated = false;
        while self.accept("not") {
            negated = !negated;
        }
        let inner = if self.accept("(") {
            let inner = self.expression()?;
            self.expect(")")?;
            inner
        } else if self.accept("always") {
            Predicate::Always
        } else if self.accept("never") {
            Predicate::Never
        } else {
            self.test()?
        };
        Ok(if negated { Predicate::Not(Box::new(inner)) } else { inner })
    }

    fn test(&mut self) -> Result<Predicate, Fault> {
        let here = self.here();
        let name = match self.take() {
            Some(name) if !matches!(name, "and" | "or" | "(" | ")" | ",") => name.to_string(),
            _ => return Err(unreadable(format!("a test is missing before {here}"))),
        };
        let here = self.here();
        match self.take() {
            Some("is") if self.accept("not") => {
                let value = self.value()?;
                Ok(Predicate::Not(Box::new(Predicate::In(name, BTreeSet::from([value])))))
            }
            Some("is") => Ok(Predicate::In(name, BTreeSet::from([self.value()?]))),
            Some("in") => {
                self.expect("(")?;
                let mut values = BTreeSet::from([self.value()?]);
                while self.accept(",") {
                    values.insert(self.value()?);
                }
                self.expect(")")?;
                Ok(Predicate::In(name, values))
            }
            Some("at") => {
                self.expect("least")?;
                Ok(Predicate::AtLeast(name, self.number()?))
            }
            Some("below") => Ok(Predicate::Below(name, self.number()?)),
            Some("before") => Ok(Predicate::Before(name, self.day()?)),
            Some("from") => Ok(Predicate::From(name, self.day()?)),
            _ => Err(unreadable(format!(
                "`is`, `in`, `at least`, `below`, `before` or `from` is missing before {here}"
            ))),
        }
    }

    fn value(&mut self) -> Result<Value, Fault> {
        let here = self.here();
        let token = match self.take() {
            Some(token) if !matches!(token, "and" | "or" | "not" | "(" | ")" | ",") => token,
            _ => return Err(unreadable(format!("a value is missing before {here}"))),
        };
        Ok(match token.strip_prefix('"') {
            Some(quoted) => Value::Text(quoted.to_string()),
            None => match (token.parse::<i64>(), token.parse::<Date>()) {
                (Ok(number), _) => Value::Number(number),
                (_, Ok(day)) => Value::Day(day),
                _ => Value::Text(token.to_string()),
            },
        })
    }

    fn number(&mut self) -> Result<i64, Fault> {
        match self.value()? {
            Value::Number(number) => Ok(number),
            other => Err(unreadable(format!("`{other}` is not a whole number"))),
        }
    }
    fn day(&mut self) -> Result<Date, Fault> {
        match self.value()? {
            Value::Day(day) => Ok(day),
            other => Err(unreadable(format!("`{other}` is not a day such as `2026-01-31`"))),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) if is_plain(text) => f.write_str(text),
            Value::Text(text) => write!(f, "\"{text}\""),
            Value::Number(number) => number.fmt(f),
            Value::Day(day) => day.fmt(f),
        }
    }
}

fn is_plain(text: &str) -> bool {
    let reserved = matches!(text, "and" | "or" | "not" | "always" | "never");
    let sign = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '"');
    !text.is_empty()
        && !reserved
        && !text.contains(sign)
        && text.parse::<i64>().is_err()
        && text.parse::<Date>().is_err()
}

/// The text form, with parentheses round every inner list.
impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, list: &[Predicate], word: &str| {
            for (i, item) in list.iter().enumerate() {
                if i > 0 {
                    write!(f, " {word} ")?;
                }
                match item {
                    Predicate::All(_) | Predicate::Any(_) => write!(f, "({item})")?,
                    _ => item.fmt(f)?,
                }
            }
            Ok(())
        };
        match self {
            Predicate::Always => f.write_str("always"),
            Predicate::Never => f.write_str("never"),
            Predicate::All(all) => list(f, all, "and"),
            Predicate::Any(any) => list(f, any, "or"),
            Predicate::Not(other) => write!(f, "not ({other})"),
            Predicate::In(name, values) => {
                let values: Vec<String> = values.iter().map(Value::to_string).collect();
                match values.as_slice() {
                    [value] => write!(f, "{name} is {value}"),
                    _ => write!(f, "{name} in ({})", values.join(", ")),
                }
            }
            Predicate::AtLeast(name, n) => write!(f, "{name} at least {n}"),
            Predicate::Below(name, n) => write!(f, "{name} below {n}"),
            Predicate::Before(name, day) => write!(f, "{name} before {day}"),
            Predicate::From(name, day) => write!(f, "{name} from {day}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn subject(pairs: &[(&str, &str)]) -> Subject {
        let value = |text: &str| match (text.parse(), text.parse()) {
            (Ok(number), _) => Value::Number(number),
            (_, Ok(day)) => Value::Day(day),
            _ => Value::Text(text.to_string()),
        };
        pairs.iter().map(|(name, text)| (name.to_string(), value(text))).collect()
    }

    #[test]
    fn tests_hold_or_not() {
        let block = subject(&[
            ("purpose", "research"),
            ("it_mw", "100"),
            ("ready", "2027-03-01"),
            ("site", "new site"),
        ]);
        for (text, holds) in [
            ("purpose is research", true),
            ("purpose is not research", false),
            ("not purpose is research or it_mw below 101", true),
            ("purpose in (api, training)", false),
            ("it_mw at least 100 and it_mw below 101", true),
            ("ready before 2027-03-01", false),
            ("ready from 2027-03-01", true),
            ("site is \"new site\"", true),
            ("colour is red", false),
            ("not (colour is red)", true),
            ("always", true),
            ("not not never", false),
            ("purpose is research and (site is a or it_mw at least 5)", true),
        ] {
            assert_eq!(Predicate::parse(text).unwrap().holds(&block), holds, "{text}");
        }
    }

    #[test]
    fn and_or_must_be_chosen() {
        let found = Predicate::parse("purpose is a and site is b or site is c").unwrap_err();
        assert_eq!(found.rule.code, "A004");
        let deep = "(".repeat(100_000);
        for wrong in [
            "",
            "purpose",
            "purpose is",
            "purpose = a",
            "a is b and",
            "(a is b",
            "a is b)",
            "a in b",
            "a at least x",
            &deep,
        ] {
            assert_eq!(
                Predicate::parse(wrong).unwrap_err().rule.code,
                "A005",
                "{}",
                &wrong[..wrong.len().min(20)]
            );
        }
        let unknown =
            Predicate::parse("purpos is a and site is b").unwrap().unknown_attributes(&["purpose", "site"]);
        assert_eq!(unknown.len(), 1);
    }

    fn predicates() -> impl Strategy<Value = Predicate> {
        let leaf = prop_oneof![
            Just(Predicate::Always),
            Just(Predicate::Never),
            (
                "[ab]",
                prop::collection::btree_set(
                    prop_oneof!["[xyz ]{1,3}".prop_map(Value::Text), any::<i64>().prop_map(Value::Number)],
                    1..4
                )
            )
                .prop_map(|(name, values)| Predicate::In(name, values)),
            ("[ab]", any::<i64>()).prop_map(|(name, n)| Predicate::AtLeast(name, n)),
            ("[ab]", 1i16..28)
                .prop_map(|(name, d)| Predicate::Before(name, Date::constant(2026, 1, d as i8))),
        ];
        leaf.prop_recursive(4, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(Predicate::All),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Predicate::Any),
                inner.prop_map(|p| Predicate::Not(Box::new(p))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(predicate in predicates()) {
            let read = Predicate::parse(&predicate.to_string()).unwrap();
            let subject = subject(&[("a", "x"), ("b", "7")]);
            prop_assert_eq!(read.to_string(), predicate.to_string());
            prop_assert_eq!(read.holds(&subject), predicate.holds(&subject));
        }
        #[test]
        fn no_text_panics(text in "[ab is(),\"not0-9andor]{0,60}") {
            let _ = Predicate::parse(&text);
        }
    }
}
