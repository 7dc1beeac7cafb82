//! From facts to entries.

use super::{Due, Keeper, Sale, in_range, negated};
use crate::account::{Account, AssetClass};
use crate::books::LedgerError;
use crate::entry::{Basis, Cause, Posting, Unit};
use crate::month::Day;
use crate::outline::{Outside, PROGRAMME};
use crate::tariff;
use agreement::milestone::Award;
use base::id::{BlockId, SystemId};
use base::{Money, SimTime, Span};
use buildout::{BuildFact, CapitalFact};
use twin::agreements::{AgreementFact, RungOutcome};
use twin::fact::GpuTime;
use twin::power::EnergyHour;
use twin::service::fact::{ReplicaHour, ServiceFact};
use twin::{Fact, SiteHour, UsageDay};

/// Accelerator time in an accelerator-second: thousandths times nanoseconds.
pub(super) const GPU_SECOND: GpuTime = 1_000_000_000_000;

/// A fact that the books take, with the instant that it is for.
pub(super) struct Item<'a> {
    pub(super) time: SimTime,
    pub(super) cause: Cause,
    what: What<'a>,
}

enum What<'a> {
    Capital(&'a CapitalFact),
    Energised(BlockId),
    TakenOut(BlockId),
    /// Systems that are energised, and how many.
    Equipped(BlockId, SystemId, u32),
    /// The ladder of the outline, and how much.
    Released((u32, u32), Money),
    Usage(&'a UsageDay),
    Energy(&'a EnergyHour),
    Served(&'a ReplicaHour),
}

/// The facts that the books take. What is said at the end of a day is for that day.
pub(super) fn items(now: SimTime, facts: &[Fact]) -> Vec<Item<'_>> {
    let item = |fact| match fact {
        &Fact::BlockEnergised { block, .. } => {
            Some(Item { time: now, cause: Cause::Energised { block }, what: What::Energised(block) })
        }
        &Fact::Build(BuildFact::Retired { block, .. }) => {
            Some(Item { time: now, cause: Cause::TakenOut { block }, what: What::TakenOut(block) })
        }
        &Fact::Build(BuildFact::Energised { block, system, count, .. }) => {
            let what = What::Equipped(block, system, count);
            Some(Item { time: now, cause: Cause::Energised { block }, what })
        }
        Fact::Capital(capital) => {
            let cause = super::capital::cause(capital)?;
            Some(Item { time: now, cause, what: What::Capital(capital) })
        }
        &Fact::Agreement(AgreementFact::Rung { agreement, version, rung, outcome }) => {
            let RungOutcome::Released(Award::Capital(amount)) = outcome else { return None };
            let cause = Cause::Released { agreement: agreement.0, version, rung };
            Some(Item { time: now, cause, what: What::Released((agreement.0, version), amount) })
        }
        Fact::Usage(usage) => {
            let time = SimTime(usage.until.0 - 1);
            let UsageDay { site, tenant, accelerator, .. } = *usage;
            let cause = Cause::Usage { site, tenant, accelerator, day: Day::of(time) };
            Some(Item { time, cause, what: What::Usage(usage) })
        }
        Fact::Energy(hour) => {
            let time = SimTime((hour.hour + hour.span).0 - 1);
            let cause = Cause::Drawn { site: hour.site, day: Day::of(time) };
            Some(Item { time, cause, what: What::Energy(hour) })
        }
        Fact::Service(ServiceFact::Replicas(hour)) => {
            let time = SimTime((hour.hour + Span::HOUR).0 - 1).min(now);
            let cause = Cause::Served { service: hour.service.0, site: hour.site, day: Day::of(hour.hour) };
            Some(Item { time, cause, what: What::Served(hour) })
        }
        _ => None,
    };
    facts.iter().filter_map(item).collect()
}

impl Keeper {
    /// What there is when the run starts.
    pub(super) fn open(&mut self) -> Result<(), LedgerError> {
        let cash = self.outline.books.opening_cash;
        if cash > Money::ZERO {
            let (operator, owners) = (PROGRAMME, self.outline.outside(Outside::Owners));
            let lines = [
                Posting::new(operator, Account::Cash, cash).with(owners),
                Posting::new(operator, Account::Contributed, negated(cash)?).with(owners),
            ];
            self.post(self.outline.start, Cause::Opening, Basis::Fact, &lines)?;
        }
        Ok(())
    }

    pub(super) fn post_item(&mut self, item: &Item<'_>) -> Result<(), LedgerError> {
        match item.what {
            What::Capital(fact) => self.capital(item.time, item.cause, fact),
            What::Released(ladder, amount) => self.released(item.time, item.cause, ladder, amount),
            What::Energised(block) => self.energised(item.time, block),
            What::TakenOut(block) => self.taken_out(item.time, item.cause, block),
            What::Equipped(block, system, count) => self.replaced(item.time, block, (system, count)),
            What::Usage(usage) => self.usage(item.time, item.cause, usage),
            What::Energy(hour) => self.energy_hour(hour),
            What::Served(hour) => self.served_hour(hour),
        }
    }

    /// What a block costs is put to use. What stood before the run was paid by the owners, and is worn by then.
    fn energised(&mut self, now: SimTime, block: BlockId) -> Result<(), LedgerError> {
        let outline = self.outline.block(block).clone();
        let cause = Cause::Energised { block };
        if !self.working.insert(block) {
            // More of its systems: what they cost is in use with those that came before.
            self.put_to_use(now, cause, block)?;
            return self.put_interest_to_use(now, cause, block);
        }
        if self.it_mw[outline.site.index()] <= 0.0 {
            // Up to now the interest of loans was a part of what was being built here.
            self.accrue_loans(now, (now, cause), Some(outline.site))?;
        }
        self.it_mw[outline.site.index()] += outline.it_mw;
        let before = now <= self.outline.start;
        for (class, cost) in outline.price {
            self.equip(now, block, (class, cost), before.then_some(outline.ready))?;
        }
        if before {
            self.wear(now, cause)?;
        }
        self.put_to_use(now, cause, block)?;
        self.put_interest_to_use(now, cause, block)
    }

    /// What is in use in a block at its price: bought now and paid as suppliers are, or brought in by the owners if it has
    /// stood since before the run.
    pub(super) fn equip(
        &mut self,
        now: SimTime,
        block: BlockId,
        (class, cost): (AssetClass, Money),
        stood_since: Option<SimTime>,
    ) -> Result<(), LedgerError> {
        let site = self.outline.block(block).site;
        let (owner, at) = (self.outline.owner(site, class), Some(site));
        let (account, whose) = match stood_since {
            Some(_) => (Account::Contributed, Outside::Owners),
            // Paying for assets is investing: what is owed for them is no bill of the business as it runs.
            None => (Account::AssetsPayable, Outside::Suppliers),
        };
        let whose = self.outline.outside(whose);
        let lines = [
            Posting::new(owner, class.account(), cost).with(whose).at(at),
            Posting::new(owner, account, negated(cost)?).with(whose).at(at.filter(|_| stood_since.is_some())),
        ];
        self.post(now, Cause::Energised { block }, Basis::Equipment, &lines)?;
        if stood_since.is_none() {
            let month = self.month;
            let due = Due { payer: owner, payee: whose, amount: cost, month, debt: account };
            self.agree(month.end().saturating_add(self.outline.books.supplier_terms), due);
        }
        self.register.add(owner, (at, Some(block)), class, cost, stood_since.unwrap_or(now));
        Ok(())
    }

    /// What was worn before the run lowers what the owners brought in.
    fn wear(&mut self, now: SimTime, cause: Cause) -> Result<(), LedgerError> {
        let owners = self.outline.outside(Outside::Owners);
        for ((partner, site, class), amount) in self.register.charge(now)? {
            let lines = [
                Posting::new(partner, Account::Contributed, amount).with(owners).at(site),
                Posting::new(partner, class.worn(), negated(amount)?).at(site),
            ];
            self.post(now, cause, Basis::Life(class), &lines)?;
        }
        Ok(())
    }

    /// The jobs of a tenant held accelerators: who runs the site sells, who stands behind the tenant buys. Whole
    /// accelerator-seconds are posted, and the rest is kept for the next day.
    fn usage(&mut self, time: SimTime, cause: Cause, usage: &UsageDay) -> Result<(), LedgerError> {
        let &UsageDay { site, tenant, accelerator, held, .. } = usage;
        let rest = self.unposted.entry((site, tenant, accelerator)).or_default();
        let all = *rest + held;
        *rest = all % GPU_SECOND;
        let gpu_s =
            i64::try_from(all / GPU_SECOND).map_err(|_| LedgerError::Amount { what: "usage".to_owned() })?;
        self.totals.used(site, gpu_s);
        let asked = tariff::GpuHour { tenant, accelerator, site, time };
        let Some((line, gpu_hour)) = tariff::gpu_hour(&self.outline.books.tariffs, &asked) else {
            return Ok(());
        };
        let sale = Sale {
            seller: self.outline.operator(site),
            buyer: self.outline.payer(tenant),
            site: Some(site),
            price: in_range(tariff::of_gpu_seconds(gpu_hour, gpu_s), "the price of a day's usage")?,
            quantity: gpu_s,
            unit: Unit::GpuSeconds,
            income: Account::ComputeSold,
            expense: Account::ComputeBought,
        };
        if sale.seller != sale.buyer {
            self.measure_sale(&sale)?;
        }
        self.sell(time, cause, Basis::Tariff(line), &sale)
    }

    /// How available a site was, for agreements that promise it.
    pub(super) fn measure_hour(&mut self, hour: &SiteHour) {
        let seconds = |time: GpuTime| i64::try_from(time / GPU_SECOND).unwrap_or(i64::MAX);
        let month = &mut self.measures.sites[hour.site.index()];
        month.installed_s = month.installed_s.saturating_add(seconds(hour.installed));
        month.down_s = month.down_s.saturating_add(seconds(hour.down));
    }
}
