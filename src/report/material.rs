//! The material of a report: the run's record and tables, read and checked once.
//!
//! [`super::report`] reads it; every section takes what it needs from it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::misses::{MissedFlight, Misses};
use super::scores::Scores;
use super::words::is_baseline;
use super::{ReportError, ReportInputs};
use crate::tables::{
    Axis, CONFIG_FILE, Catalog, Horizon, IMPORTANCES_FILE, Importance, ImportanceTable,
    METRICS_FILE, MetricTable, PREDICTIONS_FILE, PredictionRow, PredictionTable, RUN_FILE,
    RUN_SCHEMA_VERSION, RejectedTable, RunRecord, Scored, TableError, TargetTable,
};

/// Bytes of the frozen configuration that a page shows.
const CONFIG_BYTES: u64 = 1 << 16;

/// A run, as far as its report needs it.
pub(super) struct Material {
    pub(super) record: RunRecord,
    pub(super) scores: Scores,
    pub(super) importances: Vec<Importance>,
    /// The held-out predictions that the tracks show: of the best model under the quoted split,
    /// at the latest horizon that is a prediction.
    pub(super) shown: Option<ShownModel>,
    /// By how much the best model at each horizon missed held-out flights under the quoted split,
    /// the earliest horizon first; empty where `targets_changed`.
    pub(super) missed: Vec<(Scored, Vec<MissedFlight>)>,
    pub(super) targets: TargetTable,
    /// Whether `targets` are no longer those that the run was trained on.
    pub(super) targets_changed: bool,
    /// What the catalog says of flights by their ids; none where there is no catalog.
    pub(super) about: Option<BTreeMap<String, About>>,
    /// None where there is no record of refused files.
    pub(super) rejected: Option<RejectedTable>,
    /// The frozen configuration's text; none where it cannot be read.
    pub(super) config: Option<String>,
}

/// The model whose held-out predictions the page draws.
pub(super) struct ShownModel {
    pub(super) scored: Scored,
    /// Sorted by flight id and fraction.
    pub(super) rows: Vec<PredictionRow>,
}

/// What the catalog says of a flight.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct About {
    pub(super) pair: Option<String>,
    pub(super) aircraft_type: Option<String>,
    /// UTC, in microseconds since 1970.
    pub(super) start_time_us: Option<i64>,
    pub(super) duration_s: Option<f64>,
}

/// The run's record and tables but for its predictions, which are too many to hold.
pub(super) struct Tables {
    pub(super) record: RunRecord,
    pub(super) metrics: MetricTable,
    pub(super) importances: ImportanceTable,
    pub(super) targets: TargetTable,
    pub(super) targets_changed: bool,
    pub(super) catalog: Option<Catalog>,
    pub(super) rejected: Option<RejectedTable>,
    pub(super) config: Option<String>,
}

impl Material {
    pub(super) fn read(inputs: &ReportInputs) -> Result<Self, ReportError> {
        let file = |name: &str| inputs.run_directory.join(name);
        let path = file(RUN_FILE);
        let record = RunRecord::read(&path)?;
        if record.schema_version > RUN_SCHEMA_VERSION {
            let (found, known) = (record.schema_version, RUN_SCHEMA_VERSION);
            return Err(ReportError::NewerRun { path, found, known });
        }
        // A run that only fitted has no scores, and a run of baselines no importances.
        let scored = !record.splits.is_empty();
        let metrics = unless_missing(!scored, MetricTable::read(&file(METRICS_FILE)))?;
        let learnt = record.models.iter().any(|&model| !is_baseline(model));
        let importances =
            unless_missing(!learnt || !scored, ImportanceTable::read(&file(IMPORTANCES_FILE)))?;
        let (targets, digest) = TargetTable::read(inputs.targets_path)?;
        let targets_changed = record.targets_digest != digest.to_string();
        let rejected = match inputs.rejected_path.try_exists() {
            Ok(false) => None,
            _ => Some(RejectedTable::read(inputs.rejected_path)?),
        };
        let catalog = match inputs.catalog_path.try_exists() {
            Ok(false) => None,
            _ => Some(Catalog::read(inputs.catalog_path)?),
        };
        let config = text_of(&file(CONFIG_FILE));
        let predictions = file(PREDICTIONS_FILE);
        let visit = |wants: &dyn Fn(Scored) -> bool, note: &mut dyn FnMut(PredictionRow)| {
            unless_missing(!scored, PredictionTable::visit(&predictions, wants, note))
        };
        let tables = Tables {
            record,
            metrics,
            importances,
            targets,
            targets_changed,
            catalog,
            rejected,
            config,
        };
        Ok(Self::new(tables, visit)?)
    }

