//! From sections to the world: names become indices, what contradicts is refused.

mod agreements;
mod books;
mod buildout;
mod capital;
mod emergency;
mod energy;
mod failures;
mod nodes;
pub mod partners;
mod plan;
mod plan_agreed;
mod remarks;
mod service;
mod sites;
mod workloads;

use crate::InputFile;
use crate::choices::BackfillName;
use crate::context::Cx;
use crate::keys::{EDITION, ExpectText, HorizonText, LinkText, PolicyText, ScenarioText, TenantText};
use crate::language::{Field, Given, Map, listed, meant};
use crate::rules;
use crate::tree::Mark;
use crate::world::agreements::{Agreement, Offer};
use crate::world::{Backfill, Block, BuildOut, Expectation, Link, Policy, Site, Tenant, World};
use base::id::{SiteId, SystemId, TenantId};
use base::{Diagnostic, SimTime};
use std::collections::BTreeSet;

/// Builds the world, or as much of it as can be checked; errors are in `cx`.
pub fn world(mut text: ScenarioText, cx: &mut Cx<'_>, files: &mut Vec<InputFile>) -> Option<World> {
    check_edition(&text.edition, cx);
    // Without a horizon the rest is checked against all of time.
    let always = (SimTime(i64::MIN / 2), SimTime(i64::MAX / 2));
    let (start, end) = horizon(text.horizon.0.as_ref(), cx).unwrap_or(always);
    let tenants = tenants(&text, cx);
    let mut places = sites::build(&text, start, cx, files);
    let site_names: Vec<&str> = text.site.0.iter().map(|(name, _)| name.value.as_str()).collect();
    let links = links(&text.link.0, &site_names, cx);
    let names = workloads::Names {
        tenants: tenants.iter().map(|tenant| tenant.key.as_str()).collect(),
        sites: site_names,
        start,
        end,
        fails: !text.failure.0.is_empty(),
    };
    // What is only planned has no work of its own.
    let works = !text.service.0.is_empty() || text.plan.0.is_some();
    let workloads = workloads::build(&text.workload, &names, works, &mut places, cx);
    let accelerators = places.accelerators();
    let (systems, mut blocks, later) = places.resolve(&accelerators, cx)?;
    let sites = std::mem::take(&mut places.sites);
    let seed = text.seed.as_ref().map_or(1, |seed| seed.value.0);
    let ground =
        buildout::Ground { start, end, seed, systems: &systems, sites: &sites, later: &later, text: &text };
    let buildout = buildout::build(&ground, &mut blocks, cx);
    let failures = failures::build(&text, &systems, cx);
    let workloads: Vec<_> = workloads.into_iter().map(|draft| draft.resolve(&accelerators)).collect();
    let parts = energy::Parts {
        sites: &sites,
        blocks: &blocks,
        systems: &systems,
        accelerators: &accelerators,
        workloads: &workloads,
        run: (start, end),
    };
    let mut energy = energy::build(&text, &parts, cx);
    let (agreements, offers) = agreed(&mut text, start, (&sites, &blocks), cx);
    emergency::share(&text.emergency.0, &agreements, &sites, (start, end), energy.as_mut(), cx);
    let names = books::Names {
        partners: text.partner.0.iter().map(|(name, _)| name.value.as_str()).collect(),
        tenants: tenants.iter().map(|tenant| tenant.key.as_str()).collect(),
        sites: text.site.0.iter().map(|(name, _)| name.value.as_str()).collect(),
        accelerators: accelerators.iter().map(String::as_str).collect(),
    };
    let books = books::build(&text, &names, cx);
    let (regions, shares) = service::regions(&text, &sites, cx);
    let mut standing = vec![BTreeSet::<SystemId>::new(); sites.len()];
    for block in &blocks {
        standing[block.site.index()].extend(block.equipment.iter().map(|(system, _)| *system));
    }
    for (block, plan) in blocks.iter().zip(buildout.iter().flat_map(|plan| &plan.blocks)) {
        let later = plan.reequip.iter().flat_map(|later| &later.equipment);
        standing[block.site.index()].extend(later.map(|(system, _)| *system));
    }
    let known = service::Known {
        start,
        end,
        partners: text.partner.0.iter().map(|(name, _)| name.value.as_str()).collect(),
        tenants: &tenants,
        sites: &sites,
        systems: &systems,
        accelerators: &accelerators,
        standing,
    };
    let services = service::services(&text, (&regions, &shares), &known, cx);
    let planning = plan::build(&text, start, &agreements, cx);
    let expectations = text.expect.0.iter().filter_map(|row| expectation(row, cx)).collect();
    let (mut figures, mut choices) = (cx.take_figures(), cx.take_choices());
    let bearing = Bearing {
        systems: systems
            .iter()
            .map(|system| system.key.as_str())
            .chain(planning.iter().flat_map(|plan| &plan.hardware).map(|hardware| hardware.key.as_str()))
            .collect(),
        accelerators: &accelerators,
        surfaces: service::used_surfaces(&services),
    };
    figures.retain(|figure| bearing.bears(&figure.path));
    choices.retain(|choice| bearing.bears(&choice.path));
    let world = World {
        name: text.name.as_ref().map_or(String::new(), |name| name.value.clone()),
        description: text.description.as_ref().map_or(String::new(), |text| text.value.clone()),
        build_out: text.build_out.as_ref().map_or(BuildOut::default(), |given| given.value),
        seed,
        start,
        end,
        accelerators,
        systems,
        sites,
        blocks,
        links,
        partners: partners::build(&text.partner),
        buildout,
        agreements,
        offers,
        tenants,
        workloads,
        failures,
        books,
        energy,
        regions,
        services,
        planning,
        policy: policy(text.policy.0.as_ref(), cx),
        expectations,
        figures,
        choices,
    };
    if !cx.has_errors() {
        let mut unused = places.unused();
        // What a plan can buy is of use.
        unused.retain(|(key, _)| {
            world.planning.iter().flat_map(|plan| &plan.hardware).all(|hardware| hardware.key != *key)
        });
        remarks::remark(&world, &remarks::Marks::of(&text, &places.block_marks), &unused, cx);
    }
    Some(world)
}

