//! Whatever it is given, the reader answers: it never panics, and a refusal says where and what to write instead.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use scenario::{BUILTINS, Origin, Reading, read, read_bytes};

const SMALL: &str = include_str!("../rules/base.toml");

fn read_text(text: &str, sets: &[String]) -> Reading {
    let reading = read(&Origin::Text { name: "any.toml".into(), text: text.into() }, sets);
    assert_eq!(reading.world.is_none(), reading.diagnostics.has_errors());
    for diagnostic in reading.diagnostics.iter() {
        assert!(diagnostic.place.is_some(), "{diagnostic}");
        assert!(diagnostic.hint.as_ref().is_some_and(|hint| !hint.is_empty()), "{diagnostic}");
        assert!(!diagnostic.message.contains('\n'), "{diagnostic}");
    }
    reading
}

/// Values that a hurried or hostile hand may put anywhere.
const VALUES: &[&str] = &[
    "nan",
    "inf",
    "-inf",
    "-1",
    "0",
    "1e308",
    "1e400",
    "9223372036854775807",
    "99999999999999999999",
    "\"\"",
    "[]",
    "{}",
    "[[]]",
    "{ value = 1 }",
    "{ value = {} }",
    "{ value = 1, source = 3 }",
    "{ kind = \"published\" }",
    "true",
    "1979-05-27",
    "07:32:00",
    "9999-12-31T23:59:59Z",
    "\"1 month\"",
    "\"-1 h\"",
    "\"292 years\"",
    "\"2500000 h\"",
    "\"\\u0000\"",
    "\"abilene\"",
    "'''\n\n'''",
];

fn mutate(text: &str, picks: &[(u16, u8, u16)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    for (at, what, with) in picks {
        if lines.is_empty() {
            break;
        }
        let at = usize::from(*at) % lines.len();
        let other = usize::from(*with) % lines.len();
        match what % 8 {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[other].clone()),
            2 => lines.swap(at, other),
            3 | 4 => {
                let value = VALUES[usize::from(*with) % VALUES.len()];
                if let Some((key, _)) = lines[at].split_once('=') {
                    lines[at] = format!("{key}= {value}");
                }
            }
            5 => {
                let cut =
                    lines[at].char_indices().nth(usize::from(*with) % 40).map_or(lines[at].len(), |(i, _)| i);
                lines[at].truncate(cut);
            }
            6 => {
                let more = lines[other].clone();
                lines[at].push_str(&more);
            }
            _ => {
                let letters: Vec<char> = lines[at].chars().collect();
                if !letters.is_empty() {
                    let mut letters = letters;
                    let i = usize::from(*with) % letters.len();
                    letters[i] = ['[', '.', '\"', '=', '{', '9', '-', 'é'][usize::from(*with / 40) % 8];
                    lines[at] = letters.into_iter().collect();
                }
            }
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_bytes(&bytes);
    }

    #[test]
    fn any_text_of_toml_characters(text in "[\\[\\]{}=.,\"'# \n\ta-z0-9_+-]{0,300}") {
        read_text(&text, &[]);
    }

    #[test]
    fn a_builtin_with_mistakes(picks in proptest::collection::vec(any::<(u16, u8, u16)>(), 1..12)) {
        read_text(&mutate(BUILTINS[0].1, &picks), &[]);
    }

    #[test]
    fn a_small_scenario_with_mistakes(picks in proptest::collection::vec(any::<(u16, u8, u16)>(), 1..6)) {
        read_text(&mutate(SMALL, &picks), &[]);
    }

    #[test]
    fn any_set(path in "(site|tenant|horizon|policy|expect|link|name|workload)?[a-z.0-9]{0,20}", value in ".{0,20}", pick in 0..VALUES.len()) {
        read_text(SMALL, &[format!("{path}={value}")]);
        read_text(SMALL, &[format!("{path}={}", VALUES[pick])]);
        read_text(SMALL, &[format!("site.annex.{path}={}", VALUES[pick])]);
    }
}

/// Each value in the place of each value of the small scenario and of the built-in one.
#[test]
fn every_value_in_every_place() {
    for text in [SMALL, BUILTINS[0].1] {
        let lines: Vec<&str> = text.lines().collect();
        for at in 0..lines.len() {
            let Some((key, _)) = lines[at].split_once('=') else { continue };
            for value in VALUES {
                let line = format!("{key}= {value}");
                let mut changed = lines.clone();
                changed[at] = &line;
                read_text(&changed.join("\n"), &[]);
            }
        }
    }
}

#[test]
fn deep_wide_and_long_texts_are_answered_in_bounded_time() {
    let start = std::time::Instant::now();
    for text in [
        "[".repeat(1 << 20),
        "a.".repeat(1 << 20),
        format!("a = {}", "{a=".repeat(1 << 18)),
        "=\n".repeat(1 << 19),
        "[a]\n".repeat(1 << 18),
        (0..100_000).map(|i| format!("k{i} = 1\n")).collect(),
        (0..20_000).map(|i| format!("[site.s{i}]\nit_mw = 1\nfill = \"x{i}\"\n")).collect(),
        format!("\"{}\" = 1", "x".repeat(4 << 20)),
    ] {
        let reading = read_text(&text, &[]);
        assert!(reading.diagnostics.has_errors());
        assert!(reading.diagnostics.0.len() <= 1000);
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
