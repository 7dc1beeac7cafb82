//! Stretches of time, a row for each thing: how a block went from milestone to milestone.

use super::{Ink, legend};
use crate::html::{coordinate, escape};
use crate::scale::{Reads, Scale, Tick};
use std::fmt::Write as _;

/// A stretch on a row.
#[derive(Clone, Debug)]
pub struct Stretch {
    /// From and to, in seconds since the Unix epoch.
    pub from: f64,
    /// See `from`.
    pub to: f64,
    /// Which of the kinds of the chart it is.
    pub kind: usize,
    /// Whether it has not happened yet: drawn pale.
    pub expected: bool,
}

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Where it is; the end of it is left out where room is short.
    pub place: String,
    /// What it is; whole, unless it is long itself.
    pub name: String,
    /// Its stretches, not overlapping.
    pub stretches: Vec<Stretch>,
    /// A date to compare with, such as the one that was promised.
    pub promised: Option<f64>,
    /// What stands at the end of the row: how late it is.
    pub note: String,
}

/// Rows of stretches over one axis of time.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// The axis.
    pub scale: Scale,
    /// Kinds of stretches, each with its colour.
    pub kinds: Vec<(String, Ink)>,
    /// What the mark of `promised` means.
    pub promise: String,
    /// The rows, from top to bottom.
    pub rows: Vec<Row>,
}

impl Timeline {
    pub(super) fn draw(&self, description: &str) -> String {
        let kinds = self.kinds.iter().map(|(name, ink)| (name.as_str(), *ink, "area"));
        let mut out = legend(kinds.chain([(self.promise.as_str(), Ink::Installed, "tick")]));
        let ticks = self.scale.ticks(Reads::Time, 8);
        let _ = write!(out, "<div class=\"timeline\" role=\"img\" aria-label=\"{}\">", escape(description));
        for row in &self.rows {
            let (place, name) = (escape(&row.place), escape(&row.name));
            let _ = write!(
                out,
                "<span class=\"name\" title=\"{place} · {name}\"><span>{place}</span><b> · {name}</b></span>"
            );
            out.push_str(
                "<svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">",
            );
            grid(&mut out, &ticks);
            for stretch in &row.stretches {
                self.stretch(&mut out, stretch);
            }
            if let Some(promised) = row.promised {
                let x = self.scale.position(promised) * 1000.0;
                out.push_str("<path class=\"promise\" d=\"M");
                coordinate(&mut out, x);
                out.push_str(" 0V10\"/>");
            }
            let _ = write!(out, "</svg><span class=\"late\">{}</span>", escape(&row.note));
        }
        out.push_str("<span></span><div class=\"x-labels\" aria-hidden=\"true\">");
        super::xy::x_labels(&mut out, &ticks);
        out.push_str("</div><span></span></div>");
        out
    }

    fn stretch(&self, out: &mut String, stretch: &Stretch) {
        let (from, to) = (self.scale.position(stretch.from), self.scale.position(stretch.to));
        let ink = self.kinds.get(stretch.kind).map_or(Ink::Others, |(_, ink)| *ink);
        let _ = write!(
            out,
            "<rect class=\"mark area {}{}\" y=\"2\" height=\"6\" x=\"",
            ink.class(),
            if stretch.expected { " expected" } else { "" }
        );
        coordinate(out, from * 1000.0);
        out.push_str("\" width=\"");
        coordinate(out, (to - from) * 1000.0);
        out.push_str("\"/>");
    }
}

fn grid(out: &mut String, ticks: &[Tick]) {
    out.push_str("<path class=\"grid\" d=\"");
    for tick in ticks {
        out.push('M');
        coordinate(out, tick.position * 1000.0);
        out.push_str(" 0V10");
    }
    out.push_str("\"/>");
}
