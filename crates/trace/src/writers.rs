//! Writes jobs in our own form: CSV, gzipped CSV or Parquet.
//!
//! The file is written beside its place and renamed when it is whole. The same jobs give the same bytes.

use crate::columns::{COLUMNS, Kind, NAMES};
use crate::record::JobRecord;
use crate::rules;
use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::file::properties::WriterProperties;
use arrow_array::builder::{
    BooleanBuilder, Decimal128Builder, Int32Builder, StringBuilder, UInt32Builder, UInt64Builder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use base::{Diagnostic, Place, Span};
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Writes one log.
pub struct Writer {
    body: Body,
    path: PathBuf,
    part: PathBuf,
    rows: u64,
    finished: bool,
}

enum Body {
    Csv(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Parquet(Box<ParquetBody>),
    /// Closed.
    Done,
}

impl Writer {
    /// Begins a log; the form comes from the name: `.csv`, `.csv.gz` or `.parquet`.
    pub fn create(path: &Path) -> Result<Writer, Diagnostic> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let lower = name.to_ascii_lowercase();
        if ![".csv", ".csv.gz", ".parquet"].iter().any(|end| lower.ends_with(end)) {
            let message = format!("cannot tell the form of `{}` from its name", path.display());
            return Err(Diagnostic::error(rules::FORMAT, message)
                .with_place(Place::file(path.display().to_string()))
                .with_hint("end the output in `.csv`, `.csv.gz` or `.parquet`"));
        }
        let part = path.with_file_name(format!(".{name}.part"));
        let opened = File::create(&part).and_then(|file| {
            let file = BufWriter::with_capacity(1 << 16, file);
            Ok(if lower.ends_with(".parquet") {
                Body::Parquet(Box::new(ParquetBody::new(file)?))
            } else if lower.ends_with(".gz") {
                Body::Gzip(GzEncoder::new(file, flate2::Compression::default()))
            } else {
                Body::Csv(file)
            })
        });
        let body = opened.map_err(|error| unwritable(path, &error))?;
        let mut writer = Writer { body, path: path.to_path_buf(), part, rows: 0, finished: false };
        writer.put(format!("{}\n", NAMES.join(",")).as_bytes())?;
        Ok(writer)
    }

    /// Adds a job.
    pub fn write(&mut self, job: &JobRecord) -> Result<(), Diagnostic> {
        self.rows += 1;
        if let Body::Parquet(body) = &mut self.body {
            let spans = [job.submit, job.runtime, job.requested.unwrap_or_default()];
            if spans.iter().any(|span| span.0.unsigned_abs() > MOST_NANOS) {
                let message =
                    format!("a time of job {} is beyond the 31 years that Parquet can hold", job.id);
                return Err(Diagnostic::error(rules::UNWRITABLE, message)
                    .with_place(Place::file(self.path.display().to_string()))
                    .with_hint("write CSV instead"));
            }
            return body.write(job).map_err(|error| unwritable(&self.path, &error));
        }
        let mut line = Vec::with_capacity(96);
        if !put_line(&mut line, job) {
            let message = format!("a name of job {} has a line break: CSV cannot hold it", job.id);
            return Err(Diagnostic::error(rules::UNWRITABLE, message)
                .with_place(Place::file(self.path.display().to_string()))
                .with_hint("write Parquet instead"));
        }
        self.put(&line)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Diagnostic> {
        let written = match &mut self.body {
            Body::Csv(file) => file.write_all(bytes),
            Body::Gzip(file) => file.write_all(bytes),
            Body::Parquet(_) | Body::Done => Ok(()),
        };
        written.map_err(|error| unwritable(&self.path, &error))
    }

    /// Ends the log, puts it in its place and says how many jobs it has.
    pub fn finish(mut self) -> Result<u64, Diagnostic> {
        let closed = match std::mem::replace(&mut self.body, Body::Done) {
            Body::Csv(file) => file.into_inner().map_err(|error| error.into_error()),
            Body::Gzip(file) => {
                file.finish().and_then(|file| file.into_inner().map_err(|error| error.into_error()))
            }
            Body::Parquet(body) => body.finish(),
            Body::Done => Err(io::Error::other("it is closed already")),
        };
        closed
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&self.part, &self.path))
            .map_err(|error| unwritable(&self.path, &error))?;
        self.finished = true;
        Ok(self.rows)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished {
            // Half a log is no log. If it cannot be removed either, there is nobody here to tell.
            let _ = fs::remove_file(&self.part);
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Diagnostic {
    let name = path.display().to_string();
    let why = error.to_string().to_lowercase();
    Diagnostic::error(rules::UNWRITABLE, format!("cannot write `{name}`: {why}"))
        .with_place(Place::file(name))
        .with_hint("check that the folder exists, may be written and has room")
}

/// One line of CSV; false where a name has a line break.
fn put_line(line: &mut Vec<u8>, job: &JobRecord) -> bool {
    let demand = &job.demand;
    // Writing to memory cannot fail.
    let _ = write!(line, "{},", job.id);
    put_seconds(line, job.submit);
    line.push(b',');
    put_seconds(line, job.runtime);
    line.push(b',');
    if let Some(requested) = job.requested {
        put_seconds(line, requested);
    }
    let _ = write!(
        line,
        ",{},{},{},{},{},",
        demand.tasks, demand.gpu_milli, demand.cpu_milli, demand.memory_mib, demand.divisible
    );
    let models = put_text(line, &job.accelerators.join("|"));
    line.push(b',');
    let tenant = put_text(line, job.tenant.as_deref().unwrap_or_default());
    let _ = writeln!(line, ",{}", job.priority);
    models && tenant
}

/// Seconds with as many decimals as there are.
fn put_seconds(line: &mut Vec<u8>, span: Span) {
    let nanos = span.0.unsigned_abs();
    let sign = if span.0 < 0 { "-" } else { "" };
    let _ = write!(line, "{sign}{}", nanos / 1_000_000_000);
    let part = nanos % 1_000_000_000;
    if part > 0 {
        let _ = write!(line, ".{part:09}");
        while line.last() == Some(&b'0') {
            line.pop();
        }
    }
}

fn put_text(line: &mut Vec<u8>, text: &str) -> bool {
    let text = text.trim();
    if text.contains(['\n', '\r']) {
        return false;
    }
    if text.contains([',', '"']) {
        let _ = write!(line, "\"{}\"", text.replace('"', "\"\""));
    } else {
        line.extend(text.as_bytes());
    }
    true
}

/// Rows of one batch.
const BATCH: usize = 1 << 16;

/// Columns on their way to a Parquet file.
struct ParquetBody {
    writer: ArrowWriter<BufWriter<File>>,
    schema: Arc<Schema>,
    longs: UInt64Builder,
    seconds: [Decimal128Builder; 3],
    counts: [UInt32Builder; 4],
    divisible: BooleanBuilder,
    texts: [StringBuilder; 2],
    priority: Int32Builder,
    held: usize,
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::other(error)
}

/// `DECIMAL(18,9)`: seconds to the nanosecond.
const SECONDS: DataType = DataType::Decimal128(18, 9);

/// The most that `DECIMAL(18,9)` holds.
const MOST_NANOS: u64 = 999_999_999_999_999_999;

fn seconds_builder() -> Decimal128Builder {
    Decimal128Builder::new().with_data_type(SECONDS)
}

impl ParquetBody {
    fn new(file: BufWriter<File>) -> io::Result<ParquetBody> {
        let fields = COLUMNS.iter().map(|column| {
            let data = match column.kind {
                Kind::Long => DataType::UInt64,
                Kind::Count => DataType::UInt32,
                Kind::Signed => DataType::Int32,
                Kind::Seconds => SECONDS,
                Kind::Flag => DataType::Boolean,
                Kind::Text => DataType::Utf8,
            };
            let nullable = matches!(column.name, "requested_s" | "accelerators" | "tenant");
            Field::new(column.name, data, nullable)
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<Field>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).map_err(other)?))
            .set_created_by("stargate".to_string())
            .build();
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(other)?;
        Ok(ParquetBody {
            writer,
            schema,
            longs: UInt64Builder::new(),
            seconds: [seconds_builder(), seconds_builder(), seconds_builder()],
            counts: [UInt32Builder::new(), UInt32Builder::new(), UInt32Builder::new(), UInt32Builder::new()],
            divisible: BooleanBuilder::new(),
            texts: [StringBuilder::new(), StringBuilder::new()],
            priority: Int32Builder::new(),
            held: 0,
        })
    }

    fn write(&mut self, job: &JobRecord) -> io::Result<()> {
        self.longs.append_value(job.id);
        let spans = [Some(job.submit), Some(job.runtime), job.requested];
        for (builder, span) in self.seconds.iter_mut().zip(spans) {
            builder.append_option(span.map(|span| i128::from(span.0)));
        }
        let demand = &job.demand;
        let counts = [demand.tasks, demand.gpu_milli, demand.cpu_milli, demand.memory_mib];
        for (builder, count) in self.counts.iter_mut().zip(counts) {
            builder.append_value(count);
        }
        self.divisible.append_value(demand.divisible);
        let models = (!job.accelerators.is_empty()).then(|| job.accelerators.join("|"));
        self.texts[0].append_option(models);
        self.texts[1].append_option(job.tenant.as_deref());
        self.priority.append_value(job.priority);
        self.held += 1;
        if self.held == BATCH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let [submit, runtime, requested] = &mut self.seconds;
        let [tasks, gpu, cpu, memory] = &mut self.counts;
        let [models, tenant] = &mut self.texts;
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(self.longs.finish()),
            Arc::new(submit.finish()),
            Arc::new(runtime.finish()),
            Arc::new(requested.finish()),
            Arc::new(tasks.finish()),
            Arc::new(gpu.finish()),
            Arc::new(cpu.finish()),
            Arc::new(memory.finish()),
            Arc::new(self.divisible.finish()),
            Arc::new(models.finish()),
            Arc::new(tenant.finish()),
            Arc::new(self.priority.finish()),
        ];
        self.held = 0;
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(other)?;
        self.writer.write(&batch).map_err(other)
    }

    fn finish(mut self) -> io::Result<File> {
        self.flush()?;
        let file = self.writer.into_inner().map_err(other)?;
        file.into_inner().map_err(|error| error.into_error())
    }
}