    /// The material of some tables and of the predictions that `visit` hands over: those of the
    /// estimators that its first argument wants, in the table's order.
    pub(super) fn new(
        tables: Tables,
        visit: impl FnOnce(&dyn Fn(Scored) -> bool, &mut dyn FnMut(PredictionRow)) -> Visited,
    ) -> Result<Self, TableError> {
        let scores = Scores::new(&tables.metrics.rows);
        let axis = main_axis(&tables.record);
        let best = best_by_horizon(&scores, axis);
        let held_out = HeldOut::new(&best, &tables.targets, axis, visit)?;
        Ok(Self {
            record: tables.record,
            scores,
            importances: tables.importances.rows,
            shown: held_out.shown,
            missed: if tables.targets_changed { Vec::new() } else { held_out.missed },
            targets: tables.targets,
            targets_changed: tables.targets_changed,
            about: tables.catalog.map(about_flights),
            rejected: tables.rejected,
            config: tables.config,
        })
    }

    /// What the catalog says of a flight.
    pub(super) fn about(&self, flight_id: &str) -> Option<&About> {
        self.about.as_ref()?.get(flight_id)
    }
}

/// The axis that the charts are about: the run's first.
pub(super) fn main_axis(record: &RunRecord) -> Axis {
    record.axes.first().copied().unwrap_or(Axis::Time)
}

/// The best model at each horizon under the quoted split, as its predictions are labelled; the
/// earliest horizon first.
fn best_by_horizon(scores: &Scores, axis: Axis) -> Vec<(Horizon, Scored)> {
    let Some(split) = scores.main_split(axis) else { return Vec::new() };
    let best = |horizon| {
        let model = scores.best(axis, split, horizon)?;
        // A baseline may have been scored at another horizon.
        let seen = scores.horizontal(axis, split, horizon, model).horizon;
        Some((horizon, Scored { model, horizon: seen, split, axis }))
    };
    scores.horizons(axis, split).into_iter().filter_map(best).collect()
}

/// Whether all predictions were handed over.
type Visited = Result<(), TableError>;

/// What the page needs of the held-out predictions.
struct HeldOut {
    shown: Option<ShownModel>,
    missed: Vec<(Scored, Vec<MissedFlight>)>,
}

impl HeldOut {
    fn new(
        best: &[(Horizon, Scored)],
        targets: &TargetTable,
        axis: Axis,
        visit: impl FnOnce(&dyn Fn(Scored) -> bool, &mut dyn FnMut(PredictionRow)) -> Visited,
    ) -> Result<Self, TableError> {
        // A reconstruction only where nothing else was scored.
        let predicted = best.iter().rfind(|(horizon, _)| !horizon.is_reconstruction());
        let shown = predicted.or(best.last()).map(|&(_, scored)| scored);
        let mut rows = Vec::new();
        let mut misses = Misses::new(&targets.rows, axis);
        let wants = |scored| best.iter().any(|(_, best)| *best == scored);
        visit(&wants, &mut |row| {
            let PredictionRow { model, horizon, split, axis, .. } = row;
            let scored = Scored { model, horizon, split, axis };
            misses.note(scored, &row);
            if shown == Some(scored) {
                rows.push(row);
            }
        })?;
        let shown = shown.filter(|_| !rows.is_empty());
        let mut missed = misses.into_flights();
        let by_horizon = best.iter().filter_map(|(horizon, scored)| {
            let flights = missed.remove(scored)?;
            Some((Scored { horizon: *horizon, ..*scored }, flights))
        });
        Ok(Self {
            missed: by_horizon.collect(),
            shown: shown.map(|scored| ShownModel { scored, rows }),
        })
    }
}

fn about_flights(catalog: Catalog) -> BTreeMap<String, About> {
    let about = |row: crate::tables::CatalogRow| {
        let pair = row.origin.zip(row.destination);
        let about = About {
            pair: pair.map(|(origin, destination)| format!("{origin}-{destination}")),
            aircraft_type: row.aircraft_type,
            start_time_us: row.start_time_us,
            duration_s: row.duration_s,
        };
        (row.flight_id, about)
    };
    catalog.rows.into_iter().map(about).collect()
}

fn text_of(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(CONFIG_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
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
