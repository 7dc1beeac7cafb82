//! Charts as data, and their drawing as SVG with labels in HTML around it.
//!
//! The SVG of a chart has its own coordinates (0..1000 both ways) and is stretched to whatever room there is; strokes
//! keep their width. All text stands outside of it, placed in percent: so one picture is right on a wide screen, on a
//! telephone and on paper, without a script, and its colours are variables of the style sheet, light or dark.

mod bars;
mod lanes;
mod map;
mod timeline;
mod waterfall;
mod xy;

pub use bars::{Bar, Bars};
pub use lanes::{Lane, Lanes};
pub use map::{Bubble, Map};
pub use timeline::{Row, Stretch, Timeline};
pub use waterfall::{Step, Waterfall};
pub use xy::{Axis, Guide, Mark, Series, Xy};

use crate::figure::Readouts;

/// A colour with a meaning; the style sheet knows its values for light, dark and paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Held by jobs.
    Busy,
    /// Free and usable.
    Idle,
    /// Free and of no use to the typical job.
    Fragmented,
    /// Broken or in repair.
    Down,
    /// Something that is there as a whole: capacity.
    Installed,
    /// One of several of a kind, by its place in a list.
    Series(usize),
    /// One of several that have an order, by its place and how many there are: small to large.
    Ordered(usize, usize),
    /// All others together.
    Others,
}

/// How many of a kind get a colour of their own; the rest are drawn as [`Ink::Others`].
pub const SERIES: usize = 7;

impl Ink {
    /// The class that the style sheet knows.
    pub fn class(self) -> String {
        match self {
            Ink::Busy => "ink-busy".to_string(),
            Ink::Idle => "ink-idle".to_string(),
            Ink::Fragmented => "ink-fragmented".to_string(),
            Ink::Down => "ink-down".to_string(),
            Ink::Installed => "ink-installed".to_string(),
            Ink::Series(place) if place < SERIES => format!("ink-{}", place + 1),
            Ink::Ordered(place, of) => {
                // Eight steps from one end of the ramp to the other.
                format!("ink-s{}", place * 7 / of.saturating_sub(1).max(1))
            }
            Ink::Series(_) | Ink::Others => "ink-others".to_string(),
        }
    }
}

/// A picture of numbers.
#[derive(Clone, Debug)]
pub enum Chart {
    /// Areas, lines and steps over an axis.
    Xy(Xy),
    /// One bar or several for each of a list of things.
    Bars(Bars),
    /// Rows over time.
    Lanes(Lanes),
    /// Places on the ground.
    Map(Map),
    /// Stretches of time, a row for each thing.
    Timeline(Timeline),
    /// Amounts that come and go, with a zero line.
    Waterfall(Waterfall),
}

impl Chart {
    /// Draws it; what can be read off at a place goes to `readouts` under the figure's name.
    pub fn draw(&self, id: &str, description: &str, readouts: &mut Readouts) -> String {
        match self {
            Chart::Xy(chart) => chart.draw(id, description, readouts),
            Chart::Bars(chart) => chart.draw(description),
            Chart::Lanes(chart) => chart.draw(description),
            Chart::Map(chart) => chart.draw(description),
            Chart::Timeline(chart) => chart.draw(description),
            Chart::Waterfall(chart) => chart.draw(description),
        }
    }

    /// Whether there is anything to draw.
    pub fn is_empty(&self) -> bool {
        match self {
            Chart::Xy(chart) => chart.is_empty(),
            Chart::Bars(chart) => chart.bars.is_empty(),
            Chart::Lanes(chart) => chart.lanes.is_empty(),
            Chart::Map(chart) => chart.bubbles.is_empty(),
            Chart::Timeline(chart) => chart.rows.is_empty(),
            Chart::Waterfall(chart) => chart.steps.is_empty(),
        }
    }
}

/// The names of the series with their colours; nothing for a single one.
pub(crate) fn legend<'a>(entries: impl IntoIterator<Item = (&'a str, Ink, &'a str)>) -> String {
    let entries: Vec<String> = entries
        .into_iter()
        .enumerate()
        .map(|(place, (name, ink, mark))| {
            format!(
                "<li class=\"key-{mark} {}\" data-series=\"{place}\">{}</li>",
                ink.class(),
                crate::html::escape(name)
            )
        })
        .collect();
    match entries.len() {
        0 | 1 => String::new(),
        _ => format!("<ul class=\"legend\">{}</ul>", entries.concat()),
    }
}
