//! One site: its nodes, its queue, its running jobs and its account.

use crate::account::{Account, Standing};
use crate::agreements::Shares;
use crate::cluster::{Allocation, Cluster, Shape, Typical};
use crate::fact::Fact;
use crate::failure::{Batch, Fleet};
use crate::occupants::Occupants;
use crate::placement::Placer;
use crate::queue::{Entry, JobQueue};
use crate::schedule::Reservation;
use crate::usage::Meter;
use base::SimTime;
use base::id::{SiteId, SystemId, TenantId};
use scenario::world::Policy;
use serde::{Deserialize, Serialize};
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
    /// Who runs where; only where something can fail.
    occupants: Option<Occupants>,
    /// The jobs that wait.
    pub queue: JobQueue,
    /// The jobs that run, by when they said they would end.
    pub running: BTreeSet<(SimTime, u32)>,
    /// How many of them may be stopped, by priority.
    pub preemptible: BTreeMap<i32, u32>,
    /// What the job at the head of the queue is promised.
    pub reservation: Option<Reservation>,
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
            occupants: fails.then(Occupants::default),
            queue: JobQueue::new(policy.order, tenants),
            running: BTreeSet::new(),
            preemptible: BTreeMap::new(),
            reservation: None,
            released: false,
            arrivals: Vec::new(),
            epoch: 1,
            unfit: Vec::new(),
            holdings: vec![Holding::default(); tenants],
            shares: None,
            capacity: Holding::default(),
            account: Account::new(id, start),
            meter: None,
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

    /// Adds the nodes of a product.
    pub fn add_nodes(&mut self, system: SystemId, shape: Shape, count: u32) {
        let first = self.cluster.nodes();
        self.cluster.add_nodes(shape, count);
        if self.cluster.nodes() > first {
            self.placer.added(&self.cluster, first);
        }
        let (nodes, gpus, domain_nodes) = (count, u32::from(shape.gpus), shape.domain_nodes.max(1));
        self.fleet.add(Batch { system, first, nodes, gpus, domain_nodes });
        let modelled =
            |amount: u32| if amount == u32::MAX { 0 } else { u64::from(amount) * u64::from(count) };
        let gpu_milli = u64::from(shape.gpus) * 1000 * u64::from(count);
        self.capacity.gpu_milli += gpu_milli;
        if let Some(shares) = &mut self.shares {
            shares.install(gpu_milli);
        }
        self.capacity.cpu_milli += modelled(shape.cpu_milli);
        self.capacity.memory_mib += modelled(shape.memory_mib);
        self.released = true;
        self.reservation = None;
    }

    /// Counts the accelerator time up to `now`; call it before anything changes.
    pub fn touch(&mut self, now: SimTime, emit: &mut impl FnMut(Fact)) {
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
        self.cluster.installed_milli() - self.cluster.free_milli() + self.queue.gpu_milli()
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

    /// The slots of the jobs that run on any of these nodes, each once.
    pub fn jobs_on(&self, nodes: Range<u32>) -> Vec<u32> {
        let Some(occupants) = &self.occupants else { return Vec::new() };
        let mut slots: Vec<u32> = nodes.flat_map(|node| occupants.of(node)).copied().collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    /// These nodes go down, with nothing on them. Returns how many were up, and their accelerators.
    pub fn fall(&mut self, nodes: Range<u32>) -> (u32, u32) {
        self.change_nodes(nodes, Cluster::fall)
    }

    /// What kept these nodes down is over. Returns how many are up now, and their accelerators.
    pub fn rise(&mut self, nodes: Range<u32>) -> (u32, u32) {
        self.change_nodes(nodes, Cluster::rise)
    }

    fn change_nodes(&mut self, nodes: Range<u32>, change: impl Fn(&mut Cluster, u32) -> bool) -> (u32, u32) {
        let (mut count, mut gpus) = (0, 0);
        for node in nodes {
            if change(&mut self.cluster, node) {
                count += 1;
                gpus += self.cluster.node_gpus(node);
                self.placer.node_changed(&self.cluster, node);
            }
        }
        self.released = true;
        self.reservation = None;
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
