//! Who pays: tranches, their conditions, and whether they will do.

use super::buildout::Ground;
use super::sites::value;
use super::{find, partners};
use crate::choices::{CallName, InterestName};
use crate::context::Cx;
use crate::keys::{AgreementText, LadderText, TrancheText};
use crate::language::{Given, Map, listed};
use crate::rules;
use crate::tree::Mark;
use base::id::{AgreementId, BlockId, PartnerId, SiteId};
use base::{Diagnostic, ItPower, Money, SimTime};
use buildout::plan::{Capital, Condition, Plan, Stage, Tranche};
use buildout::{Instrument, Milestone};

/// The capital of the scenario; `None` without any tranche.
pub fn build(ground: &Ground<'_>, plan: &Plan, cx: &mut Cx<'_>) -> Option<Capital> {
    let text = ground.text;
    let tranches: Vec<Option<Tranche>> =
        text.tranche.0.iter().map(|(name, text)| tranche(name, text, ground, plan, cx)).collect();
    let how = text.capital.0.as_ref();
    if text.tranche.0.is_empty() {
        return None;
    }
    Some(Capital {
        tranches: tranches.into_iter().flatten().collect(),
        funding: how.and_then(|how| value(&how.funding)).unwrap_or_default(),
        waiting: how.and_then(|how| value(&how.waiting)).unwrap_or_default(),
        accrual: how.and_then(|how| value(&how.accrual)).unwrap_or_default(),
    })
}

fn tranche(
    name: &Given<String>,
    text: &TrancheText,
    ground: &Ground<'_>,
    plan: &Plan,
    cx: &mut Cx<'_>,
) -> Option<Tranche> {
    let partner = partners::named(&text.partner, &ground.text.partner, cx);
    let from = value(&text.from).unwrap_or(ground.start);
    if let Some(until) = &text.until
        && until.value <= from
    {
        let message = format!("it can be called until {}, and only from {from}", until.value);
        cx.error(until.mark, rules::DATES, message, "write a later `until`");
    }
    let sites = sites(text, ground, cx);
    let mut conditions = Vec::new();
    for given in text.after.0.iter().flat_map(|list| &list.value) {
        conditions.extend(milestone(given, plan, cx));
    }
    for given in text.after_rungs.0.iter().flat_map(|list| &list.value) {
        conditions.extend(rung(given, &ground.text.agreement, cx));
    }
    conditions.extend(
        value(&text.after_energised_mw).map(|mw| Condition::Energised(ItPower::from_mw(mw), sites.clone())),
    );
    conditions.extend(
        value(&text.after_energised_share).map(|share| Condition::EnergisedShare(share, sites.clone())),
    );
    let (instrument, rate) = (value(&text.instrument)?, value(&text.rate_per_year).unwrap_or(0.0));
    if let (Instrument::Equity, Some(given)) =
        (instrument, text.rate_per_year.as_ref().filter(|_| rate > 0.0))
    {
        let message = format!("`{}` is equity, and bears no interest", name.value);
        cx.error(
            given.mark,
            rules::EQUITY_INTEREST,
            message,
            "leave it out, or write `instrument = \"debt\"`",
        );
    }
    Some(Tranche {
        key: name.value.clone(),
        partner: partner.unwrap_or(PartnerId(0)),
        instrument,
        amount: Money::from_usd(value(&text.amount_usd)?)?,
        from,
        until: value(&text.until),
        conditions,
        sites,
        purposes: text.uses.0.iter().flat_map(|list| &list.value).map(|given| given.value).collect(),
        at_once: matches!(value(&text.call), Some(CallName::AtOnce)),
        lot: value(&text.lot_usd).and_then(Money::from_usd).unwrap_or(Money::ZERO),
        rate_ppb: (rate * 1e9).round() as u64,
        day_count: value(&text.day_count).unwrap_or_default(),
        pays_interest: matches!(value(&text.interest), Some(InterestName::Paid)),
    })
}

