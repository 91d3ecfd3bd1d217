//! Importances: how much each feature matters, per model, fraction and target.

use std::path::Path;

use super::columns::{ColumnsIn, ColumnsOut};
use super::file::Kind;
use super::{Axis, Digest, Horizon, ImportanceMethod, ModelName, Split, Stamp, TableError, Target};

/// The importances' schema.
pub const IMPORTANCES: Kind = Kind { schema: "traj.importances/1", made_by: "traj train" };

/// The feature of importances by permutation that is no feature but random numbers: what does
/// not matter more than it is noise.
pub const RANDOM_PROBE: &str = "random_probe";

/// How much one feature matters.
#[derive(Debug, Clone, PartialEq)]
pub struct Importance {
    /// The model.
    pub model: ModelName,
    /// What its features know.
    pub horizon: Horizon,
    /// How flights were held out; none where the model learnt from all flights.
    pub split: Option<Split>,
    /// Along what fractions are taken.
    pub axis: Axis,
    /// How it was measured.
    pub method: ImportanceMethod,
    /// The fraction; none for a model of all fractions at once.
    pub fraction: Option<f64>,
    /// The target; none for all targets of a joint model, or the mean over them.
    pub target: Option<Target>,
    /// The feature; the columns of one category count as one.
    pub feature: String,
    /// Share of the whole, from 0 to 1, for `impurity`. For `permutation`, the increase of the
    /// mean squared error in variances of the targets, which may be below 0.
    pub importance: f64,
    /// Its standard deviation over the repeats of a permutation, dividing by their number; the
    /// standard error is it over the root of their number less 1. None for `impurity`, and for
    /// a single repeat.
    pub std: Option<f64>,
}

impl Importance {
    /// The standard error of an importance by permutation, from its spread over so many
    /// repeats, which divides by their number; none without a spread.
    #[must_use]
    pub fn standard_error(&self, repeats: usize) -> Option<f64> {
        let degrees_of_freedom = repeats.checked_sub(1).filter(|n| *n > 0)?;
        Some(self.std? / (degrees_of_freedom as f64).sqrt())
    }
}

/// All importances of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImportanceTable {
    /// In the order of the columns.
    pub rows: Vec<Importance>,
    /// What it was made from.
    pub stamp: Stamp,
}

impl ImportanceTable {
    /// Reads the table.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let (columns, stamp, _) = ColumnsIn::read(path, IMPORTANCES)?;
        let models = columns.label::<ModelName>("model")?;
        let horizons = columns.label::<Horizon>("horizon")?;
        let splits = columns.optional_label::<Split>("split")?;
        let axes = columns.label::<Axis>("axis")?;
        let methods = columns.label::<ImportanceMethod>("method")?;
        let fractions = columns.float("fraction")?;
        let targets = columns.optional_label::<Target>("target")?;
        let importances = columns.full_float("importance")?;
        let spreads = columns.float("std")?;
        let features = columns.full_text("feature")?.into_iter().enumerate();
        let rows = features.map(|(i, feature)| Importance {
            model: models[i],
            horizon: horizons[i],
            split: splits[i],
            axis: axes[i],
            method: methods[i],
            fraction: fractions[i],
            target: targets[i],
            feature,
            importance: importances[i],
            std: spreads[i],
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
        out.text("split", rows.iter().map(|r| r.split.map(Split::as_str)));
        out.text("axis", rows.iter().map(|r| Some(r.axis.as_str())));
        out.text("method", rows.iter().map(|r| Some(r.method.as_str())));
        out.float("fraction", rows.iter().map(|r| r.fraction));
        out.text("target", rows.iter().map(|r| r.target.map(Target::as_str)));
        out.text("feature", rows.iter().map(|r| Some(r.feature.as_str())));
        out.float("importance", rows.iter().map(|r| Some(r.importance)));
        out.float("std", rows.iter().map(|r| r.std));
        out.write(path, IMPORTANCES, &self.stamp)
    }
}
