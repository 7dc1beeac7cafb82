//! The terms of a loan, and how they are read from the names of the ACTUS dictionary.

use crate::calendar::{Calendar, Shift};
use crate::cycle::{Cycle, EndOfMonth};
use crate::daycount::DayCount;
use crate::rules;
use base::{Diagnostic, Diagnostics};
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The pattern of a loan (ACTUS contract types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// PAM: principal at maturity.
    Bullet,
    /// LAM: the same principal each time.
    Linear,
    /// NAM: the same payment each time, whatever the rate; interest not covered is added to the principal.
    NegativeAmortiser,
    /// ANN: the same payment each time, fixed anew when the rate is.
    Annuity,
}

/// Whose cash flows these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// The lender's (RPA).
    Asset,
    /// The borrower's (RPL).
    Liability,
}

impl Role {
    /// +1 for a claim, -1 for an obligation.
    pub fn sign(self) -> f64 {
        match self {
            Role::Asset => 1.0,
            Role::Liability => -1.0,
        }
    }
}

/// When something happens again and again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// The first time; one cycle after the initial exchange if not given.
    pub anchor: Option<DateTime>,
    /// How often; once if not given.
    pub cycle: Option<Cycle>,
}

impl Series {
    /// Whether anything is said at all.
    pub fn is_given(self) -> bool {
        self.anchor.is_some() || self.cycle.is_some()
    }
}

/// What interest is computed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InterestBase {
    /// The outstanding notional (NT).
    #[default]
    Outstanding,
    /// The notional at the initial exchange until the first repayment (NTIED).
    Initial,
    /// An amount that follows the notional only at its own dates (NTL).
    Lagged,
}

/// How the rate follows an index.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reset {
    /// When.
    pub series: Series,
    /// The index.
    pub index: String,
    /// Times this.
    pub multiplier: f64,
    /// Plus this.
    pub spread: f64,
    /// The rate of the next reset, if it is known already.
    pub next_rate: Option<f64>,
    /// Never below.
    pub life_floor: Option<f64>,
    /// Never above.
    pub life_cap: Option<f64>,
    /// No step below this (negative for a fall).
    pub period_floor: Option<f64>,
    /// No step above.
    pub period_cap: Option<f64>,
}

/// A fee.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fee {
    /// When it is paid.
    pub series: Series,
    /// An amount, or a rate a year on the notional.
    pub rate: f64,
    /// Whether `rate` is on the notional (`N`) and not an amount (`A`).
    pub on_notional: bool,
    /// What had accrued at the status date.
    pub accrued: Option<f64>,
}

/// Payments that follow an index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// When the index is read.
    pub series: Series,
    /// The index.
    pub index: String,
    /// Its value to compare with.
    pub base: f64,
    /// Whether interest is scaled.
    pub interest: bool,
    /// Whether principal is scaled.
    pub notional: bool,
    /// The multiplier of interest at the status date.
    pub interest_multiplier: f64,
    /// The multiplier of principal at the status date.
    pub notional_multiplier: f64,
}

/// What an early repayment changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrepaymentEffect {
    /// It is refused.
    #[default]
    Refused,
    /// Later payments become smaller (`A`).
    SmallerPayments,
    /// The loan ends earlier (`M`).
    EarlierEnd,
}

/// What an early repayment costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Penalty {
    /// Nothing (`O`).
    #[default]
    None,
    /// An amount (`A`).
    Amount(f64),
    /// A rate a year on the notional since the last event (`N`).
    Rate(f64),
    /// The rate above the index since the last event (`I`).
    Differential,
}

