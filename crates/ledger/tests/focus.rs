//! The published spend agreements of FOCUS, cell by cell.

#![allow(clippy::unwrap_used)]

use agreement::amount::{Price, Rounding, Share};
use agreement::commitment::{Commitment, CommittedPeriod, Terms};
use base::Money;
use jiff::civil::date;
use ledger::Month;
use ledger::export::focus::{COLUMNS, Charge, Spend, csv_cell, spend_charges};
use std::path::PathBuf;

fn usd(usd: f64) -> Money {
    Money::from_usd(usd).unwrap()
}

/// 1,200 USD from April 2025 to March 2026, for hours of servers at 12 USD (list: 15).
fn terms(upfront: bool) -> Terms {
    let period = CommittedPeriod { from: date(2025, 4, 1), to: date(2026, 4, 1), committed: usd(1200.0).0 };
    Terms {
        id: "spend".into(),
        periods: vec![period],
        minimum: Share::WHOLE,
        price: Price::MONEY,
        excess_price: None,
        upfront,
        true_up: 1,
        make_up: None,
        carry_forward: None,
        exit: None,
        rounding: Rounding::HalfAway,
    }
}

fn charges(upfront: bool, skus: (&str, &str)) -> Vec<Charge> {
    let spend = Spend {
        account: "000-00-000".into(),
        provider: "Acme Co".into(),
        service: ("Database", "AwesomeDB".into()),
        skus: (skus.0.into(), skus.1.into()),
        unit_prices: (usd(12.0), usd(15.0)),
        unit: "Server Hours".into(),
    };
    let terms = terms(upfront);
    let month = |year, number| Month::of_date(date(year, number, 1));
    let (mut commitment, opened) = Commitment::new(terms.clone()).unwrap();
    let mut all = spend_charges(&spend, &terms, 0, month(2025, 4), &opened).unwrap();
    for (number, taken) in [(4, 4), (5, 10), (6, 5)] {
        let fact = commitment.take(usd(12.0 * taken as f64).0).unwrap();
        all.extend(spend_charges(&spend, &terms, taken, month(2025, number), &[fact]).unwrap());
    }
    let closed = commitment.close_period().unwrap();
    all.extend(spend_charges(&spend, &terms, 0, month(2026, 3), &closed).unwrap());
    all
}

/// `2025-05-01T00:00:00Z` as the published files have it: `5/1/25`.
fn short_date(text: &str) -> String {
    let parts: Vec<i32> = text[..10].split('-').map(|part| part.parse().unwrap()).collect();
    format!("{}/{}/{}", parts[1], parts[2], parts[0] % 100)
}

/// Compares every cell that the published file has; returns how many rows and filled cells.
fn compare(name: &str, ours: &[Charge]) -> Option<(usize, usize)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/contracts").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let rows: Vec<_> = lines.collect();
    assert_eq!(rows.len(), ours.len(), "{name}");
    let mut filled = 0;
    for (row, charge) in rows.iter().zip(ours) {
        for (column, published) in header.iter().zip(row) {
            assert!(COLUMNS.contains(column), "{column} is no column of ours");
            let written = charge.cell(column);
            let expected = match *column {
                "BillingAccountName" | "SkuPriceId" | "ServiceSubcategory" => continue,
                _ => (*published).to_owned(),
            };
            let written = if column.contains("Period") { short_date(&written) } else { written };
            assert_eq!(written, expected, "{name}: {column} of `{}`", charge.description);
            filled += usize::from(!expected.is_empty());
        }
    }
    println!("{name}: {} rows, {filled} filled cells as published", rows.len());
    Some((rows.len(), filled))
}

#[test]
fn spend_agreement_a1_ends_with_a_true_up() {
    let ours = charges(false, ("U-123", "C-001"));
    let billed: Vec<f64> = ours.iter().map(|charge| charge.billed.usd()).collect();
    assert_eq!(billed, [48.0, 120.0, 60.0, 972.0]);
    assert_ne!(compare("focus_saas_spend_agreements_a1.csv", &ours).map(|(rows, _)| rows), Some(0));
}

