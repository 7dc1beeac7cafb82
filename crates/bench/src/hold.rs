//! The kernel against a bare `BinaryHeap`: the hold model (Jones, CACM 29(4), 1986). A fixed number of events is
//! pending; each one that comes up schedules another.

use crate::meter::{Tally, repeated, timed};
use crate::{Row, Size};
use base::{SimTime, Span};
use kernel::{Context, Machine, Simulation};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;

/// What an event carries: as much as the twin's events do.
type Payload = (u64, u64);

/// The next gap: Marsaglia's xorshift, the same numbers for both.
fn gap(state: &mut u64) -> Span {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    Span((*state >> 34) as i64)
}

struct Hold {
    state: u64,
    left: u64,
    tally: Tally,
}

impl Machine for Hold {
    type Event = Payload;
    type Input = ();
    type Fact = ();

    fn input(&mut self, _: SimTime, (): (), _: &mut Context<Payload, ()>) {}
    fn handle(&mut self, now: SimTime, event: Payload, context: &mut Context<Payload, ()>) {
        self.tally.add(now.0 as u64 ^ event.0);
        if self.left > 0 {
            self.left -= 1;
            context.schedule_at(now + gap(&mut self.state), (event.0, self.left));
        }
    }
    fn settle(&mut self, _: SimTime, _: &mut Context<Payload, ()>) {}
}

fn with_kernel(pending: u64, events: u64) -> Tally {
    let machine = Hold { state: 1, left: events, tally: Tally::default() };
    let mut simulation = Simulation::new(machine, SimTime(0));
    simulation.prepare(|machine, context| {
        for n in 0..pending {
            context.schedule_at(SimTime(0) + gap(&mut machine.state), (n, 0));
        }
    });
    let mut nothing = std::iter::empty().peekable();
    simulation.run(&mut nothing, SimTime::NEVER, |_, _| ControlFlow::Continue(()));
    simulation.machine().tally
}

fn with_heap(pending: u64, events: u64) -> Tally {
    let (mut state, mut left, mut sequence, mut tally) = (1, events, pending, Tally::default());
    let mut heap: BinaryHeap<Reverse<(SimTime, u64, Payload)>> = BinaryHeap::new();
    for n in 0..pending {
        heap.push(Reverse((SimTime(0) + gap(&mut state), n, (n, 0))));
    }
    while let Some(Reverse((now, _, event))) = heap.pop() {
        tally.add(now.0 as u64 ^ event.0);
        if left > 0 {
            left -= 1;
            heap.push(Reverse((now + gap(&mut state), sequence, (event.0, left))));
            sequence += 1;
        }
    }
    tally
}

/// Both on the same events, with few and with many pending; their order must be the same.
pub fn rows(size: Size) -> Vec<Row> {
    let events = size.pick(20_000, 2_000_000);
    let pending = size.pick([100, 1_000].as_slice(), &[1_000, 100_000]);
    let row = |&pending: &u64| {
        let (heap_s, of_heap) = repeated(size.tries(), || timed(|| with_heap(pending, events)));
        let (cpu_s, of_kernel) = repeated(size.tries(), || timed(|| with_kernel(pending, events)));
        assert_eq!(of_heap, of_kernel, "the kernel keeps the order of a heap");
        Row {
            name: format!("kernel, {pending} pending"),
            units: "events",
            count: events + pending,
            cpu_s,
            digest: of_kernel,
            answer: String::new(),
            reference: Some(("bare BinaryHeap".to_owned(), heap_s)),
        }
    };
    pending.iter().map(row).collect()
}
