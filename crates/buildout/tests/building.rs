//! Blocks that can be followed by hand: dates, sites, systems, re-equipping.
#![allow(clippy::unwrap_used)]

mod run;

use base::id::{BlockId, SystemId};
use base::{SimTime, Span};
use buildout::plan::{BlockPlan, Reequip, Slip, Stage, Vintage};
use buildout::{BuildFact, DateFrom, Milestone, Want};
use run::{block, day, days, plan, run, stage};

#[test]
fn a_block_without_slip_reaches_every_milestone_on_its_date() {
    let (told, _) = run(plan(1, vec![block("b", 0)]));
    let dates = ["2026-03-01", "2026-06-01", "2026-08-01", "2026-10-01", "2026-11-01"];
    for (milestone, date) in Milestone::ALL.into_iter().zip(dates) {
        assert_eq!(told.reached(0, milestone), Some(day(date)), "{milestone:?}");
    }
    assert_eq!(told.energised, [(day("2026-11-01"), BlockId(0), SystemId(0), 100)]);
    let forecasts = told.build.iter().filter(|(_, fact)| matches!(fact, BuildFact::Forecast { .. })).count();
    assert_eq!(forecasts, 5, "nothing is revised");
}

#[test]
fn work_that_began_before_the_run_goes_on_where_it_was() {
    for start in ["2026-02-01", "2026-07-07", "2026-08-15", "2026-10-15"] {
        let mut plan = plan(1, vec![block("b", 0)]);
        plan.start = day(start);
        let (told, _) = run(plan);
        assert_eq!(told.reached(0, Milestone::LandCleared), Some(day("2026-03-01")), "from {start}");
        assert_eq!(told.energised(0), Some(day("2026-11-01")), "from {start}");
    }
    let mut late = plan(1, vec![block("b", 0)]);
    late.start = day("2027-01-01");
    let (told, _) = run(late);
    assert_eq!(
        told.energised,
        [(day("2027-01-01"), BlockId(0), SystemId(0), 100)],
        "it works from the start"
    );
    assert_eq!(told.energised(0), Some(day("2026-11-01")), "and did before");
}

#[test]
fn a_block_that_says_only_when_it_works_works_then() {
    let mut only = block("b", 0);
    only.stages.drain(..4);
    let (told, _) = run(plan(1, vec![only.clone()]));
    assert_eq!(told.energised(0), Some(day("2026-11-01")));
    // With 60 days to put systems in they are delivered so much before.
    only.manner.install = Span::DAY * 60;
    let (told, _) = run(plan(1, vec![only]));
    assert_eq!(told.energised(0), Some(day("2026-11-01")));
    let delivered = told.build.iter().find(|(_, fact)| matches!(fact, BuildFact::Delivered { .. })).unwrap();
    assert_eq!(delivered.0, day("2026-11-01") - Span::DAY * 60);
}

/// A block whose building is to be done in August 2026 and whose systems come at once on a later day.
fn later_delivery(key: &str, date: &str) -> BlockPlan {
    let mut own = block(key, 0);
    own.stages[3] = stage(Milestone::SystemsInstalled, date);
    own.stages[4] = stage(Milestone::Energised, date);
    own.systems_from = Some(day(date));
    own
}

#[test]
fn systems_do_not_come_before_their_day_and_wait_for_their_building() {
    let (told, _) = run(plan(1, vec![later_delivery("b", "2027-02-01")]));
    assert_eq!(told.reached(0, Milestone::PowerOn), Some(day("2026-08-01")));
    assert_eq!(told.energised(0), Some(day("2027-02-01")), "the building is done half a year before");
    // Twice the time: 424 days instead of 212, until the end of February 2027.
    let mut late = later_delivery("b", "2027-02-01");
    late.manner.slip = Slip { median: 2.0, ..Slip::default() };
    let (told, _) = run(plan(1, vec![late.clone()]));
    assert_eq!(told.energised(0), Some(day("2027-03-01")), "systems that stand at once slip by nothing");
    // Half as much more fits into the time that it has.
    late.manner.slip = Slip { median: 1.5, delay: Span::DAY, ..Slip::default() };
    let (told, _) = run(plan(1, vec![late]));
    assert_eq!(told.energised(0), Some(day("2027-02-01")));
    let mut before = plan(1, vec![later_delivery("b", "2026-12-01")]);
    before.start = day("2027-01-01");
    let (told, _) = run(before);
    assert_eq!(told.energised(0), Some(day("2026-12-01")), "what came before the run was there");
}

#[test]
fn nobody_builds_while_a_building_waits_for_its_systems() {
    let mut own = later_delivery("b", "2027-02-01");
    own.manner.people_per_mw = [1.0; 5];
    let (told, _) = run(plan(1, vec![own]));
    let people: Vec<(SimTime, u32)> = (told.build.iter())
        .filter_map(|(at, fact)| match fact {
            BuildFact::People { construction, .. } => Some((*at, *construction)),
            _ => None,
        })
        .collect();
    assert_eq!(people, [(day("2026-01-01"), 100), (day("2026-08-01"), 0)]);
}

