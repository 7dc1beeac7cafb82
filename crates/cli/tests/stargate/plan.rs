//! `stargate plan`: a plan with its proof, why there is none, the model for others, what differs.

use crate::runner::{Scratch, tool};
use std::process::Command;

const THREE: &str = include_str!("plan.toml");

fn scratch(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.write("three.toml", THREE);
    scratch
}

#[test]
fn a_plan_is_found_proven_and_the_same_again() {
    let scratch = scratch("plan");
    let said = scratch.stargate(&["plan", "three.toml", "-o", "one"]).exits(0);
    for part in ["three-places: net present value ", "no plan is better than", "west ", "block-1", "2028-Q1"]
    {
        assert!(said.stdout.contains(part), "`{part}` is not said\n{}", said.stdout);
    }
    let json = scratch.stargate(&["plan", "three.toml", "-o", "two", "--json"]).exits(0).json();
    assert_eq!(scratch.read("one/plan.json"), scratch.read("two/plan.json"), "byte for byte");
    assert_eq!(
        scratch.names().iter().filter(|name| name.contains("new")).count(),
        0,
        "nothing is left aside"
    );
    let number = |key: &str| json[key].as_f64().unwrap();
    assert!(number("bound") <= number("objective") && number("gap") <= 0.01, "{json:#}");
    // What is spent by quarter never exceeds what came in until then.
    let (mut spent, mut given) = (0.0, 0.0);
    for quarter in json["quarters"].as_array().unwrap() {
        spent += quarter["building_musd"].as_f64().unwrap() + quarter["systems_musd"].as_f64().unwrap();
        given += 1200.0;
        assert!(spent <= given + 0.1, "{quarter}");
        let megawatts = |key: &str| quarter[key].as_f64().unwrap();
        assert!(megawatts("systems_mw") <= megawatts("halls_mw") + 1e-3, "{quarter}");
        assert!(megawatts("served_units") <= megawatts("wanted_units") + 1e-3, "{quarter}");
    }
    assert!(spent > 5_000.0, "the plan uses the money: {spent}");
    // Days that stand for others do so well enough.
    let days = |key: &str| json["representative_days"][key].as_f64().unwrap();
    assert!(days("energy") < 0.02 && days("carbon") < 0.15, "{}", json["representative_days"]);
}

/// Rows of a CSV table without quotes, by column name.
fn rows(scratch: &Scratch, table: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let text = String::from_utf8(scratch.read(&format!("tables/{table}.csv"))).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let names = lines.next().unwrap();
    lines.map(|cells| names.iter().cloned().zip(cells).collect()).collect()
}

