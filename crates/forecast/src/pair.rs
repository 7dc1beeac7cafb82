//! Which site and which step of a later file are those of an earlier one: names, numbers of buildings and estimates of
//! power are revised between vintages.
//!
//! Sites are paired by the dates that both files give (satellite images do not move) and by the words of their names, the
//! best pair first. Steps of a pair of sites are the same if they add nearly the same power, the nearest first; only steps
//! of the later file that were done after the earlier file was known count.

use crate::days;
use crate::timeline::{Rise, Timeline, Vintage};
use base::SimTime;
use std::collections::BTreeSet;

/// The factor by which the estimate of a step's power may have been revised.
const REVISED: f64 = 1.35;

/// For each site of the earlier file the place of its site in the later one.
pub fn sites(old: &Vintage, new: &Vintage) -> Vec<Option<usize>> {
    let mut scores = Vec::new();
    for (a, here) in old.sites.iter().enumerate() {
        for (b, there) in new.sites.iter().enumerate() {
            let score = likeness(here, there);
            if score >= 2.0 {
                scores.push((score, a, b));
            }
        }
    }
    scores.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut pairs = vec![None; old.sites.len()];
    let mut taken = BTreeSet::new();
    for (_, a, b) in scores {
        if pairs[a].is_none() && taken.insert(b) {
            pairs[a] = Some(b);
        }
    }
    pairs
}

/// Dates that both give, and the share of the words of their names that both have.
fn likeness(here: &Timeline, there: &Timeline) -> f64 {
    let dates = |timeline: &Timeline| timeline.steps.iter().map(|step| step.date).collect::<BTreeSet<_>>();
    let words = |timeline: &Timeline| {
        let letters = timeline.site.to_lowercase();
        letters.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let (a, b) = (words(here), words(there));
    let shared = a.intersection(&b).count() as f64;
    let all = a.union(&b).count().max(1) as f64;
    dates(here).intersection(&dates(there)).count() as f64 + 2.0 * shared / all
}

/// For each rise of the earlier timeline after `known` the rise of the later one that it became.
pub fn rises<'a>(old: &[Rise<'_>], new: &'a Timeline, known: SimTime) -> Vec<Option<Rise<'a>>> {
    let candidates: Vec<Rise> = new.rises().filter(|rise| rise.step.date > known).collect();
    let mut fits = Vec::new();
    for (a, here) in old.iter().enumerate() {
        for (b, there) in candidates.iter().enumerate() {
            let factor = libm::fabs(libm::log(there.added_mw / here.added_mw));
            if factor <= libm::log(REVISED) {
                fits.push((factor, days(here.step.date, there.step.date).abs(), a, b));
            }
        }
    }
    fits.sort_by(|x, y| {
        // Revisions below two parts in a hundred are none: the nearer date decides then.
        let coarse = |factor: f64| (factor / 0.02) as i64;
        (coarse(x.0).cmp(&coarse(y.0))).then(x.1.total_cmp(&y.1)).then((x.2, x.3).cmp(&(y.2, y.3)))
    });
    let mut pairs = vec![None; old.len()];
    let mut taken = BTreeSet::new();
    for (_, _, a, b) in fits {
        if pairs[a].is_none() && taken.insert(b) {
            pairs[a] = Some(candidates[b]);
        }
    }
    pairs
}
