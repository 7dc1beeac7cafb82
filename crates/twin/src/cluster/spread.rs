//! Over how many nodes and scale-up domains something lies. Neighbours are taken together: a gang of thousands of nodes is
//! a few dozen runs.

use super::{Allocation, Cluster};
use std::ops::Range;

/// The distinct nodes of these allocations as runs of neighbours, ascending.
pub fn runs_of(allocations: &[Allocation]) -> Vec<Range<u32>> {
    let mut runs: Vec<Range<u32>> = Vec::new();
    for &Allocation { node, .. } in allocations {
        match runs.last_mut() {
            Some(last) if last.end == node => last.end += 1,
            Some(last) if last.contains(&node) => {}
            _ => runs.push(node..node + 1),
        }
    }
    runs.sort_unstable_by_key(|run| (run.start, run.end));
    runs.dedup_by(|next, last| {
        let touch = next.start <= last.end;
        if touch {
            last.end = last.end.max(next.end);
        }
        touch
    });
    runs
}

impl Cluster {
    /// How many nodes these runs of [`runs_of`] are, and in how many scale-up domains.
    pub fn spread(&self, runs: &[Range<u32>]) -> (u32, u32) {
        let (mut nodes, mut domains, mut last) = (0, 0, None);
        for run in runs {
            nodes += run.end - run.start;
            domains += self.domains_of(run, &mut last);
        }
        (nodes, domains)
    }

    /// The scale-up domains of a run, without the `last` of the run before. They are numbered in the order of their nodes.
    pub fn domains_of(&self, run: &Range<u32>, last: &mut Option<u32>) -> u32 {
        let (first, end) = (self.domain(run.start), self.domain(run.end - 1));
        let again = u32::from(*last == Some(first));
        *last = Some(end);
        end - first + 1 - again
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_are_the_distinct_nodes(nodes in proptest::collection::vec(0_u32..60, 0..40)) {
            let allocation = |&node| Allocation { node, rest: false, slot: 0 };
            let runs = runs_of(&nodes.iter().map(allocation).collect::<Vec<_>>());
            let mut distinct = nodes.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert!(runs.windows(2).all(|pair| pair[0].end < pair[1].start));
            prop_assert_eq!(runs.into_iter().flatten().collect::<Vec<_>>(), distinct);
        }
    }
}
