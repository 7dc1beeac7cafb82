//! From degrees to a flat map.

use crate::outlines::Place;

/// How the ground is laid flat; both keep areas true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projection {
    /// Albers' equal-area conic with the standard parallels of the USGS maps of the contiguous United States (29.5 and
    /// 45.5 degrees north, centre 96 degrees west, 37.5 north; Snyder, USGS Professional Paper 1395, 1987, p. 98).
    AlbersUnitedStates,
    /// Equal Earth (Savric, Patterson and Jenny, International Journal of Geographical Information Science, 2018).
    EqualEarth,
}

/// A rectangle on the flat map: left, top, right, bottom; downwards is positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Least x.
    pub left: f64,
    /// Least y.
    pub top: f64,
    /// Greatest x.
    pub right: f64,
    /// Greatest y.
    pub bottom: f64,
}

impl Projection {
    /// Where a place lies, in units of the Earth's radius; y grows to the south, as on a screen.
    pub fn flat(self, (longitude, latitude): Place) -> (f64, f64) {
        let (lambda, phi) = (longitude.to_radians(), latitude.clamp(-90.0, 90.0).to_radians());
        match self {
            Projection::AlbersUnitedStates => {
                let (first, second) = (29.5_f64.to_radians(), 45.5_f64.to_radians());
                let n = (libm::sin(first) + libm::sin(second)) / 2.0;
                let c = libm::cos(first) * libm::cos(first) + 2.0 * n * libm::sin(first);
                let rho = |phi: f64| libm::sqrt((c - 2.0 * n * libm::sin(phi)).max(0.0)) / n;
                let theta = n * (lambda + 96.0_f64.to_radians());
                let middle = rho(37.5_f64.to_radians());
                (rho(phi) * libm::sin(theta), -(middle - rho(phi) * libm::cos(theta)))
            }
            Projection::EqualEarth => {
                const A: [f64; 4] = [1.340264, -0.081106, 0.000893, 0.003796];
                let root = libm::sqrt(3.0) / 2.0;
                let t = libm::asin(root * libm::sin(phi));
                let (t2, t6) = (t * t, t * t * t * t * t * t);
                let slope = A[0] + 3.0 * A[1] * t2 + t6 * (7.0 * A[2] + 9.0 * A[3] * t2);
                let y = t * (A[0] + A[1] * t2 + t6 * (A[2] + A[3] * t2));
                (lambda * libm::cos(t) / (root * slope), -y)
            }
        }
    }

    /// The projection and the frame that show all these places: the United States where they all lie there, else as
    /// much of the world as is needed.
    pub fn showing(places: &[Place]) -> (Projection, Frame) {
        let at_home = |&(longitude, latitude): &Place| {
            (-125.0..=-66.5).contains(&longitude) && (24.5..=49.5).contains(&latitude)
        };
        if places.iter().all(at_home) {
            // The edges of the country with a margin, so that every such map has the same frame.
            return (
                Projection::AlbersUnitedStates,
                Frame { left: -0.385, top: -0.262, right: 0.375, bottom: 0.238 },
            );
        }
        (Projection::EqualEarth, world_frame(places))
    }
}

