//! Plans of demand that is served from some regions only, and of money that partners pay.

use crate::runner::Scratch;
use std::collections::BTreeMap;

const THREE: &str = include_str!("plan.toml");

/// Two demands: one near Texas, one of the north that Texas serves at a cost; partners who own and run the places.
fn scenario() -> String {
    let with = [
        (
            "labour = \"texas\"\nblocks = 3",
            "labour = \"texas\"\nregion = \"south\"\noperator = \"cloud\"\nblocks = 3",
        ),
        (
            "labour = \"texas\"\nblocks = 2",
            "labour = \"texas\"\nregion = \"south\"\nowner = \"landlord\"\noperator = \"cloud\"\nblocks = 2",
        ),
        ("[candidate.lake]\n", "[candidate.lake]\nregion = \"north\"\noperator = \"cloud\"\n"),
        (
            "units = [100.0, 150.0, 200.0, 300.0, 400.0, 500.0]",
            "units = [50.0, 75.0, 100.0, 150.0, 200.0, 250.0]",
        ),
    ];
    with.iter().fold(THREE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    }) + r#"
served_from = [{ region = "south" }]
[[plan.demand]]
name = "north"
units = [50.0, 75.0, 100.0, 150.0, 200.0, 250.0]
usd_per_unit_year = 17e6
price_change_per_year = -0.1
served_from = [{ region = "north" }, { region = "south", usd_per_unit_year = 2e6 }]
[partner.cloud]
[partner.landlord]
"#
}

type Row = BTreeMap<String, String>;

/// Rows of a CSV table without quotes.
fn rows(scratch: &Scratch, table: &str) -> Vec<Row> {
    let text = String::from_utf8(scratch.read(&format!("out/{table}.csv"))).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let names = lines.next().unwrap();
    lines.map(|cells| names.iter().cloned().zip(cells).collect()).collect()
}

fn sum(rows: &[Row], column: &str, of: impl Fn(&Row) -> bool) -> f64 {
    rows.iter().filter(|row| of(row)).map(|row| row[column].parse::<f64>().unwrap()).sum()
}

#[test]
fn demand_is_served_from_the_regions_that_it_names_at_their_cost() {
    let scratch = Scratch::new("plan-regions");
    scratch.write("s.toml", scenario());
    let objective = |text: String, out: &str| {
        scratch.write("s.toml", text);
        let json = scratch.stargate(&["plan", "s.toml", "-o", out, "--csv", "--json"]).exits(0).json();
        (json["objective"].as_f64().unwrap(), json["bound"].as_f64().unwrap())
    };
    let (value, bound) = objective(scenario(), "out");
    let (lanes, served, costs, capital) = (
        rows(&scratch, "plan_lanes"),
        rows(&scratch, "plan_served"),
        rows(&scratch, "plan_costs"),
        rows(&scratch, "plan_capital"),
    );
    let of = |demand: &'static str| move |row: &Row| row["demand"] == demand;
    for demand in ["api", "north"] {
        let (all, from) = (sum(&served, "served_units", of(demand)), sum(&lanes, "served_units", of(demand)));
        assert!(all > 100.0 && (all - from).abs() < 0.1, "{demand}: {all} served, {from} from somewhere");
    }
    // The two candidates of Texas build in one pool; what names the south alone is served from nowhere else.
    assert!(lanes.iter().filter(|row| of("api")(row)).all(|row| row["served_from"] == "texas"));
    let far = sum(&lanes, "served_units", |row| of("north")(row) && row["served_from"] == "texas");
    assert!(far > 10.0, "Texas serves some of it: {far}");
    let paid = sum(&costs, "usd", |row| row["item"] == "lanes");
    assert!(
        (paid - far * 2e6 / 4.0).abs() < 1e-6 * paid.max(1.0) + 10.0,
        "{paid} for {far} units of a quarter"
    );
    // Who owns pays for all but systems; the one place of the landlord is the east.
    let landlord = sum(&capital, "usd", |row| row["partner"] == "landlord");
    let east = sum(&capital, "usd", |row| row["candidate"] == "east" && row["purpose"] != "systems");
    assert!((landlord - east).abs() < 1.0, "{landlord} of {east}");
    assert!(capital.iter().filter(|row| row["purpose"] == "systems").all(|row| row["partner"] == "cloud"));

    // From everywhere at no cost is never worse; from the north alone, which has one place, never better.
    let free =
        scenario().lines().filter(|line| !line.starts_with("served_from")).collect::<Vec<_>>().join("\n");
    let (_, free_bound) = objective(free, "free");
    assert!(free_bound <= value + 1e-6, "{free_bound} against {value}");
    let narrow = scenario().replace(", { region = \"south\", usd_per_unit_year = 2e6 }", "");
    let (narrow_value, _) = objective(narrow, "narrow");
    assert!(narrow_value >= bound - 1e-6, "{narrow_value} against {bound}");

    // In the run of the plan it is the cloud that runs the places, and owns what stands there.
    scratch.write("s.toml", scenario() + "[books]\n[tariff.list]\nusd_per_gpu_hour = 2.0\n");
    scratch.stargate(&["simulate", "s.toml", "--plan", "out/plan.json", "-o", "run"]).exits(0);
    let balances =
        scratch.stargate(&["show", "run", "balances", "--rows", "100000", "--json"]).exits(0).json();
    let systems = balances.as_array().unwrap().iter().filter(|row| row["account"] == "assets:systems");
    let of_cloud = systems.filter(|row| row["partner"] == "cloud").count();
    assert!(of_cloud > 0, "the cloud has the systems of the plan");
}

