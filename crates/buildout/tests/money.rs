//! Capital that can be followed by hand: who pays what, when it runs out, what interest comes to.
#![allow(clippy::unwrap_used)]

mod run;

use base::id::{BlockId, SiteId, TrancheId};
use base::{Money, SimTime, Span};
use buildout::plan::*;
use buildout::{BuildFact, BuildOut, CapitalFact, Instrument, InterestPart, Milestone, Purpose, Want};
use run::{Told, block, day, plan, run, tranche, usd};

/// A block that costs 10, 500, 300, 200 and 40 M$ for land, shell, power, cooling and network, and 200 M$ for systems
/// where they cost 2 M$ each: 1,250 M$.
fn dear(key: &str) -> BlockPlan {
    let mut own = block(key, 0);
    for (purpose, millions) in [
        (Purpose::Land, 10.0),
        (Purpose::Shell, 500.0),
        (Purpose::Power, 300.0),
        (Purpose::Cooling, 200.0),
        (Purpose::Network, 40.0),
    ] {
        own.manner.cost[purpose.index()] = usd(millions * 1e6);
    }
    own
}

fn funded(blocks: Vec<BlockPlan>, tranches: Vec<Tranche>) -> Plan {
    let mut plan = plan(1, blocks);
    plan.systems[0].price = Some(usd(2e6));
    plan.capital = Some(Capital { tranches, ..Capital::default() });
    plan
}

fn stopped(told: &Told) -> Option<(SimTime, u32, Money)> {
    told.capital.iter().find_map(|(_, fact)| match fact {
        CapitalFact::Stopped { since, blocks, missing } => Some((*since, *blocks, *missing)),
        _ => None,
    })
}

/// Of a building that was done before the run only what its systems bring is paid in it.
#[test]
fn a_building_that_waits_for_its_systems_is_not_paid_twice() {
    for with_installation in [true, false] {
        let mut own = dear("b");
        own.systems_from = Some(day("2027-03-01"));
        own.stages[3] = run::stage(Milestone::SystemsInstalled, "2027-04-01");
        own.stages[4] = run::stage(Milestone::Energised, "2027-05-01");
        if !with_installation {
            own.stages.remove(3);
        }
        let mut plan = funded(vec![own], vec![tranche("t", Instrument::Equity, 1250e6)]);
        plan.start = day("2026-10-01");
        let (told, _) = run(plan);
        assert_eq!(told.energised(0), Some(day("2027-05-01")), "{with_installation}");
        for purpose in [Purpose::Land, Purpose::Shell, Purpose::Power, Purpose::Cooling] {
            assert_eq!(told.spent(Some(purpose)), 0.0, "{purpose:?}, {with_installation}");
        }
        assert_eq!(told.spent(Some(Purpose::Systems)), 200e6);
        assert_eq!(told.spent(Some(Purpose::Network)), 40e6);
    }
}

#[test]
fn a_block_costs_its_plan_to_the_micro_dollar_and_is_on_time() {
    for draw in [Draw::Even, Draw::SCurve, Draw::Early, Draw::Late] {
        let mut own = dear("b");
        own.manner.draw = draw;
        let (told, machine) = run(funded(vec![own], vec![tranche("t", Instrument::Equity, 1250e6)]));
        assert_eq!(told.energised(0), Some(day("2026-11-01")));
        for (purpose, millions) in [
            (Purpose::Land, 10.0),
            (Purpose::Shell, 500.0),
            (Purpose::Power, 300.0),
            (Purpose::Cooling, 200.0),
            (Purpose::Systems, 200.0),
            (Purpose::Network, 40.0),
        ] {
            assert_eq!(told.spent(Some(purpose)), millions * 1e6, "{purpose:?} by {draw:?}");
        }
        let (called, spent, hand) = machine.funds().unwrap().sums();
        assert_eq!((called, spent, hand), (1_250_000_000_000_000, 1_250_000_000_000_000, 0));
        assert_eq!(stopped(&told), None);
    }
}

/// Dollars spent on the shell until a date.
fn shell_until(told: &Told, date: SimTime) -> f64 {
    let spent = |(now, fact): &(SimTime, CapitalFact)| match fact {
        CapitalFact::Spent { purpose: Purpose::Shell, amount, .. } if *now < date => amount.usd(),
        _ => 0.0,
    };
    told.capital.iter().map(spent).sum()
}

