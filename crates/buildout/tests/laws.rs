//! Laws that hold for every plan: nothing is lost, nothing comes before its time, the same plan gives the same facts.
#![allow(clippy::unwrap_used)]

mod run;

use base::id::{PartnerId, SiteId, SystemId};
use base::{Money, Month, SimTime, Span};
use buildout::plan::*;
use buildout::{BuildFact, CapitalFact, Instrument, InterestPart, Milestone, Purpose};
use proptest::prelude::*;
use run::{Told, block, day, plan, run, tranche, usd};
use std::collections::BTreeMap;

/// Any block: dates up to two years from now in any steps, some milestones left out, any cost.
fn any_block() -> impl Strategy<Value = BlockPlan> {
    let dates = proptest::collection::vec(0i64..200, 5);
    let there = proptest::collection::vec(any::<bool>(), 4);
    let costs = proptest::collection::vec(0i64..3_000_000_000_000_000, 5);
    let slip = (0.5f64..2.0, 0.0f64..1.0, 0i64..60, 0.0f64..1.0);
    let equipment = (0u32..120, 0u32..40);
    (dates, there, costs, slip, equipment, -200i64..100, any::<bool>(), -1i32..2).prop_map(
        |(dates, there, costs, (median, sigma, delay, correlation), (some, more), begun, again, priority)| {
            let mut own = block("b", 0);
            own.begun = day("2026-01-01") + Span::DAY * begun;
            let mut due = own.begun;
            let mut stages = Vec::new();
            for (at, stage) in own.stages.into_iter().enumerate() {
                due += Span::DAY * dates[at];
                if at == 4 || there[at] {
                    stages.push(Stage {
                        vintages: vec![Vintage { due, known: day("2026-01-01").min(due) }],
                        ..stage
                    });
                }
            }
            own.stages = stages;
            own.equipment = vec![(SystemId(0), some), (SystemId(1), more)];
            own.equipment.retain(|(_, count)| *count > 0);
            own.priority = priority;
            if again {
                own.reequip = vec![Reequip {
                    date: due + Span::DAY * 90,
                    drain: Span::DAY * 5,
                    install: Span::DAY * 30,
                    equipment: vec![(SystemId(1), 50)],
                }];
            }
            own.manner.slip = Slip { median, sigma, delay: Span::DAY * delay, delay_sigma: 0.3, correlation };
            own.manner.install = Span::DAY * 40;
            own.manner.people_per_mw = [1.0, 3.0, 2.0, 1.0, 0.5];
            own.manner.permanent_per_mw = 0.2;
            for (purpose, cost) in Purpose::ALL.into_iter().zip(costs) {
                let purpose = if purpose == Purpose::Systems { Purpose::Network } else { purpose };
                own.manner.cost[purpose.index()] = Money(cost);
            }
            (own.manner.overrun_median, own.manner.overrun_sigma) = (1.05, 0.1);
            own
        },
    )
}

