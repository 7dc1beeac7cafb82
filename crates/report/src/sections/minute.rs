//! The answer in one minute: key numbers and a paragraph, both made from the tables.

use super::maybe;
use crate::figure::{Block, KeyNumber, Section};
use crate::format;
use crate::run::Run;

pub(super) fn section(run: &Run) -> Option<Section> {
    let mut blocks = Vec::new();
    if let Some(stopped) = &run.manifest.stopped_at {
        blocks.push(Block::Note(format!(
            "This run was stopped at {}, before its end at {}. What is shown is complete up to then.",
            base::SimTime::parse(stopped).map_or_else(|| stopped.clone(), format::instant),
            base::SimTime::parse(&run.manifest.end).map_or_else(|| run.manifest.end.clone(), format::instant),
        )));
    }
    blocks.push(Block::Numbers(numbers(run)));
    blocks.push(Block::Text(paragraph(run)));
    Some(Section { id: "minute", title: "In one minute".to_string(), lead: String::new(), blocks })
}

fn numbers(run: &Run) -> Vec<KeyNumber> {
    let key = |value: String, label: &str, note: String| KeyNumber { value, label: label.to_string(), note };
    let mw = run.standing.all(run.end).it_mw;
    let hours = |metric| maybe(run.result(metric), |value| format::quantity(value, "GPU-h"));
    let mut numbers = vec![
        key(
            maybe(run.result("utilisation"), format::share),
            "utilisation",
            "GPU-hours held by jobs, of those energised".to_string(),
        ),
        key(hours("busy_gpu_hours"), "delivered", format!("of {} energised", hours("installed_gpu_hours"))),
        key(
            maybe(run.result("gpus"), |value| format::count(value as u64)),
            "GPUs energised",
            format!("at the end, with {} of IT power, on {}", format::quantity(mw, "MW"), sites(run)),
        ),
        key(
            maybe(run.result("jobs_finished"), |value| format::count(value as u64)),
            "jobs finished",
            format!(
                "of {} submitted",
                maybe(run.result("jobs_submitted"), |value| format::count(value as u64))
            ),
        ),
        key(
            maybe(run.result("wait_median_s"), format::length),
            "median wait",
            format!("95 % waited at most {}", maybe(run.result("wait_p95_s"), format::length)),
        ),
        key(
            maybe(run.result("fragmented_share"), format::share),
            "fragmented",
            "free, but in pieces that the typical job cannot use".to_string(),
        ),
    ];
    if !run.expectations.is_empty() {
        let held = run.expectations.iter().filter(|expectation| expectation.verdict == "holds").count();
        numbers.push(key(
            format!("{held} of {}", run.expectations.len()),
            "expectations hold",
            "what the scenario expects of its results".to_string(),
        ));
    }
    numbers
}

fn sites(run: &Run) -> String {
    format::plural(run.sites.len() as u64, "site", "sites")
}

fn paragraph(run: &Run) -> String {
    let mut text = format!(
        "From {} to {} ({}) this run simulated {} with up to {}. ",
        format::date(run.start),
        format::date(run.end),
        format::length((run.end - run.start).seconds()),
        match run.sites.len() {
            1 => "one site".to_string(),
            _ => format!("a network of {}", sites(run)),
        },
        maybe(run.result("gpus"), |value| format::plural(value as u64, "GPU", "GPUs")),
    );
    text.push_str(&busy(run));
    text.push_str(&jobs(run));
    text.push_str(&failed(run));
    text.push_str(&spread(run));
    text.push_str(&standing(run));
    text.trim_end().to_string()
}

fn busy(run: &Run) -> String {
    let (Some(utilisation), Some(busy), Some(installed)) =
        (run.result("utilisation"), run.result("busy_gpu_hours"), run.result("installed_gpu_hours"))
    else {
        return "No GPU was energised during the run. ".to_string();
    };
    let mut text = format!(
        "Jobs held {} of the GPU-hours that were energised: {} of {}. ",
        format::share(utilisation),
        format::quantity(busy, "GPU-h"),
        format::quantity(installed, "GPU-h")
    );
    if let Some(fragmented) = run.result("fragmented_share").filter(|share| *share >= 0.0005) {
        text.push_str(&format!(
            "A further {} stood free in pieces that the typical job of this workload cannot use. ",
            format::share(fragmented)
        ));
    }
    text
}

