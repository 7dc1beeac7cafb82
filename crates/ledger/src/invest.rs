//! What an investment is worth: net present value, internal rates of return, payback, debt service cover.
//!
//! Cash flows are one number for each period, the first at time 0. They are sums of postings and read here as numbers of
//! dollars: what follows is judgement, not bookkeeping.

/// The value at time 0 of flows one period apart, at a rate for each period (above -1).
pub fn npv(rate: f64, flows: &[f64]) -> f64 {
    // Horner from the last flow: no powers.
    flows.iter().rev().fold(0.0, |value, flow| value / (1.0 + rate) + flow)
}

/// The rate for a month that makes `yearly` in twelve.
pub fn monthly_rate(yearly: f64) -> f64 {
    libm::expm1(libm::log1p(yearly) / 12.0)
}

/// The rate for a year that `monthly` makes in twelve months.
pub fn yearly_rate(monthly: f64) -> f64 {
    libm::expm1(libm::log1p(monthly) * 12.0)
}

/// What one dollar now costs in each of `periods` equal payments at the ends of the periods.
pub fn annuity(rate: f64, periods: f64) -> f64 {
    if rate == 0.0 { 1.0 / periods } else { rate / -libm::expm1(-periods * libm::log1p(rate)) }
}

/// Every internal rate of return above -1, rising: the rates at which [`npv`] is zero. Flows that change their sign more
/// than once may have several, or none.
///
/// In `x = 1/(1+r)` the value is a polynomial. Between neighbouring zeros of `(p x^-k)'` there is at most one of its own,
/// and with `k` at a change of sign that derivative has one change of sign fewer (the proof of Descartes' rule): the
/// zeros of the last, which has one change at most, bracket those of the one before, and so on up.
pub fn irr(flows: &[f64]) -> Vec<f64> {
    let mut rates: Vec<f64> = positive_zeros(flows).into_iter().map(|x| 1.0 / x - 1.0).collect();
    rates.sort_by(f64::total_cmp);
    rates
}

/// The positive zeros of `sum c_i x^i`, rising; one of even multiplicity is listed once.
fn positive_zeros(coefficients: &[f64]) -> Vec<f64> {
    let Some(change) = first_change(coefficients) else { return Vec::new() };
    let k = change as f64 - 0.5;
    let slope: Vec<f64> = coefficients.iter().enumerate().map(|(i, c)| (i as f64 - k) * c).collect();
    let turns = positive_zeros(&slope);
    let mut zeros: Vec<f64> = Vec::new();
    let mut low = 0.0;
    for high in turns.iter().copied().chain([f64::INFINITY]) {
        if let Some(zero) = zero_between(coefficients, low, high)
            && zeros.last().is_none_or(|last| (zero - last).abs() > APART * zero)
        {
            zeros.push(zero);
        }
        low = high;
    }
    zeros
}

/// The place of the first coefficient whose sign is not that of the one before (zeros left out).
fn first_change(coefficients: &[f64]) -> Option<usize> {
    let first = coefficients.iter().find(|c| **c != 0.0)?.signum();
    coefficients.iter().position(|&c| c != 0.0 && c.signum() != first)
}

/// The value at `x` on the scale of its terms, -1 to 1: for `x` above 1 over `x^n`, so that nothing overflows.
fn scaled(coefficients: &[f64], x: f64) -> f64 {
    let horner = |sum: (f64, f64), c: &f64, at: f64| (sum.0 * at + c, sum.1 * at + c.abs());
    let (value, size) = match x <= 1.0 {
        true => coefficients.iter().rev().fold((0.0, 0.0), |sum, c| horner(sum, c, x)),
        false => coefficients.iter().fold((0.0, 0.0), |sum, c| horner(sum, c, 1.0 / x)),
    };
    if size > 0.0 { value / size } else { 0.0 }
}

/// Zeros nearer to each other than this, as a share, are one that only touches: rounding moves such a zero by the square
/// root of the rounding.
const APART: f64 = 1e-7;

/// Below this a value is the rounding of its terms: its point is a zero that only touches.
const TOUCH: f64 = 1e-13;

/// The zero in an interval in which the polynomial (over a power of x) only rises or only falls.
fn zero_between(coefficients: &[f64], low: f64, high: f64) -> Option<f64> {
    if low > 0.0 && scaled(coefficients, low).abs() < TOUCH {
        return Some(low);
    }
    let nonzero = || coefficients.iter().filter(|c| **c != 0.0);
    let at_low = if low == 0.0 { nonzero().next()?.signum() } else { scaled(coefficients, low) };
    let at_high =
        if high.is_infinite() { nonzero().next_back()?.signum() } else { scaled(coefficients, high) };
    if at_low.signum() == at_high.signum() {
        return None;
    }
    // An end that is infinite is moved in, to where the sign is already there.
    let mut high = if high.is_infinite() { 1.0_f64.max(2.0 * low) } else { high };
    while scaled(coefficients, high).signum() != at_high.signum() {
        high *= 2.0;
        if !high.is_finite() {
            return None;
        }
    }
    Some(bisect(|x| scaled(coefficients, x), low, high, at_low))
}

