//! What the books settle month by month: in tables, and on the page.

use crate::runner::{Scratch, small};
use serde_json::Value;

/// Two clouds, whose shares in each other's revenue flow against each other, and a laboratory that has committed itself.
const AGREED: &str = r#"
[partner.cloud]
[partner.other]
[partner.lab]
[books]
[tariff.list]
usd_per_gpu_hour = 2.5
[agreement.take]
effective = "2026-01-01"
[agreement.take.commitment]
payer = "lab"
payee = "cloud"
counts = "gpu_hours"
from = "2026-03-01"
period_months = 1
committed = [100000.0, 20000.0]
usd_per_unit = 2.0
[agreement.there]
effective = "2026-01-01"
[agreement.there.revenue_share]
payer = "cloud"
payee = "other"
from = "2026-01-01"
until = "2027-01-01"
share = 0.2
netted_with = "back"
[agreement.back]
effective = "2026-01-01"
[agreement.back.revenue_share]
payer = "other"
payee = "cloud"
from = "2026-01-01"
until = "2027-01-01"
share = 0.2
"#;

fn scenario() -> String {
    let with = [
        ("length = \"2 days\"", "length = \"31 days\""),
        ("[site.east]\n", "[site.east]\noperator = \"cloud\"\n"),
        ("[site.west]\n", "[site.west]\noperator = \"other\"\n"),
        ("[tenant.research]\n", "[tenant.research]\npartner = \"lab\"\n"),
        ("[tenant.product]\n", "[tenant.product]\npartner = \"lab\"\n"),
    ];
    with.iter().fold(small(), |text, (from, to)| text.replacen(from, to, 1)) + AGREED
}

fn table(scratch: &Scratch, name: &str) -> Vec<Value> {
    let json = scratch.stargate(&["show", "out", name, "--rows", "100000", "--json"]).exits(0).json();
    json.as_array().unwrap().clone()
}

fn whole(row: &Value, column: &str) -> i64 {
    row[column].as_i64().unwrap_or_else(|| panic!("{column} of {row}"))
}

/// The cells of a line of CSV, of which some are quoted.
fn cells_of(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => cells.last_mut().unwrap().push(letter),
        }
    }
    cells
}

/// Balance of an account of a partner at the last close.
fn balance(scratch: &Scratch, partner: &str, account: &str) -> i64 {
    let rows = table(scratch, "balances");
    let last = rows.iter().map(|row| row["month"].as_str().unwrap()).max().unwrap();
    let of = |row: &&Value| row["month"] == last && row["partner"] == partner && row["account"] == account;
    rows.iter().filter(of).map(|row| whole(row, "balance_micro_usd")).sum()
}

#[test]
fn the_tables_say_what_the_books_say() {
    let scratch = Scratch::new("settlements");
    scratch.write("s.toml", scenario());
    scratch.stargate(&["run", "s.toml", "-o", "out"]).exits(0);

    let [march] = &table(&scratch, "commitment_months")[..] else { panic!("one month is over") };
    assert_eq!((march["agreement"].as_str(), march["counts"].as_str()), (Some("take"), Some("gpu_hours")));
    assert_eq!(whole(march, "committed_millionths"), 100_000_000_000);
    let (taken, short) = (whole(march, "taken_millionths"), whole(march, "short_millionths"));
    assert!(taken > 0 && short > 0, "{march}");
    assert_eq!(taken + short, 100_000_000_000);
    assert_eq!(whole(march, "cost_micro_usd"), taken * 2);
    assert_eq!(whole(march, "short_cost_micro_usd"), short * 2);
    assert_eq!(balance(&scratch, "lab", "expenses:minimum"), short * 2);

    let shares = table(&scratch, "revenue_shares");
    assert_eq!(shares.len(), 2);
    for row in &shares {
        let (payer, base) = (row["payer"].as_str().unwrap(), whole(row, "base_micro_usd"));
        // March is closed, the first day of April is not settled: its revenue is in the books alone.
        assert!(base > 0 && base <= -balance(&scratch, payer, "income:compute"), "{row}");
        assert_eq!(whole(row, "revenue_micro_usd"), base);
        assert_eq!(whole(row, "paid_micro_usd"), (base * 2 + 5) / 10);
        assert_eq!(balance(&scratch, payer, "expenses:share"), whole(row, "paid_micro_usd"));
    }
    // The laboratory's price of 2 $ is the cloud's revenue, and not the tariff of 2.5 $.
    let there = shares.iter().find(|row| row["agreement"] == "there").unwrap();
    assert_eq!(whole(there, "base_micro_usd"), taken * 2);
    let set_off: Vec<i64> = shares.iter().map(|row| whole(row, "set_off_micro_usd")).collect();
    let smaller = shares.iter().map(|row| whole(row, "paid_micro_usd")).min().unwrap();
    assert_eq!(set_off, [smaller; 2]);

    let page = String::from_utf8(scratch.read("out/report.html")).unwrap();
    for part in ["fig-commitments", "fig-shares", "take from 1 Mar 2026", "there: = base of the share"] {
        assert!(page.contains(part), "the page says {part}");
    }
    // Books without such agreements have no such tables.
    let bare = Scratch::new("settlements-none");
    bare.write("s.toml", small() + "[books]\n[tariff.list]\nusd_per_gpu_hour = 2.5\n");
    bare.stargate(&["simulate", "s.toml", "-o", "out"]).exits(0);
    let names: Vec<String> = bare.files("out").into_keys().collect();
    assert!(
        !names.iter().any(|name| name.contains("revenue_shares") || name.contains("commitment")),
        "{names:?}"
    );
}

