//! Agreements in a plan, and the plan that was carried out in fact.

use crate::runner::Scratch;
use serde_json::Value;

const THREE: &str = include_str!("plan.toml");

const AGREED: &str = r#"
[partner.us]
[partner.cloud]
[partner.holder]

[agreement.cloud.commitment]
payer = "us"
payee = "cloud"
from = "2027-07-01"
committed = [400e6, 800e6]
minimum = 0.5

[agreement.selling.first_refusal]
grantor = "us"
holders = [{ partner = "holder", decides = "silent" }]
from = "2027-01-01"
until = "2028-10-01"
election = "20 days"
tail = "90 days"

[agreement.buying.first_refusal]
grantor = "us"
side = "buys"
holders = [{ partner = "holder", decides = "silent" }]
from = "2027-01-01"
until = "2031-01-01"
election = "20 days"
tail = "90 days"

[[agreement.buying.version]]
effective = "2028-01-01"
ends = true
"#;

/// Rows of a table of a plan, as JSON.
fn table(scratch: &Scratch, folder: &str, name: &str) -> Vec<Value> {
    let all = scratch.stargate(&["show", folder, name, "--rows", "10000", "--json"]).exits(0).json();
    all.as_array().unwrap().clone()
}

fn sum(rows: &[Value], column: &str, wanted: &[(&str, &str)]) -> f64 {
    let of = |row: &&Value| wanted.iter().all(|(key, value)| row[*key].as_str() == Some(value));
    rows.iter().filter(of).map(|row| row[column].as_f64().unwrap()).sum()
}

#[test]
fn what_is_committed_is_paid_in_any_case_and_buys_compute() {
    let scratch = Scratch::new("plan-committed");
    let purchase =
        "\n[[plan.purchase]]\nagreement = \"cloud\"\nusd_per_unit_year = 16e6\nmost_units = [20.0]\n";
    scratch.write("three.toml", THREE.to_owned() + AGREED + purchase);
    scratch.stargate(&["plan", "three.toml", "-o", "plan"]).exits(0);
    let costs = table(&scratch, "plan", "plan_costs");
    let paid = |quarter: &str| sum(&costs, "usd", &[("quarter", quarter), ("item", "purchases")]);
    // Half of 400 M$ in the first year of the commitment, half of 800 M$ in the second; 20 units cost 80 M$ a quarter. What is not taken
    // is owed with the last quarter of its year.
    let year = |quarters: [&str; 4]| quarters.map(paid);
    let first = year(["2027-Q3", "2027-Q4", "2028-Q1", "2028-Q2"]);
    let second = year(["2028-Q3", "2028-Q4", "2029-Q1", "2029-Q2"]);
    // At 16 M$ no more is bought than must be paid.
    assert!((first.iter().sum::<f64>() - 200e6).abs() < 2e6, "{first:?}");
    assert!((second.iter().sum::<f64>() - 400e6).abs() < 4e6, "{second:?}");
    assert!(
        second[3] - second[2] > 75e6,
        "20 units are 80 M$ a quarter, and 400 M$ a year are owed: {second:?}"
    );
    assert!(paid("2027-Q1") <= 80e6 + 1.0 && paid("2029-Q4") <= 80e6 + 1.0);
    // The run builds what the plan owns, and what is bought is not served there.
    let run = ["simulate", "three.toml", "--plan", "plan/plan.json", "--plan-demand", "-o", "run", "--json"];
    let json = scratch.stargate(&run).exits(0).json();
    let more = json["plan"]["run_over_plan"]["served_units"].as_f64().unwrap();
    assert!(more.abs() < 0.005, "served over the plan: {more}");
}

#[test]
fn holders_of_rights_take_their_share_while_the_right_is_in_force() {
    let scratch = Scratch::new("plan-rights");
    let rights = "\n[[plan.right]]\nagreement = \"selling\"\nshare = [0.25]\nusd_per_unit_year = 9e6\n\
                  [[plan.right]]\nagreement = \"buying\"\ndemand = \"api\"\nshare = [0.1]\n\
                  [[plan.future]]\nname = \"as-said\"\nprobability = 0.5\n\
                  [[plan.future]]\nname = \"nobody\"\nprobability = 0.5\nelections = 0.0\n";
    scratch.write("three.toml", THREE.to_owned() + AGREED + rights);
    scratch.stargate(&["plan", "three.toml", "-o", "plan", "--gap", "0.03"]).exits(0);
    let [served, costs, systems] =
        ["plan_served", "plan_costs", "plan_systems"].map(|name| table(&scratch, "plan", name));
    let wanted = |future: &str, quarter: &str| {
        sum(&served, "wanted_units", &[("future", future), ("quarter", quarter)])
    };
    assert_eq!((wanted("as-said", "2027-Q4"), wanted("nobody", "2027-Q4")), (270.0, 300.0));
    assert_eq!(
        (wanted("as-said", "2028-Q1"), wanted("nobody", "2028-Q1")),
        (400.0, 400.0),
        "the right has ended"
    );
    for (future, quarter, share) in
        [("as-said", "2028-Q2", 0.25), ("as-said", "2028-Q4", 0.0), ("nobody", "2028-Q2", 0.0)]
    {
        let at = [("future", future), ("quarter", quarter)];
        let of = |system: &str| sum(&systems, "active_mw", &[at.as_slice(), &[("system", system)]].concat());
        let units = of("rack") + 2.2 * of("next");
        let paid = -sum(&costs, "usd", &[at.as_slice(), &[("item", "rights")]].concat());
        let due = share * units * 9e6 / 4.0;
        assert!(
            units > 10.0 && (paid - due).abs() < 1e3 + 1e-6 * due,
            "{future} {quarter}: {paid} for {due}"
        );
    }
}

