//! The cheapest accelerator-hour.

use crate::twin::Config;
use base::id::SiteId;

/// Micro-dollars of an accelerator-hour; a site that states no cost comes last.
pub(super) fn score(config: &Config, site: SiteId) -> i64 {
    config.cost(site).unwrap_or(i64::MAX)
}
