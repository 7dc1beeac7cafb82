//! One broken log for each rule: the code, the line, the value and the hint; and bytes that make no sense at all.
#![allow(clippy::unwrap_used)]

use base::{Diagnostic, Span};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use trace::fit::{FitOptions, fit};
use trace::writers::Writer;
use trace::{Format, ReadOptions, fuzz_bytes};

const SWF: &str = "; Version: 2.2\n1 0 -1 1451 128 -1 -1 -1 -1 -1 -1 1 1 -1 -1 -1 -1 -1\n";
const PHILLY: &str = "timestamp,duration,num_gpus,gpu_time,cluster\n2017-10-09 07:01:55,66.0,1,66.0,11cb48\n";
const OPENB: &str = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,\
                     deletion_time,scheduled_time\np0,12000,16384,1,500,A|B,LS,Running,0,50,10\n";
const OWN: &str = "id,submit_s,runtime_s,gpu_milli,tenant\n7,0,60,8000,t\n";

fn folder() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mistakes");
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Every mistake of a file.
fn mistakes(name: &str, format: Format, bytes: &[u8], options: &ReadOptions) -> Vec<Diagnostic> {
    let path = folder().join(name);
    std::fs::write(&path, bytes).unwrap();
    match trace::open(&path, format, options) {
        Ok(reader) => reader.filter_map(Result::err).collect(),
        Err(mistake) => vec![mistake],
    }
}

