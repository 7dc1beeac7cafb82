//! Tokens in the books.

use super::*;
use agreement::amount::Price;
use agreement::commitment;
use base::id::{ServiceId, SystemId};
use ledger::deal::{Counts, Deal, Machine};
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

/// A world in which a partner buys the tokens.
fn resold(partner: bool) -> World {
    let mut text =
        SCENARIO.to_string() + &SERVICE.replace("surfaces = ", "buyer = \"reseller\"\nsurfaces = ");
    text.push_str("[partner.reseller]\nrole = \"user\"\n");
    if partner {
        text = text.replace("[tenant.product]\n", "[tenant.product]\npartner = \"lab\"\n");
    } else {
        text = text.replace("[tenant.research]\n", "[tenant.research]\npartner = \"reseller\"\n");
    }
    let reading = scenario::read(&Origin::Text { name: "books.toml".into(), text }, &[]);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")))
}

fn party(keeper: &Keeper, name: &str) -> PartyId {
    PartyId::new(keeper.outline().parties.iter().position(|party| party == name).unwrap())
}

/// Plays the two days of tokens in January after a deal was made.
fn play(keeper: &mut Keeper, deal: Deal, more: &[Fact]) {
    keeper.observe(day("2026-01-01"), &[energised(0, 0)]).unwrap();
    keeper.add_deal(deal);
    keeper.observe(day("2026-01-11"), more).unwrap();
    for n in 0..48 {
        let start = day("2026-01-30") + Span::HOUR * n;
        keeper.observe(start + Span::HOUR, &[hour(start)]).unwrap();
    }
}

#[test]
fn a_commitment_in_tokens_is_taken_by_the_partner_who_buys_them() {
    let mut keeper = Keeper::new(&resold(true)).unwrap().unwrap();
    let (lab, reseller) = (party(&keeper, "lab"), party(&keeper, "reseller"));
    let terms = commitment::Terms {
        periods: deals::first_quarter(200_000_000),
        price: Price { amount: usd(2.0), per: 1_000_000 },
        ..deals::spend(false)
    };
    let machine = Machine::Commitment { counts: Counts::Tokens, machine: None, terms, sites: Vec::new() };
    play(&mut keeper, Deal { site: None, ..deals::deal(reseller, lab, machine) }, &[]);
    let (mut tokens, mut charges) = (0, Vec::new());
    keeper.describe(|described| {
        for line in described.entry.postings.iter().filter(|line| line.account == Account::TokensSold) {
            tokens -= line.quantity;
            charges.push(described.entry.cause.kind());
        }
    });
    assert_eq!(tokens, 144_000_000, "each token is posted once");
    assert_eq!(charges, ["served", "served", "served", "served", "agreement"]);
    // 144 of 200 million tokens at 2 USD; by the tariffs they would have been 336 USD.
    let balance = |party, account| keeper.books().balance(party, account) as f64 / 1e6;
    assert_eq!(balance(lab, Account::TokensSold), -288.0);
    assert_eq!(balance(reseller, Account::TokensBought), 288.0);
    assert_eq!(balance(reseller, Account::MinimumPaid), 112.0);
}

#[test]
fn a_discount_on_money_is_of_compute_and_of_tokens_as_they_were_bought() {
    let mut keeper = Keeper::new(&resold(false)).unwrap().unwrap();
    let reseller = party(&keeper, "reseller");
    // The jobs of `research` and the tokens of `chat` are the reseller's; a dollar's worth costs 90 cents.
    let price = Price { amount: Money(900_000), per: 1_000_000 };
    let terms = commitment::Terms { price, ..deals::spend(false) };
    let machine = Machine::Commitment { counts: Counts::Money, machine: None, terms, sites: Vec::new() };
    let deal = Deal { site: None, ..deals::deal(reseller, PartyId(0), machine) };
    let since = day("2026-01-10");
    play(&mut keeper, deal, &[usage(0, 1, since, 100)]);
    let balance = |account| keeper.books().balance(reseller, account);
    // 100 accelerators for a day at 3 USD, 336 USD of tokens.
    assert_eq!(balance(Account::ComputeBought), 6_480_000_000);
    assert_eq!(balance(Account::TokensBought), 302_400_000);
    assert_eq!(balance(Account::MinimumPaid), (10_000 - 7_536) * 900_000);
}
