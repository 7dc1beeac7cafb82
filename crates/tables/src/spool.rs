//! One table on its way to its file: rows are encoded a row group at a time into part files, which are joined at the
//! end without being encoded again.
//!
//! Memory is bounded by one row group. The border between two row groups depends on the number of rows alone, so that a
//! run that was stopped and resumed has the same groups, and the same bytes, as one that was not.

use crate::column::{Kind, Rows, SCHEMA_VERSION, Table};
use crate::dictionary::Dictionaries;
use crate::error::TableError;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::{KeyValue, ParquetMetaDataReader};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

/// Rows of every row group but the last.
pub(crate) const ROWS_PER_GROUP: usize = 131_072;

/// Bytes of distinct numbers after which a column of numbers is written without a dictionary.
const NUMBER_DICTIONARY_BYTES: usize = 1 << 16;

/// A part file: one row group of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    rows: u64,
    bytes: u64,
}

/// What a checkpoint keeps of a table: the rows that are not in a part file yet, and the part files.
#[derive(Serialize, Deserialize)]
pub(crate) struct SpoolState<R> {
    pending: R,
    parts: Vec<Part>,
}

/// A table that is being written.
///
/// A full row group is encoded by a thread of its own while the run goes on; the next one waits for it. What is written
/// does not depend on the thread's pace: the rows of a part are settled before it starts.
pub(crate) struct Spool<R: Rows> {
    /// Rows that are not encoded yet.
    pub(crate) pending: R,
    /// The parts that are written.
    parts: Vec<Part>,
    /// The part after those, on its way.
    underway: Option<JoinHandle<Result<Part, TableError>>>,
    /// Parts up to here are known to be on the disk.
    synced: usize,
    folder: PathBuf,
    schema: SchemaRef,
    rows_per_group: usize,
}

impl<R: Rows> Spool<R> {
    /// An empty table whose parts go into `folder`.
    pub(crate) fn new(folder: &Path) -> Spool<R> {
        Spool {
            pending: R::default(),
            parts: Vec::new(),
            underway: None,
            synced: 0,
            folder: folder.to_owned(),
            schema: Arc::new(R::TABLE.schema()),
            rows_per_group: ROWS_PER_GROUP,
        }
    }

    /// Smaller row groups, so that a test with few rows has several.
    #[cfg(test)]
    pub(crate) fn set_rows_per_group(&mut self, rows: usize) {
        self.rows_per_group = rows;
    }

    fn part_path(&self, index: usize) -> PathBuf {
        self.folder.join(format!("{}.{index:05}.parquet", R::TABLE.name))
    }

    /// Has the rows that wait encoded if they fill a row group. Call it after each row.
    pub(crate) fn spill_if_full(&mut self, dictionaries: &Dictionaries) -> Result<(), TableError> {
        if self.pending.len() < self.rows_per_group { Ok(()) } else { self.spill(dictionaries) }
    }

    fn spill(&mut self, dictionaries: &Dictionaries) -> Result<(), TableError> {
        self.settle()?;
        let arrays = self.pending.arrays(dictionaries).map_err(TableError::encoding(R::TABLE.name))?;
        self.pending.clear();
        let (schema, path) = (Arc::clone(&self.schema), self.part_path(self.parts.len()));
        let write = move || write_part(&R::TABLE, &schema, arrays, &path);
        let thread = std::thread::Builder::new().name(format!("encode {}", R::TABLE.name)).spawn(write);
        self.underway = Some(thread.map_err(TableError::io("start a thread to write", &self.folder))?);
        Ok(())
    }

    /// Waits for the part that is on its way.
    fn settle(&mut self) -> Result<(), TableError> {
        if let Some(thread) = self.underway.take() {
            let lost = |_| TableError::encoding(R::TABLE.name)("the encoder broke off");
            self.parts.push(thread.join().map_err(lost)??);
        }
        Ok(())
    }

    /// What is needed to go on from here, once the parts are safe on the disk.
    pub(crate) fn checkpoint(&mut self) -> Result<SpoolState<&R>, TableError> {
        self.settle()?;
        for index in self.synced..self.parts.len() {
            let path = self.part_path(index);
            File::open(&path).and_then(|file| file.sync_all()).map_err(TableError::io("write", &path))?;
        }
        self.synced = self.parts.len();
        Ok(SpoolState { pending: &self.pending, parts: self.parts.clone() })
    }

    /// Goes on from a checkpoint: its parts must be there; later ones are removed.
    pub(crate) fn resume(folder: &Path, state: SpoolState<R>) -> Result<Spool<R>, TableError> {
        let mut spool = Spool::<R>::new(folder);
        spool.pending = state.pending;
        spool.parts = state.parts;
        spool.synced = spool.parts.len();
        for (index, part) in spool.parts.iter().enumerate() {
            let path = spool.part_path(index);
            if fs::metadata(&path).map_or(0, |data| data.len()) != part.bytes {
                let reason = format!("`{}` is missing or is not what the checkpoint says", path.display());
                return Err(TableError::Resume { path: folder.to_owned(), reason });
            }
        }
        let mut index = spool.parts.len();
        loop {
            let path = spool.part_path(index);
            match fs::remove_file(&path) {
                Ok(()) => index += 1,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(spool),
                Err(error) => return Err(TableError::io("remove", &path)(error)),
            }
        }
    }

