//! Sorting more rows than fit into memory: sorted runs in temporary files, then one merge.

use crate::fault::Fault;
use crate::rules;
use base::{Diagnostic, Place};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Something with a total order that can be put aside as bytes.
pub(crate) trait Sortable: Sized {
    /// The order: time, then the place in the file. No two rows of a file share it.
    fn key(&self) -> (i64, u64);
    /// Writes it.
    fn put(&self, bytes: &mut Vec<u8>);
    /// Reads what `put` wrote.
    fn take(bytes: &[u8]) -> Option<Self>;
}

/// Where to put what does not fit, and how much fits.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    /// Rows in memory at once.
    pub rows: usize,
    /// A folder for temporary files; `None`: there is none, and more rows than fit are a mistake.
    pub scratch: Option<PathBuf>,
}

/// Files that are merged at once; more are merged to one first.
const MOST_RUNS: usize = 128;

/// Collects rows in any order.
pub(crate) struct Sorter<T> {
    rows: Vec<T>,
    room: Room,
    name: String,
    runs: Vec<Run>,
}

impl<T: Sortable> Sorter<T> {
    pub(crate) fn new(name: &str, room: Room) -> Sorter<T> {
        Sorter { rows: Vec::new(), room, name: name.to_string(), runs: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: T) -> Result<(), Fault> {
        if self.rows.len() >= self.room.rows.max(1) {
            self.spill()?;
        }
        self.rows.push(row);
        Ok(())
    }

    /// Everything in order.
    pub(crate) fn finish(mut self) -> Result<Sorted<T>, Fault> {
        if self.runs.is_empty() {
            self.rows.sort_unstable_by_key(T::key);
            return Ok(Sorted::Memory(self.rows.into_iter()));
        }
        self.spill()?;
        let heap = start_merge(&mut self.runs).map_err(|error| self.cannot_spill(&error))?;
        Ok(Sorted::Merge { heap, runs: self.runs, name: self.name })
    }

    /// Writes what is in memory as one sorted run.
    fn spill(&mut self) -> Result<(), Fault> {
        let Some(scratch) = self.room.scratch.clone() else {
            return Err(self.no_room());
        };
        self.rows.sort_unstable_by_key(T::key);
        let rows = std::mem::take(&mut self.rows);
        let written = if self.runs.len() >= MOST_RUNS { self.merge_runs(&scratch) } else { Ok(()) };
        let written = written.and_then(|()| {
            let mut run = RunWriter::create(&scratch)?;
            for row in &rows {
                run.write(row)?;
            }
            self.runs.push(run.finish()?);
            Ok(())
        });
        self.rows = rows;
        self.rows.clear();
        written.map_err(|error| self.cannot_spill(&error))
    }

    /// Makes one run of all, so that the number of open files stays bounded.
    fn merge_runs(&mut self, scratch: &Path) -> io::Result<()> {
        let mut merged = RunWriter::create(scratch)?;
        let mut heap = start_merge::<T>(&mut self.runs)?;
        while let Some(row) = next_of_merge(&mut heap, &mut self.runs)? {
            merged.write(&row)?;
        }
        self.runs = vec![merged.finish()?];
        Ok(())
    }

    fn no_room(&self) -> Fault {
        let message =
            format!("`{}` is not in the order of time and has more than {} rows", self.name, self.room.rows);
        let hint = "convert it once with `stargate import`, which sorts it on the disk beside its output";
        Box::new(
            Diagnostic::error(rules::NO_ROOM, message).with_place(Place::file(&self.name)).with_hint(hint),
        )
    }

    fn cannot_spill(&self, error: &io::Error) -> Fault {
        spill_fault(&self.name, error)
    }
}

fn spill_fault(name: &str, error: &io::Error) -> Fault {
    let why = error.to_string().to_lowercase();
    let fault = Diagnostic::error(rules::NO_ROOM, format!("cannot sort `{name}` on the disk: {why}"))
        .with_place(Place::file(name))
        .with_hint("free some space beside the output: sorting needs about as much as the log unpacked");
    Box::new(fault)
}

/// Rows in order.
pub(crate) enum Sorted<T> {
    /// They all fitted.
    Memory(std::vec::IntoIter<T>),
    /// They come from files.
    Merge { heap: BinaryHeap<Reverse<Head<T>>>, runs: Vec<Run>, name: String },
}

impl<T: Sortable> Sorted<T> {
    pub(crate) fn next(&mut self) -> Option<Result<T, Fault>> {
        match self {
            Sorted::Memory(rows) => rows.next().map(Ok),
            Sorted::Merge { heap, runs, name } => match next_of_merge(heap, runs) {
                Ok(row) => row.map(Ok),
                Err(error) => {
                    heap.clear();
                    Some(Err(spill_fault(name, &error)))
                }
            },
        }
    }
}

/// The first unread row of a run.
pub(crate) struct Head<T> {
    key: (i64, u64),
    run: usize,
    row: T,
}

impl<T> PartialEq for Head<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.key, self.run) == (other.key, other.run)
    }
}
impl<T> Eq for Head<T> {}
impl<T> PartialOrd for Head<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Head<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.key, self.run).cmp(&(other.key, other.run))
    }
}

