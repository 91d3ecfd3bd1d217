//! A timestamp in a cell: ISO 8601, seconds since 1970 (or ms, us, ns), or seconds since
//! some start.
//!
//! Inside traj a time is a whole number of microseconds: since 1970-01-01T00:00Z where there
//! is a calendar, else since whatever the file counts from.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::Decimal;
use super::number::{Cell, bare, parse_number};

/// How a time column is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TimeFormat {
    /// `2024-03-05T06:12:00Z`, also with a blank for the T, fractions of a second, a zone
    /// offset, or no zone.
    #[serde(rename = "iso8601")]
    Iso8601,
    /// Seconds since 1970.
    #[serde(rename = "epoch-s")]
    EpochSeconds,
    /// Milliseconds since 1970.
    #[serde(rename = "epoch-ms")]
    EpochMilliseconds,
    /// Microseconds since 1970.
    #[serde(rename = "epoch-us")]
    EpochMicroseconds,
    /// Nanoseconds since 1970.
    #[serde(rename = "epoch-ns")]
    EpochNanoseconds,
    /// Seconds since an unknown start, or since the date in the file's name.
    #[serde(rename = "elapsed-s")]
    ElapsedSeconds,
}

impl TimeFormat {
    /// Whether a value says when on the calendar something was.
    #[must_use]
    pub fn has_calendar(self) -> bool {
        self != Self::ElapsedSeconds
    }

    /// The spellings in a configuration.
    #[must_use]
    pub fn spellings() -> [&'static str; 6] {
        ["iso8601", "epoch-s", "epoch-ms", "epoch-us", "epoch-ns", "elapsed-s"]
    }
}

impl std::str::FromStr for TimeFormat {
    type Err = TimestampError;
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        match text {
            "iso8601" => Ok(Self::Iso8601),
            "epoch-s" => Ok(Self::EpochSeconds),
            "epoch-ms" => Ok(Self::EpochMilliseconds),
            "epoch-us" => Ok(Self::EpochMicroseconds),
            "epoch-ns" => Ok(Self::EpochNanoseconds),
            "elapsed-s" => Ok(Self::ElapsedSeconds),
            _ => Err(TimestampError),
        }
    }
}

/// A cell that is not a time in the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimestampError;

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a time")
    }
}

/// Reads a column's timestamps; remembers the last date, since rows share it.
pub(super) struct Timestamps {
    format: TimeFormat,
    decimal: Decimal,
    zone: TimeZone,
    is_utc: bool,
    /// The date's ten bytes and its midnight in microseconds.
    last_date: Option<([u8; 10], i64)>,
}

impl Timestamps {
    pub(super) fn new(format: TimeFormat, decimal: Decimal, zone: &TimeZone) -> Self {
        let is_utc = *zone == TimeZone::UTC;
        Self { format, decimal, zone: zone.clone(), is_utc, last_date: None }
    }

    /// The time in microseconds; none where the cell is missing.
    pub(super) fn parse(&mut self, cell: &[u8]) -> Result<Option<i64>, TimestampError> {
        let cell = bare(cell);
        match self.count_us() {
            Some(microseconds) => self.count(cell, microseconds),
            None => self.iso(cell),
        }
    }

    /// The same for a cell that is a whole number; none where the format is no count.
    pub(super) fn of_whole(&self, count: i64) -> Option<Result<Option<i64>, TimestampError>> {
        self.count_us().map(|microseconds| scaled(count, microseconds))
    }

    /// Microseconds that one count stands for; none where times are no counts.
    fn count_us(&self) -> Option<f64> {
        match self.format {
            TimeFormat::Iso8601 => None,
            TimeFormat::EpochSeconds | TimeFormat::ElapsedSeconds => Some(1e6),
            TimeFormat::EpochMilliseconds => Some(1e3),
            TimeFormat::EpochMicroseconds => Some(1.0),
            TimeFormat::EpochNanoseconds => Some(1e-3),
        }
    }

    fn count(&self, cell: &[u8], microseconds: f64) -> Result<Option<i64>, TimestampError> {
        // Whole counts are exact as integers, which nanoseconds since 1970 need.
        if let Some(whole) = std::str::from_utf8(cell).ok().and_then(|t| t.parse::<i64>().ok()) {
            return scaled(whole, microseconds);
        }
        match parse_number(cell, self.decimal) {
            Cell::Missing => Ok(None),
            Cell::Number(number) => {
                let us = (number * microseconds).round();
                if us.abs() < SANE_US as f64 { Ok(Some(us as i64)) } else { Err(TimestampError) }
            }
            Cell::Text => Err(TimestampError),
        }
    }

