//! Nodes of a site come to a service and go back.

use super::fact::ServiceFact;
use super::{Lost, Services};
use crate::AcceleratorSet;
use crate::cluster::{Shape, WHOLE};
use crate::fact::Fact;
use crate::schedule::{self, Pass};
use crate::twin::{Event, Twin};
use base::SimTime;
use base::id::{FailureId, SiteId};
use kernel::Context;
use scenario::world::WhenFull;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use trace::Demand;

const NOBODY: u32 = u32::MAX;

/// Whose the nodes of a site are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Owners {
    /// By node: the holder, and where in its list the node is.
    of: Vec<(u32, u32)>,
}

impl Owners {
    fn set(&mut self, node: u32, owner: (u32, u32)) {
        let node = node as usize;
        if node >= self.of.len() {
            self.of.resize(node + 1, (NOBODY, 0));
        }
        self.of[node] = owner;
    }

    fn get(&self, node: u32) -> Option<(usize, usize)> {
        let &(holder, at) = self.of.get(node as usize)?;
        (holder != NOBODY).then_some((holder as usize, at as usize))
    }
}

/// What so many whole nodes take, as a job would ask for it.
fn demand(shape: &Shape, nodes: u64) -> Demand {
    let modelled = |amount: u32| if amount == u32::MAX { 0 } else { amount };
    Demand {
        tasks: u32::try_from(nodes).unwrap_or(u32::MAX),
        gpu_milli: u32::from(shape.gpus) * WHOLE,
        cpu_milli: modelled(shape.cpu_milli),
        memory_mib: modelled(shape.memory_mib),
        divisible: false,
    }
}

/// The largest number up to `most` that is allowed, where each below an allowed one is allowed too.
fn most(most: u64, allowed: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = high - (high - low) / 2;
        match allowed(middle) {
            true => low = middle,
            false => high = middle - 1,
        }
    }
    low
}

impl Services {
    /// Takes up to so many packs; returns how many it got.
    pub(super) fn take(
        &mut self,
        twin: &mut Twin,
        place: usize,
        packs: u64,
        now: SimTime,
        context: &mut Context<Event, Fact>,
    ) -> u64 {
        let holder = &self.holders[place];
        let config = &self.services[holder.service.index()].config;
        let (at, shape, each) = (holder.site, holder.shape, u64::from(self.replica(place).pack_nodes));
        // A job of higher priority that waits comes first.
        if twin.sites[at.index()].queue.waits_above(config.priority) {
            return 0;
        }
        let per_pack = demand(&shape, each).total_gpu_milli();
        let packs = packs.min(twin.quotas.room(config.tenant).map_or(packs, |room| room / per_pack.max(1)));
        let site = &twin.sites[at.index()];
        let packs = most(packs, |packs| site.allows(config.tenant, packs * per_pack));
        if packs == 0 {
            return 0;
        }
        let mut free = twin.sites[at.index()].cluster.empty_nodes(&shape);
        if free < packs * each && config.when_full == WhenFull::Preempt {
            self.make_room(twin, place, packs * each, now, context);
            free = twin.sites[at.index()].cluster.empty_nodes(&shape);
        }
        let packs = packs.min(free / each);
        if packs == 0 {
            return 0;
        }
        twin.touch(now, at, context);
        let (site, rules) = (&mut twin.sites[at.index()], &twin.config);
        let first = self.holders[place].nodes.len();
        site.cluster.take_nodes(&shape, packs * each, &mut self.holders[place].nodes);
        for (offset, &node) in self.holders[place].nodes[first..].iter().enumerate() {
            self.owners[at.index()].set(node, (place as u32, (first + offset) as u32));
            site.placer.node_changed(&site.cluster, node);
        }
        let taken = &self.holders[place].nodes[first..];
        let service = self.holders[place].service;
        site.draw_replicas(rules, service, (taken, u32::from(shape.gpus)), true);
        // What was promised to a waiting job may be gone.
        site.reservation = None;
        let all = demand(&shape, packs * each);
        let pool = site.cluster.pool_of(self.holders[place].nodes[first]);
        site.hold(now, config.tenant, &all, pool);
        twin.quotas.hold(config.tenant, all.total_gpu_milli());
        let replicas = packs * u64::from(self.replica(place).pack_replicas);
        let start_up = self.services[self.holders[place].service.index()].config.autoscale.start_up;
        self.holders[place].fleet.grow(now, replicas, start_up);
        packs
    }

    /// Stops preemptible jobs of lower priority until so many nodes are empty, or as many as can be had by halving.
    fn make_room(
        &self,
        twin: &mut Twin,
        place: usize,
        nodes: u64,
        now: SimTime,
        context: &mut Context<Event, Fact>,
    ) {
        let holder = &self.holders[place];
        let config = &self.services[holder.service.index()].config;
        let (at, shape) = (holder.site, holder.shape);
        let accelerators = shape.accelerator.map_or(AcceleratorSet::ANY, |model| AcceleratorSet::of([model]));
        let mut wanted = nodes;
        while wanted > twin.sites[at.index()].cluster.empty_nodes(&shape) {
            twin.touch(now, at, context);
            let Twin { sites, jobs, quotas, config: rules, .. } = twin;
            let mut pass = Pass { now, site: &mut sites[at.index()], jobs, quotas, config: rules, context };
            match pass.victims(&demand(&shape, wanted), accelerators, config.priority, None) {
                Some(victims) if !victims.is_empty() => {
                    for slot in victims {
                        let lost = schedule::stop(&mut pass, slot, false);
                        let state = pass.jobs.get_mut(slot);
                        state.preemptions += 1;
                        let job = state.job.number;
                        let service = holder.service;
                        let fact = ServiceFact::JobPreempted { job, site: at, service, lost };
                        pass.context.emit(Fact::Service(fact));
                    }
                    return;
                }
                Some(_) => return,
                None => wanted /= 2,
            }
        }
    }

