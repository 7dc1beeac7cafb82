//! Runs the built binary in an empty folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// An empty folder of one test, gone afterwards.
pub struct Scratch(PathBuf);

impl Scratch {
    /// A folder named after the test.
    pub fn new(name: &str) -> Scratch {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).unwrap()
    }

    /// Names of everything in it.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The files of a folder in it, by name.
    pub fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        fs::read_dir(self.0.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
            .collect()
    }

    /// The command, to be run in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stargate"));
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null()).env_remove("NO_COLOR");
        command
    }

    /// Runs the binary.
    pub fn stargate(&self, arguments: &[&str]) -> Ran {
        Ran::of(arguments, self.command(arguments).output().unwrap())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(arguments: &[&str], output: Output) -> Ran {
        let ran = Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(
            ran.code != 101 && !ran.stderr.contains("a bug of stargate"),
            "{arguments:?}: a panic: {ran:?}"
        );
        assert!(!ran.stderr.contains('\u{1b}'), "{arguments:?}: colour where there is no terminal: {ran:?}");
        ran
    }

    /// Checks the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Checks that stderr says all of these.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Ran {
        for part in parts {
            assert!(self.stderr.contains(part), "stderr does not say {part:?}\n{}", self.stderr);
        }
        self
    }

    /// Checks that stdout has all of these.
    #[track_caller]
    pub fn answers(self, parts: &[&str]) -> Ran {
        for part in parts {
            assert!(self.stdout.contains(part), "stdout does not have {part:?}\n{}", self.stdout);
        }
        self
    }

    /// stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("not JSON ({error}): {self:#?}"))
    }
}

/// A small scenario that runs in an instant.
pub fn small() -> String {
    include_str!("../../../run/tests/small.toml").to_owned()
}

/// A tool: in the path, or where `./do test` puts it.
pub fn tool(name: &str) -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peers/bin").join(name);
    let found = [own, PathBuf::from(name)].into_iter().find(|path| {
        Command::new(path).arg("--version").output().is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        println!("passed over: `{name}` is not installed; `./do test` installs it");
    }
    found
}
