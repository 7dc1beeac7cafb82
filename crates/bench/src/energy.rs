//! Power by the hour: the whole path from a scenario, with its weather drawn, to the facts of every site and hour.

use crate::data::{find, read};
use crate::meter::{Tally, peak_mib, repeated, reset_peak, timed};
use crate::{Row, Size};
use base::id::{TenantId, WorkloadId};
use base::{SimTime, Span};
use scenario::{Origin, World};
use std::ops::ControlFlow;
use std::sync::Arc;
use trace::{Demand, Format, ReadOptions};
use twin::{AcceleratorSet, Fact, Job, JobOutcome, Typical};

/// Every case.
pub fn rows(size: Size) -> Vec<Row> {
    let mut rows = vec![five_sites(size), seven_sites(size)];
    rows.extend(openb_on_frontier(size));
    rows
}

/// The world of a text.
///
/// # Panics
/// If the text has a mistake.
pub fn world_of(text: &str) -> World {
    let origin = Origin::Text { name: "bench.toml".to_owned(), text: text.to_owned() };
    let reading = scenario::read(&origin, &[]);
    reading.world.unwrap_or_else(|| panic!("{:?}", reading.diagnostics))
}

/// What the energy hours of a run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Energy hours.
    pub hours: u64,
    /// Joules of the IT equipment.
    pub it: i64,
    /// Joules used by the sites.
    pub used: i64,
    /// Micro-dollars.
    pub cost: i64,
    /// Jobs finished.
    pub finished: u64,
    /// Sum of their waits in nanoseconds.
    pub wait: i128,
    /// Of every hour: energy and cost.
    pub tally: Tally,
}

impl Answer {
    fn add(&mut self, fact: &Fact) {
        match fact {
            Fact::Energy(hour) => {
                self.hours += 1;
                self.it += hour.books.it.0;
                self.used += hour.books.used().0;
                let cost = hour.cost.total().map_or(0, |money| money.0);
                self.cost += cost;
                self.tally.add(hour.books.it.0 as u64);
                self.tally.add(hour.books.bought.0 as u64);
                self.tally.add(cost as u64);
            }
            Fact::JobEnded(row) if row.outcome == JobOutcome::Finished => {
                self.finished += 1;
                self.wait += i128::from(row.wait.0);
            }
            _ => {}
        }
    }

    fn words(&self) -> String {
        let pue = self.used as f64 / (self.it as f64).max(1.0);
        let (mwh, usd) = (self.used as f64 / 3.6e9, self.cost as f64 / 1e6);
        format!("{mwh:.2} MWh, PUE {pue:.4}, {usd:.0} USD")
    }
}

/// Draws the weather, the prices and the carbon of a world and runs it with these jobs.
pub fn run(world: &World, jobs: impl Iterator<Item = (SimTime, Job)>) -> (f64, Answer) {
    let mut answer = Answer::default();
    let (cpu_s, ()) = timed(|| {
        let loaded = run::conditions(world);
        assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
        let conditions = Arc::new(loaded.conditions);
        let mut simulation = twin::simulation_under(world, &Typical::default(), conditions);
        simulation.run(&mut jobs.peekable(), world.end, |_, facts| {
            facts.iter().for_each(|fact| answer.add(fact));
            ControlFlow::Continue(())
        });
        let last = simulation.finish(|twin, now, context| twin.close(now, context));
        last.iter().for_each(|fact| answer.add(fact));
    });
    (cpu_s, answer)
}

fn row(name: &str, (cpu_s, answer): (f64, Answer), reference: Option<(String, f64)>, more: &str) -> Row {
    Row {
        name: name.to_owned(),
        units: "site-hours",
        count: answer.hours,
        cpu_s,
        digest: answer.tally,
        answer: format!("{}{more}", answer.words()),
        reference,
    }
}

const PLACES: [(&str, f64, f64); 7] = [
    ("abilene", 32.45, -99.73),
    ("georgetown", 30.63, -97.68),
    ("dona-ana", 32.3, -106.8),
    ("saline", 42.17, -83.78),
    ("lordstown", 41.17, -80.85),
    ("port-washington", 43.39, -87.88),
    ("shackelford", 32.74, -99.35),
];

/// Jobs of 8 accelerators for half an hour, evenly over the run.
fn even_jobs(world: &World, count: u64) -> impl Iterator<Item = (SimTime, Job)> + use<> {
    let (start, length) = (world.start, (world.end - world.start).0 / count.max(1) as i64);
    (0..count).map(move |number| {
        let runtime = Span::from_seconds(1800);
        let job = Job {
            number,
            workload: WorkloadId(0),
            tenant: TenantId(0),
            home: None,
            priority: 0,
            demand: Demand::gpus(8),
            accelerators: AcceleratorSet::ANY,
            runtime,
            requested: runtime,
        };
        (start + Span(length * number as i64), job)
    })
}

/// As SustainCluster: five sites for a week, hourly weather, price and carbon, 33,420 jobs.
fn five_sites(size: Size) -> Row {
    let (length, jobs) = size.pick(("6 h", 200), ("1 week", 33_420));
    let mut text = format!(
        "edition = 2026\n[horizon]\nstart = \"2026-07-01\"\nlength = \"{length}\"\n[accelerator.h100]\npower_w = 700\n\
         [system.dgx]\naccelerator = \"h100\"\naccelerators_per_node = 8\npower_kw = 10.2\n\
         [policy]\nsite_choice = \"least_loaded\"\n{WORK}"
    );
    for (name, north, east) in &PLACES[..5] {
        text += &format!(
            "[site.{name}]\nlatitude_deg = {north}\nlongitude_deg = {east}\nsystems = [{{ system = \"dgx\", count = 100 }}]\n\
             [site.{name}.power]\ngrid = [{{ mw = 2 }}]\ndemand_usd_per_kw_month = 5\n"
        );
    }
    let world = world_of(&text);
    let tries = size.tries();
    let result = repeated(tries, || run(&world, even_jobs(&world, jobs)));
    // The figure of the peer is for the full size only.
    let peer = size.pick(None, Some(("SustainCluster".to_owned(), 3.3)));
    row("5 sites, a week", result, peer, &format!(", {jobs} jobs"))
}

