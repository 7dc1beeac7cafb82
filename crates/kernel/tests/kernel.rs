//! The kernel on a machine that has nothing to do with data centres: a queue at a counter.

use base::{SimTime, Span};
use kernel::{Context, Machine, Outcome, Simulation, Ticket, first_divergence};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Counter {
    waiting: Vec<u32>,
    busy: Option<(u32, Ticket)>,
    service: Span,
    /// A fault to be found: customer `n` is announced wrongly.
    lie_about: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Fact {
    Arrived(u32),
    Served(u32),
    Left(u32),
    Settled(usize),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Done;

enum Input {
    Arrive(u32),
    /// The customer being served goes away.
    GiveUp,
}

impl Machine for Counter {
    type Event = Done;
    type Input = Input;
    type Fact = Fact;

    fn input(&mut self, _: SimTime, input: Input, context: &mut Context<Done, Fact>) {
        match input {
            Input::Arrive(n) => {
                self.waiting.push(n);
                context.emit(Fact::Arrived(if self.lie_about == Some(n) { 0 } else { n }));
            }
            Input::GiveUp => {
                if let Some((n, ticket)) = self.busy.take() {
                    context.cancel(ticket);
                    context.emit(Fact::Left(n));
                }
            }
        }
    }
    fn handle(&mut self, _: SimTime, Done: Done, context: &mut Context<Done, Fact>) {
        let (n, _) = self.busy.take().expect("somebody is served");
        context.emit(Fact::Served(n));
    }
    fn settle(&mut self, _: SimTime, context: &mut Context<Done, Fact>) {
        if self.busy.is_none() && !self.waiting.is_empty() {
            let n = self.waiting.remove(0);
            self.busy = Some((n, context.schedule_in(self.service, Done)));
        }
        context.emit(Fact::Settled(self.waiting.len()));
    }
}

fn counter() -> Simulation<Counter> {
    let machine = Counter { waiting: Vec::new(), busy: None, service: Span(10), lie_about: None };
    Simulation::new(machine, SimTime(0))
}

fn arrivals(n: u32) -> impl Iterator<Item = (SimTime, Input)> {
    (1..=n)
        .map(|i| (SimTime(i64::from(i) * 7 / 3), if i % 5 == 0 { Input::GiveUp } else { Input::Arrive(i) }))
}

fn facts(
    simulation: &mut Simulation<Counter>,
    inputs: impl Iterator<Item = (SimTime, Input)>,
    end: i64,
) -> Vec<(i64, Fact)> {
    let mut all = Vec::new();
    simulation.run(&mut inputs.peekable(), SimTime(end), |time, facts| {
        all.extend(facts.drain(..).map(|fact| (time.0, fact)));
        ControlFlow::Continue(())
    });
    all
}

#[test]
fn an_instant_is_events_then_inputs_then_settling() {
    let inputs = [(0, 1), (10, 2), (10, 3)].map(|(t, n)| (SimTime(t), Input::Arrive(n)));
    let said = facts(&mut counter(), inputs.into_iter(), 11);
    use Fact::*;
    assert_eq!(
        said,
        [
            (0, Arrived(1)),
            (0, Settled(0)),
            (10, Served(1)),
            (10, Arrived(2)),
            (10, Arrived(3)),
            (10, Settled(1))
        ]
    );
}

#[test]
fn the_end_is_exclusive_and_a_second_run_goes_on() {
    let whole = facts(&mut counter(), arrivals(300), 10_000);
    let mut simulation = counter();
    let mut inputs = arrivals(300).peekable();
    let mut parts = Vec::new();
    for end in [40, 41, 400, 10_000] {
        let outcome = simulation.run(&mut inputs, SimTime(end), |time, facts| {
            assert!(time < SimTime(end));
            parts.extend(facts.drain(..).map(|fact| (time.0, fact)));
            ControlFlow::Continue(())
        });
        assert_eq!(outcome, Outcome::Finished);
    }
    assert_eq!(parts, whole);
}

#[test]
fn a_snapshot_at_any_instant_goes_on_to_the_same_facts() {
    let whole = facts(&mut counter(), arrivals(60), 10_000);
    for stop_after in [1, 2, 17, 40] {
        let mut simulation = counter();
        let mut said = Vec::new();
        let mut instants = 0;
        let outcome = simulation.run(&mut arrivals(60).peekable(), SimTime(10_000), |time, facts| {
            said.extend(facts.drain(..).map(|fact| (time.0, fact)));
            instants += 1;
            if instants == stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(outcome, Outcome::Stopped);
        let bytes = postcard::to_stdvec(&simulation).expect("the state serialises");
        let mut resumed: Simulation<Counter> = postcard::from_bytes(&bytes).expect("and comes back");
        let rest = arrivals(60).skip(resumed.inputs_taken() as usize);
        said.extend(facts(&mut resumed, rest, 10_000));
        assert_eq!(said, whole);
    }
}

#[test]
fn the_first_differing_fact_is_named() {
    assert_eq!(first_divergence((counter(), arrivals(50)), (counter(), arrivals(50)), SimTime(1000)), None);
    let mut other = counter();
    other.machine_mut().lie_about = Some(4);
    let found = first_divergence((counter(), arrivals(50)), (other, arrivals(50)), SimTime(1000))
        .expect("they differ");
    assert_eq!(
        (found.first.clone(), found.second.clone()),
        (Some((SimTime(9), Fact::Arrived(4))), Some((SimTime(9), Fact::Arrived(0))))
    );
    assert!(found.to_string().contains("Arrived(4)"), "{found}");
    let shorter = first_divergence((counter(), arrivals(50)), (counter(), arrivals(49)), SimTime(1000));
    assert!(shorter.is_some());
}
