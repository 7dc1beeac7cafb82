//! Commitments, shares, exclusivities, ladders, credits, power: published cases, cases worked by hand, and laws.
#![allow(clippy::unwrap_used)]

use agreement::alliance::{self, Capacity, MICROSOFT, OPENAI, Refusal};
use agreement::amount::{Price, Rounding, Share};
use agreement::commitment::{self, Bank, Commitment, CommittedPeriod, Exit};
use agreement::exclusivity::{Exclusivity, Verdict, contradictions};
use agreement::milestone::{self, Award, Ladder, Rung};
use agreement::power::{self, Basis, PowerContract};
use agreement::predicate::{Predicate, Subject, Value};
use agreement::refusal::Party;
use agreement::service::{self, Clause, ServiceCredits};
use agreement::share::{self, Base, Loss, Netted, RevenueShare, Tier, TierBasis, net, order};
use base::{Money, SimTime};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use std::path::PathBuf;

fn usd(dollars: f64) -> Money {
    Money::from_usd(dollars).unwrap()
}

fn commitment(periods: Vec<CommittedPeriod>) -> commitment::Terms {
    commitment::Terms {
        id: "c".into(),
        periods,
        minimum: Share::WHOLE,
        price: Price::MONEY,
        excess_price: None,
        upfront: false,
        true_up: 1,
        make_up: None,
        carry_forward: None,
        exit: None,
        rounding: Rounding::HalfAway,
    }
}

fn years(first: i16, committed: &[i64]) -> Vec<CommittedPeriod> {
    let day = |i: usize| date(first + i as i16, 1, 1);
    (0..committed.len())
        .map(|i| CommittedPeriod { from: day(i), to: day(i + 1), committed: committed[i] })
        .collect()
}

/// A row of a FOCUS file: charge frequency, unit price, quantity, billed cost, effective cost.
type FocusRow = (String, f64, i64, Money, Money);

fn focus_rows(name: &str) -> Option<Vec<FocusRow>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/contracts").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let column = |name: &str| header.iter().position(|&other| other == name).unwrap();
    let rows = lines.map(|row| {
        let number = |name: &str| row[column(name)].parse::<f64>().unwrap_or(0.0);
        let frequency = row[column("ChargeFrequency")].to_string();
        let (billed, effective) = (usd(number("BilledCost")), usd(number("EffectiveCost")));
        (frequency, number("ContractedUnitPrice"), number("PricingQuantity") as i64, billed, effective)
    });
    Some(rows.collect())
}

fn check_focus(name: &str, upfront: bool) {
    let Some(rows) = focus_rows(name) else { return };
    // 1,200 USD from April 2025 to March 2026: what the purchase row or the unused fee of the files says.
    let period = CommittedPeriod { from: date(2025, 4, 1), to: date(2026, 4, 1), committed: usd(1200.0).0 };
    let (mut agreement, mut facts) =
        Commitment::new(commitment::Terms { upfront, ..commitment(vec![period]) }).unwrap();
    for (_, price, quantity, ..) in rows.iter().filter(|row| row.0 == "Usage-Based") {
        let cost = Price { amount: usd(*price), per: 1 }.of(*quantity, Rounding::HalfAway).unwrap();
        facts.push(agreement.take(cost.0).unwrap());
    }
    facts.extend(agreement.close_period().unwrap());
    let ours: Vec<(Money, Money)> = facts
        .iter()
        .filter_map(|fact| match *fact {
            commitment::Fact::Prepaid { billed, .. } => Some((billed, Money::ZERO)),
            commitment::Fact::Taken { billed, effective, .. }
            | commitment::Fact::Deficiency { billed, effective, .. } => Some((billed, effective)),
            _ => None,
        })
        .collect();
    let published: Vec<(Money, Money)> = rows.iter().map(|row| (row.3, row.4)).collect();
    assert_eq!(ours, published, "{name}");
    println!("{name}: {} rows to the micro-dollar", published.len());
}

#[test]
fn focus_spend_agreements_are_reproduced() {
    check_focus("focus_saas_spend_agreements_a1.csv", false);
    check_focus("focus_saas_spend_agreements_b1.csv", true);
}

