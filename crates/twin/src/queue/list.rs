//! A sorted list in chunks, each with the least demand and the least runtime in it, so that a search for a job that is
//! small or short enough passes over whole chunks.

use base::id::TenantId;
use base::{SimTime, Span};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::VecDeque;

/// A chunk is cut in two when it holds so many.
const CHUNK: usize = 256;

/// The place of a job in its queue. Total: the number is the job's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Higher goes first.
    pub priority: Reverse<i32>,
    /// The submission or the requested runtime, as the order says.
    pub first: i64,
    /// When it was submitted.
    pub submit: SimTime,
    /// The job's number.
    pub number: u64,
}

/// A waiting job, with what a scheduler looks at first.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its place.
    pub key: Key,
    /// Where the twin keeps it.
    pub slot: u32,
    /// Its demand, as the twin numbers them.
    pub demand: u32,
    /// Accelerators it asks for, in thousandths.
    pub gpu_milli: u64,
    /// How long it says that it will run.
    pub requested: Span,
    /// Whose it is.
    pub tenant: TenantId,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Chunk {
    /// Most leave at the front.
    entries: VecDeque<Entry>,
    /// No entry asks for less; the least when the chunk was last measured, or of a later entry.
    least_gpu_milli: u64,
    least_requested: Span,
    /// Entries with one of these that have left since.
    least_left: u32,
}

impl Chunk {
    fn of(entries: VecDeque<Entry>) -> Chunk {
        let mut chunk = Chunk { entries, least_gpu_milli: 0, least_requested: Span::ZERO, least_left: 0 };
        chunk.measure();
        chunk
    }

    fn measure(&mut self) {
        self.least_left = 0;
        self.least_gpu_milli = self.entries.iter().map(|entry| entry.gpu_milli).min().unwrap_or(u64::MAX);
        self.least_requested =
            self.entries.iter().map(|entry| entry.requested).min().unwrap_or(Span::FOREVER);
    }
}

/// Waiting jobs by key.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct List {
    /// None is empty.
    chunks: Vec<Chunk>,
    len: usize,
}

impl List {
    /// How many jobs.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds a job; its key must be new.
    pub fn insert(&mut self, entry: Entry) {
        self.len += 1;
        let at = self.chunk_for(entry.key);
        let Some(chunk) = self.chunks.get_mut(at) else {
            self.chunks.push(Chunk::of(VecDeque::from([entry])));
            return;
        };
        let place = chunk.entries.partition_point(|other| other.key < entry.key);
        chunk.entries.insert(place, entry);
        chunk.least_gpu_milli = chunk.least_gpu_milli.min(entry.gpu_milli);
        chunk.least_requested = chunk.least_requested.min(entry.requested);
        if chunk.entries.len() > CHUNK {
            // Appending is the common case: leave the full chunk full.
            let cut = if place == CHUNK { CHUNK } else { CHUNK / 2 };
            let upper = Chunk::of(chunk.entries.split_off(cut));
            chunk.measure();
            self.chunks.insert(at + 1, upper);
        }
    }

    /// Takes out the job with this key, which must be there.
    pub fn remove(&mut self, key: Key) -> Entry {
        let at = self.chunk_for(key);
        let chunk = &mut self.chunks[at];
        let place = chunk.entries.partition_point(|other| other.key < key);
        let entry = chunk.entries.remove(place).expect("the key is there");
        debug_assert_eq!(entry.key, key);
        self.len -= 1;
        if chunk.entries.is_empty() {
            self.chunks.remove(at);
        } else if entry.gpu_milli == chunk.least_gpu_milli || entry.requested == chunk.least_requested {
            // Jobs of one accelerator are the least of nearly every chunk, and measuring at each would cost more than
            // it saves: the bounds may be low for a while.
            chunk.least_left += 1;
            if chunk.least_left as usize * 4 >= chunk.entries.len() {
                chunk.measure();
            }
        }
        entry
    }

    /// The first job after `after` (from the start if `None`) in a chunk that `chunk` does not pass over (given the
    /// chunk's least demand and least requested runtime) and that `entry` accepts.
    pub fn find(
        &self,
        after: Option<Key>,
        chunk_may: impl Fn(u64, Span) -> bool,
        mut accept: impl FnMut(&Entry) -> bool,
    ) -> Option<&Entry> {
        let (first, mut from) = match after {
            None => (0, 0),
            Some(key) => {
                let at = self.chunk_for(key);
                (at, self.chunks.get(at)?.entries.partition_point(|other| other.key <= key))
            }
        };
        for chunk in &self.chunks[first..] {
            if chunk_may(chunk.least_gpu_milli, chunk.least_requested)
                && let Some(found) = chunk.entries.range(from..).find(|entry| accept(entry))
            {
                return Some(found);
            }
            from = 0;
        }
        None
    }

    /// The jobs in order.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.chunks.iter().flat_map(|chunk| &chunk.entries)
    }

    /// The key of the job at this position, or of the last before it.
    pub fn key_at(&self, position: usize) -> Option<Key> {
        let mut left = position;
        for chunk in &self.chunks {
            if let Some(entry) = chunk.entries.get(left) {
                return Some(entry.key);
            }
            left -= chunk.entries.len();
        }
        self.chunks.last().and_then(|chunk| chunk.entries.back()).map(|entry| entry.key)
    }

    /// The chunk in which the key is or belongs.
    fn chunk_for(&self, key: Key) -> usize {
        self.chunks.partition_point(|chunk| chunk.entries[0].key <= key).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn entry(first: i64, number: u64, gpu_milli: u64) -> Entry {
        let key = Key { priority: Reverse(0), first, submit: SimTime(0), number };
        Entry { key, slot: 0, demand: 0, gpu_milli, requested: Span(first * 3 % 50), tenant: TenantId(0) }
    }

    proptest! {
        #[test]
        fn behaves_as_a_sorted_map(ops in proptest::collection::vec((0u8..5, 0i64..4000, 1u64..20), 1..1500)) {
            let (mut list, mut model) = (List::default(), BTreeMap::new());
            for (i, (op, first, size)) in ops.into_iter().enumerate() {
                if op < 4 {
                    let new = entry(first, i as u64, size);
                    list.insert(new);
                    model.insert(new.key, new);
                } else if let Some((&key, _)) = model.range(entry(first, 0, 0).key..).next() {
                    model.remove(&key);
                    prop_assert_eq!(list.remove(key).key, key);
                }
                prop_assert_eq!(list.len(), model.len());
            }
            prop_assert!(list.iter().map(|e| e.key).eq(model.keys().copied()));
            for (after, most) in [(None, 3), (Some(entry(2000, 700, 0).key), 2), (None, 0)] {
                let found = list.find(after, |least, _| least <= most, |e| e.gpu_milli <= most).map(|e| e.key);
                let wanted = model.values().find(|e| after.is_none_or(|a| e.key > a) && e.gpu_milli <= most).map(|e| e.key);
                prop_assert_eq!(found, wanted);
            }
            for position in [0, 1, 300, 5000] {
                let wanted = model.keys().nth(position).or(model.keys().next_back()).copied();
                prop_assert_eq!(list.key_at(position), wanted);
            }
        }
    }
}
