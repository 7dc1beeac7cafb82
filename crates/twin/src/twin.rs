//! The machine: what happens to the network of sites, event by event. [`Twin::handle`] is the table of contents.

use crate::agreements::Agreements;
use crate::buildout::Construction;
use crate::cluster::{Shape, Typical, WHOLE, can_ever_hold};
use crate::fact::{Fact, JobOutcome};
use crate::failure::{self, Hazard};
use crate::jobs::{JobState, Jobs};
use crate::power::Conditions;
use crate::power::config::PowerConfig;
use crate::power::state::SitePower;
use crate::queue::{self, Entry};
use crate::schedule::Pass;
use crate::service::Services;
use crate::site::{SiteState, spares_of};
use crate::site_choice;
use crate::workload::WorkloadRules;
use crate::{AcceleratorSet, Job};
use base::id::{BlockId, SiteId, SystemId, TenantId};
use base::{ItPower, Money, SimTime, Span};
use kernel::{Context, Machine, Simulation};
use plant::hour::Dispatcher;
use rustc_hash::FxHashMap;
use scenario::World;
use scenario::world::{Block, Failure, Link, Policy, System};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;
use trace::Demand;

/// What the twin schedules for itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// A block's systems can work from now.
    Energise {
        /// The block.
        block: BlockId,
    },
    /// A job's data has come to the site that it was sent to.
    Arrive {
        /// The job's slot.
        slot: u32,
    },
    /// A unit fails.
    Fail {
        /// Which hazard, of all sites'.
        hazard: u32,
    },
    /// Nodes are repaired.
    Repair {
        /// Where.
        site: SiteId,
        /// The first node.
        first: u32,
        /// One past the last.
        end: u32,
    },
    /// Something happens to what is being built.
    Build(buildout::Event),
    /// An hour of the sites with power is over.
    PowerHour,
    /// What the grid gives a site changes within an hour.
    PowerLimit {
        /// Where.
        site: SiteId,
    },
    /// A full hour has come for the services.
    Serve,
    /// Something is to be done under an agreement.
    Agreement,
    /// A running job is done.
    End {
        /// The job's slot.
        slot: u32,
    },
    /// A day is over: the meters are read. Only where the scenario keeps books.
    ReadMeters,
}

/// The part of the scenario that does not change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Config {
    /// How jobs are sent, queued and placed.
    pub policy: Policy,
    /// By workload.
    pub workloads: Vec<WorkloadRules>,
    /// Weights under fair share, in thousandths, by tenant.
    pub tenant_weights_milli: Vec<u64>,
    /// How equipment fails.
    pub failures: Vec<Failure>,
    /// Power of the sites; `None` where no site has a power section.
    pub power: Option<PowerConfig>,
    /// IT power of each block.
    it_power: Vec<ItPower>,
    links: Vec<Link>,
    /// The nodes of each block, by system.
    blocks: Vec<(SiteId, Nodes)>,
    /// By system: what a node has, and how many it has of them.
    pub(crate) systems: Vec<(Shape, u32)>,
    /// All nodes that a site will have.
    full: Vec<Vec<(Shape, u32)>>,
    /// Micro-dollars of an accelerator-hour.
    costs: Vec<Option<i64>>,
}

/// Takes what is held back out of the nodes that a site will have, as they come.
fn without_spares(nodes: &mut [(Shape, u32)], share: f64) {
    let mut all: Vec<(Shape, u64)> = Vec::new();
    for (shape, count) in nodes.iter_mut().filter(|_| share > 0.0) {
        let at = all.iter().position(|(known, _)| known == shape).unwrap_or_else(|| {
            all.push((*shape, 0));
            all.len() - 1
        });
        let before = spares_of(all[at].1, share);
        all[at].1 += u64::from(*count);
        *count -= (spares_of(all[at].1, share) - before) as u32;
    }
}

