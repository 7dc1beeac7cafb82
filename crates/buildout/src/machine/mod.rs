//! The machine: sites and blocks go from milestone to milestone, wait for money and systems, are equipped part by part.
//! [`BuildOut::handle`] is the table of contents. It is handed instants and events and answers with [`Effect`]s; what
//! comes of them in queues and on nodes is not its business. Who gets money and systems is decided by [`BuildOut::settle`],
//! once everything of an instant has happened.

mod block;
mod equip;
mod expect;
mod people;
mod serve;
mod site;
mod state;

use crate::capital::Funds;
use crate::fact::{BuildFact, CapitalFact};
use crate::plan::{Condition, Plan};
use crate::supply::Supply;
use crate::word::Purpose;
use base::id::{AgreementId, BlockId, SiteId, SystemId, TrancheId};
use base::{Month, SimTime};
use block::BUILDING;
use serde::{Deserialize, Serialize};
use state::{BlockState, SiteState};
use std::collections::BTreeSet;

/// What the machine schedules for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The run starts.
    Start,
    /// A milestone of a site has come.
    Site {
        /// The site.
        site: SiteId,
        /// Which of its stages.
        stage: u32,
    },
    /// Another date for a milestone becomes known.
    Known {
        /// The site.
        site: SiteId,
        /// The block; `None` for the site's own.
        block: Option<BlockId>,
        /// Which stage.
        stage: u32,
        /// Which of its dates.
        vintage: u32,
    },
    /// Work on a block begins.
    Begin {
        /// The block.
        block: BlockId,
    },
    /// What a stage slips can be seen: half of its time has passed.
    Shows {
        /// The block.
        block: BlockId,
        /// Which stage.
        stage: u32,
    },
    /// A step of building is done.
    Step {
        /// The block.
        block: BlockId,
    },
    /// The first systems of a block may come.
    Systems {
        /// The block.
        block: BlockId,
    },
    /// The last systems of a block stand.
    Installed {
        /// The block.
        block: BlockId,
    },
    /// Systems that came together can work.
    Lot {
        /// The block.
        block: BlockId,
        /// Counts its equipment.
        round: u32,
        /// Which of the lots of that round.
        lot: u32,
    },
    /// A block without systems is energised.
    Empty {
        /// The block.
        block: BlockId,
    },
    /// More systems of a kind may be delivered.
    Supply {
        /// The product.
        system: SystemId,
    },
    /// The old systems of a block take no new work from now.
    Drain {
        /// The block.
        block: BlockId,
    },
    /// The old systems of a block go.
    Retire {
        /// The block.
        block: BlockId,
    },
    /// The date of a tranche has come.
    Tranche {
        /// Which.
        tranche: TrancheId,
    },
    /// The last date of a tranche has come.
    Lapse {
        /// Which.
        tranche: TrancheId,
    },
    /// The last instant of a month, or of the run.
    Month,
}

/// What the machine does to the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It says what happened to what is being built.
    Build(BuildFact),
    /// It says what happened to capital.
    Capital(CapitalFact),
    /// It wants to hear of this event then.
    At(SimTime, Event),
    /// Systems of a block can work from now.
    Energise(BlockId, SystemId, u32),
    /// The systems of a block take no new work from now.
    Drain(BlockId),
    /// The systems of a block are gone from now.
    Retire(BlockId),
}

/// All that is being built, and what it is paid with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BuildOut {
    plan: Plan,
    sites: Vec<SiteState>,
    blocks: Vec<BlockState>,
    supply: Vec<Supply>,
    funds: Option<Funds>,
    /// Construction and permanent people last said of each site.
    people: Vec<(u32, u32)>,
    /// Rungs of ladders that have been released.
    rungs: BTreeSet<(AgreementId, String)>,
    /// Whether anything has happened since it was last decided who gets what.
    unsettled: bool,
    #[serde(skip)]
    out: Vec<Effect>,
}

