//! Bars: one row for each thing, one bar for each of its measures.

use super::{Ink, legend};
use crate::html::escape;
use std::fmt::Write as _;

/// One thing with a value for each measure.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it is.
    pub name: String,
    /// For each measure its size (0..1 of the room) and what it says.
    pub values: Vec<(f64, String)>,
}

/// Horizontal bars, the measures of one thing below each other.
#[derive(Clone, Debug)]
pub struct Bars {
    /// What the rows are: `GPUs of a job`.
    pub rows: String,
    /// The measures, each with its colour.
    pub measures: Vec<(String, Ink)>,
    /// The rows from top to bottom.
    pub bars: Vec<Bar>,
}

impl Bars {
    pub(super) fn draw(&self, description: &str) -> String {
        let mut out = legend(self.measures.iter().map(|(name, ink)| (name.as_str(), *ink, "area")));
        let _ = write!(
            out,
            "<div class=\"bars\" role=\"img\" aria-label=\"{}\"><p class=\"rows\">{}</p>",
            escape(description),
            escape(&self.rows)
        );
        for bar in &self.bars {
            let _ = write!(out, "<span class=\"name\">{}</span><div class=\"track\">", escape(&bar.name));
            for (place, (size, text)) in bar.values.iter().enumerate() {
                let ink = self.measures.get(place).map_or(Ink::Others, |(_, ink)| *ink);
                let percent = if size.is_finite() { size.clamp(0.0, 1.0) * 100.0 } else { 0.0 };
                // The value stands at the end of its bar: the bar has the room that the longest text leaves.
                let _ = write!(
                    out,
                    "<div class=\"bar\" data-series=\"{place}\"><svg class=\"{}\" style=\"--size:{percent:.2}\" \
                     viewBox=\"0 0 1 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">\
                     <rect class=\"mark area\" width=\"1\" height=\"1\"/></svg><span>{}</span></div>",
                    ink.class(),
                    escape(text)
                );
            }
            out.push_str("</div>");
        }
        out.push_str("</div>");
        out
    }
}
