//! Each verb does what its help says.

use crate::runner::{Ran, Scratch, small};
use std::fs;
use std::io::Read;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

#[test]
fn run_writes_tables_and_a_page_and_the_same_again() {
    let scratch = Scratch::new("run");
    scratch.write("s.toml", small());
    let ran = scratch.stargate(&["run", "s.toml"]).exits(0);
    assert!(ran.stdout.contains("report  stargate-out/report.html"), "{}", ran.stdout);
    let first = scratch.files("stargate-out");
    for name in ["manifest.json", "summary.json", "jobs.parquet", "site_hours.parquet", "report.html"] {
        assert!(first.contains_key(name), "{name} is missing");
    }
    scratch.stargate(&["run", "s.toml"]).exits(0);
    assert_eq!(scratch.files("stargate-out"), first);
    scratch.stargate(&["run", "-q", "-o", "nested/out", "s.toml"]).exits(0);
    assert_eq!(scratch.files("nested/out"), first, "nothing depends on where the results are");
    assert_eq!(scratch.names(), ["nested", "s.toml", "stargate-out"]);
    fs::remove_file(scratch.path().join("stargate-out/report.html")).unwrap();
    scratch.stargate(&["report"]).exits(0).answers(&["stargate-out/report.html"]);
    assert_eq!(scratch.files("stargate-out"), first);
}

#[test]
fn the_built_in_example_runs_with_no_file() {
    let scratch = Scratch::new("builtin");
    let json = scratch.stargate(&["simulate", "--json"]).exits(0).json();
    assert_eq!(json["ok"], true);
    assert!(json["summary"]["network"]["jobs_finished"].as_f64().unwrap() > 10_000.0);
    assert!(json["summary"]["site"]["abilene"]["utilisation"].as_f64().unwrap() > 0.0);
    assert_eq!(scratch.names(), ["stargate-out"]);
}

#[test]
fn a_failed_expectation_is_exit_code_1_with_the_results_in_place() {
    let scratch = Scratch::new("expect");
    scratch.write("s.toml", small().replace("at_least = 500", "at_least = 500_000"));
    let ran = scratch.stargate(&["simulate", "s.toml", "-o", "out"]).exits(1);
    ran.says(&["`jobs_submitted` is", "at least 500000", "s.toml:"]);
    assert!(scratch.files("out").contains_key("manifest.json"));
    let json = scratch.stargate(&["simulate", "s.toml", "-o", "out", "--json"]).exits(1).json();
    assert_eq!((&json["ok"], &json["expectations"][0]["verdict"]), (&false.into(), &"fails".into()));
}

#[test]
fn two_runs_side_by_side_say_the_same() {
    let scratch = Scratch::new("twice");
    scratch.write("s.toml", small());
    scratch.stargate(&["simulate", "s.toml", "--twice"]).exits(0).answers(&["two runs say the same"]);
    assert_eq!(scratch.names(), ["s.toml"]);
}

