//! Whose the accelerators of a site are, as far as offers have bound them.
//!
//! A partner's tenants use the partner's own accelerators first. What they hold above those, and what the tenants of
//! nobody in particular hold, comes from the accelerators that nobody has bound; of these there can be no more in use than
//! there are. Counted, not placed: which node a job gets does not depend on whose it is, and what runs is not stopped.

use base::id::{PartnerId, TenantId};
use serde::{Deserialize, Serialize};

/// What partners own and hold at a site, in thousandths of an accelerator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shares {
    /// By tenant.
    partner_of: Vec<Option<PartnerId>>,
    /// By partner.
    own: Vec<u64>,
    held: Vec<u64>,
    /// Held by tenants of nobody in particular.
    loose: u64,
    installed: u64,
}

impl Shares {
    /// Nothing is anybody's yet. `partner_of` says whose each tenant is.
    pub fn new(partner_of: Vec<Option<PartnerId>>, partners: usize) -> Shares {
        Shares { partner_of, own: vec![0; partners], held: vec![0; partners], loose: 0, installed: 0 }
    }
    /// More accelerators stand here.
    pub fn install(&mut self, milli: u64) {
        self.installed += milli;
    }
    /// Accelerators are gone for good; what partners have bound stays theirs, as far as there is anything.
    pub fn remove(&mut self, milli: u64) {
        self.installed -= milli;
    }
    /// More of those that stand here are a partner's.
    pub fn bind(&mut self, partner: PartnerId, milli: u64) {
        self.own[partner.index()] += milli;
    }
    /// A tenant holds this much more.
    pub fn hold(&mut self, tenant: TenantId, milli: u64) {
        *self.held_by(tenant) += milli;
    }
    /// A tenant holds this much less.
    pub fn give_back(&mut self, tenant: TenantId, milli: u64) {
        *self.held_by(tenant) -= milli;
    }
    fn held_by(&mut self, tenant: TenantId) -> &mut u64 {
        match self.partner_of[tenant.index()] {
            Some(partner) => &mut self.held[partner.index()],
            None => &mut self.loose,
        }
    }

    /// Whose the tenant is.
    pub fn partner_of(&self, tenant: TenantId) -> Option<PartnerId> {
        self.partner_of[tenant.index()]
    }

    /// Whether the tenant could hold this much if nobody held anything.
    pub fn could(&self, tenant: TenantId, milli: u64) -> bool {
        let own = self.partner_of[tenant.index()].map_or(0, |partner| self.own[partner.index()]);
        milli <= own + self.installed.saturating_sub(self.own.iter().sum())
    }

    /// Whether the tenant may hold this much more.
    pub fn allow(&self, tenant: TenantId, milli: u64) -> bool {
        let partner = self.partner_of[tenant.index()];
        let above = |at: usize, more: u64| (self.held[at] + more).saturating_sub(self.own[at]);
        if milli == 0 || partner.is_some_and(|partner| above(partner.index(), milli) == 0) {
            return true;
        }
        let more = |at: usize| if partner.is_some_and(|partner| partner.index() == at) { milli } else { 0 };
        let partners: u64 = (0..self.own.len()).map(|at| above(at, more(at))).sum();
        let loose = self.loose + if partner.is_none() { milli } else { 0 };
        partners + loose <= self.installed.saturating_sub(self.own.iter().sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANTS: [TenantId; 3] = [TenantId(0), TenantId(1), TenantId(2)];

    /// Ten accelerators, of which four are partner 0's and three partner 1's; tenant 2 is nobody's.
    fn shares() -> Shares {
        let mut shares = Shares::new(vec![Some(PartnerId(0)), Some(PartnerId(1)), None], 2);
        shares.install(10);
        shares.bind(PartnerId(0), 4);
        shares.bind(PartnerId(1), 3);
        shares
    }

    #[test]
    fn own_first_then_what_nobody_has_bound() {
        let mut shares = shares();
        let [a, b, loose] = TENANTS;
        assert!(shares.allow(a, 7) && !shares.allow(a, 8));
        assert!(shares.allow(loose, 3) && !shares.allow(loose, 4));
        shares.hold(a, 6);
        // Two of the three that nobody has bound are in use.
        assert!(shares.allow(loose, 1) && !shares.allow(loose, 2));
        assert!(shares.allow(b, 4) && !shares.allow(b, 5));
        shares.give_back(a, 6);
        assert!(shares.allow(loose, 3));
    }

    #[test]
    fn what_runs_when_a_block_is_bound_does_not_keep_its_owner_out() {
        let mut shares = Shares::new(vec![Some(PartnerId(0)), None], 1);
        shares.install(4);
        shares.hold(TenantId(1), 4);
        shares.bind(PartnerId(0), 2);
        assert!(shares.allow(TenantId(0), 2) && !shares.allow(TenantId(0), 3));
        assert!(!shares.allow(TenantId(1), 1) && shares.allow(TenantId(1), 0));
    }
}
