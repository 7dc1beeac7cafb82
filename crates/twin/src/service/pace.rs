//! How fast replicas work: at a cap on their accelerators slower than was measured. A cap that changes within an hour counts
//! for services from the next.

use super::Services;
use crate::jobs::FULL_SPEED;
use crate::twin::Twin;
use scenario::world::Service;
use serde::{Deserialize, Serialize};
use service::Serving;
use service::queueing::Replica as Slots;

/// What a replica does at the speed that its accelerators have now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Pace {
    /// In parts per million.
    speed: u32,
    /// Latency and throughput.
    pub(super) serving: Serving,
    /// The load that it takes within the targets; `None`: no load is within them at this speed.
    pub(super) slots: Option<Slots>,
}

impl Pace {
    /// As it was measured.
    pub(super) fn full(service: &Service, replica: usize) -> Pace {
        let replica = &service.replicas[replica];
        Pace { speed: FULL_SPEED, serving: replica.serving.clone(), slots: Some(replica.slots) }
    }

    /// Requests a second within the targets.
    pub(super) fn rate(&self) -> f64 {
        self.slots.map_or(0.0, |slots| slots.rate())
    }
}

impl Services {
    /// The caps of this hour.
    pub(super) fn set_pace(&mut self, twin: &Twin) {
        for holder in &mut self.holders {
            let site = &twin.sites[holder.site.index()];
            let speed = site.service_speed(&twin.config, holder.service);
            if speed == holder.pace.speed {
                continue;
            }
            let config = &self.services[holder.service.index()].config;
            holder.pace = Pace::full(config, holder.replica);
            if speed != FULL_SPEED {
                let serving = holder.pace.serving.slowed(f64::from(speed) / f64::from(FULL_SPEED));
                let slots = Slots::of(&serving, &config.targets);
                holder.pace = Pace { speed, serving, slots };
            }
        }
    }
}
