//! What a replica can do: latency and throughput as functions of load, from points that somebody measured.
//!
//! A point says: with so many requests in flight at once (`concurrency`), each of so many tokens in and out, the first token
//! came after `ttft` and each further one after `tpot`. Rates follow from that by Little's law: a replica with `c`
//! requests in flight, each of which takes `ttft + (out - 1) tpot`, finishes `c / (ttft + (out - 1) tpot)` a second.
//!
//! Between points both times are linear in the concurrency. Then the rate is `c / (a + b c)` on each piece, which is
//! monotone there: it rises everywhere if it rises from point to point. Below the first point the times are those of the
//! first (lighter load is not assumed to be faster than what was measured); above the last point nothing is said.

use serde::{Deserialize, Serialize};

/// A measured point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Tokens of the prompt of each request.
    pub tokens_in: f64,
    /// Tokens of the answer of each request.
    pub tokens_out: f64,
    /// Requests in flight at once in one replica.
    pub concurrency: f64,
    /// Seconds to the first token.
    pub ttft_s: f64,
    /// Seconds between tokens after the first.
    pub tpot_s: f64,
}

/// Latency at a concurrency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Requests in flight.
    pub concurrency: f64,
    /// Seconds to the first token.
    pub ttft_s: f64,
    /// Seconds between tokens.
    pub tpot_s: f64,
}

/// What is wrong with the points of a surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SurfaceFault {
    /// There is no point.
    Empty,
    /// Two points of the same tokens have the same concurrency; the index of the second.
    Twice(usize),
    /// A point has a shorter time to the first token, or between tokens, than one with less load; its index.
    Faster(usize),
    /// A point finishes no more requests than one with less load; its index.
    NoGain(usize),
}

/// Measured points by the tokens of their requests, each family by rising concurrency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Surface {
    families: Vec<Vec<Measured>>,
}

impl Surface {
    /// Sorts and checks the points.
    ///
    /// # Errors
    /// The first [`SurfaceFault`], with an index into `points`.
    pub fn new(points: &[Measured]) -> Result<Surface, SurfaceFault> {
        let mut order: Vec<usize> = (0..points.len()).collect();
        let key = |point: &Measured| (point.tokens_in, point.tokens_out, point.concurrency);
        order.sort_by(|&a, &b| {
            let (a, b) = (key(&points[a]), key(&points[b]));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2))
        });
        if order.is_empty() {
            return Err(SurfaceFault::Empty);
        }
        let mut families: Vec<Vec<Measured>> = Vec::new();
        for index in order {
            let point = points[index];
            let same = |last: &Measured| key(last).0 == key(&point).0 && key(last).1 == key(&point).1;
            match families.last_mut().filter(|family| family.last().is_some_and(same)) {
                Some(family) => {
                    follows(family[family.len() - 1], point, index)?;
                    family.push(point);
                }
                None => families.push(vec![point]),
            }
        }
        Ok(Surface { families })
    }

    /// What a replica does with requests of so many tokens.
    ///
    /// Of several families, the two whose prompts are nearest below and above count, the times linear in the length of
    /// the prompt between them; beyond the families, and with only one, the time to the first token is in proportion to
    /// the prompt and the time between tokens that of the nearest family. The length of the answer only changes how long
    /// a request stays.
    pub fn serving(&self, tokens_in: f64, tokens_out: f64) -> Serving {
        let prompt = |family: &[Measured]| family[0].tokens_in;
        let above = self.families.partition_point(|family| prompt(family) < tokens_in);
        let high = self.families.get(above);
        let low = above.checked_sub(1).and_then(|below| self.families.get(below));
        let mut points = match (low, high) {
            (Some(low), Some(high)) if prompt(high) > tokens_in => between(low, high, tokens_in),
            (_, Some(high)) => scaled(high, tokens_in / prompt(high)),
            (Some(low), None) => scaled(low, tokens_in / prompt(low)),
            (None, None) => Vec::new(),
        };
        // With answers of another length than was measured, or between two families of which one begins later, a point may
        // finish no more requests than the one before it: it is left out.
        let mut best = 0.0;
        points.retain(|point| {
            let rate = point.concurrency / stay_s(point, tokens_out);
            let gains = rate > best;
            best = if gains { rate } else { best };
            gains
        });
        Serving { points, tokens_out }
    }

    /// The least and greatest prompt that was measured.
    pub fn prompts(&self) -> (f64, f64) {
        let prompt = |family: Option<&Vec<Measured>>| family.map_or(0.0, |family| family[0].tokens_in);
        (prompt(self.families.first()), prompt(self.families.last()))
    }
}

/// Whether a point may follow another of the same family.
fn follows(last: Measured, point: Measured, index: usize) -> Result<(), SurfaceFault> {
    let rate = |point: Measured| {
        point.concurrency / (point.ttft_s + (point.tokens_out - 1.0).max(0.0) * point.tpot_s)
    };
    if point.concurrency <= last.concurrency {
        return Err(SurfaceFault::Twice(index));
    }
    if point.ttft_s < last.ttft_s || point.tpot_s < last.tpot_s {
        return Err(SurfaceFault::Faster(index));
    }
    if rate(point) <= rate(last) {
        return Err(SurfaceFault::NoGain(index));
    }
    Ok(())
}

