//! Plans by hand, and a clock that drives the machine.
#![allow(dead_code)]

use base::id::{BlockId, PartnerId, SiteId, SystemId, TrancheId};
use base::{ItPower, Money, SimTime, Span};
use buildout::plan::*;
use buildout::{BuildFact, BuildOut, CapitalFact, Effect, Event, Instrument, Milestone, Purpose};
use std::collections::BTreeMap;

pub fn day(text: &str) -> SimTime {
    SimTime::parse(text).expect("a date")
}

pub fn usd(dollars: f64) -> Money {
    Money::from_usd(dollars).expect("an amount")
}

/// A milestone that was always known.
pub fn stage(milestone: Milestone, date: &str) -> Stage {
    Stage { milestone, vintages: vec![Vintage { due: day(date), known: day("2026-01-01") }] }
}

/// A block of 100 MW with 100 systems of kind 0 and all five milestones of 2026: end of February, May, July, September,
/// October.
pub fn block(key: &str, site: u32) -> BlockPlan {
    BlockPlan {
        key: key.into(),
        site: SiteId(site),
        building: None,
        it_power: ItPower::from_mw(100.0),
        begun: day("2026-01-01"),
        stages: vec![
            stage(Milestone::LandCleared, "2026-03-01"),
            stage(Milestone::Shell, "2026-06-01"),
            stage(Milestone::PowerOn, "2026-08-01"),
            stage(Milestone::SystemsInstalled, "2026-10-01"),
            stage(Milestone::Energised, "2026-11-01"),
        ],
        systems_from: None,
        equipment: vec![(SystemId(0), 100)],
        reequip: Vec::new(),
        priority: 0,
        manner: Manner { overrun_median: 1.0, ..Manner::default() },
    }
}

/// Sites `s0`, `s1`, ... without milestones of their own, two kinds of systems, three years from 2026.
pub fn plan(sites: u32, blocks: Vec<BlockPlan>) -> Plan {
    let site = |at: u32| SitePlan { key: format!("s{at}"), ..SitePlan::default() };
    let system = SystemPlan { nodes: 18, gpus: 72, ..SystemPlan::default() };
    Plan {
        seed: 1,
        start: day("2026-01-01"),
        end: day("2029-01-01"),
        sites: (0..sites).map(site).collect(),
        blocks,
        systems: vec![system.clone(), system],
        capital: None,
    }
}

/// Money without conditions, from the start.
pub fn tranche(key: &str, instrument: Instrument, dollars: f64) -> Tranche {
    Tranche {
        key: key.into(),
        partner: PartnerId(0),
        instrument,
        amount: usd(dollars),
        from: day("2026-01-01"),
        until: None,
        conditions: Vec::new(),
        sites: Vec::new(),
        purposes: Vec::new(),
        at_once: false,
        lot: Money::ZERO,
        rate_ppb: 0,
        day_count: DayCount::Actual365,
        pays_interest: false,
    }
}

/// All that a run said and did.
#[derive(Default, PartialEq, Debug)]
pub struct Told {
    pub build: Vec<(SimTime, BuildFact)>,
    pub capital: Vec<(SimTime, CapitalFact)>,
    pub energised: Vec<(SimTime, BlockId, SystemId, u32)>,
    pub retired: Vec<(SimTime, BlockId)>,
}

impl Told {
    fn take(&mut self, now: SimTime, effect: Effect) -> Option<(SimTime, Event)> {
        match effect {
            Effect::Build(fact) => self.build.push((now, fact)),
            Effect::Capital(fact) => self.capital.push((now, fact)),
            Effect::At(time, event) => return Some((time.max(now), event)),
            Effect::Energise(block, system, count) => self.energised.push((now, block, system, count)),
            Effect::Retire(block) => self.retired.push((now, block)),
            Effect::Drain(_) => {}
        }
        None
    }

    /// When a block reached a milestone, first round.
    pub fn reached(&self, block: u32, milestone: Milestone) -> Option<SimTime> {
        self.build.iter().find_map(|(_, fact)| match fact {
            BuildFact::Reached { block: Some(own), milestone: reached, round: 0, at, .. }
                if own.0 == block && *reached == milestone =>
            {
                Some(*at)
            }
            _ => None,
        })
    }

    /// When a block worked.
    pub fn energised(&self, block: u32) -> Option<SimTime> {
        self.reached(block, Milestone::Energised)
    }

    /// Dollars spent on a purpose, or on everything.
    pub fn spent(&self, purpose: Option<Purpose>) -> f64 {
        let spent = |(_, fact): &(SimTime, CapitalFact)| match fact {
            CapitalFact::Spent { purpose: own, amount, .. }
                if purpose.is_none_or(|wanted| wanted == *own) =>
            {
                amount.0
            }
            _ => 0,
        };
        Money(self.capital.iter().map(spent).sum()).usd()
    }

    /// Dollars called from a tranche.
    pub fn called(&self, tranche: u32) -> f64 {
        let called = |(_, fact): &(SimTime, CapitalFact)| match fact {
            CapitalFact::Called { tranche: own, amount, .. } if *own == TrancheId(tranche) => amount.0,
            _ => 0,
        };
        Money(self.capital.iter().map(called).sum()).usd()
    }
}

/// Runs a plan to its end.
pub fn run(plan: Plan) -> (Told, BuildOut) {
    let (start, end) = (plan.start, plan.end);
    let mut machine = BuildOut::new(plan);
    let mut queue: BTreeMap<(SimTime, u64), Event> = BTreeMap::new();
    queue.insert((start, 0), Event::Start);
    let (mut told, mut number) = (Told::default(), 0);
    while let Some(((now, _), event)) = queue.pop_first() {
        assert!(now < end, "nothing is scheduled for after the run");
        let mut effects = machine.handle(now, event);
        if queue.first_key_value().is_none_or(|((next, _), _)| *next > now) {
            // What follows at once is in the queue before it is decided.
            if effects.iter().all(|effect| !matches!(effect, Effect::At(time, _) if *time <= now)) {
                effects.extend(machine.settle(now));
            }
        }
        for effect in effects {
            if let Some((time, event)) = told.take(now, effect) {
                number += 1;
                queue.insert((time, number), event);
            }
        }
    }
    for effect in machine.close() {
        told.take(end, effect);
    }
    (told, machine)
}

/// Days between two instants.
pub fn days(from: SimTime, to: SimTime) -> f64 {
    (to - from).seconds() / Span::DAY.seconds()
}
