//! Agreements and offers: names become partners, sites and agreements, days become instants of the agreement's zone,
//! and what the machines of the crate `agreement` refuse is told with its line.

mod across;
mod offers;
mod refusal;
mod settled;
mod site_terms;

use super::{dangling, find};
use crate::context::Cx;
use crate::keys::{AgreementText, PartnerText, SiteText, VersionText};
use crate::language::{Field, Given, Map, One, Over, listed};
use crate::rules;
use crate::scalar::terms::Day;
use crate::tree::Mark;
use crate::world::agreements::{Agreement, Offer, Terms, Version};
use crate::world::{Block, Site};
use agreement::calendar::Calendar;
use agreement::notice::{NoticeClock, Zone};
use agreement::rules as terms_rules;
use base::id::{AgreementId, PartnerId, SiteId};
use base::{Diagnostic, Diagnostics, SimTime};

pub use offers::build as build_offers;

/// What agreements can name.
pub struct Names<'a> {
    /// Partners, sorted.
    pub partners: Vec<&'a str>,
    /// Sites, sorted.
    pub sites: Vec<&'a str>,
    /// Agreements, sorted, with their kinds.
    pub agreements: Vec<(String, Option<&'static str>)>,
    /// The start of the run.
    pub start: SimTime,
}

impl<'a> Names<'a> {
    /// The names of a scenario.
    pub fn of(
        partners: &'a Map<PartnerText>,
        sites: &'a Map<SiteText>,
        agreements: &Map<AgreementText>,
        start: SimTime,
    ) -> Names<'a> {
        let kinds = |text: &AgreementText| Kinds::of_agreement(text).first().map(|(word, _)| *word);
        Names {
            partners: partners.0.iter().map(|(name, _)| name.value.as_str()).collect(),
            sites: sites.0.iter().map(|(name, _)| name.value.as_str()).collect(),
            agreements: agreements.0.iter().map(|(name, text)| (name.value.clone(), kinds(text))).collect(),
            start,
        }
    }

    fn partner(&self, given: &Field<String>, cx: &mut Cx<'_>) -> Option<PartnerId> {
        self.partner_named(given.as_ref()?, cx)
    }
    fn partner_named(&self, given: &Given<String>, cx: &mut Cx<'_>) -> Option<PartnerId> {
        find(cx, given, "partner", self.partners.iter().copied()).map(PartnerId::new)
    }
    fn site(&self, given: &Field<String>, cx: &mut Cx<'_>) -> Option<SiteId> {
        self.site_named(given.as_ref()?, cx)
    }
    fn site_named(&self, given: &Given<String>, cx: &mut Cx<'_>) -> Option<SiteId> {
        find(cx, given, "site", self.sites.iter().copied()).map(SiteId::new)
    }
    /// An agreement of that kind.
    fn agreement(&self, given: &Given<String>, kind: &str, cx: &mut Cx<'_>) -> Option<AgreementId> {
        let known = self.agreements.iter().map(|(name, _)| name.as_str());
        let at = find(cx, given, "agreement", known)?;
        if self.agreements[at].1.is_some_and(|other| other != kind) {
            let of_kind = self.agreements.iter().filter(|(_, other)| *other == Some(kind));
            let hint = match of_kind.clone().next() {
                Some(_) => format!("name one of {}", listed(of_kind.map(|(name, _)| name.as_str()))),
                None => format!("add `[agreement.NAME.{kind}]`"),
            };
            let message = format!("`{}` is no {}", given.value, kind.replace('_', " "));
            cx.error(given.mark, rules::OTHER_KIND, message, hint);
            return None;
        }
        Some(AgreementId::new(at))
    }
}

/// The section of a kind that is given, by its word, with where it stands.
struct Kinds;

