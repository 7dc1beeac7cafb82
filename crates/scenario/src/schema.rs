//! The language for editors (JSON Schema) and for people (a reference page), both from its declaration.

use crate::keys::{EDITION, ScenarioText};
use crate::language::{Declared, Key, PROVENANCE_KEYS, ScalarShape, Section, Shape, Spec};
use crate::scalar::{Choice, bounds};
use crate::tree::{Value, parse_value};
use crate::world::FigureKind;
use crate::{BUILTINS, LIBRARY, RULES};
use serde_json::{Map, Value as Json, json};
use std::fmt::Write as _;

/// What to write for a key that is missing: ``write `it_mw = 1.5` ``.
pub fn example(key: &Key) -> String {
    match (key.shape)() {
        Shape::Figure(shape) | Shape::Scalar(shape) => {
            format!("write `{} = {}`", key.name, example_value(shape, &key.spec))
        }
        Shape::List(shape) => format!("write `{} = [{}]`", key.name, example_value(shape, &key.spec)),
        Shape::One(declared) | Shape::Map(declared) | Shape::Rows(declared) => {
            format!("add `{}`", declared().heading)
        }
    }
}

fn example_value(shape: ScalarShape, spec: &Spec) -> String {
    if !spec.example.is_empty() {
        return spec.example.to_string();
    }
    match shape {
        ScalarShape::Number => example_number(spec),
        ScalarShape::Integer => example_whole(spec),
        ScalarShape::Text => "\"...\"".into(),
        ScalarShape::Bool => "true".into(),
        ScalarShape::Instant => "\"2026-01-31\"".into(),
        ScalarShape::Duration => "\"90 min\"".into(),
        ScalarShape::File => "\"file\"".into(),
        ScalarShape::Choice(words) => format!("\"{}\"", words.first().map_or("", |(word, _)| word)),
        ScalarShape::Numbers(_) => "[1.0, ...]".into(),
        ScalarShape::Weights => "{ 1 = 0.7, 8 = 0.3 }".into(),
        ScalarShape::Vintages => "{ for = \"2026-11-01\", known = \"2026-05-23\" }".into(),
    }
}

/// A number that the key takes: 1.5, if it may be; else the middle of its range, or its end.
pub fn example_number(spec: &Spec) -> String {
    let number = first_in_bounds([1.5, 0.5, 0.5 * (spec.least + spec.most), spec.most, spec.least], spec);
    if number == number.trunc() { format!("{number:.1}") } else { number.to_string() }
}

/// A whole number that the key takes: 8, if it may be; else the end of its range.
pub fn example_whole(spec: &Spec) -> String {
    first_in_bounds([8.0, spec.most, spec.least], spec).to_string()
}

/// The first of the numbers that a key takes; the first of all if it takes none.
fn first_in_bounds<const N: usize>(numbers: [f64; N], spec: &Spec) -> f64 {
    let fits = |number: &f64| number.is_finite() && crate::scalar::in_bounds(*number, spec);
    numbers.into_iter().find(fits).unwrap_or(numbers[0])
}

/// Every section, each once, in the order of the declaration.
fn sections() -> Vec<&'static Declared> {
    fn visit(declared: &'static Declared, found: &mut Vec<&'static Declared>) {
        if found.iter().any(|known| known.name == declared.name) {
            return;
        }
        found.push(declared);
        for key in declared.keys {
            if let Shape::One(inner) | Shape::Map(inner) | Shape::Rows(inner) = (key.shape)() {
                visit(inner(), found);
            }
        }
    }
    let mut found = Vec::new();
    visit(ScenarioText::declared(), &mut found);
    found
}

/// The language as JSON Schema (draft-07), for editors. What is checked between keys and files is not in it, nor which
/// keys must be there: a file may extend another.
pub fn json_schema() -> Json {
    let definitions: Map<String, Json> =
        sections().into_iter().map(|declared| (declared.name.to_string(), section(declared))).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": format!("Stargate scenario, edition {EDITION}"),
        "$ref": format!("#/definitions/{}", ScenarioText::declared().name),
        "definitions": definitions,
    })
}

fn section(declared: &Declared) -> Json {
    let mut properties = Map::new();
    for key in declared.keys {
        let mut schema = shape((key.shape)(), &key.spec);
        if let Json::Object(fields) = &mut schema {
            fields.insert("description".into(), description(key).into());
            if let Some(default) = key.spec.default.and_then(default_json) {
                fields.insert("default".into(), default);
            }
        }
        properties.insert(key.name.into(), schema);
    }
    let kinds: Vec<&str> = FigureKind::WORDS.iter().map(|(word, _)| *word).collect();
    let of_all = "of the figures in this table that do not say otherwise";
    properties.insert(
        PROVENANCE_KEYS[0].into(),
        json!({ "type": "string", "description": format!("Source {of_all}.") }),
    );
    properties.insert(
        PROVENANCE_KEYS[1].into(),
        json!({ "type": "string", "enum": kinds, "description": format!("Kind {of_all}.") }),
    );
    json!({
        "type": "object",
        "description": one_line(declared.doc),
        "properties": properties,
        "additionalProperties": false,
    })
}

