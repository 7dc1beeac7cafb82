//! What power and cooling carry, and what gives way where they carry less than could run.
//!
//! The rule: whatever jobs start next, the nodes that are up never draw more than is to be had. Their full draw (all
//! accelerators held, at the largest activity of any workload) is kept at or below the limit, by a cap on accelerators
//! (with `shortage = "slow"`) and by holding nodes down: free ones first, from the last to the first, then those of jobs
//! that are stopped for it, preemptible ones first, then by priority, then the one that started last; the replicas of services
//! come last, and come back when there is room again.

use super::config::{Nanowatts, PowerConfig, nanowatts, power};
use super::fact::{LimitCause, PowerFact};
use super::state::{Limits, SitePower};
use crate::fact::Fact;
use crate::schedule::{self, Pass};
use crate::twin::{Event, Twin};
use base::id::SiteId;
use base::{ItPower, Power, SimTime, Span};
use kernel::Context;
use plant::balance::Joules;
use plant::hour::Store;
use plant::node::{activity_under, speed_under};
use scenario::world::energy::Shortage;

/// What may be drawn, and how it came.
#[derive(Clone, Copy, Debug)]
struct Limit {
    /// IT power that is to be drawn, as far as preemptible work can give way.
    most: Nanowatts,
    /// IT power that may be drawn at all.
    hard: Nanowatts,
    /// How long before the site was told.
    notice: Span,
    cause: LimitCause,
    /// Where only some of the work gives way to the price: what there is without it.
    willing: Option<Room>,
}

/// Nothing binds.
const NO_LIMIT: Limit = Limit {
    most: Nanowatts::MAX,
    hard: Nanowatts::MAX,
    notice: Span::HOUR,
    cause: LimitCause::Power,
    willing: None,
};

/// Powers are equal up to this part of the capacity: no node is held down for a rounding.
pub(super) const ROUNDING: Nanowatts = 1_000_000_000;

/// What each limit alone leaves of the capacity.
#[derive(Clone, Copy, Debug)]
struct Room {
    capacity: Nanowatts,
    /// Power, if nothing were curtailed.
    without: Nanowatts,
    /// Power.
    with: Nanowatts,
    /// The air.
    cool: Nanowatts,
    /// The site's own answer to the price.
    willing: Nanowatts,
}

impl Room {
    /// What is withheld for want of power, for the grid's sake and for heat.
    fn withheld(&self) -> (Nanowatts, Nanowatts, Nanowatts) {
        let curtailed = self.without - self.with.min(self.willing).min(self.without);
        let left = self.without - curtailed;
        (self.capacity - self.without, curtailed, left - left.min(self.cool))
    }
}

impl Twin {
    /// Looks at the limits of the sites that are due and lets work give way.
    pub(crate) fn limit_power(&mut self, now: SimTime, context: &mut Context<Event, Fact>) {
        if self.due.is_empty() {
            return;
        }
        let mut due = std::mem::take(&mut self.due);
        due.sort_unstable();
        due.dedup();
        for &site in &due {
            if let Some(limit) = self.limit(now, site) {
                self.keep_to(now, site, limit, context);
                if let Some(room) = limit.willing {
                    self.count_willing(site, room);
                }
            }
        }
        due.clear();
        self.due = due;
    }

