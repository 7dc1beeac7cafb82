//! From the command to its first output. Wall time, because somebody waits for it; the least of several tries, because
//! the machine is shared.

use crate::data::root;
use crate::meter::Tally;
use crate::{Row, Size};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The command `stargate`, built beside this program.
pub fn stargate() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let folders = own.ancestors().skip(1).take(2);
    let found = folders.map(|folder| folder.join("stargate")).find(|path| path.exists());
    if found.is_none() {
        eprintln!("passed over: `stargate` is not built (cargo build --release --bin stargate)");
    }
    found
}

/// Seconds from starting the command to the first byte that it writes and to its end, and a digest of what it wrote.
fn first_output(program: &Path, arguments: &[&str]) -> Option<(f64, f64, Tally)> {
    let begin = Instant::now();
    let mut command = Command::new(program);
    let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut output = child.stdout.take()?;
    let mut first = [0];
    output.read_exact(&mut first).ok()?;
    let to_first = begin.elapsed().as_secs_f64();
    let mut rest = Vec::new();
    output.read_to_end(&mut rest).ok()?;
    let code = child.wait().ok()?.code()?;
    let mut digest = Tally::default();
    first.iter().chain(&rest).for_each(|&byte| digest.add(u64::from(byte)));
    digest.add(code as u64);
    Some((to_first, begin.elapsed().as_secs_f64(), digest))
}

/// The first output of some verbs, against that of `echo`. The small scenario is two sites and 1,637 jobs.
pub fn rows(size: Size) -> Vec<Row> {
    let Some(program) = stargate() else { return Vec::new() };
    let tries = size.pick(2, 50);
    let out = std::env::temp_dir().join(format!("stargate-bench-{}", std::process::id()));
    let (small, out) =
        (root().join("crates/run/tests/small.toml").display().to_string(), out.display().to_string());
    let verbs: [(&str, &[&str]); 5] = [
        ("--version", &["--version"]),
        ("check, the built-in example", &["check"]),
        ("check, two small sites", &["check", &small]),
        ("simulate, two small sites", &["simulate", &small, "--no-progress", "-o", &out]),
        ("run, two small sites", &["run", &small, "--no-progress", "-o", &out]),
    ];
    let least = |program: &Path, arguments: &[&str]| {
        let all: Vec<_> = (0..tries).filter_map(|_| first_output(program, arguments)).collect();
        let same = all.windows(2).all(|pair| pair[0].2 == pair[1].2);
        assert!(same, "{arguments:?}: the same answer each time");
        let ends = all.iter().map(|&(_, end_s, _)| end_s).fold(f64::INFINITY, f64::min);
        all.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).map(|(first_s, _, digest)| (first_s, ends, digest))
    };
    let mut rows = Vec::new();
    for (name, arguments) in verbs {
        let Some((echo_s, ..)) = least(Path::new("/bin/echo"), &["hello"]) else { continue };
        let Some((first_s, end_s, digest)) = least(&program, arguments) else {
            eprintln!("passed over: `stargate {}` says nothing", arguments.join(" "));
            continue;
        };
        rows.push(Row {
            name: format!("stargate {name}"),
            units: "starts",
            count: 1,
            cpu_s: first_s,
            digest,
            answer: format!("first output after {:.1} ms, end after {:.1} ms", first_s * 1e3, end_s * 1e3),
            reference: Some(("echo".to_owned(), echo_s)),
        });
    }
    // What cannot be removed is a temporary file more.
    let _ = std::fs::remove_dir_all(&out);
    rows
}