macro_rules! kinds {
    ($($name:ident)+) => {
        impl Kinds {
            fn of_agreement(text: &AgreementText) -> Vec<(&'static str, Mark)> {
                [$((stringify!($name), text.$name.0.as_ref().map(|section| section.mark))),+]
                    .into_iter().filter_map(|(word, mark)| Some((word, mark?))).collect()
            }
            fn of_version(text: &VersionText) -> Vec<(&'static str, Mark)> {
                [$((stringify!($name), text.$name.0.as_ref().map(|section| section.mark))),+]
                    .into_iter().filter_map(|(word, mark)| Some((word, mark?))).collect()
            }
        }
        /// The terms of an amendment over those before it.
        fn amend(text: &mut AgreementText, version: VersionText) {
            $(let base = std::mem::replace(&mut text.$name, One(None));
              text.$name = version.$name.over(base);)+
        }
    };
}
kinds! {
    first_refusal first_offer commitment revenue_share exclusivity milestone_capital warrant service_credit
    power_contract lease backstop loan
}

/// One agreement while it is built.
struct Draft<'a, 'n> {
    key: &'a str,
    clock: &'a NoticeClock,
    names: &'a Names<'n>,
    offers: &'a [Offer],
    /// Where the section of the kind begins.
    mark: Mark,
}

impl Draft<'_, '_> {
    /// The first instant of a day in the zone of the agreement.
    fn instant(&self, day: Day) -> SimTime {
        self.clock.zone.instant(day.0.at(0, 0, 0, 0))
    }
    fn instant_of(&self, day: &Field<Day>) -> Option<SimTime> {
        day.as_ref().map(|day| self.instant(day.value))
    }
    /// A value that the kind needs.
    fn need<T: Clone>(&self, field: &Field<T>, key: &str, example: &str, cx: &mut Cx<'_>) -> Option<T> {
        if field.is_none() && !cx.is_misspelt(self.mark, key) {
            let message = format!("`{key}` is missing");
            cx.lack(self.mark, rules::MISSING_KEY, message, format!("write `{key} = {example}`"));
        }
        field.as_ref().map(|given| given.value.clone())
    }
    /// A partner that the kind needs.
    fn need_partner(&self, field: &Field<String>, key: &str, cx: &mut Cx<'_>) -> Option<PartnerId> {
        self.need(field, key, "\"microsoft\"", cx)?;
        self.names.partner(field, cx)
    }
    /// Two different partners.
    fn two(
        &self,
        first: (&Field<String>, &str),
        second: (&Field<String>, &str),
        cx: &mut Cx<'_>,
    ) -> Option<(PartnerId, PartnerId)> {
        let ids = (self.need_partner(first.0, first.1, cx), self.need_partner(second.0, second.1, cx));
        let (one, other) = (ids.0?, ids.1?);
        if one == other {
            let mark = second.0.as_ref().map_or(self.mark, |given| given.mark);
            let message = format!("`{}` and `{}` are the same partner", first.1, second.1);
            cx.error(mark, rules::WITH_ITSELF, message, "name two partners");
            return None;
        }
        Some((one, other))
    }
    /// Passes on what a machine's own check found, at the key that it is about.
    fn refuse(&self, found: Diagnostics, cx: &mut Cx<'_>) {
        for diagnostic in found.0 {
            let field = diagnostic.field.clone().unwrap_or_default();
            let key = field.rsplit('.').next().unwrap_or_default();
            let mark = cx.mark_below(self.mark, key).unwrap_or(self.mark);
            cx.report(mark, Diagnostic { field: None, ..diagnostic });
        }
    }
}

/// Every agreement, in the order of their keys.
pub fn build(
    text: Map<AgreementText>,
    names: &Names<'_>,
    offers: &[Offer],
    places: (&[Site], &[Block]),
    cx: &mut Cx<'_>,
) -> Vec<Agreement> {
    let mut agreements = Vec::new();
    let mut marks = across::Marks::default();
    for (name, text) in text.0 {
        match one(&name, text, names, offers, &mut marks, cx) {
            Some(agreement) => agreements.push(agreement),
            // A place in the list for each key, so that what names an agreement finds it.
            None => agreements.push(Agreement {
                key: name.value.clone(),
                name: name.value.clone(),
                clock: NoticeClock::plain(),
                versions: Vec::new(),
            }),
        }
    }
    across::check(&agreements, offers, names, places, &marks, cx);
    agreements
}

