//! A small world, made-up facts that keep the laws, and folders that go away.

use crate::{Options, RunWriter, TableError};
use base::id::{BlockId, SiteId, SystemId, TenantId, WorkloadId};
use base::{Draws, ItPower, SimTime, Span, Stream};
use scenario::World;
use scenario::world::{
    AfterFailure, Block, Figure, FigureKind, JobSource, Policy, Site, System, Tenant, Workload,
};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use twin::{Fact, JobOutcome, JobRow, SiteHour};

/// A folder for one test.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new() -> Scratch {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("stargate-tables-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub const START: &str = "2026-01-01";

pub fn start() -> SimTime {
    SimTime::parse(START).unwrap()
}

/// Two sites of one block with 16 accelerators each, two tenants, one workload, two days.
pub fn world() -> World {
    let site = |key: &str, name: &str, blocks| Site {
        key: key.to_owned(),
        name: name.to_owned(),
        latitude_deg: 32.4,
        longitude_deg: -99.7,
        usd_per_gpu_hour: (key == "abilene").then_some(2.5),
        spares: 0.0,
        blocks,
        ..Site::default()
    };
    let block = |site| Block {
        key: "b1".to_owned(),
        site: SiteId(site),
        it_power: ItPower::from_mw(0.5),
        ready: start(),
        equipment: vec![(SystemId(0), 2)],
    };
    let tenant = |key: &str| Tenant {
        key: key.to_owned(),
        weight: 1.0,
        priority: 0,
        quota_gpus: None,
        ..Tenant::default()
    };
    World {
        name: "two sites".to_owned(),
        description: String::new(),
        seed: 7,
        start: start(),
        end: start() + Span::DAY * 2,
        accelerators: vec!["H100".to_owned()],
        systems: vec![System {
            key: "hgx".to_owned(),
            name: "HGX H100".to_owned(),
            accelerator: Some(base::id::AcceleratorId(0)),
            nodes: 1,
            accelerators_per_node: 8,
            cpu_milli: 0,
            memory_mib: 0,
            accelerator_memory_gb: 80.0,
            it_power: ItPower::from_mw(0.01),
            scale_up_domain: 8,
            ..System::default()
        }],
        sites: vec![site("abilene", "Abilene", 0..1), site("lordstown", "Lordstown", 1..2)],
        blocks: vec![block(0), block(1)],
        links: Vec::new(),
        tenants: vec![tenant("research"), tenant("serving")],
        partners: Vec::new(),
        agreements: Vec::new(),
        offers: Vec::new(),
        workloads: vec![Workload {
            key: "log".to_owned(),
            tenant: TenantId(0),
            home: None,
            data_gb: 0.0,
            start: start(),
            end: start() + Span::DAY,
            priority: 0,
            preemptible: true,
            checkpoint: scenario::world::Checkpoint::Never,
            checkpoint_write: Span::ZERO,
            restart: Span::ZERO,
            after_failure: AfterFailure::Replace,
            accelerators: Vec::new(),
            source: JobSource::Trace {
                path: "log.swf".into(),
                format: "swf".to_owned(),
                time_scale: 1.0,
                repeat: 1,
            },
        }],
        failures: Vec::new(),
        energy: None,
        regions: Vec::new(),
        services: Vec::new(),
        policy: Policy::default(),
        books: None,
        expectations: Vec::new(),
        choices: Vec::new(),
        figures: vec![Figure {
            path: "site.abilene.latitude_deg".to_owned(),
            value: "32.4".to_owned(),
            kind: FigureKind::Published,
            source: Some("a \"map\", folded".to_owned()),
            place: "some/where/two.toml:12".to_owned(),
        }],
        ..World::default()
    }
}

pub type Told = Vec<(SimTime, Vec<Fact>)>;

