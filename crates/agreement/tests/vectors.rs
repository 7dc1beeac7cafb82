//! The test vectors in `vectors/`: each case is played and compared line by line, and the transitions reached are counted.
//!
//! `VECTORS=write cargo test -p agreement --test vectors` writes what the machines say into the files, to be read and
//! judged before it is committed.
#![allow(clippy::unwrap_used)]

#[path = "vector/commitment.rs"]
mod commitment;
#[path = "vector/refusal.rs"]
mod refusal;
#[path = "vector/share.rs"]
mod share;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What a case says and does: settings, then acts, each with the lines that should follow.
pub trait Player {
    /// Takes a line that is not an expectation; what follows from it comes out with the next call of `flush`.
    fn line(&mut self, words: &[&str]);
    /// The facts since the last call, as text.
    fn flush(&mut self) -> Vec<String>;
}

/// Plays every file of a folder and gives the number of cases and how often each first word of a fact came up.
fn play(folder: &str, player: impl Fn() -> Box<dyn Player>) -> (usize, BTreeMap<String, usize>) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../vectors").join(folder);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (mut cases, mut wrong, mut titles) = (0, Vec::new(), BTreeMap::new());
    let mut bodies: BTreeMap<String, String> = BTreeMap::new();
    let (mut reached, mut distinct) = (BTreeMap::new(), BTreeSet::new());
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut output = String::new();
        for block in text.split("\ncase ") {
            let Some((title, body)) = block.split_once('\n').filter(|_| !block.starts_with('#')) else {
                output.push_str(block);
                continue;
            };
            cases += 1;
            let known = titles.insert(title.trim().to_string(), path.clone());
            assert!(known.is_none(), "{}: `{title}` stands twice", path.display());
            let (written, facts) = play_case(body, player());
            output.push_str(&format!("\ncase {title}\n{written}"));
            let name = format!("{}: {title}", path.file_name().unwrap().to_string_lossy());
            if written.trim_end() != body.trim_end() {
                wrong.push(name.clone());
            }
            if let Some(twin) = bodies.insert(body.trim().to_string(), name.clone()) {
                panic!("`{name}` and `{twin}` are the same");
            }
            for fact in &facts {
                *reached.entry(transition(fact)).or_default() += 1;
            }
            distinct.insert(facts);
        }
        if std::env::var_os("VECTORS").is_some_and(|value| value == "write") {
            std::fs::write(&path, output.trim_end().to_string() + "\n").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{} cases differ: {wrong:#?}", wrong.len());
    println!("{folder}: {} different outcomes", distinct.len());
    (cases, reached)
}

/// The words of a fact up to its first detail: between the offer and the first figure, party or bracket.
fn transition(fact: &str) -> String {
    let words =
        fact.split(' ').skip_while(|word| word.starts_with(|c: char| c.is_ascii_digit()) || *word == "-");
    let is_detail = |word: &&str| {
        word.len() == 1 || word.starts_with(|c: char| c.is_ascii_digit() || c == '[' || c == '-')
    };
    words.take_while(|word| !is_detail(word)).collect::<Vec<_>>().join(" ")
}

fn play_case(body: &str, mut player: Box<dyn Player>) -> (String, Vec<String>) {
    let (mut output, mut facts) = (String::new(), Vec::new());
    let mut flush = |player: &mut Box<dyn Player>, output: &mut String| {
        for fact in player.flush() {
            output.push_str(&format!("    = {fact}\n"));
            facts.push(fact);
        }
    };
    for line in body.lines().filter(|line| !line.trim_start().starts_with('=')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.first() {
            None => continue,
            Some(&"#") => {}
            Some(&"at" | &"close" | &"open" | &"settle") => {
                flush(&mut player, &mut output);
                player.line(&words);
            }
            Some(_) => player.line(&words),
        }
        output.push_str(line);
        output.push('\n');
    }
    flush(&mut player, &mut output);
    (output, facts)
}

fn report(folder: &str, cases: usize, reached: &BTreeMap<String, usize>, all: &[&str]) {
    let missing: Vec<&&str> = all.iter().filter(|name| !reached.contains_key(**name)).collect();
    println!("{folder}: {cases} cases, {} of {} transitions", all.len() - missing.len(), all.len());
    assert!(missing.is_empty(), "{folder}: not reached: {missing:?}; reached: {reached:?}");
    let unknown: Vec<&String> = reached.keys().filter(|name| !all.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "{folder}: not in the list: {unknown:?}");
}

#[test]
fn first_refusal_follows_its_vectors() {
    let (cases, reached) = play("first-refusal", || Box::new(refusal::Case::default()));
    report("first-refusal", cases, &reached, &agreement::refusal::What::NAMES);
}

#[test]
fn commitments_follow_their_vectors() {
    let (cases, reached) = play("commitment", || Box::new(commitment::Case::default()));
    report("commitment", cases, &reached, &commitment::NAMES);
}

#[test]
fn shares_follow_their_vectors() {
    let (cases, reached) = play("revenue-share", || Box::new(share::Case::default()));
    report("revenue-share", cases, &reached, &share::NAMES);
}