    /// The limit of a site now; also kept in its state.
    fn limit(&mut self, now: SimTime, at: SiteId) -> Option<Limit> {
        let config = self.config.power.as_ref()?;
        let hour = self.conditions.hour(now);
        let state = self.sites[at.index()].power.as_mut()?;
        if state.load.it == ItPower::ZERO {
            return None;
        }
        // What has been drawn until now was drawn under the limits of before.
        state.count(now);
        let conditions = self.conditions.sites.get(state.at);
        let air =
            conditions.map_or(plant::air::Air { dry_bulb_c: 15.0, wet_bulb_c: 10.0 }, |site| site.air(hour));
        let (grid, share, notice) = config.grid(state.at, now);
        for (share, group) in state.starting.iter_mut().zip(&config.plan(state.at).units) {
            *share = config.starting(state.at, group.units.start, now);
        }
        let own = own_supply(config, state, conditions, hour, air.dry_bulb_c);
        let given = libm::floor(grid as f64 * (1.0 - share)) as Nanowatts;
        let asked = state.asked();
        let (carried, cool) = state.load.most_it(air, power(given) + own, asked);
        let capacity = nanowatts(asked);
        let whole = |carried: Option<Power>| match carried {
            Some(power) if power == asked => capacity,
            Some(power) => nanowatts(power),
            None => 0,
        };
        let with = whole(carried);
        let without = match share > 0.0 && with < capacity {
            true => whole(state.load.most_it(air, power(grid) + own, asked).0),
            false => with,
        };
        let cool = if cool == asked { capacity } else { nanowatts(cool) };
        let tariff = &config.plan(state.at).tariff;
        let price = conditions.map_or(tariff.fixed, |site| Some(tariff.price(site.price(hour))));
        let response = config
            .plan(state.at)
            .price_response
            .filter(|(above, _)| price.is_some_and(|price| price > *above));
        let willing =
            response.map_or(capacity, |(_, share)| libm::floor(capacity as f64 * (1.0 - share)) as Nanowatts);
        let room = Room { capacity, without, with, cool, willing };
        let (shed, curtailed, derated) = room.withheld();
        state.limits = Limits { grid: given, shed, curtailed, derated, dark: carried.is_none() };
        let rounding = capacity / ROUNDING;
        let (most, hard) = (with.min(cool).min(willing) + rounding, with.min(cool) + rounding);
        if most >= capacity {
            return Some(NO_LIMIT);
        }
        let cause = if most == cool + rounding {
            LimitCause::Heat
        } else if curtailed > shed {
            LimitCause::Curtailment
        } else {
            LimitCause::Power
        };
        // Heat, prices and dates are known an hour ahead; a unit that fails is not.
        let notice = match cause {
            LimitCause::Curtailment if hard == most => notice,
            LimitCause::Power if !config.plan(state.at).units.is_empty() => Span::ZERO,
            _ => Span::HOUR,
        };
        let hard = if hard >= capacity { Nanowatts::MAX } else { hard };
        Some(Limit { most, hard, notice, cause, willing: (willing < capacity).then_some(room) })
    }

    /// Of what the site would give to the price, counts what did give way.
    fn count_willing(&mut self, at: SiteId, room: Room) {
        let Some(config) = &self.config.power else { return };
        let Some(state) = self.sites[at.index()].power.as_mut() else { return };
        let willing = room.willing.max(room.capacity - state.given_way(config));
        (state.limits.shed, state.limits.curtailed, state.limits.derated) =
            Room { willing, ..room }.withheld();
    }

    /// Keeps the site's draw at or below the limit.
    fn keep_to(&mut self, now: SimTime, at: SiteId, limit: Limit, context: &mut Context<Event, Fact>) {
        let Some(config) = &self.config.power else { return };
        let Some(state) = &self.sites[at.index()].power else { return };
        let most = self.cap_for(config, state, limit);
        let full = state.full(config);
        if most == state.most && full <= limit.most && (state.held.is_empty() || full == limit.most) {
            return;
        }
        let before = (state.held.len(), state.most);
        self.sites[at.index()].touch(now, &mut |fact| context.emit(fact));
        if most != before.1 {
            self.cap(now, at, most, context);
        }
        let released = self.release(at, limit.most);
        if !released {
            self.hold_free(at, limit.most);
            self.stop_for(now, at, limit, context);
        }
        let Some(state) = &self.sites[at.index()].power else { return };
        if (state.held.len(), state.most) == before {
            return;
        }
        let (nodes, gpus) = (state.held.len() as u32, (state.held_milli / 1000) as u32);
        let standing = self.config.power.as_ref().map_or(0.0, |config| config.most_activity);
        let clock = speed_under(state.most, standing.min(1.0), 1.0);
        context.emit(Fact::Power(PowerFact::Held { site: at, cause: limit.cause, nodes, gpus, clock }));
        // Room has come or gone: the queue is looked through again.
        self.touch(now, at, context);
    }

