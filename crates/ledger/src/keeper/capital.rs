//! Capital in the books: called, spent, put to use.
//!
//! The programme raises the money. Partners have what they put in from their owners; lenders stand outside. Land, buildings and
//! plant are bought by who owns the site, systems and networks by who runs it, with money that the programme puts into them.
//! What is spent on a block is work in progress until the block is energised.

use super::{Keeper, in_range, negated};
use crate::account::{Account, AssetClass};
use crate::books::LedgerError;
use crate::entry::{Basis, Cause, PartyId, Posting};
use crate::outline::{Outside, PROGRAMME, TrancheOutline};
use base::id::{BlockId, SiteId, SystemId, TrancheId};
use base::{Money, SimTime};
use buildout::{CapitalFact, InterestPart, Purpose};

/// What is being built: a block, who owns it, the class, and who was paid.
pub(super) type InProgress = (BlockId, PartyId, AssetClass, PartyId);

/// What an entry on this fact follows from; none for a fact that moves nothing.
pub(super) fn cause(fact: &CapitalFact) -> Option<Cause> {
    match *fact {
        CapitalFact::Called { tranche, .. } => Some(Cause::Called { tranche: tranche.0 }),
        // Interest that is paid is said twice: here is whose money it took, under `Interest` is who has it.
        CapitalFact::Spent { purpose: Purpose::Interest, .. } => None,
        CapitalFact::Spent { tranche, site: Some(site), block, purpose, .. } => {
            let class = class_of(purpose);
            Some(Cause::Spent { site, block, class, tranche: tranche.0 })
        }
        CapitalFact::Spent { site: None, .. } => None,
        CapitalFact::Interest { tranche, block, .. } => Some(Cause::Interest { tranche: tranche.0, block }),
        CapitalFact::Committed { .. }
        | CapitalFact::Opened { .. }
        | CapitalFact::Lapsed { .. }
        | CapitalFact::Short { .. }
        | CapitalFact::Stopped { .. } => None,
    }
}

/// Overruns and interest are part of what a building costs.
fn class_of(purpose: Purpose) -> AssetClass {
    match purpose {
        Purpose::Land => AssetClass::Land,
        Purpose::Shell | Purpose::Contingency | Purpose::Interest => AssetClass::Shell,
        Purpose::Power => AssetClass::Power,
        Purpose::Cooling => AssetClass::Cooling,
        Purpose::Systems => AssetClass::Systems,
        Purpose::Network => AssetClass::Network,
    }
}

impl Keeper {
    pub(super) fn capital(
        &mut self,
        now: SimTime,
        cause: Cause,
        fact: &CapitalFact,
    ) -> Result<(), LedgerError> {
        match *fact {
            CapitalFact::Called { tranche, amount, .. } => self.called(now, cause, tranche, amount),
            CapitalFact::Spent { purpose: Purpose::Interest, .. } => Ok(()),
            CapitalFact::Spent { site: Some(site), block: Some(block), purpose, amount, .. } => {
                self.spent(now, cause, site, block, class_of(purpose), amount)
            }
            CapitalFact::Interest { tranche, block, part, amount, .. } => {
                let site = block.map(|block| self.outline.block(block).site);
                let added = part == InterestPart::Capitalised;
                let credit = if added { Account::LoanTaken } else { Account::Cash };
                match part {
                    // On blocks that work it is a cost of the month, and on money in hand when all of them do.
                    InterestPart::Operating => {
                        self.owe(now, cause, tranche, (Account::InterestPaid, credit), site, amount)
                    }
                    _ => self.interest(now, cause, tranche, site.zip(block), credit, amount),
                }
            }
            _ => Ok(()),
        }
    }

    /// A partner's owners give it the money, and it puts it into the programme.
    fn called(
        &mut self,
        now: SimTime,
        cause: Cause,
        tranche: TrancheId,
        amount: Money,
    ) -> Result<(), LedgerError> {
        let TrancheOutline { partner, debt, .. } = self.outline.tranches[tranche.index()];
        let owners = self.outline.outside(Outside::Owners);
        let minus = negated(amount)?;
        let taken = if debt && partner != PROGRAMME { Account::LoanTaken } else { Account::Contributed };
        let from = if partner == PROGRAMME { owners } else { partner };
        let mut lines = vec![
            Posting::new(PROGRAMME, Account::Cash, amount).with(from),
            Posting::new(PROGRAMME, taken, minus).with(from),
        ];
        if partner != PROGRAMME && self.outline.has_books(partner) {
            let given = if debt { Account::LoanGiven } else { Account::Invested };
            lines.extend(self.owners_money(partner, given, PROGRAMME, amount)?);
        }
        self.post(now, cause, Basis::Fact, &lines).map(|_| ())
    }