#[test]
fn regions_that_do_not_fit_are_told_with_their_lines() {
    let scratch = Scratch::new("plan-regions-wrong");
    let text = scenario()
        .replace(
            "{ region = \"south\" }",
            "{ region = \"sooth\" }, { region = \"north\" }, { region = \"north\" }",
        )
        .replace("region = \"south\"\nowner", "region = \"north\"\nowner")
        .replace("operator = \"cloud\"\nblocks = 3", "operator = \"clowd\"\nblocks = 3");
    scratch.write("s.toml", text);
    scratch
        .stargate(&["check", "s.toml"])
        .exits(2)
        .says(&["no candidate and no purchase is in the region `sooth`", "did you mean `south`?"])
        .says(&["it is served from `north` twice"])
        .says(&["the candidates of the pool `texas` are in several regions"])
        .says(&["there is no partner `clowd`", "did you mean `cloud`?"]);
}

#[test]
fn what_is_worth_nothing_at_the_end_costs_what_is_paid() {
    let scratch = Scratch::new("plan-worth");
    let text = THREE
        .replace("[[plan.hardware]]\n", "[[plan.hardware]]\nworth = 0.0\n")
        .replace("technology = ", "worth = 0.0\ntechnology = ")
        .replace("usd_per_unit_year = 14.4e6", "usd_per_unit_year = 40e6")
        .replace("quarters = 12", "quarters = 12\nhalls_worth = 0.0\ninterconnection_worth = 0.0");
    let present = |text: &str| {
        scratch.write("s.toml", text);
        let json = scratch.stargate(&["plan", "s.toml", "-o", "out", "--csv", "--json"]).exits(0).json();
        let (capital, costs) = (rows(&scratch, "plan_capital"), rows(&scratch, "plan_costs"));
        let quarters = json["quarters"].as_array().unwrap().iter().enumerate();
        let paid = quarters.map(|(t, quarter)| {
            let name = quarter["quarter"].as_str().unwrap();
            let of = |rows: &[Row]| sum(rows, "usd", |row| row["quarter"] == name);
            (of(&capital) + of(&costs)) * 1.095_f64.powf(-(t as f64) / 4.0)
        });
        (paid.sum::<f64>(), 1e6 * json["objective"].as_f64().unwrap(), sum(&capital, "usd", |_| true))
    };
    let (paid, objective, spent) = present(&text);
    assert!(spent > 1e9 && (paid - objective).abs() < 1.0 + 1e-9 * spent, "{paid} against {objective}");
    // Halls that keep nearly all of it for ever: the objective is less by what they cost, at the end's discount.
    let kept = text.replace("halls_worth = 0.0", "halls_worth = 1.0\nhalls_worth_over = \"15000 weeks\"");
    let (paid, objective, _) = present(&kept);
    let halls = sum(&rows(&scratch, "plan_capital"), "usd", |row| row["purpose"] == "halls");
    let share = (paid - objective) / halls;
    assert!(
        share > 0.7 && share < 0.8,
        "{share} of the halls: 1 at 9.5 % from the end of three years is 0.76"
    );
}
