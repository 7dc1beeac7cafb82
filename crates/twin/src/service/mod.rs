//! Services on the machines of the sites.
//!
//! At every full hour, each service in the order of priority (then of keys) closes the hour that is over, expects the
//! next one, and says how many replicas it wants at each site; first all services give back what they do not need, then
//! they take more. A service takes whole nodes, the empty ones with the least index. What a site could not give is asked
//! of the others once more. Between the hours only failures change anything.

mod barred;
pub mod fact;
mod hours;
mod nodes;
mod pace;

use crate::agreements::Standing;
use crate::cluster::Shape;
use crate::fact::Fact;
use crate::twin::{Event, Twin};
use barred::Suppliers;
use base::id::{FailureId, ServiceId, SiteId, SystemId};
use base::{SimTime, Span, Stream};
use kernel::Context;
use nodes::Owners;
use pace::Pace;
use scenario::World;
use scenario::world::{Region, Replica, Service, WhenFull};
use serde::{Deserialize, Serialize};
use service::demand::requests;
use service::route::{preference, route};
use service::{BurstState, Fleet, SiteView};
use std::cmp::Reverse;
use std::ops::Range;

/// Packs that were lost, by holder.
pub(crate) type Lost = Vec<(usize, u64)>;

/// All services of the network.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Services {
    regions: Vec<Region>,
    services: Vec<State>,
    holders: Vec<Holder>,
    /// By site.
    owners: Vec<Owners>,
    /// In which order services are served: by priority, then by key.
    order: Vec<usize>,
    /// Start of the hour that is being counted.
    since: SimTime,
    /// The exclusivities as they were looked at last.
    standing: Standing,
}

/// One service.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct State {
    config: Service,
    /// By region.
    bursts: Vec<BurstState>,
    /// The factor of the hour that is being counted, by region.
    factors: Vec<f64>,
    /// Requests an hour in the hour that is being counted, by region.
    per_hour: Vec<f64>,
    /// The sites (as places in `config.sites`) that each region prefers in this hour.
    preferences: Vec<Vec<usize>>,
    /// Its holders.
    holders: Range<usize>,
    /// Who may serve it.
    suppliers: Suppliers,
}

/// The replicas of a service on one system of one site.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Holder {
    service: ServiceId,
    site: SiteId,
    /// Which of the service's replicas.
    replica: usize,
    /// What its nodes are.
    shape: Shape,
    /// Its nodes, pack by pack.
    nodes: Vec<u32>,
    fleet: Fleet,
    /// How fast its replicas work.
    pace: Pace,
}

/// Whether a system ever stands at a site.
fn stands_at(world: &World, site: SiteId, system: SystemId) -> bool {
    let here = |at: usize| world.blocks[at].site == site;
    let first = world.blocks.iter().filter(|block| block.site == site).flat_map(|block| &block.equipment);
    let plans = world.buildout.iter().flat_map(|plan| plan.blocks.iter().enumerate());
    let later = plans.filter(|&(at, _)| here(at)).flat_map(|(_, plan)| &plan.reequip);
    first.chain(later.flat_map(|later| &later.equipment)).any(|&(other, _)| other == system)
}

impl Services {
    /// The services of a world; `None` if it has none. `shape_of` gives the nodes of a system.
    pub fn of(world: &World, shape_of: impl Fn(usize) -> Shape) -> Option<Services> {
        if world.services.is_empty() {
            return None;
        }
        let mut holders = Vec::new();
        let mut states = Vec::new();
        for (index, service) in world.services.iter().enumerate() {
            let first = holders.len();
            for &site in &service.sites {
                let stands = |replica: &Replica| stands_at(world, site, replica.system);
                let here = service.replicas.iter().enumerate().filter(|(_, replica)| stands(replica));
                holders.extend(here.map(|(place, replica)| Holder {
                    service: ServiceId::new(index),
                    site,
                    replica: place,
                    shape: shape_of(replica.system.index()),
                    nodes: Vec::new(),
                    fleet: Fleet::new(world.start),
                    pace: Pace::full(service, place),
                }));
            }
            let burst = |region: &Region| {
                let name = format!("service/{}/region/{}/burst", service.key, region.key);
                BurstState::new(service.demand.burst, Stream::new(world.seed, &name))
            };
            states.push(State {
                config: service.clone(),
                bursts: world.regions.iter().map(burst).collect(),
                factors: vec![1.0; world.regions.len()],
                per_hour: vec![0.0; world.regions.len()],
                preferences: vec![Vec::new(); world.regions.len()],
                holders: first..holders.len(),
                suppliers: Suppliers::of(world, service),
            });
        }
        let mut order: Vec<usize> = (0..states.len()).collect();
        order.sort_by_key(|&index| (Reverse(world.services[index].priority), index));
        Some(Services {
            regions: world.regions.clone(),
            services: states,
            holders,
            owners: vec![Owners::default(); world.sites.len()],
            order,
            since: world.start,
            standing: Standing::default(),
        })
    }
}

