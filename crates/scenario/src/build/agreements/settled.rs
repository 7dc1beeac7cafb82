//! Agreements that are settled in money: commitments, revenue shares; and exclusivities and ladders.

use super::Draft;
use super::refusal::kilowatts;
use crate::context::Cx;
use crate::keys::{CommitmentText, ExclusivityText, LadderText, RevenueShareText, RungText};
use crate::language::{Field, Given};
use crate::rules;
use crate::scalar::plain;
use crate::world::agreements::{
    BLOCK_ATTRIBUTES, Commitment, Counts, Ladder, OFFER_ATTRIBUTES, Revenue, RevenueShare, Terms, party,
};
use agreement::amount::{Price, Rounding, Share};
use agreement::commitment::{Bank, CommittedPeriod, Exit};
use agreement::exclusivity::Exclusivity;
use agreement::milestone::{Award, Rung};
use agreement::predicate::{Predicate, Value};
use agreement::share::{Base, Loss, Tier, TierBasis};
use agreement::{commitment, milestone, rules as terms_rules, share};
use base::id::SiteId;
use base::{Diagnostic, Money, SimTime};
use jiff::ToSpan as _;
use jiff::civil::Date;

fn value<T: Clone>(field: &Field<T>) -> Option<T> {
    field.as_ref().map(|given| given.value.clone())
}

/// What the ladder can be asked besides what is observed.
pub const RUN_ATTRIBUTES: [&str; 4] = ["energised_mw", "energised_gpus", "energised_blocks", "date"];

impl Draft<'_, '_> {
    pub fn commitment(&self, text: &CommitmentText, cx: &mut Cx<'_>) -> Option<Commitment> {
        let parties = self.two((&text.payer, "payer"), (&text.payee, "payee"), cx);
        let from = self.need(&text.from, "from", "\"2026-01-01\"", cx);
        let counts = value(&text.counts).unwrap_or(Counts::Usd);
        let price =
            |field: &Field<Money>| value(field).map(|amount| Price { amount, per: counts.per_unit() });
        if counts != Counts::Usd {
            self.need(&text.usd_per_unit, "usd_per_unit", "2.5", cx)?;
        }
        let committed = self.committed(text, counts, cx);
        let periods = self.periods(from?.0, value(&text.period_months).unwrap_or(12), &committed?)?;
        let true_up = value(&text.true_up).unwrap_or(1);
        let bank = |field: &Field<u32>| value(field).map(|expires_after| Bank { expires_after, limit: None });
        let exit_periods = value(&text.exit_periods).unwrap_or(u32::MAX);
        let terms = commitment::Terms {
            id: self.key.to_string(),
            periods,
            minimum: value(&text.minimum).unwrap_or(Share::WHOLE),
            price: price(&text.usd_per_unit).unwrap_or(Price::MONEY),
            excess_price: price(&text.excess_usd_per_unit),
            upfront: value(&text.upfront).unwrap_or(false),
            true_up,
            make_up: bank(&text.make_up),
            carry_forward: bank(&text.carry_forward),
            exit: value(&text.exit_share).map(|share| Exit { share, periods: exit_periods }),
            rounding: value(&text.rounding).unwrap_or(Rounding::HalfAway),
        };
        if let (Some(exits), None) = (&text.exits, &text.exit_share) {
            let message = "the payer leaves, and the agreement has no price for it".to_string();
            cx.error(exits.mark, rules::MISSING_KEY, message, "write `exit_share = 1.0`");
        }
        if !cx.is_spoiled(self.mark) {
            self.refuse(terms.check(), cx);
        }
        let excuses = self.excuses(text, counts, &terms.periods, cx);
        let sites = self.sites_of(text, counts, cx);
        let (payer, payee) = parties?;
        Some(Commitment { payer, payee, counts, sites, terms, exits: self.instant_of(&text.exits), excuses })
    }

    /// The sites whose energy a commitment is for.
    fn sites_of(&self, text: &CommitmentText, counts: Counts, cx: &mut Cx<'_>) -> Vec<SiteId> {
        let Some(list) = &text.sites.0 else { return Vec::new() };
        if counts != Counts::Mwh {
            let message = "`sites` is of a commitment that is counted in energy".to_string();
            cx.error(list.mark, rules::EXCLUDED, message, "write `counts = \"mwh\"`, or leave out `sites`");
        }
        list.value.iter().filter_map(|name| self.names.site_named(name, cx)).collect()
    }

