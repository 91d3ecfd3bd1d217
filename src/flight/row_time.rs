//! A row's time stands in one cell, or in parts: the clock in one, the date in another, perhaps
//! the offset from UTC in a third, as flight recorders write it.
//!
//! The plain way to read a file and a look at its ends ask for it; the fast way only reads times
//! in one cell. A date has the year first: which of day and month comes first in others cannot
//! be known.

use super::header::Layout;
use super::number::{Cell, bare, parse_number};
use super::records::Records;
use super::scan::Row;
use super::timestamp::{
    Parts, Timestamps, civil_date, clock_us, digits, midnight_us, offset_size_us, split_zone,
};
use super::{Decimal, Refusal};
use crate::tables::RejectCode;

/// Reads the times of rows.
pub(super) struct RowTimes {
    timestamps: Timestamps,
    time: usize,
    date: Option<usize>,
    utc_offset: Option<usize>,
}

/// A cell that is no time, or not the part of one that it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadTime {
    column: usize,
    why: &'static str,
}

const NO_TIME: &str = "not a time";
const NO_DATE: &str = "not a date with the year first, such as 2024-03-05";
const NO_CLOCK: &str = "not a clock of 24 hours, such as 06:12:00";
const NO_OFFSET: &str = "not an offset from UTC, such as -04:00";
const CLOCK_ALONE: &str =
    "a clock without a date; if the date has a column of its own, map `date` in [source.columns]";
const DATE_TWICE: &str =
    "a time with a date of its own; remove `date` from [source.columns], or map a clock to `time`";
const OFFSET_TWICE: &str = "a time that names its zone; remove `utc_offset` from [source.columns]";

impl RowTimes {
    pub(super) fn new(timestamps: Timestamps, layout: &Layout) -> Self {
        let Layout { time, date, utc_offset, .. } = *layout;
        Self { timestamps, time, date, utc_offset }
    }

    /// The time in microseconds; none where the cell, or one that holds a part, is missing.
    pub(super) fn read(&mut self, row: &impl Row) -> Result<Option<i64>, BadTime> {
        let bad = |column: usize, why| BadTime { column, why };
        let present = |column: usize| row.cell(column).map(bare).filter(|cell| !is_missing(cell));
        if self.date.or(self.utc_offset).is_none() {
            let Some(cell) = row.cell(self.time) else { return Ok(None) };
            return self.timestamps.parse(cell).map_err(|_| bad(self.time, why_no_time(cell)));
        }
        let date = self.date.map(present);
        let offset = self.utc_offset.map(present);
        let Some(time) = present(self.time).filter(|_| date != Some(None) && offset != Some(None))
        else {
            return Ok(None);
        };
        let mut parts = match date.flatten() {
            None => Parts::of_iso(time).map_err(|_| bad(self.time, why_no_time(time)))?,
            Some(date) => {
                let column = self.date.unwrap_or(self.time);
                let date = ten_bytes(date).ok_or(bad(column, NO_DATE))?;
                let (since_midnight_us, offset_us) =
                    parse_clock(time).ok_or_else(|| bad(self.time, why_no_clock(time)))?;
                Parts { date, since_midnight_us, offset_us }
            }
        };
        if let Some((cell, column)) = offset.flatten().zip(self.utc_offset) {
            if parts.offset_us.is_some() {
                return Err(bad(self.time, OFFSET_TWICE));
            }
            parts.offset_us = Some(parse_utc_offset(cell).ok_or(bad(column, NO_OFFSET))?);
        }
        let wrong = self.date.map_or(bad(self.time, NO_TIME), |column| bad(column, NO_DATE));
        self.timestamps.at(parts).map(Some).map_err(|_| wrong)
    }
}

impl BadTime {
    /// The refusal of a file for the row that was given out last.
    pub(super) fn refusal(self, records: &Records, layout: &Layout) -> Refusal {
        Refusal::new(RejectCode::BadTime, self.why)
            .at_line(records.line())
            .in_column(layout.name(self.column))
            .with_cell(&records.current()[self.column])
    }
}