impl Config {
    fn of(world: &World) -> Config {
        let blocks: Vec<_> = world.blocks.iter().map(|block| (block.site, shapes(world, block))).collect();
        let mut full = vec![Vec::new(); world.sites.len()];
        for (site, nodes) in &blocks {
            full[site.index()].extend(nodes.iter().map(|&(_, shape, count)| (shape, count)));
        }
        let systems: Vec<(Shape, u32)> =
            world.systems.iter().map(|system| (shape_of(system), system.nodes)).collect();
        for block in world.buildout.iter().flat_map(|plan| &plan.blocks) {
            for &(system, count) in block.reequip.iter().flat_map(|later| &later.equipment) {
                let (shape, nodes) = systems[system.index()];
                full[block.site.index()].push((shape, count.saturating_mul(nodes)));
            }
        }
        for (nodes, site) in full.iter_mut().zip(&world.sites) {
            without_spares(nodes, site.spares);
        }
        let workloads = world.workloads.iter().map(WorkloadRules::of);
        let weights = world.tenants.iter().map(|tenant| libm::round(tenant.weight * 1000.0).max(1.0) as u64);
        let cost = |usd: f64| Money::from_usd(usd).map(|money| money.0);
        Config {
            policy: world.policy,
            workloads: workloads.collect(),
            tenant_weights_milli: weights.collect(),
            failures: world.failures.clone(),
            power: PowerConfig::of(world),
            it_power: world.blocks.iter().map(|block| block.it_power).collect(),
            links: world.links.clone(),
            costs: world.sites.iter().map(|site| site.usd_per_gpu_hour.and_then(cost)).collect(),
            blocks,
            systems,
            full,
        }
    }

    /// The site of a block.
    pub(crate) fn site_of(&self, block: BlockId) -> SiteId {
        self.blocks[block.index()].0
    }

    /// The cost of an accelerator-hour at a site, in micro-dollars.
    pub fn cost(&self, site: SiteId) -> Option<i64> {
        self.costs[site.index()]
    }

    /// How long the job's data takes to the site: half a round trip and its size over the bandwidth of the link from
    /// its home; `None` if no link leads there. Nothing moves for a job without a home or without data.
    pub fn transfer(&self, job: &Job, site: SiteId) -> Option<Span> {
        let data_gb = self.workloads[job.workload.index()].data_gb;
        let Some(home) = job.home.filter(|&home| home != site && data_gb > 0.0) else {
            return Some(Span::ZERO);
        };
        let joins = |link: &&Link| link.ends == [home, site] || link.ends == [site, home];
        let times = self.links.iter().filter(joins).filter_map(|link| {
            let sending = Span::from_seconds_f64(data_gb * 8.0 / link.gbit_per_s)?;
            Some(Span(link.round_trip.0 / 2).0.saturating_add(sending.0))
        });
        times.min().map(Span)
    }
}

/// The first midnight (UTC) after an instant.
fn next_day(now: SimTime) -> SimTime {
    now.saturating_add(Span(Span::DAY.0 - now.0.rem_euclid(Span::DAY.0)))
}

/// Nodes by system: what each has, and how many there are.
type Nodes = Vec<(SystemId, Shape, u32)>;

/// The nodes of a block by shape, in the order of the scenario.
fn shapes(world: &World, block: &Block) -> Nodes {
    let shape = |&(id, count): &(SystemId, u32)| {
        let system = &world.systems[id.index()];
        (id, shape_of(system), count.saturating_mul(system.nodes))
    };
    block.equipment.iter().map(shape).collect()
}

/// What a node of a system has when nothing runs on it.
fn shape_of(system: &System) -> Shape {
    let modelled = |amount: u32| if amount == 0 { u32::MAX } else { amount };
    Shape {
        accelerator: system.accelerator.filter(|_| system.accelerators_per_node > 0),
        gpus: system.accelerators_per_node as u8,
        cpu_milli: modelled(system.cpu_milli),
        memory_mib: modelled(system.memory_mib),
        domain_nodes: (system.scale_up_domain / system.accelerators_per_node.max(1)).max(1),
    }
}

/// What each tenant holds over all sites, and may.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Quotas {
    most_milli: Vec<Option<u64>>,
    held_milli: Vec<u64>,
}

