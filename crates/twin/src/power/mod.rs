//! Power of a site in the twin: draw, limits, dispatch and books, hour by hour.
//!
//! ```text
//!  jobs start and end, nodes come, fall and rise       state: what nodes draw, in integers
//!  the hour begins, the grid's limit changes           limit: what may run; nodes are held down, jobs stopped or slowed
//!  the hour is over                                    hour: who supplied what was drawn, at least cost; the books
//! ```
//!
//! Cost follows events: a site's hour is one look at its limits and one at its supply, whatever happened in it.

mod conditions;
pub(crate) mod config;
mod fact;
mod hour;
mod limit;
pub(crate) mod state;

pub use conditions::{Conditions, SiteConditions};
pub use fact::{EnergyCost, EnergyHour, Generation, LimitCause, PowerFact, Withheld};
pub use plant::balance::{EnergyBooks, Joules};

use crate::fact::Fact;
use crate::twin::{Event, Twin};
use base::id::SiteId;
use base::{SimTime, Span};
use kernel::Context;
use scenario::World;
use std::sync::Arc;

impl Twin {
    /// Schedules the hours of the sites with power, and the instants within hours at which their grids change.
    pub(crate) fn prepare_power(&mut self, world: &World, context: &mut Context<Event, Fact>) {
        let Some(power) = &self.config.power else { return };
        context.schedule_at(world.start.hour_start() + Span::HOUR, Event::PowerHour);
        for (at, plan) in power.plans().iter().enumerate() {
            for time in power.changes(at, (world.start, world.end)) {
                context.schedule_at(time, Event::PowerLimit { site: plan.site });
            }
        }
    }

    /// Gives back what a snapshot leaves out.
    pub fn set_conditions(&mut self, conditions: Arc<Conditions>) {
        self.conditions = conditions;
    }

    /// An hour is over: its books are closed, and the limits of the next are looked at.
    pub(crate) fn power_hour(&mut self, now: SimTime, context: &mut Context<Event, Fact>) {
        for at in self.power_sites() {
            let site = &mut self.sites[at.index()];
            site.touch(now, &mut |fact| context.emit(fact));
            self.close_hour(now, at, false, context);
            self.due.push(at);
        }
        context.schedule_in(Span::HOUR, Event::PowerHour);
    }

    /// The end of the run: the last hour, and the charge for the part of the month.
    pub(crate) fn close_power(&mut self, now: SimTime, context: &mut Context<Event, Fact>) {
        for at in self.power_sites() {
            self.close_hour(now, at, true, context);
        }
    }

    /// Milligrams of carbon dioxide of a kilowatt-hour of a site's grid now; none where the site has no power section.
    pub(crate) fn grid_carbon(&self, at: SiteId, now: SimTime) -> Option<i64> {
        let power = self.sites[at.index()].power.as_ref()?;
        let site = self.conditions.sites.get(power.at)?;
        Some(libm::round(site.carbon(self.conditions.hour(now)) * 1000.0) as i64)
    }

    fn power_sites(&self) -> Vec<SiteId> {
        let plans = self.config.power.iter().flat_map(|power| power.plans());
        plans.map(|plan| plan.site).collect()
    }
}