fn is_missing(cell: &[u8]) -> bool {
    parse_number(cell, Decimal::Point) == Cell::Missing
}

fn why_no_time(cell: &[u8]) -> &'static str {
    if parse_clock(bare(cell)).is_some() { CLOCK_ALONE } else { NO_TIME }
}

fn why_no_clock(cell: &[u8]) -> &'static str {
    if Parts::of_iso(cell).is_ok() { DATE_TWICE } else { NO_CLOCK }
}

/// A date alone, as its midnight UTC in microseconds: `2024-03-05`, `2024/3/5`, `2024.03.05` or
/// `20240305`. The eight digits cannot be misread: with day and month first, those of the
/// twentieth and this century would be of month 19 or 20.
#[must_use]
pub fn parse_date(cell: &[u8]) -> Option<i64> {
    midnight_us(civil_date(&ten_bytes(cell)?).ok()?).ok()
}

/// The date in the spelling of ISO 8601, whether or not there is such a day.
fn ten_bytes(cell: &[u8]) -> Option<[u8; 10]> {
    let (year, rest) = cell.split_first_chunk::<4>()?;
    let (month, day) = match rest {
        [m1, m2, d1, d2] if cell.iter().all(u8::is_ascii_digit) => ([*m1, *m2], [*d1, *d2]),
        [mark @ (b'-' | b'/' | b'.'), rest @ ..] => {
            let (month, day) = rest.split_at(rest.iter().position(|byte| byte == mark)?);
            (two_digits(month)?, two_digits(&day[1..])?)
        }
        _ => return None,
    };
    let [y1, y2, y3, y4] = *year;
    Some([y1, y2, y3, y4, b'-', month[0], month[1], b'-', day[0], day[1]])
}

fn two_digits(text: &[u8]) -> Option<[u8; 2]> {
    match text {
        [one] => Some([b'0', *one]),
        [one, two] => Some([*one, *two]),
        _ => None,
    }
}

/// A clock alone, as microseconds since midnight, with the offset from UTC in microseconds where
/// it names one: `06:12`, `6:12:00`, `06:12:00.5`, `06:12:00Z`.
#[must_use]
pub fn parse_clock(cell: &[u8]) -> Option<(i64, Option<i64>)> {
    let (clock, offset_us) = split_zone(cell).ok()?;
    let since_midnight_us = match clock {
        [] => return None,
        [_, b':', ..] => clock_us(&[b"0", clock].concat()),
        _ => clock_us(clock),
    };
    Some((since_midnight_us.ok()?, offset_us))
}

/// An offset from UTC alone, in microseconds, east positive: `-04:00`, `-4:00`, `-0400`, `-4`,
/// `+5.5`, `Z`. One without a sign lies east.
#[must_use]
pub fn parse_utc_offset(cell: &[u8]) -> Option<i64> {
    let (sign, size) = match cell {
        b"Z" | b"z" | b"UTC" | b"GMT" => return Some(0),
        [b'-', size @ ..] => (-1, size),
        [b'+', size @ ..] | size => (1, size),
    };
    let (hours, minutes) = match size {
        [hours @ .., b':', m1, m2] => (two_digits(hours)?, digits(&[*m1, *m2]).ok()?),
        [h1, h2, m1, m2] if size.iter().all(u8::is_ascii_digit) => {
            ([*h1, *h2], digits(&[*m1, *m2]).ok()?)
        }
        [hours @ .., b'.' | b',', b'5'] => (two_digits(hours)?, 30),
        [hours @ .., b'.' | b',', b'2', b'5'] => (two_digits(hours)?, 15),
        [hours @ .., b'.' | b',', b'7', b'5'] => (two_digits(hours)?, 45),
        [hours @ .., b'.' | b',', b'0'] | hours => (two_digits(hours)?, 0),
    };
    Some(sign * offset_size_us(digits(&hours).ok()?, minutes).ok()?)
}
