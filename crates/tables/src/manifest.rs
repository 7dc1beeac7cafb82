//! `manifest.json`: what was run, and the digests by which two runs can be compared.

use crate::column::{SCHEMA_VERSION, Table};
use crate::error::TableError;
use crate::folder::MARKER;
use base::SimTime;
use base::digest::sha256_of;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::path::Path;

/// The value of `format` in each manifest.
const FORMAT: &str = "stargate results";

/// A file that the run read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Its name without the folder.
    pub name: String,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// A file that the run wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its name in the folder.
    pub name: String,
    /// Its rows, if it is a table.
    pub rows: Option<u64>,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// The plan whose build-out was run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Name of its file, without the folder.
    pub name: String,
    /// SHA-256 of that file.
    pub sha256: String,
    /// Digest of what was to be planned.
    pub digest: String,
    /// The future that the run takes it to be in.
    pub future: String,
    /// Whether jobs stand for the demand that it serves.
    pub demand: bool,
    /// Whether it was made for another scenario.
    pub foreign: bool,
}

/// What was run, and what came out. It says nothing of when, where and by whom: the same run has the same manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Says that this is a manifest of ours.
    pub format: String,
    /// Version of Stargate.
    pub version: String,
    /// Version of the tables' columns.
    pub schema_version: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// Seed of every random stream.
    pub seed: u64,
    /// First instant of the run.
    pub start: String,
    /// The run ends before this instant.
    pub end: String,
    /// Where the run was stopped, if it was stopped before its end.
    pub stopped_at: Option<String>,
    /// The arguments of `run` that give these results: the scenario first, then what was changed in it and the plan that
    /// is built. Files stand without their folders.
    pub arguments: Vec<String>,
    /// The plan whose build-out it is, if it is one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Planned>,
    /// What it read.
    pub inputs: Vec<Input>,
    /// How many facts the simulation said.
    pub facts: u64,
    /// Their digest.
    pub facts_digest: String,
    /// What it wrote, but for this file.
    pub outputs: Vec<Output>,
}

impl Manifest {
    /// Whether the folder has this table.
    pub fn has(&self, table: &Table) -> bool {
        let name = table.parquet_name();
        self.outputs.iter().any(|output| output.name == name)
    }

    /// A manifest without outputs.
    pub(crate) fn new(world: &scenario::World, arguments: &[String], inputs: &[Input]) -> Manifest {
        Manifest {
            format: FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            schema_version: SCHEMA_VERSION,
            scenario: world.name.clone(),
            seed: world.seed,
            start: world.start.to_string(),
            end: world.end.to_string(),
            stopped_at: None,
            arguments: arguments.to_vec(),
            plan: None,
            inputs: inputs
                .iter()
                .map(|input| Input { name: base_name(&input.name), ..input.clone() })
                .collect(),
            facts: 0,
            facts_digest: String::new(),
            outputs: Vec::new(),
        }
    }

    /// Says where the run was stopped.
    pub(crate) fn set_stopped(&mut self, at: SimTime) {
        self.stopped_at = Some(at.to_string());
    }

    /// Adds a file of the folder.
    pub(crate) fn add_output(
        &mut self,
        folder: &Path,
        name: &str,
        rows: Option<u64>,
    ) -> Result<(), TableError> {
        let path = folder.join(name);
        let file = File::open(&path).map_err(TableError::io("read", &path))?;
        let bytes = file.metadata().map_err(TableError::io("read", &path))?.len();
        let sha256 = sha256_of(file).map_err(TableError::io("read", &path))?;
        self.outputs.push(Output { name: name.to_owned(), rows, bytes, sha256 });
        Ok(())
    }

    /// Writes it into the folder.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), TableError> {
        write_json(&folder.join("manifest.json"), self)
    }

    /// Reads the manifest of a results folder.
    ///
    /// # Errors
    /// [`TableError::NotResults`] if there is none that a version of Stargate wrote; [`TableError::Unfinished`] if there
    /// will be one when the run is complete.
    pub fn read(folder: &Path) -> Result<Manifest, TableError> {
        let not_results = || match folder.join(MARKER).is_file() {
            true => TableError::Unfinished { path: folder.to_owned() },
            false => TableError::NotResults { path: folder.to_owned() },
        };
        let text = fs::read(folder.join("manifest.json")).map_err(|_| not_results())?;
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|_| not_results())?;
        if manifest.format == FORMAT { Ok(manifest) } else { Err(not_results()) }
    }
}

/// Writes indented JSON with a line break at its end.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), TableError> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| TableError::io("write", path)(std::io::Error::other(error)))?;
    fs::write(path, text + "\n").map_err(TableError::io("write", path))
}

/// The name of a file without its folder, so that results do not depend on where the files are.
pub(crate) fn base_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}
