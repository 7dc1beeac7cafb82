//! Areas, lines and steps over a horizontal axis.

use super::{Ink, legend};
use crate::figure::Readouts;
use crate::format;
use crate::html::{coordinate, escape};
use crate::scale::{Reads, Scale, Tick};
use base::SimTime;
use std::fmt::Write as _;

/// An axis with its title.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What is measured, with its unit: `GPUs asked for by waiting jobs`.
    pub title: String,
    /// The range and how it is laid out.
    pub scale: Scale,
    /// How its values are written.
    pub reads: Reads,
}

/// How the values of a series are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Filled from the series below (or from `low`) up to the value; holds from each place to the next one.
    Area,
    /// A line that holds its value from each place to the next one.
    Step,
    /// A line from point to point.
    Line,
    /// A pale area between `low` and the value; holds from each place to the next one.
    Band,
}

/// One series: a value for each place of the chart.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Its colour.
    pub ink: Ink,
    /// How it is drawn.
    pub mark: Mark,
    /// A value for each place; nothing where there is none.
    pub values: Vec<Option<f64>>,
    /// Where bands begin; empty for zero.
    pub low: Vec<Option<f64>>,
}

/// A horizontal line that says what a value means: a capacity, a target.
#[derive(Clone, Debug)]
pub struct Guide {
    /// Where.
    pub value: f64,
    /// What it means.
    pub label: String,
}

/// A chart over an axis.
#[derive(Clone, Debug)]
pub struct Xy {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The places that the series have values for, rising. Areas, steps and bands have one more place than values: the
    /// end of the last one.
    pub places: Vec<f64>,
    /// What is drawn, from below to above.
    pub series: Vec<Series>,
    /// Whether areas stand upon each other.
    pub stacked: bool,
    /// A small one, of several side by side.
    pub small: bool,
    /// Lines with a meaning.
    pub guides: Vec<Guide>,
}

/// The side of the drawing's own coordinates.
const SIDE: f64 = 1000.0;

