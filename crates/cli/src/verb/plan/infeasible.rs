//! Why there is no plan, in the words of the scenario.

use crate::failure::Failure;
use crate::printer::Printer;
use ::plan::instance::Instance;
use ::plan::limit::{Kind, Limit};
use scenario::World;
use serde_json::json;

/// What a limit says, and the key of the scenario that sets it.
fn words(kind: Kind, of: &str) -> (String, String) {
    let (text, path) = match kind {
        Kind::Capital => ("no more is spent than there is".to_owned(), "plan.usd_per_quarter".to_owned()),
        Kind::Demand => (format!("the demand `{of}` is served"), "plan.demand".to_owned()),
        Kind::Due => (
            format!("the blocks of `{of}` under contract stand in time"),
            format!("candidate.{of}.committed"),
        ),
        Kind::Labour => (format!("builders of `{of}`"), "plan.labour".to_owned()),
        Kind::SystemSupply => (format!("deliveries of `{of}`"), "supply".to_owned()),
        Kind::GeneratorSupply => (format!("deliveries of `{of}`"), format!("generator.{of}.supply_mw")),
        Kind::CarbonCap => ("the cap on carbon dioxide".to_owned(), "plan.carbon_cap_t".to_owned()),
        Kind::FirmPower => (format!("power of `{of}` in the worst hour"), format!("candidate.{of}")),
        other => (format!("{other:?} of `{of}`"), String::new()),
    };
    (text, path)
}

/// Says which limits contradict each other, none of which can be left out.
pub fn tell(
    limits: &[Limit],
    instance: &Instance,
    world: &World,
    printer: &mut Printer,
) -> Result<(), Failure> {
    let mut said: Vec<(String, Option<String>)> = Vec::new();
    for limit in limits {
        let (text, path) = words(limit.kind, limit.subject(instance).unwrap_or_default());
        let when = limit.period.and_then(|t| instance.periods.get(usize::from(t)));
        let future = limit.scenario.filter(|_| instance.scenarios.len() > 1);
        let future = future.and_then(|s| instance.scenarios.get(usize::from(s)));
        let when = when.map_or_else(String::new, |period| format!(", {}", period.name));
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
    printer.data("without any one of them there would be a plan\n")
}
