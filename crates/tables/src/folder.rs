//! The folder of a run: written aside under another name, and moved to its own when everything is complete.

use crate::declared::run_tables;
use crate::error::TableError;
use crate::manifest::Manifest;
use std::ffi::OsString;
use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// Says that a folder is a run on its way.
pub(crate) const MARKER: &str = "stargate.partial";
/// Holds the part files.
const PARTS: &str = "parts";
/// Files of a results folder besides the tables. The report belongs to another crate, and to the run.
const OTHER_FILES: [&str; 7] = [
    "manifest.json",
    "summary.json",
    crate::timeline::FILE,
    "report.html",
    MARKER,
    // The build-out of a plan as a scenario text, and plan and run side by side.
    "plan.toml",
    "plan-and-run.csv",
];

/// A results folder that is being written.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    target: PathBuf,
    partial: PathBuf,
}

impl Folder {
    fn named(target: &Path) -> Result<Folder, TableError> {
        let with = |suffix: &str| {
            let name = target.file_name().ok_or_else(|| {
                let error = Error::new(ErrorKind::InvalidInput, "the path does not end in a name");
                TableError::io("create", target)(error)
            })?;
            let mut name = OsString::from(name);
            name.push(suffix);
            Ok(target.with_file_name(name))
        };
        Ok(Folder { target: target.to_owned(), partial: with(".partial")? })
    }

    /// A new folder. What an earlier run left aside under the same name is removed.
    pub(crate) fn create(target: &Path) -> Result<Folder, TableError> {
        let folder = Folder::named(target)?;
        if !is_free(target)? && Manifest::read(target).is_err() {
            return Err(TableError::Occupied { path: target.to_owned() });
        }
        if !is_free(&folder.partial)? {
            if !folder.partial.join(MARKER).is_file() {
                return Err(TableError::Occupied { path: folder.partial });
            }
            fs::remove_dir_all(&folder.partial).map_err(TableError::io("remove", &folder.partial))?;
        }
        let parts = folder.parts();
        fs::create_dir_all(&parts).map_err(TableError::io("create", &parts))?;
        let marker = folder.partial.join(MARKER);
        fs::write(&marker, "a run of stargate on its way\n").map_err(TableError::io("write", &marker))?;
        Ok(folder)
    }

    /// The folder that an earlier run left aside.
    pub(crate) fn resume(target: &Path) -> Result<Folder, TableError> {
        let folder = Folder::named(target)?;
        if folder.partial.join(MARKER).is_file() && folder.parts().is_dir() {
            Ok(folder)
        } else {
            let reason = "no run was stopped here".to_owned();
            Err(TableError::Resume { path: target.to_owned(), reason })
        }
    }

    /// Where files are written.
    pub(crate) fn partial(&self) -> &Path {
        &self.partial
    }

    /// Where files are written that are not results.
    pub(crate) fn parts(&self) -> PathBuf {
        self.partial.join(PARTS)
    }

    /// Moves the folder to its own name. Files of the folder that it replaces which no run writes are kept.
    pub(crate) fn publish(self) -> Result<(), TableError> {
        let parts = self.parts();
        fs::remove_dir_all(&parts).map_err(TableError::io("remove", &parts))?;
        let marker = self.partial.join(MARKER);
        fs::remove_file(&marker).map_err(TableError::io("remove", &marker))?;
        if is_free(&self.target)? {
            if self.target.is_dir() {
                fs::remove_dir(&self.target).map_err(TableError::io("remove", &self.target))?;
            }
            return fs::rename(&self.partial, &self.target).map_err(TableError::io("rename", &self.partial));
        }
        if Manifest::read(&self.target).is_err() {
            return Err(TableError::Occupied { path: self.target });
        }
        self.keep_foreign_files()?;
        let mut old = self.partial.clone().into_os_string();
        old.push(".old");
        let old = PathBuf::from(old);
        if Manifest::read(&old).is_ok() {
            fs::remove_dir_all(&old).map_err(TableError::io("remove", &old))?;
        }
        fs::rename(&self.target, &old).map_err(TableError::io("rename", &self.target))?;
        if let Err(error) = fs::rename(&self.partial, &self.target) {
            // Best effort: the answer is the error in any case.
            let _ = fs::rename(&old, &self.target);
            return Err(TableError::io("rename", &self.partial)(error));
        }
        fs::remove_dir_all(&old).map_err(TableError::io("remove", &old))
    }

    /// Moves what the user put into the old folder over to the new one.
    fn keep_foreign_files(&self) -> Result<(), TableError> {
        let ours = |name: &str| {
            OTHER_FILES.contains(&name)
                || crate::export::FILES.contains(&name)
                || run_tables().any(|table| name == table.parquet_name() || name == table.csv_name())
        };
        for entry in fs::read_dir(&self.target).map_err(TableError::io("read", &self.target))? {
            let name = entry.map_err(TableError::io("read", &self.target))?.file_name();
            if name.to_str().is_some_and(ours) {
                continue;
            }
            let (from, to) = (self.target.join(&name), self.partial.join(&name));
            if !to.exists() {
                fs::rename(&from, &to).map_err(TableError::io("rename", &from))?;
            }
        }
        Ok(())
    }

    /// Removes what was written.
    pub(crate) fn discard(self) -> Result<(), TableError> {
        fs::remove_dir_all(&self.partial).map_err(TableError::io("remove", &self.partial))
    }
}

/// Whether nothing is there, or an empty folder.
fn is_free(path: &Path) -> Result<bool, TableError> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            Err(TableError::Occupied { path: path.to_owned() })
        }
        Err(error) => Err(TableError::io("read", path)(error)),
    }
}
