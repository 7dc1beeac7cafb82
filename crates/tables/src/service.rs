//! What services add up to: sums over their hours, results, rows.

use crate::declared::{replica_hours, service_hours};
use crate::error::TableError;
use crate::sketch::Sketch;
use crate::summary::{MetricDef, Part, metrics};
use crate::writer::{gpu_hours, integer};
use base::Span;
use base::id::{SiteId, TenantId};
use scenario::World;
use serde::{Deserialize, Serialize};
use twin::fact::{GPU_HOUR, GpuTime};
use twin::service::fact::{ReplicaHour, ServiceFact, ServiceHour, Tokens};

/// Nanoseconds in an hour.
const HOUR: f64 = 3.6e12;

/// Sums over the hours of a service, a site or the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServiceSums {
    offered: Sums,
    served: Sums,
    unserved: Sums,
    held: GpuTime,
    ready: u128,
    lost: u64,
    preempted: u64,
    /// Of requests served, by the means of their hours; round trips included.
    ttft: Sketch,
    tpot: Sketch,
}

/// Requests with their tokens over many hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sums {
    requests: u128,
    tokens_in: u128,
    tokens_out: u128,
}

impl Sums {
    fn merge(&mut self, more: &Sums) {
        self.requests += more.requests;
        self.tokens_in += more.tokens_in;
        self.tokens_out += more.tokens_out;
    }
}

fn add(sum: &mut Sums, more: &Tokens) {
    sum.requests += u128::from(more.requests);
    sum.tokens_in += u128::from(more.tokens_in);
    sum.tokens_out += u128::from(more.tokens_out);
}

impl ServiceSums {
    fn merge(&mut self, other: &ServiceSums) {
        self.offered.merge(&other.offered);
        self.served.merge(&other.served);
        self.unserved.merge(&other.unserved);
        self.held += other.held;
        self.ready += other.ready;
        self.lost += other.lost;
        self.preempted += other.preempted;
        self.ttft.merge(&other.ttft);
        self.tpot.merge(&other.tpot);
    }
}

/// What the facts of services add up to so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServiceAccounts {
    /// By service.
    services: Vec<ServiceSums>,
    /// By site.
    sites: Vec<ServiceSums>,
    /// What regions were served and what replicas served since the last hour that was balanced, by service.
    balance: Vec<(u64, u64)>,
}

impl ServiceAccounts {
    pub(crate) fn new(world: &World) -> ServiceAccounts {
        if world.services.is_empty() {
            return ServiceAccounts::default();
        }
        ServiceAccounts {
            services: vec![ServiceSums::default(); world.services.len()],
            sites: vec![ServiceSums::default(); world.sites.len()],
            balance: vec![(0, 0); world.services.len()],
        }
    }

    /// Whether these are accounts of such a world.
    pub(crate) fn fit(&self, world: &World) -> bool {
        self.services.len() == world.services.len()
    }

    /// Accelerator time that services held at a site.
    pub(crate) fn held(&self, site: usize) -> GpuTime {
        self.sites.get(site).map_or(0, |sums| sums.held)
    }

