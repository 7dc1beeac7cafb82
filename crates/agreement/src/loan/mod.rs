//! Loans by the ACTUS standard: bullet (PAM), linear (LAM), negative amortiser (NAM), annuity (ANN).
//!
//! Source: ACTUS technical specification (actusfrf.org, CC BY-SA 4.0), schedules, state transitions and payoff
//! functions of sections 7.1 to 7.5, with the event order of the ACTUS dictionary. A [`Loan`] is a plan of events and a
//! state; [`Loan::step`] takes it over one event. What it pays is an `f64`, as the standard has it;
//! [`Event::amount`] is the money that is posted.

mod event;
mod plan;
mod terms;

pub use event::{Event, EventKind, Planned};
pub use terms::{
    Fee, InterestBase, Kind, Penalty, PrepaymentEffect, Reset, Role, Scaling, Series, Terms, parse_time,
};

use base::Diagnostics;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Values of indices by time: what the standard calls the risk factor observer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observations(BTreeMap<String, Vec<(DateTime, f64)>>);

impl Observations {
    /// Adds a value; later values for the same time replace earlier ones.
    pub fn add(&mut self, index: &str, time: DateTime, value: f64) {
        let series = self.0.entry(index.to_string()).or_default();
        match series.binary_search_by_key(&time, |&(at, _)| at) {
            Ok(i) => series[i].1 = value,
            Err(i) => series.insert(i, (time, value)),
        }
    }
    /// The last value at or before `time`.
    pub fn at(&self, index: &str, time: DateTime) -> Option<f64> {
        let series = self.0.get(index)?;
        let after = series.partition_point(|&(at, _)| at <= time);
        series.get(after.checked_sub(1)?).map(|&(_, value)| value)
    }
}

/// An index has no value yet at the time at which a loan needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoObservation {
    /// The index.
    pub index: String,
    /// When.
    pub time: DateTime,
}