    /// What is excused, each in a period that there is.
    fn excuses(
        &self,
        text: &CommitmentText,
        counts: Counts,
        periods: &[CommittedPeriod],
        cx: &mut Cx<'_>,
    ) -> Vec<(SimTime, i64)> {
        let mut excuses = Vec::new();
        for row in &text.excuse.0 {
            let quantity = row.quantity.as_ref().and_then(|given| counted(given, counts, cx));
            let Some(on) = &row.on else { continue };
            if !periods.iter().any(|period| (period.from..period.to).contains(&on.value.0)) {
                let message = format!("no period of the commitment holds {}", on.value.0);
                cx.error(on.mark, rules::DATES, message, "write a day of the period that it is for");
            }
            excuses.extend(quantity.map(|quantity| (self.instant(on.value), quantity)));
        }
        excuses.sort_unstable();
        excuses
    }

    /// Committed quantities in the machine's unit.
    fn committed(&self, text: &CommitmentText, counts: Counts, cx: &mut Cx<'_>) -> Option<Vec<i64>> {
        let Some(list) = &text.committed.0 else {
            let message = "`committed` is missing".to_string();
            cx.lack(self.mark, rules::MISSING_KEY, message, "write `committed = [1e9, 2e9]`");
            return None;
        };
        list.value.iter().map(|given| counted(given, counts, cx)).collect()
    }

    fn periods(&self, from: Date, months: u32, committed: &[i64]) -> Option<Vec<CommittedPeriod>> {
        let day = |count: usize| from.checked_add((count as i64 * i64::from(months)).try_months_span()?).ok();
        let period = |(at, &committed): (usize, &i64)| {
            Some(CommittedPeriod { from: day(at)?, to: day(at + 1)?, committed })
        };
        committed.iter().enumerate().map(period).collect()
    }

    pub fn revenue_share(&self, text: &RevenueShareText, cx: &mut Cx<'_>) -> Option<RevenueShare> {
        let parties = self.two((&text.payer, "payer"), (&text.payee, "payee"), cx);
        let from = self.need(&text.from, "from", "\"2026-01-01\"", cx);
        let until = self.need(&text.until, "until", "\"2031-01-01\"", cx);
        let base = value(&text.base).unwrap_or(Base::Gross);
        let mut names = Vec::new();
        for name in text.net_of.0.iter().flat_map(|list| &list.value) {
            names.extend(self.names.agreement(name, "revenue_share", cx));
        }
        if let (Base::Gross, Some(list)) = (base, &text.net_of.0) {
            let message = "a gross base is net of nothing".to_string();
            cx.error(list.mark, rules::EXCLUDED, message, "write `base = \"net\"`, or leave out `net_of`");
        }
        let netted_with =
            text.netted_with.as_ref().and_then(|name| self.names.agreement(name, "revenue_share", cx));
        let terms = share::Terms {
            id: self.key.to_string(),
            from: from.map_or(SimTime(0), |day| self.instant(day)),
            until: until.map_or(SimTime::NEVER, |day| self.instant(day)),
            base,
            tiers: self.tiers(text, cx)?,
            basis: value(&text.basis).unwrap_or(TierBasis::Cumulative),
            cap: value(&text.cap_usd),
            loss: value(&text.loss).unwrap_or(Loss::Forgotten),
            rounding: value(&text.rounding).unwrap_or(Rounding::HalfAway),
        };
        if from.is_some() && until.is_some() {
            self.refuse(terms.check(), cx);
        }
        let (payer, payee) = parties?;
        let revenue = value(&text.revenue).unwrap_or(Revenue::All);
        Some(RevenueShare { payer, payee, revenue, net_of: names, netted_with, terms })
    }

    fn tiers(&self, text: &RevenueShareText, cx: &mut Cx<'_>) -> Option<Vec<Tier>> {
        match (&text.share, text.tier.0.as_slice()) {
            (Some(share), []) => Some(vec![Tier { above: Money::ZERO, share: share.value }]),
            (Some(share), [_, ..]) => {
                let message = "`share` and `tier` exclude each other".to_string();
                cx.error(share.mark, rules::EXCLUDED, message, "keep one of them");
                None
            }
            (None, []) => {
                self.need(&text.share, "share", "0.2", cx);
                None
            }
            (None, rows) => {
                let tier = |row: &crate::keys::TierText| {
                    Some(Tier { above: value(&row.above_usd)?, share: value(&row.share)? })
                };
                rows.iter().map(tier).collect()
            }
        }
    }

