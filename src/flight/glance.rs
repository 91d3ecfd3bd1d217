//! A glance at a plain file: its ends are split into rows here, since the `csv` crate takes
//! longer to set up a reader than these few rows take to read.
//!
//! Whatever is not plain (quotes, ragged rows, a time that is none) makes a glance give up,
//! and [`super::peek`] looks again with [`super::records`], which also says what is wrong.
//! Where a glance tells something, it is what that would tell.

use super::ends::Ends;
use super::scan::{Row, Scan};
use super::{Dialect, Encoding, Layout, NameParts, Refusal, Source, choose_source};
use crate::tables::RejectCode;

/// What a glance tells.
pub(super) struct Glance<'a> {
    pub(super) source: &'a Source,
    pub(super) identity: NameParts,
    pub(super) time_us: Option<(i64, i64)>,
    pub(super) ends_deg: Option<((f64, f64), (f64, f64))>,
    /// Rows at both ends.
    pub(super) rows: u64,
}

/// Looks at the ends of a file; none where they are not plain, or are too short to tell.
pub(super) fn glance<'a>(ends: &Ends, sources: &'a [Source]) -> Option<Glance<'a>> {
    let head = ends.head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&ends.head);
    if ends.is_streamed || !is_plain(head) || !is_plain(&ends.tail) {
        return None;
    }
    let not_plain = || Refusal::new(RejectCode::NoHeader, "not plain");
    let header_under = |dialect: &Dialect| header(head, dialect).ok_or_else(not_plain);
    let (source, header) = choose_source(sources, header_under).ok()?;
    let dialect = &source.config.dialect;
    let shape = Shape { delimiter: dialect.delimiter, header: &header };
    let below = lines(table(head, dialect), dialect).skip(1 + dialect.skip_after_header);
    let head_rows = shape.rows(below, head)?;
    let tail_rows = shape.rows(lines(&ends.tail, dialect), &ends.tail)?;
    let layout = Layout::new(source, header).ok()?;
    let mut cells = Cells { delimiter: dialect.delimiter, line: &[], ends: Vec::new() };
    let mut scan = Scan::new(source, &layout);
    cells.take(head_rows.first()?);
    let identity = scan.identity(&cells);
    scan.first_us = scan.time(&cells).ok()?;
    for line in &head_rows {
        cells.take(line);
        scan.first_us = scan.first_us.or_else(|| scan.time(&cells).ok().flatten());
        scan.first_place = scan.first_place.or_else(|| scan.place(&cells));
        if scan.first_us.is_some() && scan.first_place.is_some() {
            break;
        }
    }
    let last_rows = if tail_rows.is_empty() { &head_rows } else { &tail_rows };
    for line in last_rows.iter().rev() {
        cells.take(line);
        scan.last_us = scan.last_us.or_else(|| scan.time(&cells).ok().flatten());
        scan.last_place = scan.last_place.or_else(|| scan.place(&cells));
        if scan.last_us.is_some() && scan.last_place.is_some() {
            break;
        }
    }
    let has_all = scan.first_us.and(scan.last_us).is_some()
        && scan.first_place.and(scan.last_place).is_some();
    (has_all || ends.is_whole()).then(|| Glance {
        source,
        identity,
        time_us: scan.times(),
        ends_deg: scan.first_place.zip(scan.last_place),
        rows: (head_rows.len() + tail_rows.len()) as u64,
    })
}

/// Whether lines and cells are what lies between line feeds and delimiters.
fn is_plain(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'"', b'\r', text)
        .all(|at| text[at] == b'\r' && text.get(at + 1) == Some(&b'\n'))
}

/// The text from the header on.
fn table<'t>(text: &'t [u8], dialect: &Dialect) -> &'t [u8] {
    let end = |skipped: usize| memchr::memchr_iter(b'\n', text).nth(skipped).map(|at| at + 1);
    dialect.skip_lines.checked_sub(1).map_or(text, |last| &text[end(last).unwrap_or(text.len())..])
}