#[test]
fn spend_agreement_b1_is_paid_in_advance() {
    let ours = charges(true, ("U-123", "C-003"));
    let effective: Vec<f64> = ours.iter().map(|charge| charge.effective.usd()).collect();
    assert_eq!(effective, [0.0, 48.0, 120.0, 60.0, 972.0]);
    assert_ne!(compare("focus_saas_spend_agreements_b1.csv", &ours).map(|(rows, _)| rows), Some(0));
}

#[test]
fn cells_with_commas_are_quoted() {
    assert_eq!(csv_cell("a"), "a");
    assert_eq!(csv_cell("a,\"b\""), "\"a,\"\"b\"\"\"");
}

/// Commitments in money, accelerator-hours and tokens; the first is amended in the middle of its second month.
const COMMITTED: &str = r#"
edition = 2026
[horizon]
start = "2026-01-01"
length = "90 days"
[system.h100]
accelerator = "h100"
accelerators_per_node = 8
power_kw = 10.0
[site.east]
it_mw = 1.0
fill = "h100"
[tenant.research]
[workload.jobs]
tenant = "research"
arrivals = { per_hour = 1.0 }
sizes = { distribution = "weighted", weights = { 1 = 1.0 } }
durations = { distribution = "constant", mean = "1 h" }
[books]
[partner.cloud]
[partner.lab]
[agreement.money]
effective = "2025-12-01"
[agreement.money.commitment]
payer = "lab"
payee = "cloud"
counts = "usd"
from = "2026-01-01"
period_months = 1
committed = [10000.0, 10000.5]
[[agreement.money.version]]
effective = "2026-02-15"
[agreement.money.version.commitment]
committed = [10000.0, 7000.0]
[agreement.hours]
effective = "2025-12-01"
[agreement.hours.commitment]
payer = "lab"
payee = "cloud"
counts = "gpu_hours"
from = "2026-01-01"
period_months = 3
committed = [1500.5]
usd_per_unit = 2.0
[agreement.tokens]
effective = "2025-12-01"
[agreement.tokens.commitment]
payer = "lab"
payee = "cloud"
counts = "million_tokens"
from = "2026-01-01"
period_months = 12
committed = [250.0]
usd_per_unit = 3.0
"#;

#[test]
fn commitments_of_a_scenario_are_rows_of_the_version_in_force_at_the_end_of_each_period() {
    let origin = scenario::Origin::Text { name: "focus.toml".into(), text: COMMITTED.into() };
    let reading = scenario::read(&origin, &[]);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    let world = reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")));
    let rows = ledger::export::focus::commitments(&world);
    let columns = [
        "ContractCommitmentId",
        "ContractCommitmentCategory",
        "ContractCommitmentCost",
        "ContractCommitmentQuantity",
        "ContractCommitmentUnit",
        "ContractCommitmentPeriodStart",
        "ContractCommitmentPeriodEnd",
        "ContractPeriodEnd",
    ];
    assert!(columns.iter().all(|column| ledger::export::focus::COMMITMENT_COLUMNS.contains(column)));
    let mut cells: Vec<[String; 8]> =
        rows.iter().map(|row| columns.map(|column| row.cell(column).replace("T00:00:00Z", ""))).collect();
    cells.sort();
    let (january, february, march) = ("2026-01-01", "2026-02-01", "2026-03-01");
    let expected = [
        ["hours/1", "Usage", "", "1500.5", "GPU-Hours", january, "2026-04-01", "2026-04-01"],
        ["money/1", "Spend", "10000", "", "", january, february, march],
        ["money/2", "Spend", "7000", "", "", february, march, march],
        ["tokens/1", "Usage", "", "250", "1000000 Tokens", january, "2027-01-01", "2027-01-01"],
    ];
    assert_eq!(cells, expected);
}