fn failed(run: &Run) -> String {
    let interruptions = run.result("interruptions").unwrap_or(0.0);
    match run.result("goodput") {
        Some(goodput) if interruptions > 0.0 => format!(
            "Failures interrupted running jobs {}; {} of what the finished jobs held became work. ",
            format::plural(interruptions as u64, "time", "times"),
            format::share(goodput)
        ),
        _ => String::new(),
    }
}

fn jobs(run: &Run) -> String {
    let submitted = run.result("jobs_submitted").unwrap_or(0.0);
    if submitted <= 0.0 {
        return "No job was submitted. ".to_string();
    }
    let finished = run.result("jobs_finished").unwrap_or(0.0);
    let mut text = format!(
        "{} of {} finished",
        format::count(finished as u64),
        format::plural(submitted as u64, "job", "jobs")
    );
    match (run.result("wait_median_s"), run.result("wait_p95_s")) {
        (Some(median), Some(high)) if high < 1.0 && median < 1.0 => {
            text.push_str("; nearly all that ran started at once");
        }
        (Some(median), Some(high)) => text.push_str(&format!(
            "; of those that ran, half waited {} and 95 in 100 waited at most {}",
            if median < 1.0 {
                "less than a second".to_string()
            } else {
                format!("at most {}", format::length(median))
            },
            format::length(high)
        )),
        _ => {}
    }
    text.push_str(". ");
    let left = run.jobs.outcomes.waiting;
    if left > 0 {
        text.push_str(&format!(
            "{} still waiting when the run ended. ",
            if left == 1 { "1 job was".to_string() } else { format!("{} jobs were", format::count(left)) }
        ));
    }
    if run.jobs.outcomes.rejected > 0 {
        text.push_str(&format!(
            "{} asked for more than any site can ever give. ",
            format::plural(run.jobs.outcomes.rejected, "job", "jobs")
        ));
    }
    text
}

/// Which site was used most and least.
fn spread(run: &Run) -> String {
    let mut used: Vec<(f64, &str)> = run
        .sites
        .iter()
        .filter_map(|site| {
            Some((run.results.get("site", Some(&site.key), "utilisation")?, site.name.as_str()))
        })
        .collect();
    used.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    match (used.first(), used.last()) {
        (Some(most), Some(least)) if most.1 != least.1 && most.0 - least.0 >= 0.005 => format!(
            "{} was used most ({}), {} least ({}). ",
            most.1,
            format::share(most.0),
            least.1,
            format::share(least.0)
        ),
        _ => String::new(),
    }
}

/// How the results stand against what was expected, and what they stand on.
fn standing(run: &Run) -> String {
    let mut text = String::new();
    let failed = run.expectations.iter().filter(|expectation| expectation.verdict != "holds").count();
    match (run.expectations.len(), failed) {
        (0, _) => {}
        (1, 0) => text.push_str("The one expectation of the scenario holds. "),
        (all, 0) => text.push_str(&format!("All {all} expectations of the scenario hold. ")),
        (all, failed) => text.push_str(&format!("{failed} of {all} expectations of the scenario failed. ")),
    }
    let assumed = run.figures.iter().filter(|figure| figure.kind == "assumed").count();
    if !run.figures.is_empty() {
        let all = format::plural(run.figures.len() as u64, "number", "numbers");
        let part = match assumed {
            0 => "none is".to_string(),
            _ if assumed == run.figures.len() => "all are".to_string(),
            _ => format!("{} are", format::share(assumed as f64 / run.figures.len() as f64)),
        };
        text.push_str(&format!(
            "Of the {all} that went in, {part} assumed rather than measured, published or derived."
        ));
    }
    text
}