impl Twin {
    /// A full hour has come, or the run begins.
    pub(crate) fn serve(&mut self, now: SimTime, context: &mut Context<Event, Fact>) {
        let Some(mut services) = self.services.take() else { return };
        services.close_hour(now, context);
        services.step(self, now, context);
        context.schedule_at(now.hour_start().saturating_add(Span::HOUR), Event::Serve);
        self.services = Some(services);
    }

    /// Something hits these nodes, or they are taken out: the replicas on them are lost. Returns what was, for
    /// [`Twin::replace_replicas`].
    pub(crate) fn strike_services(
        &mut self,
        nodes: (SiteId, Range<u32>),
        failure: Option<FailureId>,
        stays: bool,
        now: SimTime,
        context: &mut Context<Event, Fact>,
    ) -> Lost {
        let Some(mut services) = self.services.take() else { return Lost::new() };
        let lost = services.strike(self, nodes, failure, stays, now, context);
        self.services = Some(services);
        lost
    }

    /// Takes nodes for replicas that were lost.
    pub(crate) fn replace_replicas(&mut self, lost: &Lost, now: SimTime, context: &mut Context<Event, Fact>) {
        if lost.is_empty() {
            return;
        }
        let Some(mut services) = self.services.take() else { return };
        services.replace(self, lost, now, context);
        self.services = Some(services);
    }

    /// Lets replicas of a site give way, those on the last nodes first, until `enough` says so; `then` gets the nodes of
    /// each that went.
    pub(crate) fn shed_replicas(
        &mut self,
        at: SiteId,
        enough: impl Fn(&Twin) -> bool,
        then: impl Fn(&mut Twin, u32),
        now: SimTime,
        context: &mut Context<Event, Fact>,
    ) {
        let Some(mut services) = self.services.take() else { return };
        for node in (0..self.sites[at.index()].cluster.nodes()).rev() {
            if enough(self) {
                break;
            }
            let pack = services.pack_of(at, node);
            if !pack.is_empty() {
                services.strike(self, (at, node..node + 1), None, true, now, context);
                pack.into_iter().for_each(|node| then(self, node));
            }
        }
        self.services = Some(services);
    }
}

impl Services {
    fn step(&mut self, twin: &mut Twin, now: SimTime, context: &mut Context<Event, Fact>) {
        self.bar(twin, now, context);
        self.set_pace(twin);
        let mut wanted: Vec<Vec<u64>> = vec![Vec::new(); self.services.len()];
        let mut forecasts: Vec<Vec<u64>> = vec![Vec::new(); self.services.len()];
        for &index in &self.order.clone() {
            forecasts[index] = self.forecast(index, now);
            let plan = self.plan(twin, now, index, &forecasts[index], None);
            for (place, &packs) in self.services[index].holders.clone().zip(&plan) {
                let held = self.packs(place);
                if packs < held {
                    self.give_back(twin, place, held - packs, now, context);
                }
            }
            wanted[index] = plan;
        }
        for &index in &self.order.clone() {
            let short = self.take_up_to(twin, index, &wanted[index], now, context);
            if short.iter().any(|&short| short) {
                // What those sites cannot give, others may.
                let plan = self.plan(twin, now, index, &forecasts[index], Some(&short));
                self.take_up_to(twin, index, &plan, now, context);
            }
        }
    }

    /// Takes what is wanted; says of which holders it could not.
    fn take_up_to(
        &mut self,
        twin: &mut Twin,
        index: usize,
        wanted: &[u64],
        now: SimTime,
        context: &mut Context<Event, Fact>,
    ) -> Vec<bool> {
        let holders = self.services[index].holders.clone();
        let mut take = |(place, &packs): (usize, &u64)| {
            let held = self.packs(place);
            packs > held && self.take(twin, place, packs - held, now, context) < packs - held
        };
        holders.zip(wanted).map(&mut take).collect()
    }

    /// What each region is expected to ask in the hour that begins: what day, week and growth say, times the burst of the
    /// hour before. What it will ask is drawn here too, and kept for the end of the hour.
    fn forecast(&mut self, index: usize, now: SimTime) -> Vec<u64> {
        let state = &mut self.services[index];
        let config = &state.config;
        let open = config.start <= now && now < config.end;
        let middle = now.hour_start().saturating_add(Span(Span::HOUR.0 / 2));
        let mut forecast = Vec::with_capacity(self.regions.len());
        for (at, region) in self.regions.iter().enumerate() {
            let share = if open { config.shares[at] } else { 0.0 };
            let expected = config.demand.expected(middle, region.utc_offset, share);
            forecast.push(requests(expected * state.factors[at], Span::HOUR));
            state.factors[at] = state.bursts[at].factor(now);
            state.per_hour[at] = expected * state.factors[at];
        }
        forecast
    }

    /// Packs that a holder has.
    fn packs(&self, place: usize) -> u64 {
        self.holders[place].nodes.len() as u64 / u64::from(self.replica(place).pack_nodes)
    }

