//! Offers, rights and what becomes of blocks in the twin: scenarios in text, facts out.
#![allow(clippy::unwrap_used)]

mod serving;

use agreement::lease::BackstopFact;
use agreement::milestone::Award;
use agreement::refusal::What;
use base::{Money, SimTime, Span};
use scenario::{Origin, World, read};
use std::ops::ControlFlow;
use trace::Demand;
use twin::agreements::{AgreementFact, Allotment, DecidedBy, RungOutcome};
use twin::{AcceleratorSet, Event, Fact, Job, Typical, simulation};

/// Two blocks of 1 MW with 64 accelerators each: one ready from the start, one in May; four partners, a tenant of each of
/// two of them and one of nobody.
const BASE: &str = r#"
edition = 2026
[horizon]
start = "2026-01-05"
length = "300 days"
[system.node]
accelerator = "gpu"
accelerators_per_node = 8
power_kw = 100.0
[site.lab]
latitude_deg = 1.0
longitude_deg = 1.0
[site.lab.block.old]
it_mw = 1.0
systems = [{ system = "node", count = 8 }]
[site.lab.block.new]
it_mw = 1.0
ready = "2026-05-01"
systems = [{ system = "node", count = 8 }]
[partner.host]
[partner.holder]
[partner.second]
[partner.third]
[tenant.of-holder]
partner = "holder"
[tenant.of-third]
partner = "third"
[tenant.loose]
[workload.jobs]
tenant = "loose"
[workload.jobs.arrivals]
per_hour = 0.01
[workload.jobs.sizes]
distribution = "weighted"
weights = { 1 = 1.0 }
[workload.jobs.durations]
distribution = "constant"
mean = "1 h"
"#;

const RIGHT: &str = r#"
[agreement.right]
calendar = "us_federal"
zone = "America/New_York"
[agreement.right.first_refusal]
grantor = "host"
holders = [HOLDERS]
from = "2025-01-14"
until = "2027-07-14"
election = "10 business days"
signing = "60 days"
tail = "90 days"
"#;

const OFFER: &str = r#"
[offer.new]
grantor = "host"
third = "third"
blocks = ["lab.new"]
before_ready = "60 days"
usd_per_mw_month = 150000.0
months = 60
"#;

fn right(holders: &str) -> String {
    RIGHT.replace("HOLDERS", holders)
}

fn world(text: &str) -> World {
    let reading = read(&Origin::Text { name: "t.toml".into(), text: format!("{BASE}{text}") }, &[]);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")))
}

/// Every fact of a run over these jobs.
fn facts(world: &World, jobs: Vec<(SimTime, Job)>) -> Vec<(SimTime, Fact)> {
    let mut simulation = simulation(world, &Typical::default());
    let mut found = Vec::new();
    let mut jobs = jobs.into_iter().peekable();
    simulation.run(&mut jobs, world.end, |now, facts| {
        found.extend(facts.drain(..).map(|fact| (now, fact)));
        ControlFlow::Continue(())
    });
    let rest = simulation.finish(|twin, now, context| twin.close(now, context));
    found.extend(rest.into_iter().map(|fact| (world.end, fact)));
    found
}

fn agreed(world: &World) -> Vec<(SimTime, AgreementFact)> {
    let only = |(now, fact)| match fact {
        // What a holder weighs is looked at by itself.
        Fact::Agreement(fact) => {
            Some((now, fact)).filter(|(_, fact)| !matches!(fact, AgreementFact::Decided { .. }))
        }
        _ => None,
    };
    facts(world, Vec::new()).into_iter().filter_map(only).collect()
}

/// What happened, in the words of the transitions.
fn words(facts: &[(SimTime, AgreementFact)]) -> Vec<String> {
    let word = |fact: &AgreementFact| match fact {
        AgreementFact::InForce { .. } => "in force".to_string(),
        AgreementFact::Offered { .. } => "offered".to_string(),
        AgreementFact::NotMade { .. } => "not made".to_string(),
        AgreementFact::Barred { .. } => "barred".to_string(),
        AgreementFact::Right { fact, .. } => fact.what.name(),
        AgreementFact::Decided { .. } => "decided".to_string(),
        AgreementFact::Closed { .. } => "closed freely".to_string(),
        AgreementFact::Withdrawn { .. } => "withdrawn".to_string(),
        AgreementFact::Allotted(_) => "allotted".to_string(),
        AgreementFact::Rung { .. } => "rung".to_string(),
        AgreementFact::Serving { barred: true, .. } => "serving barred".to_string(),
        AgreementFact::Serving { .. } => "serving freed".to_string(),
        AgreementFact::Backstop { fact, .. } => match fact {
            BackstopFact::Called { .. } => "called".to_string(),
            BackstopFact::FeeDue { .. } => "fee due".to_string(),
            BackstopFact::SteppedIn { .. } => "stepped in".to_string(),
            BackstopFact::Refused => "refused".to_string(),
        },
    };
    facts.iter().map(|(_, fact)| word(fact)).collect()
}

