//! Axes: where a value lies between the two ends, and which round values get a label.

use crate::format;
use base::SimTime;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday};

/// How values are laid along an axis, between `low` and `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Equal steps for equal differences.
    Linear {
        /// The value at the start.
        low: f64,
        /// The value at the end.
        high: f64,
    },
    /// Equal steps for equal ratios; both ends above zero.
    Log {
        /// The value at the start.
        low: f64,
        /// The value at the end.
        high: f64,
    },
    /// Instants, in seconds since the Unix epoch, with ticks on the calendar (UTC).
    Time {
        /// The first second.
        low: f64,
        /// The last second.
        high: f64,
    },
}

/// What the values of an axis are, for its labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Plain numbers.
    Number,
    /// Shares 0..1, written as percentages.
    Share,
    /// Lengths of time in seconds.
    Length,
    /// Instants.
    Time,
}

/// A labelled place on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// 0 at the low end, 1 at the high end.
    pub position: f64,
    /// What it says.
    pub label: String,
}

impl Scale {
    /// From zero to a round value at or above `high`; `0..1` where there is nothing.
    pub fn from_zero(high: f64) -> Scale {
        if !(high.is_finite() && high > 0.0) {
            return Scale::Linear { low: 0.0, high: 1.0 };
        }
        let step = round_step(high / 4.0);
        Scale::Linear { low: 0.0, high: libm::ceil(high / step - 1e-9) * step }
    }

    /// Shares, from nothing to all.
    pub fn shares() -> Scale {
        Scale::Linear { low: 0.0, high: 1.0 }
    }

    /// Where a value lies: 0 at the low end, 1 at the high end, never outside.
    pub fn position(self, value: f64) -> f64 {
        let part = match self {
            Scale::Linear { low, high } | Scale::Time { low, high } => (value - low) / (high - low),
            Scale::Log { low, high } => libm::log(value.max(low) / low) / libm::log(high / low),
        };
        if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) }
    }

    /// Labels at round values, at most about `most` of them.
    pub fn ticks(self, reads: Reads, most: usize) -> Vec<Tick> {
        match self {
            Scale::Linear { low, high } => linear(low, high, reads, most),
            Scale::Log { low, high } => logarithmic(low, high, reads),
            Scale::Time { low, high } => calendar(low, high, most),
        }
        .into_iter()
        .map(|(value, label)| Tick { position: self.position(value), label })
        .collect()
    }
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `least`.
fn round_step(least: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(least)));
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|s| *s >= least * 0.999_999)
        .unwrap_or(power)
}

fn linear(low: f64, high: f64, reads: Reads, most: usize) -> Vec<(f64, String)> {
    let step = round_step((high - low).max(f64::MIN_POSITIVE) / most.max(1) as f64);
    let first = libm::ceil(low / step - 1e-9) as i64;
    let last = libm::floor(high / step + 1e-9) as i64;
    (first..=last.min(first + 50))
        .map(|i| i as f64 * step)
        .map(|value| {
            let label = match reads {
                Reads::Share => format::share(value),
                Reads::Length => format::length(value),
                Reads::Number | Reads::Time => format::number(value),
            };
            (value, label)
        })
        .collect()
}

fn logarithmic(low: f64, high: f64, reads: Reads) -> Vec<(f64, String)> {
    // Lengths of time are round in clock units, not in powers of ten of a second.
    const LENGTHS: [f64; 14] = [
        0.001,
        0.01,
        0.1,
        1.0,
        10.0,
        60.0,
        600.0,
        3600.0,
        36_000.0,
        86_400.0,
        864_000.0,
        8_640_000.0,
        86_400_000.0,
        864_000_000.0,
    ];
    let round: Vec<f64> = match reads {
        Reads::Length => LENGTHS.to_vec(),
        _ => (-12..=18).map(|power| libm::pow(10.0, f64::from(power))).collect(),
    };
    round
        .into_iter()
        .filter(|value| *value >= low * 0.999_999 && *value <= high * 1.000_001)
        .map(|value| {
            let label = match reads {
                Reads::Length => format::round_length(value),
                _ => format::number(value),
            };
            (value, label)
        })
        .collect()
}

/// A distance between ticks on the calendar.
#[derive(Clone, Copy)]
enum Stride {
    Hours(i32),
    Days(i32),
    Weeks(i32),
    Months(i32),
    Years(i32),
}

const STRIDES: [Stride; 19] = [
    Stride::Hours(1),
    Stride::Hours(2),
    Stride::Hours(3),
    Stride::Hours(6),
    Stride::Hours(12),
    Stride::Days(1),
    Stride::Days(2),
    Stride::Weeks(1),
    Stride::Weeks(2),
    Stride::Months(1),
    Stride::Months(2),
    Stride::Months(3),
    Stride::Months(6),
    Stride::Years(1),
    Stride::Years(2),
    Stride::Years(5),
    Stride::Years(10),
    Stride::Years(20),
    Stride::Years(50),
];

fn calendar(low: f64, high: f64, most: usize) -> Vec<(f64, String)> {
    let most = most.max(2);
    STRIDES
        .iter()
        .find_map(|stride| {
            let ticks = along_the_calendar(low, high, *stride, most)?;
            Some(ticks)
        })
        .unwrap_or_default()
}

