//! Runs the benchmarks and prints a table: `bench` lists the cases, `bench CASE...` runs them.

use bench::meter::median;
use bench::{CASES, Row, Size};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    let size = if flag("--small") { Size::Small } else { Size::Full };
    let repeat = arguments.iter().find_map(|argument| argument.strip_prefix("--repeat=")?.parse().ok());
    let names: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let known = |name: &str| name == "all" || CASES.iter().any(|case| case.name == name);
    let is_flag = |flag: &str| {
        matches!(flag, "--small" | "--json") || repeat.is_some() && flag.starts_with("--repeat=")
    };
    let wrong = arguments.iter().find(|argument| match argument.starts_with('-') {
        true => !is_flag(argument),
        false => !known(argument),
    });
    if names.is_empty() || wrong.is_some() {
        println!("usage: bench [--small] [--repeat=N] [--json] CASE... | all\n");
        CASES.iter().for_each(|case| println!("  {:14} {}", case.name, case.what));
        if let Some(wrong) = wrong.filter(|wrong| *wrong != "--help") {
            eprintln!("\nerror: there is no `{wrong}`");
            std::process::exit(2);
        }
        return;
    }
    for case in &CASES {
        if names.iter().any(|name| *name == case.name || *name == "all") {
            let runs: Vec<Vec<Row>> = (0..repeat.unwrap_or(1)).map(|_| (case.run)(size)).collect();
            print(&middle(runs), flag("--json"));
        }
    }
}

/// Of several runs of a case: the medians of the costs; the results must be the same.
fn middle(mut runs: Vec<Vec<Row>>) -> Vec<Row> {
    let mut rows = runs.pop().unwrap_or_default();
    for (i, row) in rows.iter_mut().enumerate() {
        let others = || runs.iter().filter_map(|run| run.get(i));
        others()
            .for_each(|other| assert_eq!(other.digest, row.digest, "{}: the same result twice", row.name));
        row.cpu_s = median(others().map(|other| other.cpu_s).chain([row.cpu_s]).collect());
        if let Some((_, cost)) = &mut row.reference {
            let costs = others().filter_map(|other| other.reference.as_ref()).map(|(_, cost)| *cost);
            *cost = median(costs.chain([*cost]).collect());
        }
    }
    rows
}

fn print(rows: &[Row], json: bool) {
    for row in rows {
        if json {
            let reference = row.reference.as_ref();
            println!(
                "{}",
                serde_json::json!({
                    "name": row.name, "units": row.units, "count": row.count, "cpu_s": row.cpu_s,
                    "digest": format!("{:016x}", row.digest.0), "answer": row.answer,
                    "reference": reference.map(|(name, _)| name), "reference_cpu_s": reference.map(|(_, s)| s),
                })
            );
            continue;
        }
        let rate = row.count as f64 / row.cpu_s;
        println!("{:38} {:9.4} s  {rate:12.0} {}/s  {:016x}", row.name, row.cpu_s, row.units, row.digest.0);
        if !row.answer.is_empty() {
            println!("    {}", row.answer);
        }
        if let Some((name, cost)) = &row.reference {
            println!("    {name}: {cost:.4} s, {:.3} times ours", cost / row.cpu_s);
        }
    }
}