    /// Encodes what waits, joins the parts to one file in `folder` and says how many rows it has.
    pub(crate) fn finish(mut self, folder: &Path, dictionaries: &Dictionaries) -> Result<u64, TableError> {
        self.settle()?;
        if self.pending.len() > 0 {
            let arrays = self.pending.arrays(dictionaries).map_err(TableError::encoding(R::TABLE.name))?;
            let path = self.part_path(self.parts.len());
            self.parts.push(write_part(&R::TABLE, &self.schema, arrays, &path)?);
        }
        let path = folder.join(R::TABLE.parquet_name());
        let file = File::create(&path).map_err(TableError::io("create", &path))?;
        let mut sink = BufWriter::with_capacity(1 << 20, file);
        self.join(&mut sink)?;
        sink.flush().map_err(TableError::io("write", &path))?;
        Ok(self.parts.iter().map(|part| part.rows).sum())
    }

    fn join(&self, sink: &mut (impl Write + Send)) -> Result<(), TableError> {
        let name = R::TABLE.name;
        let mut properties = properties(&R::TABLE, true);
        add_encoded_arrow_schema_to_metadata(&self.schema, &mut properties);
        let parquet_schema =
            ArrowSchemaConverter::new().convert(&self.schema).map_err(TableError::encoding(name))?;
        let mut writer =
            SerializedFileWriter::new(sink, parquet_schema.root_schema_ptr(), Arc::new(properties))
                .map_err(TableError::encoding(name))?;
        for index in 0..self.parts.len() {
            let path = self.part_path(index);
            let part = File::open(&path).map_err(TableError::io("read", &path))?;
            append(&mut writer, &part).map_err(TableError::unreadable(&path))?;
            fs::remove_file(&path).map_err(TableError::io("remove", &path))?;
        }
        writer.close().map_err(TableError::encoding(name))?;
        Ok(())
    }
}

/// Nothing is written any more once the table has gone.
impl<R: Rows> Drop for Spool<R> {
    fn drop(&mut self) {
        // Whoever lets go of a table that is not finished has no use for its mistakes.
        let _ = self.settle();
    }
}

/// Appends the row groups of `part` as they are.
fn append<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    part: &File,
) -> Result<(), parquet::errors::ParquetError> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(part)?;
    for group in metadata.row_groups() {
        let mut joined = writer.next_row_group()?;
        for column in group.columns() {
            let close = ColumnCloseResult {
                bytes_written: column.compressed_size().unsigned_abs(),
                rows_written: group.num_rows().unsigned_abs(),
                metadata: column.clone(),
                bloom_filter: None,
                column_index: None,
                offset_index: None,
            };
            joined.append_column(part, close)?;
        }
        joined.close()?;
    }
    Ok(())
}

/// Writes one row group as a file of its own.
fn write_part(
    table: &Table,
    schema: &SchemaRef,
    arrays: Vec<ArrayRef>,
    path: &Path,
) -> Result<Part, TableError> {
    let rows = arrays.first().map_or(0, |array| array.len()) as u64;
    let bytes = encode(table, schema, arrays)?;
    fs::write(path, &bytes).map_err(TableError::io("write", path))?;
    Ok(Part { rows, bytes: bytes.len() as u64 })
}

/// One row group as a Parquet file.
fn encode(table: &Table, schema: &SchemaRef, arrays: Vec<ArrayRef>) -> Result<Vec<u8>, TableError> {
    let wrong = || TableError::encoding::<parquet::errors::ParquetError>(table.name);
    let rows = arrays.first().map_or(0, |array| array.len());
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let batch = RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)
        .map_err(TableError::encoding(table.name))?;
    let options =
        ArrowWriterOptions::new().with_properties(properties(table, false)).with_skip_arrow_metadata(true);
    let mut writer =
        ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(schema), options).map_err(wrong())?;
    writer.write(&batch).map_err(wrong())?;
    writer.into_inner().map_err(wrong())
}

/// How the columns are encoded. `whole`: for the whole file, which also says what wrote it.
fn properties(table: &Table, whole: bool) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_created_by("stargate".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(None);
    if whole {
        let version = KeyValue::new("stargate.schema_version".to_owned(), SCHEMA_VERSION.to_string());
        builder = builder.set_key_value_metadata(Some(vec![version]));
    }
    for column in table.columns {
        let path = ColumnPath::from(column.name);
        builder = match column.kind {
            // Instants and job numbers go up or stay close together: their differences are small.
            Kind::Integer | Kind::Instant => builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
            Kind::Number => builder
                .set_column_dictionary_page_size_limit(path.clone(), NUMBER_DICTIONARY_BYTES)
                .set_column_encoding(path, Encoding::BYTE_STREAM_SPLIT),
            Kind::Key(_) | Kind::Text => builder,
        };
    }
    builder.build()
}