fn scaled(family: &[Measured], prompt: f64) -> Vec<Curve> {
    let curve = |point: &Measured| Curve {
        concurrency: point.concurrency,
        ttft_s: point.ttft_s * prompt,
        tpot_s: point.tpot_s,
    };
    family.iter().map(curve).collect()
}

/// The points of both families, up to the concurrency that both reached, between them.
fn between(low: &[Measured], high: &[Measured], tokens_in: f64) -> Vec<Curve> {
    let share = (tokens_in - low[0].tokens_in) / (high[0].tokens_in - low[0].tokens_in);
    let (low, high) = (scaled(low, 1.0), scaled(high, 1.0));
    let last = |family: &[Curve]| family[family.len() - 1].concurrency;
    let most = last(&low).min(last(&high));
    let mut knots: Vec<f64> = low.iter().chain(&high).map(|point| point.concurrency).collect();
    knots.retain(|&concurrency| concurrency <= most);
    knots.sort_by(f64::total_cmp);
    knots.dedup();
    let mix = |a: f64, b: f64| a + (b - a) * share;
    let curve = |&concurrency: &f64| {
        let (a, b) = (latency(&low, concurrency), latency(&high, concurrency));
        Curve { concurrency, ttft_s: mix(a.ttft_s, b.ttft_s), tpot_s: mix(a.tpot_s, b.tpot_s) }
    };
    knots.iter().map(curve).collect()
}

/// Seconds that a request stays.
fn stay_s(at: &Curve, tokens_out: f64) -> f64 {
    at.ttft_s + (tokens_out - 1.0).max(0.0) * at.tpot_s
}

/// Linear between the points, constant before the first and after the last.
fn latency(points: &[Curve], concurrency: f64) -> Curve {
    let next = points.partition_point(|point| point.concurrency < concurrency);
    let at = |index: usize| Curve { concurrency, ..points[index] };
    match (next.checked_sub(1), points.get(next)) {
        (Some(last), Some(high)) => {
            let low = points[last];
            let share = (concurrency - low.concurrency) / (high.concurrency - low.concurrency);
            Curve {
                concurrency,
                ttft_s: low.ttft_s + (high.ttft_s - low.ttft_s) * share,
                tpot_s: low.tpot_s + (high.tpot_s - low.tpot_s) * share,
            }
        }
        (None, _) => at(0),
        (Some(last), None) => at(last),
    }
}

/// What users are promised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Targets {
    /// Most seconds to the first token, waiting included.
    pub ttft_s: f64,
    /// Most seconds between tokens.
    pub tpot_s: f64,
    /// Share of the requests that must be within `ttft_s`.
    pub quantile: f64,
}

/// What one replica does with requests of given length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Serving {
    points: Vec<Curve>,
    tokens_out: f64,
}

impl Serving {
    /// The points, by rising concurrency.
    pub fn points(&self) -> &[Curve] {
        &self.points
    }

    /// The same on accelerators that work at this share of their speed: everything takes so much longer.
    pub fn slowed(&self, speed: f64) -> Serving {
        let slower =
            |point: &Curve| Curve { ttft_s: point.ttft_s / speed, tpot_s: point.tpot_s / speed, ..*point };
        Serving { points: self.points.iter().map(slower).collect(), tokens_out: self.tokens_out }
    }

    /// Latency with so many requests in flight.
    pub fn latency(&self, concurrency: f64) -> Curve {
        latency(&self.points, concurrency)
    }

    /// Seconds that a request stays with so many in flight.
    pub fn stay_s(&self, concurrency: f64) -> f64 {
        self.stay_of(&self.latency(concurrency))
    }

    fn stay_of(&self, at: &Curve) -> f64 {
        stay_s(at, self.tokens_out)
    }

    /// Requests finished a second with so many in flight.
    pub fn rate(&self, concurrency: f64) -> f64 {
        concurrency / self.stay_s(concurrency)
    }

    /// The most requests in flight within the targets; `None` if even the lightest measured load is slower.
    pub fn most(&self, targets: &Targets) -> Option<f64> {
        let within = |point: &Curve| point.ttft_s <= targets.ttft_s && point.tpot_s <= targets.tpot_s;
        let good = self.points.iter().take_while(|point| within(point)).count();
        let last = self.points.get(good.checked_sub(1)?)?;
        let Some(next) = self.points.get(good) else { return Some(last.concurrency) };
        // Along the piece both times rise evenly: the one that reaches its target first ends it.
        let share =
            |low: f64, high: f64, most: f64| if high > most { (most - low) / (high - low) } else { 1.0 };
        let part = share(last.ttft_s, next.ttft_s, targets.ttft_s).min(share(
            last.tpot_s,
            next.tpot_s,
            targets.tpot_s,
        ));
        Some(last.concurrency + (next.concurrency - last.concurrency) * part)
    }

