//! What the page of a run says, against its tables and against the program.

use crate::runner::{Scratch, small};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const BUILDING: &str = include_str!("../../../run/tests/building.toml");
const PLANNED: &str = include_str!("plan.toml");

fn page(scratch: &Scratch, folder: &str) -> String {
    String::from_utf8(scratch.read(&format!("{folder}/report.html"))).unwrap().replace('\u{a0}', " ")
}

fn table(scratch: &Scratch, folder: &str, name: &str) -> Vec<Value> {
    let rows = scratch.stargate(&["show", folder, name, "--rows", "100000", "--json"]).exits(0).json();
    rows.as_array().unwrap().clone()
}

/// The command of a page, as a reader copies it.
fn command(page: &str) -> String {
    let rest = page.split("<code>stargate run").nth(1).unwrap_or_else(|| panic!("no command on the page"));
    let text = format!("stargate run{}", rest.split("</code>").next().unwrap());
    text.replace("&#39;", "'")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Types the command of the page of `out` into a shell, with another folder for its results, and holds both against
/// each other.
#[track_caller]
fn typed_again(scratch: &Scratch) -> String {
    let command = command(&page(scratch, "out"));
    let program = Path::new(env!("CARGO_BIN_EXE_stargate")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let shell = Command::new("sh")
        .args(["-c", &format!("{command} -q -o again")])
        .current_dir(scratch.path())
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(shell.status.code().is_some_and(|code| code < 2), "{command}: {shell:?}");
    let manifest = |folder: &str| -> Value {
        serde_json::from_slice(&scratch.read(&format!("{folder}/manifest.json"))).unwrap()
    };
    assert_eq!(manifest("out")["facts_digest"], manifest("again")["facts_digest"], "{command}");
    assert_eq!(manifest("out")["arguments"], manifest("again")["arguments"], "{command}");
    command
}

#[test]
fn the_command_of_the_page_gives_the_run_again() {
    let scratch = Scratch::new("page-command");
    // A text that is included comes before the scenario in the alphabet.
    scratch.write("my own.toml", format!("include = [\"a.toml\"]\n{}", small()));
    scratch.write("a.toml", "[accelerator.b200]\npower_w = 1000\n");
    let name = "name=it's \"quoted\"";
    let given = ["run", "my own.toml", "-o", "out", "-q", "--set", name, "--seed", "99"];
    scratch.stargate(&given).exits(0);
    let command = typed_again(&scratch);
    assert!(command.starts_with("stargate run 'my own.toml' --set "), "{command}");
    assert!(command.ends_with(" --seed 99"), "{command}");
    let built_in = Scratch::new("page-command-built-in");
    built_in.stargate(&["run", "builtin:abilene", "-o", "out", "-q"]).exits(0);
    assert_eq!(typed_again(&built_in), "stargate run builtin:abilene");
    // One share for what rests on a size, another for what rests on a size or a date, and both say so.
    let page = page(&built_in, "out");
    assert!(page.contains(" has an assumed size, and ") && page.contains(" an assumed size or date."));
}

#[test]
fn the_command_of_a_run_of_a_plan_names_the_plan() {
    let scratch = Scratch::new("page-command-plan");
    scratch.write("three.toml", PLANNED);
    scratch.stargate(&["plan", "three.toml", "-o", "."]).exits(0);
    let dearer = ["--set", "candidate.west.usd_per_mwh=44"];
    let given =
        ["run", "three.toml", "--plan", "plan.json", "--plan-demand", "--any-plan", "-o", "out", "-q"];
    scratch.stargate(&[given.as_slice(), &dearer].concat()).exits(0);
    let command = typed_again(&scratch);
    for part in [" three.toml ", " --plan plan.json ", " --future ", " --plan-demand", " --any-plan"] {
        assert!(command.contains(part), "{command}");
    }
}

/// A block that is delivered in parts is energised in full with its last part, everywhere on the page; power counts as
/// it comes.
#[test]
fn a_block_is_energised_in_full_with_its_last_part() {
    let scratch = Scratch::new("page-parts");
    scratch.write("building.toml", BUILDING);
    scratch.stargate(&["run", "building.toml", "-o", "out", "-q"]).exits(0);
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let blocks = table(&scratch, "out", "blocks");
    let north = blocks.iter().find(|row| row["block"] == "one").unwrap();
    let reached = table(&scratch, "out", "milestones");
    let reached =
        reached.iter().find(|row| row["block"] == "one" && row["milestone"] == "energised").unwrap();
    assert_eq!(text(north, "energised_in_full"), text(reached, "actual"));
    assert!(text(north, "energised") < text(north, "energised_in_full"), "{north}");
    let old = blocks.iter().find(|row| row["block"] == "old").unwrap();
    assert_eq!(old["energised"], old["energised_in_full"], "what stands before the run stands whole");
    // Accelerators at work are those of the events, from instant to instant.
    let events = table(&scratch, "out", "events");
    let before = text(north, "energised_in_full");
    let came = events.iter().filter(|row| row["event"] == "energised" && row["site"] == "north");
    let came: f64 =
        came.filter(|row| text(row, "time") < before).map(|row| row["gpus"].as_f64().unwrap()).sum();
    let capacity = table(&scratch, "out", "capacity");
    let then = capacity.iter().rfind(|row| row["site"] == "north" && text(row, "time") < before).unwrap();
    assert_eq!(then["energised_gpus"].as_f64(), Some(came));
    assert!(came > 0.0 && came < north["gpus"].as_f64().unwrap());
    let page = page(&scratch, "out");
    assert!(page.contains("the last, <code>two</code> of "), "the last part decides which block is the last");
    for part in
        ["4 of 4 blocks energised in full", "<td>27 Sep 2026</td><td>2 Jan 2027</td>", "on 29 May 2027."]
    {
        assert!(page.contains(part), "the page does not say {part}");
    }
    // At the end of 2026 some of the first block's power is there, and it does not count as a block.
    let year = page.split("<tr><td>2026</td>").nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(year.contains("<td class=\"n\">2</td>") && !year.contains("<td class=\"n\">0 MW</td>"), "{year}");
}

#[test]
fn shares_differ_in_points_and_money_in_dollars() {
    let scratch = Scratch::new("page-compared");
    scratch.write("s.toml", small());
    scratch.stargate(&["simulate", "s.toml", "-q", "-o", "a"]).exits(0);
    scratch.stargate(&["simulate", "s.toml", "-q", "-o", "b", "--seed", "8"]).exits(0);
    scratch.stargate(&["compare", "a", "b", "-o", "page.html"]).exits(1);
    let page = String::from_utf8(scratch.read("page.html")).unwrap().replace('\u{a0}', " ");
    let row = page.split("<td>utilisation\n").nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(row.contains(" pt</td>"), "{row}");
}

#[test]
fn a_plan_is_no_scenario() {
    let scratch = Scratch::new("page-plan-json");
    scratch.write("plan.json", "{\"digest\": \"\", \"instance\": {}, \"plan\": {}}");
    scratch.write("other.json", "{}");
    for verb in [&["compare", "plan.json", "plan.json"][..], &["check", "plan.json"], &["run", "plan.json"]] {
        let ran = scratch.stargate(verb).exits(2).says(&["`plan.json` is a plan, not a scenario"]);
        assert!(ran.stderr.lines().count() < 5, "{}", ran.stderr);
    }
    scratch
        .stargate(&["check", "other.json"])
        .exits(2)
        .says(&["`other.json` is JSON, and a scenario is TOML"]);
}

/// A cost of energy that a contract changes says that it is the one before it.
#[test]
fn a_cost_of_energy_says_that_contracts_settle_it() {
    let scratch = Scratch::new("page-contract");
    let power = "\n[partner.cloud]\n[partner.util]\n[books]\n[tariff.gpu]\nusd_per_gpu_hour = 3.0\n\
                 [site.east.power]\ngrid = [{ mw = 0.3 }]\nusd_per_mwh = 40\n";
    let contract = "[agreement.pc.power_contract]\nsupplier = \"util\"\ncustomer = \"cloud\"\nsite = \"east\"\n\
                    from = \"2026-01-01\"\nmonths = 12\ncontract_mw = 0.3\nusd_per_mwh = 45\n";
    let text = small()
        .replace("[site.east]\n", "[site.east]\noperator = \"cloud\"\nowner = \"cloud\"\n")
        .replace("[site.west]\n", "[site.west]\noperator = \"cloud\"\nowner = \"cloud\"\n");
    let says = "before power contracts";
    for (text, expected) in [(text.clone() + power, false), (text + power + contract, true)] {
        scratch.write("s.toml", text);
        scratch.stargate(&["run", "s.toml", "-o", "out", "-q"]).exits(0);
        assert_eq!(page(&scratch, "out").contains(says), expected);
    }
}

/// A file that is only planned has no site of its own, which would stand on the page among those of the plan.
#[test]
fn what_is_only_planned_needs_no_site_and_no_work() {
    let scratch = Scratch::new("page-only-planned");
    let from = PLANNED.find("[site.lab]").unwrap();
    let to = PLANNED.find("[construction.hall]").unwrap();
    scratch.write("only.toml", format!("{}{}", &PLANNED[..from], &PLANNED[to..]));
    scratch
        .stargate(&["check", "only.toml"])
        .exits(0)
        .answers(&["a plan among 3 candidates, and nothing to run"]);
    scratch.stargate(&["plan", "only.toml", "-o", "."]).exits(0);
    scratch.stargate(&["run", "only.toml", "-o", "out"]).exits(2).says(&["R007", "there are no sites"]);
    let built = ["run", "only.toml", "--plan", "plan.json", "-o", "out"];
    scratch.stargate(&built).exits(2).says(&["R007", "no workload and no service", "--plan-demand"]);
    scratch.stargate(&[built.as_slice(), &["--plan-demand", "-q"]].concat()).exits(0);
    assert!(table(&scratch, "out", "sites").iter().all(|row| row["site"] != "lab"));
    assert!(page(&scratch, "out").contains("The build-out is planned: "));
    let neither = PLANNED[..from].to_owned() + &small().replace("[site.", "[sites.");
    scratch.write("none.toml", neither);
    scratch.stargate(&["check", "none.toml"]).exits(2).says(&["did you mean `site`?"]);
}