impl Quotas {
    fn of(world: &World) -> Quotas {
        let most = |quota: u32| u64::from(quota) * u64::from(WHOLE);
        Quotas {
            most_milli: world.tenants.iter().map(|tenant| tenant.quota_gpus.map(most)).collect(),
            held_milli: vec![0; world.tenants.len()],
        }
    }
    /// Whether the job's tenant may hold its accelerators too.
    pub fn allows(&self, entry: &Entry) -> bool {
        let tenant = entry.tenant.index();
        self.most_milli[tenant].is_none_or(|most| self.held_milli[tenant] + entry.gpu_milli <= most)
    }
    /// Whether any tenant has a limit.
    pub fn any(&self) -> bool {
        self.most_milli.iter().any(Option::is_some)
    }
    /// What a tenant may hold beside what it has, in thousandths; `None` for no limit.
    pub fn room(&self, tenant: TenantId) -> Option<u64> {
        let most = self.most_milli[tenant.index()]?;
        Some(most.saturating_sub(self.held_milli[tenant.index()]))
    }
    /// A tenant holds this much more.
    pub fn hold(&mut self, tenant: TenantId, gpu_milli: u64) {
        self.held_milli[tenant.index()] += gpu_milli;
    }
    /// A tenant holds this much less.
    pub fn give_back(&mut self, tenant: TenantId, gpu_milli: u64) {
        self.held_milli[tenant.index()] -= gpu_milli;
    }
    fn can_ever(&self, job: &Job) -> bool {
        self.most_milli[job.tenant.index()].is_none_or(|most| job.demand.total_gpu_milli() <= most)
    }
}

/// Demands seen so far, each with the sites that can ever hold it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Demands {
    /// Looked up, never iterated.
    index: FxHashMap<(Demand, AcceleratorSet), u32>,
    possible: Vec<Vec<bool>>,
}

/// The network of sites.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Twin {
    pub(crate) config: Config,
    pub(crate) sites: Vec<SiteState>,
    pub(crate) jobs: Jobs,
    pub(crate) quotas: Quotas,
    demands: Demands,
    pub(crate) hazards: Vec<Hazard>,
    /// What is being built, if anything is.
    pub(crate) construction: Option<Construction>,
    /// What is offered to users, if anything is.
    pub(crate) services: Option<Box<Services>>,
    /// What partners have agreed, and what is offered; none where the scenario has neither.
    pub(crate) agreements: Option<Box<Agreements>>,
    /// Sites at which something happened in this instant.
    dirty: Vec<SiteId>,
    /// Sites whose limits of power and heat are to be looked at in this instant.
    pub(crate) due: Vec<SiteId>,
    /// What comes from outside; given back after a snapshot.
    #[serde(skip)]
    pub(crate) conditions: Arc<Conditions>,
    /// Memory of the dispatch.
    #[serde(skip)]
    pub(crate) dispatcher: Dispatcher,
}

/// The world as a simulation that is ready to run, in still air of 15 °C and at no price where a site has power.
/// `typical` is what fragmentation is measured by.
pub fn simulation(world: &World, typical: &Typical) -> Simulation<Twin> {
    simulation_under(world, typical, Arc::default())
}

/// The same under these conditions of weather, price and carbon.
pub fn simulation_under(world: &World, typical: &Typical, conditions: Arc<Conditions>) -> Simulation<Twin> {
    let tenants = world.tenants.len();
    let config = Config::of(world);
    // A limit of power and a block that is re-equipped ask who runs on a node, as a failure does.
    let fails = !world.failures.is_empty() || crate::buildout::takes_out(world);
    let site =
        |i| SiteState::new(SiteId::new(i), world.start, &world.policy, tenants, fails, typical.clone());
    let mut sites: Vec<SiteState> = (0..world.sites.len()).map(site).collect();
    sites.iter_mut().zip(&world.sites).for_each(|(state, site)| state.keep_spares(site.spares));
    if let Some(power) = &config.power {
        for (at, plan) in power.plans().iter().enumerate() {
            let state = SitePower::new(at, power, world.start);
            sites[plan.site.index()].power = Some(Box::new(state));
        }
    }
    let twin = Twin {
        config,
        sites,
        jobs: Jobs::default(),
        quotas: Quotas::of(world),
        demands: Demands::default(),
        hazards: failure::hazards(world),
        construction: world.buildout.as_ref().map(Construction::new),
        services: Services::of(world, |system| shape_of(&world.systems[system])).map(Box::new),
        agreements: Agreements::of(world),
        dirty: Vec::new(),
        due: Vec::new(),
        conditions,
        dispatcher: Dispatcher::default(),
    };
    let mut simulation = Simulation::new(twin, world.start);
    simulation.machine_mut().share_sites(world);
    simulation.prepare(|twin, context| {
        twin.wake_agreements(context);
        if world.books.is_some() {
            let models = world.accelerators.len();
            twin.sites.iter_mut().for_each(|site| site.install_meter(world.start, models));
            context.schedule_at(next_day(world.start), Event::ReadMeters);
        }
        if world.buildout.is_some() {
            context.schedule_at(world.start, Event::Build(buildout::Event::Start));
        } else {
            for (i, block) in world.blocks.iter().enumerate() {
                context.schedule_at(block.ready, Event::Energise { block: BlockId::new(i) });
            }
        }
        twin.prepare_power(world, context);
        if !world.services.is_empty() {
            context.schedule_at(world.start, Event::Serve);
        }
    });
    simulation
}

