//! Measures the planner on a synthetic programme: processor time of this process, memory, sizes, bounds.
//!
//! `cargo run --release -p plan --example measure -- WHAT SITES QUARTERS SCENARIOS [DAYS BLOCKS] [gap=0.01] [way=whole] [years=12]`,
//! where `years` is the quarter from which periods are years, and WHAT is `build`, `relax`, `plan`, `quiet` (a plan without its progress), `front [points=20]`, `json` or `mps file=PATH`.
#![allow(clippy::unwrap_used)]

use plan::example::{Size, programme};
use plan::instance::Objective;
use plan::solve::{Options, Outcome, Way, solve};
use solver::{Highs, Solver};
use std::path::PathBuf;

/// Processor seconds of this process so far, user and system, and the most memory it had, in megabytes.
fn used() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    let nanoseconds: f64 = stat.split_whitespace().next().unwrap().parse().unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    let kilobytes: f64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    (nanoseconds / 1e9, kilobytes / 1e3)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let [sites, quarters, scenarios, ..] = numbers[..] else {
        eprintln!(
            "say what to measure, and of how many sites, quarters and futures: `measure plan 5 16 1 gap=0.01`"
        );
        std::process::exit(2);
    };
    let mut size = Size::new(sites, quarters, scenarios);
    if let [_, _, _, days, blocks, ..] = numbers[..] {
        (size.days, size.blocks) = (days, blocks);
    }
    let option =
        |name: &str| arguments.iter().find_map(|argument| argument.strip_prefix(name).map(str::to_owned));
    let mut options =
        Options { gap: option("gap=").map_or(0.01, |gap| gap.parse().unwrap()), ..Options::default() };
    options.nodes = option("nodes=").map(|nodes| nodes.parse().unwrap());
    options.way = match option("way=").as_deref() {
        Some("whole") => Way::Whole,
        Some("decomposed") => Way::Decomposed,
        _ => Way::Auto,
    };
    let mut instance = programme(size, option("seed=").map_or(1, |seed| seed.parse().unwrap()));
    if let Some(from) = option("years=") {
        instance = instance.in_years_from(from.parse().unwrap());
    }
    match arguments[0].as_str() {
        "json" => println!("{}", serde_json::to_string(&instance).unwrap()),
        "build" => build(&instance),
        "relax" => relax(&instance, &options),
        "front" => front(&instance, &options, option("points=").map_or(20, |n| n.parse().unwrap())),
        "mps" => plan::Written::whole(&instance)
            .open_named::<Highs>(plan::Naming::Mps)
            .and_then(|mut solver| solver.write(&PathBuf::from(option("file=").unwrap())))
            .unwrap(),
        what => run(&instance, &options, what != "quiet"),
    }
}

fn build(instance: &plan::instance::Instance) {
    let repeats = 5;
    let (start, memory) = used();
    for _ in 0..repeats {
        std::hint::black_box(plan::Written::whole(instance));
    }
    let (written, _) = used();
    let mut size = [0; 3];
    for _ in 0..repeats {
        let model = plan::Written::whole(instance);
        size = model.size();
        std::hint::black_box(model.open::<Highs>().unwrap());
    }
    let (both, peak) = used();
    let [columns, rows, entries] = size;
    let each = |seconds: f64| seconds / f64::from(repeats);
    println!("{columns} columns, {rows} rows, {entries} non-zeros");
    println!(
        "written {:.5} s, written and handed over {:.5} s (processor, mean of {repeats})",
        each(written - start),
        each(both - written)
    );
    println!("memory {memory:.0} MB before, {peak:.0} MB at most");
}

fn relax(instance: &plan::instance::Instance, options: &Options) {
    let (before, _) = used();
    let relaxed = plan::relax::<Highs>(instance, options, &mut |_| {}).unwrap();
    let (after, peak) = used();
    println!("{relaxed:?}");
    println!("processor {:.2} s, memory {peak:.0} MB", after - before);
}

/// One plan, then a front of money against carbon on one living model.
fn front(instance: &plan::instance::Instance, options: &Options, points: usize) {
    let (start, _) = used();
    let one = solve::<Highs>(instance, options, &mut |_| {}).unwrap();
    let (planned, _) = used();
    let trade = (Objective::NetPresentValue, Objective::LeastCarbon);
    let found = plan::front::front::<Highs>(instance, trade, points, options, &mut |_, _| {}).unwrap();
    let (after, peak) = used();
    let Outcome::Planned(one) = one else { panic!("no plan") };
    println!("one plan {:.2}: {:.2} s", one.objective, planned - start);
    for point in &found {
        println!(
            "{:.2} (gap {:.4} %) with {:.0}",
            point.plan.objective,
            point.plan.gap() * 100.0,
            point.other
        );
    }
    let ratio = (after - planned) / (planned - start);
    println!(
        "{} points {:.2} s: {ratio:.2} times one plan, memory {peak:.0} MB",
        found.len(),
        after - planned
    );
}

fn run(instance: &plan::instance::Instance, options: &Options, tell: bool) {
    let (before, _) = used();
    let mut last = String::new();
    let outcome = solve::<Highs>(instance, options, &mut |progress| {
        let gap = (progress.incumbent - progress.bound) / progress.incumbent.abs() * 100.0;
        let line = format!(
            "{:?} {:.2} {:.2} {gap:.3} % rounds {} cuts {} nodes {}",
            progress.stage,
            progress.incumbent,
            progress.bound,
            progress.rounds,
            progress.cuts,
            progress.nodes
        );
        if line != last && tell {
            println!("{:7.2} s  {line}", used().0 - before);
        }
        last = line;
    });
    let (after, peak) = used();
    match outcome {
        Ok(Outcome::Planned(plan)) => {
            println!(
                "objective {:.4}, bound {:.4}, gap {:.4} %",
                plan.objective,
                plan.bound,
                plan.gap() * 100.0
            );
            println!("{:?}", plan.effort);
        }
        Ok(other) => println!("{other:?}"),
        Err(plan::solve::Error::Breaches(breaches)) => {
            println!("{} breaches", breaches.len());
            breaches.iter().take(10).for_each(|breach| println!("  {breach:?}"));
        }
        Err(error) => println!("{error}"),
    }
    println!("processor {:.2} s, memory {peak:.0} MB", after - before);
}
