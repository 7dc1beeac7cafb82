//! The event loop.

use crate::queue::{Queue, Ticket};
use base::{SimTime, Span};
use serde::{Deserialize, Serialize};
use std::iter::Peekable;
use std::ops::ControlFlow;

/// A state that goes forward by events, inputs and the ends of instants.
pub trait Machine {
    /// What the machine schedules for itself.
    type Event;
    /// What comes from outside.
    type Input;
    /// What the machine says about what happened.
    type Fact;

    /// Something from outside happens at `now`.
    fn input(&mut self, now: SimTime, input: Self::Input, context: &mut Context<Self::Event, Self::Fact>);
    /// A scheduled event comes up at `now`.
    fn handle(&mut self, now: SimTime, event: Self::Event, context: &mut Context<Self::Event, Self::Fact>);
    /// Nothing else happens at `now`: decide.
    fn settle(&mut self, now: SimTime, context: &mut Context<Self::Event, Self::Fact>);
}

/// What a machine may do to the world: schedule, cancel, emit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Context<Event, Fact> {
    now: SimTime,
    queue: Queue<Event>,
    facts: Vec<Fact>,
}

impl<Event, Fact> Context<Event, Fact> {
    /// Schedules an event; one for the past comes up at once.
    pub fn schedule_at(&mut self, time: SimTime, event: Event) -> Ticket {
        self.queue.push(time.max(self.now), event)
    }
    /// Schedules an event `span` from now.
    pub fn schedule_in(&mut self, span: Span, event: Event) -> Ticket {
        self.schedule_at(self.now.saturating_add(span), event)
    }
    /// Cancels a pending event; its ticket must not be used again.
    pub fn cancel(&mut self, ticket: Ticket) {
        self.queue.cancel(ticket);
    }
    /// Says what happened.
    pub fn emit(&mut self, fact: Fact) {
        self.facts.push(fact);
    }
}

/// Why [`Simulation::run`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything before the given end has happened.
    Finished,
    /// The observer asked to stop; the state is that of the end of an instant.
    Stopped,
}

/// A machine, its pending events and the instant that it has reached. Serialising it is a snapshot: deserialised and
/// given the rest of the inputs ([`Simulation::inputs_taken`] says how many to leave out), it goes on to the same facts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(
    serialize = "M: Serialize, M::Event: Serialize, M::Fact: Serialize",
    deserialize = "M: Deserialize<'de>, M::Event: Deserialize<'de>, M::Fact: Deserialize<'de>"
))]
pub struct Simulation<M: Machine> {
    machine: M,
    context: Context<M::Event, M::Fact>,
    inputs_taken: u64,
    instants: u64,
}

impl<M: Machine> Simulation<M> {
    /// A simulation that starts at `start` with nothing scheduled.
    pub fn new(machine: M, start: SimTime) -> Self {
        let context = Context { now: start, queue: Queue::default(), facts: Vec::new() };
        Simulation { machine, context, inputs_taken: 0, instants: 0 }
    }

    /// Lets the machine schedule its first events; call it once, before the first `run`.
    pub fn prepare(&mut self, prepare: impl FnOnce(&mut M, &mut Context<M::Event, M::Fact>)) {
        prepare(&mut self.machine, &mut self.context);
    }

    /// Runs every instant before `end` and hands the facts of each to `observe` with its time. An input that is dated
    /// before the instant reached (inputs should come in time order) happens at that instant.
    pub fn run(
        &mut self,
        inputs: &mut Peekable<impl Iterator<Item = (SimTime, M::Input)>>,
        end: SimTime,
        mut observe: impl FnMut(SimTime, &mut Vec<M::Fact>) -> ControlFlow<()>,
    ) -> Outcome {
        while self.next_instant(inputs, end) {
            let flow = observe(self.context.now, &mut self.context.facts);
            self.context.facts.clear();
            if flow.is_break() {
                return Outcome::Stopped;
            }
        }
        self.context.now = self.context.now.max(end);
        Outcome::Finished
    }

    /// Runs the next instant, if it lies before `end`; its facts are in the context then.
    pub(crate) fn next_instant(
        &mut self,
        inputs: &mut Peekable<impl Iterator<Item = (SimTime, M::Input)>>,
        end: SimTime,
    ) -> bool {
        let input_time = inputs.peek().map(|(time, _)| *time);
        let next = match (self.context.queue.next_time(), input_time) {
            (None, None) => return false,
            (Some(time), None) | (None, Some(time)) => time,
            (Some(event), Some(input)) => event.min(input),
        };
        if next >= end {
            return false;
        }
        let now = next.max(self.context.now);
        self.context.now = now;
        self.instants += 1;
        loop {
            self.drain_events(now);
            while let Some((_, input)) = inputs.next_if(|(time, _)| *time <= now) {
                self.inputs_taken += 1;
                self.machine.input(now, input, &mut self.context);
            }
            self.drain_events(now);
            self.machine.settle(now, &mut self.context);
            if self.context.queue.next_time() != Some(now) {
                return true;
            }
        }
    }

    fn drain_events(&mut self, now: SimTime) {
        while let Some(event) = self.context.queue.pop_due(now) {
            self.machine.handle(now, event, &mut self.context);
        }
    }

    pub(crate) fn take_facts(&mut self) -> Vec<M::Fact> {
        std::mem::take(&mut self.context.facts)
    }

    /// Calls the machine outside of an instant (to close its books at the end of a run) and hands over its facts.
    pub fn finish(
        &mut self,
        finish: impl FnOnce(&mut M, SimTime, &mut Context<M::Event, M::Fact>),
    ) -> Vec<M::Fact> {
        finish(&mut self.machine, self.context.now, &mut self.context);
        self.take_facts()
    }

    /// The machine.
    pub fn machine(&self) -> &M {
        &self.machine
    }
    /// The machine, to give back what a snapshot leaves out (configuration that is not state).
    pub fn machine_mut(&mut self) -> &mut M {
        &mut self.machine
    }
    /// The instant reached.
    pub fn now(&self) -> SimTime {
        self.context.now
    }
    /// How many inputs have been taken: a resumed run leaves out that many.
    pub fn inputs_taken(&self) -> u64 {
        self.inputs_taken
    }
    /// How many instants have been run.
    pub fn instants(&self) -> u64 {
        self.instants
    }
    /// How many events are pending.
    pub fn pending(&self) -> usize {
        self.context.queue.len()
    }
}
