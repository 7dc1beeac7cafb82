//! What is written is what was said.

use super::fixture::{Scratch, made_up, start, world, write_all};
use crate::{Manifest, Options, TABLES, TableError, jobs, read, site_hours, summary_table, tenants};
use base::Span;
use twin::fact::GPU_HOUR;
use twin::{Fact, JobOutcome};

#[test]
fn every_job_row_comes_back() {
    let scratch = Scratch::new();
    let told = made_up(500, 1);
    write_all(&scratch.join("run"), &Options::default(), &told).unwrap();
    let mut said = told.iter().flat_map(|(_, facts)| facts).filter_map(|fact| match fact {
        Fact::JobEnded(row) => Some(row),
        _ => None,
    });
    let world = world();
    let batches = read::open(&scratch.join("run"), &jobs::TABLE, &[]).unwrap();
    assert_eq!(batches.rows(), 500);
    for batch in batches {
        let batch = batch.unwrap();
        let (job, gpus) = (batch.integers("job").unwrap(), batch.numbers("gpus").unwrap());
        let (site, tenant) = (batch.texts("site").unwrap(), batch.texts("tenant").unwrap());
        let (submit, end) = (batch.instants("submitted").unwrap(), batch.instants("ended").unwrap());
        let (wait, outcome) = (batch.numbers("wait_s").unwrap(), batch.texts("outcome").unwrap());
        for i in 0..batch.len() {
            let row = said.next().unwrap();
            assert_eq!(job.get(i), Some(row.job as i64));
            assert_eq!(gpus.get(i), Some(row.gpu_milli as f64 / 1000.0));
            assert_eq!(site.get(i), row.site.map(|id| world.sites[id.index()].key.as_str()));
            assert_eq!(tenant.get(i), Some(world.tenants[row.tenant.index()].key.as_str()));
            assert_eq!(submit.get(i), Some(row.submit));
            assert_eq!(end.get(i), row.end);
            assert_eq!(wait.get(i), Some(row.wait.seconds()));
            let name = format!("{:?}", row.outcome).to_lowercase();
            assert_eq!(outcome.get(i), Some(name.as_str()));
        }
    }
    assert!(said.next().is_none());
}

#[test]
fn held_time_of_the_jobs_is_the_busy_time_of_the_sites() {
    let scratch = Scratch::new();
    let told = made_up(300, 2);
    let results = write_all(&scratch.join("run"), &Options::default(), &told).unwrap();
    let sum = |table, column: &str| -> f64 {
        let batches = read::open(&scratch.join("run"), table, &[column]).unwrap();
        batches.map(|batch| batch.unwrap().numbers(column).unwrap().iter().flatten().sum::<f64>()).sum()
    };
    let busy = sum(&site_hours::TABLE, "busy_gpu_hours");
    assert!(busy > 100.0);
    for held in [
        sum(&jobs::TABLE, "held_gpu_hours"),
        sum(&tenants::TABLE, "held_gpu_hours"),
        results.get("busy_gpu_hours").unwrap(),
        results.get("site.abilene.held_gpu_hours").unwrap()
            + results.get("site.lordstown.held_gpu_hours").unwrap(),
    ] {
        assert!((busy - held).abs() < 1e-9 * busy, "{busy} and {held}");
    }
}

#[test]
fn every_table_is_there_with_its_digest_and_its_columns() {
    let scratch = Scratch::new();
    let run = scratch.join("run");
    write_all(&run, &Options::default(), &made_up(10, 3)).unwrap();
    let manifest = Manifest::read(&run).unwrap();
    assert_eq!(manifest.outputs.len(), TABLES.len() + 1);
    for output in &manifest.outputs {
        let bytes = std::fs::read(run.join(&output.name)).unwrap();
        assert_eq!(output.sha256, base::digest::sha256_hex(&bytes), "{}", output.name);
    }
    for table in TABLES {
        let batches = read::open(&run, table, &[]).unwrap();
        let rows = manifest.outputs.iter().find(|o| o.name == table.parquet_name()).unwrap().rows;
        assert_eq!(rows, Some(batches.rows()));
        for batch in batches {
            let batch = batch.unwrap();
            let fields = batch.arrow().schema();
            for (field, column) in fields.fields().iter().zip(table.columns) {
                assert_eq!((field.name().as_str(), field.is_nullable()), (column.name, column.optional));
                assert_eq!(field.metadata().get("doc").map(String::as_str), Some(column.doc));
            }
        }
    }
    let text = std::fs::read_to_string(run.join("manifest.json")).unwrap();
    assert!(!text.contains(scratch.0.to_str().unwrap()), "{text}");
}

#[test]
fn facts_that_do_not_balance_are_refused() {
    let scratch = Scratch::new();
    let refused = |change: &dyn Fn(&mut Fact)| {
        let mut told = made_up(20, 4);
        told.iter_mut().flat_map(|(_, facts)| facts).for_each(change);
        match write_all(&scratch.join("run"), &Options::default(), &told) {
            Err(TableError::Unbalanced(reason)) => reason,
            other => panic!("{other:?}"),
        }
    };
    let one_more_idle = refused(&|fact| {
        if let Fact::SiteHour(hour) = fact {
            hour.idle += 1;
        }
    });
    assert!(one_more_idle.contains("installed"), "{one_more_idle}");
    let one_more_busy = refused(&|fact| {
        if let Fact::SiteHour(hour) = fact {
            hour.busy += 1;
            hour.installed += 1;
        }
    });
    assert!(one_more_busy.contains("its jobs held"), "{one_more_busy}");
    let nowhere = refused(&|fact| {
        if let Fact::JobEnded(row) = fact {
            row.site = None;
        }
    });
    assert!(nowhere.contains("abilene"), "{nowhere}");
    let backwards = refused(&|fact| {
        if let Fact::JobEnded(row) = fact
            && row.outcome == JobOutcome::Finished
        {
            row.end = row.start.map(|start| start - Span::SECOND);
            row.preemptions = 0;
        }
    });
    assert!(backwards.contains("it ran for -1000000000 ns by its events"), "{backwards}");
    let longer = refused(&|fact| {
        if let Fact::JobEnded(row) = fact {
            row.held += Span(1);
        }
    });
    assert!(longer.contains("by its row"), "{longer}");
    assert!(!scratch.join("run").exists(), "nothing half-written under the name");
}

