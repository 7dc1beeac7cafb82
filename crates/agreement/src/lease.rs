//! Leases with escalators and options to extend, and the backstop of a guarantor that pays the fee or steps in.

use crate::amount::{Overflow, Rounding, Share};
use crate::notice::{NoticeClock, Period};
use crate::refusal::Party;
use base::{Money, SimTime};
use serde::{Deserialize, Serialize};

/// The terms of a lease. Months are counted from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The name of the agreement.
    pub id: String,
    /// Its length without options.
    pub months: u32,
    /// Months at the beginning without rent.
    pub free_months: u32,
    /// The rent of a month of the first year.
    pub rent: Money,
    /// By which share the rent rises after each twelve months, on the rent of the year before.
    pub escalator: Share,
    /// Options to extend, by their months, one after the other.
    pub options: Vec<u32>,
    /// An option is exercised at least so many months before the end.
    pub option_notice_months: u32,
    /// What leaving early costs, in months of the rent that is due then; never more than the rest of the term.
    pub termination_months: u32,
    /// How each year's rent is rounded.
    pub rounding: Rounding,
}

/// What happened to a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// Rent is due.
    Rent {
        /// For which month.
        month: u32,
        /// How much; 0 in a free month.
        amount: Money,
    },
    /// An option was exercised.
    Extended {
        /// The length of the lease now.
        months: u32,
    },
    /// The time for an option has passed: it and those after it are gone.
    OptionLapsed,
    /// It ended early.
    Terminated {
        /// The fee.
        fee: Money,
    },
    /// Its last month is over.
    Ended,
    /// The act had no effect: the lease has ended, or no option is open.
    Refused,
}

impl Fact {
    /// The clause that it follows from.
    pub fn clause(&self) -> &'static str {
        match self {
            Fact::Rent { .. } => "rent",
            Fact::Extended { .. } | Fact::OptionLapsed => "option",
            Fact::Terminated { .. } => "termination",
            Fact::Ended | Fact::Refused => "term",
        }
    }
}

/// A lease on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    terms: Terms,
    /// The month that runs, and the length with the options exercised.
    month: u32,
    length: u32,
    next_option: usize,
    /// The rent of the year that runs.
    rent: Money,
    ended: bool,
}

impl Lease {
    /// Before its first month.
    pub fn new(terms: Terms) -> Lease {
        Lease {
            month: 0,
            length: terms.months,
            next_option: 0,
            rent: terms.rent,
            ended: terms.months == 0,
            terms,
        }
    }
    /// The month that runs; `None` after the end.
    pub fn month(&self) -> Option<u32> {
        (!self.ended).then_some(self.month)
    }

    /// The month that runs is over: its rent is due, options that are too late lapse, the rent of a new year rises.
    pub fn close_month(&mut self) -> Result<Vec<Fact>, Overflow> {
        if self.ended {
            return Ok(vec![Fact::Refused]);
        }
        let amount = if self.month < self.terms.free_months { Money::ZERO } else { self.rent };
        let mut facts = vec![Fact::Rent { month: self.month, amount }];
        let next = self.month + 1;
        if next.is_multiple_of(12) {
            let rise = self.terms.escalator.of(self.rent, self.terms.rounding).ok_or(Overflow)?;
            self.rent = self.rent.checked_add(rise).ok_or(Overflow)?;
        }
        self.month = next;
        let too_late = self.length - self.month < self.terms.option_notice_months.max(1);
        if too_late && self.next_option < self.terms.options.len() {
            self.next_option = self.terms.options.len();
            facts.push(Fact::OptionLapsed);
        }
        if self.month == self.length {
            self.ended = true;
            facts.push(Fact::Ended);
        }
        Ok(facts)
    }

    /// The tenant extends by the next option.
    pub fn extend(&mut self) -> Fact {
        match self.terms.options.get(self.next_option) {
            Some(&months) if !self.ended => {
                self.length = self.length.saturating_add(months);
                self.next_option += 1;
                Fact::Extended { months: self.length }
            }
            _ => Fact::Refused,
        }
    }

    /// What leaving now would cost: the rent of the year that runs for the months of the fee.
    pub fn termination_fee(&self) -> Result<Money, Overflow> {
        let months = self.terms.termination_months.min(self.length - self.month);
        self.rent.0.checked_mul(i64::from(months)).map(Money).ok_or(Overflow)
    }

    /// The tenant leaves, or is put out, before the month that runs is over.
    pub fn terminate(&mut self) -> Result<Fact, Overflow> {
        if self.ended {
            return Ok(Fact::Refused);
        }
        let fee = self.termination_fee()?;
        self.ended = true;
        Ok(Fact::Terminated { fee })
    }
}

/// A guarantor's promise for a tenant: after a default it pays the termination fee or steps in as tenant, as it chooses
/// within a period of notice; silence means the fee (the form of Google's backstop of Fluidstack's leases, 8-K 2025-08).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backstop {
    guarantor: Party,
    period: Period,
    clock: NoticeClock,
    state: BackstopState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum BackstopState {
    Quiet,
    Called { deadline: SimTime, fee: Money },
    Used,
}

/// What the guarantor chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    /// It pays.
    Fee,
    /// It becomes the tenant.
    StepIn,
}

/// What happened to a backstop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BackstopFact {
    /// The guarantor was called.
    Called {
        /// The first instant that is too late to choose.
        deadline: SimTime,
    },
    /// The guarantor owes the fee.
    FeeDue {
        /// Who.
        party: Party,
        /// How much.
        amount: Money,
        /// Whether by silence.
        by_silence: bool,
    },
    /// The guarantor is the tenant from now on.
    SteppedIn {
        /// Who.
        party: Party,
    },
    /// The act had no effect: nothing was called, or it was used before.
    Refused,
}