    pub fn exclusivity(&self, text: &ExclusivityText, cx: &mut Cx<'_>) -> Option<Terms> {
        let parties = self.two((&text.beneficiary, "beneficiary"), (&text.promised_by, "promised_by"), cx);
        let from = self.need(&text.from, "from", "\"2025-01-21\"", cx)?.0;
        let until = value(&text.until).map(|day| day.0);
        let known = [&BLOCK_ATTRIBUTES[..], &OFFER_ATTRIBUTES[..], &["date"]].concat();
        for field in [&text.scope, &text.carve_out] {
            self.check_attributes(field, &known, cx);
        }
        if until.is_some_and(|until| until <= from) {
            let mark = text.until.as_ref().map_or(self.mark, |given| given.mark);
            let message = "the exclusivity ends before it begins".to_string();
            cx.error(mark, rules::DATES, message, "write an `until` after `from`");
        }
        let (beneficiary, promised_by) = parties?;
        let terms = Exclusivity {
            id: self.key.to_string(),
            beneficiary: party(beneficiary),
            scope: text.scope.as_ref().map_or(Predicate::Always, |given| given.value.0.clone()),
            carve_out: text.carve_out.as_ref().map_or(Predicate::Never, |given| given.value.0.clone()),
            from,
            until,
        };
        Some(Terms::Exclusivity { promised_by, terms })
    }

    pub fn ladder(&self, text: &LadderText, warrant: bool, cx: &mut Cx<'_>) -> Option<Ladder> {
        let parties = self.two((&text.giver, "giver"), (&text.taker, "taker"), cx);
        if text.rung.0.is_empty() {
            let message = "the ladder has no rung".to_string();
            let hint = "add `[[...rung]]` with `name`, `when` and what it releases";
            cx.lack(self.mark, rules::MISSING_KEY, message, hint);
        }
        let mut observed: Vec<(SimTime, String, Value)> = Vec::new();
        for row in &text.observed.0 {
            let (Some(at), Some(attribute), Some(is)) = (&row.at, &row.attribute, &row.is) else { continue };
            let is = match is.value.parse() {
                Ok(number) => Value::Number(number),
                Err(_) => Value::Text(is.value.clone()),
            };
            observed.push((self.instant(at.value), attribute.value.clone(), is));
        }
        observed.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let mut known: Vec<&str> = RUN_ATTRIBUTES.to_vec();
        known.extend(
            text.observed.0.iter().filter_map(|row| row.attribute.as_ref()).map(|a| a.value.as_str()),
        );
        let rungs = text.rung.0.iter().filter_map(|row| self.rung(row, warrant, &known, cx)).collect();
        let (giver, taker) = parties?;
        let terms = milestone::Terms {
            id: self.key.to_string(),
            rungs,
            in_order: value(&text.in_order).unwrap_or(true),
        };
        let strike = value(&text.usd_per_share).unwrap_or(Money::ZERO);
        Some(Ladder { giver, taker, strike, terms, observed })
    }

    fn rung(&self, row: &RungText, warrant: bool, known: &[&str], cx: &mut Cx<'_>) -> Option<Rung> {
        self.check_attributes(&row.when, known, cx);
        let award = match (&row.usd, &row.shares) {
            (Some(usd), None) if !warrant => Award::Capital(usd.value),
            (None, Some(shares)) if warrant => Award::Shares(i64::from(shares.value)),
            _ => {
                let (what, example) = match warrant {
                    true => ("shares, and nothing else", "shares = 1000000"),
                    false => ("capital, and nothing else", "usd = 1e9"),
                };
                let message = format!("the rung of this ladder releases {what}");
                let diagnostic = Diagnostic::error(&terms_rules::MISSING_TERM, message);
                if !cx.is_spoiled(row.mark) {
                    cx.report(row.mark, diagnostic.with_hint(format!("write `{example}`")));
                }
                return None;
            }
        };
        Some(Rung {
            name: value(&row.name)?,
            condition: row.when.as_ref()?.value.0.clone(),
            award,
            until: self.instant_of(&row.until),
        })
    }

    /// A power in kilowatts that the machine counts in integers.
    pub fn power(&self, field: &Field<f64>) -> Option<i64> {
        value(field).map(kilowatts)
    }
}

/// A quantity in the machine's unit; `None` if it is more than can be counted.
fn counted(given: &Given<f64>, counts: Counts, cx: &mut Cx<'_>) -> Option<i64> {
    let quantity = given.value * counts.per_unit() as f64;
    if quantity >= 9.2e18 {
        let message = format!("{} of them are more than can be counted", plain(given.value));
        cx.error(given.mark, rules::OUT_OF_RANGE, message, "write a smaller number");
        return None;
    }
    Some(quantity.round() as i64)
}

/// A span of so many months; `None` beyond the calendar.
trait Months {
    fn try_months_span(self) -> Option<jiff::Span>;
}
impl Months for i64 {
    fn try_months_span(self) -> Option<jiff::Span> {
        0.months().try_months(self).ok()
    }
}
