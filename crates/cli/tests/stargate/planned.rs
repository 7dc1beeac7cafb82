//! `--plan FILE`: the build-out of a plan in the twin, and what is no plan for a scenario.

use crate::runner::Scratch;
use serde_json::{Value, json};

const THREE: &str = include_str!("plan.toml");

/// A folder with the scenario and its plan in `plan/plan.json`.
fn planned(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.write("three.toml", THREE);
    scratch.stargate(&["plan", "three.toml", "-o", "plan"]).exits(0);
    scratch
}

#[test]
fn a_plan_goes_through_the_twin_and_both_say_the_same_within_their_days() {
    let scratch = planned("planned");
    let build = ["simulate", "three.toml", "--plan", "plan/plan.json", "--plan-demand", "-o", "run"];
    let json = scratch.stargate(&[build.as_slice(), &["--json"]].concat()).exits(0).json();
    let more = |name: &str| json["plan"]["run_over_plan"][name].as_f64().unwrap();
    // Dates and amounts are the plan's; systems are whole, and representative days stand for all hours.
    for (name, most) in [
        ("systems_mw", 0.001),
        ("accelerators", 0.001),
        ("served_units", 0.005),
        ("energy_mwh", 0.02),
        ("energy_usd", 0.05),
        ("carbon_t", 0.08),
    ] {
        assert!(more(name).abs() < most, "{name}: {} over the plan", more(name));
    }
    let quarters = json["plan"]["quarters"].as_array().unwrap();
    assert_eq!(quarters.len(), 12, "the run is as long as the plan");
    assert!(quarters[11]["plan"]["systems_mw"].as_f64().unwrap() > 150.0, "{json:#}");
    let manifest: Value = serde_json::from_slice(&scratch.read("run/manifest.json")).unwrap();
    assert_eq!(manifest["plan"]["name"], "plan.json");
    assert_eq!(manifest["plan"]["foreign"], false);
    let table = String::from_utf8(scratch.read("run/plan-and-run.csv")).unwrap();
    assert_eq!(table.lines().count(), 13, "{table}");
    // The build-out is a scenario text that stands in the folder; the run is the same again.
    assert!(String::from_utf8(scratch.read("run/plan.toml")).unwrap().contains("[site.west.block.block-1-"));
    let again = [build[0], build[1], build[2], build[3], build[4], "-o", "again", "--json"];
    let again = scratch.stargate(&again).exits(0).json();
    assert_eq!(again["facts_digest"], json["facts_digest"]);
}