/// The lines that are no comment and not empty.
fn lines<'t>(text: &'t [u8], dialect: &Dialect) -> impl Iterator<Item = &'t [u8]> {
    let comment = dialect.comment;
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest);
        let line = &rest[..end.unwrap_or(rest.len())];
        rest = &rest[end.map_or(rest.len(), |at| at + 1)..];
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
    .filter(move |line| !line.is_empty() && line.first().copied() != comment)
}

/// The names of the columns, as `Records` give them; none where that has more to say.
fn header(head: &[u8], dialect: &Dialect) -> Option<Vec<String>> {
    if dialect.encoding != Encoding::Utf8 || dialect.comment.is_some_and(|c| !c.is_ascii()) {
        return None;
    }
    let line = lines(table(head, dialect), dialect).next()?;
    let mut names: Vec<String> = std::str::from_utf8(line)
        .ok()?
        .split(char::from(dialect.delimiter))
        .map(|name| name.trim().to_owned())
        .collect();
    while names.len() > 1 && names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    (names.len() <= super::records::MAX_COLUMNS && names.iter().any(|n| !n.is_empty()))
        .then_some(names)
}

/// What all rows of a plain table have in common.
struct Shape<'a> {
    delimiter: u8,
    header: &'a [String],
}

impl Shape<'_> {
    /// The lines of some text as rows; none where one is ragged or may be the header again.
    fn rows<'t>(
        &self,
        lines: impl Iterator<Item = &'t [u8]>,
        text: &[u8],
    ) -> Option<Vec<&'t [u8]>> {
        let mut rows: Vec<&[u8]> = lines.collect();
        // The last line of a file that breaks off is no row.
        let is_cut = |line: &&&[u8]| text.last() != Some(&b'\n') && self.extra(line).is_none();
        if rows.last().is_some_and(|line| is_cut(&line)) {
            rows.pop();
        }
        rows.iter().all(|line| self.is_row(line)).then_some(rows)
    }

    fn is_row(&self, line: &[u8]) -> bool {
        let first = line.split(|byte| *byte == self.delimiter).next().unwrap_or_default();
        let may_be_header = first.trim_ascii() == self.header[0].as_bytes();
        let is_wide = match self.extra(line) {
            None => false,
            Some(0) => true,
            Some(_) => self.has_only_blanks_beyond(line),
        };
        is_wide && !may_be_header
    }

    /// Cells beyond the header's; none where there are fewer.
    fn extra(&self, line: &[u8]) -> Option<usize> {
        let cells = 1 + memchr::memchr_iter(self.delimiter, line).count();
        cells.checked_sub(self.header.len())
    }

    fn has_only_blanks_beyond(&self, line: &[u8]) -> bool {
        let end = memchr::memchr_iter(self.delimiter, line).nth(self.header.len() - 1);
        let is_blank = |byte: &u8| *byte == self.delimiter || byte.is_ascii_whitespace();
        end.is_some_and(|end| line[end..].iter().all(is_blank))
    }
}

/// One line's cells.
struct Cells<'t> {
    delimiter: u8,
    line: &'t [u8],
    /// Where each cell ends.
    ends: Vec<usize>,
}

impl<'t> Cells<'t> {
    fn take(&mut self, line: &'t [u8]) {
        self.line = line;
        self.ends.clear();
        self.ends.extend(memchr::memchr_iter(self.delimiter, line));
        self.ends.push(line.len());
    }
}

impl Row for Cells<'_> {
    fn cell(&self, at: usize) -> Option<&[u8]> {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] + 1);
        Some(&self.line[start..*self.ends.get(at)?])
    }
}

#[cfg(test)]
mod tests {
    use super::super::ends::NEAR;
    use super::super::peek::study;
    use super::*;
    use crate::flight::SourceConfig;
    use proptest::prelude::*;
    use std::path::Path;

    fn sources(delimiter: u8, skip_lines: usize, skip_after_header: usize) -> Vec<Source> {
        let mut config: SourceConfig = toml::from_str(
            "name = \"s\"\n[columns]\ntime = \"t\"\nlongitude = \"x\"\nlatitude = \"y\"\n\
             callsign = \"c\"\n[units]\ntime = \"elapsed-s\"",
        )
        .unwrap();
        config.dialect = Dialect {
            delimiter,
            skip_lines,
            skip_after_header,
            comment: Some(b'#'),
            ..config.dialect
        };
        vec![Source::compile(&config).unwrap()]
    }