#[test]
fn a_true_up_over_two_periods_forgives_a_slow_start() {
    let terms = commitment::Terms { true_up: 2, ..commitment(years(2025, &[100, 100])) };
    let (mut agreement, _) = Commitment::new(terms).unwrap();
    agreement.take(40).unwrap();
    assert_eq!(agreement.close_period().unwrap(), []);
    agreement.take(150).unwrap();
    let facts = agreement.close_period().unwrap();
    let owed = commitment::Fact::Deficiency { quantity: 10, billed: Money(10), effective: Money(10) };
    assert_eq!(facts, [owed, commitment::Fact::Ended]);
}

#[test]
fn bad_commitments_are_all_named() {
    let mut terms = commitment(years(2025, &[100, -1]));
    terms.periods[1].from = date(2026, 2, 1);
    (terms.true_up, terms.price.per) = (0, 0);
    let codes: Vec<&str> = terms.check().iter().map(|d| d.rule.code).collect();
    assert_eq!(codes, ["A013", "A003", "A003", "A003"]);
    assert_eq!(commitment(vec![]).check().0[0].rule.code, "A001");
    // The edge of the range is an answer.
    let (mut agreement, _) = Commitment::new(commitment(years(2025, &[i64::MAX]))).unwrap();
    assert!(agreement.take(i64::MAX).is_ok());
    assert!(agreement.take(1).is_err());
}

/// DTE and the Saline campus (Michigan PSC, 2025-12-18): 1,383 MW for 19 years, billing demand at least 80 %, leaving costs
/// up to ten years of the minimum, shed first. The price of 15 USD a kilowatt and month is assumed.
#[test]
fn saline_pays_for_eighty_per_cent() {
    let mut contract = PowerContract::new(power::Terms {
        id: "saline".into(),
        ramp: vec![(0, 1_383_000)],
        minimum: Share(800_000),
        ratchet: None,
        demand_price: Price { amount: usd(15.0), per: 1 },
        energy_price: Price { amount: usd(60.0), per: 1000 },
        months: 19 * 12,
        exit_months: 120,
        shed_first: true,
        rounding: Rounding::HalfAway,
    });
    let low = contract.bill(900_000, 500_000_000).unwrap().unwrap();
    // 0.8 x 1,383,000 = 1,106,400 kW; x 15 = 16,596,000 USD. 500,000 MWh x 60 = 30,000,000 USD.
    assert_eq!((low.demand_kw, low.basis, low.demand), (1_106_400, Basis::Minimum, usd(16_596_000.0)));
    assert_eq!(low.energy, usd(30_000_000.0));
    let high = contract.bill(1_200_000, 0).unwrap().unwrap();
    assert_eq!((high.demand_kw, high.basis, high.demand), (1_200_000, Basis::Measured, usd(18_000_000.0)));
    let mut early = contract.clone();
    // 120 months x 16,596,000.
    assert_eq!(early.exit().unwrap(), Some(usd(1_991_520_000.0)));
    assert_eq!(early.exit().unwrap(), None);
    for _ in 2..150 {
        contract.bill(1_383_000, 0).unwrap();
    }
    // 78 of the 228 months are left.
    assert_eq!(contract.exit().unwrap(), Some(usd(1_294_488_000.0)));
}

