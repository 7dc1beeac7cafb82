//! Which jobs run on a node: what a failure must ask. Kept only where something can fail.

use crate::cluster::Allocation;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

const NOBODY: u32 = u32::MAX;
const SEVERAL: u32 = u32::MAX - 1;

/// The slots of the jobs on each node of a site.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Occupants {
    /// By node: nobody, several, or the one slot.
    one: Vec<u32>,
    /// The slots of nodes with several. Looked up, never iterated.
    several: FxHashMap<u32, Vec<u32>>,
}

impl Occupants {
    /// A job begins to run here.
    pub fn enter(&mut self, slot: u32, allocations: &[Allocation]) {
        for &Allocation { node, .. } in allocations {
            if node as usize >= self.one.len() {
                self.one.resize(node as usize + 1, NOBODY);
            }
            let one = &mut self.one[node as usize];
            match *one {
                NOBODY => *one = slot,
                SEVERAL => self.several.entry(node).or_default().push(slot),
                other if other == slot => {}
                other => {
                    *one = SEVERAL;
                    self.several.insert(node, vec![other, slot]);
                }
            }
        }
    }

    /// A job runs here no more.
    pub fn leave(&mut self, slot: u32, allocations: &[Allocation]) {
        for &Allocation { node, .. } in allocations {
            let one = &mut self.one[node as usize];
            if *one == slot {
                *one = NOBODY;
            } else if let Some(slots) = self.several.get_mut(&node) {
                slots.retain(|&other| other != slot);
                if slots.is_empty() {
                    self.several.remove(&node);
                    *one = NOBODY;
                }
            }
        }
    }

    /// The slots of the jobs on a node; a slot may come twice.
    pub fn of(&self, node: u32) -> &[u32] {
        match self.one.get(node as usize) {
            None | Some(&NOBODY) => &[],
            Some(&SEVERAL) => self.several.get(&node).map_or(&[], Vec::as_slice),
            Some(one) => std::slice::from_ref(one),
        }
    }
}
