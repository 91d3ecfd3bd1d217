//! Metrics: how good each model is, per split, pair, fraction and target.

use std::path::Path;

use super::columns::{ColumnsIn, ColumnsOut};
use super::file::Kind;
use super::{Axis, Digest, Horizon, Metric, ModelName, Split, Stamp, TableError, Target};

/// The metrics' schema.
pub const METRICS: Kind = Kind { schema: "traj.metrics/1", made_by: "traj train" };

/// One figure. What is undefined has no row; a value is never NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricRow {
    /// The model.
    pub model: ModelName,
    /// What its features know.
    pub horizon: Horizon,
    /// How flights were held out.
    pub split: Split,
    /// Along what fractions are taken.
    pub axis: Axis,
    /// The pair (`LEMD-LEBL`); none for all flights.
    pub pair: Option<String>,
    /// The fraction; none for a figure over the whole flight.
    pub fraction: Option<f64>,
    /// What is predicted.
    pub target: Target,
    /// The figure's name.
    pub metric: Metric,
    /// The figure, in the target's unit of error (see [`Target`]).
    pub value: f64,
    /// Lower end of its interval.
    pub lower: Option<f64>,
    /// Upper end of its interval.
    pub upper: Option<f64>,
    /// Number of held-out flights behind it.
    pub n: u64,
}

/// All figures of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MetricTable {
    /// In the order of the columns.
    pub rows: Vec<MetricRow>,
    /// What it was made from.
    pub stamp: Stamp,
}

impl MetricTable {
    /// Reads the table.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let (columns, stamp, _) = ColumnsIn::read(path, METRICS)?;
        let models = columns.label::<ModelName>("model")?;
        let horizons = columns.label::<Horizon>("horizon")?;
        let splits = columns.label::<Split>("split")?;
        let axes = columns.label::<Axis>("axis")?;
        let pairs = columns.text("pair")?;
        let fractions = columns.float("fraction")?;
        let targets = columns.label::<Target>("target")?;
        let metrics = columns.label::<Metric>("metric")?;
        let values = columns.full_float("value")?;
        let lower = columns.float("lower")?;
        let upper = columns.float("upper")?;
        let counts = columns.full_int("n")?;
        let rows = pairs.into_iter().enumerate().map(|(i, pair)| MetricRow {
            model: models[i],
            horizon: horizons[i],
            split: splits[i],
            axis: axes[i],
            pair,
            fraction: fractions[i],
            target: targets[i],
            metric: metrics[i],
            value: values[i],
            lower: lower[i],
            upper: upper[i],
            n: counts[i] as u64,
        });
        Ok(Self { rows: rows.collect(), stamp })
    }

    /// Writes the table in the order of its rows.
    ///
    /// # Errors
    /// [`TableError::Write`].
    pub fn write(&self, path: &Path) -> Result<Digest, TableError> {
        let rows = &self.rows;
        let horizons: Vec<String> = rows.iter().map(|r| r.horizon.to_string()).collect();
        let mut out = ColumnsOut::new(rows.len());
        out.text("model", rows.iter().map(|r| Some(r.model.as_str())));
        out.text("horizon", horizons.iter().map(|h| Some(h.as_str())));
        out.text("split", rows.iter().map(|r| Some(r.split.as_str())));
        out.text("axis", rows.iter().map(|r| Some(r.axis.as_str())));
        out.text("pair", rows.iter().map(|r| r.pair.as_deref()));
        out.float("fraction", rows.iter().map(|r| r.fraction));
        out.text("target", rows.iter().map(|r| Some(r.target.as_str())));
        out.text("metric", rows.iter().map(|r| Some(r.metric.as_str())));
        out.float("value", rows.iter().map(|r| Some(r.value)));
        out.float("lower", rows.iter().map(|r| r.lower));
        out.float("upper", rows.iter().map(|r| r.upper));
        out.int("n", rows.iter().map(|r| Some(r.n as i64)));
        out.write(path, METRICS, &self.stamp)
    }
}
