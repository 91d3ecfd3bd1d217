//! Text is a file's unpacked bytes, decoded to UTF-8, in rows that end.
//!
//! Whatever the file is, nothing here holds more than a buffer of it.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use encoding_rs_io::DecodeReaderBytesBuilder;

use super::unpack::unpacked;
use super::{Dialect, Encoding, Refusal};
use crate::tables::RejectCode;

/// The longest record: no flight has a row of a megabyte.
const MAX_RECORD_BYTES: u64 = 1 << 20;
const BUFFER: usize = 1 << 16;

/// Decoded text that refuses to go on when a record does not end.
pub(super) struct Text {
    inner: Box<dyn Read>,
    since_record: RecordMark,
    last_byte: u8,
}

/// Bytes given out since the last whole record.
#[derive(Clone, Default)]
pub(super) struct RecordMark(Rc<Cell<u64>>);

impl RecordMark {
    /// A record ended here.
    pub(super) fn record_ended(&self) {
        self.0.set(0);
    }
}

impl Text {
    /// Opens a file, compressed or not.
    pub(super) fn open(path: &Path, dialect: &Dialect) -> io::Result<Self> {
        Self::decode(unpacked(path)?, dialect)
    }

    /// Decodes bytes that are already at hand.
    pub(super) fn of_bytes(bytes: Rc<[u8]>, dialect: &Dialect) -> io::Result<Self> {
        Self::decode(Box::new(io::Cursor::new(bytes)), dialect)
    }

    /// The count that [`RecordMark::record_ended`] resets.
    pub(super) fn record_mark(&self) -> RecordMark {
        self.since_record.clone()
    }

    /// Whether the text so far ends with a line break.
    pub(super) fn ends_with_line(&self) -> bool {
        matches!(self.last_byte, b'\n' | b'\r')
    }

    fn decode(bytes: Box<dyn Read>, dialect: &Dialect) -> io::Result<Self> {
        let encoding = match dialect.encoding {
            Encoding::Utf8 => None,
            Encoding::Latin1 => Some(encoding_rs::WINDOWS_1252),
            Encoding::Utf16Le => Some(encoding_rs::UTF_16LE),
            Encoding::Utf16Be => Some(encoding_rs::UTF_16BE),
        };
        // A byte-order mark is the file's own word, so it overrides the configuration.
        let decoded = DecodeReaderBytesBuilder::new()
            .encoding(encoding)
            .bom_override(true)
            .strip_bom(true)
            .utf8_passthru(true)
            .build_with_buffer(bytes, vec![0; BUFFER])?;
        let mut lines = BufReader::with_capacity(BUFFER, decoded);
        for _ in 0..dialect.skip_lines {
            skip_line(&mut lines)?;
        }
        Ok(Self { inner: Box::new(lines), since_record: RecordMark::default(), last_byte: 0 })
    }
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let given = self.since_record.0.get();
        if given > MAX_RECORD_BYTES {
            return Err(io::Error::other(Refusal::new(
                RejectCode::TooLarge,
                "a row is longer than 1 MiB: a quote that is never closed, or not a CSV file",
            )));
        }
        let count = self.inner.read(buffer)?;
        self.since_record.0.set(given + count as u64);
        if let Some(last) = buffer[..count].last() {
            self.last_byte = *last;
        }
        Ok(count)
    }
}

/// Skips to after the next line break (LF, CR or CRLF), without holding the line.
fn skip_line(lines: &mut impl BufRead) -> io::Result<()> {
    loop {
        let available = lines.fill_buf()?;
        let Some(at) = memchr::memchr2(b'\n', b'\r', available) else {
            let length = available.len();
            if length == 0 {
                return Ok(());
            }
            lines.consume(length);
            continue;
        };
        let is_return = available[at] == b'\r';
        lines.consume(at + 1);
        if is_return && lines.fill_buf()?.first() == Some(&b'\n') {
            lines.consume(1);
        }
        return Ok(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], encoding: Encoding) -> String {
        let dialect = Dialect { encoding, ..Dialect::default() };
        let mut text = String::new();
        Text::of_bytes(bytes.into(), &dialect).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_byte_order_mark_is_dropped_and_names_the_encoding() {
        assert_eq!(decoded(b"\xEF\xBB\xBFt,x\n", Encoding::Utf8), "t,x\n");
        assert_eq!(decoded(b"\xFF\xFEt\0,\0x\0\n\0", Encoding::Utf8), "t,x\n");
        assert_eq!(decoded(b"\xFE\xFF\0t\0,\0x\0\n", Encoding::Latin1), "t,x\n");
        assert_eq!(decoded(b"H\xF6he\n", Encoding::Latin1), "H\u{f6}he\n");
    }

    #[test]
    fn lines_before_the_table_are_skipped_however_they_end() {
        for line_end in ["\n", "\r\n", "\r"] {
            let text = ["by x", "", "t,x", "1,2", ""].join(line_end);
            let dialect = Dialect { skip_lines: 2, ..Dialect::default() };
            let mut left = String::new();
            let mut read = Text::of_bytes(text.as_bytes().into(), &dialect).unwrap();
            read.read_to_string(&mut left).unwrap();
            assert_eq!(left, ["t,x", "1,2", ""].join(line_end));
        }
    }

    #[test]
    fn a_row_that_never_ends_is_refused_before_it_fills_the_memory() {
        let mut text = Text::decode(Box::new(io::repeat(b'x')), &Dialect::default()).unwrap();
        let error = io::copy(&mut text, &mut io::sink()).unwrap_err();
        assert_eq!(Refusal::from_io(&error).code, RejectCode::TooLarge);
    }
}