impl BuildOut {
    /// Nothing built yet. [`Event::Start`], at the start of the run, sets it going.
    pub fn new(plan: Plan) -> BuildOut {
        let sites: Vec<SiteId> = plan.blocks.iter().map(|block| block.site).collect();
        BuildOut {
            sites: (0..plan.sites.len()).map(|_| SiteState::default()).collect(),
            blocks: (0..plan.blocks.len()).map(|at| BlockState::new(&plan, BlockId::new(at))).collect(),
            supply: plan.systems.iter().map(|_| Supply::new(plan.start)).collect(),
            funds: plan.capital.as_ref().map(|capital| Funds::new(capital, &sites, plan.start)),
            people: vec![(0, 0); plan.sites.len()],
            rungs: BTreeSet::new(),
            unsettled: false,
            out: Vec::new(),
            plan,
        }
    }

    /// The run starts: what has happened before is said, what is to come is scheduled.
    fn start(&mut self, now: SimTime) {
        self.start_funds(now);
        for site in 0..self.sites.len() {
            self.start_site(now, SiteId::new(site));
        }
        for block in 0..self.blocks.len() {
            self.start_block(now, BlockId::new(block));
        }
    }

    /// By block: the plan of what is built of it in the run and not wholly paid before, in micro-dollars.
    pub fn charged(plan: &Plan) -> Vec<i64> {
        let mut machine = BuildOut::new(plan.clone());
        machine.start(plan.start);
        let of = |(own, state): (&crate::plan::BlockPlan, &BlockState)| -> i64 {
            let (cost, network) = (&own.manner.cost, Purpose::Network.index());
            let is_done =
                BUILDING.iter().all(|purpose| state.paid[purpose.index()] >= cost[purpose.index()].0);
            match (is_done, state.paid[network] >= cost[network].0) {
                (true, true) => 0,
                (true, false) => cost[network].0,
                (false, _) => cost.iter().map(|cost| cost.0).sum(),
            }
        };
        machine.plan.blocks.iter().zip(&machine.blocks).map(of).collect()
    }

    /// What is to be built.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The state of capital, if money is modelled.
    pub fn funds(&self) -> Option<&Funds> {
        self.funds.as_ref()
    }

    /// An event that was scheduled comes up. What follows from it for others is for [`BuildOut::settle`].
    pub fn handle(&mut self, now: SimTime, event: Event) -> Vec<Effect> {
        match event {
            Event::Start => self.start(now),
            Event::Site { site, stage } => self.site_reaches(now, site, stage as usize),
            Event::Known { site, block, stage, vintage } => {
                self.becomes_known(now, site, block, stage as usize, vintage as usize);
            }
            Event::Begin { block } => self.start_phase(now, block, 0, now),
            Event::Shows { block, stage } => self.shows(now, block, stage as usize),
            Event::Step { block } => self.step_done(now, block),
            Event::Systems { block } => self.systems_may_come(now, block),
            Event::Installed { block } => self.installed(now, block),
            Event::Lot { block, round, lot } => self.lot_works(now, block, round, lot),
            Event::Empty { block } => self.block_is_energised(now, block),
            // Whoever waits for systems or money is served when the instant is settled.
            Event::Supply { .. } | Event::Tranche { .. } => {}
            Event::Drain { block } => self.drain(now, block),
            Event::Retire { block } => self.retire(now, block),
            Event::Lapse { tranche } => {
                let mut said = Vec::new();
                if let Some(funds) = &mut self.funds {
                    funds.lapse(tranche, &mut said);
                }
                self.say_capital(said);
            }
            Event::Month => self.month(now),
        }
        self.unsettled = true;
        self.check_conservation();
        std::mem::take(&mut self.out)
    }

    /// A rung of an agreement's ladder is released: tranches may have waited for it. Everything else of the instant has
    /// happened.
    pub fn release(&mut self, now: SimTime, agreement: AgreementId, rung: &str) -> Vec<Effect> {
        self.rungs.insert((agreement, rung.to_string()));
        self.unsettled = true;
        self.settle(now)
    }

