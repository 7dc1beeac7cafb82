//! Prices: what customers pay and what running sites costs, as pure functions of quantity and time.
//!
//! This is the one place where a price meets a quantity. The books use it to post, the planner to weigh: so both count
//! the same money.

use crate::entry::{CostId, TariffId};
use agreement::amount::{Rounding, mul_div};
use base::id::{AcceleratorId, SiteId, TenantId};
use base::{Money, SimTime, Span};
use scenario::world::books::{RunningCost, Tariff};

/// Seconds in an hour.
const HOUR_S: i64 = 3600;
/// Tokens that a price of tokens is for.
const MILLION: i64 = 1_000_000;
/// Days in a year of running costs and lives.
const YEAR_DAYS: f64 = 365.25;

/// What `gpu_s` accelerator-seconds cost at a price for an accelerator-hour; `None` on overflow.
pub fn of_gpu_seconds(gpu_hour: Money, gpu_s: i64) -> Option<Money> {
    mul_div(gpu_s, gpu_hour.0, HOUR_S, Rounding::HalfAway).map(Money)
}

/// What tokens cost at a price for a million; `None` on overflow.
pub fn of_tokens(million: Money, tokens: i64) -> Option<Money> {
    mul_div(tokens, million.0, MILLION, Rounding::HalfAway).map(Money)
}

/// The part of a yearly cost (of 365.25 days) that falls on a span; `None` on overflow.
pub fn of_span(year: Money, span: Span) -> Option<Money> {
    let year_s = (YEAR_DAYS * 86_400.0) as i64;
    mul_div(year.0, span.0 / Span::SECOND.0, year_s, Rounding::HalfAway).map(Money)
}

/// A number of years (of 365.25 days) as a span; `None` outside of 0 to 290 years.
pub fn years(count: f64) -> Option<Span> {
    Span::from_seconds_f64(count * YEAR_DAYS * 86_400.0).filter(|span| span.0 >= 0)
}

/// What is depreciated of a cost after a part of its life, in a straight line; `None` on overflow. A life of nothing is
/// over at once.
pub fn straight_line(cost: Money, life: Span, elapsed: Span) -> Option<Money> {
    if elapsed >= life {
        return Some(cost);
    }
    mul_div(cost.0, elapsed.0.max(0), life.0, Rounding::HalfAway).map(Money)
}

/// What is asked for the price of an accelerator-hour.
#[derive(Clone, Copy, Debug)]
pub struct GpuHour {
    /// Whose jobs.
    pub tenant: TenantId,
    /// On which model.
    pub accelerator: Option<AcceleratorId>,
    /// Where.
    pub site: SiteId,
    /// When.
    pub time: SimTime,
}

/// The price of an accelerator-hour and the line that says it: of the lines that apply, the one that names the most of
/// tenant, model and site; of equals the first by key. `None` where no line applies: then nothing is charged.
pub fn gpu_hour(tariffs: &[Tariff], asked: &GpuHour) -> Option<(TariffId, Money)> {
    let applies = |tariff: &Tariff| {
        tariff.in_force(asked.time)
            && (tariff.tenants.is_empty() || tariff.tenants.contains(&asked.tenant))
            && (tariff.sites.is_empty() || tariff.sites.contains(&asked.site))
            && (tariff.accelerators.is_empty()
                || asked.accelerator.is_some_and(|model| tariff.accelerators.contains(&model)))
    };
    let named = |tariff: &Tariff| {
        [tariff.tenants.is_empty(), tariff.accelerators.is_empty(), tariff.sites.is_empty()]
            .iter()
            .filter(|empty| !**empty)
            .count()
    };
    best(tariffs, |tariff| tariff.gpu_hour.filter(|_| applies(tariff)), named)
}

/// Which tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Read by the model.
    Input,
    /// Written by it.
    Output,
}

/// The price of a million tokens of a service, and the line that says it: one that names the service before one that
/// names none; of equals the first by key.
pub fn million_tokens(
    tariffs: &[Tariff],
    service: &str,
    side: Side,
    time: SimTime,
) -> Option<(TariffId, Money)> {
    let price = |tariff: &Tariff| match side {
        Side::Input => tariff.million_input_tokens,
        Side::Output => tariff.million_output_tokens,
    };
    let applies = |tariff: &Tariff| {
        tariff.in_force(time)
            && (tariff.services.is_empty() || tariff.services.iter().any(|name| name == service))
    };
    best(
        tariffs,
        |tariff| price(tariff).filter(|_| applies(tariff)),
        |tariff| usize::from(!tariff.services.is_empty()),
    )
}

