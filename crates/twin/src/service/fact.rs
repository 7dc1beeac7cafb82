//! What is said of services.

use crate::fact::GpuTime;
use base::id::{FailureId, RegionId, ServiceId, SiteId, SystemId};
use base::{SimTime, Span};
use serde::{Deserialize, Serialize};

/// Something that happened to a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceFact {
    /// An hour of a service in one region has passed.
    Hour(ServiceHour),
    /// An hour of the replicas of a service on one system of one site has passed.
    Replicas(ReplicaHour),
    /// A job was stopped for replicas and waits again.
    JobPreempted {
        /// The job's number.
        job: u64,
        /// Where it ran.
        site: SiteId,
        /// For whose replicas.
        service: ServiceId,
        /// Work since its last checkpoint, done again later.
        lost: Span,
    },
    /// Replicas were lost.
    ReplicasLost {
        /// Whose.
        service: ServiceId,
        /// Where.
        site: SiteId,
        /// What failed; none if their nodes were taken out.
        failure: Option<FailureId>,
        /// How many.
        replicas: u32,
    },
}

/// Requests with their tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Requests.
    pub requests: u64,
    /// Tokens of their prompts.
    pub tokens_in: u64,
    /// Tokens of their answers.
    pub tokens_out: u64,
}

impl Tokens {
    /// So many requests of so many tokens each.
    pub fn of(requests: u64, tokens_in: u32, tokens_out: u32) -> Tokens {
        Tokens {
            requests,
            tokens_in: requests.saturating_mul(tokens_in.into()),
            tokens_out: requests.saturating_mul(tokens_out.into()),
        }
    }
}

/// One hour of one service in one region (shorter at the ends of a run). `offered = served + unserved`, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceHour {
    /// The service.
    pub service: ServiceId,
    /// The region.
    pub region: RegionId,
    /// Start of the hour.
    pub hour: SimTime,
    /// What users asked for.
    pub offered: Tokens,
    /// Of that, served.
    pub served: Tokens,
    /// Of that, not.
    pub unserved: Tokens,
    /// Mean time to the first token of what was served, the round trip included.
    pub ttft: Option<Span>,
    /// Mean time between tokens of what was served.
    pub tpot: Option<Span>,
    /// Mean round trip to the sites that served.
    pub round_trip: Option<Span>,
}

/// One hour of the replicas of a service on one system of one site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicaHour {
    /// The service.
    pub service: ServiceId,
    /// The site.
    pub site: SiteId,
    /// The system that they stand on.
    pub system: SystemId,
    /// Start of the hour.
    pub hour: SimTime,
    /// Accelerator time that they held, starting ones too.
    pub held: GpuTime,
    /// Replicas times nanoseconds that were ready.
    pub ready: u128,
    /// Replicas at the end of the hour, starting ones too, before what the next hour changes.
    pub replicas: u64,
    /// What they could have served within the service's targets.
    pub capacity: u64,
    /// What they served.
    pub served: Tokens,
    /// Mean time to the first token, without the round trip.
    pub ttft: Option<Span>,
    /// Mean time between tokens.
    pub tpot: Option<Span>,
}
