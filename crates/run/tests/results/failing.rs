//! A run that cannot give results leaves nothing behind, and what was there stays.

use super::{SMALL, failure, files, folder, names, options, run_to_end, world};
use run::RunError;
use std::fs;

#[test]
fn a_trace_that_breaks_in_the_middle_leaves_nothing() {
    let folder = folder("broken-trace");
    let mut rows: String = (0..2000).map(|i| format!("{},3600,8000\n", i * 60)).collect();
    rows.push_str("120000,sixty,8000\n130000,-5,8000\n");
    fs::write(folder.join("jobs.csv"), format!("submit_s,runtime_s,gpu_milli\n{rows}")).unwrap();
    let at = SMALL.find("[workload.training]").unwrap();
    let path = folder.join("jobs.csv");
    let text = format!("{}[workload.log]\ntenant = \"research\"\ntrace = {path:?}\n", &SMALL[..at]);
    let world = world(&text, &[]);
    let error = failure(&world, &options(folder.join("out")));
    let RunError::Inputs(mistakes) = error else { panic!("{error}") };
    let lines: Vec<u64> = mistakes.iter().map(|mistake| mistake.place.as_ref().unwrap().line).collect();
    assert_eq!(lines, [2002, 2003], "both mistakes are told: {mistakes:#?}");
    assert_eq!(names(&folder), ["jobs.csv"]);
}

#[test]
fn a_folder_of_something_else_is_not_touched() {
    let folder = folder("occupied");
    let world = world(SMALL, &[]);
    for occupied in ["out", "out.partial"] {
        fs::create_dir(folder.join(occupied)).unwrap();
        fs::write(folder.join(occupied).join("thesis.txt"), "three years of work").unwrap();
        let error = failure(&world, &options(folder.join("out")));
        assert!(matches!(error, RunError::Tables(_)), "{error}");
        assert_eq!(names(&folder), [occupied]);
        assert_eq!(names(&folder.join(occupied)), ["thesis.txt"]);
        fs::remove_dir_all(folder.join(occupied)).unwrap();
    }
    fs::write(folder.join("out"), "a file").unwrap();
    failure(&world, &options(folder.join("out")));
    assert_eq!(fs::read(folder.join("out")).unwrap(), b"a file");
}

#[test]
fn an_earlier_run_stays_until_the_new_one_is_complete() {
    let folder = folder("earlier");
    let options = options(folder.join("out"));
    run_to_end(&world(SMALL, &[]), &options);
    let before = files(&folder.join("out"));
    let wrong = world(&SMALL.replace("jobs_submitted", "jobs_submited"), &[]);
    let RunError::Inputs(mistakes) = failure(&wrong, &options) else { panic!("an unknown metric") };
    assert_eq!(mistakes.0[0].rule.code, "R004");
    assert_eq!(mistakes.0[0].hint.as_deref(), Some("did you mean `jobs_submitted`?"));
    assert_eq!(files(&folder.join("out")), before);
    run_to_end(&world(SMALL, &["seed=9"]), &options);
    assert_ne!(files(&folder.join("out")), before);
    assert_eq!(names(&folder), ["out"]);
}
