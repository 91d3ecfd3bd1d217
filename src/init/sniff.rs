//! To sniff is to tell a file's dialect from its first bytes.
//!
//! [`super::specimen`] sniffs every file that is opened, so that files group by dialect and
//! header.

use std::io::{self, Read as _};
use std::path::Path;

use super::units_line::{is_units_line, place, unit_in};
use crate::flight::{Cell, Decimal, Dialect, Encoding, is_compressed, parse_number, unpacked};

/// Bytes of a file, once unpacked, that are sniffed.
const SNIFFED_BYTES: u64 = 1 << 14;
/// Lines that are sniffed.
const SNIFFED_LINES: usize = 80;
/// Delimiters in use.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// What the first bytes tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scent {
    /// A table with a header; the unit of each column, where a line says so.
    Table(Dialect, Vec<Option<&'static str>>),
    /// No table, and why.
    None(&'static str),
}

/// Reads the first bytes of a file and tells its dialect.
///
/// # Errors
/// What the file system says.
pub(super) fn sniff(path: &Path) -> io::Result<Scent> {
    if !std::fs::symlink_metadata(path)?.is_file() {
        return Ok(Scent::None("not a regular file"));
    }
    let mut bytes = Vec::new();
    let read = unpacked(path)?.take(SNIFFED_BYTES).read_to_end(&mut bytes);
    if is_compressed(path) && read.is_err() {
        return Ok(Scent::None("cannot be unpacked"));
    }
    read?;
    Ok(scent(&bytes))
}

/// The dialect that bytes from the beginning of a file are written in.
pub(super) fn scent(bytes: &[u8]) -> Scent {
    let is_cut = bytes.len() as u64 >= SNIFFED_BYTES;
    let Some((encoding, text)) = decode(bytes, is_cut) else {
        return Scent::None("a binary file");
    };
    let physical = lines(&text, is_cut);
    let (lines, starts) = logical(&physical, &text);
    if lines.iter().all(|line| line.trim().is_empty()) {
        return Scent::None("an empty file");
    }
    let comment = comment(&lines);
    let best = DELIMITERS
        .iter()
        .filter_map(|delimiter| Layout::new(&lines, *delimiter, comment))
        .max_by_key(|layout| layout.rank);
    let Some(layout) = best else {
        return Scent::None("a single column");
    };
    if !layout.is_named {
        return Scent::None("the first line holds numbers, not names");
    }
    let before = &lines[..layout.header];
    let units = units(&lines, &layout);
    let is_blank = |line: &&str| line.trim().is_empty() || line.starts_with('#');
    let skip_lines = if before.iter().all(is_blank) && !layout.header_is_comment {
        0
    } else {
        starts[layout.header]
    };
    let dialect = Dialect {
        delimiter: layout.delimiter,
        decimal: decimal(&lines[layout.header + 1 + layout.after..], layout.delimiter),
        encoding,
        skip_lines,
        skip_after_header: layout.after,
        comment: comment.filter(|_| !layout.header_is_comment),
    };
    Scent::Table(dialect, units)
}

/// The unit of each column, from the units line that stands among the rows of words or
/// before the header.
fn units(lines: &[&str], layout: &Layout) -> Vec<Option<&'static str>> {
    let width = cells(lines[layout.header], layout.delimiter).len();
    let above = lines[..layout.header].iter().rev().map(|line| line.trim_start_matches('#'));
    let mut above = above.map(|line| cells(line, layout.delimiter));
    let line = match layout.units {
        Some(at) => Some(cells(lines[at], layout.delimiter)),
        None => above.find(|cells| is_units_line(cells, width)),
    };
    let units: Vec<_> = line.unwrap_or_default().into_iter().map(unit_in).collect();
    if units.iter().any(Option::is_some) { units } else { Vec::new() }
}

