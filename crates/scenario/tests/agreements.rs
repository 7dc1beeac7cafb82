//! Agreements and offers: what a text comes to, and what is refused, with lines.
#![allow(clippy::unwrap_used)]

use agreement::amount::{Price, Share};
use agreement::refusal::{Kind, Policy, Side};
use agreement::{alliance, loan, predicate::Predicate};
use base::{Money, SimTime};
use jiff::civil::date;
use scenario::world::agreements::{Terms, partner};
use scenario::{Origin, Reading, World, read};

const BASE: &str = include_str!("../rules/base.toml");

fn reading(text: &str) -> Reading {
    let text = format!("{BASE}\n[partner.host]\n[partner.holder]\n[partner.other]\n{text}");
    read(&Origin::Text { name: "test.toml".into(), text }, &[])
}

fn world(text: &str) -> World {
    let reading = reading(text);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")))
}

/// The terms of the agreement in one of its versions.
fn terms(world: &World, key: &str, version: usize) -> Terms {
    let agreement = world.agreements.iter().find(|agreement| agreement.key == key).unwrap();
    agreement.versions[version].terms.clone().unwrap()
}

/// Codes with the text of the line that each points at.
fn refused(text: &str) -> Vec<(String, String)> {
    let reading = reading(text);
    assert!(reading.world.is_none(), "nothing is refused");
    let line = |diagnostic: &base::Diagnostic| {
        let place = diagnostic.place.as_ref().unwrap_or_else(|| panic!("{diagnostic} has no place"));
        assert!(diagnostic.hint.is_some(), "{diagnostic} has no hint");
        let whole = format!("{BASE}\n[partner.host]\n[partner.holder]\n[partner.other]\n{text}");
        whole.lines().nth(place.line as usize - 1).unwrap().trim().to_string()
    };
    reading.diagnostics.iter().map(|found| (found.rule.code.to_string(), line(found))).collect()
}

const RIGHT: &str = r#"
[agreement.right]
calendar = "us_federal"
zone = "America/New_York"

[agreement.right.first_refusal]
grantor = "host"
holders = [{ partner = "holder", rank = 2, decides = "threshold", usd_per_mw_month_at_most = 150000.0, shortage_mw_at_least = 1.5 }]
carve_out = "purpose is research"
from = "2025-01-14"
until = "2027-07-14"
cap_usd = 4.1e9
election = "10 business days"
signing = "60 days"
tail = "90 days"
"#;

#[test]
fn a_right_is_read_with_its_zone_and_its_money() {
    let world = world(RIGHT);
    let Terms::Refusal(refusal) = terms(&world, "right", 0) else { panic!() };
    assert_eq!((refusal.right.kind, refusal.right.side), (Kind::FirstRefusal, Side::Sells));
    assert_eq!(refusal.right.from, SimTime::parse("2025-01-14T00:00:00-05:00").unwrap());
    assert_eq!(refusal.right.until, SimTime::parse("2027-07-14T00:00:00-04:00").unwrap());
    assert_eq!(refusal.right.cap, Some(Money(4_100_000_000 * Money::PER_USD)));
    assert_eq!(refusal.right.carve_out, Predicate::parse("purpose is research").unwrap());
    assert_eq!(partner(refusal.right.holders[0].party).index(), 0);
    assert_eq!(refusal.right.holders[0].rank, 2);
    let highest = Money(150_000 * Money::PER_USD);
    assert_eq!(refusal.decisions[0].policy, Policy::Threshold { highest, shortage_kw: 1500 });
    assert_eq!(world.agreements[0].kind(), "first_refusal");
}

#[test]
fn an_amendment_changes_what_it_names_and_nothing_else() {
    let text = format!(
        "{RIGHT}\n[[agreement.right.version]]\neffective = \"2026-03-01\"\nknown = \"2026-04-01\"\n\
         [agreement.right.version.first_refusal]\ncap_usd = 5e9\n\
         [[agreement.right.version]]\neffective = \"2026-06-01\"\nends = true\n"
    );
    let world = world(&text);
    let (Terms::Refusal(before), Terms::Refusal(after)) =
        (terms(&world, "right", 0), terms(&world, "right", 1))
    else {
        panic!()
    };
    assert_eq!(after.right.cap, Some(Money(5_000_000_000 * Money::PER_USD)));
    let same = agreement::refusal::Right { cap: before.right.cap, ..after.right };
    assert_eq!(same, before.right);
    let agreement = &world.agreements[0];
    let at = |text: &str| agreement.at(SimTime::parse(text).unwrap()).map(|version| version.terms.is_some());
    // Nobody acts on an amendment before it is known, though it is in force.
    let march = SimTime::parse("2026-03-15").unwrap();
    assert_eq!(agreement.at(march), agreement.versions.first());
    assert_eq!(agreement.in_force(march), agreement.versions.get(1));
    assert_eq!([at("2025-01-13"), at("2026-05-01"), at("2026-06-02")], [None, Some(true), Some(false)]);
}