impl fmt::Display for NoObservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` has no value at or before {}", self.index, self.time)
    }
}

/// The variables of a loan (ACTUS section 5), signed by the role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct State {
    day: Date,
    notional: f64,
    rate: f64,
    accrued: f64,
    fee: f64,
    base: f64,
    payment: f64,
    interest_scale: f64,
    notional_scale: f64,
}

/// A loan on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loan {
    terms: Terms,
    maturity: DateTime,
    annuity_days: Vec<Date>,
    fee_days: Vec<Date>,
    plan: Vec<Planned>,
    next: usize,
    state: State,
}

impl Loan {
    /// A loan at its status date.
    pub fn new(terms: Terms) -> Result<Loan, Diagnostics> {
        let dates = terms.dates()?;
        let mut loan = Loan {
            plan: terms.plan(&dates),
            maturity: dates.maturity,
            state: initial_state(&terms, &dates),
            annuity_days: dates.annuity_days,
            fee_days: dates.fee_days,
            next: 0,
            terms,
        };
        if loan.terms.kind == Kind::Annuity && loan.terms.next_redemption.is_none() {
            let begins = crate::daycount::day_of(loan.terms.initial_exchange).max(loan.state.day);
            let principal = loan.terms.role.sign() * loan.terms.notional;
            let first = loan.annuity_days.partition_point(|&day| day < begins);
            loan.state.payment =
                loan.annuity_of(principal, loan.state.accrued, loan.terms.rate.unwrap_or(0.0), begins, first);
        }
        Ok(loan)
    }

    /// When the rest is paid back, given or implied.
    pub fn maturity(&self) -> DateTime {
        self.maturity
    }
    /// What is outstanding, signed by the role.
    pub fn outstanding(&self) -> f64 {
        self.state.notional
    }
    /// Interest and fees accrued up to a day, the last event's or later, and not due yet; signed by the role. Nothing happens.
    pub fn accrued_at(&self, day: Date) -> f64 {
        let mut ahead = self.clone();
        ahead.accrue(day, self.terms.fraction(self.state.day, day));
        ahead.state.interest_scale * ahead.state.accrued + ahead.state.fee
    }
    /// The event that comes next.
    pub fn next_event(&self) -> Option<&Planned> {
        self.plan.get(self.next)
    }

    /// Plans an early repayment of `amount` (positive) and its penalty; `false` if the terms refuse it or it is past.
    pub fn prepay(&mut self, time: DateTime, amount: f64) -> bool {
        let past = self.next > 0 && self.plan[self.next - 1].time > time;
        if self.terms.prepayment == PrepaymentEffect::Refused || past || amount.is_nan() || amount <= 0.0 {
            return false;
        }
        for (kind, amount) in [(EventKind::Penalty, 0.0), (EventKind::Prepayment, amount)] {
            if kind == EventKind::Penalty && self.terms.penalty == Penalty::None {
                continue;
            }
            let planned = Planned { time, day: crate::daycount::day_of(time), kind, amount };
            let at =
                self.plan.partition_point(|event| (event.time, event.kind) <= (time, kind)).max(self.next);
            self.plan.insert(at, planned);
        }
        true
    }

    /// Takes the loan over its next event. After an error the loan has not moved.
    pub fn step(&mut self, observations: &Observations) -> Option<Result<Event, NoObservation>> {
        let planned = *self.plan.get(self.next)?;
        let before = self.state.clone();
        let happened = self.happen(planned, observations);
        match happened {
            Ok(_) => self.next += 1,
            Err(_) => self.state = before,
        }
        Some(happened)
    }

    fn happen(&mut self, planned: Planned, observations: &Observations) -> Result<Event, NoObservation> {
        let observe = |index: &str| {
            let missing = || NoObservation { index: index.to_string(), time: planned.time };
            observations.at(index, planned.time).ok_or_else(missing)
        };
        let exchange = match &self.terms.settlement_currency {
            Some(settlement) => observe(&format!("{}/{settlement}", self.terms.currency))?,
            None => 1.0,
        };
        let before = self.state.clone();
        let years = self.terms.fraction(before.day, planned.day);
        self.accrue(planned.day, years);
        self.state.day = planned.day;
        let sign = self.terms.role.sign();
        let payoff = match planned.kind {
            EventKind::InitialExchange => {
                self.begin(planned.day);
                -sign * (self.terms.notional + self.terms.premium)
            }
            EventKind::Redemption => {
                let redeemed = self.redemption();
                self.repay(redeemed);
                self.state.notional_scale * redeemed
            }
            EventKind::Prepayment => self.happen_prepayment(planned.amount),
            EventKind::Penalty => match self.terms.penalty {
                Penalty::None => 0.0,
                Penalty::Amount(amount) => sign * amount,
                Penalty::Rate(rate) => years * before.notional * rate,
                Penalty::Differential => {
                    years * before.notional * (before.rate - observe(&self.terms.reset.index)?).max(0.0)
                }
            },
            EventKind::Fee => self.happen_fee(),
            EventKind::Interest => self.state.interest_scale * std::mem::take(&mut self.state.accrued),
            EventKind::Capitalisation => {
                self.state.notional += std::mem::take(&mut self.state.accrued);
                self.follow_base();
                0.0
            }
            EventKind::Reset => {
                self.state.rate =
                    reset_rate(&self.terms.reset, before.rate, observe(&self.terms.reset.index)?);
                0.0
            }
            EventKind::FixedReset => {
                self.state.rate = self.terms.reset.next_rate.unwrap_or(before.rate);
                0.0
            }
            EventKind::PaymentFixing => {
                self.state.payment = self.annuity(planned.day);
                0.0
            }
            EventKind::ScalingFixing => {
                if let Some(scaling) = &self.terms.scaling {
                    let ratio = observe(&scaling.index)? / scaling.base;
                    self.state.interest_scale = if scaling.interest { ratio } else { before.interest_scale };
                    self.state.notional_scale = if scaling.notional { ratio } else { before.notional_scale };
                }
                0.0
            }
            EventKind::BaseFixing => {
                self.state.base = self.state.notional;
                0.0
            }
            EventKind::Purchase => {
                -sign * (self.terms.purchase.map_or(0.0, |(_, price)| price) + self.state.accrued)
            }
            EventKind::Termination => {
                let price = self.terms.termination.map_or(0.0, |(_, price)| price);
                let payoff = sign * (price + self.state.accrued);
                self.end();
                self.state.rate = 0.0;
                payoff
            }
            EventKind::Maturity => {
                let state = &self.state;
                let payoff =
                    state.notional_scale * state.notional + state.interest_scale * state.accrued + state.fee;
                self.end();
                payoff
            }
            EventKind::Analysis => 0.0,
        };
        let State { notional, rate, accrued, .. } = self.state;
        Ok(Event {
            time: planned.time,
            kind: planned.kind,
            payoff: exchange * payoff,
            notional,
            rate,
            accrued,
        })
    }

    /// Interest and fee for the time since the last event.
    fn accrue(&mut self, day: Date, years: f64) {
        let base = if self.terms.kind == Kind::Bullet { self.state.notional } else { self.state.base };
        self.state.accrued += years * self.state.rate * base;
        if let Some(fee) = self.terms.fee {
            if fee.on_notional {
                self.state.fee += years * self.state.notional * fee.rate;
            } else {
                let next = self.fee_days.partition_point(|&other| other < day);
                if let (Some(&last), Some(&next)) =
                    (next.checked_sub(1).and_then(|i| self.fee_days.get(i)), self.fee_days.get(next))
                {
                    let share = self.terms.fraction(last, day) / self.terms.fraction(last, next);
                    self.state.fee = share * self.terms.role.sign() * fee.rate;
                }
            }
        }
    }

    fn begin(&mut self, day: Date) {
        let terms = &self.terms;
        let (sign, state) = (terms.role.sign(), &mut self.state);
        state.notional = sign * terms.notional;
        state.rate = terms.rate.unwrap_or(0.0);
        state.base = sign * initial_base(terms);
        state.fee = 0.0;
        let anchor = terms.interest.anchor.map(crate::daycount::day_of);
        state.accrued = match (terms.accrued, anchor) {
            (Some(accrued), _) => sign * accrued,
            (None, Some(anchor)) if anchor < day => terms.fraction(anchor, day) * state.notional * state.rate,
            _ => 0.0,
        };
    }

    /// The principal that the next redemption pays back, signed; never more than is outstanding.
    fn redemption(&self) -> f64 {
        let sign = self.terms.role.sign();
        let asked = match self.terms.kind {
            Kind::Linear | Kind::Bullet => self.state.payment,
            Kind::NegativeAmortiser | Kind::Annuity => self.state.payment - self.state.accrued,
        };
        sign * (sign * asked).min(sign * self.state.notional)
    }

    fn repay(&mut self, amount: f64) {
        self.state.notional -= amount;
        self.follow_base();
    }

    fn follow_base(&mut self) {
        if self.terms.base != InterestBase::Lagged {
            self.state.base = self.state.notional;
        }
    }

    fn happen_prepayment(&mut self, amount: f64) -> f64 {
        let sign = self.terms.role.sign();
        let paid = sign * amount.min(sign * self.state.notional);
        let before = self.state.notional;
        self.repay(paid);
        if self.terms.prepayment == PrepaymentEffect::SmallerPayments {
            match self.terms.kind {
                Kind::Annuity => self.state.payment = self.annuity(self.state.day),
                Kind::Linear if before != 0.0 => self.state.payment *= self.state.notional / before,
                _ => {}
            }
        }
        paid
    }

    fn happen_fee(&mut self) -> f64 {
        let accrued = std::mem::take(&mut self.state.fee);
        match self.terms.fee {
            Some(fee) if !fee.on_notional => self.terms.role.sign() * fee.rate,
            _ => accrued,
        }
    }

    fn end(&mut self) {
        let state = &mut self.state;
        (state.notional, state.accrued, state.fee, state.base) = (0.0, 0.0, 0.0, 0.0);
    }

    /// The payment that repays what is outstanding by the end of the annuity.
    fn annuity(&self, day: Date) -> f64 {
        let first = self.annuity_days.partition_point(|&other| other <= day);
        self.annuity_of(self.state.notional, self.state.accrued, self.state.rate, day, first)
    }

    /// ACTUS section 3.8: `(n + a) P / (1 + S)` with the growth factors between the payment days from the `first` on;
    /// what accrues from `day` until then is added to `a`.
    fn annuity_of(&self, notional: f64, accrued: f64, rate: f64, day: Date, first: usize) -> f64 {
        let days = &self.annuity_days[first..];
        let Some(&first) = days.first() else { return notional + accrued };
        let owed = notional * (1.0 + rate * self.terms.fraction(day, first)) + accrued;
        let (mut growth, mut sum) = (1.0, 1.0);
        for pair in days.windows(2).rev() {
            growth *= 1.0 + rate * self.terms.fraction(pair[0], pair[1]);
            sum += growth;
        }
        owed * growth / sum
    }
}

fn reset_rate(reset: &Reset, rate: f64, index: f64) -> f64 {
    let bounded = |value: f64, floor: Option<f64>, cap: Option<f64>| {
        value.max(floor.unwrap_or(f64::NEG_INFINITY)).min(cap.unwrap_or(f64::INFINITY))
    };
    let step = index * reset.multiplier + reset.spread - rate;
    bounded(rate + bounded(step, reset.period_floor, reset.period_cap), reset.life_floor, reset.life_cap)
}

fn initial_base(terms: &Terms) -> f64 {
    match terms.base {
        InterestBase::Outstanding => terms.notional,
        InterestBase::Initial | InterestBase::Lagged => terms.base_amount.unwrap_or(terms.notional),
    }
}

fn initial_state(terms: &Terms, dates: &plan::Dates) -> State {
    let sign = terms.role.sign();
    let day = crate::daycount::day_of(terms.status);
    let begun = terms.initial_exchange <= terms.status;
    let notional = if begun { sign * terms.notional } else { 0.0 };
    let rate = if begun { terms.rate.unwrap_or(0.0) } else { 0.0 };
    let accrued = match (begun, terms.accrued) {
        (false, _) => 0.0,
        (true, Some(accrued)) => sign * accrued,
        (true, None) => {
            let last = terms.last_interest_before_status(dates);
            last.map_or(0.0, |last| terms.fraction(last, day) * notional * rate)
        }
    };
    let payment = match (terms.next_redemption, terms.kind) {
        (Some(payment), _) => sign * payment,
        (None, Kind::Linear) => {
            // As many equal parts as redemptions are left, the one at maturity included.
            let left = dates.redemptions.iter().filter(|&&time| time > terms.status).count() + 1;
            sign * terms.notional / left as f64
        }
        _ => 0.0,
    };
    let scaling = terms.scaling.as_ref();
    State {
        day,
        notional,
        rate,
        accrued,
        fee: terms.fee.and_then(|fee| fee.accrued).map_or(0.0, |fee| sign * fee),
        base: if begun { sign * initial_base(terms) } else { 0.0 },
        payment,
        interest_scale: scaling.filter(|s| s.interest).map_or(1.0, |s| s.interest_multiplier),
        notional_scale: scaling.filter(|s| s.notional).map_or(1.0, |s| s.notional_multiplier),
    }
}

/// Every event until `until` (or the end), as the owner of the loan sees it: what was before a purchase is left out.
pub fn cash_flows(
    terms: &Terms,
    observations: &Observations,
    until: Option<DateTime>,
) -> Result<Vec<Event>, CashFlowError> {
    let mut loan = Loan::new(terms.clone()).map_err(CashFlowError::Terms)?;
    let mut events = Vec::new();
    while loan.next_event().is_some_and(|event| until.is_none_or(|until| event.time <= until)) {
        match loan.step(observations) {
            Some(event) => events.push(event.map_err(CashFlowError::Observation)?),
            None => break,
        }
    }
    if let Some((time, _)) = terms.purchase {
        events.retain(|event| (event.time, event.kind) >= (time, EventKind::Purchase));
    }
    Ok(events)
}

/// Why there are no cash flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CashFlowError {
    /// The terms cannot be.
    Terms(Diagnostics),
    /// An index is not known.
    Observation(NoObservation),
}

impl fmt::Display for CashFlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CashFlowError::Terms(found) => {
                let lines: Vec<String> = found.iter().map(|d| d.to_string()).collect();
                f.write_str(&lines.join("\n"))
            }
            CashFlowError::Observation(missing) => missing.fmt(f),
        }
    }
}
