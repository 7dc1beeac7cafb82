//! The books of an hour that is over: what was asked, who served it, and how fast.

use super::Services;
use super::fact::{ReplicaHour, ServiceFact, ServiceHour, Tokens};
use crate::fact::{Fact, GpuTime};
use crate::twin::Event;
use base::id::{RegionId, ServiceId};
use base::{SimTime, Span};
use kernel::Context;
use service::demand::requests;
use service::fleet::ReplicaTime;
use service::route::{Flow, divide, route};

/// The most requests that replicas of one kind can be said to serve in an hour.
pub(super) const MOST: f64 = 1e15;

/// Latency of one site in an hour, weighted by what its replicas served.
#[derive(Clone, Copy, Default)]
struct Latency {
    served: f64,
    ttft: f64,
    tpot: f64,
}

impl Latency {
    fn add(&mut self, served: u64, ttft_s: f64, tpot_s: f64) {
        self.served += served as f64;
        self.ttft += served as f64 * ttft_s;
        self.tpot += served as f64 * tpot_s;
    }

    /// The means.
    fn means(&self) -> Option<(f64, f64)> {
        (self.served > 0.0).then(|| (self.ttft / self.served, self.tpot / self.served))
    }
}

fn span(seconds: f64) -> Option<Span> {
    Span::from_seconds_f64(seconds)
}

impl Services {
    /// Says what happened since the last call, and begins a new hour.
    pub(crate) fn close_hour(&mut self, now: SimTime, context: &mut Context<Event, Fact>) {
        let elapsed = now - self.since;
        if elapsed > Span::ZERO {
            for index in 0..self.services.len() {
                self.close_service(index, now, elapsed, context);
            }
        }
        self.since = now;
    }

    fn close_service(
        &mut self,
        index: usize,
        now: SimTime,
        elapsed: Span,
        context: &mut Context<Event, Fact>,
    ) {
        let holders = self.services[index].holders.clone();
        let times: Vec<ReplicaTime> = holders
            .clone()
            .map(|place| {
                self.holders[place].fleet.advance(now);
                self.holders[place].fleet.take()
            })
            .collect();
        let capacity: Vec<u64> = holders
            .clone()
            .zip(&times)
            .map(|(place, time)| {
                (time.ready as f64 * 1e-9 * self.holders[place].pace.rate()).min(MOST) as u64
            })
            .collect();
        let state = &self.services[index];
        let config = &state.config;
        let site_of = |place: usize| config.sites.partition_point(|&site| site < self.holders[place].site);
        let mut room = vec![0_u64; config.sites.len()];
        for (place, &capacity) in holders.clone().zip(&capacity) {
            room[site_of(place)] += capacity;
        }
        let offered: Vec<u64> = state.per_hour.iter().map(|&rate| requests(rate, elapsed)).collect();
        let flows = route(&offered, &state.preferences, &mut room);
        let mut of_site = vec![0_u64; config.sites.len()];
        for flow in &flows {
            of_site[flow.site] += flow.requests;
        }
        let mut latency = vec![Latency::default(); config.sites.len()];
        for (site, &served) in of_site.iter().enumerate() {
            let here: Vec<usize> = holders.clone().filter(|&place| site_of(place) == site).collect();
            let parts: Vec<u64> = here.iter().map(|&place| capacity[place - holders.start]).collect();
            for (&place, served) in here.iter().zip(divide(served, &parts)) {
                let at = place - holders.start;
                self.replica_hour(place, times[at], capacity[at], served, &mut latency[site], context);
            }
        }
        self.region_hours(index, &offered, &flows, &latency, context);
    }

    fn replica_hour(
        &self,
        place: usize,
        time: ReplicaTime,
        capacity: u64,
        served: u64,
        latency: &mut Latency,
        context: &mut Context<Event, Fact>,
    ) {
        if time.held == 0 {
            return;
        }
        let (holder, replica) = (&self.holders[place], self.replica(place));
        let config = &self.services[holder.service.index()].config;
        let mut at = None;
        if served > 0 {
            let rate = served as f64 / (time.ready as f64 * 1e-9);
            let serving = &holder.pace.serving;
            let load = serving.latency(serving.concurrency(rate));
            latency.add(served, load.ttft_s, load.tpot_s);
            at = Some(load);
        }
        let gpus = GpuTime::from(replica.pack_nodes) * GpuTime::from(holder.shape.gpus) * 1000;
        context.emit(Fact::Service(ServiceFact::Replicas(ReplicaHour {
            service: holder.service,
            site: holder.site,
            system: replica.system,
            hour: self.since,
            // Replicas come and go by packs: nothing is left over.
            held: time.held / GpuTime::from(replica.pack_replicas) * gpus,
            ready: time.ready,
            replicas: holder.fleet.count(),
            capacity,
            served: Tokens::of(served, config.tokens_in, config.tokens_out),
            ttft: at.and_then(|load| span(load.ttft_s)),
            tpot: at.and_then(|load| span(load.tpot_s)),
        })));
    }

    fn region_hours(
        &self,
        index: usize,
        offered: &[u64],
        flows: &[Flow],
        latency: &[Latency],
        context: &mut Context<Event, Fact>,
    ) {
        let config = &self.services[index].config;
        for (at, region) in self.regions.iter().enumerate() {
            if offered[at] == 0 {
                continue;
            }
            let (mut mean, mut trip, mut served) = (Latency::default(), 0.0, 0);
            for flow in flows.iter().filter(|flow| flow.region == at) {
                let away = region.round_trips[config.sites[flow.site].index()].seconds();
                let (ttft, tpot) = latency[flow.site].means().unwrap_or_default();
                mean.add(flow.requests, ttft + away, tpot);
                trip += away * flow.requests as f64;
                served += flow.requests;
            }
            let tokens = |requests: u64| Tokens::of(requests, config.tokens_in, config.tokens_out);
            let means = mean.means();
            context.emit(Fact::Service(ServiceFact::Hour(ServiceHour {
                service: ServiceId::new(index),
                region: RegionId::new(at),
                hour: self.since,
                offered: tokens(offered[at]),
                served: tokens(served),
                unserved: tokens(offered[at] - served),
                ttft: means.and_then(|(ttft, _)| span(ttft)),
                tpot: means.and_then(|(_, tpot)| span(tpot)),
                round_trip: means.and_then(|_| span(trip / mean.served)),
            })));
        }
    }
}