/// A loan by the ACTUS standard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// The pattern.
    pub kind: Kind,
    /// Whose cash flows.
    pub role: Role,
    /// The currency of the amounts.
    pub currency: String,
    /// The currency of the payments, if another; the rate is observed as `USD/CHF`.
    pub settlement_currency: Option<String>,
    /// From when on events are computed; what happened until then is in the state.
    pub status: DateTime,
    /// When the principal is paid out.
    pub initial_exchange: DateTime,
    /// When the rest is paid back.
    pub maturity: Option<DateTime>,
    /// The date for which an annuity is dimensioned, if not the maturity.
    pub amortisation: Option<DateTime>,
    /// The principal.
    pub notional: f64,
    /// Added to the principal at the initial exchange; negative for a discount.
    pub premium: f64,
    /// The rate a year; no interest if not given.
    pub rate: Option<f64>,
    /// Interest accrued at the status date (or the initial exchange), if given.
    pub accrued: Option<f64>,
    /// How years are counted.
    pub day_count: DayCount,
    /// Business days.
    pub calendar: Calendar,
    /// Where payments go that do not fall on one.
    pub shift: Shift,
    /// Whether amounts are computed for the date before the shift (`CS...`).
    pub calculate_before_shift: bool,
    /// What the last day of a month means.
    pub end_of_month: EndOfMonth,
    /// When interest is paid.
    pub interest: Series,
    /// Until when it is added to the principal instead.
    pub capitalisation_end: Option<DateTime>,
    /// When principal is paid back.
    pub redemption: Series,
    /// The next redemption (LAM) or payment (NAM, ANN).
    pub next_redemption: Option<f64>,
    /// What interest is computed on.
    pub base: InterestBase,
    /// The amount for `Initial` and `Lagged`.
    pub base_amount: Option<f64>,
    /// When a lagged base follows.
    pub base_series: Series,
    /// How the rate follows an index.
    pub reset: Reset,
    /// A fee.
    pub fee: Option<Fee>,
    /// Indexation.
    pub scaling: Option<Scaling>,
    /// When and for how much it was bought; earlier events are not ours.
    pub purchase: Option<(DateTime, f64)>,
    /// When and for how much it is sold; later events are not ours.
    pub termination: Option<(DateTime, f64)>,
    /// What an early repayment changes.
    pub prepayment: PrepaymentEffect,
    /// What an early repayment costs.
    pub penalty: Penalty,
}

/// Reads a time of the dictionary: `2013-01-01T00:00:00`, without seconds, without a time, or with hour 24.
pub fn parse_time(text: &str) -> Option<DateTime> {
    let text = text.trim();
    if let Some(day) = text.strip_suffix("T24:00:00") {
        return day.parse::<Date>().ok()?.tomorrow().ok().map(|day| day.at(0, 0, 0, 0));
    }
    match text.parse::<DateTime>() {
        Ok(time) => Some(time),
        Err(_) => format!("{text}:00").parse::<DateTime>().ok(),
    }
}

struct Reader<'a> {
    pairs: BTreeMap<&'a str, &'a str>,
    found: Diagnostics,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.pairs.get(name).copied().map(str::trim).filter(|text| !text.is_empty())
    }
    fn read<T>(&mut self, name: &str, form: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(name)?;
        let value = parse(text);
        if value.is_none() {
            let message = format!("`{name}` cannot be read");
            let diagnostic =
                Diagnostic::error(&rules::UNREADABLE_TERM, message).with_field(name).with_value(text);
            self.found.push(diagnostic.with_hint(form));
        }
        value
    }
    fn time(&mut self, name: &str) -> Option<DateTime> {
        self.read(name, "write a time as `2013-01-01T00:00:00`", parse_time)
    }
    fn number(&mut self, name: &str) -> Option<f64> {
        self.read(name, "write a finite number", |text| {
            text.parse().ok().filter(|number: &f64| number.is_finite())
        })
    }
    fn series(&mut self, anchor: &str, cycle: &str) -> Series {
        let form = "write a cycle as `P1ML1`: monthly with a short stub";
        Series { anchor: self.time(anchor), cycle: self.read(cycle, form, Cycle::parse) }
    }
    fn missing(&mut self, name: &str) {
        let diagnostic =
            Diagnostic::error(&rules::MISSING_TERM, format!("`{name}` is missing")).with_field(name);
        self.found.push(diagnostic.with_hint(format!("add `{name}`")));
    }
    fn need<T>(&mut self, name: &str, value: Option<T>) -> Option<T> {
        if value.is_none() && self.text(name).is_none() {
            self.missing(name);
        }
        value
    }
}

impl Terms {
    /// Reads terms by their names in the ACTUS dictionary, 1.1; every mistake at once. Unknown names are ignored.
    pub fn from_actus<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Terms, Diagnostics> {
        let mut reader = Reader { pairs: pairs.into_iter().collect(), found: Diagnostics::new() };
        let terms = read_terms(&mut reader);
        match terms {
            Some(terms) if !reader.found.has_errors() => Ok(terms),
            _ => Err(reader.found),
        }
    }
}