    fn replica(&self, place: usize) -> &Replica {
        let holder = &self.holders[place];
        &self.services[holder.service.index()].config.replicas[holder.replica]
    }

    /// Requests an hour that so many packs of a holder are planned to serve.
    fn planned(&self, place: usize, packs: u64) -> f64 {
        let (holder, replica) = (&self.holders[place], self.replica(place));
        let scale = &self.services[holder.service.index()].config.autoscale;
        packs as f64 * f64::from(replica.pack_replicas) * holder.pace.rate() * scale.utilisation * 3600.0
    }

    /// How many packs each holder should have in the hour from `now`. `full`: holders that can take no more.
    fn plan(
        &mut self,
        twin: &Twin,
        now: SimTime,
        index: usize,
        forecast: &[u64],
        full: Option<&[bool]>,
    ) -> Vec<u64> {
        let holders = self.services[index].holders.clone();
        let possible = self.possible(twin, index, full);
        let config = &self.services[index].config;
        let mut room = vec![0_u64; config.sites.len()];
        let site_of = |place: usize| config.sites.partition_point(|&site| site < self.holders[place].site);
        for (place, &packs) in holders.clone().zip(&possible) {
            room[site_of(place)] += self.planned(place, packs).min(hours::MOST) as u64;
        }
        let view = |region: &Region| -> Vec<SiteView> {
            let sites = config.sites.iter().zip(&room);
            sites
                .map(|(&site, &room)| SiteView {
                    round_trip: region.round_trips[site.index()],
                    price: twin.config.cost(site),
                    carbon: twin.grid_carbon(site, now),
                    room,
                })
                .collect()
        };
        let order = |region: &Region| preference(config.routing, &view(region), config.most_round_trip);
        let preferences: Vec<Vec<usize>> = self.regions.iter().map(order).collect();
        let mut asked = vec![0_u64; config.sites.len()];
        for flow in route(forecast, &preferences, &mut room) {
            asked[flow.site] += flow.requests;
        }
        let open = config.start <= now && now < config.end;
        let mut wanted = Vec::with_capacity(holders.len());
        let mut kept = vec![false; config.sites.len()];
        for (place, &packs) in holders.zip(&possible) {
            let site = site_of(place);
            let held = &self.holders[place];
            let Some(slots) =
                held.pace.slots.filter(|_| !self.services[index].suppliers.is_barred(held.site))
            else {
                wanted.push(0);
                continue;
            };
            let replica = self.replica(place);
            let each = u64::from(replica.pack_replicas);
            let most = packs * each;
            let rate = (asked[site] as f64).min(self.planned(place, packs)) / 3600.0;
            let by_use = libm::ceil(rate / (slots.rate() * config.autoscale.utilisation) - 1e-9) as u64;
            let mut needed = by_use.min(most);
            if needed < most && !slots.enough(needed, rate, &config.targets) {
                needed = slots.least(rate, &config.targets).max(needed).min(most);
            }
            // The least is kept once at each site, by its best replica that has room.
            let mut scale = config.autoscale;
            if kept[site] || most == 0 || !open {
                scale.least = 0;
            } else {
                kept[site] = true;
            }
            let current = self.holders[place].fleet.count();
            // Nodes are taken whole: of what a site may add, as many as that fills, and never less than one.
            let at_once = (current / each).saturating_add((scale.step_up / each).max(1));
            let packs = scale.wanted(current, needed).div_ceil(each).min(packs.max(current / each));
            wanted.push(packs.min(at_once));
            asked[site] -= asked[site].min(self.planned(place, needed.div_ceil(each)) as u64);
        }
        self.services[index].preferences = preferences;
        wanted
    }

    /// The most packs that each holder of a service could have.
    fn possible(&self, twin: &Twin, index: usize, full: Option<&[bool]>) -> Vec<u64> {
        let state = &self.services[index];
        let mut possible = Vec::with_capacity(state.holders.len());
        for (at, place) in state.holders.clone().enumerate() {
            let holder = &self.holders[place];
            let each = u64::from(self.replica(place).pack_nodes);
            if full.is_some_and(|full| full[at]) {
                possible.push(self.packs(place));
                continue;
            }
            if state.suppliers.is_barred(holder.site) || holder.pace.slots.is_none() {
                possible.push(0);
                continue;
            }
            let cluster = &twin.sites[holder.site.index()].cluster;
            let others =
                self.holders.iter().filter(|other| other.site == holder.site && other.shape == holder.shape);
            let nodes = match state.config.when_full {
                WhenFull::Wait => cluster.empty_nodes(&holder.shape) + holder.nodes.len() as u64,
                WhenFull::Preempt => {
                    let held: u64 = others.map(|other| other.nodes.len() as u64).sum();
                    cluster.nodes_of(&holder.shape).saturating_sub(held) + holder.nodes.len() as u64
                }
            };
            let each_holds = u64::from(self.replica(place).pack_replicas);
            let most = (state.config.autoscale.most / each_holds).max(1);
            possible.push((nodes / each).min(most));
        }
        possible
    }
}
