//! Lanes over time: one row for each thing, a stretch for each state that it was in, a sign for each thing that happened.

use super::{Ink, legend};
use crate::html::escape;
use crate::scale::{Reads, Scale};
use std::fmt::Write as _;

/// One row.
#[derive(Clone, Debug)]
pub struct Lane {
    /// What it is.
    pub name: String,
    /// Stretches: from, to (on the axis), which of the chart's states, and what it says.
    pub stretches: Vec<(f64, f64, usize, String)>,
    /// Signs: where, and what happened.
    pub signs: Vec<(f64, String)>,
    /// What came of it, behind the row.
    pub outcome: String,
}

/// Rows over one time axis.
#[derive(Clone, Debug)]
pub struct Lanes {
    /// What the rows are: `offers`.
    pub rows: String,
    /// The time.
    pub scale: Scale,
    /// The states, each with its colour.
    pub states: Vec<(String, Ink)>,
    /// The rows from top to bottom.
    pub lanes: Vec<Lane>,
}

impl Lanes {
    pub(super) fn draw(&self, description: &str) -> String {
        let mut out = legend(self.states.iter().map(|(name, ink)| (name.as_str(), *ink, "area")));
        let _ = write!(
            out,
            "<div class=\"lanes\" role=\"img\" aria-label=\"{}\"><p class=\"rows\">{}</p>",
            escape(description),
            escape(&self.rows)
        );
        let ticks = self.scale.ticks(Reads::Time, 8);
        for lane in &self.lanes {
            let _ = write!(
                out,
                "<span class=\"name\">{}</span><div class=\"lane\"><svg viewBox=\"0 0 1000 10\" \
                 preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">",
                escape(&lane.name)
            );
            for tick in &ticks {
                let _ = write!(out, "<path class=\"hair\" d=\"M{:.1} 0V10\"/>", tick.position * 1000.0);
            }
            for (from, to, state, text) in &lane.stretches {
                let (left, right) = (self.scale.position(*from), self.scale.position(*to));
                let ink = self.states.get(*state).map_or(Ink::Others, |(_, ink)| *ink);
                let _ = write!(
                    out,
                    "<rect class=\"mark area {}\" data-series=\"{state}\" x=\"{:.1}\" y=\"1\" width=\"{:.1}\" height=\"8\">\
                     <title>{}</title></rect>",
                    ink.class(),
                    left * 1000.0,
                    ((right - left) * 1000.0).max(1.5),
                    escape(text)
                );
            }
            out.push_str("</svg>");
            for (at, text) in &lane.signs {
                let _ = write!(
                    out,
                    "<i style=\"left:{:.2}%\" title=\"{}\"></i>",
                    self.scale.position(*at) * 100.0,
                    escape(text)
                );
            }
            let _ = write!(out, "</div><span class=\"outcome\">{}</span>", escape(&lane.outcome));
        }
        out.push_str("<span></span><div class=\"ticks\" aria-hidden=\"true\">");
        for tick in &ticks {
            let _ = write!(
                out,
                "<span style=\"left:{:.2}%\">{}</span>",
                tick.position * 100.0,
                escape(&tick.label)
            );
        }
        out.push_str("</div></div>");
        out
    }
}
