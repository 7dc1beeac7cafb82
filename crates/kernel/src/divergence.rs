//! Running twice, side by side, and naming the first fact that differs.

use crate::simulation::{Machine, Simulation};
use base::SimTime;
use std::fmt;
use std::iter::Peekable;

/// The first fact in which two runs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence<Fact> {
    /// Counted from 0 over all facts of the run.
    pub index: u64,
    /// When the first run said it, and what; `None` if it said nothing more.
    pub first: Option<(SimTime, Fact)>,
    /// The same of the second run.
    pub second: Option<(SimTime, Fact)>,
}

impl<Fact: fmt::Debug> fmt::Display for Divergence<Fact> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Option<(SimTime, Fact)>| match side {
            Some((time, fact)) => format!("at {time}: {fact:?}"),
            None => "nothing more".to_owned(),
        };
        write!(
            f,
            "fact {} differs\n  first run   {}\n  second run  {}",
            self.index,
            side(&self.first),
            side(&self.second)
        )
    }
}

/// Runs both to `end` in step and compares their facts; `None` if they said the same.
pub fn first_divergence<M: Machine>(
    mut first: (Simulation<M>, impl Iterator<Item = (SimTime, M::Input)>),
    mut second: (Simulation<M>, impl Iterator<Item = (SimTime, M::Input)>),
    end: SimTime,
) -> Option<Divergence<M::Fact>>
where
    M::Fact: PartialEq,
{
    let mut left =
        Facts { inputs: first.1.by_ref().peekable(), simulation: &mut first.0, pending: Vec::new() };
    let mut right =
        Facts { inputs: second.1.by_ref().peekable(), simulation: &mut second.0, pending: Vec::new() };
    for index in 0.. {
        let (a, b) = (left.next(end), right.next(end));
        if a != b {
            return Some(Divergence { index, first: a, second: b });
        }
        a.as_ref()?;
    }
    None
}

struct Facts<'a, M: Machine, I: Iterator<Item = (SimTime, M::Input)>> {
    inputs: Peekable<I>,
    simulation: &'a mut Simulation<M>,
    /// Facts of the instant reached, the next one last.
    pending: Vec<M::Fact>,
}

impl<M: Machine, I: Iterator<Item = (SimTime, M::Input)>> Facts<'_, M, I> {
    fn next(&mut self, end: SimTime) -> Option<(SimTime, M::Fact)> {
        while self.pending.is_empty() {
            if !self.simulation.next_instant(&mut self.inputs, end) {
                return None;
            }
            self.pending = self.simulation.take_facts();
            self.pending.reverse();
        }
        self.pending.pop().map(|fact| (self.simulation.now(), fact))
    }
}
