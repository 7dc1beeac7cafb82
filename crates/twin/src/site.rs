//! One site: its nodes, its queue, its running jobs and its account.

mod spares;

use crate::account::{Account, Standing};
use crate::agreements::Shares;
use crate::cluster::{Allocation, Cluster, Groups, Shape, Typical};
use crate::fact::Fact;
use crate::failure::{Batch, Fleet};
use crate::jobs::FULL_SPEED;
use crate::occupants::Occupants;
use crate::placement::Placer;
use crate::power::state::SitePower;
use crate::queue::{Entry, JobQueue};
use crate::schedule::Reservation;
use crate::twin::Config;
use crate::usage::Meter;
use base::SimTime;
use base::id::{BlockId, ServiceId, SiteId, SystemId, TenantId, WorkloadId};
use scenario::world::Policy;
use serde::{Deserialize, Serialize};
use spares::Spares;
pub use spares::of as spares_of;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use trace::Demand;

/// What a tenant holds at a site.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Holding {
    /// Accelerators, in thousandths.
    pub gpu_milli: u64,
    /// Processor cores, in thousandths.
    pub cpu_milli: u64,
    /// Memory in MiB.
    pub memory_mib: u64,
}

impl Holding {
    fn of(demand: &Demand) -> Holding {
        let tasks = u64::from(demand.tasks);
        Holding {
            gpu_milli: demand.total_gpu_milli(),
            cpu_milli: tasks * u64::from(demand.cpu_milli),
            memory_mib: tasks * u64::from(demand.memory_mib),
        }
    }
}

/// The state of one site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SiteState {
    /// Which site it is.
    pub id: SiteId,
    /// Its nodes.
    pub cluster: Cluster,
    /// Who chooses among them.
    pub placer: Placer,
    /// What stands there, by batch.
    pub fleet: Fleet,
    /// Nodes that are taken out of service as soon as nothing runs on them.
    draining: BTreeSet<u32>,
    /// Nodes that are held back for those that fail.
    spares: Spares,
    /// Who runs where; only where something can fail or be taken out.
    occupants: Option<Occupants>,
    /// The jobs that wait.
    pub queue: JobQueue,
    /// The jobs that run, by when they said they would end.
    pub running: BTreeSet<(SimTime, u32)>,
    /// How many of them may be stopped, by priority.
    pub preemptible: BTreeMap<i32, u32>,
    /// What the job at the head of the queue is promised.
    pub reservation: Option<Reservation>,
    /// Running jobs that stand still since something failed in this instant.
    pub halted: Vec<u32>,
    /// Something was given back (or added) since the last scheduling pass.
    pub released: bool,
    /// The jobs that came since the last scheduling pass.
    pub arrivals: Vec<Entry>,
    /// Counts passes after a release, so that "this demand does not fit" can be remembered until the next.
    pub epoch: u64,
    /// By demand: the epoch in which it was found not to fit.
    pub unfit: Vec<u64>,
    holdings: Vec<Holding>,
    /// Whose its accelerators are; only where offers can bind them.
    pub shares: Option<Box<Shares>>,
    /// All that the nodes have, counted where it is modelled.
    capacity: Holding,
    account: Account,
    /// Only where the scenario keeps books.
    meter: Option<Meter>,
    /// Its power; only where the scenario has a power section.
    pub power: Option<Box<SitePower>>,
}

impl SiteState {
    /// A site without nodes.
    pub fn new(
        id: SiteId,
        start: SimTime,
        policy: &Policy,
        tenants: usize,
        fails: bool,
        typical: Typical,
    ) -> SiteState {
        SiteState {
            id,
            cluster: Cluster::new(typical),
            placer: Placer::new(policy.placement),
            fleet: Fleet::default(),
            draining: BTreeSet::new(),
            spares: Spares::default(),
            occupants: fails.then(Occupants::default),
            queue: JobQueue::new(policy.order, tenants),
            running: BTreeSet::new(),
            preemptible: BTreeMap::new(),
            reservation: None,
            halted: Vec::new(),
            released: false,
            arrivals: Vec::new(),
            epoch: 1,
            unfit: Vec::new(),
            holdings: vec![Holding::default(); tenants],
            shares: None,
            capacity: Holding::default(),
            account: Account::new(id, start),
            meter: None,
            power: None,
        }
    }

    /// Meters what tenants hold from `start` on, for books.
    pub fn install_meter(&mut self, start: SimTime, models: usize) {
        self.meter = Some(Meter::new(self.id, start, self.holdings.len(), models));
    }