/// The ticks of one stride, or nothing where they are more than `most`.
fn along_the_calendar(low: f64, high: f64, stride: Stride, most: usize) -> Option<Vec<(f64, String)>> {
    let mut at = first_tick(at_second(low)?, stride)?;
    let mut ticks = Vec::new();
    let mut last_year = None;
    loop {
        let second = second_of(at)?;
        if second > high {
            return Some(ticks);
        }
        if second >= low {
            if ticks.len() == most {
                return None;
            }
            ticks.push((second, tick_label(at, stride, last_year != Some(at.year()))));
            last_year = Some(at.year());
        }
        let step = match stride {
            Stride::Hours(hours) => hours.hours(),
            Stride::Days(days) => days.days(),
            Stride::Weeks(weeks) => weeks.weeks(),
            Stride::Months(months) => months.months(),
            Stride::Years(years) => years.years(),
        };
        at = at.checked_add(step).ok()?;
    }
}

/// A round place of the stride at or shortly before an instant.
fn first_tick(at: DateTime, stride: Stride) -> Option<DateTime> {
    let day = at.date();
    match stride {
        Stride::Hours(_) => Some(day.at(0, 0, 0, 0)),
        Stride::Days(_) => Some(day.first_of_month().at(0, 0, 0, 0)),
        Stride::Weeks(_) => {
            let back = i64::from(day.weekday().since(Weekday::Monday));
            Some(day.checked_sub(back.days()).ok()?.at(0, 0, 0, 0))
        }
        Stride::Months(_) => Some(Date::new(day.year(), 1, 1).ok()?.at(0, 0, 0, 0)),
        Stride::Years(years) => {
            let years = i16::try_from(years).ok()?;
            Some(Date::new(day.year() - day.year().rem_euclid(years), 1, 1).ok()?.at(0, 0, 0, 0))
        }
    }
}

fn tick_label(at: DateTime, stride: Stride, new_year: bool) -> String {
    let (day, month, year) = (at.day(), format::month(at.month()), at.year());
    match stride {
        Stride::Hours(_) if at.hour() != 0 => format!("{:02}:00", at.hour()),
        Stride::Hours(_) | Stride::Days(_) | Stride::Weeks(_) if !new_year => format!("{day}\u{a0}{month}"),
        Stride::Hours(_) | Stride::Days(_) | Stride::Weeks(_) => format!("{day}\u{a0}{month} {year}"),
        Stride::Months(_) if !new_year => month.to_string(),
        Stride::Months(_) => format!("{month} {year}"),
        Stride::Years(_) => year.to_string(),
    }
}

fn at_second(second: f64) -> Option<DateTime> {
    let nanos = libm::floor(second) * 1e9;
    (nanos.abs() < 9.2e18).then(|| format::calendar(SimTime(nanos as i64)))
}

fn second_of(at: DateTime) -> Option<f64> {
    Some(jiff::tz::TimeZone::UTC.to_timestamp(at).ok()?.as_second() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, reads: Reads, most: usize) -> Vec<String> {
        scale.ticks(reads, most).into_iter().map(|tick| tick.label.replace('\u{a0}', " ")).collect()
    }

    fn second(text: &str) -> f64 {
        SimTime::parse(text).map_or(0.0, |time| time.nanos() as f64 / 1e9)
    }

    #[test]
    fn linear_axes_end_on_a_round_value() {
        assert_eq!(Scale::from_zero(873.0), Scale::Linear { low: 0.0, high: 1000.0 });
        assert_eq!(labels(Scale::from_zero(873.0), Reads::Number, 4), ["0", "250", "500", "750", "1,000"]);
        assert_eq!(labels(Scale::shares(), Reads::Share, 4), ["0 %", "25 %", "50 %", "75 %", "100 %"]);
        assert_eq!(Scale::from_zero(0.0), Scale::Linear { low: 0.0, high: 1.0 });
        assert_eq!(Scale::from_zero(f64::NAN), Scale::Linear { low: 0.0, high: 1.0 });
    }

    #[test]
    fn waiting_times_have_clock_ticks() {
        let scale = Scale::Log { low: 1.0, high: 90_000.0 };
        assert_eq!(
            labels(scale, Reads::Length, 9),
            ["1 s", "10 s", "1 min", "10 min", "1 h", "10 h", "1 day"]
        );
        assert_eq!(scale.position(0.0), 0.0);
        assert_eq!(scale.position(1e9), 1.0);
    }

    #[test]
    fn a_day_a_month_and_a_decade_have_calendar_ticks() {
        let day = Scale::Time { low: second("2026-06-03"), high: second("2026-06-04") };
        assert_eq!(labels(day, Reads::Time, 8), ["3 Jun 2026", "06:00", "12:00", "18:00", "4 Jun"]);
        let month = Scale::Time { low: second("2026-12-03"), high: second("2027-01-06") };
        assert_eq!(labels(month, Reads::Time, 8), ["7 Dec 2026", "14 Dec", "21 Dec", "28 Dec", "4 Jan 2027"]);
        let year = Scale::Time { low: second("2026-06-03"), high: second("2027-06-03") };
        assert_eq!(labels(year, Reads::Time, 7), ["Jul 2026", "Sep", "Nov", "Jan 2027", "Mar", "May"]);
        let decades = Scale::Time { low: second("2026-06-03"), high: second("2056-06-03") };
        assert_eq!(labels(decades, Reads::Time, 7), ["2030", "2035", "2040", "2045", "2050", "2055"]);
    }
}
