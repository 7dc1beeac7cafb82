//! Whatever is wrong with the input: exit code 2, every mistake said, nothing left behind.

use crate::runner::{Ran, Scratch, small};
use std::fs;

/// Runs `stargate run FILE -o out` and checks that it leaves nothing.
#[track_caller]
fn refused(scratch: &Scratch, file: &str, says: &[&str]) -> Ran {
    let before = scratch.names();
    let ran = scratch.stargate(&["run", file, "-o", "out"]).exits(2).says(says);
    assert_eq!(scratch.names(), before, "something was left behind");
    assert_eq!(ran.stdout, "");
    scratch.stargate(&["check", file]).exits(2).says(says);
    ran
}

#[test]
fn a_file_that_is_not_there() {
    let scratch = Scratch::new("missing");
    refused(&scratch, "gone.toml", &["gone.toml", "error[S013]"]);
    fs::create_dir(scratch.path().join("folder.toml")).unwrap();
    refused(&scratch, "folder.toml", &["error[S013]"]);
}

#[test]
fn text_that_is_no_scenario() {
    let scratch = Scratch::new("no-scenario");
    let text = small();
    let cut = text.find("[policy]").unwrap() + 20;
    for (name, bytes, says) in [
        ("empty.toml", &b""[..], "error["),
        ("truncated.toml", &text.as_bytes()[..cut], "error[S001]"),
        ("latin1.toml", b"name = \"Le Cr\xe9ole\"\n", "error[S014]"),
        ("binary.toml", &[0u8, 159, 146, 150, 0, 0, 1], "error["),
        ("html.toml", b"<!doctype html><p>404", "error[S001]"),
        ("nul.toml", b"edition = 2026\nname = \"\0\"\n", "error["),
    ] {
        scratch.write(name, bytes);
        refused(&scratch, name, &[name, says]);
    }
}

/// A value that is left out is one mistake, on its line: what is missing for it is not said again, nor what only seems odd.
#[test]
fn a_value_that_is_left_out() {
    let scratch = Scratch::new("left-out");
    let text =
        small().replace("power_kw = 10.2", "power_kw =").replace("latitude_deg = 39.0", "latitude_deg = ");
    scratch.write("holes.toml", &text);
    let ran = scratch.stargate(&["check", "holes.toml", "--json"]).exits(2);
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let found: Vec<(&str, u64, &str)> = said["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["code"].as_str().unwrap(),
                one["place"]["line"].as_u64().unwrap(),
                one["message"].as_str().unwrap(),
            )
        })
        .collect();
    let mut lines: Vec<u64> = found.iter().map(|one| one.1).collect();
    lines.dedup();
    assert_eq!(lines.len(), found.len(), "{found:?}");
    assert!(!found.is_empty(), "{found:?}");
    for (code, line, message) in found {
        assert_eq!((code, message), ("S001", "the value is left out"));
        assert!(text.lines().nth(line as usize - 1).unwrap().trim_end().ends_with('='), "line {line}");
    }
}

#[test]
fn every_mistake_is_said_at_once_with_its_line() {
    let scratch = Scratch::new("at-once");
    let text = small()
        .replace("latitude_deg = 39.0", "lattitude_deg = 39.0")
        .replace("longitude_deg = -121.2", "longitude_deg = nan")
        .replace("power_kw = 10.2", "power_kw = -10.2")
        .replace("count = 12", "count = 99999999999999999999")
        .replace("round_trip = \"60 ms\"", "round_trip = \"soon\"")
        .replace("length = \"2 days\"", "end = \"2026-03-01\"")
        .replace("backfill = \"easy\"", "backfill = \"esay\"")
        .replace("between = [\"east\", \"west\"]", "between = [\"east\", \"wset\"]");
    scratch.write("bad.toml", &text);
    let ran = scratch.stargate(&["check", "bad.toml"]).exits(2);
    let line = |part: &str| text.lines().position(|line| line.contains(part)).unwrap() + 1;
    for part in ["lattitude_deg", "longitude_deg = nan", "-10.2", "round_trip", "esay", "wset"] {
        let place = format!("bad.toml:{}:", line(part));
        assert!(ran.stderr.contains(&place), "{part} in {place} is not said\n{}", ran.stderr);
    }
    for near in ["latitude_deg", "easy", "west"] {
        assert!(ran.stderr.contains(&format!("`{near}`")), "no hint at {near}\n{}", ran.stderr);
    }
    assert!(ran.stderr.contains("errors"), "a verdict of one line\n{}", ran.stderr);

    let json = scratch.stargate(&["check", "bad.toml", "--json"]).exits(2).json();
    assert_eq!(json["ok"], false);
    let diagnostics = json["diagnostics"].as_array().unwrap();
    assert!(diagnostics.len() >= 7, "{diagnostics:#?}");
    let power =
        diagnostics.iter().find(|d| d["field"].as_str().is_some_and(|f| f.ends_with("power_kw"))).unwrap();
    assert_eq!(power["place"]["line"], line("-10.2"));
    assert_eq!(power["severity"], "error");
}

