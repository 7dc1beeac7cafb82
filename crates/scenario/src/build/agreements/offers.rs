//! Offers on blocks.

use super::Names;
use super::across::whole_name;
use crate::context::Cx;
use crate::keys::OfferText;
use crate::language::{Field, Given, Map, listed, meant};
use crate::rules;
use crate::world::agreements::{BLOCK_ATTRIBUTES, Change, Offer};
use crate::world::{Block, Site};
use agreement::notice::Zone;
use agreement::predicate::{Subject, Value};
use agreement::refusal::{Part, Side};
use base::digest::hash128;
use base::id::BlockId;
use base::{SimTime, Span};

/// Everything that a notice can contain.
const ALL_PARTS: [Part; 7] =
    [Part::Price, Part::Length, Part::Capacity, Part::Start, Part::OtherTerms, Part::Identity, Part::Copy];

fn value<T: Clone>(field: &Field<T>) -> Option<T> {
    field.as_ref().map(|given| given.value.clone())
}

/// A number for terms in words: 0 for none.
fn other(words: &Field<String>) -> u64 {
    words.as_ref().map_or(0, |given| hash128(given.value.trim().as_bytes()) as u64)
}

/// What conditions can ask of a block.
pub fn subject(site: &Site, block: &Block) -> Subject {
    let day = Zone::utc().local(block.ready).date();
    Subject::from([
        ("site".to_string(), Value::Text(site.key.clone())),
        ("block".to_string(), Value::Text(format!("{}.{}", site.key, block.key))),
        ("it_mw".to_string(), Value::Number(block.it_power.mw().round() as i64)),
        ("ready".to_string(), Value::Day(day)),
    ])
}

/// All offers, numbered from 1 by the time at which they are made, then by key.
pub fn build(
    text: &Map<OfferText>,
    names: &Names<'_>,
    places: (&[Site], &[Block]),
    cx: &mut Cx<'_>,
) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    for (name, text) in &text.0 {
        offers.extend(one(name, text, names, places, cx));
    }
    offers.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    for (at, offer) in offers.iter_mut().enumerate() {
        offer.number = at as u64 + 1;
    }
    offers
}

fn one(
    name: &Given<String>,
    text: &OfferText,
    names: &Names<'_>,
    (sites, blocks): (&[Site], &[Block]),
    cx: &mut Cx<'_>,
) -> Vec<Offer> {
    let grantor = names.partner(&text.grantor, cx);
    let third = names.partner(&text.third, cx);
    if let (Some(given), true) = (&text.third, grantor.is_some() && grantor == third) {
        let message = "the grantor is its own third party".to_string();
        cx.error(given.mark, rules::WITH_ITSELF, message, "name two partners");
    }
    if let (Some(given), Some(_)) = (&text.before_ready, &text.at) {
        let message = "`at` and `before_ready` exclude each other".to_string();
        cx.error(given.mark, rules::EXCLUDED, message, "keep one of them");
    }
    let subjects: Vec<Subject> =
        blocks.iter().map(|block| subject(&sites[block.site.index()], block)).collect();
    let packages = packages(name, text, &subjects, cx);
    let (Some(grantor), Some(third)) = (grantor, third) else { return Vec::new() };
    let (Some(price), Some(months)) = (value(&text.usd_per_mw_month), value(&text.months)) else {
        return Vec::new();
    };
    let mut offers = Vec::new();
    for (key, package) in packages {
        let first = package.iter().map(|&at| blocks[at].ready).min().unwrap_or(names.start);
        let at = match (&text.at, &text.before_ready) {
            (Some(at), _) => at.value,
            (None, Some(span)) => SimTime(first.0.saturating_sub(span.value.0)),
            (None, None) => names.start,
        };
        let at = at.max(names.start);
        offers.push(Offer {
            key,
            number: 0,
            grantor,
            side: value(&text.side).unwrap_or(Side::Sells),
            third,
            blocks: package.iter().map(|&at| (BlockId::new(at), offered(&subjects[at], text))).collect(),
            at,
            price,
            price_sigma: value(&text.price_sigma).unwrap_or(0.0),
            months,
            other: other(&text.other_terms),
            notice_after: value(&text.notice_after).unwrap_or(Span::ZERO),
            notice: match &text.notice.0 {
                Some(list) => list.value.iter().map(|part| part.value).collect(),
                None => ALL_PARTS.to_vec(),
            },
            notice_again_after: value(&text.notice_again_after),
            closes_after: value(&text.closes_after).unwrap_or(Span::ZERO),
            changes: changes(text, third, price, months, names, at, cx),
            withdrawn: value(&text.withdrawn),
            place: cx.texts.short(name.mark),
        });
    }
    for row in &text.change.0 {
        if let Some(at) = row.at.as_ref().filter(|at| offers.iter().all(|offer| at.value <= offer.at)) {
            let message = "the offer changes before it is made".to_string();
            cx.error(at.mark, rules::DATES, message, "write a later date");
        }
    }
    offers
}

