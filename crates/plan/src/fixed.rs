//! Decisions as values of columns: to hold them while something else is asked.

use crate::asset::{GIGA, What};
use crate::decisions::Decisions;
use crate::terms::Frame;
use crate::true_up;

/// What is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Whole numbers: what is built in units, and exits.
    Wholes,
    /// Everything that all futures share.
    FirstStage,
}

/// Columns that decisions settle, with their values.
pub(crate) fn columns(frame: &Frame, decisions: &Decisions, held: Held) -> Vec<(usize, f64)> {
    let layout = &frame.layout;
    let mut settled = Vec::new();
    for (i, site) in decisions.sites.iter().enumerate() {
        let (mut phases, mut tranches) = (site.phases.iter(), site.tranches.iter());
        for &a in &frame.of_site[i] {
            let asset = &frame.assets[a];
            let ready: Vec<Option<usize>> = match asset.what {
                What::Hall => phases.by_ref().take(asset.most as usize).copied().collect(),
                What::Grid => tranches.by_ref().take(1).copied().collect(),
                _ => Vec::new(),
            };
            for t in 0..layout.periods {
                let value = match asset.what {
                    What::Hall | What::Grid => {
                        ready.iter().filter(|ready| ready.is_some_and(|u| u <= t)).count() as f64
                    }
                    What::Thermal(k) => site.thermal_mw[k][t] / (GIGA * asset.unit),
                    What::Renewable(k) => site.renewable_mw[k][t] / (GIGA * asset.unit),
                    What::Storage(k) => site.storage_mw[k][t] / (GIGA * asset.unit),
                };
                if asset.whole {
                    settled.push((layout.built(a, t), libm::round(value)));
                } else if held == Held::FirstStage {
                    settled.push((layout.built(a, t), value));
                }
            }
        }
    }
    for (p, left) in decisions.left.iter().enumerate() {
        for t in 0..layout.periods {
            let gone = left.is_some_and(|left| left <= t);
            settled.push((layout.exit(p, t), if gone { 1.0 } else { 0.0 }));
        }
    }
    let mut owed = 0.0;
    for t in 0..layout.periods {
        owed += decisions.drawn_musd[t];
        if let Some(column) = layout.owes(t) {
            settled.push((column, if owed > 0.0 { 1.0 } else { 0.0 }));
        }
    }
    if held == Held::Wholes {
        settled.extend(true_up::switched(frame, decisions));
    }
    if held == Held::FirstStage {
        let shared = |t: usize| &decisions.futures[0].periods[t].delivered_mw;
        for t in 0..layout.periods {
            settled.push((layout.draw(t), decisions.drawn_musd[t] / GIGA));
        }
        for t in 0..layout.shared {
            for (i, delivered) in shared(t).iter().enumerate() {
                for (g, mw) in delivered.iter().enumerate() {
                    settled.push((layout.delivered(0, t, i, g), mw / GIGA));
                    if let Some(column) = layout.sold(0, t, i, g) {
                        settled.push((column, decisions.futures[0].periods[t].sold_mw[i][g] / GIGA));
                    }
                }
            }
        }
    }
    settled
}
