//! A peek reads a file's head and tail: enough for the catalog, whatever the file's size.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use super::records::Records;
use super::roles::position;
use super::summary::date_in_name;
use super::text::{is_compressed, open_regular};
use super::timestamp::Timestamps;
use super::{Cell, Dialect, Layout, NameParts, Refusal, Role, Source, choose_source, parse_number};
use crate::tables::RejectCode;
use crate::units::MICROSECONDS;

/// Bytes read at either end.
const END_BYTES: u64 = 1 << 16;
/// Bytes within which the first rows must be found.
const MAX_HEAD_BYTES: u64 = 1 << 21;

/// A file's header and first rows, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Names of the columns.
    pub header: Vec<String>,
    /// The first rows, as wide as the header.
    pub rows: Vec<Vec<String>>,
}

/// What the ends of a file tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Peek {
    /// Name of the source that reads the file.
    pub source: String,
    /// What the file's name and its first row tell of the flight; columns win over the name.
    pub identity: NameParts,
    /// Whether name and columns both give a pair, and not the same.
    pub pair_disagrees: bool,
    /// First and last time in microseconds, since 1970 if there is a calendar.
    pub time_us: Option<(i64, i64)>,
    /// Whether there is a calendar.
    pub has_calendar: bool,
    /// First and last position, longitude and latitude in degrees.
    pub ends_deg: Option<((f64, f64), (f64, f64))>,
    /// Number of rows: counted if the whole file was read, else from its size.
    pub rows_estimate: u64,
}

impl Peek {
    /// Seconds between the first and the last time.
    #[must_use]
    pub fn duration_s(&self) -> Option<f64> {
        self.time_us.map(|(first, last)| (last - first) as f64 / MICROSECONDS as f64)
    }
}

/// Reads a file's header and at most `max_rows` rows under a dialect.
///
/// # Errors
/// A [`Refusal`] where there is no header, or a row is ragged.
pub fn head(path: &Path, dialect: &Dialect, max_rows: usize) -> Result<Head, Refusal> {
    let mut records = Records::open(path, dialect)?;
    let mut rows = Vec::new();
    while rows.len() < max_rows {
        let Some(record) = records.next()? else { break };
        rows.push(record.iter().map(|c| String::from_utf8_lossy(c).into_owned()).collect());
    }
    Ok(Head { header: records.header().to_vec(), rows })
}

/// Reads the ends of a file, and says which source it fits.
///
/// # Errors
/// A [`Refusal`] where no source reads the file, or it has no rows.
pub fn peek(path: &Path, bytes: u64, sources: &[Source]) -> Result<Peek, Refusal> {
    let ends = Ends::read(path, bytes).map_err(|error| Refusal::from_io(&error))?;
    let (source, header) =
        choose_source(sources, |dialect| Ok(ends.records(path, dialect)?.header().to_vec()))?;
    let layout = Layout::new(source, header)?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let named = match &source.file_name {
        None => NameParts::default(),
        Some(pattern) => pattern.matches(name).ok_or_else(|| {
            let pattern = source.config.file_name.as_deref().unwrap_or_default();
            let message = format!("the file's name does not follow `{pattern}`");
            Refusal::new(RejectCode::NamePattern, message)
        })?,
    };
    let mut scan = Scan::new(source, &layout);
    scan.all(&mut ends.records(path, &source.config.dialect)?, true)?;
    if scan.rows == 0 {
        return Err(Refusal::new(RejectCode::TooFewRows, "the file has a header and no rows"));
    }
    let rows_estimate = ends.estimate(scan.rows);
    let identity = scan.identity.clone();
    if let Some(mut tail) = ends.tail_records(&source.config.dialect)? {
        // What is wrong at the end is for the full read to say, with its line.
        let _ = scan.all(&mut tail, false);
    }
    let (identity, pair_disagrees) = merged(identity, named);
    let date_us = date_in_name(path, source).unwrap_or(0);
    Ok(Peek {
        source: source.config.name.clone(),
        identity,
        pair_disagrees,
        time_us: scan.times().map(|(first, last)| (first + date_us, last + date_us)),
        has_calendar: source.time_format.has_calendar() || date_in_name(path, source).is_some(),
        ends_deg: scan.first_place.zip(scan.last_place),
        rows_estimate,
    })
}

/// Columns win over the name; the flag says whether their pairs differ.
fn merged(columns: NameParts, name: NameParts) -> (NameParts, bool) {
    let differ = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
    let disagrees =
        differ(&columns.origin, &name.origin) || differ(&columns.destination, &name.destination);
    let merged = NameParts {
        origin: columns.origin.or(name.origin),
        destination: columns.destination.or(name.destination),
        callsign: columns.callsign.or(name.callsign),
        aircraft_type: columns.aircraft_type.or(name.aircraft_type),
        flight_id: columns.flight_id.or(name.flight_id),
        date_us: name.date_us,
    };
    (merged, disagrees)
}

/// The bytes at both ends of a file; of a compressed or UTF-16 file, none: it is streamed.
struct Ends {
    head: Rc<[u8]>,
    tail: Vec<u8>,
    bytes: u64,
    is_streamed: bool,
}