#[test]
fn every_kind_is_read() {
    let world = world(
        r#"
[agreement.azure.commitment]
payer = "holder"
payee = "host"
counts = "gpu_hours"
from = "2026-01-01"
committed = [1000.0, 2500.5]
minimum = 0.8
usd_per_unit = 2.5
make_up = 2
exit_share = 0.5
exits = "2027-03-01"

[agreement.share.revenue_share]
payer = "host"
payee = "holder"
from = "2026-01-01"
until = "2031-01-01"
tier = [{ above_usd = 0.0, share = 0.2 }, { above_usd = 1e9, share = 0.1 }]
cap_usd = 38e9

[agreement.api.exclusivity]
beneficiary = "holder"
promised_by = "host"
scope = "product is api"
from = "2026-01-01"
until = "2030-01-01"

[agreement.ladder.milestone_capital]
giver = "holder"
taker = "host"
rung = [{ name = "first", when = "energised_mw at least 1000 and share_price at least 600", usd = 1e9, until = "2030-01-01" }]
observed = [{ at = "2027-01-01", attribute = "share_price", is = "600" }]

[agreement.shares.warrant]
giver = "holder"
taker = "host"
usd_per_share = 0.01
rung = [{ name = "first", when = "energised_mw at least 1000", shares = 160000000 }]

[agreement.slo.service_credit]
provider = "host"
customer = "holder"
site = "lab"
tier = [{ below = 0.999, credit = 0.1 }]
monthly_cap = 0.1
excluded = "2 h"

[agreement.dte.power_contract]
supplier = "other"
customer = "host"
site = "lab"
from = "2026-01-01"
months = 228
contract_mw = 1383.0
minimum = 0.8
usd_per_kw_month = 15.0
exit_months = 120
shed_first = true

[agreement.hall.lease]
lessor = "host"
lessee = "holder"
site = "lab"
from = "2026-01-01"
months = 120
usd_per_month = 2e6
escalator = 0.03
options = [60, 60]
extends = 1
termination_months = 24
terminated = "2028-01-01"

[agreement.google.backstop]
guarantor = "other"
lease = "hall"
notice = "30 days"
chooses = "step_in"

[agreement.debt.loan]
lender = "other"
borrower = "host"
pattern = "annuity"
usd = 1e9
rate = 0.065
from = "2026-01-01"
until = "2031-01-01"
interest_months = 3
"#,
    );
    let Terms::Commitment(azure) = terms(&world, "azure", 0) else { panic!() };
    assert_eq!(azure.counts.per_unit(), 1000);
    assert_eq!(azure.terms.periods.iter().map(|p| p.committed).collect::<Vec<_>>(), [1_000_000, 2_500_500]);
    assert_eq!(
        (azure.terms.periods[1].from, azure.terms.periods[1].to),
        (date(2027, 1, 1), date(2028, 1, 1))
    );
    assert_eq!(azure.terms.price, Price { amount: Money(2_500_000), per: 1000 });
    assert_eq!(azure.exits, SimTime::parse("2027-03-01"));
    let Terms::RevenueShare(share) = terms(&world, "share", 0) else { panic!() };
    assert_eq!(share.terms.tiers[1].share, Share(100_000));
    assert!(matches!(terms(&world, "api", 0), Terms::Exclusivity { promised_by, .. } if promised_by.0 == 1));
    let Terms::MilestoneCapital(ladder) = terms(&world, "ladder", 0) else { panic!() };
    assert_eq!(ladder.observed.len(), 1);
    let Terms::Warrant(warrant) = terms(&world, "shares", 0) else { panic!() };
    assert_eq!(warrant.strike, Money(10_000));
    let Terms::PowerContract(dte) = terms(&world, "dte", 0) else { panic!() };
    assert_eq!(dte.terms.ramp, [(0, 1_383_000)]);
    let Terms::Lease(lease) = terms(&world, "hall", 0) else { panic!() };
    assert_eq!((lease.extends, lease.terms.options.len()), (1, 2));
    let Terms::Backstop(google) = terms(&world, "google", 0) else { panic!() };
    assert_eq!(world.agreements[google.lease.index()].key, "hall");
    assert!(matches!(terms(&world, "slo", 0), Terms::ServiceCredit(_)));
    // 1,000 million at 6.5 % over 20 quarters: the payment of the closed form, 30E/360.
    let Terms::Loan(debt) = terms(&world, "debt", 0) else { panic!() };
    let mut loan = loan::Loan::new(debt.terms).unwrap();
    let flows: Vec<f64> = std::iter::from_fn(|| loan.step(&loan::Observations::default()))
        .map(|event| event.unwrap())
        .filter(|event| event.time.date() == date(2026, 4, 1))
        .map(|event| event.payoff)
        .collect();
    let quarter = 0.065 / 4.0;
    let growth = (0..20).fold(1.0, |growth, _| growth * (1.0 + quarter));
    let payment = 1e9 * quarter / (1.0 - 1.0 / growth);
    assert!((flows.iter().sum::<f64>() - payment).abs() < 1e-3, "{flows:?} against {payment}");
}