/// Two suppliers of energy, and a partner who has committed itself to tokens: each takes what its agreement counts.
#[test]
fn energy_and_tokens_are_taken_under_commitments() {
    let scratch = Scratch::new("settlements-energy");
    let text = scenario()
        + r#"
[site.east.power]
grid = [{ mw = 1.0 }]
usd_per_mwh = 40
[site.west.power]
grid = [{ mw = 1.0 }]
usd_per_mwh = 40
[region.users]
latitude_deg = 40.0
longitude_deg = -90.0
[surface.model]
accelerator = "h100"
gpus = 8
tokens_in = 100
tokens_out = 100
point = [
    { concurrency = 1, ttft = "100 ms", tpot = "10 ms" },
    { concurrency = 64, ttft = "1 s", tpot = "30 ms" },
]
[service.chat]
tenant = "product"
buyer = "other"
surfaces = ["model"]
ttft = "2 s"
tpot = "50 ms"
tokens_in = 100
tokens_out = 100
requests_per_hour = 1000.0
[tariff.tokens]
services = ["chat"]
usd_per_million_input_tokens = 1.0
usd_per_million_output_tokens = 5.0
[partner.wind]
[agreement.wind.commitment]
payer = "cloud"
payee = "wind"
counts = "mwh"
sites = ["east"]
from = "2026-03-01"
period_months = 1
committed = [100.0]
usd_per_unit = 25.0
[agreement.chat.commitment]
payer = "other"
payee = "lab"
counts = "million_tokens"
from = "2026-03-01"
period_months = 1
committed = [1000.0]
usd_per_unit = 2.0
"#;
    scratch.write("s.toml", &text);
    scratch.stargate(&["run", "s.toml", "-o", "out"]).exits(0);
    let rows = table(&scratch, "commitment_months");
    for (name, counts, price) in [("wind", "mwh", 25), ("chat", "million_tokens", 2)] {
        let row = rows.iter().find(|row| row["agreement"] == name).unwrap();
        assert_eq!(row["counts"], counts);
        let (taken, short) = (whole(row, "taken_millionths"), whole(row, "short_millionths"));
        assert!(taken > 0, "{row}");
        assert_eq!(taken + short, whole(row, "committed_millionths").max(taken), "{row}");
        assert!((whole(row, "cost_micro_usd") - taken * price).abs() <= 1, "{row}");
    }
    // What the east drew in March is what the commitment counts.
    let bought: f64 = table(&scratch, "energy_hours")
        .iter()
        .filter(|row| row["site"] == "east" && row["hour"].as_str().unwrap() < "2026-04")
        .map(|row| row["bought_mwh"].as_f64().unwrap())
        .sum();
    let wind = rows.iter().find(|row| row["agreement"] == "wind").unwrap();
    let kwh = whole(wind, "taken_millionths") / 1000;
    let less = bought * 1000.0 - kwh as f64;
    assert!((0.0..31.0).contains(&less), "{bought} MWh and {kwh} kWh: rounded down each day");
    // Each token is consumed once: the price of the commitment is a credit beside it.
    scratch.stargate(&["export", "out", "--focus", "-o", "f.csv"]).exits(0);
    let csv = String::from_utf8(scratch.read("f.csv")).unwrap();
    let column = |name: &str| csv.lines().next().unwrap().split(',').position(|of| of == name).unwrap();
    let (consumed, unit, start) =
        (column("ConsumedQuantity"), column("ConsumedUnit"), column("ChargePeriodStart"));
    let cells = csv.lines().skip(1).map(cells_of);
    let tokens = cells.filter(|cells| cells[unit] == "1000000 Tokens" && cells[start].as_str() < "2026-04");
    let consumed: f64 = tokens.map(|cells| cells[consumed].parse::<f64>().unwrap()).sum();
    let chat = rows.iter().find(|row| row["agreement"] == "chat").unwrap();
    assert!((consumed * 1e6 - whole(chat, "taken_millionths") as f64).abs() < 1.0, "{consumed} of {chat}");
    let page = String::from_utf8(scratch.read("out/report.html")).unwrap();
    assert!(page.contains("wind from 1 Mar 2026") && page.contains("MWh"), "the page shows the commitment");

    assert!(!page.contains("before power contracts"), "no power contract settles anything here");

    // Another agreement for the same energy, sites that are not the payer's, tokens bought from oneself.
    let contract = "[agreement.grid.power_contract]\nsupplier = \"lab\"\ncustomer = \"cloud\"\nsite = \"east\"\n\
                    from = \"2026-01-01\"\nmonths = 12\ncontract_mw = 1.0\n";
    scratch.write("s.toml", text.replace("buyer = \"other\"", "buyer = \"lab\"") + contract);
    scratch
        .stargate(&["check", "s.toml"])
        .exits(2)
        .says(&["S460", "what `east` draws is bought under `grid` and under `wind` at one time"])
        .says(&["S454", "`lab` would buy the tokens of `chat` from itself"]);
    scratch.write("s.toml", text.replace("sites = [\"east\"]", "sites = [\"west\"]"));
    scratch
        .stargate(&["check", "s.toml"])
        .exits(2)
        .says(&["the payer of `wind` does not run `west`, and buys no energy there"]);
    scratch.write("s.toml", text.replace("counts = \"million_tokens\"", "sites = [\"west\"]"));
    scratch
        .stargate(&["check", "s.toml"])
        .exits(2)
        .says(&["`sites` is of a commitment that is counted in energy", "write `counts = \"mwh\"`"]);
}

