//! Lines of a stream, as bytes, with a limit to their length.

use crate::fault::Fault;
use crate::input::Input;
use std::io::{self, Read};

/// Reads lines and counts them.
pub(crate) struct Lines {
    input: Input,
    name: String,
    buffer: Vec<u8>,
    /// The unread bytes are `buffer[at..end]`.
    at: usize,
    end: usize,
    /// Where the line read last began.
    last: usize,
    /// The number of the line read last, from 1.
    number: u64,
    limit: usize,
    ended: bool,
}

/// What comes next.
pub(crate) enum Line<'a> {
    /// A line without its line break.
    Text(&'a [u8]),
    /// A line beyond the limit, with its first bytes; the rest has been passed over.
    TooLong(&'a [u8]),
    /// The stream broke.
    Failed(Fault),
    /// There is no more.
    End,
}

/// Bytes asked for at once.
const CHUNK: usize = 1 << 16;
/// Bytes of an overlong line that are kept to be shown.
const SHOWN: usize = 80;

impl Lines {
    pub(crate) fn new(input: Input, name: &str, limit: usize) -> Lines {
        let limit = limit.max(SHOWN);
        Lines {
            input,
            name: name.to_string(),
            buffer: vec![0; limit + CHUNK],
            at: 0,
            end: 0,
            last: 0,
            number: 0,
            limit,
            ended: false,
        }
    }

    /// The number of the line read last, from 1; 0 before the first.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Puts the line that has just been read back, to be read again.
    pub(crate) fn unread(&mut self) {
        self.at = self.last;
        self.number -= 1;
    }

    /// The start of what is not read yet, as far as it is in memory: to see what kind of file it is.
    pub(crate) fn peek(&mut self) -> Result<&[u8], Fault> {
        if self.at == self.end {
            self.fill()?;
        }
        Ok(&self.buffer[self.at..self.end])
    }

    /// Reads on behind what is there; 0 at the end of the stream.
    fn fill(&mut self) -> Result<usize, Fault> {
        if self.ended {
            return Ok(0);
        }
        self.buffer.copy_within(self.at..self.end, 0);
        self.end -= self.at;
        self.at = 0;
        let read = loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    return Err(self.input.fault(&self.name, &error));
                }
                Ok(read) => break read,
            }
        };
        self.end += read;
        self.ended = read == 0;
        Ok(read)
    }

    /// The next line.
    pub(crate) fn next(&mut self) -> Line<'_> {
        let mut seen = 0;
        loop {
            let unread = &self.buffer[self.at..self.end];
            if let Some(found) = memchr::memchr(b'\n', &unread[seen..]) {
                let (start, stop) = (self.at, self.at + seen + found);
                self.at = stop + 1;
                return self.finish(start, stop);
            }
            seen = unread.len();
            if seen > self.limit {
                return self.skip_long();
            }
            match self.fill() {
                Err(fault) => return Line::Failed(fault),
                Ok(0) if seen == 0 => return Line::End,
                Ok(0) => {
                    let (start, stop) = (self.at, self.end);
                    self.at = stop;
                    return self.finish(start, stop);
                }
                Ok(_) => {}
            }
        }
    }

    fn finish(&mut self, start: usize, stop: usize) -> Line<'_> {
        self.number += 1;
        self.last = start;
        let mut line = &self.buffer[start..stop];
        if line.len() > self.limit {
            return Line::TooLong(&line[..SHOWN]);
        }
        if let [rest @ .., b'\r'] = line {
            line = rest;
        }
        if self.number == 1 {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        Line::Text(line)
    }

    /// Passes over the rest of a line that has no end within the limit.
    fn skip_long(&mut self) -> Line<'_> {
        self.number += 1;
        let mut shown = [0u8; SHOWN];
        shown.copy_from_slice(&self.buffer[self.at..self.at + SHOWN]);
        loop {
            let unread = &self.buffer[self.at..self.end];
            if let Some(found) = memchr::memchr(b'\n', unread) {
                self.at += found + 1;
                break;
            }
            self.at = self.end;
            match self.fill() {
                Err(fault) => return Line::Failed(fault),
                Ok(0) => break,
                Ok(_) => {}
            }
        }
        // The line itself is gone; its start goes where the next line does not lie.
        let room = self.buffer.len() - SHOWN;
        if self.end > room {
            self.buffer.copy_within(self.at..self.end, 0);
            self.end -= self.at;
            self.at = 0;
        }
        if self.end > room {
            return Line::TooLong(&[]);
        }
        self.buffer[room..].copy_from_slice(&shown);
        Line::TooLong(&self.buffer[room..])
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(bytes: &[u8], limit: usize) -> Vec<Option<Vec<u8>>> {
        let input = Input::wrap("test", io::Cursor::new(bytes.to_vec())).unwrap();
        let mut lines = Lines::new(input, "test", limit);
        let mut all = Vec::new();
        loop {
            match lines.next() {
                Line::Text(text) => all.push(Some(text.to_vec())),
                Line::TooLong(_) => all.push(None),
                Line::Failed(fault) => panic!("{fault}"),
                Line::End => return all,
            }
        }
    }

    #[test]
    fn line_ends_of_every_system_are_cut() {
        let some = |text: &str| Some(text.as_bytes().to_vec());
        assert_eq!(lines(b"\xef\xbb\xbfa\r\nb\n\nc", 100), [some("a"), some("b"), some(""), some("c")]);
        assert_eq!(lines(b"", 100), []);
        assert_eq!(lines(b"\n", 100), [some("")]);
    }

    #[test]
    fn a_gigantic_line_is_one_mistake_and_the_next_line_is_read() {
        let mut bytes = vec![b'x'; 1_000_000];
        bytes.extend(b"\nnext\n");
        assert_eq!(lines(&bytes, 1000), [None, Some(b"next".to_vec())]);
        assert_eq!(lines(&bytes[..900_000], 1000), [None]);
        // Just over the limit, and with its end already in memory.
        assert_eq!(lines(&[vec![b'y'; 101], b"\nz".to_vec()].concat(), 100), [None, Some(b"z".to_vec())]);
    }

    proptest! {
        #[test]
        fn lines_are_those_of_the_standard_library(text in "([a-z]{0,200}\n?){0,40}") {
            let ours: Vec<Vec<u8>> = lines(text.as_bytes(), 100_000).into_iter().flatten().collect();
            let theirs: Vec<Vec<u8>> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
