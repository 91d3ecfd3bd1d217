//! Predicted trajectories: what `traj predict` hands over, a row per flight and fraction.
//!
//! `predict` makes the rows and writes them as Parquet here, or as CSV under the same names.

use std::path::Path;
use std::sync::Arc;

use super::columns::ColumnsOut;
use super::file::Kind;
use super::{Axis, Digest, Horizon, ModelName, Stamp, TableError};

/// The schema of predicted trajectories.
pub const PREDICTED: Kind = Kind { schema: "traj.predicted/1", made_by: "traj predict" };

/// A flight's predicted state at a fraction.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictedRow {
    /// The model.
    pub model: ModelName,
    /// What its features know.
    pub horizon: Horizon,
    /// Along what the fraction is taken.
    pub axis: Axis,
    /// The flight.
    pub flight_id: Arc<str>,
    /// The fraction, between 0 and 1.
    pub fraction: f64,
    /// Predicted longitude in degrees, from -180 to 180.
    pub longitude_deg: f64,
    /// Predicted latitude in degrees.
    pub latitude_deg: f64,
    /// Predicted pressure altitude in metres; none where the model knows no altitude.
    pub altitude_m: Option<f64>,
    /// Predicted seconds since the first row.
    pub elapsed_s: f64,
    /// Predicted metres flown since the first row.
    pub distance_m: f64,
}

/// Predicted trajectories of some flights.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PredictedTable {
    /// Sorted by flight id and fraction.
    pub rows: Vec<PredictedRow>,
    /// What it was made from.
    pub stamp: Stamp,
}

impl PredictedTable {
    /// The names of the columns, in order.
    pub const COLUMNS: [&'static str; 10] = [
        "model",
        "horizon",
        "axis",
        "flight_id",
        "fraction",
        "longitude_deg",
        "latitude_deg",
        "altitude_m",
        "elapsed_s",
        "distance_m",
    ];

    /// Writes the table in the order of its rows.
    ///
    /// # Errors
    /// [`TableError::Write`].
    pub fn write(&self, path: &Path) -> Result<Digest, TableError> {
        let rows = &self.rows;
        let horizons: Vec<String> = rows.iter().map(|r| r.horizon.to_string()).collect();
        let [model, horizon, axis, id, fraction, longitude, latitude, altitude, elapsed, distance] =
            Self::COLUMNS;
        let mut out = ColumnsOut::new(rows.len());
        out.text(model, rows.iter().map(|r| Some(r.model.as_str())));
        out.text(horizon, horizons.iter().map(|h| Some(h.as_str())));
        out.text(axis, rows.iter().map(|r| Some(r.axis.as_str())));
        out.text(id, rows.iter().map(|r| Some(&*r.flight_id)));
        out.float(fraction, rows.iter().map(|r| Some(r.fraction)));
        out.float(longitude, rows.iter().map(|r| Some(r.longitude_deg)));
        out.float(latitude, rows.iter().map(|r| Some(r.latitude_deg)));
        out.float(altitude, rows.iter().map(|r| r.altitude_m));
        out.float(elapsed, rows.iter().map(|r| Some(r.elapsed_s)));
        out.float(distance, rows.iter().map(|r| Some(r.distance_m)));
        out.write(path, PREDICTED, &self.stamp)
    }
}