fn allotted(facts: &[(SimTime, AgreementFact)]) -> Vec<(SimTime, Allotment)> {
    let only = |(now, fact): &(SimTime, AgreementFact)| match fact {
        AgreementFact::Allotted(allotment) => Some((*now, *allotment)),
        _ => None,
    };
    facts.iter().filter_map(only).collect()
}

fn key(world: &World, id: base::id::PartnerId) -> &str {
    &world.partners[id.index()].key
}

fn at(text: &str) -> SimTime {
    SimTime::parse(text).unwrap()
}

#[test]
fn an_exercise_binds_the_block_to_the_holder_at_the_noticed_price() {
    let world = world(&(right("{ partner = \"holder\", decides = \"drawn\", probability = 1.0 }") + OFFER));
    let facts = agreed(&world);
    let expected =
        ["in force", "offered", "triggered", "clockstarted", "exercised", "contracting", "bound", "allotted"];
    assert_eq!(words(&facts), expected);
    let (when, allotment) = allotted(&facts)[0];
    // 60 days before the first of May.
    assert_eq!(when, at("2026-03-02"));
    assert_eq!((key(&world, allotment.host), key(&world, allotment.user)), ("host", "holder"));
    assert_eq!((allotment.kw, allotment.gpus, allotment.months), (1000, 64, 60));
    assert_eq!(allotment.price, Money(9_000_000 * Money::PER_USD));
}

#[test]
fn silence_until_the_last_business_day_leaves_the_block_to_the_third_party() {
    let world = world(&(right("{ partner = \"holder\" }") + OFFER));
    let facts = agreed(&world);
    let expected =
        ["in force", "offered", "triggered", "clockstarted", "lapsed", "tailopened", "closed", "allotted"];
    assert_eq!(words(&facts), expected);
    // Midnight UTC of Monday 2 March 2026 is Sunday evening in New York: received on Monday; ten business days later is
    // Monday 16 March, whose end in New York, in summer time since the 8th, is 04:00 UTC.
    let (when, allotment) = allotted(&facts)[0];
    assert_eq!(when, at("2026-03-17T04:00:00Z"));
    assert_eq!((key(&world, allotment.user), allotment.agreement), ("third", None));
}

#[test]
fn what_is_declined_goes_to_the_next_rank() {
    let world = world(
        &(right(
            "{ partner = \"holder\", decides = \"threshold\", usd_per_mw_month_at_most = 149999.0 }, \
             { partner = \"second\", rank = 2, decides = \"script\", exercises = [\"new\"], answers_after = \"3 days\" }",
        ) + OFFER),
    );
    let facts = agreed(&world);
    let (when, allotment) = allotted(&facts)[0];
    assert_eq!((when, key(&world, allotment.user)), (at("2026-03-05"), "second"));
    assert!(words(&facts).contains(&"declined".to_string()));
}

#[test]
fn a_threshold_weighs_the_price_and_the_jobs_that_wait() {
    let text = right(
        "{ partner = \"holder\", decides = \"threshold\", usd_per_mw_month_at_most = 150000.0, \
         shortage_mw_at_least = 0.5 }",
    ) + OFFER;
    let decided = |jobs: Vec<(SimTime, Job)>| {
        let mut found = facts(&world(&text), jobs).into_iter().filter_map(|(_, fact)| match fact {
            Fact::Agreement(AgreementFact::Decided { rate, shortage_kw, takes_kw, by, .. }) => {
                Some((rate, shortage_kw, takes_kw, by))
            }
            _ => None,
        });
        found.next().unwrap()
    };
    let usd = |usd: i64| Money(usd * Money::PER_USD);
    let by = DecidedBy::Threshold { highest: usd(150_000), shortage_kw: 500 };
    assert_eq!(decided(Vec::new()), (usd(150_000), 0, 0, by));
    // Two jobs of its tenant ask for all 64 accelerators of the site: one waits, and 64 of them are 1 MW of the block.
    let night = at("2026-03-01T20:00:00Z");
    let jobs = vec![(night, job(0, 1, 64)), (night, job(1, 1, 64))];
    assert_eq!(decided(jobs), (usd(150_000), 1000, 1000, by));
}

