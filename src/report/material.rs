//! The material of a report: the run's record and tables, read and checked once.
//!
//! [`super::report`] reads it; every section takes what it needs from it.

use super::scores::Scores;
use super::words::is_baseline;
use super::{ReportError, ReportInputs};
use crate::tables::{
    Axis, Horizon, Importance, ImportanceTable, MetricTable, ModelName, PredictionRow,
    PredictionTable, RUN_SCHEMA_VERSION, RejectedTable, RunRecord, Split, TableError, TargetTable,
};

/// A run, as far as its report needs it.
pub(super) struct Material {
    pub(super) record: RunRecord,
    pub(super) scores: Scores,
    pub(super) importances: Vec<Importance>,
    /// The held-out predictions that the tracks show; see [`shown_predictions`].
    pub(super) shown: Option<ShownModel>,
    pub(super) targets: TargetTable,
    /// Whether `targets` are no longer those that the run was trained on.
    pub(super) targets_changed: bool,
    /// None where there is no record of refused files.
    pub(super) rejected: Option<RejectedTable>,
}

/// The model whose held-out predictions the page draws.
pub(super) struct ShownModel {
    pub(super) model: ModelName,
    pub(super) horizon: Horizon,
    pub(super) split: Split,
    /// Sorted by flight id and fraction.
    pub(super) rows: Vec<PredictionRow>,
}

impl Material {
    pub(super) fn read(inputs: &ReportInputs) -> Result<Self, ReportError> {
        let file = |name: &str| inputs.run_directory.join(name);
        let path = file("run.json");
        let record = RunRecord::read(&path)?;
        if record.schema_version > RUN_SCHEMA_VERSION {
            let (found, known) = (record.schema_version, RUN_SCHEMA_VERSION);
            return Err(ReportError::NewerRun { path, found, known });
        }
        // A run that only fitted has no scores, and a run of baselines no importances.
        let scored = !record.splits.is_empty();
        let metrics = unless_missing(!scored, MetricTable::read(&file("metrics.parquet")))?;
        let scores = Scores::new(&metrics.rows);
        let learnt = record.models.iter().any(|&model| !is_baseline(model));
        let importances = unless_missing(
            !learnt || !scored,
            ImportanceTable::read(&file("importances.parquet")),
        )?;
        let predictions =
            unless_missing(!scored, PredictionTable::read(&file("predictions.parquet")))?;
        let (targets, digest) = TargetTable::read(inputs.targets_path)?;
        let rejected = match inputs.rejected_path.try_exists() {
            Ok(false) => None,
            _ => Some(RejectedTable::read(inputs.rejected_path)?),
        };
        let shown = shown_predictions(main_axis(&record), &scores, predictions.rows);
        let targets_changed = record.targets_digest != digest.to_string();
        let importances = importances.rows;
        Ok(Self { record, scores, importances, shown, targets, targets_changed, rejected })
    }
}

/// The axis that the charts are about: the run's first.
pub(super) fn main_axis(record: &RunRecord) -> Axis {
    record.axes.first().copied().unwrap_or(Axis::Time)
}

/// An empty table in place of one that need not be there.
fn unless_missing<T: Default>(
    may_be_missing: bool,
    read: Result<T, TableError>,
) -> Result<T, TableError> {
    match read {
        Err(TableError::Missing { .. }) if may_be_missing => Ok(T::default()),
        other => other,
    }
}

/// The predictions of the best model under the headline's split, at the latest horizon that
/// is a prediction; a reconstruction only where nothing else was scored.
fn shown_predictions(
    axis: Axis,
    scores: &Scores,
    mut rows: Vec<PredictionRow>,
) -> Option<ShownModel> {
    let split = scores.main_split(axis)?;
    let horizons = scores.horizons(axis, split);
    let predicted = horizons.iter().rfind(|horizon| !horizon.is_reconstruction());
    let horizon = *predicted.or(horizons.last())?;
    let model = scores.best(axis, split, horizon)?;
    let seen_at = scores.horizontal(axis, split, horizon, model).horizon;
    rows.retain(|row| {
        (row.axis, row.split, row.horizon, row.model) == (axis, split, seen_at, model)
    });
    rows.shrink_to_fit();
    rows.sort_by(|a, b| a.flight_id.cmp(&b.flight_id).then(a.fraction.total_cmp(&b.fraction)));
    (!rows.is_empty()).then_some(ShownModel { model, horizon, split, rows })
}
