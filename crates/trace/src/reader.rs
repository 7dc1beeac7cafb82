//! One reader for every format.

use crate::fault::{At, Fault};
use crate::format::Format;
use crate::input::Input;
use crate::lines::{Line, Lines};
use crate::meter::Meter;
use crate::order::Window;
use crate::record::JobRecord;
use crate::sort::Room;
use crate::sort::{Sortable, Sorted, Sorter};
use crate::{openb, own, parquet, philly, rules, swf};
use ::parquet::file::reader::ChunkReader;
use base::{Diagnostic, Place, SimTime, Span, closest};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a log is read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Rows held back to put a log in order that is nearly so.
    pub window_rows: usize,
    /// The longest line, in bytes.
    pub max_line_bytes: usize,
    /// Mistakes after which reading stops.
    pub max_mistakes: usize,
    /// Sort the log, whatever its format and order; otherwise a row that is too far out of order is a mistake.
    pub sort: bool,
    /// Rows of an unsorted log that are sorted in memory; more need `scratch`.
    pub sort_rows: usize,
    /// A folder for the temporary files of a sort; they are removed again.
    pub scratch: Option<PathBuf>,
    /// Tenants whose jobs are left out, by the name that the log gives them.
    pub leave_out: Vec<String>,
    /// How Standard Workload Format is understood.
    pub swf: swf::SwfOptions,
    /// Openb pods that were never scheduled become jobs that run from creation to deletion; otherwise they are dropped.
    pub openb_unscheduled: bool,
    /// Where to count the bytes read; it can also stop the reader.
    pub meter: Option<Arc<Meter>>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions {
            window_rows: 1024,
            max_line_bytes: 1 << 16,
            max_mistakes: 20,
            sort: false,
            sort_rows: 4_000_000,
            scratch: None,
            leave_out: Vec::new(),
            swf: swf::SwfOptions::default(),
            openb_unscheduled: false,
            meter: None,
        }
    }
}

impl ReadOptions {
    pub(crate) fn room(&self) -> Room {
        Room { rows: self.sort_rows, scratch: self.scratch.clone() }
    }
}

/// Rows that a reader left out on purpose, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Why.
    pub reason: &'static str,
    /// How many.
    pub rows: u64,
    /// The line of the first.
    pub first_line: u64,
}

/// What a reader counts as it goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub dropped: Vec<Dropped>,
    pub rows: u64,
    /// Tenants of which rows were left out by [`ReadOptions::leave_out`].
    pub left_out: BTreeSet<String>,
}

impl Log {
    /// Leaves out a row for its tenant.
    pub(crate) fn leave_out(&mut self, tenant: &str, line: u64) {
        if !self.left_out.contains(tenant) {
            self.left_out.insert(tenant.to_owned());
        }
        self.drop_row(LEFT_OUT, line);
    }

    pub(crate) fn drop_row(&mut self, reason: &'static str, line: u64) {
        match self.dropped.iter_mut().find(|dropped| dropped.reason == reason) {
            Some(dropped) => dropped.rows += 1,
            None => self.dropped.push(Dropped { reason, rows: 1, first_line: line }),
        }
    }
}

/// The rows of one format.
pub(crate) trait Rows {
    /// The next row with its line. After an error the next call goes on with the next row, or says that there is none.
    fn next_row(&mut self, log: &mut Log) -> Option<Result<(JobRecord, u64), Fault>>;
    /// When the log begins, if it says so.
    fn start(&self) -> Option<SimTime> {
        None
    }
    /// Whether the rows come sorted, whatever the file's order.
    fn sorted(&self) -> bool {
        false
    }
}

/// A row of text to something.
pub(crate) trait Parser {
    /// What a row becomes.
    type Row;
    /// Reads a line; `None` for a line that is no row, or a row that is dropped.
    fn row(&mut self, at: At<'_>, log: &mut Log) -> Result<Option<Self::Row>, Fault>;
}

/// The rows of a text file.
pub(crate) struct TextRows<P> {
    pub lines: Lines,
    pub name: String,
    pub parser: P,
    pub ended: bool,
}

impl<P: Parser> TextRows<P> {
    pub(crate) fn new(lines: Lines, name: String, parser: P) -> TextRows<P> {
        TextRows { lines, name, parser, ended: false }
    }

