//! The JSON Schema accepts what the reader accepts, checked with a small validator of the draft-07 words that it uses.
#![allow(clippy::unwrap_used)]

use scenario::{BUILTINS, LIBRARY, json_schema};
use serde_json::{Value as Json, json};
use toml::de::{DeTable, DeValue};

/// What is wrong with a value, each with its path.
fn faults(schema: &Json, root: &Json, value: &Json, path: &str, found: &mut Vec<String>) {
    let fields = schema.as_object().expect("a schema is an object");
    let mut mine = Vec::new();
    let mut fail = |what: String| mine.push(format!("{path}: {what}"));
    for (word, rule) in fields {
        match word.as_str() {
            "type" => {
                let fits = match rule.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "number" => value.is_number(),
                    "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
                    other => panic!("type {other}"),
                };
                if !fits {
                    fail(format!("is not {rule}"));
                }
            }
            "enum" => {
                if !rule.as_array().unwrap().contains(value) {
                    fail(format!("is not one of {rule}"));
                }
            }
            "minimum" if value.as_f64() < rule.as_f64() => fail(format!("is below {rule}")),
            "maximum" if value.as_f64() > rule.as_f64() => fail(format!("is above {rule}")),
            "exclusiveMinimum" if value.as_f64() <= rule.as_f64() => fail(format!("is not above {rule}")),
            "minItems" if (value.as_array().map(Vec::len) < rule.as_u64().map(|n| n as usize)) => {
                fail("too short".into())
            }
            "maxItems" if (value.as_array().map(Vec::len) > rule.as_u64().map(|n| n as usize)) => {
                fail("too long".into())
            }
            "required" => {
                for key in rule.as_array().unwrap() {
                    if value.get(key.as_str().unwrap()).is_none() {
                        fail(format!("lacks {key}"));
                    }
                }
            }
            "minimum" | "maximum" | "exclusiveMinimum" | "minItems" | "maxItems" => {}
            "$ref" => {
                let name = rule.as_str().unwrap().strip_prefix("#/definitions/").unwrap();
                faults(&root["definitions"][name], root, value, path, found);
            }
            "allOf" => {
                rule.as_array().unwrap().iter().for_each(|each| faults(each, root, value, path, found))
            }
            "anyOf" => {
                let tries: Vec<Vec<String>> = rule
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|each| {
                        let mut inner = Vec::new();
                        faults(each, root, value, path, &mut inner);
                        inner
                    })
                    .collect();
                if tries.iter().all(|inner| !inner.is_empty()) {
                    found.extend(tries.concat());
                }
            }
            "items" => {
                for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                    faults(rule, root, item, &format!("{path}.{at}"), found);
                }
            }
            "additionalProperties" => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    let here = format!("{path}.{key}");
                    if let Some(known) = schema.pointer(&format!("/properties/{key}")) {
                        faults(known, root, inner, &here, found);
                    } else if let Some(weight) = schema.pointer("/patternProperties/^[0-9]+$")
                        && key.bytes().all(|byte| byte.is_ascii_digit())
                    {
                        faults(weight, root, inner, &here, found);
                    } else if rule == &Json::Bool(false) {
                        found.push(format!("{here}: unknown"));
                    } else {
                        faults(rule, root, inner, &here, found);
                    }
                }
            }
            "properties" | "patternProperties" | "propertyNames" => {}
            "$schema" | "title" | "description" | "default" | "definitions" => {}
            other => panic!("the validator does not know {other}"),
        }
    }
    found.append(&mut mine);
}

fn to_json(value: &DeValue<'_>) -> Json {
    match value {
        DeValue::String(text) => json!(text.as_ref()),
        DeValue::Integer(digits) => json!(i64::from_str_radix(digits.as_str(), digits.radix()).unwrap()),
        DeValue::Float(digits) => json!(digits.as_str().parse::<f64>().unwrap()),
        DeValue::Boolean(truth) => json!(truth),
        DeValue::Datetime(date) => json!(date.to_string()),
        DeValue::Array(items) => items.iter().map(|item| to_json(item.get_ref())).collect(),
        DeValue::Table(table) => table_json(table),
    }
}

fn table_json(table: &DeTable<'_>) -> Json {
    table.iter().map(|(key, value)| (key.get_ref().to_string(), to_json(value.get_ref()))).collect()
}

fn faults_of(text: &str) -> Vec<String> {
    let schema = json_schema();
    let mut found = Vec::new();
    faults(&schema, &schema, &table_json(DeTable::parse(text).unwrap().get_ref()), "", &mut found);
    found
}

#[test]
fn what_the_reader_accepts_the_schema_accepts() {
    for (name, text) in BUILTINS.iter().chain(LIBRARY) {
        assert!(faults_of(text).is_empty(), "{name}: {:?}", faults_of(text));
    }
    let base = include_str!("../rules/base.toml");
    assert!(faults_of(base).is_empty(), "{:?}", faults_of(base));
}

#[test]
fn what_is_wrong_in_itself_the_schema_refuses() {
    for (text, path) in [
        ("naem = \"x\"", ".naem"),
        ("[site.a]\nlatitude_deg = 91", ".site.a.latitude_deg"),
        ("[site.a]\nit_mw = 0", ".site.a.it_mw"),
        ("[site.a]\nit_mw = { value = 3, sauce = \"x\" }", ".site.a.it_mw"),
        ("[policy]\nplacement = \"bestfit\"", ".policy.placement"),
        ("[workload.w.sizes]\nweights = { few = 1 }", ".workload.w.sizes.weights.few"),
        ("[workload.w.arrivals]\nday_of_week = [1, 2]", ".workload.w.arrivals.day_of_week"),
        ("[[workload.w.durations.class]]\nmost = 5", ".workload.w.durations.class.0.most"),
    ] {
        let found = faults_of(text);
        assert!(found.iter().any(|fault| fault.starts_with(path)), "{text}: {found:?}");
    }
}

#[test]
fn definitions_are_all_used_and_none_is_missing() {
    let schema = json_schema();
    let text = schema.to_string();
    for name in schema["definitions"].as_object().unwrap().keys() {
        assert!(text.contains(&format!("\"#/definitions/{name}\"")), "{name} is not used");
    }
    for part in text.split("\"#/definitions/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schema["definitions"].get(name).is_some(), "{name} is missing");
    }
}