/// Facts of `jobs` jobs that are drawn at random: some are preempted once, some rejected, some do not finish. Each site
/// says one hour at the end that accounts for what its jobs held.
pub fn made_up(jobs: u64, seed: u64) -> Told {
    let stream = Stream::new(seed, "made up");
    let mut told: Told = Vec::new();
    for site in 0..2 {
        let (block, site) = (BlockId(site), SiteId(site));
        told.push((start(), vec![Fact::BlockEnergised { block, site, nodes: 2, gpus: 16 }]));
    }
    let mut held = [0u128; 2];
    let end = start() + Span::DAY * 2;
    for job in 0..jobs {
        let mut draws = stream.at(job);
        one_job(job, &mut draws, end, &mut told, &mut held);
    }
    told.sort_by_key(|(time, _)| *time);
    let hours = held.iter().enumerate().map(|(site, &busy)| {
        let installed = (busy + 5_000_000) * 2;
        let down = 1_000_000;
        Fact::SiteHour(SiteHour {
            site: SiteId(site as u32),
            hour: start(),
            installed,
            busy,
            idle: installed - busy - down,
            down,
            fragmented: 123_456,
            queued_jobs: 3,
            queued_gpu_milli: 1500,
            running_jobs: 2,
            started: 9,
            finished: 8,
        })
    });
    told.push((end, hours.collect()));
    told
}

fn one_job(job: u64, draws: &mut Draws, end: SimTime, told: &mut Told, held: &mut [u128; 2]) {
    let mut nanos = |below: u64| draws.below(below) as i64;
    let hour = Span::HOUR.0 as u64;
    let submit = start() + Span(nanos(20 * hour));
    let wait = Span(nanos(3 * hour));
    let runtime = Span(nanos(5 * hour) + 1);
    let gpu_milli = [500, 1000, 8000, 16000][nanos(4) as usize];
    let (site, kind) = (SiteId(nanos(2) as u32), nanos(10));
    let row = JobRow {
        job,
        workload: WorkloadId(0),
        tenant: TenantId(nanos(2) as u32),
        site: Some(site),
        gpu_milli,
        nodes: 2,
        domains: 2,
        submit,
        start: Some(submit + wait),
        end: None,
        runtime,
        wait,
        preemptions: 0,
        interruptions: 0,
        power_stops: 0,
        held: Span::ZERO,
        lost: Span::ZERO,
        outcome: JobOutcome::Finished,
    };
    let mut say = |time, fact| told.push((time, vec![fact]));
    if kind == 0 {
        let row = JobRow { site: None, start: None, nodes: 0, domains: 0, wait: Span::ZERO, ..row };
        return say(submit, Fact::JobEnded(JobRow { outcome: JobOutcome::Rejected, ..row }));
    }
    say(submit, Fact::JobSubmitted { job, site });
    let started = Fact::JobStarted { job, site, nodes: 2, gpu_milli };
    if kind == 1 {
        let row = JobRow { start: None, nodes: 0, domains: 0, wait: end - submit, ..row };
        return say(end, Fact::JobEnded(JobRow { outcome: JobOutcome::Waiting, ..row }));
    }
    say(submit + wait, started.clone());
    let (mut now, mut ran) = (submit + wait, Span::ZERO);
    let mut row = row;
    if kind == 2 {
        // Stopped after a while with half of it lost, then started again.
        ran = Span(nanos(hour));
        now += ran;
        row.preemptions = 1;
        row.lost = Span(ran.0 / 2);
        say(now, Fact::JobPreempted { job, site, by: job + 1, lost: row.lost });
        now += Span::HOUR;
        row.wait += Span::HOUR;
        say(now, started);
    }
    if kind == 3 {
        row.outcome = JobOutcome::Running;
        row.held = end - now;
        say(end, Fact::JobEnded(row));
        held[site.index()] += u128::from(gpu_milli) * (end - now).0 as u128;
        return;
    }
    let rest = row.runtime + row.lost - ran.min(row.runtime);
    row.end = Some(now + rest);
    row.held = ran + rest;
    held[site.index()] += u128::from(gpu_milli) * (ran + rest).0 as u128;
    say(now + rest, Fact::JobEnded(row));
}

/// Writes all of it and finishes.
pub fn write_all(target: &Path, options: &Options, told: &Told) -> Result<crate::Summary, TableError> {
    let mut writer = RunWriter::create(target, &world(), options)?;
    writer.set_rows_per_group(64);
    for (now, facts) in told {
        writer.write(*now, facts)?;
    }
    writer.finish()
}
