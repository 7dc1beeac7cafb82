//! Periods of notice, on a business calendar and in a time zone.

use crate::calendar::Calendar;
use base::{SimTime, Span};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A time zone of the IANA database, from the copy that is built in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Zone {
        Zone(TimeZone::UTC)
    }
    /// A zone by its name, as `America/Chicago`; `None` if there is no such zone.
    pub fn named(name: &str) -> Option<Zone> {
        TimeZone::get(name).ok().map(Zone)
    }
    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
    /// What the clocks show at `time`; the first of January 1970 outside of the range that can be written.
    pub fn local(&self, time: SimTime) -> DateTime {
        let stamp = Timestamp::from_nanosecond(i128::from(time.nanos())).unwrap_or(Timestamp::UNIX_EPOCH);
        self.0.to_datetime(stamp)
    }
    /// The instant at which the clocks show `local`: the first of two, and the instant after a gap.
    pub fn instant(&self, local: DateTime) -> SimTime {
        let stamp = self.0.to_ambiguous_timestamp(local).compatible();
        match stamp.map(|stamp| i64::try_from(stamp.as_nanosecond())) {
            Ok(Ok(nanos)) => SimTime(nanos),
            _ => SimTime::NEVER,
        }
    }
}

impl TryFrom<String> for Zone {
    type Error = String;
    fn try_from(name: String) -> Result<Zone, String> {
        Zone::named(&name).ok_or_else(|| format!("no time zone `{name}`"))
    }
}
impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name().to_string()
    }
}

/// A length of notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Period {
    /// So many business days of the calendar.
    BusinessDays(u32),
    /// So many days; a last day that is not a business day moves to the next one.
    Days(u32),
    /// So many months, to the same day of the month or its last; moved like `Days`.
    Months(u32),
    /// So many hours of 3,600 seconds, whatever the calendar.
    Hours(u32),
}

impl Period {
    /// Reads `10 business days`, `30 days`, `6 months`, `48 hours`.
    pub fn parse(text: &str) -> Option<Period> {
        let mut words = text.split_whitespace();
        let count: u32 = words.next()?.parse().ok()?;
        let period = match (words.next()?, words.next(), words.next()) {
            ("business", Some("day" | "days"), None) => Period::BusinessDays(count),
            ("day" | "days", None, None) => Period::Days(count),
            ("month" | "months", None, None) => Period::Months(count),
            ("hour" | "hours", None, None) => Period::Hours(count),
            _ => return None,
        };
        Some(period)
    }
}

/// On whose calendar and clocks a period of notice runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeClock {
    /// Which days count.
    pub calendar: Calendar,
    /// Where the days begin and end.
    pub zone: Zone,
}

impl NoticeClock {
    /// Calendar days in UTC.
    pub fn plain() -> NoticeClock {
        NoticeClock { calendar: Calendar::every_day(), zone: Zone::utc() }
    }

    /// The first instant of the day in the zone on which `time` lies, and that of the next day.
    pub fn day(&self, time: SimTime) -> (SimTime, SimTime) {
        let day = self.zone.local(time).date();
        let midnight = |day: Date| self.zone.instant(day.at(0, 0, 0, 0));
        (midnight(day), day.tomorrow().map_or(SimTime::NEVER, midnight))
    }

    /// The first instant that is too late for an answer to what was received at `receipt`.
    ///
    /// The day of receipt is not counted. What is received on a day that is not a business day counts as received on
    /// the next business day. The period ends with the end of its last day in the zone; hours end to the nanosecond.
    pub fn deadline(&self, receipt: SimTime, period: Period) -> SimTime {
        let received = self.calendar.following(self.zone.local(receipt).date());
        let last = match period {
            Period::Hours(hours) => return receipt.saturating_add(Span::from_hours(i64::from(hours))),
            Period::BusinessDays(days) => self.calendar.add_business_days(received, days),
            // A span longer than the calendar is an error of `try_days`, not a panic.
            Period::Days(days) => {
                match jiff::Span::new().try_days(days).ok().and_then(|span| received.checked_add(span).ok()) {
                    Some(last) => self.calendar.following(last),
                    None => return SimTime::NEVER,
                }
            }
            Period::Months(months) => match jiff::Span::new()
                .try_months(months)
                .ok()
                .and_then(|span| received.checked_add(span).ok())
            {
                Some(last) => self.calendar.following(last),
                None => return SimTime::NEVER,
            },
        };
        last.tomorrow().map_or(SimTime::NEVER, |after| {
            self.zone.instant(after.to_datetime(jiff::civil::Time::midnight()))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(text: &str) -> SimTime {
        SimTime::parse(text).unwrap()
    }

    #[test]
    fn a_clock_counts_business_days_in_its_zone() {
        let clock = NoticeClock {
            calendar: Calendar::named("us_federal").unwrap(),
            zone: Zone::named("America/Chicago").unwrap(),
        };
        // Received on Tuesday 23 December 2025 at 23:30 in Chicago, which is the 24th in UTC. Business days after it:
        // 24, 26, 29, 30, 31 December; the end of the fifth is midnight at the start of 1 January, Chicago.
        let deadline = clock.deadline(at("2025-12-23T23:30:00-06:00"), Period::BusinessDays(5));
        assert_eq!(deadline, at("2026-01-01T00:00:00-06:00"));
        // Received on a Saturday: counts as Monday.
        let deadline = clock.deadline(at("2026-01-10T09:00:00-06:00"), Period::BusinessDays(1));
        assert_eq!(deadline, at("2026-01-14T00:00:00-06:00"));
        // Thirty days from 10 March 2026 lie across the start of summer time on 8 March 2026: none lost.
        let deadline = clock.deadline(at("2026-03-06T12:00:00-06:00"), Period::Days(5));
        assert_eq!(deadline, at("2026-03-12T00:00:00-05:00"));
        assert_eq!(
            clock.deadline(at("2026-03-06T12:00:00-06:00"), Period::Hours(48)),
            at("2026-03-08T12:00:00-06:00")
        );
        assert_eq!(
            clock.deadline(at("2026-01-30T12:00:00-06:00"), Period::Months(1)),
            at("2026-03-03T00:00:00-06:00")
        );
    }

    #[test]
    fn a_period_beyond_the_calendar_never_ends() {
        let clock = NoticeClock::plain();
        for text in ["4294967295 days", "4294967295 months", "7000000 days"] {
            assert_eq!(
                clock.deadline(at("2026-01-01"), Period::parse(text).unwrap()),
                SimTime::NEVER,
                "{text}"
            );
        }
        assert_eq!(clock.deadline(SimTime(i64::MAX - 1), Period::Hours(u32::MAX)), SimTime::NEVER);
    }

    #[test]
    fn periods_are_read() {
        assert_eq!(Period::parse("10 business days"), Some(Period::BusinessDays(10)));
        assert_eq!(Period::parse("1 day"), Some(Period::Days(1)));
        assert_eq!(Period::parse("6 months"), Some(Period::Months(6)));
        assert_eq!(Period::parse("48 hours"), Some(Period::Hours(48)));
        for wrong in ["", "days", "10", "-1 days", "3 fortnights", "3 business months", "3 days or so"] {
            assert_eq!(Period::parse(wrong), None, "{wrong}");
        }
    }
}
