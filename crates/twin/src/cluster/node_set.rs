//! A set of node indices that yields its least member at once.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Above this many members the sorted list becomes a bit set.
const SMALL: usize = 32;

/// Few members: a sorted list. Many: a bit set with a summary (a bit for each word that is not zero), so that the
/// least member is found in a few words and inserting or removing touches two.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum NodeSet {
    /// Sorted, descending: the least is at the end.
    Few(Vec<u32>),
    /// Words of members, and words of "this word is not zero".
    Many {
        /// Bit `n % 64` of word `n / 64` stands for node `n`.
        words: Vec<u64>,
        /// Bit `w % 64` of word `w / 64`: `words[w]` is not zero.
        summary: Vec<u64>,
        /// No summary word below this one is non-zero.
        first: usize,
        /// How many members.
        len: usize,
    },
}

impl Default for NodeSet {
    fn default() -> Self {
        NodeSet::Few(Vec::new())
    }
}

impl NodeSet {
    /// How many members.
    pub fn len(&self) -> usize {
        match self {
            NodeSet::Few(list) => list.len(),
            NodeSet::Many { len, .. } => *len,
        }
    }

    /// The least member.
    pub fn first(&self) -> Option<u32> {
        match self {
            NodeSet::Few(list) => list.last().copied(),
            NodeSet::Many { words, summary, first, .. } => {
                let s = (*first..summary.len()).find(|&s| summary[s] != 0)?;
                let w = s * 64 + summary[s].trailing_zeros() as usize;
                Some((w * 64) as u32 + words[w].trailing_zeros())
            }
        }
    }

    /// The members, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let mut from = self.first();
        std::iter::from_fn(move || {
            let member = from?;
            from = self.at_least(member + 1);
            Some(member)
        })
    }

    /// The members, descending.
    pub fn iter_back(&self) -> impl Iterator<Item = u32> + '_ {
        let mut below = u32::MAX;
        std::iter::from_fn(move || {
            below = self.less_than(below)?;
            Some(below)
        })
    }

    /// The least member that is not less than `node`.
    fn at_least(&self, node: u32) -> Option<u32> {
        match self {
            NodeSet::Few(list) => {
                let at = list.partition_point(|&other| other >= node);
                list.get(at.checked_sub(1)?).copied()
            }
            NodeSet::Many { words, summary, .. } => {
                let w = node as usize / 64;
                let here = words.get(w)? & (u64::MAX << (node % 64));
                if here != 0 {
                    return Some((w * 64) as u32 + here.trailing_zeros());
                }
                let rest = |s: usize| if s == (w + 1) / 64 { u64::MAX << ((w + 1) % 64) } else { u64::MAX };
                let s = ((w + 1) / 64..summary.len()).find(|&s| summary[s] & rest(s) != 0)?;
                let w = s * 64 + (summary[s] & rest(s)).trailing_zeros() as usize;
                Some((w * 64) as u32 + words[w].trailing_zeros())
            }
        }
    }

    /// The greatest member that is less than `node`.
    fn less_than(&self, node: u32) -> Option<u32> {
        match self {
            NodeSet::Few(list) => list.get(list.partition_point(|&other| other >= node)).copied(),
            NodeSet::Many { words, summary, .. } => {
                let last = |w: usize, word: u64| (w * 64) as u32 + 63 - word.leading_zeros();
                let w = (node as usize / 64).min(words.len());
                let here = words.get(w).map_or(0, |word| word & !(u64::MAX << (node % 64)));
                if here != 0 {
                    return Some(last(w, here));
                }
                let rest = |s: usize| if s == w / 64 { !(u64::MAX << (w % 64)) } else { u64::MAX };
                let s = (0..summary.len().min(w / 64 + 1)).rev().find(|&s| summary[s] & rest(s) != 0)?;
                let w = last(s, summary[s] & rest(s)) as usize;
                Some(last(w, words[w]))
            }
        }
    }

    /// How many members follow each other from `node`, which is one, up to `most`.
    pub fn run_from(&self, node: u32, most: u32) -> u32 {
        let followed = |&n: &u32| match self {
            NodeSet::Few(list) => list.binary_search_by(|other| n.cmp(other)).is_ok(),
            NodeSet::Many { words, .. } => {
                words.get(n as usize / 64).is_some_and(|word| word >> (n % 64) & 1 == 1)
            }
        };
        (node..node.saturating_add(most)).take_while(followed).count() as u32
    }

    /// Adds nodes that are not in the set.
    pub fn insert_run(&mut self, nodes: Range<u32>) {
        if let NodeSet::Few(list) = self {
            if list.len() + nodes.len() <= SMALL {
                return nodes.for_each(|node| self.insert(node));
            }
            let members = std::mem::take(list);
            *self = NodeSet::Many { words: Vec::new(), summary: Vec::new(), first: 0, len: 0 };
            members.into_iter().for_each(|member| self.insert(member));
        }
        let NodeSet::Many { words, summary, first, len } = self else { return };
        let last = (nodes.end - 1) as usize / 64;
        if last >= words.len() {
            words.resize(last + 1, 0);
            summary.resize(last / 64 + 1, 0);
        }
        *first = (*first).min(nodes.start as usize / 64 / 64);
        *len += nodes.len();
        for (w, mask) in masks(nodes) {
            words[w] |= mask;
            summary[w / 64] |= 1 << (w % 64);
        }
    }

    /// Removes nodes that are in the set.
    pub fn remove_run(&mut self, nodes: Range<u32>) {
        let NodeSet::Many { words, summary, first, len } = self else {
            return nodes.for_each(|node| self.remove(node));
        };
        *len -= nodes.len();
        if *len == 0 {
            *self = NodeSet::default();
            return;
        }
        for (w, mask) in masks(nodes) {
            words[w] &= !mask;
            if words[w] == 0 {
                summary[w / 64] &= !(1 << (w % 64));
            }
        }
        while *first < summary.len() && summary[*first] == 0 {
            *first += 1;
        }
    }

    /// Adds a node that is not in the set.
    pub fn insert(&mut self, node: u32) {
        match self {
            NodeSet::Few(list) if list.len() < SMALL => {
                let at = list.partition_point(|&other| other > node);
                list.insert(at, node);
            }
            NodeSet::Few(list) => {
                let members = std::mem::take(list);
                *self = NodeSet::Many { words: Vec::new(), summary: Vec::new(), first: 0, len: 0 };
                for member in members.into_iter().chain([node]) {
                    self.insert(member);
                }
            }
            NodeSet::Many { words, summary, first, len } => {
                let w = node as usize / 64;
                if w >= words.len() {
                    words.resize(w + 1, 0);
                    summary.resize(w / 64 + 1, 0);
                }
                words[w] |= 1 << (node % 64);
                summary[w / 64] |= 1 << (w % 64);
                *first = (*first).min(w / 64);
                *len += 1;
            }
        }
    }

    /// Removes a node that is in the set.
    pub fn remove(&mut self, node: u32) {
        match self {
            NodeSet::Few(list) => {
                let at = list.partition_point(|&other| other > node);
                debug_assert_eq!(list.get(at), Some(&node));
                list.remove(at);
            }
            NodeSet::Many { words, summary, first, len } => {
                let w = node as usize / 64;
                words[w] &= !(1 << (node % 64));
                if words[w] == 0 {
                    summary[w / 64] &= !(1 << (w % 64));
                    while *first < summary.len() && summary[*first] == 0 {
                        *first += 1;
                    }
                }
                *len -= 1;
                if *len == 0 {
                    *self = NodeSet::default();
                }
            }
        }
    }
}

