//! Queueing theory for the comparison: mean waiting times of M/M/c, M/G/1 and M/D/c, and Student's t.
//!
//! Rates and times in the same unit of time.

/// Probability of waiting in M/M/c (Erlang 1917) at `offered = arrival rate * mean service`, by the recursion of the
/// loss formula.
pub fn erlang_c(servers: u32, offered: f64) -> f64 {
    let blocked = (1..=servers).fold(1.0, |b, k| offered * b / (f64::from(k) + offered * b));
    blocked / (1.0 - offered / f64::from(servers) * (1.0 - blocked))
}

/// Mean wait in M/M/c.
pub fn wait_mmc(servers: u32, rate: f64, service: f64) -> f64 {
    let offered = rate * service;
    erlang_c(servers, offered) * service / (f64::from(servers) - offered)
}

/// Mean wait in M/G/1 (Pollaczek 1930, Khinchine 1932), with `square` the second moment of the service time.
pub fn wait_mg1(rate: f64, service: f64, square: f64) -> f64 {
    rate * square / (2.0 * (1.0 - rate * service))
}

/// Mean wait in M/D/c, exactly: whoever is served at `t` has left at `t + D` and nobody else, so that the number in
/// the system satisfies `N(t + D) = max(N(t) - c, 0) + Poisson(rate * D)` (Crommelin 1932). Its stationary
/// distribution is found by iteration, the mean wait by Little's law.
pub fn wait_mdc(servers: u32, rate: f64, service: f64) -> f64 {
    let servers = servers as usize;
    let mean = rate * service;
    let states = servers + (60.0 * servers as f64 / (servers as f64 - mean)) as usize + 60;
    let mut arrivals = vec![(-mean).exp()];
    for n in 1.. {
        let chance = arrivals[n - 1] * mean / n as f64;
        if n as f64 > mean && chance < 1e-18 {
            break;
        }
        arrivals.push(chance);
    }
    let mut now = vec![0.0; states];
    now[0] = 1.0;
    loop {
        let mut next = vec![0.0; states];
        for (n, &share) in now.iter().enumerate() {
            let left = n.saturating_sub(servers);
            for (came, &chance) in arrivals.iter().enumerate() {
                next[(left + came).min(states - 1)] += share * chance;
            }
        }
        let change: f64 = next.iter().zip(&now).map(|(a, b)| (a - b).abs()).sum();
        now = next;
        if change < 1e-12 {
            break;
        }
    }
    let in_system: f64 = now.iter().enumerate().map(|(n, share)| n as f64 * share).sum();
    in_system / rate - service
}

/// A mean with the half-width of its 95 % confidence band, from the spread of 20 independent runs.
#[derive(Clone, Copy, Debug)]
pub struct Band {
    pub mean: f64,
    pub half: f64,
}

impl Band {
    /// Of 20 results: Student's t with 19 degrees of freedom, 97.5 % quantile.
    pub fn of(results: &[f64; 20]) -> Band {
        const T: f64 = 2.093_024;
        let mean = results.iter().sum::<f64>() / 20.0;
        let variance = results.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 19.0;
        Band { mean, half: T * (variance / 20.0).sqrt() }
    }
    /// Whether the value lies inside.
    pub fn holds(self, value: f64) -> bool {
        (value - self.mean).abs() <= self.half
    }
}

#[test]
fn the_formulas_agree_with_published_values_and_with_each_other() {
    // M/M/100 at load 0.95: 0.101291 service times; M/M/1: rho / (1 - rho); M/M/2: rho^2 / (1 - rho^2).
    assert!((wait_mmc(100, 95.0, 1.0) - 0.101_291).abs() < 5e-7);
    assert!((wait_mmc(1, 0.8, 1.0) - 4.0).abs() < 1e-12);
    assert!((wait_mmc(2, 1.6, 1.0) - 0.64 / 0.36).abs() < 1e-12);
    // Exponential and constant service as cases of M/G/1.
    assert!((wait_mg1(0.8, 1.0, 2.0) - 4.0).abs() < 1e-12);
    assert!((wait_mdc(1, 0.8, 1.0) - wait_mg1(0.8, 1.0, 1.0)).abs() < 1e-6);
    // Cosmetatos (1975) approximates M/D/c from M/M/c; its error is below 2 % here.
    for (servers, load) in [(2u32, 0.7), (4, 0.8), (10, 0.9)] {
        let c = f64::from(servers);
        let term = (1.0 - load) * (c - 1.0) * ((4.0 + 5.0 * c).sqrt() - 2.0) / (16.0 * load * c);
        let cosmetatos = 0.5 * (1.0 + term) * wait_mmc(servers, load * c, 1.0);
        let exact = wait_mdc(servers, load * c, 1.0);
        assert!((cosmetatos / exact - 1.0).abs() < 0.02, "{servers} {load}: {cosmetatos} {exact}");
    }
}
