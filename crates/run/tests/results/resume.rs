//! Stopped and resumed, snapshots often or never: the same bytes.

use super::{SMALL, StopAfter, files, folder, names, options, run_to_end, world};
use base::Span;
use run::{Observer, Options, Outcome, Progress, RunError, execute};
use std::fs;
use std::ops::ControlFlow;

/// Combinations that keep state of different kinds.
const POLICIES: &[&[&str]] = &[
    &[],
    &["policy.backfill=conservative", "policy.order=fair_share", "policy.placement=fgd"],
    &[
        "policy.backfill=none",
        "policy.order=sjf",
        "policy.placement=dot_product",
        "policy.site_choice=cheapest",
    ],
    &["policy.placement=domain_pack", "policy.site_choice=most_free", "policy.preemption=false"],
];

#[test]
fn a_run_stopped_anywhere_and_resumed_writes_the_same_bytes() {
    for (index, sets) in POLICIES.iter().enumerate() {
        let world = world(SMALL, sets);
        let folder = folder(&format!("resume-{index}"));
        run_to_end(&world, &options(folder.join("whole")));
        let whole = files(&folder.join("whole"));
        assert!(whole.len() > 10, "tables in two forms, summary, manifest, timeline: {:?}", whole.keys());

        for stop_every in [1500, 333, 97] {
            let out = folder.join("cut");
            let mut options = options(out.clone());
            let mut pieces = 0;
            loop {
                pieces += 1;
                match execute(&world, &[], &options, &mut StopAfter(Some(stop_every))).unwrap() {
                    Outcome::Finished(_) => break,
                    Outcome::Stopped { partial, .. } => assert!(partial.is_dir() && !out.exists()),
                }
                options.resume = true;
            }
            assert!(pieces > 1, "it was cut at least once");
            assert_eq!(files(&out), whole, "policies {sets:?}, stopped after every {stop_every} instants");
            fs::remove_dir_all(out).unwrap();
        }
        assert_eq!(names(&folder), ["whole"], "nothing else is left");
    }
}

/// A process that is killed leaves what it had written since the last snapshot; it must not show in the results.
#[test]
fn what_was_written_after_the_last_snapshot_is_written_again() {
    struct Killed(u64);
    impl Observer for Killed {
        fn instant(&mut self, progress: &Progress) -> ControlFlow<()> {
            self.0 -= 1;
            assert!(self.0 > 0, "killed at {}", progress.now);
            ControlFlow::Continue(())
        }
    }
    let world = world(SMALL, &[]);
    let folder = folder("killed");
    run_to_end(&world, &options(folder.join("whole")));
    let often = Options { snapshot_every: Some(Span::from_hours(3)), ..options(folder.join("cut")) };
    let killed = std::panic::catch_unwind(|| execute(&world, &[], &often, &mut Killed(1200)).map(drop));
    assert!(killed.is_err());
    run_to_end(&world, &Options { resume: true, ..often });
    assert_eq!(files(&folder.join("cut")), files(&folder.join("whole")));
}

#[test]
fn how_often_snapshots_are_taken_shows_nowhere() {
    let world = world(SMALL, &[]);
    let folder = folder("often");
    run_to_end(&world, &options(folder.join("quarter")));
    let hourly = Options { snapshot_every: Some(Span::HOUR), ..options(folder.join("hourly")) };
    run_to_end(&world, &hourly);
    let never = Options { snapshot_every: Some(Span::FOREVER), ..options(folder.join("never")) };
    run_to_end(&world, &never);
    assert_eq!(files(&folder.join("hourly")), files(&folder.join("quarter")));
    assert_eq!(files(&folder.join("never")), files(&folder.join("quarter")));
}

#[test]
fn a_snapshot_is_used_only_with_what_it_belongs_to() {
    let small = world(SMALL, &[]);
    let folder = folder("mismatch");
    let options = options(folder.join("out"));
    let resume = Options { resume: true, ..options.clone() };

    let nothing = execute(&small, &[], &resume, &mut StopAfter(None)).unwrap_err();
    assert!(matches!(nothing, RunError::NothingToResume(_)), "{nothing}");
    assert!(names(&folder).is_empty());

    execute(&small, &[], &options, &mut StopAfter(Some(500))).unwrap();
    let other = world(SMALL, &["seed=8"]);
    let wrong = execute(&other, &[], &resume, &mut StopAfter(None)).unwrap_err();
    assert!(wrong.to_string().contains("the scenario or its files have changed"), "{wrong}");

    let snapshot = folder.join("out.partial/parts/snapshot.bin");
    let good = fs::read(&snapshot).unwrap();
    for (damage, reason) in [(good[..good.len() / 2].to_vec(), "damaged"), (good[..30].to_vec(), "short")] {
        fs::write(&snapshot, damage).unwrap();
        let wrong = execute(&small, &[], &resume, &mut StopAfter(None)).unwrap_err();
        assert!(wrong.to_string().contains(reason), "{wrong}");
    }
    fs::write(&snapshot, good).unwrap();
    run_to_end(&small, &resume);
}

#[test]
fn two_runs_say_the_same() {
    for sets in POLICIES {
        let compared = run::twice(&world(SMALL, sets), &mut StopAfter(None)).unwrap();
        assert!(matches!(compared, run::Compared::Same), "{compared:?}");
    }
    let compared = run::twice(&world(SMALL, &[]), &mut StopAfter(Some(200))).unwrap();
    assert!(matches!(compared, run::Compared::Stopped(at) if at > base::SimTime(0)), "{compared:?}");
}
