//! Power and accelerators at work, site by site, from each instant on.
//!
//! Systems of a block come in parts, and each part counts from when it works; what is taken out again for later systems
//! counts no more.

use super::{Block, Building, Site};
use base::SimTime;

/// What is at work.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AtWork {
    /// IT power in MW.
    pub it_mw: f64,
    /// Accelerators.
    pub gpus: u64,
}

/// What is at work at each site from each instant on.
#[derive(Clone, Debug)]
pub struct Standing(Vec<Vec<(SimTime, AtWork)>>);

impl Standing {
    /// By the table `capacity` where anything is built, else by the blocks, which are then energised whole.
    pub(super) fn of(sites: &[Site], blocks: &[Block], building: Option<&Building>) -> Standing {
        let of_site = |site: &Site| match building {
            Some(building) => {
                let own = building.capacity.iter().filter(|row| row.site == site.key);
                own.map(|row| (row.time, AtWork { it_mw: row.energised_mw, gpus: row.gpus })).collect()
            }
            None => whole(blocks.iter().filter(|block| block.site == site.key)),
        };
        Standing(sites.iter().map(of_site).collect())
    }

    /// What is at work at a site, by its place among the sites, at an instant.
    pub fn at(&self, site: usize, time: SimTime) -> AtWork {
        let changes = self.0.get(site).map_or(&[][..], Vec::as_slice);
        let known = changes.partition_point(|(since, _)| *since <= time);
        known
            .checked_sub(1)
            .and_then(|last| changes.get(last))
            .map_or_else(AtWork::default, |change| change.1)
    }

    /// What is at work at all sites.
    pub fn all(&self, time: SimTime) -> AtWork {
        (0..self.0.len()).map(|site| self.at(site, time)).fold(AtWork::default(), AtWork::and)
    }

    /// Every instant at which something changes.
    pub fn times(&self) -> impl Iterator<Item = SimTime> {
        self.0.iter().flatten().map(|(time, _)| *time)
    }
}

impl AtWork {
    /// Both together.
    pub fn and(self, other: AtWork) -> AtWork {
        AtWork { it_mw: self.it_mw + other.it_mw, gpus: self.gpus + other.gpus }
    }
}

/// The sums of blocks, each from when it is energised.
fn whole<'a>(blocks: impl Iterator<Item = &'a Block>) -> Vec<(SimTime, AtWork)> {
    let mut came: Vec<(SimTime, AtWork)> = blocks
        .filter_map(|block| Some((block.energised?, AtWork { it_mw: block.it_mw, gpus: block.gpus })))
        .collect();
    came.sort_by_key(|(time, _)| *time);
    let mut sum = AtWork::default();
    for (_, at) in &mut came {
        sum = sum.and(*at);
        *at = sum;
    }
    came
}
