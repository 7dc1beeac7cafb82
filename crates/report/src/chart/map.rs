//! Places on the ground, as bubbles over coarse outlines of the land.

use super::Ink;
use crate::format;
use crate::html::{coordinate, escape};
use crate::outlines::{OTHER_LAND, Place, UNITED_STATES};
use crate::projection::{Frame, Projection, bent, graticule, wrapped};
use std::fmt::Write as _;

/// One place.
#[derive(Clone, Debug)]
pub struct Bubble {
    /// Its name.
    pub name: String,
    /// What stands under the name.
    pub note: String,
    /// Degrees east.
    pub longitude_deg: f64,
    /// Degrees north.
    pub latitude_deg: f64,
    /// What the area of the bubble shows.
    pub size: f64,
}

/// A map with a bubble for each place.
#[derive(Clone, Debug)]
pub struct Map {
    /// The places.
    pub bubbles: Vec<Bubble>,
    /// What the areas of the bubbles show: `GPUs`.
    pub unit: String,
}

/// The width of the drawing's own coordinates, and the least width on the screen at which labels are shown, in pixels: on
/// a wider one they have more room than they need. The style sheet says it too.
const WIDTH: f64 = 1000.0;
const LAID_OUT_FOR: f64 = 640.0;
/// Radius of the largest bubble.
const LARGEST: f64 = 36.0;
const SMALLEST: f64 = 3.5;

/// A bubble on the drawing.
struct Placed {
    number: usize,
    x: f64,
    y: f64,
    radius: f64,
}

/// A rectangle on the drawing.
#[derive(Clone, Copy)]
struct Rectangle {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Rectangle {
    fn overlaps(&self, other: &Rectangle) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
    fn touches(&self, bubble: &Placed) -> bool {
        let x = bubble.x.clamp(self.left, self.right) - bubble.x;
        let y = bubble.y.clamp(self.top, self.bottom) - bubble.y;
        x * x + y * y < bubble.radius * bubble.radius
    }
}

impl Map {
    pub(super) fn draw(&self, description: &str) -> String {
        let places: Vec<Place> = self.bubbles.iter().map(Bubble::place).collect();
        let (projection, frame) = Projection::showing(&places);
        let scale = WIDTH / (frame.right - frame.left);
        let height = (frame.bottom - frame.top) * scale;
        let onto = |place: Place| {
            let (x, y) = projection.flat(place);
            ((x - frame.left) * scale, (y - frame.top) * scale)
        };
        let mut out = String::new();
        let _ = write!(
            out,
            "<div class=\"map\" role=\"img\" aria-label=\"{}\" style=\"--ratio:{:.1}\">\
             <svg viewBox=\"0 0 1000 {height:.0}\" aria-hidden=\"true\" focusable=\"false\">",
            escape(description),
            WIDTH / height * 100.0
        );
        draw_ground(&mut out, projection, &frame, onto);
        let placed = self.placed(onto);
        for bubble in &placed {
            let _ = write!(
                out,
                "<circle class=\"mark bubble {}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{:.1}\"/>",
                Ink::Busy.class(),
                bubble.x,
                bubble.y,
                bubble.radius
            );
        }
        let (leaders, labels) = self.labels(&placed, height);
        let _ = write!(out, "{leaders}{}</svg>{labels}", self.size_key(height));
        for bubble in &placed {
            let _ = write!(
                out,
                "<span class=\"number\" style=\"left:{:.2}%;top:{:.2}%\">{}</span>",
                bubble.x / WIDTH * 100.0,
                bubble.y / height * 100.0,
                bubble.number
            );
        }
        out.push_str(&self.size_labels(height));
        out.push_str("</div>");
        out
    }

    fn largest(&self) -> f64 {
        self.bubbles.iter().map(|bubble| bubble.size).filter(|size| size.is_finite()).fold(0.0, f64::max)
    }