fn clock(text: &AgreementText, cx: &mut Cx<'_>) -> Option<NoticeClock> {
    let mut calendar = match &text.calendar {
        None => Some(Calendar::every_day()),
        Some(given) => {
            let found = Calendar::named(&given.value);
            if found.is_none() {
                let near = base::closest(&given.value, Calendar::NAMES);
                let hint = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known: {}", listed(Calendar::NAMES)),
                };
                let message = format!("there is no calendar `{}`", given.value);
                cx.error(given.mark, rules::NO_CALENDAR, message, hint);
            }
            found
        }
    };
    let zone = match &text.zone {
        None => Some(Zone::utc()),
        Some(given) => {
            let found = Zone::named(&given.value);
            if found.is_none() {
                let message = format!("there is no time zone `{}`", given.value);
                cx.error(given.mark, rules::NO_CALENDAR, message, "write an IANA name: `America/New_York`");
            }
            found
        }
    };
    for day in text.holidays.0.iter().flat_map(|list| &list.value) {
        if let Some(calendar) = &mut calendar {
            calendar.close(day.value.0);
        }
    }
    Some(NoticeClock { calendar: calendar?, zone: zone? })
}

fn one(
    name: &Given<String>,
    mut text: AgreementText,
    names: &Names<'_>,
    offers: &[Offer],
    marks: &mut across::Marks,
    cx: &mut Cx<'_>,
) -> Option<Agreement> {
    let clock = clock(&text, cx);
    let given = Kinds::of_agreement(&text);
    let [(kind, _)] = given.as_slice() else {
        let message = match given.is_empty() {
            true => format!("`{}` says nothing of what is agreed", name.value),
            false => format!("`{}` is {}", name.value, listed(given.iter().map(|(word, _)| *word))),
        };
        let hint = match given.is_empty() {
            true => format!("add `[agreement.{}.first_refusal]`, or another kind", name.value),
            false => "make an agreement of each".to_string(),
        };
        if !given.is_empty() || cx.complete && !cx.is_spoiled(text.mark) {
            cx.error(name.mark, rules::ONE_KIND, message, hint);
        }
        return None;
    };
    let kind = *kind;
    // A calendar or zone that there is not was told: the rest is read all the same.
    let clock = clock.unwrap_or_else(NoticeClock::plain);
    let versions = std::mem::replace(&mut text.version, crate::language::Rows(Vec::new())).0;
    let day = |given: &Field<Day>| given.as_ref().map(|day| clock.zone.instant(day.value.0.at(0, 0, 0, 0)));
    let (effective, known) = (day(&text.effective), day(&text.known));
    let mut built = Vec::new();
    let terms = terms(&name.value, &text, &clock, names, offers, cx);
    let first = Kinds::of_agreement(&text).first().map_or(text.mark, |(_, mark)| *mark);
    let effective = effective.or_else(|| terms.as_ref().and_then(first_day)).unwrap_or(names.start);
    marks.note(&name.value, 0, first);
    built.push(Version {
        effective,
        known: known.unwrap_or(effective),
        document: None,
        place: cx.texts.short(first),
        terms,
    });
    let mut before = (effective, first);
    for (at, version) in versions.into_iter().enumerate() {
        let row = version.mark;
        let (effective, known) = (day(&version.effective), day(&version.known));
        let document = version.document.as_ref().map(|given| given.value.clone());
        let ends = version.ends.as_ref().is_some_and(|given| given.value);
        if let Some(effective) = effective {
            let mark = version.effective.as_ref().map_or(row, |given| given.mark);
            if effective <= before.0 {
                let message = format!(
                    "the amendment of {} takes effect before the version of {}",
                    clock.zone.local(effective).date(),
                    clock.zone.local(before.0).date()
                );
                let hint = format!("a date after {}", clock.zone.local(before.0).date());
                let diagnostic =
                    Diagnostic::error(&terms_rules::AMENDMENT_TOO_EARLY, message).with_hint(hint);
                cx.report(
                    mark,
                    diagnostic.with_related(cx.texts.place(before.1), "the version before stands here"),
                );
            }
            before = (effective, row);
        }
        let wrong: Vec<(&str, Mark)> =
            Kinds::of_version(&version).into_iter().filter(|(word, _)| *word != kind).collect();
        for (word, mark) in &wrong {
            let message = format!("`{}` is a {kind}, and its amendment a {word}", name.value);
            cx.error(
                *mark,
                rules::ONE_KIND,
                message,
                format!("write `[agreement.{}.version.{kind}]`", name.value),
            );
        }
        if wrong.is_empty()
            && !ends
            && Kinds::of_version(&version).is_empty()
            && cx.complete
            && !cx.is_spoiled(row)
        {
            let hint = format!(
                "say what changes in `[agreement.{}.version.{kind}]`, or write `ends = true`",
                name.value
            );
            cx.error(row, rules::ONE_KIND, "the amendment changes nothing".to_string(), hint);
        }
        if kind == "loan" {
            let message =
                format!("the loan `{}` is amended: its schedule is one, by its contract", name.value);
            let hint = "write what changes into its own terms (rate resets, prepayments), or let it mature and write another loan";
            cx.error(row, rules::LOAN_AMENDED, message, hint.to_string());
        }
        let place = Kinds::of_version(&version).first().map_or(row, |(_, mark)| *mark);
        amend(&mut text, version);
        marks.note(&name.value, at + 1, place);
        let effective = effective.unwrap_or(before.0);
        let version_terms =
            if ends { None } else { self::terms(&name.value, &text, &clock, names, offers, cx) };
        let place = cx.texts.short(place);
        built.push(Version {
            effective,
            known: known.unwrap_or(effective),
            document,
            place,
            terms: version_terms,
        });
    }
    let called = text.name.as_ref().map_or_else(|| name.value.clone(), |given| given.value.clone());
    Some(Agreement { key: name.value.clone(), name: called, clock, versions: built })
}