fn sites(text: &TrancheText, ground: &Ground<'_>, cx: &mut Cx<'_>) -> Vec<SiteId> {
    let known = || ground.text.site.0.iter().map(|(name, _)| name.value.as_str());
    let named = text.sites.0.iter().flat_map(|list| &list.value);
    let mut sites: Vec<SiteId> =
        named.filter_map(|given| find(cx, given, "site", known())).map(SiteId::new).collect();
    sites.sort_unstable();
    sites.dedup();
    sites
}

/// `site.block.milestone` or `site.milestone`.
fn milestone(given: &Given<String>, plan: &Plan, cx: &mut Cx<'_>) -> Option<Condition> {
    let parts: Vec<&str> = given.value.split('.').collect();
    let (&site, block, &word) = match parts.as_slice() {
        [site, word] => (site, None, word),
        [site, block, word] => (site, Some(*block), word),
        _ => {
            let hint = "write `site.block.milestone`, or `site.milestone`";
            return nothing(given, "it is no name of a milestone".to_string(), hint.to_string(), cx);
        }
    };
    let Some(at) = plan.sites.iter().position(|known| known.key == site) else {
        let known = listed(plan.sites.iter().map(|site| site.key.as_str()).take(12));
        return nothing(given, format!("there is no site `{site}`"), format!("known: {known}"), cx);
    };
    let site_id = SiteId::new(at);
    let (stages, index): (&[Stage], _) = match block {
        None => (&plan.sites[at].stages, None),
        Some(key) => {
            let mut here = plan.blocks.iter().enumerate().filter(|(_, block)| block.site == site_id);
            let Some((index, found)) = here.clone().find(|(_, block)| block.key == key) else {
                let known = listed(here.by_ref().map(|(_, block)| block.key.as_str()).take(12));
                return nothing(
                    given,
                    format!("`{site}` has no block `{key}`"),
                    format!("known: {known}"),
                    cx,
                );
            };
            (&found.stages, Some(BlockId::new(index)))
        }
    };
    match stages.iter().find(|stage| stage.milestone.name() == word) {
        Some(stage) => Some(match index {
            Some(block) => Condition::Block(block, stage.milestone),
            None => Condition::Site(site_id, stage.milestone),
        }),
        None => {
            let known = listed(stages.iter().map(|stage| stage.milestone.name()));
            let (message, hint) = match Milestone::NAMES.contains(&word) {
                true => (format!("it has no date for `{word}`"), format!("it has {known}")),
                false => (
                    format!("there is no milestone `{word}`"),
                    format!("known: {}", listed(Milestone::NAMES)),
                ),
            };
            nothing(given, message, hint, cx)
        }
    }
}

