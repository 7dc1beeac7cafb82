//! Conservative backfilling: Mu'alem and Feitelson, "Utilization, Predictability, Workloads, and User Runtime Estimates
//! in Scheduling the IBM SP2 with Backfilling" (IEEE TPDS 12(6), 2001).
//!
//! Each waiting job, in the order of the queue, is promised the earliest span in which enough accelerators of one pool
//! are free; a job whose span begins now starts. Promises count accelerators, as in the paper; if the accelerators that
//! are free now do not hold the job (they lie on the wrong nodes), it keeps its promise and waits. The promises are
//! made anew at each pass.

use super::Pass;
use crate::AcceleratorSet;
use crate::agreements::Shares;
use crate::queue::Entry;
use base::{SimTime, Span};

/// Free accelerators of one pool from now on: at each instant, so many from then on.
struct Profile {
    steps: Vec<(SimTime, i64)>,
}

impl Profile {
    fn add(&mut self, at: SimTime, gpu_milli: i64) {
        let last = self.steps.last_mut().expect("a profile begins now");
        if last.0 == at {
            last.1 += gpu_milli;
        } else {
            let free = last.1 + gpu_milli;
            self.steps.push((at, free));
        }
    }

    /// The earliest start, not before `from`, of a span in which so many are free.
    fn earliest(&self, from: SimTime, gpu_milli: i64, length: Span) -> Option<SimTime> {
        let mut start = None;
        let begin = self.steps.partition_point(|step| step.0 <= from).saturating_sub(1);
        for &(at, free) in &self.steps[begin..] {
            let at = at.max(from);
            match start {
                Some(begun) if at >= SimTime::saturating_add(begun, length) && at > begun => {
                    return Some(begun);
                }
                _ if free < gpu_milli => start = None,
                None => start = Some(at),
                Some(_) => {}
            }
        }
        start
    }

    /// Takes so many for a span that begins at or after the first step.
    fn take(&mut self, from: SimTime, length: Span, gpu_milli: i64) {
        let (first, end) = (self.cut(from), self.cut(from.saturating_add(length)));
        for step in &mut self.steps[first..end] {
            step.1 -= gpu_milli;
        }
    }

    /// The step that begins at `at`; made if there is none.
    fn cut(&mut self, at: SimTime) -> usize {
        let place = self.steps.partition_point(|step| step.0 < at);
        if self.steps.get(place).is_none_or(|step| step.0 != at) {
            self.steps.insert(place, (at, self.steps[place - 1].1));
        }
        place
    }
}

/// Whose machines are whose from each instant on, as the running jobs and the promises leave it, where offers have bound
/// any.
struct Claims {
    steps: Vec<(SimTime, Shares)>,
}

impl Claims {
    /// As the running jobs, in the order in which they end, leave it.
    fn of(pass: &Pass<'_>) -> Option<Claims> {
        let mut steps = vec![(pass.now, pass.site.shares.as_deref()?.clone())];
        for &(end, slot) in &pass.site.running {
            let end = end.max(SimTime(pass.now.0 + 1));
            let last = steps.last_mut().expect("claims begin now");
            if last.0 != end {
                let next = (end, last.1.clone());
                steps.push(next);
            }
            let last = steps.last_mut().expect("claims begin now");
            let job = &pass.jobs.get(slot).job;
            last.1.give_back(job.tenant, job.demand.total_gpu_milli());
        }
        Some(Claims { steps })
    }

    /// The end of the last step within a span in which the job may not hold its accelerators; `None` if it may throughout.
    fn barred_until(&self, from: SimTime, entry: &Entry) -> Option<SimTime> {
        let until = from.saturating_add(entry.requested);
        let first = self.steps.partition_point(|step| step.0 <= from).saturating_sub(1);
        let within =
            self.steps.iter().enumerate().skip(first).take_while(|(_, step)| step.0 < until.max(from));
        let barred = within.filter(|(_, (_, shares))| !shares.allow(entry.tenant, entry.gpu_milli)).last();
        barred.map(|(at, _)| self.steps.get(at + 1).map_or(SimTime::NEVER, |next| next.0))
    }

