//! Sums of products without rounding.
//!
//! The checks of a plan must not depend on the order of additions or on the size of what cancels. A [`Sum`] keeps the exact value of
//! all that was added as a few numbers that do not overlap (Shewchuk, "Adaptive precision floating-point arithmetic", 1997);
//! it is rounded once, when it is asked for.

/// An exact sum of products of `f64`.
#[derive(Clone, Debug, Default)]
pub struct Sum {
    /// Parts that do not overlap, smallest first.
    parts: Vec<f64>,
}

/// `a + b` and what rounding lost.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let from_b = sum - a;
    (sum, (a - (sum - from_b)) + (b - from_b))
}

impl Sum {
    /// Adds a number.
    pub fn add(&mut self, number: f64) {
        let mut carried = number;
        let mut kept = 0;
        for i in 0..self.parts.len() {
            let (sum, lost) = two_sum(carried, self.parts[i]);
            if lost != 0.0 {
                self.parts[kept] = lost;
                kept += 1;
            }
            carried = sum;
        }
        self.parts.truncate(kept);
        self.parts.push(carried);
    }

    /// Adds `a * b` exactly, unless it under- or overflows.
    pub fn add_product(&mut self, a: f64, b: f64) {
        let product = a * b;
        self.add(libm::fma(a, b, -product));
        self.add(product);
    }

    /// The sum, rounded once.
    pub fn value(&self) -> f64 {
        self.parts.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cancels_leaves_nothing_behind() {
        let mut sum = Sum::default();
        for (a, b) in [(1e16, 1.0), (1.0, 1.0), (-1e16, 1.0), (0.1, 3.0), (-0.3, 1.0)] {
            sum.add_product(a, b);
        }
        // 0.1 * 3 exceeds the number nearest to 0.3 by 2^-54 + 2^-56, exactly.
        assert_eq!(sum.value(), 1.0 + (0.5f64.powi(54) + 0.5f64.powi(56)));
        let naive = 1e16 + 1.0 - 1e16 + 0.1 * 3.0 - 0.3;
        assert_ne!(sum.value(), naive, "plain addition loses the one");
    }
}
