//! Failures: when things break, how long they stay broken, and how often to save work.

use base::{Draws, Span, Stream};
use serde::{Deserialize, Serialize};

/// A distribution of time to failure or of repair.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifetime {
    /// Memoryless, with this mean.
    Exponential {
        /// Mean.
        mean: Span,
    },
    /// Weibull with this mean: a shape below 1 has many early failures, above 1 wears out.
    Weibull {
        /// Mean.
        mean: Span,
        /// Shape, above 0.
        shape: f64,
    },
    /// Lognormal, usual for repairs.
    Lognormal {
        /// Median.
        median: Span,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Always the same.
    Constant {
        /// The time.
        time: Span,
    },
}

impl Lifetime {
    /// Draws a time, at least a nanosecond; `Span::FOREVER` beyond 292 years.
    pub fn draw(&self, draws: &mut Draws) -> Span {
        let seconds = match *self {
            Lifetime::Exponential { mean } => mean.seconds() * draws.exponential(),
            Lifetime::Weibull { mean, shape } => {
                mean.seconds() / libm::tgamma(1.0 + 1.0 / shape) * draws.weibull(shape)
            }
            Lifetime::Lognormal { median, sigma } => {
                draws.lognormal(libm::log(median.seconds().max(1e-9)), sigma)
            }
            Lifetime::Constant { time } => return time,
        };
        Span(Span::from_seconds_f64(seconds).unwrap_or(Span::FOREVER).0.max(1))
    }

    /// Its mean.
    pub fn mean(&self) -> Span {
        match *self {
            Lifetime::Exponential { mean } | Lifetime::Weibull { mean, .. } => mean,
            Lifetime::Lognormal { median, sigma } => {
                Span::from_seconds_f64(median.seconds() * libm::exp(sigma * sigma / 2.0))
                    .unwrap_or(Span::FOREVER)
            }
            Lifetime::Constant { time } => time,
        }
    }
}

/// A kind of part that breaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// What it is: `gpu`, `host`, `switch`, `cooling`.
    pub name: String,
    /// Time from repair to failure of one of them.
    pub life: Lifetime,
    /// Time from failure to repair.
    pub repair: Lifetime,
    /// Accelerators that go down together with one of them: 1 for a GPU, 8 for a host, 72 for a rack's switch.
    pub accelerators: u32,
}

impl Part {
    /// Rate of failures that a job on so many accelerators sees from parts of this kind, for an hour. A job touches a
    /// part if it uses at least one of its accelerators; jobs fill parts as far as they can.
    pub fn interruptions_per_hour(&self, accelerators: u32) -> f64 {
        let parts = accelerators.div_ceil(self.accelerators.max(1));
        f64::from(parts) / self.life.mean().hours()
    }
}

/// Mean time to interruption of a job on so many accelerators; `Span::FOREVER` if nothing breaks.
pub fn mean_time_to_interruption(parts: &[Part], accelerators: u32) -> Span {
    let rate: f64 = parts.iter().map(|part| part.interruptions_per_hour(accelerators)).sum();
    Span::from_seconds_f64(3600.0 / rate).unwrap_or(Span::FOREVER)
}

/// How many of `count` equal units are up at the begin of each hour, from the first hour of a stream on: each unit lives
/// and is repaired by itself (`life`, `repair`), its luck addressed by its number, so that one more unit changes nothing
/// for the others. A unit begins in the middle of its life: up with the probability of its availability, and with the
/// time left drawn afresh (exact for exponential lives).
pub fn units_up(count: u32, life: Lifetime, repair: Lifetime, stream: &Stream, hours: usize) -> Vec<u32> {
    let availability = life.mean().seconds() / (life.mean().seconds() + repair.mean().seconds());
    let end = Span::from_hours(hours as i64);
    let mut changes = vec![0i32; hours + 1];
    for unit in 0..count {
        let mut draws = stream.at(u64::from(unit));
        let mut up = draws.uniform() < availability;
        let mut time = Span::ZERO;
        changes[0] += i32::from(up);
        while time < end {
            let length = if up { life.draw(&mut draws) } else { repair.draw(&mut draws) };
            time = Span(time.0.saturating_add(length.0));
            up = !up;
            // The hour that begins next sees the change.
            let hour = time.0.div_euclid(Span::HOUR.0).saturating_add(1) as usize;
            if hour < hours {
                changes[hour] += if up { 1 } else { -1 };
            }
        }
    }
    let mut now = 0;
    changes[..hours]
        .iter()
        .map(|change| {
            now += change;
            now.max(0) as u32
        })
        .collect()
}

