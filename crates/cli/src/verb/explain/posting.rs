//! `stargate explain RUN posting/N`: what a posting follows from, in sentences.

use crate::failure::Failure;
use crate::printer::Printer;
use base::Money;
use ledger::export::Row;
use serde_json::json;
use std::path::Path;
use tables::{TableError, export, figures, read};

/// A posting of the entry, kept beyond its batch.
struct Line {
    posting: u64,
    partner: String,
    account: String,
    counterparty: Option<String>,
    site: Option<String>,
    amount: Money,
    quantity: Option<i64>,
    unit: String,
}

/// An entry with all its postings.
struct Found {
    entry: u64,
    time: String,
    fact: String,
    subject: String,
    rule: String,
    lines: Vec<Line>,
}

/// Explains posting `number` of the run in `folder`.
pub fn explain(folder: &Path, number: u64, printer: &mut Printer) -> Result<(), Failure> {
    if !export::has_books(folder).map_err(Failure::from_display)? {
        let message = format!("the run in `{}` kept no books", folder.display());
        return Err(Failure::with_hint(message, "add `[books]` to the scenario, and run it again"));
    }
    let (found, count) = find(folder, number).map_err(Failure::from_display)?;
    let Some(found) = found else {
        let message = format!("there is no posting {number}");
        return Err(Failure::with_hint(
            message,
            format!("the run has postings 0 to {}", count.saturating_sub(1)),
        ));
    };
    let places = places(folder, &found.rule).map_err(Failure::from_display)?;
    if printer.json() {
        let line = |line: &Line| {
            json!({
                "posting": line.posting, "partner": line.partner, "account": line.account,
                "counterparty": line.counterparty, "site": line.site, "amount_micro_usd": line.amount.0,
                "quantity": line.quantity, "unit": line.unit,
            })
        };
        return printer.document(&json!({
            "entry": found.entry, "time": found.time, "fact": found.fact, "subject": found.subject,
            "rule": found.rule, "postings": found.lines.iter().map(line).collect::<Vec<_>>(),
            "scenario": places.iter().map(|(path, value, place)| json!({ "path": path, "value": value, "place": place })).collect::<Vec<_>>(),
        }));
    }
    printer.data(&text(&found, number, &places))
}

/// The entry of a posting, and how many postings there are.
fn find(folder: &Path, number: u64) -> Result<(Option<Found>, u64), TableError> {
    // The entry may begin some postings earlier: it is gathered until the next begins.
    let (mut current, mut found, mut count): (Option<Found>, Option<Found>, u64) = (None, None, 0);
    let mut wanted = false;
    export::each_posting(folder, |posting, row| {
        count = posting + 1;
        if current.as_ref().is_none_or(|current| current.entry != row.entry) {
            if wanted && found.is_none() {
                found = current.take();
            }
            current = (found.is_none()).then(|| begin(row));
        }
        if let Some(current) = &mut current {
            wanted |= posting == number;
            current.lines.push(line(posting, row));
        }
        Ok(())
    })?;
    Ok((found.or(current.filter(|_| wanted)), count))
}

fn begin(row: &Row<'_>) -> Found {
    Found {
        entry: row.entry,
        time: row.time.to_string(),
        fact: row.fact.to_owned(),
        subject: row.subject.to_owned(),
        rule: row.rule.to_owned(),
        lines: Vec::new(),
    }
}

fn line(posting: u64, row: &Row<'_>) -> Line {
    Line {
        posting,
        partner: row.partner.to_owned(),
        account: row.account.to_owned(),
        counterparty: row.counterparty.map(str::to_owned),
        site: row.site.map(str::to_owned),
        amount: row.amount,
        quantity: row.quantity,
        unit: row.unit.to_owned(),
    }
}

/// Where the scenario says the prices of a rule: path, value, `file:line`.
fn places(folder: &Path, rule: &str) -> Result<Vec<(String, String, String)>, TableError> {
    let prefix = match rule.split_once(' ') {
        Some(("tariff", key)) => format!("tariff.{key}."),
        Some(("cost", key)) => format!("cost.{key}."),
        Some(("agreement", rest)) => format!("agreement.{}.", rest.split(':').next().unwrap_or_default()),
        Some(("life", class)) => format!("books.{}_life_years", class.trim_start_matches("of ")),
        Some(("terms", _)) => "books.payment_terms".to_owned(),
        Some(("tax", _)) => "books.tax_rate".to_owned(),
        _ => return Ok(Vec::new()),
    };
    let mut found = Vec::new();
    for batch in read::open(folder, &figures::TABLE, &["path", "value", "place"])? {
        let batch = batch?;
        let (paths, values, places) = (batch.texts("path")?, batch.texts("value")?, batch.texts("place")?);
        for row in 0..batch.len() {
            let of = |texts: &read::Texts| texts.get(row).unwrap_or_default().to_owned();
            if of(&paths).starts_with(&prefix) {
                found.push((of(&paths), of(&values), of(&places)));
            }
        }
    }
    Ok(found)
}

