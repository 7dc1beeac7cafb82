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