fn shape(shape: Shape, spec: &Spec) -> Json {
    let reference = |declared: &Declared| json!({ "$ref": format!("#/definitions/{}", declared.name) });
    match shape {
        Shape::Scalar(shape) => scalar(shape, spec),
        Shape::Figure(shape) => {
            let plain = scalar(shape, spec);
            let kinds: Vec<&str> = FigureKind::WORDS.iter().map(|(word, _)| *word).collect();
            json!({ "anyOf": [plain, {
                "type": "object",
                "properties": {
                    "value": plain,
                    "source": { "type": "string" },
                    "kind": { "type": "string", "enum": kinds },
                },
                "required": ["value"],
                "additionalProperties": false,
            }] })
        }
        Shape::List(shape) => json!({ "type": "array", "items": scalar(shape, spec) }),
        Shape::One(declared) => json!({ "allOf": [reference(declared())] }),
        Shape::Map(declared) => json!({
            "type": "object",
            "propertyNames": { "pattern": "^[A-Za-z0-9_-]{1,64}$" },
            "additionalProperties": reference(declared()),
        }),
        Shape::Rows(declared) => json!({ "type": "array", "items": reference(declared()) }),
    }
}

fn scalar(shape: ScalarShape, spec: &Spec) -> Json {
    let mut schema = match shape {
        ScalarShape::Number => json!({ "type": "number" }),
        ScalarShape::Integer => json!({ "type": "integer" }),
        ScalarShape::Text | ScalarShape::File | ScalarShape::Instant | ScalarShape::Duration => {
            return json!({ "type": "string" });
        }
        ScalarShape::Bool => return json!({ "type": "boolean" }),
        ScalarShape::Choice(words) => {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            return json!({ "type": "string", "enum": words });
        }
        ScalarShape::Numbers(count) => {
            let item = scalar(ScalarShape::Number, spec);
            return json!({ "type": "array", "items": item, "minItems": count, "maxItems": count });
        }
        ScalarShape::Vintages => {
            let date = json!({ "type": "string" });
            let known = json!({
                "type": "object",
                "properties": {
                    "for": date, "known": date, "source": date,
                    "kind": scalar(ScalarShape::Choice(FigureKind::WORDS), spec),
                },
                "required": ["for"],
                "additionalProperties": false,
            });
            let one = json!([date, known]);
            return json!({ "anyOf": [date, known, { "type": "array", "items": { "anyOf": one }, "minItems": 1 }] });
        }
        ScalarShape::Weights => {
            let weight = scalar(ScalarShape::Number, spec);
            return json!({
                "type": "object",
                "patternProperties": { "^[0-9]+$": weight },
                "additionalProperties": false,
            });
        }
    };
    if let Json::Object(fields) = &mut schema {
        if spec.least.is_finite() {
            let word = if spec.above { "exclusiveMinimum" } else { "minimum" };
            fields.insert(word.into(), spec.least.into());
        }
        if spec.most.is_finite() {
            fields.insert("maximum".into(), spec.most.into());
        }
    }
    schema
}

fn default_json(default: &str) -> Option<Json> {
    Some(match parse_value(0, 0, default)?.value {
        Value::Text(text) => text.into(),
        Value::Integer(number) => i64::try_from(number?).ok()?.into(),
        Value::Number(number) => number.into(),
        Value::Bool(truth) => truth.into(),
        _ => return None,
    })
}

fn description(key: &Key) -> String {
    let mut text = one_line(key.doc);
    if !key.spec.absent.is_empty() {
        let _ = write!(text, " Not given: {}.", key.spec.absent);
    }
    text
}

fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The reference page of the language, in Markdown.
pub fn reference_markdown() -> String {
    let mut page = String::from(include_str!("reference.md"));
    for declared in sections() {
        let _ = write!(page, "\n## {}\n\n{}\n\n", heading(declared), one_line(declared.doc));
        page.push_str("| key | takes | not given | |\n|---|---|---|---|\n");
        for key in declared.keys {
            let absent = match (key.spec.required, key.spec.default) {
                (true, _) => "**required**".to_string(),
                (false, Some(default)) => format!("`{default}`"),
                (false, None) if key.spec.absent.is_empty() => String::new(),
                (false, None) => key.spec.absent.to_string(),
            };
            let _ = writeln!(page, "| `{}` | {} | {absent} | {} |", key.name, takes(key), one_line(key.doc));
        }
        for key in declared.keys {
            if let Shape::Scalar(ScalarShape::Choice(words)) = (key.shape)() {
                let _ = write!(page, "\n`{}`:\n\n", key.name);
                for (word, doc) in words {
                    let _ = writeln!(page, "* `{word}`: {doc}");
                }
            }
        }
    }
    page.push_str("\n## Texts that come with Stargate\n\n");
    for (name, text) in BUILTINS.iter().chain(LIBRARY) {
        let first = text.lines().next().unwrap_or_default().trim_start_matches(['#', ' ']);
        let _ = writeln!(page, "* `builtin:{name}`: {first}");
    }
    page.push_str("\n## Rules\n\n`stargate explain CODE` tells more. Codes from S100 on are warnings.\n\n");
    page.push_str("| code | |\n|---|---|\n");
    for rule in RULES {
        let _ = writeln!(page, "| {} | {} |", rule.code, rule.title);
    }
    page
}

