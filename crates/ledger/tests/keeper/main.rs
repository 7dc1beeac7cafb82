//! From facts to books: worked examples and laws.

#![allow(clippy::unwrap_used)]

mod agreed;
mod capital;
mod deals;
mod energy;
mod laws;
mod served;
mod settlements;
mod worked;

use base::id::{AcceleratorId, BlockId, SiteId, TenantId};
use base::{Money, SimTime, Span};
use ledger::{Account, Keeper, PartyId, statement};
use scenario::{Origin, World};
use twin::{Fact, UsageDay};

/// Two sites, two tenants, books with everything in them.
const SCENARIO: &str = r#"
edition = 2026
[horizon]
start = "2026-01-01"
end = "2027-04-11"
[system.h100]
accelerator = "h100"
accelerators_per_node = 8
power_kw = 10.0
[site.east]
it_mw = 1.0
fill = "h100"
[site.west]
it_mw = 2.0
fill = "h100"
ready = "2026-03-15"
[tenant.research]
[tenant.product]
[workload.jobs]
tenant = "research"
arrivals = { per_hour = 1.0 }
sizes = { distribution = "weighted", weights = { 1 = 1.0 } }
durations = { distribution = "constant", mean = "1 h" }
[books]
tax_rate = 0.25
loss_offset_share = 0.8
payment_terms = "30 days"
supplier_terms = "10 days"
opening_cash_usd = 50_000_000.0
shell_usd_per_mw = 1_000_000.0
power_usd_per_mw = 2_000_000.0
[tariff.list]
usd_per_gpu_hour = 4.0
[tariff.research]
tenants = ["research"]
usd_per_gpu_hour = 3.0
[cost.people]
staff_usd_per_year = 365_250.0
maintenance_share = 0.1
"#;

fn world() -> World {
    let origin = Origin::Text { name: "books.toml".into(), text: SCENARIO.into() };
    let reading = scenario::read(&origin, &[]);
    reading.world.unwrap_or_else(|| panic!("{:?}", reading.diagnostics))
}

fn day(text: &str) -> SimTime {
    SimTime::parse(text).unwrap()
}

fn usd(usd: f64) -> Money {
    Money::from_usd(usd).unwrap()
}

/// A tenant held so many accelerators for a day.
fn usage(site: u32, tenant: u32, since: SimTime, gpus: u64) -> Fact {
    let until = since + Span::DAY;
    let held = u128::from(gpus) * 1000 * Span::DAY.0 as u128;
    let (site, tenant, accelerator) = (SiteId(site), TenantId(tenant), Some(AcceleratorId(0)));
    Fact::Usage(UsageDay { site, tenant, accelerator, since, until, held })
}

fn energised(block: u32, site: u32) -> Fact {
    Fact::BlockEnergised { block: BlockId(block), site: SiteId(site), nodes: 1, gpus: 8 }
}

fn balance(keeper: &Keeper, account: Account) -> Money {
    Money(i64::try_from(keeper.books().balance(PartyId(0), account)).unwrap())
}