fn any_tranche() -> impl Strategy<Value = Tranche> {
    (any::<bool>(), 1i64..20_000, 0i64..900, 0usize..6, any::<bool>(), 0i64..400, any::<bool>()).prop_map(
        |(debt, millions, from, kind, at_once, lot, pays)| {
            let instrument = if debt { Instrument::Debt } else { Instrument::Equity };
            let mut own = tranche("t", instrument, millions as f64 * 1e6);
            own.from = day("2026-01-01") + Span::DAY * from;
            own.at_once = at_once;
            own.lot = usd(lot as f64 * 1e6);
            own.pays_interest = pays;
            own.rate_ppb = if debt { 70_000_000 } else { 0 };
            match kind {
                0 => own.until = Some(own.from + Span::DAY * 200),
                1 => own.conditions = vec![Condition::Block(base::id::BlockId(0), Milestone::Energised)],
                2 => own.conditions = vec![Condition::EnergisedShare(0.4, Vec::new())],
                3 => own.sites = vec![SiteId(1)],
                4 => own.purposes = vec![Purpose::Systems, Purpose::Network],
                _ => {}
            }
            own
        },
    )
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let blocks = proptest::collection::vec(any_block(), 1..5);
    let tranches = proptest::collection::vec(any_tranche(), 0..5);
    let how = (0usize..3, any::<bool>(), any::<bool>());
    (blocks, tranches, how, 0u32..300, any::<u64>(), any::<bool>()).prop_map(
        |(mut blocks, tranches, (funding, in_order, daily), supply, seed, gated)| {
            for (at, block) in blocks.iter_mut().enumerate() {
                block.site = SiteId(u32::from(at >= 2));
                block.key = format!("b{at}");
            }
            let mut plan = plan(2, blocks);
            plan.seed = seed;
            plan.systems[0].supply = vec![(day("2026-01-01"), supply)];
            plan.systems[1].available = Some(day("2026-08-01"));
            for system in &mut plan.systems {
                system.price = Some(usd(3.4e6));
            }
            if gated {
                let vintages = vec![Vintage { due: day("2026-05-01"), known: day("2026-01-01") }];
                plan.sites[0].stages = vec![Stage { milestone: Milestone::PowerOn, vintages }];
                plan.sites[0].slip = Slip { sigma: 0.5, ..Slip::default() };
            }
            plan.capital = (!tranches.is_empty()).then(|| Capital {
                tranches,
                funding: [Funding::ProRata, Funding::EquityFirst, Funding::DebtFirst][funding],
                waiting: if in_order { Waiting::InOrder } else { Waiting::WhoeverFits },
                accrual: if daily { Accrual::Daily } else { Accrual::Monthly },
            });
            plan
        },
    )
}

/// Called and spent by tranche in the order of the facts; panics where more is spent than was called.
fn check_money(plan: &Plan, told: &Told) {
    let tranches = plan.capital.as_ref().map_or(0, |capital| capital.tranches.len());
    let (mut called, mut spent) = (vec![0i64; tranches], vec![0i64; tranches]);
    let mut open = vec![false; tranches];
    for (now, fact) in &told.capital {
        match fact {
            CapitalFact::Opened { tranche, .. } => {
                assert!(*now >= plan.capital.as_ref().unwrap().tranches[tranche.index()].from);
                open[tranche.index()] = true;
            }
            CapitalFact::Lapsed { tranche, amount, .. } => {
                open[tranche.index()] = false;
                let promised = plan.capital.as_ref().unwrap().tranches[tranche.index()].amount;
                assert_eq!(amount.0 + called[tranche.index()], promised.0);
            }
            CapitalFact::Called { tranche, amount, partner } => {
                assert!(open[tranche.index()], "only an open tranche is called");
                assert!(amount.0 > 0 && *partner == PartnerId(0));
                called[tranche.index()] += amount.0;
            }
            CapitalFact::Spent { tranche, amount, site, purpose, .. } => {
                let own = &plan.capital.as_ref().unwrap().tranches[tranche.index()];
                assert!(own.sites.is_empty() || site.is_none_or(|site| own.sites.contains(&site)));
                assert!(own.purposes.is_empty() || own.purposes.contains(purpose));
                spent[tranche.index()] += amount.0;
                assert!(spent[tranche.index()] <= called[tranche.index()], "spent before it was called");
            }
            CapitalFact::Interest { part, amount, tranche, .. } => {
                let own = &plan.capital.as_ref().unwrap().tranches[tranche.index()];
                assert!(amount.0 > 0 && own.instrument == Instrument::Debt);
                assert!(*part != InterestPart::Paid || own.pays_interest);
            }
            _ => {}
        }
    }
    for (at, called) in called.iter().enumerate() {
        assert!(*called <= plan.capital.as_ref().unwrap().tranches[at].amount.0);
    }
}