fn heading(declared: &Declared) -> String {
    match declared.heading.starts_with("the ") {
        true => "The top of the file".to_string(),
        false => format!("`{}`", declared.heading),
    }
}

fn takes(key: &Key) -> String {
    let what = match (key.shape)() {
        Shape::Figure(shape) | Shape::Scalar(shape) => kind_of(shape, &key.spec),
        Shape::List(shape) => format!("list of {}", kind_of(shape, &key.spec)),
        Shape::One(declared) => return format!("table `{}`", declared().heading),
        Shape::Map(declared) => return format!("tables `{}`", declared().heading),
        Shape::Rows(declared) => return format!("tables `{}`", declared().heading),
    };
    match key.spec.refers {
        "" => what,
        section => format!("name of a `{section}`"),
    }
}

fn kind_of(shape: ScalarShape, spec: &Spec) -> String {
    let with_bounds = |word: &str| {
        let bounds = bounds(spec);
        if bounds.is_empty() { word.to_string() } else { format!("{word}, {bounds}") }
    };
    match shape {
        ScalarShape::Number => with_bounds("number"),
        ScalarShape::Integer => with_bounds("whole number"),
        ScalarShape::Text => "text".into(),
        ScalarShape::Bool => "`true` or `false`".into(),
        ScalarShape::Instant => "date".into(),
        ScalarShape::Duration => "duration".into(),
        ScalarShape::File => "file".into(),
        ScalarShape::Choice(_) => "one of the words below".into(),
        ScalarShape::Numbers(count) => format!("{count} numbers"),
        ScalarShape::Weights => "weights by whole number".into(),
        ScalarShape::Vintages => "date, `{ for, known }`, or a list of those".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declared_default_is_legal_and_inside_its_bounds() {
        // A default that its own type refuses would be dropped without a word.
        let text =
            "edition = 2026\n[horizon]\nstart = \"2026-01-01\"\nlength = \"1 day\"\n[site.a]\nsystems = []\n";
        assert!(crate::tree::too_deep(text).is_none());
        for declared in sections() {
            for key in declared.keys {
                let Some(default) = key.spec.default else { continue };
                let node = parse_value(0, 0, default).expect("a default is TOML");
                let (Shape::Figure(shape) | Shape::Scalar(shape)) = (key.shape)() else {
                    panic!("{} has a default and is no single value", key.name)
                };
                let fits = match (shape, &node.value) {
                    (ScalarShape::Number, Value::Number(n)) => *n >= key.spec.least && *n <= key.spec.most,
                    (ScalarShape::Integer, Value::Integer(Some(n))) => {
                        *n as f64 >= key.spec.least && *n as f64 <= key.spec.most
                    }
                    (ScalarShape::Text, Value::Text(_)) | (ScalarShape::Bool, Value::Bool(_)) => true,
                    (ScalarShape::Duration, Value::Text(text)) => base::Span::parse(text).is_some(),
                    (ScalarShape::Choice(words), Value::Text(text)) => {
                        words.iter().any(|(word, _)| word == text)
                    }
                    _ => false,
                };
                assert!(fits, "{}.{} = {default}", declared.name, key.name);
            }
        }
    }

    /// What a message says to write is something that the reader takes.
    #[test]
    fn the_number_in_a_hint_is_one_that_the_key_takes() {
        let mut seen = 0;
        for key in sections().iter().flat_map(|declared| declared.keys) {
            let (Shape::Figure(shape) | Shape::Scalar(shape) | Shape::List(shape)) = (key.shape)() else {
                continue;
            };
            let number = match shape {
                ScalarShape::Number => example_number(&key.spec),
                ScalarShape::Integer => example_whole(&key.spec),
                _ => continue,
            };
            let inside = number.parse().is_ok_and(|number| crate::scalar::in_bounds(number, &key.spec));
            assert!(inside, "{} = {number}", key.name);
            seen += 1;
        }
        assert!(seen > 100, "{seen} keys with numbers");
    }

    #[test]
    fn every_key_is_explained() {
        for declared in sections() {
            assert!(!one_line(declared.doc).is_empty(), "{}", declared.heading);
            for key in declared.keys {
                assert!(one_line(key.doc).ends_with('.'), "{}.{}: {}", declared.name, key.name, key.doc);
                assert!(!PROVENANCE_KEYS.contains(&key.name), "{} is taken", key.name);
            }
        }
    }
}