#[test]
fn a_right_of_one_who_buys_decides_who_provides() {
    let text = right("{ partner = \"holder\", decides = \"drawn\", probability = 1.0 }")
        .replace("grantor = \"host\"", "grantor = \"host\"\nside = \"buys\"");
    let world = world(&(text + &OFFER.replace("third = ", "side = \"buys\"\nthird = ")));
    let (_, allotment) = allotted(&agreed(&world))[0];
    assert_eq!((key(&world, allotment.host), key(&world, allotment.user)), ("holder", "host"));
}

#[test]
fn parts_go_to_holders_and_the_rest_to_the_third_party() {
    let text =
        right("{ partner = \"holder\", decides = \"drawn\", probability = 1.0, takes_at_most_mw = 0.3 }")
            .replace("signing = \"60 days\"", "least_part_mw = 0.2");
    let world = world(&(text + OFFER));
    let parts: Vec<(String, i64, u32, Money)> = allotted(&agreed(&world))
        .iter()
        .map(|(_, part)| (key(&world, part.user).to_string(), part.kw, part.gpus, part.price))
        .collect();
    let usd = |usd: i64| Money(usd * Money::PER_USD);
    // 300 of 1,000 kW are 19.2 of 64 accelerators: 19, and the rest the other 45.
    assert_eq!(
        parts,
        [("holder".into(), 300, 19, usd(2_700_000)), ("third".into(), 700, 45, usd(6_300_000))]
    );
}

#[test]
fn an_exclusivity_bars_a_third_party() {
    let exclusive = "[agreement.only.exclusivity]\nbeneficiary = \"holder\"\npromised_by = \"host\"\n\
                     scope = \"site is lab\"\nfrom = \"2025-01-01\"\nuntil = \"UNTIL\"\n";
    let barred = world(&(exclusive.replace("UNTIL", "2027-01-01") + OFFER));
    assert_eq!(words(&agreed(&barred)), ["in force", "barred"]);
    let over = world(&(exclusive.replace("UNTIL", "2026-02-01") + OFFER));
    assert_eq!(words(&agreed(&over)), ["in force", "offered", "closed freely", "allotted"]);
}

#[test]
fn versions_are_acted_on_from_the_day_on_which_they_are_known() {
    let ends = "[[agreement.right.version]]\neffective = \"2026-02-01\"\nknown = \"KNOWN\"\nends = true\n";
    let early = world(&(right("{ partner = \"holder\" }") + &ends.replace("KNOWN", "2026-02-15") + OFFER));
    let words_early = words(&agreed(&early));
    assert_eq!(words_early, ["in force", "in force", "ended", "offered", "closed freely", "allotted"]);
    // Known only after the clock has started: the clock is honoured, and then everything is free.
    let late = world(&(right("{ partner = \"holder\" }") + &ends.replace("KNOWN", "2026-03-10") + OFFER));
    let words_late = words(&agreed(&late));
    assert_eq!(
        words_late,
        [
            "in force",
            "offered",
            "triggered",
            "clockstarted",
            "in force",
            "ended",
            "lapsed",
            "free RightEnded",
            "closed free",
            "allotted"
        ]
    );
}

#[test]
fn amended_terms_hold_for_what_comes_after_them() {
    let amended = "[[agreement.right.version]]\neffective = \"2026-02-01\"\n\
                   [agreement.right.version.first_refusal]\nelection = \"5 business days\"\n";
    let world = world(&(right("{ partner = \"holder\" }") + amended + OFFER));
    let facts = agreed(&world);
    assert!(words(&facts).contains(&"amended".to_string()));
    // The end of Monday 9 March in New York.
    assert_eq!(allotted(&facts)[0].0, at("2026-03-10T04:00:00Z"));
}

#[test]
fn a_defective_notice_starts_no_clock() {
    let offer = OFFER.to_string() + "notice = [\"price\", \"length\"]\nnotice_again_after = \"14 days\"\n";
    let world = world(&(right("{ partner = \"holder\", decides = \"drawn\", probability = 1.0 }") + &offer));
    let facts = agreed(&world);
    assert_eq!(&words(&facts)[2..5], ["triggered", "defective", "clockstarted"]);
    assert_eq!(allotted(&facts)[0].0, at("2026-03-16"));
}

