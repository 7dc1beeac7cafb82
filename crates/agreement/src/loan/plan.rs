//! When the events of a loan happen (the schedule tables of the ACTUS technical specification, sections 7.1 to 7.5).

use super::event::{EventKind, Planned};
use super::terms::{Kind, Series, Terms};
use crate::cycle::{Cycle, schedule};
use crate::daycount::day_of;
use crate::rules;
use base::{Diagnostic, Diagnostics};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

/// The dates that everything else follows from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dates {
    /// When the rest is paid back, given or implied.
    pub maturity: DateTime,
    /// Redemptions before the maturity.
    pub redemptions: Vec<DateTime>,
    /// The days of the payments for which an annuity is dimensioned, the last included.
    pub annuity_days: Vec<Date>,
    /// Days on which fees are paid.
    pub fee_days: Vec<Date>,
}

fn fault(rule: &'static base::Rule, message: &str, field: &str) -> Diagnostics {
    Diagnostics(vec![Diagnostic::error(rule, message).with_field(field)])
}

impl Terms {
    fn anchor(&self, series: Series) -> Option<DateTime> {
        series.anchor.or_else(|| series.cycle?.after(self.initial_exchange, 1, self.end_of_month))
    }

    fn times(&self, series: Series, end: DateTime, with_end: bool) -> Vec<DateTime> {
        match self.anchor(series) {
            Some(anchor) => schedule(anchor, series.cycle, end, with_end, self.end_of_month),
            None => Vec::new(),
        }
    }

    pub(super) fn fraction(&self, start: Date, end: Date) -> f64 {
        self.day_count.year_fraction(start, end, &self.calendar, self.maturity.map(day_of))
    }

    /// The event at `time`, moved to a business day; amounts are computed for the day before or after the move.
    fn shifted(&self, time: DateTime, kind: EventKind) -> Planned {
        let moved = self.shift.apply(time.date(), &self.calendar).to_datetime(time.time());
        let day = day_of(if self.calculate_before_shift { time } else { moved });
        Planned { time: moved, day, kind, amount: 0.0 }
    }

    /// The maturity that the payments imply (states table, `Md`).
    fn implied_maturity(&self) -> Result<DateTime, Diagnostics> {
        let missing = || fault(&rules::MISSING_TERM, "no maturity is given or implied", "maturityDate");
        if let Some(maturity) = self.maturity {
            return Ok(maturity);
        }
        if let (Kind::Annuity, Some(end)) = (self.kind, self.amortisation) {
            return Ok(end);
        }
        let cycle = self.redemption.cycle.ok_or_else(missing)?;
        let payment = self.next_redemption.ok_or_else(missing)?;
        let anchor = self.anchor(self.redemption).ok_or_else(missing)?;
        let (last, ahead) = if anchor >= self.status {
            (anchor, 0)
        } else {
            let before = schedule(
                anchor,
                Some(Cycle { long_stub: false, ..cycle }),
                self.status,
                false,
                self.end_of_month,
            );
            (anchor, before.len() as i64)
        };
        let redemption = match self.kind {
            Kind::Linear => payment,
            _ => {
                let from = cycle.after(last, ahead, self.end_of_month).unwrap_or(last);
                let next = cycle.after(last, ahead + 1, self.end_of_month).unwrap_or(from);
                payment - self.notional * self.fraction(day_of(from), day_of(next)) * self.rate.unwrap_or(0.0)
            }
        };
        let count = libm::ceil(self.notional / redemption);
        if redemption <= 0.0 || count.is_nan() || count > 1e6 {
            let message = "the payment does not cover the interest";
            return Err(fault(&rules::NEVER_AMORTISES, message, "nextPrincipalRedemptionPayment"));
        }
        cycle.after(last, ahead + (count as i64 - 1).max(0), self.end_of_month).ok_or_else(missing)
    }

    pub(super) fn dates(&self) -> Result<Dates, Diagnostics> {
        let maturity = self.implied_maturity()?;
        let days = |times: Vec<DateTime>| {
            times.into_iter().map(|t| self.shifted(t, EventKind::Fee).day).collect::<Vec<_>>()
        };
        let amortising = self.kind != Kind::Bullet;
        let horizon = self.amortisation.unwrap_or(maturity);
        Ok(Dates {
            maturity,
            redemptions: if amortising { self.times(self.redemption, maturity, false) } else { Vec::new() },
            annuity_days: if amortising {
                days(self.times(self.redemption, horizon, true))
            } else {
                Vec::new()
            },
            fee_days: self.fee.map_or_else(Vec::new, |fee| days(self.times(fee.series, maturity, true))),
        })
    }