/// The encoding and the text; none for what is no text. A file with a byte-order mark says
/// itself what it is, so it counts as plain.
fn decode(bytes: &[u8], is_cut: bool) -> Option<(Encoding, String)> {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return Some((Encoding::Utf8, String::from_utf8_lossy(rest).into_owned()));
    }
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return Some((Encoding::Utf8, encoding.decode(bytes).0.into_owned()));
    }
    let nul_share = |odd: usize| {
        let every = bytes.iter().skip(odd).step_by(2);
        every.clone().filter(|byte| **byte == 0).count() as f64 / every.count().max(1) as f64
    };
    match (nul_share(0), nul_share(1)) {
        (even, odd) if even < 0.05 && odd > 0.6 => {
            let text = encoding_rs::UTF_16LE.decode(bytes).0.into_owned();
            return Some((Encoding::Utf16Le, text));
        }
        (even, odd) if odd < 0.05 && even > 0.6 => {
            let text = encoding_rs::UTF_16BE.decode(bytes).0.into_owned();
            return Some((Encoding::Utf16Be, text));
        }
        (even, odd) if even + odd > 0.0 => return None,
        _ => {}
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some((Encoding::Utf8, text.to_owned())),
        // Only the end of what was read may stand in the middle of a character.
        Err(error) if is_cut && error.error_len().is_none() => {
            let text = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
            Some((Encoding::Utf8, text))
        }
        Err(_) => Some((Encoding::Latin1, encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned())),
    }
}

/// The first lines; the last is left out where it may be cut.
fn lines(text: &str, is_cut: bool) -> Vec<&str> {
    let mut lines: Vec<&str> = if text.contains('\n') || !text.contains('\r') {
        text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect()
    } else {
        text.split('\r').collect()
    };
    if lines.len() > 1 && (is_cut || lines.last().is_some_and(|line| line.is_empty())) {
        lines.pop();
    }
    lines.truncate(SNIFFED_LINES);
    lines
}

