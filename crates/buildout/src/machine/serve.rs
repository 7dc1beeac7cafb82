//! Who gets money and systems first: the higher priority, then the earlier date of energisation, then the key.

use super::block::add_actual;
use super::state::Claim;
use super::{BuildOut, Event};
use crate::capital::{Kept, Payee, Short};
use crate::fact::CapitalFact;
use crate::word::{Purpose, Want};
use base::id::{BlockId, SystemId};
use base::{Money, SimTime};
use std::cmp::Reverse;

/// What kept a block from getting all of its systems.
#[derive(Clone, Copy)]
enum Lack {
    Money(Short),
    Systems,
}

impl BuildOut {
    /// Serves all who ask, in their order. Says whether anybody got anything.
    pub(super) fn serve(&mut self, now: SimTime) -> bool {
        let asks = |block: &usize| self.blocks[*block].claim != Claim::Nothing;
        let mut order: Vec<_> = (0..self.blocks.len())
            .filter(asks)
            .map(|at| (Reverse(self.plan.blocks[at].priority), self.served_by(BlockId::new(at)), at))
            .collect();
        order.sort_unstable();
        let mut kept = Kept::default();
        let mut any = false;
        for (_, _, at) in order {
            let block = BlockId::new(at);
            any |= match self.blocks[at].claim {
                Claim::Nothing => false,
                Claim::Step => self.serve_step(now, block, &mut kept),
                Claim::Systems => self.serve_systems(now, block, &mut kept),
            };
        }
        any
    }

    fn serve_step(&mut self, now: SimTime, block: BlockId, kept: &mut Kept) -> bool {
        let (bill, due) = self.step_bill(block);
        match self.pay(now, block, &bill, kept) {
            Ok(()) => {
                self.blocks[block.index()].paid = due;
                self.go_on(now, block);
                self.begin_step(now, block);
                true
            }
            Err(short) => {
                self.wait_for_money(now, block, short);
                self.keep(block, &bill, kept);
                false
            }
        }
    }

    fn serve_systems(&mut self, now: SimTime, block: BlockId, kept: &mut Kept) -> bool {
        let state = &self.blocks[block.index()];
        if state.rounds[state.round].undelivered() == 0 {
            // A block without systems has its network all the same.
            return self.deliver_some(now, block, 0, 0, kept).is_ok_and(|_| {
                self.all_delivered(now, block, now);
                true
            });
        }
        let (mut any, mut lack) = (false, None);
        for at in 0..state.rounds[state.round].left.len() {
            let round = self.blocks[block.index()].round;
            let (system, left) = self.blocks[block.index()].rounds[round].left[at];
            let there = self.supply_of(system, now);
            let wanted = left.min(there);
            if wanted < left {
                lack = Some(Lack::Systems);
                self.ask_again(now, system);
            }
            if wanted == 0 {
                continue;
            }
            match self.deliver_some(now, block, at, wanted, kept) {
                Ok(count) => any |= count > 0,
                Err((count, short)) => {
                    any |= count > 0;
                    lack = Some(Lack::Money(short));
                    break;
                }
            }
        }
        match lack {
            None => self.all_delivered(now, block, now),
            Some(Lack::Systems) => self.stand(now, block, Want::Systems),
            Some(Lack::Money(short)) => {
                self.wait_for_money(now, block, short);
                self.keep(block, &[(Purpose::Systems, Money(1)), (Purpose::Network, Money(1))], kept);
            }
        }
        any
    }

    /// Delivers as many of one kind as can be paid, up to `wanted`.
    ///
    /// # Errors
    /// How many came, and what is missing for one more.
    fn deliver_some(
        &mut self,
        now: SimTime,
        block: BlockId,
        at: usize,
        wanted: u32,
        kept: &Kept,
    ) -> Result<u32, (u32, Short)> {
        let (bill, network) = self.systems_bill(block, at, wanted);
        let Err(short) = self.can_pay(block, &bill, kept) else {
            self.take(now, block, at, wanted, &bill, network, kept);
            return Ok(wanted);
        };
        // The most that can be paid lies between: what is payable is so for fewer too.
        let (mut least, mut most) = (0, wanted);
        while most > least + 1 {
            let middle = least + (most - least) / 2;
            match self.can_pay(block, &self.systems_bill(block, at, middle).0, kept) {
                Ok(()) => least = middle,
                Err(_) => most = middle,
            }
        }
        if least == 0 {
            return Err((0, short));
        }
        let (bill, network) = self.systems_bill(block, at, least);
        self.take(now, block, at, least, &bill, network, kept);
        let (rest, _) = self.systems_bill(block, at, wanted - least);
        let short = self.can_pay(block, &rest, kept).err().unwrap_or(short);
        Err((least, short))
    }