/// Three jobs on 16 accelerators for two hours, by hand.
#[test]
fn a_summary_computed_by_hand() {
    use base::id::{SiteId, TenantId, WorkloadId};
    use twin::{JobRow, SiteHour};
    let minute = |m: i64| start() + Span::from_seconds(60 * m);
    let site = SiteId(0);
    let row = |job, gpus: u64, submit, begin, end, outcome| JobRow {
        job,
        workload: WorkloadId(0),
        tenant: TenantId(0),
        site: Some(site),
        gpu_milli: gpus * 1000,
        nodes: 1,
        domains: 1,
        submit: minute(submit),
        start: Some(minute(begin)),
        end: Some(minute(end)).filter(|_| outcome == JobOutcome::Finished),
        runtime: Span::from_seconds(60 * (end - begin)),
        wait: minute(begin) - minute(submit),
        preemptions: 0,
        interruptions: 0,
        power_stops: 0,
        held: Span::from_seconds(60 * (end.min(120) - begin)),
        lost: Span::ZERO,
        outcome,
    };
    let hour = |h: i64, busy: f64, down: f64| {
        let time = |hours: f64| (hours * GPU_HOUR) as u128;
        Fact::SiteHour(SiteHour {
            site,
            hour: minute(60 * h),
            installed: time(16.0),
            busy: time(busy),
            idle: time(16.0 - busy - down),
            down: time(down),
            fragmented: time(2.0),
            queued_jobs: 1 + h as u32,
            queued_gpu_milli: 0,
            running_jobs: 0,
            started: 0,
            finished: 0,
        })
    };
    // 8 GPUs from 0:00 to 1:00, 16 GPUs from 1:00 to 1:30, 1 GPU from 1:30 to the end at 2:00.
    let told = vec![
        (minute(0), vec![Fact::JobSubmitted { job: 0, site }, Fact::JobSubmitted { job: 1, site }]),
        (minute(60), vec![hour(0, 8.0, 0.0), Fact::JobEnded(row(0, 8, 0, 0, 60, JobOutcome::Finished))]),
        (minute(80), vec![Fact::JobSubmitted { job: 2, site }]),
        (minute(90), vec![Fact::JobEnded(row(1, 16, 0, 60, 90, JobOutcome::Finished))]),
        (minute(120), vec![Fact::JobEnded(row(2, 1, 80, 90, 130, JobOutcome::Running)), hour(1, 8.5, 4.0)]),
    ];
    let scratch = Scratch::new();
    let results = write_all(&scratch.join("run"), &Options::default(), &told).unwrap();
    let expected = [
        ("jobs_submitted", 3.0),
        ("jobs_started", 3.0),
        ("jobs_finished", 2.0),
        ("jobs_running", 1.0),
        ("jobs_waiting", 0.0),
        ("installed_gpu_hours", 32.0),
        ("busy_gpu_hours", 16.5),
        ("idle_gpu_hours", 11.5),
        ("down_gpu_hours", 4.0),
        ("fragmented_gpu_hours", 4.0),
        ("utilisation", 16.5 / 32.0),
        ("allocation_share", 16.5 / 28.0),
        ("fragmented_share", 4.0 / 32.0),
        ("queued_jobs_max", 2.0),
        ("held_gpu_hours", 16.5),
        // Waits: 0, 60 and 10 minutes.
        ("wait_mean_s", 1400.0),
        ("wait_max_s", 3600.0),
        ("wait_p99_s", 3600.0),
        // Slowdowns: 60 min / 60 min and 90 min / 30 min.
        ("bounded_slowdown_mean", 2.0),
        ("first_submit_s", 0.0),
        ("last_end_s", 5400.0),
        ("makespan_s", 5400.0),
        ("tenant.research.jobs_finished", 2.0),
        ("tenant.serving.jobs_finished", 0.0),
        ("site.abilene.utilisation", 16.5 / 32.0),
    ];
    for (metric, value) in expected {
        assert_eq!(results.get(metric), Some(value), "{metric}");
    }
    let median = results.get("wait_median_s").unwrap();
    assert!((median - 600.0).abs() <= 600.0 * crate::RELATIVE_ERROR, "{median}");
    assert_eq!(results.get("site.lordstown.utilisation"), None);
    assert_eq!(results.get("tenant.serving.wait_mean_s"), None);

    // The table and the JSON say the same.
    let json = std::fs::read_to_string(scratch.join("run/summary.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let mut rows = 0;
    for batch in read::open(&scratch.join("run"), &summary_table::TABLE, &[]).unwrap() {
        let batch = batch.unwrap();
        let (scope, key) = (batch.texts("scope").unwrap(), batch.texts("key").unwrap());
        let (metric, value) = (batch.texts("metric").unwrap(), batch.numbers("value").unwrap());
        for i in 0..batch.len() {
            let part = &json[scope.get(i).unwrap()];
            let part = key.get(i).map_or(part, |key| &part[key]);
            assert_eq!(part[metric.get(i).unwrap()].as_f64(), value.get(i));
            rows += 1;
        }
    }
    assert!(rows > 100);
}
