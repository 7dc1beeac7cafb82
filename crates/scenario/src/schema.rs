//! The language for editors (JSON Schema) and for people (a reference page), both from its declaration.

use crate::language::{Key, ScalarShape, Shape};

/// What to write for a key that is missing: `it_mw = 1.5`.
pub fn example(key: &Key) -> String {
    match (key.shape)() {
        Shape::Scalar(shape) => format!("write `{} = {}`", key.name, example_value(shape)),
        Shape::List(shape) => format!("write `{} = [{}]`", key.name, example_value(shape)),
        Shape::One(declared) | Shape::Map(declared) | Shape::Rows(declared) => {
            format!("write {}", declared().heading)
        }
    }
}

fn example_value(shape: ScalarShape) -> String {
    match shape {
        ScalarShape::Number => "1.5".into(),
        ScalarShape::Integer => "8".into(),
        ScalarShape::Text => "\"...\"".into(),
        ScalarShape::Bool => "true".into(),
        ScalarShape::Instant => "\"2026-01-31\"".into(),
        ScalarShape::Duration => "\"90 min\"".into(),
        ScalarShape::File => "\"file\"".into(),
        ScalarShape::Choice(words) => format!("\"{}\"", words.first().map_or("", |(word, _)| word)),
        ScalarShape::Numbers(_) => "[1.0, ...]".into(),
        ScalarShape::Weights => "{ 1 = 0.7, 8 = 0.3 }".into(),
    }
}