impl Backstop {
    /// Before any default.
    pub fn new(guarantor: Party, period: Period, clock: NoticeClock) -> Backstop {
        Backstop { guarantor, period, clock, state: BackstopState::Quiet }
    }
    /// When silence will have spoken.
    pub fn next_deadline(&self) -> Option<SimTime> {
        match self.state {
            BackstopState::Called { deadline, .. } => Some(deadline),
            _ => None,
        }
    }
    /// The landlord calls on it at `now`, after the tenant's default, for a termination fee.
    pub fn call(&mut self, now: SimTime, fee: Money) -> BackstopFact {
        if self.state != BackstopState::Quiet {
            return BackstopFact::Refused;
        }
        let deadline = self.clock.deadline(now, self.period);
        self.state = BackstopState::Called { deadline, fee };
        BackstopFact::Called { deadline }
    }
    /// Time passes until `now`.
    pub fn advance(&mut self, now: SimTime) -> Option<BackstopFact> {
        match self.state {
            BackstopState::Called { deadline, fee } if now >= deadline => {
                self.state = BackstopState::Used;
                Some(BackstopFact::FeeDue { party: self.guarantor, amount: fee, by_silence: true })
            }
            _ => None,
        }
    }
    /// The guarantor chooses at `now`; a choice at the deadline is too late.
    pub fn choose(&mut self, now: SimTime, choice: Choice) -> BackstopFact {
        if let Some(fact) = self.advance(now) {
            return fact;
        }
        let BackstopState::Called { fee, .. } = self.state else { return BackstopFact::Refused };
        self.state = BackstopState::Used;
        match choice {
            Choice::Fee => BackstopFact::FeeDue { party: self.guarantor, amount: fee, by_silence: false },
            Choice::StepIn => BackstopFact::SteppedIn { party: self.guarantor },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::calendar::Calendar;
    use crate::notice::Zone;

    fn lease(months: u32, options: &[u32]) -> Lease {
        Lease::new(Terms {
            id: "l".into(),
            months,
            free_months: 2,
            rent: Money(1_000_000),
            escalator: Share(30_000),
            options: options.to_vec(),
            option_notice_months: 6,
            termination_months: 12,
            rounding: Rounding::HalfAway,
        })
    }

    fn rent(lease: &mut Lease, months: u32) -> (i64, Vec<Fact>) {
        let (mut sum, mut others) = (0, Vec::new());
        for _ in 0..months {
            for fact in lease.close_month().unwrap() {
                match fact {
                    Fact::Rent { amount, .. } => sum += amount.0,
                    other => others.push(other),
                }
            }
        }
        (sum, others)
    }

    #[test]
    fn rent_rises_each_year_after_the_free_months() {
        let mut lease = lease(36, &[]);
        // 10 x 1.00 + 12 x 1.03 + 12 x 1.0609.
        assert_eq!(rent(&mut lease, 36), (10_000_000 + 12_360_000 + 12_730_800, vec![Fact::Ended]));
        assert_eq!(lease.close_month().unwrap(), [Fact::Refused]);
    }

    #[test]
    fn options_extend_in_time_or_lapse() {
        // The last month in which an option is open is the one that leaves six.
        let mut extended = lease(24, &[12, 12]);
        rent(&mut extended, 18);
        assert_eq!(extended.extend(), Fact::Extended { months: 36 });
        assert_eq!(rent(&mut extended, 18).1, [Fact::OptionLapsed, Fact::Ended]);
        let mut late = lease(24, &[12]);
        assert_eq!(rent(&mut late, 19).1, [Fact::OptionLapsed]);
        assert_eq!(late.extend(), Fact::Refused);
    }

    #[test]
    fn leaving_costs_a_year_of_rent_or_the_rest() {
        let mut early = lease(36, &[]);
        rent(&mut early, 13);
        assert_eq!(early.terminate().unwrap(), Fact::Terminated { fee: Money(12 * 1_030_000) });
        assert_eq!(early.terminate().unwrap(), Fact::Refused);
        let mut late = lease(36, &[]);
        rent(&mut late, 31);
        assert_eq!(late.terminate().unwrap(), Fact::Terminated { fee: Money(5 * 1_060_900) });
    }

    #[test]
    fn a_backstop_pays_steps_in_or_is_silent() {
        let clock = NoticeClock { calendar: Calendar::monday_to_friday(), zone: Zone::utc() };
        let called = || {
            let mut backstop = Backstop::new(Party(3), Period::BusinessDays(2), clock.clone());
            let fact = backstop.call(SimTime::parse("2026-01-09T12:00:00").unwrap(), Money(7));
            // Friday; two business days after it are Monday and Tuesday.
            assert_eq!(fact, BackstopFact::Called { deadline: SimTime::parse("2026-01-14").unwrap() });
            backstop
        };
        let due = |by_silence| BackstopFact::FeeDue { party: Party(3), amount: Money(7), by_silence };
        let in_time = SimTime::parse("2026-01-13T23:59:59").unwrap();
        let late = SimTime::parse("2026-01-14").unwrap();
        assert_eq!(called().choose(in_time, Choice::StepIn), BackstopFact::SteppedIn { party: Party(3) });
        assert_eq!(called().choose(in_time, Choice::Fee), due(false));
        assert_eq!(called().choose(late, Choice::StepIn), due(true));
        let mut used = called();
        assert_eq!(
            (used.advance(in_time), used.advance(late), used.next_deadline()),
            (None, Some(due(true)), None)
        );
        assert_eq!(used.call(late, Money(1)), BackstopFact::Refused);
        assert_eq!(
            Backstop::new(Party(3), Period::Days(1), clock.clone()).choose(late, Choice::Fee),
            BackstopFact::Refused
        );
    }
}
