//! Predicted trajectories: what `traj predict` hands over, a row per flight and fraction.
//!
//! `predict` makes the rows and writes them as Parquet here, or as CSV under the same names.

use std::path::Path;
use std::sync::Arc;

use super::columns::ColumnsOut;
use super::file::Kind;
use super::{Axis, Bounds90, Digest, Horizon, ModelName, Stamp, TableError};

/// The schema of predicted trajectories.
pub const PREDICTED: Kind = Kind { schema: "traj.predicted/2", made_by: "traj predict" };

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
    /// Predicted seconds since the first row, no more than the duration.
    pub elapsed_s: f64,
    /// Predicted metres flown since the first row.
    pub distance_m: f64,
    /// Predicted seconds from the first row to the last, the same at every fraction.
    pub duration_s: f64,
    /// Between what the truth will lie nine times in ten; none where nothing is known of that.
    pub bounds: Option<Box<Bounds90>>,
}

/// What a row has in a column of numbers; none where there is nothing.
pub type Cell = Box<dyn Fn(&PredictedRow) -> Option<f64>>;

/// Predicted trajectories of some flights.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PredictedTable {
    /// Sorted by flight id and fraction.
    pub rows: Vec<PredictedRow>,
    /// What it was made from.
    pub stamp: Stamp,
}

impl PredictedTable {
    /// The names of the columns of words, in order.
    pub const WORDS: [&'static str; 4] = ["model", "horizon", "axis", "flight_id"];

    /// The columns of numbers, which come after the words: their names, in order, and their cells.
    #[must_use]
    pub fn numbers() -> Vec<(&'static str, Cell)> {
        let mut columns: Vec<(&'static str, Cell)> = vec![
            ("fraction", Box::new(|row| Some(row.fraction))),
            ("longitude_deg", Box::new(|row| Some(row.longitude_deg))),
            ("latitude_deg", Box::new(|row| Some(row.latitude_deg))),
            ("altitude_m", Box::new(|row| row.altitude_m)),
            ("elapsed_s", Box::new(|row| Some(row.elapsed_s))),
            ("distance_m", Box::new(|row| Some(row.distance_m))),
            ("duration_s", Box::new(|row| Some(row.duration_s))),
        ];
        for (name, end) in Bounds90::COLUMNS {
            let cell = move |row: &PredictedRow| row.bounds.as_ref().and_then(|ends| end(ends));
            columns.push((name, Box::new(cell)));
        }
        columns
    }

    /// Writes the table in the order of its rows.
    ///
    /// # Errors
    /// [`TableError::Write`].
    pub fn write(&self, path: &Path) -> Result<Digest, TableError> {
        let rows = &self.rows;
        let horizons: Vec<String> = rows.iter().map(|r| r.horizon.to_string()).collect();
        let [model, horizon, axis, id] = Self::WORDS;
        let mut out = ColumnsOut::new(rows.len());
        out.text(model, rows.iter().map(|r| Some(r.model.as_str())));
        out.text(horizon, horizons.iter().map(|h| Some(h.as_str())));
        out.text(axis, rows.iter().map(|r| Some(r.axis.as_str())));
        out.text(id, rows.iter().map(|r| Some(&*r.flight_id)));
        for (name, cell) in Self::numbers() {
            out.float(name, rows.iter().map(cell));
        }
        out.write(path, PREDICTED, &self.stamp)
    }
}