    /// The requests in flight at so many finished a second; at most what was measured.
    pub fn concurrency(&self, rate: f64) -> f64 {
        let next = self.points.partition_point(|point| point.concurrency / self.stay_of(point) < rate);
        let Some(high) = self.points.get(next) else {
            return self.points.last().map_or(0.0, |point| point.concurrency);
        };
        let Some(low) = next.checked_sub(1).map(|last| self.points[last]) else {
            return rate * self.stay_of(high);
        };
        // c = rate (a + b c) on this piece.
        let b = (self.stay_of(high) - self.stay_of(&low)) / (high.concurrency - low.concurrency);
        let a = self.stay_of(&low) - b * low.concurrency;
        (rate * a / (1.0 - rate * b)).clamp(low.concurrency, high.concurrency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(concurrency: f64, ttft_s: f64, tpot_s: f64) -> Measured {
        Measured { tokens_in: 1024.0, tokens_out: 1024.0, concurrency, ttft_s, tpot_s }
    }

    fn some() -> Surface {
        Surface::new(&[point(64.0, 0.4, 0.020), point(4.0, 0.1, 0.006), point(16.0, 0.2, 0.010)])
            .expect("good")
    }

    #[test]
    fn points_are_met_and_targets_cut_between_them() {
        let serving = some().serving(1024.0, 1024.0);
        assert_eq!(serving.latency(16.0).tpot_s, 0.010);
        assert!((serving.latency(40.0).tpot_s - 0.015).abs() < 1e-12);
        assert_eq!(serving.latency(1.0).ttft_s, 0.1, "lighter than measured: as at the first point");
        let targets = |ttft_s, tpot_s| Targets { ttft_s, tpot_s, quantile: 0.95 };
        assert_eq!(serving.most(&targets(1.0, 1.0)), Some(64.0));
        assert!((serving.most(&targets(0.3, 1.0)).expect("some") - 40.0).abs() < 1e-9);
        assert_eq!(serving.most(&targets(1.0, 0.010)), Some(16.0));
        assert_eq!(serving.most(&targets(0.05, 1.0)), None);
    }

    #[test]
    fn what_is_not_monotone_is_refused_with_its_index() {
        let twice = Surface::new(&[point(4.0, 0.1, 0.01), point(4.0, 0.1, 0.01)]);
        assert_eq!(twice, Err(SurfaceFault::Twice(1)));
        assert_eq!(
            Surface::new(&[point(8.0, 0.1, 0.01), point(4.0, 0.2, 0.01)]),
            Err(SurfaceFault::Faster(0))
        );
        assert_eq!(
            Surface::new(&[point(4.0, 0.1, 0.01), point(8.0, 0.2, 0.03)]),
            Err(SurfaceFault::NoGain(1))
        );
        assert_eq!(Surface::new(&[]), Err(SurfaceFault::Empty));
    }

    #[test]
    fn prompts_of_other_lengths_lie_between_families_or_in_proportion() {
        let long = |point: Measured| Measured { tokens_in: 8192.0, ttft_s: point.ttft_s * 6.0, ..point };
        let points = [point(4.0, 0.1, 0.006), point(16.0, 0.2, 0.010)];
        let two = Surface::new(&[points[0], points[1], long(points[0]), long(points[1])]).expect("good");
        let middle = two.serving(4608.0, 1024.0);
        assert!((middle.latency(4.0).ttft_s - 0.35).abs() < 1e-12);
        assert_eq!(middle.latency(4.0).tpot_s, 0.006);
        assert!((two.serving(512.0, 1024.0).latency(4.0).ttft_s - 0.05).abs() < 1e-12);
        assert!((two.serving(16_384.0, 1024.0).latency(4.0).ttft_s - 1.2).abs() < 1e-12);
        assert_eq!(two.serving(1024.0, 1024.0).latency(16.0).ttft_s, 0.2, "a measured length is met");
        assert_eq!(two.serving(8192.0, 1024.0).latency(16.0).ttft_s, 0.2 * 6.0);
        assert_eq!(two.prompts(), (1024.0, 8192.0));
    }

    proptest! {
        /// Any surface that is accepted is monotone everywhere, and the rate is inverted.
        #[test]
        fn monotone_and_inverted(steps in proptest::collection::vec((1.0..100.0f64, 0.0..0.5f64, 0.0..0.02f64), 1..8), at in 0.01..1.0f64) {
            let (mut c, mut ttft, mut tpot) = (0.0, 0.05, 0.005);
            let mut points = Vec::new();
            for (dc, dttft, dtpot) in steps {
                c += dc;
                ttft += dttft;
                tpot += dtpot;
                points.push(point(c, ttft, tpot));
            }
            if let Ok(surface) = Surface::new(&points) {
                let serving = surface.serving(1024.0, 1024.0);
                let mut last = 0.0;
                for step in 1..=200 {
                    let rate = serving.rate(c * f64::from(step) / 200.0);
                    prop_assert!(rate >= last * (1.0 - 1e-12));
                    last = rate;
                }
                let wanted = c * at;
                let found = serving.concurrency(serving.rate(wanted));
                prop_assert!((found - wanted).abs() < 1e-6 * c, "{found} {wanted}");
            }
        }
    }
}