    pub(crate) fn add(&mut self, fact: &ServiceFact) -> Result<(), TableError> {
        let (service, site) = match fact {
            ServiceFact::Hour(hour) => (hour.service, None),
            ServiceFact::Replicas(hour) => (hour.service, Some(hour.site)),
            ServiceFact::JobPreempted { service, site, .. }
            | ServiceFact::ReplicasLost { service, site, .. } => (*service, Some(*site)),
        };
        let unknown = || {
            TableError::Unbalanced(format!("a fact names service {} or a site that is not there", service.0))
        };
        let at = service.index();
        let place = site.map(SiteId::index);
        if at >= self.services.len() || place.is_some_and(|place| place >= self.sites.len()) {
            return Err(unknown());
        }
        let sums = &mut self.services[at];
        match fact {
            ServiceFact::Hour(hour) => {
                balanced(hour)?;
                add(&mut sums.offered, &hour.offered);
                add(&mut sums.served, &hour.served);
                add(&mut sums.unserved, &hour.unserved);
                self.balance[at].0 += hour.served.requests;
                if let (Some(ttft), Some(tpot)) = (hour.ttft, hour.tpot) {
                    sums.ttft.add_many(ttft, hour.served.requests);
                    sums.tpot.add_many(tpot, hour.served.requests);
                }
            }
            ServiceFact::Replicas(hour) => {
                self.balance[at].1 += hour.served.requests;
                sums.held += hour.held;
                sums.ready += hour.ready;
                let site = &mut self.sites[hour.site.index()];
                site.held += hour.held;
                site.ready += hour.ready;
                add(&mut site.served, &hour.served);
                if let (Some(ttft), Some(tpot)) = (hour.ttft, hour.tpot) {
                    site.ttft.add_many(ttft, hour.served.requests);
                    site.tpot.add_many(tpot, hour.served.requests);
                }
            }
            ServiceFact::JobPreempted { site, .. } => {
                sums.preempted += 1;
                self.sites[site.index()].preempted += 1;
            }
            ServiceFact::ReplicasLost { site, replicas, .. } => {
                sums.lost += u64::from(*replicas);
                self.sites[site.index()].lost += u64::from(*replicas);
            }
        }
        Ok(())
    }

    /// What regions were served is what replicas served.
    pub(crate) fn check_closed(&self, world: &World) -> Result<(), TableError> {
        for (&(regions, replicas), service) in self.balance.iter().zip(&world.services) {
            if regions != replicas {
                return Err(TableError::Unbalanced(format!(
                    "service `{}` served {regions} requests of its regions, its replicas {replicas}",
                    service.key
                )));
            }
        }
        Ok(())
    }

    /// The sums of a service.
    pub(crate) fn service(&self, index: usize) -> &ServiceSums {
        &self.services[index]
    }

    /// Accelerator time that the services of a tenant held.
    pub(crate) fn held_for(&self, tenant: TenantId, world: &World) -> GpuTime {
        let own = self.services.iter().zip(&world.services).filter(|(_, service)| service.tenant == tenant);
        own.map(|(sums, _)| sums.held).sum()
    }

    /// The sums of a site; `None` without services.
    pub(crate) fn site(&self, index: usize) -> Option<&ServiceSums> {
        self.sites.get(index)
    }

    /// The sums of the network; `None` without services.
    pub(crate) fn network(&self) -> Option<ServiceSums> {
        (!self.services.is_empty()).then(|| {
            let mut sums = ServiceSums::default();
            self.services.iter().for_each(|service| sums.merge(service));
            sums
        })
    }
}

/// What was offered is what was served and what was not, in requests and in tokens.
fn balanced(hour: &ServiceHour) -> Result<(), TableError> {
    let parts = |get: fn(&Tokens) -> u64| get(&hour.offered) == get(&hour.served) + get(&hour.unserved);
    if parts(|all| all.requests) && parts(|all| all.tokens_in) && parts(|all| all.tokens_out) {
        return Ok(());
    }
    Err(TableError::Unbalanced(format!(
        "service {} in the hour from {}: offered {:?} is not served {:?} and unserved {:?}",
        hour.service.0, hour.hour, hour.offered, hour.served, hour.unserved
    )))
}

pub(crate) fn service_row(hour: &ServiceHour) -> service_hours::Row {
    service_hours::Row {
        hour: hour.hour,
        service: hour.service,
        region: hour.region,
        requests_offered: integer(hour.offered.requests),
        requests_served: integer(hour.served.requests),
        requests_unserved: integer(hour.unserved.requests),
        tokens_in_offered: integer(hour.offered.tokens_in),
        tokens_in_served: integer(hour.served.tokens_in),
        tokens_out_offered: integer(hour.offered.tokens_out),
        tokens_out_served: integer(hour.served.tokens_out),
        ttft_s: hour.ttft,
        tpot_s: hour.tpot,
        round_trip_s: hour.round_trip,
    }
}

