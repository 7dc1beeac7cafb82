//! The normal distribution, with the same bits on every machine.

/// Share of a standard normal below `z`.
pub fn below(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// The value that a share `p` of a standard normal lies below, by halving: exact to 1e-12.
pub fn quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-9.0, 9.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if below(middle) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (p, z) in [(0.5, 0.0), (0.75, 0.674_489_750_2), (0.95, 1.644_853_627), (0.975, 1.959_963_985)] {
            assert!((quantile(p) - z).abs() < 1e-8 && (quantile(1.0 - p) + z).abs() < 1e-8, "{p}");
            assert!((below(z) - p).abs() < 1e-9);
        }
    }
}