#[test]
fn money_is_drawn_along_the_curve() {
    // Building takes 212 days until power is on; the first 59 of them clear the land, in two steps of 29.5 days. What is
    // due when land is cleared is paid when the second of them begins.
    let x: f64 = 59.0 / 212.0;
    for (draw, share) in [(Draw::Even, x), (Draw::SCurve, x * x * (3.0 - 2.0 * x)), (Draw::Late, x * x)] {
        let mut own = dear("b");
        own.manner.draw = draw;
        let (told, _) = run(funded(vec![own], vec![tranche("t", Instrument::Equity, 2e9)]));
        let spent = shell_until(&told, day("2026-03-01"));
        assert!((spent - 500e6 * share).abs() < 1.0, "{draw:?}: {spent}, not {}", 500e6 * share);
    }
}

#[test]
fn what_was_spent_before_the_run_is_not_paid_again() {
    let mut plan = funded(vec![dear("b")], vec![tranche("t", Instrument::Equity, 2e9)]);
    plan.start = day("2026-06-01");
    let (told, _) = run(plan);
    assert_eq!(told.spent(Some(Purpose::Land)), 0.0);
    let x: f64 = 151.0 / 212.0;
    let rest = 500e6 * (1.0 - x * x * (3.0 - 2.0 * x));
    assert!((told.spent(Some(Purpose::Shell)) - rest).abs() < 1.0);
    assert_eq!(told.spent(Some(Purpose::Systems)), 200e6);
    assert_eq!(told.energised(0), Some(day("2026-11-01")));
}

#[test]
fn a_budget_that_is_too_small_stops_building_and_says_what_is_missing() {
    let (told, machine) = run(funded(vec![dear("b")], vec![tranche("t", Instrument::Equity, 900e6)]));
    assert_eq!(told.energised(0), None);
    let (since, blocks, missing) = stopped(&told).unwrap();
    assert_eq!(blocks, 1);
    assert_eq!(missing, usd(350e6), "1,250 less 900");
    assert!(since >= day("2026-06-01") && since < day("2026-08-01"), "{since}");
    let short = told.capital.iter().find(|(_, fact)| matches!(fact, CapitalFact::Short { .. })).unwrap();
    assert_eq!(short.0, since);
    let (called, spent, hand) = machine.funds().unwrap().sums();
    assert_eq!(called, spent + hand);
    assert!(spent < 900_000_000_000_000);
}

#[test]
fn money_that_comes_late_moves_the_milestones_by_the_wait() {
    let mut late = tranche("u", Instrument::Equity, 2e9);
    late.from = day("2026-09-17");
    let mut own = dear("b");
    own.manner.draw = Draw::Even;
    let (told, _) = run(funded(vec![own], vec![tranche("t", Instrument::Equity, 900e6), late]));
    let waited: Vec<Span> = told
        .build
        .iter()
        .filter_map(|(_, fact)| match fact {
            BuildFact::GoesOn { want: Want::Money, waited, .. } => Some(*waited),
            _ => None,
        })
        .collect();
    assert_eq!(waited.len(), 1);
    assert_eq!(told.reached(0, Milestone::PowerOn), Some(day("2026-08-01") + waited[0]));
    assert_eq!(told.energised(0), Some(day("2026-11-01") + waited[0]));
    assert_eq!(stopped(&told), None);
}

#[test]
fn a_tranche_opens_when_its_milestone_is_reached_or_enough_is_energised() {
    let mut second = dear("c");
    second.begun = day("2027-01-01");
    for stage in &mut second.stages {
        stage.vintages[0].due += Span::DAY * 365;
    }
    let conditions = [
        Condition::Block(BlockId(0), Milestone::Energised),
        Condition::Energised(base::ItPower::from_mw(100.0), vec![SiteId(0)]),
        Condition::EnergisedShare(0.5, Vec::new()),
    ];
    for condition in conditions {
        let mut later = tranche("u", Instrument::Debt, 1250e6);
        later.conditions = vec![condition.clone()];
        let tranches = vec![tranche("t", Instrument::Equity, 1250e6), later];
        let (told, _) = run(funded(vec![dear("b"), second.clone()], tranches));
        let opened = told.capital.iter().find_map(|(now, fact)| match fact {
            CapitalFact::Opened { tranche: TrancheId(1), .. } => Some(*now),
            _ => None,
        });
        assert_eq!(opened, Some(day("2026-11-01")), "{condition:?}");
        assert_eq!(told.energised(1), Some(day("2027-11-01")));
        assert_eq!((told.called(0), told.called(1)), (1250e6, 1250e6));
    }
}

