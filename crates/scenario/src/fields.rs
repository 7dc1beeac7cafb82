//! How each kind of field is read from its table: single values, lists, tables, tables by name, rows.

use crate::context::Cx;
use crate::language::{Field, Given, Key, List, MAX_NAME, Map, One, Readable, Rows, Section, Shape};
use crate::rules;
use crate::scalar::Scalar;
use crate::tree::{Mark, Table, Value};
use base::Diagnostic;

/// Reads a whole document.
pub fn read_document<S: Section>(cx: &mut Cx<'_>, table: &Table, mark: Mark) -> S {
    cx.enter("", table, mark)
}

impl<T: Scalar> Readable for Field<T> {
    fn shape() -> Shape {
        if T::IS_FIGURE { Shape::Figure(T::SHAPE) } else { Shape::Scalar(T::SHAPE) }
    }
    fn read(cx: &mut Cx<'_>, table: &Table, key: &'static Key, owner: Mark) -> Self {
        match table.0.get(key.name) {
            Some(entry) => cx.scalar(entry, key),
            None => {
                cx.missing(key, owner);
                cx.default_of(key, owner)
            }
        }
    }
}

impl<T: Scalar> Readable for List<T> {
    fn shape() -> Shape {
        Shape::List(T::SHAPE)
    }
    fn read(cx: &mut Cx<'_>, table: &Table, key: &'static Key, owner: Mark) -> Self {
        let Some(entry) = table.0.get(key.name) else {
            cx.missing(key, owner);
            return List(None);
        };
        let Value::List(items) = &entry.node.value else {
            cx.spoil(key.name);
            let message = format!("`{}` is {}, and must be a list", key.name, entry.node.value.word());
            let shown = cx.texts.shown(entry.node.mark);
            let field = cx.dotted(key.name);
            let diagnostic = Diagnostic::error(rules::WRONG_TYPE, message).with_field(field);
            let hint = format!("write `{} = [{shown}]`", key.name);
            cx.report(entry.node.mark, diagnostic.with_value(shown).with_hint(hint));
            return List(None);
        };
        if items.is_empty() && key.spec.required {
            cx.spoil(key.name);
            let field = cx.dotted(key.name);
            let diagnostic = Diagnostic::error(rules::MISSING_KEY, format!("`{}` is empty", key.name));
            let hint = format!("{}, with one value at least", crate::schema::example(key));
            cx.report(entry.node.mark, diagnostic.with_field(field).with_hint(hint));
            return List(None);
        }
        let mut values = Vec::new();
        for (at, node) in items.iter().enumerate() {
            let field = cx.dotted(&format!("{}.{at}", key.name));
            match T::parse(node, &key.spec) {
                Ok(value) => {
                    match T::IS_FIGURE {
                        true => cx.figure(node.mark, &field, None),
                        false => cx.choice::<T>(node, &field, key),
                    }
                    cx.paths.insert(node.mark, field);
                    values.push(Given { value, mark: node.mark });
                }
                Err(fault) => cx.refuse(node, key.name, field, fault),
            }
        }
        List(Some(Given { value: values, mark: entry.node.mark }))
    }
}

impl<S: Section> Readable for One<S> {
    fn shape() -> Shape {
        Shape::One(S::declared)
    }
    fn read(cx: &mut Cx<'_>, table: &Table, key: &'static Key, owner: Mark) -> Self {
        let Some(entry) = table.0.get(key.name) else {
            cx.missing(key, owner);
            return One(None);
        };
        let inner = cx.expect_table(entry, key.name);
        One(inner.map(|inner| cx.enter(key.name, inner, entry.key)))
    }
}

impl<S: Section> Readable for Map<S> {
    fn shape() -> Shape {
        Shape::Map(S::declared)
    }
    fn read(cx: &mut Cx<'_>, table: &Table, key: &'static Key, owner: Mark) -> Self {
        let Some(entry) = table.0.get(key.name) else {
            cx.missing(key, owner);
            return Map(Vec::new());
        };
        let Some(names) = cx.expect_table(entry, key.name) else { return Map(Vec::new()) };
        let mut sections = Vec::new();
        cx.path.push(key.name.to_string());
        for (name, entry) in &names.0 {
            let Some(inner) = cx.expect_table(entry, name) else { continue };
            if !is_name(name) {
                let message = format!("`{name}` cannot be the name of a {}", key.name);
                let hint = "a name has letters, digits, `-` and `_`, at most 64 of them";
                cx.error(entry.key, rules::BAD_NAME, message, hint);
            }
            let section = cx.enter(name, inner, entry.key);
            sections.push((Given { value: name.clone(), mark: entry.key }, section));
        }
        cx.path.pop();
        Map(sections)
    }
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

impl<S: Section> Readable for Rows<S> {
    fn shape() -> Shape {
        Shape::Rows(S::declared)
    }
    fn read(cx: &mut Cx<'_>, table: &Table, key: &'static Key, owner: Mark) -> Self {
        let Some(entry) = table.0.get(key.name) else {
            cx.missing(key, owner);
            return Rows(Vec::new());
        };
        let Value::List(items) = &entry.node.value else {
            cx.spoil(key.name);
            let message =
                format!("`{}` is {}, and must be a list of tables", key.name, entry.node.value.word());
            let hint = format!("write `{}`", S::declared().heading);
            let field = cx.dotted(key.name);
            let diagnostic = Diagnostic::error(rules::WRONG_TYPE, message).with_field(field);
            cx.report(entry.key, diagnostic.with_hint(hint));
            return Rows(Vec::new());
        };
        let mut rows = Vec::new();
        cx.path.push(key.name.to_string());
        for (at, node) in items.iter().enumerate() {
            match &node.value {
                Value::Table(table) => rows.push(cx.enter(&at.to_string(), table, node.mark)),
                other => {
                    let message =
                        format!("an item of `{}` is {}, and must be a table", key.name, other.word());
                    let hint = format!("write `{}`", S::declared().heading);
                    let value = cx.texts.shown(node.mark);
                    let diagnostic = Diagnostic::error(rules::WRONG_TYPE, message);
                    cx.report(node.mark, diagnostic.with_value(value).with_hint(hint));
                }
            }
        }
        cx.path.pop();
        Rows(rows)
    }
}