    /// Everything of an instant has happened: opens what can be opened and serves who waits, until nothing more follows.
    /// All who ask in one instant are served in their order, whichever event came first.
    pub fn settle(&mut self, now: SimTime) -> Vec<Effect> {
        if std::mem::take(&mut self.unsettled) {
            loop {
                let opened = self.open_tranches(now);
                let served = self.serve(now);
                if !opened && !served {
                    break;
                }
            }
            self.say_people();
            self.check_conservation();
        }
        std::mem::take(&mut self.out)
    }

    /// The end of the run: whether building has stopped for want of money.
    pub fn close(&mut self) -> Vec<Effect> {
        self.say_stopped();
        self.check_conservation();
        std::mem::take(&mut self.out)
    }

    fn say(&mut self, fact: BuildFact) {
        self.out.push(Effect::Build(fact));
    }

    fn say_capital(&mut self, facts: Vec<CapitalFact>) {
        self.out.extend(facts.into_iter().map(Effect::Capital));
    }

    fn at(&mut self, time: SimTime, event: Event) {
        if time < self.plan.end {
            self.out.push(Effect::At(time, event));
        }
    }

    fn start_funds(&mut self, now: SimTime) {
        let Some(funds) = &self.funds else { return };
        let said: Vec<CapitalFact> = funds.commitments().collect();
        let mut dates = Vec::new();
        for (at, tranche) in funds.tranches().iter().enumerate() {
            let id = TrancheId::new(at);
            if tranche.from > now {
                dates.push((tranche.from, Event::Tranche { tranche: id }));
            }
            dates.extend(tranche.until.map(|until| (until, Event::Lapse { tranche: id })));
        }
        self.say_capital(said);
        dates.push((self.last_of_month(now), Event::Month));
        for (time, event) in dates {
            self.at(time, event);
        }
    }

    /// The last instant of the month of an instant that is in the run: interest of a month belongs to it, and nothing is
    /// called, paid or said after the run.
    fn last_of_month(&self, time: SimTime) -> SimTime {
        SimTime(Month::of(time).next().start().min(self.plan.end).0 - 1)
    }

    fn month(&mut self, now: SimTime) {
        let end = SimTime(now.0 + 1);
        let sites: Vec<SiteId> = self.plan.blocks.iter().map(|block| block.site).collect();
        let mut said = Vec::new();
        if let Some(funds) = &mut self.funds {
            funds.charge_interest(end, &sites, &mut said);
        }
        self.say_capital(said);
        if end < self.plan.end {
            self.at(self.last_of_month(end), Event::Month);
        }
    }

    fn open_tranches(&mut self, now: SimTime) -> bool {
        let Some(mut funds) = self.funds.take() else { return false };
        let mut said = Vec::new();
        let opened = funds.open(now, |condition| self.is_met(condition), &mut said);
        self.funds = Some(funds);
        self.say_capital(said);
        opened
    }

    fn is_met(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Block(block, milestone) => {
                self.blocks[block.index()].reached[milestone.index()].is_some()
            }
            Condition::Site(site, milestone) => self.sites[site.index()].reached[milestone.index()].is_some(),
            Condition::Energised(power, sites) => {
                // Half a watt: the sum of blocks is not to fail by a rounding.
                self.energised_watts(sites).0 as f64 + 0.5 >= power.watts()
            }
            Condition::EnergisedShare(share, sites) => {
                let (energised, all) = self.energised_watts(sites);
                energised as f64 + 0.5 >= share * all as f64
            }
            Condition::Rung(agreement, rung) => self.rungs.contains(&(*agreement, rung.clone())),
        }
    }

    /// Watts of IT power energised, and of all blocks, at these sites (none: at all).
    fn energised_watts(&self, sites: &[SiteId]) -> (u64, u64) {
        let here = |site: SiteId| sites.is_empty() || sites.contains(&site);
        let blocks = self.plan.blocks.iter().zip(&self.blocks).filter(|(plan, _)| here(plan.site));
        blocks.fold((0, 0), |(energised, all), (plan, state)| {
            let watts = libm::round(plan.it_power.watts()) as u64;
            (energised + state.energised_part(watts), all + watts)
        })
    }
}
