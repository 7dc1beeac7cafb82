//! Periods and what time does to money: starts, discounting, spending over construction, worth at the end.

use crate::instance::Instance;

/// The periods of an instance, with what follows from their lengths.
#[derive(Clone, Debug)]
pub(crate) struct Horizon {
    /// First quarter of each period, and the end of the last.
    start: Vec<u32>,
    /// Present value of a dollar of each period: the mean over its quarters, each at its start.
    discount: Vec<f64>,
    /// Present value of a dollar at the end of the last.
    end: f64,
    /// Whether systems come quarter by quarter in each.
    evenly: Vec<bool>,
}

impl Horizon {
    pub(crate) fn new(instance: &Instance) -> Horizon {
        let mut start = vec![0];
        for period in &instance.periods {
            start.push(start[start.len() - 1] + period.quarters);
        }
        let rate = instance.capital.discount_per_year;
        let at = |quarter: u32| libm::pow(1.0 + rate, -f64::from(quarter) / 4.0);
        let mean = |period: &[u32]| match period {
            [first, end] if first + 1 < *end => (*first..*end).map(at).sum::<f64>() / f64::from(end - first),
            _ => at(period[0]),
        };
        let discount = start.windows(2).map(mean).collect();
        let end = at(start[start.len() - 1]);
        Horizon {
            start,
            discount,
            end,
            evenly: instance.periods.iter().map(|period| period.evenly).collect(),
        }
    }

    /// How many periods there are.
    pub(crate) fn len(&self) -> usize {
        self.discount.len()
    }

    pub(crate) fn quarters(&self, t: usize) -> f64 {
        f64::from(self.start[t + 1] - self.start[t])
    }

    pub(crate) fn years(&self, t: usize) -> f64 {
        self.quarters(t) / 4.0
    }

    pub(crate) fn discount(&self, t: usize) -> f64 {
        self.discount[t]
    }

    /// Present value of a dollar when the plan is over.
    pub(crate) fn end(&self) -> f64 {
        self.end
    }

    /// The period in which a quarter lies.
    fn period_of(&self, quarter: u32) -> usize {
        self.start.partition_point(|&start| start <= quarter) - 1
    }

    /// The first period at whose start something can be ready that takes `lead` quarters from quarter `from` on.
    pub(crate) fn earliest(&self, from: u32, lead: u32) -> usize {
        (0..self.len()).find(|&t| self.start[t] >= from + lead).unwrap_or(self.len())
    }

    /// The period in which something is ordered that is ready at the start of period `t`.
    pub(crate) fn ordered(&self, t: usize, lead: u32) -> usize {
        self.period_of(self.start[t].saturating_sub(lead))
    }

    /// Which share of its price is spent in which period, if it is spent evenly over construction and ready at the start of
    /// period `t`. What takes no time is paid in the period itself.
    pub(crate) fn spread(&self, t: usize, lead: u32) -> Vec<(usize, f64)> {
        let ready = self.start[t];
        let mut shares: Vec<(usize, f64)> = Vec::new();
        let quarters = ready.saturating_sub(lead)..ready;
        if quarters.is_empty() {
            return vec![(t, 1.0)];
        }
        let each = 1.0 / f64::from(ready - ready.saturating_sub(lead));
        for quarter in quarters {
            let period = self.period_of(quarter);
            match shares.last_mut() {
                Some((last, share)) if *last == period => *share += each,
                _ => shares.push((period, each)),
            }
        }
        shares
    }

    /// The last period `u` such that what is ready at its start is under construction, or ready, in period `t`.
    pub(crate) fn under_way(&self, t: usize, lead: u32) -> usize {
        let started = |&u: &usize| self.start[u] <= self.start[t] + lead;
        (t..self.len()).take_while(started).last().unwrap_or(t)
    }

    /// Present worth at the end of the plan of one dollar's worth that was new at the start of period `t`.
    pub(crate) fn worth(&self, t: usize, salvage: f64, life: u32) -> f64 {
        let age = f64::from(self.start[self.len()] - self.start[t]);
        let left = if life == 0 { 0.0 } else { (1.0 - age / f64::from(life)).max(0.0) };
        salvage * left * self.end
    }

    /// The last periods such that what should be ready at their start, and comes `late` quarters late, is there in period `t`, each with the
    /// share of `t` in which it is the last: one where systems come at once, as many as it takes where they come quarter by quarter.
    pub(crate) fn meant(&self, t: usize, late: usize, f: &mut impl FnMut(usize, f64)) {
        if late == 0 {
            return f(t, 1.0);
        }
        let (from, until) = (self.start[t] as usize, self.start[t + 1] as usize);
        let last = if self.evenly[t] { until } else { from + 1 };
        let each = 1.0 / (last - from) as f64;
        let mut run: Option<(usize, f64)> = None;
        for quarter in from.max(late)..last {
            let then = self.period_of((quarter - late) as u32);
            match &mut run {
                Some((before, share)) if *before == then => *share += each,
                _ => {
                    if let Some((before, share)) = run.replace((then, each)) {
                        f(before, share);
                    }
                }
            }
        }
        if let Some((before, share)) = run {
            f(before, share);
        }
    }

    /// The last period whose deliveries have reached the end of their life at the start of period `t`.
    pub(crate) fn expired(&self, t: usize, life: u32) -> Option<usize> {
        (0..t).rev().find(|&u| self.start[u] + life <= self.start[t])
    }
}
