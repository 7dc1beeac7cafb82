//! What a plan says of itself, what is refused before it is made, and halls and plant of a plan in the twin.

use crate::runner::Scratch;
use serde_json::Value;

const THREE: &str = include_str!("plan.toml");

/// The scenario with some of its text replaced.
fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(THREE.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replacen(old, new, 1)
    })
}

fn scratch(name: &str, text: &str) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.write("my.toml", text);
    scratch
}

/// The answer to a command that succeeds.
fn answer(scratch: &Scratch, arguments: &[&str]) -> String {
    scratch.stargate(arguments).exits(0).stdout
}

fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// Plans, runs what is planned, and says what the run has more.
fn run_over_plan(scratch: &Scratch) -> impl Fn(&str) -> f64 + use<> {
    scratch.stargate(&["plan", "my.toml", "-o", "plan"]).exits(0);
    let build = ["simulate", "my.toml", "--plan", "plan/plan.json", "--plan-demand", "--json"];
    let json: Value = scratch.stargate(&build).exits(0).json();
    move |name| json["plan"]["run_over_plan"][name].as_f64().unwrap()
}

#[test]
fn halls_that_no_systems_come_into_are_built_and_paid_in_the_run() {
    // A third block is under contract, and there is no power for it.
    let scratch = scratch("plan-empty-halls", &with(&[("blocks = 3", "blocks = 3\ncommitted = 3")]));
    let more = run_over_plan(&scratch);
    for (name, most) in [("building_usd", 0.001), ("systems_usd", 0.001), ("systems_mw", 0.001)] {
        assert!(more(name).abs() < most, "{name}: {}", more(name));
    }
}

#[test]
fn sun_and_stores_alone_serve_in_the_run_what_they_serve_in_the_plan() {
    let text = with(&[
        (
            "interconnection = [{ mw = 150.0, lead = \"52 weeks\", usd = 20e6 }, { mw = 300.0, lead = \"150 weeks\", usd = 60e6 }]\n",
            "",
        ),
        (
            "plant = [{ generator = \"engines\", most_mw = 200.0 }, { generator = \"sun\", most_mw = 300.0 }, { generator = \"store\", most_mw = 200.0 }]",
            "plant = [{ generator = \"sun\", most_mw = 3000.0 }, { generator = \"store\", most_mw = 2000.0 }]",
        ),
        ("usd_per_kw = 1400.0", "usd_per_kw = 100.0"),
        ("usd_per_kw = 1300.0", "usd_per_kw = 100.0\nduration = \"16h\""),
    ]);
    let more = run_over_plan(&scratch("plan-sun-alone", &text));
    // The days of the year differ from those that stand for them; before, the run had a third to nine tenths less.
    for name in ["served_units", "energy_mwh"] {
        assert!(more(name).abs() < 0.03, "{name}: {}", more(name));
    }
}

#[test]
fn limits_that_are_worth_most_are_named_beside_places_without_anything() {
    let scratch = scratch("plan-capped", &with(&[("gap = 0.01", "gap = 0.01\ncarbon_cap_t = 100000")]));
    says(&answer(&scratch, &["plan", "my.toml", "-o", "plan"]), &["another 100,000 t of carbon dioxide"]);
    scratch.write("free.toml", THREE);
    says(&answer(&scratch, &["plan", "free.toml", "-o", "free"]), &["another 1,000 M$ of capital"]);
}

#[test]
fn a_value_with_a_weight_on_the_worst_futures_is_not_called_the_mean() {
    let futures = "risk_weight = 0.5\nrisk_level = 0.7\n\n[[plan.future]]\nname = \"good\"\nprobability = 0.6\n\n\
                   [[plan.future]]\nname = \"bad\"\nprobability = 0.4\ndemand = 0.3\n\n[[plan.labour]]";
    let scratch = scratch("plan-weighed", &with(&[("\n[[plan.labour]]", futures)]));
    let said = answer(&scratch, &["plan", "my.toml", "-o", "plan"]);
    says(&said, &["with the worst futures weighing more than they are likely", "in the mean"]);
}