impl Machine for Twin {
    type Event = Event;
    type Input = Job;
    type Fact = Fact;

    fn input(&mut self, now: SimTime, job: Job, context: &mut Context<Event, Fact>) {
        self.submit(now, job, context);
    }

    fn handle(&mut self, now: SimTime, event: Event, context: &mut Context<Event, Fact>) {
        match event {
            Event::Agreement => self.agreements_due(),
            Event::Energise { block } => self.energise(now, block, context),
            Event::Arrive { slot } => self.arrive(now, slot, context),
            Event::Fail { hazard } => self.fail(now, hazard, context),
            Event::Build(event) => self.build(now, event, context),
            Event::Repair { site, first, end } => self.repair(now, site, first..end, context),
            Event::Serve => self.serve(now, context),
            Event::End { slot } => self.end(now, slot, context),
            Event::ReadMeters => self.read_meters(now, context),
            Event::PowerHour => self.power_hour(now, context),
            Event::PowerLimit { site } => self.due.push(site),
        }
    }

    fn settle(&mut self, now: SimTime, context: &mut Context<Event, Fact>) {
        // Before agreements: what is energised now may be what they wait for.
        self.settle_construction(now, context);
        self.limit_power(now, context);
        self.settle_agreements(now, context);
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.sort_unstable();
        dirty.dedup();
        for &site in &dirty {
            let site = &mut self.sites[site.index()];
            let (jobs, quotas, config) = (&mut self.jobs, &mut self.quotas, &self.config);
            Pass { now, site, jobs, quotas, config, context }.run();
        }
        dirty.clear();
        self.dirty = dirty;
    }
}

impl Twin {
    /// The state of a site.
    pub(crate) fn site_mut(&mut self, site: SiteId) -> &mut SiteState {
        &mut self.sites[site.index()]
    }
    /// The jobs in the system.
    pub(crate) fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// A site at which something is about to happen: its account is brought up to now.
    pub(crate) fn touch(
        &mut self,
        now: SimTime,
        site: SiteId,
        context: &mut Context<Event, Fact>,
    ) -> &mut SiteState {
        if self.dirty.last() != Some(&site) {
            self.dirty.push(site);
        }
        let site = &mut self.sites[site.index()];
        site.touch(now, &mut |fact| context.emit(fact));
        site
    }

    fn submit(&mut self, now: SimTime, job: Job, context: &mut Context<Event, Fact>) {
        let demand = self.demand(&job);
        let chosen = match self.quotas.can_ever(&job) {
            true => {
                site_choice::choose(&self.config, &self.sites, &job, &self.demands.possible[demand as usize])
            }
            false => None,
        };
        let key = queue::key(self.config.policy.order, job.priority, now, job.requested, job.number);
        let state = JobState::new(job, demand, chosen.unwrap_or(SiteId(0)), key, now);
        let Some(site) = chosen else {
            context.emit(Fact::JobEnded(state.row(now, JobOutcome::Rejected)));
            return;
        };
        context.emit(Fact::JobSubmitted { job: state.job.number, site });
        let transfer = self.config.transfer(&state.job, site).unwrap_or(Span::ZERO);
        let slot = self.jobs.insert(state);
        if transfer > Span::ZERO {
            context.schedule_in(transfer, Event::Arrive { slot });
        } else {
            self.arrive(now, slot, context);
        }
    }

    fn arrive(&mut self, now: SimTime, slot: u32, context: &mut Context<Event, Fact>) {
        let state = self.jobs.get(slot);
        let entry = Entry {
            key: state.key,
            slot,
            demand: state.demand,
            gpu_milli: state.job.demand.total_gpu_milli(),
            requested: state.requested(),
            tenant: state.job.tenant,
        };
        let site = state.site;
        let site = self.touch(now, site, context);
        site.queue.insert(entry);
        site.arrivals.push(entry);
    }

