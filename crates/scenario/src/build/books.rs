//! Books, prices and running costs.

use super::find;
use super::sites::value;
use crate::context::Cx;
use crate::keys::ScenarioText;
use crate::keys::books::{BooksText, CostText, TariffText};
use crate::language::{Field, Given, List};
use crate::rules;
use crate::world::books::{BlockPrices, Books, Lives, RunningCost, Tariff};
use base::id::{AcceleratorId, PartnerId, SiteId, TenantId};
use base::{Diagnostic, Money, SimTime, Span};

/// The names that prices can refer to.
pub struct Names<'a> {
    /// Partners by their numbers.
    pub partners: Vec<&'a str>,
    /// Tenants by their numbers.
    pub tenants: Vec<&'a str>,
    /// Sites by their numbers.
    pub sites: Vec<&'a str>,
    /// Accelerator models by their numbers.
    pub accelerators: Vec<&'a str>,
}

/// The books, if the scenario keeps any.
pub fn build(text: &ScenarioText, names: &Names<'_>, cx: &mut Cx<'_>) -> Option<Books> {
    let tariffs: Vec<Tariff> =
        text.tariff.0.iter().filter_map(|(name, line)| tariff(name, line, text, names, cx)).collect();
    let costs = text.cost.0.iter().map(|(name, line)| cost(name, line, names, cx)).collect();
    let Some(books) = &text.books.0 else {
        let lines =
            text.tariff.0.iter().map(|(name, _)| name).chain(text.cost.0.iter().map(|(name, _)| name));
        for name in lines {
            let message = format!("`{}` is a price, and there are no books", name.value);
            cx.warn(name.mark, rules::PRICE_WITHOUT_BOOKS, message, "add `[books]`, or leave it out");
        }
        return None;
    };
    priced_twice(text, books, cx);
    let outside =
        ids(&books.outside, "partner", &names.partners, cx).into_iter().map(PartnerId::new).collect();
    Some(Books { outside, ..of(books, tariffs, costs) })
}

/// Where tranches pay for what is built, what was spent is posted: a price of a block would count it a second time.
fn priced_twice(text: &ScenarioText, books: &BooksText, cx: &mut Cx<'_>) {
    if text.tranche.0.is_empty() {
        return;
    }
    let prices = [
        ("land_usd_per_mw", &books.land_usd_per_mw),
        ("shell_usd_per_mw", &books.shell_usd_per_mw),
        ("power_usd_per_mw", &books.power_usd_per_mw),
        ("cooling_usd_per_mw", &books.cooling_usd_per_mw),
        ("network_usd_per_mw", &books.network_usd_per_mw),
    ];
    for (key, given) in prices {
        if let Some(given) = given.as_ref().filter(|given| given.value > 0.0) {
            let message = format!("`{key}` prices what the tranches already pay for");
            let hint = format!("leave it out, or give `{key}` in `[construction.NAME]`");
            cx.error(given.mark, rules::EXCLUDED, message, &hint);
        }
    }
}

fn of(text: &BooksText, tariffs: Vec<Tariff>, costs: Vec<RunningCost>) -> Books {
    let life = |field: &Field<f64>| span_of_years(value(field).unwrap_or(1.0));
    Books {
        operator: text.operator.as_ref().map_or_else(String::new, |operator| operator.value.clone()),
        outside: Vec::new(),
        tax_rate: millionths(&text.tax_rate),
        loss_offset_share: millionths(&text.loss_offset_share),
        payment_terms: text.payment_terms.as_ref().map_or(Span::ZERO, |terms| terms.value),
        supplier_terms: text.supplier_terms.as_ref().map_or(Span::ZERO, |terms| terms.value),
        discount_rate: value(&text.discount_rate).unwrap_or(0.0),
        opening_cash: usd(&text.opening_cash_usd),
        lives: Lives {
            shell: life(&text.shell_life_years),
            power: life(&text.power_life_years),
            cooling: life(&text.cooling_life_years),
            network: life(&text.network_life_years),
            systems: life(&text.systems_life_years),
        },
        block_per_mw: BlockPrices {
            land: usd(&text.land_usd_per_mw),
            shell: usd(&text.shell_usd_per_mw),
            power: usd(&text.power_usd_per_mw),
            cooling: usd(&text.cooling_usd_per_mw),
            network: usd(&text.network_usd_per_mw),
        },
        year_ends: text.year_ends.as_ref().map_or(12, |month| month.value.0 as u8),
        tariffs,
        costs,
    }
}

