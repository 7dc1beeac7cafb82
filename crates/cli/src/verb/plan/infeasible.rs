//! Why there is no plan, in the words of the scenario.

use crate::failure::Failure;
use crate::printer::Printer;
use ::plan::instance::Instance;
use ::plan::limit::{Kind, Limit};
use scenario::World;
use serde_json::json;

/// What a limit says, and the key of the scenario that sets it.
fn words(kind: Kind, of: &str, instance: &Instance) -> (String, String) {
    let is_obliged = || instance.demands.iter().any(|demand| demand.name == of && demand.obliged);
    let (text, path) = match kind {
        Kind::Capital => ("no more is spent than there is".to_owned(), "plan.usd_per_quarter".to_owned()),
        Kind::Demand if is_obliged() => (format!("the demand `{of}` is served"), "plan.demand".to_owned()),
        Kind::Demand => (format!("no more of `{of}` is served than is wanted"), "plan.demand".to_owned()),
        Kind::Due => (
            format!("the blocks of `{of}` under contract stand in time"),
            format!("candidate.{of}.committed"),
        ),
        Kind::Labour => (format!("builders of `{of}`"), "plan.labour".to_owned()),
        Kind::SystemSupply => (format!("deliveries of `{of}`"), "supply".to_owned()),
        Kind::GeneratorSupply => (format!("deliveries of `{of}`"), format!("generator.{of}.supply_mw")),
        Kind::CarbonCap => ("the cap on carbon dioxide".to_owned(), "plan.carbon_cap_t".to_owned()),
        Kind::FirmPower => (format!("power of `{of}` in the worst hour"), format!("candidate.{of}")),
        Kind::Commitment => (format!("what was promised to `{of}` is paid"), "plan.purchase".to_owned()),
        Kind::Offer => (format!("what `{of}` offers"), "plan.purchase".to_owned()),
        Kind::Transformers => ("deliveries of transformers".to_owned(), String::new()),
        Kind::LoanToValue => {
            ("the loan is small against what was built".to_owned(), "plan.debt.loan_to_value".to_owned())
        }
        Kind::Coverage => ("income covers the interest".to_owned(), "plan.debt.coverage".to_owned()),
        other => (format!("{other:?} of `{of}`"), String::new()),
    };
    (text, path)
}

/// Limits of one kind in quarters that follow one another are one: the first of them, and the last quarter.
fn spans(limits: &[Limit]) -> Vec<(Limit, Option<u16>)> {
    let mut sorted = limits.to_vec();
    sorted.sort_by_key(|limit| (limit.kind, limit.of, limit.scenario, limit.period));
    let mut spans: Vec<(Limit, Option<u16>)> = Vec::new();
    for limit in sorted {
        match spans.last_mut() {
            Some((first, last))
                if Limit { period: limit.period, ..*first } == limit
                    && last.zip(limit.period).is_some_and(|(last, now)| last + 1 == now) =>
            {
                *last = limit.period;
            }
            _ => spans.push((limit, limit.period)),
        }
    }
    spans
}

/// Says which limits contradict each other, none of which can be left out.
pub fn tell(
    limits: &[Limit],
    instance: &Instance,
    world: &World,
    printer: &mut Printer,
) -> Result<(), Failure> {
    let mut said: Vec<(String, Option<String>)> = Vec::new();
    for (limit, last) in spans(limits) {
        let (text, path) = words(limit.kind, limit.subject(instance).unwrap_or_default(), instance);
        let name = |t: u16| instance.periods.get(usize::from(t)).map_or("", |period| &period.name);
        let when = match limit.period.zip(last) {
            Some((first, last)) if first < last => format!(", {} to {}", name(first), name(last)),
            Some((only, _)) => format!(", {}", name(only)),
            None => String::new(),
        };
        let future = limit.scenario.filter(|_| instance.scenarios.len() > 1);
        let future = future.and_then(|s| instance.scenarios.get(usize::from(s)));
        let future = future.map_or_else(String::new, |future| format!(", if `{}` comes", future.name));
        let place = world.figures.iter().find(|figure| !path.is_empty() && figure.path.starts_with(&path));
        said.push((format!("{text}{when}{future}"), place.map(|figure| figure.place.clone())));
    }
    if printer.json() {
        let limits: Vec<_> =
            said.iter().map(|(text, place)| json!({ "limit": text, "place": place })).collect();
        return printer.document(&json!({ "ok": false, "infeasible": limits }));
    }
    printer.error("there is no plan: these limits contradict each other", None);
    for (text, place) in &said {
        let place = place.as_ref().map_or_else(String::new, |place| format!("  ({place})"));
        printer.data(&format!("  {text}{place}\n"))?;
    }
    printer.data("none of them can be left out of this contradiction: loosen one of them; there may be others behind it\n")
}
