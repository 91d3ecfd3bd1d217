//! Line breaks that reads and searches cut, and those that are not as the header's.

use super::super::Dialect;
use super::reading_tests::{agree_on, clean_table, source};

#[test]
fn rows_that_are_cut_between_two_reads_are_read_the_fast_way() {
    let with_distance = source(Dialect::default(), true, None);
    for line_break in ["\n", "\r\n"] {
        // A header of any length puts the end of a read anywhere in a row.
        for length in (0..90).step_by(7) {
            let header = "time,lon,lat,alt,dist,a,b,c,d,e";
            let long = "x".repeat(length);
            let text = clean_table(2999, line_break);
            let text = text.replace(line_break, &format!(",123456789012345678901{line_break}"));
            let (_, rows) = text.split_once(line_break).unwrap();
            let text = format!("{header}{long}{line_break}{rows}");
            assert!(text.len() > 1 << 18, "{}", text.len());
            assert!(agree_on(text.as_bytes(), &with_distance), "{length}");
        }
    }
}

#[test]
fn a_line_break_that_is_cut_between_two_searches_is_seen_as_one() {
    for length in 0..130 {
        let long = "1".repeat(length);
        let text = format!(
            "time,lon,lat,alt,b\r\n2024-03-05T06:12:00Z,1,2,3,{long}\r\n\
             2024-03-05T06:12:01Z,1,2,3,4\r\n"
        );
        assert!(agree_on(text.as_bytes(), &source(Dialect::default(), false, None)), "{length}");
    }
}

#[test]
fn a_line_that_ends_in_another_way_than_its_header_is_left_to_the_plain_way() {
    for (wrong, line_break) in [("\r", "\r\n"), ("\n", "\r\n"), ("\r", "\n"), ("\"", "\n")] {
        let mut text = clean_table(300, line_break);
        // In a column that nobody wants, far from the end.
        let cell = text.len() / 2 + text[text.len() / 2..].find(line_break).unwrap() - 1;
        text.replace_range(cell..cell, wrong);
        let with_distance = source(Dialect::default(), true, None);
        assert!(!agree_on(text.as_bytes(), &with_distance), "{wrong:?} among {line_break:?}");
    }
}
