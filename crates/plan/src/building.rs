//! Rows of what is built: it stays, phases keep their order, and they are counted.

use crate::asset::What;
use crate::limit::{Kind, Limit};
use crate::model::Model;

impl Model<'_> {
    /// What is built stays, and phases keep their order.
    pub(crate) fn building(&mut self) {
        let periods = self.frame.layout.periods;
        for a in 0..self.frame.assets.len() {
            let asset = &self.frame.assets[a];
            let (site, first, needs) = (asset.site, asset.first, asset.needs);
            for t in first + 1..periods {
                let (now, before) = (self.frame.layout.built(a, t), self.frame.layout.built(a, t - 1));
                self.entry(before, 1.0);
                self.entry(now, -1.0);
                self.below(Limit { scenario: None, ..Limit::new(Kind::Lasting, site, t, 0) }, 0.0);
            }
            let Some((needed, ratio)) = needs else { continue };
            for t in first..periods {
                let (now, needed) = (self.frame.layout.built(a, t), self.frame.layout.built(needed, t));
                self.entry(now, 1.0);
                self.entry(needed, -ratio);
                self.below(Limit { scenario: None, ..Limit::new(Kind::PhaseOrder, site, t, 0) }, 0.0);
            }
        }
        for p in 0..self.frame.layout.purchases {
            for t in 1..periods {
                let (now, before) = (self.frame.layout.exit(p, t), self.frame.layout.exit(p, t - 1));
                if self.problem.columns.upper[before] > 0.0 {
                    self.entry(before, 1.0);
                    self.entry(now, -1.0);
                    self.below(Limit { scenario: None, ..Limit::new(Kind::Commitment, p, t, 0) }, 0.0);
                }
            }
        }
    }

    /// Counts the phases that are ready everywhere by each period, in a column: a search for a bound can then decide how many
    /// phases there are before it decides where. It changes nothing else, as the column follows from the others.
    pub(crate) fn phases(&mut self) {
        for t in 0..self.frame.layout.periods {
            let Some(count) = self.frame.layout.phases(t) else { return };
            for a in 0..self.frame.assets.len() {
                let asset = &self.frame.assets[a];
                if asset.what == What::Hall && asset.whole && asset.first <= t {
                    let built = self.frame.layout.built(a, t);
                    self.entry(built, 1.0);
                }
            }
            self.entry(count, -1.0);
            let limit = Limit { of: None, scenario: None, ..Limit::new(Kind::PhaseCount, 0, t, 0) };
            self.row(limit, 0.0, 0.0);
        }
    }
}