fn read_terms(r: &mut Reader<'_>) -> Option<Terms> {
    let kind = r.read("contractType", "`PAM`, `LAM`, `NAM` or `ANN`", |text| match text {
        "PAM" => Some(Kind::Bullet),
        "LAM" => Some(Kind::Linear),
        "NAM" => Some(Kind::NegativeAmortiser),
        "ANN" => Some(Kind::Annuity),
        _ => None,
    });
    let kind = r.need("contractType", kind);
    let role = r.read("contractRole", "`RPA` or `RPL`", |text| match text {
        "RPA" | "LG" | "RFL" | "COL" | "CNO" | "OBL" | "UDL" | "UDLP" => Some(Role::Asset),
        "RPL" | "ST" | "PFL" | "GUA" | "UDLM" => Some(Role::Liability),
        _ => None,
    });
    let role = r.need("contractRole", role);
    let status = r.time("statusDate");
    let status = r.need("statusDate", status);
    let initial_exchange = r.time("initialExchangeDate");
    let initial_exchange = r.need("initialExchangeDate", initial_exchange);
    let notional = r.number("notionalPrincipal");
    let notional = r.need("notionalPrincipal", notional);
    let day_count = r.read("dayCountConvention", "`A365`, `A360`, `30E360`, `AA`, ...", DayCount::parse);
    let rate = r.number("nominalInterestRate");
    let day_count = if rate.is_some() { r.need("dayCountConvention", day_count) } else { day_count };
    let (shift, calculate_before_shift) = read_shift(r);
    let calendar = r.read("calendar", "`MF` or `NC`", |text| match text {
        "NC" | "NoCalendar" | "NoHoliday" => Some(Calendar::every_day()),
        "MF" | "MondayToFriday" => Some(Calendar::monday_to_friday()),
        name => Calendar::named(name),
    });
    let end_of_month = r.read("endOfMonthConvention", "`EOM` or `SD`", |text| match text {
        "EOM" | "EndOfMonth" => Some(EndOfMonth::EndOfMonth),
        "SD" | "SameDay" => Some(EndOfMonth::SameDay),
        _ => None,
    });
    let base = r.read("interestCalculationBase", "`NT`, `NTIED` or `NTL`", |text| match text {
        "NT" => Some(InterestBase::Outstanding),
        "NTIED" => Some(InterestBase::Initial),
        "NTL" => Some(InterestBase::Lagged),
        _ => None,
    });
    let purchase = read_trade(r, "purchaseDate", "priceAtPurchaseDate");
    let termination = read_trade(r, "terminationDate", "priceAtTerminationDate");
    let (prepayment, penalty) = read_prepayment(r);
    let currency = r.text("currency").unwrap_or("USD").to_string();
    let settlement_currency =
        r.text("settlementCurrency").filter(|&other| other != currency).map(str::to_string);
    let terms = Terms {
        settlement_currency,
        maturity: r.time("maturityDate"),
        amortisation: r.time("amortizationDate"),
        premium: r.number("premiumDiscountAtIED").unwrap_or(0.0),
        rate,
        accrued: r.number("accruedInterest"),
        calendar: calendar.unwrap_or_else(Calendar::every_day),
        shift,
        calculate_before_shift,
        end_of_month: end_of_month.unwrap_or_default(),
        interest: r.series("cycleAnchorDateOfInterestPayment", "cycleOfInterestPayment"),
        capitalisation_end: r.time("capitalizationEndDate"),
        redemption: r.series("cycleAnchorDateOfPrincipalRedemption", "cycleOfPrincipalRedemption"),
        next_redemption: r.number("nextPrincipalRedemptionPayment"),
        base: base.unwrap_or_default(),
        base_amount: r.number("interestCalculationBaseAmount"),
        base_series: r.series("cycleAnchorDateOfInterestCalculationBase", "cycleOfInterestCalculationBase"),
        reset: read_reset(r),
        fee: read_fee(r),
        scaling: read_scaling(r),
        purchase,
        termination,
        prepayment,
        penalty,
        currency,
        kind: kind?,
        role: role?,
        status: status?,
        initial_exchange: initial_exchange?,
        notional: notional?,
        day_count: day_count.unwrap_or(DayCount::Actual365),
    };
    check(r, &terms);
    Some(terms)
}

fn check(r: &mut Reader<'_>, terms: &Terms) {
    if terms.notional < 0.0 {
        let diagnostic = Diagnostic::error(&rules::TERM_OUT_OF_RANGE, "the principal is negative");
        r.found.push(
            diagnostic
                .with_field("notionalPrincipal")
                .with_value(terms.notional)
                .with_hint("say who pays by `contractRole`"),
        );
    }
    if terms.maturity.is_some_and(|maturity| maturity <= terms.initial_exchange) {
        let diagnostic = Diagnostic::error(&rules::TERM_OUT_OF_RANGE, "the loan ends before it begins");
        r.found.push(diagnostic.with_field("maturityDate").with_hint("a date after `initialExchangeDate`"));
    }
    if terms.kind == Kind::Bullet && terms.maturity.is_none() {
        r.missing("maturityDate");
    }
    if terms.kind == Kind::NegativeAmortiser && terms.next_redemption.is_none() {
        r.missing("nextPrincipalRedemptionPayment");
    }
    if terms.kind != Kind::Bullet && terms.redemption.cycle.is_none() {
        r.missing("cycleOfPrincipalRedemption");
    }
    let end_given = terms.maturity.is_some() || terms.next_redemption.is_some();
    if !end_given
        && (terms.kind == Kind::Linear || terms.amortisation.is_none())
        && terms.kind != Kind::Bullet
    {
        r.missing("maturityDate");
    }
    if terms.reset.series.is_given() && terms.reset.index.is_empty() {
        r.missing("marketObjectCodeOfRateReset");
    }
}

