//! The rules of the house, read from the table in `ARCHITECTURE.md` and held against the sources.
//!
//! The table has one row for each crate: `| name | what it is | uses | never |`. A crate that is not in it, an arrow that
//! it does not name, or a thing that it says is never there fails here, so that the document stays true.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The most lines of a source file; rows of numbers do not count.
const MOST_LINES: usize = 600;

/// What a word in the column `never` forbids in the sources of a crate.
const NEVER: &[(&str, &[&str])] = &[
    ("clock", &["std::time", "Instant::now", "SystemTime", "Timestamp::now", "Zoned::now"]),
    ("files", &["std::fs", "File::open", "File::create"]),
    ("threads", &["std::thread", "rayon", "std::sync::Mutex", "std::sync::RwLock"]),
    ("environment", &["std::env::", "std::process"]),
    ("screen", &["println!", "eprintln!", "print!(", "eprint!(", "dbg!(", "io::stdout", "io::stderr"]),
    (
        "platform maths",
        &[".ln()", ".exp()", ".powf(", ".powi(", ".log2()", ".log10()", ".sin()", ".cos()", ".tanh()"],
    ),
    ("async", &["async fn", ".await", "tokio"]),
];

struct Room {
    uses: BTreeSet<String>,
    never: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// The rows of the table, by crate.
fn house() -> BTreeMap<String, Room> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let words = |cell: &str| -> Vec<String> {
        let words = cell.split(',').map(|word| word.trim().trim_matches('`').to_owned());
        words.filter(|word| !word.is_empty() && word != "-").collect()
    };
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let rooms = rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 4, "a row of the crate table has four cells: {line}");
        let room = Room { uses: words(cells[2]).into_iter().collect(), never: words(cells[3]) };
        (cells[0].trim_matches('`').to_owned(), room)
    });
    rooms.collect()
}

fn crates() -> Vec<(String, PathBuf)> {
    let mut crates: Vec<(String, PathBuf)> = fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path))
        .collect();
    crates.sort();
    crates
}

/// The keys of a section of a crate's `Cargo.toml`.
fn section(path: &Path, heading: &str) -> Vec<String> {
    let text = fs::read_to_string(path.join("Cargo.toml")).unwrap();
    let lines = text.lines().skip_while(|line| line.trim() != heading).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('[')).map(str::trim);
    let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    keys.map(|line| line.split(['.', ' ', '=']).next().unwrap().to_owned()).collect()
}

/// All Rust files under a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The lines of the product: no comments, no test modules, no files of tests.
fn product_lines(path: &Path) -> Vec<(usize, String)> {
    if path.iter().any(|part| part == "tests" || part == "tests.rs") {
        return Vec::new();
    }
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let test_module = |i: &usize| {
        lines[*i].trim() == "#[cfg(test)]"
            && lines.get(i + 1).is_some_and(|next| next.trim_start().starts_with("mod "))
    };
    let end = (0..lines.len()).find(test_module).unwrap_or(lines.len());
    let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    lines[..end].iter().enumerate().map(|(i, line)| (i + 1, code(line))).collect()
}

#[test]
fn every_crate_has_its_row_and_every_row_its_crate() {
    let named: BTreeSet<String> = house().into_keys().collect();
    let there: BTreeSet<String> = crates().into_iter().map(|(name, _)| name).collect();
    assert_eq!(named, there, "the crate table of ARCHITECTURE.md (left) is not what crates/ holds (right)");
}

