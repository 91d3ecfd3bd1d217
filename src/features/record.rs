//! A record is what the checkpoint keeps of one flight, as bytes: which file it was, how it
//! was read, and what it came to.

use crate::flight::{FlightSummary, Prefix, Refusal, TargetPoint};
use crate::tables::{CatalogRow, Cleaning, STATE};

/// Hash of all that a flight's summary depends on but its file.
pub(super) type ReadingKey = [u8; 16];

/// What a flight came to.
pub(super) type Outcome = Result<FlightSummary, Refusal>;

/// The first byte of a record.
const SETTINGS: u8 = b'S';
const SELECTED: u8 = b'C';
const FLIGHT: u8 = b'F';
const REFUSED: u8 = b'R';

/// One record of the checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Record<'a> {
    /// The settings that the records after it were made under, as JSON.
    Settings(&'a str),
    /// Which rows of the catalog a run selected. Exact times take the place of provisional
    /// ones at the end of a run, so the selection of a run that goes on cannot be made anew.
    Selected {
        /// Hash of the configuration and of the catalog.
        of: &'a str,
        /// The rows, ascending.
        rows: Vec<u32>,
    },
    /// A file that was read.
    File {
        /// Its path in the catalog.
        path: &'a str,
        /// Its size in bytes.
        bytes: u64,
        /// Its time of change.
        mtime_ns: i64,
        /// How it was read.
        key: ReadingKey,
        /// What it came to, for [`outcome`].
        outcome: &'a [u8],
        /// Whether it was refused.
        is_refused: bool,
    },
}

/// The bytes of [`Record::Settings`].
pub(super) fn settings(json: &str) -> Vec<u8> {
    [&[SETTINGS], json.as_bytes()].concat()
}

/// The bytes of [`Record::Selected`].
pub(super) fn selected(of: &str, rows: &[usize]) -> Vec<u8> {
    let mut bytes = vec![SELECTED];
    put_text(&mut bytes, of);
    bytes.extend(rows.iter().flat_map(|row| (*row as u32).to_le_bytes()));
    bytes
}

/// The bytes of [`Record::File`].
pub(super) fn file(row: &CatalogRow, key: &ReadingKey, outcome: &Outcome) -> Vec<u8> {
    let mut bytes = head(row, key, outcome.is_err());
    match outcome {
        Ok(flight) => put_flight(&mut bytes, flight),
        Err(refusal) => put_refusal(&mut bytes, refusal),
    }
    bytes
}

/// The bytes of [`Record::File`], given those of the outcome.
pub(super) fn file_with(row: &CatalogRow, key: &ReadingKey, sent: Sent<'_>) -> Vec<u8> {
    let mut bytes = head(row, key, sent.is_refused);
    bytes.extend(sent.outcome);
    bytes
}

fn head(row: &CatalogRow, key: &ReadingKey, is_refused: bool) -> Vec<u8> {
    let mut bytes = vec![if is_refused { REFUSED } else { FLIGHT }];
    put_text(&mut bytes, &row.path);
    bytes.extend(row.bytes.to_le_bytes());
    bytes.extend(row.mtime_ns.to_le_bytes());
    bytes.extend(key);
    bytes
}

/// An outcome on its way from one machine to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent<'a> {
    /// For [`outcome`].
    pub(super) outcome: &'a [u8],
    pub(super) is_refused: bool,
}

/// The bytes of [`Sent`].
pub(super) fn send(outcome: &Outcome) -> Vec<u8> {
    match outcome {
        Ok(flight) => {
            let mut bytes = vec![FLIGHT];
            put_flight(&mut bytes, flight);
            bytes
        }
        Err(refusal) => {
            let mut bytes = vec![REFUSED];
            put_refusal(&mut bytes, refusal);
            bytes
        }
    }
}

/// Reads what [`send`] wrote; none for bytes that are none.
pub(super) fn sent(bytes: &[u8]) -> Option<Sent<'_>> {
    let (kind, outcome) = bytes.split_first()?;
    matches!(*kind, FLIGHT | REFUSED).then_some(Sent { outcome, is_refused: *kind == REFUSED })
}

