//! How many systems of a kind can be delivered: so many a quarter, in equal weekly parts.

use crate::plan::SystemPlan;
use base::{Month, SimTime, Span};
use serde::{Deserialize, Serialize};

const WEEK: Span = Span(7 * Span::DAY.0);
/// Weekly parts of a quarter; its last day or two belong to the last.
const WEEKS: i64 = 13;

/// What of a product has been delivered in the current quarter.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Supply {
    quarter: Month,
    delivered: u32,
    /// The next delivery day that was asked for, so that it is asked for once.
    asked: SimTime,
}

impl Supply {
    /// Nothing delivered yet.
    pub fn new(start: SimTime) -> Supply {
        Supply { quarter: Month::of(start).quarter(), delivered: 0, asked: SimTime(i64::MIN) }
    }

    /// How many can be delivered at this instant. What nobody takes in a quarter is gone at its end.
    pub fn left(&mut self, system: &SystemPlan, now: SimTime) -> u32 {
        if system.available.is_some_and(|available| now < available) {
            return 0;
        }
        let quarter = Month::of(now).quarter();
        if quarter != self.quarter {
            (self.quarter, self.delivered) = (quarter, 0);
        }
        match limit(system, quarter) {
            None => u32::MAX,
            Some(limit) => {
                let weeks = ((now - quarter.start()).0 / WEEK.0 + 1).min(WEEKS);
                let until_now = (i64::from(limit) * weeks + WEEKS - 1) / WEEKS;
                (until_now as u32).saturating_sub(self.delivered)
            }
        }
    }

    /// So many were.
    pub fn deliver(&mut self, count: u32) {
        self.delivered = self.delivered.saturating_add(count);
    }

    /// The next instant at which more may be delivered, if it was not asked for before.
    pub fn next_day(&mut self, system: &SystemPlan, now: SimTime) -> Option<SimTime> {
        let next = match system.available {
            Some(available) if now < available => available,
            _ => {
                let start = Month::of(now).quarter().start();
                let week = (now - start).0 / WEEK.0 + 1;
                let after = Month(Month::of(now).quarter().0 + 3).start();
                (start + WEEK * week).min(after)
            }
        };
        (self.asked < next).then(|| {
            self.asked = next;
            next
        })
    }
}

/// The most that can be delivered in a quarter.
fn limit(system: &SystemPlan, quarter: Month) -> Option<u32> {
    let holds = |(from, _): &&(SimTime, u32)| Month::of(*from).quarter() <= quarter;
    system.supply.iter().rev().find(holds).map(|&(_, limit)| limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> SimTime {
        SimTime::parse(text).expect("a date")
    }

    #[test]
    fn a_quarter_gives_its_limit_in_weekly_parts_and_no_more() {
        let plan = SystemPlan { supply: vec![(day("2026-01-01"), 130)], ..SystemPlan::default() };
        let mut supply = Supply::new(day("2026-01-01"));
        assert_eq!(supply.left(&plan, day("2026-01-01")), 10);
        supply.deliver(10);
        assert_eq!(supply.left(&plan, day("2026-01-07")), 0);
        assert_eq!(supply.next_day(&plan, day("2026-01-07")), Some(day("2026-01-08")));
        assert_eq!(supply.next_day(&plan, day("2026-01-07")), None, "asked for once");
        assert_eq!(supply.left(&plan, day("2026-03-31")), 120);
        assert_eq!(supply.left(&plan, day("2026-04-01")), 10, "what nobody took is gone");
        assert_eq!(supply.next_day(&plan, day("2026-06-30")), Some(day("2026-07-01")));
    }

    #[test]
    fn limits_hold_from_their_quarter_and_nothing_comes_before_it_is_available() {
        let supply = vec![(day("2026-05-20"), 0), (day("2026-10-01"), 13)];
        let plan =
            SystemPlan { supply, available: Some(day("2026-02-01")), price: None, ..SystemPlan::default() };
        let mut state = Supply::new(day("2026-01-01"));
        assert_eq!(state.left(&plan, day("2026-01-31")), 0);
        assert_eq!(state.next_day(&plan, day("2026-01-15")), Some(day("2026-02-01")));
        assert_eq!(state.left(&plan, day("2026-02-01")), u32::MAX, "no limit yet");
        assert_eq!(state.left(&plan, day("2026-04-01")), 0, "the whole quarter of the date");
        assert_eq!(state.left(&plan, day("2026-12-31")), 13);
    }
}
