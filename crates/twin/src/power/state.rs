//! Power of one site as it stands: what its nodes draw, what was drawn since the hour began, which nodes are held down.

use super::config::{Nanowatts, NodeRate, PowerConfig, nanowatts, power};
use crate::cluster::{Allocation, Groups};
use base::id::{BlockId, ServiceId, SystemId, WorkloadId};
use base::{ItPower, Power, SimTime};
use plant::balance::Joules;
use plant::battery::BatteryHour;
use plant::site::Load;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Range;

/// Sums of what nodes draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    standing: Nanowatts,
    host: Nanowatts,
    accelerators: Nanowatts,
}

impl Sums {
    /// Adds so many nodes (or takes them away).
    pub fn add(&mut self, rate: NodeRate, nodes: i64) {
        self.standing += rate.standing * i128::from(nodes);
        self.host += rate.host * i128::from(nodes);
        self.accelerators += rate.accelerators * i128::from(nodes);
    }

    /// These nodes and those.
    pub fn join(&mut self, other: &Sums) {
        self.standing += other.standing;
        self.host += other.host;
        self.accelerators += other.accelerators;
    }

    /// All of these nodes at work, with at most this activity.
    pub fn full(&self, most: f64) -> Nanowatts {
        self.standing + self.host + libm::ceil(self.accelerators as f64 * most) as Nanowatts
    }

    /// The activity at which all of these nodes draw `limit` together.
    pub fn activity_at(&self, limit: Nanowatts) -> f64 {
        (limit - self.standing - self.host) as f64 / (self.accelerators.max(1)) as f64
    }
}

/// Nanowatts times nanoseconds.
pub type Drawn = i128;

/// What was drawn, and withheld, since the hour began.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Meter {
    /// By nodes that stand ready.
    pub idle: Drawn,
    /// IT power that is installed.
    pub installed: Drawn,
    /// On top by what runs.
    pub work: Drawn,
    /// By all nodes, if all worked.
    pub capacity: Drawn,
    /// What the grid could have given.
    pub grid: Drawn,
    /// Withheld for want of power.
    pub shed: Drawn,
    /// Withheld for the grid's sake.
    pub curtailed: Drawn,
    /// Withheld for heat.
    pub derated: Drawn,
    /// Thousandths of accelerators times nanoseconds.
    pub held: u128,
}

/// What the limits take from the capacity now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// What the grid may give, after curtailment.
    pub grid: Nanowatts,
    /// For want of power.
    pub shed: Nanowatts,
    /// For the grid's sake.
    pub curtailed: Nanowatts,
    /// For heat.
    pub derated: Nanowatts,
    /// There is not even the power for the house.
    pub dark: bool,
}

/// Power of one site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SitePower {
    /// Its place in the plans.
    pub at: usize,
    /// Its blocks that have power.
    blocks: BTreeSet<BlockId>,
    /// The plant, as far as its blocks are energised.
    pub load: Load,
    /// IT equipment beside the systems, once a block is energised.
    pub other: Nanowatts,
    /// All nodes that stand here.
    all: Sums,
    /// What they draw at work, under the cap that always holds.
    at_work: Nanowatts,
    /// What the blocks that have power can carry.
    carried: Nanowatts,
    /// Those that are up.
    pub up: Sums,
    /// Those that are held down.
    pub kept: Sums,
    /// What runs draws on top of standing ready.
    work: Nanowatts,
    /// Accelerators at work, in thousandths, by system and by workload or service.
    busy: Vec<u64>,
    /// What a thousandth of an accelerator draws under the cap that holds now, by the same.
    draws: Vec<Nanowatts>,
    works: usize,
    /// Tasks on each node.
    tasks: Vec<u16>,
    /// Nodes held down, in the order in which they were.
    pub held: Vec<u32>,
    /// Their accelerators, in thousandths.
    pub held_milli: u64,
    /// The largest activity that accelerators may have now.
    pub most: f64,
    /// What binds now.
    pub limits: Limits,
    /// Counted up to here.
    metered: SimTime,
    /// Start of the current row.
    pub hour: SimTime,
    /// What was counted of it.
    pub meter: Meter,
    /// In the battery.
    pub stored: Joules,
    /// What the battery was planned to do, and from which hour on.
    pub planned: Vec<BatteryHour>,
    /// The hour of the first of them.
    pub planned_from: usize,
    /// Units of each group that ran in the last hour.
    pub running: Vec<u32>,
    /// What a unit of each group that starts is counted on for now, as a share of its capacity.
    pub starting: Vec<f64>,
    /// That share times nanoseconds, since the hour began.
    pub started: Vec<f64>,
    /// The largest mean power bought of an hour of this month, in watts.
    pub peak: f64,
    /// From when this month's charge counts.
    pub month_from: SimTime,
}