/// The first day of an agreement by its own terms.
fn first_day(terms: &Terms) -> Option<SimTime> {
    match terms {
        Terms::Refusal(refusal) => Some(refusal.right.from),
        Terms::RevenueShare(share) => Some(share.terms.from),
        Terms::PowerContract(contract) => Some(contract.from),
        Terms::Lease(lease) => Some(lease.from),
        _ => None,
    }
}

fn terms(
    key: &str,
    text: &AgreementText,
    clock: &NoticeClock,
    names: &Names<'_>,
    offers: &[Offer],
    cx: &mut Cx<'_>,
) -> Option<Terms> {
    let draft = |mark| Draft { key, clock, names, offers, mark };
    if let Some(section) = &text.first_refusal.0 {
        let kind = agreement::refusal::Kind::FirstRefusal;
        return draft(section.mark).refusal(section, kind, cx).map(Terms::Refusal);
    }
    if let Some(section) = &text.first_offer.0 {
        let kind = agreement::refusal::Kind::FirstOffer;
        return draft(section.mark).refusal(section, kind, cx).map(Terms::Refusal);
    }
    if let Some(section) = &text.commitment.0 {
        return draft(section.mark).commitment(section, cx).map(Terms::Commitment);
    }
    if let Some(section) = &text.revenue_share.0 {
        return draft(section.mark).revenue_share(section, cx).map(Terms::RevenueShare);
    }
    if let Some(section) = &text.exclusivity.0 {
        return draft(section.mark).exclusivity(section, cx);
    }
    if let Some(section) = &text.milestone_capital.0 {
        return draft(section.mark).ladder(section, false, cx).map(Terms::MilestoneCapital);
    }
    if let Some(section) = &text.warrant.0 {
        return draft(section.mark).ladder(section, true, cx).map(Terms::Warrant);
    }
    if let Some(section) = &text.service_credit.0 {
        return draft(section.mark).service_credit(section, cx).map(Terms::ServiceCredit);
    }
    if let Some(section) = &text.power_contract.0 {
        return draft(section.mark).power_contract(section, cx).map(Terms::PowerContract);
    }
    if let Some(section) = &text.lease.0 {
        return draft(section.mark).lease(section, cx).map(Terms::Lease);
    }
    if let Some(section) = &text.backstop.0 {
        return draft(section.mark).backstop(section, cx).map(Terms::Backstop);
    }
    let section = text.loan.0.as_ref()?;
    draft(section.mark).loan(section, cx).map(Terms::Loan)
}

/// A name that stands for nothing, with what is known.
fn unknown<'n>(
    cx: &mut Cx<'_>,
    given: &Given<String>,
    what: &str,
    known: impl Iterator<Item = &'n str> + Clone,
) {
    dangling(cx, given, what, known, None);
}
