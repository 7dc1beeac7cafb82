//! The pending events, in the total order `(time, sequence)`, with cancellation.

use base::SimTime;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap};

/// Names a scheduled event, so that it can be cancelled. Never used twice in a simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ticket(u64);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry<E> {
    time: SimTime,
    sequence: u64,
    event: E,
}

/// Reversed, because `BinaryHeap` yields its greatest entry and the next event is the least.
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.time, other.sequence).cmp(&(self.time, self.sequence))
    }
}
impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl<E> Eq for Entry<E> {}

/// Pending events. Push and pop cost `O(log n)`; cancelling marks the entry, which goes when it comes up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Queue<E> {
    heap: BinaryHeap<Entry<E>>,
    cancelled: BTreeSet<u64>,
    next_sequence: u64,
    /// Whether the next entry is known not to be cancelled: it is asked for twice for each instant.
    clean: bool,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Queue { heap: BinaryHeap::new(), cancelled: BTreeSet::new(), next_sequence: 0, clean: false }
    }
}

impl<E> Queue<E> {
    /// Schedules `event`; events of one time come up in the order in which they were scheduled.
    pub fn push(&mut self, time: SimTime, event: E) -> Ticket {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.heap.push(Entry { time, sequence, event });
        Ticket(sequence)
    }

    /// Cancels a pending event. The ticket of an event that has come up already must not be given.
    pub fn cancel(&mut self, ticket: Ticket) {
        debug_assert!(ticket.0 < self.next_sequence);
        self.cancelled.insert(ticket.0);
        self.clean = false;
        if self.cancelled.len() * 2 > self.heap.len() + 64 {
            self.sweep();
        }
    }

    /// The time of the next event.
    pub fn next_time(&mut self) -> Option<SimTime> {
        self.drop_cancelled();
        self.heap.peek().map(|entry| entry.time)
    }

    /// The next event if it is due at or before `time`.
    pub fn pop_due(&mut self, time: SimTime) -> Option<E> {
        self.drop_cancelled();
        if self.heap.peek()?.time > time {
            return None;
        }
        self.clean = false;
        self.heap.pop().map(|entry| entry.event)
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.heap.len() - self.cancelled.len()
    }

    /// Whether no event is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn drop_cancelled(&mut self) {
        // What is pushed in front of an entry is not cancelled either.
        while !self.clean && !self.cancelled.is_empty() {
            match self.heap.peek() {
                Some(entry) if self.cancelled.remove(&entry.sequence) => {
                    self.heap.pop();
                }
                _ => self.clean = true,
            }
        }
    }

    /// Rebuilds the heap without its cancelled entries, so that they never outnumber the others for long.
    fn sweep(&mut self) {
        let cancelled = std::mem::take(&mut self.cancelled);
        self.heap.retain(|entry| !cancelled.contains(&entry.sequence));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn behaves_as_a_sorted_list(ops in proptest::collection::vec((0u8..4, 0i64..20), 0..400)) {
            let mut queue = Queue::default();
            let mut model: Vec<(i64, Ticket, usize)> = Vec::new();
            for (i, (op, t)) in ops.into_iter().enumerate() {
                match op {
                    0 | 1 => {
                        let ticket = queue.push(SimTime(t), i);
                        model.push((t, ticket, i));
                        model.sort_by_key(|&(t, ticket, _)| (t, ticket));
                    }
                    2 if !model.is_empty() => {
                        let (_, ticket, _) = model.remove(t as usize % model.len());
                        queue.cancel(ticket);
                    }
                    _ => {
                        let due = model.first().filter(|e| e.0 <= t).map(|e| e.2);
                        prop_assert_eq!(queue.pop_due(SimTime(t)), due);
                        if due.is_some() {
                            model.remove(0);
                        }
                    }
                }
                prop_assert_eq!(queue.len(), model.len());
                prop_assert_eq!(queue.next_time(), model.first().map(|e| SimTime(e.0)));
            }
        }
    }
}