fn tariff(
    name: &Given<String>,
    text: &TariffText,
    scenario: &ScenarioText,
    names: &Names<'_>,
    cx: &mut Cx<'_>,
) -> Option<Tariff> {
    let price = |field: &Field<f64>| field.as_ref().map(|_| usd(field));
    let (gpu_hour, input, output) = (
        price(&text.usd_per_gpu_hour),
        price(&text.usd_per_million_input_tokens),
        price(&text.usd_per_million_output_tokens),
    );
    if gpu_hour.is_none() && input.is_none() && output.is_none() && !cx.is_spoiled(text.mark) {
        let message = format!("`{}` has no price", name.value);
        cx.error(name.mark, rules::NO_PRICE, message, "write `usd_per_gpu_hour = 2.5`");
    }
    if let (Some(from), Some(until)) = (&text.from, &text.until)
        && until.value <= from.value
    {
        let message = format!("the prices of `{}` end before they begin", name.value);
        let diagnostic = Diagnostic::error(rules::DATES, message)
            .with_hint("write an `until` after `from`")
            .with_related(cx.texts.place(from.mark), "they begin here");
        cx.report(until.mark, diagnostic);
    }
    let accelerators = models(&text.accelerators, scenario, names, cx);
    // A line for models that stand nowhere prices nothing.
    let nowhere = accelerators.is_empty() && is_given(&text.accelerators);
    (!nowhere).then(|| Tariff {
        key: name.value.clone(),
        tenants: ids(&text.tenants, "tenant", &names.tenants, cx).into_iter().map(TenantId::new).collect(),
        accelerators,
        sites: ids(&text.sites, "site", &names.sites, cx).into_iter().map(SiteId::new).collect(),
        services: given(&text.services).map(|service| service.value.clone()).collect(),
        from: text.from.as_ref().map_or(SimTime(i64::MIN), |from| from.value),
        until: text.until.as_ref().map_or(SimTime::NEVER, |until| until.value),
        gpu_hour,
        million_input_tokens: input,
        million_output_tokens: output,
    })
}

/// The models that are named and stand somewhere; those that no system carries are reported.
fn models(
    list: &List<String>,
    scenario: &ScenarioText,
    names: &Names<'_>,
    cx: &mut Cx<'_>,
) -> Vec<AcceleratorId> {
    let systems = scenario.system.0.iter().filter_map(|(_, system)| system.accelerator.as_ref());
    let declared = scenario.accelerator.0.iter().map(|(name, _)| name.value.as_str());
    let mut known: Vec<&str> = systems.map(|model| model.value.as_str()).chain(declared).collect();
    known.extend(&names.accelerators);
    known.sort_unstable();
    known.dedup();
    let mut found = Vec::new();
    for name in given(list) {
        if find(cx, name, "accelerator", known.iter().copied()).is_some() {
            found.extend(names.accelerators.iter().position(|model| *model == name.value));
        }
    }
    found.into_iter().map(AcceleratorId::new).collect()
}

fn cost(name: &Given<String>, text: &CostText, names: &Names<'_>, cx: &mut Cx<'_>) -> RunningCost {
    RunningCost {
        key: name.value.clone(),
        sites: ids(&text.sites, "site", &names.sites, cx).into_iter().map(SiteId::new).collect(),
        staff_year: usd(&text.staff_usd_per_year),
        staff_mw_year: usd(&text.staff_usd_per_mw_year),
        maintenance_share: value(&text.maintenance_share).unwrap_or(0.0),
        overhead_year: usd(&text.overhead_usd_per_year),
    }
}

fn given(list: &List<String>) -> impl Iterator<Item = &Given<String>> {
    list.0.iter().flat_map(|list| &list.value)
}

fn is_given(list: &List<String>) -> bool {
    given(list).next().is_some()
}

fn ids(list: &List<String>, what: &str, known: &[&str], cx: &mut Cx<'_>) -> Vec<usize> {
    given(list).filter_map(|name| find(cx, name, what, known.iter().copied())).collect()
}

/// The bounds of the keys keep amounts inside the range of money.
fn usd(field: &Field<f64>) -> Money {
    value(field).and_then(Money::from_usd).unwrap_or(Money::ZERO)
}

fn millionths(field: &Field<f64>) -> u32 {
    (value(field).unwrap_or(0.0) * 1e6).round() as u32
}

fn span_of_years(years: f64) -> Span {
    Span::from_seconds_f64(years * 365.25 * 86_400.0).unwrap_or(Span::FOREVER)
}
