//! The scenario's part of power: what does not change in a run.

use base::id::{ServiceId, SystemId};
use base::{Power, SimTime, Span, Stream};
use plant::node::{NodeDraw, activity_under, speed_under};
use scenario::World;
use scenario::world::energy::{Curtailment, Energy, SitePower as Plan, WorkDraw};
use serde::{Deserialize, Serialize};

/// Nanowatts: integers, so that what was added is what is taken away.
pub type Nanowatts = i128;

/// A power in nanowatts.
pub fn nanowatts(power: Power) -> Nanowatts {
    libm::round(power.watts() * 1e9) as Nanowatts
}

/// A number of nanowatts as a power.
pub fn power(nanowatts: Nanowatts) -> Power {
    Power::from_watts(nanowatts as f64 / 1e9)
}

/// What a node draws.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct NodeRate {
    /// Always, while it is up.
    pub standing: Nanowatts,
    /// On top while something runs on it.
    pub host: Nanowatts,
    /// On top for all its accelerators at an activity of 1.
    pub accelerators: Nanowatts,
}

/// Power of all sites, as the scenario has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PowerConfig {
    energy: Energy,
    /// By system.
    rates: Vec<NodeRate>,
    /// Watts of one accelerator at an activity of 1, by system.
    accelerators: Vec<f64>,
    /// What workloads draw and how they slow, then services.
    work: Vec<WorkDraw>,
    /// The largest activity of any workload or service.
    pub most_activity: f64,
    /// Curtailment of each site, listed and drawn, by start.
    curtailments: Vec<Vec<Curtailment>>,
}

impl PowerConfig {
    /// Of a world, if any of its sites has power.
    pub fn of(world: &World) -> Option<PowerConfig> {
        let energy = world.energy.clone()?;
        let rate = |(draw, system): (&NodeDraw, &scenario::world::System)| NodeRate {
            standing: nanowatts(draw.standing),
            host: nanowatts(draw.host),
            accelerators: nanowatts(draw.accelerator * f64::from(system.accelerators_per_node)),
        };
        let work: Vec<WorkDraw> = energy.work.iter().chain(&energy.services).copied().collect();
        Some(PowerConfig {
            rates: energy.draws.iter().zip(&world.systems).map(rate).collect(),
            accelerators: energy.draws.iter().map(|draw| draw.accelerator.watts()).collect(),
            most_activity: work.iter().map(|work| work.activity).fold(0.0, f64::max),
            work,
            curtailments: energy.sites.iter().map(|plan| curtailments(plan, world)).collect(),
            energy,
        })
    }

    /// The plan of a site with power.
    pub fn plan(&self, at: usize) -> &Plan {
        &self.energy.sites[at]
    }
    /// All plans.
    pub fn plans(&self) -> &[Plan] {
        &self.energy.sites
    }
    /// What a node of a system draws.
    pub fn rate(&self, system: SystemId) -> NodeRate {
        self.rates[system.index()]
    }
    /// How many workloads and services there are.
    pub fn works(&self) -> usize {
        self.work.len()
    }
    /// Where services come among [`PowerConfig::works`].
    pub fn service(&self, service: ServiceId) -> usize {
        self.energy.work.len() + service.index()
    }
    /// How many systems there are.
    pub fn systems(&self) -> usize {
        self.rates.len()
    }

    /// What a thousandth of an accelerator draws on top of idle, where no more than `most` of its dynamic power may be
    /// drawn.
    pub fn milli(&self, system: usize, work: usize, most: f64) -> Nanowatts {
        let activity = self.work[work].activity.min(most);
        // Down, so that all of them together are never above what a node draws in full.
        libm::floor(self.accelerators[system] * activity * 1e6) as Nanowatts
    }

    /// Speed of a workload under that limit, in parts per million.
    pub fn speed(&self, workload: usize, most: f64) -> u32 {
        let work = self.work[workload];
        speed_under(most, work.activity, work.compute_bound)
    }

    /// The largest activity that the cap of the scenario leaves at a site.
    pub fn standing_most(&self, at: usize) -> f64 {
        activity_under(self.energy.sites[at].accelerator_cap)
    }

    /// What the grid gives now: the limit, the share of it that is curtailed, and the notice that there was.
    pub fn grid(&self, at: usize, now: SimTime) -> (Nanowatts, f64, Span) {
        let tranche = self.energy.sites[at].grid.iter().rfind(|tranche| tranche.from <= now);
        let limit = tranche.map_or(0, |tranche| nanowatts(tranche.limit));
        let mut curtailed = (limit, 0.0, Span::HOUR);
        let begun = self.curtailments[at].iter().take_while(|event| event.start <= now);
        for event in begun.filter(|event| now < event.start.saturating_add(event.length)) {
            if event.share > curtailed.1 {
                curtailed = (limit, event.share, event.notice);
            }
        }
        curtailed
    }

    /// What a unit that does not run gives from now to the end of the hour if it is wanted, as a share of what it gives once
    /// it runs. What could be foreseen by as long as its start takes is provided for; a curtailment with less notice is
    /// not: then it is ordered when the notice comes.
    pub fn starting(&self, at: usize, start: Span, now: SimTime) -> f64 {
        let begun = self.curtailments[at].iter().take_while(|event| event.start <= now);
        let surprising = begun
            .filter(|event| event.notice < start && now < event.start.saturating_add(event.length))
            .map(|event| (event.start - event.notice).0.saturating_add(start.0));
        let end = now.hour_start() + Span::HOUR;
        surprising
            .max()
            .map_or(1.0, |there| (end.0 - there.max(now.0)).max(0) as f64 / (end.0 - now.0) as f64)
    }

    /// The instants within hours at which limits change.
    pub fn changes(&self, at: usize, (start, end): (SimTime, SimTime)) -> Vec<SimTime> {
        let tranches = self.energy.sites[at].grid.iter().map(|tranche| tranche.from);
        let events = self.curtailments[at]
            .iter()
            .flat_map(|event| [event.start, event.start.saturating_add(event.length)]);
        let mut changes: Vec<SimTime> = tranches
            .chain(events)
            .filter(|time| start < *time && *time < end && time.hour_start() != *time)
            .collect();
        changes.sort_unstable();
        changes.dedup();
        changes
    }
}

/// Listed and drawn curtailments, by start.
fn curtailments(plan: &Plan, world: &World) -> Vec<Curtailment> {
    let mut events = plan.events.clone();
    if let Some(drawn) = plan.drawn {
        let name = format!("site/{}/curtailment", world.sites[plan.site.index()].key);
        let stream = Stream::new(world.seed, &name);
        let mean = 365.25 * 86_400.0 / drawn.per_year;
        let mut start = world.start;
        for index in 0.. {
            let gap = Span::from_seconds_f64(stream.at(index).exponential() * mean).unwrap_or(Span::FOREVER);
            start = start.saturating_add(gap);
            if start >= world.end {
                break;
            }
            let (length, share, notice) = (drawn.length, drawn.share, drawn.notice);
            events.push(Curtailment { start, length, share, notice });
        }
    }
    events.sort_by_key(|event| event.start);
    events
}
