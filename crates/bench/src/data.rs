//! Where the public traces are, if they are there.

use std::path::PathBuf;
use trace::{Format, JobRecord, ReadOptions};

/// The folder of this workspace.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of `gpu_jobs`, beside the workspace or under `STARGATE_DATA`; says where it should be if it is missing.
pub fn find(name: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("STARGATE_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let path = folder.join("gpu_jobs").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("passed over: `{name}` is not in {} (set STARGATE_DATA)", folder.join("gpu_jobs").display());
    None
}

/// The jobs of a log, read to its end.
///
/// # Panics
/// If the file cannot be read: a benchmark of half a log would mislead.
pub fn read(path: &std::path::Path, format: Format, options: &ReadOptions) -> Vec<JobRecord> {
    let reader = trace::open(path, format, options).unwrap_or_else(|mistake| panic!("{mistake}"));
    reader.map(|row| row.unwrap_or_else(|mistake| panic!("{mistake}"))).collect()
}
