//! Representative days: a few days of a season that stand for all of it.
//!
//! k-medoids: the days that are chosen are days that were, so that weather, price and carbon of an hour stay together. The
//! day that takes most power is always one of them, whatever it costs the others. Everything is decided by the smallest
//! index where distances are equal, so that the choice is the same on every machine.

/// A day that stands for some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its position in the season.
    pub day: usize,
    /// How many days it stands for, itself among them.
    pub stands_for: usize,
}

/// Rounds of exchanging a day for a better one; each makes the choice better, so that it ends by itself long before.
const ROUNDS: usize = 100;

/// Squared distance of two days over all their hours.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Each quantity on one scale: less its mean, over its spread. `width` values make one quantity of a day.
pub fn scaled(days: &[Vec<f64>], width: usize) -> Vec<Vec<f64>> {
    let mut days = days.to_vec();
    let length = days.first().map_or(0, Vec::len);
    for from in (0..length).step_by(width.max(1)) {
        let range = from..(from + width).min(length);
        let count = (days.len() * range.len()) as f64;
        let mean = days.iter().flat_map(|day| &day[range.clone()]).sum::<f64>() / count;
        let spread =
            days.iter().flat_map(|day| &day[range.clone()]).map(|v| (v - mean) * (v - mean)).sum::<f64>();
        let spread = libm::sqrt(spread / count);
        let scale = if spread > 1e-9 { 1.0 / spread } else { 0.0 };
        for day in &mut days {
            day[range.clone()].iter_mut().for_each(|value| *value = (*value - mean) * scale);
        }
    }
    days
}

/// The day nearest to each, of those chosen, and the sum of distances.
fn assigned(days: &[Vec<f64>], chosen: &[usize]) -> (Vec<usize>, f64) {
    let mut total = 0.0;
    let nearest = days.iter().map(|day| {
        let far = |at: usize| distance(day, &days[chosen[at]]);
        let mut best = 0;
        for at in 1..chosen.len() {
            if far(at) < far(best) {
                best = at;
            }
        }
        total += far(best);
        best
    });
    let nearest = nearest.collect();
    (nearest, total)
}

/// At most `count` days out of `days` (values of one scale), `peak` among them, by position.
pub fn choose(days: &[Vec<f64>], peak: usize, count: usize) -> Vec<Chosen> {
    let count = count.min(days.len());
    if count == 0 {
        return Vec::new();
    }
    let mut chosen = vec![peak];
    while chosen.len() < count {
        let with = |day: usize| assigned(days, &[chosen.as_slice(), &[day]].concat()).1;
        let mut best: Option<(usize, f64)> = None;
        for day in (0..days.len()).filter(|day| !chosen.contains(day)) {
            let total = with(day);
            if best.is_none_or(|(_, least)| total < least) {
                best = Some((day, total));
            }
        }
        let Some((day, _)) = best else { break };
        chosen.push(day);
    }
    exchange(days, &mut chosen);
    chosen.sort_unstable();
    let (nearest, _) = assigned(days, &chosen);
    let stands_for = |at: usize| nearest.iter().filter(|&&near| near == at).count();
    chosen.iter().enumerate().map(|(at, &day)| Chosen { day, stands_for: stands_for(at) }).collect()
}

/// Exchanges days, the peak aside, as long as that brings all nearer.
fn exchange(days: &[Vec<f64>], chosen: &mut [usize]) {
    let mut least = assigned(days, chosen).1;
    for _ in 0..ROUNDS {
        let mut better = false;
        for at in 1..chosen.len() {
            for day in 0..days.len() {
                let before = chosen[at];
                if chosen.contains(&day) {
                    continue;
                }
                chosen[at] = day;
                let total = assigned(days, chosen).1;
                if total < least * (1.0 - 1e-12) {
                    (least, better) = (total, true);
                } else {
                    chosen[at] = before;
                }
            }
        }
        if !better {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(values: &[f64]) -> Vec<Vec<f64>> {
        values.iter().map(|&value| vec![value, value]).collect()
    }

    #[test]
    fn clusters_are_found_and_the_peak_is_kept() {
        let days = days(&[1.0, 1.1, 0.9, 5.0, 5.1, 4.9, 4.95, 9.0]);
        let chosen = choose(&days, 7, 3);
        let stands: Vec<(usize, usize)> =
            chosen.iter().map(|chosen| (chosen.day, chosen.stands_for)).collect();
        assert_eq!(stands, [(0, 3), (3, 4), (7, 1)], "the middle of each cluster, and the peak alone");
    }

    /// Every choice of two days beside the peak, enumerated: the exchange finds the best of them here.
    #[test]
    fn nothing_better_is_left_on_a_small_season() {
        let days: Vec<Vec<f64>> = (0..20_u32)
            .map(|i| vec![f64::from(i * i % 17), f64::from(i * 7 % 11), f64::from(i % 5)])
            .collect();
        let found: Vec<usize> = choose(&days, 19, 3).iter().map(|chosen| chosen.day).collect();
        let mut best = f64::INFINITY;
        for a in 0..19 {
            for b in 0..a {
                best = best.min(assigned(&days, &[19, a, b]).1);
            }
        }
        assert!(assigned(&days, &found).1 <= best * 1.05, "within a twentieth of the best of all");
    }

    #[test]
    fn every_day_is_stood_for_and_all_days_stand_for_themselves() {
        let days = days(&[3.0, 1.0, 2.0, 2.5]);
        let sum = |chosen: &[Chosen]| chosen.iter().map(|chosen| chosen.stands_for).sum::<usize>();
        for count in 1..=6 {
            assert_eq!(sum(&choose(&days, 0, count)), 4);
        }
        assert!(choose(&days, 0, 4).iter().all(|chosen| chosen.stands_for == 1));
    }

    #[test]
    fn quantities_weigh_alike_and_a_constant_one_weighs_nothing() {
        let scaled = scaled(&[vec![1.0, 1000.0, 7.0], vec![3.0, 3000.0, 7.0]], 1);
        assert_eq!(scaled, [[-1.0, -1.0, 0.0], [1.0, 1.0, 0.0]]);
    }
}