#[test]
fn tables_of_a_plan_add_up_to_its_quarters_and_its_objective() {
    let scratch = scratch("plan-tables");
    let json = scratch
        .stargate(&[
            "plan",
            "three.toml",
            "--set",
            "plan.discount_per_year=0.07",
            "-o",
            "tables",
            "--csv",
            "--json",
        ])
        .exits(0)
        .json();
    let [capital, costs, schedule] =
        ["plan_capital", "plan_costs", "plan_schedule"].map(|name| rows(&scratch, name));
    let usd = |rows: &[std::collections::BTreeMap<String, String>], quarter: &str| -> f64 {
        rows.iter()
            .filter(|row| row["quarter"] == quarter)
            .map(|row| row["usd"].parse::<f64>().unwrap())
            .sum()
    };
    // Money of a quarter is paid at its start.
    let mut present = 0.0;
    for (t, quarter) in json["quarters"].as_array().unwrap().iter().enumerate() {
        let name = quarter["quarter"].as_str().unwrap();
        let said =
            1e6 * (quarter["building_musd"].as_f64().unwrap() + quarter["systems_musd"].as_f64().unwrap());
        assert!((usd(&capital, name) - said).abs() < 1.0, "{name}: {} against {said}", usd(&capital, name));
        present += (usd(&capital, name) + usd(&costs, name)) * 1.07_f64.powf(-(t as f64) / 4.0);
    }
    // What is left of halls, connections, plant and systems at the end is worth something: nothing else is missing.
    let worth = present - 1e6 * json["objective"].as_f64().unwrap();
    let spent: f64 = capital.iter().map(|row| row["usd"].parse::<f64>().unwrap()).sum();
    assert!(worth > 0.2 * spent && worth < 0.8 * spent, "worth {worth} of {spent}");
    let built = json["build"].as_array().unwrap();
    assert_eq!(schedule.len(), built.len());
    for (row, built) in schedule.iter().zip(built) {
        assert_eq!((&row["candidate"], &row["ready"]), (&text(&built["candidate"]), &text(&built["ready"])));
    }
    // The same tables are read back by name.
    let shown = scratch.stargate(&["show", "tables", "plan_capacity", "--json"]).exits(0).json();
    assert_eq!(shown[0]["candidate"], "west");
    scratch.stargate(&["show", "tables"]).exits(0).answers(&["no plan is better than"]);
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn more_money_is_never_worse_and_the_difference_is_named() {
    let scratch = scratch("plan-more");
    let worth = |arguments: &[&str]| {
        let json = scratch.stargate(&[&["plan", "three.toml", "--json"], arguments].concat()).exits(0).json();
        (json["objective"].as_f64().unwrap(), json["bound"].as_f64().unwrap(), json)
    };
    let (_, bound, first) = worth(&["-o", "first"]);
    let more = ["--set", "plan.usd_per_quarter=[2.4e9]", "-o", "more", "--base", "first/plan.json"];
    let (objective, _, second) = worth(&more);
    // A looser problem's plan cannot be worse than the bound of the tighter one by more than its own gap.
    assert!(objective <= bound * (1.0 - 0.01 * bound.signum()), "{objective} against {bound}");
    assert!(objective < first["objective"].as_f64().unwrap(), "double the money is worth something here");
    assert!(!second["changes"].as_array().unwrap().is_empty());
    let same = scratch.stargate(&["plan", "three.toml", "-o", "same", "--base", "first/plan.json"]).exits(0);
    assert!(same.stdout.contains("the same is built and bought as in the base"), "{}", same.stdout);
    // Systems alone are a difference too.
    let few = [
        "plan",
        "three.toml",
        "--set",
        "plan.hardware.1.units_per_mw=0.9",
        "-o",
        "few",
        "--base",
        "first/plan.json",
    ];
    let few = scratch.stargate(&few).exits(0);
    assert!(few.stdout.lines().any(|line| line.starts_with("  - systems next: ")), "{}", few.stdout);
    // Under contract is no more than there is, and in time: at the start of a quarter that has begun by then.
    let more = ["plan", "three.toml", "--set", "candidate.west.committed=5"];
    scratch.stargate(&more).exits(2).says(&["5 blocks are committed, and there are 3"]);
    let due = |day: &str| {
        let day = format!("candidate.west.due=\"{day}\"");
        let set = ["--set", "candidate.west.committed=1", "--set", &day];
        scratch.stargate(&[&["plan", "three.toml", "-o", "due", "--json"][..], &set].concat())
    };
    due("2028-01-05").exits(0);
    assert!(due("2027-12-20").exits(1).json()["ok"] == false, "52 weeks from 2027-01-01 are four quarters");
}

#[test]
fn what_holds_a_plan_back_is_worth_money_and_a_place_left_out_says_why() {
    let scratch = scratch("plan-why");
    let said = scratch.stargate(&["plan", "three.toml", "-o", "why", "--explain"]).exits(0);
    for part in ["another 100 MW of connection at west from 2027-Q", "east is left out: a plan with it is"] {
        assert!(said.stdout.contains(part), "`{part}` is not said\n{}", said.stdout);
    }
    assert!(!said.stdout.contains("is worth 0 $"), "{}", said.stdout);
    let plan: serde_json::Value = serde_json::from_slice(&scratch.read("why/plan.json")).unwrap();
    let (binding, left) = (&plan["why"]["binding"][0], plan["why"]["left_out"].as_array().unwrap());
    // A step gains no more than its slope says, and a plan that must have a place is no better than one that need not.
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let (gain, most) = (number(&binding["gain"]), number(&binding["marginal"]) * number(&binding["step"]));
    assert!(gain > 0.0 && gain <= most * (1.0 + 1e-6), "{binding}");
    let bound = number(&plan["plan"]["bound"]);
    assert!(
        left.len() == 2 && left.iter().all(|left| number(&left["with"]["objective"]) >= bound),
        "{left:?}"
    );
    // One node is too few for a proof, and the plan still comes with its bound.
    let json =
        scratch.stargate(&["plan", "three.toml", "-o", "few", "--nodes", "1", "--json"]).exits(0).json();
    assert!(number(&json["bound"]) <= number(&json["objective"]), "{json:#}");
}

#[test]
fn what_cannot_be_planned_is_explained_in_the_words_of_the_scenario() {
    let scratch = scratch("plan-none");
    let poor = ["--set", "plan.usd_per_quarter=[1e6]", "--set", "candidate.west.committed=1"];
    let ran = scratch.stargate(&[&["plan", "three.toml"], poor.as_slice()].concat()).exits(1);
    assert!(ran.stderr.contains("these limits contradict each other"), "{}", ran.stderr);
    let money = "no more is spent than there is, 2027-Q1 to 2028-Q4  (--set:1)\n";
    for part in ["the blocks of `west` under contract stand in time", money] {
        assert!(ran.stdout.contains(part), "`{part}` is not said\n{}", ran.stdout);
    }
    let json =
        scratch.stargate(&[&["plan", "three.toml", "--json"], poor.as_slice()].concat()).exits(1).json();
    assert!(json["infeasible"].as_array().unwrap().len() >= 2, "{json:#}");
    assert!(!scratch.path().join("stargate-plan").exists(), "no plan is written");
}

#[test]
fn the_model_is_written_with_names_for_other_solvers() {
    let scratch = scratch("plan-model");
    scratch.stargate(&["plan", "three.toml", "--lp", "model.lp"]).exits(0);
    let model = String::from_utf8(scratch.read("model.lp")).unwrap();
    assert!(model.len() > 10_000, "the whole model");
    assert!(model.contains("(west,") && model.contains("2028_Q1"), "names are those of the scenario");
    scratch.stargate(&["plan", "three.toml", "--mps", "model.mps"]).exits(0);
    let model = String::from_utf8(scratch.read("model.mps")).unwrap();
    assert!(model.contains("west") && model.contains("2028-Q1"), "names are those of the scenario");
    scratch.stargate(&["plan", "three.toml", "--mps", "model.lp"]).exits(2).says(&["does not end in `.mps`"]);
}

/// Another solver reads both files and finds what the planner, with its decomposition, finds.
#[test]
fn glpk_reads_the_model_and_comes_to_the_same_optimum() {
    let scratch = scratch("plan-glpk");
    let Some(glpsol) = tool("glpsol") else { return };
    let plan = scratch.stargate(&["plan", "three.toml", "--gap", "1e-6", "--json"]).exits(0).json();
    let planned = plan["objective"].as_f64().unwrap();
    for (flag, file, format) in [("--lp", "model.lp", "--lp"), ("--mps", "model.mps", "--freemps")] {
        scratch.stargate(&["plan", "three.toml", flag, file]).exits(0);
        let solution = scratch.path().join("model.sol");
        let output = Command::new(&glpsol)
            .args([format, file, "--mipgap", "1e-7", "--tmlim", "60", "-o"])
            .arg(&solution)
            .current_dir(scratch.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let text = String::from_utf8(std::fs::read(&solution).unwrap()).unwrap();
        assert!(text.contains("INTEGER OPTIMAL"), "{said}\n{}", &text[..400.min(text.len())]);
        let line = text.lines().find(|line| line.starts_with("Objective:")).unwrap();
        let objective: f64 = line.split_whitespace().nth(3).unwrap().parse().unwrap();
        println!("{file}: GLPK {objective}, planner {planned}");
        assert!((objective - planned).abs() <= 2e-6 * planned.abs(), "GLPK {objective}, planner {planned}");
    }
}

#[test]
fn bad_input_is_said_and_exits_with_2() {
    let scratch = scratch("plan-bad");
    scratch.stargate(&["plan", "three.toml", "--gap", "2"]).exits(2);
    scratch.stargate(&["plan", "llama3"]).exits(2).says(&["has no `[plan]`"]);
    scratch
        .stargate(&["plan", "three.toml", "--base", "nothing.json"])
        .exits(2)
        .says(&["cannot read the plan"]);
    let text = THREE
        .replace(
            "usd_each = { value = 3.4e6, kind = \"published\", source = \"Bernstein, 2025: GB200 NVL72\" }\n",
            "",
        )
        .replace("system = \"next\"\nunits", "system = \"nxt\"\nunits")
        .replace("labour = \"texas\"\nblocks = 2", "labour = \"texas\"\nblocks = 0")
        .replace("generator = \"sun\"", "generator = \"snu\"");
    scratch.write("bad.toml", text);
    let ran = scratch.stargate(&["plan", "bad.toml"]).exits(2);
    for code in ["S502", "S010", "S005"] {
        assert!(ran.stderr.contains(&format!("error[{code}]")), "{code} is not said\n{}", ran.stderr);
    }
}

#[test]
fn builders_of_a_pool_that_nobody_takes_are_a_mistake() {
    let scratch = scratch("plan-pools");
    let text = String::from_utf8(scratch.read("three.toml")).unwrap();
    let more =
        "[[plan.labour]]\npool = \"txeas\"\nmw = [1.0]\n[[plan.labour]]\npool = \"texas\"\nmw = [1.0]\n";
    scratch.write(
        "pools.toml",
        text.replace(
            "[[plan.hardware]]\nsystem = \"rack\"",
            &format!("{more}[[plan.hardware]]\nsystem = \"rack\""),
        ),
    );
    let ran = scratch.stargate(&["check", "pools.toml"]).exits(2);
    for part in [
        "no candidate takes builders of the pool `txeas`",
        "did you mean `texas`?",
        "the builders of `texas` are given twice",
    ] {
        assert!(ran.stderr.contains(part), "`{part}` is not said\n{}", ran.stderr);
    }
}

#[test]
fn a_list_that_is_needed_and_empty_is_a_mistake_and_hides_no_other() {
    let scratch = scratch("plan-empty");
    let text = String::from_utf8(scratch.read("three.toml")).unwrap();
    let budget = text.lines().find(|line| line.starts_with("usd_per_quarter")).unwrap();
    let text = text.replace(budget, "usd_per_quarter = []").replace("pool = \"texas\"", "pool = \"txas\"");
    scratch.write("empty.toml", text);
    for verb in ["check", "plan"] {
        let ran = scratch.stargate(&[verb, "empty.toml"]).exits(2);
        for part in ["`usd_per_quarter` is empty", "write `usd_per_quarter = [2e9, 1e9]`", "the pool `txas`"]
        {
            assert!(ran.stderr.contains(part), "`{part}` is not said\n{}", ran.stderr);
        }
    }
}

#[test]
fn a_front_is_plans_from_the_best_of_one_objective_to_the_best_of_another() {
    let scratch = scratch("plan-front");
    let words = ["plan", "three.toml", "--front", "least_carbon", "--points", "4", "--csv"];
    let json = scratch.stargate(&[words.as_slice(), &["-o", "front", "--json"]].concat()).exits(0).json();
    let points = json["points"].as_array().unwrap();
    assert_eq!((points.len(), json["from"].as_str()), (4, Some("net_present_value")));
    let of = |k: usize, key: &str| points[k][key].as_f64().unwrap();
    for k in 1..4 {
        assert!(of(k, "carbon_t") < of(k - 1, "carbon_t"), "{json:#}");
        assert!(of(k, "net_present_value_usd") < of(k - 1, "net_present_value_usd") + 1e7, "{json:#}");
        assert!(of(k, "gap") <= 0.01, "{json:#}");
    }
    // Without carbon nothing is built; the other end is the plan of the scenario.
    assert!(of(3, "carbon_t").abs() < 1.0 && of(3, "halls_mw") == 0.0, "{json:#}");
    let alone = scratch.stargate(&["plan", "three.toml", "-o", "alone", "--json"]).exits(0).json();
    let alone = -alone["objective"].as_f64().unwrap() * 1e6;
    assert!((of(0, "net_present_value_usd") - alone).abs() < 0.01 * alone, "{alone}: {json:#}");
    // Each point is a plan that the twin takes, and the table says what the answer does.
    let run = ["simulate", "three.toml", "--plan", "front/point-02.json", "-o", "run", "-q"];
    scratch.stargate(&run).exits(0);
    let table = String::from_utf8(scratch.read("front/plan_front.csv")).unwrap();
    assert_eq!(table.lines().count(), 5, "{table}");
    let said = scratch.stargate(&[words.as_slice(), &["-o", "again"]].concat()).exits(0);
    assert!(said.stdout.contains("a tonne less costs"), "{}", said.stdout);
    assert_eq!(scratch.read("front/point-03.json"), scratch.read("again/point-03.json"), "byte for byte");
    let fewer = ["plan", "three.toml", "--front", "least_carbon", "--points", "2", "-o", "again", "-q"];
    scratch.stargate(&fewer).exits(0);
    let left: Vec<String> =
        scratch.files("again").into_keys().filter(|name| name.ends_with(".json")).collect();
    assert_eq!(left, ["point-01.json", "point-02.json"], "points of an earlier front are gone");

    assert!(!said.stdout.contains("tokens"), "nobody here wants tokens:\n{}", said.stdout);

    // Tokens come the other way about: the more, the less the plan is worth.
    scratch.write(
        "tokens.toml",
        THREE.replacen("[[plan.demand]]", "[[plan.demand]]\ntokens_per_unit_year = 2e15", 1),
    );
    let words = ["plan", "tokens.toml", "--front", "most_tokens", "--points", "3", "-o", "tokens", "--json"];
    let json = scratch.stargate(&words).exits(0).json();
    let points = json["points"].as_array().unwrap();
    let of = |k: usize, key: &str| points[k][key].as_f64().unwrap();
    assert!(of(0, "tokens") < of(1, "tokens") && of(1, "tokens") < of(2, "tokens"), "{json:#}");
    assert!(of(0, "net_present_value_usd") > of(2, "net_present_value_usd"), "{json:#}");

    let same = scratch.stargate(&["plan", "three.toml", "--front", "net_present_value"]).exits(2);
    assert!(same.stderr.contains("seeks `net_present_value` already"), "{}", same.stderr);
    let one = scratch.stargate(&["plan", "three.toml", "--front", "least_carbon", "--points", "1"]).exits(2);
    assert!(one.stderr.contains("2..=100"), "{}", one.stderr);
}

/// Far quarters as years: the plan is smaller, and what the twin makes of it is still what it says.
#[test]
fn a_plan_in_years_goes_through_the_twin() {
    let scratch = Scratch::new("plan-years");
    scratch.write("three.toml", THREE.replace("quarters = 12", "quarters = 12\nyears_after = 4"));
    let json = scratch.stargate(&["plan", "three.toml", "-o", "plan", "--json"]).exits(0).json();
    let names: Vec<&str> = json["quarters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|quarter| quarter["quarter"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4", "2028", "2029"]);
    let systems = |k: usize| json["quarters"][k]["systems_musd"].as_f64().unwrap();
    assert!(systems(4) + systems(5) > 100.0, "systems come in the years: {json:#}");
    // In the run the systems of a year come in its four quarters.
    let run = ["simulate", "three.toml", "--plan", "plan/plan.json", "--plan-demand", "-o", "run", "--json"];
    let json = scratch.stargate(&run).exits(0).json();
    let more = |name: &str| json["plan"]["run_over_plan"][name].as_f64().unwrap();
    for (name, most) in [("systems_mw", 0.02), ("served_units", 0.02), ("energy_mwh", 0.03)] {
        assert!(more(name).abs() < most, "{name}: {} over the plan\n{json:#}", more(name));
    }
}
