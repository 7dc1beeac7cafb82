//! What can only be seen with several agreements and offers side by side.

use super::Names;
use super::offers::subject;
use crate::context::Cx;
use crate::language::{listed, meant};
use crate::rules;
use crate::tree::Mark;
use crate::world::agreements::{Agreement, BLOCK_ATTRIBUTES, Commitment, Counts, Offer, Terms};
use crate::world::{Block, Site};
use agreement::exclusivity::{Exclusivity, contradictions};
use agreement::predicate::{Predicate, Subject, Value};
use agreement::share::{self, Base};
use base::id::SiteId;
use base::{Diagnostic, SimTime};
use std::collections::BTreeMap;

/// Where the terms of each version of each agreement stand.
#[derive(Default)]
pub struct Marks(BTreeMap<(String, usize), Mark>);

impl Marks {
    /// Notes where the terms of a version stand.
    pub fn note(&mut self, key: &str, version: usize, mark: Mark) {
        self.0.insert((key.to_string(), version), mark);
    }
    fn of(&self, key: &str, version: usize) -> Option<Mark> {
        self.0.get(&(key.to_string(), version)).copied()
    }
}

/// Checks all agreements against each other, the offers and the blocks.
pub fn check(
    agreements: &[Agreement],
    offers: &[Offer],
    names: &Names<'_>,
    places: (&[Site], &[Block]),
    marks: &Marks,
    cx: &mut Cx<'_>,
) {
    exclusivities(agreements, marks, cx);
    shares(agreements, marks, cx);
    scopes(agreements, names, places, marks, cx);
    rights(agreements, offers, marks, cx);
    twice(offers, cx);
    supplies(agreements, places.0, marks, cx);
}

/// Each version of each exclusivity, ended where the next begins.
fn exclusivities(agreements: &[Agreement], marks: &Marks, cx: &mut Cx<'_>) {
    let mut list: Vec<(Exclusivity, base::id::PartnerId, Mark)> = Vec::new();
    for agreement in agreements {
        for (at, version) in agreement.versions.iter().enumerate() {
            let Some(Terms::Exclusivity { promised_by, terms }) = &version.terms else { continue };
            let day = |time: SimTime| agreement.clock.zone.local(time).date();
            let until = agreement.versions.get(at + 1).map(|next| day(next.effective));
            let until = [terms.until, until].into_iter().flatten().min();
            let from = terms.from.max(day(version.effective));
            let Some(mark) = marks.of(&agreement.key, at) else { continue };
            list.push((Exclusivity { from, until, ..terms.clone() }, *promised_by, mark));
        }
    }
    for (i, (first, by, here)) in list.iter().enumerate() {
        for (second, other, mark) in &list[i + 1..] {
            // Two partners may each promise the same of what they buy themselves.
            if by != other || first.id == second.id {
                continue;
            }
            for diagnostic in contradictions(&[first.clone(), second.clone()]).0 {
                cx.report(
                    *mark,
                    diagnostic.with_related(cx.texts.place(*here), "the other promise stands here"),
                );
            }
        }
    }
}

/// Shares of net revenue that are net of each other, in the versions side by side.
fn shares(agreements: &[Agreement], marks: &Marks, cx: &mut Cx<'_>) {
    let depth = agreements.iter().map(|agreement| agreement.versions.len()).max().unwrap_or(0);
    for at in 0..depth {
        let version = |agreement: &Agreement| at.min(agreement.versions.len().saturating_sub(1));
        let mut list: Vec<(String, Vec<String>)> = Vec::new();
        for agreement in agreements {
            let Some(Terms::RevenueShare(share)) =
                agreement.versions.get(version(agreement)).and_then(|version| version.terms.as_ref())
            else {
                continue;
            };
            let net_of = share.net_of.iter().filter(|_| share.terms.base == Base::Net);
            let net_of = net_of.map(|id| agreements[id.index()].key.clone()).collect();
            list.push((agreement.key.clone(), net_of));
        }
        let known: Vec<String> = list.iter().map(|(key, _)| key.clone()).collect();
        for (_, net_of) in &mut list {
            // What has ended in this version takes nothing.
            net_of.retain(|name| known.contains(name));
        }
        if let Err(found) = share::order(&list) {
            let in_circle = agreements.iter().find(|agreement| {
                found.iter().any(|diagnostic| diagnostic.message.contains(&format!("`{}`", agreement.key)))
            });
            let mark = in_circle.and_then(|agreement| marks.of(&agreement.key, version(agreement)));
            for diagnostic in found.0 {
                if let Some(mark) = mark {
                    cx.report(mark, diagnostic);
                }
            }
            return;
        }
    }
}

