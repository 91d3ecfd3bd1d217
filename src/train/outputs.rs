//! The *outputs* of a run are the files of `models/<run>/`.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::TrainError;
use super::inputs::{Material, TrainInputs};
use super::scoring::{HeldOuts, Scores};
use crate::evaluate::{HeldOut, Measured};
use crate::models::sphere::wrap_longitude;
use crate::models::{Dataset, Level, at_least, bounds, duration_bounds};
use crate::tables::{
    Axis, Bounds90, CONFIG_FILE, COVERAGE, COVERAGE_FILE, CoverageTable, Horizon, IMPORTANCES,
    IMPORTANCES_FILE, Importance, ImportanceTable, Kind, METRICS, METRICS_FILE, MetricTable,
    ModelName, PREDICTIONS, PREDICTIONS_FILE, PredictionRow, PredictionTable, Split, Stamp,
    TRIALS_FILE, Target, TrialTable, write_atomically,
};

/// The tables of a run.
pub(super) const TABLES: [(&str, Kind); 4] = [
    (PREDICTIONS_FILE, PREDICTIONS),
    (METRICS_FILE, METRICS),
    (COVERAGE_FILE, COVERAGE),
    (IMPORTANCES_FILE, IMPORTANCES),
];

/// Removes a file if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes the configuration and the tables.
pub(super) fn write_tables(
    inputs: &TrainInputs<'_>,
    material: &Material,
    scores: Scores,
    mut importances: Vec<Importance>,
    stamp: &Stamp,
) -> Result<(), TrainError> {
    let folder = inputs.run_dir;
    let config = folder.join(CONFIG_FILE);
    write_atomically(&config, |file| file.write_all(inputs.frozen_config.as_bytes()))
        .map_err(|source| TrainError::Write { path: config, source })?;
    PredictionTable::write_parts(
        &folder.join(PREDICTIONS_FILE),
        stamp,
        prediction_parts(material, &scores.held_out),
    )?;
    let metrics = MetricTable { rows: scores.metrics, stamp: stamp.clone() };
    metrics.write(&folder.join(METRICS_FILE))?;
    let coverage = CoverageTable { rows: scores.coverage, stamp: stamp.clone() };
    coverage.write(&folder.join(COVERAGE_FILE))?;
    importances.sort_by_key(|row| (row.model, row.horizon, row.axis)); // stable within
    let importances = ImportanceTable { rows: importances, stamp: stamp.clone() };
    importances.write(&folder.join(IMPORTANCES_FILE))?;
    let trials = folder.join(TRIALS_FILE);
    match inputs.tuning {
        Some(tuning) => {
            TrialTable { rows: tuning.rows.clone(), stamp: stamp.clone() }.write(&trials)?;
        }
        // Those of an earlier run are not about this one.
        None => remove(&trials).map_err(|source| TrainError::Write { path: trials, source })?,
    }
    Ok(())
}

/// The rows of the predictions table in its order, one part after another, since all of them
/// would take gigabytes.
fn prediction_parts<'a>(
    material: &'a Material,
    held_out: &'a HeldOuts,
) -> impl Iterator<Item = Vec<PredictionRow>> + 'a {
    held_out.iter().map(|(key, held)| {
        let dataset = material.datasets.iter().find(|dataset| dataset.axis == key.3);
        let dataset = dataset.expect("predictions are of one of the axes");
        prediction_rows(*key, dataset, &material.ids(dataset), held)
    })
}

fn prediction_rows(
    (model, horizon, split, axis): (ModelName, Horizon, Split, Axis),
    dataset: &Dataset,
    ids: &[&str],
    held: &HeldOut,
) -> Vec<PredictionRow> {
    let column = |target| dataset.column(target).expect("every dataset has it");
    let (elapsed, distance) = (column(Target::Elapsed), column(Target::Distance));
    let altitude = dataset.column(Target::Altitude);
    let mut order: Vec<usize> = (0..held.flights.len()).collect();
    order.sort_by_key(|row| (held.flights[*row], held.folds[*row]));
    let mut rows = Vec::with_capacity(order.len() * dataset.fractions.len());
    for row in order {
        let flight_id: Arc<str> = ids[held.flights[row]].into();
        let duration_s = at_least(horizon, held.durations.predicted_s[row]);
        let fractions = dataset.fractions.iter().zip(&held.predicted);
        for (at, (fraction, predicted)) in fractions.enumerate() {
            rows.push(PredictionRow {
                model,
                horizon,
                split,
                axis,
                fold: held.folds[row],
                flight_id: Arc::clone(&flight_id),
                fraction: *fraction,
                already_flown: !dataset.is_ahead(held.flights[row], at, horizon),
                longitude_deg: wrap_longitude(predicted[[row, 0]]),
                latitude_deg: predicted[[row, 1]],
                altitude_m: altitude.map(|column| predicted[[row, column]]),
                elapsed_s: predicted[[row, elapsed]],
                distance_m: predicted[[row, distance]],
                duration_s,
                bounds: bounds_of(dataset, held, (at, row), (horizon, duration_s)),
            });
        }
    }
    rows
}

/// The ends of a prediction's intervals.
fn bounds_of(
    dataset: &Dataset,
    held: &HeldOut,
    (at, row): (usize, usize),
    (horizon, duration_s): (Horizon, f64),
) -> Option<Box<Bounds90>> {
    let width = |measured| held.half_width(dataset, Level::Ninety, row, measured);
    let state = held.predicted[at].row(row);
    let bounds = Bounds90 {
        duration_s: width(Measured::Duration)
            .map(|width| duration_bounds(horizon, duration_s, width)),
        ..bounds(dataset.columns, state, |measure| width(Measured::State(at, measure)))
    };
    (bounds != Bounds90::default()).then(|| Box::new(bounds))
}