    /// What so many more of one kind cost with their part of the network, and how much of the network is paid then.
    fn systems_bill(&self, block: BlockId, at: usize, count: u32) -> (Vec<(Purpose, Money)>, i64) {
        let (own, state) = (&self.plan.blocks[block.index()], &self.blocks[block.index()]);
        let round = &state.rounds[state.round];
        let mut bill = Vec::new();
        if let Some(&(system, _)) = round.left.get(at)
            && let Some(price) = self.plan.systems[system.index()].price
        {
            let cost = price.0.checked_mul(i64::from(count)).unwrap_or(i64::MAX);
            bill.push((Purpose::Systems, Money(cost)));
        }
        let network = own.manner.cost[Purpose::Network.index()].0;
        let paid = state.paid[Purpose::Network.index()];
        if state.round > 0 {
            return (bill, paid);
        }
        let came = round.total - round.undelivered() + count;
        let due = match round.total {
            0 => network,
            total => (i128::from(network) * i128::from(came) / i128::from(total)) as i64,
        };
        add_actual(&mut bill, Purpose::Network, due - paid, state.overrun);
        (bill, due.max(paid))
    }

    /// Pays and delivers.
    #[allow(clippy::too_many_arguments)]
    fn take(
        &mut self,
        now: SimTime,
        block: BlockId,
        at: usize,
        count: u32,
        bill: &[(Purpose, Money)],
        network: i64,
        kept: &Kept,
    ) {
        let paid = self.pay(now, block, bill, kept);
        assert!(paid.is_ok(), "what could be paid a moment ago can be paid");
        self.blocks[block.index()].paid[Purpose::Network.index()] = network;
        if count > 0 {
            let round = self.blocks[block.index()].round;
            let (system, _) = self.blocks[block.index()].rounds[round].left[at];
            self.supply[system.index()].deliver(count);
            self.deliver(now, block, at, count, now);
        }
    }

    fn supply_of(&mut self, system: SystemId, now: SimTime) -> u32 {
        self.supply[system.index()].left(&self.plan.systems[system.index()], now)
    }

    /// Hears again when more of a kind may be delivered.
    fn ask_again(&mut self, now: SimTime, system: SystemId) {
        let next = self.supply[system.index()].next_day(&self.plan.systems[system.index()], now);
        if let Some(next) = next {
            self.at(next, Event::Supply { system });
        }
    }

    fn can_pay(&self, block: BlockId, bill: &[(Purpose, Money)], kept: &Kept) -> Result<(), Short> {
        let site = self.plan.blocks[block.index()].site;
        self.funds.as_ref().map_or(Ok(()), |funds| funds.can_pay(site, bill, kept))
    }

    fn pay(
        &mut self,
        now: SimTime,
        block: BlockId,
        bill: &[(Purpose, Money)],
        kept: &Kept,
    ) -> Result<(), Short> {
        let site = self.plan.blocks[block.index()].site;
        let Some(funds) = &mut self.funds else { return Ok(()) };
        let mut said = Vec::new();
        let paid = funds.pay(now, Payee { site, block }, bill, kept, &mut said);
        self.say_capital(said);
        paid
    }

    fn keep(&self, block: BlockId, bill: &[(Purpose, Money)], kept: &mut Kept) {
        if let Some(funds) = &self.funds {
            funds.keep(self.plan.blocks[block.index()].site, bill, kept);
        }
    }

    fn wait_for_money(&mut self, now: SimTime, block: BlockId, short: Short) {
        if matches!(self.blocks[block.index()].waits, Some((Want::Money, _))) {
            return;
        }
        self.stand(now, block, Want::Money);
        let site = self.plan.blocks[block.index()].site;
        let Short { purpose, wanted, missing } = short;
        self.say_capital(vec![CapitalFact::Short { site, block, purpose, wanted, missing }]);
    }
}
