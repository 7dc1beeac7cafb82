//! Agreements about a site: service credits, power contracts, leases, backstops; and loans.

use super::Draft;
use super::refusal::kilowatts;
use crate::context::Cx;
use crate::keys::{BackstopText, LeaseText, LoanText, PowerContractText, ServiceCreditText};
use crate::language::Field;
use crate::rules;
use crate::scalar::terms::GuarantorName;
use crate::world::agreements::{
    Answer, Backstop, GuarantorChoice, Lease, Loan, PowerContract, ServiceCredit,
};
use agreement::amount::{Price, Rounding, Share};
use agreement::loan::Kind as LoanKind;
use agreement::{lease, loan, power, rules as terms_rules, service};
use base::{Diagnostic, Money, Span};

fn value<T: Clone>(field: &Field<T>) -> Option<T> {
    field.as_ref().map(|given| given.value.clone())
}

impl Draft<'_, '_> {
    pub fn service_credit(&self, text: &ServiceCreditText, cx: &mut Cx<'_>) -> Option<ServiceCredit> {
        let parties = self.two((&text.provider, "provider"), (&text.customer, "customer"), cx);
        let site = text.site.as_ref().and_then(|_| self.names.site(&text.site, cx));
        let tiers: Vec<service::Tier> = text
            .tier
            .0
            .iter()
            .filter_map(|row| Some(service::Tier { below: value(&row.below)?, credit: value(&row.credit)? }))
            .collect();
        if text.tier.0.is_empty() {
            let message = "no availability is promised".to_string();
            cx.lack(self.mark, rules::MISSING_KEY, message, "add `[[...tier]]` with `below` and `credit`");
        }
        let (provider, customer) = parties?;
        if text.site.is_some() && site.is_none() {
            return None;
        }
        let terms = service::Terms {
            id: self.key.to_string(),
            tiers,
            monthly_cap: value(&text.monthly_cap).unwrap_or(Share::WHOLE),
            rolling_cap: value(&text.rolling_cap).unwrap_or(Share::WHOLE),
            rounding: value(&text.rounding).unwrap_or(Rounding::HalfAway),
        };
        let excluded = value(&text.excluded).unwrap_or(Span::ZERO);
        Some(ServiceCredit { provider, customer, site, excluded, terms })
    }

    pub fn power_contract(&self, text: &PowerContractText, cx: &mut Cx<'_>) -> Option<PowerContract> {
        let parties = self.two((&text.supplier, "supplier"), (&text.customer, "customer"), cx);
        self.need(&text.site, "site", "\"abilene\"", cx);
        let site = self.names.site(&text.site, cx);
        let from = self.need(&text.from, "from", "\"2026-01-01\"", cx);
        let months = self.need(&text.months, "months", "228", cx);
        let ramp = self.ramp(text, cx)?;
        let ratchet = value(&text.ratchet).map(|share| (share, value(&text.ratchet_months).unwrap_or(11)));
        let terms = power::Terms {
            id: self.key.to_string(),
            ramp,
            minimum: value(&text.minimum).unwrap_or(Share::NONE),
            ratchet,
            demand_price: Price { amount: value(&text.usd_per_kw_month).unwrap_or(Money::ZERO), per: 1 },
            energy_price: Price { amount: value(&text.usd_per_mwh).unwrap_or(Money::ZERO), per: 1000 },
            months: months?,
            exit_months: value(&text.exit_months).unwrap_or(0),
            shed_first: value(&text.shed_first).unwrap_or(false),
            rounding: value(&text.rounding).unwrap_or(Rounding::HalfAway),
        };
        let (supplier, customer) = parties?;
        let exits = self.instant_of(&text.exits);
        Some(PowerContract { supplier, customer, site: site?, from: self.instant(from?), terms, exits })
    }

