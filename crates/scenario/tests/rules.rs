//! Every rule's page holds an example that breaks it and the same put right. Both are run here.
#![allow(clippy::unwrap_used)]

use base::Severity;
use scenario::{Origin, RULES, Reading, read};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const BASE: &str = include_str!("../rules/base.toml");

/// The fenced blocks of a page by their heading: `toml breaks`.
fn fences(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(heading)) => open = Some((heading.to_string(), String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is not closed:\n{page}");
    found
}

/// A folder of its own for the files of an example, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("scenario-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Reads an example: it extends the base, unless it is a command.
fn run(
    name: &str,
    heading: &str,
    text: &str,
    files: &[(String, String)],
) -> (Reading, Option<(String, u64)>) {
    let folder = Folder::new(name);
    folder.write("base.toml", BASE);
    let mut here = None;
    let mut note = |file: &str, text: &str, offset: u64| {
        if let Some(line) = text.lines().position(|line| line.ends_with("# here")) {
            here = Some((file.to_string(), line as u64 + 1 + offset));
        }
    };
    for (file, text) in files {
        note(file, text, 0);
        folder.write(file, text);
    }
    let (scenario, sets) = match heading.starts_with("sh ") {
        true => {
            let set = text.trim().rsplit(' ').next().unwrap().to_string();
            (BASE.to_string(), vec![set])
        }
        false => {
            note("scenario.toml", text, 1);
            (format!("extends = \"base.toml\"\n{text}"), Vec::new())
        }
    };
    let path = folder.write("scenario.toml", scenario);
    (read(&Origin::File(path), &sets), here)
}

fn shown(reading: &Reading) -> String {
    reading.diagnostics.iter().map(|d| format!("{d}\n")).collect()
}

#[test]
fn every_rule_is_broken_and_put_right_on_its_page() {
    let by_hand = ["S014", "S015"];
    for rule in RULES {
        let blocks = fences(rule.explanation);
        let mut extra: Vec<(String, String)> = Vec::new();
        let mut ran = BTreeMap::new();
        for (at, (heading, text)) in blocks.iter().enumerate() {
            let example = |heading: &str| heading.ends_with(" breaks") || heading.ends_with(" right");
            if !example(heading) || heading.starts_with("text") {
                continue;
            }
            // Files stand below the example that names them; what is put right may name those of what breaks.
            let below = blocks[at + 1..].iter().take_while(|(heading, _)| !example(heading));
            let files: Vec<(String, String)> = below
                .map(|(heading, text)| (heading.trim_start_matches("toml ").to_string(), text.clone()))
                .collect();
            let breaks = heading.ends_with(" breaks");
            if breaks || !files.is_empty() {
                extra = files;
            }
            let (reading, here) = run(rule.code, heading, text, &extra);
            let codes: Vec<&str> = reading.diagnostics.iter().map(|d| d.rule.code).collect();
            if breaks {
                assert_eq!(codes, [rule.code], "{}\n{}", rule.code, shown(&reading));
                let diagnostic = reading.diagnostics.iter().next().unwrap();
                let warning = diagnostic.severity == Severity::Warning;
                let number: u32 = rule.code[1..].parse().unwrap();
                let soft = matches!(number, 100..200 | 220..250 | 280..300 | 310..350 | 420..450 | 470..500 | 520..550);
                assert_eq!(
                    warning, soft,
                    "codes from S100 on, and the later part of each block of codes, are warnings"
                );
                assert_eq!(reading.world.is_some(), warning);
                assert!(diagnostic.hint.is_some(), "{} has no hint", rule.code);
                let place = diagnostic.place.as_ref().unwrap();
                let file = Path::new(&place.file).file_name().map(|name| name.to_string_lossy().into_owned());
                match here {
                    Some((name, line)) => {
                        assert_eq!((file.unwrap(), place.line), (name, line), "{}", rule.code)
                    }
                    None => assert!(
                        heading.starts_with("sh") || rule.code == "S104",
                        "{} marks no line",
                        rule.code
                    ),
                }
            } else {
                assert!(codes.is_empty(), "{} put right:\n{}", rule.code, shown(&reading));
                assert!(reading.world.is_some());
            }
            ran.insert(breaks, ());
        }
        assert!(ran.len() == 2 || by_hand.contains(&rule.code), "{} lacks an example", rule.code);
    }
}

#[test]
fn codes_are_unique_and_titles_short() {
    for pair in RULES.windows(2) {
        assert!(pair[0].code < pair[1].code, "{} before {}", pair[0].code, pair[1].code);
    }
    for rule in RULES {
        assert!(rule.title.len() < 60 && !rule.title.ends_with('.'), "{}", rule.title);
    }
}

#[test]
fn bytes_that_are_not_text_are_pointed_at() {
    let folder = Folder::new("latin1");
    let path = folder.write("latin1.toml", b"edition = 2026\nname = \"Caf\xe9\"\n");
    let reading = read(&Origin::File(path), &[]);
    assert!(reading.world.is_none());
    let diagnostic = reading.diagnostics.iter().next().unwrap();
    assert_eq!(diagnostic.rule.code, "S014");
    let place = diagnostic.place.as_ref().unwrap();
    assert_eq!((place.line, place.column), (2, 12), "{diagnostic}");
    assert_eq!(diagnostic.message, "byte 0xe9 is not UTF-8");
    let path = folder.write("utf16.toml", b"\xff\xfee\x00d\x00");
    assert!(shown(&read(&Origin::File(path), &[])).contains("UTF-16"));
}

#[test]
fn a_gigantic_file_is_refused_without_being_read() {
    let folder = Folder::new("gigantic");
    let path = folder.0.join("gigantic.toml");
    // Sparse: a terabyte that takes no room.
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let reading = read(&Origin::File(path), &[]);
    let codes: Vec<&str> = reading.diagnostics.iter().map(|d| d.rule.code).collect();
    assert_eq!(codes, ["S015"]);
    let long = Origin::Text { name: "long".into(), text: "#".repeat(9 << 20) };
    assert_eq!(read(&long, &[]).diagnostics.iter().next().unwrap().rule.code, "S015");
}

#[test]
fn a_folder_a_missing_file_and_an_empty_one_are_answers() {
    let folder = Folder::new("missing");
    let first = |path: PathBuf| {
        let reading = read(&Origin::File(path), &[]);
        assert!(reading.world.is_none());
        let diagnostic = reading.diagnostics.iter().next().unwrap().clone();
        (diagnostic.rule.code, diagnostic.message, diagnostic.hint.unwrap_or_default())
    };
    assert!(first(folder.0.clone()).1.contains("folder"));
    folder.write("abilene.toml", "");
    let (code, _, hint) = first(folder.0.join("abilen.toml"));
    assert_eq!(code, "S013");
    assert!(hint.contains("abilene.toml"), "{hint}");
    assert_eq!(first(folder.0.join("abilene.toml")).0, "S025");
    assert_eq!(first(folder.write("remark.toml", "# nothing\n\n")).0, "S025");
}