/// What a message must say: rule, line, a part of the message, a part of the hint.
type Said = (&'static str, u64, &'static str, &'static str);

/// Checks that a file has exactly this mistake.
#[track_caller]
fn check(name: &str, format: Format, bytes: &[u8], (code, line, message, hint): Said) {
    let found = mistakes(name, format, bytes, &ReadOptions::default());
    let [one] = found.as_slice() else { panic!("{name}: {found:#?}") };
    assert_eq!(one.rule.code, code, "{one}");
    let place = one.place.as_ref().unwrap();
    assert!(place.file.ends_with(name), "{place:?}");
    assert_eq!(place.line, line, "{one}");
    assert!(one.message.contains(message), "{one}");
    assert!(one.hint.as_deref().unwrap_or_default().contains(hint), "{one}");
}

fn with(row: &str, start: &str) -> Vec<u8> {
    format!("{start}{row}\n").into_bytes()
}

#[test]
fn files_as_a_whole() {
    check("empty.csv", Format::Csv, b"", ("T012", 1, "is empty", "submit_s"));
    check("empty.parquet", Format::Parquet, b"", ("T012", 0, "is empty", "footer"));
    let whole = gzip(PHILLY.as_bytes());
    for cut in [whole.len() - 1, whole.len() - 9, whole.len() / 2] {
        check("cut.csv.gz", Format::Philly, &whole[..cut], ("T002", 0, "ends too early", "gzip -t"));
    }
    let mut wrong_sum = gzip(OWN.as_bytes());
    let at = wrong_sum.len() - 6;
    wrong_sum[at] ^= 1;
    check("sum.csv.gz", Format::Csv, &wrong_sum, ("T002", 0, "broken", "gzip -t"));
    check("junk.csv.gz", Format::Csv, b"\x1f\x8b\x08\x00junkjunkjunk", ("T002", 0, "broken", "gzip -t"));
    check("cut.zip", Format::Swf, b"PK\x03\x04\x14\x00", ("T002", 0, "ends too early", "unzip -t"));
    check("cut.parquet", Format::Parquet, b"PAR1 and then nothing PAR1", ("T017", 0, "Parquet", "CSV"));
    let missing = trace::open(Path::new("no/such.swf"), Format::Swf, &ReadOptions::default()).err().unwrap();
    assert_eq!((missing.rule.code, missing.message.contains("no such file")), ("T001", true));
    let dir = trace::open(&folder(), Format::Parquet, &ReadOptions::default()).err().unwrap();
    assert_eq!((dir.rule.code, dir.message.contains("folder")), ("T001", true));
}

#[test]
fn headers() {
    let philly = PHILLY.as_bytes();
    check("as-swf.csv", Format::Swf, philly, ("T005", 1, "not Standard Workload", "format `philly`"));
    check("as-csv.csv", Format::Csv, philly, ("T005", 1, "`csv`", "format `philly`"));
    check("as-openb.csv", Format::Openb, philly, ("T005", 1, "`openb`", "format `philly`"));
    check("as-philly.csv", Format::Philly, SWF.as_bytes(), ("T005", 1, "`philly`", "format `swf`"));
    check("as-parquet.csv", Format::Parquet, philly, ("T017", 0, "Parquet", "format `philly`"));
    let nodes = b"sn,cpu_milli,memory_mib,gpu,model\nn-0,64000,262144,2,P100\n";
    check("openb-nodes.csv", Format::Openb, nodes, ("T005", 1, "`openb`", "takes it as `nodes`"));
    let close = b"submit,runtime_s,gpu_milli\n";
    check("close.csv", Format::Csv, close, ("T005", 1, "`csv`", "`submit_s` missing"));
    let unknown = b"submit_s,runtime_s,gpu_milli,tennant\n";
    check(
        "unknown.csv",
        Format::Csv,
        unknown,
        ("T005", 1, "unknown column: `tennant`", "did you mean `tenant`?"),
    );
    let twice = b"submit_s,runtime_s,gpu_milli,submit_s\n";
    check("twice.csv", Format::Csv, twice, ("T005", 1, "twice", "columns are"));
}

#[test]
fn rows_of_text() {
    let own = |row: &str| with(row, OWN);
    check(
        "bytes.csv",
        Format::Csv,
        &[OWN.as_bytes(), b"1,2,3,4,caf\xe9\n"].concat(),
        ("T003", 3, "byte 0xe9", "iconv"),
    );
    let long = own(&format!("1,2,3,4,{}", "x".repeat(100_000)));
    check("long.csv", Format::Csv, &long, ("T004", 3, "too long", "line breaks"));
    let unbroken = "x".repeat(200_000);
    check("long.swf", Format::Swf, unbroken.as_bytes(), ("T004", 1, "too long", "line breaks"));
    check("few.csv", Format::Csv, &own("1,2,3,1000"), ("T006", 3, "4 columns", "leave it empty"));
    check("quote.csv", Format::Csv, &own("1,2,3,1000,\"t"), ("T006", 3, "quotation mark", "double"));
    check("few.swf", Format::Swf, &with("2 5 -1 1451 128", SWF), ("T006", 3, "5 columns", "`-1`"));
    for (value, code) in [
        ("NaN", "T007"),
        ("inf", "T007"),
        ("1 000", "T007"),
        ("-5", "T008"),
        ("99999999999999999999", "T008"),
        ("1e300", "T008"),
    ] {
        check("number.csv", Format::Csv, &own(&format!("1,0,{value},1000,")), (code, 3, value, "write"));
    }
    check("none.csv", Format::Csv, &own("1,0,,1000,"), ("T007", 3, "`runtime_s` is empty", "3600"));
    check("half.csv", Format::Csv, &own("1,0,5,0.5,"), ("T007", 3, "`gpu_milli`", "whole number"));
    check(
        "huge.csv",
        Format::Csv,
        &own("1,0,5,4294967296,"),
        ("T008", 3, "`gpu_milli` is too large", "4294967295"),
    );
    check("gang.csv", Format::Csv, &own("1,0,5,1500,"), ("T013", 3, "whole accelerators", "trace.md"));
    let swf = "2 5 -1 10 9999999 -1 -1 -1 -1 -1 -1 1 1 -1 -1 -1 -1 -1";
    check(
        "huge.swf",
        Format::Swf,
        &with(swf, SWF),
        ("T008", 3, "`allocated_processors` is too large", "processors"),
    );
    let swf = "2 5 -1 -7 128 -1 -1 -1 -1 -1 -1 1 1 -1 -1 -1 -1 -1";
    check("negative.swf", Format::Swf, &with(swf, SWF), ("T008", 3, "`runtime` is negative", "`-1`"));
    let date = with("2017-02-29 07:01:55,66.0,1,66.0,x", PHILLY);
    check("date.csv", Format::Philly, &date, ("T010", 3, "2017-02-29", "2017-10-09"));
    let product = with("2017-10-09 07:01:55,66.0,2,66.0,x", PHILLY);
    check("product.csv", Format::Philly, &product, ("T013", 3, "is 132", "correct"));
    let share = with("p1,1,1,1,1500,,LS,Running,0,50,10", OPENB);
    check("share.csv", Format::Openb, &share, ("T013", 3, "between 1 and 1000", "thousandths"));
    let times = with("p1,1,1,1,500,,LS,Running,20,50,10", OPENB);
    check("times.csv", Format::Openb, &times, ("T013", 3, "before `creation_time`", "seconds"));
}

#[test]
fn a_value_is_marked_in_its_line() {
    let found = mistakes("mark.csv", Format::Csv, &with("1,0,6O,1000,é", OWN), &ReadOptions::default());
    let place = found[0].place.clone().unwrap();
    assert_eq!((place.column, place.width, place.text.as_str()), (5, 2, "1,0,6O,1000,é"));
    assert_eq!((found[0].value.as_deref(), found[0].field.as_deref()), (Some("6O"), Some("runtime_s")));
}

#[test]
fn order_within_the_window_is_put_right_and_beyond_it_is_told() {
    let rows = |times: &[u64]| {
        let lines: String = times.iter().map(|t| format!("{t},1,1000\n")).collect();
        format!("submit_s,runtime_s,gpu_milli\n{lines}").into_bytes()
    };
    let options = ReadOptions { window_rows: 2, ..ReadOptions::default() };
    let near = rows(&[10, 30, 20, 5, 40, 35]);
    let path = folder().join("near.csv");
    std::fs::write(&path, &near).unwrap();
    let submits = |options: &ReadOptions| -> Vec<f64> {
        let reader = trace::open(&path, Format::Csv, options).unwrap();
        reader.map(|job| job.unwrap().submit.seconds()).collect()
    };
    let sorted = [5.0, 10.0, 20.0, 30.0, 35.0, 40.0];
    assert_eq!(submits(&ReadOptions { window_rows: 3, ..ReadOptions::default() }), sorted);
    assert_eq!(submits(&ReadOptions { sort: true, ..ReadOptions::default() }), sorted);
    // The first row has left the window of two when the fourth comes.
    let found = mistakes("near.csv", Format::Csv, &near, &options);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].rule.code, found[0].place.as_ref().unwrap().line), ("T009", 5));
}

