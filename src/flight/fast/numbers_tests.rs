//! Each cell that the kernels read, at each level, is what [`parse_number`] says it is.

use fearless_simd::dispatch;
use proptest::prelude::*;

use super::super::{Cell, Decimal, parse_number};
use super::index::ROWS;
use super::numbers::{self, Written};
use super::window::Bytes;
use crate::simd;
use crate::units::Conversion;

/// The cells as a level reads them: a number, or none where it hands the cell back.
fn read(level: fearless_simd::Level, cells: &[Vec<u8>], decimal: u8) -> Vec<Option<f64>> {
    let bytes = vec![b'7'; size_of::<Bytes>()].into_boxed_slice();
    let mut bytes: Box<Bytes> = bytes.try_into().unwrap();
    let mut read = Vec::new();
    for cells in cells.chunks(ROWS) {
        let (mut starts, mut ends) = ([0; ROWS], [0; ROWS]);
        // Some byte before each cell would be part of a number.
        let mut at = 0;
        for (row, cell) in cells.iter().enumerate() {
            at += b"-.0".len();
            bytes[16 + at - 3..16 + at].copy_from_slice(b"-.0");
            bytes[16 + at] = b';';
            bytes[16 + at + 1..][..cell.len()].copy_from_slice(cell);
            (starts[row], ends[row]) = (at as u16, (at + 1 + cell.len()) as u16);
            at += 1 + cell.len();
        }
        let mut values = [f64::NAN; ROWS];
        let n = cells.len();
        let written = Written { decimal, conversion: Conversion::IDENTITY };
        let unread = dispatch!(level, simd => numbers::parse(
            simd, &bytes, (&starts, &ends), n, written, &mut values));
        read.extend((0..n).map(|row| (unread >> row & 1 == 0).then_some(values[row])));
    }
    read
}

fn agree(cells: &[Vec<u8>]) {
    for (decimal, mark) in [(Decimal::Point, b'.'), (Decimal::Comma, b',')] {
        for (name, level) in simd::available() {
            for (cell, read) in cells.iter().zip(read(level, cells, mark)) {
                let Some(read) = read else { continue };
                let text = String::from_utf8_lossy(cell);
                match parse_number(cell, decimal) {
                    Cell::Number(number) => {
                        let number = Conversion::IDENTITY.apply(number);
                        assert_eq!(read.to_bits(), number.to_bits(), "{text} at {name}");
                    }
                    other => panic!("{text} at {name} is {other:?}, not {read}"),
                }
            }
        }
    }
}

fn cells(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Digits with signs and dots in most places where they may stand.
fn shape() -> impl Strategy<Value = Vec<u8>> {
    let digits = prop::collection::vec(b'0'..=b'9', 0..10);
    let mark = prop_oneof![4 => Just("."), 1 => Just(""), 1 => Just(",")];
    (prop_oneof![3 => Just(""), 2 => Just("-"), 1 => Just("+")], digits.clone(), mark, digits)
        .prop_map(|(sign, whole, mark, part)| {
            [sign.as_bytes(), &whole, mark.as_bytes(), &part].concat()
        })
}

fn noise() -> impl Strategy<Value = Vec<u8>> {
    let bytes = b"0123456789..--+eE ,;:/x\xB1\xB2\0\x1D\x1E".to_vec();
    prop::collection::vec(prop::sample::select(bytes), 0..20)
}

proptest! {
    #[test]
    fn cells_of_any_shape_read_as_the_standard_library_reads_them(
        cells in prop::collection::vec(prop_oneof![5 => shape(), 1 => noise()], 1..130)
    ) {
        agree(&cells);
    }

    #[test]
    fn numbers_written_with_any_number_of_places_are_read(
        numbers in prop::collection::vec((-2_000_000i64..2_000_000, 0usize..7), 1..130)
    ) {
        let written = |(number, places): &(i64, usize)| {
            format!("{:.*}", *places, *number as f64 / 10f64.powi(*places as i32)).into_bytes()
        };
        let cells: Vec<Vec<u8>> = numbers.iter().map(written).collect();
        agree(&cells);
        for (_, level) in simd::available() {
            prop_assert!(read(level, &cells, b'.').iter().all(Option::is_some));
        }
    }
}

proptest! {
    #[test]
    fn cells_written_alike_but_for_a_few_are_read(
        numbers in prop::collection::vec(-99_999i64..9_999_999, 64..130),
        places in 0usize..8,
        odd in prop::collection::vec((0usize..64, prop_oneof![shape(), noise()]), 0..3),
    ) {
        let written = |number: &i64| {
            format!("{:.places$}", *number as f64 / 10f64.powi(places as i32)).into_bytes()
        };
        let mut cells: Vec<Vec<u8>> = numbers.iter().map(written).collect();
        agree(&cells);
        for (_, level) in simd::available() {
            prop_assert!(read(level, &cells, b'.').iter().all(Option::is_some));
        }
        for (row, cell) in odd {
            cells[row] = cell;
        }
        agree(&cells);
    }
}

/// A byte that takes the dot's place, the last or the first one of one cell among its like.
#[test]
fn a_byte_that_is_no_digit_is_noticed_among_cells_that_are_alike() {
    let alike = ["12.50", "-3.25", "123.45", ".75", "-.00", "0.01", "9999.99", "12345.67"];
    for row in 1..alike.len() {
        for at in 0..alike[row].len() {
            for byte in 0..=u8::MAX {
                let mut cells = cells(&alike);
                cells[row][at] = byte;
                agree(&cells);
            }
        }
    }
}

#[test]
fn cells_that_trap_a_parser_are_handed_back_or_read_rightly() {
    let texts = "|-|+|.|-.|--5|-0|-0.0|0|-.5|.5|5.|-5.|1.2.3|1..2|12:4|1/2|1-2|12-|1.-|nan|inf\
                 |.12345678|-.12345678|0.12345678|12345678.|123456789|00000000|00000001\
                 |9007199254740991|9007199254740992|9007199254740993|9999999999999999\
                 |-999999999999999|999999999999.999|0.00000000000001|.000000000000001\
                 |1.2345678.9|123456.8.9012|1e5|1E5|0x10|1_000| 1|1 |1,5|1,,5|1,5,5\
                 |0000000000000001|-1234567|-12345678|1234567.8|12345678.9|-12345678.1234567";
    agree(&cells(&texts.split('|').collect::<Vec<_>>()));
}

#[test]
fn ordinary_cells_are_not_handed_back() {
    let texts = ["0", "-0.0", "40.524740", "-3.565588", "66418.38", "123335", "0.983", "-.5"];
    for (name, level) in simd::available() {
        assert!(read(level, &cells(&texts), b'.').iter().all(Option::is_some), "{name}");
    }
}