/// What a thousandth of an accelerator draws, by system and by workload or service.
fn draws(config: &PowerConfig, most: f64) -> Vec<Nanowatts> {
    let of = |at: usize| config.milli(at / config.works(), at % config.works(), most);
    (0..config.systems() * config.works()).map(of).collect()
}

/// Neighbouring nodes of one system, and what work of one kind draws on them.
struct Stretch {
    nodes: Range<u32>,
    /// Its place in the list of what is busy.
    busy: usize,
    /// Of a thousandth of an accelerator.
    milli: Nanowatts,
    host: Nanowatts,
}

impl SitePower {
    /// Nothing energised yet.
    pub fn new(at: usize, config: &PowerConfig, start: SimTime) -> SitePower {
        let plan = config.plan(at);
        let it = ItPower::ZERO;
        SitePower {
            at,
            load: Load { it, cooling: plan.cooling.clone(), overhead: plan.overhead },
            other: 0,
            all: Sums::default(),
            at_work: 0,
            carried: 0,
            up: Sums::default(),
            kept: Sums::default(),
            work: 0,
            busy: vec![0; config.systems() * config.works()],
            draws: draws(config, config.standing_most(at)),
            works: config.works(),
            tasks: Vec::new(),
            held: Vec::new(),
            held_milli: 0,
            most: config.standing_most(at),
            limits: Limits::default(),
            metered: start,
            hour: start,
            meter: Meter::default(),
            stored: Joules::ZERO,
            blocks: BTreeSet::new(),
            planned: Vec::new(),
            planned_from: 0,
            running: vec![0; plan.units.len()],
            starting: vec![1.0; plan.units.len()],
            started: vec![0.0; plan.units.len()],
            peak: 0.0,
            month_from: start,
        }
    }

    /// A block brings so much IT power, with the first of its systems.
    pub fn energise(&mut self, config: &PowerConfig, now: SimTime, block: BlockId, it: ItPower) {
        if !self.blocks.insert(block) {
            return;
        }
        if self.load.it == ItPower::ZERO {
            // The first row begins here.
            self.hour = now;
            self.month_from = now;
        }
        self.load.it += it;
        if self.other == 0 {
            self.other = nanowatts(config.plan(self.at).other_it);
            self.load.it += ItPower::from_mw(config.plan(self.at).other_it.mw());
        }
        self.carried = nanowatts(self.load.it.power());
    }

    /// Nodes of a system are there from now.
    pub fn add_nodes(&mut self, config: &PowerConfig, rate: NodeRate, count: u32) {
        self.stand(config, rate, i64::from(count));
        self.up.add(rate, i64::from(count));
        self.tasks.resize(self.tasks.len() + count as usize, 0);
    }

    /// A node of a system is gone for good.
    pub fn retire_node(&mut self, config: &PowerConfig, rate: NodeRate) {
        self.stand(config, rate, -1);
    }

    fn stand(&mut self, config: &PowerConfig, rate: NodeRate, more: i64) {
        self.all.add(rate, more);
        self.at_work = self.all.full(config.most_activity.min(config.standing_most(self.at)));
    }

    /// Counts what was drawn up to `now`; call it before anything changes.
    pub fn count(&mut self, now: SimTime) {
        let nanos = i128::from((now - self.metered).0);
        if nanos <= 0 {
            return;
        }
        self.metered = now;
        if self.load.it == ItPower::ZERO {
            return;
        }
        let capacity = self.capacity();
        let (meter, limits) = (&mut self.meter, self.limits);
        meter.idle += (self.up.standing + if limits.dark { 0 } else { self.other }) * nanos;
        meter.installed += self.carried * nanos;
        meter.work += self.work * nanos;
        meter.capacity += capacity * nanos;
        meter.grid += limits.grid * nanos;
        meter.shed += limits.shed * nanos;
        meter.curtailed += limits.curtailed * nanos;
        meter.derated += limits.derated * nanos;
        meter.held += u128::from(self.held_milli) * nanos.unsigned_abs();
        for (sum, share) in self.started.iter_mut().zip(&self.starting) {
            *sum += share * nanos as f64;
        }
    }

    /// All nodes that stand here at work, under the cap that always holds.
    pub fn capacity(&self) -> Nanowatts {
        self.at_work + self.other
    }

