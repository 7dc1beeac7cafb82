//! Over how many nodes and scale-up domains something lies.

use super::{Allocation, Cluster};

/// The distinct nodes of these allocations, ascending.
pub fn nodes_of(allocations: &[Allocation]) -> Vec<u32> {
    let mut nodes: Vec<u32> = allocations.iter().map(|allocation| allocation.node).collect();
    if !nodes.is_sorted() {
        nodes.sort_unstable();
    }
    nodes.dedup();
    nodes
}

impl Cluster {
    /// How many nodes these are, and in how many scale-up domains; they must be distinct and ascending.
    pub fn spread(&self, nodes: &[u32]) -> (u32, u32) {
        // Domains are numbered in the order of their nodes.
        let (mut domains, mut last) = (0, None);
        for &node in nodes {
            let domain = Some(self.domain(node));
            domains += u32::from(domain != last);
            last = domain;
        }
        (nodes.len() as u32, domains)
    }
}
