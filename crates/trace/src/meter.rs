//! How far the reading of a log is, and a way to stop it: read by whoever shows it, while the reader works.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Bytes of a log that have been read, of how many; shared with [`crate::ReadOptions::meter`].
#[derive(Debug, Default)]
pub struct Meter {
    read: AtomicU64,
    whole: AtomicU64,
    stopped: AtomicBool,
}

impl Meter {
    /// Bytes of the file, as it lies on the disk, that have been read; of a sorted log they are read before the first
    /// job comes.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
    /// Bytes of the file; 0 until it is open, or where it has no length (a pipe).
    pub fn whole(&self) -> u64 {
        self.whole.load(Ordering::Relaxed)
    }
    /// Asks the reader to stop: it ends with a diagnostic, and whoever asked knows why.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
    /// Whether somebody asked it to stop.
    pub fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(crate) fn begin(&self, whole: u64) {
        self.whole.store(whole, Ordering::Relaxed);
    }
    /// Sets the bytes read from the share of the rows that have been.
    pub(crate) fn rows(&self, done: u64, all: u64) {
        let share = if all > 0 { u128::from(self.whole()) * u128::from(done) / u128::from(all) } else { 0 };
        self.read.store(u64::try_from(share).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// A file that counts what is read of it.
pub(crate) struct Metered {
    pub file: File,
    pub meter: Option<Arc<Meter>>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        if let Some(meter) = &self.meter {
            if meter.stopped() {
                return Err(io::Error::other("reading was stopped"));
            }
            meter.read.fetch_add(read as u64, Ordering::Relaxed);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{Format, ReadOptions, open};
    use std::fs;

    #[test]
    fn it_counts_the_bytes_of_the_file_and_stops_the_reader() {
        let path = std::env::temp_dir().join(format!("meter-{}.csv", std::process::id()));
        let rows: String = (0..20_000).map(|i| format!("{i},60,1000\n")).collect();
        let text = format!("submit_s,runtime_s,gpu_milli\n{rows}");
        fs::write(&path, &text).unwrap();
        let meter = Arc::new(Meter::default());
        let options = ReadOptions { meter: Some(meter.clone()), ..ReadOptions::default() };
        let mut reader = open(&path, Format::Csv, &options).unwrap();
        assert!(meter.read() < meter.whole());
        assert_eq!(meter.whole(), text.len() as u64);
        assert_eq!(reader.by_ref().filter(Result::is_ok).count(), 20_000);
        assert_eq!(meter.read(), meter.whole());

        let reader = open(&path, Format::Csv, &options).unwrap();
        meter.stop();
        let (jobs, mistakes): (Vec<_>, Vec<_>) = reader.partition(Result::is_ok);
        assert!(jobs.len() < 20_000 && mistakes.len() == 1, "{} jobs, {mistakes:?}", jobs.len());
        fs::remove_file(&path).unwrap();
    }
}
