//! Times of a block: most share everything but the seconds with the row above, and then only
//! the seconds are parsed. Counts are mostly whole numbers.

use super::super::timestamp::{TimestampError, Timestamps};
use super::GiveUp;
use super::window::{self, Bytes};

/// Bytes of `2024-03-05T06:12`.
const UP_TO_MINUTE: usize = 16;
/// Bytes of `2024-03-05T06:12:00`.
const UP_TO_SECOND: usize = 19;
/// The longest zone that is remembered.
const LONGEST_ZONE: usize = 8;
/// The longest cell that is looked at here.
const LONGEST: usize = UP_TO_SECOND + 10 + LONGEST_ZONE;
/// Every number of so many digits is an `i64`.
const MOST_DIGITS: usize = 18;

/// A parser of a time column that remembers the last minute.
pub(super) struct Times {
    timestamps: Timestamps,
    minute: Option<Minute>,
}

/// A minute whose seconds are known to count from its beginning.
struct Minute {
    date_and_time: [u8; UP_TO_MINUTE],
    /// What stands behind the seconds, as bytes of a word, which of its bits count, and how
    /// many bytes they are.
    zone: u64,
    zone_bits: u64,
    zone_length: usize,
    start_us: i64,
}

impl Minute {
    /// The time of a cell of this minute.
    #[inline(always)]
    fn time(&self, cell: &[u8; 64], length: usize) -> Option<i64> {
        let digit = |at: usize| cell[at].wrapping_sub(b'0');
        let (tens, ones) = (digit(17), digit(18));
        if cell[..UP_TO_MINUTE] != self.date_and_time
            || cell[UP_TO_MINUTE] != b':'
            || length < UP_TO_SECOND
            || tens > 5
            || ones > 9
        {
            return None;
        }
        let mut time = self.start_us + i64::from(tens * 10 + ones) * 1_000_000;
        if self.is_zone(cell, UP_TO_SECOND, length) {
            return Some(time);
        }
        let mut at = UP_TO_SECOND;
        if length > at && matches!(cell[at], b'.' | b',') {
            let mut unit = 100_000;
            at += 1;
            while at < length && digit(at) <= 9 {
                time += i64::from(digit(at)) * unit;
                unit /= 10;
                at += 1;
            }
            if !(UP_TO_SECOND + 2..=UP_TO_SECOND + 10).contains(&at) {
                return None;
            }
        }
        self.is_zone(cell, at, length).then_some(time)
    }

    /// Whether the zone is all that stands in a cell from a byte on.
    #[inline(always)]
    fn is_zone(&self, cell: &[u8; 64], at: usize, length: usize) -> bool {
        length - at == self.zone_length && word(cell, at) & self.zone_bits == self.zone
    }
}

impl Times {
    pub(super) fn new(timestamps: Timestamps) -> Self {
        Self { timestamps, minute: None }
    }

    /// Whether a text is a time, or the word for none.
    pub(super) fn is_time(&mut self, text: &str) -> bool {
        self.timestamps.parse(text.as_bytes()).is_ok()
    }

    /// The time in the cell between two separators, as [`Timestamps::parse`] has it.
    ///
    /// # Errors
    /// Where the cell is no time.
    #[inline(always)]
    pub(super) fn parse(
        &mut self,
        bytes: &Bytes,
        start: u16,
        end: u16,
    ) -> Result<Option<i64>, GiveUp> {
        let first = start.wrapping_add(1);
        let length = usize::from(end.wrapping_sub(first));
        if length <= LONGEST {
            let cell = window::block(bytes, first);
            if let Some(time) = self.minute.as_ref().and_then(|minute| minute.time(cell, length)) {
                return Ok(Some(time));
            }
            if let Some(time) = whole(cell, length).and_then(|n| self.timestamps.of_whole(n)) {
                return time.map_err(|_| GiveUp);
            }
        }
        self.parse_slowly(window::between(bytes, first, end).ok_or(GiveUp)?).map_err(|_| GiveUp)
    }

    /// Parses a cell in full, and remembers its minute.
    #[cold]
    #[inline(never)]
    fn parse_slowly(&mut self, cell: &[u8]) -> Result<Option<i64>, TimestampError> {
        let time = self.timestamps.parse(cell)?;
        self.minute = time.and_then(|time| self.minute_of(cell, time));
        Ok(time)
    }

    /// The minute of a cell that is this time.
    fn minute_of(&mut self, cell: &[u8], time: i64) -> Option<Minute> {
        if cell.len() > LONGEST || cell.get(UP_TO_MINUTE) != Some(&b':') {
            return None;
        }
        let behind = cell.get(UP_TO_SECOND..)?;
        let fraction = match behind {
            [b'.' | b',', digits @ ..] => {
                1 + digits.iter().take_while(|byte| byte.is_ascii_digit()).count()
            }
            _ => 0,
        };
        let zone_bytes = &behind[fraction..];
        if zone_bytes.len() > LONGEST_ZONE {
            return None;
        }
        let mut padded = [0; 64];
        padded[..cell.len()].copy_from_slice(cell);
        let zone_length = zone_bytes.len();
        let none = 8 * (LONGEST_ZONE - zone_length) as u32;
        let zone_bits = u64::MAX.checked_shr(none).unwrap_or(0);
        let mut minute = Minute {
            date_and_time: *padded.first_chunk().expect("64 bytes"),
            zone: word(&padded, UP_TO_SECOND + fraction) & zone_bits,
            zone_bits,
            zone_length,
            start_us: 0,
        };
        if zone_bytes.trim_ascii().is_empty() {
            // Where a zone's clocks change within the minute, its seconds are not alike.
            let [start_us, end_us] = [b"00", b"59"].map(|seconds| {
                let cell = [&cell[..=UP_TO_MINUTE], seconds, zone_bytes].concat();
                self.timestamps.parse(&cell).ok().flatten()
            });
            minute.start_us = start_us?;
            (end_us? - minute.start_us == 59_000_000).then_some(minute)
        } else {
            // An offset from UTC that the cell names.
            minute.start_us = time - minute.time(&padded, cell.len())?;
            Some(minute)
        }
    }
}

/// The eight bytes from a byte on, the first of them lowest.
#[inline(always)]
fn word(cell: &[u8; 64], at: usize) -> u64 {
    let bytes = cell[at.min(LONGEST)..].first_chunk().expect("LONGEST leaves eight bytes");
    u64::from_le_bytes(*bytes)
}

/// The whole number that a cell is, if it is nothing but digits.
#[inline(always)]
fn whole(cell: &[u8; 64], length: usize) -> Option<i64> {
    if !(1..=MOST_DIGITS).contains(&length) {
        return None;
    }
    let mut number = 0;
    for byte in &cell[..length] {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i64::from(byte - b'0');
    }
    Some(number)
}
