//! A waterfall: amounts that come and go, each from where the one before it ended, on one scale with a zero line.

use super::{Ink, legend};
use crate::html::{coordinate, escape};
use std::fmt::Write as _;

/// One row.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it is.
    pub name: String,
    /// From which value it leads to which.
    pub from: f64,
    /// See `from`.
    pub to: f64,
    /// Whether it is what there is after the rows above, and not one more of them.
    pub total: bool,
    /// The amount, as it is written.
    pub text: String,
}

/// Rows from top to bottom.
#[derive(Clone, Debug)]
pub struct Waterfall {
    /// What the rows are: `line of the income statement`.
    pub rows: String,
    /// The rows.
    pub steps: Vec<Step>,
}

/// What the colours mean: comes in, goes out, what there is.
const KINDS: [(&str, Ink); 3] =
    [("adds", Ink::Busy), ("takes away", Ink::Down), ("what there is then", Ink::Installed)];

impl Step {
    fn kind(&self) -> usize {
        match (self.total, self.to < self.from) {
            (true, _) => 2,
            (false, true) => 1,
            (false, false) => 0,
        }
    }
}

impl Waterfall {
    pub(super) fn draw(&self, description: &str) -> String {
        let mut out = legend(KINDS.map(|(name, ink)| (name, ink, "area")));
        let _ = write!(
            out,
            "<div class=\"falls\" role=\"img\" aria-label=\"{}\"><p class=\"rows\">{}</p>",
            escape(description),
            escape(&self.rows)
        );
        let (low, high) = self.range();
        let place = |value: f64| (value - low) / (high - low) * 1000.0;
        for step in &self.steps {
            let (left, right) = (place(step.from.min(step.to)), place(step.from.max(step.to)));
            let (kind, name) = (step.kind(), escape(&step.name));
            let _ = write!(
                out,
                "<span class=\"name\">{name}</span><svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" \
                 aria-hidden=\"true\" focusable=\"false\"><rect class=\"mark area {}\" data-series=\"{kind}\" \
                 y=\"0\" height=\"10\" x=\"",
                KINDS[kind].1.class()
            );
            coordinate(&mut out, left);
            out.push_str("\" width=\"");
            coordinate(&mut out, (right - left).max(1.5));
            out.push_str("\"/><path class=\"zero\" d=\"M");
            coordinate(&mut out, place(0.0));
            let _ = write!(out, " -3V13\"/></svg><span class=\"amount\">{}</span>", escape(&step.text));
        }
        out.push_str("</div>");
        out
    }

    /// The least and the greatest value, zero among them.
    fn range(&self) -> (f64, f64) {
        let values =
            self.steps.iter().flat_map(|step| [step.from, step.to]).filter(|value| value.is_finite());
        let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
        (low, if high > low { high } else { low + 1.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(from: f64, to: f64, total: bool) -> Step {
        Step { name: "step".to_string(), from, to, total, text: to.to_string() }
    }

    #[test]
    fn losses_lie_below_zero_and_have_the_colour_of_what_goes_out() {
        let steps = vec![step(0.0, 3.0, false), step(3.0, -1.0, false), step(0.0, -1.0, true)];
        let text = Waterfall { rows: String::new(), steps }.draw("");
        // From -1 to 3: zero is at a quarter of the room, and the loss to the left of it.
        assert_eq!(text.matches("<path class=\"zero\" d=\"M250 ").count(), 3, "{text}");
        assert!(
            text.contains("ink-down\" data-series=\"1\" y=\"0\" height=\"10\" x=\"0\" width=\"1000\""),
            "{text}"
        );
        let total = "ink-installed\" data-series=\"2\" y=\"0\" height=\"10\" x=\"0\" width=\"250\"";
        assert!(text.contains(total), "{text}");
    }
}