    /// The cap under which all nodes that are there for work keep to the limit, or the deepest there is.
    fn cap_for(&self, config: &PowerConfig, state: &SitePower, limit: Limit) -> f64 {
        let plan = config.plan(state.at);
        let standing = config.standing_most(state.at);
        if plan.shortage == Shortage::Stop || limit.hard == Nanowatts::MAX {
            return standing;
        }
        let mut there = state.up;
        there.join(&state.kept);
        let fits = there.activity_at(limit.hard - state.other);
        if fits >= config.most_activity.min(standing) {
            return standing;
        }
        fits.max(activity_under(plan.least_cap)).min(standing)
    }

    /// Another cap holds from now: running jobs go on at another speed.
    fn cap(&mut self, now: SimTime, at: SiteId, most: f64, context: &mut Context<Event, Fact>) {
        let Some(config) = &self.config.power else { return };
        let site = &mut self.sites[at.index()];
        let Some(state) = &mut site.power else { return };
        let before = state.most;
        state.cap(config, most);
        let mut moved = Vec::new();
        for &(end, slot) in &site.running {
            let job = self.jobs.get_mut(slot);
            let workload = job.job.workload.index();
            let speed = config.speed(workload, most);
            if speed == config.speed(workload, before) || job.held.is_none() {
                continue;
            }
            let (left, told) = job.at_speed(now, speed);
            let Some(held) = &mut job.held else { continue };
            context.cancel(held.end);
            held.end = context.schedule_at(now.saturating_add(left), Event::End { slot });
            held.requested_end = now.saturating_add(told);
            moved.push((end, held.requested_end, slot));
        }
        for (end, later, slot) in moved {
            site.running.remove(&(end, slot));
            site.running.insert((later, slot));
        }
        site.reservation = None;
        site.released = true;
    }

    /// Lets nodes go that the limit allows; says whether the site keeps to it already.
    fn release(&mut self, at: SiteId, most: Nanowatts) -> bool {
        loop {
            let Some(config) = &self.config.power else { return true };
            let site = &mut self.sites[at.index()];
            let Some(state) = &mut site.power else { return true };
            let full = state.full(config);
            let Some(&node) = state.held.last() else { return full <= most };
            let Some(system) = site.fleet.system(node) else { return true };
            let rate = config.rate(system);
            if state.full_with(config, rate) > most {
                return full <= most;
            }
            state.held.pop();
            state.held_milli -= u64::from(site.cluster.node_gpus(node)) * 1000;
            state.kept.add(rate, -1);
            site.rise(&self.config, node..node + 1);
        }
    }

    fn hold(&mut self, at: SiteId, node: u32) {
        let Some(config) = &self.config.power else { return };
        let site = &mut self.sites[at.index()];
        let (Some(state), Some(system)) = (&mut site.power, site.fleet.system(node)) else { return };
        state.held.push(node);
        state.held_milli += u64::from(site.cluster.node_gpus(node)) * 1000;
        state.kept.add(config.rate(system), 1);
        site.will_fall(node..node + 1);
        site.fall(&self.config, node..node + 1);
        site.released = true;
    }

    /// Whether the nodes that are up keep to the limit.
    fn keeps(&self, at: SiteId, most: Nanowatts) -> bool {
        match (&self.config.power, &self.sites[at.index()].power) {
            (Some(config), Some(state)) => state.full(config) <= most,
            _ => true,
        }
    }

    /// Holds free nodes down, from the last to the first, until the site keeps to the limit.
    fn hold_free(&mut self, at: SiteId, most: Nanowatts) {
        let mut node = self.sites[at.index()].cluster.nodes();
        while node > 0 && !self.keeps(at, most) {
            node -= 1;
            let site = &self.sites[at.index()];
            let empty = site.power.as_ref().is_some_and(|state| state.is_empty(node));
            if empty && site.cluster.is_up(node) {
                self.hold(at, node);
            }
        }
    }

