//! `--without agreement:ID`: the same scenario without an agreement, and what that changes.

use super::planned::InPlan;
use super::simulate::{self, ResultArguments};
use crate::arguments::ScenarioArguments;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text::{self, shown};
use base::closest;
use scenario::{Reading, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tables::{Summary, allotments, read};

/// What an agreement changes.
pub struct Worth {
    /// The agreement.
    pub agreement: String,
    /// The results without it.
    pub folder: PathBuf,
    /// Results that differ: name, with, without.
    pub results: Vec<(String, Option<f64>, Option<f64>)>,
    /// By partner: megawatts used, megawatts provided and what they come to at the rates of the offers, with and without.
    pub partners: Vec<(String, [f64; 3], [f64; 3])>,
}

/// The world without the agreement that `argument` names.
pub fn world(argument: &str, world: &World) -> Result<(String, World), Failure> {
    let key = argument.strip_prefix("agreement:").unwrap_or(argument);
    match world.without(key) {
        Some(without) => Ok((key.to_owned(), without)),
        None => {
            let keys = || world.agreements.iter().map(|agreement| agreement.key.as_str());
            let hint = match closest(key, keys()) {
                Some(near) => format!("did you mean `agreement:{near}`?"),
                None if world.agreements.is_empty() => "the scenario has no agreements".to_owned(),
                None => format!("known: `{}`", keys().collect::<Vec<_>>().join("`, `")),
            };
            Err(Failure::with_hint(format!("there is no agreement `{key}`"), hint))
        }
    }
}

/// Runs the scenario without the agreement beside the results, and compares.
pub fn compare(
    scenario: &ScenarioArguments,
    results: &ResultArguments,
    ((key, without), plan): (&(String, World), Option<&InPlan>),
    reading: &Reading,
    with: &Summary,
    printer: &mut Printer,
) -> Result<Worth, Failure> {
    let mut name = results.out.file_name().unwrap_or_default().to_owned();
    name.push(format!("-without-{key}"));
    let folder = results.out.with_file_name(name);
    let arguments = ResultArguments {
        csv: results.csv,
        without: Some(key.clone()),
        ..ResultArguments::into(folder.clone())
    };
    let finished = simulate::simulate(scenario, &arguments, (without, plan), reading, printer)?;
    Ok(Worth {
        agreement: key.clone(),
        results: differences(with, &finished.summary),
        partners: partners(&results.out, &folder)?,
        folder,
    })
}

/// Results that are not the same, in the order of the summary.
fn differences(with: &Summary, without: &Summary) -> Vec<(String, Option<f64>, Option<f64>)> {
    let mut found = Vec::new();
    for (ours, theirs) in with.parts.iter().zip(&without.parts) {
        let prefix = match ours.scope.key() {
            Some(key) => format!("{}.{key}.", ours.scope.name()),
            None => String::new(),
        };
        for (name, value) in &ours.values {
            let other = theirs.values.iter().find(|(known, _)| known == name).and_then(|(_, value)| *value);
            if *value != other {
                found.push((format!("{prefix}{name}"), *value, other));
            }
        }
    }
    found
}

type ByPartner = BTreeMap<String, [f64; 3]>;
/// A partner, and what it has with the agreement and without.
type WithAndWithout = (String, [f64; 3], [f64; 3]);

fn partners(with: &Path, without: &Path) -> Result<Vec<WithAndWithout>, Failure> {
    let (with, without) = (bound(with)?, bound(without)?);
    let mut names: Vec<&String> = with.keys().chain(without.keys()).collect();
    names.sort();
    names.dedup();
    let of = |all: &ByPartner, name: &String| all.get(name).copied().unwrap_or_default();
    Ok(names.into_iter().map(|name| (name.clone(), of(&with, name), of(&without, name))).collect())
}

/// What offers have bound, by partner.
fn bound(folder: &Path) -> Result<ByPartner, Failure> {
    let mut all = ByPartner::new();
    if !folder.join(allotments::TABLE.parquet_name()).exists() {
        return Ok(all);
    }
    for batch in read::open(folder, &allotments::TABLE, &[]).map_err(Failure::from_display)? {
        let batch = batch.map_err(Failure::from_display)?;
        for row in 0..batch.len() {
            let cell = |name: &str| batch.cell(row, name).map_err(Failure::from_display);
            let number =
                |name: &str| Ok::<f64, Failure>(cell(name)?.and_then(|t| t.parse().ok()).unwrap_or(0.0));
            let (mw, usd) = (number("it_kw")? / 1000.0, number("usd")?);
            let user = all.entry(cell("used_by")?.unwrap_or_default()).or_default();
            user[0] += mw;
            user[2] += usd;
            all.entry(cell("host")?.unwrap_or_default()).or_default()[1] += mw;
        }
    }
    Ok(all)
}

impl Worth {
    /// For programs.
    pub fn json(&self) -> Value {
        let results = self.results.iter().map(|(name, with, without)| {
            let difference = with.zip(*without).map(|(with, without)| with - without);
            json!({ "result": name, "with": with, "without": without, "difference": difference })
        });
        let names = ["used_mw", "provided_mw", "paid_usd"];
        let partners = self.partners.iter().map(|(name, with, without)| {
            let values = names.iter().enumerate().map(|(at, name)| {
                let value =
                    json!({ "with": with[at], "without": without[at], "difference": with[at] - without[at] });
                ((*name).to_owned(), value)
            });
            json!({ "partner": name, "under_offers": values.collect::<serde_json::Map<_, _>>() })
        });
        json!({
            "agreement": self.agreement, "folder": shown(&self.folder),
            "results": results.collect::<Vec<_>>(), "partners": partners.collect::<Vec<_>>(),
        })
    }

    /// For people: what differs, first by partner, then the results of the network, sites and tenants.
    pub fn text(&self) -> String {
        let row = |name: String, with: String, without: String, difference: String| {
            vec![name, with, without, difference]
        };
        let title = format!("without `{}`", self.agreement);
        let mut rows = vec![row(title, "with".into(), "without".into(), "difference".into())];
        for (name, with, without) in &self.partners {
            for (at, what) in ["MW used", "MW provided", "USD at the rates of the offers"].iter().enumerate()
            {
                if with[at] != without[at] {
                    let name = format!("{name}: {what}");
                    let difference = signed(with[at] - without[at]);
                    rows.push(row(name, figure(with[at]), figure(without[at]), difference));
                }
            }
        }
        for (name, with, without) in &self.results {
            let shown = |value: &Option<f64>| value.map_or_else(|| "-".to_owned(), figure);
            let difference = with.zip(*without).map_or_else(String::new, |(a, b)| signed(a - b));
            rows.push(row(name.clone(), shown(with), shown(without), difference));
        }
        if rows.len() == 1 {
            return format!("without `{}` nothing is different\n", self.agreement);
        }
        text::aligned(&rows, &[1, 2, 3])
    }
}

/// A number of any size.
fn figure(number: f64) -> String {
    match number.abs() {
        size if size >= 1000.0 => text::whole(number),
        size if size == size.trunc() => format!("{number}"),
        _ => format!("{number:.4}"),
    }
}

fn signed(number: f64) -> String {
    if number > 0.0 { format!("+{}", figure(number)) } else { figure(number) }
}