    /// What owners give a partner, and it puts into another or lends it.
    fn owners_money(
        &self,
        partner: PartyId,
        given: Account,
        to: PartyId,
        amount: Money,
    ) -> Result<[Posting; 4], LedgerError> {
        let (owners, minus) = (self.outline.outside(Outside::Owners), negated(amount)?);
        Ok([
            Posting::new(partner, Account::Cash, amount).with(owners),
            Posting::new(partner, Account::Contributed, minus).with(owners),
            Posting::new(partner, given, amount).with(to),
            Posting::new(partner, Account::Cash, minus).with(to),
        ])
    }

    /// A rung of a ladder is released: the giver, with money of its owners, takes a share in the taker.
    pub(super) fn released(
        &mut self,
        now: SimTime,
        cause: Cause,
        ladder: (u32, u32),
        amount: Money,
    ) -> Result<(), LedgerError> {
        let Some(ladder) = self.outline.ladders.get(&ladder) else { return Ok(()) };
        let (giver, taker) = (ladder.giver, ladder.taker);
        let mut lines = Vec::new();
        if self.outline.has_books(giver) {
            lines.extend(self.owners_money(giver, Account::Invested, taker, amount)?);
        }
        if self.outline.has_books(taker) {
            lines.extend([
                Posting::new(taker, Account::Cash, amount).with(giver),
                Posting::new(taker, Account::Contributed, negated(amount)?).with(giver),
            ]);
        }
        if lines.is_empty() {
            return Ok(());
        }
        self.post(now, cause, Basis::Fact, &lines).map(|_| ())
    }

    fn spent(
        &mut self,
        now: SimTime,
        cause: Cause,
        site: SiteId,
        block: BlockId,
        class: AssetClass,
        amount: Money,
    ) -> Result<(), LedgerError> {
        let (owner, suppliers) = (self.outline.owner(site, class), self.outline.outside(Outside::Suppliers));
        let minus = negated(amount)?;
        let mut lines = vec![
            Posting::new(owner, Account::Construction, amount).with(suppliers).at(Some(site)),
            Posting::new(owner, Account::Cash, minus).with(suppliers).at(Some(site)),
        ];
        if owner != PROGRAMME {
            lines.extend([
                Posting::new(PROGRAMME, Account::Invested, amount).with(owner),
                Posting::new(PROGRAMME, Account::Cash, minus).with(owner),
                Posting::new(owner, Account::Cash, amount).with(PROGRAMME),
                Posting::new(owner, Account::Contributed, minus).with(PROGRAMME),
            ]);
        }
        self.post(now, cause, Basis::Fact, &lines)?;
        self.in_progress((block, owner, class, suppliers), amount)
    }

    /// Interest on money in a block that is being built: part of what it costs. On money in hand: of what the block costs
    /// that is the next to work where that money may go. What partners charge each other is no cost of
    /// building: all as one would own what it cost and owe it to nobody.
    fn interest(
        &mut self,
        now: SimTime,
        cause: Cause,
        tranche: TrancheId,
        building: Option<(SiteId, BlockId)>,
        credit: Account,
        amount: Money,
    ) -> Result<(), LedgerError> {
        let lender = self.outline.tranches[tranche.index()].partner;
        let site = building.map(|(site, _)| site);
        if self.outline.perimeter().holds(lender) {
            return self.owe(now, cause, tranche, (Account::InterestPaid, credit), site, amount);
        }
        self.owe(now, cause, tranche, (Account::CapitalisedInterest, credit), site, amount)?;
        match building {
            Some((_, block)) => self.in_progress((block, PROGRAMME, AssetClass::Interest, lender), amount),
            None => self.wait(self.in_hand(tranche), amount),
        }
    }

