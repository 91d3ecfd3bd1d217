//! The ends of a file: its first and its last bytes, unpacked; all of it where it is small.

use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use super::records::Records;
use super::unpack::{is_compressed, open_regular, unpacked};
use super::{Dialect, Refusal};

/// How many bytes are read at either end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    head: usize,
    tail: usize,
}

/// Enough for the first and the last rows of nearly every flight.
pub(super) const NEAR: Reach = Reach { head: 12 << 10, tail: 4 << 10 };
/// Enough where rows are long, or the first of them have no position.
pub(super) const FAR: Reach = Reach { head: 128 << 10, tail: 64 << 10 };
/// Bytes within which the first rows must be found.
const MAX_HEAD_BYTES: usize = 2 << 20;

/// The bytes at both ends of a file.
pub(super) struct Ends {
    /// Ends with a whole line unless it is all of the file.
    pub(super) head: Rc<[u8]>,
    /// Begins with a whole line; empty where the head is all of the file.
    pub(super) tail: Rc<[u8]>,
    /// Bytes of the whole file, once unpacked.
    bytes: u64,
    /// UTF-16, or no text at all: lines cannot be found in the bytes, so that the whole file
    /// is read.
    pub(super) is_streamed: bool,
}

impl Ends {
    /// Reads the ends of a file of so many bytes. A compressed file is unpacked to its end.
    pub(super) fn read(path: &Path, bytes: u64, reach: Reach) -> io::Result<Self> {
        if is_compressed(path) {
            let mut stream = unpacked(path)?;
            let head = read_head(&mut stream, u64::MAX, reach.head)?;
            return Self::of(head, bytes, reach, |head, end| {
                let cut = Vec::from(&head[end..]);
                let mut last = LastBytes { bytes: cut, reach: reach.tail, passed: 0 };
                last.fill(stream)?;
                let length = end as u64 + last.passed + last.bytes.len() as u64;
                Ok((last.bytes, length, last.passed > 0))
            });
        }
        let mut file = open_regular(path)?;
        let head = read_head(&mut file, bytes, reach.head)?;
        Self::of(head, bytes, reach, |_, end| {
            let length = file.seek(SeekFrom::End(0))?;
            let from = length.saturating_sub(reach.tail as u64).max(end as u64);
            file.seek(SeekFrom::Start(from))?;
            let mut tail = Vec::with_capacity(reach.tail);
            file.take(reach.tail as u64).read_to_end(&mut tail)?;
            Ok((tail, length, from > end as u64))
        })
    }

    /// Takes a head. `rest` is given it with the end of its last whole line, and asked for
    /// the tail, the file's length, and whether anything stands between the two.
    fn of(
        (head, is_all): (Vec<u8>, bool),
        bytes: u64,
        reach: Reach,
        rest: impl FnOnce(&[u8], usize) -> io::Result<(Vec<u8>, u64, bool)>,
    ) -> io::Result<Self> {
        let is_utf16 = head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF");
        let mut ends = Self { head: Rc::default(), tail: Rc::default(), bytes, is_streamed: false };
        if is_utf16 || memchr::memchr(0, &head).is_some() {
            ends.is_streamed = true;
            return Ok(ends);
        }
        // A head without a row is refused for it, whatever comes after.
        let end = memchr::memrchr(line_end(&head), &head).map_or(head.len(), |at| at + 1);
        if is_all || !has_row(&head) && head.len() > reach.head {
            ends.bytes = head.len() as u64;
            ends.head = head.into();
            return Ok(ends);
        }
        let (tail, length, is_parted) = rest(&head, end)?;
        // What follows a gap begins within a line.
        let first = memchr::memchr(line_end(&head), &tail).filter(|_| is_parted);
        let from = if is_parted { first.map_or(tail.len(), |at| at + 1) } else { 0 };
        (ends.head, ends.tail, ends.bytes) = (head[..end].into(), tail[from..].into(), length);
        Ok(ends)
    }

    /// Whether the head is all of the file.
    pub(super) fn is_whole(&self) -> bool {
        self.bytes == self.head.len() as u64
    }

    /// The rows of the head, or of the whole file where its lines cannot be found.
    pub(super) fn records(&self, path: &Path, dialect: &Dialect) -> Result<Records, Refusal> {
        if self.is_streamed {
            Records::open(path, dialect)
        } else {
            Records::of_bytes(Rc::clone(&self.head), dialect)
        }
    }

    /// The rows of the tail, given the file's header.
    pub(super) fn tail_records(
        &self,
        dialect: &Dialect,
        header: &[String],
    ) -> Result<Option<Records>, Refusal> {
        if self.tail.is_empty() {
            return Ok(None);
        }
        Records::without_header(Rc::clone(&self.tail), dialect, header.to_vec()).map(Some)
    }

    /// Rows of the whole file, from those at its ends.
    pub(super) fn estimate(&self, rows: u64) -> u64 {
        let seen = (self.head.len() + self.tail.len()) as u64;
        if self.is_streamed || seen >= self.bytes {
            return rows;
        }
        (rows as f64 * self.bytes as f64 / seen.max(1) as f64).round() as u64
    }
}

/// The first bytes, at most `reach` unless no row ends within them, and whether they are all
/// of a file of so many.
fn read_head(stream: &mut impl Read, bytes: u64, reach: usize) -> io::Result<(Vec<u8>, bool)> {
    let mut head = vec![0; reach];
    let mut filled = 0;
    while filled < reach && filled as u64 != bytes {
        let count = stream.read(&mut head[filled..])?;
        if count == 0 {
            break;
        }
        filled += count;
    }
    head.truncate(filled);
    if filled == reach && filled as u64 != bytes && !has_row(&head) {
        stream.take(MAX_HEAD_BYTES as u64).read_to_end(&mut head)?;
        let is_all = head.len() < reach + MAX_HEAD_BYTES;
        return Ok((head, is_all));
    }
    Ok((head, filled < reach || filled as u64 == bytes))
}

/// What ends the lines of a text: a line feed, unless there are carriage returns alone.
fn line_end(text: &[u8]) -> u8 {
    let is_old = memchr::memchr(b'\n', text).is_none() && memchr::memchr(b'\r', text).is_some();
    if is_old { b'\r' } else { b'\n' }
}

/// Whether two lines end within a text: a header and a row.
fn has_row(text: &[u8]) -> bool {
    memchr::memchr_iter(line_end(text), text).nth(1).is_some()
}

/// The last bytes of a stream.
struct LastBytes {
    bytes: Vec<u8>,
    reach: usize,
    /// Bytes that came before them.
    passed: u64,
}

impl LastBytes {
    /// Reads to the end.
    fn fill(&mut self, mut stream: impl Read) -> io::Result<()> {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.bytes.extend(&buffer[..count]);
            self.keep(2 * self.reach);
        }
        self.keep(self.reach);
        Ok(())
    }

    /// Drops all but the last `reach` bytes where there are more than `most`.
    fn keep(&mut self, most: usize) {
        if self.bytes.len() > most {
            let passed = self.bytes.len() - self.reach;
            self.bytes.drain(..passed);
            self.passed += passed as u64;
        }
    }
}