    pub(crate) fn next(&mut self, log: &mut Log) -> Option<Result<P::Row, Fault>> {
        while !self.ended {
            match next_line(&mut self.lines, &self.name) {
                Ok(Some(at)) => match self.parser.row(at, log) {
                    Ok(Some(row)) => return Some(Ok(row)),
                    Ok(None) => {}
                    Err(fault) => return Some(Err(fault)),
                },
                Ok(None) => self.ended = true,
                Err((fault, fatal)) => {
                    self.ended = fatal;
                    return Some(Err(fault));
                }
            }
        }
        None
    }
}

impl<P: Parser<Row = JobRecord>> Rows for TextRows<P> {
    fn next_row(&mut self, log: &mut Log) -> Option<Result<(JobRecord, u64), Fault>> {
        let row = self.next(log)?;
        Some(row.map(|record| (record, self.lines.number())))
    }
}

/// The next line; a mistake comes with whether it is the end.
pub(crate) fn next_line<'a>(lines: &'a mut Lines, name: &'a str) -> Result<Option<At<'a>>, (Fault, bool)> {
    let number = lines.number() + 1;
    match lines.next() {
        Line::Text(text) => {
            let at = At { file: name, line: number, text };
            if text.is_ascii() || std::str::from_utf8(text).is_ok() || text.starts_with(b";") {
                Ok(Some(at))
            } else {
                Err((not_text(at), false))
            }
        }
        Line::TooLong(start) => Err((too_long(At { file: name, line: number, text: start }), false)),
        Line::End => Ok(None),
        Line::Failed(fault) => Err((fault, true)),
    }
}

/// A line beyond the limit, of which the start is shown.
#[cold]
pub(crate) fn too_long(at: At<'_>) -> Fault {
    let mut fault = at.whole(rules::LONG_LINE, "this line is too long to be a job".to_string());
    fault.hint = Some("check that the file has line breaks and is what its format says".to_string());
    fault
}

#[cold]
fn not_text(at: At<'_>) -> Fault {
    let bad = std::str::from_utf8(at.text).map_or_else(|error| error.valid_up_to(), |_| 0);
    let byte = at.text.get(bad).copied().unwrap_or_default();
    let mut fault =
        at.whole(rules::NOT_UTF8, format!("not UTF-8 text: byte {byte:#04x} at position {}", bad + 1));
    fault.hint = Some("convert the file to UTF-8, for example with `iconv -f latin1 -t utf-8`".to_string());
    fault
}

/// Names that occur again and again, each kept once.
pub(crate) struct Names {
    index: FxHashMap<Box<[u8]>, u32>,
    names: Vec<(Arc<str>, bool)>,
    left_out: Vec<String>,
    last: u32,
}

impl Names {
    pub(crate) fn new(left_out: &[String]) -> Names {
        Names { index: FxHashMap::default(), names: Vec::new(), left_out: left_out.to_vec(), last: 0 }
    }

    /// The number of a name, and whether its jobs are left out.
    pub(crate) fn number(&mut self, name: &str) -> (u32, bool) {
        if let Some((last, out)) = self.names.get(self.last as usize)
            && **last == *name
        {
            return (self.last, *out);
        }
        self.last = match self.index.get(name.as_bytes()) {
            Some(&number) => number,
            None => {
                // A log of more than 4 billion tenants would run out of memory before it runs out of numbers.
                let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
                let out = self.left_out.iter().any(|other| other == name);
                self.names.push((Arc::from(name), out));
                self.index.insert(name.as_bytes().into(), number);
                number
            }
        };
        (self.last, self.names.get(self.last as usize).is_some_and(|(_, out)| *out))
    }

