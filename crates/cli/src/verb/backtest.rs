//! `stargate backtest`: how good a forecast of milestones would have been.

use super::Verdict;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text;
use base::SimTime;
use clap::Args;
use forecast::score::{BANDS, QUANTILES};
use forecast::{Backtest, Scored, Vintage, backtest, timeline};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Arguments of `stargate backtest`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stargate backtest timelines_2025-12.csv timelines_2026-05.csv
  stargate backtest old.csv new.csv --known 2025-12-01 --until 2026-05-23

Files are timelines in the form of Epoch AI's Frontier Data Centers. The forecast knows the earlier file and published
rates of delay; the later file only scores it.

Exit codes: 0 the forecast was better than the dates announced; 1 it was not; 2 no answer.")]
pub struct Arguments {
    /// Timeline file as it was earlier
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// Timeline file as it is later
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Day on which OLD was known [default: the first of the month in its name]
    #[arg(long, value_name = "DATE", value_parser = date)]
    known: Option<SimTime>,
    /// Score what OLD announced for up to this day [default: the last of the month in the name of NEW]
    #[arg(long, value_name = "DATE", value_parser = date)]
    until: Option<SimTime>,
    /// Count the campuses that reach so many megawatts at the meter
    #[arg(long, value_name = "MW", default_value_t = 1000.0)]
    campus_mw: f64,
}

fn date(text: &str) -> Result<SimTime, String> {
    SimTime::parse(text).ok_or_else(|| "write a date such as `2025-12-01`".to_owned())
}

/// Forecasts, scores and prints.
pub fn execute(arguments: &Arguments, printer: &mut Printer) -> Result<Verdict, Failure> {
    let (old, new) = (read(&arguments.old, printer)?, read(&arguments.new, printer)?);
    let known = day(arguments.known, &arguments.old, "--known", 0)?;
    let until = day(arguments.until, &arguments.new, "--until", 1)?;
    if until <= known {
        let message = format!("nothing lies between {} and {}", short(known), short(until));
        return Err(Failure::with_hint(message, "the earlier file comes first"));
    }
    let result = backtest(&old, &new, known, until, arguments.campus_mw);
    let (Some(losses), Some(announced)) = (result.losses(), result.announced_losses()) else {
        let message = "no step that was announced for this time has an outcome in the later file";
        return Err(Failure::with_hint(message, "`--until` sets the last day"));
    };
    let better = mean(&losses) < mean(&announced);
    if printer.json() {
        printer.document(&document(&result, better))?;
    } else {
        printer.data(&told(&result))?;
    }
    Ok(if better { Verdict::Yes } else { Verdict::No })
}

fn read(path: &Path, printer: &mut Printer) -> Result<Vintage, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::message(format!("cannot read `{}`: {error}", path.display())))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::message(format!("`{}` is not UTF-8 text", path.display())))?;
    match timeline::read(&text::shown(path), &text) {
        (Some(vintage), said) => {
            printer.diagnostics(&said);
            Ok(vintage)
        }
        (None, said) => Err(Failure::Diagnostics(said)),
    }
}

/// The day given, or the first of the month in the name of the file, `months` later.
fn day(given: Option<SimTime>, path: &Path, flag: &str, months: i32) -> Result<SimTime, Failure> {
    let named = || {
        let name = path.file_stem()?.to_str()?;
        let (year, month) = name.get(name.len().checked_sub(7)?..)?.split_once('-')?;
        let (year, month) = (year.parse::<i32>().ok()?, month.parse::<i32>().ok()?);
        let later = year * 12 + month - 1 + months;
        SimTime::parse(&format!("{:04}-{:02}-01", later.div_euclid(12), later.rem_euclid(12) + 1))
    };
    given.or_else(named).ok_or_else(|| {
        let message = format!("the name of `{}` gives no month", path.display());
        Failure::with_hint(message, format!("write `{flag} 2025-12-01`"))
    })
}

fn short(time: SimTime) -> String {
    time.to_string().chars().take(10).collect()
}

fn mean(losses: &[f64]) -> f64 {
    losses.iter().sum::<f64>() / losses.len() as f64
}

fn days_between(from: SimTime, to: SimTime) -> f64 {
    (to - from).seconds() / 86_400.0
}