/// The lines with those joined that a quoted line break parts, and the line, from 0, that
/// each begins on.
fn logical<'a>(physical: &[&'a str], text: &'a str) -> (Vec<&'a str>, Vec<usize>) {
    /// A quote that is open for longer is a stray one.
    const MOST_JOINED: usize = 8;
    let is_open = |line: &str| {
        !line.starts_with('#') && line.bytes().filter(|byte| *byte == b'"').count() % 2 == 1
    };
    let offset = |line: &str| line.as_ptr() as usize - text.as_ptr() as usize;
    let (mut lines, mut starts, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(line) = physical.get(at) {
        let closing =
            (at + 1..physical.len().min(at + MOST_JOINED)).find(|i| is_open(physical[*i]));
        let last = closing.filter(|_| is_open(line)).unwrap_or(at);
        let end = offset(physical[last]) + physical[last].len();
        lines.push(&text[offset(line)..end]);
        starts.push(at);
        at = last + 1;
    }
    (lines, starts)
}

/// The character that begins a comment, where some line is one.
fn comment(lines: &[&str]) -> Option<u8> {
    lines.iter().any(|line| line.starts_with('#')).then_some(b'#')
}

/// How lines fall into cells under a delimiter.
struct Layout {
    delimiter: u8,
    /// Line of the header, from 0.
    header: usize,
    /// The header stands behind a `#`.
    header_is_comment: bool,
    /// The header holds names, not numbers.
    is_named: bool,
    /// Rows of words between the header and the data.
    after: usize,
    /// The line of units among the rows of words, from 0.
    units: Option<usize>,
    /// The better the layout, the greater.
    rank: (bool, usize, usize),
}

impl Layout {
    fn new(lines: &[&str], delimiter: u8, comment: Option<u8>) -> Option<Self> {
        let is_comment = |line: &str| comment.is_some() && line.starts_with('#');
        let counts: Vec<usize> = lines
            .iter()
            .map(|line| if is_comment(line) { 0 } else { cells(line, delimiter).len() })
            .collect();
        let width = most_frequent(counts.iter().copied().filter(|count| *count > 1))?;
        let mut header = counts.iter().position(|count| *count == width)?;
        // Rows with a separator at their end are wider than their header by an empty cell.
        if header > 0 && counts[header - 1] == width - 1 && is_open(lines[header], delimiter) {
            header -= 1;
        }
        let mut header_is_comment = false;
        // A header behind a `#`, as numpy writes it: as wide as the numbers under it.
        if header > 0 && is_comment(lines[header - 1]) && !is_named(lines[header], delimiter) {
            let above = lines[header - 1];
            if cells(above, delimiter).len() == width && is_named(above, delimiter) {
                header -= 1;
                header_is_comment = true;
            }
        }
        let (mut after, mut units) = (0, None);
        if !header_is_comment {
            let table: Vec<usize> = (header..lines.len()).filter(|at| counts[*at] > 0).collect();
            let rows: Vec<Vec<&str>> =
                table.iter().map(|at| cells(lines[*at], delimiter)).collect();
            let placed = place(&rows);
            header = table[placed.before];
            (after, units) = (placed.after, placed.units.map(|at| table[at]));
        }
        let under = &counts[header..];
        let rows = under.iter().filter(|count| **count > 0).count();
        let even = under.iter().filter(|count| **count == width).count();
        let is_named = is_named(lines[header], delimiter);
        let evenness = 100 * even / rows.max(1);
        Some(Self {
            delimiter,
            header,
            header_is_comment,
            is_named,
            after,
            units,
            rank: (is_named, evenness, width),
        })
    }
}

fn is_open(line: &str, delimiter: u8) -> bool {
    line.trim_end_matches(' ').as_bytes().last() == Some(&delimiter)
}

/// Names, not numbers: no cell is a number, and at least two say something.
fn is_named(line: &str, delimiter: u8) -> bool {
    let cells = cells(line, delimiter);
    let is_number = |cell: &&str| {
        [Decimal::Point, Decimal::Comma]
            .iter()
            .any(|decimal| matches!(parse_number(cell.as_bytes(), *decimal), Cell::Number(_)))
    };
    cells.iter().filter(|cell| cell.chars().any(char::is_alphabetic)).count() > 1
        && !cells.iter().any(is_number)
}

/// The cells of one line, without the quotes around them; none of a blank one.
fn cells(line: &str, delimiter: u8) -> Vec<&str> {
    if line.is_empty() {
        return Vec::new();
    }
    let (mut cells, mut start, mut is_quoted) = (Vec::new(), 0, false);
    for (at, byte) in line.bytes().enumerate() {
        if byte == b'"' {
            is_quoted = !is_quoted;
        } else if byte == delimiter && !is_quoted {
            cells.push(line[start..at].trim_matches('"'));
            start = at + 1;
        }
    }
    cells.push(line[start..].trim_matches('"'));
    cells
}

/// The most frequent number; the greatest of several.
fn most_frequent(numbers: impl Iterator<Item = usize>) -> Option<usize> {
    let mut counted = std::collections::BTreeMap::<usize, usize>::new();
    for number in numbers {
        *counted.entry(number).or_default() += 1;
    }
    counted.into_iter().max_by_key(|(number, count)| (*count, *number)).map(|(number, _)| number)
}

/// The decimal mark: a comma where numbers have it and none has a point.
fn decimal(rows: &[&str], delimiter: u8) -> Decimal {
    if delimiter == b',' {
        return Decimal::Point;
    }
    let (mut points, mut commas) = (0_usize, 0_usize);
    for cell in rows.iter().take(30).flat_map(|row| cells(row, delimiter)) {
        let is_number = |decimal| matches!(parse_number(cell.as_bytes(), decimal), Cell::Number(_));
        if cell.contains('.') && is_number(Decimal::Point) {
            points += 1;
        } else if cell.contains(',') && is_number(Decimal::Comma) {
            commas += 1;
        }
    }
    if commas > 10 * points { Decimal::Comma } else { Decimal::Point }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(text: impl AsRef<[u8]>) -> Dialect {
        match scent(text.as_ref()) {
            Scent::Table(dialect, _) => dialect,
            Scent::None(why) => panic!("{why}"),
        }
    }

    #[test]
    fn delimiters_and_decimal_marks_are_told_by_what_keeps_rows_even() {
        let plain = Dialect::default();
        assert_eq!(dialect("t,lat,lon\n1,2.5,3.5\n2,2.6,3.6\n"), plain);
        let european = Dialect { delimiter: b';', decimal: Decimal::Comma, ..plain };
        assert_eq!(dialect("t;lat;lon\r\n1;2,5;3,5\r\n2;2,6;3,6\r\n"), european);
        assert_eq!(dialect("t;lat;lon\n1;2.5;3.5\n"), Dialect { delimiter: b';', ..plain });
        assert_eq!(dialect("t\tlat\tlon\n1\t2.5\t3.5\n").delimiter, b'\t');
        assert_eq!(dialect("t|lat|lon\n1|2.5|3.5\n").delimiter, b'|');
        assert_eq!(dialect("\"t\",\"lat;x\",\"lon\"\n1,2,3\n"), plain, "quotes");
        assert_eq!(dialect("t,lat,lon\n1,2.5,3.5,\n2,2.5,3.5,\n"), plain, "open rows");
        assert_eq!(dialect("t,lat,lon\n"), plain, "a header alone");
        assert_eq!(dialect("t,lat,lon\r1,2.5,3.5\r2,2.6,3.6\r"), plain, "old Macintosh");
    }

    #[test]
    fn what_stands_before_the_header_is_skipped() {
        let text = "Recorder 7\nexported 2024\n\nt,lat,lon\n1,2.5,3.5\n2,2.5,3.5\n";
        assert_eq!(dialect(text).skip_lines, 3);
        assert_eq!(dialect("\n\nt,lat,lon\n1,2.5,3.5\n").skip_lines, 0, "blank lines");
        let text = "# made by x\n# on a day\nt,lat,lon\n1,2.5,3.5\n";
        assert_eq!((dialect(text).comment, dialect(text).skip_lines), (Some(b'#'), 0));
        let text = "# made by x\n# t,lat,lon\n1,2.5,3.5\n2,2.5,3.5\n";
        assert_eq!((dialect(text).comment, dialect(text).skip_lines), (None, 1));
    }

    #[test]
    fn a_header_may_hold_line_breaks_between_quotes() {
        let text = "by \"x\nt,\"lat\n[deg]\",\"lon\"\n1,2.5,3.5\n2,2.5,3.5\n";
        assert_eq!(dialect(&text[6..]), Dialect::default());
        assert_eq!(dialect(format!("by x\n{}", &text[6..])).skip_lines, 1);
    }

    #[test]
    fn encodings_are_told_by_marks_and_bytes() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let text = "t,lat,lon\n1,2,3\n";
        assert_eq!(dialect(utf16(text)).encoding, Encoding::Utf16Le);
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(dialect(be).encoding, Encoding::Utf16Be);
        assert_eq!(dialect(utf16(&format!("\u{feff}{text}"))), Dialect::default());
        assert_eq!(dialect(format!("\u{feff}{text}")), Dialect::default());
        assert_eq!(dialect("t,H\u{f6}he\n1,2\n").encoding, Encoding::Utf8);
        assert_eq!(dialect(b"t,H\xF6he\n1,2\n").encoding, Encoding::Latin1);
    }

    #[test]
    fn what_is_no_table_says_why() {
        let why = |bytes: &[u8]| match scent(bytes) {
            Scent::None(why) => why,
            Scent::Table(dialect, _) => panic!("{dialect:?}"),
        };
        assert_eq!(why(b""), "an empty file");
        assert_eq!(why(b" \n\n"), "an empty file");
        assert_eq!(why(b"1,2,3\n4,5,6\n"), "the first line holds numbers, not names");
        assert_eq!(why(b"hello\nworld\n"), "a single column");
        assert_eq!(why(b"\0\x01\x02\x03\0\0\x09\0\0\0"), "a binary file");
    }
}
