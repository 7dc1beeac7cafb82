//! The page of real runs: its numbers, its bytes, its manners, and how it comes out in a browser.

#![allow(clippy::unwrap_used)]

mod browser;
mod empty;
mod numbers;
mod text;

use ::run::{Observer, Outcome, Progress};
use scenario::Origin;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Three sites of the United States for a month: several sizes, tenants, a block that comes late.
const HOME: &str = include_str!("home.toml");
/// Sites around the world with names that want to be markup.
const ABROAD: &str = include_str!("abroad.toml");

struct Run;

impl Observer for Run {
    fn instant(&mut self, _: &Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// The results folder of a scenario, made anew.
fn results(name: &str, text: &str, sets: &[&str]) -> PathBuf {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let origin = Origin::Text { name: "scenario.toml".to_owned(), text: text.to_owned() };
    let reading = scenario::read(&origin, &sets);
    assert!(!reading.diagnostics.has_errors(), "{:#?}", reading.diagnostics);
    let out = scratch(name).join("results");
    let options = ::run::Options {
        out: out.clone(),
        arguments: vec!["scenario.toml".into(), "--set".into(), "a=b c".into()],
        ..Default::default()
    };
    match ::run::execute(&reading.world.unwrap(), &reading.files, &options, &mut Run).unwrap() {
        Outcome::Finished(_) => out,
        other => panic!("{other:?}"),
    }
}

/// An empty folder of this name.
fn scratch(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{name}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn render(folder: &Path) -> String {
    report::render(folder, &report::Options::default()).unwrap()
}

/// How many charts the text of a page says that it has.
fn charts(page: &str) -> usize {
    page.split("<figure")
        .skip(1)
        .filter(|figure| figure.split("</figure>").next().unwrap().contains("<svg"))
        .count()
}
