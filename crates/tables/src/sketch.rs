//! Percentiles of many lengths of time in little memory, the same in whatever order they come.

use base::Span;
use serde::{Deserialize, Serialize};

/// Bits of a value that choose its bucket within its octave.
const BITS: u32 = 6;

/// The largest error of [`Sketch::quantile`] as a share of the true value: half a bucket.
pub const RELATIVE_ERROR: f64 = 1.0 / (2u64 << BITS) as f64;

/// A histogram of lengths of time whose buckets are wider for longer times: 64 to each doubling (the layout of HDR
/// histograms; the error bound is that of DDSketch, Masson et al., PVLDB 12(12), 2019).
///
/// Buckets and counts are integers: the order of the values, and how they were split over sketches that were merged,
/// changes nothing. The mean, the least and the greatest are exact. A quantile is within [`RELATIVE_ERROR`] (0.8 %) of
/// the value at its rank; values below 64 ns are exact. Negative values count as 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    counts: Vec<u64>,
    count: u64,
    sum: u128,
    least: u64,
    greatest: u64,
}

impl Sketch {
    /// Adds a value.
    pub fn add(&mut self, span: Span) {
        self.add_many(span, 1);
    }

    /// Adds a value so many times.
    pub fn add_many(&mut self, span: Span, times: u64) {
        if times == 0 {
            return;
        }
        let value = u64::try_from(span.0).unwrap_or(0);
        let bucket = bucket(value);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += times;
        self.least = if self.count == 0 { value } else { self.least.min(value) };
        self.greatest = self.greatest.max(value);
        self.count += times;
        self.sum += u128::from(value) * u128::from(times);
    }

    /// Adds all values of another one.
    pub fn merge(&mut self, other: &Sketch) {
        if other.count == 0 {
            return;
        }
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.least = if self.count == 0 { other.least } else { self.least.min(other.least) };
        self.greatest = self.greatest.max(other.greatest);
        self.count += other.count;
        self.sum += other.sum;
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean in seconds.
    pub fn mean_s(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64 / 1e9)
    }

    /// The greatest in seconds.
    pub fn greatest_s(&self) -> Option<f64> {
        (self.count > 0).then(|| self.greatest as f64 / 1e9)
    }

    /// The share of the values that are at most `limit`; values up to one bucket (1.6 %) above it count too. `None`
    /// without values.
    pub fn share_within(&self, limit: Span) -> Option<f64> {
        let last = bucket(u64::try_from(limit.0).unwrap_or(0));
        let within: u64 = self.counts.iter().take(last + 1).sum();
        (self.count > 0).then(|| within as f64 / self.count as f64)
    }

    /// The value in seconds that a share `quantile` of the values does not exceed (nearest rank).
    pub fn quantile_s(&self, quantile: f64) -> Option<f64> {
        let rank = ((quantile * self.count as f64).ceil() as u64).clamp(1, self.count.max(1));
        if rank == self.count {
            return self.greatest_s();
        }
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Some(middle(index).clamp(self.least, self.greatest) as f64 / 1e9);
            }
        }
        None
    }
}

/// Values below 2^BITS have a bucket each; above, the BITS bits after the leading one choose it.
fn bucket(value: u64) -> usize {
    let octave = (u64::BITS - value.leading_zeros()).saturating_sub(BITS + 1);
    ((octave as usize) << BITS) + (value >> octave) as usize
}

fn middle(bucket: usize) -> u64 {
    let octave = (bucket >> BITS).saturating_sub(1);
    let low = ((bucket - (octave << BITS)) as u64) << octave;
    low + ((1 << octave) >> 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sketch(values: &[i64]) -> Sketch {
        let mut sketch = Sketch::default();
        values.iter().for_each(|&value| sketch.add(Span(value)));
        sketch
    }

    #[test]
    fn buckets_follow_each_other_without_gap() {
        let mut before = bucket(0);
        assert_eq!(before, 0);
        for value in 1..64 {
            assert_eq!(bucket(value), before + 1);
            before += 1;
        }
        for octave in 0..58 {
            for step in 64..128u64 {
                assert_eq!(bucket(step << octave), before + 1);
                assert_eq!(bucket((step << octave) + ((1 << octave) - 1)), before + 1);
                before += 1;
            }
        }
        assert_eq!(bucket(u64::MAX), bucket(u64::MAX - 1));
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Sketch::default().quantile_s(0.5), None);
        assert_eq!(Sketch::default().mean_s(), None);
    }

    fn lengths() -> impl Strategy<Value = Vec<i64>> {
        // Over all orders of magnitude, with repetitions and zeros.
        let length = (0u32..62, any::<i64>()).prop_map(|(shift, bits)| (bits & i64::MAX) >> shift);
        proptest::collection::vec(prop_oneof![4 => length, 1 => Just(0)], 1..300)
    }

    proptest! {
        #[test]
        fn quantiles_are_within_the_error(values in lengths(), quantile in 0.0..=1.0f64) {
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let rank = ((quantile * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len());
            let exact = sorted[rank - 1] as f64 / 1e9;
            let found = sketch(&values).quantile_s(quantile).unwrap();
            // The last term: seconds in `f64` are rounded too.
            prop_assert!((found - exact).abs() <= exact * (RELATIVE_ERROR + 1e-12), "{} for {}", found, exact);
        }

        #[test]
        fn order_and_merging_change_nothing(values in lengths(), at in any::<prop::sample::Index>()) {
            let (left, right) = values.split_at(at.index(values.len()));
            let mut merged = sketch(right);
            merged.merge(&sketch(left));
            let mut reversed = values.clone();
            reversed.reverse();
            let whole = sketch(&values);
            prop_assert_eq!(&sketch(&reversed), &whole);
            prop_assert_eq!(&merged, &whole);
            let sum: i128 = values.iter().map(|&value| i128::from(value)).sum();
            prop_assert_eq!(whole.mean_s(), Some(sum as f64 / values.len() as f64 / 1e9));
        }
    }
}
