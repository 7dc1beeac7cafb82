//! From the command to its first output. Wall time, because somebody waits for it; the least of several tries, because
//! the machine is shared.

use crate::meter::Tally;
use crate::{Row, Size};
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The command `stargate`, built beside this program.
fn stargate() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let folders = own.ancestors().skip(1).take(2);
    let found = folders.map(|folder| folder.join("stargate")).find(|path| path.exists());
    if found.is_none() {
        eprintln!("passed over: `stargate` is not built (cargo build --release --bin stargate)");
    }
    found
}

/// Seconds from starting the command to the first byte that it writes, and to its end.
fn first_output(program: &PathBuf, arguments: &[&str]) -> Option<(f64, f64)> {
    let begin = Instant::now();
    let mut command = Command::new(program);
    let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut output = child.stdout.take()?;
    let mut first = [0];
    output.read_exact(&mut first).ok()?;
    let to_first = begin.elapsed().as_secs_f64();
    output.read_to_end(&mut Vec::new()).ok()?;
    child.wait().ok()?;
    Some((to_first, begin.elapsed().as_secs_f64()))
}

/// The first output of three verbs, against that of `echo`.
pub fn rows(size: Size) -> Vec<Row> {
    let Some(program) = stargate() else { return Vec::new() };
    let tries = size.pick(3, 30);
    let least = |program: &PathBuf, arguments: &[&str]| {
        let all = (0..tries).filter_map(|_| first_output(program, arguments));
        all.min_by(|a, b| a.0.total_cmp(&b.0))
    };
    let mut rows = Vec::new();
    for arguments in [["--version"].as_slice(), &["check", "--json"], &["show", "--json"]] {
        let Some((echo_s, _)) = least(&PathBuf::from("/bin/echo"), &["hello"]) else { continue };
        let Some((first_s, end_s)) = least(&program, arguments) else {
            eprintln!("passed over: `stargate {}` says nothing", arguments.join(" "));
            continue;
        };
        rows.push(Row {
            name: format!("stargate {}", arguments.join(" ")),
            units: "starts",
            count: 1,
            cpu_s: first_s,
            digest: Tally::default(),
            answer: format!("first output after {:.1} ms, end after {:.1} ms", first_s * 1e3, end_s * 1e3),
            reference: Some(("echo".to_owned(), echo_s)),
        });
    }
    rows
}