/// Seven sites of a gigawatt for four years: grid, turbines, sun, battery; next to no jobs, so that the hours show.
fn seven_sites(size: Size) -> Row {
    let end = size.pick("2025-01-02", "2029-01-01");
    let mut text = format!(
        "edition = 2026\n[horizon]\nstart = \"2025-01-01\"\nend = \"{end}\"\n[accelerator.gb200]\npower_w = 1200\n\
         [system.rack]\naccelerator = \"gb200\"\nnodes = 18\naccelerators_per_node = 4\npower_kw = 132\n{WORK}"
    );
    for (name, north, east) in PLACES {
        text += &format!(
            "[site.{name}]\nlatitude_deg = {north}\nlongitude_deg = {east}\nit_mw = 1000\nfill = \"rack\"\n\
             [site.{name}.power]\ngrid = [{{ mw = 1100 }}]\ndemand_usd_per_kw_month = 5\nsolar = {{ mw = 200 }}\n\
             battery = {{ mw = 100 }}\n[site.{name}.power.units.turbines]\ntechnology = \"simple_cycle\"\ncount = 10\nmw_each = 36\n"
        );
    }
    let world = world_of(&text);
    let jobs = size.pick(20, 2_000);
    let result = repeated(size.tries(), || run(&world, even_jobs(&world, jobs)));
    row("7 sites, 4 years", result, None, "")
}

const WORK: &str = "[workload.jobs]\nactivity = \"training\"\n[workload.jobs.arrivals]\nper_hour = 1\n[workload.jobs.sizes]\n\
                    distribution = \"weighted\"\nweights = { 8 = 1 }\n[workload.jobs.durations]\ndistribution = \"constant\"\nmean = \"1h\"\n";

/// Frontier at Oak Ridge with the constants published in the configuration of RAPS, as a scenario.
pub const FRONTIER: &str = "edition = 2026
[horizon]
start = \"2026-01-05\"
length = \"1 week\"
[accelerator.mi250x]
power_w = 560
[system.chassis]
accelerator = \"mi250x\"
nodes = 16
accelerators_per_node = 4
power_kw = 47.325
[system.chassis.supply]
node_idle_w = 626.26
node_peak_w = 2704.26
converter_loss_w = 13
converter_efficiency = 0.98
shared_w = 1000
rectifiers = 4
rectifier_loss_w = 17
rectifier_efficiency = 0.96
[site.oak-ridge]
latitude_deg = 35.93
longitude_deg = -84.31
systems = [{ system = \"chassis\", count = 592 }]
[site.oak-ridge.power]
grid = [{ mw = 60 }]
usd_per_mwh = 50
other_it_mw = 0.21183675
[site.oak-ridge.weather]
normals = \"georgetown\"
[policy]
backfill = \"none\"
[workload.jobs]
activity = \"idle\"
[workload.jobs.arrivals]
per_hour = 1
[workload.jobs.sizes]
distribution = \"weighted\"
weights = { 8 = 1 }
[workload.jobs.durations]
distribution = \"constant\"
mean = \"1h\"
";

/// Nodes of a job for each accelerator that a pod asks for: with these the queue waits about as long as in the run of
/// RAPS, whose own mapping is not published.
const NODES_PER_GPU: u32 = 366;

/// As RAPS: the last seven days of openb as jobs on Frontier's 9,472 nodes, first come, first served, power all along.
fn openb_on_frontier(size: Size) -> Option<Row> {
    let path = find("openb_pod_list_default.csv.gz")?;
    let options = ReadOptions { openb_unscheduled: true, ..ReadOptions::default() };
    // The log is read whole here: its memory counts.
    reset_peak();
    let pods = read(&path, Format::Openb, &options);
    let last = pods.iter().map(|pod| pod.submit + pod.runtime).max()?;
    let from = last - Span::DAY * 7;
    let world = world_of(FRONTIER);
    let jobs: Vec<(SimTime, Job)> = pods
        .iter()
        .filter(|pod| pod.demand.gpu_milli > 0 && pod.submit >= from && pod.runtime > Span::ZERO)
        .take(size.pick(100, usize::MAX))
        .zip(0..)
        .map(|(pod, number)| {
            let gpus = pod.demand.gpu_milli.div_ceil(1000) * pod.demand.tasks;
            let nodes = (gpus * NODES_PER_GPU).min(9472);
            let demand = Demand { tasks: nodes, gpu_milli: 4000, divisible: false, ..Demand::gpus(4) };
            let (_, job) = crate::world::job(number, pod);
            (world.start + (pod.submit - from), Job { demand, ..job })
        })
        .collect();
    let result = repeated(size.tries(), || run(&world, jobs.iter().cloned()));
    let mean = result.1.wait as f64 / result.1.finished.max(1) as f64 / 1e9;
    let it = result.1.it as f64 / 3.6e9;
    let peak = peak_mib();
    let more = format!("; {} jobs, mean wait {mean:.3} s, IT {it:.2} MWh, peak {peak:.0} MiB", jobs.len());
    // The figure of the peer is for the full size only.
    let peer = size.pick(None, Some(("RAPS".to_owned(), 149.8)));
    Some(row("openb, 7 days, 9,472 nodes", result, peer, &more))
}
