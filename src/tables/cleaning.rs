//! Cleaning counts: a row per flight with what was found and mended in its file.

use std::io;
use std::ops::Range;
use std::path::Path;

use super::columns::{ColumnsIn, ColumnsOut};
use super::file::{self, Kind};
use super::{Digest, Stamp, TableError};

/// The cleaning counts' schema.
pub const CLEANING: Kind = Kind { schema: "traj.cleaning/2", made_by: "traj features" };

/// What cleaning found and did, per flight.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cleaning {
    /// Data rows of the file.
    pub rows: u64,
    /// Rows with time and position that the targets are made from.
    pub kept_rows: u64,
    /// Rows that came before the row above them, and were sorted.
    pub out_of_order_rows: u64,
    /// Rows dropped because an earlier row has the same time.
    pub repeated_times: u64,
    /// Places where the clock stepped back by about a day, and a day was added.
    pub midnight_steps: u64,
    /// Rows without a time.
    pub rows_without_time: u64,
    /// Rows without a position on the globe.
    pub rows_without_position: u64,
    /// Cells of role columns and variables that are missing.
    pub missing_cells: u64,
    /// Cells of role columns and variables in all.
    pub cells: u64,
    /// Rows that only repeat the header, and were skipped.
    pub repeated_headers: u64,
    /// Whether the last line was cut, and left out.
    pub truncated_last_line: bool,
    /// Longest time between two kept rows, in seconds.
    pub max_gap_s: f64,
}

impl Cleaning {
    /// Share of the rows that have time, longitude and latitude; 0 for no rows.
    #[must_use]
    pub fn completeness(&self) -> f64 {
        let complete = self.kept_rows + self.repeated_times;
        if self.rows == 0 { 0.0 } else { (complete as f64 / self.rows as f64).min(1.0) }
    }
}

/// What cleaning found in one flight.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CleaningRow {
    /// The flight.
    pub flight_id: String,
    /// The path of the file that was read, relative to `data.root`.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its time of change, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// The counts.
    pub cleaning: Cleaning,
}

/// All flights' cleaning counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CleaningTable {
    /// Sorted by flight id.
    pub rows: Vec<CleaningRow>,
    /// What it was made from.
    pub stamp: Stamp,
}

impl CleaningTable {
    /// Reads the table.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let (columns, stamp, _) = ColumnsIn::read(path, CLEANING)?;
        Ok(Self { rows: rows_of(&columns)?, stamp })
    }

    /// Reads some rows of a table whose digest was checked before.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read_rows(path: &Path, rows: Range<usize>) -> Result<Vec<CleaningRow>, TableError> {
        rows_of(&ColumnsIn::read_rows(path, CLEANING, rows)?)
    }

    /// Writes the table part after part, since it may be too large to hold; the rows must come
    /// in ascending order of their flights' ids.
    ///
    /// # Errors
    /// [`TableError::Write`], also where a part is an error.
    pub fn write_parts(
        path: &Path,
        stamp: &Stamp,
        parts: impl Iterator<Item = io::Result<Vec<CleaningRow>>>,
    ) -> Result<Digest, TableError> {
        let frames = parts.map(|part| Ok(columns_of(&part?).into_frame()));
        file::write_parts(path, CLEANING, &columns_of(&[]).into_frame(), frames, stamp)
    }
}

fn rows_of(columns: &ColumnsIn<'_>) -> Result<Vec<CleaningRow>, TableError> {
    let count = |name: &str| -> Result<Vec<u64>, TableError> {
        Ok(columns.full_int(name)?.into_iter().map(|count| count as u64).collect())
    };
    let mut paths = columns.full_text("path")?.into_iter();
    let bytes = count("bytes")?;
    let mtimes = columns.full_int("mtime_ns")?;
    let rows = count("rows")?;
    let kept_rows = count("kept_rows")?;
    let out_of_order_rows = count("out_of_order_rows")?;
    let repeated_times = count("repeated_times")?;
    let midnight_steps = count("midnight_steps")?;
    let rows_without_time = count("rows_without_time")?;
    let rows_without_position = count("rows_without_position")?;
    let missing_cells = count("missing_cells")?;
    let cells = count("cells")?;
    let repeated_headers = count("repeated_headers")?;
    let truncated_last_line = columns.flag("truncated_last_line")?;
    let max_gap_s = columns.full_float("max_gap_s")?;
    let ids = columns.full_text("flight_id")?.into_iter().enumerate();
    let rows = ids.map(|(i, flight_id)| {
        let cleaning = Cleaning {
            rows: rows[i],
            kept_rows: kept_rows[i],
            out_of_order_rows: out_of_order_rows[i],
            repeated_times: repeated_times[i],
            midnight_steps: midnight_steps[i],
            rows_without_time: rows_without_time[i],
            rows_without_position: rows_without_position[i],
            missing_cells: missing_cells[i],
            cells: cells[i],
            repeated_headers: repeated_headers[i],
            truncated_last_line: truncated_last_line[i],
            max_gap_s: max_gap_s[i],
        };
        let path = paths.next().unwrap_or_default();
        CleaningRow { flight_id, path, bytes: bytes[i], mtime_ns: mtimes[i], cleaning }
    });
    Ok(rows.collect())
}

fn columns_of(rows: &[CleaningRow]) -> ColumnsOut {
    let mut out = ColumnsOut::new(rows.len());
    out.text("flight_id", rows.iter().map(|r| Some(r.flight_id.as_str())));
    out.text("path", rows.iter().map(|r| Some(r.path.as_str())));
    out.int("bytes", rows.iter().map(|r| Some(r.bytes as i64)));
    out.int("mtime_ns", rows.iter().map(|r| Some(r.mtime_ns)));
    let mut count = |name: &str, of: fn(&Cleaning) -> u64| {
        out.int(name, rows.iter().map(|row| Some(of(&row.cleaning) as i64)));
    };
    count("rows", |r| r.rows);
    count("kept_rows", |r| r.kept_rows);
    count("out_of_order_rows", |r| r.out_of_order_rows);
    count("repeated_times", |r| r.repeated_times);
    count("midnight_steps", |r| r.midnight_steps);
    count("rows_without_time", |r| r.rows_without_time);
    count("rows_without_position", |r| r.rows_without_position);
    count("missing_cells", |r| r.missing_cells);
    count("cells", |r| r.cells);
    count("repeated_headers", |r| r.repeated_headers);
    out.flag("truncated_last_line", rows.iter().map(|r| r.cleaning.truncated_last_line));
    out.float("max_gap_s", rows.iter().map(|r| Some(r.cleaning.max_gap_s)));
    out.float("completeness", rows.iter().map(|r| Some(r.cleaning.completeness())));
    out
}
