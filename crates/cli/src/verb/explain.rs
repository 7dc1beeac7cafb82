//! `stargate explain CODE`: the page of a rule. `stargate explain RUN WHAT`: something of a run, in sentences.

mod posting;

use super::Verdict;
use crate::failure::Failure;
use crate::printer::Printer;
use base::{Rule, closest};

use clap::Args;
use serde_json::json;
use std::path::Path;

/// Arguments of `stargate explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate explain            all rules, one a line
  stargate explain S001       what the rule asks for, what breaks it, how to put it right
  stargate explain stargate-out posting/1234        which fact and which price a posting follows from
  stargate explain stargate-out offer/7             which clauses and numbers led to what became of an offer
  stargate explain stargate-out agreement/right     everything that happened under an agreement
  stargate explain stargate-out agreements --json   the time line of all agreements, for programs")]
pub struct Arguments {
    /// Code of the rule, as a message shows it in brackets; or the folder of a run
    #[arg(value_name = "CODE|DIR")]
    code: Option<String>,
    /// What of the run to explain: `posting/1234`, `offer/7`, `agreement/KEY` or `agreements`
    #[arg(value_name = "WHAT", requires = "code")]
    what: Option<String>,
}

/// All rules of all readers, by code.
pub fn rules() -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> =
        [scenario::RULES, trace::RULES, run::RULES, series::RULES].into_iter().flatten().collect();
    rules.extend(agreement::RULES);
    rules.extend(forecast::RULES);
    rules.sort_by_key(|rule| rule.code);
    rules
}

/// Prints one page, or the list.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    let rules = rules();
    let Some(code) = &arguments.code else {
        list(&rules, printer)?;
        return Ok(Verdict::Yes);
    };
    if let Some(what) = &arguments.what {
        of_run(Path::new(code), what, printer)?;
        return Ok(Verdict::Yes);
    }
    let wanted = code.trim().trim_matches(['[', ']']).to_uppercase();
    let Some(rule) = rules.iter().find(|rule| rule.code == wanted) else {
        let hint = match closest(&wanted, rules.iter().map(|rule| rule.code)) {
            Some(near) => format!("did you mean `{near}`? `stargate explain` lists all rules"),
            None => "`stargate explain` lists all rules".to_owned(),
        };
        return Err(Failure::with_hint(format!("no rule has the code `{code}`"), hint));
    };
    if printer.json() {
        printer.document(&page(rule))?;
    } else {
        let heading = printer.heading(&format!("{}: {}", rule.code, rule.title));
        printer.data(&format!("{heading}\n\n{}\n", rule.explanation.trim()))?;
    }
    Ok(Verdict::Yes)
}

/// Explains something of a run: a posting by its number, or what became of an offer or an agreement.
fn of_run(folder: &Path, what: &str, printer: &mut Printer) -> Result<(), Failure> {
    match what.strip_prefix("posting/").map(str::parse) {
        Some(Ok(number)) => posting::explain(folder, number, printer),
        Some(Err(_)) => {
            let message = format!("`{what}` is nothing that a run can explain");
            Err(Failure::with_hint(message, "write `posting/1234`"))
        }
        None => super::explain_run::execute(folder, what, printer),
    }
}

fn list(rules: &[&'static Rule], printer: &mut Printer) -> Result<(), Failure> {
    if printer.json() {
        return printer.document(&rules.iter().map(|rule| page(rule)).collect::<Vec<_>>());
    }
    let lines: String = rules.iter().map(|rule| format!("{}  {}\n", rule.code, rule.title)).collect();
    printer.data(&lines)
}

fn page(rule: &Rule) -> serde_json::Value {
    json!({ "code": rule.code, "title": rule.title, "explanation": rule.explanation })
}
