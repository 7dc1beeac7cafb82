//! How long the tables of a run of many jobs take, and how much memory: `cargo bench -p tables -- 10000000`.
//!
//! The facts are made up as they are needed: three for each job, 64 jobs running at any time on each of 10 sites.

use base::id::{SiteId, SystemId, TenantId, WorkloadId};
use base::{ItPower, SimTime, Span};
use scenario::World;
use scenario::world::{AfterFailure, Block, JobSource, Policy, Site, System, Tenant, Workload};
use std::time::Instant;
use tables::{Options, RunWriter};
use twin::{Fact, JobOutcome, JobRow, SiteHour};

const SITES: u32 = 10;

fn main() {
    let jobs = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(100_000);
    let generated = facts(jobs, |_, _| {});
    println!("{jobs} jobs: facts alone {generated:.2} s");
    for (name, options) in [
        ("jobs and events", Options::default()),
        ("without events", Options { without_events: true, ..Options::default() }),
    ] {
        let folder = std::env::temp_dir().join(format!("stargate-bench-{}", std::process::id()));
        let mut writer = RunWriter::create(&folder, &world(), &options).expect("the folder can be made");
        let started = Instant::now();
        let writing = facts(jobs, |now, facts| writer.write(now, facts).expect("the facts balance"));
        writer.finish().expect("the tables are written");
        let total = started.elapsed().as_secs_f64();
        let bytes: u64 = std::fs::read_dir(&folder)
            .expect("the folder is there")
            .flatten()
            .filter_map(|entry| entry.metadata().ok())
            .map(|data| data.len())
            .sum();
        std::fs::remove_dir_all(&folder).expect("the folder can go");
        println!(
            "  {name}: writing {:.2} s, finishing {:.2} s, {:.0} MB, {} MB at most in memory",
            writing - generated,
            total - writing,
            bytes as f64 / 1e6,
            peak_memory_mb()
        );
    }
}

/// Says the facts of so many jobs to `say`; returns the seconds that it took.
fn facts(jobs: u64, mut say: impl FnMut(SimTime, &[Fact])) -> f64 {
    let started = Instant::now();
    let mut state = 88_172_645_463_325_252u64;
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let start = world().start;
    let mut busy = [0u128; SITES as usize];
    let mut facts = Vec::with_capacity(3);
    for job in 0..jobs {
        let site = SiteId(random(u64::from(SITES)) as u32);
        let submit = start + Span(job as i64 * 1_000_000_000 + random(1_000_000_000) as i64);
        let wait = if random(2) == 0 { Span::ZERO } else { Span(random(3_600_000_000_000) as i64) };
        let runtime = Span(random(36_000) as i64 * 1_000_000_000);
        let gpu_milli = 1000 << random(7);
        let end = submit + wait + runtime;
        busy[site.index()] += u128::from(gpu_milli) * runtime.0 as u128;
        facts.clear();
        facts.push(Fact::JobSubmitted { job, site });
        facts.push(Fact::JobStarted { job, site, nodes: 1, gpu_milli });
        facts.push(Fact::JobEnded(JobRow {
            job,
            workload: WorkloadId(0),
            tenant: TenantId(random(4) as u32),
            site: Some(site),
            gpu_milli,
            nodes: gpu_milli.div_ceil(8000) as u32,
            domains: 1,
            submit,
            start: Some(submit + wait),
            end: Some(end),
            runtime,
            wait,
            preemptions: 0,
            interruptions: 0,
            power_stops: 0,
            held: Span::ZERO,
            lost: Span::ZERO,
            outcome: JobOutcome::Finished,
        }));
        say(submit, &facts);
    }
    let end = world().end;
    let hours: Vec<Fact> = (0..SITES)
        .map(|site| {
            let busy = busy[site as usize];
            Fact::SiteHour(SiteHour {
                site: SiteId(site),
                hour: start,
                installed: busy + 1000,
                busy,
                idle: 1000,
                down: 0,
                fragmented: 0,
                queued_jobs: 0,
                queued_gpu_milli: 0,
                running_jobs: 0,
                started: 0,
                finished: 0,
            })
        })
        .collect();
    say(end, &hours);
    started.elapsed().as_secs_f64()
}

fn peak_memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn world() -> World {
    let start = SimTime::parse("2026-01-01").expect("a date");
    let sites = (0..SITES).map(|i| Site {
        key: format!("site-{i}"),
        name: String::new(),
        latitude_deg: 0.0,
        longitude_deg: 0.0,
        usd_per_gpu_hour: None,
        spares: 0.0,
        blocks: i..i + 1,
        ..Site::default()
    });
    let blocks = (0..SITES).map(|i| Block {
        key: "b".to_owned(),
        site: SiteId(i),
        it_power: ItPower::from_mw(100.0),
        ready: start,
        equipment: vec![(SystemId(0), 12_500)],
    });
    let tenants = (0..4).map(|i| Tenant {
        key: format!("tenant-{i}"),
        weight: 1.0,
        priority: 0,
        quota_gpus: None,
        ..Tenant::default()
    });
    let source =
        JobSource::Trace { path: "log".into(), format: "swf".to_owned(), time_scale: 1.0, repeat: 1 };
    World {
        name: "bench".to_owned(),
        description: String::new(),
        seed: 0,
        start,
        end: start + Span::DAY * 365,
        accelerators: vec!["gpu".to_owned()],
        systems: vec![System {
            key: "node".to_owned(),
            name: String::new(),
            accelerator: Some(base::id::AcceleratorId(0)),
            nodes: 1,
            accelerators_per_node: 8,
            cpu_milli: 0,
            memory_mib: 0,
            accelerator_memory_gb: 80.0,
            it_power: ItPower::from_mw(0.008),
            scale_up_domain: 8,
            ..System::default()
        }],
        sites: sites.collect(),
        blocks: blocks.collect(),
        links: Vec::new(),
        tenants: tenants.collect(),
        partners: Vec::new(),
        agreements: Vec::new(),
        offers: Vec::new(),
        workloads: vec![Workload {
            key: "log".to_owned(),
            tenant: TenantId(0),
            home: None,
            data_gb: 0.0,
            start,
            end: start + Span::DAY * 365,
            priority: 0,
            preemptible: false,
            checkpoint: scenario::world::Checkpoint::Never,
            checkpoint_write: Span::ZERO,
            restart: Span::ZERO,
            after_failure: AfterFailure::Replace,
            accelerators: Vec::new(),
            source,
        }],
        failures: Vec::new(),
        energy: None,
        regions: Vec::new(),
        services: Vec::new(),
        policy: Policy::default(),
        books: None,
        expectations: Vec::new(),
        figures: Vec::new(),
        ..World::default()
    }
}
