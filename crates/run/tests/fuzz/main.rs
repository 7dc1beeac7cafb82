//! Feeds broken files to every reader: whatever is in a file, the answer is a value or diagnostics, never a panic.
//!
//! Each test is one target. It mutates small files, seeded, for as many seconds as `STARGATE_FUZZ_SECONDS` says
//! (2 if it says nothing). An input that breaks a reader is kept in `target/fuzz` and named in the failure.
//!
//! ```text
//! STARGATE_FUZZ_SECONDS=60 cargo test --release -p run --test fuzz -- --nocapture
//! ```

#![allow(clippy::unwrap_used)]

mod mutate;

use mutate::{Corpus, Mutator};
use scenario::Origin;
use std::cell::RefCell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, Instant};
use trace::{Format, ReadOptions};

/// Records that are read of one input: a broken one may stand for endless records.
const MOST_RECORDS: usize = 5_000;

/// Longest time that a reader may take for one input.
const MOST_TIME: Duration = Duration::from_secs(10);

fn seconds() -> u64 {
    std::env::var("STARGATE_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

thread_local! {
    /// What the reader said as it panicked, while one is at work.
    static READING: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the words of a panic inside a reader: the library that reads Parquet panics on some files, and our reader
/// makes a diagnostic of that, so that it would only be noise.
fn keep_words_of_readers() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let kept = READING.with_borrow_mut(|words| words.as_mut().map(|words| *words = info.to_string()));
            if kept.is_none() {
                usual(info);
            }
        }));
    });
}

/// Mutates the corpus for a while and hands each input to `read`, as bytes and as a file of this name.
fn fuzz(target: &str, file_name: &str, corpus: Corpus, read: impl Fn(&[u8], &Path)) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{target}"));
    fs::create_dir_all(&folder).unwrap();
    keep_words_of_readers();
    let path = folder.join(file_name);
    let mut mutator = Mutator::new(target, corpus);
    let (begun, limit) = (Instant::now(), Duration::from_secs(seconds()));
    let mut inputs = 0u64;
    while begun.elapsed() < limit {
        let bytes = mutator.next();
        fs::write(&path, &bytes).unwrap();
        let (one, before) = (AssertUnwindSafe(|| read(&bytes, &path)), Instant::now());
        READING.set(Some(String::new()));
        let panicked = catch_unwind(one).is_err();
        let words = READING.take().unwrap_or_default();
        if panicked || before.elapsed() > MOST_TIME {
            let kept = keep(target, inputs, &bytes);
            let what = if panicked { format!("panics ({words})") } else { "takes too long".to_owned() };
            panic!("target {target}, input {inputs}: the reader {what} on {}", kept.display());
        }
        inputs += 1;
    }
    println!("fuzz {target}: {inputs} inputs in {:.0} s", begun.elapsed().as_secs_f64());
    assert!(inputs > 0);
}

fn keep(target: &str, number: u64, bytes: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../fuzz");
    fs::create_dir_all(&folder).unwrap();
    let kept = folder.join(format!("{target}-{number}"));
    fs::write(&kept, bytes).unwrap();
    kept
}

fn fuzz_trace(format: Format, file_name: &str, corpus: &[&[u8]]) {
    fuzz(format.name(), file_name, Corpus::of(corpus), |_, path| {
        if let Ok(reader) = trace::open(path, format, &ReadOptions::default()) {
            reader.take(MOST_RECORDS).for_each(drop);
        }
    });
}

const SWF: &[u8] =
    b"; Version: 2.2\n; Computer: small\n; UnixStartTime: 749458803\n; TimeZoneString: US/Pacific\n\
; MaxNodes: 128\n; MaxProcs: 128\n; Queue: 1 wait=86400\n\
1 0 -1 1451 128 -1 -1 128 -1 -1 1 1 1 1 -1 -1 -1 -1\n\
2 1460 5 3726 128 0.5 -1 128 3600 -1 1 1 1 1 -1 -1 -1 -1\n\
3 5198 -1 -1 128 -1 -1 -1 -1 -1 5 1 1 1 -1 -1 2 10\n";

const PHILLY: &[u8] = b"timestamp,duration,num_gpus,gpu_time,cluster\n\
2017-10-09 07:01:56,5000,1,5000,6c71a0\n2017-10-09 07:02:01,60.5,8,484,6c71a0\n2017-10-09 08:00:00,0,2,0,103959\n";

const OPENB: &[u8] = b"name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n\
openb-pod-0000,12000,16384,1,1000,,LS,Running,0,12537496,0\n\
openb-pod-0001,6000,12288,1,460,V100M16|V100M32,LS,Succeeded,427061,12902960,427061\n\
openb-pod-0002,4000,8192,0,0,,BE,Failed,500000,600000,\n";

