//! How many replicas keep a latency target, when requests come at random.
//!
//! The slots of all replicas (the requests that each may have in flight within its targets) are the servers of an M/M/c
//! queue: requests come as a Poisson process, stay for an exponential time with the mean that the surface says, and wait
//! where all slots are taken. The exact waiting probability is Erlang's; for many slots that of Halfin and Whitt
//! (Operations Research 29(3), 1981), its limit.

use crate::surface::{Serving, Targets};

/// Nobody has more replicas.
const MOST: f64 = 1e15;

/// Up to so many slots the waiting probability is computed exactly.
const EXACT_SLOTS: f64 = 400.0;

/// The probability that a request must wait (Erlang C) with so many slots and an offered load in erlangs; 1 where the load
/// is not below the slots.
pub fn waiting(slots: f64, erlangs: f64) -> f64 {
    if erlangs >= slots {
        return 1.0;
    }
    if slots > EXACT_SLOTS {
        return halfin_whitt(slots, erlangs);
    }
    // The inverse of Erlang's loss by its recursion, then C = B / (1 - rho (1 - B)).
    let (mut inverse, mut server) = (1.0, 1.0);
    while server <= slots {
        inverse = 1.0 + inverse * server / erlangs.max(1e-300);
        server += 1.0;
    }
    let loss = 1.0 / inverse;
    loss / (1.0 - erlangs / slots * (1.0 - loss))
}

/// `1 / (1 + beta Phi(beta) / phi(beta))` with `beta = (1 - rho) sqrt(slots)`.
fn halfin_whitt(slots: f64, erlangs: f64) -> f64 {
    let beta = (1.0 - erlangs / slots) * libm::sqrt(slots);
    let density = libm::exp(-beta * beta / 2.0) / libm::sqrt(std::f64::consts::TAU);
    let below = 0.5 * libm::erfc(-beta / std::f64::consts::SQRT_2);
    1.0 / (1.0 + beta * below / density)
}

/// The share of requests that wait longer than `patience_s`, where each stays `stay_s`.
pub fn late(slots: f64, rate: f64, stay_s: f64, patience_s: f64) -> f64 {
    let erlangs = rate * stay_s;
    if erlangs >= slots {
        return 1.0;
    }
    waiting(slots, erlangs) * libm::exp(-(slots - erlangs) * patience_s.max(0.0) / stay_s)
}

/// A replica as the queue sees it: how many requests it may have in flight within the targets, and how long they stay then.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Replica {
    /// Requests in flight.
    pub slots: f64,
    /// Seconds that each stays with all slots taken.
    pub stay_s: f64,
    /// Seconds to the first token with all slots taken.
    pub ttft_s: f64,
}

impl Replica {
    /// From a surface and targets; `None` where no measured load is within the targets.
    pub fn of(serving: &Serving, targets: &Targets) -> Option<Replica> {
        let slots = serving.most(targets)?;
        let at = serving.latency(slots);
        Some(Replica { slots, stay_s: serving.stay_s(slots), ttft_s: at.ttft_s })
    }

    /// The most requests a second that one serves within the targets.
    pub fn rate(&self) -> f64 {
        self.slots / self.stay_s
    }

    /// Whether so many serve a rate within the targets.
    pub fn enough(&self, count: u64, rate: f64, targets: &Targets) -> bool {
        let patience = (targets.ttft_s - self.ttft_s).max(0.0);
        late(self.slots * count as f64, rate, self.stay_s, patience) <= 1.0 - targets.quantile
    }

