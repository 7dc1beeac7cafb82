//! People at work, and the laws that hold after every event.

use super::BuildOut;
use super::block::add_actual;
use crate::fact::{BuildFact, CapitalFact};
use crate::word::{Purpose, Want};
use base::Money;
use base::id::{BlockId, SiteId};

impl BuildOut {
    /// Says how many work at each site, where that has changed.
    pub(super) fn say_people(&mut self) {
        let mut now = vec![(0_u32, 0_u32); self.plan.sites.len()];
        for at in 0..self.blocks.len() {
            let (construction, permanent) = self.people_of(BlockId::new(at));
            let site = &mut now[self.plan.blocks[at].site.index()];
            *site = (site.0.saturating_add(construction), site.1.saturating_add(permanent));
        }
        for (at, people) in now.into_iter().enumerate() {
            if self.people[at] != people {
                self.people[at] = people;
                let (construction, permanent) = people;
                self.say(BuildFact::People { site: SiteId::new(at), construction, permanent });
            }
        }
    }

    /// People who build a block, and who run it.
    fn people_of(&self, block: BlockId) -> (u32, u32) {
        let (own, state) = (&self.plan.blocks[block.index()], &self.blocks[block.index()]);
        let (mw, round) = (own.it_power.mw(), &state.rounds[state.round]);
        let at_work =
            state.begun && !state.rests && !round.done && !matches!(state.waits, Some((Want::Money, _)));
        let building = match at_work {
            true => mw * own.manner.people_per_mw[self.towards(block).index()],
            false => 0.0,
        };
        let watts = libm::round(own.it_power.watts()) as u64;
        // Who runs the building stays while its systems are replaced.
        let part = match state.round {
            0 => state.energised_part(watts) as f64 / watts.max(1) as f64,
            _ => 1.0,
        };
        (libm::round(building) as u32, libm::round(mw * own.manner.permanent_per_mw * part) as u32)
    }

    /// Systems are neither lost nor made: what is wanted is left, on its way, at work or retired.
    pub(super) fn check_conservation(&self) {
        for state in &self.blocks {
            for round in &state.rounds {
                let came: u32 = round.lots.iter().map(|lot| lot.count).sum();
                assert_eq!(
                    round.total,
                    round.undelivered() + came,
                    "systems wanted are waited for or delivered"
                );
                assert!(round.energised <= came, "no more systems work than were delivered");
            }
        }
        if let Some(funds) = &self.funds {
            let (called, spent, hand) = funds.sums();
            assert_eq!(called, spent + hand, "capital called is capital spent and in hand");
        }
    }

    /// At the end of a run: whether blocks stand still for want of money, and of how much.
    pub(super) fn say_stopped(&mut self) {
        let waiting: Vec<usize> = (0..self.blocks.len())
            .filter(|&at| matches!(self.blocks[at].waits, Some((Want::Money, _))))
            .collect();
        let since = waiting.iter().filter_map(|&at| self.blocks[at].waits).map(|(_, since)| since).min();
        let Some(since) = since else { return };
        let bills: Vec<_> = waiting.iter().flat_map(|&at| self.bill_to_complete(BlockId::new(at))).collect();
        let missing = self.funds.as_ref().map_or(0, |funds| funds.missing_for(&bills));
        // Not even the next payment could be made, whatever else there is: at least a micro-dollar is missing.
        let missing = missing.clamp(1, i128::from(i64::MAX)) as i64;
        let blocks = waiting.len() as u32;
        self.say_capital(vec![CapitalFact::Stopped { since, blocks, missing: Money(missing) }]);
    }

    /// What a block still costs until the equipment that it waits for works.
    fn bill_to_complete(&self, block: BlockId) -> Vec<(SiteId, Purpose, Money)> {
        let (own, state) = (&self.plan.blocks[block.index()], &self.blocks[block.index()]);
        let mut bill = Vec::new();
        for purpose in Purpose::ALL {
            let planned = own.manner.cost[purpose.index()].0 - state.paid[purpose.index()];
            add_actual(&mut bill, purpose, planned, state.overrun);
        }
        for &(system, count) in &state.rounds[state.round].left {
            let price = self.plan.systems[system.index()].price.map_or(0, |price| price.0);
            bill.push((Purpose::Systems, Money(price.saturating_mul(i64::from(count)))));
        }
        bill.into_iter().map(|(purpose, amount)| (own.site, purpose, amount)).collect()
    }
}