pub(crate) fn replica_row(hour: &ReplicaHour) -> replica_hours::Row {
    replica_hours::Row {
        hour: hour.hour,
        service: hour.service,
        site: hour.site,
        system: hour.system,
        replicas: integer(hour.replicas),
        ready_replica_hours: hour.ready as f64 / HOUR,
        held_gpu_hours: gpu_hours(hour.held),
        requests_capacity: integer(hour.capacity),
        requests_served: integer(hour.served.requests),
        tokens_in_served: integer(hour.served.tokens_in),
        tokens_out_served: integer(hour.served.tokens_out),
        ttft_s: hour.ttft,
        tpot_s: hour.tpot,
    }
}

fn count(part: &Part, get: impl Fn(&ServiceSums) -> u128) -> Option<f64> {
    part.services.map(|sums| get(sums) as f64)
}

/// Only of the network and of services: nobody asks a site.
fn asked(part: &Part, get: impl Fn(&ServiceSums) -> u128) -> Option<f64> {
    part.services
        .filter(|sums| sums.offered.requests > 0 || sums.served.requests == 0)
        .map(|sums| get(sums) as f64)
}

fn ratio(over: f64, under: f64) -> Option<f64> {
    (under > 0.0).then(|| over / under)
}

fn run_hours(world: &World) -> f64 {
    Span(world.end.0.saturating_sub(world.start.0)).hours()
}

/// Results of services, in the order of the table.
pub(crate) static METRICS: &[MetricDef] = metrics! {
    requests_offered "" false "requests that users made; of the network and of services", |part| asked(part, |sums| sums.offered.requests);
    requests_served "" false "requests that were served", |part| count(part, |sums| sums.served.requests);
    requests_unserved "" false "requests that were not; of the network and of services", |part| asked(part, |sums| sums.unserved.requests);
    unserved_share "" false "unserved as a share of the requests; of the network and of services",
        |part| part.services.and_then(|sums| ratio(sums.unserved.requests as f64, sums.offered.requests as f64));
    tokens_in_served "token" false "tokens of the prompts that were served", |part| count(part, |sums| sums.served.tokens_in);
    tokens_out_served "token" false "tokens of the answers that were served", |part| count(part, |sums| sums.served.tokens_out);
    tokens_unserved "token" false "tokens of prompts and answers that were not served; of the network and of services",
        |part| asked(part, |sums| sums.unserved.tokens_in + sums.unserved.tokens_out);
    service_gpu_hours "GPU h" false "accelerator time that replicas held, starting ones too",
        |part| part.services.map(|sums| sums.held as f64 / GPU_HOUR);
    replicas_mean "" false "mean number of replicas ready to serve over the whole run",
        |part| part.services.and_then(|sums| ratio(sums.ready as f64 / HOUR, run_hours(part.world)));
    tokens_out_per_gpu_hour "token/(GPU h)" false "tokens of answers for each accelerator-hour that replicas held",
        |part| part.services.and_then(|sums| ratio(sums.served.tokens_out as f64, sums.held as f64 / GPU_HOUR));
    ttft_mean_s "s" false "mean time to the first token of the requests served: of the network and of services with the round trip, of sites without",
        |part| part.services.and_then(|sums| sums.ttft.mean_s());
    ttft_p95_s "s" false "95th percentile of the same over the hourly means of regions (of sites: of systems), within 0.8 %",
        |part| part.services.and_then(|sums| sums.ttft.quantile_s(0.95));
    ttft_p99_s "s" false "99th percentile of the same", |part| part.services.and_then(|sums| sums.ttft.quantile_s(0.99));
    tpot_mean_s "s" false "mean time between tokens of the requests served", |part| part.services.and_then(|sums| sums.tpot.mean_s());
    tpot_p95_s "s" false "95th percentile of the same over the hourly means, within 0.8 %",
        |part| part.services.and_then(|sums| sums.tpot.quantile_s(0.95));
    replicas_lost "" false "replicas lost to failures", |part| count(part, |sums| sums.lost.into());
    jobs_stopped_for_services "" false "stops of running jobs for replicas", |part| count(part, |sums| sums.preempted.into());
};