#[test]
fn sets_and_the_seed_are_kept_in_the_manifest() {
    let scratch = Scratch::new("sets");
    scratch.write("s.toml", small());
    let arguments = ["simulate", "s.toml", "-o", "out", "--set", "policy.placement=fgd", "--seed", "99"];
    scratch.stargate(&arguments).exits(0);
    let manifest = scratch.stargate(&["show", "out", "manifest"]).exits(0).json();
    assert_eq!(manifest["seed"], 99);
    let given = ["s.toml", "--set", "policy.placement=fgd", "--seed", "99"];
    assert_eq!(manifest["arguments"], serde_json::json!(given));
    let input = &manifest["inputs"][0];
    assert_eq!(input["name"], "s.toml");
    assert_eq!(input["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn show_prints_scenarios_and_tables() {
    let scratch = Scratch::new("show");
    scratch.stargate(&["show"]).exits(0).answers(&["abilene"]);
    let text = scratch.stargate(&["show", "abilene"]).exits(0).stdout;
    scratch.write("mine.toml", &text);
    scratch.stargate(&["check", "mine.toml"]).exits(0).answers(&["abilene", "3 sites"]);
    scratch.write("s.toml", small());
    scratch.stargate(&["simulate", "s.toml", "-o", "out", "-q"]).exits(0);
    scratch.stargate(&["show", "out"]).exits(0).answers(&["small", "jobs.parquet", "digest"]);
    let rows = scratch
        .stargate(&["show", "out", "jobs", "--rows", "3", "--columns", "job,site,gpus", "--json"])
        .exits(0)
        .json();
    assert_eq!(rows.as_array().unwrap().len(), 3);
    assert!(rows[0]["job"].is_u64() && rows[0]["site"].is_string(), "{rows}");
    let ran = scratch.stargate(&["show", "out", "jobs", "--rows", "2"]).exits(0).says(&["2 of "]);
    assert_eq!(ran.stdout.lines().count(), 3);
    scratch.stargate(&["show", "out", "job"]).exits(2).says(&["did you mean `jobs`?"]);
    scratch.stargate(&["show", "out", "jobs", "--columns", "wait"]).exits(2).says(&["has no column `wait`"]);
}

#[test]
fn import_converts_and_fits() {
    let scratch = Scratch::new("import");
    let jobs: String = (1..=400)
        .map(|i| {
            format!(
                "{i} {} 5 {} 4 -1 -1 4 900 -1 1 {} 1 1 1 -1 -1 -1\n",
                i * 97 % 50 + i * 60,
                60 + i % 700,
                i % 3
            )
        })
        .collect();
    scratch.write(
        "log.swf",
        format!("; Version: 2.2\n; MaxProcs: 128\n{jobs}401 99999 1 -1 4 -1 -1 4 -1 -1 5 1 1 1 1 -1 -1 -1\n"),
    );
    scratch.stargate(&["import", "log.swf"]).exits(0).answers(&["401 rows, 400 jobs", "left out 1"]);
    scratch.stargate(&["import", "log.swf", "-o", "jobs.csv"]).exits(0).answers(&["jobs.csv"]);
    scratch.stargate(&["import", "jobs.csv", "-o", "jobs.parquet"]).exits(0);
    let again = scratch.stargate(&["import", "jobs.parquet", "-o", "again.csv", "--json"]).exits(0).json();
    assert_eq!(again["jobs"], 400);
    assert_eq!(scratch.read("again.csv"), scratch.read("jobs.csv"), "there and back");
    let fit = scratch.stargate(&["import", "log.swf", "--fit", "--name", "research"]).exits(0);
    assert!(
        fit.stdout.contains("[workload.research.arrivals]") && fit.stderr.contains("gap_distance"),
        "{fit:?}"
    );
    let text = small();
    let cut = text.find("[workload.training]").unwrap();
    let workload =
        fit.stdout.replacen("[workload.research]", "[workload.research]\ntenant = \"research\"", 1);
    scratch.write("fitted.toml", format!("{}\n{workload}", &text[..cut]));
    scratch.stargate(&["check", "fitted.toml"]).exits(0);
}

#[test]
fn schema_explain_and_completions_print() {
    let scratch = Scratch::new("print");
    let schema = scratch.stargate(&["schema"]).exits(0).json();
    assert!(schema["definitions"]["ScenarioText"]["properties"]["site"].is_object());
    scratch.stargate(&["schema", "--tables"]).exits(0).answers(&["site_hours", "busy_gpu_hours"]);
    let list = scratch.stargate(&["explain"]).exits(0).stdout;
    for line in list.lines() {
        let code = line.split_whitespace().next().unwrap();
        let page = scratch.stargate(&["explain", code]).exits(0).stdout;
        assert!(page.starts_with(line.split("  ").next().unwrap()) && page.lines().count() > 2, "{page}");
    }
    scratch.stargate(&["explain", "[s001]"]).exits(0).answers(&["S001: "]);
    for shell in ["bash", "zsh", "fish"] {
        scratch.stargate(&["completions", shell]).exits(0).answers(&["stargate", "simulate"]);
    }
}

#[test]
fn stdin_is_a_scenario_too() {
    let scratch = Scratch::new("stdin");
    scratch.write("s.toml", small());
    let input = fs::File::open(scratch.path().join("s.toml")).unwrap();
    let output = scratch.command(&["check", "-"]).stdin(input).output().unwrap();
    Ran::of(&["check", "-"], output).exits(0).answers(&["small: "]);
}

#[test]
fn a_reader_that_goes_away_is_no_mistake() {
    let scratch = Scratch::new("pipe");
    for arguments in
        [&["schema"][..], &["show", "abilene"], &["explain"], &["completions", "bash"], &["--help"]]
    {
        let mut child =
            scratch.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

/// A run that takes some seconds, with a snapshot now and then.
fn long(scratch: &Scratch) -> Vec<&'static str> {
    scratch.write("s.toml", small().replace("2 days", "200 weeks"));
    vec![
        "simulate",
        "s.toml",
        "--snapshot-every",
        "8 weeks",
        "--set",
        "workload.small.arrivals.per_hour=10",
        "--set",
        "workload.training.arrivals.per_hour=0.5",
        "-o",
    ]
}

/// Begins a run into a folder and waits until `ready`.
fn begin(scratch: &Scratch, arguments: &[&str], ready: &str) -> Child {
    let child = scratch.command(arguments).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while !scratch.path().join(ready).exists() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

/// Ctrl-C: stops at an instant, keeps what is done, says so, and goes on to the same bytes.
#[test]
fn an_interrupted_run_goes_on_to_the_same_bytes() {
    let scratch = Scratch::new("interrupt");
    let arguments = long(&scratch);
    let with = |more: &[&'static str]| [&arguments[..], more].concat();
    let mut child = begin(&scratch, &with(&["out"]), "out.partial/parts");
    std::thread::sleep(Duration::from_millis(100));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{stderr}");
    for part in ["stopped at 20", "`out.partial` keeps what was done", "hint: ", "`--resume`"] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
    assert_eq!(scratch.names(), ["out.partial", "s.toml"]);
    for verb in [&["show", "out.partial"][..], &["report", "out.partial"]] {
        scratch.stargate(verb).exits(2).says(&["has not finished", "`--resume`"]);
    }
    scratch.stargate(&with(&["out", "--resume", "-q"])).exits(0);
    assert_eq!(scratch.names(), ["out", "s.toml"]);
    scratch.stargate(&with(&["whole", "-q"])).exits(0);
    assert_eq!(scratch.files("out"), scratch.files("whole"));
}

/// A process that is killed says nothing, and there is nothing half-written under the name of the results.
#[test]
fn a_killed_run_leaves_nothing_half_written() {
    let scratch = Scratch::new("kill-9");
    let arguments = long(&scratch);
    let with = |more: &[&'static str]| [&arguments[..], more].concat();
    let mut child = begin(&scratch, &with(&["out"]), "out.partial/parts/snapshot.bin");
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None);
    assert_eq!(scratch.names(), ["out.partial", "s.toml"]);
    scratch.stargate(&with(&["out", "--resume", "-q"])).exits(0);
    assert_eq!(scratch.names(), ["out", "s.toml"]);
    scratch.stargate(&with(&["whole", "-q"])).exits(0);
    assert_eq!(scratch.files("out"), scratch.files("whole"));
    // Killed while an earlier run is there: it stays as it was until the new one is complete.
    let mut child = begin(&scratch, &with(&["out", "--seed", "8"]), "out.partial/parts/snapshot.bin");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(scratch.files("out"), scratch.files("whole"));
}

/// Ctrl-C while a log is read: nothing is left beside it.
#[test]
fn an_interrupted_import_leaves_nothing() {
    let scratch = Scratch::new("interrupt-import");
    let rows: String = (0..3_000_000).map(|i| format!("{i},60,1000\n")).collect();
    scratch.write("log.csv", format!("submit_s,runtime_s,gpu_milli\n{rows}"));
    let mut child = begin(&scratch, &["import", "log.csv", "-o", "jobs.parquet"], ".jobs.parquet.part");
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(2), "stopped; nothing was written\n"));
    assert_eq!(scratch.names(), ["log.csv"]);
}

/// What is on a terminal: a bar on anything that takes more than a second, with its rate and the time left.
#[test]
fn a_long_run_shows_how_far_it_is() {
    let scratch = Scratch::new("bar");
    scratch.write("s.toml", small().replace("2 days", "4000 weeks"));
    let binary = env!("CARGO_BIN_EXE_stargate");
    // `script` ends with its command, or where its own input ends, and can lose what was said last: its input stays open, and the
    // command waits a moment.
    let on_a_terminal = |seconds: u32, more: &str| {
        let line = format!(
            "timeout -s INT {seconds} {binary} simulate s.toml -o out --set workload.small.arrivals.per_hour=30 {more}; \
             sleep 0.5"
        );
        let mut child = std::process::Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .current_dir(scratch.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let input = child.stdin.take();
        let output = child.wait_with_output().ok()?;
        drop(input);
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    // On a machine that is busy with other things the first bar can come late: then it gets more time.
    let is_a_bar =
        |shown: &str| shown.contains(" %  20") && shown.contains("/s, ") && shown.contains(" left");
    let patient = |more: &str, enough: &dyn Fn(&str) -> bool| {
        let mut shown = on_a_terminal(2, more)?;
        for seconds in [4, 8, 16] {
            if enough(&shown) {
                break;
            }
            shown = on_a_terminal(seconds, more)?;
        }
        Some(shown)
    };
    let Some(shown) = patient("", &is_a_bar) else {
        eprintln!("skipped: there is no `script` to make a terminal with; hint: `apt-get install bsdutils`");
        return;
    };
    assert!(is_a_bar(&shown), "{shown}");
    let silent = patient("--no-progress", &|shown| shown.contains("stopped at")).unwrap();
    assert!(!silent.contains(" left") && silent.contains("stopped at"), "{silent}");
}
