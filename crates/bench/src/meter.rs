//! What a run costs: processor time and memory, as Linux counts them.

use std::fs;

/// Processor seconds (user and system) that this thread has used so far.
///
/// # Panics
/// Where the system does not say: benchmarks run on Linux.
pub fn cpu_s() -> f64 {
    // The count is brought up to date when the scheduler is entered, not when it is read.
    std::thread::yield_now();
    let text = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts processor time");
    let nanos: u64 = text.split(' ').next().and_then(|first| first.parse().ok()).expect("nanoseconds");
    nanos as f64 / 1e9
}

/// The most memory that this process has held so far, in MiB (`VmHWM`).
///
/// # Panics
/// Where the system does not say.
pub fn peak_mib() -> f64 {
    let text = fs::read_to_string("/proc/self/status").expect("Linux counts memory");
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a high-water mark");
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
    kib / 1024.0
}

/// Lets [`peak_mib`] count from what is held now.
pub fn reset_peak() {
    if let Err(error) = fs::write("/proc/self/clear_refs", "5") {
        eprintln!("note: the memory figures are those of the whole program: {error}");
    }
}

/// The processor seconds that `work` takes, and what it returns.
pub fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let before = cpu_s();
    let result = work();
    (cpu_s() - before, result)
}

/// The median of the processor seconds that `work` takes several times, and what it returns: the same each time, or the
/// measurement is of no use.
///
/// # Panics
/// If two runs differ.
pub fn repeated<T: PartialEq>(tries: usize, mut work: impl FnMut() -> (f64, T)) -> (f64, T) {
    let (first_s, result) = work();
    let mut costs = vec![first_s];
    for _ in 1..tries {
        let (cpu_s, again) = work();
        assert!(again == result, "the same work gives the same result");
        costs.push(cpu_s);
    }
    (median(costs), result)
}

/// The middle one of several measurements.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A digest of whole numbers that does not depend on the machine, and that any change of one of them changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally(pub u64);

impl Tally {
    /// Adds a number.
    pub fn add(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