const OPENB_NODES: &[u8] = b"sn,cpu_milli,memory_mib,gpu,model\n\
openb-node-0000,32000,262144,0,\nopenb-node-0001,64000,262144,2,P100\nopenb-node-0228,96000,393216,8,V100M32\n";

const CSV: &[u8] = b"id,submit_s,runtime_s,requested_s,tasks,gpu_milli,cpu_milli,memory_mib,divisible,accelerators,tenant,priority\n\
0,0,3600,7200,1,8000,96000,786432,false,H100|H200,research,0\n1,12.5,60,,4,500,,,false,,,5\n";

#[test]
fn swf() {
    fuzz_trace(Format::Swf, "log.swf", &[SWF]);
}

#[test]
fn philly() {
    fuzz_trace(Format::Philly, "philly.csv", &[PHILLY]);
}

#[test]
fn openb() {
    fuzz_trace(Format::Openb, "openb.csv", &[OPENB]);
}

#[test]
fn openb_nodes() {
    fuzz("openb-nodes", "nodes.csv", Corpus::of(&[OPENB_NODES]), |_, path| {
        let _ = trace::nodes::read_openb_nodes(path);
    });
}

#[test]
fn csv() {
    fuzz_trace(Format::Csv, "jobs.csv", &[CSV]);
}

#[test]
fn parquet() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (text, packed) = (folder.join("corpus.csv"), folder.join("corpus.parquet"));
    fs::write(&text, CSV).unwrap();
    trace::import(&text, Format::Csv, &packed, &ReadOptions::default()).unwrap();
    fuzz_trace(Format::Parquet, "jobs.parquet", &[&fs::read(packed).unwrap()]);
}

/// A mutated gzip header or stream, in front of the row reader.
#[test]
fn gzip() {
    let packed = gzip_stored(SWF);
    fuzz("gzip", "log.swf.gz", Corpus::of(&[&packed]), |_, path| {
        if let Ok(reader) = trace::open(path, Format::Swf, &ReadOptions::default()) {
            reader.take(MOST_RECORDS).for_each(drop);
        }
    });
}

/// A gzip member with one stored block: small enough to be written by hand.
fn gzip_stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    let length = u16::try_from(data.len()).unwrap();
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(data);
    out.extend(crc32(data).to_le_bytes());
    out.extend(u32::from(length).to_le_bytes());
    out
}

fn crc32(data: &[u8]) -> u32 {
    let step = |crc: u32, _: u8| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !data.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[test]
fn the_hand_written_gzip_is_read() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stored.swf.gz");
    fs::write(&path, gzip_stored(SWF)).unwrap();
    let reader = trace::open(&path, Format::Swf, &ReadOptions::default()).unwrap();
    assert_eq!(reader.filter(Result::is_ok).count(), 2, "the third job never ran");
}

/// Scenarios: read, and what passes the checks runs for a while.
#[test]
fn scenarios() {
    let texts: Vec<&[u8]> = scenario::BUILTINS.iter().map(|(_, text)| text.as_bytes()).collect();
    fuzz("scenario", "scenario.toml", Corpus::of(&texts), |bytes, path| {
        let reading = match std::str::from_utf8(bytes) {
            Ok(text) => scenario::read(&Origin::Text { name: "fuzz".to_owned(), text: text.to_owned() }, &[]),
            Err(_) => scenario::read(&Origin::File(path.to_owned()), &[]),
        };
        if let Some(world) = reading.world.filter(|_| !reading.diagnostics.has_errors()) {
            start(world);
        }
    });
}

/// The first jobs of a world that is not too large to try.
fn start(mut world: scenario::World) {
    const MOST_NODES: u64 = 20_000;
    let nodes = |(id, count): &(base::id::SystemId, u32)| {
        u64::from(*count) * u64::from(world.systems[id.index()].nodes)
    };
    if world.blocks.iter().flat_map(|block| &block.equipment).map(nodes).sum::<u64>() > MOST_NODES {
        return;
    }
    world.end = world.end.min(world.start.saturating_add(base::Span::DAY));
    let Ok(mut jobs) = run::Jobs::open(&world) else { return };
    let typical = jobs.typical();
    let mut simulation = twin::simulation(&world, &typical);
    let end = world.end;
    let mut jobs = jobs.take(500).peekable();
    simulation.run(&mut jobs, end, |_, _| std::ops::ControlFlow::Continue(()));
    simulation.finish(|twin, now, context| twin.close(now, context));
}
