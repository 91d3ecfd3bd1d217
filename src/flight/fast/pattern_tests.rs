//! Rows that are alike, nearly alike, and what stands between them.

use std::fmt::Write as _;

use fearless_simd::{Level, dispatch};
use proptest::prelude::*;

use super::super::Dialect;
use super::pattern::Pattern;
use super::reading_tests::{agree_on, clean_table, source};
use super::window::Window;

/// A table of rows that are all alike, with a cell of so many digits more.
fn alike(n_rows: usize, delimiter: char, line_break: &str, digits: usize) -> String {
    let mut text =
        format!("time,lon,lat,alt,dist,a,b,c{line_break}").replace(',', &delimiter.to_string());
    for row in 0..n_rows {
        let time = jiff::Timestamp::from_second(1_700_000_000 + row as i64).unwrap();
        let (x, long) = (100 + row, "7".repeat(digits));
        let cells = [format!("3.{x}5"), format!("-40.{x}"), format!("{x}"), format!("{x}.5")];
        let cells =
            [&[time.to_string()], &cells[..], &[format!("-{x}.25"), long, format!("{x}")]].concat();
        let _ = write!(text, "{}{line_break}", cells.join(&delimiter.to_string()));
    }
    text
}

/// Whether the second line is like the first.
fn is_alike(first: &str, second: &str, delimiter: u8) -> bool {
    let mut window = Window::default();
    window.fill(&mut [first, second].concat().as_bytes()).unwrap();
    let (bytes, start, end) = (window.bytes(), first.len() as u16, window.end());
    let mut pattern = Pattern::default();
    dispatch!(Level::baseline(), simd => {
        pattern.learn(simd, bytes, (0, start), std::iter::empty(), delimiter);
        pattern.fits(simd, bytes, (start, end))
    })
}

#[test]
fn rows_are_alike_if_only_digits_signs_and_dots_differ() {
    for length in [64, 65, 127, 128, 129, 200] {
        let row = format!("2024-03-05T06:12:00Z,-1.25,CLIMB,{:0>1$},33.5\n", 7, length - 39);
        assert_eq!(row.len(), length);
        assert!(is_alike(&row, &row.replace("-1.25", "1.375").replace("00Z", "59Z"), b','));
        assert!(!is_alike(&row, &row.replace("CLIMB", "CRUIS"), b','), "a word");
        assert!(!is_alike(&row, &row.replace("1.25,C", "1.2,5C"), b','), "a separator");
        assert!(!is_alike(&row, &row.replace("33.5", "33\"5"), b','), "a quote");
        assert!(!is_alike(&row, &row.replace("33.5", "3\n.5"), b','), "a line break");
        assert!(!is_alike(&row, &row[1..], b','), "another length");
        assert!(!is_alike(&row, &row, b'.'), "a separator that numbers have");
    }
    assert!(!is_alike("1,2,3\n", "1,2,3\n", b','), "short rows have no pattern");
}

#[test]
fn a_byte_that_sets_a_row_apart_is_seen_wherever_it_stands() {
    for delimiter in [',', ';'] {
        let dialect = Dialect { delimiter: delimiter as u8, ..Dialect::default() };
        let source = source(dialect, true, None);
        let [before, with, text] = [6, 7, 9].map(|rows| alike(rows, delimiter, "\n", 80));
        let row = before.len()..with.len();
        assert!(row.len() > 128, "{row:?}");
        assert!(agree_on(text.as_bytes(), &source));
        for place in row {
            for byte in *b",\n\r\";7.- x:\0\xFF" {
                let mut text = text.clone().into_bytes();
                text[place] = byte;
                agree_on(&text, &source);
            }
        }
    }
}

#[test]
fn rows_that_are_alike_are_read_the_fast_way_whatever_their_length() {
    for (delimiter, line_break) in
        [(',', "\n"), (';', "\r\n"), ('\t', "\n"), ('|', "\n"), ('/', "\n")]
    {
        let dialect = Dialect { delimiter: delimiter as u8, ..Dialect::default() };
        let source = source(dialect, true, None);
        for digits in 1..140 {
            let text = alike(70, delimiter, line_break, digits);
            assert!(agree_on(text.as_bytes(), &source), "{delimiter:?} {digits}");
        }
    }
}

#[test]
fn a_row_that_is_cut_is_not_made_whole_by_what_was_read_before() {
    let with_distance = source(Dialect::default(), true, None);
    let text = clean_table(200, "\n");
    for cut in 0..200 {
        assert!(agree_on(text.as_bytes(), &with_distance));
        agree_on(&text.as_bytes()[..text.len() - cut], &with_distance);
    }
}

/// How the cells of a row are written.
type Widths = [usize; 6];

proptest! {
    #[test]
    fn rows_of_few_patterns_read_the_same_either_way(
        patterns in prop::collection::vec(prop::array::uniform6(0usize..30), 1..4),
        rows in prop::collection::vec((0usize..4, 0u64..10_000_000), 0..300),
        faults in prop::collection::vec((any::<usize>(), prop::sample::select(b",,\n\r\";5.-+ xT\0".to_vec())), 0..3),
        delimiter in prop::sample::select(b",;\t|/.".to_vec()),
        is_crlf in any::<bool>(),
    ) {
        let line_break = if is_crlf { "\r\n" } else { "\n" };
        let mark = char::from(delimiter);
        let mut text = format!("time,lon,lat,alt,dist,a,c{line_break}").replace(',', &mark.to_string());
        let begin = text.len();
        for (row, (pattern, number)) in rows.iter().enumerate() {
            // Mostly the first.
            let widths: Widths = patterns[(pattern / 3) * row % patterns.len()];
            let time = jiff::Timestamp::from_second(1_700_000_000 + row as i64).unwrap();
            let _ = write!(text, "{time}");
            for width in widths {
                let number = number % 10u64.pow(width.min(7) as u32);
                let _ = if width == 0 { write!(text, "{mark}") } else { write!(text, "{mark}{number:0width$}") };
            }
            text.push_str(line_break);
        }
        let mut bytes = text.into_bytes();
        for (place, byte) in faults {
            let length = bytes.len();
            if length > begin {
                bytes[begin + place % (length - begin)] = byte;
            }
        }
        agree_on(&bytes, &source(Dialect { delimiter, ..Dialect::default() }, true, None));
    }
}