fn dollars(amount: Money) -> String {
    let whole = Money(amount.0.saturating_abs()).to_string();
    let (whole, decimals) = whole.split_once('.').unwrap_or((&whole, "000000"));
    format!("{}.{decimals} USD", base::grouped(whole))
}

fn text(found: &Found, number: u64, places: &[(String, String, String)]) -> String {
    let mut text = String::new();
    let Some(own) = found.lines.iter().find(|line| line.posting == number) else { return text };
    let side = if own.amount.0 >= 0 { "debits" } else { "credits" };
    let whom = own.counterparty.as_ref().map_or_else(String::new, |party| format!(", with {party}"));
    let place = own.site.as_ref().map_or_else(String::new, |site| format!(", at {site}"));
    text += &format!(
        "Posting {number} {side} `{}` of {} with {}{whom}{place}. It is for {}.\n\n",
        own.account,
        own.partner,
        dollars(own.amount),
        found.time
    );
    let fact = match found.fact.as_str() {
        "opening" => "what there was when the run started".to_owned(),
        "called" => format!("a call of capital: {}", found.subject),
        "spent" => format!("money spent on {}", found.subject),
        "energised" => format!("the block {}, whose systems could work from then on", found.subject),
        "taken_out" => format!("the block {}, whose systems were taken out for others", found.subject),
        "usage" => format!("what jobs held on a day: {} (tenant, model, site, day)", found.subject),
        "served" => format!("what was served on a day: {}", found.subject),
        "drawn" => format!("the energy of a site on a day: {}", found.subject),
        "agreement" => format!("what came due under an agreement: {} (agreement, number)", found.subject),
        "released" => format!("a rung that released capital: {} (agreement, rung)", found.subject),
        "close" => format!("the close of the month {}", found.subject),
        _ => format!("a payment that fell due: {}", found.subject),
    };
    text += &format!("It follows from {fact}.\n");
    text += &match (found.fact.as_str(), found.rule.as_str()) {
        (_, "fact") => "The amount is what that fact says.\n".to_owned(),
        (_, "price of equipment") => "The amount is the price of what the block holds.\n".to_owned(),
        ("taken_out", _) => "What was not depreciated of them yet is an expense of that day.\n".to_owned(),
        (_, "invoice") => "What was sold and bought in the month became an invoice, site by site.\n".to_owned(),
        (_, "terms of payment") => "The invoice was paid when its terms said.\n".to_owned(),
        (_, "tax rate") => "Profit of the year so far, less losses brought forward, times the rate, less what was accrued before.\n".to_owned(),
        (_, rule) => format!("The amount is by the rule `{rule}`.\n"),
    };
    if let Some(quantity) = own.quantity.or_else(|| found.lines.iter().find_map(|line| line.quantity)) {
        let quantity = quantity.saturating_abs();
        let unit = &own.unit;
        let unit = if unit.is_empty() {
            found.lines.iter().map(|line| line.unit.as_str()).find(|unit| !unit.is_empty())
        } else {
            Some(unit.as_str())
        };
        text += &format!("The quantity is {quantity} {}", unit.unwrap_or_default());
        if unit == Some("GPU s") {
            text += &format!(", which is {:.3} GPU-hours", quantity as f64 / 3600.0);
        }
        text += ".\n";
    }
    for (path, value, place) in places {
        text += &format!("The scenario says `{path}` = {value} ({place}).\n");
    }
    text += &format!(
        "\nEntry {} has {} postings, which sum to zero for each partner:\n\n",
        found.entry,
        found.lines.len()
    );
    let rows: Vec<Vec<String>> = found
        .lines
        .iter()
        .map(|line| {
            vec![
                line.posting.to_string(),
                line.partner.clone(),
                line.account.clone(),
                line.amount.to_string(),
                line.counterparty.clone().unwrap_or_default(),
            ]
        })
        .collect();
    text + &crate::text::aligned(&rows, &[0, 3])
}