/// Conditions that name a site, block or partner that is not there, or that hold for no block whatever is offered.
fn scopes(
    agreements: &[Agreement],
    names: &Names<'_>,
    (sites, blocks): (&[Site], &[Block]),
    marks: &Marks,
    cx: &mut Cx<'_>,
) {
    let plain: Vec<Subject> = blocks.iter().map(|block| subject(&sites[block.site.index()], block)).collect();
    let block_names: Vec<String> =
        plain.iter().filter_map(|subject| subject.get("block")).map(Value::to_string).collect();
    let known: [(&str, Vec<&str>); 3] = [
        ("site", names.sites.clone()),
        ("block", block_names.iter().map(String::as_str).collect()),
        ("third", names.partners.clone()),
    ];
    for agreement in agreements {
        for (at, version) in agreement.versions.iter().enumerate() {
            let (scope, carve_out) = match &version.terms {
                Some(Terms::Refusal(refusal)) => (&refusal.right.scope, &refusal.right.carve_out),
                Some(Terms::Exclusivity { terms, .. }) => (&terms.scope, &terms.carve_out),
                _ => continue,
            };
            let Some(section) = marks.of(&agreement.key, at) else { continue };
            for (key, condition) in [("scope", scope), ("carve_out", carve_out)] {
                let Some(fault) = names_nothing(condition, &plain, &known) else { continue };
                let mark = cx.mark_below(section, key).unwrap_or(section);
                let message = format!("`{key}` of `{}` names nothing: {}", agreement.key, fault.0);
                cx.error(mark, rules::NAMES_NOTHING, message, fault.1);
            }
        }
    }
}

/// What of a condition is not there, with what to write instead.
fn names_nothing(
    condition: &Predicate,
    plain: &[Subject],
    known: &[(&str, Vec<&str>)],
) -> Option<(String, String)> {
    let attributes = condition.attributes();
    for (name, words) in known {
        for value in attributes.get(*name).into_iter().flatten() {
            let word = match value {
                Value::Text(word) => word.clone(),
                other => other.to_string(),
            };
            if !words.contains(&word.as_str()) {
                let known = || format!("known: {}", listed(words.iter().copied().take(12)));
                let hint = match whole_name(&word, words) {
                    Some(whole) => format!("write `{whole}`: a {name} is named with its site"),
                    None => meant(&word, words.iter().copied(), known),
                };
                let what = if *name == "third" { "partner" } else { name };
                return Some((format!("there is no {what} `{word}`"), hint));
            }
        }
    }
    let of_blocks =
        !attributes.is_empty() && attributes.keys().all(|name| BLOCK_ATTRIBUTES.contains(&name.as_str()));
    (of_blocks && !plain.is_empty() && !plain.iter().any(|subject| condition.holds(subject))).then(|| {
        let hint = "check the values against the blocks of the scenario";
        (format!("no block is so that `{condition}`"), hint.to_string())
    })
}

/// The known name whose last part is this: `texas.b` for `b`.
pub(super) fn whole_name<'a>(part: &str, known: &[&'a str]) -> Option<&'a str> {
    known.iter().copied().find(|whole| whole.rsplit_once('.').is_some_and(|(_, last)| last == part))
}

/// Offers of which two rights take hold.
fn rights(agreements: &[Agreement], offers: &[Offer], marks: &Marks, cx: &mut Cx<'_>) {
    let mut told: Vec<(Mark, Mark)> = Vec::new();
    for offer in offers {
        let mut holds: Vec<(&str, Mark)> = Vec::new();
        for agreement in agreements {
            let version = agreement.versions.iter().rposition(|version| version.acts_from() <= offer.at);
            let Some(at) = version else { continue };
            let Some(Terms::Refusal(refusal)) = &agreement.versions[at].terms else { continue };
            if takes_hold(refusal, offer)
                && let Some(mark) = marks.of(&agreement.key, at)
            {
                holds.push((&agreement.key, mark));
            }
        }
        if let [(first, here), (second, there), ..] = holds.as_slice()
            && !told.contains(&(*here, *there))
        {
            told.push((*here, *there));
            let message = format!("`{first}` and `{second}` both take hold of offer `{}`", offer.key);
            let diagnostic = Diagnostic::error(rules::TWO_RIGHTS, message).with_hint(
                "carve the blocks of one out of the other, or make both holders of one right by rank",
            );
            cx.report(*there, diagnostic.with_related(cx.texts.place(*here), "the other right stands here"));
        }
    }
}

/// Whether a right burdens some block of the offer, as far as its terms alone say.
pub fn takes_hold(refusal: &crate::world::agreements::Refusal, offer: &Offer) -> bool {
    let right = &refusal.right;
    let burdened = |subject: &Subject| right.scope.holds(subject) && !right.carve_out.holds(subject);
    refusal.grantor == offer.grantor
        && right.side == offer.side
        && (right.from..right.until).contains(&offer.at)
        && offer.blocks.iter().any(|(_, subject)| burdened(subject))
}

