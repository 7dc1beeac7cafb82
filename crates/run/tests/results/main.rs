//! What a run writes: the same bytes however it is cut into pieces, and nothing where it fails.

#![allow(clippy::unwrap_used)]

mod books;
mod building;
mod failing;
mod jobs;
mod resume;
mod same;
mod truths;

use run::{Observer, Options, Outcome, Progress, RunError, execute};
use scenario::{Origin, World};
use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

const SMALL: &str = include_str!("../small.toml");

/// The world of a text, with some values replaced.
fn world(text: &str, sets: &[&str]) -> World {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let origin = Origin::Text { name: "test.toml".to_owned(), text: text.to_owned() };
    let reading = scenario::read(&origin, &sets);
    assert!(!reading.diagnostics.has_errors(), "{:#?}", reading.diagnostics);
    reading.world.unwrap()
}

/// An empty folder of this name.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Every file of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()))
        .collect()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Stops after so many instants, or never.
struct StopAfter(Option<u64>);

impl Observer for StopAfter {
    fn instant(&mut self, _: &Progress) -> ControlFlow<()> {
        match &mut self.0 {
            Some(0) => ControlFlow::Break(()),
            Some(left) => {
                *left -= 1;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Continue(()),
        }
    }
}

fn options(out: PathBuf) -> Options {
    Options { out, csv: true, perfetto: true, ..Options::default() }
}

fn run_to_end(world: &World, options: &Options) -> run::Finished {
    match execute(world, &[], options, &mut StopAfter(None)).unwrap() {
        Outcome::Finished(finished) => *finished,
        Outcome::Stopped { .. } => panic!("nobody stopped it"),
    }
}

fn failure(world: &World, options: &Options) -> RunError {
    execute(world, &[], options, &mut StopAfter(None)).unwrap_err()
}