#[test]
fn blocks_of_one_building_slip_as_one() {
    let slip = Slip { sigma: 0.4, delay: Span::DAY * 10, delay_sigma: 0.3, ..Slip::default() };
    let with = |key: &str, building: Option<&str>| {
        let mut own = block(key, 0);
        own.manner.slip = slip;
        own.building = building.map(str::to_owned);
        own
    };
    let of = |blocks: Vec<BlockPlan>| {
        let (told, _) = run(plan(1, blocks));
        [0, 1].map(|block| told.reached(block, Milestone::PowerOn))
    };
    let [first, second] = of(vec![with("a", Some("hall")), with("b", Some("hall"))]);
    assert!(first.is_some() && first == second);
    let [first, second] = of(vec![with("a", None), with("b", None)]);
    assert_ne!(first, second);
    // A building is not the block of its name.
    let [first, second] = of(vec![with("a", None), with("b", Some("a"))]);
    assert_ne!(first, second);
}

#[test]
fn a_site_without_power_holds_up_its_blocks() {
    let mut plan = plan(1, vec![block("b", 0)]);
    plan.sites[0].stages = vec![stage(Milestone::PowerOn, "2026-09-01")];
    let (told, _) = run(plan);
    assert_eq!(told.reached(0, Milestone::Shell), Some(day("2026-06-01")), "the shell needs no power");
    assert_eq!(told.reached(0, Milestone::PowerOn), Some(day("2026-09-01")));
    assert_eq!(told.energised(0), Some(day("2026-12-02")), "31 days later, like all after it");
    let waits = |fact: &BuildFact| matches!(fact, BuildFact::GoesOn { want: Want::Site, waited, .. } if *waited == Span::DAY * 31);
    assert!(told.build.iter().any(|(_, fact)| waits(fact)));
}

#[test]
fn a_block_without_a_power_milestone_waits_for_the_power_of_its_site() {
    let mut own = block("b", 0);
    own.stages.drain(..3);
    let mut empty = own.clone();
    (empty.key, empty.equipment) = ("c".into(), Vec::new());
    let mut plan = plan(1, vec![own, empty]);
    plan.sites[0].stages = vec![stage(Milestone::PowerOn, "2026-12-24")];
    let (told, _) = run(plan);
    for block in 0..2 {
        assert_eq!(told.reached(block, Milestone::SystemsInstalled), Some(day("2026-10-01")));
        assert_eq!(told.energised(block), Some(day("2026-12-24")));
    }
}

#[test]
fn what_was_revised_is_said_when_it_became_known() {
    let mut own = block("b", 0);
    let vintage = |due, known| Vintage { due: day(due), known: day(known) };
    own.stages = vec![Stage {
        milestone: Milestone::Energised,
        vintages: vec![
            vintage("2026-04-01", "2026-01-01"),
            vintage("2026-05-23", "2026-03-15"),
            vintage("2026-06-01", "2026-06-01"),
        ],
    }];
    let (told, _) = run(plan(1, vec![own]));
    let said: Vec<(SimTime, SimTime)> = told
        .build
        .iter()
        .filter_map(|(now, fact)| match fact {
            BuildFact::Forecast { due, from, .. } => {
                assert_eq!(*from, DateFrom::Announced, "nothing slips");
                Some((*now, *due))
            }
            _ => None,
        })
        .collect();
    let expected = [("2026-01-01", "2026-04-01"), ("2026-03-15", "2026-05-23"), ("2026-06-01", "2026-06-01")];
    assert_eq!(said, expected.map(|(now, due)| (day(now), day(due))));
    assert_eq!(told.energised(0), Some(day("2026-06-01")), "what was known when it came is what happened");
    let promised = told.build.iter().find_map(|(_, fact)| match fact {
        BuildFact::Reached { promised, .. } => Some(*promised),
        _ => None,
    });
    assert_eq!(promised, Some(day("2026-04-01")), "the first date counts as the promise");
}

#[test]
fn scarce_systems_come_in_weekly_parts_to_who_is_due_first() {
    let (mut first, mut second) = (block("b", 0), block("a", 0));
    first.stages.truncate(3);
    first.stages.push(stage(Milestone::Energised, "2026-10-01"));
    second.stages.truncate(3);
    second.stages.push(stage(Milestone::Energised, "2026-10-02"));
    for own in [&mut first, &mut second] {
        own.manner.install = Span::DAY * 30;
    }
    let mut plan = plan(1, vec![second, first]);
    plan.systems[0].supply = vec![(day("2026-01-01"), 130)];
    let (told, _) = run(plan);
    // Wanted on 1 and 2 September; by then 90 of the quarter's 130 may be delivered: 1 is index 1, `b`.
    let delivered: Vec<(SimTime, u32, u32)> = told
        .build
        .iter()
        .filter_map(|(now, fact)| match fact {
            BuildFact::Delivered { block, count, .. } => Some((*now, block.0, *count)),
            _ => None,
        })
        .collect();
    assert_eq!(delivered[..2], [(day("2026-09-01"), 1, 90), (day("2026-09-02"), 1, 10)], "{delivered:?}");
    assert_eq!(delivered[2], (day("2026-09-09"), 0, 10), "what is left goes to the other, week by week");
    let all: u32 = delivered.iter().map(|(_, _, count)| count).sum();
    assert_eq!(all, 200);
    let until_september: u32 =
        delivered.iter().filter(|(now, ..)| *now < day("2026-10-01")).map(|(.., count)| count).sum();
    assert_eq!(until_september, 130, "not one more than the quarter gives");
    // Each part works 30 days after it came, but the first no sooner than the block.
    for ((came, at, count), (works, own, _, parts)) in delivered.iter().zip(&told.energised) {
        assert_eq!((BlockId(*at), count), (*own, parts));
        assert_eq!(days(*came, *works), 30.0);
    }
    let last = delivered.iter().filter(|(_, at, _)| *at == 0).map(|(now, ..)| *now).max().unwrap();
    assert_eq!(told.energised(0), Some(last + Span::DAY * 30));
}

