//! A synthetic stream as a section of a scenario file.

use crate::synthetic::{Durations, Factor, Gaps, Sizes, Synthetic};
use base::{SimTime, Span};
use std::fmt::Write as _;

/// The stream as the TOML of `[workload.NAME]`, ready to be put into a scenario file.
pub fn to_toml(synthetic: &Synthetic, name: &str) -> String {
    let mut text = format!("[workload.{name}]\n");
    match synthetic.estimate_factor {
        None => {}
        Some(Factor::Constant(factor)) => line(&mut text, "estimate_factor", number(factor)),
        Some(Factor::Uniform { most }) => line(&mut text, "estimate_up_to", number(most)),
    }
    if synthetic.cpu_milli_per_gpu > 0 {
        line(&mut text, "cores_per_gpu", number(f64::from(synthetic.cpu_milli_per_gpu) / 1000.0));
    }
    if synthetic.memory_mib_per_gpu > 0 {
        line(&mut text, "memory_gib_per_gpu", number(f64::from(synthetic.memory_mib_per_gpu) / 1024.0));
    }
    if let Some(count) = synthetic.count {
        line(&mut text, "jobs", count.to_string());
    }
    put_arrivals(&mut text, synthetic, name);
    put_sizes(&mut text, &synthetic.sizes, name);
    let _ = writeln!(text, "\n[workload.{name}.durations]");
    put_durations(&mut text, &synthetic.durations, &format!("workload.{name}.durations"));
    text
}

fn line(text: &mut String, key: &str, value: String) {
    let _ = writeln!(text, "{key} = {value}");
}

/// A number as TOML: with a point, and with as many digits as it takes to read it back.
fn number(value: f64) -> String {
    format!("{value:?}")
}

/// A weight as TOML: a count is a whole number.
fn weight_text(weight: f64) -> String {
    if weight == libm::trunc(weight) && weight < 1e15 { format!("{weight}") } else { number(weight) }
}

fn quoted(span: Span) -> String {
    format!("\"{span}\"")
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<String>>().join(", "))
}

fn put_arrivals(text: &mut String, synthetic: &Synthetic, name: &str) {
    let arrivals = &synthetic.arrivals;
    let _ = writeln!(text, "\n[workload.{name}.arrivals]");
    line(text, "per_hour", number(arrivals.per_hour));
    let (gaps, parameter) = match arrivals.gaps {
        Gaps::Poisson => ("poisson", None),
        Gaps::Constant => ("constant", None),
        Gaps::Gamma { cv } => ("gamma", Some(("cv", cv))),
        Gaps::Weibull { shape } => ("weibull", Some(("shape", shape))),
    };
    line(text, "gaps", format!("\"{gaps}\""));
    if let Some((key, value)) = parameter {
        line(text, key, number(value));
    }
    if let Some(hours) = &arrivals.hour_of_day {
        line(text, "hour_of_day", list(hours.iter().map(|rate| number(*rate))));
    }
    if let Some(days) = &arrivals.day_of_week {
        line(text, "day_of_week", list(days.iter().map(|rate| number(*rate))));
    }
    if !arrivals.steps.is_empty() {
        let step = |(from, factor): &(SimTime, f64)| {
            format!("{{ from = \"{from}\", factor = {} }}", number(*factor))
        };
        line(text, "step", list(arrivals.steps.iter().map(step)));
    }
}

fn put_sizes(text: &mut String, sizes: &Sizes, name: &str) {
    let _ = writeln!(text, "\n[workload.{name}.sizes]");
    match sizes {
        Sizes::Weighted(weights) => {
            let items: Vec<String> =
                weights.iter().map(|(size, weight)| format!("{size} = {}", weight_text(*weight))).collect();
            line(text, "distribution", "\"weighted\"".to_string());
            line(text, "weights", format!("{{ {} }}", items.join(", ")));
        }
        Sizes::PowerOfTwo { median, sigma, most } => {
            line(text, "distribution", "\"power_of_two\"".to_string());
            line(text, "median", number(*median));
            line(text, "sigma", number(*sigma));
            line(text, "most", most.to_string());
        }
    }
}

fn put_durations(text: &mut String, durations: &Durations, table: &str) {
    let name = match durations {
        Durations::Constant(_) => "constant",
        Durations::Exponential(_) => "exponential",
        Durations::Lognormal { .. } => "lognormal",
        Durations::Weibull { .. } => "weibull",
        Durations::Quantiles(_) => "quantiles",
        Durations::BySize(_) => "by_size",
    };
    line(text, "distribution", format!("\"{name}\""));
    match durations {
        Durations::Constant(mean) | Durations::Exponential(mean) => line(text, "mean", quoted(*mean)),
        Durations::Lognormal { median, sigma, most } => {
            line(text, "median", quoted(*median));
            line(text, "sigma", number(*sigma));
            line(text, "most", quoted(*most));
        }
        Durations::Weibull { scale, shape, most } => {
            line(text, "scale", quoted(*scale));
            line(text, "shape", number(*shape));
            line(text, "most", quoted(*most));
        }
        Durations::Quantiles(spans) => line(text, "quantiles", list(spans.iter().map(|span| quoted(*span)))),
        Durations::BySize(classes) => {
            for (up_to, class) in classes {
                let _ = writeln!(text, "\n[[{table}.class]]");
                line(text, "up_to", up_to.to_string());
                put_durations(text, class, &format!("{table}.class"));
            }
        }
    }
}