#[test]
fn debt_comes_with_equity_or_after_it() {
    for (funding, equity, debt) in [
        (Funding::ProRata, 500e6, 750e6),
        (Funding::EquityFirst, 1000e6, 250e6),
        (Funding::DebtFirst, 0.0, 1250e6),
    ] {
        let tranches = vec![tranche("e", Instrument::Equity, 1e9), tranche("d", Instrument::Debt, 1.5e9)];
        let mut plan = funded(vec![dear("b")], tranches);
        plan.capital.as_mut().unwrap().funding = funding;
        let (told, _) = run(plan);
        assert!((told.called(0) - equity).abs() < 1e-3, "{funding:?}: {}", told.called(0));
        assert!((told.called(1) - debt).abs() < 1e-3, "{funding:?}: {}", told.called(1));
    }
}

#[test]
fn money_for_one_purpose_pays_for_nothing_else() {
    let mut systems = tranche("vendor", Instrument::Debt, 1e9);
    systems.purposes = vec![Purpose::Systems];
    let mut elsewhere = tranche("elsewhere", Instrument::Equity, 1e9);
    elsewhere.sites = vec![SiteId(1)];
    let mut plan =
        funded(vec![dear("b")], vec![elsewhere, tranche("t", Instrument::Equity, 1050e6), systems]);
    plan.sites.push(SitePlan { key: "s1".into(), ..SitePlan::default() });
    plan.capital.as_mut().unwrap().funding = Funding::DebtFirst;
    let (told, _) = run(plan);
    assert_eq!((told.called(0), told.called(1), told.called(2)), (0.0, 1050e6, 200e6));
    assert_eq!(told.energised(0), Some(day("2026-11-01")));
}

#[test]
fn money_is_called_in_lots_and_lies_in_hand() {
    let mut lots = tranche("t", Instrument::Equity, 2e9);
    lots.lot = usd(300e6);
    let (told, machine) = run(funded(vec![dear("b")], vec![lots]));
    assert_eq!(told.called(0), 1500e6);
    assert_eq!(machine.funds().unwrap().sums().2, 250_000_000_000_000);
    let mut at_once = tranche("t", Instrument::Equity, 2e9);
    at_once.at_once = true;
    let (told, machine) = run(funded(vec![dear("b")], vec![at_once]));
    let first = told.capital.iter().find(|(_, fact)| matches!(fact, CapitalFact::Called { .. })).unwrap();
    assert_eq!(first.0, day("2026-01-01"));
    assert_eq!(machine.funds().unwrap().sums().2, 750_000_000_000_000);
}

#[test]
fn a_tranche_that_lapses_can_be_called_no_more() {
    let mut short = tranche("t", Instrument::Equity, 2e9);
    short.until = Some(day("2026-07-15"));
    let (told, _) = run(funded(vec![dear("b")], vec![short]));
    assert_eq!(told.energised(0), None);
    assert!(stopped(&told).unwrap().0 >= day("2026-07-15"));
    let lapsed = told.capital.iter().find_map(|(now, fact)| match fact {
        CapitalFact::Lapsed { amount, .. } => Some((*now, amount.usd() + told.called(0))),
        _ => None,
    });
    assert_eq!(lapsed, Some((day("2026-07-15"), 2e9)));
}

/// Two blocks with the same dates, money for one and a half.
fn rivals(waiting: Waiting) -> Told {
    let (mut small, mut large) = (dear("a"), dear("b"));
    large.priority = 1;
    small.manner.cost = small.manner.cost.map(|cost| Money(cost.0 / 4));
    small.equipment[0].1 = 10;
    large.equipment[0].1 = 1000;
    let mut plan = funded(vec![small, large], vec![tranche("t", Instrument::Equity, 2.2e9)]);
    plan.capital.as_mut().unwrap().waiting = waiting;
    run(plan).0
}