/// `agreement.rung`: a rung of any version of the agreement's ladder.
fn rung(given: &Given<String>, agreements: &Map<AgreementText>, cx: &mut Cx<'_>) -> Option<Condition> {
    let Some((key, name)) = given.value.split_once('.') else {
        let hint = "write `agreement.rung`".to_string();
        return nothing(given, "it is no name of a rung".to_string(), hint, cx);
    };
    let Some(at) = agreements.0.iter().position(|(known, _)| known.value == key) else {
        let known = agreements.0.iter().filter(|(_, text)| ladders(text).next().is_some());
        let known: Vec<&str> = known.map(|(known, _)| known.value.as_str()).take(12).collect();
        let hint = match crate::language::did_you_mean(key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}.{name}`?"),
            None if known.is_empty() => "add `[agreement.NAME.milestone_capital]`".to_string(),
            None => format!("known: {}", listed(known.into_iter())),
        };
        return nothing(given, format!("there is no agreement `{key}`"), hint, cx);
    };
    let rungs: Vec<&str> = ladders(&agreements.0[at].1)
        .flat_map(|ladder| &ladder.rung.0)
        .filter_map(|rung| rung.name.as_ref())
        .map(|name| name.value.as_str())
        .collect();
    if rungs.contains(&name) {
        return Some(Condition::Rung(AgreementId::new(at), name.to_string()));
    }
    let hint = match crate::language::did_you_mean(name, rungs.iter().copied()) {
        Some(near) => format!("did you mean `{key}.{near}`?"),
        None if rungs.is_empty() => "name an agreement with `milestone_capital` or `warrant`".to_string(),
        None => format!("known: {}", listed(rungs.into_iter())),
    };
    nothing(given, format!("`{key}` has no rung `{name}`"), hint, cx)
}

/// The ladders that an agreement is, and is amended to.
fn ladders(text: &AgreementText) -> impl Iterator<Item = &LadderText> {
    let amended = text.version.0.iter().flat_map(|version| [&version.milestone_capital, &version.warrant]);
    [&text.milestone_capital, &text.warrant].into_iter().chain(amended).filter_map(|ladder| ladder.0.as_ref())
}

fn nothing(given: &Given<String>, message: String, hint: String, cx: &mut Cx<'_>) -> Option<Condition> {
    if cx.complete {
        let message = format!("`{}` names nothing: {message}", given.value);
        let diagnostic = Diagnostic::error(rules::CONDITION, message).with_value(&given.value);
        cx.report(given.mark, diagnostic.with_hint(hint));
    }
    None
}

/// Capital that will not do, costs that nobody pays, tranches that never open.
pub fn remark(ground: &Ground<'_>, plan: &Plan, cx: &mut Cx<'_>) {
    let cost = planned_cost(plan);
    let mark = ground.text.tranche.0.first().map_or(ground.text.mark, |(name, _)| name.mark);
    let Some(capital) = &plan.capital else {
        let first = ground.text.construction.0.first().map(|(name, _)| name.mark);
        if let (Some(mark), true) = (first, cost > 0) {
            let message = format!("the plan costs {}, and there is no tranche", billions(cost));
            cx.warn(mark, rules::UNPAID, message, "add `[tranche.NAME]`: without any, money is not counted");
        }
        return;
    };
    let there: i128 = capital.tranches.iter().map(|tranche| i128::from(tranche.amount.0)).sum();
    if there < cost {
        let message =
            format!("the plan costs {}, and all tranches come to {}", billions(cost), billions(there));
        cx.warn(
            mark,
            rules::UNDERFUNDED,
            message,
            "building will stop for want of money: add a tranche, or build less",
        );
    }
    for ((name, text), tranche) in ground.text.tranche.0.iter().zip(&capital.tranches) {
        if tranche.from >= plan.end {
            let mark = text.from.as_ref().map_or(name.mark, |given| given.mark);
            never_opens(&name.value, tranche.from, mark, plan, cx);
        }
    }
}

fn never_opens(name: &str, from: SimTime, mark: Mark, plan: &Plan, cx: &mut Cx<'_>) {
    let message = format!("`{name}` can be called from {from}, after the run");
    cx.warn(mark, rules::NEVER_OPENS, message, format!("the run ends at {}", plan.end));
}

/// What the run has to pay if all goes by its dates, in micro-dollars: building that begins in it, systems that are
/// energised in it, later generations.
fn planned_cost(plan: &Plan) -> i128 {
    let price = |&(system, count): &(base::id::SystemId, u32)| {
        let price = plan.systems[system.index()].price.map_or(0, |price| price.0);
        i128::from(price) * i128::from(count)
    };
    let in_run = |time: SimTime| time >= plan.start && time < plan.end;
    let of_block = |block: &buildout::plan::BlockPlan| -> i128 {
        let building: i128 = block.manner.cost.iter().map(|cost| i128::from(cost.0)).sum();
        let due = block.stages.last().map_or(plan.start, |stage| stage.last().due);
        let first: i128 = block.equipment.iter().map(price).sum();
        let later = block.reequip.iter().filter(|later| in_run(later.date));
        let later: i128 = later.flat_map(|later| &later.equipment).map(price).sum();
        let building = if in_run(block.begun) { building } else { 0 };
        building + if in_run(due) && due > plan.start { first } else { 0 } + later
    };
    plan.blocks.iter().map(of_block).sum()
}

/// Micro-dollars for people: `3.1 B$`.
fn billions(micro: i128) -> String {
    let usd = micro as f64 / 1e6;
    match usd {
        _ if usd >= 1e8 => format!("{:.1} B$", usd / 1e9),
        _ => format!("{:.1} M$", usd / 1e6),
    }
}
