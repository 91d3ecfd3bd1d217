//! The text of a flight: rows as CSV in a layout and a dialect.
//!
//! The writer renders every file with it, dirty ones in other layouts and dialects.

use super::decimal;
use super::row::{Layout, Row};
use super::schedule::civil;

/// How cells and lines are set apart.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    pub(super) separator: u8,
    pub(super) decimal_mark: u8,
}

/// Comma and point.
pub(super) const PLAIN: Dialect = Dialect { separator: b',', decimal_mark: b'.' };
/// What spreadsheets make of it in much of Europe.
pub(super) const EUROPEAN: Dialect = Dialect { separator: b';', decimal_mark: b',' };

/// Header and rows, each line ended by a line feed.
pub(super) fn csv(rows: &[Row], layout: &Layout, dialect: Dialect) -> Vec<u8> {
    let mut text = Vec::with_capacity(512 + rows.len() * 220);
    text.extend_from_slice(layout.time.as_bytes());
    for column in &layout.columns {
        text.push(dialect.separator);
        text.extend_from_slice(column.name.as_bytes());
    }
    text.push(b'\n');
    let mut date = (i64::MIN, String::new());
    for row in rows {
        let (day, second) = (row.epoch_s.div_euclid(86_400), row.epoch_s.rem_euclid(86_400));
        if date.0 != day {
            date = (day, civil(day).to_string());
        }
        text.extend_from_slice(date.1.as_bytes());
        text.push(b'T');
        decimal::push_two(&mut text, second / 3600);
        text.push(b':');
        decimal::push_two(&mut text, second / 60 % 60);
        text.push(b':');
        decimal::push_two(&mut text, second % 60);
        text.push(b'Z');
        for (value, column) in row.values.iter().zip(&layout.columns) {
            text.push(dialect.separator);
            decimal::push(&mut text, value * column.factor, column.decimals, dialect.decimal_mark);
        }
        text.push(b'\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::row::{LAYOUT, OTHER_LAYOUT, VALUES};

    #[test]
    fn a_row_is_a_utc_time_and_fixed_decimals() {
        let mut row = Row { epoch_s: 1_709_251_199 + 86_400, values: [0.0; VALUES] };
        row.values[0] = -3.5;
        row.values[2] = 1_000.0;
        let text = String::from_utf8(csv(&[row.clone()], &LAYOUT, PLAIN)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("timestamp,longitude,latitude,altitude_ft,"));
        assert!(lines[1].starts_with("2024-03-01T23:59:59Z,-3.500000,0.000000,1000,0,0.0,"));
        let text = String::from_utf8(csv(&[row], &OTHER_LAYOUT, EUROPEAN)).unwrap();
        assert!(text.lines().nth(1).unwrap().contains(";-3,500000;0,000000;304,8;"));
    }
}