#[test]
fn the_plan_that_was_carried_out_has_its_dates_and_a_price() {
    let scratch = Scratch::new("plan-done");
    scratch.write("three.toml", THREE);
    scratch
        .stargate(&["plan", "three.toml", "--as-done"])
        .exits(2)
        .says(&["no candidate says when its blocks stood"]);
    let done =
        THREE.replace("[candidate.lake]\n", "[candidate.lake]\ndone = [\"2028-08-15\", \"2031-01-01\"]\n");
    scratch.write("three.toml", done);
    scratch.stargate(&["plan", "three.toml", "-o", "free"]).exits(0);
    let hold = ["plan", "three.toml", "--as-done", "--base", "free/plan.json", "-o", "done"];
    let said = scratch.stargate(&hold).exits(0);
    for part in ["block-1", "2028-Q4", " worse than the base", "not built at: east, west"] {
        assert!(said.stdout.contains(part), "`{part}` is not said\n{}", said.stdout);
    }
    assert!(said.stderr.contains("1 of its blocks come after the plan"), "{}", said.stderr);
    let schedule = table(&scratch, "done", "plan_schedule");
    let halls: Vec<_> = schedule.iter().filter(|row| row["kind"] == "hall").collect();
    assert_eq!(halls.len(), 1, "{schedule:?}");
    assert_eq!((&halls[0]["candidate"], &halls[0]["ready"]), (&Value::from("lake"), &Value::from("2028-Q4")));
}

/// Nothing is offered in the first year of the commitment, so that half of 400 M$ are paid for nothing; with a right to make it up they
/// buy as much in the second, above what must be paid there.
#[test]
fn what_was_paid_and_not_taken_is_made_up_if_it_may_be() {
    let scratch = Scratch::new("plan-made-up");
    let purchase = "\n[[plan.purchase]]\nagreement = \"cloud\"\nusd_per_unit_year = 16e6\nmost_units = [0, 0, 0, 0, 0, 0, 40]\n";
    let plan = |name: &str, terms: &str| {
        let agreed = AGREED.replace("minimum = 0.5", &format!("minimum = 0.5{terms}"));
        scratch.write(name, THREE.to_owned() + &agreed + purchase);
        scratch.stargate(&["plan", name, "-o", name.trim_end_matches(".toml"), "--json"]).exits(0).json()
    };
    let (lost, kept) = (plan("lost.toml", ""), plan("kept.toml", "\nmake_up = 1"));
    let paid = |folder: &str| {
        let costs = table(&scratch, folder, "plan_costs");
        sum(&costs, "usd", &[("item", "purchases")])
    };
    assert!((paid("lost") - 600e6).abs() < 6e6, "{}", paid("lost"));
    assert!((paid("kept") - 600e6).abs() < 6e6, "{}", paid("kept"));
    let better = lost["objective"].as_f64().unwrap() - kept["objective"].as_f64().unwrap();
    assert!(better > 20.0, "{better} M$ from 50 units for a quarter that are paid already");
}

#[test]
fn the_stargate_plan_is_found_and_beats_what_was_done() {
    let scratch = Scratch::new("plan-stargate");
    let free =
        scratch.stargate(&["plan", "stargate-plan", "--gap", "0.02", "-o", "free", "--json"]).exits(0).json();
    let number = |json: &Value, key: &str| json[key].as_f64().unwrap();
    assert!(number(&free, "gap") <= 0.02 && number(&free, "objective") < -20_000.0, "{}", free["objective"]);
    // 500 B$ come, 100 of them at once; no quarter has spent more than had come.
    let (mut come, mut spent) = (73_333.0, 0.0);
    for quarter in free["quarters"].as_array().unwrap() {
        come += 26_667.0;
        spent += number(quarter, "building_musd") + number(quarter, "systems_musd");
        assert!(spent <= come + 1.0, "{quarter}");
    }
    // Azure is paid what was committed of 2026 to 2028, 10, 20 and 30 B$, by the end of the plan: all six years are settled together.
    let costs = table(&scratch, "free", "plan_costs");
    let paid: f64 =
        costs.iter().filter(|row| row["item"] == "purchases").map(|row| row["usd"].as_f64().unwrap()).sum();
    assert!(paid >= 59.8e9, "{paid}");
    let hold = [
        "plan",
        "stargate-plan",
        "--gap",
        "0.02",
        "--as-done",
        "--base",
        "free/plan.json",
        "-o",
        "done",
        "--json",
    ];
    let done = scratch.stargate(&hold).exits(0).json();
    // What was done is one of the plans that the free one was chosen from.
    assert!(number(&done, "objective") >= number(&free, "bound"), "{}", done["objective"]);
    assert!(number(&done, "worse_than_base_musd") > 5_000.0, "{}", done["worse_than_base_musd"]);
    let halls = table(&scratch, "done", "plan_schedule");
    let first = halls.iter().find(|row| row["candidate"] == "abilene" && row["kind"] == "hall").unwrap();
    assert_eq!(first["ready"], "2025-Q4", "at work on 2025-09-26");
}

#[test]
fn the_folder_of_a_plan_does_not_hide_the_example_it_is_of() {
    let scratch = Scratch::new("plan-folder");
    // `stargate plan stargate-plan` writes into a folder of this name.
    std::fs::create_dir(scratch.path().join("stargate-plan")).unwrap();
    scratch.stargate(&["check", "stargate-plan"]).exits(0);
    // A file of that name goes first.
    scratch.write("abilene", "edition = 2026\nnonsense = 1\n");
    scratch.stargate(&["check", "abilene"]).exits(2).says(&["unknown key `nonsense`"]);
}
