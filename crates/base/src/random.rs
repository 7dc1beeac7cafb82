//! Randomness that is addressed, not consumed.
//!
//! A draw is named by `(seed, stream name, index)`: adding a site leaves another site's luck alone. The generator is
//! ChaCha8 (portable, seekable); the transcendental functions come from `libm`, because those of the platform differ
//! in the last bit between systems. The distributions are written out here and pinned by golden tests.

use rand::rngs::ChaCha8Rng;
use rand::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

/// A named stream of random numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stream {
    key: [u8; 32],
}

impl Stream {
    /// The stream `name` of the run with this seed.
    pub fn new(seed: u64, name: &str) -> Stream {
        Stream { key: crate::digest::key(seed, name) }
    }

    /// The draws at `index`: the same whatever was drawn before, or never drawn.
    pub fn at(&self, index: u64) -> Draws {
        let mut rng = ChaCha8Rng::from_seed(self.key);
        rng.set_stream(index);
        Draws { rng }
    }
}

/// The sequence of draws at one index of a stream.
#[derive(Debug)]
pub struct Draws {
    rng: ChaCha8Rng,
}

impl Draws {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// Uniform on the open interval (0, 1): never 0, so that its logarithm is finite.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform on `0..n`; 0 for `n = 0`. Lemire's multiply-shift: the bias is below `n / 2^64`.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.uniform())
    }

    /// Standard normal, by Box and Muller (1958): two uniforms a draw, always.
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(2.0 * self.exponential());
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// Lognormal: `exp(mu + sigma z)`.
    pub fn lognormal(&mut self, mu: f64, sigma: f64) -> f64 {
        libm::exp(mu + sigma * self.normal())
    }

    /// Weibull with the given shape and scale 1.
    pub fn weibull(&mut self, shape: f64) -> f64 {
        libm::pow(self.exponential(), 1.0 / shape)
    }

    /// Gamma with the given shape and scale 1, by Marsaglia and Tsang (ACM TOMS 26(3), 2000).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = libm::pow(self.uniform(), 1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let z = self.normal();
            let v = 1.0 + c * z;
            if v > 0.0 {
                let v = v * v * v;
                if libm::log(self.uniform()) < 0.5 * z * z + d - d * v + d * libm::log(v) {
                    return d * v;
                }
            }
        }
    }

    /// An index drawn with probability proportional to its weight, given the running sums of the weights.
    /// 0 for an empty list.
    pub fn weighted(&mut self, running_sums: &[f64]) -> usize {
        let Some(&total) = running_sums.last() else { return 0 };
        let target = self.uniform() * total;
        running_sums.partition_point(|&sum| sum <= target).min(running_sums.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(draw: impl Fn(&mut Draws) -> f64) -> (f64, f64) {
        let stream = Stream::new(7, "moments");
        let n = 40_000;
        let (mut sum, mut square) = (0.0, 0.0);
        for i in 0..n {
            let x = draw(&mut stream.at(i));
            sum += x;
            square += x * x;
        }
        let mean = sum / n as f64;
        (mean, square / n as f64 - mean * mean)
    }

    fn assert_moments(draw: impl Fn(&mut Draws) -> f64, mean: f64, variance: f64) {
        let (m, v) = moments(draw);
        assert!((m - mean).abs() < 0.02 * (1.0 + mean), "mean {m}, not {mean}");
        assert!((v - variance).abs() < 0.06 * (1.0 + variance), "variance {v}, not {variance}");
    }

    #[test]
    fn moments_are_those_of_the_textbook() {
        assert_moments(|d| d.uniform(), 0.5, 1.0 / 12.0);
        assert_moments(|d| d.exponential(), 1.0, 1.0);
        assert_moments(|d| d.normal(), 0.0, 1.0);
        assert_moments(|d| d.gamma(0.5), 0.5, 0.5);
        assert_moments(|d| d.gamma(4.0), 4.0, 4.0);
        assert_moments(|d| d.weibull(2.0), 0.886_226_925, 0.214_601_836);
        assert_moments(|d| d.below(10) as f64, 4.5, 8.25);
    }

    #[test]
    fn draws_are_pinned() {
        // Golden values: they may change only in a version whose changelog says that results change.
        let stream = Stream::new(42, "golden");
        let mut d = stream.at(3);
        let drawn = [d.uniform(), d.exponential(), d.normal(), d.gamma(2.5), d.weibull(0.7)];
        assert_eq!(drawn.map(f64::to_bits), GOLDEN, "{drawn:?}");
    }
    const GOLDEN: [u64; 5] = [
        4598940995693883339,
        4614439461757331706,
        4585703483316587000,
        4618388124774078304,
        4616760152581251314,
    ];

    #[test]
    fn an_index_does_not_depend_on_what_was_drawn_before() {
        let stream = Stream::new(1, "a");
        let alone = stream.at(9).bits();
        let mut other = stream.at(8);
        for _ in 0..100 {
            other.bits();
        }
        assert_eq!(stream.at(9).bits(), alone);
        assert_ne!(Stream::new(1, "b").at(9).bits(), alone);
        assert_ne!(Stream::new(2, "a").at(9).bits(), alone);
    }

    #[test]
    fn weighted_draws_follow_the_weights() {
        let stream = Stream::new(3, "w");
        let sums = [1.0, 1.0, 4.0];
        let mut counts = [0; 3];
        for i in 0..4000 {
            counts[stream.at(i).weighted(&sums)] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((counts[0] as f64 / 4000.0 - 0.25).abs() < 0.03, "{counts:?}");
        assert_eq!(stream.at(0).weighted(&[]), 0);
    }
}