    /// Says what tenants held since the meter was last read.
    pub fn read_meter(&mut self, now: SimTime, emit: &mut impl FnMut(Fact)) {
        if let Some(meter) = &mut self.meter {
            meter.read(now, emit);
        }
    }

    /// Adds the nodes of a product, which stand in a block.
    pub fn add_nodes(&mut self, config: &Config, block: BlockId, system: SystemId, shape: Shape, count: u32) {
        let first = self.cluster.nodes();
        self.cluster.add_nodes(shape, count);
        if self.cluster.nodes() > first {
            self.placer.added(&self.cluster, first);
        }
        let (nodes, gpus, domain_nodes) = (count, u32::from(shape.gpus), shape.domain_nodes.max(1));
        self.fleet.add(Batch { block, system, first, nodes, gpus, domain_nodes, retired: false });
        if let (Some(power), Some(config)) = (&mut self.power, &config.power) {
            power.add_nodes(config, config.rate(system), count);
        }
        let modelled =
            |amount: u32| if amount == u32::MAX { 0 } else { u64::from(amount) * u64::from(count) };
        let gpu_milli = u64::from(shape.gpus) * 1000 * u64::from(count);
        self.capacity.gpu_milli += gpu_milli;
        if let Some(shares) = &mut self.shares {
            shares.install(gpu_milli);
        }
        self.capacity.cpu_milli += modelled(shape.cpu_milli);
        self.capacity.memory_mib += modelled(shape.memory_mib);
        self.hold_back(config, system, first..self.cluster.nodes());
        self.released = true;
        self.reservation = None;
    }

    /// Such a share of its nodes is held back for those that fail.
    pub fn keep_spares(&mut self, share: f64) {
        self.spares = Spares::new(share);
    }

    /// Counts the accelerator time up to `now`; call it before anything changes.
    pub fn touch(&mut self, now: SimTime, emit: &mut impl FnMut(Fact)) {
        if let Some(power) = &mut self.power {
            power.count(now);
        }
        let standing = self.standing();
        self.account.advance(now, &self.cluster, standing, |hour| emit(Fact::SiteHour(hour)));
    }

    /// The last, perhaps shorter, hour.
    pub fn close(&mut self, now: SimTime, emit: &mut impl FnMut(Fact)) {
        self.touch(now, emit);
        let standing = self.standing();
        if let Some(hour) = self.account.finish(standing) {
            emit(Fact::SiteHour(hour));
        }
        self.read_meter(now, emit);
    }

    fn standing(&self) -> Standing {
        Standing {
            queued_jobs: self.queue.len() as u32,
            queued_gpu_milli: self.queue.gpu_milli(),
            running_jobs: self.running.len() as u32,
        }
    }

    /// Accelerators held and asked for, in thousandths.
    pub fn asked_milli(&self) -> u64 {
        let held = self.cluster.installed_milli() - self.cluster.free_milli() - self.cluster.spare_milli();
        held + self.queue.gpu_milli()
    }

    /// A job begins to run on these nodes.
    pub fn occupy(&mut self, slot: u32, allocations: &[Allocation]) {
        if let Some(occupants) = &mut self.occupants {
            occupants.enter(slot, allocations);
        }
    }

    /// A job runs on these nodes no more.
    pub fn vacate(&mut self, slot: u32, allocations: &[Allocation]) {
        if let Some(occupants) = &mut self.occupants {
            occupants.leave(slot, allocations);
        }
    }

    /// Whether a job runs on a node; only where something can fail.
    pub fn runs_on(&self, slot: u32, node: u32) -> bool {
        self.occupants.as_ref().is_some_and(|occupants| occupants.of(node).contains(&slot))
    }

    /// A job begins to draw power, or ends to.
    pub fn draw(
        &mut self,
        config: &Config,
        workload: WorkloadId,
        job: (&Groups, &[Allocation]),
        begins: bool,
    ) {
        if let (Some(power), Some(config)) = (&mut self.power, &config.power) {
            power.run(config, workload, job, |node| self.fleet.stretch(node), begins);
        }
    }

    /// Replicas of a service begin to draw power on these nodes of so many accelerators, or end to.
    pub fn draw_replicas(&mut self, config: &Config, service: ServiceId, nodes: (&[u32], u32), begins: bool) {
        if let (Some(power), Some(config)) = (&mut self.power, &config.power) {
            power.serve(config, service, nodes, |node| self.fleet.stretch(node), begins);
        }
    }

