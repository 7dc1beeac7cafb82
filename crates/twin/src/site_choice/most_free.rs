//! The most free accelerators, less those that the queue asks for.

use crate::site::SiteState;

/// The negative of free less queued, in thousandths.
pub(super) fn score(site: &SiteState) -> i128 {
    i128::from(site.queue.gpu_milli()) - i128::from(site.cluster.free_milli())
}