/// What is excused is not owed: the shortfall of the month is less by just that, and so is what is paid for it.
#[test]
fn what_is_excused_is_not_short() {
    let scratch = Scratch::new("excused");
    let excuse =
        |on: &str| format!("[[agreement.take.commitment.excuse]]\non = \"{on}\"\nquantity = 1234.5\n");
    let march = |text: String| {
        scratch.write("s.toml", text);
        scratch.stargate(&["simulate", "s.toml", "-o", "out"]).exits(0);
        let [march] = &table(&scratch, "commitment_months")[..] else { panic!("one month is over") };
        ["excused_millionths", "short_millionths", "short_cost_micro_usd", "taken_millionths"]
            .map(|column| whole(march, column))
    };
    let before = march(scenario());
    let after = march(scenario() + &excuse("2026-03-17"));
    assert!(before[0] == 0 && before[1] > 1_234_500_000, "{before:?}");
    assert_eq!(after[0], 1_234_500_000);
    assert_eq!(before[1] - after[1], 1_234_500_000, "the shortfall");
    assert_eq!(before[2] - after[2], 2_469_000_000, "at two dollars each");
    assert_eq!(before[3], after[3], "what was taken is the same");
    // Of another period it does not count; outside of all it is a mistake.
    assert_eq!(march(scenario() + &excuse("2026-04-17")), before);
    scratch.write("s.toml", scenario() + &excuse("2025-04-17").replace("1234.5", "\"much\""));
    scratch
        .stargate(&["check", "s.toml"])
        .exits(2)
        .says(&["no period of the commitment holds 2025-04-17", "write a day of the period"])
        .says(&["`quantity` is text, and must be a number"]);
}