#[test]
fn sorting_needs_room() {
    let options = ReadOptions { sort: true, sort_rows: 1, ..ReadOptions::default() };
    let bytes = with("8,1,60,8000,t", OWN);
    assert_eq!(mistakes("room.csv", Format::Csv, &bytes, &options)[0].rule.code, "T015");
    let nowhere = ReadOptions { scratch: Some("no/such/folder".into()), ..options };
    assert_eq!(mistakes("room.csv", Format::Csv, &bytes, &nowhere)[0].rule.code, "T015");
}

#[test]
fn twenty_mistakes_are_told_and_then_the_rest_is_not_read() {
    let bytes = with(&"1,x,1,1000,\n".repeat(100), OWN);
    let found = mistakes("many.csv", Format::Csv, &bytes, &ReadOptions::default());
    assert_eq!(found.len(), 21);
    assert!(found[..20].iter().all(|mistake| mistake.rule.code == "T007"));
    assert_eq!(found[20].rule.code, "T014");
}

#[test]
fn outputs_and_fits() {
    let create = |name: &str| Writer::create(Path::new(name)).err().unwrap().rule.code;
    assert_eq!(create("jobs.txt"), "T011");
    assert_eq!(create("no/such/folder/jobs.csv"), "T016");
    let path = folder().join("one.csv");
    std::fs::write(&path, OWN).unwrap();
    let reader = trace::open(&path, Format::Csv, &ReadOptions::default()).unwrap();
    assert_eq!(fit(reader, &FitOptions::default()).err().unwrap().rule.code, "T018");
}

#[test]
fn every_rule_has_a_fixture() {
    let text = include_str!("mistakes.rs");
    let missing: BTreeSet<&str> = trace::RULES
        .iter()
        .map(|rule| rule.code)
        .filter(|code| !text.contains(&format!("\"{code}\"")))
        .collect();
    assert!(missing.is_empty(), "no fixture for {missing:?}");
}