    /// Speed of a workload's work here, in parts per million.
    pub fn speed(&self, config: &Config, workload: WorkloadId) -> u32 {
        match (&self.power, &config.power) {
            (Some(power), Some(config)) => config.speed(workload.index(), power.most),
            _ => FULL_SPEED,
        }
    }

    /// Speed of a service's replicas here, in parts per million.
    pub fn service_speed(&self, config: &Config, service: ServiceId) -> u32 {
        match (&self.power, &config.power) {
            (Some(power), Some(config)) => config.speed(config.service(service), power.most),
            _ => FULL_SPEED,
        }
    }

    /// The slots of the jobs that run on any of these nodes, each once.
    pub fn jobs_on(&self, nodes: Range<u32>) -> Vec<u32> {
        let Some(occupants) = &self.occupants else { return Vec::new() };
        let mut slots: Vec<u32> = nodes.flat_map(|node| occupants.of(node)).copied().collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    /// These nodes are about to go down: nobody can be promised anything on them.
    pub fn will_fall(&mut self, nodes: Range<u32>) {
        if let Some(promise) = &mut self.reservation {
            nodes.filter(|&node| self.cluster.is_up(node)).for_each(|node| promise.lose(&self.cluster, node));
        }
        self.keep_promise();
    }

    /// Forgets a promise that can no longer be kept, so that another is made.
    pub fn keep_promise(&mut self) {
        if self.reservation.as_ref().is_some_and(|promise| !promise.holds()) {
            self.reservation = None;
        }
    }

    /// These nodes go down, with nothing on them. Returns how many were up, and their accelerators.
    pub fn fall(&mut self, config: &Config, nodes: Range<u32>) -> (u32, u32) {
        self.change_nodes(config, nodes, Cluster::fall, -1)
    }

    /// What kept these nodes down is over. Returns how many are sound now, and their accelerators: they are up, or spares.
    /// Room that comes back moves no promise, but the first job starts as soon as it fits.
    pub fn rise(&mut self, config: &Config, nodes: Range<u32>) -> (u32, u32) {
        let down: Vec<u32> = nodes.clone().filter(|&node| !self.cluster.is_up(node)).collect();
        let (mut risen, mut sound) = (0, (0, 0));
        for node in nodes.clone() {
            let one = match self.repaid(node) {
                true => (1, self.cluster.node_gpus(node)),
                false => self.change_nodes(config, node..node + 1, Cluster::rise, 1),
            };
            if self.cluster.is_up(node) {
                self.is_back(node);
                risen += one.0;
            }
            sound = (sound.0 + one.0, sound.1 + one.1);
        }
        if let Some(promise) = &mut self.reservation {
            let up = down.into_iter().filter(|&node| self.cluster.is_up(node));
            up.for_each(|node| promise.gain(&self.cluster, node));
            if !promise.is_dated() {
                self.reservation = None;
            }
        }
        self.released |= risen > 0;
        if !self.draining.is_empty() {
            nodes.for_each(|node| self.withdraw_if_idle(config, node));
        }
        sound
    }

    /// These nodes take no new work: what is idle goes down now, the rest when its work is done.
    pub fn drain(&mut self, config: &Config, nodes: Range<u32>) {
        self.forget_spares(nodes.clone());
        self.draining.extend(nodes.clone());
        for node in nodes {
            self.withdraw_if_idle(config, node);
        }
        self.released = true;
        self.reservation = None;
    }

    /// Something has left these nodes: those that are drained go down once they are idle.
    pub fn withdraw(&mut self, config: &Config, allocations: &[Allocation]) {
        if !self.draining.is_empty() {
            for allocation in allocations {
                self.withdraw_if_idle(config, allocation.node);
            }
        }
    }

    pub(crate) fn withdraw_if_idle(&mut self, config: &Config, node: u32) {
        if self.draining.contains(&node) && self.cluster.is_idle(node) {
            self.draining.remove(&node);
            self.change_nodes(config, node..node + 1, Cluster::fall, -1);
            // It may have been promised to somebody.
            self.reservation = None;
        }
    }

    /// These nodes of one product, on which nothing runs, are gone for good.
    pub fn retire(&mut self, config: &Config, nodes: Range<u32>) {
        for node in nodes.clone() {
            // One that was down for a failure when it was drained is down for that alone.
            if self.draining.remove(&node) {
                self.change_nodes(config, node..node + 1, Cluster::fall, -1);
            }
            self.cluster.retire(node);
            if let (Some(power), Some(config)) = (&mut self.power, &config.power)
                && let Some(system) = self.fleet.system(node)
            {
                power.retire_node(config, config.rate(system));
            }
            let free = *self.cluster.full(node);
            let modelled = |amount: u32| if amount == u32::MAX { 0 } else { u64::from(amount) };
            self.capacity.gpu_milli -= u64::from(free.gpus) * 1000;
            if let Some(shares) = &mut self.shares {
                shares.remove(u64::from(free.gpus) * 1000);
            }
            self.capacity.cpu_milli -= modelled(free.cpu_milli);
            self.capacity.memory_mib -= modelled(free.memory_mib);
        }
        self.fleet.retire(nodes.start);
        self.released = true;
        self.reservation = None;
    }

    fn change_nodes(
        &mut self,
        config: &Config,
        nodes: Range<u32>,
        change: impl Fn(&mut Cluster, u32) -> bool,
        up: i64,
    ) -> (u32, u32) {
        let (mut count, mut gpus) = (0, 0);
        for node in nodes {
            if change(&mut self.cluster, node) {
                count += 1;
                gpus += self.cluster.node_gpus(node);
                self.placer.node_changed(&self.cluster, node);
                if let (Some(power), Some(config)) = (&mut self.power, &config.power)
                    && let Some(system) = self.fleet.system(node)
                {
                    power.up.add(config.rate(system), up);
                }
            }
        }
        (count, gpus)
    }

    /// A preemptible job of this priority runs no more.
    pub fn forget_preemptible(&mut self, priority: i32) {
        if let Some(count) = self.preemptible.get_mut(&priority) {
            *count -= 1;
            if *count == 0 {
                self.preemptible.remove(&priority);
            }
        }
    }

    /// The account.
    pub fn account(&mut self) -> &mut Account {
        &mut self.account
    }

    /// A tenant holds this much more, in this pool.
    pub fn hold(&mut self, now: SimTime, tenant: TenantId, demand: &Demand, pool: u16) {
        if let Some(meter) = &mut self.meter {
            meter.hold(now, tenant, self.cluster.accelerator_of(pool), demand.total_gpu_milli());
        }
        let (holding, more) = (&mut self.holdings[tenant.index()], Holding::of(demand));
        holding.gpu_milli += more.gpu_milli;
        holding.cpu_milli += more.cpu_milli;
        holding.memory_mib += more.memory_mib;
        if let Some(shares) = &mut self.shares {
            shares.hold(tenant, more.gpu_milli);
        }
    }

    /// Whether the tenant may hold this much more, by what partners have bound of the site.
    pub fn allows(&self, tenant: TenantId, gpu_milli: u64) -> bool {
        self.shares.as_ref().is_none_or(|shares| shares.allow(tenant, gpu_milli))
    }

    /// A tenant holds this much less.
    pub fn give_back(&mut self, now: SimTime, tenant: TenantId, demand: &Demand, pool: u16) {
        if let Some(meter) = &mut self.meter {
            meter.give_back(now, tenant, self.cluster.accelerator_of(pool), demand.total_gpu_milli());
        }
        let (holding, less) = (&mut self.holdings[tenant.index()], Holding::of(demand));
        holding.gpu_milli -= less.gpu_milli;
        holding.cpu_milli -= less.cpu_milli;
        holding.memory_mib -= less.memory_mib;
        if let Some(shares) = &mut self.shares {
            shares.give_back(tenant, less.gpu_milli);
        }
    }

    /// The largest of a tenant's shares of what the site has, over its weight (in thousandths), in a fixed-point unit:
    /// the dominant share of Ghodsi et al. (NSDI 2011).
    pub fn dominant_share(&self, tenant: TenantId, weight_milli: u64) -> u64 {
        let holding = &self.holdings[tenant.index()];
        [
            (holding.gpu_milli, self.capacity.gpu_milli),
            (holding.cpu_milli, self.capacity.cpu_milli),
            (holding.memory_mib, self.capacity.memory_mib),
        ]
        .into_iter()
        .filter(|&(_, all)| all > 0)
        .map(|(held, all)| (u128::from(held) << 40) / (u128::from(all) * u128::from(weight_milli.max(1))))
        .max()
        .map_or(0, |share| u64::try_from(share).unwrap_or(u64::MAX))
    }
}