    /// Every event after the status date, in the order in which it happens.
    pub(super) fn plan(&self, dates: &Dates) -> Vec<Planned> {
        let fixed = |time: DateTime, kind| Planned { time, day: day_of(time), kind, amount: 0.0 };
        let end = dates.maturity;
        let mut plan = vec![
            fixed(self.initial_exchange, EventKind::InitialExchange),
            self.shifted(end, EventKind::Maturity),
        ];
        let mut add =
            |times: &[DateTime], kind| plan.extend(times.iter().map(|&time| self.shifted(time, kind)));
        add(&dates.redemptions, EventKind::Redemption);
        if let Some(fee) = self.fee {
            add(&self.times(fee.series, end, true), EventKind::Fee);
        }
        if self.base == super::InterestBase::Lagged {
            add(&self.times(self.base_series, end, false), EventKind::BaseFixing);
        }
        if let Some(scaling) = &self.scaling {
            add(&self.times(scaling.series, end, false), EventKind::ScalingFixing);
        }
        let (paid, capitalised) = self.interest_times(end);
        add(&paid, EventKind::Interest);
        add(&capitalised, EventKind::Capitalisation);
        for (time, kind) in self.reset_times(end) {
            add(&[time], kind);
            if self.kind == Kind::Annuity {
                add(&[time], EventKind::PaymentFixing);
            }
        }
        if self.kind == Kind::Annuity && self.next_redemption.is_none() {
            // The payment is dimensioned on the day before the first redemption; where that lies before the initial
            // exchange, the payment is known from the start.
            let day_before = self.anchor(self.redemption).and_then(|anchor| anchor.checked_sub(1.day()).ok());
            let day_before = day_before.filter(|&time| time >= self.initial_exchange);
            plan.extend(day_before.map(|time| fixed(time, EventKind::PaymentFixing)));
        }
        plan.extend(self.purchase.map(|(time, _)| fixed(time, EventKind::Purchase)));
        plan.extend(self.termination.map(|(time, _)| fixed(time, EventKind::Termination)));
        if let Some((time, _)) = self.termination {
            plan.retain(|event| (event.time, event.kind) <= (time, EventKind::Termination));
        }
        plan.retain(|event| event.time > self.status);
        plan.sort_by_key(|event| (event.time, event.kind));
        plan
    }

    /// When interest is paid, and when it is added to the principal.
    fn interest_times(&self, end: DateTime) -> (Vec<DateTime>, Vec<DateTime>) {
        if self.rate.is_none() {
            return (Vec::new(), Vec::new());
        }
        let mut times = match self.kind {
            Kind::Bullet | Kind::Linear => {
                if self.interest.is_given() {
                    self.times(self.interest, end, true)
                } else {
                    vec![end]
                }
            }
            Kind::NegativeAmortiser | Kind::Annuity => self.interest_with_redemption(end),
        };
        let Some(last) = self.capitalisation_end else { return (times, Vec::new()) };
        let paid = times.split_off(times.partition_point(|&time| time <= last));
        if times.last() != Some(&last) && last < end {
            times.push(last);
        }
        (paid, times)
    }

    /// With each redemption, and on its own cycle until one redemption cycle before the first (schedule table of NAM).
    fn interest_with_redemption(&self, end: DateTime) -> Vec<DateTime> {
        let first = self.anchor(self.redemption);
        let before = first.and_then(|first| self.redemption.cycle?.before(first));
        let mut times = match before {
            Some(before) if self.interest.is_given() => self.times(self.interest, before, true),
            _ => Vec::new(),
        };
        times.extend(self.times(self.redemption, end, true));
        times
    }

    fn reset_times(&self, end: DateTime) -> Vec<(DateTime, EventKind)> {
        let times = self.times(self.reset.series, end, false);
        let fixed =
            times.iter().position(|&time| time > self.status).filter(|_| self.reset.next_rate.is_some());
        let kind = |i| if Some(i) == fixed { EventKind::FixedReset } else { EventKind::Reset };
        times.into_iter().enumerate().map(|(i, time)| (time, kind(i))).collect()
    }

    /// The last time before the status date at which interest was paid, if there was one.
    pub(super) fn last_interest_before_status(&self, dates: &Dates) -> Option<Date> {
        let (paid, capitalised) = self.interest_times(dates.maturity);
        let before = paid.into_iter().chain(capitalised).filter(|&time| time < self.status).max();
        before.map(|time| self.shifted(time, EventKind::Interest).day)
    }
}