/// Young's checkpoint interval, `sqrt(2 c m)`: the work between two checkpoints of cost `c` at a mean time to
/// interruption `m` (J. W. Young, CACM 17(9), 1974).
pub fn young(cost: Span, mean_time: Span) -> Span {
    Span::from_seconds_f64(libm::sqrt(2.0 * cost.seconds() * mean_time.seconds())).unwrap_or(Span::FOREVER)
}

/// Daly's checkpoint interval of higher order: `sqrt(2 c m) (1 + sqrt(c / 2m) / 3 + (c / 2m) / 9) - c` for `c < 2m`, else
/// `m` (J. T. Daly, Future Generation Computer Systems 22, 2006, equation 37). The work between two checkpoints.
pub fn daly(cost: Span, mean_time: Span) -> Span {
    let (c, m) = (cost.seconds(), mean_time.seconds());
    if c >= 2.0 * m {
        return mean_time;
    }
    let ratio = c / (2.0 * m);
    let root = libm::sqrt(2.0 * c * m) * (1.0 + libm::sqrt(ratio) / 3.0 + ratio / 9.0) - c;
    Span::from_seconds_f64(root).unwrap_or(Span::FOREVER)
}

/// Share of the time that is work which is kept (goodput), for memoryless interruptions: work of `interval` followed by a
/// checkpoint of `cost`; an interruption loses what was done since the last checkpoint and a restart takes `restart`,
/// which can itself be interrupted. Daly's complete model (same paper, equation 20): expected time for an interval of work
/// is `m exp(r/m) (exp((t + c)/m) - 1)`.
pub fn efficiency(interval: Span, cost: Span, restart: Span, mean_time: Span) -> f64 {
    let (t, c, r, m) = (interval.seconds(), cost.seconds(), restart.seconds(), mean_time.seconds());
    let expected = m * libm::exp(r / m) * libm::expm1((t + c) / m);
    if expected > 0.0 { t / expected } else { 0.0 }
}

/// Interruptions of the Llama 3 405B training by cause: 419 unexpected ones in 54 days on 16,384 H100 (arXiv 2407.21783,
/// table 5).
pub const LLAMA_3_INTERRUPTIONS: [(&str, u32); 18] = [
    ("faulty gpu", 148),
    ("gpu hbm3 memory", 72),
    ("software bug", 54),
    ("network switch or cable", 35),
    ("host maintenance", 32),
    ("gpu sram memory", 19),
    ("gpu system processor", 17),
    ("nic", 7),
    ("nccl watchdog timeout", 7),
    ("silent data corruption", 6),
    ("gpu thermal interface and sensor", 6),
    ("ssd", 3),
    ("power supply", 3),
    ("server chassis", 2),
    ("io expansion board", 2),
    ("dependency", 2),
    ("cpu", 2),
    ("system memory", 2),
];

/// Accelerator-hours of the run of `LLAMA_3_INTERRUPTIONS`.
pub const LLAMA_3_GPU_HOURS: f64 = 16_384.0 * 54.0 * 24.0;

#[cfg(test)]
mod tests {
    use super::*;
    use base::Stream;

    fn minutes(n: f64) -> Span {
        Span::from_seconds_f64(n * 60.0).expect("in range")
    }

    #[test]
    fn llama_3_is_interrupted_every_three_hours() {
        let total: u32 = LLAMA_3_INTERRUPTIONS.iter().map(|(_, count)| count).sum();
        assert_eq!(total, 419);
        let hours = LLAMA_3_GPU_HOURS / f64::from(total);
        let part = Part {
            name: "all".into(),
            life: Lifetime::Exponential { mean: Span::from_seconds_f64(hours * 3600.0).expect("in range") },
            repair: Lifetime::Constant { time: Span::HOUR },
            accelerators: 1,
        };
        let mean = mean_time_to_interruption(&[part], 16_384);
        assert!((mean.hours() - 3.093).abs() < 0.001, "{}", mean.hours());
        // More than 90 % effective training time needs quick saves and quick restarts.
        let best = efficiency(daly(minutes(0.25), mean), minutes(0.25), minutes(6.0), mean);
        assert!(best > 0.90, "{best}");
    }