    fn iso(&mut self, cell: &[u8]) -> Result<Option<i64>, TimestampError> {
        match Parts::of_iso(cell) {
            Ok(parts) => self.at(parts).map(Some),
            // No word for a missing value is a time.
            Err(_) if parse_number(cell, Decimal::Point) == Cell::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The time that its parts make, in the source's zone where they name none.
    pub(super) fn at(&mut self, parts: Parts) -> Result<i64, TimestampError> {
        let Parts { date, since_midnight_us, offset_us } = parts;
        match offset_us {
            Some(offset_us) => Ok(self.midnight(date)? + since_midnight_us - offset_us),
            None if self.is_utc => Ok(self.midnight(date)? + since_midnight_us),
            None => self.local(date, since_midnight_us),
        }
    }

    /// Midnight UTC of a date, `YYYY-MM-DD` or `YYYY/MM/DD`.
    fn midnight(&mut self, date: [u8; 10]) -> Result<i64, TimestampError> {
        if let Some((last, midnight)) = self.last_date
            && last == date
        {
            return Ok(midnight);
        }
        let midnight = midnight_us(civil_date(&date)?)?;
        self.last_date = Some((date, midnight));
        Ok(midnight)
    }

    /// A time without zone in the configured one; a time that the clocks skip or repeat is
    /// read as RFC 5545 says (later, respectively earlier).
    fn local(&self, date: [u8; 10], since_midnight_us: i64) -> Result<i64, TimestampError> {
        let span = jiff::SignedDuration::from_micros(since_midnight_us);
        let at = DateTime::from_parts(civil_date(&date)?, jiff::civil::Time::midnight())
            .checked_add(span)
            .map_err(|_| TimestampError)?;
        let zoned = at.to_zoned(self.zone.clone()).map_err(|_| TimestampError)?;
        Ok(zoned.timestamp().as_microsecond())
    }
}

/// What a time is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    /// `YYYY-MM-DD` or `YYYY/MM/DD`.
    pub(super) date: [u8; 10],
    pub(super) since_midnight_us: i64,
    /// Of the clock from UTC, where it is said.
    pub(super) offset_us: Option<i64>,
}

impl Parts {
    /// The parts of a bare cell that holds them all.
    pub(super) fn of_iso(cell: &[u8]) -> Result<Self, TimestampError> {
        let (date, rest) = cell.split_first_chunk().ok_or(TimestampError)?;
        let (clock, offset_us) = match rest {
            [] => (rest, None),
            [b'T' | b't' | b' ', clock @ ..] => split_zone(clock)?,
            _ => return Err(TimestampError),
        };
        Ok(Self { date: *date, since_midnight_us: clock_us(clock)?, offset_us })
    }
}

/// Ten thousand years: a time beyond is a sign of the wrong format.
const SANE_US: i64 = 10_000 * 366 * 86_400 * 1_000_000;

fn is_sane(us: i64) -> bool {
    us.abs() < SANE_US
}

/// The time that a whole count comes to.
fn scaled(whole: i64, microseconds: f64) -> Result<Option<i64>, TimestampError> {
    let scaled = if microseconds >= 1.0 {
        whole.checked_mul(microseconds as i64)
    } else {
        Some(whole.div_euclid(1000))
    };
    scaled.filter(|us| is_sane(*us)).map(Some).ok_or(TimestampError)
}

/// The date that ten bytes are.
pub(super) fn civil_date(date: &[u8; 10]) -> Result<Date, TimestampError> {
    let separators = (date[4], date[7]);
    if separators != (b'-', b'-') && separators != (b'/', b'/') {
        return Err(TimestampError);
    }
    let year = digits(&date[..4])? as i16;
    Date::new(year, digits(&date[5..7])? as i8, digits(&date[8..])? as i8)
        .map_err(|_| TimestampError)
}

/// Midnight UTC of a date in microseconds.
pub(super) fn midnight_us(date: Date) -> Result<i64, TimestampError> {
    let midnight = date.to_zoned(TimeZone::UTC).map_err(|_| TimestampError)?;
    Ok(midnight.timestamp().as_microsecond())
}

/// Splits `06:12:00.5+02:00` into the clock and the zone's offset in microseconds.
pub(super) fn split_zone(clock: &[u8]) -> Result<(&[u8], Option<i64>), TimestampError> {
    let utc_suffixes: [&[u8]; 3] = [b"Z", b"z", b" UTC"];
    if let Some(clock) = utc_suffixes.iter().find_map(|suffix| clock.strip_suffix(*suffix)) {
        return Ok((clock, Some(0)));
    }
    let Some(at) = clock.iter().rposition(|byte| matches!(byte, b'+' | b'-')) else {
        return Ok((clock, None));
    };
    let (clock, offset) = clock.split_at(at);
    let (hours, minutes) = match &offset[1..] {
        [h @ .., b':', m1, m2] if h.len() == 2 => (digits(h)?, digits(&[*m1, *m2])?),
        [h1, h2, m1, m2] => (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?),
        [h1, h2] => (digits(&[*h1, *h2])?, 0),
        _ => return Err(TimestampError),
    };
    let size = offset_size_us(hours, minutes)?;
    Ok((clock.trim_ascii_end(), Some(if offset[0] == b'-' { -size } else { size })))
}

/// Microseconds of an offset from UTC, without its sign.
pub(super) fn offset_size_us(hours: i64, minutes: i64) -> Result<i64, TimestampError> {
    if hours > 18 || minutes > 59 {
        return Err(TimestampError);
    }
    Ok((hours * 60 + minutes) * 60 * 1_000_000)
}

/// Microseconds since midnight of `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fff`; zero for nothing.
pub(super) fn clock_us(clock: &[u8]) -> Result<i64, TimestampError> {
    if clock.is_empty() {
        return Ok(0);
    }
    let (hours, minutes, seconds) = match clock {
        [h1, h2, b':', m1, m2] => (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?, 0),
        [h1, h2, b':', m1, m2, b':', seconds @ ..] => {
            (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?, seconds_us(seconds)?)
        }
        _ => return Err(TimestampError),
    };
    if hours > 23 || minutes > 59 {
        return Err(TimestampError);
    }
    Ok((hours * 60 + minutes) * 60 * 1_000_000 + seconds)
}

fn seconds_us(seconds: &[u8]) -> Result<i64, TimestampError> {
    let (whole, fraction) = match seconds {
        [s1, s2] => ([*s1, *s2], &[][..]),
        [s1, s2, b'.' | b',', fraction @ ..] if !fraction.is_empty() && fraction.len() <= 9 => {
            ([*s1, *s2], fraction)
        }
        _ => return Err(TimestampError),
    };
    let whole = digits(&whole)?;
    if whole > 59 {
        return Err(TimestampError);
    }
    let mut microseconds = 0;
    let mut unit = 100_000;
    for digit in fraction {
        microseconds += digits(&[*digit])? * unit;
        unit /= 10; // digits beyond the microsecond count for nothing
    }
    Ok(whole * 1_000_000 + microseconds)
}

/// The number that digits make.
pub(super) fn digits(text: &[u8]) -> Result<i64, TimestampError> {
    text.iter().try_fold(0, |value, byte| match byte {
        b'0'..=b'9' => Ok(value * 10 + i64::from(byte - b'0')),
        _ => Err(TimestampError),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn iso(text: &str, zone: &TimeZone) -> Result<Option<i64>, TimestampError> {
        Timestamps::new(TimeFormat::Iso8601, Decimal::Point, zone).parse(text.as_bytes())
    }

    proptest! {
        #[test]
        fn an_iso_time_reads_as_the_calendar_library_reads_it(
            second in -2_000_000_000i64..8_000_000_000, micro in 0i64..1_000_000, hours in -12i8..=12
        ) {
            let at = jiff::Timestamp::from_microsecond(second * 1_000_000 + micro).unwrap();
            let expected = Ok(Some(at.as_microsecond()));
            prop_assert_eq!(iso(&at.to_string(), &TimeZone::UTC), expected);
            let offset = TimeZone::fixed(jiff::tz::offset(hours));
            let local = at.to_zoned(offset).strftime("%Y-%m-%d %H:%M:%S%.6f%:z").to_string();
            prop_assert_eq!(iso(&local, &TimeZone::UTC), expected);
        }
    }

    #[test]
    fn impossible_times_are_no_times() {
        for text in [
            "2024-02-30T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T13:60:00Z",
            "2024-01-01T13:30:60Z",
            "2024-01-01T13:30:00.Z",
            "2024-01-01X13:30:00",
            "2024-1-1",
            "noon",
        ] {
            assert_eq!(iso(text, &TimeZone::UTC), Err(TimestampError), "{text}");
        }
        assert_eq!(iso("", &TimeZone::UTC), Ok(None));
    }

    #[test]
    fn a_time_without_zone_is_local_where_the_source_says_so() {
        let madrid = TimeZone::get("Europe/Madrid").unwrap();
        assert_eq!(iso("2024-07-01 12:00", &madrid), iso("2024-07-01T10:00:00Z", &madrid));
        assert_eq!(iso("2024-01-01 12:00", &madrid), iso("2024-01-01T11:00:00Z", &madrid));
        assert_eq!(iso("2024-01-01 12:00:00 UTC", &madrid), iso("2024-01-01T12:00:00Z", &madrid));
    }

    #[test]
    fn counts_keep_every_microsecond() {
        let parse = |format, text: &str| {
            Timestamps::new(format, Decimal::Point, &TimeZone::UTC).parse(text.as_bytes())
        };
        let us = Ok(Some(1_700_000_000_123_456));
        assert_eq!(parse(TimeFormat::EpochNanoseconds, "1700000000123456789"), us);
        assert_eq!(parse(TimeFormat::EpochMicroseconds, "1700000000123456"), us);
        assert_eq!(parse(TimeFormat::EpochMilliseconds, "1700000000123.456"), us);
        assert_eq!(parse(TimeFormat::ElapsedSeconds, "0.1"), Ok(Some(100_000)));
        assert_eq!(parse(TimeFormat::EpochSeconds, "9e99"), Err(TimestampError));
    }
}