    /// Cells such as real files have.
    fn cell() -> impl Strategy<Value = String> {
        prop_oneof![
            6 => (-90i32..90).prop_map(|n| n.to_string()),
            2 => (0u32..400).prop_map(|n| format!(" {}.5 ", f64::from(n))),
            1 => "(|nan|-|x|999)",
        ]
    }

    /// A file: lines before the table, its header, rows that repeat, few odd lines among
    /// them, line ends, and perhaps a cut.
    fn text() -> impl Strategy<Value = String> {
        let row = prop::collection::vec(cell(), 4).prop_map(|cells| cells.join(","));
        let rows = (prop::collection::vec(row, 0..30), 1usize..80);
        let line =
            "(|#c|t,x,y,c| ,|1,2|1,2,3,4,|1,2,3,4, ,|1,2,3,4,5|1,2,\"3\",4|1,2,3,\r4|1,é,3,4)";
        let odd = prop::collection::vec((any::<prop::sample::Index>(), line), 0..3);
        let start = "(|||\u{feff}|by x\n|#\n|\n)";
        let header = "(t,x,y,c|t,x,y,c| t , x,y ,c|t,x,y,c,|\"t\",x,y,c|t,x,x,c|T,x,y,c)";
        let end = prop_oneof![4 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r")];
        (start, header, rows, odd, end, 0usize..6).prop_map(
            |(start, header, (rows, times), odd, end, cut)| {
                let mut lines: Vec<String> =
                    rows.iter().cycle().take(rows.len() * times).cloned().collect();
                for (at, line) in odd {
                    lines.insert(at.index(lines.len() + 1), line);
                }
                let mut text = format!("{start}{header}{end}");
                lines.iter().for_each(|line| text.extend([line.as_str(), end]));
                let mut length = text.len().saturating_sub(cut * usize::from(cut > 2));
                while !text.is_char_boundary(length) {
                    length -= 1;
                }
                text.truncate(length);
                text
            },
        )
    }

    proptest! {
        #[test]
        fn a_glance_sees_what_a_study_sees(text in text(), skip in 0usize..2, after in 0usize..2) {
            let scratch = tempfile::tempdir().unwrap();
            let path = scratch.path().join("f.csv");
            std::fs::write(&path, &text).unwrap();
            let sources = sources(b',', skip, after);
            let ends = Ends::read(&path, text.len() as u64, NEAR).unwrap();
            if let Some(seen) = glance(&ends, &sources) {
                let studied = study(Path::new(&path), &ends, &sources).unwrap();
                prop_assert_eq!(seen.identity, studied.identity);
                prop_assert_eq!(seen.time_us, studied.time_us);
                prop_assert_eq!(seen.ends_deg, studied.ends_deg);
                prop_assert_eq!(seen.rows, studied.rows);
            }
        }
    }

    #[test]
    fn a_plain_file_takes_no_more_than_a_glance() {
        let rows = |n: u32| (0..n).fold(String::new(), |all, n| all + &format!("{n},2,3,abc\r\n"));
        for (text, skip, after) in [
            (format!("t,x,y,c\r\n{}", rows(9)), 0, 0),
            (format!("\u{feff}t,x,y,c\n{}", rows(9000)), 0, 0),
            (format!("by x\n# y\nt, x ,y,c\ns,deg\n\n{}8,2,3", rows(9000)), 1, 1),
        ] {
            let scratch = tempfile::tempdir().unwrap();
            let path = scratch.path().join("f.csv");
            std::fs::write(&path, &text).unwrap();
            let ends = Ends::read(&path, text.len() as u64, NEAR).unwrap();
            let sources = sources(b',', skip, after);
            let seen = glance(&ends, &sources).expect("the file is plain");
            let last = u32::from(text.len() > 1000) * 8991 + 8;
            assert_eq!(seen.time_us, Some((0, i64::from(last) * 1_000_000)));
            assert_eq!(seen.identity.callsign.as_deref(), Some("abc"));
        }
    }
}
