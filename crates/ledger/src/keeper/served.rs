//! Services in the books: who runs a site sells the accelerator time of replicas to whose service it is, and that partner
//! sells the tokens. Where it has no books, who runs the site sells the tokens, and the time is its own.

use super::facts::GPU_SECOND;
use super::{Keeper, Sale, in_range};
use crate::account::Account;
use crate::books::LedgerError;
use crate::entry::{Basis, Cause, Unit};
use crate::month::Day;
use crate::tariff::{self, Side};
use base::SimTime;
use base::id::{AcceleratorId, ServiceId, SiteId};
use serde::{Deserialize, Serialize};
use twin::fact::GpuTime;
use twin::service::fact::ReplicaHour;

/// Which service, at which site, on which model.
pub(super) type Where = (ServiceId, SiteId, Option<AcceleratorId>);

/// A day of a service at a site, as far as it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Served {
    day: Day,
    tokens_in: i64,
    tokens_out: i64,
    held: GpuTime,
}

impl Keeper {
    /// An hour is added to its day; one of another day posts the day before.
    pub(super) fn served_hour(&mut self, hour: &ReplicaHour) -> Result<(), LedgerError> {
        let day = Day::of(hour.hour);
        let model = self.outline.models.get(hour.system.index()).copied().flatten();
        let at = (hour.service, hour.site, model);
        if self.served.get(&at).is_some_and(|served| served.day != day) {
            self.post_served(at)?;
        }
        let none = Served { day, tokens_in: 0, tokens_out: 0, held: 0 };
        let served = self.served.entry(at).or_insert(none);
        let tokens = |sum: &mut i64, more: u64| {
            *sum = sum.checked_add(i64::try_from(more).ok()?)?;
            Some(())
        };
        served.held += hour.held;
        tokens(&mut served.tokens_in, hour.served.tokens_in)
            .and_then(|()| tokens(&mut served.tokens_out, hour.served.tokens_out))
            .ok_or_else(|| LedgerError::Amount { what: "the tokens of a day".to_owned() })
    }

    /// Posts what the day that runs came to so far.
    pub(super) fn close_served(&mut self) -> Result<(), LedgerError> {
        let open: Vec<Where> = self.served.keys().copied().collect();
        open.into_iter().try_for_each(|at| self.post_served(at))
    }

    fn post_served(&mut self, at: Where) -> Result<(), LedgerError> {
        let Some(served) = self.served.remove(&at) else { return Ok(()) };
        let (service, site, accelerator) = at;
        let Some(of) = self.outline.services.get(service.index()).cloned() else { return Ok(()) };
        let tenant = of.tenant;
        let time = SimTime(served.day.end().0 - 1);
        let cause = Cause::Served { service: service.0, site, day: served.day };
        let rest = self.unposted.entry((site, tenant, accelerator)).or_default();
        let all = *rest + served.held;
        *rest = all % GPU_SECOND;
        let gpu_s = i64::try_from(all / GPU_SECOND)
            .map_err(|_| LedgerError::Amount { what: "the time of replicas".to_owned() })?;
        self.totals.served(site, gpu_s, served.tokens_in.saturating_add(served.tokens_out));
        let (operator, owner) = (self.outline.operator(site), self.outline.payer(tenant));
        let seller = if self.outline.has_books(owner) { owner } else { operator };
        let asked = tariff::GpuHour { tenant, accelerator, site, time };
        let hour = tariff::gpu_hour(&self.outline.books.tariffs, &asked).filter(|_| seller != operator);
        if let Some((line, price)) = hour {
            let sale = Sale {
                seller: operator,
                buyer: seller,
                site: Some(site),
                price: in_range(tariff::of_gpu_seconds(price, gpu_s), "the price of a day's replicas")?,
                quantity: gpu_s,
                unit: Unit::GpuSeconds,
                income: Account::ComputeSold,
                expense: Account::ComputeBought,
            };
            self.measure_sale(&sale)?;
            self.sell(time, cause, Basis::Tariff(line), &sale)?;
        }
        for (side, tokens) in [(Side::Input, served.tokens_in), (Side::Output, served.tokens_out)] {
            let price = tariff::million_tokens(&self.outline.books.tariffs, &of.key, side, time);
            let Some((line, price)) = price.filter(|_| tokens > 0) else { continue };
            let sale = Sale {
                seller,
                buyer: of.buyer,
                site: Some(site),
                price: in_range(tariff::of_tokens(price, tokens), "the price of a day's tokens")?,
                quantity: tokens,
                unit: Unit::Tokens,
                income: Account::TokensSold,
                expense: Account::TokensBought,
            };
            if sale.seller != sale.buyer {
                self.measure_sale(&sale)?;
            }
            self.sell(time, cause, Basis::Tariff(line), &sale)?;
        }
        Ok(())
    }
}