/// AEP Ohio's data-centre tariff (PUCO, 2025-07-09): 85 % of contract demand, up to 12 years with a ramp of 4, an exit fee
/// of 36 months. Steps of the ramp, the size and the price of 10 USD a kilowatt and month are assumed.
#[test]
fn aep_ohio_ramps_and_bills_eighty_five_per_cent() {
    let mut contract = PowerContract::new(power::Terms {
        id: "aep".into(),
        ramp: vec![(0, 25_000), (12, 50_000), (24, 75_000), (36, 100_000)],
        minimum: Share(850_000),
        ratchet: Some((Share(600_000), 11)),
        demand_price: Price { amount: usd(10.0), per: 1 },
        energy_price: Price { amount: Money(0), per: 1 },
        months: 144,
        exit_months: 36,
        shed_first: false,
        rounding: Rounding::HalfAway,
    });
    let first = contract.bill(15_000, 0).unwrap().unwrap();
    assert_eq!((first.demand_kw, first.demand), (21_250, usd(212_500.0)));
    // A peak of 50,000 kW, then nothing: 60 % of it for eleven months, above the minimum.
    assert_eq!(contract.bill(50_000, 0).unwrap().unwrap().basis, Basis::Measured);
    let after = contract.bill(0, 0).unwrap().unwrap();
    assert_eq!((after.demand_kw, after.basis), (30_000, Basis::Ratchet));
    for _ in 3..12 {
        assert_eq!(contract.bill(0, 0).unwrap().unwrap().demand_kw, 30_000);
    }
    assert_eq!(contract.bill(0, 0).unwrap().unwrap().demand_kw, 42_500, "the ramp of the second year");
    for _ in 13..60 {
        contract.bill(0, 0).unwrap();
    }
    // 36 x 85,000 kW x 10 USD.
    assert_eq!(contract.clone().exit().unwrap(), Some(usd(30_600_000.0)));
    for _ in 60..130 {
        contract.bill(0, 0).unwrap();
    }
    // 14 months are left.
    assert_eq!(contract.exit().unwrap(), Some(usd(11_900_000.0)));
}

#[test]
fn a_ladder_waits_for_gigawatts_and_price() {
    // AMD and OpenAI (8-K of 2025-10-06): 160 million shares, the first tranche at 1 GW, the last at a share price of 600
    // USD; the tranches between are assumed equal.
    let rung = |gw: i64, price: i64, shares: i64| Rung {
        name: format!("{gw} GW"),
        condition: Predicate::parse(&format!(
            "delivered_gw at least {gw} and share_price_usd at least {price}"
        ))
        .unwrap(),
        award: Award::Shares(shares),
        until: Some(SimTime::parse("2030-10-05").unwrap()),
    };
    let rungs = vec![rung(1, 0, 40_000_000), rung(3, 300, 60_000_000), rung(6, 600, 60_000_000)];
    let mut ladder = Ladder::new(milestone::Terms { id: "amd".into(), rungs, in_order: true });
    let world = |gw: i64, price: i64| -> Subject {
        [("delivered_gw", gw), ("share_price_usd", price)]
            .map(|(name, n)| (name.to_string(), Value::Number(n)))
            .into()
    };
    let at = |text: &str| SimTime::parse(text).unwrap();
    assert_eq!(ladder.observe(at("2026-06-01"), &world(0, 700)), []);
    let first = milestone::Fact::Released { rung: 0, award: Award::Shares(40_000_000) };
    assert_eq!(ladder.observe(at("2026-12-01"), &world(1, 250)), [first]);
    assert_eq!(ladder.observe(at("2028-12-01"), &world(3, 299)), [], "the price is missing: and, not or");
    let second = milestone::Fact::Released { rung: 1, award: Award::Shares(60_000_000) };
    assert_eq!(ladder.observe(at("2029-01-01"), &world(3, 300)), [second]);
    assert_eq!(ladder.observe(at("2030-10-05"), &world(6, 900)), [milestone::Fact::Lapsed { rung: 2 }]);
    assert!(ladder.is_done());
    // Amazon (2026-02-27): 15 billion now and 35 on conditions.
    let rungs = vec![
        Rung {
            name: "now".into(),
            condition: Predicate::Always,
            award: Award::Capital(usd(15e9)),
            until: None,
        },
        Rung {
            name: "rest".into(),
            condition: Predicate::Never,
            award: Award::Capital(usd(35e9)),
            until: None,
        },
    ];
    let mut amazon = Ladder::new(milestone::Terms { id: "amazon".into(), rungs, in_order: false });
    let paid = milestone::Fact::Released { rung: 0, award: Award::Capital(usd(15e9)) };
    assert_eq!(amazon.observe(at("2026-02-27"), &Subject::new()), [paid]);
}