#[test]
fn an_import_leaves_nothing_half_written() {
    let folder = folder().join("import");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let (input, output) = (folder.join("in.csv"), folder.join("out.csv"));
    std::fs::write(&input, with("8,1,x,8000,t\n9,2,y,8000,t", OWN)).unwrap();
    let found = trace::import(&input, Format::Csv, &output, &ReadOptions::default()).unwrap_err();
    assert_eq!(found.iter().map(|mistake| mistake.rule.code).collect::<Vec<_>>(), ["T007", "T007"]);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    std::fs::write(&input, with("2017-10-09 07:01:00,66.0,2,132.0,b\n2017-10-09 07:01:01,,1,,b", PHILLY))
        .unwrap();
    let report = trace::import(&input, Format::Philly, &output, &ReadOptions::default()).unwrap();
    assert_eq!((report.rows, report.kept, report.length), (3, 2, Span::from_seconds(55)));
    assert_eq!((report.dropped[0].rows, report.dropped[0].first_line), (1, 4));
    assert_eq!(report.gpu_hours, 198.0 / 3600.0);
    let text = std::fs::read_to_string(&output).unwrap();
    assert_eq!(text.lines().nth(1), Some("1,0,66,,1,2000,0,0,true,,b,0"));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2, "only the input and the output");
}

/// A real log of each format, small, as bytes.
fn samples() -> Vec<(Format, Vec<u8>)> {
    let path = folder().join("sample.parquet");
    let csv = folder().join("sample.csv");
    std::fs::write(&csv, OWN).unwrap();
    trace::import(&csv, Format::Csv, &path, &ReadOptions::default()).unwrap();
    vec![
        (Format::Swf, SWF.as_bytes().to_vec()),
        (Format::Philly, PHILLY.as_bytes().to_vec()),
        (Format::Openb, OPENB.as_bytes().to_vec()),
        (Format::Csv, OWN.as_bytes().to_vec()),
        (Format::Csv, gzip(OWN.as_bytes())),
        (Format::Parquet, std::fs::read(&path).unwrap()),
    ]
}

#[test]
fn the_samples_are_read() {
    for (format, bytes) in samples() {
        assert_eq!(fuzz_bytes(format, &bytes), (1, 0), "{format:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for format in [Format::Swf, Format::Philly, Format::Openb, Format::Csv] {
            fuzz_bytes(format, &bytes);
        }
    }

    #[test]
    fn no_broken_row_panics(
        sample in 0usize..5,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..8),
        odd in "[0-9,.\"; e:|-]{0,30}",
    ) {
        let (format, mut bytes) = samples_of_text().swap_remove(sample);
        for (place, byte, kind) in changes {
            let place = place.index(bytes.len() + 1);
            match kind {
                0 if place < bytes.len() => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                2 if place < bytes.len() => { bytes.remove(place); }
                _ => { bytes.splice(place..place, odd.bytes()); }
            }
        }
        fuzz_bytes(format, &bytes);
    }
}

fn samples_of_text() -> Vec<(Format, Vec<u8>)> {
    let own = [OWN.as_bytes(), b"8,1,60,500,\"a, \"\"b\"\"\"\n"].concat();
    vec![
        (Format::Swf, SWF.as_bytes().to_vec()),
        (Format::Philly, PHILLY.as_bytes().to_vec()),
        (Format::Openb, OPENB.as_bytes().to_vec()),
        (Format::Csv, own.clone()),
        (Format::Csv, gzip(&own)),
    ]
}

#[test]
fn no_broken_parquet_stops_the_reader() {
    // The library may panic inside; the reader must not. Its message is not wanted in the output of the tests.
    let (_, bytes) = samples().swap_remove(5);
    std::panic::set_hook(Box::new(|_| {}));
    let mut broken = 0;
    for place in (0..bytes.len()).step_by(3) {
        let mut bytes = bytes.clone();
        bytes[place] ^= 0x55;
        broken += u64::from(fuzz_bytes(Format::Parquet, &bytes).1 > 0);
        fuzz_bytes(Format::Parquet, &bytes[..place]);
    }
    let _ = std::panic::take_hook();
    assert!(broken > 100, "{broken} of {} changes were noticed", bytes.len() / 3);
}
