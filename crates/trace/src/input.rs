//! A file as bytes, whatever it is wrapped in: plain, gzip, or a zip archive of one member.

use crate::fault::Fault;
use crate::meter::{Meter, Metered};
use crate::rules;
use base::{Diagnostic, Place};
use flate2::Crc;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

/// A stream of bytes that has been opened, and whether it comes out of a compressed file.
pub(crate) struct Input {
    bytes: Box<dyn Read>,
    compressed: bool,
}

/// Bytes read from the disk at once.
const CHUNK: usize = 1 << 16;

impl Input {
    /// Opens a file as it is, and tells the meter its length.
    pub(crate) fn file(path: &Path, meter: Option<&Meter>) -> Result<File, Fault> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| cannot_read(&name, &error))?;
        let data = file.metadata().map_err(|error| cannot_read(&name, &error))?;
        if data.is_dir() {
            let fault = Diagnostic::error(rules::UNREADABLE, format!("`{name}` is a folder, not a file"))
                .with_place(Place::file(&name))
                .with_hint("name the file inside it");
            return Err(Box::new(fault));
        }
        if let Some(meter) = meter {
            meter.begin(data.len());
        }
        Ok(file)
    }

    /// Opens a file and looks at its first bytes to see how it is wrapped.
    pub(crate) fn open(path: &Path, meter: Option<Arc<Meter>>) -> Result<Input, Fault> {
        let file = Metered { file: Input::file(path, meter.as_deref())?, meter };
        Input::wrap(&path.display().to_string(), BufReader::with_capacity(CHUNK, file))
    }

    /// The same for bytes in memory or any other source.
    pub(crate) fn wrap(name: &str, mut source: impl BufRead + 'static) -> Result<Input, Fault> {
        let start = source.fill_buf().map_err(|error| cannot_read(name, &error))?;
        if start.starts_with(&[0x1f, 0x8b]) {
            Ok(Input { bytes: Box::new(MultiGzDecoder::new(source)), compressed: true })
        } else if start.starts_with(b"PK\x03\x04") {
            let member = ZipMember::open(source).map_err(|error| broken_archive(name, &error))?;
            Ok(Input { bytes: Box::new(member), compressed: true })
        } else {
            Ok(Input { bytes: Box::new(source), compressed: false })
        }
    }

    /// What an error while reading means.
    pub(crate) fn fault(&self, name: &str, error: &io::Error) -> Fault {
        let content = matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
        );
        if self.compressed && content { broken_archive(name, error) } else { cannot_read(name, error) }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(buffer)
    }
}

fn cannot_read(name: &str, error: &io::Error) -> Fault {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_string(),
        io::ErrorKind::PermissionDenied => "no permission to read it".to_string(),
        _ => error.to_string().to_lowercase(),
    };
    let fault = Diagnostic::error(rules::UNREADABLE, format!("cannot read `{name}`: {why}"))
        .with_place(Place::file(name))
        .with_hint("check the path; a scenario's paths are relative to the scenario file");
    Box::new(fault)
}

fn broken_archive(name: &str, error: &io::Error) -> Fault {
    let why = match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends too early".to_string(),
        _ => error.to_string().to_lowercase(),
    };
    let fault = Diagnostic::error(rules::ARCHIVE, format!("the compressed file `{name}` is broken: {why}"))
        .with_place(Place::file(name))
        .with_hint("copy or download it again, and test it with `gzip -t` or `unzip -t`");
    Box::new(fault)
}

/// The only member of a zip archive, read front to back (PKWARE APPNOTE 6.3.10, sections 4.3.7 and 4.3.9).
struct ZipMember<R> {
    body: ZipBody<R>,
    crc: Crc,
    expected_crc: Option<u32>,
    finished: bool,
}

/// How the member is stored.
enum ZipBody<R> {
    Deflated(DeflateDecoder<R>),
    Stored(io::Take<R>),
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_string())
}

impl<R: BufRead> ZipMember<R> {
    fn open(mut source: R) -> io::Result<ZipMember<R>> {
        let mut header = [0u8; 30];
        source.read_exact(&mut header)?;
        let half = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let word =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (flags, method, crc, stored_bytes) = (half(6), half(8), word(14), word(18));
        if flags & 1 != 0 {
            return Err(invalid("it is encrypted"));
        }
        let skipped = u64::from(half(26)) + u64::from(half(28));
        io::copy(&mut source.by_ref().take(skipped), &mut io::sink())?;
        let sizes_follow = flags & 8 != 0;
        let body = match method {
            8 => ZipBody::Deflated(DeflateDecoder::new(source)),
            0 if !sizes_follow => ZipBody::Stored(source.take(u64::from(stored_bytes))),
            _ => return Err(invalid("its member is neither stored nor deflated")),
        };
        let expected_crc = (!sizes_follow).then_some(crc);
        Ok(ZipMember { body, crc: Crc::new(), expected_crc, finished: false })
    }

    /// Checks the sum, and that no second member follows.
    fn finish(&mut self) -> io::Result<()> {
        self.finished = true;
        if self.expected_crc.is_some_and(|crc| crc != self.crc.sum()) {
            return Err(invalid("its checksum is wrong"));
        }
        let source = match &mut self.body {
            ZipBody::Deflated(decoder) => decoder.get_mut(),
            ZipBody::Stored(take) if take.limit() > 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            ZipBody::Stored(take) => take.get_mut(),
        };
        // After the member comes its descriptor, if it has one, or the directory; anything else is a second member.
        let mut next = [0u8; 4];
        source.read_exact(&mut next)?;
        if &next == b"PK\x03\x04" { Err(invalid("it has more than one member")) } else { Ok(()) }
    }
}

impl<R: BufRead> Read for ZipMember<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.finished || buffer.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.body {
            ZipBody::Deflated(decoder) => decoder.read(buffer)?,
            ZipBody::Stored(take) => take.read(buffer)?,
        };
        self.crc.update(&buffer[..read]);
        if read == 0 {
            self.finish()?;
        }
        Ok(read)
    }
}