#[test]
fn service_credits_stop_at_both_caps() {
    let mut credits = ServiceCredits::new(service::Terms {
        id: "slo".into(),
        tiers: vec![
            service::Tier { below: Share(999_000), credit: Share(50_000) },
            service::Tier { below: Share(990_000), credit: Share(250_000) },
        ],
        monthly_cap: Share(100_000),
        rolling_cap: Share(10_000),
        rounding: Rounding::HalfAway,
    });
    let fee = usd(1000.0);
    let mut month = |down: i64, excluded: i64| credits.settle(43_200, down, excluded, fee).unwrap();
    // 43 minutes of 43,200 is an availability of 0.999004.
    assert_eq!((month(43, 0).availability, month(43, 0).clause), (Share(999_004), Clause::Promise));
    // 100 minutes of which 60 were announced; then 40 count: 0.999074.
    assert_eq!(month(100, 60).amount, Money::ZERO);
    // 5 % of 1,000 is 50; the fees of four months allow 1 % of 4,000 = 40.
    assert_eq!((month(44, 0).amount, month(0, 0).amount), (usd(40.0), Money::ZERO));
    // Below 99 %: 25 % asked, 10 % allowed a month, 1 % of six months minus 40 given.
    let bad = month(1000, 0);
    assert_eq!((bad.asked, bad.amount, bad.clause), (usd(250.0), usd(20.0), Clause::RollingCap));
}

#[test]
fn the_alliance_changes_with_its_versions() {
    let of = |reading| alliance::versions(reading, Some(date(2028, 1, 1))).unwrap();
    let versions = of(Refusal::And);
    let on = |day: Date| &versions.on(day).unwrap().terms;
    assert_eq!(on(date(2025, 1, 20)).capacity, Capacity::Exclusive);
    let Capacity::FirstRefusal { carve_out } = &on(date(2025, 1, 21)).capacity else {
        panic!("first refusal")
    };
    let purpose = |text: &str| Subject::from([("purpose".to_string(), Value::Text(text.to_string()))]);
    assert!(carve_out.holds(&purpose("research")) && !carve_out.holds(&purpose("service")));
    assert_eq!(on(date(2025, 10, 28)).capacity, Capacity::Open);
    assert_eq!(on(date(2026, 1, 1)).commitment, Some(usd(250e9)));
    // The API is exclusive until the panel has verified, and no longer.
    let api = Subject::from([("product".to_string(), Value::Text("api".to_string()))]);
    let other = Party(7);
    let bound = &on(date(2026, 1, 1)).exclusivities[0];
    assert_eq!(bound.verdict(other, &api, date(2026, 1, 1)), Verdict::Barred);
    assert_eq!(bound.verdict(MICROSOFT, &api, date(2026, 1, 1)), Verdict::Allowed);
    assert_eq!(bound.verdict(other, &api, date(2028, 1, 1)), Verdict::OutOfTerm);
    // From April 2026 only one direction pays, up to the cap.
    assert!(on(date(2026, 4, 27)).to_openai.is_none() && on(date(2026, 4, 26)).to_openai.is_some());
    let mut paid = RevenueShare::new(on(date(2026, 4, 27)).to_microsoft.clone().unwrap());
    let when = |text: &str| SimTime::parse(text).unwrap();
    paid.settle(when("2026-05-01"), usd(150e9), Money::ZERO).unwrap();
    let last = paid.settle(when("2027-05-01"), usd(100e9), Money::ZERO).unwrap();
    assert_eq!(last[0], share::Fact::Paid { base: usd(100e9), amount: usd(8e9), cut: usd(12e9) });
    assert_eq!(paid.settle(when("2028-05-01"), usd(1.0), Money::ZERO).unwrap(), [share::Fact::Exhausted]);
    // A launch that Azure does not support though Microsoft would like to: and keeps it on Azure, or sets it free.
    let mut launch = Subject::from([("launch".to_string(), Value::Text("first".to_string()))]);
    launch.insert("supported".to_string(), Value::Text("no".to_string()));
    launch.insert("willing".to_string(), Value::Text("yes".to_string()));
    let verdict = |reading| {
        of(reading).on(date(2026, 5, 1)).unwrap().terms.exclusivities[0].verdict(
            OPENAI,
            &launch,
            date(2026, 5, 1),
        )
    };
    assert_eq!(verdict(Refusal::And), Verdict::Barred);
    assert_eq!(verdict(Refusal::Or), Verdict::CarvedOut);
    assert_eq!(
        versions.on_as_known(date(2026, 5, 1), date(2025, 12, 1)).unwrap().effective,
        date(2025, 10, 28)
    );
}

