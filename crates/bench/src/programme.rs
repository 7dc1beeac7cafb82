//! The twin at the size of a programme: four years, sites that grow to 6.6 GW of IT power, millions of jobs, failures of
//! single accelerators as often as those of Llama 3, all tables. Run as a user runs it, by the command.

use crate::meter::Tally;
use crate::start::stargate;
use crate::{Row, Size};
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What a network is like.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Network {
    sites: u32,
    /// IT power of all sites when the last block is energised.
    it_mw: f64,
    years: u32,
    /// Jobs of the last year, as a share of those of the seven sites.
    jobs: f64,
}

/// Jobs an hour in the first to the fourth year and later, on seven sites.
const TRAINING: [f64; 4] = [0.3, 1.6, 5.0, 10.0];
const RESEARCH: [f64; 4] = [10.0, 28.0, 56.0, 112.0];
const BATCH: [f64; 4] = [5.0, 20.0, 60.0, 120.0];

const HEAD: &str = r#"edition = 2026
name = "programme"
[accelerator.gb300]
power_w = 1400
[system.gb300-nvl72]
accelerator = "gb300"
nodes = 18
accelerators_per_node = 4
scale_up_domain = 72
power_kw = 170
[failure.gpu]
scope = "accelerator"
mean_time_between = "3301 days"
repair = "24 h"
repair_sigma = 0.5
[failure.host]
scope = "node"
mean_time_between = "2087 days"
repair = "12 h"
repair_sigma = 0.5
[failure.fabric]
scope = "node"
mean_time_between = "3160 days"
[failure.software]
scope = "accelerator"
mean_time_between = "14043 days"
[policy]
site_choice = "least_loaded"
backfill = "easy"
backfill_depth = 200
placement = "domain_pack"
[tenant.all]
"#;

impl Network {
    /// Blocks of a site: two a year, energised at the beginning of each half.
    fn scenario(&self) -> String {
        let mut text = HEAD.to_owned();
        let blocks = self.years * 2;
        let _ = writeln!(text, "[horizon]\nstart = \"2025-01-01\"\nend = \"{}-01-01\"", 2025 + self.years);
        for site in 0..self.sites {
            let (latitude, longitude) = (30.0 + f64::from(site % 15), -110.0 + f64::from(site / 15) * 4.0);
            let _ = writeln!(
                text,
                "[site.s{site:03}]\nlatitude_deg = {latitude}\nlongitude_deg = {longitude}\nfill = \"gb300-nvl72\""
            );
            for block in 0..blocks {
                let mw = self.it_mw / f64::from(self.sites * blocks);
                let (year, month) = (2025 + block / 2, 1 + block % 2 * 6);
                let _ = writeln!(
                    text,
                    "[site.s{site:03}.block.b{block:02}]\nit_mw = {mw:.3}\nready = \"{year}-{month:02}-{:02}\"",
                    1 + site % 28
                );
            }
        }
        for year in 0..self.years {
            let at = (year as usize).min(3);
            self.workload(
                &mut text,
                "training",
                year,
                TRAINING[at],
                "weights = { 1024 = 0.42, 2048 = 0.28, 4096 = 0.18, 8192 = 0.09, 16384 = 0.03 }",
                "24 h",
                1.3,
            );
            self.workload(
                &mut text,
                "research",
                year,
                RESEARCH[at],
                "weights = { 4 = 0.5, 8 = 0.2, 16 = 0.1, 72 = 0.15, 288 = 0.05 }",
                "1 h",
                1.5,
            );
            self.workload(
                &mut text,
                "batch",
                year,
                BATCH[at],
                "weights = { 72 = 0.4, 144 = 0.3, 288 = 0.2, 576 = 0.1 }",
                "4 h",
                1.0,
            );
        }
        text
    }

