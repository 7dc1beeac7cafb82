//! The stream of jobs.

use super::{SMALL, StopAfter, folder, options, world};
use base::{SimTime, Span};
use run::{Jobs, Outcome, RunError, execute};
use scenario::World;
use scenario::world::JobSource;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use twin::Job;

fn jobs(world: &World) -> Vec<(SimTime, Job)> {
    Jobs::open(world).unwrap().collect()
}

/// The jobs of each workload by its key, without what depends on the others: the number and the ids.
fn by_workload(world: &World) -> BTreeMap<String, Vec<(SimTime, u64, Span, i32)>> {
    let mut all: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (time, job) in jobs(world) {
        let key = world.workloads[job.workload.index()].key.clone();
        all.entry(key).or_default().push((time, job.demand.total_gpu_milli(), job.runtime, job.priority));
    }
    all
}

#[test]
fn jobs_come_in_order_and_are_numbered_in_it() {
    let world = world(SMALL, &[]);
    let jobs = jobs(&world);
    assert!(jobs.len() > 500);
    assert!(jobs.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    assert!(jobs.iter().enumerate().all(|(index, (_, job))| job.number == index as u64));
    assert!(jobs.iter().all(|(time, _)| (world.start..world.end).contains(time)));
    let tenant = |key: &str| world.tenants.iter().position(|tenant| tenant.key == key).unwrap();
    for (_, job) in &jobs {
        let small = world.workloads[job.workload.index()].key == "small";
        assert_eq!(job.tenant.index(), tenant(if small { "product" } else { "research" }));
        assert_eq!(job.priority, if small { 5 } else { 0 }, "that of the tenant");
        assert_eq!(job.requested, job.runtime);
        assert_eq!(
            job.accelerators.contains(base::id::AcceleratorId(0)),
            world.accelerators[0] == "h100" || small
        );
    }
}

#[test]
fn a_new_site_or_workload_changes_no_other_workloads_jobs() {
    let before = by_workload(&world(SMALL, &[]));
    let more = format!(
        "{SMALL}\n[site.north]\nlatitude_deg = 60.0\nlongitude_deg = 10.0\n\
         systems = [{{ system = \"hgx\", count = 2 }}]\n\
         [workload.another]\ntenant = \"research\"\narrivals = {{ per_hour = 5 }}\n\
         sizes = {{ distribution = \"weighted\", weights = {{ 1 = 1 }} }}\n\
         durations = {{ distribution = \"constant\", mean = \"1 h\" }}\n"
    );
    let after = by_workload(&world(&more, &[]));
    assert_eq!(after.len(), before.len() + 1);
    for (key, jobs) in before {
        assert_eq!(after[&key], jobs, "{key}");
    }
}

#[test]
fn another_seed_gives_other_jobs() {
    assert_ne!(by_workload(&world(SMALL, &[])), by_workload(&world(SMALL, &["seed=8"])));
}

/// A trace of jobs at 0, 10, 20, ... seconds.
fn trace(name: &str, rows: &str) -> (std::path::PathBuf, String) {
    let folder = folder(name);
    let path = folder.join("jobs.csv");
    fs::write(&path, format!("submit_s,runtime_s,gpu_milli,tenant,accelerators,priority\n{rows}")).unwrap();
    let text = format!("trace = {:?}", path.to_str().unwrap());
    (folder, text)
}

fn with_trace(lines: &str) -> String {
    let at = SMALL.find("[workload.training]").unwrap();
    let end = SMALL.find("[policy]").unwrap();
    format!("{}[workload.log]\ntenant = \"research\"\n{lines}\n{}", &SMALL[..at], &SMALL[end..])
}

#[test]
fn a_trace_is_scaled_repeated_and_cut() {
    let (_, line) = trace("scaled", "0,60,1000,,,0\n10,60,1000,,,0\n30,60,1000,,,0\n");
    let seconds = |text: &str| -> Vec<f64> {
        let world = world(&with_trace(text), &[]);
        jobs(&world).iter().map(|(time, _)| (*time - world.start).seconds()).collect()
    };
    assert_eq!(seconds(&line), [0.0, 10.0, 30.0]);
    assert_eq!(seconds(&format!("{line}\ntime_scale = 0.5")), [0.0, 5.0, 15.0]);
    let twice = format!("{line}\nrepeat = 3\ntime_scale = 2.0");
    assert_eq!(seconds(&twice), [0.0, 20.0, 60.0, 60.0, 80.0, 120.0, 120.0, 140.0, 180.0]);
    let later = format!("{line}\nstart = \"2026-03-02T01:00:00\"\nend = \"2026-03-02T01:00:30\"");
    assert_eq!(seconds(&later), [3600.0, 3610.0], "a job at the end does not come");
}

#[test]
fn names_of_a_trace_are_resolved() {
    let mut rows = String::new();
    for (index, (tenant, models, priority)) in
        [("product", "h100", 1), ("nobody", "a10|b200", 2), ("", "b200", 3), ("", "", -4)].iter().enumerate()
    {
        writeln!(rows, "{index},60,1000,{tenant},{models},{priority}").unwrap();
    }
    let (_, line) = trace("names", &rows);
    let world = world(&with_trace(&format!("{line}\npriority = 10")), &[]);
    let stream = Jobs::open(&world).unwrap();
    let remarks = stream.remarks();
    let jobs: Vec<Job> = stream.map(|(_, job)| job).collect();
    let tenants: Vec<&str> = jobs.iter().map(|job| world.tenants[job.tenant.index()].key.as_str()).collect();
    assert_eq!(tenants, ["product", "research", "research", "research"]);
    let model = |name: &str| {
        base::id::AcceleratorId::new(world.accelerators.iter().position(|known| known == name).unwrap())
    };
    let models: Vec<(bool, bool)> = jobs
        .iter()
        .map(|job| (job.accelerators.contains(model("h100")), job.accelerators.contains(model("a10"))))
        .collect();
    assert_eq!(models, [(true, false), (false, true), (false, false), (true, true)]);
    let priorities: Vec<i32> = jobs.iter().map(|job| job.priority).collect();
    assert_eq!(priorities, [16, 12, 13, 6], "job, workload and tenant together");
    let said = remarks.all();
    assert!(
        said.iter().any(|remark| remark.rule.code == "R003" && remark.message.ends_with("rejected: 1")),
        "{said:#?}"
    );
}

/// What is said of a run besides its results: the codes, in order.
fn codes(text: &str) -> Vec<&'static str> {
    let folder = folder("remarks");
    let world = world(text, &[]);
    let remarks = match execute(&world, &[], &options(folder.join("out")), &mut StopAfter(None)) {
        Ok(Outcome::Finished(finished)) => finished.remarks,
        Ok(Outcome::Stopped { .. }) => panic!("nobody stopped it"),
        Err(RunError::Inputs(mistakes)) => mistakes,
        Err(error) => panic!("{error}"),
    };
    remarks.iter().map(|remark| remark.rule.code).collect()
}

