//! Coverage: the share of held-out flights that a model's intervals hold, by pair and by month.

use std::path::Path;

use super::columns::{ColumnsIn, ColumnsOut};
use super::file::Kind;
use super::{Axis, Digest, Horizon, Metric, ModelName, Split, Stamp, TableError, Target};

/// The coverage's schema.
pub const COVERAGE: Kind = Kind { schema: "traj.coverage/1", made_by: "traj train" };

/// The share of some flights, over all fractions.
#[derive(Debug, Clone, PartialEq)]
pub struct CoverageRow {
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
    /// The UTC month of the flights' starts (`2024-03`); none for all flights.
    pub month: Option<String>,
    /// What the intervals are of.
    pub target: Target,
    /// [`Metric::Coverage80`] or [`Metric::Coverage90`].
    pub metric: Metric,
    /// The share, from 0 to 1.
    pub value: f64,
    /// Number of held-out flights behind it.
    pub n: u64,
}

/// The coverage of all models of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CoverageTable {
    /// By model, horizon, split and axis: of all flights, of pairs, of months.
    pub rows: Vec<CoverageRow>,
    /// What it was made from.
    pub stamp: Stamp,
}

impl CoverageTable {
    /// Reads the table.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let (columns, stamp, _) = ColumnsIn::read(path, COVERAGE)?;
        let models = columns.label::<ModelName>("model")?;
        let horizons = columns.label::<Horizon>("horizon")?;
        let splits = columns.label::<Split>("split")?;
        let axes = columns.label::<Axis>("axis")?;
        let months = columns.text("month")?;
        let targets = columns.label::<Target>("target")?;
        let metrics = columns.label::<Metric>("metric")?;
        let values = columns.full_float("value")?;
        let counts = columns.full_int("n")?;
        let pairs = columns.text("pair")?.into_iter().zip(months).enumerate();
        let rows = pairs.map(|(i, (pair, month))| CoverageRow {
            model: models[i],
            horizon: horizons[i],
            split: splits[i],
            axis: axes[i],
            pair,
            month,
            target: targets[i],
            metric: metrics[i],
            value: values[i],
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
        out.text("month", rows.iter().map(|r| r.month.as_deref()));
        out.text("target", rows.iter().map(|r| Some(r.target.as_str())));
        out.text("metric", rows.iter().map(|r| Some(r.metric.as_str())));
        out.float("value", rows.iter().map(|r| Some(r.value)));
        out.int("n", rows.iter().map(|r| Some(r.n as i64)));
        out.write(path, COVERAGE, &self.stamp)
    }
}