    /// The least number that serves a rate (requests a second) within the targets; 0 for no requests.
    pub fn least(&self, rate: f64, targets: &Targets) -> u64 {
        if rate <= 0.0 {
            return 0;
        }
        let enough = |count: u64| self.enough(count, rate, targets);
        // More replicas than the load itself takes; how many more is found by doubling, then by halving.
        let load = libm::ceil(rate / self.rate()).clamp(1.0, MOST) as u64;
        let mut more = 0;
        while more < MOST as u64 && !enough(load + more) {
            more = more * 2 + 1;
        }
        let (mut low, mut high) = (more / 2, more);
        while low < high {
            let middle = low + (high - low) / 2;
            if enough(load + middle) { high = middle } else { low = middle + 1 }
        }
        load + low
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Stream;

    /// Erlang C from its sum, in logarithms.
    fn by_sum(slots: u32, erlangs: f64) -> f64 {
        let term = |k: u32| f64::from(k) * erlangs.ln() - libm::lgamma(f64::from(k) + 1.0);
        let last = term(slots).exp() / (1.0 - erlangs / f64::from(slots));
        last / ((0..slots).map(|k| term(k).exp()).sum::<f64>() + last)
    }

    #[test]
    fn the_waiting_probability_is_erlangs() {
        // A table entry: 10 servers, 8 erlangs wait with probability 0.409.
        assert!((waiting(10.0, 8.0) - 0.409).abs() < 0.001);
        assert!((waiting(1.0, 0.3) - 0.3).abs() < 1e-12, "M/M/1: the load itself");
        for (slots, load) in [(3, 2.0), (40, 31.0), (150, 141.0), (400, 380.0)] {
            let exact = by_sum(slots, load);
            assert!((waiting(f64::from(slots), load) - exact).abs() < 1e-9, "{slots} {load}");
        }
        assert_eq!(waiting(5.0, 5.0), 1.0);
        assert_eq!(waiting(5.0, 0.0), 0.0);
    }

    #[test]
    fn the_limit_takes_over_without_a_step() {
        let mut worst: f64 = 0.0;
        for beta in [0.1, 0.3, 0.5, 1.0, 1.5, 2.0, 2.5] {
            let slots = EXACT_SLOTS;
            let load = slots - beta * slots.sqrt();
            worst = worst.max((halfin_whitt(slots, load) - by_sum(slots as u32, load)).abs());
        }
        println!("largest error of the limit at {EXACT_SLOTS} slots: {worst:.4}");
        assert!(worst < 0.01, "{worst}");
    }

    /// The least number against a simulation of the queue, request by request.
    #[test]
    fn the_least_number_keeps_the_target_and_one_less_does_not() {
        let replica = Replica { slots: 4.0, stay_s: 10.0, ttft_s: 0.5 };
        let targets = Targets { ttft_s: 2.5, tpot_s: 1.0, quantile: 0.95 };
        for rate in [0.5, 2.0, 9.0] {
            let least = replica.least(rate, &targets);
            let share = |count: u64| simulated(4 * count as usize, rate, 10.0, 2.0);
            let (kept, broken) = (share(least), share(least - 1));
            println!("{rate}/s: {least} replicas: {kept:.4} late by simulation, one less {broken:.4}");
            assert!(kept < 0.05 + 0.01 && broken > 0.05 - 0.01, "{rate}: {kept} {broken}");
        }
        assert_eq!(replica.least(0.0, &targets), 0);
        // A million replicas are found in a few steps, a little above the load.
        let many = replica.least(400_000.0, &targets);
        assert!((1_000_000..1_001_500).contains(&many), "{many}");
    }

    /// The share of requests that wait longer than `patience` in a simulated M/M/c queue.
    fn simulated(servers: usize, rate: f64, stay: f64, patience: f64) -> f64 {
        let stream = Stream::new(3, "queue");
        let mut free = vec![0.0_f64; servers];
        let (mut now, mut late, n) = (0.0, 0, 200_000);
        for i in 0..n {
            let mut draws = stream.at(i);
            now += draws.exponential() / rate;
            let first = (0..servers).min_by(|&a, &b| free[a].total_cmp(&free[b])).expect("some");
            let begin = free[first].max(now);
            late += u32::from(begin - now > patience);
            free[first] = begin + stay * draws.exponential();
        }
        f64::from(late) / n as f64
    }

    #[test]
    fn more_load_never_needs_fewer() {
        let replica = Replica { slots: 17.3, stay_s: 21.0, ttft_s: 0.4 };
        let targets = Targets { ttft_s: 0.4, tpot_s: 1.0, quantile: 0.9 };
        let mut last = 0;
        for step in 1..3000 {
            let rate = f64::from(step) * 0.37;
            let least = replica.least(rate, &targets);
            assert!(least >= last && replica.enough(least, rate, &targets), "{rate}");
            assert!(
                least == 1 || !replica.enough(least - 1, rate, &targets),
                "{rate}: {least} is not the least"
            );
            last = least;
        }
    }
}
