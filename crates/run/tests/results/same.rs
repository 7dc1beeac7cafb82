//! What must not matter does not: the order of a scenario's sections, how many threads are at work, when it is run.

use super::{SMALL, files, folder, options, run_to_end, world};
use run::Options;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The digest of the facts and every file that a run of the text writes, but for the two that say on which line of
/// the scenario a figure stands: the table `figures`, and the manifest with its digest.
fn results(name: &str, text: &str) -> (String, BTreeMap<String, Vec<u8>>) {
    let out = folder(name).join("out");
    let finished = run_to_end(&world(text, &[]), &options(out.clone()));
    let mut files = files(&out);
    for lines in ["figures.csv", "figures.parquet", "manifest.json"] {
        assert!(files.remove(lines).is_some(), "{lines}");
    }
    (finished.facts_digest, files)
}

/// The text between two marks, the first included.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap();
    &text[start..start + text[start..].find(to).unwrap()]
}

#[test]
fn the_order_of_sections_changes_nothing() {
    let east = between(SMALL, "[site.east]", "[site.west]");
    let west = between(SMALL, "[site.west]", "[[link]]");
    let research = between(SMALL, "[tenant.research]", "[tenant.product]");
    let product = between(SMALL, "[tenant.product]", "[workload.training]");
    let training = between(SMALL, "[workload.training]", "[workload.small]");
    let small = between(SMALL, "[workload.small]", "[policy]");
    let swap = |text: &str, a: &str, b: &str| text.replace(&format!("{a}{b}"), &format!("{b}{a}"));
    let as_written = results("as-written", SMALL);
    for (name, a, b) in
        [("sites", east, west), ("tenants", research, product), ("workloads", training, small)]
    {
        let other = swap(SMALL, a, b);
        assert_ne!(other, SMALL);
        assert!(results(&format!("other-{name}"), &other) == as_written, "{name} in another order");
    }
    let blocks = between(SMALL, "first = {", "\n[site.west]");
    let (first, second) = blocks.trim_end().split_once('\n').unwrap();
    let other = SMALL.replace(blocks.trim_end(), &format!("{second}\n{first}"));
    assert!(results("other-blocks", &other) == as_written, "blocks in another order");
}

/// The columns of a table that was written as CSV.
fn columns(out: &Path, table: &str, names: &[&str]) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(out.join(format!("{table}.csv"))).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let places: Vec<usize> =
        names.iter().map(|name| head.iter().position(|column| column == name).unwrap()).collect();
    let mut rows: Vec<Vec<String>> =
        lines.map(|line| places.iter().map(|&place| line[place].to_owned()).collect()).collect();
    rows.sort();
    rows
}

#[test]
fn a_site_more_leaves_every_arrival_as_it_was() {
    let more = SMALL.replace(
        "[[link]]",
        "[site.across]\nlatitude_deg = 60.0\nlongitude_deg = 10.0\n\
         systems = [{ system = \"hgx\", count = 3 }]\n\n[[link]]",
    );
    let arrivals = |name: &str, text: &str| {
        let out = folder(name).join("out");
        run_to_end(&world(text, &[]), &options(out.clone()));
        let sites = columns(&out, "jobs", &["site"]).iter().filter(|row| row[0] == "across").count();
        (columns(&out, "jobs", &["job", "workload", "tenant", "gpus", "submitted", "runtime_s"]), sites)
    };
    let (before, none) = arrivals("without-across", SMALL);
    let (after, some) = arrivals("with-across", &more);
    assert!(before.len() > 500 && before == after, "the same jobs at the same instants");
    assert!(none == 0 && some > 0, "the new site takes some of them: {some}");
}

/// Enough rows that a table has several row groups, which a thread encodes beside the run.
const MANY: &str = "edition = 2026\nname = \"many\"\nseed = 3\n\
    [horizon]\nstart = \"2026-03-02\"\nlength = \"10 days\"\n\
    [accelerator.h100]\npower_w = 700\n\
    [system.hgx]\naccelerator = \"h100\"\naccelerators_per_node = 8\npower_kw = 10\n\
    [site.only]\nlatitude_deg = 39.0\nlongitude_deg = -77.5\nsystems = [{ system = \"hgx\", count = 10 }]\n\
    [tenant.all]\nweight = 1.0\n\
    [workload.many]\ntenant = \"all\"\n\
    arrivals = { per_hour = 400 }\n\
    sizes = { distribution = \"weighted\", weights = { 1 = 0.7, 8 = 0.3 } }\n\
    durations = { distribution = \"exponential\", mean = \"3 min\" }\n\
    [policy]\nbackfill = \"easy\"\n";

#[test]
fn runs_one_after_the_other_and_at_once_write_the_same_bytes() {
    let folder = folder("threads");
    let run = |out: PathBuf| {
        let finished = run_to_end(&world(MANY, &[]), &Options { out: out.clone(), ..Options::default() });
        assert!(finished.jobs > 70_000, "with its start and its end each job has two events and more");
        (files(&out), finished.facts_digest)
    };
    let alone = run(folder.join("alone"));
    let again = run(folder.join("again"));
    assert!(alone == again, "run twice");
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| run(folder.join("first")));
        let second = scope.spawn(|| run(folder.join("second")));
        (first.join().unwrap(), second.join().unwrap())
    });
    assert!(alone == first && alone == second, "two at once");
}
