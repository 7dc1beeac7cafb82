//! Users, and the models that are offered to them.

use base::SimTime;
use base::Span;
use base::id::{PartnerId, SiteId, SystemId, TenantId};
use serde::{Deserialize, Serialize};
use service::queueing::Replica as Slots;
use service::{Autoscale, Demand, Rule, Serving, Targets};

/// A region of users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Key in the scenario.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// Degrees north.
    pub latitude_deg: f64,
    /// Degrees east.
    pub longitude_deg: f64,
    /// How far its clocks are ahead of UTC.
    pub utc_offset: Span,
    /// Round trip to each site, in the order of the sites.
    pub round_trips: Vec<Span>,
}

/// A model offered to users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Key in the scenario.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who buys its tokens; `None`: users who are no partners.
    pub buyer: Option<PartnerId>,
    /// What it is, for exclusivities.
    pub product: String,
    /// Through what it is sold, for exclusivities.
    pub channel: Option<String>,
    /// Its own priority and that of its tenant: its place among services and jobs.
    pub priority: i32,
    /// No request comes before this instant.
    pub start: SimTime,
    /// No request comes at or after this instant.
    pub end: SimTime,
    /// Tokens of a prompt.
    pub tokens_in: u32,
    /// Tokens of an answer.
    pub tokens_out: u32,
    /// The requests of all regions together.
    pub demand: Demand,
    /// The share of each region, in the order of the regions; they sum to 1.
    pub shares: Vec<f64>,
    /// What users are promised, without the round trip.
    pub targets: Targets,
    /// Which site a region's requests go to first.
    pub routing: Rule,
    /// Sites further away than this do not serve a region.
    pub most_round_trip: Span,
    /// The sites that may serve it, in their order.
    pub sites: Vec<SiteId>,
    /// What it does where no node is free.
    pub when_full: WhenFull,
    /// How many replicas it has.
    pub autoscale: Autoscale,
    /// What its replicas can be, the best first; at least one.
    pub replicas: Vec<Replica>,
}

/// A replica of a service on one system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    /// Key of the surface that says what it does.
    pub surface: String,
    /// The system that it stands on.
    pub system: SystemId,
    /// Accelerators that it needs.
    pub gpus: u32,
    /// Nodes that are taken together: a service takes whole nodes.
    pub pack_nodes: u32,
    /// Replicas on those nodes.
    pub pack_replicas: u32,
    /// Latency and throughput with the service's tokens.
    pub serving: Serving,
    /// The load that it takes within the service's targets.
    pub slots: Slots,
}

/// What a service does where no node is free for a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// It takes what is free, and goes without the rest until the next hour.
    Wait,
    /// It stops preemptible jobs of lower priority, which go back to their last checkpoint.
    Preempt,
}