#[test]
fn nobody_overtakes_unless_the_scenario_lets_them() {
    // The large block takes all that is left for as many of its systems as that pays, and both stand still.
    let told = rivals(Waiting::InOrder);
    assert_eq!((told.energised(0), told.energised(1)), (None, None));
    let came: u32 = told.energised.iter().filter(|(_, own, ..)| own.0 == 1).map(|(.., count)| count).sum();
    assert!(came > 300 && came < 1000, "it is equipped in part: {came}");
    assert_eq!(stopped(&told).unwrap().1, 2);
    // 1,050 + 2,000 for the large one, 262.5 + 20 for the small one, of which building is done when money runs out.
    let missing = stopped(&told).unwrap().2.usd() + told.spent(None);
    assert!((missing - 3322.5e6).abs() < 2.1e6 || (missing - 2.2e9).abs() > 1e6, "{missing}");
    let told = rivals(Waiting::WhoeverFits);
    assert_eq!(told.energised(1), None);
}

#[test]
fn what_building_costs_above_its_plan_comes_out_of_contingency() {
    let mut own = dear("b");
    (own.manner.overrun_median, own.manner.contingency) = (1.2, 0.1);
    let (told, _) = run(funded(vec![own], vec![tranche("t", Instrument::Equity, 2e9)]));
    assert_eq!(told.spent(Some(Purpose::Shell)), 500e6);
    assert!((told.spent(Some(Purpose::Contingency)) - 0.2 * 1050e6).abs() < 1e-3);
    let mut cheap = dear("b");
    cheap.manner.overrun_median = 0.9;
    let (told, _) = run(funded(vec![cheap], vec![tranche("t", Instrument::Equity, 2e9)]));
    assert_eq!(told.spent(Some(Purpose::Contingency)), 0.0);
    assert!((told.spent(Some(Purpose::Shell)) - 450e6).abs() < 1e-3);
}

#[test]
fn what_was_built_before_the_run_is_never_charged() {
    let mut new = block("new", 0);
    for purpose in [Purpose::Shell, Purpose::Power, Purpose::Network] {
        new.manner.cost[purpose.index()] = usd(1e6);
    }
    let mut old = BlockPlan { key: "old".into(), begun: day("2025-01-01"), ..new.clone() };
    let dates = ["2025-03-01", "2025-06-01", "2025-08-01", "2025-10-01", "2025-11-01"];
    for (own, date) in old.stages.iter_mut().zip(dates) {
        *own = run::stage(own.milestone, date);
    }
    // Of one that is being built all is counted, though a part of it was paid before.
    let half = BlockPlan { key: "half".into(), begun: day("2025-10-01"), ..new.clone() };
    let plan = funded(vec![new, old, half], vec![tranche("all", Instrument::Equity, 1e9)]);
    assert_eq!(BuildOut::charged(&plan), [usd(3e6).0, 0, usd(3e6).0]);
}

#[test]
fn money_that_may_not_go_to_systems_is_not_there_for_them() {
    let mut only = block("b", 0);
    only.stages.drain(..4);
    let mut plan = funded(vec![only], vec![tranche("shell", Instrument::Equity, 5e9)]);
    plan.capital.as_mut().unwrap().tranches[0].purposes = vec![Purpose::Shell];
    let (told, _) = run(plan);
    let missing = stopped(&told).map(|(.., missing)| missing.usd());
    assert_eq!(missing, Some(200e6), "a hundred systems of 2 M$");
}

#[test]
fn who_asks_in_one_instant_is_served_by_priority_whoever_asks_first() {
    let only = |key: &str, priority| {
        let mut only = block(key, 0);
        only.stages.drain(..4);
        (only.priority, only.begun) = (priority, day("2026-02-01"));
        only
    };
    // The money is enough for one of them. Both begin on one day, so that both ask in one instant.
    for (first, second) in [(0, 5), (5, 0)] {
        let blocks = vec![only("a", first), only("b", second)];
        let (told, _) = run(funded(blocks, vec![tranche("all", Instrument::Equity, 200e6)]));
        let works = [told.energised(0).is_some(), told.energised(1).is_some()];
        assert_eq!(works, [first > second, second > first], "priorities {first} and {second}");
    }
}