    fn radius(&self, size: f64) -> f64 {
        let largest = self.largest();
        match size > 0.0 && largest > 0.0 {
            true => (LARGEST * libm::sqrt(size / largest)).max(SMALLEST),
            false => SMALLEST,
        }
    }

    /// The bubbles, the largest first, so that a small one is never hidden.
    fn placed(&self, onto: impl Fn(Place) -> (f64, f64)) -> Vec<Placed> {
        let mut placed: Vec<Placed> = self
            .bubbles
            .iter()
            .enumerate()
            .map(|(index, bubble)| {
                let (x, y) = onto(bubble.place());
                Placed { number: index + 1, x, y, radius: self.radius(bubble.size) }
            })
            .collect();
        placed.sort_by(|a, b| b.radius.total_cmp(&a.radius).then(a.number.cmp(&b.number)));
        placed
    }

    /// A label beside each bubble where there is room, the largest first; and a line to it where it stands off.
    fn labels(&self, placed: &[Placed], height: f64) -> (String, String) {
        let mut taken = vec![key_room(height)];
        let (mut leaders, mut labels) = (String::new(), String::new());
        for bubble in placed {
            let Some(what) = self.bubbles.get(bubble.number - 1) else { continue };
            let Some((room, distance)) = free_room(bubble, what, placed, &taken, height) else { continue };
            taken.push(room);
            // The text keeps its size while the map grows and shrinks: it holds on to the side next to its bubble.
            let (x, shift_x) = next_to(bubble.x, room.left, room.right);
            let (y, shift_y) = next_to(bubble.y, room.top, room.bottom);
            if distance > 12.0 {
                let edge = (bubble.x.clamp(room.left, room.right), bubble.y.clamp(room.top, room.bottom));
                let _ = write!(
                    leaders,
                    "<path class=\"leader\" d=\"M{:.1} {:.1}L{:.1} {:.1}\"/>",
                    bubble.x, bubble.y, edge.0, edge.1
                );
            }
            let _ = write!(
                labels,
                "<span class=\"place{}\" style=\"left:{:.2}%;top:{:.2}%;translate:{shift_x}% {shift_y}%\"><b>{}</b>{}</span>",
                match shift_x {
                    0 => " to-right",
                    -100 => " to-left",
                    _ => "",
                },
                x / WIDTH * 100.0,
                y / height * 100.0,
                escape(&what.name),
                escape(&what.note)
            );
        }
        (leaders, labels)
    }

    /// Two circles in a corner that say what an area means.
    fn size_key(&self, height: f64) -> String {
        let mut out = String::new();
        for size in self.key_sizes() {
            let radius = self.radius(size);
            let _ = write!(
                out,
                "<circle class=\"size-key\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\"/>",
                LARGEST + 14.0,
                height - 14.0 - radius
            );
        }
        out
    }

    fn size_labels(&self, height: f64) -> String {
        let mut out = String::new();
        for size in self.key_sizes() {
            let _ = write!(
                out,
                "<span class=\"size-label\" style=\"left:{:.2}%;top:{:.2}%\">{}\u{a0}{}</span>",
                (2.0 * LARGEST + 20.0) / WIDTH * 100.0,
                (height - 14.0 - 2.0 * self.radius(size)) / height * 100.0,
                format::number(size),
                escape(&self.unit)
            );
        }
        out
    }