#[test]
fn files_that_include_each_other() {
    let scratch = Scratch::new("cycle");
    scratch.write("a.toml", "include = [\"b.toml\"]\nedition = 2026\n");
    scratch.write("b.toml", "include = [\"a.toml\"]\n");
    refused(&scratch, "a.toml", &["error[S017]", "b.toml:1:"]);
    scratch.write("self.toml", "extends = \"self.toml\"\nedition = 2026\n");
    refused(&scratch, "self.toml", &["error[S017]"]);
}

#[test]
fn an_expectation_about_nothing() {
    let scratch = Scratch::new("expectation");
    for (metric, near) in [
        ("jobs_submited", "`jobs_submitted`"),
        ("site.eats.utilisation", "`site.east.utilisation`"),
        ("tenant.research.wait_mea_s", "`tenant.research.wait_mean_s`"),
    ] {
        scratch.write("x.toml", small().replace("\"jobs_submitted\"", &format!("\"{metric}\"")));
        refused(&scratch, "x.toml", &["error[R004]", "x.toml:", metric, near]);
    }
}

#[test]
fn broken_traces() {
    let scratch = Scratch::new("traces");
    let workload = |lines: &str| {
        let text = small();
        let (from, to) = (text.find("[workload.training]").unwrap(), text.find("[policy]").unwrap());
        format!("{}[workload.log]\ntenant = \"research\"\n{lines}\n{}", &text[..from], &text[to..])
    };
    let header = "submit_s,runtime_s,gpu_milli\n";
    let far: String = (0..3000).map(|i| format!("{},60,1000\n", 10 + i)).collect();
    for (name, bytes, says) in [
        ("order.csv", format!("{header}{far}5,60,1000\n").into_bytes(), vec!["order.csv:3002:", "submitted"]),
        ("number.csv", format!("{header}0,sixty,1000\n1,NaN,1000\n").into_bytes(), vec![":2:", ":3:"]),
        ("negative.csv", format!("{header}0,-60,1000\n").into_bytes(), vec![":2:", "-60"]),
        ("huge.csv", format!("{header}0,1e300,1000\n").into_bytes(), vec![":2:"]),
        ("cut.csv", format!("{header}0,60\n").into_bytes(), vec![":2:"]),
        ("latin1.csv", [header.as_bytes(), b"0,60,\xe9\n"].concat(), vec![":2:", "UTF-8"]),
        ("nothing.csv", Vec::new(), vec!["nothing.csv"]),
        ("fake.swf.gz", b"not gzip at all".to_vec(), vec!["fake.swf.gz"]),
        ("fake.parquet", b"PAR1 and no more".to_vec(), vec!["fake.parquet"]),
    ] {
        scratch.write(name, bytes);
        scratch.write("s.toml", workload(&format!("trace = {name:?}")));
        let before = scratch.names();
        scratch.stargate(&["run", "s.toml", "-o", "out"]).exits(2).says(&["error[T"]).says(&says);
        assert_eq!(scratch.names(), before, "{name}: something was left behind");
        scratch.stargate(&["import", name, "-o", "converted.csv"]).exits(2).says(&says);
        assert_eq!(scratch.names(), before, "{name}: import left something behind");
    }
    scratch.write("s.toml", workload("trace = \"gone.csv\""));
    scratch.stargate(&["run", "s.toml", "-o", "out"]).exits(2).says(&["gone.csv"]);
}