#[test]
fn arrows_point_only_where_the_table_says() {
    let house = house();
    let mut wrong = Vec::new();
    for (name, path) in crates() {
        for used in section(&path, "[dependencies]").into_iter().filter(|used| house.contains_key(used)) {
            if !house[&name].uses.contains(&used) {
                wrong.push(format!("{name} -> {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that ARCHITECTURE.md does not have: {wrong:?}");
    for (name, room) in &house {
        for used in &room.uses {
            assert!(house.contains_key(used), "`{name}` is said to use `{used}`, which is no crate");
        }
    }
    assert_eq!(with_cycle(&house), None, "the table has a cycle");
}

/// A crate that reaches itself, if there is one.
fn with_cycle(house: &BTreeMap<String, Room>) -> Option<String> {
    let mut free: BTreeSet<&String> = BTreeSet::new();
    loop {
        let ready =
            |(name, room): (_, &Room)| room.uses.iter().all(|used| free.contains(used)).then_some(name);
        let next: BTreeSet<&String> = house.iter().filter_map(ready).collect();
        if next.len() == free.len() {
            return house.keys().find(|name| !free.contains(name)).cloned();
        }
        free = next;
    }
}

#[test]
fn crates_know_nothing_of_what_the_table_says_is_never_there() {
    let mut wrong = Vec::new();
    for (name, path) in crates() {
        let Some(room) = house().remove(&name) else { continue };
        for word in &room.never {
            let banned = NEVER.iter().find(|(known, _)| known == word);
            let (_, banned) =
                banned.unwrap_or_else(|| panic!("`{word}` in the column `never` means nothing"));
            for file in sources(&path.join("src")) {
                for (line, code) in product_lines(&file) {
                    if let Some(found) = banned.iter().find(|found| code.contains(**found)) {
                        wrong.push(format!("{}:{line}: {found} (no {word} in `{name}`)", file.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_hash_map_is_walked() {
    // A hash map's order is not the same everywhere, so that what is found by walking one may not reach a result.
    // Looking things up is fine.
    let mut wrong = Vec::new();
    for (name, path) in crates() {
        for file in sources(&path.join("src")) {
            let lines = product_lines(&file);
            let maps: BTreeSet<String> = lines.iter().filter_map(|(_, code)| hash_name(code)).collect();
            for (line, code) in &lines {
                let walked = maps.iter().find(|map| walks(code, map));
                if let Some(map) = walked {
                    wrong.push(format!("{}:{line}: `{map}` of `{name}` is walked", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a line calls a hash map or set: `self.index` for the field `index: FxHashMap<..>`, `index` for a variable.
fn hash_name(code: &str) -> Option<String> {
    let at =
        ["HashMap<", "HashMap::", "HashSet<", "HashSet::"].iter().filter_map(|kind| code.find(kind)).min()?;
    let before = code[..at].trim_end_matches("Fx").trim_end_matches("&mut ").trim_end_matches('&').trim_end();
    let before = before.strip_suffix(':').or(before.strip_suffix('='))?.trim_end();
    let name: String = before.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let name: String = name.chars().rev().collect();
    let field = code[..at].contains(':') && !["let ", "fn ", "|"].iter().any(|word| code.contains(word));
    (!name.is_empty()).then(|| if field { format!("self.{name}") } else { name })
}

fn walks(code: &str, map: &str) -> bool {
    const CALLS: &[&str] = &[
        "iter()",
        "iter_mut()",
        "keys()",
        "values()",
        "values_mut()",
        "into_iter()",
        "drain(",
        "into_keys()",
    ];
    let called = CALLS.iter().any(|call| code.contains(&format!("{map}.{call}")));
    let looped = code.contains("for ")
        && ["in ", "in &", "in &mut "].iter().any(|i| code.contains(&format!("{i}{map} {{")));
    called || looped
}

#[test]
fn the_hash_map_rule_sees_what_it_should() {
    assert_eq!(hash_name("    index: FxHashMap<Box<[u8]>, u32>,").as_deref(), Some("self.index"));
    assert_eq!(hash_name("let mut seen = HashSet::new();").as_deref(), Some("seen"));
    assert_eq!(hash_name("fn f(map: &HashMap<u8, u8>)").as_deref(), Some("map"));
    assert_eq!(hash_name("use std::collections::HashMap;"), None);
    assert!(walks("for (a, b) in &index {", "index"));
    assert!(walks("self.index.values().sum()", "self.index"));
    assert!(walks("for (a, b) in &self.index {", "self.index"));
    assert!(!walks("let index = self.index.get(&3); index.iter()", "self.index"));
    assert!(!walks("index.get(&3)", "index"));
}

#[test]
fn files_are_of_a_length_that_can_be_read() {
    let mut long = Vec::new();
    for (_, path) in crates() {
        for file in sources(&path) {
            let text = fs::read_to_string(&file).unwrap();
            let number =
                |line: &str| line.trim_start().trim_start_matches(['(', '-']).starts_with(char::is_numeric);
            let lines = text.lines().filter(|line| !number(line)).count();
            if lines > MOST_LINES {
                long.push(format!("{}: {lines} lines", file.display()));
            }
        }
    }
    assert!(long.is_empty(), "files over {MOST_LINES} lines: split them by idea\n{}", long.join("\n"));
}

#[test]
fn every_crate_obeys_the_lints_of_the_workspace() {
    // The one crate that speaks to C++ repeats the table with `unsafe` denied where the workspace forbids it: see there.
    for (name, path) in crates().into_iter().filter(|(name, _)| name != "solver") {
        assert_eq!(section(&path, "[lints]"), ["workspace"], "{name}: `[lints] workspace = true` is missing");
    }
}

#[test]
fn the_glossary_and_the_map_are_where_the_readme_says() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for link in readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        let file = link.split('#').next().unwrap();
        if !file.starts_with("http") && !file.is_empty() {
            assert!(root().join(file).exists(), "README.md links to {file}, which is not there");
        }
    }
}

/// The rules of scenarios are tested by their pages, which `crates/scenario/tests/rules.rs` runs; every other rule is named
/// by its code in a test.
#[test]
fn every_rule_has_a_test() {
    let mut tests = String::new();
    let mut codes: Vec<String> = Vec::new();
    for (name, path) in crates() {
        for file in sources(&path) {
            let text = fs::read_to_string(&file).unwrap();
            if file.ends_with("src/rules.rs") && name != "scenario" {
                codes.extend(text.split('"').filter(|word| is_code(word)).map(str::to_owned));
            } else if file.iter().any(|part| part == "tests" || part == "tests.rs") {
                tests.push_str(&text);
            } else if let Some(at) = text.find("#[cfg(test)]") {
                tests.push_str(&text[at..]);
            }
        }
    }
    assert!(codes.len() > 50, "{codes:?}");
    let without: Vec<&String> = codes.iter().filter(|code| !tests.contains(code.as_str())).collect();
    assert!(without.is_empty(), "no test names {without:?}");
}

/// `T001`
fn is_code(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() == 4 && bytes[0].is_ascii_uppercase() && bytes[1..].iter().all(u8::is_ascii_digit)
}