#[test]
fn a_plan_held_to_what_was_done_is_calibrated_on_its_own_dates() {
    let text = with(&[("blocks = 3", "blocks = 3\ndone = [\"2027-07-01\", \"2028-04-01\"]")]);
    let scratch = scratch("plan-done-calibrated", &text);
    let arguments = ["plan", "my.toml", "--as-done", "--calibrate", "-o", "plan"];
    says(&answer(&scratch, &arguments), &["calibrated on runs of the plan"]);
    assert!(!scratch.path().join("plan/calibrating.json").exists(), "nothing half-made is left");
}

#[test]
fn a_plan_that_builds_nothing_is_its_own_calibration() {
    let scratch = scratch("plan-nothing", &with(&[("usd_per_quarter = [1.2e9]", "usd_per_quarter = [0.0]")]));
    says(&answer(&scratch, &["plan", "my.toml", "--calibrate", "-o", "plan"]), &["nothing is built"]);
}

#[test]
fn what_no_plan_could_tell_apart_or_keep_is_a_mistake_of_the_scenario() {
    let twice = "[{ generator = \"engines\", most_mw = 200.0 }, { generator = \"engines\", most_mw = 20.0 }";
    let text = with(&[
        ("[{ generator = \"engines\", most_mw = 200.0 }", twice),
        ("block_mw = 100.0", "block_mw = 0.0001"),
    ]);
    let demand = "\n[[plan.demand]]\nname = \"api\"\nunits = [1.0]\n";
    let scratch = scratch("plan-twice", &(text + demand));
    let ran = scratch.stargate(&["plan", "my.toml", "-o", "plan"]).exits(2);
    for part in ["`engines` is given twice", "`api` is given twice", "block_mw", "3 errors"] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
}

#[test]
fn a_plan_whose_objective_is_not_that_of_what_it_decides_is_none() {
    let scratch = scratch("plan-forged", THREE);
    scratch.stargate(&["plan", "my.toml", "-o", "plan"]).exits(0);
    let mut plan: Value = serde_json::from_slice(&scratch.read("plan/plan.json")).unwrap();
    plan["plan"]["objective"] = serde_json::json!(-5.0);
    scratch.write("forged.json", serde_json::to_vec(&plan).unwrap());
    let ran = scratch.stargate(&["plan", "my.toml", "--base", "forged.json", "-o", "out"]).exits(2);
    assert!(ran.stderr.contains("its objective is -5"), "{}", ran.stderr);
    plan["instance"]["scenarios"][0]["late_halls"] = serde_json::json!([u64::MAX, 0, 0]);
    scratch.write("forged.json", serde_json::to_vec(&plan).unwrap());
    scratch.stargate(&["plan", "my.toml", "--base", "forged.json", "-o", "out"]).exits(2);
}

/// What is sought comes first, and of the plans that are as good in it the one that is worth most.
#[test]
fn the_least_carbon_is_not_bought_with_halls_that_nobody_needs() {
    let changes = [
        ("gap = 0.01", "gap = 0.01\nobjective = \"least_carbon\""),
        (
            "units = [100.0, 150.0, 200.0, 300.0, 400.0, 500.0]",
            "obliged = true\nunits = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 150.0]",
        ),
    ];
    let scratch = scratch("plan-carbon", &with(&changes));
    let json = scratch.stargate(&["plan", "my.toml", "-o", "plan", "--json"]).exits(0).json();
    let last = &json["quarters"].as_array().unwrap()[11];
    assert!(last["served_units"].as_f64().unwrap() > 149.9);
    assert!(last["halls_mw"].as_f64().unwrap() <= 100.0, "one hall is enough: {last}");
    let seek = ["plan", "my.toml", "--set", "plan.objective=\"most_tokens\"", "-o", "tokens"];
    scratch.stargate(&seek).exits(2).says(&["no demand has any", "tokens_per_unit_year"]);
}
