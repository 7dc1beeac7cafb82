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

/// Pairs of clauses of which one changes what the other comes to: one case at least has facts of both.
const INTERACTING: &str = "
    scope: carve-out package trigger
    carve-out: package
    window: clock tail signing trigger revival
    notice: clock revival package
    clock: silence refusal exercise waiver revival suspension control-change assignment termination withdrawal amendment
    exercise: counter-offer partial signing cap mode
    partial: rank pro-rata oversubscription tail cap
    rank: cap
    pro-rata: oversubscription signing silence suspension waiver
    oversubscription: signing silence
    signing: withdrawal revival termination cap rank mode control-change tail
    tail: revival mode termination silence refusal waiver cap amendment
    revival: waiver cap package
    cap: package mode termination window amendment
    suspension: exercise trigger
    waiver: revival suspension
    termination: silence exercise
    amendment: window scope trigger
";

/// What a case says and does: settings, then acts, each with the lines that should follow.
pub trait Player {
    /// Takes a line that is not an expectation; what follows from it comes out with the next call of `flush`.
    fn line(&mut self, words: &[&str]);
    /// The facts since the last call, as text.
    fn flush(&mut self) -> Vec<String>;
}

/// What the cases of a folder reached.
struct Reached {
    cases: usize,
    /// How often each transition came up.
    transitions: BTreeMap<String, usize>,
    /// The clauses that facts named, and the pairs of them that one case named.
    clauses: BTreeSet<String>,
    pairs: BTreeSet<(String, String)>,
}

/// Plays every file of a folder.
fn play(folder: &str, player: impl Fn() -> Box<dyn Player>) -> Reached {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../vectors").join(folder);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (mut cases, mut wrong, mut titles) = (0, Vec::new(), BTreeMap::new());
    let mut bodies: BTreeMap<String, String> = BTreeMap::new();
    let (mut reached, mut distinct) = (BTreeMap::new(), BTreeSet::new());
    let (mut clauses, mut pairs) = (BTreeSet::new(), BTreeSet::new());
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
            let named: BTreeSet<String> = facts.iter().filter_map(|fact| clause(fact)).collect();
            for first in &named {
                pairs.extend(
                    named.range(first.clone()..).skip(1).map(|second| (first.clone(), second.clone())),
                );
            }
            clauses.extend(named);
            distinct.insert(facts);
        }
        if std::env::var_os("VECTORS").is_some_and(|value| value == "write") {
            std::fs::write(&path, output.trim_end().to_string() + "\n").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{} cases differ: {wrong:#?}", wrong.len());
    println!("{folder}: {} different outcomes", distinct.len());
    Reached { cases, transitions: reached, clauses, pairs }
}

/// The clause at the end of a fact.
fn clause(fact: &str) -> Option<String> {
    Some(fact.strip_suffix(']')?.rsplit_once('[')?.1.to_string())
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

/// Every transition and every clause is reached, by at least so many cases.
fn report(folder: &str, found: &Reached, least: usize, all: &[&str], clauses: &[String]) {
    let (cases, reached) = (found.cases, &found.transitions);
    assert!(cases >= least, "{folder}: {cases} cases, and {least} were promised");
    let not_reached: Vec<&String> =
        clauses.iter().filter(|clause| !found.clauses.contains(*clause)).collect();
    assert!(not_reached.is_empty(), "{folder}: no case names the clauses {not_reached:?}");
    let missing: Vec<&&str> = all.iter().filter(|name| !reached.contains_key(**name)).collect();
    println!("{folder}: {cases} cases, {} of {} transitions", all.len() - missing.len(), all.len());
    assert!(missing.is_empty(), "{folder}: not reached: {missing:?}; reached: {reached:?}");
    let unknown: Vec<&String> = reached.keys().filter(|name| !all.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "{folder}: not in the list: {unknown:?}");
}

#[test]
fn first_refusal_follows_its_vectors() {
    let found = play("first-refusal", || Box::new(refusal::Case::default()));
    let clauses = agreement::refusal::Clause::ALL.map(|clause| clause.to_string());
    report("first-refusal", &found, 120, &agreement::refusal::What::NAMES, &clauses);
    let mut missing = Vec::new();
    for row in INTERACTING.trim().lines() {
        let (first, others) = row.trim().split_once(": ").unwrap();
        for second in others.split(' ') {
            for name in [first, second] {
                assert!(clauses.iter().any(|clause| clause == name), "`{name}` is no clause");
            }
            let pair = (first.min(second).to_string(), first.max(second).to_string());
            if !found.pairs.contains(&pair) {
                missing.push(pair);
            }
        }
    }
    println!("first-refusal: {} pairs of clauses in one case", found.pairs.len());
    assert!(missing.is_empty(), "no case has both clauses of {missing:?}");
}

#[test]
fn commitments_follow_their_vectors() {
    let found = play("commitment", || Box::new(commitment::Case::default()));
    let clauses = ["prepayment", "price", "excuse", "carry-forward", "minimum", "make-up", "exit", "term"];
    report("commitment", &found, 60, &commitment::NAMES, &clauses.map(str::to_string));
    // Each of the two banks, the excuse and the exit changes what the minimum and the prepayment come to.
    for pair in [
        ("carry-forward", "minimum"),
        ("carry-forward", "make-up"),
        ("carry-forward", "prepayment"),
        ("excuse", "minimum"),
        ("excuse", "prepayment"),
        ("excuse", "make-up"),
        ("exit", "minimum"),
        ("make-up", "minimum"),
        ("make-up", "price"),
        ("make-up", "prepayment"),
    ] {
        let pair = (pair.0.to_string(), pair.1.to_string());
        assert!(found.pairs.contains(&pair), "no case has both clauses of {pair:?}");
    }
}

#[test]
fn shares_follow_their_vectors() {
    let found = play("revenue-share", || Box::new(share::Case::default()));
    let clauses = ["term", "base", "share", "cap"].map(str::to_string);
    report("revenue-share", &found, 40, &share::NAMES, &clauses);
    for pair in [
        ("base", "cap"),
        ("base", "share"),
        ("base", "term"),
        ("cap", "share"),
        ("cap", "term"),
        ("share", "term"),
    ] {
        let pair = (pair.0.to_string(), pair.1.to_string());
        assert!(found.pairs.contains(&pair), "no case has both clauses of {pair:?}");
    }
}