    /// Interest that the programme owes on a tranche: debit and credit in its books, and what a partner has of it.
    fn owe(
        &mut self,
        now: SimTime,
        cause: Cause,
        tranche: TrancheId,
        (debit, credit): (Account, Account),
        site: Option<SiteId>,
        amount: Money,
    ) -> Result<(), LedgerError> {
        let lender = self.outline.tranches[tranche.index()].partner;
        if lender == PROGRAMME {
            return Ok(());
        }
        let minus = negated(amount)?;
        let mut lines = vec![
            Posting::new(PROGRAMME, debit, amount).with(lender).at(site),
            Posting::new(PROGRAMME, credit, minus).with(lender).at(site),
        ];
        if self.outline.has_books(lender) {
            let claim = if credit == Account::Cash { Account::Cash } else { Account::LoanGiven };
            lines.extend([
                Posting::new(lender, claim, amount).with(PROGRAMME),
                Posting::new(lender, Account::InterestReceived, minus).with(PROGRAMME),
            ]);
        }
        self.post(now, cause, Basis::Fact, &lines).map(|_| ())
    }

    fn in_progress(&mut self, what: InProgress, amount: Money) -> Result<(), LedgerError> {
        let sum = self.building.entry(what).or_default();
        *sum = sum
            .checked_add(amount)
            .ok_or_else(|| LedgerError::Amount { what: "what a block cost".to_owned() })?;
        Ok(())
    }

    /// What was spent on a block so far is in use from now.
    pub(super) fn put_to_use(
        &mut self,
        now: SimTime,
        cause: Cause,
        block: BlockId,
    ) -> Result<(), LedgerError> {
        let site = Some(self.outline.block(block).site);
        let first = (block, PROGRAMME, AssetClass::Land, PROGRAMME);
        let ready: Vec<(InProgress, Money)> = self
            .building
            .range(first..)
            .take_while(|(what, _)| what.0 == block)
            .map(|(what, cost)| (*what, *cost))
            .collect();
        for (what, cost) in ready {
            self.building.remove(&what);
            let (_, owner, class, paid) = what;
            // Interest stands in its account from the first day: now it begins to be worn.
            if class != AssetClass::Interest {
                let lines = [
                    Posting::new(owner, class.account(), cost).at(site),
                    Posting::new(owner, Account::Construction, negated(cost)?).with(paid).at(site),
                ];
                self.post(now, cause, Basis::Fact, &lines)?;
            }
            self.register.add(owner, (site, Some(block)), class, cost, now);
        }
        Ok(())
    }

    /// The systems of a block are gone for good: what was not depreciated of them yet is an expense of now.
    pub(super) fn taken_out(
        &mut self,
        now: SimTime,
        cause: Cause,
        block: BlockId,
    ) -> Result<(), LedgerError> {
        for lot in self.register.take_out(block, AssetClass::Systems) {
            let rest = in_range(lot.cost.checked_sub(lot.charged), "what systems are still worth")?;
            let mut lines = vec![
                Posting::new(lot.partner, Account::Depreciation, rest).at(lot.site),
                Posting::new(lot.partner, lot.class.account(), negated(lot.cost)?).at(lot.site),
            ];
            if lot.charged != Money::ZERO {
                lines.push(Posting::new(lot.partner, Account::Depreciated, lot.charged).at(lot.site));
            }
            self.post(now, cause, Basis::Life(lot.class), &lines)?;
        }
        self.emptied.insert(block);
        Ok(())
    }

    /// Systems that come in the place of those that were taken out, where no capital says what was spent on them.
    pub(super) fn replaced(
        &mut self,
        now: SimTime,
        block: BlockId,
        (system, count): (SystemId, u32),
    ) -> Result<(), LedgerError> {
        let price = self.outline.prices.get(system.index()).copied().flatten();
        let Some(price) = price.filter(|_| self.outline.tranches.is_empty() && self.emptied.contains(&block))
        else {
            return Ok(());
        };
        let cost = in_range(price.0.checked_mul(count.into()).map(Money), "what systems cost")?;
        self.equip(now, block, (AssetClass::Systems, cost), None)
    }

    /// What was spent in a month on blocks that work already is in use at its end.
    pub(super) fn put_late_costs_to_use(&mut self, last: SimTime) -> Result<(), LedgerError> {
        let late: Vec<BlockId> = self.building.keys().map(|(block, ..)| *block).collect();
        for block in late {
            if self.working.contains(&block) {
                self.put_to_use(last, Cause::Close { month: self.month }, block)?;
            }
        }
        Ok(())
    }
}