    /// The closed form has its maximum where Daly says, to a few parts in ten thousand of the efficiency.
    #[test]
    fn daly_finds_the_maximum_and_young_comes_near() {
        for (cost, mean) in [(0.5, 185.6), (5.0, 600.0), (10.0, 60.0), (30.0, 120.0)] {
            let (c, m, r) = (minutes(cost), minutes(mean), minutes(5.0));
            let at = |t: f64| efficiency(minutes(t), c, r, m);
            let most = (1..200_000).map(|i| at(f64::from(i) * mean / 50_000.0)).fold(0.0, f64::max);
            let (by_daly, by_young) = (efficiency(daly(c, m), c, r, m), efficiency(young(c, m), c, r, m));
            println!(
                "cost {cost} min, mean {mean} min: best {most:.5}, Daly {by_daly:.5}, Young {by_young:.5}"
            );
            assert!(most - by_daly < 3e-4 && most >= by_daly - 1e-9);
            assert!(most - by_young < 0.03);
        }
        assert_eq!(daly(minutes(100.0), minutes(40.0)), minutes(40.0));
    }

    /// The closed form against a simulation of the process it describes.
    #[test]
    fn efficiency_is_that_of_the_simulated_process() {
        let (interval, cost, restart, mean) = (30.0, 2.0, 5.0, 120.0);
        let stream = Stream::new(11, "checkpoints");
        let (mut clock, mut work) = (0.0f64, 0.0f64);
        let mut draws = stream.at(0);
        let mut failure = mean * draws.exponential();
        while work < 30_000.0 * interval {
            // An interval of work and its checkpoint; on a failure, restart until a restart succeeds.
            if clock + interval + cost <= failure {
                clock += interval + cost;
                work += interval;
                continue;
            }
            loop {
                clock = failure;
                failure = clock + mean * draws.exponential();
                if clock + restart <= failure {
                    clock += restart;
                    break;
                }
            }
        }
        let simulated = work / clock;
        let closed = efficiency(minutes(interval), minutes(cost), minutes(restart), minutes(mean));
        println!("simulated {simulated:.4}, closed form {closed:.4}");
        assert!((simulated - closed).abs() < 0.006, "{simulated} {closed}");
    }

    #[test]
    fn lifetimes_have_the_means_they_say() {
        let stream = Stream::new(5, "lives");
        let mean = Span::from_hours(100);
        for life in [
            Lifetime::Exponential { mean },
            Lifetime::Weibull { mean, shape: 0.7 },
            Lifetime::Weibull { mean, shape: 3.0 },
            Lifetime::Lognormal { median: mean, sigma: 0.8 },
            Lifetime::Constant { time: mean },
        ] {
            let n = 20_000;
            let total: f64 = (0..n).map(|i| life.draw(&mut stream.at(i)).hours()).sum();
            let error = total / n as f64 / life.mean().hours() - 1.0;
            assert!(error.abs() < 0.03, "{life:?}: {error}");
        }
    }

    #[test]
    fn units_are_up_for_their_availability_and_have_luck_of_their_own() {
        let life = Lifetime::Exponential { mean: Span::from_hours(900) };
        let repair = Lifetime::Lognormal { median: Span::from_hours(60), sigma: 0.8 };
        let stream = Stream::new(2, "engines");
        let up = units_up(210, life, repair, &stream, 20_000);
        let mean = up.iter().map(|&n| f64::from(n)).sum::<f64>() / (20_000.0 * 210.0);
        let expected = 900.0 / (900.0 + repair.mean().hours());
        assert!((mean - expected).abs() < 0.01, "{mean} {expected}");
        let fewer = units_up(209, life, repair, &stream, 20_000);
        assert!(up.iter().zip(&fewer).all(|(a, b)| a - b <= 1), "one more unit adds at most one");
        assert_eq!(units_up(5, Lifetime::Constant { time: Span::FOREVER }, repair, &stream, 3), [5, 5, 5]);
        assert_eq!(units_up(0, life, repair, &stream, 2), [0, 0]);
    }

    #[test]
    fn jobs_touch_whole_parts() {
        let host = Part {
            name: "host".into(),
            life: Lifetime::Exponential { mean: Span::from_hours(1000) },
            repair: Lifetime::Constant { time: Span::HOUR },
            accelerators: 8,
        };
        assert_eq!(host.interruptions_per_hour(1), 0.001);
        assert_eq!(host.interruptions_per_hour(9), 0.002);
        assert_eq!(mean_time_to_interruption(&[], 16), Span::FOREVER);
    }
}