/// Agreements and the offers that they take hold of.
fn agreed(
    text: &mut ScenarioText,
    start: SimTime,
    blocks: (&[Site], &[Block]),
    cx: &mut Cx<'_>,
) -> (Vec<Agreement>, Vec<Offer>) {
    let sections = std::mem::replace(&mut text.agreement, Map(Vec::new()));
    let names = agreements::Names::of(&text.partner, &text.site, &sections, start);
    let offers = agreements::build_offers(&text.offer, &names, blocks, cx);
    (agreements::build(sections, &names, &offers, blocks, cx), offers)
}

fn check_edition(edition: &Field<crate::scalar::Code>, cx: &mut Cx<'_>) {
    if let Some(given) = edition
        && given.value.0 != EDITION
    {
        let message = format!("edition {} is unknown to this version", given.value.0);
        cx.error(given.mark, rules::EDITION, message, format!("write `edition = {EDITION}`"));
    }
}

/// The position of a name among the known ones; what is unknown is reported.
fn find<'n>(
    cx: &mut Cx<'_>,
    given: &Given<String>,
    what: &str,
    known: impl Iterator<Item = &'n str> + Clone,
) -> Option<usize> {
    let found = known.clone().position(|name| name == given.value);
    if found.is_none() {
        dangling(cx, given, what, known, None);
    }
    found
}

fn dangling<'n>(
    cx: &mut Cx<'_>,
    given: &Given<String>,
    what: &str,
    known: impl Iterator<Item = &'n str> + Clone,
    advice: Option<String>,
) {
    // A file that could not be read may have had it, or a heading that was misspelt.
    if !cx.complete || cx.is_misspelt(crate::load::NOWHERE, what) {
        return;
    }
    let hint = meant(&given.value, known.clone(), || {
        advice.unwrap_or_else(|| match known.clone().next() {
            Some(_) => format!("known: {}", listed(known.take(12))),
            None => format!("there is no {what} in this scenario: add `[{what}.{}]`", given.value),
        })
    });
    let message = format!("there is no {what} `{}`", given.value);
    let diagnostic = Diagnostic::error(rules::DANGLING, message).with_value(&given.value).with_hint(hint);
    cx.report(given.mark, diagnostic);
}

