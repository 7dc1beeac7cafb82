//! The joint between agreements and the rest of the twin.

use super::{AgreementFact, Agreements, Demand, Shares};
use crate::fact::Fact;
use crate::jobs::Jobs;
use crate::twin::{Event, Twin};
use base::SimTime;
use base::id::{AgreementId, BlockId, PartnerId, SiteId, TenantId};
use kernel::Context;
use scenario::World;

/// The jobs that wait, and whose tenants are whose.
struct Waiting<'a> {
    jobs: &'a Jobs,
    partner_of: &'a [Option<PartnerId>],
}

impl Demand for Waiting<'_> {
    fn waiting_milli(&self, partner: PartnerId) -> u64 {
        let waits = |tenant: TenantId| self.partner_of.get(tenant.index()) == Some(&Some(partner));
        let jobs = self.jobs.all().filter(|state| state.held.is_none() && waits(state.job.tenant));
        jobs.map(|state| state.job.demand.total_gpu_milli()).sum()
    }
}

impl Twin {
    /// Sites of which offers can bind accelerators count whose they are.
    pub(crate) fn share_sites(&mut self, world: &World) {
        let partner_of: Vec<Option<PartnerId>> = world.tenants.iter().map(|tenant| tenant.partner).collect();
        for block in Agreements::offered_blocks(world) {
            let site = world.blocks[block.index()].site;
            let shares = Shares::new(partner_of.clone(), world.partners.len());
            self.site_mut(site).shares.get_or_insert_with(|| Box::new(shares));
        }
        if let Some(agreements) = &mut self.agreements {
            agreements.partner_of = partner_of;
            agreements.site_of = world.blocks.iter().map(|block| block.site).collect();
        }
    }

    /// Something is to be done in this instant.
    pub(crate) fn agreements_due(&mut self) {
        if let Some(agreements) = &mut self.agreements {
            agreements.due = true;
            agreements.wake = None;
        }
    }

    /// The next instant at which something is to be done under an agreement has its event.
    pub(crate) fn wake_agreements(&mut self, context: &mut Context<Event, Fact>) {
        let Some(agreements) = &mut self.agreements else { return };
        let next = agreements.next();
        match (agreements.wake, next) {
            (Some((time, _)), Some(next)) if time == next => return,
            (Some((_, ticket)), _) => context.cancel(ticket),
            _ => {}
        }
        agreements.wake = next.map(|next| (next, context.schedule_at(next, Event::Agreement)));
    }

    /// A block's systems can work: what is bound of it already is its partners' from now.
    pub(crate) fn energised_under_agreements(&mut self, block: BlockId, site: SiteId) {
        let Some(agreements) = &mut self.agreements else { return };
        if !agreements.energised(block) {
            // Systems that come later are its partners' already: what is bound is a number of accelerators.
            return;
        }
        let bound: Vec<(PartnerId, u32)> = agreements.bound_of(block).to_vec();
        self.bind(site, &bound);
    }

    fn bind(&mut self, site: SiteId, bound: &[(PartnerId, u32)]) {
        let site = self.site_mut(site);
        let Some(shares) = &mut site.shares else { return };
        for &(partner, gpus) in bound {
            shares.bind(partner, u64::from(gpus) * 1000);
        }
        if !bound.is_empty() {
            // Jobs of its partner may start, and what a job was promised may be gone.
            site.released = true;
            site.reservation = None;
        }
    }

    /// Everything that is to be done in this instant under agreements. What a rung releases may be what a block waited for,
    /// and a block that is energised so may be what the next rung waits for.
    pub(crate) fn settle_agreements(&mut self, now: SimTime, context: &mut Context<Event, Fact>) {
        let mut any = false;
        while let Some(agreements) = self.agreements.take_if(|agreements| agreements.due) {
            any = true;
            for (agreement, rung) in self.settle_once(now, agreements, context) {
                self.release_rung(now, (agreement, &rung), context);
            }
        }
        if any {
            // Blocks that were energised meanwhile draw power too.
            self.limit_power(now, context);
            self.wake_agreements(context);
        }
    }

    /// One round of it; gives the rungs that were released.
    fn settle_once(
        &mut self,
        now: SimTime,
        mut agreements: Box<Agreements>,
        context: &mut Context<Event, Fact>,
    ) -> Vec<(AgreementId, String)> {
        let mut released = Vec::new();
        let partner_of = std::mem::take(&mut agreements.partner_of);
        let facts = agreements.run(now, &Waiting { jobs: self.jobs(), partner_of: &partner_of });
        agreements.partner_of = partner_of;
        for fact in facts {
            if let AgreementFact::Allotted(allotment) = &fact {
                let site = agreements.site_of[allotment.block.index()];
                let energised = agreements.is_energised(allotment.block);
                agreements.bind(allotment.block, allotment.user, allotment.gpus);
                self.touch(now, site, context);
                if energised {
                    self.bind(site, &[(allotment.user, allotment.gpus)]);
                }
            }
            released.extend(agreements.released_rung(&fact));
            context.emit(Fact::Agreement(fact));
        }
        self.agreements = Some(agreements);
        released
    }
}