#[test]
fn a_folder_that_cannot_take_the_results() {
    let scratch = Scratch::new("folders");
    scratch.write("s.toml", small());
    fs::create_dir(scratch.path().join("photos")).unwrap();
    scratch.write("photos/cat.jpg", "meow");
    scratch.stargate(&["run", "s.toml", "-o", "photos"]).exits(2).says(&["`photos`", "hint: "]);
    assert_eq!(scratch.read("photos/cat.jpg"), b"meow");
    scratch.write("file", "");
    scratch.stargate(&["run", "s.toml", "-o", "file"]).exits(2).says(&["file"]);
    scratch.stargate(&["run", "s.toml", "-o", "file/below"]).exits(2).says(&["file"]);
    scratch.stargate(&["run", "s.toml", "-o", "/proc/stargate"]).exits(2).says(&["/proc/stargate"]);
    scratch.stargate(&["run", "s.toml", "-o", "/"]).exits(2);
    scratch
        .stargate(&["run", "s.toml", "-o", "out", "--resume"])
        .exits(2)
        .says(&["hint: run without `--resume`"]);
    assert_eq!(scratch.names(), ["file", "photos", "s.toml"]);
    for verb in
        [&["report", "photos"][..], &["show", "photos"], &["show", "photos", "jobs"], &["report", "gone"]]
    {
        scratch.stargate(verb).exits(2);
    }
    assert_eq!(scratch.names(), ["file", "photos", "s.toml"]);
}

/// Names of files need not be UTF-8.
#[test]
#[cfg(unix)]
fn names_that_are_not_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let scratch = Scratch::new("not-text");
    scratch.write("s.toml", small());
    let odd = OsStr::from_bytes(b"r\xe9sultats");
    let ran = |arguments: &[&OsStr]| {
        let mut command = scratch.command(&[]);
        Ran::of(&["names"], command.args(arguments).output().unwrap())
    };
    let text = |text: &'static str| OsStr::new(text);
    ran(&[text("run"), text("s.toml"), text("--json"), text("-o"), odd]).exits(0);
    ran(&[text("report"), odd, text("--json")]).exits(0);
    ran(&[text("show"), text("--json"), odd]);
    fs::copy(scratch.path().join("s.toml"), scratch.path().join(OsStr::from_bytes(b"s\xe9.toml"))).unwrap();
    ran(&[text("check"), OsStr::from_bytes(b"s\xe9.toml")]).exits(0);
    ran(&[text("check"), text("--json"), OsStr::from_bytes(b"gone\xe9.toml")]).exits(2);
    ran(&[text("import"), OsStr::from_bytes(b"gone\xe9.swf"), text("--json")]).exits(2);
}

#[test]
fn flags_that_are_wrong() {
    let scratch = Scratch::new("flags");
    scratch.write("s.toml", small());
    for (arguments, says) in [
        (&["fly"][..], "unrecognized subcommand"),
        (&["run", "--fast"], "unexpected argument"),
        (&["run", "s.toml", "more.toml"], "unexpected argument"),
        (&["run", "--seed", "-1"], "seed"),
        (&["run", "--seed", "soon"], "invalid value"),
        (&["run", "s.toml", "--snapshot-every", "soon"], "write a time such as"),
        (&["run", "s.toml", "--snapshot-every", "0 s"], "write a time such as"),
        (&["check", "s.toml", "--set", "policy.placement"], "error[S021]"),
        (&["check", "s.toml", "--set", "include=[\"more.toml\"]"], "write it in the file"),
        (&["check", "s.toml", "--set", "extends=builtin:abilene"], "error[S021]"),
        (&["check", "s.toml", "--set", "remove=[\"site.east\"]"], "error[S021]"),
        (&["check", "s.toml", "--set", "policy.placment=fgd"], "`placement`"),
        (&["check", "s.toml", "--set", "site.east.latitude_deg=abc"], "error[S"),
        (&["check", "-q", "-v"], "cannot be used with"),
        (&["explain", "S0001"], "did you mean `S001`?"),
        (&["explain", "zebra"], "lists all rules"),
        (&["show", "abilen"], "did you mean `abilene`?"),
        (&["completions", "cmd.exe"], "invalid value"),
        (&["import", "log.txt"], "cannot tell the format"),
        (&["import", "gone.swf"], "gone.swf"),
        (&["import", "s.toml", "--format", "xls"], "one of swf, philly, openb, csv, parquet"),
    ] {
        scratch.stargate(arguments).exits(2).says(&[says]);
    }
    assert_eq!(scratch.names(), ["s.toml"]);
}