/// Interest by month: `(month's end, part, dollars)`. It is said in the last instant of its month.
fn interest(told: &Told) -> Vec<(SimTime, InterestPart, f64)> {
    let of = |(now, fact): &(SimTime, CapitalFact)| match fact {
        CapitalFact::Interest { part, amount, .. } => Some((SimTime(now.0 + 1), *part, amount.usd())),
        _ => None,
    };
    told.capital.iter().filter_map(of).collect()
}

/// A loan of 1 B$ at 6.58 % that is called at once and of which nothing is spent.
fn idle_loan(day_count: DayCount, accrual: Accrual) -> Vec<(SimTime, InterestPart, f64)> {
    let mut loan = tranche("loan", Instrument::Debt, 1e9);
    (loan.at_once, loan.rate_ppb, loan.day_count) = (true, 65_800_000, day_count);
    let mut plan = plan(1, vec![block("b", 0)]);
    plan.end = day("2026-03-16");
    plan.capital = Some(Capital { tranches: vec![loan], accrual, ..Capital::default() });
    interest(&run(plan).0)
}

#[test]
fn interest_is_what_the_hand_computes() {
    // January, February and half of March; what was not paid bears interest itself.
    for (day_count, factors) in [
        (DayCount::Actual360, [31.0 / 360.0, 28.0 / 360.0, 15.0 / 360.0]),
        (DayCount::Actual365, [31.0 / 365.0, 28.0 / 365.0, 15.0 / 365.0]),
        (DayCount::Thirty360, [1.0 / 12.0, 1.0 / 12.0, 15.0 / 31.0 / 12.0]),
    ] {
        for accrual in [Accrual::Daily, Accrual::Monthly] {
            let found = idle_loan(day_count, accrual);
            let mut owed = 1e9;
            // By the month only what was owed when the month began counts, and the run began with nothing owed.
            let skip = usize::from(accrual == Accrual::Monthly);
            let ends = ["2026-02-01", "2026-03-01", "2026-03-16"];
            assert_eq!(found.len(), 3 - skip);
            for (entry, (end, factor)) in found.iter().zip(ends.iter().zip(factors).skip(skip)) {
                let expected = owed * 0.0658 * factor;
                assert_eq!((entry.0, entry.1), (day(end), InterestPart::Capitalised));
                assert!(
                    (entry.2 - expected).abs() < 1e-4,
                    "{day_count:?} {end}: {}, not {expected}",
                    entry.2
                );
                owed += entry.2;
            }
        }
    }
}

#[test]
fn interest_on_money_in_hand_is_paid_too() {
    let mut loan = tranche("loan", Instrument::Debt, 1e9);
    loan.rate_ppb = 60_000_000;
    loan.at_once = true;
    loan.pays_interest = true;
    let mut later = block("b", 0);
    later.begun = day("2026-06-01");
    let mut plan = funded(vec![later], vec![loan]);
    plan.end = day("2026-03-01");
    // What pays it is the loan itself: all of it stays owed, and no more than that.
    let (told, machine) = run(plan.clone());
    let by_day = 1e9 * 0.06 / 365.0;
    let expected = [(day("2026-02-01"), 31.0 * by_day), (day("2026-03-01"), 28.0 * by_day)];
    for (found, (end, amount)) in interest(&told).iter().zip(expected) {
        assert_eq!((found.0, found.1), (end, InterestPart::Paid));
        assert!((found.2 - amount).abs() < 1e-4, "{found:?} is not {amount}");
    }
    assert!((told.spent(Some(Purpose::Interest)) - 59.0 * by_day).abs() < 1e-4);
    assert_eq!(machine.funds().unwrap().owed(), i128::from(usd(1e9).0));
    // Money that may not go to interest does not pay it.
    plan.capital.as_mut().unwrap().tranches[0].purposes = vec![Purpose::Shell];
    let (told, machine) = run(plan);
    assert!(interest(&told).iter().all(|one| one.1 == InterestPart::Capitalised));
    assert!(machine.funds().unwrap().owed() > i128::from(usd(1e9).0));
}