/// The line that names the most, of those that have a price.
fn best(
    tariffs: &[Tariff],
    price: impl Fn(&Tariff) -> Option<Money>,
    named: impl Fn(&Tariff) -> usize,
) -> Option<(TariffId, Money)> {
    let mut found: Option<(usize, TariffId, Money)> = None;
    for (at, tariff) in tariffs.iter().enumerate() {
        if let Some(money) = price(tariff)
            && found.is_none_or(|(most, ..)| named(tariff) > most)
        {
            found = Some((named(tariff), TariffId::new(at), money));
        }
    }
    found.map(|(_, id, money)| (id, money))
}

/// What a site costs to run over a span, by the lines that apply to it: staff, maintenance, overhead.
///
/// `it_mw` is the IT power that is energised; `at_cost` what its shell, power, cooling, network and systems cost.
pub fn running(
    costs: &[RunningCost],
    site: SiteId,
    it_mw: f64,
    at_cost: Money,
    span: Span,
) -> Option<Vec<(CostId, Running, Money)>> {
    let mut all = Vec::new();
    for (at, cost) in costs.iter().enumerate() {
        if !cost.sites.is_empty() && !cost.sites.contains(&site) {
            continue;
        }
        let by_power = |per_mw: Money| Money::from_usd(per_mw.usd() * it_mw);
        let maintenance = Money::from_usd(at_cost.usd() * cost.maintenance_share)?;
        let staff = cost.staff_year.checked_add(by_power(cost.staff_mw_year)?)?;
        let parts = [
            (Running::Staff, staff),
            (Running::Maintenance, maintenance),
            (Running::Overhead, cost.overhead_year),
        ];
        for (what, year) in parts.into_iter().filter(|(_, year)| *year != Money::ZERO) {
            all.push((CostId::new(at), what, of_span(year, span)?));
        }
    }
    Some(all)
}

/// A kind of running cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Running {
    /// People.
    Staff,
    /// Maintenance and spare parts.
    Maintenance,
    /// Everything else.
    Overhead,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn tariff(key: &str, usd: f64) -> Tariff {
        Tariff { key: key.into(), gpu_hour: Money::from_usd(usd), ..Tariff::default() }
    }

    #[test]
    fn a_quantity_times_a_price_is_rounded_once() {
        let usd = |usd| Money::from_usd(usd).unwrap();
        assert_eq!(of_gpu_seconds(usd(2.5), 3600), Some(usd(2.5)));
        assert_eq!(of_gpu_seconds(usd(2.5), 1), Some(Money(694)));
        assert_eq!(of_tokens(usd(1.25), 1_000_000), Some(usd(1.25)));
        assert_eq!(of_tokens(Money(i64::MAX), i64::MAX), None);
        assert_eq!(of_span(usd(365.25), Span::DAY), Some(usd(1.0)));
        assert_eq!(straight_line(usd(10.0), Span::DAY, Span::HOUR * 12), Some(usd(5.0)));
        assert_eq!(straight_line(usd(10.0), Span::ZERO, Span::ZERO), Some(usd(10.0)));
    }

    #[test]
    fn the_line_that_names_the_most_wins_and_dates_bind() {
        let (research, lab) = (TenantId(1), SiteId(0));
        let day = |text| SimTime::parse(text).unwrap();
        let tariffs = [
            tariff("a-list", 4.0),
            Tariff { tenants: vec![research], ..tariff("b-research", 2.0) },
            Tariff {
                tenants: vec![research],
                accelerators: vec![AcceleratorId(3)],
                until: day("2027-01-01"),
                ..tariff("c-research-h100", 1.0)
            },
        ];
        let asked = GpuHour { tenant: research, accelerator: None, site: lab, time: day("2026-06-01") };
        let price = |asked: &GpuHour| gpu_hour(&tariffs, asked).map(|(id, money)| (id.0, money.usd()));
        assert_eq!(price(&asked), Some((1, 2.0)));
        let h100 = GpuHour { accelerator: Some(AcceleratorId(3)), ..asked };
        assert_eq!(price(&h100), Some((2, 1.0)));
        assert_eq!(price(&GpuHour { time: day("2027-01-01"), ..h100 }), Some((1, 2.0)));
        assert_eq!(price(&GpuHour { tenant: TenantId(0), ..asked }), Some((0, 4.0)));
        assert_eq!(gpu_hour(&[], &asked), None);
    }

    #[test]
    fn running_a_site_costs_by_power_and_by_what_it_cost() {
        let cost = RunningCost {
            key: "people".into(),
            sites: vec![SiteId(0)],
            staff_year: Money::from_usd(365.25).unwrap(),
            staff_mw_year: Money::from_usd(36.525).unwrap(),
            maintenance_share: 0.03,
            overhead_year: Money::ZERO,
        };
        let day = running(&[cost], SiteId(0), 10.0, Money::from_usd(36_525.0).unwrap(), Span::DAY).unwrap();
        let usd: Vec<(Running, f64)> = day.iter().map(|(_, what, money)| (*what, money.usd())).collect();
        assert_eq!(usd, [(Running::Staff, 2.0), (Running::Maintenance, 3.0)]);
    }
}
