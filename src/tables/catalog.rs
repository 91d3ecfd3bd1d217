//! The catalog: a row per accepted file, sorted by path.

use std::path::Path;

use super::columns::{ColumnsIn, ColumnsOut};
use super::digest::PartsHash;
use super::file::Kind;
use super::{Digest, Stamp, TableError};

/// The catalog's schema.
pub const CATALOG: Kind = Kind { schema: "traj.catalog/1", made_by: "traj index" };

/// One accepted file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CatalogRow {
    /// Unique name of the flight.
    pub flight_id: String,
    /// Path of the file, relative to `data.root`, with `/` between folders.
    pub path: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Time of the file's last change, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Name of the `[[source]]` block that reads it.
    pub source: String,
    /// Where the flight comes from, as the source says (ICAO code or any name).
    pub origin: Option<String>,
    /// Where it goes.
    pub destination: Option<String>,
    /// Callsign.
    pub callsign: Option<String>,
    /// ICAO aircraft type designator.
    pub aircraft_type: Option<String>,
    /// First time, UTC, in microseconds since 1970; none without a calendar.
    pub start_time_us: Option<i64>,
    /// Last time, likewise.
    pub end_time_us: Option<i64>,
    /// Time between the first and the last row in seconds.
    pub duration_s: Option<f64>,
    /// Whether the times come from a full read rather than from the first and last rows.
    pub time_exact: bool,
    /// Number of data rows, estimated from the size unless the times are exact.
    pub rows_estimate: u64,
}

/// All accepted files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalog {
    /// Sorted by path.
    pub rows: Vec<CatalogRow>,
    /// What it was made from.
    pub stamp: Stamp,
}

impl Catalog {
    /// Reads the table.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let (columns, stamp, _) = ColumnsIn::read(path, CATALOG)?;
        let mut rows = Vec::with_capacity(columns.height());
        let mut paths = columns.full_text("path")?.into_iter();
        let mut bytes = columns.full_int("bytes")?.into_iter();
        let mut mtimes = columns.full_int("mtime_ns")?.into_iter();
        let mut sources = columns.full_text("source")?.into_iter();
        let mut origins = columns.text("origin")?.into_iter();
        let mut destinations = columns.text("destination")?.into_iter();
        let mut callsigns = columns.text("callsign")?.into_iter();
        let mut types = columns.text("aircraft_type")?.into_iter();
        let mut starts = columns.time("start_time")?.into_iter();
        let mut ends = columns.time("end_time")?.into_iter();
        let mut durations = columns.float("duration_s")?.into_iter();
        let mut exact = columns.flag("time_exact")?.into_iter();
        let mut estimates = columns.full_int("rows_estimate")?.into_iter();
        for flight_id in columns.full_text("flight_id")? {
            rows.push(CatalogRow {
                flight_id,
                path: paths.next().unwrap_or_default(),
                bytes: bytes.next().unwrap_or_default() as u64,
                mtime_ns: mtimes.next().unwrap_or_default(),
                source: sources.next().unwrap_or_default(),
                origin: origins.next().flatten(),
                destination: destinations.next().flatten(),
                callsign: callsigns.next().flatten(),
                aircraft_type: types.next().flatten(),
                start_time_us: starts.next().flatten(),
                end_time_us: ends.next().flatten(),
                duration_s: durations.next().flatten(),
                time_exact: exact.next().unwrap_or_default(),
                rows_estimate: estimates.next().unwrap_or_default() as u64,
            });
        }
        Ok(Self { rows, stamp })
    }

    /// Writes the table, sorted by path.
    ///
    /// # Errors
    /// [`TableError::Write`].
    pub fn write(&mut self, path: &Path) -> Result<Digest, TableError> {
        self.rows.sort_by(|a, b| a.path.cmp(&b.path));
        let rows = &self.rows;
        let mut out = ColumnsOut::new(rows.len());
        out.text("flight_id", rows.iter().map(|r| Some(r.flight_id.as_str())));
        out.text("path", rows.iter().map(|r| Some(r.path.as_str())));
        out.int("bytes", rows.iter().map(|r| Some(r.bytes as i64)));
        out.int("mtime_ns", rows.iter().map(|r| Some(r.mtime_ns)));
        out.text("source", rows.iter().map(|r| Some(r.source.as_str())));
        out.text("origin", rows.iter().map(|r| r.origin.as_deref()));
        out.text("destination", rows.iter().map(|r| r.destination.as_deref()));
        out.text("callsign", rows.iter().map(|r| r.callsign.as_deref()));
        out.text("aircraft_type", rows.iter().map(|r| r.aircraft_type.as_deref()));
        out.time("start_time", rows.iter().map(|r| r.start_time_us));
        out.time("end_time", rows.iter().map(|r| r.end_time_us));
        out.float("duration_s", rows.iter().map(|r| r.duration_s));
        out.flag("time_exact", rows.iter().map(|r| r.time_exact));
        out.int("rows_estimate", rows.iter().map(|r| Some(r.rows_estimate as i64)));
        out.write(path, CATALOG, &self.stamp)
    }

    /// Hash of what decides which flights there are and how they are read.
    ///
    /// Times are left out: the features stage makes them exact, which is no reason to read
    /// the flights again.
    #[must_use]
    pub fn identity(&self) -> Digest {
        let mut hash = PartsHash::default();
        for row in &self.rows {
            hash.add(row.flight_id.as_bytes());
            hash.add(row.path.as_bytes());
            hash.add(&row.bytes.to_le_bytes());
            hash.add(&row.mtime_ns.to_le_bytes());
            hash.add(row.source.as_bytes());
            for text in [&row.origin, &row.destination, &row.callsign, &row.aircraft_type] {
                match text {
                    Some(text) => hash.add(&[b"+", text.as_bytes()].concat()),
                    None => hash.add(b"-"),
                }
            }
        }
        hash.finish()
    }
}
