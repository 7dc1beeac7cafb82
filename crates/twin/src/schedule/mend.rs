//! What becomes of a running job when something that it runs on fails: it stands still from that event to the end of
//! the instant. Then it takes free nodes for those that failed, before anybody who waits, and goes on from its last
//! checkpoint; where there are none, or where its workload says so, it goes back to its place in the queue.
//!
//! The cost is that of the nodes that failed, not of the gang.

use super::{Pass, requeue, stop};
use crate::cluster::{Allocation, Groups, runs_of};
use crate::fact::Fact;
use crate::jobs::Pace;
use crate::twin::Event;
use base::Span;
use scenario::world::AfterFailure;
use std::ops::Range;

/// Interrupts a running job; `down`: the nodes that are about to go down. Returns the work that it lost; none if it stood
/// still already, for what failed earlier in the instant: it is interrupted once, and loses nothing more.
pub fn interrupt(pass: &mut Pass<'_>, slot: u32, down: Option<&Range<u32>>) -> Option<Span> {
    let state = pass.jobs.get_mut(slot);
    let stood = pass.site.halted.contains(&slot);
    let mut lost = None;
    if !stood {
        state.interruptions += 1;
        if pass.config.workloads[state.job.workload.index()].after_failure == AfterFailure::Requeue {
            return Some(stop(pass, slot, false));
        }
        lost = Some(state.halt(pass.now, false));
        pass.site.halted.push(slot);
        let Some(held) = &state.held else { return lost };
        pass.context.cancel(held.end);
        pass.site.running.remove(&(held.requested_end, slot));
        if pass.site.reservation.as_ref().is_some_and(|promise| promise.counts_on(held.requested_end)) {
            pass.site.reservation = None;
        }
    }
    if let Some(down) = down {
        let_go(pass, slot, down);
    }
    lost
}

/// Takes a job off its nodes for good, to go on elsewhere. Returns the work that it lost; none if it stood still already.
pub fn take_off(pass: &mut Pass<'_>, slot: u32) -> Option<Span> {
    let Some(at) = pass.site.halted.iter().position(|&halted| halted == slot) else {
        pass.jobs.get_mut(slot).interruptions += 1;
        return Some(stop(pass, slot, false));
    };
    pass.site.halted.remove(at);
    if let Some(held) = pass.jobs.get_mut(slot).held.take() {
        requeue(pass, slot, held);
    }
    None
}

/// Gives back what a job holds on nodes that go down.
fn let_go(pass: &mut Pass<'_>, slot: u32, down: &Range<u32>) {
    let mut gone = pass.jobs.spare_list();
    let state = pass.jobs.get_mut(slot);
    let Some(held) = &mut state.held else { return };
    held.allocations.retain(|&allocation| {
        let goes = down.contains(&allocation.node);
        if goes {
            gone.push(allocation);
        }
        !goes
    });
    let nodes: u32 = runs_of(&gone).into_iter().map(|run| run.end - run.start).sum();
    state.spread = (state.spread.0 - nodes, 0);
    pass.site.vacate(slot, &gone);
    pass.site.draw(pass.config, state.job.workload, (&held.groups, &gone), false);
    pass.site.placer.release(&mut pass.site.cluster, &held.groups, &gone);
    pass.jobs.recycle(gone);
}

/// Lets the jobs that stand still go on, or sends them back to the queue, in its order.
pub(super) fn mend(pass: &mut Pass<'_>) {
    let mut halted = std::mem::take(&mut pass.site.halted);
    halted.sort_by_key(|&slot| pass.jobs.get(slot).key);
    for slot in halted {
        if let Some(more) = replacements(pass, slot) {
            go_on(pass, slot, more);
        } else if let Some(held) = pass.jobs.get_mut(slot).held.take() {
            requeue(pass, slot, held);
        }
    }
}

/// Places what a job has lost, if there is room in its pool.
fn replacements(pass: &mut Pass<'_>, slot: u32) -> Option<Vec<Allocation>> {
    let mut more = pass.jobs.spare_list();
    let held = pass.jobs.get(slot).held.as_ref()?;
    let rests = match held.groups.rest {
        Some(_) => held.allocations.iter().filter(|allocation| allocation.rest).count(),
        None => 0,
    };
    let tasks = held.groups.tasks - (held.allocations.len() - rests) as u32;
    let lost = Groups { tasks, rest: held.groups.rest.filter(|_| rests == 0), ..held.groups };
    if lost.tasks == 0 && lost.rest.is_none() {
        return Some(more);
    }
    if !pass.site.cluster.fits(&lost) {
        pass.jobs.recycle(more);
        return None;
    }
    pass.site.placer.place_groups(&mut pass.site.cluster, &lost, &mut more);
    Some(more)
}

/// A job goes on from its last checkpoint, on what it kept and on these. Its checkpoints stay as far apart as they were.
fn go_on(pass: &mut Pass<'_>, slot: u32, more: Vec<Allocation>) {
    let (now, site) = (pass.now, &mut *pass.site);
    let state = pass.jobs.get_mut(slot);
    let Some(held) = &mut state.held else { return };
    if !more.is_empty() {
        if let Some(promise) = &mut site.reservation {
            promise.take(&site.cluster, &held.groups, &more);
        }
        site.keep_promise();
        let new = runs_of(&more).into_iter().flatten().filter(|&node| !site.runs_on(slot, node)).count();
        site.occupy(slot, &more);
        site.draw(pass.config, state.job.workload, (&held.groups, &more), true);
        state.spread = (state.spread.0 + new as u32, 0);
        held.allocations.extend_from_slice(&more);
    }
    let restore = pass.config.workloads[state.job.workload.index()].restart;
    let speed = site.speed(pass.config, state.job.workload);
    state.begin(now, Pace { restore, speed, ..state.pace });
    let (end, requested_end) = (state.pace.time(state.remaining()), state.pace.time(state.requested()));
    let (end, requested_end) = (now.saturating_add(end), now.saturating_add(requested_end));
    let end = pass.context.schedule_at(end, Event::End { slot });
    if let Some(held) = &mut state.held {
        (held.end, held.requested_end) = (end, requested_end);
    }
    site.running.insert((requested_end, slot));
    pass.context.emit(Fact::JobStarted {
        job: state.job.number,
        site: site.id,
        nodes: state.spread.0,
        gpu_milli: state.job.demand.total_gpu_milli(),
    });
    pass.jobs.recycle(more);
}