/// What somebody buys of the energy of a site: under which version of which agreement, and when.
struct Supply<'a> {
    agreement: &'a str,
    mark: Mark,
    site: SiteId,
    span: (SimTime, SimTime),
}

/// Contracts for power and commitments in energy that would both bill what one site draws.
fn supplies(agreements: &[Agreement], sites: &[Site], marks: &Marks, cx: &mut Cx<'_>) {
    let mut all: Vec<Supply<'_>> = Vec::new();
    for agreement in agreements {
        for (at, version) in agreement.versions.iter().enumerate() {
            let Some(mark) = marks.of(&agreement.key, at) else { continue };
            let instant = |day: jiff::civil::Date| agreement.clock.zone.instant(day.at(0, 0, 0, 0));
            let (of_sites, (from, to)) = match &version.terms {
                Some(Terms::PowerContract(of)) => {
                    let months = i64::from(of.terms.months);
                    let first = agreement.clock.zone.local(of.from).date();
                    let last =
                        jiff::Span::new().try_months(months).and_then(|span| first.checked_add(span)).ok();
                    (vec![of.site], (of.from, last.map_or(SimTime::NEVER, instant)))
                }
                Some(Terms::Commitment(of)) if of.counts == Counts::Mwh => {
                    let periods = (of.terms.periods.first(), of.terms.periods.last());
                    let (Some(first), Some(last)) = periods else { continue };
                    (supplied(&agreement.key, of, sites, mark, cx), (instant(first.from), instant(last.to)))
                }
                _ => continue,
            };
            let next = agreement.versions.get(at + 1).map_or(SimTime::NEVER, |next| next.effective);
            let span = (from.max(version.effective), to.min(next));
            let supply = |site| Supply { agreement: &agreement.key, mark, site, span };
            all.extend(of_sites.into_iter().map(supply));
        }
    }
    let mut told: Vec<(&str, &str)> = Vec::new();
    for (i, second) in all.iter().enumerate() {
        let both = |first: &&Supply<'_>| {
            first.site == second.site
                && first.agreement != second.agreement
                && first.span.0.max(second.span.0) < first.span.1.min(second.span.1)
        };
        let Some(first) = all[..i].iter().find(both) else { continue };
        if told.contains(&(first.agreement, second.agreement)) {
            continue;
        }
        told.push((first.agreement, second.agreement));
        let site = &sites[second.site.index()].key;
        let message = format!(
            "what `{site}` draws is bought under `{}` and under `{}` at one time",
            first.agreement, second.agreement
        );
        let hint = "give each its own sites, or let one end before the other begins";
        let diagnostic = Diagnostic::error(rules::TWO_SUPPLIES, message).with_hint(hint);
        let there = cx.texts.place(first.mark);
        cx.report(second.mark, diagnostic.with_related(there, "the other agreement stands here"));
    }
}

/// The sites of a commitment in energy, which its payer runs.
fn supplied(key: &str, of: &Commitment, sites: &[Site], section: Mark, cx: &mut Cx<'_>) -> Vec<SiteId> {
    let runs = |site: &Site| site.lessee.or(site.operator) == Some(of.payer);
    for site in of.sites.iter().map(|site| &sites[site.index()]).filter(|site| !runs(site)) {
        let mark = cx.mark_below(section, "sites").unwrap_or(section);
        let message = format!("the payer of `{key}` does not run `{}`, and buys no energy there", site.key);
        let hint = "name a site of which it is the `operator` or the `lessee`";
        cx.error(mark, rules::NAMES_NOTHING, message, hint);
    }
    let named = |at: &usize| match of.sites.is_empty() {
        true => runs(&sites[*at]),
        false => of.sites.contains(&SiteId::new(*at)),
    };
    (0..sites.len()).filter(named).map(SiteId::new).collect()
}

/// A block that is offered in two offers of the same instant: nobody could say who gets it.
fn twice(offers: &[Offer], cx: &mut Cx<'_>) {
    for (i, offer) in offers.iter().enumerate() {
        for other in offers[..i].iter().rev().take_while(|other| other.at == offer.at) {
            let both = offer.blocks.iter().find(|(id, _)| other.blocks.iter().any(|(known, _)| known == id));
            if let Some((_, subject)) = both {
                let block = subject.get("block").map(ToString::to_string).unwrap_or_default();
                let message =
                    format!("`{block}` is offered in `{}` and `{}` at one instant", other.key, offer.key);
                let section = offer.key.split('/').next().unwrap_or_default();
                if let Some(mark) = cx.mark_of(&format!("offer.{section}")) {
                    cx.error(mark, rules::OFFER, message, "let one of them come later");
                }
            }
        }
    }
}
