//! A peek reads a file's head and tail: enough for the catalog, whatever the file's size.

use std::path::Path;

use super::ends::{Ends, FAR, NEAR};
use super::glance::{Glance, glance};
use super::records::Records;
use super::scan::Scan;
use super::summary::date_in_name;
use super::unpack::is_compressed;
use super::{Dialect, Layout, NameParts, Refusal, Source, choose_source};
use crate::tables::RejectCode;
use crate::units::MICROSECONDS;

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
    let read = |reach| Ends::read(path, bytes, reach).map_err(|error| Refusal::from_io(&error));
    // What is compressed is unpacked once, so it is looked at once.
    let mut ends = read(if is_compressed(path) { FAR } else { NEAR })?;
    let mut seen = glance(&ends, sources);
    if seen.is_none() && !ends.is_whole() && !is_compressed(path) {
        ends = read(FAR)?;
        seen = glance(&ends, sources);
    }
    let seen = match seen {
        Some(seen) => seen,
        None => study(path, &ends, sources)?,
    };
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let source = seen.source;
    let named = match &source.file_name {
        None => NameParts::default(),
        Some(pattern) => pattern.matches(name).ok_or_else(|| {
            let pattern = source.config.file_name.as_deref().unwrap_or_default();
            let message = format!("the file's name does not follow `{pattern}`");
            Refusal::new(RejectCode::NamePattern, message)
        })?,
    };
    let (identity, pair_disagrees) = merged(seen.identity, named);
    let date_us = date_in_name(path, source);
    let offset = date_us.unwrap_or(0);
    Ok(Peek {
        source: source.config.name.clone(),
        identity,
        pair_disagrees,
        time_us: seen.time_us.map(|(first, last)| (first + offset, last + offset)),
        has_calendar: source.time_format.has_calendar() || date_us.is_some(),
        ends_deg: seen.ends_deg,
        rows_estimate: ends.estimate(seen.rows),
    })
}

/// Looks at the ends of any file, row by row.
pub(super) fn study<'a>(
    path: &Path,
    ends: &Ends,
    sources: &'a [Source],
) -> Result<Glance<'a>, Refusal> {
    let (source, header) =
        choose_source(sources, |dialect| Ok(ends.records(path, dialect)?.header().to_vec()))?;
    let dialect = &source.config.dialect;
    let layout = Layout::new(source, header.clone())?;
    let mut scan = Scan::new(source, &layout);
    let mut records = ends.records(path, dialect)?;
    let (mut rows, mut identity) = (0, NameParts::default());
    while records.next()?.is_some() {
        let record = records.current();
        match scan.time(record) {
            Ok(time) => scan.take_time(time),
            // The first row says whether the column is a time at all.
            Err(bad) if rows == 0 => return Err(bad.refusal(&records, &layout)),
            Err(_) => {}
        }
        scan.take_place(record);
        if rows == 0 {
            identity = scan.identity(record);
        }
        rows += 1;
    }
    if rows == 0 {
        return Err(Refusal::new(RejectCode::TooFewRows, "the file has a header and no rows"));
    }
    if let Some(mut tail) = ends.tail_records(dialect, &header)? {
        // What is wrong at the end is for the full read to say, with its line.
        while let Ok(Some(record)) = tail.next() {
            if let Ok(time) = scan.time(record) {
                scan.take_time(time);
            }
            scan.take_place(record);
            rows += 1;
        }
    }
    Ok(Glance {
        source,
        identity,
        time_us: scan.times(),
        ends_deg: scan.first_place.zip(scan.last_place),
        rows,
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