    pub(crate) fn name(&self, number: u32) -> Option<Arc<str>> {
        self.names.get(number as usize).map(|(name, _)| name.clone())
    }
}

/// Why jobs of [`ReadOptions::leave_out`] are dropped.
const LEFT_OUT: &str = "its tenant is left out by the options";

/// A log as a stream of jobs in the order of time.
///
/// A row that cannot be read is an `Err`; the next call goes on with the next row, up to
/// [`ReadOptions::max_mistakes`]. Whoever needs the log as a whole stops at the first.
pub struct Reader {
    rows: Box<dyn Rows>,
    name: String,
    window_rows: usize,
    format: Format,
    log: Log,
    window: Window,
    sorted: bool,
    mistakes: usize,
    max_mistakes: usize,
    ended: bool,
    /// [`ReadOptions::leave_out`], and the tenants of the jobs that are kept, where anybody is left out.
    leave_out: Vec<String>,
    tenants: BTreeSet<Arc<str>>,
}

/// Opens a log.
///
/// What is wrong with the file as a whole (missing, not the format that it is said to be) is an error here; what is
/// wrong with a row comes with the rows.
pub fn open(path: &Path, format: Format, options: &ReadOptions) -> Result<Reader, Diagnostic> {
    let name = path.display().to_string();
    let opened = match format {
        Format::Parquet => {
            Input::file(path, options.meter.as_deref()).and_then(|file| from_parquet(file, &name, options))
        }
        _ => Input::open(path, options.meter.clone())
            .and_then(|input| from_input(input, &name, format, options)),
    };
    opened.map_err(|fault| *fault)
}

/// A reader of a text format; Parquet is not read front to back.
pub(crate) fn from_input(
    input: Input,
    name: &str,
    format: Format,
    options: &ReadOptions,
) -> Result<Reader, Fault> {
    let lines = Lines::new(input, name, options.max_line_bytes);
    let rows: Box<dyn Rows> = match format {
        Format::Swf => Box::new(swf::rows(lines, name, options)?),
        Format::Philly => Box::new(philly::rows(lines, name, options)?),
        Format::Openb => Box::new(openb::rows(lines, name, options)?),
        Format::Csv | Format::Parquet => Box::new(own::rows(lines, name, options)?),
    };
    Ok(Reader::new(rows, name, format, options))
}

/// A reader of Parquet.
pub(crate) fn from_parquet(
    source: impl ChunkReader + 'static,
    name: &str,
    options: &ReadOptions,
) -> Result<Reader, Fault> {
    let rows = Box::new(parquet::rows(source, name, options)?);
    Ok(Reader::new(rows, name, Format::Parquet, options))
}

/// A row while it is sorted, with its line.
struct Numbered(JobRecord, u64);

impl Sortable for Numbered {
    fn key(&self) -> (i64, u64) {
        (self.0.submit.0, self.1)
    }
    fn put(&self, bytes: &mut Vec<u8>) {
        // A record is plain data: writing it to memory cannot fail, and `take` would see it if it did.
        let _ = postcard::to_io(&(&self.0, self.1), bytes);
    }
    fn take(bytes: &[u8]) -> Option<Numbered> {
        let (record, line) = postcard::from_bytes(bytes).ok()?;
        Some(Numbered(record, line))
    }
}

/// Rows of any format, sorted at the first call.
struct SortedRows {
    source: Box<dyn Rows>,
    sorter: Option<Sorter<Numbered>>,
    sorted: Option<Sorted<Numbered>>,
}

impl Rows for SortedRows {
    fn next_row(&mut self, log: &mut Log) -> Option<Result<(JobRecord, u64), Fault>> {
        while let Some(sorter) = &mut self.sorter {
            match self.source.next_row(log) {
                Some(Ok((record, line))) => {
                    if let Err(fault) = sorter.push(Numbered(record, line)) {
                        self.sorter = None;
                        return Some(Err(fault));
                    }
                }
                Some(Err(fault)) => return Some(Err(fault)),
                None => match self.sorter.take()?.finish() {
                    Ok(sorted) => self.sorted = Some(sorted),
                    Err(fault) => return Some(Err(fault)),
                },
            }
        }
        Some(self.sorted.as_mut()?.next()?.map(|row| (row.0, row.1)))
    }
    fn start(&self) -> Option<SimTime> {
        self.source.start()
    }
    fn sorted(&self) -> bool {
        true
    }
}

impl Reader {
    fn new(rows: Box<dyn Rows>, name: &str, format: Format, options: &ReadOptions) -> Reader {
        let rows = if options.sort && !rows.sorted() {
            let sorter = Some(Sorter::new(name, options.room()));
            Box::new(SortedRows { source: rows, sorter, sorted: None })
        } else {
            rows
        };
        let sorted = rows.sorted();
        Reader {
            rows,
            name: name.to_string(),
            window_rows: options.window_rows,
            format,
            log: Log::default(),
            window: Window::new(if sorted { 0 } else { options.window_rows }),
            sorted,
            mistakes: 0,
            max_mistakes: options.max_mistakes.max(1),
            ended: false,
            leave_out: options.leave_out.clone(),
            tenants: BTreeSet::new(),
        }
    }