    /// All nodes that are up at work, under the cap that holds now.
    pub fn full(&self, config: &PowerConfig) -> Nanowatts {
        let other = if self.limits.dark { 0 } else { self.other };
        self.up.full(config.most_activity.min(self.most)) + other
    }

    /// The same with one node more.
    pub fn full_with(&self, config: &PowerConfig, rate: NodeRate) -> Nanowatts {
        let mut more = self.up;
        more.add(rate, 1);
        let other = if self.limits.dark { 0 } else { self.other };
        more.full(config.most_activity.min(self.most)) + other
    }

    /// What the nodes that are held down and the cap that holds now take from what could run.
    pub fn given_way(&self, config: &PowerConfig) -> Nanowatts {
        let mut there = self.up;
        there.join(&self.kept);
        let most = config.most_activity.min(config.standing_most(self.at));
        there.full(most) - self.up.full(most.min(self.most))
    }

    /// What the blocks that have power can carry.
    pub fn carried(&self) -> Nanowatts {
        self.carried
    }

    /// The capacity as a power.
    pub fn asked(&self) -> Power {
        power(self.capacity())
    }

    /// A job begins to draw, or ends to. `stretch` gives the system of a node and the nodes around it that came with it.
    pub fn run(
        &mut self,
        config: &PowerConfig,
        workload: WorkloadId,
        (groups, allocations): (&Groups, &[Allocation]),
        stretch: impl Fn(u32) -> Option<(SystemId, Range<u32>)>,
        begins: bool,
    ) {
        let mut left = allocations;
        while let Some(&first) = left.first() {
            let Some(found) = stretch(first.node) else {
                left = &left[1..];
                continue;
            };
            // Those that follow on the same stretch with the same draw are counted together: a large gang is on few.
            let on = self.stretch(config, workload.index(), found);
            let alike = |other: &&Allocation| other.rest == first.rest && on.nodes.contains(&other.node);
            let (run, others) = left.split_at(left.iter().take_while(alike).count().max(1));
            let milli = u64::from(groups.task_of(first.rest).gpu_milli);
            self.draw(&on, run.iter().map(|allocation| allocation.node), milli, begins);
            left = others;
        }
    }

    /// Replicas of a service begin to draw on whole nodes of so many accelerators, or end to.
    pub fn serve(
        &mut self,
        config: &PowerConfig,
        service: ServiceId,
        (nodes, gpus): (&[u32], u32),
        stretch: impl Fn(u32) -> Option<(SystemId, Range<u32>)>,
        begins: bool,
    ) {
        let mut left = nodes;
        while let Some(&first) = left.first() {
            let Some(found) = stretch(first) else {
                left = &left[1..];
                continue;
            };
            let on = self.stretch(config, config.service(service), found);
            let (run, others) =
                left.split_at(left.iter().take_while(|node| on.nodes.contains(*node)).count().max(1));
            self.draw(&on, run.iter().copied(), u64::from(gpus) * 1000, begins);
            left = others;
        }
    }

    fn stretch(&self, config: &PowerConfig, work: usize, (system, nodes): (SystemId, Range<u32>)) -> Stretch {
        let busy = system.index() * self.works + work;
        Stretch { nodes, busy, milli: self.draws[busy], host: config.rate(system).host }
    }

    /// Something with so many thousandths of accelerators on each of these nodes begins to draw, or ends to.
    fn draw(&mut self, on: &Stretch, nodes: impl ExactSizeIterator<Item = u32>, milli: u64, begins: bool) {
        let all = milli * nodes.len() as u64;
        let draw = on.milli * i128::from(all);
        let busy = &mut self.busy[on.busy];
        // The host of a node draws while there is anything on it.
        let mut hosts = 0_u32;
        if begins {
            *busy += all;
            for node in nodes {
                let tasks = &mut self.tasks[node as usize];
                hosts += u32::from(*tasks == 0);
                *tasks += 1;
            }
            self.work += draw + on.host * i128::from(hosts);
        } else {
            *busy -= all;
            for node in nodes {
                let tasks = &mut self.tasks[node as usize];
                *tasks -= 1;
                hosts += u32::from(*tasks == 0);
            }
            self.work -= draw + on.host * i128::from(hosts);
        }
    }

    /// Another cap holds from now.
    pub fn cap(&mut self, config: &PowerConfig, most: f64) {
        let after = draws(config, most);
        for ((&milli, before), after) in self.busy.iter().zip(&self.draws).zip(&after) {
            self.work += (after - before) * i128::from(milli);
        }
        self.draws = after;
        self.most = most;
    }

    /// Whether nothing runs on a node.
    pub fn is_empty(&self, node: u32) -> bool {
        self.tasks[node as usize] == 0
    }
}