    fn end(&mut self, now: SimTime, slot: u32, context: &mut Context<Event, Fact>) {
        let mut state = self.jobs.remove(slot);
        state.know_spread(&self.sites[state.site.index()].cluster);
        let Some(held) = state.held.take() else { return };
        let (tenant, demand) = (state.job.tenant, state.job.demand);
        let preemptible = self.config.workloads[state.job.workload.index()].preemptible;
        self.touch(now, state.site, context);
        let site = &mut self.sites[state.site.index()];
        site.placer.release(&mut site.cluster, &held.groups, &held.allocations);
        site.vacate(slot, &held.allocations);
        site.draw(&self.config, state.job.workload, (&held.groups, &held.allocations), false);
        site.withdraw(&self.config, &held.allocations);
        site.running.remove(&(held.requested_end, slot));
        site.give_back(now, tenant, &demand, held.groups.pool);
        if preemptible {
            site.forget_preemptible(state.job.priority);
        }
        site.released = true;
        if now < held.requested_end {
            // Room comes sooner than was promised.
            site.reservation = None;
        }
        site.account().finished();
        context.emit(Fact::JobEnded(state.row(now, JobOutcome::Finished)));
        self.jobs.recycle(held.allocations);
        self.quotas.give_back(tenant, demand.total_gpu_milli());
        if self.quotas.any() {
            // A job of this tenant may have waited for its quota at any site.
            for site in 0..self.sites.len() {
                self.touch(now, SiteId::new(site), context).released = true;
            }
        }
    }

    fn energise(&mut self, now: SimTime, block: BlockId, context: &mut Context<Event, Fact>) {
        let (site, nodes) = self.config.blocks[block.index()].clone();
        self.bring(now, block, site, &nodes, context);
    }

    /// Nodes of a block can work from now; returns where they stand, by product.
    pub(crate) fn bring(
        &mut self,
        now: SimTime,
        block: BlockId,
        site: SiteId,
        nodes: &[(SystemId, Shape, u32)],
        context: &mut Context<Event, Fact>,
    ) -> Vec<Range<u32>> {
        self.touch(now, site, context);
        let state = &mut self.sites[site.index()];
        if let (Some(power), Some(config)) = (&mut state.power, &self.config.power) {
            power.energise(config, now, block, self.config.it_power[block.index()]);
            self.due.push(site);
        }
        let (mut count, mut gpus) = (0_u32, 0_u32);
        let mut stands = Vec::new();
        for &(system, shape, number) in nodes {
            let first = state.cluster.nodes();
            state.add_nodes(&self.config, block, system, shape, number);
            stands.push(first..state.cluster.nodes());
            count = number.saturating_add(count);
            gpus = number.saturating_mul(u32::from(shape.gpus)).saturating_add(gpus);
        }
        context.emit(Fact::BlockEnergised { block, site, nodes: count, gpus });
        self.energised_under_agreements(block, site);
        self.renew_hazards(now, site, context);
        stands
    }

    /// Says what the sites did and what their tenants held until now, and comes again a day later.
    fn read_meters(&mut self, now: SimTime, context: &mut Context<Event, Fact>) {
        for site in &mut self.sites {
            site.touch(now, &mut |fact| context.emit(fact));
            site.read_meter(now, &mut |fact| context.emit(fact));
        }
        context.schedule_at(next_day(now), Event::ReadMeters);
    }

    /// The job's demand as the twin numbers them.
    fn demand(&mut self, job: &Job) -> u32 {
        let Demands { index, possible } = &mut self.demands;
        *index.entry((job.demand, job.accelerators)).or_insert_with(|| {
            let holds = |nodes: &Vec<(Shape, u32)>| can_ever_hold(nodes, &job.demand, job.accelerators);
            possible.push(self.config.full.iter().map(holds).collect());
            (possible.len() - 1) as u32
        })
    }

    /// The end of the run: says the last hours, and a row for each job that waits or runs.
    pub fn close(&mut self, now: SimTime, context: &mut Context<Event, Fact>) {
        self.close_construction(now, context);
        if let Some(services) = &mut self.services {
            services.close_hour(now, context);
        }
        for site in &mut self.sites {
            site.close(now, &mut |fact| context.emit(fact));
        }
        self.close_power(now, context);
        for state in self.jobs.by_number() {
            state.know_spread(&self.sites[state.site.index()].cluster);
            let outcome = if state.held.is_some() { JobOutcome::Running } else { JobOutcome::Waiting };
            context.emit(Fact::JobEnded(state.row(now, outcome)));
        }
    }

    /// Jobs in the system.
    pub fn jobs_in_system(&self) -> usize {
        self.sites.iter().map(|site| site.queue.len() + site.running.len()).sum()
    }
}