impl Xy {
    /// Whether no series has a value.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(|series| series.values.iter().all(Option::is_none))
    }

    pub(super) fn draw(&self, id: &str, description: &str, readouts: &mut Readouts) -> String {
        let y_ticks = self.y.scale.ticks(self.y.reads, if self.small { 2 } else { 4 });
        let x_ticks = self.x.scale.ticks(self.x.reads, if self.small { 4 } else { 8 });
        let mut out = String::new();
        let entries = self.series.iter().map(|series| (series.name.as_str(), series.ink, series.mark.key()));
        let _ = write!(
            out,
            "{}<div class=\"xy{}\"><p class=\"y-title\">{}</p><div class=\"y-labels\" aria-hidden=\"true\">",
            if self.small { String::new() } else { legend(entries) },
            if self.small { " small" } else { "" },
            escape(&self.y.title)
        );
        y_labels(&mut out, &y_ticks);
        let _ = write!(
            out,
            "</div><div class=\"plot\" role=\"img\" tabindex=\"0\" aria-label=\"{}\" data-chart=\"{}\">\
             <svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">",
            escape(description),
            escape(id)
        );
        grid(&mut out, &x_ticks, &y_ticks);
        self.draw_series(&mut out);
        self.draw_guides(&mut out);
        out.push_str("</div><div class=\"x-labels\" aria-hidden=\"true\">");
        x_labels(&mut out, &x_ticks);
        let _ = write!(out, "</div><p class=\"x-title\">{}</p></div>", escape(&self.x.title));
        self.read_out(id, readouts);
        out
    }

    fn draw_series(&self, out: &mut String) {
        let mut below = vec![0.0; self.places.len()];
        for (place, series) in self.series.iter().enumerate() {
            let path = match series.mark {
                Mark::Line => self.line(series),
                Mark::Step => self.steps(series),
                Mark::Area | Mark::Band => {
                    let low: Vec<Option<f64>> = match (self.stacked, series.low.is_empty()) {
                        (true, _) => below.iter().map(|value| Some(*value)).collect(),
                        (false, false) => series.low.clone(),
                        (false, true) => vec![Some(0.0); series.values.len()],
                    };
                    let high: Vec<Option<f64>> = series
                        .values
                        .iter()
                        .zip(&low)
                        .map(|(value, low)| {
                            Some(value.as_ref()? + if self.stacked { low.unwrap_or(0.0) } else { 0.0 })
                        })
                        .collect();
                    if self.stacked {
                        below.iter_mut().zip(&high).for_each(|(below, high)| *below = high.unwrap_or(*below));
                    }
                    self.filled(&low, &high)
                }
            };
            let _ = write!(
                out,
                "<path class=\"mark {} {}\" data-series=\"{place}\" d=\"{path}\"/>",
                series.mark.class(),
                series.ink.class()
            );
        }
    }

    fn draw_guides(&self, out: &mut String) {
        let mut labels = String::new();
        for guide in &self.guides {
            let top = 1.0 - self.y.scale.position(guide.value);
            out.push_str("<path class=\"guide\" d=\"M0 ");
            coordinate(out, top * SIDE);
            out.push_str("H1000\"/>");
            let _ = write!(
                labels,
                "<span class=\"guide-label\" style=\"top:{:.1}%\">{}</span>",
                top * 100.0,
                escape(&guide.label)
            );
        }
        out.push_str("</svg>");
        out.push_str(&labels);
    }

    fn across(&self, place: usize) -> f64 {
        self.places.get(place).map_or(SIDE, |value| self.x.scale.position(*value) * SIDE)
    }
    fn up(&self, value: f64) -> f64 {
        (1.0 - self.y.scale.position(value)) * SIDE
    }

    /// A line from point to point, broken where there is no value.
    fn line(&self, series: &Series) -> String {
        let mut path = String::new();
        let mut drawing = false;
        for (place, value) in series.values.iter().enumerate() {
            let Some(value) = value else {
                drawing = false;
                continue;
            };
            path.push(if drawing { 'L' } else { 'M' });
            coordinate(&mut path, self.across(place));
            path.push(' ');
            coordinate(&mut path, self.up(*value));
            drawing = true;
        }
        path
    }

    /// A line that holds each value to the next place.
    fn steps(&self, series: &Series) -> String {
        let mut path = String::new();
        let mut last = None;
        for (place, value) in series.values.iter().enumerate() {
            let Some(value) = value else {
                last = None;
                continue;
            };
            let height = self.up(*value);
            match last {
                None => {
                    path.push('M');
                    coordinate(&mut path, self.across(place));
                    path.push(' ');
                    coordinate(&mut path, height);
                }
                Some(before) if before != height => {
                    path.push('V');
                    coordinate(&mut path, height);
                }
                Some(_) => {}
            }
            path.push('H');
            coordinate(&mut path, self.across(place + 1));
            last = Some(height);
        }
        path
    }

    /// The areas between two stepped lines, one for each run of places that have values.
    fn filled(&self, low: &[Option<f64>], high: &[Option<f64>]) -> String {
        let mut path = String::new();
        let mut start = 0;
        while start < high.len() {
            if high[start].is_none() || low[start].is_none() {
                start += 1;
                continue;
            }
            let end = (start..high.len())
                .find(|place| high[*place].is_none() || low[*place].is_none())
                .unwrap_or(high.len());
            path.push('M');
            coordinate(&mut path, self.across(start));
            path.push(' ');
            coordinate(&mut path, self.up(low[start].unwrap_or(0.0)));
            for (place, value) in high.iter().enumerate().take(end).skip(start) {
                path.push('V');
                coordinate(&mut path, self.up(value.unwrap_or(0.0)));
                path.push('H');
                coordinate(&mut path, self.across(place + 1));
            }
            for place in (start..end).rev() {
                path.push('V');
                coordinate(&mut path, self.up(low[place].unwrap_or(0.0)));
                path.push('H');
                coordinate(&mut path, self.across(place));
            }
            path.push('Z');
            start = end;
        }
        path
    }

    /// What a reader sees who points at a place: its name and the value of each series.
    fn read_out(&self, id: &str, readouts: &mut Readouts) {
        let count = self.series.iter().map(|series| series.values.len()).max().unwrap_or(0);
        let spans = self.series.iter().any(|series| series.mark != Mark::Line);
        let (mut names, mut positions) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for place in 0..count {
            let from = self.places.get(place).copied().unwrap_or(0.0);
            let to = if spans { self.places.get(place + 1).copied().unwrap_or(from) } else { from };
            names.push(self.place_name(from, to, spans));
            positions.push(self.x.scale.position((from + to) / 2.0));
        }
        let series = self
            .series
            .iter()
            .map(|series| {
                let values = (0..count).map(|place| self.value_name(series, place)).collect();
                (series.name.clone(), series.ink.class(), values)
            })
            .collect();
        readouts.add(id, names, positions, series);
    }

    fn place_name(&self, from: f64, to: f64, spans: bool) -> String {
        let at = |second: f64| SimTime((second * 1e9) as i64);
        match self.x.reads {
            Reads::Time if spans && to - from <= 3600.0 * 24.0 => {
                let end = format::calendar(at(to));
                format!("{}–{:02}:{:02}", format::instant(at(from)), end.hour(), end.minute())
            }
            Reads::Time if spans => format!("{} to {}", format::date(at(from)), format::date(at(to))),
            Reads::Time => format::instant(at(from)),
            Reads::Length => format!("up to {}", format::length(from)),
            Reads::Share => format::share(from),
            Reads::Number => format::number(from),
        }
    }

    fn value_name(&self, series: &Series, place: usize) -> String {
        let write = |value: f64| match self.y.reads {
            Reads::Share => format::share(value),
            Reads::Length => format::length(value),
            Reads::Number | Reads::Time => format::number(value),
        };
        match (series.values.get(place).copied().flatten(), series.low.get(place).copied().flatten()) {
            (Some(high), Some(low)) => format!("{} to {}", write(low), write(high)),
            (Some(value), None) => write(value),
            (None, _) => "–".to_string(),
        }
    }
}

