//! The replicas of one service at one site: which of them are ready, and for how long they were.

use base::{SimTime, Span};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Replicas, counted; where they sit is not its business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fleet {
    ready: u64,
    /// Those that start, by when they are ready.
    starting: VecDeque<(SimTime, u64)>,
    /// Counted up to here.
    since: SimTime,
    /// Replicas times nanoseconds ready since the last [`Fleet::take`].
    ready_time: u128,
    /// Replicas times nanoseconds held since then, starting ones too.
    held_time: u128,
}

/// What replicas did over a span, in replicas times nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplicaTime {
    /// Ready to serve.
    pub ready: u128,
    /// Held, starting ones too.
    pub held: u128,
}

impl Fleet {
    /// None, from `now` on.
    pub fn new(now: SimTime) -> Fleet {
        Fleet { ready: 0, starting: VecDeque::new(), since: now, ready_time: 0, held_time: 0 }
    }

    /// Replicas held.
    pub fn count(&self) -> u64 {
        self.ready + self.starting.iter().map(|&(_, count)| count).sum::<u64>()
    }

    /// Of those, ready.
    pub fn ready(&self) -> u64 {
        self.ready
    }

    /// Counts up to `now`, in the order of what becomes ready; call it before anything changes.
    pub fn advance(&mut self, now: SimTime) {
        while let Some(&(ready, count)) = self.starting.front().filter(|&&(ready, _)| ready <= now) {
            self.count_to(ready);
            self.starting.pop_front();
            self.ready += count;
        }
        self.count_to(now);
    }

    fn count_to(&mut self, now: SimTime) {
        let nanos = (now - self.since).0.max(0) as u128;
        if nanos > 0 {
            self.ready_time += u128::from(self.ready) * nanos;
            self.held_time += u128::from(self.count()) * nanos;
            self.since = now;
        }
    }

    /// So many more, ready after `start_up`.
    pub fn grow(&mut self, now: SimTime, count: u64, start_up: Span) {
        self.advance(now);
        if start_up <= Span::ZERO {
            self.ready += count;
        } else if count > 0 {
            self.starting.push_back((now.saturating_add(start_up), count));
        }
    }

    /// So many fewer: those that have not started yet first, the latest of them first.
    pub fn shrink(&mut self, now: SimTime, count: u64) {
        self.advance(now);
        let mut left = count;
        while let Some((_, starting)) = self.starting.back_mut().filter(|_| left > 0) {
            let gone = left.min(*starting);
            *starting -= gone;
            left -= gone;
            if *starting == 0 {
                self.starting.pop_back();
            }
        }
        self.ready -= left.min(self.ready);
    }

    /// So many fail: ready ones first.
    pub fn lose(&mut self, now: SimTime, count: u64) {
        self.advance(now);
        let ready = count.min(self.ready);
        self.ready -= ready;
        self.shrink(now, count - ready);
    }

    /// The replica time since the last call.
    pub fn take(&mut self) -> ReplicaTime {
        ReplicaTime { ready: std::mem::take(&mut self.ready_time), held: std::mem::take(&mut self.held_time) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> SimTime {
        SimTime(0) + Span::from_seconds(seconds)
    }

    #[test]
    fn replica_time_is_counted_to_the_nanosecond() {
        let mut fleet = Fleet::new(at(0));
        fleet.grow(at(0), 4, Span::from_seconds(60));
        fleet.grow(at(30), 2, Span::from_seconds(60));
        fleet.advance(at(100));
        let second = 1_000_000_000_u128;
        // Four ready from 60, two from 90; four held from 0, two from 30.
        let expected = ReplicaTime { ready: (4 * 40 + 2 * 10) * second, held: (4 * 100 + 2 * 70) * second };
        assert_eq!(fleet.take(), expected);
        assert_eq!((fleet.count(), fleet.ready()), (6, 6));
        fleet.grow(at(100), 3, Span::from_seconds(60));
        fleet.shrink(at(100), 4);
        assert_eq!((fleet.count(), fleet.ready()), (5, 5), "the three that start, and one more");
        fleet.grow(at(100), 3, Span::from_seconds(60));
        fleet.lose(at(110), 6);
        assert_eq!((fleet.count(), fleet.ready()), (2, 0), "all that are ready, and one");
        fleet.advance(at(200));
        assert_eq!(
            fleet.take(),
            ReplicaTime { ready: (5 * 10 + 2 * 40) * second, held: (8 * 10 + 2 * 90) * second }
        );
        fleet.lose(at(200), 9);
        assert_eq!(fleet.count(), 0);
    }
}