#[test]
fn each_remark_of_a_run_has_its_rule() {
    let (folder, line) = trace("remarked", "0,60,1000,,,0\n10,60,1000,,b200,0\n");
    assert_eq!(codes(&with_trace(&line)), ["R003"]);
    let late = format!("{line}\nstart = \"2026-06-01\"");
    assert!(codes(&with_trace(&late)).contains(&"R005"));
    let swf = folder.join("log.swf");
    let row = |id: u32, run: i32| format!("{id} {id} 0 {run} 4 -1 -1 4 -1 -1 1 1 1 1 1 -1 -1 -1\n");
    fs::write(&swf, format!("; MaxProcs: 8\n{}{}", row(1, 60), row(2, -1))).unwrap();
    assert_eq!(codes(&with_trace(&format!("trace = {:?}", swf.to_str().unwrap()))), ["R002"]);
    let unnamed = folder.join("jobs.log");
    fs::copy(&swf, &unnamed).unwrap();
    let named = with_trace(&format!("trace = {:?}\nformat = \"swf\"", unnamed.to_str().unwrap()));
    assert_eq!(codes(&named), ["R002"]);
    // A scenario file cannot come so far; a world made in another way can.
    let mut world = world(&named, &[]);
    for workload in &mut world.workloads {
        if let JobSource::Trace { format, .. } = &mut workload.source {
            *format = String::new();
        }
    }
    let Err(mistakes) = Jobs::open(&world) else { panic!("a format that nobody knows") };
    assert_eq!(mistakes.0[0].rule.code, "R001");
}
