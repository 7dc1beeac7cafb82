//! The smallest share of accelerators asked for: held and queued, over energised.

use crate::site::SiteState;

/// Asked over energised, in fixed point; a site without accelerators comes last.
pub(super) fn score(site: &SiteState) -> u128 {
    match site.cluster.installed_milli() {
        0 => u128::MAX,
        installed => (u128::from(site.asked_milli()) << 32) / u128::from(installed),
    }
}