/// A frame around the places with a margin, three times as wide as two high, within the world.
fn world_frame(places: &[Place]) -> Frame {
    let mut frame = Frame { left: f64::MAX, top: f64::MAX, right: f64::MIN, bottom: f64::MIN };
    for place in places {
        let (x, y) = Projection::EqualEarth.flat(*place);
        frame.left = frame.left.min(x);
        frame.right = frame.right.max(x);
        frame.top = frame.top.min(y);
        frame.bottom = frame.bottom.max(y);
    }
    let width =
        ((frame.right - frame.left) * 1.35).max((frame.bottom - frame.top) * 1.35 * 1.5).clamp(1.2, 5.5);
    let height = (width / 1.5).min(2.75);
    let (x, y) = ((frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0);
    // Not beyond the poles.
    let y = y.clamp(-1.375 + height / 2.0, 1.375 - height / 2.0);
    Frame { left: x - width / 2.0, top: y - height / 2.0, right: x + width / 2.0, bottom: y + height / 2.0 }
}

/// The longest way between two points of an outline, in degrees: longer edges are bent in pieces.
const BEND: f64 = 2.0;

/// The places along a closed outline, with more of them where an edge is long: a parallel is no straight line.
pub fn bent(outline: &[Place]) -> Vec<Place> {
    let mut places = Vec::with_capacity(outline.len() * 2);
    for (from, to) in outline.iter().zip(outline.iter().cycle().skip(1)) {
        let pieces = libm::ceil(((to.0 - from.0).abs().max((to.1 - from.1).abs())) / BEND).max(1.0);
        for piece in 0..pieces as usize {
            let part = piece as f64 / pieces;
            places.push((from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part));
        }
    }
    places
}

/// Meridians and parallels, every `step` degrees within these edges.
pub fn graticule(step: i32, west: i32, east: i32, south: i32, north: i32) -> Vec<Vec<Place>> {
    let along = |from: i32, to: i32| (from..=to).step_by(2).map(f64::from);
    let multiples = |from: i32, to: i32| (from..=to).filter(move |degree| degree % step == 0).map(f64::from);
    let meridians =
        multiples(west, east).map(|at| along(south, north).map(|latitude| (at, latitude)).collect());
    let parallels =
        multiples(south, north).map(|at| along(west, east).map(|longitude| (longitude, at)).collect());
    meridians.chain(parallels).collect()
}

/// A longitude in -180..180.
pub fn wrapped(longitude: f64) -> f64 {
    let degrees = libm::fmod(longitude + 180.0, 360.0);
    (if degrees < 0.0 { degrees + 360.0 } else { degrees }) - 180.0
}

/// The area of the whole sphere on a map that keeps areas: four times pi.
#[cfg(test)]
const SPHERE: f64 = 4.0 * std::f64::consts::PI;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outlines::UNITED_STATES;

    fn area(projection: Projection, outline: &[Place]) -> f64 {
        let flat: Vec<_> = bent(outline).into_iter().map(|place| projection.flat(place)).collect();
        let doubled: f64 =
            flat.iter().zip(flat.iter().cycle().skip(1)).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum();
        doubled.abs() / 2.0
    }

    #[test]
    fn albers_matches_the_worked_example_of_its_manual() {
        // Snyder, USGS Professional Paper 1395, p. 291: 35 N 75 W from an origin at 23 N 96 W: x = 0.2952720 and
        // y = 0.2416774 on a unit sphere; ours counts y from 37.5 N, southwards.
        let at = |place| Projection::AlbersUnitedStates.flat(place);
        let (x, y) = at((-75.0, 35.0));
        let origin = at((-96.0, 23.0));
        assert!((x - 0.295_272_0).abs() < 1e-6, "{x}");
        assert!((origin.1 - y - 0.241_677_4).abs() < 1e-6, "{}", origin.1 - y);
    }

    #[test]
    fn our_outline_has_the_area_of_the_contiguous_united_states() {
        // 8,080,464 km2 of land and water (US Census Bureau, State Area Measurements, 2010), of which the Great Lakes
        // and coastal waters, which the outline leaves out, are some 260,000; a radius of 6,371 km.
        for projection in [Projection::AlbersUnitedStates, Projection::EqualEarth] {
            let km2 = area(projection, UNITED_STATES) * 6371.0 * 6371.0;
            assert!((7_700_000.0..7_900_000.0).contains(&km2), "{projection:?}: {km2} km2");
        }
    }

    #[test]
    fn equal_earth_keeps_the_area_of_the_world() {
        let edge: Vec<Place> = (-90..=90)
            .map(|latitude| (180.0, f64::from(latitude)))
            .chain((-90..=90).rev().map(|latitude| (-180.0, f64::from(latitude))))
            .collect();
        let flat: Vec<_> = edge.iter().map(|place| Projection::EqualEarth.flat(*place)).collect();
        let doubled: f64 =
            flat.iter().zip(flat.iter().cycle().skip(1)).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum();
        assert!((doubled.abs() / 2.0 / SPHERE - 1.0).abs() < 1e-3, "{}", doubled.abs() / 2.0);
    }

    #[test]
    fn every_site_is_inside_the_frame() {
        for places in [
            vec![(-99.73, 32.45), (-106.7, 31.8), (-83.0, 40.0)],
            vec![(-99.73, 32.45), (54.4, 24.4), (10.0, 59.9)],
            vec![(151.2, -33.9)],
            vec![(-179.0, 89.0), (179.0, -89.0)],
        ] {
            let (projection, frame) = Projection::showing(&places);
            for place in places {
                let (x, y) = projection.flat(place);
                assert!(
                    frame.left < x && x < frame.right && frame.top < y && y < frame.bottom,
                    "{place:?} {frame:?}"
                );
            }
        }
        assert_eq!(wrapped(190.0), -170.0);
        assert_eq!(wrapped(-180.0), -180.0);
    }
}