    /// Stops jobs and holds their nodes down until the site keeps to the limit.
    fn stop_for(&mut self, now: SimTime, at: SiteId, limit: Limit, context: &mut Context<Event, Fact>) {
        if self.keeps(at, limit.most) {
            return;
        }
        for slot in self.victims(at) {
            let state = self.jobs.get(slot);
            let Some(held) = &state.held else { continue };
            let rules = &self.config.workloads[state.job.workload.index()];
            // Work that may not be stopped for a price goes on unless it must give way.
            let target = if rules.preemptible { limit.most } else { limit.hard };
            if self.keeps(at, target) {
                return;
            }
            let write = rules.checkpoint_write;
            let mut nodes: Vec<u32> = held.allocations.iter().map(|allocation| allocation.node).collect();
            nodes.sort_unstable();
            nodes.dedup();
            let notice = limit.notice > Span::ZERO && limit.notice >= write;
            let site = &mut self.sites[at.index()];
            let (jobs, quotas, config) = (&mut self.jobs, &mut self.quotas, &self.config);
            let lost = schedule::stop(&mut Pass { now, site, jobs, quotas, config, context }, slot, notice);
            let state = self.jobs.get_mut(slot);
            state.curtailments += 1;
            let job = state.job.number;
            context.emit(Fact::Power(PowerFact::JobStopped { job, site: at, lost }));
            for node in nodes.into_iter().rev() {
                let site = &self.sites[at.index()];
                let empty = site.power.as_ref().is_some_and(|state| state.is_empty(node));
                if empty && site.cluster.is_up(node) && !self.keeps(at, target) {
                    self.hold(at, node);
                }
            }
        }
        let hold = |twin: &mut Twin, node: u32| {
            if twin.sites[at.index()].cluster.is_up(node) {
                twin.hold(at, node);
            }
        };
        self.shed_replicas(at, |twin| twin.keeps(at, limit.hard), hold, now, context);
    }

    /// The running jobs in the order in which they give way.
    fn victims(&self, at: SiteId) -> Vec<u32> {
        let workloads = &self.config.workloads;
        let firm = |slot: u32| !workloads[self.jobs.get(slot).job.workload.index()].preemptible;
        let mut slots: Vec<u32> = self.sites[at.index()].running.iter().map(|&(_, slot)| slot).collect();
        slots.sort_by_key(|&slot| {
            let state = self.jobs.get(slot);
            (firm(slot), state.job.priority, std::cmp::Reverse((state.since, state.job.number)))
        });
        slots
    }
}

/// What the site can give itself: units that can run, sun and wind of the hour, the battery for an hour. What becomes ready
/// within an hour serves from the next one on, as in the hour's dispatch.
fn own_supply(
    config: &PowerConfig,
    state: &SitePower,
    conditions: Option<&super::SiteConditions>,
    hour: usize,
    dry_bulb_c: f64,
) -> Power {
    let (plan, from) = (config.plan(state.at), state.hour);
    let mut own = Power::ZERO;
    for (i, group) in plan.units.iter().enumerate().filter(|(_, group)| group.ready <= from) {
        let units = &group.units;
        let ready = conditions.map_or(units.count, |site| site.units(i, hour, units.count));
        let runs = state.running[i].min(ready);
        let starts = f64::from(ready - runs) * state.starting[i];
        own += units.capacity_at(dry_bulb_c) * (f64::from(runs) + starts);
    }
    let mean = |energy: Joules| energy.over(Span::HOUR);
    if let (Some(solar), Some(site)) = (&plan.solar, conditions) {
        own += mean(site.solar(hour)) * solar.share(from);
    }
    if let (Some(wind), Some(site)) = (&plan.wind, conditions) {
        own += mean(site.wind(hour)) * wind.share(from);
    }
    if let Some((battery, parts)) = &plan.battery {
        let battery = battery.part(parts.share(from));
        let still = plant::battery::BatteryHour {
            charged: Joules::ZERO,
            discharged: Joules::ZERO,
            stored: state.stored,
        };
        own += mean(Store { battery: &battery, stored: state.stored, plan: still }.reach(Span::HOUR).0);
    }
    own
}