#[test]
fn a_plan_for_something_else_is_refused_unless_told_otherwise() {
    let scratch = planned("planned-foreign");
    let run = ["simulate", "three.toml", "--plan", "plan/plan.json", "-o", "run"];
    let dearer = ["--set", "candidate.west.usd_per_mwh=44"];
    let ran = scratch.stargate(&[run.as_slice(), &dearer].concat()).exits(2);
    for part in ["was made for another scenario", "--any-plan"] {
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    assert!(!scratch.path().join("run").exists(), "nothing is written");
    let ran = scratch.stargate(&[run.as_slice(), &dearer, &["--any-plan"]].concat()).exits(0);
    assert!(ran.stdout.contains("plan and run by quarter"), "{}", ran.stdout);
    let manifest: Value = serde_json::from_slice(&scratch.read("run/manifest.json")).unwrap();
    assert_eq!(manifest["plan"]["foreign"], true);
    let nowhere = ["simulate", "llama3", "--plan", "plan/plan.json"];
    scratch.stargate(&nowhere).exits(2).says(&["has no `[plan]`"]);
    scratch
        .stargate(&[run.as_slice(), &["--future", "boom"]].concat())
        .exits(2)
        .says(&["knows no future `boom`"]);
    scratch.stargate(&["simulate", "three.toml", "--plan-demand"]).exits(2).says(&["--plan"]);
}

#[test]
fn what_is_no_plan_is_refused() {
    let scratch = planned("planned-broken");
    let whole = scratch.read("plan/plan.json");
    let refused = |bytes: &[u8], said: &str| {
        scratch.write("broken.json", bytes);
        for verb in [["simulate", "three.toml", "--plan"], ["plan", "three.toml", "--base"]] {
            let arguments = [verb.as_slice(), &["broken.json", "-o", "out"]].concat();
            scratch.stargate(&arguments).exits(2).says(&["cannot read the plan", said]);
        }
    };
    refused(&whole[..whole.len() / 2], "EOF");
    refused(b"{}", "missing field");
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut plan: Value = serde_json::from_slice(&whole).unwrap();
        change(&mut plan);
        serde_json::to_vec(&plan).unwrap()
    };
    let sites = |plan: &mut Value| plan["plan"]["decisions"]["sites"].take();
    refused(&broken(&|plan| _ = sites(plan)), "invalid type");
    refused(
        &broken(&|plan| plan["plan"]["decisions"]["sites"][0]["phases"][0] = json!(99)),
        "it breaks a limit of its own problem",
    );
    refused(
        &broken(&|plan| {
            plan["plan"]["decisions"]["futures"][0]["periods"][5]["operation"][0] = json!({
                "peak_mw": 0.0, "import_mw": [], "thermal_mw": [], "renewable_mw": [], "charge_mw": [],
                "discharge_mw": [], "stored_mwh": [], "curtailed_mw": [], "shed_mw": []
            })
        }),
        "it breaks a limit of its own problem",
    );
    // A quarter more of systems than the plan says came from nowhere.
    refused(
        &broken(&|plan| {
            let periods = &mut plan["plan"]["decisions"]["futures"][0]["periods"];
            periods[11]["installed_mw"][0][0] = json!(500.0);
        }),
        "it breaks a limit of its own problem",
    );
    refused(&broken(&|plan| plan["instance"]["sites"][0]["region"] = json!(7)), "region");
}

#[test]
fn a_plan_is_calibrated_on_its_run_until_both_agree() {
    let scratch = Scratch::new("planned-calibrated");
    let failing = "\n[failure.gpu]\nscope = \"accelerator\"\nmean_time_between = \"900 days\"\nrepair = \"96 h\"\n\
                   [failure.host]\nscope = \"node\"\nmean_time_between = \"150 days\"\nrepair = \"10 days\"\n";
    scratch.write("three.toml", THREE.to_owned() + failing);
    let json =
        scratch.stargate(&["plan", "three.toml", "--calibrate", "-o", "plan", "--json"]).exits(0).json();
    let rounds = json["calibration"].as_array().unwrap();
    let number = |round: &Value, part: &str, name: &str| round[part][name].as_f64().unwrap();
    let (first, last) = (&rounds[0], &rounds[rounds.len() - 1]);
    assert!(
        number(first, "differences", "served") < -0.03,
        "failures take more than the plan assumed: {first}"
    );
    assert!(number(last, "factors", "availability") < 0.97, "{last}");
    for name in ["energy", "cost", "served", "carbon"] {
        assert!(number(last, "differences", name).abs() <= 0.02, "{name}: {last}");
    }
    // The plan carries what it was made with, and other weather and other failures are near it too.
    let plan: Value = serde_json::from_slice(&scratch.read("plan/plan.json")).unwrap();
    assert_eq!(plan["calibration"].as_array().unwrap().len(), rounds.len());
    let other =
        ["simulate", "three.toml", "--plan", "plan/plan.json", "--plan-demand", "--seed", "7", "--json"];
    let json = scratch.stargate(&other).exits(0).json();
    for name in ["energy_mwh", "energy_usd", "served_units", "carbon_t"] {
        let more = json["plan"]["run_over_plan"][name].as_f64().unwrap();
        assert!(more.abs() < 0.05, "{name}: {more}");
    }
}