#[test]
fn better_terms_for_the_third_party_need_a_new_notice() {
    let change = "[[offer.new.change]]\nat = \"2026-03-20\"\nusd_per_mw_month = 120000.0\n";
    let holder = "{ partner = \"holder\", decides = \"threshold\", usd_per_mw_month_at_most = 130000.0 }";
    let offer = OFFER.to_string() + "closes_after = \"30 days\"\n" + change;
    let world = world(&(right(holder) + &offer));
    let facts = agreed(&world);
    assert!(words(&facts).contains(&"revived BetterTerms".to_string()), "{:?}", words(&facts));
    let (when, allotment) = allotted(&facts)[0];
    assert_eq!((when, key(&world, allotment.user)), (at("2026-03-20"), "holder"));
    assert_eq!(allotment.price, Money(7_200_000 * Money::PER_USD));
}

#[test]
fn a_second_offer_on_a_block_waits_for_the_first() {
    let second = OFFER.replace("[offer.new]", "[offer.other]").replace("60 days", "50 days");
    let world = world(&(right("{ partner = \"holder\" }") + OFFER + &second));
    let facts = agreed(&world);
    let made = facts.iter().find_map(|(_, fact)| match fact {
        AgreementFact::NotMade { offer, open, .. } => Some((*offer, *open)),
        _ => None,
    });
    assert_eq!(made, Some((2, Some(1))));
}

#[test]
fn what_is_left_of_a_withdrawn_offer_can_be_offered_again() {
    // The holder takes 0.3 MW and signs after the offer for the rest was withdrawn: its contract stands.
    let text = right(
        "{ partner = \"holder\", decides = \"drawn\", probability = 1.0, takes_at_most_mw = 0.3, signs_after = \"20 days\" }",
    )
    .replace("tail = ", "least_part_mw = 0.2\ntail = ");
    let first = OFFER.to_string() + "closes_after = \"30 days\"\nwithdrawn = \"2026-03-12\"\n";
    let again = OFFER
        .replace("[offer.new]", "[offer.again]")
        .replace("before_ready = \"60 days\"", "at = \"2026-04-01\"");
    let world = world(&(text + &first + &again));
    let parts: Vec<(u64, &str, i64)> = allotted(&agreed(&world))
        .iter()
        .map(|(_, part)| (part.offer, key(&world, part.user), part.kw))
        .collect();
    assert_eq!(parts[0], (1, "holder", 300));
    let rest: i64 = parts.iter().filter(|(offer, ..)| *offer == 2).map(|(.., kw)| kw).sum();
    assert_eq!(rest, 700, "{parts:?}");
}

#[test]
fn a_ladder_is_climbed_as_blocks_are_energised() {
    let text = r#"
[agreement.ladder.milestone_capital]
giver = "holder"
taker = "host"
rung = [
    { name = "one", when = "energised_mw at least 1", usd = 1e9 },
    { name = "two", when = "energised_mw at least 2 and share_price at least 600", usd = 2e9 },
    { name = "late", when = "energised_mw at least 3", usd = 3e9, until = "2026-08-01" },
    { name = "lost", when = "energised_mw at least 4", usd = 4e9 },
]
observed = [{ at = "2026-06-01", attribute = "share_price", is = "600" }]
"#;
    let world = world(text);
    let rungs: Vec<(SimTime, u32, RungOutcome)> = agreed(&world)
        .iter()
        .filter_map(|(now, fact)| match fact {
            AgreementFact::Rung { rung, outcome, .. } => Some((*now, *rung, *outcome)),
            _ => None,
        })
        .collect();
    let released = |billions: i64| {
        RungOutcome::Released(Award::Capital(Money(billions * 1_000_000_000 * Money::PER_USD)))
    };
    assert_eq!(
        rungs,
        [
            (at("2026-01-05"), 0, released(1)),
            (at("2026-06-01"), 1, released(2)),
            (at("2026-08-01"), 2, RungOutcome::Lapsed),
            (at("2026-08-01"), 3, RungOutcome::Lost),
        ]
    );
}

/// A job of a tenant that asks for this many accelerators for a day.
fn job(number: u64, tenant: u32, gpus: u32) -> Job {
    Job {
        number,
        workload: base::id::WorkloadId(0),
        tenant: base::id::TenantId(tenant),
        home: None,
        priority: 0,
        demand: Demand::gpus(gpus),
        accelerators: AcceleratorSet::ANY,
        runtime: Span::DAY,
        requested: Span::DAY,
    }
}