    /// The job holds its accelerators over this span.
    fn take(&mut self, from: SimTime, entry: &Entry) {
        let (first, end) = (self.cut(from), self.cut(from.saturating_add(entry.requested)));
        for step in &mut self.steps[first..end] {
            step.1.hold(entry.tenant, entry.gpu_milli);
        }
    }

    /// The step that begins at `at`; made if there is none.
    fn cut(&mut self, at: SimTime) -> usize {
        let place = self.steps.partition_point(|step| step.0 < at);
        if self.steps.get(place).is_none_or(|step| step.0 != at) {
            self.steps.insert(place, (at, self.steps[place - 1].1.clone()));
        }
        place
    }
}

/// The earliest span in which a pool has room for the job and its tenant may hold it.
fn earliest(profile: &Profile, claims: Option<&Claims>, now: SimTime, entry: &Entry) -> Option<SimTime> {
    let mut from = now;
    loop {
        let at = profile.earliest(from, entry.gpu_milli as i64, entry.requested)?;
        match claims.and_then(|claims| claims.barred_until(at, entry)) {
            None => return Some(at),
            Some(SimTime::NEVER) => return None,
            Some(until) => from = until,
        }
    }
}

/// One pass.
pub(super) fn pass(pass: &mut Pass<'_>, depth: Option<u32>) {
    pass.site.epoch += 1;
    while let Some(head) = pass.head() {
        if pass.try_start(&head) || pass.preempt_for(&head) {
            continue;
        }
        break;
    }
    let mut profiles = profiles(pass);
    let mut claims = Claims::of(pass);
    let most = depth.map_or(usize::MAX, |depth| depth as usize);
    for entry in queued(pass, most) {
        let job = &pass.jobs.get(entry.slot).job;
        let (accelerators, gpu_milli) = (job.accelerators, job.demand.gpu_milli);
        let first = |pool: u16| {
            earliest(&profiles[usize::from(pool)], claims.as_ref(), pass.now, &entry).map(|at| (at, pool))
        };
        let earliest = pass.site.cluster.pools_for(accelerators, gpu_milli).filter_map(first).min();
        let Some((at, pool)) = earliest else { continue };
        if at == pass.now {
            start_in(pass, &entry, pool);
        }
        profiles[usize::from(pool)].take(at, entry.requested, entry.gpu_milli as i64);
        if let Some(claims) = &mut claims {
            claims.take(at, &entry);
        }
    }
}

/// The free accelerators of each pool as the running jobs leave it.
fn profiles(pass: &Pass<'_>) -> Vec<Profile> {
    let cluster = &pass.site.cluster;
    let now = pass.now;
    let mut profiles: Vec<Profile> = (0..cluster.pools())
        .map(|pool| Profile { steps: vec![(now, cluster.pool(pool).free_milli as i64)] })
        .collect();
    for &(end, slot) in &pass.site.running {
        if let Some(held) = &pass.jobs.get(slot).held {
            // A job that has outrun its estimate ends at once, but not now.
            let end = end.max(SimTime(now.0 + 1));
            profiles[usize::from(held.groups.pool)].add(end, held.groups.gpu_milli() as i64);
        }
    }
    profiles
}

/// The first jobs of the queue that may start.
fn queued(pass: &Pass<'_>, most: usize) -> Vec<Entry> {
    let lists = pass.ranked();
    let all = lists.iter().flat_map(|&list| pass.site.queue.list(list).iter());
    all.filter(|entry| pass.waits_for_room(entry)).take(most).copied().collect()
}

/// Starts the job in this pool if its nodes hold it.
fn start_in(pass: &mut Pass<'_>, entry: &Entry, pool: u16) {
    let only = match pass.site.cluster.pool(pool).accelerator {
        Some(model) => AcceleratorSet::of([model]),
        None => AcceleratorSet::ANY,
    };
    let mut allocations = pass.jobs.spare_list();
    let demand = pass.jobs.get(entry.slot).job.demand;
    match pass.site.placer.place(&mut pass.site.cluster, &demand, only, &mut allocations) {
        Some(groups) if pass.allows(entry) => pass.start(entry, groups, allocations),
        Some(groups) => pass.unplace(&groups, allocations),
        None => pass.jobs.recycle(allocations),
    }
}
