//! The scenarios of `docs/golden-agreements.md`, run, against what the page works out by hand.
#![allow(clippy::unwrap_used)]

use agreement::power::PowerContract;
use agreement::refusal::What;
use base::{Money, SimTime};
use scenario::world::agreements::Terms;
use scenario::{Origin, World, read};
use std::ops::ControlFlow;
use twin::agreements::AgreementFact;
use twin::{Fact, Typical, simulation};

const PAGE: &str = include_str!("../../../docs/golden-agreements.md");

const BASE: &str = r#"
edition = 2026
[horizon]
start = "2025-01-14"
end = "2027-09-01"
[system.node]
accelerator = "gpu"
accelerators_per_node = 8
power_kw = 10.0
[site.lab]
latitude_deg = 1.0
longitude_deg = 1.0
[site.lab.block.a]
it_mw = 400.0
systems = [{ system = "node", count = 1 }]
[site.lab.block.b]
it_mw = 1000.0
systems = [{ system = "node", count = 1 }]
[site.lab.block.c]
it_mw = 500.0
systems = [{ system = "node", count = 1 }]
[site.lab.block.d]
it_mw = 400.0
systems = [{ system = "node", count = 1 }]
[site.lab.block.e]
it_mw = 100.0
systems = [{ system = "node", count = 1 }]
[partner.host]
[partner.dte]
[partner.aep]
[partner.applied]
[partner.macquarie]
[partner.bank]
[workload.jobs]
[workload.jobs.arrivals]
per_hour = 0.01
[workload.jobs.sizes]
distribution = "weighted"
weights = { 1 = 1.0 }
[workload.jobs.durations]
distribution = "constant"
mean = "1 h"
"#;

/// The text of that name on the page, as a world.
fn world(name: &str) -> World {
    let heading = format!("```toml {name}\n");
    let start =
        PAGE.find(&heading).unwrap_or_else(|| panic!("the page has no text `{name}`")) + heading.len();
    let text = &PAGE[start..start + PAGE[start..].find("```").unwrap()];
    let reading = read(&Origin::Text { name: name.into(), text: format!("{BASE}{text}") }, &[]);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")))
}

/// A figure must stand on the page, so that the page and the test cannot part.
fn usd(figure: &str) -> Money {
    assert!(PAGE.contains(&format!("**{figure} USD**")), "{figure} USD is not on the page");
    Money(figure.replace(',', "").parse::<i64>().unwrap() * Money::PER_USD)
}

fn contract(name: &str) -> PowerContract {
    let world = world(name);
    let Some(Terms::PowerContract(contract)) = &world.agreements[0].versions[0].terms else { panic!() };
    PowerContract::new(contract.terms.clone())
}

/// The contract after so many months in which nothing was drawn.
fn after(name: &str, months: u32) -> PowerContract {
    let mut contract = contract(name);
    (0..months).for_each(|_| {
        contract.bill(0, 0).unwrap().unwrap();
    });
    contract
}

#[test]
fn saline_pays_for_eighty_per_cent() {
    let bill = |kw| contract("dte").bill(kw, 0).unwrap().unwrap().demand;
    assert_eq!(bill(900_000), usd("16,596,000"));
    assert_eq!(bill(1_200_000), usd("18,000,000"));
    assert_eq!(after("dte", 2).exit().unwrap(), Some(usd("1,991,520,000")));
    assert_eq!(after("dte", 150).exit().unwrap(), Some(usd("1,294,488,000")));
}

#[test]
fn aep_ohio_ramps_and_bills_eighty_five_per_cent() {
    let bill = |months, kw| after("aep", months).bill(kw, 0).unwrap().unwrap().demand;
    assert_eq!(bill(0, 15_000), usd("212,500"));
    assert_eq!(bill(12, 0), usd("425,000"));
    assert_eq!(bill(40, 90_000), usd("900,000"));
    assert_eq!(after("aep", 60).exit().unwrap(), Some(usd("30,600,000")));
    assert_eq!(after("aep", 130).exit().unwrap(), Some(usd("11,900,000")));
}

#[test]
fn macquarie_matches_until_its_cap_is_used_up() {
    let world = world("macquarie");
    let mut simulation = simulation(&world, &Typical::default());
    let mut found: Vec<AgreementFact> = Vec::new();
    let mut jobs = std::iter::empty().peekable();
    simulation.run(&mut jobs, world.end, |_, facts| {
        found.extend(facts.drain(..).filter_map(|fact| match fact {
            Fact::Agreement(fact) => Some(fact),
            _ => None,
        }));
        ControlFlow::Continue(())
    });
    let millions = |millions: i64| Money(millions * 1_000_000 * Money::PER_USD);
    let users: Vec<(&str, Money)> = found
        .iter()
        .filter_map(|fact| match fact {
            AgreementFact::Allotted(part) => {
                Some((world.partners[part.user.index()].key.as_str(), part.price))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        users,
        [
            ("macquarie", millions(900)),
            ("macquarie", millions(2250)),
            ("bank", millions(1125)),
            ("macquarie", millions(950)),
            ("bank", millions(225)),
        ]
    );
    let left: Vec<Money> = found
        .iter()
        .filter_map(|fact| match fact {
            AgreementFact::Right { fact, .. } => match fact.what {
                What::CapTaken { left, .. } => Some(left),
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(left, [millions(3200), millions(950), Money::ZERO]);
    let names: Vec<String> = found
        .iter()
        .filter_map(|fact| match fact {
            AgreementFact::Right { fact, .. } => Some(fact.what.name()),
            _ => None,
        })
        .collect();
    for expected in ["free AboveCap", "ended", "free NotInForce"] {
        assert_eq!(names.iter().filter(|name| *name == expected).count(), 1, "{expected}: {names:?}");
    }
    assert_eq!(world.start, SimTime::parse("2025-01-14").unwrap());
}
