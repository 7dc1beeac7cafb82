//! CSV and the timeline: read back by other readers than ours.

use super::fixture::{Scratch, made_up, start, world, write_all};
use crate::{Options, TABLES, figures, jobs, read};
use base::SimTime;
use serde_json::Value;
use std::collections::BTreeMap;
use twin::Fact;

/// A CSV reader as the RFC has it, slow and obvious.
fn records(text: &str) -> Vec<Vec<Option<String>>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut was_quoted) = (false, false);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            ',' | '\n' if !quoted => {
                let value = std::mem::take(&mut field);
                record.push(Some(value).filter(|value| was_quoted || !value.is_empty()));
                was_quoted = false;
                if c == '\n' {
                    records.push(std::mem::take(&mut record));
                }
            }
            _ => field.push(c),
        }
    }
    assert!(record.is_empty() && field.is_empty() && !quoted);
    records
}

#[test]
fn csv_says_the_same_as_parquet() {
    let scratch = Scratch::new();
    let options = Options { csv: true, ..Options::default() };
    write_all(&scratch.join("run"), &options, &made_up(200, 21)).unwrap();
    for table in TABLES {
        let text = std::fs::read_to_string(scratch.join("run").join(table.csv_name())).unwrap();
        let mut lines = records(&text).into_iter();
        let header: Vec<String> = lines.next().unwrap().into_iter().flatten().collect();
        assert_eq!(header, table.columns.iter().map(|column| column.name).collect::<Vec<_>>());
        for batch in read::open(&scratch.join("run"), table, &[]).unwrap() {
            let batch = batch.unwrap();
            for i in 0..batch.len() {
                let cells: Vec<_> = table.columns.iter().map(|c| batch.cell(i, c.name).unwrap()).collect();
                assert_eq!(lines.next().unwrap(), cells, "{} row {i}", table.name);
            }
        }
        assert_eq!(lines.next(), None);
    }
    let figures = std::fs::read_to_string(scratch.join("run").join(figures::TABLE.csv_name())).unwrap();
    assert!(figures.contains("\"a \"\"map\"\", folded\",two.toml:12"), "{figures}");
    // Instants and numbers come back exactly.
    let first = std::fs::read_to_string(scratch.join("run").join(jobs::TABLE.csv_name())).unwrap();
    let first = &records(&first)[1];
    let batch = read::open(&scratch.join("run"), &jobs::TABLE, &[]).unwrap().next().unwrap().unwrap();
    let submit = first[8].as_deref().and_then(SimTime::parse);
    assert_eq!(submit, batch.instants("submitted").unwrap().get(0));
    let wait = first[12].as_deref().and_then(|text| text.parse::<f64>().ok());
    assert_eq!(wait, batch.numbers("wait_s").unwrap().get(0));
}

#[test]
fn the_timeline_has_each_stretch_of_each_job_on_a_lane_of_its_own() {
    let scratch = Scratch::new();
    let told = made_up(300, 22);
    let options = Options { trace_json: true, ..Options::default() };
    write_all(&scratch.join("run"), &options, &told).unwrap();
    let text = std::fs::read_to_string(scratch.join("run/jobs.trace.json")).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let events = json["traceEvents"].as_array().unwrap();

    // Stretches by site and lane, in nanoseconds from the start.
    let mut lanes: BTreeMap<(u64, u64), Vec<(i64, i64)>> = BTreeMap::new();
    let mut stretches: BTreeMap<u64, Vec<(i64, i64)>> = BTreeMap::new();
    let nanos = |value: &Value| (value.as_f64().unwrap() * 1000.0).round() as i64;
    for event in events.iter().filter(|event| event["ph"] == "X") {
        let (from, length) = (nanos(&event["ts"]), nanos(&event["dur"]));
        let place = (event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap());
        lanes.entry(place).or_default().push((from, from + length));
        let job = event["args"]["job"].as_u64().unwrap();
        assert_eq!(event["name"], format!("job {job}"));
        stretches.entry(job).or_default().push((from, from + length));
    }
    for stretches in lanes.values_mut() {
        stretches.sort_unstable();
        assert!(stretches.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{stretches:?}");
    }
    let mut expected: BTreeMap<u64, Vec<(i64, i64)>> = BTreeMap::new();
    let mut running: BTreeMap<u64, i64> = BTreeMap::new();
    for (now, fact) in told.iter().flat_map(|(now, facts)| facts.iter().map(|fact| (*now, fact))) {
        let at = (now - start()).0;
        match fact {
            Fact::JobStarted { job, .. } => assert_eq!(running.insert(*job, at), None),
            Fact::JobPreempted { job, .. } => {
                expected.entry(*job).or_default().push((running.remove(job).unwrap(), at));
            }
            Fact::JobEnded(row) => {
                if let Some(from) = running.remove(&row.job) {
                    expected.entry(row.job).or_default().push((from, at));
                }
            }
            _ => {}
        }
    }
    assert!(expected.values().any(|stretches| stretches.len() == 2), "no job was preempted");
    assert_eq!(stretches, expected);

    // Names of processes and threads, and two counters for each hour.
    let named = |name: &str| events.iter().filter(|event| event["name"] == name).count();
    assert_eq!(named("process_name"), world().sites.len());
    assert_eq!(named("thread_name"), lanes.len());
    assert_eq!(named("queued jobs"), 2);
    assert!(events.iter().all(|event| event["pid"].as_u64().is_some() && event["ph"].is_string()));
    assert!(json["displayTimeUnit"] == "ms");
}