fn horizon(text: Option<&HorizonText>, cx: &mut Cx<'_>) -> Option<(SimTime, SimTime)> {
    let text = text?;
    let start = text.start.as_ref()?;
    let by_length = text.length.as_ref().map(|length| start.value.saturating_add(length.value));
    let end = match (&text.end, by_length) {
        (Some(end), None) => end.value,
        (Some(end), Some(sum)) if sum == end.value => sum,
        (Some(end), Some(sum)) => {
            let length = text.length.as_ref().map_or(end.mark, |length| length.mark);
            let message = format!("`start` and `length` give an end at {sum}, not at {}", end.value);
            let diagnostic = Diagnostic::error(rules::DATES, message)
                .with_hint("keep `end` or `length`")
                .with_related(cx.texts.place(end.mark), "the end is given here");
            cx.report(length, diagnostic);
            end.value
        }
        (None, Some(sum)) => sum,
        (None, None) => {
            let message = "`[horizon]` needs `end` or `length`".to_string();
            cx.lack(text.mark, rules::MISSING_KEY, message, "write `length = \"6 weeks\"`");
            return None;
        }
    };
    if end == SimTime::NEVER {
        let mark = text.length.as_ref().map_or(text.mark, |length| length.mark);
        let message = "the run ends after the year 2262".to_string();
        cx.error(mark, rules::OUT_OF_RANGE, message, "write a shorter `length`");
        return None;
    }
    if end <= start.value {
        let mark = text.end.as_ref().map_or(text.mark, |end| end.mark);
        let message = format!("the run ends at {end}, which is not after its start");
        let diagnostic = Diagnostic::error(rules::DATES, message)
            .with_hint("write an `end` after `start`")
            .with_related(cx.texts.place(start.mark), "it starts here");
        cx.report(mark, diagnostic);
        return None;
    }
    Some((start.value, end))
}

fn tenants(text: &ScenarioText, cx: &mut Cx<'_>) -> Vec<Tenant> {
    let partners = &text.partner;
    let mut tenant = |(name, text): &(Given<String>, TenantText)| Tenant {
        key: name.value.clone(),
        partner: partners::named(&text.partner, partners, cx),
        weight: text.weight.as_ref().map_or(1.0, |weight| weight.value),
        priority: text.priority.as_ref().map_or(0, |priority| priority.value),
        quota_gpus: text.quota_gpus.as_ref().map(|quota| quota.value),
    };
    let mut tenants: Vec<Tenant> = text.tenant.0.iter().map(&mut tenant).collect();
    if tenants.is_empty() {
        tenants.push(Tenant {
            key: "default".into(),
            weight: 1.0,
            priority: 0,
            quota_gpus: None,
            partner: None,
        });
    }
    tenants
}

/// The tenant of a workload that names none: the only one there is.
fn only_tenant(tenants: &[&str], mark: Mark, cx: &mut Cx<'_>) -> TenantId {
    if tenants.len() > 1 && cx.complete {
        let message = "`tenant` is missing, and there is more than one".to_string();
        let hint = format!("write `tenant = \"{}\"`", tenants[0]);
        cx.error(mark, rules::MISSING_KEY, message, hint);
    }
    TenantId(0)
}