/// Reads a record; none for bytes that are none.
pub(super) fn parse(body: &[u8]) -> Option<Record<'_>> {
    let (kind, rest) = body.split_first()?;
    let mut rest = Bytes(rest);
    match *kind {
        SETTINGS => Some(Record::Settings(std::str::from_utf8(rest.0).ok()?)),
        SELECTED => {
            let of = rest.text()?;
            let (rows, []) = rest.0.as_chunks() else { return None };
            let rows: Vec<u32> = rows.iter().map(|row| u32::from_le_bytes(*row)).collect();
            Some(Record::Selected { of, rows })
        }
        FLIGHT | REFUSED => Some(Record::File {
            path: rest.text()?,
            bytes: rest.u64()?,
            mtime_ns: rest.i64()?,
            key: rest.array()?,
            outcome: rest.0,
            is_refused: *kind == REFUSED,
        }),
        _ => None,
    }
}

/// What the file of a record came to, given the fractions of its targets; none for bytes that
/// are no outcome.
pub(super) fn outcome(bytes: &[u8], is_refused: bool, fractions: &[f64]) -> Option<Outcome> {
    let mut bytes = Bytes(bytes);
    let outcome = if is_refused { Err(bytes.refusal()?) } else { Ok(bytes.flight(fractions)?) };
    bytes.0.is_empty().then_some(outcome)
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// Every field of the structs is named here, so that a new one cannot be forgotten.
fn put_flight(bytes: &mut Vec<u8>, flight: &FlightSummary) {
    let FlightSummary {
        start_us,
        end_us,
        has_calendar,
        duration_s,
        distance_m,
        aggregates,
        prefixes,
        along_time,
        along_distance,
        cleaning,
    } = flight;
    bytes.extend(start_us.to_le_bytes());
    bytes.extend(end_us.to_le_bytes());
    bytes.push(u8::from(*has_calendar));
    put_floats(bytes, &[*duration_s, *distance_m]);
    bytes.extend((aggregates.len() as u32).to_le_bytes());
    put_floats(bytes, aggregates);
    bytes.extend((prefixes.len() as u32).to_le_bytes());
    for prefix in prefixes {
        bytes.push(u8::from(prefix.is_some()));
        if let Some(Prefix { aggregates, state }) = prefix {
            put_floats(bytes, aggregates);
            put_floats(bytes, state);
        }
    }
    for point in along_time.iter().chain(along_distance) {
        let TargetPoint {
            fraction: _, // the recipe's, which is a part of the key
            longitude_deg,
            latitude_deg,
            altitude_m,
            elapsed_s,
            distance_m,
        } = *point;
        bytes.push(u8::from(altitude_m.is_some()));
        let altitude_m = altitude_m.unwrap_or(0.0);
        put_floats(bytes, &[longitude_deg, latitude_deg, altitude_m, elapsed_s, distance_m]);
    }
    let Cleaning {
        rows,
        kept_rows,
        out_of_order_rows,
        repeated_times,
        midnight_steps,
        rows_without_time,
        rows_without_position,
        missing_cells,
        cells,
        repeated_headers,
        truncated_last_line,
        max_gap_s,
    } = *cleaning;
    for count in [
        rows,
        kept_rows,
        out_of_order_rows,
        repeated_times,
        midnight_steps,
        rows_without_time,
        rows_without_position,
        missing_cells,
        cells,
        repeated_headers,
    ] {
        bytes.extend(count.to_le_bytes());
    }
    bytes.push(u8::from(truncated_last_line));
    put_floats(bytes, &[max_gap_s]);
}

fn put_floats(bytes: &mut Vec<u8>, values: &[f64]) {
    bytes.extend(values.iter().flat_map(|value| value.to_bits().to_le_bytes()));
}

/// The cell of a refusal is never stored.
fn put_refusal(bytes: &mut Vec<u8>, refusal: &Refusal) {
    put_text(bytes, refusal.code.as_str());
    bytes.extend(refusal.line.unwrap_or(0).to_le_bytes());
    bytes.push(u8::from(refusal.line.is_some()));
    bytes.push(u8::from(refusal.column.is_some()));
    put_text(bytes, refusal.column.as_deref().unwrap_or_default());
    put_text(bytes, &refusal.message);
}

/// Bytes that are taken from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    fn f64(&mut self) -> Option<f64> {
        self.u64().map(f64::from_bits)
    }

    fn flag(&mut self) -> Option<bool> {
        match self.array()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    fn text(&mut self) -> Option<&'a str> {
        let len = u32::from_le_bytes(self.array()?) as usize;
        let (text, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    fn floats(&mut self, count: usize) -> Option<Vec<f64>> {
        let (bytes, rest) = self.0.split_at_checked(count.checked_mul(8)?)?;
        self.0 = rest;
        let (values, _) = bytes.as_chunks();
        Some(values.iter().map(|bits| f64::from_bits(u64::from_le_bytes(*bits))).collect())
    }

    fn point(&mut self, fraction: f64) -> Option<TargetPoint> {
        let has_altitude = self.flag()?;
        let [longitude_deg, latitude_deg, altitude_m] = [self.f64()?, self.f64()?, self.f64()?];
        Some(TargetPoint {
            fraction,
            longitude_deg,
            latitude_deg,
            altitude_m: has_altitude.then_some(altitude_m),
            elapsed_s: self.f64()?,
            distance_m: self.f64()?,
        })
    }

    /// As many prefixes as there are said to be, each with so many aggregates.
    fn prefixes(&mut self, n_aggregates: usize) -> Option<Vec<Option<Prefix>>> {
        let count = u32::from_le_bytes(self.array()?);
        let mut prefixes = Vec::new();
        for _ in 0..count {
            prefixes.push(if self.flag()? {
                let aggregates = self.floats(n_aggregates)?;
                let state = self.floats(STATE.len())?.try_into().ok()?;
                Some(Prefix { aggregates, state })
            } else {
                None
            });
        }
        Some(prefixes)
    }

    fn flight(&mut self, fractions: &[f64]) -> Option<FlightSummary> {
        let spans = (self.i64()?, self.i64()?, self.flag()?, self.f64()?, self.f64()?);
        let (start_us, end_us, has_calendar, duration_s, distance_m) = spans;
        let n_aggregates = u32::from_le_bytes(self.array()?) as usize;
        let aggregates = self.floats(n_aggregates)?;
        Some(FlightSummary {
            start_us,
            end_us,
            has_calendar,
            duration_s,
            distance_m,
            aggregates,
            prefixes: self.prefixes(n_aggregates)?,
            along_time: fractions.iter().map(|x| self.point(*x)).collect::<Option<_>>()?,
            along_distance: fractions.iter().map(|x| self.point(*x)).collect::<Option<_>>()?,
            cleaning: Cleaning {
                rows: self.u64()?,
                kept_rows: self.u64()?,
                out_of_order_rows: self.u64()?,
                repeated_times: self.u64()?,
                midnight_steps: self.u64()?,
                rows_without_time: self.u64()?,
                rows_without_position: self.u64()?,
                missing_cells: self.u64()?,
                cells: self.u64()?,
                repeated_headers: self.u64()?,
                truncated_last_line: self.flag()?,
                max_gap_s: self.f64()?,
            },
        })
    }

    fn refusal(&mut self) -> Option<Refusal> {
        let code = self.text()?.parse().ok()?;
        let line = self.u64()?;
        let (has_line, has_column) = (self.flag()?, self.flag()?);
        let column = self.text()?;
        Some(Refusal {
            code,
            line: has_line.then_some(line),
            column: has_column.then(|| column.to_owned()),
            message: self.text()?.to_owned(),
            cell: None,
        })
    }
}