    /// Names of [`ReadOptions::leave_out`] that no row read so far has as its tenant, each with one that is like it.
    pub fn left_out_in_vain(&self) -> Vec<(String, Option<String>)> {
        let names = self.leave_out.iter().filter(|name| !self.log.left_out.contains(*name));
        let near = |name: &str| closest(name, self.tenants.iter().map(|tenant| &**tenant)).map(str::to_owned);
        names.map(|name| (name.clone(), near(name))).collect()
    }

    fn know(&mut self, record: &JobRecord) {
        if let Some(tenant) = record.tenant.as_ref().filter(|_| !self.leave_out.is_empty())
            && !self.tenants.contains(tenant)
        {
            self.tenants.insert(tenant.clone());
        }
    }

    /// What was left out so far, by reason.
    pub fn dropped(&self) -> &[Dropped] {
        &self.log.dropped
    }
    /// Rows read so far, dropped ones and broken ones too.
    pub fn rows_read(&self) -> u64 {
        self.log.rows
    }
    /// The format that is read.
    pub fn format(&self) -> Format {
        self.format
    }
    /// The instant that `submit` counts from, if the log says so: from the start for SWF, after the first job for
    /// Philly. Where a log gives no zone, its clock is taken for UTC.
    pub fn start(&self) -> Option<SimTime> {
        self.rows.start()
    }

    /// One mistake to the caller, and an end to it when there are too many.
    fn mistake(&mut self, fault: Fault) -> Option<Result<JobRecord, Diagnostic>> {
        self.mistakes += 1;
        if self.mistakes <= self.max_mistakes {
            return Some(Err(*fault));
        }
        self.ended = true;
        let message = format!("more than {} mistakes; the rest is not read", self.max_mistakes);
        let stop = Diagnostic::error(rules::TOO_MANY, message)
            .with_place(fault.place.unwrap_or_else(|| Place::file(&self.name)))
            .with_hint("check first that the file is of the format that is named");
        Some(Err(stop))
    }

    #[cold]
    fn out_of_order(&self, submit: Span, line: u64, last: Span) -> Fault {
        let message = format!(
            "this job was submitted at {} s, before one at {} s that is more than {} rows above it",
            submit.seconds(),
            last.seconds(),
            self.window_rows
        );
        let fault =
            Diagnostic::error(rules::ORDER, message).with_place(Place::line(&self.name, line, "")).with_hint(
                "sort the file by the time of submission: `stargate import --sort` does it on the disk",
            );
        Box::new(fault)
    }
}

impl Iterator for Reader {
    type Item = Result<JobRecord, Diagnostic>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            if let Some(record) = self.window.pop(false) {
                return Some(Ok(record));
            }
            match self.rows.next_row(&mut self.log) {
                Some(Ok((record, _))) if self.sorted => {
                    self.know(&record);
                    return Some(Ok(record));
                }
                Some(Ok((record, line))) => {
                    self.know(&record);
                    let submit = record.submit;
                    if let Err(last) = self.window.push(record) {
                        let fault = self.out_of_order(submit, line, last);
                        return self.mistake(fault);
                    }
                }
                Some(Err(fault)) => return self.mistake(fault),
                None => self.ended = true,
            }
        }
        // Once the mistakes were too many, what is still held is of no use.
        if self.mistakes > self.max_mistakes { None } else { self.window.pop(true).map(Ok) }
    }
}