#[test]
fn lead_times_that_slip_are_learnt_until_the_run_keeps_the_dates_of_the_plan() {
    let scratch = Scratch::new("planned-slipping");
    let slipping = THREE.replace(
        "power_on = \"12 weeks\"\n",
        "power_on = \"12 weeks\"\nslip_median = 1.1\nslip_sigma = 0.25\ncorrelation = 0.3\noverrun_sigma = 0.3\n",
    );
    assert_ne!(slipping, THREE);
    scratch.write("three.toml", slipping);
    let json =
        scratch.stargate(&["plan", "three.toml", "--calibrate", "-o", "plan", "--json"]).exits(0).json();
    let rounds = json["calibration"].as_array().unwrap();
    let number = |round: &Value, part: &str, name: &str| round[part][name].as_f64().unwrap();
    let (first, last) = (&rounds[0], &rounds[rounds.len() - 1]);
    assert!(number(first, "differences", "systems") < -0.03, "halls come late: {first}");
    assert!(number(first, "differences", "lead_times") > 0.03, "{first}");
    assert!(number(first, "differences", "halls").abs() > 0.02, "and cost something else: {first}");
    assert!(number(last, "factors", "slip") > 1.05, "{last}");
    for name in ["systems", "halls", "energy", "cost", "served", "carbon"] {
        assert!(number(last, "differences", name).abs() <= 0.02, "{name}: {last}");
    }
    // The run of the last plan has halls as buildings, whose blocks wait for them.
    let text = String::from_utf8(scratch.read("plan/run/plan.toml")).unwrap();
    for part in ["building = \"block-1\"", "construction = \"hall\"", "systems_from = ", "[tranche.plan]"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Other draws are other delays: as in a scenario that says so.
    let built = ["simulate", "three.toml", "--plan", "plan/plan.json", "--json", "-o"];
    let with = |folder: &str, more: &[&str]| {
        let json = scratch.stargate(&[built.as_slice(), &[folder], more].concat()).exits(0).json();
        (json["facts_digest"].clone(), json["plan"]["run_over_plan"]["building_usd"].as_f64().unwrap())
    };
    let (first, other) = (with("first", &[]), with("other", &["--seed", "8"]));
    assert!((first.1 - other.1).abs() > 0.005, "{first:?} {other:?}");
    assert_eq!(other, with("said", &["--set", "seed=8"]));
    // The money of the plan pays for them, with what they cost above it.
    let paid = scratch.stargate(&["show", "plan/run", "capital_uses", "--rows", "1000"]).exits(0).stdout;
    for purpose in [" shell ", " cooling ", " contingency ", " systems "] {
        assert!(paid.contains(purpose), "{purpose}: {paid}");
    }
}

#[test]
fn a_calibration_on_several_draws_agrees_with_their_mean() {
    let scratch = Scratch::new("planned-draws");
    scratch.write("three.toml", THREE);
    let arguments = ["plan", "three.toml", "--calibrate", "--draws", "2", "-o", "plan", "--json"];
    let json = scratch.stargate(&arguments).exits(0).json();
    let rounds = json["calibration"].as_array().unwrap();
    let mean = rounds[rounds.len() - 1]["differences"]["energy"].as_f64().unwrap();
    let energy = |folder: &str| -> f64 {
        let table = String::from_utf8(scratch.read(&format!("plan/{folder}/plan-and-run.csv"))).unwrap();
        let mut lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let heads = lines.next().unwrap();
        let at = |name: &str| heads.iter().position(|head| *head == name).unwrap();
        let (plan, run) = (at("energy_mwh_plan"), at("energy_mwh_run"));
        let sums = lines.fold((0.0, 0.0), |(a, b), row| {
            (a + row[plan].parse::<f64>().unwrap(), b + row[run].parse::<f64>().unwrap())
        });
        sums.1 / sums.0 - 1.0
    };
    let (first, second) = (energy("run"), energy("run-2"));
    assert!((first - second).abs() > 1e-6, "each has weather of its own: {first}");
    assert!((mean - (first + second) / 2.0).abs() < 1e-9, "{mean}, of {first} and {second}");
    scratch.stargate(&["plan", "three.toml", "--draws", "2", "-o", "other"]).exits(2).says(&["--calibrate"]);
}