#[test]
fn an_amendment_follows_its_agreement() {
    let version = |effective: Date| agreement::version::Version {
        effective,
        known: effective,
        source: String::new(),
        terms: (),
    };
    let wrong =
        agreement::version::Versions::new("a", vec![version(date(2025, 1, 21)), version(date(2024, 10, 28))]);
    assert_eq!(wrong.unwrap_err().0[0].rule.code, "A009");
    assert_eq!(agreement::version::Versions::<()>::new("a", vec![]).unwrap_err().0[0].rule.code, "A001");
}

#[test]
fn contradictory_exclusivities_are_found() {
    let exclusive =
        |id: &str, beneficiary: u32, scope: &str, carve_out: &str, until: Option<Date>| Exclusivity {
            id: id.into(),
            beneficiary: Party(beneficiary),
            scope: Predicate::parse(scope).unwrap(),
            carve_out: Predicate::parse(carve_out).unwrap(),
            from: date(2025, 1, 1),
            until,
        };
    let codes = |list: &[Exclusivity]| contradictions(list).iter().map(|d| d.rule.code).collect::<Vec<_>>();
    let api = exclusive("a", 1, "product is api", "never", None);
    let large = exclusive("b", 2, "product in (api, chat) and region is eu", "never", None);
    assert_eq!(codes(&[api.clone(), large.clone()]), ["A010"]);
    let carved = exclusive("a", 1, "product is api", "region is eu", None);
    assert_eq!(codes(&[carved, large.clone()]), [""; 0]);
    let other_size = exclusive("c", 2, "product is api and it_mw below 50", "never", None);
    let this_size = exclusive("d", 1, "product is api and it_mw at least 50", "never", None);
    assert_eq!(codes(&[other_size, this_size]), [""; 0]);
    let mut later = large;
    later.from = date(2026, 1, 1);
    assert_eq!(
        codes(&[exclusive("a", 1, "product is api", "never", Some(date(2026, 1, 1))), later.clone()]),
        [""; 0]
    );
    assert_eq!(codes(&[exclusive("a", 1, "date before 2026-01-02", "never", None), later]), ["A010"]);
}