    #[allow(clippy::too_many_arguments)]
    fn workload(
        &self,
        text: &mut String,
        name: &str,
        year: u32,
        per_hour: f64,
        sizes: &str,
        median: &str,
        sigma: f64,
    ) {
        let (from, rate) = (2025 + year, per_hour * self.jobs);
        let _ = write!(
            text,
            r#"[workload.{name}-{from}]
tenant = "all"
start = "{from}-01-01"
end = "{}-01-01"
checkpoint_write = "30 s"
restart = "10 min"
estimate_up_to = 3.0
arrivals = {{ per_hour = {rate} }}
sizes = {{ distribution = "weighted", {sizes} }}
durations = {{ distribution = "lognormal", median = "{median}", sigma = {sigma}, most = "8 weeks" }}
"#,
            from + 1
        );
    }
}

/// What a command cost: processor seconds and the most memory that it held.
struct Cost {
    cpu_s: f64,
    peak_mib: f64,
}

/// Runs the command to its end and watches it.
fn watched(program: &Path, arguments: &[&str]) -> Option<Cost> {
    let before = children_s()?;
    let mut command = Command::new(program);
    let mut child = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_mib: f64 = 0.0;
    let code = loop {
        if let Some(mib) = std::fs::read_to_string(&status).ok().and_then(|text| high_water(&text)) {
            peak_mib = mib;
        }
        if let Some(code) = child.try_wait().ok()? {
            break code;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    code.success().then_some(())?;
    Some(Cost { cpu_s: children_s()? - before, peak_mib })
}

fn high_water(status: &str) -> Option<f64> {
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .ok()?;
    Some(kib / 1024.0)
}

/// Processor seconds (user and system) of all children that have ended, to the hundredth.
fn children_s() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(13)?.parse::<f64>().ok()? + fields.get(14)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

/// The seven sites, twice that, and a hundred sites over ten years; the one before is the reference of each.
pub fn rows(size: Size) -> Vec<Row> {
    let Some(program) = stargate() else { return Vec::new() };
    let seven = Network { sites: 7, it_mw: 6_600.0, years: 4, jobs: 1.0 };
    let twice = Network { sites: 14, it_mw: 13_200.0, years: 4, jobs: 2.0 };
    let hundred = Network { sites: 100, it_mw: 6_600.0, years: 10, jobs: 0.2 };
    let small = Network { sites: 2, it_mw: 40.0, years: 1, jobs: 0.05 };
    let networks = size.pick(vec![small], vec![seven, twice, hundred]);
    let folder = std::env::temp_dir().join(format!("stargate-programme-{}", std::process::id()));
    if std::fs::create_dir_all(&folder).is_err() {
        return Vec::new();
    }
    let mut rows: Vec<Row> = Vec::new();
    for network in networks {
        let (file, out) = (folder.join("programme.toml"), folder.join("out"));
        if std::fs::write(&file, network.scenario()).is_err() {
            break;
        }
        let (file, place) = (file.display().to_string(), out.display().to_string());
        let Some(cost) = watched(&program, &["simulate", &file, "--no-progress", "-o", &place]) else {
            eprintln!("passed over: `stargate simulate {file}` fails");
            break;
        };
        rows.push(row(network, cost, &out, rows.first()));
    }
    // What cannot be removed is a temporary folder more.
    let _ = std::fs::remove_dir_all(&folder);
    rows
}

fn row(network: Network, cost: Cost, out: &Path, first: Option<&Row>) -> Row {
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_str(&read("manifest.json")).unwrap_or_default();
    let mut digest = Tally::default();
    manifest["facts_digest"].as_str().unwrap_or_default().bytes().for_each(|byte| digest.add(byte.into()));
    let facts = manifest["facts"].as_u64().unwrap_or(1);
    Row {
        name: format!("{} sites, {:.0} MW, {} years", network.sites, network.it_mw, network.years),
        units: "facts",
        count: facts,
        cpu_s: cost.cpu_s,
        digest,
        answer: format!("peak {:.0} MiB", cost.peak_mib),
        reference: first.map(|first| (first.name.clone(), first.cpu_s)),
    }
}
