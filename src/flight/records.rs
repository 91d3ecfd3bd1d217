//! Records are a file's rows as the `csv` crate splits them, with what real files need: a
//! cut last line is left out, a header that is repeated is skipped, a ragged row is refused.

use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder};

use super::number::bare;
use super::text::{RecordMark, Text};
use super::{Dialect, Refusal};
use crate::tables::RejectCode;

/// The most columns a file may have.
pub(super) const MAX_COLUMNS: usize = 4096;

/// Where the text comes from, so that an error can find its line.
enum Origin {
    Path(PathBuf),
    Bytes(Rc<[u8]>),
}

impl Origin {
    fn open(&self, dialect: &Dialect) -> io::Result<Text> {
        match self {
            Self::Path(path) => Text::open(path, dialect),
            Self::Bytes(bytes) => Text::of_bytes(Rc::clone(bytes), dialect),
        }
    }
}

/// An open file whose header is read.
pub(super) struct Records {
    reader: csv::Reader<Text>,
    mark: RecordMark,
    origin: Origin,
    dialect: Dialect,
    header: Vec<String>,
    /// The row given out last.
    current: ByteRecord,
    /// The row after it, when it had to be looked at already.
    ahead: Option<ByteRecord>,
    /// Rows that only repeat the header.
    pub(super) repeated_headers: u64,
    /// Whether the last line was left out because it was cut.
    pub(super) truncated_last_line: bool,
}

impl Records {
    /// Opens a file and reads its header.
    pub(super) fn open(path: &Path, dialect: &Dialect) -> Result<Self, Refusal> {
        Self::of_origin(Origin::Path(path.to_owned()), dialect)
    }

    /// Reads the header of text that is at hand.
    pub(super) fn of_bytes(bytes: Rc<[u8]>, dialect: &Dialect) -> Result<Self, Refusal> {
        Self::of_origin(Origin::Bytes(bytes), dialect)
    }

    /// Takes text that begins with a row, somewhere in a file with this header.
    pub(super) fn without_header(
        bytes: Rc<[u8]>,
        dialect: &Dialect,
        header: Vec<String>,
    ) -> Result<Self, Refusal> {
        let dialect = Dialect { skip_lines: 0, ..*dialect };
        Ok(Self { header, ..Self::begin(Origin::Bytes(bytes), &dialect)? })
    }

    fn of_origin(origin: Origin, dialect: &Dialect) -> Result<Self, Refusal> {
        let mut records = Self::begin(origin, dialect)?;
        records.header = records.read_header()?;
        for _ in 0..dialect.skip_after_header {
            if !records.advance()? {
                break;
            }
        }
        Ok(records)
    }

    fn begin(origin: Origin, dialect: &Dialect) -> Result<Self, Refusal> {
        let text = origin.open(dialect).map_err(|error| Refusal::from_io(&error))?;
        Ok(Self {
            mark: text.record_mark(),
            reader: ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(dialect.delimiter)
                .comment(dialect.comment)
                .from_reader(text),
            origin,
            dialect: *dialect,
            header: Vec::new(),
            current: ByteRecord::new(),
            ahead: None,
            repeated_headers: 0,
            truncated_last_line: false,
        })
    }

