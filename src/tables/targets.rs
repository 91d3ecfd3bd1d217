//! Targets: a row per flight, axis and fraction, with what is to be predicted there.

use std::io;
use std::ops::Range;
use std::path::Path;

use super::columns::{ColumnsIn, ColumnsOut};
use super::file::{self, Kind};
use super::{Axis, Digest, Stamp, TableError};

/// The targets' schema.
pub const TARGETS: Kind = Kind { schema: "traj.targets/1", made_by: "traj features" };

/// A flight's state at a fraction of its time or distance.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetRow {
    /// The flight.
    pub flight_id: String,
    /// Along what the fraction is taken.
    pub axis: Axis,
    /// The fraction, between 0 and 1.
    pub fraction: f64,
    /// Longitude in degrees; unwrapped across the anti-meridian, so it may leave -180..180.
    pub longitude_deg: f64,
    /// Latitude in degrees.
    pub latitude_deg: f64,
    /// Pressure altitude in metres; none where the flight has no altitude.
    pub altitude_m: Option<f64>,
    /// Seconds since the first kept row.
    pub elapsed_s: f64,
    /// Metres flown since the first kept row.
    pub distance_m: f64,
}

/// All flights' targets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TargetTable {
    /// Sorted by flight id, axis and fraction.
    pub rows: Vec<TargetRow>,
    /// What it was made from.
    pub stamp: Stamp,
}

impl TargetTable {
    /// Reads the table.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read(path: &Path) -> Result<(Self, Digest), TableError> {
        let (columns, stamp, digest) = ColumnsIn::read(path, TARGETS)?;
        Ok((Self { rows: rows_of(&columns)?, stamp }, digest))
    }

    /// Reads some rows of a table whose digest was checked before.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read_rows(path: &Path, rows: Range<usize>) -> Result<Vec<TargetRow>, TableError> {
        rows_of(&ColumnsIn::read_rows(path, TARGETS, rows)?)
    }

    /// Writes the table, sorted.
    ///
    /// # Errors
    /// [`TableError::Write`].
    pub fn write(&mut self, path: &Path) -> Result<Digest, TableError> {
        sort(&mut self.rows);
        columns_of(&self.rows).write(path, TARGETS, &self.stamp)
    }

    /// Writes a table too large to hold, part after part, each of which is sorted here and
    /// must hold later flights than those before it.
    ///
    /// # Errors
    /// [`TableError::Write`], also where a part is an error.
    pub fn write_parts(
        path: &Path,
        stamp: &Stamp,
        parts: impl Iterator<Item = io::Result<Vec<TargetRow>>>,
    ) -> Result<Digest, TableError> {
        let frames = parts.map(|part| {
            let mut rows = part?;
            sort(&mut rows);
            Ok(columns_of(&rows).into_frame())
        });
        file::write_parts(path, TARGETS, &columns_of(&[]).into_frame(), frames, stamp)
    }
}

fn rows_of(columns: &ColumnsIn<'_>) -> Result<Vec<TargetRow>, TableError> {
    let ids = columns.full_text("flight_id")?;
    let axes = columns.label::<Axis>("axis")?;
    let fractions = columns.full_float("fraction")?;
    let longitudes = columns.full_float("longitude_deg")?;
    let latitudes = columns.full_float("latitude_deg")?;
    let altitudes = columns.float("altitude_m")?;
    let elapsed = columns.full_float("elapsed_s")?;
    let distances = columns.full_float("distance_m")?;
    let rows = ids.into_iter().enumerate().map(|(i, flight_id)| TargetRow {
        flight_id,
        axis: axes[i],
        fraction: fractions[i],
        longitude_deg: longitudes[i],
        latitude_deg: latitudes[i],
        altitude_m: altitudes[i],
        elapsed_s: elapsed[i],
        distance_m: distances[i],
    });
    Ok(rows.collect())
}

fn sort(rows: &mut [TargetRow]) {
    rows.sort_by(|a, b| {
        (&a.flight_id, a.axis).cmp(&(&b.flight_id, b.axis)).then(a.fraction.total_cmp(&b.fraction))
    });
}

fn columns_of(rows: &[TargetRow]) -> ColumnsOut {
    let mut out = ColumnsOut::new(rows.len());
    out.text("flight_id", rows.iter().map(|r| Some(r.flight_id.as_str())));
    out.text("axis", rows.iter().map(|r| Some(r.axis.as_str())));
    out.float("fraction", rows.iter().map(|r| Some(r.fraction)));
    out.float("longitude_deg", rows.iter().map(|r| Some(r.longitude_deg)));
    out.float("latitude_deg", rows.iter().map(|r| Some(r.latitude_deg)));
    out.float("altitude_m", rows.iter().map(|r| r.altitude_m));
    out.float("elapsed_s", rows.iter().map(|r| Some(r.elapsed_s)));
    out.float("distance_m", rows.iter().map(|r| Some(r.distance_m)));
    out
}