fn start_merge<T: Sortable>(runs: &mut [Run]) -> io::Result<BinaryHeap<Reverse<Head<T>>>> {
    let mut heap = BinaryHeap::with_capacity(runs.len());
    for (index, run) in runs.iter_mut().enumerate() {
        run.read_into(index, &mut heap)?;
    }
    Ok(heap)
}

fn next_of_merge<T: Sortable>(
    heap: &mut BinaryHeap<Reverse<Head<T>>>,
    runs: &mut [Run],
) -> io::Result<Option<T>> {
    let Some(Reverse(head)) = heap.pop() else { return Ok(None) };
    runs[head.run].read_into(head.run, heap)?;
    Ok(Some(head.row))
}

/// A temporary file, removed when it is dropped.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // A file that cannot be removed is left behind: there is nobody here to tell.
        let _ = fs::remove_file(&self.0);
    }
}

/// A sorted run on the disk, read front to back.
pub(crate) struct Run {
    // Declared first, so that it is closed before the file is removed.
    file: BufReader<File>,
    left: u64,
    bytes: Vec<u8>,
    _scratch: Scratch,
}

impl Run {
    fn read_into<T: Sortable>(
        &mut self,
        run: usize,
        heap: &mut BinaryHeap<Reverse<Head<T>>>,
    ) -> io::Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= 1;
        let mut length = [0; 4];
        self.file.read_exact(&mut length)?;
        self.bytes.resize(u32::from_le_bytes(length) as usize, 0);
        self.file.read_exact(&mut self.bytes)?;
        let row = T::take(&self.bytes).ok_or(io::ErrorKind::InvalidData)?;
        heap.push(Reverse(Head { key: row.key(), run, row }));
        Ok(())
    }
}

struct RunWriter {
    file: BufWriter<File>,
    written: u64,
    bytes: Vec<u8>,
    scratch: Scratch,
}

impl RunWriter {
    fn create(folder: &Path) -> io::Result<RunWriter> {
        let mut number = 0u32;
        loop {
            let path = folder.join(format!(".sort-{number}.tmp"));
            match OpenOptions::new().write(true).read(true).create_new(true).open(&path) {
                Ok(file) => {
                    let file = BufWriter::with_capacity(1 << 16, file);
                    return Ok(RunWriter { file, written: 0, bytes: Vec::new(), scratch: Scratch(path) });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100_000 => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    fn write(&mut self, row: &impl Sortable) -> io::Result<()> {
        self.bytes.clear();
        row.put(&mut self.bytes);
        let length = u32::try_from(self.bytes.len()).map_err(|_| io::ErrorKind::InvalidData)?;
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(&self.bytes)?;
        self.written += 1;
        Ok(())
    }

    fn finish(self) -> io::Result<Run> {
        use std::io::Seek as _;
        let mut file = self.file.into_inner().map_err(|error| error.into_error())?;
        file.rewind()?;
        Ok(Run {
            file: BufReader::with_capacity(1 << 16, file),
            left: self.written,
            bytes: self.bytes,
            _scratch: self.scratch,
        })
    }
}