fn started(facts: &[(SimTime, Fact)], wanted: u64) -> Option<SimTime> {
    facts.iter().find_map(|(now, fact)| match fact {
        Fact::JobStarted { job, .. } if *job == wanted => Some(*now),
        _ => None,
    })
}

#[test]
fn the_accelerators_of_a_bound_block_are_for_the_tenants_of_its_partner() {
    // Tenants in the order of their keys: 0 nobody's, 1 the holder's, 2 the third party's.
    let world_with = |holders: &str| {
        world(&(right(holders) + &OFFER.replace("lab.new", "lab.old").replace("60 days", "300 days")))
    };
    let exercised = world_with("{ partner = \"holder\", decides = \"drawn\", probability = 1.0 }");
    let lapsed = world_with("{ partner = \"holder\" }");
    let noon = at("2026-02-01T12:00:00Z");
    let jobs = || (0..3).map(|tenant| (noon, job(u64::from(tenant), tenant, 64))).collect::<Vec<_>>();
    let starts = |world: &World| {
        let facts = facts(world, jobs());
        [0, 1, 2].map(|job| started(&facts, job))
    };
    // The old block is bound: nobody else runs until the new one, which nobody has bound, comes in May.
    let may = at("2026-05-01");
    assert_eq!(starts(&exercised), [Some(may), Some(noon), Some(may + Span::DAY)]);
    assert_eq!(starts(&lapsed), [Some(may), Some(may + Span::DAY), Some(noon)]);
}

#[test]
fn the_order_of_the_file_and_a_stop_on_the_way_change_nothing() {
    let offers = ["lab.new", "lab.old"].map(|block| {
        OFFER
            .replace("[offer.new]", &format!("[offer.{}]", block.replace('.', "-")))
            .replace("lab.new", block)
            .replace("before_ready = \"60 days\"", "at = \"2026-03-02\"\nprice_sigma = 0.3")
    });
    let holders =
        "{ partner = \"holder\", decides = \"drawn\", probability = 0.5 }, { partner = \"second\" }";
    let (first, second) = (offers[0].clone() + &offers[1], offers[1].clone() + &offers[0]);
    let one = world(&(right(holders) + &first));
    let other = world(&(second + &right(holders)));
    let straight = facts(&one, Vec::new());
    assert_eq!(straight, facts(&other, Vec::new()));
    // A snapshot in the middle of the clocks.
    let mut simulation = simulation(&one, &Typical::default());
    let mut found = Vec::new();
    let mut jobs = std::iter::empty().peekable();
    for until in [at("2026-03-05"), one.end] {
        simulation.run(&mut jobs, until, |now, facts| {
            found.extend(facts.drain(..).map(|fact| (now, fact)));
            ControlFlow::Continue(())
        });
        let bytes = postcard::to_stdvec(&simulation).unwrap();
        simulation = postcard::from_bytes(&bytes).unwrap();
    }
    let rest = simulation.finish(|twin, now, context| twin.close(now, context));
    found.extend(rest.into_iter().map(|fact| (one.end, fact)));
    assert_eq!(found, straight);
}

#[test]
fn without_the_agreement_the_third_party_has_the_block() {
    let world = world(&(right("{ partner = \"holder\", decides = \"drawn\", probability = 1.0 }") + OFFER));
    let without = world.without("right").unwrap();
    assert_eq!(words(&agreed(&without)), ["offered", "closed freely", "allotted"]);
    assert_eq!(key(&without, allotted(&agreed(&without))[0].1.user), "third");
    assert!(world.without("rite").is_none());
}

#[test]
fn what_a_right_says_names_the_clause_and_the_notice() {
    let world = world(&(right("{ partner = \"holder\" }") + OFFER));
    let mut notices = Vec::new();
    for (_, fact) in agreed(&world) {
        let AgreementFact::Right { fact, .. } = fact else { continue };
        assert!(!fact.clause.to_string().is_empty());
        match fact.what {
            What::Triggered { .. } => assert_eq!(fact.notice, 0),
            _ => notices.push(fact.notice),
        }
    }
    notices.dedup();
    assert!(notices.len() == 1 && notices[0] != 0, "{notices:?}");
}

#[test]
fn events_are_small_beside_those_of_jobs() {
    // The queue holds millions of events: agreements must not make each larger than building does.
    assert!(size_of::<Event>() <= 20, "{}", size_of::<Event>());
}
