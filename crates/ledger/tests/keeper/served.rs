//! Tokens in the books.

use super::*;
use base::id::{ServiceId, SystemId};
use ledger::statement::Kind;
use twin::service::fact::{ReplicaHour, ServiceFact, Tokens};

const SERVICE: &str = r#"
[partner.lab]
role = "user"
[region.everywhere]
latitude_deg = 0.0
longitude_deg = 0.0
[surface.s]
accelerator = "h100"
gpus = 8
tokens_in = 100
tokens_out = 100
point = [
    { concurrency = 1, ttft = "100 ms", tpot = "10 ms" },
    { concurrency = 64, ttft = "1 s", tpot = "30 ms" },
]
[service.chat]
tenant = "product"
surfaces = ["s"]
ttft = "2 s"
tpot = "50 ms"
region = [{ region = "everywhere", share = 1.0 }]
tokens_in = 100
tokens_out = 100
demand = [{ from = 2026-01-01, requests_per_hour = 1000.0 }]
[tariff.tokens]
services = ["chat"]
usd_per_million_input_tokens = 1.0
usd_per_million_output_tokens = 5.0
"#;

fn world_of(partner: bool) -> World {
    let mut text = SCENARIO.to_string() + SERVICE;
    if partner {
        text = text.replace("[tenant.product]\n", "[tenant.product]\npartner = \"lab\"\n");
    }
    let reading = scenario::read(&Origin::Text { name: "books.toml".into(), text }, &[]);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")))
}

/// An hour in which 16 accelerators read two million tokens and wrote one.
fn hour(hour: SimTime) -> Fact {
    Fact::Service(ServiceFact::Replicas(ReplicaHour {
        service: ServiceId(0),
        site: SiteId(0),
        system: SystemId(0),
        hour,
        held: 16_000 * Span::HOUR.0 as u128,
        ready: 2 * Span::HOUR.0 as u128,
        replicas: 2,
        capacity: 128,
        served: Tokens { requests: 10_000, tokens_in: 2_000_000, tokens_out: 1_000_000 },
        ttft: None,
        tpot: None,
    }))
}

fn january(world: &World) -> Keeper {
    let mut keeper = Keeper::new(world).unwrap().unwrap();
    keeper.observe(day("2026-01-01"), &[energised(0, 0)]).unwrap();
    for n in 0..48 {
        let start = day("2026-01-30") + Span::HOUR * n;
        keeper.observe(start + Span::HOUR, &[hour(start)]).unwrap();
    }
    keeper
}

#[test]
fn tokens_are_sold_by_whose_service_it_is_and_its_machines_are_bought() {
    let mut keeper = january(&world_of(true));
    let mut entries = Vec::new();
    keeper.describe(|described| {
        if described.entry.cause.kind() == "served" {
            entries.push((described.subject, described.rule));
        }
    });
    // Two days of three entries: machines, tokens read, tokens written.
    assert_eq!(entries.len(), 6);
    assert_eq!(entries[0], ("chat, east, 2026-01-30".to_string(), "tariff list".to_string()));
    assert_eq!(entries[5], ("chat, east, 2026-01-31".to_string(), "tariff tokens".to_string()));
    let lab = keeper.outline().parties.iter().position(|party| party == "lab").unwrap();
    let perimeter = keeper.outline().perimeter();
    let closed = keeper.take_closed();
    let all = statement::of(&closed[0], perimeter);
    let usd = |scope: usize, name: &str| all[scope].get(Kind::Income, name) as f64 / 1e6;
    // 48 hours: 2 million at 1 $ and 1 million at 5 $; 16 accelerators at the list price of 4 $.
    assert_eq!(usd(lab, "income:tokens"), 48.0 * 7.0);
    assert_eq!(usd(lab, "expenses:compute"), 48.0 * 16.0 * 4.0);
    assert_eq!(usd(0, "income:compute"), 48.0 * 16.0 * 4.0);
    assert_eq!(
        (usd(perimeter.partners, "income:tokens"), usd(perimeter.partners, "income:compute")),
        (336.0, 0.0)
    );
    let site = &keeper.totals().sites[0];
    assert_eq!((site.tokens, site.serving_gpu_s), (144_000_000, 48 * 16 * 3600));
    let cost = ledger::results::cost_per_million_tokens(std::iter::once(site)).unwrap();
    assert!((cost - site.cost as f64 / 1e6 / 144.0).abs() < 1e-9, "nothing else ran: all costs are theirs");
}

#[test]
fn a_service_of_nobody_is_sold_by_who_runs_the_site() {
    let mut keeper = january(&world_of(false));
    let closed = keeper.take_closed();
    let all = statement::of(&closed[0], keeper.outline().perimeter());
    assert_eq!(all[0].get(Kind::Income, "income:tokens"), 336_000_000);
    assert_eq!(all[0].get(Kind::Income, "income:compute"), 0);
}