    /// Gives back so many packs, the last first.
    pub(super) fn give_back(
        &mut self,
        twin: &mut Twin,
        place: usize,
        packs: u64,
        now: SimTime,
        context: &mut Context<Event, Fact>,
    ) {
        let each = self.replica(place).pack_nodes as usize;
        let keep = self.holders[place].nodes.len() - packs as usize * each;
        let nodes = self.holders[place].nodes.split_off(keep);
        let replicas = packs * u64::from(self.replica(place).pack_replicas);
        self.holders[place].fleet.shrink(now, replicas);
        self.release(twin, place, &nodes, now, context);
    }

    /// The nodes are nobody's any more.
    fn release(
        &mut self,
        twin: &mut Twin,
        place: usize,
        nodes: &[u32],
        now: SimTime,
        context: &mut Context<Event, Fact>,
    ) {
        let holder = &self.holders[place];
        let service = holder.service;
        let tenant = self.services[service.index()].config.tenant;
        let (at, shape) = (holder.site, holder.shape);
        let Some(&first) = nodes.first() else { return };
        twin.touch(now, at, context);
        let (site, rules) = (&mut twin.sites[at.index()], &twin.config);
        let pool = site.cluster.pool_of(first);
        site.cluster.give_nodes(&shape, nodes);
        for &node in nodes {
            self.owners[at.index()].set(node, (NOBODY, 0));
            site.placer.node_changed(&site.cluster, node);
        }
        site.draw_replicas(rules, service, (nodes, u32::from(shape.gpus)), false);
        for &node in nodes {
            site.withdraw_if_idle(rules, node);
        }
        site.released = true;
        site.reservation = None;
        let all = demand(&shape, nodes.len() as u64);
        site.give_back(now, tenant, &all, pool);
        twin.quotas.give_back(tenant, all.total_gpu_milli());
    }

    /// Something fails on these nodes: the replicas on them are lost. Where nothing stays down they start again in place;
    /// else their nodes are given back, and as many packs are taken anew by [`Services::replace`].
    pub(crate) fn strike(
        &mut self,
        twin: &mut Twin,
        (at, nodes): (SiteId, Range<u32>),
        failure: Option<FailureId>,
        stays: bool,
        now: SimTime,
        context: &mut Context<Event, Fact>,
    ) -> Lost {
        let mut packs: Vec<(usize, usize)> = nodes
            .filter_map(|node| self.owners[at.index()].get(node))
            .map(|(place, index)| (place, index / self.replica(place).pack_nodes as usize))
            .collect();
        packs.sort_unstable();
        packs.dedup();
        let mut lost = Lost::new();
        // From the last pack on, so that the numbers of those before stay true.
        for &(place, pack) in packs.iter().rev() {
            match lost.last_mut() {
                Some((other, count)) if *other == place => *count += 1,
                _ => lost.push((place, 1)),
            }
            if stays {
                self.remove_pack(twin, place, pack, now, context);
            }
        }
        for &(place, count) in &lost {
            let replicas = count * u64::from(self.replica(place).pack_replicas);
            let service = self.holders[place].service;
            let start_up = self.services[service.index()].config.autoscale.start_up;
            let fleet = &mut self.holders[place].fleet;
            fleet.lose(now, replicas);
            if !stays {
                fleet.grow(now, replicas, start_up);
            }
            let replicas = u32::try_from(replicas).unwrap_or(u32::MAX);
            context.emit(Fact::Service(ServiceFact::ReplicasLost { service, site: at, failure, replicas }));
        }
        lost
    }

    fn remove_pack(
        &mut self,
        twin: &mut Twin,
        place: usize,
        pack: usize,
        now: SimTime,
        context: &mut Context<Event, Fact>,
    ) {
        let each = self.replica(place).pack_nodes as usize;
        let (site, list) = (self.holders[place].site.index(), &mut self.holders[place].nodes);
        let last = list.len() - each;
        for offset in 0..each {
            list.swap(pack * each + offset, last + offset);
        }
        let gone = list.split_off(last);
        for index in pack * each..(pack * each + each).min(last) {
            let node = self.holders[place].nodes[index];
            self.owners[site].set(node, (place as u32, index as u32));
        }
        self.release(twin, place, &gone, now, context);
    }

    /// The nodes of the pack that a node belongs to; none if it is nobody's.
    pub(super) fn pack_of(&self, at: SiteId, node: u32) -> Vec<u32> {
        let Some((place, index)) = self.owners[at.index()].get(node) else { return Vec::new() };
        let each = self.replica(place).pack_nodes as usize;
        let first = index / each * each;
        self.holders[place].nodes[first..first + each].to_vec()
    }

    /// Takes nodes for packs that were lost.
    pub(crate) fn replace(
        &mut self,
        twin: &mut Twin,
        lost: &Lost,
        now: SimTime,
        context: &mut Context<Event, Fact>,
    ) {
        for &(place, packs) in lost {
            self.take(twin, place, packs, now, context);
        }
    }
}
