//! A number in a cell: blanks around it, a decimal mark, or a word for "missing".

use super::Decimal;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    /// A finite number, correctly rounded as `str::parse::<f64>` does it.
    Number(f64),
    /// Nothing: empty, a word for it, or a number that is not finite.
    Missing,
    /// Something else.
    Text,
}

/// Words that stand for a missing value, in lower case.
const MISSING_WORDS: [&str; 8] = ["nan", "null", "na", "n/a", "none", "-", "--", "nil"];

/// Reads a cell as a number.
#[must_use]
pub fn parse_number(cell: &[u8], decimal: Decimal) -> Cell {
    let cell = cell.trim_ascii();
    if cell.is_empty() {
        return Cell::Missing;
    }
    let parsed = match decimal {
        Decimal::Point => std::str::from_utf8(cell).ok().and_then(|text| text.parse::<f64>().ok()),
        Decimal::Comma => with_point(cell).and_then(|text| text.parse::<f64>().ok()),
    };
    match parsed {
        Some(number) if number.is_finite() => Cell::Number(number),
        Some(_) => Cell::Missing,
        None if is_missing_word(cell) => Cell::Missing,
        // The `csv` crate leaves quotes that stand behind blanks.
        None => without_quotes(cell).map_or(Cell::Text, |cell| parse_number(cell, decimal)),
    }
}

/// A cell without blanks around it, nor the quotes behind blanks that the `csv` crate leaves.
pub(super) fn bare(cell: &[u8]) -> &[u8] {
    without_quotes(cell).unwrap_or(cell.trim_ascii())
}

/// What stands between quotes; none where there are none.
fn without_quotes(cell: &[u8]) -> Option<&[u8]> {
    let inner = cell.trim_ascii().strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    (!inner.contains(&b'"')).then(|| inner.trim_ascii())
}

/// The cell with its decimal comma replaced; none if it holds a point as well.
fn with_point(cell: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(cell).ok()?;
    if text.contains('.') {
        return None;
    }
    Some(text.replacen(',', ".", 1))
}

fn is_missing_word(cell: &[u8]) -> bool {
    MISSING_WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_reads_as_the_standard_library_reads_it(number in any::<f64>(), pad in 0usize..3) {
            let blanks = " ".repeat(pad);
            for text in [format!("{number}"), format!("{number:e}"), format!("{number:.3}")] {
                let expected: f64 = text.parse().unwrap();
                let read = parse_number(format!("{blanks}{text}{blanks}").as_bytes(), Decimal::Point);
                let comma = parse_number(text.replace('.', ",").as_bytes(), Decimal::Comma);
                let wanted = if expected.is_finite() { Cell::Number(expected) } else { Cell::Missing };
                prop_assert_eq!(read, wanted);
                prop_assert_eq!(comma, wanted);
            }
        }
    }

    #[test]
    fn words_for_nothing_are_missing_and_other_words_are_text() {
        for cell in ["", "  ", "NaN", "null", "-", "NA", "inf", "-Infinity", "1e999"] {
            assert_eq!(parse_number(cell.as_bytes(), Decimal::Point), Cell::Missing, "{cell}");
        }
        for (cell, is) in [(" \" 1.5\" ", Cell::Number(1.5)), (" \"\"", Cell::Missing)] {
            assert_eq!(parse_number(cell.as_bytes(), Decimal::Point), is, "{cell}");
        }
        for cell in [
            "\"\"1\"\"",
            "\"1",
            "\"",
            "\"a\"",
            "abc",
            "1,5",
            "12:4",
            "1/2",
            "0x10",
            "1_000",
            "1 000",
            "--5",
        ] {
            assert_eq!(parse_number(cell.as_bytes(), Decimal::Point), Cell::Text, "{cell}");
        }
        assert_eq!(parse_number(b"1.000,5", Decimal::Comma), Cell::Text);
    }
}