#[test]
fn shares_are_netted_and_ordered() {
    assert_eq!(net(usd(20.0), usd(5.0)), Ok(Netted::FirstPays(usd(15.0))));
    assert_eq!(net(usd(5.0), usd(20.0)), Ok(Netted::SecondPays(usd(15.0))));
    assert_eq!(net(usd(5.0), usd(5.0)), Ok(Netted::Nothing));
    let name = |text: &str| text.to_string();
    assert_eq!(order(&[(name("b"), vec![name("a")]), (name("a"), vec![])]).unwrap(), [1, 0]);
    let circle = order(&[(name("a"), vec![name("b")]), (name("b"), vec![name("a")])]).unwrap_err();
    assert_eq!(circle.0[0].rule.code, "A011");
    assert_eq!(order(&[(name("a"), vec![name("x")])]).unwrap_err().0[0].rule.code, "A006");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_commitment_pays_the_formula(
        periods in prop::collection::vec((0i64..1000, 0i64..1500, 0i64..300), 1..12),
        minimum in 0u32..=1_000_000,
        price in 1i64..1000,
        upfront in any::<bool>(),
        banks in any::<(bool, bool)>(),
    ) {
        let committed: Vec<i64> = periods.iter().map(|p| p.0).collect();
        let bank = |on: bool| on.then_some(Bank { expires_after: 2, limit: Some(500) });
        let terms = commitment::Terms {
            minimum: Share(minimum),
            price: Price { amount: Money(price), per: 1 },
            upfront,
            make_up: bank(banks.0),
            carry_forward: bank(banks.1),
            exit: Some(Exit { share: Share::WHOLE, periods: 3 }),
            ..commitment(years(2025, &committed))
        };
        prop_assert!(!terms.check().has_errors());
        let (mut agreement, mut facts) = Commitment::new(terms).unwrap();
        let (mut taken, mut floor) = (0, 0);
        for &(committed, take, excused) in &periods {
            facts.push(agreement.excuse(excused).unwrap());
            facts.push(agreement.take(take / 3).unwrap());
            facts.push(agreement.take(take - take / 3).unwrap());
            facts.extend(agreement.close_period().unwrap());
            let least = ((committed as f64 * f64::from(minimum) / 1e6 + 0.5).floor() as i64 - excused).max(0);
            taken += take;
            floor += least.max(take);
            prop_assert!(agreement.banked() <= 500 && agreement.carried() <= 500);
        }
        prop_assert_eq!(facts.last(), Some(&commitment::Fact::Ended));
        let billed: i64 = facts.iter().map(|fact| fact.billed().0).sum();
        // Without banks it is exactly the formula; a bank can only make it cheaper, and never below what was taken.
        if banks == (false, false) {
            prop_assert_eq!(billed, price * floor);
        }
        prop_assert!(billed <= price * floor);
        let banked: i64 = facts.iter().map(|f| if let commitment::Fact::Banked { quantity } = f { *quantity } else { 0 }).sum();
        let gone: i64 = facts.iter().map(|f| match f {
            commitment::Fact::MakeUpUsed { quantity, .. } | commitment::Fact::MakeUpExpired { quantity } => *quantity,
            _ => 0,
        }).sum();
        prop_assert_eq!(banked, gone, "what is banked is used or expires");
        prop_assert!(billed >= price * (taken - gone), "{billed}");
    }

    #[test]
    fn a_share_never_exceeds_its_cap_nor_its_rate(
        periods in prop::collection::vec((-1000i64..100_000, 0i64..20_000), 1..30),
        cap in prop::option::of(0i64..100_000),
        tiers in prop::collection::vec((1i64..50_000, 0u32..=1_000_000), 0..4),
        cumulative in any::<bool>(),
        net in any::<bool>(),
        carried in any::<bool>(),
    ) {
        let mut above = 0;
        let mut list = vec![Tier { above: Money(0), share: Share(200_000) }];
        for (step, share) in tiers {
            above += step;
            list.push(Tier { above: Money(above), share: Share(share) });
        }
        let top = list.iter().map(|tier| tier.share).max().unwrap();
        let terms = share::Terms {
            id: "s".into(),
            from: SimTime(0),
            until: SimTime(25),
            base: if net { Base::Net } else { Base::Gross },
            tiers: list,
            basis: if cumulative { TierBasis::Cumulative } else { TierBasis::EachPeriod },
            cap: cap.map(Money),
            loss: if carried { Loss::CarriedForward } else { Loss::Forgotten },
            rounding: Rounding::Down,
        };
        prop_assert!(!terms.check().has_errors());
        let mut agreement = RevenueShare::new(terms);
        let (mut received, mut bases) = (0, 0);
        for (i, &(gross, deductions)) in periods.iter().enumerate() {
            let facts = agreement.settle(SimTime(i as i64), Money(gross), Money(deductions)).unwrap();
            for fact in facts {
                if let share::Fact::Paid { base, amount, .. } = fact {
                    received += amount.0;
                    bases += base.0;
                    prop_assert!(i < 25, "after the sunset");
                    prop_assert!(amount.0 >= 0 && amount.0 <= top.of(base, Rounding::Up).unwrap().0);
                }
            }
        }
        prop_assert_eq!(agreement.paid(), Money(received), "what one pays the other receives");
        prop_assert!(cap.is_none_or(|cap| received <= cap));
        let positive: i64 = periods.iter().take(25).map(|&(g, d)| (if net { g - d } else { g }).max(0)).sum();
        prop_assert!(bases <= positive);
    }
}