/// The words that these nodes lie in, with their bits there.
fn masks(nodes: Range<u32>) -> impl Iterator<Item = (usize, u64)> {
    let (from, last) = (nodes.start as usize, nodes.end as usize - 1);
    (from / 64..last / 64 + 1).map(move |w| {
        let low = if w == from / 64 { u64::MAX << (from % 64) } else { u64::MAX };
        let high = if w == last / 64 { u64::MAX >> (63 - last % 64) } else { u64::MAX };
        (w, low & high)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn behaves_as_an_ordered_set(ops in proptest::collection::vec((any::<bool>(), 0u32..9000), 0..600)) {
            let (mut set, mut model) = (NodeSet::default(), BTreeSet::new());
            for (insert, node) in ops {
                if insert && model.insert(node) {
                    set.insert(node);
                } else if !insert && let Some(&member) = model.range(node..).next() {
                    model.remove(&member);
                    set.remove(member);
                }
                prop_assert!(set.iter().eq(model.iter().copied()));
                prop_assert!(set.iter_back().eq(model.iter().rev().copied()));
                prop_assert_eq!(set.first(), model.first().copied());
                prop_assert_eq!(set.len(), model.len());
            }
            for member in model {
                prop_assert_eq!(set.first(), Some(member));
                set.remove(member);
            }
        }
    }

    proptest! {
        #[test]
        fn runs_are_their_members(
            ops in proptest::collection::vec((any::<bool>(), 0u32..5000, 1u32..300), 0..60),
        ) {
            let (mut set, mut model) = (NodeSet::default(), BTreeSet::new());
            for (insert, start, length) in ops {
                // The longest part of the run that is all inside or all outside.
                let fits = |node: &u32| model.contains(node) != insert;
                let end = start + (start..start + length).take_while(fits).count() as u32;
                if insert && end > start {
                    set.insert_run(start..end);
                    model.extend(start..end);
                } else if end > start {
                    prop_assert_eq!(set.run_from(start, end - start), end - start);
                    set.remove_run(start..end);
                    (start..end).for_each(|node| { model.remove(&node); });
                }
                prop_assert!(set.iter().eq(model.iter().copied()));
                prop_assert_eq!(set.len(), model.len());
            }
        }
    }
}