#[test]
fn every_mistake_is_told_at_once_with_its_line() {
    let found = refused(
        r#"
[agreement.a.exclusivity]
beneficiary = "holder"
promised_by = "host"
scope = "product is api"
from = "2025-01-01"

[agreement.b.exclusivity]
beneficiary = "other"
promised_by = "host"
scope = "product is api and channel is cloud"
from = "2026-01-01"

[agreement.c.first_refusal]
grantor = "host"
holders = [{ partner = "holder" }]
election = "10 business days"
tail = "90 days"

[agreement.d.first_refusal]
grantor = "other"
holders = [{ partner = "holder" }]
scope = "site is lob"
from = "2025-01-14"
until = "2027-07-14"
election = "10 business days"
tail = "90 days"

[[agreement.d.version]]
effective = "2024-10-28"
ends = true

[agreement.e.revenue_share]
payer = "host"
payee = "holder"
base = "net"
net_of = ["f"]
share = 0.2
from = "2026-01-01"
until = "2030-01-01"

[agreement.f.revenue_share]
payer = "host"
payee = "other"
base = "net"
net_of = ["e"]
share = 0.2
from = "2026-01-01"
until = "2030-01-01"

[agreement.g]
calendar = "us_bank"

[agreement.g.exclusivity]
beneficiary = "holder"
promised_by = "other"
scope = "product is api and channel is cloud or date from 2026-01-01"
from = "2026-01-01"
"#,
    );
    let codes: Vec<(&str, &str)> = found.iter().map(|(code, line)| (code.as_str(), line.as_str())).collect();
    for expected in [
        ("A010", "[agreement.b.exclusivity]"),
        ("A007", "[agreement.c.first_refusal]"),
        ("S453", "scope = \"site is lob\""),
        ("A009", "effective = \"2024-10-28\""),
        ("A011", "[agreement.e.revenue_share]"),
        ("S451", "calendar = \"us_bank\""),
        ("A004", "scope = \"product is api and channel is cloud or date from 2026-01-01\""),
    ] {
        assert!(codes.contains(&expected), "{expected:?} is not among {codes:#?}");
    }
    assert_eq!(found.len(), 7, "{found:#?}");
}

#[test]
fn what_a_machine_refuses_is_told_at_its_key() {
    let found = refused(&RIGHT.replace("cap_usd = 4.1e9", "cap_usd = 0.0"));
    assert_eq!(found, [("A003".to_string(), "cap_usd = 0.0".to_string())]);
    let found = refused(&RIGHT.replace("until = \"2027-07-14\"", "until = \"2024-07-14\""));
    assert_eq!(found, [("A007".to_string(), "until = \"2024-07-14\"".to_string())]);
    let loan = "[agreement.debt.loan]\nlender = \"other\"\nborrower = \"host\"\npattern = \"bullet\"\nusd = 1e9\n\
                from = \"2026-01-01\"\nday_count = \"A999\"\nrate = 0.05\nuntil = \"2031-01-01\"\n";
    assert_eq!(refused(loan), [("A002".to_string(), "day_count = \"A999\"".to_string())]);
}

#[test]
fn amounts_at_the_edge_are_refused_and_never_wrap() {
    let commitment = |committed: &str| {
        format!(
            "[agreement.a.commitment]\npayer = \"holder\"\npayee = \"host\"\nfrom = \"2026-01-01\"\n\
             counts = \"million_tokens\"\nusd_per_unit = 1.0\ncommitted = [{committed}]\n"
        )
    };
    let Terms::Commitment(most) = terms(&world(&commitment("9e12")), "a", 0) else { panic!() };
    assert_eq!(most.terms.periods[0].committed, 9_000_000_000_000_000_000);
    assert_eq!(refused(&commitment("9.3e12"))[0].0, "S005");
}

