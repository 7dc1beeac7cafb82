//! The few statistics that a fit needs.

/// The mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// Standard deviation over mean; 0 where the mean is 0.
pub fn cv(values: &[f64]) -> f64 {
    let mean = mean(values);
    if mean == 0.0 {
        return 0.0;
    }
    let square = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
    libm::sqrt(square / values.len() as f64) / mean
}

/// The two-sample distance of Kolmogorov and Smirnov: the largest difference between the two empirical cumulative
/// distributions. 1 where either is empty.
pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 1.0;
    }
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (a, b) = (sorted(a), sorted(b));
    let (mut i, mut j) = (0, 0);
    let mut largest: f64 = 0.0;
    while i < a.len() && j < b.len() {
        let value = a[i].min(b[j]);
        while i < a.len() && a[i] <= value {
            i += 1;
        }
        while j < b.len() && b[j] <= value {
            j += 1;
        }
        largest = largest.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    largest
}

/// Where a rising function passes through zero between `low` and `high`, to within 2^-60 of the interval.
pub fn root(mut low: f64, mut high: f64, function: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if function(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Rounded to so many significant digits, as a person would write it.
pub fn rounded(value: f64, digits: usize) -> f64 {
    // Through the text: the nearest number that prints with so many digits.
    format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_counted_by_hand() {
        assert_eq!(distance(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 3.0, 4.0]), 0.0);
        assert_eq!(distance(&[1.0, 2.0], &[3.0, 4.0]), 1.0);
        // At 2: three quarters of the one against a quarter of the other.
        assert_eq!(distance(&[1.0, 2.0, 2.0, 5.0], &[2.0, 3.0, 4.0, 5.0]), 0.5);
        assert_eq!(distance(&[], &[1.0]), 1.0);
    }

    #[test]
    fn moments_roots_and_rounding() {
        assert_eq!(mean(&[1.0, 3.0]), 2.0);
        assert_eq!(cv(&[1.0, 3.0]), 0.5);
        assert!((root(0.0, 2.0, |x| x * x - 2.0) - std::f64::consts::SQRT_2).abs() < 1e-12);
        assert_eq!(rounded(0.123_456, 3), 0.123);
        assert_eq!(rounded(98_765.0, 2), 99_000.0);
        assert_eq!(rounded(0.0, 3), 0.0);
    }
}