impl Ends {
    fn read(path: &Path, bytes: u64) -> io::Result<Self> {
        let mut file = open_regular(path)?;
        let mut head = read_at_most(&mut file, 2 * END_BYTES)?;
        let is_utf16 = head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF");
        if is_compressed(path) || is_utf16 || head.contains(&0) {
            return Ok(Self { head: Rc::default(), tail: Vec::new(), bytes, is_streamed: true });
        }
        if (head.len() as u64) < 2 * END_BYTES {
            return Ok(Self { head: head.into(), tail: Vec::new(), bytes, is_streamed: false });
        }
        // Two lines of a sane file fit in the head; a longer line gets one more chance.
        if head.splitn(3, |byte| *byte == b'\n').count() < 3 {
            head.extend(read_at_most(&mut file, MAX_HEAD_BYTES)?);
        }
        cut_after_last_line(&mut head);
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(END_BYTES).max(head.len() as u64)))?;
        let tail = read_at_most(&mut file, END_BYTES)?;
        Ok(Self { head: head.into(), tail, bytes, is_streamed: false })
    }

    fn records(&self, path: &Path, dialect: &Dialect) -> Result<Records, Refusal> {
        if self.is_streamed {
            Records::open(path, dialect)
        } else {
            Records::of_bytes(Rc::clone(&self.head), dialect)
        }
    }

    /// The tail behind the file's header, from its first whole line on.
    fn tail_records(&self, dialect: &Dialect) -> Result<Option<Records>, Refusal> {
        let first_line = self.tail.iter().position(|byte| *byte == b'\n');
        let Some(at) = first_line.filter(|_| !self.tail.is_empty()) else { return Ok(None) };
        let header_lines = 1 + dialect.skip_lines;
        let mut bytes: Vec<u8> = self
            .head
            .split_inclusive(|byte| *byte == b'\n')
            .take(header_lines)
            .flatten()
            .copied()
            .collect();
        bytes.extend(&self.tail[at + 1..]);
        Records::of_bytes(bytes.into(), dialect).map(Some)
    }

    /// Rows of the whole file, from the rows of its head.
    fn estimate(&self, head_rows: u64) -> u64 {
        if self.is_streamed || self.tail.is_empty() {
            return head_rows;
        }
        let share = self.bytes as f64 / self.head.len().max(1) as f64;
        (head_rows as f64 * share).round() as u64
    }
}

fn read_at_most(file: &mut File, bound: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(bound).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn cut_after_last_line(bytes: &mut Vec<u8>) {
    if let Some(last) = bytes.iter().rposition(|byte| *byte == b'\n') {
        bytes.truncate(last + 1);
    }
}

/// Follows times and positions through some rows.
struct Scan<'a> {
    source: &'a Source,
    layout: &'a Layout,
    timestamps: Timestamps,
    rows: u64,
    first_us: Option<i64>,
    last_us: Option<i64>,
    first_place: Option<(f64, f64)>,
    last_place: Option<(f64, f64)>,
    identity: NameParts,
}

impl<'a> Scan<'a> {
    fn new(source: &'a Source, layout: &'a Layout) -> Self {
        let decimal = source.config.dialect.decimal;
        Self {
            source,
            layout,
            timestamps: Timestamps::new(source.time_format, decimal, &source.zone),
            rows: 0,
            first_us: None,
            last_us: None,
            first_place: None,
            last_place: None,
            identity: NameParts::default(),
        }
    }

    /// Scans all rows; `is_head` rows also tell the flight's identity, and must have a time.
    fn all(&mut self, records: &mut Records, is_head: bool) -> Result<(), Refusal> {
        while records.next()?.is_some() {
            let record = records.current();
            let cell = &record[self.layout.time];
            match self.timestamps.parse(cell) {
                Ok(Some(time)) => {
                    self.first_us.get_or_insert(time);
                    self.last_us = Some(time);
                }
                // The first row says whether the column is a time at all.
                Err(error) if is_head && self.rows == 0 => {
                    return Err(Refusal::new(RejectCode::BadTime, error.to_string())
                        .at_line(records.line())
                        .in_column(self.layout.name(self.layout.time))
                        .with_cell(cell));
                }
                Ok(None) | Err(_) => {}
            }
            if let Some(place) = self.place(record) {
                self.first_place.get_or_insert(place);
                self.last_place = Some(place);
            }
            if is_head && self.rows == 0 {
                self.identity = self.identity_in(record);
            }
            self.rows += u64::from(is_head);
        }
        Ok(())
    }

    fn place(&self, record: &csv::ByteRecord) -> Option<(f64, f64)> {
        let number = |role: Role| {
            let cell = &record[self.layout.role(role)?];
            match parse_number(cell, self.source.config.dialect.decimal) {
                Cell::Number(number) => Some(self.source.conversion_of(role).apply(number)),
                Cell::Missing | Cell::Text => None,
            }
        };
        position(number(Role::Longitude)?, number(Role::Latitude)?)
    }

    fn identity_in(&self, record: &csv::ByteRecord) -> NameParts {
        let columns = &self.source.config.columns;
        let word = |column: &Option<String>| {
            let cell = record.get(self.layout.column(column.as_deref()?)?)?;
            let word = String::from_utf8_lossy(cell).trim().to_owned();
            (!word.is_empty()).then_some(word)
        };
        NameParts {
            origin: word(&columns.origin),
            destination: word(&columns.destination),
            callsign: word(&columns.callsign),
            aircraft_type: word(&columns.aircraft_type),
            flight_id: word(&columns.flight_id),
            date_us: None,
        }
    }

    /// First and last time; a step back of about a day is a date that was not advanced, any
    /// other is a file out of order.
    fn times(&self) -> Option<(i64, i64)> {
        let (first, last) = self.first_us.zip(self.last_us)?;
        let hour = 3600 * MICROSECONDS;
        if last >= first {
            Some((first, last))
        } else if (20 * hour..=25 * hour).contains(&(first - last)) {
            Some((first, last + 24 * hour))
        } else {
            Some((last, first))
        }
    }
}