#[test]
fn offers_are_numbered_by_time_and_named_by_block() {
    let world = world(
        r#"
[offer.late]
grantor = "host"
third = "other"
each = "it_mw at least 0"
before_ready = "1 day"
usd_per_mw_month = 150000.0
months = 60

[offer.early]
grantor = "host"
third = "other"
blocks = ["lab.hall"]
at = "2026-01-04"
usd_per_mw_month = 150000.0
months = 60
"#
        .replace("at = \"2026-01-04\"", "at = \"2026-01-06\"")
        .as_str(),
    );
    // Both blocks are ready at the start: what would have been offered before it is offered at the start.
    let keys: Vec<(&str, u64)> =
        world.offers.iter().map(|offer| (offer.key.as_str(), offer.number)).collect();
    assert_eq!(keys, [("late/annex.all", 1), ("late/lab.hall", 2), ("early", 3)]);
}

#[test]
fn the_built_in_alliance_is_the_one_of_the_crate() {
    let text = format!("include = [\"builtin:alliance\"]\n{BASE}");
    let reading = read(&Origin::Text { name: "alliance.toml".into(), text }, &[]);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    assert!(said.is_empty(), "{said:#?}");
    let world = reading.world.unwrap();
    let versions = alliance::versions(alliance::Refusal::And, None).unwrap();
    let of = |key: &str, time: SimTime| {
        let agreement = world.agreements.iter().find(|agreement| agreement.key == key).unwrap();
        agreement.at(time).and_then(|version| version.terms.clone())
    };
    for version in versions.iter() {
        // The day after each version took effect.
        let day = version.effective.tomorrow().unwrap();
        let time = SimTime::parse(&format!("{day}T12:00:00Z")).unwrap();
        let alliance = &version.terms;
        match (&alliance.capacity, of("alliance-capacity", time)) {
            (alliance::Capacity::FirstRefusal { carve_out }, Some(Terms::Refusal(refusal))) => {
                assert_eq!(refusal.right.carve_out, *carve_out);
            }
            (alliance::Capacity::Exclusive | alliance::Capacity::Open, None) => {}
            (capacity, terms) => panic!("{day}: {capacity:?} against {terms:?}"),
        }
        let exclusive: Vec<_> = ["alliance-cloud", "alliance-api", "alliance-azure-first"]
            .into_iter()
            .filter_map(|key| of(key, time))
            .filter_map(|terms| match terms {
                Terms::Exclusivity { terms, .. } => Some(terms),
                _ => None,
            })
            .filter(|terms| terms.until.is_none_or(|until| until > day))
            .map(|terms| (terms.scope, terms.carve_out))
            .collect();
        let expected: Vec<_> =
            alliance.exclusivities.iter().map(|e| (e.scope.clone(), e.carve_out.clone())).collect();
        assert_eq!(exclusive, expected, "{day}");
        let share = |key| match of(key, time) {
            Some(Terms::RevenueShare(share)) => Some((share.terms.tiers, share.terms.cap, share.terms.until)),
            _ => None,
        };
        let theirs = |share: &agreement::share::Terms| (share.tiers.clone(), share.cap, share.until);
        assert_eq!(share("alliance-share"), alliance.to_microsoft.as_ref().map(theirs), "{day}");
        assert_eq!(share("alliance-share-back"), alliance.to_openai.as_ref().map(theirs), "{day}");
        let committed = match of("alliance-azure", time) {
            Some(Terms::Commitment(terms)) => {
                Some(Money(terms.terms.periods.iter().map(|period| period.committed).sum()))
            }
            _ => None,
        };
        assert_eq!(committed, alliance.commitment, "{day}");
    }
}