/// The attributes of a block with those of its offer.
fn offered(block: &Subject, text: &OfferText) -> Subject {
    let mut subject = block.clone();
    let said = [
        ("third", &text.third),
        ("purpose", &text.purpose),
        ("product", &text.product),
        ("channel", &text.channel),
        ("launch", &text.launch),
        ("supported", &text.supported),
        ("willing", &text.willing),
    ];
    for (name, word) in said {
        if let Some(word) = word {
            subject.insert(name.to_string(), Value::Text(word.value.clone()));
        }
    }
    subject
}

/// The blocks of each offer that the section makes, with its key.
fn packages(
    name: &Given<String>,
    text: &OfferText,
    subjects: &[Subject],
    cx: &mut Cx<'_>,
) -> Vec<(String, Vec<usize>)> {
    let key_of = |subject: &Subject| match subject.get("block") {
        Some(Value::Text(key)) => key.clone(),
        _ => String::new(),
    };
    match (&text.blocks.0, &text.each) {
        (Some(list), None) => {
            let mut found = Vec::new();
            for given in &list.value {
                let at = subjects.iter().position(|subject| key_of(subject) == given.value);
                match at {
                    Some(at) if found.contains(&at) => {
                        let message = format!("`{}` is offered twice", given.value);
                        cx.error(given.mark, rules::OFFER, message, "name each block once");
                    }
                    Some(at) => found.push(at),
                    None => unknown_block(given, subjects.iter().map(key_of).collect(), cx),
                }
            }
            if list.value.is_empty() {
                let message = format!("`{}` offers nothing", name.value);
                cx.error(list.mark, rules::OFFER, message, "name at least one block");
            }
            if found.is_empty() { Vec::new() } else { vec![(name.value.clone(), found)] }
        }
        (None, Some(each)) => {
            let unknown = each.value.0.unknown_attributes(&BLOCK_ATTRIBUTES);
            let readable = unknown.is_empty();
            for diagnostic in unknown {
                cx.report(each.mark, diagnostic);
            }
            let found: Vec<usize> =
                (0..subjects.len()).filter(|&at| each.value.0.holds(&subjects[at])).collect();
            if found.is_empty() && readable && !subjects.is_empty() {
                let message = format!("`{}` offers nothing: the condition holds for no block", name.value);
                let keys: Vec<String> = subjects.iter().map(key_of).collect();
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                let attributes = each.value.0.attributes();
                let named = attributes.get("block").into_iter().flatten();
                let whole = named.filter_map(|value| match value {
                    Value::Text(part) => whole_name(part, &keys),
                    _ => None,
                });
                let hint = match whole.collect::<Vec<_>>().first() {
                    Some(whole) => format!("write `block is {whole}`: a block is named with its site"),
                    None => "write a condition that holds for some block".to_string(),
                };
                cx.error(each.mark, rules::OFFER, message, hint);
            }
            found.iter().map(|&at| (format!("{}/{}", name.value, key_of(&subjects[at])), vec![at])).collect()
        }
        (given, _) => {
            let (message, hint) = match given {
                Some(_) => ("`blocks` and `each` exclude each other", "keep one of them"),
                None => (
                    "the offer names no block",
                    "write `blocks = [\"site.block\"]` or `each = \"site is a\"`",
                ),
            };
            if given.is_some() || cx.complete && !cx.is_spoiled(text.mark) {
                cx.error(name.mark, rules::OFFER, message.to_string(), hint);
            }
            Vec::new()
        }
    }
}

fn unknown_block(given: &Given<String>, known: Vec<String>, cx: &mut Cx<'_>) {
    let names = || known.iter().map(String::as_str);
    let hint = meant(&given.value, names(), || format!("known: {}", listed(names().take(12))));
    if cx.complete {
        let message = format!("there is no block `{}`", given.value);
        cx.error(given.mark, rules::DANGLING, message, hint);
    }
}

fn changes(
    text: &OfferText,
    third: base::id::PartnerId,
    price: base::Money,
    months: u32,
    names: &Names<'_>,
    made: SimTime,
    cx: &mut Cx<'_>,
) -> Vec<Change> {
    let mut now = Change { at: made, third, price, months, other: other(&text.other_terms) };
    let mut rows: Vec<_> = text.change.0.iter().filter(|row| row.at.is_some()).collect();
    rows.sort_by_key(|row| value(&row.at));
    let mut changes = Vec::new();
    for row in rows {
        let Some(at) = value(&row.at) else { continue };
        if let Some(third) = row.third.as_ref().and_then(|given| names.partner_named(given, cx)) {
            now.third = third;
        }
        now = Change {
            at,
            third: now.third,
            price: value(&row.usd_per_mw_month).unwrap_or(now.price),
            months: value(&row.months).unwrap_or(now.months),
            other: if row.other_terms.is_some() { other(&row.other_terms) } else { now.other },
        };
        changes.push(now.clone());
    }
    changes
}
