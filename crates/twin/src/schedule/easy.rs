//! EASY backfilling: Lifka, "The ANL/IBM SP Scheduling System" (JSSPP 1995); Mu'alem and Feitelson (IEEE TPDS 12(6),
//! 2001).
//!
//! The first job of the queue is promised the earliest instant at which the running jobs, ending as they said, leave
//! room for it. Another job may start now if the first one will still have room at that instant: because it will have
//! ended by then, or because it takes what the first one leaves over. Room is judged node by node, not by a count, so
//! that a job of whole nodes is not promised scattered accelerators.

use super::Pass;
use super::projection::Projection;
use crate::agreements::Shares;
use crate::cluster::{Allocation, Cluster, Groups};
use crate::queue::{Entry, Key};
use base::id::TenantId;
use base::{SimTime, Span};
use serde::{Deserialize, Serialize};

/// What the first job of the queue is promised. It stays good until a job ends before it said, nodes change or the
/// instant is reached: jobs that end as they said, and those started beside it, are part of it already.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reservation {
    /// Whose it is.
    pub head: Key,
    /// When there will be room; never, if the running jobs do not make it.
    instant: SimTime,
    /// The nodes at that instant.
    nodes: Option<Projection>,
    /// Accelerators of the head's pool that will be free beside it, in thousandths: no long job that asks for more can
    /// start there.
    spare_milli: u64,
    /// Whose machines are whose at that instant, where offers have bound any.
    shares: Option<Claim>,
    /// By demand: the count of starts and passes at which a long job of that demand was refused.
    refused: Vec<u64>,
    starts: u64,
    /// A job started after another had been refused: the policy may offer that one other nodes now.
    again: bool,
}

/// What the head asks of the machines that its partner may use.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claim {
    shares: Box<Shares>,
    tenant: TenantId,
    gpu_milli: u64,
}

impl Claim {
    /// A tenant will hold this much more at the promised instant: says whether the head may still hold what it asks for,
    /// and if not changes nothing.
    fn leave(&mut self, tenant: TenantId, gpu_milli: u64) -> bool {
        self.shares.hold(tenant, gpu_milli);
        let good = self.shares.allow(self.tenant, self.gpu_milli);
        if !good {
            self.shares.give_back(tenant, gpu_milli);
        }
        good
    }
}

impl Reservation {
    /// Whether it counts on the end of a job that said it would end then.
    pub fn counts_on(&self, requested_end: SimTime) -> bool {
        requested_end <= self.instant
    }

    /// Whether an instant was promised.
    pub fn is_dated(&self) -> bool {
        self.nodes.is_some()
    }

    /// Whether the head will still have room at the promised instant.
    pub fn holds(&self) -> bool {
        self.nodes.as_ref().is_none_or(|nodes| nodes.fitting().is_some())
    }

    /// A node that is up is about to go down.
    pub fn lose(&mut self, cluster: &Cluster, node: u32) {
        let lost = self.nodes.as_mut().map_or(0, |nodes| nodes.lose(cluster, node));
        self.spare_milli = self.spare_milli.saturating_sub(lost);
    }

    /// A node is up again.
    pub fn gain(&mut self, cluster: &Cluster, node: u32) {
        let gained = self.nodes.as_mut().map_or(0, |nodes| nodes.gain(cluster, node));
        self.spare_milli = self.spare_milli.saturating_add(gained);
        self.starts += 1;
    }

    /// A job has taken this out of turn, for longer than until the promised instant.
    pub fn take(&mut self, cluster: &Cluster, groups: &Groups, allocations: &[Allocation]) {
        let Some(nodes) = self.nodes.as_mut().filter(|nodes| nodes.concerns(groups.pool)) else { return };
        nodes.ignore(cluster, groups, allocations);
        nodes.hold(groups, allocations);
        let milli = allocations.iter().map(|taken| u64::from(groups.task_of(taken.rest).gpu_milli)).sum();
        self.spare_milli = self.spare_milli.saturating_sub(milli);
        self.starts += 1;
        self.again |= !self.refused.is_empty();
    }

    /// A job that waits without a promise.
    pub fn none(head: Key) -> Reservation {
        Reservation {
            head,
            instant: SimTime::NEVER,
            nodes: None,
            spare_milli: u64::MAX,
            shares: None,
            refused: Vec::new(),
            starts: 1,
            again: false,
        }
    }

    fn refuses(&self, demand: u32) -> bool {
        self.refused.get(demand as usize) == Some(&self.starts)
    }