fn links(rows: &[LinkText], sites: &[&str], cx: &mut Cx<'_>) -> Vec<Link> {
    let mut links = Vec::new();
    let mut pairs = BTreeSet::new();
    for row in rows {
        let Some(between) = &row.between.0 else { continue };
        let ends: Vec<Option<usize>> =
            between.value.iter().map(|name| find(cx, name, "site", sites.iter().copied())).collect();
        let [first, second] = ends.as_slice() else {
            let message = format!("a link joins two sites, and this one names {}", between.value.len());
            cx.error(between.mark, rules::OUT_OF_RANGE, message, "write `between = [\"a\", \"b\"]`");
            continue;
        };
        let (Some(first), Some(second)) = (first, second) else { continue };
        if first == second {
            let message = "a link joins a site to itself".to_string();
            cx.error(between.mark, rules::NAMED_TWICE, message, "name two different sites");
            continue;
        }
        let pair = (*first.min(second), *first.max(second));
        if !pairs.insert(pair) {
            let message = format!("`{}` and `{}` are linked twice", sites[pair.0], sites[pair.1]);
            cx.error(between.mark, rules::NAMED_TWICE, message, "keep one of the links");
            continue;
        }
        if let (Some(round_trip), Some(gbit)) = (&row.round_trip, &row.gbit_per_s) {
            let ends = [SiteId::new(pair.0), SiteId::new(pair.1)];
            links.push(Link { ends, round_trip: round_trip.value, gbit_per_s: gbit.value });
        }
    }
    links.sort_by_key(|link| link.ends);
    links
}

fn policy(text: Option<&PolicyText>, cx: &mut Cx<'_>) -> Policy {
    let mut policy = Policy::default();
    let Some(text) = text else { return policy };
    let depth = text.backfill_depth.as_ref().map(|depth| depth.value);
    if let Some(choice) = &text.site_choice {
        policy.site_choice = choice.value;
    }
    if let Some(order) = &text.order {
        policy.order = order.value;
    }
    if let Some(backfill) = &text.backfill {
        policy.backfill = match backfill.value {
            BackfillName::None => Backfill::None,
            BackfillName::Easy => Backfill::Easy { depth },
            BackfillName::Conservative => Backfill::Conservative { depth },
        };
    }
    if let (Backfill::None, Some(depth)) = (policy.backfill, &text.backfill_depth) {
        let message = "`backfill_depth` without a backfill: no job overtakes another".to_string();
        cx.warn(depth.mark, rules::EXCLUDED, message, "leave it out, or name a `backfill`");
    }
    if let Some(preemption) = &text.preemption {
        policy.preemption = preemption.value;
    }
    if let Some(placement) = &text.placement {
        policy.placement = placement.value;
    }
    policy
}

fn expectation(row: &ExpectText, cx: &mut Cx<'_>) -> Option<Expectation> {
    let metric = row.metric.as_ref()?;
    let bound = |field: &Field<f64>| field.as_ref().map(|given| given.value);
    let (at_least, at_most) = (bound(&row.at_least), bound(&row.at_most));
    match (at_least, at_most) {
        (None, None) if cx.is_spoiled(row.mark) => {}
        (None, None) => {
            let message = format!("nothing is expected of `{}`", metric.value);
            cx.error(metric.mark, rules::EXPECTATION, message, "write `at_least = 0.5` or `at_most = 0.9`");
        }
        (Some(least), Some(most)) if least > most => {
            let message = format!("`{}` cannot be at least {least} and at most {most}", metric.value);
            let mark = row.at_most.as_ref().map_or(metric.mark, |given| given.mark);
            cx.error(mark, rules::EXPECTATION, message, "swap the two numbers");
        }
        _ => {}
    }
    let place = cx.texts.short(metric.mark);
    Some(Expectation { metric: metric.value.clone(), at_least, at_most, place })
}

/// What stands or is used, by name.
struct Bearing<'w> {
    systems: BTreeSet<&'w str>,
    accelerators: &'w [String],
    surfaces: BTreeSet<String>,
}

impl Bearing<'_> {
    /// Whether what stands at a path bears on anything: systems and accelerators that no block holds, and surfaces that no
    /// service uses, do not.
    fn bears(&self, path: &str) -> bool {
        let mut parts = path.split('.');
        match (parts.next(), parts.next()) {
            (Some("system"), Some(name)) => self.systems.contains(name),
            (Some("accelerator"), Some(name)) => self.accelerators.iter().any(|known| known == name),
            (Some("surface"), Some(name)) => self.surfaces.contains(name),
            _ => true,
        }
    }
}
