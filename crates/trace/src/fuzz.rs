//! One door for fuzzers: any bytes, as any format.

use crate::fault::Fault;
use crate::format::Format;
use crate::input::Input;
use crate::reader::{ReadOptions, Reader, from_input, from_parquet};
use bytes::Bytes;
use std::io::Cursor;

/// Reads bytes as a log and gives the number of jobs and of mistakes. Whatever the bytes are, it returns.
pub fn fuzz_bytes(format: Format, bytes: &[u8]) -> (u64, u64) {
    let options = ReadOptions { window_rows: 16, max_line_bytes: 4096, ..ReadOptions::default() };
    let Ok(reader) = read(format, bytes, &options) else { return (0, 1) };
    let (mut jobs, mut mistakes) = (0, 0);
    for job in reader {
        match job {
            Ok(_) => jobs += 1,
            Err(_) => mistakes += 1,
        }
    }
    (jobs, mistakes)
}

/// A reader of bytes in memory.
pub(crate) fn read(format: Format, bytes: &[u8], options: &ReadOptions) -> Result<Reader, Fault> {
    if format == Format::Parquet {
        return from_parquet(Bytes::copy_from_slice(bytes), "fuzz", options);
    }
    from_input(Input::wrap("fuzz", Cursor::new(bytes.to_vec()))?, "fuzz", format, options)
}
