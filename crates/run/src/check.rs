//! What a scenario asks of the results, checked before the run.

use crate::rules;
use base::{Diagnostic, Diagnostics, Place, closest};
use scenario::World;
use scenario::world::Expectation;
use tables::Summary;

/// Finds expectations about results that no run of this world has.
pub fn check(world: &World) -> Diagnostics {
    Diagnostics(world.expectations.iter().filter_map(|expectation| unknown(world, expectation)).collect())
}

fn unknown(world: &World, expectation: &Expectation) -> Option<Diagnostic> {
    let name = expectation.metric.as_str();
    let (prefix, metric) = name.rsplit_once('.').unwrap_or(("network", name));
    let of_tenant = prefix.starts_with("tenant.");
    let mut prefixes = vec!["network".to_owned()];
    prefixes.extend(world.sites.iter().map(|site| format!("site.{}", site.key)));
    prefixes.extend(world.services.iter().map(|service| format!("service.{}", service.key)));
    prefixes.extend(world.tenants.iter().map(|tenant| format!("tenant.{}", tenant.key)));
    let metrics = || {
        let all = Summary::metrics().filter(|def| def.of_tenants || !of_tenant).map(|def| def.name);
        all.filter(|name| world.books.is_some() || !Summary::is_of_books(name))
            .filter(|name| world.buildout.is_some() || !Summary::is_of_building(name))
            .filter(|name| !world.services.is_empty() || !Summary::is_of_services(name))
    };

    let (message, near) = if !prefixes.iter().any(|known| known == prefix) {
        let near = closest(prefix, prefixes.iter().map(String::as_str));
        let near = near.map(|near| format!("{near}.{metric}"));
        (format!("no results are called `{prefix}`"), near)
    } else if !metrics().any(|known| known == metric) {
        let near = closest(metric, metrics()).map(|near| match name.rsplit_once('.') {
            Some((prefix, _)) => format!("{prefix}.{near}"),
            None => near.to_owned(),
        });
        (format!("no result is called `{metric}`"), near)
    } else {
        return None;
    };
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of {}", metrics().collect::<Vec<_>>().join(", ")),
    };
    let wrong = Diagnostic::error(rules::UNKNOWN_METRIC, message)
        .with_field("expect.metric")
        .with_value(format!("`{name}`"))
        .with_hint(hint);
    Some(match place(&expectation.place) {
        Some(place) => wrong.with_place(place),
        None => wrong,
    })
}

/// `file:line` as a place, with its text if the file is there.
fn place(text: &str) -> Option<Place> {
    let (file, line) = text.rsplit_once(':')?;
    let line: u64 = line.parse().ok()?;
    let index = usize::try_from(line.checked_sub(1)?).ok()?;
    let source = std::fs::read_to_string(file).unwrap_or_default();
    Some(Place::line(file, line, source.lines().nth(index).unwrap_or_default()))
}