/// The answer for people.
fn told(result: &Backtest) -> String {
    let model = &result.model;
    let mut out = format!(
        "known {}: what is left is expected to take {} times as long as announced, within a factor of {:.2} for a whole duration\n\n",
        short(result.known),
        model.overrun,
        model.spread.exp(),
    );
    out.push_str(&steps(result));
    out.push_str(&scores(result));
    out.push_str(&campuses(result));
    out
}

fn steps(result: &Backtest) -> String {
    let head = ["site", "MW", "announced", "5 %", "50 %", "95 %", "became", "late by"];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    let mut unrevised = 0;
    for scored in &result.scored {
        let forecast = &scored.forecast;
        unrevised += usize::from(scored.unrevised);
        let mark = if scored.unrevised { " *" } else { "" };
        let late = scored.became.map(|became| days_between(forecast.announced, became));
        lines.push(vec![
            forecast.site.chars().take(40).collect(),
            format!("+{}", text::whole(forecast.added_mw)),
            short(forecast.announced),
            short(forecast.quantile(0.05)),
            short(forecast.quantile(0.5)),
            short(forecast.quantile(0.95)),
            scored.became.map_or_else(|| "not found".to_owned(), |at| short(at) + mark),
            late.map_or_else(String::new, |days| format!("{days:.0} days")),
        ]);
    }
    let mut out = text::aligned(&lines, &[1, 7]);
    if unrevised > 0 {
        out.push_str("* the later file says the very same: nobody may have looked again\n");
    }
    out
}

fn scores(result: &Backtest) -> String {
    let (Some(losses), Some(announced), Some(coverage)) =
        (result.losses(), result.announced_losses(), result.coverage())
    else {
        return String::new();
    };
    let mut lines = vec![
        vec!["pinball loss, days".to_owned()],
        vec!["forecast".to_owned()],
        vec!["as announced".to_owned()],
    ];
    for (place, quantile) in QUANTILES.iter().enumerate() {
        lines[0].push(format!("{:.0} %", 100.0 * quantile));
        lines[1].push(format!("{:.1}", losses[place]));
        lines[2].push(format!("{:.1}", announced[place]));
    }
    for (line, mean) in lines.iter_mut().zip([
        "mean".to_owned(),
        format!("{:.1}", mean(&losses)),
        format!("{:.1}", mean(&announced)),
    ]) {
        line.push(mean);
    }
    let mut out = format!("\n{}", text::aligned(&lines, &[1, 2, 3, 4, 5, 6, 7, 8]));
    let count = result.known_outcomes().count();
    let bands = BANDS.iter().zip(coverage).map(|((share, ..), inside)| {
        format!("{:.0} of {count} in the {:.0} % band", inside * count as f64, 100.0 * share)
    });
    out.push_str(&format!("{}\n", bands.collect::<Vec<_>>().join(", ")));
    out
}

fn campuses(result: &Backtest) -> String {
    let campuses = &result.campuses;
    let expected: f64 = campuses.probability.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
    let each = campuses.probability.iter().enumerate().filter(|(_, p)| **p >= 0.005);
    let each: Vec<String> = each.map(|(number, p)| format!("{number}: {:.0} %", 100.0 * p)).collect();
    format!(
        "\ncampuses of {} MW by {}: {} announced, {expected:.1} expected ({}), {} became so\n",
        text::whole(campuses.mw),
        short(campuses.by),
        campuses.announced,
        each.join(", "),
        campuses.became
    )
}

/// The answer for programs.
fn document(result: &Backtest, better: bool) -> Value {
    let step = |scored: &Scored| {
        let forecast = &scored.forecast;
        let quantiles: serde_json::Map<String, Value> =
            QUANTILES.iter().map(|p| (p.to_string(), json!(short(forecast.quantile(*p))))).collect();
        json!({
            "site": forecast.site, "later_site": scored.later_site, "added_mw": forecast.added_mw, "mw": forecast.mw,
            "announced": short(forecast.announced), "quantiles": quantiles, "became": scored.became.map(short),
            "unrevised": scored.unrevised,
        })
    };
    json!({
        "ok": better, "model": result.model, "known": short(result.known), "until": short(result.until),
        "steps": result.scored.iter().map(step).collect::<Vec<_>>(),
        "quantiles": QUANTILES, "pinball_days": result.losses(), "pinball_days_announced": result.announced_losses(),
        "bands": BANDS.map(|(share, ..)| share), "coverage": result.coverage(), "campuses": result.campuses,
    })
}
