//! What a plan takes from the agreements of the scenario: commitments to buy, and rights of first refusal.

use super::find;
use super::plan::{QUARTER, by_quarter};
use super::sites::value;
use crate::context::Cx;
use crate::keys::PlanText;
use crate::language::Given;
use crate::rules;
use crate::world::agreements::{Agreement, Commitment, Counts, Terms};
use crate::world::planning::{Future, PlanRight, Purchase, Takes};
use agreement::commitment::CommittedPeriod;
use agreement::refusal::Side;
use base::{SimTime, Span};

/// The first instant of a quarter.
fn begin(start: SimTime, t: usize) -> SimTime {
    start.saturating_add(QUARTER * t as i64)
}

/// The agreement of that name, if it is of the wanted kinds in one of its versions.
fn named<'a>(
    name: &Given<String>,
    agreements: &'a [Agreement],
    wanted: &[&str],
    cx: &mut Cx<'_>,
) -> Option<&'a Agreement> {
    let known = agreements.iter().map(|agreement| agreement.key.as_str());
    let found = &agreements[find(cx, name, "agreement", known)?];
    if found.kind().is_empty() {
        // Its terms could not be read, which is said.
        return None;
    }
    if !wanted.contains(&found.kind()) {
        let message =
            format!("`{}` is a `{}`, and here a `{}` is meant", name.value, found.kind(), wanted[0]);
        let others = agreements.iter().filter(|other| wanted.contains(&other.kind()));
        let others: Vec<String> = others.map(|other| format!("`{}`", other.key)).collect();
        let hint = match others.as_slice() {
            [] => format!("the scenario has no `{}`", wanted[0]),
            some => format!("name one of {}", some.join(", ")),
        };
        cx.error(name.mark, rules::OTHER_KIND, message, hint);
        return None;
    }
    Some(found)
}

/// What the plan may buy of partners, and must pay them.
pub(super) fn purchases(
    plan: &PlanText,
    (start, quarters): (SimTime, usize),
    agreements: &[Agreement],
    cx: &mut Cx<'_>,
) -> Vec<Purchase> {
    let mut found: Vec<Purchase> = Vec::new();
    for row in &plan.purchase.0 {
        let Some(name) = &row.agreement else { continue };
        let Some(agreement) = named(name, agreements, &["commitment"], cx) else { continue };
        let counts = agreement.versions.iter().find_map(|version| match &version.terms {
            Some(Terms::Commitment(terms)) if terms.counts != Counts::Usd => Some(terms.counts),
            _ => None,
        });
        if counts.is_some() || found.iter().any(|known| known.agreement == name.value) {
            let message = match counts {
                Some(_) => format!(
                    "`{}` does not count in money, and a plan does not know its quantities",
                    name.value
                ),
                None => format!("`{}` is bought under twice", name.value),
            };
            cx.error(
                name.mark,
                rules::PLAN_AGREEMENT,
                message,
                "name a commitment with `counts = \"usd\"`, once",
            );
            continue;
        }
        let by_quarter_usd = |part: Part| -> Vec<f64> {
            let of = |t: usize| committed_usd(agreement, (begin(start, t), begin(start, t + 1)), part);
            (0..quarters).map(of).collect()
        };
        let terms = agreement.versions.iter().find_map(|version| match &version.terms {
            Some(Terms::Commitment(terms)) => Some(&terms.terms),
            _ => None,
        });
        let bank = |bank: Option<agreement::commitment::Bank>| bank.map(|bank| bank.expires_after);
        found.push(Purchase {
            agreement: name.value.clone(),
            region: row.region.as_ref().map(|given| given.value.clone()),
            usd_per_unit_year: value(&row.usd_per_unit_year).unwrap_or(0.0),
            price_change: value(&row.price_change_per_year).unwrap_or(0.0),
            committed_usd: by_quarter_usd(Part::Minimum),
            whole_usd: by_quarter_usd(Part::Whole),
            true_ups: true_ups(agreement, start, quarters),
            terms: terms.map_or((false, None, None), |terms| {
                (terms.upfront, bank(terms.make_up), bank(terms.carry_forward))
            }),
            most_units: by_quarter(&row.most_units, quarters).unwrap_or_default(),
            exit: value(&row.exit_usd).map(|fee| (fee, value(&row.exit_from))),
        });
    }
    found
}

/// The number of the true-up in which the middle of each quarter lies, counted over all versions.
fn true_ups(agreement: &Agreement, start: SimTime, quarters: usize) -> Vec<Option<u32>> {
    let number = |t: usize| {
        let at = begin(start, t).saturating_add(Span(QUARTER.0 / 2));
        let mut before = 0;
        for version in &agreement.versions {
            let Some(Terms::Commitment(terms)) = &version.terms else { continue };
            let (periods, each) = (&terms.terms.periods, terms.terms.true_up.max(1) as usize);
            if agreement.in_force(at).is_some_and(|now| now.effective == version.effective) {
                let within =
                    |period: &CommittedPeriod| (midnight(period.from)..midnight(period.to)).contains(&at);
                let period = periods.iter().position(within)?;
                return (terms.exits.is_none_or(|exits| at < exits))
                    .then(|| u32::try_from(before + period / each).unwrap_or(u32::MAX));
            }
            before += periods.len().div_ceil(each);
        }
        None
    };
    (0..quarters).map(number).collect()
}

