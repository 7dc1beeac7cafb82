//! Help and messages, held against files in `expected/` and `docs/`. `STARGATE_BLESS=1` writes the files anew.

use crate::runner::{Scratch, small};
use std::fs;
use std::path::Path;

#[track_caller]
fn expect(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("STARGATE_BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{} differs; STARGATE_BLESS=1 accepts this:\n{text}", path.display());
}

#[test]
fn help() {
    let scratch = Scratch::new("help");
    let mut all =
        "# The command line\n\nMade from the program by a test; `stargate VERB --help` says the same.\n"
            .to_owned();
    all.push_str(&format!("\n## stargate\n\n```\n{}```\n", scratch.stargate(&["--help"]).exits(0).stdout));
    for verb in ["run", "check", "simulate", "report", "import", "show", "schema", "explain", "completions"] {
        let help = scratch.stargate(&[verb, "--help"]).exits(0).stdout;
        all.push_str(&format!("\n## stargate {verb}\n\n```\n{help}```\n"));
    }
    expect("../../docs/reference/command-line.md", &all);
    assert!(all.lines().all(|line| line.chars().count() <= 110), "help fits a terminal");
}

#[test]
fn mistakes() {
    let scratch = Scratch::new("mistakes");
    scratch.write(
        "mistakes.toml",
        small()
            .replace("latitude_deg = 39.0", "lattitude_deg = 39.0")
            .replace("power_kw = 10.2", "power_kw = -10.2")
            .replace("round_trip = \"60 ms\"", "round_trip = \"soon\"")
            .replace("placement = \"best_fit\"", "placement = \"bestfit\""),
    );
    expect(
        "tests/stargate/expected/mistakes.txt",
        &scratch.stargate(&["check", "mistakes.toml"]).exits(2).stderr,
    );
}

#[test]
fn a_page_of_explain() {
    let scratch = Scratch::new("explain");
    expect("tests/stargate/expected/explain.txt", &scratch.stargate(&["explain", "R004"]).exits(0).stdout);
}