    fn refuse(&mut self, demand: u32) {
        let demand = demand as usize;
        if demand >= self.refused.len() {
            self.refused.resize(demand + 1, 0);
        }
        self.refused[demand] = self.starts;
    }
}

/// One pass.
pub(super) fn pass(pass: &mut Pass<'_>, depth: Option<u32>) {
    if let Some(arrivals) = only_arrivals(pass, depth) {
        for entry in arrivals {
            if worth_trying(pass, &entry) {
                try_backfill(pass, &entry);
            }
            if pass.site.reservation.as_ref().is_some_and(|reservation| reservation.again) {
                // Those behind it may be offered other nodes now; those before it, at the next pass.
                backfill_behind(pass, 0, Some(entry.key), None);
                return;
            }
        }
        return;
    }
    pass.site.epoch += 1;
    loop {
        let Some(head) = pass.head() else {
            pass.site.reservation = None;
            return;
        };
        if pass.try_start(&head) || pass.preempt_for(&head) {
            // It took what it wanted, whatever another job was promised before it came.
            pass.site.reservation = None;
            continue;
        }
        promise(pass, &head);
        backfill(pass, &head, depth);
        return;
    }
}

/// The new jobs, in order, if nothing else can start: the head is the same, its promise holds, nothing was given back,
/// so that every job that was refused before would be refused again.
fn only_arrivals(pass: &mut Pass<'_>, depth: Option<u32>) -> Option<Vec<Entry>> {
    let site = &*pass.site;
    let reservation = site.reservation.as_ref()?;
    let limited = pass.quotas.any() || site.shares.is_some();
    let simple = depth.is_none() && !site.queue.is_dynamic() && !limited && !pass.config.policy.preemption;
    if site.released || !simple || reservation.again || pass.now >= reservation.instant {
        return None;
    }
    let mut arrivals = site.arrivals.clone();
    arrivals.sort_unstable_by_key(|entry| entry.key);
    arrivals.first().is_none_or(|first| first.key > reservation.head).then_some(arrivals)
}

/// Makes sure that the reservation is the head's and holds.
fn promise(pass: &mut Pass<'_>, head: &Entry) {
    let now = pass.now;
    if let Some(reservation) = &mut pass.site.reservation
        && reservation.head == head.key
        && now < reservation.instant
    {
        // The nodes are not what they were when a job was refused.
        reservation.starts += 1;
        reservation.again = false;
        return;
    }
    let job = &pass.jobs.get(head.slot).job;
    let cluster = &pass.site.cluster;
    let forms = cluster
        .pools_for(job.accelerators, job.demand.gpu_milli)
        .flat_map(|pool| cluster.forms(&job.demand, pool));
    let mut nodes = Projection::new(cluster, forms);
    let mut free: Vec<u64> = (0..cluster.pools()).map(|pool| cluster.pool(pool).free_milli).collect();
    let mut found: Option<(SimTime, Groups)> = None;
    let mut shares = pass.site.shares.clone();
    let asked = head.gpu_milli;
    let may =
        |shares: &Option<Box<Shares>>| shares.as_ref().is_none_or(|shares| shares.allow(head.tenant, asked));
    let mut ends = pass.site.running.iter().map(|&(end, slot)| (end.max(now), slot)).peekable();
    while let Some((end, slot)) = ends.next() {
        if let Some(held) = &pass.jobs.get(slot).held {
            nodes.release(cluster, held);
            free[usize::from(held.groups.pool)] += held.groups.gpu_milli();
            if let Some(shares) = &mut shares {
                let job = &pass.jobs.get(slot).job;
                shares.give_back(job.tenant, job.demand.total_gpu_milli());
            }
        }
        // Asked once for each instant, so that the order of simultaneous ends does not choose the pool.
        if ends.peek().is_none_or(|&(next, _)| next > end) && nodes.fitting().is_some() && may(&shares) {
            found = nodes.fitting().map(|&groups| (end, groups));
            break;
        }
    }
    if let Some((_, groups)) = &found {
        nodes.only(groups.pool);
    }
    pass.site.reservation = Some(match found {
        None => Reservation::none(head.key),
        Some((instant, groups)) => Reservation {
            head: head.key,
            instant,
            spare_milli: free[usize::from(groups.pool)] - groups.gpu_milli(),
            nodes: Some(nodes),
            shares: shares.map(|shares| Claim { shares, tenant: head.tenant, gpu_milli: asked }),
            refused: Vec::new(),
            starts: 1,
            again: false,
        },
    });
}

