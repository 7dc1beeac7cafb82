//! The money of a plan: its loan, its exit from a commitment, its books.

use crate::runner::Scratch;
use serde_json::Value;
use std::collections::BTreeMap;

const THREE: &str = include_str!("plan.toml");

fn table(scratch: &Scratch, folder: &str, name: &str) -> Vec<Value> {
    let all = scratch.stargate(&["show", folder, name, "--rows", "100000", "--json"]).exits(0).json();
    all.as_array().unwrap().clone()
}

fn number(row: &Value, column: &str) -> f64 {
    row[column].as_f64().unwrap_or_else(|| panic!("{column} of {row}"))
}

/// Plans `text` into `folder`; gives the objective in US dollars.
fn plan(scratch: &Scratch, text: &str, folder: &str) -> f64 {
    scratch.write("s.toml", text);
    scratch.stargate(&["plan", "s.toml", "-o", folder, "--json"]).exits(0).json()["objective"]
        .as_f64()
        .unwrap()
        * 1e6
}

/// What the books of the only future come to: cash of each quarter at its beginning, less what stands when the plan is over; what owners put
/// in is no income.
fn present_cost(scratch: &Scratch, folder: &str) -> f64 {
    let mut cash: BTreeMap<String, i64> = BTreeMap::new();
    let mut sides: BTreeMap<String, [i64; 2]> = BTreeMap::new();
    let mut stands: BTreeMap<String, i64> = BTreeMap::new();
    let mut in_hand: BTreeMap<String, i64> = BTreeMap::new();
    for row in table(scratch, folder, "plan_books") {
        let quarter = row["quarter"].as_str().unwrap().to_owned();
        let whole = |column: &str| row[column].as_i64().unwrap();
        let account = row["account"].as_str().unwrap();
        if account != "equity:contributed" {
            *cash.entry(quarter.clone()).or_default() += whole("cash_micro_usd");
        }
        if account == "assets:cash" {
            in_hand.insert(quarter.clone(), whole("balance_micro_usd"));
        }
        let both = sides.entry(quarter).or_default();
        (both[0], both[1]) = (both[0] + whole("debit_micro_usd"), both[1] + whole("credit_micro_usd"));
        if ["land", "shell", "power", "systems", "depreciated"]
            .iter()
            .any(|key| account == format!("assets:{key}"))
        {
            stands.insert(account.to_owned(), whole("balance_micro_usd"));
        }
    }
    assert!(sides.values().all(|[debit, credit]| debit == credit), "{sides:?}");
    // Twelve quarters and the end, which sorts last.
    assert_eq!((cash.len(), cash.keys().last().map(String::as_str)), (13, Some("end")));
    // Money in hand is what is carried over and what operation has brought since.
    assert!(in_hand.len() >= 12, "{in_hand:?}");
    let discount = |t: usize| 1.095_f64.powf(-(t as f64) / 4.0);
    let paid: f64 = cash.values().enumerate().map(|(t, cash)| -*cash as f64 / 1e6 * discount(t)).sum();
    paid - stands.values().sum::<i64>() as f64 / 1e6 * discount(cash.len() - 1)
}

const LOAN: &str = "\n[plan.debt]\nusd = 8e8\ninterest_per_year = 0.06\nloan_to_value = 0.4\n";

#[test]
fn the_objective_is_what_the_books_come_to_to_a_dollar() {
    let scratch = Scratch::new("plan-books");
    let objective = plan(&scratch, THREE, "plan");
    let books = present_cost(&scratch, "plan");
    assert!(objective.abs() > 1e8 && (objective - books).abs() < 1.0, "{objective} {books}");
    // With a loan, and with capacity bought of a partner whom it can leave.
    let agreed = "\n[partner.us]\n[partner.cloud]\n[agreement.cloud.commitment]\npayer = \"us\"\npayee = \"cloud\"\n\
                  from = \"2027-07-01\"\ncommitted = [400e6, 800e6, 800e6]\nminimum = 0.5\n[[plan.purchase]]\n\
                  agreement = \"cloud\"\nusd_per_unit_year = 16e6\nmost_units = [20.0]\n";
    let objective = plan(&scratch, &format!("{THREE}{agreed}{LOAN}"), "both");
    let books = present_cost(&scratch, "both");
    assert!((objective - books).abs() < 1.0, "{objective} {books}");
}

#[test]
fn a_loan_is_drawn_within_its_covenants_and_never_makes_it_worse() {
    let scratch = Scratch::new("plan-loan");
    let without = plan(&scratch, THREE, "without");
    assert!(table(&scratch, "without", "plan_funding").iter().all(|row| number(row, "drawn_usd") == 0.0));
    let with = plan(&scratch, &(THREE.to_owned() + LOAN), "with");
    // Both within a gap of 1 %.
    assert!(
        with < without - 0.01 * without.abs(),
        "money that costs 6 % where capital costs 9.5 %: {with} {without}"
    );
    let (mut carried, mut invested) = (0.0, 0.0);
    let rows = table(&scratch, "with", "plan_funding");
    for row in &rows {
        invested += number(row, "spent_usd");
        assert!(number(row, "owed_usd") <= (0.4 * invested).min(8e8) + 5e3, "{row}");
        let left = carried + number(row, "new_money_usd") + number(row, "drawn_usd")
            - number(row, "spent_usd")
            - number(row, "interest_usd");
        carried = number(row, "carried_usd");
        assert!((left - carried).abs() < 1e4, "{row}");
    }
    assert!(rows.iter().any(|row| number(row, "drawn_usd") > 1e8));
    let loan = scratch.stargate(&["show", "with"]);
    assert!(loan.exits(0).stdout.contains(" of it is what borrowing brings"));
    // A covenant that nothing can keep: nothing is drawn.
    let strict = format!("{THREE}{LOAN}coverage = 100.0\n");
    plan(&scratch, &strict, "strict");
    let drawn: f64 =
        table(&scratch, "strict", "plan_funding").iter().map(|row| number(row, "drawn_usd")).sum();
    assert!(drawn < 8e8 * 0.9, "{drawn}");
}

#[test]
fn a_commitment_is_left_where_its_fee_is_less_than_what_it_costs() {
    let scratch = Scratch::new("plan-exit");
    // Compute at four times what customers pay: only what is committed is paid for.
    let agreed = "\n[partner.us]\n[partner.cloud]\n[agreement.cloud.commitment]\npayer = \"us\"\npayee = \"cloud\"\n\
                  from = \"2027-01-01\"\ncommitted = [400e6, 400e6, 400e6]\nminimum = 1.0\n[[plan.purchase]]\n\
                  agreement = \"cloud\"\nusd_per_unit_year = 60e6\nmost_units = [20.0]\n";
    let bound = plan(&scratch, &format!("{THREE}{agreed}"), "bound");
    let free =
        plan(&scratch, &format!("{THREE}{agreed}exit_usd = 50e6\nexit_from = \"2028-01-01\"\n"), "free");
    assert!(free < bound - 2e8, "{free} {bound}");
    let paid = |folder: &str, from: &str| -> f64 {
        let rows = table(&scratch, folder, "plan_costs");
        let of = |row: &&Value| row["item"] == "purchases" && row["quarter"].as_str().unwrap() >= from;
        rows.iter().filter(of).map(|row| number(row, "usd")).sum()
    };
    assert!(paid("bound", "2028-Q1") > 7e8, "two years of 400 M$");
    assert!((paid("free", "2028-Q1") - 50e6).abs() < 1e6, "the fee alone");
}