    /// The names of the columns, without the blanks around them.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// The next row, as wide as the header; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<&ByteRecord>, Refusal> {
        loop {
            match self.ahead.take() {
                Some(record) => self.current = record,
                None if !self.advance()? => return Ok(None),
                None => {}
            }
            if self.is_whole()? {
                return Ok(Some(&self.current));
            }
        }
    }

    /// The row given out last.
    pub(super) fn current(&self) -> &ByteRecord {
        &self.current
    }

    /// The line on which the row given out last begins, from 1.
    ///
    /// The `csv` crate skips blank lines without a trace, so the line is counted in the text
    /// itself; only an error asks for it.
    pub(super) fn line(&self) -> u64 {
        let start = self.current.position().map_or(0, csv::Position::byte);
        let lines = self.origin.open(&self.dialect).and_then(|text| lines_before(text, start));
        // If the file is gone by now, the crate's count is the best there is.
        let lines = lines.unwrap_or_else(|_| self.current.position().map_or(0, |p| p.line() - 1));
        self.dialect.skip_lines as u64 + lines + 1
    }

    /// Whether the row given out last is the end of a file without a final line break, so
    /// that its last cell may be cut. If so, the row is counted as left out.
    pub(super) fn drop_if_cut(&mut self) -> Result<bool, Refusal> {
        if self.ahead.is_some() || self.look_ahead()? || self.reader.get_ref().ends_with_line() {
            return Ok(false);
        }
        self.truncated_last_line = true;
        Ok(true)
    }

    /// Whether the current row counts: not a repeated header, not a cut last line.
    fn is_whole(&mut self) -> Result<bool, Refusal> {
        let width = self.header.len();
        let found = self.current.len();
        if found == width || self.has_only_blanks_after(width) {
            if self.is_header_again() {
                self.repeated_headers += 1;
                return Ok(false);
            }
            return Ok(true);
        }
        // A cell over several lines is a quote that is never closed, and the end of the file
        // is in it.
        let is_one_line = !self.current.as_slice().contains(&b'\n');
        if found < width && is_one_line && self.ahead.is_none() && !self.look_ahead()? {
            self.truncated_last_line = true;
            return Ok(false);
        }
        let hint = match (is_one_line, self.current.as_slice().first()) {
            (false, _) => ", over several lines: a quote is not closed",
            (true, Some(b'#')) => {
                "; it begins with `#`: if it is a comment, say `comment = \"#\"` in the source's \
                 dialect"
            }
            (true, _) => "",
        };
        let message = format!("the row has {found} cells, the header {width}{hint}");
        Err(Refusal::new(RejectCode::RaggedRow, message).at_line(self.line()))
    }

    fn has_only_blanks_after(&self, width: usize) -> bool {
        self.current.len() > width
            && self.current.iter().skip(width).all(|cell| cell.trim_ascii().is_empty())
    }

    fn is_header_again(&self) -> bool {
        let cells = self.current.iter().zip(&self.header);
        cells.into_iter().all(|(cell, name)| bare(cell) == name.as_bytes())
    }

    fn look_ahead(&mut self) -> Result<bool, Refusal> {
        let mut record = ByteRecord::new();
        let more = read(&mut self.reader, &mut record, &self.mark)?;
        self.ahead = more.then_some(record);
        Ok(more)
    }

    fn advance(&mut self) -> Result<bool, Refusal> {
        read(&mut self.reader, &mut self.current, &self.mark)
    }

    fn read_header(&mut self) -> Result<Vec<String>, Refusal> {
        loop {
            if !self.advance()? {
                return Err(Refusal::new(RejectCode::EmptyFile, "the file is empty"));
            }
            if self.current.iter().any(|cell| !cell.trim_ascii().is_empty()) {
                break;
            }
        }
        let line = self.line();
        if self.current.len() > MAX_COLUMNS {
            let message = format!("the header has more than {MAX_COLUMNS} columns");
            return Err(Refusal::new(RejectCode::TooLarge, message).at_line(line));
        }
        if self.current.as_slice().contains(&0) {
            let message = "the header holds NUL bytes: a binary file, or UTF-16 that \
                           `dialect.encoding` should name";
            return Err(Refusal::new(RejectCode::BadEncoding, message).at_line(line));
        }
        let names = self.current.iter().map(|cell| {
            std::str::from_utf8(bare(cell)).map(|name| name.trim().to_owned()).map_err(|_| {
                let message = "the header is not UTF-8; say `encoding = \"latin1\"` in the \
                               source's dialect if that is what it is";
                Refusal::new(RejectCode::BadEncoding, message).at_line(line).with_cell(cell)
            })
        });
        let mut names: Vec<String> = names.collect::<Result<_, _>>()?;
        // A separator at the end of every line makes no column.
        while names.len() > 1 && names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        Ok(names)
    }
}