fn read_shift(r: &mut Reader<'_>) -> (Shift, bool) {
    let read = r.read(
        "businessDayConvention",
        "`NOS`, `SCF`, `SCMF`, `CSF`, `CSMF`, `SCP`, `SCMP`, `CSP` or `CSMP`",
        |text| {
            Some(match text {
                "NOS" | "NULL" => (Shift::None, false),
                "SCF" => (Shift::Following, false),
                "SCMF" => (Shift::ModifiedFollowing, false),
                "SCP" => (Shift::Preceding, false),
                "SCMP" => (Shift::ModifiedPreceding, false),
                "CSF" => (Shift::Following, true),
                "CSMF" => (Shift::ModifiedFollowing, true),
                "CSP" => (Shift::Preceding, true),
                "CSMP" => (Shift::ModifiedPreceding, true),
                _ => return None,
            })
        },
    );
    read.unwrap_or((Shift::None, false))
}

fn read_trade(r: &mut Reader<'_>, date: &str, price: &str) -> Option<(DateTime, f64)> {
    let date = r.time(date)?;
    let amount = r.number(price);
    Some((date, r.need(price, amount)?))
}

fn read_prepayment(r: &mut Reader<'_>) -> (PrepaymentEffect, Penalty) {
    let effect = r.read("prepaymentEffect", "`N`, `A` or `M`", |text| match text {
        "N" => Some(PrepaymentEffect::Refused),
        "A" => Some(PrepaymentEffect::SmallerPayments),
        "M" => Some(PrepaymentEffect::EarlierEnd),
        _ => None,
    });
    let rate = r.number("penaltyRate").unwrap_or(0.0);
    let penalty = r.read("penaltyType", "`O`, `A`, `N` or `I`", |text| match text {
        "O" => Some(Penalty::None),
        "A" => Some(Penalty::Amount(rate)),
        "N" => Some(Penalty::Rate(rate)),
        "I" => Some(Penalty::Differential),
        _ => None,
    });
    (effect.unwrap_or_default(), penalty.unwrap_or_default())
}

fn read_reset(r: &mut Reader<'_>) -> Reset {
    Reset {
        series: r.series("cycleAnchorDateOfRateReset", "cycleOfRateReset"),
        index: r.text("marketObjectCodeOfRateReset").unwrap_or_default().to_string(),
        multiplier: r.number("rateMultiplier").unwrap_or(1.0),
        spread: r.number("rateSpread").unwrap_or(0.0),
        next_rate: r.number("nextResetRate"),
        life_floor: r.number("lifeFloor"),
        life_cap: r.number("lifeCap"),
        period_floor: r.number("periodFloor"),
        period_cap: r.number("periodCap"),
    }
}

fn read_fee(r: &mut Reader<'_>) -> Option<Fee> {
    let rate = r.number("feeRate").filter(|&rate| rate != 0.0)?;
    let on_notional = r.read("feeBasis", "`A` or `N`", |text| match text {
        "A" => Some(false),
        "N" => Some(true),
        _ => None,
    });
    let on_notional = r.need("feeBasis", on_notional).unwrap_or(true);
    let series = r.series("cycleAnchorDateOfFee", "cycleOfFee");
    Some(Fee { series, rate, on_notional, accrued: r.number("feeAccrued") })
}

fn read_scaling(r: &mut Reader<'_>) -> Option<Scaling> {
    let (interest, notional) = r.read("scalingEffect", "three of `I`, `N`, `O`, as `INO`", |text| {
        let ok = text.len() == 3 && text.chars().all(|c| "INMO0".contains(c));
        ok.then(|| (text.starts_with('I'), text[1..].starts_with('N')))
    })?;
    if !interest && !notional {
        return None;
    }
    let index = r.text("marketObjectCodeOfScalingIndex").map(str::to_string);
    let index = r.need("marketObjectCodeOfScalingIndex", index)?;
    let base = r.number("scalingIndexAtContractDealDate").or_else(|| r.number("scalingIndexAtStatusDate"));
    let base = r.need("scalingIndexAtContractDealDate", base)?;
    Some(Scaling {
        series: r.series("cycleAnchorDateOfScalingIndex", "cycleOfScalingIndex"),
        index,
        base,
        interest,
        notional,
        interest_multiplier: r.number("interestScalingMultiplier").unwrap_or(1.0),
        notional_multiplier: r.number("notionalScalingMultiplier").unwrap_or(1.0),
    })
}