#[test]
fn an_emergency_sheds_first_what_a_contract_says() {
    let sites = "[site.far]\nlatitude_deg = 3.0\nlongitude_deg = 3.0\noperator = \"host\"\nit_mw = 0.1\n\
                 fill = \"dgx-h100\"\n[site.far.power]\ngrid = [{ mw = 100.0 }]\nusd_per_mwh = 40.0\n\
                 [site.lab.power]\ngrid = [{ mw = 50.0 }]\nusd_per_mwh = 40.0\n\
                 [site.annex.power]\ngrid = [{ mw = 150.0 }]\nusd_per_mwh = 40.0\n\
                 [agreement.grid.power_contract]\nsupplier = \"other\"\ncustomer = \"host\"\nsite = \"far\"\n\
                 from = \"2026-01-01\"\nmonths = 12\ncontract_mw = 100.0\nshed_first = FIRST\n\
                 [[emergency]]\nstart = \"2026-01-06T18:00:00\"\nlength = \"2 h\"\nshed_mw = SHED\n";
    let shares = |first: &str, shed: &str, more: &str| {
        let world = world(&(sites.replace("FIRST", first).replace("SHED", shed) + more));
        let energy = world.energy.unwrap();
        let of = |site: &scenario::world::energy::SitePower| {
            let share = site.events.iter().map(|event| (event.share * 1e6).round() / 1e6).sum::<f64>();
            (world.sites[site.site.index()].key.clone(), share)
        };
        energy.sites.iter().map(of).collect::<Vec<(String, f64)>>()
    };
    let all = |annex: f64, far: f64, lab: f64| {
        [("annex".to_string(), annex), ("far".to_string(), far), ("lab".to_string(), lab)]
    };
    // Half of what the contract's site draws; all of it, and the rest in equal shares of the others; without it all alike.
    assert_eq!(shares("true", "50.0", ""), all(0.0, 0.5, 0.0));
    assert_eq!(shares("true", "120.0", ""), all(0.1, 1.0, 0.1));
    assert_eq!(shares("false", "120.0", ""), all(0.4, 0.4, 0.4));
    assert_eq!(shares("true", "120.0", "sites = [\"far\", \"lab\"]\n"), all(0.0, 1.0, 0.4));
    let found = refused(&(sites.replace("FIRST", "true").replace("SHED", "500.0")));
    assert!(found.contains(&("S461".to_string(), "shed_mw = 500.0".to_string())), "{found:?}");
}

/// Contradictory promises, a right without a window whose scope names nothing, an amendment before its agreement on a
/// calendar that there is not, shares in a circle: each is told, whatever the others are.
#[test]
fn mistakes_of_several_agreements_are_told_at_once() {
    let text = r#"
[agreement.one.exclusivity]
beneficiary = "host"
promised_by = "other"
from = "2026-01-01"
[agreement.two.exclusivity]
beneficiary = "holder"
promised_by = "other"
from = "2026-06-01"
[agreement.right.first_refusal]
grantor = "host"
holders = [{ partner = "holder" }]
scope = "site is nowhere"
[agreement.late]
effective = "2027-01-01"
calendar = "mars"
[agreement.late.lease]
lessor = "host"
lessee = "holder"
site = "lab"
from = "2027-01-01"
months = 12
usd_per_month = 1e6
[[agreement.late.version]]
effective = "2026-01-01"
[agreement.late.version.lease]
usd_per_month = 2e6
[agreement.s1.revenue_share]
payer = "host"
payee = "holder"
from = "2026-01-01"
until = "2027-01-01"
share = 0.1
base = "net"
net_of = ["s2"]
[agreement.s2.revenue_share]
payer = "host"
payee = "other"
from = "2026-01-01"
until = "2027-01-01"
share = 0.1
base = "net"
net_of = ["s1"]
"#;
    let mut codes: Vec<String> = refused(text).into_iter().map(|(code, _)| code).collect();
    codes.sort();
    // Of the right: no window, no election, no tail, and a scope of nothing.
    assert_eq!(codes, ["A007", "A009", "A010", "A011", "S006", "S006", "S451", "S453"]);
    let said: Vec<String> = reading(text).diagnostics.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|line| line.contains("both promise everything on ")), "{said:?}");
}

/// A tranche that waits for a rung of an agreement written wrong is told which one was meant.
#[test]
fn a_rung_that_there_is_not_is_told_with_the_one_that_was_meant() {
    let text = r#"
[agreement.ladder.milestone_capital]
giver = "holder"
taker = "host"
rung = [{ name = "first", when = "energised_mw at least 1000", usd = 1e9, until = "2030-01-01" }]
[tranche.a]
partner = "holder"
instrument = "equity"
amount_usd = 1e9
after_rungs = ["lader.first"]
[tranche.b]
partner = "holder"
instrument = "equity"
amount_usd = 1e9
after_rungs = ["ladder.frist"]
"#;
    let reading = reading(text);
    let hints: Vec<&str> = reading.diagnostics.iter().filter_map(|found| found.hint.as_deref()).collect();
    let meant = hints.iter().filter(|hint| **hint == "did you mean `ladder.first`?").count();
    assert_eq!(meant, 2, "{hints:?}");
}