/// Which part of a commitment is meant.
#[derive(Clone, Copy)]
enum Part {
    /// What is paid in any case.
    Minimum,
    /// All of it.
    Whole,
}

/// What is committed between two instants: of each period the part that lies between them, under the version in force when the
/// part begins.
fn committed_usd(agreement: &Agreement, (from, to): (SimTime, SimTime), part: Part) -> f64 {
    let terms = |at: SimTime| match agreement.in_force(at).and_then(|version| version.terms.as_ref()) {
        Some(Terms::Commitment(terms)) => Some(terms),
        _ => None,
    };
    let changes = agreement.versions.iter().map(|version| version.effective);
    let mut cuts: Vec<SimTime> = changes.filter(|at| (from..to).contains(at)).collect();
    cuts.extend([from, to]);
    cuts.sort_unstable();
    let parts = cuts.windows(2).filter_map(|part| Some((terms(part[0])?, part[0], part[1])));
    parts.map(|(terms, from, to)| within(terms, (from, to), part)).sum()
}

fn within(terms: &Commitment, (from, to): (SimTime, SimTime), part: Part) -> f64 {
    let leaves = terms.exits.unwrap_or(SimTime(i64::MAX));
    let share = match part {
        Part::Minimum => f64::from(terms.terms.minimum.0) / 1e6,
        Part::Whole => 1.0,
    };
    let periods = terms.terms.periods.iter().map(|period| {
        let (first, last) = (midnight(period.from), midnight(period.to));
        let (begins, ends) = (first.max(from), last.min(to).min(leaves));
        let inside = (ends.0.saturating_sub(begins.0)).max(0) as f64 / (last.0 - first.0).max(1) as f64;
        // Quantities are micro-dollars.
        period.committed as f64 / 1e6 * share * inside
    });
    periods.sum()
}

/// The first instant of a day; a commitment's periods are whole months, and an hour more or less is nothing to a plan.
fn midnight(day: jiff::civil::Date) -> SimTime {
    let days = day.since(jiff::civil::date(1970, 1, 1)).map_or(0, |span| i64::from(span.get_days()));
    SimTime(0).saturating_add(Span::DAY * days)
}

/// The rights whose holders take a share.
pub(super) fn rights(
    plan: &PlanText,
    (start, quarters): (SimTime, usize),
    (agreements, futures): (&[Agreement], &[Future]),
    cx: &mut Cx<'_>,
) -> Vec<PlanRight> {
    let mut found: Vec<PlanRight> = Vec::new();
    for row in &plan.right.0 {
        let Some(name) = &row.agreement else { continue };
        let Some(agreement) = named(name, agreements, &["first_refusal", "first_offer"], cx) else {
            continue;
        };
        let Some(shares) = by_quarter(&row.share, quarters) else { continue };
        if found.iter().any(|known| known.agreement == name.value) {
            let message = format!("`{}` takes its share twice", name.value);
            cx.error(name.mark, rules::PLAN_AGREEMENT, message, "keep one of them");
            continue;
        }
        let side = agreement.versions.iter().find_map(|version| match &version.terms {
            Some(Terms::Refusal(terms)) => Some(terms.right.side),
            _ => None,
        });
        let takes = match (side, &row.demand) {
            (Some(Side::Buys), None) => Takes::Demand(None),
            (Some(Side::Buys), Some(demand)) => {
                let known =
                    plan.demand.0.iter().map(|row| row.name.as_ref().map_or("", |name| name.value.as_str()));
                let Some(at) = find(cx, demand, "demand of the plan", known) else { continue };
                Takes::Demand(Some(at))
            }
            _ => Takes::Compute(value(&row.usd_per_unit_year).unwrap_or(0.0)),
        };
        let holds = |at: SimTime| match agreement.in_force(at).and_then(|version| version.terms.as_ref()) {
            Some(Terms::Refusal(terms)) => (terms.right.from..terms.right.until).contains(&at),
            _ => false,
        };
        let share =
            shares.iter().enumerate().map(|(t, share)| if holds(begin(start, t)) { *share } else { 0.0 });
        found.push(PlanRight { agreement: name.value.clone(), takes, share: share.collect() });
        refuse_more_than_all(&found, futures, name, cx);
    }
    found
}

/// Rights to compute that take more than there is, with the last that is named.
fn refuse_more_than_all(rights: &[PlanRight], futures: &[Future], last: &Given<String>, cx: &mut Cx<'_>) {
    let is_last = rights.last().is_some_and(|right| matches!(right.takes, Takes::Compute(_)));
    let of_compute = || rights.iter().filter(|right| matches!(right.takes, Takes::Compute(_)));
    let quarters = rights.iter().map(|right| right.share.len()).max().unwrap_or(0);
    for future in futures.iter().filter(|_| is_last) {
        let taken =
            |t: usize| of_compute().map(|right| (right.share[t] * future.elections).min(1.0)).sum::<f64>();
        if let Some(t) = (0..quarters).find(|&t| taken(t) > 1.0 + 1e-9) {
            let message = format!(
                "rights take {} of all compute in quarter {} if `{}` comes",
                crate::scalar::plain((taken(t) * 1e6).round() / 1e6),
                t + 1,
                future.name
            );
            cx.error(last.mark, rules::PLAN_AGREEMENT, message, "write smaller shares, or fewer `elections`");
            return;
        }
    }
}