/// Newton's method on secants, kept inside a bracket that at least halves every second step.
fn bisect(value: impl Fn(f64) -> f64, mut low: f64, mut high: f64, at_low: f64) -> f64 {
    let mut x = 0.5 * (low + high);
    for step in 0..400 {
        let here = value(x);
        if here == 0.0 {
            return x;
        }
        if here.signum() == at_low.signum() {
            low = x;
        } else {
            high = x;
        }
        if high - low <= 1e-16 * high {
            break;
        }
        let width = 1e-7 * (high - low).max(1e-9 * x);
        let slope = (value(x + width) - here) / width;
        let newton = x - here / slope;
        x = match step % 2 == 0 && newton > low && newton < high {
            true => newton,
            false => 0.5 * (low + high),
        };
    }
    0.5 * (low + high)
}

/// Periods until the flows have paid back what was put in, with the last part of a period; `None` if never. Flows that
/// fall below zero again count from their last recovery.
pub fn payback(flows: &[f64]) -> Option<f64> {
    let (mut sum, mut since) = (0.0, None);
    for (period, flow) in flows.iter().enumerate() {
        let before = sum;
        sum += flow;
        if sum < 0.0 {
            since = None;
        } else if since.is_none() && before < 0.0 {
            since = Some(period as f64 - 1.0 + before / (before - sum));
        }
    }
    since
}

/// Cash available for debt service over debt service; `None` where there is no debt service.
pub fn service_cover(available: f64, service: f64) -> Option<f64> {
    (service > 0.0).then(|| available / service)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) {
        assert!((left - right).abs() <= 1e-9 * right.abs().max(1.0), "{left} is not {right}");
    }

    #[test]
    fn present_values_match_closed_forms() {
        // A perpetuity cut off after n: the annuity formula.
        let (rate, periods) = (0.07, 30);
        let flows: Vec<f64> = std::iter::once(0.0).chain(std::iter::repeat_n(1.0, periods)).collect();
        close(npv(rate, &flows), 1.0 / annuity(rate, periods as f64));
        close(annuity(0.0, 12.0), 1.0 / 12.0);
        close(yearly_rate(monthly_rate(0.1)), 0.1);
    }

    #[test]
    fn rates_of_return_match_closed_forms() {
        // Two periods: the quadratic formula. -100, 60, 60.
        let x = (-60.0 + (60.0f64 * 60.0 + 4.0 * 60.0 * 100.0).sqrt()) / 120.0;
        let found = irr(&[-100.0, 60.0, 60.0]);
        assert_eq!(found.len(), 1);
        close(found[0], 1.0 / x - 1.0);
        // A loan at 8 % by construction, over 360 periods.
        let payment = annuity(0.08, 360.0);
        let flows: Vec<f64> = std::iter::once(-1.0).chain(std::iter::repeat_n(payment, 360)).collect();
        close(irr(&flows)[0], 0.08);
    }

    #[test]
    fn several_roots_are_all_reported() {
        // (1 - 1.1 x)(1 - 1.2 x)(1 - 1.5 x) by its coefficients: 10 %, 20 % and 50 %.
        let product = [1.0, -3.8, 4.77, -1.98];
        let found = irr(&product);
        assert_eq!(found.len(), 3, "{found:?}");
        [0.1, 0.2, 0.5].iter().zip(&found).for_each(|(wanted, found)| close(*found, *wanted));
        // The classic: -1600, 10000, -10000 has 25 % and 400 %.
        let found = irr(&[-1600.0, 10_000.0, -10_000.0]);
        close(found[0], 0.25);
        close(found[1], 4.0);
        // A touching zero: (1 - 1.1 x)^2.
        let found = irr(&[1.0, -2.2, 1.21]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!((found[0] - 0.1).abs() < 1e-6);
        assert!(irr(&[-1.0, 0.5, -1.0]).is_empty());
        assert!(irr(&[]).is_empty());
        assert!(irr(&[1.0, 2.0]).is_empty());
    }

    /// The same flows through `numpy.roots` 2.4 (the eigenvalues of the companion matrix) and its sum of powers.
    #[test]
    fn rates_and_values_are_those_of_numpy() {
        let rising = (1..=60).map(|k| 25.0 + 0.75 * f64::from(k));
        let flows: Vec<f64> = [-1200.0, -300.0].into_iter().chain(rising).chain([400.0]).collect();
        let found = irr(&flows);
        assert_eq!(found.len(), 1);
        close(found[0], 0.022_173_967_436_414_532);
        close(npv(0.01, &flows), 750.689_797_627_020_5);
        let found = irr(&[-50.0, 120.0, -40.0, -60.0, 35.0]);
        assert_eq!(found.len(), 1, "{found:?}");
        close(found[0], 0.605_070_208_773_632_2);
    }

    #[test]
    fn payback_and_cover() {
        assert_eq!(payback(&[-100.0, 40.0, 40.0, 40.0]), Some(2.5));
        assert_eq!(payback(&[-100.0, 40.0, 40.0]), None);
        assert_eq!(payback(&[-10.0, 20.0, -20.0, 20.0]), Some(2.5));
        assert_eq!(service_cover(150.0, 100.0), Some(1.5));
        assert_eq!(service_cover(150.0, 0.0), None);
    }
}