/// A loan that is called at once and stays in hand when all that it was for works, and one that is for another site.
#[test]
fn interest_on_money_in_hand_is_no_cost_of_building_when_all_works() {
    let loan = |key: &str, sites: &[u32]| {
        let mut loan = tranche(key, Instrument::Debt, 1e9);
        (loan.at_once, loan.rate_ppb) = (true, 60_000_000);
        (loan.purposes, loan.sites) = (vec![Purpose::Land], sites.iter().copied().map(SiteId).collect());
        loan
    };
    let mut only = block("b", 0);
    only.stages.drain(..4);
    only.equipment.clear();
    let mut later = block("c", 1);
    later.begun = day("2029-01-01");
    let both = |loan| {
        let mut plan = funded(vec![only.clone(), later.clone()], vec![loan]);
        for block in &mut plan.blocks {
            block.manner.cost = Default::default();
        }
        plan.sites = run::plan(2, Vec::new()).sites;
        plan.end = day("2027-01-01");
        run(plan)
    };
    let (told, machine) = both(loan("here", &[0]));
    let energised = told.energised(0).unwrap();
    assert_eq!(energised, day("2026-11-01"));
    for (end, part, _) in interest(&told) {
        let wanted = if end <= energised { InterestPart::Capitalised } else { InterestPart::Operating };
        assert_eq!(part, wanted, "{end}");
    }
    assert_eq!(interest(&told).len(), 12);
    assert!(machine.funds().unwrap().owed() < i128::from(usd(1.06e9).0), "nothing is added any more");
    for sites in [&[][..], &[1]] {
        let (told, _) = both(loan("there", sites));
        assert!(interest(&told).iter().all(|one| one.1 == InterestPart::Capitalised), "{sites:?}");
    }
}

/// A month of interest that ends with the run, and one that the run cuts off: nothing is said after it.
#[test]
fn interest_is_charged_within_the_run() {
    for end in ["2026-03-01", "2026-03-16"] {
        let mut loan = tranche("loan", Instrument::Debt, 1e9);
        (loan.at_once, loan.rate_ppb, loan.pays_interest) = (true, 60_000_000, true);
        let mut plan = funded(vec![block("b", 0)], vec![loan]);
        plan.end = day(end);
        let (told, machine) = run(plan);
        assert!(told.capital.iter().all(|(now, _)| *now < day(end)), "{end}");
        assert_eq!(interest(&told).last().unwrap().0, day(end));
        let (called, spent, hand) = machine.funds().unwrap().sums();
        assert_eq!(called, spent + hand);
    }
}

#[test]
fn interest_is_a_cost_of_building_until_the_block_works() {
    let mut loan = tranche("loan", Instrument::Debt, 2e9);
    loan.rate_ppb = 60_000_000;
    let mut only = block("b", 0);
    only.stages.drain(..4);
    only.equipment = vec![(base::id::SystemId(0), 100)];
    only.manner.install = Span::DAY * 31;
    // 200 M$ are spent on 1 October, the block works from 1 November to the end of the year.
    let mut plan = funded(vec![only.clone()], vec![loan.clone()]);
    plan.end = day("2027-01-01");
    let (told, machine) = run(plan.clone());
    assert_eq!(told.energised(0), Some(day("2026-11-01")));
    let october = 200e6 * 0.06 * 31.0 / 365.0;
    let owed = 200e6 + october;
    let found = interest(&told);
    let expected = [
        (day("2026-11-01"), InterestPart::Capitalised, october),
        (day("2026-12-01"), InterestPart::Operating, owed * 0.06 * 30.0 / 365.0),
        (day("2027-01-01"), InterestPart::Operating, owed * 0.06 * 31.0 / 365.0),
    ];
    assert_eq!(found.len(), 3);
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!((found.0, found.1), (expected.0, expected.1));
        assert!((found.2 - expected.2).abs() < 1e-4);
    }
    assert_eq!(machine.funds().unwrap().owed(), i128::from(usd(200e6).0 + usd(october).0));
    // Paid in money it is spent, and nothing is added.
    loan.pays_interest = true;
    plan.capital.as_mut().unwrap().tranches = vec![loan];
    let (told, _) = run(plan);
    assert!((told.spent(Some(Purpose::Interest)) - october).abs() < 1e-4);
    assert_eq!(interest(&told)[0].1, InterestPart::Paid);
}