    fn ramp(&self, text: &PowerContractText, cx: &mut Cx<'_>) -> Option<Vec<(u32, i64)>> {
        let rows: Vec<(u32, i64)> = text
            .ramp
            .0
            .iter()
            .filter_map(|row| Some((value(&row.month)?, kilowatts(value(&row.contract_mw)?))))
            .collect();
        match (self.power(&text.contract_mw), rows.is_empty()) {
            (Some(kw), true) => Some(vec![(0, kw)]),
            (Some(_), false) => {
                let mark = text.contract_mw.as_ref().map_or(self.mark, |given| given.mark);
                let message = "`contract_mw` and `ramp` exclude each other".to_string();
                cx.error(mark, rules::EXCLUDED, message, "keep one of them");
                None
            }
            (None, true) => {
                self.need(&text.contract_mw, "contract_mw", "1383.0", cx);
                None
            }
            (None, false) => {
                if rows.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
                    let mark = text.ramp.0.get(1).map_or(self.mark, |row| row.mark);
                    let message = "the months of the ramp do not rise".to_string();
                    let diagnostic = Diagnostic::error(&terms_rules::PERIODS_NOT_CONTIGUOUS, message);
                    cx.report(mark, diagnostic.with_hint("list the steps from the first month on"));
                    return None;
                }
                Some(rows)
            }
        }
    }

    pub fn lease(&self, text: &LeaseText, cx: &mut Cx<'_>) -> Option<Lease> {
        let parties = self.two((&text.lessor, "lessor"), (&text.lessee, "lessee"), cx);
        self.need(&text.site, "site", "\"abilene\"", cx);
        let site = self.names.site(&text.site, cx);
        let from = self.need(&text.from, "from", "\"2026-01-01\"", cx);
        let months = self.need(&text.months, "months", "180", cx);
        let rent = self.need(&text.usd_per_month, "usd_per_month", "2e6", cx);
        let options: Vec<u32> =
            text.options.0.iter().flat_map(|list| &list.value).map(|option| option.value).collect();
        let extends = value(&text.extends).unwrap_or(0);
        if let Some(given) = text.extends.as_ref().filter(|given| given.value as usize > options.len()) {
            let message = format!("{} options are exercised, and there are {}", given.value, options.len());
            cx.error(given.mark, rules::OUT_OF_RANGE, message, format!("write at most {}", options.len()));
        }
        let terms = lease::Terms {
            id: self.key.to_string(),
            months: months?,
            free_months: value(&text.free_months).unwrap_or(0),
            rent: rent?,
            escalator: value(&text.escalator).unwrap_or(Share::NONE),
            options,
            option_notice_months: value(&text.option_notice_months).unwrap_or(6),
            termination_months: value(&text.termination_months).unwrap_or(0),
            rounding: value(&text.rounding).unwrap_or(Rounding::HalfAway),
        };
        let (lessor, lessee) = parties?;
        let terminated = self.instant_of(&text.terminated);
        Some(Lease { lessor, lessee, site: site?, from: self.instant(from?), terms, extends, terminated })
    }

    pub fn backstop(&self, text: &BackstopText, cx: &mut Cx<'_>) -> Option<Backstop> {
        let guarantor = self.need_partner(&text.guarantor, "guarantor", cx);
        self.need(&text.lease, "lease", "\"lake-mariner\"", cx);
        let lease = text.lease.as_ref().and_then(|name| self.names.agreement(name, "lease", cx));
        let notice = self.need(&text.notice, "notice", "\"30 days\"", cx);
        let after = value(&text.chooses_after).unwrap_or(Span::ZERO);
        let answer = match value(&text.chooses).unwrap_or(GuarantorName::Silent) {
            GuarantorName::Silent => Answer::Silence,
            GuarantorName::Fee => Answer::After(after, GuarantorChoice::Fee),
            GuarantorName::StepIn => Answer::After(after, GuarantorChoice::StepIn),
        };
        Some(Backstop { guarantor: guarantor?, lease: lease?, notice: notice?, answer })
    }

    pub fn loan(&self, text: &LoanText, cx: &mut Cx<'_>) -> Option<Loan> {
        let parties = self.two((&text.lender, "lender"), (&text.borrower, "borrower"), cx);
        let pattern = self.need(&text.pattern, "pattern", "\"annuity\"", cx);
        let usd = self.need(&text.usd, "usd", "1e9", cx);
        let from = self.need(&text.from, "from", "\"2026-01-01\"", cx);
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut say = |name: &str, value: String| pairs.push((name.to_string(), value));
        say("contractRole", "RPA".to_string());
        if let (Some(pattern), Some(usd), Some(from)) = (pattern, usd, from) {
            let begins = format!("{}T00:00:00", from.0);
            let word = match pattern {
                LoanKind::Bullet => "PAM",
                LoanKind::Linear => "LAM",
                LoanKind::NegativeAmortiser => "NAM",
                LoanKind::Annuity => "ANN",
            };
            say("contractType", word.to_string());
            // What happens on the first day belongs to the run: the state is that of the day before.
            let before = from.0.yesterday().unwrap_or(from.0);
            say("statusDate", format!("{before}T00:00:00"));
            say("initialExchangeDate", begins.clone());
            say("notionalPrincipal", usd.to_string());
            let interest = value(&text.interest_months).unwrap_or(3);
            if let Some(rate) = value(&text.rate) {
                say("nominalInterestRate", rate.to_string());
                say("cycleOfInterestPayment", format!("P{interest}ML0"));
                say("cycleAnchorDateOfInterestPayment", begins.clone());
            }
            say("dayCountConvention", value(&text.day_count).unwrap_or_else(|| "30E360".into()));
            if pattern != LoanKind::Bullet {
                let every = value(&text.redemption_months).unwrap_or(interest);
                say("cycleOfPrincipalRedemption", format!("P{every}ML0"));
            }
            if let Some(until) = value(&text.until) {
                say("maturityDate", format!("{}T00:00:00", until.0));
            }
            if let Some(payment) = value(&text.payment_usd) {
                say("nextPrincipalRedemptionPayment", payment.to_string());
            }
        }
        for given in text.actus.0.iter().flat_map(|list| &list.value) {
            match given.value.split_once('=') {
                Some((name, value)) if !name.trim().is_empty() => {
                    pairs.retain(|(known, _)| known != name.trim());
                    pairs.push((name.trim().to_string(), value.trim().to_string()));
                }
                _ => {
                    let message = format!("`{}` is no term of the dictionary", given.value);
                    let diagnostic = Diagnostic::error(&terms_rules::UNREADABLE_TERM, message);
                    cx.report(given.mark, diagnostic.with_hint("write `\"calendar = MF\"`"));
                }
            }
        }
        let (lender, borrower) = parties?;
        pattern.and(usd).and(from)?;
        match loan::Terms::from_actus(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))) {
            Ok(terms) => match loan::Loan::new(terms.clone()) {
                Ok(_) => Some(Loan { lender, borrower, terms }),
                Err(found) => {
                    self.refuse(found, cx);
                    None
                }
            },
            Err(found) => {
                self.refuse_actus(text, found, cx);
                None
            }
        }
    }

    /// What the dictionary's reader refused, at the key of ours that said it.
    fn refuse_actus(&self, text: &LoanText, found: base::Diagnostics, cx: &mut Cx<'_>) {
        let ours = |name: &str| match name {
            "notionalPrincipal" => text.usd.as_ref().map(|given| given.mark),
            "dayCountConvention" => text.day_count.as_ref().map(|given| given.mark),
            "maturityDate" => text.until.as_ref().map(|given| given.mark),
            "nextPrincipalRedemptionPayment" => text.payment_usd.as_ref().map(|given| given.mark),
            _ => None,
        };
        for diagnostic in found.0 {
            let name = diagnostic.field.clone().unwrap_or_default();
            let said = text.actus.0.iter().flat_map(|list| &list.value);
            let said =
                said.filter(|given| given.value.split('=').next().map(str::trim) == Some(name.as_str()));
            let mark = said.map(|given| given.mark).next().or_else(|| ours(&name)).unwrap_or(self.mark);
            cx.report(mark, Diagnostic { field: None, ..diagnostic });
        }
    }
}