/// Looks at the jobs behind the head in order.
fn backfill(pass: &mut Pass<'_>, head: &Entry, depth: Option<u32>) {
    for index in pass.ranked() {
        let list = pass.site.queue.list(index);
        let own = !pass.site.queue.is_dynamic() || index == head.tenant.index();
        let last = depth.map(|depth| list.key_at((depth as usize + usize::from(own)).saturating_sub(1)));
        backfill_behind(pass, index, own.then_some(head.key), last);
    }
}

/// Looks at the jobs of one list behind a key (all if `None`), up to another; `Some(None)` stands for none at all.
fn backfill_behind(pass: &mut Pass<'_>, list: usize, mut after: Option<Key>, last: Option<Option<Key>>) {
    while let Some(entry) = next_candidate(pass, list, after) {
        if last.is_some_and(|last| last.is_none_or(|last| entry.key > last)) {
            break;
        }
        after = Some(entry.key);
        try_backfill(pass, &entry);
    }
}

/// The next job that is not refused at a glance.
fn next_candidate(pass: &Pass<'_>, list: usize, after: Option<Key>) -> Option<Entry> {
    let site = &*pass.site;
    let reservation = site.reservation.as_ref()?;
    let free = site.cluster.free_milli();
    let window = window(pass.now, reservation);
    let spare = if site.cluster.pools() == 1 { reservation.spare_milli } else { u64::MAX };
    let may =
        |gpu_milli: u64, requested: Span| gpu_milli <= free && (requested <= window || gpu_milli <= spare);
    site.queue
        .list(list)
        .find(after, may, |entry| may(entry.gpu_milli, entry.requested) && worth_trying(pass, entry))
        .copied()
}

fn worth_trying(pass: &Pass<'_>, entry: &Entry) -> bool {
    let Some(reservation) = &pass.site.reservation else { return true };
    let long = entry.requested > window(pass.now, reservation);
    let refused = pass.is_unfit(entry) || (long && reservation.refuses(entry.demand));
    !refused && pass.allows(entry)
}

/// Time until the promised instant.
fn window(now: SimTime, reservation: &Reservation) -> Span {
    if reservation.instant == SimTime::NEVER { Span::FOREVER } else { reservation.instant - now }
}

/// Starts the job if it fits now and the promise still holds with it.
fn try_backfill(pass: &mut Pass<'_>, entry: &Entry) {
    let Some((groups, allocations)) = pass.place(entry) else { return };
    let Some(reservation) = &mut pass.site.reservation else { return };
    let long = entry.requested > window(pass.now, reservation);
    if let Some(nodes) = &mut reservation.nodes {
        nodes.ignore(&pass.site.cluster, &groups, &allocations);
        if long && nodes.concerns(groups.pool) {
            nodes.hold(&groups, &allocations);
            if nodes.fitting().is_none() {
                nodes.unhold(&groups, &allocations);
                reservation.refuse(entry.demand);
                pass.unplace(&groups, allocations);
                return;
            }
            let claim = reservation.shares.as_mut();
            if claim.is_some_and(|claim| !claim.leave(entry.tenant, entry.gpu_milli)) {
                nodes.unhold(&groups, &allocations);
                pass.unplace(&groups, allocations);
                return;
            }
            reservation.spare_milli -= groups.gpu_milli();
        }
    }
    reservation.starts += 1;
    reservation.again |= !reservation.refused.is_empty();
    pass.start(entry, groups, allocations);
}

#[cfg(test)]
thread_local! {
    static AUDITED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How many promises [`audit`] has counted on this thread.
#[cfg(test)]
pub fn audited() -> u64 {
    AUDITED.get()
}

/// Counts the room that was promised again, from nothing: it must be what was carried along.
#[cfg(test)]
pub(super) fn audit(pass: &Pass<'_>) {
    let Some(promise) = pass.site.reservation.as_ref().filter(|promise| pass.now < promise.instant) else {
        return;
    };
    let Some(kept) = &promise.nodes else { return };
    let mut again = Projection::new(&pass.site.cluster, kept.forms());
    for &(_, slot) in pass.site.running.iter().take_while(|(end, _)| *end <= promise.instant) {
        if let Some(held) = &pass.jobs.get(slot).held {
            again.release(&pass.site.cluster, held);
        }
    }
    assert!(kept.agrees(&again), "at {}: {kept:?}, counted again {again:?}", pass.now);
    AUDITED.set(AUDITED.get() + 1);
}
