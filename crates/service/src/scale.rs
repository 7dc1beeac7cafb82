//! How many replicas to have next.

use base::Span;
use serde::{Deserialize, Serialize};

/// Autoscaling of a service, for each site by itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Autoscale {
    /// Share of what replicas can serve that they are planned to serve.
    pub utilisation: f64,
    /// Replicas kept at each site, with or without requests.
    pub least: u64,
    /// The most replicas of a site.
    pub most: u64,
    /// How long a replica takes from its nodes to its first request: loading the model.
    pub start_up: Span,
    /// The most replicas that a site adds in one step.
    pub step_up: u64,
    /// Replicas are given back only when at least this share of them is not needed.
    pub slack: f64,
}

impl Autoscale {
    /// Replicas wanted next where there are `current` and `needed` serve what is expected.
    pub fn wanted(&self, current: u64, needed: u64) -> u64 {
        let needed = needed.clamp(self.least, self.most.max(self.least));
        if needed >= current {
            return needed.min(current.saturating_add(self.step_up));
        }
        let spare = (current - needed) as f64;
        let idle = spare >= self.slack * current as f64 || current > self.most;
        if idle { needed } else { current }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_by_steps_and_shrinks_when_it_is_worth_it() {
        let scale = Autoscale {
            utilisation: 0.7,
            least: 2,
            most: 100,
            start_up: Span::ZERO,
            step_up: 10,
            slack: 0.1,
        };
        assert_eq!(scale.wanted(0, 0), 2);
        assert_eq!(scale.wanted(5, 40), 15, "ten at a time");
        assert_eq!(scale.wanted(95, 400), 100, "at most 100");
        assert_eq!(scale.wanted(50, 46), 50, "four of fifty are kept");
        assert_eq!(scale.wanted(50, 45), 45, "five of fifty are given back");
        assert_eq!(scale.wanted(50, 0), 2);
        assert_eq!(scale.wanted(103, 102), 100, "above the most");
    }
}