    /// A round size near the largest, and a quarter of it or so.
    fn key_sizes(&self) -> Vec<f64> {
        let largest = self.largest();
        if largest <= 0.0 {
            return Vec::new();
        }
        let power = libm::pow(10.0, libm::floor(libm::log10(largest)));
        let large = [5.0, 2.0, 1.0].into_iter().map(|m| m * power).find(|size| *size <= largest * 1.000_001);
        let small = large.map(|large| large / 5.0);
        large.into_iter().chain(small.filter(|size| *size >= 1.0)).collect()
    }
}

impl Bubble {
    fn place(&self) -> Place {
        let finite = |value: f64| if value.is_finite() { value } else { 0.0 };
        (wrapped(finite(self.longitude_deg)), finite(self.latitude_deg))
    }
}

fn key_room(height: f64) -> Rectangle {
    Rectangle { left: 0.0, top: height - 2.0 * LARGEST - 30.0, right: 2.0 * LARGEST + 130.0, bottom: height }
}

/// Where a text between two edges holds on, and by how many hundredths of its own size it stands back: at the edge next
/// to `at`, or in the middle where `at` is between them.
fn next_to(at: f64, low: f64, high: f64) -> (f64, i32) {
    match () {
        () if at <= low => (low, 0),
        () if at >= high => (high, -100),
        () => ((low + high) / 2.0, -50),
    }
}

/// The nearest free room for the label of a bubble, and how far from it.
fn free_room(
    bubble: &Placed,
    what: &Bubble,
    placed: &[Placed],
    taken: &[Rectangle],
    height: f64,
) -> Option<(Rectangle, f64)> {
    // A letter of the small system font is about 7 pixels wide and a line 16 high, at the laid-out width.
    let letters = what.name.chars().count().max(what.note.chars().count());
    let (width, tall) = (letters as f64 * 7.0 * WIDTH / LAID_OUT_FOR + 6.0, 34.0 * WIDTH / LAID_OUT_FOR);
    const WAYS: [(f64, f64); 8] = [
        (1.0, 0.0),
        (-1.0, 0.0),
        (0.0, -1.0),
        (0.0, 1.0),
        (0.8, -0.8),
        (-0.8, -0.8),
        (0.8, 0.8),
        (-0.8, 0.8),
    ];
    for step in 0..9 {
        let distance = 4.0 + 9.0 * f64::from(step);
        for (right, down) in WAYS {
            let x = bubble.x + right * (bubble.radius + distance + width / 2.0);
            let y = bubble.y + down * (bubble.radius + distance + tall / 2.0);
            let room = Rectangle {
                left: x - width / 2.0,
                top: y - tall / 2.0,
                right: x + width / 2.0,
                bottom: y + tall / 2.0,
            };
            let inside = room.left >= 2.0
                && room.right <= WIDTH - 2.0
                && room.top >= 2.0
                && room.bottom <= height - 2.0;
            if inside
                && !taken.iter().any(|other| room.overlaps(other))
                && !placed.iter().any(|other| room.touches(other))
            {
                return Some((room, distance));
            }
        }
    }
    None
}

fn draw_ground(out: &mut String, projection: Projection, frame: &Frame, onto: impl Fn(Place) -> (f64, f64)) {
    let at_home = projection == Projection::AlbersUnitedStates;
    let lines = match at_home {
        true => graticule(10, -150, -40, 10, 70),
        false if frame.right - frame.left < 2.5 => graticule(10, -180, 180, -80, 80),
        false => graticule(30, -180, 180, -90, 90),
    };
    out.push_str("<path class=\"graticule\" d=\"");
    for line in lines {
        path(out, line.into_iter().map(&onto), false);
    }
    out.push_str("\"/><path class=\"land\" d=\"");
    for outline in OTHER_LAND {
        // The cone is cut open on the far side of the world: what lies there is left out.
        let near = |place: &Place| (-170.0..=-40.0).contains(&place.0);
        if !at_home || outline.iter().all(near) {
            path(out, bent(outline).into_iter().map(&onto), true);
        }
    }
    out.push_str("\"/><path class=\"land home\" d=\"");
    path(out, bent(UNITED_STATES).into_iter().map(&onto), true);
    out.push_str("\"/>");
}

fn path(out: &mut String, points: impl Iterator<Item = (f64, f64)>, closed: bool) {
    for (place, (x, y)) in points.enumerate() {
        out.push(if place == 0 { 'M' } else { 'L' });
        coordinate(out, x);
        out.push(' ');
        coordinate(out, y);
    }
    if closed {
        out.push('Z');
    }
}