#[test]
fn a_higher_priority_goes_first() {
    let (mut first, mut second) = (block("a", 0), block("b", 0));
    second.priority = 1;
    first.stages.truncate(3);
    first.stages.push(stage(Milestone::Energised, "2026-10-01"));
    second.stages = first.stages.clone();
    let mut plan = plan(1, vec![first, second]);
    plan.systems[0].supply = vec![(day("2026-01-01"), 130)];
    let (told, _) = run(plan);
    assert!(told.energised(1) < told.energised(0));
}

/// Eighty systems of the second product in place of those that are there, from June 2027 on.
fn later_generation() -> Reequip {
    Reequip {
        date: day("2027-06-01"),
        drain: Span::DAY * 7,
        install: Span::DAY * 45,
        equipment: vec![(SystemId(1), 80)],
    }
}

#[test]
fn a_block_gets_a_later_generation_and_the_old_one_goes() {
    let mut own = block("b", 0);
    own.reequip = vec![later_generation()];
    let (told, _) = run(plan(1, vec![own]));
    assert_eq!(told.retired, [(day("2027-06-08"), BlockId(0))]);
    assert_eq!(told.energised[1], (day("2027-06-08") + Span::DAY * 45, BlockId(0), SystemId(1), 80));
    let gone = told.build.iter().find_map(|(_, fact)| match fact {
        BuildFact::Retired { system, count, nodes, gpus, .. } => Some((system.0, *count, *nodes, *gpus)),
        _ => None,
    });
    assert_eq!(gone, Some((0, 100, 1800, 7200)));
    let again =
        told.build.iter().find(|(_, fact)| matches!(fact, BuildFact::Reached { round: 1, .. })).unwrap();
    assert_eq!(again.0, day("2027-06-08") + Span::DAY * 45);
}

/// What a re-equipping did before the run is not done again in it.
#[test]
fn a_re_equipping_before_the_run_has_happened() {
    let at = |start: &str| {
        let mut own = block("b", 0);
        own.reequip = vec![later_generation()];
        let mut plan = plan(1, vec![own]);
        plan.start = day(start);
        // Nobody could deliver any more of them.
        plan.systems[1].supply = vec![(day("2027-07-01"), 0)];
        run(plan).0
    };
    let works = day("2027-06-08") + Span::DAY * 45;
    let done = at("2028-01-01");
    assert_eq!(done.energised.last(), Some(&(day("2028-01-01"), BlockId(0), SystemId(1), 80)));
    let reached = done.build.iter().find_map(|(_, fact)| match fact {
        BuildFact::Reached { round: 1, at, promised, .. } => Some((*at, *promised)),
        _ => None,
    });
    assert_eq!(reached, Some((works, works)), "on its date");
    // The old systems have gone and the new ones are being installed.
    let between = at("2027-07-01");
    assert_eq!(between.retired, [(day("2027-07-01"), BlockId(0))]);
    assert_eq!(between.energised.last(), Some(&(works, BlockId(0), SystemId(1), 80)));
    // The old ones are drained.
    let before = at("2027-06-03");
    assert_eq!(before.retired, [(day("2027-06-08"), BlockId(0))]);
}

#[test]
fn people_come_with_the_work_and_stay_with_the_machines() {
    let mut own = block("b", 0);
    own.manner.people_per_mw = [1.0, 5.0, 4.0, 2.0, 1.0];
    own.manner.permanent_per_mw = 0.25;
    let (told, _) = run(plan(1, vec![own]));
    let people: Vec<(SimTime, u32, u32)> = told
        .build
        .iter()
        .filter_map(|(now, fact)| match fact {
            BuildFact::People { construction, permanent, .. } => Some((*now, *construction, *permanent)),
            _ => None,
        })
        .collect();
    let expected = [
        ("2026-01-01", 100, 0),
        ("2026-03-01", 500, 0),
        ("2026-06-01", 400, 0),
        ("2026-08-01", 200, 0),
        ("2026-10-01", 100, 0),
        ("2026-11-01", 0, 25),
    ];
    assert_eq!(people, expected.map(|(date, building, running)| (day(date), building, running)));
}