/// Line breaks before the first byte, from `start` on, that is not a line break itself.
fn lines_before(text: Text, start: u64) -> io::Result<u64> {
    let mut text = BufReader::new(text);
    let mark = text.get_ref().record_mark();
    let (mut at, mut lines, mut last) = (0, 0, 0);
    loop {
        let bytes = text.fill_buf()?;
        mark.record_ended();
        if bytes.is_empty() {
            return Ok(lines);
        }
        for byte in bytes {
            let is_break = matches!(byte, b'\n' | b'\r');
            if at >= start && !is_break {
                return Ok(lines);
            }
            // A CRLF is one line break.
            lines += u64::from(is_break && !(*byte == b'\n' && last == b'\r'));
            last = *byte;
            at += 1;
        }
        let length = bytes.len();
        text.consume(length);
    }
}

fn read(
    reader: &mut csv::Reader<Text>,
    record: &mut ByteRecord,
    mark: &RecordMark,
) -> Result<bool, Refusal> {
    let more = reader.read_byte_record(record).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => Refusal::from_io(&error),
        other => Refusal::new(RejectCode::Unreadable, format!("not readable as CSV: {other:?}")),
    })?;
    mark.record_ended();
    Ok(more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<(Vec<Vec<String>>, Records), Refusal> {
        let mut records = Records::of_bytes(text.as_bytes().into(), &Dialect::default())?;
        let mut rows = Vec::new();
        while let Some(record) = records.next()? {
            rows.push(record.iter().map(|c| String::from_utf8_lossy(c).into_owned()).collect());
        }
        Ok((rows, records))
    }

    #[test]
    fn a_cut_last_line_is_left_out_and_a_repeated_header_is_skipped() {
        let (rows, records) = rows("t, x \n1,2\nt,x\n3,4\n5").unwrap();
        assert_eq!(records.header(), ["t", "x"]);
        assert_eq!(rows, [["1", "2"], ["3", "4"]]);
        assert!(records.truncated_last_line);
        assert_eq!(records.repeated_headers, 1);
    }

    #[test]
    fn a_separator_at_the_end_of_lines_is_no_column() {
        let (rows, _) = rows("t,x,\n1,2,\n3,4,\n").unwrap();
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn quotes_behind_blanks_are_no_part_of_a_name() {
        let (rows, records) = rows("\"t\", \"x\"\n1, \"2\"\n\"t\", \"x\"\n").unwrap();
        assert_eq!((records.header(), rows.len()), (&["t".to_owned(), "x".to_owned()][..], 1));
    }

    #[test]
    fn a_ragged_row_is_refused_with_its_line() {
        let refusal = rows("t,x\n1,2\n\n3\n4,5\n").err().unwrap();
        assert_eq!((refusal.code, refusal.line), (RejectCode::RaggedRow, Some(4)));
        assert_eq!(refusal.message, "the row has 1 cells, the header 2");
        let refusal = rows("t,x\n1,2,3\n").err().unwrap();
        assert_eq!((refusal.code, refusal.line), (RejectCode::RaggedRow, Some(2)));
    }

    #[test]
    fn a_row_that_may_be_a_comment_says_how_to_skip_it() {
        let refusal = rows("t,x\n1,2\n# the end\n3,4\n").err().unwrap();
        assert!(refusal.message.contains("comment = \"#\""), "{refusal}");
    }

    #[test]
    fn a_quote_that_is_not_closed_is_no_cut_last_line() {
        let refusal = rows("t,x,y\n1,2,3\n\"3,4,5\n5,6,7\n").err().unwrap();
        assert_eq!((refusal.code, refusal.line), (RejectCode::RaggedRow, Some(3)));
        let (rows, records) = rows("t,x,y\n1,2,3\n\"3").unwrap();
        assert_eq!((rows.len(), records.truncated_last_line), (1, true));
    }

    #[test]
    fn an_empty_or_binary_file_is_refused() {
        assert_eq!(rows("").err().unwrap().code, RejectCode::EmptyFile);
        assert_eq!(rows("\n \n\n").err().unwrap().code, RejectCode::EmptyFile);
        assert_eq!(rows("a\0b,c\n1,2\n").err().unwrap().code, RejectCode::BadEncoding);
        let latin1 = Records::of_bytes(b"H\xF6he,t\n1,2\n"[..].into(), &Dialect::default());
        assert_eq!(latin1.err().unwrap().code, RejectCode::BadEncoding);
    }
}