impl Mark {
    fn class(self) -> &'static str {
        match self {
            Mark::Area => "area",
            Mark::Band => "band",
            Mark::Step | Mark::Line => "line",
        }
    }
    fn key(self) -> &'static str {
        match self {
            Mark::Area => "area",
            Mark::Band => "band",
            Mark::Step | Mark::Line => "line",
        }
    }
}

pub(super) fn y_labels(out: &mut String, ticks: &[Tick]) {
    // The widest label gives the column its width; the others are placed by their height.
    if let Some(widest) = ticks.iter().max_by_key(|tick| tick.label.chars().count()) {
        let _ = write!(out, "<b>{}</b>", escape(&widest.label));
    }
    for tick in ticks {
        let _ = write!(
            out,
            "<span style=\"top:{:.2}%\">{}</span>",
            (1.0 - tick.position) * 100.0,
            escape(&tick.label)
        );
    }
}

pub(super) fn x_labels(out: &mut String, ticks: &[Tick]) {
    for (place, tick) in ticks.iter().enumerate() {
        // Where room is short every other label goes, unless that would leave a single one.
        let odd = if ticks.len() > 2 { place % 2 } else { 0 };
        let class = match (tick.position, odd) {
            (position, _) if position < 0.03 => " class=\"first\"",
            (position, 0) if position > 0.97 => " class=\"last\"",
            (position, _) if position > 0.97 => " class=\"last odd\"",
            (_, 1) => " class=\"odd\"",
            _ => "",
        };
        let _ = write!(
            out,
            "<span{class} style=\"left:{:.2}%\">{}</span>",
            tick.position * 100.0,
            escape(&tick.label)
        );
    }
}

fn grid(out: &mut String, x_ticks: &[Tick], y_ticks: &[Tick]) {
    out.push_str("<path class=\"grid\" d=\"");
    for tick in y_ticks {
        out.push_str("M0 ");
        coordinate(out, (1.0 - tick.position) * SIDE);
        out.push_str("H1000");
    }
    out.push_str("\"/><path class=\"grid upright\" d=\"");
    for tick in x_ticks {
        out.push('M');
        coordinate(out, tick.position * SIDE);
        out.push_str(" 0V1000");
    }
    out.push_str("\"/>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_chart_keeps_two_labels() {
        let labels = |count: usize| {
            let ticks: Vec<Tick> = (0..count)
                .map(|at| Tick { position: (at + 1) as f64 / (count + 1) as f64, label: at.to_string() })
                .collect();
            let mut text = String::new();
            x_labels(&mut text, &ticks);
            text.matches("<span").count() - text.matches("odd").count()
        };
        assert_eq!([1, 2, 3, 4, 5].map(labels), [1, 2, 2, 2, 3]);
    }
}
