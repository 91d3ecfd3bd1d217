//! The fast way to read a file: plain tables of numbers, in blocks of 64 rows.
//!
//! A window of the file is searched for separators with vectors ([`index`]); their positions
//! are turned from rows to columns; then each wanted column of a block is parsed eight cells
//! at a time ([`numbers`], [`times`]) and added up as a whole ([`rows`]).
//!
//! It gives up on whatever it does not do (a quote, a row that is ragged or blank, a lone
//! carriage return, a cell that is no number, a time in parts): the plain way then reads the
//! file from its start, and says what is wrong with it if something is. So there is one
//! definition of every odd case, and none of it is here.

mod window;
mod pattern;
mod index;
mod alike;
mod numbers;
mod one_by_one;
mod times;
mod rows;
#[cfg(test)]
mod numbers_tests;
#[cfg(test)]
mod times_tests;
#[cfg(test)]
mod reading_tests;
#[cfg(test)]
mod line_break_tests;
#[cfg(test)]
mod pattern_tests;

use std::cell::Cell;
use std::io::{self, Read, Seek as _};
use std::mem;
use std::path::Path;

use fearless_simd::{Level, dispatch};

use super::pass::Pass;
use super::plan::Plan;
use super::roles::RoleRows;
use super::text::{RecordMark, Text};
use super::unpack::{is_compressed, open_regular};
use super::{Dialect, Encoding, Recipe, Source};
use index::Index;
use rows::Rows;
use window::Window;

/// The most columns of a file that is read in blocks, whose separators 16 bits can count.
const MAX_COLUMNS: usize = 1000;

/// What was met that the plain way has to deal with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct GiveUp;

/// Buffers that files read by one thread share.
#[derive(Default)]
struct Buffers {
    window: Window,
    index: Index,
    rows: RoleRows,
}

thread_local! {
    static BUFFERS: Cell<Option<Box<Buffers>>> = const { Cell::new(None) };
}

/// Reads everything once, and keeps at most `most_kept` values of variables; none where the
/// plain way has to do it.
pub(super) fn read(
    level: Level,
    path: &Path,
    source: &Source,
    recipe: &Recipe,
    most_kept: usize,
) -> Option<(Plan, Pass)> {
    if source.config.columns.time_parts().next().is_some() {
        // Only a time in one cell is read in blocks.
        return None;
    }
    let input = open(path, &source.config.dialect)?;
    let mut buffers = BUFFERS.take().unwrap_or_default();
    let read = read_from(level, input, source, (recipe, most_kept), &mut buffers).ok();
    BUFFERS.set(Some(buffers));
    read
}

/// Rows of a flight whose lists are worth keeping: no thread should hold what only the longest
/// of flights needed.
const MOST_KEPT: usize = 1 << 15;

/// Takes the lists of a flight that is done with, for the next flight of the thread: pages
/// that are given back and asked for again took 7 % of the time.
pub(super) fn recycle(mut rows: RoleRows) {
    if rows.time_us.capacity() <= MOST_KEPT {
        rows.clear();
        let mut buffers = BUFFERS.take().unwrap_or_default();
        buffers.rows = rows;
        BUFFERS.set(Some(buffers));
    }
}

/// Opens a file whose bytes, or whose decoded text, may be a plain table.
fn open(path: &Path, dialect: &Dialect) -> Option<Box<dyn Read>> {
    // Every setting is named here, so that one that is added later is thought of.
    let Dialect { delimiter: _, decimal: _, encoding, skip_lines, skip_after_header: _, comment } =
        *dialect;
    if comment.is_some() {
        return None;
    }
    let is_plain = encoding == Encoding::Utf8 && skip_lines == 0 && !is_compressed(path);
    if !is_plain {
        let text = Text::open(path, dialect).ok()?;
        return Some(Box::new(Decoded { mark: text.record_mark(), text }));
    }
    let mut file = open_regular(path).ok()?;
    let mut start = [0; BYTE_ORDER_MARK.len()];
    let has_mark = file.read_exact(&mut start).is_ok() && start == BYTE_ORDER_MARK;
    if !has_mark {
        file.rewind().ok()?;
    }
    Some(Box::new(file))
}

/// The byte-order mark of UTF-8. Those of other encodings are no UTF-8, so that the header
/// shows them.
const BYTE_ORDER_MARK: [u8; 3] = *b"\xEF\xBB\xBF";

/// Text whose rows are bounded by the window instead of by their mark.
struct Decoded {
    text: Text,
    mark: RecordMark,
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.mark.record_ended();
        self.text.read(buffer)
    }
}

fn read_from(
    level: Level,
    mut input: Box<dyn Read>,
    source: &Source,
    (recipe, most_kept): (&Recipe, usize),
    buffers: &mut Buffers,
) -> Result<(Plan, Pass), GiveUp> {
    let Buffers { window, index, rows } = buffers;
    window.restart();
    window.fill(&mut *input)?;
    let Dialect { delimiter, skip_after_header, .. } = source.config.dialect;
    let line = window.take_line()?;
    let header = names(line.bytes, delimiter)?;
    let is_crlf = line.is_crlf;
    for _ in 0..skip_after_header {
        let line = window.take_line()?;
        // Blank lines are no rows, and a quote may hold a line break.
        if !is_plain(line.bytes) || line.bytes.trim_ascii().is_empty() {
            return Err(GiveUp);
        }
    }
    let width = header.len();
    let plan = Plan::new(header, source, recipe).map_err(|_| GiveUp)?;
    let mut rows = Rows::new(plan, recipe, mem::take(rows), most_kept)?;
    index.shape(width, delimiter, is_crlf, rows.columns());
    dispatch!(level, simd => rows.read_all(simd, window, index, &mut *input))?;
    Ok(rows.finish())
}

/// The names in a header that needs no second look.
fn names(line: &[u8], delimiter: u8) -> Result<Vec<String>, GiveUp> {
    if !is_plain(line) {
        return Err(GiveUp);
    }
    let names = std::str::from_utf8(line).map_err(|_| GiveUp)?.split(char::from(delimiter));
    let names: Vec<String> = names.map(|name| name.trim().to_owned()).collect();
    let is_table = (2..=MAX_COLUMNS).contains(&names.len())
        && names.iter().any(|name| !name.is_empty())
        // Separators at the end of every line make no column.
        && names.last().is_some_and(|name| !name.is_empty());
    if is_table { Ok(names) } else { Err(GiveUp) }
}

/// What a quote, a NUL or a lone carriage return means is not for the fast way to say.
fn is_plain(line: &[u8]) -> bool {
    !line.iter().any(|byte| matches!(byte, b'"' | b'\r' | 0))
}