/// Delivered, energised and retired systems balance, within supply.
fn check_systems(plan: &Plan, told: &Told) {
    let mut delivered: BTreeMap<(Month, u32), u32> = BTreeMap::new();
    let mut standing: BTreeMap<(u32, u32), (i64, i64)> = BTreeMap::new();
    for (now, fact) in &told.build {
        match fact {
            BuildFact::Delivered { block, system, count, .. } => {
                *delivered.entry((Month::of(*now).quarter(), system.0)).or_default() += count;
                standing.entry((block.0, system.0)).or_default().0 += i64::from(*count);
            }
            BuildFact::Energised { block, system, count, .. } => {
                let (came, works) = standing.entry((block.0, system.0)).or_default();
                *works += i64::from(*count);
                assert!(*works <= *came, "nothing works that has not come");
            }
            BuildFact::Retired { block, system, count, .. } => {
                let (came, works) = standing.entry((block.0, system.0)).or_default();
                *works -= i64::from(*count);
                *came -= i64::from(*count);
                assert!(*works >= 0 && works == came, "all of it goes, and only what worked");
            }
            _ => {}
        }
    }
    // What stood before the run was not delivered in it.
    let before = |(_, block): &(usize, &BlockPlan)| {
        block.begun < plan.start || block.stages.iter().any(|stage| stage.last().due <= plan.start)
    };
    if !plan.blocks.iter().enumerate().any(|pair| before(&pair)) {
        for ((quarter, system), count) in delivered {
            let limit = plan.systems[system as usize].supply.first().map_or(u32::MAX, |&(_, limit)| limit);
            assert!(count <= limit, "{count} of {system} in the quarter from {quarter}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn money_and_systems_are_conserved(plan in any_plan()) {
        let (told, _) = run(plan.clone());
        check_money(&plan, &told);
        check_systems(&plan, &told);
    }

    #[test]
    fn the_same_plan_gives_the_same_facts(plan in any_plan()) {
        prop_assert_eq!(run(plan.clone()).0, run(plan).0);
    }

    #[test]
    fn milestones_come_in_their_order_and_once(plan in any_plan()) {
        let (told, _) = run(plan.clone());
        for block in 0..plan.blocks.len() as u32 {
            let mut last = SimTime(i64::MIN);
            let mut count = 0;
            for (now, fact) in &told.build {
                if let BuildFact::Reached { block: Some(own), round: 0, at, .. } = fact && own.0 == block {
                    prop_assert!(*at >= last && at <= now);
                    last = *at;
                    count += 1;
                }
            }
            prop_assert!(count <= plan.blocks[block as usize].stages.len());
        }
    }

    #[test]
    fn without_slip_money_or_limits_every_block_is_on_its_date(plan in any_plan()) {
        let mut plan = plan;
        plan.capital = None;
        plan.sites.iter_mut().for_each(|site| site.stages.clear());
        plan.systems.iter_mut().for_each(|system| (system.supply, system.available) = (Vec::new(), None));
        plan.blocks.iter_mut().for_each(|block| block.manner.slip = Slip::default());
        let (told, _) = run(plan.clone());
        for (at, block) in plan.blocks.iter().enumerate() {
            for stage in &block.stages {
                prop_assert_eq!(told.reached(at as u32, stage.milestone), Some(stage.last().due));
            }
        }
    }

    #[test]
    fn more_money_never_makes_a_block_later(plan in any_plan(), more in 1i64..40) {
        // With one kind of money and one queue; several tranches may be emptied in another order.
        let mut plan = plan;
        let Some(capital) = &mut plan.capital else { return Ok(()) };
        capital.tranches.truncate(1);
        capital.waiting = Waiting::InOrder;
        let own = &mut capital.tranches[0];
        (own.conditions, own.lot, own.rate_ppb) = (Vec::new(), Money::ZERO, 0);
        plan.blocks.truncate(1);
        let (poor, _) = run(plan.clone());
        let own = &mut plan.capital.as_mut().unwrap().tranches[0];
        own.amount = Money(own.amount.0 * more);
        let (rich, _) = run(plan.clone());
        let never = |told: &Told| told.energised(0).unwrap_or(SimTime::NEVER);
        prop_assert!(never(&rich) <= never(&poor));
    }
}
