//! Rights of first refusal and first offer.

use super::Draft;
use crate::context::Cx;
use crate::keys::{HolderEventText, HolderText, RefusalText};
use crate::language::{Field, Given, Rows};
use crate::rules;
use crate::scalar::terms::{DecidesName, EventName};
use crate::world::agreements::{BLOCK_ATTRIBUTES, Decision, OFFER_ATTRIBUTES, Refusal, party};
use agreement::amount::Share;
use agreement::notice::Period;
use agreement::predicate::Predicate;
use agreement::refusal::{
    Assignment, CounterOffer, Holder, Input, Kind, Matching, Mode, Package, Part, Policy, Right, Side,
};
use agreement::rules as terms_rules;
use base::{Diagnostic, Diagnostics, Money, SimTime, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Kilowatts of a number of megawatts, to the nearest.
pub fn kilowatts(mw: f64) -> i64 {
    (mw * 1000.0).round() as i64
}

fn value<T: Clone>(field: &Field<T>) -> Option<T> {
    field.as_ref().map(|given| given.value.clone())
}

impl Draft<'_, '_> {
    pub fn refusal(&self, text: &RefusalText, kind: Kind, cx: &mut Cx<'_>) -> Option<Refusal> {
        let grantor = self.need_partner(&text.grantor, "grantor", cx);
        let election = self.need(&text.election, "election", "\"10 business days\"", cx);
        let tail = self.need(&text.tail, "tail", "\"90 days\"", cx);
        let window = self.window(text, cx);
        let (holders, decisions) = self.holders(&text.holders, grantor, cx);
        let events = text.event.0.iter().filter_map(|row| self.event(row, text, cx)).collect();
        let condition = |field: &Field<crate::scalar::terms::Condition>, absent| match field {
            Some(given) => given.value.0.clone(),
            None => absent,
        };
        let (scope, carve_out) =
            (condition(&text.scope, Predicate::Always), condition(&text.carve_out, Predicate::Never));
        for field in [&text.scope, &text.carve_out] {
            self.check_attributes(field, &[&BLOCK_ATTRIBUTES[..], &OFFER_ATTRIBUTES[..]].concat(), cx);
        }
        let mut notice: BTreeSet<Part> =
            text.notice.0.iter().flat_map(|list| &list.value).map(|part| part.value).collect();
        if text.notice.0.is_none() {
            notice.extend([Part::Price, Part::Length, Part::Capacity]);
            notice.extend((kind == Kind::FirstRefusal).then_some(Part::Identity));
        }
        // What is missing was told: the rest is read as if it were there, so that its mistakes are told too.
        let (from, until) = window.unwrap_or((SimTime(0), SimTime(0)));
        let (election, tail) = (election.unwrap_or(Period::Days(1)), tail.unwrap_or(Period::Days(1)));
        let right = Right {
            id: self.key.to_string(),
            kind,
            side: value(&text.side).unwrap_or(Side::Sells),
            holders,
            scope,
            carve_out,
            from,
            until,
            remaining_floor: value(&text.remaining_floor).unwrap_or(Span::ZERO),
            cap: value(&text.cap_usd),
            mode: value(&text.mode).unwrap_or(Mode::Continuing),
            matching: value(&text.matches).unwrap_or(Matching::AllTerms),
            partial: value(&text.least_part_mw).map(|mw| kilowatts(mw).max(1)),
            oversubscription: value(&text.second_round),
            election,
            signing: value(&text.signing),
            tail,
            materiality: value(&text.materiality).unwrap_or(Share::NONE),
            counter_offer: value(&text.counter_offer).unwrap_or(CounterOffer::ClockRuns),
            assignment: value(&text.assignment).unwrap_or(Assignment::Personal),
            package: value(&text.package).unwrap_or(Package::Allocate),
            notice,
            clock: self.clock.clone(),
        };
        let found = if window.is_some() { right.check() } else { Diagnostics::new() };
        let sound = !found.has_errors();
        if !cx.is_spoiled(text.mark) {
            self.refuse(found, cx);
        }
        sound.then_some(Refusal { grantor: grantor?, right, decisions, events })
    }

    /// The first and last instant of the right; a right without both is told so.
    fn window(&self, text: &RefusalText, cx: &mut Cx<'_>) -> Option<(SimTime, SimTime)> {
        match (self.instant_of(&text.from), self.instant_of(&text.until)) {
            (Some(from), Some(until)) => Some((from, until)),
            _ if cx.complete && !cx.is_spoiled(text.mark) => {
                let message = format!("`{}` has no window", self.key);
                let hint = "write `from = \"2025-01-14\"` and `until = \"2027-07-14\"`";
                cx.report(self.mark, Diagnostic::error(&terms_rules::NO_WINDOW, message).with_hint(hint));
                None
            }
            _ => None,
        }
    }

    /// A condition that asks for something which nothing has.
    pub fn check_attributes(
        &self,
        field: &Field<crate::scalar::terms::Condition>,
        known: &[&str],
        cx: &mut Cx<'_>,
    ) {
        let Some(given) = field else { return };
        for diagnostic in given.value.0.unknown_attributes(known) {
            cx.report(given.mark, diagnostic);
        }
    }

    fn holders(
        &self,
        rows: &Rows<HolderText>,
        grantor: Option<base::id::PartnerId>,
        cx: &mut Cx<'_>,
    ) -> (Vec<Holder>, Vec<Decision>) {
        let (mut holders, mut decisions) = (Vec::new(), Vec::new());
        for row in &rows.0 {
            let affiliates = row.affiliates.0.iter().flat_map(|list| &list.value);
            let affiliates: BTreeSet<_> =
                affiliates.filter_map(|name| self.names.partner_named(name, cx)).map(party).collect();
            let decision = self.decision(row, cx);
            let Some(partner) = self.names.partner(&row.partner, cx) else { continue };
            if grantor == Some(partner) {
                let mark = row.partner.as_ref().map_or(row.mark, |given| given.mark);
                let message = "the grantor holds its own right".to_string();
                cx.error(mark, rules::WITH_ITSELF, message, "name another partner");
            }
            holders.push(Holder {
                party: party(partner),
                rank: value(&row.rank).unwrap_or(1),
                weight: u64::from(value(&row.weight).unwrap_or(1)),
                affiliates,
            });
            decisions.push(decision);
        }
        (holders, decisions)
    }

    fn decision(&self, row: &HolderText, cx: &mut Cx<'_>) -> Decision {
        let decides = value(&row.decides).unwrap_or(DecidesName::Silent);
        self.excluded(row, decides, cx);
        let lack = |key: &str, example: &str, cx: &mut Cx<'_>| {
            let message = format!("`decides` asks for `{key}`");
            cx.lack(row.mark, rules::DECISION, message, format!("write `{key} = {example}`"));
        };
        let policy = match decides {
            DecidesName::Silent => Policy::Silent,
            DecidesName::Script => self.script(row, cx),
            DecidesName::Threshold => {
                if row.usd_per_mw_month_at_most.is_none() {
                    lack("usd_per_mw_month_at_most", "150000.0", cx);
                }
                Policy::Threshold {
                    highest: value(&row.usd_per_mw_month_at_most).unwrap_or(Money::ZERO),
                    shortage_kw: value(&row.shortage_mw_at_least).map_or(0, kilowatts),
                }
            }
            DecidesName::Drawn => {
                if row.probability.is_none() {
                    lack("probability", "0.5", cx);
                }
                Policy::Drawn { probability: value(&row.probability).unwrap_or(0.0) }
            }
        };
        let signs = value(&row.signs).unwrap_or(true);
        Decision {
            policy,
            takes_at_most: value(&row.takes_at_most_mw).map(kilowatts),
            answers_after: value(&row.answers_after).unwrap_or(Span::ZERO),
            signs_after: signs.then(|| value(&row.signs_after).unwrap_or(Span::ZERO)),
        }
    }

    /// Numbers that the way in which the holder decides does not use.
    fn excluded(&self, row: &HolderText, decides: DecidesName, cx: &mut Cx<'_>) {
        let list = |list: &crate::language::List<String>| list.0.as_ref().map(|given| given.mark);
        let given = [
            ("exercises", list(&row.exercises), DecidesName::Script),
            ("declines", list(&row.declines), DecidesName::Script),
            (
                "usd_per_mw_month_at_most",
                row.usd_per_mw_month_at_most.as_ref().map(|given| given.mark),
                DecidesName::Threshold,
            ),
            (
                "shortage_mw_at_least",
                row.shortage_mw_at_least.as_ref().map(|given| given.mark),
                DecidesName::Threshold,
            ),
            ("probability", row.probability.as_ref().map(|given| given.mark), DecidesName::Drawn),
        ];
        for (key, mark, belongs) in given {
            if let Some(mark) = mark.filter(|_| belongs != decides) {
                let word = match belongs {
                    DecidesName::Script => "script",
                    DecidesName::Threshold => "threshold",
                    _ => "drawn",
                };
                let message = format!("`{key}` means nothing unless the holder decides by {word}");
                cx.error(
                    mark,
                    rules::DECISION,
                    message,
                    format!("write `decides = \"{word}\"`, or leave it out"),
                );
            }
        }
    }

    fn script(&self, row: &HolderText, cx: &mut Cx<'_>) -> Policy {
        let mut answers = BTreeMap::new();
        for (list, takes) in [(&row.exercises, true), (&row.declines, false)] {
            for name in list.0.iter().flat_map(|list| &list.value) {
                for number in self.offer_numbers(name, cx) {
                    if answers.insert(number, takes).is_some_and(|before| before != takes) {
                        let message = format!("`{}` is exercised and declined", name.value);
                        cx.error(name.mark, rules::DECISION, message, "keep it in one of the two lists");
                    }
                }
            }
        }
        Policy::Script(answers)
    }

    /// The offers of a section, or one of those that a section makes of many.
    fn offer_numbers(&self, name: &Given<String>, cx: &mut Cx<'_>) -> Vec<u64> {
        let section = format!("{}/", name.value);
        let named = |key: &str| key == name.value || key.starts_with(&section);
        let found: Vec<u64> =
            self.offers.iter().filter(|offer| named(&offer.key)).map(|offer| offer.number).collect();
        if found.is_empty() {
            super::unknown(cx, name, "offer", self.offers.iter().map(|offer| offer.key.as_str()));
        }
        found
    }

    fn event(&self, row: &HolderEventText, text: &RefusalText, cx: &mut Cx<'_>) -> Option<(SimTime, Input)> {
        let who = self.names.partner(&row.partner, cx);
        let to = row.to.as_ref().and_then(|given| self.names.partner_named(given, cx));
        let (at, what) = (row.at.as_ref()?, row.what.as_ref()?.value);
        if let Some(given) = &row.partner {
            // Who was assigned the right holds it too.
            let mut known =
                text.holders.0.iter().map(|row| &row.partner).chain(text.event.0.iter().map(|row| &row.to));
            if who.is_some() && !known.any(|name| value(name).as_ref() == Some(&given.value)) {
                let message = format!("`{}` does not hold the right", given.value);
                cx.error(given.mark, rules::DECISION, message, "name one of its holders");
            }
        }
        let party = party(who?);
        let input = match what {
            EventName::Default => Input::Default { party },
            EventName::Cure => Input::Cure { party },
            EventName::ControlChange => Input::ControlChange { party },
            EventName::Assign => match to {
                Some(to) => Input::Assign { party, to: crate::world::agreements::party(to) },
                None => {
                    let message = "`to` is missing".to_string();
                    cx.lack(row.mark, rules::MISSING_KEY, message, "write `to = \"affiliate\"`");
                    return None;
                }
            },
        };
        Some((self.instant(at.value), input))
    }
}
