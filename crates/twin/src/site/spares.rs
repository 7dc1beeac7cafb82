//! Nodes that are held back to stand in for those that fail: cold, of the same product, at the same site.
//!
//! A node that fails is replaced in the instant in which it fails; it is a spare itself once it is repaired. So as many
//! nodes work as before as long as there are spares. Where there are none, the next node that comes back stands in.

use super::SiteState;
use crate::cluster::Cluster;
use crate::twin::Config;
use base::id::SystemId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The spares of a site.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Spares {
    /// Share of the nodes of each product.
    share: f64,
    /// By product: its nodes so far, and those of them that are held back.
    held: BTreeMap<SystemId, (u64, BTreeSet<u32>)>,
    /// Nodes that failed, and are spares once they are repaired.
    owed: BTreeSet<u32>,
    /// Nodes that failed while there was no spare to stand in for them.
    missing: BTreeSet<u32>,
}

impl Spares {
    /// A share of the nodes, 0 to 1.
    pub fn new(share: f64) -> Spares {
        Spares { share, ..Spares::default() }
    }
}

/// How many of so many nodes are held back.
pub fn of(nodes: u64, share: f64) -> u64 {
    libm::floor(nodes as f64 * share + 1e-9) as u64
}

impl SiteState {
    /// Nodes have come: the last of them are held back, as far as the share asks for more spares.
    pub(super) fn hold_back(&mut self, config: &Config, system: SystemId, nodes: Range<u32>) {
        let share = self.spares.share;
        if share <= 0.0 {
            return;
        }
        let (all, held) = self.spares.held.entry(system).or_default();
        *all += u64::from(nodes.end - nodes.start);
        let more = of(*all, share).saturating_sub(of(*all - u64::from(nodes.end - nodes.start), share));
        let first = nodes.end - u32::try_from(more).unwrap_or(u32::MAX).min(nodes.end - nodes.start);
        held.extend(first..nodes.end);
        self.change_nodes(config, first..nodes.end, Cluster::hold_back, -1);
    }

    /// Spares stand in for nodes that went down; says how many.
    pub fn stand_in(&mut self, config: &Config, failed: &[u32]) -> u32 {
        let mut count = 0;
        for &node in failed {
            let Some(system) = self.fleet.system(node) else { continue };
            let cluster = &self.cluster;
            let Some((_, held)) = self.spares.held.get_mut(&system) else { continue };
            // One that has failed itself stands in for nobody.
            let Some(spare) = held.iter().copied().find(|&spare| cluster.is_ready_spare(spare)) else {
                self.spares.missing.insert(node);
                continue;
            };
            held.remove(&spare);
            self.spares.owed.insert(node);
            self.change_nodes(config, spare..spare + 1, Cluster::bring_in, 1);
            if let Some(promise) = &mut self.reservation {
                promise.gain(&self.cluster, spare);
            }
            self.released = true;
            count += 1;
        }
        count
    }

    /// A repair is over: a node for which a spare stands in becomes a spare, if nothing else keeps it down; it works at once
    /// where another of its product waits for its own repair, and stands in for that.
    pub(super) fn repaid(&mut self, node: u32) -> bool {
        if !self.spares.owed.contains(&node) || !self.cluster.is_ready_spare(node) {
            return false;
        }
        self.spares.owed.remove(&node);
        let system = self.fleet.system(node);
        let waits = self.spares.missing.iter().copied().find(|&other| self.fleet.system(other) == system);
        if let Some(other) = waits {
            self.spares.missing.remove(&other);
            self.spares.owed.insert(other);
            return false;
        }
        self.cluster.turn_spare(node);
        if let Some((_, held)) = self.fleet.system(node).and_then(|system| self.spares.held.get_mut(&system))
        {
            held.insert(node);
        }
        true
    }

    /// A node is back: nobody need stand in for it.
    pub(super) fn is_back(&mut self, node: u32) {
        self.spares.missing.remove(&node);
    }

    /// Nodes leave for good: their spares count as down from now, and none is owed.
    pub(super) fn forget_spares(&mut self, nodes: Range<u32>) {
        for (_, held) in self.spares.held.values_mut() {
            let gone: Vec<u32> = held.range(nodes.clone()).copied().collect();
            for node in gone {
                held.remove(&node);
                self.cluster.count_down(node);
            }
        }
        self.spares.owed.retain(|node| !nodes.contains(node));
        self.spares.missing.retain(|node| !nodes.contains(node));
    }
}
